"""Encode problem records into the kernels' memory."""

import bisect
import itertools
from collections import Counter
from collections.abc import Mapping

import msgspec
import numpy as np

from nightmill.scheduling.engine.encode_cache import Columns, Names, changed_columns, columns_of, csr, numbered
from nightmill.scheduling.engine.repair_timing import with_repairs
from nightmill.scheduling.engine.state import FAR, Floats, Ints, Memory
from nightmill.scheduling.problem.calendars import present_spans
from nightmill.scheduling.problem.precedence import predecessors, stand_alone
from nightmill.scheduling.problem.records import (
    Alternative,
    ObjectiveWeights,
    ShopOperation,
    ShopProblem,
    ShopSchedule,
    ToolBudget,
)
from nightmill.vocabulary.intervals import complement

_BUCKETS = 16384
_TIMES = ("op_time", "alt_run", "use_s", "absent", "base", "stop_s", "changeover", "unloaded")
_BUCKET_S = 300.0
GRID_S = 2.0**-16
"""Times are rounded to this grid, so that sums and differences are exact and a span is released exactly as it was taken.
"""
CHIPS = -1
"""Pseudo tool number for chip bin and coolant."""


class Layout(msgspec.Struct, frozen=True):
    """Operations in kernel order (grouped by serial) and the names behind the kernel's indices."""

    operations: tuple[ShopOperation, ...]
    serials: tuple[str, ...]
    machines: tuple[str, ...]
    orders: tuple[str, ...]
    fixtures: tuple[str, ...] = ()


def on_grid(seconds: Floats) -> Floats:
    """Times rounded to ``GRID_S``."""
    return np.asarray(np.rint(seconds / GRID_S) * GRID_S)


def layout_of(problem: ShopProblem) -> Layout:
    """The order in which the kernel numbers operations, machines and the rest."""
    serials = tuple(dict.fromkeys(op.serial for op in problem.operations))
    rank = {serial: index for index, serial in enumerate(serials)}
    operations = tuple(sorted(problem.operations, key=lambda op: rank[op.serial]))
    return Layout(
        operations,
        serials,
        tuple(m.id for m in problem.machines),
        tuple(order.id for order in problem.orders),
        tuple(kind.id for kind in problem.fixtures),
    )


def _lanes(problem: ShopProblem) -> list[list[tuple[float, float]]]:
    """Busy spans that no decision changes, first of each machine, then of each person."""
    lanes: list[list[tuple[float, float]]] = []
    for machine in problem.machines:
        down = sorted((w.start_s, w.end_s) for w in machine.down)
        spans = [(-FAR, max(problem.now_s, machine.free_from_s)), *down]
        free = complement(sorted(spans), -FAR, FAR)
        lanes.append(complement(free, -FAR, FAR))
    persons = 0
    while present := present_spans(problem.presence, persons):
        free = [(max(a, problem.now_s), b) for a, b in present if b > problem.now_s]
        lanes.append(complement(free, -FAR, FAR))
        persons += 1
    return lanes


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


class Known(msgspec.Struct, frozen=True):
    """The data that ``build_memory`` has encoded for a shop, for reuse with similar shops."""

    names: Names
    layout: Layout
    columns: Columns


def known_of(problem: ShopProblem, like: Known | None = None) -> Known:
    """The shop's operations in kernel order and in columns; data that is unchanged from a similar shop ``like`` is reused."""
    layout = layout_of(problem)
    names = Names(*(numbered(each) for each in (layout.machines, layout.orders, layout.fixtures)))
    if like and names.begin_with(like.names) and len(layout.operations) == len(like.layout.operations):
        return Known(names, layout, changed_columns(like.columns, layout.operations, names))
    return Known(names, layout, columns_of(layout.operations, names))


