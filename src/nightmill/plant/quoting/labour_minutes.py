"""A person's work on a part, by operation, from its route: loading, turning over, tool changes, measuring, setting up."""

import msgspec

from nightmill.plant.plan_store.plan_artifacts import OperationRecord
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.vocabulary.shop import Shop

# Rules of thumb; a shop's own mounting and dismounting times and its gauging rule take precedence.
MOUNT_MIN, DISMOUNT_MIN = 4.0, 1.0
CRANE_MIN, CRANE_KG = 3.0, 15.0
"""A piece heavier than this is loaded and unloaded by crane, kg."""
EDGE_MIN, EDGE_LIFE_MIN = 3.0, 60.0
MEASURE_MIN = 0.5
"""Minutes to measure one characteristic by hand, if the shop has no gauge station."""
FIXTURE_MIN, TOOL_MIN = 15.0, 2.0
"""Minutes per lot: mounting the fixture and setting its zero; loading and measuring each tool."""


class AttendedOperation(msgspec.Struct, frozen=True):
    """A person's minutes for one operation: per piece, and ``setup_min`` per lot."""

    operation: str
    load_min: float
    edges_min: float
    measure_min: float
    setup_min: float

    @property
    def piece_min(self) -> float:
        """Return the minutes per piece."""
        return self.load_min + self.edges_min + self.measure_min


def attended_operations(record: RouteRecord, shop: Shop | None = None) -> tuple[AttendedOperation, ...]:
    """Return the minutes for each operation in a route; each operation means loading the part once, and from the second on also turning
    it over.

    Edges: the fraction of each tool's life used by the operation, times the minutes for an edge change. Measuring: the characteristics cut
    by the operation, on every N-th part, by hand if the shop has no gauge station (without a shop, a gauge station is assumed).
    Set-up: the fixture, the operation's tools, and the first piece watched and measured in full.
    """
    heavy = record.stock_volume_mm3 * 1e-9 * record.density_kg_m3 > CRANE_KG
    load = MOUNT_MIN + DISMOUNT_MIN if shop is None else (shop.mount_s + shop.dismount_s) / 60.0
    by_hand = shop is not None and not shop.units("gauge")
    every = max(1, shop.measure_every) if shop is not None else 1
    life = {str(kind.tool.number): kind.tool.life_min for kind in shop.tools} if shop is not None else {}

    def minutes(each: OperationRecord) -> AttendedOperation:
        measured = MEASURE_MIN * sum(c.operation == each.operation for c in record.characteristics)
        worn = sum(used / life.get(tool, EDGE_LIFE_MIN) for tool, used in each.tool_minutes.items())
        watched = each.cycle_s / 60.0 + measured
        setup = FIXTURE_MIN + TOOL_MIN * len(each.tool_minutes) + watched
        return AttendedOperation(
            each.operation, load + CRANE_MIN * heavy, EDGE_MIN * worn, measured / every if by_hand else 0.0, setup
        )

    return tuple(minutes(each) for each in record.operations)
