"""How often Python's garbage collector runs."""

import gc

ALLOCATIONS, YOUNG, MIDDLE = 100_000, 50, 100
"""Thresholds of the three generations (``gc.set_threshold``); Python's defaults are 700 to 2,000, 10 and 10. numba and the geometry kernel
keep hundreds of thousands of objects permanently, so a full collection takes long and frees next to nothing.
"""


def collect_rarely() -> None:
    """Make garbage collections rare; called once, when a process starts. Objects outside reference cycles are still freed immediately."""
    gc.set_threshold(ALLOCATIONS, YOUNG, MIDDLE)
