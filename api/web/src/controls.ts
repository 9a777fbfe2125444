// What a planner sets: the bar at the top, filters and layers at the side. Plain functions; the page holds the state.
import { html, nothing, type TemplateResult } from "lit";
import type { Lang, Meta, Municipality, RunInfo } from "./api";
import { day, legend } from "./parts";
import { say, type WordKey } from "./words";

export const LANGS: Lang[] = ["nl", "fr", "de", "en"];
const TYPES = ["residential", "transit"] as const;
const VERDICTS = ["compatible", "needs_derogation", "unknown"];
const LAYERS = [
  ["zones", "zones", false],
  ["sites", "sites", true],
  ["hp", "hp", true],
] as const;

export interface Controls {
  lang: Lang;
  meta: Meta | undefined;
  places: Municipality[];
  run: RunInfo | undefined;
  /** Value of a key in the address of the page. */
  at: (key: string) => string;
  /** Set keys of the address and load again; `frame` shows the whole municipality. */
  change: (values: Record<string, string | null>, frame?: boolean) => void;
  speak: (lang: Lang) => void;
  toggle: (layer: string, on: boolean) => void;
}

const value = (event: Event): string => (event.target as HTMLInputElement | HTMLSelectElement).value;

export function bar(page: Controls): TemplateResult {
  const { lang, run } = page;
  const dates = run
    ? `${say(lang, "asOf", { day: day(lang, run.as_of) })} · ${say(lang, "dataOf", { day: day(lang, run.data_date) })}`
    : nothing;
  return html`<header>
    <strong>Standplaats</strong>
    <label>
      ${say(lang, "municipality")}
      <select id="municipality" @change=${(event: Event) => page.change({ m: value(event) }, true)}>
        ${page.places.map((one) => option(one.nis, `${one.name[lang === "en" ? "nl" : lang]} · ${one.nis}`, page.at("m")))}
      </select>
    </label>
    <select id="type" aria-label=${say(lang, "type")} @change=${(event: Event) => page.change({ t: value(event) })}>
      ${TYPES.map((one) => option(one, say(lang, one), page.at("t")))}
    </select>
    <label>
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
    <span class="muted">${dates}</span>
    <nav aria-label=${say(lang, "language")}>
      ${LANGS.map(
        (one) =>
          html`<button class="plain" lang=${one} aria-pressed=${one === lang} @click=${() => page.speak(one)}>
            ${one.toUpperCase()}
          </button>`,
      )}
    </nav>
  </header>`;
}

const option = (name: string, title: string, chosen: string): TemplateResult =>
  html`<option value=${name} ?selected=${name === chosen}>${title}</option>`;

export function side(page: Controls): TemplateResult {
  const { lang } = page;
  const chosen = (page.at("v") || VERDICTS.join(",")).split(",");
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
    </fieldset>
    <fieldset>
      <legend>${say(lang, "layers")}</legend>
      ${LAYERS.map(
        ([layer, word, on]) =>
          html`<label>
            <input
              type="checkbox"
              name=${layer}
              ?checked=${on}
              @change=${(event: Event) => page.toggle(layer, (event.target as HTMLInputElement).checked)}
            />
            <span>${say(lang, word)}</span>
          </label>`,
      )}
    </fieldset>
    ${legend(lang)}`;
}
