// What is known of one site, and the figures below the map: every line with its page, its year and its grade.
import { html, nothing, type TemplateResult } from "lit";
import type { Fact, Lang, Site } from "./api";
import { has, say } from "./belgium_words";
import { shortDay } from "./format";
import { siteMark } from "./marks";

/** A word of the page, or the name of the data where there is none. */
export const named = (lang: Lang, name: string): string => (has(name) ? say(lang, name) : name);

/** The point only stands for a section: the site lies somewhere in it. */
export const isNear = (site: Site): boolean => site.precision === "section" || site.precision === "municipality";

/** Date of a fact as precise as the source gives it. */
export function when(lang: Lang, date: string): string {
  if (date === "undated") return say(lang, "undated");
  if (/^\d{4}-\d\d-\d\d$/.test(date)) return shortDay(lang, date);
  if (/^\d{4}-\d\d$/.test(date))
    return new Intl.DateTimeFormat(lang, { month: "short", year: "numeric", timeZone: "UTC" }).format(new Date(date));
  return date.replace("/", "–");
}

/** Links to the pages of a fact, each named by its site. */
const links = (fact: Fact): TemplateResult[] =>
  fact.sources
    .filter((address) => /^https?:\/\//.test(address))
    .map(
      (address, at) =>
        html`${at ? ", " : nothing}<a href=${address} target="_blank" rel="noopener noreferrer"
            >${new URL(address).hostname.replace(/^www\./, "")}</a
          >`,
    );

const grade = (lang: Lang, fact: Fact): string => say(lang, `grade${fact.grade}`);

function factLine(lang: Lang, fact: Fact): TemplateResult {
  return html`<li class="fact">
    ${fact.text}${fact.note ? html` <span class="muted">${fact.note}</span>` : nothing}
    <small>${when(lang, fact.date)} · ${grade(lang, fact)} · ${links(fact)}</small>
  </li>`;
}

export function siteDetail(lang: Lang, site: Site): TemplateResult {
  const groups = Object.entries(site.facts).filter(([, facts]) => facts.length);
  return html`<h2 tabindex="-1">${siteMark(site.site_type, site.status ?? "")} ${site.name}</h2>
    <p class="muted">
      ${site.municipality ?? say(lang, "noMunicipality")} · ${site.texts.region} · ${site.texts.site_type} ·
      ${site.texts.status}
    </p>
    ${groups.map(
      ([name, facts]) =>
        html`<h3>${named(lang, `fact_${name}`)}</h3>
          ${name === "position" && isNear(site) ? html`<p class="muted">${say(lang, "near")}</p>` : nothing}
          <ul>
            ${facts.map((fact) => factLine(lang, fact))}
          </ul>`,
    )}
    ${site.facts["position"] ? nothing : html`<p><b>${say(lang, "noPoint")}</b></p>`}`;
}

/** A table of facts; `head` is the first column, such as the region. */
export function factTable<T extends Fact>(
  lang: Lang,
  items: T[],
  head: { title: string; cell: (item: T) => string } | null,
  told: string,
): TemplateResult {
  const titles = [told, say(lang, "date"), say(lang, "grade"), say(lang, "sources")];
  const cells = (item: T): unknown[] => [
    html`<div>${item.text}${item.note ? html`<small>${item.note}</small>` : nothing}</div>`,
    when(lang, item.date),
    html`<abbr title=${grade(lang, item)}>${item.grade}</abbr>`,
    html`<span>${links(item)}</span>`,
  ];
  return html`<table class="cards facts">
    <thead>
      <tr>
        ${head ? html`<th scope="col">${head.title}</th>` : nothing}
        ${titles.map((title) => html`<th scope="col">${title}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${items.map(
        (item) =>
          html`<tr>
            ${head ? html`<td data-label=${head.title}>${head.cell(item)}</td>` : nothing}
            ${cells(item).map((cell, at) => html`<td data-label=${titles[at]!}>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
