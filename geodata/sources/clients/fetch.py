"""The door to all clients: a catalogue entry and an area in, raw files out, and a word on an empty answer."""

from __future__ import annotations

from dataclasses import replace

from shapely.errors import ShapelyError

from geodata.sources.catalogue import Service, Source
from geodata.sources.clients import arcgis, control, download, gtfs, ogc_api, wcs, wfs, wms
from geodata.sources.clients.common import Answer, Area, BudgetError, Fetched, FetchError, Progress, ProtocolError
from geodata.sources.clients.results import Result
from geodata.sources.clients.session import Session

CLIENTS: dict[str, control.Client] = {
    "wfs": wfs.read,
    "ogc-api": ogc_api.read,
    "arcgis-rest": arcgis.read,
    "wms": wms.read,
    "wcs": wcs.read,
    "gtfs": gtfs.read,
    "atom": download.read,
    "file": download.read,
}
#: What reading an answer of another form than the protocol's may end in.
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, OverflowError, ShapelyError)


def fetch(source: Source, area: Area, session: Session, *, progress: Progress | None = None) -> Fetched:
    """Bring one source home for an area.

    The services of the entry are tried in their order: the next one when one fails, or gives nothing without being
    seen to work. What went wrong before stands in the notes.

    Raises
    ------
    FetchError
        Of the first service, when all fail; BudgetError at once.
    """
    failures: list[FetchError] = []
    doubtful: Fetched | None = None
    for service in source.services:
        try:
            found = _one(source, service, area, session, progress)
        except BudgetError:
            raise
        except FetchError as error:
            failures.append(error)
            continue
        if found.answer != "empty_suspicious":
            return _noting(found, failures)
        doubtful = doubtful or found
    if doubtful is not None:
        return _noting(doubtful, failures)
    if not failures:
        raise FetchError(
            f"the catalogue names no service that gives {source.id}.",
            "Get the file from the provider and load it with `standplaats ingest`.",
        )
    first = failures[0]
    for other in failures[1:]:
        first.message += f" Then {other.message}"
    first.args = (first.message,)
    raise first


def _one(source: Source, service: Service, area: Area, session: Session, progress: Progress | None) -> Fetched:
    client = CLIENTS[service.protocol]
    try:
        found = client(source, service, area, session, progress)
        answer, proven, notes = _judged(source, service, found, session, client)
    except _MALFORMED as error:
        # A service, or somebody in its place, may answer anything; one source must not stop the others.
        raise ProtocolError(
            f"the answer has a form that is not known ({type(error).__name__}: {error}).", url=service.endpoint
        ) from error
    return Fetched(source.id, service, found.payloads, found.features, answer, notes, proven)


def _judged(
    source: Source, service: Service, found: Result, session: Session, client: control.Client
) -> tuple[Answer, bool, tuple[str, ...]]:
    """What an answer means (features, nothing there, nothing that can be believed), and whether it was seen to work.

    Of a source that only says "here it is" the control point is asked also when something came: what it leaves out
    counts as absent only then.
    """
    something = found.features != 0
    if found.checked:
        return ("features" if something else "empty_checked"), True, found.notes
    if found.dead or service.sampled or service.protocol == "gtfs":
        return ("features" if something else "empty_suspicious"), False, found.notes
    if something and (source.answers == "features" or not source.control_points):
        return "features", False, found.notes
    alive, note = control.is_alive(source, service, session, client)
    notes = found.notes if note is None else (*found.notes, note)
    return ("features" if something else "empty_checked" if alive else "empty_suspicious"), alive, notes


def _noting(found: Fetched, failures: list[FetchError]) -> Fetched:
    notes = tuple(f"another service failed: {error.message}" for error in failures)
    return replace(found, notes=(*found.notes, *notes))
