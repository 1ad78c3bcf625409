"""Economics: what a part cost, what it would cost elsewhere, and where to make it.

In: minutes, energy, edges and rates of a part; a part's needs and a book of dated, sourced, graded facts about sites; the day;
a seed. Out: cost factors that add up, sites with spread, decision and break-evens; worked textbook cases to the cent.
Never: a figure without a source, a stale fact taken for a valid one, a clock, a file.
"""

from nightmill.economics.case import case
from nightmill.economics.facts import Fact, Site, SiteBook, facts_from_toml
from nightmill.economics.partcost import PartCostInputs, part_cost
from nightmill.economics.sitecost import SiteRequest
from nightmill.economics.wheretomake import BreakEven, SiteAnswer, SiteFactor, SiteResult, where_to_make

__all__ = [
    "BreakEven",
    "Fact",
    "PartCostInputs",
    "Site",
    "SiteAnswer",
    "SiteBook",
    "SiteFactor",
    "SiteRequest",
    "SiteResult",
    "case",
    "facts_from_toml",
    "part_cost",
    "where_to_make",
]
