"""A host application by the rules of Sparkplug B 3.0: it publishes its state, follows edge nodes, and requests a rebirth after a gap.

Messages go in with their time of arrival; changes and messages to publish come out. No networking, no clock.
"""

import json
from collections.abc import Mapping
from typing import Literal

import msgspec

from nightmill.drivers.sparkplug.edge import BD_SEQ, REBIRTH, Message, read_state
from nightmill.drivers.sparkplug.payload import DataType, Metric, Payload, Value, decode, encode, signed
from nightmill.drivers.sparkplug.topic import Topic, read_topic, state_topic, topic_text
from nightmill.vocabulary.errors import BadInput

REORDER_MS = 2000
WAITING_LIMIT = 256


class Known(msgspec.Struct, frozen=True):
    """A metric as last seen by the host; ``stale`` once its node or device has died."""

    value: Value
    datatype: int
    timestamp_ms: int
    stale: bool = False
    alias: int | None = None


class Heard(msgspec.Struct, frozen=True):
    """The result of a message. ``device`` empty: the node; ``values``: its metrics by name; ``times_ms``: when each was sampled."""

    what: Literal["born", "data", "died", "gap"]
    group: str
    node: str
    device: str
    values: dict[str, Value] = {}
    at_ms: int = 0
    times_ms: dict[str, int] = {}


class Body(msgspec.Struct):
    """A node or a device as the host sees it."""

    online: bool = False
    since_ms: int = 0
    metrics: dict[str, Known] = {}


class _Node(msgspec.Struct):
    body: Body
    devices: dict[str, Body]
    aliases: dict[int, tuple[str, str]]
    bd_seq: int = -1
    seq: int = -1
    waiting: dict[int, tuple[Topic, Payload]] = {}
    waiting_since_ms: int | None = None
    asked_ms: int = -(1 << 62)


