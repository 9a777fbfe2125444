"""What is compiled before it is needed is compiled for the types with which it is called later."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from geodata.measure import measure
from geodata.measure.jit import HAVE_NUMBA
from geodata.measure.read import read_layers, read_parcels
from geodata.measure.warm import PARTS, Warming, compile_part

Connection = psycopg.Connection[Any]


def compiled() -> dict[str, int]:
    """Kernels and for how many kinds of arguments each is compiled."""
    return {
        f"{module}.{name}": len(one.signatures)
        for module, content in list(sys.modules.items())
        if module.startswith("geodata.measure") and content is not None
        for name, one in vars(content).items()
        if hasattr(one, "signatures")
    }


@pytest.mark.skipif(not HAVE_NUMBA, reason="nothing is compiled without numba")
def test_measuring_compiles_nothing_more(demo_connection: Connection, tmp_path: Path) -> None:
    for part in range(PARTS):
        compile_part(part)
    before = compiled()
    assert before
    parcels = read_parcels(demo_connection, "99001")
    table = measure(parcels, read_layers(demo_connection, "flanders", parcels, cache=tmp_path))
    assert len(table) == len(parcels)
    demo_connection.rollback()
    assert {name: count for name, count in compiled().items() if count > before.get(name, 0)} == {}


def test_waiting_for_nothing_ends_at_once() -> None:
    Warming(parts=0).wait()
