"""The grammar of callouts: parse one line of a drawing, in normalised spelling (``symbols.plain``), into requirements.

A scanner with one rule per kind, tried in order. Words that no rule matches are returned, so that nothing is lost silently.
"""

import re
from collections.abc import Callable

import msgspec

from nightmill.intake.drawing.grammar.threads import number, read_thread
from nightmill.intake.drawing.records import Asked, AskedKind, Place
from nightmill.vocabulary.fits import FIT, deviations

NOWHERE = Place(0, 0, 0, 0, 0)
N = r"(?:\d+(?:[.,]\d+)?|[.,]\d+)"
_SIGNED = rf"[+\-]\s*{N}|(?<![\d.,])0(?:[.,]0+)?(?![\d.,])"
_COUNT = re.compile(
    r"(?P<n>\d{1,3})(?P<before>\s*)[×xX*](?P<after>\s*)(?=(?P<next>S?⌀|SR|R|M\s?\d|C\d|G\s?\d|Tr|□|[#.\d(⟨⌴⌵\[]))"
)
_COUNTED = re.compile(r"(?<![\w.,])\d{1,3}[xX]$")
"""A count with a letter x as multiplication sign, right before the counted size: ``3xM8``."""
_COUNT_AFTER = re.compile(
    r"\(?\s*(?P<n>\d{1,3})\s*(?:HOLES?|PLACES?|PLCS?|PL|OFF|STELLEN|STK|BOHRUNGEN|LÖCHER|个|处)\b\.?\s*\)?|\(\s*(?P<m>\d{1,3})\s*[×xX]\s*\)",
    re.I,
)
_SIZE = re.compile(rf"(?:(?P<sign>S⌀|⌀|SR|R|□)\s*)?(?P<n>{N})(?P<unit>\s*(?:mm|in|\"))?(?![A-Za-z]*/)")
_ANGLE = re.compile(rf"(?P<n>{N})\s*°(?:\s*(?P<min>\d{{1,2}})\s*')?(?:\s*(?P<sec>\d{{1,2}})\s*\")?")
_CHAMFER = re.compile(rf"(?P<n>{N})\s*(?:mm)?\s*[×xX*/]\s*(?P<a>{N})\s*°")
_CHAMFER_TURNED = re.compile(rf"(?P<a>{N})\s*°\s*[×xX*]\s*(?P<n>{N})(?!\s*°)")
_CHAMFER_C = re.compile(rf"C\s?(?P<n>{N})(?![\w.])")
ROUGHNESS = re.compile(
    rf"(?:√\s*)?(?P<limit>[UL]\s+)?(?P<p>R(?:a|z|q|t|p|v|max|A|Z))\s*(?:max\.?\s*)?[=:≤<]?\s*(?P<n>{N})(?:\s*(?P<unit>µm|um|µin|µ))?(?:\s*MAX\b)?"
)
_DEPTH = re.compile(rf"(?:↧|DEPTH|TIEFE|DP\.?|T=)\s*(?P<n>{N})(?:\s*mm)?", re.I)
_DEPTH_AFTER = re.compile(rf"[×xX]?\s*(?P<n>{N})\s*(?:mm)?\s*(?:DEEP|TIEF|DP\b|↧|深)", re.I)
_THROUGH = re.compile(
    r"(?:THRU(?:\s+ALL)?|THROUGH(?:\s+ALL)?|DURCH(?:GEHEND|BOHRUNG|GANGSBOHRUNG|GANG)?|DURCHG\.?|通孔|通)(?![a-z])",
    re.I,
)
_BORE = re.compile(r"(?:⌴|C'?BORE|CBORE|COUNTERBORE|ZYL(?:\.|INDER)?\s*SENK(?:UNG)?)\s*", re.I)
_SINK = re.compile(r"(?:⌵|C'?SINK|CSK|COUNTERSINK|KEGELSENKUNG|SENKUNG)\s*", re.I)
_TO_ANGLE = re.compile(rf"\s*[×xX*]?\s*(?P<a>{N})\s*°")
_PLUS_MINUS = re.compile(rf"\s*\(?\s*±\s*(?P<t>{N})\s*(?:mm|°|(?P<min>'))?\s*\)?")
_LIMITS_AFTER = re.compile(rf"\s*\(\s*(?P<a>{N})\s*[/-]\s*(?P<b>{N})\s*\)")
_TWO_SIGNED = re.compile(rf"\s*\(?\s*(?P<a>{_SIGNED})\s*[/,;]?\s*(?P<b>{_SIGNED})(?![\d.,]|\s*[×xX])\s*\)?")
_STACK = re.compile(r"\s*\(?\s*⟨(?P<a>[^|⟩]*)\|(?P<b>[^|⟩]*)⟩\s*\)?")
_LIMIT_PAIR = re.compile(rf"\s*(?:-|/|\.\.\.?|…|\bto\b|\bbis\b)\s*(?P<b>{N})(?![\d.,]|\s*[×xX°]|\s*-?\s*U)")
_A_FIT = re.compile(rf"\s*(?!x\d)(?P<fit>{FIT.pattern})(?![\d.,])(?:\s*/\s*(?P<mate>{FIT.pattern})(?![\d.,]))?")
_WORDS = re.compile(r"\s*(?P<w>MAX|MIN|REF|TYP|BSC|BASIC)\b\.?", re.I)
_BOUND_BEFORE = re.compile(r"(?P<w>MAX\.?|MIN\.?|≤|≥|<|>)\s*(?=[⌀R\d.,])", re.I)
_SILENT = re.compile(
    r"(?:\s+|⏎|[,;|]|(?:TYP|EQ(?:UALLY|\.)?\s*SP(?:ACED)?|EQS|GLEICHM(?:Ä|AE)SSIG|VERTEILT|HOLES?|BOHRUNGEN?|BOHR|DRILL|REAM|BORE|TAP|TAPPED|FULL|THREAD|GEWINDE|PLACES?|"
    r"SLOT|KEYWAY|NEAR|FAR|SIDE|BOTH|SIDES|ENDS|CHAMFER|FASE|DIA|RAD|FULL\s+R|GROOVE|UNDERCUT|AND|UND|MIN|mm|均布|倒角|螺纹)\b\.?|[-–/])",
    re.I,
)
_TWO_SIZES = re.compile(rf"(?P<a>{N})\s*[×xX]\s*(?P<b>{N})(?![\d.,]|\s*[°×xX])")
_CIRCLE = re.compile(
    rf"(?:ON|AUF)\s+(?:A\s+|EINEM\s+)?(?P<sign>⌀)?\s*(?P<n>{N})\s*(?:B\.?C\.?D?\.?|BOLT\s+CIRCLE|PCD|TK|TEILKREIS|LK)?|PCD\s*⌀?\s*(?P<m>{N})",
    re.I,
)
SLACK_OF_FIT_MM = 0.0011
MOST_PLACES = 24
_TURNS_MISREAD = frozenset({"150", "300", "450", "600"})
"""Chamfer angles whose ° is read as a zero."""
_LARGEST_CHAMFER_MM = 20.0
_NO_HOLE: frozenset[AskedKind] = frozenset({"length", "radius", "angle", "chamfer"})
"""Kinds of size after whose tolerance no depth follows."""
_NO_SIGN = {"", "(", ")", "[", "-", "+", "±", "/"}
_KIND: dict[str, AskedKind] = {
    "": "length",
    "⌀": "diameter",
    "S⌀": "diameter",
    "R": "radius",
    "SR": "radius",
    "□": "square",
}


