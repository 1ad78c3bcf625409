"""Generated virtual shops, each different, and their runs: the loop of `nightmill run` on a simulated shop in this process.

Nothing is written to disk, and the camera's pictures aren't rendered: the camera detects every defect and makes no
mistakes. All other rooms, the dispatching and the virtual shop are those of `nightmill run`. Parts are programs of
given length without geometry, so that no part has to be planned.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from nightmill.drivers.virtual_shop.hidden_parameters import read_truth
from nightmill.drivers.virtual_shop.programs import examine
from nightmill.drivers.virtual_shop.world import World
from nightmill.floor import Advance, EventStore, Greeting, ShopState
from nightmill.plant.bench.night_shops import probed, program_text
from nightmill.plant.deciders.cutting_parameters import CuttingParameterDecider
from nightmill.plant.deciders.inspection import InspectionDecider, Look
from nightmill.plant.deciders.maintenance import MaintenanceDecider
from nightmill.plant.deciders.order_release import OrderReleaseDecider
from nightmill.plant.deciders.purchasing import PurchasingDecider
from nightmill.plant.deciders.scheduling import SchedulingDecider
from nightmill.plant.deciders.tool_offsets import ToolOffsetDecider
from nightmill.plant.plan_store.kept_plans import PartRoute
from nightmill.plant.plan_store.plan_artifacts import OperationRecord, sha256_of
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.run.controller import Controller, ControllerWiring, LoopSettings
from nightmill.plant.run.shop_run import _Wishes
from nightmill.plant.shop_state.decider import Decider, Decision
from nightmill.plant.shop_state.retrying_cell import PatientCell
from nightmill.verification import read_program
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary.plan import PLAN_FORMAT, Body, Certificate, Plan, Tool
from nightmill.vocabulary.shop import (
    Economy,
    Item,
    MachineLimits,
    OperationsRequest,
    PartFile,
    Shift,
    Shop,
    ToolStock,
    WorkUnit,
)

DAY_S, HOUR_S = 86400.0, 3600.0
LIMITS = MachineLimits()
TOOLS = tuple(
    ToolStock(tool, magazine=4, crib=20_000, supplier="tools", lead_time_days=1.0)
    for tool in (
        Tool(1, "flat", 16.0, life_min=90.0),
        Tool(2, "flat", 8.0, life_min=60.0),
        Tool(3, "drill", 6.0, life_min=60.0),
    )
)
WEEKS = (
    (Shift((0, 1, 2, 3, 4), 6.0, 14.0, 2),),
    (Shift((0, 1, 2, 3, 4), 7.0, 16.0, 2),),
    (Shift((0, 1, 2, 3, 4), 6.0, 14.0, 1), Shift((0, 1, 2, 3, 4), 14.0, 22.0, 1)),
    (Shift((0, 1, 2, 3, 4, 5), 7.0, 15.0, 2),),
    (Shift((0, 1, 2, 3, 4, 5, 6), 8.0, 17.0, 1),),
)


class VirtualShop(msgspec.Struct, frozen=True):
    """A shop with the programs of its parts and its hidden truth (TOML)."""

    shop: Shop
    routes: dict[str, PartRoute]
    truth: str
    seed: int


def virtual_shop(number: int, days: float, longer: float = 1.0) -> VirtualShop:
    """Return a shop with three to five mills, three to six parts, and its own week, load, mix and reliability; orders
    for ``days``. ``longer`` stretches cuts and the lives of tools: fewer events per day, for studies over weeks. With
    one person present at a time, tool changes and repairs bring some of these shops to the limit of what people can do.
    """
    rng = random.Random(f"virtual shop {number}")
    mills = rng.randint(3, 5)
    week = rng.choice(WEEKS)
    routes = {name: _route(rng, name, longer) for name in (f"part{n}" for n in range(rng.randint(3, 6)))}
    pallets = rng.randint(4 * mills, 8 * mills)
    quantity = {name: rng.randint(2, 8) for name in routes}
    work_s = {name: sum(o.cycle_s for o in route.record.operations) for name, route in routes.items()}
    mounts = {name: len(route.record.operations) for name, route in routes.items()}
    shares = {name: rng.uniform(0.3, 1.7) for name in routes}
    later = {name: rng.uniform(0.3, 1.7) for name in routes} if number % 3 == 2 else shares
    load = rng.uniform(0.6, 0.85)
    attended_h = sum(len(shift.days) * (shift.ends_h - shift.begins_h) for shift in week)
    hands_h = sum(len(shift.days) * (shift.ends_h - shift.begins_h) for shift in week if shift.persons)
    orders = []
    at_s, n = 0.0, 0
    while True:
        mix = shares if at_s < days / 2 * DAY_S else later
        item = rng.choices(list(mix), list(mix.values()))[0]
        total = sum(mix.values())
        cut_s = sum(share * quantity[name] * work_s[name] for name, share in mix.items()) / total
        hand_s = sum(share * quantity[name] * mounts[name] * 200.0 for name, share in mix.items()) / total
        pool_s = sum(share * quantity[name] * work_s[name] / mounts[name] for name, share in mix.items()) / total
        nights_h = 168.0 - attended_h
        each_s = pool_s / (sum(share * quantity[name] for name, share in mix.items()) / total)
        nights = 7 if len(week[0].days) == 7 else len(week[0].days)
        night_h = min(mills * nights_h, nights * pallets * each_s / HOUR_S)
        capacity = min((mills * attended_h + night_h) * HOUR_S / cut_s, hands_h * HOUR_S / hand_s)
        at_s += rng.expovariate(load * capacity / (7 * DAY_S))
        if at_s > days * DAY_S:
            break
        due_s = at_s + rng.uniform(2.0, 7.0) * DAY_S
        made = max(1, round(rng.uniform(0.5, 1.5) * quantity[item]))
        n += 1
        orders.append(OperationsRequest(f"O{n:04d}", item, made, due_s, at_s, rng.choice((1, 1, 1, 2, 3))))
    wanted = {name: 100 + 2 * sum(order.quantity for order in orders if order.item == name) for name in routes}
    shop = Shop(
        name=f"shop {number}",
        start=datetime(2026, 11, 2, 0, 0, tzinfo=UTC),
        time_zone="UTC",
        currency="USD",
        country="US",
        work_units=(
            *(WorkUnit(f"mill-{k}", "mill", "milling", LIMITS, rate_usd_h=30.0) for k in range(1, mills + 1)),
            WorkUnit("robot", "robot", "handling", move_s=rng.uniform(20.0, 60.0)),
            WorkUnit("gauge", "gauge", "inspection", measure_s=rng.uniform(60.0, 150.0)),
            WorkUnit("camera", "vision", "inspection", measure_s=30.0),
            WorkUnit("bench", "bench", "handling"),
        ),
        shifts=week,
        tools=tuple(_lasting(stock, longer) for stock in TOOLS),
        parts=tuple(PartFile(name, "", "Al 6061", blank_item=f"blank {name}") for name in routes),
        orders=tuple(orders),
        items=tuple(Item(f"blank {name}", supplier="steel", on_hand=wanted[name]) for name in routes),
        bom=(),
        receipts=(),
        economy=Economy(),
        pallets=pallets,
        mount_s=rng.uniform(90.0, 180.0),
        dismount_s=rng.uniform(40.0, 80.0),
        repair_s=rng.uniform(2.0, 5.0) * HOUR_S,
    )
    truth = (
        f"[dimension]\ncycle_factor_sigma = {rng.uniform(0.01, 0.06):.4f}\n[breakdown]\n"
        f"gradual_life_h = {rng.uniform(150.0, 400.0):.1f}\nsudden_mean_h = {rng.uniform(100.0, 500.0):.1f}\n"
        f"initial_age_share = {rng.uniform(0.3, 0.85):.3f}\n[people]\nhand_sigma = {rng.uniform(0.05, 0.25):.3f}\n"
    )
    return VirtualShop(shop, routes, truth, number)


def _lasting(stock: ToolStock, longer: float) -> ToolStock:
    tool = msgspec.structs.replace(stock.tool, life_min=stock.tool.life_min * longer)
    return msgspec.structs.replace(stock, tool=tool)


def _route(rng: random.Random, item: str, longer: float) -> PartRoute:
    operations, programs, known = [], {}, []
    for step in range(1, rng.randint(1, 3) + 1):
        name = f"{item}/{step}"
        text = program_text(
            name, {tool: longer * rng.uniform(2.0, 22.0) for tool in rng.sample((1, 2, 3), rng.randint(1, 2))}
        )
        read = read_program(text, LIMITS)
        minutes = {str(use.tool): use.cutting_s / 60.0 for use in read.tools}
        operations.append(OperationRecord(name, str(step), sha256_of(text), read.cycle_s, minutes))
        programs[sha256_of(text)] = text
        known.append(probed(f"{name}#1", name, read.tools[0].tool))
    certificate = Certificate(True, 0.0, 0.0, 1.0, (), 0, 0)
    record = RouteRecord(
        item, "", "Al 6061", True, certificate, tuple(operations), tuple(known), (), 1e5, 2e5, 2700.0, 6, 1, 0.0, ()
    )  # fmt: skip
    cycle_s = sum(o.cycle_s for o in operations)
    plan = Plan(PLAN_FORMAT, item, "mm", "", Body("box", min=(0.0, 0.0, 0.0), max=(1.0, 1.0, 1.0)), (), (), (), cycle_s)
    return PartRoute(record, plan, programs, Path())


class _Hall:
    """The simulated shop as a cell, without a journal."""

    def __init__(self, virtual: VirtualShop, world: World | None = None) -> None:
        self.world = world or world_of(virtual)

    def greet(self) -> Greeting:
        return Greeting(self.world.now_s, self.world.last_seq, "here")

    def submit(self, command: c.AnyCommand) -> c.Acknowledgement:
        reading, problem = examine(self.world.reality, command) if isinstance(command, c.StoreProgram) else (None, "")
        return self.world.submit(command, reading, problem)

    def evidence(self, command_id: str) -> str:
        return self.world.evidence(command_id)

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        reports = self.world.pending(acknowledged_seq)
        if not reports and until_s > self.world.now_s:
            self.world.advance(until_s)
            self.world.take_deeds()
            reports = self.world.pending(acknowledged_seq)
        whole = not reports or reports[-1].seq == self.world.last_seq
        return Advance(self.world.now_s if whole else reports[-1].at_s, reports)

    def image(self, name: str) -> bytes:
        return self.world.image(name)

    def look(self, name: str, unit: str = "") -> tuple[str, float, str]:
        """Return the verdict of a camera that sees every defect."""
        defect = self.world.reality.pictures[name].defect
        return ("reject", 2.0, defect) if defect else ("good", 0.5, "")

    def close(self) -> None:
        """Do nothing: there is nothing to close."""


class _Log:
    """An event store in memory, without snapshots, projections or competing leaders."""

    token = 1

    def __init__(self) -> None:
        self.events: list[e.Event] = []

    def append(
        self, events: Sequence[e.Event], *, expected_version: int, meanwhile: Callable[[], None] | None = None
    ) -> int:
        assert expected_version == len(self.events)
        self.events += [msgspec.structs.replace(each, seq=expected_version + k) for k, each in enumerate(events, 1)]
        return len(self.events)

    def read(self, after: int = 0) -> Iterator[e.Event]:
        return iter(self.events[after:])

    def event(self, seq: int) -> e.Event | None:
        return self.events[seq - 1] if 0 < seq <= len(self.events) else None

    def last(self) -> e.Event | None:
        return self.events[-1] if self.events else None

    def rows(self, after: int = 0) -> Iterator[tuple[int, bytes, str]]:
        return iter(())

    def issued(self) -> dict[str, int]:
        return {
            each.fact.command.command_id: each.seq for each in self.events if isinstance(each.fact, e.CommandIssued)
        }

    def entries(self, name: str) -> list[tuple[str, int]]:
        return []

    def version(self) -> int:
        return len(self.events)

    def keep_snapshot(self, kind: str, mark: str, body: bytes) -> None:
        """Do nothing: nothing outlives the process."""

    def snapshot(self, kind: str, mark: str) -> None:
        return None

    def release_reserve(self) -> None:
        """Do nothing: nothing is reserved."""

    def restore_reserve(self) -> None:
        """Do nothing: nothing is reserved."""

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def opening(name: str, policy: str, seed: int, days: float, routes: dict[str, PartRoute]) -> list[Decision]:
    """Return the first events of a run's log: the start of the run, and the certificate of each route."""
    begun = [Decision(e.RunStarted(name, policy, seed, days, ""))]
    for item, route in routes.items():
        operations = tuple(
            e.RoutedOperation(o.operation, o.program_sha256, o.cycle_s, o.tool_minutes, o.kind)
            for o in route.record.operations
        )
        begun.append(Decision(e.RouteCertified(item, 1, "", "Al 6061", operations, True, 1.0)))
    return begun


