"""Guaranteed-service placement by trees: exact on a tree, and a Lagrangian bound on any network.

The tree programme (Graves & Willems 2000, section 4) gives the cheapest service times for a spanning tree. For each arc left out of the
tree, the condition S(part) <= I(user) is priced into the objective (Lagrangian relaxation, Fisher 1981); the prices are raised by
subgradients. The value is a lower bound for any prices.
"""

import msgspec
import numpy as np

from nightmill.inventory.network import Floats, Ints, Network
from nightmill.vocabulary.compiled import compiled

PATIENCE = 15
SAME = 1e-6


@compiled
def tree_programme(  # noqa: C901 - one kernel, both directions through an arc
    turn: Ints, to: Ints, down: Ints, time: Ints, weight: Floats, most_s: Ints, most_i: Ints, first_s: Ints, first_i: Ints,
    at_s: Floats, at_i: Floats, root: Floats, choice_s: Ints, choice_i: Ints, best_s: Ints, best_i: Ints,
    service: Ints, inbound: Ints,
) -> float:  # fmt: skip
    """Find the least cost of the forest; write ``service`` and ``inbound`` [n].

    ``turn`` lists the stages, each before the stage that it is joined ``to`` (-1: none); ``down`` is 1 if that stage is a user, 0 if it
    is a supplier. ``at_s`` and ``at_i`` hold the extra cost of each service and inbound time: for stage k they start at ``first_s[k]``
    and ``first_i[k]`` and cover 0 .. ``most_s[k]`` and 0 .. ``most_i[k]``; they are overwritten. ``root`` [t] = sqrt(t).
    """
    total = 0.0
    for k in turn:
        s0, i0, p = first_s[k], first_i[k], to[k]
        if p < 0 or down[k] == 1:
            low = np.inf
            choice = 0
            for s in range(most_s[k] + 1):
                best = np.inf
                for i in range(max(0, s - time[k]), most_i[k] + 1):
                    cost = weight[k] * root[i + time[k] - s] + at_i[i0 + i]
                    if cost < best:
                        best = cost
                        choice_i[s0 + s] = i
                best += at_s[s0 + s]
                if best < low:
                    low = best
                    choice = s
                best_s[s0 + s] = choice
                if p >= 0 and s <= most_i[p]:
                    at_i[first_i[p] + s] += low
            if p < 0:
                total += low
            else:
                for i in range(most_s[k] + 1, most_i[p] + 1):
                    at_i[first_i[p] + i] += low
        else:
            low = np.inf
            choice = 0
            for i in range(most_i[k], -1, -1):
                best = np.inf
                for s in range(min(i + time[k], most_s[k]) + 1):
                    cost = weight[k] * root[i + time[k] - s] + at_s[s0 + s]
                    if cost < best:
                        best = cost
                        choice_s[i0 + i] = s
                best += at_i[i0 + i]
                if best < low:
                    low = best
                    choice = i
                best_i[i0 + i] = choice
                if i <= most_s[p]:
                    at_s[first_s[p] + i] += low
    for place in range(len(turn) - 1, -1, -1):
        k = turn[place]
        p = to[k]
        if p < 0 or down[k] == 1:
            service[k] = best_s[first_s[k] + (most_s[k] if p < 0 else min(inbound[p], most_s[k]))]
            inbound[k] = choice_i[first_s[k] + service[k]]
        else:
            inbound[k] = best_i[first_i[k] + service[p]]
            service[k] = choice_s[first_i[k] + inbound[k]]
    return total


