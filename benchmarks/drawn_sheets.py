"""Drawings with exact truth: parametric parts with their callouts, laid out on sheets, as PDF, DXF or pixels.

A sheet is a list of primitives (text, lines, circles) in mm from the lower left corner; three back ends draw it. No
code is shared with the reader: the symbols are drawn from strokes defined here.
"""

import io
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from drawn_blocks import LAYOUTS
from drawn_callouts import GDT, Style, Truth, Writer, frame, hole, small
from drawn_fonts import CAP, FONTS, drawable, has_letter, pieces

GDT_FONT_LETTER = dict(zip(GDT.values(), "ucegkdabfjriht", strict=True))


@dataclass
class Sheet:
    """Primitives and truth."""

    style: Style
    texts: list[tuple[float, float, float, float, str, str]] = field(
        default_factory=list
    )  # x, y, size, angle, text, font
    lines: list[tuple[float, float, float, float, float]] = field(default_factory=list)  # x0, y0, x1, y1, width
    curves: list[tuple[float, float, float, float, float]] = field(default_factory=list)  # cx, cy, r, from, to
    truth: list[Truth] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    measure: Callable[[str, float, str], float] = lambda text, size, font: 0.62 * size * len(text)

    def text(
        self, x: float, y: float, text: str, size: float | None = None, angle: float = 0.0, font: str = ""
    ) -> float:
        size = size or self.style.height
        font = font or self.style.font
        text = drawable(text) if FONTS else text
        self.texts.append((x, y, size, angle, text, font))
        return self.measure(text, size, font)

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.25) -> None:
        self.lines.append((x0, y0, x1, y1, width))

    def box(self, x: float, y: float, w: float, h: float, width: float = 0.25) -> None:
        for a, b, c, d in ((x, y, x + w, y), (x + w, y, x + w, y + h), (x + w, y + h, x, y + h), (x, y + h, x, y)):
            self.line(a, b, c, d, width)

    def circle(self, x: float, y: float, r: float, start: float = 0.0, end: float = 360.0) -> None:
        self.curves.append((x, y, r, start, end))


SIGN_LINES: dict[str, tuple[tuple[float, ...], ...]] = {
    "⏤": ((0, 0.5, 1, 0.5),),
    "⏥": ((0, 0.2, 0.7, 0.2, 1, 0.8, 0.3, 0.8, 0, 0.2),),
    "⌭": ((0.05, 0.05, 0.38, 0.95), (0.62, 0.05, 0.95, 0.95)),
    "⌓": ((0, 0.25, 1, 0.25),),
    "∠": ((0.95, 0.75, 0.05, 0.2, 0.95, 0.2),),
    "⟂": ((0, 0.1, 1, 0.1), (0.5, 0.1, 0.5, 0.9)),
    "∥": ((0.1, 0.05, 0.5, 0.95), (0.5, 0.05, 0.9, 0.95)),
    "⌖": ((0, 0.5, 1, 0.5), (0.5, 0, 0.5, 1)),
    "⌯": ((0.25, 0.8, 0.75, 0.8), (0, 0.5, 1, 0.5), (0.25, 0.2, 0.75, 0.2)),
    "↗": ((0.15, 0.05, 0.85, 0.95), (0.45, 0.8, 0.85, 0.95, 0.8, 0.5)),
    "⌰": (
        (0, 0.05, 0.4, 0.95), (0.15, 0.7, 0.4, 0.95, 0.42, 0.55), (0.45, 0.05, 0.85, 0.95), (0.6, 0.7, 0.85, 0.95, 0.87, 0.55),
        (0, 0.05, 0.45, 0.05),
    ),
}  # fmt: skip
SIGN_ARCS: dict[str, tuple[tuple[float, float, float, float, float], ...]] = {
    "○": ((0.5, 0.5, 0.45, 0, 360),),
    "⌭": ((0.5, 0.5, 0.28, 0, 360),),
    "⌒": ((0.5, 0.15, 0.5, 0, 180),),
    "⌓": ((0.5, 0.25, 0.5, 0, 180),),
    "⌖": ((0.5, 0.5, 0.3, 0, 360),),
    "◎": ((0.5, 0.5, 0.45, 0, 360), (0.5, 0.5, 0.22, 0, 360)),
}


