"""What each regime is to a file on a day: open, kept, closed, or one that only informs; and on which the answer rests.

Contract: pure functions of the rule, the project and the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sites.law.subsidies.project import Project
from sites.law.subsidies.rule import SHOWN_ONLY, SubsidyRule

Status = Literal[
    "open", "carried_on", "closed", "not_yet", "stopped", "excluded", "none_found", "no_order", "other_law", "shown"
]
#: Statuses of regimes that neither give nor refuse an amount.
SILENT: tuple[Status, ...] = ("none_found", "no_order", "other_law")


@dataclass(frozen=True)
class RegimeState:
    """One regime of the region and what it is to this file on that day."""

    rule: SubsidyRule
    status: Status


def concerns(rule: SubsidyRule, project: Project) -> bool:
    """Is the regime about this type of site, and about the case that is asked for?

    Without a case those bound to one are about the project too: which case it is, is then a condition not known.
    """
    values = rule.values
    if project.site_type not in values.site_types:
        return False
    return project.case is None or project.case in values.cases


def status_of(rule: SubsidyRule, project: Project, as_of: date) -> Status:
    """What a regime is to a file on a day."""
    values = rule.values
    if values.availability in SHOWN_ONLY:
        return "shown"
    if rule.valid_from is not None and as_of < rule.valid_from:
        return "not_yet"
    if not rule.in_force(as_of):
        return "carried_on" if rule.carries_on(project.dates, as_of) else "closed"
    if values.availability == "excluded":
        mine = values.beneficiaries is None or project.initiator in values.beneficiaries
        return "excluded" if mine else "shown"
    if values.availability == "stopped":
        return "stopped"
    if values.availability == "no_order" and project.case is None and project.initiator != "household":
        return "shown"  # an aid to households says nothing about the file of a public body
    if values.availability in ("none_found", "no_order", "other_law"):
        return values.availability
    return "open"


def deciding(states: Sequence[RegimeState], project: Project, as_of: date) -> list[RegimeState]:
    """Regimes on which the answer rests: kept ones first, then open ones, then those that close or refuse."""
    kept = _first_kept([one for one in states if one.status == "carried_on"])
    opened = [one for one in states if one.status == "open"]
    ending = [one for one in states if one.status in ("stopped", "excluded", *SILENT)]
    if kept:
        # A file keeps its own regime: what replaced it says nothing about this file.
        opened = [one for one in opened if one.rule.values.availability != "standing" or one.rule.values.flat]
    found = [*kept, *opened, *ending]
    if found:
        return found
    past = [one for one in states if one.status == "closed" and (project.case is not None or not one.rule.values.cases)]
    has_basis = any(one.rule.values.availability == "enabling" and one.rule.in_force(as_of) for one in states)
    # An ended scheme refuses only where no later text may still allow aid, or where that very article was asked for.
    return past[-1:] if past and (project.case is not None or not has_basis) else []


def _first_kept(kept: Sequence[RegimeState]) -> list[RegimeState]:
    """A file that was approved in principle under one regime and finally under the next keeps the first."""
    first: dict[tuple[str, ...], RegimeState] = {}
    for one in sorted(kept, key=lambda state: state.rule.valid_from or date.min):
        carry_on = one.rule.values.carry_on
        first.setdefault(tuple(carry_on.by) if carry_on is not None else (one.rule.id,), one)
    return list(first.values())


def is_silent(found: Sequence[RegimeState]) -> bool:
    """Does nothing that decides know an amount or a refusal?"""
    return all(one.status in SILENT for one in found)


def successor(rule: SubsidyRule, among: Sequence[SubsidyRule]) -> SubsidyRule | None:
    """The regime that came after an ended one, where the rule names it."""
    return next((one for one in among if one.id == rule.values.successor), None)
