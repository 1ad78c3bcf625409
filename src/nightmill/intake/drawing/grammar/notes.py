"""Read the wording of notes and title blocks: general tolerances, hardness, finish, edges; in English, German, Chinese."""

import re

import msgspec

from nightmill.intake.lexicon.material_grades import MATERIAL, VAGUE_MATERIALS

GENERAL = re.compile(
    r"(?:DIN\s*)?(?:EN\s*)?ISO\s*2768(?:\s*-\s*1)?(?:\s*[-–:]?\s*(?P<cls>[fmcvFMCV])\s*-?\s*(?P<geo>[HKLhkl])?(?P<e>\s*-?\s*E)?\b)?(?:\s*(?:und|and|/|,)\s*(?:ISO\s*)?2768\s*-?\s*2?\s*-?\s*(?P<geo2>[HKL]))?"
    r"|GB/T\s*1804\s*[-–]?\s*(?P<gb>[fmcv])\b|(?:DIN\s*)?(?:EN\s*)?ISO\s*22081(?P<rest>[^\n]{0,60})|ISO\s*8015(?!\d)"
)
DECIMALS = re.compile(
    r"(?P<places>(?:\d|X|0)?[.,]X{1,4}|X{1,2}\s?[.,]\s?X{1,4}|X)\s*[=:]?\s*±\s*(?P<t>\d*[.,]?\d+)", re.I
)
_RANGE = r"\d{2,3}(?:\s*(?:-|\.\.\.?|to|bis|~|/)\s*\d{2,3}|\s*[±+]\s*\d{1,2}(?:\s*/\s*-?\s*\d)?)?"
HARDNESS = re.compile(
    rf"(?P<a>{_RANGE})\s*(?P<scale>HRC|HRB|HRA|HBW?|HV\s?\d*|SHORE\s?[AD])\b|\b(?P<scale2>HRC|HRB|HBW?|HV\s?\d*)\s*(?P<b>{_RANGE})"
)
HEAT = re.compile(
    r"(?:quench(?:ed)?(?:\s*(?:and|&|\+)\s*temper(?:ed)?)?|through[- ]harden(?:ed)?|case[- ]harden(?:ed)?(?:\s*and\s*temper(?:ed)?)?|induction[- ]harden(?:ed)?|hardened and tempered|nitrided|nitrocarburi[sz]ed|"
    r"carburi[sz]ed(?:\s*and\s*hardened)?|normali[sz]ed|anneal(?:ed)?|solution (?:treated|annealed)(?:\s*and\s*aged)?|stress[- ]reliev(?:ed?|ing)|vergütet|einsatzgehärtet|induktiv gehärtet|nitriert|"
    r"spannungsarm geglüht|normalgeglüht|weichgeglüht|gehärtet(?:\s*und\s*angelassen)?|harden(?:ed)?(?=\s+to\b)|调质|淬火|渗碳|渗氮|时效)",
    re.I,
)
FINISH = re.compile(
    r"(?:(?:hard|black|clear|natural)\s+)?(?:hard[- ]?)?anodi[sz]e(?:d)?(?:\s*(?:,\s*)?(?:black|clear|natural|red|blue|type\s+I{1,3}))?|hard[- ]?coat(?:ed)?|powder[- ]?coat(?:ed)?(?:\s+RAL\s?\d{4})?|zinc[- ]?(?:nickel\s+)?plate[d]?|electroless nickel(?:\s+plated)?|nickel[- ]?plate[d]?|"
    r"chrome[- ]?plate[d]?|black(?:[- ]?oxide| oxidi[sz]ed)|passivate[d]?|chromated?|phosphate[d]?|bead[- ]?blast(?:ed)?|polish(?:ed)?|(?:hart|schwarz |farblos )?eloxiert(?:\s+(?:schwarz|natur|farblos))?|pulverbeschichtet(?:\s+RAL\s?\d{4})?|verzinkt|"
    r"vernickelt|verchromt|brüniert|passiviert|phosphatiert|chromatiert|gestrahlt|阳极氧化|发黑|镀锌|镀镍|喷砂|钝化",
    re.I,
)
EDGE = re.compile(
    r"(?:(?<![^\W\d_])(?:BREAK|DEBURR|REMOVE|CHAMFER|ALL)|KANTEN|ENTGRAT\w*|GEBROCHEN\w*|未注倒角|去毛刺|锐边)[^\n]{0,50}?(?P<c>C)?(?P<n>\d*[.,]?\d+)(?:\s*(?:-|to|bis)\s*(?P<m>\d*[.,]?\d+))?(?:\s*(?:mm)?\s*[×xX]\s*(?P<a>\d+)\s*°)?\s*(?:mm|MAX)?",
    re.I,
)
INCH_UNIT = re.compile(r"(?:DIMENSIONS?|DIMS?|UNITS?)\s*(?:ARE|:)?\s*(?:IN\s*)?(?:INCH(?:ES)?|IN\b)", re.I)
METRIC_UNIT = re.compile(
    r"(?:DIMENSIONS?|DIMS?|UNITS?|MASSE|MASSANGABEN|MAßE|ALLE\s+MA(?:ß|SS)E|单位)\s*(?:ARE|:|：)?\s*(?:IN\s*)?(?:MILLIMET|MM|毫米)",
    re.I,
)
_NOT_ASKING = re.compile(
    r"^(?:(?:SECTION|SCHNITT|DETAIL|EINZELHEIT|VIEW|ANSICHT|剖面|视图)\b.*|[A-Z]\s*-\s*[A-Z](?:\s*\(?\d+\s*:\s*\d+\)?)?|[A-Z]{1,2}|\(?\d+\s*:\s*\d+\)?|(?:SCALE|MASSSTAB|MAßSTAB)\s*:?\s*\d+\s*:\s*\d+"
    r"|ISOMETRIC.*|NOTES?:?|ANMERKUNG(?:EN)?:?|HINWEISE?:?|技术要求:?|(?:THIRD|FIRST)[ -]ANGLE.*|\d{1,2}[.)])$",
    re.I,
)
_OF_CALLOUTS = re.compile(
    r"\b(?:THRU|THROUGH|ALL|DURCH\w*|DEEP|TIEF\w*|DEPTH|C'?BORE|COUNTERBORE|C'?SINK|CSK|COUNTERSINK|\w*SENKUNG|TYP|MAX|MIN|REF|HOLES?|PLACES?|PLCS|"
    r"BOHRUNG\w*|EQUALLY|SPACED|TEILKREIS|UNC|UNF|UNEF|NPT|DRILL|REAM|TAP|DIA|CHAMFER|FASE|BASIC|STELLEN)\b",
    re.I,
)
_SIZE_FIRST = re.compile(r"(?:\d{1,3}\s?[×xX]\s?)?⌀\s?\d|\d{1,3}\s?[×xX]\s?M\d")
"""Start of a hole callout, whatever follows."""
WORDY = re.compile(r"[^\W\d_]{3,}")


