"""How many pitches fit: the generous and the tight drawing of the norm, and the one for the pitches wanted."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geodata.errors import UsageError
from sites.candidates.layout.check import faults
from sites.candidates.layout.drawing import Laid, draw, pitches_of, service_plots
from sites.candidates.layout.ground import Entry, entries_beside, entries_of, parts_of
from sites.candidates.layout.lanes import Size, kept
from sites.candidates.layout.model import Drawing, Layout, Variant
from sites.candidates.layout.norm import LayoutNorm
from sites.candidates.layout.plans import Plan, plans
from sites.suitability.messages import Message

#: Largest piece of land laid out at once, square metres; the time grows with it.
MOST_M2 = 200_000.0
#: Widths of pitch tried, and the deepest shape of one: depth to width.
_WIDTHS, _DEEPEST = 4, 2.2
#: Rows that a pitch may be fitted to, and the difference below which two widths are one, metres.
_MOST_ROWS, _ALIKE = 8, 0.02
#: Rounding of coordinates, metres.
_ROUNDING = 1e-5
#: Steps between the generous and the tight end that are tried for a wished number of pitches.
_STEPS = (0.25, 0.5, 0.75)
#: An access within this of a part lies on its border, metres.
_APART = 1.0
#: From the middle of a road to the land beside it; an access farther away is told, metres.
_BESIDE_ROAD = 10.0
_POINTS = ("Point", "MultiPoint")
#: How far a way in may move along the border where none fits at the very place, metres.
_MOVED = (5.0, 10.0, 20.0)
#: Parts drawn on where the access touches several.
_MOST_PARTS = 6


@dataclass(frozen=True)
class _End:
    """One point of the norm's range: area of a pitch, how far it may grow, distance between caravans."""

    area: float
    most: float
    spacing: float


def layout(remainder: BaseGeometry, access: BaseGeometry | None, norm: LayoutNorm, wanted: int | None = None) -> Layout:
    """Lay out a piece of land.

    Parameters
    ----------
    remainder : what of the land may be built on, polygons in EPSG:31370; holes and several parts are allowed.
    access : where it is entered: a point (the nearest place of the border is taken), a line of frontage, or None (not
        known: the side that serves best is taken, and the layout says so).
    norm : the figures to draw by.
    wanted : pitches wanted; the drawing for them takes the largest pitches with which they fit.

    Raises
    ------
    UsageError
        When the land is larger than 20 hectares, or the wish is no number of pitches.
    """
    if wanted is not None and wanted < 1:
        raise UsageError(f"{wanted} is no number of pitches.", "Ask for 1 or more.")
    parts = parts_of(remainder)
    area = sum(one.area for one in parts)
    if area > MOST_M2:
        raise UsageError(
            f"{area / 10_000:.1f} hectares are too much to lay out at once.",
            "Draw the part that is meant, up to 20 ha.",
        )
    study = _Study(parts, _reached(parts, access, norm), norm)
    generous, tight = study.ends()
    moved = 0.0
    if not tight.pitches and access is not None and access.geom_type in _POINTS and parts:
        study, (generous, tight), moved = _beside(study, access, (generous, tight))
    drawings = [generous, tight]
    if wanted is not None:
        drawings.append(study.for_wish(wanted, generous, tight))
    drawn = drawings[2] if wanted is not None else generous if generous.pitches else tight
    notes = _notes(study, access, drawn, wanted, tight.pitches)
    if moved:
        notes.insert(0, Message("The way in was moved by {moved} along the border.", {"moved": ("m", moved)}))
    return Layout(
        norm=norm,
        area_m2=area,
        low=generous.pitches,
        high=tight.pitches,
        wanted=wanted,
        drawings=tuple(drawings),
        drawn=drawn,
        notes=tuple(notes),
        reason=None if tight.pitches else _reason(study),
    )


def _reached(parts: Sequence[Polygon], access: BaseGeometry | None, norm: LayoutNorm) -> list[tuple[int, list[Entry]]]:
    """Parts that the access reaches, with the ways in; an access apart from all reaches the nearest."""
    if not parts:
        return []
    road = norm.road_width.high
    if access is None:
        return [(0, entries_of(parts[0], None, road))]
    away = [one.distance(access) for one in parts]
    touching = [at for at, metres in enumerate(away) if metres <= _APART]
    if access.geom_type == "Point" or not touching:
        touching = [int(np.argmin(away))]
    return [(at, entries_of(parts[at], access, road)) for at in touching[:_MOST_PARTS]]


