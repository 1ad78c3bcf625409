"""A proposal: what somebody wants of the shop, what would come of it, and how it was decided."""

from typing import Literal

import msgspec

from nightmill.vocabulary import requests as a

State = Literal["proposed", "approved", "executed", "rejected", "refused"]


class OrderShift(msgspec.Struct, frozen=True):
    """An order whose promised end (s of shop time) changes; ``None``: it isn't in the plan."""

    order: str
    due_s: float
    promise_before_s: float | None
    promise_s: float | None
    late_before_s: float
    late_s: float


class Share(msgspec.Struct, frozen=True):
    """A share 0..1 before and after; ``None`` where there is nothing to count."""

    before: float | None
    after: float | None


class Diff(msgspec.Struct, frozen=True):
    """What the shop's own planning makes of a command, against the same without it.

    ``parts`` and ``minutes`` (of cutting) are more or less to make; ``money_usd`` is what that costs more or less: machine
    and handwork by the shop's rates, overhead on both, blanks. ``moves``: planned cuts that go to another machine or begin a
    minute or more earlier or later. ``gates``: what stands in the way, or is opened by it. ``version``: the log's.
    ``foreseen`` false: nothing was planned, so that the numbers say nothing.
    """

    orders: tuple[OrderShift, ...] = ()
    parts: int = 0
    minutes: float = 0.0
    money_usd: float = 0.0
    moves: int = 0
    gates: tuple[str, ...] = ()
    on_time_share: Share = Share(None, None)
    version: int = 0
    foreseen: bool = True
    note: str = ""


class Proposal(msgspec.Struct, frozen=True):
    """``state``: ``proposed``; ``approved``: durable, waits for the loop; ``executed`` or ``refused`` by the loop; ``rejected``.

    ``why`` is the proposer's reason, ``decided_why`` that of who approved or rejected; ``refused``: the loop's or the desk's.
    ``rule``: the rule of the shop's policy that approved it. ``at`` and ``decided_at`` are UTC.
    """

    id: str
    command: a.AnyAsk
    why: str
    by: str
    role: str
    at: str
    state: State
    diff: Diff
    decided_by: str = ""
    decided_why: str = ""
    decided_at: str = ""
    rule: str = ""
    refused: str = ""
    run: str = "now"
