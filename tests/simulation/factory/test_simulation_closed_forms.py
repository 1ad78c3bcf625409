"""The compiled kernel against exact answers: each inside the 99 % interval of its replications."""

import math
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from closed_forms import (
    ClosedForm,
    breakdown_queue,
    closed_network,
    erlang_b,
    gi_m_1,
    interference,
    line,
    lost,
    mean_cycle,
    mmc_cycle,
    mva,
    one_class,
    pollaczek,
    queue,
    rate,
    share,
    two_machine_line,
)

from nightmill.simulation.cell.random_streams import replication_key
from nightmill.simulation.factory import model as f
from nightmill.simulation.factory.kernel.encode import lay_out
from nightmill.simulation.factory.kernel.replication import Image, Replication, compiled

exp = f.exponential
REPLICATIONS, T_99 = 12, 3.1058  # Student's t, 11 degrees of freedom, two-sided


def _laws() -> list[ClosedForm]:
    """M/G/1 by Pollaczek and Khintchine, for each law of a time; arrivals at 0.8."""
    sigma = 0.5
    wide = math.gamma(1.0 + 1.0 / 1.5)
    laws = {
        "M/D/1": (f.constant(1.0), 1.0, 1.0),
        "M/U/1": (f.uniform(1.0, 0.5), 1.0, 1.0 + 0.25 / 3.0),
        "M/E2/1": (f.Law("erlang", 1.0, stages=2), 1.0, 1.5),
        "M/H2/1": (f.Law("hyperexponential", 2.0, 0.5, 1.0 / 3.0), 1.0, 2.0 * (4.0 / 3.0 + 0.25 * 2.0 / 3.0)),
        "M/lognormal/1": (f.Law("lognormal", -(sigma**2) / 2.0, sigma), 1.0, math.exp(sigma**2)),
        "M/Weibull/1": (f.Law("weibull", 1.0 / wide, 1.5), 1.0, math.gamma(1.0 + 2.0 / 1.5) / wide**2),
        "M/triangular/1": (f.Law("triangular", 0.5, 1.0, 1.5), 1.0, 1.0 + 1.0 / 24.0),
        "M/empirical/1": (f.Law("empirical", values=(0.0, 0.5, 2.5)), 0.875, (0.25 + 7.75) / 6.0),
    }  # fmt: skip
    return [
        ClosedForm(name, queue(exp(1.25), law), mean_cycle, pollaczek(0.8, mean, second))
        for name, (law, mean, second) in laws.items()
    ]


def _queues() -> list[ClosedForm]:
    bulk = 0.25 * 3.0  # three at once
    breakdown = (f.Stop(name="fails", gap=exp(50.0), length=exp(10.0)),)
    fed_back = {"rework": 0.25, "rework_to": 0}
    batch = {"batch": f.Batch(3, 3)}
    batched = gi_m_1(lambda s: (1.8 / (1.8 + s)) ** 3, 0.8) + 2.0 / (2.0 * 1.8)
    return [
        ClosedForm("M/M/1", queue(exp(1.25), exp(1.0)), mean_cycle, mmc_cycle(0.8, 1.0, 1)),
        ClosedForm("M/M/3", queue(exp(1.0 / 2.7), exp(1.0), 3), mean_cycle, mmc_cycle(2.7, 1.0, 3)),
        ClosedForm("M/M/10", queue(exp(1.0 / 9.0), exp(1.0), 10), mean_cycle, mmc_cycle(9.0, 1.0, 10)),
        ClosedForm("D/M/1", queue(f.constant(1.25), exp(1.0)), mean_cycle, gi_m_1(lambda s: math.exp(-1.25 * s), 1.0)),
        ClosedForm(
            "E2/M/1", queue(f.Law("erlang", 1.25, stages=2), exp(1.0)), mean_cycle,
            gi_m_1(lambda s: (1.6 / (1.6 + s)) ** 2, 1.0),
        ),
        ClosedForm(
            "M/M/1/4", queue(exp(1.25), exp(1.0), room=3, loses=True), lost,
            0.8**4 * (1.0 - 0.8) / (1.0 - 0.8**5),
        ),
        ClosedForm("M/M/3/3", queue(exp(0.5), exp(1.0), 3, room=0, loses=True), lost, erlang_b(2.0, 3)),
        ClosedForm("M/D/2/2", queue(exp(1.0), f.constant(1.0), 2, room=0, loses=True), lost, erlang_b(1.0, 2)),
        ClosedForm(
            "M^3/M/1", queue(exp(4.0), exp(1.0), lots=3), mean_cycle, (1.0 + 1.0) / (1.0 * (1.0 - bulk)),
        ),
        ClosedForm("rework", queue(exp(1.0 / 0.6), exp(1.0), step=fed_back), mean_cycle, 1.0 / (0.75 - 0.6)),
        ClosedForm("full batches", queue(exp(1.0 / 1.8), exp(1.25), step=batch), mean_cycle, batched),
        ClosedForm(
            "breakdowns", queue(exp(1.0 / 0.6), exp(1.0), stops=breakdown), mean_cycle, breakdown_queue(0.6, 1.0, 50.0, 10.0),
            900_000.0,
        ),
        ClosedForm("availability", queue(exp(1.0 / 0.6), exp(1.0), stops=breakdown), share("FAILED"), 10.0 / 60.0),
    ]  # fmt: skip


