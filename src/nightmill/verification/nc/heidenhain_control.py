"""Read back Klartext programs of Heidenhain controls (TNC 640, TNC7, iTNC 530), mills only, as motions.

The reader follows Heidenhain's description of the language (TNC 640 User's Manual Conversational Programming, 34059x, and Cycle Programming; iTNC 530
User's Manual HEIDENHAIN Conversational, 60642x), not the post; ``heidenhain_blocks`` and ``heidenhain_cycles`` name their
chapters. A program must set everything that it relies on: the preset (cycle 247), how far corners may be rounded (cycle 32), tool, speed
and feed. Moves are returned in the coordinates of one preset; a move in another preset is refused, as only the machine knows where it is.
Anything that isn't listed here is refused.

- FMAX holds for one block; the feed of an F word holds until the next F word or TOOL CALL ("Feed rate F"). Which feed
  is active after a drilling cycle isn't described.
- TOOL CALL changes the tool and applies its length with the next move along Z, so that until then the height of its tip is unknown
  ("Tool compensation"). In blocks with M91 coordinates count from the machine's datum, without the tool's length ("Miscellaneous functions
  for coordinate data").
- CC is the centre of C and the pole of LP and CP. An arc whose radii at start and end differ by more than 0.016 mm is refused, as by the
  control (circleDeviation); a helix is a CP block with Z, and IPA has the sign of DR ("Circular path C", "Helix").
- M3, M8, M13 and M91 act at the start of their block; M5, M9, M30 and M99 at its end ("Miscellaneous functions").
- A drilling cycle runs with M99 or CYCL CALL. After tapping the spindle counts as stopped until M3: an iTNC 530 stops it, a TNC 640 starts it
  again.
- Cycle 247 clears datum shift and rotation. A rotation turns about the datum as it is shifted; a shift after a rotation is refused.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from nightmill.verification.nc.arcs import center_arc, radius_arc
from nightmill.verification.nc.heidenhain_blocks import VALUE, Words, blocks_of, value_of, words_of
from nightmill.verification.nc.heidenhain_cycles import Cycle, Hole, defined, hole
from nightmill.verification.nc.motions import FEED, RAPID, Arc, Point, Primitive
from nightmill.verification.nc.reader import DialectError, Reader
from nightmill.vocabulary.plan import GOUGE_LIMIT_MM

_PLANE = (0, 1, 2)
_SAME_MM = 1e-6
_CIRCLE_MM = 0.016
_MOST_TURN_DEG = 5400.0
_MOST_M = 2
"""Maximum number of M functions in a block on an iTNC 530; a TNC 640 permits more."""
_MOST_TOOL = 32_767
_LAST_OWN_Q = 99
"""The highest Q parameter that a program may use freely; those above belong to the control and its cycles."""
_M_BEFORE = frozenset({3, 8, 13, 91})
_M_AFTER = frozenset({0, 1, 2, 5, 6, 9, 30, 99})
_REFUSED_M = {
    4: "turns the spindle counter-clockwise, but the tools cut clockwise: M3 is expected",
    14: "turns the spindle counter-clockwise, but the tools cut clockwise: M13 is expected",
    89: "has an effect that depends on a machine parameter: M99 is expected",
    92: "counts from a point that only the machine knows: M91 is expected",
    128: "moves the tool's tip with rotary axes",
    136: "switches to feed per revolution",
    140: "retracts to a position that only the machine knows: L Z+0 R0 FMAX M91 is expected",
}
_IDLE = frozenset({"PLANE RESET STAY", "FUNCTION RESET TCPM"})
"""Blocks that don't affect a machine with three axes."""
_OF_PATH: dict[str, frozenset[str]] = {
    "L": frozenset({"X", "Y", "Z", "IX", "IY", "IZ", "F"}),
    "C": frozenset({"X", "Y", "IX", "IY", "F"}),
    "CR": frozenset({"X", "Y", "IX", "IY", "R", "F"}),
    "LP": frozenset({"PR", "PA", "IPA", "F"}),
    "CP": frozenset({"PA", "IPA", "Z", "IZ", "F"}),
    "CC": frozenset({"X", "Y", "IX", "IY"}),
}
_SUMS = {1: r"\+", 2: "-", 3: r"\*", 4: "DIV"}


