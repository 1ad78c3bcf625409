"""Drawing symbols: one spelling for each, from Unicode, AutoCAD codes and the letters of GD&T fonts.

Characteristics of ISO 1101 and ASME Y14.5 have code points in Unicode's Miscellaneous Technical block; fonts like AutoCAD's ``gdt.shx``
map them to lower-case letters.
"""

import re
import unicodedata

CHARACTERISTICS = {
    "⏤": "straightness",
    "⏥": "flatness",
    "○": "circularity",
    "⌭": "cylindricity",
    "⌒": "line_profile",
    "⌓": "surface_profile",
    "∠": "angularity",
    "⟂": "perpendicularity",
    "∥": "parallelism",
    "⌖": "position",
    "◎": "concentricity",
    "⌯": "symmetry",
    "↗": "circular_runout",
    "⌰": "total_runout",
}
MODIFIERS = {"Ⓜ": "M", "Ⓛ": "L", "Ⓢ": "S", "Ⓟ": "P", "Ⓕ": "F", "Ⓣ": "T", "Ⓔ": "E", "Ⓤ": "U", "Ⓡ": "R", "Ⓘ": "I"}
GDT_LETTERS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        "∠⟂⏥⌓○∥⌭↗⌯⌖⌒ⓁⓂ⌀□Ⓟ\N{CIRCLED LATIN CAPITAL LETTER Q}◎Ⓢ⌰⏤⌴⌵↧⌲⌳",
        strict=True,
    )
)
_SAME = {
    "ØøɸϕφΦФф∅⦰⍉🛇": "⌀",
    "—–−‒―﹣－‐‑⁃": "-",
    "×✕✖⨯╳": "×",
    "＋﹢": "+",
    "∓": "±",
    "º˚∘": "°",
    "′’ʹ´": "'",
    "″”“": '"',
    "µ": "µ",
    "μ": "µ",
    "⊥┴": "⟂",
    "∕⁄／": "/",
    "‖⫽": "∥",
    "⌾⊚⦾◉": "◎",
    "⊕⨁⌖⯐🞋": "⌖",
    "▱▰": "⏥",
    "◯⚪⭘": "○",
    "⌢◠": "⌒",
    "⌔": "⌓",
    "↥⤓⭳⇩": "↧",
    "⊔⌴": "⌴",
    "∨⌵": "⌵",
    "☐▢◻": "□",
    "➚⬈🡕": "↗",
    "≤⩽": "≤",
    "≥⩾": "≥",
    "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t": " ",
    "\u200b\u200c\u200d\ufeff\u00ad": "",
}
_TABLE = {ord(letter): same for letters, same in _SAME.items() for letter in letters}
_CODES = {"%%c": "⌀", "%%C": "⌀", "%%d": "°", "%%D": "°", "%%p": "±", "%%P": "±"}
_GDT_FONT = re.compile(r"gdt|y14\.?5|swgdt|aigdt|asme|gd&t|isogps", re.I)


def is_gdt_font(name: str) -> bool:
    """Return whether a font of this name shows symbols in place of lower-case letters."""
    return _GDT_FONT.search(name) is not None


def plain(text: str) -> str:
    """Return ``text`` with one spelling for each symbol: ⌀ for all diameters, - for all minus signs, AutoCAD's %% codes resolved.

    Circled letters are kept; ligatures and full-width forms are decomposed.
    """
    for code, sign in _CODES.items():
        text = text.replace(code, sign)
    out = []
    for letter in text.translate(_TABLE):
        if letter in CHARACTERISTICS or letter in MODIFIERS or letter in "°²³µ":
            out.append(letter)
        elif "ﬀ" <= letter <= "ﬆ" or "！" <= letter <= "～":
            out.append(unicodedata.normalize("NFKC", letter).translate(_TABLE))
        else:
            out.append(letter)
    return "".join(out).replace("+/-", "±").replace("+-", "±").replace("＋/－", "±")
