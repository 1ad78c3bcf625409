"""The shop as described by its folder, in ISA-95 terms: equipment, people, orders.

Times of day and weekdays are in the site's time zone; ``start`` is UTC. Shop time everywhere else is
``at_s``: seconds since ``Shop.start``. Lengths are in mm, money is in the shop's one currency (values named ``_usd``
are in that currency; ``Shop.currency`` gives its name).
"""

from datetime import datetime
from typing import Literal

import msgspec

from nightmill.vocabulary.ids import operation_id, part_of, step_of
from nightmill.vocabulary.plan import TURNING_TOOLS, Setup, Thread, Tool, ToolType
from nightmill.vocabulary.planner_params import PlannerParams

UnitKind = Literal["mill", "lathe", "robot", "gauge", "vision", "bench", "process"]
CutterKind = Literal["mill", "lathe"]
Autonomy = Literal["advise", "confirm", "attended", "unattended"]
"""How far a machine is trusted in a live run, in rising order."""
CUTTERS: tuple[CutterKind, ...] = ("mill", "lathe")
"""Unit kinds that cut parts with an NC program."""
AXIAL_TOOLS: frozenset[ToolType] = frozenset({"drill", "flat", "spot", "reamer", "tap"})
"""Tools that a lathe without driven tools holds stationary on its axis, in addition to its turning tools."""


def cutter_of(setup: Setup) -> CutterKind:
    """Return the kind of machine that a setup's program runs on."""
    return "lathe" if setup.kind == "turn" else "mill"


def cutter_kind(unit: "WorkUnit") -> CutterKind:
    """Return the kind of a cutting machine: mill or lathe."""
    return "lathe" if unit.kind == "lathe" else "mill"


def holds_tool(kind: CutterKind, tool: Tool) -> bool:
    """Return whether a tool belongs in the magazine of a mill, or in the turret of a lathe."""
    if kind == "lathe":
        return tool.type in TURNING_TOOLS | AXIAL_TOOLS
    return tool.type not in TURNING_TOOLS


class MachineLimits(msgspec.Struct, frozen=True):
    """Limits of a mill or lathe: travel in X Y Z in mm (for a lathe X is half the largest diameter), spindle, feeds, axis acceleration."""

    travel_mm: tuple[float, float, float] = (760.0, 500.0, 510.0)
    spindle_rpm_max: float = 12000.0
    spindle_kw: float = 15.0
    feed_max_mm_min: float = 10000.0
    rapid_mm_min: float = 30000.0
    accel_mm_s2: float = 3000.0
    tool_change_s: float = 5.0


LATHE_LIMITS = MachineLimits((125.0, 50.0, 500.0), 4000.0, 15.0, 5000.0, 24000.0, 4000.0, 2.0)
"""Limits of a lathe whose table gives none: 250 mm swing, 500 mm long."""


class MadeBy(msgspec.Struct, frozen=True):
    """A machine's nameplate; empty if not recorded."""

    manufacturer: str = ""
    model: str = ""
    serial_number: str = ""
    year_built: int = 0


class WorkUnit(msgspec.Struct, frozen=True):
    """A mill, lathe, robot, gauge, camera, bench or process (oven, washer, tumbler). ``rate_usd_h``: hourly capital and upkeep only.

    ``chip_s``: how long a mill or lathe may cut unattended until its chip bin is full or its coolant is used up (None: no limit).
    ``buffer``: pallets with cut parts that can wait behind a mill for unloading; while all places are occupied, the next pallet
    stays in the mill, which waits (None: any number). ``places``: number of parts that a process takes at once.
    ``programs``: folder where its control finds programs; ``password_env``: environment variable with its password.
    """

    id: str
    kind: UnitKind
    work_center: str
    limits: MachineLimits | None = None
    rate_usd_h: float = 0.0
    power_kw_idle: float = 0.5
    power_kw_cutting: float = 5.0
    protocol: str = "virtual"
    address: str = ""
    programs: str = ""
    password_env: str = ""
    autonomy: Autonomy = "confirm"
    materials: tuple[str, ...] = ()
    move_s: float = 60.0
    measure_s: float = 120.0
    uncertainty_mm: float = 0.002
    made_by: MadeBy = MadeBy()
    buffer: int | None = None
    chip_s: float | None = None
    places: int = 1

    @property
    def cuts(self) -> bool:
        """Return whether it is a mill or a lathe: it runs NC programs, wears tools and needs maintenance."""
        return self.kind in CUTTERS