def _priorities() -> list[ClosedForm]:
    """Two classes at one server, not preempted (Cobham 1954; GSTH sec. 4.4)."""
    classes = (
        f.LotClass(name="hot", route="hot", priority=2.0),
        f.LotClass(name="cold", route="cold", priority=1.0),
    )
    model = f.Factory(
        stations=(f.Station(name="S", members=(f.Member("M0"),), rule=((f.Term("priority", -1.0),),)),),
        machines=(f.Machine(name="M0"),),
        routes=tuple(f.Route(name, (f.Step(station="S", time=exp(1.0)),)) for name in ("hot", "cold")),
        classes=classes,
        sources=(f.Source(name="in", gap=exp(1.25), mix=(("hot", 0.25), ("cold", 0.75))),),
    )
    residual = 0.8
    hot, cold = residual / (1.0 - 0.2), residual / ((1.0 - 0.2) * (1.0 - 0.8))
    shortest = f.Factory(
        stations=(f.Station(name="S", members=(f.Member("M0"),), rule=((f.Term("work_now"),),)),),
        machines=(f.Machine(name="M0"),),
        routes=(
            f.Route("hot", (f.Step(station="S", time=f.constant(0.5)),)),
            f.Route("cold", (f.Step(station="S", time=f.constant(1.5)),)),
        ),
        classes=classes,
        sources=(f.Source(name="in", gap=exp(1.25), mix=(("hot", 0.5), ("cold", 0.5))),),
    )
    left = 0.8 * (0.25 + 2.25) / 2.0 / 2.0
    return [
        ClosedForm("priority, hot", model, lambda run: mean_cycle(run, "hot"), hot + 1.0),
        ClosedForm("priority, cold", model, lambda run: mean_cycle(run, "cold"), cold + 1.0),
        ClosedForm("shortest first, short", shortest, lambda r: mean_cycle(r, "hot"), left / (1.0 - 0.2) + 0.5),
        ClosedForm("shortest first, long", shortest, lambda r: mean_cycle(r, "cold"), left / (0.8 * 0.2) + 1.5),
    ]


def _networks() -> list[ClosedForm]:
    tandem = line([exp(1.0), exp(0.8)], [None, None], exp(1.25))
    twice = f.Factory(
        stations=tuple(f.Station(name=f"S{k}", members=(f.Member(f"M{k}"),)) for k in range(2)),
        machines=tuple(f.Machine(name=f"M{k}") for k in range(2)),
        routes=(f.Route("A", tuple(f.Step(station=s, time=exp(t)) for s, t in (("S0", 1.0), ("S1", 1.6), ("S0", 1.0)))),),
        classes=one_class(),
        sources=(f.Source(name="in", gap=exp(2.5), mix=(("A", 1.0),)),),
    )  # fmt: skip
    delayed = f.Factory(
        stations=(f.Station(name="S", members=(f.Member("M0"),)),),
        machines=(f.Machine(name="M0"),),
        routes=(f.Route("A", (f.Step(station="", time=exp(5.0)), f.Step(station="S", time=exp(1.0))), loops=True),),
        classes=one_class(),
        lots=tuple(f.Lot(lot_class="A") for _ in range(6)),
    )
    return [
        ClosedForm("tandem", tandem, mean_cycle, 1.0 / 0.2 + 1.0 / (1.25 - 0.8)),
        ClosedForm("re-entrant", twice, mean_cycle, 2.0 / 0.2 + 1.0 / (1.0 / 1.6 - 0.4)),
        ClosedForm("closed, 5 lots", closed_network([exp(1.0), exp(1.5), exp(0.7)], 5), rate, mva([1.0] * 3, [1.0, 1.5, 0.7], 5)),
        ClosedForm("closed with delay", delayed, rate, mva([1.0], [1.0], 6, 5.0)),
        ClosedForm("line without places", line([exp(1.0)] * 2, [None, 0]), rate, 2.0 / 3.0, 6_000.0, 300.0),
        ClosedForm(
            "line with 3 places", line([exp(1.0), exp(0.8)], [None, 3]), rate, two_machine_line(1.0, 1.25, 3), 6_000.0, 300.0,
        ),
    ]  # fmt: skip


