// Dates, figures and money as each language writes them.
import type { Lang } from "./api";

const english = (lang: Lang): string => (lang === "en" ? "en-GB" : lang);

/** A day, from its ISO text: "23 November 2026". */
export function day(lang: Lang, iso: string): string {
  return new Intl.DateTimeFormat(english(lang), { dateStyle: "long", timeZone: "UTC" }).format(new Date(iso));
}

/** A day in a table: "23 Nov 2026". */
export function shortDay(lang: Lang, iso: string): string {
  const parts = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(english(lang), parts).format(new Date(iso));
}

export const number = (lang: Lang, value: number, digits = 0): string =>
  new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(value);

/** A share 0..1 as per cent. */
export const percent = (lang: Lang, share: number): string =>
  new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 }).format(share);

/** Euros from a decimal string; cents only where there are some. */
export function money(lang: Lang, amount: string | number): string {
  const value = Number(amount);
  const digits = Number.isInteger(value) ? 0 : 2;
  const style = { style: "currency", currency: "EUR", minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(english(lang), style as Intl.NumberFormatOptions).format(value);
}
