"""Keys of ``shop.toml`` and ``parts/NAME.toml``: each with its unit, default, limits and meaning.
These structs are the single source for the reader, the table in ``docs/shop.md`` and the JSON schema.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from nightmill.vocabulary.plan import ToolType
from nightmill.vocabulary.shop import UnitKind

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}$"

Id = Annotated[str, Meta(pattern=ID_PATTERN)]
Weekday = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
WEEKDAYS: tuple[Weekday, ...] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Protocol = Literal["virtual", "opcua", "mtconnect", "mqtt", "sparkplug"]


def _key(
    unit: str, about: str, example: Any, low: float | None = None, high: float | None = None, remedy: str = ""
) -> Meta:
    extra = {"unit": unit, "example": example, "remedy": remedy}
    return Meta(ge=low, le=high, description=about, extra=extra)


_MM = "Lengths are in mm: 0.76 m is 760, 30 inch is 762."


class ShopTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[shop]``: name and location of the shop, and the start of shop time."""

    name: Annotated[str, _key("", "Name of the shop", "Hollow Creek Machining")]
    start: Annotated[
        str,
        _key("date-time", "Start of shop time, in local time of the site (or with an offset)", "2026-11-02T07:00:00"),
    ]
    time_zone: Annotated[str, _key("", "IANA time zone of the site", "America/New_York")] = "UTC"
    currency: Annotated[
        str, Meta(pattern="^[A-Z]{3}$"), _key("", "The one currency of every amount, ISO 4217", "USD")
    ] = "USD"
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$"), _key("", "Country of the site, ISO 3166-1 alpha-2", "US")] = (
        "US"
    )
    material: Annotated[str, _key("", "Material of parts for which none is given", "Al 6061")] = ""
    uri: Annotated[
        str,
        Meta(pattern=r"^$|^(https?://|urn:)\S+$"),
        _key(
            "",
            "Base URI for the ids of the shop's machines and parts in other programs",
            "https://example.com/hollow-creek",
        ),
    ] = ""
    street: Annotated[str, _key("", "Street and number", "12 Mill Road")] = ""
    zip_code: Annotated[str, _key("", "Postal code", "04101")] = ""
    city: Annotated[str, _key("", "Town", "Hollow Creek")] = ""
    assume_stations: Annotated[
        bool, _key("", "Add one robot, gauge, vision station and bench with default values if none is listed", True)
    ] = True


class MachineTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[machines]]``: one work unit, or ``count`` identical units named ID-1, ID-2, ..."""

    id: Annotated[Id, _key("", "Unique id: letters, digits, ``_ . -``", "mill-1")]
    kind: Annotated[UnitKind, _key("", "What it is", "mill")]
    count: Annotated[int, _key("", "Number of identical units", 3, 1, 200)] = 1
    work_center: Annotated[str, _key("", "ISA-95 work centre it belongs to", "milling")] = "cell"
    travel_mm: Annotated[
        tuple[
            Annotated[float, Meta(ge=50, le=20000)],
            Annotated[float, Meta(ge=50, le=20000)],
            Annotated[float, Meta(ge=50, le=20000)],
        ]
        | None,
        _key(
            "mm",
            "Travel of X, Y and Z; a lathe's X is half its largest diameter, its Z the length, Y isn't used. "
            "Default: mill [760, 500, 510], lathe [125, 50, 500]",
            [760, 500, 510],
            remedy=_MM,
        ),
    ] = None
    spindle_rpm_max: Annotated[
        Annotated[float, Meta(ge=500, le=120000)] | None,
        _key(
            "1/min",
            "Largest spindle speed. Default: mill 12000, lathe 4000",
            12000,
            remedy="Write it in revolutions a minute: 12 krpm is 12000.",
        ),
    ] = None
    spindle_kw: Annotated[
        Annotated[float, Meta(ge=0.1, le=300)] | None,
        _key("kW", "Spindle power. Default: 15", 15, remedy="Write it in kW: 15000 W is 15."),
    ] = None
    feed_max_mm_min: Annotated[
        Annotated[float, Meta(ge=500, le=200000)] | None,
        _key(
            "mm/min",
            "Largest cutting feed. Default: mill 10000, lathe 5000",
            10000,
            remedy="Write it in mm/min: 10 m/min is 10000.",
        ),
    ] = None
    rapid_mm_min: Annotated[
        Annotated[float, Meta(ge=1000, le=300000)] | None,
        _key(
            "mm/min",
            "Rapid speed. Default: mill 30000, lathe 24000",
            30000,
            remedy="Write it in mm/min: 30 m/min is 30000.",
        ),
    ] = None
    accel_mm_s2: Annotated[
        Annotated[float, Meta(ge=100, le=50000)] | None,
        _key(
            "mm/s²",
            "Axis acceleration. Default: mill 3000, lathe 4000",
            3000,
            remedy="Write it in mm/s²: 0.3 g is 3000.",
        ),
    ] = None
    tool_change_s: Annotated[
        Annotated[float, Meta(ge=0.1, le=300)] | None, _key("s", "Chip-to-chip time. Default: mill 5, lathe 2", 5)
    ] = None
    rate_usd_h: Annotated[float, _key("currency/h", "Capital and upkeep per hour, without people", 28, 0, 5000)] = 20.0
    power_kw_idle: Annotated[float, _key("kW", "Power drawn when idle", 1.2, 0, 500, "Write it in kW.")] = 0.5
    power_kw_cutting: Annotated[float, _key("kW", "Mean power drawn when running", 7, 0, 1000, "Write it in kW.")] = 5.0
    protocol: Annotated[
        Protocol, _key("", "Protocol of its control; all but ``virtual`` need an address", "virtual")
    ] = "virtual"
    address: Annotated[str, _key("", "Address of its control", "opc.tcp://mill-1:4840")] = ""
    materials: Annotated[tuple[str, ...], _key("", "Materials it may cut; empty: all", ["Al 6061"])] = ()
    buffer: Annotated[
        Annotated[int, Meta(ge=0, le=1000)] | None,
        _key(
            "pallets",
            "Places for cut parts behind it; a further part stays in the machine (mills, lathes). Default: any number",
            2,
        ),
    ] = None
    chip_min: Annotated[
        Annotated[float, Meta(ge=1, le=100000)] | None,
        _key(
            "min", "Cutting time until its chip bin is full or its coolant is low (mills, lathes). Default: never", 480
        ),
    ] = None
    places: Annotated[
        int, _key("parts", "Parts that it holds at a time (process: oven, washer, tumbler)", 6, 1, 1000)
    ] = 1
    move_s: Annotated[float, _key("s", "Time for one pallet move (robots)", 60, 1, 3600)] = 60.0
    measure_s: Annotated[float, _key("s", "Time per part at the station (gauge, vision)", 120, 1, 7200)] = 120.0
    uncertainty_mm: Annotated[
        float,
        _key("mm", "Standard uncertainty of a reading (gauge)", 0.002, 0.00001, 1, "Write it in mm: 2 µm is 0.002."),
    ] = 0.002
    manufacturer: Annotated[str, _key("", "Manufacturer, as on its nameplate", "Example Machine Works")] = ""
    model: Annotated[str, _key("", "Type, as on its nameplate", "VM-500")] = ""
    serial_number: Annotated[
        str, _key("", "Serial number, as on its nameplate (of a single machine, so not with ``count``)", "4711")
    ] = ""
    year_built: Annotated[int, _key("", "Year of construction, as on its nameplate; 0: unknown", 2021, 0, 2200)] = 0


class ShiftTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[shifts]]``: when people are present. A shift over midnight is written as two."""

    days: Annotated[tuple[Weekday, ...], _key("", "Weekdays", ["Mon", "Tue", "Wed", "Thu", "Fri"])] = WEEKDAYS[:5]
    begins_h: Annotated[float, _key("h", "Start, local hours", 7.5, 0, 24, "Write hours: 7:30 is 7.5.")] = 8.0
    ends_h: Annotated[
        float,
        _key("h", "End, local hours, after the start", 17, 0, 24, "Write hours; split a shift over midnight in two."),
    ] = 17.0
    persons: Annotated[int, _key("", "How many people", 2, 1, 1000)] = 2


class TechnicianTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[technicians]]``: who services mills. Without any, the people of the shifts do it."""

    name: Annotated[str, _key("", "Name of the person or firm, unique", "Harris Spindles")]
    days: Annotated[tuple[Weekday, ...], _key("", "Weekdays", ["Tue", "Thu"])] = WEEKDAYS[:5]
    begins_h: Annotated[float, _key("h", "Start, local hours", 8, 0, 24)] = 8.0
    ends_h: Annotated[float, _key("h", "End, local hours, after the start", 16, 0, 24)] = 17.0
    notice_h: Annotated[float, _key("h", "How long before a stop they must be called", 24, 0, 2000)] = 0.0


class ToolTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[tools]]``: the tool assemblies of the shop. Without any, Nightmill's default crib is used."""

    number: Annotated[int, _key("", "T and H number, unique", 7, 1, 99999)]
    type: Annotated[ToolType, _key("", "Kind of cutter", "flat")]
    diameter_mm: Annotated[float, _key("mm", "Cutter diameter", 10, 0.05, 500, _MM)]
    stickout_mm: Annotated[float, _key("mm", "Tip to the face of the holder", 40, 1, 1000, _MM)]
    flute_length_mm: Annotated[float, _key("mm", "Cutting length from the tip", 25, 0.1, 1000, _MM)]
    name: Annotated[str, _key("", "Name on the shop floor", "end mill 10")] = ""
    corner_radius_mm: Annotated[float, _key("mm", "Corner radius; 0: sharp", 0.5, 0, 250, _MM)] = 0.0
    tip_angle_deg: Annotated[float | None, _key("°", "Included angle of a pointed tool", 118)] = None
    tip_diameter_mm: Annotated[float | None, _key("mm", "Flat at a pointed tool's tip", 0.5)] = None
    shank_diameter_mm: Annotated[
        float, _key("mm", "Shank above the flutes; 0: the cutter's diameter", 10, 0, 500, _MM)
    ] = 0.0
    holder_diameter_mm: Annotated[float, _key("mm", "Holder diameter", 50, 0, 500, _MM)] = 50.0
    holder_length_mm: Annotated[float, _key("mm", "Holder length", 80, 0, 1000, _MM)] = 80.0
    pitch_mm: Annotated[
        float | None, _key("mm", "Pitch of taps, thread mills and threading inserts (turning)", 1.25)
    ] = None
    nose_radius_mm: Annotated[float | None, _key("mm", "Nose radius (turning tools)", 0.4)] = None
    insert_angle_deg: Annotated[float | None, _key("°", "Included angle of the insert (turning, boring)", 55)] = None
    lead_angle_deg: Annotated[float | None, _key("°", "90 degrees less the entering angle (turning, boring)", -3)] = (
        None
    )
    width_mm: Annotated[
        float | None, _key("mm", "Width of the blade (grooving, parting; a boring bar with one grooves)", 3)
    ] = None
    flutes: Annotated[int, _key("", "Cutting edges", 3, 1, 40)] = 2
    material: Annotated[str, _key("", "Cutting material: ``carbide`` or ``hss``", "carbide")] = "carbide"
    life_min: Annotated[float, _key("min", "Rated cutting time of an edge", 60, 0.5, 10000)] = 60.0
    price_usd: Annotated[float, _key("currency", "Price of an edge", 40, 0, 100000)] = 40.0
    magazine: Annotated[
        int, _key("", "Edges at the start in the magazine of each mill or lathe that holds such tools", 2, 0, 100)
    ] = 2
    crib: Annotated[int, _key("", "Edges in the crib at the start", 4, 0, 10000)] = 4
    supplier: Annotated[str, _key("", "Who delivers it", "Ridge Tooling")] = ""
    lead_time_days: Annotated[float, _key("days", "Delivery time promised by the supplier", 3, 0, 1000)] = 3.0


class CribTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[crib]``: stock of the default crib's tools (only if there is no ``[[tools]]``)."""

    magazine: Annotated[
        int, _key("", "Edges of each tool in the magazine of each mill or lathe that holds it", 2, 0, 100)
    ] = 2
    crib: Annotated[int, _key("", "Edges of each tool in the crib", 4, 0, 10000)] = 4
    supplier: Annotated[str, _key("", "Who delivers tools", "Ridge Tooling")] = ""
    lead_time_days: Annotated[float, _key("days", "Delivery time of tools", 3, 0, 1000)] = 3.0


class EconomyTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[economy]``: rates of the home site."""

    wage_usd_h: Annotated[float, _key("currency/h", "Full labour cost per person-hour", 45, 0.1, 1000)] = 45.0
    energy_usd_kwh: Annotated[
        float, _key("currency/kWh", "Price of energy during the day", 0.12, 0, 5, "Write it per kWh: 12 cents is 0.12.")
    ] = 0.12
    night_usd_kwh: Annotated[
        float,
        _key(
            "currency/kWh",
            "Price of energy at night, 22:00 to 6:00 local time",
            0.08,
            0,
            5,
            "Write it per kWh: 8 cents is 0.08.",
        ),
    ] = 0.08
    overhead_share: Annotated[
        float, _key("share", "Overhead on conversion cost", 0.15, 0, 3, "Write it as a fraction: 15 % is 0.15.")
    ] = 0.15
    material_usd_kg: Annotated[dict[str, float], _key("currency/kg", "Price by material", {"Al 6061": 6.5})] = {}


class HandlingTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[handling]``: pallets and the bench."""

    pallets: Annotated[int, _key("", "Pallets in the pool", 24, 1, 10000)] = 12
    mount_s: Annotated[
        float,
        _key("s", "Time for a person to mount a part on a pallet", 240, 1, 36000, "Write seconds: 4 minutes is 240."),
    ] = 240.0
    dismount_s: Annotated[float, _key("s", "Time for a person to take a part off", 60, 1, 36000, "Write seconds.")] = (
        60.0
    )


class FixtureTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[fixtures]]``: vises, plates and other fixtures of limited number; ``parts/NAME.toml`` says which a part needs."""

    id: Annotated[Id, _key("", "Name of the kind", "large-vise")]
    count: Annotated[int, _key("", "Number available", 2, 1, 1000)] = 1


class MaintenanceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[maintenance]``: the times of planned stops and repairs."""

    stop_s: Annotated[
        float, _key("s", "Duration of a planned stop", 5400, 60, 1e6, "Write seconds: 90 minutes is 5400.")
    ] = 5400.0
    interval_h: Annotated[
        float, _key("h", "Spindle hours between planned stops, from the machine's handbook", 400, 1, 1e5)
    ] = 400.0
    repair_s: Annotated[
        float, _key("s", "Duration of a typical repair", 14400, 60, 1e7, "Write seconds: 4 hours is 14400.")
    ] = 14400.0


class QualityTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[quality]``: how often parts are measured."""

    measure_every: Annotated[
        int, _key("parts", "Measure the first part of a run, and every N-th after that", 3, 1, 1000)
    ] = 3


class LogTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[log]``: where the event log is kept. Without it: SQLite in ``.nightmill/log.sqlite``."""

    url: Annotated[
        str,
        Meta(pattern="^$|^postgres(ql)?://"),
        _key("", "PostgreSQL database, for a standby on another machine", "postgresql://cell-7/nightmill"),
    ] = ""
    name: Annotated[str, _key("", "Name of this shop's log in it; default: the folder's name", "hollow-creek")] = ""


class ShopFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``shop.toml``."""

    shop: ShopTable
    machines: tuple[MachineTable, ...]
    shifts: tuple[ShiftTable, ...] = ()
    technicians: tuple[TechnicianTable, ...] = ()
    tools: tuple[ToolTable, ...] = ()
    crib: CribTable = CribTable()
    economy: EconomyTable = EconomyTable()
    handling: HandlingTable = HandlingTable()
    fixtures: tuple[FixtureTable, ...] = ()
    maintenance: MaintenanceTable = MaintenanceTable()
    quality: QualityTable = QualityTable()
    log: LogTable = LogTable()
    policy: dict[str, float] = {}


class RequirementTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[requirements]]`` of ``parts/NAME.toml``: requirements of the drawing that the model doesn't contain; with absolute limits."""

    kind: Annotated[str, _key("", "``diameter``, ``distance``, ``flatness``, ...", "diameter")]
    nominal: Annotated[float, _key("mm", "Nominal value", 12.0)]
    lower: Annotated[float, _key("mm", "Smallest value allowed (absolute, not a deviation)", 11.99)]
    upper: Annotated[float, _key("mm", "Largest value allowed (absolute, not a deviation)", 12.01)]
    faces: Annotated[tuple[int, ...], _key("", "Face ids as ``nightmill features`` lists them", [4])] = ()


class ThreadTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[threads]]`` of ``parts/NAME.toml``: holes to be tapped, and outside diameters to be threaded on a lathe; the model shows the minor diameter, or the nominal diameter."""

    size: Annotated[str, _key("", "Metric thread; without a pitch, the coarse pitch of ISO 261", "M6x0.75")]
    faces: Annotated[tuple[int, ...], _key("", "Face ids as ``nightmill features`` lists them", [12, 13])]
    depth_mm: Annotated[
        float, _key("mm", "Depth or length of the full thread; 0: the whole depth or length", 12, 0, 500)
    ] = 0.0


class FinishingTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[finishing]]`` of ``parts/NAME.toml``: work on cut parts, in this order: first in the shop (``machine``), then by other firms."""

    name: Annotated[str, _key("", "What is done", "anodize, black")]
    supplier: Annotated[str, _key("", "Who does it", "Harbor Coating")] = ""
    days: Annotated[
        float, _key("days", "Calendar days from leaving the shop until the parts are back or delivered", 5, 0, 365)
    ] = 0.0
    price_usd: Annotated[float, _key("currency", "Price per piece", 2.4, 0, 1e6)] = 0.0
    lot_usd: Annotated[float, _key("currency", "Additional price per order", 60, 0, 1e7)] = 0.0
    machine: Annotated[str, _key("", "Id of the ``[[machines]]`` of kind process that does it in the shop", "oven")] = (
        ""
    )
    hours: Annotated[float, _key("h", "How long it takes, however many parts are in the machine", 8, 0, 1000)] = 0.0
    load_s: Annotated[
        float, _key("s", "Time for a person to load a part, and the same time to unload it", 60, 1, 36000)
    ] = 60.0
    attended: Annotated[
        bool, _key("", "Whether a person stays with it all the time, as with deburring by hand", False)
    ] = False


class PartTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``parts/NAME.toml``: information that isn't in the STEP file."""

    material: Annotated[str, _key("", "Material; default: that of items.csv, then of ``[shop]``", "Al 6061")] = ""
    revision: Annotated[str, _key("", "Revision of the drawing", "B")] = "A"
    blank_item: Annotated[str, _key("", "Item from which the part is cut; default ``blank-NAME``", "blank-bracket")] = (
        ""
    )
    price_usd: Annotated[float, _key("currency", "Sales price per piece", 85, 0, 1e7)] = 0.0
    fixture: Annotated[
        str, _key("", "Kind of ``[[fixtures]]`` that a piece occupies from mounting to dismounting", "large-vise")
    ] = ""
    requirements: tuple[RequirementTable, ...] = ()
    threads: tuple[ThreadTable, ...] = ()
    finishing: tuple[FinishingTable, ...] = ()
