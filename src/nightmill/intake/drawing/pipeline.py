"""Read pages into a drawing: first boxes, next the title block, and finally the rest as callouts and notes."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from nightmill.intake.drawing.grammar import notes
from nightmill.intake.drawing.grammar.boxed_symbols import Boxed, Shape, read_boxes
from nightmill.intake.drawing.grammar.callouts import ROUGHNESS, read_callout
from nightmill.intake.drawing.grammar.symbol_shapes import name_strokes
from nightmill.intake.drawing.grammar.threads import number
from nightmill.intake.drawing.grammar.title_block import Entry, entries, label_of, like_label, scanned_label_of
from nightmill.intake.drawing.layout.circled_symbols import with_rings
from nightmill.intake.drawing.layout.ruled_cells import cells_of, ruled, touches_another
from nightmill.intake.drawing.layout.text_lines import Line, composed, lines_of
from nightmill.intake.drawing.ocr.vocabulary_check import odd_form
from nightmill.intake.drawing.page import Box, Page, Turn
from nightmill.intake.drawing.records import Asked, Drawing, Field, Place
from nightmill.intake.lexicon.order_draft import Question
from nightmill.intake.lexicon.patterns import HOSTILE

VECTOR_SURE, FLAGGED_SURE = 0.98, 0.5
INCH_MM = 25.4
ZONE_MM, ZONE_ROW_MM = 13.0, 3.0
SURE_ENOUGH = 0.9
_LOOKALIKE = re.compile(r"(?<=\d)[IlO]|[IlO](?=\d)")
_FIGURES = re.compile(r"\d{1,4}")
_WIDE_COMMA = 1.7
"""Distance, in letter heights, between two figures with a comma between them in a monospaced font."""
_HARDNESS_SCALE = re.compile(r"(\d)(HRC|HRB|HRA|HBW?|HV\d*)\b")
"""A hardness scale that the scan has joined to its value; the standards put a space in between (ISO 6506-1, 6507-1, 6508-1)."""
_ISO = re.compile(r"\bI[S5][0O](?=\s*\d)")
_HARDNESS = re.compile(
    r"(?:[<>≤≥~]|min\.?|max\.?)?\s*\d{2,4}(?:\s*(?:[-–±+/]|\.{2,3}|to|bis)\s*\d{1,4})*\s*H(?:R|B|V|K)|H(?:R|B|V|K)\w*\s*\d",
    re.I,
)
_ODD_SIGN = re.compile(r"\d[.,]?\s*[⌀↧](?<!\d\s[⌀↧])|[⌀↧]\s?(?=[.,])|\d[.,]\s+\d")
"""A sign recognised by its shape where a figure belongs, which is the only evidence that OCR has mistaken a struck 0 or
an odd 5; or a number with a gap.
"""
_MATERIAL_NUMBER = re.compile(r"[1-3]\.\d{4}(?:\.\d{2})?")
_LENGTHS = ("nominal", "lower", "upper", "depth", "tolerance")


class _Found(msgspec.Struct):
    """The results for one page."""

    asked: list[Asked]
    fields: list[Field]
    unread: list[tuple[Line, str]]
    text: list[str]


def read_pages(pages: Sequence[Page], source: str, shapes: Mapping[int, Shape] | None = None) -> Drawing:
    """Return the drawing on ``pages``; ``shapes`` recognise drawn symbols by page, otherwise their strokes are used."""
    found = [_read_page(page, (shapes or {}).get(page.number, name_strokes)) for page in pages]
    text = "\n".join(line for each in found for line in each.text)
    named = notes.INCH_UNIT.search(text) is not None or any(page.inches for page in pages)
    inches = named and notes.METRIC_UNIT.search(text) is None
    asked = [_in_mm(each) if inches else _no_material(each) for page in found for each in page.asked]
    asked = [msgspec.structs.replace(each, id=place) for place, each in enumerate(asked)]
    fields = [field for page in found for field in page.fields]
    questions = _questions(asked, fields, [each for page in found for each in page.unread], text)
    warnings = tuple(
        f"text with instructions to its reader, treated as data: {match.group()[:80]!r}"
        for match in HOSTILE.finditer(text)
    )
    return Drawing(
        source=source,  # type: ignore[arg-type]
        pages=len(pages),
        unit="inch" if inches else "mm",
        requirements=tuple(asked),
        fields=tuple(fields),
        questions=tuple(questions),
        warnings=warnings,
    )


def _read_page(page: Page, shape: Shape) -> _Found:
    page = with_rings(page)
    angles = sorted({0.0, *(90.0 * round(letter.angle / 90) % 360 for letter in page.letters)})
    rulings = {angle: ruled(page.strokes, angle) for angle in angles}
    lines = lines_of(page, [(angle, found.upright) for angle, found in rulings.items()])
    if page.scanned:
        lines = [_unsure(line) if _ODD_SIGN.search(line.text) else line for line in lines]
    result = _Found([], [], [], [line.text for line in lines])
    left: list[Line] = []
    named = scanned_label_of if page.scanned else label_of
    for angle in angles:
        own = [line for line in lines if abs(line.angle - angle) < 2]
        cells = cells_of(rulings[angle])
        titles = entries(own, cells, scanned=page.scanned)
        table = _table(titles, cells) if len(titles) > 1 else []
        outside = [cell for cell in cells if cell not in table]
        boxed = read_boxes([line for line in own if not _in(line, table)], outside, page.strokes, angle, shape)
        used = {id(line) for each in boxed for line in each.used}
        result.asked += [_boxed(each, angle, page) for each in boxed]
        titles = [entry for entry in titles if id(entry.line) not in used]
        result.fields += [_field(_whole(entry, own) if page.scanned else entry, page) for entry in titles]
        used |= {id(line) for entry in titles for line in (entry.label, entry.line)}
        for line in own:
            if id(line) in used or _in(line, table) or named(line.text):
                _from_words(line, page, result, known=any(line in (entry.line, entry.label) for entry in titles))
            else:
                left.append(line)
    left += [line for line in lines if not any(abs(line.angle - angle) < 2 for angle in angles)]
    lines = composed(_without_zones(left, page))
    for line in _doubted(lines) if page.scanned else lines:
        _read_line(line, page, result)
    result.fields = _distinct(result.fields)
    return result


def _in(line: Line, cells: Sequence[Box]) -> bool:
    return any(cell.holds(line.box.middle) for cell in cells)


def _table(titles: list[Entry], cells: list[Box]) -> list[Box]:
    """Return the cells of the title block: those with a label or its value, and all small cells joined to them."""
    small = [cell for cell in cells if cell.height < 45 and cell.width < 200]
    table = [cell for cell in small if any(cell.holds(entry.label.box.middle) for entry in titles)]
    if len(table) < 2:
        return table
    grown = True
    while grown:
        more = [cell for cell in small if cell not in table and touches_another(cell, table)]
        table += more
        grown = bool(more)
    return table


def _without_zones(lines: list[Line], page: Page) -> list[Line]:
    """Return the lines without the letters and figures that number the sheet's zones along its edge."""
    if page.scanned and page.width < 150:
        return lines

    def in_zone(line: Line) -> bool:
        x, y = line.on_page.middle
        edge = min(x, y, page.width - x, page.height - y) if not page.upwards else _edge(line, page)
        return edge < ZONE_MM and re.fullmatch(r"[A-Z]|\d{1,2}", line.text) is not None

    zones = [line for line in lines if in_zone(line)]
    known = zones if len(zones) >= 4 else [line for line in zones if _counted(line, zones)]
    doubted = zones + (_in_rows(lines) if page.scanned else [])
    return [_unsure(line) if line in doubted else line for line in lines if line not in known]


