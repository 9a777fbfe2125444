// Patterns and signs of the layers: told apart by shape as well as by colour. One drawing for the map and for the legend.
import { html, svg, type TemplateResult } from "lit";
import { picture } from "./marks";
import type { Theme } from "./overlays";

/** Side of a pattern, pixels; what goes over its edge goes on at the other one. */
export const SIDE = 12;
/** Strokes of the patterns. Slanted hatching is left for what is not known. */
const PATTERNS = {
  waves: "M0 4q3 -4 6 0t6 0M0 10q3 -4 6 0t6 0",
  levels: "M0 3H12M0 9H12",
  posts: "M3 0V12M9 0V12",
  grid: "M0 6H12M6 0V12",
  rings: "M6 3.4a2.6 2.6 0 1 0 .01 0",
  peaks: "M1 9L4 3L7 9",
  crosses: "M3 3L9 9M9 3L3 9",
  ticks: "M3 4H7M8 10H12",
  dashes: "M6 1V6M0 7V12M12 7V12",
} as const;
type Pattern = keyof typeof PATTERNS;

export interface Look {
  colour: string;
  pattern: Pattern;
  /** Class -> how strongly it is filled, 0..1; half where it is not named. */
  strength?: Record<string, number>;
}
// Colours of Okabe and Ito, which are told apart by all eyes; where two themes share one, the pattern differs.
const [ORANGE, SKY, GREEN, BLUE, RED, PURPLE, INK] = ["#b87700", "#2b8cbe", "#00785a", "#0060a0", "#c04a00", "#a8467f", "#4a4f4e"]; // prettier-ignore
export const LOOKS: Record<Theme, Look> = {
  flood: {
    colour: BLUE!,
    pattern: "waves",
    strength: { A: 0.05, B: 0.2, C: 0.4, D: 0.65, very_low: 0.1, low: 0.2, medium: 0.4, high: 0.65 },
  },
  flood_advice: { colour: SKY!, pattern: "ticks" },
  signal_area: { colour: BLUE!, pattern: "crosses" },
  flood_history: { colour: SKY!, pattern: "waves" },
  runoff: { colour: SKY!, pattern: "dashes" },
  seveso: { colour: RED!, pattern: "rings", strength: { site: 0.6, vulnerable: 0.4, consultation: 0.2 } },
  soil: {
    colour: ORANGE!,
    pattern: "dashes",
    strength: { clean: 0.05, investigate: 0.25, pending: 0.4, polluted: 0.65 },
  },
  noise: {
    colour: PURPLE!,
    pattern: "levels",
    strength: {
      lden_below_55: 0.05,
      lden_50: 0.05,
      lden_55: 0.2,
      lden_60: 0.3,
      lden_65: 0.45,
      lden_70: 0.6,
      lden_75: 0.75,
    },
  },
  nuisance: { colour: RED!, pattern: "crosses" },
  nature: { colour: GREEN!, pattern: "posts" },
  habitat: { colour: GREEN!, pattern: "rings" },
  forest: { colour: GREEN!, pattern: "peaks" },
  karst: { colour: INK!, pattern: "rings" },
  rockfall: { colour: INK!, pattern: "peaks" },
  slag_heap: { colour: ORANGE!, pattern: "peaks" },
  catchment: { colour: SKY!, pattern: "rings" },
  heritage: { colour: PURPLE!, pattern: "grid" },
  plan_rules: { colour: INK!, pattern: "ticks" },
  plan_overlay: { colour: PURPLE!, pattern: "posts" },
  brownfield: { colour: ORANGE!, pattern: "grid" },
  pre_emption: { colour: GREEN!, pattern: "levels" },
  undeveloped_land: { colour: ORANGE!, pattern: "ticks" },
  sewer: { colour: INK!, pattern: "levels", strength: { collective: 0.15 } },
};
export const strengthOf = (look: Look, name: string): number => look.strength?.[name] ?? 0.35;

/** Pictures of all patterns, by `theme-NAME`. */
export function* overlayPictures(): Generator<[string, ImageData]> {
  for (const [theme, look] of Object.entries(LOOKS))
    yield [
      `theme-${theme}`,
      picture(SIDE, (pen) => {
        pen.strokeStyle = look.colour;
        pen.lineWidth = 1.3;
        pen.stroke(new Path2D(PATTERNS[look.pattern]));
      }),
    ];
  for (const [name, sign] of Object.entries(SERVICES))
    yield [
      `service-${name}`,
      picture(18, (pen) => {
        pen.fillStyle = sign.colour;
        pen.strokeStyle = "#ffffff";
        pen.lineWidth = 1.5;
        pen.fill(new Path2D(sign.shape));
        pen.stroke(new Path2D(sign.shape));
        pen.stroke(new Path2D(sign.sign));
      }),
    ];
}

/** A theme in the legend, as strongly as a class is drawn. */
export function themeMark(theme: Theme, name: string): TemplateResult {
  const look = LOOKS[theme];
  return html`<svg class="swatch" viewBox="0 0 24 12" width="24" height="12" aria-hidden="true">
    <rect width="24" height="12" fill=${look.colour} fill-opacity=${strengthOf(look, name)} stroke=${look.colour} />
    ${[0, SIDE].map(
      (at) =>
        svg`<path d=${PATTERNS[look.pattern]} transform="translate(${at})" stroke=${look.colour} stroke-width="1.3" fill="none" />`,
    )}
  </svg>`;
}

interface Sign {
  colour: string;
  shape: string;
  sign: string;
}
const DISC = "M9 1.5a7.5 7.5 0 1 0 .01 0";
const SQUARE = "M2 2H16V16H2Z";
/** Services: the shape is the kind, the letterlike sign in it repeats it. */
export const SERVICES: Record<string, Sign> = {
  school: { colour: BLUE!, shape: "M9 1L17 7V16H1V7Z", sign: "M5 13V9H13V13M9 9V13" },
  gp: { colour: RED!, shape: DISC, sign: "M9 5V13M5 9H13" },
  pharmacy: { colour: GREEN!, shape: SQUARE, sign: "M9 5V13M5 9H13" },
  shop: { colour: PURPLE!, shape: "M2 5H16L14 16H4Z", sign: "M6 8Q9 14 12 8" },
  stop: { colour: INK!, shape: DISC, sign: "M6 6H12M6 9H12M6 12H12" },
  other: { colour: INK!, shape: "M9 2L16 9L9 16L2 9Z", sign: "M9 7V11" },
};
export const serviceMark = (name: string): TemplateResult => {
  const sign = SERVICES[name] ?? SERVICES["other"]!;
  return html`<svg class="swatch" viewBox="0 0 18 18" width="16" height="16" aria-hidden="true">
    <path d=${sign.shape} fill=${sign.colour} />
    <path d=${sign.sign} stroke="#ffffff" stroke-width="1.5" fill="none" />
  </svg>`;
};
