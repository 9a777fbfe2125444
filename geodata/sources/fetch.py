"""Fetch what municipalities need and load it: boundaries first, then every source of their region.

Contract
- A source is asked for the municipalities that lack it, with a margin where distances are measured from it.
- What is loaded covers those municipalities, never more, and only where the catalogue says that the source covers its
  region, or somebody here says that it is complete. A service that only says "here it is", or answers at points, covers
  what it was asked only if a control point gave its known value in the same run. All else is loaded without coverage:
  what is there counts, what is not stays unknown.
- A source that fails, or whose empty answer cannot be believed, changes nothing: what was loaded before stays, and
  where nothing was, the place stays unknown.
- Each source is loaded before the next is fetched, so that an interrupted run goes on at the missing one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import shapely

from geodata.errors import ClusterError, DatabaseError, NotFoundError, StandplaatsError
from geodata.ingest.places import territory
from geodata.ingest.run import ingest
from geodata.measure.measure import DISTANCES
from geodata.measure.read import region_of
from geodata.measure.specs import Region, layer_specs
from geodata.settings import Settings
from geodata.sources.catalogue import Source, asked_as
from geodata.sources.clients import Area, Box, Fetched, FetchError, Session
from geodata.sources.clients import fetch as fetch_source
from geodata.sources.known import Known, is_whole, read_known
from geodata.sources.landing import landing_file
from geodata.sources.loaded import Loaded, loaded_datasets, mark_asked, mark_checked
from geodata.sources.nis_regions import place_of
from geodata.sources.records import Good, Record, Records, area_name
from geodata.sources.runs import Bring, Counted, Result, Run, State
from geodata.sources.sampled import is_sampled, pieces_of, points_of, write_areas
from geodata.sources.wanted import Need, needs

Connection = psycopg.Connection[Any]

#: Belgium in EPSG:31370, metres: boundaries are fetched whole, since nothing is known of a place before.
BELGIUM: Box = (20_000.0, 20_000.0, 300_000.0, 250_000.0)
#: Margin of layers from which no distance is measured: what crosses the border of the municipality comes whole.
BORDER_M = 100.0
#: Files fetched so recently are loaded as they are when the run before was interrupted.
STILL_FRESH = timedelta(hours=24)


@contextmanager
def bringing(settings: Settings, records: Records) -> Iterator[Bring]:
    """The clients as the settings say: pace, patience, mirror, proxy, certificates."""
    with Session(
        cache=records.payloads,
        rate=settings.sources_rate,
        timeout=settings.sources_timeout,
        budget=settings.sources_budget,
        base=settings.sources_base_url,
        ca=settings.sources_ca,
        proxy=settings.sources_proxy,
    ) as session:
        known = read_known(records.folder)
        yield lambda source, area, progress: fetch_source(known.with_points(source), area, session, progress=progress)


def offline(source: Source, area: Area, progress: Counted) -> Fetched:
    """Stands in for the clients where the internet may not be asked."""
    raise FetchError(
        f"{source.id} was not fetched or carried here before.",
        "Fetch it on a machine with internet and carry it: sources bundle, then sources unbundle.",
    )


def fetch_and_load(run: Run, codes: list[str]) -> list[Result]:
    """Fetch and load what these municipalities need.

    Parameters
    ----------
    codes : NIS codes; those of several regions are fetched region by region.

    Raises
    ------
    NotFoundError
        For a code that no municipality of today has.
    DatabaseError
        When the database is lost; what was loaded before stays.
    """
    by_region: dict[Region, list[str]] = {}
    for code in codes:
        by_region.setdefault(region_for(run.connection, code), []).append(code)
    plan = [(need, here) for region, here in by_region.items() for need in _asked(needs(region), run.only)]
    run.watcher.plan(len(plan))
    found: list[Result] = []
    for need, here in plan:
        found += _meet(run, need, here)
    return found


def region_for(connection: Connection, code: str) -> Region:
    """Region of a code; known without boundaries for the real municipalities of Belgium.

    Raises
    ------
    NotFoundError
        For a code that no municipality of today has; names the successor of an old one.
    """
    place = place_of(code)
    if place is None:
        return region_of(connection, code)
    if place.nis != code:
        raise NotFoundError(f"NIS code {code} is no longer valid: today it is {place.nis}.", f"Use {place.nis}.")
    return place.region


def _asked(all_needs: tuple[Need, ...], only: tuple[str, ...] | None) -> Iterator[Need]:
    """Needs that can be fetched; of a source that serves several layers, the first."""
    seen: set[str] = set()
    for need in all_needs:
        fetchable = tuple(one for one in need.fetchable if one.id not in seen and (only is None or one.id in only))
        if fetchable:
            seen |= {one.id for one in fetchable}
            yield replace(need, fetchable=fetchable)


def _meet(run: Run, need: Need, codes: list[str]) -> list[Result]:
    """Fetch the sources of one need: all that add to each other, or one of several that hold the same."""
    found: list[Result] = []
    sources = _in_use_first(run.connection, need)
    for source in sources:
        run.watcher.begin(source)
        done = _bring_source(run, need, source, codes)
        for result in done:
            run.watcher.end(result)
        found += done
        if need.one_of and all(result.good for result in done):
            return [result for result in found if result.source == source.id]
    return found


def _in_use_first(connection: Connection, need: Need) -> tuple[Source, ...]:
    """Of sources that hold the same objects, the one that is loaded is refreshed, not another put beside it."""
    if not need.one_of:
        return need.fetchable
    used = {one.source for one in loaded_datasets(connection) if one.kind in need.group}
    return tuple(sorted(need.fetchable, key=lambda one: one.id not in used))


def _bring_source(run: Run, need: Need, source: Source, codes: list[str]) -> list[Result]:
    """One source: skipped where it is loaded, else fetched for the municipalities that lack it."""
    datasets = loaded_datasets(run.connection)
    mine = [one for one in datasets if one.source == source.id and one.kind == source.kind]
    meeting = [one for one in datasets if need.met_by(one.kind, one.source)] if need.one_of else mine
    there = {code for one in meeting for code in one.codes or ()}
    lacking = tuple(sorted(code for code in codes if code not in there))
    blank = Result(need.layer, source.id, source.kind, source.title, tuple(sorted(codes)), "present", need.needed)
    if source.kind == "municipalities":
        return [_one(run, source, blank, (), mine)] if lacking or run.again else [_present(blank, meeting)]
    if _as_files(source):
        wanted = tuple(sorted({*codes, *(code for one in mine for code in one.codes or ())}))
        return [_one(run, source, blank, wanted, mine)] if lacking or run.again else [_present(blank, meeting)]
    found = []
    if run.again:
        for one in mine:
            if one.codes and set(one.codes) & set(codes):
                found.append(_one(run, source, blank, tuple(one.codes), [one]))
    elif len(lacking) < len(codes):
        found.append(_present(replace(blank, codes=tuple(sorted(set(codes) - set(lacking)))), meeting))
    return [*found, _one(run, source, blank, lacking, [])] if lacking else found


def _present(blank: Result, datasets: list[Loaded]) -> Result:
    here = next((one for one in datasets if set(one.codes or ()) & set(blank.codes)), None)
    return blank if here is None else replace(blank, dataset=here.id, version=here.version, rows=here.rows)


def _as_files(source: Source) -> bool:
    """Does it come as files for a region or a province? Then the municipalities of before are in the new ones too."""
    return all(one.protocol in ("file", "atom") for one in source.services)


def _scope(source: Source, codes: tuple[str, ...]) -> str:
    """Name of the area a record is about: the municipalities, or the region of a file that comes whole."""
    whole = _as_files(source) and source.kind != "parcels" and not any(one.parts for one in source.services)
    return ",".join(codes) if codes and not whole else source.region


def _one(run: Run, source: Source, blank: Result, codes: tuple[str, ...], before: list[Loaded]) -> Result:
    """Fetch and load one source for one area, and keep a record of it.

    Parameters
    ----------
    codes : municipalities asked for; empty = boundaries, which are asked for the whole country.
    before : datasets of the source whose place the new one takes.
    """
    started = time.perf_counter()
    scope = _scope(source, codes)
    earlier = run.records.find(source.id, scope)
    blank = replace(blank, codes=codes or blank.codes, kept=before[0].id if before else None)
    record = Record(source.id, scope, "ok", datetime.now(UTC), good=earlier.good if earlier else None)
    try:
        record = _answer(run, source, codes, scope, record, earlier)
        if record.status == "empty_suspicious":
            run.records.keep(record)
            done = replace(blank, state="empty_suspicious", reason=record.reason, remedy=record.remedy)
        else:
            run.records.keep(record)
            record, done = _load(run, source, blank, codes, scope, record, before)
            run.records.keep(record)
    except (DatabaseError, ClusterError, psycopg.Error):
        raise
    except Exception as error:  # one source, whatever its file makes of the program, must not stop the others
        reason, remedy, cause = _told(error)
        record = replace(record, status="failed", reason=reason, remedy=remedy, cause=cause)
        run.records.keep(record)
        done = replace(blank, state="failed", reason=reason, remedy=remedy, cause=cause)
    return replace(done, seconds=round(time.perf_counter() - started, 2))


def _told(error: Exception) -> tuple[str, str | None, str]:
    """Reason, remedy and cause of a failure; of one nobody foresaw, its class and words."""
    if isinstance(error, FetchError):
        return error.message, error.remedy, error.cause
    if isinstance(error, StandplaatsError):
        return error.message, error.remedy, "input"
    return f"The program failed on it ({type(error).__name__}: {error}).", "Please report this.", "program"


def _answer(
    run: Run, source: Source, codes: tuple[str, ...], scope: str, record: Record, earlier: Record | None
) -> Record:
    """The record with an answer that can be loaded: from the files at hand, else from the source."""
    at_hand = _at_hand(run, source, codes, scope, earlier)
    if at_hand is not None:
        empty = at_hand.empty
        return replace(record, status="empty_checked" if empty else "ok", good=at_hand, notes=at_hand.notes)
    run.watcher.step("fetching")
    area = _area(run, source, codes)
    run.connection.rollback()  # nothing was written; nothing is held while a server is waited for
    got = run.bring(asked_as(source), area, run.watcher.count)
    if got.answer == "empty_suspicious":
        return replace(
            record,
            status="empty_suspicious",
            reason="The answer is empty, and no place where the source is known to have something confirms that it works.",
            remedy="It is not believed: the place stays unknown. Try again later.",
            notes=got.notes,
        )
    box = area.box if codes and not is_whole(source) else None
    good = replace(run.records.good_of(got), asked=area.points, box=box)
    return replace(record, status="ok" if got.answer == "features" else "empty_checked", good=good, notes=got.notes)


def _at_hand(run: Run, source: Source, codes: tuple[str, ...], scope: str, earlier: Record | None) -> Good | None:
    """Files that need no asking: all there are when offline, else those a run fetched that was interrupted."""
    if run.offline:
        found = earlier if earlier and earlier.good else run.records.loadable(source.id, codes)
        return found.good if found else None
    if run.again or earlier is None or earlier.good is None or earlier.dataset is not None:
        return None
    fresh = datetime.now(UTC) - earlier.good.fetched < STILL_FRESH
    whole = all((run.records.folder / raw.file).is_file() for raw in earlier.good.files)
    return earlier.good if fresh and whole and earlier.status in ("ok", "empty_checked") else None


def _area(run: Run, source: Source, codes: tuple[str, ...]) -> Area:
    """Box around the municipalities with the margin of the kind; the country where no boundary is known yet."""
    if not codes:
        return Area(BELGIUM)
    margin = max(run.margin, BORDER_M) if source.kind in distance_kinds() else BORDER_M
    area = area_of(run.connection, codes, margin)
    if is_sampled(source):
        return replace(area, points=points_of(pieces_of(run.connection, codes, run.smallest)))
    return area


def area_of(connection: Connection, codes: tuple[str, ...], margin: float) -> Area:
    """Box around municipalities, metres.

    Raises
    ------
    NotFoundError
        When the boundary of one is not loaded.
    """
    here = territory(connection)
    for code in codes:
        if code not in here.nis:
            raise NotFoundError(
                f"The boundary of municipality {code} is not loaded, so its sources cannot be asked.",
                "Fetch or load boundaries first: standplaats ingest FILE --as municipalities.",
            )
    west, south, east, north = shapely.total_bounds(here.geometry[[here.nis.index(code) for code in codes]])
    return Area((west - margin, south - margin, east + margin, north + margin), codes)


def distance_kinds() -> frozenset[str]:
    """Kinds from which distances are measured, so that what lies beyond the border counts."""
    layers = {layer for layer, _ in DISTANCES.values()}
    regions: tuple[Region, ...] = ("flanders", "wallonia", "brussels")
    return frozenset(
        kind for region in regions for spec in layer_specs(region) if spec.id in layers for kind in spec.kinds
    )


def _load(
    run: Run,
    source: Source,
    blank: Result,
    codes: tuple[str, ...],
    scope: str,
    record: Record,
    before: list[Loaded],
) -> tuple[Record, Result]:
    """Load the answer as one dataset version that declares to cover the municipalities asked."""
    good = record.good
    if good is None:
        raise FetchError(f"{source.id} gave nothing that can be loaded.")
    path = landing_file(run.records, source, scope, good)
    covers = ",".join(covered(source, codes, good, read_known(run.records.folder)))
    if is_sampled(source):
        path, asked = _as_areas(run, source, codes, good, path)
        covers = covers and asked
    report = ingest(
        run.connection,
        path,
        source.kind,
        covers=covers or None,
        around=good.box if covers and source.kind in distance_kinds() else None,
        replace=before[0].id if before else None,
        source=source.id,
        within=codes if source.kind == "parcels" else (),
        progress=run.watcher.step,
    )
    if codes:
        mark_asked(run.connection, report.dataset, codes)
    if report.already_loaded:
        mark_checked(run.connection, report.dataset, record.at)
    state: State = "unchanged" if report.already_loaded else "empty_checked" if good.empty else "loaded"
    done = replace(
        blank,
        state=state,
        dataset=report.dataset,
        version=report.version,
        rows=report.loaded,
        kept=None,
        notes=(*record.notes, *report.notes),
    )
    return replace(record, dataset=report.dataset), done


def covered(source: Source, codes: tuple[str, ...], good: Good, known: Known) -> tuple[str, ...]:
    """Those of the municipalities asked in which what the answer leaves out is not there."""
    if source.kind in ("municipalities", "parcels"):
        return codes
    if good.empty or (source.answers != "features" and good.proven):
        return codes
    if source.declared_coverage is None:
        return known.complete_in(source, codes)
    return codes if source.answers == "features" or is_whole(source) else ()


def _as_areas(run: Run, source: Source, codes: tuple[str, ...], good: Good, path: Path) -> tuple[Path, str]:
    """The file of a source asked point by point as areas, and the file that says which area was asked."""
    target = path.with_name(f"{source.id}.areas.geojson")
    # The name is part of what a newer version replaces, so that it names the municipalities, too.
    covers = path.with_name(f"{source.id}.{area_name(','.join(codes))}.covers.geojson")
    pieces = pieces_of(run.connection, codes, run.smallest)
    files = [run.records.path_of(raw) for raw in good.files]
    write_areas(pieces, good.asked, files, target, covers)
    os.utime(target, (good.fetched.timestamp(), good.fetched.timestamp()))
    return target, str(covers)
