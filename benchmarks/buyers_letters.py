"""Requests in the manner of real buyers, with what they ask: one a file of ``letters/``, in a dozen languages.

All were written by hand; names and firms are invented. The reader has been mended with them, so that they hold what it
can do and are no measure of what it does on others. Another letter is another file.
"""

import tomllib
from pathlib import Path

import msgspec

FOLDER = Path(__file__).with_name("letters")


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part that is asked for, and how many of it: several numbers where prices of several lots are wanted."""

    part: str
    quantities: list[int]
    material: str | None = None


class Letter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mail of 26 November 2026 and its truth."""

    text: str
    lines: list[Line] = []
    due: str | None = None
    incoterm: str | None = None
    place: str | None = None
    finishes: tuple[str, ...] = ()
    tolerances: tuple[str, ...] = ()
    price: float | None = None
    kind: str = "rfq"
    html: bool = False


def letters() -> list[Letter]:
    """All of the folder, by name. Raises ``ValueError`` with the name of a file that is none."""
    return [_letter(file) for file in sorted(FOLDER.glob("*.toml"))]


def _letter(file: Path) -> Letter:
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Letter)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{file.name}: {error}") from error
