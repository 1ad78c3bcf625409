"""Read back Sinumerik programs, mills and lathes, as motions.

The reader follows Siemens' own description of the language (SINUMERIK 840D sl Fundamentals, 6FC5398-1BP40, and Job
planning, 6FC5398-2BP40), not the subset that the post writes; ``siemens_words``, ``siemens_blocks``, ``siemens_frames``
and ``siemens_cycles`` cite the chapters. The initial state of the control depends on machine data, so a program must
set every state that it relies on. Moves are returned in the coordinates of one settable frame (``offset``); a move in
another frame is refused, since the position of that frame is known only to the machine. Everything that isn't listed
here is refused.

- ``D1`` activates the tool's length, but an axis moves by that length only when it is next programmed; until then its
  position is unknown. ``SUPA`` suppresses all frames but not the length, so it needs ``D0`` ("Tool offsets", "Deselect
  frame").
- G710 sets the unit of coordinates and feeds, G71 that of coordinates only.
- F must be programmed again after a change between G94 and G95 ("Feedrate"); G96 also activates G95.
- With DIAMON, X is a diameter, absolute or incremental, and so is I=AC(); I from the start is a radius ("Channel-specific diameter/radius
  programming").
- An arc whose radii at start and end differ is refused at a smaller difference than the control's limit (alarm 14040;
  MD21000 and MD21010: 0.01 mm or 0.1 %).
- G331 needs a preceding SPOS; G332 retracts with the same lead.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from nightmill.verification.nc.arcs import center_arc, radius_arc
from nightmill.verification.nc.motions import FEED, RAPID, Arc, Point, Primitive
from nightmill.verification.nc.reader import DialectError, Reader
from nightmill.verification.nc.siemens_blocks import Block, sorted_block
from nightmill.verification.nc.siemens_cycles import Hole, hole
from nightmill.verification.nc.siemens_frames import NO_FRAME, Frame, framed
from nightmill.verification.nc.siemens_words import Word, words_of
from nightmill.vocabulary.plan import GOUGE_LIMIT_MM

_PLANES = {17: (0, 1, 2), 18: (2, 0, 1), 19: (1, 2, 0)}
_LEAST_RADIUS_MM = 0.01
_SAME_MM = 1e-6
_FURTHEST_MM = 1e5
_MOST_TURNS = 999
_CUTS = (1, 2, 3)


@dataclass
class _Control:
    """The state of a control and the moves made so far; positions are in work coordinates, mm, X as a radius."""

    home: Point
    turning: bool
    offset: str
    names: Mapping[str, int]
    place: list[float] = field(default_factory=list)
    line: int = 0
    parameters: dict[int, float] = field(default_factory=dict)
    motion: int | None = None
    plane: tuple[int, int, int] | None = None
    absolute: bool | None = None
    metric: bool = False
    diameter: bool | None = None
    active_offset: str | None = None
    frame: Frame = NO_FRAME
    pole: list[float] | None = None
    a_turn: bool | None = None
    feed: float | None = None
    speed: float = 0.0
    surface: bool = False
    most_rpm: float = math.inf
    spindle: bool = False
    coolant: bool = False
    positioned: bool = False
    lead: float = 0.0
    selected: int | None = None
    tool: int = 0
    edge: int | None = None
    unknown: set[int] = field(default_factory=set)
    exact: bool | None = None
    modal: Word | None = None
    dwell_s: float = 0.0
    ended: bool = False
    moves: list[Primitive] = field(default_factory=list)

    # -- one block

    def run(self, text: str) -> None:
        """Carry out one block. Raises ``ValueError`` for anything that the control refuses or that isn't supported."""
        block = sorted_block(words_of(text, self.parameters))
        if block.frame:
            self._set_frame(block, block.frame)
            return
        self._modes(block)
        self._tools(block)
        self._spindle(block)
        own = block.g.get("own block")
        if own == 4:
            self._dwell(block)
        elif own is not None:
            self._set_pole(block, own)
        elif block.cycle is not None or "MCALL" in block.names:
            self._call(block)
        elif block.moves or (self.motion in (2, 3) and {"I", "J", "K"} & set(block.places)):
            self._move(block)
        elif block.places:
            raise ValueError(f"{' '.join(sorted(block.places))} without a move")
        self.ended = 30 in block.m or 2 in block.m

    def _set_frame(self, block: Block, name: str) -> None:
        if not block.only("X", "Y", "Z", "RPL") or block.g or len(block.names) > 1:
            raise ValueError(f"{name} must be in a separate block")
        values = {axis: _number(word) for axis, word in block.places.items()}
        if "RPL" in block.values:
            values["RPL"] = block.values["RPL"]
        if self.turning and (set(values) - {"Z"} or name.endswith("ROT")) and any(values.values()):
            raise ValueError(f"{name} on a lathe is only supported along Z")
        if self.plane is None and "RPL" in values:
            raise ValueError("RPL before G17, G18 or G19")
        self.frame = framed(self.frame, name, values, (self.plane or (0, 1, 2))[2])
        self.pole = None

    def _modes(self, block: Block) -> None:
        g = block.g
        if "units" in g:
            if g["units"] in (70, 700):
                raise ValueError("inch units: posts are metric")
            if g["units"] == 71:
                raise ValueError("with G71 the unit of feeds depends on machine data: use G710")
            self.metric = True
        self.plane = _PLANES[g["plane"]] if "plane" in g else self.plane
        self.absolute = g["distance"] == 90 if "distance" in g else self.absolute
        if "work offset" in g:
            self.active_offset = f"G{g['work offset']}"
        self.exact = g["path"] == 60 if "path" in g else self.exact
        for name in ("ADIS", "ADISPOS"):
            if not 0 <= block.values.get(name, 0.0) <= GOUGE_LIMIT_MM:
                raise ValueError(f"{name} lets the path deviate at corners by more than {GOUGE_LIMIT_MM:g} mm")
        if block.names & {"DIAMON", "DIAMOF"}:
            if not self.turning:
                raise ValueError("DIAMON and DIAMOF are for lathes")
            self.diameter = "DIAMON" in block.names
        if "motion" in g:
            self.motion = g["motion"]

    def _tools(self, block: Block) -> None:
        if block.tool is not None:
            number = int(block.tool) if block.tool.isdecimal() else self.names.get(block.tool)
            if not number:
                raise ValueError(f"T={block.tool!r}: the number of this tool is not known")
            self.selected = number
        if 6 in block.m and self.turning:
            raise ValueError("M6 on a lathe: T turns the turret")
        if 6 in block.m or (block.tool is not None and self.turning):
            if self.selected is None:
                raise ValueError("M6 without a T word before it")
            if self.turning and not all(math.isclose(self.place[axis], self.home[axis]) for axis in (0, 2)):
                raise ValueError("the turret indexes away from its home position")
            self.tool, self.edge, self.spindle = self.selected, None, self.spindle and self.turning
            self.unknown = set()
        if "D" in block.values:
            edge = block.values["D"]
            if edge not in (0.0, 1.0):
                raise ValueError(f"D{edge:g}: only a tool's first cutting edge, D1, is supported")
            if edge == 1.0 and not self.tool:
                raise ValueError("D1 without a tool")
            if edge == 1.0 and self.edge != 1:
                self.unknown = {0, 2} if self.turning else {2}
            self.edge = int(edge)

    def _spindle(self, block: Block) -> None:
        kind = block.g.get("feed type")
        if "LIMS" in block.values:
            self.most_rpm = block.values["LIMS"]
            if self.most_rpm <= 0:
                raise ValueError("LIMS must be above 0")
        if kind is not None:
            self._feed_type(kind)
        if "S" in block.values and block.g.get("own block") != 4:
            self.speed = block.values["S"]
            if self.speed < 0:
                raise ValueError("S below 0")
        if self.surface and math.isinf(self.most_rpm):
            raise ValueError("G96 without a speed limit (LIMS): the spindle would overspeed towards the axis")
        if "F" in block.values and block.g.get("own block") != 4:
            if block.values["F"] <= 0 or self.a_turn is None:
                raise ValueError("F must be above 0 and needs a preceding G94 or G95")
            self.feed = block.values["F"]
        self._turn(block)

    def _turn(self, block: Block) -> None:
        """Start, stop or position the spindle, and switch the coolant."""
        if 4 in block.m:
            raise ValueError("M4 turns the spindle counter-clockwise, but the tools cut clockwise")
        if len({3, 5} & set(block.m)) > 1:
            raise ValueError("M3 and M5 in one block")
        if 3 in block.m:
            if self.speed <= 0:
                raise ValueError("the spindle is started without a speed (S)")
            self.spindle, self.positioned = True, False
        if {8, 9} & set(block.m):
            self.coolant = 9 not in block.m
        if {5, 2, 30} & set(block.m):
            self.spindle, self.positioned = False, False
        if "SPOS" in block.values:
            self.spindle, self.positioned = False, True

    def _feed_type(self, kind: int) -> None:
        surface, a_turn = kind in (96, 961), kind in (95, 96, 97)
        if a_turn != self.a_turn:
            self.feed = None
        if surface != self.surface:
            self.speed = 0.0
        self.surface, self.a_turn = surface, a_turn

    def _dwell(self, block: Block) -> None:
        if not block.only("F", "S") or len(block.values) != 1:
            raise ValueError("G4 must be in a separate block, with F in seconds or S in revolutions")
        if "S" in block.values and self.speed <= 0:
            raise ValueError("G4 S before the spindle speed is set")
        wait = block.values["F"] if "F" in block.values else block.values["S"] * 60.0 / self.speed
        if wait < 0:
            raise ValueError("a dwell below 0")
        self.dwell_s += wait

    # -- coordinates

    def _axis(self, word: Word, axis: int, here: list[float]) -> float:
        """Return the coordinate that a word gives, in program coordinates; ``here`` is the current position."""
        value = _number(word)
        if axis == 0 and self.diameter:
            value /= 2
        incremental = word.dimension == "IC" or (not word.dimension and not self.absolute)
        if incremental and axis in self.unknown:
            raise ValueError(f"an incremental {word.name} before the axis has moved by the tool's length")
        return here[axis] + value if incremental else value

    def _set_pole(self, block: Block, code: int) -> None:
        if not block.only("X", "Y", "Z", "AP", "RP") or self.plane is None:
            raise ValueError(f"G{code} must be in a separate block, after the plane is set")
        if {"AP", "RP"} & set(block.places) or self.turning:
            raise ValueError(f"G{code} with polar coordinates or on a lathe")
        here = self.frame.program(self.place)
        base = {110: here, 111: [0.0, 0.0, 0.0], 112: self.pole}[code]
        if base is None:
            raise ValueError("G112 before a pole is set")
        pole = list(base)
        for axis, letter in enumerate("XYZ"):
            if letter in block.places:
                word = block.places[letter]
                if word.dimension:
                    raise ValueError(f"G{code} with {word.dimension}")
                pole[axis] = base[axis] + _number(word)
        self.pole = pole

    def _polar(self, block: Block, target: list[float], here: list[float]) -> None:
        """Set the plane's two coordinates of ``target`` from AP and RP around the pole."""
        assert self.plane is not None
        a, b, _ = self.plane
        if self.pole is None or {"XYZ"[a], "XYZ"[b]} & set(block.places):
            raise ValueError("AP and RP need a pole (G110 to G112) and exclude coordinates in the plane")
        radius, angle = math.hypot(here[a] - self.pole[a], here[b] - self.pole[b]), math.nan
        if "AP" in block.places:
            word = block.places["AP"]
            turned = math.degrees(math.atan2(here[b] - self.pole[b], here[a] - self.pole[a]))
            relative = word.dimension == "IC" or (not word.dimension and not self.absolute)
            angle = _number(word) + (turned if relative else 0.0)
        else:
            raise ValueError("RP without AP")
        if "RP" in block.places:
            word = block.places["RP"]
            if word.dimension == "IC" or (not word.dimension and not self.absolute):
                raise ValueError("an incremental RP is not supported")
            radius = _number(word)
        target[a] = self.pole[a] + radius * math.cos(math.radians(angle))
        target[b] = self.pole[b] + radius * math.sin(math.radians(angle))

    def _ready(self) -> None:
        """Raise ``ValueError`` if a move relies on something that the program hasn't set."""
        if self.motion is None or self.absolute is None or self.plane is None or not self.metric:
            raise ValueError("a move before motion mode, plane, G90 or G91, and G710 are set")
        if self.exact is None:
            raise ValueError("a move before G60, G64 or G641 to G645 is set")
        if self.active_offset != self.offset:
            raise ValueError(f"a move in {self.active_offset or 'no work offset'}, but the setup's is {self.offset}")
        if self.turning and self.diameter is None:
            raise ValueError("a move before DIAMON or DIAMOF")

    # -- moves

    def _move(self, block: Block) -> None:
        if "SUPA" in block.names or "suppression" in block.g:
            self._to_machine(block)
            return
        self._ready()
        assert self.plane is not None
        here = self.frame.program(self.place)
        target = list(here)
        for axis, letter in enumerate("XYZ"):
            if letter in block.places:
                target[axis] = self._axis(block.places[letter], axis, here)
        polar = bool({"AP", "RP"} & set(block.places))
        if polar:
            self._polar(block, target, here)
        end = self.frame.work(target)
        self._take_length({axis for axis, letter in enumerate("XYZ") if letter in block.places}, end)
        self._extra(block)
        if self.motion == 0:
            self._add(RAPID, end)
        elif self.motion in _CUTS:
            arc = self._arc(block, here, target, polar) if self.motion in (2, 3) else None
            self._cut(end, arc, "exact stop" in block.g)
        else:
            self._thread(block, end)
        if self.modal is not None:
            self._hole(self.modal)

    def _extra(self, block: Block) -> None:
        """Raise ``ValueError`` for words that don't belong to the active motion mode."""
        of_arc = {"I", "J", "K", "CR", "TURN"} & set(block.places)
        leads = of_arc and self.motion in (33, 331, 332)
        if of_arc and self.motion not in (2, 3) and (not leads or of_arc != {"K"}):
            raise ValueError(f"{' '.join(sorted(of_arc))} doesn't belong to G{self.motion}")
        if "SF" in block.values and self.motion != 33:
            raise ValueError("SF belongs to G33")

    def _take_length(self, named: set[int], end: list[float]) -> None:
        """Apply the tool's length to the programmed axes. Raises ``ValueError`` for a move without the length, except at home."""
        moving = {axis for axis in range(3) if abs(end[axis] - self.place[axis]) > _SAME_MM}
        along = (named | moving) & ({0, 2} if self.turning else {2})
        if self.edge != 1:
            if self.tool and (along or self.place[2] != self.home[2]):
                raise ValueError("a move without D1, the tool's length")
            return
        self.unknown -= named
        if any(self.place[axis] != self.home[axis] for axis in self.unknown):
            raise ValueError("a move before the tool's length is applied along " + "XYZ"[min(self.unknown)])
        if self.unknown and self.motion != 0:
            raise ValueError("a cut before the tool's length is applied along " + "XYZ"[min(self.unknown)])

    def _to_machine(self, block: Block) -> None:
        """Move in machine coordinates; their zero is the home position."""
        if self.modal is not None:
            raise ValueError("SUPA while a cycle is modal (MCALL) would drill at the machine's zero")
        if self.motion != 0 or set(block.places) - {"X", "Y", "Z"}:
            raise ValueError("SUPA is only supported for a rapid move along axes")
        if self.edge not in (0, None) or (self.edge is None and self.tool):
            raise ValueError("SUPA without D0 leaves the tool's length active")
        target = list(self.place)
        for axis, letter in enumerate("XYZ"):
            if letter in block.places:
                word = block.places[letter]
                if word.dimension == "IC" or (not word.dimension and not self.absolute):
                    raise ValueError("SUPA with incremental coordinates")
                value = _number(word)
                if axis == 0 and self.turning and self.diameter is None and value:
                    raise ValueError("X before DIAMON or DIAMOF")
                target[axis] = self.home[axis] + (value / 2 if axis == 0 and self.diameter else value)
        self._add(RAPID, target)

    def _cut(self, end: list[float], arc: Arc | None, stops: bool) -> None:
        if not self.spindle or not self.tool or self.feed is None or self.a_turn is None or self.speed <= 0:
            raise ValueError("a cut without tool, spindle or feed")
        rpm = self._rpm(end)
        was, self.exact = self.exact, self.exact or stops
        self._add(FEED, end, self.feed * rpm if self.a_turn else self.feed, rpm, arc)
        self.exact = was

    def _arc(self, block: Block, here: list[float], target: list[float], polar: bool) -> Arc:
        assert self.plane is not None
        plane, clockwise = self.plane, self.motion == 2
        turns = _number(block.places["TURN"]) if "TURN" in block.places else 0.0
        a, b, normal = plane
        full = math.dist((here[a], here[b]), (target[a], target[b])) < _SAME_MM
        if turns != int(turns) or not 0 <= turns <= _MOST_TURNS or (full and turns):
            raise ValueError(f"TURN must be 0 to {_MOST_TURNS} full circles, and 0 for an arc that ends at its start")
        if not self.frame.keeps(normal):
            raise ValueError("an arc in a tilted plane")
        start, end = self.frame.work(here), self.frame.work(target)
        centres = {"I", "J", "K"} & set(block.places)
        if polar:
            if centres or "CR" in block.places or self.pole is None:
                raise ValueError("an arc in polar coordinates has the pole as its centre: no I, J, K or CR")
            middle = self.pole
        elif "CR" in block.places:
            if centres or full or block.places["CR"].dimension:
                raise ValueError("CR belongs to an arc without I, J and K whose end isn't its start")
            return radius_arc(start, end, plane, _number(block.places["CR"]), clockwise, int(turns) + 1)
        else:
            middle = self._centre(block, centres, here)
        centre = self.frame.work([middle[axis] if axis != normal else here[axis] for axis in range(3)])
        return center_arc(start, end, plane, (centre[a], centre[b]), clockwise, int(turns) + 1)

    def _centre(self, block: Block, centres: set[str], here: list[float]) -> list[float]:
        """Return the centre of an arc from I, J and K, which are relative to the start unless given with AC."""
        assert self.plane is not None
        if not centres or "IJK"[self.plane[2]] in centres:
            raise ValueError("an arc needs CR or a centre in its plane")
        middle = list(here)
        for axis in self.plane[:2]:
            word = block.places.get("IJK"[axis])
            if word is None:
                continue
            value = _number(word)
            if word.dimension == "AC":
                middle[axis] = value / 2 if axis == 0 and self.diameter else value
            else:
                middle[axis] = here[axis] + value
        return middle

    def _thread(self, block: Block, end: list[float]) -> None:
        """Cut a thread along Z (G33), or tap in (G331) and out (G332)."""
        if set(block.places) - {"X", "Y", "Z", "K"} or "K" not in block.places or not self.tool:
            raise ValueError(f"G{self.motion} needs a tool and K, the lead along Z")
        if any(abs(end[axis] - self.place[axis]) > _SAME_MM for axis in (0, 1)):
            raise ValueError(f"G{self.motion} is only supported along Z")
        lead = _number(block.places["K"])
        if lead <= 0 or self.surface or self.speed <= 0:
            raise ValueError("a thread needs a lead above 0 (right-hand) and a constant spindle speed")
        if self.motion == 33:
            if not self.spindle:
                raise ValueError("G33 while the spindle is stopped")
        elif not self.positioned:
            raise ValueError("alarm: G331 and G332 need a preceding SPOS")
        elif self.motion == 332 and lead != self.lead:
            raise ValueError("G332 needs the same lead as the preceding G331")
        self.lead = lead if self.motion == 331 else 0.0
        self._add(FEED, end, lead * self.speed, self.speed, synchronised=True)

    def _rpm(self, end: list[float]) -> float:
        """Return the spindle's speed in the middle of a move, 1/min."""
        if not self.surface:
            return self.speed
        radius = (abs(self.place[0]) + abs(end[0])) / 2
        return min(self.most_rpm, self.speed * 1000 / (2 * math.pi * max(radius, _LEAST_RADIUS_MM)))

    # -- cycles

    def _call(self, block: Block) -> None:
        """Run a cycle at the current position, or set or cancel a modal cycle, which runs after each move (MCALL)."""
        if block.places or block.m or block.g or block.values or block.tool or block.names - {"MCALL"}:
            raise ValueError("a cycle must be in a separate block")
        if "MCALL" in block.names:
            self.modal = block.cycle
            if block.cycle is not None:
                hole(block.cycle.name, block.cycle.arguments, self.speed)
        elif block.cycle is not None:
            if self.modal is not None:
                raise ValueError("a cycle while another one is modal (MCALL)")
            self._hole(block.cycle)

    def _hole(self, call: Word) -> None:
        self._ready()
        if self.plane != (0, 1, 2) or self.turning:
            raise ValueError("cycles are only supported on mills, with G17")
        self._run_hole(hole(call.name, call.arguments, self.speed))

    def _run_hole(self, found: Hole) -> None:
        if not self.tool or self.surface:
            raise ValueError("a cycle without a tool, or with G96")
        motion = self.motion
        for stroke in found.strokes:
            target = self.frame.program(self.place)
            target[2] = stroke.depth
            end = self.frame.work(target)
            self.motion = 0 if stroke.kind == RAPID else 1
            self._take_length({2}, end)
            if stroke.kind == RAPID:
                self._add(RAPID, end)
            elif stroke.pitch:
                self._add(FEED, end, stroke.pitch * stroke.rpm, stroke.rpm, synchronised=True)
            else:
                if stroke.feed is not None:
                    self.feed = stroke.feed
                self._cut(end, None, False)
        if found.dwell_turns and self.speed <= 0:
            raise ValueError("a dwell in revolutions before the spindle speed is set")
        self.dwell_s += found.dwell_s + (found.dwell_turns * 60.0 / self.speed if found.dwell_turns else 0.0)
        self.motion = motion
        self.feed = self.feed if found.keeps_feed else None
        if found.rpm is not None:
            self.speed, self.spindle, self.positioned = found.rpm, True, False

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
        if not max(map(abs, goal)) <= _FURTHEST_MM:
            raise ValueError(f"a move beyond {_FURTHEST_MM:g} mm")
        self.place = list(end)
        if start != goal or arc is not None:
            stop = bool(self.exact)
            self.moves.append(
                Primitive(kind, start, goal, feed, self.tool, self.line, rpm, arc, stop, synchronised, self.coolant)
            )


