"""What a fetched dataset covers: only there does what it leaves out count as not there."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from made_up import MadeUp
from stand_in import NIS, StandIn

from geodata.errors import UsageError
from geodata.ingest.coverage import Around, resolve_coverage
from geodata.settings import Settings
from geodata.sources.catalogue import catalogue
from geodata.sources.known import say_complete
from geodata.sources.loaded import loaded_datasets
from geodata.sources.records import Records
from geodata.sources.status import standing


def test_a_service_that_answers_at_points_covers_only_what_was_asked(
    run: Any, database: Any, stand_in: StandIn, settings: Settings
) -> None:
    done = run(only=("vrbg", "grb-adp", "flood-pluvial-flanders"), smallest=1000.0)
    found = done["flood-pluvial-flanders"]
    assert found.state == "loaded" and found.rows == 3
    points = next(area.points for name, area in stand_in.asked if name == "flood-pluvial-flanders")
    large, small = (
        database.execute(
            f"""SELECT count(*), count(*) FILTER (WHERE ST_Covers(d.coverage, p.geom)),
                       count(*) FILTER (WHERE ST_Area(ST_Intersection(d.coverage, p.geom)) > 0.5 * p.area_m2)
                FROM parcel p CROSS JOIN dataset d WHERE d.id = %s AND p.area_m2 {sign} 1000""",
            [found.dataset],
        ).fetchone()
        for sign in (">=", "<")
    )
    assert 0 < large[0] == large[1] <= len(points), "every parcel that may hold a site is covered whole"
    assert small[0] > 0 and small[2] == 0, "of the others nothing was asked, so nothing is known"
    classes = database.execute("SELECT DISTINCT class FROM constraint_area WHERE theme = 'flood'").fetchall()
    assert classes == [("D",)]
    loaded = next(one for one in loaded_datasets(database) if one.id == found.dataset)
    assert loaded.codes == [NIS] and run(only=("flood-pluvial-flanders",))["flood-pluvial-flanders"].state == "present"


def test_samples_without_a_control_point_say_nothing_of_what_they_leave_out(
    run: Any, database: Any, stand_in: StandIn, settings: Settings
) -> None:
    stand_in.unproven = {"flood-pluvial-flanders"}
    found = run(only=("vrbg", "grb-adp", "flood-pluvial-flanders"), smallest=1000.0)["flood-pluvial-flanders"]
    assert found.state == "loaded" and found.rows == 3
    assert _coverage_of(database, found.dataset) == (None, None)
    told = {one.need.group: one for one in standing(database, Records(settings.sources_folder), {NIS: "flanders"})}
    there = told[("flood-pluvial-flanders",)]
    assert (there.state, there.absence) == ("loaded", "unknown")


@pytest.mark.parametrize("proven", [True, False])
def test_presence_counts_by_absence_only_with_a_living_control_point(
    run: Any, database: Any, stand_in: StandIn, settings: Settings, proven: bool
) -> None:
    assert catalogue()["ven"].answers == "presence"
    stand_in.unproven = set() if proven else {"ven"}
    found = run(only=("vrbg", "ven"))["ven"]
    assert found.state == "loaded" and found.rows
    area, codes = _coverage_of(database, found.dataset)
    assert (codes, area is not None) == (([NIS], True) if proven else (None, False))
    assert run(only=("ven",))["ven"].state == "present", "asked and loaded, whatever it covers"
    told = {one.need.group: one for one in standing(database, Records(settings.sources_folder), {NIS: "flanders"})}
    assert told[("ven",)].absence == ("counts" if proven else "unknown") and not told[("ven",)].missing
    # Once the control point answers, the same files count by absence, as a new version of the same dataset.
    stand_in.unproven = set()
    again = run(only=("ven",), again=True)["ven"]
    assert again.good and _coverage_of(database, again.dataset)[1] == [NIS]
    assert [one.id for one in loaded_datasets(database) if one.source == "ven"] == [again.dataset]


def test_what_lies_within_the_margin_is_covered_as_far_as_the_region_reaches(
    run: Any, database: Any, stand_in: StandIn, made_up: MadeUp
) -> None:
    found = run(only=("vrbg", "wegenregister"))["wegenregister"]
    area, codes = _coverage_of(database, found.dataset)
    assert codes == [NIS], "only the municipality asked for is covered whole"
    box = next(one.box for name, one in stand_in.asked if name == "wegenregister")
    drawn = shapely.from_wkb(bytes(area))
    own = made_up.outline("flanders")
    assert shapely.covers(shapely.buffer(drawn, 0.01), own)
    assert shapely.covers(shapely.union(shapely.box(*box), own).buffer(0.01), drawn)


def test_municipalities_beside_are_covered_within_the_box(run: Any, database: Any, made_up: MadeUp) -> None:
    run(only=("au-refsit",))
    own, beside = made_up.outline("flanders"), made_up.outline("wallonia")
    box = shapely.buffer(own, 500.0).bounds
    alone = resolve_coverage(database, NIS, Around(box, "flanders"))
    country = resolve_coverage(database, NIS, Around(box, "belgium"))
    assert alone.area is not None and country.area is not None and alone.nis == country.nis == (NIS,)
    strip = shapely.intersection(beside, shapely.box(*box))
    assert shapely.area(strip) > 1_000.0, "the neighbour reaches into the box"
    assert shapely.area(shapely.intersection(alone.area, strip)) < 1.0
    assert shapely.covers(shapely.buffer(country.area, 0.01), strip)
    assert shapely.area(shapely.difference(country.area, shapely.union(own, shapely.box(*box)))) < 1.0
    assert alone.scope == country.scope == NIS, "a newer version takes its place whatever the margin was"


def test_a_file_of_no_stated_reach_counts_where_somebody_says_it_is_complete(
    run: Any, database: Any, stand_in: StandIn, tmp_path: Path
) -> None:
    source = catalogue()["fwb-schools"]
    assert source.declared_coverage is None
    one = ("vrbg", "fwb-schools")
    assert _coverage_of(database, run(only=one)["fwb-schools"].dataset) == (None, None)
    say_complete(tmp_path, source, NIS, "compared with the list of the schools", date(2026, 11, 25))
    again = run(only=one, again=True)["fwb-schools"]
    assert _coverage_of(database, again.dataset)[1] == [NIS]
    assert [one.id for one in loaded_datasets(database) if one.source == "fwb-schools"] == [again.dataset]
    with pytest.raises(UsageError, match="nobody can declare it complete"):
        say_complete(tmp_path, catalogue()["ven"], NIS, "I think so", date(2026, 11, 25))
    with pytest.raises(UsageError, match="reason"):
        say_complete(tmp_path, source, NIS, " ", date(2026, 11, 25))


def _coverage_of(database: Any, dataset: int) -> tuple[Any, Any]:
    row = database.execute("SELECT ST_AsBinary(coverage), coverage_nis FROM dataset WHERE id = %s", [dataset])
    found: tuple[Any, Any] = row.fetchone()
    return found
