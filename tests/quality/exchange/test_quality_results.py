"""Results in and out: AQDEF both ways, QIF and CSV in; what is broken or belongs to another plan is refused by place."""

import os
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.quality.exchange.aqdef import read_aqdef, write_aqdef
from nightmill.quality.exchange.qif import LINEAR
from nightmill.quality.exchange.qif_results_in import read_qif_results
from nightmill.quality.exchange.reading import Reading
from nightmill.quality.exchange.results_reader import Readings
from nightmill.quality.inspection.characteristic import ANGULAR_KINDS, GEOMETRIC_KINDS, Characteristic
from nightmill.vocabulary.errors import BadInput, Finding

DATA = Path(os.environ.get("NIGHTMILL_DATA", Path(__file__).parents[4] / "shared" / "data"))


def _item(balloon: int, kind: str, nominal: float | None, lower: float | None, upper: float | None, zone: float | None = None,
          unit: str = "mm") -> Characteristic:  # fmt: skip
    return Characteristic(balloon, kind, nominal, lower, upper, zone, unit, (), "", (), "", "cmm", "", "pmi")  # type: ignore[arg-type]


PLAN = (
    _item(1, "diameter", 20.0, 19.98, 20.02),
    _item(2, "position", None, None, None, 0.1),
    _item(3, "angle", 30.0, 29.5, 30.5, unit="deg"),
    _item(4, "length", 50.0, None, None),
)
SETS = "\r\n".join(
    (
        "K0100 3", "K1001 4711", "K1002 Flange", "K2001/1 1", "K2101/1 20,000", "K2142/1 mm", "K2001/2 2", "K2142/2 µm",
        "K2001/3 3", "K2142/3 °", "K2004/0 0", "K2999/1 whatever a program keeps there",
        "20.005\x140\x1425.11.2026/13:45:00\x14\x14#7\x14\x1412\x0f85\x140\x0f30.1", "K0014/0 S1",
        "20,019\x0f120\x140\x0f0\x14256", "K0014/0 S2", "",
    )
)  # fmt: skip
FIELDS = "\n".join(
    (
        "K0100 2", "K1001/1 4711", "K2001/1 1", "K2001/2 2", "K0001/1 20.03", "K0001/2 0.05", "K0004/0 2026-11-25/06:00:00",
        "K0014/0 S1", "K0001/1 19.99", "K0002/1 255", "K0001/2 0.2", "K0008/2 3", "K0014/0 S2",
    )
)  # fmt: skip


def test_sets_of_values_are_read_with_what_belongs_to_them() -> None:
    found = read_aqdef(SETS, "a.dfq")
    assert (found.part, found.left_out) == ("4711", 1)
    told = [(each.characteristic, each.serial, each.unit) for each in found.readings]
    assert told == [("1", "S1", "mm"), ("1", "S2", "mm"), ("2", "S1", "mm"), ("2", "S2", "mm"), ("3", "S1", "deg")]
    assert [each.value for each in found.readings] == pytest.approx([20.005, 20.019, 0.085, 0.12, 30.1])
    first = found.readings[0]
    assert (first.time, first.appraiser, first.nominal) == ("2026-11-25T13:45:00", "12", 20.0)


def test_how_many_characteristics_a_part_has_is_no_value() -> None:
    """Published files of other programs have K0101 beside K0100."""
    plain = SETS.replace("K0100 3", "K0100 3\r\nK0101 3")
    assert [each.value for each in read_aqdef(plain, "a.dfq").readings] == [
        each.value for each in read_aqdef(SETS, "a.dfq").readings
    ]


def test_a_sample_size_without_a_value_is_of_a_counted_characteristic_and_beside_one_says_nothing() -> None:
    assert read_aqdef(f"{FIELDS}\nK0020/1 5\nK0020/0 5", "a.dfq") == read_aqdef(FIELDS, "a.dfq")
    with pytest.raises(BadInput, match="line 4, K0020: found a counted characteristic"):
        read_aqdef("K0100 1\nK1001 p\nK2001/1 7\nK0020/1 5\nK0021/1 1", "a.dfq")


