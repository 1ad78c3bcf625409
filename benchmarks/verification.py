"""Seeded faults over plans: what share does the verifier catch, does it cry wolf, and how long does a proof take?

Usage: python benchmarks/verification.py [PLAN_FOLDER | PART.step ...] [--faults 200] [--seed S] [--plans DIR]
       [--minutes M]

A plan folder holds plan.json and its STEP file, or folders that do; STEP files are planned first (into DIR). Without any,
the parts of the example shop are planned. Plans that are certified as they stand are the good ones; each that its planner
called certified and the verifier does not is a false alarm. A fault counts as caught where the plan is no longer
certified. What stays certified is shown to a second, slow measure that shares no geometry with the verifier: where that
sees no change in the part, no rapid in material and nothing hit, the fault changes nothing (a repeated block, a tool of
the same size, a plane in a program without arcs), is listed as such, and another one is drawn in its place.
"""

import argparse
import math
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
from faults import KINDS, Draft, Fault, seed_fault
from second_opinion import harm

from nightmill.plant import plan_part
from nightmill.verification import certify
from nightmill.vocabulary.plan import Plan

PARTS = Path(__file__).parents[1] / "src" / "nightmill" / "plant" / "example" / "parts"


def good_plans(sources: list[Path], plans: Path) -> list[tuple[Path, Path]]:
    """Folders whose plan is certified as it stands, each with its part; says how many are not."""
    folders: list[tuple[Path, Path]] = []
    for source in sources:
        if source.is_dir():
            for plan in sorted(source.rglob("plan.json")):
                parts = sorted(path for path in plan.parent.iterdir() if path.suffix.lower() in (".step", ".stp"))
                folders += [(plan.parent, parts[0])] if parts else []
        else:
            plan_part(source, out=plans / source.stem)
            folders.append((plans / source.stem, source))
    good, refused = [], 0
    seconds = []
    for folder, target in folders:
        began = time.process_time()
        result = certify(folder, target)
        seconds.append(time.process_time() - began)
        if result.certified:
            good.append((folder, target))
        else:
            refused += 1
            print(f"not certified as it stands: {folder.name}: {'; '.join(result.messages[:2])}")
    print(f"good plans: {len(good)} of {len(folders)}; a proof takes {np.median(seconds):.2f} CPU s (median)")
    return good


def read_plan(folder: Path) -> tuple[Plan, dict[str, str]]:
    """A plan and its programs' texts."""
    plan = msgspec.json.decode((folder / "plan.json").read_bytes(), type=Plan)
    return plan, {setup.program: (folder / setup.program).read_text() for setup in plan.setups}


def faulty(
    plan: Plan, texts: dict[str, str], draw: random.Random, kind: str
) -> tuple[Fault, Plan, dict[str, str]] | None:
    """A fault of a kind in a plan, as a plan again; None where there is no place for it."""
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


def caught(folder: Path, target: Path, plan: Plan, texts: dict[str, str]) -> bool:
    """Whether the verifier refuses the plan; body files come from ``folder``."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "plan"
        shutil.copytree(folder, copy)
        (copy / "plan.json").write_bytes(msgspec.json.encode(plan))
        for name, text in texts.items():
            (copy / name).write_text(text)
        return not certify(copy, target).certified


def run(good: list[tuple[Path, Path]], wanted: int, seed: int, minutes: float) -> None:
    """Seed faults, kind by kind in turn, until ``wanted`` real ones are judged or time is up; print what came of them."""
    draw = random.Random(seed)
    tally: dict[str, list[bool]] = {}
    idle: list[str] = []
    kinds = list(KINDS)
    tries = 0
    end = time.monotonic() + 60 * minutes
    while sum(map(len, tally.values())) < wanted and tries < 20 * wanted and time.monotonic() < end:
        kind = kinds[tries % len(kinds)]
        tries += 1
        folder, target = draw.choice(good)
        plan, texts = read_plan(folder)
        made = faulty(plan, texts, draw, kind)
        if made is None or (made[1] == plan and made[2] == texts):
            continue
        fault, bad_plan, bad_texts = made
        if caught(folder, target, bad_plan, bad_texts):
            tally.setdefault(kind, []).append(True)
            judged = sum(map(len, tally.values()))
            if judged % 10 == 0:
                print(f"{judged} faults judged, {sum(map(sum, tally.values()))} caught", file=sys.stderr, flush=True)
            continue
        word = harm(folder, target, (plan, texts), (bad_plan, bad_texts))
        if word:
            tally.setdefault(kind, []).append(False)
            print(f"MISSED {kind}, {folder.name}/{fault.where}: {word}", flush=True)
        else:
            idle.append(f"{kind}, {folder.name}/{fault.where}")
            print(f"changes nothing by the second measure: {idle[-1]}", flush=True)
    for kind, results in sorted(tally.items()):
        print(f"{kind}: {sum(results)} of {len(results)} caught")
    everything = [result for results in tally.values() for result in results]
    if everything:
        share = sum(everything) / len(everything)
        print(f"all: {sum(everything)} of {len(everything)} caught ({share:.1%}); {len(idle)} faults changed nothing")


def main() -> None:
    """Plan where asked, prove the good plans, seed the faults."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", type=Path)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plans", type=Path)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop seeding after so long")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        good = good_plans(options.sources or sorted(PARTS.glob("*.step")), options.plans or Path(scratch))
        if not good:
            sys.exit("no certified plan to seed faults into")
        run(good, options.faults, options.seed, options.minutes)


if __name__ == "__main__":
    main()
