"""Other weights, findings, comparisons and near misses on the demo: the stored result stays, its rank stands beside."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from geodata.database.engine import connect
from geodata.errors import UsageError
from geodata.settings import Settings
from geodata.sources.sharing import Basis
from sites.candidates.assessed import assessment_of
from sites.candidates.runs import find_run, publish_run
from sites.suitability import sureness
from sites.suitability.reweigh import with_weights
from sites.suitability.sureness import made_sure, other_rankings

NIS = "99001"


@pytest.fixture(scope="module")
def stored(demo_settings: Settings) -> Any:
    """The current result of the demo municipality, assessed again."""
    with connect(demo_settings) as connection:
        run = find_run(connection, territory=[NIS], site_type="residential")
        return run, assessment_of(connection, run)


def test_assessed_again_is_as_it_was_stored(demo_settings: Settings, stored: Any) -> None:
    run, found = stored
    with connect(demo_settings) as connection:
        rows = connection.execute(
            """SELECT parcel_id, verdict, so_far, score_low, score_high, coalesce(rank, 0), coalesce(rank_low, 0),
                      coalesce(rank_high, 0), usable_m2, pitches_low, pitches_high, first_share, top_share
               FROM run_result WHERE run_id = %s""",
            [run.id],
        ).fetchall()
    at = {parcel: row for row, parcel in enumerate(found.table.parcel_id.tolist())}
    assert len(rows) == len(found)
    for parcel, verdict, so_far, low, high, rank, best, worst, usable, fewest, most, first, top in rows:
        row = at[parcel]
        assert (verdict, so_far) == (found.verdict[row], found.so_far[row])
        assert (low, high) == (found.score_low[row], found.score_high[row])
        assert (rank, best, worst) == (found.rank[row], found.rank_low[row], found.rank_high[row])
        assert best <= rank <= worst
        assert (usable is None) == bool(np.isnan(found.usable_m2[row])) and (
            usable is None or usable == found.usable_m2[row]
        )
        assert (fewest, most) == (found.pitches_low[row], found.pitches_high[row])
        assert (first is None) == (rank == 0) and (first is None or 0 <= first <= top <= 1)
    assert sum(row[11] or 0 for row in rows) == pytest.approx(1.0), "one is first in every draw"


def test_the_usable_area_is_never_more_than_what_is_left(demo_settings: Settings, stored: Any) -> None:
    run, found = stored
    with connect(demo_settings) as connection:
        rows = dict(
            (row[0], row[1:])
            for row in connection.execute(
                "SELECT parcel_id, left_low_m2, left_high_m2 FROM run_result WHERE run_id = %s", [run.id]
            )
        )
    for at, parcel in enumerate(found.table.parcel_id.tolist()):
        low, high = rows[parcel]
        assert 0 <= low <= high <= found.table.area_m2[at] + 1e-6
        unbuilt = found.table.unbuilt_m2[at]
        assert np.isnan(unbuilt) or high <= unbuilt + 1e-6, "what is excluded is taken off what is not built on"
        if not np.isnan(found.usable_m2[at]):
            assert found.usable_m2[at] <= high + 1e-9


@settings(max_examples=15, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["school", "care", "shop", "stop", "usable", "owner"]), st.floats(0, 100), min_size=1
    )
)
def test_no_weights_change_a_verdict(stored: Any, weights: dict[str, float]) -> None:
    _, found = stored
    try:
        other = with_weights(found, weights)
    except UsageError:
        assert sum(weights.values()) == 0
        return
    assert (other.verdict == found.verdict).all() and ((other.rank > 0) == (found.rank > 0)).all()
    total = sum(other.profile.weights.values())
    assert total == pytest.approx(1)
    for at in np.flatnonzero(other.rank > 0)[:20]:
        parts = other.contributions(int(at))
        assert sum(one[2] for one in parts) == pytest.approx(other.score_low[at], abs=1e-9)
        assert sum(one[3] for one in parts) == pytest.approx(other.score_high[at], abs=1e-9)
    same = with_weights(found, {one.id: one.weight * 7 for one in found.profile.criteria})
    np.testing.assert_allclose(same.score_low, found.score_low, atol=1e-12)


def test_weights_that_are_none_are_refused(stored: Any) -> None:
    _, found = stored
    for weights, says in (
        ({"beauty": 1.0}, "no criterion"),
        ({"school": -1.0}, "no weight"),
        ({"school": float("nan")}, "no weight"),
    ):
        with pytest.raises(UsageError, match=says):
            with_weights(found, weights)
    with pytest.raises(UsageError, match="left"):
        with_weights(found, {one.id: 0.0 for one in found.profile.criteria})


def test_ranks_are_drawn_alike_every_time(stored: Any) -> None:
    run, found = stored
    again, sure = made_sure(found, run.seed)
    assert (again.rank_low == found.rank_low).all() and (again.rank_high == found.rank_high).all()
    assert np.nansum(sure.first) == pytest.approx(1)
    checks, rows = other_rankings(found)
    assert {one.name for one in checks} == {"topsis", "careful", "hopeful"} and all(
        len(one.moves) == len(rows) for one in checks
    )


def test_of_many_all_have_a_share_and_the_shortlist_an_interval(stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of a result too large to keep every rank, held against the same result with every rank."""
    run, found = stored
    few, _ = made_sure(found, run.seed, draws=200)
    monkeypatch.setattr(sureness, "MOST", 20)
    monkeypatch.setattr(sureness, "SHORTLIST", 12)
    monkeypatch.setattr(sureness, "TOP_OF_MANY", 10)
    many, sure = made_sure(found, run.seed, draws=200)
    ranked = found.rank > 0
    short = ranked & (found.rank <= 12)
    assert ranked.sum() > 20 and sure.of == 10
    assert np.isfinite(sure.top[ranked]).all() and np.isfinite(sure.first[ranked]).all()
    assert np.isnan(sure.top[~ranked]).all() and np.nansum(sure.first) == pytest.approx(1)
    # Equal scores share a rank here and stand in the order of the rows there.
    assert (many.rank_low[short] <= few.rank_low[short]).all() and (many.rank_high[short] <= few.rank_high[short]).all()
    assert (abs(many.rank_high - few.rank_high)[short] <= 2).all() and (
        abs(many.rank_low - few.rank_low)[short] <= 2
    ).all()
    assert (many.rank_low[~short] == 0).all() and (many.rank_high[~short] == 0).all()
    assert all(row.rank is None or (row.rank_low is not None) == (row.rank <= 12) for row in many.rows())
    assert (many.rank == found.rank).all()