def _number(word: Word) -> float:
    """Return a word's value. Raises ``ValueError`` if it is a text."""
    if not isinstance(word.value, float | int):
        raise ValueError(f"{word.name} with a text")
    return float(word.value)


def read_siemens(
    text: str,
    home: Point = (0.0, 0.0, 500.0),
    turning: bool = False,
    *,
    offset: str = "G54",
    names: Mapping[str, int] | None = None,
) -> tuple[tuple[Primitive, ...], float]:
    """Return the moves of a whole program (work coordinates of ``offset``, mm, X as a radius) and its dwells in s.

    ``names``: the number of each tool that has a name, by the name in capitals. Raises ``DialectError`` with line and
    reason.
    """
    control = _Control(
        home, turning, offset, {name.upper(): number for name, number in (names or {}).items()}, list(home)
    )
    for control.line, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith(";") or (control.line == 1 and _is_header(line)):
            continue
        if control.ended:
            raise DialectError(f"line {control.line}: a block after M30")
        try:
            control.run(line)
        except ValueError as error:
            raise DialectError(f"line {control.line}: {error}") from error
    if not control.ended:
        raise DialectError("no M30 at the end")
    return tuple(control.moves), control.dwell_s


def _is_header(line: str) -> bool:
    """Return whether a line gives the program's name, as in files that are sent to the control."""
    return line.upper().startswith("%_N_") and line.upper().endswith(("_MPF", "_SPF")) and " " not in line


def _siemens(text: str, home: Point, turning: bool) -> tuple[tuple[Primitive, ...], float]:
    return read_siemens(text, home, turning)


READERS: dict[str, Reader] = {"siemens": _siemens}
