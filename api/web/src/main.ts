// The page: choose a municipality and a type of site, see candidates on the map and in the table, read why.
import { LitElement, html, nothing, type TemplateResult } from "lit";
import { api, Problem, type Candidate, type Candidates, type Lang, type Meta, type Municipality, type Parcel } from "./api";
import { createMap, type PageMap } from "./map";
import { cells, detail, legend } from "./parts";
import { say, type WordKey } from "./words";
import "./style.css";

const LANGS: Lang[] = ["nl", "fr", "de", "en"];
const VERDICTS = ["compatible", "needs_derogation", "unknown"];
const COLUMNS: [WordKey, (item: Candidate) => number | string][] = [
  ["rank", (item) => item.rank], ["place", (item) => item.place ?? item.id], ["area", (item) => item.area_m2], ["fits", (item) => item.pitches.high ?? -1],
  ["verdict", (item) => item.verdict], ["score", (item) => -item.score.low - item.score.high], ["notKnown", (item) => item.unknown.length], ["owner", (item) => item.owner_title],
  ["zoning", (item) => item.zoning_title ?? ""], ["school", (item) => item.distances["school"]?.high ?? 1e9], ["shop", (item) => item.distances["shop"]?.high ?? 1e9], ["stop", (item) => item.distances["stop"]?.high ?? 1e9],
];

class App extends LitElement {
  static override properties = { meta: { state: true }, places: { state: true }, found: { state: true }, parcel: { state: true }, problem: { state: true }, lang: { state: true }, sort: { state: true }, busy: { state: true } };
  declare meta: Meta | undefined;
  declare places: Municipality[];
  declare found: Candidates | undefined;
  declare parcel: Parcel | undefined;
  declare problem: Problem | undefined;
  declare lang: Lang;
  declare sort: { column: number; down: boolean };
  declare busy: boolean;
  private map: PageMap | undefined;
  private readonly address = new URLSearchParams(location.hash.slice(1));

  constructor() {
    super();
    this.places = [];
    this.sort = { column: 0, down: false };
    this.busy = true;
    const wanted = this.address.get("lang") ?? navigator.language.slice(0, 2);
    this.lang = LANGS.find((one) => one === wanted) ?? "en";
  }

  // The page is one document: its styles come from one sheet, as the content policy wants.
  protected override createRenderRoot(): HTMLElement { return this; }

  override async connectedCallback(): Promise<void> {
    super.connectedCallback();
    await this.guard(async () => {
      [this.meta, { items: this.places }] = await Promise.all([api.meta(), api.municipalities()]);
      if (!this.address.get("m") && this.places[0]) this.address.set("m", this.places[0].nis);
      await this.load();
      const selected = this.address.get("p");
      if (selected) await this.choose(selected);
    });
  }

  private async guard(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    try { this.problem = undefined; await work(); } catch (error) {
      this.problem = error instanceof Problem ? error : new Problem(String(error), null);
    }
    this.busy = false;
  }

  private get place(): Municipality | undefined { return this.places.find((one) => one.nis === this.address.get("m")); }
  private get type(): string { return this.address.get("t") ?? "residential"; }

  private set(values: Record<string, string | null>): void {
    for (const [key, value] of Object.entries(values)) if (value === null || value === "") this.address.delete(key); else this.address.set(key, value);
    history.replaceState(null, "", `#${this.address}`);
  }

  private async load(): Promise<void> {
    document.documentElement.lang = this.lang;
    this.found = await api.candidates({ municipality: this.address.get("m") ?? "", type: this.type, pitches: this.address.get("n") ?? undefined, verdict: this.address.get("v") ?? undefined, lang: this.lang, limit: "200" });
    await this.updateComplete;
    const container = this.querySelector<HTMLElement>("#map");
    if (!this.map && container && this.place) this.map = createMap(container, this.found.run, this.place.bbox, (key) => void this.guard(() => this.choose(key)));
    else if (this.map && this.place) this.map.show(this.found.run);
  }

  private change(values: Record<string, string | null>, frame = false): void {
    this.set({ ...values, p: null });
    this.parcel = undefined;
    void this.guard(async () => { await this.load(); if (frame && this.place) this.map?.frame(this.place.bbox); });
  }

  private async choose(key: string): Promise<void> {
    this.parcel = await api.parcel(key, { type: this.type, run: this.found?.run, lang: this.lang });
    this.set({ p: key.replace("/", "-") });
    this.map?.select(this.parcel.geometry, this.parcel.bbox);
    await this.updateComplete;
    this.querySelector(`tr[data-key="${this.parcel.capakey}"]`)?.scrollIntoView({ block: "nearest" });
  }

  private speak(lang: Lang): void {
    this.lang = lang;
    this.set({ lang });
    const key = this.parcel?.capakey;
    void this.guard(async () => { await this.load(); if (key) await this.choose(key); });
  }

