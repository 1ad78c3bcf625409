"""The plan-verify loop: certify, remove rejected moves from the programs and, if that isn't enough, re-plan without those steps."""

import importlib
import math
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from nightmill.cam import ProcessPlan, Refused
from nightmill.formats import write_atomic
from nightmill.plant.part_planning.checkpoint import Keeper, Worth, worth
from nightmill.verification import Recall
from nightmill.vocabulary.certificate_findings import CertificateFinding, FindingCode, sentences
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.plan import AREA_SHARE_LIMIT, GOUGE_LIMIT_MM, PLAN_FORMAT, Body, Certificate, Plan
from nightmill.workers import Effort, Helper, beside, kernels_kept

REPLANS = 2
"""Maximum number of times that a part is re-planned without the rejected steps, if removing only their moves isn't enough."""

HAIR_SHARE = 0.98
"""Certified fraction of the reachable area above which cutting the skipped slow corners may be enough to certify a plan."""
HALF_SHARE = 0.0015
"""If at most this fraction of the reachable area is missing, half of the skipped corners are cut, otherwise all of them."""

SHARED = ("OCP", "numba", "scipy.spatial", "scipy.ndimage")
"""Slow-loading modules that both planner and proof need: loaded before the process forks."""

PROVING_SHARE, PHASE_S = 0.8, 0.1
"""Progress of a part while it is being proven, and how often the helper process is polled for its phase, seconds."""

Progress = Callable[[str, float], None]
Clock = Callable[[], float]
Late = Callable[[], bool]


@dataclass(frozen=True)
class Proven:
    """A plan with its files and proof, its notes, the steps that the proof rejected on the way, and whether the
    plan ``lost`` a thread with them.
    """

    plan: Plan
    files: dict[str, bytes]
    certificate: Certificate
    notes: tuple[str, ...]
    refused: frozenset[Refused]
    lost: bool = False

    def by_a_hair(self) -> bool:
        """Return whether only a little of the reachable area is missing from a certificate."""
        proof = self.certificate
        clean = not self.refused and not proof.rapid_hits and not proof.collisions
        near = HAIR_SHARE <= (proof.reachable_area_share or 0.0) < AREA_SHARE_LIMIT
        return clean and (proof.gouge_mm or 0.0) <= GOUGE_LIMIT_MM and near

    def lacking(self) -> float:
        """Return the fraction of the reachable area that is missing from a certificate."""
        return max(0.0, AREA_SHARE_LIMIT - (self.certificate.reachable_area_share or 0.0))

    def worth(self) -> Worth:
        """Return the key by which plans are compared."""
        return worth(self.plan, self.certificate)


