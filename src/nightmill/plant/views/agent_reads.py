"""Short answers about a running shop, for agents and scripts: the things a visitor to the shop floor would ask."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from nightmill.floor import ShopState, persons_at, presence_windows
from nightmill.plant.shop_state.waiting import not_planned
from nightmill.plant.views.event_text import sentence
from nightmill.plant.views.live_view import Following
from nightmill.plant.workspace.guarded_reading import draft_of
from nightmill.plant.workspace.layout import check_log, open_log
from nightmill.vocabulary import events as e
from nightmill.vocabulary import validation
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import DAY_S

LOOKED_BACK = 2000
"""Number of events from the log's end that are searched for news; four times as many if these give too few."""


class ShopReads:
    """Answer questions from the log of one shop folder; answers are plain JSON values."""

    def __init__(self, folder: Path, following: Following) -> None:
        self.folder, self.following = folder, following

    def now(self) -> dict[str, Any]:
        """Return shop time, who is present, the state of orders and mills, and the items waiting for a person."""
        now = self.following.look()
        state, windows = now.state, presence_windows(now.shop, 0.0, now.state.now_s + 7 * DAY_S, now.state.attendance)
        return {
            "shop": now.shop.name,
            "now_s": state.now_s,
            "start": now.shop.start.isoformat(),
            "time_zone": now.shop.time_zone,
            "run_unfinished": now.unfinished,
            "persons_present": persons_at(windows, state.now_s),
            "next_change_of_presence_s": min(
                (t for w in windows for t in (w.begins_s, w.ends_s) if t > state.now_s), default=None
            ),
            "orders_open": sum(o.completed_s is None and o.cancelled_s is None for o in state.orders.values()),
            "orders_late": [o.id for o in state.orders.values() if _late(o, state.now_s)],
            "mills": dict(Counter(_status(state, name) for name in state.machines)),
            "safe_holds": state.safe_holds,
            "holds": {name: len(serials) for name, serials in state.holds.items()},
            "orders_without_route": not_planned(state),
            "parts_that_can_be_made": sorted(
                name for name, route in state.routes.items() if route.certified and name not in state.refusals
            ),
        }

    def orders(self, status: str = "", after: str = "", limit: int = 50) -> dict[str, Any]:
        """Return orders by id, page by page, with their dates at the shop's gate; ``status``: open, late, done, cancelled or empty."""
        now = self.following.look()
        state = now.state
        rows = []
        for name in sorted(state.orders):
            order = state.orders[name]
            word = "cancelled" if order.cancelled_s is not None else "done" if order.completed_s is not None else "open"
            late = _late(order, state.now_s)
            if name <= after or (status == "late" and not late) or status not in {"", "late", word}:
                continue
            good = sum(state.parts[serial].disposition == "good" for serial in order.serials)
            rows.append(
                {"order": name, "part": order.item, "quantity": order.quantity, "good": good, "due_s": order.due_s,
                 "priority": order.priority, "promise_s": order.promise_s, "completed_s": order.completed_s, "status": word,
                 "late": late, "reason": order.reason, "finishing_days": now.shop.finishing_days(order.item),
                 "serials": order.serials}
            )  # fmt: skip
        return {"orders": rows[:limit], "more": len(rows) > limit}

    def machines(self, unit: str = "") -> list[dict[str, Any]]:
        """Return the mills: status, alarm, next operations, tools with minutes of life left. Raises ``BadInput`` for an unknown mill."""
        now = self.following.look()
        if unit and unit not in now.state.machines:
            known = ", ".join(now.state.machines)
            raise BadInput(Finding("unit", "", unit[:80], f"one of {known}", "Name a mill."))
        life = {str(kind.tool.number): kind.tool.life_min for kind in now.shop.tools}
        found = []
        for machine in now.state.machines.values():
            if unit and machine.id != unit:
                continue
            upcoming = [line for line in now.state.schedule if line.machine == machine.id][:5]
            tools = {
                f"T{tool}": {"minutes_left": max(0.0, life.get(tool, 60.0) - edge.minutes), "sisters": edge.sisters}
                for tool, edge in machine.edges.items()
                if unit or edge.minutes > 0
            }
            found.append(
                {"unit": machine.id, "status": _status(now.state, machine.id), "alarm": machine.alarm,
                 "out_of_service_until_s": now.state.out_of_service.get(machine.id),
                 "planned_stop_s": now.state.maintenance.get(machine.id), "cutting_h": machine.cutting_s / 3600.0,
                 "failures": len(machine.failures), "tools": tools, "next": msgspec.to_builtins(upcoming)}
            )  # fmt: skip
        return found

    def part(self, serial: str) -> dict[str, Any]:
        """Return the history of one serial part. Raises ``BadInput`` if there is none."""
        state = self.following.look().state
        part = state.parts.get(serial)
        if part is None:
            raise BadInput(
                Finding("serial", "", serial[:80], "a part of this run", "List an order to see its serials.")
            )
        story = self.following.viewed(lambda look: look.folded.story(serial, look.between))
        steps = [
            {"at_s": step.at_s, "what": step.what, "where": step.where, "detail": step.detail} for step in story.steps
        ]
        return {
            "serial": serial, "part": part.item, "order": part.order, "place": part.place, "disposition": part.disposition,
            "verdicts": part.verdicts, "held": state.held(serial), "thread_complete": story.complete, "steps": steps[-60:],
        }  # fmt: skip

    def news(self, after: int = 0, limit: int = 50) -> dict[str, Any]:
        """Return what happened, as sentences: the last ``limit`` if ``after`` is 0, else those after that log position."""
        store = open_log(self.folder, writer=False)
        try:
            version = store.version()
            if after:
                kept = list(islice(_news_rows(store.read(after)), limit))
            else:
                back = LOOKED_BACK
                while len(kept := list(_news_rows(store.read(max(0, version - back))))) < limit and back < version:
                    back *= 4
                kept = kept[-limit:]
        finally:
            store.close()
        return {"news": kept, "next": kept[-1]["seq"] if kept else version}

    def stock(self) -> dict[str, Any]:
        """Return blanks and cutting edges in stock and on order."""
        state = self.following.look().state
        return {
            "stock": state.stock,
            "tool_crib": {f"T{tool}": count for tool, count in state.crib.items()},
            "on_order": [msgspec.to_builtins(order) for order in state.purchases.values()],
        }

    def figures(self) -> dict[str, Any]:
        """Return the run's key figures (ISO 22400 and others); ``None`` for a figure that the log can't give. Raises ``BadInput`` before
        the first run.
        """
        check_log(self.folder)
        found = self.following.viewed(lambda look: look.measures)
        return {name: value for name, value in found.items() if name != "machines"}

    def mail(self, text: str, day: str) -> dict[str, Any]:
        """Return the order that a mail appears to contain: each value with the text it was read from, and open questions. No order is
        placed.
        """
        try:
            today = validation.day(day) if day else self.following.look().shop.start.date()
        except validation.Wrong as wrong:
            raise BadInput(wrong.finding("day", "", "Write it like 2026-11-02.")) from wrong
        return draft_of(text, today)


def _news_rows(events: Iterable[e.Event]) -> Iterator[dict[str, Any]]:
    for event in events:
        text = sentence(event.fact)
        if text:
            yield {"seq": event.seq, "at_s": event.at_s, "by": event.actor, "what": text, "why": event.why}


def _late(order: Any, now_s: float) -> bool:
    if order.cancelled_s is not None:
        return False
    ends = order.completed_s if order.completed_s is not None else max(now_s, order.promise_s or 0.0)
    return bool(ends > order.due_s)


def _status(state: ShopState, machine: str) -> str:
    return "out of service" if machine in state.out_of_service else state.machines[machine].status
