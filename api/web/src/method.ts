// How a verdict and a rank come about, with the set of criteria of a region and type of site. All figures are those of the
// service: limits, lines of values, weights and the order of the answers are asked of it.
import { html, nothing, svg, type TemplateResult } from "lit";
import { api, type Lang } from "./api";
import type { Citation, Limit, Method } from "./api_method";
import { day, number, percent } from "./format";
import { Page } from "./page";
import { outLink } from "./rules_values";
import { speaker } from "./say";
import "./style.css";
import "./pages.css";

const { say } = speaker("method");
const REGIONS = ["flanders", "wallonia", "brussels"] as const;
const TYPES = ["residential", "transit", "family", "temporary", "gathering"] as const;
const ICONS = { fail: "✕", unknown: "?", derogation: "◐", conditional: "○", pass: "●" };
type Criterion = Method["criteria"][number];

class MethodPage extends Page {
  static override properties = { method: { state: true } };
  declare method: Method | undefined;
  protected readonly page = "method";

  private get region(): string {
    return REGIONS.find((one) => one === this.at("region")) ?? "flanders";
  }

  private get type(): string {
    return TYPES.find((one) => one === this.at("type")) ?? "residential";
  }

  protected override async load(): Promise<void> {
    this.method = await api.method({ region: this.region, type: this.type, lang: this.lang });
  }

  protected override render(): TemplateResult {
    const { lang, method } = this;
    return html`${this.headHere()}
      <main class="plain-page method">
        ${this.problemHere()}
        <div class="prose">
          <h1>${say(lang, "heading")}</h1>
          <p>${say(lang, "lead")}</p>
        </div>
        ${method ? this.told(method) : html`<p class="muted">${say(lang, "loading")}</p>`}
      </main>
      ${this.footHere()}`;
  }

  private told(method: Method): TemplateResult {
    const { lang } = this;
    const { draws, least, most, within } = method.ranking;
    const sure = {
      draws: number(lang, draws),
      least: number(lang, least, 1),
      most: number(lang, most, 1),
      within: percent(lang, within),
    };
    return html`<div class="prose">
        <h2>${say(lang, "verdictHow")}</h2>
        <ol>
          <li>${say(lang, "measure")}</li>
          <li>${say(lang, "answers")}</li>
          <li>${say(lang, "strictest")}</li>
          <li>${say(lang, "soFar")}</li>
        </ol>
        ${answers(lang, method)}
        <p>${say(lang, "notForSale")}</p>
        <h2>${say(lang, "rankHow")}</h2>
        <ol>
          <li>${say(lang, "scoring")}</li>
          <li>${say(lang, "ranking")}</li>
          <li>${say(lang, "sure", sure)}</li>
          <li>${say(lang, "ownWeights")}</li>
        </ol>
        <h2>${say(lang, "unknownHow")}</h2>
        <ul>
          ${(["silence", "absence", "tooClose", "notFound"] as const).map((one) => html`<li>${say(lang, one)}</li>`)}
        </ul>
        <h2>${say(lang, "law")}</h2>
        <p>${say(lang, "lawHow", { version: method.pack_version })}</p>
        <p class="ways">
          <a href="rules.html#lang=${lang}">${say(lang, "toRules")}</a>
          <a href="sources.html#lang=${lang}">${say(lang, "toSources")}</a>
          <a href="help.html#lang=${lang}&part=words">${say(lang, "toHelp")}</a>
        </p>
        <h2>${say(lang, "set")}</h2>
        <p>${say(lang, "setHow")}</p>
      </div>
      ${this.choice()} ${criteriaSet(lang, method)}`;
  }

  private choice(): TemplateResult {
    const { lang } = this;
    const select = <T extends "region" | "type">(
      id: T,
      chosen: string,
      options: readonly (T extends "region" ? (typeof REGIONS)[number] : (typeof TYPES)[number])[],
    ): TemplateResult => {
      const change = (event: Event): void => {
        this.set({ [id]: (event.target as HTMLSelectElement).value });
        void this.guard(() => this.load());
      };
      return html`<label>
        ${say(lang, id)}
        <select id=${id} @change=${change}>
          ${options.map((one) => html`<option value=${one} ?selected=${one === chosen}>${say(lang, one)}</option>`)}
        </select>
      </label>`;
    };
    return html`<form class="filters" @submit=${(event: Event) => event.preventDefault()}>
      ${select("region", this.region, REGIONS)} ${select("type", this.type, TYPES)}
    </form>`;
  }
}

/** The five answers of a condition, the strictest first. */
const answers = (lang: Lang, method: Method): TemplateResult =>
  html`<table id="answers" class="cards">
    <thead>
      <tr>
        <th scope="col">${say(lang, "answer")}</th>
        <th scope="col">${say(lang, "meaning")}</th>
        <th scope="col">${say(lang, "verdict")}</th>
      </tr>
    </thead>
    <tbody>
      ${method.states.map(
        ({ state, title, verdict_title }) =>
          html`<tr>
            <td data-label=${say(lang, "answer")} class="nowrap">
              <span><span class="state" aria-hidden="true">${ICONS[state]}</span> ${title}</span>
            </td>
            <td data-label=${say(lang, "meaning")}>${say(lang, `means_${state}`)}</td>
            <td data-label=${say(lang, "verdict")} class="nowrap">${verdict_title}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;

