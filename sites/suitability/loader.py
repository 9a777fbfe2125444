"""Load published profiles: shared parts by name, resolved into one whole that is stored with every result."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import ValidationError

from geodata.errors import RuleError, UsageError
from sites.suitability.model import Profile

REGIONS = ("flanders", "wallonia", "brussels")
SITE_TYPES = ("residential", "transit", "family", "temporary", "gathering")


def load_profile(region: str, site_type: str) -> Profile:
    """The published profile of a region and site type.

    Raises
    ------
    UsageError
        When there is none.
    RuleError
        When the file is refused; names file and field.
    """
    if region not in REGIONS or site_type not in SITE_TYPES:
        raise UsageError(
            f"There is no set of criteria for {site_type} in {region}.",
            f"Site types: {', '.join(SITE_TYPES)}; regions: {', '.join(REGIONS)}.",
        )
    return _load(f"{region}_{site_type}.yaml")


@cache
def _load(name: str) -> Profile:
    return resolve(_read(name), _read("common.yaml"), name)


def profiles() -> list[Profile]:
    """All published profiles."""
    return [load_profile(region, site_type) for region in REGIONS for site_type in SITE_TYPES]


def resolve(raw: dict[str, Any], common: dict[str, Any], name: str) -> Profile:
    """A profile with its `use: part` entries replaced by the shared parts, their keys overridden by its own.

    Raises
    ------
    RuleError
        When a part does not exist or the whole is refused.
    """
    whole = dict(raw)
    for section in ("constraints", "criteria"):
        whole[section] = [_part(entry, common[section], name) for entry in raw.get(section, [])]
    try:
        return Profile.model_validate(whole)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise RuleError(f"{name}, {where}: {first['msg']}.", "Correct the file; nothing was changed.") from None


def _part(entry: dict[str, Any], shared: dict[str, Any], name: str) -> dict[str, Any]:
    if "use" not in entry:
        return entry
    if entry["use"] not in shared:
        raise RuleError(f"{name}: there is no shared part {entry['use']}.")
    own = {key: value for key, value in entry.items() if key != "use"}
    return {"id": entry["use"], **shared[entry["use"]], **own}


def _read(name: str) -> dict[str, Any]:
    text = (resources.files("sites.suitability") / "profiles" / name).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=_Loader)
    return found


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: the later one would win in silence."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise RuleError(f"The key {key} stands twice in a set of criteria (line {node.start_mark.line + 1}).")
    return dict(loader.construct_pairs(node, deep=True))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
