"""Which ingest kinds feed which layer, per region: a layer is known only when every needed kind is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Region = Literal["flanders", "wallonia", "brussels"]
Table = Literal["zone", "constraint_area", "building", "address", "service_point", "road", "ownership", "dem_tile"]


@dataclass(frozen=True)
class LayerSpec:
    """How a layer is read.

    Attributes
    ----------
    id : layer id in a `MeasurementTable`.
    table : table it is read from.
    kinds : ingest kinds whose datasets are read.
    class_column : column whose value is the class.
    where : value of `theme` or of `service` the rows must have; empty = all.
    needs : groups of kinds or of catalogue sources; of each group at least one must be loaded and cover the
        parcel. Empty = any dataset of the kinds.
    value : a number of a feature that is read with it: one of its `attributes`, of roads the column; empty = none.
    language : only schools of this language, or of which none is stated, from lists that may hold them; empty = all.
    beside : told beside a layer that is needed: nobody misses it.
    """

    id: str
    table: Table
    kinds: tuple[str, ...]
    class_column: str
    where: tuple[str, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()
    value: str = ""
    language: str = ""
    beside: bool = False

    def takes(self, kind: str, source: str) -> bool:
        """Is a dataset of this kind, by this entry of the catalogue, read?"""
        return kind in self.kinds and (not self.language or source in SCHOOL_LISTS[self.language])

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """`needs`, or the kinds as one group."""
        return self.needs or (self.kinds,)


#: Language -> entries of the catalogue that may hold schools of it: the list of a community says nothing of schools of
#: another one, a map may hold any. A test compares with the catalogue.
SCHOOL_LISTS: dict[str, tuple[str, ...]] = {
    "nl": ("flanders-schools", "flanders-schools-points", "osm-schools", "osm"),
    "fr": ("fwb-schools", "osm-schools", "osm"),
    "de": ("osm-schools", "osm"),
}
#: Ends the class of a school of which the language is not stated, in a layer of one language.
UNSTATED = ":unstated"
#: Languages of schools that are measured apart: those of the region, each of which is missed where it is not loaded, and
#: those told beside them, for municipalities with language facilities and along the borders.
SCHOOL_LANGUAGES: dict[Region, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "flanders": (("nl",), ("fr",)),
    "wallonia": (("fr",), ("de", "nl")),
    "brussels": (("nl", "fr"), ()),
}

#: Plans that together make up the zoning: one plan without those that may replace it says nothing. The levels are
#: those of the rules `*.definition.plan-levels`; a test compares them.
_ZONING: dict[Region, tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]] = {
    "flanders": (
        ("zoning-gewestplan", "zoning-rup"),
        (("zoning-gewestplan",), ("rup-municipal",), ("rup-provincial",), ("rup-regional",), ("bpa",)),
    ),
    "wallonia": (("zoning-pds",), ()),
    "brussels": (("zoning-pras",), (("pras",), ("pad",), ("rruz",), ("ppas",))),
}

#: Hazard and nature maps that are published in parts: nothing drawn on one part says nothing of the others.
_PARTS: dict[tuple[str, Region], tuple[tuple[str, ...], ...]] = {
    ("flood", "flanders"): (("flood-pluvial-flanders",), ("flood-fluvial-flanders",), ("flood-sea-flanders",)),
    ("nature", "flanders"): (("ven",), ("natura2000-flanders",), ("reserves-flanders",)),
    ("nature", "wallonia"): (("natura2000-wallonia",), ("natura2000-wallonia-10",)),
    ("nature", "brussels"): (("natura2000-brussels",), ("reserves-brussels",)),
    ("seveso", "flanders"): (("seveso-flanders",), ("seveso-consultation-flanders",)),
    ("soil", "wallonia"): (("bdes-steps", "bdes"), ("bdes-indicative", "bdes")),
    ("soil", "brussels"): (("soil-brussels",),),
    # Levels of the whole day: those of the night say the same of the same places.
    ("noise", "flanders"): (
        ("noise-road-lden-flanders",),
        ("noise-rail-lden-flanders",),
        ("noise-air-lden-flanders",),
    ),
    # The Walloon maps are of the main roads and railways outside the agglomerations, and of the two airports.
    ("noise", "wallonia"): (("noise-road-wallonia",), ("noise-rail-wallonia",), ("noise-air-wallonia",)),
    # One map adds up road, rail and air; the three of them do as well.
    ("noise", "brussels"): tuple(
        ("noise-multi-lden-brussels", f"noise-{one}-lden-brussels") for one in ("road", "rail", "air")
    ),
    ("competing_plans", "wallonia"): (("pds-infrastructure-reserve",), ("brownfields-sar",)),
    ("plan_rules", "flanders"): (("subdivision",),),
    ("plan_rules", "wallonia"): (("sol",), ("gcu",), ("lot",), ("sdc",)),
}

#: Layers whose parts are plans with a name of their own: an answer says which one is missing.
NAMED_PARTS = ("zoning", "plan_rules")


def layer_specs(region: Region) -> tuple[LayerSpec, ...]:
    """Layers measured in a region, in a fixed order."""
    plans, needed_plans = _ZONING[region]

    def area(layer: str, *kinds: str, themes: tuple[str, ...] = ()) -> LayerSpec:
        parts = _PARTS.get((layer, region), ())
        return LayerSpec(layer, "constraint_area", kinds, "class", themes or (layer,), parts)

    specs = [
        LayerSpec("zoning", "zone", plans, "zoning_class", needs=needed_plans),
        LayerSpec("buildings", "building", ("buildings",), "use"),
        LayerSpec("addresses", "address", ("addresses",), "id"),
        area("land_use", "osm"),
        area("flood", "flood"),
        area("nature", "nature"),
        area("seveso", "seveso"),
        area("soil", "soil"),
        area("nuisance", "osm"),
        LayerSpec("schools", "service_point", ("schools",), "level", ("school",), beside=True),
        *_schools(region),
        LayerSpec("health", "service_point", ("health", "osm"), "service", ("gp", "pharmacy")),
        LayerSpec("shops", "service_point", ("shops", "osm"), "service", ("shop",)),
        LayerSpec("stops", "service_point", ("stops",), "service", ("stop",), value="departures_weekday"),
        LayerSpec("roads", "road", ("roads",), "road_class", value="width_m"),
        LayerSpec("ownership", "ownership", ("ownership",), "owner_class"),
        LayerSpec("dem", "dem_tile", ("dem",), ""),
    ]
    # Plans that add rules to a destination; in Brussels the detailed plans overrule, and are part of the zoning.
    if region != "brussels":
        specs.append(area("plan_rules", "plan-rules"))
    if region == "wallonia":
        specs.append(area("plan_hp", "plan-hp"))
        specs.append(area("competing_plans", "plan-overlays", "brownfields", themes=("plan_overlay", "brownfield")))
        specs.append(area("sewer", "sewer"))
    specs.append(area("noise", "noise"))
    if region != "brussels":
        specs.append(area("undeveloped", "undeveloped-land", themes=("undeveloped_land",)))
    return tuple(specs)


def _schools(region: Region) -> list[LayerSpec]:
    """A layer of schools for each language that is measured apart."""
    needed, told = SCHOOL_LANGUAGES[region]
    return [
        LayerSpec(
            f"schools_{one}", "service_point", ("schools",), "level", ("school",), (SCHOOL_LISTS[one],),
            language=one, beside=one in told,
        )
        for one in (*needed, *told)
    ]  # fmt: skip
