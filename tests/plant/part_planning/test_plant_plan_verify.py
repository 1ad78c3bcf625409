"""Where taking out refused moves isn't enough, the part is planned anew without the steps that held them."""

import os
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from nightmill.cad import read_part
from nightmill.cam import (
    PlanningTask,
    ProcessPlan,
    Refused,
    default_machine,
    default_tools,
    material_named,
    plan_route,
    write_plan,
)
from nightmill.plant.part_planning import plan_job, plan_verify
from nightmill.plant.part_planning.plan_verify import ProofAhead, best_proven
from nightmill.plant.part_planning.planning_child import PLAN_LIMITS
from nightmill.vocabulary.certificate_findings import SENTENCES, FindingCode
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.plan import Certificate, Uncut
from nightmill.vocabulary.uncut_reasons import REASON_TEXTS, UncutReason
from nightmill.workers import Effort
from nightmill.workers.work_limit import LEAST

AREA_MM2 = 2 * (30 * 20 + 30 * 12 + 20 * 12)


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A block of 30 x 20 x 12 mm with a step along one side."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.gp import gp_Pnt
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    block = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), gp_Pnt(30, 20, 12)).Shape()
    gone = BRepPrimAPI_MakeBox(gp_Pnt(-1, 14, 8), gp_Pnt(31, 21, 13)).Shape()
    path = tmp_path_factory.mktemp("block") / "block.step"
    writer = STEPControl_Writer()
    writer.Transfer(BRepAlgoAPI_Cut(block, gone).Shape(), STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    return path


def _planned(step: Path, without: frozenset[Refused]) -> ProcessPlan:
    return plan_route(
        PlanningTask(read_part(step), default_tools(), default_machine(), material_named("Al 6061"), without=without)
    )


@pytest.fixture(scope="module")
def sound(step: Path) -> ProcessPlan:
    return _planned(step, frozenset())


def _first_finish(plan: ProcessPlan) -> Refused:
    setup = plan.plan.setups[0]
    step = next(step for step in setup.steps if step.strategy == "finish")
    return Refused(setup.name, step.strategy, step.tool)


def _gouging(plan: ProcessPlan) -> ProcessPlan:
    """The plan, its first finishing step 3 mm too deep from its first cut on."""
    setup = plan.plan.setups[0]
    step = next(step for step in setup.steps if step.strategy == "finish")
    lines = plan.files[setup.program].decode().splitlines()
    for k in range(step.line_from - 1, step.line_to):
        if lines[k].startswith("G1"):
            lines[k] = re.sub(r"Z(-?[\d.]+)", lambda found: f"Z{float(found[1]) - 3.0:.4f}", lines[k])
    return replace(plan, files={**plan.files, setup.program: ("\n".join(lines) + "\n").encode()})


def test_a_step_left_out_leaves_its_faces_to_other_tools(step: Path, sound: ProcessPlan) -> None:
    refused = _first_finish(sound)
    other = _planned(step, frozenset({refused}))
    steps = [Refused(setup.name, step.strategy, step.tool) for setup in other.plan.setups for step in setup.steps]
    assert refused not in steps
    assert sum(uncut.area_mm2 for uncut in other.plan.uncut) < 0.005 * AREA_MM2


def test_a_part_is_planned_anew_without_what_the_proof_refused(step: Path, sound: ProcessPlan, tmp_path: Path) -> None:
    asked: list[frozenset[Refused]] = []

    def planned(without: frozenset[Refused], _forgoing: float) -> ProcessPlan:
        asked.append(without)
        return _gouging(sound) if not without else _planned(step, without)

    proven = best_proven(
        planned, tmp_path, ProofAhead(step, until=time.perf_counter() + 3600.0), lambda _phase, _share: None
    )
    assert proven.certificate.certified
    assert len(asked) == 2
    assert _first_finish(sound) in asked[1]


def test_a_plan_that_comes_out_the_same_again_is_not_proven_again(
    step: Path, sound: ProcessPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, proofs = [], []
    prove = plan_verify._proven

    def planned(without: frozenset[Refused], _forgoing: float) -> ProcessPlan:
        asked.append(without)
        return _gouging(sound)

    def proven(made: ProcessPlan, *others: Any) -> plan_verify.Proven:
        proofs.append(made)
        return prove(made, *others)

    monkeypatch.setattr(plan_verify, "_proven", proven)
    best = best_proven(
        planned, tmp_path, ProofAhead(step, until=time.perf_counter() + 3600.0), lambda _phase, _share: None
    )
    assert not best.certificate.certified
    assert (len(asked), len(proofs)) == (2, 1)
    assert not [each.name for each in tmp_path.iterdir() if each.suffix == ".ngc"]  # what isn't certified lies nowhere


def _threading(made: ProcessPlan, refused: Refused) -> ProcessPlan:
    """The plan, one of its steps cutting a thread on face 5."""
    setups = tuple(
        msgspec.structs.replace(
            setup,
            steps=tuple(
                msgspec.structs.replace(each, strategy="thread", faces=(5,))
                if Refused(setup.name, each.strategy, each.tool) == refused
                else each
                for each in setup.steps
            ),
        )
        for setup in made.plan.setups
    )
    return replace(made, plan=msgspec.structs.replace(made.plan, setups=setups))


def test_a_thread_that_the_proof_takes_out_is_cut_by_another_step(
    step: Path, sound: ProcessPlan, tmp_path: Path
) -> None:
    """The plan is certified without it, too, and yet it is planned anew: nothing else tells that the thread is missing."""
    bad = _first_finish(sound)
    asked: list[frozenset[Refused]] = []

    def planned(without: frozenset[Refused], _forgoing: float) -> ProcessPlan:
        asked.append(without)
        last = sound.plan.setups[0].steps[-1]
        other = Refused(sound.plan.setups[0].name, last.strategy, last.tool)
        return _threading(sound, other) if without else _threading(_gouging(sound), bad)

    proven = best_proven(
        planned, tmp_path, ProofAhead(step, until=time.perf_counter() + 3600.0), lambda _phase, _share: None
    )
    assert [replace(bad, strategy="thread") in each for each in asked] == [False, True]
    assert proven.certificate.certified
    assert not proven.lost
    assert "thread" in {each.strategy for setup in proven.plan.setups for each in setup.steps}
    assert not [note for note in proven.notes if "is not cut" in note]


def test_a_thread_that_the_proof_takes_out_is_named(step: Path, sound: ProcessPlan, tmp_path: Path) -> None:
    threaded = _threading(_gouging(sound), _first_finish(sound))
    proven = best_proven(
        lambda *_: threaded, tmp_path, ProofAhead(step, until=time.perf_counter() + 3600.0), lambda _phase, _share: None
    )
    assert "thread" not in {each.strategy for setup in proven.plan.setups for each in setup.steps}
    assert [note for note in proven.notes if note.startswith("the thread on faces 5 is not cut: the proof rejected")]


def test_nothing_is_planned_anew_where_no_time_is_left(step: Path, sound: ProcessPlan, tmp_path: Path) -> None:
    asked: list[frozenset[Refused]] = []

    def planned(without: frozenset[Refused], _forgoing: float) -> ProcessPlan:
        asked.append(without)
        return _gouging(sound)

    proven = best_proven(planned, tmp_path, ProofAhead(step, until=time.perf_counter()), lambda _phase, _share: None)
    assert not proven.certificate.certified
    assert asked == [frozenset()]


def test_that_no_time_was_left_is_said_once(step: Path, sound: ProcessPlan, tmp_path: Path) -> None:
    """The plan is proven again with what it leaves, and there is no more time then."""
    wrong = msgspec.structs.replace(sound.plan, uncut=(Uncut((0,), 1.0, "said wrongly"),))
    made = replace(_gouging(sound), plan=wrong)
    proven = best_proven(
        lambda *_: made, tmp_path, ProofAhead(step, until=time.perf_counter()), lambda _phase, _share: None
    )
    assert sum("no time was left" in note for note in proven.notes) == 1


@pytest.mark.parametrize(
    ("shares", "asked"),
    [
        ((0.9931, 0.9961), [1.0, 0.0]), ((0.97,), [1.0]), ((0.9931, 0.994), [1.0, 0.0]),
        ((0.994, 0.9952), [1.0, 0.5]), ((0.994, 0.9948, 0.9961), [1.0, 0.5, 0.0]),
    ],
)  # fmt: skip
def test_a_part_that_lacks_a_little_is_planned_once_more_and_forgoes_less(
    shares: tuple[float, ...],
    asked: list[float],
    sound: ProcessPlan,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[float] = []
    proofs = iter(shares)

    def planned(_without: frozenset[Refused], forgoing: float) -> ProcessPlan:
        told.append(forgoing)
        return replace(sound, files={**sound.files, "1.ngc": b"(%d)" % len(told)})

    def proven(made: ProcessPlan, *_others: object) -> plan_verify.Proven:
        share = next(proofs)
        certificate = Certificate(
            certified=share >= 0.995, gouge_mm=0.0, excess_mm=0.0, certified_area_share=0.96, uncut=(), rapid_hits=0,
            collisions=0, reachable_area_share=share,
        )  # fmt: skip
        return plan_verify.Proven(made.plan, made.files, certificate, (), frozenset())

    monkeypatch.setattr(plan_verify, "_proven", proven)
    best = best_proven(
        planned, tmp_path, ProofAhead(tmp_path, until=time.perf_counter() + 3600.0), lambda _phase, _share: None
    )
    assert told == asked
    assert best.certificate.reachable_area_share == max(shares)


def test_a_part_of_which_nothing_is_forgone_at_first_is_not_planned_anew_for_a_hair(
    sound: ProcessPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []

    def planned(_without: frozenset[Refused], forgoing: float) -> ProcessPlan:
        told.append(forgoing)
        return sound

    certificate = Certificate(False, 0.0, 0.0, 0.96, (), 0, 0, (), reachable_area_share=0.994)
    proven = plan_verify.Proven(sound.plan, sound.files, certificate, (), frozenset())
    monkeypatch.setattr(plan_verify, "_proven", lambda *_: proven)
    until = time.perf_counter() + 3600.0
    best_proven(planned, tmp_path, ProofAhead(tmp_path, until=until), lambda _phase, _share: None, forgoing=0.0)
    assert told == [0.0]


def test_a_part_that_is_planned_alike_with_half_forgone_is_planned_with_nothing_forgone(
    sound: ProcessPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []

    def planned(_without: frozenset[Refused], forgoing: float) -> ProcessPlan:
        told.append(forgoing)
        return replace(sound, files={**sound.files, "1.ngc": b"all" if forgoing == 0.0 else b"less"})

    def proven(made: ProcessPlan, *_others: object) -> plan_verify.Proven:
        share = 0.999 if made.files["1.ngc"] == b"all" else 0.9945
        certificate = Certificate(share >= 0.995, 0.0, 0.0, 0.96, (), 0, 0, (), reachable_area_share=share)
        return plan_verify.Proven(made.plan, made.files, certificate, (), frozenset())

    monkeypatch.setattr(plan_verify, "_proven", proven)
    best = best_proven(
        planned, tmp_path, ProofAhead(tmp_path, until=time.perf_counter() + 3600.0), lambda _phase, _share: None
    )
    assert told == [1.0, 0.5, 0.0]
    assert best.certificate.certified


def _without_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run beside threads of their runner, which hold no lock that a proof asks for."""
    monkeypatch.setattr("threading.enumerate", lambda: [threading.main_thread()])
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: {0, 1})


def _count_what_is_made() -> None:
    """Note in the helper what its recall makes from here on."""
    recall = plan_verify._OWN[0].recall
    of = recall.of

    def counted(place: str, digest: str, make: Callable[[], object]) -> object:
        def noted() -> object:
            MADE.append(place)
            return make()

        return of(place, digest, noted)

    recall.of = counted  # type: ignore[method-assign, assignment]


def _made() -> list[str]:
    return MADE


MADE: list[str] = []


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_process_beside_proves_as_this_one_does(
    step: Path, sound: ProcessPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_threads(monkeypatch)
    plan_verify.write_files(tmp_path, {**sound.files, "plan.json": write_plan(sound.plan)})
    alone = ProofAhead(step).certify(tmp_path, lambda _phase, _share: None)
    phases: list[str] = []
    ahead = ProofAhead(step, helped=True)
    assert ahead.helped
    ahead.cut(sound.plan, sound.files)
    ahead.cut(msgspec.structs.replace(sound.plan, uncut=()), sound.files, whole=True)
    ahead._hand.submit(_count_what_is_made).result()
    assert ahead.certify(tmp_path, lambda phase, _share: phases.append(phase)) == alone
    assert "judging the faces" in phases
    made_again = ahead._hand.submit(_made).result()
    ahead.close()
    assert not made_again


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_the_process_beside_has_read_the_part_before_it_is_told_of_a_setup(
    step: Path, sound: ProcessPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_threads(monkeypatch)
    ahead = ProofAhead(step, helped=True)
    ahead.read()
    ahead._hand.submit(_count_what_is_made).result()
    ahead.cut(sound.plan, sound.files)
    made = ahead._hand.submit(_made).result()
    ahead.close()
    assert "program 0" in made
    assert not {"shape", "part"} & set(made)
    alone = ProofAhead(step)
    alone.read()  # by itself it would read the part before the planner does
    assert not alone._begun
    alone.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_proof_goes_on_where_the_process_beside_is_killed(
    step: Path, sound: ProcessPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_threads(monkeypatch)
    plan_verify.write_files(tmp_path, {**sound.files, "plan.json": write_plan(sound.plan)})
    ahead = ProofAhead(step, helped=True)
    ahead._hand.submit(os._exit, 9)
    certificate = ahead.certify(tmp_path, lambda _phase, _share: None)
    assert certificate.certified
    assert not ahead.helped
    ahead.close()


class _Hand:
    """A process beside that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def submit(self, call: object, *_: object) -> None:
        self.asked.append(call)


@pytest.mark.parametrize("kept", [False, True])
def test_kernels_are_practised_where_none_are_kept(step: Path, monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    hand = _Hand()
    ahead = ProofAhead(step)
    monkeypatch.setattr(ahead, "_helper", SimpleNamespace(pool=hand))
    monkeypatch.setattr(plan_verify, "kernels_kept", lambda package: kept and package == "nightmill.verification")
    ahead.practise()
    assert hand.asked == ([] if kept else [plan_verify._practise])


def test_a_proofs_wait_for_the_process_beside_counts_against_its_time() -> None:
    now = time.perf_counter()
    assert plan_verify._Left(now - 600.0, 300.0).late()()
    assert not plan_verify._Left(now, 300.0).late()()


def test_a_limit_on_the_clock_is_one_for_the_process_beside_too(step: Path) -> None:
    """A person's limit ends the child on the clock, however busy the machine: a proof in seconds of work would come too late."""
    waited = time.perf_counter() - 600.0
    assert not plan_verify._Left(waited, 500.0).late()()
    assert plan_verify._Left(waited, 500.0, work=False).late()()
    assert not ProofAhead(step)._left().work
    assert ProofAhead(step, clock=Effort())._left().work


def test_time_is_up_before_a_child_is_ended(step: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Effort] = []

    def read(*_args: object, **_words: object) -> None:
        assert len(made) == 1  # reading counts, too
        raise BadInput(Finding(str(step), "", "read", "", ""))

    def begun() -> Effort:
        made.append(Effort())
        return made[-1]

    monkeypatch.setattr(plan_job, "Effort", begun)
    monkeypatch.setattr(plan_job, "read_part", read)
    with pytest.raises(BadInput):
        plan_job.plan_job(str(step), str(tmp_path))
    assert PLAN_LIMITS.wall_s > plan_job.PROOF_UNTIL_S / LEAST + 100.0


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_bad_files_are_named_by_the_process_beside(step: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_threads(monkeypatch)
    ahead = ProofAhead(step, helped=True)
    with pytest.raises(BadInput, match=r"plan\.json"):
        ahead.certify(tmp_path, lambda _phase, _share: None)
    ahead.close()


def test_a_part_without_a_program_has_no_proof_but_its_reason(step: Path, tmp_path: Path) -> None:
    small = msgspec.structs.replace(default_machine(), travel_mm=(20.0, 20.0, 20.0))
    part = read_part(step)

    def planned(_without: frozenset[Refused], _forgoing: float) -> ProcessPlan:
        return plan_route(PlanningTask(part, default_tools(), small, material_named("Al 6061")))

    proven = best_proven(
        planned, tmp_path, ProofAhead(step, until=time.perf_counter() + 3600.0), lambda _phase, _share: None
    )
    proof = proven.certificate
    assert (proof.certified, proof.gouge_mm, proof.certified_area_share, proof.collisions) == (False, None, None, None)
    assert proof.uncut[0].faces == tuple(range(len(part.faces)))
    assert "exceeds the machine's travel" in proof.uncut[0].reason


def _drowned(certificate: Certificate) -> Certificate:
    """The certificate with a random word for each of its texts."""
    uncut = tuple(msgspec.structs.replace(each, reason=secrets.token_hex(4)) for each in certificate.uncut)
    words = tuple(secrets.token_hex(4) for _ in certificate.messages)
    return msgspec.structs.replace(certificate, messages=words, uncut=uncut)


@pytest.fixture
def noise(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, every sentence about a finding and every reason is a random word, at each use another one."""

    def begin() -> None:
        for code in FindingCode:
            monkeypatch.setitem(SENTENCES, code, lambda _finding: secrets.token_hex(4))
        for reason in UncutReason:
            monkeypatch.setitem(REASON_TEXTS, reason, secrets.token_hex(4))
        certify = ProofAhead.certify
        monkeypatch.setattr(ProofAhead, "certify", lambda *given: _drowned(certify(*given)))

    return begin


Outcome = tuple[list[frozenset[Refused]], dict[str, bytes], list[Uncut], list[FindingCode], frozenset[Refused]]


def _outcome(step: Path, folder: Path, plans: Callable[[frozenset[Refused]], ProcessPlan]) -> Outcome:
    """What the loop asks for and what comes out of it, texts aside."""
    asked: list[frozenset[Refused]] = []

    def planned(without: frozenset[Refused], _forgoing: float) -> ProcessPlan:
        asked.append(without)
        return plans(without)

    folder.mkdir()
    ahead = ProofAhead(step, until=time.perf_counter() + 3600.0)
    best = best_proven(planned, folder, ahead, lambda _phase, _share: None)
    programs = {name: body for name, body in best.files.items() if name.endswith(".ngc")}
    uncut = [each.without_text() for each in best.plan.uncut]
    return asked, programs, uncut, [each.code for each in best.certificate.findings], best.refused


def _collided(plan: ProcessPlan) -> ProcessPlan:
    """The plan, whose first finishing step ends with a rapid down through the part."""
    setup = plan.plan.setups[0]
    step = next(step for step in setup.steps if step.strategy == "finish")
    lines = plan.files[setup.program].decode().splitlines()
    last = max(k for k in range(step.line_from - 1, step.line_to) if lines[k].startswith("G1"))
    lines[last] = "G0 X15 Y10 Z-3"
    return replace(plan, files={**plan.files, setup.program: ("\n".join(lines) + "\n").encode()})


def _with_untrue_reasons(plan: ProcessPlan) -> ProcessPlan:
    """The first setup of a plan alone, which calls every face too deep for its tools."""
    uncut = (Uncut.of(tuple(range(12)), 1e4, UncutReason.DEEP),)
    return replace(plan, plan=msgspec.structs.replace(plan.plan, setups=plan.plan.setups[:1], uncut=uncut))


@pytest.mark.parametrize("spoiled", [_gouging, _collided, _with_untrue_reasons])
def test_the_loop_reads_no_sentence(
    step: Path,
    sound: ProcessPlan,
    tmp_path: Path,
    noise: Callable[[], None],
    spoiled: Callable[[ProcessPlan], ProcessPlan],
) -> None:
    """A plan is repaired, planned anew and given the proof's reasons in the same way, whatever the sentences say."""

    def plans(without: frozenset[Refused]) -> ProcessPlan:
        return _planned(step, without) if without else spoiled(sound)

    plain = _outcome(step, tmp_path / "plain", plans)
    noise()
    assert _outcome(step, tmp_path / "noise", plans) == plain
    asked, _, uncut, codes, refused = plain
    if spoiled is _with_untrue_reasons:
        assert uncut
        assert not {each.code for each in uncut} & {UncutReason.DEEP, UncutReason.UNKNOWN}
        assert FindingCode.REACHABLE_SHARE in codes
    else:
        assert len(asked) == 2 or refused
