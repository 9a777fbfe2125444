"""Filters that several lists share: parsed and checked here, each with the sentence that says what it keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import shapely
from fastapi import Query

from api.i18n import VERDICTS
from api.need_view import REGION_TITLES
from api.ogc import crs
from api.parameters import one_or_more
from geodata.errors import UsageError
from geodata.sources.zoning_labels import zoning_classes
from sites.candidates.query import IN_BOX, IN_STORAGE, Conditions, area_words
from sites.candidates.query import Box as InBox
from sites.suitability import Message, zoning_title

Box = Annotated[
    str | None,
    Query(
        max_length=200,
        description="Only what touches this box: west,south,east,north in degrees (WGS 84).",
        examples=["2.57,51.53,2.60,51.55"],
    ),
]
Codes = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{5}(,[0-9]{5})*$", max_length=6000, description="NIS codes.", examples=["99001"]),
]
MinArea = Annotated[float | None, Query(ge=0, allow_inf_nan=False, description="Least area, m².", examples=[1000])]
MaxArea = Annotated[float | None, Query(ge=0, allow_inf_nan=False, description="Most area, m².", examples=[20000])]
ZoningClasses = Annotated[
    str | None,
    Query(
        alias="class",
        pattern=one_or_more(zoning_classes()),
        description="Harmonised classes of zoning, separated by commas.",
        examples=["residential"],
    ),
]

IN_MUNICIPALITY = "municipality: {list}"
AT_LEAST, AT_MOST = "at least {area} m²", "at most {area} m²"
VERDICT, SO_FAR = "verdict: {list}", "verdict on what is known: {list}"
ZONE, OWNER = "destination: {list}", "owner: {list}"
REGION, TYPE, STATUS, YEAR = "region: {list}", "type of site: {list}", "status: {list}", "year: {year}"
SCORE, PLAN = "score of at least {score}", "kind of plan: {list}"
PUBLISHED, DRAFTS = "published results", "drafts"
DAY, KIND, LOADED, NOT_LOADED = (
    "law of {day}", "kind of data: {list}", "loaded sources", "sources that are not loaded",
)  # fmt: skip
#: Every sentence of this page; a test holds that each is translated.
SENTENCES = (
    IN_BOX, IN_MUNICIPALITY, AT_LEAST, AT_MOST, VERDICT, SO_FAR, ZONE, OWNER, REGION, TYPE, STATUS, YEAR, SCORE, PLAN,
    PUBLISHED, DRAFTS, DAY, KIND, LOADED, NOT_LOADED,
)  # fmt: skip


def words(text: str | None) -> tuple[str, ...] | None:
    """Words of a request; None = not asked for."""
    return tuple(text.split(",")) if text else None


def one_of(template: str, several: Iterable[Any]) -> Message:
    """A sentence that names one or more."""
    return Message(template, {"list": list(several)})


def box_of(text: str) -> InBox:
    """A box of a request.

    Raises
    ------
    UsageError
        When it is none.
    """
    area = crs.box_of(text, crs.CRS84)
    numbers = [one.strip() for one in text.split(",")]
    west, south, east, north = numbers if len(numbers) == 4 else (*numbers[:2], *numbers[3:5])
    return InBox(shapely.to_wkb(area, hex=True), west, south, east, north)


def in_box(out: Conditions, text: str | None, shape: str, told: str = "true") -> None:
    """Keep what touches a box.

    Parameters
    ----------
    shape : column of EPSG:31370, a constant of the code.
    told : SQL, where a shape may be passed on: a box would tell where the others lie.
    """
    if text:
        box = box_of(text)
        out.add("base", f"{told} AND ST_Intersects({shape}, {IN_STORAGE})", box.sentence, box=box.area)


def degrees(row: Mapping[str, Any], *names: str) -> list[float]:
    """Lon/lat of a row, to about a centimetre."""
    return [round(row[name], 7) for name in names]


def by_area(out: Conditions, least: float | None, most: float | None, column: str) -> None:
    """Keep what is large and small enough; `column` is square metres, a constant of the code."""
    if least is not None:
        out.add("base", f"{column} >= %(least)s", Message(AT_LEAST, {"area": area_words(least)}), least=least)
    if most is not None:
        out.add("base", f"{column} <= %(most)s", Message(AT_MOST, {"area": area_words(most)}), most=most)


def verdict_words(verdicts: Iterable[str]) -> list[Message]:
    """Verdicts in words."""
    return [Message(VERDICTS[one]) for one in verdicts]


def zoning(text: str | None) -> tuple[str, ...] | None:
    """Classes of zoning of a request.

    Raises
    ------
    UsageError
        When one does not exist.
    """
    wanted = words(text)
    for one in wanted or ():
        if one not in zoning_classes():
            raise UsageError(f"{one[:40]} is no zoning class.", "The classes are listed in /api/v1/meta.")
    return wanted


def zone_words(classes: Sequence[str]) -> Message:
    """Classes of zoning in words."""
    return one_of(ZONE, (zoning_title(one) for one in classes))


def in_regions(regions: Iterable[str]) -> Message:
    """Regions in words."""
    return one_of(REGION, (Message(REGION_TITLES.get(one, one)) for one in regions))


def in_municipalities(codes: Iterable[str]) -> Message:
    """Municipalities by their codes."""
    return one_of(IN_MUNICIPALITY, codes)
