// Pieces of the page: cells of the table and the panel of one parcel; plain functions that return templates.
import { html, nothing, type TemplateResult } from "lit";
import type { Behind, Interval, Lang, Parcel, Verdict } from "./api";
import { day, number } from "./format";
import { say, type WordKey } from "./words";

const ICONS: Record<Verdict, string> = { compatible: "●", needs_derogation: "◐", incompatible: "✕", unknown: "?" };
const STATES: Record<string, string> = { pass: "✓", conditional: "→", derogation: "±", fail: "✕", unknown: "?" };
const ORDER = ["fail", "unknown", "derogation", "conditional", "pass"];

export function metres(lang: Lang, distance: Interval | undefined): string {
  if (!distance || (distance.high === null && !distance.low)) return "?";
  if (distance.high === null) return `≥ ${number(lang, distance.low ?? 0)} m`;
  if (distance.low === distance.high) return `${number(lang, distance.high)} m`;
  return `${number(lang, distance.low ?? 0)}–${number(lang, distance.high)} m`;
}

export function between(lang: Lang, interval: Interval): string {
  if (interval.low === null || interval.high === null) return say(lang, "notKnown");
  return interval.low === interval.high ? `${interval.low}` : `${interval.low}–${interval.high}`;
}

export function verdict(lang: Lang, found: Verdict, soFar: Verdict): TemplateResult {
  const extra = found === "unknown" ? `, ${say(lang, "soFar", { verdict: say(lang, soFar as WordKey) })}` : "";
  return html`<span class="verdict ${found}"
    ><span class="nowrap"><span aria-hidden="true">${ICONS[found]}</span> ${say(lang, found as WordKey)}</span
    >${extra}</span
  >`;
}

export function rank(lang: Lang, interval: [number, number] | null, total: number | null): string {
  if (!interval) return "–";
  const shown = interval[0] === interval[1] ? `${interval[0]}` : `${interval[0]}–${interval[1]}`;
  return total ? say(lang, "of", { rank: shown, total }) : shown;
}

export function scoreBar(lang: Lang, score: { low: number; high: number }): TemplateResult {
  return html`<svg class="bar" width="40" height="10" aria-hidden="true">
      <rect width="40" height="10" class="track" />
      <rect width=${40 * score.low} height="10" class="sure" />
      <rect x=${40 * score.low} width=${40 * (score.high - score.low)} height="10" class="open" />
    </svg>
    <span class="figure">${figure(lang, score, 2)}</span>`;
}

/** Radical number, exponent and power of a cadastral key: "A 12/2 B 3" for 24434A0012/02B003. */
export function parcelNumber(capakey: string): string {
  const found = /^\d{5}([A-Z])(\d{4})\/(\d\d)([A-Z_])(\d{3})$/.exec(capakey);
  if (!found) return capakey;
  const [, section, root, bis, exponent, power] = found;
  const number = `${Number(root)}${Number(bis) ? `/${Number(bis)}` : ""}`;
  return [section, number, exponent === "_" ? "" : exponent, Number(power) || ""].filter(Boolean).join(" ");
}

/** One parcel in full. `place`: its address or, without one, its municipality; `extra` stands under it. */
export function detail(lang: Lang, parcel: Parcel, place: string, extra?: TemplateResult): TemplateResult {
  return html`<h2 tabindex="-1">${place}, ${say(lang, "parcel", { number: parcelNumber(parcel.capakey) })}</h2>
    <p class="muted capakey">${parcel.capakey}</p>
    ${extra ?? nothing} ${explained(lang, parcel)}`;
}

