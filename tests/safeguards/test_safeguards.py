"""Safeguards: existing sites under the checks of candidates, what is not located stays named, and nothing is compared blindly."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.i18n import translator
from api.safeguards_view import first_view, safeguards_view
from geodata.settings import LANGUAGES, Settings
from sites.candidates.runs import find_run
from sites.inventory import all_sites
from sites.safeguards import Grouped, checks_of, existing_sites, of_the_first, worst, yardstick
from sites.suitability import Profile, profiles

Connection = psycopg.Connection[Any]
TODAY = date.today()


@pytest.mark.parametrize("profile", profiles(), ids=lambda one: one.id)
def test_every_set_has_hazard_and_isolation_checks_with_their_owner(profile: Profile) -> None:
    found = checks_of(profile)
    assert {"flood", "seveso", "soil", "sewage_plant", "waste_site", "motorway", "railway"} <= {
        one.id for one in found if one.group == "hazard"
    }
    assert "isolation" in {one.id for one in found if one.group == "isolation"}
    assert not {one.id for one in found} & {
        "zoning",
        "occupation",
        "usable_area",
        "slope",
        "road_access",
        "public_land",
    }
    for one in found:
        assert one.limits, one.id
        for limit in one.limits:
            assert limit.kind == "our_choice" or limit.source, (one.id, limit.field)


def test_a_group_is_as_its_worst_check_and_not_known_is_not_passed() -> None:
    assert worst(["pass", "conditional", "pass"]) == "conditional"
    assert worst(["conditional", "unknown"]) == "unknown"
    assert worst(["unknown", "fail"]) == "fail"
    assert (Grouped("fail", "fail").both, Grouped("fail", "fail").neither) == (True, False)
    assert Grouped("unknown", "pass").neither is None
    assert Grouped("fail", "unknown").neither is False
    assert Grouped("conditional", "pass").neither is True


def test_sites_are_counted_once_and_only_located_ones_are_checked(demo_connection: Connection) -> None:
    regions = existing_sites(demo_connection, TODAY)
    on_record = [one for one in all_sites(demo_connection) if one.status[-1].value == "open"]
    assert sum(one.known for one in regions) == len(on_record) > 30
    for region in regions:
        assert len(region.checked) <= len(region.located) <= region.known
        assert len(region.located) + len(region.unlocated) == region.known
        assert sum(region.together().values()) == len(region.checked)
        for group in ("hazard", "isolation"):
            assert sum(region.states(group).values()) == len(region.checked)  # type: ignore[arg-type]
        for one in region.unlocated:
            assert one.site.precision not in ("address", "parcel") and one.grouped is None and not one.checks
    assert {one.site.id for region in regions for one in region.checked} == {
        one.id for one in on_record if one.origin == "demo"
    }


def test_a_site_beside_a_sewage_plant_fails_and_a_point_beside_all_parcels_is_not_checked(
    demo_connection: Connection,
) -> None:
    near = demo_connection.execute(
        """SELECT ST_X(c.at), ST_Y(c.at), p.nis FROM constraint_area a
           JOIN dataset d ON d.id = a.dataset_id AND d.current
           JOIN parcel p ON ST_DWithin(p.geom, a.geom, 60)
           JOIN dataset e ON e.id = p.dataset_id AND e.current
           CROSS JOIN LATERAL (SELECT ST_PointOnSurface(p.geom) AS at) c
           WHERE a.theme = 'nuisance' AND a.class = 'sewage_plant' AND p.nis = '99001' ORDER BY p.capakey LIMIT 1"""
    ).fetchone()
    assert near is not None
    x, y, _ = near

    def move(x: float, y: float) -> Any:
        demo_connection.execute(
            """UPDATE site SET geom = ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), 31370),
                   geom_3857 = ST_Transform(ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), 31370), 3857)
               WHERE site_id = 'demo-1'""",
            {"x": x, "y": y},
        )
        (region,) = existing_sites(demo_connection, TODAY, municipalities=["99001"])
        return next(one for one in region.sites if one.site.id == "demo-1")

    found = move(x, y)
    assert found.grouped.hazard == "fail"
    (plant,) = [one for one in found.checks if one.id == "sewage_plant"]
    assert plant.state == "fail" and plant.measured < plant.threshold == 100
    lost = move(x - 60_000, y)
    assert (lost.reason, lost.grouped, lost.checks) == ("no_parcel_here", None, ())


def test_a_parcel_that_is_not_measured_is_not_checked(demo_connection: Connection) -> None:
    demo_connection.execute("UPDATE batch SET current = false WHERE nis = '99001'")
    (region,) = existing_sites(demo_connection, TODAY, municipalities=["99001"])
    assert region.checked == [] and {one.reason for one in region.located} == {"not_measured"}


def test_a_map_of_a_later_day_says_nothing_about_a_hazard(demo_connection: Connection) -> None:
    for region in existing_sites(demo_connection, date(1990, 1, 1)):
        assert {one.grouped.hazard for one in region.checked if one.grouped} <= {"unknown"}


@pytest.mark.parametrize("site_type", ["residential", "transit"])
@pytest.mark.parametrize("nis", ["99001", "99002", "99003"])
def test_none_of_the_first_is_within_the_distances_that_rule_out(
    demo_connection: Connection, nis: str, site_type: str
) -> None:
    run = find_run(demo_connection, territory=[nis], site_type=site_type)
    found = of_the_first(demo_connection, run)
    assert {one.id for one in found} == {one.id for one in checks_of(Profile.model_validate(run.profile))}
    ranked = sum(count for verdict, count in run.counts.items() if verdict != "incompatible")
    for one in found:
        assert one.within == {50: 0, 1000: 0}, one.id
        assert one.looked_at == {50: min(50, ranked), 1000: min(1000, ranked)}


def test_the_count_over_the_first_sees_what_ranking_would_miss(demo_connection: Connection) -> None:
    """Put parcels that a plant rules out in front of a stored run: the count is not zero any more."""
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    demo_connection.execute(
        """UPDATE measurement m SET distance_high_mm[k.at] = 1000, distance_low_mm[k.at] = 1000
           FROM (SELECT b.id, array_position(ARRAY(SELECT jsonb_array_elements_text(b.common->'distances')),
                                             'sewage_plant') AS at FROM batch b WHERE b.id = ANY(%s)) k,
                run_result r
           WHERE m.batch_id = k.id AND r.run_id = %s AND r.parcel_id = m.parcel_id AND r.rank <= 3""",
        [run.batches, run.id],
    )
    (plant,) = [one for one in of_the_first(demo_connection, run) if one.id == "sewage_plant"]
    assert plant.within[50] == 3


def test_the_french_figures_are_not_shown_without_their_definition(demo_connection: Connection) -> None:
    told = yardstick()
    assert told.definition is None and not told.comparable
    assert (told.sites, [one.id for one in told.figures]) == (1358, ["isolated", "polluted", "seveso", "neither"])
    texts = set()
    for language in LANGUAGES:
        found = safeguards_view(demo_connection, translator(language), as_of=TODAY)
        shown = found["yardstick"]
        assert shown["figures"] is None and shown["sites"] is None and shown["definition"] is None
        assert shown["source"].startswith("https://")
        assert "1358" not in json.dumps(found) and "1 358" not in json.dumps(found)
        texts |= {shown["text"], found["items"][0]["text"]}
    assert len(texts) == 2 * len(LANGUAGES)


def test_the_service_and_the_command_say_the_same(demo_settings: Settings, program: Callable[..., str]) -> None:
    with TestClient(create_app(demo_settings)) as client:
        answer = client.get("/api/v1/safeguards?municipality=99002&type=transit&lang=de")
        assert answer.status_code == 200
        assert client.get("/api/v1/safeguards?region=atlantis").status_code == 400
    printed = json.loads(program("safeguards", "-m", "99002", "-t", "transit", "--demo", "--json", "--lang", "de"))
    assert printed == answer.json()
    assert printed["first"]["count"] > 5 and printed["sources"]
    for one in printed["items"][0]["sites"]:
        assert {check["id"] for check in one["checks"]} == {check["id"] for check in printed["checks"][one["profile"]]}
    text = program("safeguards", "--demo")
    for region in ("Flanders", "Wallonia", "Brussels"):
        assert f"{region}: 1 of 1 located sites checked" in text
    assert "Not located:" in text and "definition was not found" in text
    (flood,) = [one for one in printed["checks"]["wallonia-transit"] if one["id"] == "flood"]
    assert "hohe Gefahr: nicht erfüllt" in flood["classes_text"] and flood["rule"]["url"].startswith("https://")


def test_the_anonymous_view_gives_no_figures_of_a_draft(demo_settings: Settings) -> None:
    with TestClient(create_app(demo_settings, public=True)) as client:
        assert client.get("/api/v1/safeguards").status_code == 200
        assert client.get("/api/v1/safeguards?municipality=99002").status_code == 403


def test_where_fewer_are_ranked_they_are_told_once_and_nothing_is_told_of_none(demo_connection: Connection) -> None:
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    english = translator("en")
    demo_connection.execute("ALTER TABLE run_result DISABLE TRIGGER USER")
    demo_connection.execute("UPDATE run_result SET rank = NULL WHERE run_id = %s AND rank > 7", [run.id])
    text = first_view(demo_connection, run, english)["text"]
    assert text.startswith("None of the first 7 lies within") and text.count("of the first") == 1
    demo_connection.execute("UPDATE run_result SET rank = NULL WHERE run_id = %s", [run.id])
    assert first_view(demo_connection, run, english)["text"] == "Nothing is ranked in this result."
