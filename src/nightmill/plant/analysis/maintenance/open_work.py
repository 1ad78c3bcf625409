"""Answers for maintenance staff: work orders, the mills' failure modes, up and down times, and how useful alarms were."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from nightmill.floor import apply, empty_state
from nightmill.floor import records as floor
from nightmill.kpi import reliability
from nightmill.plant.deciders.failure_modes import NONE, FailureMode, known_cause, read_failure_modes
from nightmill.plant.deciders.failure_prediction import read_learned_lives
from nightmill.plant.deciders.maintenance import SENSOR_FAULT, WINDOW_STEP_S, MaintenanceDecider
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.layout import check_log
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S

COVERAGE = 0.9
RUN = "Close work orders while the run is live, or after `nightmill run SHOP --resume` of an interrupted one."
WINDOWS_AHEAD = 2
AHEAD_S = WINDOWS_AHEAD * WINDOW_STEP_S
MONTH_H = 30.4375 * 24


def maintenance_answer(folder: Path) -> dict[str, Any]:
    """Return the maintenance data of the shop's latest run. Raises ``BadInput`` if there is no run or the registry is wrong."""
    check_log(folder)
    shop = whole_shop(folder)
    modes = read_failure_modes(folder, shop)
    log = read_events(folder)
    until_s = max((event.at_s for event in log), default=0.0) + DAY_S
    lives = read_learned_lives(folder, shop, modes)
    state, room = empty_state(shop), MaintenanceDecider(shop, until_s, modes, lives)
    for event in log:
        apply(state, event)
        room.observe(event, state)
    orders = list(state.work_orders.values())
    end_s = max(state.now_s, 1.0)
    return {
        "shop": shop.name,
        "now_s": state.now_s,
        "coverage": COVERAGE,
        "orders": [
            {
                **_work_order_row(order, shop, modes),
                "waits_for": room.waiting(state, order.machine) if order.open else "",
            }
            for order in orders
        ],
        "failure_modes": _modes(orders, modes),
        "machines": [msgspec.to_builtins(row) for row in reliability(log, shop, end_s, COVERAGE)],
        "alarms": alarm_record(orders, modes, len(shop.cutters()) * end_s / 3600.0 / MONTH_H),
        "learned": room.learned(),
        "health_model": lives.told(),
        "health": [_dated(each, shop) for each in room.outlook(state)],
        "health_history": [
            {"at_s": event.at_s, "machine": event.fact.machine, "health": event.fact.health}
            for event in log
            if isinstance(event.fact, e.HealthAssessed)
        ],
        "sensor_faults": [
            {"at": _local(shop, event.at_s), "sensor": event.fact.subject, "fault": event.fact.text}
            for event in log
            if isinstance(event.fact, e.AlarmRaised) and event.fact.alarm == SENSOR_FAULT
        ],
    }


def _dated(health: dict[str, Any], shop: Shop) -> dict[str, Any]:
    """Return a mill's outlook with the local time of each window."""
    windows = [{"start": _local(shop, each["start_s"]), **each} for each in health["windows"]]
    return {**health, "windows": windows}


def close_work(
    folder: Path, order: str, cause: str, parts: dict[str, int], *, by: str, why: str = ""
) -> dict[str, Any]:
    """Ask the run to close a work order. Raises ``BadInput`` if the run would refuse that, as far as its log shows."""
    from nightmill.plant.requests.effects import NotPossible, consequences
    from nightmill.plant.requests.inbox import asked_here

    check_log(folder)
    shop = whole_shop(folder)
    state = empty_state(shop)
    for event in read_events(folder):
        apply(state, event)
    modes = read_failure_modes(folder, shop)
    known_cause(folder, cause, modes)
    if state.ended:
        finding = Finding(str(folder), "run", "a run that has ended", "a run that accepts requests", RUN)
        raise BadInput(finding)
    sensor = any(mode.name == cause and mode.sensor for mode in modes)
    try:
        ask = msgspec.convert(
            {"kind": "close_work", "order": order, "cause": cause, "parts": parts, "sensor_fault": sensor}, a.AnyAsk
        )
        consequences(state, shop, ask, by=by, why=why)
    except (NotPossible, msgspec.ValidationError) as error:
        remedy = "`nightmill maintenance` lists the orders."
        raise BadInput(Finding(str(folder), "work order", str(error), "completed work", remedy)) from error
    return asked_here(folder, ask, by, why)


