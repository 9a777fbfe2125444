"""Law as data: dated, cited rules of the regions, and what they say on a given day.

    from datetime import date
    from sites.law import CostLine, Project, evaluate, zoning_outcome
    zoning_outcome("flanders", site_type="transit", zoning_class="public_utility", as_of=date(2026, 11, 23)).state
    evaluate(Project(region="flanders", site_type="residential", pitches=12,
                     costs=[CostLine(type="layout", amount="600000")]), date(2012, 3, 6)).total

Pure: reads only the rule pack beside it; no database, no network, no clock.
"""

from sites.law.kinds import DefinitionRule, NormRule, PermitRule, ZoningRule
from sites.law.loader import load_rules, pack_version, rules, use_pack
from sites.law.model import Condition, Rule, Source
from sites.law.outcome import Outcome, find_rule, is_stale, region_of_law, zoning_outcome
from sites.law.subsidies.evaluate import Assessment, evaluate, evaluate_many, regimes
from sites.law.subsidies.project import CostLine, Project
from sites.law.subsidies.rule import SubsidyRule

__all__ = [
    "Assessment",
    "Condition",
    "CostLine",
    "DefinitionRule",
    "NormRule",
    "Outcome",
    "PermitRule",
    "Project",
    "Rule",
    "Source",
    "SubsidyRule",
    "ZoningRule",
    "evaluate",
    "evaluate_many",
    "find_rule",
    "is_stale",
    "load_rules",
    "pack_version",
    "regimes",
    "region_of_law",
    "rules",
    "use_pack",
    "zoning_outcome",
]
