"""The state of the virtual shop, and the records of physical events in its journal."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from nightmill.drivers.virtual_shop.hidden_parameters import MachineTruth, Truth
from nightmill.drivers.virtual_shop.presence import Presence
from nightmill.drivers.virtual_shop.random_draws import Draws
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.reports import AnyReport
from nightmill.vocabulary.shop import MachineLimits, Shop, WorkUnit


class ToolUse(msgspec.Struct, frozen=True):
    """The use of one tool in a program: seconds of cutting feed, mean spindle speed and feed while cutting."""

    number: int
    cutting_s: float
    rpm: float
    feed_mm_min: float


class ProgramReading(msgspec.Struct, frozen=True):
    """A control's reading of an NC program: its cycle time, and its tools in order of first use."""

    cycle_s: float
    tools: tuple[ToolUse, ...]


class Deed(msgspec.Struct, frozen=True, omit_defaults=True):
    """One physical event: a line of the journal. ``machine`` is any work unit, ``part`` a serial.

    ``event``: ``cut_started``, ``cut_finished``, ``cut_interrupted``, ``mounted``, ``dismounted``, ``moved``,
    ``material_taken``, ``measured``, ``pictured``, ``program_stored``, ``offset_written``, ``tool_replaced``,
    ``treatment_started``, ``treated``, ``unloaded`` (for each part), ``tool_loaded``, ``failed``, ``repaired``, ``maintained``, ``ordered``, ``delivered``. ``truth`` holds hidden figures.
    """

    event: str
    at_s: float
    machine: str = ""
    part: str = ""
    operation: str = ""
    command_id: str = ""
    pallet: str = ""
    place: str = ""
    item: str = ""
    quantity: int = 0
    tool: int = 0
    edge: str = ""
    detail: str = ""
    sha256: str = ""
    tool_minutes: dict[str, float] = msgspec.field(default_factory=dict)
    tool_edges: dict[str, str] = msgspec.field(default_factory=dict)
    offsets_mm: dict[str, float] = msgspec.field(default_factory=dict)
    truth: dict[str, float] = msgspec.field(default_factory=dict)


@dataclass(slots=True)
class Edge:
    """One cutting edge; ``used`` is the used fraction of its life (may exceed 1)."""

    id: str
    seat_um: float
    life_scatter: float
    breaks_at: float
    minutes: float = 0.0
    used: float = 0.0
    broken: bool = False


@dataclass(slots=True)
class Slot:
    """A tool's places in a magazine: the active edge, the number of unused sisters, the number of edges so far."""

    tool: Tool
    active: Edge
    sisters: int
    edges: int = 1


@dataclass(slots=True)
class StoredProgram:
    """An NC program on a mill."""

    sha256: str
    material: str
    reading: ProgramReading


@dataclass(slots=True)
class Mill:
    """A machine and its hidden truth."""

    unit: WorkUnit
    limits: MachineLimits
    slots: dict[int, Slot]
    bias_um: float
    day_um: float
    cycle_factor: float
    natural_hz: float
    life_h: float
    age_h: float
    sudden_at_h: float
    mode: str = "idle"
    programs: dict[str, StoredProgram] = field(default_factory=dict)
    offsets_mm: dict[int, float] = field(default_factory=dict)
    spindle_h: float = 0.0
    renewals: int = 0
    failures: int = 0
    warmth: float = 0.0
    warmth_at_s: float = 0.0
    cycles: int = 0
    cause: str = ""
    chatter: float = 0.0
    load_pct: float = 5.0


@dataclass(slots=True)
class Pallet:
    """A pallet: its place (a unit's id, ``pool`` or ``on the way``), its part, and the work being done on it."""

    id: str
    place: str = "pool"
    serial: str = ""
    operation: str = ""
    engaged: str = ""


@dataclass(slots=True)
class Part:
    """A serial part: ``place`` is a pallet's id, a process's id or ``wip``, ``finished``, ``scrap``, ``quarantine``."""

    serial: str
    place: str
    errors_um: dict[tuple[str, int], float] = field(default_factory=dict)
    roughness_um: float = 0.8
    defect: str = ""
    defect_size: float = 0.0
    cuts: int = 0
    images: int = 0


@dataclass(slots=True)
class Picture:
    """The contents of an image, which is rendered when it is requested."""

    key: int
    roughness_um: float
    defect: str
    defect_size: float


Happening = Callable[[], None]


