"""What the tool must know of: topics by region, written by hand, each with the entries that stand for it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from geodata.ingest.mapping import TARGETS
from geodata.ingest.read import read_layers
from geodata.measure.specs import layer_specs
from geodata.sources.catalogue import KINDS, OSM_KINDS, catalogue, recognise
from geodata.sources.entry import Region
from geodata.territory import generate

#: topic -> region -> entries. An empty list: no public source was found, and the topic is told so.
TOPICS: dict[str, dict[str, list[str]]] = {
    "parcels": {
        "flanders": ["grb-adp"],
        "belgium": ["fps-finance-wfs", "fps-finance-plan", "fps-finance-plan-2017"],
        "wallonia": ["cadmap"],
        "brussels": ["urbis-parcels"],
    },
    "municipalities": {
        "flanders": ["vrbg"],
        "belgium": ["adminvector", "au-refsit"],
        "wallonia": [],
        "brussels": ["urbis-municipalities"],
    },
    "sectors": {"belgium": ["statbel-sectors"], "brussels": ["urbis-sectors"]},
    "population": {"belgium": ["statbel-sector-population"]},
    "zoning": {
        "flanders": ["gewestplan", "bpa", "rup-municipal", "rup-provincial", "rup-regional", "subdivision"],
        "wallonia": ["pds", "sol", "sdc", "gcu", "lot"],
        "brussels": ["pras", "pad", "rruz", "ppas", "subdivisions-brussels"],
    },
    "overlays of zoning": {
        "flanders": ["gewestplan-overprint", "confirmed-agricultural-areas"],
        "wallonia": [
            "pds-viewpoints", "pds-viewpoint-perimeters", "pds-landscape", "pds-culture", "pds-ecological-link",
            "pds-infrastructure-reserve", "pds-extraction-extension", "gru-airport-noise", "gru-rural",
            "gru-protected-urban", "recognised-perimeters",
        ],
    },
    "plan hp": {"wallonia": ["plan-hp"]},
    "campings": {"wallonia": ["campings"], "belgium": ["osm"]},
    "flood": {
        "flanders": ["flood-pluvial-flanders", "flood-fluvial-flanders", "flood-sea-flanders"],
        "wallonia": ["alea-inond", "alea-inond-raster"],
        "brussels": ["flood-brussels"],
    },
    "flood advice by parcel": {"flanders": ["watertoets-advice"]},
    "signal areas": {"flanders": ["signal-areas"]},
    "seveso": {
        "flanders": ["seveso-flanders", "seveso-consultation-flanders", "seveso-risk-flanders"],
        "wallonia": ["seveso-wallonia"],
        "brussels": ["seveso-brussels"],
    },
    "soil": {
        "flanders": ["ovam"],
        "wallonia": ["bdes-steps", "bdes-indicative"],
        "brussels": ["soil-brussels", "soil-parcels-brussels"],
    },
    "noise": {
        "flanders": [
            "noise-road-lden-flanders", "noise-road-lnight-flanders", "noise-rail-lden-flanders",
            "noise-rail-lnight-flanders", "noise-air-lden-flanders", "noise-air-lnight-flanders",
        ],
        "wallonia": ["noise-road-wallonia", "noise-rail-wallonia", "noise-air-wallonia"],
        "brussels": [
            "noise-air-lden-brussels", "noise-air-lnight-brussels", "noise-road-lden-brussels",
            "noise-road-lnight-brussels", "noise-rail-lden-brussels", "noise-rail-lnight-brussels",
            "noise-multi-lden-brussels", "noise-multi-lnight-brussels",
        ],
    },
    "natura 2000": {
        "flanders": ["natura2000-flanders"],
        "wallonia": ["natura2000-wallonia", "natura2000-wallonia-10", "natura2000-units-wallonia"],
        "brussels": ["natura2000-brussels", "natura2000-habitat-brussels"],
    },
    "ecological network and habitats": {"flanders": ["ven", "bwk", "dunes-flanders"]},
    "reserves": {"flanders": ["reserves-flanders"], "wallonia": [], "brussels": ["reserves-brussels"]},
    "forest": {"wallonia": ["forest-wallonia"], "belgium": ["osm"], "flanders": []},
    "karst": {"wallonia": ["karst-constraint-0", "karst-constraint-3", "karst-atlas"]},
    "rockfall": {"wallonia": ["rockfall"]},
    "catchment": {
        "wallonia": ["catchment-surveillance", "catchment-near", "catchment-far", "catchment-flat-rate"],
        "flanders": [],
        "brussels": [],
    },
    "heritage": {
        "flanders": ["heritage-designated-flanders", "heritage-inventory-flanders"],
        "wallonia": [
            "heritage-archaeology", "heritage-inventory-wallonia", "heritage-unesco", "heritage-listed-0",
            "heritage-protection-zone", "heritage-safeguard-0", "heritage-exceptional-0",
        ],
        "brussels": [],
    },
    "pre-emption": {
        "flanders": ["pre-emption-flanders"],
        "wallonia": ["pre-emption-wallonia"],
        "brussels": ["pre-emption-brussels"],
    },
    "brownfields": {"wallonia": ["brownfields-sar", "brownfields-isa"]},
    "undeveloped land": {"wallonia": ["undeveloped-land-wallonia"], "flanders": ["undeveloped-parcels-flanders"]},
    "sewer regime": {"wallonia": ["sewer-pash"], "flanders": []},
    "sewage plants, waste sites, railways, high-voltage lines, motorways": {"belgium": ["osm"]},
    "slag heaps": {"wallonia": ["slag-heaps"]},
    "terrain": {
        "flanders": ["dem-flanders"],
        "wallonia": ["dem-wallonia"],
        "brussels": ["dem-brussels"],
        "belgium": ["dem-glo30"],
    },
    "roads": {
        "flanders": ["wegenregister"],
        "wallonia": ["picc"],
        "brussels": ["urbis-roads"],
        "belgium": ["osm-roads"],
    },
    "buildings": {
        "flanders": ["grb-buildings"],
        "brussels": ["urbis-buildings"],
        "belgium": ["fps-finance-buildings", "osm-buildings"],
    },
    "addresses": {"flanders": ["grb-addresses"], "wallonia": ["icar"], "brussels": ["urbis-addresses"]},
    "base map: water": {"flanders": ["grb-water"], "brussels": ["water-brussels"], "belgium": ["osm-base-map"]},
    "base map: green": {"flanders": ["parks-gent"], "belgium": ["osm-base-map"]},
    "base map: built-up land": {"flanders": ["built-up-cores"], "belgium": ["osm-base-map"]},
    "base map: place names": {"belgium": ["adminvector-sections", "osm-base-map"]},
    "schools": {"flanders": ["flanders-schools"], "belgium": ["fwb-schools", "osm-schools"]},
    "health": {"belgium": ["osm-health"]},
    "pharmacies": {"belgium": ["osm-health"]},
    "shops": {"belgium": ["osm-shops"]},
    "stops and departures": {"belgium": ["gtfs-delijn", "gtfs-tec", "gtfs-stib", "gtfs-sncb"]},
    "ownership": {"belgium": ["owner-list", "owner-list-open"]},
    "sites": {"belgium": ["site-list"]},
}  # fmt: skip

LISTED = [(topic, region, one) for topic, regions in TOPICS.items() for region, ids in regions.items() for one in ids]


@pytest.mark.parametrize(("topic", "region", "name"), LISTED, ids=lambda one: str(one))
def test_every_topic_has_its_entries(topic: str, region: str, name: str) -> None:
    assert catalogue()[name].region == region


def test_languages_of_schools() -> None:
    """Dutch and French by their own lists; German only by the place a school of OpenStreetMap lies in."""
    told = {name: catalogue()[name].constants.get("language") for name in ("flanders-schools", "fwb-schools")}
    assert told == {"flanders-schools": "nl", "fwb-schools": "fr"}
    assert any("German-speaking" in caveat for caveat in catalogue()["osm-schools"].caveats)


def test_there_are_enough_and_each_kind_has_one() -> None:
    assert len(catalogue()) >= 55
    assert {one.kind for one in catalogue().values()} == set(KINDS)
    assert {one.region for one in catalogue().values()} == set(get_args(Region))


def test_every_kind_that_is_loaded_has_a_table() -> None:
    assert set(KINDS) - set(TARGETS) == {"osm", "dem"}, "these fill several tables, or blocks of heights"
    assert {one.kind for one in catalogue().values() if one.part_of == "osm"} == set(OSM_KINDS)


@pytest.mark.parametrize("region", ["flanders", "wallonia", "brussels"])
def test_no_further_layer_stands_in_for_a_measured_one(region: Region) -> None:
    """A layer with a theme of its own must not count as coverage of the theme its kind is measured for."""
    for spec in layer_specs(region):  # type: ignore[arg-type]
        if spec.table != "constraint_area":
            continue
        for source in catalogue().values():
            here = source.region in (region, "belgium") and source.kind in spec.kinds and source.reader == "plain"
            if here and source.constants["theme"] not in spec.where:
                named = {name for group in spec.groups for name in group}
                assert not named & {source.id, source.kind}, f"{source.id} would make {spec.id} look covered"


@pytest.mark.parametrize("region", ["flanders", "wallonia", "brussels"])
def test_a_layer_in_parts_needs_all_of_them(region: Region) -> None:
    """Where several entries of one theme add to each other, losing one must not look like absence."""
    for spec in layer_specs(region):  # type: ignore[arg-type]
        if spec.table != "constraint_area" or spec.id in ("land_use", "nuisance"):
            continue
        feeding = {
            source.id
            for source in catalogue().values()
            if source.region == region and source.kind in spec.kinds and source.loads
            and source.constants.get("theme") in spec.where
            # Levels of the night are of the same places as those of the whole day.
            and "-lnight-" not in source.id
        }  # fmt: skip
        needed = {name for group in spec.groups for name in group}
        if spec.id == "competing_plans":
            # Reservations and sites to be redeveloped are asked for; other perimeters add a condition where they are loaded.
            assert needed < feeding
            continue
        assert len(feeding) == 1 or feeding == needed, spec.id


#: Further layers of the demo, with the entries that must recognise each.
FURTHER = {
    "flood-advice": "watertoets-advice",
    "signal-areas": "signal-areas",
    "heritage": "heritage-designated-flanders",
    "karst": "karst-constraint-0",
    "catchment": "catchment-flat-rate",
    "sewer": "sewer-pash",
    "slag-heaps": "slag-heaps",
    "undeveloped-land": "undeveloped-land-wallonia undeveloped-parcels-flanders",
    "pre-emption": "pre-emption-brussels",
}


def test_the_demo_is_written_in_the_fields_of_its_sources(tmp_path: Path) -> None:
    """Every file of the demo is recognised without being named, and all parts of a map are there."""
    found: dict[str, set[str]] = {}
    for file in generate(tmp_path, scale=0.02):
        layers = [] if file.path.suffix == ".tif" else read_layers([file.path], file.layer)
        names = [(one.name, list(one.rows.columns)) for one in layers if one.geometry is not None] or [
            (one.name, list(one.rows.columns)) for one in layers
        ]
        for name, fields in names:
            source = recognise(file.kind, fields, layer=name, file=file.path.name)
            found.setdefault(file.kind, set()).add(source.id)
    assert {kind: found[kind] for kind in FURTHER} == {kind: set(names.split()) for kind, names in FURTHER.items()}
    loaded = set().union(*found.values()) | set(found)
    for region in ("flanders", "wallonia", "brussels"):
        for spec in layer_specs(region):  # type: ignore[arg-type]
            for group in spec.needs:
                assert loaded & set(group), f"{group} of {spec.id} is not in the demo"
