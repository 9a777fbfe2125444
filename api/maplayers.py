"""The layers of a map file: candidates by verdict, groups of parcels, sites, main roads.

Contract: GeoJSON features whose style, title and text (HTML, escaped) are among their properties, as folium layers with a
name in the language of the file, so that Leaflet's own switch names them. Nothing here is read or fetched.
"""

from __future__ import annotations

import html
from typing import Any

import folium

from api.i18n import Translator
from api.mapplace import Place

#: Light to dark in five steps, safe for colour blindness; the last colour is the best score.
SCORE_COLOURS = ("#fde725", "#5ec962", "#21918c", "#3b528b", "#440154")
OUTLINE = {"color": "#6b7372", "weight": 1.5, "dashArray": "6 3", "fillColor": "#f7f5f0", "fillOpacity": 1.0}
_ROADS = {"motorway": {"color": "#d98a3d", "weight": 3.5}, "main": {"color": "#e3b95f", "weight": 2.5}}
#: Names of roads that are written; more would cover the map.
_ROAD_NAMES = 24
#: Shape of each type of site, as on the page (`api/web/src/marks.ts`); filled: open, empty: planned,
#: crossed: gone, dashed: whether it is still used was not found.
_SHAPES = {
    "residential": "M4 4H18V18H4Z",
    "transit": "M11 3L19 18H3Z",
    "temporary": "M11 4A7 7 0 1 1 10.99 4Z",
    "gathering": "M11 2L20 11L11 20L2 11Z",
}
_CROSS = "M3 3L19 19M19 3L3 19"
_SITE_COLOUR = "#b3261e"
#: Outline of a group of parcels.
GROUP_COLOUR = "#d4007f"


def score_colour(score: float) -> str:
    """Colour of a score 0..1."""
    return SCORE_COLOURS[min(int(score * len(SCORE_COLOURS)), len(SCORE_COLOURS) - 1)]


def _marker(size: int = 22) -> folium.Marker:
    """A mark whose drawing comes with each feature, as `html` of its style."""
    return folium.Marker(icon=folium.DivIcon(icon_size=(size, size), icon_anchor=(size // 2, size // 2)))


def add_roads(drawing: folium.Map, roads: list[dict[str, Any]], translate: Translator) -> None:
    """Main roads, with the names of the longest."""
    lines = [
        {"type": "Feature", "properties": {"style": _ROADS[road["road_class"]]}, "geometry": road["geometry"]}
        for road in roads
    ]
    named = [road for road in roads if road["name"] and road["middle"] is not None][:_ROAD_NAMES]
    names = [
        {
            "type": "Feature",
            "properties": {"style": {"html": f'<span class="sp-road">{html.escape(road["name"])}</span>'}},
            "geometry": {"type": "Point", "coordinates": road["middle"]},
        }
        for road in named
    ]
    if not lines:
        return
    both = folium.FeatureGroup(translate("Main roads"))
    _still(lines, None).add_to(both)
    if names:
        _still(names, _marker(0)).add_to(both)
    both.add_to(drawing)


def _still(features: list[dict[str, Any]], marker: folium.Marker | None) -> folium.GeoJson:
    """Features that answer to no click."""
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda feature: feature["properties"]["style"],
        interactive=False,
        marker=marker,
    )


def _layer(name: str, features: list[dict[str, Any]], **options: Any) -> folium.GeoJson:
    """Features with `style`, `title` and `text` (HTML) among their properties, switched by the name and their number."""
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=f"{html.escape(name)} ({len(features)})",
        style_function=lambda feature: feature["properties"]["style"],
        # One layer each: folium's popups of single shapes would need a library that the file does not carry.
        tooltip=folium.GeoJsonTooltip(["title"], labels=False),
        popup=folium.GeoJsonPopup(["text"], labels=False, max_width=380),
        **options,
    )


def add_candidates(
    drawing: folium.Map, items: list[dict[str, Any]], shapes: dict[str, dict[str, Any]], translate: Translator
) -> None:
    """A layer for each verdict, the best on top, and in each the best candidate last, on top."""
    by_verdict: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for item in reversed(items):
        shape = shapes[item["capakeys"][0]]
        if shape["geometry"] is not None:
            by_verdict.setdefault((item["verdict"], item["so_far"]), []).append(_candidate(item, shape, translate))
    for (verdict, so_far), features in by_verdict.items():
        _layer(translate.verdict(verdict, so_far), features).add_to(drawing)


def add_groups(drawing: folium.Map, groups: list[dict[str, Any]], translate: Translator) -> None:
    """Groups of parcels as outlines, so that the parcels below still answer to a click; the best last, on top."""
    drawn = [_group(item, translate) for item in reversed(groups) if item["geometry"] is not None]
    if drawn:
        _layer(translate("Groups of parcels"), drawn).add_to(drawing)


def add_sites(drawing: folium.Map, place: Place, translate: Translator) -> None:
    """Existing and planned sites."""
    drawn = [_site(site) for site in place.sites]
    if drawn:
        _layer(translate("Existing and planned sites"), drawn, marker=_marker()).add_to(drawing)


def _group(item: dict[str, Any], translate: Translator) -> dict[str, Any]:
    title = translate("Group of {count} parcels").format(count=len(item["capakeys"]))
    pitches = _range(item["pitches"]["low"], item["pitches"]["high"])
    verdict = translate.verdict(item["verdict"], item["so_far"])
    keys = ", ".join(item["capakeys"])
    text = (
        f"<b>{html.escape(title)}</b><br>{html.escape(keys)}<br><i>{html.escape(verdict)}</i><br>"
        f"{html.escape(translate('pitches, estimate'))}: {pitches}<p>{html.escape(item['text'])}</p>"
    )
    style = {"color": GROUP_COLOUR, "weight": 3, "fill": False, "dashArray": ""}
    properties = {"style": style, "title": html.escape(title), "text": text}
    return {"type": "Feature", "properties": properties, "geometry": item["geometry"]}


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low}–{high}"


