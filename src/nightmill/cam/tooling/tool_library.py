"""Default tool crib and default machine, which a plan uses if a shop has no tool list of its own.

Diameters and lengths follow common catalogue series (DIN 6527 short, long and extra-long end mills, DIN 338/340 drills,
necked long-reach cutters); long cutters have a neck 0.2 mm thinner than the cutter, so that it doesn't rub on walls. Mills
below 3 mm reach no further than 20 diameters, below 0.5 mm no further than 10. There are no mills under 0.3 mm: their chip,
a hundredth of the diameter per tooth, would be thinner than the radius of a ground edge, about 3 um, so they would only
rub.
"""

import msgspec
import numpy as np

from nightmill.vocabulary.plan import Tool, ToolType
from nightmill.vocabulary.shop import LATHE_LIMITS, MachineLimits


class Machine(MachineLimits, frozen=True, kw_only=True):
    """A 3-axis mill with the LinuxCNC dialect: its limits and its name."""

    name: str


class Lathe(msgspec.Struct, frozen=True):
    """Limits of a 2-axis turret lathe with the LinuxCNC dialect; ``swing_mm`` and ``length_mm`` bound the raw piece."""

    name: str
    swing_mm: float
    length_mm: float
    bore_mm: float
    spindle_rpm_max: float
    spindle_kw: float
    feed_max_mm_min: float
    rapid_mm_min: float
    accel_mm_s2: float
    tool_change_s: float = 2.0


BAR_BORE_MM = 65.0


def lathe_of(limits: MachineLimits) -> Lathe:
    """Return a shop's lathe: X travel is half the swing, Z travel the length."""
    return Lathe(
        "the shop's lathe",
        2 * limits.travel_mm[0],
        limits.travel_mm[2],
        BAR_BORE_MM,
        limits.spindle_rpm_max,
        limits.spindle_kw,
        limits.feed_max_mm_min,
        limits.rapid_mm_min,
        limits.accel_mm_s2,
        limits.tool_change_s,
    )


def default_lathe() -> Lathe:
    """Return a slant-bed turret lathe of the usual 8-inch class with soft and hard three-jaw chucks, by ``LATHE_LIMITS``."""
    return msgspec.structs.replace(lathe_of(LATHE_LIMITS), name="lathe 250 x 500")


def default_machine() -> Machine:
    """Return a common 1100 x 650 x 650 mm vertical machining centre."""
    return Machine((1100.0, 650.0, 650.0), 12000.0, 15.0, 10000.0, 24000.0, 3000.0, 6.0, name="VMC 1100")


