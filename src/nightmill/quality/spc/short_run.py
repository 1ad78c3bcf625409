"""Short-run charts: small lots of many items on one chart.

Sources: deviation from nominal (DNOM) and Z-MR charts: Bothe, SPC for Short Production Runs (1988); Montgomery,
Introduction to Statistical Quality Control, 10.1; Nelson, J. Quality Technology 20 (1988) 276 for standardised ranges.
"""

import math
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.quality.spc.control_charts import (
    SpcAnswer,
    SpcOptions,
    State,
    charted,
    check_values,
    moving_range_sigma,
    restarts,
)
from nightmill.vocabulary.errors import BadInput, Finding

Floats = NDArray[np.float64]
Method = Literal["deviation", "z"]
Column = Sequence[float | None]


class Item(msgspec.Struct, frozen=True):
    """An item (a part number, or one of its characteristics) with ``n`` readings, its centre and sigma.

    ``sigma`` is estimated from ``moving_ranges`` ranges, unless ``given`` contains it: few ranges give uncertain limits. ``given`` may
    contain ``nominal`` and ``sigma``.
    """

    item: str
    n: int
    center: float
    sigma: float | None
    moving_ranges: int
    given: tuple[str, ...]


class ShortRun(msgspec.Struct, frozen=True):
    """How the readings were made comparable, and the items in the order of their first reading."""

    method: Method
    items: tuple[Item, ...]


class ShortRunAnswer(SpcAnswer, frozen=True):
    """An ``SpcAnswer`` whose values are deviations or multiples of sigma, and how they were computed."""

    short_run: ShortRun


def short_run(
    values: Sequence[float],
    item: Sequence[str],
    method: Method,
    *,
    nominal: Column | None = None,
    sigma: Column | None = None,
    event: Sequence[str] | None = None,
    options: SpcOptions | None = None,
) -> ShortRunAnswer:
    """Return charts for single ``values`` of several items in production order.

    ``deviation`` charts each value minus its item's nominal (or the item's mean if no nominal is given), on centre 0 with one sigma for
    all; it suits items with equal scatter, and the limits in the options are limits of the deviation. ``z`` also divides by the item's
    sigma, so centre is 0 and sigma 1; it suits items with different scatter, and limits are refused, since each item has its own. An
    item's sigma is the mean moving range of its readings in order, across lots but not across a tool change, divided by
    1.128379. Raises ``BadInput`` with all errors at once.
    """
    options = options or SpcOptions()
    data = np.asarray(values, dtype=np.float64)
    check_values(data, None, event, options)
    _check_columns(data, item, (nominal, sigma), method, options)
    restart = restarts(event, len(data))
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(item):
        rows.setdefault(name, []).append(row)
    ranges = {name: _ranges(data, places, restart) for name, places in rows.items()}
    items = [_item(name, data[places], ranges[name], nominal, sigma, places) for name, places in rows.items()]
    comparable = np.empty_like(data)
    for one in items:
        comparable[rows[one.item]] = data[rows[one.item]] - one.center
    if method == "z":
        _check_sigmas(items)
        for one in items:
            comparable[rows[one.item]] /= one.sigma or math.nan
        state = State(0.0, 1.0, math.inf)
    else:
        state = _common_state(np.concatenate(list(ranges.values())), options)
    answer = charted(comparable, restart, state, options)
    return ShortRunAnswer(**msgspec.structs.asdict(answer), short_run=ShortRun(method, tuple(items)))


def _check_columns(
    data: Floats, item: Sequence[str], columns: tuple[Column | None, ...], method: Method, options: SpcOptions
) -> None:
    findings = []
    for name, column in (("item", item), ("nominal", columns[0]), ("sigma", columns[1])):
        if column is not None and len(column) != len(data):
            found = f"{len(column)} entries"
            findings.append(Finding("values", f"column {name}", found, f"{len(data)}", "Give one entry per row."))
    for name, column in (("nominal", columns[0]), ("sigma", columns[1])):
        for row in range(min(len(column or ()), len(data), len(item))):
            figure = column[row] if column else None
            if figure is not None and (not math.isfinite(figure) or (name == "sigma" and not figure > 0)):
                found = f"{figure} for item {item[row]}"
                remedy = "Correct it or leave it empty."
                findings.append(Finding("values", f"row {row}, column {name}", found, "a positive number", remedy))
    given = [name for name in ("lsl", "usl", "center", "sigma", "distribution") if getattr(options, name) is not None]
    if method == "z" and given:
        remedy = "Leave it out, or chart deviations."
        findings.append(Finding("values", ", ".join(given), "a value for all items", "no limits with z", remedy))
    if findings:
        raise BadInput(*findings)


def _ranges(data: Floats, places: list[int], restart: NDArray[np.bool_]) -> Floats:
    era = np.cumsum(restart)[places]
    moving: Floats = np.abs(np.diff(data[places]))[np.diff(era) == 0]
    return moving


def _item(
    name: str, values: Floats, ranges: Floats, nominal: Column | None, sigma: Column | None, places: list[int]
) -> Item:
    center = _given(name, "nominal", nominal, places)
    spread = _given(name, "sigma", sigma, places)
    given = tuple(word for word, figure in (("nominal", center), ("sigma", spread)) if figure is not None)
    if spread is None and len(ranges):
        spread = moving_range_sigma(ranges)[0]
    return Item(name, len(values), float(np.mean(values)) if center is None else center, spread, len(ranges), given)


def _given(name: str, word: str, column: Column | None, places: list[int]) -> float | None:
    """Return the single value given in the item's rows, if any."""
    figures = {column[place] for place in places if column[place] is not None} if column is not None else set()
    if len(figures) > 1:
        found = " and ".join(str(figure) for figure in sorted(figures, key=lambda f: f or 0.0)[:2])
        expected = f"one {word} per item"
        raise BadInput(Finding("values", f"item {name}, column {word}", found, expected, "Correct it."))
    return next(iter(figures), None)


def _check_sigmas(items: list[Item]) -> None:
    remedy = "Give its sigma in a column sigma, or chart deviations."
    findings = [
        Finding("values", f"item {one.item}", f"{one.n} readings that don't give a spread", "a sigma", remedy)
        for one in items
        if not one.sigma
    ]
    if findings:
        raise BadInput(*findings)


def _common_state(ranges: Floats, options: SpcOptions) -> State:
    center = 0.0 if options.center is None else options.center
    if options.sigma is not None:
        return State(center, options.sigma, math.inf)
    if not len(ranges):
        found = "no item read twice"
        remedy = "Give --sigma, the sigma of a single reading."
        raise BadInput(Finding("values", "column item", found, "two readings of an item", remedy))
    return State(center, *moving_range_sigma(ranges))
