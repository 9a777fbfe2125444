"""What lies around parcels, for a small map: neighbours, buildings and roads, only what may be passed on.

Contract: read only; EPSG:31370, cut to a frame around the parcels. Without a shape that may be passed on there is no map.
Of the run's own datasets, so that the map shows what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import shapely

from geodata.sources.sharing import shared
from sites.candidates.runs import Run

Connection = psycopg.Connection[Any]

#: Ground around the parcels, as a part of their larger side, and at least so many metres.
_MARGIN, _LEAST_M = 0.45, 45.0
_OWN = """SELECT ST_AsBinary(p.geom) FROM run_result r JOIN parcel p ON p.id = r.parcel_id
    JOIN dataset d ON d.id = p.dataset_id AND {shared}
    WHERE r.run_id = %(run)s AND p.capakey = ANY(%(keys)s) ORDER BY p.capakey"""
_AROUND = """SELECT {name}, ST_AsBinary(ST_ClipByBox2D(f.geom, b.box)) FROM {table} f
    JOIN dataset d ON d.id = f.dataset_id AND {shared}
    CROSS JOIN (SELECT ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 31370) AS box) b
    WHERE f.dataset_id = ANY(%(datasets)s) AND f.geom && b.box ORDER BY f.id"""


@dataclass(frozen=True, eq=False)
class Around:
    """A frame with what lies in it.

    Attributes
    ----------
    frame : west, south, east, north, metres of EPSG:31370; a square.
    parcels : the parcels themselves.
    neighbours, buildings : areas.
    roads : class, name (None = not named) and line.
    """

    frame: tuple[float, float, float, float]
    parcels: list[Any]
    neighbours: list[Any]
    buildings: list[Any]
    roads: list[tuple[str, str | None, Any]]


def around(connection: Connection, run: Run, capakeys: Sequence[str]) -> Around | None:
    """What lies around parcels of a run; None where one of their shapes may not be passed on."""
    rows = connection.execute(
        _OWN.format(shared=shared("d")).encode(), {"run": run.id, "keys": list(capakeys)}
    ).fetchall()
    if len(rows) < len(set(capakeys)):
        return None
    own = [shapely.from_wkb(row[0]) for row in rows]
    frame = _frame(shapely.total_bounds(own).tolist())

    def read(table: str, layer: str, name: str) -> list[tuple[str | None, Any]]:
        west, south, east, north = frame
        values = {
            "west": west, "south": south, "east": east, "north": north, "datasets": list(run.datasets.get(layer, ())),
        }  # fmt: skip
        text = _AROUND.format(name=name, table=table, shared=shared("d"))
        found = [(row[0], shapely.from_wkb(row[1])) for row in connection.execute(text.encode(), values)]
        return [(name, shape) for name, shape in found if not shape.is_empty]

    return Around(
        frame=frame,
        parcels=own,
        neighbours=[shape for key, shape in read("parcel", "parcels", "f.capakey") if key not in capakeys],
        buildings=[shape for _, shape in read("building", "buildings", "NULL::text")],
        roads=[
            (str(name).partition("|")[0], str(name).partition("|")[2] or None, shape)
            for name, shape in read("road", "roads", "f.road_class || '|' || coalesce(f.name, '')")
        ],
    )


def _frame(bounds: Sequence[float]) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    side = max(east - west, north - south)
    half = side / 2.0 + max(_LEAST_M, side * _MARGIN)
    x, y = (west + east) / 2.0, (south + north) / 2.0
    return (x - half, y - half, x + half, y + half)
