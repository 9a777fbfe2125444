// Lengths and areas on the ellipsoid of WGS 84, as surveyors mean them: not on the flat map, whose scale grows northwards.

/** Longitude and latitude, degrees. */
export type Corner = [number, number];

const A = 6_378_137;
const F = 1 / 298.257223563;
const B = A * (1 - F);
const E = Math.sqrt(F * (2 - F));
const rad = (degrees: number): number => (degrees * Math.PI) / 180;

/** Length of the shortest line between two points, metres (Vincenty's inverse formula). */
export function distance([lon1, lat1]: Corner, [lon2, lat2]: Corner): number {
  if (lon1 === lon2 && lat1 === lat2) return 0;
  const across = rad(lon2 - lon1);
  const [u1, u2] = [Math.atan((1 - F) * Math.tan(rad(lat1))), Math.atan((1 - F) * Math.tan(rad(lat2)))];
  const [sin1, cos1, sin2, cos2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = across;
  let [sinSigma, cosSigma, sigma, cosSq, cos2m] = [0, 1, 0, 1, 0];
  for (let turn = 0; turn < 50; turn++) {
    const [sinL, cosL] = [Math.sin(lambda), Math.cos(lambda)];
    sinSigma = Math.hypot(cos2 * sinL, cos1 * sin2 - sin1 * cos2 * cosL);
    cosSigma = sin1 * sin2 + cos1 * cos2 * cosL;
    sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (cos1 * cos2 * sinL) / sinSigma;
    cosSq = 1 - sinAlpha * sinAlpha;
    cos2m = cosSq ? cosSigma - (2 * sin1 * sin2) / cosSq : 0;
    const c = (F / 16) * cosSq * (4 + F * (4 - 3 * cosSq));
    const before = lambda;
    lambda =
      across + (1 - c) * F * sinAlpha * (sigma + c * sinSigma * (cos2m + c * cosSigma * (2 * cos2m * cos2m - 1)));
    if (Math.abs(lambda - before) < 1e-12) break;
  }
  const uSq = (cosSq * (A * A - B * B)) / (B * B);
  const a = 1 + (uSq / 16384) * (4096 + uSq * (-768 + uSq * (320 - 175 * uSq)));
  const b = (uSq / 1024) * (256 + uSq * (-128 + uSq * (74 - 47 * uSq)));
  const inner = cosSigma * (2 * cos2m * cos2m - 1);
  const outer = (b / 6) * cos2m * (4 * sinSigma * sinSigma - 3) * (4 * cos2m * cos2m - 3);
  return B * a * (sigma - b * sinSigma * (cos2m + (b / 4) * (inner - outer)));
}

/** Length of a line through points, metres; with `closed` back to the first. */
export function length(corners: Corner[], closed = false): number {
  const ends = closed && corners.length > 2 ? [...corners, corners[0]!] : corners;
  return ends.slice(1).reduce((sum, to, at) => sum + distance(ends[at]!, to), 0);
}

const q = (sin: number): number =>
  (1 - E * E) * (sin / (1 - E * E * sin * sin) - Math.log((1 - E * sin) / (1 + E * sin)) / (2 * E));
const POLE = q(1);

/** Area inside a ring of points, square metres: on the sphere that has the area of the ellipsoid. */
export function area(corners: Corner[]): number {
  if (corners.length < 3) return 0;
  const halves = corners.map(([, lat]) => Math.tan(Math.asin(q(Math.sin(rad(lat))) / POLE) / 2));
  const excess = corners.reduce((sum, [lon], at) => {
    const next = (at + 1) % corners.length;
    const turn = Math.tan(rad(corners[next]![0] - lon) / 2);
    return sum + 2 * Math.atan2(turn * (halves[at]! + halves[next]!), 1 + halves[at]! * halves[next]!);
  }, 0);
  return (Math.abs(excess) * A * A * POLE) / 2;
}

/** A point some metres east and north of another, close by. */
export function moved([lon, lat]: Corner, east: number, north: number): Corner {
  const sin = Math.sin(rad(lat));
  const w = Math.sqrt(1 - E * E * sin * sin);
  const [across, along] = [(A / w) * Math.cos(rad(lat)), (A * (1 - E * E)) / (w * w * w)];
  return [lon + (east / across) * (180 / Math.PI), lat + (north / along) * (180 / Math.PI)];
}

/** How many metres a point lies east and north of another, close by. */
export function offset([lon0, lat0]: Corner, [lon, lat]: Corner): [number, number] {
  const [east] = moved([lon0, lat0], 1, 0);
  const [, north] = moved([lon0, lat0], 0, 1);
  return [(lon - lon0) / (east - lon0), (lat - lat0) / (north - lat0)];
}

/** "2.6037, 51.3802", in either order: in Belgium a latitude is never a longitude. Undefined where it is no point. */
export function cornerOf(text: string): Corner | undefined {
  const found = text.trim().match(/^(-?\d+(?:[.,]\d+)?)\s*°?\s*[;,\s]\s*(-?\d+(?:[.,]\d+)?)\s*°?$/);
  if (!found) return undefined;
  const [first, second] = [found[1]!, found[2]!].map((one) => Number(one.replace(",", ".")));
  const [lon, lat] = first! > second! ? [second!, first!] : [first!, second!];
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : undefined;
}

export const cornersWritten = (corners: Corner[]): string =>
  corners.map(([lon, lat]) => `${Number(lon.toFixed(6))},${Number(lat.toFixed(6))}`).join(";");

/** Corners as the address holds them; none where it holds no area. */
export function cornersOf(text: string): Corner[] {
  const found = text.split(";").map((one) => one.split(",").map(Number));
  const good = found.every((one) => one.length === 2 && one.every(Number.isFinite));
  return good && found.length > 2 ? (found as Corner[]) : [];
}
