"""NIS codes over time: the changes of 2019 and 2025, and which code holds today."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class NisChange:
    """One change of a NIS code; a code that survives a merger is its own successor."""

    old_nis: str
    old_name: str
    new_nis: str
    new_name: str
    relationship: str
    partial_transfer: bool
    valid_from: date
    note: str | None


@cache
def nis_changes() -> tuple[NisChange, ...]:
    """The changes of 2019 and 2025 (facts, compiled from the official code lists; see `nis_changes.csv`)."""
    listed = (resources.files("geodata.sources") / "nis_changes.csv").read_text(encoding="utf-8")
    return tuple(
        NisChange(
            old_nis=row["old_nis"],
            old_name=row["old_name"],
            new_nis=row["new_nis"],
            new_name=row["new_name"],
            relationship=row["relationship"],
            partial_transfer=row["partial_transfer"] == "1",
            valid_from=date.fromisoformat(row["valid_from"]),
            note=row["note"] or None,
        )
        for row in csv.DictReader(listed.splitlines())
    )


def successor(code: str, valid: Collection[str]) -> str | None:
    """The code that holds today for one of a file, None when none does; without `valid` the last one."""
    following = {one.old_nis: one.new_nis for one in nis_changes() if one.old_nis != one.new_nis}
    while code not in valid:
        if code not in following:
            return None if valid else code
        code = following[code]
    return code


def former_of(code: str) -> tuple[tuple[str, str], ...]:
    """Codes and names that became a code of today, oldest change first; a code that survived under its name is left out."""
    found: dict[tuple[str, str], None] = {}
    following = [code]
    while following:
        current = following.pop()
        for one in nis_changes():
            if one.new_nis != current or (one.old_nis, one.old_name) in found:
                continue
            if one.old_nis != one.new_nis:
                following.append(one.old_nis)
            elif one.old_name == one.new_name:
                continue
            found[one.old_nis, one.old_name] = None
    return tuple(sorted(found, key=lambda one: one[0]))
