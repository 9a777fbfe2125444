"""The files of the demo territory: each layer in the field names of its real source, in load order."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geodata.territory import hazards, services, zoning
from geodata.territory.built import Built, make_buildings
from geodata.territory.grid import Plan, make_plan
from geodata.territory.parcels import Parcels, capakeys, make_parcels
from geodata.territory.writing import lon_lat, write_attributes, write_heights, write_table, write_vector

#: What every screen and file says.
NOTICE = {
    "nl": "Fictieve demogegevens: deze gemeenten en percelen bestaan niet.",
    "fr": "Données de démonstration fictives : ces communes et parcelles n'existent pas.",
    "de": "Fiktive Demodaten: Diese Gemeinden und Parzellen gibt es nicht.",
    "en": "Fictional demo data: these municipalities and parcels do not exist.",
}
_MARK = NOTICE["en"]
FLANDERS, WALLONIA, BRUSSELS = "99001", "99002", "99003"
ALL = f"{FLANDERS},{WALLONIA},{BRUSSELS}"
_DAY = "2026-01-01"


@dataclass(frozen=True)
class DemoFile:
    """One file: where it is, as which kind it is loaded, what it covers, which layer of it (None = all)."""

    path: Path
    kind: str
    covers: str | None
    layer: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The same for the manifest."""
        return {**asdict(self), "path": self.path.name}


@dataclass(frozen=True)
class World:
    """Everything the writers draw on."""

    rng: np.random.Generator
    plan: Plan
    parcels: Parcels
    keys: Any
    shapes: Any
    nis: Any
    built: Built
    lines: hazards.Lines
    zones: list[zoning.Zone]

    def of(self, nis: str) -> Any:
        """Indexes of the parcels of a municipality."""
        return np.flatnonzero(self.nis == nis)


def make_world(seed: int, scale: float) -> World:
    """Invent the territory."""
    rng = np.random.default_rng(seed)
    plan = make_plan(rng, scale)
    parcels = make_parcels(rng, plan)
    shapes = np.array(parcels.geometry, dtype=object)
    nis = np.array(parcels.nis, dtype=object)
    built = make_buildings(rng, parcels)
    return World(
        rng,
        plan,
        parcels,
        capakeys(parcels),
        shapes,
        nis,
        built,
        hazards.make_lines(plan),
        zoning.make_zones(plan, parcels),
    )


def write_municipalities(world: World, folder: Path) -> list[DemoFile]:
    """Boundaries in the schema of the federal administrative units."""
    mine = world.plan.municipalities
    shapes = [
        shapely.union_all([shapely.Polygon(cell.corners) for cell in world.plan.cells if cell.nis == one.nis])
        for one in mine
    ]
    columns = {
        "AdMuKey": [one.nis for one in mine], "NameDUT": [one.name_nl for one in mine],
        "NameFRE": [one.name_fr for one in mine], "NameGER": [one.name_de for one in mine],
        "AdReKey": [one.region_nis for one in mine], "AdPrKey": ["99000"] * len(mine),
    }  # fmt: skip
    path = folder / "demo_municipalities.gpkg"
    write_vector(path, "Apn_AdMu", columns, shapes, "EPSG:31370", _MARK)
    return [DemoFile(path, "municipalities", None)]


