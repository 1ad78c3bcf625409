"""An edge node by the rules of Sparkplug B 3.0: its messages, their order and their sequence numbers. No networking.

A session consists of ``will`` (in CONNECT), ``births`` once the primary host is online, then ``node_data`` and ``device_data``;
``rebirth`` whenever a host asks for it; ``last_words`` before an intended disconnect. Sequence numbers run 0..255 over all
messages of the node.
"""

import json
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from nightmill.drivers.sparkplug.payload import DataType, Metric, Payload, Template, Value, decode, encode, kind_of
from nightmill.drivers.sparkplug.topic import Topic, check_id, read_topic, state_topic
from nightmill.vocabulary.errors import BadInput, Finding

REBIRTH, BD_SEQ = "Node Control/Rebirth", "bdSeq"


class Message(msgspec.Struct, frozen=True):
    """One MQTT publish."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


class Command(msgspec.Struct, frozen=True):
    """A write from a host, to the node (``device`` empty) or to a device; names are those of the birth certificate."""

    device: str
    metrics: tuple[Metric, ...]


class HostState(msgspec.Struct, frozen=True):
    """The contents of a STATE message."""

    online: bool
    timestamp_ms: int


def read_state(data: bytes) -> HostState | None:
    """Read a STATE payload; ``None`` if the bytes aren't a STATE payload."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not isinstance(said.get("online"), bool):
        return None
    stamp = said.get("timestamp")
    if not isinstance(stamp, int) or isinstance(stamp, bool):
        return None
    return HostState(said["online"], stamp)


