"""Turn ``shop.toml`` into work units, shifts, tools and rates, with the checks that span several keys."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from nightmill.formats.findings import Findings, did_you_mean
from nightmill.formats.shop.shop_toml import (
    WEEKDAYS,
    WITHOUT_ADDRESS,
    CribTable,
    MachineTable,
    ShiftTable,
    ShopFile,
    ShopTable,
    TechnicianTable,
    ToolTable,
)
from nightmill.formats.shop.toml_tables import build_values, read_toml
from nightmill.vocabulary import validation
from nightmill.vocabulary.addresses import host_and_port
from nightmill.vocabulary.ordinary_files import is_there
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.shop import (
    CUTTERS,
    LATHE_LIMITS,
    Autonomy,
    Economy,
    FixtureStock,
    MachineLimits,
    MadeBy,
    Shift,
    Technician,
    ToolStock,
    UnitKind,
    WorkUnit,
    holds_tool,
)

SHOP_TOML = "shop.toml"
STATIONS: tuple[UnitKind, ...] = ("robot", "gauge", "vision", "bench")


@dataclass(frozen=True)
class Clock:
    """The shop's time origin: ``start`` in UTC and the site's time zone, to turn local dates into shop seconds.
    ``certain`` is false if the start could not be read: dates can then be parsed, but not checked.
    """

    start: datetime
    zone: ZoneInfo
    certain: bool = True

    def seconds(self, text: str, *, end_of_day: bool) -> float:
        """Shop time of an ISO date or date-time; a bare date is the start of that local day, or its end.
        Raises ``validation.Wrong`` if the text is not a date, or if the date is out of range.
        """
        moment = validation.moment(text, self.zone, end_of_day=end_of_day)
        return (moment.astimezone(UTC) - self.start).total_seconds()


def read_shop_file(folder: Path, findings: Findings) -> ShopFile:
    """Read the tables in ``shop.toml``. An invalid table becomes a finding and is left out, so that the rest can still be checked."""
    path = folder / SHOP_TOML
    raw: dict[str, Any] | None = None
    if is_there(path):
        raw = read_toml(path, findings)
    else:
        findings.add(
            SHOP_TOML, "", "no such file", f"{SHOP_TOML} in the shop's folder", "Write it as docs/shop.md describes."
        )
    if raw is None:
        return ShopFile(shop=ShopTable(name="", start=""), machines=())
    values = build_values(ShopFile, raw, SHOP_TOML, "", findings)
    sound: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, tuple):
            sound[name] = tuple(table for table in value if table is not None)
        elif value is not None:
            sound[name] = value
    sound.setdefault("shop", ShopTable(name="", start=""))
    sound.setdefault("machines", ())
    return ShopFile(**sound)


def read_clock(shop: ShopFile, findings: Findings) -> Clock:
    """Return the shop's start and time zone; an invalid one becomes a finding, and is replaced by the year 2000 or by UTC."""
    try:
        zone = ZoneInfo(shop.shop.time_zone)
    except (OSError, ValueError, KeyError):  # which of them is raised depends on the mistake in the name
        zone = _unknown_zone(shop, findings)
    clock = Clock(datetime(2000, 1, 1, tzinfo=UTC), zone, certain=False)
    if not shop.shop.start:
        return clock
    try:
        since = clock.seconds(shop.shop.start, end_of_day=False)
    except validation.Wrong as wrong:
        findings.add(SHOP_TOML, "shop.start", wrong.found, wrong.expected, "Write year-month-dayThour:minute.")
        return clock
    return Clock(clock.start + timedelta(seconds=since), zone)


def _unknown_zone(shop: ShopFile, findings: Findings) -> ZoneInfo:
    from zoneinfo import available_timezones

    remedy = did_you_mean(
        shop.shop.time_zone, available_timezones(), "Use a name such as Europe/Berlin or America/Chicago."
    )
    findings.add(SHOP_TOML, "shop.time_zone", shop.shop.time_zone, "an IANA time zone", remedy)
    return ZoneInfo("UTC")


