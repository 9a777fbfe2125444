"""Columns of a list as a table, from the model of its items: the same for every page, whatever a page holds.

A field of several parts gives a column each (`score.low` -> `score_low`); a list of words is one text, and whatever else has
parts of its own is JSON. `centre` becomes lon and lat; `geometry` and `bbox` are no columns: they are the shape of the row.
"""

from __future__ import annotations

import json
import types
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from geodata.errors import UsageError

Kind = Literal["text", "integer", "number", "boolean"]
_SCALARS: dict[type, Kind] = {str: "text", int: "integer", float: "number", bool: "boolean"}
SHAPE = "geometry"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    name : in every form and language the same.
    path : keys and places that lead to the value in an item.
    kind : of its values; text also for lists and JSON.
    """

    name: str
    path: tuple[str | int, ...]
    kind: Kind

    def of(self, item: Mapping[str, Any]) -> Any:
        """Value of an item; None where it has none."""
        value: Any = item
        for key in self.path:
            if isinstance(key, int):
                value = None if value is None else value[key]
            else:
                value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, str | int | float | bool) or value is None:
            return float(value) if self.kind == "number" and value is not None else value
        if isinstance(value, Sequence) and all(isinstance(one, str) for one in value):
            return ", ".join(value)
        return json.dumps(value, ensure_ascii=False)


def names_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Fields of an item that can be asked for."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def chosen(model: type[BaseModel], asked: str | None, title: str) -> tuple[str, ...] | None:
    """Fields of a request; None = all.

    Raises
    ------
    UsageError
        When one does not exist.
    """
    if asked is None:
        return None
    known = names_of(model)
    wanted = tuple(dict.fromkeys(one.strip() for one in asked.split(",") if one.strip()))
    for name in wanted:
        if name not in known:
            raise UsageError(f"{name[:40]} is no field of {title}.", f"Fields: {', '.join(known)}.")
    return wanted or None


def columns_of(model: type[BaseModel], fields: Iterable[str] | None = None, heavy: Container[str] = ()) -> list[Column]:
    """Columns of a list: those of the fields asked for, else all but the heavy ones."""
    wanted = None if fields is None else set(fields)
    return [one for one in _columns(model) if (one.path[0] not in heavy if wanted is None else one.path[0] in wanted)]


@cache
def _columns(model: type[BaseModel]) -> tuple[Column, ...]:
    return tuple(_walk(model, ()))


def _walk(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[Column]:
    for name, field in model.model_fields.items():
        here = (*path, field.alias or name)
        if here in ((SHAPE,), ("bbox",)):
            continue
        if here == ("centre",):
            yield from (Column(one, (*here, at), "number") for at, one in enumerate(("lon", "lat")))
            continue
        kind = _plain(field.annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _walk(kind, here)
        else:
            yield Column("_".join(here), here, _SCALARS.get(kind, "text"))


def _plain(kind: Any) -> Any:
    """A type without Annotated, Literal and None."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        inner = [one for one in get_args(kind) if one is not type(None)]
        return _plain(inner[0]) if len(inner) == 1 else str
    if get_origin(kind) is Literal:
        return type(get_args(kind)[0])
    return kind
