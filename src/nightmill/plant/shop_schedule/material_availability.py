"""When an operation's inputs are available: its blank, and edges for its tools; first from stock, then from open purchases."""

from collections.abc import Iterable

from nightmill.floor import ShopState, records
from nightmill.vocabulary.ids import pallet_at
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S

OVERDUE_S = 3600.0


def blank_dates(state: ShopState, shop: Shop) -> dict[str, float]:
    """Return the date (s) by serial of each unstarted part's blank; orders due first are served first."""
    blanks = {part.name: part.blank_item for part in shop.parts if part.blank_item}
    lead = {item.item: item.lead_time_days * DAY_S for item in shop.items}
    supply = {
        item: [0.0] * max(0, state.stock.get(item, 0)) + _arrivals(state, item, lead.get(item, DAY_S))
        for item in set(blanks.values())
    }
    dates: dict[str, float] = {}
    for part in _by_due_date(state, (p for p in state.in_play() if p.place == "none" and not p.disposition)):
        if part.item in blanks:
            item = blanks[part.item]
            dates[part.serial] = supply[item].pop(0) if supply[item] else _not_ordered(state, lead.get(item, DAY_S))
    return dates


def tool_dates(state: ShopState, shop: Shop) -> dict[tuple[str, str], float]:
    """Return the date (s) by serial and operation of each unstarted operation for which the shop's edges will be used up.

    Parts on pallets are served first, then orders by due date. A pallet that is loaded but has to wait for a tool is blocked; if all
    pallets are blocked in this way, the shop stops.
    """
    needs: dict[str, list[tuple[records.PartState, str, float]]] = {}
    for part in _by_due_date(state, state.in_play()):
        if part.item not in state.routes or part.disposition or part.place in {"finished", "scrap", "quarantine"}:
            continue
        for operation in state.routes[part.item].operations:
            if not any(cut.operation == operation.operation for cut in part.cuts):
                for tool, minutes in operation.tool_minutes.items():
                    needs.setdefault(tool, []).append((part, operation.operation, minutes))
    dates: dict[tuple[str, str], float] = {}
    for kind in shop.tools:
        tool, life = str(kind.tool.number), kind.tool.life_min
        wanted = needs.get(tool, [])
        held = [machine.edges[tool] for machine in state.machines.values() if tool in machine.edges]
        fresh = state.crib.get(tool, 0) + sum(edge.sisters for edge in held)
        if sum(records.edge_share(minutes, life) for _, _, minutes in wanted) <= fresh:
            continue
        lead = kind.lead_time_days * DAY_S
        used = sorted(life - edge.minutes for edge in held)
        arriving = [0.0] * fresh + _arrivals(state, f"tool:{tool}", lead)
        edges = _Edges(used, arriving, life, _not_ordered(state, lead))
        for part, operation_id, minutes in sorted(wanted, key=lambda need: pallet_at(need[0].place) is None):
            key = (part.serial, operation_id)
            dates[key] = max(dates.get(key, 0.0), edges.take(minutes))
    return {key: date for key, date in dates.items() if date > 0.0}


class _Edges:
    """The edges of one tool: used edges with their remaining life (min), and the arrival dates of new edges in order."""

    def __init__(self, used: list[float], arriving: list[float], life_min: float, afterwards_s: float) -> None:
        self.begun = [(0.0, left) for left in used]
        self.arriving = arriving
        self.life_min, self.afterwards_s = life_min, afterwards_s

    def take(self, minutes: float) -> float:
        """Use the earliest edge with just enough life left; return its date."""
        enough = [edge for edge in self.begun if edge[1] >= minutes]
        if enough:
            edge = min(enough)
            self.begun.remove(edge)
        elif self.arriving:
            edge = (self.arriving.pop(0), self.life_min)
        else:
            return self.afterwards_s
        self.begun.append((edge[0], edge[1] - minutes))
        return edge[0]


def _by_due_date(state: ShopState, parts: Iterable[records.PartState]) -> list[records.PartState]:
    return sorted(parts, key=lambda part: (state.orders[part.order].due_s, part.serial))


def _arrivals(state: ShopState, item: str, lead_s: float) -> list[float]:
    """Return when each piece on order arrives, in order of time: as promised or, if overdue, within the hour."""
    dates: list[float] = []
    for purchase in state.purchases.values():
        if purchase.item == item:
            promised_s = state.now_s + lead_s if purchase.promised_s is None else purchase.promised_s
            dates += [max(promised_s, state.now_s + OVERDUE_S)] * purchase.quantity
    return sorted(dates)


def _not_ordered(state: ShopState, lead_s: float) -> float:
    """Return when an item not yet ordered would arrive: after its lead time and half a day."""
    return state.now_s + lead_s + DAY_S / 2
