"""Find where to hold safety stock in a supply chain, with a proven bound (guaranteed-service model, general networks).

A stage that quotes service time S after inbound time I and its own time T holds stock for I + T - S days at cost
``weight * sqrt(I + T - S)``. This is a concave cost over a network polyhedron, so some optimum is at a vertex, in whole days. Two methods
narrow the gap: slope scaling and coordinate moves give a plan; the tree programme with priced arcs (``tree_bound``), branched on those
arcs, gives a bound and more plans. If a gap remains, a mixed-integer program over chords of the root (which are never above it) follows.
Chords are refined where the solution of the bound is between their ends, until plan and bound meet or the effort limit is reached.
"""

import heapq
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.inventory.network import Chain, Floats, Ints, Network, network

if TYPE_CHECKING:
    from nightmill.inventory.tree_bound import TreeBound

LONG_ROUNDS = 6
SHORT_ROUND = 0.25  # weight of a round that ended before its time limit, counted towards LONG_ROUNDS
SAME = 1e-6
NEAR = 0.003
"""Gap that is too small to justify a mixed-integer program."""
CLIMBS, BRANCH_CLIMBS = 1500, 12
STEPS = 1_500_000_000
"""Maximum number of steps in tree programmes for one network: states of a stage times the choices in each state."""


class StageBuffer(msgspec.Struct, frozen=True):
    """One stage's times in days and stocks in pieces; base stock = mean demand over the net time + safety stock."""

    name: str
    inbound_time: int
    service_time: int
    safety_stock: float
    base_stock: float


class BufferPlan(msgspec.Struct, frozen=True):
    """The result of ``nightmill buffers``: ``cost`` per year, a proven ``lower_bound``, ``gap`` = cost / bound - 1."""

    cost: float
    lower_bound: float
    gap: float
    stages: tuple[StageBuffer, ...]


class _Relaxation(msgspec.Struct, frozen=True):
    bound: float
    service: Ints | None
    proven: bool


def place_buffers(chain: Chain, time_limit_s: float = 30.0, file: str = "chain.json") -> BufferPlan:
    """Find service times with the lowest holding cost within about ``time_limit_s`` of solver time, and a proven bound.

    Raises ``BadInput`` for unknown stages or a cycle in ``file``. The bound comes from the dual side of the relaxation, never from the
    plan.
    """
    from nightmill.inventory.tree_bound import TreeBound

    net = network(chain, file)
    longest = _longest_times(net)
    tree = TreeBound(net, longest)
    if tree.exact:
        bound, service, _ = tree.value(np.zeros(0))
        # If stock costs nothing, the programme may choose longer waits than needed; the shortest waits cost no more.
        service = _feasible(net, service.astype(np.float64))
        return _answer(net, service, _cost(net, service), bound)
    service = _improved(net, _slope_scaled(net, longest))
    service, bound = _branched(net, tree, service)
    if _cost(net, service) > bound * (1 + NEAR):
        service, bound = _by_chords(net, longest, service, bound, time_limit_s)
    return _answer(net, service, _cost(net, service), bound)


def _branched(net: Network, tree: "TreeBound", service: Ints) -> tuple[Ints, float]:
    """Branch and bound over the times of the arcs outside the tree, starting with the lowest bound."""
    cost = _cost(net, service)
    top = tree.climb(cost, CLIMBS)
    service, cost = _best_of(net, service, cost, top.found)
    waiting = [(top.bound, 0, top, tree.whole())]
    closed, number, steps = math.inf, 1, top.steps
    while waiting and steps < STEPS and waiting[0][0] < cost * (1 - SAME):
        _, _, climb, box = heapq.heappop(waiting)
        halves = tree.split(climb, box)
        if not halves:
            closed = min(closed, climb.bound)
            continue
        for half in halves:
            below = tree.climb(cost, BRANCH_CLIMBS, climb, half)
            steps += below.steps
            if not math.isfinite(below.bound):
                continue
            # The bound of a half is at least that of the whole box.
            below = msgspec.structs.replace(below, bound=max(below.bound, climb.bound))
            service, cost = _best_of(net, service, cost, (below.service,))
            if below.bound < cost * (1 - SAME):
                heapq.heappush(waiting, (below.bound, number, below, half))
                number += 1
    return service, min(closed, cost, min((entry[0] for entry in waiting), default=cost))


