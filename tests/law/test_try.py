"""Draft calls: never part of a public answer, checked like law, and held against land, sites and money."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.law_reach import reach_view
from api.law_view import rules_view
from geodata.errors import RuleError
from sites.candidates.reach import reach_of, sites_meeting
from sites.inventory import Site
from sites.law import Project, evaluate, regimes, rules
from sites.law.loader import load_pack
from sites.law.model import LAW_REGIONS
from sites.law.scenario import DraftCall, draft_call, projects_paid, read_drafts
from sites.law.subsidies.rule import Cap, SubsidyRule

FILE = Path(__file__).parents[2] / "sites" / "law" / "scenarios" / "wallonia_draft_call.yaml"
TEXT = FILE.read_text(encoding="utf-8")
CALL = draft_call(read_drafts(TEXT, FILE.name)[0])


def draft(**swaps: str) -> DraftCall:
    """The shipped draft with some of its figures changed; `key=value` replaces the text after `key: `."""
    text = TEXT
    for key, value in swaps.items():
        line = next(one for one in text.splitlines() if one.strip().startswith(f"{key}:"))
        text = text.replace(line, f"{line.partition(key)[0]}{key}: {value}" if value else "")
    return draft_call(read_drafts(text, "draft.yaml")[0])


# -- never law ----------------------------------------------------------------------------------------------------


def test_drafts_are_shipped_marked_and_never_in_a_public_answer() -> None:
    drafts = load_pack().drafts
    assert drafts
    public = {one.id for one in rules()} | {one.id for one in load_pack().rules}
    for rule in drafts:
        assert rule.status == "scenario" and rule.grade == "U" and len(rule.examples) >= 2
        assert rule.id not in public
        assert isinstance(rule, SubsidyRule)
        for language, word in (("nl", "ontwerp"), ("fr", "projet"), ("de", "Entwurf"), ("en", "draft, not law")):
            assert word in rule.title[language]  # type: ignore[index]
    for region in LAW_REGIONS:
        assert not {one.id for one in regimes(region)} & {one.id for one in drafts}
    day = date(2027, 6, 1)
    listed = rules_view(region=None, kind=None, as_of=day, language="en", today=day)
    assert all(one["status"] == "in_force" for one in listed["items"])
    found = evaluate(Project(region="wallonia", site_type="transit", caravans=20), day)
    named = {one.rule.id for one in (*found.regimes, *found.others)}
    assert not named & {one.id for one in drafts}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("status: scenario", "status: in_force", "is law, not a draft"),
        ('low: "240000.00"', 'low: "1.00"', "example 1 expects low"),
        ("rates: {acquisition: 0.80", "rates: {castles: 0.80", "rates.castles"),
        ("cost_types: [acquisition, layout, equipment]", "cost_types: [castles]", "caps"),
        ("given: {cost_type: layout, amount: 300000}", "given: {cost_type: castles, amount: 300000}", "no cost type"),
        ("all_year: true", "sea_view: true", "sea_view"),
        ("min_area_m2: 3000", "min_area_m2: 0", "min_area_m2"),
        ("    grade: U\n", "", "grade"),
    ],
)  # fmt: skip
def test_a_draft_is_checked_like_law(old: str, new: str, says: str) -> None:
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    with pytest.raises(RuleError, match=says):
        read_drafts(text, FILE.name)


def test_only_subsidies_can_be_tried() -> None:
    text = (FILE.parents[1] / "norms" / "elsewhere.yaml").read_text(encoding="utf-8")
    with pytest.raises(RuleError, match="only subsidy rules"):
        read_drafts(text.replace("status: in_force", "status: scenario"), "norms.yaml")


# -- money --------------------------------------------------------------------------------------------------------


def test_what_the_shipped_draft_asks_and_pays() -> None:
    assert (CALL.site_type, CALL.min_caravans, CALL.min_area_m2) == ("transit", 15, 3000)
    assert CALL.road_access and CALL.all_year
    # 2 500 000 / 400 000 = 6.25
    assert (projects_paid(CALL).low, projects_paid(CALL).high) == (6, 6)


def test_projects_with_a_cap_per_pitch_and_vat_on_top() -> None:
    cap = Cap(kind="per_pitch", cost_types=["layout"], amount=Decimal(20_000))
    values = CALL.rule.values.model_copy(update={"caps": [cap], "vat_open": Decimal("0.21")})
    paid = projects_paid(draft_call(CALL.rule.model_copy(update={"values": values})))
    # 15 x 20 000 = 300 000, with 21 % VAT 363 000: 6.9 and 8.3 projects.
    assert (paid.low, paid.high) == (6, 8)


def test_a_missing_envelope_or_cap_is_named_never_guessed() -> None:
    no_envelope = draft(envelope="null")
    assert projects_paid(no_envelope) == projects_paid(draft(envelope=""))
    assert (projects_paid(no_envelope).low, projects_paid(no_envelope).missing) == (None, ("envelope",))
    bare = CALL.rule.model_copy(update={"values": CALL.rule.values.model_copy(update={"caps": None})})
    assert projects_paid(draft_call(bare)).missing == ("cap",)


@given(envelope=st.integers(0, 10**9), cap=st.integers(1, 10**7), vat=st.sampled_from(["0", "0.06", "0.21"]))
def test_the_envelope_always_pays_the_projects_that_are_counted(envelope: int, cap: int, vat: str) -> None:
    values = CALL.rule.values
    caps = [values.caps[0].model_copy(update={"amount": Decimal(cap)})]  # type: ignore[index]
    changed = values.model_copy(update={"caps": caps, "envelope": Decimal(envelope), "vat_open": Decimal(vat)})
    paid = projects_paid(draft_call(CALL.rule.model_copy(update={"values": changed})))
    assert paid.low is not None and paid.high is not None
    assert 0 <= paid.low <= paid.high
    assert paid.high * cap <= envelope < (paid.high + 1) * cap
    assert paid.low * cap * (1 + Decimal(vat)) <= envelope


# -- land and sites -----------------------------------------------------------------------------------------------


def test_without_a_database_the_rest_is_told_and_the_gap_named() -> None:
    found = reach_view(None, CALL.rule, "en")
    assert found["candidates"] is None and found["unknown"] == ["runs"]
    # The packaged inventory needs no database: a site that is known to take 30 caravans may meet it.
    assert "wa-bastogne-n4" in {one["id"] for one in found["sites"]["perhaps"]}
    assert found["projects"] == {"low": 6, "high": 6, "missing": []}


def test_reach_on_the_demo_territory_counts_every_candidate_once(demo_connection: psycopg.Connection[Any]) -> None:
    reach = reach_of(demo_connection, CALL)
    assert [run["nis"] for run in reach.runs] == ["99002"]
    counted = reach.candidates(road_asked=True)
    row = demo_connection.execute(
        "SELECT count(*) FROM run_result WHERE run_id = %s AND verdict <> 'incompatible'", [reach.runs[0]["id"]]
    ).fetchone()
    assert row is not None and sum(sum(kinds.values()) for kinds in counted.values()) == row[0] > 0
    expected = demo_connection.execute(
        """SELECT count(*) FROM run_result r JOIN measurement m USING (batch_id, parcel_id) JOIN batch b ON b.id = batch_id
           WHERE r.run_id = %s AND r.verdict = 'compatible' AND r.usable_m2 >= 3000 AND r.pitches_low >= 15
           AND m.distance_high_mm[(SELECT one.at FROM jsonb_array_elements_text(b.common -> 'distances')
               WITH ORDINALITY AS one(name, at) WHERE one.name = 'road')] <= 20000""",
        [reach.runs[0]["id"]],
    ).fetchone()
    assert expected is not None and counted["compatible"]["reached"] == expected[0]
    assert reach.municipalities(road_asked=True)["scored"] == 1


def test_asking_less_never_reaches_less(demo_connection: psycopg.Connection[Any]) -> None:
    def sure(call: DraftCall) -> int:
        return sum(kinds["reached"] for kinds in reach_of(demo_connection, call).candidates(call.road_access).values())

    easy = DraftCall(CALL.rule, "transit", None, None, False, False)
    assert sure(CALL) <= sure(DraftCall(CALL.rule, "transit", 10, 2000, True, False)) <= sure(easy)
    assert sure(DraftCall(CALL.rule, "transit", 10_000, None, False, False)) == 0
    cells = reach_of(demo_connection, easy).cells
    assert {cell["room"] for cell in cells} == {"enough"}


def site(name: str, *pitches: tuple[int | None, int | None, str], **given: Any) -> Site:
    """A public transit site with what its pages say of its room."""
    fact = {"source": "https://example.org/page", "date": "2020", "grade": "B"}
    return Site.model_validate(
        {
            "id": name, "name": name, "region": "wallonia", "municipality": "Namur", "nis": "92094",
            "site_type": [{"value": given.get("site_type", "transit"), **fact}],
            "status": [{"value": given.get("status", "open"), **fact}],
            "manager": [{"value": "Namur", "body": "municipality", **fact}],
            "pitches": [{"low": low, "high": high, "unit": unit, **fact} for low, high, unit in pitches],
            "area": [{"low": area, "high": area, "unit": "m2", **fact} for area in given.get("area", ())],
        }
    )  # fmt: skip


def test_existing_sites_meet_a_draft_only_on_what_is_known() -> None:
    listed = [
        site("enough", (20, 20, "caravan")), site("small", (8, 10, "pitch")), site("silent"),
        site("disputed", (10, 10, "pitch"), (16, 16, "pitch")), site("families", (20, 20, "family")),
        site("closed", (20, 20, "caravan"), status="closed"), site("settled", (20, 20, "caravan"), site_type="residential"),
    ]  # fmt: skip
    found = sites_meeting(CALL, listed)
    ids = {kind: [one["id"] for one in found[kind]] for kind in ("meet", "perhaps", "too_small")}
    assert ids == {"meet": [], "perhaps": ["enough", "silent", "disputed", "families"], "too_small": ["small"]}
    assert set(found["not_known"]) == {"area", "road", "all_year"}
    bare = sites_meeting(DraftCall(CALL.rule, "transit", 15, None, False, False), listed)
    assert [one["id"] for one in bare["meet"]] == ["enough"]
    assert [one["id"] for one in bare["perhaps"]] == ["silent", "disputed", "families"]
    roomy = sites_meeting(
        DraftCall(CALL.rule, "transit", 15, 3000, False, False),
        [site("wide", (20, 20, "caravan"), area=[3000]), site("narrow", (20, 20, "caravan"), area=[2000])],
    )
    assert [one["id"] for one in roomy["meet"]] == ["wide"] and [one["id"] for one in roomy["too_small"]] == ["narrow"]
