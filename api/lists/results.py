"""Lists of what was concluded: results, and of one result the scores and the explanations.

Drafts of a municipality are not in the public view. Of a parcel whose plan may not be passed on key and figures are told, and
no place; of a result that counts what may not be told by now, that it is there and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg
import shapely
from psycopg.rows import dict_row

from api.answers.explanation import Explanation
from api.answers.lists import ResultRow, ScoreRow
from api.lists.answer import Asked, Page, Spec
from api.lists.filters import (
    DRAFTS,
    IN_MUNICIPALITY,
    PUBLISHED,
    SCORE,
    SO_FAR,
    TYPE,
    VERDICT,
    by_area,
    degrees,
    in_box,
    one_of,
    verdict_words,
)
from api.views import cited, ingest_kinds
from geodata.database.counting import Count, count_rows
from geodata.measure.stored import load_table
from geodata.sources.sharing import Basis, shared
from geodata.tokens import PageTokenError
from sites.candidates.assessed import assess_again
from sites.candidates.basis import basis_of
from sites.candidates.explanation import sites_on
from sites.candidates.query import BEHIND, Conditions, ranked_page
from sites.candidates.runs import Run
from sites.candidates.search import interval
from sites.candidates.withheld import tells
from sites.suitability import Message, Profile, explain
from sites.suitability.compact import SCALE

Connection = psycopg.Connection[Any]

RUNS = Spec("runs", ResultRow, placed=False)
SCORES = Spec("scores", ScoreRow)
EXPLANATIONS = Spec("explanations", Explanation, placed=False)
LIMIT, MAX_LIMIT, MAX_EXPLAINED = 100, 10_000, 100


@dataclass(frozen=True)
class WantedRuns:
    """Filters of a list of results; None = any."""

    municipality: tuple[str, ...] | None = None
    site_type: str | None = None
    published: bool | None = None
    limit: int = LIMIT


@dataclass(frozen=True)
class WantedScores:
    """Filters of what a result holds; None = any."""

    municipality: tuple[str, ...] | None = None
    bbox: str | None = None
    verdicts: tuple[str, ...] = ("compatible", "needs_derogation", "unknown", "incompatible")
    so_far: tuple[str, ...] | None = None
    min_area: float | None = None
    max_area: float | None = None
    min_score: float | None = None
    limit: int = LIMIT

    def limited(self, limit: int) -> WantedScores:
        """The same with so many rows on a page."""
        return replace(self, limit=limit)


def runs_page(asked: Asked, wanted: WantedRuns) -> Page:
    """Results, the newest first; in the public view those that were published."""
    out = Conditions()
    if asked.public:
        out.add("base", "r.published", Message(PUBLISHED))
    elif wanted.published is not None:
        out.add(
            "base",
            "r.published = %(published)s",
            Message(PUBLISHED if wanted.published else DRAFTS),
            published=wanted.published,
        )
    if wanted.municipality is not None:
        codes = list(wanted.municipality)
        out.add("base", "r.territory && %(codes)s::text[]", one_of(IN_MUNICIPALITY, codes), codes=codes)
    if wanted.site_type is not None:
        out.add("base", "r.site_type = %(type)s", one_of(TYPE, [Message(wanted.site_type)]), type=wanted.site_type)
    listed, origin = ["runs", out.sql, out.values], f"FROM run r WHERE {out.where}"
    count, last = _position(asked, listed, origin, out.values, (2**62,))
    with asked.connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"""SELECT r.sequence, r.id, r.territory, r.region, r.site_type, r.profile_id || ' ' || r.profile_version AS profile,
                   r.rule_pack, r.as_of, r.data_date, CASE WHEN NOT {tells("r")} THEN r.counts END AS counts, r.published, r.current_since IS NULL AS what_if, r.seed
                {origin} AND r.sequence < %(after)s ORDER BY r.sequence DESC LIMIT %(page)s""".encode(),
            {**out.values, "after": last[0], "page": wanted.limit + 1},
        ).fetchall()
    following = None
    if len(rows) > wanted.limit:
        rows = rows[: wanted.limit]
        following = asked.pages.make(listed, [count.number, count.kind, rows[-1]["sequence"]])
    return Page([result_item(row) for row in rows], count, following, out.sentences)


def result_item(row: Mapping[str, Any]) -> dict[str, Any]:
    """A result as an item of a list."""
    days = {name: row[name].isoformat() for name in ("as_of", "data_date")}
    return {key: value for key, value in row.items() if key != "sequence"} | days


def scores_page(asked: Asked, run: Run, wanted: WantedScores) -> Page:
    """Verdict, score and values of the parcels of a result, in the order of rank, those without one behind."""
    page = _results(asked, "scores", run, wanted)
    criteria = Profile.model_validate(run.profile).criteria
    names, total = [one.id for one in criteria], sum(one.weight for one in criteria)
    items = [_score(row, names) for row in page.rows]
    shapes = None
    if asked.wants_shapes(SCORES):
        shapes = shapely.from_wkb([row["shape"] for row in page.rows])
    more = {"run": run.id, "run_info": run.summary(), "weights": {one.id: one.weight / total for one in criteria}}
    basis = basis_of(asked.connection, run, date.today(), codes=wanted.municipality)
    return Page(
        items, page.count, page.following, page.filters, basis.sources(asked.translate.language), more, shapes
    )  # fmt: skip


def explanations_page(asked: Asked, run: Run, wanted: WantedScores) -> Page:
    """Explanations of the parcels of a result, in the order of rank."""
    page, translate = _results(asked, "explanations", run, wanted), asked.translate
    parcels = [row["parcel_id"] for row in page.rows]
    row_of: dict[int, int] = {}
    if parcels:
        assessment = assess_again(asked.connection, run, load_table(asked.connection, run.batches, parcels))
        row_of = {int(parcel): at for at, parcel in enumerate(assessment.table.parcel_id)}
    sites = sites_on(asked.connection, parcels)
    bases: dict[str, Basis] = {}
    items = []
    for row in page.rows:
        basis = bases.setdefault(row["nis"], basis_of(asked.connection, run, date.today(), codes=[row["nis"]]))
        told = explain(
            assessment, row_of[row["parcel_id"]], translate=translate, run=run.id, data_date=run.data_date, basis=basis,
            sites=sites.get(row["parcel_id"], []), today=date.today(),
        )  # fmt: skip
        for constraint in told["constraints"]:
            constraint |= cited(constraint["rule"], run.as_of)
        for layer in told["unknown"]:
            layer["ingest"] = ingest_kinds(run.region, layer["layer"] if layer["reason"] != "law_open" else "")
        items.append(told)
    whole = basis_of(asked.connection, run, date.today(), codes=wanted.municipality)
    more = {"run": run.id, "run_info": run.summary()}
    return Page(items, page.count, page.following, page.filters, whole.sources(translate.language), more)


@dataclass(frozen=True)
class _Results:
    rows: list[dict[str, Any]]
    count: Count
    following: str | None
    filters: Sequence[Message]


def _results(asked: Asked, name: str, run: Run, wanted: WantedScores) -> _Results:
    """Rows of a result that a request keeps."""
    out = _conditions(wanted)
    listed = [name, run.id, out.sql, out.values]
    origin = f"""FROM run_result r JOIN parcel p ON p.id = r.parcel_id JOIN dataset d ON d.id = p.dataset_id
        WHERE r.run_id = %(run)s AND {out.where}"""
    values = {**out.values, "run": run.id}
    known = None
    if len(out.sql) == 1 and asked.token is None:
        known = Count(sum(run.counts.get(one, 0) for one in wanted.verdicts), "exact")
    count, last = _position(asked, listed, origin, values, (0, 0), known)
    columns = f"""r.*, p.capakey, p.nis, p.area_m2, {shared("d")} AS drawn, p.geom, p.geom_3857"""
    shape = (
        "CASE WHEN r.drawn THEN ST_AsBinary(r.geom) END" if name == "scores" and asked.wants_shapes(SCORES) else "NULL"
    )
    with asked.connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"""SELECT r.run_id, r.parcel_id, r.verdict, r.so_far, r.usable_m2, r.pitches_low, r.pitches_high, r.score_low,
                   r.score_high, r.rank, r.rank_low, r.rank_high, r.conditions, r.unknown, r.first_share, r.top_share,
                   r.value_low, r.value_high, r.capakey, r.nis, r.area_m2, r.drawn, {shape} AS shape,
                   ST_X(c.centre) AS lon, ST_Y(c.centre) AS lat, ST_XMin(c.box) AS west, ST_YMin(c.box) AS south,
                   ST_XMax(c.box) AS east, ST_YMax(c.box) AS north
                FROM ({ranked_page(columns, origin, wanted.verdicts)}) r
                CROSS JOIN LATERAL (SELECT ST_Transform(ST_PointOnSurface(r.geom_3857), 4326) AS centre,
                                           ST_Transform(r.geom_3857, 4326) AS box) c
                ORDER BY r.rank NULLS LAST, r.parcel_id""".encode(),
            {**values, "after": BEHIND if last[0] is None else last[0], "after_parcel": 0 if last[0] else last[1],
             "limit": wanted.limit + 1},
            binary=True,
        ).fetchall()  # fmt: skip
    following = None
    if len(rows) > wanted.limit:
        rows = rows[: wanted.limit]
        following = asked.pages.make(listed, [count.number, count.kind, rows[-1]["rank"], rows[-1]["parcel_id"]])
    return _Results(rows, count, following, out.sentences)


def _conditions(wanted: WantedScores) -> Conditions:
    out = Conditions()
    out.add("base", "r.verdict = ANY(%(verdicts)s)", verdicts=list(wanted.verdicts))
    if len(wanted.verdicts) < 4:
        out.sentences.append(one_of(VERDICT, verdict_words(wanted.verdicts)))
    if wanted.so_far is not None:
        words = one_of(SO_FAR, verdict_words(wanted.so_far))
        out.add("base", "r.so_far = ANY(%(so_far)s)", words, so_far=list(wanted.so_far))
    if wanted.municipality is not None:
        codes = list(wanted.municipality)
        out.add("base", "p.nis = ANY(%(codes)s)", one_of(IN_MUNICIPALITY, codes), codes=codes)
    in_box(out, wanted.bbox, "p.geom", shared("d"))
    by_area(out, wanted.min_area, wanted.max_area, "p.area_m2")
    if wanted.min_score is not None:
        sentence = Message(SCORE, {"score": ("score", (wanted.min_score, wanted.min_score))})
        out.add("base", "r.score_high >= %(score)s", sentence, score=wanted.min_score)
    return out


def _position(
    asked: Asked, listed: Any, origin: str, values: Mapping[str, Any], first: Sequence[Any], known: Count | None = None
) -> tuple[Count, Sequence[Any]]:
    """Count of a list and the key after which the page starts; a token holds both."""
    if asked.token is None:
        return known or count_rows(asked.connection, origin, values), first
    number, kind, *last = asked.pages.read(listed, asked.token)
    if len(last) != len(first):
        raise PageTokenError
    return Count(number, kind), last


def _score(row: Mapping[str, Any], criteria: Sequence[str]) -> dict[str, Any]:
    """A row of the scores; without values where the parcel is ruled out."""
    low = row["value_low"]
    high = row["value_high"] or low
    values = None
    if low is not None:
        values = {
            name: interval(a / SCALE, b / SCALE) for name, a, b in zip(criteria, low, high, strict=True)
        }  # fmt: skip
    return {
        "id": row["capakey"].replace("/", "-"),
        "capakey": row["capakey"],
        "municipality": row["nis"],
        "area_m2": row["area_m2"],
        "usable_area_m2": row["usable_m2"],
        "pitches": interval(row["pitches_low"], row["pitches_high"]),
        "verdict": row["verdict"],
        "so_far": row["so_far"],
        "score": interval(row["score_low"], row["score_high"]),
        "rank": row["rank"],
        "rank_interval": interval(row["rank_low"], row["rank_high"]) if row["rank_low"] is not None else None,
        "first_share": row["first_share"],
        "top_share": row["top_share"],
        "conditions": list(row["conditions"]),
        "unknown": list(row["unknown"]),
        "values": values,
        "centre": degrees(row, "lon", "lat") if row["drawn"] else None,
        "bbox": degrees(row, "west", "south", "east", "north") if row["drawn"] else None,
    }
