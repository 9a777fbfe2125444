"""Filters of the list, their counts, lists over several municipalities, former names, official sheets of plans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from geodata.database.engine import connect
from geodata.settings import Settings
from geodata.sources.nis import former_of
from sites.candidates.links import plan_sheets
from sites.candidates.runs import find_run

LIST = "/api/v1/candidates"
FACETS = "/api/v1/candidates/facets"


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


def answer(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    got = client.get(path, params={"lang": "en", **query})
    assert got.status_code == 200, got.text
    found: dict[str, Any] = got.json()
    return found


def every(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    items: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = answer(client, LIST, limit=40, **query, **token)
        items += page["items"]
        if page["next"] is None:
            assert len(items) == page["count"]
            return items
        token = {"token": page["next"]}


@pytest.mark.parametrize("nis", ["99001", "99002", "99003"])
def test_each_choice_leaves_as_many_as_its_count_says(client: TestClient, nis: str) -> None:
    """The list is asked with each choice in turn, on top of another filter."""
    names = {"area": "min_area", "slope": "max_slope", "hp": "hp"}
    base = {"municipality": nis, "pitches": 3}
    counted = answer(client, FACETS, **base)
    assert counted["count"] == answer(client, LIST, **base)["count"] > 0
    asked = 0
    for facet, choices in counted["facets"].items():
        for choice in choices[:3]:
            listed = answer(client, LIST, **base, **{names.get(facet, facet): choice["value"]}, limit=1)
            assert listed["count"] == choice["count"], (facet, choice)
            asked += 1
    assert asked > 15 and set(counted["facets"]) == {
        "area", "hp", "owner", "school", "shop", "slope", "stop", "verdict", "zoning",
    }  # fmt: skip


def test_a_filter_is_counted_without_itself_and_with_the_others(client: TestClient) -> None:
    free = answer(client, FACETS, municipality="99001")["facets"]
    both = answer(client, FACETS, municipality="99001", owner="municipality", min_area=5000)["facets"]
    alone = answer(client, FACETS, municipality="99001", min_area=5000)["facets"]
    assert both["owner"] == alone["owner"] != free["owner"]
    assert both["verdict"] != alone["verdict"]


def test_ranks_are_those_of_the_list(client: TestClient) -> None:
    query = {"municipality": "99003", "shop": 500, "school": 1000}
    ranks = answer(client, FACETS, **query)["ranks"]
    items = every(client, **query)
    assert len(ranks) == 1 and sorted(next(iter(ranks.values()))) == sorted(one["rank"] for one in items)
    assert len(items) < len(every(client, municipality="99003"))


def test_the_listed_zone_is_the_one_that_is_filtered_by(client: TestClient) -> None:
    zones = answer(client, FACETS, municipality="99001")["facets"]["zoning"]
    assert len(zones) > 1
    for zone in zones:
        items = every(client, municipality="99001", zoning=zone["value"])
        assert {one["zoning"] or "unknown" for one in items} == {zone["value"]}


def test_unknown_slopes_and_ways_stay_listed(client: TestClient, demo_settings: Settings) -> None:
    """No slope is below nothing: only parcels of which none is known are left."""
    listed = answer(client, LIST, municipality="99002", max_slope=0)
    with connect(demo_settings) as connection:
        run = find_run(connection, territory=["99002"], site_type="residential")
        row = connection.execute(
            """SELECT count(*) FILTER (WHERE m.slope_deg IS NULL OR m.slope_deg <= 0) FROM run_result r
               JOIN measurement m USING (batch_id, parcel_id) WHERE run_id = %s AND verdict <> 'incompatible'""",
            [run.id],
        ).fetchone()
    assert row is not None and listed["count"] == row[0]


def test_several_municipalities_make_one_list(client: TestClient) -> None:
    codes = ["99001", "99002", "99003"]
    items = every(client, municipality=",".join(codes), min_area=3000)
    assert len({one["id"] for one in items}) == len(items)
    for nis in codes:
        own = [one["id"] for one in items if one["municipality"] == nis]
        assert own == [one["id"] for one in every(client, municipality=nis, min_area=3000)]
    keys = [(one["rank"], codes.index(one["municipality"])) for one in items]
    assert keys == sorted(keys)
    page = answer(client, LIST, municipality=",".join(codes), limit=2)
    assert page["run"] == ",".join(one["id"] for one in page["runs"]) and len(page["runs"]) == 3
    assert {one["run"] for one in items} == {one["id"] for one in page["runs"]}
    assert page["total_ranked"] == sum(answer(client, LIST, municipality=nis)["total_ranked"] for nis in codes)
    pinned = answer(client, LIST, municipality=",".join(codes), run=page["run"], limit=2)
    assert pinned["items"] == page["items"]


def test_a_token_of_several_is_refused_by_another_list(client: TestClient) -> None:
    page = answer(client, LIST, municipality="99001,99002", limit=2)
    for other in ("99001,99003", "99002,99001", "99001"):
        got = client.get(LIST, params={"municipality": other, "limit": 2, "token": page["next"]})
        assert got.status_code == 400, other


def test_counts_of_several_are_the_sum(client: TestClient) -> None:
    both = answer(client, FACETS, municipality="99001,99003")
    one, other = (answer(client, FACETS, municipality=nis) for nis in ("99001", "99003"))
    assert both["count"] == one["count"] + other["count"]
    assert both["ranks"] == one["ranks"] | other["ranks"]


def test_parcels_of_different_results_stand_side_by_side(client: TestClient) -> None:
    items = [answer(client, LIST, municipality=nis, limit=1)["items"][0] for nis in ("99001", "99002")]
    found = answer(client, "/api/v1/comparisons", parcels=",".join(one["id"] for one in items))
    assert found["runs"] == [one["run"] for one in items]
    lines = {line["id"]: line for line in found["lines"] if line["kind"] == "constraint"}
    # Perimeters of Plan HP exist in Wallonia alone.
    assert lines["plan_hp"]["values"][0] is None and lines["plan_hp"]["values"][1] is not None
    for at, item in enumerate(items):
        own = answer(client, f"/api/v1/parcels/{item['id']}")
        states = {one["id"]: one["state"] for one in own["constraints"]}
        assert {key: line["values"][at] for key, line in lines.items() if line["values"][at]} == states


@pytest.mark.parametrize("query", ["zoning=nonsense", "max_slope=-1", "school=-5", "hp=maybe"])
def test_rubbish_is_refused(client: TestClient, query: str) -> None:
    for path in (LIST, FACETS, "/api/v1/exports"):
        assert client.get(f"{path}?municipality=99001&{query}").status_code in (400, 422)


def test_an_export_holds_what_is_listed(client: TestClient) -> None:
    query = {"municipality": "99002", "max_slope": 3, "school": 800}
    features = client.get("/api/v1/exports", params={"format": "geojson", **query}).json()["features"]
    listed = answer(client, LIST, **query)
    assert len(features) == listed["count"] > 0


def test_former_names_of_a_merged_municipality() -> None:
    assert ("12030", "Puurs") in former_of("12041")
    assert former_of("24062") == ()


def test_sheets_of_plans_are_those_that_lie_on_the_parcel(demo_connection: psycopg.Connection[Any]) -> None:
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    row = demo_connection.execute(
        """SELECT p.id, z.id FROM run_result r JOIN parcel p ON p.id = r.parcel_id
           JOIN zone z ON ST_Area(ST_Intersection(z.geom, p.geom)) > 10 JOIN dataset d ON d.id = z.dataset_id AND d.current
           WHERE r.run_id = %s LIMIT 1""",
        [run.id],
    ).fetchone()
    assert row is not None
    parcel, zone = row
    assert plan_sheets(demo_connection, run, parcel) == []
    demo_connection.execute("UPDATE zone SET link = %s WHERE id = %s", ["https://example.org/sheet", zone])
    assert [one["url"] for one in plan_sheets(demo_connection, run, parcel)] == ["https://example.org/sheet"]
    # What is no address of a page is no link.
    demo_connection.execute("UPDATE zone SET link = %s WHERE id = %s", ["javascript:alert(1)", zone])
    assert plan_sheets(demo_connection, run, parcel) == []
