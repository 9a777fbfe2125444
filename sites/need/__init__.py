"""Need and supply: pitches that exist beside pitches that are wanted, each at the level its source gives.

Contract: in pitches, never in persons. Need and gap of a municipality are None unless somebody entered a survey of it; what
a key makes of a regional figure is a scenario with a name, never a need. Figures that disagree stand side by side; a range
over them is their hull.
"""

from sites.need.gap import Gap, gap_of
from sites.need.need import NeedRange, need_of
from sites.need.scenario import Scenario, divide
from sites.need.supply import Supply, supply_of
from sites.need.surveys import Survey, newest

__all__ = [
    "Gap",
    "NeedRange",
    "Scenario",
    "Supply",
    "Survey",
    "divide",
    "gap_of",
    "need_of",
    "newest",
    "supply_of",
]
