import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow
import pyarrow.parquet
import pytest
from openpyxl import Workbook

from nightmill.formats import read_tables, write_tables
from nightmill.formats.tables.arrow import read_document
from nightmill.formats.tables.workbooks import tables_of_file
from nightmill.vocabulary.errors import BadInput
from nightmill.workers import Limits

TABLES = {
    "items": (["item", "source", "price_usd"], [["a", "make", 1.5], ["b", "buy", 2.0]]),
    "stock": (["item", "on_hand"], [["a", 3], ["b", 0]]),
}
TEXTS = {"items.csv": "item,source,price_usd\na,make,1.5\nb,buy,2\n", "stock.csv": "item,on_hand\na,3\nb,0\n"}


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(text.splitlines()))


def test_a_workbook_and_parquet_files_come_back_as_the_tables_that_were_written(tmp_path: Path) -> None:
    (book,) = write_tables(tmp_path / "book" / "plan.xlsx", TABLES)
    assert book.is_file()
    assert read_tables(tmp_path / "book", required=["items.csv"]) == TEXTS
    for name, table in TABLES.items():
        write_tables(tmp_path / "parquet" / f"{name}.parquet", {name: table})
    for name, text in read_tables(tmp_path / "parquet").items():
        assert rows(text) == rows(TEXTS[name])
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


def test_parquet_columns_read_as_a_person_would_have_typed_them(tmp_path: Path) -> None:
    columns = {
        "order": ["O1", 'a "b", c'],
        "due": [dt.datetime.fromisoformat("2026-11-30"), dt.datetime.fromisoformat("2026-12-01")],
        "seen": [dt.datetime.fromisoformat("2026-11-30T07:05"), None],
        "sent": pyarrow.array(
            [dt.datetime(2026, 11, 30, 7, 5, tzinfo=dt.UTC), None], pyarrow.timestamp("us", "Europe/Berlin")
        ),
        "qty": [3.0, None],
        "price": [1.25, 2.0],
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "orders.parquet")
    assert rows(read_document(tmp_path / "orders.parquet")) == [
        ["order", "due", "seen", "sent", "qty", "price"],
        ["O1", "2026-11-30", "2026-11-30T07:05:00", "2026-11-30T08:05:00+0100", "3", "1.25"],
        ['a "b", c', "2026-12-01", "", "", "", "2"],
    ]


def test_a_workbook_holds_names_as_they_are_and_no_more_rows_than_a_sheet_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [["=1+1"], ["+a"], ["007"], ["a"]]
    write_tables(tmp_path / "items.xlsx", {"items": (["item"], names)})
    assert rows(read_document(tmp_path / "items.xlsx")) == [["item"], *names]
    with pytest.raises(BadInput, match="sheet items, row 3"):
        write_tables(tmp_path / "other.xlsx", {"items": (["item"], [["a"], ["b\x01"]])})
    monkeypatch.setattr("nightmill.formats.tables.workbooks.MOST_ROWS", 4)
    write_tables(tmp_path / "three.xlsx", {"items": (["item"], names[:3])})
    with pytest.raises(BadInput, match="4 rows or more"):
        write_tables(tmp_path / "other.xlsx", {"items": (["item"], names)})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["items.xlsx", "three.xlsx"]


