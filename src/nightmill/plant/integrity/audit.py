"""Audit a run's log (is it complete, and does the snapshot agree with the events?), and sign a log that a person vouches for."""

import re
from pathlib import Path

from nightmill.floor import ShopState, apply, empty_state
from nightmill.plant.shop_state.snapshot import KIND, Memory, made_from
from nightmill.plant.workspace.layout import check_log, log_place, state_folder
from nightmill.plant.workspace.shop import whole_shop
from nightmill.store import AuditAnswer, LogPlace, audit_log, open_store
from nightmill.vocabulary.errors import BadInput, Finding

_ANCHOR = re.compile(r"([0-9]{1,15}):([0-9a-f]{64})")
_NO_FOLD = (LookupError, AttributeError, TypeError, ValueError, ArithmeticError)
"""Errors raised when an event can't follow from those before it."""


def audit_shop(folder: Path, *, run: int = 0, head: str = "") -> AuditAnswer:
    """Return whether the log of the latest run (or of the archived ``run``) is complete, and whether its snapshot is the fold of the log.

    ``head``: ``EVENTS:HASH`` from an earlier audit, kept elsewhere; the log must still contain that event.
    Raises ``BadInput`` if there is no such log.
    """
    place = _place(folder, run)
    anchor = _anchor(head)
    answer = audit_log(place)
    if anchor is not None and not _has(place, *anchor):
        answer = answer.but(f"event {anchor[0]}", "missing, or different from the head that was kept elsewhere")
    if answer.ok and not run:
        answer = _against_fold(answer, folder, place)
    return answer


def sign_shop(folder: Path, *, run: int = 0) -> AuditAnswer:
    """Sign the log of a run in which only the signatures are wrong; return the audit after signing. Raises ``BadInput``."""
    audit_log(_place(folder, run), sign=True)
    return audit_shop(folder, run=run)


def archived_logs(folder: Path) -> dict[str, LogPlace]:
    """Return the logs of the runs in the archive, by their path in the shop's folder."""
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
        remedy = "Copy it from `head` in the answer of `nightmill audit SHOP --json`."
        raise BadInput(Finding("--head", "", head[:80], "EVENTS:HASH", remedy))
    return int(found[1]), found[2]


def _has(place: LogPlace, events: int, digest: str) -> bool:
    store = open_store(place, writer=False, proven=False)
    try:
        row = next(store.rows(events - 1), None) if events else None
    except BadInput:
        row = None  # the audit reports what can't be read
    finally:
        store.close()
    return events == 0 or (row is not None and (row[0], row[2]) == (events, digest))


def _against_fold(answer: AuditAnswer, folder: Path, place: LogPlace) -> AuditAnswer:
    """Fold the log from its first event, and compare the stored state with the result."""
    shop = whole_shop(folder)
    memory, store = Memory(made_from(folder)), open_store(place, writer=False)
    try:
        with store.moment():
            kept = memory.recalled_state(store, empty_state(shop))
            state = empty_state(shop)
            for event in store.read():
                if state.version == kept.version and kept.version and (names := _differing(kept, state, event.at_s)):
                    return answer.but(*_not_the_fold(names))
                try:
                    apply(state, event)
                except _NO_FOLD as error:
                    what = f"it can't follow from the events before it ({type(error).__name__}: {error})"
                    return answer.but(f"event {event.seq}", what)
    finally:
        store.close()
    names = _differing(kept, state, kept.now_s) if kept.version == state.version else []
    return answer.but(*_not_the_fold(names)) if names else answer


def _not_the_fold(names: list[str]) -> tuple[str, str]:
    return f"snapshot {KIND}", f"not the fold of the log: {', '.join(names)}"


def _differing(kept: ShopState, folded: ShopState, until_s: float) -> list[str]:
    """Return the fields in which stored and folded state differ; the stored clock may be as late as ``until_s``, the time of the next
    event.
    """
    names = [
        name for name in ShopState.__struct_fields__ if name != "now_s" and getattr(kept, name) != getattr(folded, name)
    ]
    clock_is_right = folded.now_s <= kept.now_s <= max(until_s, folded.now_s)
    return names if clock_is_right else [*names, "now_s"]
