"""What the people of a place know of a source: where it is complete, and what it is known to say at a point.

Contract: kept beside the fetched files, one entry per source, each with a reason and a day. The catalogue is never
changed; what stands here is added to it when a source is asked. A service that is only asked "is it here?" cannot be
declared complete: for it a control point has to answer in the same run (rule 1 of the design).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from geodata.errors import InputError, NotFoundError, UsageError
from geodata.sources.catalogue import ControlPoint, Source, asked_as
from geodata.sources.nis_regions import place_of
from geodata.sources.records import write_json

_FILE = "known.json"


@dataclass(frozen=True)
class Complete:
    """A source that leaves nothing out in a municipality, as somebody there says."""

    nis: str
    why: str
    day: str


@dataclass(frozen=True)
class OwnPoint:
    """A place where a source is known to say something, EPSG:31370; `expects` "*" = anything at all."""

    x: float
    y: float
    field: str | None
    expects: str
    why: str
    day: str


@dataclass(frozen=True)
class Known:
    """All that is known here of sources, by catalogue entry."""

    complete: dict[str, tuple[Complete, ...]]
    points: dict[str, tuple[OwnPoint, ...]]

    def complete_in(self, source: Source, codes: Iterable[str]) -> tuple[str, ...]:
        """Those of some municipalities in which the source leaves nothing out."""
        said = {one.nis for one in self.complete.get(source.id, ())}
        return tuple(code for code in codes if code in said)

    def with_points(self, source: Source) -> Source:
        """The entry with the control points that are known here, after its own."""
        own = [
            ControlPoint(x=one.x, y=one.y, field=one.field, expects=one.expects)
            for one in self.points.get(source.id, ())
        ]
        return source.model_copy(update={"control_points": [*source.control_points, *own]}) if own else source


def is_whole(source: Source) -> bool:
    """Does it come as a file, which is there whole or not at all?"""
    services = asked_as(source).services
    return bool(services) and all(one.protocol in ("file", "atom", "gtfs") for one in services)


def read_known(folder: Path) -> Known:
    """What is known; nothing where nobody said anything yet.

    Raises
    ------
    InputError
        When the file was changed by hand and cannot be read.
    """
    path = folder / _FILE
    if not path.is_file():
        return Known({}, {})
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Known(
            {name: tuple(Complete(**one) for one in rows) for name, rows in told["complete"].items()},
            {name: tuple(OwnPoint(**one) for one in rows) for name, rows in told["points"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"what is known of sources cannot be read ({error}).", "Mend the file, or remove it and say it again.",
            file=path,
        ) from None  # fmt: skip


def say_complete(folder: Path, source: Source, nis: str, why: str, today: date) -> Known:
    """Note that a source leaves nothing out in a municipality.

    Raises
    ------
    NotFoundError
        For a code that no municipality of today has.
    UsageError
        When no reason is given, or the source is a service that needs a control point instead.
    """
    place = place_of(nis)
    if place is None or place.nis != nis:
        raise NotFoundError(
            f"No municipality of today has the NIS code {nis}.", f"Use {place.nis}." if place else "Check the code."
        )
    if not why.strip():
        raise UsageError(
            "A reason is needed.", 'Write why, such as --why "compared with the list of the school board".'
        )
    if source.answers != "features" and not is_whole(source):
        raise UsageError(
            f"{source.id} answers only what is there: nobody can declare it complete.",
            "Name a place where it is known to say something: standplaats sources control-point.",
        )
    known = read_known(folder)
    rest = tuple(one for one in known.complete.get(source.id, ()) if one.nis != nis)
    added = Known({**known.complete, source.id: (*rest, Complete(nis, why.strip(), today.isoformat()))}, known.points)
    return _keep(folder, added)


def say_point(
    folder: Path, source: Source, place: tuple[float, float], expects: str, why: str, today: date, *, field: str | None
) -> Known:
    """Note what a source is known to say at a place.

    Parameters
    ----------
    place : x and y, EPSG:31370, metres.
    expects : the value, "*" for anything.
    field : field the value stands in; None = any.

    Raises
    ------
    UsageError
        When no reason is given, or the place is not in Belgium.
    """
    if not why.strip():
        raise UsageError("A reason is needed.", 'Write why, such as --why "flooded in 2021, drawn on the map since".')
    x, y = place
    if not (20_000 <= x <= 300_000 and 20_000 <= y <= 250_000):
        raise UsageError(f"{x:g} {y:g} is not in Belgium.", "Give metres in Belgian Lambert 72 (EPSG:31370).")
    known = read_known(folder)
    rest = tuple(one for one in known.points.get(source.id, ()) if (one.x, one.y) != (x, y))
    point = OwnPoint(x, y, field, expects, why.strip(), today.isoformat())
    return _keep(folder, Known(known.complete, {**known.points, source.id: (*rest, point)}))


def _keep(folder: Path, known: Known) -> Known:
    def rows(of: dict[str, tuple[Any, ...]]) -> dict[str, list[dict[str, Any]]]:
        return {name: [asdict(one) for one in found] for name, found in sorted(of.items())}

    write_json(folder / _FILE, {"complete": rows(known.complete), "points": rows(known.points)})
    return known
