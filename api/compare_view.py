"""Two to five candidates side by side: one line per condition and criterion, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from api.group_views import areas_view
from api.i18n import Translator
from api.views import parcel_view
from geodata.errors import UsageError
from sites.candidates.drawn import judged_like
from sites.candidates.drawn_shapes import Drawn
from sites.candidates.runs import Run

FEWEST, MOST = 2, 5
#: What stands where the criteria of a result have no such line.
_NONE = "–"


def compare_view(
    connection: psycopg.Connection[Any],
    capakeys: Sequence[str],
    run: Run,
    translate: Translator,
    *,
    with_rank: bool = True,
    own: Mapping[str, Run] | None = None,
    areas: Sequence[Drawn] = (),
) -> dict[str, Any]:
    """Parcels side by side, of one result, or each of its own, and drawn areas judged by its criteria beside them.

    Parameters
    ----------
    own : result of a parcel by its key, where it is another than `run`; a line that its criteria do not have holds None.
    areas : drawn areas, without a rank.

    Returns
    -------
    `names` of what is compared: CAPAKEYs, then drawn areas.
    `items` (each explained in full), and `lines`: per figure, constraint and criterion its title, a cell per item in the
    order asked for, and whether the cells differ. Areas in m², scores 0..1.

    Raises
    ------
    UsageError
        When fewer than two or more than five different ones are asked for, or an area is judged by other criteria.
    """
    keys = list(dict.fromkeys(capakeys))
    if not FEWEST <= len(keys) + len(areas) <= MOST:
        count = len(keys) + len(areas)
        raise UsageError(f"{count} candidates cannot be compared.", f"Name {FEWEST} to {MOST} different ones.")
    results = {key: (own or {}).get(key, run) for key in keys}
    items = [parcel_view(connection, key, results[key], translate, with_rank=with_rank) for key in keys]
    if areas:
        judged_like(connection, run, areas)
        found = areas_view(connection, areas, run.site_type, run.as_of, translate)["items"]
        items += [{**one["explanation"], **one} for one in found]
    lines = [*_figures(items, translate), *_constraints(items), *_criteria(items, translate)]
    return {
        "run": run.id,
        "run_info": run.summary(),
        "runs": list(dict.fromkeys(one.id for one in results.values())),
        "capakeys": keys,
        "names": [*keys, *(one["id"] for one in items[len(keys) :])],
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
            _span(low, high, translate, unknown=False)
            for low, high in (one["rank_interval"] or (one["rank"], one["rank"]) for one in items)
        ]
        lines.append(_line("figure", "rank", translate("rank"), [one["rank"] for one in items], ranks))
    scores = [one["score"] for one in items]
    told = [translate.figure("score", (one["low"], one["high"])) for one in scores]
    lines.append(_line("figure", "score", translate("score"), scores, told))
    for name, title in (("area_m2", "m²"), ("usable_area_m2", "usable m²")):
        values = [one[name] for one in items]
        texts = [translate("not known") if one is None else translate.figure("m2", one) for one in values]
        lines.append(_line("figure", name, translate(title), values, texts))
    pitches = [one["pitches"] for one in items]
    texts = [_span(one["low"], one["high"], translate) for one in pitches]
    return [*lines, _line("figure", "pitches", translate("pitches"), pitches, texts)]


def _by_id(items: list[dict[str, Any]], name: str) -> list[tuple[str, str, list[dict[str, Any] | None]]]:
    """Id and title of everything that any item has, in the order of the first that has it, with a cell per item."""
    titles = {one["id"]: one["title"] for item in items for one in item[name]}
    held = [{one["id"]: one for one in item[name]} for item in items]
    return [(key, title, [own.get(key) for own in held]) for key, title in titles.items()]


def _constraints(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        _line(
            "constraint",
            key,
            title,
            [one and one["state"] for one in cells],
            [one["sentence"] if one else _NONE for one in cells],
        )
        for key, title, cells in _by_id(items, "constraints")
    ]


def _criteria(items: list[dict[str, Any]], translate: Translator) -> list[dict[str, Any]]:
    def told(one: dict[str, Any] | None) -> str:
        if one is None:
            return _NONE
        low, high = one["contribution"]["low"], one["contribution"]["high"]
        return f"{translate.figure('score', (low, high))} · {one['sentence']}"

    return [
        _line(
            "criterion",
            key,
            title,
            [one and one["contribution"] for one in cells],
            [told(one) for one in cells],
        )
        for key, title, cells in _by_id(items, "criteria")
    ]


def _span(low: Any, high: Any, translate: Translator, *, unknown: bool = True) -> str:
    if low is None and high is None:
        return translate("not known") if unknown else "–"
    return f"{low}" if low == high else f"{low}–{high}"
