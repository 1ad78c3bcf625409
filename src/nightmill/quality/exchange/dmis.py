"""Read DMIS results (ISO 22093, the text output of coordinate measuring programs): tolerance actuals as readings.

Statements are ``MAJOR/parameters`` or ``LABEL(name)=MAJOR/parameters``; ``$`` at the end of a line continues it on the next line; ``$$``
starts a comment. ``F`` and ``FA`` are nominal and measured features; ``T`` and ``TA`` are nominal and measured tolerances. A
tolerance's name is the balloon, as ``T(12)`` or ``T(B12)``. Programs write either the actual or the deviation after ``TA``. The
feature output with the tolerance (``OUTPUT/FA(bore),TA(12)``, or the last ``FA`` before) shows which of the two was written;
without a feature the nominal shows it, since a deviation is much smaller.
"""

import math
import re
from collections.abc import Iterator

from nightmill.quality.exchange.reading import Document, Reading, finite
from nightmill.vocabulary.errors import BadInput, Finding

_LABELLED = re.compile(r"([A-Z]{1,3})\s*\(([^()]{1,64})\)\s*=\s*([A-Z]+)\s*/\s*(.*)\Z", re.IGNORECASE | re.DOTALL)
_BEGINS = re.compile(
    r"^[ \t]*(?:DMISMN\s*/|FILNAM\s*/|(?:FA?|TA?)\s*\([^()]{1,64}\)\s*=\s*(?:FEAT|TOL)\s*/)",
    re.IGNORECASE | re.MULTILINE,
)
_BALLOON = re.compile(r"(?:B|T|TOL|C|CH|CHAR|BALLOON|NO)?[ _.#-]*(\d{1,6})\Z", re.IGNORECASE)
_NAMED = re.compile(r"(FA|TA)\s*\(([^()]{1,64})\)", re.IGNORECASE)
_LENGTHS = {"MM": 1.0, "CM": 10.0, "M": 1e3, "INCH": 25.4, "FEET": 304.8}
_ANGLES = {"ANGDEC": 1.0, "ANGRAD": 180 / math.pi}
_ZONES = {
    "FLAT": "flatness", "STRGHT": "straightness", "CIRLTY": "circularity", "CYLCTY": "cylindricity", "PERP": "perpendicularity",
    "PARLEL": "parallelism", "ANGLR": "angularity", "POS": "position", "CONCEN": "concentricity", "SYM": "symmetry",
    "PROFS": "surface_profile", "PROFL": "line_profile", "CRNOUT": "circular_runout", "TRNOUT": "total_runout",
}  # fmt: skip
_SIZES = {
    "DIAM": "diameter",
    "RAD": "radius",
    "WIDTH": "",
    "DISTB": "",
    "DISTWRT": "",
    "CORTOL": "",
    "ANGL": "",
    "ANGLB": "",
}
_ANGULAR = ("ANGL", "ANGLB")
_AXES = {"XAXIS": 0, "YAXIS": 1, "ZAXIS": 2}
# index of a feature's size among its numbers, and the factor that makes it a diameter
_SIZE_AT = {"CIRCLE": (6, 1.0), "CYLNDR": (6, 1.0), "SPHERE": (3, 1.0), "ARC": (6, 2.0)}
_WIDTH_AT = 10
_AGREES = 2e-3
_LONGEST = 16_384
_HEAD = 65_536


def is_dmis(text: str) -> bool:
    """Return whether the first lines contain a DMIS statement."""
    return _BEGINS.search(text[:_HEAD]) is not None


def read_dmis(text: str, file: str) -> Document:
    """Return the tolerance actuals from a DMIS text, lengths in mm, angles in degrees if ``UNITS`` declares their units.

    Raises ``BadInput`` naming the line for a tolerance without a number, of an unknown kind, with a number that is neither the
    feature's actual nor its deviation, or without feature and nominal; and for a text without any tolerance.
    """
    return _Reader(file).read(text)


