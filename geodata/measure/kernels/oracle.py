"""Overlap shares by shapely, in threads: the oracle of the overlap kernel, and its stand-in where numba is absent."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.measure.flat import FlatPolygons, Floats, Ints

_CHUNK = 4096
_MARGIN = 1.0
"""Around a parcel, metres, in which features are joined."""


def shares(
    parcels: FlatPolygons,
    polygons: FlatPolygons,
    kinds: Ints,
    classes: int,
    *,
    precedence: Ints | None = None,
    workers: int | None = None,
) -> Floats:
    """Share of each parcel under each class.

    Parameters
    ----------
    parcels, polygons : valid, EPSG:31370, metres; polygons may overlap: those of one class count once.
    kinds : class of each polygon, 0..classes - 1.
    precedence : level of each polygon: a class is covered only where no polygon of a higher level lies.
    workers : threads; the number of processors where None.

    Returns
    -------
    share, 0..1, shape (n, classes); NaN for a parcel without area.
    """
    features = polygons.to_shapely()
    tree = shapely.STRtree(features)
    level = np.zeros(len(features), np.int64) if precedence is None else np.asarray(precedence)
    out = np.zeros((len(parcels), classes))

    def work(at: int) -> None:
        mine = parcels.between(at, min(at + _CHUNK, len(parcels))).to_shapely()
        parcel, feature = tree.query(mine)
        covered = shapely.area(shapely.intersection(mine[parcel], features[feature]))
        parcel, feature, covered = parcel[covered > 0], feature[covered > 0], covered[covered > 0]
        pair, count = np.unique(parcel * classes + kinds[feature], return_inverse=True, return_counts=True)[1:]
        several = count[pair] > 1
        if precedence is not None:
            several = np.isin(parcel, parcel[several | (level[feature] != level[feature].min(initial=0))])
        part = out[at : at + len(mine)]
        part[parcel[~several], kinds[feature[~several]]] = covered[~several]
        for one in np.unique(parcel[several]):
            rows = feature[several & (parcel == one)]
            for kind in np.unique(kinds[rows]):
                part[one, kind] = _covered(mine[one], features[rows], kinds[rows] == kind, level[rows])
        with np.errstate(invalid="ignore"):
            part /= shapely.area(mine)[:, None]

    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        list(pool.map(work, range(0, len(parcels), _CHUNK)))
    return np.clip(out, 0.0, 1.0, out=out)


def _covered(parcel: Any, features: NDArray[Any], mine: NDArray[np.bool_], level: Ints) -> float:
    """Area of a parcel under the features of a class, less what higher levels cover."""
    total = 0.0
    for n in np.unique(level[mine]):
        above = level > n
        total += _under(parcel, features[above | (mine & (level == n))]) - _under(parcel, features[above])
    return total


def _under(parcel: Any, features: NDArray[Any]) -> float:
    """Area of a parcel under the union of features.

    Features are joined as they came, near the parcel, and cut once: pieces cut first have edges that nearly coincide,
    and GEOS then loses some without a word.
    """
    if not len(features):
        return 0.0
    return float(shapely.area(shapely.intersection(parcel, joined_near(features, parcel))))


def joined_near(features: NDArray[Any], parcel: Any) -> Any:
    """The union of features, as far as they lie near a parcel."""
    x0, y0, x1, y1 = parcel.bounds
    box = shapely.box(x0 - _MARGIN, y0 - _MARGIN, x1 + _MARGIN, y1 + _MARGIN)
    try:
        near = shapely.clip_by_rect(features, *box.bounds)
    except shapely.errors.GEOSException:  # a ring of which the cut leaves less than a ring
        return shapely.union_all(shapely.intersection(features, box))
    odd = ~shapely.is_valid(near)
    near[odd] = shapely.intersection(features[odd], box)
    return shapely.union_all(near)
