// The plain list of subsidy files, each with the answer that was kept for its own date.
import { html, type TemplateResult } from "lit";
import { api, type Lang, type SubsidyFile, type Yearly } from "./api";
import { money, number, shortDay } from "./format";
import { list, type Column, type Sort } from "./list";
import { Page } from "./page";
import { speaker } from "./say";
import "./style.css";
import "./pages.css";

const { say } = speaker("files");
const ICONS = { yes: "●", no: "✕", unknown: "?" };

/** Euros between low and high; what is not known says so. */
function amount(lang: Lang, { low, high }: { low: string | null; high: string | null }): string {
  if (high === null) return low === null || Number(low) === 0 ? say(lang, "notKnown") : `≥ ${money(lang, low)}`;
  if (low === null) return `≤ ${money(lang, high)}`;
  return Number(low) === Number(high) ? money(lang, low) : `${money(lang, low)} – ${money(lang, high)}`;
}

/** Flat aid that comes each year, with its regime. */
const yearly = (lang: Lang, { regime, amount: euros, per }: Yearly): string =>
  `${regime}: + ${euros === null ? say(lang, "notKnown") : money(lang, euros)} ${per === "year" ? say(lang, "perYear") : per}`;

const columns = (lang: Lang): Column<SubsidyFile>[] => [
  {
    title: say(lang, "title"),
    sortBy: (file) => file.title,
    cell: (file) => html`<div>${file.title}<small>${file.id} · ${shortDay(lang, file.created)}</small></div>`,
  },
  {
    title: say(lang, "place"),
    sortBy: (file) => file.municipality?.name ?? "",
    cell: (file) => file.municipality?.name ?? "–",
  },
  {
    title: say(lang, "type"),
    sortBy: (file) => file.site_type,
    cell: (file) => say(lang, file.site_type as "transit"),
  },
  { title: say(lang, "initiator"), sortBy: (file) => file.initiator_title, cell: (file) => file.initiator_title },
  { title: say(lang, "asOf"), sortBy: (file) => file.as_of, figure: true, cell: (file) => shortDay(lang, file.as_of) },
  {
    title: say(lang, "verdict"),
    sortBy: (file) => file.verdict,
    cell: (file) =>
      html`<span class="nowrap"><span aria-hidden="true">${ICONS[file.verdict]}</span> ${file.verdict_title}</span>`,
  },
  {
    title: say(lang, "regimes"),
    sortBy: (file) => file.regimes[0]?.id ?? "",
    cell: (file) =>
      file.regimes.length
        ? html`<div>
            ${file.regimes.map((one) => html`<div title=${one.title}>${one.id}: ${one.status_title}</div>`)}
          </div>`
        : "–",
  },
  {
    title: say(lang, "costs"),
    sortBy: (file) => Number(file.costs_total),
    figure: true,
    cell: (file) => money(lang, file.costs_total),
  },
  {
    title: say(lang, "subsidy"),
    sortBy: (file) => Number(file.subsidy_total.high ?? -1),
    figure: true,
    cell: (file) =>
      html`<div>
        ${amount(lang, file.subsidy_total)}
        ${(file.yearly ?? []).map((one) => html`<small>${yearly(lang, one)}</small>`)}
      </div>`,
  },
  {
    title: say(lang, "documents"),
    sortBy: (file) => file.documents_count,
    figure: true,
    cell: (file) => number(lang, file.documents_count),
  },
  {
    title: say(lang, "notes"),
    sortBy: (file) => file.notes_count,
    figure: true,
    cell: (file) => number(lang, file.notes_count),
  },
];

class FilesPage extends Page {
  static override properties = { items: { state: true }, sort: { state: true } };
  declare items: SubsidyFile[] | undefined;
  declare sort: Sort;
  protected readonly page = "files";

  constructor() {
    super();
    this.sort = { column: -1, down: false };
  }

  protected override async load(): Promise<void> {
    // Files are drafts of an administration: the public view does not ask for them.
    if (!this.meta?.public) this.items = (await api.files({ lang: this.lang })).items;
  }

  protected override render(): TemplateResult {
    const { lang, items } = this;
    return html`${this.headHere()}
      <main class="plain-page">
        ${this.noticeHere()}
        <h1>${say(lang, "heading")}</h1>
        ${this.problem ? this.problemHere() : this.told(items)}
      </main>
      ${this.footHere()}`;
  }

  private told(items: SubsidyFile[] | undefined): TemplateResult {
    const { lang } = this;
    if (this.meta?.public) return html`<p>${say(lang, "notPublic")}</p>`;
    if (!items) return html`<p class="muted">${say(lang, "loading")}</p>`;
    if (!items.length) return html`<p>${say(lang, "empty")} <code>standplaats files new</code></p>`;
    return html`<p class="muted">${say(lang, "about")}</p>
      <p class="count">${say(lang, "count", { count: items.length })}</p>
      ${list({
        id: "files",
        columns: columns(lang),
        items,
        keyOf: (file) => String(file.id),
        sort: this.sort,
        order: (sort) => (this.sort = sort),
      })}`;
  }
}
customElements.define("sp-files", FilesPage);
