"""The virtual shop as MTConnect devices: the model of each work unit, and the conversion of reports to observations and back.

Every report is published twice: as the standard's own items (Execution, Program, PartUniqueId, PartCount, PalletId, ToolAssetId,
Condition…), which any client understands, and in full as a VARIABLE data set ``report``, just as a control publishes its macro variables.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from nightmill.drivers.mtconnect.client import Seen
from nightmill.drivers.mtconnect.shdr import format_entries
from nightmill.drivers.record_fields import Scalar, flatten, read_report
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import CUTTERS, Shop, WorkUnit

OFFICE = "office"
"""The device for reports that don't come from a work unit: deliveries and purchases."""
SIGNALS = {
    "spindle_load_pct": ("LOAD", "PERCENT"),
    "temperature_c": ("TEMPERATURE", "CELSIUS"),
    "vibration_mm_s": ("VELOCITY", "MILLIMETER/SECOND"),
}
Pairs = dict[str, str | tuple[str, ...]]


def device_uuid(unit: str) -> str:
    """Return the uuid of a work unit's device; the office's if ``unit`` is empty."""
    return f"nightmill.{unit or OFFICE}"


def devices_of(shop: Shop) -> str:
    """Return the Devices document of a shop, without the agent's header."""
    devices = [_device(unit, unit.kind) for unit in shop.work_units] + [_device(None, OFFICE)]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<MTConnectDevices xmlns="urn:mtconnect.org:MTConnectDevices:2.5"><Devices>'
        + "".join(devices)
        + "</Devices></MTConnectDevices>"
    )


def _device(unit: WorkUnit | None, kind: str) -> str:
    name = unit.id if unit else OFFICE
    prefix = name.replace(" ", "_")

    def item(what: str, category: str, kind: str, **more: str) -> str:
        text = "".join(f" {key}={quoteattr(value)}" for key, value in more.items())
        return f'<DataItem id="{escape(prefix)}_{what}" name={quoteattr(f"{name}_{what}")} category="{category}" type="{kind}"{text}/>'

    own = [
        item("avail", "EVENT", "AVAILABILITY"),
        item("asset_changed", "EVENT", "ASSET_CHANGED", discrete="true"),
        item("asset_removed", "EVENT", "ASSET_REMOVED"),
        item("asset_count", "EVENT", "ASSET_COUNT", representation="DATA_SET"),
    ]
    path = [
        item("execution", "EVENT", "EXECUTION"),
        item("mode", "EVENT", "CONTROLLER_MODE"),
        item("program", "EVENT", "PROGRAM"),
        item("part", "EVENT", "PART_UNIQUE_ID"),
        item("part_count", "EVENT", "PART_COUNT", subType="ALL"),
        item("pallet", "EVENT", "PALLET_ID"),
        item("tool", "EVENT", "TOOL_ASSET_ID"),
        item("report", "EVENT", "VARIABLE", representation="DATA_SET", discrete="true"),
    ]
    controller = [item("system", "CONDITION", "SYSTEM"), item("logic", "CONDITION", "LOGIC_PROGRAM")]
    samples = [item(key, "SAMPLE", words, units=units) for key, (words, units) in SIGNALS.items()]
    spindle = (
        f'<Axes id="{prefix}_axes" name="axes"><Components><Rotary id="{prefix}_c" name="C"><DataItems>{"".join(samples)}'
        "</DataItems></Rotary></Components></Axes>"
        if unit is not None and unit.cuts
        else ""
    )
    made = unit.made_by if unit else None
    plate = {"manufacturer": made.manufacturer, "model": made.model, "serialNumber": made.serial_number} if made else {}
    attributes = "".join(f" {key}={quoteattr(value)}" for key, value in plate.items() if value)
    return (
        f"<Device id={quoteattr(f'{prefix}_device')} name={quoteattr(name)} uuid={quoteattr(device_uuid(unit.id if unit else ''))}>"
        f"<Description{attributes}>{escape(kind)}</Description><DataItems>{''.join(own)}</DataItems><Components>{spindle}"
        f'<Controller id="{prefix}_controller" name="controller"><DataItems>{"".join(controller)}</DataItems><Components>'
        f'<Path id="{prefix}_path" name="path"><DataItems>{"".join(path)}</DataItems></Path></Components></Controller>'
        "</Components></Device>"
    )