_MILLS: tuple[tuple[float, float, float, float, float, int, float], ...] = (
    # diameter, flute, reach to holder, neck, holder diameter, flutes, price
    (32.0, 60.0, 200.0, 31.6, 60.0, 4, 190.0),
    (20.0, 42.0, 80.0, 19.8, 50.0, 4, 95.0),
    (20.0, 60.0, 160.0, 19.8, 50.0, 4, 140.0),
    (16.0, 36.0, 65.0, 15.8, 40.0, 4, 70.0),
    (16.0, 50.0, 125.0, 15.8, 40.0, 4, 110.0),
    (12.0, 28.0, 50.0, 11.8, 32.0, 4, 48.0),
    (12.0, 40.0, 95.0, 11.8, 32.0, 4, 78.0),
    (10.0, 24.0, 45.0, 9.8, 30.0, 3, 38.0),
    (10.0, 32.0, 80.0, 9.8, 26.0, 3, 62.0),
    (8.0, 20.0, 38.0, 7.8, 28.0, 3, 30.0),
    (8.0, 26.0, 65.0, 7.8, 22.0, 3, 52.0),
    (6.0, 15.0, 30.0, 5.8, 26.0, 3, 22.0),
    (6.0, 20.0, 50.0, 5.8, 18.0, 3, 44.0),
    (5.0, 14.0, 26.0, 4.8, 24.0, 3, 21.0),
    (4.0, 12.0, 24.0, 3.85, 22.0, 3, 19.0),
    (4.0, 14.0, 40.0, 3.85, 14.0, 3, 40.0),
    (3.0, 9.0, 18.0, 2.88, 14.0, 2, 19.0),
    (3.0, 9.0, 30.0, 2.88, 12.0, 2, 41.0),
    (2.0, 6.0, 12.0, 1.92, 12.0, 2, 21.0),
    (2.0, 6.0, 20.0, 1.92, 10.0, 2, 45.0),
    (1.5, 4.0, 12.0, 1.44, 10.0, 2, 34.0),
    (1.0, 2.5, 10.0, 0.95, 10.0, 2, 38.0),
    (20.0, 38.0, 48.0, 19.8, 50.0, 4, 90.0),
    (16.0, 32.0, 42.0, 15.8, 40.0, 4, 66.0),
    (12.0, 26.0, 34.0, 11.8, 32.0, 4, 45.0),
    (8.0, 19.0, 26.0, 7.8, 28.0, 3, 28.0),
    (6.0, 13.0, 20.0, 5.8, 26.0, 3, 20.0),
    (4.0, 8.0, 14.0, 3.85, 22.0, 3, 18.0),
    (3.0, 7.0, 11.0, 2.88, 14.0, 2, 18.0),
    (6.0, 20.0, 75.0, 5.7, 18.0, 3, 62.0),
    (4.0, 8.0, 60.0, 3.75, 14.0, 3, 58.0),
    (3.0, 5.0, 45.0, 2.82, 12.0, 2, 56.0),
    (2.0, 3.0, 30.0, 1.86, 10.0, 2, 58.0),
    (1.5, 2.3, 22.0, 1.4, 10.0, 2, 52.0),
    (1.0, 1.5, 20.0, 0.93, 10.0, 2, 58.0),
    (0.5, 0.8, 6.0, 0.46, 10.0, 2, 48.0),
    (1.8, 5.0, 12.0, 1.68, 10.0, 2, 32.0),
    (1.8, 2.7, 30.0, 1.68, 10.0, 2, 56.0),
    (1.8, 2.7, 36.0, 1.68, 10.0, 2, 60.0),
    (0.9, 1.4, 10.0, 0.84, 10.0, 2, 42.0),
    (0.9, 1.4, 18.0, 0.84, 10.0, 2, 58.0),
    (0.5, 0.8, 10.0, 0.46, 10.0, 2, 58.0),
    (0.4, 0.6, 4.0, 0.37, 10.0, 2, 52.0),
    (0.3, 0.45, 3.0, 0.27, 10.0, 2, 54.0),
    (1.5, 2.3, 30.0, 1.4, 10.0, 2, 60.0),
    (2.0, 3.0, 40.0, 1.86, 10.0, 2, 64.0),
)


_DEEP_DRILLS = (
    (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 13.0),
    (33.0, 45.0, 56.0, 62.0, 66.0, 78.0, 87.0, 91.0, 109.0, 166.0),
)
"""Diameters and flute lengths of long twist drills, mm: DIN 340 up to 8 mm, above that between DIN 340 and DIN 1869."""


def _mills() -> list[Tool]:
    return [_mill(100 + i, "flat", row, 0.0, "end mill") for i, row in enumerate(_MILLS)]


def _mill(
    number: int, kind: ToolType, row: tuple[float, float, float, float, float, int, float], corner: float, word: str
) -> Tool:
    diameter, flute, reach, neck, holder, flutes, price = row
    return Tool(
        number=number,
        type=kind,
        diameter_mm=diameter,
        corner_radius_mm=corner,
        flute_length_mm=flute,
        shank_diameter_mm=neck,
        stickout_mm=reach,
        holder_diameter_mm=holder,
        holder_length_mm=60.0,
        name=f"{word} {diameter:g} x {reach:g}",
        flutes=flutes,
        price_usd=price,
    )


