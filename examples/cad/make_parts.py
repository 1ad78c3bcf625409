"""Write the STEP files of the example shop's parts: `python examples/cad/make_parts.py [FOLDER]`.

Six milled parts of our own design, made with build123d (a development tool; Nightmill itself never needs it).
All can be cut on three axes; drill sizes are standard, inner corners have a radius of 3 mm or more.
"""

import re
import sys
from math import radians, tan
from pathlib import Path

from build123d import (
    Align,
    Axis,
    Box,
    BuildPart,
    BuildSketch,
    Cone,
    CounterBoreHole,
    CounterSinkHole,
    Cylinder,
    GridLocations,
    Hole,
    Locations,
    Mode,
    Part,
    Plane,
    PolarLocations,
    Rectangle,
    RectangleRounded,
    SlotOverall,
    chamfer,
    export_step,
    extrude,
    fillet,
)

FOLDER = Path(__file__).resolve().parents[2] / "src/nightmill/plant/example/parts"
FROM_TOP = (Align.CENTER, Align.CENTER, Align.MAX)
ON_TABLE = (Align.CENTER, Align.CENTER, Align.MIN)


def pocket(width: float, height: float, corner: float, depth: float, at: tuple[float, float], top: float) -> None:
    """Cut a pocket with rounded corners from the plane z = top."""
    with BuildSketch(Plane.XY.offset(top)) as outline, Locations(at):
        RectangleRounded(width, height, corner)
    extrude(outline.sketch, amount=-depth, mode=Mode.SUBTRACT)


def slot(length: float, width: float, depth: float, at: tuple[float, float], top: float, angle: float = 0.0) -> None:
    """Cut a slot with round ends from the plane z = top."""
    with BuildSketch(Plane.XY.offset(top)) as outline, Locations(at):
        SlotOverall(length, width, rotation=angle)
    extrude(outline.sketch, amount=-depth, mode=Mode.SUBTRACT)


def drilled(radius: float, depth: float) -> None:
    """Cut a blind hole with the 118 degree point of a drill at each current location; depth without the point."""
    Cylinder(radius, depth, align=FROM_TOP, mode=Mode.SUBTRACT)
    point = radius / tan(radians(59))
    with Locations((0, 0, -depth)):
        Cone(0, radius, point, align=FROM_TOP, mode=Mode.SUBTRACT)


def vertical_edges(part: BuildPart, radius: float) -> None:
    """Round the four outer vertical corners of a block."""
    box = part.part.bounding_box()
    edges = [
        edge
        for edge in part.edges().filter_by(Axis.Z)
        if abs(abs(edge.center().X - box.center().X) - box.size.X / 2) < 1e-6
        and abs(abs(edge.center().Y - box.center().Y) - box.size.Y / 2) < 1e-6
    ]
    fillet(edges, radius)


def bracket() -> Part:
    """A bracket with a step, a pocket and a row of counterbored holes; one setup from above."""
    with BuildPart() as part:
        Box(80, 50, 20, align=ON_TABLE)
        vertical_edges(part, 5)
        with Locations((27.5, 0, 12)):
            Box(25, 50, 8, align=ON_TABLE, mode=Mode.SUBTRACT)
        pocket(36, 30, 5, 9, (-12, 0), 20)
        with Locations((27.5, -15, 12), (27.5, 15, 12)):
            CounterBoreHole(radius=3.3, counter_bore_radius=5.5, counter_bore_depth=6.5)
        with Locations((-12, 0, 11)):
            Hole(radius=6, depth=11)
        with Locations((-35, 0, 20)):
            drilled(2.5, 12)
    return part.part


def manifold_block() -> Part:
    """A fluid block: ports from above, from the front and from both ends; three setups or more."""
    with BuildPart() as part:
        Box(90, 45, 40, align=ON_TABLE)
        chamfer(part.faces().sort_by(Axis.Z)[-1].edges(), 1.0)
        with Locations((-30, 0, 40), (0, 0, 40), (30, 0, 40)):
            CounterBoreHole(radius=4, counter_bore_radius=8, counter_bore_depth=4, depth=24)
        with Locations((-38, 15, 40), (38, 15, 40), (-38, -15, 40), (38, -15, 40)):
            Hole(radius=3.3, depth=40)
        with Locations(Plane(origin=(-15, -22.5, 20), x_dir=(1, 0, 0), z_dir=(0, -1, 0))):
            drilled(4.25, 16)
        with Locations(Plane(origin=(15, -22.5, 20), x_dir=(1, 0, 0), z_dir=(0, -1, 0))):
            drilled(4.25, 16)
        with Locations(Plane(origin=(45, 0, 20), x_dir=(0, 1, 0), z_dir=(1, 0, 0))):
            CounterBoreHole(radius=3.4, counter_bore_radius=7, counter_bore_depth=3, depth=20)
    return part.part


