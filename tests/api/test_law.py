"""Rules over HTTP and on the command line: shown, asked for a place, updated, undone, tried."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient

from api.app import create_app
from api.i18n import LOCALES
from api.law_text import GRADES, LABELS, SENTENCES, VERDICTS
from api.law_view import law_at_view, one_language, rules_view
from geodata.database.engine import connect
from geodata.settings import Settings
from sites.candidates.runs import find_run
from sites.law import rules, use_pack
from sites.law.model import SITE_TYPES
from sites.law.packs import shipped_version

LAW = Path(__file__).parents[2] / "sites" / "law"
DAY = date(2026, 11, 23)
Run = Callable[..., str]


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


@pytest.fixture(scope="module")
def visitor(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings, public=True)) as opened:
        yield opened


@pytest.fixture
def run(demo_settings: Settings, program: Run) -> Iterator[Run]:
    """Call the program; packs that were installed are removed afterwards."""
    yield program
    shutil.rmtree(demo_settings.home / "law", ignore_errors=True)
    use_pack(None)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The pack of the program under a later version."""
    folder = tmp_path / "pack"
    for room in ("definitions", "norms", "regimes", "scenarios", "zoning"):
        shutil.copytree(LAW / room, folder / room)
    text = (LAW / "pack.yaml").read_text(encoding="utf-8")
    number = shipped_version().partition("+")[0]
    (folder / "pack.yaml").write_text(text.replace(f"version: {number}", "version: 2031.01.1"), encoding="utf-8")
    return folder


def without_open_space(pack: Path) -> list[str]:
    """Take the rules on Flemish open space out of a pack; their ids."""
    path = pack / "zoning" / "flanders_open_space.yaml"
    ids = [line.split()[-1] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("  - id: ")]
    path.unlink()
    return ids


# -- HTTP ---------------------------------------------------------------------------------------------------------

KEYS = {
    "id", "kind", "title", "region", "act", "numac", "articles", "published", "valid_from", "valid_to", "checked_on",
    "checked_stale", "grade", "status", "entry_into_force", "sources", "notes", "contradictions", "conditions",
    "values", "in_force",
}  # fmt: skip


def test_all_rules_with_their_day(client: TestClient) -> None:
    found = client.get("/api/v1/law/rules?as_of=2012-03-06&lang=fr").json()
    assert found["count"] == len(found["items"]) == len(rules())
    assert found["pack_version"] == shipped_version() and found["as_of"] == "2012-03-06"
    by_id = {one["id"]: one for one in found["items"]}
    old, new = by_id["flanders.subsidy.vl-2000"], by_id["flanders.subsidy.vl-2016"]
    assert old["in_force"] and not new["in_force"]
    assert old["title"] == "Subvention de 90\u00a0% (arrêté du 12 mai 2000)"
    assert old["values"]["caps"] is None and old["values"]["rates"]["layout"] in ("0.9", "0.90")
    for item in found["items"]:
        assert set(item) >= KEYS
        assert item["sources"] and all(one["url"].startswith("http") and one["supports"] for one in item["sources"])
        assert item["status"] == "in_force" and not item["id"].endswith("draft-call")


def test_filters_and_no_day(client: TestClient) -> None:
    found = client.get("/api/v1/law/rules?region=brussels&kind=zoning").json()
    assert {(one["region"], one["kind"], one["in_force"]) for one in found["items"]} == {("brussels", "zoning", None)}
    assert found["as_of"] is None
    assert all(one["values"]["zoning_titles"] for one in found["items"])


