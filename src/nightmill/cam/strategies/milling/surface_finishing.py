"""Finish faces that are neither floors nor walls along contact contours, kept off the part by a drop-cutter.

A contour is a line of equal height on the face; the tip should be where the cutter touches the face there. The drop-cutter
computes how low the tip may go without touching any other face. If that is higher, this cutter can't reach, and a smaller
cutter cuts the rest. If ball mills don't fit, flat cutters leave stairs of the same height.
"""

from collections.abc import Callable
from dataclasses import dataclass

import manifold3d as m3
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from nightmill.cad import Mesh
from nightmill.cam.cutting_data.milling import FINISH_DEFLECTION_MM, CutLimits, milling
from nightmill.cam.geometry.analytic_surfaces import Elementary
from nightmill.cam.geometry.drop_cutter import Terrain
from nightmill.cam.geometry.solids import columns
from nightmill.cam.stock.in_process_stock import Stage
from nightmill.cam.strategies.milling.contact_paths import Way, cleared, emit, ways_of, with_free_necks
from nightmill.cam.strategies.milling.cutter_contact import (
    PROUD_MM,
    Cutter,
    Look,
    Slopes,
    clear_of_all,
    cutters,
    dropped,
    looked_at,
    stand_on,
)
from nightmill.cam.strategies.milling.rest_stretches import needed
from nightmill.cam.strategies.milling.swept_points import Sweep
from nightmill.cam.strategies.milling.waterlines import Lines, Patch, contours
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.toolpath.milling_program import Program, ToolWork, change_over_s
from nightmill.vocabulary.plan import CuttingData, Tool

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_MM2 = 0.3
SLOWEST_MM2_S, ENDLESS_MM2_S = 0.05, 0.002
"""Gain in surface per second below which a cutter isn't used; the second value applies if no slow surface may be forgone."""
LEAST_MM2_S = 1.0
LEFT_SHARE, SLOWER = 0.2, 1.2
"""A ball mill is left out if the surface remaining for thinner ball mills exceeds this multiple of the surface it
reaches; and the factor by which the thinner mills are assumed to be slower.
"""
WORTH_LENGTH = 1.1
NEAR_MM = 1.5
OPEN_MM = 0.3
COVERED_SHARE = 0.95
STEEPEST = 0.02
LINK_S = 0.6
THINNED_MM = 0.2
"""Uncut points are thinned to this spacing; contours are searched in a wider area around them."""
COLUMN_TOLERANCE_MM = 0.004
"""A fifth of the distance between a finished face and the space above it."""


Finished = Callable[[Floats, NDArray[np.int64]], Flags]
"""A function that returns which points (n, 3) on their faces (n,) are finished."""


CONTOUR = CutLimits(FINISH_DEFLECTION_MM, chip_share=1.0)
"""Limits of a cutter that follows a contour."""


@dataclass(frozen=True)
class Spared:
    """Surface that a finishing pass need not cut: surface slower than ``slowest_mm2_s``; if it is slow, points (n, 3) that
    a ``later`` setup sees along another axis; and surface of the same faces that earlier cuts have ``finished``.
    """

    later: Callable[[Floats], Flags]
    slowest_mm2_s: float = SLOWEST_MM2_S
    finished: Finished | None = None


def slopes_of(mesh: Mesh, faces: list[int], stage: Stage, terrain: Terrain, exact: dict[int, Elementary]) -> Slopes:
    """Prepare the ``faces`` of a mesh in work coordinates for finishing; ``terrain`` is the whole mesh.

    ``exact``: the surfaces, by face, that the mesh represents, if they are elementary.
    """
    patches = [
        Patch.of(f, mesh.vertices, mesh.triangles[mesh.face_of == f].astype(np.int64), exact.get(f)) for f in faces
    ]
    area = 0.0
    for patch in patches:
        corner = patch.corners[patch.triangles]
        cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        area += float(np.linalg.norm(cross, axis=1).sum()) / 2
    return Slopes(patches, terrain, _obstacles(stage), area_mm2=area)


def _obstacles(stage: Stage) -> Terrain | None:
    """Return the tops of the fixtures as triangles."""
    corners: list[list[tuple[float, float, float]]] = []
    for area, top in stage.fixtures:
        for piece in shapely.get_parts(shapely.constrained_delaunay_triangles(area)):
            ring = np.asarray(shapely.geometry.polygon.orient(piece, 1.0).exterior.coords)[:3]
            corners.append([(float(x), float(y), top) for x, y in ring])
    return Terrain(np.array(corners)) if corners else None


def finish_slopes(
    stage: Stage, slopes: Slopes, tools: tuple[Tool, ...], material: Material, program: Program, spared: Spared
) -> list[ToolWork]:
    """Run the cutters over the remaining slopes; each cutter that gains enough becomes a pass."""
    done, machine = [], program.machine
    kinds = cutters(tools)
    slopes.finished = spared.finished
    if spared.finished is not None and kinds:
        pass_over(slopes, kinds[0][0], spared.finished)
    for index, kind in enumerate(kinds):
        if stage.late() or (slopes.open_points is not None and not len(slopes.open_points)):
            break
        look = best_reach(slopes, kind, LINK_S / 60 * _data(kind[0], material, machine).feed_mm_min)
        if look is None:
            continue
        if slopes.open_points is None:
            slopes.open_points, slopes.open_normals, slopes.open_face = look.contacts, look.normals, look.face
        if left_to_thinner(stage, look, kinds[index + 1 :], material, machine):
            continue
        made = _cut(stage, slopes, look, material, program, spared)
        if made is not None:
            done.append(made)
    return done


