"""Cutting parameters in the loop: factors on speed and feed of an operation's program, found from its own results."""

from collections.abc import Iterable

from nightmill.floor import ShopState
from nightmill.plant.controller import Decision
from nightmill.plant.routes import PartRoute
from nightmill.vocabulary import events as e
from nightmill.vocabulary.shop import Shop


class TuningRoom:
    """Revises one tool of one operation at a time."""

    def __init__(self, shop: Shop, routes: dict[str, PartRoute]) -> None:
        self.shop, self.routes = shop, routes
        self.programs: dict[str, str] = {}

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Collect results."""

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Revisions that are worth it."""
        return []
