"""Check a problem for contradictions; all findings are reported at once."""

import itertools
from collections import Counter
from graphlib import CycleError, TopologicalSorter

import numpy as np

from nightmill.scheduling.engine.encode import GRID_S, changeover_table, families_of
from nightmill.scheduling.problem.calendars import present_spans
from nightmill.scheduling.problem.precedence import predecessors, stand_alone
from nightmill.scheduling.problem.records import ShopProblem
from nightmill.vocabulary.errors import BadInput, Finding


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
        unknown = [a.machine for a in op.alternatives if a.machine not in machines]
        if unknown:
            findings.append(
                _finding(place, f"machine {min(unknown)}", "a machine defined in the problem", "Correct the id.")
            )
        if not op.alternatives or (op.machine and op.machine not in [a.machine for a in op.alternatives]):
            findings.append(
                _finding(place, "no alternative", "at least one machine that can do it", "Add an alternative.")
            )
        if op.order not in orders:
            findings.append(_finding(place, f"order {op.order}", "an order defined in the problem", "Add the order."))
        if op.id in seen:
            findings.append(_finding(place, "a duplicate id", "unique ids", "Rename one."))
        if op.state != "waiting" and serials & {op.serial, *op.together}:
            findings.append(
                _finding(
                    place,
                    f"state {op.state} on a later operation",
                    "only on the first operation of a serial",
                    "Leave out finished operations.",
                )
            )
        if op.state == "running" and (op.started_s is None or not op.machine):
            findings.append(_finding(place, "running without start or machine", "both", "Give started_s and machine."))
        if min(op.mount_s, op.dismount_s, op.measure_s) < 0:
            findings.append(
                _finding(place, "a negative time", "times of at least 0", "Correct mount_s, dismount_s, measure_s.")
            )
        seen.add(op.id)
        serials |= {op.serial, *op.together}
    return findings


def _sharing_findings(problem: ShopProblem) -> list[Finding]:
    """Check for too few fixtures, changeovers on unknown machines, and parts that wait for each other."""
    machines = {machine.id for machine in problem.machines}
    kinds = {kind.id: kind.count for kind in problem.fixtures}
    begun = Counter(op.fixture for op in problem.operations if op.state != "waiting")
    findings = [
        _finding(f"fixture {name}", f"{begun[name]} in use, {count} given", "as many as are in use", "Correct count.")
        for name, count in kinds.items()
        if begun[name] > count
    ]
    findings += [
        _finding(
            f"operation {op.id}",
            f"fixture {op.fixture}",
            "a fixture kind defined in the problem",
            "Add it to fixtures.",
        )
        for op in problem.operations
        if op.fixture and op.fixture not in kinds
    ]
    findings += [
        _finding(
            f"changeover to {each.after}",
            f"machine {each.machine}",
            "a machine defined in the problem",
            "Correct the id.",
        )
        for each in problem.changeovers
        if each.machine and each.machine not in machines
    ]
    if problem.robots < 0:
        findings.append(_finding("robots", str(problem.robots), "0 or more", "Correct robots."))
    findings += _indirect_changeovers(problem)
    waiting = _circular_wait(problem)
    if waiting:
        findings.append(_finding("after", " waits for ".join(waiting), "no circular wait", "Remove one of them."))
    return findings


def _indirect_changeovers(problem: ShopProblem) -> list[Finding]:
    """Find changeovers that take longer than a detour by a third family: removing the cut in between would make the plan invalid."""
    alternatives = [a for op in problem.operations for a in op.alternatives]
    _, families = families_of(problem, alternatives)
    table = changeover_table(problem, families)
    for k, machine in enumerate(problem.machines):
        for name in sorted({a.family for a in alternatives if a.machine == machine.id} if families else ()):
            via = families.index(name)
            longer = np.argwhere(table[k] > table[k, :, via, None] + table[k, None, via, :] + GRID_S)
            if longer.size:
                before, after = longer[0].tolist()
                over = table[k, before, via] + table[k, via, after]
                return [
                    _finding(
                        f"changeover on {machine.id}",
                        f"{families[before]!r} to {families[after]!r} {table[k, before, after]:g} s",
                        f"at most {over:g} s, the time by way of {name!r}",
                        "Give the changeovers to and from that family too, or correct one.",
                    )
                ]
    return []


def _circular_wait(problem: ShopProblem) -> list[str]:
    """Return parts that wait for each other in a circle; empty if there is none."""
    if stand_alone(problem.operations):
        return []
    serial = {op.id: op.serial for op in problem.operations}
    try:
        TopologicalSorter(predecessors(problem.operations)).prepare()
    except CycleError as error:
        parts = [serial[name] for name in reversed(error.args[1])]
        return [part for part, after in itertools.pairwise([*parts, ""]) if part != after]
    return []


