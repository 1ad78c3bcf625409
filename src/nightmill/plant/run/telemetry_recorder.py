"""A shop's telemetry: the lane while the shop runs, the queries, and the alarm if telemetry can't be kept."""

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
"""Default number of days that samples and per-minute aggregates are kept, if `[policy]` in shop.toml sets none."""


def open_lane(folder: Path, shop: Shop) -> TelemetryLane:
    """Open the lane for a run; ``[policy]`` in shop.toml sets how many days samples and per-minute aggregates are kept."""
    raw_days = shop.policy.get("telemetry_raw_days", RAW_DAYS)
    minute_days = shop.policy.get("telemetry_minute_days", MINUTE_DAYS)
    return TelemetryLane(telemetry_folder(folder), raw_days=raw_days, minute_days=minute_days)


class TelemetryDecider(Remembering[Nothing]):
    """Raise an alarm if telemetry can't be kept; the shop continues."""

    def __init__(self, trouble: Callable[[], str]) -> None:
        """``trouble``: returns the problems since the last call."""
        self._trouble = trouble

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Ignore: telemetry has no state in the log."""

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Return an alarm for any trouble since the last turn."""
        trouble = self._trouble()
        return [Decision(e.AlarmRaised("telemetry", "disk", trouble), "samples wait, or are lost")] if trouble else []
