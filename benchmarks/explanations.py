"""Plant causes of lateness in shops where nothing is late, and check the explanations.

Run: ``python benchmarks/explanations.py [--seeds 10] [--operations 400] [--machines 10] [--orders 10]``; takes about a
minute. Each shop is planned, its orders are promised for a little after the planned dates, then one cause is planted
and the plan is repaired. Every order that is then late is late because of that cause, which counts as found if the
largest part of the lateness is attributed to it. A counterfactual counts if the validator accepts its schedule and the
order is less late in it. Times are printed as a fraction of ``--limit-ms``.
"""

import argparse
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable

import msgspec
from night_shop import DAY, HOUR, night_shop

from nightmill.scheduling import LivePlan, records, solve_shop
from nightmill.scheduling.diagnosis.counterfactuals import Explained, Explainer, Ground

replace = msgspec.structs.replace
Plan = tuple[records.ShopProblem, records.ShopSchedule]
Shop = tuple[random.Random, records.ShopProblem, records.ShopSchedule]


def promised(seed: int, machines: int, operations: int) -> Shop:
    """Return a shop with its plan, every order due one to six hours after the plan completes it."""
    rng = random.Random(seed)
    problem = night_shop(seed, machines, operations, 0.6)
    schedule = solve_shop(problem, iterations=300)
    done = {promise.order: promise.promise_s for promise in schedule.promises}
    orders = tuple(replace(o, due_s=done[o.id] + rng.uniform(1.0, 6.0) * HOUR) for o in problem.orders)
    return rng, replace(problem, orders=orders), schedule


def late_material(shop: Shop) -> records.ShopProblem:
    """Make the material of some orders days late."""
    rng, problem, _ = shop
    chosen = {o.id: o.due_s for o in rng.sample(problem.orders, 3)}
    ops = tuple(
        replace(op, release_s=chosen[op.order] + DAY) if op.order in chosen and op.operation == "op1" else op
        for op in problem.operations
    )
    return replace(problem, operations=ops)


def breakdown(shop: Shop) -> records.ShopProblem:
    """Put a machine out of service for two days while it has work."""
    rng, problem, schedule = shop
    at = rng.choice([a for a in schedule.assignments if a.start_s > 4 * HOUR])
    down = records.Window(at.start_s, at.start_s + 2 * DAY)
    return replace(
        problem, machines=tuple(replace(m, down=(down,)) if m.id == at.machine else m for m in problem.machines)
    )


def maintenance(shop: Shop) -> records.ShopProblem:
    """Stop a machine for a day of maintenance while it has work."""
    rng, problem, schedule = shop
    at = rng.choice([a for a in schedule.assignments if a.start_s > 4 * HOUR])
    option = records.MaintenanceOption(at.start_s, 0.0)
    stop = records.MaintenanceChoice("overhaul", at.machine, DAY, (option,), attended=False)
    return replace(problem, maintenance=(stop,))


def absence(shop: Shop) -> records.ShopProblem:
    """Send everybody home for three days."""
    rng, problem, schedule = shop
    begin = rng.uniform(0.2, 0.5) * max(a.done_s for a in schedule.assignments)
    gone = [w for w in problem.presence if begin <= w.start_s < begin + 3 * DAY]
    return replace(problem, presence=tuple(w for w in problem.presence if w not in gone))


