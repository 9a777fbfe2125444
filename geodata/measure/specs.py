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
    needs : groups of ingest kinds; of each group at least one must be loaded and cover the parcel.
    class_column : column whose value is the class.
    where : value of `theme` or of `service` the rows must have; empty = all.
    """

    id: str
    table: Table
    needs: tuple[tuple[str, ...], ...]
    class_column: str
    where: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """All ingest kinds that may feed the layer."""
        return tuple(dict.fromkeys(kind for group in self.needs for kind in group))


#: In Flanders a RUP replaces the gewestplan, so one without the other says nothing.
ZONING_NEEDS: dict[Region, tuple[tuple[str, ...], ...]] = {
    "flanders": (("zoning-gewestplan",), ("zoning-rup",)),
    "wallonia": (("zoning-pds",),),
    "brussels": (("zoning-pras",),),
}


def layer_specs(region: Region) -> tuple[LayerSpec, ...]:
    """Layers measured in a region, in a fixed order."""
    specs = [
        LayerSpec("zoning", "zone", ZONING_NEEDS[region], "zoning_class"),
        LayerSpec("buildings", "building", (("buildings",),), "use"),
        LayerSpec("addresses", "address", (("addresses",),), "id"),
        LayerSpec("land_use", "constraint_area", (("osm",),), "class", ("land_use",)),
        LayerSpec("flood", "constraint_area", (("flood",),), "class", ("flood",)),
        LayerSpec("nature", "constraint_area", (("nature",),), "class", ("nature",)),
        LayerSpec("seveso", "constraint_area", (("seveso",),), "class", ("seveso",)),
        LayerSpec("soil", "constraint_area", (("soil",),), "class", ("soil",)),
        LayerSpec("nuisance", "constraint_area", (("osm",),), "class", ("nuisance",)),
        LayerSpec("schools", "service_point", (("schools",),), "service", ("school",)),
        LayerSpec("health", "service_point", (("health", "osm"),), "service", ("gp", "pharmacy")),
        LayerSpec("shops", "service_point", (("shops", "osm"),), "service", ("shop",)),
        LayerSpec("stops", "service_point", (("stops",),), "service", ("stop",)),
        LayerSpec("roads", "road", (("roads",),), "road_class"),
        LayerSpec("ownership", "ownership", (("ownership",),), "owner_class"),
        LayerSpec("dem", "dem_tile", (("dem",),), ""),
    ]
    if region == "wallonia":
        specs.append(LayerSpec("plan_hp", "constraint_area", (("plan-hp",),), "class", ("plan_hp",)))
    return tuple(specs)


def missing_kinds(layer_id: str, region: Region, loaded: set[str]) -> tuple[str, ...]:
    """Ingest kinds a planner would have to load before a layer is known."""
    for spec in layer_specs(region):
        if spec.id == layer_id:
            return tuple(group[0] for group in spec.needs if not loaded.intersection(group))
    return (layer_id,)
