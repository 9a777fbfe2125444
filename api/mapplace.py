"""What a map file shows of a municipality besides its candidates: name, territory, main roads, public sites.

Contract: reads through the connection given and changes nothing. Shapes are GeoJSON in lon/lat, simplified to about
10 m, so that a file stays small enough to send. Sources that may not be redistributed are left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg

from geodata.settings import Language
from geodata.sources.sharing import Basis, basis, datasets_in, shared
from sites.candidates.basis import boundaries_of
from sites.candidates.explanation import municipality_outline
from sites.inventory import Wanted, all_sites, feature

Connection = psycopg.Connection[Any]

#: How precisely a site must be known to be drawn among parcels: a coarser point would lie on one by chance.
DRAWN_PRECISIONS = ("address", "parcel")


@dataclass(frozen=True)
class Place:
    """One municipality.

    Attributes
    ----------
    nis, name : code, and name in the language of the file.
    sites : public sites located to address or parcel, as GeoJSON features of the inventory.
    unplaced : how many more are known, but only to a street, a section or the municipality.
    outline : territory; None where a base map is drawn or no boundary is loaded.
    basis : the datasets behind territory, roads and sites.
    roads : motorways and main roads: `road_class`, `name` (or None), `geometry`, `middle` ([lon, lat] or None).
    """

    nis: str
    name: str
    sites: list[dict[str, Any]] = field(default_factory=list)
    unplaced: int = 0
    outline: dict[str, Any] | None = None
    roads: list[dict[str, Any]] = field(default_factory=list)
    basis: Basis = field(default_factory=Basis)


def read_place(
    connection: Connection, nis: str, language: Language, *, with_ground: bool, today: date = date.max
) -> Place:
    """A municipality for a map file.

    Parameters
    ----------
    with_ground : read territory and main roads; not needed over a base map.
    today : day against which the age of sources is told.
    """
    layers = {"municipalities": boundaries_of(connection, [nis]), "sites": datasets_in(connection, "site")}
    if with_ground:
        layers["roads"] = datasets_in(connection, "road", "f.road_class IN ('motorway', 'main')")
    found = all_sites(connection, Wanted(municipalities=[nis]))
    drawn = [one for one in found if one.position is not None and one.precision in DRAWN_PRECISIONS]
    return Place(
        nis=nis,
        name=_name(connection, nis, language),
        sites=[feature(one, language) for one in drawn],
        unplaced=len(found) - len(drawn),
        outline=municipality_outline(connection, nis) if with_ground else None,
        roads=_main_roads(connection, nis) if with_ground else [],
        basis=basis(connection, layers, today, codes=[nis]),
    )


def _name(connection: Connection, nis: str, language: Language) -> str:
    """Name in the language, else in another one, else the code."""
    row = connection.execute(
        f"""SELECT m.name_nl, m.name_fr, m.name_de FROM municipality m
           JOIN dataset d ON d.id = m.dataset_id AND d.current AND {shared("d")}
           WHERE m.nis = %s AND m.valid_to IS NULL
           ORDER BY coalesce(m.name_nl, m.name_fr, m.name_de) IS NULL, d.id DESC LIMIT 1""".encode(),
        [nis],
    ).fetchone()
    names = dict(zip(("nl", "fr", "de"), row or (None, None, None), strict=True))
    return str(names.get(language) or names["nl"] or names["fr"] or names["de"] or nis)


def _main_roads(connection: Connection, nis: str) -> list[dict[str, Any]]:
    """One row per class and name, cut to the territory; the longest first."""
    rows = connection.execute(
        f"""SELECT c.road_class, c.name, ST_AsGeoJSON(ST_Transform(ST_Simplify(c.line, 10), 4326), 5),
                  ST_X(ST_Transform(p.middle, 4326)), ST_Y(ST_Transform(p.middle, 4326))
           FROM (SELECT f.road_class, f.name,
                        ST_LineMerge(ST_Collect(ST_CollectionExtract(ST_Intersection(f.geom_3857, t.geom), 2))) AS line
                 FROM road f JOIN dataset d ON d.id = f.dataset_id AND d.current AND {shared("d")}
                 CROSS JOIN (SELECT m.geom_3857 AS geom FROM municipality m
                             JOIN dataset e ON e.id = m.dataset_id AND e.current
                             WHERE m.nis = %s AND m.valid_to IS NULL LIMIT 1) t
                 WHERE f.road_class IN ('motorway', 'main') AND ST_Intersects(f.geom_3857, t.geom)
                 GROUP BY f.road_class, f.name) c
           LEFT JOIN LATERAL (SELECT ST_LineInterpolatePoint(part.geom, 0.5) AS middle FROM ST_Dump(c.line) part
                              ORDER BY ST_Length(part.geom) DESC LIMIT 1) p ON true
           WHERE NOT ST_IsEmpty(c.line) ORDER BY ST_Length(c.line) DESC""".encode(),
        [nis],
    ).fetchall()
    return [
        {
            "road_class": row[0],
            "name": row[1],
            "geometry": json.loads(row[2]),
            "middle": [row[3], row[4]] if row[3] is not None else None,
        }
        for row in rows
    ]
