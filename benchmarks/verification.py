"""Seed faults in plans: measure the share that the verifier catches, and its false alarms.

Usage: python benchmarks/verification.py [FOLDER | PART.step ...] [--machined N] [--faults 200] [--rewritings 60] [--seed S]
       [--plans DIR] [--minutes M] [--workers N]

STEP files, and those in folders without a plan.json, are planned first (into DIR); a folder that holds plan.json and
its STEP file is used as it is. Without arguments, the parts of the example shop and N random ones (``machined_parts``)
are planned. Certified plans are the good ones; a plan that the planner calls certified but the verifier doesn't is a
false alarm.

The verifier doesn't decide whether a fault is real: a second, slow check (``second_opinion``) that shares no geometry
with it must find a change of the part beyond the limits, a rapid through material, a collision, or a control that
stops; or the kind of fault is dangerous by nature (``BY_NATURE``). A real fault counts as caught if the plan is no
longer certified. Other faults (a repeated block, a tool of the same size) are listed separately, with the verifier's
reason if it refuses them. Good programs are also rewritten without changing their cuts, to search for further false
alarms: each must stay certified.
"""

import argparse
import math
import os
import random
import shutil
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
from faults import BY_NATURE, KINDS, USUAL, Draft, Fault, seed_fault
from labelled_parts import write
from machined_parts import make
from rewritings import REWRITINGS
from second_opinion import harm

from nightmill.plant.part_planning import plan_part
from nightmill.verification import certify
from nightmill.vocabulary.plan import Plan

Answer = TypeVar("Answer")

PARTS = Path(__file__).parents[1] / "src" / "nightmill" / "plant" / "example" / "parts"


def plan_folders(sources: list[Path], plans: Path) -> list[tuple[Path, Path]]:
    """Return folders with a plan, each with its part; parts without a plan are planned in ``plans``."""
    folders: list[tuple[Path, Path]] = []
    parts: list[Path] = []
    for source in sources:
        inside = sorted(source.rglob("*")) if source.is_dir() else [source]
        steps = [path for path in inside if path.suffix.lower() in (".step", ".stp")]
        planned = {path.parent for path in inside if path.name == "plan.json"}
        folders += [(folder, step) for folder in sorted(planned) if (step := _first(steps, folder))]
        parts += [step for step in steps if step.parent not in planned]
    for part in parts:
        plan_part(part, out=plans / part.stem)
        folders.append((plans / part.stem, part))
    return folders


def _first(steps: list[Path], folder: Path) -> Path | None:
    """Return the part of a plan: the file named after the folder if there is one."""
    own = [step for step in steps if step.parent == folder]
    return next((step for step in own if step.stem == folder.name), own[0] if own else None)


def good_plans(folders: list[tuple[Path, Path]]) -> list[tuple[Path, Path]]:
    """Return the plans that are certified; print how many aren't, and their planner's verdict."""
    good, seconds, alarms = [], [], 0
    for folder, target in folders:
        began = time.process_time()
        result = certify(folder, target)
        seconds.append(time.process_time() - began)
        if result.certified:
            good.append((folder, target))
            continue
        alarms += _called_good(folder)
        print(f"not certified to begin with: {folder.name}: {'; '.join(result.messages[:2])}")
    print(
        f"good plans: {len(good)} of {len(folders)}; a verification takes {np.median(seconds or [0]):.2f} CPU s (median)"
    )
    print(f"certified by their planner but refused: {alarms}")
    return good


def _called_good(folder: Path) -> bool:
    """Return whether the planner called its plan certified, according to the plan's record."""
    record = folder / "route.json"
    return record.is_file() and bool(msgspec.json.decode(record.read_bytes())["certified"])


def read_plan(folder: Path) -> tuple[Plan, dict[str, str]]:
    """Return a plan and its programs' texts."""
    plan = msgspec.json.decode((folder / "plan.json").read_bytes(), type=Plan)
    return plan, {setup.program: (folder / setup.program).read_text() for setup in plan.setups}


def faulty(
    plan: Plan, texts: dict[str, str], draw: random.Random, kind: str
) -> tuple[Fault, Plan, dict[str, str]] | None:
    """Return the plan with a fault of one kind; None if the fault isn't possible there."""
    draft = Draft(
        {name: text.splitlines() for name, text in texts.items()},
        tuple(setup.program for setup in plan.setups),
        tuple(tool.number for tool in plan.tools),
    )
    fault = seed_fault(draft, draw, kind)
    if fault is None:
        return None
    by_program = {setup.program: setup for setup in plan.setups}
    setups = tuple(by_program[name] for name in fault.draft.order)
    bad = {name: "\n".join(lines) + "\n" for name, lines in fault.draft.programs.items()}
    return fault, msgspec.structs.replace(plan, setups=setups), bad


@dataclass(frozen=True)
class Case:
    """A plan with a seeded fault or a rewritten program: its description, and the folder of the good plan."""

    kind: str
    place: str
    folder: Path
    target: Path
    plan: Plan
    texts: dict[str, str]


