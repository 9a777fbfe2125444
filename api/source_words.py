"""Names of the kinds of data a source feeds, of regions, and of what a municipality needs, as keys of the translations.

Contract: words only. A test holds that every kind of the catalogue has a name, and every name a translation.
"""

from __future__ import annotations

from api.i18n import Translator
from geodata.sources.catalogue import catalogue
from geodata.sources.wanted import Need
from sites.suitability.titles import LAYERS

#: Kind of data -> its name.
KIND_TITLES = {
    "municipalities": "Municipal boundaries",
    "parcels": "Parcels",
    "zoning-gewestplan": "Regional plan (gewestplan)",
    "zoning-rup": "Implementation plans (RUP)",
    "zoning-pds": "Sector plan (plan de secteur)",
    "zoning-pras": "Regional land-use plan (PRAS)",
    "plan-rules": "Detailed plans and subdivision permits",
    "plan-hp": "Permanent residents (Plan HP)",
    "flood": "Flood hazard",
    "nature": "Protected nature",
    "seveso": "Major-accident hazard (Seveso)",
    "soil": "Soil surveys",
    "noise": "Noise of roads, railways and aircraft",
    "buildings": "Buildings",
    "addresses": "Addresses",
    "roads": "Roads",
    "schools": "Schools",
    "health": "Doctor or pharmacy",
    "shops": "Food shop",
    "stops": "Public transport",
    "ownership": "Owner",
    "dem": "Terrain heights",
    "sites": "Existing sites",
    "osm": "OpenStreetMap",
    "plan-overlays": "Overprints of plans",
    "campings": "Campsites",
    "flood-advice": "Flood advice per parcel",
    "signal-areas": "Signal areas (flood)",
    "flood-history": "Past and modelled floods",
    "runoff": "Surface runoff",
    "habitat": "Habitats",
    "forest": "Forest",
    "karst": "Karst",
    "rockfall": "Rockfall",
    "catchment": "Drinking-water catchments",
    "heritage": "Heritage",
    "pre-emption": "Pre-emption",
    "brownfields": "Brownfields",
    "undeveloped-land": "Undeveloped land",
    "sewer": "Sewers",
    "slag-heaps": "Slag heaps",
    "sectors": "Statistical sectors",
    "population": "Population",
    "base-map": "Base map: water, green, built-up land, names",
}

#: Region of a source -> its name.
REGION_TITLES = {"flanders": "Flanders", "wallonia": "Wallonia", "brussels": "Brussels", "belgium": "Belgium"}


def kind_title(kind: str, translate: Translator) -> str:
    """Name of a kind of data."""
    return translate(KIND_TITLES[kind])


def region_title(region: str, translate: Translator) -> str:
    """Name of a region."""
    return translate(REGION_TITLES[region])


def need_title(need: Need, translate: Translator) -> str:
    """Name of what a municipality needs, with the one source that is meant where the need names one."""
    named = LAYERS.get(need.layer) or KIND_TITLES.get(need.layer, need.layer)
    single = [name for name in need.group if name in catalogue()]
    title = translate(named)
    return f"{title}: {need.known[0].title[translate.language]}" if single and need.known else title
