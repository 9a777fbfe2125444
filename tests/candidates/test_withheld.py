"""Where owners may not be told, nothing that is told depends on them; where they may, they count."""

from __future__ import annotations

import itertools
import json
import math
import re
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import psycopg
import pytest
import shapely
from fastapi.testclient import TestClient

from api.app import create_app
from geodata.database.engine import connect
from geodata.errors import NotFoundError
from geodata.ingest import ingest
from geodata.measure.store import measure_municipality
from geodata.settings import Settings
from sites.candidates.query import VERDICTS
from sites.candidates.runs import find_run, publish_run
from sites.candidates.scoring import create_run

Connection = psycopg.Connection[Any]
NIS = "92094"
WEST, SOUTH = 185_000.0, 128_000.0
KEYS = [f"92094A00{at:02d}/00A000" for at in range(1, 9)]
#: Two lists that agree in nothing.
LISTS = (
    ("municipality", "private", "province", "church_fabric", "private", "region", "municipality", "rail_manager"),
    ("private", "municipality", "water_manager", "private", "region", "private", "church_fabric", "municipality"),
)
TYPES = ("residential", "gathering")
#: What tells one loading from another and nothing of an owner.
_NUMBERS = re.compile(
    r'"(run|dataset|datasets|token|next|request_id|date|fetched|version|age_days)": ?("[^"]*"|\[[^]]*\]|\d+)'
)


def ground(connection: Connection, folder: Path) -> None:
    """A municipality with a row of parcels that touch."""
    fields = {"AdMuKey": [NIS], "NameDUT": ["Namen"], "NameFRE": ["Namur"], "AdReKey": ["03000"]}
    square = shapely.box(WEST - 500, SOUTH - 500, WEST + 900, SOUTH + 500)
    gpd.GeoDataFrame(fields, geometry=gpd.GeoSeries([square], crs=31370)).to_file(folder / "places.gpkg", driver="GPKG")
    ingest(connection, folder / "places.gpkg", "municipalities")
    n = len(KEYS)
    rows = {"CAPAKEY": KEYS, "RADICAL": list(range(1, n + 1)), "EXPOSANT": ["A"] * n, "PUISSANCE": [0] * n}
    shapes = [shapely.box(WEST + 60 * at, SOUTH, WEST + 60 * at + 60, SOUTH + 50 + 5 * at) for at in range(n)]
    gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(shapes, crs=31370)).to_file(folder / "parcels.gpkg", driver="GPKG")
    ingest(connection, folder / "parcels.gpkg", "parcels")


def owners(connection: Connection, folder: Path, classes: tuple[str, ...], source: str) -> None:
    """The list of owners, in the place of the one before; measured and scored."""
    path = folder / "owners.csv"
    lines = [f"{key};{name};municipal_list" for key, name in zip(KEYS, classes, strict=True)]
    path.write_text("\n".join(["CAPAKEY;owner_class;evidence", *lines]), encoding="utf-8")
    connection.execute("UPDATE dataset SET current = false WHERE kind = 'ownership'")
    ingest(connection, path, "ownership", source=source)
    measure_municipality(connection, NIS)
    today = date.today()
    for kind in TYPES:
        create_run(connection, [NIS], kind, today, today=today)


def tile_xy(zoom: int) -> str:
    place = gpd.GeoSeries([shapely.Point(WEST + 200, SOUTH + 20)], crs=31370).to_crs(4326).iloc[0]
    column = (place.x + 180) / 360 * 2**zoom
    row = (1 - math.asinh(math.tan(math.radians(place.y))) / math.pi) / 2 * 2**zoom
    return f"{zoom}/{int(column)}/{int(row)}"


