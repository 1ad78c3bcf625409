"""Read back Fanuc and Haas programs as motions, so that a post's output can be compared with the LinuxCNC program.

This reader is separate from the RS-274 ``Controller`` and covers the differences in these controls. A number without a decimal point is
refused if the control would count it in thousandths; G28 goes via the given point (with G91 via the current position) to the machine's
zero; a peck cycle retracts by a parameter, assumed to have the value that the program's header requires; P is in ms.
"""

from dataclasses import dataclass, field

from nightmill.verification.nc.arcs import center_arc, radius_arc
from nightmill.verification.nc.canned_cycles import CYCLES, cycle_moves
from nightmill.verification.nc.fanuc_haas_lathe import read_lathe_dialect
from nightmill.verification.nc.fanuc_words import (
    COUNTER_CLOCKWISE,
    Dialect,
    DialectError,
    body_of,
    check_offset,
    check_settings,
    dwell_of,
    words_of,
)
from nightmill.verification.nc.motions import FEED, RAPID, Arc, Point, Primitive
from nightmill.verification.nc.reader import Reader

_PLANES = {17: (0, 1, 2), 18: (2, 0, 1), 19: (1, 2, 0)}
_IDLE_G = {4, 21, 40, 49, 94}
_IDLE_M = {0, 1, 7}
_ONLY = {"fanuc": {28}, "haas": {28, 53, 187}}


@dataclass
class _State:
    home: Point
    position: list[float]
    absolute: bool | None = None
    plane: tuple[int, int, int] | None = None
    motion: int | None = None
    to_r: bool | None = None
    feed: float = 0.0
    rpm: float = 0.0
    spindle: bool = False
    tool: int = 0
    selected: int = 0
    length: int | None = None
    offset: str | None = None
    exact: bool = False
    coolant: bool = False
    dwell_s: float = 0.0
    rigid: bool = False
    sticky: dict[str, float] = field(default_factory=dict)
    said: set[int] = field(default_factory=set)
    moves: list[Primitive] = field(default_factory=list)
    ended: bool = False


def read_dialect(text: str, dialect: Dialect, home: Point = (0.0, 0.0, 500.0)) -> tuple[tuple[Primitive, ...], float]:
    """Return the moves of a whole program (work coordinates, mm) and its dwells in s. Raises ``DialectError``."""
    state = _State(home, list(home))
    for number, line in body_of(text, dialect):
        if state.ended:
            raise DialectError(f"line {number}: a block after M30")
        try:
            _block(state, line, dialect, number)
        except ValueError as error:
            raise DialectError(f"line {number}: {error}") from error
    if not state.ended:
        raise DialectError("no M30 at the end")
    return tuple(state.moves), state.dwell_s


def _reader(dialect: Dialect) -> Reader:
    """Return the reader for one maker's mills and lathes."""
    return lambda text, home, turning: (read_lathe_dialect if turning else read_dialect)(text, dialect, home)


READERS: dict[str, Reader] = {"fanuc": _reader("fanuc"), "haas": _reader("haas")}


def _block(state: _State, line: str, dialect: Dialect, number: int) -> None:
    words = words_of(line)
    args: dict[str, float] = {}
    codes: list[int] = []
    for letter, value in words:
        if letter == "G":
            codes.append(int(value))
        elif letter == "M":
            _machine(state, int(value), [int(v) for key, v in words if key == "T"], words, dialect)
        elif letter in args:
            raise ValueError(f"two {letter} words")
        else:
            args[letter] = float(value)
    state.rpm = args.get("S", state.rpm)
    state.feed = args.get("F", state.feed)
    _modes(state, codes, args, dialect)
    if 187 in codes or 4 in codes:
        state.dwell_s += dwell_of(args) if 4 in codes else 0.0
    elif 28 in codes or 53 in codes:
        _home(state, args, 28 in codes, number)
    elif any(axis in args for axis in "XYZ") or ("I" in args or "J" in args or "K" in args):
        _move(state, args, number, dialect)


def _machine(state: _State, code: int, tools: list[int], words: list[tuple[str, str]], dialect: Dialect) -> None:
    if code == 6:
        if tools:
            state.selected = tools[0]
        if not state.selected:
            raise ValueError("M6 without T")
        state.tool, state.length, state.spindle = state.selected, None, False
    elif code == 4:
        raise ValueError(COUNTER_CLOCKWISE)
    elif code == 3:
        state.spindle = True
        if state.rpm <= 0 and not any(letter == "S" for letter, _ in words):
            raise ValueError("the spindle is started without a speed (S)")
    elif code in (5, 30):
        state.spindle = False
        state.ended = code == 30
    elif code in (8, 9):
        state.coolant = code == 8
    elif code == 29 and dialect == "fanuc":
        state.rigid = True
    elif code not in _IDLE_M:
        raise ValueError(f"M{code} is not known")


