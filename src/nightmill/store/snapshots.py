"""Snapshots beside a log: each is bound to the event that it stands for, and signed with the log's key.

A snapshot stands for an event by its number and chain hash. One whose hash isn't in the chain there, whose signature is
another's, or that has another type than bytes is never given back.
"""

import hashlib

import msgspec

from nightmill.store.log_key import LogKey
from nightmill.vocabulary.events import Snapshot


class StoredSnapshot(msgspec.Struct, frozen=True):
    """A snapshot as it lies in the store: what it is of, and ``problem`` where it isn't to be trusted."""

    kind: str
    mark: str
    snapshot: Snapshot
    problem: str = ""


def snapshot_signature(key: LogKey, kind: str, seq: int, digest: str, mark: str, body: bytes) -> str:
    """The signature over all that a snapshot says of itself."""
    return key.sign("snapshot", kind, seq, digest, mark, hashlib.sha256(body).hexdigest())


def stored_snapshot(
    key: LogKey,
    kind: object,
    seq: object,
    digest: object,
    mark: object,
    body: object,
    signature: object,
    chained: object,
) -> StoredSnapshot:
    """The snapshot of a row; ``chained`` is the chain hash of the event that it says it stands for, if there is one."""
    if not (
        isinstance(kind, str) and isinstance(seq, int) and isinstance(digest, str) and isinstance(mark, str)
        and isinstance(body, bytes)
    ):  # fmt: skip
        return StoredSnapshot(str(kind), str(mark), Snapshot(0, b""), "other types than a snapshot's")
    problem = ""
    if chained != digest:
        problem = f"the chain has another hash at event {seq}"
    elif not key.bears_out(signature, "snapshot", kind, seq, digest, mark, hashlib.sha256(body).hexdigest()):
        problem = "the log's key doesn't bear it out"
    return StoredSnapshot(kind, mark, Snapshot(seq, body), problem)
