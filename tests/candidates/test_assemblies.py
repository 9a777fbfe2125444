"""Assemblies: what every group holds to, on land made by chance and in the demo."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from fastapi.testclient import TestClient
from group_land import Land, small_parcels, strip_of
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.i18n import translator
from geodata.errors import NotFoundError, UsageError
from geodata.settings import LANGUAGES, Settings
from sites.candidates.assemblies import Assembly, assemblies, explain_assembly
from sites.candidates.assembly import Assemblies, area_for, find_assemblies, fronts, may_join, owner_numbers
from sites.candidates.growth import MOST, grow
from sites.candidates.growth import Land as Grown
from sites.candidates.runs import find_run
from sites.suitability import assess, load_profile
from sites.suitability.states import NAMES

Connection = psycopg.Connection[Any]
SEVERITY = {"pass": 0, "conditional": 1, "derogation": 2, "unknown": 3, "fail": 4}
SEEDS = st.integers(0, 10**9)
NIS = ("99001", "99002", "99003")


def connected(rows: list[int], pairs: set[tuple[int, int]]) -> bool:
    """Do the rows hang together? By the plainest way there is."""
    reached = {rows[0]}
    for _ in rows:
        reached |= {b for a, b in pairs if a in reached and b in rows}
    return reached == set(rows)


def found_on(land: Land, wanted: float = 2769.3, limit: int = 20) -> Assemblies:
    return find_assemblies(land.assessment, land.beside, wanted, limit=limit)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from(["flanders", "wallonia", "brussels"]), st.sampled_from([1500.0, 2769.3, 4000.0]))
def test_what_every_group_holds_to(seed: int, region: str, wanted: float) -> None:
    land = small_parcels(seed, region=region)
    found, one = found_on(land, wanted), land.assessment
    pairs, usable = land.neighbours(), np.nan_to_num(one.usable_m2)
    most = np.where(np.isnan(one.usable_m2), one.table.area_m2, one.usable_m2)
    groups = found.assessment
    for at in range(len(found)):
        rows = found.rows(at)
        assert 2 <= len(rows) == len(set(rows)) <= MOST
        assert connected(rows, pairs)
        assert found.usable_low[at] == pytest.approx(usable[rows].sum())
        assert found.usable_high[at] == pytest.approx(most[rows].sum())
        assert found.usable_high[at] >= wanted
        assert found.frontage[at] != 0
        assert groups.verdict[at] != "incompatible" and groups.so_far[at] != "incompatible"
        for parcel, group in zip(one.constraints, groups.constraints, strict=True):
            states = [NAMES[parcel.state[row]] for row in rows]
            if group.constraint.id == "usable_area":
                assert NAMES[group.state[at]] in ("pass", "unknown")
                continue
            assert "fail" not in states
            assert NAMES[group.state[at]] == max(states, key=SEVERITY.__getitem__)
        low, high = (sum(part[end] for part in groups.contributions(at)) for end in (2, 3))
        assert low == pytest.approx(groups.score_low[at], abs=1e-9)
        assert high == pytest.approx(groups.score_high[at], abs=1e-9)
        # Not one parcel too many: without any of them the group falls apart or is too small.
        for left_out in rows:
            rest = [row for row in rows if row != left_out]
            assert most[rest].sum() < wanted or not connected(rest, pairs)
    for a, b in itertools.combinations(range(len(found)), 2):
        assert not set(found.rows(a)) <= set(found.rows(b)) and not set(found.rows(b)) <= set(found.rows(a))


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_the_same_land_gives_the_same_groups_and_land_elsewhere_changes_none(seed: int) -> None:
    land = small_parcels(seed)
    first, again = found_on(land), found_on(land)
    assert np.array_equal(first.members, again.members)
    assert np.array_equal(first.assessment.score_low, again.assessment.score_low)
    alone = land.assessment.table
    for at in range(len(first)):
        rows = first.rows(at)
        shape = shapely.union_all([land.shapes[row] for row in rows])
        compact = 4 * np.pi * shape.area / shape.length**2
        assert first.assessment.table.compactness[at] == pytest.approx(compact, rel=0.03)
        assert first.assessment.table.area_m2[at] == pytest.approx(alone.area_m2[rows].sum())
        for name, interval in first.assessment.table.distances.items():
            assert interval.high[at] == min(alone.distances[name].high[rows])


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.sampled_from([1500.0, 2769.3]))
def test_every_pair_that_is_enough_is_found(seed: int, wanted: float) -> None:
    """Of pairs nothing is left to chance; larger groups are found by three ways of growing."""
    land = small_parcels(seed, 6)
    one = land.assessment
    usable = np.where(np.isnan(one.usable_m2), one.table.area_m2, one.usable_m2)
    rng = np.random.default_rng(seed)
    free = may_join(one)
    given_land = Grown(
        free, usable, rng.random(len(usable)), owner_numbers(one.table.owner_class, one.table.nis), one.table.area_m2,
        one.table.perimeter_m,
    )  # fmt: skip
    groups = grow(given_land, land.beside, wanted)
    found = {tuple(int(row) for row in group if row >= 0) for group in groups}
    assert len(found) == len(groups)
    every = {
        (a, b)
        for a, b in zip(land.beside.first.tolist(), land.beside.second.tolist(), strict=True)
        if free[a] and free[b] and max(usable[a], usable[b]) < wanted <= usable[a] + usable[b]
    }
    assert every <= found


def test_one_public_owner_is_preferred_where_all_else_is_equal() -> None:
    """A strip of five equal parcels, of which the last three are the municipality's: they come first."""
    land = strip_of(["private", "private", "municipality", "municipality", "municipality"])
    assert set(land.assessment.verdict) == {"incompatible"}, "alone each is too small"
    found = found_on(land)
    assert found.rows(0) == [2, 3, 4]
    assert found.owners[0] == 1
    assert found.assessment.verdict[0] == "compatible"
    assert found.frontage[0] == 3


