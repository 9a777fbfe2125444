"""The loader refuses what is not dated, cited, graded, consistent and worked out, naming file and rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata.errors import NotFoundError, RuleError, UsageError
from sites.law import find_rule, load_rules, region_of_law, zoning_outcome
from sites.law.loader import parse_rules, read_yaml

GOOD = """\
rules:
  - id: flanders.zoning.test
    kind: zoning
    title: {nl: a, fr: b, de: c, en: d}
    region: flanders
    act: an act
    numac: "2009035409"
    articles: []
    published: null
    valid_from: 2000-01-01
    valid_to: null
    checked_on: 2026-11-23
    grade: A
    status: in_force
    sources:
      - url: https://example.org/act
        supports: all of it
    values:
      zoning_classes: [residential]
      outcomes: {residential: pass, transit: pass, family: pass, temporary: fail, gathering: fail}
      reasons:
        all: {nl: a, fr: b, de: c, en: d}
    examples:
      - {as_of: 2026-11-23, given: {site_type: transit, zoning_class: residential}, expect: {state: pass}}
      - {as_of: 1999-12-31, given: {site_type: transit, zoning_class: residential}, expect: {state: unknown}}
"""
NORM = """\
rules:
  - id: flanders.norm.test
    kind: norm
    title: {nl: a, fr: b, de: c, en: d}
    region: flanders
    act: an act
    numac: null
    articles: []
    published: null
    valid_from: 2000-01-01
    valid_to: null
    checked_on: 2026-11-23
    grade: A
    status: in_force
    sources:
      - {url: "https://example.org/act", supports: all of it}
    values:
      quantity: {nl: a, fr: b, de: c, en: d}
      unit: m
      comparison: at_most
      value: 5
      threshold_kind: official
      binding: true
      site_types: [transit]
    examples:
      - {as_of: 2026-11-23, given: {measured: 5}, expect: {met: true}}
      - {as_of: 2026-11-23, given: {measured: 6}, expect: {met: false}}
"""


def pack(folder: Path, text: str, *more: str, room: str = "zoning") -> Path:
    for number, content in enumerate((text, *more)):
        (folder / room).mkdir(exist_ok=True)
        (folder / room / f"file{number}.yaml").write_text(content, encoding="utf-8")
    return folder


def swapped(old: str, new: str, text: str = GOOD) -> str:
    assert old in text
    return text.replace(old, new, 1)


def test_the_good_files_load(tmp_path: Path) -> None:
    assert [rule.id for rule in load_rules(pack(tmp_path, GOOD))] == ["flanders.zoning.test"]
    assert load_rules(pack(tmp_path, NORM, room="norms"))[0].id == "flanders.norm.test"


SOURCES = """    sources:
      - url: https://example.org/act
        supports: all of it
"""
OPEN = "    valid_to: null\n"
SECOND_EXAMPLE = GOOD.splitlines(keepends=True)[-1]
ASKED = "given: {site_type: transit, zoning_class: residential}, expect: {state: pass}"
CONDITIONS = """\
    conditions:
      - what: {nl: a, fr: b, de: c, en: d}
        who_decides: {nl: a, fr: b, de: c, en: d}
        article: null
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (SOURCES, "", "sources"),
        (SOURCES, "    sources: []\n", "sources"),
        ("      - url: https://example.org/act\n        supports", "      - supports", "url"),
        ("https://example.org/act", "the act itself", "url"),
        ("        supports: all of it\n", "        supports: ''\n", "supports"),
        ("    grade: A\n", "", "grade"),
        ("    grade: A\n", "    grade: D\n", "grade"),
        ("    checked_on: 2026-11-23\n", "", "checked_on"),
        ("    status: in_force\n", "", "status"),
        ("title: {nl: a, fr: b, de: c, en: d}", "title: {nl: a, fr: b, en: d}", "no text in de"),
        ("valid_from: 2000-01-01", "valid_from: null", "valid_from is missing"),
        ("valid_to: null", "valid_to: 1999-01-01", "lies before valid_from"),
        ("    numac: \"2009035409\"\n", "    numac: \"200903\"\n", "numac"),
        ("    act: an act\n", "    act: an act\n    colour: red\n", "colour"),
        ("kind: zoning", "kind: opinion", "opinion"),
        ("id: flanders.zoning.test", "id: Test rule", "id"),
        ("region: flanders", "region: elsewhere", "region elsewhere"),
        ("zoning_classes: [residential]", "zoning_classes: []", "zoning_classes"),
        (", gathering: fail", "", "no outcome for gathering"),
        ("residential: pass,", "residential: perhaps,", "outcomes"),
        ("        all: {nl: a", "        family: {nl: a", "no reason"),
        ("temporary: fail", "temporary: unknown", "nobody is named"),
        ("temporary: fail", "temporary: conditional", "no condition says"),
        (OPEN, OPEN + "    entry_into_force: [{date: 2000-01-01, source: x}]\n", "two or more"),
        (SECOND_EXAMPLE, "", "examples"),
        ("expect: {state: pass}", "expect: {}", "expect"),
    ],
)  # fmt: skip
def test_a_rule_that_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(RuleError, match=says) as refused:
        load_rules(pack(tmp_path, swapped(old, new)))
    assert "zoning/file0.yaml" in refused.value.message
    assert "rule " in refused.value.message


