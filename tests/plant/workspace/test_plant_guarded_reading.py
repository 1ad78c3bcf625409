"""Tables and mails of strangers: read in a child, in time that is linear in their size; and short runs of the campaigns."""

import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from desk_sample import write_shop

from nightmill.intake import read_mail, read_rfq
from nightmill.intake.order_book import reader
from nightmill.plant.interop.order_book_import import import_orders
from nightmill.plant.proposals import Desk
from nightmill.plant.requests import Caller
from nightmill.plant.requests.order_table import MOST_BYTES, MOST_LINES, read_sheet
from nightmill.plant.views import agent_reads
from nightmill.plant.workspace.guarded_reading import orders_asked, read_here
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import HOUR_S
from nightmill.workers import KeptChild

sys.path.insert(0, str(Path(__file__).parents[3] / "campaigns"))
import file_kinds
import hostile_cells

HEAD = "order,part,quantity,due\n"
TODAY = date(2026, 11, 2)
ANN = Caller("ann", "admin")


def read(text: str) -> Any:
    return read_here(orders_asked(text.encode(), (MOST_BYTES, MOST_LINES), TODAY, ["bracket"]))


def test_the_reader_runs_in_a_child_from_every_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(self: object, data: bytes, subject: str, otherwise: bytes | None = None) -> bytes:
        asked.append(subject)
        raise BadInput(Finding(subject, "", "a file that the child died of", "another", "Look at it."))

    monkeypatch.setattr(KeptChild, "ask", refuse)
    folder = write_shop(tmp_path / "shop")
    (tmp_path / "sent.csv").write_text(HEAD)
    desk = Desk(folder, loop_wait_s=0.0)
    assert desk.preview_orders(ANN, HEAD.encode())[0].findings
    assert desk.import_orders(ANN, "c", HEAD.encode(), execute=False)[0].findings
    with pytest.raises(BadInput, match="the child died"):
        agent_reads.ShopReads(folder, desk.following).mail("10 pcs", "")
    with pytest.raises(BadInput, match="the child died"):
        import_orders(tmp_path / "sent.csv", folder)
    assert asked == ["orders", "orders", "mail", str(tmp_path / "sent.csv")]


def test_a_table_is_read_in_the_child_as_here(tmp_path: Path) -> None:
    shop = whole_shop(write_shop(tmp_path / "shop"))
    sheet = read_sheet(f"{HEAD}X-1,bracket,2,2026-12-01\n".encode(), shop)
    assert [row.command.order for row in sheet.rows] == ["X-1"]


