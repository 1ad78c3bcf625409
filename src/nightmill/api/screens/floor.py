"""The floor screen: the activity of every unit with its start, end and reason, and the matters that wait for a person."""

from collections import Counter
from typing import Any

import msgspec

from nightmill.api.screens.shop_at_moment import Seen
from nightmill.floor import ShopState, persons_at, presence_windows, stage_of
from nightmill.plant import views
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary.ids import pallet_at
from nightmill.vocabulary.shop import WorkUnit
from nightmill.vocabulary.units import DAY_S

MAX_NEWS = 40
Cuts = dict[str, tuple[str, str, float]]
"""Serial, operation and planned end of each mill's current cut."""


class UnitNow(msgspec.Struct, frozen=True):
    """A unit at one moment: ``state`` is ``cutting``, ``busy``, ``down``, ``maintenance``, ``waiting`` or ``idle``.

    ``reason`` explains the state in a sentence; ``since_s`` and ``until_s`` (as planned) in s of shop time, if known.
    """

    id: str
    kind: str
    center: str
    state: str
    subject: str
    item: str
    since_s: float | None
    until_s: float | None
    reason: str
    next: str
    next_s: float | None
    pallet: str


class Attention(msgspec.Struct, frozen=True):
    """Something that waits for a person: ``kind`` is ``safe_hold``, ``hold``, ``down``, ``late``, ``route`` or ``quarantine``."""

    kind: str
    subject: str
    text: str
    since_s: float | None
    seq: int = 0


def floor(seen: Seen) -> dict[str, Any]:
    """Return units, pallets, figures and what waits for a person."""
    shop, state, now = seen.shop, seen.state, seen.now_s
    windows = presence_windows(shop, now - DAY_S, now + 14 * DAY_S, state.attendance)
    people = persons_at(windows, now)
    back = next((w.begins_s for w in windows if w.begins_s > now), None)
    leave = max((w.ends_s for w in windows if w.begins_s <= now < w.ends_s), default=None)
    return {
        "now_s": now,
        "events": seen.events,
        "ended": state.ended,
        "people": people,
        "back_s": back,
        "leave_s": leave,
        "units": _units(seen, people),
        "pallets": [_pallet(state, name) for name in state.pallets],
        "figures": _figures(seen),
        "attention": attention(seen),
        "news": news(seen, MAX_NEWS),
    }


def head(seen: Seen) -> dict[str, Any]:
    """Return what every screen needs: names, time zone, presence, items and orders."""
    shop, state, now = seen.shop, seen.state, seen.now_s
    windows = presence_windows(shop, 0.0, now + 14 * DAY_S, state.attendance)
    return {
        "shop": shop.name,
        "currency": shop.currency,
        "time_zone": shop.time_zone,
        "start": shop.start.isoformat(),
        "now_s": now,
        "last_s": seen.last_s,
        "ended": state.ended,
        "events": seen.events,
        "presence": [[w.begins_s, w.ends_s] for w in windows],
        "parts": [{"name": part.name, "material": part.material, "price": part.price_usd} for part in shop.parts],
        "units": [{"id": unit.id, "kind": unit.kind} for unit in shop.work_units],
        "tools": [kind.tool.number for kind in shop.tools],
        "orders": [{"id": order.id, "item": order.item} for order in state.orders.values()],
        "serials": [p.serial for p in state.in_play() if not p.disposition and p.place != "none"],
    }


def _units(seen: Seen, people: int) -> list[UnitNow]:
    """Return every unit; parts and schedule are scanned once for all units."""
    cuts, ahead = _cuts(seen.state), _ahead(seen.state)
    return [_unit(unit, seen, people, cuts, ahead.get(unit.id)) for unit in seen.shop.work_units]


def _ahead(state: ShopState) -> dict[str, e.ScheduleLine]:
    """Return each mill's first schedule line that has not started."""
    found: dict[str, e.ScheduleLine] = {}
    for line in state.schedule:
        if line.machine not in found and not _started(state, line):
            found[line.machine] = line
    return found


