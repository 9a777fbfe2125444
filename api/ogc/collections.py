"""The collections of the OGC interface: what each holds, and by which fields it is filtered. One list, for every page.

Contract: a collection is one view of schema `published`. Large ones (`key` given) are paged here by their key, in three
systems; small ones go through tipg, in lon/lat. Every collection of a view with `geom_3857` has vector tiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["string", "integer", "number", "boolean", "date"]
#: Type in PostgreSQL of each kind of field, as tipg names it and as a bound value is cast to.
SQL_TYPE: dict[Kind, str] = {
    "string": "text", "integer": "integer", "number": "float8", "boolean": "boolean", "date": "date",
}  # fmt: skip


@dataclass(frozen=True)
class Collection:
    """One collection.

    Attributes
    ----------
    id : name in addresses.
    view : view of schema `published`.
    title, description : English; translated by the catalogue of the service.
    shape : type of its geometry.
    fields : properties with their kind, in order; every one can be filtered by.
    feature : column with the identifier of a feature, unique.
    key : columns that order the pages; None = a small collection, through tipg.
    datetime : date of a feature; None = it has none.
    tiles : has vector tiles.
    """

    id: str
    view: str
    title: str
    description: str
    shape: Literal["Point", "MultiPolygon", "Geometry"]
    fields: Mapping[str, Kind]
    feature: str
    key: tuple[str, ...] | None = None
    datetime: str | None = None
    tiles: bool = True


_ORIGIN: dict[str, Kind] = {"source": "string", "provider": "string", "licence": "string"}

COLLECTIONS: dict[str, Collection] = {
    one.id: one
    for one in (
        Collection(
            "sites", "site", "Public caravan sites",
            "Existing, planned and closed public sites. A site without a known point has no geometry; the unit of its capacity"
            " stands beside it.",
            "Point",
            {
                "site_id": "string", "name": "string", "site_type": "string", "status": "string", "status_date": "string",
                "nis": "string", "municipality": "string", "region": "string", "manager": "string", "place": "string",
                "pitches_low": "integer", "pitches_high": "integer", "pitch_unit": "string", "precision": "string",
                "source_url": "string", "grade": "string", "origin": "string",
            },
            "site_id",
        ),
        Collection(
            "municipalities", "municipality", "Municipalities with public totals",
            "Municipalities with their number of public sites. Private sites are a number where a list told it, and never a"
            " place.",
            "MultiPolygon",
            {
                "nis": "string", "name_nl": "string", "name_fr": "string", "name_de": "string", "region": "string",
                "province_nis": "string", "german_speaking": "boolean", "open_sites": "integer",
                "planned_sites": "integer", "private_sites": "integer", "private_sites_year": "integer", **_ORIGIN,
            },
            "nis",
        ),
        Collection(
            "hp-sites", "hp_site", "Sites of the plan Habitat permanent",
            "Tourist equipment of the plan Habitat permanent with its phase.",
            "Geometry",
            {"id": "integer", "phase": "string", "name": "string", **_ORIGIN},
            "id",
        ),
        Collection(
            "zones", "zone", "Zoning",
            "Legal destinations of land with the harmonised class; plans that may not be passed on are left out.",
            "MultiPolygon",
            {
                "id": "integer", "plan_kind": "string", "plan_id": "string", "code": "string", "label": "string",
                "zoning_class": "string", "name": "string", "link": "string", **_ORIGIN,
            },
            "id", ("id",),
        ),
        Collection(
            "constraints", "constraint_area", "Hazards, protected areas and nuisances",
            "What is drawn by sources that may be passed on. Nothing drawn is no proof that nothing is there.",
            "Geometry",
            {"id": "integer", "theme": "string", "class": "string", "name": "string", **_ORIGIN},
            "id", ("id",),
        ),
        Collection(
            "parcels", "parcel", "Cadastral parcels",
            "Parcels as drawn by their source, without verdict, rank or owner.",
            "MultiPolygon",
            {
                "capakey": "string", "nis": "string", "canu": "string", "area_m2": "number",
                "official_area_m2": "number", "ref_date": "date", **_ORIGIN,
            },
            "feature_id", ("id",), datetime="ref_date", tiles=False,
        ),
        Collection(
            "candidates", "candidate", "Candidates of published results",
            "Parcels that are not ruled out, with verdict, score and rank, of results that a municipality published; of each"
            " territory and type of site the newest. It advises, it never permits.",
            "MultiPolygon",
            {
                "run": "string", "rank": "integer", "site_type": "string", "as_of": "date", "data_date": "date",
                "capakey": "string", "nis": "string", "area_m2": "number", "usable_m2": "number",
                "pitches_low": "integer", "pitches_high": "integer", "verdict": "string", "so_far": "string",
                "score_low": "number", "score_high": "number", "rank_low": "integer", "rank_high": "integer",
                "conditions": "string", "unknown": "string",
            },
            "feature_id", ("run", "rank"), datetime="as_of", tiles=False,
        ),
    )
}  # fmt: skip

#: Paged here, by key.
LARGE = {name: one for name, one in COLLECTIONS.items() if one.key is not None}
#: Through tipg.
SMALL = {name: one for name, one in COLLECTIONS.items() if one.key is None}
