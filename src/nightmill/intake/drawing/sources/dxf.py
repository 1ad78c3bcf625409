"""Read a DXF into a page: texts with AutoCAD codes, frames from TOLERANCE entities, dimensions, blocks, strokes.

The drawing is scaled so that its normal text has the height it would have on paper; positions are returned in drawing units.
"""

import io
import itertools
import math
import re
import statistics
from collections.abc import Iterator
from typing import Any

from nightmill.intake.drawing.grammar.title_block import label_of
from nightmill.intake.drawing.page import Letter, Page, Point, Stroke
from nightmill.intake.drawing.sources.pdf import missing, unreadable
from nightmill.intake.drawing.symbols import GDT_LETTERS, is_gdt_font, plain
from nightmill.vocabulary.errors import BadInput, Finding

CAP = 0.72  # height of capitals over letter size
NARROW, WIDE = "iljtfrI1.,:;'|!()[] -", "mwMWÄÖÜ@%⌀□⌖ⓂⓁ"
USUAL_TEXT_MM = 3.5
MOST_ENTITIES, DEEPEST_BLOCK = 60_000, 5
FLAT = 0.02
_END, _PADDING = b"EOF", b" \t\r\n\x1a\x00"
"""The last line of a DXF; if it is missing, the remaining entities, including callouts, may be lost."""
_INCHES = 1


def wide_of(text: str) -> float:
    """Return the width of a text in units of the font size, for a common sans serif."""
    return sum(0.34 if each in NARROW else 0.82 if each in WIDE else 0.6 for each in plain(text))


class _Text:
    """A line of text: the left end of its baseline, cap height and angle, in drawing units."""

    def __init__(self, text: str, x: float, y: float, height: float, angle: float) -> None:
        self.text, self.x, self.y, self.height, self.angle = text, x, y, height, angle


def read_dxf(data: bytes) -> list[Page]:
    """Return the model space of a DXF, or its first sheet if that has the text; raises ``BadInput`` if it isn't a DXF."""
    try:
        import ezdxf
        from ezdxf import recover
    except ImportError as error:
        raise missing("ezdxf") from error
    if data.startswith(b"AutoCAD Binary DXF"):
        raise BadInput(Finding("drawing", "DXF", "a binary DXF", "an ASCII DXF", "Save it as ASCII DXF."))
    if b"ENTITIES" not in data:
        raise unreadable("DXF", "no section of entities")
    if data.rstrip(_PADDING)[-len(_END) :] != _END:
        raise unreadable("DXF", "cut off: it doesn't end with EOF")
    try:
        document, _ = recover.read(io.BytesIO(data))
        found = [_gathered(document, document.modelspace())]
        found += [_gathered(document, sheet) for sheet in document.layouts if sheet.name != "Model"]
    except (
        ezdxf.DXFError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        UnicodeError,
        ArithmeticError,
    ) as error:
        raise unreadable("DXF", str(error)[:200] or type(error).__name__) from error
    inches = document.header.get("$INSUNITS", 0) == _INCHES
    pages = [_page(texts, strokes, inches) for texts, strokes in found if texts]
    return [_numbered(page, number) for number, page in enumerate(pages, 1)] or [_page([], found[0][1], inches)]


def _numbered(page: Page, number: int) -> Page:
    return Page(number, page.width, page.height, page.letters, page.strokes, False, True, page.scale, page.inches)


def _gathered(document: Any, space: Any) -> tuple[list[_Text], list[list[Point]]]:
    texts: list[_Text] = []
    strokes: list[list[Point]] = []
    for entity in itertools.islice(_flat(space), MOST_ENTITIES):
        kind = entity.dxftype()
        if kind in ("TEXT", "ATTRIB"):
            texts += _text(entity, document)
        elif kind == "MTEXT":
            texts += _mtext(entity)
        elif kind == "TOLERANCE":
            texts += _frame(entity)
        elif kind in ("MULTILEADER", "MLEADER"):
            texts += _leader(entity)
        else:
            strokes += _strokes(entity)
    return texts, strokes


def _flat(entities: Any, depth: int = 0) -> Iterator[Any]:
    """Return entities with blocks and dimensions exploded."""
    for entity in entities:
        kind = entity.dxftype()
        if kind == "INSERT" and depth < DEEPEST_BLOCK:
            yield from entity.attribs
            yield from _flat(entity.virtual_entities(), depth + 1)
        elif kind in ("DIMENSION", "ARC_DIMENSION", "LARGE_RADIAL_DIMENSION"):
            parts = list(entity.virtual_entities())
            yield from _flat(parts, depth + 1)
        elif kind not in ("ATTDEF", "VIEWPORT", "HATCH", "SOLID", "POINT", "DEFPOINTS"):
            yield entity


def _text(entity: Any, document: Any) -> list[_Text]:
    from ezdxf.enums import TextEntityAlignment as Align

    raw = str(entity.dxf.text)
    style = document.styles.get(entity.dxf.style) if document.styles.has_entry(entity.dxf.style) else None
    if style is not None and is_gdt_font(f"{style.dxf.font} {entity.dxf.style}"):
        raw = "".join(GDT_LETTERS.get(letter, letter) for letter in raw)
    if entity.dxftype() == "ATTRIB" and label_of(str(entity.dxf.tag).replace("_", " ")):
        raw = f"{str(entity.dxf.tag).replace('_', ' ')}: {raw}"
    text = re.sub(r"%%[uUoOkK]", "", raw)
    text = re.sub(r"%%(\d{3})", lambda match: chr(int(match[1])), text)
    align, first, second = entity.get_placement()
    height, angle = float(entity.dxf.height), float(entity.dxf.rotation)
    wide = wide_of(text) * height / CAP * float(entity.dxf.get("width", 1.0))
    if align in (Align.ALIGNED, Align.FIT) and second is not None:
        angle = math.degrees(math.atan2(second.y - first.y, second.x - first.x))
        return [_Text(text, first.x, first.y, height, angle)]
    name = align.name
    left = {"C": 0.5, "M": 0.5, "R": 1.0}.get(name.split("_")[-1][0], 0.0)
    down = {"TOP": 1.0, "MIDDLE": 0.5, "BOTTOM": -0.2}.get(name.split("_")[0], 0.0)
    return [_shifted(_Text(text, first.x, first.y, height, angle), -left * wide, -down * height)]