class Reality:
    """The physical state of the shop, the queue of future events, and the reports so far."""

    def __init__(self, shop: Shop, truth: Truth, seed: int) -> None:
        self.shop = shop
        self.truth = truth
        self.draws = Draws(seed)
        self.presence = Presence(shop)
        self.units = {unit.id: unit for unit in shop.work_units}
        self.tools = {stock.tool.number: stock.tool for stock in shop.tools}
        self.mills = {unit.id: _new_mill(unit, shop, truth, self.draws) for unit in shop.cutters()}
        self.crib = {stock.tool.number: stock.crib for stock in shop.tools}
        self.stock = {item.item: item.on_hand for item in shop.items}
        self.pallets: dict[str, Pallet] = {}
        self.parts: dict[str, Part] = {}
        self.at_unit: dict[str, str] = {}
        self.occupied: dict[str, str] = {}
        self.inside: dict[str, list[str]] = {}
        self.attending = 0
        self.orders: dict[str, str] = {}
        self.pictures: dict[str, Picture] = {}
        self.running: set[str] = set()
        self.followed = False
        """Whether the command being carried out has already been carried out in reality, and so takes no time."""
        self.now_s = 0.0
        self.reports: list[AnyReport] = []
        self.deeds: list[Deed] = []
        self._queue: list[tuple[float, int, Happening]] = []
        self._order = 0

    def after(self, seconds: float, happening: Happening) -> None:
        """Schedule an action ``seconds`` from now; actions at the same time run in the order of their scheduling."""
        self._order += 1
        heapq.heappush(self._queue, (self.now_s + max(seconds, 0.0), self._order, happening))

    def carry_out(self, command_id: str, seconds: float, effect: Happening) -> None:
        """Run a command for ``seconds``, then apply its effect."""
        seconds = 0.0 if self.followed else seconds
        self.running.add(command_id)

        def end() -> None:
            self.running.discard(command_id)
            effect()

        self.after(seconds, end)

    def next_s(self) -> float:
        """Shop time of the next event; infinity if there is none."""
        return self._queue[0][0] if self._queue else float("inf")

    def happen(self) -> None:
        """Run all actions of the next time in the queue."""
        self.now_s = self._queue[0][0]
        while self._queue and self._queue[0][0] <= self.now_s:
            heapq.heappop(self._queue)[2]()

    def tell(self, report: AnyReport) -> None:
        """Add a report, whose ``seq`` must be ``self.seq()``."""
        self.reports.append(report)

    def seq(self) -> int:
        """Return the number of the next report."""
        return len(self.reports) + 1

    def note(self, deed: Deed) -> None:
        """Add a physical event to the journal."""
        self.deeds.append(deed)

    def pallet(self, name: str) -> Pallet | None:
        """Return the pallet with this tag. The shop has ``Shop.pallets`` of them; a tag is assigned on first use."""
        found = self.pallets.get(name)
        if found is None and name and len(self.pallets) < self.shop.pallets:
            found = self.pallets[name] = Pallet(name)
        return found

    def persons_free(self) -> int:
        """Number of persons present and free now."""
        return self.presence.persons(self.now_s) - self.attending


def new_edge(machine: str, tool: Tool, number: int, truth: Truth, draws: Draws) -> Edge:
    """Return the ``number``-th edge of a tool on a machine, with its own scatter."""
    name = f"{machine}/T{tool.number}/{number}"
    return Edge(
        name,
        draws.normal(machine, "seat", name, truth.wear.seat_um),
        draws.lognormal(machine, "edge life", name, truth.wear.edge_scatter),
        draws.exponential(machine, "edge break", name),
    )


def _new_mill(unit: WorkUnit, shop: Shop, truth: Truth, draws: Draws) -> Mill:
    own = truth.machine.get(unit.id, MachineTruth())
    size, failing = truth.dimension, truth.breakdown
    life = own.gradual_life_h or failing.gradual_life_h
    life_h = life * draws.weibull(unit.id, "bearing life", 0, failing.gradual_shape)
    share = own.initial_age_share
    age = share if share is not None else failing.initial_age_share * draws.uniform(unit.id, "bearing age", 0)
    slots = {
        stock.tool.number: Slot(stock.tool, new_edge(unit.id, stock.tool, 1, truth, draws), max(stock.magazine - 1, 0))
        for stock in shop.tools_of(unit)
        if stock.magazine > 0
    }
    return Mill(
        unit=unit,
        limits=unit.limits or MachineLimits(),
        slots=slots,
        bias_um=own.bias_um if own.bias_um is not None else draws.normal(unit.id, "bias", 0, size.bias_um),
        day_um=own.thermal_day_um
        if own.thermal_day_um is not None
        else size.thermal_day_um * draws.lognormal(unit.id, "thermal", 0, 0.3),
        cycle_factor=own.cycle_factor or 1.0 + abs(draws.normal(unit.id, "cycle factor", 0, size.cycle_factor_sigma)),
        natural_hz=truth.surface.natural_frequency_hz * draws.lognormal(unit.id, "natural frequency", 0, 0.1),
        life_h=life_h,
        age_h=min(age, 0.97) * life_h,
        sudden_at_h=(own.sudden_mean_h or failing.sudden_mean_h) * draws.exponential(unit.id, "sudden", 0),
    )
