"""Features by rule on solids whose features are known."""

from pathlib import Path
from typing import Any

import pytest
from design_solids import box, cone, cut, cylinder, join, plate_with_holes, write

from nightmill.cad import Feature, PartModel, feature_of_face, features_answer, labels_of, read_part


def part_of(shape: Any, folder: Path) -> PartModel:
    return read_part(write(shape, folder / "part.step"), mesh_deflection_mm=0.05, angular_deg=15)


def only(part: PartModel, kind: str) -> Feature:
    (found,) = [feature for feature in part.features if feature.kind == kind]
    return found


def test_hole_stacks(tmp_path: Path) -> None:
    part = part_of(plate_with_holes(), tmp_path)
    through = only(part, "through_hole")
    assert through.parameters == pytest.approx(
        {"diameter_mm": 6, "depth_mm": 20, "through": 1, "x": 10, "y": 10, "z": 20}
    )
    blind = only(part, "blind_hole")
    assert blind.parameters["depth_mm"] == pytest.approx(12)
    assert blind.parameters["tip_angle_deg"] == pytest.approx(118)
    assert blind.parameters["z"] == pytest.approx(20)
    assert blind.axis == pytest.approx((0, 0, 1))
    bore = only(part, "counterbore_hole").parameters
    assert (bore["diameter_mm"], bore["counterbore_diameter_mm"], bore["counterbore_depth_mm"]) == pytest.approx(
        (6.6, 11, 6)
    )
    sink = only(part, "countersink_hole").parameters
    assert (sink["diameter_mm"], sink["countersink_diameter_mm"], sink["countersink_angle_deg"]) == pytest.approx(
        (5.5, 11, 90)
    )
    assert len(only(part, "outer_profile").faces) == 4


def sphere(radius: float, at: tuple[float, float, float]) -> Any:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeSphere
    from OCP.gp import gp_Pnt

    return BRepPrimAPI_MakeSphere(gp_Pnt(*at), radius).Shape()


def rounded_bottom(radius: float, fillet: float, depth: float, at: tuple[float, float, float]) -> Any:
    """A cylinder whose lower edge is rounded."""
    from OCP.BRepFilletAPI import BRepFilletAPI_MakeFillet
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer
    from OCP.TopoDS import TopoDS

    body = cylinder(radius, depth, at)
    maker = BRepFilletAPI_MakeFillet(body)
    explorer = TopExp_Explorer(body, TopAbs_ShapeEnum.TopAbs_EDGE)
    edges = []
    while explorer.More():
        edges.append(TopoDS.Edge(explorer.Current()))
        explorer.Next()
    from OCP.Bnd import Bnd_Box
    from OCP.BRepBndLib import BRepBndLib

    for edge in edges:
        bounds = Bnd_Box()
        BRepBndLib.Add_s(edge, bounds)
        if bounds.CornerMax().Z() < at[2] + 0.1:
            maker.Add(fillet, edge)
            break
    return maker.Shape()


def test_a_hole_with_a_ball_s_bottom_or_a_rounded_foot_is_blind(tmp_path: Path) -> None:
    ball = join(cylinder(5, 21, (15, 20, 10)), sphere(5, (15, 20, 10)))
    part = part_of(cut(box(60, 40, 30), ball), tmp_path)
    found = only(part, "blind_hole")
    assert found.parameters["depth_mm"] == pytest.approx(20)
    assert found.parameters["bottom_radius_mm"] == pytest.approx(5)
    assert found.parameters["through"] == 0
    assert len(found.faces) == 2
    part = part_of(cut(box(60, 40, 30), rounded_bottom(6, 1.5, 22, (30, 20, 13))), tmp_path)
    found = only(part, "blind_hole")
    assert found.parameters["depth_mm"] == pytest.approx(17)
    assert found.parameters["floor_radius_mm"] == pytest.approx(1.5)
    assert len(found.faces) == 3


def test_all_diameters_of_a_stack_are_told(tmp_path: Path) -> None:
    three = [cylinder(4, 30, (30, 20, 4)), cylinder(7, 30, (30, 20, 16)), cylinder(10, 30, (30, 20, 24))]
    found = only(part_of(cut(box(60, 40, 30), *three), tmp_path), "counterbore_hole").parameters
    assert (found["counterbore_diameter_mm"], found["counterbore_depth_mm"]) == pytest.approx((20, 6))
    assert (found["second_counterbore_diameter_mm"], found["second_counterbore_depth_mm"]) == pytest.approx((14, 14))
    both = [cylinder(4, 30, (30, 20, 0)), cylinder(8, 8, (30, 20, 22)), cylinder(7, 5, (30, 20, 0))]
    found = only(part_of(cut(box(60, 40, 30), *both), tmp_path), "counterbore_hole").parameters
    assert (found["counterbore_diameter_mm"], found["counterbore_depth_mm"]) == pytest.approx((16, 8))
    assert (found["far_counterbore_diameter_mm"], found["far_counterbore_depth_mm"]) == pytest.approx((14, 5))
    sinks = [cylinder(3, 30, (30, 20, 0)), cone(5, 3, 2, (30, 20, 0)), cone(3, 6, 3, (30, 20, 27))]
    found = only(part_of(cut(box(60, 40, 30), *sinks), tmp_path), "countersink_hole").parameters
    assert (found["countersink_diameter_mm"], found["countersink_angle_deg"]) == pytest.approx((12, 90))
    assert (found["far_countersink_diameter_mm"], found["far_countersink_angle_deg"]) == pytest.approx((10, 90))


