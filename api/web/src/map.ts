// The map at work: shows a run and what the filters leave of it, selects, tells what was clicked.
import { Map as MapLibre, NavigationControl, Popup, ScaleControl, setWorkerUrl } from "maplibre-gl";
import type { ExpressionSpecification, GeoJSONSource, PointLike, VectorTileSource } from "maplibre-gl";
import {
  byScore,
  CANDIDATE_LAYERS,
  points,
  style,
  tileAddress,
  wantedFilter,
  type Label,
  type Wanted,
} from "./map_style";
import { picture, sitePictures } from "./marks";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";

setWorkerUrl(workerUrl);

type Box = [number, number, number, number];
const PADDING = 24;
/** How near to a mark of a site a click counts as on it, in pixels. */
const REACH = 10;

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
  for (const [name, image] of sitePictures()) map.addImage(name, image);
}

const isShown = (map: MapLibre, layer: string): boolean =>
  map.getLayer(layer) !== undefined && map.getLayoutProperty(layer, "visibility") !== "none";

// Tiles that leave features out say how many, in a layer of their own.
function countLeftOut(map: MapLibre): number {
  const seen = new Set<string>();
  let total = 0;
  for (const source of ["candidates", "zones", "base", "roads"]) {
    if (!isShown(map, source === "roads" ? "roads-local" : source)) continue;
    for (const feature of map.querySourceFeatures(source, { sourceLayer: "left_out" })) {
      const key = `${source} ${JSON.stringify(feature.geometry)}`;
      if (!seen.has(key)) total += Number(feature.properties["count"] ?? 0);
      seen.add(key);
    }
  }
  return total;
}

function zonesIn(map: MapLibre): string[] {
  if (!isShown(map, "zones")) return [];
  const found = map.queryRenderedFeatures({ layers: ["zones"] });
  return [...new Set(found.map((one) => String(one.properties["zoning_class"])))].sort();
}

interface Near {
  site: MapSite;
  at: [number, number];
}

/** Sites whose marks lie near a point of the screen, the nearest first. */
function sitesNear(map: MapLibre, { x, y }: { x: number; y: number }): Near[] {
  const box: [PointLike, PointLike] = [[x - REACH, y - REACH], [x + REACH, y + REACH]]; // prettier-ignore
  const found = map.queryRenderedFeatures(box, { layers: ["sites"] }).flatMap(({ properties, geometry }) => {
    if (geometry.type !== "Point") return [];
    const at = geometry.coordinates as [number, number];
    const mark = map.project(at);
    return [{ site: properties as MapSite, at, away: Math.hypot(mark.x - x, mark.y - y) }];
  });
  return found.sort((a, b) => a.away - b.away);
}

/** Clicks, and Enter under the cross in the middle, choose a parcel or open a popup about a site. */
function listen(map: MapLibre, events: MapEvents, closeWord: () => string): Popup {
  const popup = new Popup({ closeButton: true, maxWidth: "280px" });
  let told = "";
  const pickAt = (point: { x: number; y: number }): void => {
    popup.remove();
    const near = sitesNear(map, point);
    // Several sites can stand at one point: choosing again goes on to the next.
    const next = near[(near.findIndex((one) => one.site.id === told) + 1) % near.length];
    told = next?.site.id ?? "";
    if (next) {
      popup.setLngLat(next.at).setDOMContent(events.site(next.site)).addTo(map);
      popup.getElement().querySelector(".maplibregl-popup-close-button")?.setAttribute("aria-label", closeWord());
      return;
    }
    const found = map.queryRenderedFeatures([point.x, point.y], { layers: ["candidates", "parcels"] })[0];
    if (found) events.pick(String(found.properties["capakey"]));
  };
  map.on("click", (event) => pickAt(event.point));
  for (const layer of ["sites", "candidates", "parcels"]) {
    map.on("mouseenter", layer, () => void (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", layer, () => void (map.getCanvas().style.cursor = ""));
  }
  // Arrow keys move the map (its own).
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Escape") popup.remove();
    if (event.key !== "Enter") return;
    // The focus moves into what opens, where this Enter would press the button that closes it.
    event.preventDefault();
    pickAt(map.project(map.getCenter()));
  });
  return popup;
}

