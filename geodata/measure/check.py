"""Check stored measurements against PostGIS's own answers: a second opinion by another engine.

`check_batch` is what `standplaats measure --check N` runs; `oracle_sql` is also the reference of the tests and the
benchmark. It answers only where a layer is covered: unknown has no second opinion. Ways along the roads,
which PostGIS cannot find, and slopes are found anew by other means (`geodata.measure.second_opinion`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from geodata.errors import StandplaatsError
from geodata.measure.around import COUNTS, FRONTAGE
from geodata.measure.kernels.frontage import LINE_REACH
from geodata.measure.kernels.roads import ROAD_CLASSES
from geodata.measure.measure import DISTANCES, OWN_M, WIDTH_M
from geodata.measure.oracles import (
    BUILT,
    COUNTED,
    FRONTAGES,
    NEAREST,
    NEIGHBOUR,
    OVERLAPS,
    SERVICES,
    SHAPES,
    SHARES,
    oracle_sql,
)
from geodata.measure.read import Connection
from geodata.measure.rows import DRIVEN, MS_PER_MINUTE, NONE_FOUND
from geodata.measure.second_opinion import slopes, ways

#: Larger differences than these are a defect: shares (0..1), metres, square metres, numbers, minutes, degrees.
TOLERANCES = {"share": 1e-6, "metres": 0.01, "m2": 1e-3, "number": 0.5, "rough": 0.2, "minutes": 1e-3, "degrees": 0.01}

__all__ = ["OVERLAPS", "SERVICES", "TOLERANCES", "Checked", "check_batch", "oracle_sql"]


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes
    ----------
    parcels : number compared.
    differences : figure -> largest difference, in the unit of the figure; only of figures that were compared.
    """

    parcels: int
    differences: dict[str, float]

    @property
    def largest(self) -> float:
        """The largest difference of any figure."""
        return max(self.differences.values(), default=0.0)


def check_batch(connection: Connection, batch: int, sample: int, seed: int = 1) -> Checked:
    """Compare a sample of a batch with PostGIS.

    Parameters
    ----------
    connection : on the selected database; what it reads is rolled back.
    batch : batch of measurements.
    sample : how many parcels to draw.
    seed : seed of the draw.

    Raises
    ------
    StandplaatsError
        When a measurement differs by more than drawing accuracy; names the figures.
    """
    rows = connection.execute(
        """SELECT m.*, b.common, (b.common -> 'unknown') || m.unknown AS reasons
           FROM measurement m JOIN batch b ON b.id = m.batch_id WHERE m.batch_id = %s
           ORDER BY md5(m.parcel_id::text || %s) LIMIT %s""",
        [batch, str(seed), sample],
    )
    names = [one.name for one in rows.description or ()]
    stored = {row["parcel_id"]: row for row in (dict(zip(names, one, strict=True)) for one in rows.fetchall())}
    found: dict[str, tuple[float, str]] = {}

    def note(figure: str, unit: str, differences: Iterable[float]) -> None:
        told = list(differences)
        if told:
            found[figure] = (max(told), unit)

    for look in (_shapes, _overlaps, _distances, _around, _ways, _slopes):
        look(connection, stored, note)
    connection.rollback()
    wrong = {name: value for name, (value, unit) in found.items() if value > TOLERANCES[unit]}
    if wrong:
        told = ", ".join(f"{name} by up to {value:.3g}" for name, value in wrong.items())
        raise StandplaatsError(
            f"Measurements differ from PostGIS: {told}.",
            "Nothing was changed. Please report this with the dataset names.",
        )
    return Checked(len(stored), {name: value for name, (value, _) in found.items()})


Rows = dict[int, dict[str, Any]]
Note = Callable[[str, str, Iterable[float]], None]


def _knowing(stored: Rows, layer: str) -> list[int]:
    """Parcels for which nothing is said against a layer."""
    return [one for one, row in stored.items() if row["reasons"].get(layer) is None]


def _interval(row: dict[str, Any], kind: str, name: str, columns: tuple[str, str]) -> tuple[float, float] | None:
    """Ends of an interval as stored (millimetres, numbers); None where it was not measured."""
    names = row["common"].get(kind, [])
    if name not in names:
        return None
    at = names.index(name)
    return row[columns[0]][at], row[columns[1]][at]


def _shapes(connection: Connection, stored: Rows, note: Note) -> None:
    rows = connection.execute(SHAPES, {"ids": list(stored)}).fetchall()
    for at, (name, unit) in enumerate((("area_m2", "m2"), ("perimeter_m", "metres"), ("vertices", "number"), ("parts", "number")), start=1):  # fmt: skip
        note(name, unit, (abs(stored[row[0]][name] - row[at]) for row in rows if stored[row[0]][name] is not None))
    # What was found fits, and no circle is wider by more than what was searched to; GEOS itself stops at a thousandth.
    widths = [(stored[one]["width_m"], width, slack) for one, _, _, _, _, width, slack in rows]
    note("width_m", "rough", (max(mine - width - slack, width - mine - WIDTH_M, 0.0) for mine, width, slack in widths if mine is not None))  # fmt: skip


