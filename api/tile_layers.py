"""What each tile layer shows: table, attributes and the zooms at which which features appear."""

from __future__ import annotations

from dataclasses import dataclass

#: A parcel with its results, empty for one outside the run. Whole square metres, rounded down: what a filter of at least
#: so many leaves out of the list stays out of the map as well.
#: Of a parcel that is ruled out there is no more to say than that.
_PARCEL = """f.capakey, floor(f.area_m2)::int AS area, CASE WHEN o.told THEN m.owner_class END AS owner, r.verdict,
    r.rank, """ + ", ".join(
    f"CASE WHEN r.verdict <> 'incompatible' THEN {value} END AS {name}"
    for name, value in {
        "so_far": "r.so_far",
        "score_low": "r.score_low",
        "score_high": "r.score_high",
        "score": "(r.score_low + r.score_high) / 2",
        "pitches_low": "r.pitches_low",
        "pitches_high": "r.pitches_high",
        "unknown_count": "cardinality(r.unknown)",
    }.items()
)
#: A candidate of a run: a parcel with its key, or a group with its id and the number of groups like it that are not drawn.
_CANDIDATE = """f.source, CASE WHEN f.source = 'parcel' THEN f.capakeys[1] END AS capakey,
    CASE WHEN f.source <> 'parcel' THEN replace(array_to_string(f.capakeys, '+'), '/', '-') END AS candidate,
    floor(f.area_m2)::int AS area, CASE WHEN o.told THEN f.owner_class END AS owner, f.verdict, f.so_far, f.rank,
    f.score_low, f.score_high, (f.score_low + f.score_high) / 2 AS score, f.pitches_low, f.pitches_high,
    f.unknown_count, f.variants"""
_LAW_REGION = "CASE WHEN m.german_speaking THEN 'german-speaking-community' ELSE m.region END"
_ALL = ((0, "true"),)
#: Cases of the Walloon housing code: of Plan HP perimeters, and of all Walloon land outside them.
_CASES = f"""(SELECT 8 * c.id AS id, c.dataset_id, c.geom, c.geom_3857, '22bis'::text AS article, %(hp_case)s::text AS "case",
        'art. 22bis'::text AS title, c.name
    FROM constraint_area c WHERE c.theme = 'plan_hp' AND %(hp_case)s::text IS NOT NULL
    UNION ALL SELECT 8 * m.id + k.at, m.dataset_id, m.geom, m.geom_3857, k.article, k.found, k.title, NULL
    FROM municipality m
    CROSS JOIN unnest(%(articles)s::text[], %(found)s::text[], %(titles)s::text[]) WITH ORDINALITY k (article, found, title, at)
    WHERE m.valid_to IS NULL AND {_LAW_REGION} = 'wallonia')"""
_ELIGIBILITY = f"""(SELECT m.id, m.dataset_id, m.geom, m.geom_3857, m.nis, s.region, s.standing, s.open
    FROM municipality m JOIN unnest(%(regions)s::text[], %(standings)s::text[], %(opened)s::text[]) s (region, standing, open)
        ON s.region = {_LAW_REGION} WHERE m.valid_to IS NULL)"""
#: Pitches of public sites of a municipality, null = nobody counted; need stands for its region, for no source has it by
#: municipality.
_MUNICIPALITIES = f"""(SELECT m.id, m.dataset_id, m.geom, m.geom_3857, m.nis, m.name_nl, m.name_fr, m.name_de, m.region,
        s.residential_low AS supply_residential_low, s.residential_high AS supply_residential_high,
        s.transit_low AS supply_transit_low, s.transit_high AS supply_transit_high,
        n.residential_low AS region_need_residential_low, n.residential_high AS region_need_residential_high,
        n.transit_low AS region_need_transit_low, n.transit_high AS region_need_transit_high
    FROM municipality m
    LEFT JOIN jsonb_to_recordset(%(supply)s) s (nis text, residential_low float8, residential_high float8,
        transit_low float8, transit_high float8) ON s.nis = m.nis
    LEFT JOIN jsonb_to_recordset(%(need)s) n (region text, residential_low float8, residential_high float8,
        transit_low float8, transit_high float8) ON n.region = {_LAW_REGION}
    WHERE m.valid_to IS NULL)"""


