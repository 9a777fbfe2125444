"""Departures of every stop on one ordinary weekday, from a GTFS feed of any size; what the feed leaves open is unknown.

The feed is read by `geodata.sources.clients.gtfs`, which gives the mean of a week to the table of stops; here it is one
day, with its bounds. A day outside the period the feed speaks of says nothing. A trip whose service has no dates at all
may run that day or not: it widens the bounds of the stops where it calls.
"""

from __future__ import annotations

import csv
import zipfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geodata.errors import InputError, UsageError
from geodata.measure.table import FloatArray, Interval
from geodata.sources.clients import gtfs
from geodata.sources.clients.common import FetchError, Progress

_ALL_OF_FEED = "Download the feed anew; a feed that stays so cannot be used."


@dataclass(frozen=True, eq=False)
class Departures:
    """Departures of n stops on one day.

    Attributes
    ----------
    day : the weekday that was counted; None where the feed has no day on which anything runs.
    stop_id : ids of the feed, shape (n,), sorted.
    lonlat : longitude and latitude, EPSG:4326, shape (n, 2).
    count : bounds of the number of departures, shape (n,) each; 0 to inf where nothing is known.
    """

    day: date | None
    stop_id: tuple[str, ...]
    lonlat: FloatArray
    count: Interval

    @property
    def served(self) -> NDArray[np.int8]:
        """1 = has departures that day, 0 = has none, -1 = unknown; shape (n,)."""
        out = np.full(len(self.stop_id), -1, dtype=np.int8)
        out[self.count.low > 0] = 1
        out[self.count.high <= 0] = 0
        return out


def departures_on(path: Path, day: date | None = None, *, progress: Progress | None = None) -> Departures:
    """Departures of every stop of a feed on a weekday.

    Parameters
    ----------
    path : the feed, a zip archive.
    day : Monday to Friday, one on which no holiday falls: the caller knows the calendar, the feed only its trips.
        None = the day of the busiest week on which the middle number of trips runs.
    progress : called with rows read of `stop_times`.

    Raises
    ------
    UsageError : the day is a Saturday or a Sunday.
    InputError : the archive is damaged or no feed, or a table or value is missing.
    """
    if day is not None and day.weekday() > 4:
        raise UsageError(f"{day} is no weekday.", "Give a day from Monday to Friday.")
    try:
        with zipfile.ZipFile(path) as archive:
            feed = gtfs.Feed(archive)
            table = gtfs.timetable_of(feed)
            counted = day or ordinary_day(table)
            names = tuple(sorted(table.stops))
            low, high = _bounds(feed, table, counted, names, progress)
    except (zipfile.BadZipFile, EOFError, UnicodeDecodeError, csv.Error, FetchError) as cause:
        raise InputError(f"The feed cannot be read ({cause}).", _ALL_OF_FEED, file=path) from cause
    places = np.array([(table.stops[name].lon, table.stops[name].lat) for name in names]).reshape(-1, 2)
    return Departures(counted, names, places, Interval(low, high))


def ordinary_day(table: gtfs.Timetable) -> date | None:
    """The weekday of the busiest week on which the middle number of trips runs; the first of equals."""
    monday = gtfs.busiest_week(table)
    if monday is None:
        return None
    trips = Counter[str]()
    for trip, service in table.trips.items():
        trips[service] += table.runs.get(trip, 1)
    week = [monday + timedelta(days=number) for number in range(5)]
    running = {day: sum(count for name, count in trips.items() if day in table.days.get(name, ())) for day in week}
    return sorted(week, key=lambda day: (running[day], day))[2]


def _bounds(
    feed: gtfs.Feed,
    table: gtfs.Timetable,
    day: date | None,
    names: tuple[str, ...],
    progress: Progress | None,
) -> tuple[FloatArray, FloatArray]:
    """Fewest and most departures of each stop on a day."""
    spoken_of = [one for running in table.days.values() for one in running]
    if day is None or not spoken_of or not min(spoken_of) <= day <= max(spoken_of):
        return np.zeros(len(names)), np.full(len(names), np.inf)
    monday, wanted = day - timedelta(days=day.weekday()), set(names)

    def count(days: dict[str, set[date]]) -> FloatArray:
        if not any(days.values()):
            return np.zeros(len(names))
        found = gtfs.departures_of(feed, replace(table, days=days), monday, wanted, progress)
        return np.array([float(found.get(name, 0)) for name in names])

    low = count({service: running & {day} for service, running in table.days.items()})
    # A service without a row in either calendar; one that was taken off every day has no departures.
    stated = _stated(feed)
    dateless = {service for service in table.trips.values() if service not in stated}
    return low, low + count({service: {day} for service in dateless})


def _stated(feed: gtfs.Feed) -> set[str]:
    """Services whose days the feed states, be it that there are none."""
    return {
        service
        for name in ("calendar.txt", "calendar_dates.txt")
        if feed.has(name)
        for (service,) in feed.rows(name, ("service_id",))
    }
