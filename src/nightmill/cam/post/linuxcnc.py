"""LinuxCNC (RS-274/NGC): the program that is verified; on a lathe X is a diameter (G7) and feed is per revolution
(G95).

Source: LinuxCNC 2.9 manual, G-code reference.
"""

from nightmill.cam.post.gcode import GcodePost
from nightmill.cam.post.writer import word
from nightmill.cam.toolpath.toolpath import Begin, Retract, Spindle, Synchronised, ToolChange


class LinuxcncPost(GcodePost):
    """Write RS-274/NGC; milling in mm/min with G17, turning in mm per revolution with G18."""

    name = "linuxcnc"
    suffix = ".ngc"

    def number(self, value: float) -> str:
        """Return a coordinate with at most four decimals."""
        return word(value)

    def feed_word(self, feed: float) -> str:
        """Return a feed with six significant digits."""
        return f"F{feed:g}"

    def remark(self, text: str) -> list[str]:
        """Write a comment."""
        return [f"({text})"]

    def begin(self, begin: Begin) -> list[str]:
        """Set every modal group, so that nothing depends on what ran before."""
        plane = "G21 G18 G7 G90 G95 G97" if self.turning else "G21 G17 G90 G94"
        return [f"{plane} G40 G49 G80 G54", f"G64 P{begin.blend_mm:g}"]

    def retract(self, retract: Retract) -> list[str]:
        """Go to the machine's zero."""
        return ["G53 G0 " + " ".join(f"{axis}0" for axis in retract.axes)]

    def tool_change(self, change: ToolChange) -> list[str]:
        """Change the tool and apply its length."""
        return [f"T{change.tool} M6 ({change.name})", f"G43 H{change.tool}"]

    def spindle(self, spindle: Spindle) -> list[str]:
        """Start the spindle; G96 with its limit D, or G97."""
        if spindle.surface_m_min is not None:
            return [f"G96 D{spindle.rpm:g} S{spindle.surface_m_min:g} M3"]
        return [f"G97 S{spindle.rpm:g} M3" if self.turning else f"S{spindle.rpm:g} M3"]

    def synchronised(self, cut: Synchronised) -> list[str]:
        """Write a cut in step with the spindle: a thread along Z, or rigid tapping."""
        return [f"{'G33.1' if cut.tap else 'G33'} Z{word(cut.z)} K{cut.pitch_mm:g}"]

    def end(self) -> list[str]:
        """End the program."""
        return ["M2"]
