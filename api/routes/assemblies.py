"""Groups of neighbouring parcels that together have the room, and the explanation of one group."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from api.dependencies import Database, PageTokens, Public, ScoredType, Token, Translate, capakey_of, run_for
from api.group_views import assemblies_view, assembly_view
from api.parameters import capakeys
from sites.candidates.assemblies import MAX_LIMIT
from sites.candidates.explanation import municipality_of
from sites.candidates.runs import find_run

router = APIRouter(prefix="/api/v1", tags=["candidates"])


@router.get("/assemblies")
def assemblies(
    connection: Database,
    public: Public,
    translate: Translate,
    pages: PageTokens,
    municipality: Annotated[str | None, Query(pattern=r"^[0-9]{5}(,[0-9]{5})*$", examples=["99001"])] = None,
    type: ScoredType = "residential",
    run: Annotated[str | None, Query(max_length=80)] = None,
    pitches: Annotated[int | None, Query(ge=1, le=1000, description="Pitches wanted.")] = None,
    area: Annotated[float | None, Query(ge=1, le=1e6, description="Usable area wanted, m².")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 20,
    shapes: Annotated[bool, Query(description="With the GeoJSON of each group.")] = False,
    token: Token = None,
) -> dict[str, Any]:
    """Groups of up to six neighbouring parcels, the best first. Areas in m², lengths in m, places in lon/lat."""
    territory = municipality.split(",") if municipality else None
    chosen = run_for(connection, public, run=run, territory=territory, site_type=type)
    return assemblies_view(
        connection, chosen, translate, pitches=pitches, area=area, limit=limit, shapes=shapes, token=token, pages=pages
    )


@router.get("/assemblies/{group}")
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
