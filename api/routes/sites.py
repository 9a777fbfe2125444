"""Public sites, existing, planned, closed and dropped; HP figures, totals and need. Every fact with its page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import Database, Lang, Translate
from api.provenance import say_sources
from geodata.sources.sharing import basis, datasets_in
from sites.inventory import Wanted, all_sites, collection, feature, find_site, municipality_notes, series
from sites.inventory.model import STATUSES
from sites.law.model import LAW_REGIONS, SITE_TYPES

router = APIRouter(prefix="/api/v1", tags=["sites"])


def _one_or_more(words: Iterable[str]) -> str:
    """Pattern of words separated by commas."""
    one = "|".join(words)
    return f"^({one})(,({one}))*$"


_REGION = f"^({'|'.join(LAW_REGIONS)})$"
_TYPES = _one_or_more(SITE_TYPES)
_STATUSES = _one_or_more(STATUSES)


@router.get("/sites")
def sites(
    connection: Database,
    lang: Lang,
    translate: Translate,
    region: Annotated[str | None, Query(pattern=_REGION)] = None,
    municipality: Annotated[str | None, Query(pattern=r"^[0-9]{5}(,[0-9]{5})*$", description="NIS codes.")] = None,
    type: Annotated[str | None, Query(pattern=_TYPES)] = None,
    status: Annotated[str | None, Query(pattern=_STATUSES)] = None,
    year: Annotated[int | None, Query(ge=1900, le=2100, description="Status at the end of that year.")] = None,
) -> dict[str, Any]:
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
    return {**collection(all_sites(connection, wanted), lang, year), "sources": _sources(connection, translate)}


@router.get("/sites/{site_id}")
def site(connection: Database, lang: Lang, translate: Translate, site_id: str) -> dict[str, Any]:
    """One public site as a GeoJSON feature with all its facts and their pages."""
    return {**feature(find_site(connection, site_id), lang), "sources": _sources(connection, translate)}


def _sources(connection: Database, translate: Translate) -> list[dict[str, Any]]:
    behind = basis(connection, {"sites": datasets_in(connection, "site")}, date.today())
    return say_sources(behind.sources(translate.language), translate)


@router.get("/inventory/series")
def inventory_series(connection: Database, lang: Lang) -> dict[str, Any]:
    """HP sites and figures, totals by region and year, need as ranges, notes of municipalities; each with its page.

    Figures that disagree are kept side by side and never merged. Private or unclear land is only a municipality's note.
    """
    return series(municipality_notes(connection), lang)
