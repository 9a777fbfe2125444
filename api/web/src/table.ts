// The table of candidates: columns, sorting, keyboard; on a narrow screen each row becomes a card of the same cells.
import { html, nothing, type TemplateResult } from "lit";
import type { Candidate, Candidates, Lang } from "./api";
import { between, metres, number, rank, scoreBar, verdict } from "./parts";
import { say, type WordKey } from "./words";

export interface Sort {
  column: number;
  down: boolean;
}
interface Column {
  word: WordKey;
  sortBy: (item: Candidate) => number | string;
  figure?: boolean;
  cell: (lang: Lang, item: Candidate, total: number) => unknown;
}

const distance = (word: "school" | "shop" | "stop"): Column => ({
  word,
  sortBy: (item) => item.distances[word]?.high ?? 1e9,
  figure: true,
  cell: (lang, item) => metres(lang, item.distances[word]),
});

const COLUMNS: Column[] = [
  {
    word: "rank",
    sortBy: (item) => item.rank,
    figure: true,
    cell: (lang, item, total) => rank(lang, item.rank_interval, total),
  },
  {
    word: "place",
    sortBy: (item) => item.place ?? item.id,
    cell: (_, item) => html`${item.place ?? nothing}<small>${item.capakeys[0]}</small>`,
  },
  {
    word: "area",
    sortBy: (item) => item.area_m2,
    figure: true,
    cell: (lang, item) => `${number(lang, item.area_m2)} m²`,
  },
  {
    word: "fits",
    sortBy: (item) => item.pitches.high ?? -1,
    figure: true,
    cell: (lang, item) => between(lang, item.pitches),
  },
  {
    word: "verdict",
    sortBy: (item) => item.verdict,
    cell: (lang, item) => verdict(lang, item.verdict, item.so_far),
  },
  {
    word: "score",
    sortBy: (item) => -item.score.low - item.score.high,
    figure: true,
    cell: (lang, item) => scoreBar(lang, item.score),
  },
  {
    word: "notKnown",
    sortBy: (item) => item.unknown.length,
    cell: (_, item) =>
      item.unknown.length
        ? html`<span title=${item.unknown_titles.join(", ")}>${item.unknown.length}</span>`
        : html`<span aria-label="0">–</span>`,
  },
  { word: "owner", sortBy: (item) => item.owner_title, cell: (_, item) => item.owner_title },
  { word: "zoning", sortBy: (item) => item.zoning_title ?? "", cell: (_, item) => item.zoning_title ?? "?" },
  distance("school"),
  distance("shop"),
  distance("stop"),
];

export interface TableState {
  lang: Lang;
  found: Candidates;
  sort: Sort;
  selected: string | undefined;
  order: (sort: Sort) => void;
  choose: (capakey: string) => void;
  more: () => void;
}

export function table(state: TableState): TemplateResult {
  const { lang, found, sort } = state;
  const sortBy = COLUMNS[sort.column]!.sortBy;
  const items = [...found.items].sort((a, b) => {
    const [x, y] = [sortBy(a), sortBy(b)];
    return (x < y ? -1 : x > y ? 1 : a.rank - b.rank) * (sort.down ? -1 : 1);
  });
  const cut = found.count > items.length;
  return html`<p class="count">
      ${say(lang, "count", { count: found.count, excluded: found.excluded })}
      ${
        cut
          ? html` · ${say(lang, "firstShown", { shown: items.length })}
              <button id="more" @click=${state.more}>${say(lang, "more")}</button>`
          : nothing
      }
    </p>
    <table id="candidates">
      <thead>
        <tr>
          ${COLUMNS.map((column, at) => heading(state, column, at))}
        </tr>
      </thead>
      <tbody @keydown=${(event: KeyboardEvent) => keys(event, state.choose)}>
        ${items.map((item) => row(state, item))}
      </tbody>
    </table>`;
}

function heading(state: TableState, column: Column, at: number): TemplateResult {
  const current = at === state.sort.column;
  const order = current ? (state.sort.down ? "descending" : "ascending") : "none";
  const click = () => state.order({ column: at, down: current && !state.sort.down });
  return html`<th scope="col" aria-sort=${order}>
    <button class="plain" @click=${click}>${say(state.lang, column.word)}</button>
  </th>`;
}

function row(state: TableState, item: Candidate): TemplateResult {
  const key = item.capakeys[0]!;
  return html`<tr
    tabindex="0"
    data-key=${key}
    aria-selected=${key === state.selected}
    @click=${() => state.choose(key)}
  >
    ${COLUMNS.map(
      (column) =>
        html`<td class=${column.figure ? "figure" : ""} data-label=${say(state.lang, column.word)}>
          ${column.cell(state.lang, item, state.found.total_ranked)}
        </td>`,
    )}
  </tr>`;
}

// Arrow keys move from row to row, Enter and space choose.
function keys(event: KeyboardEvent, choose: (capakey: string) => void): void {
  const row = (event.target as HTMLElement).closest("tr");
  const key = row?.dataset["key"];
  if (event.key === "ArrowDown") (row?.nextElementSibling as HTMLElement | null)?.focus();
  else if (event.key === "ArrowUp") (row?.previousElementSibling as HTMLElement | null)?.focus();
  else if ((event.key === "Enter" || event.key === " ") && key) choose(key);
  else return;
  event.preventDefault();
}
