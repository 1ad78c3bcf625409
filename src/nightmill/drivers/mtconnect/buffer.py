"""The agent's buffer: the latest observations in order of sequence number, and the state before them.

Sequence numbers count up from 1 and are never reused within one instance of the agent (``instance_id``). A client that asks
for a number no longer in the buffer gets an error, and starts again from ``current``.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator

import msgspec

from nightmill.drivers.limited_xml import parse_xml
from nightmill.drivers.mtconnect.model import DataItem, DeviceModel
from nightmill.drivers.mtconnect.shdr import AdapterCommand, AssetChange, Entries, Reading, Shdr
from nightmill.vocabulary.errors import BadInput

UNAVAILABLE = "UNAVAILABLE"
LEVELS = ("NORMAL", "WARNING", "FAULT", UNAVAILABLE)


class Observation(msgspec.Struct, frozen=True):
    """A numbered observation. ``fields`` as in SHDR: a value; or level, code, severity, qualifier and text; and so on."""

    sequence: int
    time: str
    item: DataItem
    fields: tuple[str, ...]
    entries: Entries | None = None
    reset: str = ""
    duration: str = ""
    condition_id: str = ""
    """Identifies one activation of a warning or fault, until it is cleared."""


class Asset(msgspec.Struct, frozen=True):
    """A stored asset document."""

    id: str
    kind: str
    time: str
    device: str
    body: str
    removed: bool = False


class OutOfRange(Exception):
    """A sequence number that isn't in the buffer."""


class _State:
    """The value of every item at one moment; a condition may have several values at once."""

    def __init__(self) -> None:
        self.values: dict[str, Observation] = {}
        self.conditions: dict[str, dict[str, Observation]] = {}

    def apply(self, seen: Observation) -> None:
        if seen.item.category == "CONDITION":
            self._apply_condition(seen)
        elif seen.entries is not None:
            before = self.values.get(seen.item.id)
            known = {} if before is None or seen.reset else dict(before.entries or {})
            for key, value in seen.entries.items():
                if value is None:
                    known.pop(key, None)
                else:
                    known[key] = value
            self.values[seen.item.id] = msgspec.structs.replace(seen, entries=known)
        else:
            self.values[seen.item.id] = seen

    def _apply_condition(self, seen: Observation) -> None:
        level, code = seen.fields[0], seen.fields[1]
        active = self.conditions.setdefault(seen.item.id, {})
        if level in ("WARNING", "FAULT"):
            for key in [key for key, other in active.items() if other.fields[0] in ("NORMAL", UNAVAILABLE)]:
                del active[key]
            active[code] = seen
            return
        if level == "NORMAL" and code:
            active.pop(code, None)
            if any(other.fields[0] in ("WARNING", "FAULT") for other in active.values()):
                return
        active.clear()
        active[""] = seen if not code else msgspec.structs.replace(seen, fields=(level, "", "", "", ""))

    def all(self) -> Iterator[Observation]:
        yield from self.values.values()
        for active in self.conditions.values():
            yield from active.values()

    def copy(self) -> "_State":
        made = _State()
        made.values = dict(self.values)
        made.conditions = {key: dict(active) for key, active in self.conditions.items()}
        return made