def draw_sign(sheet: Sheet, sign: str, x: float, y: float, h: float) -> None:
    """Draw a GD&T symbol from strokes in a square of side ``h`` whose lower left corner is (x, y)."""
    for points in SIGN_LINES.get(sign, ()):
        corners = list(zip(points[::2], points[1::2], strict=True))
        for (a, b), (c, d) in pairwise(corners):
            sheet.line(x + a * h, y + b * h, x + c * h, y + d * h, 0.3)
    for cx, cy, r, start, end in SIGN_ARCS.get(sign, ()):
        sheet.circle(x + cx * h, y + cy * h, r * h, start, end)


def put_frame(sheet: Sheet, x: float, y: float, cells: Sequence[str]) -> float:
    """Draw a frame with its lower left corner at (x, y); return its width."""
    h = sheet.style.height
    high, at = 2 * h, x
    for place, text in enumerate(cells):
        if place == 0:
            wide = high
            if sheet.style.drawn_signs or not has_letter("symbols", text):
                draw_sign(sheet, text, at + 0.5 * h, y + 0.5 * h, h)
            else:
                size = sheet.measure(text, h, "symbols")
                sheet.text(at + (wide - size) / 2, y + 0.62 * h, text, h, 0, "symbols")
        else:
            written, ring = text, ""
            if text[-1] in RINGS and not has_letter("symbols", text[-1]):
                written, ring = text[:-2], RINGS[text[-1]]
            inner = sheet.measure(written, h, sheet.style.font) + (1.9 * h if ring else 0)
            wide = max(high, inner + 1.2 * h)
            start = at + (wide - inner) / 2
            told = sheet.text(start, y + 0.62 * h, written)
            if ring:
                put_ring(sheet, start + told + 1.1 * h, y + h, ring)
        sheet.box(at, y, wide, high)
        at += wide
    return at - x


def put_ring(sheet: Sheet, x: float, y: float, letter: str) -> None:
    """Draw a circled letter around (x, y)."""
    h = 0.75 * sheet.style.height
    sheet.circle(x, y, 0.75 * sheet.style.height)
    sheet.text(x - sheet.measure(letter, h, sheet.style.font) / 2, y - h / 2, letter, h)


def put_size(sheet: Sheet, x: float, y: float, text: str, pair: tuple[str, str] | None, angle: float = 0.0) -> float:
    """Draw a size at its baseline's left end, with stacked deviations in smaller letters."""
    h = sheet.style.height
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    wide = sheet.text(x, y, text, h, angle)
    if pair:
        small_h = 0.7 * h
        for value, up in ((pair[0], 0.55 * h), (pair[1], -0.35 * h)):
            u = wide + 0.25 * h
            sheet.text(x + u * c - up * s, y + u * s + up * c, value, small_h, angle)
        wide += 0.25 * h + max(sheet.measure(value, small_h, sheet.style.font) for value in pair)
    return wide


def compose(rng: random.Random, style: Style, measure: Callable[[str, float, str], float], *, dense: int = 22) -> Sheet:
    """Return one sheet with its truth."""
    style = _depths(style)
    sheet = Sheet(style, measure=measure)
    w = Writer(rng, style)
    width, height = style.sheet
    border(sheet, rng)
    from_layout = LAYOUTS[style.layout]
    from_layout(sheet, rng)
    views(sheet, w, rng, dense, width, height)
    return sheet


def border(sheet: Sheet, rng: random.Random) -> None:
    width, height = sheet.style.sheet
    sheet.box(20, 10, width - 30, height - 20, 0.5)
    if rng.random() < 0.7:
        for place in range(4):
            sheet.text(25 + (place + 0.5) * (width - 30) / 4, 4, str(place + 1), 3)
            sheet.text(14, 20 + (place + 0.5) * (height - 30) / 4, "ABCD"[place], 3)


def _depths(style: Style) -> Style:
    """Use ↧ only if a font contains it."""
    if FONTS and not has_letter("symbols", "↧"):
        return replace(style, depth="{d} DEEP" if style.language == "en" else "{d} TIEF")
    return style


