// The bar that all pages share: the way to the other pages, and the language. The choice of language travels in the
// address and is kept in this browser.
import { html, nothing, type TemplateResult } from "lit";
import type { Lang, Meta } from "./api";
import { speaker } from "./say";

export const LANGS: Lang[] = ["nl", "fr", "de", "en"];
export type PageName = "map" | "belgium" | "rules" | "sources" | "files" | "method" | "help" | "accessibility";

const { say } = speaker("head");
const ADDRESS: Record<PageName, string> = {
  map: "./",
  belgium: "belgium.html",
  rules: "rules.html",
  sources: "sources.html",
  files: "files.html",
  method: "method.html",
  help: "help.html",
  accessibility: "accessibility.html",
};
const KEPT = "standplaats-language";

/** Language of the address, else the one chosen before, else the browser's. */
export function languageOf(address: URLSearchParams): Lang {
  const wanted = [address.get("lang"), kept(), navigator.language.slice(0, 2)];
  for (const one of wanted) {
    const found = LANGS.find((lang) => lang === one);
    if (found) return found;
  }
  return "en";
}

// A browser that forbids storage forgets the choice, and that is all.
function kept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

export function keepLanguage(lang: Lang): void {
  try {
    localStorage.setItem(KEPT, lang);
  } catch {
    // Nothing kept.
  }
}

export const pageTitle = (lang: Lang, page: PageName): string =>
  page === "map" ? "Standplaats" : `${say(lang, page)} · Standplaats`;

/** Links to the pages; subsidy files are not part of the public view. */
export function pages(lang: Lang, current: PageName, meta: Meta | undefined): TemplateResult {
  const shown: PageName[] = [
    "map",
    "belgium",
    "rules",
    "sources",
    ...(meta && !meta.public ? (["files"] as const) : []),
    "method",
    "help",
  ];
  return html`<nav class="pages" aria-label=${say(lang, "pages")}>
    ${shown.map((one) => link(lang, one, current))}
  </nav>`;
}

const link = (lang: Lang, page: PageName, current: PageName): TemplateResult =>
  html`<a href="${ADDRESS[page]}#lang=${lang}" aria-current=${page === current ? "page" : nothing}
    >${say(lang, page)}</a
  >`;

/** The head of a page that has no controls of its own. */
export function head(lang: Lang, page: PageName, meta: Meta | undefined, speak: (lang: Lang) => void): TemplateResult {
  return html`<header>
    <strong>Standplaats</strong>
    ${pages(lang, page, meta)} ${languages(lang, speak)}
  </header>`;
}

/** The last line of every page: who runs this service, and how accessible it is. */
export function foot(lang: Lang, page: PageName, meta: Meta | undefined): TemplateResult {
  return html`<footer>
    <span>Standplaats ${meta?.version ?? nothing}</span>
    ${meta && meta.publisher !== "Standplaats" ? html`<span>${say(lang, "runBy", { publisher: meta.publisher })}</span>` : nothing}
    ${link(lang, "accessibility", page)}
  </footer>`;
}

export function languages(lang: Lang, speak: (lang: Lang) => void): TemplateResult {
  return html`<nav class="languages" aria-label=${say(lang, "language")}>
    ${LANGS.map(
      (one) =>
        html`<button class="plain" lang=${one} aria-pressed=${one === lang} @click=${() => speak(one)}>
          ${one.toUpperCase()}
        </button>`,
    )}
  </nav>`;
}
