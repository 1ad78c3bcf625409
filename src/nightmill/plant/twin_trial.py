"""A new cutting setting on the twin, before any metal is cut: what it makes of the plan."""

import copy

import msgspec

from nightmill.floor import ShopState, presence_windows
from nightmill.plant.controller import DAY_S
from nightmill.plant.replanning import loop_plan, shop_problem
from nightmill.twin import certain, look_ahead
from nightmill.vocabulary import events as e
from nightmill.vocabulary.shop import Shop

DAYS = 7.0
BEYOND_DAYS = 28.0
LATER_S = 60.0
"""Orders may be completed later by this much on average: less is the grain of the plan."""


class TwinTrial(msgspec.Struct, frozen=True):
    """Whether the twin speaks against a revision; ``text`` is what it saw, for the log."""

    allowed: bool
    text: str


def tried_on_twin(state: ShopState, shop: Shop, fact: e.ParametersRevised) -> TwinTrial:
    """Plays the next days with the programs in force and with the revision, in the same order of work.

    Cycles take their planned times and nothing breaks, so that the only difference is the revision's. It is refused where
    orders get later or fewer parts are finished: a shorter cycle may end within the evening and start no night.
    """
    presence = presence_windows(shop, 0.0, state.now_s + (DAYS + BEYOND_DAYS) * DAY_S, state.attendance)
    revised = copy.copy(state)
    item = fact.operation.rsplit("/", 1)[0]
    route = copy.copy(state.routes[item])
    route.operations, route.factors, route.trials = list(route.operations), dict(route.factors), dict(route.trials)
    route.revise(msgspec.structs.replace(fact, on_trial=False))  # as if it were released: for all parts
    revised.routes = {**state.routes, item: route}
    horizon_s = state.now_s + DAYS * DAY_S
    before, after = (shop_problem(each, shop, horizon_s, presence) for each in (state, revised))
    if not before.operations:
        return TwinTrial(True, "the twin has nothing to make")
    order = loop_plan(state, before)
    now, then = (
        look_ahead(
            problem, order, days=DAYS, replications=1, seed=state.seed, uncertainty=certain(),
            robots=max(1, len(shop.units("robot"))),
        )
        for problem in (before, after)
    )  # fmt: skip
    later_s, more = then.tardiness_s - now.tardiness_s, (then.throughput - now.throughput) * DAYS
    ends = [max((each.p50 or horizon_s for each in answer.completions), default=0.0) for answer in (now, then)]
    text = (
        f"on the twin {DAYS:g} days give {more:+.0f} parts, orders {later_s / 60:+.0f} min late, "
        f"{then.unattended_h - now.unattended_h:+.1f} unattended hours, the last order {(ends[1] - ends[0]) / 60:+.1f} min"
    )
    return TwinTrial(later_s <= LATER_S and more > -0.5, text)
