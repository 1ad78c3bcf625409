"""Encode and decode Sparkplug B payloads: metrics with typed values (specification 3.0, chapter 6.4).

Values are plain Python: int, float, bool, str, bytes, ``DataSet``, ``Template``, ``None`` for null. A decoded payload may
have no data types and names; data messages should leave them out, since the birth certificate has them.
"""

from enum import IntEnum
from typing import Any

import msgspec

from nightmill.drivers.sparkplug.schema import payload_class
from nightmill.vocabulary.errors import BadInput, Finding

MAX_BYTES = 64 * 1024 * 1024
ROWS, ELEMENTS, STRING_VALUE = 4 << 3 | 2, 1 << 3 | 2, 6 << 3 | 2
"""Tags of ``DataSet.rows``, ``Row.elements`` and ``DataSetValue.string_value`` on the wire."""
SHORT_TEXT, LONGEST_ROW = 0x7F - 2, 1 << 14
"""A text shorter than the first limit, in bytes, needs one length byte on the wire, as does its cell; a row shorter than the second needs
two.
"""


class DataType(IntEnum):
    """Data types by their numbers in the specification."""

    INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, FLOAT, DOUBLE, BOOLEAN, STRING = range(1, 13)
    DATETIME, TEXT, UUID, DATASET, BYTES, FILE, TEMPLATE, PROPERTY_SET, PROPERTY_SET_LIST = range(13, 22)
    INT8_ARRAY, INT16_ARRAY, INT32_ARRAY, INT64_ARRAY, UINT8_ARRAY, UINT16_ARRAY, UINT32_ARRAY = range(22, 29)
    UINT64_ARRAY, FLOAT_ARRAY, DOUBLE_ARRAY, BOOLEAN_ARRAY, STRING_ARRAY, DATETIME_ARRAY = range(29, 35)


BASIC = frozenset(range(DataType.INT8, DataType.UUID + 1))
"""The data types allowed for columns, parameters and properties."""
_SIGNED: dict[int, int] = {DataType.INT8: 32, DataType.INT16: 32, DataType.INT32: 32, DataType.INT64: 64}
_RANGE = {
    DataType.INT8: (-(2**7), 2**7), DataType.INT16: (-(2**15), 2**15), DataType.INT32: (-(2**31), 2**31),
    DataType.INT64: (-(2**63), 2**63), DataType.UINT8: (0, 2**8), DataType.UINT16: (0, 2**16), DataType.UINT32: (0, 2**32),
    DataType.UINT64: (0, 2**64), DataType.DATETIME: (0, 2**64),
}  # fmt: skip
_PLAIN = frozenset({"int_value", "long_value", "float_value", "double_value", "boolean_value", "string_value"})
_TEXT = frozenset({DataType.STRING, DataType.TEXT, DataType.UUID})
_SHORT = frozenset({DataType.INT8, DataType.INT16, DataType.INT32, DataType.UINT8, DataType.UINT16, DataType.UINT32})

Basic = bool | int | float | str


class DataSet(msgspec.Struct, frozen=True):
    """A table: names and types of its columns, and rows with one value for each column."""

    columns: tuple[str, ...]
    types: tuple[int, ...]
    rows: tuple[tuple[Basic, ...], ...] = ()

    def __post_init__(self) -> None:
        if len(self.columns) != len(self.types):
            raise ValueError(f"DataSet: {len(self.columns)} columns need as many types, not {len(self.types)}")
        if not BASIC.issuperset(self.types):
            raise ValueError(f"DataSet: types {self.types} must be basic types")
        if not {len(self.columns)}.issuperset(map(len, self.rows)):
            raise ValueError(f"DataSet: each row must have {len(self.columns)} values")


class Parameter(msgspec.Struct, frozen=True):
    """A parameter of a template."""

    name: str
    datatype: int
    value: Basic | None = None


class Template(msgspec.Struct, frozen=True):
    """A definition (no ``ref``) or an instance of the definition that ``ref`` names."""

    members: "tuple[Metric, ...]"
    is_definition: bool
    ref: str = ""
    version: str = ""
    parameters: tuple[Parameter, ...] = ()

    def __post_init__(self) -> None:
        if self.is_definition == bool(self.ref):
            raise ValueError("Template: a definition has no template_ref, an instance must have one")


class Property(msgspec.Struct, frozen=True):
    """A property of a metric, such as ``engUnit`` or ``Quality``."""

    key: str
    datatype: int
    value: Basic | None

    def __post_init__(self) -> None:
        if self.key == "Quality" and (self.datatype != DataType.INT32 or self.value not in (0, 192, 500)):
            raise ValueError(f"Property Quality: {self.value} of type {self.datatype} must be 0, 192 or 500 of type 3")


Value = Basic | bytes | DataSet | Template | None


