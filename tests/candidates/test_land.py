"""Land to lay out is the usable area of the result before gardens: one rule for parcels, groups and drawn areas."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import pytest
import shapely

from geodata.errors import InputError, UsageError
from geodata.measure import measure
from geodata.measure.inputs import Parcels
from geodata.measure.read import read_layers, region_of
from sites.candidates.drawn import judge
from sites.candidates.drawn_shapes import Drawn
from sites.candidates.layout import layout, layout_norm
from sites.candidates.layouts import Land, land_of, land_of_area
from sites.candidates.runs import Run, find_run
from sites.suitability import Profile
from sites.suitability.exclusions import exclusion_set

Connection = psycopg.Connection[Any]
PLACES = ["99001", "99002", "99003"]
TYPES = ["residential", "transit"]
OWN_CRS = {"declared": "EPSG:31370", "used": "EPSG:31370", "how": "declared", "accuracy_m": 0.0}

#: Parcels with dwellings, with land in use or hazards, and with neither: some of each.
_SOME = """
SELECT p.capakey, r.usable_m2, m.dwellings FROM run_result r JOIN parcel p ON p.id = r.parcel_id
JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id WHERE r.run_id = %s AND r.usable_m2 IS NOT NULL
ORDER BY row_number() OVER (PARTITION BY m.dwellings > 0, r.left_high_m2 < m.unbuilt_m2 - 1 ORDER BY p.capakey),
    p.capakey LIMIT 24"""
_FIRST = """
SELECT p.capakey, p.id, ST_AsBinary(p.geom), m.access_x FROM run_result r JOIN parcel p ON p.id = r.parcel_id
JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
WHERE r.run_id = %s AND r.rank IS NOT NULL AND m.access_x IS NOT NULL ORDER BY r.usable_m2 DESC, p.capakey LIMIT 1"""
#: A zone in which no site may come, drawn in the plan that holds on the parcel.
_FOREST = """
INSERT INTO zone (dataset_id, plan_kind, plan_id, feature_id, code, label_raw, label, zoning_class, geom, geom_3857)
SELECT z.dataset_id, z.plan_kind, z.plan_id, 'test', z.code, z.label_raw, z.label, 'forest', ST_GeomFromWKB(%s, 31370), z.geom_3857
FROM zone z JOIN dataset d ON d.id = z.dataset_id AND d.current JOIN parcel p ON ST_Intersects(z.geom, p.geom)
WHERE p.id = %s ORDER BY ST_Area(ST_Intersection(z.geom, p.geom)) DESC, z.id DESC LIMIT 1"""


def drawn(shape: Any) -> Drawn:
    return Drawn("1", shape, OWN_CRS)


def partly_forest(connection: Connection, run: Run) -> tuple[str, Any, Any]:
    """Key and shape of the largest candidate, and the third of it away from the road, which becomes forest."""
    row = connection.execute(_FIRST, [run.id]).fetchone()
    assert row is not None
    shape = shapely.from_wkb(bytes(row[2]))
    west, south, east, north = shape.bounds
    third = (east - west) / 3
    forest = shapely.intersection(
        shape,
        shapely.box(
            *((west, south, west + third, north) if row[3] > (west + east) / 2 else (east - third, south, east, north))
        ),
    )
    assert connection.execute(_FOREST, [shapely.to_wkb(shapely.multipolygons([forest])), row[1]]).rowcount == 1
    return row[0], shape, forest


def failing_share(connection: Connection, nis: str, run: Run, shapes: list[Any]) -> float:
    """The largest share under what fails of any shape, as the measurement of parcels finds it."""
    n = len(shapes)
    one = np.array([*shapes, None], dtype=object)[:-1]
    names = np.full(n, nis, dtype=object)
    parcels = Parcels(np.arange(n), names, names, np.zeros(n, dtype=bool), one, np.full(n, None, dtype=object))
    table = measure(parcels, read_layers(connection, region_of(connection, nis), parcels))
    found = exclusion_set(Profile.model_validate(run.profile), run.as_of, run.region)
    shares = [table.shares[layer].get(name, np.zeros(n)) for layer, names in found.items() for name in names]
    return float(np.max([*shares, table.built_share]))


@pytest.mark.parametrize("nis", PLACES)
@pytest.mark.parametrize("site_type", TYPES)
def test_what_is_left_less_the_gardens_is_the_usable_area(
    demo_connection: Connection, nis: str, site_type: Any
) -> None:
    run = find_run(demo_connection, territory=[nis], site_type=site_type)
    garden = next(one["garden"]["value"] for one in run.profile["constraints"] if one["kind"] == "occupation")
    rows = demo_connection.execute(_SOME, [run.id]).fetchall()
    assert {bool(dwellings) for _, _, dwellings in rows} == {True, False}
    for key, usable, dwellings in rows:
        land = land_of(demo_connection, [key], site_type, run.as_of, run)
        assert max(land.remainder.area - dwellings * garden, 0.0) == pytest.approx(usable, abs=0.01), key
        assert land.region == run.region


@pytest.mark.parametrize("nis", PLACES)
@pytest.mark.parametrize("site_type", TYPES)
def test_no_pitch_lies_in_a_zone_that_fails(demo_connection: Connection, nis: str, site_type: Any) -> None:
    run = find_run(demo_connection, territory=[nis], site_type=site_type)
    key, shape, _ = partly_forest(demo_connection, run)
    lands: list[Land] = [
        land_of(demo_connection, [key], site_type, run.as_of, run),
        land_of(demo_connection, [key], site_type, run.as_of),
        land_of_area(demo_connection, drawn(shape), site_type, run.as_of, run),
        land_of_area(demo_connection, drawn(shape), site_type, run.as_of),
    ]
    for land in lands:
        assert land.cut_m2["zoning"] > 100
        assert land.remainder.area == pytest.approx(lands[0].remainder.area, abs=0.01)
    land = lands[0]
    found = layout(land.remainder, land.access, layout_norm(land.region, site_type, run.as_of))
    pitches = [one.geometry for way in found.drawings for one in way.features if one.kind == "pitch"]
    assert pitches and failing_share(demo_connection, nis, run, pitches) < 1e-6
    assert failing_share(demo_connection, nis, run, [shape]) > 0.1
    # A drawn area has that much less room, too.
    (judged,) = judge(demo_connection, [drawn(shape)], site_type, run.as_of)
    assert judged.assessment.usable_m2[0] == pytest.approx(land.remainder.area, abs=0.01)


def test_a_note_names_what_is_not_cut_and_nothing_else(demo_connection: Connection) -> None:
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    key, _, _ = partly_forest(demo_connection, run)

    def notes(day: Any = run.as_of) -> dict[str, Any]:
        land = land_of(demo_connection, [key], "residential", day)
        return {one.template.split(":")[0]: one.values.get("names") for one in land.notes}

    told = notes()
    assert set(told) == {"Cut away", "Gardens of dwellings are not cut away"} and "zoning" in str(told["Cut away"])
    # A map of a later day says nothing of this one; a house stands whatever the law of the day.
    later = notes(run.as_of.replace(year=2020))
    assert "zoning" in str(later["Only known of a later day than the law, so not cut away"])
    assert "buildings" not in str(later["Only known of a later day than the law, so not cut away"])
    assert "zoning" not in str(later.get("Cut away"))
    demo_connection.execute("UPDATE dataset SET current = false WHERE kind = 'nature'")
    assert notes()["Not known on all of this land, so not cut away there"] == "nature"


def test_an_area_under_two_laws_is_not_laid_out(demo_connection: Connection) -> None:
    row = demo_connection.execute(
        """SELECT ST_AsBinary(ST_Intersection(a.geom, b.geom)) FROM municipality a
           JOIN dataset d ON d.id = a.dataset_id AND d.current, municipality b JOIN dataset e ON e.id = b.dataset_id
           AND e.current WHERE a.nis < b.nis AND a.region <> b.region
           AND ST_Length(ST_Intersection(a.geom, b.geom)) > 100 ORDER BY a.nis, b.nis LIMIT 1"""
    ).fetchone()
    assert row is not None
    area = drawn(shapely.from_wkb(bytes(row[0])).interpolate(0.5, normalized=True).buffer(40))
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    with pytest.raises(InputError, match="law of several regions"):
        land_of_area(demo_connection, area, "residential", run.as_of)


def test_a_result_of_another_region_does_not_serve(demo_connection: Connection) -> None:
    run = find_run(demo_connection, territory=["99001"], site_type="residential")
    elsewhere = find_run(demo_connection, territory=["99003"], site_type="residential")
    row = demo_connection.execute(_FIRST, [elsewhere.id]).fetchone()
    assert row is not None
    with pytest.raises(UsageError, match="another region"):
        land_of_area(demo_connection, drawn(shapely.from_wkb(bytes(row[2]))), "residential", run.as_of, run)
