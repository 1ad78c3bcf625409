"""Read the programs of every post back: as they are, with seeded faults, and mutated.

Usage: python campaigns/posted_programs.py PLAN_FOLDER ... [--programs 500] [--faults 200] [--mutants 1000] [--seed 1] [--limit 20]

A folder holds a plan, or subfolders with plans. Three campaigns run over the toolpaths (``*.toolpath``) in them:

- **Programs.** Each toolpath, and copies of it at another place, with other speeds and feeds, is written by every post, and each program
  must be read back as the same moves as the LinuxCNC program.
- **Faults.** A fault is either a post that writes something else (one block of the toolpath is changed, dropped or swapped with the next)
  or a typing error (another number in a word of the program). A block whose change makes no difference to the moves of the LinuxCNC
  program is no fault, nor is a number that has no effect on moves (``WITHOUT_EFFECT``). Reading back must find the fault.
- **Mutants.** Programs with changed bytes, lines, numbers and hostile blocks, as in ``mutated_nc``, must be read or refused with a
  sentence, without any other exception and within the limit (CPU time).
"""

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from mutated_nc import mutated

from nightmill.cam import posts
from nightmill.cam.toolpath.toolpath import Arc, Block, Coolant, Cycle, Line, Rapid, Spindle, ToolChange, Toolpath
from nightmill.verification import Motions, first_difference, interpret
from nightmill.verification.nc.reader import DialectError, readers

HOME = (0.0, 0.0, 500.0)
REFERENCE = "linuxcnc"
KINDS = ("drill", "break_chips", "peck", "ream", "tap")
LEAST_CHANGE = 2e-4
"""Smallest difference of a number that is a fault: coordinates are compared to four decimals."""
SPEED_SHARE = 0.03
"""Smallest change of a speed that is a fault: on lathes they are compared to 2 %, since some controls take whole m/min."""
COMMENT = re.compile(r"\([^()]*\)|;[^~\n]*")
NUMBER = re.compile(r"(?<![\d.])[+-]?\d+\.?\d*")
WITHOUT_EFFECT = {
    "linuxcnc": r"^G64 .*|^M5$",
    "fanuc": r"^O\d+|^M5$",
    "haas": r"^O\d+|^G187 .*|^M5$",
    "siemens": r"ADIS\w*=\S+|^M5$",
    "heidenhain": r"^\d+ (?:M5$|(?:BLK FORM|BEGIN|END|CYCL DEF 32).*)?|\bQ(?:205|253|256)=\S+",
}
"""Words without an effect on moves: block and program numbers, the amount of blending, the blank, M5 before the M30 that also stops the
spindle, and parameters of a cycle that pecks evenly.
"""
Fault = tuple[str, str]
"""A kind of fault, and the program that has it; the program is empty if the post refuses to write it."""


def toolpaths(folders: Sequence[Path]) -> list[Toolpath]:
    """Return all toolpaths in folders and their subfolders."""
    files = sorted(file for folder in folders for file in folder.rglob("*.toolpath"))
    return [posts.decoded(file.read_bytes()) for file in files]


def controls(toolpath: Toolpath) -> list[str]:
    """Return the names of the posts that write a toolpath."""
    turning = toolpath.machining == "turn"
    return [name for name in posts.post_names() if not turning or posts.post_named(name).turns]


def written(toolpath: Toolpath, control: str) -> str:
    """Return the program for a control."""
    return posts.post_named(control).write(toolpath, options(toolpath)).text


def options(toolpath: Toolpath) -> posts.PostOptions:
    """Return options with the pockets of a toolpath's tools."""
    return posts.PostOptions(7, posts.pockets_of(toolpath.tools()))


def found(source: Motions, toolpath: Toolpath, text: str, control: str) -> str | None:
    """Return what reading back finds in a program; None if it finds nothing."""
    pockets = options(toolpath).pockets if control != REFERENCE else None
    turning = toolpath.machining == "turn"
    return first_difference(source, text, control, HOME, pockets=pockets, turning=turning)


def proven(toolpath: Toolpath) -> Motions:
    """Return the moves of the LinuxCNC program."""
    return interpret(posts.post_named(REFERENCE).write(toolpath).text, home=HOME, lathe=toolpath.machining == "turn")