class Metric(msgspec.Struct, frozen=True):
    """One metric. Without ``datatype`` the encoding follows the type of the value; ``timestamp_ms`` in UTC since 1970."""

    name: str = ""
    value: Value = None
    datatype: int | None = None
    alias: int | None = None
    timestamp_ms: int | None = None
    is_null: bool = False
    is_historical: bool = False
    is_transient: bool = False
    properties: tuple[Property, ...] = ()


class Payload(msgspec.Struct, frozen=True):
    """The contents of an MQTT message; commands and NDEATH have no ``seq``."""

    metrics: tuple[Metric, ...]
    timestamp_ms: int | None = None
    seq: int | None = None

    def metric(self, name: str) -> Metric | None:
        """Return the metric of this name."""
        return next((metric for metric in self.metrics if metric.name == name), None)


def encode(payload: Payload, *, lean: bool = False) -> bytes:
    """Encode a payload. Raises ``ValueError`` if a value doesn't have its data type.

    ``lean``: leave out the data types of its metrics, which the birth already stated.
    """
    message = payload_class()()
    if payload.timestamp_ms is not None:
        message.timestamp = payload.timestamp_ms
    if payload.seq is not None:
        message.seq = payload.seq
    for metric in payload.metrics:
        _write_metric(message.metrics.add(), metric, lean=lean)
    return bytes(message.SerializeToString())


def decode(data: bytes, source: str = "Sparkplug") -> Payload:
    """Decode a payload. Raises ``BadInput`` if the bytes aren't a payload, or if sizes and types contradict each other."""
    from google.protobuf.message import DecodeError

    if len(data) > MAX_BYTES:
        raise _wrong(source, f"{len(data)} bytes", f"at most {MAX_BYTES}")
    message = payload_class()()
    try:
        message.ParseFromString(data)
        metrics = tuple(_read_metric(metric, 0) for metric in message.metrics)
    except (DecodeError, ValueError, RecursionError) as error:
        raise _wrong(source, str(error) or type(error).__name__, "a Sparkplug B payload") from error
    has = message.HasField
    return Payload(metrics, message.timestamp if has("timestamp") else None, message.seq if has("seq") else None)


def kind_of(value: Value) -> DataType:
    """Return the default data type of a Python value."""
    kinds: tuple[tuple[type, DataType], ...] = (
        (bool, DataType.BOOLEAN), (int, DataType.INT64), (float, DataType.DOUBLE), (str, DataType.STRING),
        (bytes, DataType.BYTES), (DataSet, DataType.DATASET), (Template, DataType.TEMPLATE),
    )  # fmt: skip
    return next((kind for python, kind in kinds if isinstance(value, python)), DataType.STRING)


def signed(value: Value, datatype: int) -> Value:
    """Return an integer from the wire, where all integers are unsigned, with the sign of its data type."""
    bits = _SIGNED.get(datatype)
    if bits and isinstance(value, int) and not isinstance(value, bool) and value >= 1 << (bits - 1):
        return value - (1 << bits)
    return value


def _write_metric(message: Any, metric: Metric, *, lean: bool = False) -> None:
    if metric.name:
        message.name = metric.name
    if metric.alias is not None:
        message.alias = metric.alias
    if metric.timestamp_ms is not None:
        message.timestamp = metric.timestamp_ms
    if metric.datatype is not None and not lean:
        message.datatype = metric.datatype
    if metric.is_historical:
        message.is_historical = True
    if metric.is_transient:
        message.is_transient = True
    for each in metric.properties:
        message.properties.keys.append(each.key)
        value = message.properties.values.add()
        value.type = each.datatype
        if each.value is None:
            value.is_null = True
        else:
            _write_basic(value, each.value, each.datatype)
    if metric.value is None or metric.is_null:
        message.is_null = True
        return
    _write_value(message, metric.value, kind_of(metric.value) if metric.datatype is None else metric.datatype)


def _write_value(message: Any, value: Value, kind: int) -> None:
    if isinstance(value, DataSet):
        table = message.dataset_value
        table.num_of_columns = len(value.columns)
        table.columns.extend(value.columns)
        table.types.extend(value.types)
        if _TEXT.issuperset(value.types) and (texts := _text_rows(value.rows)) is not None:
            table.MergeFromString(texts)
            return
        for row in value.rows:
            elements = table.rows.add().elements
            for cell, cell_kind in zip(row, value.types, strict=True):
                _write_basic(elements.add(), cell, cell_kind)
    elif isinstance(value, Template):
        made = message.template_value
        made.is_definition = value.is_definition
        if value.ref:
            made.template_ref = value.ref
        if value.version:
            made.version = value.version
        for member in value.members:
            _write_metric(made.metrics.add(), member)
        for parameter in value.parameters:
            written = made.parameters.add(name=parameter.name, type=parameter.datatype)
            if parameter.value is not None:
                _write_basic(written, parameter.value, parameter.datatype)
    elif isinstance(value, bytes):
        message.bytes_value = value
    elif value is not None:
        _write_basic(message, value, kind)


