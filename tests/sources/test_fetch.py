"""Fetching and loading with a stand-in for the clients: what is loaded, what is kept, what stays unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from made_up import MadeUp
from stand_in import NIS, ONLY, StandIn, rows

from geodata.database.engine import connect
from geodata.errors import NotFoundError, UsageError
from geodata.settings import Settings
from geodata.sources.catalogue import Source, catalogue
from geodata.sources.clients import ServerError, TruncatedError
from geodata.sources.loaded import loaded_datasets
from geodata.sources.records import BusyError, Records, only_one
from geodata.sources.sampled import PIECE_M2, cut_parcel, points_of
from geodata.sources.status import standing
from geodata.sources.versions import diff, rollback
from geodata.sources.wanted import needs


def test_a_municipality_is_loaded_from_nothing(run: Any, database: Any, stand_in: StandIn, made_up: MadeUp) -> None:
    done = run()
    assert {name: one.state for name, one in done.items()} == {
        "vrbg": "loaded", "grb-adp": "loaded", "wegenregister": "loaded", "ven": "loaded", "natura2000-flanders": "loaded",
    }  # fmt: skip
    assert stand_in.names()[0] == "vrbg", "boundaries come first"
    assert "fps-finance-wfs" not in stand_in.names(), "a second parcel plan is not laid over the first"
    assert rows(database, "parcel") == len(made_up.frame(catalogue()["grb-adp"], "flanders"))
    covers = {one.source: one.codes for one in loaded_datasets(database) if one.kind != "municipalities"}
    assert set(map(tuple, covers.values())) == {(NIS,)}, "coverage is what was asked, and nothing else"
    inside = made_up.outline("flanders").bounds
    boxes = {name: area.box for name, area in stand_in.asked}
    assert boxes["wegenregister"][0] == pytest.approx(inside[0] - 1000), "distances are measured from roads"
    assert boxes["ven"][0] == pytest.approx(inside[0] - 100), "none is measured from protected nature"


def test_what_is_loaded_is_not_asked_again(run: Any, stand_in: StandIn) -> None:
    run()
    stand_in.asked.clear()
    assert {one.state for one in run().values()} == {"present"}
    assert stand_in.asked == []


def test_asked_again_the_same_bytes_change_nothing(run: Any, database: Any) -> None:
    first, again = run(), run(again=True)
    assert {one.state for one in again.values()} == {"unchanged"}
    assert {name: one.dataset for name, one in first.items()} == {name: one.dataset for name, one in again.items()}
    assert all(one.checked is not None for one in loaded_datasets(database))


def test_an_interrupted_start_goes_on_at_the_missing_source(run: Any, stand_in: StandIn) -> None:
    stand_in.errors["wegenregister"] = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        run()
    done_before = stand_in.names()[:-1]
    stand_in.errors.clear()
    stand_in.asked.clear()
    done = run()
    assert "wegenregister" in stand_in.names() and not set(done_before) & set(stand_in.names())
    assert all(one.good for one in done.values())


def test_what_was_fetched_but_not_loaded_is_loaded_without_asking(
    run: Any, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*given: Any, **options: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("geodata.sources.fetch.ingest", cut)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert stand_in.names() == ["vrbg"]
    run()
    assert stand_in.names().count("vrbg") == 1


def test_a_failed_source_keeps_its_version_and_harms_no_other(run: Any, database: Any, stand_in: StandIn) -> None:
    before = {name: one.dataset for name, one in run().items()}
    stand_in.errors["ven"] = ServerError("the server failed.", "Try later.", status=500)
    stand_in.errors["wegenregister"] = TruncatedError("the answer breaks off.")
    done = run(again=True)
    assert (done["ven"].state, done["ven"].cause, done["ven"].kept) == ("failed", "server", before["ven"])
    assert (done["wegenregister"].cause, done["wegenregister"].kept) == ("truncated", before["wegenregister"])
    assert done["natura2000-flanders"].state == done["grb-adp"].state == "unchanged"
    assert {one.id for one in loaded_datasets(database)} == set(before.values())


def test_a_failed_parcel_plan_is_replaced_by_the_next(run: Any, stand_in: StandIn) -> None:
    stand_in.errors["grb-adp"] = ServerError("the server failed.", status=503)
    done = run()
    assert done["fps-finance-wfs"].state == "loaded" and "grb-adp" not in done


def test_a_file_that_cannot_be_read_is_a_failure_of_that_source(run: Any, stand_in: StandIn) -> None:
    good = stand_in.content
    stand_in.content = lambda source: good(source).drop(columns="CAPAKEY") if source.id == "grb-adp" else good(source)
    stand_in.errors["fps-finance-wfs"] = ServerError("no.", status=500)
    done = run()
    assert done["grb-adp"].state == "failed" and done["grb-adp"].cause == "input"
    assert done["ven"].state == "loaded"


def test_a_failure_nobody_foresaw_stops_no_other_source(run: Any, stand_in: StandIn) -> None:
    stand_in.errors["wegenregister"] = ZeroDivisionError("division by zero")
    done = run()
    assert done["wegenregister"].cause == "program" and "ZeroDivisionError" in (done["wegenregister"].reason or "")
    assert done["ven"].state == "loaded"


def test_an_empty_answer_counts_only_when_it_was_checked(
    run: Any, database: Any, tmp_path: Path, stand_in: StandIn
) -> None:
    stand_in.answers = {"ven": "empty_checked", "natura2000-flanders": "empty_suspicious"}
    done = run()
    assert done["ven"].state == "empty_checked" and done["ven"].rows == 0
    assert done["natura2000-flanders"].state == "empty_suspicious" and done["natura2000-flanders"].dataset is None
    covered = {one.source: one.codes for one in loaded_datasets(database)}
    assert covered["ven"] == [NIS] and "natura2000-flanders" not in covered
    states = {
        group: one.state for one in standing(database, Records(tmp_path), {NIS: "flanders"}) for group in one.need.group
    }
    assert states["ven"] == "loaded" and states["natura2000-flanders"] == "empty_suspicious"


def test_a_doubtful_empty_answer_does_not_take_the_place_of_a_good_version(
    run: Any, database: Any, stand_in: StandIn
) -> None:
    before = run()["ven"].dataset
    stand_in.answers = {"ven": "empty_suspicious"}
    done = run(again=True)["ven"]
    assert done.kept == before and before in {one.id for one in loaded_datasets(database)}


def test_pages_are_one_version(run: Any, database: Any, stand_in: StandIn) -> None:
    stand_in.pages = 3
    done = run()
    whole = len(stand_in.content(catalogue()["grb-adp"]))
    assert done["grb-adp"].rows == whole and rows(database, "parcel") == whole
    assert {one.state for one in run(again=True).values()} == {"unchanged"}


def test_parcels_of_neighbours_in_the_box_are_left_out(
    run: Any, database: Any, stand_in: StandIn, made_up: MadeUp
) -> None:
    good = stand_in.content
    other = made_up.frame(catalogue()["grb-adp"], "wallonia")
    stand_in.content = lambda source: (
        geopandas.pd.concat([good(source), other]) if source.id == "grb-adp" else good(source)
    )
    done = run()
    found = database.execute("SELECT DISTINCT nis FROM parcel").fetchall()
    assert found == [(NIS,)]
    assert f"{len(other)} parcels of other municipalities were left out" in done["grb-adp"].notes


def test_a_second_municipality_is_fetched_beside_the_first(run: Any, database: Any, stand_in: StandIn) -> None:
    run(only=("vrbg", "ven"))
    second = "24038"
    good = stand_in.content

    def content(source: Source) -> geopandas.GeoDataFrame:
        frame = good(source)
        if source.kind == "municipalities":
            neighbour = frame[frame["NISCODE"] == NIS].assign(NISCODE=second)
            neighbour.geometry = neighbour.translate(-9000)
            return geopandas.pd.concat([frame, neighbour])
        return frame

    stand_in.content = content
    stand_in.asked.clear()
    run([NIS, second], only=("vrbg", "ven"))
    assert [area.nis for name, area in stand_in.asked if name == "ven"] == [(second,)]
    covers = [one.codes for one in loaded_datasets(database) if one.source == "ven"]
    assert covers == [[NIS], [second]]


def test_without_internet_only_what_is_at_hand_is_loaded(run: Any, settings: Settings, stand_in: StandIn) -> None:
    run()
    with connect(settings) as connection:
        connection.execute("TRUNCATE dataset CASCADE")
        connection.commit()
    stand_in.asked.clear()
    from geodata.sources.fetch import offline

    done = run(bring=offline, offline=True, only=(*ONLY, "ovam"))
    assert stand_in.asked == []
    assert done["grb-adp"].state == "loaded" and done["ovam"].state == "failed"
    assert "carry it" in (done["ovam"].remedy or "")


def test_changed_bytes_of_a_fetched_file_are_refused(run: Any, settings: Settings, tmp_path: Path) -> None:
    run()
    for path in (tmp_path / "payloads").rglob("*.geojson"):
        path.write_text(path.read_text() + " ")
    with connect(settings) as connection:
        connection.execute("TRUNCATE dataset CASCADE")
        connection.commit()
    from geodata.sources.fetch import offline

    assert {one.state for one in run(bring=offline, offline=True).values()} == {"failed"}


@trying(max_examples=60, deadline=None)
@given(width=st.floats(5, 400), height=st.floats(5, 400), angle=st.floats(0, 90), hole=st.floats(0, 0.9))
def test_pieces_make_up_the_parcel_and_each_has_its_point(
    width: float, height: float, angle: float, hole: float
) -> None:
    outer = shapely.box(0, 0, width, height)
    inner = shapely.affinity.scale(outer, hole, hole)
    parcel = shapely.affinity.rotate(outer.difference(inner) if hole > 0.1 else outer, angle)
    pieces = np.array(list(cut_parcel(parcel)), dtype=object)
    assert shapely.area(pieces).max() <= PIECE_M2 * 1.0001
    assert shapely.area(pieces).sum() == pytest.approx(parcel.area, abs=1.0 * len(pieces) + 1e-6)
    at = shapely.points(np.array(points_of(pieces)))
    assert shapely.dwithin(pieces, at, 0.02).all()


def test_rollback_and_diff(run: Any, database: Any, stand_in: StandIn) -> None:
    first = run()["grb-adp"]
    good = stand_in.content

    def changed(source: Source) -> geopandas.GeoDataFrame:
        frame = good(source)
        if source.id != "grb-adp":
            return frame
        frame.loc[1, "geometry"] = frame.geometry[1].buffer(-0.5)
        frame.loc[2, "CAPAKEY"] = "24999Z0001/00A000"
        return frame.iloc[:-1]

    stand_in.content = changed
    second = run(again=True)["grb-adp"]
    told = diff(database, "parcels/grb-adp")[0].changes[0]
    assert (told.added, told.removed, told.changed) == (1, 2, 1)
    assert told.examples["added"] == ["24999Z0001/00A000"]
    done = rollback(database, "parcels/grb-adp")
    assert [(one.was.id, one.now.id) for one in done] == [(second.dataset, first.dataset)]
    assert rows(database, "parcel") == first.rows
    # Back again, and the file of the first version is a new one: it is not the one that counts.
    assert [one.now.id for one in rollback(database, "parcels/grb-adp", NIS)] == [second.dataset]
    with pytest.raises(UsageError):
        rollback(database, "parcels")
    with pytest.raises(NotFoundError, match="not loaded for municipality 11002"):
        rollback(database, "parcels/grb-adp", "11002")
    with pytest.raises(NotFoundError, match="no earlier version"):
        rollback(database, "nature/ven")
    database.rollback()
    stand_in.content = good
    assert run(again=True)["grb-adp"].state == "loaded"


def test_only_one_run_at_a_time(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(BusyError), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


@pytest.mark.parametrize("region", ["flanders", "wallonia", "brussels"])
def test_every_need_names_who_has_it(region: Any) -> None:
    found = needs(region)
    assert [one.layer for one in found[:2]] == ["municipalities", "parcels"]
    for need in found:
        assert need.who_has_it()
        assert all(not source.generalised for source in need.known)


def test_an_old_code_names_its_successor(run: Any) -> None:
    with pytest.raises(NotFoundError, match="46030"):
        run(["46013"])
