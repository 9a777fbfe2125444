// The page of sources: the catalogue, what is loaded of it and where, what one municipality has, and who has the rest.
import { html, nothing, type TemplateResult } from "lit";
import { api, type Areas, type Lang, type Place, type Source, type Standing } from "./api";
import { number, shortDay } from "./format";
import { list, type Column, type Sort } from "./list";
import { Page } from "./page";
import { sheet } from "./sheet";
import { createSourcesMap, type SourcesMap } from "./sources_map";
import { coverMark, stateWord, type Cover } from "./sources_marks";
import { sourceDetail, staleClock, standingColumns } from "./sources_parts";
import { say } from "./sources_words";
import "./style.css";
import "./pages.css";

const REGIONS = ["flanders", "wallonia", "brussels", "belgium"] as const;
const value = (event: Event): string => (event.target as HTMLInputElement | HTMLSelectElement).value;

class SourcesPage extends Page {
  static override properties = {
    found: { state: true },
    everything: { state: true },
    places: { state: true },
    standings: { state: true },
    areas: { state: true },
    sort: { state: true },
    placesSort: { state: true },
  };
  /** All sources; with a municipality chosen, what can be said of each there. */
  declare found: Source[] | undefined;
  /** All sources wherever they are loaded. */
  declare everything: Source[];
  declare places: Place[];
  declare standings: Standing[];
  declare areas: Areas | null;
  declare sort: Sort;
  declare placesSort: Sort;
  protected readonly page = "sources";
  private map: SourcesMap | undefined;
  private loaded = "";
  private drawnOf = "";

  constructor() {
    super();
    [this.everything, this.places, this.standings, this.areas] = [[], [], [], null];
    this.sort = this.placesSort = { column: -1, down: false };
  }

  protected override async load(): Promise<void> {
    const { lang } = this;
    const municipality = this.at("municipality");
    const loaded = `${lang} ${municipality}`;
    if (this.loaded !== loaded) {
      this.standings = [];
      const [everything, places] = await Promise.all([api.sources({ lang }), api.sourcePlaces()]);
      [this.everything, this.found, this.places] = [everything.items, everything.items, places.items];
      if (municipality) {
        const [here, status] = await Promise.all([
          api.sources({ lang, municipality }),
          api.sourceStatus({ lang, municipality }),
        ]);
        [this.found, this.standings] = [here.items.filter((one) => one.state !== "elsewhere"), status.items];
      }
      this.loaded = loaded;
    }
    await this.drawArea();
    await this.updateComplete;
    this.draw();
  }

  /** Fetch the area of the chosen source; an answer that comes late is not drawn for another one. */
  private async drawArea(): Promise<void> {
    const source = this.chosen?.id ?? "";
    if (this.drawnOf === source) return;
    this.drawnOf = source;
    this.areas = null;
    const areas = source && this.chosen?.loaded ? await api.sourceAreas({ source }) : null;
    if (this.drawnOf === source) this.areas = areas;
  }

  private draw(): void {
    const container = this.querySelector<HTMLElement>("#map");
    if (!container || !this.found) return;
    this.map ??= createSourcesMap(container, this.places, this.lang, (nis) => void this.choosePlace(nis));
    this.map.name(this.lang);
    this.map.paint({ covers: this.covers, areas: this.areas, chosen: this.at("municipality") });
  }

  private get chosen(): Source | undefined {
    return this.everything.find((one) => one.id === this.at("source"));
  }

  /** What the map shows of each municipality; with a source chosen, what that one says of it. */
  private get covers(): Map<string, Cover> {
    const source = this.chosen;
    const whole = new Set(source?.datasets.flatMap((one) => one.covered));
    const asked = new Set(source?.datasets.flatMap((one) => one.municipalities ?? []));
    const of = ({ nis, datasets, region }: Place): Cover => {
      if (!source) return datasets ? "some" : "nothing";
      if (whole.has(nis)) return "covers";
      if (asked.has(nis)) return "silent";
      return region && ![region, "belgium"].includes(source.region) ? "elsewhere" : "notHere";
    };
    return new Map(this.places.map((one) => [one.nis, of(one)]));
  }

