"""Read tables in the text of mails: cells by their column headings, separated by pipes, tabs, semicolons or wide gaps."""

import re
from collections.abc import Iterator
from itertools import islice, pairwise

import msgspec

from nightmill.intake.lexicon.labels import Told, kind_of
from nightmill.intake.lexicon.material_grades import is_grade

MOST_COLUMNS = 60
_LESS = tuple(
    re.compile(form, re.I)
    for form in (r"(?!item$|pos|drawing|dwg|drg|zeich|plan|disegno|图号|code$)", r"(?!item$|pos)", r"")
)
_APART = (re.compile(r"[|\t]"), re.compile(r";"), re.compile(r" {2,}"), re.compile(r" / "))
_GAPS = _APART[2]
_COMMAS = re.compile(r"(?:\"[^\"\n]{0,200}\")?[,，]")
_LEAST_COMMAS = 4
"""Fewest columns separated by commas: with fewer, the text is prose."""
_LEAST_STROKES = 3
"""Fewest columns separated by slashes: with fewer, the text is one term in two languages."""
_ASKING = ("part", "drawing", "quantity", "material")
_CASE = re.compile(r"[\[(/]\s{0,2}(?:pcs|stk|stück|ea|nos|eur|usd|件)\.?\s{0,2}[\])]?$", re.I)
_COUNT_OF_LINES = re.compile(r"0{0,4}\d{1,3}|\d{1,2}\.\d{1,2}")
_NUMBER = re.compile(r"(?=.{0,24}\d)[A-Za-z0-9][\w./ -]{2,40}")
_LOT = re.compile(r"(?:lot|los|lotto|lote|batch|release|call-?off|abruf)s?(?: ?(?:size|qty))?", re.I)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_PART_OF_ROW = re.compile(
    r"(?=[^\s]{0,24}\d)(?=[^\s]{0,24}(?:[A-Za-z]|\d[-/.]\d))(?!\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$|[\d.,]{1,12}\s?[a-z]{1,4}$|[MGR]\d{1,3}(?:x|$))[A-Za-z0-9][\w./-]{3,30}"
)
_PIECES_OF_ROW = re.compile(
    r"(?!(?:19|20)\d\d$)[1-9]\d{0,5}(?:\s?(?:pcs?|st(?:k|ck)?|ea|off|nos|pz|szt|ks|uds?|db|kpl|x|件)\.?)?", re.I
)


Row = list[tuple[str, int]]


class _Heads(msgspec.Struct):
    """The headings of a table: kind by column, and where in the line each heading starts and ends."""

    kinds: dict[int, str]
    at: dict[int, tuple[int, int]]
    spaced: bool
    narrow: bool = False
    """Whether some headings are separated by a single space."""
    marks: re.Pattern[str] | None = None
    """The separator of the cells in all lines, if it can't be seen in the heading line alone."""

    @property
    def begins(self) -> int:
        """Return where in the line the first heading starts."""
        return min(start for start, _ in self.at.values())

    def cut(self, cell: tuple[str, int], line_start: int) -> Row:
        """Split a cell at a space before the place of another heading."""
        text, at = cell
        begins = [start + line_start - at for start, _ in self.at.values()]
        ends = [0, *(each for each in sorted(begins) if 0 < each < len(text) and text[each - 1] == " "), len(text)]
        return [(text[a:b].rstrip(), at + a) for a, b in pairwise(ends)]

    def kind(self, row: Row, index: int, line_start: int) -> str | None:
        """Return the column's kind: by its place in the line if gaps separate the cells and some are empty, else by its number."""
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
    """Yield the cells below known column headings; a table has two such headings, or one heading and pipes or tabs."""
    headed = False
    for table in _tables(body):
        headed |= any(cell.kind == "part" for cell in table)
        yield from _of_parts(table)
    if not headed:
        yield from _unheaded(body)


