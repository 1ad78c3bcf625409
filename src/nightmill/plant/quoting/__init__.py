"""Quotes: the cost of a part here and elsewhere, when it can ship, and whether to make or buy it."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.quoting.make_or_buy import site_answer, site_case
    from nightmill.plant.quoting.quote import Busy, Job, NoFact, NotAdopted, Offers
    from nightmill.plant.quoting.reshoring import bring_home, write_board_report
    from nightmill.plant.quoting.site_scenario import sites_under
    from nightmill.plant.quoting.sourcing_request import SiteFacts, SplitLimits, YearlyDemand

__all__ = [
    "Busy",
    "Job",
    "NoFact",
    "NotAdopted",
    "Offers",
    "SiteFacts",
    "SplitLimits",
    "YearlyDemand",
    "bring_home",
    "site_answer",
    "site_case",
    "sites_under",
    "write_board_report",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
