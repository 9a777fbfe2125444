// Land that is chosen on the map page besides single parcels: drawn or uploaded areas, groups of parcels; and the pitches
// laid out on whatever is chosen.
import { html, nothing, type TemplateResult } from "lit";
import { api } from "./api";
import type { Drawn, Layout } from "./api_land";
import { number, percent } from "./format";
import { cornersOf, cornersWritten, type Corner } from "./geodesic";
import { boxOf, layoutFeatures, spacingOf } from "./layout_map";
import { EMPTY } from "./map_style";
import { explained, type Explained } from "./explained";
import { parcelNumber } from "./parts";
import type { Desk } from "./state";
import { LAYOUT_COLOURS } from "./tool_style";
import { say, type ToolWord } from "./tool_words";

/** Corners that still go into an address, and bytes that a file may have. */
const IN_ADDRESS = 60;
const LARGEST = 5_000_000;
/** Zoom from which pitches are told apart. */
const NEAR = 16;
const KINDS = ["pitch", "caravan", "service_building", "road", "green_edge", "rest"] as const;

/** A refusal that was decided here, before anything was sent. */
export class Refused extends Error {}

export class Land {
  areas: Drawn[] = [];
  private at = 0;
  /** What was sent, and how the address holds it; empty where it does not. */
  private drawn: unknown;
  private written = "";
  group: { id: string; told: Explained; parcels: number } | undefined;
  private layout: Layout | undefined;
  private laying = false;
  /** What the layout belongs to. */
  private key = "";

  constructor(private readonly desk: Desk) {}

  private get area(): Drawn | undefined {
    return this.areas[this.at];
  }

  /** Is something other than a parcel chosen? */
  get open(): boolean {
    return this.area !== undefined || this.group !== undefined;
  }

  private get query(): Record<string, string> {
    return { type: this.desk.at("t") || "residential", lang: this.desk.lang };
  }

  async judge(corners: Corner[]): Promise<void> {
    const ring = [...corners, corners[0]!];
    await this.ask(
      { type: "Polygon", coordinates: [ring] },
      corners.length <= IN_ADDRESS ? cornersWritten(corners) : "",
    );
  }

  /** Areas of a file, read here; only GeoJSON is sent, and no more than the service takes. */
  async upload(file: File): Promise<void> {
    const { lang } = this.desk;
    if (file.size > LARGEST)
      throw new Refused(say(lang, "tooLarge", { file: file.name, size: number(lang, file.size / 1e6, 1) }));
    let document: unknown;
    try {
      document = JSON.parse(await file.text());
    } catch {
      throw new Refused(say(lang, "noJson", { file: file.name }));
    }
    await this.ask(document, "");
  }

  private async ask(drawn: unknown, written: string): Promise<void> {
    const { desk } = this;
    const { items } = await api.areas(drawn, this.query);
    desk.leave();
    this.areas = items;
    this.at = 0;
    [this.drawn, this.written] = [drawn, written];
    desk.set({ g: written, p: null, gr: null });
    if (desk.folded.right) desk.fold("right");
    this.show();
  }

  private show(): void {
    const { area, desk } = this;
    if (area) desk.map?.select(area.geometry, area.bbox);
    this.follow();
    desk.requestUpdate();
    void desk.updateComplete.then(() => desk.querySelector<HTMLElement>("aside h2")?.focus());
  }

  /** What the address holds is shown again. */
  async restore(): Promise<void> {
    const { desk } = this;
    const corners = cornersOf(desk.at("g"));
    if (this.area) {
      // Another type of site or language: the same areas are judged anew.
      this.areas = (await api.areas(this.drawn, this.query)).items;
      this.key = "";
      this.show();
    } else if (corners.length) await this.judge(corners);
    else if (desk.at("gr")) await this.choose(desk.at("gr"));
  }

  /** A group of parcels, by its id. */
  async choose(id: string): Promise<void> {
    const { desk } = this;
    const { sources, capakeys, ...explanation } = await api.group(id, { ...this.query, run: desk.found?.run });
    desk.leave();
    this.group = { id, told: { explanation, sources }, parcels: capakeys.length };
    desk.set({ gr: id, p: null, g: null });
    if (desk.folded.right) desk.fold("right");
    this.show();
  }

  /** Forget areas and group, and what is drawn of them. */
  clear(): void {
    if (!this.open) return;
    this.areas = [];
    this.drawn = undefined;
    this.group = undefined;
    this.desk.set({ g: null, gr: null });
    this.follow();
  }

  /** The pitches follow what is chosen: another place, another drawing. */
  follow(): void {
    const { desk } = this;
    const of = this.area ? `area ${this.at} ${JSON.stringify(this.area.bbox)}` : (this.group?.id ?? desk.parcel?.capakey ?? ""); // prettier-ignore
    const key = of && [of, desk.at("t"), desk.at("n"), desk.lang].join(" ");
    if (key === this.key) return;
    this.key = key;
    this.layout = undefined;
    desk.map?.put("layout", EMPTY);
    if (key && desk.at("y")) void this.lay();
  }

