"""Measure the value of maintenance by the product's monitor in whole virtual shops, and its false alarms.

    python benchmarks/maintenance_policies.py [--shops 8] [--first 1] [--days 28] [--policies all|nightmill] [--longer 4] [--steps N] [--json FILE]
    python benchmarks/maintenance_policies.py --sum FILE...
    python benchmarks/maintenance_policies.py --policies nightmill --history 120

Each shop of `virtual_shops.py` runs under each policy, with the same draws of every bearing's life, sudden failure and
repair (common random numbers). Everything except the decision when to stop a mill is that of `nightmill run`.

- **run to failure**: nothing is planned. **fixed interval**: each mill after 120 spindle hours, whatever its condition.
- **age, tuned**: after the number of spindle hours since the last renewal that is best under the shop's true
  distribution of lives and the costs of this benchmark (renewal reward); no shop could tune it better.
- **clairvoyant**: knows the remaining life of each bearing and stops at the last attended time that isn't too late; it
  doesn't foresee sudden failures. As it could copy any other policy, its cost is that of the shop's cheapest run.
- **taught** (`--history` DAYS): the monitor with a model that `health fit` has learned from this many days of the shop
  under run to failure, with other random draws.
- **bound**: no policy can cost less. For the hours that a mill has cut, it uses the fewest bearings possible, each
  changed at the last moment, at any hour, at the price of a planned stop.

Cost: each failure of a bearing and each planned stop at one price (work at the wage, the stop at the mill's rate, for a
failure half a night's wait and 60 for the spoilt part too), by spindle hours; sudden failures cost every policy the
same and are counted separately. Hours down are those of the simulated run; how many nights and weekends a failure had
to wait is a matter of chance. A false work order is a planned stop by the monitor when less than 60 % of the bearing's
life was used. A gradual fault counts as caught if its work order was raised at least two maintenance windows (one every
two hours while people are present) before the bearing would have failed, with the mill cutting at the same rate as
before.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from virtual_shops import HOUR_S, VirtualShop, lived, virtual_shop, world_of

from nightmill.drivers.virtual_shop.cutting import renew_machine
from nightmill.drivers.virtual_shop.world import World
from nightmill.floor import ShopState, apply, empty_state
from nightmill.maintenance import Window, fit_health, read_history, save_model
from nightmill.maintenance.health_monitor import WindowCost
from nightmill.plant.analysis.maintenance.machine_history import shop_rows, table_text
from nightmill.plant.deciders.failure_modes import FailureMode, read_failure_modes
from nightmill.plant.deciders.failure_prediction import LearnedLives
from nightmill.plant.deciders.maintenance import MaintenanceDecider
from nightmill.plant.shop_schedule import plan_in_force
from nightmill.plant.shop_state.decider import Decision
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import utc_us

HOUR_US = 3_600_000_000
SCRAP_USD, INTERVAL_H, MONTH_H, WORN = 60.0, 120.0, 30.4375 * 24, 0.6
WINDOWS_AHEAD = 2
CLAIRVOYANT = "clairvoyant"


class Fault(msgspec.Struct, frozen=True):
    """A work order of the monitor with the truth: the used fraction of the bearing's life, and spindle hours and
    windows before it would fail.
    """

    machine: str
    at_s: float
    used: float
    left_h: float
    windows: int


class Watched(MaintenanceDecider):
    """The product's decider, recording the truth for each work order; for evaluation only."""

    def __init__(
        self, shop: Shop, until_s: float, *, world: World, faults: list[Fault], model: bytes | None = None
    ) -> None:
        super().__init__(shop, until_s, learned=LearnedLives(shop, model, modes=shipped_modes(shop)))
        self._world, self._faults = world, faults

    def _stop(self, state: ShopState, machine: str) -> list[Decision]:
        decisions = super()._stop(state, machine)
        if decisions:
            mill = self._world.reality.mills[machine]
            left_h = max(mill.life_h - mill.age_h, 0.0)
            duty = state.machines[machine].cutting_s / max(state.now_s, HOUR_S)
            starts = windows_within(self, state.now_s, left_h * HOUR_S / max(duty, 0.1))
            self._faults.append(Fault(machine, state.now_s, mill.age_h / mill.life_h, left_h, starts))
        return decisions