class Said(msgspec.Struct, frozen=True):
    """One statement of a note: the field's name, value and position in the text."""

    name: str
    value: str
    start: int
    end: int


def general_tolerance(text: str) -> str | None:
    """Return ``ISO 2768-mK`` in one spelling, ``ISO 22081 ...``, or the table of decimals of ASME sheets."""
    match = GENERAL.search(text)
    if match:
        if match["gb"]:
            return f"GB/T 1804-{match['gb']}"
        if "22081" in match.group():
            return "ISO 22081" + (match["rest"] or "").rstrip(" .,;")
        if "8015" in match.group() or not match["cls"]:
            return None
        return f"ISO 2768-{match['cls'].lower()}{(match['geo'] or match['geo2'] or '').upper()}"
    decimals = [f"{each['places'].upper()} ±{each['t']}" for each in DECIMALS.finditer(text)]
    return "; ".join(decimals) if decimals else None


def said(text: str) -> list[Said]:
    """Return the hardness, heat treatment, finish and material that ``text`` states in trade terms."""
    found = [
        Said(name, match.group().strip(), *match.span())
        for name, pattern in (("hardness", HARDNESS), ("heat_treatment", HEAT), ("finish", FINISH))
        for match in pattern.finditer(text)
    ]
    material = MATERIAL.search(text)
    if material and material.group().lower() not in VAGUE_MATERIALS:
        found.append(Said("material", material.group(), *material.span()))
    return found


def is_silent(text: str) -> bool:
    """Return whether ``text`` is only a view name, a scale or a heading, and so no requirement."""
    return _NOT_ASKING.match(text.strip()) is not None


def is_note(text: str) -> bool:
    """Return whether ``text`` is a sentence rather than a callout."""
    if _SIZE_FIRST.match(text):
        return False
    return (
        len(WORDY.findall(_OF_CALLOUTS.sub(" ", text))) >= 2 or re.match(r"^\d{1,2}[.)]\s+[^\W\d_]", text) is not None
    )
