"""Guess materials from unknown codes where materials are expected; each guess becomes a question.

A part without a recognised material often has a code in brackets after it, or after a preposition: ``P-331/A (B14)``, ``in JM7``.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from nightmill.intake.lexicon import patterns
from nightmill.intake.lexicon.order_draft import DraftLine, Extracted
from nightmill.intake.rules.annotations import Typed
from nightmill.intake.rules.clauses import clause_of, line_of, marks
from nightmill.intake.rules.finishes import FINISH
from nightmill.intake.rules.quantities import GUESSED

_CODE = r"(?=[^\s,;()/]{0,24}[A-Z])(?=[^\s,;()/]{0,24}\d)[A-Z0-9][A-Za-z0-9.+-]{1,16}"
_BRACKET = re.compile(rf"[ \t]?\([ \t]?(?P<code>{_CODE})(?=[ \t]?[,;)/])")
_MADE_OF = re.compile(
    rf"\b(?:in|aus|en|from|of|z|ze|di|da|de|em|av|af|van|i|out of|made of|gefertigt aus)[ \t](?P<code>{_CODE})(?=[ \t]?(?:[,;()\n.]|$))"
)
_APART = re.compile(r"[,;|\t()（），；]|[ ]{2,}|[ ][-–—•/][ ]")
_FIELD = re.compile(r"(?=.*[A-Z0-9])[A-Z0-9][\w.+/-]{1,20}(?: [\w.+/-]{1,12}){0,2}")
_NO_CODE = re.compile(
    r"(?:rev|ind|iss|ver|qty|ra|rz|ral|iso|din|en|kw|cw|wk|week|q|h|w|s|r|m|g)[-. ]?\d{1,4}|\d{1,6}(?:x|pcs|stk|st|mm|nm|kg|ea|off|k|th|st|nd|rd|h)",
    re.I,
)
"""Text that looks like a code but is a revision, a thread, a week or a number of pieces."""


def codes_of(text: Typed, lines: Sequence[DraftLine], known: Iterable[Extracted]) -> tuple[Extracted, ...]:
    """Return a guessed material for each part without one, from its sentence; values already ``known`` are excluded."""
    body = text.body
    taken = marks(len(body) + 1, [*text.roles, *((each.start, each.end) for each in (*known, *text.dates))])
    found = {each.start: each for each in _of_fields(body, tuple(lines), taken)}
    parts = {part.start for part in (_part_of(body, lines, each) for each in found.values()) if part is not None}
    for line in lines:
        if line.part is None or not line.part.end or line.material is not None or line.part.start in parts:
            continue
        clause = clause_of(body, line.part.start)
        bracket = _BRACKET.match(body, line.part.end, clause.stop)
        for match in [*([bracket] if bracket else []), *_MADE_OF.finditer(body, line.part.end, clause.stop)]:
            start, end = match.span("code")
            if any(taken[start:end]) or _NO_CODE.fullmatch(match["code"]) or patterns.NOT_PARTS.match(match["code"]):
                continue
            found[start] = Extracted(match["code"], match["code"], start, end, GUESSED)
            break
    return tuple(found.values())


def _of_fields(body: str, lines: Sequence[DraftLine], taken: bytearray) -> list[Extracted]:
    """Return the code in the field that holds the material in other parts' lines."""
    offsets: set[int] = set()
    for line in lines:
        if line.part is not None and line.part.end and line.material is not None:
            fields = _fields(body, line.part.start)
            mine, its = (_index(fields, each.start) for each in (line.part, line.material))
            if mine is not None and its is not None and mine != its:
                offsets.add(its - mine)
    found = []
    for line in lines if len(offsets) == 1 else ():
        if line.part is None or not line.part.end or line.material is not None:
            continue
        fields = _fields(body, line.part.start)
        mine = _index(fields, line.part.start)
        place = -1 if mine is None else mine + next(iter(offsets))
        if not 0 <= place < len(fields) or place == mine:
            continue
        start, end = fields[place]
        text = body[start:end]
        if _FIELD.fullmatch(text) and not any(taken[start:end]) and not FINISH.search(text):
            found.append(Extracted(text, text, start, end, GUESSED))
    return found


def _fields(body: str, place: int) -> list[tuple[int, int]]:
    """Return the fields of the line of ``place``, separated by commas, dashes, pipes, brackets and wide gaps."""
    return _fields_from(body, line_of(body, place) + 1)


@lru_cache(maxsize=4)
def _fields_from(body: str, begin: int) -> list[tuple[int, int]]:
    stop = body.find("\n", begin)
    stop = stop if stop >= 0 else len(body)
    made = []
    for match in [*_APART.finditer(body, begin, stop), None]:
        end = match.start() if match else stop
        text = body[begin:end]
        if text.strip():
            made.append((begin + len(text) - len(text.lstrip()), begin + len(text.rstrip())))
        begin = match.end() if match else stop
    return made


def _index(fields: Sequence[tuple[int, int]], place: int) -> int | None:
    return next((index for index, (start, end) in enumerate(fields) if start <= place < end), None)


def _part_of(body: str, lines: Iterable[DraftLine], item: Extracted) -> Extracted | None:
    """Return the part whose line contains a value."""
    line = line_of(body, item.start)
    return next((each.part for each in lines if each.part and line_of(body, each.part.start) == line), None)
