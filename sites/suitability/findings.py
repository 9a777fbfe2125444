"""Local findings: what somebody on the ground knows better than the maps, applied beside the measurement, never over it.

Contract: pure. A finding answers an unknown, contests a measurement, or excludes a parcel, with reason, evidence, date and
role. What was measured stays and is shown beside what was entered. A hazard, a safeguard, the plan and inhabited land can be
disputed, not overridden: the state stays, the dispute is told. Findings are named by CAPAKEY, so they outlive measurements.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from geodata.errors import UsageError
from sites.roles import Plain, Role, not_ahead
from sites.suitability.constraints import ConstraintResult
from sites.suitability.model import Constraint, Distance, Occupation, Slope, UsableArea
from sites.suitability.score import Assessment, ranks
from sites.suitability.states import CODE, INCOMPATIBLE, UNKNOWN, so_far, verdict

#: Distances to what a site needs: a wrong measurement of them can be put right. All others are hazards.
_NEEDED = ("road",)

Kind = Literal["answer", "contest", "exclude"]


class Finding(BaseModel):
    """One finding about one parcel.

    `about`: id of the constraint; None when the parcel is excluded. `state`: what holds instead; None when excluded.
    `value`: the figure found on the ground, in the unit of the constraint, where there is one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    capakey: Annotated[str, Field(pattern=r"^\d{5}[A-Z]\d{4}/\d{2}[A-Z_]\d{3}$")]
    kind: Kind
    about: str | None = None
    state: Literal["pass", "conditional", "fail"] | None = None
    value: float | None = Field(default=None, allow_inf_nan=False)
    reason: Plain
    evidence: Plain
    date: datetime.date
    role: Role

    @field_validator("date")
    @classmethod
    def _is_past(cls, day: datetime.date) -> datetime.date:
        return not_ahead(day)

    @model_validator(mode="after")
    def _complete(self) -> Finding:
        if self.kind == "exclude" and (self.about or self.state or self.value is not None):
            raise ValueError("an excluded parcel has a reason and nothing else")
        if self.kind != "exclude" and not (self.about and self.state):
            raise ValueError("say what it is about and which state holds")
        return self


@dataclass(frozen=True)
class Applied:
    """What a finding did.

    Attributes
    ----------
    index : row of the parcel in the assessment.
    measured : state by measurement, None when excluded.
    effect : entered (it counts), disputed (the measured state stays), agrees (it says what was measured), excluded.
    """

    finding: Finding
    index: int
    measured: str | None
    effect: Literal["entered", "disputed", "agrees", "excluded"]


@dataclass(frozen=True)
class Found:
    """An assessment with its findings.

    Attributes
    ----------
    assessment : verdicts and ranks with what was entered.
    applied : what each finding did, in the order given.
    elsewhere : findings about parcels that are not in the assessment.
    """

    assessment: Assessment
    applied: tuple[Applied, ...]
    elsewhere: tuple[Finding, ...]

    def of(self, index: int) -> list[Applied]:
        """What was entered about one parcel."""
        return [one for one in self.applied if one.index == index]


def can_be_overridden(constraint: Constraint) -> bool:
    """Is it a plain measurement of the ground? Hazards, safeguards, the plan and inhabited land are none."""
    if isinstance(constraint, Distance):
        return constraint.to in _NEEDED
    return isinstance(constraint, Occupation | UsableArea | Slope)


def with_findings(assessment: Assessment, findings: Iterable[Finding]) -> Found:
    """Apply findings; where two are about the same, the later one counts.

    Raises
    ------
    UsageError
        When a finding is about a constraint that the profile does not have.
    """
    given = list(findings)
    row = {str(key): at for at, key in enumerate(assessment.table.capakey)}
    results = {one.constraint.id: one for one in assessment.constraints}
    for one in given:
        if one.about is not None and one.about not in results:
            raise UsageError(f"{one.about} is no constraint of {assessment.profile.id}.", f"Use: {', '.join(results)}.")
    states = {name: result.state.copy() for name, result in results.items()}
    excluded = np.zeros(len(assessment), dtype=bool)
    applied: list[Applied] = []
    for one in given:
        at = row.get(one.capakey)
        if at is None:
            continue
        if one.about is None:
            excluded[at] = True
            applied.append(Applied(one, at, None, "excluded"))
            continue
        effect, measured = _effect(one, results[one.about], at, inhabited=not assessment.table.dwellings[at] <= 0)
        entered = CODE[one.state or "fail"]
        states[one.about][at] = entered if effect == "entered" else results[one.about].state[at]
        applied.append(Applied(one, at, measured, effect))
    elsewhere = tuple(one for one in given if one.capakey not in row)
    return Found(_again(assessment, results, states, excluded), tuple(applied), elsewhere)


def _effect(
    finding: Finding, result: ConstraintResult, at: int, *, inhabited: bool
) -> tuple[Literal["entered", "disputed", "agrees"], str]:
    code = int(result.state[at])
    measured = next(name for name, one in CODE.items() if one == code)
    if code == CODE[finding.state or "fail"]:
        return "agrees", measured
    if code == UNKNOWN:
        return "entered", measured
    # To be stricter than the map is always allowed: a marsh that no map shows.
    stricter = CODE[finding.state or "fail"] > code
    if isinstance(result.constraint, Occupation) and inhabited:  # or nobody knows: people may live there
        return ("entered" if stricter else "disputed"), measured
    return ("entered" if stricter or can_be_overridden(result.constraint) else "disputed"), measured


def _again(
    assessment: Assessment,
    results: dict[str, ConstraintResult],
    states: dict[str, np.ndarray],
    excluded: np.ndarray,
) -> Assessment:
    """Verdicts and ranks anew from the states that hold now."""
    constraints = [replace(one, state=states[name]) for name, one in results.items()]
    every: Sequence[np.ndarray] = [one.state for one in constraints]
    found, known = verdict(list(every)), so_far(list(every))
    found[excluded] = INCOMPATIBLE
    known[excluded] = INCOMPATIBLE
    rank, low, high = ranks(found, known, assessment.score_low, assessment.score_high, assessment.table.capakey)
    return replace(
        assessment, constraints=constraints, verdict=found, so_far=known, rank=rank, rank_low=low, rank_high=high
    )
