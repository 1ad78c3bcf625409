"""Purchasing from a planning folder: purchases are proposed, approved by a person or a policy, and sent to the ERP system exactly once."""

import datetime as dt
import os
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from nightmill.drivers import erp as systems
from nightmill.formats import read_document, read_shop, read_tables, write_atomic
from nightmill.vocabulary.csv_text import column_of
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import is_there

POLICY = "policy "
"""Prefix of the approver's name if a policy approved the purchase."""
BOOK = "purchases.json"
"""File in a planning folder that stores proposed, approved and sent purchases."""


class Entry(msgspec.Struct, frozen=True):
    """A purchase in the folder's book; ``by`` and ``why`` record who decided on it, and the reason.

    ``state`` is ``proposed``, ``approved``, ``sent``, ``ordered`` (receipts.csv lists it) or ``done`` (received, or called off).
    """

    id: str
    item: str
    supplier: str
    quantity: int
    needed_by: dt.date
    unit_usd: float
    total_usd: float
    reason: str
    state: str = "proposed"
    by: str = ""
    why: str = ""
    erp_name: str = ""


class PurchaseDecisions(msgspec.Struct, frozen=True):
    """A person's decisions about purchases, by id: those to ``approve``, and those that have arrived or were cancelled (``done``)."""

    approve: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    by: str = ""


