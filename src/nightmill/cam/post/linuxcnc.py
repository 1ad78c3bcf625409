"""LinuxCNC (RS-274/NGC): the program that the planner proves; on a lathe X is a diameter (G7) and feed is per revolution (G95).

Source: LinuxCNC 2.9 manual, G-code reference.
"""

from nightmill.cam.post.writer import Post, word
from nightmill.cam.toolpath.toolpath import (
    Arc,
    Begin,
    Coolant,
    Cycle,
    CycleKind,
    FeedRate,
    Line,
    Rapid,
    Retract,
    Spindle,
    Synchronised,
    ToolChange,
)

CYCLES: dict[CycleKind, str] = {"drill": "G81", "break_chips": "G73", "peck": "G83", "ream": "G85", "tap": "G84"}


class LinuxcncPost(Post):
    """Write RS-274/NGC; milling in mm/min with G17, turning in mm per revolution with G18."""

    name = "linuxcnc"
    suffix = ".ngc"

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

    def spindle_off(self) -> list[str]:
        """Stop the spindle."""
        return ["M5"]

    def coolant(self, coolant: Coolant) -> list[str]:
        """Turn flood coolant on or off."""
        return ["M8" if coolant.on else "M9"]

    def feed_rate(self, feed: FeedRate) -> list[str]:
        """Set the feed."""
        self.feed = feed.feed
        return [f"F{feed.feed:g}"]

    def rapid(self, move: Rapid) -> list[str]:
        """Write a rapid move."""
        return [f"G0{self._words(move)}"]

    def line(self, move: Line) -> list[str]:
        """Write a straight cut."""
        return [f"G1{self._words(move)}{self._feed(move.feed)}"]

    def arc(self, move: Arc) -> list[str]:
        """Write an arc or a helix with its centre from the start."""
        other = f"K{word(move.k)}" if move.k is not None else f"J{word(move.j or 0.0)}"
        code = "G3" if move.left else "G2"
        return [f"{code}{self._words(move)} I{word(move.i)} {other}{self._feed(move.feed)}"]

    def cycle(self, cycle: Cycle) -> list[str]:
        """Write a canned cycle and its end."""
        back = "G98" if cycle.to_start else "G99"
        peck = f" Q{word(cycle.peck_mm)}" if cycle.peck_mm else ""
        place = f"X{word(cycle.x)} Y{word(cycle.y)} F{cycle.feed:g}"
        self.feed = cycle.feed
        return [f"{back} {CYCLES[cycle.kind]} R{word(cycle.clear)} Z{word(cycle.bottom)}{peck} {place}", "G80"]

    def synchronised(self, cut: Synchronised) -> list[str]:
        """Write a thread cut along Z, or rigid tapping."""
        return [f"{'G33.1' if cut.tap else 'G33'} Z{word(cut.z)} K{cut.pitch_mm:g}"]

    def end(self) -> list[str]:
        """End the program."""
        return ["M2"]

    def _words(self, move: Rapid | Line | Arc) -> str:
        x = None if move.x is None else 2 * move.x if self.turning else move.x
        values = (("X", x), ("Y", move.y), ("Z", move.z))
        return "".join(f" {letter}{word(value)}" for letter, value in values if value is not None)

    def _feed(self, feed: float | None) -> str:
        new = self.new_feed(feed)
        return "" if new is None else f" F{new:g}"
