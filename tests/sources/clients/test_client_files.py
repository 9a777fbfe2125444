"""Downloads by address, feed or list; what a file must be; departures out of GTFS."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from client_samples import source_of
from hypothesis import given, settings
from hypothesis import strategies as st
from protocol_server import File, ProtocolServer

from geodata.sources.catalogue import Service
from geodata.sources.clients import (
    Area,
    ChecksumError,
    FetchError,
    ProtocolError,
    Session,
    TruncatedError,
    WrongContentError,
    fetch,
)
from geodata.sources.clients.feeds import Listed, pick
from geodata.sources.clients.files import checked_name

HOST = "https://files.example.be"
AREA = Area((170_000.0, 171_000.0, 172_000.0, 173_000.0), ("24062",))


def zipped(**members: str) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name.replace("__", "."), (2025, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return found.getvalue()


def file_service(address: str, **given: Any) -> Service:
    return Service(endpoint=address, protocol=given.pop("protocol", "file"), **given)


#: The head of a database of nine pages of 4096 bytes, and nothing else.
DATABASE_HEAD = b"SQLite format 3\x00\x10\x00" + b"\x00" * 10 + b"\x00\x00\x00\x09" + b"\x00" * 80


class TestFiles:
    def test_a_file_keeps_its_name(self, server: ProtocolServer, session: Session) -> None:
        body = zipped(a__txt="x" * 1000)
        server.add(File(f"{HOST}/PICC_PROV_NAMUR.zip", body, "application/zip"))
        got = fetch(source_of(file_service(f"{HOST}/PICC_PROV_NAMUR.zip")), AREA, session)
        one = got.payloads[0]
        assert (got.answer, got.features) == ("features", None)
        assert one.path.name == "PICC_PROV_NAMUR.zip" and one.path.read_bytes() == body
        assert one.sha256 == hashlib.sha256(body).hexdigest() and one.media_type == "application/zip"

    def test_a_file_per_part_comes_for_the_municipalities_asked(self, server: ProtocolServer, session: Session) -> None:
        for name in ("NAMUR", "LIEGE"):
            server.add(File(f"{HOST}/{name}.zip", zipped(a__txt=name)))
        service = file_service(f"{HOST}/{{part}}.zip", parts={"9": "NAMUR", "6": "LIEGE"})
        got = fetch(source_of(service), Area(AREA.box, ("91142", "93056")), session)
        assert [one.path.name for one in got.payloads] == ["NAMUR.zip"]
        with pytest.raises(ProtocolError, match="comes in parts"):
            fetch(source_of(service), AREA, session)

    def test_a_checksum_beside_the_file_is_kept_to(self, server: ProtocolServer, session: Session) -> None:
        body = zipped(a__txt="x")
        told = File(f"{HOST}/a.zip.sha256", hashlib.sha256(body).hexdigest().encode() + b"  a.zip\n")
        server.add(File(f"{HOST}/a.zip", body), told)
        source = source_of(file_service(f"{HOST}/a.zip"))
        assert fetch(source, AREA, session).payloads[0].path.exists()
        told.content = b"0" * 64 + b"  a.zip\n"
        with pytest.raises(ChecksumError):
            fetch(source, AREA, session)
        told.content = b"<html>no such thing</html>"
        assert fetch(source, AREA, session).payloads[0].path.exists()

    @pytest.mark.parametrize(
        ("name", "body", "error"),
        [
            ("a.zip", zipped(a__txt="x" * 5000)[:-30], TruncatedError),
            ("a.zip", zipped(a__txt="x" * 5000).replace(b"a.txt", b"b.txt", 1), TruncatedError),
            ("a.zip", b'{"error": "not today"}', WrongContentError),
            ("a.gpkg", DATABASE_HEAD, TruncatedError),
            ("a.geojson", b'{"type": "FeatureCollection", "features": [', TruncatedError),
            ("a.geojson", b"<html><title>Login</title></html>", WrongContentError),
            ("a.gml", b"<a:FeatureCollection xmlns:a='x'><a:member>", TruncatedError),
            ("a.gml", b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", WrongContentError),
            ("a.osm.pbf", b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7f", TruncatedError),
            ("a.osm.pbf", b"PK\x03\x04", WrongContentError),
            ("a.csv", b"<!DOCTYPE html><html></html>", WrongContentError),
            ("a.csv", b"", TruncatedError),
        ],
    )
    def test_a_file_is_what_its_name_says_and_whole(
        self, server: ProtocolServer, session: Session, name: str, body: bytes, error: type[FetchError]
    ) -> None:
        server.add(File(f"{HOST}/{name}", body))
        with pytest.raises(error):
            fetch(source_of(file_service(f"{HOST}/{name}")), AREA, session)
        assert not [one for one in session.cache.folder.rglob("*") if one.is_file() and name in one.name]

    @pytest.mark.parametrize(
        ("address", "head", "headers", "name"),
        [
            (f"{HOST}/catalog/datasets/signaletique-fase/exports/geojson", b'{"type":1}', {}, "signaletique-fase.geojson"),
            (f"{HOST}/datasets/1.0/alternative_exports/gtfszip/", zipped(a__txt="x"), {}, "gtfszip.zip"),
            (f"{HOST}/get", zipped(a__txt="x"), {"content-disposition": 'attachment; filename="../x/P.zip"'}, "P.zip"),
            (f"{HOST}/data", b"a;b\n1;2\n", {}, "data.csv"),
        ],
    )  # fmt: skip
    def test_a_nameless_file_is_named_by_what_it_is(
        self, tmp_path: Path, address: str, head: bytes, headers: dict[str, str], name: str
    ) -> None:
        path = tmp_path / "body"
        path.write_bytes(head)
        assert checked_name(path, headers, address) == name

    def test_a_real_openstreetmap_file_is_whole_and_its_beginning_is_not(self, tmp_path: Path, real_data: Path) -> None:
        real = real_data / "osm" / "wechel.osm.pbf"
        assert checked_name(real, {}, f"{HOST}/belgium-latest.osm.pbf") == "belgium-latest.osm.pbf"
        cut = tmp_path / "cut"
        cut.write_bytes(real.read_bytes()[:-100])
        with pytest.raises(TruncatedError):
            checked_name(cut, {}, f"{HOST}/belgium-latest.osm.pbf")

    def test_an_archive_out_of_proportion_is_not_unpacked(
        self, server: ProtocolServer, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("geodata.sources.clients.files.LEAST_SUSPECT", 1_000_000)
        server.add(File(f"{HOST}/a.zip", zipped(a__txt="x" * 2_000_000)))
        with pytest.raises(WrongContentError, match="out of proportion"):
            fetch(source_of(file_service(f"{HOST}/a.zip")), AREA, session)


FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://files.example.be/"><title>Parcels</title>
<link rel="self" href="atom.xml"/>
<entry><title>Leuven 2024</title><updated>2024-02-01T00:00:00Z</updated>
  <link rel="alternate" href="data/PP-FiscSit_20240101_shp_31370_24062.zip" type="application/zip"/></entry>
<entry><title>Leuven 2025</title><updated>2025-02-01T00:00:00Z</updated>
  <link rel="alternate" href="data/PP-FiscSit_20250101_shp_31370_24062.zip" type="application/zip"/>
  <link rel="alternate" href="data/PP-FiscSit_20250101_shp_3812_24062.zip" type="application/zip"/>
  <link rel="alternate" href="page.html" type="text/html"/></entry>
<entry><title>Oud-Heverlee</title><updated>2025-02-01T00:00:00Z</updated>
  <link rel="alternate" href="data/PP-FiscSit_20250101_shp_31370_24086.zip" type="application/zip"/></entry>
</feed>"""


