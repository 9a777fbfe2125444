"""Figures of the service for Prometheus: requests, times, connections; over all workers when there are several.

Several workers share a folder, named to prometheus-client by the supervisor before they start (`api.workers`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from geodata.database.pools import AsyncPool, Pool

#: Variable by which prometheus-client learns the folder of several workers.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MEDIA_TYPE = CONTENT_TYPE_LATEST

_REQUESTS = Counter("standplaats_requests", "Requests answered.", ["route", "method", "status"])
_SECONDS = Histogram(
    "standplaats_request_seconds",
    "Seconds from a request to the end of its answer.",
    ["kind", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_IN_PROGRESS = Gauge("standplaats_requests_in_progress", "Requests being answered.", multiprocess_mode="livesum")
_CONNECTIONS = Gauge(
    "standplaats_connections", "Connections to the database.", ["pool", "state"], multiprocess_mode="livesum"
)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: Class of a route by how its path begins; the first that fits.
_KINDS = (
    ("/tiles/", "tile"),
    ("/ogc", "standard"),
    ("/dcat", "standard"),
    ("/api/v1/exports", "export"),
    ("/api/", "query"),
    ("page", "page"),
)


def kind_of(route: str) -> str:
    """Class of query a route belongs to: tile, standard, export, query, page, other."""
    return next((kind for start, kind in _KINDS if route.startswith(start)), "other")


def count(route: str, method: str, status: int, seconds: float) -> None:
    """One request was answered."""
    _REQUESTS.labels(route, method if method in _METHODS else "other", str(status)).inc()
    _SECONDS.labels(kind_of(route), route).observe(seconds)


@contextmanager
def in_progress() -> Iterator[None]:
    """A request is being answered."""
    with _IN_PROGRESS.track_inprogress():
        yield


def note_pools(pool: Pool, async_pool: AsyncPool) -> None:
    """State of this worker's pools."""
    for name, one in (("threads", pool), ("loop", async_pool)):
        stats = one.get_stats()
        size, available = stats.get("pool_size", 0), stats.get("pool_available", 0)
        _CONNECTIONS.labels(name, "open").set(size)
        _CONNECTIONS.labels(name, "busy").set(size - available)
        _CONNECTIONS.labels(name, "most").set(one.max_size)
    _CONNECTIONS.labels("loop", "waiting").set(async_pool.get_stats().get("requests_waiting", 0))


def text() -> bytes:
    """All figures in Prometheus' text format, of every worker."""
    if os.environ.get(FOLDER):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        return generate_latest(registry)
    return generate_latest(REGISTRY)
