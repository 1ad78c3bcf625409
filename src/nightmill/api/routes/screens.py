"""The control room's routes: one read model per screen under ``/api/screens``. Each accepts ``?at=SECONDS`` of shop time and only reads."""

from asyncio import to_thread
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from nightmill.api.middleware.guard import PROPOSE, READ
from nightmill.api.middleware.upload_spool import Spool
from nightmill.api.routes.problem_responses import READS, WRITES, At, LogPosition
from nightmill.api.screens import floor, machines, money, night, schedule, stock
from nightmill.api.screens import part as screens_part
from nightmill.api.screens.answer_cache import as_json
from nightmill.api.screens.shop_at_moment import Sight
from nightmill.plant.part_preview import Pictures
from nightmill.plant.views import PartView
from nightmill.vocabulary.errors import BadInput

Picture = Callable[[PartView], PartView]
"""A function that encodes a part's mesh and tool paths for the page."""
Mesh = Callable[[dict[str, Any]], dict[str, Any]]
"""A function that encodes a mesh alone for the page."""
MAX_STEP = 50 * 1024 * 1024


def handlers(
    sight: Sight, pictures: Pictures, spool: Spool, picture: Picture | None, mesh: Mesh | None = None
) -> list[HTTPRouteHandler]:
    """Return the routes of all read models."""
    return [
        *_present(sight),
        *_parts(sight, picture or (lambda part: part)),
        _step_picture(pictures, spool, mesh or (lambda found: found)),
        *_shop(sight),
    ]


def _present(sight: Sight) -> list[HTTPRouteHandler]:
    @get("/api/screens/head", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def head_screen(at: At = None) -> Response[Any]:
        """Return what every screen needs: names, time zone, presence, items, units and orders."""
        return as_json(sight.answer("head", at, floor.head))

    @get("/api/screens/floor", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def floor_screen(at: At = None) -> Response[Any]:
        """Return what every unit does and why, where the pallets are, and what waits for a person."""
        return as_json(sight.answer("floor", at, floor.floor))

    @get("/api/screens/schedule", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def schedule_screen(at: At = None) -> Response[Any]:
        """Return completed and planned operations as columns, the orders, and the plans that were in force."""
        return as_json(sight.answer("schedule", at, schedule.schedule))

    @get("/api/screens/why", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def why_screen(serial: FromQuery[str], operation: FromQuery[str], at: At = None) -> Response[Any]:
        """Return why an operation is planned at its time and on its machine."""
        return as_json(sight.answer("why", at, lambda seen: schedule.why(seen, serial, operation), serial, operation))

    @get("/api/screens/replan", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def replan_screen(seq: LogPosition, at: At = None) -> Response[Any]:
        """Return what the plan of event ``seq`` changed compared with the plan before it."""
        return as_json(sight.answer("replan", at, lambda seen: schedule.diff(seen, seq), seq))

    @get("/api/screens/night", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def night_screen(at: At = None) -> Response[Any]:
        """Return what will happen until people are back, the next intervention, and the exceptions."""
        return as_json(sight.answer("night", at, night.night))

    return [head_screen, floor_screen, schedule_screen, why_screen, replan_screen, night_screen]


def _parts(sight: Sight, packed: Picture) -> list[HTTPRouteHandler]:
    @get("/api/screens/parts", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def parts_screen(at: At = None) -> Response[Any]:
        """Return all planned parts in one row each."""
        return as_json(sight.answer("parts", at, lambda seen: screens_part.parts(seen.look())))

    @get("/api/screens/part/{name:str}", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def part_screen(name: FromPath[str], at: At = None) -> Response[Any]:
        """Return one part: 3D view, setups, tool paths, certificate, characteristics with results."""
        return as_json(sight.answer("part", at, lambda seen: screens_part.part(seen, seen.look(), name, packed), name))

    @get("/api/screens/quality", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def quality_screen(at: At = None) -> Response[Any]:
        """Return all control charts in one row each, pictures with verdicts, and parts that weren't good."""
        return as_json(sight.answer("quality", at, lambda seen: screens_part.quality(seen, seen.look())))

    @get("/api/screens/chart", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def chart_screen(family: FromQuery[str], at: At = None) -> Response[Any]:
        """Return the points of one control chart."""
        return as_json(sight.answer("chart", at, lambda seen: screens_part.chart(seen.look(), family), family))

    return [parts_screen, part_screen, quality_screen, chart_screen]


def _step_picture(pictures: Pictures, spool: Spool, packed: Mesh) -> HTTPRouteHandler:
    def drawn(step: Path) -> bytes:
        try:
            found = packed(pictures.of(step))
        except BadInput as error:
            found = {"findings": error.findings}
        return msgspec.json.encode(found)

    @post("/api/screens/picture", status_code=200, opt={"needs": PROPOSE}, responses=WRITES, request_max_body_size=MAX_STEP)  # fmt: skip
    async def step_picture(request: Request[Any, Any, Any]) -> Response[Any]:
        """Return the 3D view of a STEP file before planning, or ``findings`` if the file is invalid; the shop isn't changed."""
        async with spool.upload(request, MAX_STEP) as step:
            return as_json(await to_thread(drawn, step))

    return step_picture


def _shop(sight: Sight) -> list[HTTPRouteHandler]:
    @get("/api/screens/machines", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def machines_screen(at: At = None) -> Response[Any]:
        """Return health, utilisation, tools and next planned stop of every unit."""
        return as_json(sight.answer("machines", at, lambda seen: machines.machines(seen, seen.look())))

    @get("/api/screens/stock", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def stock_screen(at: At = None) -> Response[Any]:
        """Return items over time, open purchases, tool edges in stock, and when each item runs out."""
        return as_json(sight.answer("stock", at, lambda seen: stock.stock(seen, seen.look())))

    @get("/api/screens/money", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def money_screen(at: At = None) -> Response[Any]:
        """Return actual cost by factor, and the comparison of sites."""
        return as_json(sight.answer("money", at, lambda seen: money.money(seen.look())))

    @get("/api/screens/facts", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def facts_screen(part: FromQuery[str], at: At = None) -> Response[Any]:
        """Return the facts behind one part's comparison of sites, with source, date and grade."""
        return as_json(sight.answer("facts", at, lambda seen: money.facts(seen.look(), part), part))

    return [machines_screen, stock_screen, money_screen, facts_screen]
