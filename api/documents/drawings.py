"""Small drawings of a document as inline SVG: the map of a parcel, and contributions as bars."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import shapely

from api.documents.page import VERDICTS, number, text
from api.i18n import Translator
from sites.candidates.exports.place import Around

#: Side of the map, in units of its drawing.
_SIDE = 400.0
_ROADS = {"motorway": (9.0, "#d98a3d"), "main": (7.5, "#e3b95f"), "secondary": (6.0, "#efd9a0")}
_ROAD_ELSE = (4.5, "#ffffff")
_PATHS = ("path", "track")
#: Lengths a scale bar may have, metres.
_BARS = (10, 20, 50, 100, 200, 500, 1000, 2000)


def place_map(around: Around, verdict: str, translate: Translator, pitches: Sequence[Any] = ()) -> str:
    """The parcel with its neighbours, buildings, roads, a scale bar and north; north is up.

    Parameters
    ----------
    verdict : of the parcels, which gives them their colour.
    pitches : shapes of drawn pitches, EPSG:31370.
    """
    west, _, east, north = around.frame
    scale = _SIDE / (east - west)

    def path(shape: Any) -> str:
        return "".join(_rings(shapely.transform(shape, lambda xy: (xy - (west, north)) * (scale, -scale))))

    def areas(shapes: Iterable[Any], style: str) -> str:
        drawn = "".join(path(one) for one in shapes)
        return f'<path d="{drawn}" {style}/>' if drawn else ""

    parts = [f'<rect width="{_SIDE:g}" height="{_SIDE:g}" fill="#f4f3ef"/>']
    parts.append(areas(around.neighbours, 'fill="none" stroke="#b9bdb9" stroke-width=".7"'))
    parts += _roads(around, path)
    parts.append(areas(around.buildings, 'fill="#b3aea6" stroke="#8f8a83" stroke-width=".5"'))
    ink, ground, _ = VERDICTS[verdict]
    edge = f'stroke="{ink}" stroke-linejoin="round"'
    parts.append(areas(around.parcels, f'fill="{ground}" fill-opacity=".8" {edge} stroke-width="2.4"'))
    parts.append(areas(pitches, f'fill="#ffffff" fill-opacity=".85" {edge} stroke-width=".9"'))
    parts += _names(around, scale, (west, north))
    parts.append(_scale_bar(scale, translate))
    parts.append(_NORTH)
    label = text(translate("Map of the candidate with its neighbours; north is up."))
    return (
        f'<svg viewBox="0 0 {_SIDE:g} {_SIDE:g}" width="100%" role="img" aria-label="{label}" '
        f'style="border:.25mm solid #8f9693">{"".join(parts)}</svg>'
    )


_NORTH = (
    '<g transform="translate(374 30)"><circle r="17" fill="#fff" fill-opacity=".85"/><path d="M0-13L5.5 6L0 2L-5.5 6Z" '
    'fill="#17211f"/><text y="15" font-size="10" text-anchor="middle" font-weight="700">N</text></g>'
)


def _rings(shape: Any) -> Iterable[str]:
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            rings = [part.exterior, *part.interiors]
        elif part.geom_type == "LineString":
            rings = [part]
        else:
            continue
        for ring in rings:
            told = "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(ring))
            yield f"M{told}" + ("Z" if part.geom_type == "Polygon" else "")


def _roads(around: Around, path: Any) -> list[str]:
    """Edges of all roads first, so that crossings are open."""
    edges, tops = [], []
    for kind, _, line in around.roads:
        drawn = path(line)
        if not drawn:
            continue
        if kind in _PATHS:
            tops.append(f'<path d="{drawn}" fill="none" stroke="#a39a8c" stroke-width="1" stroke-dasharray="4 2.5"/>')
            continue
        width, colour = _ROADS.get(kind, _ROAD_ELSE)
        ends = 'stroke-linecap="round" stroke-linejoin="round"'
        edges.append(f'<path d="{drawn}" fill="none" stroke="#a7a39b" stroke-width="{width + 1.6:g}" {ends}/>')
        tops.append(f'<path d="{drawn}" fill="none" stroke="{colour}" stroke-width="{width:g}" {ends}/>')
    return edges + tops


def _names(around: Around, scale: float, corner: tuple[float, float]) -> list[str]:
    """Names of the longest named roads, along their longest straight piece; those too short for the name have none."""
    longest: dict[str, Any] = {}
    for _, name, line in around.roads:
        for piece in shapely.get_parts(line):
            if name and (name not in longest or piece.length > longest[name].length):
                longest[name] = piece
    out = []
    for name, line in sorted(longest.items(), key=lambda one: -one[1].length)[:5]:
        if line.length * scale < len(name) * 5.4:
            continue
        middle = line.interpolate(0.5, normalized=True)
        before, after = (line.interpolate(at, normalized=True) for at in (0.45, 0.55))
        angle = -math.degrees(math.atan2(after.y - before.y, after.x - before.x))
        angle += 180.0 if abs(angle) > 90.0 else 0.0
        x, y = (middle.x - corner[0]) * scale, (corner[1] - middle.y) * scale
        if not (40 < x < _SIDE - 40 and 30 < y < _SIDE - 45):
            continue
        out.append(
            f'<text transform="translate({x:.1f} {y:.1f}) rotate({angle:.1f})" y="3.4" font-size="10" text-anchor="middle" '
            f'fill="#3a3f3e" stroke="#fff" stroke-width="3" paint-order="stroke">{text(name)}</text>'
        )
    return out


def _scale_bar(scale: float, translate: Translator) -> str:
    metres = max((one for one in _BARS if one * scale <= _SIDE / 3), default=_BARS[0])
    width = metres * scale
    return (
        f'<g transform="translate(12 {_SIDE - 14:g})"><rect x="-6" y="-20" width="{width + 24:.1f}" height="28" fill="#fff" '
        f'fill-opacity=".85"/><path d="M0-4V0H{width:.1f}V-4" fill="none" stroke="#17211f" stroke-width="1.6"/>'
        f'<text y="-8" font-size="10.5">{number(metres, translate)} m</text></g>'
    )


def bars(criteria: Sequence[Mapping[str, Any]], translate: Translator) -> str:
    """Contributions as bars: what is certain is solid, what is open is hatched, the outline is the weight."""
    most = max((one["weight"] for one in criteria), default=1.0) or 1.0
    rows = []
    for one in criteria:
        low, high, weight = one["contribution"]["low"], one["contribution"]["high"], one["weight"]
        wide = [100.0 * value / most for value in (weight, low, high)]
        drawing = (
            f'<svg viewBox="0 0 100 8" width="100%" height="2.1mm" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect y=".6" width="{wide[0]:.2f}" height="6.8" fill="#eceeeb"/>'
            f'<rect y=".6" x="{wide[1]:.2f}" width="{max(wide[2] - wide[1], 0):.2f}" height="6.8" fill="#9ccfc0"/>'
            f'<rect y=".6" width="{wide[1]:.2f}" height="6.8" fill="#0b6e58"/></svg>'
        )
        shown = number(low, translate, "0.000")
        if high != low:
            shown += f"–{number(high, translate, '0.000')}"
        rows.append(
            f'<tr><td>{text(one["title"])}<span class="muted"> · {text(one["sentence"])}</span></td>'
            f'<td style="width:26%">{drawing}</td><td class="n">{shown}</td></tr>'
        )
    return f"<table>{''.join(rows)}</table>"
