"""Make and discard a first plan, so that the kernels of planner and proof are compiled for this processor (``./setup`` runs it).

Needs only the packages that planning imports; ``python -m nightmill.plant.part_planning.warm_up`` exits with 1 if it fails.
"""

import sys
import tempfile
from importlib import resources
from pathlib import Path

from nightmill.plant.part_planning.planning_request import PLANNING_CALL, PLANNING_WALL_S
from nightmill.vocabulary.errors import NightmillError
from nightmill.workers import Limits, kernels_kept, run_guarded

PART = ("plant", "example", "parts", "bracket.step")
ROOMS = ("nightmill.cam", "nightmill.verification")


def warm_up() -> bool:
    """Plan and prove an example part, unless the kernels are already compiled; return whether they are compiled now."""
    if all(kernels_kept(room) for room in ROOMS):
        return True
    source = resources.files("nightmill").joinpath(*PART)
    with tempfile.TemporaryDirectory() as scratch, resources.as_file(source) as step:
        try:
            run_guarded(
                PLANNING_CALL, {"step": str(step), "out": str(Path(scratch))}, limits=Limits(wall_s=PLANNING_WALL_S)
            )
        except NightmillError as error:
            sys.stderr.write(f"{error}\n")
            return False
    return all(kernels_kept(room) for room in ROOMS)


if __name__ == "__main__":
    raise SystemExit(0 if warm_up() else 1)
