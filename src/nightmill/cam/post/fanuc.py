"""Fanuc 30i/31i/32i mills and 0i lathes (G-code system A).

Sources: Fanuc Series 30i/31i/32i operator's manual (B-63944EN): G28, G43, G73/G81-G89, "Rigid tapping" (M29); Series 0i-F
operator's manual for lathes (B-64604EN-1): X is a diameter; ``T0302`` selects station 3 with offset 2 (both the same here) and
needs neither M6 nor G43; G50 S limits the speed of G96; G99 is feed per revolution; U and W are incremental, so that G28 U0.
returns to the reference point; G32 cuts a thread with the pitch F. The retract of the peck cycles is a parameter; the head of
each program states the required value.
"""

from nightmill.cam.post.gcode import GcodePost
from nightmill.cam.post.writer import PECK_RETRACT_MM, PostError, PostOptions, decimal, plain
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

MOST_STATIONS = 99


class FanucPost(GcodePost):
    """Write programs for Fanuc controls; a length offset is applied with the next move along Z after a tool change or a
    return to the reference point.
    """

    name = "fanuc"
    probes = True
    number_digits = 4
    peck_setting = "PARAMETERS 5114 AND 5115"

    def __init__(self, options: PostOptions) -> None:
        super().__init__(options)
        self.length = self.waiting = ""
        self.rpm = 0.0
        self.z = 0.0

    def head(self, toolpath: Toolpath) -> list[str]:
        """Write the O-number, the control settings that the program relies on, and the tools whose numbers differ from the plan."""
        number = self.options.number
        if not 1 <= number <= 9999:
            raise PostError(f"program number {number}: it must be from 1 to 9999")
        setting = (
            "X IS A DIAMETER, FEED IN MM PER REV"
            if self.turning
            else f"PECK RETRACT {PECK_RETRACT_MM} MM, {self.peck_setting}"
        )
        said = [setting, *(plain(each) for each in self.renumbered(toolpath))]
        return ["%", f"O{number:0{self.number_digits}d}", *(f"({each})" for each in said)]

    def tail(self) -> list[str]:
        """Write the end-of-tape character."""
        return ["%"]

    def remark(self, text: str) -> list[str]:
        """Write a comment in the characters that the control accepts."""
        return [f"({said})" for said in [plain(text)] if said]

    def begin(self, begin: Begin) -> list[str]:
        """Set every modal group; on a lathe, some of them are already set by the control and the T word."""
        modal = "G21 G18 G99 G97 G40 G80 G54" if self.turning else "G21 G17 G90 G94 G40 G49 G80 G54"
        return [modal, *self.blend(begin.blend_mm)]

    def blend(self, _blend_mm: float) -> list[str]:
        """Write the path blending mode: G64 takes no tolerance on a Fanuc."""
        return ["G64"]

    def retract(self, retract: Retract) -> list[str]:
        """Go to the machine's zero; as that may cancel the length offset, the offset is applied again afterwards."""
        self.waiting = self.length
        if self.turning:
            return ["G28 " + " ".join(f"{'U' if axis == 'X' else 'W'}0." for axis in retract.axes)]
        return ["G91 G28 " + " ".join(f"{axis}0." for axis in retract.axes), "G90"]

    def tool_change(self, change: ToolChange) -> list[str]:
        """Change the tool; its length offset is applied with the next move along Z."""
        pocket = self.pocket(change.tool)
        if not self.turning:
            self.length = self.waiting = f"G43 H{pocket}"
            return [*self.remark(change.name), f"T{pocket} M6"]
        if not 1 <= pocket <= MOST_STATIONS:
            raise ValueError(f"T{pocket}: a lathe's stations are numbered 1 to {MOST_STATIONS}")
        return [*self.remark(change.name), f"T{pocket:02d}{pocket:02d}"]

    def spindle(self, spindle: Spindle) -> list[str]:
        """Start the spindle; before a constant surface speed, set the speed limit."""
        self.rpm = spindle.rpm
        if spindle.surface_m_min is not None:
            return [f"G50 S{_whole(spindle.rpm)}", f"G96 S{round(spindle.surface_m_min)} M3"]
        return [f"G97 S{round(spindle.rpm)} M3" if self.turning else f"S{_whole(spindle.rpm)} M3"]

    def number(self, value: float) -> str:
        """Return a coordinate with a decimal point."""
        return decimal(value)

    def feed_word(self, feed: float) -> str:
        """Return a feed with six significant digits and a decimal point."""
        return f"F{decimal(float(f'{feed:.6g}'))}"

    def rapid(self, move: Rapid) -> list[str]:
        """Write a rapid move, with a pending length offset if it moves along Z."""
        return self._with_length(super().rapid(move), move)

    def line(self, move: Line) -> list[str]:
        """Write a straight cut, with a pending length offset if it moves along Z."""
        return self._with_length(super().line(move), move)

    def arc(self, move: Arc) -> list[str]:
        """Write an arc or a helix, with a pending length offset if it moves along Z."""
        return self._with_length(super().arc(move), move)

    def _with_length(self, lines: list[str], move: Rapid | Line | Arc) -> list[str]:
        if move.z is None:
            return lines
        self.z = move.z
        length, self.waiting = self.waiting, ""
        return [f"{lines[0]} {length}"] if length else lines

    def cycle(self, cycle: Cycle) -> list[str]:
        """Write a canned cycle and its end, after any pending length offset."""
        before, self.waiting = [self.waiting] if self.waiting else [], ""
        before += self.rigid_tapping() if cycle.kind == "tap" else []
        return [*before, *super().cycle(cycle)]

    def rigid_tapping(self) -> list[str]:
        """Return the block that makes the next tapping cycle rigid."""
        return [f"M29 S{_whole(self.rpm)}"]

    def synchronised(self, cut: Synchronised) -> list[str]:
        """Write a cut in step with the spindle: a thread along Z, or tapping in and out."""
        if cut.tap:
            return [
                *self.rigid_tapping(),
                f"G84 Z{decimal(cut.z)}{self.tapping_plane()} F{decimal(cut.pitch_mm)}",
                "G80",
            ]
        self.z = cut.z
        return [f"G32 Z{decimal(cut.z)} F{decimal(cut.pitch_mm)}"]

    def tapping_plane(self) -> str:
        """Return the word for the height at which tapping starts on a lathe; empty, as a Fanuc taps from the current position."""
        return ""

    def end(self) -> list[str]:
        """End the program."""
        return ["M30"]


def _whole(value: float) -> int:
    """Return the value as an integer. Raises ``ValueError`` if it isn't a whole number."""
    if value != int(value):
        raise ValueError(f"S{value:g} is not a whole number")
    return int(value)
