"""Layers of the demo territory that no criterion reads yet, in the field names of their sources: shown, never judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely

from geodata.territory.files import _MARK, BRUSSELS, FLANDERS, WALLONIA, DemoFile, World
from geodata.territory.writing import write_vector


def write_further(world: World, folder: Path) -> list[DemoFile]:
    """Water-test advice, signal areas and heritage (Flanders), karst, catchment, sewers, slag heaps and undeveloped
    land (Wallonia), pre-emption (Brussels)."""
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
        ("sewer", WALLONIA, "WebPASH", {"OBJECTID": [1], "pashcode": ["I"], "pdsaffectcode": ["H01"]}, [_around(world, walloon[6])]),
        ("slag-heaps", WALLONIA, "TERRILS", {"OBJECTID": [1], "MAJEUR": ["Non"]}, _shapes(world, walloon[7:8])),
        ("undeveloped-land", WALLONIA, "TNU_INZH_0", {"OBJECTID": range(1, 6)}, _shapes(world, walloon[8:13])),
        ("pre-emption", BRUSSELS, "Zones_de_preemption", {"id": [1]}, [_around(world, brussels[3])]),
    ]  # fmt: skip
    return [_write(folder, *layer) for layer in layers]


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
