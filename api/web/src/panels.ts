// The panels of the map page: what a planner sets at the left, one parcel at the right, the list below.
import { html, nothing, type TemplateResult } from "lit";
import type { Parcel } from "./api";
import { side, type Controls } from "./controls";
import { tell } from "./desk_words";
import { day } from "./format";
import { detail, type DetailState } from "./detail";
import { filesAndPrint, printFoot, printHead } from "./printing";
import { pinTold } from "./share";
import type { Desk } from "./state";
import { table } from "./table";
import { sliders } from "./weights";
import { say } from "./words";

/** What the controls need of the page. */
export function controls(desk: Desk): Controls {
  return {
    lang: desk.lang,
    meta: desk.meta,
    places: desk.places ?? [],
    chosen: desk.chosen.map((one) => one.nis),
    facets: desk.facets,
    run: desk.found?.run_info,
    at: (key) => desk.at(key),
    change: (values) => desk.change(values),
    speak: (chosen) => desk.speak(chosen),
    day: desk.work.day,
    today: desk.work.today,
    actions: actions(desk),
    weights: desk.found ? weighing(desk) : nothing,
  };
}

/** Sharing, and where there is a list its files and its print. */
function actions(desk: Desk): TemplateResult {
  const { lang, work, found } = desk;
  return html`<button id="share" @click=${() => work.share()}>${tell(lang, "share")}</button> ${
      found
        ? filesAndPrint({
            lang,
            query: desk.query,
            parts: desk.chosen.map((place) => ({
              run: found.runs.length === 1 ? found.run : (desk.runOf(place)?.id ?? ""),
              nis: place.nis,
              name: desk.nameOf(place),
            })),
            paper: work.paper,
            choose: (paper) => work.setPaper(paper),
            print: () => work.print(),
          })
        : nothing
    }`;
}

/** What the page shows, as the title of a print. */
export function titled(desk: Desk): string {
  const places = desk.chosen.map((one) => desk.nameOf(one)).join(", ");
  const type = desk.at("t") === "transit" ? "transit" : "residential";
  return tell(desk.lang, "printTitle", { places, type: say(desk.lang, type) });
}

function weighing(desk: Desk): TemplateResult {
  if (!desk.criteria.length) return html`<p class="muted">${tell(desk.lang, "weightsApart")}</p>`;
  return sliders({
    lang: desk.lang,
    criteria: desk.criteria,
    weights: desk.weights,
    move: (weights) => desk.weigh(weights, false),
    settle: (weights) => desk.weigh(weights, true),
  });
}

function folder(desk: Desk, which: "left" | "right"): TemplateResult {
  const folded = desk.folded[which];
  const arrow = (which === "left") === folded ? "»" : "«";
  const word = say(desk.lang, folded ? "unfold" : "fold");
  return html`<button
    class="plain fold"
    aria-expanded=${!folded}
    aria-label=${word}
    title=${word}
    @click=${() => desk.fold(which)}
  >
    ${arrow}
  </button>`;
}

function closer(desk: Desk, close: () => void, extra = ""): TemplateResult {
  const word = say(desk.lang, "close");
  return html`<button class="plain leave ${extra}" aria-label=${word} title=${word} @click=${close}>✕</button>`;
}

/** Filters and weights. */
export function left(desk: Desk, given: Controls): TemplateResult {
  return html`<section class="left ${desk.filtersOpen ? "open" : ""}">
    ${folder(desk, "left")} ${closer(desk, () => (desk.filtersOpen = false), "narrow")}
    ${desk.folded.left && !desk.filtersOpen ? nothing : side(given)}
  </section>`;
}

/** One parcel in full, or what to do to see one. */
export function panel(desk: Desk): TemplateResult {
  const { parcel, folded } = desk;
  const { land } = desk.tools;
  const open = parcel !== undefined || land.open || desk.problem !== undefined;
  return html`<aside class="sheet ${open ? "" : "closed"}" aria-live="polite">
    ${folder(desk, "right")} ${open && !folded.right ? closer(desk, () => desk.leave()) : nothing} ${desk.problemHere()}
    ${folded.right ? nothing : parcel ? detail(told(desk, parcel)) : (land.panel() ?? hint(desk))}
  </aside>`;
}

/** What the panel needs of the page. */
function told(desk: Desk, parcel: Parcel): DetailState {
  const { work, lang } = desk;
  const place = titleOf(desk, parcel);
  const item = desk.found?.items.find((one) => one.capakeys[0] === parcel.capakey);
  const { verdict, so_far: soFar } = parcel.explanation;
  return {
    lang,
    parcel,
    place,
    criteria: desk.criteria,
    weights: desk.criteria.length ? desk.weights : {},
    pitches: desk.tools.land.pitches(),
    own: item ? { rank: item.rank_interval, score: item.score } : undefined,
    kept: work.isKept(parcel.capakey),
    keep: () => work.keep({ key: parcel.capakey, title: place, note: "", verdict, soFar }),
    subsidy: work.subsidy,
    asOf: work.day,
    isToday: work.day === work.today,
    query: desk.query,
    first: work.first,
    askFirst: () => work.askFirst(),
    report: (report) => work.report(report),
    answers: {
      lang,
      capakey: parcel.capakey,
      constraints: parcel.explanation.constraints,
      today: work.today,
      own: work.answersAbout(parcel.capakey),
      add: (finding) => work.answer(finding),
      remove: (finding) => work.withdraw(finding),
    },
  };
}

