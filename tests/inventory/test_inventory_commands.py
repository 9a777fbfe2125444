"""`standplaats inventory` as a user calls it: lists, one site, import, export, return; exit codes and languages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sites.inventory.text import word


def test_list(run: Any, empty: psycopg.Connection[Any]) -> None:
    found = json.loads(run("inventory", "list", "--region", "wallonia", "--json"))
    assert found["count"] == len(found["items"]) == 20
    assert {one["region"] for one in found["items"]} == {"wallonia"}
    assert all(fact["source"] for one in found["items"] for facts in one["facts"].values() for fact in facts)
    told = run("inventory", "list", "--region", "brussels", "--lang", "fr")
    assert "fermé" in told and "unia.be" in told and "1 terrains" in told and "https://" not in told
    planned = json.loads(run("inventory", "list", "--status", "planned", "--type", "transit", "--json"))
    assert {one["id"] for one in planned["items"]} >= {"wa-amay-n684", "wa-sambreville-joint-area"}
    past = json.loads(run("inventory", "list", "-m", "34022", "--year", "2021", "--json"))
    assert [one["status"] for one in past["items"]] == ["closed"]


@pytest.mark.parametrize("lang", ["nl", "fr", "de", "en"])
def test_show(run: Any, empty: psycopg.Connection[Any], lang: str) -> None:
    told = run("inventory", "show", "vl-beersel-huizingen", "--lang", lang)
    assert "17" in told and "15" in told and "https://vlaamsbelangvlaamsbrabant.be" in told and "2019-10" in told
    # The address is known in words; only the point is that of the section.
    address = run("inventory", "show", "vl-kortrijk-ringlaan", "--lang", lang).splitlines()
    assert word("known_to", "address", lang) in address[1] and word("precision", "section", lang) in address[2]
    assert "AdminVector" in "".join(address)
    nowhere = run("inventory", "show", "wa-habay-on-request", "--lang", lang).splitlines()
    assert nowhere[2].endswith(word("message", "no_point", lang))
    found = json.loads(run("inventory", "show", "vl-beersel-huizingen", "--json", "--lang", lang))
    assert found["status"] == "closed" and found["geometry"]["type"] == "Point"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "nowhere"), 1),
        (("list", "--region", "atlantis"), 2),
        (("list", "--type", "castle"), 2),
        (("list", "-m", "x"), 2),
        (("export", "-o", "inventory.pdf"), 2),
        (("return",), 2),
        (("return", "-m", "12025", "-o", "sheet.pdf"), 2),
        (("return", "-m", "23003", "-o", "sheet.csv"), 1),
        (("import", "nowhere.csv"), 1),
    ],
)
def test_exit_codes(
    run: Any, empty: psycopg.Connection[Any], words: tuple[str, ...], code: int, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert "Error" in run("inventory", *words, code=code)
    assert list(tmp_path.iterdir()) == []


def test_import_preview_then_save(run: Any, empty: psycopg.Connection[Any], tmp_path: Path) -> None:
    path = tmp_path / "lijst.csv"
    path.write_text(
        "jaar;nis;naam;type;eigendom;standplaatsen\n2025;71016;Horensberg;residentieel;publiek;49\n2025;1;x;transit;;\n",
        encoding="utf-8",
    )
    told = run("inventory", "import", str(path), "--preview", "--lang", "nl")
    assert "niets opgeslagen" in told and "rij 3" in told
    assert empty.execute("SELECT count(*) FROM inventory_record").fetchone() == (0,)
    empty.rollback()
    done = json.loads(run("inventory", "import", str(path), "--as", "monitoring", "--json"))
    assert (done["saved"], done["new"], done["refused"], done["count"]) == (True, 1, 1, 1)
    changed = path.read_text(encoding="utf-8").replace(";49", ";51")
    path.write_text(changed, encoding="utf-8")
    assert "pitches: 49 -> 51" in run("inventory", "import", str(path), "--lang", "en")


def test_export_and_return(run: Any, empty: psycopg.Connection[Any], tmp_path: Path) -> None:
    target = tmp_path / "be.geojson"
    assert "20" in run("inventory", "export", "-o", str(target), "--region", "wallonia")
    assert json.loads(target.read_text(encoding="utf-8"))["count"] == 20
    sheet = tmp_path / "sheet.csv"
    told = json.loads(run("inventory", "return", "-m", "12025", "--year", "2026", "-o", str(sheet), "--json"))
    assert told["count"] == 2
    assert "nothing is filled in" in run("inventory", "return", "--read", str(sheet), code=1)
    sheet.write_text(re.sub(r",(?=\r?\n)", ",yes", sheet.read_text(encoding="utf-8-sig")), encoding="utf-8")
    done = json.loads(run("inventory", "return", "--read", str(sheet), "--json"))
    assert (done["kind"], done["new"], done["saved"]) == ("return", 2, True)
    assert "return of the municipality, 2026" in run("inventory", "show", "vl-mechelen-de-schans", "--lang", "en")
