"""Maintenance: signals, failures and measured wear in; remaining life, alarms and maintenance windows out.

In: the text of machine histories, or the readings of a running machine. Out: a fitted model (JSON), remaining
life and wear with 90 % intervals, alarms within a budget, a machine's health with its reason, and the expected
cost of each window in which it could be stopped. Never: opens a file, reads a clock, stops a machine; a
prediction never uses rows later than the moment it speaks of.
"""

from nightmill.maintenance.history import MachineHistory, read_history
from nightmill.maintenance.model import fit_health, life_windows, load_model, predict_health, save_model
from nightmill.maintenance.monitor import (
    Assessment,
    HealthMonitor,
    Window,
    choose_window,
    judged,
    serviced,
    update,
    window_costs,
)

__all__ = [
    "Assessment",
    "HealthMonitor",
    "MachineHistory",
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
