"""Maintenance: from signals, failures and measured wear to remaining life, alarms and maintenance windows.

Inputs: the text of machine histories, or the readings of a running machine. Outputs: a fitted model (JSON), remaining
life and wear with 90 % intervals, alarms within a budget, a machine's health with its reason, and the expected
cost of each window in which the machine could be stopped. The room never opens a file, reads a clock or stops a machine;
a prediction never uses rows later than the time it refers to.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.maintenance.health_monitor import (
        Assessment,
        HealthMonitor,
        Window,
        choose_window,
        judged,
        serviced,
        update,
        window_costs,
    )
    from nightmill.maintenance.history import read_history
    from nightmill.maintenance.online_life import LearnedLife
    from nightmill.maintenance.prognostics import fit_health, life_windows, load_model, predict_health, save_model

__all__ = [
    "Assessment",
    "HealthMonitor",
    "LearnedLife",
    "Window",
    "choose_window",
    "fit_health",
    "judged",
    "life_windows",
    "load_model",
    "predict_health",
    "read_history",
    "save_model",
    "serviced",
    "update",
    "window_costs",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