class Shift(msgspec.Struct, frozen=True):
    """People present: ``days`` 0 = Monday .. 6, from ``begins_h`` to ``ends_h`` local hours, ``persons`` of them."""

    days: tuple[int, ...]
    begins_h: float
    ends_h: float
    persons: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.begins_h < self.ends_h <= 24:
            raise ValueError(
                f"Shift: begins_h {self.begins_h} must be less than ends_h {self.ends_h}, both within 0..24"
            )


class Technician(msgspec.Struct, frozen=True):
    """A person who services mills: available during ``shift``, starting ``notice_h`` hours after being called."""

    name: str
    shift: Shift
    notice_h: float = 0.0


class ToolStock(msgspec.Struct, frozen=True):
    """A tool assembly type in the shop and the number of edges in each mill's magazine and in the crib at the start."""

    tool: Tool
    magazine: int = 2
    crib: int = 4
    supplier: str = ""
    lead_time_days: float = 3.0


class FixtureStock(msgspec.Struct, frozen=True):
    """``count`` fixtures of one kind: a part that names this kind occupies one fixture from mount to dismount."""

    id: str
    count: int = 1


class Finishing(msgspec.Struct, frozen=True):
    """A finishing step after all cutting, in house or by another company: washing, hardening, anodizing, painting.

    Outside: ``days`` from leaving the shop until the parts arrive at their destination; ``price_usd`` per part, ``lot_usd`` per order.
    In house: one of ``machines`` does it in ``hours``; a person takes ``load_s`` per part to load it, and again to unload it,
    and stays with the machine if the step is ``attended``.
    """

    name: str
    supplier: str = ""
    days: float = 0.0
    price_usd: float = 0.0
    lot_usd: float = 0.0
    machines: tuple[str, ...] = ()
    hours: float = 0.0
    load_s: float = 60.0
    attended: bool = False

    @property
    def family(self) -> str:
        """Return the key of parts that may share a load: the same treatment for the same time."""
        return f"{self.name}, {self.hours:g} h"


class PartFile(msgspec.Struct, frozen=True):
    """A part the shop makes: STEP file, material, revision and the blank's item; requirements and threads missing in the model.

    ``finishing``: the steps after cutting, in this order: first in house, then outside.
    """

    name: str
    step: str
    material: str
    revision: str = "A"
    blank_item: str = ""
    price_usd: float = 0.0
    requirements: tuple["Requirement", ...] = ()
    threads: tuple[Thread, ...] = ()
    fixture: str = ""
    finishing: tuple[Finishing, ...] = ()

    def finishing_days(self) -> float:
        """Return the calendar days that outside finishing of this part takes."""
        return sum(step.days for step in self.finishing)


class Requirement(msgspec.Struct, frozen=True):
    """A drawing requirement on faces without PMI in the model: a kind such as ``diameter`` with absolute limits."""

    kind: str
    nominal: float
    lower: float
    upper: float
    faces: tuple[int, ...] = ()


ORDER_NAME = r"^[^\s\x00-\x1f\x7f-\x9f|]([^\x00-\x1f\x7f-\x9f\u2028\u2029|]{0,78}[^\s\x00-\x1f\x7f-\x9f|])?(?![\s\S])"
"""Allowed order names, whatever the source: the buyer's own name, on one line. ``|`` separates values in machine logs."""
ORDER_NAME_WORDS = "1 to 80 characters on one line, without | and without a space at either end"


class OperationsRequest(msgspec.Struct, frozen=True):
    """An order: ``quantity`` of ``item``, to be finished in the shop by ``due_s``; a larger ``priority`` is more urgent.

    ``due_s`` is the customer's date minus the time that the item's outside finishing takes. No part of the order is mounted
    until the orders in ``after``, whose parts are assembled into its parts, are complete.
    """

    id: str
    item: str
    quantity: int
    due_s: float
    release_s: float = 0.0
    priority: int = 1
    customer: str = ""
    after: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError(f"OperationsRequest {self.id}: quantity {self.quantity} must be >= 1")


BLANK_PREFIX = "blank-"
"""Prefix of the item that a part is cut from, followed by the part's name, unless its file names another item."""


class Item(msgspec.Struct, frozen=True):
    """A purchased or made item: blank, tool or part. ``lead_time_days`` is the supplier's promise; ``price_usd`` is None if unknown."""

    item: str
    source: Literal["make", "buy", "phantom"] = "buy"
    supplier: str = ""
    price_usd: float | None = None
    lead_time_days: float = 2.0
    lot_size: int = 1
    on_hand: int = 0
    reorder_point: int = 0


class Receipt(msgspec.Struct, frozen=True):
    """A purchase that is already under way at the start."""

    item: str
    quantity: int
    due_s: float