/** Where a parcel lies, as people say it: the address nearby and the municipality. */
function titleOf(desk: Desk, { capakey, municipality }: Parcel): string {
  const item = desk.found?.items.find((one) => one.capakeys[0] === capakey);
  return [item?.place, nameOf(desk, municipality)].filter(Boolean).join(", ");
}

function hint(desk: Desk): TemplateResult {
  const word = desk.busy ? "loading" : desk.found ? "choose" : "chooseParcel";
  return html`<p class="muted">${say(desk.lang, word)}</p>`;
}

/** The list of candidates or why there is none, the shortlist, or a comparison; with what a print carries. */
export function listing(desk: Desk): TemplateResult {
  const { work } = desk;
  const printed = work.printed(titled(desk));
  return html`${work.tabs()}
    <div id="tab-panel" role="tabpanel" aria-labelledby="tab-${work.tab}">
      ${notes(desk)} ${work.content(() => candidates(desk))}
    </div>
    ${printed ? printFoot(printed) : nothing}`;
}

export const headOfPrint = (desk: Desk): TemplateResult | typeof nothing => {
  const printed = desk.work.printed(titled(desk));
  return printed ? printHead(printed) : nothing;
};

/** What has to be known of the list: the day of its law, and what the address pins. */
function notes(desk: Desk): TemplateResult {
  const { lang, work } = desk;
  const { pin, day: asked, today } = work;
  const toToday = (): void => desk.change({ pin: null, on: null });
  const run = desk.found?.run_info;
  return html`${
    asked === today
      ? nothing
      : html`<p class="day-note" id="as-stood" role="status">
          <b>${tell(lang, "asStood", { day: day(lang, asked) })}</b>
          ${run && run.as_of !== asked ? tell(lang, "listOfOtherDay", { day: day(lang, run.as_of) }) : nothing}
        </p>`
  }
  ${desk.found?.findings?.length ? html`<p class="day-note" id="with-answers">${tell(lang, "withAnswers", { count: desk.found.findings.length })}</p>` : nothing}
  ${pin && (desk.gone || desk.isOld || pin.rules !== (run?.rule_pack ?? pin.rules)) ? pinTold(lang, pin, desk.gone, work.rulesNow, toToday) : nothing}`;
}

function candidates(desk: Desk): TemplateResult | typeof nothing {
  const { lang, found, work } = desk;
  if (!found) return desk.places && !desk.busy && !desk.problem && !desk.gone ? nothingListed(desk) : nothing;
  return html`${nearMisses(desk)}${table({
    lang,
    found,
    nameOf: (nis) => nameOf(desk, nis),
    sort: desk.sort,
    selected: desk.parcel?.capakey,
    order: (sort) => (desk.sort = sort),
    choose: (key) => desk.pick(key),
    more: () => desk.more(),
    isKept: (key) => work.isKept(key),
    keep: (item) =>
      work.keep({
        key: item.capakeys[0]!,
        title: [item.place, nameOf(desk, item.municipality)].filter(Boolean).join(", "),
        note: "",
        verdict: item.verdict,
        soFar: item.so_far,
      }),
  })}`;
}

/** What would help, where fewer than three are compatible. */
function nearMisses({ lang, near }: Desk): TemplateResult | typeof nothing {
  if (!near?.few) return nothing;
  return html`<details class="near" open>
    <summary>${tell(lang, "fewFound")}</summary>
    <ul>
      ${near.sentences.map((one) => html`<li>${one}</li>`)}
    </ul>
  </details>`;
}

const nameOf = (desk: Desk, nis: string): string => {
  const place = desk.places?.find((one) => one.nis === nis);
  return place ? desk.nameOf(place) : nis;
};

/** Why there is no list, and what makes one. */
function nothingListed(desk: Desk): TemplateResult {
  const { lang, place } = desk;
  const isPublic = desk.meta?.public;
  const tell = (text: string, commands: string[]): TemplateResult =>
    html`<p class="no-list" role="status">${text} ${commands.map((one) => html`<code>${one}</code> `)}</p>`;
  if (!place)
    return isPublic
      ? tell(say(lang, "noDataPublic"), [])
      : tell(say(lang, "noData"), ["municipalities", "parcels"].map((one) => `standplaats ingest FILE --as ${one}`)); // prettier-ignore
  const named = { place: desk.chosen.map((one) => desk.nameOf(one)).join(", ") };
  if (isPublic) return tell(say(lang, "notPublished", named), []);
  const nis = `--municipality ${desk.chosen.map((one) => one.nis).join(",")}`;
  return tell(say(lang, "notScored", named), [
    `standplaats measure ${nis}`,
    `standplaats score ${nis} --type ${desk.at("t")}`,
  ]);
}
