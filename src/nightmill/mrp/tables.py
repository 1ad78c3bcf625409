"""The CSV tables of material planning, read from text and checked as a whole.

The meaning of each column is defined in the file formats (items, bom, stock, demand, orders, receipts,
suppliers, deliveries). All findings are reported at once in one ``BadInput``.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, TypeVar

import msgspec

from nightmill.vocabulary.csv_text import column_of, read_records
from nightmill.vocabulary.errors import BadInput, Finding

Name = Annotated[str, msgspec.Meta(min_length=1)]
Whole = Annotated[int, msgspec.Meta(ge=0)]
Money = Annotated[float, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
LotRule = Literal["L4L", "MULT", "MIN", "POQ", "EOQ", "DYN"]


class Item(msgspec.Struct, frozen=True):
    """A row of items.csv: how an item is procured and in which lots. ``lead_time_weeks`` may be empty for a phantom.

    Orders are due ``safety_time_weeks`` before the need; ``calendar`` is the name of a calendar in calendar.csv. ``order_usd`` per order
    and ``hold_percent_year`` (of the price) are used by the lot rules EOQ and DYN.
    """

    item: Name
    source: Literal["make", "buy", "phantom"]
    lead_time_weeks: Whole = -1
    lot_rule: LotRule = "L4L"
    lot_size: Positive = 1
    safety_stock: Whole = 0
    yield_percent: Annotated[int, msgspec.Meta(ge=1, le=100)] = 100
    supplier: str = ""
    price_usd: Money = 0.0
    safety_time_weeks: Whole = 0
    calendar: str = ""
    order_usd: Money = 0.0
    hold_percent_year: Money = 25.0


class BomLine(msgspec.Struct, frozen=True):
    """A row of bom.csv: ``qty`` of ``child`` in one ``parent``, used if the release week is within from..to."""

    parent: Name
    child: Name
    qty: Whole
    scrap_percent: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0
    from_week: Whole = 0
    to_week: Whole | None = None
    alternate_group: str = ""
    priority: int = 1


class Stock(msgspec.Struct, frozen=True):
    """A row of stock.csv: the quantity on hand now."""

    item: Name
    on_hand: Whole


class WeekQuantity(msgspec.Struct, frozen=True):
    """A row of demand.csv or receipts.csv: a quantity at the start of a week."""

    item: Name
    week: Whole
    qty: Whole


class ClosedWeek(msgspec.Struct, frozen=True):
    """A row of calendar.csv: a week in which items with this calendar are neither started nor worked on."""

    calendar: Name
    week: Whole


class CustomerOrder(msgspec.Struct, frozen=True):
    """A row of orders.csv; a shop gives the date ``due`` instead of ``due_week``."""

    order: Name
    item: Name
    qty: Whole
    due_week: Whole | None = None
    due: str = ""


class SupplierItem(msgspec.Struct, frozen=True):
    """A row of suppliers.csv: a supplier that can deliver an item; ``recover_weeks`` is the time to recover from an outage."""

    supplier: Name
    item: Name
    priority: int = 1
    lead_time_weeks: Whole = 0
    price_usd: Money = 0.0
    recover_weeks: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Delivery(msgspec.Struct, frozen=True):
    """A row of deliveries.csv; ``ordered`` and ``delivered`` are ISO dates, and a delivery without ``delivered`` is still open."""

    line: Name
    ordered: dt.date
    supplier: str = ""
    country: str = ""
    mode: str = ""
    group: str = ""
    delivered: dt.date | None = None


class MaterialTables(msgspec.Struct, frozen=True):
    """The checked tables of one planning directory: only known items, no cycle, nothing negative."""

    items: tuple[Item, ...]
    bom: tuple[BomLine, ...] = ()
    stock: tuple[Stock, ...] = ()
    demand: tuple[WeekQuantity, ...] = ()
    orders: tuple[CustomerOrder, ...] = ()
    receipts: tuple[WeekQuantity, ...] = ()
    suppliers: tuple[SupplierItem, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    calendar: tuple[ClosedWeek, ...] = ()

    def with_receipts(self, coming: Iterable[tuple[str, int, int]]) -> "MaterialTables":
        """Return the tables with additional open orders, each (item, week, pieces); unknown items are left out."""
        known = {item.item for item in self.items}
        more = tuple(WeekQuantity(item, week, pieces) for item, week, pieces in coming if item in known)
        return msgspec.structs.replace(self, receipts=self.receipts + more)


Row = TypeVar("Row", bound=msgspec.Struct)


def read_tables(texts: Mapping[str, str], first_day: dt.date | None = None) -> MaterialTables:
    """Return the tables from ``{file name: text}``; every file except items.csv may be missing.

    ``first_day`` is the first day of week 0, needed if orders.csv gives the date ``due`` instead of ``due_week``; an order due before
    that day is needed in week 0. Raises ``BadInput`` with all findings. The known items are those in the first column ``item`` of
    items.csv; without such a column, item names aren't checked.
    """
    findings: list[Finding] = []
    if "items.csv" not in texts:
        raise BadInput(Finding("items.csv", "", "no such file", "a table of all items", "Add items.csv."))

    def rows(file: str, kind: type[Row]) -> list[tuple[int, Row]]:
        return read_records(file, texts[file], kind, findings) if file in texts else []

    items = _items(rows("items.csv", Item), findings)
    known = column_of(texts["items.csv"], "item") if findings else {item.item for item in items}
    bom = rows("bom.csv", BomLine)
    stock = rows("stock.csv", Stock)
    demand = rows("demand.csv", WeekQuantity)
    orders = rows("orders.csv", CustomerOrder)
    receipts = rows("receipts.csv", WeekQuantity)
    suppliers = rows("suppliers.csv", SupplierItem)
    deliveries = rows("deliveries.csv", Delivery)
    calendar = rows("calendar.csv", ClosedWeek)
    if not any(finding.file == "calendar.csv" for finding in findings):
        _calendars(items, {row.calendar for _, row in calendar}, findings)
    if known is not None:  # otherwise every line of every table would be reported as well
        for line, part in bom:
            _known("bom.csv", line, "parent", part.parent, known, findings)
            _known("bom.csv", line, "child", part.child, known, findings)
        for file, table in (("stock.csv", stock), ("demand.csv", demand), ("orders.csv", orders),
                            ("receipts.csv", receipts), ("suppliers.csv", suppliers)):  # fmt: skip
            for line, record in table:
                _known(file, line, "item", getattr(record, "item", ""), known, findings)
    dated = tuple(_dated(line, order, first_day, findings) for line, order in orders)
    for line, delivery in deliveries:
        if delivery.delivered is not None and delivery.delivered < delivery.ordered:
            findings.append(
                Finding("deliveries.csv", f"line {line}, delivered", str(delivery.delivered),
                        f"a date not before ordered, {delivery.ordered}", "Correct one of the dates.")
            )  # fmt: skip
    lines = tuple(part for _, part in bom)
    cycle = find_cycle(lines)
    if cycle:
        findings.append(
            Finding("bom.csv", f"item {cycle[0]}", "the cycle " + " -> ".join(cycle), "a bill of material without cycles",
                    "Remove one of these lines.")
        )  # fmt: skip
    if findings:
        raise BadInput(*findings)
    return MaterialTables(
        items=items, bom=lines, stock=_bare(stock), demand=_bare(demand), orders=dated,
        receipts=_bare(receipts), suppliers=_bare(suppliers), deliveries=_bare(deliveries), calendar=_bare(calendar),
    )  # fmt: skip


def _bare(rows: list[tuple[int, Row]]) -> tuple[Row, ...]:
    return tuple(row for _, row in rows)


def _items(rows: list[tuple[int, Item]], findings: list[Finding]) -> tuple[Item, ...]:
    first: dict[str, int] = {}
    items: list[Item] = []
    for line, item in rows:
        if item.item in first:
            findings.append(
                Finding("items.csv", f"line {line}, item", repr(item.item), f"each item once (it is already in line {first[item.item]})",
                        "Remove one of the rows.")
            )  # fmt: skip
        first.setdefault(item.item, line)
        if item.lead_time_weeks < 0:
            if item.source != "phantom":
                findings.append(
                    Finding(
                        "items.csv",
                        f"line {line}, lead_time_weeks",
                        "an empty cell",
                        "a whole number >= 0",
                        "Fill in the cell.",
                    )
                )
            item = msgspec.structs.replace(item, lead_time_weeks=0)
        items.append(item)
    return tuple(items)


def _known(file: str, line: int, column: str, item: str, known: set[str], findings: list[Finding]) -> None:
    if item not in known:
        findings.append(
            Finding(
                file,
                f"line {line}, {column}",
                repr(item),
                "an item in items.csv",
                "Add it to items.csv or correct the name.",
            )
        )


def _calendars(items: tuple[Item, ...], known: set[str], findings: list[Finding]) -> None:
    for item in items:
        if item.calendar and item.calendar not in known:
            found = f"calendar {item.calendar!r}"
            findings.append(
                Finding("items.csv", f"item {item.item}, calendar", found, "a calendar in calendar.csv", "Add its closed weeks.")
            )  # fmt: skip


def _dated(line: int, order: CustomerOrder, first_day: dt.date | None, findings: list[Finding]) -> CustomerOrder:
    if order.due_week is not None:
        return order
    place = f"line {line}, due_week"
    if not order.due or first_day is None:
        findings.append(
            Finding(
                "orders.csv",
                place,
                "an empty cell",
                "a week, or a due date and the first day of week 0",
                "Fill in due_week, or add --first-day to mrp or buy.",
            )
        )
        return order
    try:
        due = dt.datetime.fromisoformat(order.due).date()
    except ValueError:
        findings.append(Finding("orders.csv", f"line {line}, due", repr(order.due), "an ISO date", "Write 2026-11-30."))
        return order
    return msgspec.structs.replace(order, due_week=max(0, (due - first_day).days // 7))


def find_cycle(lines: tuple[BomLine, ...]) -> tuple[str, ...]:
    """Return one cycle in the bill of material as item names, first = last; empty if there is none."""
    children: dict[str, list[str]] = {}
    uses: dict[str, int] = {}
    for line in lines:
        children.setdefault(line.parent, []).append(line.child)
        children.setdefault(line.child, [])
        uses[line.child] = uses.get(line.child, 0) + 1
    ready = [item for item in children if not uses.get(item)]
    done: set[str] = set()
    while ready:
        item = ready.pop()
        done.add(item)
        for child in children[item]:
            uses[child] -= 1
            if not uses[child]:
                ready.append(child)
    left = [item for item in children if item not in done]
    if not left:
        return ()
    parents: dict[str, str] = {}
    for line in lines:
        if line.parent not in done and line.child not in done:
            parents[line.child] = line.parent
    # Every remaining item has a remaining parent, so walking up must return to a visited item.
    seen: dict[str, int] = {}
    path: list[str] = []
    item = left[0]
    while item not in seen:
        seen[item] = len(path)
        path.append(item)
        item = parents[item]
    loop = path[seen[item] :]
    loop.reverse()
    return (*loop, loop[0])
