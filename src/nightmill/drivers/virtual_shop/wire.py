"""The messages on the world's socket: each request and each answer is one JSON object on one line."""

import msgspec

from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import Finding


class Hello(msgspec.Struct, frozen=True, tag_field="ask", tag="hello"):
    """The first line of a connection; ``token`` is the one in ``address.json``.

    ``fence``: the controller's fencing token, 0 if it has none. A controller with a newer token replaces an older controller.
    """

    token: str
    fence: int = 0


class Greet(msgspec.Struct, frozen=True, tag_field="ask", tag="greet"):
    """``Cell.greet``."""


class Submit(msgspec.Struct, frozen=True, tag_field="ask", tag="submit"):
    """``Cell.submit``; refused if a newer ``fence`` is known. ``followed``: real equipment or a person has carried it out already."""

    command: AnyCommand
    fence: int = 0
    followed: bool = False


class Evidence(msgspec.Struct, frozen=True, tag_field="ask", tag="evidence"):
    """``Cell.evidence``."""

    command_id: str


class AdvanceTo(msgspec.Struct, frozen=True, tag_field="ask", tag="advance"):
    """``Cell.advance``; refused if a newer ``fence`` is known."""

    until_s: float
    acknowledged_seq: int
    fence: int = 0


class ImageOf(msgspec.Struct, frozen=True, tag_field="ask", tag="image"):
    """``Cell.image``."""

    name: str


class Shutdown(msgspec.Struct, frozen=True, tag_field="ask", tag="shutdown"):
    """Stop the process; the journal stays."""


Question = Hello | Greet | Submit | Evidence | AdvanceTo | ImageOf | Shutdown


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer: at most one of the fields is set; if none is set, the request is done. ``image`` is in base64; ``wrong`` is bad input,
    ``failed`` a failed environment.
    """

    greeting: Greeting | None = None
    acknowledgement: Acknowledgement | None = None
    evidence: str | None = None
    advance: Advance | None = None
    image: bytes | None = None
    wrong: tuple[Finding, ...] = ()
    failed: tuple[Finding, ...] = ()


class Address(msgspec.Struct, frozen=True):
    """``address.json``: where a running world listens, and its access token."""

    host: str
    port: int
    token: str
    pid: int
    boot_id: str
    place: str = ""
    """The folder to which it belongs, as ``DEVICE-INODE``."""