  /** @param asked by the planner just now: the map comes near enough to see the pitches. */
  private async lay(asked = false): Promise<void> {
    const { desk, key, area, group } = this;
    const { type, lang } = this.query;
    const pitches = desk.at("n") || undefined;
    const keys = group?.id.replaceAll("+", ",") ?? desk.parcel?.capakey.replace("/", "-") ?? "";
    this.laying = true;
    desk.requestUpdate();
    await desk.guard(async () => {
      const found = area
        ? await api.areaLayout(area.geometry, { type, lang, pitches })
        : await api.layout({ parcels: keys, site_type: type, run: desk.found?.run, lang, pitches });
      // Something else may have been chosen meanwhile.
      if (key !== this.key) return;
      this.layout = found;
      const features = layoutFeatures(found);
      desk.map?.put("layout", features);
      const box = boxOf(features);
      if (asked && box && desk.map && desk.map.map.getZoom() < NEAR) desk.map.frame(box);
    });
    this.laying = false;
    desk.requestUpdate();
  }

  private toggle(on: boolean): void {
    this.desk.set({ y: on ? "1" : null });
    if (on) void this.lay(true);
    else {
      this.layout = undefined;
      this.desk.map?.put("layout", EMPTY);
    }
  }

  /** The panel of an area or a group, like that of a parcel; nothing where none is chosen. */
  panel(): TemplateResult | undefined {
    const { area, group } = this;
    const { lang } = this.desk;
    if (area) return this.areaPanel(area);
    if (!group) return undefined;
    return html`<h2 tabindex="-1">${say(lang, "group", { count: group.parcels })}</h2>
      <p class="muted">
        ${group.id
          .split("+")
          .map((one) => parcelNumber(one.replace("-", "/")))
          .join(", ")}
      </p>
      ${this.pitches()} ${explained(lang, group.told)}`;
  }

  private areaPanel(area: Drawn): TemplateResult {
    const { desk, areas } = this;
    const { lang } = desk;
    const place = desk.places?.find((one) => one.nis === area.municipality);
    const title =
      areas.length > 1 || area.name !== "1" ? say(lang, "areaNamed", { name: area.name }) : say(lang, "drawnArea");
    const most = [...area.on_parcels].sort((a, b) => b.share - a.share)[0];
    return html`<h2 tabindex="-1">${[title, place ? desk.nameOf(place) : ""].filter(Boolean).join(", ")}</h2>
      ${
        areas.length > 1
          ? html`<label class="which"
              >${say(lang, "areasFound", { count: areas.length })}
              <select
                id="area"
                @change=${(event: Event) => this.turn(Number((event.target as HTMLSelectElement).value))}
              >
                ${areas.map((one, at) => html`<option value=${at} ?selected=${at === this.at}>${one.name}</option>`)}
              </select></label
            >`
          : nothing
      }
      ${
        most
          ? html`<p class="muted">
              ${say(lang, "onParcels", { count: area.on_parcels.length, parcel: parcelNumber(most.capakey), share: percent(lang, most.share) })}
            </p>`
          : nothing
      }
      ${this.written ? nothing : html`<p class="muted">${say(lang, "notKept")}</p>`} ${this.pitches()}
      ${explained(lang, area as Explained)}`;
  }

  private turn(at: number): void {
    this.at = at;
    this.show();
  }

  /** Switch and legend of the pitches, for whatever is chosen. */
  pitches(): TemplateResult {
    const { layout, laying, desk } = this;
    const { lang } = desk;
    const on = desk.at("y") !== "";
    return html`<section class="pitches">
      <button id="show-layout" aria-pressed=${on} @click=${() => this.toggle(!on)}>
        ${say(lang, on ? "hideLayout" : "showLayout")}
      </button>
      ${on && laying ? html`<p class="note" role="status">${say(lang, "laying")}</p>` : nothing}
      ${on && layout ? this.told(layout) : nothing}
    </section>`;
  }

  private told(layout: Layout): TemplateResult {
    const { lang } = this.desk;
    const drawn = layout.drawings.find((one) => one.variant === layout.drawn);
    const spacing = spacingOf(layout);
    const owner = layout.norm.find((one) => one.id === "spacing")?.owner_title ?? "";
    const shape = layout.features !== null;
    return html`<p class="laid">
        ${layout.text} ${layout.reason ?? ""}
        ${drawn?.pitches && shape ? say(lang, "drawnVariant", { count: drawn.pitches, variant: say(lang, layout.drawn) }) : nothing}
      </p>
      ${
        shape && drawn?.pitches
          ? html`<p class="layout-keys">
                ${KINDS.map(
                  (kind) =>
                    html`<span class="key"
                      ><svg class="swatch" width="16" height="12" aria-hidden="true">
                        <rect
                          width="16"
                          height="12"
                          fill=${LAYOUT_COLOURS[kind]![0]}
                          stroke=${LAYOUT_COLOURS[kind]![1]}
                          stroke-width="2"
                        /></svg
                      >${say(lang, kind === "pitch" ? "pitchKind" : (kind as ToolWord))}</span
                    >`,
                )}
              </p>
              ${spacing ? html`<p class="note">${say(lang, "fireDistance", { metres: number(lang, spacing, 1), owner })}</p>` : nothing}`
          : nothing
      }
      ${shape ? nothing : html`<p class="note">${say(lang, "noShape")}</p>`}
      ${layout.notes.map((one) => html`<p class="note">${one}</p>`)}`;
  }
}
