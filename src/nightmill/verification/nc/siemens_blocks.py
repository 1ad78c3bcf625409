"""Sort the words of a Sinumerik block by function, and refuse words that aren't supported.

Source: SINUMERIK 840D sl Fundamentals (6FC5398-1BP40), "G functions": a block has at most one function of each group.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from nightmill.verification.nc.siemens_cycles import CYCLES
from nightmill.verification.nc.siemens_frames import FRAMES
from nightmill.verification.nc.siemens_words import Word

GROUPS = {
    **dict.fromkeys((0, 1, 2, 3, 33, 331, 332), "motion"),
    **dict.fromkeys((4, 110, 111, 112), "own block"),
    **dict.fromkeys((17, 18, 19), "plane"),
    40: "radius compensation",
    **dict.fromkeys((54, 55, 56, 57, 500, *range(505, 600)), "work offset"),
    153: "suppression",
    **dict.fromkeys((60, 64, 641, 642, 643, 644, 645), "path"),
    9: "exact stop",
    **dict.fromkeys((601, 602, 603), "block change"),
    **dict.fromkeys((70, 71, 700, 710), "units"),
    **dict.fromkeys((90, 91), "distance"),
    **dict.fromkeys((94, 95, 96, 97, 961, 971), "feed type"),
}
"""Group of each supported G function, by its number."""
REFUSED_G = {
    41: "tool radius compensation",
    42: "tool radius compensation",
    25: "a limit of the spindle or the working area",
    26: "a limit of the spindle or the working area",
    53: "G53 leaves the basic frames in force: SUPA is expected",
    63: "tapping with a compensating chuck",
    74: "a reference point",
    75: "a fixed point, whose position is machine data",
}
_IDLE_NAMES = frozenset({"RTLION", "SOFT", "BRISK", "FFWON", "FFWOF", "CFC", "CFTCP", "CFIN", "COMPOF", "NORM", "KONT", "STOPRE", "WALIMON", "WALIMOF"})  # fmt: skip
"""Names that don't change any move of a program without radius compensation."""
_MODES = frozenset({"SUPA", "MCALL", "DIAMON", "DIAMOF"})
_IDLE_CALLS = frozenset({"MSG", "WORKPIECE"})
_IDLE_M = frozenset({0, 1, 7, *range(40, 46)})
_M = _IDLE_M | {2, 3, 4, 5, 6, 8, 9, 30}
COORDINATES = ("X", "Y", "Z", "AP", "RP")
_PLACES = frozenset({*COORDINATES, "I", "J", "K", "CR", "TURN"})
_SETTINGS = frozenset({"S", "F", "D", "LIMS", "ADIS", "ADISPOS", "SPOS", "SF", "RPL"})
_OF_SPINDLE = frozenset({"S", "M", "SPOS", "LIMS"})


@dataclass
class Block:
    """The words of one block: G functions by group, M functions, coordinates, other values, names, and a cycle call, if any."""

    g: dict[str, int] = field(default_factory=dict)
    m: list[int] = field(default_factory=list)
    places: dict[str, Word] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    cycle: Word | None = None
    tool: str | None = None

    @property
    def moves(self) -> bool:
        """Return whether the block gives a path coordinate."""
        return any(each in self.places for each in COORDINATES)

    @property
    def frame(self) -> str | None:
        """Return the name of the frame instruction in the block, if any."""
        return next(iter(self.names & FRAMES), None)

    def only(self, *names: str) -> bool:
        """Return whether the block has no coordinates or values other than these, and neither M function, tool nor cycle."""
        return (
            not (set(self.places) | set(self.values)) - set(names) and not self.m and not self.tool and not self.cycle
        )


def sorted_block(words: Sequence[Word]) -> Block:
    """Return the words of a block sorted by function. Raises ``ValueError`` for an unknown word, or for two that exclude each other."""
    block = Block()
    for word in words:
        if word.kind == "name":
            _name(block, word.name)
        elif word.kind == "call":
            _call(block, word)
        else:
            _value(block, word)
    return block


def _name(block: Block, name: str) -> None:
    if name not in _IDLE_NAMES | _MODES | FRAMES:
        raise ValueError(f"{name} is not supported")
    if name in FRAMES and block.names & FRAMES:
        raise ValueError("two frames in one block")
    block.names.add(name)


def _call(block: Block, word: Word) -> None:
    if word.name in _IDLE_CALLS:
        return
    if word.name not in CYCLES:
        raise ValueError(f"{word.name} is not supported")
    if block.cycle is not None:
        raise ValueError("two cycles in one block")
    block.cycle = word


def _value(block: Block, word: Word) -> None:
    name, value = word.name, word.value
    if word.number is not None and not (name in _OF_SPINDLE and word.number == 1):
        raise ValueError(f"{name}{word.number}: only the first spindle and the axes X, Y and Z are supported")
    if name == "T":
        if block.tool is not None:
            raise ValueError("two T words")
        block.tool = value if isinstance(value, str) else f"{_whole(word):d}"
        return
    if not isinstance(value, float | int):
        raise ValueError(f"{name} with a text")
    if name == "G":
        _function(block, _whole(word))
    elif name == "M":
        if _whole(word) not in _M:
            raise ValueError(f"M{value:g} is not supported")
        block.m.append(_whole(word))
    elif name in _PLACES:
        if name in block.places:
            raise ValueError(f"two {name} words")
        block.places[name] = word
    elif name in _SETTINGS and not word.dimension:
        if name in block.values:
            raise ValueError(f"two {name} words")
        block.values[name] = float(value)
    else:
        raise ValueError(f"{name} is not supported")


def _function(block: Block, code: int) -> None:
    if code in REFUSED_G:
        raise ValueError(f"G{code}: {REFUSED_G[code]}")
    group = GROUPS.get(code)
    if group is None:
        raise ValueError(f"G{code} is not supported")
    if group in block.g:
        raise ValueError(f"two G functions of the group '{group}' in one block")
    block.g[group] = code


def _whole(word: Word) -> int:
    value = word.value
    if not isinstance(value, float | int) or value != int(value) or value < 0 or word.dimension:
        raise ValueError(f"{word.name}{value} is not a whole number")
    return int(value)
