"""Read the CSV files of a shop and its parts folder into records, and check every reference."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Literal, cast

import msgspec

from nightmill.formats.findings import Findings, did_you_mean
from nightmill.formats.shop.shop_toml import FinishingTable, PartTable
from nightmill.formats.shop.tables import SHOP_TOML, Clock, check_material
from nightmill.formats.shop.threads import thread_named
from nightmill.formats.shop.toml_tables import build, read_toml
from nightmill.formats.tables.csv import Row, read_rows
from nightmill.vocabulary import validation
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.ordinary_files import is_there, open_ordinary
from nightmill.vocabulary.plan import Thread
from nightmill.vocabulary.shop import (
    BLANK_PREFIX,
    BomLine,
    Finishing,
    Item,
    OperationsRequest,
    PartFile,
    Receipt,
    Requirement,
)
from nightmill.vocabulary.units import WEEK_S

TOOL_PREFIX = "tool:"
_BAD_IN_NAMES = set('/\\:*?"<>|\n\r\t')
MOST_STEP_BYTES = 1 << 30
"""Size limit of a part's STEP file, larger than any real file."""
_ALIASES = {"qty": "quantity", "part": "item"}


@dataclass
class Book:
    """The contents of the CSV files while they are being read."""

    items: dict[str, Item] = field(default_factory=dict)
    materials: dict[str, str] = field(default_factory=dict)
    parts: dict[str, PartFile] = field(default_factory=dict)
    orders: list[OperationsRequest] = field(default_factory=list)
    bom: list[BomLine] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    history: list[tuple[str, int, int]] = field(default_factory=list)


def read_book(
    folder: Path,
    clock: Clock,
    default_material: str,
    tools: Collection[int] | None,
    findings: Findings,
    *,
    orders: bool,
) -> Book:
    """Read parts, items, stock, suppliers, bill of material, orders, receipts and history of a shop folder.
    ``tools``: the existing tool numbers, ``None`` if they aren't known here. ``orders``: if false, orders.csv isn't read.
    """
    book = Book()
    _items(folder, book, findings)
    _parts(folder, book, default_material, findings)
    if orders:
        _orders(folder, book, clock, findings)
    _complete_items(folder, book, tools, findings)
    _suppliers(folder, book, findings)
    _stock(folder, book, findings)
    _bom(folder, book, findings)
    _receipts(folder, book, clock, findings)
    _history(folder, book, findings)
    return book


def _items(folder: Path, book: Book, findings: Findings) -> None:
    for row in read_rows(folder / "items.csv", ("item",), findings):
        name = row.name("item")
        if name in book.items:
            row.note("item", f"{name} twice", "one row per item", "Remove one of the rows.")
            continue
        source = row.text("source", "buy")
        if source not in ("make", "buy", "phantom"):
            row.note(
                "source",
                source,
                "make, buy or phantom",
                did_you_mean(source, ("make", "buy", "phantom"), "Correct it."),
            )
            source = "buy"
        weeks = row.number("lead_time_weeks", -1.0, -1.0, 520.0)
        days = row.number("lead_time_days", weeks * 7.0 if weeks >= 0 else 2.0, 0.0, 3650.0)
        if row.text("material"):
            book.materials[name] = row.text("material")
        book.items[name] = Item(
            item=name,
            source=cast('Literal["make", "buy", "phantom"]', source),
            supplier=row.text("supplier"),
            price_usd=row.number("price_usd") if row.text("price_usd") else None,
            lead_time_days=days,
            lot_size=row.whole("lot_size", 1, 1, 10**9),
            reorder_point=row.whole("reorder_point", 0, 0, 10**9),
        )


