"""Order books as people keep them: what is understood, what is asked, and that nothing is guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightmill.intake import OrderBook, read_order_book

TODAY = date(2026, 11, 26)
PARTS = ("Tram-Platte", "SJ_100", "10-2231", "10-2232")


def _book(text: str, *, parts: tuple[str, ...] = PARTS, day_first: bool | None = None) -> OrderBook:
    table = [line.split("|") for line in text.splitlines()]
    return read_order_book([table], TODAY, parts, day_first=day_first)


def _orders(book: OrderBook) -> list[tuple[str, str, int, str]]:
    return [(line.order, line.part, line.quantity, line.due) for line in book.lines]


def _places(book: OrderBook) -> list[str]:
    return [finding.place for finding in book.findings]


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        ("Auftrag|Artikel-Nr.|Menge (Stk)|Liefertermin", "A-1|tram platte|4 Stk|30.11.2026"),
        ("PO Number|Part No.|Qty|Need by", "A-1|TRAM-PLATTE.STEP|4 pcs|Nov 30, 2026"),
        ("N° commande|Référence|Quantité|Date de livraison", "A-1|Tram_Platte|4,0|30/11/2026"),
        ("Nr zamówienia|Nr części|Ilość|Termin dostawy", "A-1|Tram-Platte|4 szt.|2026-11-30"),
        ("订单号|图号|数量|交货日期", "A-1|Tram-Platte|4件|2026年11月30日"),
    ],
)
def test_headings_and_cells_of_many_hands(headings: str, cells: str) -> None:
    book = _book(f"{headings}\n{cells}")
    assert _orders(book) == [("A-1", "Tram-Platte", 4, "2026-11-30")]
    assert not book.findings


def test_an_erps_list_with_title_positions_status_and_sum() -> None:
    book = _book(
        "Offene Bestellungen|||||||\n"
        "|||||||\n"
        "Einkaufsbeleg|Pos.|Material|Kurztext|Bestellmenge|ME|Lieferdatum|Status\n"
        "4500012|10|10-2231|Platte|10,000|ST|30.11.2026|offen\n"
        "|20|10-2232|Bolzen|5,000|ST|KW 50/2026|teilgeliefert\n"
        "4500013|10|10-2231|Platte|1.250,000|ST|15.01.2027|erledigt\n"
        "Summe||||1.265,000|||"
    )
    assert not book.findings
    assert _orders(book) == [
        ("4500012-10", "10-2231", 10, "2026-11-30"),
        ("4500012-20", "10-2232", 5, "2026-12-11"),
    ]
    told = " ".join(book.remarks)
    for word in ("line 6", "line 7", "order above", "position", "Friday"):
        assert word in told


def test_the_parts_column_is_the_one_whose_cells_are_parts() -> None:
    book = _book("Order|Material|Artikel|Qty|Due\nA-1|10-2231|Platte, grau|2|2026-12-01")
    assert book.columns["Material"] == "part"
    assert _orders(book) == [("A-1", "10-2231", 2, "2026-12-01")]


def test_what_is_open_is_made_not_what_was_ordered() -> None:
    book = _book("Order|Part|Qty|Open qty|Due\nA-1|10-2231|20|8|2026-12-01\nA-2|10-2231|5|0|2026-12-01")
    assert _orders(book) == [("A-1", "10-2231", 8, "2026-12-01")]


def test_what_is_delivered_is_taken_off() -> None:
    book = _book("Order|Part|Ordered|Delivered|Due\nA-1|10-2231|20|12|2026-12-01\nA-2|10-2231|5|5|2026-12-01")
    assert _orders(book) == [("A-1", "10-2231", 8, "2026-12-01")]
    assert any("line 3" in remark for remark in book.remarks)


def test_of_two_columns_that_differ_none_is_taken_unasked() -> None:
    text = "Order|Part|Qty|Requested date|Promised date\nA-1|10-2231|5|2026-12-01|2026-12-10"
    assert "Promised date" in _book(text).findings[0].found
    table = [line.split("|") for line in text.splitlines()]
    told = read_order_book([table], TODAY, PARTS, chosen={"due": "promised date"})
    assert [line.due for line in told.lines] == ["2026-12-10"]
    assert read_order_book([table], TODAY, PARTS, chosen={"due": "nothing"}).findings
    same = _book(text.replace("2026-12-10", "2026-12-01"))
    assert (len(same.lines), same.findings) == (1, ())


@pytest.mark.parametrize(
    ("status", "left_out"),
    [
        ("Closed", True), ("Completed", True), ("Shipped 12.11.", True), ("cancelled", True), ("geliefert", True), ("fertig", True),
        ("storniert", True), ("LIVRE", True), ("Terminé", True), ("evaso", True), ("已完成", True), ("DLV", True),
        ("To be delivered", False), ("Ready to be shipped", False), ("99% complete", False), ("Soldering", False),
        ("Fertigung läuft", False), ("à livrer", False), ("noch nicht geliefert", False), ("terminiert", False), ("incomplete", False),
        ("teilgeliefert", False), ("partly delivered", False), ("delivered 5 of 10", False), ("reopened", False), ("未完成", False),
    ],
)  # fmt: skip
def test_an_order_is_left_out_only_where_its_status_says_closed(status: str, left_out: bool) -> None:
    book = _book(f"Order|Part|Qty|Due|Status\nA-1|10-2231|5|2026-12-01|{status}\nA-2|10-2231|5|2026-12-01|open")
    assert [line.order for line in book.lines] == (["A-2"] if left_out else ["A-1", "A-2"])


def test_an_open_balance_larger_than_the_order_is_no_number_of_pieces() -> None:
    text = "PO|Part|Qty|Unit price|Balance|Due\nA-1|10-2231|4|150.00|600.00|2026-12-01"
    book = _book(text)
    assert not book.lines
    assert "Balance" in book.findings[0].found
    told = read_order_book([[line.split("|") for line in text.splitlines()]], TODAY, PARTS, chosen={"quantity": "Qty"})
    assert ([line.quantity for line in told.lines], told.findings) == ([4], ())


def test_two_columns_of_parts_that_differ_are_asked_about() -> None:
    text = "PO|Our part no|Qty|Replaces part no|Due\nA-1|10-2231|4|10-2232|2026-12-01"
    assert "Replaces part no" in _book(text).findings[0].found
    table = [line.split("|") for line in text.splitlines()]
    told = read_order_book([table], TODAY, PARTS, chosen={"part": "Replaces part no"})
    assert [line.part for line in told.lines] == ["10-2232"]
    numbered = _book("PO|Item no|Qty|Due\nA-1|10-2231|4|2026-12-01")
    assert [(line.order, line.part) for line in numbered.lines] == [("A-1", "10-2231")]


def test_headings_and_sums_between_the_lines() -> None:
    book = _book(
        "PO|Part|Qty|Due\n1|10-2231|4|2026-12-01\nSubtotal||4|\nPO|Part|Qty|Due\n2|10-2232|5|2026-12-02\nTotal||9|"
    )
    assert ([line.order for line in book.lines], book.findings) == (["1", "2"], ())


def test_of_priorities_it_is_said_which_way_they_count() -> None:
    text = "PO|Part|Qty|Due|Prio\n1|10-2231|4|2026-12-01|{}\n2|10-2231|4|2026-12-01|1"
    assert any("priority" in remark for remark in _book(text.format(3)).remarks)
    assert not any("priority" in remark for remark in _book(text.format(1)).remarks)


def test_what_is_delivered_is_a_number_and_no_release_comes_after_its_due_date() -> None:
    book = _book("PO|Part|Qty|Delivered|Due\n1|10-2231|5|-|2026-12-01\n2|10-2231|5|yes|2026-12-01")
    assert ([line.quantity for line in book.lines], _places(book)) == ([5], ["line 3, delivered"])
    assert book.findings[0].found == "yes"
    late = _book("PO|Part|Qty|Start|Due\n1|10-2231|5|2026-12-02|2026-12-01\n2|10-2231|5|2026-12-01|2026-12-01")
    assert ([line.order for line in late.lines], _places(late)) == (["2"], ["line 2, release"])


def test_headings_with_more_words() -> None:
    book = _book("Votre n° de commande|Référence|Qté restante|Date de livraison souhaitée\nA-1|10-2231|5|02/12/2026\nA-2|10-2231|5|15/12/2026")  # fmt: skip
    assert _orders(book) == [("A-1", "10-2231", 5, "2026-12-02"), ("A-2", "10-2231", 5, "2026-12-15")]


def test_a_name_stays_when_its_order_gains_a_position_and_a_count_of_lines_is_no_name() -> None:
    head = "Order|Pos|Part|Qty|Due\n"
    one = _book(head + "4711|10|10-2231|2|2026-12-01")
    two = _book(head + "4711|10|10-2231|2|2026-12-01\n4711|20|10-2232|2|2026-12-01")
    assert [line.order for line in one.lines] == ["4711-10"]
    assert [line.order for line in two.lines] == ["4711-10", "4711-20"]
    counted = _book(head + "A|1|10-2231|2|2026-12-01\nB|2|10-2232|2|2026-12-01")
    assert [line.order for line in counted.lines] == ["A", "B"]


def test_a_column_says_what_one_cell_leaves_open() -> None:
    assert _places(_book("PO|Part|Qty|Due\n1|10-2231|1|03/04/2026")) == ["column Due"]
    dated = _book("PO|Part|Qty|Due\n1|10-2231|1|03/04/2026\n2|10-2231|1|05/31/2026")
    assert [line.due for line in dated.lines] == ["2026-03-04", "2026-05-31"]
    assert [line.due for line in _book("PO|Part|Qty|Due\n1|10-2231|1|03/04/2026", day_first=True).lines] == [
        "2026-04-03"
    ]
    assert _places(_book("PO|Part|Qty|Due\n1|10-2231|2,000|2026-12-01")) == ["column Qty"]
    counted = _book("PO|Part|Qty|Due\n1|10-2231|2,000|2026-12-01\n2|10-2231|40|2026-12-01")
    assert [line.quantity for line in counted.lines] == [2000, 40]


def test_contradicting_dates_are_asked_about() -> None:
    book = _book("PO|Part|Qty|Due\n1|10-2231|1|13/04/2026\n2|10-2231|1|05/31/2026\n3|10-2231|1|05/06/2026")
    assert "column Due" in _places(book)
    assert book.lines == ()


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("A-1|bolt|2|2026-12-01", "line 2, part"),
        ("A-1|10-2231|2.5|2026-12-01", "line 2, quantity"),
        ("A-1|10-2231|2 kg|2026-12-01", "line 2, quantity"),
        ("A-1|10-2231|2|asap", "line 2, due"),
        ("A-1|10-2231|2|2 weeks ARO", "line 2, due"),
        ("A-1|10-2231|2|30.02.2026", "line 2, due"),
        ("|10-2231|2|2026-12-01", "line 2, order"),
        ("A-1|10-2231|2|2026-12-01\nA-1|10-2231|3|2026-12-01", "line 3, order"),
    ],
)
def test_what_is_no_order_is_said_with_its_line(row: str, place: str) -> None:
    assert _places(_book(f"PO|Part|Qty|Due\n{row}")) == [place]


def test_a_part_much_like_one_is_suggested_and_two_alike_are_not_chosen_from() -> None:
    near = _book("PO|Part|Qty|Due\n1|10-2233|1|2026-12-01")
    assert "10-223" in near.findings[0].remedy
    alike = _book("PO|Part|Qty|Due\n1|ab 1|1|2026-12-01", parts=("AB-1", "ab_1"))
    assert _places(alike) == ["line 2, part"]


def test_without_headings_nothing_is_read() -> None:
    assert _book("1|2|3\n4|5|6").findings
    assert "quantity" in _book("PO|Part|Due\n1|10-2231|2026-12-01").findings[0].remedy


@given(st.lists(st.lists(st.text(max_size=8), max_size=6), max_size=6))
def test_any_cells_below_headings_give_orders_or_findings(cells: list[list[str]]) -> None:
    book = read_order_book([[["order", "part", "qty", "due", "pos", "status"], *cells]], TODAY, PARTS)
    lines = {line.line for line in book.lines}
    assert lines <= set(range(2, len(cells) + 2))
    assert all(line.part in PARTS and line.quantity >= 1 for line in book.lines)
