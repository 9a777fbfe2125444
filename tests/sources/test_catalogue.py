"""The catalogue: every entry is whole, wrong ones are refused when read, and files are recognised by what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from geodata.errors import InputError, RuleError, UsageError
from geodata.ingest.mapping import SMALLEST_COUNT, TABLE_COLUMNS, TARGETS, extra_fields
from geodata.ingest.read import RawLayer
from geodata.sources import catalogue as room
from geodata.sources.catalogue import KINDS, Service, Source, catalogue, read_catalogue, recognise

ENTRIES = list(catalogue().values())
FOLDER = Path(room.__file__).parent / "catalogue_data"

#: Columns readers work with beside those of the table.
_WORKING = {"lon", "lat", "region_nis", "label_fr", "legend", "category", "level_type"}

#: An entry with nothing wrong, as YAML holds it.
GOOD: dict[str, Any] = {
    "id": "some-source",
    "kind": "heritage",
    "title": {"nl": "a", "fr": "b", "de": "c", "en": "d"},
    "provider": "somebody",
    "licence": "CC0",
    "redistributable": True,
    "region": "wallonia",
    "grade": "C",
    "recognise": {"fields": ["ONE", "two"]},
    "fields": {"feature_id": ["ONE"], "class": ["two"]},
    "values": {"class": {"x": "one", "*": "other"}},
    "constants": {"theme": "heritage"},
    "services": [
        {"endpoint": "https://example.be/a/MapServer/0/query", "protocol": "arcgis-rest", "layer": "0",
         "paging": "resultOffset", "order_by": "OBJECTID", "ask_crs": "EPSG:31370"}
    ],
    "declared_coverage": "wallonia",
}  # fmt: skip


def service(**changes: Any) -> dict[str, Any]:
    """Change of the good entry's service."""
    return {"services": [{**GOOD["services"][0], **changes}]}


def test_every_file_of_the_folder_is_read() -> None:
    read = read_catalogue({path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))})
    assert set(read) == set(catalogue())


@pytest.mark.parametrize("source", ENTRIES, ids=lambda one: one.id)
def test_columns_exist_in_the_table(source: Source) -> None:
    if source.kind not in TARGETS:
        return
    known = set(TABLE_COLUMNS[TARGETS[source.kind][0]]) | _WORKING
    assert set(source.fields) | set(source.constants) <= known
    if TARGETS[source.kind][0] == "constraint_area" and source.reader == "plain":
        assert "theme" in source.constants and "class" in {*source.fields, *source.constants}
        assert "feature_id" in source.fields


@pytest.mark.parametrize("source", ENTRIES, ids=lambda one: one.id)
def test_what_is_not_known_is_said(source: Source) -> None:
    """Nobody may take a doubtful entry for a good one."""
    assert source.feeds, "what it is for"
    if source.part_of is None and source.loads and not source.services and source.grade in ("C", "S", "NF"):
        made_by_hand = source.synthetic_fields or source.caveats or source.declared_coverage is None
        assert made_by_hand, "no service, and no word on where the file comes from"
    if source.answers == "presence" and source.reader == "plain":
        assert source.synthetic_fields or source.grade == "V"


@pytest.mark.parametrize(
    "source",
    [one for one in ENTRIES if one.recognise.fields and one.loads and one.part_of is None],
    ids=lambda one: one.id,
)
def test_an_entry_recognises_its_own_file_and_no_other_does(source: Source) -> None:
    fields = [name.swapcase() for name in source.recognise.fields] + ["something"]
    layer, file = source.recognise.layer or "layer", source.recognise.file or "file"
    for kind in KINDS:
        try:
            found = recognise(kind, fields, layer=f"x_{layer}_y", file=f"{file}.gpkg")
        except InputError:
            assert kind != source.kind
            continue
        if source.reader == "osm" and kind != "osm":
            assert found.part_of == source.id
            continue
        if kind == source.kind:
            assert found.id == source.id
        else:  # fewer fields, and no layer or file name of its own: the file tells the kinds apart no further
            assert found.recognise.weight < source.recognise.weight, (
                f"{found.id} takes a file of {source.id} for {kind}"
            )


