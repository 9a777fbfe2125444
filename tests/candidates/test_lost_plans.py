"""A plan level that is switched off in the database leaves zoning unknown, and the explanation names it."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from api.i18n import translator
from geodata.measure import measure
from geodata.measure.read import read_layers, read_parcels, region_of
from sites.suitability import assess, explain, load_profile
from sites.suitability.states import NAMES, UNKNOWN

Connection = psycopg.Connection[Any]
TODAY = date.today()

LEVELS = [
    ("99001", "rup-municipal", "zoning", "Gemeentelijke ruimtelijke uitvoeringsplannen (RUP)"),
    ("99001", "bpa", "zoning", "Bijzondere plannen van aanleg (BPA)"),
    ("99001", "subdivision", "plan_rules", "Verkavelingsvergunningen"),
    ("99002", "sol", "plan_rules", "Lokale oriëntatieschema's (SOL)"),
    ("99002", "gcu", "plan_rules", "Gemeentelijke stedenbouwkundige handleidingen (GCU)"),
    ("99002", "lot", "plan_rules", "Verkavelings- en bebouwingsvergunningen (LOT)"),
    ("99003", "pad", "zoning", "Richtplannen van aanleg (RPA)"),
    ("99003", "rruz", "zoning", "Gezoneerde gewestelijke verordeningen (GGSV/RRUZ)"),
    ("99003", "ppas", "zoning", "Bijzondere bestemmingsplannen (BBP)"),
]


@pytest.mark.parametrize(("nis", "source", "constraint", "named"), LEVELS, ids=lambda one: str(one)[:16])
@pytest.mark.parametrize("change", ["current = false", "coverage = NULL, coverage_nis = NULL"])
def test_a_plan_level_that_is_lost_is_named(
    demo_connection: Connection, nis: str, source: str, constraint: str, named: str, change: str
) -> None:
    changed = demo_connection.execute(f"UPDATE dataset SET {change} WHERE source = %s AND current", [source])
    assert changed.rowcount == 1
    region = region_of(demo_connection, nis)
    parcels = read_parcels(demo_connection, nis)
    table = measure(parcels, read_layers(demo_connection, region, parcels))
    found = assess(table, load_profile(region, "residential"), as_of=TODAY)
    result = next(one for one in found.constraints if one.constraint.id == constraint)
    open_ones = [at for at in range(len(found)) if result.state[at] == UNKNOWN]
    assert len(open_ones) > len(found) / 2
    assert set(found.verdict) <= {"unknown", "incompatible"}
    for at in open_ones[:: max(1, len(open_ones) // 5)]:
        document = explain(found, at, translate=translator("nl"), run="r", data_date=TODAY)
        sentence = next(one["sentence"] for one in document["constraints"] if one["id"] == constraint)
        assert named in sentence
        assert any(one["layer"].endswith(f":{source}") for one in document["unknown"])


def test_the_demo_holds_a_plan_of_each_kind(demo_connection: Connection) -> None:
    """Perimeters that must be read are conditional; a PAD without a known zone name leaves the land unknown."""
    told: dict[str, set[str]] = {}
    for nis in ("99001", "99002", "99003"):
        region = region_of(demo_connection, nis)
        parcels = read_parcels(demo_connection, nis)
        table = measure(parcels, read_layers(demo_connection, region, parcels))
        found = assess(table, load_profile(region, "residential"), as_of=TODAY)
        for result in found.constraints:
            if result.constraint.id in ("zoning", "plan_rules"):
                for at in range(len(found)):
                    told.setdefault(f"{nis} {result.why[at]}", set()).add(NAMES[result.state[at]])
    assert told["99001 subdivision"] == {"conditional"}
    assert told["99002 sol"] == told["99002 lot"] == {"conditional"}
    assert "unknown" in told["99003 unrecognised"]