class BomLine(msgspec.Struct, frozen=True):
    """``quantity`` of ``child`` goes into one ``parent``."""

    parent: str
    child: str
    quantity: int


class Economy(msgspec.Struct, frozen=True):
    """Rates of the home site: wage and overhead per hour, energy per kWh (``night_usd_kwh`` from 22:00 to 6:00 local time)."""

    wage_usd_h: float = 45.0
    energy_usd_kwh: float = 0.12
    night_usd_kwh: float = 0.08
    overhead_share: float = 0.15
    material_usd_kg: dict[str, float] = msgspec.field(default_factory=dict)


class Site(msgspec.Struct, frozen=True):
    """The address of the shop, and the URI that other programs use to name its machines and parts."""

    uri: str = ""
    street: str = ""
    zip_code: str = ""
    city: str = ""


class Shop(msgspec.Struct, frozen=True):
    """The complete, checked contents of a shop folder. ``world.toml`` is not part of it: only the virtual shop reads that file."""

    name: str
    start: datetime
    time_zone: str
    currency: str
    country: str
    work_units: tuple[WorkUnit, ...]
    shifts: tuple[Shift, ...]
    tools: tuple[ToolStock, ...]
    parts: tuple[PartFile, ...]
    orders: tuple[OperationsRequest, ...]
    items: tuple[Item, ...]
    bom: tuple[BomLine, ...]
    receipts: tuple[Receipt, ...]
    economy: Economy
    pallets: int = 12
    mount_s: float = 240.0
    dismount_s: float = 60.0
    maintenance_s: float = 5400.0
    maintenance_interval_h: float = 400.0
    repair_s: float = 14400.0
    measure_every: int = 3
    history: tuple[tuple[str, int, int], ...] = ()
    policy: dict[str, float] = msgspec.field(default_factory=dict)
    site: Site = Site()
    technicians: tuple[Technician, ...] = ()
    fixtures: tuple[FixtureStock, ...] = ()
    planner: PlannerParams = PlannerParams()

    def fixture_of(self, item: str) -> str:
        """Return the kind of fixture that a part of the item occupies; "" if it needs none of limited number."""
        return next((part.fixture for part in self.parts if part.name == item), "")

    def finishing_of(self, item: str) -> tuple[Finishing, ...]:
        """Return the finishing steps by other companies on a part of the item, after the shop's own work, in order."""
        return tuple(step for step in self._finishing(item) if not step.machines)

    def treatments_of(self, item: str) -> tuple[Finishing, ...]:
        """Return the in-house finishing steps on a part of the item after cutting, in order."""
        return tuple(step for step in self._finishing(item) if step.machines)

    def treatments_left(self, item: str, treated: int) -> tuple[str, ...]:
        """Return the in-house operations ``ITEM/STEP`` still to be done on a part after ``treated``."""
        return tuple(operation_id(item, step.name) for step in self.treatments_of(item)[treated:])

    def begins_s(self, operation: str, start_s: float, end_s: float) -> float:
        """Return when the work in a planned operation starts: plans count an attended treatment as loading time."""
        steps = self.treatments_of(part_of(operation))
        hours = next((step.hours for step in steps if step.name == step_of(operation)), 0.0)
        return min(start_s, end_s - 3600.0 * hours)

    def _finishing(self, item: str) -> tuple[Finishing, ...]:
        return next((part.finishing for part in self.parts if part.name == item), ())

    def finishing_days(self, item: str) -> float:
        """Return the calendar days that outside finishing takes; an order's date in the shop is this much earlier than the customer's."""
        return next((part.finishing_days() for part in self.parts if part.name == item), 0.0)

    def after(self, order: str) -> tuple[str, ...]:
        """Return the orders that must be complete before parts of ``order`` are mounted."""
        return next((each.after for each in self.orders if each.id == order), ())

    def units(self, kind: UnitKind) -> tuple[WorkUnit, ...]:
        """Return the work units of one kind, in file order."""
        return tuple(unit for unit in self.work_units if unit.kind == kind)

    def cutters(self, kind: CutterKind | None = None) -> tuple[WorkUnit, ...]:
        """Return the mills and the lathes, or those of one kind, in file order."""
        return tuple(unit for unit in self.work_units if unit.cuts and kind in (None, unit.kind))

    def tools_of(self, unit: WorkUnit) -> tuple[ToolStock, ...]:
        """Return the tools that a mill or a lathe holds."""
        return tuple(stock for stock in self.tools if holds_tool(cutter_kind(unit), stock.tool))
