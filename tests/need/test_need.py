"""Supply, need, gap, scenarios: what is summed, what stays unknown, and what a municipality may enter."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.app import create_app
from geodata.database.engine import connect
from geodata.errors import InputError, UsageError
from geodata.settings import Settings
from sites.inventory import all_sites, inventory
from sites.inventory.model import AmountFact, ManagerFact, NeedFact, Site, StatusFact, TypeFact
from sites.need import Survey, divide, gap_of, need_of, supply_of
from sites.need.overview import lines_of
from sites.need.scenario import read_key
from sites.need.surveys import newest
from sites.need.way import way_to_transit_site

PAGE = {"source": "https://example.org/page", "date": "2020", "grade": "B"}


def a_site(
    name: str, *figures: dict[str, object], status: str = "open", dated: str = "2020", nis: str = "24062"
) -> Site:
    return Site(
        id=name,
        name=name,
        region="flanders",
        municipality="Leuven",
        nis=nis,
        site_type=[TypeFact(value="transit", **PAGE)],
        status=[StatusFact(value=status, **{**PAGE, "date": dated})],
        manager=[ManagerFact(value="city", body="municipality", **PAGE)],
        pitches=[AmountFact(**{**PAGE, "unit": "pitch", **figure}) for figure in figures],
    )


def test_figures_of_one_unit_are_summed_and_the_rest_is_named() -> None:
    found = [
        a_site("a", {"low": 10, "high": 12}),
        a_site("b", {"low": 30, "high": 30, "unit": "caravan"}),
        a_site("c", {"low": 5, "high": 5, "date": "2010"}, {"low": 7, "high": 7, "date": "2019"}),
        a_site("d", {"low": 99, "high": 99}, status="closed"),
    ]
    one = supply_of(found, "region")[0]
    assert (one.low, one.high, one.sites, one.uncounted) == (17, None, ("a", "b", "c"), ("b",))
    assert (supply_of([found[0], found[2]], "region")[0].low, supply_of([found[0]], "region")[0].high) == (17, 12)


def test_a_figure_that_counts_two_sites_is_summed_once() -> None:
    pair = [
        a_site("a", {"low": 20, "high": 20, "together_with": ["b"]}),
        a_site("b", {"low": 20, "high": 20, "together_with": ["a"]}),
    ]
    assert (supply_of(pair, "country")[0].low, supply_of(pair, "country")[0].high) == (20, 20)


def test_a_site_that_may_be_open_leaves_no_upper_end() -> None:
    sure, undated = a_site("a", {"low": 10, "high": 10}), a_site("b", {"low": 8, "high": 8}, dated="undated")
    then = supply_of([sure, undated], "municipality", 2021)[0]
    assert (then.low, then.high, then.doubtful) == (10, None, ("b",))
    now = supply_of([sure, undated], "municipality")[0]
    assert (now.low, now.high, now.doubtful) == (18, 18, ())
    assert supply_of([a_site("c", status="unknown")], "country")[0].high is None


def test_figures_of_the_inventory_are_never_above_what_it_says() -> None:
    found = all_sites()
    for level in ("country", "region", "municipality"):
        for one in supply_of(found, level):  # type: ignore[arg-type]
            assert one.high is None or one.low is None or one.low <= one.high
            assert not set(one.uncounted) - set(one.sites) and not set(one.sites) & set(one.doubtful)
    # The four Flemish transit sites, added up by hand from the packaged facts.
    transit = next(one for one in supply_of(found, "region") if (one.place, one.site_type) == ("flanders", "transit"))
    assert len(transit.sites) == 4 and 0 < (transit.low or 0) <= (transit.high or 0) <= 100


def test_the_need_is_the_hull_of_what_sources_say_in_pitches() -> None:
    found = need_of("flanders", "transit")
    assert (found.low, found.high) == (400, 500) and len(found.facts) == 3
    assert all(one.source for one in found.facts)
    # Families and persons are no need in pitches.
    assert need_of("brussels", "residential").low is None and need_of("belgium", "transit").facts == ()
    at_least = NeedFact(measure="transit_pitches_needed", region="flanders", level="region", low=300, **PAGE)
    assert need_of("flanders", "transit", [*inventory().need, at_least]).high is None


@given(
    st.floats(0, 1000), st.floats(0, 1000), st.floats(0, 1000), st.floats(0, 1000), st.booleans()
)  # fmt: skip
def test_a_gap_holds_every_difference(a: float, b: float, c: float, d: float, complete: bool) -> None:
    low, high, least, most = min(a, b), max(a, b), min(c, d), max(c, d)
    supply = supply_of([a_site("a", {"low": least, "high": most})], "region")[0]
    found = gap_of(low, high, supply, complete=complete)
    assert found.known and found.low is not None and found.high is not None
    for need in (low, high):
        for there in (least, most):
            assert found.low <= max(need - there, 0) <= found.high
    assert complete or found.low == 0


def test_what_nobody_says_is_no_gap_of_zero() -> None:
    assert gap_of(None, None, None, complete=True) == gap_of(None, None, None, complete=False)
    assert not gap_of(None, None, None, complete=True).known
    line = next(one for one in lines_of(all_sites(), municipalities=["44021"]) if one.site_type == "residential")
    assert line.need is None and line.survey is None and line.gap.low is None


def test_sites_that_may_not_be_on_record_close_the_lower_end() -> None:
    lines = {(one.place, one.site_type): one for one in lines_of(all_sites())}
    assert not lines["flanders", "residential"].complete and lines["flanders", "residential"].gap.low == 0
    assert lines["flanders", "transit"].complete and (lines["flanders", "transit"].gap.low or 0) > 0


def test_the_newest_survey_counts() -> None:
    def survey(low: int, day: str) -> Survey:
        return Survey(nis="24062", site_type="transit", low=low, high=low + 2, date=date.fromisoformat(day),
                      source="study", method="counted", role="adviser")  # fmt: skip

    found = [survey(1, "2024-01-01"), survey(2, "2025-01-01"), survey(3, "2025-01-01"), survey(4, "2023-01-01")]
    assert newest(found, "24062", "transit") == found[2]
    assert newest(found, "24062", "transit", date(2024, 6, 1)) == found[0]
    assert newest(found, "44021", "transit") is None
    lines = lines_of(all_sites(), municipalities=["24062"], surveys=found)
    transit = next(one for one in lines if one.site_type == "transit")
    assert transit.survey == found[2] and transit.gap.high == 5


@given(st.dictionaries(st.sampled_from(["24062", "44021", "11002"]), st.floats(0, 1e6), min_size=1))
def test_a_scenario_divides_all_and_nothing_more(weights: dict[str, float]) -> None:
    told = {"name": "n", "key": "inhabitants", "source": "s", "place": "flanders", "site_type": "transit"}
    if sum(weights.values()) <= 0:
        with pytest.raises(UsageError):
            divide(400, 500, weights, **told)
        return
    made = divide(400, 500, weights, **told)
    assert sum(low for low, _ in made.shares.values()) == pytest.approx(400)
    assert sum(high for _, high in made.shares.values()) == pytest.approx(500)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nis\n24062\n", "row 1, field weight"),
        ("nis,weight\n24062,1\n24062,2\n", "row 3, field nis"),
        ("nis,weight\n2406,1\n", "row 2, field nis"),
        ("nis,weight\n24062,-1\n", "row 2, field weight"),
        ("nis,weight\n62063,1\n", "does not lie in flanders"),
        ("nis,weight\n", "holds no municipality"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "key.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_key(path, "flanders")


def test_the_way_is_never_shorter_than_the_straight_line(demo_settings: Settings) -> None:
    with connect(demo_settings) as connection:
        found = all_sites(connection)
        for nis in ("99001", "99002", "99003"):
            way = way_to_transit_site(connection, nis, [one for one in found if one.origin == "demo"])
            assert way.low_m is not None and way.straight_m is not None and way.straight_m <= way.low_m
            assert way.high_m is None or way.low_m <= way.high_m
        assert way_to_transit_site(connection, "24062", found).reason == "no_place"
        assert way_to_transit_site(connection, "99001", []).reason == "no_site"
        # Without roads only the straight line is known.
        connection.execute("UPDATE dataset SET current = false WHERE kind = 'roads'")
        bare = way_to_transit_site(connection, "99001", [one for one in found if one.origin == "demo"])
        assert bare.reason == "no_roads" and bare.high_m is None and bare.low_m == bare.straight_m
        connection.rollback()


def test_service_and_command(demo_settings: Settings, program: Callable[..., str], tmp_path: Path) -> None:
    project = tmp_path / "project.yaml"
    options = ["--source", "study", "--role", "municipal_planner", "--method", "waiting list"]
    entered = ["need", "enter", "--project", str(project), "-m", "99001", *options]
    assert "project.yaml" in program(*entered, "--low", "20", "--high", "25")
    assert "high lies below low" in program(*entered, "--low", "9", "--high", "5", code=2)
    shown = json.loads(program("need", "show", "--demo", "-m", "99001", "--project", str(project), "--json"))
    residential = next(one for one in shown["items"] if one["site_type"] == "residential")
    assert residential["survey"]["low"] == 20 and residential["need"] is None and residential["gap"]["high"] > 0
    for language, word in {"nl": "Tekort", "fr": "Manque", "de": "Fehlbestand", "en": "Gap"}.items():
        assert word in program("need", "show", "--demo", "-m", "99001", "--project", str(project), "--lang", language)
    key = tmp_path / "key.csv"
    key.write_text("nis;weight\n24062;1\n44021;3\n", encoding="utf-8")
    words = ["need", "scenario", "--key", str(key), "--name", "one", "--by", "inhabitants", "--source", "Statbel"]
    divided = json.loads(program(*words, "--type", "transit", "--json"))
    assert divided["items"][1]["pitches"] == {"low": 300, "high": 375} and "Scenario" in divided["text"]
    with TestClient(create_app(demo_settings)) as client:
        plain = client.get("/api/v1/need?municipality=99001").json()
        assert all(one["gap"] is None and one["need"] is None for one in plain["items"]) and len(plain["ways"]) == 1
        sent = client.post("/api/v1/need?municipality=99001", json={"surveys": [residential["survey"]]}).json()
        assert sent["items"][0]["gap"] == residential["gap"]
        assert client.post("/api/v1/need", json={"surveys": [{"nis": "1"}]}).status_code == 400
        assert client.get("/api/v1/need?municipality=00000").status_code == 404
        assert {one["level"] for one in client.get("/api/v1/need").json()["items"]} == {"country", "region"}
