"""Read order tables and mail texts in a reusable child process with limits, like CAD files, since they come from outside.

Server, agents and command line all read them here. The child is reused, so that a small table is read quickly; if a table crashes it, only
the request with that table fails.
"""

from collections.abc import Collection, Mapping
from datetime import date
from threading import Lock
from typing import Any

import msgspec

from nightmill.intake import OrderBook, read_order_book, read_rfq
from nightmill.plant.workspace.order_table_files import check_size, tables_of
from nightmill.workers import KeptChild, Limits

CALL = "nightmill.plant.workspace.guarded_reading:answered"
LIMITS = Limits(memory_mib=2048, cpu_s=20, wall_s=60.0)
"""Limits for a table or mail sent to a server; 2 MB of either take about a second."""
LARGE_LIMITS = Limits(memory_mib=4096, cpu_s=300, wall_s=300.0)
"""Limits for a file that a person specifies on this computer."""


class OrdersAsked(msgspec.Struct, frozen=True, tag="orders"):
    """A table as bytes, with the arguments of ``read_order_book``; at most ``most_bytes`` and ``most_lines`` are read."""

    body: bytes
    most_bytes: int
    most_lines: int
    today: date
    parts: tuple[str, ...]
    day_first: bool | None = None
    chosen: dict[str, str] = {}
    orders: tuple[str, ...] = ()


class MailAsked(msgspec.Struct, frozen=True, tag="mail"):
    """A mail's text and its date."""

    text: str
    today: date


_ASKED = msgspec.msgpack.Decoder(OrdersAsked | MailAsked)
_child, _one_at_a_time = KeptChild(CALL, LIMITS), Lock()


def answered(data: bytes) -> bytes:
    """Answer a request in the child: the order book or the draft, as JSON. Raises ``BadInput``."""
    asked = _ASKED.decode(data)
    if isinstance(asked, MailAsked):
        return msgspec.json.encode(read_rfq(asked.text, today=asked.today))
    return msgspec.json.encode(read_here(asked))


def read_here(asked: OrdersAsked) -> OrderBook:
    """Return the order book of a table, read in this process. Raises ``BadInput``."""
    tables = tables_of(asked.body, asked.most_bytes, asked.most_lines)
    given: dict[str, Any] = {"day_first": asked.day_first, "chosen": asked.chosen, "orders": asked.orders}
    return read_order_book(tables, asked.today, asked.parts, **given)


def order_book_of(asked: OrdersAsked, subject: str = "orders", *, large: bool = False) -> OrderBook:
    """Return the order book of a table, read in the reusable child; with ``large``, in a separate child with a longer time limit.

    Raises ``BadInput`` for data that isn't a table or that crashes the child; ``EnvironmentFailed`` if there is no memory for a child.
    """
    return msgspec.json.decode(_answer(asked, subject, large=large), type=OrderBook)


def draft_of(text: str, today: date) -> dict[str, Any]:
    """Return the draft of a mail's text as plain values. Raises like ``order_book_of``."""
    sayable = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return dict(msgspec.json.decode(_answer(MailAsked(sayable, today), "mail")))


def orders_asked(
    body: bytes, most: tuple[int, int], today: date, parts: Collection[str], orders: Collection[str] = (), *,
    day_first: bool | None = None, chosen: Mapping[str, str] | None = None,
) -> OrdersAsked:  # fmt: skip
    """Build a request for a table of at most ``most`` bytes and lines. Raises ``BadInput`` for more bytes, before any is copied."""
    check_size(body, most[0])
    return OrdersAsked(body, *most, today, tuple(parts), day_first, dict(chosen or {}), tuple(orders))


def _answer(asked: OrdersAsked | MailAsked, subject: str, *, large: bool = False) -> bytes:
    data = msgspec.msgpack.encode(asked)
    if large:
        with KeptChild(CALL, LARGE_LIMITS) as child:
            return child.ask(data, subject)
    with _one_at_a_time:
        return _child.ask(data, subject)
