"""Small rule packs made from files of the pack that comes with the program."""

from __future__ import annotations

import zipfile
from pathlib import Path

LAW = Path(__file__).parents[2] / "sites" / "law"


def _files(*rooms: str) -> tuple[str, ...]:
    return tuple(path.relative_to(LAW).as_posix() for room in rooms for path in sorted((LAW / room).glob("*.yaml")))


#: A smaller pack that holds together on its own and has every rule that the program reads by name.
FILES = ("pack.yaml", "zoning/flanders_housing.yaml", *_files("definitions", "norms"))


def write_pack(folder: Path, version: str = "2027.01.1", files: tuple[str, ...] = FILES) -> Path:
    """Copy files into a pack of another version."""
    for name in files:
        text = (LAW / name).read_text(encoding="utf-8")
        if name == "pack.yaml":
            line = next(one for one in text.splitlines() if one.startswith("version:"))
            text = text.replace(line, f"version: {version}")
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return folder


def swap(folder: Path, name: str, old: str, new: str) -> None:
    """Change a file of a pack once."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def whole_pack(folder: Path, version: str = "2027.01.1") -> Path:
    """The whole pack of the program under another version."""
    return write_pack(folder, version, ("pack.yaml", *_files("definitions", "norms", "regimes", "scenarios", "zoning")))


def zipped(folder: Path, file: Path, prefix: str = "") -> Path:
    """A folder as a zip file."""
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.rglob("*.yaml")):
            archive.write(path, prefix + path.relative_to(folder).as_posix())
    return file
