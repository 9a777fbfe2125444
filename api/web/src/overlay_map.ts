// Keeps the layers on the map in step with what is switched on; tells what of them lies at a point, in words.
import type { Map as MapLibre, VectorTileSource } from "maplibre-gl";
import { say, type LayerWord } from "./layer_words";
import { caseSaid, classSaid, drawn, sourceOf, type Given } from "./overlay_style";
import { isTheme, LAYERS, type Layer, type Shown } from "./overlays";

/** Layers of the page that the style holds from the start, and what draws them. */
const STANDING: Partial<Record<Layer, string[]>> = {
  candidates: ["candidates", "derogation", "hatching", "candidate-lines"],
  sites: ["sites"],
  hp: ["hp", "zhv", "zhv-zones", "hp-names"],
  zones: ["zones"],
};

/** What a base map of others stands in for. */
const UNDER = [
  "base",
  "rail",
  "roads-local",
  "roads-secondary",
  "roads-main",
  "roads-motorway",
  "buildings",
  "road-names",
];

export class Overlays {
  private address = "";

  /** Layer -> what it was drawn from, and the ids of its layers of the style. */
  private readonly present = new Map<Layer, { key: string; ids: string[] }>();
  private readonly addresses = new Map<string, string>();

  constructor(private readonly map: MapLibre) {}

  sync(shown: Shown, given: Given): void {
    for (const layer of LAYERS) {
      const fixed = STANDING[layer];
      if (fixed)
        for (const id of fixed) this.map.setLayoutProperty(id, "visibility", shown[layer] ? "visible" : "none");
      else this.bring(layer, shown[layer], given);
    }
  }

  /** A base map of others under everything, instead of our own ground; none is asked for unless it was chosen. */
  ground(address: string): void {
    if (address === this.address) return;
    this.address = address;
    if (this.map.getLayer(GROUND)) this.map.removeLayer(GROUND);
    if (this.map.getSource(GROUND)) this.map.removeSource(GROUND);
    for (const id of UNDER) this.map.setLayoutProperty(id, "visibility", address ? "none" : "visible");
    if (!address) return;
    this.map.addSource(GROUND, { type: "raster", tiles: [address], tileSize: 256, maxzoom: 19 });
    this.map.addLayer({ id: GROUND, type: "raster", source: GROUND, paint: { "raster-opacity": 0.85 } }, "base");
  }

  private bring(layer: Layer, on: boolean, given: Given): void {
    const key = on ? JSON.stringify(drawn(layer, given)) : "";
    const before = this.present.get(layer);
    if (on) this.source(layer, given);
    if ((before?.key ?? "") === key) return;
    for (const id of before?.ids ?? []) this.map.removeLayer(id);
    this.present.delete(layer);
    if (!on) return;
    const placed = drawn(layer, given);
    for (const [one, below] of placed) this.map.addLayer(one, below);
    this.present.set(layer, { key, ids: placed.map(([one]) => one.id) });
  }

  private source(layer: Layer, given: Given): void {
    const found = sourceOf(layer, given);
    if (!found) return;
    const [name, address] = found;
    if (this.addresses.get(name) === address) return;
    const source = this.map.getSource<VectorTileSource>(name);
    if (source) source.setTiles([address]);
    else this.map.addSource(name, { type: "vector", tiles: [address], minzoom: FROM[name] ?? 0, maxzoom: 16 });
    this.addresses.set(name, address);
  }

  /** What of the layers that are on lies at a point of the screen: title of the layer and what it says there. */
  at(point: { x: number; y: number }, given: Given): [string, string][] {
    const ids = [...this.present.values()].flatMap((one) => one.ids).filter((id) => !/-(names|unknown)$/.test(id));
    const box: [[number, number], [number, number]] = [
      [point.x - NEAR, point.y - NEAR],
      [point.x + NEAR, point.y + NEAR],
    ];
    const lines = new Map<string, [string, string]>();
    for (const one of this.map.queryRenderedFeatures(box, { layers: ids })) {
      const found = saidOf(one.sourceLayer ?? "", one.layer.id, one.properties, given);
      if (found) lines.set(found.join("|"), found);
    }
    return [...lines.values()];
  }
}
const GROUND = "ground";
/** Zooms from which sources have tiles. */
const FROM: Record<string, number> = { constraints: 8, services: 11 };
/** How near to the middle counts as there, pixels. */
const NEAR = 3;

function saidOf(source: string, id: string, of: Record<string, unknown>, given: Given): [string, string] | undefined {
  const { lang } = given;
  const text = (name: string): string => String(of[name] ?? "");
  if (source === "constraints") {
    const theme = text("theme");
    if (!isTheme(theme)) return undefined;
    return [say(lang, `theme_${theme}`), [classSaid(lang, text("class")), text("name")].filter(Boolean).join(", ")];
  }
  if (source === "eligibility")
    return [say(lang, "eligibility"), say(lang, `standing_${text("standing")}` as LayerWord)];
  if (source === "cases") return [say(lang, "cases"), caseSaid(lang, text("article"), text("case"))];
  if (source === "services") {
    const kind = say(lang, `service_${text("service")}` as LayerWord);
    return [say(lang, "services"), [kind, text("name")].filter(Boolean).join(": ")];
  }
  if (id === "supply" || id === "need") return [say(lang, id), rangeOf(id, of, given)];
  if (source === "totals") {
    const sum = ["compatible", "needs_derogation", "unknown"].reduce((all, name) => all + Number(of[name] ?? 0), 0);
    return [say(lang, "total"), String(sum)];
  }
  if (id.startsWith("groups")) {
    return [say(lang, "groups"), say(lang, "pitchesOf", { range: between(of["pitches_low"], of["pitches_high"]) })];
  }
  return undefined;
}

const between = (low: unknown, high: unknown): string =>
  low === undefined ? "?" : low === high ? String(low) : high === undefined ? `≥ ${low}` : `${low}–${high}`;

function rangeOf(id: "supply" | "need", of: Record<string, unknown>, { lang, siteType }: Given): string {
  const name = `${id === "supply" ? "supply" : "region_need"}_${siteType === "transit" ? "transit" : "residential"}`;
  const range = between(of[`${name}_low`], of[`${name}_high`]);
  return range === "?" ? say(lang, "unknown") : say(lang, id === "supply" ? "pitchesOf" : "needOf", { range });
}
