// The page of rules: subsidy regimes over time, every rule in a table, one rule in full, all of them as of a day.
import { html, nothing, type TemplateResult } from "lit";
import { api, type Lang, type Regime, type Rule, type Rules } from "./api";
import { shortDay } from "./format";
import { list, type Column, type Sort } from "./list";
import { Page } from "./page";
import { clock, gradeWords, named, ruleDetail } from "./rules_detail";
import { say } from "./rules_words";
import { sheet } from "./sheet";
import { timeline } from "./timeline";
import "./style.css";
import "./pages.css";

const REGIONS = ["flanders", "wallonia", "brussels", "german-speaking-community", "elsewhere"];
const KINDS = ["subsidy", "zoning", "norm", "permit", "definition"];
const keyOf = (rule: Rule): string => `${rule.id} ${rule.valid_from ?? ""}`;
const value = (event: Event): string => (event.target as HTMLInputElement | HTMLSelectElement).value;

class RulesPage extends Page {
  static override properties = {
    found: { state: true },
    regimes: { state: true },
    sort: { state: true },
  };
  declare found: Rules | undefined;
  declare regimes: Regime[];
  declare sort: Sort;
  protected readonly page = "rules";
  private loaded = "";

  constructor() {
    super();
    this.regimes = [];
    this.sort = { column: 0, down: false };
  }

  private get asOf(): string {
    return this.at("as_of") || this.meta?.today || "";
  }

  protected override async load(): Promise<void> {
    const query = { as_of: this.asOf, lang: this.lang };
    if (this.loaded !== JSON.stringify(query)) {
      const [rules, regimes] = await Promise.all([api.rules(query), api.regimes(query)]);
      [this.found, this.regimes, this.loaded] = [rules, regimes.items, JSON.stringify(query)];
    }
    this.requestUpdate();
  }

  /** The rule of the address: the version named, else the one that holds, else the last. */
  private get chosen(): Rule | undefined {
    const versions = this.versions;
    const version = this.at("version");
    return (
      versions.find((one) => version && one.valid_from === version) ??
      versions.find((one) => one.in_force) ??
      versions.at(-1)
    );
  }

  private get versions(): Rule[] {
    // A regime is also known by its short name, such as VL-2000.
    const id = this.at("rule");
    return this.found?.items.filter((one) => id && (one.id === id || one.values["regime"] === id)) ?? [];
  }

  private async choose(id: string, version: string | null = null): Promise<void> {
    this.set({ rule: id, version });
    await this.updateComplete;
    this.querySelector<HTMLElement>("aside h2")?.focus();
  }

  private async leave(): Promise<void> {
    const id = this.chosen?.id;
    this.set({ rule: null, version: null });
    await this.updateComplete;
    this.querySelector<HTMLElement>(`tr[data-key^="${id} "]`)?.focus();
  }

  private get shown(): Rule[] {
    const wanted = this.at("q").toLocaleLowerCase(this.lang).split(/\s+/).filter(Boolean);
    return (this.found?.items ?? []).filter((rule) => {
      if (this.at("region") && rule.region !== this.at("region")) return false;
      if (this.at("kind") && rule.kind !== this.at("kind")) return false;
      if (this.at("holds") && !rule.in_force) return false;
      const text = [rule.id, rule.title, rule.act, rule.numac, ...rule.articles, rule.values["regime"]].join(" ");
      return wanted.every((one) => text.toLocaleLowerCase(this.lang).includes(one));
    });
  }

  protected override render(): TemplateResult {
    const { lang } = this;
    const rule = this.chosen;
    return html`${this.headHere()}
      <main class="reading">
        <div class="body">
          <h1>${say(lang, "heading")}</h1>
          ${this.problemHere()} ${this.filters()}
          ${this.found ? this.told(this.found) : html`<p class="muted">${say(lang, "loading")}</p>`}
        </div>
        ${sheet({
          open: rule !== undefined,
          empty: say(lang, "choose"),
          close: say(lang, "close"),
          leave: () => void this.leave(),
          content: () =>
            ruleDetail({
              lang,
              rule: rule!,
              versions: this.versions,
              choose: (one) => void this.choose(one.id, one.valid_from),
            }),
        })}
      </main>
      ${this.footHere()}`;
  }