def _counted(line: Line, zones: list[Line]) -> bool:
    """Return whether another zone mark is in the same row or column as ``line``, one zone away."""
    return any(_counts(line, other) for other in zones if other is not line)


def _counts(line: Line, other: Line) -> bool:
    (x, y), (u, v) = line.on_page.middle, other.on_page.middle
    along, across = sorted((abs(u - x), abs(v - y)), reverse=True)
    steps = abs(_rank(other.text) - _rank(line.text))
    same = other.text.isdigit() == line.text.isdigit()
    return same and steps > 0 and across < ZONE_ROW_MM and along > 2 * ZONE_MM * steps


def _in_rows(lines: list[Line]) -> list[Line]:
    """Return marks that count up in a row of three or more, anywhere on the page, since a photograph shows more than the sheet itself."""
    signs = [line for line in lines if re.fullmatch(r"[A-Z]|\d{1,2}", line.text)]
    return [line for line in signs if sum(_counts(line, other) for other in signs if other is not line) > 1]


def _rank(sign: str) -> int:
    return int(sign) if sign.isdigit() else ord(sign[0])


def _doubted(lines: list[Line]) -> list[Line]:
    """Return scanned lines; a line is marked unsure if another is right beside it, or if a nearby line is unsure,
    because OCR may have cut a text in two.

    A line with an unmatched bracket is unsure too: the bracket may be a digit.
    """
    made = []
    for line in lines:
        cut = any(
            other is not line and (_abut(line, other) if other.angle == line.angle else _near(line, other))
            for other in lines
        )
        half = line.text.count("(") != line.text.count(")")
        made.append(_unsure(line) if cut or half else line)
    return made