def test_a_sheet_or_file_in_capitals_is_the_table_where_case_does_not_count(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in ("Items", "STOCK"):
        sheet = book.create_sheet(name)
        for row in (["item"], ["a"]):
            sheet.append(row)
    book.save(tmp_path / "plan.xlsx")
    (tmp_path / "Demand.csv").write_text("item,week,qty\na,1,2\n")
    assert set(read_tables(tmp_path)) == {"Items.csv", "STOCK.csv", "Demand.csv"}
    assert set(read_tables(tmp_path, any_case=True, required=["items.csv"])) == {"items.csv", "stock.csv", "demand.csv"}
    (tmp_path / "demand.csv").write_text("item,week,qty\na,1,3\n")
    with pytest.raises(BadInput, match=r"demand\.csv a second time"):
        read_tables(tmp_path, any_case=True)


def test_parquet_columns_that_no_csv_file_holds_do_no_harm_where_nobody_asks_for_them(tmp_path: Path) -> None:
    columns = {
        "item": pyarrow.array(["a", "b"]).dictionary_encode(),
        "on_hand": pyarrow.array([Decimal("3.00"), Decimal("40.00")]),
        "tags": [["x"], []],
        "size": [{"mm": 1}, None],
        "picture": [b"\xff\xfe", None],
        "half": pyarrow.array([1.0, 2.0], pyarrow.float16()),
        "missing": [float("nan"), 2.0],
        "price": pyarrow.array([Decimal("1.25"), None]),
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "stock.parquet")
    assert rows(read_document(tmp_path / "stock.parquet")) == [
        ["item", "on_hand", "tags", "size", "picture", "half", "missing", "price"],
        ["a", "3", "['x']", "{'mm': 1}", "\ufffd\ufffd", "1", "", "1.25"],
        ["b", "40", "[]", "", "", "2", "2", ""],
    ]


def test_a_workbook_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path: Path) -> None:
    """A megabyte of zeros a kilobyte: nothing that a person wrote."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["item"])
    book.save(tmp_path / "sound.xlsx")
    with ZipFile(tmp_path / "sound.xlsx") as sound, ZipFile(tmp_path / "items.xlsx", "w", ZIP_DEFLATED) as bomb:
        for each in sound.infolist():
            text = sound.read(each)
            if each.filename.endswith("sheet1.xml"):
                text = text.replace(b"</sheetData>", b"<row></row>" * 2_000_000 + b"</sheetData>")
            bomb.writestr(each.filename, text)
    with pytest.raises(BadInput, match=r"items\.xlsx: found 20 MiB when unpacked"):
        read_document(tmp_path / "items.xlsx")
    with pytest.raises(BadInput, match="more than 0 s"):
        tables_of_file(tmp_path / "sound.xlsx", limits=Limits(wall_s=0.0))


def test_a_text_stored_once_that_stands_in_every_cell_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    plain = tmp_path / "plain.xlsx"
    Workbook().save(plain)
    columns, lines, letters = 20, 60, 32_000
    cells = ["".join(f'<c r="{chr(65 + c)}{n}" t="s"><v>0</v></c>' for c in range(columns)) for n in range(1, lines)]
    data = "".join(f'<row r="{n}">{row}</row>' for n, row in enumerate(cells, 1))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    name = "xl/sharedStrings.xml"
    with ZipFile(plain) as old, ZipFile(tmp_path / "orders.xlsx", "w", ZIP_DEFLATED) as new:
        for each in old.namelist():
            text = old.read(each).decode()
            text = text.replace("<sheetData/>", f"<sheetData>{data}</sheetData>")
            text = text.replace("<sheetData></sheetData>", f"<sheetData>{data}</sheetData>")
            text = text.replace("</Types>", f'<Override PartName="/{name}" ContentType="{kind}"/></Types>')
            new.writestr(each, text)
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        new.writestr(name, f'<sst xmlns="{space}"><si><t>{"x" * letters}</t></si></sst>')
    assert columns * lines * letters > 3 * (10 << 20)
    with pytest.raises(BadInput, match="MiB when unpacked"):
        read_document(tmp_path / "orders.xlsx")


def test_a_workbook_that_says_a_wrong_size_of_itself_is_read_whole(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["item", "source", "price_usd"], ["a", "make", 1.5], ["b", "buy", 2]):
        sheet.append(row)
    book.save(tmp_path / "plan.xlsx")
    with ZipFile(tmp_path / "plan.xlsx") as old, ZipFile(tmp_path / "items.xlsx", "w", ZIP_DEFLATED) as new:
        for each in old.namelist():
            text = old.read(each)
            assert ("worksheets" not in each) or b'<dimension ref="A1:C3"' in text
            new.writestr(each, text.replace(b'ref="A1:C3"', b'ref="A1:B1"'))
    assert read_document(tmp_path / "items.xlsx") == TEXTS["items.csv"]


def test_an_empty_line_of_a_workbook_stays_empty_and_a_short_one_is_filled_up(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["B1"], sheet["C1"], sheet["A3"] = "a", "b", "c", 1
    book.save(tmp_path / "items.xlsx")
    assert read_document(tmp_path / "items.xlsx") == "a,b,c\n\n1,,\n"
