"""The subsidy regimes of the pack against a table written by hand from the sources, not read from the rule files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import RuleError
from sites.law import rules
from sites.law.loader import parse_rules
from sites.law.model import LANGUAGES, LAW_REGIONS, Language, SiteType
from sites.law.subsidies.evaluate import evaluate, regimes, status_of
from sites.law.subsidies.project import CostLine, Project
from sites.law.subsidies.rule import SHOWN_ONLY, SubsidyRule

FILES = sorted((Path(__file__).parents[2] / "sites/law/regimes").glob("*.yaml"))
#: region, regime, first day, last day, availability, beneficiaries that must be able to apply.
TABLE = [
    ("flanders", "VL-1983", "1983-01-01", "1994-03-29", "standing", None),
    ("flanders", "VL-1994", "1994-03-30", "2000-05-11", "standing", None),
    ("flanders", "VL-2000", "2000-05-12", "2015-12-31", "standing", "vgc"),
    ("flanders", "VL-2014", "2014-06-29", "2021-09-19", "enabling", None),
    ("flanders", "VL-2016", "2016-01-01", "2017-10-29", "standing", "provincial_eva"),
    ("flanders", "VL-2017", "2017-10-30", "2020-12-31", "standing", "provincial_eva"),
    ("flanders", "VL-2021", "2021-01-01", "2023-12-31", "standing", "provincial_eva"),
    ("flanders", "VL-2024", "2024-01-01", None, "stopped", None),
    ("wallonia", "W-CF82", "1982-07-01", "2019-07-17", "standing", "province"),
    ("wallonia", "W-CONV", "2007-01-01", "2019-12-31", "standing", "municipality"),
    ("wallonia", "W-A44-99", "1999-03-01", "2005-12-28", "standing", None),
    ("wallonia", "W-A44-05", "2005-12-29", "2017-07-27", "standing", None),
    ("wallonia", "W-A29-17", "2017-07-28", None, "enabling", "other_legal_person"),
    ("wallonia", "W-22BIS", "2012-07-01", "2017-07-27", "no_order", "household"),
    ("wallonia", "W-22BIS-17", "2017-07-28", None, "no_order", "household"),
    ("wallonia", "W-HP-INST", "2003-10-24", None, "information", "household"),
    ("wallonia", "W-D14", "2014-04-28", "2019-07-31", "information", "mediation_body"),
    ("wallonia", "W-DRAFT17", "2017-06-15", "2017-06-15", "never_adopted", "province"),
    ("wallonia", "W-CALL19", "2019-05-01", "2019-09-30", "call", "municipality"),
    ("wallonia", "W-D19", "2019-08-01", "2022-05-27", "call_only", "municipality"),
    ("wallonia", "W-RUN30", "2020-01-01", None, "standing", "municipality"),
    ("wallonia", "W-D22", "2022-05-28", None, "call_only", "intermunicipal"),
    ("wallonia", "W-SLSP23", "2023-03-10", None, "information", "public_housing_company"),
    ("wallonia", "W-ZHV", "2020-01-24", None, "information", "municipality"),
    ("brussels", "B-ART191", "2012-03-24", None, "excluded", "household"),
    ("brussels", "B-CALL16", "2016-01-01", "2016-12-31", "information", "municipality"),
    ("brussels", "B-NONE", "2012-03-24", None, "none_found", None),
    ("german-speaking-community", "DG-BEFORE", "1983-01-01", "2019-12-31", "other_law", None),
    ("german-speaking-community", "DG-OWN", "2020-01-01", None, "other_law", None),
    ("german-speaking-community", "W-A29-17-DG", "2020-01-01", None, "enabling", "municipality"),
]  # fmt: skip
ALL = [rule for rule in rules() if isinstance(rule, SubsidyRule)]


def regime(name: str) -> SubsidyRule:
    (found,) = [rule for rule in ALL if rule.values.regime == name]
    return found


@pytest.mark.parametrize(("region", "name", "first", "last", "availability", "applicant"), TABLE)
def test_a_regime_stands_with_its_dates(
    region: str, name: str, first: str, last: str | None, availability: str, applicant: str | None
) -> None:
    rule = regime(name)
    assert (rule.region, str(rule.valid_from)) == (region, first)
    assert rule.valid_to == (date.fromisoformat(last) if last else None)
    assert rule.values.availability == availability
    beneficiaries = rule.values.beneficiaries
    assert beneficiaries is None if applicant is None else applicant in (beneficiaries or [])


def test_the_table_is_complete() -> None:
    assert sorted(rule.values.regime for rule in ALL) == sorted(name for _, name, *_ in TABLE)
    assert all(rule.id == f"{rule.region}.subsidy.{rule.id.rsplit('.', 1)[1]}" for rule in ALL)
    assert {rule.region for rule in ALL} == set(LAW_REGIONS)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.values.regime)
def test_a_regime_is_worked_out_and_said_in_four_languages(rule: SubsidyRule) -> None:
    assert len(rule.examples) >= 2
    assert {example.as_of for example in rule.examples if rule.in_force(example.as_of)}
    if rule.valid_to is not None and rule.values.availability != "never_adopted":
        assert any(example.as_of > rule.valid_to or example.as_of < rule.valid_from for example in rule.examples)
    assert set(rule.values.say) == set(LANGUAGES)
    assert len(set(rule.values.say.values())) == len(LANGUAGES), "a translation is missing"


def test_what_nobody_found_is_none() -> None:
    for name, cost_types in {
        "W-D19": {"acquisition", "layout", "extension"},
        "W-D22": {"acquisition", "layout", "accessibility", "extension"},
        "W-A44-99": {"equipment", "layout"},
        "W-A44-05": {"equipment", "layout"},
        "W-A29-17": {"equipment", "layout"},
        "W-A29-17-DG": {"equipment", "layout"},
        "W-SLSP23": {"equipment"},
    }.items():
        values = regime(name).values
        assert values.rates == dict.fromkeys(cost_types), name
        assert values.caps is None, name
    for name in ("VL-1983", "VL-1994", "VL-2000", "W-CF82"):
        assert regime(name).values.caps is None
    for name in ("VL-1983", "VL-1994"):
        assert regime(name).values.rates["acquisition"] is None
    for name in ("W-A44-99", "W-A44-05"):
        assert regime(name).values.beneficiaries is None
    assert regime("W-D22").values.calls == []


def test_figures_of_wallonia() -> None:
    assert regime("W-CF82").values.rates == dict.fromkeys(("acquisition", "layout", "extension"), Decimal("0.6"))
    call = regime("W-CALL19").values
    assert set(call.rates.values()) == {Decimal(1)}
    (cap,) = call.caps or []
    assert (cap.kind, cap.amount, set(cap.cost_types)) == ("per_project", 500_000, set(call.rates))
    assert (call.envelope, call.completion_months) == (5_000_000, 36)
    for name, amount in {"W-RUN30": 30_000, "W-CONV": 10_000}.items():
        flat = regime(name).values.flat
        assert flat is not None
        assert (flat.amount, flat.per, flat.cost_type) == (amount, "year", "running")


@pytest.mark.parametrize("rule", [one for one in ALL if one.region == "wallonia"], ids=lambda one: one.values.regime)
def test_no_walloon_rate_for_transit_but_60_and_100_per_cent(rule: SubsidyRule) -> None:
    """The 70 % of one press report and the 90 % of the draft of 2017 are no rates of any law."""
    if "transit" in rule.values.site_types:
        assert set(rule.values.rates.values()) <= {None, Decimal("0.6"), Decimal(1)}


def test_reported_money_is_a_flag_and_no_rate() -> None:
    found = {
        (rule.values.regime, flag.id): (flag.unit, flag.low, flag.high) for rule in ALL for flag in rule.values.flags
    }
    assert found == {
        ("VL-2000", "provincial_rest"): ("share", 0, Decimal("0.1")),
        ("W-DRAFT17", "drafted_share"): ("share", Decimal("0.9"), Decimal("0.9")),
        ("W-22BIS", "drafted_premium"): ("eur", 500, 2_000),
        ("W-HP-INST", "stated_amounts"): ("eur", 1_240, 10_000),
        ("W-ZHV", "reported_share"): ("share", Decimal("0.3"), Decimal("0.7")),
        ("W-ZHV", "reported_envelope"): ("eur", 5_000_000, 9_687_000),
        ("B-CALL16", "reported_envelope"): ("eur", 1_500_000, 15_000_000),
    }


BELOW_FIFTEEN: dict[Language, str] = {
    "nl": "daaronder is het geen aire d'accueil",
    "fr": "en dessous, ce n'est pas une aire d'accueil",
    "de": "darunter ist es keine aire d'accueil",
    "en": "below that it is no reception area",
}


def test_conditions_of_reception_areas() -> None:
    """Fifteen caravans from the start, open all year since 28 May 2022, no real right in any text."""
    for name in ("W-CALL19", "W-D19", "W-D22", "W-RUN30"):
        asked = {one.id: one for one in regime(name).values.requirements}
        assert asked["caravans"].test is not None
        assert asked["caravans"].test.at_least == 15
        for language, word in BELOW_FIFTEEN.items():
            assert word in asked["caravans"].text[language]
        assert {"drinking_water", "electricity", "sanitary"} <= set(asked)
        assert "real_right" not in asked
    assert [one.valid_from for one in regime("W-RUN30").values.requirements if one.id == "open_all_year"] == [
        date(2022, 5, 28)
    ]
    season = [one for one in regime("W-RUN30").values.requirements if one.id == "open_in_season"]
    assert [(one.valid_from, one.valid_to, one.article) for one in season] == [
        (None, date(2022, 5, 27), "CWASS art. 149/1, 6°")
    ]
    assert "open_all_year" not in {one.id for one in regime("W-D19").values.requirements}
    assert any("real right" in one.says for one in regime("W-D22").contradictions)
    assert [rule.values.regime for rule in ALL if any(one.id == "real_right" for one in rule.values.requirements)] == [
        "VL-2017",
        "VL-2021",
    ]


def test_start_of_the_call_of_2019_is_the_earlier_of_two_months() -> None:
    rule = regime("W-CALL19")
    assert [str(one.date) for one in rule.entry_into_force] == ["2019-05-01", "2019-06-01"]
    assert any("June 2019" in one.says for one in rule.contradictions)


@pytest.mark.parametrize("name", ["VL-2000", "VL-2016", "VL-2017", "VL-2021"])
def test_unions_of_municipalities_may_apply_under_either_name(name: str) -> None:
    rule = regime(name)
    assert {"association_of_municipalities", "intermunicipal"} <= set(rule.values.beneficiaries or [])
    assert any("grade C" in note and "Associations of municipalities" in note for note in rule.notes)
    assert any("grade U" in note and "woonmaatschappijen" in note for note in rule.notes)


def test_the_ten_per_cent_of_provinces_rests_on_the_strategy_and_says_what_was_not_seen() -> None:
    rule = regime("VL-2000")
    (flag,) = rule.values.flags
    assert flag.source in {one.url for one in rule.sources if one.grade == "U"} and "national-roma" in flag.source
    for language, word in {"nl": "niet gezien", "fr": "pas été vue", "de": "nicht gesehen", "en": "not seen"}.items():
        assert word in flag.text[language] and "Alter Échos" in flag.text[language]
    assert any(one.url.startswith("https://alterechos.be") and one.grade == "B" for one in rule.sources)


def test_a_draft_says_in_its_title_that_it_never_was_law() -> None:
    title = regime("W-DRAFT17").title
    for language, words in {
        "nl": ("Ontwerp", "nooit aangenomen"),
        "fr": ("Avant-projet", "jamais adopté"),
        "de": ("entwurf", "nie angenommen"),
        "en": ("Draft", "never adopted"),
    }.items():
        assert all(word in title[language] for word in words)


def test_the_german_speaking_community_names_the_law_before_2020() -> None:
    say = regime("DG-OWN").values.say
    assert "Before 2020 Walloon housing law held there" in say["en"]
    assert "Vor 2020 galt dort das wallonische Wohnungsrecht" in say["de"]


def test_regimes_name_what_follows_them() -> None:
    after = {rule.values.regime: rule.values.successor for rule in ALL if rule.values.successor}
    assert after["W-A44-05"] == "wallonia.subsidy.w-a29-17"
    assert after == {
        "W-A44-99": "wallonia.subsidy.w-a44-05",
        "W-A44-05": "wallonia.subsidy.w-a29-17",
        "W-CONV": "wallonia.subsidy.w-run30",
        "W-D14": "wallonia.subsidy.w-d19",
        "W-D19": "wallonia.subsidy.w-d22",
    }
    assert regime("W-D19").values.calls == [regime("W-CALL19").id]
    for language, word in {"nl": "Opvolger", "fr": "Successeur", "de": "Nachfolger", "en": "Successor"}.items():
        assert regime("W-A29-17").values.say[language].startswith(word)


@pytest.mark.parametrize(
    ("name", "given_dates", "as_of", "kept"),
    [
        ("W-CALL19", {"lodged": "2019-04-30"}, "2019-10-01", False),
        ("W-CALL19", {"lodged": "2019-05-20"}, "2019-10-01", True),
        ("W-CALL19", {"lodged": "2019-09-20"}, "2019-10-01", True),
        ("W-CALL19", {"lodged": "2019-09-30"}, "2021-07-01", True),
        ("W-CALL19", {"lodged": "2019-10-01"}, "2019-10-01", False),
        ("W-CALL19", {"approved_finally": "2019-09-20"}, "2019-10-01", False),
        ("W-A44-05", {"lodged": "2017-07-27"}, "2018-01-01", True),
        ("W-A44-05", {"lodged": "2017-07-28"}, "2018-01-01", False),
        ("W-CF82", {"lodged": "2018-01-01"}, "2020-01-01", False),
        ("VL-2021", {"approved_in_principle": "2023-10-01"}, "2024-02-01", True),
        ("VL-2021", {"lodged": "2023-10-01"}, "2024-02-01", False),
    ],
)
def test_files_that_keep_their_regime(name: str, given_dates: dict[str, str], as_of: str, kept: bool) -> None:
    dates = {key: date.fromisoformat(day) for key, day in given_dates.items()}
    assert regime(name).carries_on(dates, date.fromisoformat(as_of)) is kept


HOUSING_CASES = [
    ("22bis-a", "2013-06-01", "W-22BIS", "no_order"),
    ("22bis-b", "2013-06-01", "W-22BIS", "no_order"),
    ("22bis-b", "2016-06-01", "W-22BIS", "no_order"),
    ("22bis-b", "2017-07-28", "W-22BIS", "closed"),
    ("22bis-a", "2026-11-23", "W-22BIS-17", "no_order"),
    ("22bis-c", "2026-11-23", "W-22BIS-17", "no_order"),
    ("44-family", "2004-01-01", "W-A44-99", "open"),
    ("44-reception", "2016-01-01", "W-A44-05", "open"),
    ("44-reception", "2018-01-01", "W-A44-05", "closed"),
]


@pytest.mark.parametrize(("case", "as_of", "name", "status"), HOUSING_CASES)
def test_cases_of_the_housing_code(case: str, as_of: str, name: str, status: str) -> None:
    """The case decides which text is read; no amount follows from any of them."""
    site_type: SiteType = "transit" if case == "44-reception" else "family"
    project = Project(
        region="wallonia", site_type=site_type, case=case, costs=(CostLine(type="equipment", amount=Decimal(100)),)
    )
    found = evaluate(project, date.fromisoformat(as_of))
    assert [(one.rule.values.regime, one.status) for one in found.regimes] == [(name, status)]
    assert found.verdict == ("no" if status == "closed" else "unknown")
    assert found.total.high in (None, Decimal("0.00"))


@given(day=st.dates(date(1983, 1, 1), date(2030, 12, 31)), rule=st.sampled_from(ALL))
def test_what_only_informs_never_counts(day: date, rule: SubsidyRule) -> None:
    """Drafts, enabling acts and orders nobody found are never open, on any day, to anyone."""
    project = Project(region=rule.region, site_type=rule.values.site_types[0], initiator="municipality")
    status = status_of(rule, project, day)
    if rule.values.availability in SHOWN_ONLY:
        assert status == "shown"
    elif rule.values.availability in ("no_order", "none_found", "other_law", "excluded", "stopped"):
        assert status not in ("open", "carried_on")
    elif status == "open":
        assert rule.in_force(day)


@given(day=st.dates(date(1983, 1, 1), date(2030, 12, 31)))
def test_the_list_of_a_day_is_the_table_of_that_day(day: date) -> None:
    held = [
        name
        for _, name, first, last, *_ in TABLE
        if date.fromisoformat(first) <= day and (last is None or day <= date.fromisoformat(last))
    ]
    assert sorted(rule.values.regime for rule in regimes(None, day)) == sorted(held)


def test_a_household_in_brussels_is_refused_and_a_municipality_is_told_that_nothing_was_found() -> None:
    day = date(2026, 11, 23)
    household = evaluate(Project(region="brussels", site_type="residential", initiator="household"), day)
    assert household.verdict == "no"
    municipality = evaluate(Project(region="brussels", site_type="transit", initiator="municipality"), day)
    assert municipality.verdict == "unknown"
    assert [one.rule.values.regime for one in municipality.regimes] == ["B-NONE"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_line_of_a_source_can_be_left_out(file: Path) -> None:
    """Every line, where test_pack takes samples: address, what it supports, and grade."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    of_sources = [at for at, line in enumerate(lines) if _is_of_sources(lines, at, line)]
    assert len(of_sources) >= 3 * sum(line == "    sources:\n" for line in lines) > 0
    for at in of_sources:
        with pytest.raises(RuleError, match=file.name):
            parse_rules("".join(lines[:at] + lines[at + 1 :]), file.name)


def _is_of_sources(lines: list[str], at: int, line: str) -> bool:
    """Does the line stand below `sources:` of a rule?"""
    heads = [one for one in lines[:at] if one.startswith("    ") and one[4] not in " -"]
    return line.startswith("      ") and bool(heads) and heads[-1] == "    sources:\n"


def test_files_stay_readable() -> None:
    long = {file.name: count for file in FILES if (count := file.read_text(encoding="utf-8").count("\n")) >= 400}
    assert not long, "split the file"
