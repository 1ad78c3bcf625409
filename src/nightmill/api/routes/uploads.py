"""Routes for uploads: tables of orders, and parts as STEP files, which are planned in the background."""

from asyncio import to_thread
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter, QueryParameter

from nightmill.api.middleware.guard import PROPOSE, READ, SHAPE
from nightmill.api.middleware.upload_spool import Spool
from nightmill.api.routes.problem_responses import READS, WRITES, At
from nightmill.plant.proposals import Desk
from nightmill.plant.quoting import Job, Offers
from nightmill.plant.requests import Diff, Proposal, SheetRow
from nightmill.vocabulary.errors import Finding

MAX_TABLE = 2 * 1024 * 1024
MAX_STEP = 50 * 1024 * 1024
BODIES = {
    "/api/import/orders": ("text/csv", "application/octet-stream"),
    "/api/parts": ("application/octet-stream",),
    "/api/screens/picture": ("application/octet-stream",),
}
"""Media types of the raw request bodies, for the OpenAPI description."""


JobId = Annotated[str, PathParameter(pattern=r"^[0-9a-f]{16}(?![\s\S])")]


class Adopted(msgspec.Struct, frozen=True):
    """The name of a part now added to the shop; ``made_by``: whether the current run makes it, will make it soon, or leaves it to the
    next run.
    """

    part: str
    made_by: Literal["this run", "this run, soon", "the next run"]


class Imported(msgspec.Struct, frozen=True):
    """The content of an imported table: ``rows`` are its orders, ``findings`` the errors of the other lines.

    ``remarks``: how the table was understood. ``diff``: the change made by all orders together; ``proposals`` is empty for a preview, and if there is any error.
    """

    rows: tuple[SheetRow, ...]
    findings: tuple[Finding, ...]
    diff: Diff
    proposals: tuple[Proposal, ...] = ()
    remarks: tuple[str, ...] = ()


def handlers(desk: Desk, offers: Offers, spool: Spool) -> list[HTTPRouteHandler]:
    """Return the routes of this module."""

    @post("/api/import/orders", status_code=200, opt={"needs": PROPOSE}, responses=WRITES, request_max_body_size=MAX_TABLE)  # fmt: skip
    async def import_orders(
        request: Request[Any, Any, Any],
        preview: Annotated[bool, QueryParameter(description="Only show what would happen.")] = True,
        command_id: Annotated[str, QueryParameter(pattern=r"^[A-Za-z0-9._:-]{1,60}(?![\s\S])")] = "import",
        execute: Annotated[bool, QueryParameter(description="Approve each order at once, if the role may.")] = False,
    ) -> Imported:
        """Read orders from a CSV file or an Excel workbook; ``preview=false`` proposes them, all or none."""

        def imported(table: Path) -> Imported:
            body = table.read_bytes()
            if preview:
                sheet, diff = desk.preview_orders(request.user, body)
                return Imported(sheet.rows, sheet.findings, diff, (), sheet.remarks)
            sheet, diff, made = desk.import_orders(request.user, command_id, body, execute=execute)
            return Imported(sheet.rows, sheet.findings, diff, made, sheet.remarks)

        async with spool.upload(request, MAX_TABLE) as table:
            return await to_thread(imported, table)

    @post("/api/parts", status_code=202, opt={"needs": PROPOSE}, responses=WRITES, request_max_body_size=MAX_STEP)  # fmt: skip
    async def offer_part(
        request: Request[Any, Any, Any],
        name: Annotated[str, QueryParameter(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}(?![\s\S])")] = "part",
        material: Annotated[str, QueryParameter(max_length=40)] = "",
        quantity: Annotated[int, QueryParameter(ge=1, le=1000)] = 1,
        due_s: At = None,
    ) -> Job:
        """Plan a part from its STEP file: certificate, minutes, price, promise, sites. Fetch the answer from ``/api/jobs/{identity}``."""
        async with spool.upload(request, MAX_STEP) as step:
            found: Job = await to_thread(offers.ask, step, name=name, material=material, quantity=quantity, due_s=due_s)
        return found

    @get("/api/jobs/{identity:str}", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def job(identity: JobId) -> Job:
        """Return the current state of a long-running job."""
        found: Job | None = offers.job(identity)
        if found is None:
            raise NotFoundException(f"no job {identity[:40]!r} since this server started")
        return found

    @post("/api/parts/{identity:str}/adopt", status_code=200, opt={"needs": SHAPE}, sync_to_thread=True, responses=WRITES)  # fmt: skip
    def adopt_part(request: Request[Any, Any, Any], identity: JobId) -> Adopted:
        """Add an offered part to the shop's parts: an unfinished run adds it at its next turn, then orders can be proposed."""
        unfinished = desk.following.look().unfinished
        found = offers.adopt(identity, by=request.user.name, unfinished=unfinished)
        if not unfinished:
            return Adopted(found, "the next run")
        return Adopted(found, "this run" if desk.taken_in(found) else "this run, soon")

    return [import_orders, offer_part, job, adopt_part]
