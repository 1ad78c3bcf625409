"""Requests from people and agents to a shop: imperative, checked when built, stored in full in the log.
The loop decides on each request by the current state of the shop and records the decision in one ``RequestTaken``. Times are
seconds of shop time (``at_s``).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from nightmill.vocabulary import validation
from nightmill.vocabulary.shop import ORDER_NAME, ORDER_NAME_WORDS

_END = r"(?![\s\S])"
"""End of the text; ``$`` would allow a line break after it. Python and JSON Schema read this the same way."""
_NEW_NAME = rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,39}}{_END}"
_NAME = rf"^[^\x00-\x1f\x7f]+{_END}"
_REASON = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
FORMS = {
    _NEW_NAME: "letters, digits and . _ -, at most 40, of which the first is a letter or a digit",
    ORDER_NAME: ORDER_NAME_WORDS,
    _NAME: "a name on one line",
    _REASON: "text without control characters",
}
"""Each pattern described in words."""

NewName = Annotated[str, Meta(pattern=_NEW_NAME, max_length=40, description="Letters, digits and . _ -")]
OrderName = Annotated[str, Meta(pattern=ORDER_NAME, max_length=80, description=ORDER_NAME_WORDS.capitalize())]
Name = Annotated[str, Meta(pattern=_NAME, min_length=1, max_length=120)]
Reason = Annotated[str, Meta(pattern=_REASON, max_length=500)]
ShopTime = Annotated[float, Meta(ge=0, le=1e10, description="Seconds of shop time.")]


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """Root of all requests."""


class TakeOrder(Ask, frozen=True, tag="order"):
    """Make ``quantity`` of a part with a certified route by ``due_s``, the customer's date; a larger ``priority`` is more urgent."""

    order: OrderName
    part: Name
    quantity: Annotated[int, Meta(ge=1, le=10_000)]
    due_s: ShopTime
    priority: Annotated[int, Meta(ge=1, le=100)] = 1


class ChangeOrder(Ask, frozen=True, tag="order_change"):
    """Give an open order another due date and priority, for instance to rush it.

    ``due_s`` is the customer's date: later than the shop's own date by the days that outside finishing takes.
    """

    order: Name
    due_s: ShopTime
    priority: Annotated[int, Meta(ge=1, le=100)] = 1


class CancelOrder(Ask, frozen=True, tag="cancel"):
    """Make no more parts for the order; parts already on a pallet or cut are finished."""

    order: Name


class StopUnit(Ask, frozen=True, tag="unit_down"):
    """Start nothing new on a mill for this many hours; the cut in progress is finished."""

    unit: Name
    hours: Annotated[float, Meta(gt=0, le=10_000)]


class ReturnUnit(Ask, frozen=True, tag="unit_up"):
    """Put a mill back into service."""

    unit: Name


class ScrapPart(Ask, frozen=True, tag="scrap"):
    """A person has found a cut part to be bad: it is scrapped, and another part is made."""

    serial: Name
    reason: Reason


class DisposePart(Ask, frozen=True, tag="dispose"):
    """Decide on a part that is held, in doubt or not good; ``minutes`` of handwork if it is reworked."""

    serial: Name
    decision: Literal["use_as_is", "rework", "scrap", "return"]
    reason: Annotated[str, Meta(pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*\S[^\x00-\x08\x0b-\x1f\x7f]*$", max_length=500)]
    minutes: Annotated[float, Meta(gt=0, le=1440)] = 15.0


class CondemnTool(Ask, frozen=True, tag="tool_worn"):
    """The active edge of a tool on a mill is worn: stop using it and change to a sister tool."""

    unit: Name
    tool: Annotated[int, Meta(ge=1, le=9999)]


class ReleaseHold(Ask, frozen=True, tag="release"):
    """End a safe hold, or let the parts in a hold pass."""

    hold: Name


class NoteCheck(Ask, frozen=True, tag="check"):
    """Record what a person found. Coolant and chips in per cent of full, 0 to 100; probe: the deviation on the reference, µm."""

    unit: Name
    resource: Literal["coolant", "chips", "probe"]
    level: Annotated[float, Meta(ge=-10_000, le=10_000)]


class LimitPresence(Ask, frozen=True, tag="presence"):
    """At most ``persons`` of the people on the shifts are present from ``from_s`` to ``to_s``; with ``call``, this many are called in."""

    from_s: ShopTime
    to_s: ShopTime
    persons: Annotated[int, Meta(ge=0, le=1000)]
    call: bool = False


class MoveOperation(Ask, frozen=True, tag="move"):
    """Cut an operation of a part on this mill, and start it no earlier than ``start_s``."""

    serial: Name
    operation: Name
    unit: Name
    start_s: ShopTime


class CloseWork(Ask, frozen=True, tag="close_work"):
    """Close a work order with the cause found (``none``: no cause) and the parts used, by item.

    ``sensor_fault``: the machine was sound and a sensor gave wrong values.
    """

    order: Name
    cause: NewName
    parts: dict[Name, Annotated[int, Meta(ge=1, le=10_000)]] = {}
    sensor_fault: bool = False


class NameLot(Ask, frozen=True, tag="lot"):
    """Record ``quantity`` from a delivery (without ``purchase_order``: from the starting stock) as a lot, with heat and certificate."""

    lot: NewName
    item: Name
    quantity: Annotated[int, Meta(ge=0, le=1_000_000)]
    purchase_order: Annotated[str, Meta(max_length=120)] = ""
    heat: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=120)] = ""
    certificate: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=255)] = ""
    certificate_sha256: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?$")] = ""


AnyAsk = (
    TakeOrder
    | ChangeOrder
    | CancelOrder
    | StopUnit
    | ReturnUnit
    | ScrapPart
    | DisposePart
    | CondemnTool
    | ReleaseHold
    | NoteCheck
    | LimitPresence
    | MoveOperation
    | CloseWork
    | NameLot
)

KINDS: tuple[str, ...] = tuple(str(kind.__struct_config__.tag) for kind in AnyAsk.__args__)
"""The value of ``kind`` for each class of request."""


def checked(ask: AnyAsk) -> AnyAsk:
    """Return the request if its names, levels and texts are valid by today's rules; the log keeps requests accepted earlier.
    Raises ``validation.Wrong``. Names of existing things aren't checked here: they are looked up.
    """
    if isinstance(ask, TakeOrder):
        validation.order_name(ask.order)
    elif isinstance(ask, NoteCheck):
        validation.level(ask.resource, ask.level)
    elif isinstance(ask, NameLot):
        for text in (ask.heat, ask.certificate):
            if text:
                validation.name(text, 255)
    elif isinstance(ask, (ScrapPart, DisposePart)):
        validation.free_text(ask.reason)
    return ask


def kind_of(ask: AnyAsk) -> str:
    """Return the value of ``kind`` of a request."""
    return str(ask.__struct_config__.tag)
