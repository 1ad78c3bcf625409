"""The impact of a request: the states with and without the request, each planned as the loop would plan, and compared."""

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from functools import partial

from nightmill.floor import ShopState, apply
from nightmill.plant.requests.effects import consequences
from nightmill.plant.requests.proposal import Diff, OrderShift, Share
from nightmill.plant.shop_schedule.plan_in_force import LATER, loop_plan, reached
from nightmill.plant.shop_schedule.whole_plan import problem_at
from nightmill.scheduling import records
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.shop import Shop

MOVED_S = 60.0
_UNPLANNED = (e.ResourceChecked, e.SafeHoldReleased)


class Foreseen:
    """The plan for one state of the shop, kept so that many requests can be compared with it."""

    def __init__(self) -> None:
        self._key: tuple[str, int] = ("", -1)
        self._before: _Plan | None = None

    def diff(self, shop: Shop, state: ShopState, asks: Sequence[a.AnyAsk], *, by: str, why: str, key: str) -> Diff:
        """Return the changes caused by ``asks``, applied in order. Raises ``NotPossible`` for the first request that can't be done.

        ``key``: identifies the run whose state this is; ``state`` is not changed.
        """
        gates = tuple(text for ask in asks for text in _gates(state, ask))
        after_state, planned = state_after(shop, state, asks, by=by, why=why)
        if not planned:
            return Diff(gates=gates, version=state.version, note="the plan stays as it is")
        if self._before is None or self._key != (key, state.version):
            self._before, self._key = _Plan(shop, state), (key, state.version)
        return _difference(self._before, _Plan(shop, after_state), gates, state.version)


def state_after(shop: Shop, state: ShopState, asks: Sequence[a.AnyAsk], *, by: str, why: str) -> tuple[ShopState, bool]:
    """Return a copy of the state in which ``asks`` are done, and whether that changes anything that affects the plan.

    Raises ``NotPossible`` for the first request that can't be done.
    """
    after, planned = deepcopy(state), False
    for ask in asks:
        for decision in consequences(after, shop, ask, by=by, why=why):
            planned |= not isinstance(decision.fact, _UNPLANNED)
            for fact in _as_hoped(decision.fact):
                apply(after, e.Event(after.version + 1, state.now_s, decision.actor, fact, decision.why))
    return after, planned


def _as_hoped(fact: e.AnyFact) -> tuple[e.AnyFact, ...]:
    """Return the fact and its consequences, assuming that people who are called in do come."""
    if isinstance(fact, e.PeopleWanted):
        return fact, e.PresenceLimited(fact.from_s, fact.to_s, fact.persons, called=True)
    return (fact,)


class _Plan:
    """A state's remaining work, and how the loop would plan it."""

    def __init__(self, shop: Shop, state: ShopState) -> None:
        self.shop, self.state = shop, state
        self.problem = problem_at(shop, state)
        blocked = self.problem.pallets_blocked >= self.problem.pallets
        found = None if blocked or not self.problem.operations else reached(self.problem, partial(loop_plan, state))
        self.plan = found.plan if found else None
        self.beyond = found.beyond if found else frozenset[str]()
        self.promises = {p.order: p for p in self.plan.promises} if self.plan else {}
        self.places = {row.operation: row for row in self.plan.assignments} if self.plan else {}

    @property
    def serials(self) -> int:
        """Return the number of parts with work left."""
        return len({operation.serial for operation in self.problem.operations})

    @property
    def minutes(self) -> float:
        """Return the cutting minutes left, on the machines of the plan."""
        by_hand = {machine.id for machine in self.problem.machines if machine.by_hand}
        cuts = (each for each in self.problem.operations if each.state != "cut" and self._machine(each) not in by_hand)
        return sum(map(self._run_s, cuts)) / 60.0

    @property
    def usd(self) -> float:
        """Return the cost of the remaining work: machines (ovens at full loads), manual work, overhead on both, blanks."""
        rates = {unit.id: unit.rate_usd_h / unit.places for unit in self.shop.work_units}
        economy = self.shop.economy
        machine = labour = 0.0
        for each in self.problem.operations:
            if each.state != "cut":
                machine += self._run_s(each) / 3600.0 * rates.get(self._machine(each), 0.0)
            labour += (each.mount_s * (each.state == "waiting") + each.dismount_s) / 3600.0 * economy.wage_usd_h
        return (machine + labour) * (1.0 + economy.overhead_share) + self._blanks_usd()

    @property
    def on_time_share(self) -> float | None:
        """Return the fraction of open orders that the plan completes by their due date."""
        if not self.promises:
            return None
        return sum(promise.late_by_s <= 0 for promise in self.promises.values()) / len(self.promises)

    def _blanks_usd(self) -> float:
        prices, blank = self._prices()
        return sum((prices.get(blank.get(item, "")) or 0.0) * count for item, count in self._blanks_by_part().items())

    def unpriced(self, other: "_Plan") -> list[str]:
        """Return parts whose blanks have no price and of which this plan uses more or fewer blanks than the other plan."""
        (prices, blank), mine, theirs = self._prices(), self._blanks_by_part(), other._blanks_by_part()
        changed = {item for item in mine.keys() | theirs.keys() if mine[item] != theirs[item]}
        return sorted(item for item in changed if prices.get(blank.get(item, "")) is None)

    def _prices(self) -> tuple[dict[str, float | None], dict[str, str]]:
        """Return prices by item, and blanks by part."""
        return (
            {item.item: item.price_usd for item in self.shop.items},
            {part.name: part.blank_item for part in self.shop.parts},
        )

    def _blanks_by_part(self) -> Counter[str]:
        """Return how many blanks the plan uses, by part."""
        wanted = {operation.serial for operation in self.problem.operations}
        return Counter(
            part.item for part in self.state.parts.values() if part.serial in wanted and part.place == "none"
        )

    def _machine(self, operation: records.ShopOperation) -> str:
        row = self.places.get(operation.id)
        return row.machine if row else operation.machine or operation.alternatives[0].machine

    def _run_s(self, operation: records.ShopOperation) -> float:
        machine = self._machine(operation)
        found = next((each for each in operation.alternatives if each.machine == machine), operation.alternatives[0])
        return found.run_s


