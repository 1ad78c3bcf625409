"""Night shops of any size: a generator of scheduling problems with shifts, pallets, tools and alternatives.

Run: ``python benchmarks/night_shop.py [--seed N] [--machines M] [--operations N] [--shape S] > shop.json``, then
``nightmill schedule shop.json``. The same arguments give the same shop.

Routes of 1 to 20 operations (4 in the shape ``one-shift``) and cutting times with a long tail follow published
statistics of real machining shops; the features specific to unattended shops (one or two shifts a day, half of that on
Saturday, a pool of pallets, edges in the magazines) are set so that each constraint is sometimes binding and machine
utilisation is about ``load`` until the last due date.
"""

import argparse
import math
import random
import sys

import msgspec

from nightmill.scheduling import records
from nightmill.scheduling.problem.records import (
    Alternative,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    ToolBudget,
    ToolUse,
    Window,
)

HOUR, DAY = 3600.0, 86400.0
MEDIAN_CUT_S, SPREAD = 3600.0, 1.0
TOOLS = 12


class Shape(msgspec.Struct, frozen=True):
    """The kind of shop: maximum setups per part and parts per order, the weekday shift, pallets and people per machine."""

    longest_route: int = 20
    most_parts: int = 4
    begin_h: float = 6.0
    end_h: float = 22.0
    pallets: float = 3.0
    people: float = 1 / 8


SHAPES = {
    "two-shifts": Shape(),
    "one-shift": Shape(longest_route=4, most_parts=12, begin_h=7.0, end_h=15.0, pallets=4.0, people=1 / 5),
}


def night_shop(
    seed: int, machines: int = 50, operations: int = 5000, load: float = 0.85, shape: Shape = SHAPES["two-shifts"]
) -> ShopProblem:
    """Return a shop of about ``operations`` operations, all machines free and nothing started."""
    rng = random.Random(seed)
    groups = _groups(rng, machines)
    orders: list[ShopOrder] = []
    ops: list[ShopOperation] = []
    while len(ops) < operations:
        _add_order(rng, groups, len(orders), ops, orders, operations - len(ops), shape)
    work = sum(min(a.run_s for a in op.alternatives) for op in ops)
    span = work / machines / load
    orders = [_with_due_date(rng, order, [op for op in ops if op.order == order.id], span) for order in orders]
    people = max(1, round(machines * shape.people))
    begin, end = shape.begin_h * HOUR, shape.end_h * HOUR
    week = [Window(day * DAY + begin, day * DAY + end, people) for day in range(5)]
    week.append(Window(5 * DAY + begin, 5 * DAY + (begin + end) / 2.0, people))
    return ShopProblem(
        now_s=0.0,
        horizon_s=7 * DAY,
        machines=tuple(ShopMachine(name) for group in groups for name in group),
        operations=tuple(ops),
        orders=tuple(orders),
        presence=records.repeat_presence(week, 6 * span + 60 * DAY),
        pallets=round(shape.pallets * machines),
        tool_budgets=tuple(
            ToolBudget(name, tool, rng.uniform(4, 12) * HOUR)
            for group in groups
            for name in group
            for tool in range(TOOLS)
        ),
    )


def _groups(rng: random.Random, machines: int) -> list[list[str]]:
    """Return machines grouped by kind; machines of a kind can do the same work."""
    names = [f"M{number:02}" for number in range(1, machines + 1)]
    groups: list[list[str]] = []
    while names:
        size = min(len(names), rng.randint(2, 6))
        groups.append(names[:size])
        names = names[size:]
    return groups


def _add_order(
    rng: random.Random,
    groups: list[list[str]],
    number: int,
    ops: list[ShopOperation],
    orders: list[ShopOrder],
    room: int,
    shape: Shape,
) -> None:
    """Add an order of parts that share one route; due dates are set later."""
    name = f"O{number + 1:04}"
    route = [_step(rng, rng.choice(groups)) for _ in range(rng.randint(1, shape.longest_route))]
    release = 0.0 if rng.random() < 0.7 else rng.uniform(0.0, 5 * DAY)
    for part in range(min(rng.randint(1, shape.most_parts), max(1, room // len(route)))):
        serial = f"{name}.{part + 1}"
        for place, alternatives in enumerate(route):
            step = f"op{place + 1}"
            ops.append(
                ShopOperation(
                    f"{serial}|{step}", serial, name, step, alternatives, 240.0, 60.0,
                    release_s=release if place == 0 else 0.0, measure_s=120.0,
                )
            )  # fmt: skip
    orders.append(ShopOrder(name, 0.0, rng.choice([1.0, 1.0, 1.0, 2.0, 4.0])))


def _step(rng: random.Random, group: list[str]) -> tuple[Alternative, ...]:
    """Return the alternatives of one operation, with their times."""
    cut = min(12 * HOUR, max(300.0, rng.lognormvariate(math.log(MEDIAN_CUT_S), SPREAD)))
    tools = rng.sample(range(TOOLS), rng.randint(1, 3))
    found = []
    for name in rng.sample(group, rng.randint(min(2, len(group)), min(4, len(group)))):
        run = round(cut * rng.uniform(0.9, 1.2))
        found.append(Alternative(name, float(run), tuple(ToolUse(tool, round(run / 4)) for tool in tools)))
    return tuple(found)


def _with_due_date(rng: random.Random, order: ShopOrder, ops: list[ShopOperation], span: float) -> ShopOrder:
    """Set a due date within the span, no earlier than about twice the time that its longest part takes alone."""
    serials: dict[str, float] = {}
    for op in ops:
        serials[op.serial] = serials.get(op.serial, 0.0) + min(a.run_s for a in op.alternatives) + 1800.0
    alone = 2.0 * max(serials.values()) + max(op.release_s for op in ops)
    return msgspec.structs.replace(order, due_s=round(alone + rng.uniform(0.0, 1.0) * span))


def main() -> None:
    """Print a shop as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--machines", type=int, default=50)
    parser.add_argument("--operations", type=int, default=5000)
    parser.add_argument("--load", type=float, default=0.85)
    parser.add_argument("--shape", choices=sorted(SHAPES), default="two-shifts")
    chosen = parser.parse_args()
    shop = night_shop(chosen.seed, chosen.machines, chosen.operations, chosen.load, SHAPES[chosen.shape])
    sys.stdout.buffer.write(msgspec.json.encode(shop) + b"\n")


if __name__ == "__main__":
    main()
