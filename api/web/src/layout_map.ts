// A drawing of pitches for the map: what the service laid out, and around each caravan the distance it keeps.
import type { Layout } from "./api_land";
import { moved, offset, type Corner } from "./geodesic";

/** Points of a quarter turn around a corner. */
const TURN = 4;

/** The line that keeps a distance from a convex ring, in metres. */
export function around(ring: Corner[], metres: number): Corner[] {
  const origin = ring[0]!;
  const flat = ring.slice(0, -1).map((one) => offset(origin, one));
  const turned = flat.reduce((sum, [x, y], at) => {
    const [nextX, nextY] = flat[(at + 1) % flat.length]!;
    return sum + x * nextY - nextX * y;
  }, 0);
  const points = turned < 0 ? flat.reverse() : flat;
  const line: Corner[] = [];
  points.forEach(([x, y], at) => {
    const before = points[(at + points.length - 1) % points.length]!;
    const after = points[(at + 1) % points.length]!;
    // Outward of the side that comes in, then of the side that goes out: the corner turns from one to the other.
    const from = Math.atan2(y - before[1], x - before[0]) - Math.PI / 2;
    let to = Math.atan2(after[1] - y, after[0] - x) - Math.PI / 2;
    while (to < from) to += 2 * Math.PI;
    for (let step = 0; step <= TURN; step++) {
      const angle = from + ((to - from) * step) / TURN;
      line.push(moved(origin, x + metres * Math.cos(angle), y + metres * Math.sin(angle)));
    }
  });
  return [...line, line[0]!];
}

/** West, south, east, north of polygons; undefined of none. */
export function boxOf({ features }: GeoJSON.FeatureCollection): [number, number, number, number] | undefined {
  const points = features.flatMap(({ geometry }) => (geometry.type === "Polygon" ? geometry.coordinates.flat() : []));
  const [lons, lats] = [points.map((one) => one[0]!), points.map((one) => one[1]!)];
  return points.length ? [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)] : undefined;
}

export const spacingOf = (layout: Layout): number | undefined =>
  layout.drawings.find((one) => one.variant === layout.drawn)?.spacing_m;

/** All that is drawn of a layout; empty where its shape may not be passed on. */
export function layoutFeatures(layout: Layout): GeoJSON.FeatureCollection {
  const features = layout.features?.features ?? [];
  const spacing = spacingOf(layout);
  const lines = features.flatMap((one): GeoJSON.Feature[] => {
    if (!spacing || one.properties?.["kind"] !== "caravan" || one.geometry.type !== "Polygon") return [];
    const coordinates = around(one.geometry.coordinates[0] as Corner[], spacing / 2);
    return [{ type: "Feature", properties: { kind: "fire" }, geometry: { type: "LineString", coordinates } }];
  });
  return { type: "FeatureCollection", features: [...features, ...lines] };
}
