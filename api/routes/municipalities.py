"""Municipalities that are loaded, with their runs: one row each, however many boundary files name them."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter

from api.dependencies import Database, Public, Translate
from api.provenance import say_sources
from api.views import with_notice
from geodata.sources.nis import former_of
from geodata.sources.sharing import basis, datasets_in, shared
from sites.candidates.runs import list_runs

router = APIRouter(prefix="/api/v1", tags=["municipalities"])


@router.get("/municipalities")
def municipalities(connection: Database, public: Public, translate: Translate) -> dict[str, Any]:
    """Valid municipalities in which parcels are loaded, in order of their code; boxes in lon/lat.

    The newest dataset that gives a name is shown; where none does, the code stands for it. `sources` are those of names
    and boxes. `former`: codes and names that were merged into it.
    """
    rows = connection.execute(
        f"""SELECT DISTINCT ON (m.nis) m.nis, m.name_nl, m.name_fr, m.name_de, m.region, n.parcels,
                  ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box), ST_YMax(b.box)
           FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current AND {shared("d")}
           JOIN (SELECT p.nis, count(*) AS parcels FROM parcel p JOIN dataset e ON e.id = p.dataset_id AND e.current
                 GROUP BY p.nis) n ON n.nis = m.nis
           CROSS JOIN LATERAL (SELECT ST_Transform(ST_Envelope(m.geom_3857), 4326) AS box) b
           WHERE m.valid_to IS NULL
           ORDER BY m.nis, coalesce(m.name_nl, m.name_fr, m.name_de) IS NULL, d.id DESC""".encode()
    ).fetchall()
    runs: dict[str, list[dict[str, Any]]] = {}
    for run in list_runs(connection, published_only=public):
        for nis in run.territory:
            runs.setdefault(nis, []).append(run.summary())
    items = [
        {
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
    return with_notice(connection, {"count": len(items), "items": items, "sources": sources}, translate)


def _names(nis: str, nl: str | None, fr: str | None, de: str | None) -> dict[str, str]:
    """The name in each language: another language's where there is none, the code where there is no name."""
    return {"nl": nl or fr or de or nis, "fr": fr or nl or de or nis, "de": de or nl or fr or nis}
