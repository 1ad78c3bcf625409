"""Check that a log is intact: chain, numbers, types, projections, snapshots and the signed heads."""

from collections.abc import Callable
from functools import partial

import msgspec

from nightmill.store.encoding import GENESIS, chained, decoded
from nightmill.store.head import Head, HeadFile
from nightmill.store.opening import AnyStore, LogPlace, open_store
from nightmill.store.projections import PROJECTIONS, projected
from nightmill.vocabulary.errors import BadInput


class AuditProblem(msgspec.Struct, frozen=True):
    """A place where the log differs from the data that was written."""

    where: str
    what: str


class AuditAnswer(msgspec.Struct, frozen=True):
    """The result of an audit: ``ok`` with the number of events and chain segments, or the problems. ``head``: ``EVENTS:HASH``, to be kept somewhere else."""

    ok: bool
    events: int
    segments: int
    problems: tuple[AuditProblem, ...]
    head: str = ""

    def but(self, where: str, what: str) -> "AuditAnswer":
        """Return the result with one more problem."""
        return msgspec.structs.replace(self, ok=False, problems=(*self.problems, AuditProblem(where, what)))


SIGNATURE = "signature"
"""Place of a problem with the signature only: the events are consistent, and a person may check the log and sign it."""
_OF_SIGNATURES = (SIGNATURE, "head")


class _Found(msgspec.Struct):
    """Results computed from the events themselves, for comparison with the data stored next to them."""

    issued: dict[str, int] = msgspec.field(default_factory=dict)
    entries: dict[str, list[tuple[str, int]]] = msgspec.field(default_factory=dict)
    problems: list[AuditProblem] = msgspec.field(default_factory=list)


def audit_log(place: LogPlace, *, sign: bool = False) -> AuditAnswer:
    """Recompute the chain of the log at ``place`` from its bytes, and compare everything that can be compared.
    ``sign``: sign the log if only its signatures are wrong. This is for a person who knows that the log is right, for example
    if its key was lost, or if an older program wrote it without a signature. The result is that of the audit before signing.
    """
    answer = _audited(place)
    if sign and all(each.where in _OF_SIGNATURES or each.where.startswith("snapshot") for each in answer.problems):
        store = open_store(place, writer=False, proven=False)
        try:
            store.sign()
        finally:
            store.close()
    return answer


def _audited(place: LogPlace) -> AuditAnswer:
    file = HeadFile(place.beside)
    known = file.read()  # read the head before the log, which may grow meanwhile
    store = open_store(place, writer=False, proven=False)
    found = _Found()
    wanted = known.events if known else 0
    head, count, at_wanted, read = GENESIS, 0, GENESIS, True
    try:
        with store.moment():
            try:
                for seq, body, stored in store.rows():
                    count += 1
                    if seq != count:
                        problem = AuditProblem(f"event {count}", f"missing; the next one has number {seq}")
                        found.problems.append(problem)
                        count = seq
                    head = chained(head, body)
                    if head != stored:
                        problem = AuditProblem(f"event {seq}", "changed: its hash doesn't continue the chain")
                        found.problems.append(problem)
                        head = stored
                    if seq == wanted:
                        at_wanted = stored
                    _collect(seq, body, store.place, found)
            except BadInput as error:
                read = False
                found.problems.append(AuditProblem(f"event {count + 1}", f"unreadable: {error.findings[0].found}"))
            if read:
                found.problems += _against_projections(store, found)
                found.problems += _against_signed_head(store.signed_head(), count, head)
            found.problems += _against_snapshots(store)
            if not store.indexed():
                found.problems.append(AuditProblem("file", "its tables are of another version of Nightmill"))
        if spoilt := store.spoilt():
            found.problems.append(AuditProblem("file", spoilt))
    finally:
        store.close()
    if read:  # nothing is known about events after an unreadable one
        found.problems += _against_head(known, at_wanted, count, file.key.exists())
    return AuditAnswer(not found.problems, count, 1, tuple(found.problems), f"{count}:{head}")


def _collect(seq: int, body: bytes, place: str, found: _Found) -> None:
    try:
        event = decoded(body, place)
    except BadInput as error:
        found.problems.append(AuditProblem(f"event {seq}", f"unreadable: {error.findings[0].found}"))
        return
    if event.seq != seq:
        found.problems.append(AuditProblem(f"event {seq}", f"the event itself has the number {event.seq}"))
    commands, entries = projected(event, seq)
    for command_id, _ in commands:
        if command_id in found.issued:
            found.problems.append(AuditProblem(f"event {seq}", f"issues command {command_id} a second time"))
        found.issued[command_id] = seq
    for name, key, _ in entries:
        found.entries.setdefault(name, []).append((key, seq))


def _against_projections(store: AnyStore, found: _Found) -> list[AuditProblem]:
    ways: list[tuple[str, Callable[[], bool]]] = [("commands", lambda: found.issued == store.issued())]
    if store.indexed():
        ways += [(name, partial(_entries_stand, store, found, name)) for name in PROJECTIONS]
    problems = []
    for name, stands in ways:
        try:
            if not stands():
                problems.append(AuditProblem(name, "the projection differs from the events"))
        except BadInput as error:
            problems.append(AuditProblem(name, f"the projection is unreadable: {error.findings[0].found}"))
    return problems


def _entries_stand(store: AnyStore, found: _Found, name: str) -> bool:
    return found.entries.get(name, []) == list(store.entries(name))


def _against_signed_head(inside: Head | None, count: int, head: str) -> list[AuditProblem]:
    if inside is None:
        return [AuditProblem(SIGNATURE, "the log has no signed head")] if count else []
    if inside.signed and inside.events > count:
        return [AuditProblem("end", f"cut off: {inside.events} events were signed, the log has {count}")]
    if inside.stands_at(count, head):
        return []
    if not inside.signed:
        return [AuditProblem(SIGNATURE, "the signature of its head doesn't match the log's key")]
    return [AuditProblem(f"event {count}", "not the last signed event")]


def _against_snapshots(store: AnyStore) -> list[AuditProblem]:
    try:
        return [AuditProblem(f"snapshot {each.kind}", each.problem) for each in store.snapshots() if each.problem]
    except BadInput as error:
        return [AuditProblem("snapshot", f"unreadable: {error.findings[0].found}")]


def _against_head(known: Head | None, stored: str, count: int, signs: bool) -> list[AuditProblem]:
    if known is None:
        return [AuditProblem("head", "the separately kept head is missing")] if count or signs else []
    if known.events < 0:
        return [AuditProblem("head", "the separately kept head is unreadable")]
    if known.events > count:
        return [
            AuditProblem("end", f"cut off: according to the head there are {known.events} events, the log has {count}")
        ]
    if stored != known.digest:
        return [AuditProblem(f"event {known.events}", "the chain differs from the separately kept head")]
    if not known.signed:
        return [AuditProblem("head", "the signature of the separately kept head doesn't match the log's key")]
    return []