def _parts(folder: Path, book: Book, default_material: str, findings: Findings) -> None:
    parts = folder / "parts"
    tables = (
        sorted(parts.glob("*.toml")) if parts.is_dir() else []
    )  # read the tables first: a new part's table is written before its STEP file
    steps = sorted(_step_files(parts)) if parts.is_dir() else []
    if is_there(parts) and not parts.is_dir():
        findings.add("parts", "", "no folder", "a folder with the parts' STEP files", "Put a folder there.")
    elif not steps:
        findings.add("parts", "", "no STEP file", "parts/NAME.step for each part", "Put the parts' STEP files there.")
    looks = validation.Names()
    for path in steps:
        name = path.stem
        if name in book.parts:
            findings.add(
                f"parts/{path.name}", "", f"part {name} twice", "one STEP file per part", "Remove one of them."
            )
            continue
        if not _part_name_holds(path, findings):
            continue
        other = looks.resembled(name)
        if other:
            wrong = validation.resembling(name, other)
            findings.add(f"parts/{path.name}", "", wrong.found, wrong.expected, "Rename the file.")
        looks.add(name)
        _check_step(path, findings)
        table = _part_table(path.with_suffix(".toml"), findings)
        blank = table.blank_item or BLANK_PREFIX + name
        material = table.material or book.materials.get(name) or book.materials.get(blank) or default_material
        book.parts[name] = PartFile(
            name=name,
            step=f"parts/{path.name}",
            material=material,
            revision=table.revision,
            blank_item=blank,
            price_usd=table.price_usd,
            requirements=tuple(_requirements(table, path, findings)),
            threads=tuple(_threads(table, path, findings)),
            fixture=table.fixture,
            finishing=tuple(_finishing(line) for line in table.finishing),
        )
    names = {path.stem for path in steps}
    for path in tables:
        if path.stem not in names and not _comes(path):
            remedy = did_you_mean(path.stem, names, "Add the STEP file or remove this one.")
            findings.add(f"parts/{path.name}", "", "no STEP file of that name", f"parts/{path.stem}.step", remedy)


def _comes(table: Path) -> bool:
    """Whether the table's part is just being added: a hidden file announces its STEP file, or the STEP file has appeared meanwhile."""
    step = table.with_suffix(".step")
    return step.with_name(f".{step.name}").exists() or step.exists()


def _finishing(line: FinishingTable) -> Finishing:
    """Return the finishing step; ``machine`` is the id of a table, whose machines are assigned once shop.toml is read."""
    values = {name: value for name, value in msgspec.structs.asdict(line).items() if name != "machine"}
    return Finishing(**values, machines=(line.machine,) if line.machine else ())


def _step_files(parts: Path) -> Iterator[Path]:
    for path in parts.iterdir():
        if path.suffix.lower() in (".step", ".stp") and not path.name.startswith("."):
            yield path


def _part_name_holds(path: Path, findings: Findings) -> bool:
    """Return whether a file's name is valid for a part; if not, a finding is added and the part is left out."""
    name, file = path.stem, f"parts/{path.name}"
    try:
        name.encode()
        if _BAD_IN_NAMES & set(name):
            raise validation.Wrong(validation.shortened(name), 'a name without / \\ : * ? " < > |')
        validation.name(name)
    except UnicodeEncodeError:
        findings.add(file, "", ascii(name), "a name in UTF-8", "Rename the file.")
        return False
    except validation.Wrong as wrong:
        findings.add(file, "", wrong.found, wrong.expected, "Rename the file.")
        return False
    return True


def _check_step(path: Path, findings: Findings) -> None:
    try:
        with open_ordinary(path, MOST_STEP_BYTES, f"parts/{path.name}") as file:
            head = file.read(4096)
    except BadInput as error:
        findings.extend(error.findings)
        return
    if b"ISO-10303-21" not in head:
        found = "an empty file" if not head else f"a file that begins with {head[:24]!r}"
        findings.add(
            f"parts/{path.name}",
            "",
            found,
            "a STEP file (ISO-10303-21)",
            "Export the part as STEP AP203, AP214 or AP242.",
        )


def _part_table(path: Path, findings: Findings) -> PartTable:
    if not is_there(path):
        return PartTable()
    own = Findings()
    raw = read_toml(path, own)
    table = None if raw is None else build(PartTable, raw, path.name, "", own)
    findings.extend(msgspec.structs.replace(one, file=f"parts/{path.name}") for one in own.items())
    return table or PartTable()


