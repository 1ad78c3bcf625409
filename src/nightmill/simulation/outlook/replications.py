"""Simulate many replications of the shop's future and summarise them."""

import math
from collections.abc import Sequence

import msgspec

from nightmill.scheduling import records as scheduling
from nightmill.simulation.calibration.conformal import Forecast, Widening, wrapped
from nightmill.simulation.calibration.dispatch_order import Order, dealt
from nightmill.simulation.calibration.track_record import TwinRecord
from nightmill.simulation.cell.engine import Simulation, drawn_laws
from nightmill.simulation.cell.metrics import Usage, resources
from nightmill.simulation.cell.model import Model, Step
from nightmill.simulation.cell.random_streams import replication_key
from nightmill.simulation.cell.uncertainty import Drawn, Uncertainty
from nightmill.simulation.outlook.experiment import Experiment, FloorModel
from nightmill.simulation.results import Completion, CycleTime, MachineShare, TwinAnswer
from nightmill.stats.averages import mean, quantile
from nightmill.vocabulary.errors import BadInput, Finding


class Future(msgspec.Struct, frozen=True):
    """One replication: completions (infinite if open), cycle times of finished parts, cutting seconds, counts."""

    completions_s: tuple[float, ...]
    cycle_s: tuple[float, ...]
    finished: int
    cut_s: tuple[float, ...]
    unattended_h: float
    failures: int
    scrapped: int
    events: int
    usage: Usage


def look_ahead(
    problem: scheduling.ShopProblem,
    schedule: scheduling.ShopSchedule,
    experiment: Experiment,
    floor: FloorModel,
    *,
    record: TwinRecord | None = None,
) -> TwinAnswer:
    """Forecast the days of the experiment from ``problem.now_s`` on, assuming that the floor works in the order of ``schedule``.

    The same arguments give the same result. The ``record`` of earlier forecasts corrects the 90 % intervals, and makes
    completions follow the order of work that the shop really keeps. Raises ``BadInput`` with all findings.
    """
    model = model_of(problem, schedule, experiment, floor)
    by, order = (record.widening_90, record.order) if record else (Widening(0.9), "plan")
    return summarise(model, simulate(model, experiment.replications, experiment.seed, floor.uncertainty), by, order)


def forecast_orders(
    problem: scheduling.ShopProblem,
    schedule: scheduling.ShopSchedule,
    experiment: Experiment,
    floor: FloorModel,
) -> tuple[Forecast, ...]:
    """Return the simulated completions of each open order, to be scored once the outcome is known."""
    model = model_of(problem, schedule, experiment, floor)
    return _forecasts(model, simulate(model, experiment.replications, experiment.seed, floor.uncertainty))


def model_of(
    problem: scheduling.ShopProblem, schedule: scheduling.ShopSchedule, experiment: Experiment, floor: FloorModel
) -> Model:
    """Return the state of a shop on this floor that no replication changes. Raises ``BadInput`` with all findings."""
    return Model(problem, schedule, experiment.days, floor.robots, floor.benches, floor.habits)


def _forecasts(model: Model, futures: Sequence[Future]) -> tuple[Forecast, ...]:
    work_s, released = [0.0] * len(model.orders), set[int]()
    for serial in model.serials:
        work_s[serial.order] += sum(_left_s(step, model.now_s) for step in serial.steps)
        if any(step.release_s <= model.now_s for step in serial.steps):
            released.add(serial.order)
    return tuple(
        Forecast(
            name,
            model.now_s,
            tuple(sorted(one.completions_s[k] for one in futures)),
            due_s=model.due_s[k],
            work_s=work_s[k] if k in released else 0.0,
        )
        for k, name in enumerate(model.orders)
    )


def _left_s(step: Step, now_s: float) -> float:
    """Return the remaining cutting time of a step at ``now_s``, on its fastest machine."""
    if step.planned.state == "cut":
        return 0.0
    begun_s = now_s if step.planned.started_s is None else step.planned.started_s
    return max(0.0, min(step.runs.values()) - (now_s - begun_s))


def simulate(model: Model, replications: int, seed: int, uncertainty: Uncertainty) -> list[Future]:
    """Run the replications, each with its own random numbers fixed by the ``seed``."""
    if replications < 1:
        found = Finding("twin", "replications", str(replications), "at least 1", "Give the number of replications.")
        raise BadInput(found)
    keys = [replication_key(seed, number) for number in range(replications)]
    laws = drawn_laws(model, uncertainty, keys)
    return [
        future(model, uncertainty, key, [of_machine[number] for of_machine in laws]) for number, key in enumerate(keys)
    ]


