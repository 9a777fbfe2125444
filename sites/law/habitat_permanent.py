"""Plan HP and the habitat-vert zone (ZHV): what a parcel or site is, and which Walloon case it falls under on a day.

Contract: pure functions of their arguments and of the installed rule pack; three values throughout, and what is
not given is unknown. People live on these sites: no combination of inputs makes one free land (`free_for_another_site`).
Nothing here is an amount, and no case of article 22bis is ever called open. Facts: dossier of November 2026, the
rules `wallonia.definition.hp-*` and `wallonia.norm.zhv-*`; the threshold of the flood conflict is our choice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from geodata.errors import NotFoundError
from sites.law.kinds import DefinitionRule, NormRule
from sites.law.model import Text
from sites.law.outcome import find_rule

HpFlag = Literal["none", "phase1", "phase2", "phase_unknown", "unknown"]
ZhvFlag = Literal["none", "candidate", "retained", "converted", "refused", "unknown"]
ZhvStatus = Literal["candidate", "retained", "converted", "refused"]
CheckState = Literal["met", "not_met", "unknown"]
Case22bis = Literal["a", "b", "c", "none", "unknown"]
Case44 = Literal["family", "reception", "none", "unknown"]

HP_FLAGS: tuple[HpFlag, ...] = get_args(HpFlag)
ZHV_FLAGS: tuple[ZhvFlag, ...] = get_args(ZhvFlag)

#: Sector-plan code of the habitat-vert zone.
ZHV_CODE = "H03"
#: The zone entered the CoDT (decree of 16 November 2017).
ZHV_SINCE = date(2017, 12, 17)
#: Article 22bis: in force (decree of 9 February 2012; see the contradiction in the subsidy rule).
ART_22BIS_SINCE = date(2012, 7, 1)
#: Articles 22bis rewritten and 44 repealed (decree of 1 June 2017, articles 16, 22 and 78).
REWRITTEN_ON = date(2017, 7, 28)
#: The Walloon housing code (decree of 29 October 1998).
ART_44_SINCE = date(1999, 3, 1)

_PHASES: tuple[HpFlag, ...] = ("phase1", "phase2", "phase_unknown")
_FLOOD_CONFLICT = ("medium", "high")
_NO_FLOOD_CONFLICT = ("none", "very_low", "low")


def hp_flag(perimeters: Collection[str], *, covered: bool) -> HpFlag:
    """What Plan HP says of a parcel.

    Parameters
    ----------
    perimeters : classes of the Plan HP perimeters that the parcel lies in, in whole or in part.
    covered : the layer is loaded and declares to cover the whole parcel; only then absence counts.

    Returns
    -------
    The strictest phase: phase 1, then phase unknown (it may be phase 1), then phase 2. A perimeter of a class that
    is not in the list is of unknown phase; it is inhabited all the same.
    """
    if perimeters:
        if "phase1" in perimeters:
            return "phase1"
        return "phase2" if set(perimeters) == {"phase2"} else "phase_unknown"
    return "none" if covered else "unknown"


def zhv_flag(as_of: date, *, affect: str | None = None, listed: ZhvStatus | None = None, complete: bool) -> ZhvFlag:
    """What the habitat-vert procedure says of a parcel or site on a day.

    Parameters
    ----------
    as_of : day; before 17 December 2017 there is no such zone.
    affect : AFFECT code of the sector plan; None = not known.
    listed : status in the list of sites, where the site is in it.
    complete : the list and the place are known well enough that not being listed means something.
    """
    if as_of < ZHV_SINCE:
        return "none"
    if affect is not None and affect.strip().upper() == ZHV_CODE:
        return "converted"
    if listed is not None:
        return listed
    return "none" if complete and affect is not None else "unknown"


def flood_conflict(hp: HpFlag, flood_class: str | None) -> bool | None:
    """Does flooding stand against new residential use? None = not known.

    Phase 1, or a flood hazard of medium or high (the threshold is our choice, `wallonia.norm.plan-hp`). `flood_class`
    is none, very_low, low, medium or high; None and any other word are not known.
    """
    if hp == "phase1" or flood_class in _FLOOD_CONFLICT:
        return True
    if hp in ("none", "phase2") and flood_class in _NO_FLOOD_CONFLICT:
        return False
    return None


def free_for_another_site(hp: HpFlag, zhv: ZhvFlag) -> bool | None:
    """May the land be looked at for another type of site? False wherever people live; None = not known.

    Sites that applied for conversion or were refused it are inhabited as well.
    """
    if hp in _PHASES or zhv not in ("none", "unknown"):
        return False
    return None if "unknown" in (hp, zhv) else True


def hp_route(hp: HpFlag, zhv: ZhvFlag, as_of: date) -> DefinitionRule | None:
    """The route of an inhabited site in words: the rule whose text says it; None where the land is none.

    A converted site follows its zone; otherwise the phase decides, and a site of the list outside any known
    perimeter is of unknown phase.
    """
    if free_for_another_site(hp, zhv) is not False:
        return None
    key = "converted" if zhv == "converted" else (hp if hp in _PHASES else "phase_unknown")
    return _definition(f"wallonia.definition.hp-{_RULE_NAMES[key]}", as_of)


_RULE_NAMES = {
    "converted": "converted",
    "phase1": "phase-1",
    "phase2": "phase-2",
    "phase_unknown": "phase-unknown",
}


def alt_dwelling_hint(hp: HpFlag, flood_class: str | None, as_of: date) -> Text | None:
    """Hint for a phase 2 site outside flood hazard: a light dwelling may be regularised, which is not a right.

    None everywhere else, also where the flood hazard is not known.
    """
    if hp != "phase2" or flood_conflict(hp, flood_class) is not False:
        return None
    rule = _definition("wallonia.definition.hp-alternative-dwelling", as_of)
    return rule.values.text if rule else None


def _definition(rule_id: str, as_of: date) -> DefinitionRule | None:
    rule = find_rule(rule_id, as_of)
    return rule if isinstance(rule, DefinitionRule) else None


@dataclass(frozen=True)
class Art22bis:
    """Case of article 22bis on a day.

    Attributes
    ----------
    case : a (HP site), b (travellers' site without link to one), c (zone the government designated), none, unknown.
    status : before_the_article, in_the_code (amounts of a draft only) or executing_order_unknown (since 28 July 2017).
    open_for_applications : always False: no amount and no executing order was found.
    """

    case: Case22bis
    status: Literal["before_the_article", "in_the_code", "executing_order_unknown"]
    open_for_applications: Literal[False] = False


def art22bis_case(as_of: date, *, hp: HpFlag, for_travellers: bool | None, designated: bool | None) -> Art22bis:
    """Use a, b or c of article 22bis of the Walloon housing code.

    Parameters
    ----------
    as_of : day; before 1 July 2012 there was no article 22bis, and use b ended on 27 July 2017.
    hp : Plan HP flag of the place.
    for_travellers : the site is for travellers; None = not stated.
    designated : the place lies in a zone designated by the government (list not found: user's statement or None).
    """
    if as_of < ART_22BIS_SINCE:
        return Art22bis("none", "before_the_article")
    rewritten = as_of >= REWRITTEN_ON
    status: Literal["in_the_code", "executing_order_unknown"] = (
        "executing_order_unknown" if rewritten else "in_the_code"
    )
    if hp in _PHASES:
        return Art22bis("a", status)
    if hp == "unknown":
        return Art22bis("unknown", status)
    if not rewritten and for_travellers:
        return Art22bis("b", status)
    if not rewritten and for_travellers is None:
        return Art22bis("unknown", status)
    if designated:
        return Art22bis("c", status)
    return Art22bis("unknown" if designated is None else "none", status)


@dataclass(frozen=True)
class Art44:
    """Case of article 44 on a day.

    Attributes
    ----------
    case : family, reception, none (the article does not hold that day) or unknown (use not stated).
    repealed : the article no longer holds for new applications.
    successor : article that took its place; None while it held.
    """

    case: Case44
    repealed: bool
    successor: str | None


def art44_case(as_of: date, use: Literal["family", "reception"] | None) -> Art44:
    """Family site or reception site under article 44 of the Walloon housing code, to 27 July 2017.

    An application lodged before 28 July 2017 keeps the old rules: ask with the day it was lodged. The rate was not
    found; equipment costs only.
    """
    if as_of >= REWRITTEN_ON:
        return Art44("none", True, "art. 29 §2")
    if as_of < ART_44_SINCE:
        return Art44("none", False, None)
    return Art44(use or "unknown", False, None)


@dataclass(frozen=True)
class ZhvSite:
    """Figures of a site; None = not known. Areas m², shares 0..1."""

    smallest_parcel_m2: float | None = None
    parcels_per_ha: float | None = None
    largest_floor_m2: float | None = None
    green_share: float | None = None
    tourism_share: float | None = None
    sol_present: bool | None = None
    roads_public: bool | None = None


@dataclass(frozen=True)
class ZhvCheck:
    """One parameter of the habitat-vert zone against a site: state, and the norm it was held against."""

    parameter: str
    state: CheckState
    norm: str
    measured: float | bool | None


#: Parameter -> norm of the rule pack.
ZHV_NORMS = {
    "smallest_parcel_m2": "wallonia.norm.zhv-parcel-area",
    "parcels_per_ha": "wallonia.norm.zhv-density",
    "largest_floor_m2": "wallonia.norm.zhv-floor-area",
    "green_share": "wallonia.norm.zhv-green",
    "tourism_share": "wallonia.norm.zhv-tourism",
    "sol_present": "wallonia.norm.zhv-sol",
    "roads_public": "wallonia.norm.zhv-roads",
}


def zhv_check(site: ZhvSite, as_of: date) -> dict[str, ZhvCheck]:
    """Parameter -> met, not met or unknown, with the norm that says so; all unknown before the zone existed."""
    found = {}
    for parameter, norm in ZHV_NORMS.items():
        measured: float | bool | None = getattr(site, parameter)
        found[parameter] = ZhvCheck(parameter, _check(measured, norm, as_of), norm, measured)
    return found


def _check(measured: float | bool | None, norm: str, as_of: date) -> CheckState:
    try:
        rule = find_rule(norm, as_of)
    except NotFoundError:  # a rule pack may do without a norm: what it would say is not known then
        rule = None
    if measured is None or not isinstance(rule, NormRule):
        return "unknown"
    met = measured if isinstance(measured, bool) else rule.met(measured)
    return "unknown" if met is None else ("met" if met else "not_met")
