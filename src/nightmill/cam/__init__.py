"""Room ``cam``: plans a part and returns setups, fixtures, tools, cutting data, NC programs and setup sheets.

In: a ``PlanningTask``: a ``PartModel`` of room ``cad``, the shop's tools, a machine and a material. Out: a
``ProcessPlan``: the records of ``plan.json`` and its files as bytes, and a list of every face that the programs leave
uncut, with the reason.
Never: reads or writes a file, opens a STEP file, verifies its own plan (a plan counts only once ``verification`` has
certified it), drops a face silently. The geometry libraries load when a plan is made, not when this package is imported.
"""

from collections.abc import Callable
from dataclasses import replace

from nightmill.cad import PartModel
from nightmill.cam import post as posts
from nightmill.cam.cutting_data.tool_deflection import slender_note
from nightmill.cam.geometry.mesh_edges import edges_of
from nightmill.cam.planning.plan_record import Made, ProcessPlan, Refused, write_plan
from nightmill.cam.planning.planning_task import PlanningTask
from nightmill.cam.post.feed_override import retune
from nightmill.cam.probing.probe_cycles import probing_macros
from nightmill.cam.tooling.materials import Material, material_named, materials
from nightmill.cam.tooling.tool_library import Machine, default_machine, default_tools
from nightmill.vocabulary.uncut_reasons import UncutReason

__all__ = [
    "Machine",
    "Material",
    "PlanningTask",
    "ProcessPlan",
    "Refused",
    "default_machine",
    "default_tools",
    "edges_of",
    "material_named",
    "materials",
    "plan_route",
    "posts",
    "probing_macros",
    "retune",
    "write_plan",
]


def plan_route(
    task: PlanningTask,
    *,
    progress: Callable[[str, float], None] | None = None,
    budget_s: float = 60.0,
    clock: Callable[[], float] | None = None,
    made: Made | None = None,
) -> ProcessPlan:
    """Plan how to machine a part from the raw piece.

    A body of revolution is planned on a lathe if turning tools are listed, unless the lathe can't hold its other end, leaves
    more than 1 % of its surface, and a mill would leave no more than half as much.

    ``progress``: called with a label and a fraction between 0 and 1. If a ``clock`` (seconds, rising) is given,
    planning stops after ``budget_s``, keeps the setups planned so far and says so in the notes. ``made``: called after
    each milling setup, and again once no more setups follow, with the unfinished plan, its files, and whether all
    setups are planned; this plan doesn't list the uncut faces yet.
    A part that is at an angle in its file is planned square to its own planes and axes. Wound wire and bent or drawn sheet
    aren't machined: nothing is planned, and the notes say why.
    See ``nightmill.cam.planning.turning_planner.plan_turned`` and ``nightmill.cam.planning.milling_planner.plan_route``.
    """
    from nightmill.cam.planning import milling_planner as route
    from nightmill.cam.planning import part_alignment as askew
    from nightmill.cam.planning.not_machinable import formed_words
    from nightmill.cam.planning.turning_planner import plan_turned

    formed = formed_words(task.part)
    if formed:
        return task.unplanned(UncutReason.NOT_MACHINED, formed)
    began = clock() if clock else 0.0
    frame = askew.own_frame(task.part)
    tell = made
    if frame is not None:
        task = replace(task, part=askew.turned_part(task.part, frame))
        tell = askew.told_turned_back(made, frame)

    def late() -> bool:
        return clock is not None and clock() > began + task.params.search.turned_time_share * budget_s

    turned = plan_turned(task, progress=progress, late=late, made=tell)
    budget = task.params.budget
    if turned is None or (turned.held and _left_share(turned, task.part) > budget.of_surface(budget.held_share)):
        left_s = max(0.0, began + budget_s - clock()) if clock else budget_s
        milled = (
            task.unplanned(UncutReason.TOO_LARGE)
            if _exceeds_travel(task)
            else route.plan_route(task, progress=progress, budget_s=left_s, clock=clock, made=tell)
        )
        turned = milled if turned is None else _better(turned, milled, task.part)
    bends = slender_note(turned.plan)
    turned = replace(turned, notes=(*turned.notes, bends)) if bends else turned
    return turned if frame is None else askew.turned_back(turned, frame)


def _exceeds_travel(task: PlanningTask) -> bool:
    """Return whether the part itself, without stock, is too large for the machine: sides and travels are compared in order of size."""
    size = sorted(high - low for low, high in zip(task.part.low, task.part.high, strict=True))
    return any(side > travel for side, travel in zip(size, sorted(task.machine.travel_mm), strict=True))


def _left_share(found: ProcessPlan, part: PartModel) -> float:
    """Return the fraction of the surface that a plan leaves uncut; 1 if there is no program."""
    return sum(each.area_mm2 for each in found.plan.uncut) / part.area_mm2 if found.plan.setups else 1.0


def _better(turned: ProcessPlan, milled: ProcessPlan, part: PartModel) -> ProcessPlan:
    """Return whichever plan leaves clearly less uncut: the turned plan or the milled one."""
    left, mill_left = _left_share(turned, part), _left_share(milled, part)
    if mill_left > left / 2:
        return turned
    note = f"milled instead of turned: this leaves {mill_left:.1%} of the surface uncut, a lathe would leave {left:.1%}"
    return replace(milled, notes=(*milled.notes, note))
