"""Write the programs that find a setup's zero point with a touch probe: for LinuxCNC and, with macros, for Fanuc and Haas.

A person sets the offset to within ``ROUGH_MM`` (by the vise's stop or by jogging); the program touches each spot twice,
fast and then slowly, and writes the result into G54. Moves down beside the piece are protected: any contact stops the
stylus.
"""

from collections.abc import Sequence

from nightmill.cam.post.writer import word
from nightmill.vocabulary.plan import Probing, Touch

PROBE_TOOL = 99
RADIUS_MM, STYLUS_MM, BODY_RADIUS_MM = 3.0, 50.0, 25.0
"""Dimensions of the probe assumed in the programs: ruby ball, stylus up to the body, and body."""
ROUGH_MM = 5.0
STANDOFF_MM = ROUGH_MM + 3.0
"""Distance from the piece at which the ball goes down."""
CLEAR_OF_SIDE_MM = STANDOFF_MM - ROUGH_MM
"""Distance from a side at which the ball goes back up. The ball came down there, so the space is free wherever the
piece is within ``ROUGH_MM``.
"""
FAST_MM_MIN, SLOW_MM_MIN, TRAVEL_MM_MIN = 300, 30, 3000


def probing_program(probing: Probing, title: Sequence[str]) -> bytes:
    """Return the LinuxCNC program.

    #5061 to #5063 hold where the probe tripped, #5420 to #5422 where it stopped (LinuxCNC manual, G-code overview,
    predefined parameters); G10 L20 sets the coordinate of the probe's current position.
    """
    lines = [f"({line})" for line in title]
    lines += [
        f"(zero point by touch probe; {_first(probing)})",
        f"(probe: ball radius {RADIUS_MM:g}, stylus {STYLUS_MM:g} mm; its length H{PROBE_TOOL} to the ball's lowest point)",
        "G21 G17 G90 G94 G40 G49 G80 G54",
        "G53 G0 Z0",
        f"T{PROBE_TOOL} M6 (touch probe)",
        f"G43 H{PROBE_TOOL}",
        "M5",
        "M9",
        f"#<radius> = {RADIUS_MM:g}",
    ]
    for number, touch in enumerate(probing.touches, 1):
        lines += _touch_blocks(touch, probing.clear_z_mm, number)
    return ("\n".join([*lines, "G53 G0 Z0", "M2"]) + "\n").encode("ascii", "replace")


def _first(probing: Probing) -> str:
    """Return the instruction to the operator for the first rough setting; an axis that isn't touched keeps its offset."""
    left = [axis for axis in "XYZ" if axis not in {touch.axis for touch in probing.touches}]
    whole = f", exactly in {' and '.join(left)}," if left else ""
    return f"set G54 by hand to within {ROUGH_MM:g} mm{whole} first"


def _touch_blocks(touch: Touch, safe_z: float, number: int) -> list[str]:
    x, y, z = touch.at
    index = "XYZ".index(touch.axis)
    here = touch.at[index]
    beyond = f"{touch.axis}{word(here + touch.toward * ROUGH_MM)}"
    back = f"G91 G0 {touch.axis}{-touch.toward}"
    lines = [f"({touch.axis} of the piece at X{word(x)} Y{word(y)} Z{word(z)})"]

    def over(place: str) -> list[str]:
        """Return the moves to a position over the piece; the first time they start at the machine's zero: across, then down."""
        height = f"G0 Z{word(safe_z)}"
        return [place, height] if number == 1 else [height, place]

    if touch.axis == "Z":
        lines += over(f"G0 X{word(x)} Y{word(y)}")
        known = word(here)
    else:
        start = list(touch.at)
        start[index] -= touch.toward * (STANDOFF_MM + RADIUS_MM)
        lines += [
            *over(f"G0 X{word(start[0])} Y{word(start[1])}"),
            f"G38.3 Z{word(z - RADIUS_MM)} F{TRAVEL_MM_MIN}",
            f"o{number} if [#5070 NE 0]",
            "(ABORT, the probe met something on its way down)",
            f"o{number} endif",
        ]
        known = f"{word(here)} {'-' if touch.toward > 0 else '+'} #<radius>"
    lines += [
        f"G38.2 {beyond} F{FAST_MM_MIN}",
        back,
        "G90",
        f"G38.2 {beyond} F{SLOW_MM_MIN}",
        f"G10 L20 P1 {touch.axis}[#{5420 + index} - #{5061 + index} + {known}]",
        *([] if touch.axis == "Z" else [f"G91 G0 {touch.axis}{word(-touch.toward * CLEAR_OF_SIDE_MM)}", "G90"]),
        f"G0 Z{word(safe_z)}",
    ]
    return lines


def probing_macros(probing: Probing, control: str, number: int) -> str:
    """Return the same program for Fanuc and Haas, written with Renishaw's Inspection Plus macros.

    Source: manual H-2000-6222: P9832 on, P9810 protected positioning, P9811 a surface with S1 to correct G54, P9833
    off. Here too, heights refer to the ball's lowest point.
    """

    def decimal(value: float) -> str:
        text = word(value)
        return text if "." in text else text + "."

    haas, clear = control == "haas", decimal(probing.clear_z_mm)
    lines = [
        "%",
        f"O{number:05d}" if haas else f"O{number:04d}",
        f"(ZERO POINT BY TOUCH PROBE, {_first(probing).upper()})",
        f"(PROBE LENGTH H{PROBE_TOOL} TO THE LOWEST POINT OF THE BALL)",
        "G21 G17 G90 G94 G40 G49 G80 G54",
        *(["G53 G0 Z0."] if haas else ["G91 G28 Z0.", "G90"]),
        f"T{PROBE_TOOL} M6",
        "G65 P9832",
    ]
    for number_of, touch in enumerate(probing.touches):
        index = "XYZ".index(touch.axis)
        start = list(touch.at)
        if touch.axis != "Z":
            start[index] -= touch.toward * (STANDOFF_MM + RADIUS_MM)
        if number_of == 0:  # across at the machine's Z zero, then down
            lines += [f"G0 X{decimal(start[0])} Y{decimal(start[1])}", f"G43 H{PROBE_TOOL} Z{clear}"]
        else:
            lines.append(f"G65 P9810 X{decimal(start[0])} Y{decimal(start[1])} F{TRAVEL_MM_MIN}.")
        if touch.axis != "Z":
            lines.append(f"G65 P9810 Z{decimal(touch.at[2] - RADIUS_MM)} F{TRAVEL_MM_MIN}.")
        lines.append(f"G65 P9811 {touch.axis}{decimal(touch.at[index])} S1.")
        if touch.axis != "Z":
            lines.append(f"G65 P9810 {touch.axis}{decimal(start[index])} F{TRAVEL_MM_MIN}.")
        lines.append(f"G65 P9810 Z{clear} F{TRAVEL_MM_MIN}.")
    lines += ["G65 P9833", *(["G53 G0 Z0."] if haas else ["G91 G28 Z0.", "G90"]), "M30", "%"]
    return "\n".join(lines) + "\n"
