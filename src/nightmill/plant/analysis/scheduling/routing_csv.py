"""Routings from a CSV table: a scheduling problem read from a shop's spreadsheet.

The table has one line for each machine that can do an operation: ``job,operation,machine,run_s``; lines with the same job and operation are
alternatives, and a job's operations follow the order of the file. With ``due_s`` (and ``weight``, ``release_s``), lateness is minimised;
otherwise, the makespan. Times may also be in minutes, hours or days (``run_min``, ``due_h``): the suffix of the column name gives the
unit. If the delimiter is a semicolon or tab, numbers may have a decimal comma.
"""

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from nightmill.scheduling import Instance, InstanceSchedule, records
from nightmill.vocabulary.csv_text import csv_lines, mark_of
from nightmill.vocabulary.errors import BadInput, Finding

NEEDED = ("job", "operation", "machine", "run_s")
OPTIONAL = ("due_s", "weight", "release_s", "mount_s", "dismount_s")
UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "days": 86400.0}


class Routing(msgspec.Struct, frozen=True):
    """The table's lines by job and operation, the values of each job, and the machines in order of appearance."""

    jobs: dict[str, dict[str, dict[str, float]]]
    values: dict[str, dict[str, float]]
    machines: tuple[str, ...]

    @property
    def has_due_dates(self) -> bool:
        """Return whether the table has due dates for jobs."""
        return any("due_s" in values for values in self.values.values())


def read_routing(text: str, file: str) -> Routing:
    """Read the table. Raises ``BadInput`` with every line and column that is wrong."""
    rows = csv_lines(text, file)
    comma = mark_of(text) != ","
    names = list(rows[0][1]) if rows else [name.strip() for name in text.partition("\n")[0].split(mark_of(text))]
    columns = _columns(names, file)
    findings: list[Finding] = []
    jobs: dict[str, dict[str, dict[str, float]]] = {}
    values: dict[str, dict[str, float]] = {}
    for line, row in rows:
        given = {name: row.get(column, "").strip() for name, (column, _) in columns.items()}
        if not any(given.values()):
            continue
        empty = [name for name in NEEDED if not given[name]]
        if empty:
            place = f"line {line}, {columns[empty[0]][0]}"
            findings.append(Finding(file, place, "nothing", "a value", "Fill it in."))
            continue
        numbers = {
            name: _number(file, line, columns[name], given[name], findings, comma=comma)
            for name in ("run_s", *OPTIONAL)
            if given.get(name)
        }
        alternatives = jobs.setdefault(given["job"], {}).setdefault(given["operation"], {})
        if given["machine"] in alternatives:
            findings.append(
                Finding(
                    file, f"line {line}, machine", f"{given['machine']} again", "each machine once", "Remove a line."
                )
            )
        alternatives[given["machine"]] = numbers.pop("run_s")
        values.setdefault(given["job"], {}).update(numbers)
    if not jobs and not findings:
        findings.append(Finding(file, "line 2", "no line", "at least one operation", "Add lines."))
    if findings:
        raise BadInput(*findings)
    machines = dict.fromkeys(m for ops in jobs.values() for alternatives in ops.values() for m in alternatives)
    return Routing(jobs, values, tuple(machines))


def _columns(names: list[str], file: str) -> dict[str, tuple[str, float]]:
    """Return each value's column and the number of seconds in its unit (1 for values that aren't times). Raises ``BadInput``."""
    found: dict[str, tuple[str, float]] = {}
    findings: list[Finding] = []
    for wanted in (*NEEDED, *OPTIONAL):
        stem, _, unit = wanted.rpartition("_")
        ways = {f"{stem}_{each}": size for each, size in UNITS.items()} if unit == "s" and stem else {wanted: 1.0}
        there = [name for name in ways if name in names]
        if len(there) > 1:
            findings.append(
                Finding(file, "line 1", " and ".join(there), "one column with one unit", "Remove one of the columns.")
            )
        elif there:
            found[wanted] = there[0], ways[there[0]]
    missing = [name for name in NEEDED if name not in found]
    if missing and not findings:
        expected = f"the columns {', '.join(NEEDED)} (or run_min, run_h)"
        findings.append(Finding(file, "line 1", f"no {', '.join(missing)}", expected, "Add or rename the columns."))
    if findings:
        raise BadInput(*findings)
    return found


def _number(
    file: str, line: int, column: tuple[str, float], text: str, findings: list[Finding], *, comma: bool
) -> float:
    """Return a number from the table, with times converted to seconds, to the microsecond; with ``comma``, 12,5 is a number."""
    name, size = column
    run = name.startswith("run_")
    try:
        value = size * float(text.replace(",", ".") if comma and "." not in text else text)
    except ValueError:
        value = math.nan
    if math.isfinite(value) and value >= 0.0 and (value > 0.0 or not run):
        return value if size == 1.0 else round(value, 6) or value
    expected = "a time > 0" if run else "a number >= 0"
    findings.append(Finding(file, f"line {line}, {name}", text, expected, "Correct it."))
    return 1.0


def instance_of(routing: Routing, name: str) -> Instance:
    """Return the table as a flexible job shop in whole seconds (rounded up)."""
    number = {machine: index for index, machine in enumerate(routing.machines)}
    jobs = tuple(
        tuple(tuple((number[m], math.ceil(run)) for m, run in alternatives.items()) for alternatives in ops.values())
        for ops in routing.jobs.values()
    )
    return Instance(name, len(routing.machines), jobs)


def named_answer(routing: Routing, found: InstanceSchedule) -> dict[str, Any]:
    """Return the answer with the names used in the table."""
    jobs = list(routing.jobs)
    steps = [list(ops) for ops in routing.jobs.values()]
    answer: dict[str, Any] = msgspec.to_builtins(found)
    answer["operations"] = [
        {
            "job": jobs[o.job],
            "operation": steps[o.job][o.operation],
            "machine": routing.machines[o.machine],
            "start": o.start,
            "end": o.end,
        }
        for o in found.operations
    ]
    return answer


def problem_of_routing(routing: Routing) -> records.ShopProblem:
    """Return the table as a shop that is always staffed, with a pallet for every part."""
    ops = tuple(
        _operation(job, step, alternatives, routing.values[job], first=index == 0)
        for job, steps in routing.jobs.items()
        for index, (step, alternatives) in enumerate(steps.items())
    )
    ends = (
        sum(max(a.run_s for a in op.alternatives) + op.mount_s + op.dismount_s + op.release_s for op in ops) + 86400.0
    )
    orders = tuple(
        records.ShopOrder(job, values.get("due_s", ends), values.get("weight", 1.0))
        for job, values in routing.values.items()
    )
    return records.ShopProblem(
        now_s=0.0,
        horizon_s=7 * 86400.0,
        machines=tuple(records.ShopMachine(machine) for machine in routing.machines),
        operations=ops,
        orders=orders,
        presence=(records.Window(0.0, ends, max(1, len(routing.machines))),),
        pallets=len(ops),
        move_s=0.0,
        mount_lead_s=0.0,
    )


def _operation(
    job: str, step: str, alternatives: Mapping[str, float], values: Mapping[str, float], *, first: bool
) -> records.ShopOperation:
    return records.ShopOperation(
        f"{job}|{step}",
        job,
        job,
        step,
        tuple(records.Alternative(machine, run) for machine, run in alternatives.items()),
        values.get("mount_s", 0.0),
        values.get("dismount_s", 0.0),
        release_s=values.get("release_s", 0.0) if first else 0.0,
    )
