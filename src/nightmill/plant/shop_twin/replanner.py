"""The loop's planner for a simulated shop: the planner that the twin's replications use to re-plan."""

from dataclasses import dataclass, field

import msgspec

from nightmill.floor import ShopState
from nightmill.plant.shop_schedule.plan_in_force import SEARCH_STEPS, WEIGHTS, as_logged, reached
from nightmill.plant.shop_schedule.problem import LONG_REPAIR, STATION_S, cycle_ratios, move_s
from nightmill.scheduling import records
from nightmill.vocabulary.shop import Shop

Alternatives = tuple[records.Alternative, ...]


@dataclass
class LoopPlanner:
    """Plan a problem as the loop would, at each machine's currently known ``speed`` (real over planned cycle time).

    The planner knows only as much of the plan in force as the log records. Manual work, repairs, stations and moves take the times that
    the loop plans for them, whatever the problem says.
    """

    shop: Shop
    policy: str
    seed: int
    speed: dict[str, float]
    _sped: dict[Alternatives, Alternatives] = field(default_factory=dict)

    @classmethod
    def of(cls, shop: Shop, state: ShopState) -> "LoopPlanner":
        """Return the planner that the loop would use in this state of the shop."""
        return cls(shop, state.policy, state.seed, cycle_ratios(state))

    def __call__(self, problem: records.ShopProblem, previous: records.ShopSchedule) -> records.ShopSchedule:
        """Return the schedule, with ``previous`` in force, for as much work as can be done. Raises ``BadInput`` if there is no schedule."""
        from nightmill.scheduling import dispatch_shop, solve_shop

        last = {operation.serial: operation.id for operation in problem.operations}
        operations = tuple(
            msgspec.structs.replace(
                each,
                alternatives=self._at_speed(each.alternatives),
                mount_s=self.shop.mount_s,
                dismount_s=self.shop.dismount_s,
                measure_s=STATION_S * (2 if last[each.serial] == each.id else 1),
            )
            for each in problem.operations
        )
        usual_s = self.shop.repair_s
        repairs = tuple(records.Repair(each.machine, usual_s, LONG_REPAIR * usual_s) for each in problem.repairs)
        problem = msgspec.structs.replace(problem, operations=operations, move_s=move_s(self.shop), repairs=repairs)

        known = as_logged(previous.assignments)

        def plan(part: records.ShopProblem) -> records.ShopSchedule:
            if self.policy == "conventional":
                return dispatch_shop(part, "edd")
            return solve_shop(part, iterations=SEARCH_STEPS, seed=self.seed, previous=known, weights=WEIGHTS)

        return reached(problem, plan).plan

    def _at_speed(self, runs: Alternatives) -> Alternatives:
        if runs not in self._sped:
            self._sped[runs] = tuple(
                msgspec.structs.replace(run, run_s=max(1.0, run.run_s * self.speed.get(run.machine, 1.0)))
                for run in runs
            )
        return self._sped[runs]
