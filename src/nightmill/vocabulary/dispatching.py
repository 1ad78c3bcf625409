"""Rules by which the floor dispatches, as data: the floor works by them, the twin looks ahead by the same."""

import msgspec


class Evening(msgspec.Struct, frozen=True):
    """How the floor prepares a night, and works in it.

    From ``ahead_s`` before people leave (as long as the pallets then in the pool take to turn over), operations of
    ``least_cycle_s`` and more are mounted first and fed last, unless their order is due within ``morning_s`` after people
    are back. A shorter cycle is a waste of a pallet for the night. While nobody is there, cuts that end before people are
    back go first; one a mill that lay on its pallet for ``turn_s`` before they left, yielding to shorter ones, before
    those. A planned stop isn't begun when ``stop_margin`` times its length isn't left before people leave for ``night_s``
    or more: it would rest until they are back.
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
"""What the closed loop's floor does; the conventional one does nothing of the kind."""


class Loading(msgspec.Struct, frozen=True):
    """How long a load of an oven, washer or tumbler waits for parts that are planned into it.

    What is missing at its planned begin is waited for ``grace`` of the treatment's time, ``most_grace_s`` at most; within
    ``last_call_s`` before people leave nothing is waited for that would find nobody to put it in.
    """

    grace: float = 0.25
    most_grace_s: float = 3600.0
    last_call_s: float = 900.0

    def __post_init__(self) -> None:
        if min(self.grace, self.most_grace_s, self.last_call_s) < 0:
            raise ValueError(f"Loading: {self} must not be negative")

    def patience_s(self, run_s: float) -> float:
        """How long after its planned begin a treatment of ``run_s`` is waited with."""
        return min(self.grace * run_s, self.most_grace_s)


LOADING = Loading()
"""What the floor does, and the twin with it."""
