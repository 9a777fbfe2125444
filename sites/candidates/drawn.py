"""Drawn areas as candidates in their own right: measured, judged and explained like a parcel; nothing is stored.

An area is measured as one row by `geodata.measure.measure` against the current layers of the municipality in which its
largest part lies; others it touches are named, and then what a source declares for a whole municipality counts only as far
as its drawn border reaches. Its owner is that of the parcels it lies on, where they have all the same. The answer names
the datasets, the set of criteria, the rule pack and both days. Lengths in metres, areas in square metres.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely

from geodata.errors import InputError, UsageError
from geodata.measure.inputs import Parcels
from geodata.measure.measure import measure
from geodata.measure.read import data_date, read_layers, region_of
from geodata.measure.remaining import remaining_of
from geodata.measure.table import MeasurementTable
from geodata.sources.sharing import Basis, basis, shared
from sites.candidates.basis import boundaries_of
from sites.candidates.drawn_shapes import Drawn
from sites.candidates.lonlat import geojson, to_lonlat
from sites.candidates.runs import Run
from sites.candidates.scoring import law_region_in
from sites.candidates.taken import taken_away
from sites.law import pack_version
from sites.suitability import Assessment, Translate, assess, explain, load_profile
from sites.suitability.constraints import unknown_layers

Connection = psycopg.Connection[Any]

#: A part of an area smaller than this share lies beside it by the accuracy of the drawing.
_SLIVER = 0.01


@dataclass(frozen=True)
class Placed:
    """A drawn area and where it lies.

    Attributes
    ----------
    municipalities : NIS code -> share of the area, the largest first.
    parcels : CAPAKEY, share of the area and class of owner of each parcel it lies on, the largest first.
    parcel_datasets : datasets of these parcels.
    """

    drawn: Drawn
    municipalities: dict[str, float]
    parcels: tuple[tuple[str, float, str | None], ...]
    parcel_datasets: tuple[int, ...]

    @property
    def owner_class(self) -> str | None:
        """Class of owner that all its land has; None where it is mixed, or not known of some."""
        classes = {owner for _, _, owner in self.parcels}
        whole = sum(share for _, share, _ in self.parcels) >= 1.0 - _SLIVER
        return classes.pop() if whole and len(classes) == 1 else None

    @property
    def beyond(self) -> bool:
        """Does it lie in more than one municipality, or partly in none? Then what a source declares for the whole of
        one counts only as far as its drawn border reaches."""
        return len(self.municipalities) > 1 or next(iter(self.municipalities.values())) < 1.0 - _SLIVER


@dataclass(frozen=True)
class Judged:
    """Areas of one municipality, judged together; `assessment` has their order."""

    nis: str
    law_region: str
    placed: tuple[Placed, ...]
    assessment: Assessment
    data_date: date


def place(connection: Connection, areas: Sequence[Drawn]) -> list[Placed]:
    """Municipalities and parcels each area lies on.

    Raises
    ------
    InputError
        When one lies in no municipality that is loaded.
    """
    out = []
    for number, one in enumerate(areas, 1):
        values = {"shape": shapely.to_wkb(one.shape), "area": float(one.shape.area), "sliver": _SLIVER}
        rows = connection.execute(_MUNICIPALITIES, values).fetchall()
        if not rows:
            raise InputError(
                "it lies in no municipality that is loaded.",
                "Load the boundary: standplaats start NIS, or standplaats ingest FILE --as municipalities.",
                file="drawn areas",
                row=number,
            )
        parcels = connection.execute(_PARCELS.encode(), values).fetchall()
        out.append(
            Placed(
                one,
                {nis: min(float(share), 1.0) for nis, share in rows},
                tuple((key, min(float(share), 1.0), owner) for key, share, owner, _ in parcels),
                tuple(sorted({dataset for *_, dataset in parcels})),
            )
        )
    return out


def judge(
    connection: Connection, areas: Sequence[Drawn], site_type: str, as_of: date, *, cache: Path | None = None
) -> list[Judged]:
    """Measure and judge areas; those of one municipality together.

    Parameters
    ----------
    site_type : residential or transit.
    as_of : day whose law applies.
    cache : folder of prepared layers; None = nothing is kept.

    Raises
    ------
    InputError
        When one lies in no municipality that is loaded, or under the law of several regions: no verdict by one law holds
        for land under another.
    """
    placed = place(connection, areas)
    check_law(connection, placed)
    by_code: dict[str, list[Placed]] = {}
    for one in placed:
        by_code.setdefault(next(iter(one.municipalities)), []).append(one)
    out = []
    for nis, mine in by_code.items():
        region = region_of(connection, nis)
        parcels = _as_parcels(nis, mine)
        codes = {code for one in mine for code in one.municipalities}
        near = reaching_area(connection, codes, shapely.union_all([one.drawn.shape for one in mine]))
        table = measure(parcels, read_layers(connection, region, parcels, near=near, cache=cache))
        law_region = law_region_in(connection, nis)
        profile = load_profile(region, site_type)
        taken = taken_away(profile, as_of, law_region, table.dates)
        left = taken.bounds(remaining_of(connection, region, parcels, taken.known, cache=cache).area)
        assessment = assess(table, profile, as_of=as_of, law_region=law_region, usable_m2=left)
        used = sorted({number for ids in _datasets(table, mine).values() for number in ids})
        day = data_date(connection, used) if used else as_of
        out.append(Judged(nis, law_region, tuple(mine), assessment, day))
    return out


def check_law(connection: Connection, placed: Sequence[Placed]) -> None:
    """Refuse areas under the law of several regions.

    Raises
    ------
    InputError
        For the first of them.
    """
    for number, one in enumerate(placed, 1):
        if len({law_region_in(connection, nis) for nis in one.municipalities}) > 1:
            raise InputError(
                "it lies under the law of several regions.",
                "Draw the part in each region as an area of its own.",
                file="drawn areas",
                row=number,
            )


def judged_like(
    connection: Connection, run: Run, areas: Sequence[Drawn], *, cache: Path | None = None
) -> list[tuple[Judged, int]]:
    """Areas judged by the criteria and the law of a result, each with its row, in the order in which they were drawn.

    Raises
    ------
    InputError
        As `judge`.
    UsageError
        When the result is of another region, or made by criteria of its own: what stands beside each other must mean the same.
    """
    judged = judge(connection, areas, run.site_type, run.as_of, cache=cache)
    for one in judged:
        profile = one.assessment.profile
        if (one.law_region, profile.id, profile.version) != (run.region, run.profile_id, run.profile_version):
            raise UsageError(
                f"Areas are judged by {profile.id} {profile.version}, result {run.id} by {run.profile_id}"
                f" {run.profile_version}.",
                "Ask for a result of the region of the areas, by its published criteria.",
            )
    place_of = {id(one): at for at, one in enumerate(areas)}
    found = [(one, row) for one in judged for row in range(len(one.placed))]
    return sorted(found, key=lambda pair: place_of[id(pair[0].placed[pair[1]].drawn)])


def areas_document(
    connection: Connection,
    areas: Sequence[Drawn],
    site_type: str,
    as_of: date,
    translate: Translate,
    *,
    today: date,
    cache: Path | None = None,
) -> dict[str, Any]:
    """Drawn areas as judged candidates, in the order in which they were drawn.

    Returns
    -------
    `count`, and per item the keys of a candidate of the design (no rank: it was compared with nothing), the shape as it
    was measured, the municipalities and parcels it lies on, `profile`, `sources` and `explanation`; `as_of`, `rule_pack`.
    Of a source that may not be passed on, parcels and owner are None.
    """
    items: dict[int, dict[str, Any]] = {}
    number = {id(one): at for at, one in enumerate(areas, 1)}
    for judged in judge(connection, areas, site_type, as_of, cache=cache):
        found = basis_behind(connection, judged, today)
        for row, placed in enumerate(judged.placed):
            at = number[id(placed.drawn)]
            items[at] = _item(judged, row, at, found, translate, today)
    return {
        "run": None,
        "count": len(items),
        "items": [items[at] for at in sorted(items)],
        "next": None,
        "site_type": site_type,
        "as_of": as_of.isoformat(),
        "rule_pack": pack_version(),
    }


def reaching_area(connection: Connection, codes: Iterable[str], area: Any) -> set[int]:
    """Current datasets that may say something of an area in these municipalities; one without a declared coverage may."""
    rows = connection.execute(
        """SELECT d.id FROM dataset d WHERE d.current AND (d.coverage IS NULL OR d.coverage_nis && %s
               OR ST_Intersects(d.coverage, ST_SetSRID(ST_GeomFromWKB(%s), 31370)))""",
        [sorted(codes), shapely.to_wkb(area)],
    ).fetchall()
    return {row[0] for row in rows}


def _as_parcels(nis: str, placed: Sequence[Placed]) -> Parcels:
    """Areas as rows of a measurement, with numbers below 0 that no parcel has."""
    n = len(placed)
    beyond = [one.beyond for one in placed]
    return Parcels(
        -np.arange(1, n + 1, dtype=np.int64),
        np.array([*(f"drawn {at}" for at in range(1, n + 1)), None], dtype=object)[:-1],
        np.full(n, nis, dtype=object),
        np.array(beyond, dtype=bool),
        np.array([*(one.drawn.shape for one in placed), None], dtype=object)[:-1],
        np.array([*(one.owner_class for one in placed), None], dtype=object)[:-1],
    )


def _datasets(table: MeasurementTable, placed: Sequence[Placed]) -> dict[str, list[int]]:
    return {**table.datasets, "parcels": sorted({number for one in placed for number in one.parcel_datasets})}


def basis_behind(connection: Connection, judged: Judged, today: date) -> Basis:
    """The datasets behind areas that were judged."""
    codes = sorted({code for one in judged.placed for code in one.municipalities})
    layers = _datasets(judged.assessment.table, judged.placed)
    layers["municipalities"] = boundaries_of(connection, codes)
    region = "wallonia" if judged.law_region == "german-speaking-community" else judged.law_region
    return basis(connection, layers, today, codes=codes, region=region)


def _item(judged: Judged, row: int, number: int, found: Basis, translate: Translate, today: date) -> dict[str, Any]:
    assessment, placed = judged.assessment, judged.placed[row]
    told = explain(assessment, row, translate=translate, run="", data_date=judged.data_date, basis=found, today=today)
    usable = float(assessment.usable_m2[row])
    low, high = int(assessment.pitches_low[row]), int(assessment.pitches_high[row])
    shape = placed.drawn.shape
    identifier = f"drawn-{number}"
    told |= {"id": identifier, "capakeys": [], "run": None}
    owners = found.told(["ownership"])
    drawn = found.told(["parcels"])
    return {
        "id": identifier,
        "name": placed.drawn.name,
        "capakeys": [],
        "source": "drawn",
        "municipality": judged.nis,
        "municipalities": [{"nis": code, "share": round(share, 4)} for code, share in placed.municipalities.items()],
        "on_parcels": [{"capakey": key, "share": round(share, 4)} for key, share, _ in placed.parcels]
        if drawn
        else None,
        "crs": placed.drawn.crs,
        "area_m2": float(assessment.table.area_m2[row]),
        "usable_area_m2": None if np.isnan(usable) else usable,
        "pitches": {"low": low, "high": high},
        "verdict": str(assessment.verdict[row]),
        "so_far": str(assessment.so_far[row]),
        "conditions": assessment.open_conditions(row),
        "score": {"low": float(assessment.score_low[row]), "high": float(assessment.score_high[row])},
        "rank": None,
        "rank_interval": None,
        "unknown": unknown_layers(assessment.constraints, row, assessment.table),
        "owner_class": assessment.table.owner_class[row] if owners else None,
        "owner_told": owners,
        "bbox": shapely.bounds(to_lonlat(shape)).tolist(),
        "geometry": geojson(shape),
        "law_region": judged.law_region,
        "profile": f"{assessment.profile.id} {assessment.profile.version}",
        "data_date": judged.data_date.isoformat(),
        "stale": found.stale_layers(),
        "sources": found.sources(translate.language),
        "explanation": told,
    }


_MUNICIPALITIES = """
WITH drawn AS (SELECT ST_SetSRID(ST_GeomFromWKB(%(shape)s), 31370) AS geom)
SELECT m.nis, sum(ST_Area(ST_Intersection(m.geom, w.geom))) / %(area)s AS share
FROM drawn w, municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current
WHERE m.valid_to IS NULL AND ST_Intersects(m.geom, w.geom) GROUP BY m.nis
HAVING sum(ST_Area(ST_Intersection(m.geom, w.geom))) / %(area)s > %(sliver)s ORDER BY share DESC, m.nis"""

_PARCELS = f"""
WITH drawn AS (SELECT ST_SetSRID(ST_GeomFromWKB(%(shape)s), 31370) AS geom)
SELECT p.capakey, ST_Area(ST_Intersection(p.geom, w.geom)) / %(area)s AS share, o.owner_class, p.dataset_id
FROM drawn w, parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
LEFT JOIN LATERAL (
    SELECT o.owner_class FROM ownership o JOIN dataset e ON e.id = o.dataset_id AND e.current AND {shared("e")}
    WHERE o.capakey = p.capakey AND o.owner_class <> 'unknown' ORDER BY e.id DESC LIMIT 1) o ON true
WHERE ST_Intersects(p.geom, w.geom) AND ST_Area(ST_Intersection(p.geom, w.geom)) > 0.001 * %(area)s
ORDER BY share DESC, p.capakey"""