def few_pallets(shop: Shop) -> records.ShopProblem:
    """Remove most pallets."""
    _, problem, _ = shop
    return replace(problem, pallets=max(2, problem.pallets // 6))


def worn_tools(shop: Shop) -> records.ShopProblem:
    """Leave no tool life for the night on half the machines."""
    rng, problem, _ = shop
    worn = set(rng.sample([m.id for m in problem.machines], len(problem.machines) // 2))
    budgets = tuple(replace(b, seconds=0.0) if b.machine in worn else b for b in problem.tool_budgets)
    return replace(problem, tool_budgets=budgets)


def rush_orders(shop: Shop) -> records.ShopProblem:
    """Add orders that have a hundred times the weight and the routes of other orders, due at once."""
    rng, problem, _ = shop
    copied = rng.sample(problem.orders, max(2, len(problem.orders) // 5))
    names = {order.id for order in copied}
    added = tuple(
        replace(op, id=f"rush {op.id}", serial=f"rush {op.serial}", order=f"rush {op.order}", release_s=0.0)
        for op in problem.operations
        if op.order in names
    )
    orders = tuple(replace(o, id=f"rush {o.id}", due_s=0.0, weight=100.0) for o in copied)
    return replace(problem, operations=added + problem.operations, orders=problem.orders + orders)


CAUSES: dict[str, Callable[[Shop], records.ShopProblem]] = {
    "material or tools not available": late_material,
    "machine down": breakdown,
    "maintenance": maintenance,
    "nobody present": absence,
    "no pallet free": few_pallets,
    "tools do not last the night": worn_tools,
    "machine busy with other orders": rush_orders,
}


Told = tuple[records.Explanation, list[float], float, float]


def explained(ground: Ground, order: str) -> Told:
    """Return why an order is late, and times in seconds: for each counterfactual, including those that didn't help, for
    the first answer, and for the fastest. The time of an answer runs from the question to the first verified
    counterfactual; infinite if there is none.
    """
    asked = time.process_time()
    explainer = Explainer(ground, order)
    seconds: list[float] = []
    first = quickest = float("inf")
    found: list[tuple[tuple[str, ...], records.Counterfactual]] = []
    for change in explainer.changes():
        began = time.process_time()
        answer = explainer.tried(change)
        seconds.append(time.process_time() - began)
        found += [(change[0], answer)] if answer else []
        if answer and answer.verified:
            first = min(first, time.process_time() - asked)
            quickest = min(quickest, seconds[-1])
    blame = explainer.blamed(found)
    return (
        records.Explanation(order, explainer.late, blame, tuple(answer for _, answer in found)),
        seconds,
        first,
        quickest,
    )


def main() -> None:
    """Plant causes, explain the late orders, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--operations", type=int, default=400)
    parser.add_argument("--machines", type=int, default=10)
    parser.add_argument("--orders", type=int, default=10, help="late orders to explain in each shop")
    parser.add_argument("--limit-ms", type=float, default=100.0)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--no-promise", action="store_true", help="without the plan on which the promises were based")
    chosen = parser.parse_args()
    found: Counter[str] = Counter()
    late: Counter[str] = Counter()
    answered, soon, exact = 0, 0, 0
    shares, firsts, grounds = list[float](), list[float](), list[float]()
    for seed in range(chosen.first_seed, chosen.first_seed + chosen.seeds):
        shop = promised(seed, chosen.machines, chosen.operations)
        for cause, plant in CAUSES.items():
            problem = plant(shop)
            kept = shop[2] if plant is not rush_orders else solve_shop(problem, iterations=0)
            schedule = LivePlan(problem, kept).schedule()
            promises = [p for p in schedule.promises if p.late_by_s > 0 and not p.order.startswith("rush")]
            asked = time.process_time()
            ground = Explained(problem, schedule, None if chosen.no_promise else shop[1:]).ground
            grounds.append(1e3 * (time.process_time() - asked) / chosen.limit_ms)
            for promise in promises[: chosen.orders]:
                told, seconds, first, quickest = explained(ground, promise.order)
                late[cause] += 1
                found[cause] += told.blame[0].cause == cause
                if chosen.show and told.blame[0].cause != cause:
                    print(cause, promise.late_by_s / HOUR, [(b.cause, round(b.seconds / HOUR, 1)) for b in told.blame])
                exact += abs(sum(b.seconds for b in told.blame) - promise.late_by_s) < 1.0
                answered += any(c.verified for c in told.counterfactuals)
                soon += quickest <= 1e-3 * chosen.limit_ms
                shares += [1e3 * each / chosen.limit_ms for each in seconds]
                firsts.append(1e3 * first / chosen.limit_ms)
    total = sum(late.values())
    for cause in CAUSES:
        print(f"{cause:32} found {found[cause]:4} of {late[cause]:4}")
    print(f"found {sum(found.values()) / total:.1%} of {total}; blame adds up in {exact / total:.1%}")
    within = sum(share <= 1.0 for share in shares) / len(shares)
    print(
        f"with a verified counterfactual: {answered / total:.1%}, with one within {chosen.limit_ms:g} ms: "
        f"{soon / total:.1%}"
    )
    print(
        f"time to try and judge a change, as a fraction of {chosen.limit_ms:g} ms: median "
        f"{statistics.median(shares):.2f}, "
        f"maximum {max(shares):.2f}; {within:.1%} of {len(shares)} within the limit"
    )
    early = sum(share <= 1.0 for share in firsts) / len(firsts)
    print(f"time to read the schedule, needed once for all its orders: median {statistics.median(grounds):.2f}")
    print(
        f"from the question to the first verified answer: median {statistics.median(firsts):.2f}, {early:.1%} within the limit"
    )


if __name__ == "__main__":
    main()
