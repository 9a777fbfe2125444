"""Design rule 6 at the door: what names a person is dropped before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from ingest_samples import Connection, capakey

from geodata.errors import InputError
from geodata.ingest import ingest

OWNERS = """CAPAKEY;owner_class;evidence;lease_until;Naam;Rijksregisternummer;Adres
{0};municipality;municipal_list;2030-12-31;Stad;;
{1};Jan Peeters;;;Jan Peeters;85.01.01-001.23;Dorpstraat 1
{2};private;Jan Peeters;;Jan Peeters;;
{3};;;;An Maes;;
nonsense;private;;;An Maes;;
{0};province;;;;;
"""

_FIELDS = "site_id,name,site_type,status,nis,address,x_31370,y_31370,pitches,pitch_unit,manager,source_url,confidence"
SITES = f"""{_FIELDS},contact
a,Ten Ede,residential,open,44088,Ten Ede 1,105000,185000,16,pitch,Gemeente Melle,https://x,A,Jan Peeters
b,Bij Peeters,residential,open,44088,Straat 1,105100,185000,1,pitch,,https://x,C,Jan Peeters
c,Peeters,residential,open,44088,Straat 2,105200,185000,1,pitch,Jan Peeters,https://x,C,
d,Familie Peeters,family,open,44088,Straat 3,105300,185000,1,pitch,Gemeente Melle,https://x,C,
e,Terrein,residential,open,44088,Straat 4,105400,185000,1,pitch,privaat (gemeente Melle),https://x,C,
f,Aire de Bastogne,transit,planned,82039,,,,15,place,Commune de Bastogne,https://x,B,
g,Festivalweide,event,somewhat,44088,Straat 5,105500,185000,,,OCMW Gent,https://x,B,
"""


def everything(database: Connection) -> str:
    tables = ("dataset", "ownership", "site", "quarantine")
    rows = [row[0] for name in tables for row in database.execute(f"SELECT {name}::text FROM {name}").fetchall()]
    return "\n".join(rows)


def test_of_owners_only_the_class(database: Connection, tmp_path: Path) -> None:
    path = tmp_path / "owners.csv"
    path.write_text(OWNERS.format(*(capakey(at) for at in range(4))), encoding="utf-8")
    report = ingest(database, path, "ownership")
    assert report.reasons == {
        "invalid_capakey": 1, "unknown_evidence": 1, "unknown_owner_class": 1,
    }  # fmt: skip
    rows = database.execute(
        "SELECT capakey, owner_class, evidence, lease_until::text FROM ownership ORDER BY 1"
    ).fetchall()
    assert rows == [
        (capakey(0), "municipality", "municipal_list", "2030-12-31"),
        (capakey(3), "unknown", "municipal_list", None),
    ]
    kept = everything(database)
    for person in ("Peeters", "Maes", "85.01", "Dorpstraat"):
        assert person not in kept


def test_no_evidence_of_a_public_manager_no_site(database: Connection, tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    path.write_text(SITES, encoding="utf-8")
    report = ingest(database, path, "sites")
    assert (report.read, report.loaded) == (7, 1)
    assert report.reasons == {
        "no_geometry": 1,
        "no_public_manager": 2,
        "private_plot": 2,
        "unknown_status": 1,
    }
    row = database.execute("SELECT site_id, manager, pitches, pitch_unit, grade, precision FROM site").fetchone()
    assert row == ("a", "Gemeente Melle", 16, "pitch", "A", "address")
    assert "Peeters" not in everything(database)


def test_windows_1252_tables(database: Connection, tmp_path: Path) -> None:
    path = tmp_path / "owners.csv"
    path.write_bytes(f"CAPAKEY;owner_class;Propriétaire\n{capakey(1)};province;Évrard\n".encode("cp1252"))
    assert ingest(database, path, "ownership").loaded == 1


def test_empty_list(database: Connection, tmp_path: Path) -> None:
    path = tmp_path / "owners.csv"
    path.write_text("CAPAKEY;owner_class\n")
    with pytest.raises(InputError, match="the list is empty"):
        ingest(database, path, "ownership")
