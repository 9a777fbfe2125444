"""What is published: the sets of criteria and the zoning rules, straight from their YAML files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SITES = Path(__file__).resolve().parents[2] / "sites"


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def criteria_set(name: str) -> dict[str, Any]:
    """A set of criteria by its id; a part that is named by `use` is the shared one, with its own keys on top."""
    folder = SITES / "suitability" / "profiles"
    shared = _yaml(folder / "common.yaml")
    whole = _yaml(folder / f"{name.replace('-', '_', 1)}.yaml")
    for section in ("constraints", "criteria"):
        entries = []
        for entry in whole[section]:
            part = {"id": entry["use"], **shared[section][entry["use"]]} if "use" in entry else {}
            merged = {**part, **entry}
            merged.setdefault("id", {"owner": "public_land"}.get(merged.get("kind"), merged.get("kind")))
            entries.append(merged)
        whole[section] = entries
    return whole


@dataclass(frozen=True)
class Meaning:
    """What the law of a day says of a zone: state, rule and the steps that are owed."""

    state: str
    rule: str | None
    owed: tuple[dict[str, Any], ...]


@cache
def _zoning_rules() -> tuple[dict[str, Any], ...]:
    found: list[dict[str, Any]] = []
    for path in sorted((SITES / "law" / "zoning").glob("*.yaml")):
        found += [one for one in _yaml(path)["rules"] if one["kind"] == "zoning"]
    return tuple(found)


@cache
def meaning(region: str, zoning_class: str, site_type: str, as_of: date) -> Meaning:
    """The rule of the region whose classes name the zone and whose days include this one; unknown without one.

    An outcome of a rule may start later than the rule; before that day it is unknown.
    """
    for rule in _zoning_rules():
        values = rule["values"]
        if rule["region"] != region or zoning_class not in values["zoning_classes"]:
            continue
        if as_of < rule["valid_from"] or (rule["valid_to"] is not None and as_of > rule["valid_to"]):
            continue
        first = values.get("outcome_valid_from", {}).get(site_type)
        if first is not None and as_of < first:
            return Meaning("unknown", rule["id"], ())
        state = values["outcomes"][site_type]
        owed = tuple(
            one
            for one in rule.get("conditions", [])
            if state in ("conditional", "derogation")
            and (not one.get("site_types") or site_type in one["site_types"])
            and (one.get("valid_from") is None or one["valid_from"] <= as_of)
        )
        return Meaning(state, rule["id"], owed)
    return Meaning("unknown", None, ())


def zoning_classes(region: str) -> set[str]:
    """Every class that a zoning rule of a region names."""
    return {name for rule in _zoning_rules() if rule["region"] == region for name in rule["values"]["zoning_classes"]}
