"""Corners that cost far more than they are worth are left, up to a share of the surface, and never what a drawing asks for."""

import dataclasses
import itertools
from types import SimpleNamespace
from typing import Any, cast

import manifold3d as m3
import numpy as np
import pytest
import shapely
from swept_moves import enters, part_of

from nightmill.cad.brep.records import Face, PartModel
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.cam.geometry.visible_surface import Samples
from nightmill.cam.planning import plan_state
from nightmill.cam.planning.pass_search import Passes
from nightmill.cam.planning.plan_state import Job
from nightmill.cam.planning.rest_budget import (
    FIRST_MM2_S,
    LAST_MM2_S,
    Account,
    least_mm2_s,
)
from nightmill.vocabulary.planner_params import UncutBudget
from nightmill.vocabulary.shop import Requirement
from nightmill.vocabulary.uncut_reasons import UncutReason

FACES, EACH = 10, 100
BUDGET = UncutBudget()


def account(total_mm2: float = 20.0) -> Account:
    """Ten faces of a hundred samples of 1 mm2 each, of which 20 mm2 may be forgone; the last face is a fillet."""
    count = FACES * EACH
    nothing = np.zeros((count, 3))
    face = np.repeat(np.arange(FACES, dtype=np.int32), EACH)
    samples = Samples(nothing, nothing, face, np.ones(count), np.ones(count, dtype=np.bool_))
    whole = np.full(FACES, float(EACH))
    whole[-1] = np.inf
    return Account(samples, total_mm2 / BUDGET.forgone_share, BUDGET, np.zeros(count, dtype=np.bool_), whole)


def some(face: int, count: int, first: int = 0) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """So many samples of a face."""
    fresh = np.zeros(FACES * EACH, dtype=np.bool_)
    fresh[face * EACH + first : face * EACH + first + count] = True
    return fresh


NONE = some(0, 0)


def test_the_more_is_forgone_the_more_time_must_be_spared_by_it() -> None:
    rates = [least_mm2_s(used) for used in (0.0, 0.3, 0.6, 1.0)]
    assert rates[0] == pytest.approx(FIRST_MM2_S)
    assert rates[-1] == pytest.approx(LAST_MM2_S)
    assert all(before > after for before, after in itertools.pairwise(rates))
    book = account()
    assert book.takes(some(0, 10), 10 / least_mm2_s(0.0) + 1.0, NONE)
    assert not book.takes(some(1, 2), 2 / least_mm2_s(0.0) + 1.0, NONE), "worth it at first, not any more"
    assert book.takes(some(1, 2), 2 / least_mm2_s(0.5) + 1.0, NONE)


def test_what_is_quick_to_cut_is_cut() -> None:
    book = account()
    assert not book.takes(some(0, 5), 5 / FIRST_MM2_S - 1.0, NONE)
    assert not book.forgone().any()
    assert book.words() == ""


def test_no_more_is_forgone_than_the_account_holds_with_what_tabs_leave() -> None:
    book = account()
    assert not book.takes(some(0, 21), 1e9, NONE)
    assert not book.takes(some(0, 10), 1e9, some(1, 20))
    assert book.takes(some(0, 3), 1e9, some(1, 20))
    assert not account(0.0).takes(some(0, 1), 1e9, NONE), "a thorough plan forgoes nothing"
    assert not account(0.0).takes(NONE, 1e9, NONE)


def test_more_of_the_feet_of_tabs_may_stay_than_of_corners_at_one_price() -> None:
    feet = some(1, 30)
    assert not account().takes(some(0, 6), 1e9, some(1, 20, 10), feet), "corners"
    assert not account().takes(some(1, 6) | some(0, 1), 1e9, some(1, 20, 10), feet), "in part corners"
    book = account()
    assert not book.takes(some(1, 8), 1e9, some(1, 20, 10), feet), "more than a certificate lets stay"
    assert book.takes(some(1, 6), 1e9, some(1, 20, 10), feet)
    assert book.takes(some(1, 1, 6), 1 / FIRST_MM2_S + 1.0, some(1, 20, 10), feet), "as cheap as the first"


def test_a_spot_counts_once_and_no_more_where_another_tool_has_cut_it() -> None:
    book = account()
    assert book.takes(some(0, 15), 1e6, NONE)
    assert book.takes(some(0, 15), 1e6, NONE)
    assert book.forgone().sum() == 15
    assert not book.takes(some(1, 15), 1e6, NONE)
    book.samples.uncut[some(0, 15)] = False
    assert book.takes(some(1, 15), 1e6, NONE)