def _overlaps(connection: Connection, stored: Rows, note: Note) -> None:
    theirs = dict(connection.execute(BUILT, {"ids": list(stored)}).fetchall())
    mine = {one: row["built_share"] for one, row in stored.items()}
    note("built_share", "share", (abs(own - theirs.get(one, 0.0)) for one, own in mine.items() if own is not None))
    for layer in OVERLAPS:
        known = _knowing(stored, layer)
        told: dict[int, dict[str, float]] = {one: {} for one in known}
        for parcel, name, share in connection.execute(SHARES, {"ids": known, "layer": layer}):
            told[parcel][name] = share
        differences = []
        for one in known:
            own = stored[one]["shares"].get(layer, {})
            differences += [abs(own.get(name, 0.0) - told[one].get(name, 0.0)) for name in {*own, *told[one]}]
        note(f"shares of {layer}", "share", differences)


def _distances(connection: Connection, stored: Rows, note: Note) -> None:
    for name in (*SERVICES, "address"):
        known = _knowing(stored, DISTANCES[name][0])
        query = NEIGHBOUR if name in OWN_M else NEAREST
        differences = []
        for parcel, distance in connection.execute(query, {"ids": known, "service": name, "own": OWN_M.get(name)}):
            ends = _interval(stored[parcel], "distances", name, ("distance_low_mm", "distance_high_mm"))
            if ends is not None and ends[1] != NONE_FOUND:
                differences.append(abs(ends[1] / 1000.0 - distance))
        note(f"distance to {name}", "metres", differences)


def _around(connection: Connection, stored: Rows, note: Note) -> None:
    for name, wanted in COUNTS.items():
        known = _knowing(stored, wanted.layer)
        values = {"ids": known, "radius": wanted.radius_m, "own": -1.0 if wanted.own_m is None else wanted.own_m}
        theirs = dict(connection.execute(COUNTED[name], values).fetchall())
        ends = {one: _interval(stored[one], "counts", name, ("count_low", "count_high")) for one in known}
        note(name, "number", (abs(two[0] - theirs.get(one, 0)) for one, two in ends.items() if two is not None))
    values = {"ids": _knowing(stored, "roads"), "reach": LINE_REACH, "classes": list(FRONTAGE)}
    mine = {one: stored[one]["frontage_m"] for one in stored}
    rows = connection.execute(FRONTAGES, values).fetchall()
    # A buffer is drawn with straight pieces: the longer the frontage, the more it may be off.
    note("frontage_m", "rough", (max(abs(mine[one] - metres) - 0.002 * metres, 0.0) for one, metres in rows if mine[one] is not None))  # fmt: skip


def _ways(connection: Connection, stored: Rows, note: Note) -> None:
    """Each way that was found is the shortest one; the drive also the quickest, and the access point the nearest."""
    told = {one: row for one, row in stored.items() if DRIVEN in row["common"].get("reach", [])}
    access = {one: (row["access_x"], row["access_y"]) for one, row in told.items() if row["access_x"] is not None}
    found = ways(connection, access)
    note("access point", "metres", found.access_m.values())
    roads = {one: (told[one]["access_class"], told[one]["access_width_m"]) for one in found.at_access}
    note("road at the access", "number", (float(not _among(roads[one], several)) for one, several in found.at_access.items() if roads[one][0] is not None))  # fmt: skip
    for name, metres in found.metres.items():
        ends = {one: _interval(told[one], "reach", name, ("reach_low_mm", "reach_high_mm")) for one in metres}
        note(
            f"way to {name}",
            "metres",
            (abs(two[1] / 1000.0 - metres[one]) for one, two in ends.items() if two and two[1] != NONE_FOUND),
        )
    mine = {one: told[one]["drive_high_ms"] for one in found.drive_min}
    differences = (
        abs(own / MS_PER_MINUTE - found.drive_min[one])
        for one, own in mine.items()
        if own is not None and own != NONE_FOUND
    )
    note(f"drive to {DRIVEN}", "minutes", differences)


def _among(road: tuple[str, float | None], several: set[tuple[str, float | None]]) -> bool:
    """Is it one of these roads, and of those the one of the highest class? A width is kept to the millimetre."""
    widths = [width for kind, width in several if kind == road[0]]
    known = [width for width in widths if width is not None]
    highest = min((ROAD_CLASSES.index(kind) for kind, _ in several), default=-1)
    same = road[1] is None or any(abs(road[1] - width) < 1e-3 for width in known)
    return ROAD_CLASSES[highest] == road[0] and same and (road[1] is not None or len(known) < len(widths))


def _slopes(connection: Connection, stored: Rows, note: Note) -> None:
    known = [one for one, row in stored.items() if row["slope_deg"] is not None]
    found = slopes(connection, known)
    note(
        "slope_deg",
        "degrees",
        (abs(stored[one]["slope_deg"] - found[one][0]) if one in found else 90.0 for one in known),
    )
    highest = {one: stored[one]["slope_max_deg"] for one in known if one in found}
    outside = (max(found[one][1] - own, own - found[one][2], 0.0) for one, own in highest.items() if own is not None)
    note("slope_max_deg", "degrees", outside)
