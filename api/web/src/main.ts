// The page: choose a municipality and a type of site, see candidates on the map and in the table, read why.
import { html, nothing, render, type TemplateResult } from "lit";
import { api, type Candidates, type Municipality, type Parcel, type Rated, type RunInfo } from "./api";
import { bar, side, verdictsOf, type Controls, type Layer } from "./controls";
import { legend } from "./legend";
import type { Sort } from "./list";
import { createMap, type MapSite, type PageMap, type Shown } from "./map";
import type { Label } from "./map_style";
import { Page } from "./page";
import { detail } from "./parts";
import { siteTold } from "./site_popup";
import { table } from "./table";
import { entered, scoreUnder, sliders, weightsOf, written, type Weights } from "./weights";
import { say } from "./words";
import "./style.css";

const PAGE = 200;
/** West, south, east, north of Belgium: what is shown while no municipality is loaded. */
const COUNTRY: [number, number, number, number] = [2.55, 49.5, 6.41, 51.5];
const NARROW = 900;

class App extends Page {
  static override properties = {
    places: { state: true },
    found: { state: true },
    parcel: { state: true },
    sort: { state: true },
    folded: { state: true },
    filtersOpen: { state: true },
    layers: { state: true },
    leftOut: { state: true },
    zones: { state: true },
    criteria: { state: true },
  };
  declare places: Municipality[] | undefined;
  declare found: Candidates | undefined;
  declare parcel: Parcel | undefined;
  declare sort: Sort;
  declare folded: { left: boolean; right: boolean };
  declare filtersOpen: boolean;
  declare layers: Record<Layer, boolean>;
  declare leftOut: number;
  declare zones: string[];
  /** Criteria of the result that is shown, in the language of the page. */
  declare criteria: Rated[];
  private map: PageMap | undefined;
  private framed = "";
  private turn = 0;
  protected readonly page = "map";

