"""The catalogue of sources and what is loaded of it: licence, date, age, coverage, and who has the rest. Read-only."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.catalogue_view import (
    REGIONS,
    catalogue_item,
    catalogue_items,
    coverage_features,
    municipality_items,
    standing_item,
)
from api.dependencies import Database, Lang, Public, Translate
from api.fetching import regions_of
from api.views import with_notice
from geodata.sources.entry import KINDS
from geodata.sources.records import Records
from geodata.sources.status import standing

router = APIRouter(prefix="/api/v1", tags=["sources"])

Nis = Annotated[str | None, Query(pattern=r"^[0-9]{5}$", description="NIS code of one municipality.")]


def _records(request: Request) -> Records | None:
    """What was asked of real sources, which never meet invented places."""
    settings = request.app.state.settings
    return None if settings.demo else Records(settings.sources_folder)


@router.get("/sources")
def sources(
    request: Request,
    connection: Database,
    public: Public,
    lang: Lang,
    translate: Translate,
    region: Annotated[str | None, Query(pattern=f"^({'|'.join(REGIONS)})$", description="Region.")] = None,
    kind: Annotated[
        str | None, Query(pattern=f"^({'|'.join(KINDS)})$", description="Kind of data.", examples=["parcels"])
    ] = None,
    municipality: Nis = None,
    loaded: Annotated[bool | None, Query(description="Only what is loaded, or only what is not.")] = None,
) -> dict[str, Any]:
    """All sources with provider, licence and services; `datasets` holds what is loaded of each.

    `state` tells apart what is often taken for one: `empty_checked` (nothing is there) from `empty_suspicious` (no
    row, which proves nothing), `loaded` (what it leaves out is not there) from `loaded_silent` (that stays unknown),
    `failed` from `never_asked`. With `municipality`, all this is said of that municipality. `stale` is null where the
    source does not say how often it changes. Areas: `/sources/coverage`.
    """
    items = catalogue_items(
        connection,
        lang,
        date.today(),
        region=region,
        kind=kind,
        municipality=municipality,
        loaded=loaded,
        records=_records(request),
        public=public,
    )
    return with_notice(connection, {"count": len(items), "items": items}, translate)


@router.get("/sources/status")
def sources_status(
    request: Request,
    connection: Database,
    public: Public,
    translate: Translate,
    municipality: Annotated[str, Query(pattern=r"^[0-9]{5}(,[0-9]{5}){0,49}$", description="NIS codes.")],
) -> dict[str, Any]:
    """What municipalities have of what they need: loaded, missing, failed, or to be loaded by hand; and who has it."""
    today = date.today()
    regions = regions_of(connection, municipality.split(","))
    standings = standing(connection, Records(request.app.state.settings.sources_folder), regions)
    items = [standing_item(one, today, translate, public=public) for one in standings]
    return with_notice(connection, {"count": len(items), "items": items}, translate)


@router.get("/sources/municipalities")
def sources_municipalities(connection: Database, translate: Translate) -> dict[str, Any]:
    """Municipalities whose boundaries are loaded, with how much is loaded for each; `datasets` 0 = nothing at all."""
    items = municipality_items(connection)
    return with_notice(connection, {"count": len(items), "items": items}, translate)


@router.get("/sources/coverage")
def sources_coverage(
    connection: Database,
    public: Public,
    translate: Translate,
    source: Annotated[str | None, Query(max_length=80, description="Entry of the catalogue; all if left out.")] = None,
) -> dict[str, Any]:
    """Areas that loaded datasets declare to cover, a GeoJSON FeatureCollection in lon/lat: only there does nothing
    mean that there is none.

    `whole` false: the area is no whole municipality; it is drawn as squares, and left out of the public view.
    """
    features = coverage_features(connection, source=source, public=public)
    document = {"type": "FeatureCollection", "count": len(features), "features": features}
    return with_notice(connection, document, translate)


@router.get("/sources/{source_id}")
def source(
    request: Request, connection: Database, public: Public, lang: Lang, translate: Translate, source_id: str
) -> dict[str, Any]:
    """One source; `coverage` of each dataset is the area it declares to cover, GeoJSON in lon/lat, null = none."""
    found = catalogue_item(connection, source_id, lang, date.today(), records=_records(request), public=public)
    return with_notice(connection, found, translate)
