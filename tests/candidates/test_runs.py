"""Which run is the current one, what an early day means, codes that are no longer valid, sites on a parcel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from api.i18n import translator
from geodata.errors import NotFoundError
from geodata.measure.store import ALGORITHM, measure_municipality
from geodata.measure.stored import load_table
from geodata.settings import LANGUAGES
from sites.candidates.explanation import explain_parcel, explained_shapes, sites_on
from sites.candidates.query import CandidateQuery
from sites.candidates.runs import find_run
from sites.candidates.scoring import create_run
from sites.candidates.search import find_candidates
from sites.suitability.dated import DATED

Connection = psycopg.Connection[Any]
NIS = "99001"


@pytest.fixture
def current(demo_connection: Connection) -> Iterator[Any]:
    """The current run of a demo municipality; it is so again when the test ends."""
    run = find_run(demo_connection, territory=[NIS], site_type="residential")
    yield run
    demo_connection.rollback()
    create_run(demo_connection, [NIS], "residential", run.as_of, today=run.as_of)


def test_a_question_about_another_day_does_not_replace_the_result_of_today(
    demo_connection: Connection, current: Any
) -> None:
    today = current.as_of
    asked = {day: create_run(demo_connection, [NIS], "residential", day, today=today)
             for day in (date(2030, 1, 1), today - timedelta(days=1), date(2015, 6, 1))}  # fmt: skip
    for day, run in asked.items():
        assert run.id != current.id and run.as_of == day
        assert run.summary()["what_if"]
        assert find_run(demo_connection, run_id=run.id).as_of == day
        assert find_run(demo_connection, territory=[NIS], site_type="residential").id == current.id
    again = create_run(demo_connection, [NIS], "residential", today, today=today)
    assert again.id == current.id and not again.summary()["what_if"]
    assert find_run(demo_connection, territory=[NIS], site_type="residential").id == current.id


def test_a_stored_run_becomes_current_when_its_day_comes(demo_connection: Connection, current: Any) -> None:
    tomorrow = current.as_of + timedelta(days=1)
    asked = create_run(demo_connection, [NIS], "residential", tomorrow, today=current.as_of)
    assert find_run(demo_connection, territory=[NIS], site_type="residential").id == current.id
    came = create_run(demo_connection, [NIS], "residential", tomorrow, today=tomorrow)
    assert came.id == asked.id
    assert find_run(demo_connection, territory=[NIS], site_type="residential").id == asked.id
    # Asked again on the earlier day (a clock put right), the earlier one is current again.
    create_run(demo_connection, [NIS], "residential", current.as_of, today=current.as_of)
    assert find_run(demo_connection, territory=[NIS], site_type="residential").id == current.id
    demo_connection.execute("UPDATE run SET current_since = NULL WHERE id = %s", [asked.id])
    demo_connection.commit()


def test_of_a_day_before_the_maps_nothing_is_compatible(demo_connection: Connection, current: Any) -> None:
    assert current.counts["compatible"] > 0
    table = load_table(demo_connection, current.batches)
    newest = max(str(table.dates[layer].max()) for layer in DATED if layer in table.dates)
    assert {"zoning", "flood", "nature", "seveso", "soil", "nuisance"} <= set(table.dates)
    for day in (date(1990, 1, 1), date.fromisoformat(newest) - timedelta(days=1)):
        early = create_run(demo_connection, [NIS], "residential", day, today=current.as_of)
        assert set(early.counts) <= {"unknown", "incompatible"} and early.counts["unknown"] > 0
        item = find_candidates(demo_connection, early, CandidateQuery(limit=1))["items"][0]
        assert {"zoning", "flood"} <= set(item["unknown"]) and item["zoning"] is None
        told = explain_parcel(demo_connection, item["capakeys"][0], early, translator("en"))
        assert told["zoning"] == []
        assert "the map loaded is of a later date" in told["explanation"]["text"]
        assert told["explanation"]["verdict"] == "unknown"
    late = create_run(demo_connection, [NIS], "residential", date.fromisoformat(newest), today=current.as_of)
    assert late.counts.get("compatible", 0) > 0


def test_measurements_made_by_an_older_method_are_made_anew(demo_connection: Connection, current: Any) -> None:
    assert ALGORITHM >= 5
    assert measure_municipality(demo_connection, NIS).reused
    stored = demo_connection.execute("SELECT datasets -> 'dates' FROM batch WHERE id = %s", [current.batches[0]])
    dates = stored.fetchone()
    assert dates is not None and "zoning" in dates[0]


@pytest.mark.parametrize("site_type", ["residential", "transit"])
def test_an_old_code_is_answered_with_the_code_of_today(demo_connection: Connection, site_type: str) -> None:
    with pytest.raises(NotFoundError, match="since 2025-01-01 it is 11002 Antwerpen") as caught:
        find_run(demo_connection, territory=["11007"], site_type=site_type)
    assert caught.value.remedy == "Use 11002."
    with pytest.raises(NotFoundError, match="No municipality with NIS code 12345"):
        find_run(demo_connection, territory=["12345"], site_type=site_type)


def test_a_valid_code_without_a_result_is_told_to_score(demo_connection: Connection) -> None:
    demo_connection.execute("UPDATE run SET current_since = NULL WHERE territory = %s", [[NIS]])
    with pytest.raises(NotFoundError, match="Nothing is scored yet for 99001") as caught:
        find_run(demo_connection, territory=[NIS], site_type="residential")
    assert "standplaats score --municipality 99001" in str(caught.value.remedy)


PLACE = """UPDATE site SET geom = ST_PointOnSurface(p.geom), status = %(status)s, precision = %(precision)s
           FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           WHERE p.capakey = %(key)s AND site.id = (SELECT s.id FROM site s JOIN dataset e ON e.id = s.dataset_id
               AND e.current WHERE s.site_type = 'transit' ORDER BY s.id LIMIT 1)"""


@pytest.mark.parametrize("status", ["planned", "closed"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_planned_or_closed_site_on_a_parcel_is_told(
    demo_connection: Connection, language: Any, status: str, current: Any
) -> None:
    key = find_candidates(demo_connection, current, CandidateQuery(limit=1))["items"][0]["capakeys"][0]
    translate = translator(language)
    assert explain_parcel(demo_connection, key, current, translate)["explanation"]["sites"] == []
    moved = demo_connection.execute(PLACE, {"status": status, "precision": "address", "key": key})
    assert moved.rowcount == 1
    told = explain_parcel(demo_connection, key, current, translate)["explanation"]
    assert [(one["site_type"], one["status"]) for one in told["sites"]] == [("transit", status)]
    kind = {"nl": "doortrekkersterrein", "fr": "terrain de passage", "de": "Durchreisegelände", "en": "transit site"}
    assert kind[language] in told["text"] and told["sites"][0]["sentence"] in told["text"]
    assert told["sites"][0]["sentence"] in explained_shapes(demo_connection, current, [key], translate)[key]["text"]


def test_a_site_known_to_its_municipality_only_lies_on_no_parcel(demo_connection: Connection, current: Any) -> None:
    key = find_candidates(demo_connection, current, CandidateQuery(limit=1))["items"][0]["capakeys"][0]
    demo_connection.execute(PLACE, {"status": "planned", "precision": "municipality", "key": key})
    parcel = demo_connection.execute("SELECT id FROM parcel WHERE capakey = %s", [key]).fetchone()
    assert parcel is not None and sites_on(demo_connection, [parcel[0]]) == {}