def pass_over(slopes: Slopes, cutter: Cutter, finished: Finished) -> None:
    """Skip surface that earlier cuts have finished, judged along the contours of the first cutter."""
    each = [c for patch in slopes.patches for c in contours(patch, cutter.radius, cutter.ridge_mm, cutter.ball)]
    lines = looked_at(Lines.of(each))
    left = ~finished(lines.points, lines.face)
    slopes.open_points, slopes.open_normals, slopes.open_face = (
        lines.points[left],
        lines.normals[left],
        lines.face[left],
    )


def left_to_thinner(
    stage: Stage, look: Look, thinner: list[list[Cutter]], material: Material, machine: Machine
) -> bool:
    """Return whether a ball mill is left out before it is even loaded, because the next mill can do its work.

    This holds only if a lot remains for which a thinner mill is loaded anyway, and if that mill's holder stays above everything.
    """
    cutter, reached = look.cutter, look.reached_mm2
    highest = max([stage.top, *(top for _, top in stage.fixtures)])
    deep = highest - float(look.heights[look.reached].min())
    takers = (each for kind in thinner for each in kind if each.ball and ToolAssembly(each.tool).reaches(deep))
    taker = next(takers, None)
    if not cutter.ball or taker is None or float(look.area_mm2[~look.reached].sum()) < LEFT_SHARE * reached:
        return False
    own, other = (
        reached / (each.gap_mm * _data(each, material, machine).feed_mm_min) * 60.0 for each in (cutter, taker)
    )
    return SLOWER * other < change_over_s(machine) + own


def _data(cutter: Cutter, material: Material, machine: Machine) -> CuttingData:
    """Return the cutting data for following contours."""
    return milling(cutter.tool, material, machine, 0.3, min(cutter.gap_mm, cutter.radius), CONTOUR)


def best_reach(slopes: Slopes, kind: list[Cutter], bridge_mm: float = 1.0) -> Look | None:
    """Return the first of several cutters of one diameter, short before long, that reaches nearly everything that any of
    them reaches.

    None if no contour is close to uncut surface, or no cutter reaches anything. ``bridge_mm``: how far the cutter continues
    over finished surface rather than lift.
    """
    found = kind[0]
    asked = slopes.within(kind)
    each = [
        c
        for patch, between in slopes.open_patches(asked)
        for c in contours(patch, found.radius, found.ridge_mm, found.ball, between)
    ]
    lines = needed(Lines.of(each), slopes, asked, found, bridge_mm)
    if not len(lines.points):
        return None
    tips, dense = stand_on(slopes, lines, found)
    heights, touches = dropped(slopes, found, tips, dense.face)
    up = np.clip(np.abs(dense.normals[:, 2]), 0.02, 0.9998)
    across = np.full(len(up), found.gap_mm) if found.ball else found.gap_mm / (up * np.sqrt(1 - up**2))
    area = dense.spans() * np.minimum(across, 1.0)
    best: Look | None = None
    for cutter in kind:
        most = float(area[touches].sum())
        if best is not None and most <= max(WORTH_LENGTH * best.reached_mm2, best.reached_mm2 + LEAST_MM2):
            break
        reached = clear_of_all(slopes, cutter, tips, heights, touches)
        look = Look(cutter, tips, dense.points, dense.normals, dense.face, dense.breaks, heights, reached, area, asked)
        if best is None or look.reached_mm2 > max(WORTH_LENGTH * best.reached_mm2, best.reached_mm2 + LEAST_MM2):
            best = look
    return best if best is not None and best.reached_mm2 > 0 else None


