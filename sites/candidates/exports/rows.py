"""Rows of an export, read from a stored run: the parcels that meet the wishes, and the groups of parcels.

Contract: read only. Verdict, score and rank of a parcel are those stored with the run; values, states and figures are
computed again by the code that made them, on the pinned measurements, and a run that would come out otherwise today is
refused. Drawn areas stand after the parcels, judged by the same criteria. Shapes are EPSG:31370. What may not be passed on is None. With findings, what was measured stays, and what was
entered stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import psycopg
import shapely
from psycopg.rows import dict_row

from geodata.errors import UsageError
from geodata.sources.sharing import Basis, shared
from sites.candidates.assemblies import Assembly, assemblies, ground_of
from sites.candidates.assembly import of_members
from sites.candidates.assessed import assessment_of
from sites.candidates.basis import basis_of
from sites.candidates.drawn import Judged, basis_behind, judged_like
from sites.candidates.drawn_shapes import Drawn
from sites.candidates.exports.columns import Column, columns_of
from sites.candidates.exports.said import Said
from sites.candidates.growth import MOST
from sites.candidates.land import ANY_LAND
from sites.candidates.query import CandidateQuery, Conditions, conditions_of
from sites.candidates.runs import Run
from sites.candidates.search import refuse_untold
from sites.places import place_name
from sites.suitability import Assessment, Profile, Translate, owner_title, zoning_title
from sites.suitability.findings import Finding, Found, with_findings
from sites.suitability.kinds import Zoning
from sites.suitability.states import NAMES

Connection = psycopg.Connection[Any]

#: Groups of parcels in a file.
GROUPS = 100
#: Of what nothing was entered about.
_NOTHING = {"entered": None, "verdict_entered": None, "so_far_entered": None, "rank_entered": None}
#: A score that comes out otherwise by more than this was made by another program.
_SAME = 1e-9
_ROWS = """SELECT p.id, p.capakey, p.nis, r.verdict, r.so_far, r.usable_m2, r.pitches_low, r.pitches_high, r.score_low,
        r.score_high, r.rank, r.rank_low, r.rank_high, m.owner_class, CASE WHEN {shared} THEN ST_AsBinary(p.geom) END AS shape
    FROM run_result r JOIN parcel p ON p.id = r.parcel_id JOIN dataset d ON d.id = p.dataset_id
    JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id JOIN batch b ON b.id = r.batch_id
    WHERE r.run_id = %(run)s AND (({where}) OR p.capakey = ANY(%(named)s)) ORDER BY r.rank NULLS LAST, p.capakey"""


@dataclass(frozen=True, eq=False)
class Export:
    """What a file holds.

    Attributes
    ----------
    columns : in their order; `rows` and `groups` have a value for each name.
    rows, groups : parcels with drawn areas after them, and groups of parcels.
    shapes, group_shapes : EPSG:31370, None where they may not be passed on.
    sources : as `Basis.sources` gives them, in the language of the file.
    wishes : the filters, as sentences.
    notice : sentence of demo data; None = real.
    """

    run: Run
    profile: Profile
    columns: list[Column]
    rows: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    shapes: list[Any]
    group_shapes: list[Any]
    sources: list[dict[str, Any]]
    translate: Translate
    wishes: list[str] = field(default_factory=list)
    notice: str | None = None


def gather(
    connection: Connection,
    run: Run,
    query: CandidateQuery,
    translate: Translate,
    *,
    findings: Sequence[Finding] | None = None,
    groups: bool = True,
    areas: Sequence[Drawn] = (),
    notice: str | None = None,
    today: date | None = None,
) -> Export:
    """Read everything a file holds.

    Parameters
    ----------
    query : wishes and verdicts; its page is ignored, all pages are read.
    findings : of the project file; their parcels are listed whatever their verdict. None = no project file.
    groups : with groups of parcels.
    areas : drawn areas, judged by the same criteria against the current data; they stand after the parcels, without a rank.
    notice : sentence of demo data, in the language of the file.
    today : day of reading, against which the age of sources is told; the run's day if None.

    Raises
    ------
    UsageError
        When owners are asked for that may not be told, the run would come out otherwise today, or an area is judged by
        other criteria.
    """
    day = today or run.as_of
    basis = basis_of(connection, run, day, codes=run.territory if query.municipality is None else [query.municipality])
    refuse_untold(basis, query)
    assessment = assessment_of(connection, run)
    found = with_findings(assessment, findings) if findings is not None else None
    profile = Profile.model_validate(run.profile)
    writer = _Writer(run, translate, lambda nis: basis_of(connection, run, day, codes=[nis]), bool(notice))
    conditions = conditions_of(query)
    stored = _stored(connection, run, conditions, [one.capakey for one in findings or ()])
    at_key = {str(key): at for at, key in enumerate(assessment.table.capakey)}
    rows = [writer.parcel(assessment, at_key[one["capakey"]], one, found) for one in stored]
    drawn = judged_like(connection, run, areas) if areas else []
    beside = [basis_behind(connection, judged, day) for judged, _ in drawn]
    for number, ((judged, at), own) in enumerate(zip(drawn, beside, strict=True), 1):
        rows.append(writer.drawn(number, judged, at, own, found is not None))
    shapes = [None if one["shape"] is None else shapely.from_wkb(one["shape"]) for one in stored]
    # What the land of a group is like is not known of the group as a whole: under such wishes there are parcels alone.
    listed = list(_groups(connection, run, query)) if groups and query.land == ANY_LAND else []
    return Export(
        run=run,
        profile=profile,
        columns=columns_of(profile, translate, entered=found is not None),
        rows=rows,
        groups=[writer.group(one, of, at, found is not None) for one, of, at in listed],
        shapes=[*shapes, *(judged.placed[at].drawn.shape for judged, at in drawn)],
        group_shapes=[one.shape if basis.told(["parcels"]) else None for one, _, _ in listed],
        sources=_each_once(one.sources(translate.language) for one in (basis, *beside)),
        translate=translate,
        wishes=[translate.render(one) for one in conditions.sentences],
        notice=notice,
    )


def _stored(connection: Connection, run: Run, conditions: Conditions, named: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of the parcels that meet the wishes, and of those named."""
    text = _ROWS.format(shared=shared("d"), where=conditions.where)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(text.encode(), {**conditions.values, "run": run.id, "named": list(named)}).fetchall()


