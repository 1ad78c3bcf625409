"""Plant conflicts in large night shops that are otherwise on time, and count how many are found at their true size.

Run: ``python benchmarks/conflicts.py [--seeds 3] [--first-seed 0] [--machines 50] [--operations 5000] [--seconds 20]``.
Each shop gets a deadline for every order, a week after its plan completes it; then one conflict is planted whose size
is known: material that arrives after a deadline (2), a machine that is down beyond the deadline of a part that only it
can cut (2), more long cuts before a deadline than a machine has time for (as many as were added). The benchmark counts
the conflicts that are found with no more demands than were planted, those proved minimal, and those for which a plan
without any one of the demands shows that dropping it helps.
"""

import argparse
import time

import msgspec
from night_shop import DAY, HOUR, night_shop

from nightmill.scheduling import dispatch_shop, find_conflict, records
from nightmill.scheduling.diagnosis.infeasibility import demands_of
from nightmill.scheduling.diagnosis.relaxation import can_be_planned, relaxed

replace = msgspec.structs.replace
CROWD = 4


def calm(seed: int, machines: int, operations: int) -> records.ShopProblem:
    """Return a shop that meets all its deadlines."""
    problem = night_shop(seed, machines, operations, 0.6)
    done = {p.order: p.promise_s for p in dispatch_shop(problem, "edd").promises}
    return replace(problem, orders=tuple(replace(o, deadline_s=done[o.id] + 7 * DAY) for o in problem.orders))


def late_material(problem: records.ShopProblem) -> tuple[records.ShopProblem, int]:
    """Make one order's material arrive after its deadline."""
    order = problem.orders[len(problem.orders) // 2]
    late = tuple(
        replace(op, release_s=(order.deadline_s or 0.0) + DAY) if op.order == order.id else op
        for op in problem.operations
    )
    return replace(problem, operations=late), 2


def standing_machine(problem: records.ShopProblem) -> tuple[records.ShopProblem, int]:
    """Keep the only machine for an order down beyond its deadline."""
    order = problem.orders[len(problem.orders) // 3]
    name = next(op for op in problem.operations if op.order == order.id).alternatives[0].machine
    late = tuple(
        replace(op, alternatives=(replace(op.alternatives[0], machine=name),)) if op.order == order.id else op
        for op in problem.operations
    )
    down = records.Window(0.0, 2 * DAY)
    changed = tuple(replace(m, down=(down,)) if m.id == name else m for m in problem.machines)
    orders = tuple(replace(o, deadline_s=1.9 * DAY) if o.id == order.id else o for o in problem.orders)
    return replace(problem, operations=late, machines=changed, orders=orders), 2


def crowd(problem: records.ShopProblem) -> tuple[records.ShopProblem, int]:
    """Add orders of one long cut each on a separate machine, which has no time for the last of them."""
    run = records.Alternative("crowded", 20 * HOUR)
    due = CROWD * 20 * HOUR - HOUR
    ops = tuple(
        records.ShopOperation(f"crowd{k}|op1", f"crowd{k}", f"crowd{k}", "op1", (run,), 240.0, 60.0)
        for k in range(CROWD)
    )
    orders = tuple(records.ShopOrder(f"crowd{k}", due, deadline_s=due) for k in range(CROWD))
    machines = (*problem.machines, records.ShopMachine("crowded"))
    return replace(
        problem, operations=problem.operations + ops, orders=problem.orders + orders, machines=machines
    ), CROWD


def main() -> None:
    """Plant conflicts, search for them, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--machines", type=int, default=50)
    parser.add_argument("--operations", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=20.0)
    chosen = parser.parse_args()
    found = proved = helped = asked = 0
    for seed in range(chosen.first_seed, chosen.first_seed + chosen.seeds):
        problem = calm(seed, chosen.machines, chosen.operations)
        for plant in (late_material, standing_machine, crowd):
            changed, size = plant(problem)
            began = time.perf_counter()
            conflict = find_conflict(changed, seconds=chosen.seconds)
            share = (time.perf_counter() - began) / chosen.seconds
            demands = conflict.demands if conflict else ()
            everything = demands_of(changed)
            lifted = [
                can_be_planned(relaxed(changed, [d for d in everything if d != demand]), seed) for demand in demands
            ]
            asked += 1
            found += 0 < len(demands) <= size
            proved += bool(conflict and conflict.smallest)
            helped += bool(lifted) and all(lifted)
            print(
                f"{seed} {plant.__name__}: {len(changed.operations)} operations, planted {size}, found {len(demands)} in "
                f"{share:.2f} of the time limit: {[(d.kind, d.subject) for d in demands]}",
                flush=True,
            )
    print(f"found {found} of {asked}; proved smallest: {proved}; dropping any one demand proved to help: {helped}")


if __name__ == "__main__":
    main()
