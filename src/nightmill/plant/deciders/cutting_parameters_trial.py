"""Try a new cutting setting on the twin before any metal is cut, to see its effect on the plan.

The simulation runs in a reusable child process with limits, so that it can't affect the floor if it crashes or never ends; in that
case, the setting isn't tried on the machines.
"""

import copy
from functools import cache

import msgspec

from nightmill.floor import ShopState, presence_windows
from nightmill.plant.shop_schedule.plan_in_force import loop_plan
from nightmill.plant.shop_schedule.problem import shop_problem
from nightmill.scheduling import records
from nightmill.simulation import Experiment, FloorModel, certain, look_ahead
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import NightmillError
from nightmill.vocabulary.ids import part_of
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S
from nightmill.workers import KeptChild, Limits

LIMITS = Limits(memory_mib=4096, cpu_s=60, wall_s=60.0)
DAYS = 7.0
BEYOND_DAYS = 28.0
LATER_S = 60.0
"""Tolerated average delay of orders; smaller differences are below the plan's resolution."""


class TwinTrial(msgspec.Struct, frozen=True):
    """Whether the twin permits a revision; ``text`` is its result, for the log."""

    allowed: bool
    text: str


def tried_on_twin(state: ShopState, shop: Shop, fact: e.ParametersRevised) -> TwinTrial:
    """Simulate the next days twice, with the programs in force and with the revision, in the same order of work.

    Cycles take their planned times and nothing breaks, so that the revision is the only difference. The revision is refused
    if it makes orders later or fewer parts are finished: a cycle that is now shorter may end in the evening instead of running into the
    night.
    """
    presence = presence_windows(shop, 0.0, state.now_s + (DAYS + BEYOND_DAYS) * DAY_S, state.attendance)
    revised = copy.copy(state)
    item = part_of(fact.operation)
    route = copy.copy(state.routes[item])
    route.operations, route.trials = list(route.operations), dict(route.trials)
    route.factors = {operation: dict(factors) for operation, factors in route.factors.items()}
    route.revise(msgspec.structs.replace(fact, on_trial=False))  # as if it were released: for all parts
    revised.routes = {**state.routes, item: route}
    horizon_s = state.now_s + DAYS * DAY_S
    before, after = (shop_problem(each, shop, horizon_s, presence) for each in (state, revised))
    if not before.operations:
        return TwinTrial(True, "no work left to simulate")
    weeks = _Weeks(before, after, loop_plan(state, before), state.seed, max(1, len(shop.units("robot"))))
    try:
        now, then = weeks.played_beside()
    except NightmillError:
        return TwinTrial(False, "the simulation gave no answer")
    later_s, more = then.tardiness_s - now.tardiness_s, (then.throughput - now.throughput) * DAYS
    text = (
        f"simulated {DAYS:g} days: parts {more:+.0f}, lateness {later_s / 60:+.0f} min, "
        f"unattended hours {then.unattended_h - now.unattended_h:+.1f}, end of the last order {(then.ends_s - now.ends_s) / 60:+.1f} min"
    )
    return TwinTrial(later_s <= LATER_S and more > -0.5, text)


class _Week(msgspec.Struct, frozen=True):
    """Results of the simulated days; ``ends_s``: end of the last order."""

    tardiness_s: float
    throughput: float
    unattended_h: float
    ends_s: float


class _Weeks(msgspec.Struct, frozen=True):
    """The same order of work before and after the revision."""

    before: records.ShopProblem
    after: records.ShopProblem
    order: records.ShopSchedule
    seed: int
    robots: int

    def played_beside(self) -> tuple[_Week, _Week]:
        """Simulate both cases in the child process. Raises ``NightmillError`` if the child gives no answer."""
        answer = _child().ask(msgspec.msgpack.encode(self), "the twin's trial")
        return msgspec.msgpack.decode(answer, type=tuple[_Week, _Week])


@cache
def _child() -> KeptChild:
    return KeptChild(f"{__name__}:played", LIMITS)


def played(data: bytes) -> bytes:
    """Simulate both cases, deterministically; runs in the child."""
    weeks = msgspec.msgpack.decode(data, type=_Weeks)
    return msgspec.msgpack.encode([_played(weeks, problem) for problem in (weeks.before, weeks.after)])


def _played(weeks: _Weeks, problem: records.ShopProblem) -> _Week:
    floor = FloorModel(certain(), robots=weeks.robots)
    answer = look_ahead(problem, weeks.order, Experiment(DAYS, 1, weeks.seed), floor)
    ends_s = max((each.p50 or problem.horizon_s for each in answer.completions), default=0.0)
    return _Week(answer.tardiness_s, answer.throughput, answer.unattended_h, ends_s)
