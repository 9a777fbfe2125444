"""Settings of the private cluster, fitted to the memory of the machine.

Commits stay durable (fsync on): a killed program or server loses nothing that was reported as done.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

_MB = 1024 * 1024


def configuration(sockets: Path) -> str:
    """Text of `postgresql.auto.conf` for this machine.

    Parameters
    ----------
    sockets : folder of the Unix socket; no other address is listened on.
    """
    memory = psutil.virtual_memory().total // _MB
    settings = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{sockets}'",
        "unix_socket_permissions": "0700",
        "max_connections": "150",
        "shared_buffers": f"{min(max(memory // 5, 64), 8192)}MB",
        "effective_cache_size": f"{max(memory // 2, 128)}MB",
        "work_mem": f"{min(max(memory // 200, 8), 128)}MB",
        "maintenance_work_mem": f"{min(max(memory // 20, 32), 1024)}MB",
        "max_wal_size": "4GB",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "'Europe/Brussels'",
        "log_timezone": "'Europe/Brussels'",
        "logging_collector": "off",
        "dynamic_shared_memory_type": _dynamic_memory(),
    }
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def _dynamic_memory() -> str:
    """Parallel workers share memory through /dev/shm; containers often give it only 64 MB."""
    try:
        return "posix" if shutil.disk_usage("/dev/shm").total >= 256 * _MB else "mmap"
    except OSError:
        return "mmap"
