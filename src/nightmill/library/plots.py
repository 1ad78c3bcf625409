"""Plots with matplotlib, which is an optional extra: ``pip install nightmill[plot]``."""

from collections.abc import Sequence
from typing import Any

from nightmill.vocabulary.errors import EnvironmentFailed, Finding
from nightmill.vocabulary.units import HOUR_S

Axes = Any
"""``matplotlib.axes.Axes``."""


def axes(ax: Axes | None, width: float = 9.0, height: float = 4.0) -> Axes:
    """Return ``ax``, or the axes of a new figure. Raises ``EnvironmentFailed`` if matplotlib isn't installed."""
    if ax is not None:
        return ax
    try:
        from matplotlib.figure import Figure
    except ImportError:
        remedy = "pip install nightmill[plot]"
        raise EnvironmentFailed(Finding("plot", "", "matplotlib isn't installed", "matplotlib", remedy)) from None
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure.add_subplot()


def gantt(
    bars: Sequence[tuple[str, str, float, float]],
    ax: Axes | None = None,
    unattended: Sequence[tuple[float, float]] = (),
) -> Axes:
    """Draw a Gantt chart with one bar ``(row, group, begin_s, end_s)`` per operation, coloured by group; shade the
    ``unattended`` periods.
    """
    rows = sorted({row for row, *_ in bars})
    groups = sorted({group for _, group, *_ in bars})
    ax = axes(ax, height=1.5 + 0.45 * len(rows))
    for begin, end in unattended:
        ax.axvspan(begin / HOUR_S, end / HOUR_S, color="0.92", zorder=0)
    for row, group, begin, end in bars:
        colour = f"C{groups.index(group) % 10}"
        ax.barh(
            rows.index(row), (end - begin) / HOUR_S, left=begin / HOUR_S, height=0.6, color=colour, edgecolor="white"
        )
    ax.set_yticks(range(len(rows)), rows)
    ax.invert_yaxis()
    ax.set_xlabel("time, h")
    if len(groups) <= 10:
        ax.legend(
            handles=[_patch(f"C{k}", group) for k, group in enumerate(groups)], loc="upper right", fontsize="small"
        )
    return ax


def control_chart(
    values: Sequence[float], center: float, lcl: float, ucl: float, signals: Sequence[int], ax: Axes | None = None
) -> Axes:
    """Draw individual values with their centre line, control limits and signals (indices)."""
    ax = axes(ax)
    ax.plot(values, marker="o", markersize=3, linewidth=0.8)
    ax.plot(list(signals), [values[k] for k in signals], "o", color="C3", label="signal")
    for level, style in ((center, "-"), (lcl, "--"), (ucl, "--")):
        ax.axhline(level, color="0.4", linestyle=style, linewidth=0.8)
    ax.set_xlabel("part")
    ax.set_ylabel("value")
    return ax


def fan(
    low: Sequence[float], middle: Sequence[float], high: Sequence[float], ax: Axes | None = None, label: str = ""
) -> Axes:
    """Draw a forecast: its median by period, and the band from ``low`` to ``high``."""
    ax = axes(ax)
    periods = range(1, len(middle) + 1)
    ax.fill_between(periods, low, high, alpha=0.3, step="mid")
    ax.plot(periods, middle, drawstyle="steps-mid", label=label or "median")
    ax.set_xlabel("period")
    ax.set_ylabel("demand")
    return ax


def bars(
    names: Sequence[str],
    values: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    label: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw one bar per name, with an interval from ``low`` to ``high``."""
    ax = axes(ax)
    spread = [
        [value - one for value, one in zip(values, low, strict=True)],
        [other - value for value, other in zip(values, high, strict=True)],
    ]
    ax.bar(names, values, yerr=spread, capsize=4)
    ax.set_ylabel(label)
    return ax


def _patch(colour: str, label: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(color=colour, label=label)
