"""Zoning labels: known codes and labels map to their class, faults are repaired, the rest is unrecognised."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import UsageError
from geodata.sources.zoning_labels import (
    UNRECOGNISED,
    PlanKind,
    _raw,
    class_title,
    classify,
    normalise,
    zoning_classes,
)

HERE = Path(__file__).parent
PLAN_OF: dict[str, PlanKind] = {"VL": "gewestplan", "BXL": "pras", "WAL": "pds"}
REGION_PLAN: dict[str, PlanKind] = {"flanders": "gewestplan", "wallonia": "pds", "brussels": "pras"}


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows("pds_affect_codes.csv"), ids=lambda row: row["affect"])
def test_every_sector_plan_code(row: dict[str, str]) -> None:
    found = classify("pds", row["affect"], [row["label"]])
    assert (found.zoning_class, found.how) == (row["group"], "code")
    assert classify("pds", f" {row['affect'].lower()} ", []).zoning_class == row["group"]


@pytest.mark.parametrize("row", rows("zoning_labels_seen.csv"), ids=lambda row: row["label"])
def test_every_label_seen(row: dict[str, str]) -> None:
    assert classify(PLAN_OF[row["region"]], None, [row["label"]]).zoning_class == row["group"]
    assert classify(PLAN_OF[row["region"]], None, [f"Art. 8.33:  {row['label'].upper()} "]).zoning_class == row["group"]


@pytest.mark.parametrize("region", ["flanders", "wallonia", "brussels"])
def test_every_own_label_maps_to_its_class(region: str) -> None:
    for label, zoning_class in _raw()["labels"][region].items():
        assert classify(REGION_PLAN[region], None, [label]).zoning_class == zoning_class, label


def test_dutch_and_french_names_of_brussels_agree() -> None:
    both = classify("pras", "X", ["Zones de forte mixité", "sterk gemengde gebieden"])
    assert (both.zoning_class, both.how) == ("mixed", "label")


def test_codes_and_titles_are_complete() -> None:
    listed = set(zoning_classes())
    for codes in _raw()["codes"].values():
        assert set(codes.values()) <= listed
    assert UNRECOGNISED not in listed
    for name in listed:
        for language in ("nl", "fr", "de", "en"):
            assert class_title(name, language) not in ("", name if "_" in name else "")
    assert class_title("nowhere", "nl") == "nowhere"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("milieubelastende industrieÃ«n", "milieubelastende industrieën"),
        ("Milieubelastende  industrie0n", "milieubelastende industrieën"),
        ("art. 8.33: Natuurgebieden", "natuurgebieden"),
        ("gebieden voor dag- Ã©n verblijf- recreatie", "gebieden voor dag- én verblijfrecreatie"),
        ("gemengde woon- en industriegebieden", "gemengde woon- en industriegebieden"),
        ("Zones de forte mixitÃ©", "zones de forte mixité"),
        ("ambachtelijke bedrijven en kmo\u2019s", "ambachtelijke bedrijven en kmo's"),
    ],
)
def test_faults_are_repaired(raw: str, expected: str) -> None:
    assert normalise(raw) == expected


@given(st.text())
def test_normalise_is_idempotent(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(
    st.lists(
        st.sampled_from(["Ã", "Â", "©", "«", "art. 1: ", "- ", "a", "én", " ", "0", "industrie0n"]),
        max_size=12,
    )
)
def test_normalise_is_idempotent_on_faulty_text(parts: list[str]) -> None:
    assert normalise(normalise("".join(parts))) == normalise("".join(parts))


@given(
    st.sampled_from(["gewestplan", "rup", "bpa", "pds", "pras"]),
    st.text(max_size=8),
    st.lists(st.text(), max_size=3),
)
def test_a_class_is_listed_or_unrecognised(kind: PlanKind, code: str, labels: list[str]) -> None:
    found = classify(kind, code, labels)
    assert found.zoning_class in {*zoning_classes(), UNRECOGNISED}


@given(st.text(alphabet="bcdfghjkmqxz ", min_size=3))
def test_a_never_seen_label_is_never_guessed(label: str) -> None:
    kinds: tuple[PlanKind, ...] = ("gewestplan", "rup", "bpa", "pds", "pras")
    for kind in kinds:
        assert classify(kind, None, [label]).zoning_class == UNRECOGNISED


@pytest.mark.parametrize(
    ("kind", "code", "labels", "zoning_class", "how"),
    [
        ("pds", "H99", ["Habitat"], UNRECOGNISED, "unknown_code"),
        ("pds", None, ["Habitat"], "residential", "label"),
        ("pds", None, [], UNRECOGNISED, "nothing_given"),
        ("gewestplan", "0100", [], "residential", "code"),
        ("gewestplan", "0105", [], UNRECOGNISED, "unknown_code"),
        ("gewestplan", "0100", ["woonuitbreidingsgebieden"], "residential_expansion", "label"),
        ("gewestplan", "0100", ["gebied voor iets nieuws"], UNRECOGNISED, "unknown_label"),
        ("gewestplan", None, ["woongebieden", "parkgebieden"], UNRECOGNISED, "labels_disagree"),
        ("rup", "WON", [], "residential", "code"),
        ("rup", "WON", ["art. 4: zone voor gesloten bebouwing"], "residential", "category"),
        ("rup", "WON", ["art. 5: zone voor private tuinen"], UNRECOGNISED, "unknown_label"),
        ("rup", "XYZ", ["zone voor gesloten bebouwing"], UNRECOGNISED, "unknown_label"),
        ("rup", "WON", ["art. 3: Residentieel woonwagenterrein"], "caravan", "search_word"),
        ("bpa", None, ["zone voor woonwagens"], "caravan", "search_word"),
        ("gewestplan", None, ["pleisterplaats voor nomaden of woonwagenbewoners"], "caravan", "label"),
        ("rup", "WON", ["wonen, woonwagens niet toegelaten"], UNRECOGNISED, "denied"),
        ("rup", None, ["natuurgebieden", "RUP woonwagenterreinen"], "nature", "label"),
        ("rup", "WON", ["zone voor bebouwing", "RUP Groene Weg"], "residential", "category"),
        ("rup", None, ["zone voor ontsluiting", "RUP woonwagenterreinen"], UNRECOGNISED, "unknown_label"),
        ("rup", "WON", ["zone voor woonwagens", "wonen"], "caravan", "search_word"),
        ("rup", None, ["zone voor woonwagens", "bosgebieden"], UNRECOGNISED, "labels_disagree"),
        ("rup", None, ["art. 10", "parkgebieden"], "park", "label"),
        ("pras", "ZH", ["zone voor woonwagens"], UNRECOGNISED, "unknown_label"),
        ("pras", "12", [None], UNRECOGNISED, "unknown_code"),
    ],
)
def test_how_a_class_is_found(kind: PlanKind, code: str | None, labels: list[str], zoning_class: str, how: str) -> None:
    found = classify(kind, code, labels)
    assert (found.zoning_class, found.how) == (zoning_class, how)


def test_another_kind_of_plan_is_refused() -> None:
    with pytest.raises(UsageError, match="Unknown kind of plan"):
        classify("bestemmingsplan", None, [])  # type: ignore[arg-type]
