"""Lists of what lies on the ground: parcels and zones, as their sources have them. No verdict, no rank, no owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import psycopg
import shapely
from psycopg.rows import dict_row

from api.answers.lists import ParcelRow, ZoneRow
from api.lists.answer import Asked, Page, Spec
from api.lists.filters import IN_MUNICIPALITY, PLAN, by_area, in_box, one_of, zone_words
from geodata.database.counting import EXACT_UP_TO, Count, count_rows
from geodata.errors import UsageError
from geodata.sources.sharing import basis, datasets_in, shared
from sites.candidates.query import Conditions
from sites.suitability import zoning_title

Connection = psycopg.Connection[Any]

PARCELS = Spec("parcels", ParcelRow)
ZONES = Spec("zones", ZoneRow)
#: Parcels in zones are counted exactly up to so many: each is laid over the plan.
_SLOW = 2_000
#: Rows of a page, unless asked otherwise, and at most.
LIMIT, MAX_LIMIT = 100, 10_000


@dataclass(frozen=True)
class Wanted:
    """Filters of a list of places; None = any."""

    municipality: tuple[str, ...] | None = None
    bbox: str | None = None
    classes: tuple[str, ...] | None = None
    min_area: float | None = None
    max_area: float | None = None
    plan_kind: tuple[str, ...] | None = None
    limit: int = LIMIT


class _Table(NamedTuple):
    """A table as a list: rows with the alias f, their order, and what a page reads of a row."""

    name: str
    layer: str
    key: tuple[str, ...]
    columns: str


_PARCELS = _Table("parcel", "parcels", ("f.capakey", "f.dataset_id"), "f.capakey, f.nis, f.canu, f.area_m2, f.official_area_m2, f.ref_date")  # fmt: skip
_ZONES = _Table(
    "zone", "zoning", ("f.id",),
    "f.id, f.zoning_class, f.plan_kind, f.plan_id, f.code, f.label, f.name, f.link, ST_Area(f.geom) AS area_m2",
)  # fmt: skip
#: Zones that overlap a parcel, and not only its border: of plans that may be given out.
_IN_ZONE = f"""EXISTS (SELECT FROM zone z JOIN dataset e ON e.id = z.dataset_id AND e.current AND {shared("e")}
    WHERE z.zoning_class = ANY(%(classes)s) AND ST_Intersects(z.geom, f.geom) AND NOT ST_Touches(z.geom, f.geom))"""
_IN_MUNICIPALITY = """EXISTS (SELECT FROM municipality m JOIN dataset e ON e.id = m.dataset_id AND e.current
    WHERE m.nis = ANY(%(codes)s) AND m.valid_to IS NULL AND ST_Intersects(m.geom, f.geom) AND NOT ST_Touches(m.geom, f.geom))"""


def parcels_page(asked: Asked, wanted: Wanted) -> Page:
    """Parcels in the order of their key.

    Raises
    ------
    UsageError
        When a filter or the token is off, or zones are asked for without a place.
    """
    if wanted.classes is not None and wanted.municipality is None and wanted.bbox is None:
        raise UsageError(
            "Parcels by zone are looked up in one place at a time.", "Add a municipality or a box to the request."
        )
    out = Conditions()
    if wanted.municipality is not None:
        out.add(
            "base",
            "f.nis = ANY(%(codes)s)",
            one_of(IN_MUNICIPALITY, wanted.municipality),
            codes=list(wanted.municipality),
        )
    in_box(out, wanted.bbox, "f.geom")
    by_area(out, wanted.min_area, wanted.max_area, "f.area_m2")
    if wanted.classes is not None:
        out.add("base", _IN_ZONE, zone_words(wanted.classes), classes=list(wanted.classes))
    return _page(asked, PARCELS, _PARCELS, out, wanted, _parcel)


def zones_page(asked: Asked, wanted: Wanted) -> Page:
    """Zones in the order of their number.

    Raises
    ------
    UsageError
        When a filter or the token is off.
    """
    out = Conditions()
    if wanted.municipality is not None:
        codes = list(wanted.municipality)
        out.add("base", _IN_MUNICIPALITY, one_of(IN_MUNICIPALITY, codes), codes=codes)
    in_box(out, wanted.bbox, "f.geom")
    by_area(out, wanted.min_area, wanted.max_area, "ST_Area(f.geom)")
    if wanted.classes is not None:
        out.add("base", "f.zoning_class = ANY(%(classes)s)", zone_words(wanted.classes), classes=list(wanted.classes))
    if wanted.plan_kind is not None:
        out.add("base", "f.plan_kind = ANY(%(plans)s)", one_of(PLAN, wanted.plan_kind), plans=list(wanted.plan_kind))
    return _page(asked, ZONES, _ZONES, out, wanted, lambda row: _zone(row, asked))


def _page(asked: Asked, spec: Spec, table: _Table, where: Conditions, wanted: Wanted, told: Any) -> Page:
    connection, width = asked.connection, len(table.key)
    listed = [spec.name, where.sql, where.values]
    origin = f"FROM {table.name} f WHERE f.dataset_id = ANY(%(datasets)s) AND {where.where}"
    bound = {**where.values, "datasets": datasets_in(connection, table.name)}
    values: dict[str, Any] = {**bound, "page": wanted.limit + 1}
    after = "true"
    if asked.token is not None:
        number, kind, *last = asked.pages.read(listed, asked.token)
        counted = Count(number, kind)
        after = f"({', '.join(table.key)}) > ({', '.join(f'%(k{at})s' for at in range(width))})"
        values |= {f"k{at}": one for at, one in enumerate(last)}
    else:
        counted = count_rows(
            connection, origin, bound, exact_up_to=_SLOW if wanted.classes and table is _PARCELS else EXACT_UP_TO
        )
    shapes = asked.wants_shapes(spec)
    keys = ", ".join(f"{name} AS key_{at}" for at, name in enumerate(table.key))
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        rows = cursor.execute(
            f"""SELECT f.*, ST_X(c.centre) AS lon, ST_Y(c.centre) AS lat, ST_XMin(c.box) AS west, ST_YMin(c.box) AS south,
                   ST_XMax(c.box) AS east, ST_YMax(c.box) AS north, {"ST_AsBinary(f.geom)" if shapes else "NULL"} AS shape
                FROM (SELECT {table.columns}, f.dataset_id, f.geom, f.geom_3857, {keys} {origin} AND {after}
                      ORDER BY {", ".join(table.key)} LIMIT %(page)s) f
                CROSS JOIN LATERAL (SELECT ST_Transform(ST_PointOnSurface(f.geom_3857), 4326) AS centre,
                                           ST_Transform(f.geom_3857, 4326) AS box) c
                ORDER BY {", ".join(f"key_{at}" for at in range(width))}""".encode(),
            values,
        ).fetchall()
    shown = rows[: wanted.limit]
    following = None
    if len(rows) > wanted.limit:
        last_key = [shown[-1][f"key_{at}"] for at in range(width)]
        following = asked.pages.make(listed, [counted.number, counted.kind, *last_key])
    return _made(asked, table, where, shown, counted, following, told)


def _made(
    asked: Asked, table: _Table, where: Conditions, rows: Sequence[dict[str, Any]], count: Count, following: str | None,
    told: Any,
) -> Page:  # fmt: skip
    behind = basis(asked.connection, {table.layer: {row["dataset_id"] for row in rows}}, date.today())
    items = [
        {**told(row), "dataset": row["dataset_id"], "centre": [row["lon"], row["lat"]],
         "bbox": [row["west"], row["south"], row["east"], row["north"]]}
        for row in rows
    ]  # fmt: skip
    shapes = shapely.from_wkb([row["shape"] for row in rows])
    return Page(items, count, following, where.sentences, behind.sources(asked.translate.language), {}, shapes)


def _parcel(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["capakey"].replace("/", "-"),
        "capakey": row["capakey"],
        "municipality": row["nis"],
        "canu": row["canu"],
        "area_m2": row["area_m2"],
        "official_area_m2": row["official_area_m2"],
        "ref_date": None if row["ref_date"] is None else row["ref_date"].isoformat(),
    }


def _zone(row: dict[str, Any], asked: Asked) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "class": row["zoning_class"],
        "class_title": asked.translate.render(zoning_title(row["zoning_class"])),
        **{name: row[name] for name in ("plan_kind", "plan_id", "code", "label", "name", "link", "area_m2")},
    }
