"""How much of a parcel is left, by PostGIS: the parcel less buildings, land in use, zones and classes that rule out."""

from __future__ import annotations

from typing import Any

import psycopg

from checker.conditions import KNOWN_USE
from checker.published import criteria_set, meaning, zoning_classes

#: The plan that counts where several lie on each other, the highest first.
LEVELS = {"pad": 3, "rup": 2, "rruz": 2, "bpa": 1, "ppas": 1}

_LEFT = """
WITH p AS (SELECT geom FROM parcel WHERE id = %(parcel)s),
layer AS (
    SELECT b.geom FROM building b, p WHERE b.dataset_id = ANY(%(buildings)s) AND b.geom && p.geom
    UNION ALL
    SELECT a.geom FROM constraint_area a, p
    WHERE a.geom && p.geom AND ST_Dimension(a.geom) = 2 AND a.dataset_id = ANY(%(areas)s)
      AND (a.theme || ':' || a.class) = ANY(%(classes)s)
    UNION ALL
    SELECT ST_Difference(z.geom, coalesce((
        SELECT ST_Union(above.geom) FROM zone above
        WHERE above.dataset_id = ANY(%(zones)s) AND above.geom && p.geom
          AND coalesce((%(levels)s::jsonb ->> above.plan_kind)::int, 0) > coalesce((%(levels)s::jsonb ->> z.plan_kind)::int, 0)
    ), ST_GeomFromText('POLYGON EMPTY', 31370)))
    FROM zone z, p WHERE z.dataset_id = ANY(%(zones)s) AND z.geom && p.geom AND z.zoning_class = ANY(%(ruled_out)s)
)
SELECT ST_Area(ST_Difference(p.geom, coalesce((SELECT ST_Union(geom) FROM layer), ST_GeomFromText('POLYGON EMPTY', 31370))))
FROM p"""


def left(connection: psycopg.Connection[Any], run: dict[str, Any], parcel: int) -> float:
    """Square metres left of a parcel, gardens not taken off."""
    profile, used = criteria_set(run["profile_id"]), run["datasets"]
    classes = [f"land_use:{name}" for name in KNOWN_USE]
    layers = ["land_use"]
    for one in profile["constraints"]:
        if one["kind"] == "share":
            classes += [f"{one['layer']}:{name}" for name, state in one["classes"].items() if state == "fail"]
            layers.append(one["layer"])
    ruled_out = [
        name for name in sorted(zoning_classes(run["region"]))
        if meaning(run["region"], name, run["site_type"], run["as_of"]).state == "fail"
    ]  # fmt: skip
    row = connection.execute(
        _LEFT,
        {
            "parcel": parcel,
            "buildings": used["buildings"],
            "areas": sorted({one for layer in layers for one in used.get(layer, [])}),
            "classes": classes,
            "zones": used["zoning"],
            "ruled_out": ruled_out,
            "levels": psycopg.types.json.Jsonb(LEVELS),
        },
    ).fetchone()
    assert row is not None
    return float(row[0])
