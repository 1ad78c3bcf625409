"""The inspection plan, its binding, its papers and the verdict."""

import csv
import io
import os
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from nightmill.cad.brep.records import Face, Feature, Mesh, PartModel, PmiItem
from nightmill.quality import Characteristic, CutRecord, bind, containment, inspection_plan, plan_documents
from nightmill.quality.exchange.as9102_form3 import form3_csv
from nightmill.quality.exchange.qif import plan_qif
from nightmill.quality.inspection.iso2768 import angle_tolerance, linear_tolerance, radius_tolerance
from nightmill.quality.inspection.plan import qif_kind
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.ids import MachineId, SerialId
from nightmill.vocabulary.plan import PLAN_FORMAT, Body, CuttingData, Plan, Setup, Step, Tool
from nightmill.vocabulary.shop import Requirement

DATA = Path(os.environ.get("NIGHTMILL_DATA", Path(__file__).parents[4] / "shared" / "data"))
CREATED = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def _plane(number: int, centroid: tuple[float, float, float], normal: tuple[float, float, float]) -> Face:
    return Face(number, f"P{number}", "plane", 100.0, centroid, normal, centroid, centroid)


def _hole(number: int, x: float, radius: float) -> Face:
    return Face(
        number, f"H{number}", "cylinder", 50.0, (x, 0.0, 5.0), (0.0, 1.0, 0.0), (x, 0.0, 0.0), (x, 0.0, 10.0),
        origin=(x, 0.0, 0.0), axis=(0.0, 0.0, 1.0), radius_mm=radius, hollow=True,
    )  # fmt: skip


def _part(pmi: tuple[PmiItem, ...] = ()) -> PartModel:
    faces = (
        _plane(0, (0.0, 25.0, 5.0), (-1.0, 0.0, 0.0)),
        _plane(1, (100.0, 25.0, 5.0), (1.0, 0.0, 0.0)),
        _plane(2, (50.0, 25.0, 0.0), (0.0, 0.0, -1.0)),
        _plane(3, (50.0, 25.0, 10.0), (0.0, 0.0, 1.0)),
        *(_hole(4 + i, 10.0 + 20.0 * i, 4.0) for i in range(4)),
        _plane(8, (40.0, 25.0, 6.0), (0.0, 0.0, 1.0)),
        _plane(9, (30.0, 25.0, 8.0), (1.0, 0.0, 0.0)),
        _plane(10, (50.0, 25.0, 8.0), (-1.0, 0.0, 0.0)),
    )
    holes = tuple(Feature(i, "through_hole", (4 + i,), {"diameter_mm": 8.0, "depth_mm": 10.0}) for i in range(4))
    pocket = Feature(4, "pocket", (8, 9, 10), {"width_mm": 20.0, "depth_mm": 4.0})
    mesh = Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32), np.zeros(0, np.int32))
    low, high = (0.0, 0.0, 0.0), (100.0, 50.0, 10.0)
    return PartModel("plate", "ab" * 32, faces, (), mesh, (*holes, pocket), pmi, low, high, 1.0, 1.0, "mm", ())


PMI = (
    PmiItem("d1", "diameter", "dimension", 8.0, 8.0, 8.015, None, (), (4, 5, 6, 7)),
    PmiItem("t1", "position_tolerance", "tolerance", None, None, None, 0.2, ("A", "B"), (4, 5, 6, 7), "mm", "M"),
    PmiItem("t2", "flatness_tolerance", "tolerance", None, None, None, 0.05, (), (3,)),
    PmiItem("A", "datum", "datum", None, None, None, None, (), (3,)),
)


@pytest.mark.parametrize(("more", "sense"), [({}, "outer"), ({"inner_diameter_mm": 6.0}, "inner")])
def test_a_groove_round_a_shaft_is_measured_outside_and_one_in_a_face_inside(
    more: dict[str, float], sense: str
) -> None:
    groove = Feature(0, "groove", (4,), {"diameter_mm": 8.0, **more})
    (found,) = [item for item in inspection_plan(replace(_part(), features=(groove,))) if item.kind == "diameter"]
    assert found.sense == sense


