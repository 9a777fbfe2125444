"""Assemblies of a stored run: read, grown and assessed when they are asked for; nothing is stored.

What a run needs for it (measurements, geometry, neighbours) is kept in the process for the last few runs: a run never
changes. A municipality of 24 000 parcels takes a second or two the first time and tens of milliseconds after that
(docs/performance.md). Lengths in metres, areas in square metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from psycopg import sql

from geodata.errors import NotFoundError, UsageError
from geodata.measure.adjacency import TOLERANCE, Adjacency, adjacency, joined
from geodata.measure.copied import read_flat
from geodata.measure.flat import FlatPolygons
from geodata.measure.kernels.shape import circles
from geodata.sources.sharing import Basis
from geodata.tokens import PASSING, Pages
from sites.candidates.assembly import Assemblies, area_for, find_assemblies, may_join, of_members
from sites.candidates.assessed import assessment_of
from sites.candidates.basis import basis_of
from sites.candidates.growth import MOST
from sites.candidates.kept import Kept, key_of
from sites.candidates.lonlat import geojson, to_lonlat
from sites.candidates.runs import Run
from sites.suitability import Assessment, Profile, Translate, explain, owner_title
from sites.suitability.constraints import unknown_layers
from sites.suitability.messages import Message
from sites.suitability.score import GROUPS
from sites.suitability.titles import WITHHELD

Connection = psycopg.Connection[Any]

MAX_LIMIT = 100
#: Runs whose neighbours are kept in the process.
_KEPT = 2
_SHAPES = sql.SQL(
    """SELECT p.id, p.geom FROM measurement m JOIN parcel p ON p.id = m.parcel_id
       WHERE m.batch_id = ANY(%(batches)s) AND p.id = ANY(%(parcels)s) ORDER BY p.id"""
)


@dataclass(frozen=True, eq=False)
class Ground:
    """What a run's assemblies are made from.

    Attributes
    ----------
    assessment : of the n parcels of the run.
    row_of : CAPAKEY -> row.
    shapes : shapes of the parcels that may be part of a group; `rows` tells which they are.
    beside : neighbours among all n; only of those.
    """

    assessment: Assessment
    row_of: dict[str, int]
    rows: NDArray[np.int64]
    shapes: FlatPolygons
    beside: Adjacency


@dataclass(frozen=True, eq=False)
class Assembly:
    """One group of neighbouring parcels.

    Attributes
    ----------
    id : CAPAKEYs with `-` for `/`, joined by `+`.
    municipalities : NIS codes, that with the largest part first.
    usable_m2, pitches, score : intervals.
    rank : place it would have among the parcels of the run that have the room alone.
    owners : fewest and most owners there may be; `owner_classes` of the parcels, None = unknown.
    frontage : parcels with access to a road; None where it is not known of any and none has it.
    compactness : 4 pi area / perimeter squared, with the borders between its parcels taken out.
    width_m : diameter of the largest circle inside.
    front : 1 = no listed group of the same verdict is at least as good in score, parcels, owners and shape at once.
    variants : groups like it that are not listed.
    shape : EPSG:31370, gaps within the tolerance of neighbours closed.
    """

    id: str
    capakeys: tuple[str, ...]
    parcel_ids: tuple[int, ...]
    municipalities: tuple[str, ...]
    area_m2: float
    usable_m2: tuple[float, float]
    pitches: tuple[int, int]
    verdict: str
    so_far: str
    conditions: tuple[str, ...]
    unknown: tuple[str, ...]
    score: tuple[float, float]
    rank: int
    owners: tuple[int, int]
    owner_classes: tuple[str | None, ...]
    frontage: int | None
    compactness: float
    width_m: float
    front: int
    variants: int
    shape: Any

    @property
    def geometry(self) -> dict[str, Any]:
        """GeoJSON, lon/lat."""
        return geojson(self.shape)


def assemblies(
    connection: Connection, run: Run, pitches: int | None = None, area: float | None = None, limit: int = 20
) -> list[Assembly]:
    """The best groups of up to six neighbouring parcels that together reach an area none of them has alone.

    Parameters
    ----------
    pitches : pitches wanted; the area is that of the low norm of a pitch, as in a list of parcels.
    area : usable area wanted, square metres; the larger of both counts, and the least room for a site where neither is
        given.

    Raises
    ------
    UsageError
        When a number is out of range.
    """
    return _found(connection, run, pitches, area, limit)[0]


def count_assemblies(connection: Connection, run: Run, pitches: int, area: float | None = None) -> int:
    """How many groups reach the area."""
    return _found(connection, run, pitches, area, 1)[1]


def _found(
    connection: Connection, run: Run, pitches: int | None, area: float | None, limit: int, after: int = 0
) -> tuple[list[Assembly], int, float, bool]:
    """Groups to list after so many, how many were found, the area they were to reach, and whether more follow."""
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"A list holds 1 to {MAX_LIMIT} groups of parcels, not {limit}.")
    if pitches is not None and not 1 <= pitches <= 1000:
        raise UsageError(f"{pitches} is no number of pitches.", "Give a number from 1 to 1000.")
    if area is not None and not 1 <= area <= 1e6:
        raise UsageError(f"{area:g} m² is no area of a site.", "Give a number from 1 to 1000000.")
    profile = Profile.model_validate(run.profile)
    wanted = max(area_for(profile, pitches or 1), area or 0.0)
    ground = ground_of(connection, run)
    groups = find_assemblies(
        ground.assessment,
        ground.beside,
        wanted,
        limit=after + limit + 1,
        widths=lambda members: _widths(ground, members),
    )
    end = after + limit
    told = [_told(ground, groups, at, wanted) for at in range(after, min(end, len(groups)))]
    return told, groups.found, wanted, len(groups) > end


def assemblies_document(
    connection: Connection,
    run: Run,
    *,
    pitches: int | None = None,
    area: float | None = None,
    limit: int = 20,
    shapes: bool = False,
    language: str = "en",
    today: date | None = None,
    token: str | None = None,
    pages: Pages = PASSING,
) -> dict[str, Any]:
    """The list as an answer: the `candidates` document of the design with groups as items.

    Parameters
    ----------
    shapes : with the GeoJSON of each group.
    token, pages : page token of an earlier answer, and what makes and reads them.
    language : of the titles of sources.
    today : day of reading, against which the age of sources is told; the run's day if None.

    Returns
    -------
    `count` items, `found` groups in all, `wanted_area_m2`, `sources`. Of a source that may not be passed on, shapes,
    places and owners are None.
    """
    told_by = ["assemblies", run.id, pitches, area]
    after = pages.number(told_by, token)
    listed, found, wanted, more = _found(connection, run, pitches, area, limit, after)
    basis = basis_of(connection, run, today or run.as_of)
    return {
        "run": run.id,
        "count": len(listed),
        "items": [assembly_item(one, basis, shapes=shapes) for one in listed],
        "next": pages.make(told_by, [after + limit]) if more else None,
        "found": found,
        "wanted_area_m2": wanted,
        "sources": basis.sources(language),
    }


def assembly_item(one: Assembly, basis: Basis, *, shapes: bool) -> dict[str, Any]:
    """One group as an item of a list."""
    drawn, owners = basis.told(["parcels"]), basis.told(["ownership"])
    box = shapely.bounds(to_lonlat(one.shape)).tolist() if drawn else None
    centre = shapely.point_on_surface(one.shape)
    return {
        "id": one.id,
        "capakeys": list(one.capakeys),
        "source": "assembly",
        "municipality": one.municipalities[0],
        "municipalities": list(one.municipalities),
        "area_m2": one.area_m2,
        "usable_area_m2": one.usable_m2[0] if one.usable_m2[0] == one.usable_m2[1] else None,
        "usable_area": {"low": one.usable_m2[0], "high": one.usable_m2[1]},
        "pitches": {"low": one.pitches[0], "high": one.pitches[1]},
        "verdict": one.verdict,
        "so_far": one.so_far,
        "conditions": list(one.conditions),
        "score": {"low": one.score[0], "high": one.score[1]},
        "rank": one.rank,
        "rank_interval": None,
        "unknown": list(one.unknown),
        "owners": {"low": one.owners[0], "high": one.owners[1]} if owners else None,
        "owner_classes": list(one.owner_classes) if owners else None,
        "owner_told": owners,
        "frontage": one.frontage,
        "compactness": one.compactness,
        "width_m": one.width_m,
        "front": one.front,
        "variants": one.variants,
        "bbox": box,
        "centre": shapely.get_coordinates(to_lonlat(centre))[0].tolist() if drawn else None,
        "geometry": one.geometry if shapes and drawn else None,
        "stale": basis.stale_layers(),
    }


def explain_assembly(
    connection: Connection, run: Run, capakeys: Sequence[str], translate: Translate, *, today: date | None = None
) -> dict[str, Any]:
    """One group of parcels with its explanation, made by the code that ranked it: any that lie beside each other.

    Raises
    ------
    NotFoundError
        When a parcel is not part of the run.
    UsageError
        When they are fewer than two or more than six, or do not hang together.
    """
    ground = ground_of(connection, run)
    rows = _rows(ground, capakeys)
    if not may_join(ground.assessment)[rows].all():
        # Its neighbours are not kept: nothing is grown from a parcel that is ruled out.
        ground = _small(connection, run, ground, rows)
    if not _hang_together(ground.beside, rows):
        raise UsageError(
            "These parcels do not lie beside each other.", f"Neighbours share a border and lie within {TOLERANCE} m."
        )
    members = np.full((1, MOST), -1, dtype=np.int64)
    members[0, : len(rows)] = rows
    groups = of_members(ground.assessment, ground.beside, members, _widths(ground, members))
    basis = basis_of(connection, run, today or run.as_of)
    told = explain(
        groups.assessment, 0, translate=translate, run=run.id, data_date=run.data_date, basis=basis, today=today
    )
    keys = [str(ground.assessment.table.capakey[one]) for one in rows]
    classes = [ground.assessment.table.owner_class[one] for one in rows]
    of_owner = {one.id for one in ground.assessment.profile.criteria if one.measures == ["owner_class"]}
    for one in told["criteria"]:
        if one["id"] in of_owner:
            words = [owner_title(name) for name in dict.fromkeys(classes)]
            shown = words if basis.told(["ownership"]) else [Message(WITHHELD)]
            one["sentence"] = ", ".join(translate.render(word) for word in shown)
    return {
        **told,
        "id": _id(keys),
        "capakeys": keys,
        "source": "assembly",
        "sources": basis.sources(translate.language),
    }


def _small(connection: Connection, run: Run, ground: Ground, rows: list[int]) -> Ground:
    """The ground of a few parcels only, whatever is concluded of them."""
    numbers, shapes = _shapes(connection, run.batches, ground.assessment.table.parcel_id[rows])
    place = {number: at for at, number in enumerate(numbers.tolist())}
    given = np.array(rows)
    shapes = shapes.take([place[one] for one in ground.assessment.table.parcel_id[rows].tolist()])
    pairs = adjacency(shapes)
    beside = Adjacency(len(ground.assessment), given[pairs.first], given[pairs.second], pairs.metres)
    return Ground(ground.assessment, ground.row_of, given, shapes, beside)


def _rows(ground: Ground, capakeys: Sequence[str]) -> list[int]:
    keys = sorted(set(capakeys))
    if not 2 <= len(keys) <= MOST:
        raise UsageError(f"A group has two to six parcels, not {len(keys)}.")
    for key in keys:
        if key not in ground.row_of:
            raise NotFoundError(
                f"Parcel {key} is not part of this result.",
                "Check the key, or load, measure and score its municipality.",
            )
    return sorted(ground.row_of[key] for key in keys)


def _hang_together(beside: Adjacency, rows: list[int]) -> bool:
    """Can every parcel be reached from the first over borders within the group?"""
    inside = np.isin(beside.first, rows) & np.isin(beside.second, rows)
    pairs = list(zip(beside.first[inside].tolist(), beside.second[inside].tolist(), strict=True))
    reached = {rows[0]}
    for _ in rows:
        reached |= {b for a, b in pairs if a in reached} | {a for a, b in pairs if b in reached}
    return reached == set(rows)


_grounds: Kept[Ground] = Kept(_KEPT)


def ground_of(connection: Connection, run: Run) -> Ground:
    """What a run's assemblies are made from; kept in the process for the last few runs."""
    return _grounds.get(
        key_of(connection, run.id), lambda: _ground_from(connection, run.batches, assessment_of(connection, run))
    )


