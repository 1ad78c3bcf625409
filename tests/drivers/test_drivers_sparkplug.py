"""Sparkplug B without a socket: payloads, ids, what an edge node refuses, what a host makes of gaps and deaths; and the count of assertions."""

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sparkplug_trace import covers

from nightmill.drivers.sparkplug.edge import EdgeNode, Message
from nightmill.drivers.sparkplug.host import HostApplication
from nightmill.drivers.sparkplug.payload import (
    DataSet,
    DataType,
    Metric,
    Parameter,
    Payload,
    Property,
    Template,
    Value,
    decode,
    encode,
)
from nightmill.drivers.sparkplug.schema import payload_class
from nightmill.drivers.sparkplug.topic import Topic, read_topic
from nightmill.vocabulary.errors import BadInput

FLOOR = Path(os.environ.get("NIGHTMILL_FLOOR_DATA", "/nowhere"))
NOT_OURS = {
    "conformance-mqtt-": "of MQTT servers; Nightmill brings none of its own",
    "-311": "of MQTT 3.1.1; Nightmill speaks MQTT 5",
    "mqtt311": "of MQTT 3.1.1; Nightmill speaks MQTT 5",
    "operational-behavior-host-application-host-id": "of the plant's naming, which no single host can see",
    "unique-edge-node-descriptor": "of the plant's naming, which no single node can see",
    "intro-edge-node-id-uniqueness": "of the plant's naming, which no single node can see",
    "payloads-nbirth-edge-node-descriptor": "of the plant's naming, which no single node can see",
    "multiple-servers-state": "of a host with several servers; Nightmill's host uses one",
    "host-application-multi-server-timestamp": "of a host with several servers; Nightmill's host uses one",
}
NOW = [1000]


def _edge(**options: object) -> EdgeNode:
    edge = EdgeNode("G", "E", now_ms=lambda: NOW[0], metrics=(Metric("a", 1, DataType.INT32),), **options)  # type: ignore[arg-type]
    edge.add_device("D", (Metric("x", 1.0, DataType.DOUBLE), Metric("y", None, DataType.STRING)))
    return edge


def _host(edge: EdgeNode, reorder_ms: int = 100) -> HostApplication:
    host = HostApplication("H", reorder_ms=reorder_ms)
    edge.will()
    for message in edge.births():
        host.receive(message.topic, message.payload, 1000)
    return host


# payloads

VALUES: list[tuple[DataType, Value]] = [
    (DataType.INT8, -128), (DataType.INT16, -1), (DataType.INT32, -(2**31)), (DataType.INT64, -(2**63)), (DataType.UINT8, 255),
    (DataType.UINT16, 65535), (DataType.UINT32, 2**32 - 1), (DataType.UINT64, 2**64 - 1), (DataType.FLOAT, 1.5), (DataType.DOUBLE, -2.25),
    (DataType.BOOLEAN, False), (DataType.STRING, "Ø12"), (DataType.DATETIME, 1_700_000_000_000), (DataType.TEXT, ""), (DataType.UUID, "u"),
    (DataType.BYTES, b"\x00\xff"), (DataType.DOUBLE, None),
    (DataType.DATASET, DataSet(("n", "v"), (DataType.STRING, DataType.INT32), (("a", -1), ("b", 2)))),
    (DataType.TEMPLATE, Template((Metric("m", -3, DataType.INT16),), False, "Ref", "2", (Parameter("p", DataType.INT32, -4),))),
]  # fmt: skip


@covers(
    "payloads-metric-datatype-value-type payloads-dataset-column-size payloads-dataset-types-def payloads-dataset-types-type",
    "payloads-dataset-types-value payloads-dataset-parameter-type-req payloads-template-dataset-value payloads-template-parameter-value",
    "payloads-template-parameter-name-type payloads-template-parameter-type-value payloads-template-parameter-value-type",
    "payloads-metric-propertyvalue-type-type payloads-metric-propertyvalue-type-value",
)
@pytest.mark.parametrize(("datatype", "value"), VALUES, ids=lambda each: getattr(each, "name", ""))
def test_a_value_survives_the_way_there_and_back(datatype: DataType, value: Value) -> None:
    metric = Metric(
        "m", value, datatype, 7, 1234, is_null=value is None, properties=(Property("engUnit", DataType.STRING, "mm"),)
    )
    payload = Payload((metric,), 99, 5)
    assert decode(encode(payload)) == payload
    wire = payload_class().FromString(encode(payload)).metrics[0]
    assert wire.datatype == int(datatype)
    if isinstance(value, DataSet):
        assert wire.dataset_value.num_of_columns == 2
        assert list(wire.dataset_value.types) == [12, 3]


