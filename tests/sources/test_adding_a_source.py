"""Adding a source takes an entry and a sample: the page's own example, and every sample that is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import psycopg
import pytest
from protocol_server import ProtocolServer, Vector

from geodata.errors import InputError
from geodata.ingest import ingest
from geodata.ingest.mapping import TARGETS
from geodata.ingest.read import read_layers
from geodata.sources import catalogue as room
from geodata.sources.catalogue import KINDS, Source, catalogue, read_catalogue, recognise
from geodata.sources.clients import Area, Session, fetch

Connection = psycopg.Connection[Any]
HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "adding-a-source.md"
SAMPLES = sorted(path for path in (HERE / "samples").iterdir() if path.suffix != ".md")
LEUVEN = Area((170_000.0, 170_000.0, 180_000.0, 180_000.0), ("24062",))


def blocks(language: str) -> list[str]:
    """The code blocks of a language on the page."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """The page's entry, as if it stood in the catalogue."""
    (entry,) = blocks("yaml")
    with_it = {**catalogue(), **read_catalogue({"example.yaml": entry})}
    monkeypatch.setattr(room, "catalogue", lambda: with_it)
    yield with_it["vrbg-provinces"]


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The page's sample as a file."""
    (text,) = blocks("json")
    path = tmp_path / "vrbg-provinces.geojson"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_is_not_in_the_catalogue_yet() -> None:
    """Else it would show nothing."""
    assert "vrbg-provinces" not in catalogue()


def test_the_example_is_recognised_and_loaded(database: Connection, example: Source, sample: Path) -> None:
    report = ingest(database, sample, "base-map")
    assert (report.source, report.read, report.loaded, report.refused) == (example.id, 1, 1, 0)
    row = database.execute(
        "SELECT theme, class, feature_id, name, attributes ->> 'NUTS2', ST_Area(geom) FROM constraint_area"
    ).fetchone()
    assert row == ("base_map", "province", "20001", "Vlaams Brabant", "BE24", pytest.approx(20_000.0**2))


def test_the_example_is_fetched_by_the_client_of_its_protocol(example: Source, sample: Path, tmp_path: Path) -> None:
    (service,) = example.services
    layer = Vector(service.endpoint, service.protocol, "Refprv", geopandas.read_file(sample))
    with ProtocolServer([layer]) as server, Session(cache=tmp_path / "cache", base=server.base) as session:
        got = fetch(example, LEUVEN, session)
    assert (got.answer, got.features) == ("features", 1)
    (payload,) = got.payloads
    assert geopandas.read_file(payload.path).NAAM.tolist() == ["Vlaams Brabant"]


def test_nothing_there_is_believed_only_with_the_control_point(example: Source, sample: Path, tmp_path: Path) -> None:
    (service,) = example.services
    layer = Vector(service.endpoint, service.protocol, "Refprv", geopandas.read_file(sample))
    nowhere = Area((20_000.0, 200_000.0, 21_000.0, 201_000.0))
    with ProtocolServer([layer]) as server, Session(cache=tmp_path / "cache", base=server.base) as session:
        assert fetch(example, nowhere, session).answer == "empty_checked"
    wrong = example.model_copy(
        update={"control_points": [example.control_points[0].model_copy(update={"expects": "10000"})]}
    )
    with ProtocolServer([layer]) as server, Session(cache=tmp_path / "cache", base=server.base) as session:
        assert fetch(wrong, nowhere, session).answer == "empty_suspicious"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda one: one.stem)
def test_every_sample_is_its_entry_and_no_other(path: Path) -> None:
    source = catalogue()[path.stem]
    (layer,) = read_layers([path])
    for kind in KINDS:
        try:
            found = recognise(kind, layer.rows.columns, layer=layer.name, file=path.name).id
        except InputError:
            found = None
        assert found == (source.id if kind == source.kind else None), kind


@pytest.mark.parametrize("path", SAMPLES, ids=lambda one: one.stem)
def test_every_sample_loads_whole(database: Connection, path: Path) -> None:
    source = catalogue()[path.stem]
    report = ingest(database, path, source.kind)
    expected = len(geopandas.read_file(path))
    assert expected > 0 and (report.read, report.loaded, report.refused) == (expected, expected, 0)
    table = TARGETS[source.kind][0]
    assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (expected,)


def test_every_sample_says_where_it_comes_from() -> None:
    told = (HERE / "samples" / "README.md").read_text(encoding="utf-8")
    assert SAMPLES and all(f"`{path.name}`" in told for path in SAMPLES)
