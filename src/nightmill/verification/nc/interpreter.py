"""Interpret RS-274/NGC (LinuxCNC dialect): program text in, motions with problems out."""

import re

import numpy as np

from nightmill.verification.nc.linuxcnc_controller import Controller, Refused
from nightmill.verification.nc.linuxcnc_words import WordError, strip_comments
from nightmill.verification.nc.motions import Motions, Point, Primitive, Problem, split
from nightmill.verification.nc.reader import DialectError, Reader

HOME: Point = (0.0, 0.0, 500.0)
CHORD_MM = 0.001
# Nearly all blocks of a long program look like this and are read without the full reader, with the same result.
_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+))"
_STRAIGHT = re.compile(rf"(?:G0?1 ?)?(?:X{_NUMBER} ?)?(?:Y{_NUMBER} ?)?(?:Z{_NUMBER})?\s*")


def interpret(
    text: str,
    tools: frozenset[int] | None = None,
    work_offset: str | None = None,
    home: Point = HOME,
    chord_mm: float = CHORD_MM,
    block_delete: bool = False,
    lathe: bool = False,
    spindle: str = "M3",
) -> Motions:
    """Read a whole program; never raises on its content: problems go to ``Motions.problems``.

    ``tools`` are the numbers that exist (None: any), ``work_offset`` the one the program must use (None: any),
    ``home`` the machine's zero in work coordinates (mm), the machine's first position and the target of G53, G28 and G30;
    arcs are split into chords within ``chord_mm``. On a ``lathe`` G7 or G8 must come
    before a move, and only ``spindle``, M3 or M4, starts the spindle. With ``block_delete``, lines that start with ``/`` are skipped.
    Reading ends at M2, M30 or a second ``%``, or at the line of a fatal problem (syntax, refused code).
    """
    controller = Controller(home, work_offset, tools, lathe, spindle)
    lines = text.splitlines()
    marks = 0
    settled = False
    for number, raw in enumerate(lines, start=1):
        controller.line = number
        try:
            if settled and (plain := _STRAIGHT.fullmatch(raw)):
                controller.straight(*plain.groups())
                continue
            line = strip_comments(raw)
            if line.startswith("%"):
                marks += 1
                if marks == 2:
                    break
                continue
            if line.startswith("/"):
                if block_delete:
                    continue
                line = line[1:]
            if line:
                controller.run(line)
                settled = controller.settled
        except (WordError, Refused, ValueError) as error:
            controller.problems.append(Problem(number, str(error), fatal=True))
            break
        if controller.ended:
            break
    fatal = any(problem.fatal for problem in controller.problems)
    if not controller.ended and not fatal and marks < 2:
        controller.problem("the program ends without M2 or M30")
    return _motions(controller, len(lines), chord_mm)


def _motions(controller: Controller, lines: int, chord_mm: float) -> Motions:
    primitives = tuple(controller.primitives)
    pieces = split(primitives, chord_mm)
    at = pieces.primitive
    kind = np.array([move.kind for move in primitives], dtype=np.uint8)
    feed = np.array([move.feed_mm_min for move in primitives], dtype=np.float64)
    rpm = np.array([move.rpm for move in primitives], dtype=np.float64)
    tool = np.array([move.tool for move in primitives], dtype=np.int32)
    line = np.array([move.line for move in primitives], dtype=np.int32)
    return Motions(
        start=pieces.start,
        end=pieces.end,
        kind=kind[at],
        feed_mm_min=feed[at],
        rpm=rpm[at],
        tool=tool[at],
        line=line[at],
        primitive=at,
        primitives=primitives,
        offsets=tuple(controller.offsets),
        tools=tuple(controller.tools),
        tool_changes=controller.tool_changes,
        dwell_s=controller.dwell_s,
        blend_mm=controller.blend_mm,
        lines=lines,
        problems=tuple(controller.problems),
        notes=tuple(controller.notes),
    )


def _linuxcnc(text: str, home: Point, turning: bool) -> tuple[tuple[Primitive, ...], float]:
    motions = interpret(text, home=home, lathe=turning)
    if motions.problems:
        raise DialectError(motions.problems[0].sentence())
    return motions.primitives, motions.dwell_s


READERS: dict[str, Reader] = {"linuxcnc": _linuxcnc}
