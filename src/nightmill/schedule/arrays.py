"""From records to the kernels' memory."""

import bisect
import itertools
from collections import Counter
from collections.abc import Mapping

import msgspec
import numpy as np

from nightmill.schedule.memory import FAR, Floats, Ints, Memory
from nightmill.schedule.presence import complement, present_spans
from nightmill.schedule.records import (
    Alternative,
    ObjectiveWeights,
    ShopOperation,
    ShopProblem,
    ShopSchedule,
    ToolBudget,
    ToolUse,
)
from nightmill.schedule.repairing import with_repairs
from nightmill.schedule.routes import predecessors, stand_alone

_BUCKETS = 4096
_TIMES = ("op_time", "alt_run", "use_s", "absent", "base", "stop_s", "changeover", "unloaded")
_BUCKET_S = 900.0
GRID_S = 2.0**-16
"""Times are rounded to this: sums and differences of them are then exact, so that what is taken is given back whole."""
CHIPS = -1
"""The tool number that stands for chip bin and coolant."""
STATES = {"waiting": 0, "mounted": 1, "running": 2, "cut": 3}


class Layout(msgspec.Struct, frozen=True):
    """Operations in kernel order (those of a serial together) and the names behind its indices."""

    operations: tuple[ShopOperation, ...]
    serials: tuple[str, ...]
    machines: tuple[str, ...]
    orders: tuple[str, ...]
    fixtures: tuple[str, ...] = ()


def on_grid(seconds: Floats) -> Floats:
    """Times rounded to ``GRID_S``."""
    return np.asarray(np.rint(seconds / GRID_S) * GRID_S)


def layout_of(problem: ShopProblem) -> Layout:
    """The order in which the kernel numbers things."""
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
    """Busy spans of each machine, then of each person, that no decision changes."""
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


def _csr(groups: list[int]) -> Ints:
    return np.concatenate(([0], np.cumsum(groups))).astype(np.int64)


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def build_memory(
    problem: ShopProblem, weights: ObjectiveWeights, previous: ShopSchedule | None
) -> tuple[Memory, Layout]:
    """The kernels' memory, nothing placed yet; ``previous`` gives the places that it costs to leave.

    Repairs that nothing is decided of begin at once.
    """
    problem = with_repairs(problem)
    layout = layout_of(problem)
    ops, lanes = layout.operations, _lanes(problem)
    fixtures = sum(kind.count for kind in problem.fixtures)
    shared = len(lanes)
    buffers = [machine.buffer or 0 for machine in problem.machines]
    lanes += [[(-FAR, problem.now_s)]] * (fixtures + problem.robots + sum(buffers))
    flat, alt_first = _alternatives(layout)
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
    machine_index = {name: index for index, name in enumerate(layout.machines)}
    on_machine = [machine_index[a.machine] for a in flat]
    floats, ints = _operation_sections(layout, machine_index, alt_first, previous)
    parts = np.repeat(_ints([1 + len(op.together) for op in layout.operations]), np.diff(alt_first))
    more_floats, more_ints = _tool_sections(problem, flat, on_machine, parts)
    floats |= more_floats
    ints |= more_ints
    more_floats, more_ints = _lane_sections(problem, lanes, on_machine, len(ops))
    floats |= more_floats
    ints |= more_ints
    more_floats, more_ints = _shared_sections(problem, layout, flat, on_machine, shared)
    floats |= more_floats
    ints |= more_ints
    sizes |= {
        "afters": ints["after_op"].size,
        "families": round((floats["changeover"].size / max(1, len(problem.machines))) ** 0.5),
        "tariffs": floats["price"].size,
    }
    more_floats, more_ints = _stop_sections(problem, machine_index)
    floats |= more_floats
    ints |= more_ints
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


def _alternatives(layout: Layout) -> tuple[list[Alternative], Ints]:
    """The alternatives that are allowed, one operation after the other, and where each operation's begin."""
    allowed = [[a for a in op.alternatives if op.machine in ("", a.machine)] for op in layout.operations]
    return [a for group in allowed for a in group], _csr([len(group) for group in allowed])


Sections = tuple[dict[str, Floats], dict[str, Ints]]


