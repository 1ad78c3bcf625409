"""Fonts of drawn sheets: the letters in each, and the width of a text."""

from pathlib import Path

FONTS: dict[str, str] = {}
SYMBOLS = "⌀∅↧⌴⌵ⓂⓁ⏤⏥○⌭⌒⌓∠⟂∥⌖◎⌯↗⌰"


def usual_fonts() -> dict[str, Path]:
    """Return the fonts that come with the tools (reportlab's own Vera), and DejaVu if the system has it."""
    import reportlab

    own = Path(reportlab.__file__).parent / "fonts"
    dejavu = Path("/usr/share/fonts/truetype/dejavu")
    found = {"vera": own / "Vera.ttf", "vera-bold": own / "VeraBd.ttf"}
    for name, file in (("sans", "DejaVuSans"), ("condensed", "DejaVuSansCondensed"), ("bold", "DejaVuSans-Bold")):
        if (dejavu / f"{file}.ttf").exists():
            found[name] = dejavu / f"{file}.ttf"
    return {**found, "symbols": found.get("sans", found["vera"])}


def load_fonts(files: dict[str, Path]) -> None:
    """Register TrueType fonts by name, ``symbols`` among them, with reportlab."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name, path in files.items():
        if name not in FONTS:
            pdfmetrics.registerFont(TTFont(name, str(path)))
            FONTS[name] = str(path)


def has_letter(font: str, letter: str) -> bool:
    """Return whether a registered font has a glyph for ``letter``."""
    from reportlab.pdfbase import pdfmetrics

    if letter == "∅" and font != "symbols":
        return False  # some fonts claim to have it but show an empty box
    glyphs = getattr(pdfmetrics.getFont(font).face, "charToGlyph", None)
    return ord(letter) in glyphs if glyphs is not None else ord(letter) < 256


def pieces(text: str, font: str) -> list[tuple[str, str]]:
    """Split the text into runs with a font that has their symbols."""
    made: list[tuple[str, str]] = []
    for letter in text:
        use = font if has_letter(font, letter) and font != "symbols" else "symbols"
        if made and made[-1][1] == use:
            made[-1] = (made[-1][0] + letter, use)
        else:
            made.append((letter, use))
    return made


CAP = 0.72


def drawable(text: str) -> str:
    """Return the text with every symbol that no registered font has replaced by its usual alternative."""
    for sign, others in {"⌀": "Ø", "∅": "Ø"}.items():
        if not has_letter("symbols", sign):
            text = text.replace(sign, others)
    return text


def pdf_measure(text: str, size: float, font: str) -> float:
    """Return the width in mm of ``text`` whose capitals are ``size`` high."""
    from reportlab.pdfbase import pdfmetrics

    return float(sum(pdfmetrics.stringWidth(piece, use, size / CAP) for piece, use in pieces(text, font)))