def build_memory(
    problem: ShopProblem, weights: ObjectiveWeights, previous: ShopSchedule | None, known: Known | None = None
) -> tuple[Memory, Layout]:
    """Build the kernels' memory with nothing placed yet; ``previous`` gives the places that operations leave only at a cost.

    Repairs whose start is undecided start at once. ``known``: the result of ``known_of`` for the problem, if already encoded.
    """
    problem = with_repairs(problem)
    known = known or known_of(problem)
    layout, columns, lanes = known.layout, known.columns, _lanes(problem)
    ops = layout.operations
    fixtures = sum(kind.count for kind in problem.fixtures)
    shared = len(lanes)
    buffers = [machine.buffer or 0 for machine in problem.machines]
    lanes += [[(-FAR, problem.now_s)]] * (fixtures + problem.robots + sum(buffers))
    absent = complement([(a, b) for a, b in present_spans(problem.presence, 0)], problem.now_s, FAR)
    absent = [(max(a, problem.now_s), b) for a, b in absent if b > problem.now_s]
    sizes = {
        "operations": len(ops),
        "serials": len(layout.serials),
        "orders": len(layout.orders),
        "machines": len(problem.machines),
        "persons": shared - len(problem.machines),
        "pallets": problem.pallets - problem.pallets_blocked,
        "absences": len(absent),
        "stops": len(problem.maintenance),
        "buckets": _BUCKETS,
        "lanes": len(lanes),
        "robots": problem.robots,
        "robot_lane": shared + fixtures,
        "afters": 0,
        "families": 0,
        "tariffs": 0,
        "batches": sum(machine.places > 1 for machine in problem.machines),
        "buffers": sum(machine.buffer is not None for machine in problem.machines),
    }
    numbers, families = _families(problem, columns)
    floats, ints = dict[str, Floats](), dict[str, Ints]()
    for more_floats, more_ints in (
        _operation_sections(known, previous),
        _tool_sections(problem, columns, numbers),
        _lane_sections(problem, lanes, columns.machine, len(ops)),
        _shared_sections(problem, known, families, shared),
        _stop_sections(problem, known.names.machines),
    ):
        floats |= more_floats
        ints |= more_ints
    sizes |= {
        "afters": ints["after_op"].size,
        "families": round((floats["changeover"].size / max(1, len(problem.machines))) ** 0.5),
        "tariffs": floats["price"].size,
    }
    figures = (
        problem.now_s,
        problem.now_s,
        problem.move_s,
        problem.mount_lead_s,
        problem.horizon_s,
        _bucket_width(problem),
    )
    floats["option"][:, 0] = on_grid(floats["option"][:, 0])
    floats["general"] = np.array((*on_grid(np.array(figures)), *msgspec.structs.astuple(weights)))
    floats["order_s"] = np.array([(order.due_s, order.weight) for order in problem.orders], dtype=np.float64)
    floats["absent"] = np.array(absent, dtype=np.float64)
    floats["slot_used"] = np.zeros(floats["budget"].size * len(absent))
    floats["order_done"] = np.zeros(len(layout.orders))
    for name in _TIMES:
        floats[name] = on_grid(floats[name])
    return Memory(sizes, floats, ints), layout


Sections = tuple[dict[str, Floats], dict[str, Ints]]


def _operation_sections(known: Known, previous: ShopSchedule | None) -> Sections:
    """The known data of operations, serials and orders, and space for their places."""
    layout, columns, machines = known.layout, known.columns, known.names.machines
    ops = layout.operations
    size = len(ops)
    machine_before, start_before = np.full(size, -1, dtype=np.int64), np.zeros(size)
    if previous:
        before = {a.operation: a for a in previous.assignments}
        found = [before.get(op.id) for op in ops]
        machine_before = _ints([machines.get(a.machine, -1) if a else -1 for a in found])
        start_before = np.array([a.start_s if a else 0.0 for a in found])
    counts = Counter(op.serial for op in ops)
    serial_first = csr([counts[serial] for serial in layout.serials])
    serial_order = columns.codes[serial_first[:-1], 1]
    floats = {
        "op_time": np.column_stack((columns.times, start_before)),
        "times": np.zeros(6 * size),
        "ready": np.zeros(len(layout.serials)),
        "moment": np.zeros(2 * size),
    }
    ints = {
        "op_code": np.column_stack(
            (
                columns.codes[:, 0],
                columns.codes[:, 1],
                columns.alt_first[:-1],
                columns.alt_first[1:],
                machine_before,
                columns.codes[:, 2],
            )
        ),
        "serial_first": serial_first,
        "order_first": csr(np.bincount(serial_order, minlength=len(layout.orders))),
        "order_serial": np.argsort(serial_order, kind="stable"),
        "chosen": np.zeros(size, dtype=np.int64),
        "person": np.zeros(2 * size, dtype=np.int64),
        "held": np.full(size, -1, dtype=np.int64),
        "in_buffer": np.full(size, -1, dtype=np.int64),
        "carrier": np.full(2 * size, -1, dtype=np.int64),
        "following_op": np.zeros(len(layout.serials), dtype=np.int64),
        "level": np.zeros(_BUCKETS, dtype=np.int64),
        "peak": np.zeros(_BUCKETS, dtype=np.int64),
        "head": np.full(_BUCKETS, -1, dtype=np.int64),
        "following": np.zeros(2 * size, dtype=np.int64),
    }
    return floats, ints


