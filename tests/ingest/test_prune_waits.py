"""A version whose parcels are being measured is not removed, although the measurement is not committed yet."""

from __future__ import annotations

from pathlib import Path

import shapely
from ingest_samples import Connection, Write, capakey, grb, square

from geodata.database.engine import connect
from geodata.ingest import ingest
from geodata.ingest.versions import prune
from geodata.settings import Settings


def one_parcel(write: Write, size: float) -> Path:
    fields = grb([capakey(1)]) | {"CANU": ["1A"]}
    shape: shapely.Geometry = square(173_000, 170_000, size)
    return write("p.gpkg", fields, [shape])


def test_versions_stay_while_something_is_measured(database: Connection, settings: Settings, write: Write) -> None:
    ingest(database, one_parcel(write, 20), "parcels")
    ingest(database, one_parcel(write, 21), "parcels")
    with connect(settings) as measuring:
        measuring.execute("SELECT pg_advisory_xact_lock_shared(hashtext('parcels'), hashtext('leave'))")
        report = ingest(database, one_parcel(write, 22), "parcels")
        held = database.execute("SELECT count(*) FROM dataset WHERE kind = 'parcels'").fetchone()
        assert held == (3,), "the load itself is not hindered"
        measuring.commit()
    row = database.execute("SELECT key FROM dataset WHERE id = %s", [report.dataset]).fetchone()
    assert row is not None
    gone = prune(database, row[0])
    database.commit()
    assert len(gone) == 1
    assert database.execute("SELECT version FROM dataset WHERE kind = 'parcels' ORDER BY 1").fetchall() == [(2,), (3,)]
