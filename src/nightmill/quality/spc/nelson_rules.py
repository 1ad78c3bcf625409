"""Nelson's eight tests on a series of deviations from the centre line (J. Quality Technology 16 (1984) 237)."""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def nelson(deviation: Floats, sigma: float, restart: Mask) -> list[tuple[int, str]]:
    """Return (index, rule) for every point that completes or continues a pattern: ``beyond_limits``,
    ``nelson_2``..``nelson_8``.

    No pattern reaches back past a point marked in ``restart``. A point exactly on a line counts as neither beyond nor
    within the line.
    """
    found: list[tuple[int, str]] = []
    starts = [0, *np.flatnonzero(restart).tolist(), len(deviation)]
    for first, last in itertools.pairwise(starts):
        part = deviation[first:last]
        for rule, hit in _rules(part, sigma):
            found += [(first + int(index), rule) for index in np.flatnonzero(hit)]
    return sorted(found)


def _rules(x: Floats, sigma: float) -> Iterator[tuple[str, Mask]]:
    if not len(x):
        return
    yield "beyond_limits", np.abs(x) > 3 * sigma
    yield "nelson_2", (_run(x > 0) >= 9) | (_run(x < 0) >= 9)
    rises = np.concatenate(([False], np.diff(x) > 0))
    falls = np.concatenate(([False], np.diff(x) < 0))
    yield "nelson_3", (_run(rises) >= 5) | (_run(falls) >= 5)
    step = np.diff(x, prepend=x[:1])
    turns = np.concatenate(([False], step[1:] * step[:-1] < 0))
    yield "nelson_4", _run(turns) >= 12
    yield "nelson_5", _most(x, 2 * sigma, 2, 3)
    yield "nelson_6", _most(x, sigma, 4, 5)
    yield "nelson_7", _run(np.abs(x) < sigma) >= 15
    outside = np.abs(x) > sigma
    above = _window(x > 0, 8)
    yield "nelson_8", _eight_outside(outside, above)


def _eight_outside(outside: Mask, above: NDArray[np.int64]) -> Mask:
    return (_run(outside) >= 8) & (above > 0) & (above < 8)


def _run(mask: Mask) -> NDArray[np.int64]:
    """Return the length of the run of True that ends at each index."""
    place = np.arange(1, len(mask) + 1, dtype=np.int64)
    last_false = np.maximum.accumulate(np.where(mask, 0, place))
    return place - last_false


def _window(mask: Mask, width: int) -> NDArray[np.int64]:
    """Return the count of True among the ``width`` values that end at each index (fewer at the start)."""
    total: NDArray[np.int64] = np.concatenate((np.zeros(1, np.int64), np.cumsum(mask, dtype=np.int64)))
    end = np.arange(1, len(mask) + 1)
    return total[end] - total[np.maximum(0, end - width)]


def _most(x: Floats, line: float, count: int, width: int) -> Mask:
    high, low = x > line, x < -line
    return (high & (_window(high, width) >= count)) | (low & (_window(low, width) >= count))
