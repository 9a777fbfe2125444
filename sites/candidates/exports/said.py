"""Verdict, conditions, unknowns and findings of a row, in the words of the explanation."""

from __future__ import annotations

from typing import Any

from sites.candidates.runs import Run
from sites.suitability import Assessment, Message, Translate, constraint_title, explain, layer_title
from sites.suitability.constraints import unknown_layers
from sites.suitability.findings import Applied
from sites.suitability.results import law_open
from sites.suitability.states import CONDITIONAL, DEROGATION

_VERDICTS = {
    "compatible": "compatible",
    "needs_derogation": "needs derogation",
    "incompatible": "incompatible",
    "unknown": "unknown",
}
_EFFECTS = {
    "entered": "entered: it counts, the measurement stays beside it",
    "disputed": "disputed: the measured state stays",
    "agrees": "the same as was measured",
    "excluded": "excluded by the municipality",
}


class Said:
    """Words of one run in one language; what many rows share is said once and kept."""

    def __init__(self, run: Run, translate: Translate) -> None:
        self.run, self.translate = run, translate
        self._conditions: dict[Any, str] = {}
        self._unknowns: dict[Any, str] = {}

    def verdict(self, found: str, so_far: str) -> str:
        """The verdict; of an unknown one also that on what is known."""
        word = Message(_VERDICTS[found])
        if found != "unknown":
            return self.translate.render(word)
        return self.translate.render(
            Message("{verdict}, {so_far} so far", {"verdict": word, "so_far": Message(_VERDICTS[so_far])})
        )

    def conditions(self, assessment: Assessment, at: int, zoned: bool) -> str:
        """What is owed, by whom, by which article and how long; titles alone where the zone may not be told.

        A step under a plan, and who could answer, name the zone they are asked in.
        """
        if not zoned:
            return "; ".join(self.translate.render(constraint_title(one)) for one in assessment.open_conditions(at))
        key = (
            bool(assessment.table.dwellings[at] > 0),
            tuple(
                (one.constraint.id, int(one.state[at]), str(one.why[at]))
                for one in assessment.constraints
                if one.state[at] in (CONDITIONAL, DEROGATION)
            ),
        )
        if not key[1]:
            return ""
        if key not in self._conditions:
            self._conditions[key] = "; ".join(map(_condition, self._explained(assessment, at)["conditions"]))
        return self._conditions[key]

    def unknowns(self, assessment: Assessment, at: int, zoned: bool) -> str:
        """What is not known, and who could answer; titles alone where the zone may not be told."""
        layers = unknown_layers(assessment.constraints, at, assessment.table)
        if not zoned:
            return "; ".join(self.translate.render(layer_title(one)) for one in layers)
        if not layers:
            return ""
        key = (
            *layers,
            *(str(one.why[at]) for one in assessment.constraints if law_open(one, at) is not None),
        )
        if key not in self._unknowns:
            told = self._explained(assessment, at)["unknown"]
            self._unknowns[key] = "; ".join(f"{one['title']} ({one['who']})" for one in told)
        return self._unknowns[key]

    def finding(self, one: Applied) -> str:
        """What was entered: about what, which state and figure, why, when, by which role, and what it does."""
        given = one.finding
        parts = [
            self.translate.render(constraint_title(given.about)) if given.about else None,
            self.translate.render(Message(given.state)) if given.state else None,
            f"{given.value:g}" if given.value is not None else None,
            f"{given.reason} ({given.evidence}, {given.date.isoformat()}, {given.role})",
            self.translate.render(Message(_EFFECTS[one.effect])),
        ]
        return " · ".join(part for part in parts if part)

    def _explained(self, assessment: Assessment, at: int) -> dict[str, Any]:
        return explain(assessment, at, translate=self.translate, run=self.run.id, data_date=self.run.data_date)


def _condition(one: dict[str, Any]) -> str:
    parts = [f"{one['what']} ({one['who_decides']})", one["article"], one["lead_time"]]
    return " · ".join(str(part) for part in parts if part)
