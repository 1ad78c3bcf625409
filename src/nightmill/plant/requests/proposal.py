"""A proposal: a change that somebody wants in the shop, its impact, and how it was decided."""

from typing import Literal

import msgspec

from nightmill.vocabulary import requests as a

State = Literal["proposed", "approved", "executed", "rejected", "refused"]


class OrderShift(msgspec.Struct, frozen=True):
    """An order whose promised completion (s of shop time) changes; ``None``: it isn't in the plan."""

    order: str
    due_s: float
    promise_before_s: float | None
    promise_s: float | None
    late_before_s: float
    late_s: float


class Share(msgspec.Struct, frozen=True):
    """A fraction 0..1 before and after; ``None`` if there is nothing to count."""

    before: float | None
    after: float | None


class Diff(msgspec.Struct, frozen=True):
    """The shop's plan with a command compared with the plan without it.

    ``parts`` and ``minutes`` (of cutting) are the change in work; ``money_usd`` is the change in its cost: machine
    and manual work at the shop's rates, overhead on both, blanks. ``moves``: planned cuts that move to another machine or start a
    minute or more earlier or later. ``gates``: conditions that block the command, or that it opens. ``version``: the log's
    version. ``foreseen`` false: nothing was planned, so the numbers mean nothing.
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
    """``state``: ``proposed``; ``approved``: durable, waiting for the loop; ``executed`` or ``refused`` by the loop; ``rejected``.

    ``why`` is the proposer's reason, ``decided_why`` the reason given by the person who approved or rejected it; ``refused``: the loop's
    or the desk's reason. ``rule``: the rule of the shop's policy that approved it. ``at`` and ``decided_at`` are UTC.
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
