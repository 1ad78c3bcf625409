"""Threads that a model shows as helical faces, treated as if a drawing had called them out."""

from collections.abc import Sequence

from nightmill.cad import PartModel
from nightmill.vocabulary.plan import Thread

MINOR_PITCHES = 1.0825
"""Difference between the major and the basic minor diameter, in pitches (ISO 68-1)."""
CORE_PITCHES = 0.25
"""How much larger a thread's core hole may be than the basic minor diameter, in pitches."""
_SIZES_MM = (0.5, 25.4 / 16)
_ROUND_MM = 0.02


def threads_of(part: PartModel, asked: Sequence[Thread]) -> tuple[tuple[Thread, ...], tuple[str, ...]]:
    """Return ``asked`` plus the threads modelled in holes, and notes on all modelled threads."""
    known = {face for thread in asked for face in thread.faces}
    threads, notes = list(asked), []
    for shown in part.threads:
        if known.intersection(shown.walls):
            continue
        faces = f"faces {', '.join(map(str, shown.faces))} are a modelled thread, {shown.pitch_mm:g} mm per turn"
        if not shown.inner:
            notes.append(
                f"{faces}, on the outside: its flanks aren't cut; model the bare cylinder and ask for --thread"
            )
            continue
        if shown.left_hand:
            notes.append(f"{faces}, left-hand: no program cuts it; the hole is left at its minor diameter")
            continue
        if not shown.walls:
            notes.append(
                f"{faces}, in a hole without a bore at the minor diameter: no program cuts it; model the bare hole and ask for --thread"
            )
            continue
        size = nominal_mm(shown.least_diameter_mm, shown.most_diameter_mm, shown.pitch_mm)
        full = shown.walls_mm <= shown.length_mm + 2 * shown.pitch_mm
        threads.append(Thread(size, shown.pitch_mm, shown.walls, 0.0 if full else round(shown.length_mm, 2)))
        notes.append(
            f"{faces}: taken as M{size:g} x {shown.pitch_mm:g} in the hole of faces {', '.join(map(str, shown.walls))}"
        )
    return tuple(threads), tuple(notes)


def nominal_mm(least: float, most: float, pitch: float) -> float:
    """Return the nominal diameter of a thread modelled between two diameters, in mm: the multiple of 0.5 mm,
    or else of 1/16 inch, that matches the minor diameter; if neither fits, the value computed from the minor diameter.
    """
    for step in _SIZES_MM:
        size = round(most / step) * step
        slack = size - MINOR_PITCHES * pitch
        if slack - _ROUND_MM <= least <= slack + CORE_PITCHES * pitch:
            return size
    return round(least + MINOR_PITCHES * pitch, 2)
