"""The plan-verify loop: certify, take out of the programs what is refused, and where that isn't enough plan anew without it."""

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
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.plan import AREA_SHARE_LIMIT, GOUGE_LIMIT_MM, PLAN_FORMAT, Body, Certificate, Plan
from nightmill.workers import Effort, Helper, beside, kernels_kept

REPLANS = 2
"""How often a part is planned anew without the steps that the proof refused, where taking out their moves isn't enough."""

HAIR_SHARE = 0.98
"""From this share of the reachable area on, cutting what was forgone as too slow may be what a certificate lacks."""
HALF_SHARE = 0.0015
"""What cutting half of what may be forgone makes up of the reachable area: where more is lacking, all of it is cut."""

SHARED = ("OCP", "numba", "scipy.spatial", "scipy.ndimage")
"""What planner and proof both need and takes long to load: loaded before the one process becomes two."""

PROVING_SHARE, PHASE_S = 0.8, 0.1
"""How far a part is while it is being proven, and how often the process beside is asked for its phase, seconds."""

Progress = Callable[[str, float], None]
Clock = Callable[[], float]
Late = Callable[[], bool]


@dataclass(frozen=True)
class Proven:
    """A plan with its files and proof, what is to be noted, the steps that the proof refused on the way, and whether it
    ``lost`` a thread with them.
    """

    plan: Plan
    files: dict[str, bytes]
    certificate: Certificate
    notes: tuple[str, ...]
    refused: frozenset[Refused]
    lost: bool = False

    def by_a_hair(self) -> bool:
        """Whether a little of the reachable area is all that a certificate lacks."""
        proof = self.certificate
        clean = not self.refused and not proof.rapid_hits and not proof.collisions
        near = HAIR_SHARE <= (proof.reachable_area_share or 0.0) < AREA_SHARE_LIMIT
        return clean and (proof.gouge_mm or 0.0) <= GOUGE_LIMIT_MM and near

    def lacking(self) -> float:
        """The share of the reachable area that a certificate lacks."""
        return max(0.0, AREA_SHARE_LIMIT - (self.certificate.reachable_area_share or 0.0))

    def worth(self) -> Worth:
        """What makes one better than another."""
        return worth(self.plan, self.certificate)


class ProofAhead:
    """Proofs of one part's plans: setups are cut for the proof while those after them are still being planned; the proof
    finds that work in its recall, as long as nothing of it has changed.

    With ``helped`` a process beside this one does all that, where one can be had, so that it runs on a core of its own.
    What would not end before ``until`` (seconds of ``clock``) is left out; an ``Effort`` counts the work of the
    process beside, too.
    """

    def __init__(
        self, target: Path, *, helped: bool = False, until: float = math.inf, clock: Clock = time.perf_counter
    ) -> None:
        self._target, self._until, self._clock = target, until, clock
        self._recall = Recall()
        if helped:
            for name in SHARED:
                importlib.import_module(name)
        self._helper = beside(_begin) if helped else None
        if self._helper and isinstance(clock, Effort):
            with suppress(BrokenProcessPool):  # the first call will find that out, and go on alone
                clock.counts(self._helper.number.result())
        self._hand: Executor = self._helper.pool if self._helper else ThreadPoolExecutor(1)
        self._begun: list[Future[None]] = []

    @property
    def helped(self) -> bool:
        """Whether another process does the proofs."""
        return self._helper is not None

    def cut(self, plan: Plan, files: dict[str, bytes], whole: bool = False) -> None:
        """Begin to cut a plan's setups as far as they go, and to prove a ``whole`` plan; returns at once."""
        from nightmill.cam import write_plan

        written = {**files, "plan.json": write_plan(plan)}  # a record from another process may be written otherwise
        try:
            if self._helper is None:
                begun = self._hand.submit(_cut, written, self._target, self._recall)
            else:
                begun = self._hand.submit(_cut_beside, written, self._target, self._left() if whole else None)
        except BrokenProcessPool:
            self._alone()
        else:
            self._begun.append(begun)

    def read(self, body: str = "") -> None:
        """Begin to read the part, or that ``body`` of its file, and to sample its faces; returns at once.

        Nothing is begun without a helper: the part would be read twice, one time after the other.
        """
        if self._helper is not None:
            nothing = Body(kind="box", min=(0.0, 0.0, 0.0), max=(1.0, 1.0, 1.0))
            self.cut(Plan(PLAN_FORMAT, "", "mm", "", nothing, (), (), (), 0.0, "", body=body), {})

    def practise(self) -> None:
        """Where the proof's kernels were never compiled, let the process beside compile them now; returns at once."""
        if self._helper is not None and not kernels_kept("nightmill.verification"):
            with suppress(BrokenProcessPool):  # the first call will find that out, and go on alone
                self._helper.pool.submit(_practise)

    def certify(self, folder: Path, say: Progress) -> Certificate:
        """The certificate of the plan in a folder."""
        if self._helper is not None:
            try:
                return self._asked(self._helper, folder, say)
            except BrokenProcessPool:
                self._alone()
        wait(self._begun)  # what failed there is left to the proof, which will say so
        self._begun.clear()
        return _certified(folder, self._target, self._late, self._recall, lambda phase: say(phase, PROVING_SHARE))

    def close(self) -> None:
        """End the process beside this one, if there is any."""
        self._hand.shutdown(cancel_futures=True)

    def _late(self) -> bool:
        return self._clock() > self._until

    def _left(self) -> "_Left":
        return _Left(time.perf_counter(), self._until - self._clock(), isinstance(self._clock, Effort))

    def _alone(self) -> None:
        """Go on without the helper: it was killed, or the kernel ended it."""
        self._helper, self._hand = None, ThreadPoolExecutor(1)

    def _asked(self, helper: Helper, folder: Path, say: Progress) -> Certificate:
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
    """What the process beside is given for a proof: ``seconds``, of ``work`` or of the clock, from when it was ``asked``
    (``time.perf_counter``), its wait for what it was asked before included.
    """

    asked: float
    seconds: float
    work: bool = True

    def late(self) -> Late:
        """Whether they are over, from the proof's beginning on."""
        spent = Effort(self.asked) if self.work else None
        return lambda: (spent() if spent else time.perf_counter() - self.asked) > self.seconds


