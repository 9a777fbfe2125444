"""Cases of the Walloon housing code that hold on a parcel: article 22bis (HP sites and others) and article 44.

Contract: reads what was measured of the parcel; a parcel whose Plan HP layer is not loaded has an unknown case, not
none. Which regime hangs on a case is the business of `sites.law`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import psycopg

from geodata.errors import NotFoundError
from geodata.sources.sharing import all_shared
from sites.candidates.explanation import municipality_of
from sites.law.habitat_permanent import HpFlag, art22bis_case, art44_case, hp_flag
from sites.law.model import SiteType
from sites.law.subsidies.rule import Case

#: What the code calls the types of site it knows under article 44.
_USES: dict[SiteType, Literal["family", "reception"]] = {"family": "family", "transit": "reception"}


@dataclass(frozen=True)
class ParcelCases:
    """A parcel's municipality, its Plan HP flag, and the cases that hold there.

    Attributes
    ----------
    open : articles whose case is not known here.
    told : may the flag be told, or only what follows from it?
    parcel : the parcel as stored.
    datasets : layer -> datasets the measurement rests on.
    """

    nis: str
    hp: HpFlag
    cases: tuple[Case, ...]
    open: tuple[str, ...]
    told: bool
    parcel: int
    datasets: dict[str, list[int]]


def cases_of(connection: psycopg.Connection[Any], capakey: str, site_type: SiteType, as_of: date) -> ParcelCases:
    """Cases on a parcel for a type of site on a day.

    Raises
    ------
    NotFoundError
        When the parcel is not loaded or not measured.
    """
    nis = municipality_of(connection, capakey)
    row = connection.execute(
        """SELECT m.shares -> 'plan_hp', coalesce(m.covered -> 'plan_hp', b.common -> 'covered' -> 'plan_hp'),
                  p.id, p.dataset_id, b.datasets -> 'layers'
           FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           JOIN measurement m ON m.parcel_id = p.id JOIN batch b ON b.id = m.batch_id AND b.current
           WHERE p.capakey = %s LIMIT 1""",
        [capakey],
    ).fetchone()
    if row is None:
        raise NotFoundError(f"Parcel {capakey} is not measured yet.", f"Run: standplaats measure --municipality {nis}.")
    hp = hp_flag(list(row[0] or ()), covered=float(row[1] or 0) >= 1)
    for_travellers = True if site_type in ("family", "transit") else None
    bis = art22bis_case(as_of, hp=hp, for_travellers=for_travellers, designated=None)
    found: list[Case] = []
    unknown = ["22bis"] if bis.case == "unknown" else []
    if bis.case == "a":
        found.append("22bis-a")
    elif bis.case == "b":
        found.append("22bis-b")
    elif bis.case == "c":
        found.append("22bis-c")
    use = art44_case(as_of, _USES.get(site_type)).case
    if use == "family":
        found.append("44-family")
    elif use == "reception":
        found.append("44-reception")
    elif use == "unknown":
        unknown.append("44")
    layers = {"plan_hp": list((row[4] or {}).get("plan_hp", ())), "parcels": [row[3]]}
    told = all_shared(connection, layers["plan_hp"])
    return ParcelCases(nis, hp, tuple(found), tuple(unknown), told, row[2], layers)
