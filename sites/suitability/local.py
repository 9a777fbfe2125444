"""A set of criteria of a municipality: a published one with changes, with who, why and when.

Pure. It may weigh criteria anew and tighten; it never loosens or removes a constraint, hazards, isolation, occupation,
inhabited HP sites and nuisances first of all, and no value function of it rewards distance from dwellings or services,
or from a nuisance beyond the published buffer. `spread`, the distance from existing sites, is off unless asked for, and
land that extends an existing site is never worse for it.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from geodata.errors import RuleError
from sites.law.model import State
from sites.roles import Plain, Role
from sites.suitability.basis import LAYERS_OF
from sites.suitability.kinds import Constraint, Strict, Threshold
from sites.suitability.model import Criterion, Profile, within_buffer
from sites.suitability.stricter import milder_field
from sites.suitability.titles import CONSTRAINTS, CRITERIA

_REMEDY = "A municipality may be stricter than the published set, never milder. Nothing was stored."
_UNITS: dict[str, Literal["m", "m2", "share", "degrees"]] = {"distance": "m", "slope": "degrees", "share": "share"}


class Weight(Strict):
    """Another weight for a criterion."""

    kind: Literal["weight"]
    criterion: str
    weight: float = Field(gt=0)


class Function(Strict):
    """Another value function for a criterion."""

    kind: Literal["function"]
    criterion: str
    points: list[tuple[float, float]] = Field(min_length=2)


class Limit(Strict):
    """A stricter threshold of a constraint."""

    kind: Literal["threshold"]
    constraint: str
    field: str
    value: float


class Class(Strict):
    """A stricter state of a class of a constraint."""

    kind: Literal["class"]
    constraint: str
    name: str
    state: State


class AddConstraint(Strict):
    """A constraint that the published set does not have."""

    kind: Literal["add_constraint"]
    constraint: Constraint


class AddCriterion(Strict):
    """A criterion that the published set does not have."""

    kind: Literal["add_criterion"]
    criterion: Criterion


class Drop(Strict):
    """A criterion that shall not count; a constraint cannot be dropped."""

    kind: Literal["drop"]
    id: str


class Spread(Strict):
    """Distance from existing sites, up to a full value at so many metres."""

    kind: Literal["spread"]
    full_m: float = Field(gt=0, le=20_000)
    weight: float = Field(gt=0)


Change = Annotated[
    Weight | Function | Limit | Class | AddConstraint | AddCriterion | Drop | Spread, Field(discriminator="kind")
]


class LocalProfile(Strict):
    """Changes of a municipality, or of several together, to a published set."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    base: str
    base_version: str
    nis: Annotated[list[Annotated[str, Field(pattern=r"^\d{5}$")]], Field(min_length=1)]
    who: Role
    why: Plain
    date: datetime.date
    changes: list[Change] = Field(min_length=1)


def local_profile(told: object, where: str = "the set of criteria") -> LocalProfile:
    """A local set from plain data.

    Raises
    ------
    RuleError
        When it breaks the format; names the field.
    """
    try:
        return LocalProfile.model_validate(told)
    except ValidationError as error:
        raise _refused(error, where) from None


def resolve_local(base: Profile, local: LocalProfile, version: int = 1) -> Profile:
    """The whole set of criteria that results.

    Parameters
    ----------
    base : the published set it names.
    version : number of this version of the local set.

    Raises
    ------
    RuleError
        When it names another base, changes what is not there, or would be milder anywhere; names field and remedy.
    """
    if (base.id, base.version) != (local.base, local.base_version):
        raise RuleError(
            f"{local.id}: it was made from {local.base} {local.base_version}, but what is published is "
            f"{base.id} {base.version}.",
            "Look at what changed, then add it again with the version that is published.",
        )
    if base.base is not None or local.id == base.id:
        raise RuleError(f"{local.id}: a local set is made from a published one and has a name of its own.", _REMEDY)
    told: dict[str, Any] = base.model_dump()
    told |= {"id": local.id, "version": str(version), "published": local.date, "base": f"{base.id} {base.version}"}
    told["title"] = {language: f"{title} ({', '.join(local.nis)})" for language, title in base.title.items()}
    for at, change in enumerate(local.changes, start=1):
        _apply(change, told, local, f"{local.id}, change {at}")
    try:
        made = Profile.model_validate(told)
    except ValidationError as error:
        raise _refused(error, local.id) from None
    check_stricter(base, made)
    return made


