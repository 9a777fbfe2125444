// How the drawing of pitches looks on the map, and what a planner draws or measures.
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";

/** Kinds of things in a drawing of pitches: fill, outline. */
export const LAYOUT_COLOURS: Record<string, [string, string]> = {
  rest: ["#e9e6da", "#a9a594"],
  green_edge: ["#a9cf95", "#5d8a48"],
  road: ["#b9bdbb", "#5f6664"],
  service: ["#d7c3ea", "#7b4a98"],
  pitch: ["#ffffff", "#0b3d91"],
  caravan: ["#0b3d91", "#06245a"],
  service_building: ["#7b4a98", "#4a1f66"],
};
const match = (at: 0 | 1): ExpressionSpecification =>
  [
    "match",
    ["get", "kind"],
    ...Object.entries(LAYOUT_COLOURS).flatMap(([kind, pair]) => [kind, pair[at]]),
    at ? "#5f6664" : "#e9e6da",
  ] as unknown as ExpressionSpecification;
/** Lines that caravans keep apart by: where two touch, the distance is just kept. */
export const FIRE_COLOUR = "#c04a00";

export function layoutLayers(): LayerSpecification[] {
  const fire: ExpressionSpecification = ["==", ["get", "kind"], "fire"];
  const order: ExpressionSpecification = [
    "match",
    ["get", "kind"],
    ...["rest", "green_edge", "road", "service", "pitch", "service_building", "caravan"].flatMap((kind, at) => [
      kind,
      at,
    ]),
    0,
  ] as unknown as ExpressionSpecification;
  return [
    {
      id: "layout",
      type: "fill",
      source: "layout",
      filter: ["!", fire],
      layout: { "fill-sort-key": order },
      paint: { "fill-color": match(0), "fill-opacity": 0.92, "fill-outline-color": match(1) },
    },
    {
      id: "layout-lines",
      type: "line",
      source: "layout",
      filter: ["==", ["get", "kind"], "pitch"],
      paint: { "line-color": "#0b3d91", "line-width": ["interpolate", ["linear"], ["zoom"], 15, 0.8, 19, 2] },
    },
    {
      id: "layout-fire",
      type: "line",
      source: "layout",
      filter: fire,
      minzoom: 16,
      paint: { "line-color": FIRE_COLOUR, "line-width": 1.4, "line-dasharray": [2, 2] },
    },
    {
      id: "layout-numbers",
      type: "symbol",
      source: "layout",
      filter: ["==", ["get", "kind"], "pitch"],
      minzoom: 16,
      layout: {
        "text-field": ["to-string", ["get", "number"]],
        "text-size": 12,
        "text-font": ["sans-serif"],
        "text-anchor": "bottom",
      },
      paint: { "text-color": "#06245a", "text-halo-color": "#ffffff", "text-halo-width": 1.6 },
    },
  ];
}

const SKETCH = "#d4145a";
export function sketchLayers(): LayerSpecification[] {
  return [
    {
      id: "sketch",
      type: "fill",
      source: "sketch",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": SKETCH, "fill-opacity": 0.12 },
    },
    { id: "sketch-line", type: "line", source: "sketch", paint: { "line-color": SKETCH, "line-width": 2.5 } },
    {
      id: "sketch-corners",
      type: "circle",
      source: "sketch",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": 4.5,
        "circle-color": "#ffffff",
        "circle-stroke-color": SKETCH,
        "circle-stroke-width": 2.5,
      },
    },
    {
      id: "sketch-numbers",
      type: "symbol",
      source: "sketch",
      filter: ["==", ["geometry-type"], "Point"],
      layout: {
        "text-field": ["get", "label"],
        "text-size": 12,
        "text-font": ["sans-serif"],
        "text-offset": [0, -0.7],
        "text-anchor": "bottom",
        "text-allow-overlap": true,
      },
      paint: { "text-color": "#8f0f3d", "text-halo-color": "#ffffff", "text-halo-width": 1.8 },
    },
  ];
}
