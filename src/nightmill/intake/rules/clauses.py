"""Split a mail's text into sentences and lines, mask spans, and turn matches into values with their position."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache

from nightmill.intake.lexicon.order_draft import Extracted

_LONGEST_CLAUSE = 1500
_SENTENCE = re.compile(
    r"\n|(?<=[\w-]{3}\d)\.(?=[ \t]+(?-i:[A-ZÄÖÜ])[^\W\d_]+)(?![ \t]+(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[kc]t|nov|de[zc]))|(?<=[^\W_]{4})[.!?](?=[ \t]+[^\W\d_]{2})(?![ \t]+(?:no|nr|num)\b)|(?<=[ \d]\d\d)\.(?=[ \t]+(?-i:[A-ZÄÖÜ][a-zäöü]{3}))(?![ \t]+(?:jan|jän|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[kc]t|nov|de[zc]|kalenderw|woche|tag|etage))|(?<=\d[.,]\d\d)\.(?=[ \t]+(?-i:[A-ZÄÖÜ][a-zäöü]{2}))|(?<=[^\W_]\))\.(?=[ \t]+(?-i:[A-Z][a-z]))|(?<=[^\W\d_]{3})(?<!stk)(?<!pcs)(?<!nos)(?<!pos)(?<!art)(?<!mat)(?<!rev)(?<!ref)(?<!dwg)(?<!drg)(?<!zng)(?<!qty)(?<!dis)(?<!des)(?<!szt)(?<!rys)(?<!min)(?<!max)(?<!tel)(?<!ing)(?<!ltd)(?<!inc)(?<!mrs)(?<!hrn)(?<!jan)(?<!feb)(?<!mar)(?<!mär)(?<!apr)(?<!jun)(?<!jul)(?<!aug)(?<!sep)(?<!oct)(?<!okt)(?<!nov)(?<!dec)(?<!dez)(?<!bzw)(?<!ggf)(?<!uds)(?<!pzs)(?<!col)(?<!ind)(?<!iss)(?<!fig)(?<!abt)(?<!ean)\.(?=[ \t]+(?-i:[A-ZÄÖÜ][a-zäöü]{2}))|[。；]|;(?=[ \t]+[^\W\d_]{2})",
    re.I,
)


def masked(body: str, spans: Iterable[Extracted], *patterns: re.Pattern[str]) -> str:
    """Return the text with ``spans`` and matches of ``patterns`` masked: their figures are not quantities."""
    places = [(span.start, span.end) for span in spans if span.end]
    places += [match.span() for pattern in patterns for match in pattern.finditer(body)]
    return blanked(body, places, "\x00")


def blanked(body: str, places: Iterable[tuple[int, int]], mark: str) -> str:
    """Return the text with every character in ``places`` replaced by ``mark``."""
    letters = list(body)
    for start, end in places:
        letters[start:end] = mark * (end - start)
    return "".join(letters)


def extracted(match: re.Match[str], group: str | int, value: str | float | int, confidence: float) -> Extracted:
    """Return a group of a match as a value with its position."""
    return Extracted(value, match.group(group), match.start(group), match.end(group), confidence)


def marks(length: int, places: Iterable[tuple[int, int]]) -> bytearray:
    """Return an array of marks for the positions of a text covered by ``places``."""
    marks = bytearray(length)
    for start, end in places:
        marks[start:end] = b"\1" * (end - start)
    return marks


def line_of(body: str, place: int) -> int:
    """Return where the line containing ``place`` starts, minus one."""
    return body.rfind("\n", 0, place)


def clause_of(body: str, place: int) -> range:
    """Return the sentence, at most a line, that contains ``place``."""
    starts, stops = _clauses(body)
    index = bisect_right(starts, place) - 1
    return range(starts[index], stops[index])


@lru_cache(maxsize=4)
def _clauses(body: str) -> tuple[list[int], list[int]]:
    """Return where the sentences of a text start and end."""
    starts, stops = [0], list[int]()
    for start, end in [*(mark.span() for mark in _SENTENCE.finditer(body)), (len(body), len(body))]:
        # Text too long for a sentence is cut, so that reading time stays limited
        while start - starts[-1] > _LONGEST_CLAUSE:
            cut = body.rfind(" ", starts[-1] + 1, starts[-1] + _LONGEST_CLAUSE)
            cut = cut if cut > 0 else starts[-1] + _LONGEST_CLAUSE
            stops.append(cut)
            starts.append(cut)
        stops.append(start)
        starts.append(end)
    return starts[:-1], stops
