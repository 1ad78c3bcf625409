"""The virtual shop as an edge node with its work units as devices: the metrics, and the commands and reports in them.

Complete reports and commands are data sets of names and values (``drivers.record_fields``). In addition there are metrics that any host
understands: ``State/Execution``, ``State/Part``, ``Signals/…``. ``Shop/Request`` and ``Shop/Answer`` carry the requests of
docs/drivers.md.
"""

import re
from collections.abc import Mapping

from nightmill.drivers.record_fields import Scalar, flatten, read_command, read_report
from nightmill.drivers.sparkplug.payload import DataSet, DataType, Metric, Parameter, Property, Template, Value
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.commands import AnyCommand
from nightmill.vocabulary.shop import Shop, WorkUnit

GROUP, OFFICE = "nightmill", "office"
REQUEST, ANSWER, IMAGE, COMMAND, REPORT = "Shop/Request", "Shop/Answer", "Shop/Image", "Command", "Report"
TIME = "Shop/Time s"
SIGNALS = {"spindle_load_pct": "%", "temperature_c": "°C", "vibration_mm_s": "mm/s", "roughness_um": "µm"}
_COLUMNS, _TYPES = ("name", "value"), (int(DataType.STRING), int(DataType.STRING))
_EMPTY = DataSet(_COLUMNS, _TYPES)


def node_id(shop: Shop) -> str:
    """Return the edge node's id: the shop's name without characters that topics can't carry."""
    return re.sub(r"[+/#\s\0]+", "-", shop.name).strip("-") or "shop"


def device_id(unit: str) -> str:
    """Return the device of a work unit; the office's if ``unit`` is empty."""
    return re.sub(r"[+/#\0]+", "-", unit) or OFFICE


def node_metrics() -> tuple[Metric, ...]:
    """Return the metrics of the node itself."""
    members = tuple(Metric(name, None, DataType.STRING) for name in ("manufacturer", "model", "serial_number"))
    plate = Template(members, True, version="1", parameters=(Parameter("kind", DataType.STRING),))
    return (
        Metric("Plate", plate, DataType.TEMPLATE),
        Metric(REQUEST, "", DataType.STRING),
        Metric(ANSWER, "", DataType.STRING),
        Metric(IMAGE, None, DataType.BYTES),
        Metric(TIME, 0.0, DataType.DOUBLE),
    )


def device_metrics(unit: WorkUnit | None) -> tuple[Metric, ...]:
    """Return the metrics of a work unit; ``None``: the office."""
    made = unit.made_by if unit else None
    values = (made.manufacturer, made.model, made.serial_number) if made else ("", "", "")
    members = tuple(
        Metric(name, value, DataType.STRING)
        for name, value in zip(("manufacturer", "model", "serial_number"), values, strict=True)
    )
    parameters = (Parameter("kind", DataType.STRING, unit.kind if unit else OFFICE),)
    states = ("Execution", "Program", "Part", "Pallet", "Tool", "Alarm")
    signals = SIGNALS if unit is not None and unit.cuts else {}
    return (
        Metric(
            "Plate instance",
            Template(members, False, ref="Plate", version="1", parameters=parameters),
            DataType.TEMPLATE,
        ),
        Metric(COMMAND, _EMPTY, DataType.DATASET),
        Metric(REPORT, _EMPTY, DataType.DATASET),
        *(Metric(f"State/{name}", "READY" if name == "Execution" else "", DataType.STRING) for name in states),
        Metric("State/Parts made", 0, DataType.INT64),
        *(
            Metric(
                f"Signals/{name}", None, DataType.DOUBLE, properties=(Property("engUnit", DataType.STRING, unit_text),)
            )
            for name, unit_text in signals.items()
        ),
    )


def command_value(command: AnyCommand) -> DataSet:
    """Return a command as the value of ``Command``."""
    return _table(flatten(command))


def command_of(value: Value) -> AnyCommand:
    """Return the command in a written value. Raises ``BadInput`` if the value isn't a command."""
    return read_command(_fields(value), "Sparkplug DCMD")


def report_of(value: Value) -> r.AnyReport | None:
    """Return the report in a device's published value; ``None`` before its first report."""
    fields = _fields(value)
    return read_report(fields, "Sparkplug DDATA") if fields else None


class Showing:
    """Turns reports into changed metrics; counts parts as a control does."""

    def __init__(self) -> None:
        self._made: dict[str, int] = {}
        self._again = 0

    def changes(self, report: r.AnyReport, *, again: bool) -> dict[str, Value]:
        """The metrics that a report changes on its device; ``again``: the report was published before, but must still count as a change."""
        fields = flatten(report)
        rows = list(_table(fields).rows)
        if again:
            self._again += 1
            rows.append(("again", str(self._again)))
        return {**self._state(report), REPORT: DataSet(_COLUMNS, _TYPES, tuple(rows))}

    def _state(self, report: r.AnyReport) -> dict[str, Value]:
        match report:
            case r.CycleStarted():
                return {"State/Execution": "ACTIVE", "State/Program": report.operation, "State/Part": report.serial}
            case r.CycleFinished():
                made = self._made[report.unit] = self._made.get(report.unit, 0) + 1
                return {"State/Execution": "READY", "State/Parts made": made, **_signals(report.signals)}
            case r.CycleInterrupted():
                return {"State/Execution": "INTERRUPTED", "State/Alarm": report.alarm}
            case r.MachineFailed():
                return {"State/Execution": "STOPPED", "State/Alarm": report.alarm}
            case r.MachineRepaired() | r.MachineMaintained():
                return {"State/Execution": "READY", "State/Alarm": ""}
            case r.SignalsSampled():
                return _signals(report.signals)
            case r.ToolReplaced():
                return {"State/Tool": report.edge}
            case r.PartMounted() | r.PalletMoved():
                return {"State/Pallet": report.pallet}
            case r.PartMeasured() | r.ImageTaken():
                return {"State/Part": report.serial}
        return {}


def _signals(signals: Mapping[str, float]) -> dict[str, Value]:
    return {f"Signals/{name}": value for name, value in signals.items() if name in SIGNALS}


def _table(fields: Mapping[str, Scalar]) -> DataSet:
    rows = tuple((name, _text(value)) for name, value in fields.items())
    return DataSet(_COLUMNS, _TYPES, rows)


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def _fields(value: Value) -> dict[str, Scalar]:
    rows = value.rows if isinstance(value, DataSet) else ()
    return {str(row[0]): row[1] for row in rows if len(row) == 2 and row[0] != "again"}
