// What a panel tells of land under its heading, be it a parcel, a group of parcels or a drawn area: its pieces, and all of
// them together for land that has nothing more.
import { html, nothing, type TemplateResult } from "lit";
import type { Behind, Constraint, Lang, Parcel } from "./api";
import { day, number } from "./format";
import { figure, rank, verdict } from "./parts";
import { say } from "./words";

const STATES: Record<Constraint["state"], string> = {
  pass: "✓",
  conditional: "→",
  derogation: "±",
  fail: "✕",
  unknown: "?",
};
const ORDER = ["fail", "unknown", "derogation", "conditional", "pass"];
/** Length of a bar, pixels. */
const BAR = 60;

export type Explained = Pick<Parcel, "explanation" | "sources"> & Partial<Parcel>;

export function explained(lang: Lang, parcel: Explained): TemplateResult {
  const told = parcel.explanation;
  const most = Math.max(...told.criteria.map((one) => one.weight), 0.01);
  return html`<p>
      ${verdict(lang, told.verdict, told.so_far)}${parcel.rank_interval ? html` · ${say(lang, "rank")} ${rank(lang, parcel.rank_interval, parcel.total_ranked ?? null)}` : nothing}
    </p>
    <p class="told">${told.text}</p>
    <p class="muted">${facts(lang, parcel)}</p>
    ${toDo(lang, parcel)}
    <h3>${say(lang, "constraints")}</h3>
    <ul class="plain">
      ${sorted(told.constraints).map((one) => line(lang, one, parcel.sources))}
    </ul>
    ${unknown(lang, parcel)}
    <h3>${say(lang, "contributions")}</h3>
    <table class="sum">
      <tbody>
        ${told.criteria.map(
          (one) =>
            html`<tr>
              <th scope="row">${one.title}<small>${one.sentence} ${stale(lang, one)}</small></th>
              <td>${bar(one.weight, one.contribution, most)}</td>
              <td class="figure">${figure(lang, one.contribution)}</td>
            </tr>`,
        )}
        <tr>
          <th scope="row">${say(lang, "sum")}</th>
          <td></td>
          <td class="figure"><b>${figure(lang, told.score)}</b></td>
        </tr>
      </tbody>
    </table>
    ${days(lang, parcel)} ${behind(lang, parcel.sources)}`;
}

/** Area, owner and zones, as far as they are told. */
export const facts = (lang: Lang, parcel: Explained): string =>
  [
    parcel.area_m2 === undefined ? "" : `${number(lang, parcel.area_m2)} m²`,
    parcel.owner_title,
    (parcel.zoning ?? [])
      .filter((zone) => zone.share >= 0.005)
      .map((zone) => `${zone.title} ${Math.round(zone.share * 100)} %`)
      .join(", "),
  ]
    .filter(Boolean)
    .join(" · ");

/** What stands in the way first. */
export const sorted = (constraints: Constraint[]): Constraint[] =>
  [...constraints].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));

/** One condition with its rule and its sources; `extra` stands behind its sentence. */
export const line = (lang: Lang, one: Constraint, sources: Behind[], extra?: TemplateResult): TemplateResult =>
  html`<li class=${one.state}>
    <span class="state" aria-hidden="true">${STATES[one.state]}</span
    ><span
      ><b>${one.title}</b>: ${one.sentence} ${stale(lang, one)} ${extra ?? nothing}
      ${one.rule_title && one.rule_url ? html`<a href=${one.rule_url} target="_blank" rel="noopener noreferrer">${one.rule_title}</a>` : nothing}
      <small>${named(sources, one.dataset)}</small></span
    >
  </li>`;

export function toDo(lang: Lang, { explanation }: Explained): TemplateResult | typeof nothing {
  const { conditions } = explanation;
  if (!conditions.length) return nothing;
  return html`<h3>${say(lang, "toDo")}</h3>
    <ul>
      ${conditions.map((one) => html`<li>${one.what} <small>${say(lang, "decides", { who: one.who_decides })}${one.article ? ` · ${one.article}` : ""}</small></li>`)}
    </ul>`;
}

export function unknown(lang: Lang, { explanation }: Explained): TemplateResult | typeof nothing {
  const found = explanation.unknown;
  if (!found.length) return nothing;
  return html`<h3>${say(lang, "unknownTitle")}</h3>
    <ul>
      ${found.map((one) => html`<li>${one.title} <small>${say(lang, "ask", { who: one.who })}</small></li>`)}
    </ul>`;
}

export const days = (lang: Lang, { explanation: told }: Explained): TemplateResult =>
  html`<p class="muted">
    ${say(lang, "asOf", { day: day(lang, told.as_of) })} · ${say(lang, "dataOf", { day: day(lang, told.data_date) })}
  </p>`;

/** The short word behind a figure that rests on a stale source. */
export const stale = (lang: Lang, one: { stale: boolean | null }): TemplateResult | typeof nothing =>
  one.stale ? html`<b class="stale"><span aria-hidden="true">◷</span> (${say(lang, "stale")})</b>` : nothing;

const named = (sources: Behind[], ids: number[]): string =>
  sources
    .filter((one) => ids.includes(one.dataset))
    .map((one) => `${one.title} (${one.provider_text}, ${one.date})`)
    .join("; ");

/** Every source of the answer, folded, and below it what their licences ask to be named. */
export function behind(lang: Lang, sources: Behind[]): TemplateResult {
  const lines = [...new Set(sources.map((one) => one.attribution).filter(Boolean))];
  return html`<details class="behind">
      <summary>${say(lang, "sources")}</summary>
      <ul>
        ${sources.map(
          (one) =>
            html`<li>
              ${one.title}
              <small
                >${one.provider_text}, ${say(lang, "version", { version: one.version })}, ${day(lang, one.date)},
                ${one.licence_text}, ${say(lang, "daysOld", { days: one.age_days })} ${stale(lang, one)}</small
              >
            </li>`,
        )}
      </ul>
    </details>
    <p class="muted"><small>${lines.join("; ")}</small></p>`;
}

/** A bar as long as its weight, filled as far as it counts; the part that is not sure is lighter. */
export function bar(share: number, part: { low: number; high: number }, most: number): TemplateResult {
  const scale = BAR / most;
  return html`<svg class="bar" width=${BAR} height="10" aria-hidden="true">
    <rect width=${share * scale} height="10" class="track" />
    <rect width=${part.low * scale} height="10" class="sure" />
    <rect x=${part.low * scale} width=${(part.high - part.low) * scale} height="10" class="open" />
  </svg>`;
}
