"""The catalogue of sources as data: how each Belgian source is recognised and what its fields mean.

One entry per layer in `catalogue_data/*.yaml`, checked by `entry.Source` when it is read. A file is recognised by its
fields (case-insensitive), layer and name; formats are recognised elsewhere and never named by the user.

An entry may stand for several layers of one service: under `each` it lists what differs. `{name}` in any of its texts
is replaced by the value of that name, and a name that is a field of an entry takes the place of that field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import ValidationError

from geodata.errors import InputError, RuleError, UsageError
from geodata.sources.entry import KINDS, ControlPoint, Recognition, Service, Source, Text

__all__ = [
    "KINDS", "OSM_KINDS", "ControlPoint", "Recognition", "Service", "Source", "Text", "asked_as", "can_be_fetched",
    "catalogue", "read_catalogue", "recognise",
]  # fmt: skip

#: Kinds an OpenStreetMap file may be read as, beside `osm` itself.
OSM_KINDS = ("health", "shops", "stops", "schools", "roads", "buildings", "base-map")

_PARTS = ("belgium", "flanders", "flanders_constraints", "wallonia", "wallonia_constraints", "brussels")
_PLACE = re.compile(r"\{(\w+)\}")


@cache
def catalogue() -> dict[str, Source]:
    """All entries by id.

    Raises
    ------
    RuleError
        Naming the file, the entry and the field, when an entry is not fit to be used or its id is taken.
    """
    folder = resources.files("geodata.sources") / "catalogue_data"
    texts = {f"{part}.yaml": (folder / f"{part}.yaml").read_text(encoding="utf-8") for part in _PARTS}
    return read_catalogue(texts)


def read_catalogue(texts: Mapping[str, str]) -> dict[str, Source]:
    """The entries of some catalogue files, by id.

    Parameters
    ----------
    texts : file name -> YAML: a list of entries, or `templates` and `sources`.

    Raises
    ------
    RuleError
        As `catalogue`.
    """
    found: dict[str, Source] = {}
    for file, text in texts.items():
        document = yaml.safe_load(text)
        entries = document["sources"] if isinstance(document, dict) else document
        for number, entry in enumerate((one for given in entries for one in _each(given)), 1):
            source = _validated(entry, f"{file}, entry {entry.get('id', number)}")
            if source.id in found:
                raise RuleError(f"{file}: two entries are called {source.id}.", "Give one of them another id.")
            found[source.id] = source
    for source in found.values():
        if source.part_of is not None and source.part_of not in found:
            raise RuleError(f"Catalogue entry {source.id} is part of {source.part_of}, which does not exist.")
    return found


def _validated(entry: dict[str, Any], where: str) -> Source:
    try:
        return Source.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole"
        said = str(first["msg"]).removeprefix("Value error, ")
        raise RuleError(f"{where}, {field}: {said}.", "Correct the catalogue entry.") from None


def _each(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The entry itself, or one per item of `each` with its texts filled in."""
    if "each" not in entry:
        yield entry
        return
    frame = {name: value for name, value in entry.items() if name != "each"}
    for item in entry["each"]:
        own = {name: value for name, value in item.items() if isinstance(value, str)}
        yield {**_filled(frame, own), **{name: value for name, value in item.items() if name in Source.model_fields}}


def _filled(value: Any, own: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _PLACE.sub(lambda match: own.get(match.group(1), match.group()), value)
    if isinstance(value, list):
        return [_filled(one, own) for one in value]
    if isinstance(value, dict):
        return {_filled(name, own): _filled(one, own) for name, one in value.items()}
    return value


def recognise(
    kind: str,
    fields: Iterable[str],
    *,
    layer: str,
    file: str,
    raster: bool = False,
    source: str | None = None,
) -> Source:
    """The catalogue entry a file belongs to; the one that asks for most fields wins.

    Raises
    ------
    UsageError
        When the kind or the named source does not exist, or the source cannot be loaded yet.
    InputError
        When the file is of another kind, or of none that is known.
    """
    if kind not in KINDS:
        raise UsageError(f"{kind} is no kind of data.", f"Kinds: {', '.join(KINDS)}.")
    names = list(fields)
    if source is not None:
        return _named(source, kind)
    fitting = [one for one in catalogue().values() if one.matches(names, layer, file, raster)]
    # OpenStreetMap carries many kinds in one file.
    if any(one.reader == "osm" for one in fitting) and kind in OSM_KINDS:
        return _part_of_osm(kind)
    fitting.sort(key=lambda one: -one.recognise.weight)
    mine = [one for one in fitting if one.kind == kind]
    if mine:
        return mine[0]
    shown = ", ".join(names[:8]) or "no fields"
    if fitting:
        other = fitting[0]
        raise InputError(
            f"this looks like {other.kind} ({other.title['en']}), not {kind}.",
            f"Use --as {other.kind}, or name the source with --source.",
            file=file,
        )
    known = ", ".join(one.id for one in catalogue().values() if one.kind == kind and one.loads) or "none yet"
    raise InputError(
        f"this is no known source of {kind}; its fields are: {shown}.",
        f"Known sources: {known}. Name one with --source.",
        file=file,
    )


def asked_as(source: Source) -> Source:
    """The entry that is asked for a source: itself, or the one in whose files it is found."""
    return catalogue()[source.part_of] if source.part_of is not None else source


def can_be_fetched(source: Source) -> bool:
    """Does a service give it, in a form that a table takes?"""
    return source.loads and bool(asked_as(source).services)


def _part_of_osm(kind: str) -> Source:
    return next(one for one in catalogue().values() if one.part_of == "osm" and one.kind == kind)


def _named(source: str, kind: str) -> Source:
    found = catalogue().get(source)
    if found is None:
        raise UsageError(f"The catalogue has no source {source}.", f"Sources: {', '.join(catalogue())}.")
    if not found.loads:
        raise UsageError(f"Source {source} is known, but no table takes it yet. Nothing was loaded.")
    if found.reader == "osm" and found.part_of is None and kind in OSM_KINDS:
        return _part_of_osm(kind)
    if found.kind != kind:
        raise UsageError(f"Source {source} gives {found.kind}, not {kind}.", f"Use --as {found.kind}.")
    return found