def _modes(state: _State, codes: list[int], args: dict[str, float], dialect: Dialect) -> None:
    state.said |= set(codes)
    for code in codes:
        check_offset(code)
        if code in _PLANES:
            state.plane = _PLANES[code]
        elif code in (90, 91):
            state.absolute = code == 90
        elif code in (98, 99):
            state.to_r = code == 99
        elif 54 <= code <= 59:
            state.offset = f"G{code}"
        elif code == 20:
            raise ValueError("inch units: posts are metric")
        elif code == 80:
            state.motion, state.rigid = None, False
        elif code == 43:
            if args.get("H") != state.tool:
                raise ValueError(f"G43 H{args.get('H', 0):g} with tool {state.tool}")
            state.length = state.tool
        elif code == 187 or (code in (61, 64) and dialect == "fanuc"):
            state.exact = args.get("P") == 3 if code == 187 else code == 61
        elif code in (0, 1, 2, 3) or code * 10 in CYCLES:
            if code * 10 in CYCLES and state.motion != code:
                state.sticky = {}
            state.motion = code
        elif code not in _IDLE_G | _ONLY[dialect]:
            raise ValueError(f"G{code} is not known to a {dialect} control")


def _home(state: _State, args: dict[str, float], by_way: bool, number: int) -> None:
    axes = [axis for axis, letter in enumerate("XYZ") if letter in args]
    if by_way and state.absolute is not False:
        raise ValueError("G28 without G91 would go through the zero of the work offset")
    if not axes or any(args["XYZ"[axis]] != 0 for axis in axes):
        raise ValueError("a retract to somewhere other than the machine's zero")
    target = list(state.position)
    for axis in axes:
        target[axis] = state.home[axis]
    _add(state, RAPID, target, number)
    state.length = None if by_way else state.length


def _move(state: _State, args: dict[str, float], number: int, dialect: Dialect) -> None:
    if state.motion is None or state.absolute is None or state.offset is None or state.plane is None:
        raise ValueError("a move before motion mode, plane, distance mode and work offset are set")
    check_settings(state.said)
    if state.tool and state.length != state.tool and state.position[2] != state.home[2]:
        raise ValueError(f"a move below home without G43 H{state.tool}")
    target = list(state.position)
    for axis, letter in enumerate("XYZ"):
        if letter in args:
            target[axis] = args[letter] + (0.0 if state.absolute else state.position[axis])
    if target[2] != state.home[2] and state.tool and state.length != state.tool:
        raise ValueError(f"Z without G43 H{state.tool}")
    if state.motion == 0:
        _add(state, RAPID, target, number)
        return
    if not state.spindle or not state.tool or state.feed <= 0:
        raise ValueError("a cut without tool, spindle or feed")
    if state.motion * 10 in CYCLES:
        if state.motion == 84 and dialect == "fanuc" and not state.rigid:
            raise ValueError("G84 without M29: the tap would need a floating holder")
        _cycle(state, args, number)
    elif state.motion == 1:
        _add(state, FEED, target, number)
    else:
        _add(state, FEED, target, number, _arc(state, args, target))


def _arc(state: _State, args: dict[str, float], target: list[float]) -> Arc:
    plane = state.plane or (0, 1, 2)
    if "R" in args:
        return radius_arc(state.position, target, plane, args["R"], state.motion == 2, 1)
    center = [state.position[axis] + args.get("IJK"[axis], 0.0) for axis in plane[:2]]
    return center_arc(state.position, target, plane, (center[0], center[1]), state.motion == 2, 1)


def _cycle(state: _State, args: dict[str, float], number: int) -> None:
    if state.to_r is None or state.plane != (0, 1, 2):
        raise ValueError("a cycle needs G98 or G99, and G17")
    for letter in "ZRQ":
        if letter in args:
            state.sticky[letter] = args[letter]
    if "P" in args:
        state.sticky["P"] = args["P"] / 1000
    if "Z" not in state.sticky or "R" not in state.sticky:
        raise ValueError("a cycle needs Z and R")
    steps, dwell = cycle_moves(
        (state.motion or 0) * 10, state.position, args, state.sticky, 1.0, state.absolute is False, not state.to_r
    )
    for kind, target in steps:
        _add(state, kind, target, number)
    state.dwell_s += dwell


def _add(state: _State, kind: int, target: list[float], number: int, arc: Arc | None = None) -> None:
    start: Point = (state.position[0], state.position[1], state.position[2])
    end: Point = (target[0], target[1], target[2])
    state.position = list(target)
    if start != end or arc is not None:
        feed = state.feed if kind == FEED else 0.0
        follows = kind == FEED and state.motion in (74, 84)
        state.moves.append(
            Primitive(kind, start, end, feed, state.tool, number, state.rpm, arc, state.exact, follows, state.coolant)
        )