@dataclass
class _Control:
    """The state of a control and the moves made so far; positions are in work coordinates, mm."""

    home: Point
    preset: int
    place: list[float] = field(default_factory=list)
    name: str | None = None
    line: int = 0
    parameters: dict[int, float] = field(default_factory=dict)
    active: int | None = None
    shift: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    turned_deg: float = 0.0
    opened: tuple[int, int] | None = None
    pole: tuple[float, float] | None = None
    radius: float | None = None
    tolerance: float | None = None
    tool: int = 0
    unknown: bool = False
    speed: float = 0.0
    spindle: bool = False
    coolant: bool = False
    feed: float | None = None
    cycle: Cycle | None = None
    dwell_s: float = 0.0
    stopped: bool = False
    ended: bool = False
    moves: list[Primitive] = field(default_factory=list)

    # -- one block

    def run(self, text: str) -> None:
        """Carry out one block. Raises ``ValueError`` for anything that the control refuses or that isn't supported."""
        if self.ended:
            raise ValueError("a block after END PGM")
        if found := re.fullmatch(r"(BEGIN|END) PGM (\S+) (MM|INCH)", text):
            self._bound(found[1], found[2], found[3])
            return
        if self.name is None:
            raise ValueError("a program must begin with BEGIN PGM, its name and MM")
        if self.stopped:
            raise ValueError("a block after M30")
        opened, self.opened = self.opened, None
        kind, _, rest = text.partition(" ")
        if kind == "CYCL":
            self._cycle_block(rest, opened)
        elif kind == "TOOL":
            self._tools(rest)
        elif kind == "BLK":
            _check_blank(text, self.parameters)
        elif kind == "STOP" or re.match(r"M\d", kind):
            self._without_move(text.removeprefix("STOP"))
        elif kind in _OF_PATH:
            self._path(kind, rest)
        elif re.match(r"FN|Q\d", kind):
            self._assign(text)
        elif text not in _IDLE:
            raise ValueError(f"{kind[:20]} is not supported")

    def _cycle_block(self, text: str, opened: tuple[int, int] | None) -> None:
        """Define a cycle, or call the one that is defined. ``opened``: the block of an older cycle just before."""
        if found := re.match(r"DEF (\d{1,3})\s?\.\s?(\d)\b", text):
            self._old_cycle(opened, int(found[1]), int(found[2]), text[found.end() :].strip())
        elif text.startswith("DEF "):
            self._define(text[4:])
        elif found := re.match(r"CALL(?=\s|$)", text):
            words = words_of(text[found.end() :], self.parameters)
            if not words.only_m or {91, 99} & set(words.m):
                raise ValueError("CYCL CALL is only supported with M functions")
            self._functions(words)
            self._call()
            self._functions_after(words)
        else:
            raise ValueError(f"CYCL {text[:20]} is not supported")

    def _bound(self, kind: str, name: str, unit: str) -> None:
        if unit == "INCH":
            raise ValueError("inch units: posts are metric, MM is expected")
        if kind == "BEGIN":
            if self.name is not None:
                raise ValueError("a second BEGIN PGM")
            self.name = name
            return
        if name != self.name:
            raise ValueError(f"END PGM {name[:40]}, but the program is {self.name}")
        if not self.stopped:
            raise ValueError("END PGM without M30 before it: spindle and coolant would stay on")
        self.ended = True

    def _path(self, kind: str, text: str) -> None:
        words = words_of(text, self.parameters)
        if other := sorted(set(words.values) - _OF_PATH[kind]):
            raise ValueError(f"{' '.join(other)} doesn't belong to {kind}")
        if kind == "CC":
            self._set_pole(words)
            return
        if (words.left is not None) != (kind in {"C", "CR", "CP"}):
            raise ValueError(f"{kind} {'needs' if words.left is None else 'has no'} direction of rotation, DR+ or DR-")
        self._functions(words)
        if words.compensation in {"RL", "RR"}:
            raise ValueError(f"{words.compensation}, tool radius compensation, is not supported: R0 is expected")
        if "F" in words.values:
            if words.rapid or words.values["F"] <= 0:
                raise ValueError("F must be above 0, and F and FMAX exclude each other")
            self.feed = words.values["F"]
        if 91 in words.m:
            self._to_machine(kind, words)
        elif set(words.values) - {"F"}:
            self._move(kind, words)
        elif kind != "L" or words.rapid:
            raise ValueError(f"{kind} without coordinates")
        self._functions_after(words)

    def _without_move(self, text: str) -> None:
        words = words_of(text, self.parameters)
        if not words.only_m or 91 in words.m:
            raise ValueError("M functions with coordinates or a feed, but without L")
        self._functions(words)
        self._functions_after(words)

    def _functions(self, words: Words) -> None:
        """Carry out the M functions that act at the start of a block."""
        if len(words.m) > _MOST_M or len(set(words.m)) < len(words.m):
            raise ValueError(f"more than {_MOST_M} M functions in a block, or one twice")
        for code in words.m:
            if code in _REFUSED_M:
                raise ValueError(f"M{code} {_REFUSED_M[code]}")
            if code not in _M_BEFORE | _M_AFTER:
                raise ValueError(f"M{code} is not supported")
        self.coolant = self.coolant or bool({8, 13} & set(words.m))
        if {3, 13} & set(words.m):
            if {5, 6, 30, 2} & set(words.m):
                raise ValueError("a block that starts and stops the spindle")
            if self.speed <= 0:
                raise ValueError("the spindle is started without a speed (S in TOOL CALL)")
            self.spindle = True

    def _functions_after(self, words: Words) -> None:
        """Carry out the M functions that act at the end of a block."""
        if 99 in words.m:
            if 91 in words.m:
                raise ValueError("M99 with M91 would drill at the machine's datum")
            self._call()
        if {2, 5, 6, 30} & set(words.m):
            self.spindle = False
        if {2, 9, 30} & set(words.m):
            self.coolant = False
        self.stopped = bool({2, 30} & set(words.m))

    # -- tools, parameters, coordinates

    def _tools(self, text: str) -> None:
        if re.fullmatch(r"DEF \d{1,5}", text):
            return
        found = re.match(r"CALL(?=\s|$)(?: (\d+)(?=\s|$))?(?: ([XYZUVW])(?=\s|$))?", text)
        if found is None or re.match(r'\s*["\'\d]', text[found.end() :]):
            raise ValueError(f"TOOL {text[:40]} is not supported: a tool number is expected, as in TOOL CALL 5 Z S2500")
        words = words_of(text[found.end() :], self.parameters)
        if set(words.values) - {"S", "F", "DL", "DR", "DR2"} or words.rapid or words.compensation or words.m:
            raise ValueError("TOOL CALL is only supported with S, F, DL and DR")
        if any(words.values.get(name) for name in ("DL", "DR", "DR2")):
            raise ValueError("TOOL CALL with an oversize, DL or DR: 0 is expected")
        if found[2] not in {None, "Z"}:
            raise ValueError(f"tool axis {found[2]}: Z is expected")
        self.feed = None
        if found[1] is not None:
            self._change(int(found[1]), found[2] is not None, words)
        if "S" in words.values:
            self.speed = words.values["S"]
            if self.speed < 0:
                raise ValueError("S below 0")
        if words.values.get("F", 1.0) <= 0:
            raise ValueError("F must be above 0")
        self.feed = words.values.get("F")

    def _change(self, tool: int, has_axis: bool, words: Words) -> None:
        if tool > _MOST_TOOL:
            raise ValueError(f"tool {tool}: tool numbers end at {_MOST_TOOL}")
        if tool and not (has_axis and "S" in words.values):
            raise ValueError(
                "TOOL CALL needs the tool axis and S: without them, those of the previous tool would stay active"
            )
        self.tool, self.spindle, self.unknown = tool, False, tool > 0

    def _assign(self, text: str) -> None:
        """Set a Q parameter: ``FN 0`` to ``FN 4``, or a formula that is one value."""
        target = rf"Q(\d+)\s*=\s*({VALUE})"
        if found := re.fullmatch(rf"(?:FN\s*0\s*:\s*)?{target}", text):
            number, value = found[1], value_of(found[2], self.parameters)
        else:
            for code, sign in _SUMS.items():
                if found := re.fullmatch(rf"FN\s*{code}\s*:\s*{target}\s*{sign}\s*({VALUE})", text):
                    break
            else:
                raise ValueError(f"{text[:40]} is not supported; only FN 0 to FN 4 and Q1 = a value are")
            a, b = value_of(found[2], self.parameters), value_of(found[3], self.parameters)
            if code == 4 and b == 0:
                raise ValueError("a division by zero")
            number, value = found[1], a + b if code == 1 else a - b if code == 2 else a * b if code == 3 else a / b
        if len(number) > 4 or int(number) > _LAST_OWN_Q:
            raise ValueError(
                f"Q{number[:9]} belongs to the control and its cycles: a program may use Q0 to Q{_LAST_OWN_Q}"
            )
        self.parameters[int(number)] = value

    def _work(self, point: list[float]) -> list[float]:
        """Return a point of the program in work coordinates."""
        c, s = _turn(self.turned_deg)
        x, y, z = point
        return [self.shift[0] + c * x - s * y, self.shift[1] + s * x + c * y, self.shift[2] + z]

    def _program(self, point: list[float]) -> list[float]:
        """Return a point in work coordinates in those of the program."""
        c, s = _turn(self.turned_deg)
        x, y, z = (point[axis] - self.shift[axis] for axis in range(3))
        return [c * x + s * y, c * y - s * x, z]

    def _axes(self, words: Words, here: list[float]) -> list[float]:
        """Return ``here`` with the coordinates that are given, absolute or incremental."""
        target = list(here)
        for axis, letter in enumerate("XYZ"):
            if letter in words.values and f"I{letter}" in words.values:
                raise ValueError(f"{letter} and I{letter} in one block")
            if letter in words.values:
                target[axis] = words.values[letter]
            elif f"I{letter}" in words.values:
                if axis == 2 and self.unknown:
                    raise ValueError("an incremental Z before the tool's length is applied")
                target[axis] = here[axis] + words.values[f"I{letter}"]
        return target

    def _set_pole(self, words: Words) -> None:
        if words.rapid or words.compensation or words.m or words.left is not None:
            raise ValueError("CC with words other than coordinates")
        named = {name.removeprefix("I") for name in words.values}
        if named not in (set(), {"X", "Y"}):
            raise ValueError("CC needs both X and Y, or neither for the tool's position")
        x, y, _ = self._axes(words, self._program(self.place))
        self.pole, self.radius = (x, y), None

    # -- cycles that act where they are defined

    def _define(self, text: str) -> None:
        cycle = defined(text, self.parameters)
        if cycle.number == 247:
            number = cycle.get("Q339")
            self.active = int(number) if number == int(number) else None
            self.shift, self.turned_deg, self.pole = [0.0, 0.0, 0.0], 0.0, None
            return
        hole(cycle, self.speed)
        self.cycle = cycle

    def _old_cycle(self, opened: tuple[int, int] | None, number: int, part: int, text: str) -> None:
        """Carry out one block of a cycle that is written in several blocks: 7, 9, 10, 19 and 32."""
        if number not in {7, 9, 10, 19, 32}:
            raise ValueError(f"cycle {number} is not supported")
        if part and opened != (number, part - 1):
            raise ValueError(f"CYCL DEF {number}.{part} without CYCL DEF {number}.{part - 1} before it")
        self.opened = (number, part)
        if part == 0:
            return
        if part > {7: 3, 32: 2}.get(number, 1):
            raise ValueError(f"cycle {number} has no block {number}.{part}")
        match number:
            case 7:
                self._shift(text)
            case 9:
                self.dwell_s += self._figure(text, r"(?:[A-Z.]+\s*)?", "a dwell in s")
            case 10:
                turn = self._figure(text, "ROT", "ROT and an angle", signed=True)
                if abs(turn) > 360:
                    raise ValueError("ROT beyond 360 degrees")
                self.turned_deg, self.pole = turn, None
            case 19:
                if not re.fullmatch(r"(?:[ABC]\s*[+-]?0(?:\.0*)?\s*)*", text):
                    raise ValueError("a tilted working plane: rotary axes are not supported")
            case _ if part == 1:
                self.tolerance = self._figure(text, "T", "T and a tolerance in mm") if text else None
                if self.tolerance is not None and not 0 < self.tolerance <= GOUGE_LIMIT_MM:
                    raise ValueError(
                        f"T{self.tolerance:g}: the path may deviate by more than 0 and at most {GOUGE_LIMIT_MM:g} mm"
                    )
            case _:
                if not re.fullmatch(r"(?:HSC-MODE\s*:\s*[01])?\s*(?:TA\s*\+?\d+\.?\d*)?", text):
                    raise ValueError(f"CYCL DEF 32.2 {text[:20]} is not supported")

    def _shift(self, text: str) -> None:
        if self.turned_deg:
            raise ValueError("CYCL DEF 7 while CYCL DEF 10 turns the coordinates is not supported: shift first")
        words = words_of(text, self.parameters)
        if set(words.values) - {"X", "Y", "Z"} or not words.values or words.m or words.rapid or words.compensation:
            raise ValueError("CYCL DEF 7 needs X, Y or Z, absolute")
        for axis, letter in enumerate("XYZ"):
            self.shift[axis] = words.values.get(letter, self.shift[axis])
        self.pole = None

    def _figure(self, text: str, before: str, what: str, signed: bool = False) -> float:
        found = re.fullmatch(rf"{before}\s*({VALUE})", text)
        if found is None:
            raise ValueError(f"{what} is expected, not {text[:20]!r}")
        value = value_of(found[1], self.parameters)
        if value < 0 and not signed:
            raise ValueError(f"{what} below 0")
        return value

    # -- moves

    def _ready(self) -> None:
        """Raise ``ValueError`` if a move relies on something that the program hasn't set."""
        if self.active != self.preset:
            found = "before CYCL DEF 247 sets a preset" if self.active is None else f"in preset {self.active}"
            raise ValueError(f"a move {found}, but the setup's preset is {self.preset}")

    def _move(self, kind: str, words: Words) -> None:
        self._ready()
        here = self._program(self.place)
        polar = kind in {"LP", "CP"}
        target = self._polar(kind, words, here) if polar else self._axes(words, here)
        end = self._work(target)
        self._take_length("Z" in words.values, words.rapid)
        if words.rapid and kind in {"C", "CR", "CP"}:
            raise ValueError(f"{kind} with FMAX")
        if words.rapid:
            self._add(RAPID, end)
            return
        self._cut(end, self._arc(kind, words, here, target))

    def _take_length(self, named: bool, rapid: bool) -> None:
        """Apply the tool's length if Z is programmed. Raises ``ValueError`` for a move without it, except a rapid one at home."""
        if not self.unknown:
            return
        if named:
            self.unknown = False
        elif self.place[2] != self.home[2] or not rapid:
            raise ValueError("a move before the tool's length is applied: Z is expected after TOOL CALL and M91")

    def _to_machine(self, kind: str, words: Words) -> None:
        """Move in the machine's coordinates, whose datum is home."""
        axes = set(words.values) - {"F"}
        if kind != "L" or not words.rapid or not axes or not axes <= {"X", "Y", "Z"}:
            raise ValueError("M91 is only supported for a rapid L move along the axes")
        target = list(self.place)
        for axis, letter in enumerate("XYZ"):
            if letter in axes:
                target[axis] = self.home[axis] + words.values[letter]
        if "Z" not in axes and self.place[2] != self.home[2] and self.unknown:
            raise ValueError("a move before the tool's length is applied: Z is expected after TOOL CALL and M91")
        self.unknown = self.unknown or ("Z" in axes and self.tool > 0)
        self._add(RAPID, target)

    def _polar(self, kind: str, words: Words, here: list[float]) -> list[float]:
        """Return the end of an LP or CP block, around the pole."""
        if self.pole is None:
            raise ValueError(f"{kind} before CC sets the pole")
        if ("PA" in words.values) == ("IPA" in words.values):
            raise ValueError(f"{kind} needs an angle, PA or IPA")
        x, y = self.pole
        now = math.degrees(math.atan2(here[1] - y, here[0] - x))
        angle = words.values["PA"] if "PA" in words.values else now + words.values["IPA"]
        if kind == "CP":
            radius = math.hypot(here[0] - x, here[1] - y)
        else:
            self.radius = words.values.get("PR", self.radius)
            if self.radius is None or self.radius < 0:
                raise ValueError("LP needs PR, not below 0, in the block itself or in an earlier LP block after CC")
            radius = self.radius
        c, s = _turn(angle)
        target = [x + radius * c, y + radius * s, here[2]]
        return self._axes(Words({k: v for k, v in words.values.items() if k in {"Z", "IZ"}}), target)

    def _cut(self, end: list[float], arc: Arc | None) -> None:
        if self.feed is None:
            raise ValueError(
                "a cut without a feed: FMAX holds for one block, and no feed stays active after a TOOL CALL or a cycle"
            )
        if not self.tool or not self.spindle or self.speed <= 0:
            raise ValueError("a cut without a tool, or while the spindle is stopped: TOOL CALL and M3 are expected")
        if self.tolerance is None:
            raise ValueError("a cut before CYCL DEF 32: the machine's default would decide how far corners are rounded")
        self._add(FEED, end, self.feed, self.speed, arc)

    def _arc(self, kind: str, words: Words, here: list[float], target: list[float]) -> Arc | None:
        if kind in {"L", "LP"}:
            return None
        start, end, clockwise = self._work(here), self._work(target), not words.left
        if kind == "CR":
            if "R" not in words.values:
                raise ValueError("CR without R")
            return radius_arc(start, end, _PLANE, words.values["R"], clockwise, 1)
        if self.pole is None:
            raise ValueError(f"{kind} before CC sets the centre")
        x, y, _ = self._work([*self.pole, 0.0])
        if kind == "C" or "PA" in words.values:
            if abs(math.dist(start[:2], (x, y)) - math.dist(end[:2], (x, y))) > _CIRCLE_MM:
                raise ValueError(f"the arc's end is more than {_CIRCLE_MM:g} mm off its circle")
            return center_arc(start, end, _PLANE, (x, y), clockwise, 1)
        turn = words.values["IPA"]
        if turn == 0 or (turn > 0) != words.left:
            raise ValueError("IPA and DR need the same sign: otherwise the tool may move the other way round")
        if abs(turn) > _MOST_TURN_DEG:
            raise ValueError(f"IPA beyond {_MOST_TURN_DEG:g} degrees")
        radius = math.dist(start[:2], (x, y))
        if radius < _SAME_MM:
            raise ValueError("an arc of zero radius")
        return Arc(_PLANE, (x, y), radius, radius, math.atan2(start[1] - y, start[0] - x), math.radians(turn))

    # -- drilling cycles

    def _call(self) -> None:
        """Run the defined cycle at the tool's position."""
        if self.cycle is None:
            raise ValueError("a cycle call before a cycle is defined")
        self._ready()
        self._run_hole(hole(self.cycle, self.speed))

    def _run_hole(self, found: Hole) -> None:
        if not self.tool:
            raise ValueError("a cycle without a tool")
        for stroke in found.strokes:
            self._take_length(True, True)
            end = self._work([*self._program(self.place)[:2], stroke.depth])
            if stroke.kind == RAPID:
                self._add(RAPID, end)
            elif stroke.pitch:
                self._add(FEED, end, stroke.pitch * stroke.rpm, stroke.rpm, synchronised=True)
            else:
                self.feed = stroke.feed
                self._cut(end, None)
        self.feed = None
        self.dwell_s += found.dwell_s
        self.spindle = self.spindle and not found.stops

    def _add(
        self,
        kind: int,
        end: list[float],
        feed: float = 0.0,
        rpm: float = 0.0,
        arc: Arc | None = None,
        synchronised: bool = False,
    ) -> None:
        start: Point = (self.place[0], self.place[1], self.place[2])
        goal: Point = (end[0], end[1], end[2])
        self.place = list(end)
        if math.dist(start, goal) > _SAME_MM or arc is not None:
            self.moves.append(
                Primitive(kind, start, goal, feed, self.tool, self.line, rpm, arc, False, synchronised, self.coolant)
            )


