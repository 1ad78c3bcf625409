import datetime as dt

import pytest

from nightmill.mrp.tables import read_tables
from nightmill.vocabulary.errors import BadInput

ITEMS = "item,source,lead_time_weeks\na,make,1\nb,buy,2\nc,buy,2\n"


def findings(texts: dict[str, str]) -> list[tuple[str, str, str]]:
    with pytest.raises(BadInput) as caught:
        read_tables(texts)
    return [(f.file, f.place, f.found) for f in caught.value.findings]


def test_every_mistake_of_every_file_is_reported_at_once() -> None:
    found = findings(
        {
            "items.csv": ITEMS + "a,make,1\nd,grow,x\ne,buy,\n",
            "bom.csv": "parent,child,qty\na,b,-2\na,zz,1\n",
            "stock.csv": "item,on_hand\nb,many\n",
            "demand.csv": "item,qty\na,1\n",
        }
    )
    assert found == [
        ("items.csv", "line 6, source", "'grow'"),
        ("items.csv", "line 6, lead_time_weeks", "'x'"),
        ("items.csv", "line 5, item", "'a'"),
        ("items.csv", "line 7, lead_time_weeks", "an empty cell"),
        ("bom.csv", "line 2, qty", "'-2'"),
        ("stock.csv", "line 2, on_hand", "'many'"),
        ("demand.csv", "line 1", "columns item, qty"),
        ("bom.csv", "line 3, child", "'zz'"),
    ]


def test_a_mistake_in_the_items_is_told_once_and_not_again_for_every_line_that_names_them() -> None:
    others = {"bom.csv": "parent,child,qty\na,b,1\n", "stock.csv": "item,on_hand\nb,4\n"}
    semicolons = ITEMS.replace(",", ";")
    assert findings({"items.csv": semicolons, **others}) == [("items.csv", "line 1", "semicolons between the columns")]
    broken = ITEMS.replace("b,buy,2", "b,buy,two")
    assert findings({"items.csv": broken, **others}) == [("items.csv", "line 3, lead_time_weeks", "'two'")]


def test_a_calendar_that_cannot_be_read_is_told_once() -> None:
    items = "item,source,lead_time_weeks,calendar\na,make,1,SUMMER\n"
    found = findings({"items.csv": items, "calendar.csv": "calendar;week\nSUMMER;4\n"})
    assert found == [("calendar.csv", "line 1", "semicolons between the columns")]


def test_a_decimal_comma_does_not_move_into_the_next_column() -> None:
    items = "item,source,lead_time_weeks,price_usd,safety_stock\na,buy,1,2,50,4\nb,buy,1,3,5,,\n"
    assert findings({"items.csv": items}) == [("items.csv", "line 2", "6 cells")]


def test_a_cycle_is_named() -> None:
    bom = "parent,child,qty\na,b,1\nb,c,1\nc,a,1\n"
    assert findings({"items.csv": ITEMS, "bom.csv": bom}) in (
        [("bom.csv", f"item {x}", f"the cycle {x} -> {y} -> {z} -> {x}")] for x, y, z in ("abc", "bca", "cab")
    )  # fmt: skip


def test_an_item_cannot_be_part_of_itself() -> None:
    assert findings({"items.csv": ITEMS, "bom.csv": "parent,child,qty\na,a,1\n"})[0][2] == "the cycle a -> a"


def test_columns_in_any_order_with_unknown_ones_a_byte_order_mark_and_quotes() -> None:
    text = '\ufeffnote,lead_time_weeks,source,item\n"x, y",3,make,"a ""b"""\n\n'
    (item,) = read_tables({"items.csv": text}).items
    assert (item.item, item.lead_time_weeks, item.lot_rule) == ('a "b"', 3, "L4L")


@pytest.mark.parametrize(
    ("header", "found", "remedy"),
    [
        ("item;week;qty", "semicolons between the columns", "Save the table with commas."),
        ("item\tweek\tqty", "tabs between the columns", "Save the table with commas."),
        ("item,week,Qty", "columns item, week, Qty", "Write 'Qty' as 'qty'."),
        ("item,week,qty,qty", "'qty' twice", "Remove one qty."),
    ],
)
def test_a_header_that_a_program_wrote_otherwise_is_told_in_one_sentence(header: str, found: str, remedy: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_tables({"items.csv": ITEMS, "demand.csv": header + "\na,4,3,5\n"})
    assert [(f.file, f.place, f.found, f.remedy) for f in caught.value.findings] == [
        ("demand.csv", "line 1", found, remedy)
    ]


@pytest.mark.parametrize("cell", ["nan", "inf", "1e999"])
def test_a_price_must_be_a_finite_number(cell: str) -> None:
    assert (
        findings({"items.csv": f"item,source,lead_time_weeks,price_usd\na,buy,1,{cell}\n"})[0][1] == "line 2, price_usd"
    )


def test_a_due_date_falls_in_the_week_that_holds_it() -> None:
    orders = "order,item,qty,due\n1,a,1,2026-11-23\n2,a,1,2026-11-30\n3,a,1,2026-12-06\n4,a,1,2026-11-01\n"
    tables = read_tables({"items.csv": ITEMS, "orders.csv": orders}, dt.date(2026, 11, 23))
    assert [order.due_week for order in tables.orders] == [0, 1, 1, 0]
    with pytest.raises(BadInput, match="due_week"):
        read_tables({"items.csv": ITEMS, "orders.csv": orders})


def test_a_delivery_cannot_arrive_before_it_was_ordered() -> None:
    deliveries = "line,ordered,delivered\n1,2026-02-02,2026-01-01\n2,yesterday,\n"
    places = [place for _, place, _ in findings({"items.csv": ITEMS, "deliveries.csv": deliveries})]
    assert places == ["line 3, ordered", "line 2, delivered"]


def test_no_items_no_plan() -> None:
    assert findings({}) == [("items.csv", "", "no such file")]
