// Words in four languages: a table per page, so that no page carries the words of another.
import type { Lang } from "./api";

type Values = Record<string, string | number>;

const fill = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));

/** A function that says a word of a table by language, with its {values} filled in. */
export function speaker<W extends Record<string, string>>(all: Record<Lang, W>) {
  return (lang: Lang, key: keyof W, values: Values = {}): string => fill(all[lang][key]!, values);
}

/** One word in nl, fr, de, en. */
export type Row = readonly [string, string, string, string];
const PLACE: Record<Lang, number> = { nl: 0, fr: 1, de: 2, en: 3 };

/** The same for a table of rows; `has` tells whether a name of the data is a word of the table. */
export function rowSpeaker<W extends Record<string, Row>>(rows: W) {
  const has = (name: string): name is keyof W & string => Object.hasOwn(rows, name);
  const say = (lang: Lang, key: keyof W, values: Values = {}): string => fill(rows[key]![PLACE[lang]]!, values);
  return { say, has };
}
