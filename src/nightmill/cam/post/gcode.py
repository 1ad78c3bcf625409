"""Common part of the posts for controls with G-codes: moves by G0 to G3, canned cycles by G73 to G85, and modal feeds."""

from abc import abstractmethod

from nightmill.cam.post.writer import Post
from nightmill.cam.toolpath.toolpath import Arc, Coolant, Cycle, CycleKind, FeedRate, Line, Rapid

CYCLES: dict[CycleKind, str] = {"drill": "G81", "break_chips": "G73", "peck": "G83", "ream": "G85", "tap": "G84"}


class GcodePost(Post):
    """Write moves as blocks of words; a subclass defines the number format of its control. On a lathe X is a diameter."""

    @abstractmethod
    def number(self, value: float) -> str:
        """Return a coordinate in the control's number format."""

    @abstractmethod
    def feed_word(self, feed: float) -> str:
        """Return the word for a feed."""

    def spindle_off(self) -> list[str]:
        """Stop the spindle."""
        return ["M5"]

    def coolant(self, coolant: Coolant) -> list[str]:
        """Turn flood coolant on or off."""
        return ["M8" if coolant.on else "M9"]

    def feed_rate(self, feed: FeedRate) -> list[str]:
        """Set the feed."""
        self.feed = feed.feed
        return [self.feed_word(feed.feed)]

    def rapid(self, move: Rapid) -> list[str]:
        """Write a rapid move."""
        return [f"G0{self.target(move)}"]

    def line(self, move: Line) -> list[str]:
        """Write a straight cut."""
        return [f"G1{self.target(move)}{self._feed(move.feed)}"]

    def arc(self, move: Arc) -> list[str]:
        """Write an arc or a helix with its centre from the start."""
        other = f"K{self.number(move.k)}" if move.k is not None else f"J{self.number(move.j or 0.0)}"
        code = "G3" if move.left else "G2"
        return [f"{code}{self.target(move)} I{self.number(move.i)} {other}{self._feed(move.feed)}"]

    def cycle(self, cycle: Cycle) -> list[str]:
        """Write a canned cycle and its end."""
        back = "G98" if cycle.to_start else "G99"
        peck = f" Q{self.number(cycle.peck_mm)}" if cycle.peck_mm else ""
        depth = f"R{self.number(cycle.clear)} Z{self.number(cycle.bottom)}{peck}"
        self.feed = cycle.feed
        place = f"X{self.number(cycle.x)} Y{self.number(cycle.y)} {self.feed_word(cycle.feed)}"
        return [f"{back} {CYCLES[cycle.kind]} {depth} {place}", "G80"]

    def target(self, move: Rapid | Line | Arc) -> str:
        """Return the words for the end point of a move, each after a space."""
        x = None if move.x is None else 2 * move.x if self.turning else move.x
        values = (("X", x), ("Y", move.y), ("Z", move.z))
        return "".join(f" {letter}{self.number(value)}" for letter, value in values if value is not None)

    def _feed(self, feed: float | None) -> str:
        new = self.new_feed(feed)
        return "" if new is None else f" {self.feed_word(new)}"
