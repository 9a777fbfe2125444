"""A point inside each polygon, on which a building stands: the middle of its widest section halfway up.

The line goes between the two corners nearest to half the height, so that it meets none; of several parts the one with
the widest section counts. The same rule as `shapely.point_on_surface`, which answers where numba is absent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geodata.measure.chunks import in_chunks
from geodata.measure.flat import FlatPolygons, Floats
from geodata.measure.jit import HAVE_NUMBA, njit


def standing_points(polygons: FlatPolygons, *, workers: int | None = None) -> Floats:
    """A point inside each polygon, EPSG:31370, shape (n, 2); NaN where empty."""
    if not HAVE_NUMBA:
        found = shapely.point_on_surface(polygons.to_shapely())
        return np.stack([shapely.get_x(found), shapely.get_y(found)], axis=1)
    out = np.full((len(polygons), 2), np.nan)

    def work(first: int, last: int) -> None:
        _standing(polygons.xy, polygons.rings, polygons.parts, polygons.features, first, last, out)

    in_chunks(work, len(polygons), workers)
    return out


@njit(error_model="numpy")
def _standing(xy: Any, rings: Any, parts: Any, features: Any, first: Any, last: Any, out: Any) -> None:
    """Fill `out` for the polygons first..last."""
    crossings = np.empty(64)
    for p in range(first, last):
        widest = -1.0
        for part in range(features[p], features[p + 1]):
            begin, end = rings[parts[part]], rings[parts[part + 1]]
            low = high = xy[begin, 1]
            for v in range(begin, end):
                low, high = min(low, xy[v, 1]), max(high, xy[v, 1])
            half = (low + high) / 2.0
            for v in range(begin, end):
                y = xy[v, 1]
                if y <= half:
                    low = max(low, y)
                else:
                    high = min(high, y)
            line = (low + high) / 2.0
            if end - begin > len(crossings):
                crossings = np.empty(2 * (end - begin))
            count = 0
            for r in range(parts[part], parts[part + 1]):
                for v in range(rings[r], rings[r + 1] - 1):
                    x0, y0, x1, y1 = xy[v, 0], xy[v, 1], xy[v + 1, 0], xy[v + 1, 1]
                    if (y0 > line) == (y1 > line):
                        continue
                    x = x0 if x0 == x1 else x0 + (line - y0) / ((y1 - y0) / (x1 - x0))
                    i = count
                    while i > 0 and crossings[i - 1] > x:
                        crossings[i] = crossings[i - 1]
                        i -= 1
                    crossings[i] = x
                    count += 1
            if widest < 0.0:
                out[p, 0], out[p, 1] = xy[begin, 0], xy[begin, 1]
                widest = 0.0
            for i in range(0, count - 1, 2):
                if crossings[i + 1] - crossings[i] > widest:
                    widest = crossings[i + 1] - crossings[i]
                    out[p, 0], out[p, 1] = (crossings[i] + crossings[i + 1]) / 2.0, line
