// Paper: what a print carries beside the map and the table, its size, and the files to take away.
import { html, nothing, type TemplateResult } from "lit";
import type { Behind, Lang, RunInfo } from "./api";
import { here } from "./api";
import { tell } from "./desk_words";
import { day } from "./format";

export const PAPERS = ["a4", "a3"] as const;
export type Paper = (typeof PAPERS)[number];
const FORMATS = ["gpkg", "geojson", "csv", "xlsx"] as const;

export interface PrintState {
  lang: Lang;
  title: string;
  /** The filters and wishes, as sentences. */
  wishes: string[];
  run: RunInfo;
  today: string;
  /** Day whose law is shown beside the list. */
  asOf: string;
  sources: Behind[];
  notice: string | undefined;
  address: string;
}

/** Head of a print: what it shows, of which day; told again where the law is not today's. */
export function printHead(state: PrintState): TemplateResult {
  const { lang, run } = state;
  return html`<div class="print-only print-head">
    <h2>${state.title}</h2>
    ${state.wishes.length ? html`<p>${state.wishes.join(" · ")}</p>` : nothing}
    <p>
      ${tell(lang, "printOf", { law: day(lang, run.as_of), data: day(lang, run.data_date), printed: day(lang, state.today) })}
    </p>
    ${state.asOf === state.today ? nothing : html`<p><b>${tell(lang, "asStood", { day: day(lang, state.asOf) })}</b></p>`}
    ${state.notice ? html`<p><b>${state.notice}</b></p>` : nothing}
  </div>`;
}

/** Foot of a print: every source with its licence, and where the page is. */
export function printFoot({ lang, sources, run, address }: PrintState): TemplateResult {
  const lines = [...new Set(sources.map((one) => one.attribution ?? `${one.title}, ${one.provider_text}`))];
  return html`<div class="print-only print-foot">
    <p><b>${tell(lang, "sources")}</b>: ${lines.join("; ")}</p>
    <p>${tell(lang, "advice")} ${run.id} · ${address}</p>
  </div>`;
}

/** The arrow of a printed map. */
export const north = (lang: Lang): TemplateResult =>
  html`<svg
    class="print-only north"
    viewBox="0 0 24 36"
    width="24"
    height="36"
    role="img"
    aria-label=${tell(lang, "north")}
  >
    <path d="M12 2L20 30L12 24L4 30Z" />
    <text x="12" y="36" text-anchor="middle">N</text>
  </svg>`;

const ROUND = [1, 2, 5];

/** The longest round length that takes at most a third of a map so wide, and which share of it that is; metres. */
export function scaleOf(metresWide: number): { metres: number; share: number } {
  const most = metresWide / 3;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = Math.max(...ROUND.map((one) => one * power).filter((one) => one <= most));
  return { metres, share: metres / metresWide };
}

/** Scale bar of a printed map; its length is set when the map is made a picture. */
export const scaleBar = (): TemplateResult => html`<div class="print-only scale"><span></span></div>`;

export interface FilesState {
  lang: Lang;
  query: Record<string, string | undefined>;
  /** Results of the list, each with the municipality it is of. */
  parts: { run: string; nis: string; name: string }[];
  paper: Paper;
  choose: (paper: Paper) => void;
  print: () => void;
}

const address = (path: string, query: Record<string, string | undefined>): string => {
  const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return `${here()}api/v1/${path}?${new URLSearchParams(given)}`;
};

/** Print on A4 or A3, and the list as files with its filters. */
export function filesAndPrint(state: FilesState): TemplateResult {
  const { lang, parts } = state;
  return html`<details class="menu">
    <summary>${tell(lang, "printAndFiles")}</summary>
    <div class="choices">
      <p class="buttons">
        <select
          aria-label=${tell(lang, "paper")}
          @change=${(event: Event) => state.choose((event.target as HTMLSelectElement).value as Paper)}
        >
          ${PAPERS.map((one) => html`<option value=${one} ?selected=${one === state.paper}>${one.toUpperCase()}</option>`)}
        </select>
        <button id="print" @click=${state.print}>${tell(lang, "print")}</button>
      </p>
      ${parts.map(({ run, nis, name }) => {
        const query: FilesState["query"] = { ...state.query, municipality: nis, run };
        const council = { municipality: nis, run, type: query["type"], pitches: query["pitches"], lang };
        return html`<p>
          <b>${name}</b><br />
          ${FORMATS.map(
            (format) =>
              html`<a class="button" href=${address("exports", { ...query, format })} download
                >${tell(lang, `file_${format}`)}</a
              > `,
          )}
          <br /><a href=${address("notes", council)} target="_blank" rel="noopener">${tell(lang, "councilNote")}</a>
        </p>`;
      })}
    </div>
  </details>`;
}

export const sheetAddress = (key: string, query: Record<string, string | undefined>): string =>
  address(`sheets/${key.replace("/", "-")}`, query);