def _requirements(table: PartTable, path: Path, findings: Findings) -> Iterator[Requirement]:
    for n, line in enumerate(table.requirements, 1):
        if not line.lower <= line.upper:
            findings.add(
                f"parts/{path.stem}.toml", f"requirements[{n}]", f"lower {line.lower:g}, upper {line.upper:g}",
                "lower at most upper, both absolute", "Swap them, or write absolute limits instead of deviations.",
            )  # fmt: skip
        elif not line.lower - 1e-9 <= line.nominal <= line.upper + 1e-9 and line.upper - line.lower > 0:
            findings.add(
                f"parts/{path.stem}.toml", f"requirements[{n}]", f"nominal {line.nominal:g} outside {line.lower:g} .. {line.upper:g}",
                "absolute limits around the nominal value", "Write absolute limits: 12 +0.02/0 has lower 12 and upper 12.02.",
            )  # fmt: skip
        yield Requirement(kind=line.kind, nominal=line.nominal, lower=line.lower, upper=line.upper, faces=line.faces)


def _threads(table: PartTable, path: Path, findings: Findings) -> Iterator[Thread]:
    for n, line in enumerate(table.threads, 1):
        try:
            yield thread_named(line.size, line.faces, line.depth_mm)
        except ValueError as error:
            findings.add(
                f"parts/{path.stem}.toml",
                f"threads[{n}]",
                str(error),
                "a metric or an inch thread",
                'Write size = "M6", "M6x0.75" or "1/4-20".',
            )


def _complete_items(folder: Path, book: Book, tools: Collection[int] | None, findings: Findings) -> None:
    """Add the parts and blanks that items.csv doesn't list, and check items that stand for tools."""
    listed = is_there(folder / "stock.csv")
    for part in book.parts.values():
        book.items.setdefault(part.name, Item(item=part.name, source="make", lead_time_days=0.0))
        if part.blank_item not in book.items:
            ordered = sum(order.quantity for order in book.orders if order.item == part.name)
            assumed = 0 if listed else ordered + (ordered + 9) // 10
            book.items[part.blank_item] = Item(item=part.blank_item, source="buy", on_hand=assumed)
    for name in book.items:
        if name.startswith(TOOL_PREFIX) and tools is not None:
            _check_tool_item(name, tools, "items.csv", f"item {name}", findings)


def _check_tool_item(name: str, tools: Collection[int], file: str, place: str, findings: Findings) -> None:
    number = name[len(TOOL_PREFIX) :]
    if not (number.isascii() and number.isdigit() and int(number) in tools):
        findings.add(
            file,
            place,
            f"tool {number!r}",
            "the number of a tool of the shop",
            "Add it under [[tools]] or correct the number.",
        )


def _known_item(row: Row, column: str, book: Book) -> str | None:
    name = row.name(column)
    if not name:
        return None
    if name not in book.items:
        remedy = did_you_mean(name, book.items, f"Add {name} to items.csv.")
        if name.startswith(TOOL_PREFIX):
            remedy = "Remove the row: supplier, price and stock of a tool belong in its [[tools]] table in shop.toml."
        row.note(column, name, "an item of items.csv or a part", remedy)
        return None
    return name


def _suppliers(folder: Path, book: Book, findings: Findings) -> None:
    best: dict[str, int] = {}
    for row in read_rows(folder / "suppliers.csv", ("supplier", "item"), findings):
        supplier, item = row.name("supplier"), _known_item(row, "item", book)
        priority = row.whole("priority", 1, 0, 10**6)
        weeks = row.number("lead_time_weeks", -1.0, -1.0, 520.0)
        days = row.number("lead_time_days", weeks * 7.0, -7.0, 3650.0)
        price = row.number("price_usd", -1.0, -1.0)
        row.number("recover_weeks", 0.0)
        if item is None or (item in best and best[item] <= priority):
            continue
        best[item] = priority
        old = book.items[item]
        if old.supplier and old.supplier != supplier:
            continue
        book.items[item] = msgspec.structs.replace(
            old,
            supplier=supplier,
            lead_time_days=days if days >= 0 else old.lead_time_days,
            price_usd=price if price >= 0 else old.price_usd,
        )


