// How the layers that are switched on are drawn. Each is made when it is first asked for: what nobody chose asks for no tile.
import type { ExpressionSpecification, FilterSpecification, LayerSpecification } from "maplibre-gl";
import type { Lang } from "./api";
import { has, say, type LayerWord } from "./layer_words";
import { tileAddress, wantedFilter, type Wanted } from "./map_style";
import { LOOKS } from "./overlay_marks";
import { isTheme, type Layer, type Theme } from "./overlays";

/** What the drawing of a layer depends on. */
export interface Given {
  lang: Lang;
  /** Day whose law is shown, and the type of site it is asked for. */
  day: string;
  siteType: string;
  /** What the filters leave of the groups. */
  wanted: Wanted;
  /** Themes -> municipalities for which what is not drawn is not there. */
  known: Partial<Record<Theme, string[]>>;
}
/** A layer of the map and the layer of the style it comes below. */
export type Placed = [LayerSpecification, string];
type Expression = ExpressionSpecification;

const GROUND = "roads-local";
const ABOVE = "buildings";
const LINES = "candidate-lines";
const TEXT = "municipality-names";
export const HATCHING = { "fill-pattern": "hatching", "fill-opacity": 0.4 } as const;

/** Source of a layer and the address of its tiles; those of a day change with it. */
export function sourceOf(layer: Layer, given: Given): [string, string] | undefined {
  if (isTheme(layer)) return ["constraints", tileAddress("constraints")];
  if (layer === "services") return ["services", tileAddress("services")];
  if (layer === "eligibility" || layer === "cases")
    return [layer, `${tileAddress(layer)}?as_of=${given.day}&type=${given.siteType}`];
  return undefined;
}

/** Layers of the style that draw one layer of the page. */
export function drawn(layer: Layer, given: Given): Placed[] {
  if (isTheme(layer)) return theme(layer, given);
  if (layer === "eligibility") return eligibility(given);
  if (layer === "cases") return cases(given);
  if (layer === "services") return services();
  if (layer === "supply" || layer === "need") return counted(layer, given);
  if (layer === "groups") return groups(given);
  if (layer === "totals") return totals();
  return [];
}

type Kind = "fill" | "line" | "symbol";
function one(
  id: string,
  type: Kind,
  source: string,
  rest: { filter?: FilterSpecification; paint?: object; layout?: object; minzoom?: number; maxzoom?: number },
  sourceLayer = source,
): LayerSpecification {
  return { id, type, source, "source-layer": sourceLayer, ...rest } as LayerSpecification;
}
const get = (name: string): Expression => ["get", name];
const both = (...parts: unknown[]): Expression => ["all", ...parts] as unknown as Expression;
const is = (name: string, value: string): Expression => ["==", get(name), value];
const match = (name: string, table: Record<string, string | number>, other: string | number): Expression =>
  (Object.keys(table).length
    ? ["match", get(name), ...Object.entries(table).flat(), other]
    : ["literal", other]) as unknown as Expression;
const told = (id: string, source: string, field: unknown, minzoom: number, filter?: FilterSpecification): Placed => [
  one(id, "symbol", source, {
    ...(filter ? { filter } : {}),
    minzoom,
    layout: {
      "text-field": field,
      "text-size": 12,
      "text-font": ["sans-serif"],
      "text-max-width": 9,
      "text-variable-anchor": ["center", "top", "bottom"],
      "text-radial-offset": 1.4,
    },
    paint: { "text-color": "#17211f", "text-halo-color": "#ffffff", "text-halo-width": 1.6 },
  }),
  TEXT,
];

/** A hazard or plan: filled as strongly as its class, under its own pattern, outlined, named. */
function theme(name: Theme, given: Given): Placed[] {
  const look = LOOKS[name];
  const mine = is("theme", name);
  const areas = both(mine, ["==", ["geometry-type"], "Polygon"]);
  const words = Object.fromEntries(classesSaid(given.lang));
  return [
    [
      one(`${name}-fill`, "fill", "constraints", {
        filter: areas,
        paint: { "fill-color": look.colour, "fill-opacity": match("class", look.strength ?? {}, 0.35) },
      }),
      GROUND,
    ],
    [
      one(`${name}-unknown`, "fill", "municipalities", {
        filter: ["!", ["in", get("nis"), ["literal", given.known[name] ?? []]]],
        paint: HATCHING,
      }),
      ABOVE,
    ],
    [
      one(`${name}-pattern`, "fill", "constraints", { filter: areas, paint: { "fill-pattern": `theme-${name}` } }),
      ABOVE,
    ],
    [
      one(name, "line", "constraints", {
        filter: mine,
        paint: { "line-color": look.colour, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.8, 15, 2] },
      }),
      LINES,
    ],
    told(`${name}-names`, "constraints", match("class", words, say(given.lang, `theme_${name}`)), 13, mine),
  ];
}

