"""Parse the goals of ``--objective``."""

import re

from nightmill.plant.shop_schedule.whole_plan import Aim
from nightmill.scheduling import records
from nightmill.vocabulary.errors import BadInput, Finding


def read_aim(text: str) -> Aim:
    """Parse comma-separated goals (most important first) or weights (``tardiness=1,energy=50``). Raises ``BadInput``."""
    if "=" not in text:
        return _read_goals([name.strip() for name in text.split(",")] if text else [])
    parts = [[word.strip() for word in part.partition("=")[::2]] for part in text.split(",")]
    goals = _read_goals([name for name, _ in parts])
    weights = [float(value) if re.fullmatch(r"\d{1,9}(\.\d*)?", value) else -1.0 for _, value in parts]
    for (name, value), weight in zip(parts, weights, strict=True):
        if weight < 0.0:
            found, expected = value or "no weight", "a number of 0 or more for each goal, like tardiness=1,energy=50"
            raise BadInput(Finding("--objective", name, found, expected, "Correct the list."))
    chosen = dict.fromkeys(records.GOALS, 0.0) | dict(zip(goals, weights, strict=True))
    return records.ObjectiveWeights(machine_change=0.0, start_shift=0.0, **chosen)


def _read_goals(names: list[str]) -> tuple[records.Goal, ...]:
    for at, name in enumerate(names):
        if name not in records.GOALS or name in names[:at]:
            expected = f"each of {', '.join(records.GOALS)} at most once"
            raise BadInput(Finding("--objective", f"goal {at + 1}", repr(name), expected, "Correct the list."))
    return tuple(goal for name in names for goal in records.GOALS if goal == name)
