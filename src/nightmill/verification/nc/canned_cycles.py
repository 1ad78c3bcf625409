"""Expand canned cycles G73, G74, G81 to G86 and G89 into rapid and feed moves, as LinuxCNC does (manual, "Canned cycles")."""

from collections.abc import Sequence

from nightmill.verification.nc.motions import FEED, RAPID

CYCLES = frozenset({730, 740, 810, 820, 830, 840, 850, 860, 890})
# interp_cycles.cc: a peck returns to 0.010 inch above the last depth.
PECK_CLEARANCE_MM = 0.254
# a block with more repeats or pecks must contain a typing error, and would not fit in memory
MOST = 10_000

Step = tuple[int, list[float]]


def cycle_moves(
    code: int,
    position: Sequence[float],
    args: dict[str, float],
    sticky: dict[str, float],
    scale: float,
    incremental: bool,
    return_to_start: bool,
) -> tuple[list[Step], float]:
    """Return the moves (kind, target) of one cycle block and its dwell in s; ``sticky`` holds Z, R, Q, P of this or an earlier block.

    ``args`` may hold X, Y and L (repeats); G98 (``return_to_start``) returns to the higher of R and the level before
    the cycle, G99 to R. Raises ValueError if a word is missing or R is below Z.
    """
    x, y, z = position
    clear = sticky["R"] * scale + (z if incremental else 0.0)
    bottom = sticky["Z"] * scale + (clear if incremental else 0.0)
    if clear < bottom:
        raise ValueError("a canned cycle with R below Z")
    repeats = int(args.get("L", 1.0))
    if not 0 <= repeats <= MOST:
        raise ValueError(f"a canned cycle with {repeats} repeats, at most {MOST}")
    top = max(clear, z) if return_to_start else clear
    steps: list[Step] = []
    dwell = 0.0
    if z < clear:
        steps.append((RAPID, [x, y, clear]))
        z = clear
    for _ in range(repeats):
        x = args["X"] * scale + (x if incremental else 0.0) if "X" in args else x
        y = args["Y"] * scale + (y if incremental else 0.0) if "Y" in args else y
        steps.append((RAPID, [x, y, z]))
        steps.append((RAPID, [x, y, clear]))
        plunge, pause = _plunge(code, (x, y), (clear, bottom, top), sticky, scale)
        steps.extend(plunge)
        dwell += pause
        steps.append((RAPID, [x, y, top]))
        z = top
    return steps, dwell


def _plunge(
    code: int, place: tuple[float, float], heights: tuple[float, float, float], sticky: dict[str, float], scale: float
) -> tuple[list[Step], float]:
    """Return the moves at one hole from R down and their dwell in s; ``heights``: R, the bottom, and the end of the cycle, mm."""
    (x, y), (clear, bottom, top) = place, heights
    steps: list[Step] = []
    if code in (730, 830):
        if sticky.get("Q", 0.0) <= 0:
            raise ValueError("a peck cycle needs Q above 0")
        peck = sticky["Q"] * scale
        if (clear - bottom) / peck > MOST:
            raise ValueError(f"a peck cycle of more than {MOST} pecks")
        depth = clear - peck
        while depth > bottom:
            steps.append((FEED, [x, y, depth]))
            if code == 830:
                steps.append((RAPID, [x, y, clear]))
                steps.append((RAPID, [x, y, depth + PECK_CLEARANCE_MM]))
            else:
                steps.append((RAPID, [x, y, depth + PECK_CLEARANCE_MM]))
            depth -= peck
    steps.append((FEED, [x, y, bottom]))
    if code in (740, 840):
        steps.append((FEED, [x, y, top]))  # interp_cycles.cc: a tap is fed out to the end level of the cycle
    if code in (850, 890):
        steps.append((FEED, [x, y, clear]))
    if code in (820, 860, 890):
        if "P" not in sticky:
            raise ValueError("this canned cycle needs P in seconds")
        return steps, sticky["P"]
    return steps, 0.0
