"""The private cluster survives what happens to it, and says so plainly when it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from geodata.database.account import cluster_account
from geodata.database.cluster import Cluster
from geodata.errors import ClusterError


@pytest.fixture
def make() -> Iterator[Callable[..., Cluster]]:
    """Clusters in folders of their own, stopped and removed at the end."""
    made: list[tuple[Cluster, Path]] = []

    def one(inside: str = "") -> Cluster:
        folder = Path(tempfile.mkdtemp(prefix="sp-"))
        folder.chmod(0o755)
        cluster = Cluster(folder / inside if inside else folder)
        made.append((cluster, folder))
        return cluster

    yield one
    for cluster, folder in made:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def ask(cluster: Cluster, query: str) -> object:
    """One value from the cluster."""
    with psycopg.connect(cluster.conninfo("postgres")) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_it_listens_on_a_socket_only_and_never_as_root(make: Callable[..., Cluster]) -> None:
    cluster = make()
    cluster.ensure_running()
    assert ask(cluster, "SHOW listen_addresses") == ""
    pid = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    assert Path(f"/proc/{pid}").stat().st_uid == cluster_account().uid != 0
    assert (cluster.socket_folder().stat().st_mode & 0o077) == 0
    cluster.ensure_running()
    assert cluster.status().running
    assert cluster.stop()
    assert not cluster.stop() and not cluster.status().running


@pytest.mark.parametrize("owner", ["a living program", "nobody"])
def test_a_stale_pid_file_is_no_obstacle(make: Callable[..., Cluster], owner: str) -> None:
    cluster = make()
    cluster.ensure_running()
    stale = (cluster.data / "postmaster.pid").read_text().splitlines()
    cluster.stop()
    stale[0] = str(os.getpid()) if owner == "a living program" else "4190000"
    path = cluster.data / "postmaster.pid"
    path.write_text("\n".join(stale) + "\n")
    os.chown(path, cluster_account().uid, cluster_account().gid)
    cluster.ensure_running()
    assert ask(cluster, "SELECT 1") == 1


def test_a_path_too_long_for_a_socket(make: Callable[..., Cluster]) -> None:
    cluster = make("a" * 60 + "/" + "b" * 60)
    cluster.home.parent.mkdir(parents=True)
    cluster.ensure_running()
    assert len(str(cluster.socket_folder())) < 100
    assert not cluster.socket_folder().is_relative_to(cluster.home)
    assert ask(cluster, "SELECT 1") == 1


def test_a_folder_that_was_moved(make: Callable[..., Cluster]) -> None:
    first, second = make("before"), make("after")
    first.ensure_running()
    first.stop()
    shutil.move(first.home, second.home)
    second.ensure_running()
    assert ask(second, "SELECT 1") == 1


def test_several_programs_starting_at_once_share_one_server(make: Callable[..., Cluster]) -> None:
    cluster = make()
    code = (
        "import sys; from pathlib import Path; from geodata.database.cluster import Cluster; import psycopg\n"
        "one = Cluster(Path(sys.argv[1])); one.ensure_running()\n"
        "row = psycopg.connect(one.conninfo('postgres')).execute('SELECT pg_postmaster_start_time()').fetchone()\n"
        "print(row[0])"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(cluster.home)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    times = [one.communicate(timeout=120)[0].strip() for one in started]
    assert [one.returncode for one in started] == [0, 0, 0]
    assert len(set(times)) == 1 and times[0]


def test_another_major_version_is_left_untouched(make: Callable[..., Cluster]) -> None:
    cluster = make()
    cluster.data.mkdir()
    (cluster.data / "PG_VERSION").write_text("99\n")
    (cluster.data / "base").mkdir()
    before = sorted((path.name, path.stat().st_mtime_ns) for path in cluster.data.rglob("*"))
    with pytest.raises(ClusterError, match="99") as caught:
        cluster.ensure_running()
    assert caught.value.remedy
    assert sorted((path.name, path.stat().st_mtime_ns) for path in cluster.data.rglob("*")) == before


def test_an_interrupted_initdb_is_done_again(make: Callable[..., Cluster]) -> None:
    cluster = make()
    unfinished = cluster.home / "cluster.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("15\n")
    cluster.ensure_running()
    assert not unfinished.exists()


def test_a_full_disk_is_named_and_leaves_nothing_half_made(make: Callable[..., Cluster]) -> None:
    cluster = make("disk")
    cluster.home.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("needs a small file system of its own, which only root can mount")
    small = [mount, "-t", "tmpfs", "-o", "size=12m,mode=755", "tmpfs", str(cluster.home)]
    if subprocess.run(small, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a small file system")
    try:
        with pytest.raises(ClusterError, match="full") as caught:
            cluster.ensure_running()
        assert "STANDPLAATS_HOME" in caught.value.remedy
        assert not cluster.data.exists()
        assert not (cluster.home / "cluster.unfinished").exists()
        subprocess.run([mount, "-o", "remount,size=400m", str(cluster.home)], check=True)
        cluster.ensure_running()
        assert ask(cluster, "SELECT 1") == 1
    finally:
        cluster.stop()
        subprocess.run(["umount", "-l", str(cluster.home)], check=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_somebody_else_is_refused(make: Callable[..., Cluster]) -> None:
    cluster = make()
    stranger = cluster.home / "run"
    stranger.mkdir()
    os.chown(stranger, 12345, 12345)
    with pytest.raises(ClusterError, match="belongs to another account"):
        cluster.ensure_running()
