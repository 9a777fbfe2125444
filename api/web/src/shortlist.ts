// What a planner keeps: places with notes, in this browser and in an address that is shared.
import { html, nothing, type TemplateResult } from "lit";
import type { Lang, Verdict } from "./api";
import { tell } from "./desk_words";
import { parcelNumber, verdict } from "./parts";
import { say } from "./words";

/** At most so many can stand side by side. */
export const SIDE_BY_SIDE = 5;
const KEPT = "standplaats-shortlist";

/** A place that was kept: its parcel, what it was called, and a note. */
export interface Kept {
  key: string;
  title: string;
  note: string;
  verdict?: Verdict;
  soFar?: Verdict;
}

const isKept = (one: unknown): one is Kept =>
  typeof one === "object" && one !== null && ["key", "title", "note"].every((name) => typeof (one as Record<string, unknown>)[name] === "string"); // prettier-ignore

// A browser that forbids storage keeps them for as long as the page is open.
export function readKept(): Kept[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? found.filter(isKept) : [];
  } catch {
    return [];
  }
}

export function writeKept(kept: Kept[]): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // Kept no longer than the page.
  }
}

/** The list as it travels in an address, and back. */
export const inAddress = (kept: Kept[]): string =>
  JSON.stringify(kept.map(({ key, title, note }) => [key, title, note]));

export function fromAddress(text: string): Kept[] {
  try {
    const found: unknown = JSON.parse(text || "[]");
    if (!Array.isArray(found)) return [];
    return found.map(([key, title, note]: [string, string, string]) => ({ key, title, note })).filter(isKept);
  } catch {
    return [];
  }
}

/** Those of the address first, then one's own; a place is there once, with one's own note. */
export const together = (shared: Kept[], own: Kept[]): Kept[] => [
  ...new Map([...shared, ...own].map((one) => [one.key, one])).values(),
];

export interface ShortlistState {
  lang: Lang;
  kept: Kept[];
  compared: string[];
  choose: (key: string) => void;
  note: (key: string, note: string) => void;
  remove: (key: string) => void;
  mark: (key: string, on: boolean) => void;
  compare: () => void;
}

export function shortlist(state: ShortlistState): TemplateResult {
  const { lang, kept, compared } = state;
  if (!kept.length) return html`<p class="no-list">${tell(lang, "shortlistEmpty")}</p>`;
  const full = compared.length >= SIDE_BY_SIDE;
  return html`<p class="count">
      ${tell(lang, "shortlistKept")}
      <button id="compare" ?disabled=${compared.length < 2} @click=${state.compare}>
        ${tell(lang, "compareThese", { count: compared.length })}
      </button>
    </p>
    <table id="shortlist" class="cards">
      <thead>
        <tr>
          <th scope="col">${tell(lang, "compare")}</th>
          <th scope="col">${say(lang, "place")}</th>
          <th scope="col">${say(lang, "verdict")}</th>
          <th scope="col">${tell(lang, "note")}</th>
          <th scope="col"><span class="unseen">${tell(lang, "remove")}</span></th>
        </tr>
      </thead>
      <tbody>
        ${kept.map((one) => row(state, one, full))}
      </tbody>
    </table>`;
}

function row(state: ShortlistState, one: Kept, full: boolean): TemplateResult {
  const { lang, compared } = state;
  const marked = compared.includes(one.key);
  return html`<tr>
    <td data-label=${tell(lang, "compare")}>
      <input
        type="checkbox"
        aria-label=${tell(lang, "compareOne", { place: one.title })}
        .checked=${marked}
        ?disabled=${!marked && full}
        @change=${(event: Event) => state.mark(one.key, (event.target as HTMLInputElement).checked)}
      />
    </td>
    <td data-label=${say(lang, "place")}>
      <button class="plain link" @click=${() => state.choose(one.key)}>${one.title}</button>
      <small title=${one.key}>${parcelNumber(one.key)}</small>
    </td>
    <td data-label=${say(lang, "verdict")}>
      ${one.verdict ? verdict(lang, one.verdict, one.soFar ?? one.verdict) : nothing}
    </td>
    <td data-label=${tell(lang, "note")}>
      <textarea
        rows="1"
        maxlength="500"
        aria-label=${tell(lang, "noteOn", { place: one.title })}
        .value=${one.note}
        @change=${(event: Event) => state.note(one.key, (event.target as HTMLTextAreaElement).value)}
      ></textarea>
    </td>
    <td>
      <button
        class="plain"
        aria-label=${tell(lang, "removeOne", { place: one.title })}
        title=${tell(lang, "remove")}
        @click=${() => state.remove(one.key)}
      >
        ✕
      </button>
    </td>
  </tr>`;
}
