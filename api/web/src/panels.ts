// The panels of the map page: what a planner sets at the left, one parcel at the right, the list below.
import { html, nothing, type TemplateResult } from "lit";
import type { Parcel } from "./api";
import { side, type Controls } from "./controls";
import { tell } from "./desk_words";
import { detail } from "./parts";
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
    weights: desk.found ? weighing(desk) : nothing,
  };
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
  const { lang, parcel, folded } = desk;
  const { land } = desk.tools;
  const open = parcel !== undefined || land.open || desk.problem !== undefined;
  return html`<aside class="sheet ${open ? "" : "closed"}" aria-live="polite">
    ${folder(desk, "right")} ${open && !folded.right ? closer(desk, () => desk.leave()) : nothing} ${desk.problemHere()}
    ${folded.right ? nothing : parcel ? detail(lang, parcel, titleOf(desk, parcel), land.pitches()) : (land.panel() ?? hint(desk))}
  </aside>`;
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

/** The list of candidates, or why there is none. */
export function listing(desk: Desk): TemplateResult | typeof nothing {
  const { lang, found } = desk;
  if (!found) return desk.places && !desk.busy && !desk.problem ? nothingListed(desk) : nothing;
  return html`${nearMisses(desk)}${table({
    lang,
    found,
    nameOf: (nis) => nameOf(desk, nis),
    sort: desk.sort,
    selected: desk.parcel?.capakey,
    order: (sort) => (desk.sort = sort),
    choose: (key) => desk.pick(key),
    more: () => desk.more(),
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
