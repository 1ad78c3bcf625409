"""Maintenance: signals, failures and measured wear in; remaining life, alarms and maintenance windows out.

In: the text of machine histories, or the readings of a running machine. Out: a fitted model (JSON), remaining
life and wear with 90 % intervals, alarms within a budget, a machine's health with its reason, and the expected
cost of each window in which it could be stopped. Never: opens a file, reads a clock, stops a machine; a
prediction never uses rows later than the moment it speaks of.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nightmill.maintenance.history import read_history
    from nightmill.maintenance.learned import LearnedLife
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

_PLACES = {
    "LearnedLife": "learned",
    "read_history": "history",
    "fit_health": "model",
    "life_windows": "model",
    "load_model": "model",
    "predict_health": "model",
    "save_model": "model",
    "Assessment": "monitor",
    "HealthMonitor": "monitor",
    "Window": "monitor",
    "choose_window": "monitor",
    "judged": "monitor",
    "serviced": "monitor",
    "update": "monitor",
    "window_costs": "monitor",
}


def __getattr__(name: str) -> Any:
    """Load ``name`` from its module when it is first asked for, so that small work starts at once."""
    if name not in _PLACES:
        raise AttributeError(f"module 'nightmill.maintenance' has no attribute {name!r}")
    return getattr(import_module(f"nightmill.maintenance.{_PLACES[name]}"), name)
