"""Lots of purchased material: deliveries with their heat and certificate, the parts made from each lot, and recall by lot or heat.

A lot is a purchase's delivery, or stock that was present when the run started. Lots of that stock are listed in the shop's lots.csv (lot,
item, quantity, heat, certificate: a file); a person records with ``nightmill lots --receive`` which lots a delivery contains, and the run
writes that to its log. Blanks are used first in, first out; pieces of a delivery or of the stock without a recorded lot keep the
purchase's name, or ``opening``.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from nightmill.floor import ShopState, apply, empty_state
from nightmill.formats import read_document
from nightmill.plant.requests.inbox import asked_here
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.commands import MountPart
from nightmill.vocabulary.csv_text import csv_lines
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary
from nightmill.vocabulary.shop import Shop

OPENING = "opening"
LOTS_FILE = "lots.csv"
MOST_CERTIFICATE_BYTES = 64 * 1024 * 1024


class MaterialLot(msgspec.Struct, frozen=True):
    """A lot: ``quantity`` pieces of ``item`` by ``purchase_order`` (empty: in stock at the start), from which ``serials`` were made, in
    that order.

    ``certificate_sha256`` is the hash of the ``certificate`` file; ``heat`` the steel mill's heat number.
    """

    lot: str
    item: str
    quantity: int
    purchase_order: str
    supplier: str
    received_s: float
    heat: str
    certificate: str
    certificate_sha256: str
    serials: tuple[str, ...]

    @property
    def left(self) -> int:
        """Return the number of pieces still in stock; negative if more were used than are known to have arrived."""
        return self.quantity - len(self.serials)


class _Delivery:
    """Pieces delivered together, the lots recorded for them, and the serials made from them, in order."""

    def __init__(self, item: str, quantity: int, order: str, supplier: str, at_s: float) -> None:
        self.item, self.quantity, self.order, self.supplier, self.at_s = item, quantity, order, supplier, at_s
        self.named: list[a.NameLot] = []
        self.serials: list[str] = []

    def lots(self) -> list[MaterialLot]:
        """Return the lots in the order they were recorded, with the remainder under the delivery's own name."""
        named, begun, lots = sum(lot.quantity for lot in self.named), 0, []
        rest = a.NameLot(self.order or OPENING, self.item, max(0, self.quantity - named), self.order)
        for lot in (*self.named, rest):
            last = lot is rest
            taken = self.serials[begun:] if last else self.serials[begun : begun + lot.quantity]
            begun += len(taken)
            if lot.quantity or taken:
                lots.append(
                    MaterialLot(
                        lot.lot, self.item, lot.quantity, self.order, self.supplier, self.at_s, lot.heat, lot.certificate,
                        lot.certificate_sha256, tuple(taken),
                    )
                )  # fmt: skip
        return lots


def material_lots(
    log: Iterable[e.Event], stock: Mapping[str, int], opening: Iterable[a.NameLot] = ()
) -> tuple[MaterialLot, ...]:
    """Return every lot of purchased items according to the log. ``stock``: quantity at the start by item; ``opening``: the known lots of
    that stock. Tools aren't lots.
    """
    deliveries = {item: [_Delivery(item, quantity, "", "", 0.0)] for item, quantity in stock.items()}
    for lot in opening:
        deliveries.setdefault(lot.item, [_Delivery(lot.item, 0, "", "", 0.0)])[0].named.append(lot)
    suppliers: dict[str, str] = {}
    mounts: dict[str, MountPart] = {}
    for event in log:
        fact = event.fact
        if isinstance(fact, e.PurchaseDecided):
            suppliers[fact.purchase_order] = fact.supplier
        elif isinstance(fact, e.CommandIssued) and isinstance(fact.command, MountPart) and fact.command.blank_item:
            mounts[fact.command.command_id] = fact.command
        elif isinstance(fact, e.LotNamed):
            held = deliveries.get(fact.lot.item, [])
            found = next((each for each in held if each.order == fact.lot.purchase_order), None)
            if found is not None:
                found.named.append(fact.lot)
        elif isinstance(fact, e.Reported):
            _reported(fact.report, event.at_s, deliveries, suppliers, mounts)
    return tuple(lot for held in deliveries.values() for each in held for lot in each.lots())