class TestLists:
    service = Service(endpoint=f"{HOST}/atom.xml", protocol="atom", layer="PP-FiscSit", ask_crs="EPSG:31370")

    def test_a_feed_leads_to_the_newest_file_of_each_municipality(
        self, server: ProtocolServer, session: Session
    ) -> None:
        server.add(File(f"{HOST}/atom.xml", FEED.encode(), "application/atom+xml"))
        for nis in ("24062", "24086"):
            name = f"PP-FiscSit_20250101_shp_31370_{nis}.zip"
            server.add(File(f"{HOST}/data/{name}", zipped(a__txt=nis)))
        got = fetch(source_of(self.service), Area(AREA.box, ("24062", "24086")), session)
        assert [one.path.name for one in got.payloads] == [
            "PP-FiscSit_20250101_shp_31370_24062.zip",
            "PP-FiscSit_20250101_shp_31370_24086.zip",
        ]

    def test_a_municipality_that_is_not_in_it_is_told(self, server: ProtocolServer, session: Session) -> None:
        server.add(File(f"{HOST}/atom.xml", FEED.encode(), "application/atom+xml"))
        with pytest.raises(ProtocolError, match="no file of municipality 91142"):
            fetch(source_of(self.service), Area(AREA.box, ("24062", "91142")), session)

    def test_a_feed_may_lead_to_a_feed_but_not_for_ever(self, server: ProtocolServer, session: Session) -> None:
        def feed(place: str, kind: str) -> bytes:
            return (
                f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>PP-FiscSit</title>"
                f"<link rel='alternate' href='{place}' type='{kind}'/></entry></feed>"
            ).encode()

        top = File(f"{HOST}/atom.xml", feed(f"{HOST}/inner.xml", "application/atom+xml"))
        server.add(top, File(f"{HOST}/inner.xml", feed(f"{HOST}/FiscSit.zip", "application/zip")))
        server.add(File(f"{HOST}/FiscSit.zip", zipped(a__txt="x")))
        assert fetch(source_of(self.service), AREA, session).payloads[0].path.name == "FiscSit.zip"
        top.content = feed(f"{HOST}/atom.xml", "application/atom+xml")
        with pytest.raises(ProtocolError, match="lead to feeds"):
            fetch(source_of(self.service), AREA, session)

    def test_a_json_list_is_read_too(self, server: ProtocolServer, session: Session) -> None:
        name = "PP-FiscSit_20250101_shp_31370_24062.zip"
        told = {"datasets": [{"files": [name]}, "README", 3, None]}
        server.add(File(f"{HOST}/download/JSON/config_FR.json", json.dumps(told).encode(), "application/json"))
        server.add(File(f"{HOST}/download/datasets/{name}", zipped(a__txt="x")))
        service = self.service.model_copy(update={"endpoint": f"{HOST}/download/JSON/config_FR.json"})
        assert [one.path.name for one in fetch(source_of(service), AREA, session).payloads] == [name]

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            (b"<!DOCTYPE feed [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><feed>&b;</feed>", WrongContentError),
            (FEED.encode()[:700], TruncatedError),
            (b"<rss><channel/></rss>", WrongContentError),
            (b"<html><title>Robot test</title></html>", WrongContentError),
            (b"hello", WrongContentError),
            (b"<feed/>", ProtocolError),
        ],
    )
    def test_what_is_no_feed_is_refused(
        self, server: ProtocolServer, session: Session, body: bytes, error: type[FetchError]
    ) -> None:
        server.add(File(f"{HOST}/atom.xml", body))
        with pytest.raises(error):
            fetch(source_of(self.service), AREA, session)

    def test_two_files_that_fit_equally_well_are_not_guessed_between(self) -> None:
        listed = [Listed(f"{HOST}/a_20250101_{kind}.zip", "a", "") for kind in ("shp", "gpkg")]
        with pytest.raises(ProtocolError, match="2 files fit equally well"):
            pick(listed, None, (), None)
        assert pick(listed[:1] * 2, None, (), None) == listed[:1]


