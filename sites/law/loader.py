"""Loads rule packs: reads YAML, checks it, and refuses what is not dated, cited, graded and worked out.

Contract: IO only on the pack's own files. `rules()` is the pack in use, read once: the one shipped with the program
unless `use_pack` named another. Everything that is refused raises `RuleError` with file and rule; a refused pack is
not loaded in part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import yaml
from pydantic import Field, ValidationError, model_validator

from geodata.errors import RuleError
from sites.law.checks import Placed, check_pack
from sites.law.kinds import RULE_FILE
from sites.law.model import LAW_REGIONS, LawModel, LawRegion, Rule, Text

PACK_FILE = "pack.yaml"
#: Folders of a pack, in the order they are read.
ROOMS = ("definitions", "norms", "regimes", "scenarios", "zoning")
#: Sentences a pack must bring for what it does not answer.
REASONS = ("no_rule_on_date", "no_rule_for_class")

_P = ParamSpec("_P")
_T = TypeVar("_T")
_in_use: Path | None = None
_clearing: list[Callable[[], None]] = []


def on_pack_change(clear: Callable[[], None]) -> None:
    """Register what must be forgotten when another pack comes into use."""
    _clearing.append(clear)


def per_pack(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """A cache of what follows from the rules: emptied when another pack comes into use."""
    kept = cache(function)
    on_pack_change(kept.cache_clear)
    return cast(Callable[_P, _T], kept)


def use_pack(folder: Path | None) -> None:
    """Read the rules of another pack from now on, in this process; None = the one shipped with the program.

    The folder is read at the first question, not here: what is wrong with it is told then.
    """
    global _in_use
    if folder != _in_use:
        _in_use = folder
        for clear in _clearing:
            clear()


class Pack(LawModel):
    """What a pack says about itself: version, and who can answer where it is silent."""

    version: str = Field(pattern=r"^\d{4}\.\d{2}\.\d+$", description="Year, month, number: 2026.11.1")
    licence: str
    who_could_answer: dict[LawRegion, Text]
    reasons: dict[str, Text]

    @model_validator(mode="after")
    def _complete(self) -> Pack:
        silent: list[str] = [region for region in LAW_REGIONS if region not in self.who_could_answer]
        silent += [name for name in REASONS if name not in self.reasons]
        if silent:
            raise ValueError(f"nothing is said for {', '.join(silent)}")
        return self


@dataclass(frozen=True)
class LoadedPack:
    """A whole pack, checked.

    Attributes
    ----------
    about : what it says about itself.
    rules : rules for public answers.
    drafts : rules of `scenarios/`, for `law try` only.
    version : version with the fingerprint of its content, e.g. "2026.11.1+3f9a01c2d4e5".
    """

    about: Pack
    rules: tuple[Rule, ...]
    drafts: tuple[Rule, ...]
    version: str


class _UniqueKeyLoader(yaml.SafeLoader):
    """Plain YAML, but a key that stands twice in one mapping is an error instead of a silent loss."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"key {key!r} stands twice", problem_mark=key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(text: str, name: str) -> Any:
    """Parse YAML text, refusing doubled keys.

    Raises
    ------
    RuleError
        When the text is no YAML or a key stands twice; names the line.
    """
    try:
        return yaml.load(text, _UniqueKeyLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not readable as YAML"
        raise RuleError(f"{name}{where}: {problem}.", "Correct the file; nothing of it was loaded.") from error


def load_rules(folder: Path | Traversable | None = None, *, scenarios: bool = False) -> tuple[Rule, ...]:
    """All rules of a pack, checked.

    Parameters
    ----------
    folder : folder of the pack; None = the pack in use.
    scenarios : with the drafts of `scenarios/` (never for public answers).

    Returns
    -------
    The rules in the order of their files.

    Raises
    ------
    RuleError
        When a file or rule is refused: no source or grade, a doubled key, an unknown key or class, two
        answers for the same day, an example that fails. Names the file and the rule.
    """
    placed: list[Placed] = []
    for name, text in _rule_files(folder or _room()):
        if scenarios or not name.startswith("scenarios/"):
            placed += [(name, rule) for rule in parse_rules(text, name)]
    if not placed:
        raise RuleError("The rule pack is empty.", "Point to the folder that holds zoning/ and norms/.")
    check_pack(placed)
    return tuple(rule for _, rule in placed)


def parse_rules(text: str, name: str) -> list[Rule]:
    """Rules of one file, checked one by one but not against each other.

    Raises
    ------
    RuleError
        When the file or one of its rules does not fit the format.
    """
    raw = read_yaml(text, name)
    try:
        return list(RULE_FILE.validate_python(raw).rules)
    except ValidationError as error:
        first = error.errors()[0]
        place = [part for part in first["loc"] if part != "rules"]
        rule_id = _rule_id(raw, place[0]) if place and isinstance(place[0], int) else None
        field = ".".join(str(part) for part in place[2:])
        where = f"{name}, rule {rule_id}" if rule_id else name
        message = f"{where}: {field + ': ' if field else ''}{first['msg'].removeprefix('Value error, ')}."
        raise RuleError(message, "A rule needs dates, sources, a grade and two examples.") from error


def _rule_id(raw: Any, index: int) -> str:
    try:
        return str(raw["rules"][index]["id"])
    except (KeyError, IndexError, TypeError):
        return f"number {index + 1}"


def _room() -> Path | Traversable:
    return _in_use or files("sites.law")


def _rule_files(folder: Path | Traversable) -> Iterator[tuple[str, str]]:
    """Name (relative, with /) and text of every rule file, in a fixed order."""
    for part in ROOMS:
        room = folder.joinpath(part)
        if room.is_dir():
            for file in sorted(room.iterdir(), key=lambda one: one.name):
                if file.name.endswith(".yaml"):
                    yield f"{part}/{file.name}", file.read_text(encoding="utf-8")


@per_pack
def rules() -> tuple[Rule, ...]:
    """Rules of the pack in use, without drafts."""
    return load_rules()


@per_pack
def pack() -> Pack:
    """What the pack in use says about itself."""
    return _about(_room())


@per_pack
def pack_version() -> str:
    """Version of the pack in use with a fingerprint of its content, e.g. "2026.11.1+3f9a01c2d4e5"."""
    return _version(_room(), pack())


def load_pack(folder: Path | None = None) -> LoadedPack:
    """A whole pack with its drafts; None = the one shipped with the program, whatever pack is in use.

    Raises
    ------
    RuleError
        As `load_rules`, and when the pack says too little about itself.
    """
    room: Path | Traversable = folder or files("sites.law")
    about = _about(room)
    whole = load_rules(room, scenarios=True)
    return LoadedPack(
        about=about,
        rules=tuple(rule for rule in whole if rule.status != "scenario"),
        drafts=tuple(rule for rule in whole if rule.status == "scenario"),
        version=_version(room, about),
    )


def _about(room: Path | Traversable) -> Pack:
    try:
        return Pack.model_validate(read_yaml(room.joinpath(PACK_FILE).read_text(encoding="utf-8"), PACK_FILE))
    except FileNotFoundError:
        raise RuleError(
            f"There is no {PACK_FILE} in the rule pack.", "Go back to the one before: standplaats law undo."
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise RuleError(f"{PACK_FILE}: {field + ': ' if field else ''}{said}.", "Correct the file.") from error


def _version(room: Path | Traversable, about: Pack) -> str:
    digest = hashlib.sha256(room.joinpath(PACK_FILE).read_bytes())
    for name, text in _rule_files(room):
        digest.update(name.encode() + b"\0" + text.encode() + b"\0")
    return f"{about.version}+{digest.hexdigest()[:12]}"
