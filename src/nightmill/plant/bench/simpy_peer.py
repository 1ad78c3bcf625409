"""The comparison model in two SimPy versions: hand-tuned for speed, and as a SimPy user would usually write it.

Both are peers for ``nightmill bench twin`` and share only the model's numbers with the twin.
"""

import random
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

from nightmill.simulation import example_job_shop as job_shop

Visits = list[tuple[int, float]]
Arrive = Callable[[list[Any]], None]


def _routes(numbers: job_shop.JobShopNumbers) -> list[Visits]:
    return [[(visit.group, visit.mean_min) for visit in route] for route in numbers.routes]


class _Floor:
    """State shared by the processes of the tuned model; each copies the fields it needs into locals once."""

    def __init__(self, numbers: job_shop.JobShopNumbers, seed: int) -> None:
        import simpy

        count = numbers.groups * numbers.machines
        self.numbers, self.routes, self.env = numbers, _routes(numbers), simpy.Environment()
        self.draw = random.Random(seed)
        self.queues: list[deque[list[Any]]] = [deque() for _ in range(numbers.groups)]
        self.idle: list[list[int]] = [[] for _ in range(numbers.groups)]
        self.wake: list[Any] = [None] * count
        self.lost, self.up = [0.0] * count, [True] * count
        self.figures = [0, 0, 0.0]


def tuned(numbers: job_shop.JobShopNumbers, horizon_min: float, seed: int) -> tuple[int, int, float]:
    """Return operations, jobs and mean cycle time of the model with one process per machine and bare events.

    A machine waits for one event at a time: the end of its work, or a new job. Queues are deques. A process per
    machine simulates breakdowns by delaying the end of the work by the repair time, so nothing is ever interrupted.
    """
    floor = _Floor(numbers, seed)
    arrive = _arrivals(floor)
    for machine in range(len(floor.up)):
        floor.env.process(_work(floor, machine, arrive))
        floor.env.process(_breakdowns(floor, machine))
    floor.env.process(_jobs(floor, arrive))
    floor.env.run(until=horizon_min)
    return int(floor.figures[0]), int(floor.figures[1]), floor.figures[2] / max(1.0, floor.figures[1])


def _arrivals(floor: _Floor) -> Arrive:
    """Return a function that hands a job to a machine or lets it wait."""
    routes, idle, wake, queues = floor.routes, floor.idle, floor.wake, floor.queues

    def arrive(job: list[Any]) -> None:
        group = routes[job[0]][job[1]][0]
        free = idle[group]
        if free:
            machine = min(free)
            free.remove(machine)
            wake[machine].succeed(job)
        else:
            queues[group].append(job)

    return arrive


def _work(floor: _Floor, machine: int, arrive: Arrive) -> Generator[Any, Any, None]:
    """Take the first job in the queue, or sleep until a job is handed over; between jobs, wait until a repair ends."""
    numbers, env, routes = floor.numbers, floor.env, floor.routes
    group, last = machine // numbers.machines, -1
    queue, free, wake, up, lost = floor.queues[group], floor.idle[group], floor.wake, floor.up, floor.lost
    setups, sets_up = numbers.setup_min, group < numbers.setup_groups
    timeout, expo, figures = env.timeout, floor.draw.expovariate, floor.figures
    while True:
        if queue and up[machine]:
            job = queue.popleft()
        else:
            wake[machine] = env.event()
            if up[machine]:
                free.append(machine)
            job = yield wake[machine]
            if job is None:
                continue
        time = expo(1.0 / routes[job[0]][job[1]][1])
        if sets_up:
            if last >= 0:
                time += setups[last][job[0]]
            last = job[0]
        before = lost[machine]
        wake[machine] = None
        yield timeout(time)
        while lost[machine] > before:
            shift, before = lost[machine] - before, lost[machine]
            yield timeout(shift)
        figures[0] += 1
        job[1] += 1
        if job[1] == len(routes[job[0]]):
            figures[1] += 1
            figures[2] += env.now - job[2]
        else:
            arrive(job)


