"""Only the drivers in use are there, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_only_needed_drivers_are_loaded() -> None:
    code = (
        "import geodata, pyogrio; from geodata.gdal_drivers import ALLOWED; "
        "there = set(pyogrio.list_drivers()); print(sorted(there ^ set(ALLOWED)))"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