  private nameOf = (nis: string): string => this.places.find((one) => one.nis === nis)?.name[this.lang] ?? nis;

  private async choose(id: string): Promise<void> {
    this.set({ source: id });
    await this.updateComplete;
    this.querySelector<HTMLElement>("aside h2")?.focus({ preventScroll: true });
    await this.guard(() => this.load());
  }

  private async leave(): Promise<void> {
    const id = this.at("source");
    this.set({ source: null });
    await this.updateComplete;
    this.querySelector<HTMLElement>(`#sources tr[data-key="${CSS.escape(id)}"]`)?.focus();
    await this.guard(() => this.load());
  }

  private async choosePlace(nis: string): Promise<void> {
    this.set({ municipality: nis });
    await this.guard(() => this.load());
    this.querySelector<HTMLElement>("#here h2")?.focus({ preventScroll: true });
  }

  private get shown(): Source[] {
    const wanted = this.at("q").toLocaleLowerCase(this.lang).split(/\s+/).filter(Boolean);
    return (this.found ?? []).filter((one) => {
      if (this.at("region") && one.region !== this.at("region")) return false;
      if (this.at("kind") && one.kind !== this.at("kind")) return false;
      if (this.at("loaded") && one.loaded !== (this.at("loaded") === "yes")) return false;
      const text = [one.id, one.title, one.provider_text, one.licence_text, one.kind_title].join(" ");
      return wanted.every((word) => text.toLocaleLowerCase(this.lang).includes(word));
    });
  }

  protected override render(): TemplateResult {
    const { lang, chosen } = this;
    return html`${this.headHere()}
      <main class="reading belgium sources">
        <div class="body">
          ${this.problemHere()} ${this.noticeHere()}
          <h1>${say(lang, "heading")}</h1>
          <p class="muted">${say(lang, "about")}</p>
          ${this.found ? this.told(this.found) : html`<p class="muted">${say(lang, "loading")}</p>`}
        </div>
        ${sheet({
          open: chosen !== undefined,
          empty: say(lang, "choose"),
          close: say(lang, "close"),
          leave: () => void this.leave(),
          content: () =>
            sourceDetail({
              lang,
              source: chosen!,
              nameOf: this.nameOf,
              partOf: this.everything.find((one) => one.id === chosen!.part_of)?.title ?? null,
              municipality: this.at("municipality"),
              here: this.at("municipality") ? this.found?.find((one) => one.id === chosen!.id)?.state : undefined,
              commands: this.meta?.public === false,
            }),
        })}
      </main>
      ${this.footHere()}`;
  }

  private told(found: Source[]): TemplateResult {
    const { lang, shown } = this;
    const place = this.at("municipality");
    const counts = { count: shown.length, total: found.length, loaded: shown.filter((one) => one.loaded).length };
    const byRegion = this.at("group") === "region";
    return html`${this.placeForm()}
      <div class="equals">
        <div class="shown">
          <div class="frame">
            <div id="map" role="region" aria-label=${say(lang, "map")} aria-describedby="map-legend"></div>
            <span class="aim" aria-hidden="true"></span>
          </div>
          ${this.legend()}
        </div>
        <div class="sites" id="here">${place && this.standings.length ? this.here(place) : this.everywhere()}</div>
      </div>
      <section aria-labelledby="all-sources">
        <h2 id="all-sources">${say(lang, "catalogue")}</h2>
        ${this.filters(found)}
        <p class="count" role="status">
          ${place ? say(lang, "countIn", { ...counts, place: this.nameOf(place) }) : say(lang, "count", counts)}
        </p>
        ${
          shown.length
            ? list({
                id: "sources",
                columns: columns(lang, this.nameOf),
                items: shown,
                keyOf: (one) => one.id,
                sort: this.sort,
                order: (sort) => (this.sort = sort),
                choose: (id) => void this.choose(id),
                selected: this.at("source"),
                groupOf: (one) => (byRegion ? one.region_title : one.kind_title),
              })
            : html`<p class="muted">${say(lang, "none")}</p>`
        }
      </section>`;
  }

