// How the map looks: our own layers as a quiet base, candidates coloured by score, verdict as pattern and outline.
import { here } from "./api";
import { layoutLayers, sketchLayers } from "./tool_style";
import type {
  GeoJSONSourceSpecification,
  ExpressionSpecification,
  LayerSpecification,
  StyleSpecification,
} from "maplibre-gl";

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

export const tileAddress = (layer: string, run?: string): string =>
  `${here()}tiles/${layer}/{z}/{x}/{y}.mvt${run ? `?run=${encodeURIComponent(run)}` : ""}`;
const tiles = (layer: string, run?: string): { type: "vector"; tiles: string[]; minzoom: number; maxzoom: number } => ({
  type: "vector",
  tiles: [tileAddress(layer, run)],
  minzoom: 6,
  maxzoom: 16,
});
const GREY = "#b9bdbb";
const colours = (score: ExpressionSpecification): ExpressionSpecification => [
  "step",
  score,
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
/** Colour of a candidate by its published score, or by one worked out from the values in its tile: grey where it has none. */
export const byScore = (own: ExpressionSpecification | null): ExpressionSpecification =>
  own ? ["case", ["has", "v0"], colours(own), GREY] : colours(["coalesce", ["get", "score"], 0]);
const matchClass = (table: Record<string, string>, other: string): ExpressionSpecification =>
  ["match", ["get", "class"], ...Object.entries(table).flat(), other] as unknown as ExpressionSpecification;
/** Colours of zoning classes: a family of classes, a family of hues. */
const ZONES: Record<string, string> = {
  residential: "#f3b7a2",
  residential_rural: "#f6cbbb",
  residential_heritage: "#eba48c",
  residential_expansion: "#f8ddd2",
  residential_reserve: "#f6e2da",
  residential_park: "#ecc9a8",
  residential_recreation: "#f1cf9e",
  residential_light: "#d3e29b",
  caravan: "#c86aa5",
  mixed: "#dfa9a0",
  public_utility: "#a9c7e8",
  service: "#bdd2ea",
  retail: "#cbb8d8",
  sme: "#d8cde4",
  industry: "#c5b6d6",
  industry_heavy: "#a58fc4",
  recreation: "#f0d38c",
  recreation_day: "#f3dfa6",
  recreation_stay: "#e8bf66",
  agriculture: "#f2efc4",
  agriculture_landscape: "#e4e19a",
  forest: "#7fb583",
  green: "#a8d39b",
  park: "#bfe0b4",
  nature: "#8ecb9a",
  nature_reserve: "#6fb894",
  buffer: "#c9dcc0",
  extraction: "#c9b79c",
  landfill: "#b3a48e",
  military: "#b9b48f",
  infrastructure: "#c3c7c9",
  water: "#9cc4de",
  reserve: "#eddcd2",
  reserve_economic: "#e0d3dd",
  unassigned: "#e4e4e0",
};
const ZONE_OTHER = "#cfcfcf";
export const zoneColour = (name: string): string => ZONES[name] ?? ZONE_OTHER;

const ZHV = { "line-color": "#00785a", "line-width": 3, "line-dasharray": [1, 1] };

/** A name and where it is written, lon/lat. */
export interface Label {
  name: string;
  at: [number, number];
}

export const points = (labels: Label[]): Extract<GeoJSONSourceSpecification["data"], object> => ({
  type: "FeatureCollection",
  features: labels.map(({ name, at }) => ({
    type: "Feature",
    properties: { name },
    geometry: { type: "Point", coordinates: at },
  })),
});

export const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

/** The whole style: base, zoning, candidates of a run (`none`: parcels without colour), sites, names. */
export function style(run: string, labels: Label[]): StyleSpecification {
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
      candidates: tiles("candidates", run),
      parcels: tiles("parcels", run),
      places: { type: "geojson", data: points(labels) },
      selected: { type: "geojson", data: EMPTY },
      layout: { type: "geojson", data: EMPTY },
      sketch: { type: "geojson", data: EMPTY },
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
        id: "zones",
        type: "fill",
        source: "zones",
        "source-layer": "zones",
        layout: { visibility: "none" },
        paint: {
          "fill-color": [
            "match",
            ["get", "zoning_class"],
            ...Object.entries(ZONES).flat(),
            ZONE_OTHER,
          ] as unknown as ExpressionSpecification,
          "fill-opacity": 0.65,
        },
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
        paint: { "fill-color": byScore(null), "fill-opacity": ["match", ["get", "verdict"], "unknown", 0.4, 0.75] },
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
        id: "buildings",
        type: "fill",
        source: "buildings",
        "source-layer": "buildings",
        minzoom: 14,
        // Above the candidates: what is built on them must be seen.
        paint: { "fill-color": "#cfc8bc", "fill-outline-color": "#6f685d", "fill-opacity": 0.9 },
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
        filter: ["!=", ["get", "phase"], "zhv"],
        paint: { "line-color": "#8a3ffc", "line-width": 2, "line-dasharray": [3, 1, 1, 1] },
      },
      {
        id: "zhv",
        type: "line",
        source: "hp",
        "source-layer": "hp",
        filter: ["==", ["get", "phase"], "zhv"],
        paint: ZHV,
      },
      {
        id: "zhv-zones",
        type: "line",
        source: "zones",
        "source-layer": "zones",
        minzoom: 12,
        filter: ["==", ["get", "zoning_class"], "residential_light"],
        paint: ZHV,
      },
      {
        id: "hp-names",
        type: "symbol",
        source: "hp",
        "source-layer": "hp",
        minzoom: 13,
        layout: { "text-field": ["coalesce", ["get", "name"], ""], "text-size": 12, "text-font": ["sans-serif"] },
        paint: { "text-color": "#5b21b6", "text-halo-color": "#ffffff", "text-halo-width": 1.6 },
      },
      {
        id: "borders",
        type: "line",
        source: "municipalities",
        "source-layer": "municipalities",
        paint: { "line-color": "#6b7372", "line-width": 1.4, "line-dasharray": [5, 2] },
      },
      ...layoutLayers(),
      { id: "selected", type: "line", source: "selected", paint: { "line-color": "#d4145a", "line-width": 3.5 } },
      {
        id: "sites",
        type: "symbol",
        source: "sites",
        "source-layer": "sites",
        layout: {
          "icon-image": [
            "coalesce",
            ["image", ["concat", ["get", "site_type"], "-", ["get", "status"]]],
            ["image", "gathering-unknown"],
          ],
          "icon-allow-overlap": true,
        },
      },
      ...sketchLayers(),
      label("road-names", "roads", ["get", "name"], 14, 11, true),
      label("municipality-names", "places", ["get", "name"], 8, 14),
    ],
  };
}

