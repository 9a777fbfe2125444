"""Keys in any spelling, the class by a name, rights, shares and days: what single words of an owner list mean."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from geodata.ingest.capakey import from_parts, spelled
from geodata.ingest.owner_names import OWNER_CLASSES, class_of_name, class_of_word
from geodata.ingest.rights import end_of, lease_of, right_of, share_of
from sites.suitability.loader import load_profile
from sites.suitability.titles import OWNERS

# --- keys ---


@pytest.mark.parametrize(
    "written",
    [
        "24434F0211/00W006", "24434f0211/00w006", "24434F0211-00W006", "24434F021100W006", " 24434 F 0211 / 00 W 006 ",
        "24434F211W6", "24434 F 211 W 6", "24434-F-211-W-6", "24434_F_0211_00_W_006", "24434.F.0211.00.W.006",
    ],
)  # fmt: skip
def test_a_key_in_any_spelling(written: str) -> None:
    found = spelled(written)
    assert found is not None and found.key == "24434F0211/00W006" and not found.short


def test_keys_without_exponent() -> None:
    assert [one and one.key for one in map(spelled, ("24434F0211/00_000", "24434F0211/02_000", "24434F0211/00 000"))] == [
        "24434F0211/00_000", "24434F0211/02_000", "24434F0211/00_000",
    ]  # fmt: skip
    short = spelled("24434F211")
    assert short is not None and short.key == "24434F0211/00_000" and short.short
    assert not any(
        map(spelled, ("", None, "Jan Peeters", "2443F0211/00W006", "24434F0211/00W0066", "24434FF0211", 24434))
    )


@runs(deadline=None)
@given(
    st.integers(10_000, 99_999), st.sampled_from("ABCDEFGHZ"), st.integers(0, 9999), st.integers(0, 99),
    st.sampled_from("_ABCXYZ"), st.integers(0, 999), st.sampled_from(["/", "-", "", " / ", " - "]), st.booleans(),
)  # fmt: skip
def test_spellings_lead_back(
    division: int, section: str, number: int, bis: int, exponent: str, power: int, slash: str, small: bool
) -> None:
    key = f"{division}{section}{number:04d}/{bis:02d}{exponent}{power:03d}"
    written = key.replace("/", slash)
    found = spelled(written.lower() if small else written)
    assert found is not None and found.key == key
    parts = from_parts(division, section.lower(), number, bis, exponent if exponent != "_" else "", power)
    assert parts is not None and parts.key == key


@runs(deadline=None)
@given(st.text(max_size=24))
def test_no_text_makes_a_malformed_key(written: str) -> None:
    found = spelled(written)
    assert found is None or spelled(found.key) == type(found)(found.key)


# --- classes ---

BODIES = {
    "municipality": ["Gemeente Leuven", "STAD GENT", "Ville de Namur", "Commune d'Aubel", "Gemeinde Eupen",
                     "L'Administration communale de Wavre", "LEUVEN (STAD)", "Namur, Ville de"],
    "cpas_ocmw": ["OCMW Leuven", "O.C.M.W. van de stad Gent", "CPAS de Mons", "ÖSHZ Eupen",
                  "Centre public d'action sociale de Mons"],
    "church_fabric": ["Kerkfabriek Sint-Jan Baptist", "Fabrique d'église Saint-Étienne", "Kirchenfabrik St. Nikolaus"],
    "autonomous_municipal_company": ["AGB Leuven", "Autonoom Gemeentebedrijf Bad", "R.C.A. de Verviers",
                                     "Régie communale autonome"],
    "province": ["Provincie Vlaams-Brabant", "La Province de Liège", "Provinz Lüttich"],
    "region": ["Vlaams Gewest", "Région wallonne", "SPW Mobilité", "Service public de Wallonie"],
    "community": ["Vlaamse Gemeenschap", "Deutschsprachige Gemeinschaft", "Fédération Wallonie-Bruxelles"],
    "federal": ["Regie der Gebouwen", "Régie des Bâtiments", "Belgische Staat - FOD Financiën", "L'État belge"],
    "housing_company": ["Sociale huisvestingsmaatschappij X", "Woonmaatschappij X BV", "SLSP X",
                        "Société de logement de service public X"],
    "intermunicipal": ["Intercommunale X", "Dienstverlenende vereniging X", "Interleuven dv"],
    "water_manager": ["De Vlaamse Waterweg nv", "Aquafin NV", "Watering De Grote Beek", "Polder van Muisbroek"],
    "rail_manager": ["NMBS", "SNCB Holding", "Infrabel NV van publiek recht"],
    "other_public": ["Politiezone Leuven", "Zone de secours X", "X NV van publiek recht"],
    "private": ["Jan Peeters", "WUYTS AN", "Peeters, Jan", "Immo X NV", "X SPRL", "Erven X", "Héritiers X", "Özdemir Ayşe"],
    "unknown": ["", "123", "Universiteit Gent", "Ville Nouvelle SA", "Polder Bouw NV", "Stad, Jan", "Fluvial"],
}  # fmt: skip


@pytest.mark.parametrize(("expected", "name"), [(one, name) for one, names in BODIES.items() for name in names])
def test_the_class_by_the_name(expected: str, name: str) -> None:
    assert class_of_name(name) == expected
    assert class_of_name(name.upper()) == expected


def test_every_class_has_a_word_a_title_and_a_value() -> None:
    assert set(OWNERS) == set(OWNER_CLASSES) == set(BODIES)
    for name in OWNER_CLASSES:
        assert class_of_word(name) == class_of_word(OWNERS[name]) == name
    assert (class_of_word("ocmw_cpas"), class_of_word("privé"), class_of_word("Gemeinde")) == (
        "cpas_ocmw", "private", "municipality",
    )  # fmt: skip
    assert class_of_word("Jan Peeters") is None
    for region in ("flanders", "wallonia", "brussels"):
        owner = next(one for one in load_profile(region, "residential").criteria if one.id == "owner")
        assert set(owner.values) == set(OWNER_CLASSES) - {"unknown"}
        assert all(value > owner.values["private"] for name, value in owner.values.items() if name != "private")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("VE 1/2", "full_ownership"), ("pleine propriété", "full_ownership"), ("blote eigendom", "bare_ownership"),
        ("Nue-propriété", "bare_ownership"), ("vruchtgebruik", "usufruct"), ("Nießbrauch", "usufruct"),
        ("erfpacht", "emphyteusis"), ("bail emphytéotique", "emphyteusis"), ("opstal", "superficies"),
        ("droit de superficie", "superficies"), ("pacht", "lease"), ("bail", "lease"),
        ("erfpachtgever", "bare_ownership"), ("iets anders", None), (None, None),
    ],
)  # fmt: skip
def test_rights(written: str | None, expected: str | None) -> None:
    assert right_of(written) == expected


def test_shares_leases_and_days() -> None:
    shares = ["1/2", "50 %", "0,5", "50", "VE 1/2", "1/1", "3/2", "0/1", "x", datetime(2025, 2, 1)]
    assert [share_of(one) for one in shares] == [0.5, 0.5, 0.5, 0.5, 0.5, 1.0, None, None, None, None]
    said = ["ja", "verhuurd aan Jan Peeters, geen einddatum", "niet verhuurd", "aucun bail", "vrij", "misschien", ""]
    assert [lease_of(one) for one in said] == [True, True, False, False, False, None, None]
    days = ["31/12/2030", "31.12.2030", "2030-12-31", datetime(2030, 12, 31), "47848", "tot 31-12-2030", "31/13/2030"]
    assert [end_of(one) for one in days] == [date(2030, 12, 31)] * 6 + [None]


# --- files ---
