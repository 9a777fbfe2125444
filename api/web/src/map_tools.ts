// The tools of the map page and their state: which panel is open, which layers are on, whose law is shown.
import { html, nothing, type TemplateResult } from "lit";
import { day as told } from "./format";
import { knownIn, MOST } from "./known";
import { say } from "./layer_words";
import type { LegendState } from "./overlay_legend";
import { titleOf } from "./overlay_legend";
import { layerPanel } from "./overlay_panel";
import type { Given } from "./overlay_style";
import {
  DATED,
  isTheme,
  LAYERS,
  lawDay,
  layersOf,
  layersWritten,
  type Layer,
  type Shown,
  type Theme,
} from "./overlays";
import type { Wanted } from "./map_style";
import type { Desk } from "./state";
import { Problem } from "./api";
import type { BaseMap } from "./api_land";
import { Land, Refused } from "./land";
import { Sketch } from "./sketch";
import type { Shape } from "./sketch_mouse";
import { drawPanel, measurePanel } from "./sketch_panel";
import { say as sayTool } from "./tool_words";
import { say as sayMap } from "./words";

/** Width of a window, in pixels, up to which panels are sheets. */
const NARROW = 900;
const TOOLS = ["layers", "draw", "measure"] as const;
export type ToolName = (typeof TOOLS)[number];

export class MapTools {
  open: ToolName | undefined;
  /** Municipalities in view, and what is known of each of them. */
  private seen: string[] = [];
  private readonly known = new Map<string, Theme[]>();
  private here: [string, string][] = [];
  private zoom = 0;
  /** The year under the slider while it is moved. */
  private moving = "";
  private sketch: Sketch | undefined;
  private problem = "";
  private judging = false;
  /** Areas, groups and pitches. */
  readonly land: Land;

  constructor(private readonly desk: Desk) {
    this.land = new Land(desk);
  }

  get layers(): Shown {
    return layersOf(this.desk.at("l"));
  }

  /** The base map that was chosen, if the operator offers it. */
  get base(): BaseMap | undefined {
    const chosen = this.desk.at("b");
    return this.desk.meta?.base_maps.find((one) => one.name === chosen);
  }

  private get today(): string {
    return this.desk.meta?.today ?? new Date().toISOString().slice(0, 10);
  }

  /** Day whose law the layers show. */
  get day(): string {
    return lawDay(this.desk.at("on"), this.today);
  }

  /** Themes that are on. */
  private get themes(): Theme[] {
    const { layers } = this;
    return LAYERS.filter(isTheme).filter((one) => layers[one]);
  }

  given(wanted: Wanted): Given {
    const pairs = this.themes.map((theme) => [theme, [...this.known].filter(([, of]) => of.includes(theme)).map(([nis]) => nis)]); // prettier-ignore
    const { lang } = this.desk;
    return {
      lang,
      day: this.day,
      siteType: this.desk.at("t") || "residential",
      wanted,
      known: Object.fromEntries(pairs),
    };
  }

  /** The map came to rest: what is in view now. */
  saw(municipalities: string[]): void {
    this.seen = municipalities;
    this.zoom = this.desk.map?.map.getZoom() ?? 0;
    this.look();
    void this.learn();
  }

  private look(): void {
    const found = this.desk.map?.here() ?? [];
    if (JSON.stringify(found) === JSON.stringify(this.here)) return;
    this.here = found;
    this.desk.requestUpdate();
  }

  /** Ask of the municipalities in view where silence means that nothing is there; until it is told, it does not. */
  private async learn(): Promise<void> {
    if (!this.themes.length) return;
    const fresh = this.seen.filter((nis) => !this.known.has(nis)).slice(0, MOST);
    if (!fresh.length) return;
    const found = await Promise.all(fresh.map(async (nis) => [nis, await knownIn(nis, this.desk.lang)] as const));
    for (const [nis, themes] of found) if (themes) this.known.set(nis, themes);
    // What was not told is asked again when the map is moved.
    if (!found.some(([, themes]) => themes)) return;
    this.desk.redraw();
    this.desk.requestUpdate();
  }

  private silentIn(nis: string): Theme[] {
    return this.themes.filter((theme) => !this.known.get(nis)?.includes(theme));
  }

  toggle(layer: Layer, on: boolean): void {
    this.put({ ...this.layers, [layer]: on });
  }

  private put(shown: Shown): void {
    this.desk.set({ l: layersWritten(shown) });
    this.desk.redraw();
    void this.learn();
  }

  private setDay(day: string, settled: boolean): void {
    this.moving = settled ? "" : day;
    if (settled) {
      this.desk.set({ on: day === this.today ? null : day });
      this.desk.redraw();
    } else this.desk.requestUpdate();
  }

  show(name: ToolName): void {
    this.open = this.open === name ? undefined : name;
    this.sketch?.stop();
    this.sketch = undefined;
    this.problem = "";
    if (this.open === "draw") this.begin("polygon");
    else if (this.open === "measure") this.begin("linestring");
    this.desk.requestUpdate();
    void this.desk.updateComplete.then(() => {
      const focused = this.desk.querySelector<HTMLElement>(this.open ? ".tool-panel h2" : `#tool-${name}`);
      focused?.focus({ preventScroll: true });
      // Where the panel is a sheet at the bottom, the map comes to the top.
      if (this.open && innerWidth <= NARROW) this.desk.querySelector(".frame")?.scrollIntoView();
    });
  }