def test_features_without_pmi_get_the_general_tolerance() -> None:
    plan = inspection_plan(_part())
    holes = [item for item in plan if item.kind == "diameter"]
    assert len(holes) == 1, "four identical holes are one entry"
    assert holes[0].faces == (4, 5, 6, 7)
    assert (holes[0].lower, holes[0].upper) == (7.8, 8.2)
    assert {item.origin for item in plan} == {"ISO 2768-m"}
    assert [item.balloon for item in plan] == list(range(1, len(plan) + 1))
    sizes = {item.kind: (item.nominal, item.upper) for item in plan if item.sense == "outer"}
    assert sizes == {"length": (100.0, 100.3), "width": (50.0, 50.3), "height": (10.0, 10.2)}


def test_pmi_comes_first_and_covers_its_faces() -> None:
    plan = inspection_plan(_part(PMI))
    diameter = [item for item in plan if item.kind == "diameter"]
    assert [(item.origin, item.lower, item.upper) for item in diameter] == [("pmi", 8.0, 8.015)]
    assert diameter[0].gauge == "cmm"
    assert diameter[0].sampling == "every part"
    position = next(item for item in plan if item.kind == "position")
    assert (position.tolerance, position.datums, position.material_condition) == (0.2, ("A", "B"), "M")
    assert not any(item.kind == "datum" for item in plan)


def test_basic_and_reference_sizes_get_no_limits_and_name_their_pmi() -> None:
    marked = PmiItem("#7", "diameter", "dimension", 8.0, None, None, None, (), (4,), modifiers=("basic",))
    plan = inspection_plan(_part((marked,)))
    first = plan[0]
    assert (first.pmi, first.nominal, first.lower, first.upper, first.origin) == ("#7", 8.0, None, None, "pmi")
    # one wall of four holes is said: the other three keep the general tolerance, and the said one doesn't come twice
    assert [item.faces for item in plan if item.kind == "diameter"] == [(4,), (5, 6, 7)]


def test_inch_pmi_and_requirements_are_in_mm() -> None:
    inch = (PmiItem("d", "Size_Diameter", "dimension", 0.5, 0.499, 0.501, None, (), (4,), "inch"),)
    item = inspection_plan(_part(inch))[0]
    assert (item.kind, item.nominal, item.lower) == ("diameter", 12.7, 12.6746)
    asked = (Requirement("width", 20.0, 19.95, 20.05, (9, 10)),)
    width = [item for item in inspection_plan(_part(), asked) if item.kind == "width" and item.nominal == 20.0]
    assert next((item.origin, item.sense) for item in width) == ("requirement", "inner")


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("Location_LinearDistance", "distance_between"),
        ("linear distance inner inner", "distance_between"),
        ("position_tolerance", "position"),
        ("surface_profile_tolerance", "surface_profile"),
        ("Size_SphericalDiameter", "spherical_diameter"),
        ("perpendicularity", "perpendicularity"),
    ],
)
def test_kinds_carry_qif_names(given: str, kind: str) -> None:
    assert qif_kind(given) == kind


@pytest.mark.parametrize(
    ("nominal", "grade", "margin"),
    [(0.4, "m", None), (3.0, "f", 0.05), (3.1, "v", 0.5), (30.0, "m", 0.2), (31.0, "c", 0.8), (2500.0, "m", 2.0)],
)
def test_iso_2768_table_1(nominal: float, grade: str, margin: float | None) -> None:
    assert linear_tolerance(nominal, grade) == margin  # type: ignore[arg-type]


def test_iso_2768_tables_2_and_3() -> None:
    assert radius_tolerance(5.0) == 0.5
    assert angle_tolerance(120.0) == pytest.approx(20 / 60)


def _plan() -> Plan:
    cutting = CuttingData(100.0, 4000.0, 0.05, 400.0, 5.0, 1.0, 0.5, 50.0, "test")

    def step(name: str, tool: int, faces: tuple[int, ...], features: tuple[int, ...] = ()) -> Step:
        return Step(name, name, tool, features, faces, cutting, 10.0, 1, 2)

    tools = (Tool(1, "flat", 10.0), Tool(2, "drill", 8.0), Tool(3, "face", 50.0))
    steps = (step("face", 3, (3,)), step("rough", 1, (8, 9, 10)), step("drill", 2, (), (0, 1, 2, 3)))
    more = (step("wall", 1, (9, 10)), step("floor", 1, (8,)), step("profile", 1, (0, 1)))
    setups = (
        Setup("S1", "mill", "s1.ngc", "G54", IDENTITY, (), steps),
        Setup("S2", "mill", "s2.ngc", "G54", IDENTITY, (), more),
    )
    stock = Body(kind="box", min=(0.0, 0.0, 0.0), max=(1.0, 1.0, 1.0))
    return Plan(PLAN_FORMAT, "plate", "mm", "ab", stock, tools, setups, (), 60.0)


