"""Checks a schedule against its instance with nothing of Nightmill: every operation once, in order, where and as long as allowed.

Run: ``python certificates/check.py INSTANCE CERTIFICATE.json``; exit 1 with the first fault, 2 where a file can't be read. INSTANCE: the usual text of
flexible job shops (``.fjs``, machines from 1), or JSON ``{jobs: [[[[machine, time], ...], ...], ...]}``, jobs of operations of
alternatives; CERTIFICATE: ``{instance, makespan, operations: [{job, operation, machine, start, end}]}``, machines from 0.
"""

import itertools
import json
import sys
from pathlib import Path
from typing import Any


def read(text: str) -> dict[str, Any]:
    """An instance from its JSON, or from text: a line a job, its operations each with the number of its alternatives and these."""
    if text.lstrip().startswith("{"):
        return dict(json.loads(text))
    jobs: list[list[list[list[int]]]] = []
    for line in text.splitlines()[1:]:
        numbers = [int(word) for word in line.split()]
        job, at = list[list[list[int]]](), 1
        for _ in range(numbers[0] if numbers else 0):
            count = numbers[at]
            job.append([[numbers[at + 1 + 2 * k] - 1, numbers[at + 2 + 2 * k]] for k in range(count)])
            at += 1 + 2 * count
        if at < len(numbers):
            raise ValueError(f"numbers behind the last operation of job {len(jobs) + 1}")
        jobs += [job] if job else []
    return {"jobs": jobs}


def fault(instance: dict[str, Any], certificate: dict[str, Any]) -> str:
    """What is wrong with the schedule; empty where nothing is."""
    placed = {(o["job"], o["operation"]): o for o in certificate["operations"]}
    asked = {(j, k) for j, job in enumerate(instance["jobs"]) for k in range(len(job))}
    if set(placed) != asked or len(placed) != len(certificate["operations"]):
        return "not every operation exactly once"
    busy: dict[int, list[tuple[int, int]]] = {}
    for (j, k), o in sorted(placed.items()):
        times = dict(map(tuple, instance["jobs"][j][k]))
        if times.get(o["machine"]) != o["end"] - o["start"] or o["start"] < 0:
            return f"job {j}, operation {k}: machine {o['machine']} from {o['start']} to {o['end']} isn't offered"
        if k and placed[j, k - 1]["end"] > o["start"]:
            return f"job {j}, operation {k} begins before the one before it ends"
        busy.setdefault(o["machine"], []).append((o["start"], o["end"]))
    for machine, spans in busy.items():
        spans.sort()
        if any(a[1] > b[0] for a, b in itertools.pairwise(spans)):
            return f"machine {machine} does two things at once"
    longest = max(o["end"] for o in placed.values())
    return "" if longest == certificate["makespan"] else f"it ends at {longest}, not {certificate['makespan']}"


def main() -> int:
    """Say what the check found."""
    if len(sys.argv) != 3:
        sys.stderr.write("two files are asked for: python check.py INSTANCE CERTIFICATE.json\n")
        return 2
    try:
        instance, certificate = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])
        wrong = fault(read(instance), stored := json.loads(certificate))
    except (OSError, ValueError, IndexError, KeyError, TypeError) as error:
        sys.stderr.write(
            f"{' and '.join(sys.argv[1:])} can't be read as an instance of the flexible job shop and a certificate: {error!r}\n"
        )
        return 2
    sys.stdout.write(f"{stored['instance']}: " + (wrong or f"makespan {stored['makespan']}, no fault") + "\n")
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
