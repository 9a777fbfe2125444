"""Two pytest processes told as one: both count, nothing is forgotten, and an interruption reaches both."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from halves import ROOT, parts, summary

_RUN = "import sys; sys.path.insert(0, sys.argv[1]); import halves; sys.exit(halves.run([[w] for w in sys.argv[2:]]))"


def _start(*files: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _RUN, str(ROOT / "tests"), *map(str, files)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_every_folder_of_tests_is_in_one_half() -> None:
    first, second = parts(["-x"])
    folders = {str(path.parent.relative_to(ROOT)) for path in (ROOT / "tests").glob("*/test_*.py")}
    ran = set(first) & folders
    left_out = {word.removeprefix("--ignore=") for word in second if word.startswith("--ignore=")}
    assert ran == left_out
    assert "tests" in second
    assert "tests/page" in folders - ran
    assert first[-1] == second[-1] == "-x"


@pytest.mark.parametrize("failing", [0, 1])
def test_a_failure_in_either_half_fails_the_whole(tmp_path: Path, failing: int) -> None:
    bodies = ["def test_a(): pass\ndef test_b(): pass\n", "def test_c(): pass\n"]
    bodies[failing] += "def test_bad(): assert 'seen' == 'wanted'\n"
    with _start(*(_file(tmp_path, f"test_{n}.py", body) for n, body in enumerate(bodies))) as started:
        told, _ = started.communicate(timeout=120)
    assert started.returncode == 1
    assert "'seen' == 'wanted'" in told
    assert "1 failed, 3 passed in " in told.splitlines()[-1]


def test_two_halves_that_pass_pass(tmp_path: Path) -> None:
    files = [_file(tmp_path, f"test_{n}.py", "def test_a(): pass\n") for n in range(2)]
    with _start(*files) as started:
        told, _ = started.communicate(timeout=120)
    assert started.returncode == 0
    assert "2 passed in " in told.splitlines()[-1]


def test_a_half_that_dies_fails_the_whole(tmp_path: Path) -> None:
    dies = "import os, signal\ndef test_dies(): os.kill(os.getpid(), signal.SIGKILL)\n"
    with _start(_file(tmp_path, "test_a.py", "def test_a(): pass\n"), _file(tmp_path, "test_b.py", dies)) as started:
        told, _ = started.communicate(timeout=120)
    assert started.returncode == 128 + signal.SIGKILL
    assert "ended by signal 9" in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_stops_both_and_lets_them_tidy_up(tmp_path: Path, number: signal.Signals) -> None:
    body = """
import pathlib, time, pytest
@pytest.fixture(scope="session")
def cluster():
    pathlib.Path(__file__).with_suffix(".begun").touch()
    yield
    pathlib.Path(__file__).with_suffix(".tidied").touch()
def test_long(cluster): time.sleep(100)
"""
    files = [_file(tmp_path, f"test_{n}.py", body) for n in range(2)]
    with _start(*files) as started:
        while not all(path.with_suffix(".begun").exists() for path in files):
            assert started.poll() is None
            time.sleep(0.02)
        started.send_signal(number)
        told, _ = started.communicate(timeout=120)
    assert started.returncode == 130
    assert all(path.with_suffix(".tidied").exists() for path in files), told


def test_counts_of_both_are_added() -> None:
    lines = ["== 2 failed, 3 passed, 1 warning in 1.00s ==", "== 4 passed, 1 skipped, 2 warnings, 1 error in 2.00s =="]
    assert summary(lines, 2.0).strip("= ") == "2 failed, 7 passed, 1 skipped, 3 warnings, 1 error in 2.00s"
    assert summary(["killed"], 2.0).strip("= ") == "no tests ran in 2.00s"
