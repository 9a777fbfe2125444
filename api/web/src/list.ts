// A sortable table driven by keyboard; on a narrow screen each row becomes a card of the same cells.
import { html, nothing, type TemplateResult } from "lit";

export interface Sort {
  /** -1: in the order of the answer. */
  column: number;
  down: boolean;
}
export interface Column<T> {
  title: string;
  /** What stands in the head of the table where the title is too long for it. */
  short?: string;
  sortBy: (item: T) => number | string;
  figure?: boolean;
  cell: (item: T) => unknown;
}
export interface ListState<T> {
  id: string;
  columns: Column<T>[];
  items: T[];
  keyOf: (item: T) => string;
  sort: Sort;
  order: (sort: Sort) => void;
  /** Rows can be chosen only where this is given. */
  choose?: (key: string) => void;
  selected?: string | undefined;
  /** Heading under which an item stands; groups come in the order of their first item in the answer. */
  groupOf?: ((item: T) => string) | undefined;
}

export function list<T>(state: ListState<T>): TemplateResult {
  const { columns, sort, choose } = state;
  const sortBy = columns[sort.column]?.sortBy ?? (() => 0);
  const compare = (x: number | string, y: number | string): number =>
    typeof x === "string" && typeof y === "string" ? x.localeCompare(y) : x < y ? -1 : x > y ? 1 : 0;
  // The sort is stable: what is equal keeps the order of the answer.
  const items = [...state.items].sort((a, b) => compare(sortBy(a), sortBy(b)) * (sort.down ? -1 : 1));
  return html`<table id=${state.id} class="cards ${choose ? "choice" : ""}">
    <thead>
      <tr>
        ${columns.map((column, at) => heading(state, column, at))}
      </tr>
    </thead>
    ${groups(state, items).map(
      ([title, some]) =>
        html`<tbody @keydown=${(event: KeyboardEvent) => choose && keys(event, choose)}>
          ${
            title
              ? html`<tr class="group">
                  <th colspan=${columns.length} scope="rowgroup">${title} <span class="muted">${some.length}</span></th>
                </tr>`
              : nothing
          }
          ${some.map((item) => row(state, item))}
        </tbody>`,
    )}
  </table>`;
}

function groups<T>({ groupOf, items }: ListState<T>, sorted: T[]): [string, T[]][] {
  if (!groupOf) return [["", sorted]];
  const found = new Map<string, T[]>(items.map((item) => [groupOf(item), []]));
  for (const item of sorted) found.get(groupOf(item))!.push(item);
  return [...found];
}

function heading<T>({ sort, order }: ListState<T>, column: Column<T>, at: number): TemplateResult {
  const current = at === sort.column;
  const direction = current ? (sort.down ? "descending" : "ascending") : "none";
  const full = column.short ? column.title : nothing;
  const click = () => order({ column: at, down: current && !sort.down });
  return html`<th scope="col" aria-sort=${direction}>
    <button class="plain" aria-label=${full} title=${full} @click=${click}>${column.short ?? column.title}</button>
  </th>`;
}

function row<T>({ columns, keyOf, choose, selected }: ListState<T>, item: T): TemplateResult {
  const key = keyOf(item);
  return html`<tr
    tabindex=${choose ? "0" : nothing}
    data-key=${key}
    aria-selected=${choose ? String(key === selected) : nothing}
    @click=${() => choose?.(key)}
  >
    ${columns.map(
      (column) => html`<td class=${column.figure ? "figure" : ""} data-label=${column.title}>${column.cell(item)}</td>`,
    )}
  </tr>`;
}

// Arrow keys move from row to row, Enter and space choose.
function keys(event: KeyboardEvent, choose: (key: string) => void): void {
  const row = (event.target as HTMLElement).closest("tr");
  const key = row?.dataset["key"];
  const rows = [...(row?.closest("table")?.querySelectorAll<HTMLElement>("tr[data-key]") ?? [])];
  if (event.key === "ArrowDown") rows[rows.indexOf(row!) + 1]?.focus();
  else if (event.key === "ArrowUp") rows[rows.indexOf(row!) - 1]?.focus();
  else if ((event.key === "Enter" || event.key === " ") && key) choose(key);
  else return;
  event.preventDefault();
}
