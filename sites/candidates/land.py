"""Wishes about the land itself: its zone, its slope, the ways from it, and whether it lies in a Plan HP perimeter.

Contract: SQL on `run_result r`, `parcel p`, `measurement m` and `batch b`, of the run `%(run)s`. What is not known of a
parcel may be as wished: such a parcel stays in the list, which says that it is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geodata.errors import UsageError
from geodata.sources.zoning_labels import zoning_classes
from sites.suitability import Message, zoning_title

#: Class that covers most of the parcel; NULL where no plan is known, or only one of a later day than the run's.
ZONE = """(CASE WHEN coalesce((b.datasets #>> '{dates,zoning}')::date <= (SELECT as_of FROM run WHERE id = %(run)s), true)
    THEN (SELECT z.key FROM jsonb_each_text(m.shares -> 'zoning') z ORDER BY z.value::float8 DESC, z.key LIMIT 1) END)"""
#: Does a Plan HP perimeter cover a part of it?
IN_HP = "coalesce((m.shares -> 'plan_hp') <> '{}'::jsonb, false)"
#: Word for a parcel whose zone is not known.
NO_ZONE = "unknown"
Way = Literal["school", "stop", "shop"]
WAYS: tuple[Way, ...] = ("school", "stop", "shop")


def walked_mm(way: Way) -> str:
    """SQL of the least length of a way along the roads, millimetres; NULL where it is not known."""
    return f"""m.reach_low_mm[array_position(ARRAY(SELECT jsonb_array_elements_text(b.common -> 'reach')), '{way}')]"""


@dataclass(frozen=True)
class Land:
    """What the land should be; None = any.

    Attributes
    ----------
    zones : zoning classes of the largest part; `unknown` stands for parcels of which none is known.
    max_slope_deg : mean slope at most, degrees.
    school_m, stop_m, shop_m : the way on foot at most, metres.
    in_hp : inside or outside the perimeters of Plan HP.
    """

    zones: tuple[str, ...] | None = None
    max_slope_deg: float | None = None
    school_m: int | None = None
    stop_m: int | None = None
    shop_m: int | None = None
    in_hp: bool | None = None

    def __post_init__(self) -> None:
        for zone in self.zones or ():
            if zone != NO_ZONE and zone not in zoning_classes():
                raise UsageError(f"{zone} is no zoning class.", "The classes are listed in /api/v1/meta.")

    def conditions(self) -> list[tuple[str, str, Message | None, dict[str, object]]]:
        """Name, SQL, sentence and values of each wish."""
        out: list[tuple[str, str, Message | None, dict[str, object]]] = []
        if self.zones is not None:
            classes = [zoning_title(zone) for zone in self.zones if zone != NO_ZONE]
            said = Message("in the plan: {zone}", {"zone": classes[0]}) if len(classes) == 1 else None
            out.append(("zoning", f"coalesce({ZONE}, 'unknown') = ANY(%(zones)s)", said, {"zones": list(self.zones)}))
        if self.max_slope_deg is not None:
            said = Message("slope of {slope}° at most, or not known", {"slope": f"{self.max_slope_deg:g}"})
            out.append(
                ("slope", "coalesce(m.slope_deg <= %(max_slope)s, true)", said, {"max_slope": self.max_slope_deg})
            )
        for way, metres in self.ways().items():
            said = Message(_WALK[way], {"metres": metres})
            limit = f"{way}_mm"
            out.append((way, f"coalesce({walked_mm(way)} <= %({limit})s, true)", said, {limit: metres * 1000}))
        if self.in_hp is not None:
            said = Message(
                "inside a Plan HP perimeter" if self.in_hp else "not known to lie inside a Plan HP perimeter"
            )
            out.append(("hp", f"{IN_HP} = %(in_hp)s", said, {"in_hp": self.in_hp}))
        return out

    def ways(self) -> dict[Way, int]:
        """The ways that are limited, metres."""
        asked: dict[Way, int | None] = {"school": self.school_m, "stop": self.stop_m, "shop": self.shop_m}
        return {way: metres for way, metres in asked.items() if metres is not None}


_WALK: dict[Way, str] = {
    "school": "a school within {metres} m on foot, or not known",
    "stop": "a stop within {metres} m on foot, or not known",
    "shop": "a food shop within {metres} m on foot, or not known",
}
ANY_LAND = Land()