def buy_folder(
    folder: Path,
    decisions: PurchaseDecisions = PurchaseDecisions(),
    *,
    first_day: str = "",
    within_weeks: int = 1,
    policy: Path | None = None,
    erp: systems.Erp | None = None,
) -> dict[str, Any]:
    """Plan, propose purchases, record approvals, and send the approved purchases; the answer of ``nightmill buy``.

    The folder's ``purchases.json`` keeps every purchase. An approved or sent purchase stays as it is and isn't proposed again: it counts
    as on order until receipts.csv lists it (column ``order``), or a person marks it ``done``.
    ``first_day`` (of week 0) may be left out for a shop, since a shop has a start date. Raises ``BadInput`` for missing quotes, an unknown
    id, an approval without a name, or a policy that can't be read.
    """
    from nightmill.mrp import compute_plan, plan_answer
    from nightmill.plant.analysis.materials.material_plan import planning_tables
    from nightmill.procurement import PolicyInForce, purchase_proposals

    is_shop = not first_day and (folder / "shop.toml").exists()
    day = read_shop(folder).start.date() if is_shop else _first_day(first_day)
    tables = planning_tables(folder, "items.csv", "quotes.csv", first_day=day)
    texts = read_tables(folder, any_case=True, only=("quotes.csv", "receipts.csv"))
    book = {entry.id: entry for entry in _read_book(folder) if entry.state != "proposed"}
    _mark_ordered(book, texts.get("receipts.csv", ""))
    _mark_done(book, decisions.done, decisions.by)
    begin = f"{day.isoformat()}/"
    coming = [each for each in book.values() if each.state in ("approved", "sent") and not each.id.startswith(begin)]
    # a purchase on order counts on the day it is needed, or today if that day is past
    counted = tables.with_receipts((e.item, max(0, (e.needed_by - day).days // 7), e.quantity) for e in coming)
    orders = plan_answer(compute_plan(counted), 0.0).planned_orders
    propose = partial(
        purchase_proposals, orders, texts["quotes.csv"], day, within_weeks,
        bought={item.item for item in tables.items if item.source == "buy"},
    )  # fmt: skip
    decided = {ident.removeprefix(begin) for ident in [*book, *decisions.approve] if ident.startswith(begin)}
    text = read_document(policy) if policy is not None else ""
    plan = propose(policy=PolicyInForce(text, _pending_policy_usd(book, day)), decided=decided)
    _add_proposals(book, plan.proposed, day, "" if policy is None else policy.name)
    if decisions.approve:
        _add_proposals(book, propose().proposed, day, "")
    _approve(book, decisions.approve, decisions.by)
    _write_book(folder, book)
    if erp is not None:
        _send(folder, book, erp)
    return {
        "first_day": day.isoformat(),
        "purchases": [msgspec.to_builtins(entry) for entry in book.values()],
        "without_quote": [
            {
                "item": each.item, "quantity": each.quantity, "why": each.why,
                "needed_by": (day + dt.timedelta(weeks=each.needed_week)).isoformat(),
            }
            for each in plan.unquoted
        ],
        "overdue": [each.id for each in coming if each.needed_by < day],
    }  # fmt: skip


def _pending_policy_usd(book: Mapping[str, Entry], day: dt.date) -> float:
    """Return the total (USD) of open purchases approved by policies and not confirmed by anybody, so that running the command again
    doesn't spend more.
    """
    return sum(
        each.total_usd
        for each in book.values()
        if each.by.startswith(POLICY) and each.state in ("approved", "sent") and each.needed_by >= day
    )


def _add_proposals(book: dict[str, Entry], proposed: Sequence[tuple[Any, Any]], day: dt.date, policy: str) -> None:
    """Add proposals to the book, with the policy's decision on each."""
    for one, ruling in proposed:
        ident = f"{day.isoformat()}/{one.id}"
        needed = day + dt.timedelta(weeks=one.needed_week)
        entry = Entry(ident, one.item, one.supplier, one.quantity, needed, one.unit_usd, one.total_usd, one.reason)
        book.setdefault(ident, entry)
        if ruling is not None:
            state = "approved" if ruling.verdict == "send" else "proposed"
            book[ident] = msgspec.structs.replace(book[ident], state=state, by=POLICY + policy, why=ruling.reason)


def _send(folder: Path, book: dict[str, Entry], erp: systems.Erp) -> None:
    for entry in [each for each in book.values() if each.state == "approved"]:
        # one at a time, each saved at once, so that a sent purchase is on record whatever happens next
        purchase = systems.Purchase(
            entry.id, entry.item, entry.supplier, entry.quantity, entry.needed_by, entry.unit_usd
        )
        name = erp.push([purchase])[entry.id]
        book[entry.id] = msgspec.structs.replace(entry, state="sent", erp_name=name)
        _write_book(folder, book)


def _mark_ordered(book: dict[str, Entry], receipts: str) -> None:
    """Mark as ordered the purchases that are found among the open orders (by our id or the ERP system's); from now on they count as open
    orders.
    """
    named = (column_of(receipts, "order") or set()) - {""}
    for ident, entry in book.items():
        if entry.state in ("approved", "sent") and (ident in named or entry.erp_name in named):
            book[ident] = msgspec.structs.replace(entry, state="ordered")


def _mark_done(book: dict[str, Entry], idents: Sequence[str], by: str) -> None:
    known = [ident for ident, entry in book.items() if entry.state != "proposed"]
    _refuse_unknown("--done", idents, known, "the id of an approved or sent purchase", by)
    for ident in idents:
        book[ident] = msgspec.structs.replace(book[ident], state="done", by=by, why="received, or called off")


def _refuse_unknown(option: str, idents: Sequence[str], known: Collection[str], expected: str, by: str) -> None:
    findings = [Finding(option, "", repr(i), expected, "Look it up in the list.") for i in idents if i not in known]
    if idents and not by:
        findings.append(Finding("--by", "", "nothing", "the name of the person who decides", "Add --by NAME."))
    if findings:
        raise BadInput(*findings)


def erp_system(kind: str, url: str, database: str = "", record: Path | None = None) -> systems.Erp:
    """Connect to the ERP system at an address; its keys come from NIGHTMILL_ERP_USER and NIGHTMILL_ERP_KEY. Raises ``BadInput``.

    Requests and replies are also written to the file ``record``, without the keys.
    """
    user, key = os.environ.get("NIGHTMILL_ERP_USER", ""), os.environ.get("NIGHTMILL_ERP_KEY", "")
    if not user or not key:
        remedy = "Set NIGHTMILL_ERP_USER (ERPNext: the API key; Odoo: the user) and NIGHTMILL_ERP_KEY (its secret)."
        raise BadInput(Finding("environment", "NIGHTMILL_ERP_USER, NIGHTMILL_ERP_KEY", "not set", "both", remedy))
    ask: systems.Ask = systems.ask_over_http
    if record is not None:
        ask = systems.recorded(ask, record, {"<key>": key, "<user>": user, "<database>": database})
    if kind == "erpnext":
        return systems.ErpNext(url, user, key, ask)
    if kind == "odoo":
        if not database:
            raise BadInput(Finding("--database", "", "nothing", "the name of Odoo's database", "Name it."))
        return systems.Odoo(url, database, user, key, ask)
    raise BadInput(Finding("--erp", "", repr(kind), "erpnext or odoo", "Choose one of them."))


def pull_erp(erp: systems.Erp, out: Path, first_day: str) -> dict[str, Any]:
    """Write the planning tables of an ERP system into a folder and check them; the answer of ``nightmill import erp``."""
    from nightmill.mrp import read_tables as checked

    texts = erp.pull(_first_day(first_day))
    tables = checked(texts)
    for name, text in texts.items():
        write_atomic(out / name, text)
    counts = {name: len(getattr(tables, name)) for name in ("items", "bom", "stock", "orders", "receipts", "suppliers")}
    return {"folder": str(out), **counts}


def _approve(book: dict[str, Entry], idents: Sequence[str], by: str) -> None:
    _refuse_unknown("--approve", idents, book, "the id of a proposed purchase", by)
    for ident in idents:
        if book[ident].state == "proposed":
            book[ident] = msgspec.structs.replace(book[ident], state="approved", by=by, why="approved by a person")


def _first_day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            Finding("--first-day", "", repr(text), "a date, YYYY-MM-DD", "Write it like 2026-11-02.")
        ) from error


def _read_book(folder: Path) -> list[Entry]:
    path = folder / BOOK
    if not is_there(path):
        return []
    try:
        return msgspec.json.decode(read_document(path).encode(), type=list[Entry])
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput(Finding(str(path), "", str(error), "a list of purchases", "Restore the file.")) from error


def _write_book(folder: Path, book: dict[str, Entry]) -> None:
    write_atomic(folder / BOOK, msgspec.json.format(msgspec.json.encode(list(book.values())), indent=1) + b"\n")
