"""One page of a large collection, by its key: the thousandth page costs what the first does.

Contract: `numberMatched` is exact up to `COUNTED` features, and left out above or where counting takes too long; it is counted once, for the first page, and
travels in the token of the next. A token belongs to its collection and its filters, and any other is refused. Rows come from
the views of schema `published` alone; every value is bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
import shapely
from psycopg.rows import dict_row

from api.ogc import crs
from api.ogc.collections import SQL_TYPE, Collection
from api.ogc.cql import Condition, day_of, parse
from geodata.errors import NotFoundError, UsageError
from geodata.tokens import Pages

Connection = psycopg.Connection[Any]

DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000
#: Values of `f`: there is one form, and these are its names.
FORMS = ("json", "geojson")
#: So many features are counted exactly.
COUNTED = 100_000
#: A filter that few features of many pass would be counted for as long as a whole read takes.
COUNT_MILLISECONDS = 2_000


@dataclass(frozen=True)
class Wanted:
    """What a request asks of a collection; texts as they came.

    Attributes
    ----------
    system, bbox_system, filter_system : addresses of coordinate systems, checked.
    equal : field -> value it has to have.
    properties : fields to give; None = all.
    """

    limit: int = DEFAULT_LIMIT
    bbox: str | None = None
    system: str = crs.CRS84
    bbox_system: str = crs.CRS84
    datetime: str | None = None
    filter: str | None = None
    filter_language: str | None = None
    filter_system: str = crs.CRS84
    equal: tuple[tuple[str, str], ...] = ()
    properties: tuple[str, ...] | None = None
    token: str | None = None

    def listed(self, collection: Collection) -> list[Any]:
        """What tells this list from every other."""
        parts = ["ogc", collection.id, self.bbox, self.bbox_system, self.datetime, self.filter, self.filter_language]
        return [*parts, self.filter_system, self.equal]


@dataclass(frozen=True)
class Page:
    """Features as GeoJSON objects, how many there are in all (None = more than are counted), and the token that follows."""

    features: list[dict[str, Any]]
    matched: int | None
    following: str | None


def page_of(connection: Connection, collection: Collection, wanted: Wanted, pages: Pages) -> Page:
    """One page.

    Parameters
    ----------
    connection : read only.
    pages : makes and reads page tokens.

    Raises
    ------
    UsageError
        When a filter, a box or the token is off.
    """
    assert collection.key is not None
    where, values = _where(collection, wanted)
    start, matched = _position(collection, wanted, pages)
    if start is None:
        matched = _count(connection, collection, where, values)
    after = "true"
    if start is not None:
        places = ", ".join(f"%(k{at})s" for at in range(len(start)))
        after = f"({', '.join(collection.key)}) > ({places})"
        values |= {f"k{at}": value for at, value in enumerate(start)}
    rows = _rows(
        connection,
        f"""SELECT {_columns(collection, wanted)} FROM published.{collection.view} WHERE {where} AND {after}
            ORDER BY {", ".join(collection.key)} LIMIT %(limit)s""",
        {**values, "limit": wanted.limit + 1},
    )
    shown = rows[: wanted.limit]
    token = None
    if len(rows) > wanted.limit:
        last = [shown[-1][f"key_{at}"] for at in range(len(collection.key))]
        token = pages.make(wanted.listed(collection), [matched, *last])
    return Page(_features(collection, wanted, shown), matched, token)


def feature_of(connection: Connection, collection: Collection, feature: str, system: str) -> dict[str, Any]:
    """One feature by its identifier; a parcel also by its CAPAKEY, then of the newest plan.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    wanted = Wanted(system=system)
    column, value = f"{collection.feature}::text", feature
    if collection.id == "parcels":
        # The index is on the key.
        column, value = "capakey", feature.partition(".")[0].replace("-", "/")
    rows = _rows(
        connection,
        f"""SELECT {_columns(collection, wanted)} FROM published.{collection.view} WHERE {column} = %(value)s
            ORDER BY {", ".join(f"{one} DESC" for one in collection.key or ())} LIMIT 20""",
        {"value": value.replace("\0", "")},
    )
    found = [row for row in rows if str(row["feature"]) == feature or "." not in feature]
    if not found:
        raise NotFoundError(f"There is no feature {feature[:80]} in {collection.id}.")
    return _features(collection, wanted, found[:1])[0]