def elsewhere(toolpath: Toolpath, draw: random.Random) -> Toolpath:
    """Return a copy of a toolpath at another place along X, Y and Z (on a lathe along Z), with other speeds and feeds."""
    turning = toolpath.machining == "turn"
    shift = {"x": 0.0 if turning else draw.uniform(-90, 90), "y": draw.uniform(-90, 90), "z": draw.uniform(-20, 20)}
    rate, speed = draw.uniform(0.5, 1.5), draw.uniform(0.5, 1.5)
    blocks: list[Block] = []
    for block in toolpath.blocks:
        changes: dict[str, float] = {}
        for name, by in shift.items():
            value = getattr(block, name, None)
            if value is not None:
                changes[name] = value + by
        if isinstance(block, Cycle):
            changes |= {"clear": block.clear + shift["z"], "bottom": block.bottom + shift["z"]}
        if isinstance(block, Spindle):
            changes["rpm"] = float(round(block.rpm * speed))
        taps = isinstance(block, Cycle) and block.kind == "tap"
        feed = getattr(block, "feed", None)
        if feed is not None and not turning:
            changes["feed"] = feed * (speed if taps else rate)
        blocks.append(msgspec.structs.replace(block, **changes) if changes else block)
    return Toolpath(tuple(blocks))


def read_back(paths: Sequence[Toolpath], programs: int, draw: random.Random) -> tuple[Counter[str], list[str]]:
    """Return how many programs of each post were read back as the same moves, and what differs in the others."""
    same: Counter[str] = Counter()
    differ: list[str] = []
    while paths and same.total() + len(differ) < programs:
        for number, path in enumerate(paths):
            if same.total() + len(differ) >= programs:
                break
            path = path if not same.total() and not number else elsewhere(path, draw)
            source = proven(path)
            if source.problems:
                differ.append(f"toolpath {number}: {source.problems[0].sentence()}")
                continue
            for control in controls(path):
                try:
                    word = found(source, path, written(path, control), control)
                except posts.PostError as error:
                    word = str(error)
                same[control] += word is None
                differ += [f"toolpath {number}, {control}: {word}"] if word else []
    return same, differ


def wrong_block(toolpath: Toolpath, draw: random.Random) -> tuple[str, Toolpath]:
    """Return a kind of fault and a toolpath with one wrong block."""
    blocks = list(toolpath.blocks)
    at = draw.randrange(len(blocks) - 1)
    block = blocks[at]
    if draw.random() < 0.2:
        kind = draw.choice(("dropped", "swapped"))
        blocks[at : at + 2] = [blocks[at + 1]] if kind == "dropped" else [blocks[at + 1], block]
        return f"{kind} {type(block).__name__}", Toolpath(tuple(blocks))
    places = [name for name in ("x", "y", "z", "clear", "bottom") if getattr(block, name, None) is not None]
    name = draw.choice(places) if places else ""
    moved = {name: getattr(block, name) + draw.choice((-1, 1)) * 10 ** draw.uniform(-2.5, 1)} if name else {}
    changes: dict[str, object] = moved
    match block:
        case Line() | Rapid() if draw.random() < 0.3:
            feed = None if isinstance(block, Line) else 300.0
            other = (
                Rapid(block.x, block.y, block.z) if isinstance(block, Line) else Line(block.x, block.y, block.z, feed)
            )
            blocks[at] = other
            return f"{type(other).__name__} for {type(block).__name__}", Toolpath(tuple(blocks))
        case Line() | Arc() if block.feed is not None and draw.random() < 0.3:
            changes = {"feed": block.feed * draw.choice((0.1, 0.9, 1.1, 10))}
        case Arc() if draw.random() < 0.5:
            changes = {"left": not block.left} if draw.random() < 0.5 else {"i": block.i + draw.choice((-0.1, 0.1))}
        case Cycle() if draw.random() < 0.7:
            changes = draw.choice(
                [
                    {
                        "kind": draw.choice([each for each in KINDS if each != block.kind]),
                        "peck_mm": block.peck_mm or 1.0,
                    },
                    {"feed": block.feed * 1.2},
                    {"peck_mm": block.peck_mm * 0.8},
                    {"to_start": not block.to_start},
                ]
            )
        case Spindle():
            changes = {"rpm": block.rpm * draw.choice((0.1, 0.5, 2))}
        case ToolChange():
            changes = {"tool": draw.choice([*toolpath.tools(), block.tool + 1])}
        case Coolant():
            changes = {"on": not block.on}
        case _:
            pass
    if not changes:
        return wrong_block(toolpath, draw)
    blocks[at] = msgspec.structs.replace(block, **changes)
    return f"{type(block).__name__} with another {' and '.join(changes)}", Toolpath(tuple(blocks))


