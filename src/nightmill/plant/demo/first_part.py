"""The first part of a shop, made before everything else: one piece for the first order, in its own virtual shop.

Its run is a separate closed-loop run with one order in the book, in a child process where nothing is compiled:
plain Python gives the same result as the compiled kernels and, for one part, takes less time than compiling.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from nightmill.drivers import end_world
from nightmill.formats import write_atomic
from nightmill.plant.plan_store.kept_plans import PartRoute, load_route
from nightmill.plant.run.shop_run import RunRequest, run_shop
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.layout import state_folder
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.csv_text import csv_text
from nightmill.vocabulary.plan import Certificate
from nightmill.vocabulary.shop import OperationsRequest, Shop
from nightmill.workers import Limits, run_guarded

FIRST_CALL = "nightmill.plant.demo.first_part:make_first_part"
UNCOMPILED = {"NUMBA_DISABLE_JIT": "1"}
LIMITS = Limits(cpu_s=3600, wall_s=3600.0)
DAYS = 0.3
"""Time allowed for the first part: most of a shift."""
LEFT_OUT = ("parts", ".*", "orders.csv", "bom.csv", "receipts.csv", "demand.csv", "history.csv")
"""Shop files that concern only other parts or other days."""


class MeasuredSize(msgspec.Struct, frozen=True):
    """A required size and the gauge's reading, mm; ``within``: whether the reading is between the limits."""

    id: str
    kind: str
    nominal_mm: float
    lower_mm: float
    upper_mm: float
    measured_mm: float
    within: bool
    asked_by: str


class FirstPart(msgspec.Struct, frozen=True):
    """The outcome of the first part. ``disposition``: ``good``, ``scrap``, ``quarantine``, or empty if time ran out.

    ``cutting_s`` and ``lead_s`` are seconds of shop time: spindle running, and from the blank on its pallet to the final disposition.
    ``lost``: the earlier pieces that weren't good, each with the reason. ``verdicts``: source (gauge, vision) and verdict;
    ``cost`` by factor in ``currency``; ``folder``: the shop where the part was made.
    """

    part: str
    serial: str
    material: str
    disposition: str
    setups: int
    steps: int
    certificate: Certificate
    machines: tuple[str, ...]
    cutting_s: float
    lead_s: float
    sizes: tuple[MeasuredSize, ...]
    verdicts: tuple[tuple[str, str], ...]
    cost: dict[str, float]
    currency: str
    folder: str
    lost: tuple[str, ...] = ()


def first_order(shop: Shop) -> OperationsRequest | None:
    """Return the first order whose item is planned from a STEP file; None if there is no such order."""
    parts = {part.name for part in shop.parts}
    return next((order for order in shop.orders if order.item in parts), None)


def first_part(
    folder: Path, shop: Shop, order: OperationsRequest, seed: int, progress: Callable[[str, float], None]
) -> FirstPart:
    """Make one piece for ``order``, whose part is already planned, in a separate shop below ``folder``'s state.

    Raises ``BadInput`` and ``EnvironmentFailed`` like ``run_shop``, and ``ChildFailed`` if the child process exceeds its limits.
    """
    alone = state_folder(folder) / "first-part"
    end_world(alone)  # left by a demo that was killed
    shutil.rmtree(alone, ignore_errors=True)
    _shop_of_one(folder, order, alone)
    asked = {"folder": str(alone), "seed": seed, "currency": shop.currency}
    answer = None
    try:
        answer = run_guarded(FIRST_CALL, asked, limits=LIMITS, progress=progress, environment=UNCOMPILED)
    finally:
        if answer is None:
            end_world(alone)  # left by an interrupted run: the world is a separate process and would keep running
    return msgspec.convert(answer, FirstPart)