def _where(collection: Collection, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """Conditions of a request and their values."""
    condition = Condition(collection, wanted.filter_system)
    told = ["true"]
    if wanted.filter is not None:
        told.append(condition.sql(parse(wanted.filter, wanted.filter_language)))
    values = condition.values
    if wanted.bbox is not None:
        told.append("ST_Intersects(geom, ST_GeomFromWKB(%(box)s, 31370))")
        values["box"] = shapely.to_wkb(crs.box_of(wanted.bbox, wanted.bbox_system))
    for at, (name, text) in enumerate(wanted.equal):
        kind = collection.fields[name]
        told.append(f'"{name}" = %(e{at})s::{SQL_TYPE[kind]}')
        values[f"e{at}"] = read(text, kind)
    first, last = interval(wanted.datetime) if wanted.datetime is not None else (None, None)
    if wanted.datetime is not None and collection.datetime is not None:
        # A feature without a date is of any.
        told.append(
            f'("{collection.datetime}" IS NULL OR "{collection.datetime}" BETWEEN coalesce(%(first)s::date, \'-infinity\')'
            " AND coalesce(%(last)s::date, 'infinity'))"
        )
        values |= {"first": first, "last": last}
    return " AND ".join(told), values


def limit_of(text: str) -> int:
    """Features on a page; more than the most is the most, as the standard asks.

    Raises
    ------
    UsageError
        When it is no number of features.
    """
    if not text.isascii() or not text.isdigit() or not int(text[:9]):
        raise UsageError("limit is no number of features.", f"Give a number from 1 to {MAX_LIMIT}.")
    return min(int(text[:9]), MAX_LIMIT)


def read(text: str, kind: str) -> Any:
    """A value of an address as its field holds it.

    Raises
    ------
    UsageError
        When it cannot be one.
    """
    try:
        if kind == "date":
            return day_of(text)
        if kind == "boolean":
            return {"true": True, "false": False}[text.lower()]
        number = {"integer": int, "number": float}.get(kind)
        if number is int and not -(2**31) <= int(text) < 2**31:
            raise ValueError
        return number(text) if number else text.replace("\0", "")
    except (ValueError, KeyError):
        raise UsageError("A value in the address does not fit its field.", "Correct it and ask again.") from None


def interval(text: str) -> tuple[Any, Any]:
    """First and last day of `datetime`; None = open.

    Raises
    ------
    UsageError
        When it is neither a day nor an interval.
    """
    parts = text.split("/")
    ends = [None if one in ("", "..") else day_of(one) for one in parts]
    known = [one for one in ends if one is not None]
    if len(parts) > 2 or not known or known != sorted(known):
        raise UsageError(f"{text[:60]} is no time.", "Write it as 2026-11-23 or 2026-01-01/2026-12-31.")
    return ends[0], ends[-1]


def _position(collection: Collection, wanted: Wanted, pages: Pages) -> tuple[list[Any] | None, int | None]:
    """Key after which the page starts and the count of the first page; None without a token."""
    if wanted.token is None:
        return None, None
    matched, *last = pages.read(wanted.listed(collection), wanted.token)
    return last, matched


def _count(connection: Connection, collection: Collection, where: str, values: Mapping[str, Any]) -> int | None:
    """How many features there are; None for more than are counted, and where counting would take too long."""
    text = f"SELECT count(*) FROM (SELECT 1 FROM published.{collection.view} WHERE {where} LIMIT %(counted)s) counted"
    before = connection.execute("SELECT current_setting('statement_timeout')").fetchone()
    try:
        with connection.transaction():
            connection.execute("SELECT set_config('statement_timeout', %s, true)", [f"{COUNT_MILLISECONDS}ms"])
            row = connection.execute(text.encode(), {**values, "counted": COUNTED + 1}).fetchone()
            connection.execute("SELECT set_config('statement_timeout', %s, true)", before)
    except psycopg.errors.QueryCanceled:
        return None
    found = int(row[0]) if row else 0
    return found if found <= COUNTED else None


def _columns(collection: Collection, wanted: Wanted) -> str:
    """Columns of the fields wanted, the identifier, the key and the shape; all names are constants of the code."""
    asked = wanted.properties
    names = [f'"{name}"' for name in collection.fields if asked is None or name in asked]
    keys = [f"{name} AS key_{at}" for at, name in enumerate(collection.key or ())]
    return ", ".join([*names, f"{collection.feature} AS feature", *keys, "ST_AsBinary(geom) AS shape"])


def _rows(connection: Connection, text: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        return cursor.execute(text.encode(), values).fetchall()


def _features(collection: Collection, wanted: Wanted, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not rows:
        return []
    shapes = crs.from_storage(shapely.from_wkb([row["shape"] for row in rows]), wanted.system)
    if wanted.system == crs.CRS84:
        shapes = shapely.orient_polygons(shapes)
    told = shapely.to_geojson(shapes)
    return [
        {
            "type": "Feature",
            "id": str(row["feature"]),
            "geometry": None if text is None else orjson.Fragment(text),
            "properties": {name: row[name] for name in collection.fields if name in row},
        }
        for row, text in zip(rows, told, strict=True)
    ]
