"""Documentation that fails when it falls behind."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from geodata.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@cache
def maker() -> ModuleType:
    """docs/make.py, which is no package."""
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "docs" / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name


@pytest.mark.parametrize(
    "name",
    [
        "commands.md",
        "settings.md",
        "criteria.md",
        "methodology.md",
        "sources.md",
        "openapi.json",
        "schema/rule.schema.json",
    ],
)
def test_written_pages_are_current(name: str) -> None:
    assert maker().pages()[name] == (ROOT / "docs" / name).read_text(encoding="utf-8"), "run: make docs"


def test_every_route_is_described() -> None:
    import json

    described = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation.get("summary") and operation.get("description"), f"{method} {path}"


def pages_with_links() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", pages_with_links(), ids=lambda one: str(one.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    pages = [page for page in folder.glob("*.md") if page.name != "README.md"]
    assert len(pages) >= 8
    for page in pages:
        assert f"({page.name})" in listed, page.name
        text = page.read_text(encoding="utf-8")
        assert text.startswith("# ") and "Decided" in text


def test_the_commands_of_the_readme_exist() -> None:
    known = re.findall(r"^## standplaats (.+)$", (ROOT / "docs" / "commands.md").read_text(encoding="utf-8"), re.M)
    for line in re.findall(r"^    \./standplaats (.*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M):
        words = line.split("#")[0].split()
        if words[0] in ("test", "--no-install", "db"):
            continue
        assert any(words[: len(one.split())] == one.split() for one in known), line