def _groups(connection: Connection, run: Run, query: CandidateQuery) -> Iterator[tuple[Assembly, Assessment, int]]:
    """Groups that meet the wishes, each with the assessment of all and its row in it."""
    found = [
        one
        for one in assemblies(connection, run, pitches=query.pitches, area=query.min_area_m2 or None, limit=GROUPS)
        if one.verdict in query.verdicts
        and (query.so_far is None or one.so_far in query.so_far)
        and (query.municipality is None or query.municipality in one.municipalities)
        and (query.owners is None or {name or "unknown" for name in one.owner_classes} <= set(query.owners))
    ]
    if not found:
        return
    ground = ground_of(connection, run)
    members = np.full((len(found), MOST), -1, dtype=np.int64)
    for at, one in enumerate(found):
        members[at, : len(one.capakeys)] = sorted(ground.row_of[key] for key in one.capakeys)
    widths = np.array([one.width_m for one in found])
    whole = of_members(ground.assessment, ground.beside, members, widths).assessment
    for at, one in enumerate(found):
        yield one, whole, at


class _Writer:
    """Turns rows of an assessment into rows of a file."""

    def __init__(self, run: Run, translate: Translate, basis: Callable[[str], Basis], fictional: bool) -> None:
        self.run, self.translate = run, translate
        self.basis = cache(basis)
        self.said = Said(run, translate)
        self.after = {
            "run": run.id, "profile": run.profile_id, "profile_version": run.profile_version, "rule_pack": run.rule_pack,
            "as_of": run.as_of.isoformat(), "data_date": run.data_date.isoformat(), "published": int(run.published),
            "fictional": int(fictional),
        }  # fmt: skip

    def parcel(self, assessment: Assessment, at: int, stored: dict[str, Any], found: Found | None) -> dict[str, Any]:
        """One parcel, as stored and as measured."""
        again = float(assessment.score_low[at]), float(assessment.score_high[at])
        if max(abs(again[0] - stored["score_low"]), abs(again[1] - stored["score_high"])) > _SAME or (
            stored["verdict"] != assessment.verdict[at]
        ):
            raise UsageError(
                f"Result {self.run.id} was made by another version of this program.", "Score the municipality again."
            )
        low, high = _usable(assessment, at, stored["usable_m2"])
        told = self.basis(stored["nis"]).told(["ownership"])
        row = {
            "id": stored["capakey"].replace("/", "-"),
            "source": "parcel",
            "capakeys": stored["capakey"],
            "municipality": stored["nis"],
            "municipality_name": place_name(stored["nis"], self.translate.language),
            "rank": stored["rank"],
            "rank_low": stored["rank_low"],
            "rank_high": stored["rank_high"],
            "pitches_low": stored["pitches_low"],
            "pitches_high": stored["pitches_high"],
            "area_m2": float(assessment.table.area_m2[at]),
            "usable_low_m2": low,
            "usable_high_m2": high,
            "owner": self.translate.render(owner_title(stored["owner_class"])) if told else None,
        }
        basis = self.basis(stored["nis"])
        return row | self._judged(assessment, at, basis) | self._entered(found, at) | self.after

    def group(self, one: Assembly, assessment: Assessment, at: int, entered: bool) -> dict[str, Any]:
        """One group of parcels; findings are about parcels, so nothing was entered about it."""
        nis = one.municipalities[0]
        told = all(self.basis(code).told(["ownership"]) for code in one.municipalities)
        owners = ", ".join(self.translate.render(owner_title(name)) for name in dict.fromkeys(one.owner_classes))
        row = {
            "id": one.id,
            "source": "assembly",
            "capakeys": ";".join(one.capakeys),
            "municipality": nis,
            "municipality_name": place_name(nis, self.translate.language),
            "rank": one.rank,
            "rank_low": None,
            "rank_high": None,
            "pitches_low": one.pitches[0],
            "pitches_high": one.pitches[1],
            "area_m2": one.area_m2,
            "usable_low_m2": one.usable_m2[0],
            "usable_high_m2": one.usable_m2[1],
            "owner": owners if told else None,
        }
        return row | self._judged(assessment, at, self.basis(nis)) | (_NOTHING if entered else {}) | self.after

    def drawn(self, number: int, judged: Judged, at: int, basis: Basis, entered: bool) -> dict[str, Any]:
        """One drawn area: of no result, without a rank, against the data of today; findings are about parcels."""
        assessment, placed = judged.assessment, judged.placed[at]
        usable, area = float(assessment.usable_m2[at]), float(assessment.table.area_m2[at])
        told = self.translate.render(owner_title(assessment.table.owner_class[at]))
        row = {
            "id": f"drawn-{number}",
            "source": "drawn",
            "capakeys": ";".join(key for key, _, _ in placed.parcels) if basis.told(["parcels"]) else None,
            "municipality": judged.nis,
            "municipality_name": place_name(judged.nis, self.translate.language),
            "rank": None,
            "rank_low": None,
            "rank_high": None,
            "pitches_low": int(assessment.pitches_low[at]),
            "pitches_high": int(assessment.pitches_high[at]),
            "area_m2": area,
            "usable_low_m2": 0.0 if np.isnan(usable) else usable,
            "usable_high_m2": area if np.isnan(usable) else usable,
            "owner": told if basis.told(["ownership"]) else None,
        }
        own = {"run": None, "data_date": judged.data_date.isoformat(), "published": 0}
        return row | self._judged(assessment, at, basis) | (_NOTHING if entered else {}) | self.after | own

    def _judged(self, assessment: Assessment, at: int, basis: Basis) -> dict[str, Any]:
        """Verdict, score, values and states."""
        verdict, so_far = str(assessment.verdict[at]), str(assessment.so_far[at])
        scored, zoned = verdict != "incompatible", basis.told(["zoning"])
        row: dict[str, Any] = {
            "verdict": verdict,
            "so_far": so_far,
            "verdict_text": self.said.verdict(verdict, so_far),
            "score_low": float(assessment.score_low[at]) if scored else None,
            "score_high": float(assessment.score_high[at]) if scored else None,
            "conditions": self.said.conditions(assessment, at, zoned),
            "unknowns": self.said.unknowns(assessment, at, zoned),
            "zone": self._zone(assessment, at, zoned),
        }
        for criterion in assessment.criteria:
            name = criterion.criterion.id
            row[f"value_{name}_low"], row[f"value_{name}_high"] = float(criterion.low[at]), float(criterion.high[at])
        for name, _, low, high in assessment.contributions(at):
            row[f"contribution_{name}_low"], row[f"contribution_{name}_high"] = low, high
        for one in assessment.constraints:
            name = one.constraint.id
            row[f"state_{name}"] = NAMES[one.state[at]]
            row[f"measured_{name}"], row[f"threshold_{name}"] = _finite(one.measured[at]), _finite(one.threshold[at])
        return row

    def _zone(self, assessment: Assessment, at: int, told: bool) -> str | None:
        result = next(one for one in assessment.constraints if isinstance(one.constraint, Zoning))
        return (
            self.translate.render(zoning_title(str(result.why[at])))
            if told and result.why[at] in result.outcomes
            else None
        )

    def _entered(self, found: Found | None, at: int) -> dict[str, Any]:
        """What was entered about a parcel, and what comes of it; the measured states stay in their columns."""
        if found is None:
            return {}
        applied, now = found.of(at), found.assessment
        told = "; ".join(self.said.finding(one) for one in applied) or None
        ranked = told is not None and now.rank[at] > 0
        return {
            "entered": told,
            "verdict_entered": str(now.verdict[at]) if told else None,
            "so_far_entered": str(now.so_far[at]) if told else None,
            "rank_entered": int(now.rank[at]) if ranked else None,
        }


def _each_once(several: Iterable[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Sources, each once."""
    return list({one["dataset"]: one for found in several for one in found}.values())


def _usable(assessment: Assessment, at: int, stored: float | None) -> tuple[float, float]:
    """Bounds of the usable area; where nothing is known, from none of the parcel to all of it."""
    return (stored, stored) if stored is not None else (0.0, float(assessment.table.area_m2[at]))


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


__all__ = ["Export", "gather"]