/** Class -> what it is called. */
export function classesSaid(lang: Lang): [string, string][] {
  return CLASSES.map((name) => [name, say(lang, `class_${name}` as LayerWord)]);
}
// What a class is called is in the words; a source may bring classes that nobody named.
export const CLASSES =
  "A B C D very_low low medium high natura2000 ven reserve site vulnerable consultation clean investigate pending polluted lden_below_55 lden_50 lden_55 lden_60 lden_65 lden_70 lden_75 motorway railway sewage_plant waste_site collective individual no_building stricter_water_test subdivision sol gcu lot sdc sar infrastructure_reserve registered not_built".split(
    " ",
  );
export const classSaid = (lang: Lang, name: string): string =>
  say(lang, has(`class_${name}`) ? (`class_${name}` as LayerWord) : "class_other");

export const STANDINGS = ["open", "carried_on", "closed", "unknown"] as const;
export const STANDING_COLOURS = { open: "#0b7a75", carried_on: "#8fc7c0", closed: "#8a8f8d", unknown: "#d9dcda" };
function eligibility({ lang }: Given): Placed[] {
  const words = Object.fromEntries(STANDINGS.map((name) => [name, say(lang, `standing_${name}`)]));
  const fill = { "fill-color": match("standing", STANDING_COLOURS, "#d9dcda"), "fill-opacity": 0.55 };
  const unknown: Expression = ["!", ["in", get("standing"), ["literal", ["open", "carried_on", "closed"]]]];
  return [
    [one("eligibility", "fill", "eligibility", { paint: fill }), GROUND],
    [
      one("eligibility-carried", "fill", "eligibility", {
        filter: is("standing", "carried_on"),
        paint: { "fill-pattern": "dots" },
      }),
      GROUND,
    ],
    [one("eligibility-unknown", "fill", "eligibility", { filter: unknown, paint: HATCHING }), GROUND],
    told("eligibility-names", "eligibility", match("standing", words, words["unknown"]!), 7),
  ];
}

/** Cases of the housing code: article and case, each with a pattern of its own. */
export const CASES = { a: "plan_overlay", b: "sewer", reception: "brownfield", family: "brownfield", successor: "undeveloped_land" } as const; // prettier-ignore
export function caseSaid(lang: Lang, article: string, found: string): string {
  if (found === "successor") return say(lang, "case_successor");
  const name = article === "44" ? say(lang, "case_44") : say(lang, found === "b" ? "case_b" : "case_a");
  return found === "unknown"
    ? `${say(lang, article === "44" ? "case_44" : "case_b")}: ${say(lang, "caseUnsure")}`
    : name;
}
function cases({ lang }: Given): Placed[] {
  const placed: Placed[] = Object.entries(CASES).map(([name, pattern]) => [
    one(`cases-${name}`, "fill", "cases", { filter: is("case", name), paint: { "fill-pattern": `theme-${pattern}` } }),
    ABOVE,
  ]);
  const pairs: [string, string][] = [["22bis", "a"], ["22bis", "b"], ["22bis", "unknown"], ["44", "unknown"], ["44", "reception"], ["44", "family"], ["44", "successor"]]; // prettier-ignore
  const words = Object.fromEntries(
    pairs.map(([article, found]) => [`${article}/${found}`, caseSaid(lang, article, found)]),
  );
  const key = ["concat", get("article"), "/", get("case")];
  return [
    [one("cases-unknown", "fill", "cases", { filter: is("case", "unknown"), paint: HATCHING }), GROUND],
    ...placed,
    [one("cases", "line", "cases", { paint: { "line-color": "#7a2f5f", "line-width": 1.5 } }), LINES],
    told("cases-names", "cases", ["match", key, ...Object.entries(words).flat(), get("title")], 8),
  ];
}

function services(): Placed[] {
  return [
    [
      one("services", "symbol", "services", {
        layout: {
          "icon-image": ["coalesce", ["image", ["concat", "service-", get("service")]], ["image", "service-other"]],
          "icon-allow-overlap": ["step", ["zoom"], false, 14, true],
          "text-field": ["step", ["zoom"], "", 15, ["coalesce", get("name"), ""]],
          "text-size": 11,
          "text-offset": [0, 1.2],
          "text-anchor": "top",
          "text-optional": true,
          "text-font": ["sans-serif"],
        },
        paint: { "text-color": "#17211f", "text-halo-color": "#ffffff", "text-halo-width": 1.4 },
      }),
      TEXT,
    ],
  ];
}

