"""From records to the kernel's flat arrays; every rule of the input is checked here, all findings at once."""

from collections import Counter

import msgspec
import numpy as np

from nightmill.schedule.kernel import Arrays, Work
from nightmill.schedule.lanes import FAR, Floats, Ints
from nightmill.schedule.presence import complement, present_spans
from nightmill.schedule.records import ObjectiveWeights, ShopOperation, ShopProblem, ShopSchedule
from nightmill.vocabulary.errors import BadInput, Finding

_BUCKETS = 4096
_BUCKET_S = 900.0
STATES = {"waiting": 0, "mounted": 1, "running": 2, "cut": 3}


class Layout(msgspec.Struct, frozen=True):
    """Operations in kernel order (those of a serial together) and the names behind its indices."""

    operations: tuple[ShopOperation, ...]
    serials: tuple[str, ...]
    machines: tuple[str, ...]
    orders: tuple[str, ...]


def _finding(place: str, found: str, expected: str, remedy: str) -> Finding:
    return Finding("shop problem", place, found, expected, remedy)


def _operation_findings(problem: ShopProblem) -> list[Finding]:
    machines = {machine.id for machine in problem.machines}
    orders = {order.id for order in problem.orders}
    seen: set[str] = set()
    serials: set[str] = set()
    findings: list[Finding] = []
    for op in problem.operations:
        place = f"operation {op.id}"
        unknown = sorted({a.machine for a in op.alternatives} - machines)
        if unknown:
            findings.append(_finding(place, f"machine {unknown[0]}", "a machine of the problem", "Correct the id."))
        if not [a for a in op.alternatives if op.machine in ("", a.machine)]:
            findings.append(_finding(place, "no alternative", "a machine that can do it", "Add an alternative."))
        if op.order not in orders:
            findings.append(_finding(place, f"order {op.order}", "an order of the problem", "Add the order."))
        if op.id in seen:
            findings.append(_finding(place, "the id twice", "each id once", "Rename one."))
        if op.state != "waiting" and op.serial in serials:
            findings.append(
                _finding(place, f"state {op.state} behind another", "its serial's first", "Leave out done ones.")
            )
        if op.state == "running" and (op.started_s is None or not op.machine):
            findings.append(_finding(place, "running without start or machine", "both", "Give started_s and machine."))
        if min(op.mount_s, op.dismount_s, op.measure_s) < 0:
            findings.append(_finding(place, "a negative time", "times >= 0", "Correct mount_s, dismount_s, measure_s."))
        seen.add(op.id)
        serials.add(op.serial)
    return findings


def check_problem(problem: ShopProblem) -> None:
    """Raise ``BadInput`` with all that is wrong with a problem."""
    findings = _operation_findings(problem)
    machines = {machine.id for machine in problem.machines}
    begun = sum(op.state != "waiting" for op in problem.operations)
    usable = problem.pallets - problem.pallets_blocked
    if problem.operations and usable < max(1, begun):
        expected = f"at least {max(1, begun)}"
        findings.append(_finding("pallets", str(usable), expected, "Give pallets, or fewer parts on them."))
    if problem.operations and not present_spans(problem.presence, 0):
        findings.append(_finding("presence", "nobody ever", "a window with persons", "Add a window."))
    findings.extend(
        _finding(f"maintenance {choice.id}", f"machine {choice.machine}", "a machine of the problem", "Correct the id.")
        for choice in problem.maintenance
        if choice.machine not in machines
    )
    if findings:
        raise BadInput(*findings)


def layout_of(problem: ShopProblem) -> Layout:
    """The order in which the kernel numbers things."""
    serials = tuple(dict.fromkeys(op.serial for op in problem.operations))
    rank = {serial: index for index, serial in enumerate(serials)}
    operations = tuple(sorted(problem.operations, key=lambda op: rank[op.serial]))
    return Layout(
        operations, serials, tuple(m.id for m in problem.machines), tuple(order.id for order in problem.orders)
    )


def _lanes(problem: ShopProblem) -> tuple[list[list[tuple[float, float]]], int]:
    """Busy spans of each machine and person that no decision changes; the number of persons."""
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
    return lanes, persons


def _csr(groups: list[int]) -> Ints:
    return np.concatenate(([0], np.cumsum(groups))).astype(np.int64)


def _floats(values: list[float]) -> Floats:
    return np.array(values, dtype=np.float64)


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _floats_by(rows: list[tuple[float, ...]], columns: int) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(-1, columns)


def _ints_by(rows: list[tuple[int, ...]], columns: int) -> Ints:
    return np.array(rows, dtype=np.int64).reshape(-1, columns)


