"""Routes for questions about the shop: why an order is late, when a new order could be finished, what the night needs, what is on hold."""

from typing import Annotated, Any
from urllib.parse import unquote

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter, QueryParameter

from nightmill.api.middleware.guard import READ
from nightmill.api.routes.problem_responses import FROM_0, READS, At
from nightmill.api.screens.answer_cache import Answers, as_json
from nightmill.plant.proposals import Desk
from nightmill.plant.quoting import SplitLimits


class Hold(msgspec.Struct, frozen=True):
    """A hold that waits for a person: ``kind`` is ``safe_hold`` (the cell is stopped) or ``parts`` (``serials`` may not continue)."""

    hold: str
    kind: str
    text: str
    serials: tuple[str, ...] = ()


MOST_PLAYED = 100
"""Largest order, in pieces, for which the twin simulates the chances while the caller waits."""


def handlers(desk: Desk, answers: Answers) -> list[HTTPRouteHandler]:
    """Return the routes of this module."""

    def held() -> tuple[Hold, ...]:
        return tuple(Hold(*each) for each in desk.holds())

    @get("/api/holds", opt={"needs": READ}, responses=READS)
    async def holds() -> Response[tuple[Hold, ...]]:
        """Return the open holds, those of the whole cell first."""
        return as_json(await answers.of("holds", desk.following.written, held))

    @get("/api/late/{order:path}", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def late(request: Request[Any, Any, Any], order: Annotated[str, PathParameter(min_length=1)]) -> dict[str, Any]:
        """Return why an order is late: causes whose hours add up, and what would change it. Escape special characters of the name, ``/`` as ``%2F``."""
        # the router merges repeated slashes; the raw path still has them
        return dict(desk.why_late(unquote(request.scope["raw_path"].partition(b"/api/late/")[2]) or order[1:]))

    @get("/api/promise", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def promise(
        part: Annotated[str, QueryParameter(min_length=1, max_length=120)],
        quantity: Annotated[int, QueryParameter(ge=1, le=1000)] = 1,
        due_s: At = None,
        chances: Annotated[
            bool,
            QueryParameter(
                description="Also estimate with the twin how likely the dates are; if false, return only the plan's dates, immediately."
            ),
        ] = True,
    ) -> dict[str, Any]:
        """Return when an order that isn't booked yet could be finished: with the current plan unchanged, and with top priority."""
        # the twin simulates each piece, so large orders get only the plan's dates
        return dict(desk.promise(part, quantity, due_s, chances=chances and quantity <= MOST_PLAYED))

    @get("/api/sites", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def sites(
        part: Annotated[str, QueryParameter(min_length=1, max_length=120)],
        quantity: Annotated[int, QueryParameter(ge=1, le=1_000_000, description="Parts a year.")] = 100,
        override: Annotated[
            list[str] | None,
            QueryParameter(max_items=20, description="SITE.FACT=VALUE: assume this value; SITE * is every site."),
        ] = None,
        loss_limit: Annotated[
            float | None,
            QueryParameter(
                ge=0,
                le=1,
                schema_extra=FROM_0,
                description="Also split the volume: limit of the loss caused by site outages in the worst 5 % of years, as a share of the cost.",
            ),
        ] = None,
        keep_share: Annotated[
            float,
            QueryParameter(
                ge=0,
                le=1,
                schema_extra=FROM_0,
                description="Share of the demand that must still be met while any one site is down.",
            ),
        ] = 0.0,
    ) -> dict[str, Any]:
        """Return where to make a given yearly quantity of a part: landed cost at every site with its facts, break-evens, a split over sites."""
        own = tuple(each for each in override or () if each)
        split = None if loss_limit is None else SplitLimits(loss_limit, keep_share)
        return dict(desk.compared_sites(part, quantity, own, split))

    @get("/api/night", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def night() -> dict[str, Any]:
        """Return what the next unattended hours need, when somebody will be needed, and what happened last night."""
        return dict(desk.night())

    return [holds, late, promise, sites, night]
