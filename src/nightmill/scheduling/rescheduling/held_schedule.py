"""Hold a plan in the kernels' memory: load it exactly from a schedule, take operations out and put them back."""

from collections.abc import Iterable

import msgspec
import numpy as np

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.decode import withdraw
from nightmill.scheduling.engine.encode import build_memory
from nightmill.scheduling.engine.insertion import replace
from nightmill.scheduling.engine.repair_timing import begins_in, placed_repairs, with_repairs
from nightmill.scheduling.engine.state import Floats, Ints
from nightmill.scheduling.engine.unary_groups import take_fixture
from nightmill.scheduling.problem.pallet_loads import has_loads, planned_loads
from nightmill.scheduling.problem.records import ObjectiveWeights, ShopProblem, ShopSchedule
from nightmill.scheduling.rescheduling.snapshot import schedule_as_of, shop_as_of
from nightmill.scheduling.search.annealing import late_costs
from nightmill.scheduling.search.ruin_recreate import complete
from nightmill.scheduling.search.solve import named_schedule
from nightmill.scheduling.search.warm_start import adopted, cost_of, first_option, lay_out, serial_of, take_schedule
from nightmill.scheduling.validation.problem_check import check_problem
from nightmill.vocabulary.errors import BadInput, Finding

FROZEN_S = 3600.0
MAY_CHANGE = 0.05


def refuse(place: str, found: str, expected: str, remedy: str) -> BadInput:
    """The error for an event or a plan that doesn't fit the shop."""
    return BadInput(Finding("event", place, found, expected, remedy))