class _Feature:
    """A feature's kind and its numbers."""

    def __init__(self, kind: str, numbers: tuple[float, ...]) -> None:
        self.kind, self.numbers = kind, numbers

    def figure(self, tolerance: str, words: list[str]) -> float | None:
        """Return the number to which a size tolerance applies: a diameter, radius, width or coordinate; None if the feature has none."""
        if tolerance == "CORTOL":
            at = next((_AXES[word] for word in words if word in _AXES), None)
            return None if at is None or at >= len(self.numbers) else self.numbers[at]
        if tolerance == "WIDTH":
            return self.numbers[_WIDTH_AT] if self.kind == "CPARLN" and len(self.numbers) > _WIDTH_AT else None
        at, doubled = _SIZE_AT.get(self.kind, (len(self.numbers), 1.0))
        if tolerance not in ("DIAM", "RAD") or at >= len(self.numbers):
            return None
        return self.numbers[at] * doubled / (1.0 if tolerance == "DIAM" else 2.0)


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.readings: list[Reading] = []
        self.nominal: dict[str, _Feature] = {}
        self.actual: dict[str, _Feature] = {}
        self.asked: dict[str, list[str]] = {}
        self.put_out: dict[str, str] = {}
        self.last = ""
        self.length: float | None = None
        self.angle: float | None = None
        self.part = self.serial = self.operator = self.date = self.time = ""

    def read(self, text: str) -> Document:
        statements = list(self._statements(text))
        for number, statement in statements:
            self._outputs(statement)
            labelled = _LABELLED.match(statement)
            if labelled:
                word, name, major, rest = labelled.groups()
                self._labelled(number, word.upper(), name.strip(), major.upper(), rest)
            else:
                self._plain(number, statement)
        if not self.readings and not self.findings:
            remedy = "Make the program output the tolerances too: OUTPUT/FA(...),TA(...)."
            self._note("", "no tolerance actuals", "TA(balloon)=TOL/... statements", remedy)
        if self.findings:
            raise BadInput(*self.findings)
        return Document(tuple(self.readings), 0, self.part)

    def _statements(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield (line, statement) with continuation lines joined and comments removed."""
        begun, parts, size = 0, list[str](), 0
        for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
            plain = line.split("$$", 1)[0].strip()
            begun = begun or number
            size += len(plain)
            if size > _LONGEST:
                remedy = "Check for an extra $ at the end of a line."
                self._note(f"line {begun}", f"a statement of over {_LONGEST} characters", "a shorter one", remedy)
                return
            goes_on = plain.endswith("$")
            parts.append(plain.rstrip("$"))
            if not goes_on:
                whole = "".join(parts).strip()
                if whole:
                    yield begun, whole
                begun, parts, size = 0, [], 0
        if whole := "".join(parts).strip():
            yield begun, whole

    def _outputs(self, statement: str) -> None:
        """Tie the tolerances to the feature that comes first in ``OUTPUT/FA(bore),TA(1),TA(2)``."""
        if statement[:6].upper() == "OUTPUT":
            named = [(word.upper(), name.strip()) for word, name in _NAMED.findall(statement)]
            feature = next((name for word, name in named if word == "FA"), "")
            self.put_out |= {name: feature for word, name in named if word == "TA" and feature}

    def _labelled(self, line: int, word: str, name: str, major: str, rest: str) -> None:
        words = [cell.strip().upper() for cell in rest.split(",")]
        if major == "FEAT" and word in ("F", "FA"):
            feature = _Feature(words[0], tuple(n for cell in words[1:] if (n := finite(cell)) is not None))
            (self.nominal if word == "F" else self.actual)[name] = feature
            self.last = name if word == "FA" else self.last
        elif major == "TOL" and word == "T":
            self.asked[name] = words
        elif major == "TOL" and word == "TA":
            self._reading(line, name, words)
        elif major == "PARTID":
            self.part = _text(rest)
        elif major == "PARTSN":
            self.serial = _text(rest)
        elif major == "OPERID":
            self.operator = _text(rest)

    def _plain(self, line: int, statement: str) -> None:
        major, _, rest = statement.partition("/")
        if major.strip().upper() == "UNITS":
            words = [cell.strip().upper() for cell in rest.split(",")]
            self.length = next((_LENGTHS[word] for word in words if word in _LENGTHS), None)
            self.angle = next((_ANGLES[word] for word in words if word in _ANGLES), None)
            if self.length is None or (self.angle is None and any(word.startswith("ANG") for word in words)):
                wanted = f"{', '.join(_LENGTHS)} and {', '.join(_ANGLES)}"
                self._note(f"line {line}", f"UNITS/{rest}"[:80], wanted, "Make the program output one of these units.")
        name, _, told = statement.partition("=")
        if name.strip().upper() == "DATE":
            self.date = told.strip().replace("/", "-")
        elif name.strip().upper() == "TIME":
            self.time = told.strip()

    def _reading(self, line: int, name: str, words: list[str]) -> None:
        kind, place = words[0], f"line {line}"
        figure = next((n for cell in words[1:] if (n := finite(cell)) is not None), None)
        if kind not in _ZONES and kind not in _SIZES:
            known = ", ".join((*_SIZES, *_ZONES))
            self._note(place, f"TA({name})=TOL/{kind}"[:80], f"one of {known}", "Leave it out of the results.")
            return
        if figure is None:
            self._note(place, f"TA({name}) without a number", "the actual or the deviation", "Measure it again.")
            return
        found = (figure, None) if kind in _ZONES else self._size(place, name, kind, figure, words)
        if found is None:
            return
        balloon = _BALLOON.match(name)
        factor, unit = (self.angle, "deg") if kind in _ANGULAR else (self.length, "mm")
        value, nominal = found
        scale = factor or 1.0
        self.readings.append(
            Reading(
                characteristic=str(int(balloon[1])) if balloon else name,
                value=value * scale,
                place=place,
                serial=self.serial,
                time=f"{self.date}T{self.time}" if self.date and self.time else self.date,
                appraiser=self.operator,
                unit=unit if factor else "",
                kind=_ZONES.get(kind) or _SIZES[kind],
                nominal=None if nominal is None else nominal * scale,
            )
        )

    def _size(
        self, place: str, name: str, kind: str, figure: float, words: list[str]
    ) -> tuple[float, float | None] | None:
        """Return the value and nominal of a size tolerance whose actual is ``figure``; None if a finding was noted."""
        feature = self.put_out.get(name, self.last)
        asked = self.asked.get(name, [])
        nominal = _own_nominal(kind, asked)
        measured = None
        if feature in self.nominal and nominal is None:
            nominal = self.nominal[feature].figure(kind, asked or words)
        if feature in self.actual:
            measured = self.actual[feature].figure(kind, asked or words)
        if measured is not None:
            deviation = None if nominal is None else measured - nominal
            if abs(figure - measured) > _AGREES and (deviation is None or abs(figure - deviation) > _AGREES):
                told = f"{measured:g}" + (f", or {deviation:g} from nominal" if deviation is not None else "")
                remedy = "Check whether the tolerance is output with another feature."
                self._note(place, f"TA({name}) {figure:g}", f"the value of FA({feature}): {told}", remedy)
                return None
            return measured, nominal
        if nominal is None:
            remedy = "Output the feature with the tolerance, or its nominal before the tolerance."
            self._note(place, f"TA({name}) alone", "a feature FA, or a nominal F", remedy)
            return None
        near_nominal = abs(figure - nominal) < abs(figure) or figure == nominal
        return (figure if near_nominal else nominal + figure), nominal

    def _note(self, place: str, found: str, expected: str, remedy: str) -> None:
        self.findings.append(Finding(self.file, place, found, expected, remedy))


def _own_nominal(kind: str, asked: list[str]) -> float | None:
    """Return the nominal given in the tolerance itself, as for distances and angles between features."""
    numbers = [n for cell in asked[1:] if (n := finite(cell)) is not None]
    if kind in ("DISTB", "DISTWRT", "ANGLB"):
        if "LIMIT" in asked and len(numbers) >= 2:
            return (numbers[0] + numbers[1]) / 2
        return numbers[0] if len(numbers) >= 3 else None
    return None


def _text(rest: str) -> str:
    return rest.strip().strip("'\"").strip()[:120]
