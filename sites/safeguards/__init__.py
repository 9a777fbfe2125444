"""Safeguards: the hazard and isolation checks of candidates, held against existing public sites and against what is ranked.

`existing_sites(connection)` gives each region as "checked of located, on record", with the sites that are not located by
name; `of_the_first(connection, run)` counts how many of the first of a run lie within the distances that rule out.
"""

from sites.safeguards.checks import Check, Group, Grouped, checks_of, group_of, worst
from sites.safeguards.existing import Region, SiteCheck, existing_sites
from sites.safeguards.ranked import First, of_the_first
from sites.safeguards.yardstick import Yardstick, yardstick

__all__ = [
    "Check",
    "First",
    "Group",
    "Grouped",
    "Region",
    "SiteCheck",
    "Yardstick",
    "checks_of",
    "existing_sites",
    "group_of",
    "of_the_first",
    "worst",
    "yardstick",
]
