"""What a draft call would reach on the land that is scored: candidates large enough, municipalities, existing sites.

Contract: reads stored runs only; nothing is scored or written. For each municipality the current run of the region and
type counts. What is not known is counted as not known, never as reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg.rows import dict_row

from sites.inventory import Site
from sites.inventory.model import AmountFact
from sites.law.scenario import DraftCall

Connection = psycopg.Connection[Any]
Room = Literal["enough", "perhaps", "too_small"]
#: Verdict groups that a call can reach; `unknown` is split by its verdict so far.
GROUPS = ("compatible", "needs_derogation", "unknown_so_far_compatible", "unknown_so_far_needs_derogation")

#: Units of the inventory that count room for caravans.
_CAPACITY = ("pitch", "caravan", "place")

_PARCELS = """
WITH newest AS (
    SELECT DISTINCT ON (code) code AS nis, r.id, r.as_of, r.data_date, r.rule_pack, r.profile
    FROM run r CROSS JOIN LATERAL unnest(r.territory) code
    WHERE r.region = %(region)s AND r.site_type = %(site_type)s AND r.current_since IS NOT NULL
    ORDER BY code, r.current_since DESC),
road AS (
    SELECT n.*, c ->> 'layer' AS layer, c ->> 'to' AS target, (c -> 'conditional_above' ->> 'value')::float AS metres
    FROM newest n LEFT JOIN LATERAL (
        SELECT one AS c FROM jsonb_array_elements(n.profile -> 'constraints') one WHERE one ->> 'id' = 'road_access'
        LIMIT 1) found ON true),
judged AS (
    SELECT n.nis, n.id AS run,
        CASE WHEN r.verdict = 'unknown' THEN 'unknown_so_far_' || r.so_far ELSE r.verdict END AS verdict,
        CASE WHEN %(caravans)s::int IS NULL OR r.pitches_low >= %(caravans)s THEN 'enough'
             WHEN coalesce(r.pitches_high >= %(caravans)s, true) THEN 'perhaps' ELSE 'too_small' END AS by_caravans,
        CASE WHEN %(area)s::float IS NULL OR r.usable_m2 >= %(area)s THEN 'enough'
             WHEN r.usable_m2 IS NULL AND m.area_m2 >= %(area)s THEN 'perhaps' ELSE 'too_small' END AS by_area,
        CASE WHEN n.layer IS NULL OR d.at IS NULL
               OR ((b.common -> 'unknown') || m.unknown) ->> n.layer IS NOT NULL THEN 'unknown'
             WHEN m.distance_high_mm[d.at] <= n.metres * 1000 THEN 'yes'
             WHEN m.distance_low_mm[d.at] > n.metres * 1000 THEN 'no' ELSE 'unknown' END AS road
    FROM road n JOIN run_result r ON r.run_id = n.id
    JOIN parcel p ON p.id = r.parcel_id AND p.nis = n.nis
    JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
    JOIN batch b ON b.id = r.batch_id
    LEFT JOIN LATERAL (SELECT one.at FROM jsonb_array_elements_text(b.common -> 'distances')
        WITH ORDINALITY AS one(name, at) WHERE one.name = n.target) d ON true
    WHERE r.verdict <> 'incompatible' AND NOT (r.verdict = 'unknown' AND r.so_far = 'incompatible'))
SELECT nis, run, verdict, road,
    CASE WHEN 'too_small' IN (by_caravans, by_area) THEN 'too_small'
         WHEN by_caravans = 'enough' AND by_area = 'enough' THEN 'enough' ELSE 'perhaps' END AS room, count(*) AS n