def work_units(shop: ShopFile, known_materials: Collection[str] | None, findings: Findings) -> tuple[WorkUnit, ...]:
    """One ``WorkUnit`` for each machine, with ``count`` expanded, plus the stations that every shop needs."""
    units: list[WorkUnit] = []
    for n, table in enumerate(shop.machines, 1):
        place = f"machines[{n}]"
        if table.protocol not in WITHOUT_ADDRESS and not table.address:
            findings.add(SHOP_TOML, f"{place}.address", "nothing", f"an address for {table.protocol}", "Add address.")
        _check_programs(table, place, findings)
        if table.serial_number and table.count > 1:
            findings.add(
                SHOP_TOML, f"{place}.serial_number", f"{table.serial_number} for {table.count} machines", "one machine",
                "Write a [[machines]] table for each.",
            )  # fmt: skip
        _check_kind(table, place, findings)
        for material in table.materials:
            check_material(material, known_materials, SHOP_TOML, f"{place}.materials", findings)
        units.extend(_units_of(table, shop.site.autonomy))
    seen: set[str] = set()
    for unit in units:
        if unit.id in seen:
            findings.add(
                SHOP_TOML, "machines", f"id {unit.id} twice", "unique ids", "Rename one of them, or use count."
            )
        seen.add(unit.id)
    misread = not shop.shop.start or any(one.place.startswith("machines[") for one in findings.items())
    if not misread and not any(unit.cuts for unit in units):
        findings.add(
            SHOP_TOML,
            "machines",
            "no mill and no lathe",
            "at least one machine of kind mill or lathe",
            'Add [[machines]] with kind = "mill".',
        )
    if shop.shop.assume_stations:
        units.extend(_missing_stations(units))
    for kind, what in _NEEDED.items():
        if not any(unit.kind == kind for unit in units):
            remedy = f'Add [[machines]] with kind = "{kind}", or leave out assume_stations = false.'
            findings.add(SHOP_TOML, "machines", f"no machine of kind {kind}", what, remedy)
    return tuple(units)


def _check_programs(table: MachineTable, place: str, findings: Findings) -> None:
    """Check what a machine needs for a live run."""
    if table.protocol == "linuxcnc":
        if not table.programs:
            remedy = "Name the folder that the control sees under the same path."
            findings.add(SHOP_TOML, f"{place}.programs", "nothing", "a folder for programs", remedy)
        if table.kind not in CUTTERS:
            findings.add(
                SHOP_TOML, f"{place}.protocol", f"linuxcnc for a {table.kind}", "a mill or a lathe", "Correct it."
            )
        try:
            host_and_port(table.address, 0)
        except ValueError:
            remedy = "Write it as tcp://HOST:PORT; linuxcncrsh listens on 5007."
            findings.add(SHOP_TOML, f"{place}.address", table.address, "host and port", remedy)
        if table.count > 1:
            findings.add(
                SHOP_TOML, f"{place}.count", f"{table.count} machines at one address", "one machine",
                "Write a [[machines]] table for each.",
            )  # fmt: skip
    if table.programs and (table.kind not in CUTTERS or not Path(table.programs).is_absolute()):
        found = table.programs if table.kind in CUTTERS else f"{table.programs} of a {table.kind}"
        findings.add(SHOP_TOML, f"{place}.programs", found, "an absolute path, for a mill or lathe", "Correct it.")
    if table.protocol == "operator" and table.kind == "vision":
        remedy = "Leave the camera out: people look at parts when they measure them."
        findings.add(SHOP_TOML, f"{place}.protocol", "operator for a camera", "a camera that takes pictures", remedy)


def _check_kind(table: MachineTable, place: str, findings: Findings) -> None:
    """Check keys that only some kinds of machine may have."""
    if table.buffer is not None and table.kind not in CUTTERS:
        found, remedy = f"{table.buffer} behind a {table.kind}", "Leave it out here."
        findings.add(SHOP_TOML, f"{place}.buffer", found, "places behind a mill or lathe", remedy)
    if table.chip_min is not None and table.kind not in CUTTERS:
        found = f"{table.chip_min:g} min of a {table.kind}"
        findings.add(SHOP_TOML, f"{place}.chip_min", found, "a mill or a lathe", "Leave it out here.")
    if table.places > 1 and table.kind != "process":
        found, remedy = f"{table.places} in a {table.kind}", "Leave it out here."
        findings.add(SHOP_TOML, f"{place}.places", found, "places of a machine of kind process", remedy)
    if table.protocol not in WITHOUT_ADDRESS and table.kind == "process":
        found, remedy = f"{table.protocol} for a process", "Leave it out: people start and end the process."
        findings.add(SHOP_TOML, f"{place}.protocol", found, "virtual or operator", remedy)