def _unit(unit: WorkUnit, seen: Seen, people: int, cuts: Cuts, line: e.ScheduleLine | None) -> UnitNow:
    state = seen.state
    if not unit.cuts:
        command = next((x for x in state.open_commands.values() if x.unit == unit.id), None)
        reason = _doing(command) if command else _holding(state, unit.id) or "idle"
        return UnitNow(
            unit.id, unit.kind, unit.work_center, "busy" if command else "idle", getattr(command, "serial", "") or
            getattr(command, "pallet", ""), "", None, None, reason, "", None, getattr(command, "pallet", ""),
        )  # fmt: skip
    machine = state.machines[unit.id]
    pallet = state.on_unit(unit.id)
    after = f"{line.serial} {line.operation}" if line else ""
    cut = cuts.get(unit.id)
    subject = f"{cut[0]} {cut[1]}" if cut else ""
    item = state.parts[cut[0]].item if cut else ""
    until = cut[2] if cut else None
    status = machine.status
    reason = _why(seen, unit.id, line, people, cuts)
    if status == "idle":
        status = "waiting" if line is not None else "idle"
    return UnitNow(
        unit.id, unit.kind, unit.work_center, status, subject, item, seen.since.get(unit.id), until, reason, after,
        line.start_s if line else None, pallet.id if pallet else "",
    )  # fmt: skip


def _started(state: ShopState, line: e.ScheduleLine) -> bool:
    part = state.parts.get(line.serial)
    return part is None or part.done(line.operation) or bool(part.disposition)


def _cuts(state: ShopState) -> Cuts:
    found: Cuts = {}
    for part in state.in_play():
        cut = part.cuts[-1] if part.cuts else None
        if cut is not None and cut.finished_s is None and not cut.interrupted:
            route = state.routes.get(part.item)
            operations = route.operations if route else ()
            planned = next((o.takes_s(cut.machine) for o in operations if o.operation == cut.operation), 0.0)
            found.setdefault(cut.machine, (part.serial, cut.operation, cut.started_s + planned))
    return found


def _why(seen: Seen, unit: str, line: e.ScheduleLine | None, people: int, cuts: Cuts) -> str:
    """Return the reason for a mill's state, in one sentence."""
    state = seen.state
    machine = state.machines[unit]
    if machine.status == "down":
        repair = any(x.unit == unit and isinstance(x, c.RepairMachine) for x in state.open_commands.values())
        return f"{machine.alarm or 'failed'}; {'a repair is under way' if repair else 'no repair has started'}"
    if machine.status == "maintenance":
        return "planned stop: a person replaces worn parts"
    if machine.status == "cutting":
        return "cutting as planned"
    if state.safe_holds:
        subject, text = next(iter(state.safe_holds.items()))
        return f"safe hold of {subject}: {text}"
    if state.ended:
        return "the run has ended"
    if line is None:
        return (
            "no work is planned on it"
            if any(o.completed_s is None for o in state.orders.values())
            else "all orders are complete"
            if state.orders
            else "there are no orders yet"
        )
    part = state.parts[line.serial]
    if state.held(line.serial):
        return f"its next part {line.serial} is held"
    if part.place in {"none", "wip"}:
        if people:
            return f"{line.serial} waits to be mounted"
        return f"{line.serial} waits to be mounted; nobody is present"
    if line.start_s > seen.now_s + 60.0:
        return f"its next operation {line.operation} of {line.serial} is planned for later"
    pallet = state.pallet_of(line.serial)
    if pallet is not None and pallet.place != unit:
        other = cuts.get(pallet.place)
        return (
            f"{line.serial} is still on {pallet.place}"
            if other
            else f"the robot is bringing {pallet.id} with {line.serial}"
        )
    return f"{line.serial} is about to start"


_WORDS: dict[type[c.Command], str] = {
    c.MountPart: "mounts", c.DismountPart: "takes off", c.MovePallet: "moves", c.MeasurePart: "measures",
    c.TakeImage: "photographs", c.LoadTool: "loads a tool", c.MaintainMachine: "maintains", c.RepairMachine: "repairs",
    c.TreatParts: "treats", c.UnloadParts: "unloads",
}  # fmt: skip


def _doing(command: c.AnyCommand) -> str:
    what = getattr(command, "serial", "") or getattr(command, "pallet", "")
    what = what or ", ".join(getattr(command, "serials", ()))
    way = f" from {command.origin} to {command.destination}" if isinstance(command, c.MovePallet) else ""
    return f"{_WORDS.get(type(command), 'works on')} {what}{way}".strip()


