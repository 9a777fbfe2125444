"""`/tiles/{layer}/{z}/{x}/{y}.mvt`."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

import cramjam
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from psycopg import AsyncConnection, Connection

from api.compression import accepted
from api.dependencies import AsyncDatabase, Database, Public, ScoredType, Translate, lent, run_for
from api.parameters import Day
from api.problems import NotPublishedError
from api.provenance import attribution_line, say_sources
from api.tile_facts import SITES_STATE, Kept, case_values, layer_values, standing_values, supply_and_need
from api.tile_layers import TILE_LAYERS
from api.tiles import MAX_ZOOM, RUN, RunFacts, Tile, check_address, fields, run_facts, tile, tile_basis
from geodata.errors import NotFoundError
from sites.candidates.run_tiles import FROM_ZOOM
from sites.law.model import SiteType
from sites.suitability.compact import SCALE
from sites.suitability.titles import criterion_title

router = APIRouter(tags=["tiles"])

_MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
_TILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {_MEDIA_TYPE: {}},
        "description": "The tile.",
        "headers": {"X-Left-Out": {"schema": {"type": "integer"}, "description": "Features that it leaves out."}},
    },
    304: {"description": "The reader has it already."},
    307: {"description": "The tile of the current result."},
}
#: Smaller tiles are sent as they are, bytes.
_ZIPPED_FROM = 1024


@router.get("/tiles/{layer}.json")
def tile_json(
    request: Request,
    connection: Database,
    public: Public,
    translate: Translate,
    layer: str,
    run: Annotated[str | None, Query(max_length=80, description="Result whose tiles are described.")] = None,
) -> dict[str, Any]:
    """TileJSON 3.0 of a layer: address and zooms of its tiles, the `sources` of its features, and `attribution`, the line
    that has to stand with a map made of them. With a run also its criteria: names of the attributes that hold their values.
    """
    check_address(layer, 0, 0, 0)
    sources = say_sources(tile_basis(connection, layer, date.today()).sources(translate.language), translate)
    spec = TILE_LAYERS[layer]
    told: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": layer,
        "tiles": [f"{request.base_url}tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt{f'?run={run}' if run else ''}"],
        "minzoom": 0 if layer in FROM_ZOOM else min(zoom for zoom, _ in spec.shown),
        "maxzoom": MAX_ZOOM,
        "attribution": attribution_line(sources),
        "sources": sources,
    }
    facts: RunFacts | None = None
    if run is not None and spec.needs_run:
        facts = run_facts(connection.execute(RUN, [run]).fetchone(), run, public)
        told["scale"] = SCALE
        told["criteria"] = [
            {
                "id": name,
                "title": translate.render(criterion_title(name)),
                "weight": weight,
                "low": f"v{at}",
                "high": f"h{at}",
            }
            for at, (name, weight) in enumerate(facts.criteria)
        ]
        told["groups_found"] = facts.groups_found
    values = layer_values(connection, layer, "residential", date.today())
    told["vector_layers"] = [{"id": layer, "fields": fields(connection, layer, facts, values)}]
    return told


@router.get("/tiles/{layer}/{z}/{x}/{y}.mvt", response_class=Response, responses=_TILE)
async def tiles(
    request: Request,
    connection: AsyncDatabase,
    public: Public,
    layer: str,
    z: int,
    x: int,
    y: int,
    run: Annotated[str | None, Query(max_length=80)] = None,
    municipality: Annotated[str | None, Query(pattern=r"^[0-9]{5}$")] = None,
    type: ScoredType = "residential",
    as_of: Annotated[Day | None, Query(description="Day whose law `eligibility` and `cases` show.")] = None,
) -> Response:
    """One vector tile. Parcels and candidates take `run`; without it they lead to the current run of a municipality and
    type of site.
    """
    spec = check_address(layer, z, x, y)
    facts: RunFacts | None = None
    if spec.needs_run and run != "none":
        if run is None:
            return await _to_current_run(request, public, municipality, type)
        found = await (await connection.execute(RUN, [run])).fetchone()
        facts = run_facts(found, run, public)
    values: dict[str, Any] = {}
    if spec.asks_day:
        values = _of_day(layer, type, as_of or date.today())
    elif layer == "municipalities":
        values = await _supply(request, connection)
    answer = await tile(connection, layer, z, x, y, facts, values)
    return _answer(request, answer, immutable=facts is not None)


def _of_day(layer: str, site_type: SiteType, as_of: date) -> dict[str, Any]:
    return standing_values(site_type, as_of) if layer == "eligibility" else case_values(site_type, as_of)


async def _supply(request: Request, connection: AsyncConnection[Any]) -> dict[str, Any]:
    """Supply and need; reckoned once for each state of the sites, however many tiles are asked for."""
    kept: Kept = request.app.state.supply
    row = await (await connection.execute(SITES_STATE)).fetchone()
    async with kept.one_at_a_time:
        if kept.state != row:
            async with lent(request) as threads:
                kept.values = await run_in_threadpool(supply_and_need, threads)
            kept.state = row
        return kept.values


def _answer(request: Request, found: Tile, *, immutable: bool) -> Response:
    """A tile with its validator; compressed once, where the browser takes it."""
    etag = f'W/"{hashlib.blake2b(found.body, digest_size=12).hexdigest()}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, max-age=31536000, immutable" if immutable else "no-cache",
        "Vary": "Accept-Encoding",
        "X-Left-Out": str(found.left_out),
    }
    asked = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if "*" in asked or etag.removeprefix("W/") in asked:
        return Response(status_code=304, headers=headers)
    body, zipped = found.body, found.zipped
    if accepted(request.headers.get("accept-encoding", ""), ("gzip",)):
        if not zipped and len(body) >= _ZIPPED_FROM:
            # The quickest level: on the way to a browser next to the server more would cost more than it saves.
            body, zipped = bytes(cramjam.gzip.compress(body, level=1)), True
    else:
        body, zipped = found.plain, False
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=_MEDIA_TYPE, headers=headers)


async def _to_current_run(request: Request, public: bool, municipality: str | None, site_type: str) -> Response:
    """Redirect to the address with the current run, or to the uncoloured parcels when there is none this visitor may see."""
    current = "none"
    if municipality:
        async with lent(request) as connection:
            current = await run_in_threadpool(_current, connection, public, municipality, site_type)
    target = f"{request.url.path}?{urlencode({'run': current})}"
    return RedirectResponse(target, status_code=307, headers={"Cache-Control": "no-cache"})


def _current(connection: Connection[Any], public: bool, municipality: str, site_type: str) -> str:
    try:
        return run_for(connection, public, run=None, territory=[municipality], site_type=site_type).id
    except (NotFoundError, NotPublishedError):
        return "none"
