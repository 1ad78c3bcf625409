"""Resources of a planned stop: spare parts reserved for it, and an available technician.

Spares are those of the failure mode that the alarm's signals indicate. They are reserved from the planning of the stop until its work
order is closed or superseded. Missing spares are purchased, and the stop waits for them. If a shop lists no technicians, its own people
do the work.
"""

import bisect
import math
from collections.abc import Sequence

import msgspec

from nightmill.floor import ShopState, presence_windows
from nightmill.floor import records as on_floor
from nightmill.plant.deciders.failure_modes import FailureMode
from nightmill.vocabulary.shop import Shop, Technician
from nightmill.vocabulary.units import DAY_S

LATE_S = DAY_S / 2
"""How late a spare may be without an alarm: the shop's stock review interval."""


def spares_for(modes: Sequence[FailureMode], signals: Sequence[str]) -> dict[str, int]:
    """Return the spare parts for the failure mode that shares the most signals with an alarm (the first such mode if there is a tie)."""
    fitting = [mode for mode in modes if not mode.sensor and set(mode.signals) & set(signals)]
    best = max(fitting, key=lambda mode: len(set(mode.signals) & set(signals)), default=None)
    return dict(best.spare_parts) if best else {}


def missing(state: ShopState, spares: dict[str, int], order: str = "") -> dict[str, int]:
    """Return how many of each spare are missing for ``order``: the number not in stock, after the reservations for work orders raised
    earlier.
    """
    short = {item: count - state.free_stock(item, order) for item, count in spares.items()}
    return {item: count for item, count in short.items() if count > 0}


def _lead_s(shop: Shop, item: str) -> float:
    """Return the time (s) from order to delivery for a spare or a tool edge (``tool:NUMBER``)."""
    days = [each.lead_time_days for each in shop.items if each.item == item]
    days += [each.lead_time_days for each in shop.tools if f"tool:{each.tool.number}" == item]
    return days[0] * DAY_S if days else 0.0


def arrival_s(state: ShopState, shop: Shop, spares: dict[str, int], order: str = "") -> float:
    """Return when the last missing spare will arrive: as promised by the supplier, or else after the lead time, counted from now."""
    latest = state.now_s
    for item, short in missing(state, spares, order).items():
        lead_s = _lead_s(shop, item)
        coming = sorted(
            (each.promised_s if each.promised_s is not None else state.now_s + lead_s, each.quantity)
            for each in state.purchases.values()
            if each.item == item
        )
        when = state.now_s + lead_s
        for at_s, quantity in coming:
            short -= quantity
            if short <= 0:
                when = at_s
                break
        latest = max(latest, when)
    return latest


def overdue(state: ShopState, shop: Shop, order: on_floor.WorkOrder) -> dict[str, str]:
    """Return the spares that a planned stop waits for and that are more than ``LATE_S`` overdue, each with its status.

    A spare is due on the date promised for the purchase that covers the shortage or, without a promise, one lead time after the order
    was raised.
    """
    found = {}
    for item, short in missing(state, order.spares, order.id).items():
        placed = [each for each in state.purchases.values() if each.item == item]
        expected_s = order.raised_s + _lead_s(shop, item)
        covered = 0
        for each in sorted(placed, key=lambda each: math.inf if each.promised_s is None else each.promised_s):
            expected_s = expected_s if each.promised_s is None else each.promised_s
            covered += each.quantity
            if covered >= short:
                break
        if state.now_s <= expected_s + LATE_S:
            continue
        known = ", ".join(each.id for each in placed) or "no purchase order"
        late = f"{(state.now_s - expected_s) / 3600.0:.0f} h late"
        found[item] = (
            f"{order.machine} waits with {order.id} for {short} {item}, {late} ({known}): ask the supplier, fetch the spares, or "
            f"take {order.machine} out of service"
        )
    return found


class Technicians(msgspec.Struct, frozen=True):
    """Who may service mills, and when: ``hours`` as start and end (s of shop time), with a notice period, one machine at a time."""

    known: dict[str, Technician]
    hours: dict[str, tuple[tuple[float, float], ...]]

    @classmethod
    def of(cls, shop: Shop, until_s: float) -> "Technicians":
        """Return the shop's technicians, up to ``until_s`` of shop time."""
        hours = {
            each.name: tuple(
                (window.begins_s, window.ends_s)
                for window in presence_windows(msgspec.structs.replace(shop, shifts=(each.shift,)), 0.0, until_s)
            )
            for each in shop.technicians
        }
        return cls({each.name: each for each in shop.technicians}, hours)

    def named(self) -> bool:
        """Return whether the shop lists any technicians."""
        return bool(self.known)

    def for_stop(
        self,
        state: ShopState,
        machine: str,
        start_s: float,
        duration_s: float,
        taken: Sequence[on_floor.WorkOrder] = (),
    ) -> str | None:
        """Return a technician who could do a stop at that time; None if there is nobody. ``taken``: orders being planned in the same
        turn.
        """
        mine = state.work_on(machine)
        called_s = mine.raised_s if mine is not None else state.now_s
        for name, who in self.known.items():
            if start_s < called_s + who.notice_h * 3600.0 - 1.0 or not self._is_present(
                name, start_s, start_s + duration_s
            ):
                continue
            if not any(
                each.technician == name
                and each.open
                and each.machine != machine
                and each.planned_s is not None
                and each.planned_s < start_s + duration_s
                and start_s < _ends_s(each, each.planned_s + duration_s, state.now_s)
                for each in (*state.work_orders.values(), *taken)
            ):
                return name
        return None

    def _is_present(self, name: str, from_s: float, to_s: float) -> bool:
        """Return whether the technician is present for the whole time."""
        hours = self.hours[name]
        last = bisect.bisect_right(hours, from_s, key=lambda window: window[0]) - 1
        return last >= 0 and to_s <= hours[last][1]

    def waits(self, state: ShopState, order: on_floor.WorkOrder) -> str:
        """Return why the technician for a stop can't start now; empty if nothing prevents it."""
        if not order.technician or order.technician not in self.known:
            return ""
        if not self._is_present(order.technician, state.now_s, state.now_s + 1.0):
            return f"{order.technician} is not there"
        elsewhere = next(
            (
                each.machine
                for each in state.work_orders.values()
                if each.open
                and each.begun_s is not None
                and each.technician == order.technician
                and each.id != order.id
            ),
            "",
        )
        return f"{order.technician} is at {elsewhere}" if elsewhere else ""


def _ends_s(order: on_floor.WorkOrder, planned_end_s: float, now_s: float) -> float:
    """Return when work on an order ends: as planned, or now if the planned time has passed and the work is still in progress."""
    return planned_end_s if order.begun_s is None else max(planned_end_s, now_s + 1.0)


def waits_for(state: ShopState, order: on_floor.WorkOrder, technicians: Technicians) -> str:
    """Return, as text, the things a planned stop waits for; empty if it could start."""
    short = missing(state, order.spares, order.id)
    parts = ", ".join(f"{count} {item}" for item, count in short.items())
    return "; ".join(text for text in (f"{parts} to come" if parts else "", technicians.waits(state, order)) if text)