def _text_rows(rows: tuple[tuple[Basic, ...], ...]) -> bytes | None:
    """Encode the field ``rows`` of a table of short texts; ``None`` for other tables.

    All reports and commands are such tables, and they are urgent: encoding them object by object takes four times as long.
    """
    written = bytearray()
    for row in rows:
        elements = bytearray()
        for cell in row:
            if not isinstance(cell, str):
                return None
            text = cell.encode()
            size = len(text)
            if size > SHORT_TEXT:
                return None
            elements += bytes((ELEMENTS, size + 2, STRING_VALUE, size))
            elements += text
        size = len(elements)
        if size >= LONGEST_ROW:
            return None
        written += bytes((ROWS, size) if size < 0x80 else (ROWS, size & 0x7F | 0x80, size >> 7))
        written += elements
    return bytes(written)


def _write_basic(message: Any, value: Basic, kind: int) -> None:
    if kind == DataType.BOOLEAN and isinstance(value, bool):
        message.boolean_value = value
    elif kind in _TEXT and isinstance(value, str):
        message.string_value = value
    elif kind in (DataType.FLOAT, DataType.DOUBLE) and isinstance(value, int | float):
        setattr(message, "float_value" if kind == DataType.FLOAT else "double_value", float(value))
    elif kind in _RANGE and isinstance(value, int) and not isinstance(value, bool):
        low, high = _RANGE[DataType(kind)]
        if not low <= value < high:
            raise ValueError(f"{value} must be in {low}..{high - 1} for type {DataType(kind).name}")
        short = kind in _SHORT
        setattr(message, "int_value" if short else "long_value", value % (1 << (32 if short else 64)))
    else:
        raise ValueError(f"{value!r} is not of type {kind}")


def _read_metric(message: Any, depth: int) -> Metric:
    has = message.HasField
    datatype = message.datatype if has("datatype") else None
    if datatype is not None and datatype not in DataType._value2member_map_:
        raise ValueError(f"metric {message.name!r}: data type {datatype}")
    value = _read_value(message, depth)
    return Metric(
        message.name,
        value if datatype is None else signed(value, datatype),
        datatype,
        message.alias if has("alias") else None,
        message.timestamp if has("timestamp") else None,
        message.is_null,
        message.is_historical,
        message.is_transient,
        _read_properties(message) if has("properties") else (),
    )


def _read_value(message: Any, depth: int) -> Value:
    which = message.WhichOneof("value")
    if which is None or message.is_null:
        return None
    if which in _PLAIN:
        plain: Value = getattr(message, which)
        return plain
    if which == "dataset_value":
        return _read_table(message.dataset_value)
    if which == "template_value":
        if depth > 8:
            raise ValueError("templates more than 8 deep")
        made = message.template_value
        return Template(
            tuple(_read_metric(member, depth + 1) for member in made.metrics),
            made.is_definition,
            made.template_ref,
            made.version,
            tuple(Parameter(each.name, each.type, _basic(each, each.type)) for each in made.parameters),
        )
    value: Value = getattr(message, which)
    return value


def _read_table(table: Any) -> DataSet:
    if table.num_of_columns != len(table.columns):
        raise ValueError(f"{table.num_of_columns} columns announced, {len(table.columns)} named")
    types = tuple(table.types)
    if _TEXT.issuperset(
        types
    ):  # the fast path for reports and commands, which are urgent; an empty text may be a missing text
        texts = [
            tuple([cell.string_value or _cell(cell, DataType.STRING) for cell in row.elements]) for row in table.rows
        ]
        return DataSet(tuple(table.columns), types, tuple(texts))
    rows = tuple([tuple([_cell(*each) for each in zip(row.elements, types, strict=True)]) for row in table.rows])
    return DataSet(tuple(table.columns), types, rows)


def _cell(message: Any, kind: int) -> Basic:
    value = _basic(message, kind)
    if value is None:
        raise ValueError("a cell without a value")
    return value


def _basic(message: Any, kind: int) -> Basic | None:
    which = message.WhichOneof("value")
    if which is None:
        return None
    value = getattr(message, which)
    if which == "string_value":
        return str(value)
    found = signed(value, kind)
    if isinstance(found, bool | int | float):
        return found
    raise ValueError(f"{which} in place of a basic value")


def _read_properties(message: Any) -> tuple[Property, ...]:
    keys, values = message.properties.keys, message.properties.values
    if len(keys) != len(values):
        raise ValueError(f"{len(keys)} property keys and {len(values)} values")
    return tuple(
        Property(key, value.type, None if value.is_null else _basic(value, value.type))
        for key, value in zip(keys, values, strict=True)
        if value.WhichOneof("value") not in ("propertyset_value", "propertysets_value")
    )


def _wrong(source: str, found: str, expected: str) -> BadInput:
    return BadInput(Finding(source, "payload", found, expected, "Check what the other side publishes."))