class Read(msgspec.Struct):
    """The requirements in a text, and the words that no rule matched."""

    asked: list[Asked]
    rest: list[str]


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.asked: list[Asked] = []
        self.rest: list[str] = []
        self.last_end = 0
        self.count = 1
        self.count_flags: tuple[str, ...] = ()

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match and match.end() > self.at:
            self.at = match.end()
            return match
        return None

    def add(self, kind: AskedKind, **values: object) -> None:
        flags = (*tuple(values.pop("flags", ())), *self.count_flags)  # type: ignore[arg-type]
        fields = {"count": self.count, **values}
        self.asked.append(Asked(0, kind, NOWHERE, "", 1.0, flags=flags, **fields))  # type: ignore[arg-type]

    def amend(self, **values: object) -> None:
        self.asked[-1] = msgspec.structs.replace(self.asked[-1], **values)


def read_callout(text: str) -> Read:
    """Return all requirements of ``text``. Lengths are as written; the caller converts inches to mm."""
    reference = re.fullmatch(r"\(\s*(?P<inner>[^()]*)\s*\)", text)
    scan = _Scanner(reference["inner"] if reference else text)
    while scan.at < len(scan.text):
        known = len(scan.asked)
        if any(rule(scan) for rule in _RULES):
            scan.last_end = scan.at if len(scan.asked) > known else scan.last_end
        else:
            scan.rest.append(scan.text[scan.at])
            scan.at += 1
    rest = [word for word in re.split(r"\s+", "".join(scan.rest)) if word]
    if reference:
        scan.asked = [msgspec.structs.replace(each, modifier="reference") for each in scan.asked]
    return Read(scan.asked, rest)


