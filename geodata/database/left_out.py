"""The layer by which a vector tile says what it leaves out: a point with `layer` and `count`. SQL, in one place."""

from __future__ import annotations


def left_out(layer: str, count: str, source: str, more: str = "") -> str:
    """SELECT of the bytes of the layer `left_out`; SQL of constants and placeholders only.

    Parameters
    ----------
    layer, count : SQL of the layer that is not whole, and of how many features are missing.
    source : what stands after FROM; gives `box`, the envelope of the tile in EPSG:3857.
    more : further columns, each after a comma.
    """
    return f"""SELECT ST_AsMVT(l, 'left_out', 4096, 'geom') FROM (
        SELECT {layer}::text AS layer, {count} AS count{more}, ST_AsMVTGeom(ST_Centroid(box), box) AS geom FROM {source}) l"""
