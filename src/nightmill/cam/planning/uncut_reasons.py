"""Find out why a patch stays uncut: hidden, open only along a tilted axis, narrower than any cutter, too deep, clamped,
or not worth the time.
"""

import itertools
import math

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from nightmill.cad import Mesh, PartModel
from nightmill.cam.geometry.drop_cutter import Terrain
from nightmill.cam.geometry.inner_edge_samples import inner_edges
from nightmill.cam.geometry.setup_frames import looking_along, turned
from nightmill.cam.geometry.visible_surface import height_map, seen
from nightmill.cam.planning.plan_state import Work
from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.vocabulary.plan import Tool, Uncut
from nightmill.vocabulary.uncut_reasons import UncutReason as Why

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TILTED_PIXELS = 300
OFF_WALL_MM = 0.03
LEVEL_MM = 0.05
AROUND = 8


def uncut_patches(work: Work) -> tuple[Uncut, ...]:
    """Return all remaining samples as faces with their area, by the reason why they stay."""
    samples = work.samples
    left = np.flatnonzero(samples.uncut)
    if not len(left):
        return ()
    why = np.full(len(left), Why.UNDERCUT, dtype=object)
    anywhere = np.zeros(len(left), dtype=np.bool_)
    for visible in work.visible.values():
        anywhere |= visible[left]
    why[~anywhere] = np.where(_open_along_tilted(work, left[~anywhere]), Why.TILTED, Why.UNDERCUT)
    if not anywhere.all():
        why[~anywhere & np.isin(samples.face[left], closed_in(work.part.mesh))] = Why.CLOSED
    kept = _kept_from_tools(work, left[anywhere])
    why[anywhere] = np.where(kept == Why.HELD_BY_FIXTURE, Why.LATE, kept) if work.late() or work.cut_short else kept
    slow = why == Why.HELD_BY_FIXTURE
    asked = np.zeros(len(left), dtype=np.bool_)
    for direction in {setup.direction for setup in work.setups} & work.visible.keys():
        asked |= work.visible[direction][left]
    why[slow & ~asked] = Why.UNASKED
    why[anywhere & work.untried[left] & slow] = Why.UNTRIED
    forgone = anywhere & work.account.forgone()[left] & slow
    if forgone.any():
        cornered = np.isin(samples.face[left], _cornered(work.part))
        why[forgone & cornered], why[forgone & ~cornered] = Why.FORGONE, Why.SLOW
    why[work.by_hand[left]] = Why.TAB
    found = []
    for reason in (
        Why.TAB,
        Why.CLOSED,
        Why.UNDERCUT,
        Why.TILTED,
        Why.LATE,
        Why.NARROW,
        Why.DEEP,
        Why.FORGONE,
        Why.SLOW,
        Why.UNTRIED,
        Why.UNASKED,
        Why.HELD_BY_FIXTURE,
    ):
        rows = left[why == reason]
        if not len(rows):
            continue
        areas = np.bincount(samples.face[rows], weights=samples.area[rows])
        faces = tuple(int(f) for f in np.flatnonzero(areas > 0))
        found.append(Uncut.of(faces, round(float(areas.sum()), 3), reason))
    return tuple(found)


def _cornered(part: PartModel) -> list[int]:
    """Return faces that may have an inner corner: faces beside an inner edge, or hollow and round like a fillet."""
    hollow = {face.id for face in part.faces if face.hollow}
    return sorted(hollow.union(np.unique(inner_edges(part.mesh).face).tolist()))


def closed_in(mesh: Mesh) -> NDArray[np.intp]:
    """Return faces of shells that are turned inside out: the walls of cavities that have no opening."""
    count = int(mesh.face_of.max()) + 1
    ends = (np.repeat(mesh.face_of, 3), count + mesh.triangles.ravel())
    links = coo_array((np.ones(len(ends[0])), ends), shape=(count + len(mesh.vertices),) * 2)
    _, shell = connected_components(links, directed=False)
    a, b, c = (mesh.vertices[mesh.triangles[:, corner]] for corner in range(3))
    inside = np.einsum("ij,ij->i", a, np.cross(b, c))
    volume = np.bincount(shell[mesh.face_of], weights=inside, minlength=int(shell.max()) + 1)
    return np.flatnonzero(volume[shell[:count]] < 0)