def _count(scan: _Scanner) -> bool:
    match = _COUNT.match(scan.text, scan.at)
    if match is None or (_CHAMFER.match(scan.text, scan.at) and not _asme_count(match)):
        return False
    if match["next"][0] in "0123456789." and not _CHAMFER.match(scan.text, match.end()):
        if not _asme_count(match):
            if not read_thread(scan.text, match.end()):
                return False
        elif _ANGLE.match(scan.text, match.end()):
            scan.count_flags = ("a count or the leg of a chamfer: both readings are possible",)
    scan.at = match.end()
    scan.count = int(match["n"])
    return True


def _asme_count(match: re.Match[str]) -> bool:
    """``4X 10``: the X belongs to the count; these are not two sizes."""
    return not match["before"] and bool(match["after"])


def _count_after(scan: _Scanner) -> bool:
    match = scan.take(_COUNT_AFTER)
    if match is None:
        return False
    scan.count = int(match["n"] or match["m"])
    scan.asked = [msgspec.structs.replace(each, count=scan.count) if each.count == 1 else each for each in scan.asked]
    return True


def _thread(scan: _Scanner) -> bool:
    found = read_thread(scan.text, scan.at)
    before = scan.text[scan.at - 1] if scan.at else " "
    if found is None or (before.isalnum() and not _COUNTED.search(scan.text, 0, scan.at)):
        return False
    thread, scan.at = found
    scan.add(
        "thread", nominal=round(thread.nominal, 4), thread=thread.designation, thread_class=thread.thread_class,
        pitch=round(thread.pitch, 5) if thread.pitch else None, left_hand=thread.left_hand, depth=thread.length, flags=thread.flags,
    )  # fmt: skip
    return True


def _two_sizes(scan: _Scanner) -> bool:
    """``40 × 30``: two lengths, unless the first may be a count."""
    match = scan.take(_TWO_SIZES)
    if match is None:
        return False
    may_be_count = match["a"].isdigit() and int(match["a"]) <= MOST_PLACES
    flags = ("a count or a length: both readings are possible",) if may_be_count else ()
    if match["b"] in _TURNS_MISREAD and number(match["a"]) < _LARGEST_CHAMFER_MM:
        flags = (*flags, "a chamfer, if the last zero is a °")
    for side in "ab":
        scan.add("length", nominal=number(match[side]), flags=flags)
    return True


def _roughness(scan: _Scanner) -> bool:
    match = scan.take(ROUGHNESS)
    if match is None:
        return False
    flags = ("roughness in microinches",) if match["unit"] == "µin" else ()
    name = match["p"][0] + match["p"][1:].lower()
    scan.add("roughness", parameter=name, roughness=number(match["n"]), flags=flags, count=1)
    return True


def _depth(scan: _Scanner) -> bool:
    match = _DEPTH.match(scan.text, scan.at) or _DEPTH_AFTER.match(scan.text, scan.at)
    if match is None or not scan.asked:
        return False
    scan.at = match.end()
    if scan.asked[-1].kind in _NO_HOLE and scan.asked[-1].lower is not None:
        # "20 ±0.1 4.5 DEEP": the depth belongs to another text nearby
        scan.amend(flags=(*scan.asked[-1].flags, "a depth after a size that isn't a hole's"))
    _holes_amended(scan, depth=number(match["n"]))
    return True


def _thread_length(scan: _Scanner) -> bool:
    """``M20 × 2.5 - 6g × 40``."""
    if not scan.asked or scan.asked[-1].kind != "thread" or scan.asked[-1].depth is not None:
        return False
    match = scan.take(re.compile(rf"\s*[×xX]\s*(?P<n>{N})(?!\s*°|\w)"))
    if match:
        scan.amend(depth=number(match["n"]))
    return match is not None


def _through(scan: _Scanner) -> bool:
    if not scan.asked or scan.take(_THROUGH) is None:
        return False
    _holes_amended(scan, through=True)
    return True


def _holes_amended(scan: _Scanner, **values: object) -> None:
    scan.amend(**values)


def _bore(scan: _Scanner) -> bool:
    if scan.take(_BORE) is None:
        return False
    return _sized(scan, "counterbore")


