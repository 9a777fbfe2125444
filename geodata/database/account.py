"""The account the private cluster runs under: the user, or an unprivileged one when the program is root."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geodata.errors import ClusterError

#: Accounts root drops to, in this order; PostgreSQL refuses to run as root.
_UNPRIVILEGED = ("standplaats", "postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """Numbers of the account; `switch` is True when the program has to change to it."""

    uid: int
    gid: int
    name: str
    switch: bool

    def run(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program as this account, output captured, in the root folder (which every account may enter)."""
        if self.switch:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        options.setdefault("env", {**environment, "LC_ALL": "C", "HOME": "/"})
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", cwd="/", stdin=subprocess.DEVNULL, **options
        )

    def home(self, folder: Path) -> None:
        """Make the data folder of the program; others may enter it, what it holds is private.

        Raises
        ------
        ClusterError
            When it cannot be made, written to or reached.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise _cannot_make(folder, error) from None
        self._check_way(folder)

    def own(self, folder: Path) -> Path:
        """Make a private folder of this account and return it.

        Raises
        ------
        ClusterError
            When the folder cannot be made or belongs to someone else.
        """
        try:
            if not folder.exists():
                folder.mkdir(mode=0o700)
                if self.switch:
                    os.chown(folder, self.uid, self.gid)
        except OSError as error:
            raise _cannot_make(folder, error) from None
        if folder.is_symlink():
            raise ClusterError(f"{folder} is a link, not a folder of our own.", "Remove it and try again.")
        owner = folder.stat().st_uid
        if owner != self.uid:
            raise ClusterError(
                f"The data folder {folder} belongs to another account (number {owner}).",
                "Set STANDPLAATS_HOME to a folder of your own, or run as its owner.",
            )
        return folder

    def _check_way(self, folder: Path) -> None:
        """Root may make a folder that the unprivileged account cannot reach; say so before initdb fails."""
        if self.switch and self.run(["test", "-x", str(folder)]).returncode != 0:
            raise ClusterError(
                f"The account {self.name}, under which root runs the database, cannot enter {folder}.",
                "Set STANDPLAATS_HOME to a folder every account may reach, such as /var/lib/standplaats.",
            )


def cluster_account() -> Account:
    """The account for the cluster of this process.

    Raises
    ------
    ClusterError
        When the process is root and no unprivileged account exists.
    """
    if os.geteuid() != 0:
        entry = os.geteuid()
        try:
            name = pwd.getpwuid(entry).pw_name
        except KeyError:
            name = str(entry)
        return Account(entry, os.getegid(), name, switch=False)
    for name in _UNPRIVILEGED:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid, name, switch=True)
    raise ClusterError(
        "PostgreSQL does not run as root, and no unprivileged account exists.",
        "Create one (useradd --system standplaats), or run as an ordinary user.",
    )


def _cannot_make(folder: Path, error: OSError) -> ClusterError:
    return ClusterError(
        f"The data folder {folder} cannot be made or written to: {error.strerror}.",
        "Make room, or set STANDPLAATS_HOME to a folder you may write to.",
    )
