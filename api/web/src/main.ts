// The page: choose a municipality and a type of site, see candidates on the map and in the table, read why.
import { LitElement, html, nothing, type TemplateResult } from "lit";
import { api, Problem, type Candidates, type Lang, type Meta, type Municipality, type Parcel } from "./api";
import { LANGS, bar, side, type Controls } from "./controls";
import { createMap, type Label, type PageMap } from "./map";
import { detail } from "./parts";
import { table, type Sort } from "./table";
import { say } from "./words";
import "./style.css";

const PAGE = 200;

class App extends LitElement {
  static override properties = {
    meta: { state: true },
    places: { state: true },
    found: { state: true },
    parcel: { state: true },
    problem: { state: true },
    lang: { state: true },
    sort: { state: true },
    busy: { state: true },
    folded: { state: true },
    leftOut: { state: true },
  };
  declare meta: Meta | undefined;
  declare places: Municipality[];
  declare found: Candidates | undefined;
  declare parcel: Parcel | undefined;
  declare problem: Problem | undefined;
  declare lang: Lang;
  declare sort: Sort;
  declare busy: boolean;
  declare folded: { left: boolean; right: boolean };
  declare leftOut: number;
  private map: PageMap | undefined;
  private readonly address = new URLSearchParams(location.hash.slice(1));

  constructor() {
    super();
    this.places = [];
    this.sort = { column: 0, down: false };
    this.busy = true;
    this.folded = { left: false, right: false };
    this.leftOut = 0;
    const wanted = this.address.get("lang") ?? navigator.language.slice(0, 2);
    this.lang = LANGS.find((one) => one === wanted) ?? "en";
  }

  // The page is one document: its styles come from one sheet, as the content policy wants.
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override async connectedCallback(): Promise<void> {
    super.connectedCallback();
    await this.guard(async () => {
      [this.meta, { items: this.places }] = await Promise.all([api.meta(), api.municipalities()]);
      if (!this.address.get("m") && this.places[0]) this.address.set("m", this.places[0].nis);
      if (!this.address.get("t")) this.address.set("t", "residential");
      await this.load();
      const selected = this.address.get("p");
      if (selected) await this.choose(selected);
    });
  }

  private async guard(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      this.problem = undefined;
      await work();
    } catch (error) {
      this.problem = error instanceof Problem ? error : new Problem(String(error), null);
    }
    this.busy = false;
  }

  private get place(): Municipality | undefined {
    return this.places.find((one) => one.nis === this.address.get("m"));
  }

  private set(values: Record<string, string | null>): void {
    for (const [key, value] of Object.entries(values))
      if (value === null || value === "") this.address.delete(key);
      else this.address.set(key, value);
    history.replaceState(null, "", `#${this.address}`);
  }

  private at(key: string): string {
    return this.address.get(key) ?? "";
  }

  private ask(token?: string): Promise<Candidates> {
    return api.candidates({
      municipality: this.at("m"),
      type: this.at("t"),
      pitches: this.at("n") || undefined,
      verdict: this.at("v") || undefined,
      min_area: this.at("a") || undefined,
      owner: this.at("o") || undefined,
      lang: this.lang,
      limit: String(PAGE),
      token,
    });
  }

  private async load(): Promise<void> {
    document.documentElement.lang = this.lang;
    this.found = await this.ask();
    await this.updateComplete;
    const container = this.querySelector<HTMLElement>("#map");
    if (this.map) {
      this.map.name(this.labels());
      this.map.show(this.found.run);
    } else if (container && this.place)
      this.map = createMap(container, this.found.run, this.place.bbox, this.labels(), {
        pick: (key) => this.pick(key),
        leftOut: (count) => (this.leftOut = count),
      });
  }

  private labels(): Label[] {
    return this.places.map(({ name, bbox }) => ({
      name: name[this.lang === "en" ? "nl" : this.lang],
      at: [(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2],
    }));
  }

  private more(): void {
    const { found } = this;
    if (!found?.next) return;
    void this.guard(async () => {
      const page = await this.ask(found.next!);
      this.found = { ...page, items: [...found.items, ...page.items] };
    });
  }

  private change(values: Record<string, string | null>, frame = false): void {
    this.set({ ...values, p: null });
    this.parcel = undefined;
    void this.guard(async () => {
      await this.load();
      if (frame && this.place) this.map?.frame(this.place.bbox);
    });
  }

  private pick(key: string): void {
    void this.guard(() => this.choose(key));
  }

  private async choose(key: string): Promise<void> {
    this.parcel = await api.parcel(key, { type: this.at("t"), run: this.found?.run, lang: this.lang });
    this.set({ p: key.replace("/", "-") });
    if (this.folded.right) this.fold("right");
    this.map?.select(this.parcel.geometry, this.parcel.bbox);
    await this.updateComplete;
    this.querySelector(`tr[data-key="${this.parcel.capakey}"]`)?.scrollIntoView({ block: "nearest" });
  }

  private speak(lang: Lang): void {
    this.lang = lang;
    this.set({ lang });
    const key = this.parcel?.capakey;
    void this.guard(async () => {
      await this.load();
      if (key) await this.choose(key);
    });
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

  protected override render(): TemplateResult {
    const { lang, folded } = this;
    const controls: Controls = {
      lang,
      meta: this.meta,
      places: this.places,
      run: this.found?.run_info,
      at: (key) => this.at(key),
      change: (values, frame) => this.change(values, frame),
      speak: (chosen) => this.speak(chosen),
      toggle: (layer, on) => this.map?.toggle(layer, on),
    };
    return html`${bar(controls)}
      <main class="${folded.left ? "left-folded" : ""} ${folded.right ? "right-folded" : ""}">
        <section class="left">${this.folder("left")}${folded.left ? nothing : side(controls)}</section>
        <section class="middle">
          <div class="frame">
            ${this.meta?.notice ? html`<p class="notice" role="note">${this.meta.notice[lang]}</p>` : nothing}
            <div id="map" role="region" aria-label=${say(lang, "map")}></div>
            <span class="aim" aria-hidden="true"></span>
            ${this.leftOut ? html`<p class="left-out" role="status">${say(lang, "leftOut", { count: this.leftOut })}</p>` : nothing}
          </div>
        </section>
        <aside aria-live="polite">
          ${this.folder("right")}
          ${this.problem ? html`<p class="problem" role="alert">${this.problem.detail} ${this.problem.remedy ?? ""}</p>` : nothing}
          ${folded.right ? nothing : this.told()}
        </aside>
        <section class="list">
          ${
            this.found
              ? table({
                  lang,
                  found: this.found,
                  sort: this.sort,
                  selected: this.parcel?.capakey,
                  order: (sort) => (this.sort = sort),
                  choose: (key) => this.pick(key),
                  more: () => this.more(),
                })
              : nothing
          }
        </section>
      </main>`;
  }

  private told(): TemplateResult {
    if (this.parcel) return detail(this.lang, this.parcel);
    return html`<p class="muted">${say(this.lang, this.busy ? "loading" : "choose")}</p>`;
  }
}
customElements.define("sp-app", App);
