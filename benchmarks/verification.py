"""Seeded faults over plans: what share does the verifier catch, and how long does a proof take?

Usage: python benchmarks/verification.py FOLDER [--target PART.step] [--faults N] [--seed S]

FOLDER holds plan.json, or folders that do; the part is the STEP file beside plan.json unless named. Only plans that are
certified as they stand are mutated; the others are counted. A mutation that leaves the moves as they were is no fault.
One that changes moves but not the part (a facing pass shifted along itself, a block that another repeats) rightly stays
certified; such cases are printed with their line, for a person to judge, and count as not caught.
"""

import argparse
import random
import re
import shutil
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np

from nightmill.verification import certify, interpret

Lines = list[str]


def _moves(lines: Lines, pattern: str) -> list[int]:
    return [index for index, line in enumerate(lines) if re.search(pattern, line)]


def _shift(lines: Lines, letter: str, by: float) -> Lines:
    word = re.compile(rf"{letter}(-?\d+\.?\d*)")
    return [
        line
        if re.search(r"G53|G28|G30|[(;]", line)
        else word.sub(lambda found: f"{letter}{float(found[1]) + by:.4f}", line)
        for line in lines
    ]


def mutate(lines: Lines, draw: random.Random) -> tuple[str, Lines] | None:
    """One fault drawn at random: its name and the program with it; None where this program offers no place for it."""
    kind = draw.choice(("deeper", "shift", "drop", "rapid", "tool", "offset", "length"))
    if kind == "deeper":
        return kind, _shift(lines, "Z", -0.03)
    if kind == "shift":
        return kind, _shift(lines, draw.choice("XY"), draw.choice((-0.1, 0.1)))
    pattern = {
        "drop": r"^(N\d+ )?(G[0123]\b.*)?[XYZ]-?\d",
        "rapid": r"^(N\d+ )?G0?1\b.*[XYZ]",
        "tool": r"T\d+",
        "offset": r"G5[4-9]\b",
        "length": r"G43",
    }[kind]
    places = _moves(lines, pattern)
    if not places:
        return None
    at = draw.choice(places)
    old = lines[at]
    new = {
        "drop": "",
        "rapid": re.sub(r"G0?1\b", "G0", old, count=1),
        "tool": re.sub(r"T(\d+)", lambda found: f"T{int(found[1]) + 1}", old, count=1),
        "offset": re.sub(r"G5[4-9]", "G59.1", old, count=1),
        "length": re.sub(r"G43(\s*H\d+)?", "", old, count=1),
    }[kind]
    return kind, [*lines[:at], new, *lines[at + 1 :]]


def _same(before: str, after: str) -> bool:
    a, b = interpret(before), interpret(after)
    return a.problems == b.problems and all(
        np.array_equal(x, y) for x, y in ((a.start, b.start), (a.end, b.end), (a.kind, b.kind), (a.tool, b.tool))
    )


def main() -> None:
    """Print the share caught, kind by kind, the misses and the median time of a proof."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--target", type=Path)
    parser.add_argument("--faults", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    good: list[tuple[Path, Path]] = []
    plans = sorted(options.folder.rglob("plan.json"))
    for plan in plans:
        target = options.target or next(iter(sorted(plan.parent.glob("*.st*p"))), None)
        if target is not None and certify(plan.parent, target).certified:
            good.append((plan.parent, target))
    print(f"{len(good)} of {len(plans)} plans are certified as they stand")
    caught: dict[str, list[bool]] = {}
    seconds: list[float] = []
    tries = 0
    while good and sum(map(len, caught.values())) < options.faults and tries < 20 * options.faults:
        tries += 1
        folder, target = draw.choice(good)
        setup = draw.choice(msgspec.json.decode((folder / "plan.json").read_bytes())["setups"])
        text = (folder / setup["program"]).read_text()
        fault = mutate(text.splitlines(), draw)
        if fault is None or _same(text, "\n".join(fault[1])):
            continue
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch) / "plan"
            shutil.copytree(folder, copy)
            (copy / setup["program"]).write_text("\n".join(fault[1]))
            began = time.perf_counter()
            result = certify(copy, target)
            seconds.append(time.perf_counter() - began)
        caught.setdefault(fault[0], []).append(not result.certified)
        if result.certified:
            pairs = zip(text.splitlines(), fault[1], strict=True)
            line, old, new = next((n, a, b) for n, (a, b) in enumerate(pairs, start=1) if a != b)
            print(f"still certified: {fault[0]} in {folder.name}/{setup['program']} line {line}: {old!r} -> {new!r}")
    for kind, results in sorted(caught.items()):
        print(f"{kind}: {sum(results)} of {len(results)} caught")
    everything = [result for results in caught.values() for result in results]
    if everything:
        share = sum(everything) / len(everything)
        print(f"all: {sum(everything)} of {len(everything)} ({share:.1%}), median {np.median(seconds):.2f} s a proof")


if __name__ == "__main__":
    main()
