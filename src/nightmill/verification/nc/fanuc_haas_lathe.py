"""Read back Fanuc (G-code system A) and Haas lathe programs as motions.

X is a diameter, U and W are incremental (here only with G28), I and K are the distances from an arc's start to its
centre, as radii. ``T0302`` indexes station 3 with offset 2; only a tool's own offset is accepted. G50 S limits the
speed of G96; G98 and G99 are feed per minute and per revolution. G32 is a thread with pitch F; G84 taps from the tap's
position to Z and back, F per revolution, on a Fanuc only after M29. G90, a turning cycle on these controls, is refused,
as is everything not listed here.
"""

import math
from dataclasses import dataclass, field

from nightmill.verification.nc.arcs import center_arc, radius_arc
from nightmill.verification.nc.fanuc_words import (
    COUNTER_CLOCKWISE,
    Dialect,
    DialectError,
    body_of,
    check_offset,
    check_settings,
    dwell_of,
    words_of,
)
from nightmill.verification.nc.motions import FEED, RAPID, Arc, Point, Primitive

_PLANE = (2, 0, 1)
_IDLE_G = {21, 40, 80}
_IDLE_M = {0, 1}
_THREAD, _TAP = 32, 84
_LEAST_RADIUS_MM = 0.01


@dataclass
class _Lathe:
    home: Point
    position: list[float]
    dialect: Dialect
    line: int = 0
    motion: int | None = None
    plane: bool = False
    offset: bool = False
    a_turn: bool | None = None
    feed: float = 0.0
    speed: float = 0.0
    surface: bool = False
    most_rpm: float = math.inf
    spindle: bool = False
    rigid: bool = False
    tool: int = 0
    exact: bool = False
    coolant: bool = False
    dwell_s: float = 0.0
    ended: bool = False
    said: set[int] = field(default_factory=set)
    moves: list[Primitive] = field(default_factory=list)

    def block(self, line: str) -> None:
        args: dict[str, float] = {}
        codes: list[int] = []
        for letter, value in words_of(line):
            if letter == "G":
                codes.append(int(value))
            elif letter == "M":
                self._machine(int(value))
            elif letter == "T":
                self._turret(value)
            elif letter in args:
                raise ValueError(f"two {letter} words")
            else:
                args[letter] = float(value)
        if 50 in codes:
            if set(args) != {"S"} or args["S"] <= 0:
                raise ValueError("G50 may have only S: the speed limit of G96")
            self.most_rpm = args["S"]
            return
        self._modes(codes, args)
        if self.spindle and self.speed <= 0:
            raise ValueError("the spindle is started without a speed (S)")
        if 4 in codes:
            self.dwell_s += dwell_of(args)
        elif 28 in codes or 53 in codes:
            self._home(args, 28 in codes)
        elif "U" in args or "W" in args:
            raise ValueError("U and W are only allowed with G28")
        elif any(letter in args for letter in "XZIK"):
            self._move(args)

    def _machine(self, code: int) -> None:
        if code == 4:
            raise ValueError(COUNTER_CLOCKWISE)
        if code in (3, 5):
            self.spindle = code == 3
        elif code == 30:
            self.spindle, self.ended = False, True
        elif code in (8, 9):
            self.coolant = code == 8
        elif code == 29 and self.dialect == "fanuc":
            self.rigid = True
        elif code not in _IDLE_M:
            raise ValueError(f"M{code} is not known")

    def _turret(self, value: str) -> None:
        if len(value) != 4 or value[:2] != value[2:] or value == "0000":
            raise ValueError(f"T{value}: two digits for the station and the same two for its offset are expected")
        if not all(math.isclose(self.position[axis], self.home[axis]) for axis in (0, 2)):
            raise ValueError("the turret indexes away from its home position")
        self.tool = int(value[:2])

    def _modes(self, codes: list[int], args: dict[str, float]) -> None:
        self.said |= set(codes)
        for code in codes:
            check_offset(code)
            if code in (0, 1, 2, 3, _THREAD, _TAP):
                self.motion = code
            elif code == 80:
                self.motion, self.rigid = None, False
            elif code == 18:
                self.plane = True
            elif 54 <= code <= 59:
                self.offset = True
            elif code in (61, 64):
                self.exact = code == 61
            elif code in (96, 97):
                self.surface = code == 96
                if self.surface and "S" not in args:
                    raise ValueError("G96 without S")
            elif code in (98, 99):
                self.a_turn = code == 99
            elif code not in _IDLE_G | {4, 28} | ({53} if self.dialect == "haas" else set()):
                raise ValueError(f"G{code} is not known to a {self.dialect} lathe")
        if self.surface and math.isinf(self.most_rpm):
            raise ValueError("G96 without a preceding G50: the spindle would overspeed towards the axis")
        self.speed = args.get("S", self.speed)
        self.feed = args.get("F", self.feed)

    def _home(self, args: dict[str, float], by_way: bool) -> None:
        letters = "UVW" if by_way else "XYZ"
        axes = [axis for axis, letter in enumerate(letters) if letter in args]
        if (
            not axes
            or any(args[letters[axis]] != 0 for axis in axes)
            or any(x in args for x in ("XZ" if by_way else "UW"))
        ):
            raise ValueError("a retract to somewhere other than the machine's zero")
        target = list(self.position)
        for axis in axes:
            target[axis] = self.home[axis]
        self._add(RAPID, target, 0.0)

    def _move(self, args: dict[str, float]) -> None:
        if self.motion is None or not self.offset or not self.tool:
            raise ValueError("a move before motion mode, work offset and tool are set")
        check_settings(self.said)
        target = list(self.position)
        target[0] = args["X"] / 2 if "X" in args else target[0]
        target[2] = args.get("Z", target[2])
        if self.motion == 0:
            self._add(RAPID, target, 0.0)
            return
        if not self.spindle or self.feed <= 0 or self.a_turn is None:
            raise ValueError("a cut without spindle, feed, or G98 or G99")
        if self.motion in (_THREAD, _TAP):
            self._thread(args, target)
            return
        rpm = self._rpm(target)
        feed = self.feed * rpm if self.a_turn else self.feed
        self._add(FEED, target, feed, self._arc(args, target) if self.motion in (2, 3) else None, rpm)

    def _thread(self, args: dict[str, float], target: list[float]) -> None:
        if self.surface or not self.a_turn:
            raise ValueError("a thread needs constant spindle speed (G97) and feed per revolution (G99)")
        if self.motion == _TAP and self.dialect == "fanuc" and not self.rigid:
            raise ValueError("G84 without M29: the tap would need a floating holder")
        start = list(self.position)
        if self.motion == _TAP and not math.isclose(args.get("R", start[2]), start[2]):
            raise ValueError("R of G84 must be the tap's current position")
        self._add(FEED, target, self.feed * self.speed, None, self.speed)
        if self.motion == _TAP:
            self._add(FEED, start, self.feed * self.speed, None, self.speed)

    def _arc(self, args: dict[str, float], target: list[float]) -> Arc:
        if not self.plane:
            raise ValueError("an arc before G18")
        if "R" in args:
            return radius_arc(self.position, target, _PLANE, args["R"], self.motion == 2, 1)
        center = (self.position[2] + args.get("K", 0.0), self.position[0] + args.get("I", 0.0))
        return center_arc(self.position, target, _PLANE, center, self.motion == 2, 1)

    def _rpm(self, target: list[float]) -> float:
        """Return the spindle's speed in the middle of a move, computed as ``interpret`` does."""
        if not self.surface:
            return self.speed
        radius = (abs(self.position[0]) + abs(target[0])) / 2
        return min(self.most_rpm, self.speed * 1000 / (2 * math.pi * max(radius, _LEAST_RADIUS_MM)))

    def _add(self, kind: int, target: list[float], feed: float, arc: Arc | None = None, rpm: float = 0.0) -> None:
        start: Point = (self.position[0], self.position[1], self.position[2])
        end: Point = (target[0], target[1], target[2])
        self.position = list(target)
        if start != end or arc is not None:
            follows = kind == FEED and self.motion in (_THREAD, _TAP)
            self.moves.append(
                Primitive(kind, start, end, feed, self.tool, self.line, rpm, arc, self.exact, follows, self.coolant)
            )


def read_lathe_dialect(
    text: str, dialect: Dialect, home: Point = (0.0, 0.0, 500.0)
) -> tuple[tuple[Primitive, ...], float]:
    """Return the moves of a whole program (work coordinates, mm, X as a radius) and its dwells in s. Raises ``DialectError``."""
    state = _Lathe(home, list(home), dialect)
    for state.line, line in body_of(text, dialect):
        if state.ended:
            raise DialectError(f"line {state.line}: a block after M30")
        try:
            state.block(line)
        except ValueError as error:
            raise DialectError(f"line {state.line}: {error}") from error
    if not state.ended:
        raise DialectError("no M30 at the end")
    return tuple(state.moves), state.dwell_s