def test_a_corner_is_left_but_not_a_wall() -> None:
    small = account(1000.0)
    assert not small.takes(some(0, int(BUDGET.most_of_face_share * EACH) + 1), 1e9, NONE)
    assert small.takes(some(0, int(BUDGET.most_of_face_share * EACH) - 9), 1e9, NONE)
    assert not small.takes(some(0, 20, 60), 1e9, NONE), "with what was left of it before"
    assert small.takes(some(FACES - 1, EACH), 1e9, NONE), "the fillet of a corner may stay as a whole"


def test_faces_that_are_asked_for_are_cut() -> None:
    book = account()
    book.keep_off({3})
    assert not book.takes(some(3, 1), 1e9, NONE)
    assert not book.bears(some(3, 1))
    assert book.bears(some(4, 1))


def test_what_no_setup_sees_adds_nothing_to_the_account() -> None:
    part, samples = part_of(m3.Manifold.cube([10, 10, 10])), account().samples
    everywhere = np.ones(len(samples.area), dtype=np.bool_)
    share = BUDGET.of_surface(BUDGET.forgone_share)
    assert Account.of(part, samples, everywhere, BUDGET).total_mm2 == pytest.approx(share * 1000)
    assert Account.of(part, samples, some(0, 100), BUDGET).total_mm2 == pytest.approx(share * 100)


@pytest.mark.parametrize(("share", "said"), [(0.0123, "0.0123 mm2"), (3.456, "3.46 mm2"), (12345.6, "12346 mm2")])
def test_how_much_is_forgone_is_said_in_plain_figures(share: float, said: str) -> None:
    book = account(1e9)
    book.samples.area[0] = share
    book.count(some(0, 1), 60.0)
    assert said in book.words()


def _job(points: list[list[float]]) -> tuple[Job, list[tuple[list[int], float]]]:
    """What of a job is asked about samples that are all open and seen, and what it asks the account for."""
    asked: list[tuple[list[int], float]] = []

    def forgoes(rows: np.ndarray[tuple[int], np.dtype[np.int64]], seconds: float) -> bool:
        asked.append((rows.tolist(), seconds))
        return True

    all_ = np.ones(len(points), dtype=np.bool_)
    given = SimpleNamespace(
        points=np.array(points),
        normals=np.zeros((len(points), 3)),
        visible=all_,
        _wanted=lambda: all_,
        _forgoes=forgoes,
    )
    return cast("Job", given), asked


@pytest.mark.parametrize(("more", "kept"), [(0, True), (10, False)])
def test_what_was_forgone_stays_so_where_mills_are_left_out_afterwards(more: int, kept: bool) -> None:
    """A pass that isn't kept tells what to forgo, and isn't run again; with what the other way forgoes it must have room."""
    book, program = account(), SimpleNamespace(time_s=0.0)
    program.saved, program.restore = (lambda: SimpleNamespace(time_s=program.time_s)), (lambda _: None)
    stage = SimpleNamespace(saved=lambda: None, restore=lambda _: None, late=lambda: False, nearby=[])
    stage.remaining = lambda _: 0.0
    work: Any = SimpleNamespace(samples=book.samples, account=book)
    nothing: Any = np.zeros((0, 3))
    record = Job(
        work,
        cast("Any", stage),
        cast("Any", program),
        nothing,
        nothing,
        nothing,
        nothing,
        direction="+Z",
        shift=nothing,
    )
    passes = Passes(cast("Any", stage), cast("Any", program), record, material_named("6061"), default_machine())
    start = passes.state()
    program.time_s = 100.0
    book.count(some(0, 15), 60.0)

    def other() -> None:
        program.time_s = 50.0
        book.count(some(1, more), 60.0)

    assert passes.try_again(start, other, last=True) is kept
    assert (book.forgone() == some(0, 15)).all()


def test_a_setup_that_is_come_back_to_knows_its_holes() -> None:
    """What another way has drilled, tried and taken back, isn't offered to mills in its place."""
    book, nothing = account(), cast("Any", np.zeros((0, 3)))
    work: Any = SimpleNamespace(samples=book.samples, account=book)
    record = Job(
        work, cast("Any", SimpleNamespace()), nothing, nothing, nothing, nothing, nothing, direction="+Z", shift=nothing
    )
    own, others = cast("Any", object()), cast("Any", object())
    record.drilled, record.waiting = [own], (own,)
    before = record.saved()
    record.drilled, record.waiting = [others], (others,)
    record.restore(before)
    assert record.drilled == [own]
    assert record.waiting == (own,)


