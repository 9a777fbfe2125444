"""GTFS: the stops of an area with their departures on a weekday, from a feed of any size.

`stop_times` is read row by row and never held. What counts is the Monday to Friday of one week, the one of the
feed's own period in which most trips run: the mean of its five days. The last stop of a trip, and stops where
nobody may board, have no departure. The feed's dates decide, never today's.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from geodata.sources.catalogue import Service, Source
from geodata.sources.clients.boxes import box_in
from geodata.sources.clients.common import Area, Progress, TruncatedError, WrongContentError
from geodata.sources.clients.download import download_all
from geodata.sources.clients.results import Result
from geodata.sources.clients.session import Session

#: A feed that unpacks to more is refused.
MAX_UNPACKED = 32 << 30
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_COLUMNS = ("stop_id", "stop_name", "stop_lat", "stop_lon", "departures_weekday")
_FAR = timedelta(days=800)


@dataclass
class Stop:
    """A place to board."""

    name: str
    lat: float
    lon: float


@dataclass
class Timetable:
    """What is read of a feed before its times."""

    stops: dict[str, Stop] = field(default_factory=dict)
    trips: dict[str, str] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    days: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))


def read(source: Source, service: Service, area: Area, session: Session, progress: Progress | None = None) -> Result:
    """A table of the stops inside the box: stop_id, stop_name, stop_lat, stop_lon, departures_weekday.

    Raises
    ------
    FetchError
        A subclass for the cause.
    """
    replies = download_all(service, area, session, progress)
    rows: list[tuple[str, Stop, float]] = []
    notes: list[str] = []
    total = 0
    for reply in replies:
        found, everywhere, note = stops_of(reply.path, area, progress)
        rows += found
        total += everywhere
        notes.append(note)
    if not rows:
        # Stops elsewhere in a feed that is whole show that there are none here.
        return Result((), 0, tuple(notes), checked=total > 0)
    payload = session.keep_merged(
        f"{source.id}.csv", lambda path: _write(path, rows), replies, media_type="text/csv", features=len(rows)
    )
    return Result((payload,), len(rows), tuple(notes))


def stops_of(
    path: Path, area: Area, progress: Progress | None = None
) -> tuple[list[tuple[str, Stop, float]], int, str]:
    """Stops of a feed inside the box with departures on a weekday, how many stops the feed has, and a note.

    Raises
    ------
    WrongContentError
        When it is no feed, or a column it must have is missing.
    TruncatedError
        When the archive is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            feed = Feed(archive)
            table = timetable_of(feed)
            week = busiest_week(table)
            everywhere = len(table.stops)
            inside = _inside(table.stops, area)
            departures = departures_of(feed, table, week, set(inside), progress)
    except (zipfile.BadZipFile, EOFError) as error:
        raise TruncatedError(f"the feed is damaged ({error}).") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise WrongContentError(f"a table of the feed cannot be read ({error}).") from None
    rows = [(name, stop, departures.get(name, 0) / 5) for name, stop in sorted(inside.items())]
    if week is None:
        return rows, everywhere, "the feed has no day on which anything runs"
    return rows, everywhere, f"departures of a weekday are those of the week from {week.isoformat()}"


def busiest_week(table: Timetable) -> date | None:
    """The Monday of the week in which most trips run from Monday to Friday; the first of equals."""
    weight = Counter[str]()
    for trip, service in table.trips.items():
        weight[service] += table.runs.get(trip, 1)
    weeks = Counter[date]()
    for service, trips in weight.items():
        for day in table.days.get(service, ()):
            if day.weekday() < 5:
                weeks[day - timedelta(days=day.weekday())] += trips
    return min(weeks, key=lambda monday: (-weeks[monday], monday)) if weeks else None


