"""Further layers of the demo territory in the field names of their sources: noise, sewers, plans and registers that are
judged, and layers that are only shown."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import shapely

from geodata.territory.files import _MARK, BRUSSELS, FLANDERS, WALLONIA, DemoFile, World
from geodata.territory.writing import write_vector

#: Noise bands of the demo (dB, Lden) and how far from the line each reaches, metres.
_BANDS_M = {65: 40.0, 60: 80.0, 55: 160.0, 50: 320.0}
#: The same bands in the words of Flanders, Wallonia and Brussels; in Brussels the field is ours, too.
_FLEMISH = {65: "Lden6569", 60: "Lden6064", 55: "Lden5559", 50: "Lden5054"}
_WALLOON = {65: "de 65 à 69", 60: "de 60 à 64", 55: "de 55 à 59", 50: "moins de 55"}
_BRUSSELS = {65: "65", 60: "60", 55: "55", 50: "below_55"}


def write_further(world: World, folder: Path) -> list[DemoFile]:
    """Water-test advice, signal areas, heritage and undeveloped land (Flanders), karst, catchment, sewers, slag heaps,
    reservations, redevelopment sites and undeveloped land (Wallonia), pre-emption (Brussels), noise."""
    flemish, walloon, brussels = (_open_land(world, nis) for nis in (FLANDERS, WALLONIA, BRUSSELS))
    river = world.lines.river.buffer(60.0)
    wet = [at for at in flemish if shapely.intersects(world.shapes[at], river)][:40]
    numbers, shapes = range(1, len(wet) + 1), [world.shapes[at] for at in wet]
    advice = {"CAPAKEY": [world.keys[at] for at in wet], "Adviesinst": ["VMM (fictief)"] * len(wet)}
    layers: list[tuple[str, str, str, dict[str, Any], list[Any]]] = [
        ("flood-advice", FLANDERS, "Advieskaart", advice, shapes),
        (
            "signal-areas",
            FLANDERS,
            "Goedgekeurde_signaalgebieden",
            {"OBJECTID": numbers[:2], "Categorie": ["Bouwvrije opgave", "Verscherpte watertoets"][: len(wet)]},
            shapes[:2],
        ),
        ("heritage", FLANDERS, "ps_aandobj", _heritage(), _shapes(world, flemish[3:4])),
        ("karst", WALLONIA, "CONTR_KARST_0", {"OBJECTID": [1]}, [_around(world, walloon[4])]),
        ("catchment", WALLONIA, "PROTECT_CAPT_4", {"OBJECTID": [1], "TYPE_CODE": ["IIb"]}, [_around(world, walloon[5])]),
        ("sewer", WALLONIA, "WebPASH", {"OBJECTID": [1, 2], "pashcode": ["I", "II"], "pdsaffectcode": ["H01", "HZU"]}, _sewers(world)),
        ("plan-overlays", WALLONIA, "pds_20", {"OBJECTID": [1]}, [_around(world, walloon[14])]),
        ("brownfields", WALLONIA, "SAR_0", {"OBJECTID": [1]}, _shapes(world, walloon[15:16])),
        ("undeveloped-land", FLANDERS, "onbebouwde_percelen", {"id": range(1, 7)}, _shapes(world, flemish[8:14])),
        ("slag-heaps", WALLONIA, "TERRILS", {"OBJECTID": [1], "MAJEUR": ["Non"]}, _shapes(world, walloon[7:8])),
        ("undeveloped-land", WALLONIA, "TNU_INZH_0", {"OBJECTID": range(1, 6)}, _shapes(world, walloon[8:13])),
        ("pre-emption", BRUSSELS, "Zones_de_preemption", {"id": [1]}, [_around(world, brussels[3])]),
    ]  # fmt: skip
    return [_write(folder, *layer) for layer in layers] + write_noise(world, folder)


def write_noise(world: World, folder: Path) -> list[DemoFile]:
    """Noise of road and rail in bands around the motorway and the railway, as each region publishes it.

    There are no aircraft here, which only the declared coverage tells; the map of Brussels adds all sources up.
    """
    road, rail = world.lines.motorway, world.lines.railway
    maps: tuple[tuple[str, str, str, dict[int, str], str, Any], ...] = (
        (FLANDERS, "hh_weg_lden", "category", _FLEMISH, "EPSG:3812", road),
        (FLANDERS, "hh_spoor_lden", "category", _FLEMISH, "EPSG:3812", rail),
        (FLANDERS, "hh_lucht_lden", "category", _FLEMISH, "EPSG:3812", None),
        (WALLONIA, "BRUIT_MROAD_2017__LDEN", "CLASSE", _WALLOON, "EPSG:31370", road),
        (WALLONIA, "BRUIT_MRAIL_2017__LDEN", "CLASSE", _WALLOON, "EPSG:31370", rail),
        (WALLONIA, "BRUIT_AEROPORT_PEB", "ZONAGE", _WALLOON, "EPSG:31370", None),
        (BRUSSELS, "noise_multi_lden_16", "BAND_SYN", _BRUSSELS, "EPSG:31370", shapely.union(road, rail)),
    )
    files = []
    for nis, layer, field, words, crs, line in maps:
        bands: list[Any] = []
        if line is not None:
            rings = [line.buffer(metres, quad_segs=4) for metres in _BANDS_M.values()]
            bands = [rings[0], *(outer.difference(inner) for inner, outer in pairwise(rings))]
        path = folder / f"demo_{layer}.gpkg"
        key = "OBJECTID" if nis == WALLONIA else "id"
        columns = {key: list(range(1, len(bands) + 1)), field: [words[one] for one in _BANDS_M][: len(bands)]}
        write_vector(path, layer, columns, bands, crs, _MARK)
        files.append(DemoFile(path, "noise", nis))
    return files


def _sewers(world: World) -> list[Any]:
    """Collective treatment in the built-up cells of the Walloon municipality, individual in the others."""
    mine = [cell for cell in world.plan.cells if cell.nis == WALLONIA]
    built = [cell.role in ("urban", "suburban") for cell in mine]
    shapes = [shapely.Polygon(cell.corners) for cell in mine]
    return [
        shapely.union_all([shape for shape, inside in zip(shapes, built, strict=True) if inside == wanted])
        for wanted in (True, False)
    ]


def _heritage() -> dict[str, Any]:
    return {
        "aanduid_id": [999_001],
        "naam": ["Hoeve (fictief)"],
        "type_naam": ["vastgesteld bouwkundig erfgoed"],
        "geld_start": ["2026-01-01"],
        "geld_einde": [None],
        "uri": ["fictief"],
    }


def _open_land(world: World, nis: str) -> list[int]:
    return [int(at) for at in world.of(nis) if world.parcels.use[at] in ("open", "public_open")]


def _shapes(world: World, parcels: list[int]) -> list[Any]:
    return [world.shapes[at] for at in parcels]


def _around(world: World, parcel: int) -> Any:
    return shapely.centroid(world.shapes[parcel]).buffer(120.0)


def _write(folder: Path, kind: str, nis: str, layer: str, columns: dict[str, Any], shapes: list[Any]) -> DemoFile:
    path = folder / f"demo_{layer}.gpkg"
    write_vector(path, layer, columns, shapes, "EPSG:31370", _MARK)
    return DemoFile(path, kind, nis)
