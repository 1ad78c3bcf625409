"""Mill the features that the lathe left: features off the axis, and the end where the piece was held, cut in soft jaws."""

from collections.abc import Callable
from functools import partial

import manifold3d as m3
import msgspec
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from nightmill.cam.documents.setup_sheet import setup_sheet
from nightmill.cam.geometry.setup_frames import inverted
from nightmill.cam.geometry.solids import moved
from nightmill.cam.planning import milling_planner
from nightmill.cam.planning.plan_record import ProcessPlan, gave_up_note
from nightmill.cam.planning.plan_state import Work
from nightmill.cam.planning.planning_task import PlanningTask
from nightmill.cam.planning.rest_budget import asked_faces
from nightmill.cam.planning.uncut_reasons import uncut_patches
from nightmill.cam.strategies.holemaking.hole_finishing import THREADING, asked_of, untapped
from nightmill.vocabulary.plan import Matrix4

_SEGMENTS = 360
UNSEEN_TIMES = 2.0
"""Milling isn't tried if the surface invisible to every setup is more than this multiple of the surface that may stay
uncut; a cutter reaches a little of it from the side.
"""
NO_TIME = "planning ended after its budget; more could be cut"


def revolved(section: BaseGeometry, to_work: Matrix4) -> m3.Manifold:
    """Return the body (model coordinates), with all its pieces, made by revolving a half-section (z, r) in work coordinates."""
    pieces = [piece for piece in shapely.get_parts(section) if isinstance(piece, shapely.Polygon)]
    outlines = [ring for piece in pieces for ring in (piece.exterior, *piece.interiors)]
    rings = [np.asarray(ring.coords)[:-1, ::-1] for ring in outlines]
    body = m3.CrossSection(rings, m3.FillRule.EvenOdd).revolve(_SEGMENTS)
    return moved(body, inverted(np.array(to_work)))


def milled_after(
    turned: ProcessPlan,
    task: PlanningTask,
    off_axis: tuple[int, ...],
    piece: m3.Manifold,
    *,
    late: Callable[[], bool],
    most: float | None = None,
) -> ProcessPlan | None:
    """Return the turned plan with milling setups for the faces ``off_axis`` that still have stock.

    None if more than the fraction ``most`` of the surface (by default what the budget allows) stays uncut, apart from surface left as too slow. The threads of the ``task``
    are cut in holes off the axis; the notes name any thread that isn't cut. Faces named in the task's requirements are cut
    completely. ``late`` also ends a setup.
    """
    budget = task.params.budget
    most = budget.of_surface(budget.turned_share) if most is None else most
    work = milling_planner._prepare(task)
    work.late, work.turn_of = late, lambda _share: partial(_cut_short, work)
    work.asks = asked_of(task.part, task.threads, ())
    work.account.keep_off(asked_faces(task.part, task.threads, task.requirements))
    work.piece = piece
    work.samples.uncut[:] = np.isin(work.samples.face, off_axis)
    work.bare()
    work.setups = list(turned.plan.setups)
    work.files = dict(turned.files)
    box = piece.bounding_box()
    low, high = np.array(box[:3]), np.array(box[3:])
    total = float(work.samples.area.sum())
    unseen = work.samples.uncut & ~np.any(list(work.visible.values()), axis=0)
    if float(work.samples.area[unseen].sum()) > UNSEEN_TIMES * most * total:
        return None  # this stays whatever else is cut: no time is spent on it
    tried: set[str] = set()
    while not late():
        direction = _next_direction(work, tried)
        if direction is None:
            break
        tried.add(direction)
        try:
            milling_planner._setup(work, direction, (low, high))
        except shapely.errors.GEOSException as error:
            work.notes.append(gave_up_note(direction, error))
    if float(work.samples.area[work.samples.uncut & ~work.account.forgone()].sum()) > most * total:
        return None
    if late() or work.cut_short:
        work.notes.append(NO_TIME)
    others = tuple(record for record in turned.plan.uncut if not set(record.faces) & set(off_axis))
    plan = msgspec.structs.replace(
        turned.plan,
        setups=tuple(work.setups),
        uncut=(*others, *uncut_patches(work)),
        cycle_time_s=round(sum(setup.cycle_time_s for setup in work.setups), 1),
    )
    for setup in plan.setups[len(turned.plan.setups) :]:
        work.files |= setup_sheet(plan, setup, task.part.mesh, work.pieces[setup.name], work.files)
    tapped = {
        face for setup in work.setups for step in setup.steps if step.strategy in THREADING for face in step.faces
    }
    notes = untapped(work.asks, tapped, task.part, task.tools)
    forgone = work.account.words()
    notes += [forgone] if forgone else []
    return ProcessPlan(plan, work.files, (*turned.notes, *work.notes, *notes))


def _cut_short(work: Work) -> bool:
    """Return whether the planning time is used up, and note it in the work."""
    work.cut_short = work.cut_short or work.late()
    return work.cut_short


def _next_direction(work: Work, tried: set[str]) -> str | None:
    """Return the direction that sees most of the uncut surface; None if no direction sees enough of it."""
    area, uncut, visible, budget = work.samples.area, work.samples.uncut, work.visible, work.params.budget
    gains = {d: float(area[uncut & visible[d]].sum()) for d in visible if d not in tried}
    least = budget.of_surface(budget.milled_share) * float(area.sum())
    best = max(gains, key=lambda d: gains[d], default=None)
    return best if best is not None and gains[best] > least else None