def _shifted(text: _Text, along: float, up: float) -> _Text:
    """Return a text moved along its line and up from it."""
    cos, sin = math.cos(math.radians(text.angle)), math.sin(math.radians(text.angle))
    return _Text(text.text, text.x + along * cos - up * sin, text.y + along * sin + up * cos, text.height, text.angle)


def _mtext(entity: Any) -> list[_Text]:
    height = float(entity.dxf.char_height)
    lines = list(_mtext_lines(entity.text))
    widths = [wide_of(line) * height / CAP for line in lines]
    point = int(entity.dxf.get("attachment_point", 1)) - 1
    across, down = point % 3, point // 3
    spacing = 5 / 3 * height * float(entity.dxf.get("line_spacing_factor", 1.0))
    whole = height + spacing * (len(lines) - 1)
    top = {0: 0.0, 1: whole / 2, 2: whole}[down]
    angle = float(entity.get_rotation())
    insert = entity.dxf.insert
    return [
        _shifted(_Text(line, insert.x, insert.y, height, angle), -across * wide / 2, top - height - place * spacing)
        for place, (line, wide) in enumerate(zip(lines, widths, strict=True))
        if line.strip()
    ]


def _mtext_lines(content: str) -> Iterator[str]:
    """Return the lines of an MTEXT: GD&T font characters are decoded, and stacks written as ``⟨upper|lower⟩``."""
    from ezdxf.tools.text import MTextParser, TokenType

    line = ""
    for token in MTextParser(content):
        if token.type == TokenType.WORD:
            face = token.ctx.font_face
            sign = face is not None and is_gdt_font(f"{face.family} {face.filename}")
            line += "".join(GDT_LETTERS.get(each, each) for each in token.data) if sign else token.data
        elif token.type == TokenType.STACK:
            upper, lower, kind = token.data
            line += (
                f"{upper}/{lower}" if kind == "/" and "." not in upper + lower else f"⟨{upper.strip()}|{lower.strip()}⟩"
            )
        elif token.type in (TokenType.SPACE, TokenType.NBSP, TokenType.TABULATOR):
            line += " "
        elif token.type in (TokenType.NEW_PARAGRAPH, TokenType.NEW_COLUMN):
            yield line
            line = ""
    yield line


def _frame(entity: Any) -> list[_Text]:
    """Return the rows of a TOLERANCE: cells between ``%%v``, rows between ``^J``."""
    content = str(entity.dxf.content)
    style = getattr(entity, "get_dim_style_override", None)
    height = USUAL_TEXT_MM
    if style is not None:
        height = float(style().get("dimtxt", USUAL_TEXT_MM)) or USUAL_TEXT_MM
    insert = entity.dxf.insert
    made = []
    for place, row in enumerate(re.split(r"\^J|\\P|\n", content)):
        cells = ["".join(_mtext_lines(cell)).strip() for cell in row.split("%%v")]
        while cells and not cells[-1]:
            cells.pop()
        text = "|".join(cells)
        if text:
            made.append(_Text(text, insert.x, insert.y - 2 * height * place, height, 0.0))
    return made


def _leader(entity: Any) -> list[_Text]:
    mtext = entity.context.mtext
    if mtext is None:
        return []
    lines = [line for line in _mtext_lines(str(mtext.default_content)) if line.strip()]
    height = float(entity.context.char_height or USUAL_TEXT_MM)
    x, y = mtext.insert.x, mtext.insert.y
    return [_Text(line, x, y - height - 5 / 3 * height * place, height, 0.0) for place, line in enumerate(lines)]


def _strokes(entity: Any) -> list[list[Point]]:
    from ezdxf import path

    try:
        made = path.make_path(entity)
        return [[(point.x, point.y) for point in part.flattening(FLAT, segments=4)] for part in made.sub_paths()]
    except TypeError:
        return []  # an entity without an outline


def _page(texts: list[_Text], strokes: list[list[Point]], inches: bool) -> Page:
    heights = [text.height for text in texts if text.height > 0]
    scale = statistics.median(heights) / USUAL_TEXT_MM if heights else 1.0
    letters = tuple(letter for text in texts if text.height > 0 for letter in _letters(text, scale))
    lines = tuple(
        Stroke(tuple((x / scale, -y / scale) for x, y in points), math.dist(points[0], points[-1]) < FLAT)
        for points in strokes
        if len(points) > 1
    )
    every = [point for stroke in lines for point in stroke.points] + [(each.x, each.y) for each in letters] or [
        (0.0, 0.0)
    ]
    wide = max(x for x, _ in every)
    high = max(-y for _, y in every)
    return Page(1, wide, high, letters, lines, False, True, scale, inches)


def _letters(text: _Text, scale: float) -> Iterator[Letter]:
    """Return the letters of a line, each as wide as in a common font, since DXF doesn't state the width."""
    size = text.height / CAP / scale
    angle = text.angle % 360
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    u = 0.0
    for letter in plain(text.text):
        wide = wide_of(letter) * size
        yield Letter(letter, text.x / scale + u * cos, -text.y / scale - u * sin, wide, size, angle)
        u += wide