def gtfs(tables: dict[str, list[dict[str, Any]]]) -> bytes:
    texts = {}
    for name, rows in tables.items():
        stream = io.StringIO()
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        texts[f"{name}__txt"] = "\ufeff" + stream.getvalue()
    return zipped(**texts)


#: Inside AREA, near Leuven, and far from it.
IN, OUT = (50.8580, 4.6670), (51.2000, 3.2000)


def stop(name: str, place: tuple[float, float], **given: Any) -> dict[str, Any]:
    return {"stop_id": name, "stop_name": f"Halte {name}, é", "stop_lat": place[0], "stop_lon": place[1], "location_type": "", **given}  # fmt: skip


def calendar(service: str, days: str, first: str, last: str) -> dict[str, Any]:
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return {"service_id": service, **dict(zip(names, days, strict=True)), "start_date": first, "end_date": last}


def feed_tables() -> dict[str, list[dict[str, Any]]]:
    times = [("t1", "A", 1, 0), ("t1", "B", 2, 0), ("t2", "B", 2, 0), ("t2", "A", 1, 0), ("t2", "C", 3, 0), ("t3", "A", 1, 1), ("t3", "B", 2, 0), ("t3", "C", 5, 0), ("tw", "A", 1, 0), ("tw", "B", 2, 0)]  # fmt: skip
    return {
        "stops": [stop("A", IN), stop("B", IN), stop("C", OUT), stop("S", IN, location_type="1")],
        "trips": [
            {"route_id": "r", "service_id": service, "trip_id": trip}
            for trip, service in (("t1", "week"), ("t2", "week"), ("t3", "mon"), ("tw", "sun"))
        ],
        "calendar": [
            calendar("week", "1111100", "20250901", "20250926"),
            calendar("sun", "0000011", "20250901", "20250926"),
        ],
        "calendar_dates": [
            {"service_id": "week", "date": "20250903", "exception_type": 2},
            {"service_id": "mon", "date": "20250915", "exception_type": 1},
        ],
        "stop_times": [
            {"trip_id": trip, "arrival_time": "25:00:00", "departure_time": "25:00:00", "stop_id": name, "stop_sequence": order, "pickup_type": pickup}
            for trip, name, order, pickup in times
        ],
    }  # fmt: skip