Requests = Callable[[ShopState], Iterable[Decision]]


def world_of(virtual: VirtualShop) -> World:
    """Return the shop's simulated world at its start."""
    return World(virtual.shop, read_truth(virtual.truth, virtual.shop), virtual.seed)


def lived(
    virtual: VirtualShop,
    days: float,
    policy: str,
    *,
    requests: Requests = lambda state: (),
    look: Look | None = None,
    store: EventStore | None = None,
    world: World | None = None,
    maintained: Callable[[Shop, float], MaintenanceDecider] = MaintenanceDecider,
    tuned: Callable[[Shop, dict[str, PartRoute]], CuttingParameterDecider] = CuttingParameterDecider,
    controlled: Callable[..., Controller] = Controller,
) -> tuple[e.Event, ...]:
    """Return the log of the shop's first ``days``. ``requests``: the requests by people at each turn; ``look``: another
    camera. Deciders, the controller, and the world (for inspection by the caller) may be replaced.
    """
    shop, routes = virtual.shop, virtual.routes
    hall = _Hall(virtual, world)
    log: EventStore = store or _Log()
    until_s = (days + 28.0) * DAY_S
    maintenance = maintained(shop, until_s)
    offsets = ToolOffsetDecider(shop, routes)
    inspection, tuning = InspectionDecider(shop, routes, offsets, look or hall.look), tuned(shop, routes)
    rooms: tuple[Decider, ...] = (
        OrderReleaseDecider(shop), offsets, inspection, PurchasingDecider(shop), tuning, maintenance,
        SchedulingDecider(shop, days * DAY_S, maintenance),
    )  # fmt: skip
    wishes = _Wishes(shop, inspection, offsets, maintenance, until_s)
    programs = {sha: text for route in routes.values() for sha, text in route.programs.items()}
    tuning.programs.update(programs)
    cell = PatientCell(hall)
    wiring = ControllerWiring(tuning.programs, rooms, wishes, requests=(requests,))
    controller = controlled(shop, log, cell, wiring, LoopSettings(days))
    controller.commit(opening(shop.name, policy, virtual.seed, days, routes))
    controller.run()
    return tuple(log.read())
