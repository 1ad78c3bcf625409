"""Snapshots of the loop's state, so that a restart folds only the tail of the log.

A snapshot is the fold of the log and nothing else: it can always be discarded. It is pure data (MessagePack), read back
only by the same program for the same shop, and holds nothing that people set: rules, tables and plans are read from the
shop's files each time. The state of the shop comes before the deciders' memory, so that a reader that needs only the state
can skip the memory (``state_of_log``).
"""

import gc
import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

import msgspec

from nightmill.floor import EventStore, ShopState, apply, empty_state
from nightmill.floor import records as on_floor
from nightmill.formats import shop_hash
from nightmill.plant.workspace.layout import HEALTH_MODEL
from nightmill.vocabulary.events import Snapshot
from nightmill.vocabulary.shop import Shop

KIND = "loop"
EVERY = 20_000
"""Number of events between two snapshots of a run."""
HEAD = struct.Struct("<QQI")
"""Header: lengths of the state and of the open serials in bytes, and CRC-32 of all that follows."""
_HEAP = 2_000
"""Number of parts that are encoded in one go."""
_STATE_OUT, _STATE_IN = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(ShopState)
_KEPT_IN = msgspec.msgpack.Decoder(
    msgspec.defstruct(
        "KeptState",
        [
            (each.name, dict[str, msgspec.Raw] if each.name == "parts" else each.type)
            for each in msgspec.structs.fields(ShopState)
        ],
    )
)
"""A state whose parts stay encoded until one is needed."""
_SERIALS_IN = msgspec.msgpack.Decoder(list[str])
_DECIDERS_IN = msgspec.msgpack.Decoder(tuple[str, tuple[msgspec.Raw, ...]])
_UNREADABLE = (msgspec.MsgspecError, struct.error, TypeError, ValueError, RecursionError)


class Remembers(Protocol):
    """A decider whose memory is data (``decider_memory``)."""

    Memory: ClassVar[type[Any]]

    def memory(self) -> Any:
        """Return everything the decider remembers now."""

    def restore(self, memory: Any, state: ShopState) -> None:
        """Replace the decider's memory with this one."""


class Memory:
    """Keep snapshots of the loop in the run's store.

    ``shop_sha256``: hash of the shop's files, which determine the initial state; ``plans``: the other inputs that the deciders were made
    from. If they differ, the deciders' memory is folded again.
    """

    def __init__(self, shop_sha256: str, plans: str = "", *, every: int = EVERY) -> None:
        self.mark = f"{_program_sha256()}:{shop_sha256}"
        self.plans = plans
        self.every = every
        self._kept = 0

    def recalled(self, store: EventStore, state: ShopState, deciders: Sequence[Remembers]) -> ShopState:
        """Return the state of the newest snapshot and restore the deciders' memory from it; ``state`` if there is none."""
        snapshot = store.snapshot(KIND, self.mark)
        if snapshot is None:
            return state
        try:
            with _nothing_collected():
                found, rest = _read_state(snapshot)
                plans, kept = _DECIDERS_IN.decode(rest)
                if plans != self.plans:
                    return state
                memories = [
                    msgspec.msgpack.decode(memory, type=decider.Memory)
                    for decider, memory in zip(deciders, kept, strict=True)
                ]
        except _UNREADABLE:
            return state  # an unreadable snapshot loses nothing: the log has it all
        for decider, memory in zip(deciders, memories, strict=True):
            decider.restore(memory, found)
        self._kept = snapshot.seq
        return found

    def recalled_state(self, store: EventStore, state: ShopState) -> ShopState:
        """Return the state of the newest snapshot, without the deciders' memory; ``state`` if there is none."""
        snapshot = store.snapshot(KIND, self.mark)
        if snapshot is None:
            return state
        try:
            with _nothing_collected():
                return _read_state(snapshot)[0]
        except _UNREADABLE:
            return state

    def keep_now_and_then(self, store: EventStore, state: ShopState, deciders: Sequence[Remembers]) -> None:
        """Keep a snapshot when enough events have come since the last one; ``state`` must be durable."""
        if state.version - self._kept >= self.every:
            self.keep(store, state, deciders)

    def keep(self, store: EventStore, state: ShopState, deciders: Sequence[Remembers]) -> None:
        """Keep a snapshot of the state after the newest event."""
        store.keep_snapshot(KIND, self.mark, written(state, deciders, self.plans))
        self._kept = state.version