def write_parcels(world: World, folder: Path) -> list[DemoFile]:
    """Parcels: GRB in Flanders, the federal plan in Wallonia (no NIS code in it), UrbIS in Brussels."""
    files = []
    for nis in (FLANDERS, WALLONIA, BRUSSELS):
        at = world.of(nis)
        keys, shapes, n = world.keys[at], world.shapes[at], len(at)
        area = np.round(shapely.area(shapes), 2)
        numbers = np.arange(1, n + 1)
        if nis == FLANDERS:
            layer, columns = "ADP", {
                "OIDN": numbers, "UIDN": numbers, "VERSIE": np.ones(n, int), "BEGINDATUM": [_DAY] * n,
                "VERSDATUM": [_DAY] * n, "CAPAKEY": keys, "CANU": [key[6:10].lstrip("0") + key[13] for key in keys],
                "NISCODE": [nis] * n, "FISCDATUM": [_DAY] * n, "BHRDR": np.full(n, 2), "LBLBHRDR": ["AAPD"] * n,
                "BGNINV": np.full(n, 5), "LBLBGNINV": ["actualisatie"] * n,
                "LENGTE": np.round(shapely.length(shapes), 2), "OPPERVL": area,
            }  # fmt: skip
        elif nis == WALLONIA:
            layer, columns = "Bpn_CaPa", {
                "RecId": numbers, "CaPaKey": keys, "Type": ["PR"] * n, "CaSeKey": [key[:6] for key in keys],
                "FiscSitId": np.full(n, 2026), "UpdDate": [_DAY] * n, "Shape_area": area,
            }  # fmt: skip
        else:
            layer, columns = "CadastralParcels", {
                "CAPAKEY": keys, "TYPE": ["PR"] * n, "CADAST_DIV": [key[:5] for key in keys], "MUNNISCODE": [nis] * n,
            }  # fmt: skip
        path = folder / f"demo_parcels_{nis}.gpkg"
        write_vector(path, layer, columns, shapes, "EPSG:31370", _MARK)
        files.append(DemoFile(path, "parcels", nis))
    return files


def write_built(world: World, folder: Path) -> list[DemoFile]:
    """Buildings and addresses by region."""
    files, built = [], world.built
    for nis in (FLANDERS, WALLONIA, BRUSSELS):
        at = np.flatnonzero(built.nis == nis)
        n = len(at)
        numbers = np.arange(1, n + 1)
        main = built.main[at]
        if nis == FLANDERS:
            layer, columns = "GBG", {
                "UIDN": numbers, "OIDN": numbers, "VERSIE": np.ones(n, int), "BEGINDATUM": [_DAY] * n,
                "VERSDATUM": [_DAY] * n, "TYPE": np.where(main, 1, 2),
                "LBLTYPE": np.where(main, "hoofdgebouw", "bijgebouw"), "OPNDATUM": [_DAY] * n,
                "BGNINV": np.full(n, 5), "LBLBGNINV": ["actualisatie"] * n,
            }  # fmt: skip
        elif nis == WALLONIA:
            layer, columns = (
                "Bpn_CaBu",
                {"RecId": numbers, "Type": ["CL"] * n, "FiscSitId": np.full(n, 2026), "UpdDate": [_DAY] * n},
            )
        else:
            layer, columns = "Buildings", {"INSPIRE_ID": [f"SYN-BU-{one}" for one in numbers], "BLOCK_ID": ["SYN"] * n}
        path = folder / f"demo_buildings_{nis}.gpkg"
        write_vector(path, layer, columns, built.geometry[at], "EPSG:31370", _MARK)
        files.append(DemoFile(path, "buildings", nis))
        files.append(_write_addresses(world, folder, nis))
    return files


def _write_addresses(world: World, folder: Path, nis: str) -> DemoFile:
    built = world.built
    at = np.flatnonzero(world.nis[built.address_parcel] == nis)
    n = len(at)
    streets = [services.street_name(int(one), nis) for one in built.street[at]]
    numbers = [str(one) for one in built.number[at]]
    identity = np.arange(1, n + 1)
    if nis == FLANDERS:
        layer, columns = (
            "Adres",
            {
                "OIDN": identity,
                "STRAATNM": streets,
                "HUISNR": numbers,
                "POSTCODE": ["9901"] * n,
                "GEMEENTE": ["Zeewaarde"] * n,
            },
        )
    elif nis == WALLONIA:
        layer, columns = (
            "ICAR_ADR_PT",
            {"OBJECTID": identity, "RUE_NM": streets, "ADR_NUMERO": numbers, "CODE_POSTAL": ["9902"] * n},
        )
    else:
        layer, columns = "Addresses", {
            "OBJECTID": identity, "STRNAMEFRE": streets, "STRNAMEDUT": streets, "POLICENUM": numbers, "ZIPCODE": ["9903"] * n,
            "STATNISCODE": [nis] * n, "CAPAKEY": world.keys[built.address_parcel[at]],
        }  # fmt: skip
    path = folder / f"demo_addresses_{nis}.gpkg"
    write_vector(path, layer, columns, built.address_point[at], "EPSG:31370", _MARK)
    return DemoFile(path, "addresses", nis)