def _open_along_tilted(work: Work, rows: NDArray[np.int64]) -> Flags:
    """Return which samples are visible along one of the twenty axes halfway between the six."""
    found = np.zeros(len(rows), dtype=np.bool_)
    if not len(rows):
        return found
    mesh, samples = work.part.mesh, work.samples
    for sign in itertools.product((-1.0, 0.0, 1.0), repeat=3):
        if np.count_nonzero(sign) < 2 or found.all():
            continue
        rotation = looking_along(np.array(sign))
        heights = height_map(mesh.vertices @ rotation.T, mesh.triangles, TILTED_PIXELS)
        found |= seen(heights, samples.points[rows] @ rotation.T, samples.normals[rows] @ rotation.T)
    return found


def _kept_from_tools(work: Work, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the reason for each sample that is visible along an axis: no cutter fits, no cutter that fits reaches it, or
    neither of these.
    """
    flats = sorted((t for t in work.tools if t.type in {"flat", "ball"}), key=lambda t: t.diameter_mm)
    fits = np.zeros(len(rows), dtype=np.bool_)
    reached = np.zeros(len(rows), dtype=np.bool_)
    samples = work.samples
    for direction in work.visible:
        own = np.flatnonzero(work.visible[direction][rows])
        if not len(own) or not flats:
            continue
        rotation = turned(direction)[:3, :3]
        terrain = work.terrain(direction)
        points, normals = samples.points[rows[own]] @ rotation.T, samples.normals[rows[own]] @ rotation.T
        for _, alike in itertools.groupby(flats, key=lambda t: t.diameter_mm):
            asked = np.flatnonzero(~reached[own])
            fit, reach = _reach_of(list(alike), terrain, points[asked], normals[asked])
            fits[own[asked[fit]]] = True
            reached[own[asked[reach]]] = True
            if not fit.any():
                break
    return np.where(reached, Why.HELD_BY_FIXTURE, np.where(fits, Why.DEEP, Why.NARROW)).astype(object)


def _reach_of(alike: list[Tool], terrain: Terrain, points: Floats, normals: Floats) -> tuple[Flags, Flags]:
    """Return which points a flat cutter of one diameter could touch without meeting the part, and which of these with the
    holder clear too.
    """
    radius = alike[0].diameter_mm / 2
    fits, reached = np.zeros(len(points), dtype=np.bool_), np.zeros(len(points), dtype=np.bool_)
    level = normals[:, :2]
    size = np.linalg.norm(level, axis=1, keepdims=True)
    outward = np.where(size > 0.3, level / np.where(size > 1e-9, size, 1.0), 0.0)
    turns = [(math.cos(2 * math.pi * k / AROUND), math.sin(2 * math.pi * k / AROUND)) for k in range(AROUND)]
    for step in (None, (0.0, 0.0), *turns):
        along = outward * (radius + OFF_WALL_MM) if step is None else np.array([step]) * (radius - OFF_WALL_MM)
        tips = points.copy()
        tips[:, :2] += along
        tips[:, 2] += LEVEL_MM
        free = ~terrain.above(tips, radius, tips[:, 2])
        if step is not None:
            free &= size[:, 0] <= 0.95
        fits |= free
        for tool in alike:
            rows = np.flatnonzero(free & ~reached)
            clear = np.ones(len(rows), dtype=np.bool_)
            assembly = ToolAssembly(tool)
            for width, height in (assembly.neck(), assembly.holder):
                clear &= ~terrain.above(tips[rows], width, tips[rows, 2] + height)
            reached[rows[clear]] = True
    return fits, reached
