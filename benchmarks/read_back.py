"""Read every program of many plans with other readers: LinuxCNC's rs274 is compared block by block, and every other
post's program is read back.

    python benchmarks/read_back.py PLAN_FOLDER ... [--rs274 PATH]

A folder holds plan.json and its programs, or subfolders with them. ``.ci/rs274`` fetches the interpreter and prints its
path; programs of turning setups are run in the lathe's plane. Exits with 1 if a program is refused or makes different
moves.
"""

import argparse
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import msgspec

from nightmill.cam import posts
from nightmill.plant.part_planning.post_processing import REFERENCE, toolpath_of
from nightmill.verification import first_difference, interpret
from nightmill.vocabulary.plan import Plan

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "verification"))
import linuxcnc

POSTS = tuple(name for name in posts.post_names() if name != REFERENCE)


def by_rs274(rs274: Path, text: str, turning: bool) -> str:
    """Return where rs274 and Nightmill's interpreter differ in a program; empty if they agree. For turning programs
    rs274 prints feeds per revolution, which aren't compared.
    """
    tools = sorted({int(number) for number in re.findall(r"^T(\d+)", text, re.MULTILINE)})
    with tempfile.TemporaryDirectory() as scratch:
        try:
            theirs, ours = linuxcnc.theirs(rs274, text, tools, Path(scratch)), linuxcnc.ours(text)
            if turning:
                theirs, ours = without_feeds(theirs), without_feeds(ours)
            linuxcnc.assert_same(theirs, ours)
        except AssertionError as error:
            return str(error)[:300]
    return ""


def without_feeds(moves: list[linuxcnc.Move]) -> list[linuxcnc.Move]:
    """Return the moves without their feed words."""
    return [(kind, values if kind == "rapid" else (values[0], *values[2:])) for kind, values in moves]


def by_post(text: str, toolpath: posts.Toolpath, post: str, options: posts.PostOptions) -> str:
    """Return where a post's program moves differently from its source, the LinuxCNC program ``text``; empty if it doesn't."""
    try:
        made = posts.post_named(post).write(toolpath, options).text
    except posts.PostError as error:
        return f"no post: {error}"
    turning = toolpath.machining == "turn"
    return first_difference(interpret(text), made, post, pockets=options.pockets, turning=turning) or ""


def main() -> None:
    """Read all programs and print the differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rs274", type=Path, default=linuxcnc.find())
    options = parser.parse_args()
    agreed: Counter[str] = Counter()
    differ = blocks = 0
    for path in sorted(path for folder in options.folders for path in folder.rglob("plan.json")):
        plan = msgspec.json.decode(path.read_bytes(), type=Plan)
        for number, setup in enumerate(plan.setups, start=1):
            text = (path.parent / setup.program).read_text()
            blocks += text.count("\n")
            turning = setup.kind == "turn"
            found = {"rs274": by_rs274(options.rs274, text, turning)} if options.rs274 else {}
            pockets = posts.pockets_of(
                step.tool for each in plan.setups if each.kind == setup.kind for step in each.steps
            )
            toolpath = toolpath_of(path.parent, setup.program)
            given = posts.PostOptions(number, pockets)
            able = [post for post in POSTS if not turning or posts.post_named(post).turns]
            found |= {post: by_post(text, toolpath, post, given) for post in able}
            for reader, word in found.items():
                agreed[reader] += not word
                differ += bool(word)
                if word:
                    print(f"{path.parent.name}/{setup.program}, {reader}: {word}", flush=True)
    print(f"{blocks} blocks; programs that read the same: " + ", ".join(f"{r} {n}" for r, n in sorted(agreed.items())))
    print(f"{differ} differ" + ("" if options.rs274 else "; rs274 is not here, see .ci/rs274"))
    raise SystemExit(1 if differ else 0)


if __name__ == "__main__":
    main()
