"""Convert reports and commands to the flat fields in which machine protocols carry them, and back: ``readings.width`` → 40.01.

One level of a dict becomes fields with a dot; characters that protocols don't allow in a key are written as ``:hex:``. The
entries of a list (``MeasurePart.tasks``, ``TreatParts.serials``) are numbered: ``tasks.0.tool``. ``None`` and empty groups are
left out, since the type's defaults restore them.
"""

import re
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from nightmill.vocabulary.commands import AnyCommand
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.reports import AnyReport

Scalar = bool | int | float | str
_OPEN = re.compile(r"[^A-Za-z0-9_-]")
_CLOSED = re.compile(r":([0-9a-f]{1,6}):")


def flatten(record: AnyReport | AnyCommand) -> dict[str, Scalar]:
    """Return all fields of a report or command, including its tag (``report`` or ``command``)."""
    found: dict[str, Scalar] = {}
    _into(found, "", msgspec.to_builtins(record))
    return found


def read_report(fields: Mapping[str, Scalar], source: str) -> AnyReport:
    """Return the report in ``fields``, as ``flatten`` wrote it; texts are read as numbers if the type requires numbers."""
    return _read(fields, _REPORTS, AnyReport, source)


def read_command(fields: Mapping[str, Scalar], source: str) -> AnyCommand:
    """Return the command in ``fields``, as ``flatten`` wrote it."""
    return _read(fields, _COMMANDS, AnyCommand, source)


def _into(found: dict[str, Scalar], prefix: str, value: Any) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            name = _OPEN.sub(lambda match: f":{ord(match[0]):x}:", str(key))
            _into(found, f"{prefix}.{name}" if prefix else name, each)
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            _into(found, f"{prefix}.{number}", each)
    elif value is not None:
        found[prefix] = value


def _read(fields: Mapping[str, Scalar], kinds: Mapping[str, Any], any_kind: Any, source: str) -> Any:
    nested: dict[str, Any] = {}
    for name, value in fields.items():
        words = name.split(".")
        if ":" in name:
            words = [_CLOSED.sub(_character, word) for word in words]
        place = nested
        for word in words[:-1]:
            place = place.setdefault(word, {})
            if not isinstance(place, dict):
                raise _wrong(source, name, "a field that is both a value and a group")
        if isinstance(place.get(words[-1]), dict):
            raise _wrong(source, name, "a field that is both a value and a group")
        place[words[-1]] = value
    for group in ("tool_minutes", "tool_edges", "offsets_mm", "signals", "readings"):
        if nested.get("report") in _GROUPS.get(group, ()):
            nested.setdefault(group, {})
    for name in ("tasks", "serials"):
        if name in nested or (name == "tasks" and nested.get("command") == "measure_part"):
            each = nested.get(name, {})
            nested[name] = [each[key] for key in sorted(each, key=_number)] if isinstance(each, dict) else each
    tag = nested.get("report", nested.get("command"))
    kind = kinds.get(tag, any_kind) if isinstance(tag, str) else any_kind
    try:
        return msgspec.convert(nested, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong(source, str(nested.get("report") or nested.get("command") or "?"), str(error)) from error


def _by_tag(kinds: Any) -> dict[str, Any]:
    """Return the types of a union by their tags: trying each of them would take longer than reading the fields."""
    return {kind.__struct_config__.tag: kind for kind in get_args(kinds)}


_REPORTS, _COMMANDS = _by_tag(AnyReport), _by_tag(AnyCommand)
_GROUPS: dict[str, tuple[str, ...]] = {
    "tool_minutes": ("cycle_finished", "cycle_interrupted"),
    "tool_edges": ("cycle_finished",),
    "offsets_mm": ("cycle_finished",),
    "signals": ("cycle_finished", "signals_sampled"),
    "readings": ("part_measured",),
}


def _character(match: "re.Match[str]") -> str:
    number = int(match[1], 16)
    return chr(number) if number < 0x110000 else "�"


def _number(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 9 else -1


def _wrong(source: str, place: str, found: str) -> BadInput:
    return BadInput(
        Finding(source, place, found, "the fields of a report or command", "Use the same version on both sides.")
    )