def write_zoning(world: World, folder: Path) -> list[DemoFile]:
    """Gewestplan (Lambert 2008, as served) with RUPs, sector plan, PRAS."""
    files = []
    for nis, kind, layer, crs, rows in (
        (FLANDERS, "zoning-gewestplan", "lu_gwp_gv", "EPSG:3812", zoning.gewestplan_rows),
        (WALLONIA, "zoning-pds", "PDS_22", "EPSG:31370", zoning.pds_rows),
        (BRUSSELS, "zoning-pras", "Affectations", "EPSG:31370", zoning.pras_rows),
    ):
        mine = [zone for zone in world.zones if zone.nis == nis and not zone.geometry.is_empty]
        path = folder / f"demo_{kind}.gpkg"
        write_vector(path, layer, rows(mine), [zone.geometry for zone in mine], crs, _MARK)
        files.append(DemoFile(path, kind, nis))
    for layer, (columns, shapes) in zoning.detailed_plans(world.parcels).items():
        path = folder / f"demo_{layer}.gpkg"
        write_vector(path, layer, columns, shapes, "EPSG:3812", _MARK)
        files.append(DemoFile(path, "zoning-rup", FLANDERS))
    return files


def write_roads(world: World, folder: Path) -> list[DemoFile]:
    """Wegenregister with its tables of width and surface, PICC, UrbIS street axes."""
    roads = services.make_roads(world.plan)
    motorway = [services.Road("motorway", 0, "", world.lines.motorway)]
    files = []
    for nis, layer, columns_of in (
        (FLANDERS, "Wegsegment", _road_register),
        (WALLONIA, "PICC_VOIRIE_AXE", _picc),
        (BRUSSELS, "StreetAxes", _street_axes),
    ):
        mine = [road for road in roads if road.nis == nis] + motorway
        classes = [road.road_class for road in mine]
        names = [services.street_name(road.street, nis) if road.nis else "E999" for road in mine]
        shapes = [road.geometry for road in mine]
        path = folder / f"demo_roads_{nis}.gpkg"
        write_vector(path, layer, columns_of(classes, names), shapes, "EPSG:31370", _MARK)
        if nis == FLANDERS:
            _write_width_and_surface(path, classes, shapes)
        files.append(DemoFile(path, "roads", nis))
    return files


def _road_register(classes: list[str], names: list[str]) -> dict[str, Any]:
    """Fields of Wegsegment."""
    n, numbers = len(classes), np.arange(1, len(classes) + 1)
    morf = {"motorway": 101, "main": 102, "secondary": 103, "local": 103}
    category = {"motorway": "H", "main": "H", "secondary": "S1", "local": "L3"}
    return {
        "WS_OIDN": numbers, "WS_GIDN": [f"{one}_1" for one in numbers], "B_WK_OIDN": numbers, "E_WK_OIDN": numbers,
        "STATUS": np.full(n, 4), "LBLSTATUS": ["in gebruik"] * n, "MORF": [morf[one] for one in classes],
        "LBLMORF": classes, "WEGCAT": [category[one] for one in classes], "LBLWEGCAT": classes,
        "LSTRNM": names, "RSTRNM": names, "BEHEER": ["99001"] * n, "LBLBEHEER": ["fictief"] * n,
        "TGBEP": np.full(n, 1), "LBLTGBEP": ["openbare weg"] * n,
    }  # fmt: skip


def _write_width_and_surface(path: Path, classes: list[str], shapes: list[Any]) -> None:
    """Tables of the register that hold more of each segment, keyed on WS_OIDN."""
    n, numbers = len(classes), np.arange(1, len(classes) + 1)
    width = {"motorway": 28.0, "main": 7.5, "secondary": 6.0, "local": 4.5}
    # The register writes -8 where a width is not known.
    values = [-8.0 if at % 9 == 0 else width[one] for at, one in enumerate(classes)]
    along = {"WS_OIDN": numbers, "VANPOS": [0.0] * n, "TOTPOS": shapely.length(shapes)}
    write_attributes(path, "AttWegbreedte", {"WB_OIDN": numbers, **along, "BREEDTE": values})
    surface = {"WV_OIDN": numbers, **along, "TYPE": np.ones(n, int), "LBLTYPE": ["verhard"] * n}
    write_attributes(path, "AttWegverharding", surface)


