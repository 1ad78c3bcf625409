"""An order book into orders.csv: merged, previewed, refused whole."""

import shutil
from pathlib import Path

import msgspec
import openpyxl
import pytest

from nightmill.plant.interop import import_orders
from nightmill.plant.requests.order_table import read_sheet
from nightmill.plant.shop_schedule.mrp_tables import planning_texts
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.errors import BadInput

PARTS = Path(__file__).parents[3] / "src" / "nightmill" / "plant" / "example" / "parts"
SHOP = '[shop]\nname = "Small"\nstart = 2026-11-02T07:00:00\ntime_zone = "Europe/Berlin"\n\n[[machines]]\nid = "mill"\nkind = "mill"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shop = tmp_path / "shop"
    (shop / "parts").mkdir(parents=True)
    shutil.copy(PARTS / "bracket.step", shop / "parts" / "bracket.step")
    (shop / "shop.toml").write_text(SHOP)
    return shop


def _states(answer: dict[str, object]) -> dict[str, str]:
    orders = answer["orders"]
    assert isinstance(orders, list)
    return {each["order"]: each["state"] for each in orders}


def test_a_workbook_becomes_orders_that_the_shop_reads(folder: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["only a cover"])
    sheet = book.create_sheet("Orders")
    for row in (["Auftrag", "Artikel", "Menge", "Termin"], ["A-1", "Bracket", 4, "30.11.2026"]):
        sheet.append(row)
    book.save(folder / "orders.xlsx")
    with pytest.raises(BadInput, match="nightmill import orders"):
        whole_shop(folder)
    assert import_orders(folder / "orders.xlsx", folder, preview=True)["written"] is False
    assert not (folder / "orders.csv").exists()
    assert _states(import_orders(folder / "orders.xlsx", folder)) == {"A-1": "new"}
    assert [(each.id, each.item, each.quantity) for each in whole_shop(folder).orders] == [("A-1", "bracket", 4)]


def test_a_workbook_beside_orders_csv_is_no_second_table(folder: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Auftrag", "Artikel", "Menge", "Termin"], ["A-1", "bracket", 4, "30.11.2026"]):
        book.active.append(row)
    book.save(folder / "orders.xlsx")
    import_orders(folder / "orders.xlsx", folder)
    assert "A-1,bracket,4" in planning_texts(folder)["orders.csv"]


def test_orders_of_the_same_name_are_replaced_and_all_else_stays(folder: Path, tmp_path: Path) -> None:
    (folder / "orders.csv").write_text(
        "order,part,qty,due_week,priority,after,note\n"
        "A-1,bracket,4,1,5,,first\nA-2,bracket,1,2,,A-1,second\nA-3,bracket,1,3,,,\n"
    )
    table = tmp_path / "book.csv"
    table.write_text("Bestellung;Teil;Stück;Termin\nA-2;bracket;3;11.12.2026\nA-9;bracket;7;12.12.2026\n", "cp1252")
    answer = import_orders(table, folder)
    assert _states(answer) == {"A-2": "changed", "A-9": "new"}
    assert answer["kept"] == 2
    orders = {each.id: each for each in whole_shop(folder).orders}
    assert sorted(orders) == ["A-1", "A-2", "A-3", "A-9"]
    assert (orders["A-2"].quantity, orders["A-2"].after, orders["A-1"].priority) == (3, ("A-1",), 5)
    assert "second" in (folder / "orders.csv").read_text()
    assert set(_states(import_orders(table, folder)).values()) == {"the same"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("PO,Part,Qty,Due\n1,bracket,1,03/04/2026\n", "column Due"),
        ("PO,Part,Qty,Due\n1,bracket,1,2026-12-01\n2,brackett,1,2026-12-01\n", "line 3, part"),
        ("nothing\n", "line 1"),
    ],
)
def test_a_doubt_leaves_the_file_as_it_was(folder: Path, tmp_path: Path, text: str, place: str) -> None:
    before = "order,item,quantity,due\nA-1,bracket,4,2026-11-30\n"
    (folder / "orders.csv").write_text(before)
    table = tmp_path / "book.csv"
    table.write_text(text)
    with pytest.raises(BadInput) as refused:
        import_orders(table, folder)
    assert [finding.place for finding in refused.value.findings] == [place]
    assert (folder / "orders.csv").read_text() == before


