// One source in full, and what one municipality has of what it needs.
import { html, nothing, type TemplateResult } from "lit";
import type { Dataset, Lang, Source, SourceState, Standing } from "./api";
import { number, shortDay } from "./format";
import type { Column } from "./list";
import { stateMark, stateWord } from "./sources_marks";
import { has, say } from "./sources_words";

/** Kinds of which nobody asks what they leave out. */
const NOT_ABSENT = ["municipalities", "parcels", "dem", "ownership", "sites"];

/** State of a need, told as finely as that of a source. */
export function stateOf(one: Standing): SourceState {
  if (one.state !== "loaded") return one.state;
  const rows = one.datasets.some((found) => found.rows !== 0);
  if (!rows) return one.absence === "counts" ? "empty_checked" : "empty_suspicious";
  if (one.absence === "counts" || NOT_ABSENT.includes(one.layer)) return "loaded";
  return one.absence === "partly" ? "loaded_partly" : "loaded_silent";
}

export const age = (lang: Lang, days: number): string =>
  days ? say(lang, "days", { count: number(lang, days) }) : say(lang, "today");

export const staleClock = (lang: Lang): TemplateResult =>
  html`<span class="stale nowrap" title=${say(lang, "staleWhy")}>${clockDrawn()} ${say(lang, "stale")}</span>`;

const clockDrawn = (): TemplateResult =>
  html`<svg class="clock" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
    <circle cx="8" cy="8" r="6.5" />
    <path d="M8 4V8L11 10" />
  </svg>`;

const rowsOf = (lang: Lang, one: Dataset): string =>
  one.rows === null ? say(lang, "rowsKept") : say(lang, "rowCount", { count: number(lang, one.rows) });

const cause = (lang: Lang, name: string | null): string => (name && has(name) ? say(lang, name) : (name ?? ""));

/** What is loaded for a need: each dataset with version, date, age and rows. */
function versions(lang: Lang, one: Standing): TemplateResult {
  return html`<div>
    ${one.datasets.map(
      (found) =>
        html`<div class="version">
          ${one.source_titles[found.source] ?? found.source}
          <small
            >v${found.version} · ${shortDay(lang, found.date)} · ${rowsOf(lang, found)}
            ${found.stale ? staleClock(lang) : nothing}</small
          >
        </div>`,
    )}
  </div>`;
}

export const standingColumns = (lang: Lang, commands: boolean): Column<Standing>[] => [
  { title: say(lang, "layer"), sortBy: (one) => one.title, cell: (one) => html`<b>${one.title}</b>` },
  {
    title: say(lang, "state"),
    sortBy: (one) => stateOf(one),
    cell: (one) =>
      html`<div>
        ${stateWord(lang, stateOf(one))}
        ${
          one.last_attempt
            ? html`<small
                >${one.state === "loaded" ? say(lang, "keptBefore") : cause(lang, one.last_attempt.cause)}
                (${shortDay(lang, one.last_attempt.at)})</small
              >`
            : nothing
        }
      </div>`,
  },
  { title: say(lang, "version"), sortBy: (one) => one.datasets[0]?.date ?? "", cell: (one) => versions(lang, one) },
  {
    title: say(lang, "who"),
    sortBy: (one) => one.who_has_it.join(),
    cell: (one) =>
      html`<div>
        ${one.who_has_it.join(", ")}
        ${
          commands && one.fetch && one.state !== "loaded"
            ? html`<small><code>sources fetch --source ${one.fetch}</code></small>`
            : nothing
        }
      </div>`,
  },
];

export interface Detail {
  lang: Lang;
  source: Source;
  nameOf: (nis: string) => string;
  partOf: string | null;
  municipality: string;
  /** State of the source in the chosen municipality. */
  here: SourceState | undefined;
  /** May commands be named: not in the public view, whose readers have no command line here. */
  commands: boolean;
}

