"""The shop as its folder describes it, in ISA-95 terms: equipment, people, orders.

Times of day and weekdays are in the site's time zone; ``start`` is UTC. Shop time everywhere else is
``at_s``: seconds since ``Shop.start``. Lengths mm, money in the shop's one currency (figures named ``_usd``
are in that currency; it is named by ``Shop.currency``).
"""

from datetime import datetime
from typing import Literal

import msgspec

from nightmill.vocabulary.ids import operation_id, part_of, step_of
from nightmill.vocabulary.plan import TURNING_TOOLS, Setup, Thread, Tool, ToolType

UnitKind = Literal["mill", "lathe", "robot", "gauge", "vision", "bench", "process"]
CutterKind = Literal["mill", "lathe"]
CUTTERS: tuple[CutterKind, ...] = ("mill", "lathe")
"""Kinds of unit that cut parts with an NC program."""
AXIAL_TOOLS: frozenset[ToolType] = frozenset({"drill", "flat", "spot", "reamer", "tap"})
"""Tools that a lathe without driven tools holds stationary on its axis, in addition to its turning tools."""


def cutter_of(setup: Setup) -> CutterKind:
    """The kind of machine that a setup's program runs on."""
    return "lathe" if setup.kind == "turn" else "mill"


def cutter_kind(unit: "WorkUnit") -> CutterKind:
    """The kind of a cutting machine: mill or lathe."""
    return "lathe" if unit.kind == "lathe" else "mill"


def holds_tool(kind: CutterKind, tool: Tool) -> bool:
    """Return whether a tool belongs in the magazine of a mill, or in the turret of a lathe."""
    if kind == "lathe":
        return tool.type in TURNING_TOOLS | AXIAL_TOOLS
    return tool.type not in TURNING_TOOLS


class MachineLimits(msgspec.Struct, frozen=True):
    """What a mill or a lathe can do: travel of X Y Z in mm (of a lathe X is half the largest diameter), spindle, feeds, axis acceleration."""

    travel_mm: tuple[float, float, float] = (760.0, 500.0, 510.0)
    spindle_rpm_max: float = 12000.0
    spindle_kw: float = 15.0
    feed_max_mm_min: float = 10000.0
    rapid_mm_min: float = 30000.0
    accel_mm_s2: float = 3000.0
    tool_change_s: float = 5.0


LATHE_LIMITS = MachineLimits((125.0, 50.0, 500.0), 4000.0, 15.0, 5000.0, 24000.0, 4000.0, 2.0)
"""Limits of a lathe whose table doesn't give any: 250 mm swing, 500 mm long."""


class MadeBy(msgspec.Struct, frozen=True):
    """A machine's nameplate; empty if not recorded."""

    manufacturer: str = ""
    model: str = ""
    serial_number: str = ""
    year_built: int = 0


class WorkUnit(msgspec.Struct, frozen=True):
    """A mill, lathe, robot, gauge, camera, bench or process (an oven, a washer, a tumbler). ``rate_usd_h`` is its capital and upkeep an hour, people apart.

    ``chip_s``: how long a mill or lathe may cut unattended until its chip bin is full or its coolant used up (None: without limit).
    ``buffer``: pallets with cut parts that can wait behind a mill to be taken off; while all places are occupied the next
    stays in the mill, which waits (None: any number). ``places``: parts that a process takes at once.
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
        """Whether it is a mill or a lathe: it runs NC programs, wears tools and needs maintenance."""
        return self.kind in CUTTERS


class Shift(msgspec.Struct, frozen=True):
    """People present: ``days`` 0 = Monday .. 6, from ``begins_h`` to ``ends_h`` local hours, ``persons`` of them."""

    days: tuple[int, ...]
    begins_h: float
    ends_h: float
    persons: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.begins_h < self.ends_h <= 24:
            raise ValueError(f"Shift: begins_h {self.begins_h} and ends_h {self.ends_h} must rise within 0..24")


class Technician(msgspec.Struct, frozen=True):
    """Somebody who services mills: available in the hours of ``shift``, from ``notice_h`` hours after being called."""

    name: str
    shift: Shift
    notice_h: float = 0.0


class ToolStock(msgspec.Struct, frozen=True):
    """A tool assembly type of the shop and how many edges each mill's magazine and the crib hold at the start."""

    tool: Tool
    magazine: int = 2
    crib: int = 4
    supplier: str = ""
    lead_time_days: float = 3.0


class FixtureStock(msgspec.Struct, frozen=True):
    """``count`` fixtures of one kind: a part that names it holds one from its mount to its dismount."""

    id: str
    count: int = 1


