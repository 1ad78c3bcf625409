"""The check whether a shop could make parts that are made elsewhere today: its schedule's promise, and its machines' free hours."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from nightmill.plant.analysis.scheduling.promise import LotPromise, promise_lots
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.shop_schedule.whole_plan import problem_at
from nightmill.plant.shop_state.live import live_shop, uncounted
from nightmill.scheduling import ahead
from nightmill.vocabulary.units import DAY_S

if TYPE_CHECKING:
    from nightmill.costing import SiteRequest

WEEKS = 8
"""Number of weeks of the shop's load that are examined; the year is assumed to continue in the same way."""


class HomePart(msgspec.Struct, frozen=True):
    """A part's needs at the home site: machine hours a year, and the days until the next lot would be done, or ``why`` there is no date.

    ``fits``: the machines have the hours for this part and for all higher-ranked parts that are worth bringing home.
    """

    part: str
    needed_h_year: float
    promise_days: float | None = None
    first_in_line_days: float | None = None
    fits: bool = False
    why: str = ""


class HomeCapacity(msgspec.Struct, frozen=True):
    """Hours a year of the home site's mills, hours needed by its open orders (left out if the parts are those orders), and the parts.

    ``not_counted``: parts with open orders that the home site hasn't planned yet; hours and promises leave those orders out.
    """

    shop: str
    machine_h_year: float
    busy_h_year: float
    parts: tuple[HomePart, ...] = ()
    not_counted: tuple[str, ...] = ()


def lot_promises(
    folder: Path, routes: Sequence[tuple[RouteRecord, float]], lots: float = 12.0
) -> dict[str, LotPromise]:
    """Return, by part, for each certified route with its pieces a year, the date for one of ``lots`` lots a year."""
    certified = [(route, max(1, round(year / lots))) for route, year in routes if route.certified]
    found = promise_lots(folder, certified) if certified else ()
    return {route.part: promise for (route, _), promise in zip(certified, found, strict=True)}


def with_promise(request: "SiteRequest", home: str, folder: Path, promises: dict[str, LotPromise]) -> "SiteRequest":
    """Return the request with the home site's lead time from the schedule: between that of an empty shop and one and a half times the
    promise.
    """
    from nightmill.costing import OwnFact

    promise = promises.get(request.part)
    if promise is None or promise.promise_s is None or promise.first_in_line_s is None:
        return request
    days = promise.promise_s / DAY_S
    beside = (
        f"open orders, without those of {', '.join(promise.not_counted)}" if promise.not_counted else "all open orders"
    )
    source = f"schedule of {folder.resolve().name}: a lot in addition to {beside}"
    lead = OwnFact(home, "lead_days", days, min(promise.first_in_line_s / DAY_S, days), 1.5 * days, source, "B")
    return msgspec.structs.replace(request, own=(*request.own, lead))


def hours_year(request: "SiteRequest") -> float:
    """Return machine hours a year, scrap included."""
    return request.machine_min / 60.0 * request.quantity_year / (1.0 - request.scrap_share)


def home_room(folder: Path, *, own_parts: bool = False) -> HomeCapacity:
    """Return the shop's mill hours in a year extrapolated from its next weeks; ``own_parts``: its open orders are the parts in question."""
    shop, state = live_shop(folder, planning=False)
    problem = problem_at(shop, state)
    mills = {unit.id for unit in shop.cutters()}
    rows = [row for row in ahead.rough_cut(problem, weeks=WEEKS).weeks if row.resource in mills]
    year = 365.0 / 7.0 / WEEKS
    busy = 0.0 if own_parts else sum(row.load_h for row in rows) * year
    hours = sum(row.capacity_h for row in rows) * year
    return HomeCapacity(shop.name, hours, busy, not_counted=uncounted(state))


def fill(room: HomeCapacity, asked: Iterable[tuple[str, float, bool]], promises: dict[str, LotPromise]) -> HomeCapacity:
    """Add parts in their order (name, hours a year, whether it is worth bringing home) to the capacity; those worth it use up hours."""
    left = room.machine_h_year - room.busy_h_year
    parts = []
    for part, hours, worth in asked:
        fits = hours <= left
        left -= hours if worth and fits else 0.0
        one = promises.get(part, LotPromise(None, None, "its route isn't certified"))
        days = [None if each is None else each / DAY_S for each in (one.promise_s, one.first_in_line_s)]
        parts.append(HomePart(part, hours, days[0], days[1], fits, one.why))
    return msgspec.structs.replace(room, parts=tuple(parts))
