"""The loader refuses a subsidy regime that names what does not exist, contradicts itself or answers its example wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata.errors import RuleError
from sites.law import load_rules

REGIME = """\
rules:
  - id: flanders.subsidy.test
    kind: subsidy
    title: {nl: a, fr: b, de: c, en: d}
    region: flanders
    act: an act
    numac: null
    articles: []
    published: null
    valid_from: 2000-01-01
    valid_to: 2010-12-31
    checked_on: 2026-11-23
    grade: A
    status: in_force
    sources:
      - {url: "https://example.org/act", supports: all of it, grade: A}
    values:
      regime: TEST-1
      availability: standing
      site_types: [residential]
      beneficiaries: [municipality]
      rates: {layout: 0.5}
      caps: [{kind: per_project, cost_types: [layout], amount: 1000}]
      say: {nl: a, fr: b, de: c, en: d}
    examples:
      - {as_of: 2005-01-01, given: {cost_type: layout, amount: 100}, expect: {rate: 0.5, high: "50.00"}}
      - {as_of: 2005-01-01, given: {cost_type: layout, amount: 9000}, expect: {high: "1000.00"}}
"""


def regime(folder: Path, *texts: str) -> Path:
    for number, text in enumerate(texts):
        (folder / "regimes").mkdir(exist_ok=True)
        (folder / "regimes" / f"file{number}.yaml").write_text(text, encoding="utf-8")
    return folder


def swapped(old: str, new: str) -> str:
    assert old in REGIME
    return REGIME.replace(old, new, 1)


def test_the_good_regime_loads(tmp_path: Path) -> None:
    assert [one.id for one in load_rules(regime(tmp_path, REGIME))] == ["flanders.subsidy.test"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rates: {layout: 0.5}", "rates: {castle: 0.5}", "castle"),
        ("cost_types: [layout]", "cost_types: [castle]", "cost_types"),
        ("cost_types: [layout]", "cost_types: [renovation]", "does not cover"),
        ("cost_type: layout, amount: 100}", "cost_type: castle, amount: 100}", "'castle' is no cost type"),
        ('high: "50.00"', 'high: "60.00"', "example 1 expects high"),
        ('{high: "1000.00"}', '{high: "4500.00"}', "example 2 expects high"),
        ("rates: {layout: 0.5}", "rates: {layout: 1.5}", "rates"),
        ("rates: {layout: 0.5}", "rates: {layout: 0.5, layout: 0.6}", "stands twice"),
        ("beneficiaries: [municipality]", "beneficiaries: [king]", "beneficiaries"),
        ("      - {url: \"https://example.org/act\", supports: all of it, grade: A}\n", "      []\n", "sources"),
        ("    grade: A\n", "", "grade"),
        (", grade: A}", "}", "no grade of its own"),
        ("      say: {nl: a, fr: b, de: c, en: d}", "      say: {nl: a, fr: b, en: d}", "no text in de"),
        ("regime: TEST-1", "regime: test 1", "regime"),
        ("availability: standing", "availability: perhaps", "availability"),
        ("      rates: {layout: 0.5}", "      successor: flanders.subsidy.nothing\n      rates: {layout: 0.5}", "no regime of the pack"),
        ("      rates: {layout: 0.5}", "      calls: [flanders.subsidy.nothing]\n      rates: {layout: 0.5}", "no regime of the pack"),
        ("    grade: A\n", "    entry_into_force: [{date: 2001-01-01, source: x}, {date: 2002-01-01, source: y}]\n    grade: A\n",
         "none of the dates of entry_into_force"),
        ("      regime: TEST-1", "      site: {min_area_m2: -1}\n      regime: TEST-1", "min_area_m2"),
    ],
)  # fmt: skip
def test_a_regime_that_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(RuleError, match=says) as refused:
        load_rules(regime(tmp_path, swapped(old, new)))
    assert "regimes/file0.yaml" in refused.value.message


def test_alternatives_of_entry_into_force_hold_the_day_that_is_used(tmp_path: Path) -> None:
    days = (
        "    entry_into_force: [{date: 2000-01-01, source: act (used here)}, {date: 2000-03-01, source: publication}]\n"
    )
    assert load_rules(regime(tmp_path, swapped("    grade: A\n", days + "    grade: A\n")))


def test_two_versions_on_one_day_and_two_owners_of_a_short_name_are_refused(tmp_path: Path) -> None:
    later = swapped("valid_from: 2000-01-01", "valid_from: 2005-01-01")
    with pytest.raises(RuleError, match="two versions hold on the same day"):
        load_rules(regime(tmp_path, REGIME, later))
    other = swapped("flanders.subsidy.test", "flanders.subsidy.other")
    with pytest.raises(RuleError, match="short name TEST-1 stands for rule"):
        load_rules(regime(tmp_path, REGIME, other))
    assert len(load_rules(regime(tmp_path, REGIME, other.replace("TEST-1", "TEST-2")))) == 2
