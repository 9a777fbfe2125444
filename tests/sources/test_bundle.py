"""Bundles: what is carried arrives unchanged, and what was tampered with is refused whole."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from geodata.errors import InputError, NotFoundError
from geodata.sources.bundle import bundle, unbundle
from geodata.sources.catalogue import catalogue
from geodata.sources.records import Good, RawFile, Record, Records

DAY = datetime(2026, 11, 1, tzinfo=UTC)
OPEN = next(one.id for one in catalogue().values() if one.redistributable and one.services)
CLOSED = next(one.id for one in catalogue().values() if not one.redistributable and one.services)


def record(records: Records, source: str, content: bytes, *, scope: str = "24062", fetched: datetime = DAY) -> Record:
    """A fetched source with one file."""
    path = records.payloads / "host" / f"{source}.geojson"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    raw = RawFile(
        str(path.relative_to(records.folder)), hashlib.sha256(content).hexdigest(), "https://x.be/wfs", fetched, "", 1
    )
    return records.keep(Record(source, scope, "ok", fetched, good=Good(fetched, (raw,), 1), dataset=7))


@pytest.fixture
def here(tmp_path: Path) -> Records:
    found = Records(tmp_path / "here")
    record(found, OPEN, b'{"type":"FeatureCollection"}')
    record(found, CLOSED, b'{"type":"FeatureCollection","closed":1}')
    return found


@pytest.fixture
def there(tmp_path: Path) -> Records:
    return Records(tmp_path / "there")


def test_what_is_carried_arrives_unchanged(here: Records, there: Records, tmp_path: Path) -> None:
    file = tmp_path / "carried.zip"
    assert bundle(here, file).left_out == [CLOSED]
    done = unbundle(there, file)
    assert done.sources == [OPEN] and done.files == 1
    found = there.find(OPEN, "24062")
    assert found is not None and found.good is not None and found.dataset is None
    assert there.path_of(found.good.files[0]).read_bytes() == b'{"type":"FeatureCollection"}'
    assert found.good.fetched == DAY


def test_what_may_not_be_passed_on_is_carried_only_when_asked(here: Records, there: Records, tmp_path: Path) -> None:
    bundle(here, tmp_path / "all.zip", restricted=True)
    assert unbundle(there, tmp_path / "all.zip").sources == sorted([OPEN, CLOSED])
    with pytest.raises(NotFoundError):
        bundle(here, tmp_path / "none.zip", sources=[CLOSED])


def test_only_what_is_asked_is_carried(here: Records, tmp_path: Path) -> None:
    record(here, OPEN, b"{}", scope="24038")
    done = bundle(here, tmp_path / "x.zip", municipalities=["24038"])
    assert done.files == 1
    with pytest.raises(NotFoundError):
        bundle(here, tmp_path / "y.zip", municipalities=["11002"])


def test_what_is_newer_here_stays(here: Records, there: Records, tmp_path: Path) -> None:
    bundle(here, tmp_path / "x.zip")
    record(there, OPEN, b"newer", fetched=DAY + timedelta(days=1))
    assert unbundle(there, tmp_path / "x.zip").sources == []
    kept = there.find(OPEN, "24062")
    assert kept is not None and kept.good is not None and kept.good.fetched > DAY


def test_an_empty_answer_is_carried_too(there: Records, tmp_path: Path) -> None:
    found = Records(tmp_path / "empty")
    found.keep(Record(OPEN, "24062", "empty_checked", DAY, good=Good(DAY, (), 0)))
    bundle(found, tmp_path / "x.zip")
    unbundle(there, tmp_path / "x.zip")
    taken = there.find(OPEN, "24062")
    assert taken is not None and taken.status == "empty_checked" and taken.good is not None and taken.good.empty


def test_a_changed_file_is_not_bundled(here: Records, tmp_path: Path) -> None:
    (here.payloads / "host" / f"{OPEN}.geojson").write_bytes(b"other")
    with pytest.raises(InputError, match="has changed"):
        bundle(here, tmp_path / "x.zip")


def rewritten(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A bundle after somebody changed it."""
    with zipfile.ZipFile(source) as archive:
        content = {one.filename: archive.read(one) for one in archive.infolist()}
    change(content)
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return target


