"""The shell of a work unit: nameplate, technical data, capability, NC configuration (mills), time series.

IDTA templates: Capability Description 1.0 (02020), Control Configuration for NC and CNC Machines 1.0.1 (02053),
Time Series Data 1.1.1 (02008).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from nightmill.formats.aas.elements import (
    Element,
    blob,
    collection,
    element,
    only_known,
    own,
    points_to,
    prop,
    reference,
    shell,
    span,
    submodel,
    text,
)
from nightmill.formats.aas.idta_templates import NAMEPLATE, Plate, identity, nameplate, section, technical_data
from nightmill.vocabulary.shop import MachineLimits, Shop, ToolStock, WorkUnit
from nightmill.vocabulary.units import utc_text

Series = Sequence[tuple[float, Mapping[str, float]]]
"""Shop time (s), and the readings at that time by name."""

CAPABILITIES = {
    "mill": "Milling",
    "lathe": "Turning",
    "robot": "PalletHandling",
    "gauge": "Measuring",
    "vision": "VisualInspection",
    "bench": "MountingOfParts",
    "process": "TreatmentOfParts",
}
_CAPABILITY = "https://admin-shell.io/idta/CapabilityDescription"
_CONTROL = "https://admin-shell.io/idta/ControlConfig"
_SERIES = "https://admin-shell.io/idta/TimeSeries"


def machine_shell(shop: Shop, unit: WorkUnit, series: Mapping[str, Series]) -> tuple[Element, list[Element]]:
    """Return the shell of ``unit`` and its submodels; ``series`` by kind (samples, cycle means)."""
    asset = identity(shop, "machines", unit.id)
    made = unit.made_by
    plate = Plate(made.manufacturer, made.model, made.model, made.serial_number, year=made.year_built)

    def name(model: str) -> str:
        return identity(shop, "machines", unit.id, "submodels", model)

    models = [
        nameplate(name("Nameplate"), asset, plate),
        technical_data(name("TechnicalData"), plate, _sections(shop, unit)),
        _capability(name("CapabilityDescription"), unit),
    ]
    if unit.limits is not None:
        models.append(_control(shop, unit, unit.limits, name))
    recorded = {title: rows for title, rows in series.items() if rows}
    if recorded:
        models.append(_time_series(name("TimeSeries"), shop.start, recorded))
    ids = {"workUnit": unit.id, "workCenter": unit.work_center, "serialNumber": made.serial_number}
    return shell(identity(shop, "machines", unit.id, "aas"), unit.id, asset, unit.kind, ids, models), models


def _sections(shop: Shop, unit: WorkUnit) -> list[Element]:
    at_all = {"kind": unit.kind, "work_center": unit.work_center, "power_kw_idle": unit.power_kw_idle}
    if unit.kind in {"gauge", "vision"}:
        at_all["measure_s"] = unit.measure_s
    if unit.kind == "gauge":
        at_all["uncertainty_mm"] = unit.uncertainty_mm
    if unit.kind == "robot":
        at_all["move_s"] = unit.move_s
    found = [section("WorkUnit", own(at_all))]
    if unit.limits is not None:
        found.append(section("Machine", own(_limits(unit.limits) | {"power_kw_cutting": unit.power_kw_cutting})))
        found += [section(f"Tool{stock.tool.number}", own(_tool(stock))) for stock in shop.tools_of(unit)]
    return found


def _limits(limits: MachineLimits) -> dict[str, Any]:
    x, y, z = limits.travel_mm
    return {
        "travel_x_mm": x,
        "travel_y_mm": y,
        "travel_z_mm": z,
        "spindle_rpm_max": limits.spindle_rpm_max,
        "spindle_kw": limits.spindle_kw,
        "feed_max_mm_min": limits.feed_max_mm_min,
        "rapid_mm_min": limits.rapid_mm_min,
        "accel_mm_s2": limits.accel_mm_s2,
        "tool_change_s": limits.tool_change_s,
    }


def _tool(stock: ToolStock) -> dict[str, Any]:
    tool = stock.tool
    return {
        "number": tool.number,
        "name": tool.name,
        "type": tool.type,
        "diameter_mm": tool.diameter_mm,
        "stickout_mm": tool.stickout_mm,
        "flute_length_mm": tool.flute_length_mm,
        "edges_in_magazine_at_start": stock.magazine,
    }


def _capability(ident: str, unit: WorkUnit) -> Element:
    """Return the unit's capability and its limits: ranges for axes and spindle, properties for the rest."""
    ranges: dict[str, tuple[float | None, float]] = {}
    said: dict[str, Any] = {"materials": ", ".join(unit.materials)}
    if unit.limits is not None:
        travel_mm = dict(zip("XYZ", unit.limits.travel_mm, strict=True))
        ranges |= {f"travel_{axis}_mm": (0.0, travel_mm[axis]) for axis in _axes(unit)}
        ranges["spindle_rpm"] = (None, unit.limits.spindle_rpm_max)
        ranges["feed_mm_min"] = (None, unit.limits.feed_max_mm_min)
    if unit.kind == "gauge":
        said["uncertainty_mm"] = unit.uncertainty_mm
    if unit.kind == "robot":
        said["move_s"] = unit.move_s
    meaning = "https://admin-shell.io/idta/CapabilityPropertyType/Property/1/0"
    spanned = "https://admin-shell.io/idta/CapabilityPropertyEnumType/Range/1/0"
    holders = [
        collection(f"{name}_container", f"{_CAPABILITY}/PropertyContainer/1/0", [span(name, spanned, *ends)])
        for name, ends in ranges.items()
    ]
    holders += [
        collection(f"{each['idShort']}_container", f"{_CAPABILITY}/PropertyContainer/1/0", [each])
        for each in only_known(prop(name, meaning, value) for name, value in said.items())
    ]
    inside = [element("Capability", CAPABILITIES[unit.kind], f"{_CAPABILITY}/Capability/1/0")]
    if holders:
        inside.append(collection("PropertySet", f"{_CAPABILITY}/PropertySet/1/0", holders))
    container = collection("CapabilityContainer", f"{_CAPABILITY}/CapabilityContainer/1/0", inside)
    semantic = "https://admin-shell.io/idta/SubmodelTemplate/CapabilityDescription/1/0"
    whole = collection("CapabilitySet", f"{_CAPABILITY}/CapabilitySet/1/0", [container])
    return submodel(ident, "CapabilityDescription", semantic, [whole])


