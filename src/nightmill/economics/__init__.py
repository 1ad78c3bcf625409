"""Economics: what a part cost, what it would cost elsewhere, and where to make it.

In: minutes, energy, edges and rates of a part; a part's needs and a book of dated, sourced, graded facts about sites; the day;
a seed. Out: cost factors that add up, sites with spread, decision and break-evens, also under own facts and duty scenarios; what
to bring home first, and how to split a part over sites; worked textbook cases to the cent.
Never: a figure without a source, a stale fact taken for a valid one, a clock, a file.
"""

from nightmill.economics.case import case
from nightmill.economics.facts import SiteBook
from nightmill.economics.override import OwnFact, with_own_facts
from nightmill.economics.partcost import PartCostInputs, part_cost
from nightmill.economics.ranking import rank_home
from nightmill.economics.request import PriceBreak, SiteRequest
from nightmill.economics.sitesfile import facts_from_toml
from nightmill.economics.splitting import split_volume
from nightmill.economics.tornado import tornado
from nightmill.economics.unattended import unattended_shares
from nightmill.economics.wheretomake import SiteComparison, where_to_make

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
