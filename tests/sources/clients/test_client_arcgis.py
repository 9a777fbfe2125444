"""ArcGIS REST: /identify where /query fails, errors inside a 200, records sorted and counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

import geopandas as gpd
import pyogrio
import pytest
import shapely
import shapely.geometry
from client_samples import ALL, HERE, NOTHING, REST, parcel_frame, rows_of, same_as, source_of
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from protocol_server import ProtocolServer, Recorded, Vector
from protocol_server.arcgis_answers import esri

from geodata.sources.catalogue import ControlPoint
from geodata.sources.clients import Area, FetchError, ProtocolError, ServerError, Session, fetch
from geodata.sources.clients.esri import geometry


class TestArcgis:
    aliases: ClassVar = {"LBLBHRDR": "Phrase carto juridique ", "NISCODE": "Code INS"}

    def rest(self, frame: gpd.GeoDataFrame, **given: Any) -> Vector:
        return Vector(REST.endpoint, "arcgis-rest", "0", frame, id_field="OIDN", aliases=self.aliases, **given)

    def test_identify_steps_in_for_the_coordinate_error(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame
    ) -> None:
        server.add(self.rest(parcels))
        server.fault(REST.endpoint.removesuffix("/query"), "spw")
        got = fetch(source_of(REST), ALL, session)
        assert got.answer == "features" and "identify" in got.notes[0]
        same_as(got, parcels)
        assert pyogrio.read_info(got.payloads[0].path)["crs"] == "EPSG:31370"
        properties = json.loads(got.payloads[0].path.read_text())["features"][0]["properties"]
        assert properties["OIDN"] == 1 and properties["NISCODE"] == "24062"

    def test_identify_cuts_cells_until_none_is_full(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame
    ) -> None:
        server.add(self.rest(parcels, limit=20))
        server.fault("0", "spw")
        same_as(fetch(source_of(REST), ALL, session), parcels)

    def test_identify_refuses_what_it_cannot_tell_apart(self, server: ProtocolServer, session: Session) -> None:
        frame = parcel_frame(8)
        frame.geometry = [shapely.Point(170_000, 171_000).buffer(20)] * 8
        server.add(self.rest(frame, limit=4))
        server.fault("0", "spw")
        with pytest.raises(ProtocolError, match="lie at one place"):
            fetch(source_of(REST), ALL, session)

    @pytest.mark.parametrize("control", [[], [HERE]])
    def test_an_empty_layer_is_judged_also_through_identify(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame, control: list[ControlPoint]
    ) -> None:
        server.add(self.rest(parcels))
        server.fault("0", "spw")
        got = fetch(source_of(REST, control=control), NOTHING, session)
        assert got.answer == ("empty_checked" if control else "empty_suspicious")

    @pytest.mark.parametrize(("code", "error", "asked"), [(400, ProtocolError, 1), (500, ServerError, 3)])
    def test_other_errors_inside_a_200_are_errors(
        self, server: ProtocolServer, session: Session, code: int, error: type[FetchError], asked: int
    ) -> None:
        body = json.dumps({"error": {"code": code, "message": "Error performing query operation", "details": ["x"]}})
        server.add(Recorded(REST.endpoint, body.encode(), "application/json"))
        with pytest.raises(error, match="performing query operation x"):
            fetch(source_of(REST), ALL, session)
        assert sum(one.path.endswith("/query") for one in server.asked) == asked

    def test_records_are_sorted_and_counted(
        self, server: ProtocolServer, session: Session, parcels: gpd.GeoDataFrame
    ) -> None:
        server.add(self.rest(parcels.iloc[::-1]))
        got = fetch(source_of(REST), ALL, session)
        same_as(got, parcels)
        pages = [one.params for one in server.asked if "resultoffset" in one.params]
        assert [one["resultoffset"] for one in pages] == ["0", "10", "20", "30"]
        assert {one["orderbyfields"] for one in pages} == {"OIDN"} and pages[0]["outsr"] == "31370"
        assert [one["OIDN"] for one in map(lambda f: f["properties"], json.loads(got.payloads[0].path.read_text())["features"])] == list(range(1, 38))  # fmt: skip


_SQUARES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 25), st.integers(1, 25)), min_size=1, max_size=6
)


def squares(drawn: list[tuple[int, int, int, int]]) -> Any:
    return shapely.union_all([shapely.box(x, y, x + width, y + height) for x, y, width, height in drawn])


@given(land=_SQUARES, holes=_SQUARES)
def test_rings_become_the_shape_they_were(land: list[Any], holes: list[Any]) -> None:
    shape = shapely.union_all([squares(land).buffer(3, join_style="mitre").difference(squares(holes))])
    assume(not shape.is_empty and shape.geom_type in ("Polygon", "MultiPolygon"))
    assert shapely.equals(shapely.geometry.shape(geometry(esri(shape))), shape)


@settings(deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))
@given(
    places=st.lists(st.tuples(st.integers(0, 8_500), st.integers(0, 8_500), st.integers(1, 3_000)), max_size=40),
    limit=st.integers(25, 60),
)
def test_identify_gives_what_query_gives(
    open_session: Callable[..., Session], server: ProtocolServer, places: list[Any], limit: int
) -> None:
    shapes = [shapely.box(170_000 + x, 171_000 + y, 170_000 + x + side, 171_050 + y) for x, y, side in places]
    fields = {"OIDN": range(1, len(shapes) + 1), "CAPAKEY": "x", "LBLBHRDR": "y"}
    frame = gpd.GeoDataFrame(fields, geometry=shapes, crs="EPSG:31370")
    area = Area((170_000.0, 171_000.0, 179_000.0, 180_000.0))
    server.layers[:] = [Vector(REST.endpoint, "arcgis-rest", "0", frame, id_field="OIDN", limit=limit)]
    server.heal()
    asked = fetch(source_of(REST), area, open_session(rate=1e9))
    server.fault("0", "spw")
    identified = fetch(source_of(REST), area, open_session(rate=1e9))
    assert asked.features == identified.features == len(frame)
    for got in (asked, identified):
        assert not places or len(rows_of(got)) == len(frame)
        if places:
            same_as(got, frame)
