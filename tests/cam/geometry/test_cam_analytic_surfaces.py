"""Exact surfaces of faces: points and normals, and level contours on them that become arcs."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from toolpath_text import lines_of

from nightmill.cad import Face
from nightmill.cam import default_machine, default_tools, material_named
from nightmill.cam.cutting_data.milling import milling
from nightmill.cam.geometry.analytic_surfaces import Elementary, surfaces_of
from nightmill.cam.strategies.milling.contact_paths import run
from nightmill.cam.strategies.milling.waterlines import Patch
from nightmill.cam.toolpath.milling_program import Program

Floats = NDArray[np.float64]
AXIS = (0.0, 0.6, 0.8)
ORIGIN = (1.0, -2.0, 3.0)


def _face(kind: str, hollow: bool = False) -> Face:
    sizes = {"radius_mm": 4.0, "major_radius_mm": 20.0 if kind == "torus" else None}
    return Face(
        0, "", kind, 1.0, (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0),  # type: ignore[arg-type]
        origin=ORIGIN, axis=None if kind == "sphere" else AXIS, semi_angle_deg=30.0, hollow=hollow, **sizes,  # type: ignore[arg-type]
    )  # fmt: skip


def _on(kind: str, count: int = 40) -> tuple[Floats, Floats]:
    """Points of a surface around the Z axis and their outward normals, turned and shifted to its place."""
    draw = np.random.default_rng(7)
    around, other = draw.uniform(0, 2 * math.pi, count), draw.uniform(-1.2, 1.2, count)
    out = np.column_stack([np.cos(around), np.sin(around), np.zeros(count)])
    up = np.array([0.0, 0.0, 1.0])
    if kind == "cylinder":
        points, normals = 4.0 * out + other[:, None] * up, out
    elif kind == "cone":
        high = other + 5.0
        points = (high * math.tan(math.radians(30)))[:, None] * out + high[:, None] * up
        normals = math.cos(math.radians(30)) * out - math.sin(math.radians(30)) * up
    else:
        normals = np.cos(other)[:, None] * out + np.sin(other)[:, None] * up
        points = 4.0 * normals + (20.0 * out if kind == "torus" else 0.0)
    frame = np.array([[1.0, 0.0, 0.0], [0.0, 0.8, -0.6], AXIS]).T
    return points @ frame.T + ORIGIN, normals @ frame.T


@pytest.mark.parametrize("hollow", [False, True])
@pytest.mark.parametrize("kind", ["cylinder", "cone", "sphere", "torus"])
def test_distance_and_normal_are_those_of_the_surface(kind: str, hollow: bool) -> None:
    surface = Elementary.of(_face(kind, hollow))
    assert surface is not None
    points, normals = _on(kind)
    side = -1.0 if hollow else 1.0
    gap, found = surface.beside(points + 0.01 * side * normals)
    assert gap == pytest.approx(0.01, abs=1e-4)
    assert np.einsum("nc,nc->n", found, normals) == pytest.approx(side, abs=1e-9)
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    shift = np.array([5.0, 6.0, 7.0])
    moved = surfaces_of([_face(kind, hollow)], turn, shift)[0]
    assert moved.beside(points @ turn.T + shift)[0] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("kind", ["cylinder", "cone", "sphere", "torus"])
def test_points_are_brought_onto_the_surface_at_their_own_height(kind: str) -> None:
    surface = Elementary.of(_face(kind))
    assert surface is not None
    points, normals = _on(kind)
    beside = points - 0.004 * normals
    moved, found = surface.at_height(beside)
    assert moved[:, 2] == pytest.approx(beside[:, 2], abs=0.0)
    upright = np.hypot(normals[:, 0], normals[:, 1]) > 0.3
    assert surface.beside(moved[upright])[0] == pytest.approx(0.0, abs=1e-4)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0)


def test_a_mesh_of_another_surface_keeps_its_own_normals() -> None:
    face = _face("cylinder")
    surface = Elementary.of(face)
    points, _ = _on("torus", 30)
    rows = np.array([[0, 1, 2], [3, 4, 5]])
    assert surface is not None
    assert Patch.of(0, points, rows, surface).exact is None
    turn = np.radians([0.0, 8.0, 16.0, 24.0])
    strip = np.array([[4 * math.cos(a), 4 * math.sin(a), z] for z in (0.0, 1.0) for a in turn])
    sides = np.array([row for k in range(3) for row in ((k, k + 1, k + 5), (k, k + 5, k + 4))])
    upright = Elementary("cylinder", np.zeros(3), np.array([0.0, 0.0, 1.0]), 4.0)
    made = Patch.of(0, strip, sides, upright)
    assert made.exact is upright
    assert made.normals == pytest.approx(strip * [0.25, 0.25, 0.0], abs=1e-12), "those of facets are off at the ends"
    assert Patch.of(0, strip, sides).normals[0] != pytest.approx(made.normals[0], abs=1e-3)
    assert Elementary.of(_face("plane")) is None


def test_level_stretches_become_arcs_and_slopes_stay_lines() -> None:
    machine = default_machine()
    tool = next(t for t in default_tools() if t.type == "ball")
    program = Program(machine, ["ways"], 10.0)
    program.load(tool, milling(tool, material_named("6061"), machine, 0.3, 0.3), "surface")
    turn = np.linspace(0.0, math.pi, 200)
    round_ = np.column_stack([30 * np.cos(turn), 30 * np.sin(turn), np.full(200, -2.0)])
    down = np.column_stack([np.linspace(-30, -20, 5), np.zeros(5), np.linspace(-2, -4, 5)])
    program.over(30.0, 0.0)
    program.feed([(30.0, 0.0, -2.0)], 500.0)
    before = len(lines_of(program))
    run(np.vstack([round_, down[1:]]), 1000.0, program)
    words = [line.split()[0] for line in lines_of(program)[before:]]
    assert words.count("G3") == 2, "no arc of over 170 degrees"
    assert words[2:] == ["G1"]
    assert program.at == pytest.approx((-20.0, 0.0, -4.0))