def _sink(scan: _Scanner) -> bool:
    if scan.take(_SINK) is None:
        return False
    if not _sized(scan, "countersink"):
        return False
    match = scan.take(_TO_ANGLE)
    if match:
        scan.amend(angle=number(match["a"]))
    return True


def _sized(scan: _Scanner, kind: AskedKind) -> bool:
    alone = not scan.asked
    match = scan.take(_SIZE)
    if match is None:
        return True
    value = number(match["n"])
    scan.add(kind, nominal=value, **_tolerance(scan, value))
    if alone and scan.count == 1:
        scan.amend(flags=(*scan.asked[-1].flags, "the hole to which this belongs is given elsewhere"))
    return True


def _chamfer(scan: _Scanner) -> bool:
    match = scan.take(_CHAMFER) or scan.take(_CHAMFER_TURNED)
    if match:
        value = number(match["n"])
        scan.add("chamfer", nominal=value, angle=number(match["a"]), **_tolerance(scan, value))
        return True
    match = scan.take(_CHAMFER_C)
    if match:
        value = number(match["n"])
        scan.add("chamfer", nominal=value, angle=45.0, **_tolerance(scan, value))
    return match is not None


def _angle(scan: _Scanner) -> bool:
    match = scan.take(_ANGLE)
    if match is None:
        return False
    value = number(match["n"]) + int(match["min"] or 0) / 60 + int(match["sec"] or 0) / 3600
    scan.add("angle", nominal=round(value, 6), **_tolerance(scan, value))
    return True


def _bound_before(scan: _Scanner) -> bool:
    match = scan.take(_BOUND_BEFORE)
    if match is None:
        return False
    before = len(scan.asked)
    size = _size(scan)
    if size and len(scan.asked) > before and scan.asked[-1].lower is None and scan.asked[-1].upper is None:
        upper = match["w"].upper().startswith("MAX") or match["w"] in "≤<"
        nominal = scan.asked[-1].nominal
        scan.amend(**({"upper": nominal, "modifier": "max"} if upper else {"lower": nominal, "modifier": "min"}))
    return True


def _circle(scan: _Scanner) -> bool:
    match = scan.take(_CIRCLE)
    if match is None:
        return False
    count, scan.count = scan.count, 1
    scan.add("diameter", nominal=number(match["n"] or match["m"]))
    scan.count = count
    return True


def _stacked_size(scan: _Scanner) -> bool:
    """``⌀⟨12.52|12.48⟩``: limits without a nominal size."""
    match = re.compile(rf"(?P<sign>S⌀|⌀|SR|R|□)?\s*⟨(?P<a>{N})\s*°?\|(?P<b>{N})\s*(?P<deg>°)?⟩").match(
        scan.text, scan.at
    )
    if match is None:
        return False
    scan.at = match.end()
    values = sorted((number(match["a"]), number(match["b"])))
    kind: AskedKind = "angle" if match["deg"] else _KIND[match["sign"] or ""]
    scan.add(kind, lower=values[0], upper=values[1])
    return True


def _size(scan: _Scanner) -> bool:
    between = scan.text[scan.last_end : scan.at] if scan.asked else None
    match = scan.take(_SIZE)
    if match is None:
        return False
    ran_together = between == "" and match["sign"]
    if between is not None and (ran_together or (between.strip() in _NO_SIGN and not match["sign"])):
        scan.count_flags = (*scan.count_flags, "two sizes without a symbol between them")
        scan.amend(flags=(*scan.asked[-1].flags, "two sizes without a symbol between them"))
    value = number(match["n"])
    if re.match(r"0\d", match["n"]):
        scan.count_flags = (*scan.count_flags, "a leading zero may be a misread ⌀")
    pair = _LIMIT_PAIR.match(scan.text, scan.at)
    if pair and _limits(value, number(pair["b"]), match["n"], pair["b"]):
        scan.at = pair.end()
        low, high = sorted((value, number(pair["b"])))
        scan.add(_KIND[match["sign"] or ""], lower=low, upper=high)
        return True
    kind = _KIND[match["sign"] or ""]
    scan.add(kind, nominal=value, **_tolerance(scan, value, fits=kind != "radius"))
    return True


def _limits(first: float, second: float, *texts: str) -> bool:
    decimals = any("." in text or "," in text for text in texts)
    return decimals and first != second and abs(first - second) <= 0.06 * max(first, second) + 0.3


