// Words in four languages. `words/TABLE.json` gives their keys in English; the other languages come from the catalogues
// that the service speaks with (api/locales), put in at build time. Only the language in use is fetched.
import { catalogues, type Catalogue } from "virtual:words";
import type { Lang } from "./api";
import type accessibility from "./words/accessibility.json";
import type belgium from "./words/belgium.json";
import type desk from "./words/desk.json";
import type files from "./words/files.json";
import type head from "./words/head.json";
import type help from "./words/help.json";
import type layers from "./words/layers.json";
import type map from "./words/map.json";
import type method from "./words/method.json";
import type rules from "./words/rules.json";
import type tools from "./words/tools.json";
import type sources from "./words/sources.json";
import type values from "./words/values.json";

interface Tables {
  accessibility: typeof accessibility;
  belgium: typeof belgium;
  desk: typeof desk;
  files: typeof files;
  head: typeof head;
  help: typeof help;
  layers: typeof layers;
  map: typeof map;
  method: typeof method;
  rules: typeof rules;
  sources: typeof sources;
  tools: typeof tools;
  values: typeof values;
}
export type Word<T extends keyof Tables> = keyof Tables[T] & string;
type Values = Record<string, string | number>;

const learned = new Map<Lang, Catalogue>();

/** Fetch the words of a language; nothing is said in it before. */
export async function learn(lang: Lang): Promise<void> {
  if (!learned.has(lang)) learned.set(lang, (await catalogues[lang]()).default);
}

export const knows = (lang: Lang): boolean => learned.has(lang);

const fill = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));

/** `say` gives a word of a table with its {values} filled in; `has` tells whether a name of the data is such a word. */
export function speaker<T extends keyof Tables>(table: T) {
  const say = (lang: Lang, key: Word<T>, values: Values = {}): string =>
    fill(learned.get(lang)?.[table]?.[key] ?? key, values);
  const has = (name: string): name is Word<T> =>
    [...learned.values()].some((words) => Object.hasOwn(words[table] ?? {}, name));
  return { say, has };
}
