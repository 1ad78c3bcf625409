"""The message types of the Sparkplug B payload, built from the field numbers of the specification (chapter 6.4.1)."""

from functools import lru_cache
from typing import Any

OPTIONAL, REPEATED = 1, 3
DOUBLE, FLOAT, UINT64, UINT32, BOOL, STRING, BYTES, MESSAGE = 1, 2, 4, 13, 8, 9, 12, 11
_VALUES = (("int_value", UINT32), ("long_value", UINT64), ("float_value", FLOAT), ("double_value", DOUBLE), ("boolean_value", BOOL), ("string_value", STRING))  # fmt: skip
_Field = tuple[str, int, int, int, str]
"""Name, number, label, type and type name of each field of a message."""


def _oneof(first: int) -> list[_Field]:
    return [(name, first + at, OPTIONAL, kind, "") for at, (name, kind) in enumerate(_VALUES)]


MESSAGES: dict[str, list[_Field]] = {
    "DataSetValue": _oneof(1),
    "Row": [("elements", 1, REPEATED, MESSAGE, "DataSetValue")],
    "DataSet": [
        ("num_of_columns", 1, OPTIONAL, UINT64, ""),
        ("columns", 2, REPEATED, STRING, ""),
        ("types", 3, REPEATED, UINT32, ""),
        ("rows", 4, REPEATED, MESSAGE, "Row"),
    ],
    "Parameter": [("name", 1, OPTIONAL, STRING, ""), ("type", 2, OPTIONAL, UINT32, ""), *_oneof(3)],
    "Template": [
        ("version", 1, OPTIONAL, STRING, ""),
        ("metrics", 2, REPEATED, MESSAGE, "Metric"),
        ("parameters", 3, REPEATED, MESSAGE, "Parameter"),
        ("template_ref", 4, OPTIONAL, STRING, ""),
        ("is_definition", 5, OPTIONAL, BOOL, ""),
    ],
    "PropertyValue": [
        ("type", 1, OPTIONAL, UINT32, ""),
        ("is_null", 2, OPTIONAL, BOOL, ""),
        *_oneof(3),
        ("propertyset_value", 9, OPTIONAL, MESSAGE, "PropertySet"),
        ("propertysets_value", 10, OPTIONAL, MESSAGE, "PropertySetList"),
    ],
    "PropertySet": [("keys", 1, REPEATED, STRING, ""), ("values", 2, REPEATED, MESSAGE, "PropertyValue")],
    "PropertySetList": [("propertyset", 1, REPEATED, MESSAGE, "PropertySet")],
    "MetaData": [
        ("is_multi_part", 1, OPTIONAL, BOOL, ""),
        ("content_type", 2, OPTIONAL, STRING, ""),
        ("size", 3, OPTIONAL, UINT64, ""),
        ("seq", 4, OPTIONAL, UINT64, ""),
        ("file_name", 5, OPTIONAL, STRING, ""),
        ("file_type", 6, OPTIONAL, STRING, ""),
        ("md5", 7, OPTIONAL, STRING, ""),
        ("description", 8, OPTIONAL, STRING, ""),
    ],
    "Metric": [
        ("name", 1, OPTIONAL, STRING, ""),
        ("alias", 2, OPTIONAL, UINT64, ""),
        ("timestamp", 3, OPTIONAL, UINT64, ""),
        ("datatype", 4, OPTIONAL, UINT32, ""),
        ("is_historical", 5, OPTIONAL, BOOL, ""),
        ("is_transient", 6, OPTIONAL, BOOL, ""),
        ("is_null", 7, OPTIONAL, BOOL, ""),
        ("metadata", 8, OPTIONAL, MESSAGE, "MetaData"),
        ("properties", 9, OPTIONAL, MESSAGE, "PropertySet"),
        *_oneof(10),
        ("bytes_value", 16, OPTIONAL, BYTES, ""),
        ("dataset_value", 17, OPTIONAL, MESSAGE, "DataSet"),
        ("template_value", 18, OPTIONAL, MESSAGE, "Template"),
    ],
    "Payload": [
        ("timestamp", 1, OPTIONAL, UINT64, ""),
        ("metrics", 2, REPEATED, MESSAGE, "Metric"),
        ("seq", 3, OPTIONAL, UINT64, ""),
        ("uuid", 4, OPTIONAL, STRING, ""),
        ("body", 5, OPTIONAL, BYTES, ""),
    ],
}


@lru_cache(maxsize=1)
def payload_class() -> Any:
    """Return the class of ``org.eclipse.tahu.protobuf.Payload``."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(
        name="nightmill_sparkplug_b.proto", package="nightmill.sparkplug", syntax="proto2"
    )
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        alternatives = any(field.endswith("_value") for field, *_ in fields)
        if alternatives:
            message.oneof_decl.add(name="value")
        for field, number, label, kind, of in fields:
            made = message.field.add(name=field, number=number, label=label, type=kind)
            if of:
                made.type_name = f".nightmill.sparkplug.{of}"
            if alternatives and field.endswith("_value"):
                made.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("nightmill.sparkplug.Payload"))