/** Titles of the map's own buttons, in the language of the page. */
function nameButtons(container: HTMLElement, { zoomIn, zoomOut }: Shown["words"]): void {
  for (const [name, word] of Object.entries({ in: zoomIn, out: zoomOut })) {
    const button = container.querySelector<HTMLElement>(`.maplibregl-ctrl-zoom-${name}`);
    button?.setAttribute("title", word);
    button?.setAttribute("aria-label", word);
  }
}

/** What the page wants to see. */
export interface Shown {
  /** Run whose results colour the parcels; `none` leaves them uncoloured. */
  run: string;
  wanted: Wanted;
  /** Score under other weights than the published ones. */
  score: ExpressionSpecification | null;
  /** Layers that can be switched on and off. */
  layers: Record<string, boolean>;
  /** Names of municipalities in the language of the page. */
  labels: Label[];
  words: { zoomIn: string; zoomOut: string; close: string };
}
export interface PageMap {
  show(state: Shown): void;
  /** Colour candidates by another score; null is the published one. */
  recolour(score: ExpressionSpecification | null): void;
  frame(box: Box): void;
  /** Outline a parcel; null outlines none. */
  select(geometry: unknown, box?: Box): void;
  resize(): void;
}
export interface MapSite {
  id: string;
  name: string;
  site_type: string;
  status: string;
  pitches?: number;
}
export interface MapEvents {
  /** A parcel was clicked, or Enter was pressed with it under the cross in the middle. */
  pick: (capakey: string) => void;
  /** What is told of a site that was clicked. */
  site: (site: MapSite) => HTMLElement;
  /** How many features the tiles in view left out, and the zoning classes in view. */
  seen: (leftOut: number, zones: string[]) => void;
}

export function createMap(container: HTMLElement, box: Box, shown: Shown, events: MapEvents): PageMap {
  const map = new MapLibre({
    container,
    style: style(shown.run, shown.labels),
    bounds: box,
    fitBoundsOptions: { padding: PADDING },
    attributionControl: false,
    maxZoom: 19,
  });
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({}), "bottom-right");
  let state = shown;
  let drawn = shown.run;
  let selected: unknown = null;
  const data = (source: string, value: unknown): void =>
    void map.getSource<GeoJSONSource>(source)?.setData(value as GeoJSON.GeoJSON);
  const recolour = (): void => {
    if (map.getLayer("candidates")) map.setPaintProperty("candidates", "fill-color", byScore(state.score));
  };
  const outline = (): void =>
    data("selected", {
      type: "FeatureCollection",
      features: selected ? [{ type: "Feature", properties: {}, geometry: selected }] : [],
    });
  // The style is made once and then changed in place, so that a change loses neither pictures nor what is switched on.
  const apply = (): void => {
    if (!map.getLayer("candidates")) return;
    if (state.run !== drawn) {
      drawn = state.run;
      for (const layer of ["candidates", "parcels"])
        map.getSource<VectorTileSource>(layer)?.setTiles([tileAddress(layer, drawn)]);
    }
    for (const [layer, own] of Object.entries(CANDIDATE_LAYERS)) map.setFilter(layer, wantedFilter(state.wanted, own));
    recolour();
    for (const [layer, on] of Object.entries(state.layers))
      map.setLayoutProperty(layer, "visibility", on ? "visible" : "none");
    data("places", points(state.labels));
    outline();
  };
  map.on("style.load", () => {
    if (!map.hasImage("hatching")) addPictures(map);
    apply();
  });
  nameButtons(container, state.words);
  const popup = listen(map, events, () => state.words.close);
  map.on("idle", () => events.seen(countLeftOut(map), zonesIn(map)));
  (window as unknown as { pageMap: MapLibre }).pageMap = map;
  return {
    show: (next) => {
      state = next;
      popup.remove();
      apply();
      nameButtons(container, state.words);
    },
    recolour: (score) => {
      state = { ...state, score };
      recolour();
    },
    frame: (bounds) => {
      map.fitBounds(bounds, { padding: PADDING, animate: false });
    },
    select: (geometry, bounds) => {
      selected = geometry;
      outline();
      if (!bounds) return;
      const view = map.getBounds();
      const visible = view.contains([bounds[0], bounds[1]]) && view.contains([bounds[2], bounds[3]]);
      if (!visible || map.getZoom() < 13) map.fitBounds(bounds, { padding: 120, maxZoom: 15.5, animate: false });
    },
    resize: () => {
      map.resize();
    },
  };
}