def test_list_under_other_weights_and_with_findings(
    demo_settings: Settings, program: Callable[..., str], tmp_path: Any
) -> None:
    plain = json.loads(program("candidates", "--demo", "-m", NIS, "--json", "--limit", "500"))
    other = json.loads(
        program("candidates", "--demo", "-m", NIS, "--json", "--limit", "500", "--weights", "school=90,owner=0")
    )
    published = {one["id"]: one["rank"] for one in plain["items"]}
    assert {one["id"]: one["published_rank"] for one in other["items"]} == published
    assert [one["rank"] for one in other["items"]] == sorted(one["rank"] for one in other["items"])
    assert [one["id"] for one in other["items"]] != [one["id"] for one in plain["items"]]
    assert other["weights"] == {"school": 90.0, "owner": 0.0} and other["total_ranked"] == plain["total_ranked"]
    assert "no criterion" in program("candidates", "--demo", "-m", NIS, "--weights", "beauty=1", code=2)
    assert "NAME=NUMBER" in program("candidates", "--demo", "-m", NIS, "--weights", "school", code=2)
    first = plain["items"][0]["capakeys"][0]
    project = tmp_path / "p.yaml"
    words = ["--project", str(project), "--reason", "sold last year", "--evidence", "deed", "--role", "adviser"]
    program("findings", "add", first, "exclude", *words)
    without = json.loads(
        program("candidates", "--demo", "-m", NIS, "--json", "--limit", "500", "--project", str(project))
    )
    assert first not in {one["capakeys"][0] for one in without["items"]}
    assert without["excluded"] == plain["excluded"] + 1 and without["findings"][0]["effect"] == "excluded"
    assert "published rank" in program("candidates", "--demo", "-m", NIS, "--project", str(project))
    assert json.loads(program("candidates", "--demo", "-m", NIS, "--json", "--limit", "500"))["items"] == plain["items"]


