"""What a dataset declares to cover: only there does absence mean that there is none.

Declared by the user as codes, a region or a file; never inferred from the features.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.errors import InputError, NotFoundError, UsageError
from geodata.ingest.crs import choose_crs, operation_to_storage, transform
from geodata.ingest.formats import checksum
from geodata.ingest.places import GENERALISED_M, REGIONS, Territory, territory
from geodata.ingest.read import read_layers
from geodata.sources.nis import nis_changes

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Around:
    """A box that was asked for, EPSG:31370, and the region of which it was answered (or belgium)."""

    box: tuple[float, float, float, float]
    region: str


@dataclass(frozen=True)
class Declared:
    """A declaration of coverage, resolved.

    Attributes
    ----------
    text : the declaration in one form: codes sorted, region in small letters, file with its checksum.
    scope : the same without the checksum: what a newer version replaces.
    area : area covered, EPSG:31370; None when nothing was declared.
    nis : municipalities covered whole.
    accuracy_m : how far the border of the area may be off.
    """

    text: str | None = None
    scope: str | None = None
    area: BaseGeometry | None = None
    nis: tuple[str, ...] | None = None
    accuracy_m: float = 0.0

    def without(self, holes: list[Any], here: Territory) -> Declared:
        """The same less the places of rows that could not be read: absence must not count there."""
        if self.area is None or not holes:
            return self
        # A metre around, so that a point or a line leaves a hole too.
        gone = shapely.union_all(shapely.buffer(shapely.make_valid(np.array(holes, dtype=object)), 1.0))
        named = None
        if self.nis is not None:
            touched = {code for code, hit in zip(here.nis, shapely.intersects(here.geometry, gone), strict=True) if hit}
            named = tuple(code for code in self.nis if code not in touched)
        return replace(self, area=shapely.difference(self.area, gone), nis=named)


def resolve_coverage(connection: Connection, covers: str | None, around: Around | None = None) -> Declared:
    """What `--covers` declares: NIS codes, a region, all of Belgium, or a file with the area.

    Parameters
    ----------
    around : with codes only: all municipalities of a region are covered, too, as far as they lie in the box asked for.

    Raises
    ------
    NotFoundError
        When a municipality is not loaded or its code is no longer valid (its successor is named).
    UsageError
        When the declaration is none of these.
    """
    if covers is None:
        return Declared()
    wanted = covers.strip()
    if Path(wanted).suffix and Path(wanted).is_file():
        return _area_of_file(Path(wanted))
    here = territory(connection)
    region = wanted.lower() in (*REGIONS, "belgium")
    if region:
        codes = _codes_of_region(connection, wanted.lower())
    else:
        codes = tuple(sorted({part.strip() for part in wanted.split(",") if part.strip()}))
    for code in codes:
        if not (code.isdigit() and len(code) == 5):
            raise UsageError(
                f"--covers {covers} is no NIS code, region or file.",
                "Give NIS codes separated by commas, flanders, wallonia, brussels, belgium, or a file.",
            )
        if code not in here.nis:
            raise _not_valid(code)
    if not codes:
        raise NotFoundError(f"No municipality of {wanted} is loaded.", "Load boundaries first: --as municipalities.")
    at = [here.nis.index(code) for code in codes]
    told = wanted.lower() if region else ",".join(codes)
    accuracy = GENERALISED_M if here.generalised[at].any() else 0.0
    area = shapely.union_all(here.geometry[at])
    if around is None or region:
        return Declared(told, told, area, codes, accuracy)
    near = [here.nis.index(code) for code in _codes_of_region(connection, around.region) if code in here.nis]
    accuracy = GENERALISED_M if here.generalised[[*at, *near]].any() else 0.0
    beside = shapely.intersection(shapely.union_all(here.geometry[near]), shapely.box(*around.box))
    asked = ", ".join(f"{edge:.0f}" for edge in around.box)
    return Declared(f"{told} and {around.region} in ({asked})", told, shapely.union(area, beside), codes, accuracy)


def _codes_of_region(connection: Connection, region: str) -> tuple[str, ...]:
    rows = connection.execute(
        """SELECT DISTINCT m.nis FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current
           WHERE m.valid_to IS NULL AND (%s = 'belgium' OR m.region = %s) ORDER BY 1""",
        [region, region],
    ).fetchall()
    return tuple(row[0] for row in rows)


def _not_valid(code: str) -> NotFoundError:
    gone = [one for one in nis_changes() if one.old_nis == code and one.new_nis != code]
    if gone:
        last = gone[-1]
        return NotFoundError(
            f"NIS code {code} is no longer valid: since {last.valid_from} it is {last.new_nis} "
            f"{last.new_name}. Nothing was loaded.",
            f"Use {last.new_nis}.",
        )
    return NotFoundError(
        f"No municipality with NIS code {code} is loaded, so none can be declared. Nothing was loaded.",
        "Load boundaries first: standplaats ingest FILE --as municipalities.",
    )


def _area_of_file(path: Path) -> Declared:
    layer = read_layers([path])[0]
    if layer.geometry is None or not len(layer.geometry):
        raise InputError("the file holds no area.", "Give polygons of the area that is covered.", file=path)
    chosen = choose_crs(layer.crs, layer.geometry, None, path.name)
    shapes = transform(layer.geometry, operation_to_storage(chosen.used).transformer)
    area = shapely.union_all(shapely.make_valid(shapes))
    if shapely.get_dimensions(area) != 2:
        raise InputError("the file holds no area.", "Give polygons of the area that is covered.", file=path)
    return Declared(f"{path.name} ({checksum([path])[:12]})", path.name, area)