def test_a_table_of_texts_is_told_as_it_came() -> None:
    table = DataSet(("n", "v"), (DataType.STRING, DataType.TEXT), (("a", "Ø12"), ("", "")))
    assert decode(encode(Payload((Metric("m", table, DataType.DATASET),)))).metrics[0].value == table
    with pytest.raises(ValueError, match="7 is not of type"):
        encode(Payload((Metric("m", DataSet(("n",), (DataType.STRING,), ((7,),)), DataType.DATASET),)))
    message = payload_class()()
    wire = message.metrics.add().dataset_value
    wire.num_of_columns, wire.columns[:], wire.types[:] = 1, ["n"], [int(DataType.STRING)]
    cell = wire.rows.add().elements.add(long_value=5)  # another kind than its column says
    assert decode(message.SerializeToString()).metrics[0].value == DataSet(("n",), (12,), ((5,),))
    cell.Clear()
    with pytest.raises(BadInput, match="a cell without a value"):
        decode(message.SerializeToString())
    cell.string_value = "a"
    wire.rows[0].elements.add(string_value="b")
    with pytest.raises(BadInput, match="each row must have 1 values"):
        decode(message.SerializeToString())


def test_numbers_of_the_fields_are_those_of_the_specification() -> None:
    """Bytes written by hand: timestamp 1 → field 1, metric name "a" → 2.1, int_value 5 → 2.10, seq 3 → 3."""
    raw = bytes([0x08, 0x01, 0x12, 0x05, 0x0A, 0x01, 0x61, 0x50, 0x05, 0x18, 0x03])
    assert decode(raw) == Payload((Metric("a", 5),), 1, 3)


@covers(
    "payloads-dataset-column-num-headers payloads-dataset-types-num payloads-propertyset-keys-array-size",
    "payloads-propertyset-values-array-size payloads-propertyset-quality-value-type payloads-propertyset-quality-value-value",
)
def test_what_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="as many"):
        DataSet(("a",), (3, 3))
    with pytest.raises(ValueError, match="Quality"):
        Property("Quality", DataType.INT32, 7)
    with pytest.raises(ValueError, match="Quality"):
        Property("Quality", DataType.INT64, 192)
    with pytest.raises(ValueError, match="template_ref"):
        Template((), True, "ref")
    with pytest.raises(ValueError, match="300"):
        encode(Payload((Metric("m", 300, DataType.INT8),)))
    message = payload_class()()
    table = message.metrics.add().dataset_value
    table.num_of_columns = 2
    table.columns.append("a")
    with pytest.raises(BadInput, match="2 columns"):
        decode(message.SerializeToString())
    message = payload_class()()
    message.metrics.add().properties.keys.append("k")
    with pytest.raises(BadInput, match="1 property keys and 0 values"):
        decode(message.SerializeToString())
    with pytest.raises(BadInput, match="payload"):
        decode(b"\xff\xff\xff")


@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoder(data: bytes) -> None:
    try:
        payload = decode(data)
    except BadInput:
        return
    assert isinstance(payload, Payload)


# ids and topics


@covers(
    "intro-device-id-chars intro-device-id-string intro-edge-node-id-chars intro-edge-node-id-string intro-group-id-chars",
    "intro-group-id-string topic-structure-namespace-valid-device-id topic-structure-namespace-valid-edge-node-id",
    "topic-structure-namespace-valid-group-id",
)
@pytest.mark.parametrize("bad", ["", "a/b", "a+b", "a#", "a\0", "\ud800"])
def test_ids_that_topics_cannot_carry_are_refused(bad: str) -> None:
    for make in (
        lambda: Topic(bad, "NDATA", "E"),
        lambda: Topic("G", "NDATA", bad),
        lambda: _edge().add_device(bad, ()),
    ):
        with pytest.raises(BadInput):
            make()
    assert read_topic("spBv1.0/G/NDATA/E/D") is None
    assert read_topic("spBv1.0/G/DDATA/E") is None
    assert Topic("G ä", "DDATA", "E", "D").text() == "spBv1.0/G ä/DDATA/E/D"