def _beside(
    study: _Study, access: BaseGeometry, found: tuple[Drawing, Drawing]
) -> tuple[_Study, tuple[Drawing, Drawing], float]:
    """Where a road cannot come in at the very place (a tip, say): the nearest place of the border where it can."""
    at, _ = study.reached[0]
    for metres in _MOVED:
        reached = [(at, entries_beside(study.parts[at], access, metres))]
        other = _Study(study.parts, reached, study.norm)
        generous, tight = other.ends()
        if tight.pitches:
            return other, (generous, tight), metres
    return study, found, 0.0


def _sizes(end: _End, norm: LayoutNorm, sides: Sequence[float]) -> list[Size]:
    """Shapes of a pitch that hold a caravan with its distances; empty where the range has none.

    Parameters
    ----------
    sides : lengths that rows of pitches and roads may fill, metres.
    """
    half, road = end.spacing / 2, norm.road_width.high
    least_width = norm.stand_width.high + end.spacing
    least_depth = norm.road_distance.high + norm.stand_length.high + half
    area = max(end.area, least_width * least_depth)
    if area > end.most + 1e-9:
        return []
    widest = area / least_depth
    narrowest = min(max(least_width, (area / _DEEPEST) ** 0.5), widest)
    tried = np.linspace(narrowest, widest, _WIDTHS).tolist()
    # Depths with which whole rows on both sides of a road fill a length.
    for rows, side in itertools.product(range(1, _MOST_ROWS), sides):
        depth = (side - rows * road) / (2 * rows)
        if depth > 0 and narrowest <= area / depth <= widest:
            tried.append(area / (math.floor(depth * 1000) / 1000))
    out: list[Size] = []
    for wish in tried:
        # Whole millimetres, so that rows lie exactly side by side; never below the area, never above the largest.
        width = max(math.floor(wish * 1000 + 1e-6), math.ceil(least_width * 1000 - 1e-6)) / 1000
        depth = math.ceil(area / width * 1000 - 1e-6) / 1000
        if width * depth > end.most:
            depth = math.floor(end.most / width * 1000 + 1e-6) / 1000
        small = width * depth < norm.pitch_area.low or depth < least_depth - 1e-9
        if small or any(abs(one.width - width) < _ALIKE for one in out):
            continue
        most = max(width, end.most / depth if end.most > area else width)
        out.append(Size(width, depth, most, road, norm.dead_end_free.high, norm.turning_length.high))
    return out


class _Study:
    """Drawings of one piece of land, with the plans of each end of the norm kept for the next."""

    def __init__(self, parts: Sequence[Polygon], reached: Sequence[tuple[int, list[Entry]]], norm: LayoutNorm) -> None:
        self.parts, self.reached, self.norm = parts, reached, norm
        self.ground = MultiPolygon(list(parts))
        self._plans: dict[_End, list[tuple[int, Plan]]] = {}
        area, spacing = norm.pitch_area, norm.spacing
        self.wide = _End(area.high, area.high, spacing.high)
        self.narrow = _End(area.low, area.high, spacing.low)

    def ends(self) -> tuple[Drawing, Drawing]:
        """The generous and the tight drawing."""
        generous, tight = self.drawing("generous", self.wide), self.drawing("tight", self.narrow)
        if tight.pitches < generous.pitches:
            # A pitch of the generous drawing lies within the norm's range: it fits here too.
            tight = replace(generous, variant="tight")
        return generous, tight

    def drawing(self, variant: Variant, end: _End, wanted: int | None = None) -> Drawing:
        """The drawing of most pitches at one end of the norm; with a wish, of the pitches nearest to the way in."""
        laid = _shared(self._sound_plans(end), self.norm, wanted)
        made = draw(variant, laid, self.parts, self.norm, end.spacing)
        if faults(made, self.ground, self.norm):
            return draw(variant, [], self.parts, self.norm, end.spacing)
        return made

    def for_wish(self, wanted: int, generous: Drawing, tight: Drawing) -> Drawing:
        """The drawing for a wish: the largest pitches and distances with which so many fit."""
        tried = [self.wide] if generous.pitches >= wanted else []
        if not tried and tight.pitches > wanted:
            tried = [self._between(share) for share in _STEPS]
        for end in [*tried, self.narrow]:
            made = self.drawing("wanted", end, wanted)
            if made.pitches >= wanted:
                return made
        return replace(tight, variant="wanted")

    def _sides(self) -> list[float]:
        """Sides of the least rectangles around the parts that are reached, less the green edge on both ends."""
        out: list[float] = []
        for at, _ in self.reached:
            corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(self.parts[at]))[:3]
            out += (np.hypot(*np.diff(corners, axis=0).T) - 2 * self.norm.green_edge.high - _ROUNDING).tolist()
        return out

    def _between(self, share: float) -> _End:
        wide, narrow = self.wide, self.narrow
        return _End(
            wide.area + share * (narrow.area - wide.area),
            wide.most,
            wide.spacing + share * (narrow.spacing - wide.spacing),
        )

    def _sound_plans(self, end: _End) -> list[tuple[int, Plan]]:
        """The plan of each part that is reached, where there is one."""
        if end not in self._plans:
            sizes = _sizes(end, self.norm, self._sides())
            found = [
                (at, self._sound(at, plans(self.parts[at], entries, sizes, self.norm.green_edge.high), end))
                for at, entries in self.reached
                if sizes
            ]
            self._plans[end] = [(at, plan) for at, plan in found if plan is not None]
        return self._plans[end]

    def _sound(self, at: int, of_part: Sequence[Plan], end: _End) -> Plan | None:
        """The first plan whose drawing breaks no rule and whose long dead ends can all be turned in.

        Where no plan can be turned in, the one of most pitches.
        """
        spare: Plan | None = None
        for plan in of_part:
            made = draw("tight", _shared([(at, plan)], self.norm, None), self.parts, self.norm, end.spacing)
            if faults(made, self.ground, self.norm):
                continue
            if not made.unturned:
                return plan
            spare = spare or plan
        return spare