def test_a_groove_round_a_face_is_no_hole(tmp_path: Path) -> None:
    ring = cut(cylinder(18, 4, (30, 30, 17)), cylinder(15, 4, (30, 30, 17)))
    part = part_of(cut(box(60, 60, 20), ring), tmp_path)
    found = only(part, "groove")
    assert len(found.faces) == 3
    asked = ("diameter_mm", "inner_diameter_mm", "width_mm", "depth_mm")
    assert [found.parameters[name] for name in asked] == pytest.approx([36, 30, 3, 3])
    assert not [feature for feature in part.features if "hole" in feature.kind or feature.kind == "boss"]
    wide = cut(cylinder(25, 4, (30, 30, 17)), cylinder(4, 4, (30, 30, 17)))
    kinds = {feature.kind for feature in part_of(cut(box(60, 60, 20), wide), tmp_path).features}
    assert "groove" not in kinds, "a round pocket with a boss in it"


def test_bosses_have_a_place_and_stand_in_patterns(tmp_path: Path) -> None:
    body = join(
        box(80, 60, 8), *(cylinder(6, 20, (x, y, 0)) for x in (20, 60) for y in (15, 45)), box(8, 10, 18, (36, 25, 0))
    )
    part = part_of(body, tmp_path)
    bosses = [feature for feature in part.features if feature.kind == "boss"]
    round_ = [feature.parameters for feature in bosses if "diameter_mm" in feature.parameters]
    assert {tuple(round(each[name]) for name in "xyz") for each in round_} == {
        (x, y, 20) for x in (20, 60) for y in (15, 45)
    }
    assert all(each["pattern_count"] == 4 for each in round_)
    assert all(feature.axis == pytest.approx((0, 0, 1)) for feature in bosses)
    (square,) = (feature.parameters for feature in bosses if "diameter_mm" not in feature.parameters)
    assert [square[name] for name in "xyz"] == pytest.approx([40, 30, 18])