_NEEDED: dict[UnitKind, str] = {
    "robot": "transport of pallets to the machines: a robot, or a person with a trolley (move_s: the time for a move)",
    "bench": "a place where people put parts on pallets and take them off",
}
"""Add findings for missing stations without which no part can be made; a shop without gauge or vision inspects by hand or not at all."""


def _missing_stations(units: Sequence[WorkUnit]) -> Iterator[WorkUnit]:
    taken = {unit.id for unit in units}
    # beside real machines, people carry and measure, and nobody has a camera unless it is listed
    real = any(unit.protocol in ("operator", "linuxcnc") for unit in units)
    protocol = "operator" if real else "virtual"
    for kind in STATIONS:
        if not any(unit.kind == kind for unit in units) and not (real and kind == "vision"):
            name = kind if kind not in taken else f"{kind}-assumed"
            seconds = 30.0 if kind == "vision" else 120.0
            yield WorkUnit(id=name, kind=kind, work_center="cell", measure_s=seconds, protocol=protocol)


def _units_of(table: MachineTable, autonomy: Autonomy) -> Iterator[WorkUnit]:
    limits = None
    if table.kind in CUTTERS:
        given = {name: getattr(table, name) for name in MachineLimits.__struct_fields__}
        usual = LATHE_LIMITS if table.kind == "lathe" else MachineLimits()
        limits = msgspec.structs.replace(usual, **{name: value for name, value in given.items() if value is not None})
    for n in range(1, table.count + 1):
        yield WorkUnit(
            id=table.id if table.count == 1 else f"{table.id}-{n}",
            kind=table.kind,
            work_center=table.work_center,
            limits=limits,
            rate_usd_h=table.rate_usd_h,
            power_kw_idle=table.power_kw_idle,
            power_kw_cutting=table.power_kw_cutting,
            protocol=table.protocol,
            address=table.address,
            programs=table.programs,
            password_env=table.password_env,
            autonomy=table.autonomy or autonomy,
            materials=table.materials,
            move_s=table.move_s,
            measure_s=table.measure_s,
            uncertainty_mm=table.uncertainty_mm,
            made_by=MadeBy(table.manufacturer, table.model, table.serial_number, table.year_built),
            buffer=table.buffer,
            chip_s=None if table.chip_min is None else 60.0 * table.chip_min,
            places=table.places,
        )


def process_units(shop: ShopFile) -> dict[str, tuple[WorkUnit, ...]]:
    """Return the ovens, washers and tumblers by the id of their table."""
    processes = (table for table in shop.machines if table.kind == "process")
    return {table.id: tuple(_units_of(table, shop.site.autonomy)) for table in processes}


def check_material(name: str, known: Collection[str] | None, file: str, place: str, findings: Findings) -> None:
    """Add a finding if ``name`` is not a known material (case ignored)."""
    if known is None or not name:
        return
    folded = {" ".join(word.casefold().split()) for word in known}
    if " ".join(name.casefold().split()) not in folded:
        listed = ", ".join(list(known)[:8])
        findings.add(
            file, place, f"material {name!r}", "a known material", did_you_mean(name, known, f"Known are {listed}, ...")
        )


def shifts(shop: ShopFile, findings: Findings) -> tuple[Shift, ...]:
    """Return the shifts; by default Monday to Friday, 8 to 17 h, two persons."""
    found = []
    for n, table in enumerate(shop.shifts or (ShiftTable(),), 1):
        shift = _shift(f"shifts[{n}]", table, table.persons, findings)
        if shift is not None:
            found.append(shift)
    return tuple(found)


