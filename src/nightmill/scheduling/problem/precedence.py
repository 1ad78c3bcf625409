"""Precedence: which operations each operation waits for, on its own route, in shared cuts and in assemblies."""

import itertools
from collections.abc import Iterable

from nightmill.scheduling.problem.records import ShopOperation


def route_of(operations: Iterable[ShopOperation]) -> dict[str, list[str]]:
    """The ids of each part's operations in order, including those shared with other parts."""
    routes: dict[str, list[str]] = {}
    for op in operations:
        for part in (op.serial, *op.together):
            routes.setdefault(part, []).append(op.id)
    return routes


def stand_alone(operations: Iterable[ShopOperation]) -> bool:
    """Return whether every part waits only for its own operations, so that no part is assembled into another or cut together with one."""
    return not any(op.after or op.together for op in operations)


def predecessors(operations: Iterable[ShopOperation]) -> dict[str, set[str]]:
    """Return, by id, the operations that must be done before each operation is mounted, leaving out those implied by others."""
    operations = tuple(operations)
    before: dict[str, set[str]] = {op.id: set() for op in operations}
    routes = route_of(operations)
    for route in routes.values():
        for one, other in itertools.pairwise(route):
            before[other].add(one)
    for op in operations:
        before[op.id] |= {routes[part][-1] for part in op.after if part in routes}
    return before
