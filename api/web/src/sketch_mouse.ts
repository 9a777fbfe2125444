// Drawing with the mouse or a finger: Terra Draw, fetched when the first drawing begins.
import type { Map as MapLibre } from "maplibre-gl";
import { TerraDraw, TerraDrawLineStringMode, TerraDrawPolygonMode, TerraDrawSelectMode } from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import type { Corner } from "./geodesic";

export type Shape = "polygon" | "linestring";
export interface Mouse {
  /** Begin again with nothing drawn. */
  clear(shape: Shape): void;
  /** Leave the clicks to others, with nothing drawn. */
  rest(): void;
  stop(): void;
}
const SKETCH = "#d4145a";
/** Decimals of a degree that are kept: a tenth of a metre is less than one in the sixth. */
const PRECISION = 9;

// A drawing begins with corners that hardly differ.
const same = (a: Corner, b: Corner): boolean => Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) < 1e-7;

/** @param changed told of the corners whenever they change, and whether the drawing is finished. */
export function mouse(map: MapLibre, shape: Shape, changed: (corners: Corner[], finished: boolean) => void): Mouse {
  const coordinates = { draggable: true, midpoints: true, deletable: true };
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: PRECISION }),
    modes: [
      new TerraDrawPolygonMode({
        keyEvents: null,
        styles: {
          fillColor: SKETCH,
          fillOpacity: 0.12,
          outlineColor: SKETCH,
          outlineWidth: 2.5,
          closingPointColor: SKETCH,
          closingPointWidth: 6,
        },
      }),
      new TerraDrawLineStringMode({
        keyEvents: null,
        styles: { lineStringColor: SKETCH, lineStringWidth: 2.5, closingPointColor: SKETCH, closingPointWidth: 6 },
      }),
      new TerraDrawSelectMode({
        keyEvents: null,
        flags: {
          polygon: { feature: { draggable: false, coordinates } },
          linestring: { feature: { draggable: false, coordinates } },
        },
        styles: {
          selectedPolygonColor: SKETCH,
          selectedPolygonFillOpacity: 0.12,
          selectedPolygonOutlineColor: SKETCH,
          selectedPolygonOutlineWidth: 2.5,
          selectedLineStringColor: SKETCH,
          selectedLineStringWidth: 2.5,
          selectionPointColor: "#ffffff",
          selectionPointOutlineColor: SKETCH,
          selectionPointOutlineWidth: 2.5,
          selectionPointWidth: 5,
        },
      }),
    ],
  });
  let finished = false;
  const tell = (): void => {
    const drawn = draw.getSnapshot().find((one) => ["polygon", "linestring"].includes(String(one.properties["mode"])) && one.geometry.type !== "Point"); // prettier-ignore
    if (!drawn) return;
    const all = (
      drawn.geometry.type === "Polygon" ? drawn.geometry.coordinates[0]! : drawn.geometry.coordinates
    ) as Corner[];
    const ring = drawn.geometry.type === "Polygon" ? all.slice(0, -1) : all;
    // While it is drawn the last corner hangs on the mouse.
    const settled = finished ? ring : ring.slice(0, -1);
    changed(
      settled.filter((one, at) => !at || !same(one, settled[at - 1]!)),
      finished,
    );
  };
  draw.start();
  draw.setMode(shape);
  draw.on("change", () => tell());
  draw.on("finish", (id, { action }) => {
    if (action !== "draw") return;
    finished = true;
    draw.setMode("select");
    draw.selectFeature(id);
    tell();
  });
  return {
    clear: (next) => {
      finished = false;
      draw.clear();
      draw.setMode(next);
    },
    rest: () => {
      finished = false;
      draw.clear();
      draw.setMode("static");
    },
    stop: () => draw.stop(),
  };
}
