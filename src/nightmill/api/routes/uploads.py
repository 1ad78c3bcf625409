"""What is sent as a file: tables of orders, and parts as STEP files, which are planned in the background."""

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
"""What the raw bodies are, for the description."""


JobId = Annotated[str, PathParameter(pattern=r"^[0-9a-f]{16}(?![\s\S])")]


class Adopted(msgspec.Struct, frozen=True):
    """The name of a part that is the shop's own now; ``made_by``: the run that is on makes it, will soon, or the next one does."""

    part: str
    made_by: Literal["this run", "this run, soon", "the next run"]


class Imported(msgspec.Struct, frozen=True):
    """What a table of orders says: ``rows`` are orders, ``findings`` what is wrong with the others.

    ``remarks``: how the table was understood. ``diff``: what all of them together change; ``proposals`` are empty for a preview, and where anything is wrong.
    """

    rows: tuple[SheetRow, ...]
    findings: tuple[Finding, ...]
    diff: Diff
    proposals: tuple[Proposal, ...] = ()
    remarks: tuple[str, ...] = ()


def handlers(desk: Desk, offers: Offers, spool: Spool) -> list[HTTPRouteHandler]:
    """The routes."""

    @post("/api/import/orders", status_code=200, opt={"needs": PROPOSE}, responses=WRITES, request_max_body_size=MAX_TABLE)  # fmt: skip
    async def import_orders(
        request: Request[Any, Any, Any],
        preview: Annotated[bool, QueryParameter(description="Only say what would happen.")] = True,
        command_id: Annotated[str, QueryParameter(pattern=r"^[A-Za-z0-9._:-]{1,60}(?![\s\S])")] = "import",
        execute: Annotated[bool, QueryParameter(description="Approve each order at once, where the role may.")] = False,
    ) -> Imported:
        """Read orders from a CSV text or an Excel workbook; ``preview=false`` proposes them, all or none."""

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
        """Plan a part from its STEP file: certificate, minutes, price, promise, sites. Ask ``/api/jobs/{identity}`` for the answer."""
        async with spool.upload(request, MAX_STEP) as step:
            found: Job = await to_thread(offers.ask, step, name=name, material=material, quantity=quantity, due_s=due_s)
        return found

    @get("/api/jobs/{identity:str}", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def job(identity: JobId) -> Job:
        """Long work as it stands."""
        found: Job | None = offers.job(identity)
        if found is None:
            raise NotFoundException(f"no job {identity[:40]!r} since this server began")
        return found

    @post("/api/parts/{identity:str}/adopt", status_code=200, opt={"needs": SHAPE}, sync_to_thread=True, responses=WRITES)  # fmt: skip
    def adopt_part(request: Request[Any, Any, Any], identity: JobId) -> Adopted:
        """Take an offered part into the shop's own parts: an unfinished run takes it in at its next turn, and orders can be proposed."""
        unfinished = desk.following.look().unfinished
        found = offers.adopt(identity, by=request.user.name, unfinished=unfinished)
        if not unfinished:
            return Adopted(found, "the next run")
        return Adopted(found, "this run" if desk.taken_in(found) else "this run, soon")

    return [import_orders, offer_part, job, adopt_part]
