// The words of the page from the gettext catalogues of the service: `virtual:words` holds a loader for each language.
//
// `src/words/TABLE.json` gives key -> English. A translation is looked for in api/locales/page under the context
// "TABLE.key", then there without context, then in the catalogue of the service itself. The build stops at a word that is
// missing, or whose places for values differ.
import { readFileSync, readdirSync } from "node:fs";
import { po } from "gettext-parser";

const TABLES = new URL("src/words/", import.meta.url);
const LOCALES = new URL("../locales/", import.meta.url);
const LANGUAGES = ["nl", "fr", "de"];
const NAME = "virtual:words";

const translations = (file) => po.parse(readFileSync(new URL(file, LOCALES)), { defaultCharset: "utf-8" }).translations;
const places = (text) =>
  [...text.matchAll(/\{(\w+)\}/g)]
    .map((one) => one[1])
    .sort()
    .join();

/** Table -> key -> English. */
export function english() {
  const found = {};
  for (const file of readdirSync(TABLES).sort())
    found[file.replace(".json", "")] = JSON.parse(readFileSync(new URL(file, TABLES), "utf-8"));
  return found;
}

/** The same in a language; throws at the first word that is not translated. */
export function translated(language) {
  const own = translations(`page/${language}.po`);
  const shared = translations(`${language}.po`)[""];
  const say = (table, key, text) => {
    const entry = own[`${table}.${key}`]?.[text] ?? own[""]?.[text] ?? shared[text];
    const told = entry?.msgstr[0];
    if (!told) throw new Error(`api/locales/page/${language}.po has no translation of "${text}" (${table}.${key}).`);
    if (places(told) !== places(text))
      throw new Error(`api/locales: "${told}" (${language}) has other places for values than "${text}".`);
    return told;
  };
  const of = ([table, words]) => [
    table,
    Object.fromEntries(Object.entries(words).map(([key, text]) => [key, say(table, key, text)])),
  ];
  return Object.fromEntries(Object.entries(english()).map(of));
}

export const catalogues = {
  name: "catalogues",
  resolveId: (id) => (id.startsWith(NAME) ? `\0${id}` : undefined),
  load(id) {
    if (id === `\0${NAME}`) {
      const loaders = ["en", ...LANGUAGES].map((one) => `${one}: () => import("${NAME}/${one}")`);
      return `export const catalogues = { ${loaders.join(", ")} };`;
    }
    if (!id.startsWith(`\0${NAME}/`)) return undefined;
    const language = id.slice(NAME.length + 2);
    return `export default ${JSON.stringify(language === "en" ? english() : translated(language))};`;
  },
};