class AtAge(MaintenanceDecider):
    """Stops a mill at the first window after a number of spindle hours since its last renewal (or since its last stop)."""

    def __init__(self, shop: Shop, until_s: float, *, age_h: float, renewed_by_failure: bool) -> None:
        super().__init__(shop, until_s)
        self._age_h, self._by_failure = age_h, renewed_by_failure
        self._since: dict[str, float] = {}

    def observe(self, event: e.Event, state: ShopState) -> None:
        super().observe(event, state)
        fact = event.fact
        report = fact.report if isinstance(fact, e.Reported) else None
        bearing = isinstance(report, r.MachineRepaired) and report.cause == "bearing" and self._by_failure
        if isinstance(report, r.MachineMaintained) or bearing:
            assert report is not None
            self._since[report.unit] = state.machines[report.unit].cutting_s

    def _stop(self, state: ShopState, machine: str) -> list[Decision]:
        if state.machines[machine].cutting_s - self._since.get(machine, 0.0) < self._age_h * HOUR_S:
            return []
        start_s = self._starts(state, machine)[0]
        who = self._technician(state, machine, start_s) or ""
        return [self._planned(state, machine, start_s, self.shop.maintenance_s, 0.0, who)]

    def _not_later(self, state: ShopState, machine: str) -> tuple[WindowCost, ...]:
        return (WindowCost(Window(max(state.maintenance[machine], state.now_s)), 0.0, 0.0),)


class Clairvoyant(AtAge):
    """Stops a mill now if its bearing could fail before the next possible stop, assuming that the mill cuts without a pause."""

    def __init__(self, shop: Shop, until_s: float, *, world: World) -> None:
        super().__init__(shop, until_s, age_h=math.inf, renewed_by_failure=False)
        self._world = world

    def _stop(self, state: ShopState, machine: str) -> list[Decision]:
        now_s, mill = state.now_s, self._world.reality.mills[machine]
        # a cut that has started is finished first, and people may be busy
        longest_s = max(operation.cycle_s for route in state.routes.values() for operation in route.operations)
        safe_s = now_s + max(mill.life_h - mill.age_h, 0.0) * HOUR_S - longest_s - HOUR_S
        ends = [(window.begins_s, window.ends_s - self.shop.maintenance_s) for window in self.presence]
        later_s = min(max(begins, now_s + HOUR_S) for begins, last in ends if last >= now_s + HOUR_S)
        if later_s <= safe_s or not any(begins <= now_s <= last for begins, last in ends):
            return []
        who = self._technician(state, machine, now_s) or ""
        return [self._planned(state, machine, now_s, self.shop.maintenance_s, 0.0, who)]


def shipped_modes(shop: Shop) -> tuple[FailureMode, ...]:
    """Return the registry of failure modes used by every shop that has no registry of its own."""
    return read_failure_modes(Path(__file__).parent, shop)


def taught(virtual: VirtualShop, days: float) -> bytes:
    """Return the model learned from ``days`` under run to failure, with other random draws than the evaluated runs."""
    past = msgspec.structs.replace(virtual, seed=virtual.seed + 5000)
    log = lived(past, days, "closed-loop", maintained=partial(AtAge, age_h=math.inf, renewed_by_failure=False))
    mills, sums = {unit.id for unit in past.shop.units("mill")}, dict[tuple[str, int, str], tuple[int, float]]()
    for event in log:
        report = event.fact.report if isinstance(event.fact, e.Reported) else None
        if isinstance(report, r.SignalsSampled | r.CycleFinished) and report.unit in mills:
            row_us = (utc_us(past.shop.start) + round(event.at_s * 1e6)) // HOUR_US * HOUR_US
            for name, value in report.signals.items():
                count, total = sums.get((report.unit, row_us, name), (0, 0.0))
                sums[report.unit, row_us, name] = (count + 1, total + value)
    means = [(*key, total / count) for key, (count, total) in sums.items()]
    rows = shop_rows(past.shop, means, log, HOUR_US, shipped_modes(past.shop))
    model = fit_health(read_history({"past": table_text(rows)}), cycle_s=HOUR_S)
    print(f"  taught by {model.failures} failures ({model.rung})", flush=True)
    return save_model(model)


def bound_rate(virtual: VirtualShop, spindle_h: dict[str, float]) -> float:
    """Return the least possible cost per 100 spindle hours, given ``spindle_h`` by machine."""
    stops = 0
    reality = world_of(virtual).reality
    for machine, hours in spindle_h.items():
        mill = reality.mills[machine]
        reach_h = mill.life_h - mill.age_h
        while reach_h < hours:
            renew_machine(reality, mill)
            stops, reach_h = stops + 1, reach_h + mill.life_h - mill.age_h
    return 100.0 * stops * prices(virtual.shop)[1] / max(sum(spindle_h.values()), 1.0)


def windows_within(room: MaintenanceDecider, now_s: float, span_s: float) -> int:
    """Return the number of two-hourly attended windows that start within the span."""
    count = 0
    for window in room.presence:
        at = max(window.begins_s, now_s)
        while at < min(window.ends_s, now_s + span_s):
            count, at = count + 1, at + 2 * HOUR_S
    return count