def _stock(folder: Path, book: Book, findings: Findings) -> None:
    for row in read_rows(folder / "stock.csv", ("item", "on_hand"), findings):
        item, amount = _known_item(row, "item", book), row.whole("on_hand", None, 0, 10**9)
        if item is not None:
            old = book.items[item]
            book.items[item] = msgspec.structs.replace(old, on_hand=old.on_hand + amount)


def _bom(folder: Path, book: Book, findings: Findings) -> None:
    for row in read_rows(folder / "bom.csv", ("parent", "child", "quantity"), findings, _ALIASES):
        parent, child = _known_item(row, "parent", book), _known_item(row, "child", book)
        quantity = row.whole("quantity", None, 1, 10**6)
        if parent is not None and child is not None:
            book.bom.append(BomLine(parent=parent, child=child, quantity=quantity))
    lines = {(line.parent, line.child) for line in book.bom}
    for part in book.parts.values():
        if (part.name, part.blank_item) not in lines:
            book.bom.append(BomLine(parent=part.name, child=part.blank_item, quantity=1))
    cycle = _cycle(book.bom)
    if cycle:
        findings.add(
            "bom.csv", "", " > ".join(cycle), "a bill of material without a cycle", "Remove one of these lines."
        )


def _cycle(bom: list[BomLine]) -> list[str]:
    """Return one cycle in the bill of material as a path that ends where it starts, or an empty list."""
    children: dict[str, list[str]] = {}
    for line in bom:
        children.setdefault(line.parent, []).append(line.child)
    done: set[str] = set()
    for root in children:
        path: list[str] = []
        trail: list[tuple[str, Iterator[str]]] = []
        node: str | None = root
        while node is not None or trail:
            if node is not None and node not in done:
                if node in path:
                    return [*path[path.index(node) :], node]
                path.append(node)
                trail.append((node, iter(children.get(node, ()))))
            node = next(trail[-1][1], None) if trail else None
            if node is None and trail:
                done.add(trail.pop()[0])
                path.pop()
    return []


def _moment(row: Row, column: str, clock: Clock, *, end_of_day: bool) -> float | None:
    text = row.text(column)
    if not text:
        return None
    try:
        return clock.seconds(text, end_of_day=end_of_day)
    except validation.Wrong as wrong:
        row.note(column, text, wrong.expected, "Write year-month-day, optionally followed by Thour:minute.")
        return 0.0


def _orders(folder: Path, book: Book, clock: Clock, findings: Findings) -> None:
    seen: set[str] = set()
    looks = validation.Names()
    for ending in () if is_there(folder / "orders.csv") else (".xlsx", ".xls", ".ods"):
        if is_there(folder / f"orders{ending}"):
            remedy = f"Run: nightmill import orders {folder.name}/orders{ending} {folder.name}"
            findings.add(f"orders{ending}", "", "a workbook, which a shop doesn't read", "orders.csv", remedy)
    for row in read_rows(folder / "orders.csv", ("order", "item", "quantity"), findings, _ALIASES):
        name, item = _order_name(row, looks), row.name("item")
        if name in seen:
            row.note("order", f"{name} twice", "unique order numbers", "Give it a unique number.")
        seen.add(name)
        if item and book.parts and item not in book.parts:
            remedy = did_you_mean(item, book.parts, f"Put parts/{item}.step into the shop or correct the order.")
            row.note("item", item, "a part with a STEP file", remedy)
        quantity = row.whole("quantity", None, 1, 10**6)
        due = _moment(row, "due", clock, end_of_day=True)
        if due is None:
            if not row.text("due_week"):
                row.note(
                    "due",
                    "nothing",
                    "a due date",
                    "Fill in due (a date) or due_week (weeks from the start; 0 is the first).",
                )
            due = (row.number("due_week", 0.0, 0.0, 520.0) + 1.0) * WEEK_S - 1.0
        release = _moment(row, "release", clock, end_of_day=False) or 0.0
        if release > due and row.text("due") and row.text("release"):
            row.note("release", row.text("release"), "a date before the due date", "Correct release or due.")
        if clock.certain and abs(due) > 10 * 366 * 86400.0:
            row.note("due", row.text("due"), "a date within ten years of the shop's start", "Correct the year.")
        priority = row.whole("priority", 1, 0, 1000)
        elsewhere_s = 86400.0 * book.parts[item].finishing_days() if item in book.parts else 0.0
        request = OperationsRequest(
            name, item, max(quantity, 1), due - elsewhere_s, max(release, 0.0), priority, row.text("customer"),
            tuple(filter(None, (each.strip() for each in row.text("after").split(";")))),
        )  # fmt: skip
        book.orders.append(request)
    _check_after(book, findings)


