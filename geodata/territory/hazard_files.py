"""Files of hazards, protected areas, HP sites and OpenStreetMap features of the demo territory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geodata.territory import hazards, services
from geodata.territory.files import ALL, BRUSSELS, FLANDERS, NOTICE, WALLONIA, DemoFile, World
from geodata.territory.writing import lon_lat, write_table, write_vector

_MARK = NOTICE["en"]


def _outline(world: World, nis: str) -> Any:
    return shapely.union_all([shapely.Polygon(cell.corners) for cell in world.plan.cells if cell.nis == nis])


def write_flood(world: World, folder: Path) -> list[DemoFile]:
    """Flood hazard: three maps of grid codes in Flanders (nothing drawn = class A), values in Wallonia, classes in
    Brussels."""
    files = []
    for nis in (FLANDERS, WALLONIA, BRUSSELS):
        bands = [band for band in hazards.flood_bands(world.lines, _outline(world, nis)) if not band[1].is_empty]
        names, shapes, n = [name for name, _ in bands], [shape for _, shape in bands], len(bands)
        path = folder / f"demo_flood_{nis}.gpkg"
        if nis == FLANDERS:
            files += _flemish_flood(world, folder, bands)
            continue
        if nis == WALLONIA:
            word = {"high": ("Aléa élevé", 130), "medium": ("Aléa moyen", 120), "low": ("Aléa faible", 110)}
            columns: dict[str, Any] = {
                "LOCALID": [f"SYN{at}" for at in range(n)], "TYPEALEA": ["débordement"] * n,
                "VALEUR": [word[name][0] for name in names], "CODEALEA": names, "CLASSEMENT": [word[name][1] for name in names],
                "STATUS": ["fictif"] * n, "DECISION": [""] * n, "MILLESIME": ["2026"] * n,
            }  # fmt: skip
            layer = "ALEA_INOND_V"
        else:
            columns, layer = {"id": range(n), "HAZARD_SYN": names}, "flood_hazardmap_2019"
        write_vector(path, layer, columns, shapes, "EPSG:31370", _MARK)
        files.append(DemoFile(path, "flood", nis))
    return files


def _flemish_flood(world: World, folder: Path, rivers: list[tuple[str, Any]]) -> list[DemoFile]:
    """Rivers, hollows that fill with rain, and the sea, which reaches nothing here: its map is empty."""
    code = {"high": 3, "medium": 2, "low": 1}
    maps: dict[str, list[tuple[int, Any]]] = {
        "fluviaal": [(code[name], shape) for name, shape in rivers],
        "pluviaal": [(2, shape) for shape in hazards.hollows(world.rng, _outline(world, FLANDERS))],
        "vanuit_de_zee": [],
    }
    files = []
    for origin, areas in maps.items():
        path = folder / f"demo_flood_{origin}.gpkg"
        columns = {"id": range(len(areas)), "gridcode": [grid for grid, _ in areas], "bron": [origin] * len(areas)}
        layer = f"overstromingsgevoelige_gebieden_{origin}"
        write_vector(path, layer, columns, [shape for _, shape in areas], "EPSG:31370", _MARK)
        files.append(DemoFile(path, "flood", FLANDERS))
    return files


def write_nature(world: World, folder: Path) -> list[DemoFile]:
    """Protected nature in the field names of each region."""
    files = []
    for nis, areas in hazards.nature_areas(world.plan).items():
        n = len(areas)
        codes = [f"BE99{at:05d}" for at in range(n)]
        path = folder / f"demo_nature_{nis}.gpkg"
        columns: dict[str, Any]
        if nis == FLANDERS:
            columns, layer, crs = {"gebcode": codes, "ven_naam": ["VEN (fictief)"] * n}, "ps_ven", "EPSG:3812"
            files += [_habitats(areas, folder), _reserves(areas, folder)]
        elif nis == WALLONIA:
            columns, layer, crs = (
                {"NOM_FR": ["Natura 2000 (fictif)"] * n, "CODE_SITE": codes, "CODE_UG": ["UG1"] * n},
                "NATURA2000",
                "EPSG:31370",
            )
            files.append(_empty(folder, "natura2000_10", ("NOM_FR", "CODE_SITE"), "nature", WALLONIA))
        else:
            columns, layer, crs = {"STATION_SYN": codes}, "natura_2000_station", "EPSG:31370"
            files.append(_empty(folder, "natural_reserve", ("id",), "nature", BRUSSELS))
        write_vector(path, layer, columns, areas, crs, _MARK)
        files.append(DemoFile(path, "nature", nis))
    return files


def _habitats(areas: list[Any], folder: Path) -> DemoFile:
    """Natura 2000 in Flanders: the first protected area is also one of the habitats directive."""
    path = folder / "demo_natura2000_flanders.gpkg"
    columns = {"HRLCODE": ["BE9900001"] * len(areas[:1]), "VRLCODE": [""] * len(areas[:1])}
    write_vector(path, "Rvvsbz", columns, areas[:1], "EPSG:31370", _MARK)
    return DemoFile(path, "nature", FLANDERS)


def _reserves(areas: list[Any], folder: Path) -> DemoFile:
    """Recognised reserves in Flanders: the first protected area is one too."""
    path = folder / "demo_reserves_flanders.gpkg"
    columns = {"OIDN": range(1, len(areas[:1]) + 1), "TYPE": ["ENR"] * len(areas[:1])}
    write_vector(path, "Rvvnr", columns, areas[:1], "EPSG:31370", _MARK)
    return DemoFile(path, "nature", FLANDERS)


def _empty(folder: Path, layer: str, fields: tuple[str, ...], kind: str, nis: str) -> DemoFile:
    """A part of a map on which nothing is drawn: with its declared coverage, that is an answer."""
    path = folder / f"demo_{layer}.gpkg"
    write_vector(path, layer, {name: np.array([], dtype=object) for name in fields}, [], "EPSG:31370", _MARK)
    return DemoFile(path, kind, nis)


def write_seveso_and_soil(world: World, folder: Path) -> list[DemoFile]:
    """Seveso (Brussels has none, and says so by an empty file that covers it) and soil registers."""
    files = []
    words = {
        FLANDERS: {"polluted": "Aanwezige bodemverontreiniging vraagt verder onderzoek/sanering", "clean": "Laatste bodemonderzoek ontdekte geen bodemverontreiniging", "investigate": "Er is een oriënterend bodemonderzoek nodig"},
        WALLONIA: {"polluted": "peche", "clean": "vert", "investigate": "lavande"},
        BRUSSELS: {"polluted": "4", "clean": "1", "investigate": "0"},
    }  # fmt: skip
    for nis in (FLANDERS, WALLONIA, BRUSSELS):
        found = hazards.seveso(world.parcels, nis) if nis != BRUSSELS else []
        path = folder / f"demo_seveso_{nis}.gpkg"
        n, shapes = len(found), [shape for _, shape in found]
        if nis == FLANDERS:
            files += _flemish_seveso(found, folder)
        elif nis == WALLONIA:
            columns: dict[str, Any] = {
                "OBJECTID": range(n),
                "SEVESO_NOM": ["Dépôt Sud (fictif)"] * n,
                "TYPE_ZONE": [{"site": "SITE", "zone": "ZV"}[name] for name, _ in found],
            }
            write_vector(path, "SEVESO_1", columns, shapes, "EPSG:31370", _MARK)
        else:
            write_vector(path, "seveso", {"SEVESO_SYN": np.array([], dtype=object)}, shapes, "EPSG:31370", _MARK)
        if nis != FLANDERS:
            files.append(DemoFile(path, "seveso", nis))
        survey = hazards.soil_findings(world.rng, world.parcels, nis)
        values = [words[nis][finding] for _, finding in survey]
        number = range(len(survey))
        soil = folder / f"demo_soil_{nis}.gpkg"
        fields: dict[str, Any] = {
            FLANDERS: {"id": number, "uitspraak": values},
            WALLONIA: {"BDES_ID": number, "BDES_COULEUR": values},
            BRUSSELS: {"id": number, "CATEGORIE_SYN": values},
        }[nis]
        write_vector(soil, "soil", fields, [world.shapes[at] for at, _ in survey], "EPSG:31370", _MARK)
        files.append(DemoFile(soil, "soil", nis))
    return files


def _flemish_seveso(found: list[Any], folder: Path) -> list[DemoFile]:
    """Establishments and consultation zones are two layers; the layer tells which is which."""
    files = []
    for layer, name in (("pf_seveso_ter", "site"), ("pf_seveso_con", "zone")):
        shapes = [shape for kind, shape in found if kind == name]
        path = folder / f"demo_{layer}.gpkg"
        columns = {"id": range(len(shapes)), "seveso_naam": ["Opslag Noord (fictief)"] * len(shapes)}
        write_vector(path, layer, columns, shapes, "EPSG:3812", _MARK)
        files.append(DemoFile(path, "seveso", FLANDERS))
    return files


def write_plan_hp(world: World, folder: Path) -> list[DemoFile]:
    """HP sites with their phase in a synthetic field: the real attributes were not found."""
    found = hazards.hp_sites(world.plan)
    columns = {
        "OBJECTID": range(len(found)),
        "PHASE_SYN": [phase for phase, _, _ in found],
        "NOM": [name for _, name, _ in found],
    }
    path = folder / "demo_plan_hp.gpkg"
    write_vector(path, "PLANHP", columns, [shape for _, _, shape in found], "EPSG:31370", _MARK)
    return [DemoFile(path, "plan-hp", WALLONIA)]


def write_osm(world: World, folder: Path) -> list[DemoFile]:
    """Land in use, nuisances and services with the columns of GDAL's OpenStreetMap reader, and stops as GTFS."""
    path = folder / "demo_osm.gpkg"
    points = _osm_points(world)
    _write_osm(path, "points", points, ("barrier", "highway", "ref", "address", "is_in", "place", "man_made"))
    lines = [
        (world.lines.railway, {"railway": "rail", "name": "Lijn 999 (fictief)"}),
        (world.lines.motorway, {"highway": "motorway", "name": "E999"}),
        (world.lines.river, {"waterway": "river", "name": "Slenk (fictief)"}),
    ]
    _write_osm(path, "lines", lines, ("highway", "waterway", "aerialway", "barrier", "man_made", "railway"))
    _write_osm(
        path,
        "multipolygons",
        _osm_areas(world),
        ("amenity", "landuse", "leisure", "man_made", "natural", "shop", "building"),
    )
    stops = services.stops(world.plan)
    places = lon_lat([point for _, point, _ in stops])
    rows = [
        {
            "stop_id": f"SYN{at}",
            "stop_code": at,
            "stop_name": f"Halte {at} (fictief)",
            "stop_lat": f"{lat:.7f}",
            "stop_lon": f"{lon:.7f}",
            "departures_weekday": departures,
        }
        for at, ((lon, lat), (_, _, departures)) in enumerate(zip(places, stops, strict=True))
    ]
    stop_file = folder / "stops.txt"
    write_table(stop_file, rows)
    return [DemoFile(path, "osm", ALL), DemoFile(stop_file, "stops", ALL)]


