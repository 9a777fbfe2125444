"""Municipalities: their dates, the changes of NIS codes, which municipality a parcel lies in, declared coverage."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.errors import InputError, NotFoundError, UsageError
from geodata.ingest.crs import choose_crs, operation_to_storage, transform
from geodata.ingest.formats import RawLayer, read_layers
from geodata.ingest.report import Refusals
from geodata.ingest.table import Work, map_columns, parse_day, text
from geodata.sources.catalogue import Source

Connection = psycopg.Connection[Any]

REGIONS = ("flanders", "wallonia", "brussels")
#: Generalised borders may be this far off: their overlap with the official ones is 0.897 at worst.
GENERALISED_M = 250.0
_REGION_NIS = {"02000": "flanders", "03000": "wallonia", "04000": "brussels"}
#: The nine municipalities of the German-speaking Community.
GERMAN_SPEAKING = ("63001", "63012", "63013", "63023", "63040", "63048", "63061", "63067", "63087")
#: Last reform before 2019; a source without dates is taken as the state of today.
_FIRST_DAY = date(1977, 1, 1)


def ensure_nis_changes(connection: Connection) -> None:
    """Load the changes of NIS codes of 2019 and 2025 (facts; compiled from the official code lists)."""
    text_file = (resources.files("geodata.sources") / "nis_changes.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text_file.splitlines()):
        connection.execute(
            """INSERT INTO nis_change (old_nis, old_name, new_nis, new_name, relationship, partial_transfer,
                   valid_from, note) VALUES (%s, %s, %s, %s, %s, %s::int::bool, %s, nullif(%s, ''))
               ON CONFLICT DO NOTHING""",
            [row[name] for name in ("old_nis", "old_name", "new_nis", "new_name", "relationship")]
            + [row["partial_transfer"], row["valid_from"], row["note"]],
        )


def build_municipalities(layers: list[RawLayer], source: Source, file: str) -> list[tuple[RawLayer, Work]]:
    """One table per layer; several layers are several dates, and each is valid until the next begins."""
    found = []
    for layer in layers:
        if layer.geometry is None or not source.matches(layer.rows.columns, layer.name, file, raster=False):
            continue
        columns = map_columns(layer, source)
        n = len(layer.rows)
        columns["nis"] = np.array([(text(value) or "").zfill(5) for value in columns["nis"]], dtype=object)
        given = columns.get("valid_from", np.full(n, None, dtype=object))
        columns["valid_from"] = np.array([parse_day(value) or _FIRST_DAY for value in given], dtype=object)
        columns["valid_to"] = np.full(n, None, dtype=object)
        columns["region"] = np.array([_region(row) for row in _rows(columns)], dtype=object)
        columns["province_nis"] = np.array(
            [(text(value) or "").zfill(5) if text(value) else None for value in columns.get("province_nis", given)],
            dtype=object,
        )
        columns["german_speaking"] = np.isin(columns["nis"].astype(str), GERMAN_SPEAKING).astype(object)
        for name in ("name_nl", "name_fr", "name_de"):
            columns[name] = np.array([text(value) for value in columns.get(name, np.full(n, None, dtype=object))], dtype=object)
        found.append((layer, Work("municipality", columns, layer.geometry, np.arange(1, n + 1))))
    found.sort(key=lambda pair: max(pair[1].columns["valid_from"]))
    for (_, older), (_, newer) in zip(found, found[1:], strict=False):
        start = max(newer.columns["valid_from"])
        older.columns["valid_to"][:] = start - timedelta(days=1)
    return found


def _rows(columns: dict[str, Any]) -> list[dict[str, Any]]:
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _region(row: dict[str, Any]) -> str:
    """Region by its code, else by the first digits of the municipality's (2: Brabant is split by the second)."""
    given = _REGION_NIS.get((text(row.get("region_nis")) or "").zfill(5))
    if given is not None:
        return given
    nis = str(row["nis"])
    if nis.startswith("21"):
        return "brussels"
    return "flanders" if nis[:1] in ("1", "3", "4", "7") or nis[:2] in ("23", "24") else "wallonia"


@dataclass(frozen=True)
class Territory:
    """Municipalities valid today, as loaded.

    Attributes
    ----------
    nis : codes.
    geometry : shapes, EPSG:31370.
    generalised : their borders are only roughly right.
    """

    nis: tuple[str, ...]
    geometry: Any
    generalised: bool


def territory(connection: Connection) -> Territory:
    """The municipalities that are valid today; official boundaries before generalised ones."""
    rows = connection.execute(
        """SELECT DISTINCT ON (m.nis) m.nis, ST_AsBinary(m.geom), d.generalised
           FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current
           WHERE m.valid_to IS NULL ORDER BY m.nis, d.generalised, d.id DESC""",
        binary=True,
    ).fetchall()
    shapes = shapely.from_wkb(np.array([row[1] for row in rows], dtype=object))
    return Territory(tuple(row[0] for row in rows), shapes, any(row[2] for row in rows))


