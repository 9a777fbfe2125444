// The page of existing sites: a map and a table of the same sites, one site in full, and the figures below them.
import { html, nothing, type TemplateResult } from "lit";
import { api, type Lang, type Place, type Series, type Site, type Sites } from "./api";
import type { Need, Safeguards } from "./api_figures";
import { needTable, safeguardsTable } from "./belgium_figures";
import { createSiteMap, type MapName, type MapSite, type SiteMap } from "./belgium_map";
import { factTable, isNear, named, siteDetail } from "./belgium_parts";
import { say } from "./belgium_words";
import { shortDay } from "./format";
import { list, type Column, type Sort } from "./list";
import { siteMark } from "./marks";
import { Page } from "./page";
import { sheet } from "./sheet";
import "./style.css";
import "./pages.css";

type Feature = Sites["features"][number];
type Filter = "region" | "type" | "status";
/** Where the names of the regions are written. */
const REGIONS: [string, [number, number]][] = [
  ["flanders", [3.05, 51.12]],
  ["wallonia", [4.75, 50.08]],
  ["german-speaking-community", [5.97, 50.3]],
];

class BelgiumPage extends Page {
  static override properties = {
    found: { state: true },
    series: { state: true },
    need: { state: true },
    safeguards: { state: true },
    places: { state: true },
    sort: { state: true },
  };
  declare found: Feature[] | undefined;
  declare series: Series | undefined;
  declare need: Need | undefined;
  declare safeguards: Safeguards | undefined;
  declare places: Place[];
  declare sort: Sort;
  protected readonly page = "belgium";
  private map: SiteMap | undefined;

  constructor() {
    super();
    this.sort = { column: 1, down: false };
    this.places = [];
  }

  protected override async load(): Promise<void> {
    const query = { lang: this.lang };
    const [sites, series] = await Promise.all([api.sites(query), api.series(query)]);
    // Fictional sites of a demonstration have no source: they are on the map of candidates, not here.
    this.found = sites.features.filter((one) => !one.properties.fictional);
    this.series = series;
    await this.updateComplete;
    this.draw();
    // The map and its table do not wait for these.
    const [safeguards, places] = await Promise.all([api.safeguards(query), api.sourcePlaces(), this.loadNeed()]);
    [this.safeguards, this.places] = [safeguards, places.items];
  }

  /** Country and regions, and the municipality asked for. */
  private async loadNeed(): Promise<void> {
    const { lang } = this;
    const municipality = this.at("place");
    const [all, one] = await Promise.all([
      api.need({ lang }),
      municipality ? api.need({ lang, municipality }) : undefined,
    ]);
    this.need = one ? { ...all, items: [...all.items, ...one.items], ways: one.ways } : all;
  }

  private draw(): void {
    const container = this.querySelector<HTMLElement>("#map");
    const regions = REGIONS.map(([name, at]) => ({ name: named(this.lang, name), at }));
    if (!container || !this.found) return;
    if (this.map) this.map.name(regions);
    else {
      const names = { regions, places: placeNames(this.found) };
      const borders = !this.meta?.demo;
      this.map = createSiteMap(container, mapSites(this.shown), names, borders, (id) => void this.choose(id));
    }
    this.filtered();
  }

  private filtered(): void {
    const chosen = this.chosen;
    this.map?.show(mapSites(this.shown));
    this.map?.select(chosen?.id ?? "", chosen?.geometry?.coordinates ?? null);
  }

  private get chosen(): Feature | undefined {
    return this.found?.find((one) => one.id === this.at("site"));
  }

  private get shown(): Feature[] {
    const wanted: [Filter, keyof Site][] = [
      ["region", "region"],
      ["type", "site_type"],
      ["status", "status"],
    ];
    return (this.found ?? []).filter(({ properties }) =>
      wanted.every(([key, name]) => !this.at(key) || properties[name] === this.at(key)),
    );
  }