def _osm_points(world: World) -> list[tuple[Any, dict[str, str]]]:
    found: list[tuple[Any, dict[str, str]]] = []
    for tags, share, roles in (
        ({"amenity": "doctors", "name": "Huisarts (fictief)"}, 0.04, ("urban", "suburban")),
        ({"amenity": "pharmacy", "name": "Apotheek (fictief)"}, 0.04, ("urban",)),
        ({"shop": "supermarket", "name": "Supermarkt (fictief)"}, 0.05, ("urban", "suburban")),
        ({"shop": "convenience", "name": "Buurtwinkel (fictief)"}, 0.06, ("urban",)),
    ):
        found += [(point, tags) for _, point in services.service_points(world.rng, world.plan, share, roles)]
    for one in world.plan.municipalities:
        cells = [cell for cell in world.plan.cells if cell.nis == one.nis and cell.role == "urban"]
        found.append((shapely.Point(cells[0].at(0.5, 0.5)), {"place": "village", "name": one.name_nl}))
    return found


def _osm_areas(world: World) -> list[tuple[Any, dict[str, str]]]:
    tags_of_use = {
        "school": {"amenity": "school"},
        "cemetery": {"landuse": "cemetery"},
        "car_park": {"amenity": "parking"},
        "sports": {"leisure": "pitch"},
        "plant": {"man_made": "wastewater_plant"},
    }
    lived_on = {at for (_, _, status, _, _), at in services.site_parcels(world.parcels) if status == "open"}
    found = [(world.shapes[at], {"landuse": "residential", "residential": "halting_site"}) for at in sorted(lived_on)]
    found += [
        (world.shapes[at], tags_of_use[use])
        for at, use in enumerate(world.parcels.use)
        if use in tags_of_use and at not in lived_on
    ]
    found.append((world.lines.river.buffer(hazards.RIVER_M), {"natural": "water", "name": "Slenk (fictief)"}))
    for cell in world.plan.cells:
        if cell.role == "park":
            found.append((shapely.Polygon(cell.corners).buffer(-8), {"leisure": "park"}))
        if cell.role == "forest":
            found.append((shapely.Polygon(cell.corners).buffer(-8), {"landuse": "forest"}))
    fields = [at for at, use in enumerate(world.parcels.use) if use == "field" and world.parcels.role[at] == "farmland"]
    for at in fields[:1]:
        found.append((world.shapes[at], {"landuse": "landfill"}))
    return found


def _write_osm(path: Path, layer: str, features: list[tuple[Any, dict[str, str]]], columns: tuple[str, ...]) -> None:
    table: dict[str, list[str | None]] = {"osm_id": [str(9_000_000_000 + at) for at in range(len(features))]}
    table["name"] = [tags.get("name") for _, tags in features]
    for name in columns:
        table[name] = [tags.get(name) for _, tags in features]
    others = [{key: value for key, value in tags.items() if key not in (*columns, "name")} for _, tags in features]
    table["other_tags"] = [",".join(f'"{key}"=>"{value}"' for key, value in one.items()) or None for one in others]
    write_vector(path, layer, table, [shape for shape, _ in features], "EPSG:4326", _MARK)
