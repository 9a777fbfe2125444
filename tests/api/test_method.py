"""The method as the service tells it: the figures of the published sets, the order of the code, words in each language."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from babel.messages.pofile import read_po

from api.i18n import LOCALES, translator
from api.limits_view import KIND_TITLES, LIMIT_TITLES
from api.method_view import method_view
from sites.law import find_rule
from sites.suitability import Profile, profiles
from sites.suitability.kinds import Threshold
from sites.suitability.states import CODE, verdict

DAY = date(2026, 11, 26)


def notes(profile: Profile) -> set[str]:
    """Remarks of a set of criteria."""
    holders = [*profile.constraints, *profile.criteria, profile.pitch]
    found = [value for one in holders for _, value in one if isinstance(value, Threshold)]
    return {one.note for one in (*found, *profile.criteria) if one.note}


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_remark_and_limit_is_translated(language: str) -> None:
    with (LOCALES / f"{language}.po").open("rb") as stream:
        told = {str(one.id) for one in read_po(stream) if one.id and one.string}
    wanted = {*LIMIT_TITLES.values(), *KIND_TITLES.values()}.union(*(notes(one) for one in profiles()))
    assert len(wanted) > 60
    assert wanted - told == set()


def test_the_figures_are_those_of_the_set() -> None:
    for profile in profiles():
        told = method_view(profile, DAY, translator("en"))
        assert [one["id"] for one in told["constraints"]] == [one.id for one in profile.constraints]
        assert sum(one["share"] for one in told["criteria"]) == pytest.approx(1, abs=0.002)
        for given, one in zip(told["constraints"], profile.constraints, strict=True):
            limits = {name: value.value for name, value in one if isinstance(value, Threshold)}
            assert {limit["field"]: limit["value"] for limit in given["limits"]} == limits, one.id
        for given, criterion in zip(told["criteria"], profile.criteria, strict=True):
            assert given["weight"] == criterion.weight
            assert [tuple(point) for point in given["points"]] == criterion.points
            assert [one["value"] for one in given["values"]] == list(criterion.values.values())


def test_a_stricter_answer_beats_a_milder_one() -> None:
    """The order that is told is the order in which the verdict of a place is found."""
    told = method_view(profiles()[0], DAY, translator("en"))["states"]
    assert {one["state"] for one in told} == set(CODE)
    for at, strict in enumerate(told):
        for mild in told[at:]:
            states = [np.array([CODE[one["state"]]], dtype=np.int8) for one in (mild, strict)]
            assert verdict(states)[0] == strict["verdict"], (strict, mild)


def test_every_rule_that_is_cited_exists() -> None:
    for profile in profiles():
        told = method_view(profile, DAY, translator("fr"))
        cited = [one["rule"] for one in told["constraints"]]
        cited += [limit["citation"] for one in told["constraints"] for limit in one["limits"]]
        cited += [one["citation"] for one in told["criteria"]]
        for one in cited:
            assert one is None or one["url"] or one["rule"]
            if one and one["rule"]:
                assert find_rule(one["rule"], DAY) is not None and one["title"], (profile.id, one)
