"""Reads the files of a rule pack from a folder or a zip that someone sent: only YAML, only where it belongs.

Contract: nothing is written and nothing outside the pack is read. Sizes are counted while reading, never taken from
what an archive says about itself.
"""

from __future__ import annotations

import re
import stat
import zipfile
from pathlib import Path, PurePosixPath

from geodata.errors import RuleError
from sites.law.loader import PACK_FILE, ROOMS

MAX_FILES = 200
MAX_FILE_BYTES = 2_000_000
MAX_BYTES = 20_000_000
_NAME = re.compile(rf"^(?:{re.escape(PACK_FILE)}|(?:{'|'.join(ROOMS)})/[A-Za-z0-9][A-Za-z0-9_-]*\.yaml)$")
_REMEDY = f"A pack holds {PACK_FILE} and .yaml files in {', '.join(ROOMS)}; nothing was changed."


def read_files(source: Path) -> dict[str, bytes]:
    """Files of a pack by their name inside it, with `/`.

    Parameters
    ----------
    source : folder, or zip file (its files may lie in one folder).

    Raises
    ------
    RuleError
        When it is no pack: a name that leads elsewhere, another kind of file, too much, no `pack.yaml`.
    """
    if source.is_dir():
        found = _from_folder(source)
    elif source.is_file() and zipfile.is_zipfile(source):
        found = _from_zip(source)
    elif source.exists():
        raise RuleError(f"{source.name} is neither a folder nor a zip file.", _REMEDY)
    else:
        raise RuleError(f"{source.name}: no such file or folder.", "Check the name.")
    if PACK_FILE not in found:
        raise RuleError(f"{source.name} holds no {PACK_FILE}.", _REMEDY)
    for name, content in found.items():
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            raise RuleError(f"{name} is no UTF-8 text.", "Save it as UTF-8; nothing was changed.") from None
    return found


def _from_folder(folder: Path) -> dict[str, bytes]:
    paths = [folder / PACK_FILE] if (folder / PACK_FILE).exists() else []
    for room in ROOMS:
        if (folder / room).is_dir():
            paths += sorted((folder / room).iterdir())
    _check_count(len(paths), folder.name)
    found: dict[str, bytes] = {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        _check_name(name)
        if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
            raise RuleError(f"{name} is no plain file.", _REMEDY)
        with path.open("rb") as stream:
            found[name] = _checked(name, stream.read(MAX_FILE_BYTES + 1), found)
    return found


def _from_zip(file: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            _check_count(len(members), file.name)
            prefix = _common_folder([one.filename for one in members])
            for member in members:
                name = member.filename.removeprefix(prefix)
                _check_name(name)
                if stat.S_ISLNK(member.external_attr >> 16):
                    raise RuleError(f"{name} is no plain file.", _REMEDY)
                if name in found:
                    raise RuleError(f"{name} stands twice in {file.name}.", _REMEDY)
                with archive.open(member) as stream:
                    found[name] = _checked(name, stream.read(MAX_FILE_BYTES + 1), found)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        # RuntimeError: a password is asked for; NotImplementedError: a method this Python does not read.
        raise RuleError(
            f"{file.name} is a damaged or locked zip file.", "Ask for it again; nothing was changed."
        ) from (error)
    return found


def _common_folder(names: list[str]) -> str:
    """Folder in which a zip keeps the whole pack, such as `pack-2026/`; else nothing."""
    tops = {PurePosixPath(name).parts[0] for name in names if name}
    top = tops.pop() if len(tops) == 1 else ""
    inside = top and top not in (*ROOMS, "..", "/") and all(name.startswith(f"{top}/") for name in names)
    return f"{top}/" if inside else ""


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        raise RuleError(f"{name!r} is no file of a rule pack.", _REMEDY)


def _check_count(count: int, where: str) -> None:
    if count > MAX_FILES:
        raise RuleError(f"{where} holds {count} files; a pack holds at most {MAX_FILES}.", _REMEDY)


def _checked(name: str, content: bytes, before: dict[str, bytes]) -> bytes:
    if len(content) > MAX_FILE_BYTES or len(content) + sum(map(len, before.values())) > MAX_BYTES:
        raise RuleError(f"{name}: the pack is larger than a rule pack can be.", _REMEDY)
    return content
