"""WFS, OGC API Features and ArcGIS REST: every feature once, whatever the page, or an error that says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
from client_samples import (
    ALL,
    HERE,
    NOTHING,
    OGC,
    SERVICES,
    WFS_GML,
    WFS_JSON,
    parcel_frame,
    rows_of,
    same_as,
    source_of,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from protocol_server import ProtocolServer, Recorded, layer_of

from geodata.ingest.crs import choose_crs
from geodata.sources.catalogue import Service
from geodata.sources.clients import (
    Area,
    BudgetError,
    FetchError,
    NoAnswerError,
    ProtocolError,
    ServerError,
    Session,
    TruncatedError,
    WrongContentError,
    fetch,
)

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))


@each_service
def test_every_feature_comes_once_over_several_pages(
    server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame, service: Service
) -> None:
    server.add(layer_of(service, parcels, "OIDN"))
    told: list[tuple[int, int | None, str]] = []
    got = fetch(source_of(service), ALL, session, progress=lambda *one: told.append(one))
    assert got.answer == "features" and got.features == 37 and len(got.payloads) == 1
    same_as(got, parcels)
    assert told[-1] == (37, 37, "features")
    assert got.payloads[0].path.suffix == (".gml" if service is WFS_GML else ".geojson")


@each_service
def test_only_what_touches_the_box_comes(
    server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame, service: Service
) -> None:
    server.add(layer_of(service, parcels, "OIDN"))
    got = fetch(source_of(service), Area((170_000.0, 171_000.0, 170_100.0, 171_100.0)), session)
    same_as(got, parcels.iloc[:4])


@pytest.mark.parametrize("counts", [True, False], ids=["total known", "total unknown"])
@each_service
@settings(deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))
@given(count=st.integers(1, 37), page=st.integers(1, 40), limit=st.integers(1, 40))
def test_any_page_size_gives_exactly_the_same(
    open_session: Callable[..., Session],
    server: ProtocolServer,
    service: Service,
    counts: bool,
    count: int,
    page: int,
    limit: int,
) -> None:
    frame = parcel_frame(count)
    layer = layer_of(service, frame, "OIDN")
    layer.limit, layer.counts = limit, counts
    server.layers[:] = [layer]
    asked = service.model_copy(update={"page_size": page})
    got = fetch(source_of(asked), ALL, open_session(rate=1e9))
    assert got.features == count
    server.layers[:] = [layer_of(service, frame, "OIDN")]
    whole = fetch(source_of(service.model_copy(update={"page_size": 1000})), ALL, open_session(rate=1e9))
    assert got.payloads[0].sha256 == whole.payloads[0].sha256


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("http500", ServerError),
        ("http404", ServerError),
        ("hang", NoAnswerError),
        ("cut", TruncatedError),
        ("wrong_length", TruncatedError),
        ("unclosed", TruncatedError),
        ("html", WrongContentError),
        ("short", (TruncatedError, ProtocolError)),
        ("doubled", ProtocolError),
        ("throttle", ServerError),
    ],
)
@each_service
def test_half_an_answer_is_an_error_and_never_a_short_layer(
    open_session: Callable[..., Session],
    server: ProtocolServer,
    parcels: gpd.GeoDataFrame,
    service: Service,
    fault: str,
    error: type[FetchError],
) -> None:
    server.add(layer_of(service, parcels, "OIDN"))
    session = open_session(timeout=0.2 if fault == "hang" else 5.0, attempts=2)
    server.fault(layer_of(service, parcels).name, fault)
    with pytest.raises(error) as caught:
        fetch(source_of(service), ALL, session)
    assert caught.value.url is not None and caught.value.url.startswith("https://")


@each_service
def test_a_fault_that_passes_leaves_no_trace(
    server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame, service: Service
) -> None:
    server.add(layer_of(service, parcels, "OIDN"))
    for fault in ("http500", "cut", "throttle", "unclosed", "slow"):
        server.fault(service.endpoint.removesuffix("/query"), fault, times=1)
    same_as(fetch(source_of(service), ALL, session), parcels)


@each_service
def test_an_unchanged_layer_is_known_as_such(
    open_session: Callable[..., Session], server: ProtocolServer, parcels: gpd.GeoDataFrame, service: Service
) -> None:
    layer = layer_of(service, parcels, "OIDN")
    server.add(layer)
    first = fetch(source_of(service), ALL, open_session()).payloads[0]
    again = fetch(source_of(service), ALL, open_session()).payloads[0]
    assert again.not_modified and not first.not_modified
    assert (again.path, again.sha256, again.fetched) == (first.path, first.sha256, first.fetched)
    layer.frame = parcels.iloc[:-1]
    changed = fetch(source_of(service), ALL, open_session()).payloads[0]
    assert not changed.not_modified and changed.sha256 != first.sha256 and first.path.exists()


class TestEmpty:
    """An empty answer is believed only where a control point answered in the same run."""

    @each_service
    def test_it_is_checked_by_a_control_point(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame, service: Service
    ) -> None:
        server.add(layer_of(service, parcels, "OIDN"))
        got = fetch(source_of(service, control=[HERE]), NOTHING, session)
        assert (got.answer, got.features, got.payloads) == ("empty_checked", 0, ())

    @each_service
    def test_it_is_suspicious_when_the_control_point_is_dead(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame, service: Service
    ) -> None:
        server.add(layer_of(service, parcels, "OIDN"))
        server.fault(layer_of(service, parcels).name, "empty")
        got = fetch(source_of(service, control=[HERE]), ALL, session)
        assert got.answer == "empty_suspicious" and got.payloads == ()
        assert "170010 171025 (24062)" in got.notes[0]

    @each_service
    def test_it_is_suspicious_when_the_known_value_is_another(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame, service: Service
    ) -> None:
        server.add(layer_of(service, parcels, "OIDN"))
        other = HERE.model_copy(update={"expects": "24063"})
        assert fetch(source_of(service, control=[other]), NOTHING, session).answer == "empty_suspicious"

    @each_service
    def test_it_is_suspicious_without_a_control_point(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame, service: Service
    ) -> None:
        server.add(layer_of(service, parcels, "OIDN"))
        got = fetch(source_of(service), NOTHING, session)
        assert got.answer == "empty_suspicious" and "no control point" in got.notes[0]

    def test_the_next_service_is_asked_when_the_first_is_not_believed(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame
    ) -> None:
        server.add(layer_of(WFS_GML, parcels, "OIDN"), layer_of(OGC, parcels, "OIDN"))
        server.fault("GRB:ADP", "empty")
        got = fetch(source_of(WFS_GML, OGC, control=[HERE]), ALL, session)
        assert got.service == OGC and got.features == 37


class TestFallback:
    """A source with several services."""

    def test_the_next_is_asked_and_the_failure_told(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame
    ) -> None:
        server.add(layer_of(WFS_GML, parcels, "OIDN"), layer_of(OGC, parcels, "OIDN"))
        server.fault("GRB:ADP", "html")
        got = fetch(source_of(WFS_GML, OGC), ALL, session)
        assert got.service == OGC and got.features == 37
        assert any("web page" in note for note in got.notes)

    def test_when_all_fail_all_are_told(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame
    ) -> None:
        server.add(layer_of(WFS_GML, parcels, "OIDN"), layer_of(OGC, parcels, "OIDN"))
        server.fault("GRB:ADP", "http500")
        server.fault("ADP", "html")
        with pytest.raises(ServerError) as caught:
            fetch(source_of(WFS_GML, OGC), ALL, session)
        assert "answered 500" in str(caught.value) and "web page" in str(caught.value)

    def test_a_used_up_budget_stops_at_once(
        self, server: ProtocolServer, open_session: Callable[..., Session], clock: Any
    ) -> None:
        session = open_session(budget=1.0)
        clock.now += 2
        with pytest.raises(BudgetError):
            fetch(source_of(WFS_GML, OGC), ALL, session)
        assert server.asked == []

    def test_an_entry_without_service_is_refused(self, session: Session) -> None:
        with pytest.raises(FetchError, match="names no service"):
            fetch(source_of(), ALL, session)


class TestWfs:
    def test_latitude_comes_first_where_the_catalogue_says_so(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame
    ) -> None:
        service = WFS_GML.model_copy(update={"ask_crs": "EPSG:4258", "axis_order": "latlon"})
        server.add(layer_of(service, parcels, "OIDN"))
        got = fetch(source_of(service), ALL, session)
        box = [float(one) for one in server.asked[0].params["bbox"].split(",")[:4]]
        assert server.asked[0].params["srsname"] == "urn:ogc:def:crs:EPSG::4258"
        assert 50 < box[0] < 51 and 4 < box[1] < 5
        rows = rows_of(got)
        shapes = rows.geometry.to_numpy()
        assert len(rows) == 37 and choose_crs("EPSG:4258", shapes, None, "x").used in ("EPSG:4258", "EPSG:4326")

    def test_the_box_of_another_system_holds_the_whole_area(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame
    ) -> None:
        service = WFS_JSON.model_copy(update={"ask_crs": "EPSG:3812"})
        server.add(layer_of(service, parcels, "OIDN"))
        got = fetch(source_of(service), Area((170_000.0, 171_000.0, 171_100.0, 171_050.0)), session)
        assert got.features == 37
        assert pyogrio.read_info(got.payloads[0].path)["crs"] == "EPSG:3812"

    def test_version_1_1_is_paged_with_its_own_words(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame
    ) -> None:
        service = WFS_GML.model_copy(update={"endpoint": "https://old.example.be/wfs?version=1.1.0"})
        server.add(layer_of(service, parcels, "OIDN"))
        same_as(fetch(source_of(service), ALL, session), parcels)
        assert server.asked[0].params["typename"] == "GRB:ADP" and server.asked[0].params["maxfeatures"] == "10"

    def test_the_words_of_an_error_report_are_told(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame
    ) -> None:
        report = b'<?xml version="1.0"?><ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1"><ows:Exception><ows:ExceptionText>Cannot do natural order</ows:ExceptionText></ows:Exception></ows:ExceptionReport>'
        server.add(Recorded(WFS_GML.endpoint, report, "text/xml"), Recorded(WFS_JSON.endpoint, report, "text/xml"))
        for service in (WFS_GML, WFS_JSON):
            with pytest.raises(ProtocolError, match="natural order"):
                fetch(source_of(service), ALL, session)

    def test_an_answer_the_service_itself_broke_off_is_an_error(self, server: ProtocolServer, session: Session) -> None:
        body = b'<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" numberMatched="unknown" numberReturned="0"><wfs:truncatedResponse/></wfs:FeatureCollection>'
        server.add(Recorded(WFS_GML.endpoint, body, "text/xml"))
        with pytest.raises(TruncatedError, match="broke the answer off"):
            fetch(source_of(WFS_GML), ALL, session)

    def test_entities_are_never_read(self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame) -> None:
        server.add(layer_of(WFS_GML, parcels, "OIDN"))
        server.fault("GRB:ADP", "doctype")
        with pytest.raises(WrongContentError, match="document type"):
            fetch(source_of(WFS_GML), ALL, session)

    def test_a_service_that_ignores_pages_is_found_out(self, server: ProtocolServer, session: Session) -> None:
        body = b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{"a":1}}]}'
        server.add(Recorded(WFS_JSON.endpoint, body, "application/json", empty=body))
        with pytest.raises(ProtocolError, match="same page again"):
            fetch(source_of(WFS_JSON), ALL, session)

    def test_pages_with_other_heads_stay_apart(self, server: ProtocolServer, session: Session) -> None:
        def page(prefix: str, number: int) -> bytes:
            return (
                f'<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:{prefix}="http://x" '
                f'xmlns:gml="http://www.opengis.net/gml/3.2" numberMatched="2" numberReturned="1"><wfs:member>'
                f'<{prefix}:A gml:id="a.{number}"><{prefix}:n>{number}</{prefix}:n></{prefix}:A></wfs:member>'
                "</wfs:FeatureCollection>"
            ).encode()

        server.add(Recorded(WFS_GML.endpoint, page("a", 1), "text/xml", empty=page("b", 2)))
        got = fetch(source_of(WFS_GML), ALL, session)
        assert got.features == 2 and [one.features for one in got.payloads] == [1, 1]


class TestOgcApi:
    def test_links_that_lead_in_a_circle_are_found_out(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame
    ) -> None:
        layer = layer_of(OGC, parcels, "OIDN")
        server.add(layer)
        server.fault("ADP", "loop")
        with pytest.raises(ProtocolError, match=r"circle|page 1 and on page"):
            fetch(source_of(OGC), ALL, session)

    def test_a_link_to_another_host_is_not_followed(self, server: ProtocolServer, session: Session) -> None:
        body = {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "id": 1, "geometry": None, "properties": {}}],
            "links": [{"rel": "next", "href": "https://elsewhere.example.com/steal"}],
        }
        server.add(Recorded(OGC.endpoint, json.dumps(body).encode(), "application/geo+json"))
        with pytest.raises(ProtocolError, match="another host"):
            fetch(source_of(OGC), ALL, session)
        assert {one.path.partition("/")[0] for one in server.asked} == {"geo.example.be"}

    def test_the_system_is_asked_for_and_told(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame
    ) -> None:
        server.add(layer_of(OGC, parcels, "OIDN"))
        got = fetch(source_of(OGC), ALL, session)
        asked = server.asked[0].params
        assert asked["crs"] == asked["bbox-crs"] == "http://www.opengis.net/def/crs/EPSG/0/31370"
        assert asked["f"] == "application/json" and asked["limit"] == "10"
        assert pyogrio.read_info(got.payloads[0].path)["crs"] == "EPSG:31370"
