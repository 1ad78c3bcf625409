"""Peers of the makespan search: each converts the same instance to the same record, so that one validator checks them
all.

OR-Tools CP-SAT through PyJobShop (MIT) and aps-kernel (MIT), both in the ``bench`` extra. Each gets the same solving
time and the same number of workers; the time to build its model isn't counted.
"""

import datetime
from importlib.metadata import version

from nightmill.scheduling import Instance, InstanceSchedule
from nightmill.scheduling.job_shop.instance import InstanceOperation


def _schedule(instance: Instance, placed: dict[tuple[int, int], tuple[int, int, int]], bound: int) -> InstanceSchedule:
    operations = tuple(
        InstanceOperation(job, index, machine + instance.first_machine, start, end)
        for (job, index), (machine, start, end) in sorted(placed.items())
    )
    makespan = max((o.end for o in operations), default=0)
    return InstanceSchedule(makespan, makespan, bound, operations)


def pyjobshop(instance: Instance, seconds: float, workers: int) -> InstanceSchedule | None:
    """Solve with PyJobShop on OR-Tools; None if it finds nothing in time."""
    from pyjobshop import Model

    model = Model()
    machines = [model.add_machine() for _ in range(instance.machines)]
    keys, modes = [], []
    for j, job in enumerate(instance.jobs):
        owner = model.add_job()
        before = None
        for k, op in enumerate(job):
            task = model.add_task(job=owner)
            keys.append((j, k))
            for machine, time in op:
                model.add_mode(task, [machines[machine]], time)
                modes.append(machine)
            if before is not None:
                model.add_end_before_start(before, task)
            before = task
    result = model.solve(time_limit=seconds, num_workers=workers, display=False)
    if result.best is None or not result.best.tasks:
        return None
    placed = {
        key: (modes[task.mode], int(task.start), int(task.end))
        for key, task in zip(keys, result.best.tasks, strict=True)
    }
    return _schedule(instance, placed, int(result.lower_bound))


def aps_kernel(instance: Instance, seconds: float, workers: int) -> InstanceSchedule | None:
    """Solve with the CP-SAT solver of aps-kernel and its greedy start; one minute represents one unit of time."""
    from aps_kernel.models import EquipmentSlot, Job, Operation, OperationResource, Resource, ScheduleInput
    from aps_kernel.solver import cpsat

    horizon = sum(min(time for _, time in op) for job in instance.jobs for op in job)
    resources = [
        Resource(id=f"m{m}", slots=(EquipmentSlot(id=f"s{m}", resource_id=f"m{m}"),)) for m in range(instance.machines)
    ]
    jobs, operations, keys = [], [], {}
    for j, job in enumerate(instance.jobs):
        names = tuple(f"j{j}-{k}" for k in range(len(job)))
        jobs.append(Job(id=f"j{j}", operation_ids=names))
        for k, op in enumerate(job):
            keys[names[k]] = (j, k)
            choice = tuple(OperationResource(resource_id=f"m{m}", duration=float(time)) for m, time in op)
            before = (names[k - 1],) if k else ()
            operations.append(Operation(id=names[k], job_id=f"j{j}", seq=k, resources=choice, predecessors=before))
    data = ScheduleInput(
        jobs=jobs,
        operations=operations,
        resources=resources,
        horizon_start=datetime.date(2026, 1, 5),
        horizon_days=horizon // 1440 + 2,
        max_orders_per_run=len(jobs),
    )
    options = cpsat.CpSatOptions(time_limit_seconds=seconds, workers=workers)
    result, _ = cpsat.solve(data, options=options)
    placed = {
        keys[a.operation_id]: (int(a.resource_id[1:]), a.start_minute, a.start_minute + round(a.duration_minutes))
        for a in result.assignments
    }
    return _schedule(instance, placed, 0) if placed else None


PEERS = {
    f"PyJobShop {version('pyjobshop')} / OR-Tools {version('ortools')}": pyjobshop,
    f"aps-kernel {version('aps-kernel')}": aps_kernel,
}