/** What the filters of the page leave over; the same conditions as those of the list. */
export interface Wanted {
  verdicts: string[];
  minArea: number;
  pitches: number;
  owner: string;
  /** Ranks of all that is listed, where filters ask for what is not in the tiles. */
  ranks: number[] | null;
}
/** Layers that show candidates, each with what it shows of them. */
export const CANDIDATE_LAYERS: Record<string, ExpressionSpecification | null> = {
  candidates: null,
  derogation: ["==", ["get", "verdict"], "needs_derogation"],
  hatching: ["==", ["get", "verdict"], "unknown"],
  "candidate-lines": null,
};

/** Parcels, or groups of parcels, which are in the same tiles. */
export function wantedFilter(
  wanted: Wanted,
  own: ExpressionSpecification | null,
  source: "parcel" | "assembly" = "parcel",
): ExpressionSpecification {
  const { verdicts, minArea, pitches, owner, ranks } = wanted;
  const parts: ExpressionSpecification[] = own ? [own] : [];
  parts.push([source === "assembly" ? "==" : "!=", ["get", "source"], "assembly"]);
  parts.push(["in", ["get", "verdict"], ["literal", verdicts]]);
  if (minArea) parts.push([">=", ["get", "area"], minArea]);
  // An unknown number of pitches may be enough.
  if (pitches) parts.push(["any", ["!", ["has", "pitches_high"]], [">=", ["get", "pitches_high"], pitches]]);
  // A group has no owner of its own, and no rank among parcels.
  if (owner && source === "parcel") parts.push(["==", ["coalesce", ["get", "owner"], "unknown"], owner]);
  if (ranks && source === "parcel") parts.push(["in", ["get", "rank"], ["literal", ranks]]);
  return ["all", ...parts];
}
