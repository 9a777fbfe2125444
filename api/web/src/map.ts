// The map: our own layers as a quiet base, candidates coloured by score, verdict as pattern and outline.
import { Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import type {
  GeoJSONSourceSpecification,
  PointLike,
  ExpressionSpecification,
  LayerSpecification,
  StyleSpecification,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";

setWorkerUrl(workerUrl);

export const SCORE_COLOURS = ["#fde725", "#5ec962", "#21918c", "#3b528b", "#440154"];
const BASE: Record<string, string> = {
  water: "#a9cbe0",
  park: "#cfe3c4",
  forest: "#bcd6b0",
  cemetery: "#d5dccb",
  school_ground: "#ece2cf",
  car_park: "#e3e1dd",
  sports_field: "#cfe6cd",
  railway: "#8b8680",
};

const tiles = (layer: string, query = ""): { type: "vector"; tiles: string[]; minzoom: number; maxzoom: number } => ({
  type: "vector",
  tiles: [`${location.origin}/tiles/${layer}/{z}/{x}/{y}.mvt${query}`],
  minzoom: 6,
  maxzoom: 16,
});
const byScore: ExpressionSpecification = [
  "step",
  ["coalesce", ["get", "score"], 0],
  SCORE_COLOURS[0]!,
  0.2,
  SCORE_COLOURS[1]!,
  0.4,
  SCORE_COLOURS[2]!,
  0.6,
  SCORE_COLOURS[3]!,
  0.8,
  SCORE_COLOURS[4]!,
];
const matchClass = (table: Record<string, string>, other: string): ExpressionSpecification =>
  ["match", ["get", "class"], ...Object.entries(table).flat(), other] as unknown as ExpressionSpecification;
const ZONES: [string, string][] = [
  ["residential", "#f3b7a2"],
  ["residential_rural", "#f6cbbb"],
  ["residential_expansion", "#f8ddd2"],
  ["public_utility", "#a9c7e8"],
  ["caravan", "#c86aa5"],
  ["agriculture", "#f2efc4"],
  ["agriculture_landscape", "#e9e7ae"],
  ["nature", "#9dcfa0"],
  ["forest", "#7fb583"],
  ["park", "#bfe0b4"],
  ["industry", "#c5b6d6"],
  ["industry_heavy", "#b39fcb"],
  ["sme", "#d8cde4"],
  ["recreation_stay", "#f0d38c"],
  ["recreation", "#f0d38c"],
  ["mixed", "#e6c3b0"],
  ["reserve", "#eddcd2"],
];

/** A name and where it is written, lon/lat. */
export interface Label {
  name: string;
  at: [number, number];
}

const points = (labels: Label[]): Extract<GeoJSONSourceSpecification["data"], object> => ({
  type: "FeatureCollection",
  features: labels.map(({ name, at }) => ({
    type: "Feature",
    properties: { name },
    geometry: { type: "Point", coordinates: at },
  })),
});

function style(run: string, labels: Label[]): StyleSpecification {
  const query = `?run=${encodeURIComponent(run)}`;
  const road = (id: string, classes: string[], width: number, colour: string): LayerSpecification => ({
    id,
    type: "line",
    source: "roads",
    "source-layer": "roads",
    filter: ["in", ["get", "road_class"], ["literal", classes]],
    paint: {
      "line-color": colour,
      "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 10, width * 0.4, 17, width * 5],
    },
  });
  const label = (
    id: string,
    source: string,
    field: ExpressionSpecification,
    minzoom: number,
    size: number,
    line = false,
  ): LayerSpecification => ({
    id,
    type: "symbol",
    source,
    ...(source === "places" ? {} : { "source-layer": source }),
    minzoom,
    layout: {
      "text-field": field,
      "text-size": size,
      "symbol-placement": line ? "line" : "point",
      "text-font": ["sans-serif"],
    },
    paint: { "text-color": "#3a3f3e", "text-halo-color": "#ffffff", "text-halo-width": 1.4 },
  });
  return {
    version: 8,
    sources: {
      municipalities: tiles("municipalities"),
      base: tiles("base"),
      roads: tiles("roads"),
      buildings: tiles("buildings"),
      zones: tiles("zones"),
      hp: tiles("hp"),
      sites: tiles("sites"),
      candidates: tiles("candidates", query),
      parcels: tiles("parcels", query),
      places: { type: "geojson", data: points(labels) },
      selected: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": "#dfe9ee" } },
      {
        id: "land",
        type: "fill",
        source: "municipalities",
        "source-layer": "municipalities",
        paint: { "fill-color": "#f7f5f0" },
      },
      {
        id: "zones",
        type: "fill",
        source: "zones",
        "source-layer": "zones",
        layout: { visibility: "none" },
        paint: {
          "fill-color": [
            "match",
            ["get", "zoning_class"],
            ...ZONES.flat(),
            "#dddddd",
          ] as unknown as ExpressionSpecification,
          "fill-opacity": 0.6,
        },
      },
      {
        id: "base",
        type: "fill",
        source: "base",
        "source-layer": "base",
        filter: ["==", ["geometry-type"], "Polygon"],
        paint: { "fill-color": matchClass(BASE, "#e8e6e0"), "fill-opacity": 0.8 },
      },
      {
        id: "rail",
        type: "line",
        source: "base",
        "source-layer": "base",
        filter: ["==", ["get", "class"], "railway"],
        paint: { "line-color": "#8b8680", "line-width": 1.6, "line-dasharray": [4, 2] },
      },
      {
        id: "buildings",
        type: "fill",
        source: "buildings",
        "source-layer": "buildings",
        minzoom: 14,
        paint: { "fill-color": "#d9d3c9" },
      },
      road("roads-local", ["local", "service"], 1, "#ffffff"),
      road("roads-secondary", ["secondary"], 1.4, "#fff7e0"),
      road("roads-main", ["main"], 1.9, "#f6dd9b"),
      road("roads-motorway", ["motorway"], 2.6, "#e3a25f"),
      {
        id: "parcels",
        type: "fill",
        source: "parcels",
        "source-layer": "parcels",
        minzoom: 13,
        paint: { "fill-color": "#000000", "fill-opacity": 0 },
      },
      {
        id: "parcel-lines",
        type: "line",
        source: "parcels",
        "source-layer": "parcels",
        minzoom: 14,
        paint: { "line-color": "#9aa09e", "line-width": 0.4 },
      },
      {
        id: "candidates",
        type: "fill",
        source: "candidates",
        "source-layer": "candidates",
        paint: { "fill-color": byScore, "fill-opacity": ["match", ["get", "verdict"], "unknown", 0.4, 0.85] },
      },
      {
        id: "derogation",
        type: "fill",
        source: "candidates",
        "source-layer": "candidates",
        filter: ["==", ["get", "verdict"], "needs_derogation"],
        paint: { "fill-pattern": "dots" },
      },
      {
        id: "hatching",
        type: "fill",
        source: "candidates",
        "source-layer": "candidates",
        filter: ["==", ["get", "verdict"], "unknown"],
        paint: { "fill-pattern": "hatching" },
      },
      {
        id: "candidate-lines",
        type: "line",
        source: "candidates",
        "source-layer": "candidates",
        paint: { "line-color": "#23302f", "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 15, 1.2] },
      },
      {
        id: "hp",
        type: "line",
        source: "hp",
        "source-layer": "hp",
        paint: { "line-color": "#8a3ffc", "line-width": 2, "line-dasharray": [3, 1, 1, 1] },
      },
      {
        id: "borders",
        type: "line",
        source: "municipalities",
        "source-layer": "municipalities",
        paint: { "line-color": "#6b7372", "line-width": 1.4, "line-dasharray": [5, 2] },
      },
      { id: "selected", type: "line", source: "selected", paint: { "line-color": "#d4145a", "line-width": 3.5 } },
      {
        id: "sites",
        type: "symbol",
        source: "sites",
        "source-layer": "sites",
        layout: { "icon-image": ["concat", ["get", "site_type"], "-", ["get", "status"]], "icon-allow-overlap": true },
      },
      label("road-names", "roads", ["get", "name"], 14, 11, true),
      label("municipality-names", "places", ["get", "name"], 8, 14),
    ],
  };
}

// Small pictures are drawn here: the content policy lets nothing come from elsewhere.
function picture(size: number, draw: (pen: CanvasRenderingContext2D) => void): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d")!;
  draw(pen);
  return pen.getImageData(0, 0, size, size);
}

function addPictures(map: MapLibre): void {
  map.addImage(
    "hatching",
    picture(12, (pen) => {
      pen.strokeStyle = "#1d2827";
      pen.lineWidth = 1.4;
      for (const at of [-6, 0, 6, 12]) {
        pen.beginPath();
        pen.moveTo(at, 12);
        pen.lineTo(at + 12, 0);
        pen.stroke();
      }
    }),
  );
  map.addImage(
    "dots",
    picture(10, (pen) => {
      pen.fillStyle = "#ffffff";
      pen.beginPath();
      pen.arc(5, 5, 1.8, 0, 7);
      pen.fill();
    }),
  );
  for (const type of ["residential", "transit"])
    for (const status of ["open", "planned", "closed"]) {
      map.addImage(
        `${type}-${status}`,
        picture(22, (pen) => {
          pen.strokeStyle = pen.fillStyle = "#b3261e";
          pen.lineWidth = 2.4;
          pen.beginPath();
          if (type === "residential") pen.rect(4, 4, 14, 14);
          else {
            pen.moveTo(11, 3);
            pen.lineTo(19, 18);
            pen.lineTo(3, 18);
            pen.closePath();
          }
          if (status === "open") pen.fill();
          pen.stroke();
          if (status === "closed") {
            pen.beginPath();
            pen.moveTo(3, 3);
            pen.lineTo(19, 19);
            pen.moveTo(19, 3);
            pen.lineTo(3, 19);
            pen.stroke();
          }
        }),
      );
    }
}

// Tiles that leave features out say how many, in a layer of their own.
function countLeftOut(map: MapLibre): number {
  const seen = new Set<string>();
  let total = 0;
  for (const source of ["candidates", "zones", "base", "roads"]) {
    const layer = map.getLayer(source === "roads" ? "roads-local" : source);
    if (!layer || map.getLayoutProperty(layer.id, "visibility") === "none") continue;
    for (const feature of map.querySourceFeatures(source, { sourceLayer: "left_out" })) {
      const key = `${source} ${JSON.stringify(feature.geometry)}`;
      if (!seen.has(key)) total += Number(feature.properties["count"] ?? 0);
      seen.add(key);
    }
  }
  return total;
}

export interface PageMap {
  show(run: string): void;
  frame(box: [number, number, number, number]): void;
  select(geometry: unknown, box: [number, number, number, number]): void;
  toggle(layer: string, on: boolean): void;
  resize(): void;
  /** Names of municipalities in the language of the page. */
  name(labels: Label[]): void;
}
export interface MapEvents {
  /** A parcel was clicked, or Enter was pressed with it under the cross in the middle. */
  pick: (capakey: string) => void;
  /** How many features the tiles in view left out. */
  leftOut: (count: number) => void;
}

export function createMap(
  container: HTMLElement,
  run: string,
  box: [number, number, number, number],
  labels: Label[],
  events: MapEvents,
): PageMap {
  const map = new MapLibre({
    container,
    style: style(run, labels),
    bounds: box,
    fitBoundsOptions: { padding: 24 },
    attributionControl: false,
    maxZoom: 19,
  });
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({}), "bottom-right");
  // A new style forgets its pictures; adding one fires the same event again, hence the guard on the first.
  map.on("style.load", () => {
    if (!map.hasImage("hatching")) addPictures(map);
  });
  const pickAt = (point: PointLike): void => {
    const found = map.queryRenderedFeatures(point, { layers: ["candidates", "parcels"] })[0];
    if (found) events.pick(String(found.properties["capakey"]));
  };
  map.on("click", (event) => pickAt(event.point));
  // Arrow keys move the map (its own), Enter chooses what lies under the cross in the middle.
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Enter") pickAt(map.project(map.getCenter()));
  });
  map.on("idle", () => events.leftOut(countLeftOut(map)));
  let shown = run;
  let names = labels;
  (window as unknown as { pageMap: MapLibre }).pageMap = map;
  return {
    show: (next) => {
      if (next !== shown) {
        shown = next;
        map.setStyle(style(next, names), { diff: false });
      }
    },
    frame: (bounds) => {
      map.fitBounds(bounds, { padding: 24, animate: false });
    },
    select: (geometry, bounds) => {
      const source = map.getSource("selected") as { setData?: (data: unknown) => void } | undefined;
      source?.setData?.({ type: "Feature", properties: {}, geometry });
      const view = map.getBounds();
      const visible = view.contains([bounds[0], bounds[1]]) && view.contains([bounds[2], bounds[3]]);
      if (!visible || map.getZoom() < 13) map.fitBounds(bounds, { padding: 120, maxZoom: 15.5, animate: false });
    },
    name: (next) => {
      names = next;
      (map.getSource("places") as { setData?: (data: unknown) => void } | undefined)?.setData?.(points(next));
    },
    resize: () => {
      map.resize();
    },
    toggle: (layer, on) => {
      if (map.getLayer(layer)) map.setLayoutProperty(layer, "visibility", on ? "visible" : "none");
    },
  };
}
