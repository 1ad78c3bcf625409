"""Collect the mistakes in a person's files, so that all of them are reported at once."""

import difflib
from collections.abc import Iterable

from nightmill.vocabulary.errors import BadInput, Finding

MOST_SHOWN = 200


class Findings:
    """A list of findings that grows while files are read; ``raise_any`` raises an error if there are any."""

    def __init__(self) -> None:
        self._items: list[Finding] = []

    def __len__(self) -> int:
        return len(self._items)

    def add(self, file: str, place: str, found: object, expected: str, remedy: str) -> None:
        """Note one mistake; ``found`` is shown as text, cut to 120 characters."""
        self._items.append(Finding(file, place, shown(found), expected, remedy))

    def items(self) -> tuple[Finding, ...]:
        """Everything noted so far."""
        return tuple(self._items)

    def extend(self, items: Iterable[Finding]) -> None:
        """Add findings from another check."""
        self._items.extend(items)

    def raise_any(self) -> None:
        """Raise ``BadInput`` with everything noted (the first 200 findings, and a last one with the number of the rest)."""
        if not self._items:
            return
        items = self._items[:MOST_SHOWN]
        rest = len(self._items) - len(items)
        if rest:
            items.append(
                Finding(items[-1].file, "", f"{rest} more findings", "none", "Correct those above and read again.")
            )
        raise BadInput(*items)


def shown(value: object) -> str:
    """Return a value as the person wrote it, on one line of at most 120 characters."""
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split()) or "nothing"
    return text if len(text) <= 120 else text[:117] + "..."


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that ``word`` probably means, or an empty text."""
    folded = {name.casefold(): name for name in known}
    match = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if match:
        return folded[match[0]]
    inside = [name for key, name in folded.items() if len(word) > 2 and word.casefold() in key.split("_")]
    return inside[0] if inside else ""


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """Return a remedy that suggests the nearest known word, or else ``otherwise``."""
    guess = nearest(word, known)
    return f"Did you mean {guess!r}?" if guess else otherwise