  private keys(event: KeyboardEvent): void {
    const row = (event.target as HTMLElement).closest("tr");
    if (event.key === "ArrowDown") (row?.nextElementSibling as HTMLElement | null)?.focus();
    else if (event.key === "ArrowUp") (row?.previousElementSibling as HTMLElement | null)?.focus();
    else if ((event.key === "Enter" || event.key === " ") && row?.dataset["key"]) void this.guard(() => this.choose(row.dataset["key"]!));
    else return;
    event.preventDefault();
  }

  protected override render(): TemplateResult {
    const lang = this.lang;
    const chosen = (this.address.get("v") ?? VERDICTS.join(",")).split(",");
    return html`<header><strong>Standplaats</strong>
      <label>${say(lang, "municipality")} <select id="municipality" @change=${(event: Event) => this.change({ m: (event.target as HTMLSelectElement).value }, true)}>
        ${this.places.map((one) => html`<option value=${one.nis} ?selected=${one.nis === this.address.get("m")}>${one.name[lang === "en" ? "nl" : lang]} · ${one.nis}</option>`)}</select></label>
      <select id="type" aria-label="type" @change=${(event: Event) => this.change({ t: (event.target as HTMLSelectElement).value })}>
        ${(["residential", "transit"] as const).map((one) => html`<option value=${one} ?selected=${one === this.type}>${say(lang, one)}</option>`)}</select>
      <label><input id="pitches" type="number" min="1" max="200" .value=${this.address.get("n") ?? ""} @change=${(event: Event) => this.change({ n: (event.target as HTMLInputElement).value })} /> ${say(lang, "pitches")}</label>
      <span class="muted">${this.found ? `${say(lang, "asOf", { day: this.found.run_info.as_of })} · ${say(lang, "dataOf", { day: this.found.run_info.data_date })}` : nothing}</span>
      <nav aria-label="language">${LANGS.map((one) => html`<button class="plain" aria-pressed=${one === lang} @click=${() => this.speak(one)}>${one.toUpperCase()}</button>`)}</nav></header>
      <main><section class="left">
        <fieldset><legend>${say(lang, "filters")}</legend>${VERDICTS.map((one) => html`<label><input type="checkbox" .checked=${chosen.includes(one)} @change=${() => this.change({ v: VERDICTS.filter((other) => (other === one) !== chosen.includes(other)).join(",") })} /> ${say(lang, one as WordKey)}</label>`)}</fieldset>
        <fieldset><legend>${say(lang, "layers")}</legend>${([["zones", "zones", false], ["sites", "sites", true], ["hp", "hp", true]] as const).map(([layer, word, on]) => html`<label><input type="checkbox" ?checked=${on} @change=${(event: Event) => this.map?.toggle(layer, (event.target as HTMLInputElement).checked)} /> ${say(lang, word)}</label>`)}</fieldset>
        ${legend(lang)}</section>
        <section class="middle"><div class="frame">${this.meta?.notice ? html`<p class="notice" role="note">${this.meta.notice[lang]}</p>` : nothing}<div id="map" role="region" tabindex="0" aria-label=${say(lang, "map")}></div></div></section>
        <aside aria-live="polite">${this.problem ? html`<p class="problem">${this.problem.detail} ${this.problem.remedy ?? ""}</p>` : nothing}
          ${this.parcel ? detail(lang, this.parcel) : html`<p class="muted">${this.busy ? say(lang, "loading") : say(lang, "choose")}</p>`}</aside>
        <section class="list">${this.found ? this.table(this.found) : nothing}</section></main>`;
  }

  private table(found: Candidates): TemplateResult {
    const lang = this.lang;
    const { column, down } = this.sort;
    const key = COLUMNS[column]![1];
    const items = [...found.items].sort((a, b) => { const [x, y] = [key(a), key(b)]; return (x < y ? -1 : x > y ? 1 : a.rank - b.rank) * (down ? -1 : 1); });
    return html`<p class="count">${say(lang, "count", { count: found.count, excluded: found.excluded })}</p>
      <table id="candidates"><thead><tr>${COLUMNS.map(([word], at) => html`<th scope="col" aria-sort=${at === column ? (down ? "descending" : "ascending") : "none"}><button class="plain" @click=${() => { this.sort = { column: at, down: at === column && !down }; }}>${say(lang, word)}</button></th>`)}</tr></thead>
      <tbody @keydown=${this.keys}>${items.map((item) => html`<tr tabindex="0" data-key=${item.capakeys[0]!} aria-selected=${item.capakeys[0] === this.parcel?.capakey} @click=${() => void this.guard(() => this.choose(item.capakeys[0]!))}>${cells(lang, item, found.total_ranked)}</tr>`)}</tbody></table>`;
  }
}
customElements.define("sp-app", App);
