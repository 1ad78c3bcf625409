"""Costing: the actual cost of a part, its cost at other sites, and where to make it.

Inputs: a part's minutes, energy, edges and rates; a part's needs and a book of dated, sourced, graded facts about sites; the day;
a seed. Outputs: cost factors that add up; sites with spread, decision and break-evens, also with your own facts and under duty
scenarios; which parts to reshore first, and how to split a part over sites; worked textbook cases to the cent.
Never: a value without a source, an expired fact treated as valid, a clock, a file.
"""

from nightmill.costing.actual_cost import PartCostInputs, part_cost
from nightmill.costing.decision.allocation import split_volume
from nightmill.costing.decision.automation_threshold import unattended_shares
from nightmill.costing.decision.compare_sites import SiteComparison, where_to_make
from nightmill.costing.decision.reshoring import rank_home
from nightmill.costing.decision.sensitivity import tornado
from nightmill.costing.facts.own_facts import OwnFact, with_own_facts
from nightmill.costing.facts.read_sites import facts_from_toml
from nightmill.costing.facts.site_book import SiteBook
from nightmill.costing.part_spec import PriceBreak, SiteRequest
from nightmill.costing.textbook_cases import case

__all__ = [
    "OwnFact",
    "PartCostInputs",
    "PriceBreak",
    "SiteBook",
    "SiteComparison",
    "SiteRequest",
    "case",
    "facts_from_toml",
    "part_cost",
    "rank_home",
    "split_volume",
    "tornado",
    "unattended_shares",
    "where_to_make",
    "with_own_facts",
]
