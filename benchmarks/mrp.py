"""Compare material planning of an AI server's bill of material with two plain Python planners, in one run, with the same orders and pegs.

Run: ``python benchmarks/mrp.py [ITEMS] [SEED] [--large ITEMS]`` (60000, 1; no large one). The bill is generated: ten
levels, shared parts by a power law, three lot rules, 52 weeks. The naive planner follows the textbook: each part, order
and peg is an object, quantities are in dictionaries by week, and parts in a dictionary by name. The tuned planner nets
and pegs with lists and tuples by row. All of them get the same prepared bill with items in low-level-code order, so
that reading isn't measured.
"""

import argparse
import statistics
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from nightmill.mrp import compute_plan
from nightmill.mrp.arrays import FORECAST, SAFETY, BomArrays, BomLines, MrpInputs, bom_arrays

WEEKS = 52
ROUNDS = 3
SHARES = (0.004, 0.012, 0.03, 0.06, 0.09, 0.12, 0.16, 0.22, 0.30)
"""Fraction of all items on levels 1 to 9; level 0 consists of the end items."""


def server_bill(items: int, seed: int) -> MrpInputs:
    """Return the inputs of a plan of an electronic product: made parts above, bought parts below, popular parts used
    often.
    """
    rng = np.random.default_rng(seed)
    ends = max(2, items // 300)
    counts = [ends, *(max(2, round(share * (items - ends))) for share in SHARES)]
    level = np.repeat(np.arange(10), counts)
    n, bounds = len(level), np.concatenate([[0], np.cumsum(counts)])
    make_share = np.array([1.0, 1.0, 0.85, 0.7, 0.55, 0.4, 0.25, 0.12, 0.04, 0.0])
    made = rng.random(n) < make_share[level]
    parents, children = [], []
    for top in range(9):
        own = np.flatnonzero((level == top) & made)
        parent = np.repeat(own, 2 + rng.poisson(6, len(own)))
        below = np.minimum(9, top + np.where(rng.random(len(parent)) < 0.6, 1, 1 + rng.geometric(0.5, len(parent))))
        place = rng.random(len(parent)) ** 1.7
        parents.append(parent)
        children.append(bounds[below] + (place * (bounds[below + 1] - bounds[below])).astype(np.int64))
        unused = np.setdiff1d(np.flatnonzero(level == top + 1), children[-1])
        parents.append(own[rng.integers(0, len(own), len(unused))])
        children.append(unused)
    parent, child = np.concatenate(parents), np.concatenate(children)
    order = np.argsort(parent, kind="stable")
    lines = len(order)
    none = np.zeros(lines, np.int64)
    columns = BomLines(
        parent=parent[order], child=child[order], qty=rng.choice([1, 1, 1, 1, 2, 2, 3, 4, 6, 8, 12], lines),
        scrap=none, start=none, end=none + WEEKS - 1, group=none - 1, priority=none + 1,
    )  # fmt: skip
    bom = bom_arrays(n, columns, WEEKS)
    demand = np.zeros((n, WEEKS), np.int64)
    demand[:ends] = rng.poisson(rng.gamma(2, 2, ends)[:, None], (ends, WEEKS))
    service = rng.choice(np.arange(ends, n), n // 50, replace=False)
    demand[service] = rng.poisson(0.5, (len(service), WEEKS))
    use = weekly_use(bom, demand.mean(axis=1))
    rule = rng.choice([0, 1, 3], n, p=[0.55, 0.3, 0.15])
    receipts = np.zeros((n, WEEKS), np.int64)
    some = rng.choice(n, n // 3, replace=False)
    receipts[some, rng.integers(0, 8, len(some))] = np.ceil(use[some])
    empty = np.zeros(0, np.int64)
    lead = np.where(made, rng.integers(0, 3, n), rng.integers(1, 17, n))
    early = np.arange(WEEKS)[None, :] - np.arange(17)[:, None]
    return MrpInputs(
        weeks=WEEKS, names=tuple(map(str, range(n))), phantom=np.zeros(n, bool), lead=lead,
        safety_time=np.zeros(n, np.int64), row=lead, release=np.maximum(0, early).astype(np.int16),
        late=np.maximum(0, -early).astype(np.int16), rule=rule, trade=np.zeros(n),
        lot=np.where(rule == 1, rng.choice([5, 10, 25, 50, 100], n), np.where(rule == 3, 4, 1)),
        safety=np.ceil(use * 0.3).astype(np.int64), share=np.full(n, 100), on_hand=np.ceil(3 * use).astype(np.int64),
        receipts=receipts, independent=demand, bom=bom, order_first=np.zeros(n + 1, np.int64), order_week=empty,
        order_qty=empty, order_ref=empty, order_names=(),
    )  # fmt: skip


def weekly_use(bom: BomArrays, own: np.ndarray) -> np.ndarray:
    use = own.astype(float)
    for i in range(len(use)):
        span = slice(bom.first[i], bom.first[i + 1])
        np.add.at(use, bom.child[span], use[i] * bom.qty[span])
    return use


Order = tuple[int, int, int]
Item = tuple[int, int, int, int, int, int, list[int], list[int], list[tuple[int, int]]]


def plain_items(inputs: MrpInputs) -> list[Item]:
    """Return the bill as lists, as a plain program would hold it."""
    first, child, qty = inputs.bom.first.tolist(), inputs.bom.child.tolist(), inputs.bom.qty.tolist()
    columns = (inputs.lead, inputs.rule, inputs.lot, inputs.safety, inputs.share, inputs.on_hand)
    rows = zip(*(c.tolist() for c in columns), inputs.receipts.tolist(), inputs.independent.tolist(), strict=True)
    return [
        (*row, list(zip(child[first[i] : first[i + 1]], qty[first[i] : first[i + 1]], strict=True)))
        for i, row in enumerate(rows)
    ]  # fmt: skip


def plain_plan(items: list[Item], weeks: int) -> tuple[list[Order], list[tuple[int, int, int, int, int]]]:
    """Net in plain Python: return orders (item, due, quantity) and pegs (item, supply, parent, due, quantity)."""
    drawn: list[list[tuple[int, int, int, int]]] = [[] for _ in items]
    orders: list[Order] = []
    pegs: list[tuple[int, int, int, int, int]] = []
    for i, (lead, rule, lot, safety, share, on_hand, receipts, independent, lines) in enumerate(items):
        gross = independent[:]
        for week, _, _, quantity in drawn[i]:
            gross[week] += quantity
        supplies = deque([[0, on_hand]] if on_hand else [])
        available = on_hand
        for t in range(weeks):
            if receipts[t]:
                supplies.append([1 + 2 * t, receipts[t]])
            available += receipts[t] - gross[t]
            if available >= safety:
                continue
            need = good = safety - available
            if rule == 1:
                good = -(-need // lot) * lot
            elif rule == 2:
                good = max(need, lot)
            elif rule == 3:
                good = max(need, need + sum(gross[t + 1 : t + lot]) - sum(receipts[t + 1 : t + lot]))
            begun = -(-100 * good // share)
            available += good
            orders.append((i, t, good))
            supplies.append([2 + 2 * t, good])
            release = max(0, t - lead)
            for child, quantity in lines:
                drawn[child].append((release, i, t, begun * quantity))
        demands = [(t, -1, t, quantity) for t, quantity in enumerate(independent) if quantity]
        demands += drawn[i]
        demands.sort(key=lambda demand: demand[0])
        if safety:
            demands.append((weeks, -2, weeks, safety))
        for _, parent, due, need in demands:
            while need:
                supply = supplies[0]
                taken = min(need, supply[1])
                pegs.append((i, supply[0], parent, due, taken))
                need -= taken
                supply[1] -= taken
                if not supply[1]:
                    supplies.popleft()
        drawn[i] = []
    return orders, pegs


@dataclass(slots=True)
class Part:
    """A part as an object in a naive program."""

    name: str
    lead: int
    rule: int
    lot: int
    safety: int
    share: int
    on_hand: int
    receipts: dict[int, int]
    independent: dict[int, int]
    lines: list[tuple[str, int]]


@dataclass(slots=True)
class NaiveOrder:
    item: str
    due: int
    quantity: int
    begun: int
    release: int


@dataclass(slots=True)
class NaivePeg:
    item: str
    supply: str
    demand: str
    quantity: int


def naive_parts(inputs: MrpInputs) -> list[Part]:
    """Return the bill as objects, by name."""
    names = inputs.names
    return [
        Part(
            name, lead, rule, lot, safety, share, on_hand, {t: q for t, q in enumerate(receipts) if q},
            {t: q for t, q in enumerate(independent) if q}, [(names[child], quantity) for child, quantity in lines],
        )
        for name, (lead, rule, lot, safety, share, on_hand, receipts, independent, lines) in zip(names, plain_items(inputs), strict=True)
    ]  # fmt: skip


def naive_plan(parts: list[Part], weeks: int) -> tuple[list[NaiveOrder], list[NaivePeg]]:  # noqa: C901 - told in one piece
    """Plan as in the textbook, with objects and dictionaries."""
    demands: dict[str, list[tuple[int, str, int]]] = {
        part.name: [(t, f"demand:{t}", q) for t, q in part.independent.items()] for part in parts
    }
    orders: list[NaiveOrder] = []
    pegs: list[NaivePeg] = []
    for part in parts:
        own = sorted(demands[part.name], key=lambda demand: demand[0])
        gross: dict[int, int] = {}
        for week, _, quantity in own:
            gross[week] = gross.get(week, 0) + quantity
        supplies = {"stock": part.on_hand}
        available = part.on_hand
        for t in range(weeks):
            if t in part.receipts:
                supplies[f"receipt:{t}"] = part.receipts[t]
            available += part.receipts.get(t, 0) - gross.get(t, 0)
            if available >= part.safety:
                continue
            order = NaiveOrder(part.name, t, part.safety - available, 0, max(0, t - part.lead))
            if part.rule == 1:
                order.quantity = -(-order.quantity // part.lot) * part.lot
            elif part.rule == 2:
                order.quantity = max(order.quantity, part.lot)
            elif part.rule == 3:
                coming = range(t + 1, min(weeks, t + part.lot))
                order.quantity += max(0, sum(gross.get(u, 0) - part.receipts.get(u, 0) for u in coming))
            order.begun = -(-100 * order.quantity // part.share)
            available += order.quantity
            orders.append(order)
            supplies[f"{part.name}@{t}"] = order.quantity
            for child, quantity in part.lines:
                demands[child].append((order.release, f"{part.name}@{t}", order.begun * quantity))
        if part.safety:
            own.append((weeks, "safety", part.safety))
        left = list(supplies)
        for _, demand, need in own:
            while need:
                taken = min(need, supplies[left[0]])
                if taken:
                    pegs.append(NaivePeg(part.name, left[0], demand, taken))
                need -= taken
                supplies[left[0]] -= taken
                if not supplies[left[0]]:
                    del left[0]
    return orders, pegs


def seconds(clock: Callable[[], float], work: Callable[..., object], *arguments: object) -> float:
    began = clock()
    work(*arguments)
    return clock() - began


def same_answer(inputs: MrpInputs) -> str:
    """Return the plan's size in words; raise if the planners differ."""
    plan = compute_plan(inputs)
    orders, pegs = plain_plan(plain_items(inputs), WEEKS)
    told, pegged = naive_plan(naive_parts(inputs), WEEKS)
    assert [(int(o.item), o.due, o.quantity) for o in told] == orders, "the naive planner's orders differ"
    assert [(int(p.item), p.quantity) for p in pegged] == [(p[0], p[4]) for p in pegs], (
        "the naive planner's pegs differ"
    )
    own = [
        (i, t, int(plan.good[i, t])) for i, t in zip(*(axis.tolist() for axis in np.nonzero(plan.good)), strict=True)
    ]
    item = np.concatenate([np.repeat(np.arange(len(p.first) - 1) + p.begin, np.diff(p.first)) for p in plan.pegs])
    code, demand, quantity = (np.concatenate([getattr(p, name) for p in plan.pegs]) for name in ("code", "demand", "quantity"))  # fmt: skip
    parent = np.where(demand >= 0, demand // WEEKS, np.where(demand == SAFETY, -2, -1))
    week = np.where(demand >= 0, demand % WEEKS, np.where(demand == SAFETY, WEEKS, FORECAST - demand))
    mine = np.stack([item, code, parent, week, quantity])
    theirs = np.array(pegs, np.int64).T
    assert own == orders, "the planned orders differ"
    assert np.array_equal(np.unique(merged(mine), axis=1), np.unique(merged(theirs), axis=1)), "the pegs differ"
    return f"{len(orders):,} planned orders and {len(pegs):,} pegs, the same from all three planners"


def merged(pegs: np.ndarray) -> np.ndarray:
    """Merge pegs from one supply to one parent's order, since a parent may use an item on two lines."""
    pegs = pegs[:, np.lexsort(pegs[3::-1])].astype(np.int64)
    new = np.flatnonzero(np.concatenate([[True], (np.diff(pegs[:4], axis=1) != 0).any(axis=0)]))
    return np.concatenate([pegs[:4, new], np.add.reduceat(pegs[4], new)[None]])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("items", type=int, nargs="?", default=60_000)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--large", type=int, default=0)
    asked = parser.parse_args()
    inputs = server_bill(asked.items, asked.seed)
    print(f"{len(inputs.names):,} items, {len(inputs.bom.child):,} BOM lines, {WEEKS} weeks")
    print(same_answer(inputs))
    peers = ("naive", naive_plan, naive_parts(inputs)), ("tuned plain", plain_plan, plain_items(inputs))
    for name, clock, threads in (("one thread", time.process_time, None), ("two threads", time.perf_counter, ThreadPoolExecutor(1))):  # fmt: skip
        rounds = [(seconds(clock, compute_plan, inputs, WEEKS, threads), *(seconds(clock, plan, bill, WEEKS) for _, plan, bill in peers)) for _ in range(ROUNDS)]  # fmt: skip
        print(f"{name}: own {statistics.median(own for own, *_ in rounds):.3f} s")
        for k, (peer, _, _) in enumerate(peers, 1):
            ratios = [row[k] / row[0] for row in rounds]
            print(
                f"    {statistics.median(ratios):.0f} times the {peer} planner ({min(ratios):.0f} .. {max(ratios):.0f})"
            )
    if asked.large:
        inputs = server_bill(asked.large, asked.seed)
        plan = compute_plan(inputs)
        print(f"{len(inputs.names):,} items, {len(inputs.bom.child):,} BOM lines: {sum(len(part.code) for part in plan.pegs):,} pegs in {seconds(time.process_time, compute_plan, inputs):.2f} s of processor time")  # fmt: skip


if __name__ == "__main__":
    main()
