// One parcel in full: verdict and rank, each condition with its rule and source, what makes its score, the aid of the
// day, what is not known, and where the official sheets are.
import { html, nothing, type TemplateResult } from "lit";
import type { Constraint, Criterion, Eligibility, Lang, Parcel, Rated } from "./api";
import { tell } from "./desk_words";
import { bar, behind, days, facts, line, sorted, stale, toDo, unknown } from "./explained";
import { findings, type FindingsState } from "./findings";
import { day } from "./format";
import { figure, parcelNumber, rank, verdict } from "./parts";
import { sheetAddress } from "./printing";
import { flag, type Report } from "./share";
import { published, type Weights } from "./weights";
import { say } from "./words";

export interface DetailState {
  lang: Lang;
  parcel: Parcel;
  /** Its address or, without one, its municipality. */
  place: string;
  criteria: Rated[];
  /** Weights that differ from the published ones. */
  weights: Weights;
  /** Its pitches drawn, or the way to draw them. */
  pitches: TemplateResult | undefined;
  /** Its place in the list under these weights, where it is listed. */
  own: { rank: [number, number] | null; score: { low: number; high: number } } | undefined;
  kept: boolean;
  keep: () => void;
  /** Aid on the day that is set; undefined while it is fetched. */
  subsidy: Eligibility | undefined;
  asOf: string;
  isToday: boolean;
  query: Record<string, string | undefined>;
  /** When it would be first; undefined until somebody asks. */
  first: string | undefined;
  askFirst: () => void;
  report: (report: Report) => void;
  answers: FindingsState;
}

export function detail(state: DetailState): TemplateResult {
  const { lang, parcel, place } = state;
  const told = parcel.explanation;
  const failing = told.constraints.filter((one) => one.state === "fail");
  return html`<h2 tabindex="-1">${place}, ${say(lang, "parcel", { number: parcelNumber(parcel.capakey) })}</h2>
    <p class="muted capakey">${parcel.capakey}</p>
    ${state.pitches ?? nothing}
    <p>
      ${verdict(lang, told.verdict, told.so_far)}${parcel.rank_interval ? html` · ${say(lang, "rank")} ${rank(lang, parcel.rank_interval, parcel.total_ranked)}` : nothing}
      ${flag(lang, say(lang, "verdict"), () =>
        state.report(
          reportOf(state, say(lang, "verdict"), [
            ["verdict", told.verdict],
            ["rank", parcel.rank_interval?.join("-") ?? ""],
          ]),
        ),
      )}
    </p>
    <p class="buttons">
      <button id="keep" aria-pressed=${state.kept} @click=${state.keep}>
        <span aria-hidden="true">${state.kept ? "★" : "☆"}</span> ${tell(lang, "shortlist")}
      </button>
      ${
        told.verdict === "incompatible"
          ? nothing
          : html`<a
              class="button"
              id="sheet"
              href=${sheetAddress(parcel.capakey, { run: parcel.explanation.run, type: state.query["type"], pitches: state.query["pitches"], lang })}
              target="_blank"
              rel="noopener"
              >${tell(lang, "sheet")}</a
            >`
      }
    </p>
    ${
      failing.length
        ? html`<h3>${tell(lang, "whyNot")}</h3>
            <ul class="plain">
              ${failing.map((one) => condition(state, one))}
            </ul>`
        : nothing
    }
    <p class="told">${told.text}</p>
    <p class="muted">
      ${facts(lang, parcel)}
      ${flag(lang, say(lang, "facts"), () =>
        state.report(
          reportOf(state, say(lang, "facts"), [
            ["area_m2", String(parcel.area_m2)],
            ["owner", parcel.owner_title],
            ["pitches", `${parcel.pitches.low}-${parcel.pitches.high}`],
            ["zoning", parcel.zoning.map((zone) => zone.class).join(", ")],
          ]),
        ),
      )}
    </p>
    ${toDo(lang, parcel)}
    <h3>${say(lang, "constraints")}</h3>
    <ul class="plain">
      ${sorted(told.constraints.filter((one) => one.state !== "fail")).map((one) => condition(state, one))}
    </ul>
    ${unknown(lang, parcel)} ${findings(state.answers)} ${contributions(state)} ${howSure(state)} ${aid(state)}
    ${sheets(state)} ${days(lang, parcel)} ${behind(lang, parcel.sources)}`;
}

/** What a report of an error names beside the figure itself. */
function reportOf({ parcel }: DetailState, what: string, ids: [string, string][]): Report {
  const told = parcel.explanation;
  return {
    what: `${what}, ${parcel.capakey}`,
    ids: [
      ["capakey", parcel.capakey],
      ["result", told.run],
      ["as_of", told.as_of],
      ["data_date", told.data_date],
      ["rule_pack", parcel.rule_pack],
      ...ids,
    ],
  };
}

function condition(state: DetailState, one: Constraint): TemplateResult {
  const { lang, parcel } = state;
  const ids: [string, string][] = [
    ["constraint", one.id],
    ["state", one.state],
    ["measured", String(one.measured ?? "")],
    ["threshold", String(one.threshold ?? "")],
    ["rule", one.rule ?? ""],
    ["dataset", one.dataset.join(", ")],
  ];
  const press = (): void => state.report(reportOf(state, one.title, ids));
  return line(lang, one, parcel.sources, flag(lang, one.title, press));
}