class Feed:
    """The tables of an archive, also where they lie in a folder inside it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        members = archive.infolist()
        if sum(one.file_size for one in members) > MAX_UNPACKED:
            raise WrongContentError("the feed unpacks to an unlikely size.")
        self._names = {one.filename.rsplit("/", 1)[-1]: one.filename for one in reversed(members)}

    def has(self, table: str) -> bool:
        return table in self._names

    def rows(self, table: str, wanted: tuple[str, ...], other: tuple[str, ...] = ()) -> Iterator[list[str]]:
        """Rows of a table: the wanted columns, then the others, empty where the feed has none of them."""
        if table not in self._names:
            raise WrongContentError(f"the archive is no GTFS feed: it has no {table}.")
        with self._archive.open(self._names[table]) as raw:
            reader = csv.reader(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""))
            header = [name.strip().strip("\ufeff") for name in next(reader, [])]
            missing = [name for name in wanted if name not in header]
            if missing:
                raise WrongContentError(f"{table} of the feed has no column {missing[0]}.")
            at = [header.index(name) if name in header else -1 for name in (*wanted, *other)]
            least = max(header.index(name) for name in wanted)
            for row in reader:
                if len(row) > least:
                    yield [row[place].strip() if 0 <= place < len(row) else "" for place in at]


def timetable_of(feed: Feed) -> Timetable:
    table = Timetable()
    for name, title, lat, lon, kind in feed.rows("stops.txt", ("stop_id", "stop_name", "stop_lat", "stop_lon"), ("location_type",)):  # fmt: skip
        # Stations, entrances and nodes are no place to board; their platforms are.
        if kind in ("", "0") and lat and lon:
            table.stops[name] = Stop(title, _number(lat, "stop_lat"), _number(lon, "stop_lon"))
    for trip, service in feed.rows("trips.txt", ("trip_id", "service_id")):
        table.trips[trip] = service
    if feed.has("calendar.txt"):
        for service, first, last, *flags in feed.rows("calendar.txt", ("service_id", "start_date", "end_date", *_DAYS)):
            table.days[service] |= set(_running(_day(first), _day(last), flags))
    if feed.has("calendar_dates.txt"):
        for service, day, kind in feed.rows("calendar_dates.txt", ("service_id", "date", "exception_type")):
            if kind == "1":
                table.days[service].add(_day(day))
            elif kind == "2":
                table.days[service].discard(_day(day))
    if feed.has("frequencies.txt"):
        for trip, start, end, gap in feed.rows(
            "frequencies.txt", ("trip_id", "start_time", "end_time", "headway_secs")
        ):
            every = max(1, int(_number(gap, "headway_secs")))
            table.runs[trip] = table.runs.get(trip, 0) + max(0, -(-(_seconds(end) - _seconds(start)) // every))
    return table


def _running(first: date, last: date, flags: list[str]) -> Iterator[date]:
    if last - first > _FAR:
        raise WrongContentError(f"a service of the feed runs from {first} to {last}, which is too long to be true.")
    day = first
    while day <= last:
        if flags[day.weekday()] == "1":
            yield day
        day += timedelta(days=1)


def departures_of(
    feed: Feed, table: Timetable, week: date | None, wanted: set[str], progress: Progress | None
) -> dict[str, int]:
    """Departures from Monday to Friday of a week, by stop."""
    runs = _runs_in(table, week)
    count: Counter[str] = Counter()
    ends: dict[str, tuple[int, str, bool]] = {}
    columns = ("trip_id", "stop_id", "stop_sequence")
    for number, (trip, stop, order, pickup) in enumerate(feed.rows("stop_times.txt", columns, ("pickup_type",)), 1):
        if progress is not None and number % 200_000 == 0:
            progress(number, None, "rows")
        times = runs.get(trip)
        if not times:
            continue
        boards = pickup != "1"
        place = int(_number(order, "stop_sequence"))
        if trip not in ends or place >= ends[trip][0]:
            ends[trip] = (place, stop, boards)
        if boards and stop in wanted:
            count[stop] += times
    for trip, (_, stop, boards) in ends.items():
        if boards and stop in wanted:
            count[stop] -= runs[trip]
    return count


def _runs_in(table: Timetable, week: date | None) -> dict[str, int]:
    """How often each trip runs from Monday to Friday of a week."""
    if week is None:
        return {}
    days = {week + timedelta(days=number) for number in range(5)}
    per_service = {service: len(days & running) for service, running in table.days.items()}
    return {
        trip: per_service.get(service, 0) * table.runs.get(trip, 1)
        for trip, service in table.trips.items()
        if per_service.get(service, 0)
    }


def _inside(stops: dict[str, Stop], area: Area) -> dict[str, Stop]:
    west, south, east, north = box_in(area.box, "EPSG:4326")
    return {name: stop for name, stop in stops.items() if west <= stop.lon <= east and south <= stop.lat <= north}


def _write(path: Path, rows: Iterable[tuple[str, Stop, float]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for name, stop, departures in rows:
            writer.writerow((name, stop.name, stop.lat, stop.lon, f"{departures:g}"))


def _number(text: str, column: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise WrongContentError(f"the feed gives {text[:20]!r} as {column}.") from None


def _day(text: str) -> date:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        raise WrongContentError(f"the feed gives {text[:20]!r} as a date.") from None


def _seconds(text: str) -> int:
    parts = text.split(":")
    if len(parts) != 3 or not all(part.strip().isdigit() for part in parts):
        raise WrongContentError(f"the feed gives {text[:20]!r} as a time.")
    return int(parts[0]) * 3600 + int(parts[1]) * 60 + int(parts[2])
