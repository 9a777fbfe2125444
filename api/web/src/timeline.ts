// The subsidy regimes of each region as bars from 1983 to 2030. State is a pattern and a word before it is a colour.
import { html, nothing, svg, type TemplateResult } from "lit";
import type { Lang, Regime } from "./api";
import { clock, named, period } from "./rules_detail";
import { say, type RulesWord } from "./rules_words";

const FIRST = 1983;
const LAST = 2031;
const DECADES = [1990, 2000, 2010, 2020, 2030];
type Mark = "open" | "carried" | "closed" | "later" | "other";
const MARKS: Record<string, Mark> = {
  open: "open",
  carried_on: "carried",
  closed: "closed",
  stopped: "closed",
  not_yet: "later",
};
/** Has the regime ended by that day while files opened under it go on? */
const isCarried = (regime: Regime, asOf: string): boolean =>
  regime.carries_on !== null && regime.valid_to !== null && regime.valid_to < asOf;
const markOf = (regime: Regime, asOf: string): Mark =>
  isCarried(regime, asOf) ? "carried" : (MARKS[regime.status] ?? "other");
/** Paint of each mark; patterns are drawn once, in `patterns`. */
const PAINT: Record<Mark, string> = {
  open: "currentColor",
  carried: "url(#tl-dots)",
  closed: "url(#tl-hatch)",
  later: "none",
  other: "none",
};
const LEGEND: [Mark, RulesWord][] = [
  ["open", "mark_open"],
  ["carried", "mark_carried"],
  ["closed", "mark_closed"],
  ["later", "mark_later"],
  ["other", "mark_other"],
];

/** Where a day lies on the axis, 0..100; days outside it stick to its ends. */
function place(iso: string): number {
  const time = new Date(iso);
  const year = time.getUTCFullYear();
  const start = Date.UTC(year, 0, 1);
  const share = (time.getTime() - start) / (Date.UTC(year + 1, 0, 1) - start);
  return Math.min(100, Math.max(0, ((year + share - FIRST) / (LAST - FIRST)) * 100));
}

const patterns = html`<svg width="0" height="0" class="defs" aria-hidden="true">
  <defs>
    <pattern id="tl-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="2" height="6" fill="currentColor" />
    </pattern>
    <pattern id="tl-dots" width="6" height="6" patternUnits="userSpaceOnUse">
      <rect width="6" height="6" fill="currentColor" />
      <circle cx="3" cy="3" r="1.4" class="paper" />
    </pattern>
    <linearGradient id="tl-fade">
      <stop offset="0" class="clear" />
      <stop offset="1" class="solid" />
    </linearGradient>
  </defs>
</svg>`;

const bar = (mark: Mark, from: number, to: number): TemplateResult =>
  svg`<rect class="bar-${mark}" x="${from}%" width="${Math.max(0.6, to - from)}%" y="4" height="12" fill=${PAINT[mark]} />`;

function drawing(regime: Regime, mark: Mark, asOf: string): TemplateResult {
  const from = regime.valid_from ? place(regime.valid_from) : 0;
  const to = regime.valid_to ? place(regime.valid_to) : 100;
  const now = place(asOf);
  return html`<svg class="lane" width="100%" height="20" aria-hidden="true">
    ${DECADES.map((year) => {
      const at = place(`${year}-01-01`);
      return svg`<line class="tick" x1="${at}%" x2="${at}%" y2="20" />`;
    })}
    ${bar(mark, from, to)}
    ${regime.valid_to ? nothing : svg`<rect x="90%" width="10%" y="3" height="14" fill="url(#tl-fade)" />`}
    ${regime.valid_to ? nothing : svg`<text x="100%" y="15" text-anchor="end">→</text>`}
    <line class="now" x1="${now}%" x2="${now}%" y2="20" />
  </svg>`;
}

export interface TimelineState {
  lang: Lang;
  regimes: Regime[];
  regions: string[];
  asOf: string;
  selected: string;
  choose: (rule: string) => void;
}

export function timeline(state: TimelineState): TemplateResult {
  const { lang, regions, regimes } = state;
  return html`<section class="timeline" aria-labelledby="timeline">
    ${patterns}
    <h2 id="timeline">${say(lang, "timeline")}</h2>
    <p class="muted">${say(lang, "timelineHow")}</p>
    <p class="legend-line">
      ${LEGEND.filter(([mark]) => regimes.some((one) => markOf(one, state.asOf) === mark)).map(
        ([mark, word]) =>
          html`<span
            ><svg width="28" height="12" aria-hidden="true">
              <rect class="bar-${mark}" x="1" y="1" width="26" height="10" fill=${PAINT[mark]} /></svg
            >${say(lang, word)}</span
          >`,
      )}
      <span><span aria-hidden="true">→</span> ${say(lang, "mark_arrow")}</span>
    </p>
    ${regions
      .map((region) => ({ region, own: regimes.filter((one) => one.region === region) }))
      .filter(({ own }) => own.length)
      .map(
        ({ region, own }) =>
          html`<h3>${named(lang, region)}</h3>
            <div class="axis" aria-hidden="true">
              <svg width="100%" height="16">
                <text x="0" y="12">${FIRST}</text>
                ${DECADES.map(
                  (year) =>
                    svg`<text x="${place(`${year}-01-01`)}%" y="12" text-anchor=${year === 2030 ? "end" : "middle"}>${year}</text>`,
                )}
              </svg>
            </div>
            ${own.map((one) => lane(state, one))}`,
      )}
  </section>`;
}

function lane(state: TimelineState, regime: Regime): TemplateResult {
  const { lang, choose } = state;
  return html`<button
    class="plain regime"
    data-rule=${regime.rule}
    aria-pressed=${regime.rule === state.selected}
    title=${[`${regime.title}, ${period(lang, regime)}`, regime.carries_on].filter(Boolean).join(". ")}
    @click=${() => choose(regime.rule)}
  >
    <span class="name"
      ><b>${regime.id}</b> ${regime.title} ${regime.checked_stale ? clock(lang) : nothing}
      <small
        >${period(lang, regime)} ·
        ${regime.status_title}${isCarried(regime, state.asOf) ? html` · ${say(lang, "mark_carried")}` : nothing}</small
      ></span
    >
    ${drawing(regime, markOf(regime, state.asOf), state.asOf)}
  </button>`;
}