class Outcome(msgspec.Struct, frozen=True):
    """One shop's run under one policy."""

    cost_usd: float
    spindle_h: float
    down_h: float
    good: int
    bearing: int
    sudden: int
    planned: int
    false: int
    caught: int
    gradual: int
    machine_months: float
    leads_h: tuple[float, ...]
    bound: float

    @property
    def rate(self) -> float:
        """Return the cost per 100 spindle hours."""
        return 100.0 * self.cost_usd / max(self.spindle_h, 1.0)


def outcome(virtual: VirtualShop, log: Iterable[e.Event], faults: list[Fault]) -> Outcome:
    """Return the results from a log; ``faults``: those that ``Watched`` recorded."""
    shop, state = virtual.shop, empty_state(virtual.shop)
    for event in log:
        apply(state, event)
    failure, planned = prices(shop)
    hours = {unit.id: state.machines[unit.id].cutting_s / HOUR_S for unit in shop.units("mill")}
    spindle_h = sum(hours.values())
    broken = [order for order in state.work_orders.values() if order.kind == "breakdown"]
    stops = [order for order in state.work_orders.values() if order.kind != "breakdown" and order.begun_s is not None]
    down_h = 0.0
    for order in [*broken, *stops]:
        since_s = order.raised_s if order.kind == "breakdown" else order.begun_s or 0.0
        down_h += ((order.ended_s if order.ended_s is not None else state.now_s) - since_s) / HOUR_S
    bearing = [order for order in broken if order.cause == "bearing" or "vibration" in order.reason]
    warned = {order.overtaken_by for order in state.work_orders.values()}
    worn = [fault for fault in faults if fault.used > WORN]
    unwarned = sum(order.id not in warned for order in bearing)
    return Outcome(
        len(bearing) * failure + len(stops) * planned, spindle_h, down_h, sum(part.disposition == "good" for part in state.parts.values()), len(bearing),
        len(broken) - len(bearing), len(stops), len(faults) - len(worn),
        sum(fault.windows >= WINDOWS_AHEAD for fault in worn), len(worn) + unwarned,
        len(shop.units("mill")) * state.now_s / HOUR_S / MONTH_H, tuple(fault.left_h for fault in worn),
        bound_rate(virtual, hours),
    )  # fmt: skip


def prices(shop: Shop) -> tuple[float, float]:
    """Return the cost in USD of a bearing's failure and of a planned stop."""
    hour_usd = shop.units("mill")[0].rate_usd_h + shop.economy.wage_usd_h
    waiting = 8.0 * shop.units("mill")[0].rate_usd_h
    return shop.repair_s / HOUR_S * hour_usd + waiting + SCRAP_USD, shop.maintenance_s / HOUR_S * hour_usd


def best_age_h(virtual: VirtualShop) -> float:
    """Return the age in spindle hours at which replacing costs least under the true Weibull law (shape 3, `Breakdown`),
    by renewal reward.
    """
    life_h = float(virtual.truth.split("gradual_life_h = ")[1].split()[0])
    failure, planned = prices(virtual.shop)
    ages = np.arange(20.0, 2 * life_h, 5.0)
    fine = np.linspace(0.0, 1.0, 200)
    rates = []
    for age in ages:
        survival = np.exp(-((age / life_h) ** 3))
        lived_h = age * np.trapezoid(np.exp(-((fine * age / life_h) ** 3)), fine)
        rates.append((failure * (1 - survival) + planned * survival) / lived_h)
    return float(ages[int(np.argmin(rates))])


