"""Rough-cut capacity of a shop: the load that its order book puts on machines and people, week by week."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from nightmill.plant.analysis.scheduling.problem_file import read_as, work_left
from nightmill.plant.workspace.named_files import told_of
from nightmill.scheduling import ahead, records


def capacity_answer(file: Path, *, weeks: int, for_sale: Path | None) -> dict[str, Any]:
    """Return loads by week and, given a JSON list of purchases ``for_sale``, the cheapest purchases that remove the most lateness.

    Purchases are added to the shop and simulated: ``weighted_tardiness_s`` before and after.
    """
    with told_of({"shop problem": file, "for sale": for_sale}):
        return _evaluated(work_left(file), weeks, for_sale)


def _evaluated(problem: records.ShopProblem, weeks: int, for_sale: Path | None) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.to_builtins(ahead.rough_cut(problem, weeks=weeks))
    if for_sale is None:
        return answer
    offers: Sequence[ahead.ForSale] = read_as(for_sale, list[ahead.ForSale])
    purchase = ahead.buy_capacity(problem, offers, weeks=weeks)
    bought = ahead.compare_scenarios(problem, [("bought", ahead.with_purchase(problem, purchase))])[0]
    return answer | {
        "purchase": msgspec.to_builtins(purchase),
        "weighted_tardiness_before_s": bought.weighted_tardiness_s + bought.gain_s,
        "weighted_tardiness_s": bought.weighted_tardiness_s,
    }
