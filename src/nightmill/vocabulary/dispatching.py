"""Dispatch rules for the floor, as data: the floor works by them and the twin uses the same rules to predict."""

import msgspec


class Evening(msgspec.Struct, frozen=True):
    """How the floor prepares for an unattended night and works through it.

    Starting ``ahead_s`` before people leave (the time in which the pallets in the pool turn over), operations of
    ``least_cycle_s`` or longer are mounted first and fed last, unless their order is due within ``morning_s`` after people
    return: a shorter cycle would waste a pallet for the night. While nobody is there, cuts that end before people return
    go first, except that each mill first runs one cut that had waited on its pallet for ``turn_s`` when people left, because
    shorter cuts overtook it. A planned stop is not started if less than ``stop_margin`` times its length is left before
    people leave for ``night_s`` or more: the stop would be interrupted until they return.
    """

    ahead_s: float = 3 * 3600.0
    least_cycle_s: float = 900.0
    morning_s: float = 2 * 3600.0
    stop_margin: float = 1.25
    night_s: float = 4 * 3600.0
    turn_s: float = 2 * 86400.0

    def __post_init__(self) -> None:
        if min(self.ahead_s, self.least_cycle_s, self.morning_s, self.stop_margin, self.night_s, self.turn_s) < 0:
            raise ValueError(f"Evening: {self} must not be negative")


EVENING = Evening()
"""Settings for the closed loop's floor; the conventional floor makes no such preparations."""


class Loading(msgspec.Struct, frozen=True):
    """How long an oven, washer or tumbler load waits for the parts planned into it.

    If parts are missing at its planned start, the load waits for ``grace`` times the treatment's duration, ``most_grace_s`` at most;
    within ``last_call_s`` before people leave, it doesn't wait for parts that nobody would be there to load.
    """

    grace: float = 0.25
    most_grace_s: float = 3600.0
    last_call_s: float = 900.0

    def __post_init__(self) -> None:
        if min(self.grace, self.most_grace_s, self.last_call_s) < 0:
            raise ValueError(f"Loading: {self} must not be negative")

    def patience_s(self, run_s: float) -> float:
        """Return how long past its planned start a treatment of ``run_s`` may wait for missing parts."""
        return min(self.grace * run_s, self.most_grace_s)


LOADING = Loading()
"""Settings for the floor and for the twin."""
