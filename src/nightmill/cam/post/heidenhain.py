"""Heidenhain TNC 640, TNC7 and iTNC 530, mills, in Klartext.

Sources: TNC 640 User's Manual Conversational Programming (34059x): "Tool data" (TOOL CALL), "Path contours: Cartesian coordinates" (L, CC,
C), "Path contours: polar coordinates" (CP with IPA is a helix), "Miscellaneous functions for coordinate data" (M91: machine datum, without
the tool's length); TNC 640 User's Manual Cycle Programming (34059x) and iTNC 530 User's Manual Cycle Programming (60642x): cycles 200, 201,
205 and 207 under "Fixed cycles", 247 "Datum setting", 32 "Tolerance". FMAX holds for one block.

A cycle is written only where the control makes exactly the verified moves: the surface is the height where the feed
starts, the set-up clearance is 0, and only parameters that all three controls have are given. The manuals don't say at
which feed cycle 203 retracts to break chips, and cycle 205 leaves the hole in two moves if it ends above the clearance:
such holes are written as single moves. The program relies neither on the feed that is active after a cycle nor on the
spindle still turning after tapping.
"""

import math
import re
from collections.abc import Iterator

from nightmill.cam.post.writer import PECK_RETRACT_MM, Post, PostOptions, word
from nightmill.cam.toolpath.toolpath import (
    Arc,
    Begin,
    Block,
    Coolant,
    Cycle,
    FeedRate,
    Line,
    Rapid,
    Remark,
    Retract,
    Spindle,
    Synchronised,
    ToolChange,
    Toolpath,
)

Place = tuple[float, float]

PRESET = 1
"""Row of the preset table that holds the work offset, as G54 does on other controls."""
SAME_MM = 1e-6
GRID_MM = 1e-4
"""Last decimal place of a coordinate."""
NEAR_MM = 5e-5
"""Largest acceptable distance between the end of a helix and its target; beyond it, neighbouring centres are tried."""
COMMENTS = {
    "Q200": "SET-UP CLEARANCE", "Q201": "DEPTH", "Q202": "PLUNGING DEPTH", "Q203": "SURFACE COORDINATE", "Q204": "2ND SET-UP CLEARANCE",
    "Q205": "MIN. PLUNGING DEPTH", "Q206": "FEED RATE FOR PLNGNG", "Q208": "RETRACTION FEED RATE", "Q210": "DWELL TIME AT TOP",
    "Q211": "DWELL TIME AT DEPTH", "Q212": "DECREMENT", "Q239": "THREAD PITCH", "Q253": "F PRE-POSITIONING", "Q256": "DIST FOR CHIP BRKNG",
    "Q257": "DEPTH FOR CHIP BRKNG", "Q258": "UPPER ADV STOP DIST", "Q259": "LOWER ADV STOP DIST", "Q339": "DATUM NUMBER", "Q379": "STARTING POINT",
}  # fmt: skip
"""Name of each parameter in the control's dialog."""