class ProofAhead:
    """Proofs of one part's plans: finished setups are simulated for the proof while later setups are still being planned; the proof
    reuses that cached work as long as its inputs haven't changed.

    With ``helped``, a helper process does all this on its own core, if one can be started.
    Work that would not end before ``until`` (seconds of ``clock``) is left out; an ``Effort`` also counts the helper's work.
    """

    def __init__(
        self, target: Path, *, helped: bool = False, until: float = math.inf, clock: Clock = time.perf_counter
    ) -> None:
        self._target, self.until, self.clock = target, until, clock
        self._recall = Recall()
        if helped:
            for name in SHARED:
                importlib.import_module(name)
        self._helper = beside(_begin) if helped else None
        if self._helper and isinstance(clock, Effort):
            with suppress(BrokenProcessPool):  # the first call will detect this and continue without a helper
                clock.counts(self._helper.number.result())
        self._hand: Executor = self._helper.pool if self._helper else ThreadPoolExecutor(1)
        self._begun: list[Future[None]] = []

    @property
    def helped(self) -> bool:
        """Return whether a helper process does the proofs."""
        return self._helper is not None

    def cut(self, plan: Plan, files: dict[str, bytes], whole: bool = False) -> None:
        """Start simulating the cuts of the setups planned so far, or the full proof of a ``whole`` plan; returns at once."""
        from nightmill.cam import write_plan

        written = {
            **files,
            "plan.json": write_plan(plan),
        }  # a record from another process may be serialised differently
        try:
            if self._helper is None:
                task = self._hand.submit(_cut, written, self._target, self._recall)
            else:
                task = self._hand.submit(_cut_beside, written, self._target, self._left() if whole else None)
        except BrokenProcessPool:
            self._drop_helper()
        else:
            self._begun.append(task)

    def read(self, body: str = "") -> None:
        """Start reading the part, or the ``body`` of its file, and sampling its faces; returns at once.

        Does nothing without a helper: the part would be read twice in a row.
        """
        if self._helper is not None:
            nothing = Body(kind="box", min=(0.0, 0.0, 0.0), max=(1.0, 1.0, 1.0))
            self.cut(Plan(PLAN_FORMAT, "", "mm", "", nothing, (), (), (), 0.0, "", body=body), {})

    def practise(self) -> None:
        """If the proof's kernels were never compiled, have the helper compile them now; returns at once."""
        if self._helper is not None and not kernels_kept("nightmill.verification"):
            with suppress(BrokenProcessPool):  # the first call will detect this and continue without a helper
                self._helper.pool.submit(_practise)

    def certify(self, folder: Path, say: Progress) -> Certificate:
        """Return the certificate of the plan in a folder."""
        if self._helper is not None:
            try:
                return self._certify_in_helper(self._helper, folder, say)
            except BrokenProcessPool:
                self._drop_helper()
        wait(self._begun)  # failures there are left to the proof, which will report them
        self._begun.clear()
        return _certified(folder, self._target, self._late, self._recall, lambda phase: say(phase, PROVING_SHARE))

    def close(self) -> None:
        """End the helper process, if there is one; its unfinished work is discarded."""
        if self._helper is not None:
            self._helper.end()
        else:
            self._hand.shutdown(cancel_futures=True)

    def _late(self) -> bool:
        return self.clock() > self.until

    def _left(self) -> "_Left":
        return _Left(time.perf_counter(), self.until - self.clock(), isinstance(self.clock, Effort))

    def _drop_helper(self) -> None:
        """Continue without the helper: it was killed, or the kernel ended it."""
        self._helper, self._hand = None, ThreadPoolExecutor(1)

    def _certify_in_helper(self, helper: Helper, folder: Path, say: Progress) -> Certificate:
        self._begun.clear()
        proof = helper.pool.submit(_certified_beside, folder, self._target, self._left())
        done = False
        while not done:
            done = bool(wait([proof], timeout=PHASE_S).done)
            for phase in helper.said():
                say(phase, PROVING_SHARE)
        answer = proof.result()
        if isinstance(answer, tuple):
            raise BadInput(*answer)
        return answer


@dataclass(frozen=True)
class _Left:
    """The helper's budget for a proof: ``seconds`` of ``work`` or on the clock, counted from when the proof
    was ``asked`` for (``time.perf_counter``), including the wait for earlier requests.
    """

    asked: float
    seconds: float
    work: bool = True

    def late(self) -> Late:
        """Return a function that says whether the budget is used up, counted from the start of the proof."""
        spent = Effort(self.asked) if self.work else None
        return lambda: (spent() if spent else time.perf_counter() - self.asked) > self.seconds


@dataclass(frozen=True)
class _Own:
    """State of a process that only proves one part."""

    recall: Recall
    say: Callable[[str], None]


_OWN: list[_Own] = []


def _begin(say: Callable[[str], None]) -> None:
    _OWN[:] = [_Own(Recall(), say)]


def _cut(files: dict[str, bytes], target: Path, recall: Recall, late: Late | None = None) -> None:
    """Simulate the setups of a plan in files for its proof; if ``late`` is given, also prove the plan, except for its uncut areas."""
    from nightmill.verification import cut_ahead

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_files(folder, files)
        if late is None:
            cut_ahead(folder, target, recall)
        else:
            _certified(folder, target, late, recall, lambda _phase: None)


def _cut_beside(files: dict[str, bytes], target: Path, left: _Left | None) -> None:
    _cut(files, target, _OWN[0].recall, left.late() if left is not None else None)


def _practise() -> None:
    from nightmill.verification import practise

    practise()


def _certified_beside(folder: Path, target: Path, left: _Left) -> Certificate | tuple[Finding, ...]:
    """Return a certificate, or the errors in the files; runs in the helper."""
    own = _OWN[0]
    try:
        return _certified(folder, target, left.late(), own.recall, own.say)
    except BadInput as error:
        return error.findings


def _certified(folder: Path, target: Path, late: Late, recall: Recall, say: Callable[[str], None]) -> Certificate:
    from nightmill.verification import certify

    return certify(folder, target, progress=say, recall=recall, late=late)


