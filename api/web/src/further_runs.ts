// Candidates of further results on the map: where several municipalities have no common one, each result has a source of
// its own and the layers of candidates once more.
import type { ExpressionSpecification, LayerSpecification, Map as MapLibre } from "maplibre-gl";
import { byScore, CANDIDATE_LAYERS, tileAddress, wantedFilter, type Wanted } from "./map_style";

/** A further result, and the ranks of what is listed of it where filters ask for what is not in the tiles. */
export interface Further {
  run: string;
  ranks: number[] | null;
}

const sourceOf = (run: string): string => `candidates:${run}`;

/** Layers of candidates of all results that are drawn now, in which a click can fall. */
export const candidateLayers = (map: MapLibre): string[] =>
  map.getLayersOrder().filter((one) => one === "candidates" || one.startsWith("candidates:"));

/** Draw these further results, and no others. */
export function drawFurther(
  map: MapLibre,
  further: Further[],
  wanted: Wanted,
  score: ExpressionSpecification | null,
): void {
  const kept = new Set(further.map((one) => sourceOf(one.run)));
  for (const layer of map.getLayersOrder()) {
    const source = map.getLayer(layer)?.source;
    if (source?.startsWith("candidates:") && !kept.has(source)) map.removeLayer(layer);
  }
  for (const source of Object.keys(map.getStyle().sources))
    if (source.startsWith("candidates:") && !kept.has(source)) map.removeSource(source);
  for (const { run, ranks } of further) {
    const source = sourceOf(run);
    if (!map.getSource(source))
      map.addSource(source, { type: "vector", tiles: [tileAddress("candidates", run)], minzoom: 6, maxzoom: 16 });
    for (const [layer, own] of Object.entries(CANDIDATE_LAYERS)) {
      const id = `${layer}:${run}`;
      if (!map.getLayer(id)) map.addLayer(copyOf(map, layer, id, source), layer);
      map.setFilter(id, wantedFilter({ ...wanted, ranks }, own));
    }
    map.setPaintProperty(`candidates:${run}`, "fill-color", byScore(score));
  }
}

function copyOf(map: MapLibre, layer: string, id: string, source: string): LayerSpecification {
  const found = map.getStyle().layers.find((one) => one.id === layer)!;
  return { ...found, id, source } as LayerSpecification;
}