class HeidenhainPost(Post):
    """Write programs in Klartext; TOOL CALL carries the spindle speed, and blocks are numbered in sequence."""

    name = "heidenhain"
    suffix = ".h"
    turns = False

    def __init__(self, options: PostOptions) -> None:
        super().__init__(options)
        self.program = f"NIGHTMILL{options.number:04d}"
        self.blocks = 0
        self.waiting: ToolChange | None = None
        self.rpm = 0.0
        self.still = False
        self.asked: float | None = None
        self.at: list[float | None] = [None, None, None]
        self.ended: Place | None = None
        self.defined: list[str] = []

    def head(self, toolpath: Toolpath) -> list[str]:
        """Write the program's name, a blank for the control's graphics, and the tools whose numbers differ from the plan."""
        said = [line for each in self.renumbered(toolpath) for line in self.remark(each)]
        return self._numbered([f"BEGIN PGM {self.program} MM", *_blank(toolpath), *said])

    def tail(self) -> list[str]:
        """Write the end of the program."""
        return self._numbered([f"END PGM {self.program} MM"])

    def block(self, block: Block) -> list[str]:
        """Return the numbered lines of one block; a pending tool call comes before any move."""
        waits = self.waiting is not None and not isinstance(block, Remark | Coolant | Spindle)
        return self._numbered([*(self._called() if waits else []), *super().block(block)])

    def _numbered(self, lines: list[str]) -> list[str]:
        """Return lines with their block numbers; an indented line continues the previous block."""
        done = []
        for line in lines:
            if line.startswith(" "):
                done.append(line)
            else:
                done.append(f"{self.blocks} {line}")
                self.blocks += 1
        return done

    def remark(self, text: str) -> list[str]:
        """Write a comment."""
        return [f"; {said}" for said in [_printable(text)] if said]

    def begin(self, begin: Begin) -> list[str]:
        """Set the preset, which clears shifts and rotations, and how far corners may be rounded."""
        return [
            *_cycle("247 DATUM SETTING", {"Q339": f"+{PRESET}"}),
            "CYCL DEF 32.0 TOLERANCE",
            f"CYCL DEF 32.1 T{word(begin.blend_mm)}",
        ]

    def retract(self, retract: Retract) -> list[str]:
        """Go to the machine's datum."""
        for axis in retract.axes:
            self.at["XYZ".index(axis)] = None
        return ["L " + " ".join(f"{axis}+0" for axis in retract.axes) + " R0 FMAX M91"]

    def tool_change(self, change: ToolChange) -> list[str]:
        """Keep the tool call pending until the spindle speed is known, as both are in one block."""
        self.waiting, self.defined = change, []
        self.pocket(change.tool)
        return []

    def _called(self) -> list[str]:
        """Return the block of the pending tool call."""
        assert self.waiting is not None
        change, self.waiting = self.waiting, None
        said = _printable(change.name)
        call = f"TOOL CALL {self.pocket(change.tool)} Z S{number(self.rpm)}"
        return [f"{call} ; {said}" if said else call]

    def spindle(self, spindle: Spindle) -> list[str]:
        """Start the spindle, after a pending tool call."""
        self.rpm, self.still, self.defined = float(number(spindle.rpm)), False, []
        return [*(self._called() if self.waiting else [f"TOOL CALL Z S{number(self.rpm)}"]), "M3"]

    def spindle_off(self) -> list[str]:
        """Stop the spindle."""
        self.still = False
        return ["M5"]

    def coolant(self, coolant: Coolant) -> list[str]:
        """Turn flood coolant on or off."""
        return ["M8" if coolant.on else "M9"]

    def feed_rate(self, feed: FeedRate) -> list[str]:
        """Keep the feed for the next cut."""
        self.asked = feed.feed
        return []

    def rapid(self, move: Rapid) -> list[str]:
        """Write a rapid move."""
        if self._is_there(move):
            return []
        return [f"L{target} R0 FMAX"] if (target := self._target(move)) else []

    def line(self, move: Line) -> list[str]:
        """Write a straight cut."""
        if self._is_there(move):
            self.asked = self.asked if move.feed is None else move.feed
            return []
        feed, target = self._feed(move.feed), self._target(move)
        return [*self._running(), f"L{target} R0{feed}"] if target else []

    def arc(self, move: Arc) -> list[str]:
        """Write an arc, or a helix by the angle that it turns."""
        x, y, z = self.at
        if x is None or y is None or (move.z is not None and z is None):
            raise ValueError("an arc needs a move along X, Y and Z before it")
        centre = (x + float(word(move.i)), y + float(word(move.j or 0.0)))
        feed, turn = self._feed(move.feed), "DR+" if move.left else "DR-"
        start, target = self.ended or (x, y), self._target(move)
        if move.z is None:
            return [*self._running(), f"CC X{signed(centre[0])} Y{signed(centre[1])}", f"C{target} {turn}{feed}"]
        end = (float(word(move.x)), y if move.y is None else float(word(move.y)))
        (cx, cy), angle = (
            (centre, 360.0 if move.left else -360.0) if end == (x, y) else _helix(start, end, centre, move.left)
        )
        self.ended = _turned(start, (cx, cy), angle)
        height = f"CP IPA{signed(angle)} Z{signed(move.z)} {turn}{feed}"
        return [*self._running(), f"CC X{signed(cx)} Y{signed(cy)}", height]

    def _target(self, move: Rapid | Line | Arc) -> str:
        """Return the words for the end point of a move, each after a space, and record it as the current position."""
        said, self.ended = "", None
        for axis, value in enumerate((move.x, move.y, move.z)):
            if value is not None:
                self.at[axis] = float(word(value))
                said += f" {'XYZ'[axis]}{signed(value)}"
        return said

    def _is_there(self, move: Rapid | Line) -> bool:
        """Return whether a move ends at the target of the preceding helix, which may miss it by one unit of the last decimal."""
        values = enumerate((move.x, move.y, move.z))
        return self.ended is not None and all(v is None or float(word(v)) == self.at[axis] for axis, v in values)

    def _feed(self, feed: float | None) -> str:
        self.asked = self.asked if feed is None else feed
        new = self.new_feed(self.asked)
        return "" if new is None else f" F{number(new)}"

    def _running(self) -> list[str]:
        """Return the block that restarts the spindle if a tapping cycle may have stopped it."""
        still, self.still = self.still, False
        return ["M3"] if still else []

    def cycle(self, cycle: Cycle) -> list[str]:
        """Write a hole as a cycle if the control's cycle makes exactly the verified moves, else as single moves."""
        z, clear, bottom = self.at[2], float(word(cycle.clear)), float(word(cycle.bottom))
        if cycle.to_start and z is None:
            raise ValueError("a hole that returns to its initial height needs a move along Z before it")
        if bottom >= clear:
            raise ValueError("the bottom of a hole must be below its clearance")
        before = [] if z is None or z >= clear else [f"L Z{signed(clear)} R0 FMAX"]
        top = clear if z is None or not cycle.to_start else max(z, clear)
        place = f"L{self._target(Rapid(cycle.x, cycle.y))} R0 FMAX"
        self.at[2] = top
        self.asked = cycle.feed
        defined = self._definition(cycle, clear, bottom, top)
        if defined:
            same, self.defined = defined == self.defined, defined
            lines = [*([] if same else defined), *before, f"{place} M99"]
        else:
            lines = [*before, place, *_pecked(cycle, clear, bottom, top)]
        running = [] if cycle.kind == "tap" else self._running()
        self.still = self.still or cycle.kind == "tap"
        self.feed = None
        return [*running, *lines]

    def _definition(self, cycle: Cycle, clear: float, bottom: float, top: float) -> list[str]:
        """Return the definition of the cycle that makes the moves of a hole; empty if no cycle does."""
        feed = number(cycle.feed)
        planes = {"Q203": signed(clear), "Q204": signed(top - clear)}
        depth = {"Q200": "+0", "Q201": signed(bottom - clear), "Q206": feed}
        match cycle.kind:
            case "drill":
                whole = {"Q202": signed(clear - bottom), "Q210": "+0"}
                return _cycle("200 DRILLING", {**depth, **whole, **planes, "Q211": "+0"})
            case "ream":
                return _cycle("201 REAMING", {**depth, "Q211": "+0", "Q208": feed, **planes})
            case "tap":
                if self.rpm <= 0:
                    raise ValueError("tapping needs a spindle speed")
                if top - clear > SAME_MM:
                    raise ValueError("a tap that feeds out above its starting height: cycle 207 returns to that height")
                return _tapping(clear, bottom, float(number(cycle.feed)) / self.rpm)
            case "peck" if top - clear <= SAME_MM and _depths(cycle, clear, bottom)[-1:] > [bottom + SAME_MM]:
                peck = {"Q202": signed(cycle.peck_mm)}
                stop = signed(PECK_RETRACT_MM)
                ways = {
                    "Q212": "+0",
                    "Q205": "+0",
                    "Q258": stop,
                    "Q259": stop,
                    "Q257": "+0",
                    "Q256": "+0.2",
                    "Q211": "+0",
                }
                return _cycle(
                    "205 UNIVERSAL PECKING", {**depth, **peck, **planes, **ways, "Q379": "+0", "Q253": "+750"}
                )
            case _:
                return []

    def synchronised(self, cut: Synchronised) -> list[str]:
        """Write tapping in and out. Raises ``ValueError`` for a single-point thread, which needs a lathe."""
        z = self.at[2]
        if not cut.tap:
            raise ValueError("a single-point thread needs a lathe")
        if z is None or self.rpm <= 0:
            raise ValueError("tapping needs a spindle speed and a move along Z before it")
        self.still, self.feed = True, None
        self.defined = _tapping(z, float(word(cut.z)), cut.pitch_mm)
        return [*self.defined, "CYCL CALL"]

    def end(self) -> list[str]:
        """End the program."""
        return ["M30"]


