"""Model a LinuxCNC controller whose initial state is unknown, and the effect of each block.

Order of execution in a block: LinuxCNC manual, "G-code order of execution". Any state that a program relies on but hasn't set itself
becomes a ``Problem``: the previous job may have left the controller in any state.
"""

import math

from nightmill.verification.nc.arcs import center_arc, radius_arc
from nightmill.verification.nc.canned_cycles import CYCLES, cycle_moves
from nightmill.verification.nc.linuxcnc_words import Word, split_words
from nightmill.verification.nc.motions import FEED, RAPID, Arc, Point, Primitive, Problem
from nightmill.vocabulary.plan import GOUGE_LIMIT_MM

_GROUPS: dict[int, str] = {
    **dict.fromkeys((0, 10, 20, 30, 330, 331, 382, 383, 384, 385, 760), "motion"),
    **dict.fromkeys((730, 740, 800, 810, 820, 830, 840, 850, 860, 870, 880, 890), "motion"),
    **dict.fromkeys((170, 180, 190, 171, 181, 191), "plane"),
    **dict.fromkeys((70, 80), "lathe"),
    **dict.fromkeys((200, 210), "units"),
    **dict.fromkeys((400, 410, 411, 420, 421), "compensation"),
    **dict.fromkeys((430, 431, 432, 490), "length"),
    **dict.fromkeys((540, 550, 560, 570, 580, 590, 591, 592, 593), "offset"),
    **dict.fromkeys((610, 611, 640), "path"),
    **dict.fromkeys((900, 910), "distance"),
    **dict.fromkeys((901, 911), "arc distance"),
    **dict.fromkeys((930, 940, 950), "feed mode"),
    **dict.fromkeys((960, 970), "spindle mode"),
    **dict.fromkeys((980, 990), "return"),
    **dict.fromkeys((40, 100, 280, 281, 300, 301, 520, 530, 920, 921, 922, 923), "once"),
}
_REFUSED = {
    100: "G10 writes the controller's tables", 281: "G28.1 moves the reference", 301: "G30.1 moves the reference",
    410: "G41 cutter compensation", 411: "G41.1 cutter compensation", 420: "G42 cutter compensation",
    421: "G42.1 cutter compensation", 431: "G43.1 dynamic length", 432: "G43.2 additional length",
    520: "G52 local offset", 920: "G92 shifts the offsets", 923: "G92.3 restores unknown offsets",
    382: "G38.2 probing", 383: "G38.3 probing", 384: "G38.4 probing", 385: "G38.5 probing", 760: "G76 threading",
    870: "G87 back boring", 880: "G88 boring", 171: "G17.1", 181: "G18.1", 191: "G19.1",
}  # fmt: skip
_PLANES = {170: (0, 1, 2), 180: (2, 0, 1), 190: (1, 2, 0)}
_OFFSETS = {
    540: "G54", 550: "G55", 560: "G56", 570: "G57", 580: "G58", 590: "G59", 591: "G59.1", 592: "G59.2", 593: "G59.3"
}  # fmt: skip
_STRAY_LETTERS = {"A": "axis A", "B": "axis B", "C": "axis C", "U": "axis U", "V": "axis V", "W": "axis W"}
_M_CODES = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 19, 30, 48, 49, 50, 51, 52, 53, 60, 61, 62, 63, 64, 65, 66, 67, 68}
_NEEDS_G43 = "moves with tool {0} without its length offset: G43 H{0} must follow the tool change"


# Far beyond any machine; a larger coordinate must be a typing error.
_FURTHEST_MM = 1e5
_SYNCHRONISED = frozenset({330, 331, 740, 840})
_TOO_FAR = f"a move beyond {_FURTHEST_MM:g} mm"
_MOST_TURNS = 1000
_LEAST_RADIUS_MM = 0.01
_LAST_TOOL = 99_999


class Refused(Exception):
    """A block that stops the program; the text says why."""


