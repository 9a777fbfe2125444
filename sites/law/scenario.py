"""Draft calls: subsidy rules that are no law, held against land and money by `law try`.

Contract: pure. A draft is a rule file whose subsidy rules have status scenario; it is checked like any other rule,
examples included, and never becomes part of `rules()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from geodata.errors import RuleError
from sites.law.checks import check_pack
from sites.law.loader import parse_rules
from sites.law.model import SiteType
from sites.law.subsidies.rule import SubsidyRule

_ONE = Decimal(1)


@dataclass(frozen=True)
class Projects:
    """How many projects an envelope pays; None where a figure is missing, and then `missing` names it.

    `low` counts the dearest case that the draft leaves open (surcharge and VAT on top), `high` the cheapest.
    """

    low: int | None
    high: int | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class DraftCall:
    """What a draft asks and pays.

    Attributes
    ----------
    min_caravans : least number of caravans or pitches; None = the draft asks for none.
    min_area_m2 : least usable area, square metres; None likewise.
    road_access, all_year : asked for or not.
    """

    rule: SubsidyRule
    site_type: SiteType
    min_caravans: int | None
    min_area_m2: float | None
    road_access: bool
    all_year: bool


def read_drafts(text: str, name: str) -> list[SubsidyRule]:
    """Draft subsidy rules of a file, checked, with their examples run.

    Raises
    ------
    RuleError
        When the file is refused, or holds a rule that is no draft or no subsidy.
    """
    found = parse_rules(text, name)
    for rule in found:
        if rule.status != "scenario":
            raise RuleError(
                f"{name}, rule {rule.id}: status {rule.status} is law, not a draft.",
                "Set status: scenario; law is shown with: standplaats law show RULE.",
            )
        if not isinstance(rule, SubsidyRule):
            raise RuleError(f"{name}, rule {rule.id}: only subsidy rules can be tried.", "Give it kind: subsidy.")
    check_pack([(f"scenarios/{name}", rule) for rule in found])
    return [rule for rule in found if isinstance(rule, SubsidyRule)]


def draft_call(rule: SubsidyRule) -> DraftCall:
    """What a draft asks of a site: least caravans and area, road, all year."""
    asked = [
        one.test.at_least
        for one in rule.values.requirements
        if one.test is not None and one.test.field in ("caravans", "pitches") and one.test.at_least is not None
    ]
    site = rule.values.site
    return DraftCall(
        rule=rule,
        site_type=rule.values.site_types[0],
        min_caravans=max(asked, default=None),
        min_area_m2=site.min_area_m2 if site is not None else None,
        road_access=site is not None and site.road_access,
        all_year=site is not None and site.all_year,
    )


def projects_paid(call: DraftCall) -> Projects:
    """How many projects of the smallest size the envelope pays when each takes the cap."""
    values = call.rule.values
    caps = [one for one in values.caps or () if one.amount is not None]
    missing = [name for name, known in (("envelope", values.envelope is not None), ("cap", bool(caps))) if not known]
    amount = Decimal(0)
    for cap in caps:
        if cap.kind == "per_pitch" and call.min_caravans is None:
            missing.append("caravans")
        amount += (cap.amount or Decimal(0)) * (call.min_caravans or 1 if cap.kind == "per_pitch" else 1)
    if missing or values.envelope is None or amount <= 0:
        return Projects(None, None, tuple(missing) or ("cap",))
    surcharge = values.surcharge.rate if values.surcharge is not None else Decimal(0)
    cheapest = amount * (_ONE + surcharge)
    dearest = cheapest * (_ONE + (values.vat_open or Decimal(0)))
    low, high = (int((values.envelope / one).to_integral_value(rounding=ROUND_FLOOR)) for one in (dearest, cheapest))
    return Projects(low, high, ())
