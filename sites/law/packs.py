"""Rule packs of one installation: checked, put beside the earlier ones, taken back.

Contract: a pack lives in a folder of its own below the folder given, named by version and fingerprint, and is never
changed or removed there. `packs.json` says which packs there are and in which order they came into use; it is written
in one step. A pack that is refused leaves everything as it was. Nothing here asks for today's date.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from geodata.errors import RuleError
from sites.law import planning_code
from sites.law.archive import read_files
from sites.law.loader import LoadedPack, load_pack
from sites.law.model import LAW_REGIONS

_STATE = "packs.json"
#: Stands in the order of use for the pack shipped with the program, whichever version that is.
_SHIPPED = ""


@dataclass(frozen=True)
class InstalledPack:
    """One pack of the installation.

    Attributes
    ----------
    name : version and fingerprint, as results name it: "2026.11.1+3f9a01c2d4e5".
    installed_on : None for the pack shipped with the program.
    current : is it the one in use?
    """

    name: str
    installed_on: date | None
    current: bool

    def as_dict(self) -> dict[str, Any]:
        """The same as the interfaces print it."""
        version, _, fingerprint = self.name.partition("+")
        return {
            "name": self.name,
            "version": version,
            "fingerprint": fingerprint,
            "installed_on": self.installed_on.isoformat() if self.installed_on else None,
            "shipped": self.installed_on is None,
            "current": self.current,
        }


#: Beginnings of ids of further rules that the program reads by name: a pack may end one, but not drop it.
_READ_BY_NAME = (*(f"{region}.definition.plan-levels" for region in LAW_REGIONS), "wallonia.definition.hp-")


@cache
def _shipped() -> LoadedPack:
    return load_pack()


def shipped_version() -> str:
    """Version and fingerprint of the pack shipped with the program."""
    return _shipped().version


def _check_complete(offered: LoadedPack) -> None:
    needed = {*planning_code.RULES, *(one.id for one in _shipped().rules if one.id.startswith(_READ_BY_NAME))}
    missing = sorted(needed - {rule.id for rule in offered.rules})
    if missing:
        raise RuleError(
            f"The pack lacks {missing[0]}, which the program reads by name.",
            "End a rule with valid_to, and keep it for the days on which it held; nothing was changed.",
        )


def _last(state: dict[str, Any]) -> str:
    order: list[str] = state["order"]
    return order[-1] if order else _SHIPPED


class PackStore:
    """Packs in a folder.

    Parameters
    ----------
    folder : folder of the packs; made when the first pack is installed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute()

    def in_use(self) -> Path | None:
        """Folder of the pack in use; None = the one shipped with the program."""
        name = _last(self._state())
        return self.folder / name if name != _SHIPPED else None

    def installed(self) -> list[InstalledPack]:
        """All packs, the one shipped with the program first, then in order of installation."""
        state = self._state()
        current = _last(state)
        shipped = InstalledPack(shipped_version(), None, current == _SHIPPED)
        others = [InstalledPack(name, date.fromisoformat(day), name == current) for name, day in state["packs"].items()]
        return [shipped, *others]

    @contextmanager
    def opened(self, source: Path) -> Iterator[tuple[LoadedPack, Path]]:
        """A pack that is offered, checked wholly, with the folder it lies in until the end of the block.

        Raises
        ------
        RuleError
            When it is refused, lacks a rule that the program reads by name, or another pack of the same version has
            other content.
        """
        content = read_files(source)
        with tempfile.TemporaryDirectory(prefix="standplaats-law-") as made:
            folder = Path(made) / "pack"
            for name, data in content.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            offered = load_pack(folder)
            self._check_version(offered)
            _check_complete(offered)
            yield offered, folder

    def install(self, offered: LoadedPack, folder: Path, on: date) -> InstalledPack:
        """Put a checked pack beside the others and bring it into use; the one in use already stays as it is.

        Parameters
        ----------
        offered, folder : as given by `opened`.
        on : day of installation.
        """
        with self._locked():
            state = self._state()
            self._check_version(offered)
            name = _SHIPPED if offered.version == shipped_version() else offered.version
            if name != _SHIPPED:
                self._keep(folder, self.folder / name)
                state["packs"].setdefault(name, on.isoformat())
            if _last(state) != name:
                state["order"].append(name)
            self._write(state)
        return next(one for one in self.installed() if one.current)

    def undo(self) -> InstalledPack:
        """Go back to the pack that was in use before; every pack stays where it is.

        Raises
        ------
        RuleError
            When no pack was in use before.
        """
        with self._locked():
            state = self._state()
            if not state["order"]:
                raise RuleError(
                    "The rule pack in use is the one that came with the program; none was in use before it.",
                    "List them: standplaats law packs.",
                )
            state["order"].pop()
            self._write(state)
        return next(one for one in self.installed() if one.current)

    def _keep(self, folder: Path, place: Path) -> None:
        """Copy a pack to its place, whole or not at all."""
        if place.is_dir():
            return
        half = Path(tempfile.mkdtemp(prefix=".half-", dir=self.folder))
        shutil.copytree(folder, half / "pack")
        (half / "pack").rename(place)
        half.rmdir()

    def _check_version(self, offered: LoadedPack) -> None:
        number = offered.about.version
        for one in self.installed():
            if one.name.partition("+")[0] == number and one.name != offered.version:
                raise RuleError(
                    f"Another pack of version {number} is installed, with other content ({one.name}).",
                    "A changed pack needs a new version in pack.yaml; nothing was changed.",
                )

    def _state(self) -> dict[str, Any]:
        try:
            state = json.loads((self.folder / _STATE).read_text(encoding="utf-8"))
            assert set(state) == {"packs", "order"} and set(state["order"]) <= {*state["packs"], _SHIPPED}
            return dict(state)
        except (FileNotFoundError, NotADirectoryError):
            return {"packs": {}, "order": []}
        except (ValueError, AssertionError, TypeError, OSError) as error:
            raise RuleError(
                f"The list of rule packs cannot be read: {self.folder / _STATE}.",
                "Remove that file to go back to the pack that came with the program.",
            ) from error

    def _write(self, state: dict[str, Any]) -> None:
        fresh = self.folder / f".{_STATE}.new"
        with fresh.open("w", encoding="utf-8") as stream:
            json.dump(state, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self.folder / _STATE)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield
