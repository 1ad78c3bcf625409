"""Keep the plan in force in the kernels' memory, so that a repair after a disruption costs time only for the operations that move."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.decode import place_stop, withdraw, withdraw_stop
from nightmill.scheduling.engine.encode import build_memory, on_grid
from nightmill.scheduling.engine.insertion import cut_anew, replace
from nightmill.scheduling.engine.state import Floats, Ints
from nightmill.scheduling.engine.timeline import lane_base, lane_count, take
from nightmill.scheduling.problem.pallet_loads import full_loads
from nightmill.scheduling.problem.records import Goal, ObjectiveWeights, ShopOperation, ShopOrder, ShopSchedule, Window
from nightmill.scheduling.rescheduling.disruptions import (
    Breakdown,
    Change,
    Disruption,
    LateMaterial,
    PlanDiff,
    Scrap,
    WornTool,
)
from nightmill.scheduling.rescheduling.held_schedule import HeldPlan, refuse
from nightmill.scheduling.search.annealing import KEEP_MACHINES, Stability, late_costs
from nightmill.scheduling.search.lexicographic import in_order
from nightmill.scheduling.search.parallel_annealing import COLD, Crew, first_heat
from nightmill.scheduling.validation.problem_check import check_problem
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.intervals import complement

STEPS_AT_ONCE = 200


def steps(count: int) -> Callable[[], float]:
    """Return a clock for ``LivePlan.improve`` that reports the fraction of ``count`` steps done so far, regardless of their duration."""
    calls = itertools.count()
    return lambda: next(calls) * STEPS_AT_ONCE / count


class _Before(NamedTuple):
    """Places of all operations before an event."""

    times: Floats
    chosen: Ints
    size: int
    tardiness: float


def _rounded(at_s: float) -> float:
    """A time on the grid of the lanes."""
    return float(on_grid(np.array(at_s)))


class LivePlan(HeldPlan):
    """A shop's plan that is repaired at once when something happens, and improved as long as there is time.

    Operations that have started, or are to start within ``frozen_s`` of an event, stay as they are unless the event itself
    makes that impossible. ``weights`` give the cost of departing from the plan in force. After an event, a search leaves at
    most the fraction ``may_change`` of the open operations on a different machine. No operation is moved to a start before the
    frozen zone ends.
    """

    def disrupt(self, event: Disruption, at_s: float) -> PlanDiff:
        """Repair the plan at ``at_s``; it is valid again at once.

        Raises ``BadInput`` for an event that doesn't fit the shop, and leaves everything unchanged.
        """
        kept = {**vars(self), "memory": self.memory.copy()}
        try:
            return self._repaired(event, at_s)
        except BadInput:
            vars(self).update(kept)
            raise

    def _repaired(self, event: Disruption, at_s: float) -> PlanDiff:
        if at_s < self.now_s:
            raise refuse("at_s", f"{at_s} s", f"{self.now_s} s or later", "Report events in order of time.")
        at_s = max(self.now_s, _rounded(at_s))
        if isinstance(event, Breakdown) and self._holds_begun(event.machine):
            self._begin_at(at_s)
        before = self._before()
        self.late_before = dict(zip(self.layout.orders, late_costs(self.memory).tolist(), strict=True))
        self.now_s = at_s
        self.memory.general[s.FROM] = _rounded(at_s + self.frozen_s)
        self._remember()
        if isinstance(event, Breakdown):
            self._break_down(event)
        elif isinstance(event, LateMaterial):
            self._wait_for_material(event)
        elif isinstance(event, WornTool):
            self._wear(event)
        elif isinstance(event, Scrap):
            self._scrap(event)
        else:
            self._add((event.order,), event.operations)
        self.settle()
        return self._diff(before)

    def improve(self, share_done: Callable[[], float], *, hot: float | None = COLD, searchers: int = 1) -> PlanDiff:
        """Search until ``share_done``, polled every few steps, returns 1, cooling down from ``hot``; returns the changes to the plan.

        ``hot`` None: the temperature that suits the number of steps there is time for, judging by the steps done so far
        (``first_heat``). ``searchers`` (``Crew``) search in parallel, each on its own core if there are enough. After an event
        about every other step starts at an order that the event made later, in proportion to the delay.

        A plan in force is best searched at a low temperature for a few seconds, a new plan at the highest temperature that
        there is time to cool down from. If ``share_done`` counts its calls (as ``steps`` does), the result is the same every
        time.
        """
        before = self._before()
        memory = self.memory
        open_ = (memory.op_code[:, s.STATE] == s.WAITING) & (memory.times[:, s.MOUNT] > self.now_s)
        open_ &= memory.op_code[:, s.PREVIOUS_MACHINE] >= 0
        most, keep = self.may_change * float(open_.sum()), KEEP_MACHINES if self.may_change >= 1.0 else 3.0
        late = self.late_before
        costs = np.array([late.get(name, 0.0) for name in self.layout.orders]) if late else None
        stability = Stability(most, keep, costs)
        with Crew(memory, self.night, self.cost, self.seed, stability, searchers=searchers) as crew:
            done = 0
            while (share := share_done()) < 1.0:
                first = first_heat(done / share if share > 0.0 else 0.0, memory.chosen.size, hot)
                heat = first * (COLD / first) ** share
                crew.step(STEPS_AT_ONCE, heat, heat)
                done += STEPS_AT_ONCE
            crew.settle()
        self.seed += 1
        return self._diff(before)

    def pursue(
        self,
        goals: Sequence[Goal],
        clock: Callable[[], Callable[[], float]],
        *,
        hot: float | None = COLD,
        searchers: int = 1,
    ) -> None:
        """Improve goal by goal, each until its own ``clock`` returns 1, without giving up any earlier goal."""
        weights = self.weights

        def improved(schedule: ShopSchedule, weights: ObjectiveWeights) -> ShopSchedule:
            self.weights = weights
            self.take(schedule)
            self.improve(clock(), hot=hot, searchers=searchers)
            return self.schedule()

        found = in_order(goals, self.problem, self.schedule(), improved)
        self.weights = weights
        self.take(found)

    def _before(self) -> _Before:
        memory = self.memory
        return _Before(memory.times.copy(), memory.chosen.copy(), memory.chosen.size, self.weighted_tardiness_s)

    def _remember(self) -> None:
        """Make the current plan the reference for the cost of departing from it."""
        memory = self.memory
        memory.op_code[:, s.PREVIOUS_MACHINE] = memory.alt_code[memory.chosen, s.MACHINE]
        memory.op_time[:, s.PREVIOUS_START] = memory.times[:, s.START]

    def difference(self, earlier: ShopSchedule) -> PlanDiff:
        """Return how the plan in force differs from an ``earlier`` version."""
        now = {a.operation: a for a in self.schedule().assignments}
        was = {a.operation: a for a in earlier.assignments}
        moved = [name for name, a in was.items() if a.done_s > self.now_s and now.get(name) != a]
        pending = [a for name, a in was.items() if a.mount_s > self.now_s and name in now]
        changes = [
            Change(
                name,
                was[name].machine,
                now[name].machine if name in now else None,
                was[name].start_s,
                now[name].start_s if name in now else None,
            )
            for name in moved
        ]
        changes += [Change(name, None, a.machine, None, a.start_s) for name, a in now.items() if name not in was]
        frozen = {a.operation for a in pending if a.mount_s < self.memory.general[s.FROM]}
        return PlanDiff(
            at_s=self.now_s,
            changes=tuple(changes),
            open=len(pending),
            machine_changes=sum(now[a.operation].machine != a.machine for a in pending),
            frozen_moved=tuple(name for name in moved if name in frozen),
            weighted_tardiness_before_s=earlier.weighted_tardiness_s,
            weighted_tardiness_s=self.weighted_tardiness_s,
        )

    def _diff(self, before: _Before) -> PlanDiff:
        memory, layout, size = self.memory, self.layout, before.size
        machine = memory.alt_code[memory.chosen, s.MACHINE]
        was = memory.alt_code[before.chosen, s.MACHINE]
        alive = (memory.op_code[:, s.STATE] != s.DROPPED)[:size]
        pending = (before.times[:, s.MOUNT] > self.now_s) & (memory.op_code[:size, s.STATE] == s.WAITING)
        other = machine[:size] != was
        moved = np.flatnonzero(
            (other | (memory.times[:size] != before.times).any(axis=1) | ~alive)
            & (before.times[:, s.DONE] > self.now_s)
        )
        frozen = pending & (before.times[:, s.MOUNT] < memory.general[s.FROM])
        names, starts, earlier = layout.machines, memory.times[:, s.START].tolist(), before.times[:, s.START].tolist()
        changes = [
            Change(
                layout.operations[op].id,
                names[was[op]],
                names[machine[op]] if alive[op] else None,
                earlier[op],
                starts[op] if alive[op] else None,
            )
            for op in moved.tolist()
        ]
        changes += [
            Change(layout.operations[op].id, None, names[machine[op]], None, starts[op])
            for op in range(size, len(layout.operations))
        ]
        return PlanDiff(
            at_s=self.now_s,
            changes=tuple(changes),
            open=int(pending.sum()),
            machine_changes=int((other & pending).sum()),
            frozen_moved=tuple(layout.operations[op].id for op in moved[frozen[moved]].tolist()),
            weighted_tardiness_before_s=before.tardiness,
            weighted_tardiness_s=self.weighted_tardiness_s,
        )

    def _holds_begun(self, machine: str) -> bool:
        """Return whether the machine still holds an operation that had already started when the plan came into force."""
        memory, here = self.memory, self._machine(machine)
        begun = np.isin(memory.op_code[:, s.STATE], (s.MOUNTED, s.RUNNING)) & (memory.times[:, s.END] > self.now_s)
        return bool((memory.alt_code[memory.chosen[begun], s.MACHINE] == here).any())

    def _begin_at(self, at_s: float) -> None:
        """Rebuild the memory for the work left at ``at_s``."""
        self.now_s = at_s
        self.problem, schedule = self.remaining()
        self.take(schedule)

    def _interrupt(self, event: Breakdown) -> bool:
        """Keep a part on the machine until the repair if it went there before the plan came into force; place everything else again."""
        if not self._holds_begun(event.machine):
            return False
        change = msgspec.structs.replace
        schedule = self.schedule()
        ops = tuple(
            change(op, state="mounted", started_s=None)
            if op.machine == event.machine and op.state in ("running", "mounted")
            else op
            for op in self.problem.operations
        )
        machines = tuple(
            change(m, free_from_s=event.until_s) if m.id == event.machine else m for m in self.problem.machines
        )
        self.problem = change(self.problem, operations=ops, machines=machines)
        self.take(schedule)
        self.memory.general[s.FROM] = _rounded(self.now_s + self.frozen_s)
        return True

    def _machine(self, name: str) -> int:
        if name not in self.layout.machines:
            raise refuse("machine", name, "a machine in the shop", "Correct the name.")
        return self.layout.machines.index(name)

    def _break_down(self, event: Breakdown) -> None:
        """Free the machine, block it until it is repaired, and find other places for its planned work."""
        machine, at, until = self._machine(event.machine), _rounded(self.now_s), _rounded(event.until_s)
        if until <= at:
            raise refuse("until_s", f"{until} s", f"later than {at} s", "Give a later until_s.")
        if self._interrupt(event):
            return
        memory = self.memory
        f, n, times = memory.f, memory.n, memory.times
        move = float(memory.general[s.MOVE])
        here = memory.alt_code[memory.chosen, s.MACHINE] == machine
        alive = memory.op_code[:, s.STATE] != s.DROPPED
        hit = np.flatnonzero(here & alive & (times[:, s.END] > at) & (times[:, s.START] - move < until))
        stays = {int(op) for op in hit[times[hit, s.START] - move <= at]}
        mounted = [int(op) for op in hit[times[hit, s.MOUNT] <= at]]
        out = self.lift(hit[times[hit, s.MOUNT] > at])
        out += self.lift([op + 1 for op in mounted if op + 1 < self.end(op)])
        out += self.lift([heir for op in mounted for heir in self.heirs(op)])
        for op in mounted:
            withdraw(f, n, op)
        stops = [
            stop
            for stop in range(n[s.STOPS])
            if memory.stop_code[stop, s.MACHINE] == machine and at < f[n[s.STOP_START] + stop] < until
        ]
        for stop in stops:
            withdraw_stop(f, n, stop)
        base, count = lane_base(n, machine), lane_count(n, machine)
        spans = [(float(a), float(b)) for a, b in f[base : base + 2 * count].reshape(-1, 2)]
        # the past becomes one span, so that the lane has room for any number of breakdowns
        for begin, end in complement([span for span in spans if span[0] < at], -s.FAR, at):
            take(f, n, machine, begin, end)
        for begin, end in complement([span for span in spans if span[1] > at and span[0] < until], at, until):
            take(f, n, machine, begin, end)
            self._note_down(event.machine, Window(begin, end))
        for stop in stops:
            place_stop(f, n, stop, self.option(stop))
        for op in sorted(mounted, key=lambda op: (op not in stays, op)):
            ready = float(times[op, s.MOUNT] + memory.op_time[op, s.MOUNT])
            cut_anew(f, n, op, max(at, ready) + move, op in stays)
        self.put_back(out + self.lift_overfull())

    def _note_down(self, name: str, window: Window) -> None:
        change = msgspec.structs.replace
        machines = tuple(change(m, down=(*m.down, window)) if m.id == name else m for m in self.problem.machines)
        self.problem = change(self.problem, machines=machines)

    def _wait_for_material(self, event: LateMaterial) -> None:
        memory = self.memory
        if event.order not in self.layout.orders:
            raise refuse("order", event.order, "an order in the shop", "Correct the name.")
        order, release_s = self.layout.orders.index(event.order), _rounded(event.release_s)
        first = memory.serial_first[:-1]
        waits = first[(memory.op_code[first, s.ORDER] == order) & (memory.times[first, s.MOUNT] > self.now_s)]
        late = waits[memory.times[waits, s.MOUNT] < release_s]
        out = self.lift(late)
        memory.op_time[waits, s.RELEASE] = release_s
        names = {self.layout.operations[op].id for op in waits.tolist()}
        change = msgspec.structs.replace
        self.problem = change(
            self.problem,
            operations=tuple(
                change(op, release_s=release_s) if op.id in names else op for op in self.problem.operations
            ),
        )
        self.put_back(out)

    def _wear(self, event: WornTool) -> None:
        """Take out the latest cuts in each absence for which the tool no longer lasts."""
        memory = self.memory
        budgets = self.problem.tool_budgets
        slots = [k for k, b in enumerate(budgets) if (b.machine, b.tool) == (event.machine, event.tool)]
        if not slots or event.seconds < 0.0:
            expected = "a tool with a budget in a machine, and seconds >= 0"
            raise refuse("tool", f"{event.tool} in {event.machine}: {event.seconds} s", expected, "Correct the event.")
        slot, times, absent = slots[0], memory.times, memory.absent
        change = msgspec.structs.replace
        self.problem = change(
            self.problem,
            tool_budgets=tuple(change(b, seconds=event.seconds) if k == slot else b for k, b in enumerate(budgets)),
        )
        memory.budget[slot] = event.seconds
        out: list[int] = []
        begun: list[int] = []
        for absence in np.flatnonzero(memory.slot_used.reshape(memory.budget.size, -1)[slot] > event.seconds).tolist():
            begin, end = absent[absence]
            inside = np.flatnonzero(
                (memory.op_code[:, s.STATE] == s.WAITING)
                & (times[:, s.START] >= begin)
                & (times[:, s.START] < end)
                & (times[:, s.START] - memory.general[s.MOVE] > self.now_s)
            )
            for op in sorted(inside.tolist(), key=lambda op: -times[op, s.START]):
                if memory.slot_used.reshape(memory.budget.size, -1)[slot, absence] <= event.seconds:
                    break
                if op in begun or op in out or not self._uses(op, slot):
                    continue
                if times[op, s.MOUNT] > self.now_s:
                    out += self.lift([op])
                else:
                    out += self.lift([op + 1] if op + 1 < self.end(op) else [])
                    out += self.lift(self.heirs(op))
                    withdraw(memory.f, memory.n, op)
                    begun.append(op)
        for op in begun:
            ready = max(self.now_s, float(times[op, s.MOUNT] + memory.op_time[op, s.MOUNT]))
            cut_anew(memory.f, memory.n, op, ready + float(memory.general[s.MOVE]), False)
        self.put_back(out + self.lift_overfull())

    def _uses(self, op: int, slot: int) -> bool:
        memory = self.memory
        chosen = memory.alt_code[memory.chosen[op]]
        return slot in memory.use_slot[chosen[s.USE_FIRST] : chosen[s.USE_LAST]]

    def _scrap(self, event: Scrap) -> None:
        serials = self.layout.serials
        if event.serial not in serials:
            raise refuse("serial", event.serial, "a part in the shop", "Correct the name.")
        self._refuse_shared(event.serial)
        part, memory = serials.index(event.serial), self.memory
        first, last = int(memory.serial_first[part]), int(memory.serial_first[part + 1])
        ops = [op for op in range(first, last) if memory.times[op, s.MOUNT] > self.now_s]
        self._drop(ops)
        self._await_remake(event)
        self._add((), event.remake)

    def _refuse_shared(self, serial: str) -> None:
        """Refuse to drop a part alone if it carries an operation shared with other parts that are cut together with it."""
        shared = [op for op in self.problem.operations if op.serial == serial and op.together]
        for op in shared:
            if self.memory.times[self.layout.operations.index(op), s.MOUNT] > self.now_s:
                expected = "a part that is not cut together with other parts"
                raise refuse("serial", serial, expected, f"Move {op.id} to {op.together[0]}, and make a new plan.")

    def _await_remake(self, event: Scrap) -> None:
        """Make all parts that were to be assembled from the scrapped part wait for its replacement."""
        change, made = msgspec.structs.replace, {op.serial: None for op in event.remake}
        if made:
            self.problem = change(
                self.problem,
                operations=tuple(
                    change(
                        op,
                        after=tuple(dict.fromkeys((*(serial for serial in op.after if serial != event.serial), *made))),
                    )
                    if event.serial in op.after
                    else op
                    for op in self.problem.operations
                ),
            )

    def _drop(self, ops: Iterable[int]) -> None:
        memory = self.memory
        for op in ops:
            withdraw(memory.f, memory.n, op)
            memory.op_code[op, s.STATE] = s.DROPPED
            memory.times[op] = self.now_s

    def _add(self, orders: tuple[ShopOrder, ...], added: tuple[ShopOperation, ...]) -> None:
        """Rebuild the memory with the additions, put everything back exactly, and place the additions in the gaps."""
        if not added:
            return
        change = msgspec.structs.replace
        added = full_loads(change(self.problem, operations=added)).operations
        problem = change(
            self.problem,
            orders=(*self.problem.orders, *orders),
            operations=(
                *self.problem.operations,
                *(change(op, release_s=max(op.release_s, self.now_s)) for op in added),
            ),
        )
        check_problem(problem)
        serials = set(self.layout.serials)
        again = sorted({op.serial for op in added} & serials)
        if again:
            raise refuse("serial", again[0], "an unused part name", "Give the new part another name.")
        before, frozen, dropped = self.memory, self.memory.general[s.FROM], self.memory.op_code[:, s.STATE] == s.DROPPED
        self.problem = problem
        self.memory, self.layout = build_memory(problem, self.weights, None)
        memory, old = self.memory, before.chosen.size
        times, choice = np.full((memory.chosen.size, 6), s.FAR), np.full(memory.chosen.size, -1, dtype=np.int64)
        times[:old] = before.times
        choice[:old] = before.chosen
        choice[np.flatnonzero(dropped)] = -1
        memory.op_code[:old, s.PREVIOUS_MACHINE] = before.op_code[:, s.PREVIOUS_MACHINE]
        memory.op_time[:old, s.PREVIOUS_START] = before.op_time[:, s.PREVIOUS_START]
        self.night = np.concatenate((self.night, np.zeros(memory.chosen.size - old, dtype=np.int64)))
        f, n = memory.f, memory.n
        self.lay_out(before.stop_start.tolist())
        memory.op_code[np.flatnonzero(dropped), s.STATE] = s.DROPPED
        memory.chosen[:old] = before.chosen
        memory.times[np.flatnonzero(dropped)] = before.times[dropped]
        left = self.adopt(times, choice)
        memory.general[s.FROM] = frozen
        replace(f, n, left, self.serial)