class TestGtfs:
    service = Service(endpoint=f"{HOST}/gtfs.zip", protocol="gtfs")
    source = source_of(service, kind="stops", recognise={"fields": ["stop_id", "stop_name", "stop_lat", "stop_lon"]})

    def rows(self, server: ProtocolServer, session: Session, tables: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
        server.layers[:] = [File(f"{HOST}/gtfs.zip", gtfs(tables), "application/zip")]
        got = fetch(self.source, AREA, session)
        with got.payloads[0].path.open(encoding="utf-8") as stream:
            rows = {row["stop_id"]: row for row in csv.DictReader(stream)}
        assert len(rows) == got.features
        self.notes = got.notes
        return rows

    def test_departures_are_those_of_a_weekday_in_the_busiest_week(
        self, server: ProtocolServer, session: Session
    ) -> None:
        rows = self.rows(server, session, feed_tables())
        # The week of 15 September has one trip more: t1 and t2 each day, t3 on Monday. Nobody boards t3 at A,
        # nor t1 at B, where it ends.
        assert "week from 2025-09-15" in self.notes[0]
        assert {name: float(row["departures_weekday"]) for name, row in rows.items()} == {"A": 2.0, "B": 1.2}
        assert rows["A"]["stop_name"] == "Halte A, é" and float(rows["A"]["stop_lat"]) == IN[0]

    def test_a_trip_that_repeats_counts_as_often(self, server: ProtocolServer, session: Session) -> None:
        tables = feed_tables()
        tables["frequencies"] = [
            {"trip_id": "t1", "start_time": "06:00:00", "end_time": "08:00:00", "headway_secs": 600}
        ]
        rows = self.rows(server, session, tables)
        assert float(rows["A"]["departures_weekday"]) == 12 + 1

    def test_a_feed_of_dates_alone_is_read(self, server: ProtocolServer, session: Session) -> None:
        tables = feed_tables()
        del tables["calendar"]
        tables["calendar_dates"] = [{"service_id": "week", "date": "20250105", "exception_type": 1}, {"service_id": "week", "date": "20250106", "exception_type": 1}]  # fmt: skip
        rows = self.rows(server, session, tables)
        assert float(rows["A"]["departures_weekday"]) == 0.4

    def test_no_stop_here_is_known_when_the_feed_has_others(self, server: ProtocolServer, session: Session) -> None:
        server.add(File(f"{HOST}/gtfs.zip", gtfs(feed_tables())))
        far = Area((20_000.0, 20_000.0, 21_000.0, 21_000.0))
        assert fetch(self.source, far, session).answer == "empty_checked"

    @pytest.mark.parametrize("table", ["stops", "trips", "stop_times"])
    def test_a_feed_without_a_table_is_refused(self, server: ProtocolServer, session: Session, table: str) -> None:
        tables = feed_tables()
        del tables[table]
        server.add(File(f"{HOST}/gtfs.zip", gtfs(tables)))
        with pytest.raises(WrongContentError, match=f"no {table}.txt"):
            fetch(self.source, AREA, session)

    @pytest.mark.parametrize(
        ("table", "column", "value"),
        [("stops", "stop_lat", "north"), ("calendar", "start_date", "soon"), ("stop_times", "stop_sequence", "x")],
    )
    def test_a_value_that_is_none_is_named(
        self, server: ProtocolServer, session: Session, table: str, column: str, value: str
    ) -> None:
        tables = feed_tables()
        tables[table][0][column] = value
        server.add(File(f"{HOST}/gtfs.zip", gtfs(tables)))
        with pytest.raises(WrongContentError, match=value):
            fetch(self.source, AREA, session)

    @settings(deadline=None, max_examples=30)
    @given(data=st.data())
    def test_departures_agree_with_counting_by_hand(self, tmp_path_factory: Any, data: st.DataObject) -> None:
        from geodata.sources.clients.gtfs import stops_of

        stops = ["A", "B", "C"]
        week = [date(2025, 9, 1) + timedelta(days=n) for n in range(5)]
        services = data.draw(st.dictionaries(st.sampled_from(["s", "t"]), st.sets(st.sampled_from(week), min_size=1), min_size=1))  # fmt: skip
        trips = data.draw(st.dictionaries(st.sampled_from([f"t{n}" for n in range(6)]), st.tuples(st.sampled_from(sorted(services)), st.lists(st.sampled_from(stops), min_size=2, max_size=5)), min_size=1))  # fmt: skip
        rows = [(trip, name, order) for trip, (_, path) in trips.items() for order, name in enumerate(path)]
        rows = data.draw(st.permutations(rows))
        by_hand: Counter[str] = Counter()
        for service, path in trips.values():
            for name in path[:-1]:
                by_hand[name] += len(services[service])
        tables = {
            "stops": [stop(name, IN) for name in stops],
            "trips": [{"trip_id": trip, "service_id": service} for trip, (service, _) in trips.items()],
            "calendar_dates": [
                {"service_id": service, "date": day.strftime("%Y%m%d"), "exception_type": 1}
                for service, days in services.items()
                for day in days
            ],
            "stop_times": [{"trip_id": t, "stop_id": name, "stop_sequence": order} for t, name, order in rows],
        }
        path = tmp_path_factory.mktemp("gtfs") / "feed.zip"
        path.write_bytes(gtfs(tables))
        found, everywhere, _ = stops_of(path, AREA)
        assert everywhere == 3 and {name: count for name, _, count in found} == {n: by_hand[n] / 5 for n in stops}
