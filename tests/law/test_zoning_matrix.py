"""Every zoning code of the three regions against the published matrices, written out by hand.

Code or label -> harmonised class -> state for residential, transit and family sites. p pass, c conditional,
d derogation, f fail, u unknown. Where the tool is stricter than the matrix, the reason stands in DEVIATIONS.
"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.measure.specs import Region, layer_specs
from geodata.sources.zoning_labels import UNRECOGNISED, PlanKind, _raw, classify
from sites.law import ZoningRule, rules, zoning_outcome
from sites.law.model import LANGUAGES, SITE_TYPES, LawRegion
from sites.law.plan_levels import closes_for_good, missing_levels, plan_levels

TODAY = date(2026, 11, 25)
WORDS = {"p": "pass", "c": "conditional", "d": "derogation", "f": "fail", "u": "unknown"}
THREE = ("residential", "transit", "family")

#: Gewestplan: code, label of the layer, class, states. Main groups 0100 to 1700, and sub-codes by their label.
GEWESTPLAN = [
    ("0100", "woongebieden", "residential", "ppp"),
    ("0101", "woongebieden met cultureel, historische en/of esthetische waarde", "residential_heritage", "ccc"),
    ("0102", "woongebieden met landelijk karakter", "residential_rural", "ppp"),
    ("0104", "woonpark", "residential_park", "ccc"),
    ("0105", "woonuitbreidingsgebieden", "residential_expansion", "ccc"),
    ("0130", "pleisterplaats voor nomaden of woonwagenbewoners", "caravan", "ccc"),
    ("0180", "woonreservegebieden", "residential_reserve", "ccc"),
    ("0200", "gebieden voor gemeenschapsvoorzieningen en openbare nutsvoorzieningen", "public_utility", "ccf"),
    ("0300", "dienstverleningsgebieden", "service", "uuu"),
    ("0400", "recreatiegebieden", "recreation", "ddu"),
    ("0401", "gebieden voor dagrecreatie", "recreation_day", "ddu"),
    ("0402", "gebieden voor verblijfrecreatie", "recreation_stay", "ddu"),
    ("0500", "parkgebieden", "park", "fff"),
    ("0600", "bufferzones", "buffer", "fff"),
    ("0700", "groengebieden", "green", "fff"),
    ("0701", "natuurgebieden", "nature", "fff"),
    ("0702", "natuurgebieden met wetenschappelijke waarde of natuurreservaten", "nature_reserve", "fff"),
    ("0800", "bosgebieden", "forest", "fff"),
    ("0900", "agrarische gebieden", "agriculture", "fff"),
    ("0901", "landschappelijk waardevolle agrarische gebieden", "agriculture_landscape", "fff"),
    ("1000", "industriegebieden", "industry", "fdf"),
    ("1100", "ambachtelijke bedrijven en kmo's", "sme", "fdf"),
    ("1200", "ontginningsgebied met nabestemming natuurontwikkeling", "extraction", "fff"),
    ("1300", None, "landfill", "fff"),
    ("1400", "militaire gebieden", "military", "uuu"),
    ("1500", "bestaande autosnelwegen", "infrastructure", "fuf"),
    ("1600", None, "unassigned", "uuu"),
    ("1700", "landelijke gebieden", "agriculture", "fff"),
]
#: Rows of the Flemish matrix (residential, transit) in its own words, and the states that may stand for them.
MATRIX = {
    "0100": ("yes", "yes"), "0105": ("conditional", "conditional"), "0200": ("conditional", "act of general interest"),
    "0300": ("conditional", "conditional"), "0400": ("unless derogation", "unless derogation"), "0500": ("no", "no"),
    "0600": ("no", "no"), "0700": ("no", "no"), "0800": ("no", "no"), "0900": ("no", "no"), "1000": ("no", "weak"),
    "1100": ("no", "weak"), "1500": ("no", "weak"),
}  # fmt: skip
READ_AS = {
    "yes": "pass", "conditional": "conditional", "act of general interest": "conditional", "no": "fail",
    "unless derogation": "derogation", "weak": "derogation",
}  # fmt: skip
#: Where we answer unknown although the matrix proposes something: it says itself that nothing was found.
DEVIATIONS = {("0300", "residential"), ("0300", "transit"), ("1500", "transit")}

#: RUP and BPA by the concordance of article 174 of the decree of 27 March 2009.
RUP = [
    ("wonen", "residential", "ppp"),
    ("bedrijvigheid", "industry", "fdf"),
    ("landbouw", "agriculture", "fff"),
    ("bos", "forest", "fff"),
    ("overig groen", "green", "fff"),
    ("reservaat en natuur", "nature", "fff"),
    ("park", "park", "fff"),
    ("recreatie", "recreation", "ddu"),
    ("gemeenschapsvoorzieningen en openbaar nut", "public_utility", "ccf"),
    ("gemeenschaps- en nutsvoorzieningen", "public_utility", "ccf"),
    ("ontginning", "extraction", "fff"),
    ("ontginning en waterwinning", "extraction", "fff"),
    ("lijninfrastructuur", "infrastructure", "fuf"),
    ("zone voor residentieel woonwagenterrein", "caravan", "ccc"),
]

#: Sector plan: AFFECT, class, then public area / family land / light dwelling in the words of the matrix.
PDS = [
    ("H01", "residential", "possible", "yes, permit", "yes, permit"),
    ("H02", "residential_rural", "possible", "yes, permit", "yes, permit"),
    ("H03", "residential_light", "no", "only ZHV rules", "only ZHV rules"),
    ("P01", "public_utility", "best fit", "no", "no"),
    ("L01", "recreation", "conditional", "conditional", "conditional"),
    ("L11", "recreation", "conditional", "conditional", "conditional"),
    ("L12", "recreation", "conditional", "conditional", "conditional"),
    ("L13", "recreation", "conditional", "conditional", "conditional"),
    ("D01", "reserve", "after SOL", "after SOL", "after SOL"),
    ("D02", "reserve_economic", "no", "no", "no"),
    ("A01", "sme", "derogation only", "no", "no"),
    ("A02", "industry", "derogation only", "no", "no"),
    ("A11", "industry", "derogation only", "no", "no"),
    ("A12", "industry", "derogation only", "no", "no"),
    ("A13", "industry_heavy", "exclude", "no", "no"),
    ("ZEC", "mixed", "manual", "manual", "manual"),
    ("ZER", "mixed", "manual", "manual", "manual"),
    ("X01", "extraction", "exclude", "no", "no"),
    ("XR1", "extraction", "exclude", "no", "no"),
    ("XR2", "extraction", "exclude", "no", "no"),
    ("XR3", "extraction", "exclude", "no", "no"),
    ("XR4", "extraction", "exclude", "no", "no"),
    ("R01", "agriculture", "no", "no", "no"),
    ("R02", "forest", "never", "never", "never"),
    ("R03", "green", "exclude", "no", "no"),
    ("R04", "nature", "exclude", "no", "no"),
    ("R05", "park", "exclude", "no", "no"),
    ("P12", "unassigned", "manual", "manual", "manual"),
    ("V01", "unassigned", "manual", "manual", "manual"),
    ("V02", "unassigned", "manual", "manual", "manual"),
]
PDS_READ_AS = {
    "possible": "conditional", "best fit": "conditional", "conditional": "conditional", "after SOL": "conditional",
    "only ZHV rules": "conditional", "yes, permit": "pass", "manual": "unknown",
    "no": "fail", "never": "fail", "exclude": "fail",
    "derogation only": "unknown",  # a derogation needs an article that allows it; none was found
}  # fmt: skip

#: PRAS: Dutch and French name of a zone, class, states.
PRAS = [
    ("typisch woongebieden", "Zones d'habitation", "residential", "pcp"),
    ("woongebieden met residentieel karakter", "Zones d'habitation à prédominance résidentielle", "residential", "pcp"),
    ("gemengde gebieden", "Zones mixtes", "mixed", "ucu"),
    ("sterk gemengde gebieden", "Zones de forte mixité", "mixed", "ucu"),
    ("gebieden van gewestelijk belang", "Zones d'intérêt régional", "mixed", "ucu"),
    ("ondernemings gebieden in de stedelijke omgeving", "Zones d'entreprises en milieu urbain", "mixed", "ucu"),
    ("administratiegebieden", "Zones administratives", "service", "ucu"),
    ("gebieden van collectief belang of van openbare diensten",
     "Zones d'équipements d'intérêt collectif ou de service public", "public_utility", "ucu"),
    ("koninklijk domein", "Domaine royal", "public_utility", "ucu"),
    ("stedelijk-industriegebieden", "Zones d'industries urbaines", "industry", "uuu"),
    ("gebieden voor havenactiviteiten en vervoeren", "Zones d'activités portuaires et de transport", "industry", "uuu"),
    ("spoorweggebieden", "Zones de chemin de fer", "infrastructure", "uuu"),
    ("gebieden voor sport- of vrijtijdsactiviteiten in de open lucht", "Zones de sports ou de loisirs de plein air",
     "recreation", "uuu"),
    ("grondreservegebieden", "Zones de réserve foncière", "unassigned", "uuu"),
    ("landbouwgebieden", "Zones agricoles", "agriculture", "uuu"),
    ("groengebieden", "Zones vertes", "green", "fff"),
    ("groengebieden met hoogbiologische waarde", "Zones vertes de haute valeur biologique", "nature", "fff"),
    ("begraafplaatsgebieden", "Zones de cimetières", "green", "fff"),
    ("parkgebieden", "Zones de parcs", "park", "fff"),
    ("bosgebieden", "Zones forestières", "forest", "fff"),
]  # fmt: skip


def states(region: str, zoning_class: str) -> list[str]:
    return [
        zoning_outcome(region, site_type=one, zoning_class=zoning_class, as_of=TODAY).state for one in THREE
    ]  # fmt: skip


def spelled(letters: str) -> list[str]:
    return [WORDS[one] for one in letters]


@pytest.mark.parametrize(("code", "label", "zoning_class", "letters"), GEWESTPLAN, ids=lambda one: str(one)[:24])
def test_gewestplan(code: str, label: str | None, zoning_class: str, letters: str) -> None:
    assert classify("gewestplan", code, [label]).zoning_class == zoning_class
    assert states("flanders", zoning_class) == spelled(letters)


def test_every_main_group_is_in_the_table_and_reads_by_its_code_alone() -> None:
    groups = [f"{number:02d}00" for number in range(1, 18)]
    assert list(_raw()["codes"]["gewestplan"]) == groups
    assert set(groups) <= {row[0] for row in GEWESTPLAN}
    for code, _, zoning_class, _ in GEWESTPLAN:
        alone = classify("gewestplan", code, [])
        assert alone.zoning_class == (zoning_class if code in groups else UNRECOGNISED), code


@pytest.mark.parametrize("code", MATRIX)
def test_the_flemish_matrix(code: str) -> None:
    zoning_class = next(row[2] for row in GEWESTPLAN if row[0] == code)
    for site_type, word, found in zip(THREE, MATRIX[code], states("flanders", zoning_class)[:2], strict=False):
        expected = "unknown" if (code, site_type) in DEVIATIONS else READ_AS[word]
        assert found == expected, (code, site_type)


@pytest.mark.parametrize(("label", "zoning_class", "letters"), RUP, ids=lambda one: str(one))
def test_rup_and_bpa(label: str, zoning_class: str, letters: str) -> None:
    for kind in ("rup", "bpa"):
        plan: PlanKind = "rup" if kind == "rup" else "bpa"
        assert classify(plan, None, [label]).zoning_class == zoning_class
        assert classify(plan, "XYZ", [f"art. 4: {label.upper()}"]).zoning_class == zoning_class
    assert states("flanders", zoning_class) == spelled(letters)


@pytest.mark.parametrize(("code", "zoning_class", "public", "family", "light"), PDS, ids=lambda one: str(one))
def test_sector_plan(code: str, zoning_class: str, public: str, family: str, light: str) -> None:
    assert classify("pds", code, []).zoning_class == zoning_class
    assert states("wallonia", zoning_class) == [PDS_READ_AS[word] for word in (light, public, family)]


def test_the_sector_plan_has_exactly_thirty_known_codes() -> None:
    assert set(_raw()["codes"]["pds"]) == {row[0] for row in PDS}
    assert len(PDS) == len({row[0] for row in PDS}) == 30


@given(st.text(alphabet="ABDHLPRVXZC0123456789", min_size=1, max_size=4))
def test_an_unknown_code_of_the_sector_plan_is_unknown_whatever_its_label(code: str) -> None:
    if code in {row[0] for row in PDS}:
        return
    found = classify("pds", code, ["Habitat"])
    assert (found.zoning_class, found.how) == (UNRECOGNISED, "unknown_code")
    assert states("wallonia", found.zoning_class) == ["unknown"] * 3


@pytest.mark.parametrize(("dutch", "french", "zoning_class", "letters"), PRAS, ids=lambda one: str(one)[:24])
def test_pras(dutch: str, french: str, zoning_class: str, letters: str) -> None:
    for labels in ([dutch], [french], [dutch, french]):
        for plan in _brussels_plans():
            assert classify(plan, None, labels).zoning_class == zoning_class
    assert states("brussels", zoning_class) == spelled(letters)


def _brussels_plans() -> tuple[PlanKind, ...]:
    return ("pras", "pad", "rruz", "ppas")


def test_every_pras_name_is_in_the_table() -> None:
    assert set(_raw()["labels"]["brussels"]) == {name for row in PRAS for name in row[:2]}


@pytest.mark.parametrize(
    "label",
    [
        "pleisterplaats voor nomaden of woonwagenbewoners",
        "Pleisterplaats voor nomaden of  woonwagenbewoners",
        "Art. 12: Woonwagenterrein",
        "zone voor woonwagens Ã©n dienstgebouwen",
        "zone voor residentiÃ«le woonwagens",
        "Woon- wagenpark",
    ],
)
def test_any_label_with_woonwagen_is_a_caravan_destination(label: str) -> None:
    for plan in ("gewestplan", "rup", "bpa"):
        kind: PlanKind = "gewestplan" if plan == "gewestplan" else "rup" if plan == "rup" else "bpa"
        assert classify(kind, None, [label]).zoning_class == "caravan"


def test_a_caravan_destination_is_zoning_only_and_says_so() -> None:
    for site_type in ("residential", "transit", "family", "temporary"):
        outcome = zoning_outcome("flanders", site_type=site_type, zoning_class="caravan", as_of=TODAY)
        assert outcome.state == "conditional"
        assert outcome.reason["en"].endswith("This is zoning only; it proves neither use nor availability.")
        assert "geen gebruik en geen beschikbaarheid" in outcome.reason["nl"]
        assert "ni l'usage ni la disponibilité" in outcome.reason["fr"]
        assert "weder Nutzung noch Verfügbarkeit" in outcome.reason["de"]


def test_community_facility_zones_and_released_reserve_are_conditional() -> None:
    for site_type in ("residential", "transit"):
        facility = zoning_outcome("flanders", site_type=site_type, zoning_class="public_utility", as_of=TODAY)
        assert (facility.state, (facility.conditions[0].article or "")[:10]) == ("conditional", "VCRO 4.4.8")
        assert "RUP" in facility.conditions[0].what["en"], "4.4.8 is about the gewestplan"
        reserve = zoning_outcome("flanders", site_type=site_type, zoning_class="residential_reserve", as_of=TODAY)
        assert (reserve.state, reserve.conditions[0].article) == ("conditional", "VCRO 5.6.11")
        assert "gemeenteraad" in reserve.conditions[0].who_decides["nl"]


def test_who_could_tell_where_nothing_was_found() -> None:
    """A private family site in a recreation zone, a Walloon reception area in a business zone."""
    for zoning_class in ("recreation", "recreation_day", "recreation_stay"):
        family = zoning_outcome("flanders", site_type="family", zoning_class=zoning_class, as_of=TODAY)
        assert family.state == "unknown" and "was not found" in family.reason["en"]
        assert family.who_could_answer is not None and "Departement Omgeving" in family.who_could_answer["nl"]
        assert isinstance(family.rule, ZoningRule)
        assert [one.what["en"][:16] for one in family.rule.precedents("family")] == ["Sint-Gillis-Waas"]
    for zoning_class in ("sme", "industry", "retail"):
        area = zoning_outcome("wallonia", site_type="transit", zoning_class=zoning_class, as_of=TODAY)
        assert (area.state, area.conditions) == ("unknown", ())
        assert area.who_could_answer is not None and "fonctionnaire délégué" in area.who_could_answer["fr"]


def test_no_risk_is_named_where_nobody_judged_it() -> None:
    outcome = zoning_outcome("flanders", site_type="transit", zoning_class="public_utility", as_of=TODAY)
    assert [one.risk for one in outcome.conditions] == [None]
    assert "whether it is on the government's list was not found" in outcome.conditions[0].what["en"]


def test_a_residential_site_in_brussels_is_housing() -> None:
    outcome = zoning_outcome("brussels", site_type="residential", zoning_class="residential", as_of=TODAY)
    assert outcome.state == "pass" and "housing" in outcome.reason["en"]
    transit = zoning_outcome("brussels", site_type="transit", zoning_class="public_utility", as_of=TODAY)
    assert (transit.state, transit.grade) == ("conditional", "C")
    assert "legal opinion" in transit.reason["en"]


def test_the_german_speaking_community_reads_unknown_by_its_own_law() -> None:
    for row in PDS:
        for site_type in SITE_TYPES:
            outcome = zoning_outcome(
                "wallonia", site_type=site_type, zoning_class=row[1], as_of=TODAY, german_speaking=True
            )
            assert outcome.state == "unknown"
            assert outcome.region == "german-speaking-community"
            assert "Community" in outcome.reason["en"]


def test_precedents_are_cited_and_say_for_which_type_of_site() -> None:
    found = [
        (rule, one) for rule in rules() if isinstance(rule, ZoningRule) for one in rule.values.precedents
    ]  # fmt: skip
    assert len(found) >= 10
    for _, one in found:
        assert set(one.what) == set(LANGUAGES) and one.source.startswith("http")
    lille = next(rule for rule in rules() if rule.id == "flanders.zoning.public-utility")
    assert isinstance(lille, ZoningRule)
    assert [one.what["en"][:5] for one in lille.precedents("transit")] == ["Lille", "Counc"]
    assert [one.what["en"][:5] for one in lille.precedents("residential")] == ["Counc"]


LEVELS: dict[LawRegion, list[tuple[str, str]]] = {
    "flanders": [
        ("rup-regional", "overrules"), ("rup-provincial", "overrules"), ("rup-municipal", "overrules"),
        ("bpa", "overrules"), ("zoning-gewestplan", "base"), ("subdivision", "adds"),
    ],
    "wallonia": [("sol", "adds"), ("gcu", "adds"), ("lot", "adds"), ("sdc", "adds"), ("zoning-pds", "base")],
    "brussels": [("pad", "overrules"), ("rruz", "overrules"), ("ppas", "overrules"), ("pras", "base")],
    "german-speaking-community": [],
}  # fmt: skip


@pytest.mark.parametrize("region", LEVELS)
def test_plan_levels_of_each_region(region: LawRegion) -> None:
    assert [(one.id, one.role) for one in plan_levels(region, TODAY)] == LEVELS[region]
    everything = [name for name, _ in LEVELS[region]]
    assert missing_levels(region, TODAY, everything) == ()
    for name, role in LEVELS[region]:
        rest = [one for one in everything if one != name]
        assert [one.id for one in missing_levels(region, TODAY, rest)] == [name]
        assert closes_for_good(region, TODAY, rest) == (role == "adds")


@pytest.mark.parametrize("region", ["flanders", "wallonia", "brussels"])
def test_what_is_measured_needs_every_level_of_the_law(region: Region) -> None:
    needed = {
        name
        for spec in layer_specs(region)
        if spec.id in ("zoning", "plan_rules")
        for group in spec.groups
        for name in group
    }
    assert needed == {one.id for one in plan_levels(region, TODAY)}
    adding = {group[0] for spec in layer_specs(region) if spec.id == "plan_rules" for group in spec.groups}
    assert adding == {one.id for one in plan_levels(region, TODAY) if one.role == "adds"}
