// What a planner sets: the bar at the top, filters at the side. Plain functions; the page holds the state.
import { html, nothing, type TemplateResult } from "lit";
import type { Facets, Lang, Meta, Municipality, RunInfo } from "./api";
import { languages, pages } from "./head";
import { tell } from "./desk_words";
import { filters, typed } from "./filters";
import { say } from "./words";
import "./places";

const TYPES = ["residential", "transit"] as const;

export interface Controls {
  lang: Lang;
  meta: Meta | undefined;
  places: Municipality[];
  chosen: string[];
  run: RunInfo | undefined;
  facets: Facets | undefined;
  /** Value of a key in the address of the page. */
  at: (key: string) => string;
  /** Set keys of the address and load again. */
  change: (values: Record<string, string | null>) => void;
  speak: (lang: Lang) => void;
  /** Day whose law is shown. */
  day: string;
  today: string;
  /** Sharing, files and print. */
  actions: TemplateResult | typeof nothing;
  /** The sliders, where there is a list to weigh. */
  weights: TemplateResult | typeof nothing;
}

const value = (event: Event): string => (event.target as HTMLInputElement | HTMLSelectElement).value;

export function bar(page: Controls): TemplateResult {
  const { lang, today } = page;
  return html`<header class="two-lines">
    <h1 class="brand">Standplaats</h1>
    ${pages(lang, "map", page.meta)} ${languages(lang, page.speak)}
    <div class="search" role="search" aria-label=${tell(lang, "what")}>
      <sp-places
        .lang=${lang}
        .places=${page.places}
        .chosen=${page.chosen}
        @chosen=${(event: CustomEvent<string[]>) => page.change({ m: event.detail.join(",") })}
      ></sp-places>
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
          @input=${(event: Event) => typed(() => page.change({ n: value(event) }))}
          @change=${(event: Event) => page.change({ n: value(event) })}
        />
        ${say(lang, "pitches")}
      </label>
      <label class="nowrap">
        ${tell(lang, "lawOf")}
        <input
          id="as-of"
          type="date"
          min="1983-01-01"
          max=${today}
          .value=${page.day}
          @change=${(event: Event) => page.change({ on: value(event) === today ? null : value(event) })}
        />
      </label>
      <span class="actions">${page.actions}</span>
    </div>
  </header>`;
}

const option = (name: string, title: string, chosen: string): TemplateResult =>
  html`<option value=${name} ?selected=${name === chosen}>${title}</option>`;

/** Filters, where there is a list to filter. */
export function side(page: Controls): TemplateResult {
  return html`${page.run ? filters(page) : nothing} ${page.weights}`;
}
