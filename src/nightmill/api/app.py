"""The application: all routes, their answers, and the form of errors."""

import math
import re
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
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
from nightmill.plant.part_preview import Pictures
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
"""A stream ends after this time without an event, if the client's ``Accept`` header doesn't name event streams."""
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class EventPage(msgspec.Struct, frozen=True):
    """A page of the log; while ``more`` is true, request the next page with ``after=next``."""

    events: tuple[Event, ...]
    next: int
    more: bool


class Health(msgspec.Struct, frozen=True):
    """The server is up and can read the log, which has ``events`` events."""

    status: str
    events: int


@dataclass(frozen=True)
class AppSettings:
    """Settings for the application that serves a shop.

    ``picture`` encodes a part's mesh and paths for the page, ``mesh`` only a mesh; ``look`` answers a question about the shop at a given
    time, by default ``Sight.ask``; ``poll_s``: interval at which an open stream reads the log. Requests for other host names than
    ``hosts`` are refused, so that no
    other web page can reach the shop through its own host name (DNS rebinding). ``rates``: requests per second and per burst, by
    role (``guard.RATES``). ``warm``: prepare the planner and fold the log in the background, so that the first diff and the first screen don't wait for it.
    ``pictures``: makes 3D views of STEP files; by default each is meshed in a separate child process.
    """

    picture: screens.Picture | None = None
    mesh: screens.Mesh | None = None
    look: Look | None = None
    poll_s: float = 0.5
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    rates: Mapping[str, tuple[float, float]] = field(default_factory=lambda: RATES)
    warm: bool = False
    pictures: Pictures | None = None


USUAL = AppSettings()


def create_app(folder: Path, settings: AppSettings = USUAL) -> Litestar:
    """Return the application for one shop folder."""
    reader = LogReader(folder)
    description = Description([*AnyAsk.__args__, proposals.Propose, proposals.Decide, sign_in.Password], uploads.BODIES)
    desk, guarding = Desk(folder), Guarding(Access(folder), settings.rates)
    sight, answers = Sight(reader), Answers()
    ask = settings.look or sight.ask
    pictures, spool = settings.pictures or Pictures(folder), Spool(folder)
    handlers = named(
        [
            *screens.handlers(sight, pictures, spool, settings.picture, settings.mesh),
            *_figures(ask),
            *_views(ask),
            _orders(reader, desk, sight, answers),
            *_log_routes(reader, settings.poll_s, guarding),
            *sign_in.handlers(guarding.access, guarding),
            *proposals.handlers(desk, answers),
            *questions.handlers(desk, answers),
            *uploads.handlers(desk, Offers(folder, pictures), spool),
        ]
    )
    return Litestar(
        route_handlers=handlers,
        before_send=[allowing(handlers), say_request_id],
        on_startup=[desk.warm_up, sight.warm_up] if settings.warm else [],
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
        before_request=_only(settings.hosts),
    )


def _only(hosts: tuple[str, ...]) -> Callable[[Request[Any, Any, Any]], Awaitable[None]]:
    async def check(request: Request[Any, Any, Any]) -> None:
        asked = request.headers.get("host", "")
        if re.sub(r":\d+$", "", asked) not in hosts:
            raise ClientException(f"host {asked[:80]!r} is not served here; served hosts: {', '.join(hosts)}")

    return check


def without_meshes(parts: tuple[PartView, ...]) -> tuple[PartView, ...]:
    """Return the parts without meshes and tool paths, which never change and make up most of their size."""
    return tuple(
        msgspec.structs.replace(part, preview={}, paths=[], fixture_lines=[], stock_lines=[]) for part in parts
    )


def _figures(ask: Look) -> list[HTTPRouteHandler]:
    @get("/metrics", media_type=prometheus.MEDIA_TYPE, sync_to_thread=True, responses=READS)
    def metrics() -> Response[str]:
        """Return the shop's figures for Prometheus."""
        return Response(ask(None, prometheus.prometheus), media_type=prometheus.MEDIA_TYPE)

    return [metrics]


def _views(ask: Look) -> list[HTTPRouteHandler]:
    @get("/api/view", sync_to_thread=True, responses=READS)
    def view(at: At = None, meshes: FromQuery[bool] = True) -> ShopView:
        """Return everything that the page shows; ``meshes=false`` omits the parts' meshes."""
        found = ask(at, lambda seen: seen.whole())
        return found if meshes else msgspec.structs.replace(found, parts=without_meshes(found.parts))

    @get("/api/parts", sync_to_thread=True, responses=READS)
    def parts(at: At = None, meshes: FromQuery[bool] = False) -> list[dict[str, Any]]:
        """Return the parts with certificate, setups and cost."""
        found = ask(at, lambda seen: seen.parts)
        return [msgspec.to_builtins(part) for part in (found if meshes else without_meshes(found))]

    @get("/api/units", sync_to_thread=True, responses=READS)
    def units(at: At = None) -> list[dict[str, Any]]:
        """Return the work units with their timelines and health."""
        return ask(at, lambda seen: [msgspec.to_builtins(unit) for unit in seen.units])

    @get("/api/measures", sync_to_thread=True, responses=READS)
    def measures(at: At = None) -> dict[str, Any]:
        """Return the figures of the run; ``null`` if the log doesn't contain one."""
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
        status: Annotated[OrderState, QueryParameter(description="Only orders in this state.")] = "",
        item: Annotated[str, QueryParameter(max_length=200, description="Only orders of this item.")] = "",
        after: Annotated[str, QueryParameter(max_length=200, description="Only orders after this one.")] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=MAX_ORDERS, description="Orders per page.")] = MAX_ORDERS,
    ) -> Response[list[dict[str, Any]]]:
        """Return the orders with due and promise dates and the reason for lateness; ``Link: rel="next"`` if there are more."""
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
            parameters = {"at": at, "status": status, "item": item, "after": last, "limit": limit}
            query = urlencode({name: value for name, value in parameters.items() if value not in (None, "")})
            answer.headers["Link"] = f'</api/orders?{query}>; rel="next"'
        return answer

    return orders


def _chosen(found: bytes, status: str, item: str, after: str, limit: int) -> tuple[bytes, str]:
    """Return a page of the orders as JSON, and the order after which the next page continues; empty if there is none."""
    behind = msgspec.json.decode(found, type=list[OrderView])
    if after:
        # searched among all orders: its state may have changed since the previous page
        ids = [each.id for each in behind]
        if after not in ids:
            raise NotThere(Finding("after", after[:80], "no such order", "an existing order", "List the orders again."))
        behind = behind[ids.index(after) + 1 :]
    kept = [each for each in behind if (not status or each.state == status) and (not item or each.item == item)]
    page = kept[:limit]
    return msgspec.json.encode(page), page[-1].id if limit < len(kept) else ""


def _log_routes(reader: LogReader, poll_s: float, guarding: Guarding) -> list[HTTPRouteHandler]:
    @get("/api/events", sync_to_thread=True, responses=READS)
    def events(
        after: LogPosition = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=MAX_EVENTS, description="Events per page.")] = 100,
        kind: Annotated[str, QueryParameter(max_length=60, description="Only facts of this kind.")] = "",
    ) -> EventPage:
        """Return the log page by page, in order; with ``kind``, a page may be empty although ``more`` is true."""
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
        follow: Annotated[bool, QueryParameter(description="If false, end at the log's end.")] = True,
    ) -> Stream:
        """Return the log as server-sent events, starting after the position in ``Last-Event-ID``."""
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
        """Return whether the log can be read."""
        return Health("ok", reader.version())

    return [events, stream, health]
