"""Public sites, existing, planned, closed and dropped; HP figures, totals and need. Every fact with its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, cast

import shapely
from fastapi import APIRouter, Query, Response

from api.answering import answers, told
from api.answers.inventory import Site, SiteProperties, Sites
from api.answers.series import Series
from api.dependencies import Database, Lang, Translate
from api.lists.answer import Ask, Page, Spec, answer
from api.lists.filters import STATUS, TYPE, YEAR, Box, box_of, in_municipalities, in_regions, one_of
from api.lists.small import small_page
from api.provenance import say_sources
from geodata.sources.sharing import basis, datasets_in
from sites.inventory import Wanted, all_sites, feature, find_site, municipality_notes, series
from sites.inventory.model import STATUSES
from sites.inventory.model import Site as InventorySite
from sites.inventory.text import word
from sites.law.model import LAW_REGIONS, SITE_TYPES
from sites.suitability import Message

router = APIRouter(prefix="/api/v1", tags=["sites"])


def _one_or_more(words: Iterable[str]) -> str:
    """Pattern of words separated by commas."""
    one = "|".join(words)
    return f"^({one})(,({one}))*$"


_REGION = f"^({'|'.join(LAW_REGIONS)})$"
_TYPES = _one_or_more(SITE_TYPES)
_STATUSES = _one_or_more(STATUSES)


LIST = Spec("sites", SiteProperties, collection=True, heavy=frozenset({"facts"}), invented=False)


@router.get("/sites", response_class=Response, responses=LIST.responses(Sites))
def sites(
    asked: Ask,
    lang: Lang,
    region: Annotated[str | None, Query(pattern=_REGION)] = None,
    municipality: Annotated[str | None, Query(pattern=r"^[0-9]{5}(,[0-9]{5})*$", description="NIS codes.")] = None,
    type: Annotated[str | None, Query(pattern=_TYPES)] = None,
    status: Annotated[str | None, Query(pattern=_STATUSES)] = None,
    year: Annotated[int | None, Query(ge=1900, le=2100, description="Status at the end of that year.")] = None,
    bbox: Box = None,
    limit: Annotated[int | None, Query(ge=1, le=1000, description="Rows of a page; all if left out.")] = None,
) -> Response:
    """Public sites as a GeoJSON FeatureCollection (lon/lat) with `count`; a site without a point has geometry null.

    `properties.facts` holds every fact with text, source, date and grade; figures that disagree stand side by side.
    `source` is null where no page bears the fact; `source_text` then names the return or the file it is from.
    `precision` is that of the point, `known_to` that of the place in words. `precision` section: the point is the
    centre of the municipal section, the site may be 1 to 4 km away. `sources` are the lists loaded beside the inventory.
    """
    wanted = Wanted(
        regions=[region] if region else None,
        municipalities=municipality.split(",") if municipality else None,
        types=type.split(",") if type else None,
        statuses=status.split(",") if status else None,
        year=year,
    )
    told = _told(wanted, bbox, lang)

    def make() -> Page:
        found = all_sites(asked.connection, wanted)
        if bbox:
            area = shapely.from_wkb(box_of(bbox).area)
            found = [
                one for one in found if one.position and area.intersects(shapely.Point(one.position.x, one.position.y))
            ]
        listed = ["sites", region, municipality, type, status, year, bbox]
        whole = {"items": found, "count": len(found), "sources": _sources(asked.connection, asked.translate)}
        page = small_page(asked, listed, whole, told, limit)
        rows = [feature(cast(InventorySite, one), lang, year) for one in page.items]
        points = [shapely.Point(*one["geometry"]["coordinates"]) if one["geometry"] else None for one in rows]
        return replace(page, items=[one["properties"] for one in rows], shapes=points)

    return answer(asked, LIST, make, by_state=False)


def _told(wanted: Wanted, bbox: str | None, lang: Lang) -> list[Message]:
    """The filters in sentences."""
    out = [in_regions(wanted.regions)] if wanted.regions else []
    out += [in_municipalities(wanted.municipalities)] if wanted.municipalities else []
    out += [one_of(TYPE, (word("site_type", one, lang) for one in wanted.types))] if wanted.types else []
    out += [one_of(STATUS, (word("status", one, lang) for one in wanted.statuses))] if wanted.statuses else []
    out += [Message(YEAR, {"year": wanted.year})] if wanted.year else []
    return [*out, *([box_of(bbox).sentence] if bbox else [])]


@router.get("/sites/{site_id}", **answers(Site))
@told
def site(connection: Database, lang: Lang, translate: Translate, site_id: str) -> dict[str, Any]:
    """One public site as a GeoJSON feature with all its facts and their pages."""
    return {**feature(find_site(connection, site_id), lang), "sources": _sources(connection, translate)}


def _sources(connection: Database, translate: Translate) -> list[dict[str, Any]]:
    behind = basis(connection, {"sites": datasets_in(connection, "site")}, date.today())
    return say_sources(behind.sources(translate.language), translate)


@router.get("/inventory/series", **answers(Series))
@told
def inventory_series(connection: Database, lang: Lang) -> dict[str, Any]:
    """HP sites and figures, totals by region and year, need as ranges, notes of municipalities; each with its page.

    Figures that disagree are kept side by side and never merged. Private or unclear land is only a municipality's note.
    """
    return series(municipality_notes(connection), lang)
