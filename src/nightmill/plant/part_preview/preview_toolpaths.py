"""Toolpaths as polylines for pictures: read back from the NC text itself, in model coordinates."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.vocabulary.plan import Plan, Setup, Step

MAX_POINTS = 4000
"""Maximum number of points per step; a longer path is drawn with only every second, fourth, ... point."""
LEAP, FEED, RAPID = 0, 1, 2
_CHORD_MM = 0.05
_ABOVE_MM = 60.0
"""Moves higher than this above the highest cut (to and from the tool change) aren't drawn."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def tool_paths(plan: Plan, files: Mapping[str, bytes]) -> list[list[dict[str, Any]]]:
    """Return for each setup and each of its steps ``{"at": [x, y, z, ...], "kind": [...]}``, model coordinates in mm.

    ``kind`` of a point: how the tool reached it: 0 by a jump that isn't drawn, 1 at feed, 2 at rapid.
    ``files`` holds the programs listed in ``plan``. They are read by ``verification``'s interpreter, so that the
    drawing shows the moves a control would make, not those the planner intended.
    """
    return [_setup_paths(setup, files[setup.program].decode()) for setup in plan.setups]


def _setup_paths(setup: Setup, text: str) -> list[dict[str, Any]]:
    from nightmill.verification import FEED as FEEDING
    from nightmill.verification import interpret

    motions = interpret(text, chord_mm=_CHORD_MM, lathe=setup.kind == "turn")
    frame = np.array(setup.model_to_work)
    cutting = motions.kind == FEEDING
    roof = _ABOVE_MM + (float(motions.end[cutting][:, 2].max()) if cutting.any() else 0.0)
    seen = (motions.start[:, 2] < roof) & (motions.end[:, 2] < roof)
    paths = []
    for step in setup.steps:
        chosen = np.flatnonzero(seen & _of_step(step, motions.line))
        points, kinds = _joined(motions.start[chosen], motions.end[chosen], cutting[chosen])
        points, kinds = _thinned(points, kinds)
        model = (points - frame[:3, 3]) @ frame[:3, :3]
        paths.append({"at": np.round(model, 2).ravel().tolist(), "kind": kinds.tolist()})
    return paths


def _of_step(step: Step, lines: NDArray[np.int32]) -> NDArray[np.bool_]:
    return (lines >= step.line_from) & (lines <= step.line_to)


def _joined(starts: Floats, ends: Floats, cutting: NDArray[np.bool_]) -> tuple[Floats, Integers]:
    """Join segments (n, 3) and (n, 3) into points and how each is reached; a gap between two segments is a jump."""
    if not len(starts):
        return np.zeros((0, 3)), np.zeros(0, dtype=np.int64)
    gap = np.ones(len(starts), dtype=bool)
    gap[1:] = np.abs(starts[1:] - ends[:-1]).max(axis=1) > 1e-6
    points: list[Sequence[float]] = []
    kinds: list[int] = []
    for start, end, leap, feed in zip(starts, ends, gap, cutting, strict=True):
        if leap:
            points.append(start)
            kinds.append(LEAP)
        points.append(end)
        kinds.append(FEED if feed else RAPID)
    return np.array(points), np.array(kinds, dtype=np.int64)


def _thinned(points: Floats, kinds: Integers) -> tuple[Floats, Integers]:
    """Thin to at most ``MAX_POINTS``: in a run of the same kind, every n-th point and the last point are kept."""
    stride = -(-len(points) // MAX_POINTS)
    if stride <= 1:
        return points, kinds
    turns = np.ones(len(kinds), dtype=bool)
    turns[:-1] = kinds[1:] != kinds[:-1]
    keep = turns | (np.arange(len(kinds)) % stride == 0)
    return points[keep], kinds[keep]
