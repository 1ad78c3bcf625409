"""Finish drilled holes: ream if the diameter's tolerance is closer than a drill holds; tap threads, or mill them if
there is no tap of that size or no space for its lead.

Tolerance grades by ISO 286-1: i = 0.45 D^(1/3) + 0.001 D (µm), IT9 = 40 i; a drill is trusted to hold IT10, a reamer IT7.
Reamers need an allowance of 0.1 to 0.35 mm on the diameter. Speeds and feeds by rule (grade C, to be replaced by the shop's
own results): reaming at a third of the drill's speed and 0.01 D per revolution; tapping at a sixth of the drill's speed and
one pitch per revolution; thread milling at the milling speed (twice the drill's) with 0.004 D per tooth at the thread's
wall, in one turn from below (climb milling).
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from nightmill.cad import PartModel
from nightmill.cam.cutting_data.milling import drilling
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.cam.tooling.tool_library import Machine
from nightmill.vocabulary.plan import CuttingData, Thread, Tool
from nightmill.vocabulary.shop import Requirement

REAM_LEFT_MM = (0.1, 0.35)
REAM_BEYOND_MM = 1.0
SIZE_MM = 0.006
MILL_SHARE, MILL_FLOOR_MM = 0.9, 0.1
"""Widest thread mill as a fraction of the minor diameter; its distance from a floor."""
THREADING = frozenset({"tap", "thread"})
"""Strategies that cut threads."""
LEAD_PITCHES = 3.0
"""Length of a tap's lead (form B and D by DIN 2197 have 3.5 to 5 and 2 to 3 threads)."""


@dataclass(frozen=True)
class HoleAsks:
    """Drawing requirements for round walls, by face id: the width of the diameter's limits (mm), and threads."""

    width_mm: dict[int, float]
    threads: dict[int, Thread]

    def wants_reamer(self, faces: Sequence[int], diameter: float) -> bool:
        """Return whether one of the faces has limits closer than IT9 at a diameter."""
        return any(self.width_mm.get(face, math.inf) < grade_mm(diameter, 40) for face in faces)

    def thread(self, faces: Sequence[int]) -> Thread | None:
        """Return the thread required in the hole of these faces."""
        return next((self.threads[face] for face in faces if face in self.threads), None)


NOTHING_ASKED = HoleAsks({}, {})


@dataclass(frozen=True)
class Follow:
    """A reamer, tap or thread mill that goes into a drilled hole down to ``tip`` (work Z, mm); ``thread_mm``: its diameter."""

    tool: Tool
    tip: float
    thread_mm: float = 0.0


def grade_mm(diameter: float, units: float) -> float:
    """Return the width of an ISO 286-1 tolerance grade of ``units`` times i at ``diameter`` (mm)."""
    return units * (0.45 * diameter ** (1 / 3) + 0.001 * diameter) / 1000


def asked_of(part: PartModel, threads: Sequence[Thread], requirements: Sequence[Requirement]) -> HoleAsks:
    """Collect the requirements for the part's holes from the model's PMI, the shop's requirements and the list of threads."""
    limits = [(item.faces, item.lower, item.upper) for item in part.pmi if item.kind == "diameter"]
    limits += [(each.faces, each.lower, each.upper) for each in requirements if each.kind == "diameter"]
    widths: dict[int, float] = {}
    for faces, lower, upper in limits:
        if lower is not None and upper is not None and upper > lower:
            widths.update({face: min(widths.get(face, math.inf), upper - lower) for face in faces})
    return HoleAsks(widths, {face: thread for thread in threads for face in thread.faces})


def untapped(asks: HoleAsks, tapped: Collection[int], part: PartModel, tools: Sequence[Tool]) -> list[str]:
    """Return a sentence for every thread for which no hole was tapped, with the reason; ``tapped``: faces of tapped holes."""
    sentences = []
    for thread in dict.fromkeys(asks.threads.values()):
        missed = [face for face in thread.faces if face not in tapped]
        if not missed:
            continue
        least, most = core_mm(thread)
        bare = [part.faces[face].radius_mm for face in missed]
        name = f"{size_words(thread)} on faces {', '.join(map(str, missed))} is not cut"
        if not all(part.faces[face].hollow for face in missed):
            sentences.append(f"thread {name}: it is on the outside, which only a lathe can cut")
        elif tap_for(thread, tools) is None and not thread_mills_for(thread, tools):
            sentences.append(f"thread {name}: there is no tap or thread mill for it in the tool list")
        elif not all(radius is not None and least - 0.02 <= 2 * radius <= most for radius in bare):
            sentences.append(
                f"thread {name}: the model's hole must have the thread's minor diameter, {least:.2f} to {most:.2f} mm"
            )
        else:
            sentences.append(f"thread {name}: no drill with a tap or thread mill can reach it in any setup")
    return sentences