def test_binding_names_the_last_maker_and_the_register() -> None:
    part = _part()
    bound = {
        (item.characteristic.kind, item.characteristic.sense): item
        for item in bind(inspection_plan(part), _plan(), part.features)
    }
    drilled = bound["diameter", "inner"]
    assert (drilled.operation, drilled.tool, drilled.register, drilled.sensitivity) == ("S1", 2, "none", 0.0)
    length = bound["length", "outer"]
    assert (length.operation, length.step, length.tool, length.sensitivity) == ("S2", "profile", 1, -2.0)
    height = bound["height", "outer"]
    assert (height.tool, height.register, height.sensitivity) == (3, "length", -1.0)
    depth = bound["depth", "depth"]
    assert (depth.operation, depth.register, depth.sensitivity) == ("S2", "length", 1.0)
    assert bound["width", "outer"].operation is None


def test_milled_hole_grows_by_twice_the_radius_offset() -> None:
    plan = _plan()
    tools = tuple(tool if tool.number != 2 else Tool(2, "flat", 6.0) for tool in plan.tools)
    milled = Plan(PLAN_FORMAT, "plate", "mm", "ab", plan.stock, tools, plan.setups, (), 60.0)
    part = _part(PMI)
    hole = next(b for b in bind(inspection_plan(part), milled, part.features) if b.characteristic.kind == "diameter")
    assert (hole.register, hole.sensitivity) == ("radius", 2.0)


def test_qif_is_valid_against_the_published_schema(tmp_path: Path) -> None:
    archive = DATA / "quality" / "qif" / "qif30_xsd.tar.gz"
    if not archive.exists():
        pytest.skip("shared data set quality/qif is not here")
    etree = pytest.importorskip("lxml.etree")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    schema = etree.XMLSchema(etree.parse(str(next(tmp_path.rglob("QIFDocument.xsd")))))
    geometric = tuple(
        PmiItem(f"g{i}", kind, "tolerance", None, None, None, 0.1, datums, (3, 4))
        for i, (kind, datums) in enumerate(
            [
                ("perpendicularity", ("A",)), ("parallelism", ("A",)), ("angularity", ("A", "C")),
                ("surface_profile", ("A", "B", "C")), ("line_profile", ()), ("circularity", ()), ("cylindricity", ()),
                ("straightness", ()), ("circular_runout", ("A",)), ("total_runout", ("A",)), ("symmetry", ("B",)),
                ("concentricity", ("A",)), ("coaxiality", ("A",)), ("point_profile", ("A",)),
            ]
        )
    )  # fmt: skip
    sizes = tuple(
        PmiItem(f"s{i}", kind, "dimension", 10.0, 9.9, 10.1, None, (), (3,), "deg" if "angle" in kind else "mm")
        for i, kind in enumerate(
            ["radius", "thickness", "distance_between", "angle", "angle_between", "spherical_radius", "curve_length",
             "distance_from", "angle_from", "no_such_kind", "depth"]
        )
    )  # fmt: skip
    basic = PmiItem("b1", "diameter", "dimension", 12.0, None, None, None, (), (5,), modifiers=("basic",))
    cone = Face(11, "C11", "cone", 10.0, (5.0, 5.0, 5.0), (0.0, 0.0, 1.0), (5.0, 5.0, 5.0), (6.0, 6.0, 6.0))
    on_cone = PmiItem("c1", "surface_profile", "tolerance", None, None, None, 0.1, (), (11,))
    part = _part((*PMI, *geometric, *sizes, basic, on_cone))
    part = replace(part, faces=(*part.faces, cone))
    document = plan_qif(inspection_plan(part), part, created=CREATED)
    tree = etree.fromstring(document)
    assert schema.validate(tree), schema.error_log
    designators = tree.findall(".//{*}CharacteristicDesignator/{*}Designator")
    assert len(designators) == len(inspection_plan(part))
    assert document == plan_qif(inspection_plan(part), part, created=CREATED)
    broken = document.replace(b"<ToleranceValue>0.2<", b"<ToleranceValue>wide<")
    assert not schema.validate(etree.fromstring(broken)), "the checker must see a seeded fault"


