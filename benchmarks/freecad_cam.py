"""Compare cycle time, uncut area and planning time with FreeCAD CAM at default settings: same tools, limits and motion model.

Usage: python benchmarks/freecad_cam.py PART.step|FOLDER ... [--material NAME] [--keep DIR] [--freecad PATH]

Each part is planned as by ``nightmill plan``. FreeCAD gets the first setup: the part in the same position, the same raw
box and end mills, feeds within the same limits (see ``freecad_request.py``), and one operation with default settings
for each feature that our program cuts. Two programs are made, with floors cut by Adaptive and by Pocket. Both programs
are timed by ``nightmill.verification.read_program`` and judged by ``nightmill.verification.certify``, FreeCAD's in
place of our first setup's. FreeCAD gets no chamfers, slopes, reaming and tapping: our steps that only do these don't
count in our time, nor do such faces in FreeCAD's area. FreeCAD leaves corners for which our program changes tools, so
the table also shows how long our program takes until it leaves no more than FreeCAD's program leaves at its end. Exits
with 3 if FreeCAD isn't installed.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from freecad_request import HOLE_FINISHERS, Limits, Refused, View, operations

from nightmill.cad import read_part
from nightmill.cam import default_machine, material_named
from nightmill.plant.part_planning import PlanningOptions, plan_part
from nightmill.verification import ProgramSummary, certify, read_program
from nightmill.vocabulary.errors import NightmillError
from nightmill.vocabulary.plan import Certificate, Plan, Step

NAMES = ("freecadcmd-python3", "freecadcmd", "FreeCADCmd", "/usr/lib/freecad/bin/freecadcmd-python3")
JOB = Path(__file__).with_name("freecad_job.py")
LIMIT_S = 300
GOAL = 0.75


class PeerFailed(Exception):
    """FreeCAD wrote no program."""


@dataclass(frozen=True)
class Peer:
    """FreeCAD's program for one setup: text, computing time, how it was made."""

    kind: str
    text: str
    seconds: float
    version: str
    operations: list[dict[str, Any]]


@dataclass(frozen=True)
class Judged:
    """A timed and verified program; ``uncut_mm2`` is the area of floors, walls and holes more than 0.05 mm proud."""

    time: ProgramSummary
    proof: Certificate
    uncut_mm2: float


@dataclass(frozen=True)
class Row:
    """Our program for one part and FreeCAD's two. ``spared_s``: time of our steps that FreeCAD wasn't asked for."""

    name: str
    ours: Judged
    spared_s: float
    our_seconds: float
    peers: tuple[tuple[Peer, Judged], ...]
    level: float
    """Our time until no more is left than by the peer's fuller program, divided by that program's time."""

    def ratio(self, peer: Judged) -> float:
        """Return our time over the peer's."""
        return (self.ours.time.cycle_s - self.spared_s) / peer.time.cycle_s

    @property
    def quicker(self) -> float:
        """Return our time over that of the peer's faster program."""
        return max(self.ratio(each) for _, each in self.peers)

    @property
    def fuller(self) -> float:
        """Return our time over that of the peer's program that leaves less uncut; the faster one if both leave the
        same.
        """
        return self.ratio(fullest([each for _, each in self.peers]))


def fullest(programs: list[Judged]) -> Judged:
    """Return the program that leaves the least uncut; among equal ones the fastest."""
    return min(programs, key=lambda each: (round(each.uncut_mm2), each.time.cycle_s))


def find_freecad(given: str | None) -> str | None:
    """Return FreeCAD's command-line executable."""
    return next((found for name in ([given] if given else NAMES) if name and (found := shutil.which(name))), None)


