// The map of existing sites: our own layers only. Without an outline of the country, a grid of degrees and the names
// of regions and municipalities tell where one is.
import type { Feature, FeatureCollection } from "geojson";
import { Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import type { GeoJSONSource, LayerSpecification, PointLike, StyleSpecification } from "maplibre-gl";
import { here } from "./api";
import { markOf, picture, sitePictures } from "./marks";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";

setWorkerUrl(workerUrl);

/** West, south, east, north of the country, with room for labels. */
const COUNTRY: [number, number, number, number] = [2.55, 49.5, 6.41, 51.5];
const STEP = 0.5;

export interface MapSite {
  id: string;
  type: string;
  status: string;
  at: [number, number];
  /** The point only stands for a section or a municipality: the site lies somewhere in it. */
  near: boolean;
}
export interface MapName {
  name: string;
  at: [number, number];
}

const point = (at: [number, number], properties: Record<string, unknown>): Feature => ({
  type: "Feature",
  properties,
  geometry: { type: "Point", coordinates: at },
});
const collection = (features: Feature[]): FeatureCollection => ({ type: "FeatureCollection", features });
const sitesOf = (sites: MapSite[]): FeatureCollection =>
  collection(sites.map(({ id, type, status, at, near }) => point(at, { id, mark: markOf(type, status), near })));
const namesOf = (names: MapName[]): FeatureCollection => collection(names.map(({ name, at }) => point(at, { name })));

function graticule(): FeatureCollection {
  const lines: Feature[] = [];
  const line = (coordinates: [number, number][]): void => {
    lines.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } });
  };
  for (let lon = 1; lon <= 8; lon += STEP) line([[lon, 48], [lon, 53]]); // prettier-ignore
  for (let lat = 48; lat <= 53; lat += STEP) line([[1, lat], [8, lat]]); // prettier-ignore
  return collection(lines);
}

const text = (id: string, source: string, size: number, colour: string, top: boolean): LayerSpecification => ({
  id,
  type: "symbol",
  source,
  layout: {
    "text-field": ["get", "name"],
    "text-size": size,
    "text-font": ["sans-serif"],
    "text-max-width": 8,
    ...(top
      ? { "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 1 }
      : { "text-allow-overlap": true, "text-ignore-placement": true }),
  },
  paint: { "text-color": colour, "text-halo-color": "#ffffff", "text-halo-width": 1.6 },
});

function style(sites: MapSite[], regions: MapName[], places: MapName[], withBorders: boolean): StyleSpecification {
  const borders: LayerSpecification = {
    id: "borders",
    type: "line",
    source: "municipalities",
    "source-layer": "municipalities",
    paint: { "line-color": "#b9bdb8", "line-width": 0.8 },
  };
  return {
    version: 8,
    sources: {
      ...(withBorders
        ? {
            municipalities: {
              type: "vector" as const,
              tiles: [`${here()}tiles/municipalities/{z}/{x}/{y}.mvt`],
              minzoom: 6,
              maxzoom: 16,
            },
          }
        : {}),
      graticule: { type: "geojson", data: graticule() },
      regions: { type: "geojson", data: namesOf(regions) },
      places: { type: "geojson", data: namesOf(places) },
      sites: { type: "geojson", data: sitesOf(sites) },
    },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": "#f7f5f0" } },
      { id: "graticule", type: "line", source: "graticule", paint: { "line-color": "#dcdad3", "line-width": 1 } },
      ...(withBorders ? [borders] : []),
      text("region-names", "regions", 13, "#6d7371", false),
      {
        id: "rings",
        type: "symbol",
        source: "sites",
        filter: ["get", "near"],
        layout: { "icon-image": "ring", "icon-allow-overlap": true, "icon-ignore-placement": true },
      },
      {
        id: "selected",
        type: "circle",
        source: "sites",
        filter: ["==", ["get", "id"], ""],
        paint: {
          "circle-radius": 15,
          "circle-color": "#ffffff",
          "circle-stroke-color": "#0b5c58",
          "circle-stroke-width": 3.5,
        },
      },
      {
        id: "sites",
        type: "symbol",
        source: "sites",
        layout: { "icon-image": ["get", "mark"], "icon-allow-overlap": true },
      },
      text("place-names", "places", 13, "#2b3231", true),
    ],
  };
}

const ring = (): ImageData =>
  picture(52, (pen) => {
    pen.strokeStyle = "#8a3a33";
    pen.lineWidth = 1.6;
    pen.setLineDash([4, 4]);
    pen.beginPath();
    pen.arc(26, 26, 24, 0, 7);
    pen.stroke();
  });

export interface SiteMap {
  show(sites: MapSite[]): void;
  select(id: string, at: [number, number] | null): void;
  name(regions: MapName[]): void;
}

/** @param pick called with the site under a click, or under the cross in the middle when Enter is pressed. */
export function createSiteMap(
  container: HTMLElement,
  sites: MapSite[],
  names: { regions: MapName[]; places: MapName[] },
  withBorders: boolean,
  pick: (id: string) => void,
): SiteMap {
  const map = new MapLibre({
    container,
    style: style(sites, names.regions, names.places, withBorders),
    bounds: COUNTRY,
    fitBoundsOptions: { padding: 8 },
    attributionControl: false,
    maxZoom: 14,
  });
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({}), "bottom-right");
  map.on("style.load", () => {
    if (map.hasImage("ring")) return;
    map.addImage("ring", ring());
    for (const [name, image] of sitePictures()) map.addImage(name, image);
    mark();
  });
  let selected = "";
  // What was chosen before the style was there is marked when it is.
  const mark = (): void => {
    if (map.getLayer("selected")) map.setFilter("selected", ["==", ["get", "id"], selected]);
  };
  // Several sites can stand at one centre of a section: clicking again goes on to the next.
  const pickAt = (where: PointLike | [PointLike, PointLike]): void => {
    const found = map.queryRenderedFeatures(where, { layers: ["sites"] }).map((one) => String(one.properties["id"]));
    const next = found[(found.indexOf(selected) + 1) % found.length];
    if (next) pick(next);
  };
  map.on("click", (event) => pickAt(event.point));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const { x, y } = map.project(map.getCenter());
    pickAt([[x - 16, y - 16], [x + 16, y + 16]]); // prettier-ignore
  });
  const data = (source: string, value: FeatureCollection): void =>
    void map.getSource<GeoJSONSource>(source)?.setData(value);
  (window as unknown as { pageMap: MapLibre }).pageMap = map;
  return {
    show: (next) => data("sites", sitesOf(next)),
    select: (id, at) => {
      selected = id;
      mark();
      if (at && !map.getBounds().contains(at)) map.panTo(at, { animate: false });
    },
    name: (regions) => data("regions", namesOf(regions)),
  };
}
