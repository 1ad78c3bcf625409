"""Convert the drilling cycles of a Sinumerik, CYCLE81 to CYCLE85, to the moves that the control makes.

Source: SINUMERIK 840D sl Job planning (6FC5398-2BP40), "Programming cycles externally", and the manual on cycles (PGZ),
"Drilling cycles", "Sequence of operations" of each cycle. All begin with a rapid move to RFP + SDIS and end with a
rapid move to RTP. The depth is DP, or DPR below RFP, which has priority if both are given. Anything that differs
between versions, or isn't described, is refused: degression and uneven pecks of CYCLE83, its dwells, and the parameters
after the classic ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from nightmill.verification.nc.motions import FEED, RAPID
from nightmill.verification.nc.siemens_words import Value
from nightmill.verification.nc.strokes import Stroke

CYCLES = {
    "CYCLE81": ("RTP", "RFP", "SDIS", "DP", "DPR"),
    "CYCLE82": ("RTP", "RFP", "SDIS", "DP", "DPR", "DTB"),
    "CYCLE83": ("RTP", "RFP", "SDIS", "DP", "DPR", "FDEP", "FDPR", "DAM", "DTB", "DTS", "FRF", "VARI", "_AXN", "_MDEP", "_VRT", "_DTD", "_DIS1"),
    "CYCLE84": ("RTP", "RFP", "SDIS", "DP", "DPR", "DTB", "SDAC", "MPIT", "PIT", "POSS", "SST", "SST1", "_AXN"),
    "CYCLE85": ("RTP", "RFP", "SDIS", "DP", "DPR", "DTB", "FFR", "RFF"),
}  # fmt: skip
"""The parameters of each cycle, in order."""
_PITCH_OF_SIZE = {
    3.0: 0.5, 4.0: 0.7, 5.0: 0.8, 6.0: 1.0, 8.0: 1.25, 10.0: 1.5, 12.0: 1.75, 14.0: 2.0, 16.0: 2.0, 18.0: 2.5, 20.0: 2.5, 22.0: 2.5,
    24.0: 3.0, 27.0: 3.0, 30.0: 3.5, 33.0: 3.5, 36.0: 4.0, 39.0: 4.0, 42.0: 4.5, 45.0: 4.5, 48.0: 5.0,
}  # fmt: skip
"""Thread pitch selected by MPIT, M3 to M48 (ISO 261, coarse), mm."""
_CHIP_BREAK_MM = 1.0
_MOST_PECKS = 10_000
_SAME_MM = 1e-6


@dataclass(frozen=True)
class Hole:
    """The effect of a cycle at one position: strokes, dwells in s and in revolutions, and whether the F word remains
    valid afterwards.

    ``rpm``: the spindle speed after the cycle, if the cycle sets one.
    """

    strokes: tuple[Stroke, ...]
    dwell_s: float = 0.0
    dwell_turns: float = 0.0
    keeps_feed: bool = True
    rpm: float | None = None


@dataclass
class _Call:
    name: str
    given: dict[str, float] = field(default_factory=dict)

    def get(self, name: str) -> float:
        """Return a parameter; an omitted parameter is 0, as in the control."""
        return self.given.get(name, 0.0)


def hole(name: str, arguments: Sequence[Value], speed: float) -> Hole:
    """Return the effect of a cycle; ``speed`` is the last S word. Raises ``ValueError`` for anything that the control
    refuses or that isn't supported.
    """
    call = _parsed(name, arguments)
    start, bottom, back = _planes(call)
    begin, end = Stroke(RAPID, start), Stroke(RAPID, back)
    if call.get("_AXN") not in (0.0, 3.0):
        raise ValueError(f"{name} along another axis (_AXN)")
    match name:
        case "CYCLE83":
            return Hole((begin, *_deep(call, start, bottom), end), keeps_feed=call.get("FRF") == 1.0)
        case "CYCLE84":
            return _tapping(call, start, bottom, end, speed)
        case "CYCLE85":
            if call.get("FFR") <= 0 or call.get("RFF") <= 0:
                raise ValueError("CYCLE85 without its feeds FFR and RFF")
            way = (Stroke(FEED, bottom, call.get("FFR")), Stroke(FEED, start, call.get("RFF")))
            return Hole((begin, *way, end), *_dwell(call), keeps_feed=False)
        case _:
            return Hole((begin, Stroke(FEED, bottom), end), *_dwell(call))


def _parsed(name: str, arguments: Sequence[Value]) -> _Call:
    names = CYCLES[name]
    given: dict[str, float] = {}
    for index, value in enumerate(arguments):
        if value is None:
            continue
        if isinstance(value, str):
            raise ValueError(f"{name} with the text {value!r}")
        if index >= len(names):
            if value != 0:
                raise ValueError(f"{name} with more than the {len(names)} supported parameters")
        else:
            given[names[index]] = value
    return _Call(name, given)


def _planes(call: _Call) -> tuple[float, float, float]:
    """Return the heights at which a cycle's feed starts, where the tool reverses, and where the cycle ends."""
    reference, back, gap = call.get("RFP"), call.get("RTP"), call.get("SDIS")
    if "RTP" not in call.given or not ({"DP", "DPR"} & set(call.given)):
        raise ValueError(f"{call.name} needs RTP and DP or DPR")
    if gap < 0 or call.get("DPR") < 0:
        raise ValueError(f"{call.name}: SDIS and DPR must not be negative")
    if back < reference or (back == reference and call.get("DPR") > 0):
        raise ValueError(f"{call.name}: alarm 61101, the reference plane must lie below the retraction plane")
    bottom = reference - call.get("DPR") if call.get("DPR") > 0 else call.get("DP")
    if "DP" not in call.given and call.get("DPR") == 0:
        raise ValueError(f"{call.name} without a depth")
    if bottom >= reference + gap:
        raise ValueError(f"{call.name} drills up")
    return reference + gap, bottom, back