/** The page of a figure: a rule opens on the page of rules, anything else where it was read. */
function cited(lang: Lang, found: Citation | null): TemplateResult | typeof nothing {
  if (found?.rule) return html`<a href="rules.html#lang=${lang}&rule=${found.rule}">${found.title ?? found.rule}</a>`;
  return found?.url ? html`${outLink(found.url, new URL(found.url).hostname.replace(/^www\./, ""))}` : nothing;
}

const limitLine = (lang: Lang, one: Limit): TemplateResult =>
  html`<li>
    ${one.text}
    <small>${one.kind_title} ${cited(lang, one.citation)}${one.note ? html` · ${one.note}` : nothing}</small>
  </li>`;

function criteriaSet(lang: Lang, method: Method): TemplateResult {
  const { profile } = method;
  const edition = { title: profile.title, version: profile.version, day: day(lang, profile.published) };
  return html`<p class="muted" role="status">
      ${say(lang, "edition", edition)}
      ${profile.usable_for ? say(lang, "result", { text: profile.usable_for }) : nothing}
    </p>
    <h3>${say(lang, "conditions")}</h3>
    ${conditions(lang, method)}
    <h3>${say(lang, "criteria")}</h3>
    ${criteria(lang, method)}
    <h3>${say(lang, "pitch")}</h3>
    <ul class="limits">
      ${method.pitch.map((one) => limitLine(lang, one))}
    </ul>`;
}

const conditions = (lang: Lang, method: Method): TemplateResult =>
  html`<table id="conditions" class="cards">
    <thead>
      <tr>
        <th scope="col">${say(lang, "condition")}</th>
        <th scope="col">${say(lang, "limits")}</th>
        <th scope="col">${say(lang, "owed")}</th>
      </tr>
    </thead>
    <tbody>
      ${method.constraints.map(
        (one) =>
          html`<tr>
            <td data-label=${say(lang, "condition")}>
              <div>${one.title}<small>${cited(lang, one.rule)}</small></div>
            </td>
            <td data-label=${say(lang, "limits")}>
              <ul class="limits">
                ${one.id === "zoning" ? html`<li>${say(lang, "byLaw")}</li>` : nothing}
                ${
                  one.classes_text
                    ? html`<li>${one.classes_text} <small>${one.classes_kind_title ?? nothing}</small></li>`
                    : nothing
                }
                ${one.limits.map((limit) => limitLine(lang, limit))}
                ${one.exceptions.map((other) => html`<li>${other.text} <small>${cited(lang, other.citation)}</small></li>`)}
              </ul>
            </td>
            <td data-label=${say(lang, "owed")}>
              ${one.condition ? html`<div>${one.condition.what}<small>${one.condition.who}</small></div>` : "–"}
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;

const criteria = (lang: Lang, method: Method): TemplateResult =>
  html`<table id="criteria" class="cards">
    <thead>
      <tr>
        <th scope="col">${say(lang, "criterion")}</th>
        <th scope="col">${say(lang, "value")}</th>
        <th scope="col">${say(lang, "weight")}</th>
        <th scope="col">${say(lang, "whose")}</th>
      </tr>
    </thead>
    <tbody>
      ${method.criteria.map(
        (one) =>
          html`<tr>
            <td data-label=${say(lang, "criterion")}>
              <div>${one.title}${one.note ? html`<small>${one.note}</small>` : nothing}</div>
            </td>
            <td data-label=${say(lang, "value")}>
              <div class="value">${curve(one)} <span>${points(lang, one)}</span></div>
            </td>
            <td data-label=${say(lang, "weight")} class="figure">${percent(lang, one.share)}</td>
            <td data-label=${say(lang, "whose")}>
              <div>${one.kind_title}<small>${cited(lang, one.citation)}</small></div>
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;

/** A figure in the unit of a criterion. */
function measured(lang: Lang, unit: Criterion["unit"], value: number): string {
  if (unit === "share") return percent(lang, value);
  if (unit === "min") return say(lang, "minutes", { count: number(lang, value) });
  const units = { m: " m", m2: " m²", degrees: "°", count: "", class: "" };
  return `${number(lang, value, 1)}${units[unit]}`;
}

/** The line of values in words: "100 m → 1 · 3 000 m → 0". */
function points(lang: Lang, one: Criterion): string {
  const told = one.points.length
    ? one.points.map(([at, value]) => `${measured(lang, one.unit, at)} → ${number(lang, value, 2)}`)
    : one.values.map(({ title, value }) => `${title} → ${number(lang, value, 2)}`);
  return told.join(" · ");
}

/** The line of values as a small drawing beside its words. */
function curve(one: Criterion): TemplateResult | typeof nothing {
  const first = one.points[0];
  const last = one.points.at(-1);
  if (!first || !last) return nothing;
  const [width, height] = [96, 32];
  const x = (at: number): number => 2 + ((at - first[0]) / (last[0] - first[0])) * (width - 4);
  const y = (value: number): number => height - 3 - value * (height - 6);
  return html`<svg class="curve" viewBox="0 0 ${width} ${height}" width=${width} height=${height} aria-hidden="true">
    ${svg`<path class="axes" d="M1 2V${height - 2}H${width - 1}" />
      <polyline points=${one.points.map(([at, value]) => `${x(at)},${y(value)}`).join(" ")} />`}
  </svg>`;
}
customElements.define("sp-method", MethodPage);
