"""Expand drilling cycles of a Heidenhain control into its moves: cycles 200, 201, 203, 205, 207, 209 and 240.

Sources: TNC 640 User's Manual Cycle Programming (34059x), chapters "Fixed cycles: drilling" and "Fixed cycles: tapping / thread milling",
"Cycle run" and "Cycle parameters" of each; iTNC 530 User's Manual Cycle Programming (60642x), the same chapters. All begin with FMAX to
the set-up clearance Q200 above the surface Q203, and end there or, if it is higher, at the 2nd set-up clearance Q204 above the surface.
Depths are counted from the surface, down if negative. Parameters that newer software has added come last and may be omitted.
Anything that differs between versions, or isn't described, is refused: chip breaking (the feed of the retraction isn't given), decrements,
different advanced stop distances, and deepened starting points.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from nightmill.verification.nc.heidenhain_blocks import VALUE, value_of
from nightmill.verification.nc.motions import FEED, RAPID
from nightmill.verification.nc.strokes import Stroke

CYCLES: dict[int, tuple[str, str]] = {
    200: ("Q200 Q201 Q206 Q202 Q210 Q203 Q204", "Q211 Q395"),
    201: ("Q200 Q201 Q206 Q211 Q208 Q203 Q204", ""),
    203: ("Q200 Q201 Q206 Q202 Q210 Q203 Q204 Q212 Q213 Q205 Q211 Q208", "Q256 Q395"),
    205: ("Q200 Q201 Q206 Q202 Q203 Q204 Q212 Q205 Q258 Q259 Q257 Q256 Q211", "Q379 Q253 Q208 Q395 Q373"),
    207: ("Q200 Q201 Q239 Q203 Q204", ""),
    209: ("Q200 Q201 Q239 Q203 Q204 Q257 Q256 Q336", "Q403"),
    240: ("Q200 Q343 Q201 Q344 Q206 Q211 Q203 Q204", ""),
    247: ("Q339", ""),
}
"""The parameters that each cycle must have, and those that it may have."""
_REFUSED = {
    202: "boring with an oriented spindle",
    204: "back boring",
    206: "tapping with a floating tap holder",
    208: "bore milling, whose path depends on the tool table",
}
_PARAMETER = re.compile(rf"(Q\d+)\s*=\s*({VALUE}|F?\s?MAX|F?AUTO|[A-Z]+)(?![\d.])\s*")
_MAX = math.inf
_MOST_STROKES = 10_000
_SAME_MM = 1e-6
_LARGEST_PITCH = 99.9999


@dataclass(frozen=True)
class Cycle:
    """A cycle that a program defines: its number and parameters by name; a feed of FMAX is infinite."""

    number: int
    values: Mapping[str, float]

    def get(self, name: str) -> float:
        """Return a parameter; an omitted one is 0."""
        return self.values.get(name, 0.0)


@dataclass(frozen=True)
class Hole:
    """The moves of a cycle at one position: its strokes, its dwells in s, and whether the spindle is stopped afterwards."""

    strokes: tuple[Stroke, ...]
    dwell_s: float = 0.0
    stops: bool = False


def defined(text: str, parameters: Mapping[int, float]) -> Cycle:
    """Return the cycle of a block ``CYCL DEF``, from its number on. Raises ``ValueError`` if it is incomplete or not supported."""
    head = re.match(r"(\d{3})\b([^=]*?)(?=Q\d+\s*=|$)", text)
    if head is None:
        raise ValueError(f"CYCL DEF {text[:20]!r} is not supported")
    number, rest = int(head[1]), text[head.end() :]
    if number not in CYCLES:
        raise ValueError(f"cycle {number} is not supported{': ' * (number in _REFUSED)}{_REFUSED.get(number, '')}")
    needed, extra = (names.split() for names in CYCLES[number])
    values: dict[str, float] = {}
    at = 0
    while found := _PARAMETER.match(rest, at):
        at = found.end()
        name, value = found[1], found[2].replace(" ", "")
        if name in values:
            raise ValueError(f"cycle {number} with two {name}")
        if name not in [*needed, *extra]:
            raise ValueError(f"parameter {name} of cycle {number} is not supported")
        if value in {"MAX", "FMAX"} and name in {"Q208", "Q373"}:
            values[name] = _MAX
        elif re.fullmatch(VALUE, value):
            values[name] = value_of(value, parameters)
        else:
            raise ValueError(f"{name}={value}: a number is expected")
    if rest[at:].strip():
        raise ValueError(f"{rest[at:].strip()[:20]!r} is not a parameter of cycle {number}")
    if missing := [name for name in needed if name not in values]:
        raise ValueError(f"cycle {number} lacks {' '.join(missing)}")
    return Cycle(number, values)


def hole(cycle: Cycle, speed: float) -> Hole:
    """Return the moves of a cycle; ``speed`` is that of the spindle. Raises ``ValueError`` for anything that the control refuses or that isn't supported."""
    start, bottom, top = _planes(cycle)
    begin, end = Stroke(RAPID, start), Stroke(RAPID, top)
    if cycle.number in (207, 209):
        return Hole((begin, *_tapped(cycle, start, bottom, speed), end), stops=True)
    feed = cycle.get("Q206")
    if not 0 < feed < _MAX:
        raise ValueError("Q206, the feed for plunging, must be above 0")
    if cycle.get("Q395"):
        raise ValueError("Q395: the depth of the tool's full diameter depends on the tool table: 0 is expected")
    if min(cycle.get("Q211"), cycle.get("Q210")) < 0:
        raise ValueError("a dwell below 0")
    down = Stroke(FEED, bottom, feed)
    match cycle.number:
        case 240:
            if cycle.get("Q343"):
                raise ValueError("Q343: a diameter whose depth depends on the tool table: 0 is expected")
            return Hole((begin, down, end), cycle.get("Q211"))
        case 201:
            return Hole((begin, down, _out(cycle, start, feed), end), cycle.get("Q211"))
        case 200:
            back = Stroke(RAPID, start)
            over = cycle.get("Q200")
            last = [end]
        case 203:
            back, over = _out(cycle, start, feed), cycle.get("Q200")
            last = [back, end]
        case _:
            back, over = _out(cycle, start, feed) if "Q208" in cycle.values else begin, _stop_distance(cycle)
            last = [back, end]
    depths = _depths(cycle, bottom)
    if cycle.number == 203 and depths and cycle.get("Q213"):
        raise ValueError("Q213: the feed at which the drill retracts to break chips isn't described: 0 is expected")
    if depths and cycle.get("Q212"):
        raise ValueError("Q212, a decrement of the pecks, is not supported: 0 is expected")
    again = cycle.get("Q373")
    strokes = [begin]
    for depth in depths:
        near = Stroke(FEED, depth + over, again) if 0 < again < _MAX else Stroke(RAPID, depth + over)
        strokes += [Stroke(FEED, depth, feed), back, near]
    dwell = cycle.get("Q211") * (1 if cycle.number == 205 else len(depths) + 1) + cycle.get("Q210") * len(depths)
    return Hole((*strokes, down, *last), dwell)