  constructor() {
    super();
    this.sort = { column: 0, down: false };
    this.folded = { left: false, right: false };
    this.filtersOpen = false;
    this.layers = { zones: false, sites: true, hp: true };
    this.leftOut = 0;
    this.zones = [];
    this.criteria = [];
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (this.filtersOpen) this.filtersOpen = false;
      else if (this.parcel || this.problem) this.leave();
    });
  }

  private get place(): Municipality | undefined {
    return this.places?.find((one) => one.nis === this.at("m"));
  }

  private nameOf(place: Municipality): string {
    return place.name[this.lang === "en" ? "nl" : this.lang];
  }

  /** The result to show, if this visitor may see one: the current one, in the public view the newest published. */
  private get run(): RunInfo | undefined {
    const own = this.place?.runs.filter((one) => one.site_type === this.at("t")) ?? [];
    return own.find((one) => !one.what_if) ?? (this.meta?.public ? own[0] : undefined);
  }

  private get weights(): Weights {
    return weightsOf(this.at("w"));
  }

  private ask(token?: string): Promise<Candidates> {
    const query = {
      municipality: this.at("m"),
      type: this.at("t"),
      run: this.meta?.public ? this.run?.id : undefined,
      pitches: this.at("n") || undefined,
      verdict: this.at("v") || undefined,
      min_area: this.at("a") || undefined,
      owner: this.at("o") || undefined,
      lang: this.lang,
      limit: String(PAGE),
      token,
    };
    return api.candidates(query, entered(this.criteria, this.weights));
  }

  /** Show a list, unless another was asked for in the meantime: answers may overtake each other. */
  private async keep(ask: () => Promise<Candidates | undefined>): Promise<void> {
    const turn = ++this.turn;
    const found = await ask();
    if (turn === this.turn) this.found = found;
  }

  /** The list, and before it the criteria it may be weighed by. */
  private async listed(): Promise<Candidates | undefined> {
    const { run, lang } = this;
    this.criteria = run ? (await api.rated({ run: run.id, lang })).criteria : [];
    return run ? this.ask() : undefined;
  }

  protected override async load(): Promise<void> {
    this.places ??= (await api.municipalities()).items;
    const first = this.places.find((one) => one.runs.length) ?? this.places[0];
    if (!this.place && first) this.address.set("m", first.nis);
    if (!this.at("t")) this.address.set("t", "residential");
    // The map is drawn whatever the list answers.
    try {
      await this.keep(() => this.listed());
    } catch (error) {
      this.found = undefined;
      throw error;
    } finally {
      await this.draw();
    }
    const selected = this.at("p");
    if (selected) await this.choose(selected);
    else this.unselect();
  }

  private async draw(): Promise<void> {
    await this.updateComplete;
    const box = this.place?.bbox ?? COUNTRY;
    const container = this.querySelector<HTMLElement>("#map");
    if (this.map) {
      this.map.show(this.shown());
      if (this.framed !== this.at("m")) this.map.frame(box);
    } else if (container)
      this.map = createMap(container, box, this.shown(), {
        pick: (key) => this.pick(key),
        site: (site) => this.tellSite(site),
        seen: (count, zones) => [this.leftOut, this.zones] = [count, zones], // prettier-ignore
      });
    this.framed = this.at("m");
  }

  private shown(): Shown {
    const { lang } = this;
    return {
      run: this.found?.run ?? "none",
      wanted: {
        verdicts: verdictsOf(this.at("v")),
        minArea: Number(this.at("a")),
        pitches: Number(this.at("n")),
        owner: this.at("o"),
      },
      score: scoreUnder(this.criteria, this.weights),
      layers: this.layers,
      labels: this.labels(),
      words: { zoomIn: say(lang, "zoomIn"), zoomOut: say(lang, "zoomOut"), close: say(lang, "close") },
    };
  }

  private labels(): Label[] {
    return (this.places ?? []).map((place) => ({
      name: this.nameOf(place),
      at: [(place.bbox[0] + place.bbox[2]) / 2, (place.bbox[1] + place.bbox[3]) / 2],
    }));
  }

  private tellSite(site: MapSite): HTMLElement {
    const content = document.createElement("div");
    render(siteTold(this.lang, site, this.meta?.demo === false), content);
    return content;
  }

  private more(): void {
    const { found } = this;
    if (!found?.next) return;
    void this.guard(async () => {
      const page = await this.ask(found.next!);
      this.found = { ...page, items: [...found.items, ...page.items] };
    });
  }

  private change(values: Record<string, string | null>): void {
    this.set({ ...values, p: null });
    void this.guard(() => this.load());
  }

  /** Other weights: the map at once, the list when the slider is let go. */
  private weigh(weights: Weights, settled: boolean): void {
    this.set({ w: written(weights) });
    this.map?.recolour(scoreUnder(this.criteria, weights));
    if (settled) void this.guard(() => this.keep(() => this.ask()));
  }

  private toggle(layer: Layer, on: boolean): void {
    this.layers = { ...this.layers, [layer]: on };
    this.map?.show(this.shown());
  }

  private pick(key: string): void {
    void this.guard(() => this.choose(key));
  }

  private async choose(key: string): Promise<void> {
    this.parcel = await api.parcel(key, { type: this.at("t"), run: this.found?.run, lang: this.lang });
    this.set({ p: key.replace("/", "-") });
    this.filtersOpen = false;
    if (this.folded.right) this.fold("right");
    this.map?.select(this.parcel.geometry, this.parcel.bbox ?? undefined);
    await this.updateComplete;
    this.querySelector(`tr[data-key="${this.parcel.capakey}"]`)?.scrollIntoView({ block: "nearest" });
    if (innerWidth <= NARROW) this.querySelector<HTMLElement>("aside h2")?.focus();
  }

  private unselect(): void {
    this.parcel = undefined;
    this.map?.select(null);
  }

  /** Close the panel of a parcel; the row it was chosen in gets the focus back. */
  private leave(): void {
    const key = this.parcel?.capakey;
    this.unselect();
    this.problem = undefined;
    this.set({ p: null });
    this.querySelector<HTMLElement>(`tr[data-key="${key}"]`)?.focus({ preventScroll: true });
  }

  private fold(which: "left" | "right"): void {
    this.folded = { ...this.folded, [which]: !this.folded[which] };
    void this.updateComplete.then(() => this.map?.resize());
  }

  private folder(which: "left" | "right"): TemplateResult {
    const folded = this.folded[which];
    const arrow = (which === "left") === folded ? "»" : "«";
    const word = say(this.lang, folded ? "unfold" : "fold");
    return html`<button
      class="plain fold"
      aria-expanded=${!folded}
      aria-label=${word}
      title=${word}
      @click=${() => this.fold(which)}
    >
      ${arrow}
    </button>`;
  }

  private closer(close: () => void, extra = ""): TemplateResult {
    const word = say(this.lang, "close");
    return html`<button class="plain leave ${extra}" aria-label=${word} title=${word} @click=${close}>✕</button>`;
  }

  protected override render(): TemplateResult {
    const { folded } = this;
    const controls: Controls = {
      lang: this.lang,
      meta: this.meta,
      places: this.places ?? [],
      run: this.found?.run_info,
      at: (key) => this.at(key),
      change: (values) => this.change(values),
      speak: (chosen) => this.speak(chosen),
      layers: this.layers,
      toggle: (layer, on) => this.toggle(layer, on),
      weights: this.found
        ? sliders({
            lang: this.lang,
            criteria: this.criteria,
            weights: this.weights,
            move: (weights) => this.weigh(weights, false),
            settle: (weights) => this.weigh(weights, true),
          })
        : nothing,
    };
    const kind = [
      folded.left ? "left-folded" : "",
      folded.right ? "right-folded" : "",
      this.found ? "" : "unlisted",
    ].join(" ");
    return html`${bar(controls)}
      <main class=${kind}>
        <section class="left ${this.filtersOpen ? "open" : ""}">
          ${this.folder("left")} ${this.closer(() => (this.filtersOpen = false), "narrow")}
          ${folded.left && !this.filtersOpen ? nothing : side(controls)}
        </section>
        <section class="middle">${this.frame()}</section>
        ${this.panel()}
        <section class="list">${this.list()}</section>
      </main>`;
  }

  private frame(): TemplateResult {
    const { lang, leftOut } = this;
    return html`<div class="frame">
      <div id="map" role="region" aria-label=${say(lang, "map")}></div>
      <span class="aim" aria-hidden="true"></span>
      <div class="over">
        ${this.noticeHere()}
        ${leftOut ? html`<p class="left-out" role="status">${say(lang, "leftOut", { count: leftOut })}</p>` : nothing}
        <button class="narrow" id="open-filters" @click=${() => (this.filtersOpen = true)}>
          ${say(lang, "openFilters")}
        </button>
      </div>
      ${legend({
        lang,
        meta: this.meta,
        scored: this.found !== undefined,
        layers: this.layers,
        zones: this.zones,
        open: innerWidth > NARROW,
      })}
    </div>`;
  }

  private panel(): TemplateResult {
    const { lang, parcel, folded } = this;
    const open = parcel !== undefined || this.problem !== undefined;
    return html`<aside class="sheet ${open ? "" : "closed"}" aria-live="polite">
      ${this.folder("right")} ${open && !folded.right ? this.closer(() => this.leave()) : nothing} ${this.problemHere()}
      ${folded.right ? nothing : parcel ? detail(lang, parcel, this.titleOf(parcel)) : this.hint()}
    </aside>`;
  }

  /** Where a parcel lies, as people say it: the address nearby and the municipality. */
  private titleOf({ capakey, municipality }: Parcel): string {
    const item = this.found?.items.find((one) => one.capakeys[0] === capakey);
    const place = this.places?.find((one) => one.nis === municipality);
    return [item?.place, place ? this.nameOf(place) : municipality].filter(Boolean).join(", ");
  }

  private hint(): TemplateResult {
    const word = this.busy ? "loading" : this.found ? "choose" : "chooseParcel";
    return html`<p class="muted">${say(this.lang, word)}</p>`;
  }

  private list(): TemplateResult | typeof nothing {
    const { lang, found } = this;
    if (!found) return this.places && !this.busy && !this.problem ? this.nothingListed() : nothing;
    return table({
      lang,
      found,
      sort: this.sort,
      selected: this.parcel?.capakey,
      order: (sort) => (this.sort = sort),
      choose: (key) => this.pick(key),
      more: () => this.more(),
    });
  }

  /** Why there is no list, and what makes one. */
  private nothingListed(): TemplateResult {
    const { lang, place } = this;
    const isPublic = this.meta?.public;
    const tell = (text: string, commands: string[]): TemplateResult =>
      html`<p class="no-list" role="status">${text} ${commands.map((one) => html`<code>${one}</code> `)}</p>`;
    if (!place)
      return isPublic
        ? tell(say(lang, "noDataPublic"), [])
        : tell(say(lang, "noData"), ["municipalities", "parcels"].map((one) => `standplaats ingest FILE --as ${one}`)); // prettier-ignore
    const named = { place: this.nameOf(place) };
    if (isPublic) return tell(say(lang, "notPublished", named), []);
    const nis = `--municipality ${place.nis}`;
    return tell(say(lang, "notScored", named), [
      `standplaats measure ${nis}`,
      `standplaats score ${nis} --type ${this.at("t")}`,
    ]);
  }
}
customElements.define("sp-app", App);
