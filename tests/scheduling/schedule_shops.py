"""Shops of every size for the tests of the scheduler."""

import random

from nightmill.scheduling.problem.records import (
    Alternative,
    MaintenanceChoice,
    MaintenanceOption,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    ToolBudget,
    ToolUse,
    Window,
)
from nightmill.vocabulary.units import DAY_S


def random_shop(seed: int, orders: int = 4, pallets: int = 6, persons: int = 1, now_s: float = 0.0) -> ShopProblem:
    """A shop of three mills with alternatives, two shifts a week, tools, a stop to place, and parts already begun."""
    rng = random.Random(seed)
    ops: list[ShopOperation] = []
    for order in range(orders):
        cuts = [rng.uniform(600, 9000) for _ in range(rng.randint(1, 3))]
        for serial in range(rng.randint(1, 3)):
            for step, cut in enumerate(cuts):
                machines = rng.sample(["A", "B", "C"], rng.randint(1, 3))
                alternatives = tuple(Alternative(m, round(cut), (ToolUse(1, round(cut / 2)),)) for m in machines)
                ops.append(
                    ShopOperation(
                        f"{order}.{serial}.{step}",
                        f"{order}.{serial}",
                        f"O{order}",
                        f"op{step}",
                        alternatives,
                        240.0,
                        60.0,
                        release_s=rng.choice([0.0, 0.0, 20000.0]),
                        measure_s=rng.choice([0.0, 120.0]),
                    )
                )
    presence = tuple(
        Window(d * DAY_S + begin * 3600, d * DAY_S + (begin + 8) * 3600, persons)
        for d in range(60)
        for begin in (6, 14)[: 1 + d % 2]
    )
    stop = MaintenanceChoice(
        "stop", "A", 5400.0, tuple(MaintenanceOption(d * DAY_S + 8 * 3600.0, 100.0 * d) for d in range(3))
    )
    return ShopProblem(
        now_s=now_s,
        horizon_s=7 * DAY_S,
        machines=(ShopMachine("A"), ShopMachine("B", down=(Window(30000.0, 40000.0),)), ShopMachine("C")),
        operations=tuple(ops),
        orders=tuple(ShopOrder(f"O{k}", rng.uniform(0.2, 2.0) * DAY_S, rng.choice([1.0, 3.0])) for k in range(orders)),
        presence=presence,
        pallets=pallets,
        maintenance=(stop,),
        tool_budgets=(ToolBudget("A", 1, 6000.0),),
    )
