// Filters of the list, each choice with how many candidates it would leave.
import { html, nothing, type TemplateResult } from "lit";
import type { Facets, Lang, Meta } from "./api";
import { tell } from "./desk_words";
import { number } from "./format";
import { say, type WordKey } from "./words";

export const VERDICTS = ["compatible", "needs_derogation", "unknown"];
/** Verdicts that the address asks for; all that can be listed when it names none. */
export const verdictsOf = (asked: string): string[] => (asked ? asked.split(",") : VERDICTS);
const SLOPES = ["2", "5", "8"];
const WALKS = ["500", "1000", "2000"];
/** Key of the address -> what the service calls it. */
export const LAND = { z: "zoning", s: "max_slope", fs: "school", fb: "stop", fw: "shop", h: "hp" } as const;
/** Every filter of the address. */
export const FILTERS = ["v", "a", "o", ...Object.keys(LAND)];

export interface Filters {
  lang: Lang;
  meta: Meta | undefined;
  /** undefined until they are known. */
  facets: Facets | undefined;
  at: (key: string) => string;
  change: (values: Record<string, string | null>) => void;
}

const value = (event: Event): string => (event.target as HTMLInputElement | HTMLSelectElement).value;
let waiting: ReturnType<typeof setTimeout> | undefined;
/** While somebody types, the answer waits for the last key. */
export function typed(change: () => void): void {
  clearTimeout(waiting);
  waiting = setTimeout(change, 350);
}

export function filters(page: Filters): TemplateResult {
  const { lang } = page;
  const set = FILTERS.some((key) => page.at(key));
  return html`<fieldset class="filters-of-list">
    <legend>${say(lang, "filters")}</legend>
    ${verdicts(page)} ${area(page)} ${owners(page)} ${zoning(page)} ${steps(page, "fs", "school", WALKS)}
    ${steps(page, "fb", "stop", WALKS)} ${steps(page, "fw", "shop", WALKS)} ${steps(page, "s", "slope", SLOPES)}
    ${perimeters(page)}
    <small>${tell(lang, "keptUnknown")}</small>
    <button
      id="clear-filters"
      ?disabled=${!set}
      @click=${() => page.change(Object.fromEntries(FILTERS.map((key) => [key, null])))}
    >
      ${tell(lang, "clearFilters")}
    </button>
  </fieldset>`;
}

/** How many a choice leaves: undefined while nobody knows, null where it may not be told. */
function countOf(page: Filters, filter: string, choice: string): number | undefined | null {
  const counts = page.facets?.facets[filter];
  if (counts === null) return null;
  return page.facets ? (counts?.find((one) => one.value === choice)?.count ?? 0) : undefined;
}

const shown = (page: Filters, filter: string, choice: string): string => {
  const count = countOf(page, filter, choice);
  return count === undefined || count === null ? "…" : number(page.lang, count);
};

function verdicts(page: Filters): TemplateResult[] {
  const { lang } = page;
  const chosen = verdictsOf(page.at("v"));
  const flip = (one: string) => VERDICTS.filter((other) => (other === one) !== chosen.includes(other)).join(",");
  return VERDICTS.map(
    (one) =>
      html`<label>
        <input
          type="checkbox"
          name=${one}
          .checked=${chosen.includes(one)}
          @change=${() => page.change({ v: flip(one) })}
        />
        <span>${say(lang, one as WordKey)}</span> <output>${shown(page, "verdict", one)}</output>
      </label>`,
  );
}

function area(page: Filters): TemplateResult {
  const { lang } = page;
  return html`<label>
      ${say(lang, "minArea")}
      <input
        id="min-area"
        type="number"
        min="0"
        step="500"
        .value=${page.at("a")}
        @input=${(event: Event) => typed(() => page.change({ a: value(event) }))}
        @change=${(event: Event) => page.change({ a: value(event) })}
      />
      m²
    </label>
    ${
      page.facets && page.at("a")
        ? html`<small>${tell(lang, "withArea", { count: number(lang, page.facets.count) })}</small>`
        : nothing
    }`;
}

const option = (name: string, title: string, chosen: string): TemplateResult =>
  html`<option value=${name} ?selected=${name === chosen}>${title}</option>`;

function owners(page: Filters): TemplateResult | typeof nothing {
  const { lang } = page;
  if (page.facets?.facets["owner"] === null) return nothing;
  return html`<label>
    ${say(lang, "owner")}
    <select id="owner" @change=${(event: Event) => page.change({ o: value(event) })}>
      ${option("", say(lang, "all"), page.at("o"))}
      ${Object.entries(page.meta?.owners ?? {}).map(([name, title]) =>
        option(name, tell(lang, "counted", { title: title[lang], count: shown(page, "owner", name) }), page.at("o")),
      )}
    </select>
  </label>`;
}

function zoning(page: Filters): TemplateResult | typeof nothing {
  const { lang } = page;
  const counts = page.facets?.facets["zoning"];
  const chosen = page.at("z") ? page.at("z").split(",") : [];
  if (counts === null) return nothing;
  const listed = [...(counts ?? []).map((one) => one.value), ...chosen];
  const flip = (one: string): string => {
    const next = chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one];
    return next.join(",");
  };
  return html`<details ?open=${chosen.length > 0}>
    <summary>${tell(lang, "zones")}</summary>
    ${[...new Set(listed)].map(
      (one) =>
        html`<label>
          <input
            type="checkbox"
            name="zone-${one}"
            .checked=${chosen.includes(one)}
            @change=${() => page.change({ z: flip(one) })}
          />
          <span>${page.meta?.zones[one]?.[lang] ?? tell(lang, "noZone")}</span>
          <output>${shown(page, "zoning", one)}</output>
        </label>`,
    )}
  </details>`;
}

function steps(
  page: Filters,
  key: "fs" | "fb" | "fw" | "s",
  word: "school" | "stop" | "shop" | "slope",
  choices: string[],
) {
  const { lang } = page;
  const own = page.at(key);
  const told = (choice: string): string => {
    const count = shown(page, word, choice);
    return word === "slope"
      ? tell(lang, "atMostDegrees", { degrees: number(lang, Number(choice)), count })
      : tell(lang, "atMostMetres", { metres: number(lang, Number(choice)), count });
  };
  return html`<label>
    ${tell(lang, word)}
    <select id="filter-${word}" @change=${(event: Event) => page.change({ [key]: value(event) })}>
      ${option("", tell(lang, "any"), own)}
      ${[...new Set([...choices, ...(own ? [own] : [])])].map((choice) => option(choice, told(choice), own))}
    </select>
  </label>`;
}

/** Plan HP, where there are such perimeters. */
function perimeters(page: Filters): TemplateResult | typeof nothing {
  const { lang } = page;
  const own = page.at("h");
  if (!own && !countOf(page, "hp", "in")) return nothing;
  return html`<label>
    ${tell(lang, "hp")}
    <select id="filter-hp" @change=${(event: Event) => page.change({ h: value(event) })}>
      ${option("", tell(lang, "any"), own)}
      ${(["in", "out"] as const).map((one) => option(one, tell(lang, `hp_${one}`, { count: shown(page, "hp", one) }), own))}
    </select>
  </label>`;
}