def _tool_sections(problem: ShopProblem, columns: Columns, families: Ints) -> Sections:
    """Alternatives with their family numbers and their use of tools that have a budget."""
    machines = {machine.id: index for index, machine in enumerate(problem.machines)}
    full = [ToolBudget(m.id, CHIPS, m.chip_s) for m in problem.machines if m.chip_s is not None]
    budgets = (*problem.tool_budgets, *full)
    tools = np.array(sorted({budget.tool for budget in budgets}), dtype=np.int64)
    slots = np.full((len(machines), tools.size + 1), -1, dtype=np.int64)
    for index, budget in enumerate(budgets):
        if budget.machine in machines:
            slots[machines[budget.machine], bisect.bisect_left(tools, budget.tool)] = index
    size = columns.run.size
    owner = np.repeat(np.arange(size), np.diff(columns.use_first))
    tool, seconds = columns.tool, columns.seconds
    if full:  # every cut makes chips, listed after the tools that it uses
        owner = np.concatenate((owner, np.arange(size)))
        order = np.argsort(owner, kind="stable")
        owner = owner[order]
        tool = np.concatenate((tool, np.full(size, CHIPS)))[order]
        seconds = np.concatenate((seconds, columns.run))[order]
    column = np.searchsorted(tools, tool)
    known = np.append(tools, CHIPS - 1)[column] == tool
    slot = slots[columns.machine[owner], np.where(known, column, -1)]
    kept = slot >= 0
    use_first = csr(np.bincount(owner[kept], minlength=size))
    floats = {
        "alt_run": columns.run,
        "use_s": seconds[kept],
        "budget": np.array([b.seconds for b in budgets], dtype=np.float64),
    }
    parts = np.repeat(columns.codes[:, 3], np.diff(columns.alt_first))
    ints = {
        "alt_code": np.column_stack((columns.machine, use_first[:-1], use_first[1:], families, parts)),
        "use_slot": slot[kept],
    }
    return floats, ints


def _lane_sections(
    problem: ShopProblem, lanes: list[list[tuple[float, float]]], on_machine: Ints, size: int
) -> Sections:
    """Lanes: the fixed busy spans, and space for spans still to be decided."""
    machines = len(problem.machines)
    room = np.full(len(lanes), 2 * size)
    room[:machines] = np.bincount(on_machine, minlength=machines)
    room += [len(spans) + len(problem.maintenance) + 2 for spans in lanes]
    floats = {
        "base": np.array([span for spans in lanes for span in spans]),
        "lane": np.zeros(2 * int(room.sum())),
    }
    ints = {
        "lane_first": np.concatenate(([0], np.cumsum(room)[:-1])).astype(np.int64),
        "base_first": csr([len(spans) for spans in lanes]),
        "lane_count": np.zeros(len(lanes), dtype=np.int64),
    }
    return floats, ints


def _families(problem: ShopProblem, columns: Columns) -> tuple[Ints, list[str]]:
    """The family of each alternative as a number, and the families."""
    if not _uses_families(problem):
        return np.zeros(columns.run.size, dtype=np.int64), []
    return families_of(problem, columns.alternatives)


def _uses_families(problem: ShopProblem) -> bool:
    return bool(problem.changeovers) or any(machine.places > 1 for machine in problem.machines)


def families_of(problem: ShopProblem, flat: list[Alternative]) -> tuple[Ints, list[str]]:
    """The family of each alternative as a number, and the families; no families if nothing depends on them."""
    if not _uses_families(problem):
        return np.zeros(len(flat), dtype=np.int64), []
    named = {a.family for a in flat} | {machine.family for machine in problem.machines}
    families = sorted(named | {name for each in problem.changeovers for name in (each.before, each.after)})
    index = {name: number for number, name in enumerate(families)}
    return _ints([index[a.family] for a in flat]), families


def changeover_table(problem: ShopProblem, families: list[str]) -> Floats:
    """Seconds from family to family on each machine (machines, families, families)."""
    index = {name: number for number, name in enumerate(families)}
    table = np.zeros((len(problem.machines), len(families), len(families)))
    for k, machine in enumerate(problem.machines):
        for each in sorted(problem.changeovers, key=lambda each: bool(each.machine)):
            if each.machine in ("", machine.id):
                table[k, index[each.before], index[each.after]] = each.seconds
    return table


