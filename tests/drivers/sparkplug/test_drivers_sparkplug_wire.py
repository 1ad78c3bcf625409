"""Sparkplug B on the wire: one session of everything, through a real broker, judged packet by packet.

A host application and an edge node with two devices live through birth, data, commands, rebirth, a device's death, a lost
connection and an orderly end. A proxy wrote down what each of them sent; each test looks at that and says which assertions it covers.
"""

import asyncio
import json
import socket
import time
from pathlib import Path

import msgspec
import pytest
from sparkplug_trace import Packet, Recorder, covers, needs_mosquitto

from nightmill.drivers.sparkplug.broker import Broker
from nightmill.drivers.sparkplug.edge import Command, EdgeNode, Message
from nightmill.drivers.sparkplug.host import Heard, HostApplication
from nightmill.drivers.sparkplug.payload import (
    DataSet,
    DataType,
    Metric,
    Parameter,
    Payload,
    Property,
    Template,
    decode,
)
from nightmill.drivers.sparkplug.session import EdgeSession, HostSession
from nightmill.drivers.sparkplug.topic import Topic, read_topic

pytestmark = needs_mosquitto
GROUP, NODE, HOST = "Plant 1", "Cell-A", "nightmill"
EDGE_CLIENT = f"{GROUP}-{NODE}"


def _now() -> int:
    return time.time_ns() // 1_000_000


class Story(msgspec.Struct):
    """What happened: packets by sender, what the host heard, commands that the edge obeyed."""

    packets: list[Packet]
    heard: list[Heard]
    obeyed: list[Command]
    begun_ms: int
    ended_ms: int

    def sent(self, kind: str) -> list[tuple[Packet, Topic, Payload]]:
        """Published Sparkplug messages of a kind, in order."""
        found = [(p, read_topic(p.topic)) for p in self.packets if p.kind == "PUBLISH"]
        return [(p, topic, decode(p.payload)) for p, topic in found if topic is not None and topic.kind == kind]

    def by_edge(self) -> list[tuple[Packet, Topic, Payload]]:
        """All that the edge node published."""
        found = [(p, read_topic(p.topic)) for p in self.packets if p.kind == "PUBLISH" and p.client == EDGE_CLIENT]
        return [(p, topic, decode(p.payload)) for p, topic in found if topic is not None]

    def connects(self, client: str) -> list[Packet]:
        """CONNECT packets of a client."""
        return [p for p in self.packets if p.kind == "CONNECT" and p.client == client]

    def left(self, client: str) -> bool:
        """Whether a client has said DISCONNECT since the host's last STATE."""
        last = self.states()[-1].n
        return any(p.n > last and p.client == client and p.kind == "DISCONNECT" for p in self.packets)

    def states(self) -> list[Packet]:
        """STATE messages that the host published."""
        return [p for p in self.packets if p.kind == "PUBLISH" and "/STATE/" in p.topic]


def _edge() -> EdgeNode:
    definition = Template(
        (Metric("maker", None, DataType.STRING), Metric("year", None, DataType.INT32)),
        True,
        version="1",
        parameters=(Parameter("kind", DataType.STRING, "mill"), Parameter("axes", DataType.INT32)),
    )
    instance = Template(
        (Metric("maker", "Acme", DataType.STRING), Metric("year", 2020, DataType.INT32)),
        False,
        ref="Plate",
        version="1",
        parameters=(Parameter("kind", DataType.STRING, "lathe"),),
    )
    table = DataSet(("tool", "life"), (DataType.INT32, DataType.DOUBLE), ((1, 0.5), (-2, 1.0)))
    edge = EdgeNode(
        GROUP,
        NODE,
        now_ms=_now,
        primary_host=HOST,
        metrics=(Metric("Plate", definition), Metric("Shift", 1, DataType.INT16)),
    )
    device = (
        Metric("Load", 1.5, DataType.DOUBLE, properties=(Property("engUnit", DataType.STRING, "%"), Property("Quality", DataType.INT32, 192))),
        Metric("Alarm", None, DataType.STRING),
        Metric("Parts", -5, DataType.INT32),
        Metric("Tools", table),
        Metric("Plate of it", instance),
        Metric("Offset", 0.0, DataType.DOUBLE),
    )  # fmt: skip
    edge.add_device("M1", device)
    edge.add_device("M2", device)
    return edge