def _dwell(call: _Call) -> tuple[float, float]:
    """Return the dwell at the bottom in s and in revolutions; a negative DTB is a number of revolutions."""
    dwell = call.get("DTB")
    return (dwell, 0.0) if dwell >= 0 else (0.0, -dwell)


def _deep(call: _Call, start: float, bottom: float) -> list[Stroke]:
    """Return the strokes of CYCLE83 between its first and last rapid move."""
    reference = call.get("RFP")
    first = reference - call.get("FDPR") if call.get("FDPR") > 0 else call.get("FDEP")
    if call.get("FDPR") <= 0 and "FDEP" not in call.given:
        raise ValueError("CYCLE83 without a first depth, FDEP or FDPR")
    if any(call.get(each) != 0 for each in ("DTB", "DTS", "_DTD")):
        raise ValueError("CYCLE83 with dwells is not supported")
    if call.get("DAM") != 0 or call.get("_MDEP") != 0:
        raise ValueError("CYCLE83 with degression is not supported: its strokes depend on the version of the cycle")
    if call.get("FRF") != 1.0:
        raise ValueError("CYCLE83 needs FRF 1, so that the first stroke has the same feed as the others")
    if call.get("VARI") not in (0.0, 1.0):
        raise ValueError("VARI of CYCLE83 must be 0 or 1")
    stroke = reference - first
    if stroke <= 0 or first < bottom - _SAME_MM:
        raise ValueError("alarm 61107: the first drilling depth is beyond the final depth")
    count = round((reference - bottom) / stroke)
    if count > _MOST_PECKS:
        raise ValueError(f"CYCLE83 with more than {_MOST_PECKS} strokes")
    if abs(reference - count * stroke - bottom) > _SAME_MM * count:
        raise ValueError(
            "CYCLE83 with strokes that don't add up to its depth is not supported: the control evens out the last ones"
        )
    strokes: list[Stroke] = []
    for number in range(1, count):
        depth = reference - number * stroke
        strokes.append(Stroke(FEED, depth))
        if call.get("VARI") == 1.0:
            strokes += [Stroke(RAPID, start), Stroke(RAPID, depth + _reentry(call, reference - bottom))]
        else:
            strokes.append(Stroke(FEED, depth + (call.get("_VRT") or _CHIP_BREAK_MM)))
    return [*strokes, Stroke(FEED, bottom)]


def _reentry(call: _Call, depth: float) -> float:
    """Return how far above the last depth the rapid move back into the hole ends: 0.6 mm up to 30 mm of depth, then 1/50, at most 7 mm."""
    if call.get("_DIS1") > 0:
        return call.get("_DIS1")
    return 0.6 if depth <= 30.0 else min(7.0, depth / 50.0)


def _tapping(call: _Call, start: float, bottom: float, end: Stroke, speed: float) -> Hole:
    """Return the moves of CYCLE84: in and back to the start of the feed in step with the spindle, then rapid."""
    size, pitch = call.get("MPIT"), call.get("PIT")
    if pitch == 0 and abs(size) not in _PITCH_OF_SIZE:
        raise ValueError("CYCLE84 needs PIT, or MPIT from 3 to 48")
    if pitch != 0 and size != 0:
        raise ValueError("alarm 61001: CYCLE84 with both MPIT and PIT")
    if call.get("SDAC") != 3.0:
        raise ValueError("the spindle must turn clockwise after CYCLE84: SDAC 3")
    if pitch < 0 or size < 0:
        raise ValueError("CYCLE84 taps a left-hand thread")
    lead = pitch or _PITCH_OF_SIZE[size]
    into = call.get("SST") or speed
    out = call.get("SST1") or into
    if into <= 0 or out <= 0:
        raise ValueError("CYCLE84 without a speed")
    way = (Stroke(FEED, bottom, pitch=lead, rpm=into), Stroke(FEED, start, pitch=lead, rpm=out))
    return Hole((Stroke(RAPID, start), *way, end), *_dwell(call), keeps_feed=False, rpm=out)
