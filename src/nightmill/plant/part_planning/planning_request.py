"""Requests to a planning child, and its time limits. This module loads neither the planner nor the geometry kernel."""

from pathlib import Path
from typing import Any

import msgspec

from nightmill.vocabulary.plan import TURNING_TOOLS, Thread, Tool
from nightmill.vocabulary.planner_params import PlannerParams
from nightmill.vocabulary.shop import CutterKind, MachineLimits, PartFile, Requirement, Shop, WorkUnit

PLANNING_CALL = "nightmill.plant.part_planning.plan_job:plan_job"
PLANNING_WALL_S = 1320.0
"""Wall-clock seconds after which a planning child is stopped; long enough for the work limit even on a very busy computer."""
PLANNING_CPU_S = 1600
"""Seconds of processor time after which the child is stopped; more than its two threads need for that work."""


def planned_for(shop: Shop, kind: CutterKind, material: str) -> WorkUnit | None:
    """Return the machine that programs are planned for: the first mill of the shop, or the first lathe that may cut the material."""
    units = shop.cutters(kind)
    if kind == "mill":
        return units[0] if units else None
    return next((unit for unit in units if not unit.materials or material in unit.materials), None)


def planning_request(part: PartFile, shop: Shop, folder: Path, out: Path) -> dict[str, Any]:
    """Return the arguments of ``plan_job`` for a part of a shop."""
    mill, lathe = planned_for(shop, "mill", part.material), planned_for(shop, "lathe", part.material)
    limits = mill.limits if mill is not None else None
    turning: dict[str, Any] = {"lathe": msgspec.to_builtins(lathe.limits)} if lathe is not None else {}
    if turning and mill is None:
        turning["mills"] = False
    # left out if nothing is set, so that plans made without it stay valid
    steered: dict[str, Any] = {"planner": msgspec.to_builtins(shop.planner)} if shop.planner != PlannerParams() else {}
    return (
        turning
        | steered
        | {
            "step": str(folder / part.step),
            "out": str(out),
            "name": part.name,
            "material": part.material,
            "tools": [
                msgspec.to_builtins(kind.tool) for kind in shop.tools if turning or kind.tool.type not in TURNING_TOOLS
            ],
            "limits": msgspec.to_builtins(limits) if limits else None,
            "requirements": msgspec.to_builtins(part.requirements),
            "threads": msgspec.to_builtins(part.threads),
        }
    )


class PlanningRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request to ``plan_job``; missing values get defaults, which the plan's ``assumed`` lists.

    ``step``: the file; ``out``: the folder for plan, programs and ``route.json``. ``body``: number or name of the solid if the file holds
    several. ``gave_up``: why planning failed before; if given, the answer is the best plan that the child had at that time, or lists
    every face as uncut for that reason. ``mills``: whether the shop has a mill. ``time_limit_s``: wall-clock limit after which the child
    is ended; 0 for ``PLANNING_WALL_S``, in which case time is counted in seconds of work. ``all_corners``: also cut corners that are too
    slow to pay off. ``planner``: what else steers the planner.
    """

    step: str
    out: str
    name: str = ""
    material: str = ""
    tools: tuple[Tool, ...] = ()
    limits: MachineLimits | None = None
    lathe: MachineLimits | None = None
    requirements: tuple[Requirement, ...] = ()
    threads: tuple[Thread, ...] = ()
    body: str = ""
    gave_up: str = ""
    mills: bool = True
    time_limit_s: float = 0.0
    all_corners: bool = False
    planner: PlannerParams = PlannerParams()