def main() -> int:
    """Run all shops under all policies and print the results, or print the results of earlier runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shops", type=int, default=8)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--days", type=float, default=28.0)
    parser.add_argument("--longer", type=float, default=4.0)
    parser.add_argument("--policies", choices=("all", "nightmill"), default="all")
    parser.add_argument(
        "--history",
        type=float,
        default=0.0,
        metavar="DAYS",
        help="also evaluate the monitor with a model learned from this many days",
    )
    parser.add_argument("--steps", type=int, help="steps of each search for a schedule; by default as in the product")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write each shop's outcomes")
    parser.add_argument(
        "--sum", type=Path, nargs="+", metavar="FILE", help="run nothing; print the results in these files"
    )
    chosen = parser.parse_args()
    plan_in_force.SEARCH_STEPS = chosen.steps or plan_in_force.SEARCH_STEPS
    rows: dict[str, list[Outcome]] = {}
    for file in chosen.sum or ():
        for name, each in msgspec.json.decode(file.read_bytes(), type=dict[str, list[Outcome]]).items():
            rows.setdefault(name, []).extend(each)
    for number in range(chosen.first, chosen.first + (0 if chosen.sum else chosen.shops)):
        began = time.process_time()
        lasting = virtual_shop(number, max(chosen.days, chosen.history), chosen.longer)
        for name, found in of_shop(lasting, chosen).items():
            rows.setdefault(name, []).append(found)
        told = ", ".join(f"{name} {each[-1].rate:.0f}" for name, each in rows.items())
        mine = rows["nightmill"][-1]
        print(f"shop {number}: cost per 100 spindle hours: {told}, bound {min(each[-1].bound for each in rows.values()):.0f}; false {mine.false}, "
              f"gradual faults caught {mine.caught} of {mine.gradual} ({time.process_time() - began:.0f} s CPU)", flush=True)  # fmt: skip
        if chosen.json:
            chosen.json.write_bytes(msgspec.json.encode(rows))
    _tell(rows)
    return 0


def of_shop(virtual: VirtualShop, chosen: argparse.Namespace) -> dict[str, Outcome]:
    """Return the shop's run under each policy."""
    faults: list[Fault] = []
    rooms: dict[str, Callable[[World], Callable[[Shop, float], MaintenanceDecider]]] = {
        "nightmill": lambda world: partial(Watched, world=world, faults=faults)
    }
    others: list[Fault] = []
    if chosen.history:
        model = taught(virtual, chosen.history)
        rooms["taught"] = lambda world: partial(Watched, world=world, faults=others, model=model)
    if chosen.policies == "all":
        ages = {
            "run to failure": (math.inf, False), "fixed interval": (INTERVAL_H, False), "age, tuned": (best_age_h(virtual), True),
        }  # fmt: skip
        for name, (age_h, renewed) in ages.items():
            room = partial(AtAge, age_h=age_h, renewed_by_failure=renewed)
            rooms[name] = lambda world, room=room: room  # type: ignore[misc]
        rooms[CLAIRVOYANT] = lambda world: partial(Clairvoyant, world=world)
    found = {}
    for name, made in rooms.items():
        world = world_of(virtual)
        log = lived(virtual, chosen.days, "closed-loop", world=world, maintained=made(world))
        found[name] = outcome(virtual, log, {"nightmill": faults, "taught": others}.get(name, []))
    if CLAIRVOYANT in found:
        found[CLAIRVOYANT] = min(found.values(), key=lambda one: one.rate)
    return found


def _tell(rows: dict[str, list[Outcome]]) -> None:
    print(f"{'policy':16}{'USD/100 h':>10}{'bearing':>9}{'sudden':>8}{'planned':>9}{'h down':>8}{'good':>7}")
    for name, each in rows.items():
        print(f"{name:16}{np.mean([one.rate for one in each]):10.1f}{sum(one.bearing for one in each):9}{sum(one.sudden for one in each):8}"
              f"{sum(one.planned for one in each):9}{sum(one.down_h for one in each):8.0f}{sum(one.good for one in each):7}")  # fmt: skip
    bound = np.array([min(one.bound for one in shop) for shop in zip(*rows.values(), strict=True)])
    print(f"{'bound':16}{bound.mean():10.1f}")
    mine = rows["nightmill"]
    months, false = sum(one.machine_months for one in mine), sum(one.false for one in mine)
    leads = sorted(lead for one in mine for lead in one.leads_h)
    caught, gradual = sum(one.caught for one in mine), sum(one.gradual for one in mine)
    print(f"false work orders per machine-month: {false / months:.2f} ({false} in {months:.1f}); gradual faults caught {WINDOWS_AHEAD} windows "
          f"ahead: {caught} of {gradual}; median lead {np.median(leads) if leads else 0.0:.0f} spindle hours")  # fmt: skip
    if "age, tuned" not in rows:
        return
    lost = rows["run to failure"]
    silent = sum(one.sudden for one in lost) / max(sum(one.sudden + one.bearing for one in lost), 1)
    print(f"run to failure, failures without a precursor: {silent:.0%}")
    age, ours, clairvoyant = (
        np.array([one.rate for one in rows[name]]) for name in ("age, tuned", "nightmill", CLAIRVOYANT)
    )
    picks = np.random.default_rng(0).integers(0, len(age), (2000, len(age)))
    for name, least in ((CLAIRVOYANT, clairvoyant), ("bound", bound)):
        closed = (age[picks].mean(1) - ours[picks].mean(1)) / (age[picks].mean(1) - least[picks].mean(1))
        low, high = np.quantile(closed, [0.025, 0.975])
        print(f"gap from tuned age replacement to the {name} closed: {(age.mean() - ours.mean()) / (age.mean() - least.mean()):.2f} "
              f"(95 % {low:.2f} .. {high:.2f})")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
