"""Tables in the text of mails: cells by the heads of their columns, wherever bars, tabs, semicolons or wide gaps part them."""

import re
from collections.abc import Iterator
from itertools import islice

import msgspec

from nightmill.intake.grades import is_grade
from nightmill.intake.labels import Told, kind_of

MOST_COLUMNS = 60
_LESS = tuple(
    re.compile(form, re.I)
    for form in (r"(?!item$|pos|drawing|dwg|drg|zeich|plan|disegno|图号|code$)", r"(?!item$|pos)", r"")
)
_APART = (re.compile(r"[|\t]"), re.compile(r";"), re.compile(r" {2,}"), re.compile(r" / "))
_GAPS = _APART[2]
_LEAST_STROKES = 3
"""Columns that strokes part: fewer are words in two languages."""
_ASKING = ("part", "drawing", "quantity", "material")
_CASE = re.compile(r"[\[(/]\s{0,2}(?:pcs|stk|stück|ea|nos|eur|usd|件)\.?\s{0,2}[\])]?$", re.I)
_COUNT_OF_LINES = re.compile(r"0{0,4}\d{1,3}|\d{1,2}\.\d{1,2}")
_NUMBER = re.compile(r"(?=.{0,24}\d)[A-Za-z0-9][\w./ -]{2,40}")


Row = list[tuple[str, int]]


class _Heads(msgspec.Struct):
    """The heads of a table: kind by column, and where in its line each head begins and ends."""

    kinds: dict[int, str]
    at: dict[int, tuple[int, int]]
    spaced: bool

    @property
    def begins(self) -> int:
        """Where in the line the first head begins."""
        return min(start for start, _ in self.at.values())

    def kind(self, row: Row, index: int, line_start: int) -> str | None:
        """The column's kind: by its place in the line where gaps part the cells and some are empty, else by its number."""
        told = [each for each, (text, _) in enumerate(row) if text]
        if not self.spaced:
            return self.kinds.get(index)
        if len(told) == len(self.at):
            return self.kinds.get(list(self.at)[told.index(index)])
        start = row[index][1] - line_start
        end = start + len(row[index][0])
        nearest = min(self.at, key=lambda each: (max(self.at[each][0] - end, start - self.at[each][1]), each))
        return self.kinds.get(nearest)


def cells(body: str) -> Iterator[Told]:
    """The cells below the heads of columns that are known; a table has two such heads, or one and bars or tabs."""
    for table in _tables(body):
        yield from _of_parts(table)


def _tables(body: str) -> Iterator[list[Told]]:
    heads: list[_Heads] = []
    found: list[Told] = []
    start = gaps = 0
    for line in body.splitlines(keepends=True):
        row = _row(line, start)
        new = _heads(line, row, start)
        rule = set(line.strip()) <= set("-=+_:| ")
        if new is not None:
            if found or not (heads and heads[-1].begins < new.begins):
                yield found
                heads, found = [], []
            heads, gaps = [*heads, new], 0
            # "Menge 1" and "je 1 Stk." over columns are no pieces
            yield [Told("position", text, at) for text, at in row if re.search(r"\d", text)]
        elif len(row) < 2 or rule:
            gaps += not (rule and line.strip())
            if gaps > 1 or not (rule or len(row) < 2) or (line.strip() and not rule):
                yield found
                heads, found = [], []
        elif heads:
            mine = heads[-1] if len(heads) > 1 and not row[0][0] else heads[0]
            for index, (text, at) in enumerate(row):
                kind = mine.kind(row, index, start) if text else None
                if kind and not (":" in text and kind_of(text.partition(":")[0])):
                    found.append(Told(kind, text, at))
        start += len(line)
    yield found


def _heads(line: str, row: Row, start: int) -> _Heads | None:
    """The heads in a line, where it is one of heads."""
    kinds = {index: kind for index, (text, _) in enumerate(row) if text and (kind := kind_of(_CASE.sub("", text)))}
    asking = sum(kind in _ASKING for kind in kinds.values())
    barred = re.search(r"[|\t]", line) is not None
    stroked = not barred and not re.search(r";|\S {2,}", line) and " / " in line
    if stroked and len(set(kinds.values())) < _LEAST_STROKES:
        return None
    second = len(row) > 2 and not row[0][0] and len(kinds) > 1
    if not asking or not (len(kinds) > 1 or (barred and len(row) > 1) or second):
        return None
    if any(index not in kinds and re.search(r"\d{3}", text) for index, (text, _) in enumerate(row)):
        return None
    at = {index: (place - start, place - start + len(text)) for index, (text, place) in enumerate(row) if text}
    return _Heads(_one_number(kinds, row), at, not (barred or stroked) and ";" not in line)


def _one_number(kinds: dict[int, str], row: Row) -> dict[int, str]:
    """Of several columns that number a part, one: its own number before its drawing's, and that before a position's."""
    parts = [index for index, kind in kinds.items() if kind in ("part", "drawing")]
    own = min(
        parts,
        key=lambda index: (_LESS.index(next(each for each in _LESS if each.match(row[index][0]))), index),
        default=-1,
    )
    one = {
        index: kind if index not in parts else ("part" if index == own else "drawing") for index, kind in kinds.items()
    }
    if "quantity" in one.values():
        return one
    return {index: "quantity" if kind == "annual" else kind for index, kind in one.items()}


def _of_parts(table: list[Told]) -> list[Told]:
    """The cells of a table; a column headed ``Material`` that holds numbers of parts, as some systems write, is one of parts.

    One headed ``Item`` beside it that counts the lines is one of positions.
    """
    named = [cell for cell in table if cell.kind == "material"]
    numbers = all(_NUMBER.fullmatch(cell.text) and not is_grade(cell.text) for cell in named)
    counted = all(_COUNT_OF_LINES.fullmatch(cell.text) for cell in table if cell.kind == "part")
    if not counted or not named or not numbers:
        return table
    kinds = {"material": "part", "part": "position"}
    return [msgspec.structs.replace(cell, kind=kinds.get(cell.kind, cell.kind)) for cell in table]


def _row(line: str, start: int) -> Row:
    """The cells of a line, each with its place in the text; edges of bars make no cells."""
    made = []
    at = 0
    text = line.rstrip("\r\n")
    apart = next((marks for marks in _APART if marks.search(text.strip())), _GAPS)
    for match in [*islice(apart.finditer(text), MOST_COLUMNS), None]:
        end = match.start() if match else len(text)
        piece = text[at:end]
        made.append((piece.strip(), start + at + len(piece) - len(piece.lstrip())))
        at = match.end() if match else end
    if text.lstrip().startswith("|"):
        made = made[1:]
    return made
