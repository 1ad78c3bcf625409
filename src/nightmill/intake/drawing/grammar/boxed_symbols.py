"""Read the content of boxes: tolerance frames, datum letters and basic sizes, for one text angle."""

import re
from collections.abc import Callable, Sequence

import msgspec

from nightmill.intake.drawing.grammar.callouts import NOWHERE, read_callout
from nightmill.intake.drawing.grammar.feature_control_frames import frame_in_line, read_frame
from nightmill.intake.drawing.layout.ruled_cells import inside, rows_of
from nightmill.intake.drawing.layout.text_lines import Line
from nightmill.intake.drawing.page import Box, Point, Stroke
from nightmill.intake.drawing.records import Asked
from nightmill.intake.drawing.symbols import CHARACTERISTICS

Strokes = Sequence[tuple[Point, ...]]
Shape = Callable[[Box, Strokes], tuple[str, float] | None]
"""A function that identifies the symbol drawn in a cell of the rotated page, with its confidence."""

FRAME_MM = (2.4, 25.0)
DATUM_SIZES, BASIC_SIZES = 4.2, 2.9


class Boxed(msgspec.Struct, frozen=True):
    """One requirement read from boxes, with its box in the rotated page and the lines it was read from."""

    asked: Asked
    box: Box
    words: str
    used: tuple[Line, ...]
    sure: float


def read_boxes(
    lines: Sequence[Line], cells: list[Box], strokes: Sequence[Stroke], angle: float, shape: Shape
) -> list[Boxed]:
    """Return the frames, datums and basic sizes among the ``lines`` and ``cells`` at one angle."""
    held = {cell: [line for line in lines if cell.holds(line.box.middle)] for cell in cells}
    own = {cell: _own(cell, lines) for cell, lines in held.items()}
    found: list[Boxed] = []
    in_frames: set[Box] = set()
    rows = [row for row in rows_of(cells) if FRAME_MM[0] <= row[0].height <= FRAME_MM[1]]
    for row in rows:
        for start in range(len(row)):
            frame = _frame(row[start:], own, strokes, angle, shape, rows)
            if frame:
                found += frame
                in_frames |= set(row[start:])
                break
    used = {id(line) for each in found for line in each.used}
    in_rows = {cell for row in rows if len(row) > 1 for cell in row}
    for cell in cells:
        if cell not in in_frames and len(own[cell]) == 1 and id(own[cell][0]) not in used:
            single = _single(cell, own[cell][0])
            if single is not None:
                found.append(_in_row(single) if cell in in_rows else single)
                used.add(id(own[cell][0]))
    found += [each for line in lines if id(line) not in used and (each := _unboxed(line)) is not None]
    return found


def _own(cell: Box, lines: list[Line]) -> list[Line]:
    """Return the lines whose letter size fits the height of the cell; a frame around half the sheet gets none."""
    return [line for line in lines if cell.height <= 12 * line.size]


def _frame(
    row: list[Box],
    own: dict[Box, list[Line]],
    strokes: Sequence[Stroke],
    angle: float,
    shape: Shape,
    rows: list[list[Box]],
) -> list[Boxed]:
    sign, sure = _sign(row[0], own[row[0]], strokes, angle, shape)
    if sign is None:
        return _nameless(row, own)
    if len(row) > 1:
        return _frame_of(sign, sure, row[0], row[1:], own)
    beside = [
        other
        for other in rows
        if abs(other[0].x0 - row[0].x1) < 0.4 and row[0].y0 - 0.4 <= other[0].y0 and other[0].y1 <= row[0].y1 + 0.4
    ]
    return [each for other in beside for each in _frame_of(sign, sure, row[0], other, own)]


