"""One undo for everything that planning a setup changes: what is tried and not kept leaves no trace."""

import dataclasses
from typing import Any, ClassVar

import numpy as np
import pytest
import shapely

from nightmill.cam.geometry.solids import box
from nightmill.cam.geometry.visible_surface import Samples
from nightmill.cam.planning.pass_search import Passes
from nightmill.cam.planning.plan_state import Job, Work
from nightmill.cam.planning.rest_budget import Account
from nightmill.cam.planning.undo import Undo
from nightmill.cam.stock.in_process_stock import Level, Stage

STAYS: dict[type, set[str]] = {
    # what never changes in a setup, caches of it, and what was learned and stays true
    Stage: {
        "levels", "must", "fixtures", "top", "forgoes_over", "forgoes_at", "late", "around", "whole", "known", "outlines",
        "targets",
    },
    Job: {
        "work", "stage", "program", "points", "normals", "later", "vertices", "direction", "shift", "slow",
    },
    Passes: {"stage", "program", "record", "material", "machine", "undo", "_trying"},
    Samples: {"points", "normals", "face", "area"},
    Account: {"samples", "limit_mm2", "budget", "kept", "whole"},
    Work: {
        "task", "solid", "samples", "visible", "maps", "notes", "account", "late", "turn_of", "cut_short", "asks",
        "floors", "terrains",
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", STAYS)
def test_every_attribute_is_either_undone_or_known_to_stay(kind: Any) -> None:
    fields = {field.name for field in dataclasses.fields(kind)}
    assert fields == set(kind.CHANGES) | STAYS[kind]
    assert not set(kind.CHANGES) & STAYS[kind]


def test_a_stage_that_is_cut_and_undone_is_as_before() -> None:
    part, stock = box((5.0, 5.0, -20.0), (45.0, 45.0, -10.0)), box((0.0, 0.0, -20.0), (50.0, 50.0, 0.0))
    stage = Stage.of(part, stock, [Level(-5.0, False), Level(-10.0, False)], [])
    undo, left = Undo(stage), stage.remaining(1e9)
    before = undo.mark()
    areas = [shapely.box(0.0, 0.0, 50.0, 20.0), shapely.box(0.0, 20.0, 50.0, 50.0)]
    after = []
    for _ in range(2):  # any number of times
        for index, area in enumerate(areas):
            stage.remove(index, area)
        stage.keep(1, areas[0])
        stage.bored(shapely.Point(25, 25), 2.0, 2.0, -10.0)
        after.append((stage.remaining(1e9), stage.clear_above(10.0, 10.0, 1.0), len(stage.cut), len(stage.holes)))
        undo.back(before)
        assert stage.remaining(1e9) == left
        assert stage.clear_above(10.0, 10.0, 1.0) == 0.0
        assert (stage.cut, stage.holes, stage.kept) == ([], [], [])
    assert after[0] == after[1]
    assert after[0][0] < left
    assert after[0][1:] == (-5.0, 3, 1)


class _Holder:
    CHANGES: ClassVar[tuple[str, ...]] = ("rows", "seen")

    def __init__(self) -> None:
        self.rows, self.seen = [1], {1}


def test_what_is_kept_on_the_way_back_stays() -> None:
    one, other = _Holder(), _Holder()
    undo = Undo(one, other)
    mark = undo.mark()
    for each in (one, other):
        each.rows.append(2)
        each.seen.add(2)
    undo.back(mark, keep=((one, "seen"),))
    assert (one.rows, one.seen) == ([1], {1, 2})
    assert (other.rows, other.seen) == ([1], {1})


def test_a_setup_that_fails_leaves_no_trace() -> None:
    """Surface that a failed setup had cut is open again, for the setups after it."""
    samples = Samples(
        np.zeros((3, 3)), np.zeros((3, 3)), np.zeros(3, dtype=np.int32), np.ones(3), np.ones(3, dtype=np.bool_)
    )

    def fails() -> None:
        samples.uncut[0] = False
        raise shapely.errors.GEOSException("outlines")

    with pytest.raises(shapely.errors.GEOSException):
        Undo(samples).unless_done(fails)
    assert samples.uncut.all()
    Undo(samples).unless_done(lambda: samples.uncut.__setitem__(1, False))
    assert samples.uncut.tolist() == [True, False, True]