def _holding(state: ShopState, unit: str) -> str:
    """Return which finished load waits in an oven or similar unit; empty if none does."""
    load = state.loads.get(unit)
    return f"{load.operation} of {', '.join(load.serials)} is done: ready to unload" if load else ""


def _pallet(state: ShopState, name: str) -> dict[str, str]:
    pallet = state.pallets[name]
    item = state.parts[pallet.serial].item if pallet.serial else ""
    return {"id": name, "place": pallet.place, "serial": pallet.serial, "item": item, "stage": stage_of(state, pallet)}


def _figures(seen: Seen) -> dict[str, float | int | None]:
    """Return counts at this moment; the run's ISO 22400 figures are on the Night screen and in ``/api/measures``."""
    orders = list(seen.state.orders.values())
    due = [o for o in orders if o.due_s <= seen.now_s or o.completed_s is not None]
    met = [o for o in due if o.completed_s is not None and o.completed_s <= o.due_s]
    counts = Counter[str]()
    for verdicts in seen.state.words.values():
        counts.update(verdicts)
    return {
        "good": counts["good"],
        "not_good": counts["scrap"] + counts["quarantine"],
        "open_orders": sum(1 for o in orders if o.completed_s is None),
        "late_orders": len([o for o in orders if is_late(o, seen.now_s)]),
        "on_time": len(met) / len(due) if due else None,
        "in_work": sum(1 for part in seen.state.in_play() if pallet_at(part.place) or part.place == "wip"),
    }


def is_late(order: Any, now_s: float) -> bool:
    """Return whether an order was finished late, or is open and overdue or promised late."""
    if order.completed_s is not None:
        return bool(order.completed_s > order.due_s)
    return bool(max(now_s, order.promise_s or 0.0) > order.due_s)


def attention(seen: Seen) -> list[Attention]:
    """Return what waits for a person, most urgent first."""
    state, now = seen.state, seen.now_s
    found = [Attention("safe_hold", subject, text, None) for subject, text in state.safe_holds.items()]
    for machine in state.machines.values():
        if machine.status == "down":
            since = machine.failures[-1] if machine.failures else None
            found.append(Attention("down", machine.id, machine.alarm or "failed", since))
    for hold, serials in state.holds.items():
        if serials:
            placed = seen.hold_places.get(hold)
            reason = placed.fact.reason if placed and isinstance(placed.fact, e.HoldPlaced) else ""
            names = ", ".join(serials[:4]) + (" …" if len(serials) > 4 else "")
            found.append(
                Attention(
                    "hold",
                    hold,
                    f"{len(serials)} {'part' if len(serials) == 1 else 'parts'} held ({names}): {reason}",
                    placed.at_s if placed else None,
                    placed.seq if placed else 0,
                )
            )
    for item, text in state.refusals.items():
        found.append(Attention("route", item, f"no certified program: {text}", None))
    wanted = {order.item for order in state.orders.values() if order.completed_s is None and order.cancelled_s is None}
    for item, route in state.routes.items():
        if route.certified and route.notes and item in wanted:
            found.append(Attention("route", item, "; ".join(route.notes), None))
    for order in state.orders.values():
        if order.completed_s is None and is_late(order, now):
            late = max(now, order.promise_s or 0.0) - order.due_s
            found.append(
                Attention(
                    "late", order.id, f"{late / 3600:.1f} h late: {order.reason or 'no reason known'}", order.due_s
                )
            )
    found += [
        Attention("quarantine", part.serial, "is in quarantine: a person must judge it", None)
        for part in state.in_play()
        if part.disposition == "quarantine"
    ]
    return found


def news(seen: Seen, count: int) -> list[dict[str, Any]]:
    """Return the latest events for people, newest first."""
    return [told(event) for event in list(seen.news)[::-1][:count]]


def told(event: e.Event) -> dict[str, Any]:
    """Return an event as a sentence, with its number, time, actor and reason."""
    kind = str(event.fact.__struct_config__.tag)
    return {
        "seq": event.seq, "at_s": event.at_s, "actor": event.actor, "kind": kind, "text": views.sentence(event.fact), "why": event.why,
    }  # fmt: skip


def people_of(seen: Seen, from_s: float, to_s: float) -> list[list[float]]:
    """Return the times when somebody is present, as pairs of shop time, s."""
    return [[w.begins_s, w.ends_s] for w in presence_windows(seen.shop, from_s, to_s, seen.state.attendance)]
