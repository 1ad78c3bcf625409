"""The best plan of a part so far, kept in its folder while a better one is looked for: the answer where the child that
plans is ended before it has one.
"""

from contextlib import suppress
from pathlib import Path

import msgspec

from nightmill.formats import write_atomic
from nightmill.vocabulary.plan import GOUGE_LIMIT_MM, Certificate, Plan
from nightmill.workers import ChildFailed

NAME = ".so-far.msgpack"


class SoFar(msgspec.Struct, frozen=True):
    """A plan with its files and notes; ``certificate`` is None while it isn't proven."""

    plan: Plan
    files: dict[str, bytes]
    certificate: Certificate | None
    notes: tuple[str, ...]

    def said(self, why: str) -> "tuple[Certificate, tuple[str, ...]]":
        """Its certificate and notes where planning was ended; ``why``: a sentence about that."""
        if self.certificate is not None:
            what = (
                "the best plan proven by then" if self.certificate.certified else "the best plan by then with its proof"
            )
            return self.certificate, (*self.notes, f"{why}; this is {what}, a better one was still being looked for")
        unproven = f"{why}; these programs were made by then, and nothing is proven of them"
        return (
            Certificate(False, None, None, None, self.plan.uncut, None, None, (unproven,)),
            (*self.notes, unproven),
        )


THREADING = frozenset({"tap", "thread"})
"""Strategies that cut a thread: half of one is none, and a tool that is drawn out of it spoils it."""

Worth = tuple[bool, bool, int, float]


def threading(plan: Plan) -> dict[int, str]:
    """Faces in which a plan cuts threads, and the name of the step."""
    steps = [each for setup in plan.setups for each in setup.steps if each.strategy in THREADING]
    return {face: each.name for each in steps for face in each.faces}


def worth(plan: Plan, certificate: Certificate) -> Worth:
    """What makes one plan better than another: certified, without a fault, more threads cut, more of the surface done."""
    clean = (
        (certificate.gouge_mm or 0.0) <= GOUGE_LIMIT_MM and not certificate.rapid_hits and not certificate.collisions
    )
    done = certificate.reachable_area_share or certificate.certified_area_share or 0.0
    return certificate.certified, clean, len(threading(plan)), done


class Keeper:
    """Keeps the best that it is told of in a folder, until ``forget``."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._best: Worth | None = None
        self._any = False

    def made(self, plan: Plan, files: dict[str, bytes], notes: tuple[str, ...]) -> None:
        """A plan that is yet to be proven: kept while there is nothing else."""
        if plan.setups and not self._any:
            self._write(SoFar(plan, files, None, notes))

    def proven(self, plan: Plan, files: dict[str, bytes], certificate: Certificate, notes: tuple[str, ...]) -> None:
        """A plan with its proof: kept where none is better; of equals the last, which says best what it leaves and why."""
        found = worth(plan, certificate)
        if self._best is None or found >= self._best:
            self._best = found
            self._write(SoFar(plan, files, certificate, notes))

    def _write(self, found: SoFar) -> None:
        self._any = True
        write_atomic(self._path, msgspec.msgpack.encode(found))


def forget(folder: Path) -> None:
    """Remove what is kept in a folder: there is an answer, or a part is about to be planned there anew."""
    with suppress(OSError):  # a folder in which nothing can be removed takes no plan either, and that is told
        (folder / NAME).unlink()


def so_far(folder: Path) -> SoFar | None:
    """What a child that was ended has left in a folder; None where that is nothing, or can't be read."""
    try:
        return msgspec.msgpack.decode((folder / NAME).read_bytes(), type=SoFar)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def gave_up(error: ChildFailed) -> str:
    """Why a child that planned was ended, in words."""
    return f"planning came to no end: {error.findings[0].found} {error.findings[0].place}".rstrip()
