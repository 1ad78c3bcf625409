"""What is written straight to the wire is what the libraries would write."""

import gmqtt
import pytest
from gmqtt.mqtt.package import PublishPacket

from nightmill.drivers.sparkplug.edge import Message
from nightmill.drivers.sparkplug.payload import DataSet, DataType, Metric, Payload, decode, encode
from nightmill.drivers.sparkplug.schema import payload_class
from nightmill.drivers.sparkplug.session import plain_publish


@pytest.mark.parametrize("sizes", [(0, 0), (1, 62), (59, 60), (60, 60), (125, 125), (126, 1), (128, 300)])
def test_tables_of_texts_are_the_bytes_that_the_library_makes(sizes: tuple[int, int]) -> None:
    """Written straight to the wire where texts are short, by protobuf's own objects where one is long."""
    rows = (("é" * (sizes[0] // 2), "x" * sizes[1]), ("x" * sizes[0], "y"), ("", "y" * sizes[1]))
    payload = Payload((Metric("Report", DataSet(("name", "value"), (DataType.STRING, DataType.TEXT), rows)),), 5)
    message = payload_class()()
    message.timestamp = 5
    metric = message.metrics.add(name="Report")
    table = metric.dataset_value
    table.num_of_columns = 2
    table.columns.extend(("name", "value"))
    table.types.extend((int(DataType.STRING), int(DataType.TEXT)))
    for row in rows:
        elements = table.rows.add().elements
        for cell in row:
            elements.add(string_value=cell)
    assert encode(payload) == message.SerializeToString()
    assert decode(encode(payload)).metrics[0].value == payload.metrics[0].value


def test_a_cell_that_is_no_text_is_refused_in_a_table_of_texts() -> None:
    table = DataSet(("name", "value"), (DataType.STRING, DataType.STRING), (("a", 1),))
    with pytest.raises(ValueError, match="1 is not of type 12"):
        encode(Payload((Metric("Report", table),)))


@pytest.mark.parametrize(
    ("topic", "size", "retain"),
    [("a", 0, False), ("spBv1.0/ü/DCMD/m", 90, True), ("b/c", 123, False), ("b/c", 16384, False), ("b/c", 70000, True)],
)
def test_a_plain_publish_is_the_packet_that_gmqtt_makes(topic: str, size: int, retain: bool) -> None:
    message = Message(topic, b"x" * size, retain=retain)

    class Five:
        proto_ver = 5

    theirs = gmqtt.Message(topic, message.payload, qos=0, retain=retain)
    assert plain_publish(message) == bytes(PublishPacket.build_package(theirs, Five())[1])