def _cut(
    stage: Stage, slopes: Slopes, look: Look, material: Material, program: Program, spared: Spared
) -> ToolWork | None:
    """Write the pass of a cutter where it is worth its time, and remove the points that it reaches from the uncut points."""
    cutter, machine, slowest_mm2_s = look.cutter, program.machine, spared.slowest_mm2_s
    ways = with_free_necks(stage, cutter, [w for w in ways_of(look, slopes) if cleared(stage, cutter, w)])
    if not ways:
        return None
    data = _data(cutter, material, machine)
    touched = cKDTree(np.vstack([w.tips for w in ways]))
    where = np.column_stack([look.tips[:, :2], look.heights])
    close = cutter.step_mm + 0.05
    covered, forgone = look.reached.copy(), np.zeros_like(look.reached)
    covered[covered] = touched.query(where[covered], distance_upper_bound=close)[0] < close
    value = float(look.area_mm2[covered].sum())
    seconds = change_over_s(machine) + _seconds(ways, data)
    if value < LEAST_MM2 or value < slowest_mm2_s * seconds:
        return None
    if value < LEAST_MM2_S * seconds:
        waits = spared.later(look.contacts[covered])
        if float(look.area_mm2[covered][~waits].sum()) < slowest_mm2_s * seconds:
            slopes.waiting.update(np.unique(look.face[covered][waits]).tolist())
            return None
        given = _forgone(stage, look, ways, covered, data)
        forgone = covered & np.isin(look.face, sorted(given))
        ways, covered = [w for w in ways if w.face not in given], covered & ~forgone
        seconds = change_over_s(machine) + _seconds(ways, data)
        if not ways or stage.forgoes_at(look.contacts[covered], seconds):
            leave_open(slopes, look, ~(covered | forgone))
            return None
    first, began = len(program.blocks) + 1, program.time_s
    program.load(cutter.tool, data, f"surface {cutter.tool.name}")
    emit(stage, slopes, cutter, ways, data, program)
    sweep = Sweep(cutter.tool.diameter_mm / 2, cutter.ball, cutter.tool.flute_length_mm, [w.tips for w in ways])
    slopes.sweeps.append(sweep)
    rows = np.flatnonzero(~(covered | forgone))
    covered[rows] = sweep.takes(look.contacts[rows] + PROUD_MM * look.normals[rows])
    leave_open(slopes, look, ~(covered | forgone))
    slopes.reached.append(look.contacts[covered])
    faces = tuple(sorted({w.face for w in ways}))
    return ToolWork(cutter.tool, data, faces, first, len(program.blocks), program.time_s - began)


def _seconds(ways: list[Way], data: CuttingData) -> float:
    """Return the approximate time for paths, including links between them."""
    length = sum(float(np.linalg.norm(np.diff(w.tips, axis=0), axis=1).sum()) for w in ways)
    return length / data.feed_mm_min * 60 + LINK_S * len(ways)


def _forgone(stage: Stage, look: Look, ways: list[Way], covered: Flags, data: CuttingData) -> set[int]:
    """Return faces whose portion of a slow pass is forgone."""
    given = set()
    for face in sorted({w.face for w in ways}):
        own = covered & (look.face == face)
        if own.any() and stage.forgoes_at(look.contacts[own], _seconds([w for w in ways if w.face == face], data)):
            given.add(face)
    return given


def leave_open(slopes: Slopes, look: Look, left: Flags) -> None:
    """Keep the points that stay uncut after a pass: the checked contacts that are ``left``, and the points for which this
    cutter wasn't checked.
    """
    points, normals, face = look.contacts[left], look.normals[left], look.face[left]
    if look.asked is not None and slopes.open_points is not None:
        other = ~look.asked
        assert slopes.open_normals is not None
        assert slopes.open_face is not None
        points = np.vstack([slopes.open_points[other], points])
        normals = np.vstack([slopes.open_normals[other], normals])
        face = np.concatenate([slopes.open_face[other], face])
    some = thinned(points, face)
    slopes.open_points, slopes.open_normals, slopes.open_face = points[some], normals[some], face[some]


def thinned(points: Floats, face: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of the points (n, 3) to keep, in order: one for each cube of ``THINNED_MM`` on a face (n,)."""
    if not len(points):
        return np.zeros(0, dtype=np.int64)
    cubes = np.floor((points - points.min(axis=0)) / THINNED_MM).astype(np.int64)
    sides = cubes.max(axis=0) + 1
    key = ((face * sides[0] + cubes[:, 0]) * sides[1] + cubes[:, 1]) * sides[2] + cubes[:, 2]
    return np.sort(np.unique(key, return_index=True)[1])


def samples_cut(slopes: Slopes, points: Floats) -> Flags:
    """Return which points (n, 3) just off the surface the passes over the slopes have removed."""
    cut = np.zeros(len(points), dtype=np.bool_)
    for sweep in slopes.sweeps:
        rows = np.flatnonzero(~cut)
        cut[rows] = sweep.takes(points[rows])
    return cut


def opened_solids(slopes: Slopes, top: float) -> dict[int, m3.Manifold]:
    """Return the space, up to ``top``, above each face that has been finished except for some rest material, which is
    cut in a later setup.
    """
    if not slopes.reached:
        return {}
    reached = np.vstack(slopes.reached)
    if not len(reached):
        return {}
    tree = cKDTree(reached)
    open_tree = cKDTree(slopes.open_points) if slopes.open_points is not None and len(slopes.open_points) else None
    found = {}
    for patch in slopes.patches:
        middle = patch.corners[patch.triangles].mean(axis=1)
        probe = np.vstack([middle, patch.corners])
        good = np.asarray(tree.query(probe, distance_upper_bound=NEAR_MM)[0] < NEAR_MM)
        if open_tree is not None:
            good &= np.asarray(open_tree.query(probe, distance_upper_bound=OPEN_MM)[0] > OPEN_MM)
        if good.mean() > COVERED_SHARE and patch.face not in slopes.waiting:
            space = columns(patch.corners, patch.triangles[patch.facing > STEEPEST], top)
            found[patch.face] = space.simplify(COLUMN_TOLERANCE_MM)
    return found