class HostApplication:
    """One host application; ``reorder_ms``: how long a message that arrives early may wait for the messages before it."""

    def __init__(self, host_id: str, *, reorder_ms: int = REORDER_MS) -> None:
        self.host_id, self.reorder_ms = host_id, reorder_ms
        self._topic = state_topic(host_id)
        self._nodes: dict[tuple[str, str], _Node] = {}
        self._connected_ms, self._leaving = 0, False
        self.broken: list[str] = []
        """Descriptions of the last hundred unreadable messages."""

    def will(self, now_ms: int) -> Message:
        """Return the death certificate for the next CONNECT; the birth after it carries the same timestamp."""
        self._connected_ms, self._leaving = now_ms, False
        return self._state(False, now_ms)

    def subscriptions(self) -> tuple[str, ...]:
        """Topics to subscribe to before the birth."""
        return (self._topic, "spBv1.0/#")

    def birth(self) -> Message:
        """Return the first message of a session."""
        return self._state(True, self._connected_ms)

    def death(self, now_ms: int) -> Message:
        """Return the messages to publish before an intended disconnect; from then on the host no longer answers its own death
        certificate.
        """
        self._leaving = True
        return self._state(False, now_ms)

    def body(self, group: str, node: str, device: str = "") -> Body | None:
        """Return the host's view of a node or a device."""
        known = self._nodes.get((group, node))
        if known is None:
            return None
        return known.devices.get(device) if device else known.body

    def nodes(self) -> tuple[tuple[str, str], ...]:
        """Group and id of every known node."""
        return tuple(self._nodes)

    def rebirth(self, group: str, node: str, now_ms: int) -> Message:
        """Return the command that requests a node's rebirth."""
        metric = Metric(REBIRTH, True, DataType.BOOLEAN, timestamp_ms=now_ms)
        return Message(topic_text(group, "NCMD", node), encode(Payload((metric,), now_ms)))

    def command(self, group: str, node: str, device: str, values: Mapping[str, Value], now_ms: int) -> Message:
        """Return a write to a node or a device, by alias if its birth gave one. Raises ``KeyError`` for a metric that no birth named."""
        body = self.body(group, node, device)
        known = body.metrics if body is not None else {}
        metrics = []
        for name, value in values.items():
            alias = known[name].alias
            metrics.append(Metric(name if alias is None else "", value, None, alias, now_ms))
        kind: Literal["DCMD", "NCMD"] = "DCMD" if device else "NCMD"
        return Message(topic_text(group, kind, node, device), encode(Payload(tuple(metrics), now_ms)))

    def receive(self, topic: str, data: bytes, now_ms: int) -> tuple[list[Heard], list[Message]]:
        """Process one message; return what has changed, and the messages to publish in response."""
        if topic == self._topic:
            said = read_state(data)
            wrong = said is not None and not said.online and not self._leaving
            return [], [self.birth()] if wrong else []
        where = read_topic(topic)
        if where is None or where.kind in ("NCMD", "DCMD"):
            return [], []
        try:
            payload = decode(data, topic)
        except BadInput as error:
            self.broken = [*self.broken[-99:], str(error)]
            return [], []
        node = self._nodes.setdefault((where.group, where.node), _Node(Body(), {}, {}))
        if where.kind == "NBIRTH":
            return self._node_born(node, where, payload, now_ms)
        if where.kind == "NDEATH":
            return self._node_died(node, where, payload, now_ms), []
        return self._in_turn(node, where, payload, now_ms)

    def tick(self, now_ms: int) -> tuple[list[Heard], list[Message]]:
        """Advance to a time; if a message has waited too long for the messages before it, report a gap and request a rebirth of
        the node.
        """
        heard: list[Heard] = []
        out: list[Message] = []
        for (group, name), node in self._nodes.items():
            if node.waiting_since_ms is not None and now_ms - node.waiting_since_ms >= self.reorder_ms:
                node.waiting.clear()
                node.waiting_since_ms = None
                heard.append(Heard("gap", group, name, "", at_ms=now_ms))
                out += self._ask(node, group, name, now_ms)
        return heard, out

    def _node_born(self, node: _Node, where: Topic, payload: Payload, now_ms: int) -> tuple[list[Heard], list[Message]]:
        number = payload.metric(BD_SEQ)
        node.bd_seq = number.value if number is not None and isinstance(number.value, int) else -1
        node.seq = payload.seq or 0
        node.waiting.clear()
        node.waiting_since_ms = None
        node.aliases.clear()
        for body in node.devices.values():
            _die(body, now_ms)
        return [self._born(node, node.body, where, payload, now_ms)], []

    def _node_died(self, node: _Node, where: Topic, payload: Payload, now_ms: int) -> list[Heard]:
        number = payload.metric(BD_SEQ)
        if number is None or number.value != node.bd_seq or not node.body.online:
            # The death of an earlier session, or of one that never started, is irrelevant to the current session.
            return []
        heard = [Heard("died", where.group, where.node, "", at_ms=now_ms)]
        _die(node.body, now_ms)
        for device, body in node.devices.items():
            if body.online:
                _die(body, now_ms)
                heard.append(Heard("died", where.group, where.node, device, at_ms=now_ms))
        node.waiting.clear()
        node.waiting_since_ms = None
        return heard

    def _in_turn(self, node: _Node, where: Topic, payload: Payload, now_ms: int) -> tuple[list[Heard], list[Message]]:
        if not node.body.online:
            return [], self._ask(node, where.group, where.node, now_ms)
        if payload.seq is None or not 0 <= payload.seq < 256:
            self.broken = [*self.broken[-99:], f"{where.text()}: no sequence number"]
            return [], self._ask(node, where.group, where.node, now_ms)
        if payload.seq != (node.seq + 1) % 256:
            if len(node.waiting) < WAITING_LIMIT:
                node.waiting[payload.seq] = (where, payload)
            if node.waiting_since_ms is None:
                node.waiting_since_ms = now_ms
            return self.tick(now_ms) if self.reorder_ms <= 0 else ([], [])
        heard, out = self._take(node, where, payload, now_ms)
        while (following := node.waiting.pop((node.seq + 1) % 256, None)) is not None:
            more, also = self._take(node, *following, now_ms)
            heard, out = heard + more, out + also
        if not node.waiting:
            node.waiting_since_ms = None
        return heard, out

    def _take(self, node: _Node, where: Topic, payload: Payload, now_ms: int) -> tuple[list[Heard], list[Message]]:
        node.seq = payload.seq or 0
        body = node.devices.setdefault(where.device, Body()) if where.device else node.body
        if where.kind == "DBIRTH":
            return [self._born(node, body, where, payload, now_ms)], []
        if where.kind == "DDEATH":
            at = payload.timestamp_ms or now_ms
            _die(body, at)
            return [Heard("died", where.group, where.node, where.device, at_ms=at)], []
        values: dict[str, Value] = {}
        times: dict[str, int] = {}
        for metric in payload.metrics:
            name = metric.name or node.aliases.get(metric.alias or 0, ("", ""))[1]
            before = body.metrics.get(name)
            if not body.online or before is None:
                return [], self._ask(node, where.group, where.node, now_ms)
            value = signed(metric.value, before.datatype)
            stamp = metric.timestamp_ms or payload.timestamp_ms or now_ms
            if not metric.is_historical:
                body.metrics[name] = Known(value, before.datatype, stamp, alias=before.alias)
            values[name], times[name] = value, stamp
        return [Heard("data", where.group, where.node, where.device, values, payload.timestamp_ms or now_ms, times)], []

    def _born(self, node: _Node, body: Body, where: Topic, payload: Payload, now_ms: int) -> Heard:
        body.online, body.since_ms, body.metrics = True, payload.timestamp_ms or now_ms, {}
        for metric in payload.metrics:
            stamp = metric.timestamp_ms or now_ms
            body.metrics[metric.name] = Known(metric.value, metric.datatype or 0, stamp, alias=metric.alias)
            if metric.alias is not None:
                node.aliases[metric.alias] = (where.device, metric.name)
        values = {metric.name: metric.value for metric in payload.metrics}
        times = {name: known.timestamp_ms for name, known in body.metrics.items()}
        return Heard("born", where.group, where.node, where.device, values, body.since_ms, times)

    def _ask(self, node: _Node, group: str, name: str, now_ms: int) -> list[Message]:
        """Return a rebirth request, unless one is already pending."""
        if now_ms - node.asked_ms < max(self.reorder_ms, 500):
            return []
        node.asked_ms = now_ms
        return [self.rebirth(group, name, now_ms)]

    def _state(self, online: bool, now_ms: int) -> Message:
        return Message(self._topic, json.dumps({"online": online, "timestamp": now_ms}).encode(), qos=1, retain=True)


def _die(body: Body, at_ms: int) -> None:
    body.online, body.since_ms = False, at_ms
    for name, known in body.metrics.items():
        body.metrics[name] = msgspec.structs.replace(known, stale=True, timestamp_ms=at_ms)
