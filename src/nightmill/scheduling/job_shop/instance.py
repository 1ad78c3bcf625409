"""Classic benchmark instances of the (flexible) job shop: records, the three text formats, bounds, and the validator.

Jobs and operations are counted from 0 in file order. Machines are numbered as in the file: from 0 in JSPLib and its JSON, from
1 in ``.fjs``. Internally all machines are counted from 0; adding ``first_machine`` gives the number in the file.
"""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from nightmill.scheduling.problem.records import Violation
from nightmill.vocabulary.errors import BadInput, Finding


class Instance(msgspec.Struct, frozen=True):
    """``jobs[j][k]`` lists the alternatives ``(machine from 0, time)`` of operation ``k``."""

    name: str
    machines: int
    jobs: tuple[tuple[tuple[tuple[int, int], ...], ...], ...]
    first_machine: int = 0


MOST, LONGEST = 10**6, 10**12
"""Maximum number of jobs and machines in an instance, and longest time of an operation; beyond these limits sums would no
longer be exact integers.
"""


class InstanceOperation(msgspec.Struct, frozen=True):
    """One operation of the solution; its machine is numbered as in the file."""

    job: int
    operation: int
    machine: int
    start: int
    end: int


class InstanceSchedule(msgspec.Struct, frozen=True):
    """The result of ``nightmill schedule`` for an instance; ``objective`` is the makespan."""

    objective: int
    makespan: int
    lower_bound: int
    operations: tuple[InstanceOperation, ...]
    iterations: int = 0


def _bad(file: str, place: str, found: str, expected: str) -> BadInput:
    return BadInput(Finding(file, place, found, expected, "Correct the file."))


def _whole(file: str, line: int, words: list[str]) -> list[int]:
    wrong = [word for word in words if not re.fullmatch(r"-?[0-9]{1,18}", word)]
    if wrong:
        raise _bad(file, f"line {line}", repr(wrong[0][:40]), "whole numbers")
    return [int(word) for word in words]


def parse_instance(text: str, *, name: str = "instance", form: str = "") -> Instance:
    """Read ``.fjs`` (``form='fjs'``), JSPLib text (``'jsp'``) or their JSON (``'json'``); '' detects the format from the content.

    Raises ``BadInput`` naming the line, or the job and operation, and the value.
    """
    if form == "json" or (not form and text.lstrip().startswith("{")):
        return _from_json(text, name)
    lines = [
        (number, line.split("#")[0].split())
        for number, line in enumerate(text.splitlines(), 1)
        if line.split("#")[0].strip()
    ]
    if not lines:
        raise _bad(name, "line 1", "nothing", "the numbers of jobs and machines")
    number, head = lines[0]
    wide = [float(word) for word in head if re.fullmatch(r"[0-9]+(\.[0-9]+)?", word)]
    if len(head) not in (2, 3) or len(wide) != len(head) or max(wide) > MOST:
        raise _bad(name, f"line {number}", " ".join(head)[:60], "the numbers of jobs and machines")
    jobs, machines = int(wide[0]), int(wide[1])
    if jobs < 1 or machines < 1:
        raise _bad(name, f"line {number}", " ".join(head), "at least one job and one machine")
    if len(lines) - 1 < jobs:
        raise _bad(name, f"line {lines[-1][0]}", f"{len(lines) - 1} jobs", f"{jobs} jobs")
    if len(lines) - 1 > jobs:
        raise _bad(name, f"line {lines[jobs + 1][0]}", "one extra line", f"{jobs} jobs")
    rows = [(number, _whole(name, number, words)) for number, words in lines[1:]]
    flexible = form == "fjs" or (not form and _looks_flexible(rows, head))
    read = _fjs_job if flexible else _jsp_job
    return Instance(name, machines, tuple(read(name, n, row, machines) for n, row in rows), 1 if flexible else 0)


def _looks_flexible(rows: list[tuple[int, list[int]]], head: list[str]) -> bool:
    """Return whether a job line is ``.fjs``, where the first number counts the operations; a JSPLib job line has an even count
    of numbers.
    """
    return (
        len(head) == 3
        or any(len(row) % 2 for _, row in rows)
        or not any(row[0] == 0 or 0 in row[::2] for _, row in rows)
    )


def _alternative(file: str, line: int, machine: int, time: int, machines: int) -> tuple[int, int]:
    if not 0 <= machine < machines:
        raise _bad(file, f"line {line}", f"machine {machine}", f"0 to {machines - 1} (counted from 0)")
    if not 0 <= time <= LONGEST:
        raise _bad(file, f"line {line}", f"time {time}", f"a time from 0 to {LONGEST}")
    return machine, time


