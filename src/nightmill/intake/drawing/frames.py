"""Tolerance frames (ISO 1101, ASME Y14.5) from the texts of their cells, or from one line of text."""

import re

from nightmill.intake.drawing.callouts import NOWHERE
from nightmill.intake.drawing.records import Asked
from nightmill.intake.drawing.symbols import CHARACTERISTICS, MODIFIERS
from nightmill.intake.drawing.threads import number

_ZONE = re.compile(r"\s*(?P<form>S?⌀|SR|R|□)?\s*(?P<n>\d+[.,]?\d*|[.,]\d+)\s*")
_DATUM = re.compile(r"\s*(?P<letters>[A-Z]{1,2}\d?(?:\s*-\s*[A-Z]{1,2}\d?)?)\s*")
_MODIFIER = re.compile(r"\s*(?:(?P<ring>[ⓂⓁⓈⓅⒻⓉⒺⓊⓇⒾ])|[(\[]\s*(?P<letter>[MLSPFTEURI])\s*[)\]])")
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
    """A frame written as one line, with bars or blanks between its cells: ``⌖|⌀0.1 Ⓜ|A|B``."""
    for sign in CHARACTERISTICS:
        if text.startswith(sign):
            return read_frame([sign, text[1:].strip(" |")])
    return None


def read_frame(cells: list[str]) -> Asked | None:
    """The tolerance in a row of cells, the first of which has the sign; None where there is no sign or no zone."""
    characteristic = CHARACTERISTICS.get(cells[0].strip())
    if characteristic is None or len(cells) < 2:
        return None
    text = "|".join(cells[1:])
    zone = _ZONE.match(text)
    if zone is None:
        return None
    at = zone.end()
    modifiers, at, odd = _modifiers(text, at)
    datums: list[str] = []
    while at < len(text):
        if text[at] in "| ":
            at += 1
            continue
        found = _DATUM.match(text, at)
        if found is None:
            odd.append(text[at])
            at += 1
            continue
        own, at, strange = _modifiers(text, found.end())
        odd += strange
        letters = re.sub(r"\s", "", found["letters"])
        datums.append(letters + "".join(f"({each})" for each in own))
    condition = next((each for each in modifiers if each in ("M", "L", "S")), "")
    flags = _doubts(characteristic, zone["form"] or "", datums)
    if odd:
        flags.append(f"signs that were not understood: {''.join(odd)!r}")
    return Asked(
        0, "tolerance", NOWHERE, "", 1.0, characteristic=characteristic, tolerance=number(zone["n"]),
        zone_form=_FORMS.get(zone["form"] or "", ""), material_condition=condition,
        modifiers=tuple(each for each in modifiers if each != condition), datums=tuple(datums), flags=tuple(flags),
    )  # fmt: skip


def _modifiers(text: str, at: int) -> tuple[list[str], int, list[str]]:
    """Circled letters and words up to the next cell."""
    found: list[str] = []
    odd: list[str] = []
    while at < len(text) and text[at] != "|":
        match = _MODIFIER.match(text, at)
        if match:
            found.append(MODIFIERS[match["ring"]] if match["ring"] else match["letter"])
            at = match.end()
            continue
        word = _WORD.match(text, at)
        if word:
            found.append(word[1])
            at = word.end()
        elif text[at] == " ":
            at += 1
        else:
            break
    return found, at, odd


def _doubts(characteristic: str, form: str, datums: list[str]) -> list[str]:
    """What ISO 1101 doesn't allow: a sign for it was probably misread."""
    flags = []
    if characteristic in WANT_DATUMS and not datums:
        flags.append(f"{characteristic} without a datum")
    if characteristic in NO_DATUMS and datums:
        flags.append(f"{characteristic} with datums {', '.join(datums)}")
    if form and characteristic in NO_ROUND_ZONE:
        flags.append(f"{characteristic} with a round zone")
    letters = [datum[0] for datum in datums if "-" not in datum]
    if len(set(letters)) != len(letters):
        flags.append("a datum is named twice")
    return flags