/** Contributions under the weights that are set; beside them the published sum, where it is another. */
function contributions(state: DetailState): TemplateResult {
  const { lang, parcel, weights } = state;
  const told = parcel.explanation;
  const changed = Object.keys(weights).length > 0;
  const points = told.criteria.map((one) => weights[one.id] ?? published(one));
  const sum = points.reduce((total, own) => total + own, 0);
  const shares = told.criteria.map((one, at) => (changed && sum ? points[at]! / sum : one.weight));
  const parts = told.criteria.map((one, at) =>
    changed && sum ? { low: shares[at]! * one.value.low, high: shares[at]! * one.value.high } : one.contribution,
  );
  const whole = { low: 0, high: 0 };
  for (const part of parts) [whole.low, whole.high] = [whole.low + part.low, whole.high + part.high];
  const most = Math.max(...shares, 0.01);
  return html`<h3>${say(lang, "contributions")}</h3>
    <table class="sum">
      <tbody>
        ${told.criteria.map((one, at) => contribution(state, one, shares[at]!, parts[at]!, most))}
        <tr>
          <th scope="row">${say(lang, "sum")}${changed ? html`<small>${say(lang, "ownWeights")}</small>` : nothing}</th>
          <td></td>
          <td class="figure"><b>${figure(lang, changed ? whole : told.score)}</b></td>
        </tr>
        ${
          changed
            ? html`<tr id="published-sum">
                <th scope="row">${tell(lang, "publishedSum")}</th>
                <td></td>
                <td class="figure">${figure(lang, told.score)}</td>
              </tr>`
            : nothing
        }
      </tbody>
    </table>`;
}

function contribution(
  state: DetailState,
  one: Criterion,
  share: number,
  part: { low: number; high: number },
  most: number,
): TemplateResult {
  const { lang } = state;
  const ids: [string, string][] = [
    ["criterion", one.id],
    ["measured", String(one.measured ?? "")],
    ["value", `${one.value.low}-${one.value.high}`],
    ["weight", String(share)],
  ];
  return html`<tr>
    <th scope="row">
      ${one.title} ${flag(lang, one.title, () => state.report(reportOf(state, one.title, ids)))}<small
        >${one.sentence} ${stale(lang, one)}</small
      >
    </th>
    <td>${bar(share, part, most)}</td>
    <td class="figure">${figure(lang, part)}</td>
  </tr>`;
}

function howSure(state: DetailState): TemplateResult | typeof nothing {
  const { lang, parcel, own } = state;
  if (!parcel.rank_interval) return nothing;
  const [low, high] = parcel.rank_interval;
  const values = { low, high, total: parcel.total_ranked ?? "" };
  return html`<h3>${tell(lang, "howSure")}</h3>
    <p>${tell(lang, low === high ? "surePlace" : "sureBetween", values)}</p>
    ${own?.rank && Object.keys(state.weights).length ? html`<p>${tell(lang, "underOwn", { rank: rank(lang, own.rank, parcel.total_ranked) })}</p>` : nothing}
    ${
      state.first
        ? html`<p id="first">${state.first}</p>`
        : html`<button id="ask-first" @click=${state.askFirst}>${tell(lang, "whenFirst")}</button>`
    }`;
}

/** Aid by the law of the day that is set. */
function aid(state: DetailState): TemplateResult {
  const { lang, subsidy } = state;
  const found = subsidy?.items[0];
  const live = found?.regimes.filter((one) => one.standing !== "closed") ?? [];
  const closed = found?.regimes.filter((one) => one.standing === "closed") ?? [];
  const entry = (one: (typeof live)[number]): TemplateResult =>
    html`<li>
      <a href=${one.url} target="_blank" rel="noopener noreferrer">${one.title}</a> <small>${one.standing_title}</small>
    </li>`;
  return html`<h3>${tell(lang, "aid", { day: day(lang, state.asOf) })}</h3>
    ${state.isToday ? nothing : html`<p class="day-note">${tell(lang, "asStood", { day: day(lang, state.asOf) })}</p>`}
    ${
      found
        ? html`<p>
              ${found.standing_title}
              ${flag(lang, tell(lang, "aidShort"), () =>
                state.report(
                  reportOf(state, tell(lang, "aidShort"), [
                    ["as_of", state.asOf],
                    ["regimes", found.regimes.map((one) => `${one.id} ${one.standing}`).join(", ")],
                  ]),
                ),
              )}
            </p>
            <ul>
              ${live.map(entry)}
            </ul>
            ${
              closed.length
                ? html`<details>
                    <summary>${tell(lang, "closedAid", { count: closed.length })}</summary>
                    <ul>
                      ${closed.map(entry)}
                    </ul>
                  </details>`
                : nothing
            }`
        : html`<p class="muted">${say(lang, "loading")}</p>`
    }`;
}

/** Official sheets of the plans, as the plans name them. */
function sheets({ lang, parcel }: DetailState): TemplateResult | typeof nothing {
  if (!parcel.plan_sheets.length) return nothing;
  return html`<h3>${tell(lang, "planSheets")}</h3>
    <ul>
      ${parcel.plan_sheets.map((one) => html`<li><a href=${one.url} target="_blank" rel="noopener noreferrer">${one.title}</a></li>`)}
    </ul>`;
}
