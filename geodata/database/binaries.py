"""Find PostgreSQL binaries that come with PostGIS; any major version from 14 on."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from geodata.errors import ClusterError

MIN_MAJOR = 14
_DEBIAN = Path("/usr/lib/postgresql")
_TOOLS = ("initdb", "pg_ctl", "postgres", "pg_config")


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL: its major version and the folder of its programs."""

    major: int
    folder: Path

    def tool(self, name: str) -> str:
        """Path of one program, such as `initdb`."""
        return str(self.folder / name)


def installed() -> list[Binaries]:
    """All usable installations, newest first: programs present, PostGIS present, version high enough."""
    folders = sorted(_DEBIAN.glob("*/bin"), reverse=True) if _DEBIAN.is_dir() else []
    for name in ("postgres", "pg_ctl"):
        on_path = shutil.which(name)
        if on_path:
            folders.append(Path(on_path).resolve().parent)
    found: dict[int, Binaries] = {}
    for folder in folders:
        major = _major(folder)
        if major is not None and major >= MIN_MAJOR and major not in found and _has_postgis(folder, major):
            found[major] = Binaries(major, folder)
    return [found[major] for major in sorted(found, reverse=True)]


def _major(folder: Path) -> int | None:
    if not (folder / "initdb").exists() or not (folder / "pg_ctl").exists():
        return None
    try:
        told = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\b(\d+)(?:\.\d+|devel|beta|rc)", told)
    return int(match.group(1)) if match else None


def _has_postgis(folder: Path, major: int) -> bool:
    """Debian keeps extensions under /usr/share/postgresql/N; elsewhere pg_config tells."""
    if (Path("/usr/share/postgresql") / str(major) / "extension" / "postgis.control").exists():
        return True
    try:
        share = subprocess.run(
            [folder / "pg_config", "--sharedir"], capture_output=True, text=True, timeout=20, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return False
    return (Path(share) / "extension" / "postgis.control").exists()


def choose(data_major: int | None, data_folder: Path) -> Binaries:
    """Binaries for a data folder: its own major version, or the newest for a new one.

    Raises
    ------
    ClusterError
        When nothing fits; the data folder is left as it is.
    """
    candidates = installed()
    if data_major is not None:
        for one in candidates:
            if one.major == data_major:
                return one
        have = ", ".join(str(one.major) for one in candidates) or "none"
        raise ClusterError(
            f"The data in {data_folder} belongs to PostgreSQL {data_major}, but installed with PostGIS is: {have}. "
            "Nothing was touched.",
            f"Install PostgreSQL {data_major} with PostGIS, or point STANDPLAATS_HOME at another folder and load anew.",
        )
    if not candidates:
        raise ClusterError(
            f"No PostgreSQL from version {MIN_MAJOR} on with PostGIS is installed.",
            "Run ./standplaats demo, which installs it, or set STANDPLAATS_DATABASE_URL to a PostGIS database.",
        )
    return candidates[0]