def manifest(content: dict[str, bytes], change: Callable[[Any], None]) -> None:
    told = json.loads(content["manifest.json"])
    change(told)
    content["manifest.json"] = json.dumps(told).encode()


def _other_bytes(content: dict[str, bytes]) -> None:
    name = next(name for name in content if name.startswith("files/"))
    content[name] = content[name][::-1]


def _longer(content: dict[str, bytes]) -> None:
    content[next(name for name in content if name.startswith("files/"))] += b" "


def _stray(content: dict[str, bytes]) -> None:
    content["../../outside.txt"] = b"x"


def _listed_stray(content: dict[str, bytes]) -> None:
    content["../outside.txt"] = b"x"
    sha256 = hashlib.sha256(b"x").hexdigest()
    manifest(content, lambda told: told["files"].update({"../outside.txt": {"sha256": sha256, "bytes": 1}}))


def _missing(content: dict[str, bytes]) -> None:
    del content[next(name for name in content if name.startswith("files/"))]


def _source_with_a_path(content: dict[str, bytes]) -> None:
    manifest(content, lambda told: told["items"][0].update(source="../../x"))


def _scope_with_a_path(content: dict[str, bytes]) -> None:
    manifest(content, lambda told: told["items"][0].update(scope="../x"))


def _file_not_listed(content: dict[str, bytes]) -> None:
    manifest(content, lambda told: told["items"][0]["good"]["files"][0].update(file="/etc/passwd"))


def _other_format(content: dict[str, bytes]) -> None:
    manifest(content, lambda told: told.update(format=99))


def _no_manifest(content: dict[str, bytes]) -> None:
    del content["manifest.json"]


def _broken_manifest(content: dict[str, bytes]) -> None:
    content["manifest.json"] = b"[1, 2"


CHANGES = [
    _other_bytes, _longer, _stray, _listed_stray, _missing, _source_with_a_path, _scope_with_a_path, _file_not_listed,
    _other_format, _no_manifest, _broken_manifest,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__.strip("_"))
def test_a_bundle_that_was_changed_is_refused_whole(change: Any, here: Records, there: Records, tmp_path: Path) -> None:
    bundle(here, tmp_path / "x.zip")
    file = rewritten(tmp_path / "x.zip", tmp_path / "changed.zip", change)
    with pytest.raises(InputError, match="refused"):
        unbundle(there, file)
    assert there.all() == [] and not (tmp_path / "outside.txt").exists()


def test_a_file_that_is_no_zip_is_refused(there: Records, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    with pytest.raises(InputError, match="refused"):
        unbundle(there, tmp_path / "x.zip")
    with pytest.raises(InputError, match="refused"):
        unbundle(there, tmp_path / "not there.zip")


@trying(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 0.999), byte=st.integers(0, 255))
def test_no_flipped_byte_gets_in(at: float, byte: int, here: Records, tmp_path: Path) -> None:
    """Whatever byte is changed: refused, or what comes out is what went in."""
    bundle(here, tmp_path / "x.zip")
    data = bytearray((tmp_path / "x.zip").read_bytes())
    data[int(at * len(data))] = byte
    (tmp_path / "y.zip").write_bytes(data)
    target = Records(tmp_path / f"there-{at}-{byte}")
    try:
        unbundle(target, tmp_path / "y.zip")
    except InputError:
        assert target.all() == []
        return
    for found in target.all():
        assert found.good is not None
        for raw in found.good.files:
            assert target.path_of(raw).read_bytes() == b'{"type":"FeatureCollection"}'
