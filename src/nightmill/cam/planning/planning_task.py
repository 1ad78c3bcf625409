"""The task of process planning: the part, the tools and machines to make it with, and the steps that the plan must do without."""

from dataclasses import dataclass, field

from nightmill.cad import PartModel
from nightmill.cam.planning.plan_record import ProcessPlan, Refused
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_library import Machine
from nightmill.vocabulary.plan import PLAN_FORMAT, Body, Plan, Thread, Tool, Uncut
from nightmill.vocabulary.planner_params import PlannerParams
from nightmill.vocabulary.shop import MachineLimits, Requirement
from nightmill.vocabulary.uncut_reasons import UncutReason, reason_text


@dataclass(frozen=True)
class PlanningTask:
    """A planning task: a part, its material, and the tools, the mill and the lathe to make it with.

    ``requirements``: requirements from the drawing beyond the model's PMI (close diameters are reamed if a reamer fits);
    ``threads``: the threads to cut, in holes by either machine, on the outside by the lathe. The notes name any thread that
    can't be cut. ``without``: steps to leave out, so that other tools do their work. ``forgoing``: how much of the surface
    that may be forgone as too slow to cut is forgone, as a fraction; 0 to cut all that can be reached. ``lathe``: the
    limits of the shop's lathe (X travel is half the swing); None for the default lathe. ``mills``: whether a mill is
    available for surface that a lathe leaves but could do without. ``params``: what else steers the planner.
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
    params: PlannerParams = field(default_factory=PlannerParams)

    def unplanned(self, code: UncutReason, details: str = "") -> ProcessPlan:
        """Return the plan for a part that isn't planned: no setups, and every face uncut for a reason, with ``details`` as its text."""
        part = self.part
        reason = details or reason_text(code)
        uncut = Uncut(tuple(face.id for face in part.faces), round(part.area_mm2, 3), reason, code)
        stock = Body(kind="box", min=part.low, max=part.high)
        plan = Plan(
            PLAN_FORMAT, part.name, "mm", part.sha256, stock, self.tools, (), (uncut,), 0.0, self.material.name, body=part.body
        )  # fmt: skip
        return ProcessPlan(plan, {}, (reason,))
