"""What the planner's tests share: a part from a solid, the moves of a program, and whether any enters the part."""

import itertools
import re

import manifold3d as m3
import numpy as np

from nightmill.cad.brep.records import Mesh, PartModel
from nightmill.cam.planning.plan_record import ProcessPlan


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


def enters(solid: m3.Manifold, plan: ProcessPlan) -> bool:
    """Brute force: whether a swept cylinder meets points 0.02 mm inside the surface, in any setup."""
    part = part_of(solid)
    corners = part.mesh.vertices[part.mesh.triangles]
    random = np.random.default_rng(3)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normal, axis=1)
    rows = random.choice(len(corners), 1500, p=size / size.sum())
    weights = random.dirichlet([1, 1, 1], 1500)
    normal /= np.where(size > 0, size, 1.0)[:, None]
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
            if (close & (work[:, 2] > lowest + 1e-3)).any():
                return True
    return False
