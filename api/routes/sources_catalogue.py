"""The catalogue of sources and what is loaded of it: licence, date, age, coverage, and who has the rest. Read-only."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.answering import answers, told
from api.answers.sources import CatalogueSource, Coverage, Sources, SourcesMunicipalities, SourcesStatus
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
from api.lists.answer import Ask, Page, Spec, answer
from api.lists.filters import KIND, LOADED, NOT_LOADED, in_municipalities, in_regions, one_of
from api.lists.small import small_page
from api.source_words import KIND_TITLES
from api.views import with_notice
from geodata.sources.entry import KINDS
from geodata.sources.records import Records
from geodata.sources.status import standing
from sites.suitability import Message

router = APIRouter(prefix="/api/v1", tags=["sources"])

Nis = Annotated[str | None, Query(pattern=r"^[0-9]{5}$", description="NIS code of one municipality.")]


def _records(request: Request) -> Records | None:
    """What was asked of real sources, which never meet invented places."""
    settings = request.app.state.settings
    return None if settings.demo else Records(settings.sources_folder)


LIST = Spec("sources", CatalogueSource, placed=False)


@router.get("/sources", response_class=Response, responses=LIST.responses(Sources))
def sources(
    request: Request,
    asked: Ask,
    lang: Lang,
    region: Annotated[str | None, Query(pattern=f"^({'|'.join(REGIONS)})$", description="Region.")] = None,
    kind: Annotated[
        str | None, Query(pattern=f"^({'|'.join(KINDS)})$", description="Kind of data.", examples=["parcels"])
    ] = None,
    municipality: Nis = None,
    loaded: Annotated[bool | None, Query(description="Only what is loaded, or only what is not.")] = None,
    limit: Annotated[int | None, Query(ge=1, le=1000, description="Rows of a page; all if left out.")] = None,
) -> Response:
    """All sources with provider, licence and services; `datasets` holds what is loaded of each.

    `state` tells apart what is often taken for one: `empty_checked` (nothing is there) from `empty_suspicious` (no
    row, which proves nothing), `loaded` (what it leaves out is not there) from `loaded_silent` (that stays unknown),
    `failed` from `never_asked`. With `municipality`, all this is said of that municipality. `stale` is null where the
    source does not say how often it changes. Areas: `/sources/coverage`.
    """

    def make() -> Page:
        items = catalogue_items(
            asked.connection, lang, date.today(), region=region, kind=kind, municipality=municipality, loaded=loaded,
            records=_records(request), public=asked.public,
        )  # fmt: skip
        told = [in_regions([region])] if region else []
        told += [one_of(KIND, [Message(KIND_TITLES.get(kind, kind))])] if kind else []
        told += [in_municipalities([municipality])] if municipality else []
        told += [] if loaded is None else [Message(LOADED if loaded else NOT_LOADED)]
        listed = ["sources", region, kind, municipality, loaded]
        return small_page(asked, listed, {"items": items, "count": len(items)}, told, limit)

    return answer(asked, LIST, make, by_state=False)


@router.get("/sources/status", **answers(SourcesStatus))
@told
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


@router.get("/sources/municipalities", **answers(SourcesMunicipalities))
@told
def sources_municipalities(connection: Database, translate: Translate) -> dict[str, Any]:
    """Municipalities whose boundaries are loaded, with how much is loaded for each; `datasets` 0 = nothing at all."""
    items = municipality_items(connection)
    return with_notice(connection, {"count": len(items), "items": items}, translate)


@router.get("/sources/coverage", **answers(Coverage))
@told
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


@router.get("/sources/{source_id}", **answers(CatalogueSource))
@told
def source(
    request: Request, connection: Database, public: Public, lang: Lang, translate: Translate, source_id: str
) -> dict[str, Any]:
    """One source; `coverage` of each dataset is the area it declares to cover, GeoJSON in lon/lat, null = none."""
    found = catalogue_item(connection, source_id, lang, date.today(), records=_records(request), public=public)
    return with_notice(connection, found, translate)
