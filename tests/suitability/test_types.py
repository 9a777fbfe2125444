"""Sets of every type of site: what a temporary area, a family site and a large gathering are judged and told by."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pytest
from tables import WAYS, by_chance, large, one_good

from api.i18n import VERDICTS, translator
from sites.law import rules
from sites.law.model import LANGUAGES, SITE_TYPES
from sites.suitability import Profile, assess, explain, load_profile, profiles
from sites.suitability.basis import LAYERS_OF
from sites.suitability.loader import REGIONS
from sites.suitability.sentences import FITS, LATER, NO_LAW, OPENINGS, USABLE
from sites.suitability.states import NAMES

TODAY = date(2026, 11, 26)
EVERY = pytest.mark.parametrize("profile", profiles(), ids=lambda one: one.id)
#: Words no verdict may use (the French name of a permit is none); what a rule says in its own words is another matter.
FORBIDDEN = re.compile(
    r"\b(authori[sz]ed|permitted|toegelaten|vergund|autorisée?s?|permise?s?(?! d[e'’])|genehmigt\w*|zugelassen\w*)\b",
    re.IGNORECASE,
)


def told(profile: Profile, language: str = "en", *, as_of: date = TODAY, **changes: Any) -> dict[str, Any]:
    found = assess(large(**changes), profile, as_of=as_of)
    return explain(found, 0, translate=translator(language), run="r", data_date=TODAY)  # type: ignore[arg-type]


def test_there_is_a_set_for_every_type_in_every_region() -> None:
    assert {(one.region, one.site_type) for one in profiles()} == {(r, t) for r in REGIONS for t in SITE_TYPES}
    assert len({one.id for one in profiles()}) == 15


@EVERY
def test_a_set_is_whole(profile: Profile) -> None:
    known = {rule.id for rule in rules()}
    assert {step.rule for step in profile.steps} <= known | {None} and profile.steps
    for one in profile.criteria:
        assert set(one.measures) <= set(LAYERS_OF), one.id
        assert one.range is None or one.range == (one.points[0][0], one.points[-1][0])
        assert {0.0, 1.0} <= {y for _, y in one.points} | set(one.values.values()) or one.note
    assert sum(profile.weights.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("language", "words", "days"),
    [
        ("en", "Usable for a temporary authorisation: nothing that is known stands in the way.", "within 30 days"),
        ("nl", "Bruikbaar voor een tijdelijke toelating: niets wat bekend is, staat in de weg.", "binnen 30 dagen"),
        ("fr", "Utilisable pour une autorisation temporaire : rien de ce qui est connu", "dans les 30 jours"),
        ("de", "Nutzbar für eine befristete Genehmigung: Nichts Bekanntes steht im Weg.", "binnen 30 Tagen"),
    ],
)
def test_a_walloon_temporary_area_is_told_the_30_days_and_the_january_report(
    language: str, words: str, days: str
) -> None:
    document = told(load_profile("wallonia", "temporary"), language)
    assert document["verdict"] == "compatible"
    assert document["text"].startswith(words) and days in document["text"]
    month = {"en": "each January", "nl": "elke januari", "fr": "mois de janvier", "de": "jeden Januar"}[language]
    assert month in document["text"]
    step = document["next_steps"][0]
    assert (step["rule"], step["grade"], step["decision_days"]) == ("wallonia.permit.temporary-area", "A", 30)
    assert step["url"].startswith("https://www.ejustice.just.fgov.be/") and step["article"] == "149/10"


def test_before_the_law_there_is_no_such_step() -> None:
    document = told(load_profile("wallonia", "temporary"), as_of=date(2019, 7, 31))
    assert "wallonia.permit.temporary-area" not in [one["rule"] for one in document["next_steps"]]


def test_a_flemish_stopping_place_has_90_days_from_a_secondary_source() -> None:
    document = told(load_profile("flanders", "temporary"))
    step = document["next_steps"][0]
    assert (step["max_days"], step["grade"]) == (90, "B")
    assert document["text"].startswith(
        "Usable for a brief stay (up to 90 days according to a secondary source): nothing"
    )
    assert "from a secondary source, to be checked" in step["what"] and "At most 90 days" in document["text"]


def test_a_temporary_area_wants_ground_level_as_it_lies() -> None:
    for kind, expected in (("temporary", "conditional"), ("residential", "pass")):
        found = assess(one_good(slope_deg=3.5), load_profile("wallonia", kind), as_of=TODAY)
        assert next(NAMES[one.state[0]] for one in found.constraints if one.constraint.id == "slope") == expected


def test_a_car_park_counts_as_firm_ground_and_still_owes_its_release() -> None:
    profile = load_profile("flanders", "temporary")
    found = assess(one_good(shares={"land_use": {"car_park": 0.6}}), profile, as_of=TODAY)
    assert next(one.low[0] for one in found.criteria if one.criterion.id == "firm") == 1.0
    assert "occupation" in found.open_conditions(0)
    lost = assess(one_good(covered={"land_use": 0.0}), profile, as_of=TODAY)
    firm = next(one for one in lost.criteria if one.criterion.id == "firm")
    assert (firm.low[0], firm.high[0]) == (0.0, 1.0)


def test_a_family_site_is_housing() -> None:
    """By the law of the zones: where a collective site may come, private housing may not."""
    for region in ("flanders", "wallonia"):
        shares = {"zoning": {"residential": 0.0, "public_utility": 1.0}}
        family = assess(one_good(shares=shares), load_profile(region, "family"), as_of=TODAY)
        transit = assess(one_good(shares=shares), load_profile(region, "transit"), as_of=TODAY)
        assert (family.verdict[0], transit.verdict[0]) == ("incompatible", "compatible")
        assert assess(one_good(), load_profile(region, "family"), as_of=TODAY).verdict[0] == "compatible"
    assert "owner" not in {one.id for one in load_profile("flanders", "family").criteria}


def test_a_gathering_needs_room_and_in_wallonia_public_land() -> None:
    profile = load_profile("wallonia", "gathering")
    assert assess(one_good(), profile, as_of=TODAY).verdict[0] == "incompatible"
    assert told(profile)["verdict"] == "unknown" and told(profile)["so_far"] == "compatible"
    assert "zoning:law" in [one["layer"] for one in told(profile)["unknown"]]

    def public(owner: str | None, region: str = "wallonia") -> dict[str, Any]:
        document = told(load_profile(region, "gathering"), owner_class=owner)
        return next(one for one in document["constraints"] if one["id"] == "public_land")

    assert (public("private")["state"], public("region")["state"], public(None)["state"]) == ("fail", "pass", "unknown")
    assert public("private")["rule"] == "wallonia.permit.grand-passage"
    assert public("private")["sentence"] == "owner: Private"
    assert public("private", "flanders")["state"] == "conditional"
    document = told(load_profile("flanders", "gathering"), owner_class="private")
    assert "The agreement of the owner." in [one["what"] for one in document["conditions"]]


def _rule_texts(language: str) -> list[str]:
    """Everything a rule says in this language, longest first: quotes, which may use any word."""

    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            if set(value) == set(LANGUAGES):
                return [str(value[language])]
            return [text for one in value.values() for text in texts(one)]
        return [text for one in value for text in texts(one)] if isinstance(value, list | tuple) else []

    found = {text for rule in rules() for text in texts(rule.model_dump())}
    return sorted((text for text in found if len(text) > 3), key=len, reverse=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_verdict_says_that_a_site_may_be_built(language: str) -> None:
    quotes = _rule_texts(language)
    seen = set()
    for profile in profiles():
        found = assess(by_chance(11, 30), profile, as_of=TODAY)
        documents = [
            explain(found, at, translate=translator(language), run="r", data_date=TODAY)  # type: ignore[arg-type]
            for at in range(0, 30, 3)
        ]
        documents += [
            told(profile, language),
            told(profile, language, shares={"zoning": {"residential": 0.0, "recreation": 1.0}}),
        ]
        for document in documents:
            seen.add(document["verdict"])
            text = document["text"]
            for quote in quotes:
                text = text.replace(quote, "")
            assert FORBIDDEN.search(text) is None, text
    assert seen >= {"compatible", "incompatible", "unknown"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_of_a_verdict_says_so(language: str) -> None:
    translate = translator(language)  # type: ignore[arg-type]
    for text in (*OPENINGS.values(), *VERDICTS.values(), USABLE, LATER, NO_LAW, FITS):
        assert FORBIDDEN.search(text) is None and FORBIDDEN.search(translate(text)) is None, text
    for profile in profiles():
        assert FORBIDDEN.search((profile.usable_for or {}).get(language, "")) is None  # type: ignore[call-overload]


def test_the_words_are_found_where_they_stand() -> None:
    for text in (
        "It is authorised.",
        "Dat is toegelaten.",
        "C'est permis.",
        "Das ist genehmigt.",
        "vergund",
        "zugelassen",
    ):
        assert FORBIDDEN.search(text)
    assert FORBIDDEN.search("Usable for a temporary authorisation; Nutzbar für eine befristete Genehmigung") is None


@EVERY
def test_scores_tell_good_land_from_better(profile: Profile) -> None:
    """Breakpoints do not saturate at the first step: near and nearer differ."""
    walked = [name for name in WAYS if name != "main_road"]
    near = assess(large(reach=dict.fromkeys(walked, (400.0, 400.0))), profile, as_of=TODAY)
    best = assess(large(reach=dict.fromkeys(walked, (90.0, 90.0))), profile, as_of=TODAY)
    assert near.score_high[0] < best.score_low[0] <= 1.0
    assert np.isclose(best.score_low[0], best.score_high[0])
