"""Siemens Sinumerik 840D sl and ONE, mills and lathes, in Siemens' own language (G290), not its ISO dialect.

Sources: SINUMERIK 840D sl/828D Fundamentals (6FC5398-1BP40): "Tool change", "Tool offsets" (``D0``, ``D1``), "Deselect frame"
(``SUPA``), "Feedrate" (G94, G95), "Constant cutting rate" (G96, LIMS), "Inch or metric dimensions" (G710 also sets the unit of
feeds), "Channel-specific diameter programming" (DIAMON: X is a diameter, I is a radius), "Circular interpolation", "Thread cutting
with constant lead" (G33), "Tapping without compensating chuck" (SPOS, G331, G332), "Continuous-path mode" (G641, ADIS); Job planning
(6FC5398-2BP40): CYCLE81, CYCLE83, CYCLE84, CYCLE85 under "Programming cycles externally".

A cycle is written only where the control makes exactly the verified moves. CYCLE83 retracts at feed to break chips and
distributes uneven pecks in its own way, and CYCLE84 feeds back out only to the plane where its feed began: such holes
are written as single moves. G94 and G95 share a group with G96 and G97, so each block has only one of them. The program
doesn't rely on the feed that is active after a cycle.
"""

import re

from nightmill.cam.post.gcode import GcodePost
from nightmill.cam.post.writer import PECK_RETRACT_MM, PostOptions, word
from nightmill.cam.toolpath.toolpath import (
    Arc,
    Begin,
    Cycle,
    Line,
    Rapid,
    Retract,
    Spindle,
    Synchronised,
    ToolChange,
    Toolpath,
)

SAME_MM = 1e-9
SAME_MM_MIN = 1e-4
PITCH_DECIMALS = 9


class SiemensPost(GcodePost):
    """Write programs for Sinumerik controls; the tool's length offset (D1) is applied with the next move along Z after
    a tool change or a retract.
    """

    name = "siemens"
    suffix = ".mpf"
    probes = False

    def __init__(self, options: PostOptions) -> None:
        super().__init__(options)
        self.waiting = ""
        self.rpm = 0.0
        self.z: float | None = None

    def head(self, toolpath: Toolpath) -> list[str]:
        """Write the program's name on the control, and the tools whose numbers differ from the plan."""
        setting = ["X is a diameter, feed in mm per rev"] if self.turning else []
        said = [line for each in [*setting, *self.renumbered(toolpath)] for line in self.remark(each)]
        return [f";%_N_NIGHTMILL{self.options.number:04d}_MPF", ";$PATH=/_N_MPF_DIR", *said]

    def remark(self, text: str) -> list[str]:
        """Write a comment."""
        return [f"; {said}" for said in [_printable(text)] if said]

    def begin(self, begin: Begin) -> list[str]:
        """Set every modal group; rapid moves are straight (RTLION), and frames of an earlier program are cleared (TRANS)."""
        modal = "G710 G90 G95 G18 G40 G54 DIAMON" if self.turning else "G710 G90 G94 G17 G40 G54"
        blend = number(begin.blend_mm)
        return [modal, "TRANS", f"RTLION G641 ADIS={blend} ADISPOS={blend}"]

    def retract(self, retract: Retract) -> list[str]:
        """Go to the machine's zero without frames (SUPA) and without the tool's length offset (D0), which must be
        applied again afterwards.
        """
        self.waiting = "D1"
        self.z = None if "Z" in retract.axes else self.z
        return ["SUPA G0 " + " ".join(f"{axis}0" for axis in retract.axes) + " D0"]

    def tool_change(self, change: ToolChange) -> list[str]:
        """Change the tool; its length offset is applied with the next move along Z, or on a lathe with the next move."""
        self.waiting = "D1"
        said = _printable(change.name)
        call = f"T{self.pocket(change.tool)}" + ("" if self.turning else " M6")
        return [f"{call} ; {said}" if said else call]

    def spindle(self, spindle: Spindle) -> list[str]:
        """Start the spindle; a constant surface speed has its speed limit in the same block."""
        self.rpm = float(number(spindle.rpm))
        if spindle.surface_m_min is not None:
            return [f"G96 S{number(spindle.surface_m_min)} LIMS={number(spindle.rpm)} M3"]
        return [f"{'G97 ' if self.turning else ''}S{number(spindle.rpm)} M3"]

    def number(self, value: float) -> str:
        """Return a coordinate with at most four decimals."""
        return word(value)

    def feed_word(self, feed: float) -> str:
        """Return a feed with six significant digits."""
        return f"F{number(feed)}"

    def rapid(self, move: Rapid) -> list[str]:
        """Write a rapid move, with a pending length offset."""
        return self._with_length(super().rapid(move), move)

    def line(self, move: Line) -> list[str]:
        """Write a straight cut, with a pending length offset."""
        return self._with_length(super().line(move), move)

    def arc(self, move: Arc) -> list[str]:
        """Write an arc or a helix, with a pending length offset."""
        return self._with_length(super().arc(move), move)

    def _with_length(self, lines: list[str], move: Rapid | Line | Arc) -> list[str]:
        self.z = self.z if move.z is None else move.z
        if not self.waiting or (move.z is None and not self.turning):
            return lines
        length, self.waiting = self.waiting, ""
        return [f"{lines[0]} {length}"]

    def cycle(self, cycle: Cycle) -> list[str]:
        """Write a hole as a cycle if the control's cycle makes exactly the verified moves, else as single moves."""
        if cycle.to_start and self.z is None:
            raise ValueError("a hole that returns to its initial height needs a move along Z before it")
        before, self.waiting = [self.waiting] if self.waiting else [], ""
        if self.z is not None and self.z < cycle.clear:
            before.append(f"G0 Z{word(cycle.clear)}")
            self.z = cycle.clear
        before.append(f"G0 X{word(cycle.x)} Y{word(cycle.y)}")
        top = self.z if cycle.to_start and self.z is not None else cycle.clear
        self.z = top
        lines = self._hole(cycle, top)
        self.feed = None
        return [*before, *lines]

    def _hole(self, cycle: Cycle, top: float) -> list[str]:
        """Return the blocks of one hole, starting above it and ending at the height ``top``."""
        planes = f"{word(top)},{word(cycle.clear)},0,{word(cycle.bottom)}"
        feed = number(cycle.feed)
        match cycle.kind:
            case "drill":
                return [f"F{feed}", f"CYCLE81({planes})"]
            case "ream":
                return [f"CYCLE85({planes},,0,{feed},{feed})"]
            case "tap":
                return self._tapped(cycle, top, planes)
            case "peck" if _even(cycle):
                step, back = word(cycle.peck_mm), word(PECK_RETRACT_MM)
                return [f"F{feed}", f"CYCLE83({planes},,,{step},0,0,0,1,1,,,,,{back})"]
            case _:
                return [*_pecked(cycle, feed), f"G0 Z{word(top)}"]

    def _tapped(self, cycle: Cycle, top: float, planes: str) -> list[str]:
        """Return the blocks that tap a hole: as a cycle if the hole ends at the height where the feed starts."""
        if self.rpm <= 0:
            raise ValueError("tapping needs a spindle speed")
        pitch, speed = _pitch(float(number(cycle.feed)), self.rpm), number(self.rpm)
        if top - cycle.clear <= SAME_MM:
            return [f"CYCLE84({planes},,0,3,,{pitch},0,{speed},{speed})"]
        return [f"G0 Z{word(cycle.clear)}", *_rigid(cycle.bottom, top, pitch, speed)]

    def synchronised(self, cut: Synchronised) -> list[str]:
        """Write a cut in step with the spindle: a thread along Z, or tapping in and out."""
        pitch = number(cut.pitch_mm)
        if not cut.tap:
            self.z = cut.z
            return [f"G33 Z{word(cut.z)} K{pitch}"]
        if self.z is None or self.rpm <= 0:
            raise ValueError("tapping needs a spindle speed and a move along Z before it")
        return _rigid(cut.z, self.z, pitch, number(self.rpm))

    def end(self) -> list[str]:
        """End the program."""
        return ["M30"]