@dataclass(frozen=True)
class _Own:
    """What a process that does nothing but proofs of one part keeps."""

    recall: Recall
    say: Callable[[str], None]


_OWN: list[_Own] = []


def _begin(say: Callable[[str], None]) -> None:
    _OWN[:] = [_Own(Recall(), say)]


def _cut(files: dict[str, bytes], target: Path, recall: Recall, late: Late | None = None) -> None:
    """Cut the setups of a plan in files for its proof; where ``late`` is given, prove it, but for what it leaves uncut."""
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
    """A certificate, or what was wrong with the files, by the process beside."""
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
    target: Path,
    say: Progress,
    until: float,
    ahead: ProofAhead | None = None,
    clock: Clock = time.perf_counter,
    *,
    forgoing: float = 1.0,
) -> Proven:
    """The plan with the best proof: planned anew without refused steps where mending fails or loses
    a thread, and forgoing less, or nothing, where nothing but a little of the reachable area is missing.

    ``planned``: asked for a plan without some steps, and which part of what may be forgone as slow it forgoes,
    ``forgoing`` at first.
    What would not end before ``until`` (seconds of ``clock``) isn't begun. ``ahead``: what ``planned`` hands
    its setups to as they are made, and what proves them. The best plan so far is kept in ``folder`` (``so_far``) until
    the caller removes it; nothing else is written there.
    """
    ahead = ahead or ProofAhead(target, until=until, clock=clock)
    keeper = Keeper(folder)
    best: Proven | None = None
    without: frozenset[Refused] = frozenset()
    made: ProcessPlan | None = None
    for _ in range(REPLANS + 1):
        started, earlier = clock(), made
        made = planned(without, forgoing)
        if earlier is not None and made.files == earlier.files:
            if not 0.0 < forgoing < 1.0 or 2.5 * clock() - 1.5 * started > until:
                break  # there is no other way to make it, and this one is proven as far as it goes
            forgoing = 0.0
            continue
        proven = _proven(made, say, until, ahead, clock, keeper)
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


def _proven(made: ProcessPlan, say: Progress, until: float, ahead: ProofAhead, clock: Clock, keeper: Keeper) -> Proven:
    """Certify; take out what is refused and certify again, until nothing more can be mended.

    A repair whose proof would not end before ``until`` (seconds of ``clock``) isn't begun.
    """
    from nightmill.cam import write_plan
    from nightmill.plant.part_planning.program_repair import (
        ROUNDS,
        gives_untrue_reasons,
        refused_steps,
        repaired,
        threads_lost,
    )

    plan, files, notes = made.plan, made.files, made.notes
    if not plan.setups:
        return Proven(plan, files, _nothing_to_prove(plan), notes, frozenset())
    refused: frozenset[Refused] = frozenset()
    keeper.made(plan, files, notes)
    for attempt in range(ROUNDS + 2):
        say("certifying", 0.6)
        started = clock()
        with tempfile.TemporaryDirectory() as scratch:  # what isn't proven lies nowhere that a person looks
            write_files(Path(scratch), {**files, "plan.json": write_plan(plan)})
            certificate = ahead.certify(Path(scratch), say)
        ended = clock()
        lost = threads_lost(made.plan, plan)
        keeper.proven(plan, files, certificate, (*notes, *lost))
        refused |= refused_steps(plan, files, certificate)
        mended = repaired(plan, files, certificate) if attempt < ROUNDS else None
        if mended is not None and 2 * ended - started > until:
            mended = None
            short = "no time was left to take out of the programs what the proof refuses"
            notes = notes if short in notes else (*notes, short)
        if mended is None:
            listed = msgspec.structs.replace(plan, uncut=certificate.uncut)
            true = certificate.certified and not gives_untrue_reasons(certificate)
            if true or listed.uncut == plan.uncut or attempt > ROUNDS:
                break
            mended = listed, files  # what the proof found uncut, and why, is what the plan must say
        plan, files = mended
        say("repairing", 0.7)
    lost = threads_lost(made.plan, plan)
    return Proven(plan, files, certificate, (*notes, *lost), refused, bool(lost))


def _nothing_to_prove(plan: Plan) -> Certificate:
    """The certificate of a plan without a program: no check is made, and the planner's reasons stand."""
    return Certificate(False, None, None, None, plan.uncut, None, None, ("no program, so there is nothing to prove",))


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Each file of a plan under its name."""
    for name, content in files.items():
        write_atomic(folder / name, content)