def _whole(entry: Entry, lines: list[Line]) -> Entry:
    """Return an entry of the title block; it is marked unsure if another text is right beside it, which may be the rest of a word."""
    cut = any(other is not entry.line and _abut(entry.line, other) for other in lines)
    return msgspec.structs.replace(entry, line=_unsure(entry.line)) if cut else entry


def _unsure(line: Line) -> Line:
    return msgspec.structs.replace(line, sure=min(line.sure, FLAGGED_SURE))


def _abut(a: Line, b: Line) -> bool:
    gap = max(a.box.x0, b.box.x0) - min(a.box.x1, b.box.x1)
    shared = min(a.box.y1, b.box.y1) - max(a.box.y0, b.box.y0)
    return gap < _apart(a, b, 0.7) * max(a.size, b.size) and shared > 0.3 * min(a.box.height, b.box.height)


def _near(a: Line, b: Line) -> bool:
    first, second = a.on_page, b.on_page
    across = max(first.x0, second.x0) - min(first.x1, second.x1)
    along = max(first.y0, second.y0) - min(first.y1, second.y1)
    return max(across, along) < _apart(a, b, 1.2 if b.sure < SURE_ENOUGH else 0.5) * min(a.size, b.size)


def _apart(a: Line, b: Line, usual: float) -> float:
    """Return the largest gap allowed within one text, in letter heights; between digits it is wide, since OCR may have lost a comma."""
    figures = _FIGURES.fullmatch(a.text.strip()) and _FIGURES.fullmatch(b.text.strip())
    return _WIDE_COMMA if figures else usual


def _edge(line: Line, page: Page) -> float:
    x, y = line.on_page.middle
    return min(x, -y, page.width - x, page.height + y)


def _place(box: Box, angle: float, page: Page) -> Place:
    on_page = Turn(angle).back(box)
    y0, y1 = (-on_page.y1, -on_page.y0) if page.upwards else (on_page.y0, on_page.y1)
    values = (round(value * page.scale, 3) for value in (on_page.x0, y0, on_page.x1, y1))
    return Place(page.number, *values)


def _stands(asked: Asked, sure: float) -> float:
    return round(min(VECTOR_SURE, sure) if not asked.flags else min(FLAGGED_SURE, sure), 3)


def _flagged(asked: Asked, sure: float) -> Asked:
    """Return ``asked`` with a flag if its reading is unsure, so that the value is never asserted."""
    flags = asked.flags if sure >= SURE_ENOUGH else (*asked.flags, "the letters are hard to read")
    return msgspec.structs.replace(asked, flags=flags)


def _boxed(each: Boxed, angle: float, page: Page) -> Asked:
    asked = _flagged(each.asked, each.sure)
    place = _place(each.box, angle, page)
    return msgspec.structs.replace(asked, place=place, words=each.words, confidence=_stands(asked, each.sure))


_NO_SIZE = frozenset({"date", "hardness", "scale", "sheet"})
_STRUCK_ZERO = re.compile(r"⌀\s?(?=\d)|(?<=\d)⌀")
"""Ø where there can be no size: the font's struck zero."""
_JOINED = re.compile(r"(?<=^EN)(?=A[WC][ -]?\d{4})|(?<=^AISI)(?=\d)|(?<=\d{4})(?=[TH]\d{1,3}$)")
"""Places where OCR misses the spaces in a material name."""