def test_form3_has_one_line_a_characteristic() -> None:
    part = _part(PMI)
    plan = inspection_plan(part)
    rows = list(csv.reader(io.StringIO(form3_csv(plan, part_number="=1+1", results={1: 8.01}))))
    assert len(rows) == 3 + len(plan)
    assert rows[0][1] == "'=1+1"
    assert rows[3][3] == "8 +0.015/+0"
    assert rows[3][4] == "8.0100"


def test_as9102_forms_as_workbook_and_pdf_carry_every_characteristic() -> None:
    from openpyxl import load_workbook

    part = _part(PMI)
    plan = inspection_plan(part)
    papers = plan_documents(plan, part, CREATED)
    assert set(papers) == {"plan.qif", "plan.dfd", "form3.csv", "as9102.xlsx", "as9102.pdf"}
    book = load_workbook(io.BytesIO(papers["as9102.xlsx"]))
    assert book.sheetnames == ["Form 1", "Form 2", "Form 3"]
    numbers = [row[0] for row in book["Form 3"].iter_rows(min_row=8, values_only=True)]
    assert numbers == [str(item.balloon) for item in plan]
    assert papers["as9102.pdf"].startswith(b"%PDF")
    assert papers["as9102.pdf"] == plan_documents(plan, part, CREATED)["as9102.pdf"]


def _size(lower: float | None, upper: float | None, tolerance: float | None = None) -> Characteristic:
    kind = "position" if tolerance is not None else "diameter"
    return Characteristic(1, kind, 20.0, lower, upper, tolerance, "mm", (), "", (), "", "", "", "pmi")


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [(20.0, "good"), (20.09, "good"), (20.0925, "doubt"), (20.105, "doubt"), (20.12, "bad"), (19.88, "bad")],
)
def test_verdicts_are_guard_banded(measured: float, verdict: str) -> None:
    assert _size(19.9, 20.1).judge(measured, 0.01) == verdict


def test_verdict_without_uncertainty_is_the_limit_itself() -> None:
    assert _size(19.9, 20.1).judge(20.1, 0.0) == "good"
    assert _size(19.9, 20.1).judge(20.1001, 0.0) == "bad"
    assert _size(None, None, 0.2).judge(0.21, 0.0) == "bad"


def test_verdict_wants_numbers_and_limits() -> None:
    with pytest.raises(BadInput) as caught:
        _size(None, None).judge(float("nan"), -1.0)
    assert len(caught.value.findings) == 3


def test_guard_band_keeps_false_acceptance_under_five_percent() -> None:
    rng = np.random.default_rng(4)
    item, uncertainty = _size(19.9, 20.1), 0.01
    on_the_limit = 20.1 + rng.normal(0.0, uncertainty / 2, 20000)
    accepted = np.mean([item.judge(float(value), uncertainty) == "good" for value in on_the_limit])
    assert 0.04 < accepted < 0.06


def test_containment_is_the_exact_window_of_that_edge() -> None:
    history = [
        CutRecord(SerialId("1"), MachineId("M1"), "T4.1", "good"),
        CutRecord(SerialId("2"), MachineId("M1"), "T4.1"),
        CutRecord(SerialId("x"), MachineId("M2"), "T9.1"),
        CutRecord(SerialId("3"), MachineId("M1"), "T4.1", "bad"),
        CutRecord(SerialId("4"), MachineId("M1"), "T4.1"),
        CutRecord(SerialId("5"), MachineId("M1"), "T4.1", "good"),
        CutRecord(SerialId("6"), MachineId("M1"), "T4.2"),
    ]
    assert containment(history, serial="3") == ("2", "3", "4")
    assert containment(history, serial="3", machine="M1") == ("2", "3", "4", "6")
    assert containment(history, serial="nobody") == ()
