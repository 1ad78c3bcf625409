"""Plan every STEP file below a folder, certify each plan, print one line per part and a summary per folder.

``reached`` is the certified fraction of the area that the listed tools reach, on which the verdict depends; ``visible``
is the fraction of the area visible along the six axes.

Usage: python benchmarks/plan_corpus.py FOLDER [--only WORD] [--limit N] [--material NAME] [--budget S]
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from nightmill.cad import read_part
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route, write_plan
from nightmill.verification import certify
from nightmill.vocabulary.errors import NightmillError


@dataclass(frozen=True)
class Row:
    """Result for one part."""

    name: str
    faces: int
    setups: int
    certified: bool
    reached: float | None
    visible: float | None
    gouge: float | None
    excess: float | None
    rapids: int | None
    collisions: int | None
    plan_s: float
    verify_s: float
    cycle_s: float
    lines: int
    messages: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Return whether there is no gouge over 0.02 mm, no rapid through stock, no collision."""
        return self.gouge is not None and self.gouge <= 0.02 and not self.rapids and not self.collisions


def measure(path: Path, material: str, keep: Path | None, budget_s: float) -> Row:
    """Plan one file within a time budget and certify the plan."""
    start = time.perf_counter()
    part = read_part(path)
    found = plan_route(
        PlanningTask(part, default_tools(), default_machine(), material_named(material)),
        budget_s=budget_s,
        clock=time.perf_counter,
    )
    planned = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        folder = keep / path.stem if keep else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan.json").write_bytes(write_plan(found.plan))
        for name, data in found.files.items():
            (folder / name).write_bytes(data)
        proof = certify(folder, path)
    lines = sum(
        data.count(b"\n")
        for name, data in found.files.items()
        if name.endswith(".ngc") and not name.startswith("probe-")
    )
    return Row(
        path.name, len(part.faces), len(found.plan.setups), proof.certified, proof.reachable_area_share,
        proof.certified_area_share, proof.gouge_mm, proof.excess_mm, proof.rapid_hits, proof.collisions, planned - start, time.perf_counter() - planned,
        found.plan.cycle_time_s, lines, proof.messages,
    )  # fmt: skip


def main() -> None:
    """Plan the folder and print the results."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("folder", type=Path)
    ask.add_argument("--only", default="")
    ask.add_argument("--limit", type=int, default=10_000)
    ask.add_argument("--material", default="6061")
    ask.add_argument("--keep", type=Path)
    ask.add_argument("--budget", type=float, default=300.0)
    ask.add_argument("--messages", action="store_true")
    given = ask.parse_args()
    paths = sorted(p for p in given.folder.rglob("*") if p.suffix.lower() in {".step", ".stp"} and given.only in str(p))
    rows: dict[str, list[Row]] = {}
    print(
        f"{'name':40s} {'faces':>5s} {'set':>3s} {'reached':>7s} {'visible':>7s} {'gouge':>7s} {'excess':>7s} rapid coll {'plan s':>7s} {'check s':>7s} {'cycle min':>9s} {'lines':>8s}"
    )
    for path in paths[: given.limit]:
        try:
            row = measure(path, given.material, given.keep, given.budget)
        except NightmillError as error:
            print(f"{path.name:40s} {error}")
            continue
        rows.setdefault(str(path.parent), []).append(row)
        numbers = [
            f"{v:7.4f}" if v is not None else "   null" for v in (row.reached, row.visible, row.gouge, row.excess)
        ]
        print(
            f"{row.name:40s} {row.faces:5d} {row.setups:3d} {' '.join(numbers)} {row.rapids!s:>5s} {row.collisions!s:>4s} "
            f"{row.plan_s:7.1f} {row.verify_s:7.1f} {row.cycle_s / 60:9.1f} {row.lines:8d}",
            flush=True,
        )
        if given.messages:
            for message in row.messages[:8]:
                print("     ", message)
    for folder, some in rows.items():
        clean = [r for r in some if r.clean]
        reached = [r for r in clean if (r.reached or 0) >= 0.995]
        visible = [r for r in clean if (r.visible or 0) >= 0.95]
        print(
            f"{folder}: {len(some)} parts, certified {sum(r.certified for r in some)}, clean {len(clean)}, of these "
            f">= 99.5 % of the reachable area {len(reached)}, >= 95 % of the visible {len(visible)}"
        )


if __name__ == "__main__":
    main()
