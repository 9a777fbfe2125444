// An area or a line under construction: corners set with the mouse, under the cross of the map, or typed.
import type { MapMouseEvent } from "maplibre-gl";
import { area, length, type Corner } from "./geodesic";
import type { PageMap } from "./map";
import type { Mouse, Shape } from "./sketch_mouse";

export class Sketch {
  corners: Corner[] = [];
  /** The mouse's own drawing is shown by Terra Draw, everything else from here. */
  private byMouse = false;
  private mouse: Mouse | undefined;
  private readonly clicked = (event: MapMouseEvent): void => {
    if (!this.byMouse && this.corners.length) this.add([event.lngLat.lng, event.lngLat.lat]);
  };

  /**
   * @param changed told whenever the corners change.
   * @param failed told when the drawing by mouse could not be fetched; the keyboard goes on.
   */
  constructor(
    private readonly page: PageMap,
    public shape: Shape,
    private readonly changed: () => void,
    failed: (error: unknown) => void,
  ) {
    page.use((event) => this.key(event));
    page.map.on("click", this.clicked);
    void import("./sketch_mouse").then(({ mouse }) => {
      if (this.stopped) return;
      this.mouse = mouse(page.map, this.shape, (corners) => {
        this.byMouse = true;
        this.corners = corners;
        this.changed();
      });
      if (this.corners.length) this.mouse.rest();
      this.changed();
    }, failed);
  }
  private stopped = false;

  /** Can the mouse draw already? */
  get ready(): boolean {
    return this.mouse !== undefined;
  }

  get closed(): boolean {
    return this.shape === "polygon" && this.corners.length > 2;
  }

  /** Length of the line or border, metres, and the area, square metres. */
  get size(): { length: number; area: number } {
    return { length: length(this.corners, this.closed), area: this.closed ? area(this.corners) : 0 };
  }

  /** Keys pressed on the map: Enter sets a corner under the cross, Backspace takes the last one back. */
  private key(event: KeyboardEvent): void {
    if (event.key === "Enter") this.addMiddle();
    else if (event.key === "Backspace" || event.key === "Delete") this.remove(this.corners.length - 1);
    else return;
    event.preventDefault();
  }

  addMiddle(): void {
    const { lng, lat } = this.page.map.getCenter();
    this.add([lng, lat]);
  }

  add(corner: Corner): void {
    this.put([...this.corners, corner]);
  }

  remove(at: number): void {
    this.put(this.corners.filter((_, other) => other !== at));
  }

  /** Begin again, maybe with another shape. */
  restart(shape: Shape = this.shape): void {
    this.shape = shape;
    this.put([]);
  }

  /** Other corners, from here on shown by the page. */
  put(corners: Corner[]): void {
    this.corners = corners;
    this.byMouse = false;
    if (corners.length) this.mouse?.rest();
    else this.mouse?.clear(this.shape);
    this.show();
    this.changed();
  }

  private show(): void {
    const { corners, closed } = this;
    const features: GeoJSON.Feature[] = corners.map((at, index) => ({
      type: "Feature",
      properties: { label: String(index + 1) },
      geometry: { type: "Point", coordinates: at },
    }));
    if (closed)
      features.push({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...corners, corners[0]!]] } }); // prettier-ignore
    else if (corners.length > 1)
      features.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: corners } });
    this.page.put("sketch", { type: "FeatureCollection", features });
  }

  stop(): void {
    this.stopped = true;
    this.mouse?.stop();
    this.page.map.off("click", this.clicked);
    this.page.use(null);
    this.page.put("sketch", { type: "FeatureCollection", features: [] });
  }
}