FROM judged GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 3, 4, 5
"""
_RUNS = """
SELECT DISTINCT ON (code) code AS nis, r.id, r.as_of, r.data_date, r.rule_pack
FROM run r CROSS JOIN LATERAL unnest(r.territory) code
WHERE r.region = %s AND r.site_type = %s AND r.current_since IS NOT NULL ORDER BY code, r.current_since DESC
"""


@dataclass(frozen=True)
class Reach:
    """Counts of candidates.

    Attributes
    ----------
    runs : newest run by municipality, with its day of law and date of data.
    cells : one row per municipality, verdict, road (yes, no, unknown) and room, with `n` parcels.
    """

    runs: tuple[Mapping[str, Any], ...]
    cells: tuple[Mapping[str, Any], ...]

    def candidates(self, road_asked: bool) -> dict[str, dict[str, int]]:
        """Parcels by verdict: `reached` for sure, `perhaps` (room or road not known), `too_small`, `no_road`."""
        out = {name: {"reached": 0, "perhaps": 0, "too_small": 0, "no_road": 0} for name in GROUPS}
        for cell in self.cells:
            out[cell["verdict"]][self._kind(cell, road_asked)] += cell["n"]
        return out

    def municipalities(self, road_asked: bool) -> dict[str, int]:
        """Municipalities with at least one reached candidate, with one that may be reached only, and all scored."""
        kinds: dict[str, set[str]] = {}
        for cell in self.cells:
            kinds.setdefault(cell["nis"], set()).add(self._kind(cell, road_asked))
        reached = [nis for nis, found in kinds.items() if "reached" in found]
        perhaps = [nis for nis, found in kinds.items() if "perhaps" in found and "reached" not in found]
        return {"reached": len(reached), "perhaps": len(perhaps), "scored": len(self.runs)}

    @property
    def road(self) -> dict[str, int]:
        """Candidates with room, or perhaps room, by what is known of their road."""
        out = {"yes": 0, "no": 0, "unknown": 0}
        for cell in self.cells:
            if cell["room"] != "too_small":
                out[cell["road"]] += cell["n"]
        return out

    @staticmethod
    def _kind(cell: Mapping[str, Any], road_asked: bool) -> str:
        if cell["room"] == "too_small":
            return "too_small"
        if road_asked and cell["road"] == "no":
            return "no_road"
        sure = cell["room"] == "enough" and (not road_asked or cell["road"] == "yes")
        return "reached" if sure else "perhaps"


def reach_of(connection: Connection, call: DraftCall) -> Reach:
    """Candidates of the newest runs that a draft call would reach.

    A pitch of the estimate is held against a caravan of the draft; they are not one unit, and the report says so.
    """
    values = {
        "region": call.rule.region,
        "site_type": call.site_type,
        "caravans": call.min_caravans,
        "area": call.min_area_m2,
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        runs = cursor.execute(_RUNS, [call.rule.region, call.site_type]).fetchall()
        cells = cursor.execute(_PARCELS, values).fetchall()
    return Reach(tuple(runs), tuple(cells))


def sites_meeting(call: DraftCall, sites: Iterable[Site]) -> dict[str, Any]:
    """Open sites of the inventory that have, may have or lack what the draft asks for.

    Caravans are held against pitches, places or caravans, area against the area of the site; figures that disagree
    make an interval. Road and opening through the year are not in the inventory as a call means them: where the draft
    asks for them, or a figure is missing, a site is `perhaps`, with what is not known named.
    """
    open_questions = [name for name, asked in (("road", call.road_access), ("all_year", call.all_year)) if asked]
    out: dict[str, Any] = {"meet": [], "perhaps": [], "too_small": [], "not_known": list(open_questions)}
    for site in sites:
        if site.site_type[-1].value != call.site_type or site.status[-1].value != "open":
            continue
        capacity = _span([one for one in site.pitches if one.unit in _CAPACITY])
        room = [
            _enough(capacity, call.min_caravans),
            _enough(_span([one for one in site.area if one.unit == "m2"]), call.min_area_m2),
        ]
        kind = "perhaps" if None in room or open_questions else "meet"
        if False in room:
            kind = "too_small"
        if room[1] is None and "area" not in out["not_known"]:
            out["not_known"].append("area")
        out[kind].append(
            {"id": site.id, "name": site.name, "municipality": site.municipality, "capacity": list(capacity)}
        )
    return out


def _span(facts: Sequence[AmountFact]) -> tuple[float | None, float | None]:
    """Lowest and highest figure of facts that may disagree; None where one leaves an end open, or none is there."""
    lows, highs = [one.low for one in facts], [one.high for one in facts]
    low = None if not facts or None in lows else min(one for one in lows if one is not None)
    high = None if not facts or None in highs else max(one for one in highs if one is not None)
    return low, high


def _enough(span: tuple[float | None, float | None], least: float | None) -> bool | None:
    """Does a figure reach what is asked? None = not known."""
    low, high = span
    if least is None or (low is not None and low >= least):
        return True
    return False if high is not None and high < least else None