@pytest.mark.parametrize(
    "source", [one for one in ENTRIES if one.recognise.raster and one.loads], ids=lambda one: one.id
)
def test_rasters_are_told_apart_by_their_names(source: Source) -> None:
    file = f"{(source.recognise.file or 'heights').upper()}_x.tif"
    assert recognise("dem", [], layer="", file=file, raster=True).id == source.id


def test_openstreetmap_serves_several_kinds() -> None:
    for kind in ("health", "shops", "stops", "schools", "roads", "buildings", "osm"):
        found = recognise(kind, ["osm_id", "other_tags"], layer="points", file="x.osm.pbf")
        assert (found.kind, found.id) == (kind, kind if kind == "osm" else f"osm-{kind}")
        named = recognise(kind, [], layer="", file="x", source="osm")
        assert named.id == found.id and "ODbL" in named.licence


def test_what_it_looks_like_is_said() -> None:
    with pytest.raises(InputError, match="looks like zoning-pds") as caught:
        recognise("flood", ["AFFECT", "DESCRIPTION", "ART_CODT"], layer="x", file="x.gpkg")
    assert "--as zoning-pds" in str(caught.value)
    with pytest.raises(UsageError, match="no kind of data"):
        recognise("percelen", [], layer="x", file="x.gpkg")
    with pytest.raises(UsageError, match="has no source nothing"):
        recognise("parcels", [], layer="x", file="x.gpkg", source="nothing")
    with pytest.raises(UsageError, match="known, but no table takes it yet"):
        recognise("population", [], layer="x", file="x.csv", source="statbel-sector-population")


def test_endpoints_are_those_of_providers() -> None:
    """An unofficial copy is only ever the second choice, and the entry says so or its provider's own comes first."""
    for source in ENTRIES:
        for at, one in enumerate(source.services):
            assert at > 0 or "data.gtfs.be" not in one.endpoint
            assert "localhost" not in one.endpoint and "127.0.0.1" not in one.endpoint


def test_cpu_layers_are_never_passed_on() -> None:
    closed = [one for one in ENTRIES if "CPU" in one.licence]
    assert closed and not any(one.redistributable for one in closed)