def future(model: Model, uncertainty: Uncertainty, key: int, laws: Sequence[Drawn] | None = None) -> Future:
    """Run one replication; ``laws``: the parameters of each machine in it, ``None``: drawn afresh."""
    run = Simulation(model, uncertainty, key, laws)
    run.run()
    completions = [model.now_s] * len(model.orders)
    for part in run.parts:
        completions[part.serial.order] = max(completions[part.serial.order], part.done_s)
    done = [part for part in run.parts if not math.isinf(part.done_s)]
    return Future(
        completions_s=tuple(completions),
        cycle_s=tuple(part.done_s - part.begun_s for part in done if not math.isinf(part.begun_s)),
        finished=len(done) + min(run.cleared, model.habits.good_to_take_off),
        cut_s=tuple(mill.cut_s for mill in run.mills),
        unattended_h=run.unattended_s / 3600.0,
        failures=run.failures,
        scrapped=run.scrapped,
        events=run.events,
        usage=run.meter.read(),
    )


def tardiness_s(model: Model, one: Future, orders: Sequence[int]) -> float:
    """Return the mean tardiness over ``orders`` (indices), at completion or, if still open, at the end of the days."""
    late = [max(0.0, min(one.completions_s[k], model.end_s) - model.due_s[k]) for k in orders]
    return mean(late)


def completed_s(model: Model, one: Future, orders: Sequence[int]) -> float:
    """Return the mean completion time over ``orders`` (indices), with the end of the days for orders still open."""
    return mean([min(one.completions_s[k], model.end_s) for k in orders])


def summarise(
    model: Model, futures: Sequence[Future], by: Widening = Widening(0.9), order: Order = "plan"
) -> TwinAnswer:
    """Means and quantiles over the replications; ``by`` corrects the completion intervals, computed for ``order``."""
    cycles = [seconds for one in futures for seconds in one.cycle_s]
    period = model.end_s - model.now_s
    everyone = range(len(model.orders))
    due_s = dict(zip(model.orders, model.due_s, strict=True))
    open_orders = sorted({serial.order for serial in model.serials})

    def known(at_s: float) -> float | None:
        return at_s if at_s <= model.end_s else None

    def late_share(completions_s: Sequence[float], due_s: float) -> float | None:
        """Fraction of futures in which the order is late; unknown if the order is still open in a future that ends before its due date."""
        if due_s > model.end_s and any(done > model.end_s for done in completions_s):
            return None
        return mean([done > due_s for done in completions_s])

    def completion(forecast: Forecast) -> Completion:
        interval = wrapped(forecast, by)
        p10, p50, p80, p90 = (known(forecast.end(share)) for share in (0.1, 0.5, 0.8, 0.9))
        late = [min(done, model.end_s) - due_s[forecast.order] for done in forecast.completions_s]
        return Completion(
            order=forecast.order,
            p10=p10,
            p50=p50,
            p90=p90,
            low=known(interval.low_s),
            high=known(interval.high_s),
            p80=p80,
            late_share=late_share(forecast.completions_s, due_s[forecast.order]),
            late_by_s=mean([max(0.0, by) for by in late]),
        )

    return TwinAnswer(
        throughput=mean([one.finished for one in futures]) / model.days,
        cycle_time=CycleTime(mean(cycles) if cycles else None, quantile(cycles, 0.9) if cycles else None),
        utilisation=tuple(
            MachineShare(name, mean([one.cut_s[k] for one in futures]) / period)
            for k, name in enumerate(model.machines)
        ),
        completions=tuple(completion(forecast) for forecast in dealt(_forecasts(model, futures), order)),
        events=sum(one.events for one in futures),
        days=model.days,
        replications=len(futures),
        orders_per_day=mean([sum(one.completions_s[k] <= model.end_s for k in open_orders) for one in futures])
        / model.days,
        tardiness_s=mean([tardiness_s(model, one, everyone) for one in futures]),
        unattended_h=mean([one.unattended_h for one in futures]),
        failures=mean([one.failures for one in futures]),
        scrapped=mean([one.scrapped for one in futures]),
        resources=resources([one.usage for one in futures], period),
    )
