"""Title blocks of drawn sheets: their fields, in two languages, and their layouts."""

import random
from collections.abc import Callable
from typing import Protocol

from drawn_callouts import Style


class Sheet(Protocol):
    """The surface on which a title block is drawn, mm from the lower left corner."""

    style: Style
    fields: dict[str, str]

    def text(self, x: float, y: float, text: str, size: float | None = None) -> float: ...

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.25) -> None: ...

    def box(self, x: float, y: float, w: float, h: float, width: float = 0.25) -> None: ...

    def measure(self, text: str, size: float, font: str) -> float: ...


MATERIALS = [
    "EN AW-6061 T6",
    "AlMgSi1",
    "1.4301",
    "42CrMo4",
    "S355J2",
    "C45E",
    "16MnCr5",
    "AISI 316L",
    "6061-T6",
    "7075-T6",
    "Ti-6Al-4V",
    "CuZn39Pb3",
    "POM-C",
    "1.2379",
]
FINISHES = [
    "anodized black",
    "zinc plated",
    "passivated",
    "bead blasted",
    "electroless nickel",
    "eloxiert",
    "brüniert",
    "black oxide",
]
HEATS = ["quenched and tempered", "case hardened", "nitrided", "stress relieved", "vergütet", "einsatzgehärtet"]
HARDNESS = ["58-62 HRC", "28-32 HRC", "240-280 HB", "60+2 HRC", "700 HV"]
TITLES = [
    "BRACKET",
    "FLANGE",
    "BEARING BLOCK",
    "Grundplatte",
    "Lagerbock",
    "SHAFT",
    "COVER PLATE",
    "Halter",
    "ADAPTER",
    "Welle",
]


WORDS = {
    "en": {"material": "MATERIAL", "number": "DWG NO.", "title": "TITLE", "revision": "REV", "scale": "SCALE", "general_tolerance": "GENERAL TOLERANCES", "finish": "FINISH", "heat_treatment": "HEAT TREATMENT", "hardness": "HARDNESS", "date": "DATE", "sheet": "SHEET", "drawn_by": "DRAWN BY"},
    "de": {"material": "Werkstoff", "number": "Zeichnungsnummer", "title": "Benennung", "revision": "Änderung", "scale": "Maßstab", "general_tolerance": "Allgemeintoleranzen", "finish": "Oberfläche", "heat_treatment": "Wärmebehandlung", "hardness": "Härte", "date": "Datum", "sheet": "Blatt", "drawn_by": "Gezeichnet"},
}  # fmt: skip


def block_values(rng: random.Random) -> dict[str, str]:
    values = {
        "title": rng.choice(TITLES), "number": f"{rng.choice(['NM', 'DR', 'P'])}-{rng.randint(1000, 99999)}", "revision": rng.choice("ABCDEF"),
        "material": rng.choice(MATERIALS), "scale": rng.choice(["1:1", "1:2", "2:1", "1:5"]), "date": f"{rng.randint(2023, 2026)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        "general_tolerance": "ISO 2768-" + rng.choice(["m", "f", "mK", "fH", "cL"]), "sheet": "1/1", "drawn_by": rng.choice(["J. Doe", "A. Weber", "M. Chen"]),
    }  # fmt: skip
    if rng.random() < 0.6:
        values["finish"] = rng.choice(FINISHES)
    if rng.random() < 0.5:
        values["heat_treatment"] = rng.choice(HEATS)
        values["hardness"] = rng.choice(HARDNESS)
    return values


def layout_grid(sheet: Sheet, rng: random.Random) -> None:
    """Draw a small label above the value in each cell."""
    width = sheet.style.sheet[0]
    words, values = WORDS[sheet.style.language], block_values(rng)
    x0, y, high = width - 190, 10.0, 11.0
    names = list(values)
    for row in range(0, len(names), 3):
        for k, name in enumerate(names[row : row + 3]):
            sheet.box(x0 + 60 * k, y, 60, high)
            sheet.text(x0 + 60 * k + 1.5, y + high - 3.2, words[name], 1.8)
            sheet.text(x0 + 60 * k + 3, y + 2.2, values[name], 3.2)
        y += high
    sheet.fields.update(values)