def _field(entry: Entry, page: Page) -> Field:
    value = entry.value.strip()
    if page.scanned:
        value = _ISO.sub("ISO", value)
    if entry.name == "general_tolerance":
        value = notes.general_tolerance(value) or notes.general_tolerance(f"ISO {value}") or value
    if page.scanned and entry.name == "hardness":
        value = _HARDNESS_SCALE.sub(r"\1 \2", value)
    if page.scanned and entry.name in _NO_SIZE:
        value = _STRUCK_ZERO.sub("0", value)
    if page.scanned and entry.name == "material":
        value = _JOINED.sub(" ", value)
    if page.scanned and entry.name.endswith("_by"):
        value = re.sub(r"\b([A-Z])\.(?=[A-Z][a-z])", r"\1. ", value)
    flags = _sure_flags(entry.line.sure)
    if page.scanned and entry.name in ("number", "material") and _LOOKALIKE.search(value):
        flags = (*flags, "a letter beside a digit may be a digit")
    if page.scanned and (odd := odd_form(entry.name, value)):
        flags = (*flags, odd)
    if page.scanned and like_label(value):
        flags = (*flags, "this looks like a label")
    if entry.name == "hardness" and re.search(r"\d", value) and not _HARDNESS.match(value):
        flags = (*flags, "this is not a hardness")
    if entry.over and not page.upwards:
        flags = (*flags, "the text extends beyond its cell: it may be two texts")
    place = _place(entry.line.box, entry.line.angle, page)
    sure = round(min(VECTOR_SURE, entry.line.sure), 3)
    return Field(entry.name, value, place, entry.line.text, sure, flags)


def _from_words(line: Line, page: Page, result: _Found, *, known: bool) -> None:
    """Add values stated by the wording of a title-block line or a note, in addition to the labelled value."""
    place = _place(line.box, line.angle, page)
    flags = _sure_flags(line.sure)
    sure = round(min(0.95, line.sure), 3)
    general = notes.general_tolerance(line.text)
    if general:
        result.fields.append(Field("general_tolerance", general, place, line.text, sure, flags))
    for match in ROUGHNESS.finditer(line.text):
        parameter = match["p"][0] + match["p"][1:].lower()
        asked = Asked(
            0, "roughness", place, line.text, sure, parameter=parameter, roughness=number(match["n"]), flags=flags
        )
        result.asked.append(asked)
    if not known:
        for each in notes.said(line.text):
            result.fields.append(Field(each.name, each.value, place, line.text, sure, flags))


def _bare_field(name: str, value: str, line: Line, page: Page) -> Field:
    """Return a field without a label, recognised by its form."""
    flags = _sure_flags(line.sure)
    if page.scanned and (odd := odd_form(name, value)):
        flags = (*flags, odd)
    return Field(name, value, _place(line.box, line.angle, page), line.text, min(0.8, round(line.sure, 3)), flags)


def _sure_flags(sure: float) -> tuple[str, ...]:
    return () if sure >= SURE_ENOUGH else ("the letters are hard to read",)


def _read_line(line: Line, page: Page, result: _Found) -> None:
    if notes.is_silent(line.text):
        if match := re.fullmatch(r"\(?(1\s*:\s*\d+(?:\.5)?|\d+\s*:\s*1)\)?", line.text):
            result.fields.append(_bare_field("scale", match[1], line, page))
        return
    if re.fullmatch(r"\d{1,3}\s*/\s*\d{1,3}", line.text):
        result.fields.append(_bare_field("sheet", line.text, line, page))
        return
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}", line.text):
        result.fields.append(_bare_field("date", line.text, line, page))
        return
    if notes.is_note(line.text):
        _read_note(line, page, result)
        return
    before = len(result.fields)
    if notes.general_tolerance(line.text) or (notes.said(line.text) and not re.match(r"[⌀R\d(]", line.text)):
        _from_words(line, page, result, known=False)
        if len(result.fields) > before:
            return
    if re.fullmatch(r"\(?\s*[+\-±]\s*[\d.,]+\s*°?\s*\)?(?:\s*[/ ]\s*[+\-]?[\d.,]+)?\)?", line.text):
        result.unread.append((line, "a deviation without a size"))
        return
    if re.fullmatch(r"[0.,]+", line.text):
        result.unread.append((line, "a zero alone"))
        return
    read = read_callout(line.text)
    words = [word for word in read.rest if re.sub(r"[.,;:()\-]", "", word)]
    if not read.asked:
        if re.search(r"\d", line.text):
            result.unread.append((line, "this text was not understood"))
        return
    odd = tuple(f"word not understood: {word!r}" for word in words[:3])
    for each in read.asked:
        asked = msgspec.structs.replace(each, flags=(*each.flags, *odd), place=_place(line.box, line.angle, page))
        asked = _flagged(asked, line.sure)
        result.asked.append(msgspec.structs.replace(asked, words=line.text, confidence=_stands(asked, line.sure)))