def motor_mount_plate() -> Part:
    """A plate with a stepped bore, four slots for belt tension and countersunk holes; two setups for its rim."""
    with BuildPart() as part:
        Box(100, 80, 12, align=ON_TABLE)
        vertical_edges(part, 8)
        with Locations((0, 0, 12)):
            CounterBoreHole(radius=15, counter_bore_radius=19, counter_bore_depth=4)
        for x, y in ((-23.5, -23.5), (23.5, -23.5), (-23.5, 23.5), (23.5, 23.5)):
            slot(14, 6, 12, (x, y), 12)
        with Locations(Plane.XY.offset(12)), GridLocations(84, 62, 2, 2):
            CounterSinkHole(radius=2.75, counter_sink_radius=5.5, counter_sink_angle=90)
        pocket(16, 40, 4, 5, (39, 0), 12)
        rim = part.faces().sort_by(Axis.Z)[0].edges().filter_by(Axis.X).sort_by(Axis.Y)
        chamfer([rim[0], rim[-1]], 1.0)
    return part.part


def clamp_body() -> Part:
    """A clamp: a groove, a step, a slot from below and a cross bolt from the side; two or three setups."""
    with BuildPart() as part:
        Box(60, 40, 32, align=ON_TABLE)
        vertical_edges(part, 4)
        with Locations((3, 0, 22)):
            Box(18, 40, 10, align=ON_TABLE, mode=Mode.SUBTRACT)
        with Locations((-24, 0, 24)):
            Box(12, 40, 8, align=ON_TABLE, mode=Mode.SUBTRACT)
        with Locations((-22, 0, 24)):
            Hole(radius=3.3, depth=24)
        with Locations((22, -11, 32), (22, 11, 32)):
            CounterBoreHole(radius=2.75, counter_bore_radius=4.75, counter_bore_depth=5.5)
        with Locations(Plane(origin=(0, -20, 10), x_dir=(1, 0, 0), z_dir=(0, -1, 0))):
            Hole(radius=4.2, depth=40)
        with BuildSketch(Plane.XY), Locations((0, 0)):
            SlotOverall(34, 8)
        extrude(amount=4, mode=Mode.SUBTRACT)
    return part.part


def sensor_housing() -> Part:
    """A housing with a deep pocket, a boss in it and a rounded top rim that needs a ball cutter."""
    with BuildPart() as part:
        Box(64, 48, 24, align=ON_TABLE)
        vertical_edges(part, 6)
        fillet(part.faces().sort_by(Axis.Z)[-1].edges(), 2.0)
        pocket(48, 32, 5, 16, (0, 0), 24)
        with Locations((10, 0, 8)):
            Cylinder(radius=7, height=8, align=ON_TABLE)
        with Locations((10, 0, 16)):
            drilled(2.1, 8)
        with Locations(Plane.XY.offset(24)), GridLocations(54, 38, 2, 2):
            drilled(1.65, 10)
        with Locations((-12, 0, 8)):
            Hole(radius=4, depth=8)
    return part.part


def flange_plate() -> Part:
    """A round flange with a bore, a bolt circle of countersunk holes and a turned-looking collar."""
    with BuildPart() as part:
        Cylinder(radius=40, height=10, align=ON_TABLE)
        with Locations((0, 0, 10)):
            Cylinder(radius=22, height=8, align=ON_TABLE)
        with Locations((0, 0, 18)):
            CounterBoreHole(radius=12.5, counter_bore_radius=16, counter_bore_depth=6)
        with Locations(Plane.XY.offset(10)), PolarLocations(32, 6):
            CounterSinkHole(radius=2.75, counter_sink_radius=5.0, counter_sink_angle=90)
        with BuildSketch(Plane.XY.offset(10)), Locations((0, 40)):
            Rectangle(30, 8)
        extrude(amount=-10, mode=Mode.SUBTRACT)
        chamfer(part.faces().sort_by(Axis.Z)[-1].edges().sort_by(lambda edge: edge.length)[-1:], 1.0)
    return part.part


PARTS = (bracket, manifold_block, motor_mount_plate, clamp_body, sensor_housing, flange_plate)


def main() -> None:
    """Write all parts; the time stamp in the header is fixed so that the same part gives the same bytes."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for make in PARTS:
        part = make()
        path = folder / f"{make.__name__}.step"
        export_step(part, path, write_pcurves=False)
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d'", "'2026-01-01T00:00:00'", text, count=1)
        path.write_text(text, encoding="utf-8")
        box = part.bounding_box().size
        print(
            f"{path.name}: {box.X:.0f} x {box.Y:.0f} x {box.Z:.0f} mm, {part.volume / 1000:.1f} cm3, {len(part.faces())} faces"
        )


if __name__ == "__main__":
    main()
