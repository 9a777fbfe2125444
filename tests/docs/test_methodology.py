"""The methodology names every rule, zoning class, norm and regime, and says of each what the rule says."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from geodata.sources.zoning_labels import zoning_classes
from sites.law import NormRule, SubsidyRule, ZoningRule
from sites.law.loader import load_pack
from sites.law.model import LAW_REGIONS, SITE_TYPES, Rule

PAGE = Path(__file__).resolve().parents[2] / "docs" / "methodology.md"
RULES = load_pack().rules


@cache
def sections() -> dict[str, list[str]]:
    """Lines of each section by its title."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            title = line[3:]
        found.setdefault(title, []).append(line)
    return found


def rows(section: str) -> list[list[str]]:
    """Rows of the tables of a section, as cells."""
    return [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in sections()[section]
        if line.startswith("| ") and not line.startswith("|---")
    ]


def of_rule(section: str, rule: Rule) -> list[str]:
    """The row of one version of a rule."""
    start = str(rule.valid_from or "not dated")
    found = [row for row in rows(section) if any(f"`{rule.id}`" in cell for cell in row) and start in row]
    assert len(found) == 1, (section, rule.id, start, len(found))
    return found[0]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.id}-{rule.valid_from}")
def test_every_rule_is_there_with_dates_grade_and_sources(rule: Rule) -> None:
    row = of_rule("Rules", rule)
    assert str(rule.valid_to or "open") in row and rule.grade in row and str(rule.checked_on) in row
    assert all(source.url in row[-1] for source in rule.sources)
    assert len(row[-2]) > 5, "it says nothing"


@pytest.mark.parametrize("region", LAW_REGIONS)
def test_every_zoning_class_has_its_state_for_every_type(region: str) -> None:
    names = {"flanders": "Flanders", "wallonia": "Wallonia", "brussels": "Brussels"}
    title = f"### Zones in {names.get(region, 'German-speaking Community')}"
    lines = sections()["Zones"]
    start = lines.index(title)
    end = next((at for at, line in enumerate(lines[start + 1 :], start + 1) if line.startswith("### ")), len(lines))
    table = [line for line in lines[start:end] if line.startswith("| ")]
    for name in zoning_classes():
        mine = [line for line in table if f"`{name}`" in line]
        assert mine, name
        for rule in RULES:
            if isinstance(rule, ZoningRule) and rule.region == region and name in rule.values.zoning_classes:
                (row,) = [one for one in mine if f"| `{rule.id}` |" in one and f"| {rule.valid_from} |" in one]
                cells = [cell.strip() for cell in row.strip("| ").split(" | ")]
                for at, kind in enumerate(SITE_TYPES, start=3):
                    assert cells[at].split()[0].strip(",") == rule.values.outcomes[kind]
                    first = rule.values.outcome_valid_from.get(kind)
                    assert first is None or str(first) in cells[at]


@pytest.mark.parametrize("rule", [one for one in RULES if isinstance(one, ZoningRule)], ids=lambda one: one.id)
def test_what_is_owed_is_told_with_its_article(rule: ZoningRule) -> None:
    mine = [row for row in rows("Zones") if row[0] == f"`{rule.id}`"]
    for one in rule.conditions:
        told = [row for row in mine if row[2].startswith(" ".join(one.what["en"].split()))]
        assert any(row[4] == (one.article or "not found") for row in told), one.what["en"]
    for case in rule.values.precedents:
        assert any(case.source in row[2] for row in mine)


@pytest.mark.parametrize("rule", [one for one in RULES if isinstance(one, NormRule)], ids=lambda one: one.id)
def test_every_norm_has_its_figure_and_says_whether_it_binds(rule: NormRule) -> None:
    row = of_rule("Norms", rule)
    values = rule.values
    for figure in (values.value, values.low, values.high):
        assert figure is None or f"{figure:g}" in row[3]
    for one in values.requirements:
        assert " ".join(one["en"].split()) in row[3]
    assert row[4] == ("yes" if values.binding else "no")
    assert row[5] == values.threshold_kind.replace("_", " ")


@pytest.mark.parametrize(
    "rule", [one for one in RULES if isinstance(one, SubsidyRule)], ids=lambda one: one.values.regime
)
def test_every_regime_is_in_the_table_with_rates_caps_and_source(rule: SubsidyRule) -> None:
    values = rule.values
    (row,) = [one for one in rows("Subsidy regimes") if one[0].startswith(f"**{values.regime}**")]
    assert row[1] == str(rule.valid_from or "not dated") and row[2] == str(rule.valid_to or "open")
    for name, rate in values.rates.items():
        shown = "not found" if rate is None else f"{float(rate) * 100:g} %"
        named = "running costs" if name == "running" else name
        assert f"{named} {shown}" in row[4]
    if values.caps is None:
        assert "cap not found" in row[5]
    for cap in values.caps or ():
        assert cap.amount is None or f"EUR {cap.amount:.2f}" in row[5]
    assert values.beneficiaries is not None or row[6] == "not found"
    assert all(source.url in row[8] for source in rule.sources)


def test_disagreements_and_gaps_are_told() -> None:
    told = "\n".join(sections()["Where sources disagree"])
    gaps = "\n".join(sections()["Not found"])
    for rule in RULES:
        for one in (*rule.entry_into_force,):
            assert f"{one.date} ({one.source})" in told, rule.id
        for one in rule.contradictions:
            assert one.resolved in told, rule.id
        if isinstance(rule, SubsidyRule) and (rule.values.caps is None or None in rule.values.rates.values()):
            assert f"`{rule.id}`" in gaps


def test_no_draft_and_no_place_left_open() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "{{" not in text
    assert load_pack().version.partition("+")[0] in text
    for rule in load_pack().drafts:
        assert rule.id not in text


def test_a_rule_that_is_missing_from_the_page_is_noticed() -> None:
    invented = RULES[0].model_copy(update={"id": "flanders.norm.not-on-the-page"})
    with pytest.raises(AssertionError):
        of_rule("Rules", invented)
