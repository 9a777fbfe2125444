"""Plans beside the zoning of the demo territory: those that add rules, and those that overrule PRAS.

Some levels have no plan here: an empty file with declared coverage is an answer, a missing file is not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geodata.territory.files import _MARK, BRUSSELS, FLANDERS, WALLONIA, DemoFile, World
from geodata.territory.writing import write_vector


def write_plan_levels(world: World, folder: Path) -> list[DemoFile]:
    """Subdivision permits (Flanders), SOL, GCU, LOT, SDC (Wallonia), PAD, RRUZ, PPAS (Brussels)."""
    flemish, walloon, brussels = (_open_land(world, nis) for nis in (FLANDERS, WALLONIA, BRUSSELS))
    levels: list[tuple[str, str, str, dict[str, Any], list[int]]] = [
        ("plan-rules", FLANDERS, "verkaveling", {"NAAM": "Verkaveling Oost (fictief)"}, flemish[1:3]),
        ("plan-rules", WALLONIA, "plan_sol", {"NOM": "SOL du Quai (fictif)"}, walloon[1:2]),
        ("plan-rules", WALLONIA, "plan_gcu", {"NOM": ""}, []),
        ("plan-rules", WALLONIA, "plan_lot", {"NOM": "Lotissement Sud (fictif)"}, walloon[2:4]),
        ("plan-rules", WALLONIA, "plan_sdc", {"NOM": ""}, []),
        ("zoning-pras", BRUSSELS, "plan_pad", {"NOM": "PAD Gare (fictif)"}, brussels[1:2]),
        ("zoning-pras", BRUSSELS, "plan_rruz", {"NOM": ""}, []),
        (
            "zoning-pras",
            BRUSSELS,
            "plan_ppas",
            {"NOM": "PPAS Centre (fictif)", "NAME_NL": "typisch woongebieden", "NAME_FR": "Zones d'habitation"},
            brussels[2:3],
        ),
    ]
    return [_write(world, folder, *level) for level in levels]


def _open_land(world: World, nis: str) -> list[int]:
    uses = world.parcels.use
    return [int(at) for at in world.of(nis) if uses[at] in ("open", "public_open")]


def _write(
    world: World, folder: Path, kind: str, nis: str, layer: str, columns: dict[str, Any], parcels: list[int]
) -> DemoFile:
    number = "OBJECTID" if nis == WALLONIA else "id"
    path = folder / f"demo_{layer}.gpkg"
    rows = {number: list(range(1, len(parcels) + 1)), **{name: [text] * len(parcels) for name, text in columns.items()}}
    write_vector(path, layer, rows, [world.shapes[at] for at in parcels], "EPSG:31370", _MARK)
    return DemoFile(path, kind, nis)
