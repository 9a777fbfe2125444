"""Union of the polygons of each class within each tile, as edges, by a sweep from left to right.

Between two neighbouring events (an end of an edge, or a crossing) no edges cross, so their order by height is fixed;
walking up that order, the number of polygons of each class above the edge tells where a class begins and ends. An edge
that bounds the class in neighbouring slabs is written once. Nothing can fail: a wrong order of two edges that lie
within rounding of each other is an area of that size. Edges closer than 1e-10 m are taken as one border.

With precedence a class is covered only where no polygon of a higher level lies.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geodata.measure.jit import njit
from geodata.measure.kernels.cutting import longer, longer_floats, longer_rows, sorted_by

_NEAR = 1e-10
"""Edges closer than this are one border, metres."""

_LEVEL = 1e-12
"""Widths closer than this are equal, metres."""


@njit(error_model="numpy")
def dissolve(tiles: Any, first: Any, last: Any, edges: Any, owners: Any, kinds: Any, levels: Any, joint: Any) -> Any:
    """Dissolved pieces of tiles first..last.

    Parameters
    ----------
    tiles : offsets of tiles into `edges`, shape (tiles + 1,).
    edges, owners : what `cut` wrote.
    kinds, levels : class and precedence of each polygon, int64.
    joint : whether levels matter.

    Returns
    -------
    edges (m, 4), by piece, top edges first, each half by left x; class, number of top edges and of bottom edges of each
    piece (k,); its box (k, 4), metres from the tile's corner; number of pieces per tile.
    """
    out = np.empty((tiles[last] - tiles[first] + 64, 4))
    room = last - first + 64
    kind, tops, bottoms, box = (
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty((room, 4)),
    )
    counts = np.zeros(last - first, np.int64)
    # Counters of a declared kind: a bare 0 would compile what they are passed to twice.
    m = pieces = np.int64(0)
    for t in range(first, last):
        if tiles[t] == tiles[t + 1]:
            continue
        rows, keys, n = _of_tile(edges, owners, tiles[t], tiles[t + 1], kinds, levels, joint)
        lefts = np.empty(n)
        for i in range(n):
            lefts[i] = rows[i, 0]
        order = sorted_by(keys, lefts, n)
        if m + n > len(out):
            out = longer_rows(out, 2 * (m + n))
        k = np.int64(0)
        while k < n:
            if pieces == room:
                room *= 2
                kind, tops, bottoms = longer(kind, room), longer(tops, room), longer(bottoms, room)
                box = longer_rows(box, room)
            end = _write_piece(rows, keys, order, k, n, out, m, pieces, tops, bottoms, box)
            kind[pieces] = keys[order[k]] >> 1
            m += end - k
            pieces += 1
            counts[t - first] += 1
            k = end
    return out[:m], kind[:pieces], tops[:pieces], bottoms[:pieces], box[:pieces], counts


@njit
def _write_piece(
    rows: Any, keys: Any, order: Any, k: Any, n: Any, out: Any, at: Any, piece: Any, tops: Any, bottoms: Any, box: Any
) -> Any:
    """Copy the edges of the class that starts at k; note how many are top and bottom, and their box. Returns its end."""
    box[piece, 0], box[piece, 1], box[piece, 2], box[piece, 3] = np.inf, np.inf, -np.inf, -np.inf
    tops[piece] = bottoms[piece] = 0
    low, wide = np.inf, 0.0
    name = keys[order[k]] >> 1
    end = k
    while end < n and keys[order[end]] >> 1 == name:
        i = order[end]
        for j in range(4):
            out[at + end - k, j] = rows[i, j]
        box[piece, 0], box[piece, 2] = min(box[piece, 0], rows[i, 0]), max(box[piece, 2], rows[i, 2])
        box[piece, 3] = max(box[piece, 3], rows[i, 1], rows[i, 3])
        if keys[i] & 1:
            bottoms[piece] += 1
            low = min(low, rows[i, 1], rows[i, 3])
            wide -= rows[i, 2] - rows[i, 0]
        else:
            tops[piece] += 1
            wide += rows[i, 2] - rows[i, 0]
        end += 1
    # A piece with more width above than below stands on the base of the tile.
    box[piece, 1] = low if abs(wide) < _LEVEL else 0.0
    return end


@njit(error_model="numpy")
def _of_tile(edges: Any, owners: Any, first: Any, last: Any, kinds: Any, levels: Any, joint: Any) -> Any:
    """Edges of one tile after dissolving: rows (m, 4), key = class * 2 + (1 where bottom), how many of them count."""
    n = last - first
    group, owner, left = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n)
    for i in range(n):
        owner[i] = owners[first + i]
        group[i] = 0 if joint else kinds[owner[i] >> 1]
        left[i] = edges[first + i, 0]
    clusters, order, starts = _clusters(edges, first, owner, group, left)
    rows, keys = np.empty((n + 16, 4)), np.empty(n + 16, np.int64)
    m = np.int64(0)
    for c in range(clusters):
        alone = True
        for i in range(starts[c], starts[c + 1]):
            alone = alone and owner[order[i]] >> 1 == owner[order[starts[c]]] >> 1
        if not alone:
            rows, keys, m = _sweep(edges, first, owner, kinds, levels, order, starts[c], starts[c + 1], rows, keys, m)
            continue
        if m + starts[c + 1] - starts[c] > len(keys):
            rows, keys = longer_rows(rows, 2 * (m + n)), longer(keys, 2 * (m + n))
        for i in range(starts[c], starts[c + 1]):
            for j in range(4):
                rows[m, j] = edges[first + order[i], j]
            keys[m] = kinds[owner[order[i]] >> 1] * 2 + 1 - (owner[order[i]] & 1)
            m += 1
    return rows, keys, m


@njit
def _clusters(edges: Any, first: Any, owners: Any, group: Any, left: Any) -> Any:
    """Polygons of one group whose boxes touch, taken together: (count, edge order, offsets)."""
    n = len(owners)
    number = np.empty(n)
    for i in range(n):
        number[i] = owners[i] >> 1
    by_owner = sorted_by(group, number, n)
    member, of_group = np.empty(n, np.int64), np.empty(n, np.int64)
    x0, x1, y0, y1, wide = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.zeros(n)
    k = -1
    for at in range(n):
        i = by_owner[at]
        if at == 0 or owners[i] >> 1 != owners[by_owner[at - 1]] >> 1:
            k += 1
            of_group[k] = group[i]
            x0[k], y0[k], x1[k], y1[k] = np.inf, np.inf, -np.inf, -np.inf
        member[i] = k
        e = first + i
        x0[k], x1[k] = min(x0[k], edges[e, 0]), max(x1[k], edges[e, 2])
        y0[k] = min(y0[k], edges[e, 1], edges[e, 3])
        y1[k] = max(y1[k], edges[e, 1], edges[e, 3])
        wide[k] += (edges[e, 2] - edges[e, 0]) * (1.0 if owners[i] & 1 else -1.0)
    polygons = k + 1
    for p in range(polygons):
        # What stands on the base of the tile has no edge there: its box reaches down to it.
        if abs(wide[p]) > _LEVEL:
            y0[p] = 0.0
    root = _joined(of_group, x0, y0, x1, y1, polygons)
    for i in range(n):
        member[i] = root[member[i]]
    order = sorted_by(member, left, n)
    starts = np.zeros(polygons + 1, np.int64)
    clusters = 0
    for at in range(n):
        if at and member[order[at]] != member[order[at - 1]]:
            clusters += 1
            starts[clusters] = at
    clusters += 1
    starts[clusters] = n
    return clusters, order, starts


@njit
def _joined(group: Any, x0: Any, y0: Any, x1: Any, y1: Any, n: Any) -> Any:
    """For each polygon the lowest polygon of its cluster (boxes of one group that touch)."""
    root = np.arange(n)
    order = sorted_by(group, x0, n)
    for a in range(n):
        i = order[a]
        for b in range(a + 1, n):
            j = order[b]
            if group[j] != group[i] or x0[j] > x1[i] + _NEAR:
                break
            if y0[j] <= y1[i] + _NEAR and y0[i] <= y1[j] + _NEAR:
                x, y = i, j
                while root[x] != x:
                    x = root[x]
                while root[y] != y:
                    y = root[y]
                root[max(x, y)] = min(x, y)
    for i in range(n):
        x = i
        while root[x] != x:
            x = root[x]
        root[i] = x
    return root


@njit(error_model="numpy")
def _events(xl: Any, yl: Any, xr: Any, slope: Any, owner: Any, n: Any) -> Any:
    """All x where the order of edges may change: ends and crossings, sorted, each once. Edges are sorted by left x."""
    out = np.empty(2 * n + 16)
    m = 0
    for i in range(n):
        if m + 2 > len(out):
            out = longer_floats(out, 2 * len(out))
        out[m], out[m + 1] = xl[i], xr[i]
        m += 2
        for j in range(i + 1, n):
            if xl[j] >= xr[i]:
                break
            if owner[i] >> 1 == owner[j] >> 1:
                continue
            a, b = xl[j], min(xr[i], xr[j])
            before = yl[i] + (a - xl[i]) * slope[i] - yl[j]
            after = before + (b - a) * (slope[i] - slope[j])
            if before * after < 0.0:
                if m == len(out):
                    out = longer_floats(out, 2 * m)
                out[m] = min(max(a + (b - a) * (before / (before - after)), a), b)
                m += 1
    order = sorted_by(np.zeros(m, np.int64), out, m)
    events = np.empty(m)
    k = 0
    for i in range(m):
        if k == 0 or out[order[i]] != events[k - 1]:
            events[k] = out[order[i]]
            k += 1
    return events, k


@njit(error_model="numpy")
def _sweep(
    edges: Any,
    first: Any,
    owners: Any,
    kinds: Any,
    levels: Any,
    order: Any,
    begin: Any,
    end: Any,
    rows: Any,
    keys: Any,
    m: Any,
) -> Any:
    """Add the edges of the union of several polygons, per class, to rows and keys; returns both and their new length.

    order : edges (from `first` on) sorted by left x; those from `begin` up to `end` are meant.
    """
    n = end - begin
    xl, yl, xr, yr, slope, owner = _columns(edges, first, owners, order, begin, n)
    events, n_events = _events(xl, yl, xr, slope, owner, n)
    slot, slot_class, slot_level, class_of, slots, classes = _slots(owner, kinds, levels)
    count = np.zeros(slots, np.int64)
    covered, now = np.zeros(classes, np.int64), np.zeros(classes, np.int64)
    latest = np.full((n, 2 * classes), -1)
    active, height = np.empty(n, np.int64), np.empty(n)
    n_active = entered = np.int64(0)
    for k in range(n_events - 1):
        a, b = events[k], events[k + 1]
        n_active, entered = _enter(active, n_active, entered, xl, xr, a)
        _by_height(active, height, n_active, 0.5 * (a + b), xl, yl, slope, owner)
        # Above the highest edge there is nothing, so what stands on the base of the tile follows from the edges.
        for s in range(slots):
            count[s] = 0
        for i in range(n_active):
            count[slot[active[i]]] += 1 if owner[active[i]] & 1 else -1
        _cover(count, slot_class, slot_level, covered)
        for i in range(n_active):
            e = active[i]
            count[slot[e]] += -1 if owner[e] & 1 else 1
            _cover(count, slot_class, slot_level, now)
            for c in range(classes):
                if now[c] == covered[c]:
                    continue
                covered[c] = now[c]
                same = latest[e, 2 * c + now[c]]
                y = yr[e] if b == xr[e] else yl[e] + (b - xl[e]) * slope[e]
                if same >= 0 and rows[same, 2] == a:
                    rows[same, 2], rows[same, 3] = b, y
                    continue
                if m == len(keys):
                    rows, keys = longer_rows(rows, 2 * m), longer(keys, 2 * m)
                rows[m, 0], rows[m, 2], rows[m, 3] = a, b, y
                rows[m, 1] = yl[e] if a == xl[e] else yl[e] + (a - xl[e]) * slope[e]
                keys[m] = class_of[c] * 2 + now[c]
                latest[e, 2 * c + now[c]] = m
                m += 1
    return rows, keys, m


@njit(error_model="numpy")
def _columns(edges: Any, first: Any, owners: Any, order: Any, begin: Any, n: Any) -> Any:
    """The n edges from `begin` on: left x, left y, right x, right y, slope, owner."""
    xl, yl, xr, yr, slope = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    owner = np.empty(n, np.int64)
    for i in range(n):
        e = first + order[begin + i]
        xl[i], yl[i], xr[i], yr[i] = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        slope[i] = (yr[i] - yl[i]) / (xr[i] - xl[i])
        owner[i] = owners[order[begin + i]]
    return xl, yl, xr, yr, slope, owner


@njit
def _enter(active: Any, n_active: Any, entered: Any, xl: Any, xr: Any, x: Any) -> Any:
    """Let edges that end at x leave the active ones and those that begin there enter: (how many, how many ever)."""
    kept = 0
    for i in range(n_active):
        if xr[active[i]] > x:
            active[kept] = active[i]
            kept += 1
    while entered < len(xl) and xl[entered] <= x:
        active[kept] = entered
        kept += 1
        entered += 1
    return kept, entered


@njit
def _by_height(active: Any, height: Any, n: Any, x: Any, xl: Any, yl: Any, slope: Any, owner: Any) -> None:
    """Sort the edges of a slab by height in its middle; of two at one height the bottom edge comes first."""
    for i in range(n):
        e = active[i]
        y = yl[e] + (x - xl[e]) * slope[e]
        if not owner[e] & 1:
            y -= _NEAR
        j = i
        while j > 0 and height[j - 1] > y:
            height[j], active[j] = height[j - 1], active[j - 1]
            j -= 1
        height[j], active[j] = y, e


@njit
def _slots(owner: Any, kinds: Any, levels: Any) -> Any:
    """Pairs of class and level: (pair of each edge, class and level of each pair, class of each local number)."""
    n = len(owner)
    slot = np.empty(n, np.int64)
    slot_class, slot_level = np.empty(n, np.int64), np.empty(n, np.int64)
    class_of = np.empty(n, np.int64)
    slots = classes = 0
    for i in range(n):
        kind, level = kinds[owner[i] >> 1], levels[owner[i] >> 1]
        c = 0
        while c < classes and class_of[c] != kind:
            c += 1
        if c == classes:
            class_of[c] = kind
            classes += 1
        s = 0
        while s < slots and (slot_class[s] != c or slot_level[s] != level):
            s += 1
        if s == slots:
            slot_class[s], slot_level[s] = c, level
            slots += 1
        slot[i] = s
    return slot, slot_class, slot_level, class_of, slots, classes


@njit
def _cover(count: Any, slot_class: Any, slot_level: Any, now: Any) -> None:
    """Which classes are covered: those of the highest level that has a polygon here."""
    if len(count) == 1:
        now[0] = 1 if count[0] > 0 else 0
        return
    top, found = 0, False
    for s in range(len(count)):
        if count[s] > 0 and (not found or slot_level[s] > top):
            top, found = slot_level[s], True
    for c in range(len(now)):
        now[c] = 0
    for s in range(len(count)):
        if count[s] > 0 and slot_level[s] == top:
            now[slot_class[s]] = 1
