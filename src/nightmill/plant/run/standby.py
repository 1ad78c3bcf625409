"""Hot standby: a second controller that follows the log, and takes over within a second if the leader fails.

The standby has planned, compiled and folded everything that the leader has, so taking over requires only: a newer fencing token in the
log (which from then on refuses the old leader's writes), the same token at the cell (which drops the old leader and refuses its
commands), reading the tail of the log, and reading back from the cell what happened to each open command.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from nightmill.drivers import DirectCell, arms
from nightmill.plant.deciders.scheduling import ready_scheduler
from nightmill.plant.run.controller import Controller
from nightmill.plant.run.robot_arms import armed, arms_of
from nightmill.plant.run.shop_run import Progress, RunRequest, complete, controller_of, outcome
from nightmill.plant.run.telemetry_recorder import open_lane
from nightmill.plant.shop_state.retrying_cell import PatientCell
from nightmill.plant.workspace.layout import has_log, log_place, open_log
from nightmill.plant.workspace.shop import whole_shop
from nightmill.store import STALL_S, AnyStore, TelemetryLane, open_store, stand_by
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import DAY_S

WAIT_FOR_RUN_S = 60.0


def stand_by_shop(
    folder: Path, *, stall_s: float = STALL_S, patience_s: float = 0.0, progress: Progress | None = None
) -> dict[str, Any]:
    """Follow the run of the shop in ``folder``, take over if its leader fails, and return the answer of ``run_shop``.

    ``stall_s``: how long the leader may show no sign of life. Raises ``BadInput`` if no run starts within a minute, and
    immediately for a wrong ``robots.toml``.
    """
    say = progress or (lambda subject, phase, share: None)
    shop = whole_shop(folder)
    robots = arms_of(folder, shop)
    request = RunRequest(days=_days_of_the_run(folder), patience_s=patience_s)
    reader = open_log(folder, writer=False)
    patient = PatientCell(None, patience_s)
    lane = open_lane(folder, shop)

    def built(store: AnyStore) -> Controller:
        return controller_of(folder, store, patient, request, lane, say)

    controller = built(reader)
    reader.close()
    ready_scheduler()
    say("standby", "following the leader", 0.0)

    def follow(store: AnyStore) -> None:
        nonlocal controller
        controller.follow(store)
        if controller.outgrown:
            controller = built(store)

    store = stand_by(log_place(folder), follow, stall_s=stall_s)
    try:
        return _led(folder, store, controller, lane, partial(built, store), robots)
    finally:
        store.close()
        lane.close()


def _led(
    folder: Path,
    store: AnyStore,
    controller: Controller,
    lane: TelemetryLane,
    built: Callable[[], Controller],
    robots: tuple[arms.ArmSettings, ...],
) -> dict[str, Any]:
    last = store.last()
    if last is not None and isinstance(last.fact, e.RunEnded):
        controller.follow(store)
        return outcome(folder, controller.shop, store, controller.end_s / DAY_S, controller.state)
    attached = DirectCell.attach(folder, fence=store.token)
    attached.tell(lane, controller.shop.start)
    cell = armed(folder, robots, attached)
    try:
        controller.lead(store, cell)
        return complete(folder, controller, cell, built)
    finally:
        cell.close()


def _days_of_the_run(folder: Path) -> float:
    deadline = time.monotonic() + WAIT_FOR_RUN_S
    while time.monotonic() < deadline:
        if has_log(folder):
            reader = open_store(log_place(folder), writer=False)
            try:
                first = reader.event(1) if reader.version() else None
            except BadInput:
                first = None  # the leader is still creating its tables
            finally:
                reader.close()
            if first is not None and isinstance(first.fact, e.RunStarted):
                return first.fact.days
        time.sleep(0.05)
    raise BadInput(
        Finding(
            str(folder), "--standby", "no run", "a run for the standby to follow", f"Run it: nightmill run {folder}"
        )
    )