def build_arrays(
    problem: ShopProblem, weights: ObjectiveWeights, previous: ShopSchedule | None
) -> tuple[Arrays, Layout]:
    """The kernel's arrays; ``previous`` gives the places that it costs to leave."""
    layout = layout_of(problem)
    machine_index = {name: index for index, name in enumerate(layout.machines)}
    order_index = {name: index for index, name in enumerate(layout.orders)}
    slot_index = {(b.machine, b.tool): index for index, b in enumerate(problem.tool_budgets)}
    ops = layout.operations
    allowed = [[a for a in op.alternatives if op.machine in ("", a.machine)] for op in ops]
    flat = [a for group in allowed for a in group]
    uses = [[u for u in a.tools if (a.machine, u.tool) in slot_index] for a in flat]
    slots = [slot_index[(a.machine, u.tool)] for a, group in zip(flat, uses, strict=True) for u in group]
    lanes, persons = _lanes(problem)
    size = len(ops)
    on_machine = Counter(machine_index[a.machine] for a in flat)
    rooms = [on_machine[k] for k in range(len(problem.machines))] + [2 * size] * persons
    rooms = [room + len(problem.maintenance) + 2 for room in rooms]
    serial_orders = [order_index[op.order] for op in {op.serial: op for op in ops}.values()]
    absent = complement([(a, b) for a, b in present_spans(problem.presence, 0)], problem.now_s, FAR)
    absent = [(max(a, problem.now_s), b) for a, b in absent if b > problem.now_s]
    choices = [sorted(choice.options, key=lambda option: option.start_s) for choice in problem.maintenance]
    before = {a.operation: a for a in previous.assignments} if previous else {}
    known = [before.get(op.id) for op in ops]
    alt_first, use_first = _csr([len(group) for group in allowed]), _csr([len(group) for group in uses])
    option_first = _csr([len(options) for options in choices])
    arrays = Arrays(
        scalars=_floats(
            [problem.now_s, problem.move_s, problem.mount_lead_s, problem.horizon_s, _bucket_width(problem)]
        ),
        counts=_ints([len(problem.machines), persons, problem.pallets - problem.pallets_blocked]),
        weights=_floats(
            [weights.tardiness, weights.flow, weights.unattended, weights.machine_change, weights.start_shift]
        ),
        op_time=_floats_by(
            [
                (op.release_s, op.mount_s, op.dismount_s, op.measure_s, op.started_s or 0.0, a.start_s if a else 0.0)
                for op, a in zip(ops, known, strict=True)
            ],
            6,
        ),
        op_code=_ints_by(
            [
                (
                    STATES[op.state],
                    order_index[op.order],
                    alt_first[k],
                    alt_first[k + 1],
                    machine_index.get(a.machine, -1) if a else -1,
                )
                for k, (op, a) in enumerate(zip(ops, known, strict=True))
            ],
            5,
        ),
        alt_run=_floats([a.run_s for a in flat]),
        alt_code=_ints_by([(machine_index[a.machine], use_first[k], use_first[k + 1]) for k, a in enumerate(flat)], 3),
        use_slot=_ints(slots),
        use_s=_floats([u.seconds for group in uses for u in group]),
        slot_budget=_floats([b.seconds for b in problem.tool_budgets]),
        serial_first=_serial_first(layout),
        order_first=_csr(list(Counter(serial_orders).get(k, 0) for k in range(len(layout.orders)))),
        order_serial=np.argsort(_ints(serial_orders), kind="stable"),
        order=_floats_by([(order.due_s, order.weight) for order in problem.orders], 2),
        absent_start=_floats([a for a, _ in absent]),
        absent_end=_floats([b for _, b in absent]),
        lane_first=_csr([len(spans) + room for spans, room in zip(lanes, rooms, strict=True)]),
        base_start=_floats([a for spans in lanes for a, _ in spans]),
        base_end=_floats([b for spans in lanes for _, b in spans]),
        base_count=_ints([len(spans) for spans in lanes]),
        stop_duration=_floats([choice.duration_s for choice in problem.maintenance]),
        stop_code=_ints_by(
            [
                (machine_index[choice.machine], int(choice.attended), option_first[k], option_first[k + 1])
                for k, choice in enumerate(problem.maintenance)
            ],
            4,
        ),
        option=_floats_by([(option.start_s, option.cost) for options in choices for option in options], 2),
    )
    return arrays, layout


def _bucket_width(problem: ShopProblem) -> float:
    """Seconds of one bucket of the pallet pool: all attended time in at most ``_BUCKETS``."""
    last = max((w.end_s for w in problem.presence if w.persons > 0), default=problem.now_s)
    return max(_BUCKET_S, (last - problem.now_s) / _BUCKETS)


def _serial_first(layout: Layout) -> Ints:
    counts = dict.fromkeys(layout.serials, 0)
    for op in layout.operations:
        counts[op.serial] += 1
    return _csr(list(counts.values()))


def build_work(arrays: Arrays) -> Work:
    """Room for a decoding of ``arrays``."""
    size = arrays.op_code.shape[0]
    lanes = int(arrays.lane_first[-1])
    return Work(
        lane_start=np.zeros(lanes),
        lane_end=np.zeros(lanes),
        lane_count=np.zeros(arrays.base_count.size, dtype=np.int64),
        pool_level=np.zeros(_BUCKETS, dtype=np.int64),
        pool_peak=np.zeros(_BUCKETS, dtype=np.int64),
        pool_head=np.full(_BUCKETS, -1, dtype=np.int64),
        pool_next=np.zeros(2 * size, dtype=np.int64),
        pool_moment=np.zeros(2 * size),
        slot_used=np.zeros(arrays.slot_budget.size * arrays.absent_start.size),
        serial_ready=np.zeros(arrays.serial_first.size - 1),
        serial_next=np.zeros(arrays.serial_first.size - 1, dtype=np.int64),
        alternative=np.zeros(size, dtype=np.int64),
        times=np.zeros((size, 5)),
        person=np.zeros((size, 2), dtype=np.int64),
        stop_start=np.zeros(arrays.stop_duration.size),
        stop_person=np.zeros(arrays.stop_duration.size, dtype=np.int64),
        order_done=np.zeros(arrays.order.shape[0]),
    )
