"""How often Python looks for cycles of objects that nobody uses any more."""

import gc

ALLOCATIONS, YOUNG, MIDDLE = 100_000, 50, 100
"""Objects made before the youngest are looked at, and how many such looks before the older ones are; Python's own are 700 to 2,000,
10 and 10. With the hundred thousands of objects that numba and the geometry kernel keep for good, each full look costs much and frees
next to nothing.
"""


def collect_rarely() -> None:
    """Look for unused cycles rarely; called once, when a process begins. Objects without cycles are freed at once, as ever."""
    gc.set_threshold(ALLOCATIONS, YOUNG, MIDDLE)
