"""Groups of neighbouring parcels that together have the room, and the explanation of one group."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from shapely.geometry import shape

from api.answering import answers, told
from api.answers.candidates import Assemblies, ParcelGroup
from api.answers.explanation import Assembly
from api.dependencies import Database, ScoredType, Translate, capakey_of, run_for
from api.group_views import assemblies_view, assembly_view
from api.lists.answer import Ask, Page, Spec, answer, page_of
from api.parameters import capakeys
from geodata.database.counting import Count
from sites.candidates.assemblies import MAX_LIMIT
from sites.candidates.explanation import municipality_of
from sites.candidates.runs import find_run

router = APIRouter(prefix="/api/v1", tags=["candidates"])


LIST = Spec("assemblies", ParcelGroup)


@router.get("/assemblies", response_class=Response, responses=LIST.responses(Assemblies))
def assemblies(
    asked: Ask,
    municipality: Annotated[str | None, Query(pattern=r"^[0-9]{5}(,[0-9]{5})*$", examples=["99001"])] = None,
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=80)] = None,
    pitches: Annotated[int | None, Query(ge=1, le=1000, description="Pitches wanted.")] = None,
    area: Annotated[
        float | None, Query(ge=1, le=1e6, allow_inf_nan=False, description="Usable area wanted, m².")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 20,
    shapes: Annotated[bool, Query(description="With the GeoJSON of each group.")] = False,
) -> Response:
    """Groups of up to six neighbouring parcels, the best first. Areas in m², lengths in m, places in lon/lat."""
    territory = municipality.split(",") if municipality else None

    def make() -> Page:
        chosen = run_for(asked.connection, asked.public, run=run, territory=territory, site_type=type)
        drawn = asked.wants_shapes(LIST)
        found = assemblies_view(
            asked.connection, chosen, asked.translate, pitches=pitches, area=area, limit=limit, shapes=shapes or drawn,
            token=asked.token, pages=asked.pages,
        )  # fmt: skip
        told = (
            [None if one["geometry"] is None else shape(one["geometry"]) for one in found["items"]] if drawn else None
        )
        # Those of the whole list, not of this page.
        return page_of(found, count=Count(found["found"], "exact"), shapes=told)

    return answer(asked, LIST, make)


@router.get("/assemblies/{group}", **answers(Assembly))
@told
def assembly(
    connection: Database,
    translate: Translate,
    group: Annotated[str, Path(pattern=capakeys(2, 6, "[+]"), description="CAPAKEYs (`-` for `/`), joined by `+`.")],
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=80)] = None,
) -> dict[str, Any]:
    """A group of parcels that lie beside each other, explained; its place in a list is not told here."""
    keys = [capakey_of(one) for one in group.split("+")]
    territory = None if run else sorted({municipality_of(connection, key) for key in keys})
    chosen = find_run(connection, run_id=run, territory=territory, site_type=type)
    return assembly_view(connection, chosen, keys, translate)