def best_proven(
    planned: Callable[[frozenset[Refused], float], ProcessPlan],
    folder: Path,
    ahead: ProofAhead,
    say: Progress,
    *,
    forgoing: float = 1.0,
) -> Proven:
    """Return the plan with the best proof: re-planned without rejected steps if repairing fails or loses
    a thread, and with fewer or no slow corners skipped if only a little of the reachable area is missing.

    ``planned`` makes a plan without some steps, skipping a given fraction of the slow corners, at first ``forgoing``.
    ``ahead``: receives the setups from ``planned`` as they are made, and proves them; work that would not end in time (``until``,
    seconds of its ``clock``) isn't started. The best plan so far is kept in ``folder`` (``so_far``) until
    the caller removes the plan; nothing else is written there.
    """
    until, clock = ahead.until, ahead.clock
    keeper = Keeper(folder)
    best: Proven | None = None
    without: frozenset[Refused] = frozenset()
    made: ProcessPlan | None = None
    for _ in range(REPLANS + 1):
        started, earlier = clock(), made
        made = planned(without, forgoing)
        if earlier is not None and made.files == earlier.files:
            if not 0.0 < forgoing < 1.0 or 2.5 * clock() - 1.5 * started > until:
                break  # there is no other way to plan it, and this plan is proven as far as possible
            forgoing = 0.0
            continue
        proven = _proven(made, say, ahead, keeper)
        ended = clock()
        if best is None or proven.worth() > best.worth():
            best = proven
        without |= proven.refused
        closer = forgoing > 0.0 and proven.by_a_hair()
        if closer:
            forgoing = 0.5 if forgoing == 1.0 and proven.lacking() < HALF_SHARE else 0.0
        whole = best.certificate.certified and not best.lost
        if whole or not (proven.refused or closer) or 2.5 * ended - 1.5 * started > until:
            break
        say("replanning", 0.7)
    assert best is not None
    return best


def _proven(made: ProcessPlan, say: Progress, ahead: ProofAhead, keeper: Keeper) -> Proven:
    """Certify the plan, remove rejected moves, and certify it again, until nothing more can be repaired.

    A repair isn't started if its proof would not end in the time that ``ahead`` has.
    """
    from nightmill.cam import write_plan
    from nightmill.plant.part_planning.program_repair import (
        ROUNDS,
        gives_untrue_reasons,
        refused_steps,
        repaired,
        threads_lost,
    )

    plan, files, notes, until, clock = made.plan, made.files, made.notes, ahead.until, ahead.clock
    if not plan.setups:
        return Proven(plan, files, _nothing_to_prove(plan), notes, frozenset())
    refused: frozenset[Refused] = frozenset()
    keeper.made(plan, files, notes)
    for attempt in range(ROUNDS + 2):
        say("certifying", 0.6)
        started = clock()
        with tempfile.TemporaryDirectory() as scratch:  # unproven files stay where no person looks for them
            write_files(Path(scratch), {**files, "plan.json": write_plan(plan)})
            certificate = ahead.certify(Path(scratch), say)
        ended = clock()
        lost = threads_lost(made.plan, plan)
        keeper.proven(plan, files, certificate, (*notes, *lost))
        refused |= refused_steps(plan, files, certificate)
        mended = repaired(plan, files, certificate) if attempt < ROUNDS else None
        if mended is not None and 2 * ended - started > until:
            mended = None
            short = "no time was left to remove the rejected moves from the programs"
            notes = notes if short in notes else (*notes, short)
        if mended is None:
            listed = msgspec.structs.replace(plan, uncut=certificate.uncut)
            true = certificate.certified and not gives_untrue_reasons(certificate)
            same = [each.without_text() for each in listed.uncut] == [each.without_text() for each in plan.uncut]
            if true or same or attempt > ROUNDS:
                break
            mended = listed, files  # the plan must list the areas that the proof found uncut, with reasons
        plan, files = mended
        say("repairing", 0.7)
    lost = threads_lost(made.plan, plan)
    return Proven(plan, files, certificate, (*notes, *lost), refused, bool(lost))


def _nothing_to_prove(plan: Plan) -> Certificate:
    """Return the certificate of a plan without a program: no check is made, and the planner's reasons apply."""
    findings = (CertificateFinding(code=FindingCode.NO_PROGRAM, fault=True),)
    return Certificate(False, None, None, None, plan.uncut, None, None, sentences(findings), findings=findings)


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write each file of a plan under its name."""
    for name, content in files.items():
        write_atomic(folder / name, content)
