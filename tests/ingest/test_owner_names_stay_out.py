"""No name of an owner reaches a table, a note, a message or the screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ingest_samples import Connection, Write, capakey, square
from owner_samples import KEY, PERSONS, everything, rows_of, workbook

from geodata.errors import InputError, StandplaatsError
from geodata.ingest import ingest


def test_a_name_of_the_land_is_no_owner(database: Connection, listed: Callable[..., Path]) -> None:
    ingest(database, listed("CAPAKEY;Type eigenaar;Naam", f"{KEY};;Oud Kerkhof Noord"), "ownership")
    assert rows_of(database, "owner_class", "public_share") == [("unknown", None)]


def test_persons_by_their_number_and_the_matrix_by_its_headers(
    database: Connection, listed: Callable[..., Path]
) -> None:
    path = listed(
        "officialId;Naam;Voornaam;Rijksregisternummer;OwnerRight;cadastralIncome",
        f"{capakey(1)};Stad;Jan;85.01.01-001.23;PP 1/2;100",
        f"{capakey(1)};Ville de Louvain;;;PP 1/2;100",
        f"{capakey(1)};Ville de Louvain;;;PP 1/2;100",
        f"{capakey(2)};Stad;Jan;85.01.01-001.23;VE 1/1;100",
        f"{capakey(3)};Jan;Peeters;;pacht;100",
        f"{capakey(4)};Stad Leuven;;;erfpacht;100",
        f"{capakey(5)};Stad Leuven;;;VE 2/3;100",
        f"{capakey(5)};OCMW Leuven;;;VE 2/3;100",
    )
    report = ingest(database, path, "ownership")
    assert report.examples == {"duplicate_owner": [3], "unclear_share": [7, 8]}
    assert rows_of(database, "owner_class", "public_share", "right_type", "other_rights", "lease", "evidence") == [
        ("municipality", 0.5, "full_ownership", None, None, "matrix_extract"),
        ("private", 0.0, "full_ownership", None, None, "matrix_extract"),
        ("unknown", None, None, "lease", True, "matrix_extract"),
        ("municipality", 1.0, "emphyteusis", None, None, "matrix_extract"),
        ("municipality", None, "full_ownership", None, None, "matrix_extract"),
    ]


# --- no name anywhere ---


@pytest.mark.parametrize(
    "lines",
    [
        # no header: the first row is data
        [f"{KEY};Jan Peeters;An Wuyts"],
        [f"Jan Peeters;{KEY}", f"An Wuyts;{KEY}"],
        # every row refused
        ["CAPAKEY;Eigenaar", "Jan Peeters;An Wuyts"],
        ["CAPAKEY;owner_class", f"{KEY};Jan Peeters"],
        ["CAPAKEY;owner_class;evidence", f"{KEY};private;Jan Peeters"],
        # more cells than headers, an open quote
        ["CAPAKEY;Eigenaar", f"{KEY};Jan Peeters", f"{KEY};An;Wuyts;Peeters"],
        ["CAPAKEY;Eigenaar", f'{KEY};"Jan Peeters', "An Wuyts"],
    ],
)
def test_no_message_quotes_a_name(database: Connection, listed: Callable[..., Path], lines: list[str]) -> None:
    with pytest.raises(StandplaatsError) as caught:
        ingest(database, listed(*lines), "ownership")
    told = f"{caught.value} {caught.value.remedy}"
    assert not any(person in told for person in PERSONS), told
    assert not any(person in everything(database) for person in PERSONS)


def test_a_stumble_of_the_reader_quotes_nothing(
    database: Connection, listed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(name: str) -> str:
        raise ValueError(f"cannot read {name!r}")

    monkeypatch.setattr("geodata.ingest.ownership.class_of_name", stumble)
    with pytest.raises(InputError, match=r"cannot be read \(ValueError\)") as caught:
        ingest(database, listed("CAPAKEY;Eigenaar", f"{KEY};Jan Peeters"), "ownership")
    assert "Peeters" not in str(caught.value)


def test_no_name_reaches_the_database_or_the_screen(
    database: Connection, parcels: list[str], write: Write, listed: Callable[..., Path], program: Callable[..., str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    lines = [
        "CAPAKEY;Eigenaar;Voornaam;Geboortedatum;Adres;Aandeel;Zakelijk recht;Verhuurd;Einde huur;Opmerking;Peeters",
        f"{parcels[0]};Stad Leuven;;;;1/1;VE;verhuurd aan Jan Peeters;tot het overlijden van Wuyts;p/a Schmitz;x",
        f"{parcels[1]};Évrard;Jean;1950-01-01;Rue Schmitz 1;1/2;recht van Peeters;Peeters;;Vandenbrande;",
        f"{parcels[1]};An Wuyts | Jan Peeters;;;;half (Wuyts);;;;;",
        "Peeters;Wuyts;An;;;;;;;Schmitz;",
        f"{parcels[2]} Peeters;Gemeente p/a Schmitz;;;;;;;;;",
        f"{parcels[3]};OCMW ter attentie van Wuyts;;;;;;;;;",
    ]
    shapes = write(
        "owners.shp",
        {"CAPAKEY": ["Peeters", "Wuyts"], "EIGENAAR": ["Jan Peeters", "Stad Wuyts"], "NOTA": ["Schmitz", "Évrard"]},
        [square(173_000.0, 170_000.0), square(190_000.0, 170_000.0)],
    )
    book = workbook(shapes.parent / "owners.xlsx", {"Peeters": [one.split(";") for one in lines]})
    shown = ""
    database.commit()
    for path in (listed(*lines), book, shapes):
        report = json.loads(program("ingest", path, "--as", "ownership", "--json"))
        assert report["loaded"] >= 1 and report["refused"] >= 1
        shown += json.dumps(report, ensure_ascii=False)
        shown += program("ingest", "--show-refused", report["dataset"], "--json")
        shown += program("ingest", "--show-refused", report["dataset"], "--lang", "fr")
        shown += program("ingest", path, "--as", "ownership", "--lang", "de")
    kept = everything(database)
    for person in PERSONS:
        assert person.lower() not in (shown + kept + caplog.text).lower()
    assert parcels[0] in kept