def _reported(
    report: r.AnyReport, at_s: float, deliveries: dict[str, list[_Delivery]], suppliers: Mapping[str, str],
    mounts: dict[str, MountPart],
) -> None:  # fmt: skip
    if isinstance(report, r.Delivered) and not report.item.startswith("tool:"):
        order = report.purchase_order
        came = _Delivery(report.item, report.quantity, order, suppliers.get(order, ""), at_s)
        deliveries.setdefault(report.item, []).append(came)
    elif isinstance(report, r.PartMounted) and report.command_id in mounts:
        held = deliveries.setdefault(mounts.pop(report.command_id).blank_item, [])
        taken_from = next((each for each in held if len(each.serials) < each.quantity), held[-1] if held else None)
        if taken_from is not None:
            taken_from.serials.append(report.serial)


class ReceivedLot(msgspec.Struct, frozen=True):
    """A lot delivered for a ``purchase_order`` (or of the stock at the start: ``opening``), with its heat and certificate file.

    ``quantity`` 0: all pieces of the delivery that have no lot yet; ``item`` only for stock at the start.
    """

    purchase_order: str
    lot: str
    item: str = ""
    quantity: int = 0
    heat: str = ""
    certificate: Path | None = None


def name_lot(folder: Path, received: ReceivedLot, *, by: str) -> dict[str, Any]:
    """Ask the run to record a lot that was received. Raises ``BadInput``."""
    purchase_order, lot, item, certificate = received.purchase_order, received.lot, received.item, received.certificate
    _, _, lots = _lots_of(folder)
    order = "" if purchase_order == OPENING else purchase_order
    unnamed = [
        each
        for each in lots
        if each.purchase_order == order and each.lot == (order or OPENING) and item in ("", each.item)
    ]
    if len(unnamed) != 1:
        free = ", ".join(
            f"{each.lot} ({each.item}: {each.quantity})" for each in lots if each.lot in (each.purchase_order, OPENING)
        )
        raise BadInput(Finding(str(folder), "lot", f"{purchase_order} {item}".strip(), f"a delivery with pieces that have no lot: {free or 'none'}", "Name one of them; stock at the start with --item."))  # fmt: skip
    size = received.quantity or unnamed[0].quantity
    if not 1 <= size <= unnamed[0].quantity:
        raise BadInput(
            Finding(str(folder), "--quantity", str(size), f"1 .. {unnamed[0].quantity} pieces", "Correct it.")
        )
    if lot in {each.lot for each in lots}:
        raise BadInput(Finding(str(folder), "--lot", lot, "an unused lot name", "Choose another name."))
    digest = _digest(certificate) if certificate is not None else ""
    named = _checked_lot(a.NameLot, lot=lot, item=unnamed[0].item, quantity=size, purchase_order=order, heat=received.heat,
                   certificate=certificate.name if certificate is not None else "", certificate_sha256=digest)  # fmt: skip
    return asked_here(folder, named, by, "lot received")


def _checked_lot(kind: type[a.NameLot], **values: Any) -> a.NameLot:
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise BadInput(Finding("lot", "", str(error), "names without control characters", "Correct it.")) from error


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(read_ordinary(path, MOST_CERTIFICATE_BYTES)).hexdigest()
    except BadInput as error:
        raise BadInput(*(msgspec.structs.replace(each, place="certificate") for each in error.findings)) from error