@dataclass(frozen=True)
class TileLayer:
    """One tile layer.

    Attributes
    ----------
    table : table, or query in brackets, with `geom_3857` and `dataset_id`, alias f.
    attributes : SQL list of attributes in the tile.
    shown : zoom from which a feature appears -> SQL condition; the highest zoom reached wins.
    needs_run : features of a run that the address names.
    where : condition on all features, before `shown`; what it excludes is not part of the layer.
    basis : tables with conditions whose datasets it shows, where that is not `table` with `where`.
    asks_day : takes `as_of` and `type`.
    """

    table: str
    attributes: str
    shown: tuple[tuple[int, str], ...]
    needs_run: bool = False
    where: str = "true"
    basis: tuple[tuple[str, str], ...] = ()
    asks_day: bool = False

    @property
    def rests_on(self) -> tuple[tuple[str, str], ...]:
        """Tables with conditions whose datasets it shows."""
        return self.basis or ((self.table, self.where),)

    def condition(self, zoom: int) -> str:
        """SQL condition of the features that appear at a zoom."""
        reached = [condition for start, condition in self.shown if zoom >= start]
        return reached[-1] if reached else "false"


TILE_LAYERS: dict[str, TileLayer] = {
    "parcels": TileLayer("parcel", _PARCEL, ((13, "true"),), needs_run=True),
    "candidates": TileLayer("run_candidate", _CANDIDATE, ((10, "true"),), needs_run=True, basis=(("parcel", "true"),)),
    "zones": TileLayer(
        "zone",
        "f.zoning_class, f.label, f.plan_kind",
        ((8, "ST_Area(f.geom) > 20000"), (12, "true")),
    ),
    "constraints": TileLayer(
        "constraint_area",
        "f.theme, f.class, f.name",
        ((8, "ST_Area(f.geom) > 20000"), (12, "true")),
        where="f.theme NOT IN ('land_use', 'base_map', 'plan_hp')",
    ),
    "sites": TileLayer("site", "f.site_id AS id, f.name, f.site_type, f.status, f.pitches", _ALL),
    "municipalities": TileLayer(
        _MUNICIPALITIES,
        """f.nis, f.name_nl, f.name_fr, f.name_de, f.region, f.supply_residential_low, f.supply_residential_high,
        f.supply_transit_low, f.supply_transit_high, f.region_need_residential_low, f.region_need_residential_high,
        f.region_need_transit_low, f.region_need_transit_high""",
        _ALL,
        basis=(("municipality", "f.valid_to IS NULL"),),
    ),
    "eligibility": TileLayer(
        _ELIGIBILITY,
        """f.nis, f.region, f.standing, f.open, %(site_type)s::text AS site_type, %(as_of)s::text AS as_of,
        'of today'::text AS boundaries""",
        _ALL,
        basis=(("municipality", "f.valid_to IS NULL"),),
        asks_day=True,
    ),
    "cases": TileLayer(
        _CASES,
        """f.article, f."case", f.title, f.name, %(historic)s::bool AS historic, %(as_of)s::text AS as_of,
        'of today'::text AS boundaries""",
        _ALL,
        basis=(("municipality", "f.valid_to IS NULL"), ("constraint_area", "f.theme = 'plan_hp'")),
        asks_day=True,
    ),
    "services": TileLayer("service_point", "f.service, f.name, f.language, f.level", ((11, "true"),)),
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
        ((10, "ST_Area(f.geom) > 5000 OR ST_Dimension(f.geom) < 2"), (14, "true")),
        where="""(f.theme = 'land_use' AND f.class <> 'inhabited') OR f.theme = 'base_map'
            OR (f.theme = 'nuisance' AND f.class = 'railway')""",
    ),
    "buildings": TileLayer("building", "f.use", ((14, "true"),)),
    "hp": TileLayer("constraint_area", "f.class AS phase, f.name", ((8, "true"),), where="f.theme = 'plan_hp'"),
}