  private placeForm(): TemplateResult {
    const { lang } = this;
    const place = this.at("municipality");
    const change = (event: Event): void => {
      const field = event.target as HTMLInputElement;
      const text = field.value.trim().toLocaleLowerCase(lang);
      const code = /^\d{5}/.exec(text)?.[0];
      const nis = code ?? this.places.find((one) => one.name[lang].toLocaleLowerCase(lang) === text)?.nis ?? "";
      field.setCustomValidity(nis || !text ? "" : say(lang, "noPlace"));
      if (field.reportValidity()) void this.choosePlace(nis);
    };
    return html`<form class="filters" @submit=${(event: Event) => event.preventDefault()}>
      <label class="wide">
        ${say(lang, "municipality")}
        <input
          id="municipality"
          list="places"
          autocomplete="off"
          placeholder=${say(lang, "placeHint")}
          .value=${place ? `${place} ${this.nameOf(place) === place ? "" : this.nameOf(place)}`.trim() : ""}
          @change=${change}
        />
      </label>
      <datalist id="places">
        ${this.places.map(({ nis, name }) => html`<option value="${nis} ${name[lang]}"></option>`)}
      </datalist>
    </form>`;
  }

  private filters(found: Source[]): TemplateResult {
    const { lang } = this;
    const kinds = new Map(found.map((one) => [one.kind, one.kind_title]));
    const select = (id: string, title: string, options: [string, string][], first = say(lang, "all")): TemplateResult =>
      html`<label>
        ${title}
        <select id=${id} @change=${(event: Event) => this.set({ [id]: value(event) })}>
          <option value="">${first}</option>
          ${options.map(
            ([name, text]) => html`<option value=${name} ?selected=${name === this.at(id)}>${text}</option>`,
          )}
        </select>
      </label>`;
    const sorted = [...kinds].sort(([, a], [, b]) => a.localeCompare(b, lang));
    return html`<form class="filters" role="search" @submit=${(event: Event) => event.preventDefault()}>
      ${select(
        "region",
        say(lang, "region"),
        REGIONS.map((one) => [one, say(lang, one)]),
      )}
      ${select("kind", say(lang, "kind"), sorted)}
      ${select("loaded", say(lang, "isLoaded"), [
        ["yes", say(lang, "yesLoaded")],
        ["no", say(lang, "notLoaded")],
      ])}
      <label>
        ${say(lang, "search")}
        <input
          id="search"
          type="search"
          .value=${this.at("q")}
          @input=${(event: Event) => this.set({ q: value(event) })}
        />
      </label>
      ${select("group", say(lang, "group"), [["region", say(lang, "byRegion")]], say(lang, "byKind"))}
    </form>`;
  }

  private legend(): TemplateResult {
    const { lang } = this;
    const here = new Set(this.covers.values());
    const shown: Cover[] = this.chosen ? ["covers", "silent", "notHere", "elsewhere"] : ["some", "nothing"];
    return html`<p class="legend-line" id="map-legend">
      ${shown.map((one) => html`<span>${coverMark(one)} ${say(lang, one)}</span>`)}
      ${here.size ? nothing : html`<span>${say(lang, "noBoundaries")}</span>`}
    </p>`;
  }

  /** All municipalities: what the map shows, in words. */
  private everywhere(): TemplateResult {
    const { lang, covers, chosen } = this;
    const told = (one: Place): TemplateResult => {
      const cover = covers.get(one.nis)!;
      const sets = one.datasets
        ? say(lang, "sets", { count: number(lang, one.datasets), kinds: one.kinds.length })
        : say(lang, "nothing");
      return html`<span class="cover-word">${coverMark(cover)} ${chosen ? say(lang, cover) : sets}</span>`;
    };
    return html`<h2>${chosen ? say(lang, "mapOf", { source: chosen.title }) : say(lang, "mapAll")}</h2>
      ${
        this.places.length
          ? list({
              id: "municipalities",
              columns: [
                {
                  title: say(lang, "municipality"),
                  sortBy: (one: Place) => one.name[lang],
                  cell: (one) => html`<div>${one.name[lang]}<small>${one.nis}</small></div>`,
                },
                {
                  title: say(lang, "state"),
                  sortBy: (one) => (chosen ? covers.get(one.nis)! : one.datasets),
                  cell: told,
                },
              ],
              items: this.places,
              keyOf: (one) => one.nis,
              sort: this.placesSort,
              order: (sort) => (this.placesSort = sort),
              choose: (nis) => void this.choosePlace(nis),
            })
          : html`<p class="muted">${say(lang, "noBoundaries")}</p>`
      }`;
  }