def _difference(before: _Plan, after: _Plan, gates: tuple[str, ...], version: int) -> Diff:
    names = sorted(before.promises.keys() | after.promises.keys())
    shifts = []
    for name in names:
        was, now = before.promises.get(name), after.promises.get(name)
        due_s = (after.state.orders.get(name) or before.state.orders[name]).due_s
        if (
            was is None
            or now is None
            or abs(was.promise_s - now.promise_s) >= MOVED_S
            or was.late_by_s != now.late_by_s
        ):
            shifts.append(
                OrderShift(
                    name,
                    due_s,
                    was.promise_s if was else None,
                    now.promise_s if now else None,
                    max(0.0, was.late_by_s) if was else 0.0,
                    max(0.0, now.late_by_s) if now else 0.0,
                )
            )
    moves = sum(
        (row.machine != old.machine or abs(row.start_s - old.start_s) >= MOVED_S)
        for name, row in after.places.items()
        if (old := before.places.get(name)) is not None
    )
    unplanned = after.plan is None and bool(after.problem.operations)
    notes = (
        ["every pallet carries a part that must be unloaded first; the plan is made after that"] if unplanned else []
    )
    if after.beyond and not unplanned:
        notes.append(f"{LATER} {', '.join(sorted(after.beyond))}")
    if unpriced := after.unpriced(before):
        notes.append(f"cost excludes the blanks of {', '.join(unpriced)}, which have no price in items.csv")
    return Diff(
        orders=tuple(shifts),
        parts=after.serials - before.serials,
        minutes=round(after.minutes - before.minutes, 3),
        money_usd=round(after.usd - before.usd, 2),
        moves=moves,
        gates=gates,
        on_time_share=Share(before.on_time_share, after.on_time_share),
        version=version,
        foreseen=not unplanned,
        note="; ".join(notes),
    )


def _gates(state: ShopState, ask: a.AnyAsk) -> list[str]:
    """Return the gates that currently block the shop, and those that the request opens or closes."""
    found = []
    if isinstance(ask, a.ReleaseHold):
        if ask.hold in state.safe_holds:
            found.append(f"the safe hold of {ask.hold} ends: {state.safe_holds[ask.hold]}")
        else:
            found.append(f"{len(state.holds.get(ask.hold, ()))} held parts are released: {ask.hold}")
    elif isinstance(ask, a.StopUnit):
        found.append(f"no cycle starts on {ask.unit} for {ask.hours:g} h; its current cut is finished")
    elif isinstance(ask, a.CondemnTool):
        found.append(f"no cycle with T{ask.tool} starts on {ask.unit} until a new edge is loaded")
    elif isinstance(ask, a.ScrapPart):
        found.append(f"{ask.serial} is scrapped; a replacement is made")
    elif isinstance(ask, a.DisposePart) and ask.decision == "use_as_is":
        found.append(f"{ask.serial} is accepted as is: the findings no longer block it")
    elif isinstance(ask, a.DisposePart) and ask.decision == "rework":
        found.append(f"{ask.serial} is reworked for {ask.minutes:g} min and inspected again before it passes")
    waiting = [subject for subject in state.safe_holds if not (isinstance(ask, a.ReleaseHold) and ask.hold == subject)]
    return [*found, *(f"the cell stays in safe hold ({each}) until a person releases it" for each in waiting)]