@pytest.mark.parametrize("name", ["L" * 81, '"two\nlines"'])
def test_an_order_that_no_shop_would_read_is_not_written(folder: Path, tmp_path: Path, name: str) -> None:
    table = tmp_path / "book.csv"
    table.write_text(f"Order,Part,Quantity,Due\nPO 4711/1,bracket,1,2026-11-30\n{name},bracket,1,2026-11-30\n")
    with pytest.raises(BadInput, match="1 to 80 characters on one line"):
        import_orders(table, folder)
    assert not (folder / "orders.csv").exists()
    table.write_text("Order,Part,Quantity,Due\nPO 4711/1,bracket,1,2026-11-30\n")
    import_orders(table, folder)
    assert [each.id for each in whole_shop(folder).orders] == ["PO 4711/1"]


def test_a_column_of_the_book_empties_what_the_order_had(folder: Path, tmp_path: Path) -> None:
    (folder / "orders.csv").write_text(
        "order,item,quantity,due,priority\nA-1,bracket,4,2026-11-30,5\nA-2,bracket,4,2026-11-30,1\n"
    )
    table = tmp_path / "book.csv"
    table.write_text("PO,Part,Qty,Due\nA-1,bracket,4,2026-11-30\n")
    assert _states(import_orders(table, folder)) == {"A-1": "the same"}
    table.write_text("PO,Part,Qty,Due,Prio\nA-1,bracket,4,2026-11-30,1\nA-2,bracket,4,2026-11-30,\n")
    assert _states(import_orders(table, folder)) == {"A-1": "changed", "A-2": "the same"}
    assert [each.priority for each in whole_shop(folder).orders] == [1, 1]


@pytest.mark.parametrize(
    ("head", "page"),
    [
        ("订单编号,图号,数量,交期", "gb18030"),
        ("Číslo objednávky,Číslo dílu,Množství,Termín dodání", "cp1250"),
        ("Order,Teil,Stück,Termin", "cp1252"),
    ],
)
def test_the_code_page_is_the_one_whose_headings_are_known(folder: Path, tmp_path: Path, head: str, page: str) -> None:
    table = tmp_path / "book.csv"
    table.write_bytes(f"{head}\nA-1,bracket,4,2026-11-30\n".encode(page))
    assert set(import_orders(table, folder)["columns"]) == set(head.split(","))


@pytest.mark.parametrize("name", ["AB 2026/1000-10", "4500012345/10", "Müller #7 (eilig)", "订单 26-17", "A" * 80])
def test_an_order_keeps_its_buyers_name_whichever_way_it_comes(folder: Path, tmp_path: Path, name: str) -> None:
    table = tmp_path / "book.csv"
    table.write_text(f"PO;Part;Qty;Due\n{name};bracket;4;2026-11-30\n")
    import_orders(table, folder)
    shop = whole_shop(folder)
    assert [order.id for order in shop.orders] == [name]
    sheet = read_sheet(table.read_bytes(), shop)
    assert [row.command.order for row in sheet.rows] == [name]
    assert not sheet.findings


@pytest.mark.parametrize("name", ["A|B", "A" * 81, "A\tB"])
def test_a_name_that_cannot_be_is_refused_whichever_way_it_comes(folder: Path, tmp_path: Path, name: str) -> None:
    table = tmp_path / "book.csv"
    table.write_text(f'PO;Part;Qty;Due\n"{name}";bracket;4;2026-11-30\n')
    sheet = read_sheet(table.read_bytes(), whole_shop(folder))
    if "\t" not in name:  # a cell's white space is one space
        assert [finding.place for finding in sheet.findings] == ["line 2, order"]
        assert not sheet.rows
        with pytest.raises(BadInput) as refused:
            import_orders(table, folder)
        assert [finding.place for finding in refused.value.findings] == ["line 2, order"]
    (folder / "orders.csv").write_text(f'order,item,quantity,due\n"{name}",bracket,4,2026-11-30\n')
    with pytest.raises(BadInput) as refused:
        whole_shop(folder)
    assert "80 characters" in refused.value.findings[0].expected
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "order", "order": name, "part": "bracket", "quantity": 1, "due_s": 0}, a.TakeOrder)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "order", "order": "A\n", "part": "bracket", "quantity": 1, "due_s": 0}, a.TakeOrder)


def test_an_order_waits_for_orders_whose_names_have_spaces(folder: Path) -> None:
    rows = ["A 1,", "B,", "C,A 1;B", "D,B A2", "A2,"]
    (folder / "orders.csv").write_text(
        "order,item,quantity,due,after\n"
        + "".join(f"{name},bracket,1,2026-11-30,{after}\n" for name, _, after in (row.partition(",") for row in rows))
    )
    assert {order.id: order.after for order in whole_shop(folder).orders if order.after} == {
        "C": ("A 1", "B"),
        "D": ("B", "A2"),
    }