def objections(case: Case) -> tuple[str, ...]:
    """Return the verifier's findings on a plan, empty if it is certified; body files are those of the good plan."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "plan"
        shutil.copytree(case.folder, copy)
        (copy / "plan.json").write_bytes(msgspec.json.encode(case.plan))
        for name, text in case.texts.items():
            (copy / name).write_text(text)
        result = certify(copy, case.target)
        return () if result.certified else result.messages or ("refused without a message",)


def opinions(case: Case) -> tuple[str, tuple[str, ...]]:
    """Return the second check's findings on a faulty plan, empty if the part stays the same, and the verifier's."""
    good = read_plan(case.folder)
    word = BY_NATURE.get(case.kind) or harm(case.folder, case.target, good, (case.plan, case.texts))
    return word, objections(case)


@dataclass
class Tally:
    """Results for the faults: for each kind, whether each real fault was caught; harmless faults by verdict."""

    real: dict[str, list[bool]] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)
    idle: list[str] = field(default_factory=list)
    refused: int = 0

    @property
    def judged(self) -> int:
        """Return how many real faults were judged."""
        return sum(map(len, self.real.values()))

    def print(self) -> None:
        """Print a table by kind, and the total."""
        print(f"{'kind':24} {'real':>5} {'caught':>7}")
        for kind, results in sorted(self.real.items()):
            print(f"{kind:24} {len(results):5} {sum(results):7}")
        caught = sum(map(sum, self.real.values()))
        share = f"{caught / self.judged:.1%}" if self.judged else "-"
        print(f"{'all':24} {self.judged:5} {caught:7}  {share} over {len(self.parts)} parts")
        print(
            f"{len(self.idle)} faults changed nothing according to the second check; the verifier refused {self.refused} of them:"
        )
        print("\n".join(self.idle))


def in_order(
    work: Callable[[Case], Answer], cases: Iterator[Case], workers: int, end: float
) -> Generator[tuple[Case, Answer], None, None]:
    """Yield each case with the result of ``work`` in one of ``workers`` processes, in order, until time is up."""
    under_way: deque[tuple[Case, Future[Answer]]] = deque()
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        while time.monotonic() < end:
            under_way.extend((case, pool.submit(work, case)) for case in islice(cases, 4 * workers - len(under_way)))
            if not under_way:
                return
            case, future = under_way.popleft()
            yield case, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def faults(good: list[tuple[Path, Path]], most: int, seed: int) -> Iterator[Case]:
    """Yield plans with one fault each, kind by kind in turn, with at most ``most`` attempts."""
    draw = random.Random(seed)
    kinds = [*KINDS, *USUAL]
    for number in range(most):
        kind = kinds[number % len(kinds)]
        folder, target = draw.choice(good)
        plan, texts = read_plan(folder)
        made = faulty(plan, texts, draw, kind)
        if made is not None and (made[1] != plan or made[2] != texts):
            fault, bad_plan, bad_texts = made
            yield Case(kind, f"{kind}, {folder.name}/{fault.where}", folder, target, bad_plan, bad_texts)


def judge_faults(good: list[tuple[Path, Path]], wanted: int, seed: int, end: float, workers: int) -> Tally:
    """Seed faults until ``wanted`` real ones are judged or time is up."""
    tally = Tally()
    with closing(in_order(opinions, faults(good, 20 * wanted, seed), workers, end)) as judged:
        for case, (word, said) in judged:
            if word:
                tally.real.setdefault(case.kind, []).append(bool(said))
                tally.parts.add(case.folder.name)
                if not said:
                    print(f"MISSED {case.place}: {word}", flush=True)
            else:
                tally.idle.append(f"  {case.place}: {said[0] if said else 'certified'}")
                tally.refused += bool(said)
            if word and tally.judged % 10 == 0:
                caught = sum(map(sum, tally.real.values()))
                print(f"{tally.judged} faults, {caught} caught", file=sys.stderr, flush=True)
            if tally.judged >= wanted:
                break
    return tally


def rewritten(good: list[tuple[Path, Path]], wanted: int, seed: int) -> Iterator[Case]:
    """Yield good plans with rewritten programs."""
    draw = random.Random(seed)
    for number in range(wanted):
        word = list(REWRITINGS)[number % len(REWRITINGS)]
        folder, target = draw.choice(good)
        plan, texts = read_plan(folder)
        new = {name: "\n".join(REWRITINGS[word](text.splitlines(), draw)) + "\n" for name, text in texts.items()}
        yield Case(word, f"{word}, {folder.name}", folder, target, plan, new)


def judge_rewritings(
    good: list[tuple[Path, Path]], wanted: int, seed: int, end: float, workers: int
) -> tuple[int, int]:
    """Return how many rewritten good plans were judged, and how many of them the verifier refused."""
    judged = alarms = 0
    for case, said in in_order(objections, rewritten(good, wanted, seed), workers, end):
        judged += 1
        if said:
            alarms += 1
            print(f"ALARM {case.place}: {said[0]}", flush=True)
    return judged, alarms


def main() -> None:
    """Plan if needed, verify the good plans, seed the faults, rewrite the good ones; return 1 after a missed fault or a
    false alarm.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", type=Path)
    parser.add_argument(
        "--machined", type=int, default=12, help="number of random parts in addition to those of the example shop"
    )
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--rewritings", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plans", type=Path)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after this many minutes")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="number of plans to judge in parallel")
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as scratch:
        sources = options.sources or [*sorted(PARTS.glob("*.step")), *_machined(Path(scratch) / "parts", options)]
        good = good_plans(plan_folders(sources, options.plans or Path(scratch)))
        if not good:
            sys.exit("no certified plan to seed faults into")
        judged, alarms = judge_rewritings(good, options.rewritings, options.seed, end, options.workers)
        print(f"good plans rewritten: {judged}, refused {alarms}", flush=True)
        tally = judge_faults(good, options.faults, options.seed, end, options.workers)
    tally.print()
    sys.exit(1 if alarms or not all(all(results) for results in tally.real.values()) else 0)


def _machined(folder: Path, options: argparse.Namespace) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"machined_{seed}.step" for seed in range(options.seed, options.seed + options.machined)]
    for seed, path in enumerate(paths, options.seed):
        write(make(seed), path)
    return paths


if __name__ == "__main__":
    main()
