"""The schedule screen: completed and planned operations as columns of numbers, the reasons for an operation's time and machine, the changes
in a replan.
"""

from bisect import bisect_left
from typing import Any

import msgspec

from nightmill.api.screens.floor import is_late, people_of
from nightmill.api.screens.shop_at_moment import Seen
from nightmill.floor import ShopState, presence_windows
from nightmill.floor import records as on_floor
from nightmill.plant.proposals import NotThere
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import Finding
from nightmill.vocabulary.ids import pallet_at, unit_at
from nightmill.vocabulary.shop import Shop

STATES = ("running", "busy", "down", "maintenance", "planned")
TOUCH_S = 120.0
"""An operation that starts within this time after another ends counts as following it; the robot move and the start take time in
between.
"""
MAX_PLANS = 60


class Moved(msgspec.Struct, frozen=True):
    """An operation that a replan moved; the fields are ``None`` for a plan that doesn't contain it."""

    serial: str
    operation: str
    from_machine: str | None
    from_s: float | None
    to_machine: str | None
    to_s: float | None


def schedule(seen: Seen) -> dict[str, Any]:
    """Return the bars as columns: ``row`` (index in ``units``), ``start``, ``end`` (s), ``state`` (index in ``STATES``), ``what``
    (index in ``subjects``); also the orders with their dates, and the plans that were in force.
    """
    shop, state, now = seen.shop, seen.state, seen.now_s
    rows = {unit.id: n for n, unit in enumerate(shop.work_units)}
    bars = _Bars()
    for line in seen.folded.figures.timelines(max(now, 1.0)):
        for one in line.stretches:
            if one.state != "idle":
                bars.put(rows[line.unit], one.start_s, one.end_s, one.state, one.subject)
    for plan in state.schedule:
        part = state.parts.get(plan.serial)
        if plan.machine in rows and part is not None and _to_do(shop, part, plan.operation):
            begins_s = shop.begins_s(plan.operation, plan.start_s, plan.end_s)
            bars.put(rows[plan.machine], begins_s, plan.end_s, "planned", f"{plan.serial} {plan.operation}")
    for machine, starts in state.maintenance.items():
        if machine in rows and starts >= now:
            bars.put(rows[machine], starts, starts + shop.maintenance_s, "maintenance", "planned stop")
    return {
        "now_s": now,
        "ended": state.ended,
        "events": seen.events,
        "units": [{"id": unit.id, "kind": unit.kind} for unit in shop.work_units],
        "states": STATES,
        "bars": bars.columns(),
        "presence": people_of(seen, 0.0, max(now, bars.last_s) + 86400.0),
        "orders": [_order(seen.shop, order, now) for order in state.orders.values()],
        "plans": plans(seen),
    }


def _to_do(shop: Shop, part: on_floor.PartState, operation: str) -> bool:
    """Return whether a planned operation has not started and its part is still needed."""
    if operation in shop.treatments_left(part.item, part.treated):
        return part.disposition in {"", "good"} and unit_at(part.place) is None
    left = not (part.done(operation) or part.disposition)
    return left and operation not in shop.treatments_left(part.item, 0)


class _Bars:
    def __init__(self) -> None:
        self.row: list[int] = []
        self.start: list[float] = []
        self.end: list[float] = []
        self.state: list[int] = []
        self.what: list[int] = []
        self.subjects: dict[str, int] = {}
        self.last_s = 0.0

    def put(self, row: int, start: float, end: float, state: str, subject: str) -> None:
        self.row.append(row)
        self.start.append(round(start, 1))
        self.end.append(round(end, 1))
        self.state.append(STATES.index(state))
        self.what.append(self.subjects.setdefault(subject, len(self.subjects)))
        self.last_s = max(self.last_s, end)

    def columns(self) -> dict[str, Any]:
        return {
            "row": self.row, "start": self.start, "end": self.end, "state": self.state, "what": self.what,
            "subjects": list(self.subjects),
        }  # fmt: skip


def _order(shop: Shop, order: Any, now_s: float) -> dict[str, Any]:
    done = order.completed_s is not None
    return {
        "id": order.id, "item": order.item, "quantity": order.quantity, "due_s": order.due_s, "promise_s": order.promise_s,
        "completed_s": order.completed_s, "priority": order.priority, "late": is_late(order, now_s), "reason": order.reason,
        "state": "done" if done else "open", "finishing_days": shop.finishing_days(order.item),
    }  # fmt: skip


def plans(seen: Seen) -> list[dict[str, Any]]:
    """Return the plans that were put in force, newest first."""
    return [msgspec.to_builtins(plan) for plan in seen.plans[: -MAX_PLANS - 1 : -1]]


