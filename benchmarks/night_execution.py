"""A plan carried out in the twin, with breakdowns, scattered cutting times, spoilt and scrapped parts, as it was planned.

The twin's own floor works on whatever comes next; a plan that means to leave a machine or a pallet to somebody is kept
here: nothing is mounted before its planned time, and no part overtakes another on a machine before its planned start.
What is late is made up in the plan's order. Random numbers belong to machines and parts (``twin.streams``), so every plan
meets the same breakdowns. Nothing here is known to the engine that plans.
"""

from collections import deque
from collections.abc import Sequence
from statistics import mean

import msgspec

from nightmill.schedule.records import ShopProblem, ShopSchedule
from nightmill.twin import Uncertainty
from nightmill.twin.model import Model
from nightmill.twin.simulation import DISMOUNTED, LOOK, MOUNTED, NOBODY, SLACK_S, Mill, Simulation
from nightmill.twin.streams import key_of, replication_key

DAY_S = 86400.0
LAWS = Uncertainty(draw_parameters=False)
"""The twin's shipped assumptions: a breakdown in 300 running hours, a repair of 4 h, 2 % scrap, cuts scattered by 3 %."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of a plan, means over the futures: unattended cutting to the shop's horizon, tardiness to the end of the work."""

    unattended_h: float
    weighted_tardiness_h: float
    late_orders: float
    failures: float


class Kept(Simulation):
    """One future of the shop in which the plan's times and order are kept as far as they can be."""

    def __init__(self, model: Model, schedule: ShopSchedule, keys: dict[str, int], replication: int) -> None:
        super().__init__(model, LAWS, replication)
        numbers = {name: k for k, name in enumerate(model.machines)}
        self.mount_s = {keys[a.operation]: a.mount_s for a in schedule.assignments}
        self.dismount_s = {keys[a.operation]: a.dismount_s for a in schedule.assignments}
        self.start_s = {keys[a.operation]: a.start_s for a in schedule.assignments}
        self.line: list[list[int]] = [[] for _ in model.machines]
        for a in sorted(schedule.assignments, key=lambda a: (a.start_s, a.machine, a.operation)):
            self.line[numbers[a.machine]].append(keys[a.operation])
        self.started: set[int] = set()
        for a in schedule.assignments:
            for planned in (a.mount_s, a.start_s - model.move_s, a.dismount_s):
                self._push(planned, LOOK, NOBODY)

    def _use_people(self, at: float) -> None:
        """Repair and maintain, then mount and dismount what is planned to be by now, in the plan's order."""
        mounts, dismounts = self.to_mount, self.to_dismount
        self.to_mount, self.to_dismount = [], deque()
        super()._use_people(at)
        tasks = [(self.mount_s[self.parts[index].step().key], 1, rank, index) for rank, index in mounts]
        tasks += [(self.dismount_s[self.parts[index].step().key], 0, 0, index) for index in dismounts]
        for planned, is_mount, rank, index in sorted(tasks):
            if planned > at + SLACK_S or not self._do(at, is_mount == 1, index):
                if is_mount:
                    self.to_mount.append((rank, index))
                else:
                    self.to_dismount.append(index)

    def _do(self, at: float, is_mount: bool, index: int) -> bool:
        """Mount or dismount a part if somebody (and a pallet) is there for it."""
        part = self.parts[index]
        seconds = part.step().mount_s if is_mount else part.step().dismount_s
        person = self._person_for(seconds, at) if self.pallets > 0 or not is_mount else NOBODY
        if person == NOBODY:
            return False
        self.idle[person] = False
        self._push(at + seconds, MOUNTED if is_mount else DISMOUNTED, index, person)
        if is_mount:
            self.pallets -= 1
            part.begun_s = min(part.begun_s, at)
        return True

    def _fitting(self, mill: Mill, at: float) -> int:
        """The first that fits, unless it would overtake before its planned start; -1 if none."""
        position = super()._fitting(mill, at)
        if position < 0:
            return -1
        key, line = self.parts[mill.pool[position][1]].step().key, self.line[mill.index]
        while line and line[0] in self.started:
            del line[0]
        early = at + self.model.move_s + SLACK_S < self.start_s[key]
        if early and key not in self.started and line[0] != key:
            return -1
        self.started.add(key)
        return position


def execute(problem: ShopProblem, schedule: ShopSchedule, futures: Sequence[int]) -> Outcome:
    """Carry ``schedule`` out in each of the ``futures`` (seeds)."""
    last_s = max(a.done_s for a in schedule.assignments) - problem.now_s
    keys = {op.id: key_of(f"{op.serial}\x00{op.operation}", "cut") for op in problem.operations}
    robots = len(problem.machines)
    whole = Model(problem, schedule, 3.0 * last_s / DAY_S + 14.0, robots)
    period = Model(problem, schedule, (problem.horizon_s - problem.now_s) / DAY_S, robots)
    unattended, tardiness, late, failures = [], [], [], []
    for seed in futures:
        run = Kept(period, schedule, keys, replication_key(seed, 0))
        run.run()
        unattended.append(run.unattended_s / 3600.0)
        failures.append(float(run.failures))
        run = Kept(whole, schedule, keys, replication_key(seed, 0))
        run.run()
        done = [whole.now_s] * len(whole.orders)
        for part in run.parts:
            done[part.serial.order] = max(done[part.serial.order], min(part.done_s, whole.end_s))
        lates = [max(0.0, at - due) for at, due in zip(done, whole.due_s, strict=True)]
        tardiness.append(sum(o.weight * s for o, s in zip(problem.orders, lates, strict=True)) / 3600.0)
        late.append(float(sum(s > 0.0 for s in lates)))
    return Outcome(mean(unattended), mean(tardiness), mean(late), mean(failures))
