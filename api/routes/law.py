"""Rules of law: all of them, one of them, and what holds in a municipality on a day."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from api.answering import answers, told
from api.answers.law import LawAt, Rule, Rules
from api.dependencies import Lang
from api.law_view import KINDS, REGIONS, law_at_view, rule_view, rules_view
from api.parameters import Day
from sites.law.model import SiteType

router = APIRouter(prefix="/api/v1/law", tags=["law"])

AsOf = Annotated[Day | None, Query(description="Day whose law applies, YYYY-MM-DD.", examples=["2026-11-23"])]


@router.get("/rules", **answers(Rules))
@told
def law_rules(
    lang: Lang,
    region: Annotated[str | None, Query(pattern=f"^({'|'.join(REGIONS)})$", examples=["flanders"])] = None,
    kind: Annotated[str | None, Query(pattern=f"^({'|'.join(KINDS)})$", examples=["subsidy"])] = None,
    as_of: AsOf = None,
) -> dict[str, Any]:
    """Every rule of the pack in use with dates, values, sources and grade; with a day, whether it holds on it.

    `checked_stale` says that an open-ended rule was last checked more than six months ago. Null means not found.
    """
    return rules_view(region=region, kind=kind, as_of=as_of, language=lang, today=date.today())


@router.get("/rules/{rule}", **answers(Rule))
@told
def law_rule(
    lang: Lang,
    rule: Annotated[str, Path(max_length=120, examples=["flanders.subsidy.vl-2000"])],
    as_of: AsOf = None,
) -> dict[str, Any]:
    """Every version of one rule, oldest first, by its id or by the short name of a regime such as VL-2000."""
    return rule_view(rule, as_of=as_of, language=lang, today=date.today())


@router.get("/at", **answers(LawAt))
@told
def law_at(
    lang: Lang,
    municipality: Annotated[str, Query(pattern=r"^[0-9]{5}$", description="NIS code.", examples=["24062"])],
    as_of: AsOf = None,
    type: Annotated[SiteType | None, Query(examples=["transit"])] = None,
) -> dict[str, Any]:
    """What law holds in a municipality on a day, today if none is given.

    Whose law it is, which plans overrule, what each zone means per type of site, permits, norms and subsidy regimes.
    """
    today = date.today()
    return law_at_view(municipality, as_of=as_of or today, site_type=type, language=lang, today=today)