def _shared(chosen: Sequence[tuple[int, Plan]], norm: LayoutNorm, wanted: int | None) -> list[Laid]:
    """Plots of each part that are kept; the service buildings stand on the plots nearest to the first way in."""
    total = sum(len(plan.slots) for _, plan in chosen)
    pitches = pitches_of(total, norm)
    if wanted is not None:
        pitches = min(pitches, wanted)
    plots = pitches + service_plots(pitches, norm)
    out = []
    service = service_plots(pitches, norm)
    for at, plan in sorted(chosen, key=lambda one: -len(one[1].slots)):
        mine = kept(plan.lanes, plan.slots, min(plots, len(plan.slots)))
        here = min(service, len(mine))
        out.append(Laid(at, plan, tuple(mine), here))
        plots, service = plots - len(mine), service - here
    return out


def _reason(study: _Study) -> Message:
    """Why not one pitch fits."""
    parts, reached, norm = study.parts, study.reached, study.norm
    if not parts:
        return Message("Nothing is left to build on.")
    area = sum(parts[at].area for at, _ in reached)
    if area < norm.pitch_area.low:
        return Message(
            "The part that the access reaches has {area}, less than one pitch of {pitch}.",
            {"area": ("m2", area), "pitch": ("m2", norm.pitch_area.low)},
        )
    if all(parts[at].buffer(-norm.green_edge.high).is_empty for at, _ in reached):
        return Message(
            "The land is too narrow: nothing is left inside a green edge of {edge}.",
            {"edge": ("m", norm.green_edge.high)},
        )
    return Message(
        "No pitch with a road of {road} to it fits: the land is too narrow or too bent.",
        {"road": ("m", norm.road_width.high)},
    )


def _notes(study: _Study, access: BaseGeometry | None, drawn: Drawing, wanted: int | None, most: int) -> list[Message]:
    """What a reader has to know of a drawing."""
    parts, reached = study.parts, study.reached
    out = []
    if access is None and parts:
        out.append(Message("The access is not known: the side that serves best was taken."))
    if access is not None and parts:
        apart = min(one.distance(access) for one in parts)
        if apart > _BESIDE_ROAD:
            out.append(Message("The way from the road to the land, {apart}, is not drawn.", {"apart": ("m", apart)}))
    left = sum(one.area for at, one in enumerate(parts) if at not in {number for number, _ in reached})
    if left > 1.0:
        out.append(
            Message("Parts that the access does not reach, {area} together, are not laid out.", {"area": ("m2", left)})
        )
    if drawn.unturned:
        out.append(Message("A long dead end has no room for a turning arm: look at it on the spot."))
    if wanted is not None and most < wanted:
        out.append(Message("{wanted} pitches do not fit; at most {most} do.", {"wanted": wanted, "most": most}))
    out.append(
        Message(
            "The distance is kept between the caravans as drawn; a caravan placed elsewhere on its pitch must keep it too."
        )
    )
    return out