class Controller:
    """Executes blocks; collects primitives, problems and notes. Positions are in mm in the active work offset."""

    def __init__(
        self,
        home: Point,
        offset: str | None,
        known_tools: frozenset[int] | None,
        lathe: bool = False,
        spindle: str = "M3",
    ) -> None:
        self.lathe = lathe
        self.spindle = spindle
        self.position: list[float] = list(home)
        self.home = home
        self.expected_offset = offset
        self.known_tools = known_tools
        self.scale: float | None = None
        self.absolute: bool | None = None
        self.arc_absolute = False
        self.plane: tuple[int, int, int] | None = None
        self.offset: str | None = None
        self.offsets: list[str] = []
        self.feed_mode: int | None = None
        self.feed_word: float | None = None
        self.motion: int | None = None
        self.return_to_r: bool | None = None
        self.diameter_mode: bool | None = None
        self.constant_surface = False
        self.most_rpm = math.inf
        self.toward: list[float] = list(home)
        self.exact_stop = False
        self.blend_mm: float | None = None
        self.rpm = 0.0
        self.spindle_on = False
        self.coolant = False
        self.selected: int | None = None
        self.tool = 0
        self.length_of: int | None = None
        self.tools: list[int] = []
        self.tool_changes = 0
        self.dwell_s = 0.0
        self.ended = False
        self.line = 0
        self.sticky: dict[str, float] = {}
        self.parameters: dict[str, float] = {}
        self.primitives: list[Primitive] = []
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self._said: set[tuple[str, int]] = set()

    # -- problems and notes

    def problem(self, text: str, key: int = 0) -> None:
        """Record a problem once for each text and ``key``."""
        if (text, key) not in self._said:
            self._said.add((text, key))
            self.problems.append(Problem(self.line, text))

    def note(self, text: str) -> None:
        """Record, once, a remark that is not a fault."""
        if (text, -1) not in self._said:
            self._said.add((text, -1))
            self.notes.append(Problem(self.line, text))

    # -- one block

    def run(self, line: str) -> None:
        """Execute one stripped block; raises ``Refused`` or ``WordError`` if a controller would stop."""
        words, settings = split_words(line, self.parameters)
        codes, ms, args = self._sort(words)
        if codes or ms or args:
            self._execute(codes, ms, args)
        self.parameters.update(settings)

    @property
    def settled(self) -> bool:
        """Return whether a block with only X, Y and Z would be a plain straight feed move, because everything that such
        a move relies on is set.
        """
        return (
            self.motion == 10
            and self.scale is not None
            and self.absolute is True
            and self.offset is not None
            and self.tool != 0
            and self.length_of == self.tool
            and self.spindle_on
            and self.feed_mode == 940
            and self.feed_word is not None
            and not self.diameter_mode
            and not self.constant_surface
        )

    def straight(self, x: str | None, y: str | None, z: str | None) -> None:
        """Make a straight feed move to the given words, for a controller that is ``settled``, exactly as ``run`` does."""
        start = self.position
        scale, feed = self.scale, self.feed_word
        assert scale is not None
        assert feed is not None
        end = [
            start[0] if x is None else float(x) * scale,
            start[1] if y is None else float(y) * scale,
            start[2] if z is None else float(z) * scale,
        ]
        if end != start:
            if not max(map(abs, end)) <= _FURTHEST_MM:
                raise Refused(_TOO_FAR)
            self.position = end
            self.primitives.append(
                Primitive(
                    FEED,
                    (start[0], start[1], start[2]),
                    (end[0], end[1], end[2]),
                    feed,
                    self.tool,
                    self.line,
                    self.rpm,
                    None,
                    self.exact_stop,
                    False,
                    self.coolant,
                )
            )

    def _sort(self, words: list[Word]) -> tuple[dict[str, int], list[int], dict[str, float]]:
        codes: dict[str, int] = {}
        ms: list[int] = []
        args: dict[str, float] = {}
        for letter, value in words:
            if letter == "G":
                code = round(value * 10)
                group = _GROUPS.get(code)
                if group is None or abs(code - value * 10) > 1e-6:
                    raise Refused(f"G{value:g} is not known")
                if code in _REFUSED:
                    raise Refused(f"{_REFUSED[code]}: not allowed here")
                if group in codes:
                    raise Refused(f"two G codes of the group '{group}' in one block")
                codes[group] = code
            elif letter == "M":
                if int(value) not in _M_CODES:
                    raise Refused(f"M{value:g} is not known")
                ms.append(int(value))
            elif letter in _STRAY_LETTERS:
                raise Refused(f"{_STRAY_LETTERS[letter]} is not supported: only X, Y and Z move")
            elif letter == "O":
                raise Refused("O words (subroutines and loops) are not supported: expand the program")
            elif letter in args:
                raise Refused(f"two {letter} words in one block")
            else:
                args[letter] = value
        return codes, ms, args

    def _execute(self, codes: dict[str, int], ms: list[int], args: dict[str, float]) -> None:
        if codes or ms or "F" in args or "S" in args or "T" in args:
            self._modes(codes, ms, args)
        once = codes.get("once")
        has_axis = "X" in args or "Y" in args or "Z" in args
        if once == 40:
            self._dwell(args)
        elif once in (280, 300):
            self._reference(args)
        motion = codes.get("motion")
        if motion is not None:
            if motion in CYCLES and motion != self.motion:
                self.sticky = {}
            self.motion = None if motion == 800 else motion
        if has_axis and once not in (280, 300):
            if self.motion is None:
                raise Refused("axis words without an active motion mode")
            self._move(args, once == 530)
        elif motion in (20, 30) and ("I" in args or "J" in args or "K" in args):
            self._move(args, once == 530)
        elif motion in CYCLES:
            raise Refused("a canned cycle without axis words")
        if 2 in ms or 30 in ms:
            self.ended = True
            self.spindle_on = False

    def _modes(self, codes: dict[str, int], ms: list[int], args: dict[str, float]) -> None:
        if "units" in codes:
            self.scale = 25.4 if codes["units"] == 200 else 1.0
        if "feed mode" in codes:
            self.feed_mode = codes["feed mode"]
            self.feed_word = None
        if "F" in args and self.feed_mode != 930:
            if args["F"] <= 0:
                raise Refused(f"F{args['F']:g}: a feed must be above 0")
            self.feed_word = args["F"] * (self.scale or 1.0)
        if "spindle mode" in codes:
            self.constant_surface = codes["spindle mode"] == 960
            self.most_rpm = args.get("D", math.inf) if self.constant_surface else math.inf
            if self.constant_surface and "D" not in args:
                self.note("G96 without D lets the spindle run up to its own limit")
        if "S" in args:
            self.rpm = args["S"]
        if "T" in args:
            self.selected = int(args["T"])
            if not 0 <= self.selected <= _LAST_TOOL:
                raise Refused(f"T{args['T']:g}: tool numbers are 0 to {_LAST_TOOL}")
        if ms:
            self._machine(ms)
        if codes:
            self._geometry_modes(codes, args)

    def _geometry_modes(self, codes: dict[str, int], args: dict[str, float]) -> None:
        if "plane" in codes:
            self.plane = _PLANES[codes["plane"]]
        if "lathe" in codes:
            self.diameter_mode = codes["lathe"] == 70
            if not self.lathe:
                self.problem("G7 and G8 are for lathes")
        if "length" in codes:
            self._length(codes["length"], args)
        if "offset" in codes:
            self._offset(_OFFSETS[codes["offset"]])
        if "path" in codes:
            self._path(codes["path"], args)
        if "distance" in codes:
            self.absolute = codes["distance"] == 900
        if "arc distance" in codes:
            self.arc_absolute = codes["arc distance"] == 901
        if "return" in codes:
            self.return_to_r = codes["return"] == 990

    def _machine(self, ms: list[int]) -> None:
        if 6 in ms:
            if self.selected is None:
                raise Refused("M6 without a T word before it")
            self.tool = self.selected
            self.length_of = None
            self.spindle_on = False
            self.tool_changes += 1
            if self.tool and self.tool not in self.tools:
                self.tools.append(self.tool)
            if self.known_tools is not None and self.tool and self.tool not in self.known_tools:
                self.problem(f"tool {self.tool} is not in the tool list")
        if 3 in ms or 4 in ms:
            self.spindle_on = True
            if self.rpm <= 0:
                self.problem("the spindle is started without a speed", self.line)
            if 4 in ms and not self.lathe:
                self.problem("M4 turns the spindle counter-clockwise, but the tools cut clockwise", self.line)
            elif self.lathe and int(self.spindle[1:]) != (4 if 4 in ms else 3):
                self.problem(
                    f"the setup's spindle must be started with {self.spindle}: in the other direction tools cut backwards",
                    self.line,
                )
        elif 5 in ms:
            self.spindle_on = False
        if {8, 9} & set(ms):
            self.coolant = 9 not in ms

    def _length(self, code: int, args: dict[str, float]) -> None:
        if code == 490:
            self.length_of = None
            return
        number = int(args["H"]) if "H" in args else self.tool
        self.length_of = number
        if number != self.tool:
            self.problem(f"G43 H{number} with tool {self.tool} in the spindle", self.line)

    def _offset(self, name: str) -> None:
        if self.offset not in (None, name):
            self.problem(f"changes the work offset from {self.offset} to {name}: a program must use only one")
        self.offset = name
        if name not in self.offsets:
            self.offsets.append(name)
        if self.expected_offset is not None and name != self.expected_offset:
            self.problem(f"uses work offset {name}, but the setup says {self.expected_offset}")

    def _path(self, code: int, args: dict[str, float]) -> None:
        if args.get("P", 0.0) < 0:
            raise Refused("G64 P must be a distance of at least 0")
        self.exact_stop = code != 640
        self.blend_mm = None if code != 640 or "P" not in args else args["P"] * (self.scale or 1.0)
        if self.blend_mm is not None and self.blend_mm > GOUGE_LIMIT_MM:
            self.problem(f"G64 P{self.blend_mm:g} lets the path deviate at corners by more than {GOUGE_LIMIT_MM:g} mm")
        if code == 640 and "P" not in args:
            self.note("G64 without P lets the path deviate at corners without a limit")

    def _dwell(self, args: dict[str, float]) -> None:
        if "P" not in args or args["P"] < 0:
            raise Refused("G4 needs P in seconds")
        self.dwell_s += args["P"]

    # -- moves

    def _assure(self, machine: bool) -> float:
        """Return the unit scale; a state that the program relies on without having set it becomes a problem."""
        if self.scale is None:
            self.problem("moves before G20 or G21 set the unit")
        if self.absolute is None and not machine:
            self.problem("moves before G90 or G91 set the distance mode")
        if not machine:
            if self.lathe and self.diameter_mode is None:
                self.problem("moves before G7 or G8 set whether X is a diameter or a radius")
            if self.offset is None:
                self.problem("moves before a work offset (G54 to G59.3) is set")
            if self.tool and self.length_of != self.tool:
                self.problem(_NEEDS_G43.format(self.tool), self.tool_changes)
        return self.scale or 1.0

    def _target(self, args: dict[str, float], scale: float, machine: bool) -> list[float]:
        target = list(self.position)
        incremental = self.absolute is False and not machine
        for axis, letter in enumerate("XYZ"):
            if letter in args:
                value = args[letter] * scale
                if axis == 0 and self.diameter_mode:
                    value /= 2
                if machine:
                    value += self.home[axis]
                target[axis] = self.position[axis] + value if incremental else value
        return target

    def _reference(self, args: dict[str, float]) -> None:
        scale = self._assure(machine=True)
        named = [axis for axis, letter in enumerate("XYZ") if letter in args]
        if named:
            if self.absolute is None:
                self.problem("moves before G90 or G91 set the distance mode")
            self._add(RAPID, self._target(args, scale, False), 0.0)
        target = list(self.position)
        for axis in named or range(3):
            target[axis] = self.home[axis]
        self._add(RAPID, target, 0.0)

    def _move(self, args: dict[str, float], machine: bool) -> None:
        scale = self._assure(machine)
        motion = self.motion
        if machine and motion not in (0, 10):
            raise Refused("G53 needs G0 or G1")
        if motion in CYCLES:
            self._cycle(args, scale)
            return
        target = self._target(args, scale, machine)
        self.toward = target
        if motion == 0:
            self._add(RAPID, target, 0.0)
        elif motion in (20, 30):
            arc, feed = self._arc(args, target, scale, motion == 20)
            self._add(FEED, target, feed, arc)
        elif motion in (330, 331):
            if "K" not in args:
                raise Refused("G33 needs the pitch, K")
            start = list(self.position)
            feed = abs(args["K"]) * scale * self.rpm
            self._cutting(feed)
            self._add(FEED, target, feed)
            if motion == 331:
                self._add(FEED, start, feed)
        else:
            self._add(FEED, target, self._feed(args, math.dist(self.position, target)))

    def _turns(self) -> float:
        """Return the spindle speed, 1/min: as programmed, or with G96 as required by the surface speed in the middle of the current
        move.
        """
        if not self.constant_surface:
            return self.rpm
        radius = (abs(self.position[0]) + abs(self.toward[0])) / 2
        surface = self.rpm * (304.8 if (self.scale or 1.0) > 1.0 else 1000.0)
        return min(self.most_rpm, surface / (2 * math.pi * max(radius, _LEAST_RADIUS_MM)))

    def _cutting(self, feed: float) -> None:
        if not self.spindle_on:
            self.problem("feeds while the spindle is stopped", self.tool_changes)
        if not self.tool:
            self.problem("feeds without a tool: no M6 before it")
        if feed <= 0:
            self.problem("feeds at spindle speed 0", self.tool_changes)

    def _feed(self, args: dict[str, float], length: float) -> float:
        """Return the feed in mm/min that the active feed mode gives a move of ``length`` mm."""
        if self.feed_mode == 930:
            if "F" not in args or args["F"] <= 0:
                raise Refused("inverse time (G93) needs F above 0 in each feed block")
            feed = args["F"] * length
        elif self.feed_word is None:
            self.problem("feeds before F is set")
            feed = 0.0
            self._cutting(1.0)
            return feed
        else:
            feed = self.feed_word * self._turns() if self.feed_mode == 950 else self.feed_word
        self._cutting(feed if length > 0 else 1.0)
        return feed

    def _arc(self, args: dict[str, float], target: list[float], scale: float, clockwise: bool) -> tuple[Arc, float]:
        if self.plane is None:
            self.problem("an arc before G17, G18 or G19 set the plane")
        plane = self.plane or (0, 1, 2)
        turns = int(args.get("P", 1.0))
        if not 1 <= turns <= _MOST_TURNS:
            raise Refused(f"P of an arc must be a number of turns from 1 to {_MOST_TURNS}")
        letters = "IJK"
        used = [letter for letter in letters if letter in args]
        if letters[plane[2]] in used:
            raise Refused(f"{letters[plane[2]]} does not belong to the arc's plane")
        try:
            if "R" in args:
                if used:
                    raise Refused("an arc with both R and I, J or K")
                arc = radius_arc(self.position, target, plane, args["R"] * scale, clockwise, turns)
            elif used:
                center = []
                for axis in plane[:2]:
                    value = args.get(letters[axis], 0.0) * scale
                    center.append(value if self.arc_absolute else self.position[axis] + value)
                arc = center_arc(self.position, target, plane, (center[0], center[1]), clockwise, turns)
            else:
                raise Refused("an arc without R, I, J or K")
        except ValueError as error:
            raise Refused(str(error)) from error
        rise = target[plane[2]] - self.position[plane[2]]
        length = math.hypot(abs(arc.sweep) * (arc.radius_start + arc.radius_end) / 2, rise)
        return arc, self._feed(args, length)

    def _cycle(self, args: dict[str, float], scale: float) -> None:
        if self.plane is None:
            self.problem("a canned cycle before G17, G18 or G19 set the plane")
        if self.plane not in (None, (0, 1, 2)):
            raise Refused("canned cycles are supported in the XY plane (G17) only")
        if self.return_to_r is None:
            self.problem("a canned cycle before G98 or G99 set the return level")
        if self.feed_mode == 930:
            raise Refused("a canned cycle in inverse time (G93)")
        assert self.motion is not None
        for letter in "ZRQPK":
            if letter in args:
                self.sticky[letter] = args[letter]
        if "Z" not in self.sticky or "R" not in self.sticky:
            raise Refused("a canned cycle needs Z and R")
        feed = self._feed({}, 1.0)
        steps, dwell = cycle_moves(
            self.motion, self.position, args, self.sticky, scale, self.absolute is False, not self.return_to_r
        )
        for kind, target in steps:
            self._add(kind, target, feed if kind == FEED else 0.0)
        self.dwell_s += dwell

    def _add(self, kind: int, target: list[float], feed: float, arc: Arc | None = None) -> None:
        start = (self.position[0], self.position[1], self.position[2])
        end = (target[0], target[1], target[2])
        far = max(map(abs, end))
        if not max(far, arc.radius_start if arc else 0.0) <= _FURTHEST_MM:
            raise Refused(_TOO_FAR)
        rpm = self._turns()
        self.position = list(target)
        if start == end and arc is None:
            return
        follows = kind == FEED and self.motion in _SYNCHRONISED
        self.primitives.append(
            Primitive(kind, start, end, feed, self.tool, self.line, rpm, arc, self.exact_stop, follows, self.coolant)
        )
