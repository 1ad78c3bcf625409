import itertools
import re

import manifold3d as m3
import numpy as np
import pytest

from nightmill.design.part import Mesh, PartModel
from nightmill.process import default_machine, default_tools, material_named, materials, plan_route, retune, write_plan
from nightmill.process.result import ProcessPlan
from nightmill.vocabulary.errors import BadInput


def part_of(solid: m3.Manifold) -> PartModel:
    mesh = solid.to_mesh64()
    vertices = np.asarray(mesh.vert_properties)[:, :3].astype(np.float64)
    triangles = np.asarray(mesh.tri_verts).astype(np.int32)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    return PartModel(
        name="plate",
        sha256="0" * 64,
        faces=(),
        edges=(),
        mesh=Mesh(vertices, triangles, np.arange(len(triangles), dtype=np.int32) // 2),
        features=(),
        pmi=(),
        low=(float(low[0]), float(low[1]), float(low[2])),
        high=(float(high[0]), float(high[1]), float(high[2])),
        volume_mm3=solid.volume(),
        area_mm2=solid.surface_area(),
        file_unit="mm",
        notes=(),
    )


def plate() -> m3.Manifold:
    body = m3.Manifold.cube([50, 40, 10])
    pocket = m3.CrossSection.square([20, 14]).offset(4.0, m3.JoinType.Round, circular_segments=96).extrude(6)
    hole = m3.Manifold.cylinder(20, 4, 4, 96).translate([42, 8, -5])
    return body - pocket.translate([10, 12, 5]) - hole


def planned(solid: m3.Manifold) -> ProcessPlan:
    return plan_route(part_of(solid), tools=default_tools(), machine=default_machine(), material=material_named("6061"))


@pytest.fixture(scope="module")
def plan() -> ProcessPlan:
    return planned(plate())


def turned(start: list[float], end: list[float], centre: np.ndarray, left: bool) -> list[np.ndarray]:
    """Places along a level arc, a degree apart, its end last."""
    first, last = np.array(start[:2]) - centre, np.array(end[:2]) - centre
    angle = np.arctan2(first[0] * last[1] - first[1] * last[0], first @ last) * (1 if left else -1)
    angle = (angle + 2 * np.pi) % (2 * np.pi) * (1 if left else -1)
    turns = np.linspace(0, angle, max(2, int(np.degrees(abs(angle))) + 1))[1:]
    places = [
        centre + np.array([np.cos(a) * first[0] - np.sin(a) * first[1], np.sin(a) * first[0] + np.cos(a) * first[1]])
        for a in turns
    ]
    return [*(np.array([*place, end[2]]) for place in places[:-1]), np.array(end)]


def moves(text: str) -> list[tuple[int, bool, np.ndarray, np.ndarray]]:
    """An independent reading of the moves, arcs as chords: tool, rapid, start, end; unknown places are skipped."""
    at = [np.nan, np.nan, np.nan]
    tool, rapid, mode, found = 0, True, 0, []
    for line in text.splitlines():
        code = re.sub(r"\([^)]*\)", "", line)
        if "G53" in code:
            at = [np.nan, np.nan, np.nan]
            continue
        if m := re.search(r"T(\d+)", code):
            tool = int(m.group(1))
            at = [np.nan, np.nan, np.nan]
        if m := re.search(r"G([0-3])\b", code):
            mode = int(m.group(1))
            rapid = mode == 0
        words = re.findall(r"([XYZ])(-?[\d.]+)", code)
        if not words:
            continue
        end = list(at)
        for axis, value in words:
            end["XYZ".index(axis)] = float(value)
        if not np.isnan([*at, *end]).any():
            places = [np.array(end)]
            if mode > 1:
                centre = np.array([at[k] + float(re.findall(rf"{w}(-?[\d.]+)", code)[0]) for k, w in enumerate("IJ")])
                places = turned(at, end, centre, mode == 3)
            for here, there in itertools.pairwise([np.array(at), *places]):
                found.append((tool, rapid, here, there))
        at = end
    return found


def test_plate_takes_two_setups_and_leaves_nothing(plan: ProcessPlan) -> None:
    assert [s.direction for s in plan.plan.setups] == ["+Z", "-Z"]
    assert sum(u.area_mm2 for u in plan.plan.uncut) < 0.001 * plate().surface_area()
    assert b"nightmill-plan/1" in write_plan(plan.plan)


def test_no_move_enters_the_part_by_more_than_the_gouge_limit(plan: ProcessPlan) -> None:
    """Brute force: points 0.02 mm inside the surface against every swept cylinder, in each setup."""
    part = part_of(plate())
    corners = part.mesh.vertices[part.mesh.triangles]
    random = np.random.default_rng(3)
    rows = random.integers(0, len(corners), 1500)
    weights = random.dirichlet([1, 1, 1], 1500)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    points = (corners[rows] * weights[:, :, None]).sum(axis=1) - 0.02 * normal[rows]
    tools = {t.number: t for t in plan.plan.tools}
    for setup in plan.plan.setups:
        matrix = np.array(setup.model_to_work)
        work = points @ matrix[:3, :3].T + matrix[:3, 3]
        for tool, _, start, end in moves(plan.files[setup.program].decode()):
            step = end - start
            square = float(step[:2] @ step[:2])
            share = (
                np.clip(((work[:, :2] - start[:2]) @ step[:2]) / square, 0, 1) if square > 0 else np.zeros(len(work))
            )
            near = start + share[:, None] * step
            close = np.linalg.norm(work[:, :2] - near[:, :2], axis=1) < tools[tool].diameter_mm / 2 - 1e-3
            lowest = near[:, 2] if square > 0 else np.full(len(work), min(start[2], end[2]))
            assert not (close & (work[:, 2] > lowest + 1e-3)).any()


def test_rapids_across_stay_above_the_piece(plan: ProcessPlan) -> None:
    for setup in plan.plan.setups:
        for _, rapid, start, end in moves(plan.files[setup.program].decode()):
            if rapid and np.hypot(*(end - start)[:2]) > 1e-6:
                assert min(start[2], end[2]) >= 1.0


def test_cutting_data_respect_the_machine(plan: ProcessPlan) -> None:
    machine = default_machine()
    for step in (s for setup in plan.plan.setups for s in setup.steps):
        assert step.cutting.spindle_rpm <= machine.spindle_rpm_max
        assert step.cutting.feed_mm_min <= machine.feed_max_mm_min
        assert step.cutting.power_kw <= machine.spindle_kw
        assert step.cutting.source
        assert step.line_from < step.line_to


def test_an_inner_cavity_is_reported() -> None:
    box = m3.Manifold.cube([20, 20, 20]) - m3.Manifold.cube([8, 8, 8]).translate([6, 6, 6])
    found = planned(box)
    assert any("undercut" in u.reason and u.area_mm2 == pytest.approx(6 * 64, rel=0.02) for u in found.plan.uncut)


@pytest.mark.slow
def test_what_stays_has_its_true_reason() -> None:
    block = m3.Manifold.cube([30, 30, 20])
    slit = m3.Manifold.cube([20, 0.3, 5]).translate([5, 8, 15.001])
    slanted = m3.Manifold.cylinder(40, 3, 3, 48).rotate([45, 0, 0]).translate([15, 45, -15])
    deep = slanted - m3.Manifold.cube([60, 60, 60]).translate([-15, -42, -30])
    found = {u.reason.split(":")[0].split(" of ")[0]: u.area_mm2 for u in planned(block - slit - deep).plan.uncut}
    assert found["inner corner or gap narrower than the smallest cutter"] == pytest.approx(
        2 * 20 * 5 + 2 * 0.3 * 5, rel=0.1
    )
    assert found["open only along a tilted axis"] > 20.0


def test_retune_scales_words_and_keeps_coordinates(plan: ProcessPlan) -> None:
    text = plan.files["1.ngc"].decode()
    tool = plan.plan.setups[0].steps[0].tool
    changed = retune(text, {tool: (0.5, 2.0)})
    strip = re.compile(r"[SF][\d.]+")
    assert strip.sub("", changed) == strip.sub("", text)
    assert changed != text
    assert retune(text, {tool: (1.0, 1.0)}) == text
    with pytest.raises(BadInput):
        retune(text, {tool: (9.0, 1.0)})


def test_materials_by_alias_and_unknown() -> None:
    for alias in ("Al 6061", "6061", "S235", "1.4301", "42CrMo4"):
        assert material_named(alias) in materials()
    with pytest.raises(BadInput, match="42CrMo4"):
        material_named("unobtainium")