def _unheaded(body: str) -> Iterator[Told]:
    """Return part numbers and quantities from at least two successive lines without headings, each with one part number
    and one whole number.
    """
    start = 0
    block: list[tuple[Told, Told]] = []
    counted: list[int] = []
    for line in [*body.splitlines(keepends=True), ""]:
        row = [(text, at) for text, at in _row(line, start) if text]
        pair = _pair(row) if len(row) > 1 else None
        if pair is not None:
            block.append(pair)
        elif line.strip() or not line:
            counted = [int(number.text) for _, number in block if number.text.isdigit()]
            if len(block) > 1 and counted != list(
                range(counted[0] if counted else 0, (counted[0] if counted else 0) + len(block))
            ):
                yield from (cell for two in block for cell in two)
            block = []
        start += len(line)


def _pair(row: Row) -> tuple[Told, Told] | None:
    """Return the part number in a line of cells, and its only whole number; a running line number is not a count of pieces."""
    if (
        _COUNT_OF_LINES.fullmatch(row[0][0].rstrip(".)"))
        and len(row) > _LEAST_STROKES - 1
        and _PART_OF_ROW.fullmatch(row[1][0])
    ):
        row = row[1:]
    parts = [cell for cell in row if _PART_OF_ROW.fullmatch(cell[0]) and not is_grade(cell[0])]
    numbers = [cell for cell in row if _PIECES_OF_ROW.fullmatch(cell[0])]
    if not parts or len(numbers) != 1 or parts[0] is numbers[0]:
        return None
    return Told("part", *parts[0]), Told("quantity", *numbers[0])


def _tables(body: str) -> Iterator[list[Told]]:
    heads: list[_Heads] = []
    found: list[Told] = []
    start = gaps = 0
    for line in body.splitlines(keepends=True):
        row = _row(line, start, heads[-1].marks if heads else None)
        new = _heads(line, row, start)
        if new is None and heads and heads[-1].narrow:
            row = _words(row, heads[-1]) or [piece for cell in row for piece in heads[-1].cut(cell, start)]
        rule = set(line.strip()) <= set("-=+_:| ")
        if new is not None:
            if found or not (heads and heads[-1].begins < new.begins):
                yield found
                heads, found = [], []
            heads, gaps = [*heads, new], 0
            # "Menge 1" and "je 1 Stk." over columns are not pieces
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
                if kind and text != "-" and not (":" in text and kind_of(text.partition(":")[0])):
                    found.append(Told(kind, text, at))
        start += len(line)
    yield found


def _words(row: Row, heads: _Heads) -> Row:
    """Split a line into one cell per word, if its words are separated by single spaces and are as many as the headings, or one fewer."""
    if len(row) != 1:
        return []
    text, at = row[0]
    words = [(match[0], at + match.start()) for match in re.finditer(r"\S+", text)]
    if len(words) == len(heads.at) - 1:
        words.append(("-", at + len(text)))  # the last cell is empty
    return words if len(words) == len(heads.at) > _LEAST_STROKES else []


def _heads(line: str, row: Row, start: int) -> _Heads | None:
    """Return the headings if the line is a heading line."""
    if len(row) < 2 and len(_COMMAS.findall(line)) + 1 >= _LEAST_COMMAS:
        parted = _row(line, start, _COMMAS)
        named = {index: kind for index, (text, _) in enumerate(parted) if (kind := kind_of(text))}
        if (
            len(named) + 1 >= len(parted)
            and not re.search(r"\d{2}", line)
            and {"part", "drawing"} & set(named.values())
        ):
            at = {index: (place - start, place - start + len(text)) for index, (text, place) in enumerate(parted)}
            return _Heads(_one_number(named, parted), at, spaced=False, marks=_COMMAS)
    wide, row = len(row), _parted_heads(row)
    kinds = {index: kind for index, (text, _) in enumerate(row) if text and (kind := kind_of(_CASE.sub("", text)))}
    asking = sum(kind in _ASKING for kind in kinds.values())
    barred = re.search(r"[|\t]", line) is not None
    stroked = not barred and not re.search(r";|\S {2,}", line) and " / " in line
    if stroked and len(set(kinds.values())) < _LEAST_STROKES:
        return None
    if len(row) == 2 and len(kinds) == 1 and 0 in kinds and re.search(r"\d", row[1][0]):
        return None  # a label and its value
    second = len(row) > 2 and not row[0][0] and len(kinds) > 1
    if not asking or not (len(kinds) > 1 or (barred and len(row) > 1) or second):
        return None
    if any(index not in kinds and re.search(r"\d{3}", text) for index, (text, _) in enumerate(row)):
        return None
    at = {index: (place - start, place - start + len(text)) for index, (text, place) in enumerate(row) if text}
    return _Heads(_one_number(kinds, row), at, not (barred or stroked) and ";" not in line, narrow=len(row) > wide)