def _order_name(row: Row, looks: validation.Names) -> str:
    """Return the order's name; an invalid one, or one that looks like another, is a finding."""
    name = row.text("order")
    if not name:
        return row.name("order")
    try:
        looks.check(validation.order_name(name))
    except validation.Wrong as wrong:
        row.note("order", wrong.found, wrong.expected, "Give it another name.")
    looks.add(name)
    return name


def _check_after(book: Book, findings: Findings) -> None:
    """Check the column ``after``: known orders only, and no order that waits for itself, even indirectly."""
    known = {order.id for order in book.orders}
    book.orders = [_with_after(order, known) for order in book.orders]
    for order in book.orders:
        for other in order.after:
            if other not in known:
                remedy = did_you_mean(other, known, "Correct the name, or add that order.")
                findings.add("orders.csv", f"order {order.id}, after", other, "an order of orders.csv", remedy)
    try:
        TopologicalSorter({order.id: order.after for order in book.orders}).prepare()
    except CycleError as error:
        circle = " waits for ".join(reversed(error.args[1]))
        findings.add("orders.csv", "after", circle, "orders that don't wait for each other", "Leave out one of them.")


def _with_after(order: OperationsRequest, known: Collection[str]) -> OperationsRequest:
    """Return the order with ``after`` split into single orders: at ``;``, and also at spaces if no order's name contains any."""
    parted = [[each] if each in known else each.split() for each in order.after]
    return msgspec.structs.replace(order, after=tuple(dict.fromkeys(name for names in parted for name in names)))


def check_fixtures(book: Book, kinds: Collection[str], findings: Findings) -> None:
    """Findings for parts that need a fixture not listed in the shop."""
    for part in book.parts.values():
        if part.fixture and part.fixture not in kinds:
            remedy = did_you_mean(part.fixture, kinds, "Add it under [[fixtures]] of shop.toml.")
            findings.add(f"parts/{part.name}.toml", "fixture", part.fixture, "a kind of [[fixtures]]", remedy)


def _receipts(folder: Path, book: Book, clock: Clock, findings: Findings) -> None:
    for row in read_rows(folder / "receipts.csv", ("item", "quantity"), findings, {"qty": "quantity"}):
        item, quantity = _known_item(row, "item", book), row.whole("quantity", None, 1, 10**9)
        due = _moment(row, "due", clock, end_of_day=False)
        if due is None:
            due = row.number("week", None, 0.0, 520.0) * WEEK_S
        if item is not None:
            book.receipts.append(Receipt(item=item, quantity=quantity, due_s=max(due, 0.0)))


def _history(folder: Path, book: Book, findings: Findings) -> None:
    for row in read_rows(folder / "history.csv", ("item", "period", "quantity"), findings, {"qty": "quantity"}):
        item = _known_item(row, "item", book)
        period, quantity = row.whole("period", None, -(10**6), 10**6), row.whole("quantity", None, 0, 10**9)
        if item is not None:
            book.history.append((item, period, quantity))


def check_materials(book: Book, default: str, known: Collection[str] | None, findings: Findings) -> None:
    """Add findings for parts and items of unknown material; ``default`` is the shop's default material."""
    check_material(default, known, SHOP_TOML, "shop.material", findings)
    for part in book.parts.values():
        if part.material != default:
            check_material(part.material, known, f"parts/{part.name}.toml", "material", findings)
    used = {part.material for part in book.parts.values()}
    for item, material in book.materials.items():
        if material not in used:
            check_material(material, known, "items.csv", f"item {item}", findings)