def all_told(settings: Settings) -> dict[str, str]:
    """Everything that answers about this municipality, by what was asked, without the numbers of results and datasets."""
    out: dict[str, str] = {}
    area = shapely.box(WEST + 5, SOUTH + 5, WEST + 55, SOUTH + 45)
    drawn = json.loads(gpd.GeoSeries([area], crs=31370).to_crs(4326).to_json())
    weights = {"weights": {"owner": 1000.0}}
    keys = [key.replace("/", "-") for key in KEYS]
    with TestClient(create_app(settings)) as client, connect(settings) as connection:
        for kind in TYPES:
            run = find_run(connection, territory=[NIS], site_type=kind)
            here = f"municipality={NIS}&type={kind}"
            listed = f"/api/v1/candidates?{here}&verdict={','.join(VERDICTS)}"
            asked: list[tuple[str, Any]] = [
                (listed, None), (listed, weights), (f"/api/v1/near-misses?{here}&pitches=12", None),
                (f"/api/v1/assemblies?{here}&pitches=12", None), (f"/api/v1/robustness?{here}", None),
                (f"/api/v1/comparisons?parcels={','.join(keys[:3])}&type={kind}", None),
                (f"/api/v1/areas?type={kind}", drawn), (f"/api/v1/exports?{here}&format=csv", None),
                *((f"/api/v1/parcels/{key}?type={kind}", None) for key in keys),
                *((f"/api/v1/sheets/{key}?type={kind}", None) for key in keys[:2]),
            ]  # fmt: skip
            for address, body in asked:
                answer = client.get(address) if body is None else client.post(address, json=body)
                assert answer.status_code == 200, (address, answer.text)
                told = _NUMBERS.sub("", answer.text.replace(run.id, "RUN"))
                out[f"{address} {body is not None}"] = told
            for layer, zoom in itertools.product(("parcels", "candidates"), (11, 15)):
                tile = client.get(f"/tiles/{layer}/{tile_xy(zoom)}.mvt?run={run.id}")
                assert tile.status_code == 200
                features = mapbox_vector_tile.decode(tile.content).get(layer, {}).get("features", [])
                drawn_as = sorted(json.dumps(one["properties"], sort_keys=True) for one in features)
                out[f"{kind} {layer} {zoom}"] = json.dumps(drawn_as)
    return out


@pytest.fixture
def square(settings: Settings, tmp_path: Path) -> Settings:
    with connect(settings) as connection:
        ground(connection, tmp_path)
    return settings


def told_of(settings: Settings, folder: Path, classes: tuple[str, ...], source: str) -> dict[str, str]:
    with connect(settings) as connection:
        owners(connection, folder, classes, source)
    return all_told(settings)


def test_nothing_told_depends_on_owners_that_may_not_be_told(square: Settings, tmp_path: Path) -> None:
    one, other = (told_of(square, tmp_path, classes, "owner-list") for classes in LISTS)
    assert len(one) > 30
    assert {asked: (told, other[asked]) for asked, told in one.items() if told != other[asked]} == {}
    with connect(square) as connection:
        run = find_run(connection, territory=[NIS], site_type="residential")
        assert run.withheld == ["ownership"] and run.datasets["ownership"]


def test_owners_that_may_be_told_count(square: Settings, tmp_path: Path) -> None:
    """The same question asked of released lists has two answers: the test above can fail."""
    one, other = (told_of(square, tmp_path, classes, "owner-list-open") for classes in LISTS)
    differ = {asked for asked, told in one.items() if told != other[asked]}
    for wanted in ("/candidates?", "/comparisons?", "/exports?", "/parcels/", "/areas?", "/sheets/", "parcels 15"):
        assert any(wanted in asked for asked in differ), wanted


def test_a_result_that_counts_what_is_closed_by_now_is_not_told(square: Settings, tmp_path: Path) -> None:
    with connect(square) as connection:
        owners(connection, tmp_path, LISTS[0], "owner-list-open")
        run = find_run(connection, territory=[NIS], site_type="residential")
        publish_run(connection, run.id)
        connection.execute("UPDATE dataset SET redistributable = false WHERE kind = 'ownership'")
        connection.commit()
        with pytest.raises(NotFoundError, match="may not be passed on"):
            find_run(connection, run_id=run.id)
        with pytest.raises(NotFoundError, match="may not be passed on"):
            find_run(connection, territory=[NIS], site_type="residential")
        assert connection.execute("SELECT count(*) FROM published.run").fetchone() == (0,)
        with TestClient(create_app(square, public=True)) as client:
            assert client.get(f"/api/v1/candidates?municipality={NIS}").status_code == 404
            assert client.get(f"/tiles/candidates/{tile_xy(15)}.mvt?run={run.id}").status_code == 404
        # Scored again it is told, without them; the result before can be taken back.
        today = date.today()
        again = create_run(connection, [NIS], "residential", today, today=today)
        assert again.id != run.id and find_run(connection, territory=[NIS], site_type="residential").id == again.id
        connection.execute("UPDATE run SET published = false WHERE id = %s", [run.id])
        connection.commit()