def typing_error(text: str, control: str, draw: random.Random) -> Fault:
    """Return a program with another number in one of its words."""
    lines = text.splitlines()
    idle = re.compile(WITHOUT_EFFECT[control])
    while True:
        at = draw.randrange(len(lines))
        taken = [each.span() for pattern in (COMMENT, idle) for each in pattern.finditer(lines[at])]
        numbers = [
            each for each in NUMBER.finditer(lines[at]) if not any(a <= each.start() < b for a, b in taken)
        ]  # fmt: skip
        if not numbers:
            continue
        number = draw.choice(numbers)
        before, after = lines[at][: number.start()], lines[at][number.end() :]
        value = number[0]
        digit = draw.choice([place for place, letter in enumerate(value) if letter.isdigit()])
        other = value[:digit] + draw.choice([d for d in "0123456789" if d != value[digit]]) + value[digit + 1 :]
        least = SPEED_SHARE * float(value) if re.search(r"(?:[SD]|LIMS=)$", before) else LEAST_CHANGE
        if abs(float(other) - float(value)) < least:
            continue
        lines[at] = f"{before}{other}{after}"
        return f"{before[-8:]}{value} typed as {other}", "\n".join(lines) + "\n"


def fault_of(path: Toolpath, source: Motions, control: str, draw: random.Random) -> Fault:
    """Return a fault in the program of a toolpath for a control."""
    if control == REFERENCE or draw.random() < 0.5:
        return typing_error(written(path, control), control, draw)
    while True:
        kind, wrong = wrong_block(path, draw)
        try:
            same = found(source, path, posts.post_named(REFERENCE).write(wrong).text, REFERENCE) is None
        except posts.PostError:
            same = False
        if same:
            continue
        try:
            return kind, posts.post_named(control).write(wrong, options(path)).text
        except posts.PostError:
            return kind, ""


def seeded(paths: Sequence[Toolpath], faults: int, draw: random.Random) -> tuple[Counter[str], list[str]]:
    """Return how many faults were found in programs of each post, and those that weren't."""
    caught: Counter[str] = Counter()
    missed: list[str] = []
    for number in range(faults):
        names = posts.post_names()
        control = names[number % len(names)]
        path = draw.choice([each for each in paths if control in controls(each)])
        source = proven(path)
        kind, text = fault_of(path, source, control, draw)
        if not text or found(source, path, text, control) is not None:
            caught[control] += 1
        else:
            missed.append(f"fault {number}, {control}: {kind}")
    return caught, missed


def mutants(
    paths: Sequence[Toolpath], count: int, draw: random.Random, limit_s: float, change: Callable[[bytes, random.Random], bytes] = mutated
) -> tuple[Counter[str], list[str]]:  # fmt: skip
    """Return how many mutants were read and refused, and what went wrong with others."""
    answers: Counter[str] = Counter()
    failures: list[str] = []
    for number in range(count):
        names = posts.post_names()
        control = names[number % len(names)]
        path = draw.choice([each for each in paths if control in controls(each)])
        text = change(written(path, control).encode(), draw).decode("utf-8", "replace")
        began = time.process_time()
        try:
            readers()[control](text, HOME, path.machining == "turn")
            answers["read"] += 1
        except DialectError as error:
            answers["refused"] += bool(str(error))
        except Exception as error:  # noqa: BLE001 - the campaign looks for exceptions that aren't refusals
            failures.append(f"mutant {number}, {control}: {type(error).__name__}: {error}")
        if time.process_time() - began > limit_s:
            failures.append(f"mutant {number}, {control}: took longer than {limit_s:g} s")
    return answers, failures


def main() -> None:
    """Run the three campaigns; exit 1 if a program differs, a mutant fails, or more than one fault in a hundred is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--programs", type=int, default=500)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--mutants", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=20.0)
    asked = parser.parse_args()
    paths = toolpaths(asked.folders)
    if not paths:
        parser.error("no toolpaths in these folders: plan parts into them first")
    draw = random.Random(asked.seed)
    same, differ = read_back(paths, asked.programs, draw)
    caught, missed = seeded(paths, asked.faults, draw)
    answers, failures = mutants(paths, asked.mutants, draw, asked.limit)
    for line in [*differ, *missed, *failures]:
        print(line)
    print(
        f"{same.total()} programs of {len(paths)} toolpaths read back as the same moves: {counted(same)}; {len(differ)} differ"
    )
    print(f"{caught.total()} of {asked.faults} faults found: {counted(caught)}")
    print(f"mutants {counted(answers)}; {len(failures)} failures")
    sys.exit(1 if differ or failures or 100 * len(missed) > asked.faults else 0)


def counted(numbers: Counter[str]) -> str:
    """Return counts by name as one line."""
    return ", ".join(f"{name} {number}" for name, number in sorted(numbers.items()))


if __name__ == "__main__":
    main()