def views(sheet: Sheet, w: Writer, rng: random.Random, dense: int, width: float, height: float) -> None:
    """Draw views with sizes between dimension lines, holes on leaders, frames, roughness: on a grid of slots, so that
    nothing overlaps.
    """
    h = sheet.style.height
    slots = [(x, y) for y in range(int(height - 45), 85, -26) for x in range(30, int(width - 95), 95)]
    rng.shuffle(slots)
    for column, row in slots[:dense]:
        x, y = column + rng.uniform(0, 6), row + rng.uniform(-2, 2)
        roll = rng.random()
        if roll < 0.32:
            value = w.size(4, 180)
            kind = rng.choice(["length", "length", "diameter"])
            tail, pair, truth = w.tolerance(value, diameter=kind == "diameter")
            sign = sheet.style.diameter if kind == "diameter" else ""
            item: Truth = {"kind": kind, "nominal": value, **truth}
            text = f"{sign}{w.num(value)}{tail}"
            if not tail and not pair and rng.random() < 0.15:
                text, item = f"({text})", {**item, "modifier": "reference"}
            upright = (
                sheet.style.turned
                and rng.random() < 0.4
                and sheet.measure(text, h, sheet.style.font) + (4 * h if pair else 0) < 21
            )
            if upright:
                wide = put_size(sheet, x + 30, y - 8, text, pair, 90)
                sheet.line(x + 31.2, y - 12, x + 31.2, y + wide - 4)
            elif not tail and not pair and "(" not in text and rng.random() < 0.15:
                item["modifier"] = "basic"
                wide = put_size(sheet, x + 12, y, text, None)
                sheet.box(x + 12 - 0.5 * h, y - 0.45 * h, wide + h, 1.75 * h)
            else:
                wide = put_size(sheet, x + 8, y, text, pair)
                dimension_line(sheet, x, y, wide, stacked=pair is not None)
            sheet.truth.append(item)
        elif roll < 0.58:
            lines, truths = hole(w)
            for k, (text, pair) in enumerate(lines):
                put_size(sheet, x + 10, y - 1.6 * h * k, text, pair)
            sheet.line(x + 9, y - 0.4 * h, x + 2, y - 9)
            sheet.circle(x + 1, y - 11, 2)
            sheet.truth += truths
        elif roll < 0.8:
            text, item = small(w)
            sheet.text(x + 9, y, text)
            sheet.line(x + 8, y - 0.4 * h, x + 2, y - 7)
            sheet.truth.append(item)
        elif roll < 0.97:
            cells, item = frame(w)
            put_frame(sheet, x + 6, y - 4, cells)
            sheet.line(x + 6, y - 4 + h, x, y - 4 + h)
            sheet.truth.append(item)
        else:
            letter = rng.choice("ABC")
            sheet.box(x + 10, y, 2 * h, 2 * h)
            sheet.text(x + 10 + (2 * h - sheet.measure(letter, h, sheet.style.font)) / 2, y + 0.62 * h, letter)
            sheet.line(x + 10 + h, y, x + 10 + h, y - 5)
            sheet.truth.append({"kind": "datum", "text": letter})


def dimension_line(sheet: Sheet, x: float, y: float, wide: float, *, stacked: bool) -> None:
    """Draw the line of a size whose text starts at x + 8 and is ``wide``: below the text, or broken around it."""
    h = sheet.style.height
    if sheet.style.broken:
        level = y + 0.5 * h
        sheet.line(x, level, x + 8 - 0.6 * h, level)
        sheet.line(x + 8 + wide + 0.6 * h, level, x + wide + 16, level)
        for end in (x, x + wide + 16):
            sheet.line(end, level - 5, end, level + 2)
        arrow(sheet, x, level)
        arrow(sheet, x + wide + 16, level, -1)
        return
    level = y - 0.45 * h - (0.4 * h if stacked else 0)
    sheet.line(x, level, x + wide + 16, level)
    arrow(sheet, x, level)


def arrow(sheet: Sheet, x: float, y: float, side: int = 1) -> None:
    sheet.line(x, y, x + side * 2.5, y + 0.5)
    sheet.line(x, y, x + side * 2.5, y - 0.5)


def random_style(
    rng: random.Random, fonts: Sequence[str], layouts: Sequence[str] = ("grid", "rows", "colons"), *, drawn: float = 0.3
) -> Style:
    """Return a random style with the given fonts and layouts."""
    language = rng.choice(["en", "de"])
    return Style(
        font=rng.choice(list(fonts)), comma=language == "de" or rng.random() < 0.15, diameter=rng.choice(["⌀", "Ø", "Ø", "∅"]),
        count=rng.choice(["{n}× ", "{n}X ", "{n}x ", "{n} × ", "{n}×"]), through="DURCH" if language == "de" and rng.random() < 0.5 else rng.choice(["THRU", "THROUGH", "THRU ALL"]),
        depth=rng.choice(["↧{d}", "↧ {d}", "{d} DEEP", "↧{d}"] if language == "en" else ["↧{d}", "{d} tief", "↧ {d}"]),
        stacked=rng.random() < 0.7, drawn_signs=rng.random() < drawn, language=language, layout=rng.choice(list(layouts)),
        sheet=rng.choice([(420.0, 297.0), (420.0, 297.0), (431.8, 279.4)]), height=rng.choice([3.0, 3.5, 3.5, 4.0]), third_angle=rng.random() < 0.5,
    )  # fmt: skip


