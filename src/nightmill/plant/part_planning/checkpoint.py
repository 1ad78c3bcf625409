"""The best plan of a part so far, kept in its folder during the search for a better plan: the answer if the planning
child is ended before it has finished.
"""

from contextlib import suppress
from pathlib import Path

import msgspec

from nightmill.formats import write_atomic
from nightmill.vocabulary.certificate_findings import CertificateFinding, FindingCode, sentences
from nightmill.vocabulary.plan import GOUGE_LIMIT_MM, Certificate, Plan
from nightmill.workers import ChildFailed

NAME = ".so-far.msgpack"


class SoFar(msgspec.Struct, frozen=True):
    """A plan with its files and notes; ``certificate`` is None until the plan is proven."""

    plan: Plan
    files: dict[str, bytes]
    certificate: Certificate | None
    notes: tuple[str, ...]

    def said(self, why: str) -> "tuple[Certificate, tuple[str, ...]]":
        """Return the plan's certificate and notes if planning was ended early; ``why``: a sentence giving the reason."""
        if self.certificate is not None:
            what = (
                "the best plan proven at that time"
                if self.certificate.certified
                else "the best plan at that time with its proof"
            )
            return self.certificate, (
                *self.notes,
                f"{why}; this is {what}, the search for a better one was not finished",
            )
        unproven = f"{why}; these programs were made before then, and none of them is proven"
        findings = (CertificateFinding(code=FindingCode.NOT_PROVEN, fault=True, text=unproven),)
        proof = Certificate(
            False, None, None, None, self.plan.uncut, None, None, sentences(findings), findings=findings
        )
        return proof, (*self.notes, unproven)


THREADING = frozenset({"tap", "thread"})
"""Strategies that cut a thread: half a thread is useless, and pulling the tool out midway ruins the thread."""

Worth = tuple[bool, bool, int, float]


def threading(plan: Plan) -> dict[int, str]:
    """Return the faces in which a plan cuts threads, with the name of the step."""
    steps = [each for setup in plan.setups for each in setup.steps if each.strategy in THREADING]
    return {face: each.name for each in steps for face in each.faces}


def worth(plan: Plan, certificate: Certificate) -> Worth:
    """Return the key by which plans are compared: certified, free of faults, more threads cut, more of the surface finished."""
    clean = (
        (certificate.gouge_mm or 0.0) <= GOUGE_LIMIT_MM and not certificate.rapid_hits and not certificate.collisions
    )
    done = certificate.reachable_area_share or certificate.certified_area_share or 0.0
    return certificate.certified, clean, len(threading(plan)), done


class Keeper:
    """Keep the best plan so far in a folder, until ``forget``."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._best: Worth | None = None
        self._any = False

    def made(self, plan: Plan, files: dict[str, bytes], notes: tuple[str, ...]) -> None:
        """Offer a plan that isn't proven yet: it is kept only if no plan has been kept before."""
        if plan.setups and not self._any:
            self._write(SoFar(plan, files, None, notes))

    def proven(self, plan: Plan, files: dict[str, bytes], certificate: Certificate, notes: tuple[str, ...]) -> None:
        """Offer a plan with its proof: it is kept unless an earlier plan is better. Of equally good plans the last is kept, since it
        explains its uncut areas best.
        """
        found = worth(plan, certificate)
        if self._best is None or found >= self._best:
            self._best = found
            self._write(SoFar(plan, files, certificate, notes))

    def _write(self, found: SoFar) -> None:
        self._any = True
        write_atomic(self._path, msgspec.msgpack.encode(found))


def forget(folder: Path) -> None:
    """Remove a folder's checkpoint: there is an answer, or a part is about to be planned there again."""
    with suppress(OSError):  # if the file can't be removed, writing the plan there will fail too and report the error
        (folder / NAME).unlink()


def so_far(folder: Path) -> SoFar | None:
    """Return the result that an ended child has left in a folder; None if there is no result or it can't be read."""
    try:
        return msgspec.msgpack.decode((folder / NAME).read_bytes(), type=SoFar)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def gave_up(error: ChildFailed) -> str:
    """Return why a planning child was ended, as text."""
    return f"planning didn't finish: {error.findings[0].found} {error.findings[0].place}".rstrip()