def test_a_derogation_names_the_article_that_allows_it(tmp_path: Path) -> None:
    text = swapped("temporary: fail", "temporary: derogation").replace("    examples:", CONDITIONS + "    examples:")
    with pytest.raises(RuleError, match="no article is named"):
        load_rules(pack(tmp_path, text))
    assert load_rules(pack(tmp_path, text.replace("article: null", "article: art. 1")))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("classes: [residential]", "classes: [residential, villa]", "'villa' is not in the harmonised list"),
        ("expect: {state: pass}", "expect: {state: fail}", "example 1 expects state = 'fail'"),
        ("expect: {state: pass}", "expect: {price: 5}", "expects 'price'"),
        (ASKED, ASKED.replace(", zoning_class: residential", ""), "given needs"),
        (ASKED, ASKED.replace("transit", "tent"), "no site type"),
        (ASKED, ASKED.replace("residential}", "residential, moon: full}"), "given has moon"),
        ("status: in_force", "status: scenario", "wrong folder"),
    ],
)  # fmt: skip
def test_a_pack_that_does_not_hold_together_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(RuleError, match=says) as refused:
        load_rules(pack(tmp_path, swapped(old, new)))
    assert "zoning/file0.yaml, rule flanders.zoning.test" in refused.value.message


def test_two_versions_on_one_day_are_refused(tmp_path: Path) -> None:
    later = swapped("valid_from: 2000-01-01", "valid_from: 2020-01-01")
    with pytest.raises(RuleError, match="two versions hold on the same day"):
        load_rules(pack(tmp_path, GOOD, later))
    ended = swapped("valid_to: null", "valid_to: 2019-12-31").replace("as_of: 2026-11-23", "as_of: 2019-12-31")
    assert len(load_rules(pack(tmp_path, ended, later))) == 2


def test_two_answers_for_one_class_are_refused(tmp_path: Path) -> None:
    other = swapped("flanders.zoning.test", "flanders.zoning.other")
    with pytest.raises(
        RuleError, match=r"class residential has another answer on the same day in rule flanders\.zoning"
    ):
        load_rules(pack(tmp_path, GOOD, other))
    elsewhere = other.replace("region: flanders", "region: wallonia")
    assert len(load_rules(pack(tmp_path, GOOD, elsewhere))) == 2


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("value: 5", "high: 5", "needs value"),
        ("comparison: at_most", "comparison: between", "needs low"),
        ("comparison: at_most", "comparison: class", "needs levels"),
        ("comparison: at_most", "comparison: none", "needs requirements"),
        ("threshold_kind: official", "threshold_kind: foreign_norm", "foreign norm"),
        ("threshold_kind: official", "threshold_kind: felt_right", "threshold_kind"),
        ("valid_from: 2000-01-01", "valid_from: null", "valid_from is missing"),
        ("      binding: true\n", "      binding: true\n      country: FR\n", "foreign"),
        ("      binding: true\n", "", "binding"),
        ("{measured: 5}", "{measured: five}", "measured is a number"),
        ("{measured: 5}", "{class: A}", "a class needs a site_type"),
        ("{measured: 5}, expect: {met: true}", "{measured: 5}, expect: {met: false}", "example 1"),
    ],
)  # fmt: skip
def test_a_norm_that_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(RuleError, match=says):
        load_rules(pack(tmp_path, swapped(old, new, NORM), room="norms"))


def test_doubled_keys_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"file0\.yaml, line 14: key 'grade' stands twice"):
        load_rules(pack(tmp_path, swapped("    grade: A\n", "    grade: A\n    grade: B\n")))


def test_text_that_is_no_rule_file_is_refused(tmp_path: Path) -> None:
    for text in ("rules: [", "just words", "rules: 5", "rules: []", "- a\n- b", "rules:\n  - 7\n"):
        with pytest.raises(RuleError, match=r"bad\.yaml"):
            parse_rules(text, "bad.yaml")
    with pytest.raises(RuleError, match="empty"):
        load_rules(tmp_path)
    assert read_yaml("a: &x {b: 1}\nc: {<<: *x, d: 2}", "m.yaml") == {"a": {"b": 1}, "c": {"b": 1, "d": 2}}


def test_drafts_are_read_only_on_request(tmp_path: Path) -> None:
    draft = swapped("status: in_force", "status: scenario").replace("flanders.zoning.test", "flanders.zoning.draft")
    folder = pack(pack(tmp_path, GOOD), draft, room="scenarios")
    assert [rule.id for rule in load_rules(folder)] == ["flanders.zoning.test"]
    assert len(load_rules(folder, scenarios=True)) == 2
    with pytest.raises(RuleError, match="wrong folder"):
        load_rules(pack(tmp_path, GOOD.replace("zoning.test", "zoning.x"), room="scenarios"), scenarios=True)


def test_questions_that_make_no_sense_are_refused() -> None:
    from datetime import date

    day = date(2026, 11, 23)
    with pytest.raises(UsageError, match="Unknown region"):
        region_of_law("france")
    with pytest.raises(UsageError, match="Unknown type of site"):
        zoning_outcome("flanders", site_type="hotel", zoning_class="residential", as_of=day)
    with pytest.raises(NotFoundError, match=r"no rule flanders\.zoning\.nothing"):
        find_rule("flanders.zoning.nothing", day)