  /** What one municipality has of what it needs, what is missing, and who has it. */
  private here(place: string): TemplateResult {
    const { lang } = this;
    const needed = this.standings.filter((one) => one.needed);
    const further = this.standings.filter((one) => !one.needed);
    const loaded = (all: Standing[]): number => all.filter((one) => one.state === "loaded").length;
    const columns = standingColumns(lang, this.meta?.public === false);
    const table = (id: string, items: Standing[]): TemplateResult =>
      list({
        id,
        columns,
        items,
        keyOf: (one) => `${one.layer} ${one.sources.join(" ")}`,
        sort: this.placesSort,
        order: (sort) => (this.placesSort = sort),
      });
    const back = async (): Promise<void> => {
      await this.choosePlace("");
      this.querySelector<HTMLElement>(`#municipalities tr[data-key="${CSS.escape(place)}"]`)?.focus();
    };
    return html`<button class="plain back" @click=${() => void back()}>${say(lang, "allPlaces")}</button>
      <h2 tabindex="-1">
        ${say(lang, "missingHere", { place: this.nameOf(place), loaded: loaded(needed), needed: needed.length })}
      </h2>
      ${table("standing", needed)}
      ${
        further.length
          ? html`<details>
              <summary>${say(lang, "further", { count: further.length, loaded: loaded(further) })}</summary>
              ${table("further", further)}
            </details>`
          : nothing
      }`;
  }
}

const columns = (lang: Lang, nameOf: (nis: string) => string): Column<Source>[] => [
  {
    title: say(lang, "title"),
    sortBy: (one) => one.title,
    cell: (one) => html`<div>${one.title}<small>${one.provider_text}</small></div>`,
  },
  { title: say(lang, "region"), sortBy: (one) => one.region_title, cell: (one) => one.region_title },
  {
    title: say(lang, "licence"),
    sortBy: (one) => one.licence_text,
    cell: (one) =>
      html`<div>${one.licence_text}<small>${say(lang, one.redistributable ? "mayPass" : "mayNotPass")}</small></div>`,
  },
  {
    title: say(lang, "cadence"),
    sortBy: (one) => one.cadence_text ?? "~",
    cell: (one) => one.cadence_text ?? html`<em class="muted">${say(lang, "noCadence")}</em>`,
  },
  {
    title: say(lang, "grade"),
    sortBy: (one) => one.grade,
    cell: (one) => html`<abbr title=${say(lang, `grade${one.grade}`)}>${one.grade}</abbr>`,
  },
  {
    title: say(lang, "state"),
    sortBy: (one) => one.state,
    cell: (one) => html`<div>${stateWord(lang, one.state)}${loadedOf(lang, one, nameOf)}</div>`,
  },
];

/** The newest of what is loaded and how far it reaches, short. */
function loadedOf(lang: Lang, one: Source, nameOf: (nis: string) => string): TemplateResult | typeof nothing {
  if (!one.datasets.length) return nothing;
  const newest = one.datasets
    .map((found) => found.date)
    .sort()
    .at(-1)!;
  const codes = [...new Set(one.datasets.flatMap((found) => found.municipalities ?? []))];
  const places =
    codes.length > 3 ? say(lang, "manyPlaces", { count: number(lang, codes.length) }) : codes.map(nameOf).join(", ");
  return html`<small
    >${shortDay(lang, newest)}${places ? ` · ${places}` : ""}
    ${one.datasets.some((found) => found.stale) ? staleClock(lang) : nothing}</small
  >`;
}

customElements.define("sp-sources", SourcesPage);