def _picc(classes: list[str], names: list[str]) -> dict[str, Any]:
    """Fields of PICC."""
    n, code = len(classes), {"motorway": "VAU", "main": "VNA", "secondary": "VRE", "local": "VCO"}
    return {
        "GEOREF_ID": [f"SYN{one}" for one in range(1, n + 1)],
        "NATUR_CODE": [code[one] for one in classes],
        "NATUR_DESC": classes,
        "RUE_NOM1": names,
        "COMMU_NOM1": ["Hautemer"] * n,
        "COMMU_INS1": [WALLONIA] * n,
        "GESTION": ["fictif"] * n,
    }


def _street_axes(classes: list[str], names: list[str]) -> dict[str, Any]:
    """Fields of the UrbIS street axes."""
    level = {"motorway": "0", "main": "1", "secondary": "2", "local": "3"}
    return {
        "OBJECTID": np.arange(1, len(classes) + 1),
        "TYPE": ["R"] * len(classes),
        "HIERARCHY": [level[one] for one in classes],
        "STRNAMEFRE": names,
        "STRNAMEDUT": names,
    }


def write_sites(world: World, folder: Path) -> list[DemoFile]:
    """Existing sites, owners and terrain."""
    path = folder / "demo_sites.csv"
    write_table(path, services.existing_sites(world.plan, world.parcels))
    files = [DemoFile(path, "sites", ALL)]
    classes, listed = services.owners(world.rng, world.parcels)
    for nis in (FLANDERS, WALLONIA, BRUSSELS):
        at = world.of(nis)
        rows = [
            {"CAPAKEY": world.keys[one], "owner_class": classes[one], "evidence": "municipal_list", "lease_until": ""}
            for one in at[listed[at]]
        ]
        path = folder / f"demo_ownership_{nis}.csv"
        write_table(path, rows, separator=";")
        files.append(DemoFile(path, "ownership", nis))
    found, west, north = services.heights(world.plan, world.lines)
    path = folder / "demo_terrain_5m.tif"
    write_heights(path, found, west, north, 5.0, _MARK)
    files.append(DemoFile(path, "dem", ALL))
    return files


def write_schools(world: World, folder: Path) -> list[DemoFile]:
    """Dutch-speaking schools as points of interest, French-speaking ones as the list with two byte-order marks."""
    grounds = [at for at, use in enumerate(world.parcels.use) if use == "school"]
    points = {at: shapely.point_on_surface(world.shapes[at]) for at in grounds}
    dutch = [at for at in grounds if world.nis[at] == FLANDERS or (world.nis[at] == BRUSSELS and at % 2)]
    french = [at for at in grounds if world.nis[at] == WALLONIA or (world.nis[at] == BRUSSELS and not at % 2)]
    path = folder / "demo_schools_nl.gpkg"
    columns = {
        "id": dutch,
        "NAAM": [f"Basisschool {at} (fictief)" for at in dutch],
        "PRODUCT": ["Onderwijs"] * len(dutch),
    }
    write_vector(path, "POI", columns, [points[at] for at in dutch], "EPSG:31370", _MARK)
    places = lon_lat([points[at] for at in french]) if french else np.empty((0, 2))
    rows = [
        {
            "N° FASE de l'établissement": at, "Nom de l'établissement": f"École {at} (fictive)", "Type d'enseignement": "Ordinaire",
            "Niveau": level, "Genre": "", "Réseau": "fictif", "N° FASE de l'implantation": at,
            "Latitude": f"{places[row, 1]:.7f}", "Longitude": f"{places[row, 0]:.7f}",
        }
        for row, at in enumerate(french)
        for level in ("Maternel", "Primaire")
    ]  # fmt: skip
    listed = folder / "demo_signaletique-fase.csv"
    write_table(listed, rows, separator=";", marks=2)
    return [DemoFile(path, "schools", f"{FLANDERS},{BRUSSELS}"), DemoFile(listed, "schools", f"{WALLONIA},{BRUSSELS}")]