def test_values_by_fields_are_the_same_kind_of_reading() -> None:
    found = read_aqdef(FIELDS, "a.dfq")
    assert [(e.characteristic, e.value, e.serial, e.appraiser) for e in found.readings] == [
        ("1", 20.03, "S1", ""), ("2", 0.05, "S1", ""), ("2", 0.2, "S2", "3"),
    ]  # fmt: skip
    assert found.left_out == 1, "attribute 255 isn't counted"
    assert {each.time for each in found.readings if each.serial == "S1"} == {"2026-11-25T06:00:00"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SETS.replace("20.005", "2o.005"),
            r"a.dfq: line 13, characteristic 1: found K0001 '2o.005'; expected a number",
        ),
        (SETS.replace("K2001/3 3\r\nK2142/3 °", "K2002 x"), r"line 12, value 3: found characteristic 3"),
        (SETS.replace("K2142/3 °", "K2142/3 Nm"), r"unit nm; expected mm"),
        (SETS.replace("K2004/0 0", "K2004/0 1"), r"K2004 1; expected a variable characteristic"),
        (SETS.replace("25.11.2026", "25.13.2026"), r"K0004 25.13.2026/13:45:00"),
        (SETS.replace("K1002 Flange", "K1002/2 Cover"), r"line 3, K1002: found part 2; expected one part per file"),
        (SETS.replace("K0014/0 S1", "K14/0 S1"), r"line 14: found K14/0 S1"),
        (SETS.replace("K0100 3", "K0100 many"), r"line 1, K0100: found many"),
        (SETS.split("20.005")[0], "no values"),
        ("K0100 1\nK2001/1 1\nK0004/1 1.1.2026/00:00:00\n", r"line 3, K0004: found no value before it"),
        ("K0100 1\nK2001/999999 1\n", r"index 999999"),
        ("20.005\n", "line 1, value 1: found characteristic 1"),
        ("K0100 1\nK2001/1 1\nnan\n", "K0001 'nan'"),
    ],
)
def test_a_broken_aqdef_file_is_refused_by_line(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_aqdef(text, "a.dfq")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("123"), st.sampled_from(("S1", "S2", "")), st.floats(-1e6, 1e6).map(lambda v: float(f"{v:.9g}"))),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_what_goes_out_as_aqdef_and_csv_comes_back(told: list[tuple[str, str, float]]) -> None:
    readings = [Reading(name, value, "", serial, unit="deg" if name == "3" else "mm") for name, serial, value in told]
    back = Readings.of_text(write_aqdef(PLAN, "4711", readings), "b.dfq")
    key = [(each.characteristic, each.serial, each.value) for each in back.readings]
    assert sorted(key) == sorted((each.characteristic, each.serial, each.value) for each in readings)
    assert back.judged(PLAN, 0.001)
    again = Readings.of_text(back.as_csv(), "b.csv")
    assert [(each.characteristic, each.serial, each.value) for each in again.readings] == key


def test_a_plan_without_readings_is_a_dfd_file() -> None:
    text = write_aqdef(PLAN, "bad\x0fname\n")
    assert text.startswith("K0100 4\r\nK1001 bad name\r\nK2001/1 1\r\nK2002/1 diameter\r\n")
    assert "K2110/2 0\r\nK2111/2 0.1\r\nK2120/2 2\r\n" in text, "a zone's lower limit is its natural one"
    assert "K2110/4" not in text