def reamer_for(diameter: float, tools: Sequence[Tool]) -> Tool | None:
    """Return the reamer of a size, or None."""
    fit = [tool for tool in tools if tool.type == "reamer" and abs(tool.diameter_mm - diameter) <= SIZE_MM]
    return min(fit, key=lambda tool: tool.stickout_mm, default=None)


SAME_MM = 1e-3
"""Diameters or pitches that differ by less than this count as equal, since some files round the values of inch threads."""


def size_words(thread: Thread) -> str:
    """Return a thread's size in its usual form: ``M6 x 1``, or in turns per inch if these are a whole number and the pitch is not."""
    turns = 25.4 / thread.pitch_mm
    if abs(turns - round(turns)) < 1e-3 and abs(20 * thread.pitch_mm - round(20 * thread.pitch_mm)) > 1e-3:
        return f"{thread.diameter_mm / 25.4:.4g}-{round(turns)} UN"
    return f"M{thread.diameter_mm:g} x {thread.pitch_mm:g}"


def tap_for(thread: Thread, tools: Sequence[Tool]) -> Tool | None:
    """Return the tap for a thread, or None."""
    size = (thread.diameter_mm, thread.pitch_mm)
    return next(
        (t for t in tools if t.type == "tap" and math.dist(size, (t.diameter_mm, t.pitch_mm or 0.0)) < SAME_MM), None
    )


def thread_mills_for(thread: Thread, tools: Sequence[Tool]) -> list[Tool]:
    """Return mills of a pitch that fit in the minor diameter with space for chips, the widest first."""
    core, _ = core_mm(thread)
    fit = [
        tool
        for tool in tools
        if tool.type == "thread_mill"
        and abs((tool.pitch_mm or 0.0) - thread.pitch_mm) < SAME_MM
        and 2 * max(ToolAssembly(tool).radius_mm, ToolAssembly(tool).neck_radius_mm) <= MILL_SHARE * core
    ]
    return sorted(fit, key=lambda tool: -tool.diameter_mm)


def thread_mill_tip(thread: Thread, top: float, floor: float, through: bool) -> float:
    """Return how deep a thread mill goes: the required depth plus a pitch, a pitch beyond a through hole, and in a blind
    hole to the floor.
    """
    if thread.depth_mm:
        return max(top - thread.depth_mm - thread.pitch_mm, floor + MILL_FLOOR_MM)
    return floor - thread.pitch_mm if through else floor + MILL_FLOOR_MM


def core_mm(thread: Thread) -> tuple[float, float]:
    """Return the smallest and largest hole for the thread: basic minor diameter (ISO 68-1), and 0.25 pitch above it."""
    minor = thread.diameter_mm - 1.0825 * thread.pitch_mm
    return minor, minor + 0.25 * thread.pitch_mm


def tap_tip(thread: Thread, top: float, floor: float, through: bool) -> float:
    """Return how deep the tap goes: beyond a through hole by its lead, and in a blind hole to the required depth or as deep
    as there is room.

    ``top``: where the hole starts; ``floor``: where its full diameter ends, excluding the drill point.
    """
    lead = LEAD_PITCHES * thread.pitch_mm
    if through and not thread.depth_mm:
        return floor - lead
    asked = top - thread.depth_mm - lead if thread.depth_mm else floor
    return max(asked, floor - (lead if through else 0.0))


def following_data(tool: Tool, material: Material, machine: Machine) -> CuttingData:
    """Return the speed and feed for a reamer, a tap or a thread mill (at its edge)."""
    base = drilling(tool, material, machine)
    if tool.type == "thread_mill":
        rpm = min(machine.spindle_rpm_max, 2 * base.spindle_rpm)
        tooth = 0.004 * tool.diameter_mm
        return msgspec.structs.replace(
            base,
            vc_m_min=round(rpm * math.pi * tool.diameter_mm / 1000, 1),
            spindle_rpm=float(round(rpm)),
            fz_mm=round(tooth, 4),
            feed_mm_min=float(max(1, round(tooth * tool.flutes * rpm))),
            ap_mm=round(0.54 * (tool.pitch_mm or 0.0), 3),
            source=f"thread milling: speed of milling, feed 0.004 D per tooth (rule, grade C); {base.source}",
        )
    tapping = tool.type == "tap"
    rpm = max(1.0, round(base.spindle_rpm / (6 if tapping else 3)))
    turn = (tool.pitch_mm or 1.0) if tapping else 0.01 * tool.diameter_mm
    rule = (
        "a sixth of the drill's, feed one pitch per revolution"
        if tapping
        else "a third of the drill's, feed 0.01 D per revolution"
    )
    return msgspec.structs.replace(
        base,
        vc_m_min=round(rpm * math.pi * tool.diameter_mm / 1000, 1),
        spindle_rpm=float(rpm),
        fz_mm=round(turn / max(1, tool.flutes), 4),
        feed_mm_min=round(turn * rpm, 4),
        ap_mm=round(REAM_LEFT_MM[0] if not tapping else 0.54 * turn, 3),
        source=f"speed: {rule} (rule, grade C); {base.source}",
    )