def check_stricter(base: Profile, made: Profile) -> None:
    """Refuse a set that is milder than its base in any constraint, or drives sites away.

    Raises
    ------
    RuleError
        Names the constraint or criterion, the field and what may be done.
    """
    after = {one.id: one for one in made.constraints}
    for one in base.constraints:
        if one.id not in after:
            raise RuleError(f"{made.id}: the constraint {one.id} is missing.", f"Leave it in. {_REMEDY}")
        field = milder_field(one, after[one.id])
        if field is not None:
            raise RuleError(
                f"{made.id}: {one.id}, {field}: milder than in {base.id} {base.version}.",
                f"Take the published value or a stricter one. {_REMEDY}",
            )
    for criterion in made.criteria:
        try:
            within_buffer(criterion, base.constraints)
        except ValueError as error:
            raise RuleError(
                f"{made.id}: {error}.", f"Let the function end at the published buffer. {_REMEDY}"
            ) from None
        unknown = [one for one in criterion.measured if one not in LAYERS_OF]
        if unknown:
            raise RuleError(
                f"{made.id}: {criterion.id}: nothing measures {unknown[0]}.", f"Use: {', '.join(LAYERS_OF)}."
            )
    for names, known in ((after, CONSTRAINTS), ({one.id: one for one in made.criteria}, CRITERIA)):
        unnamed = next((name for name in names if name not in known), None)
        if unnamed is not None:
            raise RuleError(f"{made.id}: there is no title for {unnamed}.", f"Use one of: {', '.join(known)}.")


def differences(base: Profile, made: Profile) -> list[dict[str, Any]]:
    """What differs between two sets: place, before and after, in the order of the sets; None = not there."""
    found: list[dict[str, Any]] = []
    for section in ("constraints", "criteria"):
        before, after = (
            {one.id: one.model_dump(mode="json") for one in getattr(which, section)} for which in (base, made)
        )
        for name in dict.fromkeys((*before, *after)):
            _compare(f"{section}.{name}", before.get(name), after.get(name), found)
    return found


def _compare(place: str, before: Any, after: Any, found: list[dict[str, Any]]) -> None:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        if "value" in before and "unit" in before:  # a threshold: its figure says it all
            _compare(place, before["value"], after.get("value"), found)
            return
        for name in dict.fromkeys((*before, *after)):
            _compare(f"{place}.{name}", before.get(name), after.get(name), found)
        return
    found.append({"place": place, "before": before, "after": after})


def _apply(change: Change, told: dict[str, Any], local: LocalProfile, where: str) -> None:
    if isinstance(change, Weight | Function):
        entry = _named(told["criteria"], change.criterion, where)
        if isinstance(change, Weight):
            entry["weight"] = change.weight
        else:
            entry |= {
                "points": change.points,
                "kind": "our_choice",
                "source": None,
                "date": local.date,
                "note": local.why,
            }
    elif isinstance(change, Limit):
        _limit(change, _named(told["constraints"], change.constraint, where), local, where)
    elif isinstance(change, Class):
        entry = _named(told["constraints"], change.constraint, where)
        if entry["kind"] not in ("share", "owner"):
            raise RuleError(f"{where}: {change.constraint} has no classes.", "Change one of its thresholds.")
        entry["classes"] = {**entry["classes"], change.name: change.state}
    elif isinstance(change, AddConstraint):
        told["constraints"].append(change.constraint.model_dump())
    elif isinstance(change, AddCriterion):
        told["criteria"].append(change.criterion.model_dump())
    elif isinstance(change, Drop):
        _drop(change, told, where)
    else:
        told["criteria"].append(
            {
                "id": "spread",
                "measures": ["spread:site"],
                "unit": "m",
                "points": [(0.0, 0.0), (change.full_m, 1.0)],
                "weight": change.weight,
                "kind": "our_choice",
                "date": local.date,
                "note": local.why,
            }
        )


def _drop(change: Drop, told: dict[str, Any], where: str) -> None:
    if any(one["id"] == change.id for one in told["constraints"]):
        raise RuleError(f"{where}: the constraint {change.id} cannot be dropped.", f"Leave it in. {_REMEDY}")
    gone = _named(told["criteria"], change.id, where)
    told["criteria"] = [one for one in told["criteria"] if one is not gone]


def _limit(change: Limit, entry: dict[str, Any], local: LocalProfile, where: str) -> None:
    before = entry.get(change.field)
    if change.field not in entry or not (before is None or (isinstance(before, dict) and "unit" in before)):
        names = [name for name, one in entry.items() if isinstance(one, dict) and "unit" in one]
        raise RuleError(f"{where}: {change.constraint} has no threshold {change.field}.", f"Use: {', '.join(names)}.")
    unit = before["unit"] if before else "m2" if change.field == "tolerance_area" else _UNITS.get(entry["kind"], "m")
    entry[change.field] = Threshold(
        value=change.value, unit=unit, kind="our_choice", source=None, date=local.date, note=local.why
    ).model_dump()


def _named(entries: list[dict[str, Any]], name: str, where: str) -> dict[str, Any]:
    for one in entries:
        if one["id"] == name:
            return one
    known = ", ".join(str(one["id"]) for one in entries)
    raise RuleError(f"{where}: the published set has no {name}.", f"Use one of: {known}.")


def _refused(error: ValidationError, where: str) -> RuleError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "the whole"
    return RuleError(f"{where}, {place}: {first['msg']}.", _REMEDY)


__all__ = ["Change", "LocalProfile", "check_stricter", "differences", "local_profile", "resolve_local"]
