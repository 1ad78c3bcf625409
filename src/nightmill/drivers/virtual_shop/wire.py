"""What goes over the world's socket: one JSON object a line each way, a question and its answer."""

import msgspec

from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import Finding


class Hello(msgspec.Struct, frozen=True, tag_field="ask", tag="hello"):
    """The first line of a connection; ``token`` from ``address.json``.

    ``fence``: the controller's fencing token, 0 where it has none. A newer one takes the place of an older controller.
    """

    token: str
    fence: int = 0


class Greet(msgspec.Struct, frozen=True, tag_field="ask", tag="greet"):
    """``Cell.greet``."""


class Submit(msgspec.Struct, frozen=True, tag_field="ask", tag="submit"):
    """``Cell.submit``; refused where a newer ``fence`` is known."""

    command: AnyCommand
    fence: int = 0


class Evidence(msgspec.Struct, frozen=True, tag_field="ask", tag="evidence"):
    """``Cell.evidence``."""

    command_id: str


class AdvanceTo(msgspec.Struct, frozen=True, tag_field="ask", tag="advance"):
    """``Cell.advance``; refused where a newer ``fence`` is known."""

    until_s: float
    acknowledged_seq: int
    fence: int = 0


class ImageOf(msgspec.Struct, frozen=True, tag_field="ask", tag="image"):
    """``Cell.image``."""

    name: str


class Shutdown(msgspec.Struct, frozen=True, tag_field="ask", tag="shutdown"):
    """End the process; the journal stays."""


Question = Hello | Greet | Submit | Evidence | AdvanceTo | ImageOf | Shutdown


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of the fields is set; all empty: done. ``image`` goes as base64; ``wrong`` is bad input, ``failed`` surroundings."""

    greeting: Greeting | None = None
    acknowledgement: Acknowledgement | None = None
    evidence: str | None = None
    advance: Advance | None = None
    image: bytes | None = None
    wrong: tuple[Finding, ...] = ()
    failed: tuple[Finding, ...] = ()


class Address(msgspec.Struct, frozen=True):
    """``address.json``: where a live world listens, and the token that opens it."""

    host: str
    port: int
    token: str
    pid: int
    boot_id: str
    place: str = ""
    """Of which folder: ``DEVICE-INODE``."""
