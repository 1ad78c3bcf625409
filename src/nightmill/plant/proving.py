"""The plan-verify loop: certify, take out of the programs what is refused, and where that isn't enough plan anew without it."""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import msgspec

from nightmill.files import write_atomic
from nightmill.process import ProcessPlan, Refused
from nightmill.verification import Recall
from nightmill.vocabulary.plan import AREA_SHARE_LIMIT, GOUGE_LIMIT_MM, Certificate, Plan

REPLANS = 2
"""How often a part is planned anew without the steps that the proof refused, where taking out their moves isn't enough."""

HAIR_SHARE = 0.98
"""From this share of the reachable area on, cutting what was forgone as too slow may be what a certificate lacks."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Proven:
    """A plan with its files and proof, what is to be noted, and the steps that the proof refused on the way."""

    plan: Plan
    files: dict[str, bytes]
    certificate: Certificate
    notes: tuple[str, ...]
    refused: frozenset[Refused]

    def by_a_hair(self) -> bool:
        """Whether a little of the reachable area is all that a certificate lacks."""
        proof = self.certificate
        clean = not self.refused and not proof.rapid_hits and not proof.collisions
        near = HAIR_SHARE <= (proof.reachable_area_share or 0.0) < AREA_SHARE_LIMIT
        return clean and (proof.gouge_mm or 0.0) <= GOUGE_LIMIT_MM and near

    def worth(self) -> tuple[bool, bool, float]:
        """What makes one better than another: certified, without a fault, more of the surface done."""
        proof = self.certificate
        clean = (proof.gouge_mm or 0.0) <= GOUGE_LIMIT_MM and not proof.rapid_hits and not proof.collisions
        return proof.certified, clean, proof.reachable_area_share or proof.certified_area_share or 0.0


class ProofAhead:
    """Cuts setups for the proof of a part while those after them are still being planned; the proof finds that work in
    ``recall``, as long as nothing of it has changed.
    """

    def __init__(self, target: Path) -> None:
        self.recall = Recall()
        self._target = target
        self._hand = ThreadPoolExecutor(1)
        self._begun: list[Future[None]] = []

    def cut(self, plan: Plan, files: dict[str, bytes]) -> None:
        """Begin to cut a plan's setups as far as they go; returns at once."""
        self._begun.append(self._hand.submit(self._cut, plan, dict(files)))

    def settle(self) -> None:
        """Wait for what has been begun; what failed is left to the proof, which will say so."""
        wait(self._begun)
        self._begun.clear()

    def _cut(self, plan: Plan, files: dict[str, bytes]) -> None:
        from nightmill.process import write_plan
        from nightmill.verification import cut_ahead

        with tempfile.TemporaryDirectory() as scratch:
            write_files(Path(scratch), {**files, "plan.json": write_plan(plan)})
            cut_ahead(Path(scratch), self._target, self.recall)


def best_proven(
    planned: Callable[[frozenset[Refused], bool], ProcessPlan],
    folder: Path,
    target: Path,
    say: Progress,
    until: float,
    ahead: ProofAhead | None = None,
) -> Proven:
    """The plan with the best proof, written to its folder: planned anew without refused steps where mending fails, and
    thoroughly where nothing but a little of the reachable area is missing.

    ``planned``: asked for a plan without some steps, and whether it is to forgo nothing that is slow.
    What would not end before ``until`` (seconds of ``time.perf_counter``) isn't begun. ``ahead``: what ``planned`` hands
    its setups to as they are made.
    """
    from nightmill.process import write_plan

    ahead = ahead or ProofAhead(target)
    best: Proven | None = None
    without: frozenset[Refused] = frozenset()
    thorough = False
    for _ in range(REPLANS + 1):
        started = time.perf_counter()
        made = planned(without, thorough)
        ahead.settle()
        proven = _proven(made, folder, target, say, until, ahead.recall)
        ended = time.perf_counter()
        if best is None or proven.worth() > best.worth():
            best = proven
        without |= proven.refused
        closer = not thorough and proven.by_a_hair()
        thorough |= closer
        if best.certificate.certified or not (proven.refused or closer) or 2.5 * ended - 1.5 * started > until:
            break
        say("replanning", 0.7)
    assert best is not None
    if best is not proven:
        write_files(folder, {**best.files, "plan.json": write_plan(best.plan)})
    return best


def _proven(made: ProcessPlan, folder: Path, target: Path, say: Progress, until: float, recall: Recall) -> Proven:
    """Certify; take out what is refused and certify again, until nothing more can be mended.

    A repair whose proof would not end before ``until`` (seconds of ``time.perf_counter``) isn't begun.
    """
    from nightmill.plant.repair import ROUNDS, refused_steps, repaired
    from nightmill.process import write_plan
    from nightmill.verification import certify

    plan, files, notes = made.plan, made.files, made.notes
    if not plan.setups:
        write_files(folder, {**files, "plan.json": write_plan(plan)})
        return Proven(plan, files, _nothing_to_prove(plan), notes, frozenset())
    refused: frozenset[Refused] = frozenset()
    for attempt in range(ROUNDS + 2):
        write_files(folder, {**files, "plan.json": write_plan(plan)})
        say("certifying", 0.6)
        started = time.perf_counter()
        certificate = certify(
            folder,
            target,
            progress=lambda phase: say(phase, 0.8),
            recall=recall,
            late=lambda: time.perf_counter() > until,
        )
        ended = time.perf_counter()
        refused |= refused_steps(plan, files, certificate)
        mended = repaired(plan, files, certificate) if attempt < ROUNDS else None
        if mended is not None and 2 * ended - started > until:
            mended = None
            notes = (*notes, "no time was left to take out of the programs what the proof refuses")
        if mended is None:
            listed = msgspec.structs.replace(plan, uncut=certificate.uncut)
            if certificate.certified or listed.uncut == plan.uncut or attempt > ROUNDS:
                break
            mended = listed, files  # what the proof found uncut is what the plan must say
        plan, files = mended
        say("repairing", 0.7)
    return Proven(plan, files, certificate, notes, refused)


def _nothing_to_prove(plan: Plan) -> Certificate:
    """The certificate of a plan without a program: no check is made, and the planner's reasons stand."""
    return Certificate(False, None, None, None, plan.uncut, None, None, ("no program, so there is nothing to prove",))


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Each file of a plan under its name."""
    for name, content in files.items():
        write_atomic(folder / name, content)