@pytest.mark.parametrize("name", ["wallonia.norm.reception-area", "VL-2000", "w-d22"])
def test_one_rule_by_id_or_short_name(client: TestClient, name: str) -> None:
    found = client.get(f"/api/v1/law/rules/{name}?as_of=2020-06-01").json()
    assert found["count"] == (2 if "reception" in name else 1)
    starts = [one["valid_from"] for one in found["items"]]
    assert starts == sorted(starts)
    if "reception" in name:
        assert [one["in_force"] for one in found["items"]] == [True, False]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("rules/flanders.norm.nothing", 404, "no rule"),
        ("rules?region=france", 400, "flanders"),
        ("rules?kind=opinion", 400, "subsidy"),
        ("rules?as_of=yesterday", 400, "as_of"),
        ("at?municipality=99999", 404, "99999"),
        ("at?municipality=Leuven", 400, "municipality"),
        ("at?municipality=24062&type=castle", 400, "residential"),
        ("at", 400, "municipality"),
        ("rules/wallonia.subsidy.draft-call", 404, "no rule"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told(client: TestClient, path: str, status: int, says: str) -> None:
    answer = client.get(f"/api/v1/law/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]


@pytest.mark.parametrize("lang", ["nl", "fr", "de", "en"])
def test_an_anonymous_visitor_reads_the_rules_in_every_language(visitor: TestClient, lang: str) -> None:
    found = visitor.get(f"/api/v1/law/rules?lang={lang}").json()
    for item, rule in zip(found["items"], rules(), strict=True):
        assert item["title"] == rule.title[lang]  # type: ignore[index]
        assert not [
            one for one in walk(item["values"]) if isinstance(one, dict) and set(one) == {"nl", "fr", "de", "en"}
        ]


def walk(value: Any) -> Iterator[Any]:
    yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(one)


def test_texts_are_reduced_and_nothing_else() -> None:
    text = {"nl": "a", "fr": "b", "de": "c", "en": "d"}
    assert one_language({"x": [text, {"y": text}], "nl": 1}, "de") == {"x": ["c", {"y": "c"}], "nl": 1}


def test_old_checks_are_told_and_ended_rules_need_none() -> None:
    today = date(2027, 6, 24)
    found = rules_view(region=None, kind=None, as_of=DAY, language="en", today=today)["items"]
    assert {one["checked_stale"] for one in found if one["valid_to"] is None and one["checked_on"] <= "2026-12-23"} == {
        True
    }
    assert {one["checked_stale"] for one in found if one["valid_to"] is not None} == {False}
    fresh = rules_view(region=None, kind=None, as_of=date(2012, 3, 6), language="en", today=DAY)["items"]
    assert not any(one["checked_stale"] for one in fresh)


# -- what holds in a place ----------------------------------------------------------------------------------------


def at(nis: str, as_of: date = DAY, site_type: str | None = None) -> dict[str, Any]:
    return law_at_view(nis, as_of=as_of, site_type=site_type, language="en", today=DAY)


@pytest.mark.parametrize(
    ("nis", "name", "region"),
    [("24062", "Leuven", "flanders"), ("62063", "Luik", "wallonia"), ("21004", "Brussel", "brussels"),
     ("25112", "Waver", "wallonia"), ("23088", "Vilvoorde", "flanders"), ("63048", "Lontzen", "german-speaking-community"),
     ("99002", "Hautemer (fictief)", "wallonia"), ("44001", "Aalter", "flanders")],
)  # fmt: skip
def test_whose_law_holds(nis: str, name: str, region: str) -> None:
    found = at(nis)
    assert (found["name"], found["region"]) == (name, region)
    assert found["as_of"] == "2026-11-23" and found["checked"]["oldest"] <= found["checked"]["newest"]
    assert found["who_could_answer"]


def test_flanders_on_a_day_of_2012() -> None:
    found = at("24062", date(2012, 3, 6))
    assert [one["id"] for one in found["plan_levels"]] == ["flanders.definition.plan-levels"]
    zones = {one["class"]: one["outcomes"] for one in found["zoning"]}
    assert set(zones["residential"]) == set(SITE_TYPES)
    assert zones["residential"]["residential"]["state"] == "pass"
    assert zones["forest"]["transit"]["state"] == "fail" and zones["forest"]["transit"]["rule"]
    status = {one["id"]: one["status"] for one in found["subsidies"]}
    assert (status["VL-2000"], status["VL-1994"], status["VL-2016"]) == ("open", "closed", "not_yet")
    assert all(one["in_force"] for one in (*found["permits"], *found["norms"], *found["definitions"]))


def test_only_one_type_of_site() -> None:
    found = at("62063", site_type="transit")
    assert all(set(one["outcomes"]) == {"transit"} for one in found["zoning"])
    assert "wallonia.norm.reception-area" in {one["id"] for one in found["norms"]}
    assert "wallonia.norm.reception-area" not in {one["id"] for one in at("62063", site_type="family")["norms"]}


def test_the_german_speaking_community_is_not_known_and_never_walloon() -> None:
    found = at("63048")
    states = {one["state"] for zone in found["zoning"] for one in zone["outcomes"].values()}
    assert states == {"unknown"} and found["norms"] == found["permits"] == found["plan_levels"] == []
    assert all(one["who_could_answer"] for zone in found["zoning"] for one in zone["outcomes"].values())
    assert {one["region"] for one in found["subsidies"]} <= {"german-speaking-community"}
    assert not any(one["status"] in ("open", "carried_on") for one in found["subsidies"])


def test_the_route_and_the_command_say_the_same(client: TestClient, run: Run) -> None:
    over_http = client.get("/api/v1/law/at?municipality=99001&as_of=2012-03-06&type=transit&lang=de").json()
    printed = json.loads(
        run("law", "at", "-m", "99001", "--as-of", "2012-03-06", "--type", "transit", "--lang", "de", "--json")
    )
    assert printed == over_http


# -- command line -------------------------------------------------------------------------------------------------


def test_show_prints_what_is_missing_and_where_it_was_read(run: Run) -> None:
    shown = run("law", "show", "VL-2000", "--as-of", "2012-03-06")
    for part in ("flanders.subsidy.vl-2000", "caps: not found", "layout: 90%", "2012-03-06: holds", "NUMAC: 2000035752",
                 "entry into force: 2000-05-12", "https://www.etaamb.be/", "contradictions:", "examples: 4"):  # fmt: skip
        assert part in shown, part
    dutch = run("law", "show", "flanders.subsidy.vl-2000", "--lang", "nl")
    assert "maxima: niet gevonden" in dutch and "inrichting" in dutch
    assert "law show" in run("law", "show", "VL-1900", code=1)
    german = run("law", "show", "wallonia.norm.flood-classes", "--lang", "de")
    assert (
        "alle Arten: very low: erfüllt, low: unter Bedingung" in german and "veröffentlicht: nicht gefunden" in german
    )


def test_show_without_a_name_lists_every_rule(run: Run) -> None:
    shown = run("law", "show", "--as-of", "2026-11-23")
    assert all(one.id in shown for one in rules())
    listed = json.loads(run("law", "show", "--json"))
    assert listed["count"] == len(rules())


def test_at_names_both_dates(run: Run) -> None:
    shown = run("law", "at", "-m", "63048", "--as-of", "2026-11-23", "--lang", "fr")
    assert "Communauté germanophone" in shown and "2026-11-23" in shown and "inconnu" in shown
    shown = run("law", "at", "-m", "24062", "--as-of", "2012-03-06")
    assert "Law of 2012-03-06; rules last checked between 2026-11-23" in shown and "VL-2000" in shown


def test_a_pack_is_previewed_installed_listed_and_undone(run: Run, pack: Path, demo_settings: Settings) -> None:
    gone = without_open_space(pack)
    with connect(demo_settings) as connection:
        mine = find_run(connection, territory=["99001"], site_type="residential")
        shares = connection.execute(
            """SELECT m.shares -> 'zoning' FROM run_result r JOIN measurement m USING (batch_id, parcel_id)
               WHERE r.run_id = %s""",
            [mine.id],
        ).fetchall()
    looked = json.loads(run("law", "update", pack, "--json"))
    assert not looked["installed"] and looked["in_use"] == shipped_version()
    assert looked["counts"] == {"new": 0, "changed": 0, "ended": 0, "removed": len(gone)}
    affected = {one["run"]: one for one in looked["answers"]["runs"]}
    classes = {one["zoning_class"] for one in affected[mine.id]["zones"]}
    assert affected[mine.id]["parcels"] == sum(bool(classes & set(zoning)) for (zoning,) in shares) > 0
    change = next(one for one in affected[mine.id]["zones"] if one["zoning_class"] == "agriculture")
    assert (change["old"]["state"], change["new"]) == ("fail", {"state": "unknown", "rule": None})
    assert {one["region"] for one in affected.values()} == {"flanders"}
    assert [one["current"] for one in json.loads(run("law", "packs", "--json"))["items"]] == [True]

    assert "Nothing was changed" in run("law", "update", pack)
    shown = run("law", "update", pack, "--yes")
    assert "removed: flanders.zoning.agriculture" in shown and "In use: 2031.01.1" in shown
    assert "already" in run("law", "update", pack, "--yes")
    packs = json.loads(run("law", "packs", "--json"))["items"]
    assert [(one["shipped"], one["current"]) for one in packs] == [(True, False), (False, True)]
    assert "no rule" in run("law", "show", "flanders.zoning.agriculture", code=1)
    assert json.loads(run("law", "show", "--json"))["pack_version"] == packs[1]["name"]

    assert shipped_version() in run("law", "undo")
    assert "flanders.zoning.agriculture" in run("law", "show", "flanders.zoning.agriculture")
    assert len(json.loads(run("law", "packs", "--json"))["items"]) == 2
    assert "none was in use before" in run("law", "undo", code=1)


def test_the_service_reads_the_pack_in_use(run: Run, pack: Path, demo_settings: Settings) -> None:
    run("law", "update", pack, "--yes")
    with TestClient(create_app(demo_settings)) as opened:
        assert opened.get("/api/v1/law/rules").json()["pack_version"].startswith("2031.01.1+")
    run("law", "undo")
    with TestClient(create_app(demo_settings)) as opened:
        assert opened.get("/api/v1/law/rules").json()["pack_version"] == shipped_version()


def test_an_old_run_is_explained_though_its_rule_is_gone(run: Run, pack: Path) -> None:
    found = json.loads(run("candidates", "--demo", "-m", "99001", "--limit", "1", "--json"))
    key = found["items"][0]["capakeys"][0]
    path = pack / "norms" / "flanders.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("id: flanders.norm.flood-classes", "id: flanders.norm.flood-classes-renamed"), encoding="utf-8"
    )
    looked = json.loads(run("law", "update", pack, "--yes", "--json"))
    named = {pair["rule"] for one in looked["answers"]["runs"] for pair in one["constraints"]}
    assert looked["installed"] and "flanders.norm.flood-classes" in named
    told = json.loads(run("explain", key, "--demo", "--json"))
    flood = next(one for one in told["constraints"] if one["id"] == "flood")
    assert flood["rule"] is None and "flanders.norm.flood-classes" in flood["rule_gone"]


def test_a_refused_pack_says_why_and_changes_nothing(run: Run, pack: Path) -> None:
    path = pack / "zoning" / "brussels.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("    grade: C\n", "", 1), encoding="utf-8")
    assert "grade" in run("law", "update", pack, "--yes", code=1)
    assert "no such file" in run("law", "update", pack / "nowhere.zip", code=1)
    assert len(json.loads(run("law", "packs", "--json"))["items"]) == 1


def test_try_on_the_demo_and_without_data(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = json.loads(run("law", "try", LAW / "scenarios" / "wallonia_draft_call.yaml", "--demo", "--json"))
    (item,) = found["items"]
    assert item["status"] == "scenario" and item["municipalities"]["scored"] == 1
    assert item["projects"] == {"low": 6, "high": 6, "missing": []}
    shown = run("law", "try", "--demo", "--lang", "nl")
    assert "geen recht" in shown and "Gemeenten:" in shown and "6 tot 6" in shown
    assert run("law", "try", "wallonia.subsidy.draft-call", "--demo", "--lang", "nl") == shown
    assert "no such draft" in run("law", "try", "nothing.yaml", "--demo", code=1)
    monkeypatch.setenv("STANDPLAATS_HOME", str(tmp_path / "empty"))
    bare = json.loads(run("law", "try", "--json"))["items"][0]
    assert bare["candidates"] is None and bare["unknown"] == ["runs"] and bare["sites"]["perhaps"]
    assert not (tmp_path / "empty").exists()


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_label_is_translated(language: str) -> None:
    with (LOCALES / f"{language}.po").open("rb") as stream:
        texts = {str(one.id): str(one.string) for one in read_po(stream) if one.id}
    wanted = {*LABELS, *SENTENCES, *GRADES.values(), *VERDICTS.values()}
    assert {one for one in wanted if not texts.get(one)} == set()
    for one in SENTENCES:
        assert places(one) == places(texts[one])
