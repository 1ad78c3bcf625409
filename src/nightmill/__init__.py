"""Nightmill: from a CAD file to finished, inspected, costed parts in a shop with the lights out.

``import nightmill as nm`` is the way in for engineers and data scientists:

- a part: ``nm.features``, ``nm.plan``, ``nm.verify``, ``nm.inspection_plan``, ``nm.quote``
- a shop's work: ``nm.Model``, ``nm.schedule``, ``nm.simulate``, ``nm.run``, ``nm.log``, ``nm.figures``
- demand and material: ``nm.forecast``, ``nm.plan_material``
- quality, machines, parameters: ``nm.control_chart``, ``nm.fit_health``, ``nm.predict_health``, ``nm.Tuning``
- what buyers send: ``nm.read_mail``, ``nm.read_drawing``

Tables go in as data frames, Arrow tables, columns or paths; answers have ``to_arrow()``, ``to_frame()`` and plots. Each name loads its room
when it is first used, so that the import itself costs next to nothing.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.library.costs import Quote, quote
    from nightmill.library.futures import Simulated, simulate
    from nightmill.library.letters import read_drawing, read_mail
    from nightmill.library.machines import Health, fit_health, predict_health
    from nightmill.library.measurements import ControlChart, control_chart, inspection_plan
    from nightmill.library.parts import PartFeatures, PartPlan, features, plan, verify
    from nightmill.library.schedules import Scheduled, schedule
    from nightmill.library.shops import example_shop, figures, log, run
    from nightmill.library.supply import DemandForecast, MaterialPlan, forecast, plan_material
    from nightmill.library.trials import Tuning
    from nightmill.scheduling import Model
    from nightmill.simulation import Uncertainty, certain
    from nightmill.tuning import Study
    from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, NightmillError

__version__ = "0.1.0"

__all__ = [
    "BadInput",
    "ControlChart",
    "DemandForecast",
    "EnvironmentFailed",
    "Health",
    "MaterialPlan",
    "Model",
    "NightmillError",
    "PartFeatures",
    "PartPlan",
    "Quote",
    "Scheduled",
    "Simulated",
    "Study",
    "Tuning",
    "Uncertainty",
    "certain",
    "control_chart",
    "example_shop",
    "features",
    "figures",
    "fit_health",
    "forecast",
    "inspection_plan",
    "log",
    "plan",
    "plan_material",
    "predict_health",
    "quote",
    "read_drawing",
    "read_mail",
    "run",
    "schedule",
    "simulate",
    "verify",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
