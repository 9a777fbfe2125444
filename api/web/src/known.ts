// Where a layer's silence means that nothing is there: only where a source with that standing is loaded.
import { api, type Lang, type Standing } from "./api";
import { THEMES, type Theme } from "./overlays";

const asked = new Map<string, Promise<Theme[] | undefined>>();
/** Municipalities asked about at a time; the others stay hatched. */
export const MOST = 12;

/** Is a theme known in all of a municipality? The layers the verdict needs decide; else all sources of the theme. */
export function isKnown(theme: Theme, standings: Standing[]): boolean {
  for (const layer of THEMES[theme] as readonly string[]) {
    const all = standings.filter((one) => one.layer === layer);
    const needed = all.filter((one) => one.needed);
    const decisive = needed.length ? needed : all;
    if (decisive.length) return decisive.every((one) => one.absence === "counts" && one.state === "loaded");
  }
  return false;
}

/** Themes that are known in a municipality; undefined when the service does not tell now. */
export function knownIn(nis: string, lang: Lang): Promise<Theme[] | undefined> {
  const before = asked.get(nis);
  if (before) return before;
  const found = api.sourceStatus({ lang, municipality: nis }).then(
    ({ items }) => (Object.keys(THEMES) as Theme[]).filter((theme) => isKnown(theme, items)),
    () => void asked.delete(nis),
  );
  asked.set(nis, found);
  return found;
}