async def _wait(condition: object, what: str) -> None:
    assert callable(condition)
    for _ in range(12000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"never: {what}")


async def _live(folder: Path) -> Story:
    """The whole story; broker and proxy are ended whatever comes."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    broker = Broker(port, folder)
    await broker.start()
    recorder = Recorder(port)
    proxy = await recorder.start()
    try:
        return await _told(recorder, port, proxy)
    finally:
        await recorder.stop()
        await broker.stop()


async def _told(recorder: Recorder, port: int, proxy: int) -> Story:
    story = Story(recorder.packets, [], [], _now(), 0)
    host = HostApplication(HOST)

    def hear(topic: str, payload: bytes) -> None:
        heard, out = host.receive(topic, payload, _now())
        story.heard.extend(heard)
        for message in out:
            living.session.publish(message)

    edge = _edge()
    session = EdgeSession(edge, [("127.0.0.1", proxy)], story.obeyed.append)
    await session.start()
    living = HostSession(host, "127.0.0.1", proxy, hear)
    await living.start(_now())
    await _wait(lambda: host.body(GROUP, NODE, "M2") is not None, "births")
    for number in range(150):
        session.data("", {"Shift": number % 3})
        session.data(
            "M1",
            {
                "Load": float(number),
                "Parts": number - 75,
                "Tools": DataSet(("tool", "life"), (3, 10), ((number, 0.5),)),
            },
        )
    session.data("M2", {"Load": 1.5, "Alarm": None})
    changed = Template((Metric("year", 2021, DataType.INT32),), False, ref="Plate", version="1")
    session.data("M2", {"Plate of it": changed})
    await _wait(lambda: any(h.device == "M2" and "Plate of it" in h.values for h in story.heard), "all data")
    living.session.publish(host.command(GROUP, NODE, "M1", {"Offset": 0.02}, _now()))
    living.session.publish(host.command(GROUP, NODE, "", {"Shift": 7}, _now()))
    await _wait(lambda: len(story.obeyed) >= 2, "commands")
    before = len(story.heard)
    living.session.publish(host.rebirth(GROUP, NODE, _now()))
    await _wait(lambda: sum(h.what == "born" for h in story.heard[before:]) == 3, "rebirth")
    session.publish(edge.device_death("M2"))
    session.publish(edge.device_birth("M2"))
    await _wait(lambda: any(h.what == "died" and h.device == "M2" for h in story.heard), "death of M2")
    session.data("M2", {"Load": 9.0})
    # the connection breaks: the broker publishes the will, the edge begins a new session
    before = len(story.heard)
    assert session.session is not None
    session.session._client._connection._transport.abort()
    await _wait(lambda: sum(h.what == "born" for h in story.heard[before:]) >= 3, "births after a lost connection")
    # somebody says that the host is offline while it isn't: it speaks up again
    stale = json.dumps({"online": False, "timestamp": _now() - 100_000}).encode()
    states = len(story.states())
    other = HostSession(HostApplication("watcher"), "127.0.0.1", port, lambda topic, payload: None)
    await other.start(_now())

    other.session.publish(Message(f"spBv1.0/STATE/{HOST}", stale, qos=1, retain=True))
    await _wait(lambda: len(story.states()) > states, "the host's answer to its own death")
    await other.stop(_now())
    await living.stop(_now())
    await _wait(lambda: not edge.born, "the edge has heard that its host left")
    await session.stop()
    for client in (HOST, EDGE_CLIENT):
        await _wait(lambda client=client: story.left(client), f"the end of {client}'s last session")
    story.ended_ms = _now()
    return story


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return asyncio.run(_live(tmp_path_factory.mktemp("broker")))


# the edge node's session


@covers(
    "message-flow-edge-node-birth-publish-will-message message-flow-edge-node-birth-publish-will-message-payload",
    "message-flow-edge-node-birth-publish-will-message-payload-bdSeq message-flow-edge-node-birth-publish-will-message-qos",
    "message-flow-edge-node-birth-publish-will-message-topic message-flow-edge-node-birth-publish-will-message-will-retained",
    "payloads-ndeath-will-message payloads-ndeath-will-message-qos payloads-ndeath-will-message-retain payloads-ndeath-seq",
    "topics-ndeath-payload topics-ndeath-seq topics-ndeath-topic topics-nbirth-bdseq-increment",
)
def test_every_connect_of_the_edge_carries_its_death(story: Story) -> None:
    connects = story.connects(EDGE_CLIENT)
    assert len(connects) >= 2
    for number, packet in enumerate(connects):
        assert packet.topic == f"spBv1.0/{GROUP}/NDEATH/{NODE}"
        assert (packet.qos, packet.retain) == (1, False)
        will = decode(packet.payload)
        assert [(m.name, m.value, m.datatype) for m in will.metrics] == [("bdSeq", number, DataType.INT64)]
        assert will.seq is None


@covers("principles-persistence-clean-session-50 message-flow-phid-sparkplug-clean-session-50")
def test_sessions_begin_clean_and_are_not_kept(story: Story) -> None:
    for client in (EDGE_CLIENT, HOST):
        assert story.connects(client)
        assert all((p.clean, p.expiry, p.version) == (True, 0, 5) for p in story.connects(client))


@covers(
    "message-flow-edge-node-ncmd-subscribe message-flow-device-dcmd-subscribe",
    "message-flow-edge-node-birth-publish-connect principles-birth-certificates-order",
)
def test_the_edge_subscribes_before_its_first_message_which_is_its_birth(story: Story) -> None:
    for connect in story.connects(EDGE_CLIENT):
        mine = [p for p in story.packets if p.connection == connect.connection]
        if connect is story.connects(EDGE_CLIENT)[-1] and not any(p.kind == "PUBLISH" for p in mine):
            continue  # the end of the story may cut the last session short
        assert [p.kind for p in mine[:4]] == ["CONNECT", "SUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE"]
        topics = dict(topic for p in mine for topic in p.topics)
        assert topics[f"spBv1.0/{GROUP}/NCMD/{NODE}"] == 1
        assert topics[f"spBv1.0/{GROUP}/DCMD/{NODE}/+"] == 1
        first = next((p for p in mine if p.kind == "PUBLISH"), None)
        assert first is None or first.topic == f"spBv1.0/{GROUP}/NBIRTH/{NODE}"


@covers(
    "message-flow-edge-node-birth-publish-phid-wait message-flow-edge-node-birth-publish-phid-wait-id",
    "message-flow-edge-node-birth-publish-phid-wait-online operational-behavior-edge-node-birth-sequence-wait",
)
def test_the_edge_waits_for_its_primary_host(story: Story) -> None:
    online = next(p for p in story.states() if json.loads(p.payload)["online"])
    birth, _, _ = story.sent("NBIRTH")[0]
    assert online.topic == f"spBv1.0/STATE/{HOST}"
    assert online.n < birth.n
    assert story.connects(EDGE_CLIENT)[0].n < online.n


@covers(
    "message-flow-edge-node-birth-publish-nbirth-topic message-flow-edge-node-birth-publish-nbirth-payload topics-nbirth-topic",
    "message-flow-edge-node-birth-publish-nbirth-payload-bdSeq message-flow-edge-node-birth-publish-nbirth-payload-seq",
    "message-flow-edge-node-birth-publish-nbirth-qos message-flow-edge-node-birth-publish-nbirth-retained topics-nbirth-mqtt",
    "payloads-nbirth-bdseq payloads-nbirth-bdseq-repeat payloads-nbirth-qos payloads-nbirth-retain payloads-nbirth-seq",
    "payloads-nbirth-timestamp payloads-sequence-num-req-nbirth topics-nbirth-bdseq-included topics-nbirth-bdseq-matching",
    "topics-nbirth-seq-num topics-nbirth-timestamp payloads-ndeath-bdseq payloads-timestamp-in-UTC",
    "operational-behavior-data-commands-rebirth-action-3",
)
def test_a_node_birth_is_as_the_specification_says(story: Story) -> None:
    births = story.sent("NBIRTH")
    assert len(births) >= 3
    for packet, topic, payload in births:
        assert topic == Topic(GROUP, "NBIRTH", NODE)
        assert (packet.qos, packet.retain, payload.seq) == (0, False, 0)
        number = payload.metric("bdSeq")
        will = decode(
            next(p for p in story.packets if p.connection == packet.connection and p.kind == "CONNECT").payload
        )
        assert number is not None
        assert (number.value, number.datatype) == (will.metrics[0].value, DataType.INT64)
        assert payload.timestamp_ms is not None
        assert story.begun_ms <= payload.timestamp_ms <= story.ended_ms


@covers(
    "topics-nbirth-rebirth-metric payloads-nbirth-rebirth-req operational-behavior-data-commands-rebirth-name",
    "operational-behavior-data-commands-rebirth-datatype operational-behavior-data-commands-rebirth-value",
    "operational-behavior-data-commands-rebirth-name-aliases",
)
def test_a_node_birth_offers_rebirth(story: Story) -> None:
    for _, _, payload in story.sent("NBIRTH"):
        metric = payload.metric("Node Control/Rebirth")
        assert metric is not None
        assert (metric.datatype, metric.value, metric.alias) == (DataType.BOOLEAN, False, None)


@covers(
    "message-flow-device-birth-publish-dbirth-topic message-flow-device-birth-publish-dbirth-match-edge-node-topic topics-dbirth-topic",
    "message-flow-device-birth-publish-dbirth-payload message-flow-device-birth-publish-dbirth-payload-seq topics-dbirth-seq",
    "message-flow-device-birth-publish-dbirth-qos message-flow-device-birth-publish-dbirth-retained topics-dbirth-mqtt",
    "message-flow-device-birth-publish-nbirth-wait payloads-dbirth-qos payloads-dbirth-retain payloads-dbirth-seq payloads-dbirth-seq-inc",
    "payloads-dbirth-timestamp topics-dbirth-timestamp payloads-dbirth-order payloads-ddata-order payloads-ndata-order",
    "operational-behavior-data-commands-rebirth-action-1 operational-behavior-data-commands-rebirth-action-2",
)
def test_device_births_follow_the_node_birth_at_once(story: Story) -> None:
    sent = story.by_edge()
    births = [at for at, (_, topic, _) in enumerate(sent) if topic.kind == "NBIRTH"]
    for at in births:
        following = sent[at + 1 : at + 3]
        assert [(topic.kind, topic.group, topic.node, topic.device) for _, topic, _ in following] == [
            ("DBIRTH", GROUP, NODE, "M1"),
            ("DBIRTH", GROUP, NODE, "M2"),
        ]
        assert [payload.seq for _, _, payload in following] == [1, 2]
        for packet, _, payload in following:
            assert (packet.qos, packet.retain) == (0, False)
            assert payload.timestamp_ms is not None


@covers(
    "payloads-sequence-num-always-included payloads-sequence-num-incrementing payloads-ndata-seq payloads-ndata-seq-inc",
    "payloads-ddata-seq payloads-ddata-seq-inc payloads-ddeath-seq payloads-ddeath-seq-inc payloads-ddeath-seq-number",
    "topics-ndata-seq-num topics-ddata-seq-num topics-ddeath-seq-num",
)
def test_sequence_numbers_rise_by_one_and_wrap_after_255(story: Story) -> None:
    expected, wrapped = -1, 0
    for _, topic, payload in story.by_edge():
        if topic.kind == "NDEATH":
            assert payload.seq is None
            continue
        expected = 0 if topic.kind == "NBIRTH" else (expected + 1) % 256
        wrapped += expected == 0 and topic.kind != "NBIRTH"
        assert payload.seq == expected
    assert wrapped >= 1


@covers(
    "topics-ndata-topic topics-ndata-mqtt topics-ndata-timestamp topics-ndata-payload payloads-ndata-qos payloads-ndata-retain",
    "payloads-ndata-timestamp topics-ddata-topic topics-ddata-mqtt topics-ddata-timestamp topics-ddata-payload payloads-ddata-qos",
    "payloads-ddata-retain payloads-ddata-timestamp payloads-metric-datatype-not-req payloads-alias-data-cmd-requirement",
    "payloads-name-birth-data-requirement payloads-metric-timestamp-in-UTC topic-structure-namespace-a topic-structure",
    "topic-structure-namespace-device-id-associated-message-types topic-structure-namespace-device-id-non-associated-message-types",
)
def test_data_is_lean(story: Story) -> None:
    for kind, device in (("NDATA", False), ("DDATA", True)):
        assert story.sent(kind)
        for packet, topic, payload in story.sent(kind):
            assert packet.topic.split("/")[0] == "spBv1.0"
            assert (bool(topic.device), packet.qos, packet.retain) == (device, 0, False)
            assert payload.timestamp_ms is not None
            assert payload.metrics
            for metric in payload.metrics:
                assert (metric.name, metric.datatype) == ("", None)
                assert metric.alias is not None
                assert metric.timestamp_ms is not None
                assert story.begun_ms <= metric.timestamp_ms <= story.ended_ms


@covers(
    "operational-behavior-data-publish-nbirth-change operational-behavior-data-publish-dbirth-change principles-rbe-recommended",
    "operational-behavior-data-publish-nbirth-order operational-behavior-data-publish-dbirth-order",
)
def test_only_changes_are_published_in_the_order_of_time(story: Story) -> None:
    assert (
        len([1 for _, topic, _ in story.sent("DDATA") if topic.device == "M2"]) == 2
    )  # a template, and a load after rebirth
    for kind in ("NBIRTH", "DBIRTH", "NDATA", "DDATA"):
        for _, _, payload in story.sent(kind):
            stamps = [m.timestamp_ms or 0 for m in payload.metrics]
            assert stamps == sorted(stamps)


@covers(
    "topics-nbirth-metrics topics-dbirth-metrics topics-nbirth-metric-reqs topics-dbirth-metric-reqs payloads-name-requirement",
    "operational-behavior-data-publish-nbirth operational-behavior-data-publish-dbirth payloads-metric-datatype-req",
    "operational-behavior-data-publish-nbirth-values operational-behavior-data-publish-dbirth-values payloads-metric-datatype-value",
    "payloads-alias-birth-requirement payloads-alias-uniqueness payloads-metric-datatype-value-type payloads-metric-propertyvalue-type-req",
)
def test_births_name_every_metric_with_its_type_and_value(story: Story) -> None:
    aliases: dict[int, tuple[str, str]] = {}
    published: set[int] = set()
    for _, topic, payload in story.by_edge():
        if topic.kind in ("NBIRTH", "DBIRTH"):
            for metric in payload.metrics:
                assert metric.name
                assert metric.datatype in DataType._value2member_map_
                assert (metric.value is None) == metric.is_null
                assert all(p.datatype for p in metric.properties)
                if metric.alias is not None:
                    assert aliases.setdefault(metric.alias, (topic.device, metric.name)) == (topic.device, metric.name)
                else:
                    assert metric.name in ("bdSeq", "Node Control/Rebirth")
        elif topic.kind in ("NDATA", "DDATA"):
            published |= {m.alias or 0 for m in payload.metrics}
    assert published <= set(aliases)
    last = [p for _, topic, p in story.sent("DBIRTH") if topic.device == "M1"][-1]
    assert {m.name: m.value for m in last.metrics}["Parts"] == 74


@covers(
    "topics-nbirth-templates payloads-template-definition-nbirth payloads-template-definition-nbirth-only",
    "payloads-template-definition-is-definition payloads-template-definition-ref payloads-template-definition-members",
    "payloads-template-definition-parameters payloads-template-definition-parameters-default payloads-template-instance-is-definition",
    "payloads-template-instance-ref payloads-template-instance-members payloads-template-instance-members-birth",
    "payloads-template-instance-members-data payloads-template-instance-parameters payloads-template-is-definition",
    "payloads-template-is-definition-definition payloads-template-is-definition-instance payloads-template-ref-definition",
    "payloads-template-ref-instance payloads-template-version payloads-template-parameter-name-required",
    "payloads-template-parameter-type-req",
)
def test_templates_are_defined_in_the_node_birth_alone(story: Story) -> None:
    for _, topic, payload in story.by_edge():
        for metric in payload.metrics:
            if not isinstance(metric.value, Template):
                continue
            value = metric.value
            if topic.kind == "NBIRTH":
                assert (value.is_definition, value.ref) == (True, "")
                assert [(p.name, p.datatype) for p in value.parameters] == [("kind", 12), ("axes", 3)]
            else:
                assert (value.is_definition, value.ref, value.version) == (False, "Plate", "1")
                names = [member.name for member in value.members]
                assert set(names) <= {"maker", "year"}
                assert topic.kind != "DBIRTH" or names == ["maker", "year"] or value.members[0].value == 2021
                assert {p.name for p in value.parameters} <= {"kind", "axes"}
    assert any(isinstance(m.value, Template) for _, _, p in story.sent("DDATA") for m in p.metrics)


@covers(
    "topics-ddeath-topic topics-ddeath-mqtt payloads-ddeath-timestamp operational-behavior-device-ddeath",
    "operational-behavior-edge-node-termination-host-action-ddeath-devices-offline",
)
def test_a_lost_device_is_told(story: Story) -> None:
    ((packet, topic, payload),) = story.sent("DDEATH")
    assert topic == Topic(GROUP, "DDEATH", NODE, "M2")
    assert (packet.qos, packet.retain) == (0, False)
    died = next(h for h in story.heard if h.what == "died" and h.device == "M2")
    assert died.at_ms == payload.timestamp_ms


@covers(
    "operational-behavior-edge-node-intentional-disconnect-ndeath operational-behavior-edge-node-intentional-disconnect-packet",
    "payloads-ndeath-will-message-publisher payloads-ndeath-will-message-publisher-disconnect-mqtt50",
    "operational-behavior-edge-node-termination-host-offline message-flow-edge-node-birth-publish-phid-offline",
)
def test_an_edge_that_leaves_says_so(story: Story) -> None:
    leaving = [p for p in story.packets if p.client == EDGE_CLIENT and p.kind == "DISCONNECT"]
    assert leaving
    for packet in leaving:
        assert packet.reason == 4
        before = [p for p in story.packets if p.connection == packet.connection and p.n < packet.n][-1]
        if before.kind != "PUBLISH":
            continue  # never born in that session: there is nothing to bury
        assert before.topic == f"spBv1.0/{GROUP}/NDEATH/{NODE}"
        assert decode(before.payload).seq is None
    last_state = story.states()[-1]
    assert not json.loads(last_state.payload)["online"]
    assert any(p.n > last_state.n for p in leaving)


# the host application


@covers(
    "host-topic-phid-death-required host-topic-phid-death-topic host-topic-phid-death-qos host-topic-phid-death-retain",
    "host-topic-phid-death-payload host-topic-phid-death-payload-timestamp-connect payloads-state-will-message",
    "payloads-state-will-message-payload payloads-state-will-message-qos payloads-state-will-message-retain",
    "operational-behavior-host-application-connect-will operational-behavior-host-application-connect-will-payload",
    "operational-behavior-host-application-connect-will-qos operational-behavior-host-application-connect-will-retained",
    "operational-behavior-host-application-connect-will-topic operational-behavior-host-application-death-payload",
    "operational-behavior-host-application-death-qos operational-behavior-host-application-death-retained",
    "operational-behavior-host-application-death-topic",
)
def test_the_host_connects_with_its_death(story: Story) -> None:
    (packet,) = story.connects(HOST)
    assert (packet.topic, packet.qos, packet.retain) == (f"spBv1.0/STATE/{HOST}", 1, True)
    said = json.loads(packet.payload)
    assert set(said) == {"online", "timestamp"}
    assert said["online"] is False
    assert story.begun_ms <= said["timestamp"] <= story.ended_ms


@covers(
    "components-ph-state conformance-primary-host intro-sparkplug-host-state host-topic-phid-birth-message host-topic-phid-birth-payload",
    "host-topic-phid-birth-payload-timestamp host-topic-phid-birth-qos host-topic-phid-birth-required host-topic-phid-birth-retain",
    "host-topic-phid-birth-sub-required host-topic-phid-birth-topic message-flow-phid-sparkplug-state-publish",
    "message-flow-phid-sparkplug-state-publish-payload message-flow-phid-sparkplug-state-publish-payload-timestamp",
    "message-flow-phid-sparkplug-subscription operational-behavior-host-application-connect-birth",
    "operational-behavior-host-application-connect-birth-payload operational-behavior-host-application-connect-birth-qos",
    "operational-behavior-host-application-connect-birth-retained operational-behavior-host-application-connect-birth-topic",
    "payloads-state-birth payloads-state-birth-payload payloads-state-subscribe",
)
def test_the_hosts_first_message_is_its_birth_after_its_subscriptions(story: Story) -> None:
    (connect,) = story.connects(HOST)
    mine = [p for p in story.packets if p.connection == connect.connection]
    assert [p.kind for p in mine[:4]] == ["CONNECT", "SUBSCRIBE", "SUBSCRIBE", "PUBLISH"]
    assert {topic for p in mine for topic, _ in p.topics} == {f"spBv1.0/STATE/{HOST}", "spBv1.0/#"}
    birth = mine[3]
    assert (birth.topic, birth.qos, birth.retain) == (f"spBv1.0/STATE/{HOST}", 1, True)
    assert json.loads(birth.payload) == {"online": True, "timestamp": json.loads(connect.payload)["timestamp"]}


@covers(
    "operational-behavior-host-application-termination operational-behavior-host-application-disconnect-intentional",
    "host-topic-phid-death-payload-timestamp-disconnect-clean",
    "host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet",
)
def test_a_host_that_leaves_says_so(story: Story) -> None:
    (leaving,) = [p for p in story.packets if p.client == HOST and p.kind == "DISCONNECT"]
    mine = [p for p in story.packets if p.client == HOST and p.n < leaving.n and p.kind == "PUBLISH"]
    said = json.loads(mine[-1].payload)
    connected = json.loads(story.connects(HOST)[0].payload)["timestamp"]
    assert said["online"] is False
    assert connected < said["timestamp"] <= story.ended_ms
    assert (mine[-1].qos, mine[-1].retain) == (1, True)


@covers("message-flow-hid-sparkplug-state-message-delivered")
def test_a_host_that_is_called_dead_speaks_up(story: Story) -> None:
    births = [p for p in story.packets if p.client == HOST and "/STATE/" in p.topic and b"true" in p.payload]
    assert len(births) >= 2


@covers(
    "topics-ncmd-topic topics-ncmd-mqtt topics-ncmd-timestamp topics-ncmd-payload payloads-ncmd-qos payloads-ncmd-retain",
    "payloads-ncmd-seq payloads-ncmd-timestamp topics-dcmd-topic topics-dcmd-mqtt topics-dcmd-timestamp topics-dcmd-payload",
    "payloads-dcmd-qos payloads-dcmd-retain payloads-dcmd-seq payloads-dcmd-timestamp payloads-name-cmd-requirement",
    "operational-behavior-data-commands-ncmd-verb operational-behavior-data-commands-dcmd-verb",
    "operational-behavior-data-commands-ncmd-metric-name operational-behavior-data-commands-dcmd-metric-name",
    "operational-behavior-data-commands-ncmd-metric-value operational-behavior-data-commands-dcmd-metric-value",
)
def test_commands_go_without_sequence_number_and_arrive(story: Story) -> None:
    for kind, device in (("NCMD", ""), ("DCMD", "M1")):
        assert story.sent(kind)
        for packet, topic, payload in story.sent(kind):
            assert topic.device == device
            assert (packet.qos, packet.retain, payload.seq) == (0, False, None)
            assert payload.timestamp_ms is not None
            assert payload.metrics
    written = {(c.device, m.name): m.value for c in story.obeyed for m in c.metrics}
    assert written["M1", "Offset"] == 0.02
    assert written["", "Shift"] == 7


@covers(
    "operational-behavior-data-commands-ncmd-rebirth-name operational-behavior-data-commands-ncmd-rebirth-value",
    "operational-behavior-data-commands-ncmd-rebirth-verb",
)
def test_a_rebirth_request_is_a_node_command(story: Story) -> None:
    asked = [p for _, _, p in story.sent("NCMD") if p.metric("Node Control/Rebirth")]
    assert asked
    assert all(m.value is True for p in asked for m in p.metrics)


@covers(
    "operational-behavior-edge-node-termination-host-action-ndeath-node-offline",
    "operational-behavior-edge-node-termination-host-action-ndeath-devices-offline",
)
def test_a_lost_edge_takes_its_devices_with_it(story: Story) -> None:
    died = [h for h in story.heard if h.what == "died"]
    at = next(n for n, h in enumerate(died) if not h.device)
    assert {h.device for h in died[at : at + 3]} == {"", "M1", "M2"}