class EdgeNode:
    """One edge node with its devices; with ``primary_host`` empty it waits for no host. ``now_ms``: UTC since 1970."""

    def __init__(
        self,
        group: str,
        node: str,
        *,
        now_ms: Callable[[], int],
        metrics: tuple[Metric, ...] = (),
        primary_host: str = "",
        aliases: bool = True,
        bd_seq: int = -1,
    ) -> None:
        check_id(group, "group id")
        check_id(node, "edge node id")
        self.group, self.node, self.primary_host, self._now_ms, self._aliases = (
            group,
            node,
            primary_host,
            now_ms,
            aliases,
        )
        self._bd_seq, self._seq = bd_seq, -1
        self._metrics: dict[str, dict[str, Metric]] = {"": {}}
        self._alias: dict[tuple[str, str], int] = {}
        self._names: dict[int, tuple[str, str]] = {}
        self._alive: set[str] = set()
        self._host: HostState | None = None
        self.born = False
        self._define("", metrics)

    @property
    def bd_seq(self) -> int:
        """The number of the current MQTT session."""
        return self._bd_seq

    def add_device(self, device: str, metrics: tuple[Metric, ...]) -> None:
        """Add a device, with all the metrics that it will ever have, before its birth. Raises ``BadInput`` for a duplicate name."""
        check_id(device, "device id")
        if device.lower() in (known.lower() for known in self._metrics):
            raise _wrong(device, "a device id twice (case apart)", "a unique device id")
        self._metrics[device] = {}
        self._define(device, metrics)
        self._alive.add(device)

    def will(self) -> Message:
        """Return the death certificate for the next CONNECT; each call increments bdSeq."""
        self._bd_seq = (self._bd_seq + 1) % 256
        self.born = False
        self._host = None
        return self._death()

    def subscriptions(self) -> tuple[str, ...]:
        """Topics to subscribe to with QoS 1 before any birth."""
        topics = [Topic(self.group, "NCMD", self.node).text(), f"spBv1.0/{self.group}/DCMD/{self.node}/+"]
        if self.primary_host:
            topics.append(state_topic(self.primary_host))
        return tuple(topics)

    def may_be_born(self) -> bool:
        """Return whether the primary host is online, or none is configured."""
        return not self.primary_host or (self._host is not None and self._host.online)

    def births(self) -> list[Message]:
        """NBIRTH with sequence number 0, then a DBIRTH for each connected device."""
        if not self.may_be_born():
            raise _wrong(self.node, "a birth while the primary host is offline", "the host's STATE online first")
        self._seq, self.born = -1, True
        now = self._now_ms()
        own = [
            Metric(BD_SEQ, self._bd_seq, DataType.INT64, timestamp_ms=now),
            Metric(REBIRTH, False, DataType.BOOLEAN, timestamp_ms=now),
            *self._full("", now),
        ]
        messages = [self._message("NBIRTH", "", own)]
        return messages + [self._message("DBIRTH", device, self._full(device, now)) for device in sorted(self._alive)]

    def node_data(self, changes: Mapping[str, Value]) -> Message | None:
        """Return an NDATA with the changed metrics; ``None`` if nothing has changed."""
        return self._data("NDATA", "", changes)

    def device_data(self, device: str, changes: Mapping[str, Value], at_ms: int | None = None) -> Message | None:
        """Return a DDATA with the changed metrics, sampled at ``at_ms`` (default: now); ``None`` if nothing has changed."""
        return self._data("DDATA", device, changes, at_ms)

    def remember(self, device: str, changes: Mapping[str, Value], at_ms: int | None = None) -> None:
        """Store changes without publishing them; the next births contain them."""
        for name, value in changes.items():
            self._metrics[device][name] = msgspec.structs.replace(
                self._metrics[device][name], value=value, timestamp_ms=self._now_ms() if at_ms is None else at_ms
            )

    def device_death(self, device: str) -> Message:
        """Return a DDEATH, since the node has lost the device."""
        self._alive.discard(device)
        return self._message("DDEATH", device, [])

    def device_birth(self, device: str) -> Message:
        """Return a DBIRTH of a device that has reconnected within the session."""
        if not self.born:
            raise _wrong(device, "a DBIRTH before the NBIRTH", "the node's birth first")
        self._alive.add(device)
        return self._message("DBIRTH", device, self._full(device, self._now_ms()))

    def last_words(self) -> Message:
        """Return the NDEATH to publish before an intended disconnect."""
        self.born = False
        return self._death()

    def hear_state(self, topic: str, data: bytes) -> Literal["be born", "leave", ""]:
        """Return the node's action after a STATE message: publish its births, end its session, or nothing."""
        said = read_state(data)
        if not self.primary_host or topic != state_topic(self.primary_host) or said is None:
            return ""
        if self._host is not None and said.timestamp_ms < self._host.timestamp_ms:
            return ""
        self._host = said
        if said.online:
            return "" if self.born else "be born"
        return "leave" if self.born else ""

    def hear_command(self, topic: str, data: bytes) -> Command | None:
        """Return a command for this node or a connected device; ``None`` for anything else. Raises ``BadInput`` for a broken payload."""
        where = read_topic(topic)
        if where is None or where.kind not in ("NCMD", "DCMD") or (where.group, where.node) != (self.group, self.node):
            return None
        if where.device and where.device not in self._alive:
            return None
        payload = decode(data, topic)
        named = (self._named(metric, where.device) for metric in payload.metrics)
        return Command(where.device, tuple(metric for metric in named if metric is not None))

    def wants_rebirth(self, command: Command) -> bool:
        """Return whether a command requests a rebirth."""
        return not command.device and any(m.name == REBIRTH and m.value is True for m in command.metrics)

    def _named(self, metric: Metric, device: str) -> Metric | None:
        if metric.name:
            known = self._metrics[device].get(metric.name)
            if metric.name == REBIRTH:
                return metric
            return metric if known is not None else None
        found = self._names.get(metric.alias) if metric.alias is not None else None
        if found is None or found[0] != device:
            return None
        return msgspec.structs.replace(metric, name=found[1])

    def _define(self, device: str, metrics: tuple[Metric, ...]) -> None:
        known = self._metrics[device]
        for metric in metrics:
            if metric.name.lower() in (name.lower() for name in known) or not metric.name:
                raise _wrong(
                    f"{device} {metric.name}", "a metric name twice (case apart) or none", "a unique metric name"
                )
            datatype = kind_of(metric.value) if metric.datatype is None else metric.datatype
            alias = len(self._names) + 1 if self._aliases else None
            if alias is not None:
                self._names[alias] = (device, metric.name)
            known[metric.name] = msgspec.structs.replace(metric, datatype=datatype, alias=alias)

    def _full(self, device: str, now: int) -> list[Metric]:
        return [
            metric if metric.timestamp_ms is not None else msgspec.structs.replace(metric, timestamp_ms=now)
            for metric in self._metrics[device].values()
        ]

    def _data(
        self, kind: Literal["NDATA", "DDATA"], device: str, changes: Mapping[str, Value], at_ms: int | None = None
    ) -> Message | None:
        if not self.born or (device and device not in self._alive):
            raise _wrong(device or self.node, f"{kind} before a birth", "the birth first")
        known, now, sent = self._metrics[device], self._now_ms() if at_ms is None else at_ms, []
        for name, value in changes.items():
            before = known.get(name)
            if before is None:
                raise _wrong(name, "a metric that isn't in the birth certificate", "a metric of the birth certificate")
            if isinstance(value, Template) and value.is_definition:
                raise _wrong(name, "a template definition in data", "template definitions only in the NBIRTH")
            if before.value == value and type(before.value) is type(value):
                continue
            known[name] = msgspec.structs.replace(before, value=value, timestamp_ms=now)
            lean = known[name] if before.alias is None else msgspec.structs.replace(known[name], name="")
            sent.append(msgspec.structs.replace(lean, properties=()))
        if not sent:
            return None
        return self._message(kind, device, sent, lean=True)

    def _message(
        self,
        kind: Literal["NBIRTH", "NDATA", "DBIRTH", "DDATA", "DDEATH"],
        device: str,
        metrics: list[Metric],
        *,
        lean: bool = False,
    ) -> Message:
        self._seq = (self._seq + 1) % 256
        metrics = sorted(metrics, key=lambda metric: metric.timestamp_ms or 0)
        payload = encode(Payload(tuple(metrics), self._now_ms(), self._seq), lean=lean)
        return Message(Topic(self.group, kind, self.node, device).text(), payload)

    def _death(self) -> Message:
        metric = Metric(BD_SEQ, self._bd_seq, DataType.INT64, timestamp_ms=self._now_ms())
        payload = Payload((metric,), self._now_ms())
        return Message(Topic(self.group, "NDEATH", self.node).text(), encode(payload), qos=1)


def _wrong(place: str, found: str, expected: str) -> BadInput:
    return BadInput(Finding("Sparkplug edge node", place, found, expected, "Correct the calling code."))
