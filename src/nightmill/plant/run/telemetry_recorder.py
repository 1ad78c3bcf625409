"""Telemetry of a shop: its lane while the shop runs, what a person asks of it, and the alarm where it can't be kept."""

from collections.abc import Callable, Iterable
from pathlib import Path

from nightmill.floor import ShopState
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.decider_memory import Nothing, Remembering
from nightmill.plant.workspace.layout import telemetry_folder
from nightmill.store import TelemetryLane
from nightmill.vocabulary import events as e
from nightmill.vocabulary.shop import Shop

RAW_DAYS, MINUTE_DAYS = 30.0, 730.0
"""How long samples and sums by minutes are kept where `[policy]` of shop.toml says nothing else."""


def open_lane(folder: Path, shop: Shop) -> TelemetryLane:
    """The lane of a run; ``[policy]`` of shop.toml says how many days samples and sums by minutes are kept."""
    raw_days = shop.policy.get("telemetry_raw_days", RAW_DAYS)
    minute_days = shop.policy.get("telemetry_minute_days", MINUTE_DAYS)
    return TelemetryLane(telemetry_folder(folder), raw_days=raw_days, minute_days=minute_days)


class TelemetryDecider(Remembering[Nothing]):
    """Raises an alarm where telemetry can't be kept; the shop goes on."""

    def __init__(self, trouble: Callable[[], str]) -> None:
        """``trouble``: what went wrong since it was last asked."""
        self._trouble = trouble

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Nothing: telemetry has no state in the log."""

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """What went wrong since the last turn."""
        said = self._trouble()
        return [Decision(e.AlarmRaised("telemetry", "disk", said), "samples wait, or are lost")] if said else []