export function sourceDetail(detail: Detail): TemplateResult {
  const { lang, source, nameOf } = detail;
  const row = (title: string, cell: unknown): TemplateResult =>
    html`<dt>${title}</dt>
      <dd>${cell}</dd>`;
  return html`<h2 tabindex="-1">${source.title}</h2>
    <p class="muted">${source.kind_title} · ${source.region_title} · <code>${source.id}</code></p>
    ${
      detail.municipality
        ? told(detail.here ?? "elsewhere", source, lang, nameOf(detail.municipality))
        : told(source.state, source, lang)
    }
    <dl>
      ${row(say(lang, "provider"), source.provider_text)} ${row(say(lang, "licence"), source.licence_text)}
      ${row(say(lang, "passOn"), say(lang, source.redistributable ? "mayPass" : "mayNotPass"))}
      ${row(say(lang, "cadence"), source.cadence_text ?? html`<em>${say(lang, "noCadence")}</em>`)}
      ${row(
        say(lang, "grade"),
        html`${say(lang, `grade${source.grade}`)}${source.own_field_names ? html`<small>${say(lang, "ownFields")}</small>` : nothing}`,
      )}
      ${detail.partOf ? row(say(lang, "partOf"), detail.partOf) : nothing}
      ${source.services.length ? row(say(lang, "services"), source.services.map(service)) : nothing}
    </dl>
    ${
      source.datasets.length
        ? html`<h3>${say(lang, "loadedOf")}</h3>
            ${source.datasets.map((one) => dataset(detail, one))}`
        : howTo(detail)
    }
    ${attempts(lang, source)}
    ${
      source.caveats.length
        ? html`<h3>${say(lang, "caveats")}</h3>
            ${lang === "en" ? nothing : html`<p class="muted">${say(lang, "english")}</p>`}
            <ul lang="en">
              ${source.caveats.map((one) => html`<li>${one}</li>`)}
            </ul>`
        : nothing
    }`;
}

/** What can be said of a source, in one sentence. */
function told(state: SourceState, source: Source, lang: Lang, place?: string): TemplateResult {
  const plain = state === "loaded" && NOT_ABSENT.includes(source.kind);
  const sentence = say(lang, plain ? "m_loaded_plain" : `m_${state}`);
  return html`<p class="told">
    ${stateMark(state)}<span>${place ? html`<b>${place}:</b> ` : nothing}${sentence}</span>
  </p>`;
}

const service = (one: Source["services"][number]): TemplateResult =>
  html`<div class="service">
    <b>${one.protocol}</b> ${one.endpoint}${one.layer ? html`<small>${one.layer}</small>` : nothing}
  </div>`;

function dataset({ lang, nameOf }: Detail, one: Source["datasets"][number]): TemplateResult {
  const row = (title: string, cell: unknown): TemplateResult =>
    html`<dt>${title}</dt>
      <dd>${cell}</dd>`;
  const stale = one.stale === null ? say(lang, "staleUnknown") : one.stale ? staleClock(lang) : say(lang, "fresh");
  const absence = one.absence_counts
    ? html`<b>${say(lang, "absenceCounts")}</b>`
    : one.covered.length || one.covers_parts
      ? say(lang, "absencePartly")
      : html`<b class="unknown">? ${say(lang, "absenceUnknown")}</b>`;
  return html`<dl class="dataset">
    ${row(say(lang, "edition"), html`v${one.version}, ${rowsOf(lang, one)}`)}
    ${row(
      say(lang, "dateOf"),
      one.source_date ? shortDay(lang, one.source_date) : say(lang, "dateFetched", { day: shortDay(lang, one.date) }),
    )}
    ${row(say(lang, "age"), html`${age(lang, one.age_days)}, ${stale}`)}
    ${row(say(lang, "places"), placesOf(lang, one.municipalities, nameOf))}
    ${NOT_ABSENT.includes(one.kind) ? nothing : row(say(lang, "absence"), absence)}
  </dl>`;
}

function placesOf(lang: Lang, found: string[] | null, nameOf: (nis: string) => string): unknown {
  if (found === null) return html`<b class="unknown">? ${say(lang, "noPlaces")}</b>`;
  const told = found.map(nameOf).join(", ");
  if (found.length <= 12) return told;
  return html`<details>
    <summary>${say(lang, "manyPlaces", { count: number(lang, found.length) })}</summary>
    ${told}
  </details>`;
}

function howTo({ lang, source, municipality, commands }: Detail): TemplateResult | typeof nothing {
  if (source.state === "only_known") return nothing;
  const told = commands
    ? source.fetchable
      ? html`${say(lang, "fetchIt")}<br />
          <code>./standplaats sources fetch --municipality ${municipality || "NIS"} --source ${source.id}</code>`
      : say(lang, "askIt", { provider: source.provider_text })
    : say(lang, "askPublic", { provider: source.provider_text });
  return html`<h3>${say(lang, "howTo")}</h3>
    <p>${told}</p>`;
}

function attempts(lang: Lang, source: Source): TemplateResult | typeof nothing {
  const bad = source.attempts.filter((one) => one.status === "failed" || one.status === "empty_suspicious");
  if (!bad.length) return nothing;
  return html`<h3>${say(lang, "attempts")}</h3>
    <ul class="plain">
      ${bad.map(
        (one) =>
          html`<li>
            ${stateMark(one.status as SourceState)}
            <span
              >${say(lang, `s_${one.status as "failed"}`)}: ${cause(lang, one.cause)}
              <small>${shortDay(lang, one.at)} · ${one.area} ${one.reason ?? ""} ${one.remedy ?? ""}</small></span
            >
          </li>`,
      )}
    </ul>`;
}
