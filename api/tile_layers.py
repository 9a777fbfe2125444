"""What each tile layer shows: table, attributes and the zooms at which which features appear."""

from __future__ import annotations

from dataclasses import dataclass

#: A parcel with its results, empty for one outside the run. Whole square metres, rounded down: what a filter of at least
#: so many leaves out of the list stays out of the map as well.
_RESULT = """f.capakey, floor(f.area_m2)::int AS area, CASE WHEN %(owners)s THEN m.owner_class END AS owner, r.verdict, r.so_far, r.rank, r.score_low, r.score_high,
    CASE WHEN r.verdict <> 'incompatible' THEN (r.score_low + r.score_high) / 2 END AS score,
    r.pitches_low, r.pitches_high, cardinality(r.unknown) AS unknown_count"""


@dataclass(frozen=True)
class TileLayer:
    """One tile layer.

    Attributes
    ----------
    table : table with `geom_3857` and `dataset_id`, alias f.
    attributes : SQL list of attributes in the tile.
    shown : zoom from which a feature appears -> SQL condition; the highest zoom reached wins.
    needs_run : joined with the results (alias r) and measurements (alias m) of a run that the address names.
    where : condition on all features, before `shown`; what it excludes is not part of the layer.
    """

    table: str
    attributes: str
    shown: tuple[tuple[int, str], ...]
    needs_run: bool = False
    where: str = "true"

    def condition(self, zoom: int) -> str:
        """SQL condition of the features that appear at a zoom."""
        reached = [condition for start, condition in self.shown if zoom >= start]
        return reached[-1] if reached else "false"


TILE_LAYERS: dict[str, TileLayer] = {
    "parcels": TileLayer("parcel", _RESULT, ((13, "true"),), needs_run=True),
    "candidates": TileLayer("parcel", _RESULT, ((10, "true"),), needs_run=True, where="r.verdict <> 'incompatible'"),
    "zones": TileLayer(
        "zone",
        "f.zoning_class, f.label, f.plan_kind",
        ((8, "ST_Area(f.geom) > 20000"), (12, "true")),
    ),
    "sites": TileLayer("site", "f.site_id AS id, f.name, f.site_type, f.status, f.pitches", ((0, "true"),)),
    "municipalities": TileLayer(
        "municipality",
        "f.nis, f.name_nl, f.name_fr, f.name_de, f.region",
        ((0, "true"),),
        where="f.valid_to IS NULL",
    ),
    "roads": TileLayer(
        "road",
        "f.road_class, f.name, f.width_m AS width",
        (
            (8, "f.road_class = 'motorway'"),
            (11, "f.road_class IN ('motorway', 'main')"),
            (13, "f.road_class IN ('motorway', 'main', 'secondary')"),
            (14, "true"),
        ),
    ),
    "base": TileLayer(
        "constraint_area",
        "f.class, f.name",
        ((10, "ST_Area(f.geom) > 5000 OR ST_Dimension(f.geom) = 1"), (14, "true")),
        where="(f.theme = 'land_use' AND f.class <> 'inhabited') OR (f.theme = 'nuisance' AND f.class = 'railway')",
    ),
    "buildings": TileLayer("building", "f.use", ((14, "true"),)),
    "hp": TileLayer("constraint_area", "f.class AS phase, f.name", ((8, "true"),), where="f.theme = 'plan_hp'"),
}
