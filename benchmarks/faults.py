"""Seed one fault into a plan, of a kind that can occur between a good program and the machine."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

Lines = list[str]
_OFFSETS = ("G54", "G55", "G56", "G57", "G58", "G59")
_MOVE = r"^(?:N\d+ )?(?:G0?[0123]\b[^()]*)?[XYZ]-?[.\d]"
STEP_MM = 0.1


@dataclass(frozen=True)
class Draft:
    """A plan during mutation: lines of the programs by file, order of the setups, numbers of all tools in order."""

    programs: dict[str, Lines]
    order: tuple[str, ...]
    tools: tuple[int, ...]


@dataclass(frozen=True)
class Fault:
    """A mutated plan with the kind of fault and a readable description."""

    kind: str
    where: str
    draft: Draft


Maker = Callable[[Draft, str, random.Random], tuple[str, Draft] | None]


def seed_fault(draft: Draft, draw: random.Random, kind: str | None = None) -> Fault | None:
    """Return one fault of a ``kind``, which is drawn at random unless given; None if the fault isn't possible in this plan."""
    kind = kind or draw.choice(tuple(KINDS))
    program = draw.choice(draft.order)
    done = KINDS[kind](draft, program, draw)
    return None if done is None else Fault(kind, f"{program} {done[0]}", done[1])


def _with(draft: Draft, program: str, lines: Lines) -> Draft:
    return replace(draft, programs={**draft.programs, program: lines})


def _shifted(lines: Lines, letter: str, by: float, first: int, last: int) -> Lines:
    word = re.compile(rf"{letter}(-?\d*\.?\d+)")
    levels = re.compile(r"R(-?\d*\.?\d+)") if letter == "Z" else None

    def moved(line: str) -> str:
        if re.search(r"G53|G28|G30|[(;]|T\d", line):
            return line
        line = word.sub(lambda found: f"{letter}{float(found[1]) + by:.4f}", line)
        if levels and re.search(r"G(8[1-9]|73)\b", line):
            line = levels.sub(lambda found: f"R{float(found[1]) + by:.4f}", line)
        return line

    return [moved(line) if first <= index <= last else line for index, line in enumerate(lines)]


