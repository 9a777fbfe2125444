// The layers that can be switched on the map: which there are, which are on when nobody chose, and how the address says it.

/** Hazards and plans are one tile layer, told apart by their theme. Layers of the status of sources that know of each. */
export const THEMES = {
  flood: ["flood"],
  flood_advice: ["flood-advice"],
  signal_area: ["signal-areas"],
  flood_history: ["flood-history"],
  runoff: ["runoff"],
  seveso: ["seveso"],
  soil: ["soil"],
  noise: ["noise"],
  nuisance: ["nuisance"],
  nature: ["nature"],
  habitat: ["habitat"],
  forest: ["forest"],
  karst: ["karst"],
  rockfall: ["rockfall"],
  slag_heap: ["slag-heaps"],
  catchment: ["catchment"],
  heritage: ["heritage"],
  plan_rules: ["plan_rules"],
  plan_overlay: ["competing_plans", "plan-overlays"],
  brownfield: ["competing_plans", "brownfields"],
  pre_emption: ["pre-emption"],
  undeveloped_land: ["undeveloped", "undeveloped-land"],
  sewer: ["sewer"],
} as const;
export type Theme = keyof typeof THEMES;
const PLANS: Theme[] = ["plan_rules", "plan_overlay", "brownfield", "pre_emption", "undeveloped_land", "sewer"];
const HAZARDS = (Object.keys(THEMES) as Theme[]).filter((one) => !PLANS.includes(one));

const OWN = [
  "candidates",
  "groups",
  "totals",
  "sites",
  "hp",
  "eligibility",
  "cases",
  "zones",
  "services",
  "supply",
  "need",
] as const;
export type Layer = (typeof OWN)[number] | Theme;
/** Layers by what they are about, in the order of the panel. */
export const GROUPS: Record<"result" | "sites" | "law" | "plans" | "hazards" | "services", Layer[]> = {
  result: ["candidates", "groups", "totals"],
  sites: ["sites", "hp"],
  law: ["eligibility", "cases"],
  plans: ["zones", ...PLANS],
  hazards: HAZARDS,
  services: ["services", "supply", "need"],
};
export const LAYERS = Object.values(GROUPS).flat();
export type Shown = Record<Layer, boolean>;
const USUAL: Layer[] = ["candidates", "totals", "sites", "hp"];
/** Layers that follow the day of the law. */
export const DATED: Layer[] = ["eligibility", "cases"];
export const FIRST_YEAR = 1983;

export const isTheme = (layer: string): layer is Theme => layer in THEMES;

/** "zones,-hp": layers on beside the usual ones, and usual ones that are off. */
export function layersOf(text: string): Shown {
  const asked = text.split(",");
  const on = (layer: Layer): boolean => (USUAL.includes(layer) ? !asked.includes(`-${layer}`) : asked.includes(layer));
  return Object.fromEntries(LAYERS.map((layer) => [layer, on(layer)])) as Shown;
}

export const layersWritten = (shown: Shown): string =>
  LAYERS.filter((layer) => shown[layer] !== USUAL.includes(layer))
    .map((layer) => (shown[layer] ? layer : `-${layer}`))
    .join(",");

/** A day as the address gives it; today where it gives none, or none between the first year and today. */
export function lawDay(text: string, today: string): string {
  const good = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  return good && text >= `${FIRST_YEAR}-01-01` && text <= today ? text : today;
}

/** The day a year stands for: its last, or today in the year that is not over. */
export const dayOfYear = (year: number, today: string): string =>
  String(year) === today.slice(0, 4) ? today : `${year}-12-31`;
