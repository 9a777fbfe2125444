// Pieces of the page: verdicts, ranks, scores and distances as they are read; plain functions that return templates.
import { html, type TemplateResult } from "lit";
import type { Interval, Lang, Verdict } from "./api";
import { number } from "./format";
import { say, type WordKey } from "./words";

const ICONS: Record<Verdict, string> = { compatible: "●", needs_derogation: "◐", incompatible: "✕", unknown: "?" };

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

export function figure(lang: Lang, interval: { low: number; high: number }, digits = 3): string {
  const format = new Intl.NumberFormat(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const [low, high] = [format.format(interval.low), format.format(interval.high)];
  return low === high ? low : `${low}–${high}`;
}
