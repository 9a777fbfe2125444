"""A map as one HTML file: folium's drawing, with Leaflet and styles written into the file itself.

Nothing is fetched when the file is opened, but a base map the sender chose. Leaflet comes from the page's own build.
"""

from __future__ import annotations

import html
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import folium
from branca.element import Element

from api.i18n import Translator
from geodata.errors import StandplaatsError
from geodata.territory import NOTICE

LEAFLET = Path(__file__).parent / "static" / "leaflet"

#: Light to dark in five steps, safe for colour blindness; the last colour is the best score.
SCORE_COLOURS = ("#fde725", "#5ec962", "#21918c", "#3b528b", "#440154")
_OUTLINE = {"color": "#6b7372", "weight": 1.5, "dashArray": "6 3", "fillColor": "#f7f5f0", "fillOpacity": 1.0}
_LINK = re.compile(r'<(?:script[^>]*src|link[^>]*href)="(?:https?:)?//[^"]*"[^>]*?(?:/>|>(?:</script>)?)')


def score_colour(score: float) -> str:
    """Colour of a score 0..1."""
    return SCORE_COLOURS[min(int(score * len(SCORE_COLOURS)), len(SCORE_COLOURS) - 1)]


def write_map(
    path: Path,
    found: dict[str, Any],
    shapes: dict[str, dict[str, Any]],
    sites: list[dict[str, Any]],
    translate: Translator,
    *,
    outline: dict[str, Any] | None = None,
    fictional: bool = False,
    basemap: str | None = None,
    attribution: str = "",
) -> None:
    """Write the map.

    Parameters
    ----------
    path : file to write; replaced whole or not at all.
    found : candidates document with titles.
    shapes : CAPAKEY -> GeoJSON geometry (lon/lat) and text.
    sites : existing sites.
    translate : language of the file.
    outline : GeoJSON geometry (lon/lat) of the municipality, drawn below.
    fictional : show the notice of demo data.
    basemap, attribution : tile address chosen by the sender, and what its provider asks to be named.

    Raises
    ------
    StandplaatsError
        When Leaflet is not built or the file cannot be written.
    """
    drawing = folium.Map(tiles=basemap, attr=attribution or " ", control_scale=True, prefer_canvas=True)
    if outline is not None:
        folium.GeoJson(outline, style_function=lambda _: _OUTLINE, interactive=False).add_to(drawing)
    # One layer each: folium's popups of single shapes would need a library that the file does not carry.
    # The best candidate is drawn last, on top.
    drawn = [_candidate(item, shapes[item["capakeys"][0]], translate) for item in reversed(found["items"])]
    _layer(drawn).add_to(drawing)
    _layer([_site(site, translate) for site in sites], marker=folium.CircleMarker(radius=7)).add_to(drawing)
    boxes = [item["bbox"] for item in found["items"]] + [[*site["centre"], *site["centre"]] for site in sites]
    if boxes:
        west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
        east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
        drawing.fit_bounds([[south, west], [north, east]])
    root = drawing.get_root()
    root.html.add_child(Element(_legend(found, translate, fictional)))  # type: ignore[attr-defined]
    _replace(path, _inline(root.render()))


def _layer(features: list[dict[str, Any]], **options: Any) -> folium.FeatureGroup | folium.GeoJson:
    """Features with `style`, `title` and `text` (HTML) among their properties."""
    if not features:
        return folium.FeatureGroup()
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda feature: feature["properties"]["style"],
        tooltip=folium.GeoJsonTooltip(["title"], labels=False),
        popup=folium.GeoJsonPopup(["text"], labels=False, max_width=380),
        **options,
    )


def _candidate(item: dict[str, Any], shape: dict[str, Any], translate: Translator) -> dict[str, Any]:
    middle = (item["score"]["low"] + item["score"]["high"]) / 2
    unknown = item["verdict"] == "unknown"
    low, high = item["rank_interval"]
    rank = f"{low}" if low == high else f"{low}–{high}"
    verdict = translate.verdict(item["verdict"], item["so_far"])
    title = html.escape(item["place"] or item["capakeys"][0])
    text = (
        f"<b>{rank} · {title}</b><br>{html.escape(item['capakeys'][0])}<br><i>{html.escape(verdict)}</i>"
        f"<p>{html.escape(shape['text'])}</p>"
    )
    style = {
        "color": "#1d3b3a",
        "weight": 1,
        "fillColor": score_colour(middle),
        "fillOpacity": 0.35 if unknown else 0.8,
        "dashArray": "4 3" if unknown else ("1 4" if item["verdict"] == "needs_derogation" else ""),
    }
    properties = {"style": style, "title": f"{rank} · {title}", "text": text}
    return {"type": "Feature", "properties": properties, "geometry": shape["geometry"]}


