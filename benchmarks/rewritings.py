"""Make one harmless change to a good program: the same cuts, written or run differently. A verifier must accept it."""

import random
import re
from collections.abc import Callable

Lines = list[str]
_PLAIN = re.compile(r"^G1 (?:X(-?[\d.]+) ?)?(?:Y(-?[\d.]+) ?)?(?:Z(-?[\d.]+))?$")


def _numbered(lines: Lines, draw: random.Random) -> Lines:
    """Number each block."""
    step = draw.choice((1, 5, 10))
    return [
        f"N{step * number} {line}" if line and line[0] not in "%(;" else line for number, line in enumerate(lines, 1)
    ]


def _remarks(lines: Lines, draw: random.Random) -> Lines:
    """Add comments and empty lines between and after blocks."""
    made: Lines = []
    for line in lines:
        made.append(f"{line} (checked)" if line and draw.random() < 0.1 else line)
        made += [""] if draw.random() < 0.05 else []
    return made


def _small_letters(lines: Lines, draw: random.Random) -> Lines:
    """Use lower-case letters and no spaces between words."""
    del draw
    return [line if "(" in line else line.lower().replace(" ", "") for line in lines]


def _other_numbers(lines: Lines, draw: random.Random) -> Lines:
    """Write more decimals than needed, leading zeros, no zero before a decimal point."""
    del draw
    longer = [re.sub(r"([XYZIJ]-?\d+\.\d+)", r"\g<1>00", line) if "(" not in line else line for line in lines]
    return [re.sub(r"^G([0123]) ", r"G0\1 ", re.sub(r"([XYZIJ]-?)0\.", r"\1.", line)) for line in longer]


def _split(lines: Lines, draw: random.Random) -> Lines:
    """Split a tenth of the straight feed moves into two blocks along the same line."""
    made: Lines = []
    at: dict[str, float] = {}
    for line in lines:
        found = _PLAIN.match(line)
        if found and len(at) == 3 and draw.random() < 0.1:
            words = [f"{a}{(at[a] + float(v)) / 2:.4f}" for a, v in zip("XYZ", found.groups(), strict=True) if v]
            # a point halfway is rounded to 0.0001 mm, as all points are
            made.append(f"G1 {' '.join(words)}")
        made.append(line)
        if re.search(r"G53|G28|G30|G4[39]|G5[4-9]|\bT\d|G8[1-9]|G73", line):
            at.clear()
        elif "(" not in line:
            at |= {axis: float(value) for axis, value in re.findall(r"([XYZ])(-?[\d.]+)", line)}
    return made


def _said_twice(lines: Lines, draw: random.Random) -> Lines:
    """Write a tenth of the straight feed moves twice; the second move has no length."""
    return [each for line in lines for each in ([line, line] if _PLAIN.match(line) and draw.random() < 0.1 else [line])]


def _slower(lines: Lines, draw: random.Random) -> Lines:
    """Multiply all feeds by one number; feeds in mm per revolution that would become too small are skipped."""
    share = draw.uniform(0.5, 0.95)
    return [re.sub(r"F(\d+\.?\d*)", lambda f: f"F{float(f[1]) * share:.4g}", line) if "(" not in line else line for line in lines]  # fmt: skip


def _higher_start(lines: Lines, draw: random.Random) -> Lines:
    """After a tool change, let the tool wait at the machine's zero in Z before it goes down."""
    del draw
    return [
        each for line in lines for each in ([line, "G4 P0.5", "G53 G0 Z0"] if re.match(r"G43 H\d+$", line) else [line])
    ]


def _modal(lines: Lines, draw: random.Random) -> Lines:
    """Leave out G1 where it is already active."""
    del draw
    made: Lines = []
    in_force = False
    for line in lines:
        plain = re.match(r"^G1 (?=[XYZ])", line)
        made.append(line[3:] if plain and in_force else line)
        if re.search(r"\bG(?:0|2|3|53|8\d|73|28|30)\b", line) or "(" in line:
            in_force = False
        elif plain:
            in_force = True
    return made


REWRITINGS: dict[str, Callable[[Lines, random.Random], Lines]] = {
    "numbered": _numbered,
    "remarks": _remarks,
    "small letters": _small_letters,
    "other numbers": _other_numbers,
    "moves split": _split,
    "moves said twice": _said_twice,
    "slower": _slower,
    "waits up high": _higher_start,
    "modal G1": _modal,
}
