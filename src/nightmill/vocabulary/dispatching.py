"""Rules by which the floor dispatches, as data: the floor works by them, the twin looks ahead by the same."""

import msgspec


class Evening(msgspec.Struct, frozen=True):
    """How the floor prepares a night.

    From ``ahead_s`` before people leave (as long as the pallets then in the pool take to turn over), operations of
    ``least_cycle_s`` and more are mounted first and fed last, unless their order is due within ``morning_s`` after
    people are back. A shorter cycle is a waste of a pallet for the night.
    """

    ahead_s: float = 3 * 3600.0
    least_cycle_s: float = 900.0
    morning_s: float = 2 * 3600.0

    def __post_init__(self) -> None:
        if min(self.ahead_s, self.least_cycle_s, self.morning_s) < 0:
            raise ValueError(f"Evening: {self} must not be negative")


EVENING = Evening()
"""What the closed loop's floor does; the conventional one does nothing of the kind."""
