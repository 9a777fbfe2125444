"""`/dcat`: what is published, for catalogues of open data."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.dcat import FORMS, graph, media_type, published
from api.dependencies import Database

router = APIRouter(tags=["dcat"])


@router.get(
    "/dcat",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in FORMS}, "description": "The catalogue."}},
)
def dcat(
    request: Request,
    connection: Database,
    f: Annotated[Literal["ttl", "jsonld", "rdf"] | None, Query(description="Form; else as `Accept` says.")] = None,
) -> Response:
    """DCAT-AP 3 catalogue of the published collections and their sources, as Turtle, JSON-LD or RDF/XML.

    Turtle where none of these is asked for.
    """
    kind = media_type(request.headers.get("accept", ""), f) or next(iter(FORMS))
    base = str(request.base_url).rstrip("/")
    found = published(connection, date.today())
    made = graph(found, base, request.app.state.settings, request.app.state.ogc_extents)
    body = made.serialize(format=FORMS[kind], encoding="utf-8")
    return Response(body, media_type=kind, headers={"Vary": "Accept"})
