"""Without chance the kernel does to the second what the scheduler's decoder says: flexible job shops, whole schedules."""

from random import Random

import pytest

from nightmill.scheduling import Instance, InstanceSchedule, solve_instance
from nightmill.simulation.factory import model as f
from nightmill.simulation.factory.kernel.encode import lay_out
from nightmill.simulation.factory.kernel.replication import Image, Replication


def job_shop(seed: int) -> Instance:
    draw = Random(seed)
    machines = draw.randint(2, 5)

    def operation() -> tuple[tuple[int, int], ...]:
        able = draw.sample(range(machines), draw.randint(1, 2))
        return tuple((machine, draw.randint(1, 30)) for machine in able)

    jobs = tuple(tuple(operation() for _ in range(draw.randint(1, 6))) for _ in range(draw.randint(2, 7)))
    return Instance(f"random {seed}", machines, jobs)


def as_factory(instance: Instance, schedule: InstanceSchedule) -> f.Factory:
    """Each operation on its machine; that it follows its forerunner there is a token, which only that one gives."""
    place, count = {}, [0] * instance.machines
    for row in sorted(schedule.operations, key=lambda row: (row.machine, row.start)):
        place[row.job, row.operation] = (row.machine, count[row.machine])
        count[row.machine] += 1

    def step(job: int, k: int) -> f.Step:
        machine, turn = place[job, k]
        time = next(time for able, time in instance.jobs[job][k] if able == machine)
        following = ((f"{machine} {turn + 1}", 1),) if turn + 1 < count[machine] else ()
        return f.Step(
            station=f"M{machine}", time=f.constant(float(time)), takes=((f"{machine} {turn}", 1),), gives=following
        )

    used = [machine for machine in range(instance.machines) if count[machine]]
    jobs = range(len(instance.jobs))
    return f.Factory(
        stations=tuple(f.Station(name=f"M{machine}", members=(f.Member(f"M{machine}"),)) for machine in used),
        machines=tuple(f.Machine(name=f"M{machine}") for machine in used),
        routes=tuple(f.Route(f"R{j}", tuple(step(j, k) for k in range(len(instance.jobs[j])))) for j in jobs),
        classes=tuple(f.LotClass(name=f"J{j}", route=f"R{j}", recorded=True) for j in jobs),
        sources=(),
        lots=tuple(f.Lot(lot_class=f"J{j}") for j in jobs),
        tokens=tuple(f.Token(f"{m} {turn}", int(turn == 0)) for m in used for turn in range(count[m])),
    )


@pytest.mark.parametrize("seed", range(20))
def test_every_job_ends_when_the_schedule_says(seed: int) -> None:
    instance = job_shop(seed)
    schedule = solve_instance(instance, iterations=50, seed=seed)
    image = Image(lay_out(as_factory(instance, schedule)))
    run = Replication(image, seed)
    run.to(1e6)
    number = {k: int(name[1:]) for k, name in enumerate(image.laid.classes)}
    ends = {number[record.class_number]: record.ended for record in run.records}
    assert ends == {
        job: max(row.end for row in schedule.operations if row.job == job) for job in range(len(instance.jobs))
    }
    assert max(ends.values()) == schedule.makespan