def number(value: float) -> str:
    """Return a number with six significant digits and without an exponent, as Sinumerik writes exponents differently."""
    text = f"{float(f'{value:.6g}'):.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _printable(text: str) -> str:
    return re.sub(r"[^ -~]", " ", text).strip()


def _rigid(bottom: float, top: float, pitch: str, speed: str) -> list[str]:
    """Return the blocks that tap to ``bottom`` and back out to ``top``, and then restore the spindle's rotation."""
    return ["SPOS=0", f"G331 Z{word(bottom)} K{pitch} S{speed}", f"G332 Z{word(top)} K{pitch}", f"S{speed} M3"]


def _pitch(feed: float, rpm: float) -> str:
    """Return the pitch with the fewest decimals that still give the exact feed."""
    for decimals in range(3, PITCH_DECIMALS):
        pitch = round(feed / rpm, decimals)
        if abs(pitch * rpm - feed) <= SAME_MM_MIN:
            return f"{pitch:.{decimals}f}".rstrip("0").rstrip(".")
    return f"{feed / rpm:.{PITCH_DECIMALS}f}"


def _depths(cycle: Cycle) -> list[float]:
    """Return the depths at which the drill retracts, computed from the rounded coordinates as LinuxCNC does."""
    bottom, peck = float(word(cycle.bottom)), float(word(cycle.peck_mm))
    if peck <= 0:
        raise ValueError("the peck depth must be above 0")
    depths, depth = [], float(word(cycle.clear)) - peck
    while depth > bottom:
        depths.append(depth)
        depth -= peck
    return depths


def _even(cycle: Cycle) -> bool:
    """Return whether all pecks are equally deep."""
    depths = _depths(cycle)
    last = depths[-1] if depths else float(word(cycle.clear))
    return abs(last - float(word(cycle.bottom)) - float(word(cycle.peck_mm))) <= SAME_MM


def _pecked(cycle: Cycle, feed: str) -> list[str]:
    """Return the moves of a peck-drilled hole from ``clear`` to the bottom."""
    lines = [f"G0 Z{word(cycle.clear)}"]
    for depth in _depths(cycle):
        out = [f"G0 Z{word(cycle.clear)}"] if cycle.kind == "peck" else []
        lines += [f"G1 Z{word(depth)} F{feed}", *out, f"G0 Z{word(depth + PECK_RETRACT_MM)}"]
    return [*lines, f"G1 Z{word(cycle.bottom)} F{feed}"]