  private async choose(id: string): Promise<void> {
    this.set({ site: id });
    this.filtered();
    await this.updateComplete;
    this.querySelector(`tr[data-key="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
    this.querySelector<HTMLElement>("aside h2")?.focus({ preventScroll: true });
  }

  private async leave(): Promise<void> {
    const id = this.at("site");
    this.set({ site: null });
    this.filtered();
    await this.updateComplete;
    this.querySelector<HTMLElement>(`tr[data-key="${CSS.escape(id)}"]`)?.focus();
  }

  protected override render(): TemplateResult {
    const { lang, chosen } = this;
    return html`${this.headHere()}
      <main class="reading belgium">
        <div class="body">
          ${this.problemHere()}
          ${this.meta?.demo ? html`<p class="notice" role="note">${say(lang, "real")}</p>` : nothing}
          <h1>${say(lang, "heading")}</h1>
          <p class="muted">
            ${say(lang, "about")}
            ${this.series ? say(lang, "checked", { day: shortDay(lang, this.series.checked_on) }) : nothing}
          </p>
          ${this.found ? this.told(this.found) : html`<p class="muted">${say(lang, "loading")}</p>`}
          ${this.series ? this.figures(this.series) : nothing}
        </div>
        ${sheet({
          open: chosen !== undefined,
          empty: say(lang, "choose"),
          close: say(lang, "close"),
          leave: () => void this.leave(),
          content: () => siteDetail(lang, chosen!.properties),
        })}
      </main>
      ${this.footHere()}`;
  }

  private told(found: Feature[]): TemplateResult {
    const { lang, shown } = this;
    const absent = shown.filter((one) => !one.geometry).length;
    return html`<form class="filters" role="search" @submit=${(event: Event) => event.preventDefault()}>
        ${this.filter("region", (site) => [site.region, site.texts.region])}
        ${this.filter("type", (site) => [site.site_type, site.texts.site_type])}
        ${this.filter("status", (site) => [site.status ?? "", site.texts.status])}
      </form>
      <p class="count" role="status">${say(lang, "count", { count: shown.length, total: found.length, absent })}</p>
      <div class="equals">
        <div class="frame">
          <div id="map" role="region" aria-label=${say(lang, "map")}></div>
          <span class="aim" aria-hidden="true"></span>
        </div>
        <div class="sites">
          ${
            shown.length
              ? list({
                  id: "sites",
                  columns: columns(lang),
                  items: shown,
                  keyOf: (one) => one.id,
                  sort: this.sort,
                  order: (sort) => (this.sort = sort),
                  choose: (id) => void this.choose(id),
                  selected: this.at("site"),
                })
              : html`<p class="muted">${say(lang, "none")}</p>`
          }
        </div>
      </div>
      ${legend(lang)}`;
  }

  private filter(name: Filter, of: (site: Site) => [string, string]): TemplateResult {
    const options = new Map((this.found ?? []).map((one) => of(one.properties)));
    const change = (event: Event): void => {
      this.set({ [name]: (event.target as HTMLSelectElement).value });
      this.filtered();
    };
    return html`<label>
      ${say(this.lang, name)}
      <select id=${name} @change=${change}>
        <option value="">${say(this.lang, "all")}</option>
        ${[...options].map(
          ([value, title]) => html`<option value=${value} ?selected=${value === this.at(name)}>${title}</option>`,
        )}
      </select>
    </label>`;
  }

  private placeForm(): TemplateResult {
    const { lang, places } = this;
    const change = (event: Event): void => {
      const field = event.target as HTMLInputElement;
      const text = field.value.trim().toLocaleLowerCase(lang);
      const found = places.find((one) => text.startsWith(one.nis) || one.name[lang].toLocaleLowerCase(lang) === text);
      field.setCustomValidity(found || !text ? "" : say(lang, "noPlace"));
      if (!field.reportValidity()) return;
      this.set({ place: found?.nis ?? null });
      void this.guard(() => this.loadNeed());
    };
    const chosen = places.find((one) => one.nis === this.at("place"));
    return html`<form class="filters" @submit=${(event: Event) => event.preventDefault()}>
      <label>
        ${say(lang, "ofPlace")}
        <input
          id="place"
          list="places"
          autocomplete="off"
          placeholder=${say(lang, "placeHint")}
          .value=${chosen ? `${chosen.nis} ${chosen.name[lang]}` : this.at("place")}
          @change=${change}
        />
      </label>
      <datalist id="places">
        ${places.map(({ nis, name }) => html`<option value="${nis} ${name[lang]}"></option>`)}
      </datalist>
    </form>`;
  }

  private figures(series: Series): TemplateResult {
    const { lang } = this;
    const region = { title: say(lang, "region"), cell: (one: { region: string }) => named(lang, one.region) };
    const place = { title: say(lang, "municipality"), cell: (one: { municipality: string }) => one.municipality };
    const figure = say(lang, "figure");
    return html`<h2>${say(lang, "gapTitle")}</h2>
      <p class="muted">${say(lang, "gapHow")}</p>
      ${this.placeForm()} ${this.need ? needTable(lang, this.need) : html`<p class="muted">${say(lang, "loading")}</p>`}
      <h2>${say(lang, "safeguards")}</h2>
      <p class="muted">${say(lang, "safeguardsHow")}</p>
      ${this.safeguards ? safeguardsTable(lang, this.safeguards) : html`<p class="muted">${say(lang, "loading")}</p>`}
      <h2>${say(lang, "totals")}</h2>
      ${factTable(lang, series.totals.items, region, figure)}
      <h2>${say(lang, "need")}</h2>
      <p class="muted">${say(lang, "needHow")}</p>
      ${factTable(lang, series.need.items, region, figure)}
      <h2>${say(lang, "hp")}</h2>
      ${factTable(lang, series.hp_series.items, null, figure)}
      <h2>${say(lang, "notes")}</h2>
      ${factTable(lang, series.municipality_notes.items, place, say(lang, "note"))}`;
  }
}

const mapSites = (found: Feature[]): MapSite[] =>
  found.flatMap(({ id, geometry, properties }) =>
    geometry
      ? [
          {
            id,
            type: properties.site_type,
            status: properties.status ?? "",
            at: geometry.coordinates,
            near: isNear(properties),
          },
        ]
      : [],
  );

/** One name per municipality, at the first of its sites; the capital always, to find one's way. */
function placeNames(found: Feature[]): MapName[] {
  const names = new Map<string, [number, number]>([["Bruxelles / Brussel", [4.352, 50.847]]]);
  for (const { geometry, properties } of found)
    if (geometry && properties.municipality && !names.has(properties.municipality))
      names.set(properties.municipality, geometry.coordinates);
  return [...names].map(([name, at]) => ({ name, at }));
}

function legend(lang: Lang): TemplateResult {
  return html`<p class="legend-line">
    ${(["residential", "transit", "temporary"] as const).map(
      (type) => html`<span>${siteMark(type, "planned")} ${say(lang, type)}</span>`,
    )}
    <span>${siteMark("residential", "open")} ${say(lang, "open")}</span>
    <span>${siteMark("residential", "planned")} ${say(lang, "planned")}</span>
    <span>${siteMark("residential", "closed")} ${say(lang, "gone")}</span>
    <span>${siteMark("residential", "unknown")} ${say(lang, "unknownStatus")}</span>
    <span
      ><svg class="ring" viewBox="0 0 22 22" width="20" height="20" aria-hidden="true">
        <circle cx="11" cy="11" r="9" />
      </svg>
      ${say(lang, "nearLegend")}</span
    >
  </p>`;
}

const columns = (lang: Lang): Column<Feature>[] => [
  {
    title: say(lang, "site"),
    sortBy: ({ properties }) => properties.name,
    cell: ({ properties: site }) =>
      html`<div>
        ${siteMark(site.site_type, site.status ?? "")} ${site.name}<small>${site.texts.site_type}</small>
      </div>`,
  },
  {
    title: say(lang, "municipality"),
    sortBy: ({ properties }) => properties.municipality ?? "~",
    cell: ({ properties: site }) =>
      html`<div>${site.municipality ?? say(lang, "noMunicipality")}<small>${site.texts.region}</small></div>`,
  },
  {
    title: say(lang, "status"),
    sortBy: ({ properties }) => properties.texts.status,
    cell: ({ properties }) => properties.texts.status,
  },
  {
    title: say(lang, "pitches"),
    sortBy: ({ properties }) => parseInt(properties.texts.pitches.replace(/^\D+/, "")) || -1,
    cell: ({ properties }) => properties.texts.pitches || html`<em>${say(lang, "notFound")}</em>`,
  },
  {
    title: say(lang, "precision"),
    sortBy: ({ geometry, properties }) => (geometry ? properties.precision : "~"),
    cell: ({ geometry, properties }) =>
      geometry ? named(lang, `at_${properties.precision}`) : html`<b>${say(lang, "at_none")}</b>`,
  },
];
customElements.define("sp-belgium", BelgiumPage);
