"""Prove that a log is whole: chain, numbers, command projection and separately kept head."""

from pathlib import Path

import msgspec

from nightmill.store.sqlite import GENESIS, SqliteEventStore, chained
from nightmill.vocabulary.events import CommandIssued, Event


class AuditProblem(msgspec.Struct, frozen=True):
    """One place where the log isn't what was written."""

    where: str
    what: str


class AuditAnswer(msgspec.Struct, frozen=True):
    """``ok`` with the number of events and chain segments, or the problems."""

    ok: bool
    events: int
    segments: int
    problems: tuple[AuditProblem, ...]


def audit_log(path: Path) -> AuditAnswer:
    """Recompute the chain of the log at ``path`` from its bytes and compare everything that can be compared."""
    store = SqliteEventStore(path, writer=False)
    problems: list[AuditProblem] = []
    head, count = GENESIS, 0
    issued: dict[str, int] = {}
    hashes: dict[int, str] = {0: GENESIS}
    try:
        for seq, body, stored in store.rows():
            count += 1
            if seq != count:
                problems.append(AuditProblem(f"event {count}", f"missing; the next one has number {seq}"))
                count = seq
            head = chained(head, body)
            if head != stored:
                problems.append(AuditProblem(f"event {seq}", "changed: its hash doesn't continue the chain"))
                head = stored
            hashes[seq] = stored
            _collect(seq, body, issued, problems)
        if issued != store.issued():
            problems.append(AuditProblem("commands", "the projection differs from the events"))
    finally:
        store.close()
    problems += _against_head(path, hashes, count)
    return AuditAnswer(not problems, count, 1, tuple(problems))


def _collect(seq: int, body: bytes, issued: dict[str, int], problems: list[AuditProblem]) -> None:
    try:
        event = msgspec.json.decode(body, type=Event)
    except msgspec.DecodeError as error:
        problems.append(AuditProblem(f"event {seq}", f"unreadable: {error}"))
        return
    if event.seq != seq:
        problems.append(AuditProblem(f"event {seq}", f"says of itself that it is number {event.seq}"))
    if isinstance(event.fact, CommandIssued):
        command_id = event.fact.command.command_id
        if command_id in issued:
            problems.append(AuditProblem(f"event {seq}", f"issues command {command_id} a second time"))
        issued[command_id] = seq


def _against_head(path: Path, hashes: dict[int, str], count: int) -> list[AuditProblem]:
    head_file = path.with_name(path.name + ".head")
    if not head_file.exists():
        return [AuditProblem("head", "the separately kept head is missing")] if count else []
    number, _, digest = head_file.read_text(encoding="ascii").strip().partition(" ")
    if not number.isdigit():
        return [AuditProblem("head", "the separately kept head is unreadable")]
    if int(number) > count:
        return [AuditProblem("end", f"cut off: the head says {number} events, the log has {count}")]
    if hashes.get(int(number)) != digest:
        return [AuditProblem(f"event {number}", "the chain differs from the separately kept head")]
    return []
