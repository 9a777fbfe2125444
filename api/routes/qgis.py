"""A project of QGIS on this server, and the styles of its layers."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response

from api.dependencies import Translate
from api.qgis import project, style

router = APIRouter(prefix="/api/v1/qgis", tags=["qgis"])

#: The collections that have a style; a test holds that they are those of `api.qgis.LOOKS`.
Styled = Literal["sites", "hp-sites", "candidates", "municipalities", "constraints", "zones", "parcels"]


@router.get(
    "/standplaats.qgs",
    response_class=Response,
    responses={200: {"content": {"application/x-qgis-project": {}}, "description": "The project."}},
)
def qgis_project(request: Request, translate: Translate) -> Response:
    """A project of QGIS with every published collection as a layer of this server, in EPSG:31370, with its styles."""
    body = project(str(request.base_url).rstrip("/"), translate, request.app.state.ogc_extents)
    headers = {"Content-Disposition": 'attachment; filename="standplaats.qgs"', "Vary": "Accept-Language"}
    return Response(body, media_type="application/x-qgis-project", headers=headers)


@router.get(
    "/{collection}.qml",
    response_class=Response,
    responses={200: {"content": {"application/xml": {}}, "description": "The style."}},
)
def qgis_style(translate: Translate, collection: Styled) -> Response:
    """Style of one layer for QGIS."""
    headers = {"Content-Disposition": f'attachment; filename="{collection}.qml"', "Vary": "Accept-Language"}
    return Response(style(collection, translate), media_type="application/xml", headers=headers)
