"""Threads as people write them: ``M6``, ``M6x0.75``; coarse pitches by ISO 261."""

import re

from nightmill.vocabulary.plan import Thread

COARSE_MM = {
    1.6: 0.35, 2.0: 0.4, 2.5: 0.45, 3.0: 0.5, 4.0: 0.7, 5.0: 0.8, 6.0: 1.0, 8.0: 1.25, 10.0: 1.5, 12.0: 1.75, 14.0: 2.0,
    16.0: 2.0, 18.0: 2.5, 20.0: 2.5, 22.0: 2.5, 24.0: 3.0, 30.0: 3.5, 36.0: 4.0,
}  # fmt: skip
"""Pitch of the ISO coarse thread by its diameter, mm (ISO 261)."""
_SIZE = re.compile(r"[Mm]\s*(\d+(?:\.\d+)?)(?:\s*[x×*]\s*(\d+(?:\.\d+)?))?")


def thread_named(size: str, faces: tuple[int, ...], depth_mm: float = 0.0) -> Thread:
    """The thread of that size in the hole of these faces; raises ``ValueError`` with a sentence where it is none."""
    match = _SIZE.fullmatch(size.strip())
    if match is None:
        raise ValueError(f"{size!r} is no metric thread such as M6 or M6x0.75")
    diameter = float(match[1])
    if match[2] is None and diameter not in COARSE_MM:
        raise ValueError(f"{size!r} has no coarse pitch in ISO 261; write it as M{match[1]}xPITCH")
    return Thread(diameter, float(match[2]) if match[2] else COARSE_MM[diameter], faces, depth_mm)


def thread_asked(text: str) -> Thread:
    """The thread of a word such as ``M6:12,13`` or ``M6x0.75:12@10`` (face ids, depth in mm); raises ``ValueError``."""
    size, _, rest = text.partition(":")
    faces, _, depth = rest.partition("@")
    try:
        numbers = tuple(int(word) for word in faces.split(","))
        deep = float(depth) if depth else 0.0
    except ValueError:
        raise ValueError(f"{text!r} is not like M6:12,13 or M6x0.75:12@10 (faces, depth in mm)") from None
    return thread_named(size, numbers, deep)
