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
import { candidateLayers, drawFurther, type Further } from "./further_runs";
import { picture, sitePictures } from "./marks";
import { overlayPictures } from "./overlay_marks";
import { Overlays } from "./overlay_map";
import type { Given } from "./overlay_style";
import type { Layer } from "./overlays";
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
  for (const [name, image] of [...sitePictures(), ...overlayPictures()]) map.addImage(name, image);
}

const isShown = (map: MapLibre, layer: string): boolean =>
  map.getLayer(layer) !== undefined && map.getLayoutProperty(layer, "visibility") !== "none";

// Tiles that leave features out say how many, in a layer of their own.
function countLeftOut(map: MapLibre): number {
  const seen = new Set<string>();
  let total = 0;
  for (const source of ["candidates", "zones", "base", "roads", "constraints"]) {
    const drawn = source === "roads" ? isShown(map, "roads-local") : source === "constraints" || isShown(map, source);
    if (!drawn || !map.getSource(source)) continue;
    for (const feature of map.querySourceFeatures(source, { sourceLayer: "left_out" })) {
      const key = `${source} ${JSON.stringify(feature.geometry)}`;
      if (!seen.has(key)) total += Number(feature.properties["count"] ?? 0);
      seen.add(key);
    }
  }
  return total;
}

/** Municipalities in view, by code. */
function municipalitiesIn(map: MapLibre): string[] {
  const found = map.queryRenderedFeatures({ layers: ["land"] });
  return [...new Set(found.map((one) => String(one.properties["nis"])))].sort();
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
function listen(map: MapLibre, events: MapEvents, closeWord: () => string, tool: () => Tool | null): Popup {
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
    const layers = ["groups", ...candidateLayers(map), "parcels"].filter((one) => map.getLayer(one));
    const found = map.queryRenderedFeatures([point.x, point.y], { layers })[0];
    if (found?.layer.id === "groups") events.group(String(found.properties["candidate"]));
    else if (found) events.pick(String(found.properties["capakey"]));
  };
  map.on("click", (event) => {
    if (!tool()) pickAt(event.point);
  });
  for (const layer of ["sites", "candidates", "parcels"]) {
    map.on("mouseenter", layer, () => tool() ?? void (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", layer, () => tool() ?? void (map.getCanvas().style.cursor = ""));
  }
  // Arrow keys move the map (its own).
  map.getCanvas().addEventListener("keydown", (event) => {
    const using = tool();
    if (using) return using(event);
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
  /** Further results, of municipalities that have no common one. */
  further: Further[];
  /** Score under other weights than the published ones. */
  score: ExpressionSpecification | null;
  /** Layers that are on, and what their drawing depends on. */
  layers: Record<Layer, boolean>;
  given: Given;
  /** Address of the tiles of a base map of others; empty = our own layers. */
  ground: string;
  /** Names of municipalities in the language of the page. */
  labels: Label[];
  words: { zoomIn: string; zoomOut: string; close: string };
}
/** Takes the keys pressed on the map while something is drawn or measured; clicks then choose nothing. */
export type Tool = (event: KeyboardEvent) => void;
export interface PageMap {
  /** The map itself, for tools that draw on it. */
  readonly map: MapLibre;
  use(tool: Tool | null): void;
  /** What the layers that are on say of the middle of the map. */
  here(): [string, string][];
  /** Show features in one of the sources that tools draw in. */
  put(source: "layout" | "sketch", features: GeoJSON.FeatureCollection): void;
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
  /** A group of parcels was chosen, by its id. */
  group: (id: string) => void;
  /** What is told of a site that was clicked. */
  site: (site: MapSite) => HTMLElement;
  /** How many features the tiles in view left out; the zoning classes and the municipalities in view. */
  seen: (leftOut: number, zones: string[], municipalities: string[]) => void;
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
  let tool: Tool | null = null;
  const overlays = new Overlays(map);
  const put: Record<string, unknown> = {};
  const data = (source: string, value: unknown): void =>
    void map.getSource<GeoJSONSource>(source)?.setData(value as GeoJSON.GeoJSON);
  const recolour = (): void => {
    if (map.getLayer("candidates")) map.setPaintProperty("candidates", "fill-color", byScore(state.score));
    if (map.getLayer("candidates")) drawFurther(map, state.further, state.wanted, state.score);
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
    overlays.sync(state.layers, state.given);
    overlays.ground(state.ground);
    data("places", points(state.labels));
    for (const [source, features] of Object.entries(put)) data(source, features);
    outline();
  };
  map.on("style.load", () => {
    if (!map.hasImage("hatching")) addPictures(map);
    apply();
  });
  nameButtons(container, state.words);
  const popup = listen(
    map,
    events,
    () => state.words.close,
    () => tool,
  );
  map.on("idle", () => events.seen(countLeftOut(map), zonesIn(map), municipalitiesIn(map)));
  (window as unknown as { pageMap: MapLibre }).pageMap = map;
  return {
    map,
    use: (next) => {
      tool = next;
      popup.remove();
    },
    here: () => (map.getLayer("candidates") ? overlays.at(map.project(map.getCenter()), state.given) : []),
    put: (source, features) => {
      put[source] = features;
      data(source, features);
    },
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