def _candidate(item: dict[str, Any], shape: dict[str, Any], translate: Translator) -> dict[str, Any]:
    middle = (item["score"]["low"] + item["score"]["high"]) / 2
    unknown = item["verdict"] == "unknown"
    rank = _range(*(item["rank_interval"] or (item["rank"], item["rank"])))
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


def mark(site_type: str, status: str | None) -> str:
    """Drawing of a site: its type is the shape, its status the filling."""
    shape = _SHAPES.get(site_type, _SHAPES["gathering"])
    fill = _SITE_COLOUR if status == "open" else "#fff"
    cross = f'<path d="{_CROSS}"/>' if status in ("not_built", "closed", "dropped") else ""
    dashes = ' stroke-dasharray="3 2.4"' if status not in ("open", "planned") and not cross else ""
    return (
        f'<svg class="sp-site" width="22" height="22" viewBox="0 0 22 22" stroke="{_SITE_COLOUR}" stroke-width="2.4" '
        f'fill="none"><path d="{shape}" fill="{fill}"{dashes}/>{cross}</svg>'
    )


def _site(site: dict[str, Any]) -> dict[str, Any]:
    told = site["properties"]
    texts = told["texts"]
    place = told["place"] if told["place"] != told["name"] else None
    words = [told["name"], texts["site_type"], texts["status"], texts["pitches"], place]
    shown = [html.escape(one) for one in words if one]
    page = next((fact["source"] for fact in reversed(told["facts"]["status"]) if fact["source"]), None)
    if page is not None:
        shown.append(f'<a href="{html.escape(page)}" target="_blank" rel="noopener noreferrer">{html.escape(page)}</a>')
    style = {"html": mark(told["site_type"], told["status"])}
    text = f"<b>{shown[0]}</b><br>" + "<br>".join(shown[1:])
    return {
        "type": "Feature",
        "properties": {"style": style, "title": shown[0], "text": text},
        "geometry": site["geometry"],
    }
