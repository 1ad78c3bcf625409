"""What the loop remembers, kept as a snapshot, so that a restart folds the log's tail instead of all of it.

A snapshot is the fold of the log and nothing else: it can always be thrown away. It is only read back by the same
program for the same shop, and only things that this package can hold in its state come out of it: no other code runs.
The state of the shop stands before what the rooms remember, so that whoever only looks reads it alone (``state_of_log``).
"""

import gc
import hashlib
import io
import pickle
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, cast

import msgspec

from nightmill.files import shop_hash
from nightmill.floor import EventStore, ShopState, apply, empty_state
from nightmill.floor import records as on_floor
from nightmill.plant.places import HEALTH_MODEL
from nightmill.vocabulary.events import Snapshot
from nightmill.vocabulary.shop import Shop

KIND = "loop"
EVERY = 20_000
"""Events between two snapshots of a run."""
_BUILTIN = {
    ("builtins", "set"), ("builtins", "frozenset"), ("builtins", "complex"), ("builtins", "slice"), ("builtins", "bytearray"),
    ("collections", "deque"), ("collections", "OrderedDict"), ("collections", "defaultdict"), ("collections", "Counter"),
    ("numpy", "dtype"), ("numpy", "ndarray"), ("numpy._core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"), ("msgspec._core", "rebuild"),
}  # fmt: skip

_HEAD = struct.Struct("<QQI")
"""Bytes of the state and of the serials in play, and CRC-32 of all that follows: what a disk has spoiled is thrown away before anything is made of it."""
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
_UNREADABLE = (
    pickle.UnpicklingError, msgspec.DecodeError, struct.error, AttributeError, EOFError, ImportError, IndexError, TypeError,
    ValueError,
)  # fmt: skip


class Memory:
    """Keeps snapshots of the loop in its store. ``shop_sha256``: of the shop's files, which the rooms were made from."""

    def __init__(self, shop_sha256: str, *, every: int = EVERY) -> None:
        self.mark = f"{_program_sha256()}:{shop_sha256}"
        self.every = every
        self._kept = 0

    def recalled(self, store: EventStore, state: ShopState, rooms: tuple[Any, ...]) -> ShopState:
        """The state of the newest snapshot, with the memory of ``rooms`` set to it; ``state`` where there is none."""
        snapshot = store.snapshot(KIND, self.mark)
        if snapshot is None:
            return state
        try:
            with _nothing_collected():
                found, rest = _read_state(snapshot)
                memories = _Reader(io.BytesIO(rest), _wiring(rooms)).load()
            for room, memory in zip(rooms, memories, strict=True):
                vars(room).update(memory)
        except _UNREADABLE:
            return state  # a snapshot that can't be read is worth nothing and costs nothing: the log has it all
        self._kept = snapshot.seq
        return found

    def recalled_state(self, store: EventStore, state: ShopState) -> ShopState:
        """The state of the newest snapshot, without what the rooms remember; ``state`` where there is none."""
        snapshot = store.snapshot(KIND, self.mark)
        if snapshot is None:
            return state
        try:
            with _nothing_collected():
                return _read_state(snapshot)[0]
        except _UNREADABLE:
            return state

    def keep_now_and_then(self, store: EventStore, state: ShopState, rooms: tuple[Any, ...]) -> None:
        """Keep a snapshot when enough events have come since the last one; ``state`` must be durable."""
        if state.version - self._kept >= self.every:
            self.keep(store, state, rooms)

    def keep(self, store: EventStore, state: ShopState, rooms: tuple[Any, ...]) -> None:
        """Keep a snapshot of the state after the newest event."""
        store.keep_snapshot(KIND, self.mark, written(state, rooms))
        self._kept = state.version


def made_from(folder: Path) -> str:
    """What the rooms of a shop are made from: its own files, and the model of its failures, which may come in the midst of a run."""
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


def written(state: ShopState, rooms: tuple[Any, ...]) -> bytes:
    """State and memory of the rooms as bytes, one after the other.

    The state is most of it after a long run, and goes as MessagePack, which its records are read from and written to an
    order of magnitude faster than by ``pickle``. Rooms share nothing with it that either of them changes.
    """
    body = _STATE_OUT.encode(msgspec.structs.replace(state, parts=_parts_written(state.parts)))
    playing = _STATE_OUT.encode([part.serial for part in state.in_play()])
    out = io.BytesIO()
    _Writer(out, _wiring(rooms)).dump([vars(room) for room in rooms])
    rest = out.getbuffer()
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
    """The state, and the bytes of what the rooms remember."""
    length, serials, kept = _HEAD.unpack_from(snapshot.body)
    end, body = _HEAD.size + length, memoryview(snapshot.body)
    if zlib.crc32(body[_HEAD.size :]) != kept:
        raise pickle.UnpicklingError("not as it was written")
    values = msgspec.structs.asdict(_KEPT_IN.decode(body[_HEAD.size : end]))
    playing = _SERIALS_IN.decode(body[end : end + serials])
    found = ShopState(**{**values, "parts": on_floor.Parts(values["parts"], playing)})
    end += serials
    if found.version != snapshot.seq:
        raise pickle.UnpicklingError("no state of that moment")
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


_HELD = frozenset(
    ("shop", "routes", "known", "of_operation", "tasks", "steered", "base", "modes", "model", "technicians", "spares", "tables")
)  # fmt: skip
"""What rooms are made with, by its name in them."""


def _wiring(rooms: tuple[Any, ...]) -> dict[str, Any]:
    """What a room holds on to without owning it: other rooms, the shop's description, functions."""
    wiring: dict[str, Any] = {}
    for number, room in enumerate(rooms):
        wiring[f"room {number}"] = room
        for name, value in vars(room).items():
            # nothing is no wiring: each None of a snapshot would become what the room holds on to next time
            if callable(value) or (name in _HELD and value is not None):
                wiring[f"room {number} {name}"] = value
    return wiring


class _Writer(pickle.Pickler):
    def __init__(self, out: io.BytesIO, wiring: dict[str, Any]) -> None:
        super().__init__(out, protocol=5)
        self._names = {id(value): name for name, value in reversed(wiring.items())}

    def persistent_id(self, found: Any) -> str | None:
        return self._names.get(id(found))


class _Reader(pickle.Unpickler):
    def __init__(self, source: io.BytesIO, wiring: dict[str, Any]) -> None:
        super().__init__(source)
        self._wiring = wiring

    def persistent_load(self, name: Any) -> Any:
        if name not in self._wiring:
            raise pickle.UnpicklingError(f"no {name}")
        return self._wiring[name]

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _BUILTIN:
            return super().find_class(module, name)
        if module.startswith("nightmill."):
            found = super().find_class(module, name)
            if isinstance(found, type) and (
                issubclass(found, msgspec.Struct) or hasattr(found, "__dataclass_fields__")
            ):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a snapshot")


@cache
def _program_sha256() -> str:
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parents[1]
    for path in cast("Iterable[Path]", sorted(root.rglob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()