def prism(outline: list[tuple[float, float]], length: float) -> Any:
    """A body with an outline in XZ, along Y from 0."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.gp import gp_Pnt, gp_Vec

    polygon = BRepBuilderAPI_MakePolygon()
    for x, z in outline:
        polygon.Add(gp_Pnt(x, 0.0, z))
    polygon.Close()
    face = BRepBuilderAPI_MakeFace(polygon.Wire()).Face()
    return BRepPrimAPI_MakePrism(face, gp_Vec(0.0, length, 0.0)).Shape()


@pytest.mark.parametrize(
    ("outline", "faces", "depth", "width", "mouth"),
    [
        ([(22, 30), (38, 30), (44, 18), (16, 18)], 3, 12, 28, 16),
        ([(25, 30), (35, 30), (35, 22), (40, 22), (40, 15), (20, 15), (20, 22), (25, 22)], 7, 15, 20, 10),
    ],
)
def test_undercut_slots(
    tmp_path: Path, outline: list[tuple[float, float]], faces: int, depth: float, width: float, mouth: float
) -> None:
    found = only(part_of(cut(box(60, 50, 30), prism(outline, 50)), tmp_path), "through_slot")
    assert len(found.faces) == faces
    asked = ("depth_mm", "width_mm", "length_mm", "mouth_width_mm", "open_sides")
    assert [found.parameters[name] for name in asked] == pytest.approx([depth, width, 50, mouth, 2])
    assert found.axis == pytest.approx((0, 0, 1))


def test_an_undercut_slot_that_stands_askew_is_read(tmp_path: Path) -> None:
    from OCP.BRepBuilderAPI import BRepBuilderAPI_Transform
    from OCP.gp import gp_Ax1, gp_Dir, gp_Pnt, gp_Trsf

    outline = [
        (25.0, 30.0),
        (35.0, 30.0),
        (35.0, 22.0),
        (40.0, 22.0),
        (40.0, 15.0),
        (20.0, 15.0),
        (20.0, 22.0),
        (25.0, 22.0),
    ]
    body = cut(box(60, 50, 30), prism(outline, 50))
    for turn in range(1, 9):  # by rounding, the product of opposite normals is less than -1 at some of them
        askew = gp_Trsf()
        axis = gp_Dir(0.3, -0.5, 0.7 + 0.1 * turn) if turn < 8 else gp_Dir(0, 0, 1)
        askew.SetRotation(gp_Ax1(gp_Pnt(0, 0, 0), axis), 0.37 * turn)
        slot = only(part_of(BRepBuilderAPI_Transform(body, askew, True).Shape(), tmp_path), "through_slot")
        assert "mouth_width_mm" not in slot.parameters, "not told, rather than wrongly by a box around it"


def test_the_walls_of_a_moulded_pocket_lean(tmp_path: Path) -> None:
    wedge = prism([(20, 30), (40, 30), (38, 20), (22, 20)], 50)
    found = only(part_of(cut(box(60, 50, 30), wedge), tmp_path), "through_slot").parameters
    assert found["draft_deg"] == pytest.approx(11.31, abs=0.01)
    assert "mouth_width_mm" not in found


def test_tap_drills_of_threads_in_inches(tmp_path: Path) -> None:
    part = part_of(
        cut(box(60, 40, 20), cylinder(0.201 * 12.7, 20, (15, 20, 0)), cylinder(2.1, 20, (45, 20, 0))), tmp_path
    )
    hints = sorted(feature.parameters["thread_hint_mm"] for feature in part.features if "hole" in feature.kind)
    assert hints == pytest.approx([5.0, 6.35])


def test_each_face_has_one_owner(tmp_path: Path) -> None:
    part = part_of(plate_with_holes(), tmp_path)
    owned = [face for feature in part.features for face in feature.faces]
    assert len(owned) == len(set(owned)) == len(part.faces)
    assert [feature.id for feature in part.features] == list(range(len(part.features)))
    assert feature_of_face(part.features)[owned[0]] == part.features[0].id


def test_hole_across_another_is_one_hole(tmp_path: Path) -> None:
    part = part_of(
        cut(box(40, 30, 30), cylinder(6, 30, (20, 15, 0)), cylinder(3, 30, (0, 15, 15), (1, 0, 0))), tmp_path
    )
    cross = min((f for f in part.features if "hole" in f.kind), key=lambda f: f.parameters["diameter_mm"])
    assert cross.kind == "blind_hole" or cross.parameters["through"] == 0
    assert cross.parameters["diameter_mm"] == pytest.approx(6)
    assert len([f for f in part.features if "hole" in f.kind]) == 2


@pytest.mark.parametrize(
    ("tool", "kind", "faces"),
    [
        (box(20, 20, 5, (20, 10, 15)), "pocket", 5),
        (box(20, 20, 20, (20, 10, 0)), "through_pocket", 4),
        (box(60, 12, 5, (0, 14, 15)), "through_slot", 3),
        (box(30, 12, 5, (0, 14, 15)), "blind_slot", 4),
        (box(15, 40, 5, (0, 0, 15)), "step", 2),
        (box(15, 15, 5, (0, 0, 15)), "step", 3),
        (cylinder(6, 20, (30, 20, 0)), "through_hole", 1),
        (cylinder(6, 7, (30, 20, 13)), "blind_hole", 2),
    ],
)
def test_one_depression(tmp_path: Path, tool: Any, kind: str, faces: int) -> None:
    part = part_of(cut(box(60, 40, 20), tool), tmp_path)
    found = only(part, kind)
    assert len(found.faces) == faces
    assert found.parameters["depth_mm"] == pytest.approx(
        20 if "through_" in kind and kind != "through_slot" else 7 if "hole" in kind else 5
    )


def test_slot_boss_and_chamfer(tmp_path: Path) -> None:
    from OCP.BRepFilletAPI import BRepFilletAPI_MakeChamfer
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer
    from OCP.TopoDS import TopoDS

    obround = join(box(20, 8, 6, (20, 6, 14)), cylinder(4, 6, (20, 10, 14)), cylinder(4, 6, (40, 10, 14)))
    body = join(cut(box(60, 40, 20), obround), cylinder(5, 8, (30, 30, 20)))
    part = part_of(body, tmp_path)
    assert only(part, "slot").parameters["corner_radius_mm"] == pytest.approx(4)
    assert only(part, "boss").parameters["height_mm"] == pytest.approx(8)
    block = box(60, 40, 20)
    explorer = TopExp_Explorer(block, TopAbs_ShapeEnum.TopAbs_EDGE)
    explorer.Next()
    edge = TopoDS.Edge(explorer.Current())  # a horizontal one: an upright chamfer belongs to the outer profile
    maker = BRepFilletAPI_MakeChamfer(block)
    maker.Add(1.5, edge)
    chamfer = only(part_of(maker.Shape(), tmp_path), "chamfer")
    assert chamfer.parameters["width_mm"] == pytest.approx(1.5)


def test_answer_and_labels(tmp_path: Path) -> None:
    part = part_of(cut(box(60, 40, 20), box(20, 20, 5, (20, 10, 15))), tmp_path)
    answer = features_answer(part, "mfcadpp")
    assert sorted(face["label"] for face in answer["faces"]) == ["14"] * 5 + ["24"] * 6
    assert labels_of(part, "mfcad").count("10") == 5
    assert {face["label"] for face in features_answer(part)["faces"]} == {"pocket", "outer_profile", "planar_face"}
    assert answer["pmi"] == {"dimensions": [], "tolerances": [], "datums": []}