def run_groups(
    connection: Connection, batches: list[int], assessment: Assessment, limit: int
) -> tuple[list[Assembly], Assemblies]:
    """The best groups of parcels of a run that is being made, told and as they were judged; nothing is wished for."""
    wanted = area_for(assessment.profile, 1)
    ground = _ground_from(connection, batches, assessment)
    groups = find_assemblies(
        assessment, ground.beside, wanted, limit=limit, widths=lambda members: _widths(ground, members)
    )
    return [_told(ground, groups, at, wanted) for at in range(len(groups))], groups


def _ground_from(connection: Connection, batches: list[int], assessment: Assessment) -> Ground:
    table = assessment.table
    free = np.flatnonzero(may_join(assessment))
    ids, shapes = _shapes(connection, batches, table.parcel_id[free])
    # The shapes come in the order of the numbers of the parcels.
    rows = free[np.argsort(table.parcel_id[free], kind="stable")]
    if not np.array_equal(table.parcel_id[rows], ids):
        raise NotFoundError("Parcels of this result are no longer loaded.", "Score the municipality again.")
    order = np.argsort(rows)
    rows, shapes = rows[order], shapes.take(order)
    found = adjacency(shapes)
    beside = Adjacency(len(table), rows[found.first], rows[found.second], found.metres)
    return Ground(assessment, {str(key): at for at, key in enumerate(table.capakey)}, rows, shapes, beside)


