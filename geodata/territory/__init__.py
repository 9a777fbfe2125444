"""The fictional demo territory: three neighbouring municipalities at sea, one under each region's rules.

Everything is invented from a seed and written in the field names of the real sources, so that it enters by the same
ingestion as real data. A layer or criterion that is added to the program is added here in the same change.
"""

from __future__ import annotations

import json
from pathlib import Path

from geodata.sources.nis_regions import Place
from geodata.territory.files import (
    NOTICE,
    DemoFile,
    make_world,
    write_built,
    write_municipalities,
    write_parcels,
    write_roads,
    write_schools,
    write_sites,
    write_zoning,
)
from geodata.territory.further_files import write_further
from geodata.territory.grid import NAMES
from geodata.territory.hazard_files import write_flood, write_nature, write_osm, write_plan_hp, write_seveso_and_soil
from geodata.territory.plan_files import write_plan_levels

#: The fictional municipalities by their NIS-like code.
PLACES = {
    nis: Place(nis=nis, region=region, german_speaking=False, names={"nl": nl, "fr": fr, "de": de})
    for nis, nl, fr, de, region, _ in NAMES
}

_WRITERS = (
    write_municipalities, write_parcels, write_zoning, write_plan_levels, write_built, write_roads, write_flood, write_nature,
    write_seveso_and_soil, write_plan_hp, write_schools, write_osm, write_sites, write_further,
)  # fmt: skip


def generate(folder: Path, *, seed: int = 2012, scale: float = 1.0) -> list[DemoFile]:
    """Write the territory into a folder.

    Parameters
    ----------
    folder : an empty folder.
    seed : the same seed and scale give the same territory.
    scale : 1 = about 60 000 parcels.

    Returns
    -------
    The files in load order; `manifest.json` beside them lists the same, with the notice that all is fictional.
    """
    world = make_world(seed, scale)
    files = [file for write in _WRITERS for file in write(world, folder)]
    manifest = {"notice": NOTICE, "seed": seed, "scale": scale, "files": [file.as_dict() for file in files]}
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2), encoding="utf-8")
    return files


__all__ = ["NOTICE", "PLACES", "DemoFile", "generate"]