def _operation_sections(
    layout: Layout, machine_index: Mapping[str, int], alt_first: Ints, previous: ShopSchedule | None
) -> Sections:
    """What is known of operations, serials and orders, and room for where they are placed."""
    ops = layout.operations
    size = len(ops)
    before = {a.operation: a for a in previous.assignments} if previous else {}
    known = [before.get(op.id) for op in ops]
    order_index = {name: index for index, name in enumerate(layout.orders)}
    counts = Counter(op.serial for op in ops)
    serial_first = _csr([counts[serial] for serial in layout.serials])
    orders = _ints([order_index[op.order] for op in ops])
    serial_order = orders[serial_first[:-1]]
    kinds = {kind: index for index, kind in enumerate(layout.fixtures)}
    floats = {
        "op_time": np.array(
            [
                (op.release_s, op.mount_s, op.dismount_s, op.measure_s, op.started_s or 0.0, a.start_s if a else 0.0)
                for op, a in zip(ops, known, strict=True)
            ]
        ),
        "times": np.zeros(6 * size),
        "ready": np.zeros(len(layout.serials)),
        "moment": np.zeros(2 * size),
    }
    ints = {
        "op_code": np.stack(
            [
                _ints([STATES[op.state] for op in ops]),
                orders,
                alt_first[:-1],
                alt_first[1:],
                _ints([machine_index.get(a.machine, -1) if a else -1 for a in known]),
                _ints([kinds.get(op.fixture, -1) for op in ops]),
            ],
            axis=1,
        ),
        "serial_first": serial_first,
        "order_first": _csr(np.bincount(serial_order, minlength=len(layout.orders)).tolist()),
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


def _tool_sections(problem: ShopProblem, flat: list[Alternative], on_machine: list[int], parts: Ints) -> Sections:
    """Alternatives, each of so many ``parts``, and what they use of tools that have a budget."""
    machines = {machine.id: index for index, machine in enumerate(problem.machines)}
    full = [ToolBudget(m.id, CHIPS, m.chip_s) for m in problem.machines if m.chip_s is not None]
    budgets = (*problem.tool_budgets, *full)
    tools = sorted({budget.tool for budget in budgets})
    slots = np.full((len(machines), len(tools) + 1), -1, dtype=np.int64)
    for index, budget in enumerate(budgets):
        if budget.machine in machines:
            slots[machines[budget.machine], bisect.bisect_left(tools, budget.tool)] = index
    column = {tool: index for index, tool in enumerate(tools)}
    used = [(*a.tools, ToolUse(CHIPS, a.run_s)) if full else a.tools for a in flat]
    counts = [len(tools) for tools in used]
    uses = [use for tools in used for use in tools]
    owner = np.repeat(np.arange(len(flat)), counts)
    slot = slots[_ints(on_machine)[owner], _ints([column.get(use.tool, -1) for use in uses])]
    kept = slot >= 0
    use_first = _csr(np.bincount(owner[kept], minlength=len(flat)).tolist())
    floats = {
        "alt_run": np.array([a.run_s for a in flat]),
        "use_s": np.array([use.seconds for use in uses], dtype=np.float64)[kept],
        "budget": np.array([b.seconds for b in budgets], dtype=np.float64),
    }
    ints = {
        "alt_code": np.stack(
            [_ints(on_machine), use_first[:-1], use_first[1:], families_of(problem, flat)[0], parts], axis=1
        ),
        "use_slot": slot[kept],
    }
    return floats, ints


def _lane_sections(
    problem: ShopProblem, lanes: list[list[tuple[float, float]]], on_machine: list[int], size: int
) -> Sections:
    """Lanes: what is busy whatever is decided, and room for what will be."""
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
        "base_first": _csr([len(spans) for spans in lanes]),
        "lane_count": np.zeros(len(lanes), dtype=np.int64),
    }
    return floats, ints


def families_of(problem: ShopProblem, flat: list[Alternative]) -> tuple[Ints, list[str]]:
    """The family of each alternative as a number, and the families; none where nothing asks for them."""
    if not problem.changeovers and all(machine.places == 1 for machine in problem.machines):
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
    """Tariffs without overlap or gap: begin, end and price of a kWh, rising; after the last the dearest."""
    edges = sorted({edge for t in problem.tariffs for edge in (t.start_s, t.end_s)})
    steps = [
        (a, b, sum(t.price for t in problem.tariffs if t.start_s <= a and b <= t.end_s))
        for a, b in itertools.pairwise(edges)
    ]
    return [*steps, (edges[-1], FAR, max(price for *_, price in steps))] if steps else []


def _after(problem: ShopProblem, layout: Layout) -> list[list[int]]:
    """The operations of other parts that each waiting operation waits for: those of parts that are assembled into it or cut
    together with it, and of its own part those that are cut together with others.
    """
    if stand_alone(problem.operations):
        return [[] for _ in layout.operations]
    number = {op.id: index for index, op in enumerate(layout.operations)}
    before = predecessors(problem.operations)
    own = {op.id: op.serial for op in layout.operations}
    return [
        sorted(number[name] for name in before[op.id] if own[name] != op.serial) if op.state == "waiting" else []
        for op in layout.operations
    ]


def _shared_sections(
    problem: ShopProblem, layout: Layout, flat: list[Alternative], on_machine: list[int], first_lane: int
) -> Sections:
    """Fixtures, parts to be assembled, changeovers, prices of energy."""
    after = _after(problem, layout)
    heirs: list[list[int]] = [[] for _ in layout.operations]
    for op, others in enumerate(after):
        for other in others:
            heirs[other].append(op)
    _, families = families_of(problem, flat)
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
        "fixture_first": first_lane + _csr([kind.count for kind in problem.fixtures]),
        "after_first": _csr([len(others) for others in after]),
        "after_op": _ints([other for others in after for other in others]),
        "heir_first": _csr([len(ops) for ops in heirs]),
        "heir": _ints([op for ops in heirs for op in ops]),
        "set_up": _ints([index.get(machine.family, 0) for machine in problem.machines]),
        "line_first": _csr(room.astype(np.int64).tolist()),
        "line": np.zeros(int(room.sum()), dtype=np.int64),
        "line_count": np.zeros(len(problem.machines), dtype=np.int64),
        "places": _ints([machine.places for machine in problem.machines]),
        "buffered": _ints([machine.buffer is not None for machine in problem.machines]),
        "by_hand": _ints([machine.by_hand for machine in problem.machines]),
        "buffer_first": first_lane
        + sum(kind.count for kind in problem.fixtures)
        + problem.robots
        + _csr([machine.buffer or 0 for machine in problem.machines]),
    }
    return floats, ints


def _stop_sections(problem: ShopProblem, machine_index: Mapping[str, int]) -> Sections:
    """Maintenance stops and their options in order of time."""
    options = [sorted(choice.options, key=lambda option: option.start_s) for choice in problem.maintenance]
    first = _csr([len(group) for group in options])
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
    """Seconds of one bucket of the pallet pool: all attended time in at most ``_BUCKETS``."""
    last = max((w.end_s for w in problem.presence if w.persons > 0), default=problem.now_s)
    return max(_BUCKET_S, (last - problem.now_s) / _BUCKETS)
