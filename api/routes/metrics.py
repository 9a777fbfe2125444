"""`/metrics`: figures of the service, for the machine it runs on and its private network."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api import figures
from api.frame import address_of
from geodata.errors import NotFoundError

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response, include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus. Not told to those who come through a proxy or to the public view, unless a setting says so."""
    told = request.app.state.settings.metrics
    peer = address_of(request.scope)
    near = peer is not None and (peer.is_loopback or peer.is_private)
    local = near and not request.state.forwarded and not request.app.state.public
    if told == "off" or (told == "local" and not local):
        raise NotFoundError("This address does not exist here.", None)
    return Response(figures.text(), media_type=figures.MEDIA_TYPE)