  private filters(): TemplateResult {
    const { lang } = this;
    const select = (id: "region" | "kind", names: string[]): TemplateResult =>
      html`<label>
        ${say(lang, id)}
        <select id=${id} @change=${(event: Event) => this.set({ [id]: value(event) })}>
          <option value="">${say(lang, "all")}</option>
          ${names.map(
            (one) => html`<option value=${one} ?selected=${one === this.at(id)}>${named(lang, one)}</option>`,
          )}
        </select>
      </label>`;
    const dated = (event: Event): void => {
      this.set({ as_of: value(event) });
      void this.guard(() => this.load());
    };
    return html`<form class="filters" role="search" @submit=${(event: Event) => event.preventDefault()}>
      <label>
        ${say(lang, "asOf")} <input id="as-of" type="date" min="1970-01-01" .value=${this.asOf} @change=${dated} />
      </label>
      ${select("region", REGIONS)} ${select("kind", KINDS)}
      <label>
        ${say(lang, "search")}
        <input
          id="search"
          type="search"
          .value=${this.at("q")}
          @input=${(event: Event) => this.set({ q: value(event) })}
        />
      </label>
      <label class="tick-box">
        <input
          id="holding"
          type="checkbox"
          .checked=${Boolean(this.at("holds"))}
          @change=${(event: Event) => this.set({ holds: (event.target as HTMLInputElement).checked ? "1" : null })}
        />
        <span>${say(lang, "onlyHolding")}</span>
      </label>
    </form>`;
  }

  private told(found: Rules): TemplateResult {
    const { lang, shown } = this;
    const region = this.at("region");
    const rule = this.chosen;
    return html`${timeline({
        lang,
        regimes: this.regimes,
        regions: region ? [region] : REGIONS,
        asOf: this.asOf,
        selected: this.chosen?.id ?? "",
        choose: (id) => void this.choose(id),
      })}
      <section aria-labelledby="all-rules">
        <h2 id="all-rules">${say(lang, "rules")}</h2>
        <p class="count" role="status">
          ${say(lang, "count", {
            count: shown.length,
            total: found.items.length,
            holding: shown.filter((one) => one.in_force).length,
            day: shortDay(lang, this.asOf),
          })}
          · ${say(lang, "pack", { version: found.pack_version })}
        </p>
        ${
          shown.length
            ? list({
                id: "rules",
                columns: columns(lang),
                items: shown,
                keyOf,
                sort: this.sort,
                order: (sort) => (this.sort = sort),
                choose: (key) => void this.choose(key.split(" ")[0]!, key.split(" ")[1] || null),
                selected: rule && keyOf(rule),
              })
            : html`<p class="muted">${say(lang, "none")}</p>`
        }
      </section>`;
  }
}

const columns = (lang: Lang): Column<Rule>[] => [
  {
    title: say(lang, "title"),
    sortBy: (rule) => rule.title,
    cell: (rule) => html`<div>${rule.title}<small>${rule.values["regime"] ?? rule.articles.join("; ")}</small></div>`,
  },
  { title: say(lang, "kind"), sortBy: (rule) => named(lang, rule.kind), cell: (rule) => named(lang, rule.kind) },
  { title: say(lang, "region"), sortBy: (rule) => named(lang, rule.region), cell: (rule) => named(lang, rule.region) },
  {
    title: say(lang, "holds"),
    sortBy: (rule) => (rule.in_force ? 0 : 1),
    cell: (rule) =>
      rule.in_force
        ? html`<b class="nowrap">● ${say(lang, "yes")}</b>`
        : html`<span class="nowrap muted">○ ${say(lang, "no")}</span>`,
  },
  {
    title: say(lang, "from"),
    sortBy: (rule) => rule.valid_from ?? "",
    figure: true,
    cell: (rule) => (rule.valid_from ? shortDay(lang, rule.valid_from) : say(lang, "undated")),
  },
  {
    title: say(lang, "to"),
    sortBy: (rule) => rule.valid_to ?? "9999",
    figure: true,
    cell: (rule) => (rule.valid_to ? shortDay(lang, rule.valid_to) : say(lang, "open")),
  },
  {
    title: say(lang, "grade"),
    sortBy: (rule) => rule.grade,
    cell: (rule) => html`<abbr title=${gradeWords(lang, rule.grade)}>${rule.grade}</abbr>`,
  },
  {
    title: say(lang, "checked"),
    sortBy: (rule) => rule.checked_on,
    figure: true,
    cell: (rule) => html`${shortDay(lang, rule.checked_on)} ${rule.checked_stale ? clock(lang) : nothing}`,
  },
];
customElements.define("sp-rules", RulesPage);