def _axes(unit: WorkUnit) -> str:
    return "XZ" if unit.kind == "lathe" else "XYZ"


def _control(shop: Shop, unit: WorkUnit, limits: MachineLimits, name: Any) -> Element:
    """Return the axes, programs, communication and tools of a control; value types as in the template."""
    axes = [
        collection(
            "Axis__00__",
            f"{_CONTROL}/Channel/Axis/1/0",
            [
                prop("AxisName", f"{_CONTROL}/Axes/AxisName/1/0", axis),
                prop("AxisType", f"{_CONTROL}/Axes/AxisType/1/0", "linear"),
                prop("VelocityLimit", f"{_CONTROL}/Axes/VelocityLimit/1/0", round(limits.rapid_mm_min), "xs:long"),
                prop(
                    "AccelerationLimit", f"{_CONTROL}/Axes/AccelerationLimit /1/0", round(limits.accel_mm_s2), "xs:long"
                ),
            ],
        )
        for axis in _axes(unit)
    ]
    programs = [
        prop("NCProgramFileType", f"{_CONTROL}/NCProgramFileType/1/0", "ngc"),
        prop("NCProgramSyntaxType", f"{_CONTROL}/NCProgramSyntaxType/1/0", "RS-274/NGC"),
    ]
    spoken = [
        prop("CommunicationType", f"{_CONTROL}/CommunicationType/1/0", unit.protocol),
        *only_known([prop("CommunicationAdress", f"{_CONTROL}/CommunicationAdress/1/0", unit.address)]),
    ]
    elements = [
        reference("DigitalNameplate", NAMEPLATE, points_to(("Submodel", name("Nameplate")))),
        prop("ControllerType", f"{_CONTROL}/ControllerType/1/0"),
        prop("TimeUnit", f"{_CONTROL}/TimeUnit/1/0", kind="xs:float"),
        prop("VelocityUnit", f"{_CONTROL}/VelocityType/1/0", "mm/min"),
        prop("AccelerationUnit", f"{_CONTROL}/ AccelerationUnit /1/0", "mm/s^2"),
        *(collection(f"Axes__{n:02d}__", f"{_CONTROL}/Axes/1/0", [axis]) for n, axis in enumerate(axes)),
        collection("NCProgramConfig__00__", f"{_CONTROL}/NCProgramConfig/1/0", programs),
        collection("CommunicationConfig__00__", f"{_CONTROL}/CommunicationConfig/1/0", spoken),
        collection("Tools__00__", f"{_CONTROL}/Tools/1/0", _tools(shop.tools_of(unit), name("TechnicalData"))),
    ]
    template = "https://admin-shell.io/idta-02053-1-0"
    return submodel(name("ControlConfig"), "ControlConfig__00__", f"{_CONTROL}/1/0", elements, template=template)


