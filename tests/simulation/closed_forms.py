"""Models with exact answers: a factory each, what to measure, and the formula's value with its source.

Formulas: Gross, Shortle, Thompson & Harris, Fundamentals of Queueing Theory (GSTH), 5th ed.; Kleinrock, Queueing
Systems I; Buzacott & Shanthikumar, Stochastic Models of Manufacturing Systems (BS), 1993; Reiser & Lavenberg 1980 (MVA).
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nightmill.simulation.factory import model as f
from nightmill.simulation.factory.kernel.replication import Replication

Measure = Callable[[Replication], float]


class ClosedForm(NamedTuple):
    name: str
    factory: f.Factory
    measure: Measure
    value: float
    until: float = 300_000.0
    warm: float = 2_000.0


def one_class(name: str = "A", **settings: float) -> tuple[f.LotClass, ...]:
    return (f.LotClass(name=name, route=name, pieces=int(settings.get("pieces", 1))),)


def queue(
    arrival: f.Law,
    service: f.Law,
    servers: int = 1,
    *,
    stops: tuple[f.Stop, ...] = (),
    room: int | None = None,
    loses: bool = False,
    lots: int = 1,
    step: Mapping[str, object] | None = None,
    rule: tuple[tuple[f.Term, ...], ...] = (),
) -> f.Factory:
    """One station."""
    names = [f"M{k}" for k in range(servers)]
    work = f.Step(station="S", time=service, **(step or {}))  # type: ignore[arg-type]
    return f.Factory(
        stations=(f.Station(name="S", members=tuple(map(f.Member, names)), room=room, rule=rule),),
        machines=tuple(f.Machine(name=name, stops=stops) for name in names),
        routes=(f.Route("A", (work,)),),
        classes=one_class(),
        sources=(f.Source(name="in", gap=arrival, mix=(("A", 1.0),), loses=loses, lots=lots),),
    )


def mean_cycle(run: Replication, name: str = "A") -> float:
    row = run.image.laid.classes[name]
    return run.number(row, "CLASS_SUM") / max(1.0, run.number(row, "CLASS_FINISHED"))


def rate(run: Replication) -> float:
    done = sum(run.number(row, "CLASS_FINISHED") for row in run.image.laid.classes.values())
    return done / span(run)


def span(run: Replication) -> float:
    """Time since the figures began."""
    row = next(iter(run.image.laid.machines.values()))
    parts = ("IDLE", "SETTING", "BUSY", "BLOCKED", "FAILED", "KEPT", "OFF")
    return sum(run.number(row, f"MACHINE_{part}") for part in parts)


def share(part: str, machine: str = "M0") -> Measure:
    return lambda run: run.number(run.image.laid.machines[machine], f"MACHINE_{part}") / span(run)


def lost(run: Replication) -> float:
    row = run.image.laid.classes["A"]
    gone, all_of = run.number(row, "CLASS_LOST"), run.number(row, "CLASS_RELEASED")
    return gone / max(1.0, gone + all_of)


def erlang_c(load: float, servers: int) -> float:
    """GSTH eq. 3.40."""
    low = sum(load**k / math.factorial(k) for k in range(servers))
    top = load**servers / math.factorial(servers) / (1.0 - load / servers)
    return top / (low + top)


def erlang_b(load: float, servers: int) -> float:
    """GSTH eq. 3.53."""
    top = load**servers / math.factorial(servers)
    return top / sum(load**k / math.factorial(k) for k in range(servers + 1))


def mmc_cycle(arrival: float, service: float, servers: int) -> float:
    load = arrival / service
    return erlang_c(load, servers) / (servers * service - arrival) + 1.0 / service


def pollaczek(arrival: float, mean: float, second: float) -> float:
    """Mean time in M/G/1 (GSTH eq. 6.2)."""
    return arrival * second / (2.0 * (1.0 - arrival * mean)) + mean


def steady(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Stationary distribution of a Markov chain by its rate matrix."""
    generator = rates - np.diag(rates.sum(axis=1))
    system = np.vstack([generator.T, np.ones(len(rates))])
    shares: NDArray[np.float64] = np.linalg.lstsq(system, np.r_[np.zeros(len(rates)), 1.0], rcond=None)[0]
    return shares


