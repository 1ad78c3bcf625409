"""SHDR, the line format between an MTConnect adapter and an agent (MTConnect Standard part 5.0, appendix of agents).

``time|key|value|key|value…``; a condition has five values, a message two, a time series three; sets hold
``name=value`` pairs; an asset may span lines between two ``--multiline--TAG``; ``*`` begins a command of the adapter.
The device model determines the kind of each key, so the parser gets it through ``KeyKind``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from nightmill.vocabulary.errors import BadInput, Finding

KeyKind = Literal["value", "condition", "message", "time_series", "data_set", "table"]
WIDTH: dict[KeyKind, int] = {"value": 1, "condition": 5, "message": 2, "time_series": 3, "data_set": 1, "table": 1}
MAX_LINE, MAX_ASSET = 1_000_000, 8_000_000

Cells = dict[str, str]
Entries = dict[str, "str | Cells | None"]
"""The value of a key in a data set or a table; ``None`` removes the key."""


class Reading(msgspec.Struct, frozen=True):
    """An observation in a line. ``fields``: as many texts as its kind has; ``entries``: the entries of a set or table."""

    time: str
    key: str
    fields: tuple[str, ...]
    entries: Entries | None = None
    reset: str = ""
    duration: str = ""


class AssetChange(msgspec.Struct, frozen=True):
    """A change of assets. ``action``: ``put``, ``remove`` (one asset) or ``remove_all`` (of a type); ``body``: the asset's XML."""

    time: str
    action: Literal["put", "remove", "remove_all"]
    asset_id: str
    kind: str = ""
    body: str = ""


class AdapterCommand(msgspec.Struct, frozen=True):
    """A line ``* name: value`` in which an adapter describes itself or its device."""

    name: str
    value: str


Shdr = Reading | AssetChange | AdapterCommand

_PAIR = re.compile(
    r"""(?P<key>[^\s=|{}'"]{1,256})
    (?:=(?:'(?P<one>(?:[^'\\]|\\.)*)'(?=\s|$) | "(?P<two>(?:[^"\\]|\\.)*)"(?=\s|$) | (?P<brace>\{) | (?P<bare>(?!['"{])\S*)(?=\s|$))
    | (?=\s|$))""",
    re.VERBOSE,
)


