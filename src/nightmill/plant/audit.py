"""Whether a run's log is whole, and whether what is kept beside it says what its events say; signing one that a person vouches for."""

import re
from pathlib import Path

import msgspec

from nightmill.floor import ShopState, apply, empty_state
from nightmill.plant.memory import Memory, made_from
from nightmill.plant.places import check_log, log_place, state_folder
from nightmill.plant.viewing import whole_shop
from nightmill.store import AuditAnswer, AuditProblem, LogPlace, audit_log, open_store, sign_log
from nightmill.vocabulary.errors import BadInput, Finding

_ANCHOR = re.compile(r"([0-9]{1,15}):([0-9a-f]{64})")
_NO_FOLD = (LookupError, AttributeError, TypeError, ValueError, ArithmeticError)
"""What folding raises for an event that can't follow from those before it."""


def audit_shop(folder: Path, *, run: int = 0, head: str = "") -> AuditAnswer:
    """Whether the log of the latest run (of ``run``: of that one in the archive) is whole, and its snapshot the fold of it.

    ``head``: ``EVENTS:HASH`` as an earlier audit told it and somebody kept elsewhere; the log must still have that event.
    Raises ``BadInput`` where there is no such log.
    """
    place = _place(folder, run)
    anchor = _anchor(head)
    answer = audit_log(place)
    problems = list(answer.problems)
    if anchor is not None:
        problems += _against_anchor(place, *anchor)
    if not problems and not run:
        problems += _against_fold(folder, place)
    return msgspec.structs.replace(answer, ok=not problems, problems=tuple(problems))


def sign_shop(folder: Path, *, run: int = 0) -> AuditAnswer:
    """Sign the log of a run where nothing but its signatures is wrong; what the audit says of it then. Raises ``BadInput``."""
    sign_log(_place(folder, run))
    return audit_shop(folder, run=run)


def archived_logs(folder: Path) -> dict[str, LogPlace]:
    """The logs of the runs in the archive, by their place in the shop's folder."""
    found = sorted((state_folder(folder) / "archive").glob("[0-9]*/*log.sqlite"))
    return {path.relative_to(folder).as_posix(): LogPlace(path) for path in found if path.is_file()}


def _place(folder: Path, run: int) -> LogPlace:
    if not run:
        check_log(folder)
        return log_place(folder)
    path = state_folder(folder) / "archive" / str(run) / "log.sqlite"
    if not path.is_file():
        raise BadInput(
            Finding(str(path), "--run", "no log", "a run in the archive", "Name one of `.nightmill/archive`.")
        )
    return LogPlace(path)


def _anchor(head: str) -> tuple[int, str] | None:
    if not head:
        return None
    found = _ANCHOR.fullmatch(head)
    if found is None:
        remedy = "Give it as `nightmill audit SHOP --json` tells it under `head`."
        raise BadInput(Finding("--head", "", head[:80], "EVENTS:HASH", remedy))
    return int(found[1]), found[2]


def _against_anchor(place: LogPlace, events: int, digest: str) -> list[AuditProblem]:
    store = open_store(place, writer=False, proven=False)
    try:
        known = next((stored for seq, _, stored in store.rows(events - 1) if seq == events), "") if events else digest
    finally:
        store.close()
    if known == digest:
        return []
    return [AuditProblem(f"event {events}", "missing, or another than the head that was kept elsewhere")]


def _against_fold(folder: Path, place: LogPlace) -> list[AuditProblem]:
    """Fold the log from its first event, and hold the state that is kept of it against that."""
    shop = whole_shop(folder)
    memory, store = Memory(made_from(folder)), open_store(place, writer=False)
    try:
        with store.moment():
            kept = memory.recalled_state(store, empty_state(shop))
            state = empty_state(shop)
            for event in store.read():
                if state.version == kept.version and kept.version and (problem := _differs(kept, state, event.at_s)):
                    return [problem]
                try:
                    apply(state, event)
                except _NO_FOLD as error:
                    what = f"it can't follow from the events before it ({type(error).__name__}: {error})"
                    return [AuditProblem(f"event {event.seq}", what)]
    finally:
        store.close()
    problem = _differs(kept, state, kept.now_s) if kept.version == state.version else None
    return [problem] if problem else []


def _differs(kept: ShopState, folded: ShopState, until_s: float) -> AuditProblem | None:
    """What the kept state says otherwise than the fold; its clock may have run on to ``until_s``, when the next event came."""
    names = [
        name for name in ShopState.__struct_fields__ if name != "now_s" and getattr(kept, name) != getattr(folded, name)
    ]
    if not folded.now_s <= kept.now_s <= max(until_s, folded.now_s):
        names.append("now_s")
    return AuditProblem("snapshot loop", f"not the fold of the log: {', '.join(names)}") if names else None