def mva(visits: list[float], service: list[float], population: int, delay: float = 0.0) -> float:
    """Throughput of a closed product-form network of single servers (exact MVA)."""
    length = [0.0] * len(visits)
    rate_of = 0.0
    for n in range(1, population + 1):
        time = [v * s * (1.0 + q) for v, s, q in zip(visits, service, length, strict=True)]
        rate_of = n / (sum(time) + delay)
        length = [rate_of * t for t in time]
    return rate_of


def closed_network(services: list[f.Law], population: int) -> f.Factory:
    """Stations in a ring with a fixed number of lots."""
    names = [f"M{k}" for k in range(len(services))]
    return f.Factory(
        stations=tuple(f.Station(name=f"S{k}", members=(f.Member(name),)) for k, name in enumerate(names)),
        machines=tuple(f.Machine(name=name) for name in names),
        routes=(f.Route("A", tuple(f.Step(station=f"S{k}", time=s) for k, s in enumerate(services)), loops=True),),
        classes=one_class(),
        lots=tuple(f.Lot(lot_class="A") for _ in range(population)),
    )


def line(services: list[f.Law], rooms: list[int | None], arrival: f.Law | None = None) -> f.Factory:
    """Machines in a row with places between; without arrivals lots enough stand before the first."""
    names = [f"M{k}" for k in range(len(services))]
    return f.Factory(
        stations=tuple(
            f.Station(name=f"S{k}", members=(f.Member(name),), room=room)
            for k, (name, room) in enumerate(zip(names, rooms, strict=True))
        ),
        machines=tuple(f.Machine(name=name) for name in names),
        routes=(f.Route("A", tuple(f.Step(station=f"S{k}", time=s) for k, s in enumerate(services))),),
        classes=one_class(),
        sources=(f.Source(name="in", gap=arrival, mix=(("A", 1.0),)),) if arrival else (),
        lots=() if arrival else tuple(f.Lot(lot_class="A") for _ in range(8_000)),
    )


def two_machine_line(a: float, b: float, places: int) -> float:
    """Throughput of two exponential machines, rates a and b, the first never starved, blocking after service.

    Birth and death on n = parts between the machines' works, 0 .. places + 2 (BS sec. 5.2): up at a unless full.
    """
    states = places + 3
    rates = np.zeros((states, states))
    for n in range(states):
        if n < states - 1:
            rates[n, n + 1] = a
        if n > 0:
            rates[n, n - 1] = b
    return b * (1.0 - float(steady(rates)[0]))


def breakdown_queue(arrival: float, service: float, mtbf: float, mttr: float, cap: int = 200) -> float:
    """Mean cycle time of M/M/1 with exponential breakdowns by the clock, preempt-resume: its Markov chain, cut off."""
    rates = np.zeros((2 * cap, 2 * cap))
    for n in range(cap):
        up, down = 2 * n, 2 * n + 1
        rates[up, down], rates[down, up] = 1.0 / mtbf, 1.0 / mttr
        if n + 1 < cap:
            rates[up, up + 2] = rates[down, down + 2] = arrival
        if n > 0:
            rates[up, up - 2] = service
    shares = steady(rates)
    inside = sum(float(shares[2 * n] + shares[2 * n + 1]) * n for n in range(cap))
    return inside / arrival


def gi_m_1(transform: Callable[[float], float], service: float) -> float:
    """Mean cycle time of GI/M/1: 1 / (mu (1 - r)), r the root of r = A*(mu (1 - r)) (GSTH eq. 6.37)."""
    r = 0.5
    for _ in range(10_000):
        r = transform(service * (1.0 - r))
    return 1.0 / (service * (1.0 - r))


def interference(machines: int, crew: int, mtbf: float, mttr: float) -> float:
    """Mean share of machines that run, of ``machines`` repaired by ``crew`` (GSTH sec. 3.8)."""
    rates = np.zeros((machines + 1, machines + 1))
    for down in range(machines + 1):
        if down < machines:
            rates[down, down + 1] = (machines - down) / mtbf
        if down > 0:
            rates[down, down - 1] = min(down, crew) / mttr
    shares = steady(rates)
    return 1.0 - sum(float(shares[k]) * k for k in range(machines + 1)) / machines
