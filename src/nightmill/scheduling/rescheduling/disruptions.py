"""Records of a replan: the shop-floor events that can upset a plan, and the changes to the plan in force."""

import msgspec

from nightmill.scheduling.problem.records import ShopOperation, ShopOrder


class Breakdown(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="breakdown"):
    """``machine`` is down until ``until_s``; a cut that was in progress starts again after that."""

    machine: str
    until_s: float


class RushOrder(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="rush_order"):
    """An additional order, with the operations of its parts."""

    order: ShopOrder
    operations: tuple[ShopOperation, ...]


class Scrap(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="scrap"):
    """A part is scrap: its remaining operations are dropped, and ``remake`` holds the operations of the replacement."""

    serial: str
    remake: tuple[ShopOperation, ...] = ()


class LateMaterial(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="late_material"):
    """Material for the parts of ``order`` that have not started arrives at ``release_s``."""

    order: str
    release_s: float


class WornTool(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="worn_tool"):
    """From now on ``tool`` in ``machine`` lasts ``seconds`` of cutting from one attended time to the next."""

    machine: str
    tool: int
    seconds: float


Disruption = Breakdown | RushOrder | Scrap | LateMaterial | WornTool


class Change(msgspec.Struct, frozen=True):
    """An operation that moves to another machine or starts at another time; ``None`` before if it wasn't in the plan,
    ``None`` after if it no longer is.
    """

    operation: str
    machine_before: str | None
    machine: str | None
    start_before_s: float | None
    start_s: float | None


class PlanDiff(msgspec.Struct, frozen=True):
    """Changes made by a replan to the plan that was in force before the event, with the number of ``open`` operations that have
    not started.

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