def test_groups_that_share_most_of_their_land_are_variants() -> None:
    """Seven equal parcels in a row: five groups of three, of which two share no more than a third."""
    found = found_on(strip_of(["municipality"] * 7))
    assert found.found == 5
    assert len(found) + found.variants.sum() == 5
    for a, b in itertools.combinations(range(len(found)), 2):
        assert len(set(found.rows(a)) & set(found.rows(b))) <= 1


def test_without_access_there_is_no_group() -> None:
    land = strip_of(["municipality"] * 4)
    road = land.assessment.table.distances["road"]
    road.low[:], road.high[:] = 60.0, 60.0
    shut = assess(land.assessment.table, land.assessment.profile, as_of=land.assessment.as_of)
    assert len(find_assemblies(shut, land.beside, 2769.3)) == 0
    road.low[1], road.high[1] = 5.0, 5.0
    opened = assess(land.assessment.table, land.assessment.profile, as_of=land.assessment.as_of)
    found = find_assemblies(opened, land.beside, 2769.3)
    assert len(found) > 0 and all(1 in found.rows(at) for at in range(len(found)))
    # The way over the first to the others is still owed.
    assert "road_access" in found.assessment.open_conditions(0)


def test_owners_that_are_one_and_owners_that_may_be_many() -> None:
    classes = np.array(["municipality", "municipality", "region", "region", "private", None, "cpas_ocmw"], dtype=object)
    nis = np.array(["99001", "99004", "99001", "99004", "99001", "99001", "99001"], dtype=object)
    numbers = owner_numbers(classes, nis)
    assert numbers[0] != numbers[1], "each municipality is an owner of its own"
    assert numbers[2] == numbers[3], "a region is one"
    assert numbers[4] < 0 and numbers[5] < 0, "private and unknown owners are not told apart"


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(1, 40))
def test_fronts_are_what_they_say(seed: int, n: int) -> None:
    figures = np.random.default_rng(seed).integers(0, 4, (n, 3)).astype(float)
    found = fronts(figures)
    for row in range(n):
        beaten_by = [
            found[other]
            for other in range(n)
            if (figures[other] >= figures[row]).all() and (figures[other] > figures[row]).any()
        ]
        assert found[row] == max(beaten_by, default=0) + 1


