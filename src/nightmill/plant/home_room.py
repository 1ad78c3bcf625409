"""Whether a shop could make parts that are made elsewhere today: the promise of its schedule, and its machines' hours that are free."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from nightmill.plant import shop_answers
from nightmill.plant.ahead_answers import promise_routes
from nightmill.plant.planning import RouteRecord
from nightmill.schedule import ahead
from nightmill.vocabulary.errors import BadInput

WEEKS = 8
"""How far the shop's load is looked at; a year is taken to go on like that."""
DAY_S = 86400.0


class HomePart(msgspec.Struct, frozen=True):
    """What a part asks of home: machine hours a year, and the days after which the next lot would be done (``None``: not certified, no promise).

    ``fits``: with all parts ranked before it that are worth bringing home, the machines have the hours.
    """

    part: str
    needed_h_year: float
    promise_days: float | None = None
    first_in_line_days: float | None = None
    fits: bool = False


class HomeRoom(msgspec.Struct, frozen=True):
    """Hours a year of home's mills, those that its open orders ask for (left out where the parts are those orders), and the parts."""

    shop: str
    machine_h_year: float
    busy_h_year: float
    parts: tuple[HomePart, ...] = ()


def lot_promises(
    folder: Path, routes: Sequence[tuple[RouteRecord, float]], lots: float
) -> dict[str, tuple[float, float]]:
    """For each certified route with its pieces a year: days to one of ``lots`` a year beside all that is planned, and first in line."""
    certified = [(route, max(1, round(year / lots))) for route, year in routes if route.certified]
    try:
        found, now_s = promise_routes(folder, certified)
    except BadInput:
        return {}
    return {
        route.part: ((promise.promise_s - now_s) / DAY_S, (promise.first_in_line_s - now_s) / DAY_S)
        for (route, _), promise in zip(certified, found, strict=True)
    }


def with_promise(request: Any, home: str, folder: Path, promises: dict[str, tuple[float, float]]) -> Any:
    """The request with home's lead time as the schedule has it: at least first in line, at most half as long again as promised."""
    from nightmill.economics import OwnFact

    if request.part not in promises:
        return request
    days, first = promises[request.part]
    source = f"schedule of {folder.resolve().name}: a lot beside all open orders"
    lead = OwnFact(home, "lead_days", days, min(first, days), 1.5 * days, source, "B")
    return msgspec.structs.replace(request, own=(*request.own, lead))


def hours_year(request: Any) -> float:
    """Machine hours a year, scrap included."""
    return float(request.machine_min / 60.0 * request.quantity_year / (1.0 - request.scrap_share))


def home_room(folder: Path, *, own_parts: bool = False) -> HomeRoom:
    """Hours of the shop's mills in a year like its next weeks; ``own_parts``: its open orders are the parts asked about."""
    shop, state = shop_answers.live_shop(folder)
    problem = shop_answers.problem_at(shop, state)
    mills = {unit.id for unit in shop.units("mill")}
    rows = [row for row in ahead.rough_cut(problem, weeks=WEEKS).weeks if row.resource in mills]
    year = 365.0 / 7.0 / WEEKS
    busy = 0.0 if own_parts else sum(row.load_h for row in rows) * year
    return HomeRoom(shop.name, sum(row.capacity_h for row in rows) * year, busy)


def fill(
    room: HomeRoom, asked: Iterable[tuple[str, float, bool]], promises: dict[str, tuple[float, float]]
) -> HomeRoom:
    """The room with parts in their order: name, hours a year, and whether it is worth bringing home; those take the hours."""
    left = room.machine_h_year - room.busy_h_year
    parts = []
    for part, hours, worth in asked:
        fits = hours <= left
        left -= hours if worth and fits else 0.0
        days, first = promises.get(part, (None, None))
        parts.append(HomePart(part, hours, days, first, fits))
    return msgspec.structs.replace(room, parts=tuple(parts))