def technicians(shop: ShopFile, findings: Findings) -> tuple[Technician, ...]:
    """Return the technicians who service mills, and their hours."""
    found: dict[str, Technician] = {}
    for n, table in enumerate(shop.technicians, 1):
        place = f"technicians[{n}]"
        if not table.name.strip() or table.name in found:
            findings.add(SHOP_TOML, f"{place}.name", repr(table.name), "a unique name", "Name the technician.")
        shift = _shift(place, table, 1, findings)
        if shift is not None:
            found[table.name] = Technician(table.name, shift, table.notice_h)
    return tuple(found.values())


def fixtures(shop: ShopFile, findings: Findings) -> tuple[FixtureStock, ...]:
    """Return the kinds of fixture with a limited number."""
    found: dict[str, FixtureStock] = {}
    for n, table in enumerate(shop.fixtures, 1):
        if table.id in found:
            findings.add(SHOP_TOML, f"fixtures[{n}].id", f"{table.id} twice", "each kind once", "Add up the counts.")
        found[table.id] = FixtureStock(table.id, table.count)
    return tuple(found.values())


def _shift(place: str, table: ShiftTable | TechnicianTable, persons: int, findings: Findings) -> Shift | None:
    if table.begins_h >= table.ends_h:
        findings.add(
            SHOP_TOML, f"{place}.ends_h", table.ends_h, f"more than begins_h = {table.begins_h:g}",
            "Split a shift over midnight in two: one until 24:00, one from 0:00.",
        )  # fmt: skip
        return None
    days = tuple(sorted({WEEKDAYS.index(day) for day in table.days}))
    if not days:
        findings.add(SHOP_TOML, f"{place}.days", "no day", "at least one weekday", 'Write days = ["Mon", "Tue"].')
    return Shift(days=days, begins_h=table.begins_h, ends_h=table.ends_h, persons=persons)


def tool_stocks(shop: ShopFile, default_tools: Sequence[Tool] | None, findings: Findings) -> tuple[ToolStock, ...]:
    """Return the shop's own tools, or the default crib with the stock of ``[crib]``; empty if neither is given."""
    if not shop.tools:
        crib: CribTable = shop.crib
        kinds = [kind for kind in CUTTERS if any(table.kind == kind for table in shop.machines)]
        return tuple(
            ToolStock(tool, crib.magazine, crib.crib, crib.supplier, crib.lead_time_days)
            for tool in default_tools or ()
            if not kinds or any(holds_tool(kind, tool) for kind in kinds)
        )
    found: dict[int, ToolStock] = {}
    for n, table in enumerate(shop.tools, 1):
        if table.number in found:
            findings.add(
                SHOP_TOML,
                f"tools[{n}].number",
                f"{table.number} twice",
                "unique tool numbers",
                "Give it a free number.",
            )
        try:
            tool = _tool_of(table)
        except ValueError as error:
            findings.add(SHOP_TOML, f"tools[{n}]", f"tool {table.number}", str(error), "Correct the named length.")
            continue
        found[table.number] = ToolStock(tool, table.magazine, table.crib, table.supplier, table.lead_time_days)
    return tuple(found.values())


def _tool_of(table: ToolTable) -> Tool:
    names = {field.name for field in msgspec.structs.fields(Tool)}
    values = {name: value for name, value in msgspec.structs.asdict(table).items() if name in names}
    values["shank_diameter_mm"] = table.shank_diameter_mm or table.diameter_mm
    return Tool(**values)


def economy(shop: ShopFile, known_materials: Collection[str] | None, findings: Findings) -> Economy:
    """Return the rates of the home site."""
    table = shop.economy
    for name, price in table.material_usd_kg.items():
        check_material(name, known_materials, SHOP_TOML, "economy.material_usd_kg", findings)
        if price < 0:
            findings.add(
                SHOP_TOML, f"economy.material_usd_kg.{name}", price, "a price of 0 or more", "Correct the price."
            )
    return Economy(
        wage_usd_h=table.wage_usd_h,
        energy_usd_kwh=table.energy_usd_kwh,
        night_usd_kwh=table.night_usd_kwh,
        overhead_share=table.overhead_share,
        material_usd_kg=dict(table.material_usd_kg),
    )