@pytest.mark.parametrize("filler", ["due date ", "a ", "(", "order no of ", "[x"])
def test_headings_are_looked_up_by_phrases_of_few_words(filler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = 0

    class Counting(dict[str, str]):
        def __contains__(self, key: object) -> bool:
            nonlocal looked_up
            looked_up += 1
            return super().__contains__(key)

    monkeypatch.setattr(reader, "_KIND_OF", Counting(reader._KIND_OF))  # counts work in place of time
    for size in (100, 200, 20_000):
        looked_up = 0
        reader.heading((filler * size)[:size])
        assert looked_up <= 1 + reader._MOST_WORDS * size


@pytest.mark.parametrize("cell", ["due by ", "1 ", "T ", "KW ", "2026-11-20 "])
def test_a_cell_longer_than_any_date_is_refused_before_it_is_read(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "read_dates", lambda *_: pytest.fail("it is read"))
    book = read(f"{HEAD}X-1,bracket,2,{cell * 600}x\n")
    assert [finding.place for finding in book.findings] == ["line 2, due"]


def test_lines_of_one_name_are_told_in_one_pass() -> None:
    def took(lines: int) -> float:
        rows = "".join(f"X-{k // 2},1,bracket,2,2026-12-01\n" for k in range(lines))
        begun = time.process_time()
        assert len(read(f"order,pos,part,quantity,due\n{rows}").findings) == lines // 2
        return time.process_time() - begun

    took(100)
    small = max(took(2000), 0.01)
    assert took(8000) < 10 * small  # four times the lines; by pairs it would be sixteen times


def test_pages_in_mails_are_stripped_in_one_pass() -> None:
    def took(size: int) -> float:
        mail = b"From: a@b.example\nContent-Type: text/html\n\n" + b"<script <" * size
        begun = time.process_time()
        read_mail(mail, today=TODAY)
        return time.process_time() - begun

    took(100)
    small = max(took(4_000), 0.01)
    assert took(16_000) < 10 * small


def test_a_mail_of_the_last_day_of_all_is_read() -> None:
    draft = read_mail(b"From: a@b.example\nDate: Fri, 31 Dec 9999 23:59:59 +0000\n\n10 pcs by Friday", today=TODAY)
    assert draft.due_date is not None
    assert str(draft.due_date.value) == "2026-11-06"


@pytest.mark.parametrize("order", ["\u0410-1", "A\u20101", "\uff21-1"])
def test_an_order_that_looks_like_another_is_refused_at_the_desk_and_in_tables(tmp_path: Path, order: str) -> None:
    folder = write_shop(tmp_path / "shop")
    desk = Desk(folder, loop_wait_s=0.0)
    made = desk.propose(ANN, "c-1", a.TakeOrder(order, "bracket", 1, 30 * HOUR_S))
    assert made.state == "refused"
    assert "looks like the order A-1" in made.refused
    table = f"{HEAD}{order},bracket,2,2026-12-01\n"
    assert "looks like 'A-1'" in desk.preview_orders(ANN, table.encode())[0].findings[0].found
    (tmp_path / "sent.csv").write_text(table)
    (folder / ".nightmill" / "log.sqlite").unlink()
    with pytest.raises(BadInput, match="looks like 'A-1'"):
        import_orders(tmp_path / "sent.csv", folder)
    with (folder / "orders.csv").open("a") as book:
        book.write(f"{order},bracket,2,2026-12-01\n")
    with pytest.raises(BadInput, match="looks like 'A-1'"):
        whole_shop(folder)


@pytest.mark.parametrize(
    "ask",
    [
        a.NoteCheck("mill-1", "coolant", -1e4),
        a.TakeOrder("A\u202e", "bracket", 1, 9e4),
        a.TakeOrder("=1", "bracket", 1, 9e4),
    ],
)
def test_nonsense_makes_no_proposal(tmp_path: Path, ask: a.AnyAsk) -> None:
    desk = Desk(write_shop(tmp_path / "shop"), loop_wait_s=0.0)
    with pytest.raises(BadInput, match="expected"):
        desk.propose(ANN, "c-1", ask)
    assert desk.proposals() == []


def test_a_customer_that_a_spreadsheet_would_run_is_text_in_orders_csv(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    (folder / ".nightmill" / "log.sqlite").unlink()
    (tmp_path / "sent.csv").write_text("order,part,quantity,due,customer\nX-1,bracket,2,2026-12-01,=cmd|x\n")
    import_orders(tmp_path / "sent.csv", folder)
    assert "X-1,bracket,2,2026-12-01,'=cmd|x" in (folder / "orders.csv").read_text()
    assert [each.customer for each in whole_shop(folder).orders if each.id == "X-1"] == ["=cmd|x"]
    assert import_orders(tmp_path / "sent.csv", folder, preview=True)["orders"][0]["state"] == "the same"


def test_a_date_beyond_all_measure_is_a_finding(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    text = (folder / "shop.toml").read_text()
    (folder / "shop.toml").write_text(text.replace("2026-11-02T07:00:00", "9999-12-31"))
    with pytest.raises(BadInput, match=r"shop\.start.*2199"):
        whole_shop(folder)


def test_hostile_cells_break_no_entry() -> None:
    for name, (failures, _) in hostile_cells.run(4, 7).items():
        assert failures == [], name


def test_no_kind_of_file_is_passed_over_or_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    failures, refused = file_kinds.run(60, 7, commands=False)
    assert failures == []
    assert refused > 30
    monkeypatch.setattr(file_kinds, "read_all", lambda folder: [])
    assert file_kinds.run(20, 7, commands=False)[0]


@pytest.mark.parametrize(
    ("before", "filler"), [("Delivery: ", "A"), ("DAP ", "A1"), ("Ship to: ", "A"), ("Versand nach ", " "), ("Versand nach ", "\t")]
)  # fmt: skip
def test_a_mail_takes_time_by_its_length(before: str, filler: str) -> None:
    def took(size: int) -> float:
        begun = time.process_time()
        read_rfq(before + (filler * size)[:size], today=TODAY)
        return time.process_time() - begun

    took(100)
    small = max(took(2_500), 0.05)
    assert took(10_000) < 10 * small  # four times the letters; with every place as a begin it would be sixteen times