class ObservationBuffer:
    """Numbers observations, keeps the last ``size`` of them and ``asset_size`` assets."""

    def __init__(self, model: DeviceModel, *, now: str, size: int = 131072, asset_size: int = 1024) -> None:
        self.model, self.size, self.asset_size = model, size, asset_size
        self.next_sequence = 1
        self.assets: OrderedDict[str, Asset] = OrderedDict()
        self.wrong: deque[str] = deque(maxlen=100)
        """The latest lines that were not understood; the agent skips them."""
        self._kept: deque[Observation] = deque()
        self._now, self._before = _State(), _State()
        self._listeners: list[Callable[[], None]] = []
        self._parts = {item.id: item for device in model.devices for item in device.items}
        for item in self._parts.values():
            unknown = item.constant if item.constant is not None else UNAVAILABLE
            self._add(now, item, (unknown, "", "", "", "") if item.category == "CONDITION" else (unknown,))

    @property
    def first_sequence(self) -> int:
        """The oldest sequence number still in the buffer."""
        return self._kept[0].sequence if self._kept else self.next_sequence

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after each change until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def take(self, said: Shdr) -> None:
        """Add the observations of a line; items that are in no model are noted in ``wrong``."""
        if isinstance(said, Reading):
            item = self.model.by_key.get(said.key)
            if item is None:
                self.wrong.append(f"no data item {said.key}")
                return
            self._take_reading(said, item)
        elif isinstance(said, AssetChange):
            self._take_asset(said)
        elif isinstance(said, AdapterCommand):
            return
        for listener in self._listeners:
            listener()

    def lose_adapter(self, now: str) -> None:
        """Set all items to UNAVAILABLE, since the adapter is gone (MTConnect Standard part 1.0)."""
        for item in self._parts.values():
            if item.constant is None and not item.type.startswith("ASSET_"):
                self._add(now, item, (UNAVAILABLE, "", "", "", "") if item.category == "CONDITION" else (UNAVAILABLE,))
        for listener in self._listeners:
            listener()

    def current(self, at: int | None = None) -> list[Observation]:
        """Return the state now, or at sequence number ``at``. Raises ``OutOfRange`` if that is no longer in the buffer."""
        if at is None:
            return list(self._now.all())
        if not self.first_sequence <= at < self.next_sequence:
            raise OutOfRange(f"'at' must be from {self.first_sequence} to {self.next_sequence - 1}")
        state = self._before.copy()
        for seen in self._kept:
            if seen.sequence > at:
                break
            state.apply(seen)
        return list(state.all())

    def sample(self, start: int | None, count: int) -> Iterator[Observation]:
        """Observations from ``start``, at most ``count``; with a negative count the last ones up to ``start``."""
        first, following = self.first_sequence, self.next_sequence
        start = (first if count >= 0 else following - 1) if start is None else start
        if start < first or start > following:
            raise OutOfRange(f"'from' must be from {first} to {following}")
        begin = start - first
        if count >= 0:
            span = range(begin, min(begin + count, len(self._kept)))
        else:
            span = range(max(0, begin + count + 1), min(begin + 1, len(self._kept)))
        return (self._kept[at] for at in span)

    def _take_reading(self, said: Reading, item: DataItem) -> None:
        fields = said.fields
        if item.category == "CONDITION":
            fields = (fields[0].upper(), *fields[1:])
            if fields[0] not in LEVELS:
                self.wrong.append(f"{said.key}: level {fields[0]}")
                return
        if item.constant is not None:
            return
        self._add(said.time, item, fields, said.entries, said.reset, said.duration)

    def _add(
        self,
        time: str,
        item: DataItem,
        fields: tuple[str, ...],
        entries: Entries | None = None,
        reset: str = "",
        duration: str = "",
    ) -> None:
        before = self._now.values.get(item.id)
        if before is not None and _says_nothing_new(before, item, fields, entries):
            return
        seen = Observation(self.next_sequence, time, item, fields, entries, reset, duration)
        if item.category == "CONDITION":
            if self._already(seen):
                return
            active = self._now.conditions.get(item.id, {}).get(fields[1])
            known = active.condition_id if active is not None else ""
            if fields[0] in ("WARNING", "FAULT"):
                seen = msgspec.structs.replace(seen, condition_id=known or f"{item.id}.{seen.sequence}")
        self.next_sequence += 1
        self._now.apply(seen)
        self._kept.append(seen)
        if len(self._kept) > self.size:
            self._before.apply(self._kept.popleft())

    def _already(self, seen: Observation) -> bool:
        active = self._now.conditions.get(seen.item.id, {})
        key = seen.fields[1] if seen.fields[0] in ("WARNING", "FAULT") else ""
        same = active.get(key)
        return same is not None and same.fields == seen.fields and (bool(key) or len(active) == 1)

    def _take_asset(self, said: AssetChange) -> None:
        device = self.model.devices[0]
        if said.action == "put":
            try:
                uuid = parse_xml(said.body, f"asset {said.asset_id}").get("deviceUuid", "")
            except BadInput as error:
                self.wrong.append(str(error))
                return
            device = self.model.device(uuid) or device
            self.assets.pop(said.asset_id, None)
            self.assets[said.asset_id] = Asset(said.asset_id, said.kind, said.time, device.uuid, said.body)
            while len(self.assets) > self.asset_size:
                self.assets.popitem(last=False)
            self._asset_event(said.time, device.uuid, "ASSET_CHANGED", said.asset_id, said.kind)
            return
        gone = [
            asset
            for asset in self.assets.values()
            if not asset.removed
            and (asset.id == said.asset_id if said.action == "remove" else said.kind in ("", asset.kind))
        ]
        for asset in gone:
            self.assets[asset.id] = msgspec.structs.replace(asset, removed=True, time=said.time)
            self._asset_event(said.time, asset.device, "ASSET_REMOVED", asset.id, asset.kind)

    def _asset_event(self, time: str, device: str, event: str, asset_id: str, kind: str) -> None:
        for item in self._parts.values():
            if item.device == device and item.type == event:
                self._add(time, item, (asset_id, kind))


def _says_nothing_new(before: Observation, item: DataItem, fields: tuple[str, ...], entries: Entries | None) -> bool:
    """Return whether a value repeats the known value; a series, a message or a discrete event never counts as a repeat."""
    each_counts = item.discrete or item.representation == "TIME_SERIES" or item.type == "MESSAGE"
    return not each_counts and entries is None and before.entries is None and fields == before.fields