def test_nothing_grows_from_too_few_or_too_many() -> None:
    land = small_parcels(2, 3)
    one = land.assessment
    plain = Grown(
        may_join(one), one.table.area_m2, one.table.area_m2, np.full(9, -1), one.table.area_m2, one.table.perimeter_m
    )
    for most in (1, 7):
        with pytest.raises(ValueError, match="2 to 6 parcels"):
            grow(plain, land.beside, 1000.0, most=most)
    assert len(grow(plain, land.beside, 1e9)) == 0


def test_the_area_for_pitches_is_that_of_the_list() -> None:
    """The area for 12 pitches is the least in which a parcel is listed for 12."""
    profile = load_profile("flanders", "residential")
    area = area_for(profile, 12)
    net = 1.0 - profile.pitch.roads_and_green.value
    assert int(area * net / profile.pitch.area_low.value) == 12
    assert int((area - 1.0) * net / profile.pitch.area_low.value) == 11
    assert area_for(profile, 1) == 1000.0


# The demo, in a real database.


def of_demo(connection: Connection, nis: str, **wishes: Any) -> list[Assembly]:
    return assemblies(connection, find_run(connection, territory=[nis], site_type="residential"), **wishes)


@pytest.mark.parametrize("nis", NIS)
def test_groups_of_the_demo_by_the_layers_themselves(demo_connection: Connection, nis: str) -> None:
    found = of_demo(demo_connection, nis, pitches=12)
    run = find_run(demo_connection, territory=[nis], site_type="residential")
    for one in found:
        assert one.municipalities == (nis,)
        rows = demo_connection.execute(
            """SELECT p.capakey, r.verdict, r.usable_m2, p.area_m2, ST_AsBinary(p.geom)
               FROM run_result r JOIN parcel p ON p.id = r.parcel_id WHERE r.run_id = %s AND p.capakey = ANY(%s)""",
            [run.id, list(one.capakeys)],
        ).fetchall()
        assert len(rows) == len(one.capakeys)
        assert one.usable_m2[0] == pytest.approx(sum(row[2] or 0.0 for row in rows))
        assert one.usable_m2[1] == pytest.approx(sum(row[3] if row[2] is None else row[2] for row in rows))
        assert all(row[2] is None or row[2] < 2769.3 for row in rows)
        whole = shapely.union_all(shapely.buffer(shapely.from_wkb([bytes(row[4]) for row in rows]), 0.26))
        assert whole.geom_type == "Polygon"
        assert one.shape.geom_type == "Polygon"
        assert one.shape.area == pytest.approx(one.area_m2, rel=0.01)
        assert one.width_m > 5
        assert one.pitches[1] >= 12
        assert one.geometry["type"] == "Polygon"


