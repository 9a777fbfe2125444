"""A result as a file, a candidate as a sheet, a municipality as a note; of published results only in the public view."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, StreamingResponse

from api.dependencies import Database, LandWishes, Public, ScoredType, Translate, capakey_of, run_for
from api.documents import POLICY, note_html, sheets_html
from api.exporting import export_of, file_name
from api.lists.filters import MinArea
from api.parameters import OwnerWords, VerdictWords, capakeys
from geodata.errors import UsageError
from sites.candidates.explanation import municipality_of
from sites.candidates.exports import FORMATS, as_bytes
from sites.candidates.query import LISTED, CandidateQuery
from sites.candidates.runs import Run

router = APIRouter(prefix="/api/v1", tags=["exports"])

_CHUNK = 64 * 1024
RunId = Annotated[str | None, Query(max_length=80)]
Pitches = Annotated[int | None, Query(ge=1, le=1000, description="Pitches wanted.")]
_HTML: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}, "description": "For print on A4."}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {} for kind in FORMATS.values()}, "description": "The file."}
}


def _words(text: str | None) -> tuple[str, ...] | None:
    return tuple(text.split(",")) if text else None


@router.get("/exports", response_class=StreamingResponse, responses=_FILE)
def exports(
    connection: Database,
    public: Public,
    translate: Translate,
    land: LandWishes,
    municipality: Annotated[str, Query(pattern=r"^[0-9]{5}(,[0-9]{5})*$", examples=["99001"])],
    type: ScoredType = "residential",
    run: RunId = None,
    format: Annotated[Literal["gpkg", "geojson", "csv", "xlsx"], Query(description="Kind of file.")] = "gpkg",
    pitches: Pitches = None,
    verdict: VerdictWords = None,
    so_far: VerdictWords = None,
    owner: OwnerWords = None,
    min_area: MinArea = None,
) -> StreamingResponse:
    """All candidates of a result and its groups of parcels, as a file with its sources, its read-me and its licences."""
    territory = municipality.split(",")
    chosen = run_for(connection, public, run=run, territory=territory, site_type=type)
    query = CandidateQuery(
        verdicts=_words(verdict) or LISTED,
        so_far=_words(so_far),
        pitches=pitches,
        min_area_m2=min_area,
        owners=_words(owner),
        land=land,
        municipality=one_of(territory, chosen),
    )
    data = as_bytes(export_of(connection, chosen, query, translate, today=date.today()), format)
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(chosen, format)}"',
        "Content-Length": str(len(data)),
    }
    return StreamingResponse(_chunks(data), media_type=FORMATS[format], headers=headers)


@router.get("/sheets/{capakey}", response_class=HTMLResponse, responses=_HTML)
def sheet(
    connection: Database,
    public: Public,
    translate: Translate,
    capakey: Annotated[
        str, Path(pattern=capakeys(1, 6, "[+]"), description="CAPAKEY (`-` for `/`); those of a group joined by `+`.")
    ],
    type: ScoredType = "residential",
    run: RunId = None,
    pitches: Pitches = None,
) -> HTMLResponse:
    """One A4 page about a parcel or a group of parcels: verdict, map, conditions with their rules, what is not known."""
    keys = [capakey_of(one) for one in capakey.split("+")]
    territory = None if run else sorted({municipality_of(connection, key) for key in keys})
    chosen = run_for(connection, public, run=run, territory=territory, site_type=type)
    return _page(sheets_html(connection, chosen, [keys], translate, pitches=pitches))


@router.get("/notes", response_class=HTMLResponse, responses=_HTML)
def note(
    connection: Database,
    public: Public,
    translate: Translate,
    municipality: Annotated[str, Query(pattern=r"^[0-9]{5}$", examples=["99001"])],
    type: ScoredType = "residential",
    run: RunId = None,
    pitches: Pitches = None,
) -> HTMLResponse:
    """Two A4 pages about a municipality, for its council."""
    chosen = run_for(connection, public, run=run, territory=[municipality], site_type=type)
    if municipality not in chosen.territory:
        raise UsageError(f"Result {chosen.id} is not about {municipality}.", "Name a municipality of the result.")
    return _page(note_html(connection, chosen, municipality, translate, pitches=pitches))


def one_of(territory: list[str], run: Run) -> str | None:
    """The one municipality asked for, of a run over several."""
    return territory[0] if len(territory) == 1 and run.territory != territory else None


def _page(html: str) -> HTMLResponse:
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY})


def _chunks(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), _CHUNK):
        yield data[at : at + _CHUNK]