def _best_of(net: Network, service: Ints, cost: float, found: tuple[Ints, ...]) -> tuple[Ints, float]:
    """Return the best plan near the last service times of a climb; plans that come close to the best cost are improved first."""
    for times in found[-12:]:
        plan = _feasible(net, times.astype(np.float64))
        if _cost(net, plan) < cost * 1.05:
            plan = _improved(net, plan)
            if _cost(net, plan) < cost:
                service, cost = plan, _cost(net, plan)
    return service, cost


def _by_chords(
    net: Network, longest: Ints, service: Ints, bound: float, time_limit_s: float
) -> tuple[Ints, float]:  # fmt: skip
    """Return a better plan and bound from mixed-integer programs over chords, refined in rounds."""
    cost = _cost(net, service)
    points = [_first_points(int(m)) for m in longest]
    effort = 0.0
    while effort < LONG_ROUNDS:
        _add_points(points, _net_time(net, service))
        found = _relaxed(net, longest, points, time_limit_s / LONG_ROUNDS)
        effort += SHORT_ROUND if found.proven else 1.0
        bound = max(bound, min(found.bound, cost))
        if found.service is None:
            break
        reached = _net_time(net, found.service)
        known = all(t in set(p) for t, p in zip(reached.tolist(), points, strict=True))
        _add_points(points, reached)
        other = _improved(net, found.service)
        if _cost(net, other) < cost * (1 - 1e-12):
            service, cost = other, _cost(net, other)
        elif known:
            break
        if cost <= bound * (1 + SAME):
            break
    return service, bound


def _answer(net: Network, service: Ints, cost: float, bound: float) -> BufferPlan:
    inbound, days = _inbound(net, service), _net_time(net, service)
    stages = tuple(
        StageBuffer(
            name, int(inbound[i]), int(service[i]),
            float(net.spread[i] * math.sqrt(days[i])),
            float(net.mean[i] * days[i] + net.spread[i] * math.sqrt(days[i])),
        )
        for i, name in enumerate(net.names)
    )  # fmt: skip
    gap = cost / bound - 1 if bound > 0 else (0.0 if cost == 0 else math.inf)
    return BufferPlan(cost, bound, max(0.0, gap), stages)


def _inbound(net: Network, service: Ints) -> Ints:
    """Return the shortest inbound times that the suppliers' service times allow."""
    return np.array([max((service[j] for j in parts), default=0) for parts in net.suppliers], np.int64)


def _net_time(net: Network, service: Ints) -> Ints:
    return _inbound(net, service) + net.time - service


def _cost(net: Network, service: Ints) -> float:
    return float(net.weight @ np.sqrt(_net_time(net, service)))


def _longest_times(net: Network) -> Ints:
    """Return the longest net replenishment time I + T of each stage, reached if every supplier quotes its maximum."""
    longest = net.time.copy()
    quote = net.time.copy()
    for i in net.order:
        longest[i] += max((quote[j] for j in net.suppliers[i]), default=0)
        quote[i] = longest[i] if net.quote_limit[i] < 0 else min(longest[i], net.quote_limit[i])
    return longest


def _feasible(net: Network, service: Floats) -> Ints:
    """Return feasible service times in whole days near ``service``, starting with the suppliers."""
    out = np.zeros(len(service), np.int64)
    for i in net.order:
        most = max((out[j] for j in net.suppliers[i]), default=0) + net.time[i]
        if net.quote_limit[i] >= 0:
            most = min(most, net.quote_limit[i])
        out[i] = min(max(0, round(float(service[i]))), most)
    return out


