// The map in its place on the page: what it is given to show, what it tells back, and what lies over it.
import { html, nothing, render, type TemplateResult } from "lit";
import { legend } from "./legend";
import { LAND, verdictsOf } from "./filters";
import { createMap, type MapSite, type Shown } from "./map";
import type { Label } from "./map_style";
import { north, scaleBar } from "./printing";
import { tell } from "./desk_words";
import { siteTold } from "./site_popup";
import { NARROW, type Desk } from "./state";
import { scoreUnder } from "./weights";
import { say } from "./words";

type Box = [number, number, number, number];
/** West, south, east, north of Belgium: what is shown while no municipality is loaded. */
const COUNTRY: Box = [2.55, 49.5, 6.41, 51.5];
const framed = new WeakMap<Desk, string>();

const around = (boxes: Box[]): Box =>
  boxes.length
    ? [
        Math.min(...boxes.map((one) => one[0])),
        Math.min(...boxes.map((one) => one[1])),
        Math.max(...boxes.map((one) => one[2])),
        Math.max(...boxes.map((one) => one[3])),
      ]
    : COUNTRY;

/** Bring the map to what the page shows now; the first time, make it. */
export async function drawMap(desk: Desk): Promise<void> {
  await desk.updateComplete;
  const box = around(desk.chosen.map((one) => one.bbox));
  const container = desk.querySelector<HTMLElement>("#map");
  if (desk.map) {
    desk.map.show(shown(desk));
    if (framed.get(desk) !== desk.at("m")) desk.map.frame(box);
  } else if (container)
    desk.map = createMap(container, box, shown(desk), {
      pick: (key) => desk.pick(key),
      site: (site) => tellSite(desk, site),
      group: (id) => void desk.guard(() => desk.tools.land.choose(id)),
      seen: (count, zones, municipalities) => {
        [desk.leftOut, desk.zones] = [count, zones];
        desk.tools.saw(municipalities);
      },
    });
  framed.set(desk, desk.at("m"));
}

/** What the map is to show. */
export function shown(desk: Desk): Shown {
  const { lang } = desk;
  const wanted = {
    verdicts: verdictsOf(desk.at("v")),
    minArea: Number(desk.at("a")),
    pitches: Number(desk.at("n")),
    owner: desk.at("o"),
    ranks: ranksOf(desk, desk.found?.runs[0]?.id),
  };
  return {
    run: desk.found?.runs[0]?.id ?? "none",
    wanted,
    further: (desk.found?.runs ?? []).slice(1).map(({ id }) => ({ run: id, ranks: ranksOf(desk, id) })),
    score: scoreUnder(desk.criteria, desk.weights),
    layers: desk.tools.layers,
    given: desk.tools.given(wanted),
    ground: desk.tools.base?.address ?? "",
    labels: labels(desk),
    words: { zoomIn: say(lang, "zoomIn"), zoomOut: say(lang, "zoomOut"), close: say(lang, "close") },
  };
}

/** Filters on the land are not in the tiles: there the parcels of the list are known by their ranks. */
function ranksOf(desk: Desk, run = ""): number[] | null {
  if (!Object.keys(LAND).some((key) => desk.at(key))) return null;
  return desk.facets?.ranks[run] ?? null;
}

/** Do the filters leave so many parcels that the map cannot follow the list? */
const isBehind = (desk: Desk): boolean =>
  Object.keys(LAND).some((key) => desk.at(key)) && Object.values(desk.facets?.ranks ?? {}).includes(null);

const labels = (desk: Desk): Label[] =>
  (desk.places ?? []).map((place) => ({
    name: desk.nameOf(place),
    at: [(place.bbox[0] + place.bbox[2]) / 2, (place.bbox[1] + place.bbox[3]) / 2],
  }));

function tellSite(desk: Desk, site: MapSite): HTMLElement {
  const content = document.createElement("div");
  render(siteTold(desk.lang, site, desk.meta?.demo === false), content);
  return content;
}

/** The frame of the map: the map itself, notices above it, the legend below. */
export function frame(desk: Desk): TemplateResult {
  const { lang, leftOut } = desk;
  return html`<div class="frame">
    <img class="map-picture print-only" alt=${say(lang, "map")} />
    ${north(lang)} ${scaleBar()}
    <div id="map" role="region" aria-label=${say(lang, "map")}></div>
    <span class="aim" aria-hidden="true"></span>
    <div class="over">
      ${desk.tools.buttons()} ${desk.noticeHere()} ${desk.tools.notice()}
      ${isBehind(desk) ? html`<p class="left-out" role="status">${tell(lang, "mapTooMany")}</p>` : nothing}
      ${leftOut ? html`<p class="left-out" role="status">${say(lang, "leftOut", { count: leftOut })}</p>` : nothing}
      <button class="narrow" id="open-filters" @click=${() => (desk.filtersOpen = true)}>
        ${say(lang, "openFilters")}
      </button>
    </div>
    ${desk.tools.credit()} ${desk.tools.panel()}
    ${legend({ ...desk.tools.legend(), open: innerWidth > NARROW && !desk.tools.open })}
  </div>`;
}