def _shapes(
    connection: Connection, batches: list[int], parcels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], FlatPolygons]:
    numbers, shapes = read_flat(connection, _SHAPES, {"batches": batches, "parcels": parcels.tolist()})
    return numbers[:, 0], shapes


def _joined(ground: Ground, rows: list[int]) -> Any:
    """The parcels of a group as one shape; gaps and overlaps within the tolerance are closed."""
    return joined(ground.shapes.take(np.searchsorted(ground.rows, rows)).to_shapely())


def _widths(ground: Ground, members: NDArray[np.int64]) -> NDArray[np.float64]:
    """Diameter of the largest circle in each group, metres."""
    shapes = [_joined(ground, [int(one) for one in row if one >= 0]) for row in members]
    return circles(FlatPolygons.from_shapely(shapes)).width if shapes else np.empty(0)


def _id(capakeys: Sequence[str]) -> str:
    return "+".join(key.replace("/", "-") for key in capakeys)


def _told(ground: Ground, groups: Assemblies, at: int, wanted: float) -> Assembly:
    rows, found = groups.rows(at), groups.assessment
    table = ground.assessment.table
    keys = tuple(str(table.capakey[one]) for one in rows)
    by_code: dict[str, float] = {}
    for one in rows:
        by_code[str(table.nis[one])] = by_code.get(str(table.nis[one]), 0.0) + float(table.area_m2[one])
    classes = tuple(None if table.owner_class[one] is None else str(table.owner_class[one]) for one in rows)
    frontage = int(groups.frontage[at])
    return Assembly(
        id=_id(keys),
        capakeys=keys,
        parcel_ids=tuple(int(table.parcel_id[one]) for one in rows),
        municipalities=tuple(sorted(by_code, key=lambda code: (-by_code[code], code))),
        area_m2=float(found.table.area_m2[at]),
        usable_m2=(float(groups.usable_low[at]), float(groups.usable_high[at])),
        pitches=(int(found.pitches_low[at]), int(found.pitches_high[at])),
        verdict=str(found.verdict[at]),
        so_far=str(found.so_far[at]),
        conditions=tuple(found.open_conditions(at)),
        unknown=tuple(unknown_layers(found.constraints, at, found.table)),
        score=(float(found.score_low[at]), float(found.score_high[at])),
        rank=_place(ground.assessment, found, at, wanted),
        owners=(len(set(classes) - {None}) or 1, int(groups.owners[at])),
        owner_classes=classes,
        frontage=None if frontage < 0 else frontage,
        compactness=float(found.table.compactness[at]),
        width_m=float(found.table.width_m[at]),
        front=int(groups.front[at]),
        variants=int(groups.variants[at]),
        shape=_joined(ground, rows),
    )


def _place(parcels: Assessment, groups: Assessment, at: int, wanted: float) -> int:
    """Place among the parcels that have, or may have, the room alone: by verdict, then by score."""
    room = ~(parcels.usable_m2 < wanted)
    mine = (str(groups.verdict[at]), str(groups.so_far[at]))
    middle = float(groups.score_low[at] + groups.score_high[at])
    before = 0
    for word, known in GROUPS:
        same = room & (parcels.verdict == word) & (parcels.so_far == known)
        if (word, known) == mine:
            return before + int((same & (parcels.score_low + parcels.score_high > middle)).sum()) + 1
        before += int(same.sum())
    return before + 1
