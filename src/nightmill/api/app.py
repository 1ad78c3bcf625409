"""The application: every route, what it answers, and how errors look."""

import math
import re
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.exceptions import ClientException, HTTPException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from nightmill.api.middleware.admission import Admission, say_request_id
from nightmill.api.middleware.guard import COOKIE, NOTHING, RATES, Guarding, token_of
from nightmill.api.middleware.upload_spool import Spool
from nightmill.api.problems import of_bytes, of_defect, of_http, of_nightmill
from nightmill.api.routes import prometheus, proposals, questions, screens, sign_in, uploads
from nightmill.api.routes.problem_responses import OPEN, READS, At, Description, LogPosition, allowing, named
from nightmill.api.screens.answer_cache import Answers, as_json
from nightmill.api.screens.shop_at_moment import Look, Sight
from nightmill.api.stream.event_stream import Tail, position
from nightmill.api.stream.event_stream import follow as followed
from nightmill.api.stream.log_reader import LogReader
from nightmill.plant import views
from nightmill.plant.part_planning import Pictures
from nightmill.plant.proposals import Desk, NotThere
from nightmill.plant.quoting import Offers
from nightmill.plant.requests import Access
from nightmill.plant.views import OrderView, PartView, ShopView
from nightmill.vocabulary.errors import UNREADABLE, Finding, NightmillError
from nightmill.vocabulary.events import Event
from nightmill.vocabulary.requests import AnyAsk

MAX_EVENTS = 1000
MAX_ORDERS = 100_000
OrderState = Literal["", "done", "open", "late", "cancelled"]
MAX_BODY = 64 * 1024
QUIET_S = 3.0
"""A client that doesn't say that it listens to events (``Accept``) is let go after so long without one."""
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class EventPage(msgspec.Struct, frozen=True):
    """A page of the log: ask again with ``after=next`` while ``more``."""

    events: tuple[Event, ...]
    next: int
    more: bool


class Health(msgspec.Struct, frozen=True):
    """The server is up and can read the log, which has so many events."""

    status: str
    events: int


def create_app(
    folder: Path,
    *,
    picture: screens.Picture | None = None,
    mesh: screens.Mesh | None = None,
    look: Look | None = None,
    poll_s: float = 0.5,
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]"),
    rates: Mapping[str, tuple[float, float]] = RATES,
    warm: bool = False,
    pictures: Pictures | None = None,
) -> Litestar:
    """The application over one shop folder.

    ``picture`` packs a part's mesh and paths as the page wants them, ``mesh`` a mesh alone; ``look`` answers a question about the shop at a moment, ``Sight.ask`` by default;
    ``poll_s`` is how often an open stream looks at the log. Requests for other host names than ``hosts`` are refused, so that no
    web page elsewhere can reach the shop through a name of its own (DNS rebinding). ``rates``: requests a second and at once, by
    role (``guarding.RATES``). ``warm``: make the planner ready and fold the log in the background, so that neither the first diff nor the first look waits for it.
    ``pictures``: of STEP files; by default each is meshed in a child of its own.
    """
    reader = LogReader(folder)
    description = Description([*AnyAsk.__args__, proposals.Propose, proposals.Decide, sign_in.Password], uploads.BODIES)
    desk, guarding = Desk(folder), Guarding(Access(folder), rates)
    sight, answers = Sight(reader), Answers()
    ask = look or sight.ask
    pictures, spool = pictures or Pictures(folder), Spool(folder)
    handlers = named(
        [
            *screens.handlers(sight, pictures, spool, picture, mesh),
            *_figures(ask),
            *_views(ask),
            _orders(reader, desk, sight, answers),
            *_log_routes(reader, poll_s, guarding),
            *sign_in.handlers(guarding.access, guarding),
            *proposals.handlers(desk, answers),
            *questions.handlers(desk, answers),
            *uploads.handlers(desk, Offers(folder, pictures), spool),
        ]
    )
    return Litestar(
        route_handlers=handlers,
        before_send=[allowing(handlers), say_request_id],
        on_startup=[desk.warm_up, sight.warm_up] if warm else [],
        middleware=[Admission(guarding)],
        guards=[guarding],
        request_max_body_size=MAX_BODY,
        response_headers=HEADERS,
        exception_handlers={
            NightmillError: of_nightmill,
            HTTPException: of_http,
            **dict.fromkeys(UNREADABLE, of_bytes),
            Exception: of_defect,
        },
        openapi_config=OpenAPIConfig(
            title="Nightmill",
            version="1",
            path="/openapi.json",
            render_plugins=[description],
            components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"token": []}],
            openapi_router=Router("/openapi.json", route_handlers=[], opt={"needs": NOTHING}, include_in_schema=False),
        ),
        before_request=_only(hosts),
    )


def _only(hosts: tuple[str, ...]) -> Callable[[Request[Any, Any, Any]], Awaitable[None]]:
    async def check(request: Request[Any, Any, Any]) -> None:
        asked = request.headers.get("host", "")
        if re.sub(r":\d+$", "", asked) not in hosts:
            raise ClientException(f"host {asked[:80]!r} is not served here; served: {', '.join(hosts)}")

    return check


def without_meshes(parts: tuple[PartView, ...]) -> tuple[PartView, ...]:
    """The parts without their meshes and tool paths, which never change and are most of their size."""
    return tuple(
        msgspec.structs.replace(part, preview={}, paths=[], fixture_lines=[], stock_lines=[]) for part in parts
    )


def _figures(ask: Look) -> list[HTTPRouteHandler]:
    @get("/metrics", media_type=prometheus.MEDIA_TYPE, sync_to_thread=True, responses=READS)
    def metrics() -> Response[str]:
        """The shop's figures for Prometheus."""
        return Response(ask(None, prometheus.prometheus), media_type=prometheus.MEDIA_TYPE)

    return [metrics]


