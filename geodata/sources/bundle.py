"""Carry fetched files to a machine without internet: a zip with a manifest, checked byte by byte when it is opened.

Contract: what may not be passed on stays out unless asked for. A bundle is refused whole when a name in it is not one
this program gives, when a file is missing, too long or has another sha256. Files are unpacked under names made here,
never under names of the zip.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from geodata.errors import InputError, NotFoundError
from geodata.sources.catalogue import catalogue
from geodata.sources.records import RawFile, Record, Records, Status
from geodata.zips import DAMAGED_ZIP

FORMAT = 1
_MANIFEST = "manifest.json"
_MAX_MANIFEST = 64 << 20
_NAME = re.compile(r"files/[0-9a-f]{64}(\.[a-z0-9]{1,10}){0,2}")
_SOURCE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SCOPE = re.compile(r"\d{5}(,\d{5})*|flanders|wallonia|brussels|belgium")


@dataclass(frozen=True)
class Bundled:
    """What went into or came out of a bundle.

    Attributes
    ----------
    left_out : sources whose licence does not allow passing them on.
    """

    file: str
    sources: list[str]
    files: int
    size: int
    left_out: list[str]

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON writes it."""
        return dict(vars(self))


def bundle(
    records: Records,
    target: Path,
    *,
    municipalities: Iterable[str] = (),
    sources: Iterable[str] = (),
    restricted: bool = False,
) -> Bundled:
    """Write what was fetched into a zip.

    Parameters
    ----------
    municipalities, sources : only those; empty = all.
    restricted : also what may not be passed on, for another machine of the same administration.

    Raises
    ------
    NotFoundError
        When nothing of it was fetched.
    InputError
        When a fetched file has changed since.
    """
    nis, names = set(municipalities), set(sources)
    chosen = [
        one for one in records.all()
        if one.good is not None
        and (not names or one.source in names)
        and (not nis or nis & set(one.scope.split(",")) or not one.scope[0].isdigit())
    ]  # fmt: skip
    open_ones = [one for one in chosen if restricted or _may_be_passed_on(one.source)]
    left_out = sorted({one.source for one in chosen} - {one.source for one in open_ones})
    if not open_ones:
        raise NotFoundError("Nothing was fetched that could be bundled.", "Fetch first: standplaats sources fetch.")
    files: dict[str, tuple[Path, RawFile]] = {}
    items = []
    for record in open_ones:
        told = replace(record, dataset=None).as_dict()
        for raw, entry in zip(record.good.files if record.good else (), told["good"]["files"], strict=True):
            path = records.path_of(raw)
            entry["file"] = _name_in_bundle(path, raw.sha256)
            files[entry["file"]] = (path, raw)
        told["licence"] = catalogue()[record.source].licence if record.source in catalogue() else None
        items.append(told)
    manifest = {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "items": items,
        "files": {name: {"sha256": raw.sha256, "bytes": path.stat().st_size} for name, (path, raw) in files.items()},
    }
    _write(target, manifest, {name: path for name, (path, _) in files.items()})
    size = sum(path.stat().st_size for path, _ in files.values())
    return Bundled(target.name, sorted({one.source for one in open_ones}), len(files), size, left_out)


