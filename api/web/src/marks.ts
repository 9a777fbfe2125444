// Marks of sites: the shape is the type of site, the filling its status. One drawing for the map and for its legend.
import { html, nothing, svg, type TemplateResult } from "lit";

export type SiteShape = "residential" | "transit" | "temporary" | "gathering";
export const SHAPES: Record<SiteShape, string> = {
  residential: "M4 4H18V18H4Z",
  transit: "M11 3L19 18H3Z",
  temporary: "M11 4A7 7 0 1 1 10.99 4Z",
  gathering: "M11 2L20 11L11 20L2 11Z",
};
export const STATUSES = ["open", "planned", "not_built", "closed", "dropped", "unknown"] as const;
const CROSS = "M3 3L19 19M19 3L3 19";
const COLOUR = "#b3261e";

const isCrossed = (status: string): boolean => ["not_built", "closed", "dropped"].includes(status);
/** Nobody told whether it is still used: an outline of dashes. */
const isDashed = (status: string): boolean => !isCrossed(status) && !["open", "planned"].includes(status);
const DASHES = [3, 2.4];
/** Name of a mark among `sitePictures`. */
export const markOf = (type: string, status: string): string =>
  `${shapeOf(type)}-${isDashed(status) ? "unknown" : status}`;
export const shapeOf = (type: string): SiteShape => (type in SHAPES ? (type as SiteShape) : "gathering");

/** A small picture, drawn here: the content policy lets nothing come from elsewhere. */
export function picture(size: number, draw: (pen: CanvasRenderingContext2D) => void): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d")!;
  draw(pen);
  return pen.getImageData(0, 0, size, size);
}

/** Pictures of all marks, by the name `type-status`. */
export function* sitePictures(): Generator<[string, ImageData]> {
  for (const [type, path] of Object.entries(SHAPES))
    for (const status of STATUSES)
      yield [
        `${type}-${status}`,
        picture(22, (pen) => {
          pen.strokeStyle = COLOUR;
          pen.fillStyle = status === "open" ? COLOUR : "#ffffff";
          pen.lineWidth = 2.4;
          pen.fill(new Path2D(path));
          if (isDashed(status)) pen.setLineDash(DASHES);
          pen.stroke(new Path2D(path));
          if (isCrossed(status)) pen.stroke(new Path2D(CROSS));
        }),
      ];
}

/** The same mark beside a word. */
export const siteMark = (type: string, status: string): TemplateResult =>
  html`<svg class="site-mark" viewBox="0 0 22 22" width="16" height="16" aria-hidden="true">
    <path
      class=${status === "open" ? "full" : ""}
      stroke-dasharray=${isDashed(status) ? DASHES.join(" ") : nothing}
      d=${SHAPES[shapeOf(type)]}
    />
    ${isCrossed(status) ? svg`<path d=${CROSS} />` : nothing}
  </svg>`;