def alarm_record(
    orders: Sequence[floor.WorkOrder], modes: Sequence[FailureMode], machine_months: float
) -> dict[str, Any]:
    """Return how useful alarms were. An alarm followed by a breakdown counts as confirmed if the alarm's signals can show the cause of the
    breakdown.

    ``missed``: breakdowns without an earlier alarm; ``undecided``: alarms without a verdict so far. ``gradual``: faults visible
    in signals, found as wear at a stop or by a breakdown; of these, ``caught_ahead`` had their alarm before the stop, or at
    least ``WINDOWS_AHEAD`` windows before the breakdown.
    """
    alarms = [order for order in orders if order.kind == "planned"]
    verdicts = Counter(_verdict(order, orders, modes) or "undecided" for order in alarms)
    overtaken = {order.overtaken_by for order in alarms}
    breakdowns = [order for order in orders if order.kind == "breakdown"]
    shown = {mode.name for mode in modes if mode.signals and not mode.sensor}
    worn = [order for order in alarms if order.verdict == "confirmed" and not order.overtaken_by]
    broken = [order for order in breakdowns if order.cause in shown]
    warned = [
        order
        for order in broken
        if any(a.overtaken_by == order.id and a.raised_s <= order.raised_s - AHEAD_S for a in alarms)
    ]
    return {
        "raised": len(alarms),
        "confirmed": verdicts["confirmed"],
        "false": verdicts["false"],
        "undecided": verdicts["undecided"],
        "overtaken": sum(bool(order.overtaken_by) for order in alarms),
        "breakdowns": len(breakdowns),
        "missed": sum(order.id not in overtaken for order in breakdowns),
        "gradual": len(worn) + len(broken),
        "caught_ahead": len(worn) + len(warned),
        "false_per_machine_month": verdicts["false"] / machine_months if machine_months > 0 else None,
    }


def _verdict(order: floor.WorkOrder, orders: Sequence[floor.WorkOrder], modes: Sequence[FailureMode]) -> str:
    if order.verdict or not order.overtaken_by:
        return order.verdict
    breakdown = next((each for each in orders if each.id == order.overtaken_by), None)
    mode = next((each for each in modes if breakdown and each.name == breakdown.cause), None)
    return "confirmed" if mode and not mode.sensor and set(mode.signals) & set(order.signals) else ""


def _work_order_row(order: floor.WorkOrder, shop: Shop, modes: Sequence[FailureMode]) -> dict[str, Any]:
    stage = "overtaken" if order.overtaken_by else "raised" if order.begun_s is None else "begun"
    if order.ended_s is not None:
        stage = "closed" if order.closed_s is not None else "done"
    mode = next((each for each in modes if each.name == order.cause), None)
    row = {"order": order.id, **{k: v for k, v in msgspec.to_builtins(order).items() if k != "id"}}
    times = {
        name.removesuffix("_s"): _local(shop, getattr(order, name))
        for name in ("raised_s", "planned_s", "begun_s", "ended_s", "closed_s")
    }
    return {
        **row,
        **times,
        "stage": stage,
        "remedy": mode.remedy if mode else "",
        "spare_parts": dict(mode.spare_parts) if mode else {},
    }


def _modes(orders: Sequence[floor.WorkOrder], modes: Sequence[FailureMode]) -> list[dict[str, Any]]:
    """Count how often each mode was the cause; causes that aren't modes come last, with ``registered`` false."""
    found = Counter(order.cause for order in orders if order.cause and order.cause != NONE)
    rows = [{**msgspec.to_builtins(mode), "registered": True, "found": found.pop(mode.name, 0)} for mode in modes]
    strange = [
        {**msgspec.to_builtins(FailureMode(cause)), "registered": False, "found": n} for cause, n in found.items()
    ]
    return [*rows, *strange]


def _local(shop: Shop, at_s: float | None) -> str:
    if at_s is None:
        return ""
    return (shop.start + timedelta(seconds=at_s)).astimezone(ZoneInfo(shop.time_zone)).isoformat(timespec="minutes")
