"""A map as one HTML file: folium's drawing, with Leaflet and styles written into the file itself.

A title line says which municipality and type of site it shows, and that it is a draft where it is one. A switch shows and
hides candidates of each verdict, groups of parcels, sites and roads. Nothing is fetched when the file is opened, but a base
map the sender chose. Leaflet comes from the page's own build.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import folium
from babel.numbers import format_decimal
from branca.element import Element

from api.i18n import Translator
from api.maplayers import GROUP_COLOUR, OUTLINE, SCORE_COLOURS, add_candidates, add_groups, add_roads, add_sites, mark
from api.mapplace import Place
from api.provenance import attribution_line, say_sources, source_lines
from api.whole_file import whole_file
from geodata.errors import StandplaatsError
from geodata.territory import NOTICE
from sites.inventory.text import word

LEAFLET = Path(__file__).parent / "static" / "leaflet"

_LINK = re.compile(r'<(?:script[^>]*src|link[^>]*href)="(?:https?:)?//[^"]*"[^>]*?(?:/>|>(?:</script>)?)')


def write_map(
    path: Path,
    found: dict[str, Any],
    shapes: dict[str, dict[str, Any]],
    place: Place,
    translate: Translator,
    *,
    groups: Sequence[dict[str, Any]] = (),
    fictional: bool = False,
    basemap: str | None = None,
    attribution: str = "",
) -> None:
    """Write the map.

    Parameters
    ----------
    path : file to write; replaced whole or not at all.
    found : candidates document with titles and sources.
    shapes : CAPAKEY -> GeoJSON geometry (lon/lat; None = may not be passed on, and is not drawn) and text.
    place : the municipality, its sites and, where there is no base map, its territory and main roads.
    translate : language of the file.
    groups : groups of parcels as a list of them has them, with shapes and, each, `text`.
    fictional : show the notice of demo data.
    basemap, attribution : tile address chosen by the sender, and what its provider asks to be named.

    Raises
    ------
    StandplaatsError
        When Leaflet is not built or the file cannot be written.
    """
    drawing = folium.Map(tiles=None, control_scale=True, prefer_canvas=True)
    if basemap:
        folium.TileLayer(basemap, attr=attribution or " ", control=False).add_to(drawing)
    if place.outline is not None:
        folium.GeoJson(place.outline, style_function=lambda _: OUTLINE, interactive=False, control=False).add_to(
            drawing
        )
    add_roads(drawing, place.roads, translate)
    add_candidates(drawing, found["items"], shapes, translate)
    add_groups(drawing, list(groups), translate)
    add_sites(drawing, place, translate)
    # Open: the button that would open it has a picture, which would be fetched.
    folium.LayerControl(position="bottomright", collapsed=False).add_to(drawing)
    points = [site["geometry"]["coordinates"] for site in place.sites]
    boxes = [item["bbox"] for item in found["items"] if item["bbox"] is not None] + [
        [*point, *point] for point in points
    ]
    if boxes:
        west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
        east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
        drawing.fit_bounds([[south, west], [north, east]])
    root: Any = drawing.get_root()
    title, draft = _title(found, place, translate)
    root.title = html.escape(title)
    root.html.add_child(
        Element(_heading(title, draft, translate, fictional) + _legend(found, place, translate, bool(groups)))
    )
    with whole_file(path) as file:
        file.write(_inline(root.render(), translate.language).encode())


def _title(found: dict[str, Any], place: Place, translate: Translator) -> tuple[str, str]:
    """Which municipality and type of site, and the sentence of a draft (empty for a published list)."""
    info = found["run_info"]
    kind = word("site_type", info["site_type"], translate.language)
    draft = "" if info["published"] else translate("Draft: the municipality has not published this list.")
    return f"{place.name} ({place.nis}): {kind}", draft


def _heading(title: str, draft: str, translate: Translator, fictional: bool) -> str:
    notice = f'<div class="sp-notice">{html.escape(NOTICE[translate.language])}</div>' if fictional else ""
    told = f'<div class="sp-draft">{html.escape(draft)}</div>' if draft else ""
    return f"""<style>
        .sp-title, .sp-legend {{ position: fixed; z-index: 999; background: #fff; color: #111; padding: 8px 12px;
            font: 14px/1.4 system-ui, sans-serif; box-shadow: 0 1px 4px #0006 }}
        .sp-title {{ top: 10px; left: 56px; max-width: calc(100% - 68px) }}
        .sp-title h1 {{ font-size: 17px; margin: 0 }}
        .sp-notice {{ color: #4a3500; background: #fff3c4; padding: 0 6px }}
        .sp-draft {{ font-weight: 600; color: #a3200f }}
        .sp-road {{ font: 11px/1 system-ui, sans-serif; color: #3a3f3e; white-space: nowrap; display: inline-block;
            transform: translate(-50%, -50%); text-shadow: 0 0 2px #fff, 0 0 2px #fff, 0 0 2px #fff }}
        </style><div class="sp-title"><h1>{html.escape(title)}</h1>{told}{notice}</div>"""


def _legend(found: dict[str, Any], place: Place, translate: Translator, groups: bool) -> str:
    def row(key: str, text: str) -> str:
        return f'<div class="sp-row">{key}{html.escape(text)}</div>'

    def box(style: str) -> str:
        return f'<span class="sp-key" style="{style}"></span>'

    rows = [f"<b>{html.escape(translate('Score'))}</b>"]
    step = [format_decimal(at / 5, "0.0", translate.language) for at in range(6)]
    rows += [row(box(f"background:{one}"), f"{step[at]}–{step[at + 1]}") for at, one in enumerate(SCORE_COLOURS)]
    rows.append(row(box("border:2px dotted #1d3b3a"), translate.verdict("needs_derogation")))
    rows.append(row(box("border:2px dashed #1d3b3a"), translate.verdict("unknown")))
    if groups:
        rows.append(row(box(f"border:3px solid {GROUP_COLOUR}"), translate("Group of parcels")))
    rows += _site_rows(place, translate, row)
    info = found["run_info"]
    shown = translate("{shown} of {count} candidates are drawn.").format(
        shown=sum(item["bbox"] is not None for item in found["items"]), count=found["count"]
    )
    dates = translate("Law of {as_of}, data of {data_date}.").format(as_of=info["as_of"], data_date=info["data_date"])
    return f"""<style>
        .sp-legend {{ left: 12px; bottom: 52px; max-width: 270px; max-height: calc(100% - 150px); overflow: auto }}
        .sp-legend summary {{ cursor: pointer; font-weight: 600 }}
        @media (max-width: 600px) {{ .sp-legend {{ max-height: 32% }} }}
        .leaflet-control-layers {{ max-width: 300px; font: 14px/1.4 system-ui, sans-serif; color: #111 }}
        .sp-row {{ display: flex; gap: 8px; align-items: center }}
        .sp-key {{ flex: none; box-sizing: border-box; width: 22px; height: 12px }}
        .sp-row .sp-site {{ flex: none; width: 18px; height: 18px; margin: 0 2px }}
        </style><details class="sp-legend" open><summary>{html.escape(translate("Legend"))}</summary>{"".join(rows)}
        <small>{html.escape(shown)} {html.escape(dates)}</small>{_sources(found, place, translate)}</details>"""


def _sources(found: dict[str, Any], place: Place, translate: Translator) -> str:
    """The sources behind the file, each once, and below them what has to be named with it."""
    ground = say_sources(place.basis.sources(translate.language), translate)
    sources = list({one["dataset"]: one for one in (*found["sources"], *ground)}.values())
    rows = "".join(f"<li>{html.escape(line)}</li>" for line in source_lines(sources, translate))
    named = html.escape(attribution_line(sources))
    return (
        f'<details class="sp-sources"><summary>{html.escape(translate("Sources"))}</summary><ul>{rows}</ul></details>'
        f'<small class="sp-named">{named}</small>'
    )


def _site_rows(place: Place, translate: Translator, row: Callable[[str, str], str]) -> list[str]:
    """A row for each type and each status that is on the map."""
    if not place.sites and not place.unplaced:
        return []
    told = [site["properties"] for site in place.sites]
    types = list(dict.fromkeys(one["site_type"] for one in told))
    statuses = list(dict.fromkeys(one["status"] for one in told))
    rows = [f"<b>{html.escape(translate('Existing and planned sites'))}</b>"]
    rows += [row(mark(one, "open"), word("site_type", one, translate.language)) for one in types]
    rows += [row(mark(types[0], one), word("status", one, translate.language)) for one in statuses]
    if place.unplaced:
        sentence = translate("Known sites whose place is known only roughly, not drawn: {count}")
        rows.append(f"<div>{html.escape(sentence.format(count=place.unplaced))}</div>")
    return rows


def _inline(page: str, language: str) -> str:
    """The page, in its language, with every outside script and style replaced by Leaflet's own text."""
    try:
        script = (LEAFLET / "leaflet.js").read_text(encoding="utf-8")
        style = (LEAFLET / "leaflet.css").read_text(encoding="utf-8")
    except OSError:
        raise StandplaatsError(
            "The page is not built, and a map needs its Leaflet.", "Run ./standplaats demo --no-serve once."
        ) from None
    # Pictures of the layer switch, which this map does not use; as addresses they would be fetched.
    style = re.sub(r"url\([^)]*\)", "none", style)
    page = _LINK.sub("", page).replace("<html>", f'<html lang="{language}">', 1)
    return page.replace("<head>", f"<head><style>{style}</style><script>{script}</script>", 1)