def _batch_findings(problem: ShopProblem) -> list[Finding]:
    """Check cuts of several parts for options that a batch machine can't have, and for parts that can't be cut together."""
    findings = _by_hand_findings(problem)
    several = {machine.id: machine.places for machine in problem.machines if machine.places > 1}
    budgets = {budget.machine for budget in problem.tool_budgets}
    for machine in problem.machines:
        also = [
            name
            for name, has in (
                ("chip_s", machine.chip_s is not None),
                ("a tool budget", machine.id in budgets),
                ("a buffer", machine.buffer is not None),
            )
            if has and machine.id in several
        ]
        if also:
            expected = "no chip_s, tool budget or buffer on a machine with several places"
            findings.append(_finding(f"machine {machine.id}", also[0], expected, "Remove it, or set places to 1."))
    orders = {op.serial: op.order for op in problem.operations}
    for op in problem.operations if several else [op for op in problem.operations if op.together]:
        place = f"operation {op.id}"
        bare = [a.machine for a in op.alternatives if a.machine in several and not a.family]
        if bare:
            expected = "the family, which decides which parts may be cut together there"
            findings.append(_finding(place, f"no family on {bare[0]}", expected, "Name the alternative's family."))
        parts = max(1 + len(op.together), op.per_pallet)
        cramped = [a.machine for a in op.alternatives if several.get(a.machine, parts) < parts]
        if cramped:
            found, expected = f"{parts} parts together", f"at most {several[cramped[0]]} on {cramped[0]}"
            findings.append(_finding(place, found, expected, "Cut fewer parts together, or correct places."))
        if op.serial in op.together or len(set(op.together)) < len(op.together):
            findings.append(_finding(place, "a part twice in one cut", "each part once", "Correct together."))
        for part in op.together:
            if orders.get(part, op.order) != op.order:
                expected = f"parts of order {op.order}, which the cut belongs to"
                found = f"part {part} of order {orders[part]}"
                findings.append(_finding(place, found, expected, "Cut parts of one order together."))
    return findings


def _by_hand_findings(problem: ShopProblem) -> list[Finding]:
    """Check for operations that could be done both with and without a pallet, and for buffers behind machines loaded by hand."""
    by_hand = {machine.id for machine in problem.machines if machine.by_hand}
    asked = problem.operations if by_hand else ()
    mixed = [op.id for op in asked if len({a.machine in by_hand for a in op.alternatives}) > 1]
    found = [
        _finding(
            f"operation {name}",
            "machines with and without pallets",
            "machines of only one kind",
            "Remove the alternatives of one kind.",
        )
        for name in mixed
    ]
    buffered = [machine.id for machine in problem.machines if machine.by_hand and machine.buffer is not None]
    return found + [
        _finding(f"machine {name}", "a buffer", "no buffer behind a machine loaded by hand", "Remove it.")
        for name in buffered
    ]


def _buffer_findings(problem: ShopProblem) -> list[Finding]:
    waiting = Counter(op.machine for op in problem.operations if op.state == "cut")
    return [
        _finding(
            f"buffer of {machine.id}",
            f"{waiting[machine.id]} parts cut, {machine.buffer} places",
            "a buffer place for each",
            "Correct buffer, or set the state of parts still in the machine to running.",
        )
        for machine in problem.machines
        if machine.buffer is not None and waiting[machine.id] > machine.buffer
    ]


def check_problem(problem: ShopProblem) -> None:
    """Raise ``BadInput`` with all errors in a problem."""
    findings = _operation_findings(problem) + _sharing_findings(problem)
    findings += _batch_findings(problem) + _buffer_findings(problem)
    machines = {machine.id for machine in problem.machines}
    loaded = {machine.id for machine in problem.machines if machine.by_hand}
    begun = sum(
        op.state != "waiting" and not any(a.machine in loaded for a in op.alternatives) for op in problem.operations
    )
    usable = problem.pallets - problem.pallets_blocked
    if problem.operations and usable < max(1, begun):
        expected = f"at least {max(1, begun)}"
        findings.append(_finding("pallets", str(usable), expected, "Add pallets, or put fewer parts on them."))
    if problem.operations and not present_spans(problem.presence, 0):
        findings.append(
            _finding("presence", "nobody present at any time", "a window with at least one person", "Add a window.")
        )
    findings.extend(
        _finding(
            f"maintenance {choice.id}",
            f"machine {choice.machine}",
            "a machine defined in the problem",
            "Correct the id.",
        )
        for choice in problem.maintenance
        if choice.machine not in machines
    )
    findings.extend(
        _finding(
            f"repair of {name}", f"{count} repairs", "one repair for each machine in the problem", "Correct the id."
        )
        for name, count in Counter(repair.machine for repair in problem.repairs).items()
        if count > 1 or name not in machines
    )
    if findings:
        raise BadInput(*findings)
