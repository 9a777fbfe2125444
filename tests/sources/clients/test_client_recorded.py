"""Recorded answers of real services: whole they come as they are, cut anywhere they are an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyogrio
import pytest
from client_samples import (
    ALL,
    OGC,
    WFS_GML,
    WFS_JSON,
    rows_of,
    source_of,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from protocol_server import ProtocolServer, Recorded

from geodata.sources.catalogue import Service
from geodata.sources.clients import (
    Session,
    TruncatedError,
    fetch,
)


@pytest.mark.parametrize(
    ("file", "service", "count"),
    [
        ("parcels/federal_cadastre/be_cadastral.xml", WFS_GML, 13),
        ("parcels/grb_adp_gml/Adp_Full.gml", WFS_GML, 13),
        ("parcels/grb_adp_gml/AdpAdd.gml", WFS_GML, 11),
        ("heritage/mercator_ps_aandobj_2.geojson", WFS_JSON, 2),
        ("heritage/mercator_lu_wet_erfgobj_pub_89.geojson", WFS_JSON, 89),
        ("parcels/grb_ogc_api_responses/grb_response1_ADP_14.geojson", OGC, 14),
        ("parcels/grb_ogc_api_responses/grb_response3_ADP_207.geojson", OGC, 207),
        ("parcels/grb_ogc_api_responses/grb_response5_Adpf2023_52.geojson", OGC, 52),
    ],
)
def test_recorded_answers_of_real_services_come_whole(
    server: ProtocolServer, session: Session, real_data: Path, file: str, service: Service, count: int
) -> None:
    empty = b'<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" numberMatched="unknown" numberReturned="0"/>'
    layer = Recorded(service.endpoint, real_data / file, "application/octet-stream")
    if service is WFS_GML:
        layer.empty = empty
    server.add(layer)
    got = fetch(source_of(service), ALL, session)
    assert got.features == count
    mine, theirs = rows_of(got), pyogrio.read_dataframe(real_data / file)
    assert list(mine.columns) == list(theirs.columns)
    assert all(a.equals(b) for a, b in zip(mine.geometry, theirs.geometry, strict=True))
    crs = pyogrio.read_info(got.payloads[0].path)["crs"]
    assert crs == ("EPSG:3812" if "federal" in file else "EPSG:31370")


@settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
@given(share=st.floats(0.01, 0.999))
@pytest.mark.parametrize(
    ("file", "service"),
    [
        ("parcels/federal_cadastre/be_cadastral.xml", WFS_GML),
        ("heritage/mercator_ps_aandobj_2.geojson", WFS_JSON),
        ("parcels/grb_ogc_api_responses/grb_response1_ADP_14.geojson", OGC),
    ],
)
def test_a_recorded_answer_cut_anywhere_is_never_a_short_layer(
    server: ProtocolServer,
    open_session: Callable[..., Session],
    real_data: Path,
    file: str,
    service: Service,
    share: float,
) -> None:
    body = (real_data / file).read_bytes()
    server.layers[:] = [Recorded(service.endpoint, body[: max(1, int(len(body) * share))], "text/plain")]
    with pytest.raises(TruncatedError):
        fetch(source_of(service), ALL, open_session(attempts=1))
