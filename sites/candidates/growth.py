"""Growing groups of neighbouring parcels until they hold the area wanted: compiled, bounded, the same every time.

Every pair of neighbours is a beginning and is grown in three ways: by parcels of the same owner and then the largest; by
the best value; by what keeps the outline compact. A way ends when the area is reached or the group is full. Parcels that
are not needed then leave again, as long as the rest hangs together, so that no group given holds another: of two groups
of which one lay inside the other, the larger one would have a parcel to spare. Of equal choices the lower number wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.measure.adjacency import Adjacency
from geodata.measure.chunks import in_chunks
from geodata.measure.jit import njit

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Most parcels of a group.
MOST = 6
_WAYS = 3
_CHUNK = 8192


@dataclass(frozen=True, eq=False)
class Land:
    """n parcels as the growth sees them.

    Attributes
    ----------
    allowed : may be part of a group, shape (n,).
    usable_m2 : area it adds, square metres, 0 or more.
    value : score 0..1 by which a neighbour is chosen.
    owner : number of the owner; below 0 where it is nobody else's for certain.
    area_m2, perimeter_m : of the parcel.
    """

    allowed: NDArray[np.bool_]
    usable_m2: Floats
    value: Floats
    owner: Ints
    area_m2: Floats
    perimeter_m: Floats


def grow(land: Land, beside: Adjacency, wanted_m2: float, *, most: int = MOST, workers: int | None = None) -> Ints:
    """Groups of at least two parcels that hang together and hold the area wanted, none inside another.

    Parameters
    ----------
    beside : neighbours among the n parcels.
    wanted_m2 : usable area, square metres.
    most : most parcels of a group, 2 to `MOST`.
    workers : threads; the number of processors where None.

    Returns
    -------
    numbers of the parcels, rising, -1 where there are no more; shape (groups, MOST), each group once, in their order.
    """
    if not 2 <= most <= MOST:
        raise ValueError(f"A group has 2 to {MOST} parcels, not {most}.")
    # A parcel that is enough alone makes no group: the group would have all others to spare.
    allowed = land.allowed & (land.usable_m2 > 0) & (land.usable_m2 < wanted_m2)
    pairs = np.flatnonzero(allowed[beside.first] & allowed[beside.second])
    ends, others, metres = _kept(beside, pairs).lists()
    found: dict[int, Ints] = {}
    given = (ends, others, metres, land.usable_m2, land.value, land.owner, land.area_m2, land.perimeter_m)

    def work(first: int, last: int) -> None:
        some = pairs[first:last]
        found[first] = _once(_grown(beside.first[some], beside.second[some], *given, wanted_m2, most))

    in_chunks(work, len(pairs), workers, _CHUNK)
    return _once(np.concatenate([found[at] for at in sorted(found)])) if found else np.empty((0, MOST), np.int64)


def _kept(beside: Adjacency, pairs: Ints) -> Adjacency:
    return Adjacency(beside.count, beside.first[pairs], beside.second[pairs], beside.metres[pairs])


def _once(groups: Ints) -> Ints:
    """Each group once, sorted."""
    if not len(groups):
        return groups
    rows = groups[np.lexsort(groups.T[::-1])]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    return rows[new]


@njit(error_model="numpy")
def _grown(
    first: Any,
    second: Any,
    ends: Any,
    others: Any,
    metres: Any,
    usable: Any,
    value: Any,
    owner: Any,
    area: Any,
    perimeter: Any,
    wanted: Any,
    most: Any,
) -> Any:
    """Groups that begin with the pairs given; some come several times."""
    out = np.full((len(first) * _WAYS, MOST), -1, np.int64)
    group = np.empty(MOST, np.int64)
    count = 0
    for k in range(len(first)):
        for way in range(_WAYS):
            group[0], group[1] = first[k], second[k]
            n = 2
            total = usable[group[0]] + usable[group[1]]
            while total < wanted and n < most:
                chosen = _next(group, n, way, ends, others, metres, usable, value, owner, area, perimeter)
                if chosen < 0:
                    break
                group[n] = chosen
                total += usable[chosen]
                n += 1
            if total < wanted:
                continue
            n = _pruned(group, n, total, wanted, usable, ends, others)
            out[count, :n] = np.sort(group[:n])
            count += 1
            if usable[first[k]] + usable[second[k]] >= wanted:
                break  # the pair is enough: the other ways would give it again
    return out[:count].copy()


@njit(error_model="numpy")
def _next(
    group: Any,
    n: Any,
    way: Any,
    ends: Any,
    others: Any,
    metres: Any,
    usable: Any,
    value: Any,
    owner: Any,
    area: Any,
    perimeter: Any,
) -> Any:
    """The neighbour that is best in one way; -1 where there is none."""
    chosen = np.int64(-1)
    best, best_else = -np.inf, -np.inf
    size, around = 0.0, 0.0
    for m in range(n):
        size += area[group[m]]
        around += perimeter[group[m]]
        for e in range(ends[group[m]], ends[group[m] + 1]):
            if _holds(group, n, others[e]):
                around -= metres[e]
    for m in range(n):
        for e in range(ends[group[m]], ends[group[m] + 1]):
            c = others[e]
            if _holds(group, n, c):
                continue
            if way == 0:
                key, key_else = (1.0 if owner[c] >= 0 and owner[c] == owner[group[0]] else 0.0), usable[c]
            elif way == 1:
                key, key_else = value[c], usable[c]
            else:
                along = perimeter[c]
                for f in range(ends[c], ends[c + 1]):
                    if _holds(group, n, others[f]):
                        along -= 2.0 * metres[f]
                key, key_else = (size + area[c]) / max(around + along, 1e-9) ** 2, usable[c]
            better = key > best or (key == best and key_else > best_else)
            if better or (key == best and key_else == best_else and c < chosen):
                chosen, best, best_else = c, key, key_else
    return chosen


@njit
def _holds(group: Any, n: Any, c: Any) -> Any:
    """Is a parcel part of the group?"""
    here = False
    for m in range(n):
        here = here or group[m] == c
    return here


@njit
def _pruned(group: Any, n: Any, total: Any, wanted: Any, usable: Any, ends: Any, others: Any) -> Any:
    """Parcels left when all that can be spared have gone, the smallest first; the group is changed in place."""
    again = True
    while again and n > 2:
        again = False
        out = -1
        for m in range(n):
            if total - usable[group[m]] < wanted or not _joined(group, n, m, ends, others):
                continue
            smaller = out >= 0 and usable[group[m]] == usable[group[out]] and group[m] > group[out]
            if out < 0 or usable[group[m]] < usable[group[out]] or smaller:
                out = m
        if out >= 0:
            total -= usable[group[out]]
            group[out] = group[n - 1]
            n -= 1
            again = True
    return n


@njit
def _joined(group: Any, n: Any, without: Any, ends: Any, others: Any) -> Any:
    """Does the group hang together without one of its parcels?"""
    seen = np.zeros(MOST, np.bool_)
    stack = np.empty(MOST, np.int64)
    start = 1 if without == 0 else 0
    seen[start], stack[0] = True, start
    open_ones, count = 1, 1
    while open_ones > 0:
        open_ones -= 1
        p = group[stack[open_ones]]
        for e in range(ends[p], ends[p + 1]):
            for m in range(n):
                if m != without and not seen[m] and group[m] == others[e]:
                    seen[m] = True
                    stack[open_ones] = m
                    open_ones += 1
                    count += 1
    return count == n - 1
