"""Small shops for the tests of the twin."""

import random

import msgspec

from nightmill.scheduling.problem.records import (
    Alternative,
    Assignment,
    Changeover,
    FixtureKind,
    MaintenanceChoice,
    MaintenanceOption,
    Repair,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    ShopSchedule,
    ToolBudget,
    ToolUse,
    Window,
)
from nightmill.vocabulary.units import DAY_S

ALWAYS = (Window(0.0, 400 * DAY_S, 2),)
SHIFTS = tuple(Window(d * DAY_S + 6 * 3600.0, d * DAY_S + 14 * 3600.0) for d in range(60))


def one_machine(
    cuts: list[float], presence: tuple[Window, ...] = ALWAYS, pallets: int = 0, due_s: float = DAY_S
) -> ShopProblem:
    """An order a part, one operation each, all on machine A."""
    ops = tuple(
        ShopOperation(f"S{k}/op", f"S{k}", f"O{k}", "op", (Alternative("A", cut),), 240.0, 60.0)
        for k, cut in enumerate(cuts)
    )
    return ShopProblem(
        now_s=0.0,
        horizon_s=7 * DAY_S,
        machines=(ShopMachine("A"),),
        operations=ops,
        orders=tuple(ShopOrder(f"O{k}", due_s) for k in range(len(cuts))),
        presence=presence,
        pallets=pallets or len(cuts),
    )


def in_file_order(problem: ShopProblem) -> ShopSchedule:
    """A schedule that only says sequence and machine: all that the twin takes from one."""
    rows = tuple(
        Assignment(op.id, op.serial, op.order, op.machine or op.alternatives[0].machine, *(float(k),) * 5)
        for k, op in enumerate(problem.operations)
    )
    return ShopSchedule(rows, (), (), 0.0, 0.0, 0.0, 0.0, 0)


def whole_shop(seed: int, orders: int = 8, pallets: int = 6, persons: int = 1) -> ShopProblem:
    """Three mills, alternatives, shifts, tools, downtime, a stop to place, orders of several parts and operations."""
    rng = random.Random(seed)
    ops: list[ShopOperation] = []
    for order in range(orders):
        cuts = [round(rng.uniform(600, 9000)) for _ in range(rng.randint(1, 3))]
        for part in range(rng.randint(1, 3)):
            for step, cut in enumerate(cuts):
                machines = rng.sample(["A", "B", "C"], rng.randint(1, 3))
                ops.append(
                    ShopOperation(
                        f"{order}.{part}.{step}",
                        f"{order}.{part}",
                        f"O{order}",
                        f"op{step}",
                        tuple(Alternative(m, float(cut), (ToolUse(1, cut / 2),)) for m in machines),
                        240.0,
                        60.0,
                        release_s=rng.choice([0.0, 0.0, 20000.0]),
                        measure_s=rng.choice([0.0, 120.0]),
                    )
                )
    presence = tuple(
        Window(d * DAY_S + begin * 3600, d * DAY_S + (begin + 8) * 3600, persons)
        for d in range(60)
        for begin in (6, 12)[: 1 + d % 2]
    )
    options = tuple(MaintenanceOption(d * DAY_S + 8 * 3600.0, 100.0 * d) for d in range(3))
    return ShopProblem(
        now_s=0.0,
        horizon_s=7 * DAY_S,
        machines=(ShopMachine("A"), ShopMachine("B", down=(Window(30000.0, 40000.0),)), ShopMachine("C", 25000.0)),
        operations=tuple(ops),
        orders=tuple(ShopOrder(f"O{k}", rng.uniform(0.2, 2.0) * DAY_S) for k in range(orders)),
        presence=presence,
        pallets=pallets,
        maintenance=(MaintenanceChoice("stop", "A", 5400.0, options),),
        tool_budgets=(ToolBudget("A", 1, 6000.0), ToolBudget("C", 1, 8000.0)),
    )


def rich_shop(seed: int) -> ShopProblem:
    """``whole_shop`` with few fixtures, parts that others are assembled into, changeovers, chip bins and a broken machine."""
    problem, rng = whole_shop(seed, pallets=4 + seed % 3, persons=1 + seed % 2), random.Random(f"rich {seed}")
    kind_of = {f"op{k}": rng.choice(("", "vice", "plate")) for k in range(3)}
    serials = list(dict.fromkeys(op.serial for op in problem.operations))
    into = {serial: rng.choice(serials[:k]) for k, serial in enumerate(serials) if k > 1 and rng.random() < 0.3}
    replace = msgspec.structs.replace
    operations = tuple(
        replace(
            op,
            fixture=kind_of[op.operation],
            after=(into[op.serial],) if op.serial in into else (),
            alternatives=tuple(replace(a, family=rng.choice(("", "3-jaw", "collet"))) for a in op.alternatives),
        )
        for op in problem.operations
    )
    families = ("", "3-jaw", "collet")
    changeovers = tuple(
        Changeover(a, b, rng.uniform(600.0, 1200.0), machine)
        for machine in ("", "C")
        for a in families
        for b in families
        if a != b
    )
    first, *others = problem.machines
    return replace(
        problem,
        operations=operations,
        fixtures=(FixtureKind("vice", 2), FixtureKind("plate", 1)),
        changeovers=changeovers,
        machines=(replace(first, chip_s=7000.0, family="collet"), *others),
        repairs=(Repair("C", 9000.0, 20000.0),),
    )


def treating_shop(seed: int) -> ShopProblem:
    """``whole_shop`` whose parts go into an oven of three places, into one of two tables that somebody stays at, or both."""
    problem, rng, replace = (
        whole_shop(seed, persons=1 + seed % 2),
        random.Random(f"treat {seed}"),
        msgspec.structs.replace,
    )
    ops: list[ShopOperation] = []
    last = {op.serial: op.id for op in problem.operations}
    plan = {f"O{k}": rng.choice(("bake", "deburr", "both")) for k in range(len(problem.orders))}
    hours = {f"O{k}": rng.choice((2.0, 5.0)) for k in range(len(problem.orders))}
    for op in problem.operations:
        ops.append(op)
        if op.id != last[op.serial]:
            continue
        does = plan[op.order]
        if does != "deburr":
            ops.append(baking(op.serial, op.order, hours[op.order]))
        if does != "bake":
            ops.append(deburring(op.serial, op.order, 900.0))
    ovens = (ShopMachine("oven", places=3, by_hand=True), *(ShopMachine(f"table-{k}", by_hand=True) for k in (1, 2)))
    return replace(
        problem,
        operations=tuple(ops),
        machines=(*problem.machines, *ovens),
        fixtures=(FixtureKind("at a table", 2),),
        move_s=0.0,
    )


def baking(serial: str, order: str, hours: float, load_s: float = 60.0, oven: str = "oven") -> ShopOperation:
    """In an oven, with others for as long."""
    run = Alternative(oven, hours * 3600.0, family=f"bake {hours:g}")
    return ShopOperation(f"{serial}|bake", serial, order, "bake", (run,), load_s, load_s)


def deburring(serial: str, order: str, seconds: float) -> ShopOperation:
    """By hand at a table: as the shop's planner says it, all of it is work of putting in."""
    runs = tuple(Alternative(f"table-{k}", 1.0, family="deburr") for k in (1, 2))
    return ShopOperation(f"{serial}|deburr", serial, order, "deburr", runs, 30.0 + seconds, 30.0, fixture="at a table")
