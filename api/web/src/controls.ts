// What a planner sets: the bar at the top, filters at the side. Plain functions; the page holds the state.
import { html, nothing, type TemplateResult } from "lit";
import type { Lang, Meta, Municipality, RunInfo } from "./api";
import { languages, pages } from "./head";
import { say, type WordKey } from "./words";

const TYPES = ["residential", "transit"] as const;
const VERDICTS = ["compatible", "needs_derogation", "unknown"];
/** Verdicts that the address asks for; all that can be listed when it names none. */
export const verdictsOf = (asked: string): string[] => (asked ? asked.split(",") : VERDICTS);

export interface Controls {
  lang: Lang;
  meta: Meta | undefined;
  places: Municipality[];
  run: RunInfo | undefined;
  /** Value of a key in the address of the page. */
  at: (key: string) => string;
  /** Set keys of the address and load again. */
  change: (values: Record<string, string | null>) => void;
  speak: (lang: Lang) => void;
  /** The sliders, where there is a list to weigh. */
  weights: TemplateResult | typeof nothing;
}

const value = (event: Event): string => (event.target as HTMLInputElement | HTMLSelectElement).value;

export function bar(page: Controls): TemplateResult {
  const { lang } = page;
  return html`<header>
    <h1 class="brand">Standplaats</h1>
    ${pages(lang, "map", page.meta)}
    <select
      id="municipality"
      aria-label=${say(lang, "municipality")}
      @change=${(event: Event) => page.change({ m: value(event) })}
    >
      ${page.places.map((one) => option(one.nis, `${one.name[lang === "en" ? "nl" : lang]} · ${one.nis}`, page.at("m")))}
    </select>
    <select id="type" aria-label=${say(lang, "type")} @change=${(event: Event) => page.change({ t: value(event) })}>
      ${TYPES.map((one) => option(one, say(lang, one), page.at("t")))}
    </select>
    <label class="nowrap">
      ${say(lang, "room")}
      <input
        id="pitches"
        type="number"
        min="1"
        max="200"
        .value=${page.at("n")}
        @change=${(event: Event) => page.change({ n: value(event) })}
      />
      ${say(lang, "pitches")}
    </label>
    ${languages(lang, page.speak)}
  </header>`;
}

const option = (name: string, title: string, chosen: string): TemplateResult =>
  html`<option value=${name} ?selected=${name === chosen}>${title}</option>`;

/** Filters, where there is a list to filter. */
export function side(page: Controls): TemplateResult {
  return html`${page.run ? filters(page) : nothing} ${page.weights}`;
}

function filters(page: Controls): TemplateResult {
  const { lang } = page;
  const chosen = verdictsOf(page.at("v"));
  const flip = (one: string) => VERDICTS.filter((other) => (other === one) !== chosen.includes(other)).join(",");
  const owners = Object.entries(page.meta?.owners ?? {});
  return html`<fieldset>
    <legend>${say(lang, "filters")}</legend>
    ${VERDICTS.map(
      (one) =>
        html`<label>
          <input
            type="checkbox"
            name=${one}
            .checked=${chosen.includes(one)}
            @change=${() => page.change({ v: flip(one) })}
          />
          <span>${say(lang, one as WordKey)}</span>
        </label>`,
    )}
    <label>
      ${say(lang, "minArea")}
      <input
        id="min-area"
        type="number"
        min="0"
        step="500"
        .value=${page.at("a")}
        @change=${(event: Event) => page.change({ a: value(event) })}
      />
      m²
    </label>
    <label>
      ${say(lang, "owner")}
      <select id="owner" @change=${(event: Event) => page.change({ o: value(event) })}>
        ${option("", say(lang, "all"), page.at("o"))}
        ${owners.map(([name, title]) => option(name, title[lang], page.at("o")))}
      </select>
    </label>
  </fieldset>`;
}