@covers(
    "case-sensitivity-metric-names case-sensitivity-sparkplug-ids topic-structure-namespace-unique-device-id",
    "topic-structure-namespace-duplicate-device-id-across-edge-node",
)
def test_names_differ_by_more_than_case() -> None:
    edge = _edge()
    with pytest.raises(BadInput, match="twice"):
        edge.add_device("d", ())
    with pytest.raises(BadInput, match="twice"):
        edge.add_device("D2", (Metric("A", 1), Metric("a", 1)))
    other = EdgeNode("G", "E2", now_ms=lambda: 0)
    other.add_device("D", ())


# edge node


def test_what_was_not_born_is_not_published() -> None:
    edge = _edge()
    with pytest.raises(BadInput, match="before a birth"):
        edge.node_data({"a": 2})
    edge.will()
    edge.births()
    with pytest.raises(BadInput, match="isn't in the birth certificate"):
        edge.device_data("D", {"z": 1.0})
    assert edge.device_data("D", {"x": 1.0}) is None
    assert edge.device_data("D", {"x": 2.0}) is not None


@covers(
    "message-flow-edge-node-birth-publish-phid-wait-timestamp operational-behavior-edge-node-termination-host-offline-timestamp",
)
def test_an_old_state_message_moves_nothing() -> None:
    edge = _edge(primary_host="H")
    edge.will()

    def state(online: bool, stamp: int, host: str = "H") -> str:
        return edge.hear_state(f"spBv1.0/STATE/{host}", json.dumps({"online": online, "timestamp": stamp}).encode())

    with pytest.raises(BadInput, match="primary host"):
        edge.births()
    assert state(True, 100, "other") == ""
    assert edge.hear_state("spBv1.0/STATE/H", b'{"online": "yes", "timestamp": 1}') == ""
    assert state(True, 100) == "be born"
    edge.births()
    assert state(False, 99) == ""
    assert state(True, 101) == ""
    assert state(False, 101) == "leave"
    edge.last_words()
    assert state(True, 50) == ""
    assert state(True, 101) == "be born"


def test_the_number_of_the_session_wraps_after_255() -> None:
    edge = _edge(bd_seq=254)
    numbers = [decode(edge.will().payload).metrics[0].value for _ in range(3)]
    assert numbers == [255, 0, 1]


@covers(
    "operational-behavior-edge-node-termination-host-offline-reconnect",
    "operational-behavior-primary-application-state-with-multiple-servers-single-server",
    "operational-behavior-primary-application-state-with-multiple-servers-walk",
)
def test_an_edge_whose_host_leaves_walks_to_the_next_server() -> None:
    import asyncio

    from nightmill.drivers.sparkplug import session as module

    made: list[tuple[str, str]] = []

    class _Fake:
        open = 0

        def __init__(self, host: str, port: int, client_id: str, hear: object, tls: object = None) -> None:
            self.host, self.lost = host, asyncio.Event()

        async def connect(self, will: Message) -> None:
            _Fake.open += 1
            assert _Fake.open == 1
            made.append((self.host, "connect"))

        async def subscribe(self, topics: object) -> None:
            made.append((self.host, "subscribe"))

        def publish(self, message: Message) -> None:
            made.append((self.host, message.topic.split("/")[2]))

        async def leave(self, *, with_will: bool) -> None:
            _Fake.open -= 1
            made.append((self.host, f"leave {with_will}"))
            self.lost.set()

    async def live() -> None:
        edge = _edge(primary_host="H")
        real, module.MqttSession = module.MqttSession, _Fake  # type: ignore[misc,assignment]
        try:
            session = module.EdgeSession(edge, [("one", 1), ("two", 2)], lambda command: None)
            await session.start()
            session._hear("spBv1.0/STATE/H", b'{"online": true, "timestamp": 5}')
            session._hear("spBv1.0/STATE/H", b'{"online": false, "timestamp": 6}')
            for _ in range(2000):
                await asyncio.sleep(0.005)
                if ("two", "subscribe") in made:
                    break
            await session.stop()
        finally:
            module.MqttSession = real  # type: ignore[misc]

    asyncio.run(live())
    assert made[:7] == [
        ("one", "connect"), ("one", "subscribe"), ("one", "NBIRTH"), ("one", "DBIRTH"), ("one", "NDEATH"), ("one", "leave True"),
        ("two", "connect"),
    ]  # fmt: skip


# host application