def signed(value: float) -> str:
    """Return a value with its sign and at most four decimals."""
    text = word(value)
    return text if text.startswith("-") else f"+{text}"


def number(value: float) -> str:
    """Return a feed or speed with six significant digits and at most three decimals, the control's limit."""
    return f"{float(f'{value:.6g}'):.3f}".rstrip("0").rstrip(".")


def _printable(text: str) -> str:
    """Return a comment without ``~``, which would continue the block on the next line."""
    return re.sub(r"[^ -}]", " ", text).strip()


def _cycle(title: str, values: dict[str, str]) -> list[str]:
    """Return the definition of a cycle, a line for each parameter."""
    lines = [f"    {name}={value} ;{COMMENTS[name]}" for name, value in values.items()]
    return [f"CYCL DEF {title} ~", *(f"{line} ~" for line in lines[:-1]), lines[-1]]


def _tapping(start: float, bottom: float, pitch: float) -> list[str]:
    depth = {"Q200": "+0", "Q201": signed(bottom - start), "Q239": signed(pitch)}
    return _cycle("207 RIGID TAPPING", {**depth, "Q203": signed(start), "Q204": "+0"})


def _depths(cycle: Cycle, clear: float, bottom: float) -> list[float]:
    """Return the depths at which the drill retracts, computed from the rounded coordinates as LinuxCNC does."""
    peck = float(word(cycle.peck_mm))
    if peck <= 0:
        raise ValueError("the peck depth must be above 0")
    depths, depth = [], clear - peck
    while depth > bottom:
        depths.append(depth)
        depth -= peck
    return depths