@pytest.mark.parametrize(("width", "told"), [(8.0, False), (3.0, True)])
def test_a_wide_mill_that_fits_nowhere_tells_nothing_of_thinner_ones(
    monkeypatch: pytest.MonkeyPatch, width: float, told: bool
) -> None:
    """A notch narrower than it would stay closed, and it would be said that a wider mill had been slow there."""
    monkeypatch.setattr(plan_state, "may_finish", lambda *_: False)
    stands, _ = _job([[5.0, 5.0, -3.0]])
    given = cast("Any", stands)
    given.stage, given.terrain, given.slow = SimpleNamespace(levels=(), fixtures=()), None, []
    tool = next(each for each in default_tools() if each.type == "flat" and each.diameter_mm == width)
    assert Job.hopeless(given, tool)
    assert bool(given.slow) is told


@pytest.mark.parametrize(("height", "expected"), [(0.0, 8.0), (0.01, 8.005), (2.0, 9.0), (4.0, 10.0)])
def test_what_is_open_below_a_thin_skin_takes_time_by_its_own_height(height: float, expected: float) -> None:
    stands, asked = _job([[5.0, 5.0, -16.0], [50.0, 5.0, -16.0]])
    assert Job.forgoes_over(stands, shapely.box(0, 0, 10, 10), (0.0, height), 2.0, 1.0)
    [(rows, seconds)] = asked
    assert rows == [0]
    assert seconds == pytest.approx(expected)


@pytest.mark.parametrize(("apart", "rows"), [((0.1, 0.2, 0.4), [0, 1]), ((0.7, 0.5, 1.2), [1]), ((2.5, 3.0, 4.0), [])])
def test_the_nearest_sample_stands_for_a_way_beside_which_none_lies(
    apart: tuple[float, float, float], rows: list[int]
) -> None:
    stands, asked = _job([[away, 0.0, 0.0] for away in apart])
    Job.forgoes_at(stands, np.zeros((1, 3)), 4.0)
    assert asked == [(rows, 4.0)]


RADIUS = 0.52
CORNERS = [(60 + i * (20 - RADIUS), 40 + j * (10 - RADIUS)) for i, j in itertools.product((-1, 1), (-1, 1))]


def cornered() -> tuple[m3.Manifold, PartModel]:
    """A block with a pocket 12 mm deep whose corners only a mill of 1 mm fits: its solid, and the part with its faces."""
    posts = [m3.Manifold.cylinder(13, RADIUS, RADIUS, 48).translate([x, y, 12]) for x, y in CORNERS]
    solid: m3.Manifold = m3.Manifold.cube([120, 80, 24]) - m3.Manifold.batch_hull(posts)
    part = part_of(solid)
    corners = part.mesh.vertices[part.mesh.triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = cross / np.linalg.norm(cross, axis=1, keepdims=True)
    heights = (normals * corners[:, 0]).sum(axis=1)
    planes = np.unique(np.round(np.column_stack([normals, heights]), 3), axis=0, return_inverse=True)[1].ravel()
    face_of = planes + len(CORNERS)
    for fillet, (x, y) in enumerate(CORNERS):
        away = np.hypot(corners[..., 0] - x, corners[..., 1] - y)
        face_of[(abs(away - RADIUS) < 1e-3).all(axis=1)] = fillet
    numbers = np.unique(face_of, return_inverse=True)[1].ravel().astype(np.int32)
    faces = tuple(
        Face(
            id=face, name="", surface="cylinder" if face < len(CORNERS) else "plane", area_mm2=1.0, centroid=(0, 0, 0),
            normal=(0, 0, 1), low=(0, 0, 0), high=(0, 0, 0), hollow=face < len(CORNERS), sweep_deg=90.0,
        )
        for face in range(int(numbers.max()) + 1)
    )  # fmt: skip
    return solid, dataclasses.replace(part, faces=faces, mesh=dataclasses.replace(part.mesh, face_of=numbers))


@pytest.mark.slow
def test_a_plan_says_what_it_forgoes_and_cuts_it_where_that_is_asked_for() -> None:
    solid, part = cornered()
    task = PlanningTask(part, default_tools(), default_machine(), material_named("6061"))
    usual, whole = plan_route(task), plan_route(dataclasses.replace(task, forgoing=0.0))
    left = sum(patch.area_mm2 for patch in usual.plan.uncut if patch.code is UncutReason.FORGONE)
    assert 0 < left < 0.0036 * part.area_mm2
    assert any("--all-corners" in note for note in usual.notes)
    assert not any(patch.code is UncutReason.FORGONE for patch in whole.plan.uncut)
    assert not any("--all-corners" in note for note in whole.notes)
    assert usual.plan.cycle_time_s < whole.plan.cycle_time_s
    assert not enters(solid, usual)
    asked = Requirement(kind="flatness", nominal=0.0, lower=0.0, upper=0.02, faces=tuple(range(len(part.faces))))
    closer = plan_route(dataclasses.replace(task, requirements=(asked,)))
    assert not any(patch.code is UncutReason.FORGONE for patch in closer.plan.uncut)