RINGS = {"Ⓜ": "M", "Ⓛ": "L"}


def as_pdf(sheet: Sheet) -> bytes:
    """Return the sheet as a vector PDF."""
    from reportlab.pdfgen import canvas

    mm = 72 / 25.4
    out = io.BytesIO()
    width, height = sheet.style.sheet
    page = canvas.Canvas(out, pagesize=(width * mm, height * mm))
    for x0, y0, x1, y1, thick in sheet.lines:
        page.setLineWidth(thick * sheet.style.weight * mm)
        page.line(x0 * mm, y0 * mm, x1 * mm, y1 * mm)
    page.setLineWidth(0.3 * sheet.style.weight * mm)
    for cx, cy, r, a, b in sheet.curves:
        if b - a >= 360:
            page.circle(cx * mm, cy * mm, r * mm)
        else:
            page.arc((cx - r) * mm, (cy - r) * mm, (cx + r) * mm, (cy + r) * mm, a, b - a)
    for x, y, size, angle, text, font in sheet.texts:
        page.saveState()
        page.translate(x * mm, y * mm)
        page.rotate(angle)
        at = 0.0
        for piece, use in pieces(text, font):
            page.setFont(use, size / CAP * mm)
            page.drawString(at, 0, piece)
            at += page.stringWidth(piece, use, size / CAP * mm)
        page.restoreState()
    page.showPage()
    page.save()
    return out.getvalue()


def as_pixels(
    pdf: bytes,
    rng: random.Random,
    *,
    dpi: int = 200,
    skew_deg: float = 0.0,
    noise: float = 0.0,
    blur: float = 0.0,
    ink: int = 0,
    paper: int = 255,
    jpeg: int = 0,
) -> bytes:
    """Return the first page as a picture of ``dpi``: slightly rotated and blurred, ink and paper grey, with grain.

    ``blur`` is the standard deviation in pixels; ``jpeg`` the quality of a JPEG, 0 for a PNG.
    """
    import numpy as np
    import pypdfium2
    from PIL import Image, ImageFilter

    document = pypdfium2.PdfDocument(pdf)
    image = document[0].render(scale=dpi / 72).to_pil().convert("L")
    document.close()
    if skew_deg:
        image = image.rotate(skew_deg, resample=Image.Resampling.BICUBIC, fillcolor=255)
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    if ink or paper < 255:
        image = image.point([round(ink + (paper - ink) * grey / 255) for grey in range(256)])
    if noise:
        grain = np.random.default_rng(rng.randrange(1 << 30))
        values = np.asarray(image).astype(np.float32) + grain.normal(0, noise, (image.height, image.width))
        image = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    out = io.BytesIO()
    if jpeg:
        image.save(out, "JPEG", dpi=(dpi, dpi), quality=jpeg)
    else:
        image.save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()


def as_dxf(sheet: Sheet, rng: random.Random) -> bytes:
    """Return the sheet as DXF R2010: texts with AutoCAD's codes, frames as TOLERANCE-like text in boxes."""
    import ezdxf

    document = ezdxf.new("R2010", setup=True)
    document.units = 4
    space = document.modelspace()
    for x0, y0, x1, y1, _ in sheet.lines:
        space.add_line((x0, y0), (x1, y1))
    for cx, cy, r, a, b in sheet.curves:
        if b - a >= 360:
            space.add_circle((cx, cy), r)
        else:
            space.add_arc((cx, cy), r, a, b)
    codes = {"⌀": "%%c", "Ø": "%%c", "°": "%%d", "±": "%%p"}
    for x, y, size, angle, text, _ in sheet.texts:
        if text in GDT_FONT_LETTER:
            space.add_mtext(
                f"{{\\Fgdt;{GDT_FONT_LETTER[text]}}}",
                dxfattribs={"insert": (x, y + size), "char_height": size, "attachment_point": 1},
            )
            continue
        if rng.random() < 0.5:
            for letter, code in codes.items():
                text = text.replace(letter, code)
        space.add_text(text, height=size, rotation=angle, dxfattribs={"insert": (x, y)})
    out = io.StringIO()
    document.write(out)
    return out.getvalue().encode()


def mutated(style: Style, **changes: object) -> Style:
    """Return the style with some of its choices replaced."""
    return replace(style, **changes)  # type: ignore[arg-type]