@pytest.mark.parametrize("nis", NIS)
def test_a_group_is_among_the_first_twenty_of_each_region(demo_connection: Connection, nis: str) -> None:
    """The demo has three narrow parcels of the municipality in each region: together they are a good place."""
    found = of_demo(demo_connection, nis, pitches=12)
    best = min(found, key=lambda one: one.rank)
    assert best.rank <= 20
    assert best.verdict in ("compatible", "unknown") and best.so_far == "compatible"
    assert any(set(one.owner_classes) == {"municipality"} and one.owners == (1, 1) for one in found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_group_is_explained_in_every_language(demo_connection: Connection, language: Any) -> None:
    run = find_run(demo_connection, territory=["99002"], site_type="residential")
    one = of_demo(demo_connection, "99002", pitches=12)[0]
    told = explain_assembly(demo_connection, run, one.capakeys, translator(language))
    assert told["capakeys"] == sorted(one.capakeys) and told["id"] == one.id
    assert told["verdict"] == one.verdict and told["so_far"] == one.so_far
    assert told["score"] == {"low": one.score[0], "high": one.score[1]}
    for end in ("low", "high"):
        assert sum(part["contribution"][end] for part in told["criteria"]) == pytest.approx(
            told["score"][end], abs=1e-9
        )
    assert len(told["text"]) > 40


def test_any_neighbours_are_explained_also_those_ruled_out_and_no_others(demo_connection: Connection) -> None:
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    pair = demo_connection.execute(
        """SELECT p.capakey, q.capakey FROM run_result r JOIN parcel p ON p.id = r.parcel_id
           JOIN parcel q ON q.id > p.id AND ST_Intersects(p.geom, q.geom)
               AND ST_Length(ST_Intersection(ST_Boundary(p.geom), ST_Boundary(q.geom))) > 5
           JOIN run_result s ON s.parcel_id = q.id AND s.run_id = r.run_id
           WHERE r.run_id = %s AND r.verdict = 'incompatible' AND s.verdict = 'incompatible' LIMIT 1""",
        [run.id],
    ).fetchone()
    assert pair is not None
    told = explain_assembly(demo_connection, run, pair, translator("en"))
    assert told["verdict"] == "incompatible"
    far = demo_connection.execute(
        """SELECT q.capakey FROM parcel p, run_result s JOIN parcel q ON q.id = s.parcel_id
           WHERE p.capakey = %s AND s.run_id = %s AND ST_Distance(p.geom, q.geom) > 200 LIMIT 1""",
        [pair[0], run.id],
    ).fetchone()
    assert far is not None
    with pytest.raises(UsageError, match="do not lie beside each other"):
        explain_assembly(demo_connection, run, [pair[0], far[0]], translator("en"))
    with pytest.raises(UsageError, match="two to six parcels"):
        explain_assembly(demo_connection, run, [pair[0]], translator("en"))
    with pytest.raises(NotFoundError, match="not part of this result"):
        explain_assembly(demo_connection, run, [pair[0], "99999Z9999/00A000"], translator("en"))


def test_groups_cross_the_border_of_a_municipality() -> None:
    """Half of the land is another municipality: a group may hold parcels of both, and its owners are told apart."""
    crossing = 0
    for seed in range(6):
        land = small_parcels(seed)
        found = found_on(land)
        crossing += sum(
            len({land.assessment.table.nis[row] for row in found.rows(at)}) == 2 for at in range(len(found))
        )
    assert crossing > 0


@pytest.mark.parametrize(
    "wishes", [{"pitches": 0}, {"pitches": 1001}, {"area": 0.0}, {"limit": 0}, {"limit": 101}], ids=str
)
def test_numbers_out_of_range_are_refused(demo_connection: Connection, wishes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        of_demo(demo_connection, "99001", **wishes)


def test_the_command_and_the_service_say_the_same(demo_settings: Settings, program: Callable[..., str]) -> None:
    words = ("assemble", "--demo", "-m", "99001", "--site-type", "residential", "--pitches", 12, "--limit", 3)
    told = json.loads(program(*words, "--json", "--shapes"))
    with TestClient(create_app(demo_settings)) as client:
        asked = "municipality=99001&pitches=12&limit=3&shapes=true&lang=en"
        answer = client.get(f"/api/v1/assemblies?{asked}").json()
        group = client.get(f"/api/v1/assemblies/{answer['items'][0]['id']}").json()
        unknown = client.get("/api/v1/assemblies/99101A0001-00A000+99101A0001-00A000?lang=nl")
    # The service pages the list, so its count is that of the whole list, and it says what the list was filtered by.
    assert (answer.pop("count"), answer.pop("count_kind"), answer.pop("filters")) == (told["found"], "exact", [])
    assert answer == {key: value for key, value in told.items() if key != "count"}
    assert told["count"] == len(told["items"]) and told["count"] <= told["found"]
    item = told["items"][0]
    assert item["source"] == "assembly" and item["geometry"]["type"] == "Polygon"
    assert group["score"] == item["score"] and group["sources"]
    assert unknown.status_code in (400, 404)
    assert item["capakeys"][0] in program(*words)
    shown = program("explain", "--demo", item["id"])
    assert " + ".join(item["capakeys"]) in shown


def test_the_public_view_keeps_a_draft_back(demo_settings: Settings) -> None:
    with TestClient(create_app(demo_settings, public=True)) as visitor:
        answer = visitor.get("/api/v1/assemblies?municipality=99001")
    assert answer.status_code == 403