def _parted_heads(row: Row) -> Row:
    """Split headings of one word each, separated by single spaces: ``LN QTY UOM ITEM``."""
    made: Row = []
    for text, at in row:
        heads = [(match[0], at + match.start()) for match in re.finditer(r"\S+", text)]
        several = (
            len(heads) > 1
            and kind_of(text) is None
            and (text.isupper() or (len(heads) > _LEAST_STROKES and _CHINESE.search(text) is not None))
            and all(kind_of(head) for head, _ in heads)
        )
        made += heads if several else [(text, at)]
    return made


def _one_number(kinds: dict[int, str], row: Row) -> dict[int, str]:
    """Keep one of several columns with numbers for a part: preferably part number, next drawing number, last position."""
    parts = [index for index, kind in kinds.items() if kind in ("part", "drawing")]
    own = min(
        parts,
        key=lambda index: (_LESS.index(next(each for each in _LESS if each.match(row[index][0]))), index),
        default=-1,
    )
    one = {
        index: kind if index not in parts else ("part" if index == own else "drawing") for index, kind in kinds.items()
    }
    lots = [index for index, kind in one.items() if kind == "position" and _LOT.fullmatch(row[index][0].strip())]
    if "annual" in one.values() and len(lots) == 1 and "quantity" not in one.values():
        return one | {lots[0]: "quantity"}
    if "quantity" in one.values():
        return one
    return {index: "yearly" if kind == "annual" else kind for index, kind in one.items()}


def _of_parts(table: list[Told]) -> list[Told]:
    """Return the cells of a table; a column headed ``Material`` that holds part numbers, as some systems write, counts
    as parts.

    A column headed ``Item`` beside it that counts the lines holds positions. If no column holds parts, a column of references beside
    pieces counts as parts: in a purchasing system, ``Your ref`` is the seller's number for the part.
    """
    counted = all(_COUNT_OF_LINES.fullmatch(cell.text) for cell in table if cell.kind == "part")
    if not counted:
        return table
    named = [cell for cell in table if cell.kind == "material"]
    references = [cell for cell in table if cell.kind == "reference"]
    told = {cell.kind for cell in table}
    if named and all(_NUMBER.fullmatch(cell.text) and not is_grade(cell.text) for cell in named):
        kinds = {"material": "part", "part": "position"}
    elif (
        references
        and "quantity" in told
        and "drawing" not in told
        and all(_PART_OF_ROW.fullmatch(cell.text) and not is_grade(cell.text) for cell in references)
    ):
        kinds = {"reference": "part", "part": "position"}
    else:
        return table
    return [msgspec.structs.replace(cell, kind=kinds.get(cell.kind, cell.kind)) for cell in table]


def _row(line: str, start: int, marks: re.Pattern[str] | None = None) -> Row:
    """Return the cells of a line, each with its place in the text, separated by ``marks`` or by the line's own separator; outer pipes make
    no cells.
    """
    made = []
    at = 0
    text = line.rstrip("\r\n")
    apart = marks or next((each for each in _APART if each.search(text.strip())), _GAPS)
    for match in [*islice(apart.finditer(text), MOST_COLUMNS), None]:
        end = (match.end() - 1 if marks else match.start()) if match else len(text)
        piece = text[at:end]
        made.append((piece.strip(' \t"'), start + at + len(piece) - len(piece.lstrip(' \t"'))))
        at = match.end() if match else end
    if text.lstrip().startswith("|"):
        made = made[1:]
    return made
