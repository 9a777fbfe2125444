"""Municipalities that are loaded, with their runs: one row each, however many boundary files name them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Query, Response

from api.answers.places import LoadedMunicipality, Municipalities
from api.lists.answer import Ask, Asked, Page, Spec, answer
from api.lists.filters import Box, Codes, in_box, in_municipalities, in_regions
from api.lists.small import small_page
from api.ogc import crs
from api.provenance import say_sources
from geodata.sources.nis import former_of
from geodata.sources.sharing import basis, datasets_in, shared
from sites.candidates.query import Conditions
from sites.candidates.runs import list_runs

router = APIRouter(prefix="/api/v1", tags=["municipalities"])


LIST = Spec("municipalities", LoadedMunicipality)
_REGION = r"^(flanders|wallonia|brussels)(,(flanders|wallonia|brussels))*$"


@router.get("/municipalities", response_class=Response, responses=LIST.responses(Municipalities))
def municipalities(
    asked: Ask,
    region: Annotated[str | None, Query(pattern=_REGION, description="Regions, separated by commas.")] = None,
    municipality: Codes = None,
    bbox: Box = None,
    limit: Annotated[int | None, Query(ge=1, le=1000, description="Rows of a page; all if left out.")] = None,
) -> Response:
    """Valid municipalities in which parcels are loaded, in order of their code; boxes in lon/lat.

    The newest dataset that gives a name is shown; where none does, the code stands for it. `sources` are those of names
    and boxes. `former`: codes and names that were merged into it.
    """
    out = Conditions()
    if region:
        out.add("base", "m.region = ANY(%(regions)s)", in_regions(region.split(",")), regions=region.split(","))
    if municipality:
        codes = municipality.split(",")
        out.add("base", "m.nis = ANY(%(codes)s)", in_municipalities(codes), codes=codes)
    in_box(out, bbox, "m.geom")
    return answer(asked, LIST, lambda: _page(asked, out, limit), by_state=False)


def _page(asked: Asked, where: Conditions, limit: int | None) -> Page:
    connection, translate = asked.connection, asked.translate
    shape = "ST_AsBinary(m.geom)" if asked.wants_shapes(LIST) else "NULL::bytea"
    rows = connection.execute(
        f"""SELECT DISTINCT ON (m.nis) m.nis, m.name_nl, m.name_fr, m.name_de, m.region, n.parcels,
                  ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box), ST_YMax(b.box), {shape}
           FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current AND {shared("d")}
           JOIN (SELECT p.nis, count(*) AS parcels FROM parcel p JOIN dataset e ON e.id = p.dataset_id AND e.current
                 GROUP BY p.nis) n ON n.nis = m.nis
           CROSS JOIN LATERAL (SELECT ST_Transform(ST_Envelope(m.geom_3857), 4326) AS box) b
           WHERE m.valid_to IS NULL AND {where.where}
           ORDER BY m.nis, coalesce(m.name_nl, m.name_fr, m.name_de) IS NULL, d.id DESC""".encode(),
        where.values,
    ).fetchall()
    runs: dict[str, list[dict[str, Any]]] = {}
    for run in list_runs(connection, published_only=asked.public):
        for nis in run.territory:
            runs.setdefault(nis, []).append(run.summary())
    items = [
        {
            "id": row[0],
            "nis": row[0],
            "name": _names(*row[:4]),
            "former": [{"nis": code, "name": name} for code, name in former_of(row[0])],
            "region": row[4],
            "parcels": row[5],
            "bbox": list(row[6:10]),
            "runs": runs.get(row[0], []),
        }
        for row in rows
    ]
    behind = basis(connection, {"municipalities": datasets_in(connection, "municipality")}, date.today())
    sources = say_sources(behind.sources(translate.language), translate)
    listed = ["municipalities", where.sql, where.values]
    whole = {"count": len(items), "items": items, "sources": sources}
    page = small_page(asked, listed, whole, where.sentences, limit)
    shapes = None
    if asked.wants_shapes(LIST):
        by_nis = {row[0]: row[10] for row in rows}
        shapes = shapely.from_wkb([by_nis[one["nis"]] for one in page.items])
    return replace(page, shapes=shapes, system=crs.LAMBERT_72)


def _names(nis: str, nl: str | None, fr: str | None, de: str | None) -> dict[str, str]:
    """The name in each language: another language's where there is none, the code where there is no name."""
    return {"nl": nl or fr or de or nis, "fr": fr or nl or de or nis, "de": de or nl or fr or nis}