def test_service(demo_settings: Settings) -> None:
    with TestClient(create_app(demo_settings)) as client:
        url = f"/api/v1/candidates?municipality={NIS}&limit=5"
        plain = client.get(url).json()
        other = client.post(url, json={"weights": {"school": 90, "owner": 0}}).json()
        assert len(other["items"]) == 5 and other["next"] != plain["next"]
        following = client.post(f"{url}&token={other['next']}", json={"weights": {"school": 90, "owner": 0}}).json()
        assert following["items"][0]["rank"] == 6
        assert client.post(f"{url}&token={other['next']}", json={}).status_code == 400, "a page of another list"
        assert client.post(url, json={"weights": {"beauty": 1}}).status_code == 400
        assert client.post(url, json={"people": []}).status_code == 400
        keys = [one["capakeys"][0] for one in plain["items"]]
        told = client.get(f"/api/v1/comparisons?parcels={','.join(keys[:3])}").json()
        assert told["count"] == 3 and all(len(line["texts"]) == 3 for line in told["lines"])
        kinds = {line["kind"] for line in told["lines"]}
        assert kinds == {"figure", "constraint", "criterion"}
        scores = next(line for line in told["lines"] if line["id"] == "score")
        assert [one["low"] for one in scores["values"]] == [one["score"]["low"] for one in plain["items"][:3]]
        assert client.get(f"/api/v1/comparisons?parcels={keys[0]},{keys[0]}").status_code == 400
        near = client.get(f"/api/v1/near-misses?municipality={NIS}&pitches=400").json()
        assert near["few"] and near["compatible"] == 0 and near["sentences"]
        assert near["obstacles"][0]["area_m2"] == max(one["area_m2"] for one in near["obstacles"])
        assert {one["municipality"] for one in near["adjoining"]} <= {"99002", "99003"}
        wide = client.get(f"/api/v1/near-misses?municipality={NIS}").json()
        assert wide["compatible"] == client.get(f"{url}&verdict=compatible").json()["count"]
        for lang, word in {"nl": "Verenigbaar", "fr": "Compatibles", "de": "Vereinbar", "en": "Compatible"}.items():
            text = client.get(f"/api/v1/near-misses?municipality={NIS}&lang={lang}").json()["sentences"][0]
            assert text.startswith(word)
        stranger = {
            "capakey": "11002A0001/00A000",
            "kind": "exclude",
            "reason": "sold",
            "evidence": "deed",
            "role": "adviser",
        }
        sent = client.post(url, json={"findings": [{**stranger, "date": "2025-01-01"}]}).json()["findings"]
        assert [one["effect"] for one in sent] == [None], "what is about another place is told"
        assert client.post(url, json={"findings": [{**stranger, "date": "2999-01-01"}]}).status_code == 422
    with connect(demo_settings) as connection:
        publish_run(connection, find_run(connection, territory=[NIS], site_type="residential").id)
    try:
        with TestClient(create_app(demo_settings, public=True)) as visitor:
            told = visitor.get(f"/api/v1/near-misses?municipality={NIS}").json()
            assert told["adjoining"] and all(one["compatible"] is None for one in told["adjoining"]), "drafts of others"
    finally:
        with connect(demo_settings) as connection:
            publish_run(connection, find_run(connection, territory=[NIS], site_type="residential").id, False)
    with TestClient(create_app(demo_settings, public=True)) as visitor:
        assert visitor.get(f"/api/v1/near-misses?municipality={NIS}").status_code == 403
        assert visitor.post(url, json={}).status_code == 403
        shown = visitor.get(f"/api/v1/comparisons?parcels={','.join(keys[:2])}").json()
        assert all(one["rank"] is None for one in shown["items"])


