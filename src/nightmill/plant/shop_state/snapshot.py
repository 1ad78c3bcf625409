"""What the loop remembers, kept as a snapshot, so that a restart folds the log's tail instead of all of it.

A snapshot is the fold of the log and nothing else: it can always be thrown away. It is data alone (MessagePack), read back
only by the same program for the same shop, and holds nothing that a person sets: rules, tables and plans are read from the
shop's files each time. The state of the shop stands before what the deciders remember, so that whoever only looks reads it
alone (``state_of_log``).
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
"""Events between two snapshots of a run."""
_HEAD = struct.Struct("<QQI")
"""Bytes of the state and of the serials in play, and CRC-32 of all that follows."""
_HEAP = 2_000
"""Parts that are written in one go."""
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
"""A state whose parts stay as they were written, until somebody asks for one."""
_SERIALS_IN = msgspec.msgpack.Decoder(list[str])
_DECIDERS_IN = msgspec.msgpack.Decoder(tuple[str, tuple[msgspec.Raw, ...]])
_UNREADABLE = (msgspec.MsgspecError, struct.error, TypeError, ValueError, RecursionError)


class Remembers(Protocol):
    """A decider whose memory is data (``decider_memory``)."""

    Memory: ClassVar[type[Any]]

    def memory(self) -> Any:
        """All that it remembers now."""

    def restore(self, memory: Any, state: ShopState) -> None:
        """Remember this instead."""


class Memory:
    """Keeps snapshots of the loop in its store.

    ``shop_sha256``: of the shop's files, which the state begins with; ``plans``: what else the deciders were made from. What
    deciders of other plans remember is folded anew.
    """

    def __init__(self, shop_sha256: str, plans: str = "", *, every: int = EVERY) -> None:
        self.mark = f"{_program_sha256()}:{shop_sha256}"
        self.plans = plans
        self.every = every
        self._kept = 0

    def recalled(self, store: EventStore, state: ShopState, deciders: Sequence[Remembers]) -> ShopState:
        """The state of the newest snapshot, with the memory of ``deciders`` set to it; ``state`` where there is none."""
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
            return state  # a snapshot that can't be read is worth nothing and costs nothing: the log has it all
        for decider, memory in zip(deciders, memories, strict=True):
            decider.restore(memory, found)
        self._kept = snapshot.seq
        return found

    def recalled_state(self, store: EventStore, state: ShopState) -> ShopState:
        """The state of the newest snapshot, without what the deciders remember; ``state`` where there is none."""
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
    """What the deciders of a shop are made from: its own files, and the model of its failures, which may come in the midst of a run."""
    model = folder / HEALTH_MODEL
    return shop_hash(folder) + (hashlib.sha256(model.read_bytes()).hexdigest() if model.is_file() else "")


def state_of_log(folder: Path, shop: Shop, store: EventStore) -> ShopState:
    """The state of the shop in ``folder`` after the newest event: the newest snapshot, and the log's tail folded on it."""
    state = Memory(made_from(folder)).recalled_state(store, empty_state(shop))
    for event in store.read(state.version):
        apply(state, event)
    return state


def copied(state: ShopState) -> ShopState:
    """A state of one's own with the same content; several times as fast as ``copy.deepcopy``."""
    with _nothing_collected():
        return _STATE_IN.decode(_STATE_OUT.encode(state))


class KeptState:
    """A state as it was at one moment, of which states of one's own are made again and again; parts are read when they are asked for."""

    def __init__(self, state: ShopState) -> None:
        self.version = state.version
        self._body = written(state, ())

    def copied(self) -> ShopState:
        """A state of one's own with the same content."""
        with _nothing_collected():
            return _read_state(Snapshot(self.version, self._body))[0]


def written(state: ShopState, deciders: Sequence[Remembers], plans: str = "") -> bytes:
    """State and memory of the deciders, which were made from ``plans``, as bytes, one after the other."""
    body = _STATE_OUT.encode(msgspec.structs.replace(state, parts=_parts_written(state.parts)))
    playing = _STATE_OUT.encode([part.serial for part in state.in_play()])
    rest = _STATE_OUT.encode((plans, [decider.memory() for decider in deciders]))
    kept = zlib.crc32(rest, zlib.crc32(playing, zlib.crc32(body)))
    return b"".join((_HEAD.pack(len(body), len(playing), kept), body, playing, rest))


def _parts_written(parts: dict[str, on_floor.PartState]) -> Any:
    """The parts as they stand in a state's MessagePack, made heap by heap.

    All at once, other threads would stand still as long as that takes, the lease's pulse among them: a second for
    200,000 parts, and a standby would lead instead.
    """
    read = dict.items(parts)  # what is kept as it was written stays so
    heaps, each = [_map_head(len(parts))], iter(read)
    while heap := dict(islice(each, _HEAP)):
        heaps.append(_STATE_OUT.encode(heap)[len(_map_head(len(heap))) :])
    return msgspec.Raw(b"".join(heaps))


def _map_head(length: int) -> bytes:
    """How a map of so many entries begins in MessagePack (specification, map format family)."""
    if length < 16:
        return bytes([0x80 | length])
    return b"\xde" + length.to_bytes(2) if length < 1 << 16 else b"\xdf" + length.to_bytes(4)


def _read_state(snapshot: Snapshot) -> tuple[ShopState, bytes]:
    """The state, and the bytes of what the deciders remember."""
    length, serials, kept = _HEAD.unpack_from(snapshot.body)
    end, body = _HEAD.size + length, memoryview(snapshot.body)
    if zlib.crc32(body[_HEAD.size :]) != kept:
        raise ValueError("not as it was written")
    values = msgspec.structs.asdict(_KEPT_IN.decode(body[_HEAD.size : end]))
    playing = _SERIALS_IN.decode(body[end : end + serials])
    found = ShopState(**{**values, "parts": on_floor.Parts(values["parts"], playing)})
    end += serials
    if found.version != snapshot.seq:
        raise ValueError("no state of that moment")
    return found, snapshot.body[end:]


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """All that a snapshot holds is kept: looking for garbage among it again and again would take as long as reading it."""
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
