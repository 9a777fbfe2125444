"""The gate for rows of datasets: per entry of the catalogue, and in every query that gives rows out."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from geodata.measure.measure import DISTANCES
from geodata.sources.catalogue import catalogue
from geodata.sources.loaded import Loaded
from geodata.sources.sharing import OSM_ATTRIBUTION, Basis, Used, all_shared, attributions
from sites.suitability import profiles
from sites.suitability.basis import LAYERS_OF

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 24)
INSERT = """INSERT INTO dataset (kind, source, key, title, provider, licence, redistributable, fetched, sha256, file_name,
            fictional, current) VALUES (%s, %s, %s, '{}', 'x', %s, %s, now(), 'x', 'x', %s, true) RETURNING id"""


def used(source: str, number: int = 1, **more: Any) -> Used:
    """A dataset of an entry, fetched 40 days before."""
    entry = catalogue()[source]
    fetched = datetime(2026, 10, 15, tzinfo=UTC)
    loaded = Loaded(
        number, entry.kind, source, 1, dict(entry.title), 1, None, fetched, None, None, [], False, "file.gpkg"
    )
    values: dict[str, Any] = {"region": entry.region, "shared": entry.redistributable, "here": True} | more
    return Used(loaded, entry.provider, entry.licence, **values)


@pytest.mark.parametrize("written", [True, False])
def test_the_gate_follows_the_catalogue(database: Any, written: bool) -> None:
    """Also where the dataset was written down as open before the catalogue said otherwise."""
    for source, entry in catalogue().items():
        row = database.execute(INSERT, [entry.kind, source, source, entry.licence, written, False]).fetchone()
        assert all_shared(database, [row[0]]) is (written and entry.redistributable), source


def test_invented_data_pass(demo_connection: Any) -> None:
    row = demo_connection.execute(INSERT, ["soil", "bdes-steps", "made up", "closed", False, True]).fetchone()
    assert all_shared(demo_connection, [row[0]])


@pytest.mark.parametrize(
    "source", [one.id for one in catalogue().values() if "ODbL" in one.licence or one.reader == "osm"]
)
def test_openstreetmap_is_named(source: str) -> None:
    told = used(source).as_dict("nl", TODAY)
    assert told["attribution"] == OSM_ATTRIBUTION == "© OpenStreetMap contributors, ODbL"
    assert told["title"] == catalogue()[source].title["nl"] and told["age_days"] == 40


@pytest.mark.parametrize("source", [one.id for one in catalogue().values() if "ODbL" not in one.licence])
def test_other_licences_name_provider_and_licence(source: str) -> None:
    entry, told = catalogue()[source], used(source).as_dict("fr", TODAY)
    assert told["licence"] == entry.licence
    assert told["attribution"] == (None if entry.licence == "CC0" else f"{entry.provider}, {entry.licence}")


def test_each_line_is_named_once() -> None:
    lines = [used(one).as_dict("en", TODAY) for one in ("osm", "osm-shops", "urbis-roads", "pds")]
    assert attributions(lines)[0] == OSM_ATTRIBUTION and len(attributions(lines)) == 2


def test_a_layer_is_stale_where_one_source_is_and_not_told_where_one_is_closed() -> None:
    found = Basis(
        {
            1: used("osm", 1),
            2: used("pds", 2),
            3: used("bdes-steps", 3),
            4: used("ovam", 4),
            5: used("osm", 5, here=False),
        },
        {"land_use": [1], "zoning": [2], "soil": [3, 4], "far": [5], "both": [1, 2]},
        TODAY,
        "wallonia",
    )
    assert [found.stale([one]) for one in ("land_use", "zoning", "both", "far", "nothing")] == [
        True,
        None,
        True,
        None,
        None,
    ]
    assert found.stale_layers() == ["land_use", "both"] and found.ids(["far"]) == []
    assert not found.told(["soil"]) and found.told(["zoning", "land_use", "nothing"])
    # A closed source of another region has no part in the answer.
    assert Basis(found.used, found.layers, TODAY, "flanders").told(["soil"])
    assert found.sources("de")[0]["layers"] == ["land_use", "both"]


def test_every_figure_has_layers() -> None:
    measures = {name for one in profiles() for criterion in one.criteria for name in criterion.measures}
    assert measures <= LAYERS_OF.keys() and DISTANCES.keys() <= LAYERS_OF.keys()


#: Queries that read layers and give out no row of them: (file, why).
NO_ROW_LEAVES = {
    "sites/candidates/basis.py": "numbers of datasets",
    "sites/candidates/scoring.py": "region and numbers of datasets",
    "sites/candidates/reach.py": "counts",
    "sites/candidates/cases.py": "cases; the flag asks all_shared",
    "sites/inventory/imports.py": "reads names to match a list",
    "sites/candidates/local.py": "municipalities of keys that were given",
    "sites/candidates/assemblies.py": "shapes of groups ask Basis.told of the parcels",
    "sites/candidates/layouts.py": "shapes ask all_shared",
    "sites/candidates/exports/place.py": "the gate is put into each query by name",
    "sites/candidates/exports/rows.py": "the gate is put into each query by name",
    "sites/safeguards/existing.py": "keys of parcels under a site, never a shape",
    "api/documents/sheet.py": "municipality of keys that were given",
    "sites/need/way.py": "metres along roads, and the name of a site of the inventory",
    "api/commands/measure.py": "codes of municipalities",
    "api/tile_layers.py": "parts of the statement of api/tiles.py, which puts the gate in",
    "api/tile_archive.py": "box of municipalities, whose sources are all open",
    "api/catalogue_view.py": "names and boxes of municipalities, whose sources are all open",
}
_LAYER = re.compile(
    r"\b(?:FROM|JOIN) (parcel|municipality|zone|constraint_area|building|address|service_point|road|ownership|site|"
    r"dem_tile|quarantine)\b"
)


def test_every_query_that_gives_out_rows_passes_the_gate() -> None:
    asking = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for floor in ("api", "sites")
        for path in (ROOT / floor).rglob("*.py")
        if _LAYER.search(path.read_text(encoding="utf-8"))
    }
    open_gate = {name for name, text in asking.items() if "{shared(" not in text}
    assert open_gate == set(NO_ROW_LEAVES) & asking.keys() == open_gate
    assert all(one.kind != "municipalities" or one.redistributable for one in catalogue().values())