def _views(ask: Look) -> list[HTTPRouteHandler]:
    @get("/api/view", sync_to_thread=True, responses=READS)
    def view(at: At = None, meshes: FromQuery[bool] = True) -> ShopView:
        """Everything that the page shows; ``meshes=false`` leaves the parts' meshes out."""
        found = ask(at, lambda seen: seen.whole())
        return found if meshes else msgspec.structs.replace(found, parts=without_meshes(found.parts))

    @get("/api/parts", sync_to_thread=True, responses=READS)
    def parts(at: At = None, meshes: FromQuery[bool] = False) -> list[dict[str, Any]]:
        """The parts with certificate, setups and cost."""
        found = ask(at, lambda seen: seen.parts)
        return [msgspec.to_builtins(part) for part in (found if meshes else without_meshes(found))]

    @get("/api/units", sync_to_thread=True, responses=READS)
    def units(at: At = None) -> list[dict[str, Any]]:
        """The work units with their timelines and health."""
        return ask(at, lambda seen: [msgspec.to_builtins(unit) for unit in seen.units])

    @get("/api/measures", sync_to_thread=True, responses=READS)
    def measures(at: At = None) -> dict[str, Any]:
        """The figures of the run; ``null`` where the log can't tell one."""
        return ask(at, lambda seen: seen.measures)

    return [view, parts, units, measures]


def _orders(reader: LogReader, desk: Desk, sight: Sight, answers: Answers) -> HTTPRouteHandler:
    def present() -> tuple[OrderView, ...]:
        reader.required()
        found: tuple[OrderView, ...] = desk.orders()
        return found

    @get("/api/orders", responses=READS)
    async def orders(
        at: At = None,
        status: Annotated[OrderState, QueryParameter(description="Only orders whose state this is.")] = "",
        item: Annotated[str, QueryParameter(max_length=200, description="Only orders of this item.")] = "",
        after: Annotated[str, QueryParameter(max_length=200, description="Only orders behind this one.")] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=MAX_ORDERS, description="Orders a page.")] = MAX_ORDERS,
    ) -> Response[list[dict[str, Any]]]:
        """The orders with due and promise dates and the reason of lateness; ``Link: rel="next"`` where a page ends before they do."""
        if at is None:
            found = await answers.of("orders", desk.following.written, present)
        else:
            past = partial(
                sight.answer, "orders", at, lambda seen: views.order_views(seen.shop, seen.state, max(at, 1.0))
            )
            found = await to_thread(past)
        if not status and not item and not after and limit == MAX_ORDERS:
            return as_json(found)
        page, last = await to_thread(_chosen, found, status, item, after, limit)
        answer = as_json(page)
        if last:
            asked = {"at": at, "status": status, "item": item, "after": last, "limit": limit}
            query = urlencode({name: value for name, value in asked.items() if value not in (None, "")})
            answer.headers["Link"] = f'</api/orders?{query}>; rel="next"'
        return answer

    return orders


def _chosen(found: bytes, status: str, item: str, after: str, limit: int) -> tuple[bytes, str]:
    """A page of the orders as JSON, and the order behind which the next page goes on; empty where there is none."""
    behind = msgspec.json.decode(found, type=list[OrderView])
    if after:
        # counted among all orders: its own state may have changed since the page before
        ids = [each.id for each in behind]
        if after not in ids:
            raise NotThere(Finding("after", after[:80], "no such order", "an order of the book", "List them anew."))
        behind = behind[ids.index(after) + 1 :]
    kept = [each for each in behind if (not status or each.state == status) and (not item or each.item == item)]
    page = kept[:limit]
    return msgspec.json.encode(page), page[-1].id if limit < len(kept) else ""


def _log_routes(reader: LogReader, poll_s: float, guarding: Guarding) -> list[HTTPRouteHandler]:
    @get("/api/events", sync_to_thread=True, responses=READS)
    def events(
        after: LogPosition = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=MAX_EVENTS, description="Events a page.")] = 100,
        kind: Annotated[str, QueryParameter(max_length=60, description="Only facts of this kind.")] = "",
    ) -> EventPage:
        """The log, page by page, in order; with ``kind``, a page may be empty though ``more`` follow."""
        if kind:
            return EventPage(*reader.of_kind(after, kind, limit))
        found = reader.after(after, limit + 1)
        kept = found[:limit]
        return EventPage(kept, kept[-1].seq if kept else after, len(found) > limit)

    tail = Tail(reader, poll_s)

    @get("/api/stream", media_type="text/event-stream", responses=READS)
    async def stream(
        request: Request[Any, Any, Any],
        after: LogPosition = 0,
        follow: Annotated[bool, QueryParameter(description="false: end at the log's end.")] = True,
    ) -> Stream:
        """The log as server-sent events; resumes after the position in ``Last-Event-ID``."""
        try:
            seen = position(request.headers.get("last-event-id")) or after
        except ValueError as error:
            raise ValidationException(str(error)) from error
        caller = request.user
        token = token_of(request.headers.get("authorization", ""), request.cookies.get(COOKIE, ""))
        listens = "text/event-stream" in request.headers.get("accept", "")
        content = followed(
            tail,
            seen,
            endless=follow,
            quiet_s=math.inf if listens else QUIET_S,
            still=lambda: guarding.living(caller, token),
        )
        return Stream(content, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @get("/health", sync_to_thread=True, opt={"needs": NOTHING}, responses=OPEN, security=[{}])
    def health() -> Health:
        """Whether the log can be read."""
        return Health("ok", reader.version())

    return [events, stream, health]