class Finishing(msgspec.Struct, frozen=True):
    """A finishing step after all cutting, in house or by another firm: washing, hardening, anodizing, painting.

    Outside: ``days`` from leaving the shop until the parts arrive at their destination; ``price_usd`` a piece, ``lot_usd`` an order.
    In house: one of ``machines`` does it in ``hours``; a person takes ``load_s`` a part to put it in, and again to take it out,
    and stays with it if it is ``attended``.
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
        """Key of the parts that may share a load: the same treatment for the same time."""
        return f"{self.name}, {self.hours:g} h"


class PartFile(msgspec.Struct, frozen=True):
    """A part the shop makes: STEP file, material, revision and the blank's item; requirements and threads the model lacks.

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
        """Calendar days that its outside finishing takes."""
        return sum(step.days for step in self.finishing)


class Requirement(msgspec.Struct, frozen=True):
    """A requirement of the drawing on faces where the model has no PMI: a kind such as ``diameter`` with absolute limits."""

    kind: str
    nominal: float
    lower: float
    upper: float
    faces: tuple[int, ...] = ()


ORDER_NAME = r"^[^\s\x00-\x1f\x7f-\x9f|]([^\x00-\x1f\x7f-\x9f\u2028\u2029|]{0,78}[^\s\x00-\x1f\x7f-\x9f|])?(?![\s\S])"
"""Allowed names of an order, whatever its source: the buyer's own name, on one line. ``|`` separates values in the logs of machines."""
ORDER_NAME_WORDS = "1 to 80 characters on one line, without | and without a space at either end"


class OperationsRequest(msgspec.Struct, frozen=True):
    """An order: ``quantity`` of ``item``, to be finished in the shop by ``due_s``; a larger ``priority`` is more urgent.

    ``due_s`` is the customer's date less the time that the item's outside finishing takes. None of its parts is mounted
    before the orders ``after``, whose parts are assembled into them, are complete.
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
    """A bought or made item: blanks, tools, parts. ``lead_time_days`` as the supplier promises; ``price_usd`` None: unknown."""

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
    """Rates of the home site: wage and overhead an hour, energy a kWh (``night_usd_kwh`` from 22 to 6 h local)."""

    wage_usd_h: float = 45.0
    energy_usd_kwh: float = 0.12
    night_usd_kwh: float = 0.08
    overhead_share: float = 0.15
    material_usd_kg: dict[str, float] = msgspec.field(default_factory=dict)


class Site(msgspec.Struct, frozen=True):
    """The address of the shop, and the URI under which other programs name its machines and parts."""

    uri: str = ""
    street: str = ""
    zip_code: str = ""
    city: str = ""


class Shop(msgspec.Struct, frozen=True):
    """The whole content of a shop folder, checked. ``world.toml`` is not part of it: only the virtual shop reads that."""

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

    def fixture_of(self, item: str) -> str:
        """The kind of fixture that a part of the item occupies; "" if it needs none of limited number."""
        return next((part.fixture for part in self.parts if part.name == item), "")

    def finishing_of(self, item: str) -> tuple[Finishing, ...]:
        """The finishing steps of other firms on a part of the item, after the shop's own work, in order."""
        return tuple(step for step in self._finishing(item) if not step.machines)

    def treatments_of(self, item: str) -> tuple[Finishing, ...]:
        """The in-house finishing steps of a part of the item once it is cut, in order."""
        return tuple(step for step in self._finishing(item) if step.machines)

    def treatments_left(self, item: str, treated: int) -> tuple[str, ...]:
        """The in-house operations ``ITEM/STEP`` still to be done on a part of which ``treated`` are done."""
        return tuple(operation_id(item, step.name) for step in self.treatments_of(item)[treated:])

    def begins_s(self, operation: str, start_s: float, end_s: float) -> float:
        """Return when the work of a planned operation begins: plans count an attended treatment as loading time."""
        steps = self.treatments_of(part_of(operation))
        hours = next((step.hours for step in steps if step.name == step_of(operation)), 0.0)
        return min(start_s, end_s - 3600.0 * hours)

    def _finishing(self, item: str) -> tuple[Finishing, ...]:
        return next((part.finishing for part in self.parts if part.name == item), ())

    def finishing_days(self, item: str) -> float:
        """Calendar days that outside finishing takes; an order's date in the shop is this much earlier than the customer's."""
        return next((part.finishing_days() for part in self.parts if part.name == item), 0.0)

    def after(self, order: str) -> tuple[str, ...]:
        """The orders that must be complete before parts of ``order`` are mounted."""
        return next((each.after for each in self.orders if each.id == order), ())

    def units(self, kind: UnitKind) -> tuple[WorkUnit, ...]:
        """The work units of one kind, in file order."""
        return tuple(unit for unit in self.work_units if unit.kind == kind)

    def cutters(self, kind: CutterKind | None = None) -> tuple[WorkUnit, ...]:
        """The mills and the lathes, or those of one kind, in file order."""
        return tuple(unit for unit in self.work_units if unit.cuts and kind in (None, unit.kind))

    def tools_of(self, unit: WorkUnit) -> tuple[ToolStock, ...]:
        """The tools that a mill or a lathe holds."""
        return tuple(stock for stock in self.tools if holds_tool(cutter_kind(unit), stock.tool))
