"""A toolpath: what a machine does in one setup, block by block, independent of the control that runs it.

Strategies make it through ``Program`` and ``TurningProgram``; posts turn it into text, and a refused step is cut short
in it. Lengths in mm in work coordinates. On a mill, ``x``, ``y`` and ``z`` are the tool tip and feeds are in mm/min; on
a lathe ``x`` is the radius and feeds are in mm per revolution. A coordinate that is None stays as it is.
"""

from typing import Literal

import msgspec

TOOLPATH_FORMAT = "nightmill-toolpath/1"
TOOLPATH_SUFFIX = ".toolpath"
"""Suffix of a toolpath's file, beside the program of the same name."""

Machining = Literal["mill", "turn"]


class _Block(msgspec.Struct, frozen=True, tag=True, gc=False, omit_defaults=True, array_like=True):
    """Common base of all blocks: they are encoded as arrays that begin with the kind."""


class Remark(_Block, frozen=True, gc=False):
    """A note for the person at the machine."""

    text: str


class Begin(_Block, frozen=True, gc=False):
    """The modal state at the start: millimetres, absolute, work offset G54; ``blend_mm``: how far corners may be rounded."""

    machining: Machining
    blend_mm: float


class Retract(_Block, frozen=True, gc=False):
    """A simultaneous rapid move to the machine's zero in the named axes."""

    axes: str


class ToolChange(_Block, frozen=True, gc=False):
    """Change to a tool and apply its length; ``name`` is for display."""

    tool: int
    name: str


class Spindle(_Block, frozen=True, gc=False):
    """Start the spindle clockwise: at ``rpm``, or on a lathe at a constant ``surface_m_min`` up to ``rpm``."""

    rpm: float
    surface_m_min: float | None = None


class SpindleOff(_Block, frozen=True, gc=False):
    """Stop the spindle."""


class Coolant(_Block, frozen=True, gc=False):
    """Turn flood coolant on or off."""

    on: bool


class FeedRate(_Block, frozen=True, gc=False):
    """Set the feed for the following cuts that don't specify one."""

    feed: float


class Rapid(_Block, frozen=True, gc=False):
    """A rapid move in a straight line."""

    x: float | None = None
    y: float | None = None
    z: float | None = None


class Line(_Block, frozen=True, gc=False):
    """A straight cut; if ``feed`` is None, the feed stays as it is."""

    x: float | None = None
    y: float | None = None
    z: float | None = None
    feed: float | None = None


class Arc(_Block, frozen=True, gc=False):
    """An arc by its centre, ``i``, ``j`` and ``k`` from the start; ``left``: counter-clockwise, as G3.

    On a mill it is in the plane of X and Y (``y``, ``j``), and a helix if ``z`` is given; on a lathe in that of Z and X (``z``, ``k``).
    """

    left: bool
    x: float
    i: float
    y: float | None = None
    j: float | None = None
    z: float | None = None
    k: float | None = None
    feed: float | None = None


CycleKind = Literal["drill", "break_chips", "peck", "ream", "tap"]


class Cycle(_Block, frozen=True, gc=False):
    """A hole: rapid across, down to ``clear``, cut to ``bottom``, and back to ``clear`` or the height at the start (``to_start``).

    ``peck_mm``: depth of a peck: ``break_chips`` steps back a little after each, ``peck`` goes out of the hole.
    ``ream`` feeds back out; ``tap`` reverses the spindle at the bottom and also feeds back out.
    """

    kind: CycleKind
    x: float
    y: float
    clear: float
    bottom: float
    feed: float
    peck_mm: float = 0.0
    to_start: bool = False


class Synchronised(_Block, frozen=True, gc=False):
    """A cut along Z at a feed of ``pitch_mm`` per revolution; with ``tap``, followed by the way back to the start with
    the spindle reversed.
    """

    z: float
    pitch_mm: float
    tap: bool = False


class End(_Block, frozen=True, gc=False):
    """The end of the program."""


Block = (
    Remark
    | Begin
    | Retract
    | ToolChange
    | Spindle
    | SpindleOff
    | Coolant
    | FeedRate
    | Rapid
    | Line
    | Arc
    | Cycle
    | Synchronised
    | End
)


class Toolpath(msgspec.Struct, frozen=True):
    """All blocks of one setup, in order."""

    blocks: tuple[Block, ...]
    format: str = TOOLPATH_FORMAT

    def __post_init__(self) -> None:
        if self.format != TOOLPATH_FORMAT:
            raise ValueError(f"Toolpath: format is {self.format!r}, expected {TOOLPATH_FORMAT!r}")

    @property
    def machining(self) -> Machining:
        """Return the kind of machine that the toolpath is for."""
        return next((each.machining for each in self.blocks if isinstance(each, Begin)), "mill")

    def tools(self) -> tuple[int, ...]:
        """Return the numbers of the tools in the order of their first use."""
        return tuple(dict.fromkeys(each.tool for each in self.blocks if isinstance(each, ToolChange)))


def encoded(toolpath: Toolpath) -> bytes:
    """Return a toolpath as the bytes of its file (MessagePack)."""
    return msgspec.msgpack.encode(toolpath)


def decoded(data: bytes) -> Toolpath:
    """Return the toolpath encoded in the bytes of a file. Raises ``ValueError`` if they don't hold a toolpath."""
    try:
        return msgspec.msgpack.decode(data, type=Toolpath)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not a toolpath: {error}") from error
