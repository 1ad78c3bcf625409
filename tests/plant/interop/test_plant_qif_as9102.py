"""Papers for customers out of a run: QIF results of all that was measured, AS9102 of the first good piece."""

import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import pytest
from desk_sample import FACTS, append, write_shop
from openpyxl import load_workbook

from nightmill.plant.interop import export_as9102, export_qif
from nightmill.quality import Characteristic, Readings
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import HOUR_S

BORE = Characteristic(1, "diameter", 20.0, 19.98, 20.02, None, "mm", (), "", (3,), "", "cmm", "", "pmi")
SLOT = Characteristic(2, "width", 8.0, 7.9, 8.1, None, "mm", (), "", (), "", "caliper", "", "pmi")
READ = {
    "A-1.001": {"bracket#1": 20.09, "bracket#2": 8.01},
    "A-1.002": {"bracket#1": 20.011, "bracket#2": 8.02},
    "A-1.003": {"bracket#1": 20.012},
}


def _measured(shop: Path, *good: str) -> None:
    append(shop, *((2 * HOUR_S, e.Reported(r.PartMeasured(9 + n, 2 * HOUR_S, "gauge", f"m{n}", serial, found)))
                   for n, (serial, found) in enumerate(READ.items())))  # fmt: skip
    append(shop, *((3 * HOUR_S, e.PartDisposed(serial, "good", "as asked")) for serial in good))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop in the middle of a run whose part was planned with two characteristics."""
    folder = write_shop(tmp_path / "shop", *FACTS)
    plan = folder / ".nightmill" / "plans" / "bracket"
    plan.mkdir(parents=True)
    (plan / "route.json").write_text("{}")
    asked = [SimpleNamespace(id="bracket#1", asked=BORE), SimpleNamespace(id="bracket#2", asked=SLOT)]
    planned = SimpleNamespace(characteristics=asked)
    monkeypatch.setattr(
        "nightmill.plant.interop.qif_as9102.readable_route",
        lambda plan: planned if (plan / "route.json").exists() else None,
    )
    return folder


def test_all_that_was_measured_goes_out_as_qif_judged_with_the_shops_own_gauge(shop: Path, tmp_path: Path) -> None:
    _measured(shop)
    answer = export_qif(shop, tmp_path / "out")
    (told,) = answer["parts"]
    assert (told["part"], told["serials"], told["readings"]) == ("bracket", 3, 5)
    content = (tmp_path / "out" / "bracket.qif").read_bytes()
    back = Readings.of_text(content, "bracket.qif")
    assert {(each.serial, each.characteristic, each.value) for each in back.readings} == {
        ("A-1.001", "1", 20.09), ("A-1.001", "2", 8.01), ("A-1.002", "1", 20.011), ("A-1.002", "2", 8.02), ("A-1.003", "1", 20.012),
    }  # fmt: skip
    assert {each.uncertainty for each in back.readings} == {0.002}
    words = [node.text for node in ET.fromstring(content).iter() if node.tag.endswith("InspectionStatusEnum")]
    assert words.count("FAIL") == 2, "the first piece's set of results and component"
    export_qif(shop, tmp_path / "again")
    assert (tmp_path / "again" / "bracket.qif").read_bytes() == content


@pytest.mark.parametrize(
    ("good", "serial", "results", "full"),
    [
        ((), "A-1.001", ["20.0900", "8.0100"], "Full"),
        (("A-1.002", "A-1.003"), "A-1.002", ["20.0110", "8.0200"], "Full"),
        (("A-1.003",), "A-1.003", ["20.0120", None], "Partial"),
    ],
)
def test_the_first_good_piece_is_the_first_article(
    shop: Path, tmp_path: Path, good: tuple[str, ...], serial: str, results: list[str | None], full: str
) -> None:
    _measured(shop, *good)
    (told,) = export_as9102(shop, tmp_path / "out")["parts"]
    assert told["serial"] == serial
    names = {Path(file).name for file in told["files"]}
    assert names == {"bracket.form3.csv", "bracket.as9102.xlsx", "bracket.as9102.pdf"}
    book = load_workbook(tmp_path / "out" / "bracket.as9102.xlsx")
    boxes = {row[0].value: row[1].value for row in book["Form 1"].iter_rows(max_col=2)}
    assert boxes["3 Serial Number"] == serial
    assert boxes["5 Part Revision Level"] == "A"
    assert boxes["14 Full / Partial FAI"] == full
    lines = [[cell.value for cell in row] for row in book["Form 3"].iter_rows()]
    assert [line[4] for line in lines if line[0] in ("1", "2")] == results
    assert f"3 Serial Number,{serial}" in (tmp_path / "out" / "bracket.form3.csv").read_text()
    assert (tmp_path / "out" / "bracket.as9102.pdf").read_bytes().startswith(b"%PDF")


def test_what_was_not_measured_is_to_be_filled_in_or_refused(shop: Path, tmp_path: Path) -> None:
    (told,) = export_as9102(shop, tmp_path / "out")["parts"]
    assert told["serial"] == ""
    with pytest.raises(BadInput, match="no readings"):
        export_qif(shop, tmp_path / "out")
    (shop / ".nightmill" / "plans" / "bracket" / "route.json").unlink()
    with pytest.raises(BadInput, match="an inspection plan"):
        export_as9102(shop, tmp_path / "out")
