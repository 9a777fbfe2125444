"""CQL2 filters: read by the library cql2, checked against a fixed list of fields, made into SQL with bound values.

Contract
- Only comparisons, `LIKE`, `BETWEEN`, `IN`, `IS NULL`, `AND`, `OR`, `NOT` and three tests of place are taken, on fields of
  the collection. No function, no arithmetic, no other name ever reaches the database.
- A filter is short and nested little: the library reads it by recursion, and a deep one would end the process.
- Every value is bound; what stands in the text of the SQL is a constant of the code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import shapely
from cql2 import Expr

from api.ogc.collections import SQL_TYPE, Collection, Kind
from api.ogc.crs import to_storage
from geodata.errors import UsageError

MAX_LENGTH, MAX_DEPTH = 4_000, 50
LANGUAGES = ("cql2-text", "cql2-json")
GEOMETRY = "geom"

_COMPARISONS = {"=": "=", "<>": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_PLACES = {"s_intersects": "ST_Intersects", "s_within": "ST_Within", "s_disjoint": "ST_Disjoint"}
_REMEDY = "Write it as in: nis = '99001' AND area_m2 >= 500. The fields are listed at /queryables of the collection."


def parse(text: str, language: str | None) -> Any:
    """A filter as a tree (CQL2 JSON).

    Raises
    ------
    UsageError
        When it cannot be read.
    """
    if len(text) > MAX_LENGTH or _depth(text) > MAX_DEPTH:
        raise UsageError("The filter is too long or nested too deeply.", "Ask for less at once.")
    try:
        given = json.loads(text) if language == "cql2-json" else text
        tree: Any = Expr(given).to_json()
    except Exception:
        # The library raises bare exceptions, with the text of its grammar.
        raise UsageError("The filter cannot be read.", _REMEDY) from None
    return tree


def _depth(text: str) -> int:
    """How deeply the library would have to go: brackets that are open at once, and words that stand before a term."""
    deepest = depth = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        deepest = max(deepest, depth)
    return deepest + len(re.findall(r"\bNOT\b", text, re.IGNORECASE)) + text.count("^") + text.count("--")


@dataclass
class Condition:
    """Makes SQL of a tree, and keeps the values it binds.

    Attributes
    ----------
    collection : whose fields may be named.
    system : system of the shapes in the filter.
    values : name -> bound value.
    """

    collection: Collection
    system: str
    values: dict[str, Any] = field(default_factory=dict)

    def sql(self, node: Any) -> str:
        """Condition of a tree.

        Raises
        ------
        UsageError
            For anything that is not taken here.
        """
        if isinstance(node, bool):
            return "true" if node else "false"
        if not isinstance(node, Mapping) or not isinstance(node.get("args"), list):
            raise UsageError("The filter is no condition.", _REMEDY)
        op, args = str(node.get("op", "")).lower(), node["args"]
        if op in ("and", "or") and args:
            return "(" + f" {op.upper()} ".join(self.sql(one) for one in args) + ")"
        if op == "not" and len(args) == 1:
            return f"(NOT {self.sql(args[0])})"
        if op in _PLACES and len(args) == 2:
            return self._place(_PLACES[op], args)
        return self._of_a_field(op, args)

    def _of_a_field(self, op: str, args: list[Any]) -> str:
        if op in _COMPARISONS and len(args) == 2:
            return self._comparison(_COMPARISONS[op], args)
        if op not in ("isnull", "like", "between", "in") or not args:
            raise UsageError(f"The filter uses {op[:30] or 'something'}, which is not taken here.", _REMEDY)
        name, kind = self._field(args[0])
        if op == "isnull" and len(args) == 1:
            return f"({name} IS NULL)"
        if op == "like" and len(args) == 2 and kind == "string":
            return f"({name} LIKE {self._bound(args[1], kind)})"
        if op == "between" and len(args) == 3:
            return f"({name} BETWEEN {self._bound(args[1], kind)} AND {self._bound(args[2], kind)})"
        if op == "in" and len(args) == 2 and isinstance(args[1], list) and args[1]:
            return f"({name} IN ({', '.join(self._bound(one, kind) for one in args[1])}))"
        raise UsageError("The filter is no condition.", _REMEDY)

    def _comparison(self, sign: str, args: list[Any]) -> str:
        """Field and value, in either order, or two fields of one kind."""
        sides = [self._field(one) if _names(one) else None for one in args]
        kind = next((one[1] for one in sides if one is not None), None)
        if kind is None or any(one is not None and one[1] != kind for one in sides):
            raise UsageError("The filter compares what cannot be compared.", _REMEDY)
        left, right = (
            side[0] if side is not None else self._bound(value, kind) for side, value in zip(sides, args, strict=True)
        )
        return f"({left} {sign} {right})"

    def _field(self, node: Any) -> tuple[str, Kind]:
        """Quoted column and kind of a field."""
        name = node.get("property") if isinstance(node, Mapping) else None
        if not isinstance(name, str) or name not in self.collection.fields:
            named = f"The filter names {name[:60]}, which is no field here." if isinstance(name, str) else None
            raise UsageError(named or "The filter compares what cannot be compared.", _REMEDY)
        return f'"{name}"', self.collection.fields[name]

    def _bound(self, value: Any, kind: Kind) -> str:
        """A value of the kind of its field, bound."""
        name = f"v{len(self.values)}"
        self.values[name] = _value(value, kind)
        return f"%({name})s::{'float8' if kind == 'integer' else SQL_TYPE[kind]}"

    def _place(self, function: str, args: list[Any]) -> str:
        """A test of place between the geometry and a shape, in either order where that is the same."""
        first, second = args
        if _names(second) and function != "ST_Within":
            first, second = second, first
        if not _names(first) or first["property"] != GEOMETRY or not isinstance(second, Mapping):
            raise UsageError(f"A test of place is between {GEOMETRY} and a shape.", _REMEDY)
        name = f"v{len(self.values)}"
        self.values[name] = shapely.to_wkb(to_storage(shape_of(second), self.system))
        return f"{function}({GEOMETRY}, ST_GeomFromWKB(%({name})s, 31370))"


def shape_of(node: Mapping[str, Any]) -> Any:
    """A shape of a filter: GeoJSON or a box."""
    try:
        if "bbox" in node:
            numbers = [float(one) for one in node["bbox"]]
            west, south = numbers[:2]
            east, north = numbers[2:4] if len(numbers) == 4 else numbers[3:5]
            return shapely.box(west, south, east, north)
        return shapely.from_geojson(json.dumps(node))
    except (ValueError, TypeError, KeyError, shapely.errors.GEOSException):
        raise UsageError("The shape of the request cannot be read.", "Correct it and ask again.") from None


def for_tipg(node: Any) -> Any:
    """The tree as tipg takes it: boxes as areas, because it gives them no system."""
    if isinstance(node, Mapping):
        if set(node) == {"bbox"}:
            return json.loads(shapely.to_geojson(shape_of(node)))
        return {name: for_tipg(value) for name, value in node.items()}
    return [for_tipg(one) for one in node] if isinstance(node, list) else node


def _names(node: Any) -> bool:
    return isinstance(node, Mapping) and "property" in node


def _value(value: Any, kind: Kind) -> Any:
    if isinstance(value, Mapping) and kind == "date":
        value = value.get("date") or value.get("timestamp")
    if kind == "date" and isinstance(value, str):
        return day_of(value)
    if kind == "string" and isinstance(value, str) and "\0" not in value:
        return value
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind in ("integer", "number") and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise UsageError(f"A field of the filter holds {kind}, and is compared with something else.", _REMEDY)


def day_of(text: str) -> date:
    """The day of a date or a time (RFC 3339).

    Raises
    ------
    UsageError
        When it is none.
    """
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise UsageError(f"{text[:40]} is no date.", "Write it as 2026-11-23.") from None