def test_readings_are_judged_with_the_guard_band_of_the_gauge() -> None:
    judged = Readings.of_text(SETS, "a.dfq").judged(PLAN, 0.004)
    assert [(each.balloon, each.serial, each.verdict) for each in judged] == [
        (1, "S1", "good"), (1, "S2", "doubt"), (2, "S1", "good"), (2, "S2", "bad"), (3, "S1", "good"),
    ]  # fmt: skip
    reference = Readings.of_text("balloon,value\n4,50.2\n", "a.csv").judged(PLAN, 0.0)
    assert reference[0].verdict == "no limits"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("balloon,value\n9,1\n", r"line 2: found characteristic '9'; expected one of 1, 2, 3, 4"),
        ("balloon,value,unit\n1,20,deg\n", r"line 2 \(balloon 1\): found a value in deg; expected one in mm"),
        ("balloon,value,nominal\n1,20,21\n", r"nominal 21; expected nominal 20"),
        ("balloon,value\n1,twenty\n", r"line 2, column value: found 'twenty'"),
        ("balloon,value\n,20\n", r"line 2, column characteristic: found an empty cell"),
        ("balloon,value,actual\n1,20,20\n", r"columns value and actual; expected one"),
        ("balloon,value,unit\n1,20,furlong\n", r"column unit: found furlong"),
        (
            "label,nom,meas,dev\n1,20,20.005,0.005\n3,30,29.9,0.1\n",
            r"line 3, column deviation: found 0.1; expected -0.1",
        ),
        ("balloon,value\n", "no readings"),
        ("", "a column characteristic"),
        ('balloon,value\n1,"20\n', "CSV text|unexpected end"),
    ],
)
def test_results_of_another_plan_or_none_are_refused_by_place(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Readings.of_text(text, "a.csv").judged(PLAN, 0.0)


def test_form_3_carries_the_worst_reading_of_the_first_part() -> None:
    told = "balloon,serial,value\n1,S1,20.001\n1,S1,19.99\n1,S1,20.002\n2,S1,0.03\n1,S2,20.02\n"
    lines = Readings.of_text(told, "a.csv").as_form3(PLAN, "4711").splitlines()
    assert lines[1].startswith("3 Serial Number,S1,")
    results = [line.split(",")[4] for line in lines[3:]]
    assert results == ["19.9900", "0.0300", "", ""]


def test_no_verdict_without_an_uncertainty() -> None:
    with pytest.raises(BadInput, match="no uncertainty; expected the gauge's expanded uncertainty"):
        Readings.of_text("balloon,value\n1,20\n", "a.csv").judged(PLAN)
    own = Readings.of_text("balloon,value,uncertainty,unit\n1,0.78740157,0.0002,in\n", "a.csv").judged(PLAN)
    assert (own[0].verdict, round(own[0].uncertainty, 5)) == ("good", 0.00508)


QIF = """<?xml version="1.0"?>
<QIFDocument xmlns="http://qifstandards.org/xsd/qif3" versionQIF="3.0.0" idMax="40">
 <FileUnits><PrimaryUnits>
  <AngularUnit><SIUnitName>radian</SIUnitName><UnitName>radian</UnitName></AngularUnit>
  <LinearUnit><SIUnitName>meter</SIUnitName><UnitName>inch</UnitName>
   <UnitConversion><Factor>0.0254</Factor></UnitConversion></LinearUnit></PrimaryUnits>
  <OtherUnits><LinearUnit><SIUnitName>meter</SIUnitName><UnitName>mm</UnitName>
   <UnitConversion><Factor>0.001</Factor></UnitConversion></LinearUnit></OtherUnits></FileUnits>
 <Characteristics><CharacteristicItems n="3">
  <DiameterCharacteristicItem id="1"><Name>D</Name><CharacteristicDesignator><Designator>1</Designator>
   </CharacteristicDesignator></DiameterCharacteristicItem>
  <PositionCharacteristicItem id="2"><Name>2</Name></PositionCharacteristicItem>
  <AngleCharacteristicItem id="3"><Name>3</Name></AngleCharacteristicItem></CharacteristicItems></Characteristics>
 <Results><MeasurementResultsSet n="1"><MeasurementResults id="10"><MeasuredCharacteristics>
  <CharacteristicMeasurements n="4">
   <DiameterCharacteristicMeasurement id="11"><CharacteristicItemId>1</CharacteristicItemId>
    <Value combinedUncertainty="0.00002">0.7875</Value></DiameterCharacteristicMeasurement>
   <PositionCharacteristicMeasurement id="12"><CharacteristicItemId>2</CharacteristicItemId>
    <Value linearUnit="mm">0.2</Value></PositionCharacteristicMeasurement>
   <PositionCharacteristicMeasurement id="13"><CharacteristicItemId>2</CharacteristicItemId>
    </PositionCharacteristicMeasurement>
   <AngleCharacteristicMeasurement id="14"><CharacteristicItemId>3</CharacteristicItemId>
    <Value>0.5235987755983</Value></AngleCharacteristicMeasurement>
  </CharacteristicMeasurements></MeasuredCharacteristics><ActualComponentIds n="1"><Id>20</Id></ActualComponentIds>
 </MeasurementResults></MeasurementResultsSet>
 <ActualComponentSets n="1"><ActualComponentSet n="1"><ActualComponent id="20"><SerialNumber>S7</SerialNumber>
 </ActualComponent></ActualComponentSet></ActualComponentSets></Results></QIFDocument>"""


def test_qif_results_come_in_our_units_with_serial_and_uncertainty() -> None:
    found = Readings.of_text(QIF.encode(), "r.qif")
    assert found.left_out == 1
    assert [(e.characteristic, e.kind, e.serial) for e in found.readings] == [
        ("1", "diameter", "S7"), ("2", "position", "S7"), ("3", "angle", "S7"),
    ]  # fmt: skip
    assert [each.value for each in found.readings] == pytest.approx([20.0025, 0.2, 30.0])
    assert found.readings[0].uncertainty == pytest.approx(2 * 0.00002 * 25.4)
    assert [each.verdict for each in found.judged(PLAN, 0.01)] == ["good", "bad", "good"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (">0.7875<", ">0.78,75<", r"DiameterCharacteristicMeasurement id 11: found Value '0.78,75'"),
        ("<CharacteristicItemId>1<", "<CharacteristicItemId>9<", r"CharacteristicItemId '9'"),
        ('linearUnit="mm"', 'linearUnit="ell"', r"unit ell; expected a unit that FileUnits declares"),
        ("</QIFDocument>", "", "r.qif: XML"),
        ("<QIFDocument", '<!DOCTYPE a [<!ENTITY e "x">]><QIFDocument', "without DTD"),
        ("0.0254", "0", "factor 0"),
        ("<MeasurementResults ", "<Other ", "XML"),
    ],
)
def test_broken_qif_is_refused_by_place(old: str, new: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_qif_results(QIF.replace(old, new, 1), "r.qif")


def test_qif_of_another_kind_isn_t_judged() -> None:
    with pytest.raises(BadInput, match=r"balloon 1\): found diameter; expected width"):
        Readings.of_text(QIF, "r.qif").judged((_item(1, "width", 20.0, 19.98, 20.02), *PLAN[1:]), 0.01)


@pytest.mark.skipif(not (DATA / "quality" / "qif").is_dir(), reason="no sample documents")
def test_a_published_results_document_is_read_whole() -> None:
    found = Readings.of_text((DATA / "quality" / "qif" / "WIDGET_QIF_RESULTS.QIF").read_bytes(), "w.qif")
    assert len(found.readings) + found.left_out == 42
    assert len({each.characteristic for each in found.readings}) == 26
    assert (found.readings[0].characteristic, found.readings[0].kind, found.readings[0].value) == (
        "113",
        "flatness",
        0.088,
    )
    with pytest.raises(BadInput, match="no MeasurementResults"):
        Readings.of_text((DATA / "quality" / "qif" / "WIDGET_QIF_PLAN.QIF").read_bytes(), "p.qif")


@settings(max_examples=120, deadline=None)
@given(st.sampled_from((SETS, FIELDS, QIF, "balloon;value;unit\n1;20,1;mm\n2;0,1;\n")), st.data())
def test_whatever_is_spoiled_is_read_or_refused_never_worse(text: str, data: st.DataObject) -> None:
    """A few bytes overwritten, cut or doubled anywhere: readings with finite values, or a sentence that names the file."""
    raw = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, max(0, len(raw) - 1)))
        raw[place : place + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    refused: tuple[Finding, ...] = ()
    found = None
    try:
        found = Readings.of_text(bytes(raw), "spoiled")
    except BadInput as error:
        refused = error.findings
    assert all(each.file == "spoiled" and each.expected and each.remedy for each in refused)
    assert refused or (found and found.readings)
    assert found is None or all(abs(each.value) < float("inf") for each in found.readings)


def test_qif_results_of_every_kind_go_out_valid_and_come_back(tmp_path: Path) -> None:
    kinds = [*sorted(LINEAR), "thread", "surface_texture", *sorted(ANGULAR_KINDS)]
    sizes = [
        _item(5 + place, kind, 10.0, 9.9, 10.1, unit="deg" if kind in ANGULAR_KINDS else "mm")
        for place, kind in enumerate(kinds)
    ]
    zones = [_item(50 + place, kind, None, None, None, 0.1) for place, kind in enumerate(sorted(GEOMETRIC_KINDS))]
    plan = (*PLAN, *sizes, *zones)
    told = "balloon,serial,value,time\n1,S1,20.001,2026-11-25T06:00:00\n1,S2,20.05,\n3,S2,30.1,\n4,S2,50.0,\n"
    told += "".join(f"{item.balloon},S1,{10 if item.tolerance is None else 0.05},\n" for item in (*sizes, *zones))
    readings = Readings.of_text(told, "a.csv")
    document = readings.as_qif(plan, "4711", created=datetime(2026, 11, 25, tzinfo=UTC), uncertainty=0.004)
    assert document == readings.as_qif(plan, "4711", created=datetime(2026, 11, 25, tzinfo=UTC), uncertainty=0.004)
    back = Readings.of_text(document, "a.qif")
    by_serial = sorted(readings.judged(plan, 0.004), key=lambda each: each.serial)
    assert sorted(back.judged(plan), key=lambda each: each.serial) == by_serial, "with its own uncertainty"
    assert back.part == "4711"
    archive = DATA / "quality" / "qif" / "qif30_xsd.tar.gz"
    if not archive.exists():
        pytest.skip("shared data set quality/qif is not here")
    etree = pytest.importorskip("lxml.etree")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    schema = etree.XMLSchema(etree.parse(str(next(tmp_path.rglob("QIFDocument.xsd")))))
    assert schema.validate(etree.fromstring(document)), schema.error_log
    assert not schema.validate(etree.fromstring(document.replace(b">FAIL<", b">FAILED<", 1))), "a seeded fault is seen"
