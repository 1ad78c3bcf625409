"""The interface of every decider in the loop: the events it sees, and the decisions it makes."""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from nightmill.floor import ShopState
from nightmill.plant.shop_state.snapshot import Remembers
from nightmill.vocabulary import events as e

SAFE_HOLD = "safe_hold"


class Decision(msgspec.Struct, frozen=True):
    """A fact that a decider adds to the log, who decided and why."""

    fact: e.AnyFact
    why: str = ""
    actor: str = "software"


class Decider(Remembers, Protocol):
    """A decider in the loop: it sees every event and returns decisions. Its whole memory is a fold of the log, as plain data."""

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Take an event into account; called after ``floor.apply``."""

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Return the facts to add to the log now, including facts that issue purchase orders."""