def _people_and_things() -> list[ClosedForm]:
    repair = (f.Stop(name="fails", gap=exp(10.0), length=exp(2.0), skill="fitter"),)
    idle = queue(f.constant(1e9), exp(1.0), 5, stops=repair)
    crew = _with(idle, persons=(f.Person("Ann", ("fitter",)), f.Person("Bob", ("fitter",))))
    attended = _with(queue(exp(1.25), exp(1.0), 3, step={"skill": "turner"}), persons=(f.Person("Ann", ("turner",)),))
    by_pieces = (f.Stop(name="clean", gap=f.constant(10.0), length=f.constant(5.0), by="pieces", failure=False),)
    by_use = (f.Stop(name="tool", gap=f.constant(20.0), length=f.constant(4.0), by="use", failure=True),)
    shift = f.Calendar("day", 24.0, ((8.0, 16.0),))
    stocked = line([exp(1.0)], [None])
    shifts = _with(stocked, machines=(f.Machine(name="M0", calendar="day", finishes=False),), calendars=(shift,))
    moved = f.Factory(
        stations=(f.Station(name="S", members=(f.Member("M0"),), place="hall"),),
        machines=(f.Machine(name="M0"),),
        routes=(f.Route("A", (f.Step(station="S", time=f.constant(0.0)),)),),
        classes=one_class(),
        sources=(f.Source(name="in", gap=exp(1.25), mix=(("A", 1.0),)),),
        tokens=(f.Token("cart", 1),),
        moves=(f.Move("", "hall", exp(1.0), "cart"),),
    )
    limit = f.Limit(1, 3.0)
    late = f.Factory(
        stations=(f.Station(name="S", members=(f.Member("M0"),)),),
        machines=(f.Machine(name="M0"),),
        routes=(f.Route("A", (f.Step(station="", time=exp(1.0), limit=limit), f.Step(station="S", time=exp(1.0)))),),
        classes=one_class(),
        sources=(f.Source(name="in", gap=exp(1.25), mix=(("A", 1.0),)),),
    )
    pallets = f.Factory(
        stations=tuple(f.Station(name=f"S{k}", members=(f.Member(f"M{k}"),)) for k in range(2)),
        machines=tuple(f.Machine(name=f"M{k}") for k in range(2)),
        routes=(
            f.Route("A", (
                f.Step(station="S0", time=exp(1.0), takes=(("pallet", 1),)),
                f.Step(station="S1", time=exp(0.8), gives=(("pallet", 1),)),
            )),
        ),
        classes=one_class(),
        tokens=(f.Token("pallet", 3),),
        lots=tuple(f.Lot(lot_class="A") for _ in range(9_000)),
    )  # fmt: skip
    sampled = queue(exp(1.25), exp(1.0), step={"chance": 0.5, "scrap": 0.1})
    return [
        ClosedForm("repair crew of 2", crew, _running, interference(5, 2, 10.0, 2.0)),
        ClosedForm("one turner", attended, mean_cycle, mmc_cycle(0.8, 1.0, 1)),
        ClosedForm(
            "upkeep by pieces", _with(stocked, machines=(f.Machine(name="M0", stops=by_pieces),)), rate, 10.0 / 15.0,
            6_000.0, 600.0,
        ),
        ClosedForm("tool life", _with(stocked, machines=(f.Machine(name="M0", stops=by_use),)), share("FAILED"), 4.0 / 24.0, 6_000.0, 600.0),
        ClosedForm("one shift of three", shifts, share("BUSY"), 1.0 / 3.0, 12_000.0, 2_400.0),
        ClosedForm("one cart", moved, mean_cycle, 5.0),
        ClosedForm("too late", late, _late, 0.8 * math.exp(-0.2 * 3.0)),
        ClosedForm("3 pallets", pallets, rate, mva([1.0, 1.0], [1.0, 0.8], 3), 6_000.0, 200.0),
        ClosedForm("sampled", sampled, mean_cycle, 0.5 * 0.9 / (0.5 * 0.9 + 0.5) * mmc_cycle(0.4, 1.0, 1)),
    ]  # fmt: skip


def _with(model: f.Factory, **changes: Any) -> f.Factory:
    return msgspec.structs.replace(model, **changes)


def _running(run: Replication) -> float:
    return 1.0 - sum(share("FAILED", f"M{k}")(run) for k in range(5)) / 5.0


def _late(run: Replication) -> float:
    row = run.image.laid.classes["A"]
    return run.number(row, "CLASS_LATE_STEPS") / run.number(run.image.laid.stations["S"], "STATION_STARTS")


MODELS = [*_laws(), *_queues(), *_priorities(), *_networks(), *_people_and_things()]


def test_there_are_enough_models() -> None:
    assert len({model.name for model in MODELS}) == len(MODELS) >= 25


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_closed_form_lies_in_the_interval(model: ClosedForm, record_property: Callable[[str, object], None]) -> None:
    image, entries, found = Image(lay_out(model.factory)), compiled(), []
    for number in range(REPLICATIONS):
        run = Replication(image, replication_key(1, number), entries)
        run.to(model.warm)
        run.begin_figures_anew()
        run.to(model.warm + model.until)
        found.append(model.measure(run))
    mean = math.fsum(found) / len(found)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in found) / (len(found) - 1))
    half = T_99 * spread / math.sqrt(len(found)) + 1e-9 * abs(mean)
    record_property("interval", f"exact {model.value:.5f}, found {mean:.5f} +- {half:.5f}")
    assert abs(mean - model.value) <= half, f"{model.name}: {mean:.5f} +- {half:.5f}, exact {model.value:.5f}"
    assert half <= 0.03 * abs(model.value), "the interval is too wide to say anything"
