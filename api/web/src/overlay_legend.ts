// What each layer that is on looks like: for the panel of layers and for the legend on the map.
import { html, nothing, svg, type TemplateResult } from "lit";
import type { Lang, Meta } from "./api";
import { day as told, number } from "./format";
import { say, type LayerWord } from "./layer_words";
import { SCORE_COLOURS, zoneColour } from "./map_style";
import { siteMark } from "./marks";
import { LOOKS, SERVICES, serviceMark, themeMark } from "./overlay_marks";
import {
  CASES,
  caseSaid,
  classSaid,
  STANDING_COLOURS,
  STANDINGS,
  SUPPLY_COLOURS,
  SUPPLY_STEPS,
  TOTAL_COLOURS,
  TOTAL_STEPS,
} from "./overlay_style";
import { DATED, isTheme, type Layer, type Theme } from "./overlays";
import { say as sayMap } from "./words";

export interface LegendState {
  lang: Lang;
  meta: Meta | undefined;
  /** Is there a list, whose candidates are coloured? */
  scored: boolean;
  layers: Record<Layer, boolean>;
  /** Zoning classes in view. */
  zones: string[];
  /** Day whose law is shown. */
  day: string;
  /** Zoom of the map: some layers are drawn from near or from far only. */
  zoom: number;
  /** Themes that are not known for all that is in view. */
  unknown: Theme[];
}

const key = (mark: TemplateResult, text: string): TemplateResult => html`<span class="key">${mark}${text}</span>`;
const box = (colour: string, kind = ""): TemplateResult =>
  html`<svg class="swatch ${kind}" width="24" height="12" aria-hidden="true">
    <rect width="24" height="12" fill=${colour} stroke="#5f6664" />
    ${kind === "dots" ? [4, 12, 20].map((x) => svg`<circle cx=${x} cy="6" r="1.8" fill="#fff" />`) : nothing}
    ${kind === "hatch" ? [0, 6, 12, 18, 24].map((x) => svg`<path d="M${x - 6} 12L${x + 6} 0" stroke="#1d2827" stroke-width="1.4" />`) : nothing}
  </svg>`;
const line = (kind: string): TemplateResult =>
  html`<svg class="swatch" width="28" height="12" aria-hidden="true"><path class=${kind} d="M1 6H27" /></svg>`;
const unknown = (lang: Lang): TemplateResult => key(box("#f3f3ee", "hatch"), say(lang, "hatched"));

/** The legend of one layer, without its title. */
export function legendOf(layer: Layer, state: LegendState): TemplateResult | typeof nothing {
  const { lang } = state;
  if (isTheme(layer)) return theme(layer, state);
  if (layer === "candidates") return state.scored ? scores(lang) : nothing;
  if (layer === "groups") return key(line("group-line"), say(lang, "groups"));
  if (layer === "totals") return steps(TOTAL_STEPS, TOTAL_COLOURS, lang, "noTotal");
  if (layer === "sites") return sites(lang);
  if (layer === "hp") return html`${key(line("hp"), sayMap(lang, "hp"))} ${key(line("zhv"), say(lang, "zhv"))}`;
  if (layer === "zones") return zones(state);
  if (layer === "eligibility")
    return html`${STANDINGS.map((one) =>
      key(
        box(STANDING_COLOURS[one], one === "carried_on" ? "dots" : one === "unknown" ? "hatch" : ""),
        say(lang, `standing_${one}`),
      ),
    )}`;
  if (layer === "cases") return cases(state);
  if (layer === "services")
    return html`${Object.keys(SERVICES).map((one) => key(serviceMark(one), say(lang, `service_${one}` as LayerWord)))}`;
  if (layer === "supply") return html`${steps(SUPPLY_STEPS, SUPPLY_COLOURS, lang, "noPitch")} ${unknown(lang)}`;
  if (layer === "need") return html`${key(box("#e6d3a3"), say(lang, "need"))} ${unknown(lang)}`;
  return nothing;
}

