import datetime as dt
from pathlib import Path

import pytest
from openpyxl import Workbook

from nightmill.files import read_tables, write_tables
from nightmill.files.tables import read_document
from nightmill.vocabulary.errors import BadInput

TABLES = {
    "items": (["item", "source", "price_usd"], [["a", "make", 1.5], ["b", "buy", 2.0]]),
    "stock": (["item", "on_hand"], [["a", 3], ["b", 0]]),
}
TEXTS = {"items.csv": "item,source,price_usd\na,make,1.5\nb,buy,2\n", "stock.csv": "item,on_hand\na,3\nb,0\n"}


def test_a_workbook_and_parquet_files_come_back_as_the_tables_that_were_written(tmp_path: Path) -> None:
    (book,) = write_tables(tmp_path / "book" / "plan.xlsx", TABLES)
    assert book.is_file()
    assert read_tables(tmp_path / "book", required=["items.csv"]) == TEXTS
    for name, table in TABLES.items():
        write_tables(tmp_path / "parquet" / f"{name}.parquet", {name: table})
    assert read_tables(tmp_path / "parquet") == TEXTS
    assert [p.name for p in write_tables(tmp_path / "csv" / "x.csv", TABLES)] == ["x-items.csv", "x-stock.csv"]
    assert (tmp_path / "csv" / "x-stock.csv").read_text() == TEXTS["stock.csv"]


def test_a_workbook_of_one_sheet_is_the_table_of_its_file_and_dates_are_iso(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["order", "due", "qty"])
    sheet.append(["O1", dt.date(2026, 11, 30), None])
    book.save(tmp_path / "orders.xlsx")
    assert read_tables(tmp_path) == {"orders.csv": "order,due,qty\nO1,2026-11-30,\n"}
    assert read_document(tmp_path / "orders.xlsx") == "order,due,qty\nO1,2026-11-30,\n"


def test_broken_files_tables_twice_and_other_endings_are_refused(tmp_path: Path) -> None:
    for name in ("items.xlsx", "items.parquet"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_bytes(b"nothing of the kind")
        with pytest.raises(BadInput, match=name):
            read_tables(folder)
    twice = tmp_path / "twice"
    write_tables(twice / "items.xlsx", {"items": TABLES["items"]})
    (twice / "items.csv").write_text("item\na\n")
    with pytest.raises(BadInput, match="second time"):
        read_tables(twice)
    (twice / "items.csv").unlink()
    with pytest.raises(BadInput, match="no such file"):
        read_tables(twice, required=["bom.csv"])
    with pytest.raises(BadInput, match=r"\.xlsx, \.parquet or \.csv"):
        write_tables(tmp_path / "x.txt", TABLES)