def _whole_shift(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    letter, by = draw.choice("XYZ"), draw.choice((-STEP_MM, STEP_MM))
    lines = draft.programs[program]
    return f"all {letter} {by:+g}", _with(draft, program, _shifted(lines, letter, by, 0, len(lines)))


def _feature_shift(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    """Shift everything from one tool change to the next."""
    lines = draft.programs[program]
    changes = [index for index, line in enumerate(lines) if re.search(r"\bM0?6\b", line)]
    if not changes:
        return None
    at = draw.randrange(len(changes))
    last = changes[at + 1] - 1 if at + 1 < len(changes) else len(lines)
    letter, by = draw.choice("XYZ"), draw.choice((-STEP_MM, STEP_MM))
    return (
        f"lines {changes[at] + 1}-{last + 1} {letter} {by:+g}",
        _with(draft, program, _shifted(lines, letter, by, changes[at], last)),
    )


def _at(
    draft: Draft, program: str, draw: random.Random, pattern: str, change: Callable[[str], str]
) -> tuple[str, Draft] | None:
    lines = draft.programs[program]
    places = [index for index, line in enumerate(lines) if re.search(pattern, line)]
    if not places:
        return None
    at = draw.choice(places)
    new = change(lines[at])
    return f"line {at + 1}: {lines[at]!r} -> {new!r}", _with(draft, program, [*lines[:at], new, *lines[at + 1 :]])


def _dropped(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    return _at(draft, program, draw, _MOVE, lambda _: "")


def _rapid(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    return _at(draft, program, draw, r"^(N\d+ )?G0?1\b.*[XYZ]", lambda old: re.sub(r"G0?1\b", "G0", old, count=1))


def _tool(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    """Put another tool of the crib in the same pocket, with its correct length: a fault that no length check detects."""
    lines = list(draft.programs[program])
    places = [index for index, line in enumerate(lines) if re.search(r"T\d+.*M0?6\b", line)]
    if not places or len(draft.tools) < 2:
        return None
    at = draw.choice(places)
    old = int(re.search(r"T(\d+)", lines[at])[1])  # type: ignore[index]
    new = draw.choice([number for number in draft.tools if number != old])
    lines[at] = re.sub(r"T\d+", f"T{new}", lines[at], count=1)
    for index in range(at + 1, len(lines)):
        if re.search(r"\bM0?6\b", lines[index]):
            break
        lines[index] = re.sub(rf"\bH{old}\b", f"H{new}", lines[index])
    return f"line {at + 1}: T{old} -> T{new}", _with(draft, program, lines)


def _offset(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    return _at(
        draft,
        program,
        draw,
        r"\bG5[4-9]\b",
        lambda old: re.sub(
            r"G5[4-9]\b", lambda found: draw.choice([o for o in _OFFSETS if o != found[0]]), old, count=1
        ),
    )


def _length(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    return _at(draft, program, draw, r"\bG43\b", lambda old: re.sub(r"H(\d+)", lambda f: f"H{int(f[1]) + 1}", old))


def _spindle(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    """Leave out an M3 while the spindle is stopped; leaving out a repeated M3 would change nothing."""
    lines, turns, starts = draft.programs[program], False, []
    for index, line in enumerate(lines):
        if re.search(r"\bM0?3\b", line):
            starts += [] if turns else [index]
            turns = True
        elif re.search(r"\bM0?[56]\b", line):
            turns = False
    if not starts:
        return None
    at = draw.choice(starts)
    new = re.sub(r"\s*\bM0?3\b", "", lines[at])
    return f"line {at + 1}: {lines[at]!r} -> {new!r}", _with(draft, program, [*lines[:at], new, *lines[at + 1 :]])


def _plane(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    return _at(draft, program, draw, r"\bG17\b", lambda old: re.sub(r"G17\b", draw.choice(("G18", "G19")), old))


def _missing(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    if len(draft.order) < 2:
        return None
    return "left out", replace(draft, order=tuple(each for each in draft.order if each != program))


def _swapped(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    if len(draft.order) < 2:
        return None
    order = list(draft.order)
    at = draw.randrange(len(order) - 1)
    order[at], order[at + 1] = order[at + 1], order[at]
    return f"runs {' '.join(order)}", replace(draft, order=tuple(order))


def _number(line: str, letter: str, change: Callable[[float], float]) -> str:
    return re.sub(rf"{letter}(-?\d*\.?\d+)", lambda found: f"{letter}{change(float(found[1])):.4f}", line, count=1)


def _sign(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    letter = draw.choice("XYZ")
    pattern = rf"^[^(;]*G0?[0-3]\b.*{letter}-?\d*[1-9]"
    return _at(draft, program, draw, pattern, lambda old: _number(old, letter, lambda value: -value))


def _decimal(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    letter = draw.choice("XYZ")
    pattern = rf"^[^(;]*G0?[0-3]\b.*{letter}-?\d*[1-9]"
    factor = draw.choice((0.1, 10.0))
    return _at(draft, program, draw, pattern, lambda old: _number(old, letter, lambda value: value * factor))


def _arc_way(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    return _at(
        draft,
        program,
        draw,
        r"^(N\d+ )?G0?[23]\b",
        lambda old: re.sub(r"G0?([23])\b", lambda found: f"G{5 - int(found[1])}", old, count=1),
    )


def _arc_centre(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    letter = draw.choice("IJ")
    by = draw.choice((-STEP_MM, STEP_MM))
    return _at(
        draft, program, draw, rf"^(N\d+ )?G0?[23]\b.*{letter}", lambda old: _number(old, letter, lambda v: v + by)
    )


def _no_change(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    """Remove a tool change with its length: the previous tool continues."""
    lines = draft.programs[program]
    places = [index for index, line in enumerate(lines) if re.search(r"T\d+.*M0?6\b", line)][1:]
    if not places:
        return None
    at = draw.choice(places)
    rest = [line for line in lines[at + 1 : at + 4] if not re.search(r"\bG43\b", line)]
    return f"line {at + 1}: {lines[at]!r} dropped", _with(draft, program, [*lines[:at], *rest, *lines[at + 4 :]])


def _blocks_swapped(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    lines = list(draft.programs[program])
    places = [i for i in range(len(lines) - 1) if re.search(_MOVE, lines[i]) and re.search(_MOVE, lines[i + 1])]
    if not places:
        return None
    at = draw.choice(places)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    return f"lines {at + 1} and {at + 2} swapped", _with(draft, program, lines)


def _no_retract(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    return _at(draft, program, draw, r"^(N\d+ )?G0?0\b[^XY]*Z", lambda _: "")


def _truncated(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    """Cut off the last tenth to half of the program, as after an interrupted transfer."""
    lines = draft.programs[program]
    keep = int(len(lines) * draw.uniform(0.5, 0.9))
    return f"ends after line {keep}", _with(draft, program, lines[:keep])


def _programs_swapped(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    others = [each for each in draft.order if each != program]
    if not others:
        return None
    other = draw.choice(others)
    swapped = {**draft.programs, program: draft.programs[other], other: draft.programs[program]}
    return f"holds {other}", replace(draft, programs=swapped)


def _mode(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    old, new = draw.choice((("G21", "G20"), ("G90", "G91")))
    return _at(draft, program, draw, rf"\b{old}\b", lambda line: re.sub(rf"\b{old}\b", new, line, count=1))


def _blend(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    lines = draft.programs[program]
    at = next((index for index, line in enumerate(lines) if re.search(r"\bG54\b", line)), 0)
    return f"G64 P0.5 after line {at + 1}", _with(draft, program, [*lines[: at + 1], "G64 P0.5", *lines[at + 1 :]])


def _backwards(draft: Draft, program: str, draw: random.Random) -> tuple[str, Draft] | None:
    return _at(draft, program, draw, r"\bM0?3\b", lambda old: re.sub(r"\bM0?3\b", "M4", old))


KINDS: dict[str, Maker] = {
    "program shifted": _whole_shift,
    "feature shifted": _feature_shift,
    "block dropped": _dropped,
    "G0 for G1": _rapid,
    "wrong tool": _tool,
    "wrong work offset": _offset,
    "wrong H": _length,
    "no spindle start": _spindle,
    "wrong plane": _plane,
    "missing setup": _missing,
    "setups swapped": _swapped,
    "programs swapped": _programs_swapped,
    "sign lost": _sign,
    "decimal point": _decimal,
    "arc in the wrong direction": _arc_way,
    "arc centre off": _arc_centre,
    "tool change missing": _no_change,
    "blocks swapped": _blocks_swapped,
    "retract missing": _no_retract,
    "program cut short": _truncated,
    "inches or increments": _mode,
    "wide blend": _blend,
    "spindle backwards": _backwards,
}


# dangers that geometry doesn't show, regardless of what the tool cuts or leaves
BY_NATURE = {
    "wrong work offset": "a work offset that nobody has set",
    "wrong H": "the length of another tool",
    "no spindle start": "a tool that doesn't turn is fed into the material",
    "spindle backwards": "a right-hand cutter that turns to the left is fed into the material",
    "wide blend": "a control may round every corner by half a millimetre",
}
# kinds drawn twice as often as the others: the usual slips in a shop
USUAL = (
    "program shifted", "feature shifted", "block dropped", "wrong tool", "G0 for G1", "wrong work offset", "missing setup",
)  # fmt: skip
