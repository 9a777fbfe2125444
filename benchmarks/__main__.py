"""Load and measurement against plain tools.

    make bench                                   (or: python -m benchmarks --scale 0.2 --repeat 3)
    python -m benchmarks --only loading          (a register of a million parcels, see `loading`)
    python -m benchmarks --only overlap          (shares and layer preparation, see `overlap`)
    python -m benchmarks --only reach            (distances along half a million roads, see `reach`)
    python -m benchmarks --only assembling       (neighbours and groups of parcels, see `assembling`)
    python -m benchmarks --only ranking          (a thousand weight sets, see `ranking`)
    python -m benchmarks --only shape            (shape, frontage, slope and remainder, see `shape`)
    python -m benchmarks --only postgis          (all that plain PostGIS can measure too, see `measuring`)
    python -m benchmarks --only tiles            (tiles beside tipg, see `tiles`)
    python -m benchmarks --only national --parcels 10000000 [--workers 2]     (a whole country, see `national`)
    python -m benchmarks --only page [--country --parcels 1000000]     (the page in a browser, see `page`)
    python -m benchmarks --only serving --parcels 200000 [--planners 200] [--seconds 60]    (lists and a crowd, see `serving`)

Everything runs on a private cluster of its own in a temporary folder, one after the other, in one process. A ratio
above 1 means that this program is faster. Absolute figures belong to the machine that printed them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path

from benchmarks import (
    assembling,
    law,
    loading,
    measuring,
    national,
    overlap,
    page,
    ranking,
    reach,
    serving,
    shape,
    tiles,
)
from geodata.database.cluster import Cluster
from geodata.database.engine import connect
from geodata.settings import Settings

#: Comparisons that run alone.
ONLY = (
    "assembling", "loading", "national", "overlap", "page", "postgis", "ranking", "reach", "serving", "shape", "tiles",
)  # fmt: skip


def timed(work: Callable[[], int], repeat: int) -> tuple[int, float]:
    """Rows handled and median seconds of several runs."""
    seconds, rows = [], 0
    for _ in range(repeat):
        started = time.perf_counter()
        rows = work()
        seconds.append(time.perf_counter() - started)
    return rows, statistics.median(seconds)


def main() -> None:
    """Run the comparisons and print one table each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--scale", type=float, default=1.0, help="part of the 60 000 demo parcels")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the median counts")
    parser.add_argument(
        "--only",
        choices=ONLY,
        help="one comparison, which is not part of the rest",
    )
    parser.add_argument("--parcels", type=int, default=1_000_000, help="parcels of --only")
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        help="processes of --only national, workers of --only serving",
    )
    parser.add_argument("--planners", type=int, default=200, help="of --only serving, at once")
    parser.add_argument("--seconds", type=float, default=60, help="how long they use the service")
    parser.add_argument("--think", type=float, default=2, help="seconds a planner looks at a screen, on average")
    parser.add_argument("--country", action="store_true", help="of --only page: a made-up country, not the demo")
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="sp-bench-"))
    home.chmod(0o755)
    settings = Settings(home=home, demo=True, database_url=None)
    try:
        with tempfile.TemporaryDirectory(prefix="sp-bench-files-") as files, open(os.devnull, "w") as nowhere:
            if given.only is not None:
                _one(given, settings, Path(files))
                return
            with redirect_stderr(nowhere):
                parcels = loading.prepare(settings, Path(files), given.scale)
            print(f"{os.cpu_count()} processors, scale {given.scale}, median of {given.repeat}")
            _compare("load, rows/s", loading.candidates(settings, parcels), given.repeat)
            _compare("measure, parcels/s", measuring.candidates(settings), given.repeat)
            _figures("subsidies, projects/s", law.candidates(), given.repeat)
    finally:
        Cluster(home).stop()
        shutil.rmtree(home, ignore_errors=True)


def _one(given: argparse.Namespace, settings: Settings, files: Path) -> None:
    """Run one comparison; what is made up as a whole country lies in the database of real data."""
    real = settings.model_copy(update={"demo": False})
    ways: dict[str, Callable[[], None]] = {
        "assembling": lambda: assembling.run(given.parcels),
        "loading": lambda: loading.run(settings, files, given.parcels),
        "national": lambda: national.run(real, given.parcels, given.workers),
        "overlap": lambda: _overlap(settings, given.parcels),
        "page": lambda: page.run(real if given.country else settings, given.parcels, country=given.country),
        "postgis": lambda: measuring.against_postgis(real, given.parcels, given.workers),
        "ranking": lambda: ranking.run(given.parcels),
        "reach": lambda: reach.run(given.parcels),
        "serving": lambda: serving.run(
            real, given.parcels,
            planners=given.planners, seconds=given.seconds, think=given.think, workers=given.workers,
        ),
        "shape": lambda: shape.run(given.parcels),
        "tiles": lambda: tiles.run(settings, files, given.parcels, given.workers),
    }  # fmt: skip
    ways[given.only]()


def _overlap(settings: Settings, parcels: int) -> None:
    with connect(settings) as connection:
        overlap.run(parcels, connection)


def _figures(title: str, candidates: dict[str, Callable[[], int]], repeat: int) -> None:
    """Print parts of one work, each with its time as a multiple of the first."""
    print(f"\n{title}")
    first = 0.0
    for name, work in candidates.items():
        rows, seconds = timed(work, repeat)
        first = first or seconds
        print(f"  {name:<44}{rows / seconds:>10.0f}  ({rows} in {seconds:.2f} s)   {seconds / first:.2f} of the first")
        sys.stdout.flush()


def _compare(title: str, candidates: dict[str, Callable[[], int]], repeat: int) -> None:
    """Print each way with its rate; the first is ours, the others get the ratio."""
    print(f"\n{title}")
    ours = 0.0
    for name, work in candidates.items():
        rows, seconds = timed(work, repeat)
        rate = rows / seconds
        ours = ours or rate
        ratio = "" if rate == ours else f"   standplaats is {ours / rate:.1f} times as fast"
        print(f"  {name:<44}{rate:>10.0f}  ({rows} in {seconds:.2f} s){ratio}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
