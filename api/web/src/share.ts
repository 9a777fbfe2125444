// Passing on what is seen: an address that pins the result, its rules, its data and the day, and a report of an error.
import { html, nothing, type TemplateResult } from "lit";
import type { Lang, RunInfo } from "./api";
import { tell } from "./desk_words";
import { day } from "./format";
import { say } from "./words";

/** What an address pins: results, the day of their law, the day of their data and the version of their rules. */
export interface Pin {
  runs: string[];
  lawOf: string;
  dataOf: string;
  rules: string;
}

export const pinned = (runs: RunInfo[]): string =>
  runs.length
    ? [runs.map((one) => one.id).join("."), runs[0]!.as_of, runs[0]!.data_date, runs[0]!.rule_pack].join("~")
    : "";

export function readPin(text: string): Pin | undefined {
  const [runs, lawOf, dataOf, rules] = text.split("~");
  return runs && lawOf && dataOf ? { runs: runs.split("."), lawOf, dataOf, rules: rules ?? "" } : undefined;
}

/** What an opened address pins that is not today's: told above the list. */
export function pinTold(lang: Lang, pin: Pin, gone: boolean, rulesNow: string, toToday: () => void): TemplateResult {
  const days = { law: day(lang, pin.lawOf), data: day(lang, pin.dataOf) };
  return html`<p class="pinned" role="status">
    ${tell(lang, gone ? "pinGone" : "pinOld", days)}
    ${pin.rules && rulesNow && pin.rules !== rulesNow ? tell(lang, "pinRules", { then: pin.rules, now: rulesNow }) : nothing}
    <button id="to-today" @click=${toToday}>${tell(lang, "toToday")}</button>
  </p>`;
}

/** What can be wrong, and where: the ids that whoever keeps the data needs. */
export interface Report {
  /** Name of the figure as it is read on the page. */
  what: string;
  /** Name and value of each id. */
  ids: [string, string][];
}

/** A text that stands ready to be passed on: an address, or a report. */
export interface Passing {
  kind: "share" | "report";
  text: string;
  /** Title of a message with it. */
  subject: string;
}

export const reportText = (lang: Lang, report: Report): string =>
  [
    tell(lang, "reportIntro", { what: report.what }),
    "",
    tell(lang, "reportWrong"),
    "",
    tell(lang, "reportRight"),
    "",
    "---",
    ...report.ids.filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`),
    location.href,
  ].join("\n");

/** A dialog with the text, to be copied or put in a message without an address. */
export function passing(
  lang: Lang,
  one: Passing,
  copied: boolean,
  copy: () => void,
  leave: () => void,
): TemplateResult {
  const share = one.kind === "share";
  const title = tell(lang, share ? "share" : "report");
  return html`<dialog
    id="passing"
    aria-label=${title}
    @close=${leave}
    @cancel=${leave}
    @keydown=${(event: KeyboardEvent) => event.stopPropagation()}
  >
    <button class="plain leave" aria-label=${say(lang, "close")} title=${say(lang, "close")} @click=${leave}>✕</button>
    <h2>${title}</h2>
    <p>${tell(lang, share ? "shareHow" : "reportHow")}</p>
    <textarea aria-label=${title} rows=${share ? 4 : 14} .value=${one.text} ?readonly=${share}></textarea>
    <p class="buttons">
      <button id="copy" @click=${copy}>${tell(lang, copied ? "copied" : "copy")}</button>
      <a
        class="button"
        href="mailto:?subject=${encodeURIComponent(one.subject)}&amp;body=${encodeURIComponent(one.text)}"
        >${tell(lang, "mail")}</a
      >
    </p>
    <span class="unseen" role="status">${copied ? tell(lang, "copied") : nothing}</span>
  </dialog>`;
}

/** The small button beside a figure. */
export const flag = (lang: Lang, what: string, press: () => void): TemplateResult =>
  html`<button class="plain flag" aria-label=${tell(lang, "reportOn", { what })} title=${tell(lang, "report")} @click=${press}>⚐</button>`; // prettier-ignore
