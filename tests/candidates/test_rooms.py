"""Every folder with code is a package that the import contracts see."""

from __future__ import annotations

import tomllib
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("geodata", "sites", "api")


def test_every_folder_with_code_is_a_room_of_the_import_graph() -> None:
    graph = grimp.build_graph(*FLOORS, cache_dir=None)
    files = [file for floor in FLOORS for file in sorted((ROOT / floor).rglob("*.py"))
             if not {"node_modules", "__pycache__"} & set(file.parts)]  # fmt: skip
    assert len(files) > 100
    modules = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files}
    assert modules - graph.modules == set()
    assert {"sites.candidates", "sites.candidates.runs"} <= graph.modules


def test_the_contract_of_pure_rooms_follows_every_chain() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(
        one for one in settings["tool"]["importlinter"]["contracts"] if "sites.law" in one.get("source_modules", [])
    )
    assert "allow_indirect_imports" not in contract and "ignore_imports" not in contract
