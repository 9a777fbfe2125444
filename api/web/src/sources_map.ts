// The map of what is loaded: borders of municipalities from our own tiles, and the area a chosen source declares to
// cover. Of a municipality with nothing loaded all is unknown: it is hatched, never white.
import type { FeatureCollection } from "geojson";
import { Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import type { FilterSpecification, GeoJSONSource, LayerSpecification, PointLike } from "maplibre-gl";
import { here } from "./api";
import type { Areas, Lang, Place } from "./api";
import { picture } from "./marks";
import { COVERS, type Cover } from "./sources_marks";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";

setWorkerUrl(workerUrl);

/** West, south, east, north of the country. */
const COUNTRY: Box = [2.5, 49.45, 6.45, 51.55];
const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };

export interface Painted {
  /** How each municipality is painted, by its code. */
  covers: Map<string, Cover>;
  areas: Areas | null;
  chosen: string;
}

const TILED = { source: "municipalities", "source-layer": "municipalities" } as const;
const codes = (covers: Map<string, Cover>, wanted: Cover): FilterSpecification => [
  "in",
  ["get", "nis"],
  ["literal", [...covers].filter(([, one]) => one === wanted).map(([nis]) => nis)],
];
const PAINTED = Object.keys(COVERS) as Cover[];

/** A square that repeats without a seam. */
function pattern(cover: Cover): ImageData {
  const { fill, pen } = COVERS[cover];
  return picture(16, (brush) => {
    brush.fillStyle = fill;
    brush.fillRect(0, 0, 16, 16);
    if (!pen) return;
    brush.strokeStyle = brush.fillStyle = pen;
    if (cover === "silent") {
      for (const [x, y] of [[4, 4], [12, 12]] as const) brush.fillRect(x - 1.25, y - 1.25, 2.5, 2.5); // prettier-ignore
      return;
    }
    brush.lineWidth = 1.4;
    for (const at of [-16, 0, 16]) {
      brush.beginPath();
      brush.moveTo(at - 2, 18);
      brush.lineTo(at + 18, -2);
      brush.stroke();
    }
  });
}

function names(places: Place[], lang: Lang): FeatureCollection {
  return {
    type: "FeatureCollection",
    features: places.flatMap(({ nis, name, bbox }) =>
      bbox
        ? [
            {
              type: "Feature" as const,
              properties: { nis, name: name[lang] },
              geometry: { type: "Point" as const, coordinates: [(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2] },
            },
          ]
        : [],
    ),
  };
}

const layers: LayerSpecification[] = [
  { id: "paper", type: "background", paint: { "background-color": "#ffffff" } },
  ...PAINTED.map((cover): LayerSpecification => ({
    id: cover,
    type: "fill",
    ...TILED,
    filter: ["literal", false],
    paint: COVERS[cover].pen ? { "fill-pattern": cover } : { "fill-color": COVERS[cover].fill },
  })),
  { id: "areas", type: "fill", source: "areas", paint: { "fill-color": COVERS.covers.fill, "fill-opacity": 0.75 } },
  { id: "borders", type: "line", ...TILED, paint: { "line-color": "#7d8582", "line-width": 0.8 } },
  { id: "edges", type: "line", source: "areas", paint: { "line-color": "#0b5c58", "line-width": 2 } },
  {
    id: "chosen",
    type: "line",
    ...TILED,
    filter: ["==", ["get", "nis"], ""],
    paint: { "line-color": "#17211f", "line-width": 3.5 },
  },
  {
    id: "names",
    type: "symbol",
    source: "names",
    layout: {
      "text-field": ["get", "name"],
      "text-size": 12,
      "text-font": ["sans-serif"],
      "text-max-width": 7,
      "text-padding": 0,
    },
    paint: { "text-color": "#17211f", "text-halo-color": "#ffffff", "text-halo-width": 1.8 },
  },
];

export interface SourcesMap {
  paint(painted: Painted): void;
  name(lang: Lang): void;
}

type Box = [number, number, number, number];

const around = (places: Place[]): Box => {
  const edge = (at: number, of: (...all: number[]) => number): number => of(...places.map((one) => one.bbox![at]!));
  return [edge(0, Math.min), edge(1, Math.min), edge(2, Math.max), edge(3, Math.max)];
};

/** Where something is loaded with its neighbours, else where there are borders, else the country. */
function extent(places: Place[]): Box {
  const drawn = places.filter((one) => one.bbox);
  if (!drawn.length) return COUNTRY;
  const [west, south, east, north] = around(drawn);
  const used = drawn.filter((one) => one.datasets);
  if (!used.length) return [west, south, east, north];
  const box = around(used);
  const [wide, high] = [(box[2] - box[0]) * 0.6, (box[3] - box[1]) * 0.6];
  return [
    Math.max(west, box[0] - wide),
    Math.max(south, box[1] - high),
    Math.min(east, box[2] + wide),
    Math.min(north, box[3] + high),
  ];
}

/** @param pick called with the municipality under a click, or under the cross in the middle when Enter is pressed. */
export function createSourcesMap(
  container: HTMLElement,
  places: Place[],
  lang: Lang,
  pick: (nis: string) => void,
): SourcesMap {
  const map = new MapLibre({
    container,
    style: {
      version: 8,
      sources: {
        municipalities: {
          type: "vector",
          tiles: [`${here()}tiles/municipalities/{z}/{x}/{y}.mvt`],
          minzoom: 5,
          maxzoom: 14,
        },
        areas: { type: "geojson", data: NOTHING },
        names: { type: "geojson", data: names(places, lang) },
      },
      layers,
    },
    bounds: extent(places),
    fitBoundsOptions: { padding: 28 },
    attributionControl: false,
    maxZoom: 14,
  });
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({}), "bottom-right");
  let last: Painted | undefined;
  // What was asked before the style was there is painted when it is.
  const draw = (): void => {
    if (!last || !map.getLayer("chosen")) return;
    for (const cover of PAINTED) map.setFilter(cover, codes(last.covers, cover));
    map.setFilter("chosen", ["==", ["get", "nis"], last.chosen]);
    void map.getSource<GeoJSONSource>("areas")?.setData((last.areas as FeatureCollection | null) ?? NOTHING);
  };
  map.on("style.load", () => {
    for (const cover of PAINTED) if (!map.hasImage(cover)) map.addImage(cover, pattern(cover));
    draw();
  });
  const pickAt = (where: PointLike): void => {
    const found = map.queryRenderedFeatures(where, { layers: PAINTED })[0];
    if (found) pick(String(found.properties["nis"]));
  };
  map.on("click", (event) => pickAt(event.point));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Enter") pickAt(map.project(map.getCenter()));
  });
  (window as unknown as { pageMap: MapLibre }).pageMap = map;
  return {
    paint: (painted) => {
      last = painted;
      draw();
    },
    name: (next) => void map.getSource<GeoJSONSource>("names")?.setData(names(places, next)),
  };
}