/** Zooms from which layers are drawn, where not from all. */
const FROM: Partial<Record<Layer, number>> = { services: 11, candidates: 10, groups: 10, zones: 8 };
/** Why a layer that is on is not drawn at a zoom. */
export const away = (layer: Layer, zoom: number): "zoomFrom" | "zoomTo" | undefined =>
  zoom < (FROM[layer] ?? (isTheme(layer) ? 8 : 0))
    ? "zoomFrom"
    : layer === "totals" && zoom >= 10
      ? "zoomTo"
      : undefined;

/** Layers that are on, each with its legend; what depends on the day of the law says which. */
export function legends(state: LegendState): TemplateResult[] {
  const on = (Object.keys(state.layers) as Layer[]).filter((one) => state.layers[one] && !away(one, state.zoom));
  return on.map((layer) => {
    const found = legendOf(layer, state);
    if (found === nothing) return html``;
    const title = layer === "candidates" ? sayMap(state.lang, "score") : titleOf(layer, state.lang);
    return html`<b>${title}${DATED.includes(layer) ? ` (${told(state.lang, state.day)})` : ""}</b>${found}`;
  });
}

export const titleOf = (layer: Layer, lang: Lang): string => say(lang, isTheme(layer) ? `theme_${layer}` : layer);

/** Classes of a theme from weak to strong where they are known, else one entry; what is not known is hatched. */
function theme(name: Theme, { lang, unknown: silent }: LegendState): TemplateResult {
  const classes = Object.keys(LOOKS[name].strength ?? {});
  return html`${
    classes.length
      ? classes.map((one) => key(themeMark(name, one), classSaid(lang, one)))
      : key(themeMark(name, ""), say(lang, "class_other"))
  }
  ${silent.includes(name) ? unknown(lang) : nothing}`;
}

function cases({ lang, day }: LegendState): TemplateResult {
  const historic = day <= "2017-07-27";
  const named: [keyof typeof CASES, string][] = historic
    ? [["a", "22bis"], ["b", "22bis"], ["reception", "44"]] // prettier-ignore
    : [["a", "22bis"], ["successor", "44"]]; // prettier-ignore
  return html`${named.map(([name, article]) => key(themeMark(CASES[name], ""), caseSaid(lang, article, name)))}
    ${key(box("#f3f3ee", "hatch"), say(lang, "caseUnsure"))}
    <span class="note">${say(lang, historic ? "historic" : "successor")}</span>`;
}

function steps(from: number[], colours: string[], lang: Lang, none: LayerWord): TemplateResult {
  const texts = [
    say(lang, none),
    ...from.map((low, at) => {
      const next = from[at + 1];
      return next ? `${number(lang, low)}–${number(lang, next - 1)}` : say(lang, "from", { count: number(lang, low) });
    }),
  ];
  return html`${colours.map((colour, at) => key(box(colour), texts[at]!))}`;
}

function scores(lang: Lang): TemplateResult {
  const width = 34;
  return html`<svg
      class="steps"
      width=${width * 5 + 16}
      height="28"
      role="img"
      aria-label=${`${sayMap(lang, "score")} 0–1`}
    >
      ${SCORE_COLOURS.map((colour, at) => svg`<rect x=${8 + at * width} width=${width} height="12" fill=${colour} />`)}
      ${[0, 1, 2, 3, 4, 5].map(
        (at) => svg`<text x=${8 + at * width} y="25" text-anchor="middle">${number(lang, at / 5, 1)}</text>`,
      )}
    </svg>
    ${key(html`<span class="mark"></span>`, sayMap(lang, "compatible"))}
    ${key(html`<span class="mark dotted"></span>`, sayMap(lang, "needs_derogation"))}
    ${key(html`<span class="mark hatched"></span>`, sayMap(lang, "unknown"))}`;
}

function sites(lang: Lang): TemplateResult {
  return html`${key(siteMark("residential", "open"), sayMap(lang, "residential"))}
  ${key(siteMark("transit", "open"), sayMap(lang, "transit"))}
  ${key(siteMark("residential", "planned"), sayMap(lang, "planned"))}
  ${key(siteMark("residential", "closed"), sayMap(lang, "gone"))}`;
}

function zones({ lang, meta, zones: seen }: LegendState): TemplateResult {
  return html`${seen.map((name) => key(box(zoneColour(name)), meta?.zones[name]?.[lang] ?? sayMap(lang, "otherZone")))}`;
}
