"""Plan a part and prove the plan: child processes, checkpoints, certified routes, the plan's folder."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.part_planning.kept_plans import load_route, readable_route
    from nightmill.plant.part_planning.many_parts import plan_folder
    from nightmill.plant.part_planning.planning_child import features_of, inspection_of, plan_part, verify_program
    from nightmill.plant.part_planning.read_drawing import read_file
    from nightmill.plant.part_planning.routes import certified_routes
    from nightmill.plant.part_planning.step_preview import Pictures

__all__ = [
    "Pictures",
    "certified_routes",
    "features_of",
    "inspection_of",
    "load_route",
    "plan_folder",
    "plan_part",
    "read_file",
    "readable_route",
    "verify_program",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(
        __name__,
        {
            "Pictures": "step_preview",
            "certified_routes": "routes",
            "features_of": "planning_child",
            "inspection_of": "planning_child",
            "load_route": "kept_plans",
            "plan_folder": "many_parts",
            "plan_part": "planning_child",
            "read_file": "read_drawing",
            "readable_route": "kept_plans",
            "verify_program": "planning_child",
        },
    )
