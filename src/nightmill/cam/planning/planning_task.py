"""The task of process planning: the part, what to make it with, and what the plan must do without."""

from dataclasses import dataclass

from nightmill.cad import PartModel
from nightmill.cam.planning.plan_record import ProcessPlan, Refused
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_library import Machine
from nightmill.vocabulary.plan import PLAN_FORMAT, Body, Plan, Thread, Tool, Uncut
from nightmill.vocabulary.shop import MachineLimits, Requirement


@dataclass(frozen=True)
class PlanningTask:
    """What to plan: a part, the tools, the mill and the lathe to make it with, and its material.

    ``requirements``: what the drawing requires beyond the model's PMI (close diameters are reamed where a reamer fits);
    ``threads``: the threads to cut, in holes by either machine, on the outside by the lathe. A thread that can't be cut
    is named in the notes. ``without``: steps to leave out, so that other tools do their work. ``forgoing``: the share
    of what may be forgone as too slow to cut that is forgone, 0 to cut all that can be reached. ``lathe``: what a shop's lathe
    can do (X travel is half the swing); the default lathe where it is None. ``mills``: whether there is a mill for what a lathe
    leaves and could do without.
    """

    part: PartModel
    tools: tuple[Tool, ...]
    machine: Machine
    material: Material
    requirements: tuple[Requirement, ...] = ()
    threads: tuple[Thread, ...] = ()
    without: frozenset[Refused] = frozenset()
    forgoing: float = 1.0
    lathe: MachineLimits | None = None
    mills: bool = True

    def unplanned(self, reason: str) -> ProcessPlan:
        """Return the plan of a part that isn't planned: no setup, and every face uncut for ``reason``."""
        part = self.part
        uncut = Uncut(tuple(face.id for face in part.faces), round(part.area_mm2, 3), reason)
        stock = Body(kind="box", min=part.low, max=part.high)
        plan = Plan(
            PLAN_FORMAT, part.name, "mm", part.sha256, stock, self.tools, (), (uncut,), 0.0, self.material.name, body=part.body
        )  # fmt: skip
        return ProcessPlan(plan, {}, (reason,))