def diff(seen: Seen, seq: int) -> dict[str, Any]:
    """Return what the plan of event ``seq`` changed compared with the previous plan, without operations that started in between.

    Raises ``NotThere`` if the event published no plan.
    """
    at = bisect_left(seen.plans, seq, key=lambda plan: plan.seq)
    new = _published(seen, seen.plans[at].seq) if at < len(seen.plans) and seen.plans[at].seq == seq else None
    if new is None:
        raise NotThere(
            Finding(
                "log",
                f"event {seq}",
                "no plan",
                "an event that published a plan",
                "Choose one of the schedule's plans.",
            )
        )
    last = _published(seen, seen.plans[at - 1].seq) if at else None
    started = {(serial, operation) for number, serial, operation in seen.begun if number <= seq}
    before = {(row.serial, row.operation): row for row in (last.lines if last else ())}
    after = {(row.serial, row.operation): row for row in new.lines}
    moved = [
        _moved(key, before.get(key), after.get(key))
        for key in [*after, *(key for key in before if key not in after)]
        if key not in started and not _same(before.get(key), after.get(key))
    ]
    kept = len(after) - sum(each.to_s is not None for each in moved)
    return {"seq": seq, "cause": new.cause, "at_s": seen.plans[at].at_s, "kept": kept, "moved": moved}


def _published(seen: Seen, seq: int) -> e.SchedulePublished | None:
    event = seen.event(seq)
    return event.fact if event is not None and isinstance(event.fact, e.SchedulePublished) else None


def _same(was: e.ScheduleLine | None, now: e.ScheduleLine | None) -> bool:
    return was is not None and now is not None and was.machine == now.machine and abs(was.start_s - now.start_s) < 1.0


def _moved(key: tuple[str, str], was: e.ScheduleLine | None, now: e.ScheduleLine | None) -> Moved:
    return Moved(
        *key,
        was.machine if was else None,
        was.start_s if was else None,
        now.machine if now else None,
        now.start_s if now else None,
    )


def why(seen: Seen, serial: str, operation: str) -> dict[str, Any]:
    """Return the reasons for a planned operation's start and machine: which operation it follows and what else it waits for.

    Raises ``NotThere`` if no such operation is planned.
    """
    state = seen.state
    line = next((row for row in state.schedule if (row.serial, row.operation) == (serial, operation)), None)
    if line is None:
        raise NotThere(
            Finding(
                "schedule",
                f"{serial} {operation}",
                "not planned",
                "a planned operation",
                "Choose one of the schedule's bars.",
            )
        )
    return {
        "serial": serial, "operation": operation, "machine": line.machine, "mount_s": line.mount_s, "start_s": line.start_s,
        "end_s": line.end_s, "because": _causes(seen, line), "elsewhere": _elsewhere(state, line),
    }  # fmt: skip


def _causes(seen: Seen, line: e.ScheduleLine) -> list[dict[str, Any]]:
    """Return what must end or happen before the operation starts, the latest first; each with the slack to the start, s."""
    state = seen.state
    found: list[tuple[float, str, str]] = []
    on_machine = [
        row
        for row in state.schedule
        if row.machine == line.machine and row.end_s <= line.start_s + 1.0 and row is not line
    ]
    if on_machine:
        last = max(on_machine, key=lambda row: row.end_s)
        found.append((last.end_s, "machine", f"{line.machine} finishes cutting {last.serial} {last.operation}"))
    own = [
        row
        for row in state.schedule
        if row.serial == line.serial and row.end_s <= line.start_s + 1.0 and row is not line
    ]
    if own:
        last = max(own, key=lambda row: row.end_s)
        found.append((last.end_s, "part", f"its previous operation {last.operation} on {last.machine} ends"))
    part = state.parts.get(line.serial)
    cut = next((c for c in (part.cuts if part else ()) if c.finished_s is None and not c.interrupted), None)
    if cut is not None:
        found.append((seen.now_s, "part", f"its operation {cut.operation} on {cut.machine} is running now"))
    if line.mount_s < line.start_s and (part is None or pallet_at(part.place) is None):
        found.append((line.mount_s, "mounting", "a person is free to mount it"))
        window = next(
            (
                w
                for w in presence_windows(
                    seen.shop, line.mount_s - 86400.0, line.mount_s + 86400.0, seen.state.attendance
                )
                if w.begins_s <= line.mount_s + 1.0 < w.ends_s
            ),
            None,
        )
        if window is not None and line.mount_s - window.begins_s < 1800.0:
            found.append((window.begins_s, "people", "people arrive"))
    stop = state.maintenance.get(line.machine)
    if stop is not None and stop < line.start_s:
        found.append((stop + seen.shop.maintenance_s, "stop", f"a planned stop of {line.machine} ends"))
    found.append((seen.now_s, "now", "the current time"))
    found.sort(key=lambda one: -one[0])
    return [
        {
            "at_s": at,
            "kind": kind,
            "text": text,
            "slack_s": max(0.0, line.start_s - at),
            "binding": line.start_s - at <= TOUCH_S,
        }
        for at, kind, text in found
    ]


def _elsewhere(state: ShopState, line: e.ScheduleLine) -> list[dict[str, Any]]:
    """Return what the other mills do at that time."""
    found = []
    for name, machine in state.machines.items():
        if name == line.machine:
            continue
        busy = [
            row
            for row in state.schedule
            if row.machine == name and row.start_s < line.end_s and row.end_s > line.start_s
        ]
        text = (
            f"cuts {', '.join(f'{row.serial} {row.operation}' for row in busy[:2])}"
            if busy
            else "is down"
            if machine.status == "down"
            else "is free at that time"
        )
        found.append({"machine": name, "text": text, "free": not busy and machine.status != "down"})
    return found