/** What a panel tells of land under its heading, be it a parcel, a group of parcels or a drawn area. */
export type Explained = Pick<Parcel, "explanation" | "sources"> & Partial<Parcel>;
export function explained(lang: Lang, parcel: Explained): TemplateResult {
  const told = parcel.explanation;
  const constraints = [...told.constraints].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return html`<p>
      ${verdict(lang, told.verdict, told.so_far)}${parcel.rank_interval ? html` · ${say(lang, "rank")} ${rank(lang, parcel.rank_interval, parcel.total_ranked ?? null)}` : nothing}
    </p>
    <p class="told">${told.text}</p>
    <p class="muted">
      ${[
        parcel.area_m2 === undefined ? "" : `${number(lang, parcel.area_m2)} m²`,
        parcel.owner_title,
        (parcel.zoning ?? [])
          .filter((zone) => zone.share >= 0.005)
          .map((zone) => `${zone.title} ${Math.round(zone.share * 100)} %`)
          .join(", "),
      ]
        .filter(Boolean)
        .join(" · ")}
    </p>
    ${
      told.conditions.length
        ? html`<h3>${say(lang, "toDo")}</h3>
            <ul>
              ${told.conditions.map((one) => html`<li>${one.what} <small>${say(lang, "decides", { who: one.who_decides })}${one.article ? ` · ${one.article}` : ""}</small></li>`)}
            </ul>`
        : nothing
    }
    <h3>${say(lang, "constraints")}</h3>
    <ul class="plain">
      ${constraints.map(
        (one) =>
          html`<li class=${one.state}>
            <span class="state" aria-hidden="true">${STATES[one.state]}</span
            ><span
              ><b>${one.title}</b>: ${one.sentence} ${stale(lang, one)}
              ${one.rule_title && one.rule_url ? html`<a href=${one.rule_url} target="_blank" rel="noopener noreferrer">${one.rule_title}</a>` : nothing}
              <small>${named(parcel.sources, one.dataset)}</small></span
            >
          </li>`,
      )}
    </ul>
    ${
      told.unknown.length
        ? html`<h3>${say(lang, "unknownTitle")}</h3>
            <ul>
              ${told.unknown.map((one) => html`<li>${one.title} <small>${say(lang, "ask", { who: one.who })}</small></li>`)}
            </ul>`
        : nothing
    }
    <h3>${say(lang, "contributions")}</h3>
    <table class="sum">
      <tbody>
        ${told.criteria.map(
          (one) =>
            html`<tr>
              <th scope="row">${one.title}<small>${one.sentence} ${stale(lang, one)}</small></th>
              <td>${bar(one)}</td>
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
    <p class="muted">
      ${say(lang, "asOf", { day: day(lang, told.as_of) })} · ${say(lang, "dataOf", { day: day(lang, told.data_date) })}
    </p>
    ${behind(lang, parcel.sources)}`;
}

/** The short word behind a figure that rests on a stale source. */
const stale = (lang: Lang, one: { stale: boolean | null }): TemplateResult | typeof nothing =>
  one.stale ? html`<b class="stale">(${say(lang, "stale")})</b>` : nothing;

const named = (sources: Behind[], ids: number[]): string =>
  sources
    .filter((one) => ids.includes(one.dataset))
    .map((one) => `${one.title} (${one.provider_text}, ${one.date})`)
    .join("; ");

/** Every source of the answer, folded, and below it what their licences ask to be named. */
function behind(lang: Lang, sources: Behind[]): TemplateResult {
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

export function figure(lang: Lang, interval: { low: number; high: number }, digits = 3): string {
  const format = new Intl.NumberFormat(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const [low, high] = [format.format(interval.low), format.format(interval.high)];
  return low === high ? low : `${low}–${high}`;
}

function bar(one: { weight: number; contribution: { low: number; high: number } }): TemplateResult {
  const scale = 300;
  return html`<svg class="bar" width="60" height="10" aria-hidden="true">
    <rect width=${one.weight * scale} height="10" class="track" />
    <rect width=${one.contribution.low * scale} height="10" class="sure" />
    <rect
      x=${one.contribution.low * scale}
      width=${(one.contribution.high - one.contribution.low) * scale}
      height="10"
      class="open"
    />
  </svg>`;
}
