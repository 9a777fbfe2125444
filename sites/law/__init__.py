"""Law as data: dated, cited rules of the regions, and what they say on a given day.

    from datetime import date
    from sites.law import evaluate
    evaluate("flanders", site_type="transit", zoning_class="public_utility", as_of=date(2026, 11, 23)).state

Pure: reads only the rule pack beside it; no database, no network, no clock.
"""

from sites.law.evaluate import Outcome, evaluate, find_rule, is_stale, region_of_law
from sites.law.kinds import DefinitionRule, NormRule, PermitRule, ZoningRule
from sites.law.loader import load_rules, pack_version, rules
from sites.law.model import Condition, Rule, Source

__all__ = [
    "Condition",
    "DefinitionRule",
    "NormRule",
    "Outcome",
    "PermitRule",
    "Rule",
    "Source",
    "ZoningRule",
    "evaluate",
    "find_rule",
    "is_stale",
    "load_rules",
    "pack_version",
    "region_of_law",
    "rules",
]
