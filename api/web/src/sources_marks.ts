// Marks of what is known of a source. Known is drawn with whole lines, unknown with dashes or hatching: a circle that
// is empty because nothing is there never looks like one that is empty because nobody knows.
import { html, svg, type TemplateResult } from "lit";
import type { Lang, SourceState } from "./api";
import { say } from "./sources_words";

const HATCH = "M2 12L12 2M4 15L15 4M1 7L7 1M9 15L15 9";
const DRAWN: Record<SourceState, TemplateResult> = {
  loaded: svg`<circle class="full" cx="8" cy="8" r="6" />`,
  loaded_partly: svg`<circle cx="8" cy="8" r="6" /><path class="full" d="M8 2A6 6 0 0 0 8 14Z" />`,
  loaded_silent: svg`<circle class="full" cx="8" cy="8" r="3" /><circle class="dashes" cx="8" cy="8" r="6" />`,
  no_coverage: svg`<circle class="full" cx="8" cy="8" r="3" /><circle class="dots" cx="8" cy="8" r="6" />`,
  empty_checked: svg`<circle cx="8" cy="8" r="6" />`,
  empty_suspicious: svg`<circle class="dashes" cx="8" cy="8" r="6" /><path d="M8 4.5V9M8 11V12" />`,
  failed: svg`<path class="bad" d="M3 3L13 13M13 3L3 13" />`,
  missing: svg`<path class="hatch" d=${HATCH} />`,
  not_loaded: svg`<path class="hatch" d=${HATCH} />`,
  never_asked: svg`<path class="hatch" d=${HATCH} />`,
  by_hand: svg`<path d="M3 13L4 10L11 3L13 5L6 12Z" />`,
  elsewhere: svg``,
  only_known: svg`<path class="dashes" d="M2 8H14" />`,
};

export const stateMark = (state: SourceState): TemplateResult =>
  html`<svg class="state-mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${DRAWN[state]}</svg>`;

/** A state as mark and word, with what it means as a hint. */
export const stateWord = (lang: Lang, state: SourceState): TemplateResult =>
  html`<span class="state-word" title=${say(lang, `m_${state}`)}>${stateMark(state)} ${say(lang, `s_${state}`)}</span>`;

/** How the map paints a municipality. */
export type Cover = "some" | "nothing" | "covers" | "silent" | "notHere" | "elsewhere";
export const COVERS: Record<Cover, { fill: string; pen: string | null }> = {
  some: { fill: "#cfe3dc", pen: null },
  nothing: { fill: "#f1efe9", pen: "#8b8f8c" },
  covers: { fill: "#6fae9f", pen: null },
  silent: { fill: "#dfeee9", pen: "#0b5c58" },
  elsewhere: { fill: "#ffffff", pen: null },
  notHere: { fill: "#f1efe9", pen: "#8b8f8c" },
};

/** The pattern of a municipality beside a word; silence has dots, the unknown has lines. */
export function coverMark(cover: Cover): TemplateResult {
  const { fill, pen } = COVERS[cover];
  return html`<svg class="cover-mark" viewBox="0 0 24 16" width="24" height="16" aria-hidden="true">
    <rect x="0.5" y="0.5" width="23" height="15" fill=${fill} />
    ${
      cover === "silent"
        ? svg`<path class="dotted" stroke=${pen!} d="M3 4H22M3 8H22M3 12H22" />`
        : pen
          ? svg`<path stroke=${pen} d="M1 8L8 1M1 15L15 1M8 15L22 1M15 15L23 7" />`
          : ""
    }
  </svg>`;
}