def unbundle(records: Records, path: Path) -> Bundled:
    """Check a bundle and take its files and records in; what is here and newer stays.

    Raises
    ------
    InputError
        When it is no bundle, or anything in it is not as the manifest says. Nothing is taken in then.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            items = [_record(told, manifest, path) for told in manifest["items"]]
            placed = {name: _place(records, archive, name, manifest["files"][name], path) for name in manifest["files"]}
    except (*DAMAGED_ZIP, OSError) as error:
        raise _refused(path, f"it cannot be read ({error})") from None
    taken = []
    for record in items:
        here = records.find(record.source, record.scope)
        good = record.good
        if good is None or (here and here.good and here.good.fetched >= good.fetched):
            continue
        files = tuple(replace(raw, file=placed[raw.file]) for raw in good.files)
        status: Status = "ok" if files else "empty_checked"
        records.keep(
            replace(record, status=status, reason=None, remedy=None, cause=None, good=replace(good, files=files))
        )
        taken.append(record.source)
    size = sum(entry["bytes"] for entry in manifest["files"].values())
    return Bundled(path.name, sorted(set(taken)), len(placed), size, [])


def _may_be_passed_on(source: str) -> bool:
    found = catalogue().get(source)
    return found is not None and found.redistributable


def _name_in_bundle(path: Path, sha256: str) -> str:
    ending = "".join(path.suffixes[-2:]).lower()
    return f"files/{sha256}{ending if _NAME.fullmatch(f'files/{sha256}{ending}') else path.suffix.lower()}"


def _write(target: Path, manifest: dict[str, Any], files: dict[str, Path]) -> None:
    beside = target.with_name(f".{target.name}.new")
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
            for name, path in files.items():
                archive.write(path, name)
        os.replace(beside, target)
    except OSError as error:
        raise InputError(f"it cannot be written ({error.strerror}).", "Choose another place.", file=target) from None
    finally:
        beside.unlink(missing_ok=True)


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    """The manifest, when the zip holds exactly what it lists."""
    names = [one.filename for one in archive.infolist()]
    if _MANIFEST not in names or archive.getinfo(_MANIFEST).file_size > _MAX_MANIFEST:
        raise _refused(path, "it has no manifest")
    try:
        told = json.loads(archive.read(_MANIFEST))
        listed = {name: (entry["sha256"], int(entry["bytes"])) for name, entry in told["files"].items()}
        version, items = told["format"], list(told["items"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _refused(path, "its manifest cannot be read") from None
    if version != FORMAT:
        raise _refused(path, f"it has format {version}, and this program reads {FORMAT}")
    strange = [name for name in names if name != _MANIFEST and not _NAME.fullmatch(name)]
    if strange or sorted(names) != sorted([_MANIFEST, *listed]):
        raise _refused(path, f"it holds other files than its manifest lists ({(strange or names)[0]})")
    for name, (sha256, size) in listed.items():
        if not name.startswith(f"files/{sha256}") or archive.getinfo(name).file_size != size:
            raise _refused(path, f"{name} is not what the manifest says")
    return {"items": items, "files": told["files"]}


def _record(told: dict[str, Any], manifest: dict[str, Any], path: Path) -> Record:
    try:
        record = Record.from_dict({name: value for name, value in told.items() if name != "licence"})
        files = record.good.files if record.good else ()
        listed = all(manifest["files"][raw.file]["sha256"] == raw.sha256 for raw in files)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _refused(path, "a record in it cannot be read") from None
    if not listed or not _SOURCE.fullmatch(record.source) or not _SCOPE.fullmatch(record.scope):
        raise _refused(path, "a record in it names what the bundle does not hold")
    return replace(record, dataset=None)


def _place(records: Records, archive: zipfile.ZipFile, name: str, entry: dict[str, Any], path: Path) -> str:
    """Unpack one file while counting its bytes and its sha256; its place relative to the folder of sources."""
    folder = records.folder / "carried"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name.removeprefix("files/")
    beside = folder / f".{entry['sha256']}.new"
    digest, left = hashlib.sha256(), int(entry["bytes"])
    try:
        with archive.open(name) as packed, beside.open("wb") as stream:
            while chunk := packed.read(1 << 20):
                left -= len(chunk)
                if left < 0:
                    raise _refused(path, f"{name} is longer than the manifest says")
                digest.update(chunk)
                stream.write(chunk)
        if left or digest.hexdigest() != entry["sha256"]:
            raise _refused(path, f"{name} is not what the manifest says")
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return str(target.relative_to(records.folder))


def _refused(path: Path, why: str) -> InputError:
    return InputError(f"this bundle is refused: {why}; nothing was taken in.", "Make it again.", file=path)
