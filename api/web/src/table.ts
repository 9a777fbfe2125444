// The table of candidates: its columns, and how many there are.
import { html, nothing, type TemplateResult } from "lit";
import type { Candidate, Candidates, Lang } from "./api";
import { tell } from "./desk_words";
import { number, shortDay } from "./format";
import { list, type Column, type Sort } from "./list";
import { between, metres, parcelNumber, rank, scoreBar, verdict } from "./parts";
import { say, type WordKey } from "./words";

type Bare = Omit<Column<Candidate>, "title"> & ({ word: WordKey } | { title: string });

const distance = (lang: Lang, word: "school" | "shop" | "stop"): Bare => ({
  word,
  sortBy: (item) => item.distances[word]?.high ?? 1e9,
  figure: true,
  cell: (item) => metres(lang, item.distances[word]),
});

const columns = ({ lang, found: { weights, runs }, nameOf, isKept, keep }: TableState): Bare[] => [
  {
    word: "rank",
    sortBy: (item) => item.rank,
    figure: true,
    cell: (item) =>
      html`${rank(lang, item.rank_interval, item.total_ranked)}${weights && item.published_rank ? html`<small>${say(lang, "publishedRank", { rank: item.published_rank })}</small>` : nothing}`,
  },
  {
    word: "place",
    sortBy: (item) => item.place ?? item.id,
    cell: (item) =>
      html`<span class="nowrap"
        >${item.place ?? nothing}<small title=${item.capakeys[0]!}>${parcelNumber(item.capakeys[0]!)}</small
        >${runs.length > 1 ? html`<small>${nameOf(item.municipality)}</small>` : nothing}</span
      >`,
  },
  {
    word: "area",
    sortBy: (item) => item.area_m2,
    figure: true,
    cell: (item) => `${number(lang, item.area_m2)} m²`,
  },
  {
    word: "fits",
    sortBy: (item) => item.pitches.high ?? -1,
    figure: true,
    cell: (item) => between(lang, item.pitches),
  },
  {
    word: "verdict",
    sortBy: (item) => item.verdict,
    cell: (item) =>
      html`${verdict(lang, item.verdict, item.so_far)}${item.stale_titles.length ? html` <span class="stale" role="img" aria-label=${say(lang, "stale")} title="${say(lang, "stale")}: ${item.stale_titles.join(", ")}">◷</span>` : nothing}`,
  },
  {
    word: "score",
    sortBy: (item) => -item.score.low - item.score.high,
    figure: true,
    cell: (item) => scoreBar(lang, item.score),
  },
  {
    word: "notKnown",
    short: "?",
    sortBy: (item) => item.unknown.length,
    cell: (item) =>
      item.unknown.length
        ? html`<span title=${item.unknown_titles.join(", ")}>${item.unknown.length}</span>`
        : html`<span aria-label="0">–</span>`,
  },
  {
    word: "owner",
    sortBy: (item) => item.owner_title,
    cell: (item) => html`<span class="cut" title=${item.owner_title}>${item.owner_title}</span>`,
  },
  {
    word: "zoning",
    sortBy: (item) => item.zoning_title ?? "",
    cell: (item) => html`<span class="cut" title=${item.zoning_title ?? nothing}>${item.zoning_title ?? "?"}</span>`,
  },
  distance(lang, "school"),
  distance(lang, "shop"),
  distance(lang, "stop"),
  {
    title: tell(lang, "shortlist"),
    short: "☆",
    sortBy: (item) => (isKept(item.capakeys[0]!) ? 0 : 1),
    cell: (item) => star(lang, item, isKept(item.capakeys[0]!), () => keep(item)),
  },
];

/** The star that puts a place on the shortlist; choosing the row is something else. */
function star(lang: Lang, item: Candidate, kept: boolean, keep: () => void): TemplateResult {
  const press = (event: Event): void => {
    event.stopPropagation();
    keep();
  };
  const word = tell(lang, "keepOne", { place: item.place ?? item.id });
  return html`<button
    class="plain star"
    aria-pressed=${kept}
    aria-label=${word}
    title=${word}
    @click=${press}
    @keydown=${(event: KeyboardEvent) => ["Enter", " "].includes(event.key) && event.stopPropagation()}
  >
    ${kept ? "★" : "☆"}
  </button>`;
}

export interface TableState {
  lang: Lang;
  found: Candidates;
  nameOf: (nis: string) => string;
  sort: Sort;
  selected: string | undefined;
  order: (sort: Sort) => void;
  choose: (capakey: string) => void;
  more: () => void;
  isKept: (capakey: string) => boolean;
  keep: (item: Candidate) => void;
}

export function table(state: TableState): TemplateResult {
  const { lang, found } = state;
  const cut = found.count > found.items.length;
  return html`<p class="count">
      ${say(lang, "count", { count: found.count, excluded: found.excluded })}
      ${
        cut
          ? html` · ${say(lang, "firstShown", { shown: found.items.length })}
              <button id="more" @click=${state.more}>${say(lang, "more")}</button>`
          : nothing
      }
      <span class="muted">
        · ${say(lang, "asOf", { day: shortDay(lang, found.run_info.as_of) })} ·
        ${say(lang, "dataOf", { day: shortDay(lang, found.run_info.data_date) })}
      </span>
    </p>
    ${found.runs.length > 1 ? html`<p class="count muted">${tell(lang, "severalRanks")}</p>` : nothing}
    ${list({
      id: "candidates",
      columns: columns(state).map((one) => ({ ...one, title: "word" in one ? say(lang, one.word) : one.title })),
      items: [...found.items].sort((a, b) => a.rank - b.rank),
      keyOf: (item) => item.capakeys[0]!,
      sort: state.sort,
      order: state.order,
      choose: state.choose,
      selected: state.selected,
    })}`;
}
