"""The world's journal: one JSON object per line, synced before a reply is sent; after any stop, the world is rebuilt from it.

Lines of ``event`` ``world_started``, ``command`` and ``advanced`` are inputs, from which the run is simulated again;
``booted`` and ``fence_raised`` record the processes and controllers involved.
All other lines are deeds: physical events for an independent checker. Deeds follow the input that caused them, and a
replay must produce the same deeds, byte for byte. A last line cut off by a kill or a full disk is dropped.
"""

import os
from pathlib import Path

import msgspec

from nightmill.drivers.virtual_shop.state import Deed, ProgramReading
from nightmill.vocabulary.commands import AnyCommand
from nightmill.vocabulary.durable_files import sync_folder
from nightmill.vocabulary.errors import UNREADABLE, EnvironmentFailed, Finding

FORMAT = "nightmill-world/1"


class WorldStarted(msgspec.Struct, frozen=True, tag_field="event", tag="world_started"):
    """The first line: the inputs of this run, and everything that was in the shop."""

    format: str
    seed: int
    shop_sha256: str
    truth_sha256: str
    pallets: int
    stock: dict[str, int]
    crib: dict[str, int]
    magazine: dict[str, int]


class CommandTaken(msgspec.Struct, frozen=True, tag_field="event", tag="command", omit_defaults=True):
    """A command and its answer; the text of a program is in ``programs/SHA256.ngc``, the control's reading of the program is here.

    ``followed``: carried out by real equipment or by a person, and only repeated here.
    """

    at_s: float
    command: AnyCommand
    accepted: bool
    reason: str = ""
    reading: ProgramReading | None = None
    problem: str = ""
    followed: bool = False


class Advanced(msgspec.Struct, frozen=True, tag_field="event", tag="advanced"):
    """Shop time advanced to ``to_s``."""

    to_s: float


class Booted(msgspec.Struct, frozen=True, tag_field="event", tag="booted"):
    """A new process continues the run from here; not an input."""

    boot_id: str


class FenceRaised(msgspec.Struct, frozen=True, tag_field="event", tag="fence_raised"):
    """A controller with a newer fencing token leads from here; not an input of the simulation."""

    fence: int


Input = WorldStarted | CommandTaken | Advanced | Booted | FenceRaised
Line = Input | Deed
_ENCODER = msgspec.json.Encoder()
_INPUTS = msgspec.json.Decoder(Input)
_DEEDS = msgspec.json.Decoder(Deed)
_INPUT_EVENTS = (b'"world_started"', b'"command"', b'"advanced"', b'"booted"', b'"fence_raised"')


def encode(line: Line) -> bytes:
    """Return a line without its number."""
    return _ENCODER.encode(line)


class Journal:
    """The open file, with one writer. ``lines``: those already in the file, returned once on opening."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        data = path.read_bytes()
        self._size = data.rfind(b"\n") + 1
        self.past = data[: self._size].splitlines()
        if self._size < len(data):
            os.ftruncate(self._file, self._size)
        self._count = len(self.past)
        sync_folder(path.parent)

    def append(self, lines: list[bytes]) -> None:
        """Write and sync. Raises ``OSError`` if the write fails; in that case nothing of the text is left in the file."""
        text = b"".join(b'{"n":%d,%b\n' % (self._count + n, line[1:]) for n, line in enumerate(lines, 1))
        try:
            left = memoryview(text)
            offset = self._size
            while left:
                written = os.pwrite(self._file, left, offset)
                left, offset = left[written:], offset + written
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(text)
        self._count += len(lines)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def parse(number: int, raw: bytes, path: Path) -> tuple[Input | None, bytes]:
    """Return an input (``None`` for a deed) and the line without its number. Raises ``EnvironmentFailed`` if it isn't line ``number``."""
    head = b'{"n":%d,' % number
    if not raw.startswith(head):
        raise broken(path, number, raw[:60].decode(errors="replace"), f"line number {number}")
    body = b"{" + raw[len(head) :]
    try:
        if body.startswith(b'{"event":') and body[9:].startswith(_INPUT_EVENTS):
            return _INPUTS.decode(body), body
        _DEEDS.decode(body)
    except UNREADABLE as error:
        raise broken(path, number, str(error), "a line written by the world") from error
    return None, body


def broken(path: Path, number: int, found: str, expected: str) -> EnvironmentFailed:
    """Return the error for a journal that was changed."""
    return EnvironmentFailed(
        Finding(
            str(path), f"line {number}", found, expected, "The journal was changed; restore it, or make a fresh start."
        )
    )