class HeldPlan:
    """A problem and the places of everything in its plan."""

    def __init__(
        self,
        problem: ShopProblem,
        schedule: ShopSchedule,
        *,
        frozen_s: float = FROZEN_S,
        may_change: float = MAY_CHANGE,
        weights: ObjectiveWeights | None = None,
        seed: int = 0,
    ) -> None:
        """Put ``schedule`` into force: everything that fits stays as it is, the rest is placed again. Raises ``BadInput``."""
        check_problem(problem)
        if not problem.operations:
            raise refuse("operations", "none", "at least one", "Add the operations to plan.")
        self.bounded = not has_loads(problem)
        problem = planned_loads(problem, schedule)
        begins = begins_in(problem, schedule)
        self.repairs = placed_repairs(problem, begins)
        problem = with_repairs(problem, begins)
        self.problem, self.frozen_s, self.may_change, self.seed = problem, frozen_s, may_change, seed
        self.weights = weights or ObjectiveWeights(unattended=0.0)
        self.now_s = problem.now_s
        self.late_before: dict[str, float] = {}
        """Cost of each order's lateness before the last event."""
        self.take(schedule)

    def take(self, schedule: ShopSchedule) -> None:
        """Build the memory for the problem; the parts of the schedule that fit stay as they are, the rest is placed again."""
        self.memory, self.layout = build_memory(self.problem, self.weights, schedule)
        memory, layout = self.memory, self.layout
        self.night, self.serial = np.zeros(len(layout.operations), dtype=np.int64), serial_of(memory)
        take_schedule(memory, layout, self.problem, schedule)
        self.settle()

    def lay_out(self, stops: list[float]) -> None:
        """Place only the operations that have started, and the maintenance stops: at their given times, or according to their options."""
        self.serial = serial_of(self.memory)
        lay_out(self.memory, stops)

    def adopt(self, times: Floats, choice: Ints) -> Ints:
        """Place all operations at their given times; returns the first operation of each serial that doesn't fit, in order of time."""
        return adopted(self.memory, self.serial, times, choice, self.now_s)

    def settle(self) -> None:
        """Record when each order is complete. Raises ``BadInput`` if an operation or a maintenance stop has no place."""
        for order in range(len(self.layout.orders)):
            complete(self.memory.f, self.memory.n, order)
        if self.memory.times[:, s.DONE].max() >= s.FAR:
            raise refuse(
                "presence",
                "operations that nobody is present for",
                "presence until all work is done",
                "Extend presence.",
            )
        if self.memory.stop_start.size and self.memory.stop_start.max() >= s.FAR:
            raise refuse(
                "maintenance", "a stop that can't be placed", "presence until all work is done", "Extend presence."
            )

    @property
    def weighted_tardiness_s(self) -> float:
        """Weighted tardiness of all orders, including those already complete."""
        return float(late_costs(self.memory).sum())

    def schedule(self) -> ShopSchedule:
        """The plan in force, from its beginning, with names."""
        schedule = named_schedule(self.problem, self.memory, self.layout, 1)
        dropped = {
            op.id
            for op, state in zip(self.layout.operations, self.memory.op_code[:, s.STATE].tolist(), strict=True)
            if state == s.DROPPED
        }
        kept = tuple(a for a in schedule.assignments if a.operation not in dropped)
        stops = (*schedule.maintenance, *self.repairs)
        bound_s = schedule.lower_bound_s if self.bounded else 0.0  # other loads might give a lower value
        return msgspec.structs.replace(schedule, assignments=kept, maintenance=stops, lower_bound_s=bound_s)

    def remaining(self) -> tuple[ShopProblem, ShopSchedule]:
        """The problem left as of the last event, and the plan in force for it, for the validator to check."""
        schedule = self.schedule()
        planned = {a.operation for a in schedule.assignments}
        alive = tuple(op for op in self.problem.operations if op.id in planned)
        problem = shop_as_of(msgspec.structs.replace(self.problem, operations=alive), schedule, self.now_s)
        return problem, schedule_as_of(self.problem, problem, schedule)

    @property
    def cost(self) -> float:
        """The objective value that the search minimises."""
        return cost_of(self.memory)

    def option(self, stop: int) -> int:
        """The first option of a maintenance stop."""
        return first_option(self.memory, stop)

    def end(self, op: int) -> int:
        """Return the end of the serial of ``op``."""
        return int(self.memory.serial_first[self.serial[op] + 1])

    def lift(self, ops: Iterable[int]) -> list[int]:
        """Take out each operation, the rest of its serial, and all operations that wait for them.

        Returns the first operation taken out of each serial.
        """
        memory = self.memory
        first: dict[int, int] = {}
        open_ = [int(op) for op in ops]
        while open_:
            op = open_.pop()
            part = int(self.serial[op])
            if op < first.get(part, op + 1):
                first[part] = op
                open_ += self.heirs(op)
        for op in first.values():
            for one in range(op, self.end(op)):
                if memory.op_code[one, s.STATE] == s.WAITING:
                    withdraw(memory.f, memory.n, one)
                    memory.op_code[one, s.STATE] = s.OUT
        return list(first.values())

    def heirs(self, op: int) -> list[int]:
        """Return the unmounted operations of other parts that wait for this one, or for later operations of its part."""
        memory = self.memory
        waiting = memory.heir[memory.heir_first[op] : memory.heir_first[self.end(op)]]
        return [int(op) for op in waiting if memory.times[op, s.MOUNT] > self.now_s]

    def lift_overfull(self) -> list[int]:
        """Take out parts that were to be mounted while every pallet, or fixture of their kind, is held longer than planned."""
        return self._lift_without_fixture() + self._lift_without_pallet()

    def _lift_without_fixture(self) -> list[int]:
        """If a started operation finds no fixture, take out the operation that was mounted last among those that hold
        one of its kind in that time.
        """
        memory, lifted = self.memory, list[int]()
        times, code, state = memory.times, memory.op_code, memory.op_code[:, s.STATE]
        while True:
            placed = (state != s.OUT) & (state != s.DROPPED) & (times[:, s.DONE] > self.now_s)
            without = np.flatnonzero(placed & (code[:, s.FIXTURE] >= 0) & (memory.held < 0))
            if not without.size:
                return lifted
            op = int(without[0])
            begin, end = float(times[op, s.MOUNT]), float(times[op, s.DONE])
            rivals = placed & (code[:, s.FIXTURE] == code[op, s.FIXTURE]) & (memory.held >= 0) & (state == s.WAITING)
            rivals &= (times[:, s.MOUNT] > self.now_s) & (times[:, s.MOUNT] < end) & (times[:, s.DONE] > begin)
            found = np.flatnonzero(rivals)
            if not found.size:
                return lifted
            lifted += self.lift([int(found[np.argmax(times[found, s.MOUNT])])])
            take_fixture(memory.f, memory.n, op, begin, end)

    def _lift_without_pallet(self) -> list[int]:
        """Take out parts that were to be mounted while every pallet is held longer than planned."""
        memory, lifted = self.memory, list[int]()
        usable = self.problem.pallets - self.problem.pallets_blocked
        by_hand = np.array([machine.by_hand for machine in self.problem.machines], dtype=np.bool_)
        on_pallet = ~by_hand[memory.alt_code[memory.op_code[:, s.ALT_FIRST], s.MACHINE]]
        while True:
            times, state = memory.times, memory.op_code[:, s.STATE]
            holds = np.flatnonzero(
                on_pallet & (state != s.OUT) & (state != s.DROPPED) & (times[:, s.DONE] > self.now_s)
            )
            moments = np.concatenate((times[holds, s.DONE], times[holds, s.MOUNT]))
            steps = np.repeat([-1, 1], holds.size)
            order = np.lexsort((steps, moments))
            over = np.flatnonzero(np.cumsum(steps[order]) > usable)
            if not over.size:
                return lifted
            at = moments[order[over[0]]]
            held = holds[
                (times[holds, s.MOUNT] <= at) & (times[holds, s.DONE] > at) & (times[holds, s.MOUNT] > self.now_s)
            ]
            if not held.size:
                return lifted
            lifted += self.lift([int(held[np.argmax(times[held, s.MOUNT])])])

    def put_back(self, lifted: list[int]) -> None:
        """Place the removed operations, in the order in which they were to start."""
        memory = self.memory
        first: dict[int, int] = {}
        for op in lifted:
            part = int(self.serial[op])
            first[part] = min(op, first.get(part, op))
        memory.op_code[memory.op_code[:, s.STATE] == s.OUT, s.STATE] = s.WAITING
        order = sorted(first.values(), key=lambda op: memory.op_time[op, s.PREVIOUS_START])
        replace(memory.f, memory.n, np.array(order, dtype=np.int64), self.serial)
