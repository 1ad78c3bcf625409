"""Plan a part and prove the plan: child processes, checkpoints, certified routes, the plan's folder."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.part_planning.many_parts import plan_folder
    from nightmill.plant.part_planning.planner_file import read_planner_params
    from nightmill.plant.part_planning.planning_child import (
        PlanningOptions,
        features_of,
        inspection_of,
        plan_part,
        verify_program,
    )
    from nightmill.plant.part_planning.routes import certified_routes

__all__ = [
    "PlanningOptions",
    "certified_routes",
    "features_of",
    "inspection_of",
    "plan_folder",
    "plan_part",
    "read_planner_params",
    "verify_program",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
