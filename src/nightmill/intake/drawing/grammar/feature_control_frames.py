"""Read tolerance frames (ISO 1101, ASME Y14.5) from the texts of their cells, or from one line of text."""

import re

from nightmill.intake.drawing.grammar.callouts import NOWHERE
from nightmill.intake.drawing.grammar.threads import number
from nightmill.intake.drawing.records import Asked
from nightmill.intake.drawing.symbols import CHARACTERISTICS, MODIFIERS

_ZONE = re.compile(r"\s*(?P<form>S?⌀|SR|R|□)?\s*(?P<n>\d+[.,]?\d*|[.,]\d+)\s*")
_DATUM = re.compile(r"\s*(?P<letters>[A-Z]{1,2}\d?(?:\s*-\s*[A-Z]{1,2}\d?)?)\s*")
_DATUM_AND_SIGN = re.compile(r"([A-Z])(?!\1)[MLSPFTEURI]")
"""A datum and a modifier whose ring was lost; ISO 5459 doubles letters (AA) when the alphabet runs out."""
_MODIFIER = re.compile(
    r"\s*(?:(?P<ring>[ⓂⓁⓈⓅⒻⓉⒺⓊⓇⒾ])|[(\[]\s*(?P<letter>[MLSPFTEURI])\s*[)\]]|\s?(?P<bare>[MLSPF])(?=\s*$))"
)
_WORD = re.compile(r"\s*(CZ|SZ|UZ|UF|SIM|NC|CT|ST|OZ|VA|TANGENT|MIN|MAX|\d+[.,]?\d*)\b")
_FORMS = {"⌀": "diameter", "S⌀": "spherical", "": ""}
WANT_DATUMS = {
    "angularity", "perpendicularity", "parallelism", "concentricity", "symmetry", "circular_runout", "total_runout"
}  # fmt: skip
NO_DATUMS = {"straightness", "flatness", "circularity", "cylindricity"}
NO_ROUND_ZONE = {
    "flatness", "circularity", "cylindricity", "line_profile", "surface_profile", "circular_runout", "total_runout", "symmetry"
}  # fmt: skip


def frame_in_line(text: str) -> Asked | None:
    """Return a frame written as one line, with pipes or spaces between its cells: ``⌖|⌀0.1 Ⓜ|A|B``."""
    for sign in CHARACTERISTICS:
        if text.startswith(sign):
            rest = text[1:].strip(" |")
            if "|" not in rest:
                # a sign in a ring belongs to the text before it
                rest = re.sub(r"(?<=\S) +(?=[A-Z])", "|", re.sub(rf"\s+(?=[{''.join(MODIFIERS)}(])", "", rest))
            return read_frame([sign, *rest.split("|")])
    return None


def read_frame(cells: list[str]) -> Asked | None:
    """Return the tolerance in a row of cells, the first of which has the symbol; None without a symbol or a zone."""
    characteristic = CHARACTERISTICS.get(cells[0].strip())
    zone = _ZONE.match(cells[1]) if len(cells) > 1 else None
    if characteristic is None or zone is None:
        return None
    modifiers, odd = _modifiers(cells[1][zone.end() :])
    datums: list[str] = []
    for cell in cells[2:]:
        found = _DATUM.match(cell)
        if found is None:
            odd += cell.strip()
            continue
        own, strange = _modifiers(cell[found.end() :])
        odd += strange
        datums.append(re.sub(r"\s", "", found["letters"]) + "".join(f"({each})" for each in own))
    condition = next((each for each in modifiers if each in ("M", "L", "S")), "")
    flags = _doubts(characteristic, zone["form"] or "", datums)
    if odd:
        flags.append(f"symbols that were not understood: {odd!r}")
    return Asked(
        0, "tolerance", NOWHERE, "", 1.0, characteristic=characteristic, tolerance=number(zone["n"]),
        zone_form=_FORMS.get(zone["form"] or "", ""), material_condition=condition,
        modifiers=tuple(each for each in modifiers if each != condition), datums=tuple(datums), flags=tuple(flags),
    )  # fmt: skip


def _modifiers(text: str) -> tuple[list[str], str]:
    """Return circled letters and words at the end of a cell, and the remaining text."""
    found: list[str] = []
    odd = ""
    at = 0
    while at < len(text):
        match = _MODIFIER.match(text, at)
        word = _WORD.match(text, at)
        if match:
            found.append(MODIFIERS[match["ring"]] if match["ring"] else match["letter"] or match["bare"])
            at = match.end()
        elif word:
            found.append(word[1])
            at = word.end()
        else:
            odd += text[at].strip()
            at += 1
    return found, odd


def _doubts(characteristic: str, form: str, datums: list[str]) -> list[str]:
    """Return violations of ISO 1101, which suggest that a symbol was misread."""
    flags = []
    if characteristic in WANT_DATUMS and not datums:
        flags.append(f"{characteristic} without a datum")
    if characteristic in NO_DATUMS and datums:
        flags.append(f"{characteristic} with datums {', '.join(datums)}")
    if form and characteristic in NO_ROUND_ZONE:
        flags.append(f"{characteristic} with a cylindrical zone")
    flags += [
        f"datum {each}: two letters, or one with a modifier" for each in datums if _DATUM_AND_SIGN.fullmatch(each)
    ]
    letters = [datum[0] for datum in datums if "-" not in datum]
    if len(set(letters)) != len(letters):
        flags.append("a datum is named twice")
    return flags
