"""Simulate a change on the twin before it is decided: each order's chances with and without it.

The simulations run in a guarded child process, so that a crash reaches neither the server nor the floor: in that case the
answer says why it has no figures. Both sides use the same random numbers, and the plans that the loop would make.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from nightmill.floor import ShopState, apply
from nightmill.plant.requests.effects import NotPossible
from nightmill.plant.requests.impact import state_after
from nightmill.plant.shop_state.live import live_shop
from nightmill.plant.shop_state.snapshot import copied
from nightmill.plant.shop_twin.belief import AHEAD_DAYS, believed, floor_model, foreseen_plan
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.layout import has_log
from nightmill.simulation import Experiment, look_ahead
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.errors import NightmillError
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S
from nightmill.workers import NICE_BESIDE, Limits, run_guarded

REPLICATIONS = 60
LONGEST_DAYS = 60.0
LEAST_CHANGE = 0.05
"""Smaller changes in a fraction aren't reported: they amount to a few replications more or less."""

_TURN, PATIENCE_S = Lock(), 10.0
"""Only one child runs at a time; a request waits this long for its turn, s."""
LIMITS = Limits(memory_mib=4096, cpu_s=120, wall_s=180.0, nice=NICE_BESIDE)

Progress = Callable[[str, float], None]
"""Called with (phase, fraction done)."""


class OrderChances(msgspec.Struct, frozen=True):
    """An order's completion dates with 50, 80 and 90 % confidence (s of shop time; ``None``: beyond the days), and its risk.

    ``late_share``: fraction of replications in which the order is late; ``None`` if the order isn't made, or if it is due after the
    simulated days and still open at their end.
    """

    order: str
    p50: float | None
    p80: float | None
    p90: float | None
    late_share_before: float | None
    late_share: float | None


class Chances(msgspec.Struct, frozen=True):
    """The simulated outcome over ``days`` in ``replications``, with and without the change.

    ``orders``: those that the change is about, then those whose risk it changes. ``throughput`` is in good parts per
    day, ``tardiness_s`` is the mean over orders; ``None``, with the reason in ``why``, if nothing could be simulated.
    """

    orders: tuple[OrderChances, ...] = ()
    throughput_before: float | None = None
    throughput: float | None = None
    tardiness_before_s: float | None = None
    tardiness_s: float | None = None
    days: float = 0.0
    replications: int = 0
    why: str = ""


def chances_of_order(
    folder: Path, order: e.OrderReceived, promise_s: float, *, progress: Progress | None = None
) -> Chances:
    """Return the dates of an order that isn't in the book, if it were received now; ``promise_s``: when a plan would complete it."""
    fact = msgspec.to_builtins(order)
    return _guarded(folder, "order_job", {"order": fact, "promise_s": promise_s}, progress)


def chances_of_asks(folder: Path, asks: Sequence[a.AnyAsk], *, by: str, why: str) -> Chances:
    """Return how carrying out ``asks`` in order affects the open orders."""
    return _guarded(folder, "asks_job", {"asks": msgspec.to_builtins(list(asks)), "by": by, "why": why})


def order_job(
    folder: str, order: dict[str, Any], promise_s: float, *, progress: Progress | None = None
) -> dict[str, Any]:
    """Run ``chances_of_order`` in the child."""
    fact = msgspec.convert(order, e.OrderReceived)

    def received(shop: Shop, state: ShopState) -> ShopState:
        after = copied(state)
        apply(after, e.Event(state.version + 1, state.now_s, "software", fact))
        return after

    return _compared(Path(folder), received, promise_s, fact.item, say=progress)


def asks_job(folder: str, asks: list[Any], by: str, why: str) -> dict[str, Any]:
    """Run ``chances_of_asks`` in the child."""
    wanted = msgspec.convert(asks, list[a.AnyAsk])
    try:
        return _compared(Path(folder), lambda shop, state: state_after(shop, state, wanted, by=by, why=why)[0], 0.0)
    except NotPossible as reason:
        return dict(msgspec.to_builtins(Chances(why=str(reason))))


def _guarded(folder: Path, job: str, arguments: dict[str, Any], progress: Progress | None = None) -> Chances:
    call = f"{__name__}:{job}"
    if not _TURN.acquire(timeout=PATIENCE_S):
        return Chances(why="another change is being simulated: try again later")
    try:
        asked, subject = {"folder": str(folder), **arguments}, str(folder)
        answer = run_guarded(call, asked, limits=LIMITS, progress=progress, subject=subject)
    except NightmillError as error:
        return Chances(why=error.findings[0].sentence())
    finally:
        _TURN.release()
    return msgspec.convert(answer, Chances)


def _compared(
    folder: Path,
    changed: Callable[[Shop, ShopState], ShopState],
    promise_s: float,
    *items: str,
    say: Progress | None = None,
) -> dict[str, Any]:
    shop, state = live_shop(folder, items=items)
    log = read_events(folder) if has_log(folder) else ()
    days = min(max(AHEAD_DAYS, 2.0 * (promise_s - state.now_s) / DAY_S), LONGEST_DAYS)
    sides = []
    for share, (words, each) in enumerate((("without", state), ("with", changed(shop, state)))):
        if say:
            say(f"{REPLICATIONS} simulated futures {words} the change", 0.1 + 0.45 * share)
        sides.append(_simulated(shop, each, log, days))
    before, after = sides
    names = (*sorted(after.orders.keys() - before.orders.keys()), *before.orders)
    changes = (_order(before.orders.get(name), after.orders.get(name)) for name in names)
    chances = Chances(
        orders=tuple(each for each in changes if each is not None),
        throughput_before=before.throughput,
        throughput=after.throughput,
        tardiness_before_s=before.tardiness_s,
        tardiness_s=after.tardiness_s,
        days=days,
        replications=REPLICATIONS,
    )
    return dict(msgspec.to_builtins(chances))


class _Side(msgspec.Struct, frozen=True):
    """The twin's result for one state; empty if nothing is left to make."""

    orders: dict[str, OrderChances] = {}
    throughput: float = 0.0
    tardiness_s: float = 0.0


def _simulated(shop: Shop, state: ShopState, log: Iterable[e.Event], days: float) -> _Side:
    belief = believed(shop, state, log, days)
    if not belief.problem.operations:
        return _Side()
    plan, experiment = foreseen_plan(state, belief.problem), Experiment(days, REPLICATIONS, state.seed)
    answer = look_ahead(belief.problem, plan, experiment, floor_model(shop, state.policy, belief))
    orders = {c.order: OrderChances(c.order, c.p50, c.p80, c.p90, None, c.late_share) for c in answer.completions}
    return _Side(orders, answer.throughput, answer.tardiness_s)


def _order(was: OrderChances | None, now: OrderChances | None) -> OrderChances | None:
    """Return an order's reported change; ``None`` if its risk doesn't change."""
    before = was.late_share if was else None
    if now is None:
        return OrderChances(was.order, None, None, None, before, None) if was else None
    if was is not None and (before is None or now.late_share is None):
        return None  # due beyond the days: no known change
    if before is not None and now.late_share is not None and abs(now.late_share - before) < LEAST_CHANGE:
        return None
    return msgspec.structs.replace(now, late_share_before=before)