def _tolerance(scan: _Scanner, nominal: float, *, fits: bool = True) -> dict[str, object]:
    """Return the text after a size as fields of ``Asked``: deviations, a fit, MAX, REF. A radius has no fit: ``R8 R2``
    is two radii.
    """
    found: dict[str, object] = {}
    flags: list[str] = []
    fit = scan.take(_A_FIT) if fits else None
    if fit:
        found["fit"] = fit["fit"] + (f"/{fit['mate']}" if fit["mate"] else "")
        ends = deviations(fit["fit"], nominal)
        if fit["mate"]:
            flags.append(f"the fit {found['fit']} is a fit between two parts: which part is this?")
        elif ends is None:
            flags.append(f"ISO 286 has no {fit['fit']} for {nominal:g}")
        else:
            found |= {"at": nominal, "lower": round(nominal + ends[0], 6), "upper": round(nominal + ends[1], 6)}
    written = _deviations(scan, nominal)
    if written:
        low, high = written
        if low > high:
            flags.append(f"the upper limit {high:g} is below the lower {low:g}")
        if low == high:
            flags.append(f"both limits are {low:g}")
        if "lower" in found and not _same_limits(found, low, high):
            flags.append(f"{found['fit']} and the limits given beside it disagree")
        if "lower" not in found or flags:
            found |= {"lower": low, "upper": high}  # else the fit's own limits, which aren't rounded
    found.pop("at", None)
    word = scan.take(_WORDS)
    if word and word["w"].upper() in ("MAX", "MIN", "REF", "BSC", "BASIC"):
        name = {"BSC": "basic", "REF": "reference"}.get(word["w"].upper(), word["w"].lower())
        found["modifier"] = name
        if name in ("max", "min"):
            found["upper" if name == "max" else "lower"] = nominal
    if flags:
        found["flags"] = tuple(flags)
    return found


def _same_limits(found: dict[str, object], low: float, high: float) -> bool:
    known = (found["lower"], found["upper"])
    nominal = float(str(found["at"]))
    unsigned = all(
        abs(abs(float(str(a)) - nominal) - abs(b - nominal)) <= SLACK_OF_FIT_MM
        for a, b in zip(known, (low, high), strict=True)
    )
    if unsigned and low >= nominal and high >= nominal:
        return True  # a scan may lose the signs of deviations that the fit gives anyway
    return all(abs(float(str(a)) - b) <= SLACK_OF_FIT_MM for a, b in zip(known, (low, high), strict=True))


def _deviations(scan: _Scanner, nominal: float) -> tuple[float, float] | None:
    match = scan.take(_PLUS_MINUS)
    if match:
        half = number(match["t"]) / (60 if match["min"] else 1)  # minutes of arc
        return round(nominal - half, 6), round(nominal + half, 6)
    match = _LIMITS_AFTER.match(scan.text, scan.at)
    if match and all(abs(number(match[side]) - nominal) < 0.1 * nominal + 0.5 for side in "ab"):
        scan.at = match.end()
        low, high = sorted(number(match[side]) for side in "ab")
        return low, high
    match = scan.take(_STACK)
    if match:
        first, second = (_signed(text) for text in (match["a"], match["b"]))
        if first is None or second is None:
            return None
        unsigned = all(text[:1] not in "+-±" and value for text, value in ((match["a"], first), (match["b"], second)))
        if unsigned and abs(first - nominal) < 0.1 * nominal + 0.5 and abs(second - nominal) < 0.1 * nominal + 0.5:
            return min(first, second), max(first, second)
        return round(nominal + second, 6), round(nominal + first, 6)
    match = scan.take(_TWO_SIGNED)
    if match:
        ends = sorted(float(re.sub(r"\s", "", match[side]).replace(",", ".")) for side in "ab")
        return round(nominal + ends[0], 6), round(nominal + ends[1], 6)
    return None


def _signed(text: str) -> float | None:
    bare = re.sub(r"[\s°±]|mm", "", text).replace(",", ".")
    return float(bare) if re.fullmatch(r"[+\-]?(?:\d+\.?\d*|\.\d+)", bare) else None


def _silent(scan: _Scanner) -> bool:
    return scan.take(_SILENT) is not None


_RULES: tuple[Callable[[_Scanner], bool], ...] = (
    _circle, _count, _count_after, _thread_length, _through, _depth, _bore, _sink, _thread, _roughness, _chamfer, _angle, _two_sizes, _bound_before, _stacked_size,
    _size, _silent,
)  # fmt: skip
