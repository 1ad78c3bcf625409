"""Requests written like those of real buyers, with their expected contents: one file each in ``letters/``, in a dozen languages.

All were written by hand; names and firms are invented. The reader was improved with these letters, so they guard
against regressions but don't measure how well it reads other mails. To add a letter, add a file.
"""

import tomllib
from pathlib import Path

import msgspec

FOLDER = Path(__file__).with_name("letters")


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A requested part and its quantity; several quantities if prices for several lots are wanted."""

    part: str
    quantities: list[int]
    material: str | None = None


class Letter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mail of 26 November 2026 with its expected contents."""

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
    """Return all letters in the folder by name. Raises ``ValueError`` with the name of a file that isn't a letter."""
    return [_letter(file) for file in sorted(FOLDER.glob("*.toml"))]


def _letter(file: Path) -> Letter:
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Letter)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{file.name}: {error}") from error
