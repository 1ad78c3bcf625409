"""Measurements: control charts with capability, and the inspection plan of a part."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from nightmill.library import plots
from nightmill.quality import SpcOptions
from nightmill.vocabulary.errors import BadInput, Finding


class ControlChart(msgspec.Struct, frozen=True):
    """A chart of single values: limits, indices of signals with their rule, and capability (None where no limits are given)."""

    values: tuple[float, ...]
    center: float
    lcl: float
    ucl: float
    signals: tuple[tuple[int, str], ...]
    cp: float | None
    cpk: float | None

    def plot(self, ax: plots.Axes | None = None) -> plots.Axes:
        """Draw values, limits and signals. Returns the axes."""
        return plots.control_chart(
            self.values, self.center, self.lcl, self.ucl, [index for index, _ in self.signals], ax
        )


def control_chart(
    values: Sequence[float], *, lsl: float | None = None, usl: float | None = None, target: float | None = None
) -> ControlChart:
    """Chart single values in the order in which they were made: Shewhart limits, Nelson's rules, EWMA, CUSUM, capability.

    ``lsl``, ``usl``, ``target``: limits of the characteristic. Raises ``BadInput`` for values that aren't finite or too few.
    """
    from nightmill.quality import spc_table

    numbers = [float(value) for value in values]
    rows = [{"value": repr(value)} for value in numbers]
    found = spc_table(rows, "values", SpcOptions(lsl=lsl, usl=usl, target=target))
    charts = {chart.kind: chart for chart in getattr(found, "charts", ())}
    single = charts.get("individuals") or next(iter(charts.values()), None)
    if single is None:
        raise BadInput(Finding("values", "", f"{len(numbers)} values", "enough to chart", "Measure more parts."))
    plain = msgspec.to_builtins(found)
    signals = tuple(
        (int(each["index"]), str(each["rule"])) for each in plain["signals"] if each["chart"] == single.kind
    )
    able = plain["capability"]
    return ControlChart(tuple(numbers), single.center, single.lcl, single.ucl, signals, able.get("cp"), able.get("cpk"))


def inspection_plan(step: str | Path) -> dict[str, object]:
    """Return the inspection plan of the part in a STEP file: its characteristics, each with limits, gauge and the tool that makes it."""
    from nightmill.plant.part_planning import inspection_of

    return inspection_of(Path(step))
