"""A stand-in for the clients: made-up answers, faults where told to, and what was asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas
import psycopg
import shapely
from made_up import PLACES

from geodata.sources.catalogue import Source
from geodata.sources.clients import Area, Fetched, Payload
from geodata.sources.runs import Counted

NIS = PLACES["flanders"][1]
#: Sources these tests fetch: boundaries, parcels with a fallback, a layer with distances, one of shares.
ONLY = ("vrbg", "grb-adp", "fps-finance-wfs", "wegenregister", "ven", "natura2000-flanders")


@dataclass
class StandIn:
    """Gives made-up answers; notes what was asked, and fails or is empty where told to."""

    folder: Path
    content: Callable[[Source], geopandas.GeoDataFrame]
    asked: list[tuple[str, Area]] = field(default_factory=list)
    errors: dict[str, Exception] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    pages: int = 1
    #: No control point gives its known value for these.
    unproven: set[str] = field(default_factory=set)

    def __call__(self, source: Source, area: Area, progress: Counted) -> Fetched:
        self.asked.append((source.id, area))
        if source.id in self.errors:
            raise self.errors[source.id]
        answer = self.answers.get(source.id, "features")
        if answer != "features":
            return Fetched(source.id, source.services[0], (), 0, answer, proven=answer == "empty_checked")  # type: ignore[arg-type]
        frame = self.content(source) if not area.points else self.at_points(area)
        cuts = [round(len(frame) * at / self.pages) for at in range(self.pages + 1)]
        payloads = tuple(
            self.payload(source, frame.iloc[start:stop], number) for number, (start, stop) in enumerate(pairwise(cuts))
        )
        proven = source.id not in self.unproven
        return Fetched(source.id, source.services[0], payloads, len(frame), "features", proven=proven)

    def payload(self, source: Source, frame: geopandas.GeoDataFrame, number: int) -> Payload:
        told = json.loads(frame.to_json(drop_id=True))
        told["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::31370"}}
        text = json.dumps(told)
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        path = self.folder / "payloads" / sha256 / f"page{number}" / "answer.geojson"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        url = source.services[0].endpoint
        return Payload(path, sha256, url, datetime.now(UTC), "application/geo+json", len(frame))

    def at_points(self, area: Area) -> geopandas.GeoDataFrame:
        """What a service says that answers at points only: the worst class at the first three."""
        return geopandas.GeoDataFrame(
            {"gridcode": ["3"] * 3}, geometry=[shapely.Point(one) for one in area.points[:3]], crs="EPSG:31370"
        )

    def names(self) -> list[str]:
        """Sources asked, in order."""
        return [name for name, _ in self.asked]


def rows(connection: psycopg.Connection[Any], table: str) -> int:
    found = connection.execute(
        f"SELECT count(*) FROM {table} t JOIN dataset d ON d.id = t.dataset_id AND d.current"
    ).fetchone()
    assert found is not None
    return int(found[0])
