"""List tools of usual sizes that a shop could buy to reach further than its own tools, whatever a plan lists.

Necked long-reach end mills as found in catalogues (20 diameters below 3 mm, 15 up to 4 mm, 8 to 13 above), ball mills with the same reach,
and twist drills in steps of 0.1 mm, with the lengths in DIN 340 and DIN 1869.
"""

import msgspec
import numpy as np

from nightmill.vocabulary.plan import Tool

_MILLS = (
    # diameter, reach to the holder, holder's diameter, mm
    (0.3, 3.0, 10.0), (0.4, 4.0, 10.0), (0.5, 10.0, 10.0), (0.8, 16.0, 10.0), (1.0, 20.0, 10.0), (1.5, 30.0, 10.0),
    (2.0, 40.0, 10.0), (3.0, 45.0, 12.0), (4.0, 60.0, 14.0), (6.0, 75.0, 18.0), (8.0, 65.0, 22.0), (10.0, 110.0, 26.0),
    (12.0, 95.0, 32.0), (16.0, 125.0, 40.0), (20.0, 160.0, 50.0),
)  # fmt: skip
_NECK_MM = 0.1  # how much thinner a neck is than its cutter, at least 5 %
_FLUTES = 1.5  # diameters
_DRILLS = ((1.0, 33.0), (2.0, 56.0), (3.0, 66.0), (5.0, 87.0), (8.0, 109.0), (13.0, 166.0), (25.0, 240.0))
_BALLS_MM = (1.0, 2.0, 4.0, 6.0, 10.0)


def usual_tools() -> tuple[Tool, ...]:
    """Return the list, numbered from 1."""
    tools = [
        Tool(
            number=1, type=kind, diameter_mm=diameter, corner_radius_mm=diameter / 2 if kind == "ball" else 0.0,
            flute_length_mm=_FLUTES * diameter, shank_diameter_mm=diameter - min(_NECK_MM, 0.1 * diameter),
            stickout_mm=reach, holder_diameter_mm=holder, holder_length_mm=60.0,
        )
        for diameter, reach, holder in _MILLS
        for kind in ("flat", "ball")
        if kind == "flat" or diameter in _BALLS_MM
    ]  # fmt: skip
    diameters, flutes = zip(*_DRILLS, strict=True)
    for tenths in range(10, 251):
        size = tenths / 10
        flute = float(np.interp(size, diameters, flutes))
        tools.append(
            Tool(
                number=1, type="drill", diameter_mm=size, tip_angle_deg=118.0, flute_length_mm=flute, shank_diameter_mm=size,
                stickout_mm=flute + 5.0, holder_diameter_mm=max(20.0, 2.0 * size), holder_length_mm=60.0,
            )
        )  # fmt: skip
    return tuple(msgspec.structs.replace(tool, number=k) for k, tool in enumerate(tools, 1))
