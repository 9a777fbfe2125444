"""Sampled services (WMS, raster /identify) and heights (WCS): what is absent is told from what does not answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from client_samples import source_of
from hypothesis import given
from hypothesis import strategies as st
from protocol_server import Coverage, ProtocolServer, Recorded, Vector
from rasterio.transform import from_origin

from geodata.sources.catalogue import ControlPoint, Service
from geodata.sources.clients import (
    Area,
    FetchError,
    ProtocolError,
    ServerError,
    Session,
    TruncatedError,
    WrongContentError,
    fetch,
)
from geodata.sources.clients.sampling import MOST_PLACES, grid, grid_step, same_value
from geodata.sources.clients.wcs import tiff_part

WMS = Service(
    endpoint="https://flood.example.be/pluviaal/MapServer/WMSServer", protocol="wms", layer="0", ask_crs="EPSG:31370"
)
RASTER = Service(
    endpoint="https://arc.example.be/arcgis/rest/services/EAU/ALEA_INOND/MapServer/1", protocol="arcgis-rest",
    layer="1", paging="none", ask_crs="EPSG:31370",
)  # fmt: skip
WCS = Service(endpoint="https://geo.example.be/DHMV/wcs", protocol="wcs", layer="DHMVII_DTM_1m", ask_crs="EPSG:31370")
WET = ControlPoint(x=170_050, y=171_050, field="gridcode", expects="3")
DRY = Area((150_000.0, 150_000.0, 150_100.0, 150_100.0))
each_sampled = pytest.mark.parametrize("service", [WMS, RASTER], ids=["wms", "identify"])


@pytest.fixture
def flood() -> gpd.GeoDataFrame:
    """Two classes of the Flemish hazard map, each 100 m wide."""
    shapes = [shapely.box(170_000, 171_000, 170_100, 171_100), shapely.box(170_100, 171_000, 170_200, 171_100)]
    return gpd.GeoDataFrame({"gridcode": [3, 1]}, geometry=shapes, crs="EPSG:31370")


def flood_source(service: Service, *control: ControlPoint) -> Any:
    caveats = [] if control else ["No control point is known."]
    given = {"kind": "flood", "answers": "samples", "recognise": {"fields": ["gridcode"]}, "caveats": caveats}
    return source_of(service, control=list(control), **given)


def layer(service: Service, frame: gpd.GeoDataFrame) -> Vector:
    return Vector(service.endpoint, service.protocol, service.layer or "", frame)


class TestSamples:
    @each_sampled
    def test_a_grid_gives_the_class_of_each_place(
        self, server: ProtocolServer, session: Session, flood: gpd.GeoDataFrame, service: Service
    ) -> None:
        server.add(layer(service, flood))
        got = fetch(flood_source(service, WET), Area((169_990.0, 170_990.0, 170_260.0, 171_110.0)), session)
        rows = gpd.read_file(got.payloads[0].path)
        assert got.answer == "features" and got.features == len(rows) > 20
        assert rows.crs.to_epsg() == 31370 and set(rows["sample_step_m"]) == {25}
        for row in rows.itertuples():
            # On the shared edge both classes answer.
            found = flood[flood.intersects(row.geometry)]["gridcode"].astype(str).tolist()
            assert str(row.gridcode) in found
        assert "places were asked on a grid of 25 m" in got.notes[0]

    @each_sampled
    def test_the_places_asked_for_are_asked(
        self, server: ProtocolServer, session: Session, flood: gpd.GeoDataFrame, service: Service
    ) -> None:
        server.add(layer(service, flood))
        area = Area(DRY.box, points=((170_120.0, 171_020.0), (150_010.0, 150_010.0)))
        got = fetch(flood_source(service, WET), area, session)
        feature = json.loads(got.payloads[0].path.read_text())["features"]
        assert [one["geometry"]["coordinates"] for one in feature] == [[170_120.0, 171_020.0]]
        assert str(feature[0]["properties"]["gridcode"]) == "1"

    @each_sampled
    def test_nothing_means_absent_only_with_a_live_control_point(
        self, server: ProtocolServer, session: Session, flood: gpd.GeoDataFrame, service: Service
    ) -> None:
        server.add(layer(service, flood))
        assert fetch(flood_source(service, WET), DRY, session).answer == "empty_checked"
        assert fetch(flood_source(service), DRY, session).answer == "empty_suspicious"

    @each_sampled
    def test_a_dead_control_point_ends_it_before_anything_else_is_asked(
        self, server: ProtocolServer, session: Session, flood: gpd.GeoDataFrame, service: Service
    ) -> None:
        server.add(layer(service, flood))
        server.fault(service.layer or "", "empty")
        got = fetch(flood_source(service, WET), DRY, session)
        asked = [one for one in server.asked if one.params.get("query_layers") or one.path.endswith("identify")]
        assert got.answer == "empty_suspicious" and len(asked) == 1

    @each_sampled
    def test_values_without_a_control_point_carry_a_warning(
        self, server: ProtocolServer, session: Session, flood: gpd.GeoDataFrame, service: Service
    ) -> None:
        server.add(layer(service, flood))
        got = fetch(flood_source(service), Area((170_000.0, 171_000.0, 170_100.0, 171_100.0)), session)
        assert got.answer == "features" and "say nothing" in got.notes[1]

    @each_sampled
    @pytest.mark.parametrize(
        ("fault", "error"), [("http500", ServerError), ("html", WrongContentError), ("unclosed", TruncatedError)]
    )
    def test_one_place_that_fails_fails_the_layer(
        self,
        server: ProtocolServer,
        session: Session,
        flood: gpd.GeoDataFrame,
        service: Service,
        fault: str,
        error: type[FetchError],
    ) -> None:
        server.add(layer(service, flood))
        server.fault(service.layer or "", fault)
        with pytest.raises(error):
            fetch(flood_source(service, WET), DRY, session)

    def test_values_are_read_as_json_too(
        self, server: ProtocolServer, session: Session, flood: gpd.GeoDataFrame
    ) -> None:
        service = WMS.model_copy(update={"output_format": "application/json"})
        server.add(layer(service, flood))
        area = Area(DRY.box, points=((170_050.0, 171_050.0),))
        assert fetch(flood_source(service, WET), area, session).features == 1

    def test_latitude_comes_first_where_the_catalogue_says_so(self, server: ProtocolServer, session: Session) -> None:
        service = WMS.model_copy(update={"ask_crs": "EPSG:4326", "axis_order": "latlon"})
        server.add(Recorded(service.endpoint, b"<FeatureInfoResponse/>", "text/xml"))
        fetch(flood_source(service), Area(DRY.box, points=((170_050.0, 171_050.0),)), session)
        south, west, *_ = (float(one) for one in server.asked[0].params["bbox"].split(","))
        assert 50 < south < 51 and 4 < west < 5

    def test_the_words_of_an_error_are_told(self, server: ProtocolServer, session: Session) -> None:
        said = b"<ServiceExceptionReport><ServiceException>LayerNotDefined</ServiceException></ServiceExceptionReport>"
        server.add(Recorded(WMS.endpoint, said, "text/xml"))
        with pytest.raises(ProtocolError, match="LayerNotDefined"):
            fetch(flood_source(WMS), DRY, session)

    def test_gml_values_leave_the_shape_out(self, server: ProtocolServer, session: Session) -> None:
        body = (
            b'<wfs:FeatureCollection xmlns:wfs="w" xmlns:gml="g" xmlns:a="a"><gml:featureMember><a:x>'
            b"<a:shape><gml:Point><gml:pos>1 2</gml:pos></gml:Point></a:shape><a:gridcode>2</a:gridcode>"
            b"</a:x></gml:featureMember></wfs:FeatureCollection>"
        )
        server.add(Recorded(WMS.endpoint, body, "text/xml"))
        got = fetch(flood_source(WMS), Area(DRY.box, points=((1.0, 2.0),)), session)
        found = json.loads(got.payloads[0].path.read_text())["features"][0]["properties"]
        assert found == {"gridcode": "2", "sample_step_m": None}

    @given(st.integers(0, 300_000), st.integers(0, 250_000), st.integers(1, 60_000), st.integers(1, 60_000))
    def test_a_grid_has_a_bounded_number_of_places_inside_the_box(
        self, left: int, bottom: int, width: int, height: int
    ) -> None:
        area = Area((left, bottom, left + width, bottom + height))
        places = list(grid(area, grid_step(area)))
        edge = (width + height) / grid_step(area) + 1
        assert 1 <= len(places) <= MOST_PLACES + edge
        assert all(left <= x <= left + width and bottom <= y <= bottom + height for x, y in places)
        assert len(set(places)) == len(places)

    def test_values_are_compared_as_text_or_numbers(self) -> None:
        assert same_value(3, "3") and same_value(3.0, "3") and same_value(" D ", "d") and same_value("3", "3.0")
        assert not same_value(None, "3") and not same_value("13", "3") and not same_value("", "0")


def height_file(path: Path, cell: float = 1.0, crs: str | None = "EPSG:31370", gap: bool = True) -> Path:
    """Heights that tell their place: x / 100 + y / 10000; without a value in a corner."""
    columns, rows = round(200 / cell), round(160 / cell)
    x = 170_000 + (np.arange(columns) + 0.5) * cell
    y = 171_160 - (np.arange(rows) + 0.5) * cell
    heights = ((x[None, :] - 170_000) / 100 + (y[:, None] - 171_000) / 10_000).astype(np.float32)
    if gap:
        heights[: round(20 / cell), : round(20 / cell)] = -9999
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype="float32", crs=crs,
        transform=from_origin(170_000, 171_160, cell, cell), nodata=-9999,
    ) as raster:  # fmt: skip
        raster.write(heights, 1)
    return path


class TestHeights:
    source = source_of(WCS, kind="dem", reader="dem", recognise={"raster": True})
    box = Area((170_003.0, 171_003.0, 170_197.0, 171_158.0))

    @pytest.mark.parametrize("multipart", [True, False])
    def test_tiles_are_put_together_and_averaged(
        self, server: ProtocolServer, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, multipart: bool
    ) -> None:
        monkeypatch.setattr("geodata.sources.clients.wcs.TILE_CELLS", 50)
        server.add(Coverage(WCS.endpoint, "DHMVII_DTM_1m", height_file(tmp_path / "dem.tif"), multipart))
        got = fetch(self.source, self.box, session)
        assert got.answer == "features" and got.features is None and "averaged from 1 m" in got.notes[0]
        assert sum(one.params.get("request") == "GetCoverage" for one in server.asked) == 16
        with rasterio.open(got.payloads[0].path) as raster:
            assert raster.crs.to_epsg() == 31370 and raster.res == (5.0, 5.0) and raster.nodata == -9999
            assert tuple(raster.bounds) == (170_000, 171_000, 170_200, 171_160)
            heights = raster.read(1, masked=True)
        assert heights.mask[:4, :4].all() and heights.mask.sum() == 16
        x, y = 170_000 + (np.arange(40) + 0.5) * 5, 171_160 - (np.arange(32) + 0.5) * 5
        wanted = (x[None, :] - 170_000) / 100 + (y[:, None] - 171_000) / 10_000
        assert np.abs((heights - wanted).compressed()).max() < 1e-4

    def test_what_lies_outside_the_coverage_has_no_height(
        self, server: ProtocolServer, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("geodata.sources.clients.wcs.TILE_CELLS", 50)
        server.add(Coverage(WCS.endpoint, "DHMVII_DTM_1m", height_file(tmp_path / "dem.tif")))
        got = fetch(self.source, Area((170_100.0, 171_100.0, 170_400.0, 171_200.0)), session)
        with rasterio.open(got.payloads[0].path) as raster:
            heights = raster.read(1, masked=True)
        assert heights.shape == (20, 60)
        assert not heights.mask[8:, :20].any() and heights.mask[:8].all() and heights.mask[:, 20:].all()

    @pytest.mark.parametrize(("expects", "answer"), [("0.6", "empty_checked"), ("60", "empty_suspicious")])
    def test_no_height_at_all_is_judged_by_the_control_point(
        self, server: ProtocolServer, session: Session, tmp_path: Path, expects: str, answer: str
    ) -> None:
        server.add(Coverage(WCS.endpoint, "DHMVII_DTM_1m", height_file(tmp_path / "dem.tif")))
        point = ControlPoint(x=170_060, y=171_060, expects=expects)
        source = source_of(WCS, kind="dem", reader="dem", recognise={"raster": True}, control=[point])
        assert fetch(source, DRY, session).answer == answer

    @pytest.mark.parametrize(
        ("fault", "error"),
        [("http500", ServerError), ("html", WrongContentError), ("unclosed", TruncatedError), ("cut", TruncatedError)],
    )
    @pytest.mark.parametrize("multipart", [True, False])
    def test_half_a_raster_is_an_error(
        self,
        server: ProtocolServer,
        session: Session,
        tmp_path: Path,
        multipart: bool,
        fault: str,
        error: type[FetchError],
    ) -> None:
        server.add(Coverage(WCS.endpoint, "DHMVII_DTM_1m", height_file(tmp_path / "dem.tif"), multipart))
        server.fault("DHMVII_DTM_1m", fault)
        with pytest.raises(error):
            fetch(self.source, self.box, session)

    @pytest.mark.parametrize(
        ("cell", "crs", "said"), [(2.0, "EPSG:31370", "cells of 2 x 2"), (1.0, "EPSG:3812", "not in")]
    )
    def test_a_raster_of_another_kind_is_refused(
        self, server: ProtocolServer, session: Session, tmp_path: Path, cell: float, crs: str, said: str
    ) -> None:
        server.add(Coverage(WCS.endpoint, "DHMVII_DTM_1m", height_file(tmp_path / "dem.tif", cell, crs)))
        with pytest.raises(ProtocolError, match=said):
            fetch(self.source, self.box, session)

    def test_parts_are_told_by_their_marks(self) -> None:
        tiff = b"II*\x00" + b"\n--wcs-not\n" * 3
        for line in (b"\n", b"\r\n"):
            body = line.join([b"--wcs", b"Content-Type: text/xml", b"", b"<x/>", b"--wcs", b"Content-Type: image/tiff", b"", tiff, b"--wcs--", b""])  # fmt: skip
            assert tiff_part(body, 'multipart/related; boundary="wcs"') == tiff
            assert tiff_part(body, "multipart/related") == tiff
            with pytest.raises(TruncatedError):
                tiff_part(body[: body.rindex(b"--wcs--")], 'multipart/related; boundary="wcs"')
        with pytest.raises(WrongContentError, match="no part"):
            tiff_part(b"--a\nContent-Type: text/xml\n\n<x/>\n--a--\n", "multipart/related; boundary=a")
        with pytest.raises(WrongContentError, match="no raster"):
            tiff_part(b"hello", "text/plain")

    def test_real_heights_come_as_they_are(
        self, server: ProtocolServer, open_session: Callable[..., Session], real_data: Path
    ) -> None:
        path = real_data / "dem" / "DHMVIIDTMRAS25m.tif"
        service = WCS.model_copy(update={"layer": "DHMVII_DTM_25m"})
        server.add(Coverage(service.endpoint, "DHMVII_DTM_25m", path))
        source = source_of(service, kind="dem", reader="dem", recognise={"raster": True})
        got = fetch(source, Area((100_000.0, 190_000.0, 110_000.0, 195_000.0)), open_session())
        with rasterio.open(path) as real, rasterio.open(got.payloads[0].path) as mine:
            wanted = real.read(1, window=real.window(*mine.bounds), masked=True)
            assert mine.res == (25.0, 25.0) and np.ma.allequal(mine.read(1, masked=True), wanted)
