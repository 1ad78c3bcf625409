"""Measurements: control charts with capability, and the inspection plan for a part."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from nightmill.library import plots
from nightmill.quality import SpcOptions


class Signal(msgspec.Struct, frozen=True):
    """An out-of-control value: its index from 0, the chart (``individuals``, ``ewma``, ``cusum``, ...) and the rule that it breaks."""

    index: int
    chart: str
    rule: str


class ControlChart(msgspec.Struct, frozen=True):
    """Charts of individual values: control limits, signals of all charts, and capability (None if no limits are given)."""

    values: tuple[float, ...]
    center: float
    lcl: float
    ucl: float
    signals: tuple[Signal, ...]
    cp: float | None
    cpk: float | None

    def plot(self, ax: plots.Axes | None = None) -> plots.Axes:
        """Draw values, limits and signals, and return the axes."""
        return plots.control_chart(
            self.values, self.center, self.lcl, self.ucl, sorted({each.index for each in self.signals}), ax
        )


def control_chart(
    values: Sequence[float], *, lsl: float | None = None, usl: float | None = None, target: float | None = None
) -> ControlChart:
    """Chart individual values in the order in which they were made: Shewhart limits, Nelson's rules, EWMA, CUSUM, capability.

    ``lsl``, ``usl``, ``target``: limits of the characteristic. Raises ``BadInput`` if values aren't finite, or there are too few.
    """
    from nightmill.quality import spc_table

    rows = [{"value": str(value)} for value in values]
    found = spc_table(rows, "values", SpcOptions(lsl=lsl, usl=usl, target=target))
    numbers = [float(value) for value in values]
    plain = msgspec.to_builtins(found)
    single = next(chart for chart in plain["charts"] if chart["kind"] == "individuals")
    signals = tuple(msgspec.convert(plain["signals"], list[Signal]))
    able = plain["capability"]
    limits = single["center"], single["lcl"], single["ucl"]
    return ControlChart(tuple(numbers), *limits, signals, able["cp"], able["cpk"])


def inspection_plan(step: str | Path) -> dict[str, object]:
    """Return the inspection plan for the part in a STEP file: its characteristics, each with limits, gauge and the tool that cuts it."""
    from nightmill.plant.part_planning import inspection_of

    return inspection_of(Path(step))