def made_from(folder: Path) -> str:
    """Return a hash of the inputs to a shop's deciders: its own files, and its failure model, which may appear during a run."""
    model = folder / HEALTH_MODEL
    return shop_hash(folder) + (hashlib.sha256(model.read_bytes()).hexdigest() if model.is_file() else "")


def state_of_log(folder: Path, shop: Shop, store: EventStore) -> ShopState:
    """Return the state of the shop in ``folder`` after the newest event: the newest snapshot plus the log's tail."""
    state = Memory(made_from(folder)).recalled_state(store, empty_state(shop))
    for event in store.read(state.version):
        apply(state, event)
    return state


def copied(state: ShopState) -> ShopState:
    """Return an independent copy of a state; several times as fast as ``copy.deepcopy``."""
    with _nothing_collected():
        return _STATE_IN.decode(_STATE_OUT.encode(state))


class KeptState:
    """A state frozen at one moment, from which independent copies are made repeatedly; parts are decoded on demand."""

    def __init__(self, state: ShopState) -> None:
        self.version = state.version
        self._body = written(state, ())

    def copied(self) -> ShopState:
        """Return an independent copy."""
        with _nothing_collected():
            return _read_state(Snapshot(self.version, self._body))[0]


def written(state: ShopState, deciders: Sequence[Remembers], plans: str = "") -> bytes:
    """Return state and memory of the deciders, which were made from ``plans``, as bytes, one after the other."""
    body = _STATE_OUT.encode(msgspec.structs.replace(state, parts=_parts_written(state.parts)))
    playing = _STATE_OUT.encode([part.serial for part in state.in_play()])
    rest = _STATE_OUT.encode((plans, [decider.memory() for decider in deciders]))
    kept = zlib.crc32(rest, zlib.crc32(playing, zlib.crc32(body)))
    return b"".join((HEAD.pack(len(body), len(playing), kept), body, playing, rest))


def _parts_written(parts: dict[str, on_floor.PartState]) -> Any:
    """Encode the parts for a state's MessagePack, in batches.

    Encoding all parts in one go blocks other threads, the lease heartbeat among them: for 200,000 parts that takes a second, and
    a standby would take over.
    """
    read = dict.items(parts)  # keeps encoded parts encoded
    heaps, each = [_map_head(len(parts))], iter(read)
    while heap := dict(islice(each, _HEAP)):
        heaps.append(_STATE_OUT.encode(heap)[len(_map_head(len(heap))) :])
    return msgspec.Raw(b"".join(heaps))


def _map_head(length: int) -> bytes:
    """Return the header of a MessagePack map with ``length`` entries (specification, map format family)."""
    if length < 16:
        return bytes([0x80 | length])
    return b"\xde" + length.to_bytes(2) if length < 1 << 16 else b"\xdf" + length.to_bytes(4)


def _read_state(snapshot: Snapshot) -> tuple[ShopState, bytes]:
    """Return the state, and the bytes of the deciders' memory."""
    length, serials, kept = HEAD.unpack_from(snapshot.body)
    end, body = HEAD.size + length, memoryview(snapshot.body)
    if zlib.crc32(body[HEAD.size :]) != kept:
        raise ValueError("the snapshot's checksum is wrong")
    values = msgspec.structs.asdict(_KEPT_IN.decode(body[HEAD.size : end]))
    playing = _SERIALS_IN.decode(body[end : end + serials])
    found = ShopState(**{**values, "parts": on_floor.Parts(values["parts"], playing)})
    end += serials
    if found.version != snapshot.seq:
        raise ValueError("the snapshot holds the state of another event")
    return found, snapshot.body[end:]


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Pause garbage collection: everything in a snapshot is kept, and scanning it repeatedly would take as long as reading it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@cache
def _program_sha256() -> str:
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parents[2]
    for path in cast("Iterable[Path]", sorted(root.rglob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()