  private begin(shape: Shape): void {
    const page = this.desk.map;
    if (!page) return;
    const changed = (): void => this.desk.requestUpdate();
    this.sketch = new Sketch(page, shape, changed, () => this.complain(sayTool(this.desk.lang, "noMouse")));
  }

  private complain(problem: string): void {
    this.problem = problem;
    this.desk.requestUpdate();
  }

  /** Judge what was drawn, or a file; a refusal is told in the panel, and what was drawn stays. */
  private async judge(ask: () => Promise<void>): Promise<void> {
    this.judging = true;
    this.complain("");
    try {
      await ask();
      if (this.open) this.close();
    } catch (error) {
      if (error instanceof Problem) this.complain([error.detail, error.remedy].filter(Boolean).join(" "));
      else if (error instanceof Refused) this.complain(error.message);
      else throw error;
    } finally {
      this.judging = false;
      this.desk.requestUpdate();
    }
  }

  /** Close without moving the focus, which is in what opened instead. */
  private close(): void {
    this.open = undefined;
    this.sketch?.stop();
    this.sketch = undefined;
  }

  /** Escape closes what is open; tells whether anything was. */
  escape(): boolean {
    if (!this.open) return false;
    this.show(this.open);
    return true;
  }

  legend(): LegendState {
    const { desk } = this;
    return {
      lang: desk.lang,
      meta: desk.meta,
      scored: desk.found !== undefined,
      layers: this.layers,
      zones: desk.zones,
      day: this.day,
      zoom: this.zoom,
      unknown: this.themes.filter((theme) => this.seen.some((nis) => !this.known.get(nis)?.includes(theme))),
    };
  }

  /** Said over the map, and on every print of it, while it shows the law of another day. */
  notice(): TemplateResult | typeof nothing {
    const { lang } = this.desk;
    if (this.day === this.today || !DATED.some((one) => this.layers[one])) return nothing;
    return html`<p class="as-stood" role="status">
      <b>${say(lang, "asStood", { day: told(lang, this.day) })}</b> ${say(lang, "asStoodMore")}
    </p>`;
  }

  /** The line that has to stand with a base map of others, also on print. */
  credit(): TemplateResult | typeof nothing {
    return this.base ? html`<p class="credit">${this.base.attribution}</p>` : nothing;
  }

  buttons(): TemplateResult {
    const { lang } = this.desk;
    return html`<div class="tools" role="toolbar" aria-label=${say(lang, "tools")}>
      ${TOOLS.map(
        (one) =>
          html`<button id="tool-${one}" aria-expanded=${this.open === one} @click=${() => this.show(one)}>
            ${one === "layers" ? say(lang, one) : sayTool(lang, one)}
          </button>`,
      )}
    </div>`;
  }

  panel(): TemplateResult | typeof nothing {
    const { lang } = this.desk;
    if (!this.open) return nothing;
    const close = sayMap(lang, "close");
    const title = this.open === "layers" ? say(lang, "layers") : sayTool(lang, this.open === "draw" ? "drawTitle" : "measureTitle"); // prettier-ignore
    return html`<section class="tool-panel" aria-label=${title}>
      <button class="plain leave" aria-label=${close} title=${close} @click=${() => this.escape()}>✕</button>
      <h2 tabindex="-1">${title}</h2>
      ${this.open === "layers" ? this.layersPanel() : this.sketchPanel()}
    </section>`;
  }

  private sketchPanel(): TemplateResult | typeof nothing {
    const { sketch, problem, desk, judging } = this;
    if (!sketch) return nothing;
    const state = { lang: desk.lang, sketch, problem, complain: (text: string) => this.complain(text) };
    if (this.open === "measure") return measurePanel(state);
    return drawPanel({
      ...state,
      busy: judging,
      judge: () => void this.judge(() => this.land.judge(sketch.corners)),
      upload: (file) => void this.judge(() => this.land.upload(file)),
    });
  }

  private layersPanel(): TemplateResult {
    const { desk } = this;
    const name = (nis: string): string => {
      const place = desk.places?.find((one) => one.nis === nis);
      return place ? desk.nameOf(place) : nis;
    };
    const silent = this.seen
      .map((nis) => ({ place: name(nis), names: this.silentIn(nis).map((one) => titleOf(one, desk.lang)) }))
      .filter(({ names }) => names.length);
    return layerPanel({
      ...this.legend(),
      day: this.moving || this.day,
      today: this.today,
      here: this.here,
      silent,
      bases: desk.meta?.base_maps ?? [],
      base: this.base?.name ?? "",
      setBase: (name) => {
        desk.set({ b: name });
        desk.redraw();
      },
      toggle: (layer, on) => this.toggle(layer, on),
      reset: () => this.put(layersOf("")),
      setDay: (day, settled) => this.setDay(day, settled),
    });
  }
}