export const SUPPLY_STEPS = [1, 10, 30, 100];
export const SUPPLY_COLOURS = ["#f1e9f4", "#d3b8e0", "#a97fc0", "#7b4a98", "#4a1f66"];
/** Pitches or need of a municipality, as a range; hatched where nobody counted. */
function counted(layer: "supply" | "need", { lang, siteType }: Given): Placed[] {
  const kind = siteType === "transit" ? "transit" : "residential";
  const prefix = layer === "supply" ? "supply" : "region_need";
  const [low, high] = [get(`${prefix}_${kind}_low`), get(`${prefix}_${kind}_high`)];
  const known = both(["has", `${prefix}_${kind}_low`]);
  const range: unknown = [
    "case",
    ["!", ["has", `${prefix}_${kind}_high`]],
    ["concat", "≥ ", ["to-string", low]],
    ["==", low, high],
    ["to-string", low],
    ["concat", ["to-string", low], "–", ["to-string", high]],
  ];
  const [before, after] = say(lang, layer === "supply" ? "pitchesOf" : "needOf", { range: "|" }).split("|");
  const steps = SUPPLY_STEPS.flatMap((from, at) => [from, SUPPLY_COLOURS[at + 1]!]);
  const colour = layer === "need" ? "#e6d3a3" : ["step", ["coalesce", high, low, 0], SUPPLY_COLOURS[0], ...steps];
  return [
    [
      one(layer, "fill", "municipalities", { filter: known, paint: { "fill-color": colour, "fill-opacity": 0.6 } }),
      GROUND,
    ],
    [one(`${layer}-unknown`, "fill", "municipalities", { filter: ["!", known], paint: HATCHING }), GROUND],
    told(
      `${layer}-names`,
      "municipalities",
      ["case", known, ["concat", before, range, after], say(lang, "unknown")],
      7,
    ),
  ];
}

/** Groups of neighbouring parcels: a heavy broken outline over what is in it. */
function groups({ wanted, lang }: Given): Placed[] {
  const filter = wantedFilter(wanted, null, "assembly");
  const [before, after] = say(lang, "pitchesOf", { range: "|" }).split("|");
  const range = ["concat", before, ["to-string", get("pitches_low")], "–", ["to-string", get("pitches_high")], after];
  return [
    [one("groups", "fill", "candidates", { filter, paint: { "fill-color": "#003f8a", "fill-opacity": 0.1 } }), ABOVE],
    [
      one("groups-unknown", "fill", "candidates", { filter: both(filter, is("verdict", "unknown")), paint: HATCHING }),
      ABOVE,
    ],
    [
      one("groups-lines", "line", "candidates", {
        filter,
        paint: { "line-color": "#003f8a", "line-width": 2.6, "line-dasharray": [2, 1] },
      }),
      "selected",
    ],
    [
      one("groups-names", "symbol", "candidates", {
        filter: both(filter, ["has", "pitches_low"], ["has", "pitches_high"]),
        minzoom: 13,
        layout: { "text-field": range, "text-size": 12, "text-font": ["sans-serif"] },
        paint: { "text-color": "#003f8a", "text-halo-color": "#ffffff", "text-halo-width": 1.6 },
      }),
      TEXT,
    ],
  ];
}

export const TOTAL_STEPS = [1, 5, 20, 50];
export const TOTAL_COLOURS = ["#b9bdbb", "#cfe6e1", "#94cbc2", "#4ba396", "#0b6b60"];
/** Candidates counted by hexagon or municipality, at zooms where they themselves are not drawn. */
function totals(): Placed[] {
  const sum: Expression = ["+", get("compatible"), get("needs_derogation"), get("unknown")];
  const steps = TOTAL_STEPS.flatMap((from, at) => [from, TOTAL_COLOURS[at + 1]!]);
  const mostly: Expression = [">", get("unknown"), ["+", get("compatible"), get("needs_derogation")]];
  const at = { maxzoom: 10 };
  const paint = { "fill-color": ["step", sum, TOTAL_COLOURS[0], ...steps], "fill-opacity": 0.75, "fill-outline-color": "#23302f" }; // prettier-ignore
  return [
    [one("totals", "fill", "candidates", { ...at, paint }, "totals"), LINES],
    [one("totals-unknown", "fill", "candidates", { ...at, filter: mostly, paint: HATCHING }, "totals"), LINES],
    [
      one(
        "totals-names",
        "symbol",
        "candidates",
        {
          ...at,
          filter: [">", sum, 0],
          layout: { "text-field": ["to-string", sum], "text-size": 11, "text-font": ["sans-serif"] },
          paint: { "text-color": "#17211f", "text-halo-color": "#ffffff", "text-halo-width": 1.6 },
        },
        "totals",
      ),
      TEXT,
    ],
  ];
}
