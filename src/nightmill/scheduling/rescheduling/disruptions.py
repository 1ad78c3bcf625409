"""Records of a replan: the shop-floor events that can upset a plan, and how the plan in force changes."""

import msgspec

from nightmill.scheduling.problem.records import ShopOperation, ShopOrder


class Breakdown(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="breakdown"):
    """``machine`` is down until ``until_s``; a cut in progress then starts again."""

    machine: str
    until_s: float


class RushOrder(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="rush_order"):
    """An additional order, with the operations of its parts."""

    order: ShopOrder
    operations: tuple[ShopOperation, ...]


class Scrap(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="scrap"):
    """A part is scrap: its remaining operations are dropped, and ``remake`` has the operations of its replacement."""

    serial: str
    remake: tuple[ShopOperation, ...] = ()


class LateMaterial(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="late_material"):
    """The material of those parts of ``order`` that have not started comes at ``release_s``."""

    order: str
    release_s: float


class WornTool(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="worn_tool"):
    """From now on ``tool`` in ``machine`` lasts ``seconds`` of cutting from one attended time to the next."""

    machine: str
    tool: int
    seconds: float


Disruption = Breakdown | RushOrder | Scrap | LateMaterial | WornTool


class Change(msgspec.Struct, frozen=True):
    """An operation that moves to another machine or starts at another time; None: it wasn't, or is no longer, in the plan."""

    operation: str
    machine_before: str | None
    machine: str | None
    start_before_s: float | None
    start_s: float | None


class PlanDiff(msgspec.Struct, frozen=True):
    """What a replan changes in the plan that was in force before the event, of ``open`` operations that have not started.

    ``frozen_moved``: operations that were to start within the frozen zone and now don't start as planned, because the event
    left them no choice.
    """

    at_s: float
    changes: tuple[Change, ...]
    open: int
    machine_changes: int
    frozen_moved: tuple[str, ...]
    weighted_tardiness_before_s: float
    weighted_tardiness_s: float