def _site(site: dict[str, Any], translate: Translator) -> dict[str, Any]:
    words = [site["name"], translate.word(site["site_type"]), translate.word(site["status"])]
    if site["pitches"] is not None:
        words.append(f"{site['pitches']} {translate.word(site['pitch_unit'] or 'pitch')}")
    shown = [html.escape(word) for word in words]
    filled = 0.9 if site["status"] == "open" else 0.0
    style = {"color": "#b3261e", "weight": 2, "fill": True, "fillColor": "#b3261e", "fillOpacity": filled}
    return {
        "type": "Feature",
        "properties": {"style": style, "title": shown[0], "text": "<br>".join(shown)},
        "geometry": {"type": "Point", "coordinates": list(site["centre"])},
    }


def _legend(found: dict[str, Any], translate: Translator, fictional: bool) -> str:
    steps = "".join(
        f'<div><span class="sp-key" style="background:{colour}"></span>{at / 5:.1f}–{(at + 1) / 5:.1f}</div>'
        for at, colour in enumerate(SCORE_COLOURS)
    )
    info = found["run_info"]
    notice = f"<strong>{html.escape(NOTICE[translate.language])}</strong>" if fictional else ""
    shown = translate("{shown} of {count} candidates are drawn.").format(
        shown=len(found["items"]), count=found["count"]
    )
    dates = translate("Law of {as_of}, data of {data_date}.").format(as_of=info["as_of"], data_date=info["data_date"])
    return f"""<style>
        .sp-legend {{ position: fixed; left: 12px; bottom: 60px; z-index: 999; background: #fff; color: #111;
            padding: 10px 12px; font: 14px/1.5 system-ui, sans-serif; box-shadow: 0 1px 4px #0006; max-width: 260px }}
        .sp-key {{ display: inline-block; width: 22px; height: 12px; margin-right: 8px }}
        .sp-site {{ border: 2px solid #b3261e; border-radius: 50%; width: 10px; height: 10px }}
        </style><div class="sp-legend">{notice}<div>{html.escape(translate("Score"))}</div>{steps}
        <div><span class="sp-key" style="border:1px dotted #1d3b3a"></span>{html.escape(translate.verdict("needs_derogation"))}</div>
        <div><span class="sp-key" style="border:1px dashed #1d3b3a"></span>{html.escape(translate.verdict("unknown"))}</div>
        <div><span class="sp-key sp-site"></span>{html.escape(translate("Existing site"))}</div>
        <small>{html.escape(shown)} {html.escape(dates)}</small></div>"""


def _inline(page: str) -> str:
    """The page with every outside script and style replaced by Leaflet's own text."""
    try:
        script = (LEAFLET / "leaflet.js").read_text(encoding="utf-8")
        style = (LEAFLET / "leaflet.css").read_text(encoding="utf-8")
    except OSError:
        raise StandplaatsError(
            "The page is not built, and a map needs its Leaflet.", "Run ./standplaats demo --no-serve once."
        ) from None
    # Pictures of the layer switch, which this map does not use; as addresses they would be fetched.
    style = re.sub(r"url\([^)]*\)", "none", style)
    page = _LINK.sub("", page)
    return page.replace("<head>", f"<head><style>{style}</style><script>{script}</script>", 1)


def _replace(path: Path, text: str) -> None:
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}", delete=False
        ) as temporary:
            temporary.write(text)
        # mkstemp makes the file private; a map is made to be sent.
        os.chmod(temporary.name, 0o644)
        os.replace(temporary.name, path)
    except OSError as error:
        raise StandplaatsError(
            f"{path} cannot be written: {error.strerror}.", "Choose a folder you may write to."
        ) from None
