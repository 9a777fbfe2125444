"""Legal destinations of the demo territory, in the labels and codes of each region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geodata.territory.grid import Cell, Plan
from geodata.territory.parcels import Parcels

#: Role of a cell or use of a block -> (gewestplan code, label).
_GEWESTPLAN = {
    "urban": ("0100", "woongebieden"),
    "suburban": ("0100", "woongebieden"),
    "ribbon": ("0102", "woongebieden met landelijk karakter"),
    "reserve": ("0105", "woonuitbreidingsgebieden"),
    "farmland": ("0900", "agrarische gebieden"),
    "landscape": ("0901", "landschappelijk waardevolle agrarische gebieden"),
    "industry": ("1000", "milieubelastende industrieÃ«n"),
    "sme": ("1100", "ambachtelijke bedrijven en kmo's"),
    "nature": ("0701", "natuurgebieden"),
    "forest": ("0800", "bosgebieden"),
    "recreation": ("0402", "gebieden voor dag- Ã©n verblijf- recreatie"),
    "park": ("0500", "parkgebieden"),
    "utility": ("0200", "gebieden voor gemeenschapsvoorzieningen en openbaar nut"),
    "buffer": ("0600", "bufferzones"),
    "caravan": ("0130", "pleisterplaats voor nomaden of woonwagenbewoners"),
}
#: The same for the sector plan: AFFECT, DESCRIPTION, ART_CODT.
_PDS = {
    "urban": ("H01", "Habitat", "D.II.24"),
    "suburban": ("H01", "Habitat", "D.II.24"),
    "ribbon": ("H02", "Habitat à caractère rural", "D.II.25"),
    "reserve": ("D01", "Aménagement communal concerté", "D.II.42"),
    "farmland": ("R01", "Agricole", "D.II.36"),
    "landscape": ("R01", "Agricole", "D.II.36"),
    "industry": ("A02", "Activité économique industrielle", "D.II.30"),
    "sme": ("A01", "Activité économique mixte", "D.II.29"),
    "nature": ("R04", "Naturelle", "D.II.39"),
    "forest": ("R02", "Forestière", "D.II.37"),
    "recreation": ("L01", "Loisirs", "D.II.27"),
    "park": ("R05", "Parc", "D.II.40"),
    "utility": ("P01", "Services publics et équipements communautaires", "D.II.26"),
    "buffer": ("R03", "Espaces verts", "D.II.38"),
    "caravan": ("H03", "Habitat vert", "D.II.25bis"),
}
#: The same for the PRAS: synthetic code, Dutch and French label.
_PRAS = {
    "urban": ("SYN-02", "typisch woongebieden", "Zones d'habitation"),
    "suburban": ("SYN-01", "woongebieden met residentieel karakter", "Zones d'habitation à prédominance résidentielle"),
    "ribbon": ("SYN-03", "gemengde gebieden", "Zones mixtes"),
    "reserve": ("SYN-19", "grondreservegebieden", "Zones de réserve foncière"),
    "farmland": ("SYN-18", "landbouwgebieden", "Zones agricoles"),
    "landscape": ("SYN-18", "landbouwgebieden", "Zones agricoles"),
    "industry": ("SYN-07", "stedelijk-industriegebieden", "Zones d'industries urbaines"),
    "sme": ("SYN-04", "sterk gemengde gebieden", "Zones de forte mixité"),
    "nature": ("SYN-12", "groengebieden met hoogbiologische waarde", "Zones vertes de haute valeur biologique"),
    "forest": ("SYN-16", "bosgebieden", "Zones forestières"),
    "recreation": ("SYN-14", "gebieden voor sport- of vrijtijdsactiviteiten in de open lucht", "Zones de sports ou de loisirs de plein air"),
    "park": ("SYN-13", "parkgebieden", "Zones de parcs"),
    "utility": ("SYN-08", "gebieden van collectief belang of van openbare diensten", "Zones d'équipements d'intérêt collectif ou de service public"),
    "buffer": ("SYN-11", "groengebieden", "Zones vertes"),
    "caravan": ("SYN-08", "gebieden van collectief belang of van openbare diensten", "Zones d'équipements d'intérêt collectif ou de service public"),
}  # fmt: skip


@dataclass(frozen=True)
class Zone:
    """A zone: municipality, what it is for, shape in EPSG:31370."""

    nis: str
    purpose: str
    geometry: Any


def make_zones(plan: Plan, parcels: Parcels) -> list[Zone]:
    """Zones that tile each municipality: a cell is one zone, with ribbons along streets and public blocks cut out."""
    public = _public_blocks(parcels)
    built_up = {(cell.column, cell.row) for cell in plan.cells if cell.role in ("urban", "suburban", "reserve")}
    zones: list[Zone] = []
    caravans = {one.nis: False for one in plan.municipalities}
    for index, cell in enumerate(plan.cells):
        quad = shapely.Polygon(cell.corners)
        for at in public.get(index, ()):
            block = parcels.geometry[at]
            purpose = "utility"
            if parcels.use[at] == "public_open" and not caravans[cell.nis]:
                purpose, caravans[cell.nis] = "caravan", True
            zones.append(Zone(cell.nis, purpose, block))
            quad = shapely.difference(quad, block)
        purpose = _purpose(cell)
        if cell.role == "farmland" and (cell.column, cell.row + 1) in built_up:
            ribbon = shapely.Polygon(cell.at(np.array([0, 1, 1, 0]), np.array([0.82, 0.82, 1, 1])))
            zones.append(Zone(cell.nis, "ribbon", shapely.intersection(quad, ribbon)))
            quad = shapely.difference(quad, ribbon)
        zones.append(Zone(cell.nis, purpose, quad))
    return zones


def _purpose(cell: Cell) -> str:
    if cell.role == "farmland" and cell.column % 3 == 0:
        return "landscape"
    if cell.role == "industry" and cell.row % 2:
        return "sme"
    return cell.role


def _public_blocks(parcels: Parcels) -> dict[int, list[int]]:
    """Blocks with a public destination, by cell: schools, cemeteries, car parks, sports, half of the public land."""
    found: dict[int, list[int]] = {}
    for at, use in enumerate(parcels.use):
        wanted = use in ("school", "cemetery", "car_park", "sports") or (use == "public_open" and at % 2 == 0)
        if wanted and parcels.role[at] in ("urban", "suburban"):
            found.setdefault(parcels.cell[at], []).append(at)
    return found


def gewestplan_rows(zones: list[Zone]) -> dict[str, list[Any]]:
    """Attributes of `lu_gwp_gv`."""
    rows = [_GEWESTPLAN[zone.purpose] for zone in zones]
    return {
        "id": list(range(1, len(rows) + 1)),
        "svnaam": [row[1] for row in rows],
        "hoofdcode": [row[0] for row in rows],
    }


def pds_rows(zones: list[Zone]) -> dict[str, list[Any]]:
    """Attributes of PDS layer 22."""
    rows = [_PDS[zone.purpose] for zone in zones]
    names = ("AFFECT", "DESCRIPTION", "ART_CODT")
    return {
        "OBJECTID": list(range(1, len(rows) + 1)),
        **{name: [row[at] for row in rows] for at, name in enumerate(names)},
    }


def pras_rows(zones: list[Zone]) -> dict[str, list[Any]]:
    """Attributes of `Affectations`; the codes are synthetic and say so."""
    rows = [_PRAS[zone.purpose] for zone in zones]
    names = ("AFFECTATION", "NAME_NL", "NAME_FR")
    n = len(rows)
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    return {"id": list(range(1, n + 1)), **columns, "ENTITY_FR": ["PRAS (fictif)"] * n, "URL_P_FR": [""] * n}


def detailed_plans(parcels: Parcels) -> dict[str, tuple[dict[str, list[Any]], list[Any]]]:
    """Plans over the gewestplan by layer: columns and shapes (EPSG:31370).

    One municipal RUP makes a residential caravan site of open land; the regional level has no plan here, which only
    its declared coverage tells from a layer nobody loaded.
    """
    open_land = [
        at for at, nis in enumerate(parcels.nis) if nis == "99001" and parcels.use[at] in ("open", "public_open")
    ]
    fields = [
        at
        for at, nis in enumerate(parcels.nis)
        if nis == "99001" and parcels.use[at] == "field" and parcels.role[at] == "farmland"
    ]
    municipal = [
        ("Woonwagens", "", "zone voor residentieel woonwagenterrein", parcels.geometry[open_land[-1]]),
        ("Centrum", "WON", "zone voor wonen", parcels.geometry[open_land[len(open_land) // 2]].buffer(30)),
        *(("Open ruimte", "WON", "zone voor wonen", parcels.geometry[at].centroid.buffer(45)) for at in fields[:1]),
    ]
    provincial = [("Zone Oost", "BED", "bedrijvigheid", parcels.geometry[at]) for at in fields[1:2]]
    older = [("Parkwijk", "WON", "wonen", parcels.geometry[open_land[0]])]
    return {
        "lu_gemrup_gv": _plan_columns("RUP_99001_214", municipal),
        "lu_prorup_gv": _plan_columns("RUP_99001_213", provincial),
        "lu_gewrup_gv": _plan_columns("RUP_99001_212", []),
        "lu_bpa_gv": _plan_columns("BPA_99001_222", older),
    }


def _plan_columns(number: str, plans: list[tuple[str, str, str, Any]]) -> tuple[dict[str, list[Any]], list[Any]]:
    """Columns as served by the Flemish plan register, and shapes, of (name, category, legend, shape) each."""
    at = range(1, len(plans) + 1)
    return {
        "id": list(at),
        "algplanid": [f"{number}_{one:05d}_00001" for one in at],
        "naam": [f"{name} (fictief)" for name, *_ in plans],
        "svnaam": [f"art. {one}: {plan[2]}" for one, plan in zip(at, plans, strict=True)],
        "svnr": [f"art. {one}" for one in at],
        "categorie": [plan[1] for plan in plans],
        "legende": [plan[2] for plan in plans],
        "fichelink": ["" for _ in plans],
    }, [plan[3] for plan in plans]