def _price_steps(problem: ShopProblem) -> list[tuple[float, float, float]]:
    """Tariffs in order of time, without overlap or gap: start, end and price per kWh; after the last one the highest price applies."""
    edges = sorted({edge for t in problem.tariffs for edge in (t.start_s, t.end_s)})
    steps = [
        (a, b, sum(t.price for t in problem.tariffs if t.start_s <= a and b <= t.end_s))
        for a, b in itertools.pairwise(edges)
    ]
    return [*steps, (edges[-1], FAR, max(price for *_, price in steps))] if steps else []


def _after(problem: ShopProblem, layout: Layout) -> list[list[int]]:
    """For each waiting operation, the operations that it waits for other than its predecessors on its own route.

    They belong to parts assembled into it or cut together with it, or to its own part if they are cut together with other
    parts. Empty if no part waits for another.
    """
    if stand_alone(problem.operations):
        return []
    number = {op.id: index for index, op in enumerate(layout.operations)}
    before = predecessors(problem.operations)
    own = {op.id: op.serial for op in layout.operations}
    return [
        sorted(number[name] for name in before[op.id] if own[name] != op.serial) if op.state == "waiting" else []
        for op in layout.operations
    ]


def _shared_sections(problem: ShopProblem, known: Known, families: list[str], first_lane: int) -> Sections:
    """Fixtures, parts to be assembled, changeovers, energy prices."""
    size, on_machine = len(known.layout.operations), known.columns.machine
    after = _after(problem, known.layout)
    heirs: list[list[int]] = [[] for _ in after]
    for op, others in enumerate(after):
        for other in others:
            heirs[other].append(op)
    none = np.zeros(size, dtype=np.int64)
    index = {name: number for number, name in enumerate(families)}
    room = np.bincount(on_machine, minlength=len(problem.machines)) if families else np.zeros(len(problem.machines))
    steps = np.array(_price_steps(problem), dtype=np.float64).reshape(-1, 3)
    floats = {
        "tariff": on_grid(steps[:, :2]),
        "price": steps[:, 2],
        "power": np.array([machine.power_kw for machine in problem.machines]),
        "changeover": changeover_table(problem, families),
        "unloaded": np.array([problem.now_s if m.unloaded_s is None else m.unloaded_s for m in problem.machines]),
    }
    ints = {
        "fixture_first": first_lane + csr([kind.count for kind in problem.fixtures]),
        "after_first": csr([len(others) for others in after] or none),
        "after_op": _ints([other for others in after for other in others]),
        "heir_first": csr([len(ops) for ops in heirs] or none),
        "heir": _ints([op for ops in heirs for op in ops]),
        "set_up": _ints([index.get(machine.family, 0) for machine in problem.machines]),
        "line_first": csr(room.astype(np.int64).tolist()),
        "line": np.zeros(int(room.sum()), dtype=np.int64),
        "line_count": np.zeros(len(problem.machines), dtype=np.int64),
        "places": _ints([machine.places for machine in problem.machines]),
        "buffered": _ints([machine.buffer is not None for machine in problem.machines]),
        "by_hand": _ints([machine.by_hand for machine in problem.machines]),
        "buffer_first": first_lane
        + sum(kind.count for kind in problem.fixtures)
        + problem.robots
        + csr([machine.buffer or 0 for machine in problem.machines]),
    }
    return floats, ints


def _stop_sections(problem: ShopProblem, machine_index: Mapping[str, int]) -> Sections:
    """Maintenance stops and their options in order of time."""
    options = [sorted(choice.options, key=lambda option: option.start_s) for choice in problem.maintenance]
    first = csr([len(group) for group in options])
    floats = {
        "stop_s": np.array([choice.duration_s for choice in problem.maintenance], dtype=np.float64),
        "option": np.array([(o.start_s, o.cost) for group in options for o in group], dtype=np.float64).reshape(-1, 2),
        "stop_start": np.zeros(len(options)),
    }
    ints = {
        "stop_code": _ints(
            [
                number
                for k, choice in enumerate(problem.maintenance)
                for number in (machine_index[choice.machine], int(choice.attended), first[k], first[k + 1])
            ]
        ),
        "stop_person": np.zeros(len(options), dtype=np.int64),
    }
    return floats, ints


def _bucket_width(problem: ShopProblem) -> float:
    """Bucket width of the pallet pool in seconds, such that at most ``_BUCKETS`` buckets cover all attended time."""
    last = max((w.end_s for w in problem.presence if w.persons > 0), default=problem.now_s)
    return max(_BUCKET_S, (last - problem.now_s) / _BUCKETS)
