"""Every command as a user calls it: what it prints, its JSON, its exit code, its errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app, main
from geodata.database.engine import MIGRATIONS
from geodata.settings import Language, Settings
from geodata.territory import NOTICE

#: Newest revision of the schema.
HEAD = max(path.name[:4] for path in (MIGRATIONS / "versions").glob("0*.py"))
Run = Callable[..., str]


@pytest.fixture
def run(demo_settings: Settings, program: Run) -> Run:
    """Call the program where the demo is loaded."""
    return program


@pytest.fixture
def first(run: Run) -> str:
    """CAPAKEY of the best candidate of the first demo municipality."""
    found = json.loads(run("candidates", "--demo", "-m", "99001", "--limit", "1", "--json"))
    return str(found["items"][0]["capakeys"][0])


def commands() -> list[list[str]]:
    """All commands with their group."""
    group = typer.main.get_command(app)
    found: list[list[str]] = []
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [[name, one] for one in inner] if inner else [[name]]
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_help(words: list[str]) -> None:
    shown = CliRunner().invoke(app, [*words, "--help"])
    assert shown.exit_code == 0
    assert "Usage" in shown.stdout and len(shown.stdout.splitlines()) > 5


def test_candidates(run: Run) -> None:
    found = json.loads(run("candidates", "--demo", "-m", "99002", "--type", "transit", "--json", "--limit", "7"))
    assert len(found["items"]) == 7
    assert {"id", "capakeys", "source", "municipality", "area_m2", "usable_area_m2", "pitches", "verdict", "so_far",
            "conditions", "score", "rank", "rank_interval", "unknown"} <= set(found["items"][0])  # fmt: skip
    ranks = [item["rank"] for item in found["items"]]
    assert ranks == sorted(ranks)
    shown = run("candidates", "--demo", "-m", "99002", "--type", "transit", "--limit", "7")
    for item in found["items"]:
        assert item["capakeys"][0] in shown
    assert "More: --token" in shown
    more = run("candidates", "--demo", "-m", "99002", "--type", "transit", "--limit", "7", "--token", found["next"])
    assert found["items"][0]["capakeys"][0] not in more


def test_filters_of_the_list(run: Run) -> None:
    def items(*words: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(run("candidates", "--demo", "-m", "99001", "--json", *words))["items"]
        return found

    assert all(item["area_m2"] >= 5000 for item in items("--min-area", "5000"))
    assert all(item["verdict"] == "compatible" for item in items("--verdict", "compatible"))
    assert all(item["owner_class"] == "municipality" for item in items("--owner", "municipality"))
    assert all(item["pitches"]["high"] >= 12 for item in items("--pitches", "12"))


def test_explain_takes_both_forms_of_a_key(run: Run, first: str) -> None:
    with_slash = json.loads(run("explain", first, "--demo", "--json"))
    dashed = json.loads(run("explain", first.replace("/", "-"), "--demo", "--json"))
    assert with_slash == dashed
    assert {"id", "capakeys", "verdict", "so_far", "run", "as_of", "data_date", "constraints", "conditions", "criteria",
            "score", "text"} <= set(with_slash)  # fmt: skip
    low = sum(part["contribution"]["low"] for part in with_slash["criteria"])
    assert low == pytest.approx(with_slash["score"]["low"], abs=2e-3)
    shown = run("explain", first, "--demo", "--lang", "fr")
    assert first in shown and "  = " in shown


def test_explain_is_the_document_of_the_service(run: Run, first: str, demo_settings: Settings) -> None:
    told = json.loads(run("explain", first, "--demo", "--json"))
    with TestClient(create_app(demo_settings)) as client:
        answer = client.get(f"/api/v1/parcels/{told['id']}?lang=en").json()
    assert answer == told
    assert {name: told[name] for name in told["explanation"]} == told["explanation"]


def test_explain_names_dates_rank_rules_and_who_could_answer(run: Run, demo_settings: Settings) -> None:
    listed = json.loads(run("candidates", "--demo", "-m", "99001", "--verdict", "unknown", "--limit", "1", "--json"))
    key = listed["items"][0]["capakeys"][0]
    told = json.loads(run("explain", key, "--demo", "--json"))
    shown = run("explain", key, "--demo", "--lang", "en")
    assert f"Law of {told['as_of']}, data of {told['data_date']}." in shown
    low, high = told["rank_interval"]
    assert f"Rank: {low}-{high} of {told['total_ranked']}." in shown or f"Rank: {low} of" in shown
    cited = [one for one in told["constraints"] if one["rule"]]
    assert cited
    for one in cited:
        line = next(line for line in shown.splitlines() if one["rule_title"] in line and "·" in line)
        assert one["rule_url"] in line and f"grade {one['rule_grade']}" in line
        assert all(article in line for article in one["rule_articles"])
    assert told["unknown"]
    for layer in told["unknown"]:
        assert f"? {layer['title']}: {layer['who']}" in shown
        assert layer["ingest"] or layer["reason"] == "law_open"
        assert all(f"standplaats ingest FILE --as {kind}" in shown for kind in layer["ingest"])


@pytest.mark.parametrize("words", [
    ["candidates", "-m", "99001", "--limit", "1"], ["score", "-m", "99001"], ["measure", "-m", "99001"], ["runs", "list"],
])  # fmt: skip
@pytest.mark.parametrize("language", ["nl", "en"])
def test_demo_data_says_so_once(
    run: Run, capsys: pytest.CaptureFixture[str], words: list[str], language: Language
) -> None:
    document = json.loads(run(*words, "--demo", "--json", "--lang", language))
    assert document["notice"] == NOTICE[language]
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr("sys.argv", ["standplaats", *words, "--demo", "--lang", language])
        main()
    assert capsys.readouterr().err.count(NOTICE[language]) == 1


def test_real_sites_and_real_law_are_not_called_fictional(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "notice" not in json.loads(run("inventory", "list", "--demo", "--json"))
    monkeypatch.setenv("STANDPLAATS_DEMO", "1")
    assert "notice" not in json.loads(run("law", "show", "--json"))
    assert "notice" in json.loads(run("runs", "list", "--json"))


def test_real_data_has_no_notice(run: Run) -> None:
    assert "notice" not in json.loads(run("runs", "list", "--json"))


def test_the_list_speaks_the_language_asked_for(run: Run) -> None:
    shown = run("candidates", "--demo", "-m", "99001", "--limit", "2", "--lang", "fr")
    assert "sites candidats sur" in shown and "emplacements" in shown and "appréciation" in shown
    assert not {"rank", "pitches", "candidates", "verdict"} & set(shown.split())


def test_several_parcels_at_once(run: Run, first: str) -> None:
    both = json.loads(run("explain", first, first, "--demo", "--json"))
    assert both["count"] == 2


def test_measure_and_score_again_change_nothing(run: Run) -> None:
    measured = json.loads(run("measure", "--demo", "-m", "99001", "--check", "20", "--json"))["items"][0]
    assert measured["reused"] and measured["checked"] == 20 and measured["difference"] < 0.01
    once = json.loads(run("score", "--demo", "-m", "99001", "--json"))["items"][0]
    twice = json.loads(run("score", "--demo", "-m", "99001", "--json"))["items"][0]
    assert once["id"] == twice["id"] if "id" in once else once == twice


def test_runs_are_drafts_until_published(run: Run) -> None:
    made = json.loads(run("score", "--demo", "-m", "99003", "--type", "transit", "--as-of", "2025-06-01", "--json"))
    identity = made["items"][0]["run"] if "run" in made["items"][0] else made["items"][0]["id"]
    assert identity in run("runs", "list", "--demo")
    run("runs", "publish", identity, "--demo")
    listed = {one["run"] if "run" in one else one["id"]: one
              for one in json.loads(run("runs", "list", "--demo", "--json"))["items"]}  # fmt: skip
    assert listed[identity]["published"]
    run("runs", "withdraw", identity, "--demo")


def test_status_and_migrate(run: Run) -> None:
    state = json.loads(run("db", "status", "--json"))
    assert state["running"] and state["private"] and state["databases"]["standplaats_demo"] == HEAD
    assert HEAD in run("db", "migrate", "--demo")
    assert "running" in run("db", "start").lower()


def test_map_is_one_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    shown = run("map", "--demo", "-m", "99001", "-o", str(path), "--limit", "5")
    assert "5 candidates" in shown and "not drawn" in shown
    assert "Fictional demo data" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["candidates", "--demo"], 2, "Which municipality?"),
        (["candidates", "--demo", "-m", "Leuven"], 2, "five digits"),
        (["candidates", "--demo", "-m", "99001", "--type", "castle"], 2, "castle"),
        (["candidates", "--demo", "-m", "99001", "--verdict", "authorised"], 2, "authorised"),
        (["candidates", "--demo", "-m", "99001", "--token", "garbage"], 2, "token"),
        (["candidates", "--demo", "-m", "99001", "--owner", "nonsense"], 2, "nonsense is no class of owner"),
        (["candidates", "--demo", "-m", "99001", "--lang", "xx"], 2, "xx is no language"),
        (["candidates", "--lang", "fr"], 2, "Quelle commune ?"),
        (["candidates", "--demo", "-m", "99001", "--owner", "x", "--lang", "de"], 2, "x ist keine Eigentümerklasse"),
        (["candidates", "--demo", "-m", "99001", "--run", "nothing"], 1, "nothing"),
        (["explain", "--demo", "nonsense"], 2, "nonsense"),
        (["explain", "--demo", "99999Z0001/00X000"], 1, "99999Z0001/00X000"),
        (["score", "--demo", "--as-of", "yesterday"], 2, "YYYY-MM-DD"),
        (["measure", "--demo", "-m", "24062"], 1, "24062"),
        (["map", "--demo", "-o", "x.html"], 2, "one municipality"),
        (["map", "--demo", "-m", "99001", "-o", "nowhere/x.html"], 1, "nowhere"),
        (["ingest", "--demo", "nowhere.gpkg", "--as", "parcels"], 1, "no such file"),
        (["ingest", "--demo", "nowhere.gpkg", "--as", "castles"], 2, "Kinds:"),
        (["ingest", "--demo", "nowhere.gpkg"], 2, "as what?"),
        (
            ["ingest", "--demo", "nowhere.gpkg", "--as", "parcels", "--crs", "banana"],
            2,
            "banana is no coordinate system",
        ),
        (["ingest", "--demo", "--show-refused", "123456"], 1, "no dataset 123456"),
        (["serve", "--demo", "--host", "0.0.0.0"], 2, "--public"),
        (["nonsense"], 2, "No such command"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else None,
)
def test_errors_say_what_to_do_and_carry_an_exit_code(run: Run, words: list[str], code: int, told: str) -> None:
    shown = run(*words, code=code)
    assert told in shown
    assert "Traceback" not in shown
