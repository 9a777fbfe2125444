"""`/tiles/{layer}/{z}/{x}/{y}.mvt`."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.dependencies import Database, Public, Translate, run_for
from api.problems import NotPublishedError
from api.provenance import attribution_line, say_sources
from api.tile_layers import TILE_LAYERS
from api.tiles import MAX_ZOOM, check_address, tile, tile_basis
from geodata.errors import NotFoundError, UsageError

router = APIRouter(tags=["tiles"])

_MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


@router.get("/tiles/{layer}.json")
def tile_json(request: Request, connection: Database, translate: Translate, layer: str) -> dict[str, Any]:
    """TileJSON 3.0 of a layer: address and zooms of its tiles, the `sources` of its features, and `attribution`, the line
    that has to stand with a map made of them.
    """
    check_address(layer, 0, 0, 0)
    sources = say_sources(tile_basis(connection, layer, date.today()).sources(translate.language), translate)
    return {
        "tilejson": "3.0.0",
        "name": layer,
        "tiles": [f"{request.base_url}tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": min(zoom for zoom, _ in TILE_LAYERS[layer].shown),
        "maxzoom": MAX_ZOOM,
        "vector_layers": [{"id": layer, "fields": {}}],
        "attribution": attribution_line(sources),
        "sources": sources,
    }


@router.get("/tiles/{layer}/{z}/{x}/{y}.mvt")
def tiles(
    request: Request,
    connection: Database,
    public: Public,
    layer: str,
    z: int,
    x: int,
    y: int,
    run: Annotated[str | None, Query(max_length=80)] = None,
    municipality: Annotated[str | None, Query(pattern=r"^\d{5}$")] = None,
    type: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """One vector tile. Parcels and candidates take `run`; without it they lead to the current run."""
    spec = check_address(layer, z, x, y)
    if spec.needs_run:
        if run is None:
            return _to_current_run(request, connection, public, municipality, type)
        if run != "none":
            run = run_for(connection, public, run=run, territory=None, site_type=None).id
    body, left_out = tile(connection, layer, z, x, y, run)
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    immutable = spec.needs_run and run != "none"
    headers = {
        "ETag": etag,
        "Cache-Control": "private, max-age=31536000, immutable" if immutable else "no-cache",
        "X-Left-Out": str(left_out),
    }
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=_MEDIA_TYPE, headers=headers)


def _to_current_run(
    request: Request, connection: Database, public: bool, municipality: str | None, site_type: str | None
) -> Response:
    """Redirect to the address with the current run, or to the uncoloured parcels when there is none this visitor may see."""
    if municipality is None or site_type is None:
        raise UsageError(
            "This layer needs a run.", "Add run=ID, or municipality=NIS and type=residential for the current one."
        )
    try:
        current = run_for(connection, public, run=None, territory=[municipality], site_type=site_type).id
    except (NotFoundError, NotPublishedError):
        current = "none"
    target = f"{request.url.path}?{urlencode({'run': current})}"
    return RedirectResponse(target, status_code=307, headers={"Cache-Control": "no-cache"})
