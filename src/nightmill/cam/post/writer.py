"""Common part of all posts: one method per kind of block, number formatting, and the options for a control."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

from nightmill.cam.toolpath.toolpath import (
    Arc,
    Begin,
    Block,
    Coolant,
    Cycle,
    End,
    FeedRate,
    Line,
    Rapid,
    Remark,
    Retract,
    Spindle,
    SpindleOff,
    Synchronised,
    ToolChange,
    Toolpath,
)

SAME_FEED = 1e-9
PECK_RETRACT_MM = 0.254
"""Retract of LinuxCNC's peck cycles, mm (interp_cycles.cc: 0.010 inch); other controls must be set to the same value."""


class PostError(ValueError):
    """A block that the control can't express; the message names the block."""


@dataclass(frozen=True)
class PostOptions:
    """Options of a program besides its toolpath: its ``number``, and the ``pockets`` by the tool's number in the plan.

    A tool that isn't listed is in the pocket with its own number.
    """

    number: int = 1
    pockets: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Posted:
    """A program: its lines, and the number of the first line of each block, counted from 1."""

    lines: tuple[str, ...]
    first: tuple[int, ...]

    @property
    def text(self) -> str:
        """Return the program as text."""
        return "\n".join(self.lines) + "\n"


class Post(ABC):
    """Base class that writes a toolpath; the post for a control overrides one method per kind of block, each returning
    that block's lines.
    """

    name: str
    """Name of the control as users write it."""
    suffix = ".nc"
    probes = False
    """Whether ``cam.probing`` writes probing programs for the control."""
    turns = True
    """Whether the post writes turning programs."""

    def __init__(self, options: PostOptions) -> None:
        self.options = options
        self.turning = False
        self.feed: float | None = None

    @classmethod
    def write(cls, toolpath: Toolpath, options: PostOptions | None = None) -> Posted:
        """Return the program for a toolpath. Raises ``PostError`` for a block that the control can't express, and for a
        turning program if the post doesn't write any; no block is skipped.
        """
        post = cls(options or PostOptions())
        post.turning = toolpath.machining == "turn"
        if post.turning and not cls.turns:
            raise PostError(f"turning programs are not written for {cls.name} controls")
        lines = post.head(toolpath)
        first = []
        for number, block in enumerate(toolpath.blocks, start=1):
            first.append(len(lines) + 1)
            try:
                lines += post.block(block)
            except ValueError as error:
                raise PostError(f"block {number}, {type(block).__name__}: {error}") from error
        return Posted(tuple(lines + post.tail()), tuple(first))

    def block(self, block: Block) -> list[str]:
        """Return the lines of one block."""
        match block:
            case Rapid() | Line() | Arc() | Cycle() | Synchronised():
                return self._cut(block)
            case Remark():
                return self.remark(block.text)
            case Begin():
                return self.begin(block)
            case Retract():
                return self.retract(block)
            case ToolChange():
                self.feed = None
                return self.tool_change(block)
            case Spindle():
                self.feed = None
                return self.spindle(block)
            case SpindleOff():
                return self.spindle_off()
            case Coolant():
                return self.coolant(block)
            case FeedRate():
                return self.feed_rate(block)
            case End():
                return self.end()

    def _cut(self, move: Rapid | Line | Arc | Cycle | Synchronised) -> list[str]:
        """Return the lines of one move, or of a cycle of moves."""
        match move:
            case Synchronised():
                return self.synchronised(move)
            case Cycle():
                return self.cycle(move)
            case Rapid():
                return self.rapid(move)
            case Line():
                return self.line(move)
            case Arc():
                return self.arc(move)

    def new_feed(self, feed: float | None) -> float | None:
        """Return the feed if it must be written because a different one is active, and record it as active; None if it
        is already active.
        """
        if feed is None or (self.feed is not None and abs(feed - self.feed) <= SAME_FEED):
            return None
        self.feed = feed
        return feed

    def pocket(self, tool: int) -> int:
        """Return the pocket of a tool. Raises ``ValueError`` if the tool isn't listed and another tool occupies the
        pocket with its number.
        """
        pockets = self.options.pockets
        if tool not in pockets and tool in pockets.values():
            raise ValueError(f"T{tool} is used in no step of the plan, and another tool is in its pocket")
        return pockets.get(tool, tool)

    def renumbered(self, toolpath: Toolpath) -> list[str]:
        """Return a sentence for each tool whose pocket number differs from its tool number."""
        dealt = self.options.pockets
        return [
            f"T{dealt[tool]} is tool {tool} of the plan" for tool in toolpath.tools() if dealt.get(tool, tool) != tool
        ]

    def head(self, toolpath: Toolpath) -> list[str]:
        """Return the lines before the first block."""
        return []

    def tail(self) -> list[str]:
        """Return the lines after the last block."""
        return []

    @abstractmethod
    def remark(self, text: str) -> list[str]:
        """Return the lines of a note for the person at the machine."""

    @abstractmethod
    def begin(self, begin: Begin) -> list[str]:
        """Return the lines that set every modal state."""

    @abstractmethod
    def retract(self, retract: Retract) -> list[str]:
        """Return the lines of a move to the machine's zero."""

    @abstractmethod
    def tool_change(self, change: ToolChange) -> list[str]:
        """Return the lines that change the tool and apply its length."""

    @abstractmethod
    def spindle(self, spindle: Spindle) -> list[str]:
        """Return the lines that start the spindle."""

    @abstractmethod
    def spindle_off(self) -> list[str]:
        """Return the lines that stop the spindle."""

    @abstractmethod
    def coolant(self, coolant: Coolant) -> list[str]:
        """Return the lines that turn the coolant on or off."""

    @abstractmethod
    def feed_rate(self, feed: FeedRate) -> list[str]:
        """Return the lines that set the feed."""

    @abstractmethod
    def rapid(self, move: Rapid) -> list[str]:
        """Return the lines of a rapid move."""

    @abstractmethod
    def line(self, move: Line) -> list[str]:
        """Return the lines of a straight cut."""

    @abstractmethod
    def arc(self, move: Arc) -> list[str]:
        """Return the lines of an arc or a helix."""

    @abstractmethod
    def cycle(self, cycle: Cycle) -> list[str]:
        """Return the lines of a hole."""

    @abstractmethod
    def synchronised(self, cut: Synchronised) -> list[str]:
        """Return the lines of a cut in step with the spindle."""

    @abstractmethod
    def end(self) -> list[str]:
        """Return the lines that end the program."""


def word(value: float) -> str:
    """Return a coordinate with at most four decimals and no negative zero."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def decimal(value: float) -> str:
    """Return a number with a decimal point: without one, many controls count in thousandths of a millimetre."""
    text = f"{value:.4f}".rstrip("0")
    return "0." if text in {"-0.", "0."} else text


def plain(text: str) -> str:
    """Return a remark in the characters that every control accepts, never nested."""
    return re.sub(r"[^A-Z0-9 .,+/*=#:-]", " ", text.upper()).strip()
