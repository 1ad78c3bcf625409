"""Simulation (the twin): forecasts the coming days of the factory.

In: a ``scheduling.problem.records.ShopProblem`` and its ``ShopSchedule``, the probability distributions of its uncertain
quantities (``Uncertainty``; ``learn_from_log`` estimates them from the log), the other habits of its shop floor
(``FloorModel``), and the number of days, replications and a seed (``Experiment``). Out: a summary of possible futures
(``look_ahead``), the effect of a change on them (``what_if``), and how good past forecasts were (``judge``). Or a factory in
AutoSched-style tables and its forecast (``look_ahead_fab``, ``what_if_fab``). ``example_job_shop`` is the model for speed
comparisons.

Never: reads the hidden truth of the virtual shop, a clock or a file, draws a random number that the seed doesn't fix, or
changes the real schedule.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.simulation.calibration.conformal import Forecast
    from nightmill.simulation.calibration.learn import learn_from_log
    from nightmill.simulation.calibration.track_record import judge
    from nightmill.simulation.cell.floor_behaviour import Habits
    from nightmill.simulation.cell.uncertainty import Uncertainty, certain
    from nightmill.simulation.factory import example_job_shop
    from nightmill.simulation.factory.run import look_ahead_fab, what_if_fab
    from nightmill.simulation.outlook.experiment import Experiment, FloorModel
    from nightmill.simulation.outlook.replications import forecast_orders, look_ahead
    from nightmill.simulation.scenarios.cell_change import read_change
    from nightmill.simulation.scenarios.compare import what_if

__all__ = [
    "Experiment",
    "FloorModel",
    "Forecast",
    "Habits",
    "Uncertainty",
    "certain",
    "example_job_shop",
    "forecast_orders",
    "judge",
    "learn_from_log",
    "look_ahead",
    "look_ahead_fab",
    "read_change",
    "what_if",
    "what_if_fab",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
