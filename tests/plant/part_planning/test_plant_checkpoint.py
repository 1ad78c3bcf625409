"""A child that is ended while it looks for a better plan leaves the best one so far, with its proof."""

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nightmill.plant.part_planning import PlanningOptions, plan_job, planning_child
from nightmill.plant.part_planning.checkpoint import NAME, Keeper, forget, so_far, worth
from nightmill.plant.part_planning.routes import answer_or_checkpoint
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.plan import Body, Certificate, CuttingData, Plan, Setup, Step
from nightmill.workers import ChildFailed, Effort, Limits, run_all

CERTIFIED = Certificate(True, 0.0, 0.01, 1.0, (), 0, 0)
UNFINISHED = Certificate(False, 0.0, 0.4, 0.9, (), 0, 0)
GOUGED = Certificate(False, 0.3, 0.4, 0.97, (), 0, 0)


@pytest.fixture
def block(tmp_path: Path) -> Path:
    """A block of 30 x 20 x 12 mm."""
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    path = tmp_path / "block.step"
    writer = STEPControl_Writer()
    writer.Transfer(BRepPrimAPI_MakeBox(30.0, 20.0, 12.0).Shape(), STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    return path


def _plan(name: str, *setups: Setup) -> Plan:
    stock = Body(kind="box", min=(0.0, 0.0, 0.0), max=(30.0, 20.0, 12.0))
    return Plan("nightmill-plan/1", name, "mm", "0" * 64, stock, (), setups, (), 1.0)


def _setup() -> Setup:
    rows = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    return Setup("1", "mill", "1.ngc", "G54", rows, ())


def _kept(folder: Path) -> tuple[str, Certificate | None] | None:
    found = so_far(folder)
    return None if found is None else (found.plan.part, found.certificate)


def test_the_best_is_kept_whatever_comes_later(tmp_path: Path) -> None:
    keeper, files = Keeper(tmp_path), {"1.ngc": b"M2"}
    keeper.made(_plan("without a program"), {}, ())
    assert _kept(tmp_path) is None
    keeper.made(_plan("made", _setup()), files, ())
    keeper.made(_plan("made anew", _setup()), files, ())
    assert _kept(tmp_path) == ("made", None)
    keeper.proven(_plan("gouged", _setup()), files, GOUGED, ())
    assert _kept(tmp_path) == ("gouged", GOUGED)
    keeper.proven(_plan("unfinished", _setup()), files, UNFINISHED, ("a note",))
    keeper.proven(_plan("gouged again", _setup()), files, GOUGED, ())
    keeper.made(_plan("made at last", _setup()), files, ())
    assert _kept(tmp_path) == ("unfinished", UNFINISHED)
    keeper.proven(_plan("unfinished, with its reasons", _setup()), files, UNFINISHED, ())
    assert _kept(tmp_path) == ("unfinished, with its reasons", UNFINISHED)
    forget(tmp_path)
    assert _kept(tmp_path) is None


def _tapping(name: str, *faces: int) -> Plan:
    tap = Step(
        "tap", "tap", 480, (), faces, CuttingData(10.0, 500.0, 0.1, 500.0, 0.5, 0.0, 0.1, 5.0, "a test"), 1.0, 1, 1
    )
    return _plan(name, msgspec.structs.replace(_setup(), steps=(tap,)))


def test_a_plan_without_a_fault_is_worth_more_than_one_with_more_threads() -> None:
    order = [
        worth(_tapping("gouges", 3, 4), GOUGED),
        worth(_tapping("clean, and lacks a thread", 3), UNFINISHED),
        worth(_tapping("clean", 3, 4), UNFINISHED),
        worth(_tapping("certified, and lacks all"), CERTIFIED),
        worth(_tapping("certified, and lacks a thread", 3), CERTIFIED),
        worth(_tapping("certified", 3, 4), CERTIFIED),
    ]
    assert order == sorted(order)
    assert len(set(order)) == len(order)


def test_what_an_earlier_run_left_is_not_the_answer_of_a_child_that_was_ended_at_its_start(
    block: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder may have been another part's: its plan was certified, and is none of this one."""
    out = tmp_path / "out"
    Keeper(out).proven(_plan("another part", _setup()), {"1.ngc": b"M2"}, CERTIFIED, ())
    asked: list[dict[str, Any]] = []

    def in_child(_call: str, request: dict[str, Any], *_: object, preload: str) -> dict[str, Any]:
        asked.append(request)
        if len(asked) == 1:
            raise ChildFailed("", Finding("block.step", "", "it was told to end (SIGTERM)", "", ""))
        assert so_far(out) is None
        return {"setups": []}

    monkeypatch.setattr(planning_child, "in_child", in_child)
    planning_child.plan_part(block, out=out)
    assert asked[1]["gave_up"] == "planning didn't finish: it was told to end (SIGTERM)"


def test_what_is_kept_says_that_planning_was_ended(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    keeper.made(_plan("made", _setup()), {}, ("a note",))
    made = so_far(tmp_path)
    assert made is not None
    certificate, notes = made.said("time was up")
    assert (certificate.certified, certificate.gouge_mm, certificate.rapid_hits) == (False, None, None)
    assert certificate.messages == notes[1:]
    assert "none of them is proven" in notes[-1]
    keeper.proven(_plan("proven", _setup()), {}, CERTIFIED, ("a note",))
    proven = so_far(tmp_path)
    assert proven is not None
    certificate, notes = proven.said("time was up")
    assert certificate == CERTIFIED
    assert notes[0] == "a note"
    assert notes[1].startswith("time was up; this is the best plan proven")


def test_a_damaged_file_is_no_plan(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"\x93\x01")
    assert so_far(tmp_path) is None


def ended_when_proven(**asked: Any) -> dict[str, Any]:
    """``plan_job`` in a child that is killed with its proof made, before it answers."""
    if not asked.get("gave_up"):
        plan_job._record = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    return plan_job.plan_job(**asked)


@pytest.mark.slow
def test_a_child_that_is_ended_leaves_its_certified_plan(
    block: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((os.path.dirname(__file__), os.environ.get("PYTHONPATH", ""))))
    monkeypatch.setattr(planning_child, "PLANNING_CALL", f"{__name__}:ended_when_proven")
    out = tmp_path / "out"
    answer = planning_child.plan_part(block, out=out)
    assert answer["certificate"]["certified"], answer["certificate"]
    assert any("planning didn't finish" in note and "best plan proven" in note for note in answer["notes"])
    plan = msgspec.json.decode((out / "plan.json").read_bytes(), type=Plan)
    assert plan.setups
    assert all((out / setup.program).is_file() for setup in plan.setups)
    assert (out / "route.json").is_file()
    assert not (out / NAME).exists()
    again = planning_child.verify_program(out / "plan.json", target=block)
    assert again["certified"]


@pytest.mark.slow
def test_a_shop_takes_the_certified_plan_of_a_child_that_was_ended(
    block: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nightmill.plant.part_planning import routes

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((os.path.dirname(__file__), os.environ.get("PYTHONPATH", ""))))
    call = f"{__name__}:ended_when_proven"
    monkeypatch.setattr(routes, "PLANNING_CALL", call)
    request = {"step": str(block), "out": str(tmp_path / "out")}
    (answer,) = run_all(call, [request], limits=Limits())
    assert isinstance(answer, ChildFailed)
    rescued = answer_or_checkpoint(request, answer, Limits())
    assert isinstance(rescued, dict)
    assert rescued["certificate"]["certified"]
    assert isinstance(answer_or_checkpoint(request, answer, Limits()), ChildFailed)  # nothing is kept any more


def test_a_persons_time_limit_holds_on_the_clock(block: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[dict[str, Any], Limits]] = []

    def in_child(
        _call: str, request: dict[str, Any], _part: Path, _progress: object, limits: Limits, preload: str
    ) -> dict[str, Any]:
        asked.append((request, limits))
        return {"setups": []}

    monkeypatch.setattr(planning_child, "in_child", in_child)
    for seconds in (0.0, 240.0, 1e6):
        planning_child.plan_part(block, options=PlanningOptions(time_limit_s=seconds))
    assert [limits.wall_s for _, limits in asked] == [1320.0, 240.0, 1320.0]
    assert [request.get("time_limit_s", 0.0) for request, _ in asked] == [0.0, 240.0, 1320.0]
    for wrong in (-1.0, 9.0, float("nan")):
        with pytest.raises(BadInput, match="--time-limit"):
            planning_child.plan_part(block, options=PlanningOptions(time_limit_s=wrong))
    work = Effort()
    whole = plan_job._Times.of(0.0, work)
    assert (whole.clock, whole.plan_s, whole.proof_s) == (work, plan_job.PLANNING_BUDGET_S, plan_job.PROOF_UNTIL_S)
    short = plan_job._Times.of(200.0, work)
    assert 0.0 <= short.clock() < short.plan_s < short.proof_s < 200.0
    assert 99.0 < short.budget_s() <= 100.0
    read_for = replace(short, clock=lambda: 90.0)
    assert read_for.budget_s() == 50.0  # and 40 s are left for the proof
    assert replace(whole, clock=lambda: 90.0).budget_s() == plan_job.PLANNING_BUDGET_S
    late = replace(whole, clock=lambda: plan_job.PROOF_UNTIL_S - 30.0)
    assert late.budget_s() == 30.0