def _breakdowns(floor: _Floor, machine: int) -> Generator[Any, Any, None]:
    numbers, env, wake, up, lost = floor.numbers, floor.env, floor.wake, floor.up, floor.lost
    free, expo = floor.idle[machine // numbers.machines], floor.draw.expovariate
    while True:
        yield env.timeout(expo(1.0 / numbers.up_min))
        repair = expo(1.0 / numbers.repair_min)
        up[machine] = False
        if machine in free:
            free.remove(machine)
        lost[machine] += repair
        yield env.timeout(repair)
        up[machine] = True
        if wake[machine] is not None and not wake[machine].triggered:
            wake[machine].succeed(None)


def _jobs(floor: _Floor, arrive: Arrive) -> Generator[Any, Any, None]:
    kinds, env, draw, gap = range(len(floor.routes)), floor.env, floor.draw, floor.numbers.gap_min
    while True:
        yield env.timeout(draw.expovariate(1.0 / gap))
        arrive([draw.choice(kinds), 0, env.now])


def idiomatic(numbers: job_shop.JobShopNumbers, horizon_min: float, seed: int) -> tuple[int, int, float]:  # noqa: C901 - one closure a process
    """Return the same results with a process per job, a ``PreemptiveResource`` per machine, and breakdowns that preempt jobs.

    SimPy has no queue in front of several resources, so a store of free machines per group hands them out.
    """
    import simpy

    draw = random.Random(seed)
    expo, env = draw.expovariate, simpy.Environment()
    routes, setups, setup_groups = _routes(numbers), numbers.setup_min, numbers.setup_groups
    count = numbers.groups * numbers.machines
    machines = [simpy.PreemptiveResource(env, capacity=1) for _ in range(count)]
    free = [simpy.PriorityStore(env) for _ in range(numbers.groups)]
    last, broken, waits = [-1] * count, [False] * count, [False] * count
    figures = [0, 0, 0.0]

    def give_back(machine: int) -> None:
        if broken[machine]:
            waits[machine] = True
        else:
            free[machine // numbers.machines].put(machine)

    def operation(machine: int, time: float) -> Generator[Any, Any, None]:
        while time > 0.0:
            with machines[machine].request(priority=1) as request:
                yield request
                start = env.now
                try:
                    yield env.timeout(time)
                    time = 0.0
                except simpy.Interrupt:
                    time -= env.now - start

    def job(kind: int) -> Generator[Any, Any, None]:
        released = env.now
        for group, mean in routes[kind]:
            machine = yield free[group].get()
            time = expo(1.0 / mean)
            if group < setup_groups:
                if last[machine] >= 0:
                    time += setups[last[machine]][kind]
                last[machine] = kind
            yield from operation(machine, time)
            figures[0] += 1
            give_back(machine)
        figures[1] += 1
        figures[2] += env.now - released

    def breakdowns(machine: int) -> Generator[Any, Any, None]:
        store = free[machine // numbers.machines]
        while True:
            yield env.timeout(expo(1.0 / numbers.up_min))
            broken[machine] = True
            if machine in store.items:
                store.items.remove(machine)
                waits[machine] = True
            with machines[machine].request(priority=0) as request:
                yield request
                yield env.timeout(expo(1.0 / numbers.repair_min))
            broken[machine] = False
            if waits[machine]:
                waits[machine] = False
                yield store.put(machine)

    def jobs() -> Generator[Any, Any, None]:
        while True:
            yield env.timeout(expo(1.0 / numbers.gap_min))
            env.process(job(draw.randrange(len(routes))))

    for machine in range(count):
        free[machine // numbers.machines].put(machine)
        env.process(breakdowns(machine))
    env.process(jobs())
    env.run(until=horizon_min)
    return int(figures[0]), int(figures[1]), figures[2] / max(1.0, figures[1])