class ShdrParser:
    """Turns lines into readings; the only state kept between lines is an unfinished multi-line asset."""

    def __init__(self, kinds: Mapping[str, KeyKind], source: str = "SHDR") -> None:
        self._kinds, self._source = kinds, source
        self._asset: AssetChange | None = None
        self._terminator = ""
        self._lines: list[str] = []
        self._size = 0

    def feed(self, line: str) -> list[Shdr]:
        """Return the contents of one line. Raises ``BadInput`` for a line that is too long, truncated or in an unknown format."""
        line = line.rstrip("\r\n")
        if len(line) > MAX_LINE:
            raise self._wrong(line, f"{len(line)} characters", f"at most {MAX_LINE}")
        if self._asset is not None:
            return self._continue(line)
        if not line.strip() or line.startswith("* PONG"):
            return []
        if line.startswith("*"):
            name, _, value = line[1:].partition(":")
            return [AdapterCommand(name.strip(), value.strip())]
        fields = _split(line)
        if len(fields) < 2:
            raise self._wrong(line, "no key", "time|key|value")
        if fields[1].startswith("@"):
            return self._asset_line(line, fields)
        return list(self._readings(line, fields))

    def _readings(self, line: str, fields: list[str]) -> Iterator[Reading]:
        time, _, duration = fields[0].partition("@")
        at = 1
        while at < len(fields):
            key = fields[at].strip()
            if not key:
                at += 1
                continue
            kind = self._kinds.get(key) or self._kinds.get(key.rpartition(":")[2]) or "value"
            width = WIDTH[kind]
            given = fields[at + 1 : at + 1 + width]
            if not given:
                raise self._wrong(line, f"nothing after {key}", f"{width} value(s)")
            if kind in ("condition", "message", "time_series"):
                given += [""] * (width - len(given))
            at += 1 + width
            if kind in ("data_set", "table"):
                yield self._set_of(line, time, key, given[0], kind, duration)
                continue
            yield Reading(time, key, tuple(value.strip() for value in given), duration=duration)

    def _set_of(self, line: str, time: str, key: str, text: str, kind: KeyKind, duration: str) -> Reading:
        if text.strip() == "UNAVAILABLE":
            return Reading(time, key, ("UNAVAILABLE",), duration=duration)
        reset = ""
        if text.startswith(":"):
            reset, _, text = text[1:].partition(" ")
        try:
            entries = parse_entries(text, nested=kind == "table")
        except ValueError as error:
            raise self._wrong(line, str(error), "name=value pairs") from error
        return Reading(time, key, (), entries, reset, duration)

    def _asset_line(self, line: str, fields: list[str]) -> list[Shdr]:
        time, action = fields[0], fields[1]
        if action == "@ASSET@" and len(fields) >= 5:
            body = "|".join(fields[4:])
            found = AssetChange(time, "put", fields[2], fields[3], body)
            if body.startswith("--multiline--"):
                self._asset, self._terminator, self._lines, self._size = found, body.strip(), [], 0
                return []
            return [found]
        if action == "@REMOVE_ASSET@" and len(fields) >= 3:
            return [AssetChange(time, "remove", fields[2])]
        if action == "@REMOVE_ALL_ASSETS@":
            return [AssetChange(time, "remove_all", "", fields[2] if len(fields) > 2 else "")]
        raise self._wrong(line, action, "@ASSET@, @REMOVE_ASSET@ or @REMOVE_ALL_ASSETS@ with their fields")

    def _continue(self, line: str) -> list[Shdr]:
        if self._asset is None:
            return []
        if line.strip() == self._terminator:
            whole = msgspec.structs.replace(self._asset, body="\n".join(self._lines))
            self._asset = None
            return [whole]
        self._size += len(line)
        if self._size > MAX_ASSET:
            self._asset = None
            raise self._wrong(line, f"an asset of more than {MAX_ASSET} characters", "a smaller one")
        self._lines.append(line)
        return []

    def _wrong(self, line: str, found: str, expected: str) -> BadInput:
        return BadInput(Finding(self._source, line[:80], found, expected, "Check what the adapter sends."))


def _split(line: str) -> list[str]:
    """Split at ``|``, except after a backslash."""
    if "\\|" not in line:
        return line.split("|")
    return [part.replace("\\|", "|") for part in re.split(r"(?<!\\)\|", line)]


def parse_entries(text: str, *, nested: bool = False) -> Entries:
    """``a=1 b='two words' c={x=1 y=2} d`` as a dict. Raises ``ValueError`` for any other format."""
    found: Entries = {}
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _PAIR.match(text, at)
        if match is None:
            raise ValueError(f"{text[at : at + 40]!r}")
        at = match.end()
        key = match["key"]
        if match["brace"]:
            end = text.find("}", at)
            if end < 0:
                raise ValueError(f"no end of {key}={{")
            inside, at = text[at:end], end + 1
            cells = {name: value if isinstance(value, str) else "" for name, value in parse_entries(inside).items()}
            found[key] = cells if nested else inside
            continue
        quoted = match["one"] if match["one"] is not None else match["two"]
        if quoted is not None:
            found[key] = re.sub(r"\\(.)", r"\1", quoted)
        else:
            found[key] = match["bare"] or None
    return found


def format_entries(entries: Mapping[str, str]) -> str:
    """``name='value'`` pairs, which ``parse_entries`` reads back unchanged."""
    return " ".join(f"{key}='{_quoted(value)}'" for key, value in entries.items())


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def format_line(time: str, pairs: Mapping[str, str | tuple[str, ...]]) -> str:
    """One SHDR line, with ``|`` inside a value escaped."""
    cells = [time]
    for key, value in pairs.items():
        values = (value,) if isinstance(value, str) else value
        cells += [key, *(text.replace("|", "\\|").replace("\n", " ") for text in values)]
    return "|".join(cells)
