"""Local findings: an unknown answered, a measurement contested, a parcel excluded; hazards only disputed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geodata.errors import UsageError
from geodata.settings import Settings
from sites.suitability import assess, load_profile
from sites.suitability.findings import Finding, can_be_overridden, with_findings
from tests.suitability.tables import one_good

DAY = date(2026, 1, 1)
PROFILE = load_profile("flanders", "residential")
KEY = "99101A0001/00A000"


def finding(**told: Any) -> Finding:
    return Finding.model_validate(
        {"capakey": KEY, "kind": "contest", "reason": "seen there", "evidence": "report 12", "date": DAY,
         "role": "surveyor", **told}
    )  # fmt: skip


def result(found: Any) -> tuple[str, str]:
    return str(found.assessment.verdict[0]), found.applied[0].effect if found.applied else ""


def test_an_answer_fills_an_unknown_and_the_measurement_stays() -> None:
    unknown = assess(
        one_good(unknown={"soil": "not_loaded"}, covered={"soil": 0.0}, shares={"soil": {}}), PROFILE, as_of=DAY
    )
    assert unknown.verdict[0] == "unknown"
    found = with_findings(unknown, [finding(kind="answer", about="soil", state="pass")])
    assert result(found) == ("compatible", "entered") and found.applied[0].measured == "unknown"
    assert unknown.verdict[0] == "unknown"  # what was measured is as it was
    assert result(with_findings(unknown, [finding(about="soil", state="fail")])) == ("incompatible", "entered")


def test_a_wrong_measurement_of_the_ground_can_be_put_right() -> None:
    steep = assess(one_good(slope_deg=12.0), PROFILE, as_of=DAY)
    assert steep.verdict[0] == "incompatible"
    found = with_findings(steep, [finding(about="slope", state="conditional", value=3.0)])
    assert result(found) == ("compatible", "entered") and found.assessment.rank[0] == 1


@pytest.mark.parametrize(
    ("about", "changes"),
    [
        ("flood", {"shares": {"flood": {"D": 1.0}}}),
        ("seveso", {"shares": {"seveso": {"site": 1.0}}}),
        ("zoning", {"shares": {"zoning": {"nature": 1.0}}}),
        ("sewage_plant", {"distances": {"sewage_plant": (10.0, 10.0)}}),
        ("isolation", {"distances": {"address": (900.0, 900.0)}}),
    ],
)
def test_a_hazard_can_be_disputed_not_overridden(about: str, changes: dict[str, Any]) -> None:
    bad = assess(one_good(**changes), PROFILE, as_of=DAY)
    assert bad.verdict[0] == "incompatible"
    found = with_findings(bad, [finding(about=about, state="pass")])
    assert result(found) == ("incompatible", "disputed") and found.applied[0].measured == "fail"


def test_only_plain_measurements_of_the_ground_can_be_overridden() -> None:
    free = {one.id for one in PROFILE.constraints if can_be_overridden(one)}
    assert free == {"occupation", "usable_area", "slope", "road_access"}


def test_to_be_stricter_is_always_allowed_and_the_last_one_counts() -> None:
    good = assess(one_good(), PROFILE, as_of=DAY)
    assert result(with_findings(good, [finding(about="flood", state="fail")])) == ("incompatible", "entered")
    assert result(with_findings(good, [finding(about="flood", state="pass")])) == ("compatible", "agrees")
    twice = with_findings(good, [finding(about="slope", state="fail"), finding(about="slope", state="conditional")])
    assert twice.assessment.verdict[0] == "compatible"
    excluded = with_findings(good, [finding(kind="exclude")])
    assert result(excluded) == ("incompatible", "excluded") and excluded.assessment.rank[0] == 0


def test_the_later_finding_counts_whatever_it_says() -> None:
    steep = assess(one_good(slope_deg=12.0), PROFILE, as_of=DAY)
    back = with_findings(steep, [finding(about="slope", state="pass"), finding(about="slope", state="fail")])
    assert back.assessment.verdict[0] == "incompatible" and [one.effect for one in back.applied] == [
        "entered",
        "agrees",
    ]
    good = assess(one_good(), PROFILE, as_of=DAY)
    dry = with_findings(good, [finding(about="flood", state="fail"), finding(about="flood", state="pass")])
    assert dry.assessment.verdict[0] == "compatible"


@pytest.mark.parametrize("dwellings", [3.0, float("nan")])
def test_where_people_may_live_the_use_of_the_land_is_only_disputed(dwellings: float) -> None:
    lived_in = assess(one_good(dwellings=dwellings, built_share=0.5), PROFILE, as_of=DAY)
    found = with_findings(
        lived_in, [finding(about="occupation", state="pass"), finding(about="usable_area", state="pass")]
    )
    assert found.assessment.verdict[0] != "compatible" and found.applied[0].effect == "disputed"
    empty = assess(one_good(dwellings=0.0, built_share=0.5), PROFILE, as_of=DAY)
    assert result(with_findings(empty, [finding(about="occupation", state="pass")]))[1] == "entered"


def test_scores_never_change_and_strangers_are_told() -> None:
    good = assess(one_good(), PROFILE, as_of=DAY)
    other = finding(capakey="11002A0001/00A000", kind="exclude")
    found = with_findings(good, [other])
    assert found.elsewhere == (other,) and np.array_equal(found.assessment.score_low, good.score_low)
    with pytest.raises(UsageError, match="is no constraint"):
        with_findings(good, [finding(about="beauty", state="fail")])


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "exclude", "about": "soil"},
        {"about": "soil"},
        {"state": "pass"},
        {"about": "soil", "state": "derogation"},
    ],
)
def test_a_finding_that_says_too_little_or_too_much_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        finding(**told)


def test_commands(demo_settings: Settings, program: Callable[..., str], tmp_path: Path) -> None:
    listed = json.loads(program("candidates", "--demo", "-m", "99001", "--json", "--limit", "1"))
    key = listed["items"][0]["capakeys"][0]
    project = str(tmp_path / "p.yaml")
    words = [
        "--project",
        project,
        "--reason",
        "sold last year",
        "--evidence",
        "deed of sale",
        "--role",
        "municipal_planner",
    ]
    program("findings", "add", key, "exclude", *words)
    assert "lies ahead" in program("findings", "add", key, "exclude", *words, "--date", "2999-01-01", code=2)
    assert "no e-mail" in program("findings", "add", key, "exclude", *[*words[:-3], "a@b.be", *words[-2:]], code=2)
    shown = json.loads(program("findings", "list", "--project", project, "--json"))
    assert shown["count"] == 1 and shown["items"][0]["role"] == "municipal_planner"
    checked = json.loads(program("findings", "check", "--project", project, "--demo", "--json"))["items"][0]
    assert checked["effect"] == "excluded" and checked["before"] != "incompatible" == checked["after"]
    assert "uitgesloten" in program("findings", "check", "--project", project, "--demo", "--lang", "nl")
