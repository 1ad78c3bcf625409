"""Control charts for a series of values: limits, Nelson's rules, EWMA, CUSUM, and capability with intervals.

Sources: Shewhart constants are computed from the distribution of the range of n normal values, not read from a table;
L. S. Nelson, J. Quality Technology 16 (1984) 237; EWMA with exact limits: Lucas & Saccucci, Technometrics 32 (1990) 1;
tabular CUSUM: Montgomery, Introduction to Statistical Quality Control, 9.1.
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.quality.spc.capability import Capability, Limits, Spread, capability
from nightmill.quality.spc.distributions import check_distribution, percentile_capability
from nightmill.quality.spc.nelson_rules import nelson
from nightmill.quality.spc.range_constants import D2_PAIR, D3_PAIR, d2, d3
from nightmill.vocabulary.errors import BadInput, Finding

Floats = NDArray[np.float64]
# Var(mean moving range / d2) = 0.8264 sigma^2 / (n - 1) against 1 / (2 nu): Cruthis & Rigdon, Quality Eng. 5 (1992)
_MOVING_RANGE_DOF = 1.0 / (2 * 0.8264)
TOOL_CHANGE = "tool_change"


class SpcOptions(msgspec.Struct, frozen=True):
    """Limits of the characteristic, the in-control state if known, and the settings for EWMA and CUSUM (in sigma).

    ``distribution`` (``auto`` or a name of ``distributions.LAWS``) adds capability by percentiles.
    """

    lsl: float | None = None
    usl: float | None = None
    target: float | None = None
    center: float | None = None
    sigma: float | None = None
    ewma_lambda: float = 0.2
    ewma_width: float = 3.0
    cusum_k: float = 0.5
    cusum_h: float = 5.0
    distribution: str | None = None


class Chart(msgspec.Struct, frozen=True):
    """Limits of one chart in the unit of the values; ``sigma`` is the process sigma, the same on every chart."""

    kind: str
    center: float
    lcl: float
    ucl: float
    sigma: float


class Signal(msgspec.Struct, frozen=True):
    """``index`` counts rows from 0 (subgroups for ``xbar`` and ``range``)."""

    index: int
    chart: str
    rule: str


class SpcAnswer(msgspec.Struct, frozen=True):
    """The complete answer; ``mean`` and ``sd`` (n - 1) are for all values."""

    n: int
    mean: float
    sd: float
    charts: tuple[Chart, ...]
    signals: tuple[Signal, ...]
    capability: Capability


class State(msgspec.Struct, frozen=True):
    """The in-control state: centre, sigma of single values, and the degrees of freedom that sigma was estimated with."""

    center: float
    sigma: float
    dof: float


def spc(
    values: Sequence[float],
    subgroup: Sequence[str] | None = None,
    event: Sequence[str] | None = None,
    options: SpcOptions | None = None,
) -> SpcAnswer:
    """Return charts, signals and capability for ``values`` in production order.

    Equal ``subgroup`` labels form a subgroup. With subgroups the charts are ``xbar`` and ``range``, with EWMA and CUSUM row by
    row; without them they are ``individuals`` and ``moving_range``. The ``event`` ``tool_change`` at a row restarts the memory
    of all charts and rules at that row; no moving range spans it. Raises ``BadInput`` with all errors at once.
    """
    options = options or SpcOptions()
    data = np.asarray(values, dtype=np.float64)
    check_values(data, subgroup, event, options)
    restart = restarts(event, len(data))
    groups = _groups(subgroup)
    grouped = any(len(rows) > 1 for rows in groups)
    state = _grouped_state(data, groups, options) if grouped else _individual_state(data, restart, options)
    return charted(data, restart, state, options, groups if grouped else None)


def restarts(event: Sequence[str] | None, n: int) -> NDArray[np.bool_]:
    """Return whether the memory of the charts restarts at each of ``n`` rows."""
    if event is None:
        return np.zeros(n, dtype=bool)
    return np.array([word == TOOL_CHANGE for word in event], dtype=bool)


def charted(
    data: Floats,
    restart: NDArray[np.bool_],
    state: State,
    options: SpcOptions,
    groups: list[list[int]] | None = None,
) -> SpcAnswer:
    """Return the answer for checked ``data`` (n,) under ``state``; ``groups`` are the rows of each subgroup, if any."""
    charts: list[Chart] = []
    signals: list[Signal] = []
    if groups is None:
        _individual_charts(data, restart, state, charts, signals)
    else:
        _subgroup_charts(data, groups, restart, state, charts, signals)
    _ewma(data, restart, state, options, charts, signals)
    _cusum(data, restart, state, options, charts, signals)
    order = {chart.kind: place for place, chart in enumerate(charts)}
    signals.sort(key=lambda signal: (signal.index, order[signal.chart], signal.rule))
    mean = float(np.mean(data))
    sd = float(np.std(data, ddof=1))
    found = _capability(data, mean, sd, state, options)
    return SpcAnswer(len(data), mean, sd, tuple(charts), tuple(signals), found)


def check_values(
    data: Floats, subgroup: Sequence[str] | None, event: Sequence[str] | None, options: SpcOptions
) -> None:
    """Raise ``BadInput`` with all errors in the values, their columns and the options."""
    findings: list[Finding] = []

    def say(place: str, found: str, expected: str, remedy: str) -> None:
        findings.append(Finding("values", place, found, expected, remedy))

    if data.ndim != 1 or len(data) < 2:
        say("column value", f"{data.size} values", "at least 2", "Give more measurements.")
    for row in np.flatnonzero(~np.isfinite(data))[:20]:
        say(f"row {row}", "not a finite number", "a number", "Leave the row out or measure again.")
    for name, column in (("subgroup", subgroup), ("event", event)):
        if column is not None and len(column) != len(data):
            say(f"column {name}", f"{len(column)} entries", f"{len(data)}", "Give one entry per row.")
    if options.sigma is not None and not options.sigma > 0:
        say("sigma", f"{options.sigma}", "> 0", "Omit it, and it will be estimated.")
    if options.lsl is not None and options.usl is not None and options.lsl >= options.usl:
        say("lsl, usl", f"{options.lsl} and {options.usl}", "lsl < usl", "Swap them.")
    if not 0 < options.ewma_lambda <= 1:
        say("lambda", f"{options.ewma_lambda}", "within 0..1", "0.2 is usual.")
    for name, value in (("width", options.ewma_width), ("h", options.cusum_h)):
        if not value > 0:
            say(name, f"{value}", "> 0", "Give a positive number of sigmas.")
    findings += check_distribution(options.distribution)
    if options.cusum_k < 0:
        say("k", f"{options.cusum_k}", ">= 0", "0.5 is usual.")
    if findings:
        raise BadInput(*findings)


def _groups(subgroup: Sequence[str] | None) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for row, label in enumerate(subgroup or ()):
        groups.setdefault(label, []).append(row)
    return list(groups.values())


def _individual_state(data: Floats, restart: NDArray[np.bool_], options: SpcOptions) -> State:
    ranges = np.abs(np.diff(data))[~restart[1:]]
    center = float(np.mean(data)) if options.center is None else options.center
    if options.sigma is not None:
        return State(center, options.sigma, math.inf)
    return State(center, *moving_range_sigma(ranges))


def moving_range_sigma(ranges: Floats) -> tuple[float, float]:
    """Return (sigma, its degrees of freedom) from moving ranges of two; 0 if there are none."""
    sigma = float(np.mean(ranges)) / D2_PAIR if len(ranges) else 0.0
    return sigma, max(1.0, _MOVING_RANGE_DOF * len(ranges))


def _grouped_state(data: Floats, groups: list[list[int]], options: SpcOptions) -> State:
    sizes = [len(rows) for rows in groups if len(rows) > 1]
    ranges = [float(np.ptp(data[rows])) for rows in groups if len(rows) > 1]
    center = float(np.mean([float(np.mean(data[rows])) for rows in groups]))
    if len({len(rows) for rows in groups}) > 1:
        center = float(np.mean(data))
    if options.center is not None:
        center = options.center
    if options.sigma is not None:
        return State(center, options.sigma, math.inf)
    sigma = float(np.mean([spread / d2(n) for spread, n in zip(ranges, sizes, strict=True)]))
    variance = sum((d3(n) / d2(n)) ** 2 for n in sizes) / len(sizes) ** 2
    return State(center, sigma, 1 / (2 * variance))


def _individual_charts(
    data: Floats, restart: NDArray[np.bool_], state: State, charts: list[Chart], signals: list[Signal]
) -> None:
    center, sigma = state.center, state.sigma
    charts.append(Chart("individuals", center, center - 3 * sigma, center + 3 * sigma, sigma))
    signals += [Signal(index, "individuals", rule) for index, rule in nelson(data - center, sigma, restart)]
    upper = (D2_PAIR + 3 * D3_PAIR) * sigma
    charts.append(Chart("moving_range", D2_PAIR * sigma, 0.0, upper, sigma))
    ranges = np.concatenate(([0.0], np.abs(np.diff(data))))
    beyond = np.flatnonzero((ranges > upper) & ~restart)
    signals += [Signal(int(index), "moving_range", "beyond_limits") for index in beyond]


def _subgroup_charts(
    data: Floats,
    groups: list[list[int]],
    restart: NDArray[np.bool_],
    state: State,
    charts: list[Chart],
    signals: list[Signal],
) -> None:
    center, sigma = state.center, state.sigma
    sizes = [len(rows) for rows in groups]
    usual = max(set(sizes), key=lambda n: (sizes.count(n), n))
    half = 3 * sigma / math.sqrt(usual)
    charts.append(Chart("xbar", center, center - half, center + half, sigma))
    # means of subgroups with different sizes are standardised before the runs are counted
    scaled = np.array([(float(np.mean(data[rows])) - center) * math.sqrt(len(rows)) for rows in groups])
    fresh = np.array([bool(restart[rows].any()) for rows in groups], dtype=bool)
    signals += [Signal(index, "xbar", rule) for index, rule in nelson(scaled, sigma, fresh)]
    low, high = _range_limits(usual, sigma)
    charts.append(Chart("range", d2(usual) * sigma, low, high, sigma))
    for index, rows in enumerate(groups):
        if len(rows) < 2:
            continue
        low, high = _range_limits(len(rows), sigma)
        if not low <= float(np.ptp(data[rows])) <= high:
            signals.append(Signal(index, "range", "beyond_limits"))


def _range_limits(n: int, sigma: float) -> tuple[float, float]:
    return max(0.0, d2(n) - 3 * d3(n)) * sigma, (d2(n) + 3 * d3(n)) * sigma


def _ewma(
    data: Floats,
    restart: NDArray[np.bool_],
    state: State,
    options: SpcOptions,
    charts: list[Chart],
    signals: list[Signal],
) -> None:
    weight, center = options.ewma_lambda, state.center
    half = options.ewma_width * state.sigma * math.sqrt(weight / (2 - weight))
    charts.append(Chart("ewma", center, center - half, center + half, state.sigma))
    decay = (1 - weight) ** 2
    statistic, remaining = 0.0, 1.0
    for index, (deviation, fresh) in enumerate(zip((data - center).tolist(), restart.tolist(), strict=True)):
        if fresh:
            statistic, remaining = 0.0, 1.0
        statistic += weight * (deviation - statistic)
        remaining *= decay
        if abs(statistic) > half * math.sqrt(1 - remaining):
            signals.append(Signal(index, "ewma", "beyond_limits"))
            statistic, remaining = 0.0, 1.0


def _cusum(
    data: Floats,
    restart: NDArray[np.bool_],
    state: State,
    options: SpcOptions,
    charts: list[Chart],
    signals: list[Signal],
) -> None:
    slack, limit = options.cusum_k * state.sigma, options.cusum_h * state.sigma
    charts.append(Chart("cusum", 0.0, -limit, limit, state.sigma))
    high = low = 0.0
    for index, (deviation, fresh) in enumerate(zip((data - state.center).tolist(), restart.tolist(), strict=True)):
        if fresh:
            high = low = 0.0
        high = max(0.0, high + deviation - slack)
        low = max(0.0, low - deviation - slack)
        if high > limit or low > limit:
            signals.append(Signal(index, "cusum", "beyond_limits"))
            high = low = 0.0


def _capability(data: Floats, mean: float, sd: float, state: State, options: SpcOptions) -> Capability:
    limits = Limits(options.lsl, options.usl)
    found = capability(mean, sd, len(data), Spread(state.sigma, state.dof), limits)
    if options.distribution is None:
        return found
    return msgspec.structs.replace(found, percentiles=percentile_capability(data, limits, options.distribution))
