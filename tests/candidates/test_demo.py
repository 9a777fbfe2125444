"""The demo from end to end: verdicts, explanations, unknown stays unknown, occupied land stays out."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from api.i18n import translator
from api.views import candidates_view, parcel_view
from geodata.errors import StandplaatsError
from geodata.measure.check import check_batch
from geodata.measure.store import measure_municipality
from geodata.measure.stored import load_table
from geodata.settings import LANGUAGES
from sites.candidates.query import CandidateQuery
from sites.candidates.runs import find_run
from sites.candidates.scoring import create_run
from sites.suitability import assess, explain, load_profile

Connection = psycopg.Connection[Any]
REGIONS = {"99001": "flanders", "99002": "wallonia", "99003": "brussels"}
#: Parcels with an address or the greater part of a main building anywhere on them; up to a rank, or all.
INHABITED = """
SELECT p.capakey, r.rank, a.n, b.n, p.area_m2, r.usable_m2, r.conditions
FROM run_result r JOIN parcel p ON p.id = r.parcel_id
CROSS JOIN LATERAL (SELECT count(*) AS n FROM address a WHERE ST_Intersects(a.geom, p.geom)) a
CROSS JOIN LATERAL (SELECT count(*) AS n FROM building b WHERE b.use IN ('dwelling', 'main')
    AND ST_Intersects(b.geom, p.geom) AND ST_Area(ST_Intersection(b.geom, p.geom)) > 0.5 * ST_Area(b.geom)) b