def _jsp_job(file: str, line: int, row: list[int], machines: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    if len(row) % 2:
        raise _bad(file, f"line {line}", f"{len(row)} numbers", "pairs of machine and time")
    return tuple((_alternative(file, line, m, t, machines),) for m, t in zip(row[::2], row[1::2], strict=True))


def _fjs_job(file: str, line: int, row: list[int], machines: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    numbers = iter(row)
    ops: list[tuple[tuple[int, int], ...]] = []
    try:
        for _ in range(next(numbers)):
            count = next(numbers)
            if count < 1:
                raise _bad(file, f"line {line}", f"{count} machines for an operation", "at least 1")
            ops.append(
                tuple(_alternative(file, line, next(numbers) - 1, next(numbers), machines) for _ in range(count))
            )
    except (StopIteration, RuntimeError) as error:
        raise _bad(file, f"line {line}", f"{len(row)} numbers", "as many as its operations need") from error
    if (rest := len(list(numbers))) or not ops:
        raise _bad(file, f"line {line}", f"{rest} extra numbers" if ops else "no operation", "its operations")
    return tuple(ops)


def _from_json(text: str, name: str) -> Instance:
    try:
        data: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise _bad(name, f"line {error.lineno}", error.msg, "JSON") from error
    except (ValueError, RecursionError) as error:
        raise _bad(name, "", str(error), "JSON of bounded depth and numbers") from error
    if not isinstance(data, dict):
        raise _bad(name, "", type(data).__name__, "an object with the fields machines and jobs")
    machines, jobs = data.get("machines"), data.get("jobs")
    if not isinstance(machines, int) or not 0 < machines <= MOST or not isinstance(jobs, list) or not jobs:
        found = repr((machines, type(jobs).__name__))[:80]
        raise _bad(name, "machines, jobs", found, f"a count up to {MOST} and a list of jobs")
    read: list[tuple[tuple[tuple[int, int], ...], ...]] = []
    for j, job in enumerate(jobs):
        ops = []
        for k, op in enumerate(job if isinstance(job, list) else [None]):
            if not isinstance(op, list) or not op or not all(_is_pair(pair, machines) for pair in op):
                raise _bad(name, f"job {j} operation {k}", repr(op)[:60], "pairs [machine, time] within range")
            ops.append(tuple((pair[0], pair[1]) for pair in op))
        read.append(tuple(ops))
    return Instance(str(data.get("name", name)), machines, tuple(read))


def _is_pair(pair: Any, machines: int) -> bool:
    return (
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(v, int) and not isinstance(v, bool) for v in pair)
        and 0 <= pair[0] < machines
        and 0 <= pair[1] <= LONGEST
    )


def validate_instance(instance: Instance, schedule: InstanceSchedule) -> tuple[Violation, ...]:
    """Return all the rules that a solution breaks: every operation once, on a machine that can do it, in job order and without overlaps."""
    return tuple(_instance_violations(instance, schedule))


def _instance_violations(instance: Instance, schedule: InstanceSchedule) -> Iterator[Violation]:
    placed = {(o.job, o.operation): o for o in schedule.operations}
    wanted = {(j, k) for j, job in enumerate(instance.jobs) for k in range(len(job))}
    if set(placed) != wanted or len(schedule.operations) != len(wanted):
        yield Violation("each operation once", instance.name, f"{len(schedule.operations)} of {len(wanted)}")
    by_machine: dict[int, list[InstanceOperation]] = {}
    for key in sorted(wanted & set(placed)):
        o = placed[key]
        if (o.machine - instance.first_machine, o.end - o.start) not in instance.jobs[key[0]][key[1]]:
            yield Violation("machine and time", str(key), f"{o.end - o.start} on machine {o.machine}")
        before = placed.get((key[0], key[1] - 1))
        if o.start < (before.end if before else 0):
            yield Violation("job order", str(key), f"starts at {o.start}")
        by_machine.setdefault(o.machine, []).append(o)
    for machine, ops in by_machine.items():
        ordered = sorted((o for o in ops if o.end > o.start), key=lambda o: o.start)
        for one, two in itertools.pairwise(ordered):
            if two.start < one.end:
                yield Violation("one operation per machine", str(machine), f"{one} and {two}")
    last = max([o.end for o in schedule.operations], default=0)
    if last != schedule.makespan or schedule.objective != schedule.makespan:
        yield Violation("makespan equals the last end", instance.name, f"{schedule.makespan}, last end {last}")
    if schedule.lower_bound > schedule.makespan:
        yield Violation("bound below makespan", instance.name, f"{schedule.lower_bound}")
