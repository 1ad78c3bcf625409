"""A grid of square cells over XY, each with a list of items: CSR arrays, built by a kernel that runs twice."""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

Starts = NDArray[np.int64]
Entries = NDArray[np.int32]


@njit(cache=True)
def enter(item: int, cell: int, starts: Starts, entries: Entries) -> None:
    """Put ``item`` into ``cell``; while ``entries`` is empty the item is only counted, in ``starts[cell + 1]``."""
    if len(entries) > 0:
        entries[starts[cell]] = item
        starts[cell] += 1
    else:
        starts[cell + 1] += 1


def fill_cells(cells: int, kernel: Callable[[Starts, Entries], int]) -> tuple[Starts, Entries]:
    """Return offsets (cells + 1,) and items of all cells; ``kernel`` enters each item with ``enter`` and returns the number entered."""
    starts = np.zeros(cells + 1, dtype=np.int64)
    total = kernel(starts, np.zeros(0, dtype=np.int32))
    starts = np.cumsum(starts)
    entries = np.zeros(total, dtype=np.int32)
    if total:
        kernel(starts.copy(), entries)
    return starts, entries