class Showing:
    """Turns reports into SHDR lines; keeps the state of a control: its part counter and the pallet on the machine."""

    def __init__(self, shop: Shop) -> None:
        self._start = shop.start
        self._units = {unit.id: unit.kind for unit in shop.work_units}
        self._counts: dict[str, int] = {}

    def time(self, at_s: float) -> str:
        """Shop time as a timestamp."""
        return shop_timestamp(self._start, at_s)

    def opening(self) -> Pairs:
        """Return the lines for all devices when the adapter starts."""
        said: Pairs = {f"{OFFICE}_avail": "AVAILABLE"}
        for unit, kind in self._units.items():
            said |= {
                f"{unit}_avail": "AVAILABLE",
                f"{unit}_execution": "READY",
                f"{unit}_mode": "AUTOMATIC" if kind != "bench" else "MANUAL",
                f"{unit}_part_count": "0",
                f"{unit}_system": ("NORMAL", "", "", "", ""),
                f"{unit}_logic": ("NORMAL", "", "", "", ""),
            }
        return said

    def lines(self, report: r.AnyReport) -> list[Pairs]:
        """Return the lines of a report, in order; the last one holds the complete report."""
        # suppliers report too, and they aren't work units
        unit = report.unit if report.unit in self._units else OFFICE
        shown = self._standard(report, unit) if report.unit in self._units else []
        whole = {key: _text(value) for key, value in flatten(report).items()}
        return [*shown, {f"{unit}_report": f":ACTION_COMPLETE {format_entries(whole)}"}]

    def asset(self, report: r.AnyReport) -> tuple[str, str] | None:
        """Id and XML of the cutting tool that a report changes."""
        if not isinstance(report, r.ToolReplaced):
            return None
        body = (
            f"<CuttingTool assetId={quoteattr(report.edge)} serialNumber={quoteattr(report.edge)} toolId={quoteattr(str(report.tool))} "
            f"deviceUuid={quoteattr(device_uuid(report.unit))}><CuttingToolLifeCycle><CutterStatus><Status>USED</Status></CutterStatus>"
            f"<ProgramToolNumber>{report.tool}</ProgramToolNumber></CuttingToolLifeCycle></CuttingTool>"
        )
        return report.edge, body

    def _standard(self, report: r.AnyReport, unit: str) -> list[Pairs]:
        match report:
            case r.CycleStarted():
                return [
                    {f"{unit}_program": report.operation, f"{unit}_part": report.serial},
                    {f"{unit}_execution": "ACTIVE"},
                ]
            case r.CycleFinished():
                self._counts[unit] = self._counts.get(unit, 0) + 1
                # send the part again: an adapter restarted meanwhile hasn't sent it, and it is still in the control
                return [
                    {f"{unit}_part": report.serial, **self._signals(unit, report.signals)},
                    {f"{unit}_execution": "PROGRAM_COMPLETED", f"{unit}_part_count": str(self._counts[unit])},
                    {f"{unit}_execution": "READY"},
                ]
            case r.CycleInterrupted():
                alarm = ("FAULT", "interrupted", "", "", report.alarm)
                return [
                    {f"{unit}_execution": "INTERRUPTED", f"{unit}_logic": alarm},
                    {f"{unit}_logic": _NORMAL, f"{unit}_execution": "READY"},
                ]
            case r.MachineFailed():
                return [{f"{unit}_system": ("FAULT", "failed", "", "", report.alarm), f"{unit}_execution": "STOPPED"}]
            case r.MachineRepaired() | r.MachineMaintained():
                return [{f"{unit}_system": _NORMAL, f"{unit}_execution": "READY"}]
            case r.SignalsSampled():
                return [self._signals(unit, report.signals)]
            case r.ToolReplaced():
                return [{f"{unit}_tool": report.edge}]
            case r.PartMounted() | r.PalletMoved():
                return [{f"{unit}_pallet": report.pallet}]
            case r.PartMeasured() | r.ImageTaken():
                return [{f"{unit}_part": report.serial}]
        return []

    def _signals(self, unit: str, signals: Mapping[str, float]) -> Pairs:
        known = self._units.get(unit) in CUTTERS
        return {f"{unit}_{key}": repr(value) for key, value in signals.items() if key in SIGNALS and known}


_NORMAL = ("NORMAL", "", "", "", "")


class Witness:
    """Reads reports out of observations, and accepts the report of a cycle only if the control's own data items confirm it."""

    def __init__(self) -> None:
        self._execution: dict[str, str] = {}
        self._parts: dict[str, str] = {}
        self.doubts: list[str] = []
        """Reports that the control's data items contradict; the caller must not act on them."""

    def see(self, seen: Seen) -> r.AnyReport | None:
        """Take one observation; return the report that it completes, if any."""
        if seen.element == "Execution":
            self._execution[seen.device] = seen.value
        elif seen.element == "PartUniqueId":
            self._parts[seen.device] = seen.value
        if seen.element != "VariableDataSet" or not seen.entries:
            return None
        fields: dict[str, Scalar] = {key: value for key, value in seen.entries.items() if isinstance(value, str)}
        report = read_report(fields, f"MTConnect {seen.device}")
        self._weigh(report, seen.device)
        return report

    def _weigh(self, report: r.AnyReport, device: str) -> None:
        execution, part = self._execution.get(device), self._parts.get(device)
        if isinstance(report, r.CycleStarted) and (execution, part) != ("ACTIVE", report.serial):
            self.doubts.append(
                f"{device}: {report.serial} is reported as being cut while Execution is {execution}, part {part}"
            )
        if isinstance(report, r.CycleFinished) and (execution, part) != ("READY", report.serial):
            self.doubts.append(
                f"{device}: {report.serial} is reported as finished while Execution is {execution}, part {part}"
            )


def signal_of(seen: Seen) -> tuple[str, str, float] | None:
    """Source, name and value of a numeric sample; devices and items of other makers keep their names."""
    if seen.category != "SAMPLE":
        return None
    try:
        value = float(seen.value)
    except ValueError:
        return None
    unit = seen.device.removeprefix("nightmill.")
    return unit, (seen.name or seen.item).removeprefix(f"{unit}_"), value


def shop_timestamp(start: datetime, at_s: float) -> str:
    """UTC text of ``start`` + ``at_s``, to the microsecond."""
    return (start + timedelta(seconds=at_s)).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