def _slope_scaled(net: Network, longest: Ints) -> Ints:
    """Apply slope scaling (Kim & Pardalos 1999): solve linear programs with the slopes of the last solution's chords."""
    best, best_cost = np.zeros(len(longest), np.int64), math.inf
    span = np.maximum(longest, 1).astype(float)
    for start in (span, np.sqrt(span), np.maximum(net.time, 1).astype(float), np.ones_like(span)):
        slope = net.weight / np.sqrt(start)
        for _ in range(12):
            solution = _linear(net, longest, slope)
            if solution is None:
                break
            service = _feasible(net, solution)
            cost = _cost(net, service)
            if cost < best_cost * (1 - 1e-12):
                best, best_cost = service, cost
            days = _net_time(net, service).astype(float)
            # A stage without stock keeps its slope, since its chord is not known.
            fresh = np.where(days > 0, net.weight / np.sqrt(np.maximum(days, 1e-9)), slope)
            if np.allclose(fresh, slope):
                break
            slope = fresh
    return best


def _rows(net: Network) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    pairs = [(j, i) for i, parts in enumerate(net.suppliers) for j in parts]
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _linear(net: Network, longest: Ints, slope: Floats) -> Floats | None:
    """Return service times from the linear program that minimises slope x net time; its variables are S, followed by I."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    n = len(longest)
    part, user = _rows(net)
    k = len(part)
    data = np.concatenate([np.ones(k), -np.ones(k), np.ones(n), -np.ones(n)])
    row = np.concatenate([np.arange(k), np.arange(k), k + np.arange(n), k + np.arange(n)])
    col = np.concatenate([part, n + user, np.arange(n), n + np.arange(n)])
    most = np.where(net.quote_limit < 0, longest, np.minimum(longest, np.maximum(net.quote_limit, 0)))
    bounds: Any = np.concatenate(
        [np.stack([np.zeros(n), most], axis=1), np.stack([np.zeros(n), longest - net.time], axis=1)]
    )
    scale = max(float(slope.max()), 1e-12)
    matrix: Any = coo_array((data, (row, col)), shape=(k + n, 2 * n)).tocsr()
    result = linprog(
        np.concatenate([-slope, slope]) / scale,
        A_ub=matrix,
        b_ub=np.concatenate([np.zeros(k), net.time]),
        bounds=bounds,
        method="highs",
    )
    return None if result.x is None else np.asarray(result.x[:n], np.float64)


def _improved(net: Network, service: Ints) -> Ints:
    """Make coordinate moves until none helps: a stage quotes zero, its maximum, or a time for which its users wait anyway."""
    S = service.tolist()
    inbound = _inbound(net, service).tolist()
    T, limit, weight = net.time.tolist(), net.quote_limit.tolist(), net.weight.tolist()

    def moved(i: int, quote: int) -> tuple[float, list[tuple[int, int]]]:
        """Return the change in cost if stage i quotes ``quote``; infinite if a user could no longer keep its own quote."""
        change = weight[i] * (math.sqrt(inbound[i] + T[i] - quote) - math.sqrt(inbound[i] + T[i] - S[i]))
        waits = []
        for user in net.users[i]:
            wait = max((quote if j == i else S[j]) for j in net.suppliers[user])
            if wait != inbound[user]:
                if wait + T[user] < S[user]:
                    return math.inf, []
                change += weight[user] * (
                    math.sqrt(wait + T[user] - S[user]) - math.sqrt(inbound[user] + T[user] - S[user])
                )
                waits.append((user, wait))
        return change, waits

    for _ in range(20):
        better = False
        for i in net.order:
            most = inbound[i] + T[i] if limit[i] < 0 else min(inbound[i] + T[i], limit[i])
            quotes = {0, most, *(q for user in net.users[i] if (q := inbound[user]) <= most)}
            for quote in sorted(quotes - {S[i]}):
                change, waits = moved(i, quote)
                if change < -1e-9 * (1 + weight[i]):
                    S[i] = quote
                    for user, wait in waits:
                        inbound[user] = wait
                    better = True
        if not better:
            break
    return np.array(S, np.int64)


def _first_points(longest: int) -> list[int]:
    return sorted({0, longest})


def _add_points(points: list[list[int]], days: Ints) -> None:
    for own, day in zip(points, days.tolist(), strict=True):
        if day not in own:
            own.append(day)
            own.sort()


def _relaxed(net: Network, longest: Ints, points: list[list[int]], time_limit_s: float) -> _Relaxation:
    """Return the chord relaxation: its proven bound, and the service times in its best solution.

    Variables: S, I, and for each chord of each stage a length t and a choice y; I + T - S = sum t, low y <= t <= high y, sum y = 1
    (multiple choice, Croxton, Gendron & Magnanti 2003).
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    n = len(longest)
    part, user = _rows(net)
    chords = [(i, a, b) for i, own in enumerate(points) for a, b in pairwise(own)]
    owner = np.array([c[0] for c in chords], np.int64)
    low = np.array([c[1] for c in chords], float)
    high = np.array([c[2] for c in chords], float)
    m, k = len(chords), len(part)
    slope = (np.sqrt(high) - np.sqrt(low)) / np.maximum(high - low, 1)
    scale = max(float(net.weight.max()), 1e-12)
    weight = net.weight[owner] / scale
    t, y = 2 * n + np.arange(m), 2 * n + m + np.arange(m)
    single = np.bincount(owner, minlength=n) <= 1
    entries = [
        (np.ones(k), np.arange(k), part), (-np.ones(k), np.arange(k), n + user),
        (np.ones(n), k + np.arange(n), n + np.arange(n)), (-np.ones(n), k + np.arange(n), np.arange(n)),
        (-np.ones(m), k + owner, t),
        (np.ones(m), k + n + np.arange(m), t), (-high, k + n + np.arange(m), y),
        (np.ones(m), k + n + m + np.arange(m), t), (-low, k + n + m + np.arange(m), y),
        (np.ones(m), k + n + 2 * m + owner, y),
    ]  # fmt: skip
    data, row, col = (np.concatenate([entry[place] for entry in entries]) for place in range(3))
    rows, columns = k + 2 * n + 2 * m, 2 * n + 2 * m
    count = np.bincount(owner, minlength=n)
    infinite = np.full(rows, np.inf)
    at_least = np.concatenate([-infinite[:k], -net.time, -infinite[:m], np.zeros(m), np.zeros(n)])
    at_most = np.concatenate([np.zeros(k), -net.time, np.zeros(m), infinite[:m], np.minimum(count, 1)])
    at_least[k + n + 2 * m :] = np.minimum(count, 1)
    quote = np.where(net.quote_limit < 0, longest, np.minimum(longest, np.maximum(net.quote_limit, 0)))
    upper = np.concatenate([quote, longest - net.time, high, np.ones(m)])
    result = milp(
        np.concatenate([np.zeros(2 * n), weight * slope, weight * (np.sqrt(low) - slope * low)]),
        constraints=LinearConstraint(coo_array((data, (row, col)), shape=(rows, columns)).tocsr(), at_least, at_most),
        bounds=Bounds(np.zeros(columns), upper),
        integrality=np.concatenate([np.zeros(2 * n + m), np.where(single[owner], 0, 1)]),
        options={"time_limit": max(time_limit_s, 0.1), "mip_rel_gap": 1e-7},
    )
    dual = getattr(result, "mip_dual_bound", None) if not single.all() else result.fun if result.status == 0 else None
    bound = 0.0 if dual is None or not math.isfinite(dual) else max(0.0, float(dual) * scale)
    service = None if result.x is None else _feasible(net, np.asarray(result.x[:n], np.float64))
    return _Relaxation(bound, service, result.status == 0)