WHERE r.run_id = %(run)s AND (%(rank)s::int IS NULL OR r.rank <= %(rank)s) AND (a.n > 0 OR b.n > 0)"""
CASES = [(nis, site_type) for nis in REGIONS for site_type in ("residential", "transit")]


@pytest.mark.parametrize(("nis", "site_type"), CASES)
def test_first_candidates_hold_no_dwelling_on_their_usable_area(
    demo_connection: Connection, nis: str, site_type: str
) -> None:
    """This small territory has hardly fifty candidates; that none of fifty is inhabited, the full size shows."""
    run = find_run(demo_connection, territory=[nis], site_type=site_type)
    # Asked of the layers themselves, not of what was measured.
    inhabited = demo_connection.execute(INHABITED, {"run": run.id, "rank": 50}).fetchall()
    for _, _, addresses, houses, area, usable, conditions in inhabited:
        assert "occupation" in conditions
        assert usable <= area - 2500 * max(houses, min(addresses, 1))
    assert run.counts.get("compatible", 0) > 0


def test_the_question_after_inhabitants_can_be_answered_with_yes(demo_connection: Connection) -> None:
    """A list of which nobody lives on any parcel says something only if the question finds those where people do."""
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    found = demo_connection.execute(INHABITED, {"run": run.id, "rank": None}).fetchall()
    assert len(found) > 100


@pytest.mark.parametrize("nis", REGIONS)
def test_contributions_sum_to_the_score(demo_connection: Connection, nis: str) -> None:
    run = find_run(demo_connection, territory=[nis], site_type="residential")
    assessment = assess(
        load_table(demo_connection, run.batches), load_profile(REGIONS[nis], "residential"), as_of=run.as_of
    )
    for index in range(0, len(assessment), 7):
        parts = assessment.contributions(index)
        assert sum(part[2] for part in parts) == pytest.approx(assessment.score_low[index], abs=1e-12)
        assert sum(part[3] for part in parts) == pytest.approx(assessment.score_high[index], abs=1e-12)


LAYERS = [
    "zoning-gewestplan",
    "zoning-rup",
    "rup-municipal",
    "rup-provincial",
    "rup-regional",
    "bpa",
    "buildings",
    "osm",
    "flood",
    "flood-pluvial-flanders",
    "flood-fluvial-flanders",
    "flood-sea-flanders",
    "nature",
    "ven",
    "natura2000-flanders",
    "seveso",
    "soil",
    "roads",
    "addresses",
    "dem",
]


@pytest.mark.parametrize("how", ["switched off", "coverage deleted"])
@pytest.mark.parametrize("kind", LAYERS)
def test_losing_a_layer_never_makes_a_parcel_compatible(demo_connection: Connection, kind: str, how: str) -> None:
    if kind == "dem" and how == "coverage deleted":
        pytest.skip("heights count where there are any: a terrain model has no coverage to delete")
    change = "current = false" if how == "switched off" else "coverage = NULL, coverage_nis = NULL"
    run = find_run(demo_connection, territory=["99001"], site_type="transit")
    before = load_table(demo_connection, run.batches)
    profile = load_profile("flanders", "transit")
    was = assess(before, profile, as_of=run.as_of)
    changed = demo_connection.execute(
        f"UPDATE dataset SET {change} WHERE (kind = %s OR source = %s) AND current", [kind, kind]
    )
    assert changed.rowcount > 0
    from geodata.measure import measure
    from geodata.measure.read import read_layers, read_parcels

    parcels = read_parcels(demo_connection, "99001")
    now = assess(measure(parcels, read_layers(demo_connection, "flanders", parcels)), profile, as_of=run.as_of)
    assert list(now.table.capakey) == list(was.table.capakey)
    for_building = {"compatible", "needs_derogation"}
    gained = [
        new
        for old, new in zip(was.verdict, now.verdict, strict=True)
        if new in for_building and old not in for_building
    ]
    assert gained == []
    # A road or neighbour that is there proves itself; everything else rests on absence, which is now unknown.
    if how == "switched off" or kind not in ("roads", "addresses"):
        assert set(now.verdict) <= {"unknown", "incompatible"}


def test_measurements_agree_with_postgis(demo_connection: Connection) -> None:
    for nis in REGIONS:
        batch = find_run(demo_connection, territory=[nis], site_type="residential").batches[0]
        found = check_batch(demo_connection, batch, 150)
        assert found.parcels == 150 and found.largest < 0.01
        assert {"area_m2", "width_m", "frontage_m", "built_share", "shares of flood", "distance to school"} <= set(
            found.differences
        )
        assert {"addresses_250m", "departures_500m", "way to school"} <= set(found.differences)


def test_a_wrong_measurement_is_found(demo_connection: Connection) -> None:
    batch = find_run(demo_connection, territory=["99001"], site_type="residential").batches[0]
    for change, name in (
        ("built_share = built_share + 0.01", "built_share"),
        ("width_m = width_m + 2", "width_m"),
        ("count_low[1] = count_low[1] + 1", "addresses_100m"),
        ("distance_high_mm[1] = distance_high_mm[1] + 500", "distance to school"),
    ):
        demo_connection.execute(f"UPDATE measurement SET {change} WHERE batch_id = %s".encode(), [batch])
        with pytest.raises(StandplaatsError, match=name):
            check_batch(demo_connection, batch, 100)
        demo_connection.rollback()


def test_same_inputs_give_the_same_run(demo_connection: Connection) -> None:
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    day = run.as_of
    assert create_run(demo_connection, ["99001"], "residential", day, today=day).id == run.id
    assert create_run(demo_connection, ["99001"], "residential", date(2020, 1, 1), today=day).id != run.id
    assert measure_municipality(demo_connection, "99001").reused


def test_results_are_never_changed(demo_connection: Connection) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation):
        demo_connection.execute("UPDATE run_result SET verdict = 'compatible'")


@pytest.mark.parametrize("language", LANGUAGES)
def test_list_and_explanation_in_every_language(demo_connection: Connection, language: Any) -> None:
    translate = translator(language)
    run = find_run(demo_connection, territory=["99002"], site_type="residential")
    found = candidates_view(demo_connection, run, CandidateQuery(limit=5), translate)
    assert [item["rank"] for item in found["items"]] == [1, 2, 3, 4, 5]
    second = candidates_view(demo_connection, run, CandidateQuery(limit=5, token=found["next"]), translate)
    assert second["items"][0]["rank"] == 6
    told = parcel_view(demo_connection, found["items"][0]["capakeys"][0], run, translate)["explanation"]
    assert {"constraints", "criteria", "score", "text", "conditions", "unknown"} <= set(told)
    for word in ("SMAA", "swing", "interval", "authorised"):
        assert word not in told["text"]


def test_hp_sites_are_never_offered(demo_connection: Connection) -> None:
    run = find_run(demo_connection, territory=["99002"], site_type="residential")
    rows = demo_connection.execute(
        """SELECT DISTINCT r.verdict FROM run_result r JOIN parcel p ON p.id = r.parcel_id
           JOIN constraint_area c ON c.theme = 'plan_hp' AND ST_Area(ST_Intersection(p.geom, c.geom)) > 0.1 * p.area_m2
           WHERE r.run_id = %s""",
        [run.id],
    ).fetchall()
    assert rows == [("incompatible",)]


@pytest.mark.parametrize(("nis", "site_type"), CASES)
def test_every_parcel_can_be_explained(demo_connection: Connection, nis: str, site_type: str) -> None:
    run = find_run(demo_connection, territory=[nis], site_type=site_type)
    table = load_table(demo_connection, run.batches)
    assessment = assess(table, load_profile(REGIONS[nis], site_type), as_of=run.as_of)
    for index in range(0, len(assessment), 3):
        told = explain(assessment, index, translate=translator("de"), run=run.id, data_date=run.data_date)
        assert told["text"] and all(one["sentence"] for one in told["constraints"])