def _nameless(row: list[Box], own: dict[Box, list[Line]]) -> list[Boxed]:
    """Return a row that looks like a frame with an unreadable symbol; it becomes a question."""
    written = "".join(line.text for line in own[row[0]])
    blank = not re.sub(r"[\x00-\x1f\N{REPLACEMENT CHARACTER}\ue000-\uf8ff?]", "", written)
    misread = len(written) <= 2 and any(line.sure < 1 for line in own[row[0]])
    if not (blank or misread) or len(row) < 2:
        return []
    texts = [" ".join(line.text for line in own[cell]) for cell in row[1:]]
    zone = re.match(r"S?⌀?\s*(?:0?[.,]\d+|\d[.,]\d+)", texts[0]) is not None
    if not zone or not all(re.match(r"[A-Z]{1,2}\b", text) for text in texts[1:] if text):
        return []
    found = _frame_of("⌖", 0.3, row[0], row[1:], own)
    flag = "the symbol of this tolerance could not be read"
    return [
        msgspec.structs.replace(each, asked=msgspec.structs.replace(each.asked, characteristic="", flags=(flag,)))
        for each in found
    ]


def _sign(
    cell: Box, lines: list[Line], strokes: Sequence[Stroke], angle: float, shape: Shape
) -> tuple[str | None, float]:
    text = "".join(line.text for line in lines).strip()
    if text in CHARACTERISTICS:
        return text, min(line.sure for line in lines)
    if text in {"-", "_"}:
        return "⏤", 0.9
    if text and not (len(text) <= 2 and any(line.sure < 1 for line in lines)):
        return ("○", 0.8) if text in {"O", "0", "o"} and cell.width < 2.5 * lines[0].size else (None, 0.0)
    if cell.width > 3 * cell.height:
        return None, 0.0
    drawn = inside(strokes, cell, angle)
    named = shape(cell, drawn)
    return named if named is not None else (None, 0.0)


def _frame_of(sign: str, sure: float, first: Box, rest: list[Box], own: dict[Box, list[Line]]) -> list[Boxed]:
    texts = [" ".join(line.text for line in sorted(own[cell], key=lambda line: line.box.x0)) for cell in rest]
    while texts and not texts[-1]:
        texts.pop()
    asked = read_frame([sign, *texts])
    if asked is None:
        return []
    used = tuple(line for cell in (first, *rest) for line in own[cell])
    box = first
    for cell in rest:
        box = box.joined(cell)
    # OCR text for a symbol recognised by its shape is ignored: OCR can't read any of these symbols
    sure = min([sure, *(line.sure for cell in rest for line in own[cell])])
    return [Boxed(asked, box, "|".join((sign, *texts)), used, sure)]


def _single(cell: Box, line: Line) -> Boxed | None:
    if re.fullmatch(r"[A-Z]{1,2}", line.text):
        if max(cell.width, cell.height) <= DATUM_SIZES * line.size:
            asked = Asked(0, "datum", NOWHERE, "", 1.0, text=line.text)
            return Boxed(asked, cell, line.text, (line,), line.sure)
        return None
    tight = cell.height <= BASIC_SIZES * line.size and cell.width <= line.box.width + 2.6 * line.size
    if not tight or not re.search(r"\d", line.text):
        return None
    read = read_callout(line.text)
    if (
        len(read.asked) != 1
        or read.rest
        or read.asked[0].kind not in ("length", "diameter", "radius", "angle", "square")
    ):
        return None
    asked = msgspec.structs.replace(read.asked[0], modifier=read.asked[0].modifier or "basic")
    return Boxed(asked, cell, line.text, (line,), line.sure)


def _in_row(single: Boxed) -> Boxed:
    """Return a datum or basic size with a flag, because the box has cells beside it and may be part of a frame that wasn't understood."""
    flags = (*single.asked.flags, "one of several cells, of which the others were not understood")
    return msgspec.structs.replace(single, asked=msgspec.structs.replace(single.asked, flags=flags))


def _unboxed(line: Line) -> Boxed | None:
    asked = frame_in_line(line.text) if line.text[:1] in CHARACTERISTICS and line.text[:1] != "∠" else None
    return Boxed(asked, line.box, line.text, (line,), line.sure) if asked else None
