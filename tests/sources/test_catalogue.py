"""The catalogue: every entry is whole, and files are recognised by what they hold."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from geodata.errors import InputError, UsageError
from geodata.ingest.mapping import TABLE_COLUMNS, TARGETS
from geodata.sources.catalogue import KINDS, Source, catalogue, recognise

ENTRIES = list(catalogue().values())

#: Columns readers work with beside those of the table.
_WORKING = {"lon", "lat", "region_nis", "label_fr", "legend", "category", "level_type"}


@pytest.mark.parametrize("source", ENTRIES, ids=lambda one: one.id)
def test_every_entry_is_whole(source: Source) -> None:
    assert source.kind in KINDS
    assert set(source.title) == {"nl", "fr", "de", "en"} and all(source.title.values())
    assert source.provider and source.licence and source.grade in "ABCDSUV"
    wanted = source.recognise
    assert wanted.fields or wanted.geometry_only or wanted.raster
    if source.synthetic_fields:
        assert source.grade != "V", "a field name of ours was never seen in a real file"


@pytest.mark.parametrize("source", ENTRIES, ids=lambda one: one.id)
def test_columns_exist_in_the_table(source: Source) -> None:
    if source.kind not in TARGETS:
        return
    known = set(TABLE_COLUMNS[TARGETS[source.kind][0]]) | _WORKING
    assert set(source.fields) | set(source.constants) <= known
    assert set(source.values) <= set(source.fields)


@pytest.mark.parametrize("source", [one for one in ENTRIES if one.recognise.fields], ids=lambda one: one.id)
def test_an_entry_recognises_its_own_file(source: Source) -> None:
    fields = [name.swapcase() for name in source.recognise.fields] + ["something"]
    layer, file = source.recognise.layer or "layer", source.recognise.file or "file"
    assert recognise(source.kind, fields, layer=f"x_{layer}_y", file=f"{file}.gpkg").id == source.id


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("health", "shops")])
def test_every_kind_has_a_source(kind: str) -> None:
    assert any(one.kind == kind for one in ENTRIES)


def test_openstreetmap_serves_several_kinds() -> None:
    for kind in ("health", "shops", "stops", "schools", "roads", "buildings", "osm"):
        assert recognise(kind, ["osm_id", "other_tags"], layer="points", file="x.osm.pbf").kind == kind


def test_what_it_looks_like_is_said() -> None:
    with pytest.raises(InputError, match="looks like zoning-pds") as caught:
        recognise("flood", ["AFFECT", "DESCRIPTION", "ART_CODT"], layer="x", file="x.gpkg")
    assert "--as zoning-pds" in str(caught.value)
    with pytest.raises(UsageError, match="no kind of data"):
        recognise("percelen", [], layer="x", file="x.gpkg")
    with pytest.raises(UsageError, match="has no source nothing"):
        recognise("parcels", [], layer="x", file="x.gpkg", source="nothing")


def test_endpoints_are_those_of_providers() -> None:
    """No entry points to a mirror, and every service says how to page through it."""
    for source in ENTRIES:
        for service in source.services:
            assert service.endpoint.startswith("https://")
            if service.protocol in ("wfs", "ogc-api", "arcgis-rest"):
                assert service.paging != "none" and service.layer


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError):
        Source.model_validate({**ENTRIES[0].model_dump(), "licenze": "x"})
