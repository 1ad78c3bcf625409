"""Checks a schedule against its instance with nothing of Nightmill: every operation once, in order, where and as long as allowed.

Run: ``python certificates/check.py INSTANCE CERTIFICATE.json``; exit 1 with the first fault. INSTANCE: the usual text of
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
    jobs = []
    for line in text.splitlines()[1:]:
        numbers = iter([int(word) for word in line.split()])
        ops = range(next(numbers, 0))
        job = [[[next(numbers) - 1, next(numbers)] for _ in range(next(numbers))] for _ in ops]
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
    texts = [Path(name).read_text(encoding="utf-8") for name in sys.argv[1:3]]
    instance, certificate = read(texts[0]), json.loads(texts[1])
    wrong = fault(instance, certificate)
    sys.stdout.write(f"{certificate['instance']}: " + (wrong or f"makespan {certificate['makespan']}, no fault") + "\n")
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
