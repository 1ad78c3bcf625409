"""Turn TOML tables into structs, field by field, so that every wrong key is reported, not just the first."""

import tomllib
import typing
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from nightmill.formats.findings import Findings, did_you_mean
from nightmill.formats.shop.shop_toml import ID_PATTERN
from nightmill.formats.tables.csv import read_text

T = TypeVar("T", bound=msgspec.Struct)


MOST_TOML_BYTES = 2 * 1024 * 1024
"""Size limit of a handwritten file; a shop with 200 machines and 1,000 tools needs 10 % of it."""


def read_toml(path: Path, findings: Findings) -> dict[str, Any] | None:
    """Read the tables in a TOML file; return ``None``, with a finding that has line and column, if that fails."""
    text = read_text(path, findings, limit_bytes=MOST_TOML_BYTES)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        findings.add(path.name, "", str(error), "TOML text", "Correct the syntax at that line.")
        return None


def build(kind: type[T], raw: object, file: str, place: str, findings: Findings) -> T | None:
    """Build one struct from one table: every missing, unknown or wrong key becomes a finding at ``place.key``.
    Keys whose type is a struct or a tuple of structs are built the same way. Returns ``None`` if a finding was made.
    """
    before = len(findings)
    values = build_values(kind, raw, file, place, findings)
    if len(findings) > before:
        return None
    try:
        return kind(**values)
    except ValueError as error:  # each value is valid by itself
        findings.add(file, place, "values that exclude each other", str(error), "Change one of them.")
        return None


def build_values(kind: type[msgspec.Struct], raw: object, file: str, place: str, findings: Findings) -> dict[str, Any]:
    """Return the valid values among the struct's keys that are given; an invalid value is ``None`` and becomes a finding."""
    if not isinstance(raw, Mapping):
        findings.add(file, place, raw, "a table", f"Write [{place}] or [[{place}]].")
        return {}
    fields = _fields(kind)
    for key in raw:
        if key not in fields:
            remedy = did_you_mean(key, fields, "Remove it; the keys known here are " + ", ".join(fields) + ".")
            findings.add(file, _join(place, key), f"key {key!r}", "a known key", remedy)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        where = _join(place, name)
        if name in raw:
            values[name] = _value(field.type, raw[name], file, where, findings)
        elif field.required:
            findings.add(
                file, where, "nothing", expectation(field.type), f"Add {name}, for example {example(field.type)}."
            )
    return values


@cache
def _fields(kind: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """Return the keys of a table; cached for each kind, since every annotation must be evaluated."""
    return {field.name: field for field in msgspec.structs.fields(kind)}


def _value(annotation: Any, raw: object, file: str, where: str, findings: Findings) -> Any:
    inner = _bare(annotation)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        return build(inner, raw, file, where, findings)
    parts = typing.get_args(inner)
    if (
        typing.get_origin(inner) is tuple
        and parts
        and isinstance(parts[0], type)
        and issubclass(parts[0], msgspec.Struct)
    ):
        if not isinstance(raw, list):
            findings.add(file, where, raw, "a list of tables", f"Write [[{where}]].")
            return ()
        return tuple(build(parts[0], table, file, f"{where}[{n}]", findings) for n, table in enumerate(raw, 1))
    if isinstance(raw, (datetime, date, time)):
        raw = raw.isoformat()
    try:
        return msgspec.convert(raw, annotation)
    except msgspec.ValidationError as error:
        said = "" if "matching regex" in str(error) else f" ({error})"
        remedy = str(extra_of(annotation).get("remedy") or "") or f"For example {example(annotation)}.{said}"
        findings.add(file, where, raw, expectation(annotation), remedy)
        return None


def expectation(annotation: Any) -> str:
    """Return the expected value of a key, in words: kind, limits and unit."""
    schema = msgspec.json.schema(annotation)
    words = _kind_of(schema)
    number = schema.get("anyOf", [schema])[0]
    low, high = number.get("minimum"), number.get("maximum")
    if low is not None and high is not None:
        words += f" from {low:g} to {high:g}"
    unit = str(extra_of(annotation).get("unit") or "")
    return f"{words} in {unit}" if unit not in ("", "date-time") else words


def example(annotation: Any) -> str:
    """Return an example value as TOML text."""
    return as_toml(extra_of(annotation).get("example"))


def as_toml(value: object) -> str:
    """Return a plain value in TOML syntax."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return msgspec.json.encode(value).decode()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {as_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, float):
        return f"{value:g}" if value < 1e15 else repr(value)
    return str(value)


def extra_of(annotation: Any) -> dict[str, Any]:
    """Return the unit, example and remedy attached to a key's type."""
    found: dict[str, Any] = {}
    for meta in getattr(annotation, "__metadata__", ()):
        found.update(getattr(meta, "extra", None) or {})
    return found


_FORMS = {
    ID_PATTERN: "1 to 64 characters (letters from A to Z, digits, _ . -), of which the first is a letter or a digit",
    "^[A-Z]{3}$": "three capital letters",
    "^[A-Z]{2}$": "two capital letters",
}
"""Patterns of keys, described in words."""


def _kind_of(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(str(item) for item in schema["enum"])
    if "pattern" in schema:
        return _FORMS.get(schema["pattern"], f"text that matches {schema['pattern']}")
    if "anyOf" in schema:
        return _kind_of(schema["anyOf"][0])
    if schema.get("type") == "array" and "prefixItems" in schema:
        items = schema["prefixItems"]
        return f"{len(items)} numbers from {items[0].get('minimum', 0):g} to {items[0].get('maximum', 0):g}"
    if schema.get("type") == "array":
        return "a list, each " + _kind_of(schema.get("items", {}))
    names = {
        "string": "text",
        "number": "a number",
        "integer": "a whole number",
        "boolean": "true or false",
        "object": "a table",
    }
    return names.get(str(schema.get("type")), "a value")


def _bare(annotation: Any) -> Any:
    return typing.get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
