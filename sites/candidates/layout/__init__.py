"""Pitch layout: how many pitches of the norm fit on a piece of land, and how they could lie.

    from sites.candidates.layout import layout, layout_norm
    found = layout(remainder, access, layout_norm("flanders", "residential", date(2026, 11, 23)), wanted=12)
    found.low, found.high, found.drawn.balance, found.features()

Contract: pure functions on shapely geometry in EPSG:31370; no database, no clock, no randomness. A drawing that breaks
one of its own rules (`check.faults`) is never returned. It is a study of what could fit, not a design.
"""

from sites.candidates.layout.fit import layout
from sites.candidates.layout.model import Drawing, Feature, Layout
from sites.candidates.layout.norm import Figure, LayoutNorm, layout_norm

__all__ = ["Drawing", "Feature", "Figure", "Layout", "LayoutNorm", "layout", "layout_norm"]