class TreeBound:
    """The relaxation of one network; it is ``exact`` if the network is a forest. A tree programme takes ``steps`` steps."""

    def __init__(self, net: Network, longest: Ints) -> None:
        self.net = net
        n = len(net.names)
        arcs = [(j, i) for i in range(n) for j in net.suppliers[i]]
        arcs.sort(key=lambda arc: -(net.weight[arc[0]] + net.weight[arc[1]]))
        joined, left = _forest(n, arcs)
        self.exact = not left
        self.part, self.user = (np.array([arc[end] for arc in left], np.int64) for end in (0, 1))
        self.turn, self.to, self.down = _elimination(n, joined)
        limit = np.where(net.quote_limit < 0, longest, np.minimum(longest, np.maximum(net.quote_limit, 0)))
        self.most_s: Ints = limit.astype(np.int64)
        self.most_i: Ints = longest - net.time
        self.first_s: Ints = np.concatenate([[0], np.cumsum(self.most_s + 1)])
        self.first_i: Ints = np.concatenate([[0], np.cumsum(self.most_i + 1)])
        self.root: Floats = np.sqrt(np.arange(int(longest.max()) + 1))
        self.own_s: Ints = np.repeat(np.arange(n), self.most_s + 1)
        self.own_i: Ints = np.repeat(np.arange(n), self.most_i + 1)
        self.time_s: Ints = np.arange(self.first_s[-1]) - self.first_s[self.own_s]
        self.time_i: Ints = np.arange(self.first_i[-1]) - self.first_i[self.own_i]
        self.steps = int(((self.most_s + 1) * (self.most_i + 1)).sum()) + 20 * n

    def value(self, price: Floats, box: "Box | None" = None) -> tuple[float, Ints, Ints]:
        """Return the least cost under prices within a box (infinite: none), and the service and inbound times that give it."""
        n = len(self.to)
        on_s, on_i = (np.bincount(ends, price, minlength=n).astype(np.float64) for ends in (self.part, self.user))
        service, inbound = np.zeros(n, np.int64), np.zeros(n, np.int64)
        choices = [
            np.zeros(size, np.int64) for size in (len(self.own_i), len(self.own_s), len(self.own_s), len(self.own_i))
        ]
        at_s, at_i = on_s[self.own_s] * self.time_s, -on_i[self.own_i] * self.time_i
        if box is not None:
            at_s[(self.time_s < box.low_s[self.own_s]) | (self.time_s > box.high_s[self.own_s])] = np.inf
            at_i[(self.time_i < box.low_i[self.own_i]) | (self.time_i > box.high_i[self.own_i])] = np.inf
        cost = tree_programme(
            self.turn, self.to, self.down, self.net.time, self.net.weight, self.most_s, self.most_i, self.first_s,
            self.first_i, at_s, at_i, self.root,
            choices[0], choices[1], choices[2], choices[3], service, inbound,
        )  # fmt: skip
        return float(cost), service, inbound

    def climb(self, cost: float, climbs: int, start: "Climb | None" = None, box: "Box | None" = None) -> "Climb":
        """Make up to ``climbs`` subgradient steps (Polyak 1969) towards a known plan's ``cost``, from the prices of ``start``."""
        price = np.zeros(len(self.part)) if start is None else start.price
        best: Climb | None = None
        length, stale = 1.0, 0
        direction = np.zeros(len(price))
        found: list[Ints] = []
        steps = 0
        for _ in range(climbs):
            value, service, inbound = self.value(price, box)
            steps += self.steps
            if best is None or value > best.bound:
                stale = 0 if best is None or value > best.bound * (1 + 1e-6) else stale + 1
                best = Climb(value, price, service, inbound)
                found.append(service)
            else:
                stale += 1
            if self.exact or best.bound >= cost * (1 - SAME):
                break
            gap = (service[self.part] - inbound[self.user]).astype(np.float64)
            direction = gap + 0.6 * direction
            size = float(direction @ direction)
            if size == 0:
                break
            if stale >= PATIENCE:
                length, stale = length / 2, 0
                price, direction = best.price, np.zeros(len(price))
                if length < 1e-3:
                    break
                continue
            price = np.maximum(0.0, price + length * max(cost - value, 1e-6 * cost) / size * direction)
        if best is None:
            raise ValueError("climb: no step allowed")
        return msgspec.structs.replace(best, found=tuple(found), steps=steps)

    def whole(self) -> "Box":
        """Return the box without any restriction."""
        n = len(self.to)
        return Box(np.zeros(n, np.int64), self.most_s.copy(), np.zeros(n, np.int64), self.most_i.copy())

    def split(self, climb: "Climb", box: "Box") -> "tuple[Box, ...]":
        """Return two boxes that together contain all plans in ``box``; none if the bound's solution is the best plan in it.

        The split is on the priced arc with the largest violation: either S(part) <= m, or S(part) > m and so I(user) > m. If no arc is
        violated, it is on the arc whose price the solution exploits most.
        """
        over = climb.service[self.part] - climb.inbound[self.user]
        weighed = over * (climb.price + 1e-9)
        if not len(over) or (over.max() <= 0 and weighed.min() > -1e-6):
            return ()
        arc = int(np.argmax(weighed)) if over.max() > 0 else int(np.argmin(weighed))
        part, user = int(self.part[arc]), int(self.user[arc])
        middle = int(min(climb.inbound[user], climb.service[part]) + (abs(over[arc]) - 1) // 2)
        high_s, low_s, low_i = box.high_s.copy(), box.low_s.copy(), box.low_i.copy()
        high_s[part] = min(high_s[part], middle)
        low_s[part] = max(low_s[part], middle + 1)
        for i in self.net.users[part]:
            low_i[i] = max(low_i[i], middle + 1)
        return Box(box.low_s, high_s, box.low_i, box.high_i), Box(low_s, box.high_s, low_i, box.high_i)


class Box(msgspec.Struct, frozen=True):
    """The smallest and largest service and inbound times [n] in a branch."""

    low_s: Ints
    high_s: Ints
    low_i: Ints
    high_i: Ints


class Climb(msgspec.Struct, frozen=True):
    """A lower bound with its prices and times, the service times found during the climb, and the steps taken."""

    bound: float
    price: Floats
    service: Ints
    inbound: Ints
    found: tuple[Ints, ...] = ()
    steps: int = 0


def _forest(n: int, arcs: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the arcs of a spanning forest, in order of appearance, and the arcs left out."""
    leader = list(range(n))

    def leads(i: int) -> int:
        while leader[i] != i:
            leader[i] = leader[leader[i]]
            i = leader[i]
        return i

    joined, left = [], []
    for part, user in arcs:
        a, b = leads(part), leads(user)
        if a == b:
            left.append((part, user))
        else:
            leader[a] = b
            joined.append((part, user))
    return joined, left


def _elimination(n: int, joined: list[tuple[int, int]]) -> tuple[Ints, Ints, Ints]:
    """Return an order in which each stage is before the stage that it is joined to, the joined stages, and whether they are users."""
    near: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for part, user in joined:
        near[part].append((user, 1))
        near[user].append((part, 0))
    to, down = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    seen = [False] * n
    order: list[int] = []
    for start in range(n):
        if seen[start]:
            continue
        seen[start] = True
        waiting = [start]
        for k in waiting:
            for other, _ in near[k]:
                if not seen[other]:
                    seen[other] = True
                    to[other] = k
                    # Seen from the other end: 1 if k is a user of ``other``.
                    down[other] = next(kind for place, kind in near[other] if place == k)
                    waiting.append(other)
        order += waiting
    return np.array(order[::-1], np.int64), to, down
