"""The installed pack: every rule loads, is cited and dated, and its examples hold."""

from __future__ import annotations

import importlib
import json
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
import yaml

from geodata.errors import RuleError
from geodata.sources.zoning_labels import zoning_classes
from sites.law import ZoningRule, find_rule, load_rules, pack_version, rules
from sites.law.checks import answer_example
from sites.law.loader import ROOMS, parse_rules
from sites.law.model import LANGUAGES, LAW_REGIONS, Example, Rule
from sites.law.schema import schema_text

ROOT = Path(__file__).parents[2]
FILES = sorted(file for room in ROOMS for file in (ROOT / "sites/law" / room).glob("*.yaml"))
CASES = [
    pytest.param(rule, example, id=f"{rule.id}-{example.as_of}-{number}")
    for rule in rules()
    for number, example in enumerate(rule.examples)
]


def test_the_pack_loads_and_names_its_version() -> None:
    assert load_rules() == rules()
    version, fingerprint = pack_version().split("+")
    assert version.count(".") == 2
    assert len(fingerprint) == 12


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_example(rule: Rule, example: Example) -> None:
    answer = answer_example(rule, example)
    assert {key: answer[key] for key in example.expect} == example.expect


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: f"{rule.id}-{rule.valid_from}")
def test_a_rule_is_cited_graded_and_in_four_languages(rule: Rule) -> None:
    assert rule.sources
    assert rule.grade in "ABCU"
    assert len(rule.examples) >= 2
    assert set(rule.title) == set(LANGUAGES)
    assert rule.id.split(".")[0] == rule.region
    assert rule.id.split(".")[1] == rule.kind
    assert rule.checked_on <= date(2026, 11, 24)
    best = min(source.grade or rule.grade for source in rule.sources)
    assert rule.grade >= best, "a rule cannot be surer than its best source"
    if rule.valid_from is None:
        assert rule.kind == "norm"


@pytest.mark.parametrize("region", LAW_REGIONS)
def test_every_class_has_an_open_ended_rule_in_every_region(region: str) -> None:
    covered: dict[str, int] = defaultdict(int)
    for rule in rules():
        if isinstance(rule, ZoningRule) and rule.region == region and rule.valid_to is None:
            for zoning_class in rule.values.zoning_classes:
                covered[zoning_class] += 1
    assert set(covered) == set(zoning_classes())
    assert set(covered.values()) == {1}


def test_a_rule_without_its_source_line_is_refused() -> None:
    """Whichever line of a source is deleted, the file is refused."""
    for file in FILES:
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        of_sources = [at for at, line in enumerate(lines) if line.lstrip().startswith(("- url:", "supports:"))]
        assert of_sources
        for at in of_sources[:: max(1, len(of_sources) // 4)]:
            with pytest.raises(RuleError, match=file.name):
                parse_rules("".join(lines[:at] + lines[at + 1 :]), file.name)


def test_versions_of_a_rule_are_found_by_date() -> None:
    older = find_rule("wallonia.norm.reception-area", date(2020, 1, 1))
    newer = find_rule("wallonia.norm.reception-area", date(2026, 11, 23))
    assert older is not None
    assert newer is not None
    assert (older.numac, newer.numac) == ("2019203567", "2022202838")
    assert find_rule("wallonia.norm.reception-area", date(2012, 3, 6)) is None


def test_the_published_schema_is_current() -> None:
    published = ROOT / "docs/schema/rule.schema.json"
    assert published.read_text(encoding="utf-8") == schema_text(), "run: python -m sites.law.schema"


def test_rule_files_fit_the_published_schema() -> None:
    jsonschema = importlib.import_module("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    for file in FILES:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        errors = list(validator.iter_errors(json.loads(json.dumps(raw, default=date.isoformat))))
        assert not errors, (file.name, errors[0].message)