def test_how_sure_ranks_are(demo_settings: Settings, program: Callable[..., str]) -> None:
    told = json.loads(program("robust", "--demo", "-m", NIS, "--json", "--limit", "500", "--of", "3"))
    listed = {
        one["capakeys"][0]: one
        for one in json.loads(program("candidates", "--demo", "-m", NIS, "--json", "--limit", "500"))["items"]
    }
    assert [one["rank"] for one in told["items"]] == sorted(one["rank"] for one in told["items"])
    for one in told["items"]:
        assert one["rank_interval"] == listed[one["capakey"]]["rank_interval"]
        assert 0 <= one["first"] <= one["among"] <= one["top"] <= 1, (
            "the first is among the first three, these among ten"
        )
    assert sum(one["first"] for one in told["items"]) == pytest.approx(1)
    assert sum(one["among"] for one in told["items"]) == pytest.approx(3, abs=0.01)
    assert all(-1 <= one["kendall"] <= 1 for one in told["agreement"].values())
    best, second = (one["capakey"] for one in told["items"][:2])
    mine = json.loads(program("robust", "--demo", "--parcel", best, "--json"))
    if told["items"][0]["first"] > 0:
        assert mine["weights"] is not None
    other = json.loads(program("robust", "--demo", "--parcel", second, "--json"))
    if other["weights"] is not None:
        weights = ",".join(f"{one['criterion']}={one['weight']}" for one in other["weights"])
        again = json.loads(program("candidates", "--demo", "-m", NIS, "--json", "--limit", "5", "--weights", weights))
        middle = {one["capakeys"][0]: (one["score"]["low"] + one["score"]["high"]) / 2 for one in again["items"]}
        assert middle[second] >= max(middle.values()) - 1e-6, "under these weights it is first"
    assert "Which municipality?" in program("robust", "--demo", code=2)
    for language, word in {"nl": "trekkingen", "fr": "tirages", "de": "Ziehungen", "en": "draws"}.items():
        assert word in program("robust", "--demo", "-m", NIS, "--lang", language)
    with TestClient(create_app(demo_settings)) as client:
        assert client.get(f"/api/v1/robustness?municipality={NIS}").json()["count"] == 20
        assert (
            client.get(f"/api/v1/robustness/{best.replace('/', '-')}?municipality={NIS}").json()["weights"]
            == mine["weights"]
        )
    with TestClient(create_app(demo_settings, public=True)) as visitor:
        assert visitor.get(f"/api/v1/robustness?municipality={NIS}").status_code == 403


def test_closed_owner_lists_tell_nothing_by_owner(demo_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = f"/api/v1/near-misses?municipality={NIS}&owner=municipality"
    with TestClient(create_app(demo_settings)) as client:
        assert client.get(asked).status_code == 200
        monkeypatch.setattr(Basis, "told", lambda self, layers: "ownership" not in layers)
        assert client.get(asked).status_code == 400
        assert client.get(f"/api/v1/near-misses?municipality={NIS}").status_code == 200


def test_commands(demo_settings: Settings, program: Callable[..., str]) -> None:
    keys = [
        one["capakeys"][0]
        for one in json.loads(program("candidates", "--demo", "-m", NIS, "--json", "--limit", "3"))["items"]
    ]
    shown = program("compare", "--demo", *keys)
    assert all(key in shown for key in keys) and "The same for all" in shown
    assert len(program("compare", "--demo", "--all", *keys).splitlines()) > len(shown.splitlines())
    assert "cannot be compared" in program("compare", "--demo", keys[0], code=2)
    told = program("candidates", "--demo", "-m", NIS, "--pitches", "400", "--lang", "nl")
    assert "Hier is weinig verenigbaar" in told
    family = json.loads(program("score", "--demo", "-m", NIS, "--type", "family", "--json"))["items"][0]
    assert family["site_type"] == "family" and sum(family["counts"].values()) > 0
