"""Departures of one weekday, counted by hand beside the feed; what the feed leaves open is unknown."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InputError, UsageError
from geodata.measure.departures import Departures, departures_on

MONDAY = date(2025, 9, 8)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def feed(path: Path, tables: dict[str, list[dict[str, Any]]]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in tables.items():
            text = io.StringIO()
            writer = csv.DictWriter(text, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
            archive.writestr(f"{name}.txt", text.getvalue())
    return path


def tables(
    trips: dict[str, tuple[str, str]], calendar: dict[str, str], exceptions: list[tuple[str, date, int]] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Trips as (service, stops they call at, a letter each); calendars as flags from Monday, for two weeks."""
    every = sorted({stop for _, path in trips.values() for stop in path} | {"Z"})
    out: dict[str, list[dict[str, Any]]] = {
        "stops": [{"stop_id": one, "stop_name": one, "stop_lat": 50.8 + n / 100, "stop_lon": 4.6} for n, one in enumerate(every)],
        "trips": [{"route_id": "r", "service_id": service, "trip_id": trip} for trip, (service, _) in trips.items()],
        "stop_times": [
            {"trip_id": trip, "departure_time": "08:00:00", "stop_id": stop, "stop_sequence": n}
            for trip, (_, path) in trips.items()
            for n, stop in enumerate(path)
        ],
    }  # fmt: skip
    if calendar:
        out["calendar"] = [
            {"service_id": service, **dict(zip(DAYS, flags, strict=True)), "start_date": "20250908", "end_date": "20250919"}
            for service, flags in calendar.items()
        ]  # fmt: skip
    if exceptions:
        out["calendar_dates"] = [
            {"service_id": service, "date": day.strftime("%Y%m%d"), "exception_type": kind}
            for service, day, kind in exceptions
        ]
    return out


def told(found: Departures) -> dict[str, tuple[float, float, int]]:
    """Fewest, most, and whether there are any, by stop."""
    return dict(
        zip(found.stop_id, zip(found.count.low.tolist(), found.count.high.tolist(), found.served.tolist(), strict=True), strict=True)
    )  # fmt: skip


def test_a_day_is_counted_by_its_own_trips(tmp_path: Path) -> None:
    trips = {"t1": ("week", "ABC"), "t2": ("mon", "CBA"), "t3": ("sat", "AB")}
    given = tables(trips, {"week": "1111100", "mon": "1000000", "sat": "0000010"}, [("week", MONDAY + timedelta(2), 2)])
    path = feed(tmp_path / "feed.zip", given)
    assert told(departures_on(path, MONDAY)) == {"A": (1, 1, 1), "B": (2, 2, 1), "C": (1, 1, 1), "Z": (0, 0, 0)}
    # The last stop of a trip is no departure.
    assert told(departures_on(path, MONDAY + timedelta(1)))["C"] == (0, 0, 0)
    assert {one[2] for one in told(departures_on(path, MONDAY + timedelta(2))).values()} == {0}


def test_without_a_day_it_is_a_usual_one_of_the_busiest_week(tmp_path: Path) -> None:
    # Nothing runs on the first Monday, twice as much on the second.
    exceptions = [("week", MONDAY, 2), ("extra", MONDAY + timedelta(7), 1)]
    given = tables({"t1": ("week", "AB"), "t2": ("extra", "AB")}, {"week": "1111100"}, exceptions)
    found = departures_on(feed(tmp_path / "feed.zip", given))
    assert found.day is not None and found.day > MONDAY + timedelta(7) and found.day.weekday() < 5
    assert told(found)["A"] == (1, 1, 1)
    assert found.lonlat.tolist()[0] == [4.6, 50.8]


def test_a_day_the_feed_does_not_speak_of_is_unknown(tmp_path: Path) -> None:
    path = feed(tmp_path / "feed.zip", tables({"t1": ("week", "AB")}, {"week": "1111100"}))
    for day in (MONDAY - timedelta(3), MONDAY + timedelta(14)):
        assert set(told(departures_on(path, day)).values()) == {(0, np.inf, -1)}


def test_a_trip_without_dates_leaves_its_stops_open(tmp_path: Path) -> None:
    given = tables({"t1": ("week", "AB"), "t2": ("nowhere", "ADB")}, {"week": "1111100"})
    found = told(departures_on(feed(tmp_path / "feed.zip", given), MONDAY))
    assert found == {"A": (1, 2, 1), "B": (0, 0, 0), "D": (0, 1, -1), "Z": (0, 0, 0)}


def test_a_service_that_was_taken_off_has_no_departures(tmp_path: Path) -> None:
    off = [("off", MONDAY + timedelta(n), 2) for n in range(12)]
    given = tables({"t1": ("week", "AB"), "t2": ("off", "DB")}, {"week": "1111100", "off": "1111111"}, off)
    assert told(departures_on(feed(tmp_path / "feed.zip", given), MONDAY))["D"] == (0, 0, 0)


def test_a_feed_on_whose_days_nothing_runs_says_nothing(tmp_path: Path) -> None:
    found = departures_on(feed(tmp_path / "feed.zip", tables({"t1": ("week", "AB")}, {"week": "0000000"})))
    assert found.day is None and (found.served == -1).all()


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = feed(tmp_path / "feed.zip", tables({"t1": ("week", "AB")}, {"week": "1111100"}))
    with pytest.raises(UsageError, match="no weekday"):
        departures_on(path, MONDAY + timedelta(5))
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with pytest.raises(InputError, match=r"feed\.zip"):
        departures_on(path, MONDAY)
    given = tables({"t1": ("week", "AB")}, {"week": "1111100"})
    del given["stop_times"]
    with pytest.raises(InputError, match=r"no stop_times\.txt"):
        departures_on(feed(tmp_path / "other.zip", given), MONDAY)


services = st.dictionaries(
    st.sampled_from(["s", "t", "u"]), st.text("01", min_size=7, max_size=7).filter(lambda flags: "1" in flags), min_size=1
)  # fmt: skip
paths = st.dictionaries(
    st.sampled_from([f"t{n}" for n in range(6)]),
    st.tuples(st.sampled_from(["s", "t", "u"]), st.text("ABC", min_size=2, max_size=5)),
    min_size=1,
)


@settings(deadline=None, max_examples=60)
@given(services, paths, st.integers(0, 4))
def test_against_counting_by_hand(tmp_path_factory: Any, calendar: Any, trips: Any, weekday: int) -> None:
    path = feed(tmp_path_factory.mktemp("gtfs") / "feed.zip", tables(trips, calendar))
    day = MONDAY + timedelta(weekday)
    low, more = Counter[str](), Counter[str]()
    for service, stops in trips.values():
        for stop in stops[:-1]:
            low[stop] += service in calendar and calendar[service][weekday] == "1"
            more[stop] += service not in calendar
    spoken = [MONDAY + timedelta(n) for n in range(12) if any(flags[n % 7] == "1" for flags in calendar.values())]
    found = departures_on(path, day)
    for stop, (fewest, most, served) in told(found).items():
        if not spoken[0] <= day <= spoken[-1]:
            assert (fewest, most, served) == (0, np.inf, -1)
        else:
            assert (fewest, most) == (low[stop], low[stop] + more[stop])
            assert served == (1 if low[stop] else -1 if more[stop] else 0)
