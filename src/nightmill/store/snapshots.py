"""Snapshots stored with a log: each is bound to the event after which it was taken, and signed with the log's key.
A snapshot names its event by number and chain hash. If the chain has another hash there, the signature doesn't
match or the body isn't bytes, the snapshot is never returned.
"""

import hashlib
from collections.abc import Sequence

import msgspec

from nightmill.store.log_key import LogKey
from nightmill.vocabulary.events import Snapshot


class StoredSnapshot(msgspec.Struct, frozen=True):
    """A stored snapshot: its kind, and ``problem`` if it can't be trusted."""

    kind: str
    mark: str
    snapshot: Snapshot
    problem: str = ""


def snapshot_signature(key: LogKey, kind: str, seq: int, digest: str, mark: str, body: bytes) -> str:
    """Return the signature over all fields of a snapshot."""
    return key.sign("snapshot", kind, seq, digest, mark, hashlib.sha256(body).hexdigest())


def stored_snapshot(key: LogKey, row: Sequence[object]) -> StoredSnapshot:
    """Return the snapshot in a ``row`` of its table: kind, event number, the event's chain hash, mark, body, signature.

    The row's last value is the chain hash that the log has at that event, if there is one.
    """
    kind, seq, digest, mark, body, signature, chained = row
    if not (
        isinstance(kind, str) and isinstance(seq, int) and isinstance(digest, str) and isinstance(mark, str)
        and isinstance(body, bytes)
    ):  # fmt: skip
        return StoredSnapshot(str(kind), str(mark), Snapshot(0, b""), "types that a snapshot doesn't have")
    problem = ""
    if chained != digest:
        problem = f"the chain has another hash at event {seq}"
    elif not key.bears_out(signature, "snapshot", kind, seq, digest, mark, hashlib.sha256(body).hexdigest()):
        problem = "its signature doesn't match the log's key"
    return StoredSnapshot(kind, mark, Snapshot(seq, body), problem)