def _drills() -> list[Tool]:
    sizes = [round(1.0 + 0.1 * i, 1) for i in range(121)] + [13.5 + 0.5 * i for i in range(24)]
    found = []
    for i, size in enumerate(sizes):
        flute = round(float(np.interp(size, *_DEEP_DRILLS)) if size <= 13 else 8.0 * size + 40.0, 1)
        found.append(
            Tool(
                number=300 + i,
                type="drill",
                diameter_mm=size,
                tip_angle_deg=118.0,
                flute_length_mm=flute,
                shank_diameter_mm=size,
                stickout_mm=round(flute + 5.0, 1),
                holder_diameter_mm=20.0 if size < 8 else 32.0 if size < 16 else 50.0,
                holder_length_mm=60.0,
                name=f"drill {size:g}",
                flutes=2,
                price_usd=round(8 + 1.6 * size, 2),
            )
        )
    return found


def _reamers() -> list[Tool]:
    """Return H7 machine reamers to DIN 212: diameter and cutting length, shank a little thinner."""
    rows = ((3, 15), (4, 19), (5, 23), (6, 26), (8, 33), (10, 38), (12, 44), (14, 47), (16, 52), (20, 60))
    return [
        Tool(
            number=460 + i, type="reamer", diameter_mm=float(size), flute_length_mm=float(length),
            shank_diameter_mm=size - 0.4, stickout_mm=length + 20.0, holder_diameter_mm=20.0 if size < 8 else 32.0,
            holder_length_mm=60.0, name=f"reamer {size} H7", flutes=6, price_usd=20.0 + 3.0 * size,
        )
        for i, (size, length) in enumerate(rows)
    ]  # fmt: skip


def _taps() -> list[Tool]:
    """Return machine taps for ISO coarse threads: diameter, pitch, reach below the shank and shank (DIN 371, from M12 DIN 376)."""
    rows = (
        (2.0, 0.4, 9.0, 2.8), (2.5, 0.45, 12.5, 2.8), (3.0, 0.5, 18.0, 3.5), (4.0, 0.7, 21.0, 4.5), (5.0, 0.8, 25.0, 6.0),
        (6.0, 1.0, 30.0, 6.0), (8.0, 1.25, 35.0, 8.0), (10.0, 1.5, 39.0, 10.0), (12.0, 1.75, 60.0, 9.0),
        (16.0, 2.0, 68.0, 12.0), (20.0, 2.5, 85.0, 16.0),
    )  # fmt: skip
    # ASME B1.1 sizes with the lengths of DIN 2184-1: inches, turns per inch, reach, shank
    inch = (
        (0.112, 40, 18.0, 3.5), (0.138, 32, 20.0, 4.0), (0.164, 32, 21.0, 4.5), (0.19, 24, 25.0, 6.0), (0.19, 32, 25.0, 6.0),
        (0.25, 20, 30.0, 7.0), (0.3125, 18, 35.0, 8.0), (0.375, 16, 39.0, 10.0), (0.5, 13, 60.0, 9.0),
    )  # fmt: skip
    metric = [
        Tool(
            number=480 + i, type="tap", diameter_mm=size, pitch_mm=pitch, flute_length_mm=reach, shank_diameter_mm=shank,
            stickout_mm=reach + 12.0, holder_diameter_mm=32.0, holder_length_mm=60.0, name=f"tap M{size:g} x {pitch:g}",
            flutes=3, material="hss", price_usd=15.0 + 2.0 * size,
        )
        for i, (size, pitch, reach, shank) in enumerate(rows)
    ]  # fmt: skip
    return metric + [
        Tool(
            number=491 + i, type="tap", diameter_mm=round(25.4 * size, 4), pitch_mm=25.4 / turns, flute_length_mm=reach,
            shank_diameter_mm=shank, stickout_mm=reach + 12.0, holder_diameter_mm=32.0, holder_length_mm=60.0,
            name=f"tap {size:.4g}-{turns} UN", flutes=3, material="hss", price_usd=15.0 + 50.8 * size,
        )
        for i, (size, turns, reach, shank) in enumerate(inch)
    ]  # fmt: skip