def make_first_part(
    folder: str, seed: int, currency: str, progress: Callable[[str, float], None] = lambda phase, share: None
) -> FirstPart:
    """Run the one-part shop and read the outcome from its log; called by name (``FIRST_CALL``)."""
    place = Path(folder)
    run_shop(place, RunRequest(DAYS, seed), progress=lambda subject, phase, share: progress(phase, share))
    return told(place, currency)


def told(folder: Path, currency: str) -> FirstPart:
    """Return the outcome for the piece that got a disposition, from the log of the one-part shop in ``folder``."""
    events = list(read_events(folder))
    words = [event for event in events if isinstance(event.fact, e.PartDisposed)]
    serial = words[-1].fact.serial if words and isinstance(words[-1].fact, e.PartDisposed) else _first_serial(events)
    cost: dict[str, float] = {}
    disposition, verdicts, reports, ended_s = "", list[tuple[str, str]](), list[r.AnyReport](), 0.0
    for event in events:
        fact = event.fact
        if isinstance(fact, e.Reported) and getattr(fact.report, "serial", "") == serial:
            reports.append(fact.report)
        elif isinstance(fact, e.VerdictGiven) and fact.serial == serial:
            verdicts.append((fact.by, fact.verdict))
        elif isinstance(fact, e.PartDisposed) and fact.serial == serial:
            disposition, ended_s = fact.disposition, event.at_s
        elif isinstance(fact, e.PartCosted) and fact.serial == serial:
            cost = dict(fact.factors_usd)
    route = load_route(next((state_folder(folder) / "plans").glob("*/route.json")).parent)
    cuts = [report for report in reports if isinstance(report, r.CycleFinished)]
    begun_s = min((report.at_s for report in reports), default=ended_s)
    return FirstPart(
        part=route.plan.part,
        serial=serial,
        material=route.record.material,
        disposition=disposition,
        setups=len(route.plan.setups),
        steps=sum(len(setup.steps) for setup in route.plan.setups),
        certificate=route.record.certificate,
        machines=tuple(dict.fromkeys(report.unit for report in cuts)),
        cutting_s=sum(report.duration_s for report in cuts),
        lead_s=max(0.0, ended_s - begun_s),
        sizes=_sizes(route, [report for report in reports if isinstance(report, r.PartMeasured)]),
        verdicts=tuple(verdicts),
        cost=cost,
        currency=currency,
        folder=str(folder),
        lost=tuple(
            f"{each.fact.serial} ({each.fact.disposition}: {each.fact.reason})"
            for each in words[:-1]
            if isinstance(each.fact, e.PartDisposed) and each.fact.serial != serial
        ),
    )


def _first_serial(events: list[e.Event]) -> str:
    return next((f"{event.fact.order}.001" for event in events if isinstance(event.fact, e.OrderReceived)), "")


def _sizes(route: PartRoute, measured: list[r.PartMeasured]) -> tuple[MeasuredSize, ...]:
    """Return the last reading of each size, in the order of the inspection plan."""
    read = {name: value for report in measured for name, value in report.readings.items()}
    return tuple(
        MeasuredSize(
            c.id,
            c.asked.kind,
            c.nominal,
            c.lower,
            c.upper,
            read[c.id],
            c.lower <= read[c.id] <= c.upper,
            c.asked.origin,
        )
        for c in route.characteristics
        if c.id in read
    )


def _shop_of_one(folder: Path, order: OperationsRequest, alone: Path) -> None:
    """Copy the shop with only one part, its plan, and one order for one piece."""
    shutil.copytree(folder, alone, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (alone / "parts").mkdir()
    for file in (folder / "parts").iterdir():
        if file.stem == order.item and file.is_file():
            shutil.copy(file, alone / "parts")
    state = state_folder(alone)
    shutil.copytree(state_folder(folder) / "pki", state / "pki")
    shutil.copytree(state_folder(folder) / "plans" / order.item, state / "plans" / order.item)
    text = csv_text([("order", "item", "quantity", "due_week"), (order.id, order.item, 1, 1)])
    write_atomic(alone / "orders.csv", text)