def _turn(angle_deg: float) -> tuple[float, float]:
    """Return cosine and sine of an angle; those of quarter turns are exact."""
    quarters = angle_deg / 90.0
    if quarters == round(quarters):
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[round(quarters) % 4]
    return math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))


def _check_blank(text: str, parameters: Mapping[int, float]) -> None:
    """Raise ``ValueError`` for a blank form that the control refuses; the blank itself is only used for the control's graphics."""
    if found := re.fullmatch(r"BLK FORM 0\.(1 Z|2)\b(.*)", text):
        words = words_of(found[2], parameters)
        if set(words.values) != {"X", "Y", "Z"} or words.m or words.rapid or words.compensation:
            raise ValueError("BLK FORM 0.1 and 0.2 need X, Y and Z")
    elif not re.match(r"BLK FORM (?:CYLINDER|ROTATION|FILE)\b", text):
        raise ValueError(f"{text[:40]} is not supported")


def read_heidenhain(
    text: str, home: Point = (0.0, 0.0, 500.0), *, preset: int = 1
) -> tuple[tuple[Primitive, ...], float]:
    """Return the moves of a whole program (work coordinates of ``preset``, mm) and its dwells in s.

    Raises ``DialectError`` with line and reason.
    """
    control = _Control(home, preset, list(home))
    for block in blocks_of(text):
        control.line = block.line
        try:
            control.run(block.text)
        except ValueError as error:
            raise DialectError(f"line {block.line}: {error}") from error
    if not control.ended:
        raise DialectError("no END PGM at the end")
    return tuple(control.moves), control.dwell_s


def _heidenhain(text: str, home: Point, turning: bool) -> tuple[tuple[Primitive, ...], float]:
    if turning:
        raise DialectError("turning programs of Heidenhain controls are not read")
    return read_heidenhain(text, home)


READERS: dict[str, Reader] = {"heidenhain": _heidenhain}