def _thread_mills() -> list[Tool]:
    """Return solid carbide thread mills with teeth along their whole length (DIN 13, 60 degrees): pitch, diameter, length of the teeth."""
    rows = ((0.5, 3.1, 10.0), (0.75, 4.0, 12.5), (1.0, 4.0, 14.0), (1.0, 6.0, 19.0), (1.25, 6.0, 19.0), (1.5, 8.0, 25.0),
            (2.0, 10.0, 32.0), (3.0, 16.0, 48.0))  # fmt: skip
    return [
        Tool(
            number=530 + i, type="thread_mill", diameter_mm=size, pitch_mm=pitch, flute_length_mm=teeth,
            shank_diameter_mm=size, stickout_mm=teeth + 10.0, holder_diameter_mm=26.0, holder_length_mm=60.0,
            name=f"thread mill {size:g} x {pitch:g}", flutes=3 if size < 10 else 4, price_usd=60.0 + 6.0 * size,
        )
        for i, (pitch, size, teeth) in enumerate(rows)
    ]  # fmt: skip


def _inserts() -> list[Tool]:
    """Return lathe tools by ISO 1832 and ISO 5608/6261 designations: edge, nose radius, corner angle, 90 - entering angle."""
    turning = (
        ("turn CNMG 120408", 12.7, 12.0, 0.8, 80.0, -5.0, 14.0),
        ("turn DCMT 11T304", 9.525, 11.0, 0.4, 55.0, -3.0, 12.0),
        ("turn VCMT 160404", 9.525, 16.0, 0.4, 35.0, -3.0, 15.0),
        ("turn VCGT 110301", 6.35, 11.0, 0.1, 35.0, -3.0, 18.0),
    )
    tools = [
        Tool(
            number=500 + i, type="turning", diameter_mm=circle, flute_length_mm=edge, shank_diameter_mm=20.0,
            stickout_mm=60.0, holder_diameter_mm=40.0, holder_length_mm=60.0, nose_radius_mm=nose,
            insert_angle_deg=angle, lead_angle_deg=lead, name=name, flutes=1, life_min=15.0, price_usd=price,
        )
        for i, (name, circle, edge, nose, angle, lead, price) in enumerate(turning)
    ]  # fmt: skip
    bars = ((4.0, 2.8, 1.0, 0.1, 16.0), (6.0, 4.5, 1.5, 0.2, 26.0), (10.0, 8.0, 2.5, 0.4, 42.0), (16.0, 12.0, 6.0, 0.4, 62.0), (25.0, 20.0, 9.0, 0.4, 100.0))  # fmt: skip
    tools += [
        Tool(
            number=510 + i, type="boring", diameter_mm=least, flute_length_mm=edge, shank_diameter_mm=bar,
            stickout_mm=reach, holder_diameter_mm=32.0, holder_length_mm=60.0, nose_radius_mm=nose,
            insert_angle_deg=80.0, lead_angle_deg=-5.0, name=f"boring bar {least:g} x {reach:g}", flutes=1,
            life_min=15.0, price_usd=60.0,
        )
        for i, (least, bar, edge, nose, reach) in enumerate(bars)
    ]  # fmt: skip
    grooving_bars = ((6.0, 4.2, 1.2, 0.7, 0.05, 18.0), (8.0, 5.8, 1.8, 1.0, 0.05, 24.0), (16.0, 11.5, 4.0, 2.0, 0.1, 44.0), (25.0, 18.0, 6.0, 3.0, 0.1, 65.0))  # fmt: skip
    tools += [
        Tool(
            number=540 + i, type="boring", diameter_mm=least, flute_length_mm=depth, shank_diameter_mm=bar,
            stickout_mm=reach, holder_diameter_mm=32.0, holder_length_mm=60.0, nose_radius_mm=nose, width_mm=width,
            name=f"grooving bar {width:g} x {depth:g} from {least:g}", flutes=1, life_min=15.0, price_usd=80.0,
        )
        for i, (least, bar, depth, width, nose, reach) in enumerate(grooving_bars)
    ]  # fmt: skip
    pitches = (0.5, 0.7, 0.75, 0.8, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
    tools += [
        Tool(
            number=550 + i, type="turning", diameter_mm=9.525, flute_length_mm=max(1.6, 1.5 * pitch), shank_diameter_mm=20.0,
            stickout_mm=60.0, holder_diameter_mm=40.0, holder_length_mm=60.0, nose_radius_mm=round(0.144 * pitch, 3),
            insert_angle_deg=60.0, lead_angle_deg=30.0, pitch_mm=pitch, name=f"thread 16ER {pitch:g} ISO", flutes=1,
            life_min=15.0, price_usd=24.0,
        )
        for i, pitch in enumerate(pitches)
    ]  # fmt: skip
    turns_an_inch = (40, 32, 28, 24, 20, 18, 16, 14, 13, 12, 11, 10, 8)
    tools += [
        Tool(
            number=561 + i, type="turning", diameter_mm=9.525, flute_length_mm=max(1.6, 38.1 / turns),
            shank_diameter_mm=20.0, stickout_mm=60.0, holder_diameter_mm=40.0, holder_length_mm=60.0,
            nose_radius_mm=round(0.144 * 25.4 / turns, 3), insert_angle_deg=60.0, lead_angle_deg=30.0, pitch_mm=25.4 / turns,
            name=f"thread 16ER {turns} UN", flutes=1, life_min=15.0, price_usd=24.0,
        )
        for i, turns in enumerate(turns_an_inch)
    ]  # fmt: skip
    blades: tuple[tuple[ToolType, float, float, float], ...] = (
        ("grooving", 3.0, 0.1, 14.0), ("grooving", 2.0, 0.1, 12.0), ("grooving", 1.0, 0.05, 4.0), ("grooving", 0.5, 0.05, 1.5),
        ("parting", 2.0, 0.1, 16.0), ("parting", 3.0, 0.2, 32.0), ("parting", 5.0, 0.2, 60.0),
    )  # fmt: skip
    tools += [
        Tool(
            number=520 + i, type=kind, diameter_mm=width, flute_length_mm=depth, shank_diameter_mm=20.0,
            stickout_mm=max(60.0, depth + 20.0), holder_diameter_mm=40.0, holder_length_mm=60.0, nose_radius_mm=nose,
            width_mm=width, name=f"{kind} {width:g} x {depth:g}", flutes=1, life_min=15.0, price_usd=22.0,
        )
        for i, (kind, width, nose, depth) in enumerate(blades)
    ]  # fmt: skip
    return tools


def default_tools() -> tuple[Tool, ...]:
    """Return the default tools.

    Face mill, end mills 0.3 to 32 mm, ball and bull mills, chamfer mill, spot drill, drills 1 to 25 mm, reamers, taps,
    thread mills, and lathe tools.
    """
    tools = [
        _mill(1, "face", (50.0, 8.0, 60.0, 40.0, 63.0, 5, 260.0), 0.0, "face mill"),
        _mill(2, "bull", (10.0, 22.0, 60.0, 9.8, 28.0, 4, 58.0), 1.0, "bull mill R1"),
        Tool(
            number=3, type="chamfer", diameter_mm=10.0, tip_angle_deg=90.0, tip_diameter_mm=0.2, flute_length_mm=4.9,
            shank_diameter_mm=10.0, stickout_mm=40.0, holder_diameter_mm=26.0, holder_length_mm=60.0,
            name="chamfer mill 90", flutes=3, price_usd=35.0,
        ),
        Tool(
            number=4, type="spot", diameter_mm=6.0, tip_angle_deg=90.0, flute_length_mm=12.0, shank_diameter_mm=6.0,
            stickout_mm=30.0, holder_diameter_mm=26.0, holder_length_mm=60.0, name="spot drill 6", price_usd=24.0,
        ),
    ]  # fmt: skip
    balls = (
        (10.0, 20.0, 60.0), (6.0, 12.0, 40.0), (4.0, 8.0, 30.0), (2.0, 4.0, 16.0), (10.0, 20.0, 110.0),
        (6.0, 12.0, 75.0), (4.0, 8.0, 50.0), (3.0, 6.0, 25.0), (2.0, 4.0, 30.0), (1.0, 2.0, 8.0),
    )  # fmt: skip
    for i, (diameter, flute, reach) in enumerate(balls):
        tools.append(
            _mill(10 + i, "ball", (diameter, flute, reach, diameter - 0.2, 20.0, 2, 45.0), diameter / 2, "ball mill")
        )
    return tuple(tools + _mills() + _drills() + _reamers() + _taps() + _thread_mills() + _inserts())
