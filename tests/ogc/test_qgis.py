"""The project and the styles for QGIS: whole XML, layers that lead to what the server gives, styles with known symbols."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree as Xml

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.ogc.collections import COLLECTIONS
from api.qgis import LOOKS
from geodata.settings import Settings


@pytest.fixture(scope="module")
def client(demo_settings: Settings, published_run: str) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


@pytest.fixture(scope="module")
def project(client: TestClient) -> Xml.Element:
    answer = client.get("/api/v1/qgis/standplaats.qgs?lang=nl")
    assert answer.status_code == 200 and "standplaats.qgs" in answer.headers["content-disposition"]
    return Xml.fromstring(answer.content)


def test_every_collection_is_a_layer_that_leads_to_the_server(project: Xml.Element, client: TestClient) -> None:
    layers = {one.findtext("provider"): [] for one in project.iter("maplayer")}  # type: dict[str | None, list[Xml.Element]]
    for one in project.iter("maplayer"):
        layers[one.findtext("provider")].append(one)
    named = {}
    for one in layers["OAPIF"]:
        told = dict(re.findall(r"(\w+)='([^']*)'", one.findtext("datasource", "")))
        assert told["url"] == "http://testserver/ogc"
        listed = client.get(f"/ogc/collections/{told['typename']}").json()
        code = told["srsname"].replace("EPSG:", "EPSG/0/").replace("OGC:", "OGC/1.3/")
        assert f"http://www.opengis.net/def/crs/{code}" in listed["crs"]
        assert one.findtext("srs/spatialrefsys/authid") == told["srsname"]
        named[told["typename"]] = one
    assert set(named) == set(COLLECTIONS) == set(LOOKS)
    (tiles,) = layers["xyzvectortiles"]
    address = parse_qs(tiles.findtext("datasource", ""))["url"][0]
    assert client.get(unquote(address).format(z=12, x=2077, y=1366)).status_code == 200
    assert named["zones"].findtext("layername") == "Bestemmingen"


def test_the_tree_the_order_and_the_layers_are_the_same(project: Xml.Element) -> None:
    layers = [one.findtext("id") for one in project.iter("maplayer")]
    assert [one.get("id") for one in project.iter("layer-tree-layer")] == layers
    assert [one.get("id") for one in project.findall("layerorder/layer")] == layers
    assert len(set(layers)) == len(layers) == len(COLLECTIONS) + 1
    assert project.findtext("projectCrs/spatialrefsys/srid") == "31370"
    west, south, east, north = (
        float(project.findtext(f"mapcanvas/extent/{one}", "nan")) for one in ("xmin", "ymin", "xmax", "ymax")
    )
    assert 0 < west < east < 300_000 and 0 < south < north < 270_000


@pytest.mark.parametrize("name", LOOKS)
def test_every_layer_has_a_style(client: TestClient, name: str) -> None:
    answer = client.get(f"/api/v1/qgis/{name}.qml?lang=fr")
    style = Xml.fromstring(answer.content)
    assert style.tag == "qgis" and style.find("renderer-v2/symbols/symbol/layer") is not None
    known = {"SimpleMarker", "SimpleFill", "SimpleLine", "PointPatternFill", "LinePatternFill"}
    assert {one.get("class") for one in style.iter("layer")} <= known
    fields = set(COLLECTIONS[name].fields)
    for one in style.iter("rule"):
        assert set(re.findall(r'"(\w+)"', one.get("filter", ""))) <= fields
    assert client.get("/api/v1/qgis/nothing.qml").status_code == 400