def _read_note(line: Line, page: Page, result: _Found) -> None:
    before = len(result.fields) + len(result.asked)
    _from_words(line, page, result, known=False)
    edge = notes.EDGE.search(line.text)
    if edge:
        low, high = number(edge["n"]), number(edge["m"]) if edge["m"] else None
        angle = float(edge["a"]) if edge["a"] else 45.0 if edge["c"] else None
        asked = Asked(
            0, "edge", _place(line.box, line.angle, page), line.text, round(min(0.9, line.sure), 3), nominal=None if high else low,
            lower=low if high else None, upper=high, angle=angle,
        )  # fmt: skip
        result.asked.append(_flagged(asked, line.sure))
    unit = notes.INCH_UNIT.search(line.text) or notes.METRIC_UNIT.search(line.text)
    body = re.sub(r"^\d{1,2}[.)]\s+", "", line.text)
    if len(result.fields) + len(result.asked) == before and not unit and re.search(r"\d", body):
        result.unread.append((line, "this note was not understood"))


def _distinct(fields: list[Field]) -> list[Field]:
    """Return each field value once: text without a label that repeats a labelled value is dropped."""
    kept: list[Field] = []
    for field in fields:
        bare = re.sub(r"\W", "", field.value).lower()
        same = [each for each in kept if each.name == field.name]
        if not any(bare in re.sub(r"\W", "", each.value).lower() for each in same):
            kept.append(field)
    return kept


def _no_material(asked: Asked) -> Asked:
    """Return a size in mm; it is flagged if written like a material number (EN 10027-2), such as ``1.4301`` without its label."""
    if asked.kind != "length" or not _MATERIAL_NUMBER.fullmatch(asked.words):
        return asked
    return msgspec.structs.replace(
        asked,
        flags=(*asked.flags, "this may be a material number"),
        confidence=min(asked.confidence, FLAGGED_SURE),
    )


def _in_mm(asked: Asked) -> Asked:
    if asked.kind in ("angle", "roughness", "datum"):
        return asked
    names = ("depth",) if asked.kind == "thread" else _LENGTHS
    changed = {name: round(value * INCH_MM, 6) for name in names if (value := getattr(asked, name)) is not None}
    return msgspec.structs.replace(asked, **changed)


def _questions(
    asked: Sequence[Asked], fields: Sequence[Field], unread: Sequence[tuple[Line, str]], text: str
) -> list[Question]:
    found = [
        Question(f"requirement {each.id}", f"{each.words!r}: {reason}. What is required?", "ambiguous")
        for each in asked
        for reason in each.flags
    ]
    found += [
        Question(field.name, f"{field.words!r}: {reason}. What does it say?", "ambiguous")
        for field in fields
        for reason in field.flags
    ]
    found += [Question("requirement", f"{line.text!r}: {why}.", "missing") for line, why in unread]
    for name in sorted({field.name for field in fields}):
        values = sorted({re.sub(r"\s+", " ", field.value) for field in fields if field.name == name})
        if name in ("material", "general_tolerance", "revision", "hardness") and len(values) > 1:
            found.append(Question(name, f"Several values ({'; '.join(values)}): which one is valid?", "ambiguous"))
    if not any(field.name == "material" for field in fields):
        found.append(Question("material", "The drawing names no material: which one?", "missing"))
    open_sizes = any(
        each.kind in ("length", "diameter", "angle") and each.lower is None and each.upper is None and not each.modifier
        for each in asked
    )
    if open_sizes and not any(field.name == "general_tolerance" for field in fields):
        found.append(
            Question(
                "general_tolerance",
                "There are sizes without limits and no general tolerance: which tolerance applies?",
                "missing",
            )
        )
    letters = {each.text for each in asked if each.kind == "datum"}
    named = {
        letter
        for each in asked
        for datum in each.datums
        for letter in re.findall(r"[A-Z]+", re.sub(r"\(.*?\)", "", datum))
    }
    for letter in sorted(named - letters):
        found.append(
            Question(
                "datum", f"Datum {letter} is used in a frame but not marked on the drawing: where is it?", "missing"
            )
        )
    if not text.strip():
        found.append(Question("drawing", "No text was found on the drawing.", "missing"))
    return found
