"""Records that the page, the API and the report show. All times in seconds of shop time."""

from typing import Any

import msgspec

from nightmill.floor import records as on_floor
from nightmill.kpi import Stretch
from nightmill.vocabulary.plan import Certificate


class UnitView(msgspec.Struct, frozen=True):
    """A work unit with its timeline; ``planned`` are spans of the schedule in force, with the state ``planned``."""

    id: str
    kind: str
    status: str
    alarm: str
    spans: tuple[Stretch, ...]
    planned: tuple[Stretch, ...]
    health: tuple[tuple[float, float, float], ...]
    signals: tuple[tuple[float, float], ...]


class OrderView(msgspec.Struct, frozen=True):
    """An order as a customer sees it; ``state``: ``done``, ``open``, ``late``, ``cancelled``.

    Its dates apply at the shop's gate; the customer's dates are later by ``finishing_days`` of outside processing.
    """

    id: str
    item: str
    quantity: int
    due_s: float
    promise_s: float | None
    completed_s: float | None
    good: int
    scrapped: int
    state: str
    reason: str
    finishing_days: float = 0.0


class ChartPoint(msgspec.Struct, frozen=True):
    """One reading: deviation from nominal in µm, the offset in force, and the chart's signals."""

    at_s: float
    serial: str
    deviation_um: float
    offset_um: float
    edge: str
    signal: str = ""


class ChartView(msgspec.Struct, frozen=True):
    """The control chart of one characteristic on one machine; limits are the tolerance about nominal, µm."""

    family: str
    machine: str
    tool: int
    characteristic: str
    kind: str
    lower_um: float
    upper_um: float
    points: tuple[ChartPoint, ...]


class PartView(msgspec.Struct, frozen=True):
    """A part with its certificate; ``preview`` holds vertices (mm), triangles and the face of each.

    ``paths``: the toolpath of each setup and step, as ``toolpaths.tool_paths`` gives it; ``stock``: the raw piece.
    ``fixture_lines``: for each setup, the outlines of fixtures that are meshes, as ``fixture_lines.fixture_lines`` gives them;
    ``stock_lines``: the same for a raw piece that is a mesh.
    """

    name: str
    material: str
    certified: bool
    certificate: Certificate
    setups: tuple[dict[str, Any], ...]
    cycle_s: float
    features: int
    faces: int
    characteristics: int
    price_usd: float
    cost_usd: dict[str, float]
    made: int
    preview: dict[str, Any]
    stock: dict[str, Any] = {}
    paths: list[list[dict[str, Any]]] = []
    fixture_lines: list[list[float]] = []
    stock_lines: list[float] = []
    notes: tuple[str, ...] = ()


class StockView(msgspec.Struct, frozen=True):
    """An item's quantity over time, with its purchase orders."""

    item: str
    series: tuple[tuple[float, float], ...]
    ordered: int
    received: int
    forecast_q50: float | None
    forecast_q95: float | None


class DecisionView(msgspec.Struct, frozen=True):
    """A decision or an alarm as a sentence."""

    at_s: float
    actor: str
    kind: str
    text: str
    why: str


class ImageView(msgspec.Struct, frozen=True):
    """A photograph with its verdict; ``png_base64`` is the picture, with the suspect areas in colour where it wasn't accepted.

    ``score``: distance from good parts, with 1 as the limit; ``None`` if the picture couldn't be read.
    """

    serial: str
    verdict: str
    score: float | None
    png_base64: str


class ShopView(msgspec.Struct, frozen=True):
    """Everything a page shows of one run."""

    shop: str
    currency: str
    country: str
    time_zone: str
    start: str
    policy: str
    seed: int
    now_s: float
    ended: bool
    events: int
    measures: dict[str, Any]
    presence: tuple[tuple[float, float], ...]
    units: tuple[UnitView, ...]
    orders: tuple[OrderView, ...]
    parts: tuple[PartView, ...]
    charts: tuple[ChartView, ...]
    stock: tuple[StockView, ...]
    decisions: tuple[DecisionView, ...]
    images: tuple[ImageView, ...]
    story: on_floor.Genealogy | None
    sites: dict[str, Any] | None
