"""The control room's routes: eight pages with one shell, its assets, and a read model a screen under ``/api/screens``.

Shell and assets hold no data of the shop. Every read model takes ``?at=SECONDS`` of shop time and only reads.
"""

import gzip
from functools import cache
from typing import Annotated, Any, Protocol

from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from nightmill.api import screens_floor, screens_part, screens_schedule, screens_shop
from nightmill.api.described import READS
from nightmill.api.guarding import NOTHING, READ
from nightmill.api.log_reader import LogReader
from nightmill.api.looking import Looking
from nightmill.api.screens_seen import Sight
from nightmill.plant import PartView

SCREENS = ("floor", "schedule", "part", "quality", "machines", "stock", "money", "night")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
At = Annotated[float | None, QueryParameter(ge=0, description="Shop time in s; left out: now.")]


class Pages(Protocol):
    """The page's files, and how it wants pictures packed."""

    def shell(self) -> str:
        """The HTML of every page."""
        ...

    def version(self) -> str:
        """A mark that changes with any of the assets."""
        ...

    def asset(self, name: str) -> tuple[str, str] | None:
        """Text and media type of a script or style, or ``None``."""
        ...

    def picture(self, part: PartView, /) -> PartView:
        """The part with its mesh and paths packed."""
        ...


def handlers(reader: LogReader, looking: Looking, pages: Pages | None) -> list[HTTPRouteHandler]:
    """All routes of the control room."""
    sight = Sight(reader, looking)
    return [*_pages(pages), *_present(sight), *_parts(sight, pages), *_shop(sight)]


def _json(body: bytes) -> Response[bytes]:
    return Response(body, media_type=MediaType.JSON, headers={"Cache-Control": "no-store"})


@cache
def _gzipped(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def _pages(pages: Pages | None) -> list[HTTPRouteHandler]:
    paths = ["/", *(f"/{name}" for name in SCREENS), "/part/{_name:str}"]

    @get(paths, media_type=MediaType.HTML, include_in_schema=False, opt={"needs": NOTHING})
    async def page() -> Response[str]:
        """The shell: the same for every screen."""
        if pages is None:
            raise NotFoundException("this server has no page; see /openapi.json")
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        return Response(pages.shell(), media_type=MediaType.HTML, headers=headers)

    @get("/assets/{version:str}/{name:path}", include_in_schema=False, opt={"needs": NOTHING})
    async def asset(request: Request[Any, Any, Any], version: FromPath[str], name: FromPath[str]) -> Response[bytes]:
        """A script or a style of the page; what a version holds never changes."""
        found = pages.asset(name.lstrip("/")) if pages else None
        if found is None:
            raise NotFoundException(f"no asset {name[:80]!r}")
        kept = "public, max-age=31536000, immutable" if pages and version == pages.version() else "no-cache"
        headers = {"Cache-Control": kept, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
        packs = "gzip" in request.headers.get("accept-encoding", "")
        body = _gzipped(found[0]) if packs else found[0].encode()
        return Response(body, media_type=found[1], headers=headers | ({"Content-Encoding": "gzip"} if packs else {}))

    return [page, asset]


def _present(sight: Sight) -> list[HTTPRouteHandler]:
    @get("/api/screens/head", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def head_screen(at: At = None) -> Response[bytes]:
        """Names, time zone, presence, items, units and orders: what every screen needs."""
        return _json(sight.answer("head", at, screens_floor.head))

    @get("/api/screens/floor", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def floor_screen(at: At = None) -> Response[bytes]:
        """What every unit does and why, where the pallets are, what waits for a person."""
        return _json(sight.answer("floor", at, screens_floor.floor))

    @get("/api/screens/schedule", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def schedule_screen(at: At = None) -> Response[bytes]:
        """What was done and is planned, as columns; orders; the plans that were in force."""
        return _json(sight.answer("schedule", at, screens_schedule.schedule))

    @get("/api/screens/why", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def why_screen(serial: FromQuery[str], operation: FromQuery[str], at: At = None) -> Response[bytes]:
        """Why a planned operation stands when and where it does."""
        return _json(
            sight.answer("why", at, lambda seen: screens_schedule.why(seen, serial, operation), serial, operation)
        )

    @get("/api/screens/replan", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def replan_screen(seq: FromQuery[int], at: At = None) -> Response[bytes]:
        """What the plan of event ``seq`` moved against the plan before it."""
        return _json(sight.answer("replan", at, lambda seen: screens_schedule.diff(seen, seq), seq))

    @get("/api/screens/night", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def night_screen(at: At = None) -> Response[bytes]:
        """What will happen until people are back, the next intervention, and the exceptions."""
        return _json(sight.answer("night", at, screens_shop.night))

    return [head_screen, floor_screen, schedule_screen, why_screen, replan_screen, night_screen]


def _parts(sight: Sight, pages: Pages | None) -> list[HTTPRouteHandler]:
    packed = pages.picture if pages else (lambda part: part)

    @get("/api/screens/parts", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def parts_screen(at: At = None) -> Response[bytes]:
        """All planned parts in one line each."""
        return _json(sight.answer("parts", at, lambda seen: screens_part.parts(sight.view(at))))

    @get("/api/screens/part/{name:str}", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def part_screen(name: FromPath[str], at: At = None) -> Response[bytes]:
        """One part: picture, setups, tool paths, certificate, characteristics with results."""
        return _json(sight.answer("part", at, lambda seen: screens_part.part(seen, sight.view(at), name, packed), name))

    @get("/api/screens/quality", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def quality_screen(at: At = None) -> Response[bytes]:
        """All control charts in one line each, pictures with verdicts, parts that weren't good."""
        return _json(sight.answer("quality", at, lambda seen: screens_part.quality(seen, sight.view(at))))

    @get("/api/screens/chart", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def chart_screen(family: FromQuery[str], at: At = None) -> Response[bytes]:
        """The points of one control chart."""
        return _json(sight.answer("chart", at, lambda seen: screens_part.chart(sight.view(at), family), family))

    return [parts_screen, part_screen, quality_screen, chart_screen]


def _shop(sight: Sight) -> list[HTTPRouteHandler]:
    @get("/api/screens/machines", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def machines_screen(at: At = None) -> Response[bytes]:
        """Health, use, tools and next planned stop of every unit."""
        return _json(sight.answer("machines", at, lambda seen: screens_shop.machines(seen, sight.view(at))))

    @get("/api/screens/stock", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def stock_screen(at: At = None) -> Response[bytes]:
        """Items over time, purchases under way, edges in the crib, when each item runs out."""
        return _json(sight.answer("stock", at, lambda seen: screens_shop.stock(seen, sight.view(at))))

    @get("/api/screens/money", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def money_screen(at: At = None) -> Response[bytes]:
        """Real cost by factor, and the comparison of sites."""
        return _json(sight.answer("money", at, lambda seen: screens_shop.money(sight.view(at))))

    @get("/api/screens/facts", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def facts_screen(part: FromQuery[str], at: At = None) -> Response[bytes]:
        """The facts behind one part's comparison of sites: source, date, grade."""
        return _json(sight.answer("facts", at, lambda seen: screens_shop.facts(sight.view(at), part), part))

    return [machines_screen, stock_screen, money_screen, facts_screen]