def layout_rows(sheet: Sheet, rng: random.Random) -> None:
    """Draw the label in the left cell and the value in the right one."""
    width = sheet.style.sheet[0]
    words, values = WORDS[sheet.style.language], block_values(rng)
    x0, y, high = width - 130, 10.0, 6.0
    for name, value in values.items():
        sheet.box(x0, y, 45, high)
        sheet.box(x0 + 45, y, 75, high)
        sheet.text(x0 + 1.5, y + 1.8, words[name], 2.5)
        sheet.text(x0 + 47, y + 1.8, value, 2.8)
        y += high
    sheet.fields.update(values)


def layout_colons(sheet: Sheet, rng: random.Random) -> None:
    """Draw ``LABEL: value`` lines in one box, with notes above the view."""
    width = sheet.style.sheet[0]
    words, values = WORDS[sheet.style.language], block_values(rng)
    x0, y = width - 150, 14.0
    sheet.box(x0 - 4, 10, 144, 6.0 * len(values) + 4)
    for name, value in values.items():
        sheet.text(x0, y, f"{words[name].upper() if rng.random() < 0.5 else words[name]}: {value}", 3)
        y += 6.0
    sheet.fields.update(values)


def layout_ledger(sheet: Sheet, rng: random.Random) -> None:
    """Draw two columns of cells along the bottom edge, the label over the value on a rule between them; names in
    capitals.
    """
    width = sheet.style.sheet[0]
    words, values = WORDS[sheet.style.language], block_values(rng)
    names = list(values)
    rng.shuffle(names)
    wide, high = (width - 30) / 6, 12.0
    for place, name in enumerate(names):
        x, y = 20 + wide * (place % 6), 10 + high * (place // 6)
        sheet.box(x, y, wide, high)
        sheet.line(x, y + high - 4.4, x + wide, y + high - 4.4, 0.18)
        sheet.text(x + 1, y + high - 3.4, words[name].upper(), 1.9)
        value = values[name]
        sheet.text(x + (wide - sheet.measure(value, 2.6, sheet.style.font)) / 2, y + 2.4, value, 2.6)
    sheet.fields.update(values)


def layout_stripe(sheet: Sheet, rng: random.Random) -> None:
    """Draw no ruled cells: labels in one column, values in another, under a single heading line."""
    width = sheet.style.sheet[0]
    words, values = WORDS[sheet.style.language], block_values(rng)
    x0, y = width - 120.0, 14.0
    for name, value in values.items():
        sheet.text(x0, y, words[name], 2.5)
        sheet.text(x0 + 46, y, value, 2.5)
        y += 5.2
    sheet.line(x0, y, width - 12, y, 0.5)
    sheet.fields.update(values)


def layout_pairs(sheet: Sheet, rng: random.Random) -> None:
    """Draw label and value side by side in one cell, two cells per row, with a small label."""
    width = sheet.style.sheet[0]
    words, values = WORDS[sheet.style.language], block_values(rng)
    wide, high = 88.0, 7.0
    x0, y = width - 10 - 2 * wide, 10.0
    for place, (name, value) in enumerate(values.items()):
        x = x0 + wide * (place % 2)
        sheet.box(x, y, wide, high)
        told = sheet.text(x + 1.5, y + 2.3, words[name], 2.0)
        sheet.text(x + max(30.0, told + 6), y + 2.1, value, 2.7)
        y += high * (place % 2)
    sheet.fields.update(values)


def layout_tower(sheet: Sheet, rng: random.Random) -> None:
    """Draw a tower of cells in the lower right corner, the label above the value, values centred, rules only below."""
    width = sheet.style.sheet[0]
    words, values = WORDS[sheet.style.language], block_values(rng)
    wide, high = 62.0, 10.5
    x0, y = width - 10 - 2 * wide, 10.0
    for place, (name, value) in enumerate(values.items()):
        x = x0 + wide * (place % 2)
        sheet.line(x, y + high, x + wide, y + high, 0.35)
        sheet.text(x + 2, y + high - 3.4, words[name], 2.0)
        sheet.text(x + (wide - sheet.measure(value, 3.0, sheet.style.font)) / 2, y + 1.6, value, 3.0)
        y += high * (place % 2)
    for x in (x0, x0 + wide, x0 + 2 * wide):
        sheet.line(x, 10, x, y + high * (len(values) % 2), 0.35)
    sheet.fields.update(values)


LAYOUTS: dict[str, Callable[[Sheet, random.Random], None]] = {
    "grid": layout_grid,
    "rows": layout_rows,
    "colons": layout_colons,
    "ledger": layout_ledger,
    "stripe": layout_stripe,
    "pairs": layout_pairs,
    "tower": layout_tower,
}
