"""Sensor faults in a machine history: the monitoring of the running shop, applied row by row (``sensor_faults``)."""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.maintenance.history import MachineHistory
from nightmill.maintenance.sensor_faults import PHYSICAL, SensorState, faults, quantity, trusted, watched

PREFIX = "sensor_"


class SensorFaultSpan(msgspec.Struct, frozen=True):
    """A sensor that gave wrong values from cycle ``since`` to ``until`` (None: to the end); kinds are as in ``sensor_faults``."""

    unit: str
    sensor: str
    kind: str
    since: int
    until: int | None
    text: str


def sensor_faults(
    history: MachineHistory, sensors: Sequence[str]
) -> tuple[tuple[SensorFaultSpan, ...], npt.NDArray[np.bool_]]:
    """Return faults of ``sensors`` [m] and the readings [n, m] to ignore for machine health; causal, each life separately.

    Only columns with the name of a known quantity (``sensor_temperature_c``, ``sensor_temperature_c_2``) can be out of
    range or be sisters of each other: for other columns only their own past is known.
    """
    columns = [history.sensor_names.index(name) for name in sensors]
    names = [_signal(name) for name in sensors]
    wrong = np.zeros((len(history.cycle), len(sensors)), bool)
    spans: list[SensorFaultSpan] = []
    for u, unit in enumerate(history.units):
        states: tuple[SensorState, ...] = ()
        open_: dict[str, SensorFaultSpan] = {}
        for row in range(int(history.first[u]), int(history.first[u + 1])):
            values = history.sensors[row, columns].tolist()
            states = watched(states, dict(zip(names, values, strict=True)))
            found = {each.signal: each for each in faults(states)}
            cycle = int(history.cycle[row])
            over = [name for name in open_ if name not in found or found[name].kind != open_[name].kind]
            spans.extend(msgspec.structs.replace(open_.pop(name), until=cycle) for name in over)
            for signal, fault in found.items():
                k = names.index(signal)
                begun = open_.get(signal) or SensorFaultSpan(unit, sensors[k], fault.kind, cycle, None, fault.text)
                open_[signal] = msgspec.structs.replace(begun, text=fault.text)
                wrong[row, k] = not trusted(signal, tuple(found.values()), states)
        spans += open_.values()
    return tuple(spans), wrong


def _signal(column: str) -> str:
    """Return the column's name as a signal; if the quantity is unknown, a marker makes sure that it has no sisters."""
    name = column.removeprefix(PREFIX)
    return name if quantity(name) in PHYSICAL else f"{name}#"