def assign_municipalities(connection: Connection, work: Work, refusals: Refusals) -> None:
    """Fill `nis` and `nis_how` of parcels: by attribute where the code is valid, else by where they lie.

    An old code goes to its successor and is counted. Near a generalised border the answer is marked `border`.
    """
    here = territory(connection)
    successor = dict(connection.execute("SELECT old_nis, new_nis FROM nis_change ORDER BY valid_from").fetchall())
    n = len(work)
    given = work.columns.get("nis", np.full(n, None, dtype=object))
    codes, how = np.full(n, None, dtype=object), np.full(n, "boundary", dtype=object)
    for index, value in enumerate(given):
        code = text(value)
        if code is None:
            continue
        if code not in here.nis and code in successor:
            refusals.repaired["nis_recoded"] += 1
            while code in successor and code not in here.nis:
                code = successor[code]
        if code in here.nis or not here.nis:
            codes[index], how[index] = code, "attribute"
    rest = np.flatnonzero(codes == None)  # noqa: E711  (elementwise on objects)
    if len(rest) and len(here.nis) and work.geometry is not None:
        points = shapely.point_on_surface(work.geometry[rest])
        row, place = shapely.STRtree(here.geometry).query(points, predicate="intersects")
        codes[rest[row]] = np.array(here.nis, dtype=object)[place]
        if here.generalised:
            edge = shapely.distance(points[row], shapely.boundary(here.geometry)[place])
            how[rest[row[edge < GENERALISED_M]]] = "border"
    nowhere = int(sum(code is None for code in codes))
    if nowhere:
        refusals.notes.append(f"{nowhere} parcels lie in no loaded municipality and cannot be scored yet")
    near = int((how == "border").sum())
    if near:
        refusals.notes.append(f"{near} parcels lie near a generalised border: their municipality is a guess")
    work.columns["nis"], work.columns["nis_how"] = codes, how


@dataclass(frozen=True)
class Declared:
    """A declaration of coverage, resolved."""

    text: str | None = None
    area: BaseGeometry | None = None
    nis: tuple[str, ...] | None = None
    accuracy_m: float = 0.0


def resolve_coverage(connection: Connection, covers: str | None) -> Declared:
    """What `--covers` declares: NIS codes, a region, all of Belgium, or a file with the area.

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
        return Declared(Path(wanted).name, _area_of_file(Path(wanted)))
    here = territory(connection)
    if wanted.lower() in (*REGIONS, "belgium"):
        codes = _codes_of_region(connection, wanted.lower())
    else:
        codes = tuple(dict.fromkeys(part.strip() for part in wanted.split(",") if part.strip()))
    for code in codes:
        if not (code.isdigit() and len(code) == 5):
            raise UsageError(
                f"--covers {covers} is no NIS code, region or file.",
                "Give NIS codes separated by commas, flanders, wallonia, brussels, belgium, or a file with the area.",
            )
        if code not in here.nis:
            raise _not_valid(connection, code)
    if not codes:
        raise NotFoundError(f"No municipality of {wanted} is loaded.", "Load boundaries first: --as municipalities.")
    shapes = here.geometry[[here.nis.index(code) for code in codes]]
    return Declared(wanted, shapely.union_all(shapes), codes, GENERALISED_M if here.generalised else 0.0)


def _codes_of_region(connection: Connection, region: str) -> tuple[str, ...]:
    rows = connection.execute(
        """SELECT DISTINCT m.nis FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current
           WHERE m.valid_to IS NULL AND (%s = 'belgium' OR m.region = %s) ORDER BY 1""",
        [region, region],
    ).fetchall()
    return tuple(row[0] for row in rows)


def _not_valid(connection: Connection, code: str) -> NotFoundError:
    row = connection.execute(
        "SELECT new_nis, new_name, valid_from FROM nis_change WHERE old_nis = %s AND new_nis <> old_nis "
        "ORDER BY valid_from DESC LIMIT 1",
        [code],
    ).fetchone()
    if row is not None:
        return NotFoundError(
            f"NIS code {code} is no longer valid: since {row[2]} it is {row[0]} {row[1]}. Nothing was loaded.",
            f"Use {row[0]}.",
        )
    return NotFoundError(
        f"No municipality with NIS code {code} is loaded, so coverage cannot be declared. Nothing was loaded.",
        "Load boundaries first: standplaats ingest FILE --as municipalities.",
    )


def _area_of_file(path: Path) -> BaseGeometry:
    layer = read_layers(path)[0]
    if layer.geometry is None or not len(layer.geometry):
        raise InputError("the file holds no area.", "Give polygons of the area that is covered.", file=path)
    chosen = choose_crs(layer.crs, layer.geometry, None, path.name)
    shapes = transform(layer.geometry, operation_to_storage(chosen.used).transformer)
    area = shapely.union_all(shapely.make_valid(shapes))
    if shapely.get_dimensions(area) != 2:
        raise InputError("the file holds no area.", "Give polygons of the area that is covered.", file=path)
    return area
