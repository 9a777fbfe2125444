// Supply against need, and the checks of existing sites, by region. What nobody states says so; it is never a zero.
import { html, nothing, type TemplateResult } from "lit";
import type { Interval, Lang } from "./api";
import type { CheckedRegion, CheckedSite, Need, NeedLine, Safeguards } from "./api_figures";
import { say } from "./belgium_words";
import { number, shortDay } from "./format";
import { outLink } from "./rules_values";

type Cell = [title: string, content: unknown, figure?: boolean];
const STATES = ["fail", "unknown", "conditional", "pass"] as const;
const ICONS = { fail: "✕", unknown: "?", conditional: "○", pass: "●", derogation: "◐" };

/** A range in words: "45–80", "at least 143". */
function span(lang: Lang, { low, high }: Interval): string {
  if (low === null && high === null) return say(lang, "notKnown");
  if (high === null) return low ? say(lang, "atLeast", { count: number(lang, low) }) : say(lang, "notKnown");
  if (low === null) return say(lang, "atMost", { count: number(lang, high) });
  return low === high ? number(lang, low) : `${number(lang, low)}–${number(lang, high)}`;
}

const missing = (text: string): TemplateResult => html`<em>${text}</em>`;
const small = (text: string): TemplateResult => html`<small>${text}</small>`;

/** A plain table; on a narrow screen each row becomes a card of the same cells. */
function table(id: string, rows: Cell[][]): TemplateResult {
  return html`<table id=${id} class="cards figures">
    <thead>
      <tr>
        ${rows[0]?.map(([title]) => html`<th scope="col">${title}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (cells) =>
          html`<tr>
            ${cells.map(
              ([title, content, figure]) =>
                html`<td data-label=${title} class=${figure ? "figure" : ""}>${content}</td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

export function needTable(lang: Lang, need: Need): TemplateResult {
  const rows = need.items.map((one): Cell[] => [
    [say(lang, "where"), one.level === "country" ? html`<b>${one.name}</b>` : one.name],
    [say(lang, "type"), say(lang, one.site_type as "transit")],
    [say(lang, "openSites"), sitesOf(lang, one)],
    [say(lang, "supply"), supplyOf(lang, one)],
    [say(lang, "needed"), needOf(lang, one)],
    [say(lang, "gap"), gapOf(lang, one)],
  ]);
  return html`${table("need", rows)} ${need.ways.map((way) => html`<p class="muted">${way.text}</p>`)}`;
}

function sitesOf(lang: Lang, { supply }: NeedLine): unknown {
  if (!supply) return missing(say(lang, "noSite"));
  const notes: string[] = [];
  if (supply.doubtful.length) notes.push(say(lang, "doubtful", { count: supply.doubtful.length }));
  if (supply.fictional) notes.push(say(lang, "fictional", { count: supply.fictional }));
  return html`<div>${supply.sites.length} ${notes.map(small)}</div>`;
}

function supplyOf(lang: Lang, { supply }: NeedLine): unknown {
  if (!supply) return "–";
  const { uncounted } = supply;
  return html`<div>
    ${span(lang, supply)} ${uncounted.length ? small(say(lang, "uncounted", { count: uncounted.length })) : nothing}
  </div>`;
}

function needOf(lang: Lang, { need, survey, level }: NeedLine): unknown {
  if (survey)
    return html`<div>${span(lang, survey)}<small>${survey.method} · ${shortDay(lang, survey.date)}</small></div>`;
  if (need) return span(lang, need);
  return missing(say(lang, level === "municipality" ? "noSurvey" : "noEstimate"));
}

function gapOf(lang: Lang, { gap, supply }: NeedLine): unknown {
  if (!gap) return missing(say(lang, "notKnown"));
  return html`<div>
    ${span(lang, gap)} ${supply && !supply.complete ? small(say(lang, "perhapsSmaller")) : nothing}
  </div>`;
}

export function safeguardsTable(lang: Lang, found: Safeguards): TemplateResult {
  const rows = found.items.map((one): Cell[] => [
    [say(lang, "region"), one.name],
    [say(lang, "checkedOf"), checkedOf(lang, one)],
    [say(lang, "hazards"), counts(lang, one, "hazard")],
    [say(lang, "isolation"), counts(lang, one, "isolation")],
  ]);
  const sites = found.items.flatMap((one) => one.sites);
  return html`${table("safeguards", rows)}
  ${
    sites.length
      ? html`<details>
          <summary>${say(lang, "eachSite", { count: sites.length })}</summary>
          ${table(
            "checked-sites",
            sites.map((one) => siteRow(lang, one)),
          )}
        </details>`
      : nothing
  }
  ${
    found.yardstick.text
      ? html`<p class="muted">
          ${found.yardstick.text} ${outLink(found.yardstick.source, new URL(found.yardstick.source).hostname)}
        </p>`
      : nothing
  }
  ${
    found.sources.length
      ? html`<details>
          <summary>${say(lang, "basis")} (${found.sources.length})</summary>
          <ul class="muted">
            ${found.sources.map(
              (one) => html`<li>${one.title} · ${one.provider_text} · ${shortDay(lang, one.date)}</li>`,
            )}
          </ul>
        </details>`
      : nothing
  }`;
}

function checkedOf(lang: Lang, { checked, located, known, fictional }: CheckedRegion): TemplateResult {
  return html`<div>
    ${say(lang, "ofLocated", { checked, located, known })}
    ${fictional ? small(say(lang, "fictional", { count: fictional })) : nothing}
  </div>`;
}

/** How many of the checked sites of a region are in each state, the strictest first. */
function counts(lang: Lang, region: CheckedRegion, group: "hazard" | "isolation"): unknown {
  if (!region.checked) return missing(say(lang, "noneChecked"));
  const told = STATES.filter((state) => region[group][state]).map((state) => {
    const words = say(lang, "stateCount", { count: region[group][state], state: say(lang, state) });
    return html`<span class="nowrap"><span aria-hidden="true">${ICONS[state]}</span> ${words}</span> `;
  });
  return html`<div>${told}</div>`;
}

function siteRow(lang: Lang, site: CheckedSite): Cell[] {
  const open = site.checks.filter((one) => one.state !== "pass");
  const told = open.map((one) => {
    const layers = one.unknown_titles.length ? ` (${one.unknown_titles.join(", ")})` : "";
    return html`<div>
      <span aria-hidden="true">${ICONS[one.state]}</span> ${one.title}: ${say(lang, one.state)}${layers}
    </div>`;
  });
  return [
    [say(lang, "site"), site.name],
    [
      say(lang, "checkedOf"),
      site.reason_text
        ? missing(`${say(lang, "notChecked")}: ${site.reason_text}`)
        : told.length
          ? told
          : say(lang, "allMet"),
    ],
  ];
}