def test_the_good_entry_is_read() -> None:
    found = read_catalogue({"x.yaml": yaml.safe_dump([GOOD])})
    assert list(found) == ["some-source"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "Some Source"}, "id: String should match"),
        ({"kind": "percelen"}, "kind: percelen is no kind of data"),
        ({"title": {"nl": "a", "fr": "b", "en": "d"}}, "title: a title is given in nl, fr, de and en"),
        ({"title": {"nl": "a", "fr": "b", "de": " ", "en": "d"}}, "title: a title is given in nl, fr, de and en"),
        ({"licence": ""}, "licence: String should have at least"),
        ({"licence": "CPU type A"}, "does not allow passing the data on"),
        ({"licence": "not stated by the extract"}, "does not allow passing the data on"),
        ({"grade": "A"}, "grade: Input should be"),
        ({"grade": "V", "synthetic_fields": True}, "grade V does not go with them"),
        ({"grade": "NF"}, "the grade is not NF"),
        ({"recognise": {}}, "nothing tells a file of it from another"),
        ({"recognise": {"fields": ["ONE", "one"]}}, "recognise names one twice"),
        ({"fields": {"feature_id": ["ONE", "One"]}, "values": {}}, "feature_id names one twice"),
        ({"values": {"class": {"X": "one", "x": "two"}}}, "values of class names x twice"),
        ({"values": {"name": {"x": "one"}}}, "values names name, which is no field here"),
        ({"counts": ["TOTAL"]}, "counts names TOTAL, which is no field here"),
        ({"constants": {"class": "x"}}, "class is a field and a constant at once"),
        ({"declared_coverage": "everywhere"}, "declared_coverage: Input should be"),
        ({"declared_coverage": "belgium"}, "a source of wallonia does not cover belgium"),
        ({"answers": "presence"}, "no control point, and no caveat says so"),
        ({"control_points": [{"x": 4.35, "y": 50.85, "expects": "x"}]}, "does not lie in Belgium"),
        ({"licenze": "x"}, "licenze: Extra inputs are not permitted"),
        (service(endpoint="ftp://example.be/x"), "is no http or https address"),
        (service(protocol="soap"), "services.0.protocol: Input should be"),
        (service(paging="next-link"), "arcgis-rest is not paged by next-link"),
        (service(order_by=None), "need order_by"),
        (service(layer=None), "names its layer"),
        (service(axis_order="latlon"), "latitude first is only for EPSG:4258 and EPSG:4326"),
        (service(ask_crs="31370"), "ask_crs: String should match"),
        (service(parts={"5": "HAINAUT"}), "lists its parts, and only such a one"),
        (service(paging="none", order_by=None), "asked point by point answers with samples"),
        ({"part_of": "nothing"}, "is part of nothing, which does not exist"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused_by_name(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(RuleError) as caught:
        read_catalogue({"wallonia.yaml": yaml.safe_dump([{**GOOD, **changes}])})
    assert said in str(caught.value)
    assert "entry" in str(caught.value) and ("wallonia.yaml" in str(caught.value) or "part_of" in changes)


def test_two_entries_of_one_name_are_refused() -> None:
    with pytest.raises(RuleError, match="two entries are called some-source"):
        read_catalogue({"a.yaml": yaml.safe_dump([GOOD]), "b.yaml": yaml.safe_dump([GOOD])})


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError):
        Source.model_validate({**ENTRIES[0].model_dump(), "licenze": "x"})


def test_several_layers_of_one_entry() -> None:
    each = [{"part": "a", "grade": "S"}, {"part": "b", "declared_coverage": None}]
    entry = {**GOOD, "id": "some-{part}", "each": each, "recognise": {"fields": ["ONE"], "layer": "x_{part}"}}
    first, second = read_catalogue({"x.yaml": yaml.safe_dump([entry])}).values()
    assert (first.id, first.grade, first.recognise.layer, first.declared_coverage) == ("some-a", "S", "x_a", "wallonia")
    assert (second.id, second.grade, second.recognise.layer, second.declared_coverage) == ("some-b", "C", "x_b", None)


def test_no_text_was_left_unfilled() -> None:
    """`{name}` in an entry is always filled in, but for the parts of an address."""
    for source in ENTRIES:
        text = source.model_copy(update={"services": []}).model_dump_json()
        texts = [text.replace("{}", "")] + [
            one.endpoint.replace("{part}", "") + str(one.layer) for one in source.services
        ]
        assert not any(room._PLACE.search(one) for one in texts), source.id


def test_a_file_per_province() -> None:
    (picc,) = catalogue()["picc"].services
    asked = picc.for_municipalities(["91142", "92094", "56029", "25014"])
    assert [one.endpoint.rsplit("PROV_", 1)[1] for one in asked] == ["NAMUR.zip", "HAINAUT.zip", "BRABANT_WALLON.zip"]
    assert picc.for_municipalities(["24062"]) == ()
    plain = Service(endpoint="https://example.be/x.zip", protocol="file")
    assert plain.for_municipalities(["24062"]) == (plain,)


def test_small_counts_of_persons_are_left_out() -> None:
    source = catalogue()["schaerbeek-population"]
    counts: list[Any] = [SMALLEST_COUNT - 1, SMALLEST_COUNT, "9", "1200", None, "none", float("nan"), -3]
    rows = pd.DataFrame({"pop1030_population": np.array(counts, dtype=object)})
    kept = [one.decode() for one in extra_fields(RawLayer("x", rows, None, None), source)]
    assert kept == ["{}", '{"pop1030_population":10}', "{}", '{"pop1030_population":"1200"}', "{}", "{}", "{}", "{}"]