def _pecked(cycle: Cycle, clear: float, bottom: float, top: float) -> Iterator[str]:
    """Return the moves of a peck-drilled hole from ``clear`` to the bottom and up to ``top``."""
    feed = f" R0 F{number(cycle.feed)}"
    yield f"L Z{signed(clear)} R0 FMAX"
    for depth in _depths(cycle, clear, bottom):
        yield f"L Z{signed(depth)}{feed}"
        if cycle.kind == "peck":
            yield f"L Z{signed(clear)} R0 FMAX"
        yield f"L Z{signed(depth + PECK_RETRACT_MM)} R0 FMAX"
    yield f"L Z{signed(bottom)}{feed}"
    yield f"L Z{signed(top)} R0 FMAX"


def _turned(start: Place, pole: Place, angle_deg: float) -> Place:
    """Return where a turn about a pole ends."""
    radius, there = math.dist(start, pole), math.atan2(start[1] - pole[1], start[0] - pole[0]) + math.radians(angle_deg)
    return (pole[0] + radius * math.cos(there), pole[1] + radius * math.sin(there))


def _helix(start: Place, end: Place, centre: Place, left: bool) -> tuple[Place, float]:
    """Return the pole and the angle in degrees, in the control's decimals, with which a helix ends nearest to its target."""
    tries = []
    for dx in (0, -1, 1):
        for dy in (0, -1, 1):
            x, y = centre[0] + dx * GRID_MM, centre[1] + dy * GRID_MM
            begin = math.atan2(start[1] - y, start[0] - x)
            turn = (math.atan2(end[1] - y, end[0] - x) - begin) % (2 * math.pi)
            angle = round(math.degrees(turn if left else turn - 2 * math.pi), 4)
            off = math.dist(end, _turned(start, (x, y), angle))
            tries.append((max(off, NEAR_MM), abs(dx) + abs(dy), (x, y), angle))
    _, _, pole, angle = min(tries)
    return pole, angle


def _blank(toolpath: Toolpath) -> list[str]:
    """Return the box around the ends of all cuts, in whole mm, as the blank for the control's graphics; none without cuts."""
    at: list[float | None] = [None, None, None]
    seen: list[list[float]] = [[], [], []]
    for block in toolpath.blocks:
        if isinstance(block, Rapid | Line | Arc):
            at = [was if now is None else now for was, now in zip(at, (block.x, block.y, block.z), strict=True)]
            ends = [] if isinstance(block, Rapid) else [at]
        elif isinstance(block, Cycle):
            at = [block.x, block.y, block.clear]
            ends = [[block.x, block.y, block.bottom], at]
        else:
            continue
        for end in ends:
            for axis, value in enumerate(end):
                seen[axis] += [] if value is None else [value]
    if not all(seen):
        return []
    low = [math.floor(min(values)) for values in seen]
    high = [max(math.ceil(max(values)), lowest + 1) for values, lowest in zip(seen, low, strict=True)]
    first, last = (" ".join(f"{a}{v:+d}" for a, v in zip("XYZ", corner, strict=True)) for corner in (low, high))
    return [f"BLK FORM 0.1 Z {first}", f"BLK FORM 0.2 {last}"]
