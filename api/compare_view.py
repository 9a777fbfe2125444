"""Two to five candidates side by side: one line per condition and criterion, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from api.i18n import Translator
from api.views import parcel_view
from geodata.errors import UsageError
from sites.candidates.runs import Run

FEWEST, MOST = 2, 5


def compare_view(
    connection: psycopg.Connection[Any],
    capakeys: Sequence[str],
    run: Run,
    translate: Translator,
    *,
    with_rank: bool = True,
) -> dict[str, Any]:
    """Parcels of one result side by side.

    Returns
    -------
    `items` (each explained in full), and `lines`: per figure, constraint and criterion its title, a cell per item in the
    order asked for, and whether the cells differ. Areas in m², scores 0..1.

    Raises
    ------
    UsageError
        When fewer than two or more than five different parcels are asked for.
    """
    keys = list(dict.fromkeys(capakeys))
    if not FEWEST <= len(keys) <= MOST:
        raise UsageError(f"{len(keys)} parcels cannot be compared.", f"Name {FEWEST} to {MOST} different ones.")
    items = [parcel_view(connection, key, run, translate, with_rank=with_rank) for key in keys]
    lines = [*_figures(items, translate), *_constraints(items), *_criteria(items)]
    return {
        "run": run.id,
        "run_info": run.summary(),
        "capakeys": keys,
        "count": len(items),
        "lines": lines,
        "items": items,
        **{name: items[0][name] for name in ("notice",) if name in items[0]},
    }


def _line(kind: str, name: str, title: str, cells: list[Any], texts: list[str]) -> dict[str, Any]:
    return {"kind": kind, "id": name, "title": title, "values": cells, "texts": texts, "differs": len(set(texts)) > 1}


def _figures(items: list[dict[str, Any]], translate: Translator) -> list[dict[str, Any]]:
    verdicts = [translate.verdict(one["verdict"], one["so_far"]) for one in items]
    lines = [_line("figure", "verdict", translate("verdict"), [one["verdict"] for one in items], verdicts)]
    if any(one["rank"] for one in items):
        ranks = [
            _span(low, high, translate)
            for low, high in (one["rank_interval"] or (one["rank"], one["rank"]) for one in items)
        ]
        lines.append(_line("figure", "rank", translate("rank"), [one["rank"] for one in items], ranks))
    scores = [one["score"] for one in items]
    lines.append(
        _line("figure", "score", translate("score"), scores, [_decimals(one["low"], one["high"]) for one in scores])
    )
    for name, title in (("area_m2", "m²"), ("usable_area_m2", "usable m²")):
        values = [one[name] for one in items]
        texts = [translate("not known") if one is None else f"{one:.0f}" for one in values]
        lines.append(_line("figure", name, translate(title), values, texts))
    pitches = [one["pitches"] for one in items]
    texts = [_span(one["low"], one["high"], translate) for one in pitches]
    return [*lines, _line("figure", "pitches", translate("pitches"), pitches, texts)]


def _constraints(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        _line(
            "constraint",
            first["id"],
            first["title"],
            [one["constraints"][at]["state"] for one in items],
            [one["constraints"][at]["sentence"] for one in items],
        )
        for at, first in enumerate(items[0]["constraints"])
    ]


def _criteria(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        _line(
            "criterion",
            first["id"],
            first["title"],
            [one["criteria"][at]["contribution"] for one in items],
            [
                f"{_decimals(**one['criteria'][at]['contribution'])} · {one['criteria'][at]['sentence']}"
                for one in items
            ],
        )
        for at, first in enumerate(items[0]["criteria"])
    ]


def _decimals(low: float, high: float) -> str:
    return f"{low:.3f}" if low == high else f"{low:.3f}–{high:.3f}"


def _span(low: Any, high: Any, translate: Translator) -> str:
    if low is None and high is None:
        return translate("not known")
    return f"{low}" if low == high else f"{low}–{high}"