def _tools(stocks: Sequence[ToolStock], technical: str) -> list[Element]:
    """Return the tools, each with a reference to its technical data."""
    return [
        collection(
            f"Tool__{number:02d}__",
            f"{_CONTROL}/Tool/1/0",
            [
                reference(
                    "ToolDescription",
                    "https://admin-shell.io/idta/ToolDescription/1/0",
                    points_to(
                        ("Submodel", technical),
                        ("SubmodelElementList", "TechnicalPropertyAreas"),
                        ("SubmodelElementCollection", "0"),
                        ("SubmodelElementCollection", f"Tool{stock.tool.number}"),
                    ),
                )
            ],
        )
        for number, stock in enumerate(stocks)
    ]


def _time_series(ident: str, start: datetime, series: Mapping[str, Series]) -> Element:
    """Return the machine's signals in the log: one segment for each kind, each as CSV inside the shell."""
    signals = sorted({name for rows in series.values() for _, values in rows for name in values})
    record = [prop("Time", f"{_SERIES}/UtcTime/1/1", kind="xs:dateTime")]
    record += [prop(name, "", kind="xs:double") for name in signals]
    metadata = collection(
        "Metadata",
        f"{_SERIES}/Metadata/1/1",
        [
            text("Name", f"{_SERIES}/Metadata/Name/1/1", "signals of the machine"),
            collection("Record", f"{_SERIES}/Record/1/1", record),
        ],
    )
    segments = [_segment(title, rows, start, signals) for title, rows in series.items()]
    elements = [metadata, collection("Segments", f"{_SERIES}/Segments/1/1", segments)]
    return submodel(ident, "TimeSeries", f"{_SERIES}/1/1", elements, revision="1")


def _segment(title: str, rows: Series, start: datetime, signals: Sequence[str]) -> Element:

    lines = [",".join(("Time", *signals))]
    for at_s, values in rows:
        lines.append(
            ",".join((utc_text(start, at_s), *(repr(values[name]) if name in values else "" for name in signals)))
        )
    said = f"{_SERIES}/Segment"
    return collection(
        title,
        f"{_SERIES}/Segments/ExternalSegment/1/1",
        [
            text("Name", f"{said}/Name/1/1", title),
            prop("RecordCount", f"{said}/RecordCount/1/1", len(rows), "xs:long"),
            prop("StartTime", f"{said}/StartTime/1/1", utc_text(start, min(at for at, _ in rows))),
            prop("EndTime", f"{said}/EndTime/1/1", utc_text(start, max(at for at, _ in rows))),
            blob("Blob", f"{_SERIES}/Blob/1/1", ("\n".join(lines) + "\n").encode(), "text/csv"),
        ],
    )