def _planes(cycle: Cycle) -> tuple[float, float, float]:
    """Return the heights at which a cycle begins to feed, where it turns, and where it ends."""
    surface, clear, second = cycle.get("Q203"), cycle.get("Q200"), cycle.get("Q204")
    if clear < 0 or second < 0:
        raise ValueError("Q200 and Q204 must not be negative")
    if cycle.get("Q201") == 0:
        raise ValueError("Q201=0: the control would not run the cycle")
    if cycle.get("Q201") > 0:
        raise ValueError(
            "with Q201 above 0 the control, depending on a machine parameter, refuses the cycle or drills down all the same"
        )
    return surface + clear, surface + cycle.get("Q201"), surface + max(clear, second)


def _out(cycle: Cycle, start: float, feed: float) -> Stroke:
    """Return the retract to the set-up clearance: at the feed Q208, which may be FMAX, or at the feed of the way in if Q208 is 0."""
    rate = cycle.get("Q208") or feed
    if rate < 0:
        raise ValueError("Q208 below 0")
    return Stroke(RAPID, start) if rate == _MAX else Stroke(FEED, start, rate)


def _depths(cycle: Cycle, bottom: float) -> list[float]:
    """Return the depths at which the drill goes out of the hole, counted from the surface."""
    surface, peck = cycle.get("Q203"), cycle.get("Q202")
    if peck <= 0:
        raise ValueError("Q202, the plunging depth, must be above 0")
    if (surface - bottom) / peck > _MOST_STROKES:
        raise ValueError(f"a hole of more than {_MOST_STROKES} pecks")
    depths, depth = [], surface - peck
    while depth > bottom + _SAME_MM:
        depths.append(depth)
        depth -= peck
    return depths


def _stop_distance(cycle: Cycle) -> float:
    """Return how far above the last depth the rapid move back into the hole of cycle 205 ends."""
    if cycle.get("Q257") or cycle.get("Q379"):
        raise ValueError(
            "cycle 205 with chip breaking (Q257) or a deepened starting point (Q379) is not supported: 0 is expected"
        )
    if cycle.get("Q258") != cycle.get("Q259") or cycle.get("Q258") <= 0:
        raise ValueError("cycle 205 is only supported with the same advanced stop distance above 0 in Q258 and Q259")
    return cycle.get("Q258")


def _tapped(cycle: Cycle, start: float, bottom: float, speed: float) -> list[Stroke]:
    """Return the strokes of rigid tapping in step with the spindle."""
    pitch = cycle.get("Q239")
    if not 0 < pitch <= _LARGEST_PITCH:
        raise ValueError("Q239 must be above 0: a left-hand thread has a negative pitch, and the tools are right-hand")
    if speed <= 0:
        raise ValueError("tapping without a spindle speed")
    if cycle.values.get("Q403", 1.0) != 1.0:
        raise ValueError("Q403, another speed on the way out, is not supported: 1 is expected")
    strokes: list[Stroke] = []
    step, surface = cycle.get("Q257"), cycle.get("Q203")
    if step < 0 or cycle.get("Q256") < 0:
        raise ValueError("Q257 and Q256 must not be negative")
    if step and (surface - bottom) / step > _MOST_STROKES:
        raise ValueError(f"a thread of more than {_MOST_STROKES} steps")
    depth = surface - step
    while step and depth > bottom + _SAME_MM:
        back = depth + cycle.get("Q256") * pitch if cycle.get("Q256") else start
        strokes += [_turning(depth, pitch, speed), _turning(back, pitch, speed)]
        depth -= step
    return [*strokes, _turning(bottom, pitch, speed), _turning(start, pitch, speed)]


def _turning(depth: float, pitch: float, speed: float) -> Stroke:
    return Stroke(FEED, depth, pitch=pitch, rpm=speed)
