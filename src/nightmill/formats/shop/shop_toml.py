"""Keys of ``shop.toml`` and ``parts/NAME.toml``, each with its unit, default, limits and meaning.
These structs are the single source for the reader, the tables in ``docs/shop.md`` and the JSON schema.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from nightmill.vocabulary.plan import ToolType
from nightmill.vocabulary.planner_params import PlannerParams
from nightmill.vocabulary.shop import Autonomy, UnitKind

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}$"

Id = Annotated[str, Meta(pattern=ID_PATTERN)]
Weekday = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
WEEKDAYS: tuple[Weekday, ...] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Protocol = Literal["virtual", "operator", "linuxcnc", "opcua", "mtconnect", "mqtt", "sparkplug"]
WITHOUT_ADDRESS: tuple[Protocol, ...] = ("virtual", "operator")


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
        _key("date-time", "Start of shop time, in the site's local time (or with an offset)", "2026-11-02T07:00:00"),
    ]
    time_zone: Annotated[str, _key("", "IANA time zone of the site", "America/New_York")] = "UTC"
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$"), _key("", "Currency of all amounts, ISO 4217", "USD")] = "USD"
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$"), _key("", "Country of the site, ISO 3166-1 alpha-2", "US")] = (
        "US"
    )
    material: Annotated[str, _key("", "Material of parts that specify none", "Al 6061")] = ""
    uri: Annotated[
        str,
        Meta(pattern=r"^$|^(https?://|urn:)\S+$"),
        _key(
            "",
            "Base URI for the ids of the shop's machines and parts in other programs",
            "https://example.com/hollow-creek",
        ),
    ] = ""
    street: Annotated[str, _key("", "Street address", "12 Mill Road")] = ""
    zip_code: Annotated[str, _key("", "Postal code", "04101")] = ""
    city: Annotated[str, _key("", "City", "Hollow Creek")] = ""
    assume_stations: Annotated[
        bool, _key("", "Add a robot, gauge, vision station and bench with default values if none are listed", True)
    ] = True


class MachineTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[machines]]``: one work unit, or ``count`` identical units named ID-1, ID-2, ..."""

    id: Annotated[Id, _key("", "Unique id: letters, digits, ``_ . -``", "mill-1")]
    kind: Annotated[UnitKind, _key("", "Kind of work unit", "mill")]
    count: Annotated[int, _key("", "Number of identical units", 3, 1, 200)] = 1
    work_center: Annotated[str, _key("", "ISA-95 work centre that contains the unit", "milling")] = "cell"
    travel_mm: Annotated[
        tuple[
            Annotated[float, Meta(ge=50, le=20000)],
            Annotated[float, Meta(ge=50, le=20000)],
            Annotated[float, Meta(ge=50, le=20000)],
        ]
        | None,
        _key(
            "mm",
            "Travel in X, Y and Z; for a lathe, X is half the largest diameter, Z is the length, and Y isn't used. "
            "Default: mill [760, 500, 510], lathe [125, 50, 500]",
            [760, 500, 510],
            remedy=_MM,
        ),
    ] = None
    spindle_rpm_max: Annotated[
        Annotated[float, Meta(ge=500, le=120000)] | None,
        _key(
            "1/min",
            "Maximum spindle speed. Default: mill 12000, lathe 4000",
            12000,
            remedy="Write it in revolutions per minute: 12 krpm is 12000.",
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
            "Maximum cutting feed. Default: mill 10000, lathe 5000",
            10000,
            remedy="Write it in mm/min: 10 m/min is 10000.",
        ),
    ] = None
    rapid_mm_min: Annotated[
        Annotated[float, Meta(ge=1000, le=300000)] | None,
        _key(
            "mm/min",
            "Rapid traverse rate. Default: mill 30000, lathe 24000",
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
    rate_usd_h: Annotated[
        float, _key("currency/h", "Capital and maintenance cost per hour, without labour", 28, 0, 5000)
    ] = 20.0
    power_kw_idle: Annotated[float, _key("kW", "Power draw when idle", 1.2, 0, 500, "Write it in kW.")] = 0.5
    power_kw_cutting: Annotated[float, _key("kW", "Mean power draw when running", 7, 0, 1000, "Write it in kW.")] = 5.0
    protocol: Annotated[
        Protocol,
        _key(
            "",
            "Protocol of the control: ``operator`` if a person does the work; all except ``virtual`` and ``operator`` need an address",
            "linuxcnc",
        ),
    ] = "virtual"
    address: Annotated[str, _key("", "Address of the control", "tcp://192.168.1.20:5007")] = ""
    programs: Annotated[
        str,
        _key(
            "",
            "Folder where the control, or the person at it, finds programs; Nightmill writes only below ``nightmill/`` in it (mills, "
            "lathes). Needed with ``linuxcnc``, which must see it under the same path",
            "/srv/cnc/programs",
        ),
    ] = ""
    password_env: Annotated[
        str,
        _key("", "Environment variable with the control's password", "MILL1_PASSWORD"),
    ] = ""
    autonomy: Annotated[
        Autonomy | None,
        _key("", "Trust in the machine, as ``autonomy`` in ``[site]``. Default: as there", "attended"),
    ] = None
    materials: Annotated[tuple[str, ...], _key("", "Materials that the machine may cut; empty: all", ["Al 6061"])] = ()
    buffer: Annotated[
        Annotated[int, Meta(ge=0, le=1000)] | None,
        _key(
            "",
            "Output buffer: number of pallets; if it is full, the next part stays in the machine (mills, lathes). Default: any number",
            2,
        ),
    ] = None
    chip_min: Annotated[
        Annotated[float, Meta(ge=1, le=100000)] | None,
        _key(
            "min", "Cutting time until the chip bin is full or the coolant is low (mills, lathes). Default: never", 480
        ),
    ] = None
    places: Annotated[
        int, _key("", "Number of parts that the machine holds at a time (process: oven, washer, tumbler)", 6, 1, 1000)
    ] = 1
    move_s: Annotated[float, _key("s", "Time for one pallet move (robots)", 60, 1, 3600)] = 60.0
    measure_s: Annotated[float, _key("s", "Measuring time per part (gauge, vision)", 120, 1, 7200)] = 120.0
    uncertainty_mm: Annotated[
        float,
        _key("mm", "Standard uncertainty of a reading (gauge)", 0.002, 0.00001, 1, "Write it in mm: 2 µm is 0.002."),
    ] = 0.002
    manufacturer: Annotated[str, _key("", "Manufacturer, as on the nameplate", "Example Machine Works")] = ""
    model: Annotated[str, _key("", "Model, as on the nameplate", "VM-500")] = ""
    serial_number: Annotated[
        str, _key("", "Serial number, as on the nameplate (only for a single machine, without ``count``)", "4711")
    ] = ""
    year_built: Annotated[int, _key("", "Year built, as on the nameplate; 0: unknown", 2021, 0, 2200)] = 0


class ShiftTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[shifts]]``: times when people are present. Enter a shift that runs past midnight as two shifts."""

    days: Annotated[tuple[Weekday, ...], _key("", "Weekdays", ["Mon", "Tue", "Wed", "Thu", "Fri"])] = WEEKDAYS[:5]
    begins_h: Annotated[float, _key("h", "Start, in hours of local time", 7.5, 0, 24, "Write hours: 7:30 is 7.5.")] = (
        8.0
    )
    ends_h: Annotated[
        float,
        _key(
            "h",
            "End, in hours of local time; later than the start",
            17,
            0,
            24,
            "Write hours; split a shift over midnight in two.",
        ),
    ] = 17.0
    persons: Annotated[int, _key("", "Number of people", 2, 1, 1000)] = 2


class TechnicianTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[technicians]]``: people or firms who service the mills. If none are listed, the people on shift do it."""

    name: Annotated[str, _key("", "Name of the person or firm, unique", "Harris Spindles")]
    days: Annotated[tuple[Weekday, ...], _key("", "Weekdays", ["Tue", "Thu"])] = WEEKDAYS[:5]
    begins_h: Annotated[float, _key("h", "Start, in hours of local time", 8, 0, 24)] = 8.0
    ends_h: Annotated[float, _key("h", "End, in hours of local time; later than the start", 16, 0, 24)] = 17.0
    notice_h: Annotated[float, _key("h", "Notice that the technician needs before a stop", 24, 0, 2000)] = 0.0


class ToolTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[tools]]``: the shop's tool assemblies. If none are listed, Nightmill's default crib is used."""

    number: Annotated[int, _key("", "T and H number, unique", 7, 1, 99999)]
    type: Annotated[ToolType, _key("", "Kind of cutter", "flat")]
    diameter_mm: Annotated[float, _key("mm", "Cutter diameter", 10, 0.05, 500, _MM)]
    stickout_mm: Annotated[float, _key("mm", "Length from the tip to the face of the holder", 40, 1, 1000, _MM)]
    flute_length_mm: Annotated[float, _key("mm", "Cutting length from the tip", 25, 0.1, 1000, _MM)]
    name: Annotated[str, _key("", "Name on the shop floor", "end mill 10")] = ""
    corner_radius_mm: Annotated[float, _key("mm", "Corner radius; 0: sharp", 0.5, 0, 250, _MM)] = 0.0
    tip_angle_deg: Annotated[float | None, _key("°", "Included angle of a pointed tool", 118)] = None
    tip_diameter_mm: Annotated[float | None, _key("mm", "Diameter of the flat at the tip of a pointed tool", 0.5)] = (
        None
    )
    shank_diameter_mm: Annotated[
        float, _key("mm", "Shank diameter above the flutes; 0: same as the cutter", 10, 0, 500, _MM)
    ] = 0.0
    holder_diameter_mm: Annotated[float, _key("mm", "Holder diameter", 50, 0, 500, _MM)] = 50.0
    holder_length_mm: Annotated[float, _key("mm", "Holder length", 80, 0, 1000, _MM)] = 80.0
    pitch_mm: Annotated[
        float | None, _key("mm", "Pitch of taps, thread mills and threading inserts (turning)", 1.25)
    ] = None
    nose_radius_mm: Annotated[float | None, _key("mm", "Nose radius (turning tools)", 0.4)] = None
    insert_angle_deg: Annotated[float | None, _key("°", "Included angle of the insert (turning, boring)", 55)] = None
    lead_angle_deg: Annotated[float | None, _key("°", "90 degrees minus the entering angle (turning, boring)", -3)] = (
        None
    )
    width_mm: Annotated[
        float | None,
        _key("mm", "Blade width (grooving, parting; a boring bar with a blade width is a grooving tool)", 3),
    ] = None
    flutes: Annotated[int, _key("", "Number of cutting edges", 3, 1, 40)] = 2
    material: Annotated[str, _key("", "Cutting material: ``carbide`` or ``hss``", "carbide")] = "carbide"
    life_min: Annotated[float, _key("min", "Rated life of an edge, in cutting time", 60, 0.5, 10000)] = 60.0
    price_usd: Annotated[float, _key("currency", "Price of an edge", 40, 0, 100000)] = 40.0
    magazine: Annotated[
        int,
        _key("", "Initial number of edges in the magazine of each mill or lathe that can hold this tool", 2, 0, 100),
    ] = 2
    crib: Annotated[int, _key("", "Initial number of edges in the crib", 4, 0, 10000)] = 4
    supplier: Annotated[str, _key("", "Supplier", "Ridge Tooling")] = ""
    lead_time_days: Annotated[float, _key("days", "Delivery time promised by the supplier", 3, 0, 1000)] = 3.0


class CribTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[crib]``: stock of the tools in the default crib (only if there is no ``[[tools]]``)."""

    magazine: Annotated[
        int,
        _key(
            "", "Initial number of edges of each tool in the magazine of each mill or lathe that can hold it", 2, 0, 100
        ),
    ] = 2
    crib: Annotated[int, _key("", "Initial number of edges of each tool in the crib", 4, 0, 10000)] = 4
    supplier: Annotated[str, _key("", "Supplier of the tools", "Ridge Tooling")] = ""
    lead_time_days: Annotated[float, _key("days", "Delivery time of the tools", 3, 0, 1000)] = 3.0


class EconomyTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[economy]``: cost rates of the home site."""

    wage_usd_h: Annotated[float, _key("currency/h", "Full labour cost per person-hour", 45, 0.1, 1000)] = 45.0
    energy_usd_kwh: Annotated[
        float,
        _key("currency/kWh", "Electricity price during the day", 0.12, 0, 5, "Write it per kWh: 12 cents is 0.12."),
    ] = 0.12
    night_usd_kwh: Annotated[
        float,
        _key(
            "currency/kWh",
            "Electricity price at night, 22:00 to 6:00 local time",
            0.08,
            0,
            5,
            "Write it per kWh: 8 cents is 0.08.",
        ),
    ] = 0.08
    overhead_share: Annotated[
        float,
        _key("", "Overhead as a fraction of conversion cost", 0.15, 0, 3, "Write it as a fraction: 15 % is 0.15."),
    ] = 0.15
    material_usd_kg: Annotated[dict[str, float], _key("currency/kg", "Price of each material", {"Al 6061": 6.5})] = {}


class HandlingTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[handling]``: pallets and the bench."""

    pallets: Annotated[int, _key("", "Pallets in the pool", 24, 1, 10000)] = 12
    mount_s: Annotated[
        float,
        _key("s", "Time for a person to mount a part on a pallet", 240, 1, 36000, "Write seconds: 4 minutes is 240."),
    ] = 240.0
    dismount_s: Annotated[
        float, _key("s", "Time for a person to remove a part from a pallet", 60, 1, 36000, "Write seconds.")
    ] = 60.0


class FixtureTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[fixtures]]``: vises, plates and other fixtures available in limited numbers; ``parts/NAME.toml`` states which of them a part needs."""

    id: Annotated[Id, _key("", "Name of the kind of fixture", "large-vise")]
    count: Annotated[int, _key("", "Number available", 2, 1, 1000)] = 1


class MaintenanceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[maintenance]``: times for planned stops and repairs."""

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
        int, _key("", "Measure the first part of a run and every N-th part after it", 3, 1, 1000)
    ] = 3


class SiteTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[site]``: what a live run may do by itself (``nightmill run --live``)."""

    autonomy: Annotated[
        Autonomy,
        _key(
            "",
            "``advise``: people do everything, as tasks; ``confirm``: a program starts after a person's yes; ``attended``: it starts "
            "while somebody is present; ``unattended``: it starts at any time",
            "confirm",
        ),
    ] = "confirm"


class LogTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[log]``: location of the event log; by default, SQLite in ``.nightmill/log.sqlite``."""

    url: Annotated[
        str,
        Meta(pattern="^$|^postgres(ql)?://"),
        _key("", "PostgreSQL database, for a standby on another machine", "postgresql://cell-7/nightmill"),
    ] = ""
    name: Annotated[
        str, _key("", "Name of this shop's log in the database; default: the name of the folder", "hollow-creek")
    ] = ""


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
    planner: PlannerParams = PlannerParams()
    site: SiteTable = SiteTable()
    policy: dict[str, float] = {}


class RequirementTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[requirements]]`` of ``parts/NAME.toml``: requirements from the drawing that the model doesn't contain, with absolute limits."""

    kind: Annotated[str, _key("", "``diameter``, ``distance``, ``flatness``, ...", "diameter")]
    nominal: Annotated[float, _key("mm", "Nominal value", 12.0)]
    lower: Annotated[float, _key("mm", "Smallest permissible value (absolute, not a deviation)", 11.99)]
    upper: Annotated[float, _key("mm", "Largest permissible value (absolute, not a deviation)", 12.01)]
    faces: Annotated[tuple[int, ...], _key("", "Face ids, as listed by ``nightmill features``", [4])] = ()


class ThreadTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[threads]]`` of ``parts/NAME.toml``: holes to be tapped, and outside diameters to be threaded on a lathe. The model shows them at the minor or the nominal diameter."""

    size: Annotated[
        str, _key("", "Metric thread; if no pitch is given, the coarse pitch in ISO 261 applies", "M6x0.75")
    ]
    faces: Annotated[tuple[int, ...], _key("", "Face ids, as listed by ``nightmill features``", [12, 13])]
    depth_mm: Annotated[
        float, _key("mm", "Depth or length of full thread; 0: the whole depth or length", 12, 0, 500)
    ] = 0.0


class FinishingTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[finishing]]`` of ``parts/NAME.toml``: treatments after cutting, in this order; first those in the shop (``machine``), then those by other firms."""

    name: Annotated[str, _key("", "Name of the treatment", "anodize, black")]
    supplier: Annotated[str, _key("", "Firm that does the work", "Harbor Coating")] = ""
    days: Annotated[
        float, _key("days", "Calendar days from leaving the shop until the parts are back or delivered", 5, 0, 365)
    ] = 0.0
    price_usd: Annotated[float, _key("currency", "Price per piece", 2.4, 0, 1e6)] = 0.0
    lot_usd: Annotated[float, _key("currency", "Additional price per order", 60, 0, 1e7)] = 0.0
    machine: Annotated[
        str, _key("", "For work in the shop: id of a ``[[machines]]`` table of kind process", "oven")
    ] = ""
    hours: Annotated[float, _key("h", "Duration, regardless of the number of parts in the machine", 8, 0, 1000)] = 0.0
    load_s: Annotated[
        float, _key("s", "Time for a person to load a part; unloading takes the same time", 60, 1, 36000)
    ] = 60.0
    attended: Annotated[bool, _key("", "Whether a person is needed all the time, as for deburring by hand", False)] = (
        False
    )


class PartTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``parts/NAME.toml``: information that isn't in the STEP file."""

    material: Annotated[str, _key("", "Material; by default as in items.csv, or else as in ``[shop]``", "Al 6061")] = ""
    revision: Annotated[str, _key("", "Revision of the drawing", "B")] = "A"
    blank_item: Annotated[
        str, _key("", "Item from which the part is cut; default: ``blank-NAME``", "blank-bracket")
    ] = ""
    price_usd: Annotated[float, _key("currency", "Sales price per piece", 85, 0, 1e7)] = 0.0
    fixture: Annotated[
        str, _key("", "Kind of ``[[fixtures]]`` that each piece occupies from mounting to dismounting", "large-vise")
    ] = ""
    requirements: tuple[RequirementTable, ...] = ()
    threads: tuple[ThreadTable, ...] = ()
    finishing: tuple[FinishingTable, ...] = ()