@covers(
    "operational-behavior-host-reordering-param operational-behavior-host-reordering-start",
    "operational-behavior-host-reordering-success",
)
def test_messages_out_of_order_are_put_in_order() -> None:
    edge = _edge()
    host = _host(edge)
    data = [edge.device_data("D", {"x": float(n)}) for n in range(10, 14)]
    seen: list[object] = []
    for at in (1, 2, 0, 3):
        message = data[at]
        assert message is not None
        heard, out = host.receive(message.topic, message.payload, 1010)
        assert out == []
        seen += [each.values["x"] for each in heard]
    assert seen == [10.0, 11.0, 12.0, 13.0]
    assert host.tick(5000) == ([], [])


@covers("operational-behavior-host-reordering-rebirth")
def test_a_gap_that_stays_asks_for_rebirth() -> None:
    edge = _edge()
    host = _host(edge)
    lost, after = edge.device_data("D", {"x": 5.0}), edge.device_data("D", {"x": 6.0})
    assert lost is not None
    assert after is not None
    assert host.receive(after.topic, after.payload, 1010) == ([], [])
    assert host.tick(1050) == ([], [])
    heard, (asked,) = host.tick(1110)
    assert [each.what for each in heard] == ["gap"]
    assert asked.topic == "spBv1.0/G/NCMD/E"
    command = edge.hear_command(asked.topic, asked.payload)
    assert command is not None
    assert edge.wants_rebirth(command)
    for message in edge.births():
        host.receive(message.topic, message.payload, 1120)
    body = host.body("G", "E", "D")
    assert body is not None
    assert body.metrics["x"].value == 6.0


@covers(
    "operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale",
    "operational-behavior-edge-node-termination-host-action-ndeath-devices-tags-stale",
    "operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale",
)
def test_what_the_dead_said_is_stale() -> None:
    edge = _edge()
    host = _host(edge)
    node, device = host.body("G", "E"), host.body("G", "E", "D")
    assert node is not None
    assert device is not None
    NOW[0] = 1500
    dead = edge.device_death("D")
    host.receive(dead.topic, dead.payload, 2000)
    assert (node.online, device.online) == (True, False)
    assert all(known.stale and known.timestamp_ms == 1500 for known in device.metrics.values())
    last = edge.last_words()
    host.receive(last.topic, last.payload, 3000)
    assert (node.online, device.online) == (False, False)
    assert all(known.stale and known.timestamp_ms == 3000 for known in node.metrics.values())
    NOW[0] = 1000


def test_the_death_of_an_earlier_session_says_nothing() -> None:
    edge = _edge()
    old = edge.will()
    host = _host(edge)
    assert host.receive(old.topic, old.payload, 2000) == ([], [])
    body = host.body("G", "E")
    assert body is not None
    assert body.online


def test_data_of_a_node_that_was_never_born_asks_for_its_birth_once() -> None:
    edge = _edge()
    edge.will()
    edge.births()
    host = HostApplication("H")
    first, second = edge.node_data({"a": 5}), edge.node_data({"a": 6})
    assert first is not None
    assert second is not None
    assert [m.topic for m in host.receive(first.topic, first.payload, 0)[1]] == ["spBv1.0/G/NCMD/E"]
    assert host.receive(second.topic, second.payload, 10) == ([], [])


# the count


def _covered() -> set[str]:
    found: set[str] = set()
    for path in (Path(__file__), Path(__file__).with_name("test_drivers_sparkplug_wire.py")):
        for block in re.findall(r"@covers\((.*?)\)\n", path.read_text(encoding="utf-8"), re.DOTALL):
            found |= {word for text in re.findall(r'"([^"]*)"', block) for word in text.split()}
    return found


@pytest.mark.skipif(
    not (FLOOR / "sparkplug").is_dir(), reason="NIGHTMILL_FLOOR_DATA names no folder with the assertions"
)
def test_every_assertion_that_applies_is_covered() -> None:
    listed = {
        each["id"].removeprefix("tck-id-")
        for each in json.loads((FLOOR / "sparkplug" / "assertions.json").read_text(encoding="utf-8"))
    }
    covered = _covered()
    assert covered <= listed, sorted(covered - listed)
    not_ours = {name for name in listed if any(part in name for part in NOT_OURS)} - covered
    missing = listed - covered - not_ours
    print(f"{len(listed)} assertions: {len(covered)} covered, {len(not_ours)} not ours, {len(missing)} open")  # noqa: T201
    assert not missing, sorted(missing)