def run_freecad(command: str, request: dict[str, Any], folder: Path) -> tuple[str, dict[str, Any]]:
    """Return FreeCAD's program for a request, and its messages."""
    asked, out = folder / "request.json", folder / "peer.ngc"
    asked.write_text(json.dumps(request))
    out.unlink(missing_ok=True)
    environment = {**os.environ, "FREECAD_REQUEST": str(asked), "FREECAD_OUT": str(out)}
    done = subprocess.run(
        [command, str(JOB)],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    if not out.is_file():
        raise PeerFailed(done.stderr.decode(errors="replace")[-800:])
    return out.read_text(), json.loads(out.with_suffix(".json").read_text())


def peer_program(command: str, kind: str, part: View, plan: Plan, text: str, step: Path, material: str) -> Peer:
    """Return FreeCAD's program with floors by ``kind``; if it finds no path with a tool, the next tool is tried."""
    refused: Refused = set()
    low, high = part.work_box(plan)
    while True:
        asked = operations(part, plan, text, kind, Limits(material_named(material), default_machine()), refused)
        if not asked:
            raise PeerFailed("the first setup has no end mill or no raw box")
        faces = {face for each in asked for face in each["faces"]}
        request = {
            "step": str(step.resolve()), "matrix": part.matrix.tolist(), "stock": {"min": low, "max": high},
            "operations": asked, "centroids": {face: part.centroid(face) for face in faces},
        }  # fmt: skip
        with tempfile.TemporaryDirectory() as scratch:
            program, said = run_freecad(command, request, Path(scratch))
        empty = {
            (each["kind"], tuple(each["faces"]), each["tool"])
            for each, count in zip(asked, said["counts"], strict=True)
            if not count and each["kind"] in {"adaptive", "pocket"}
        }
        if not empty - refused:
            return Peer(kind, program, said["seconds"], said["version"], asked)
        refused |= empty


def timed(text: str) -> ProgramSummary:
    """Return a program timed with the default machine's limits."""
    return read_program(text, default_machine())


def judged(text: str, folder: Path, step: Path, view: View) -> Judged:
    """Verify a program within the plan whose first setup it replaces."""
    proof = certify(folder, step)
    left = sum(each.area_mm2 for each in proof.uncut if any(view.prismatic(face) for face in each.faces))
    return Judged(timed(text), proof, left)


def without(text: str, steps: list[Step]) -> str:
    """Return a program without some of its steps, with the same line numbers."""
    lines = text.splitlines()
    for step in steps:
        lines[step.line_from - 1 : step.line_to] = [""] * (step.line_to - step.line_from + 1)
    return "\n".join(lines) + "\n"


def not_asked(steps: tuple[Step, ...], view: View, plan: Plan) -> list[Step]:
    """Return our steps that only ream, tap, chamfer or cut slopes, which FreeCAD isn't asked for."""
    kinds = {tool.number: tool.type for tool in plan.tools}
    return [
        s
        for s in steps
        if kinds[s.tool] in HOLE_FINISHERS or (kinds[s.tool] != "drill" and not any(view.prismatic(f) for f in s.faces))
    ]


def level_seconds(
    text: str, asked: list[Step], left_mm2: float, ours: Judged, folder: Path, step: Path, view: View, program: str
) -> float:
    """Return how long the ``asked`` steps of our program run until they leave no more than ``left_mm2``; their whole
    time if they never do.
    """
    low, high = 1, len(asked)
    while low < high and ours.uncut_mm2 <= left_mm2:
        middle = (low + high) // 2
        (folder / program).write_text(without(text, asked[middle:]))
        proven = judged((folder / program).read_text(), folder, step, view)
        low, high = (low, middle) if proven.uncut_mm2 <= left_mm2 else (middle + 1, high)
    return timed(without(text, asked[high:])).cycle_s


def compare(step: Path, command: str, material: str, folder: Path) -> Row:
    """Plan a part, let FreeCAD make the first setup, and time and verify all programs."""
    ours = folder / "nightmill"
    answer = plan_part(step, out=ours, options=PlanningOptions(material=material))
    plan = msgspec.json.decode((ours / "plan.json").read_bytes(), type=Plan)
    if not plan.setups or plan.setups[0].kind != "mill" or plan.stock.kind != "box":
        raise PeerFailed("no milled first setup from a raw box")
    setup = plan.setups[0]
    text = (ours / setup.program).read_text()
    view = View(read_part(step), setup)
    peers = []
    for kind in ("adaptive", "pocket"):
        peer = peer_program(command, kind, view, plan, text, step, material)
        theirs = folder / f"freecad-{kind}"
        shutil.copytree(ours, theirs, dirs_exist_ok=True)
        (theirs / setup.program).write_text(peer.text)
        peers.append((peer, judged(peer.text, theirs, step, view)))
    own, besides = judged(text, ours, step, view), not_asked(setup.steps, view, plan)
    asked, best = [s for s in setup.steps if s not in besides], fullest([each for _, each in peers])
    scratch = folder / "level"
    shutil.copytree(ours, scratch, dirs_exist_ok=True)
    spared_s = own.time.cycle_s - timed(without(text, besides)).cycle_s
    until_s = level_seconds(text, asked, best.uncut_mm2, own, scratch, step, view, setup.program) - spared_s
    return Row(step.stem, own, spared_s, float(answer["seconds"]), tuple(peers), until_s / best.time.cycle_s)


def show(row: Row) -> str:
    """Return the lines of the table for one part."""
    own = row.ours
    lines = []
    for name, seconds, each, ratio in (
        ("Nightmill", row.our_seconds, own, ""),
        *(("FreeCAD " + peer.kind, peer.seconds, made, f"{row.ratio(made):.2f}") for peer, made in row.peers),
    ):
        proof = each.proof
        cycle = each.time.cycle_s - (row.spared_s if each is own else 0.0)
        lines.append(
            f"{row.name[:26] if each is own else '':26s} {name:16s} {cycle:8.1f} {each.time.tool_changes:5d} {ratio:>6s}"
            f" {each.uncut_mm2:9.1f} {proof.gouge_mm or 0:7.3f} {proof.rapid_hits!s:>6s} {proof.collisions!s:>5s} {seconds:7.1f}"
        )
    return "\n".join(lines)


def summary(rows: list[Row], material: str) -> str:
    """Return the figures over all parts."""
    lines = [
        f"{len(rows)} parts, FreeCAD {rows[0].peers[0][0].version}, {material}; our cycle time divided by FreeCAD's:"
    ]
    for words, ratios in (
        ("the quicker of its two programs", [row.quicker for row in rows]),
        ("that of the two that leaves less uncut", [row.fuller for row in rows]),
        ("floors by Adaptive", [row.ratio(row.peers[0][1]) for row in rows]),
        ("the one that leaves less, until ours leaves no more", [row.level for row in rows]),
    ):
        lines.append(
            f"  {words}: median {statistics.median(ratios):.2f}, worst {max(ratios):.2f}, at most {GOAL} on"
            f" {sum(ratio <= GOAL for ratio in ratios)} of {len(ratios)}"
        )
    own = sum(row.ours.uncut_mm2 for row in rows)
    theirs = [sum(row.peers[k][1].uncut_mm2 for row in rows) for k in (0, 1)]
    times = statistics.median(row.our_seconds / sum(peer.seconds for peer, _ in row.peers) for row in rows)
    lines.append(f"  uncut mm2: ours {own:.0f}, FreeCAD's adaptive {theirs[0]:.0f}, pocket {theirs[1]:.0f}")
    lines.append(
        f"  planning and verifying all setups, divided by FreeCAD's two programs for one setup: median {times:.1f}"
    )
    return "\n".join(lines)


def main() -> int:
    """Print the table; return 3 if FreeCAD isn't installed."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("parts", nargs="+", type=Path)
    ask.add_argument("--material", default="6061")
    ask.add_argument("--keep", type=Path, help="folder for all plans and programs")
    ask.add_argument("--freecad", help="FreeCAD's command-line executable")
    given = ask.parse_args()
    command = find_freecad(given.freecad)
    if command is None:
        print(
            "FreeCAD isn't installed here (Debian: freecad-python3): there is nothing to compare with.", file=sys.stderr
        )
        return 3
    steps = [
        p for part in given.parts
        for p in (sorted(q for q in part.rglob("*") if q.suffix.lower() in {".step", ".stp"}) if part.is_dir() else [part])
    ]  # fmt: skip
    print(
        f"{'first setup of':26s} {'program':16s} {'cycle s':>8s} {'tools':>5s} {'ratio':>6s} {'uncut mm2':>9s} {'gouge':>7s}"
        f" {'rapids':>6s} {'hits':>5s} {'plan s':>7s}"
    )
    rows = []
    for step in steps:
        with tempfile.TemporaryDirectory() as scratch:
            folder = given.keep / step.stem if given.keep else Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            try:
                rows.append(compare(step, command, given.material, folder))
            except (NightmillError, PeerFailed, subprocess.TimeoutExpired) as error:
                print(f"{step.stem[:30]:30s} {error}", flush=True)
                continue
            print(show(rows[-1]), flush=True)
    if rows:
        print(summary(rows, given.material))
    return 0


if __name__ == "__main__":
    sys.exit(main())
