// The bar that all pages share: the way to the other pages, and the language. The choice of language travels in the
// address and is kept in this browser.
import { html, nothing, type TemplateResult } from "lit";
import type { Lang, Meta } from "./api";
import { speaker } from "./say";

export const LANGS: Lang[] = ["nl", "fr", "de", "en"];
export type PageName = "map" | "belgium" | "rules" | "sources" | "files";

const { say } = speaker("head");
const ADDRESS: Record<PageName, string> = {
  map: "./",
  belgium: "belgium.html",
  rules: "rules.html",
  sources: "sources.html",
  files: "files.html",
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
  ];
  return html`<nav class="pages" aria-label=${say(lang, "pages")}>
    ${shown.map(
      (one) =>
        html`<a href="${ADDRESS[one]}#lang=${lang}" aria-current=${one === current ? "page" : nothing}
          >${say(lang, one)}</a
        >`,
    )}
  </nav>`;
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