def lots_answer(folder: Path, *, recall: str = "", serial: str = "") -> dict[str, Any]:
    """Return the lots of the shop's run; with ``recall`` (a lot or a heat), all parts made from it; with ``serial``, the material of that
    part.

    Raises ``BadInput`` for a lot, heat or part that doesn't exist.
    """
    shop, state, lots = _lots_of(folder)
    if serial:
        found = [lot for lot in lots if serial in lot.serials]
        if serial not in state.parts:
            raise BadInput(
                Finding(str(folder), "--serial", serial, "a part of this run", "List an order to see its serials.")
            )
        return {
            "serial": serial,
            "item": state.parts[serial].item,
            "order": state.parts[serial].order,
            "made_of": [_record(lot) for lot in found],
        }
    if not recall:
        return {"lots": [_record(lot) for lot in lots]}
    hit = [lot for lot in lots if recall in (lot.lot, lot.heat)]
    if not hit:
        known = ", ".join(dict.fromkeys(word for lot in lots for word in (lot.lot, lot.heat) if word))
        raise BadInput(
            Finding(str(folder), "--recall", recall, f"a lot or heat: {known or 'none'}"[:400], "Name one of them.")
        )
    customers = {order.id: order.customer for order in shop.orders}
    parts = [
        {
            "serial": made, "item": state.parts[made].item, "order": state.parts[made].order, "lot": lot.lot,
            "customer": customers.get(state.parts[made].order, ""), "place": state.parts[made].place,
            "disposition": state.parts[made].disposition, "delivered": state.orders[state.parts[made].order].completed_s is not None,
        }
        for lot in hit
        for made in lot.serials
    ]  # fmt: skip
    return {
        "recall": recall, "lots": [_record(lot) for lot in hit], "in_stock": sum(max(0, lot.left) for lot in hit), "parts": parts,
        "orders": sorted({str(part["order"]) for part in parts}),
        "customers": sorted({str(part["customer"]) for part in parts if part["customer"]}),
    }  # fmt: skip


def _record(lot: MaterialLot) -> dict[str, Any]:
    return {**msgspec.to_builtins(lot), "left": lot.left}


def _lots_of(folder: Path) -> tuple[Shop, ShopState, tuple[MaterialLot, ...]]:
    shop = whole_shop(folder)
    log = read_events(folder)
    state = empty_state(shop)
    stock = dict(state.stock)
    for event in log:
        apply(state, event)
    return shop, state, material_lots(log, stock, opening_lots(folder, stock))


def opening_lots(folder: Path, stock: Mapping[str, int]) -> tuple[a.NameLot, ...]:
    """Return the lots in lots.csv; they must be of purchased items and no more than is in ``stock``. Raises ``BadInput`` with every
    finding.
    """
    path = folder / LOTS_FILE
    if not is_there(path):
        return ()
    findings, lots = [], list[a.NameLot]()
    for line, row in csv_lines(read_document(path), LOTS_FILE):
        values = {key: cell.strip() for key, cell in row.items()}
        place, size = f"line {line}", values.get("quantity", "")
        if not size.isdigit() or not values.get("lot") or values.get("item") not in stock:
            found = f"lot {values.get('lot', '')!r}, item {values.get('item', '')!r}, quantity {size!r}"
            findings.append(
                Finding(LOTS_FILE, place, found, "a lot, a purchased item, a whole number", "Correct the line.")
            )
            continue
        paper = folder / values["certificate"] if values.get("certificate") else None
        try:
            lots.append(
                _checked_lot(a.NameLot, lot=values["lot"], item=values["item"], quantity=int(size), heat=values.get("heat", ""),
                       certificate=values.get("certificate", ""), certificate_sha256=_digest(paper) if paper else "")
            )  # fmt: skip
        except BadInput as error:
            findings += [
                msgspec.structs.replace(each, place=f"{place}, {each.place}".rstrip(", ")) for each in error.findings
            ]
    for item, most in stock.items():
        known = sum(lot.quantity for lot in lots if lot.item == item)
        if known > most:
            findings.append(
                Finding(
                    LOTS_FILE,
                    item,
                    f"{known} pieces in lots",
                    f"at most the {most} in stock",
                    "Correct lots.csv or stock.csv.",
                )
            )
    names = [lot.lot for lot in lots]
    for name in sorted({name for name in names if names.count(name) > 1}):
        findings.append(Finding(LOTS_FILE, "lot", f"{name} twice", "each lot once", "Rename one of them."))
    if findings:
        raise BadInput(*findings)
    return tuple(lots)
