"""Proposals over HTTP: make, view, approve and reject them; each write has an id under which it takes effect once."""

from asyncio import to_thread
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter
from msgspec import Meta

from nightmill.api.middleware.guard import DECIDE, PROPOSE, READ
from nightmill.api.routes.problem_responses import READS, WRITES, LogPosition
from nightmill.api.screens.answer_cache import Answers, as_json
from nightmill.plant.proposals import Desk
from nightmill.plant.requests import Proposal
from nightmill.vocabulary.requests import AnyAsk, Reason

CommandId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._:-]{1,80}(?![\s\S])",
        description="Chosen by the client; a repeated request takes effect once.",
    ),
]
ProposalId = Annotated[str, PathParameter(pattern=r"^[0-9a-f]{16}(?![\s\S])")]
MOST = 500


class Propose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A proposed command with its reason."""

    command_id: CommandId
    command: AnyAsk
    why: Reason = ""


class Decide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision on a proposal with its reason."""

    command_id: CommandId
    why: Reason = ""


class ProposalPage(msgspec.Struct, frozen=True):
    """A page of proposals, oldest first; while ``more`` is true, request the next page with ``after=next``."""

    proposals: tuple[Proposal, ...]
    next: int
    more: bool


def handlers(desk: Desk, answers: Answers) -> list[HTTPRouteHandler]:
    """Return the routes of this module."""

    @post("/api/proposals", status_code=200, opt={"needs": PROPOSE}, responses=WRITES)
    async def propose(
        request: Request[Any, Any, Any],
        data: JSONBody[Propose],
        execute: Annotated[bool, QueryParameter(description="Approve it at once, if the role may.")] = False,
    ) -> Proposal:
        """Propose a command; the answer shows its effect."""
        asked = (request.user, data.command_id, data.command, data.why)
        found: Proposal = await to_thread(desk.propose, *asked, execute=execute)
        return found

    @get("/api/proposals", opt={"needs": READ}, responses=READS)
    async def proposals(
        after: LogPosition = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=MOST)] = 100,
        status: FromQuery[Literal["", "proposed", "approved", "executed", "rejected", "refused"]] = "",
    ) -> Response[ProposalPage]:
        """Return proposals, oldest first."""

        def page() -> ProposalPage:
            found = desk.proposals(after=after, limit=limit + 1, state=status)
            kept = found[:limit]
            return ProposalPage(tuple(each for _, each in kept), kept[-1][0] if kept else after, len(found) > limit)

        return as_json(await answers.of(f"proposals {after} {limit} {status}", desk.proposals_mark, page))

    @get("/api/proposals/{identity:str}", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def proposal(identity: ProposalId) -> Proposal:
        """Return a proposal in its current state."""
        found: Proposal = desk.proposal(identity)
        return found

    @get("/api/proposals/{identity:str}/chances", opt={"needs": READ}, sync_to_thread=True, responses=READS)
    def chances(identity: ProposalId) -> dict[str, Any]:
        """Return a proposal's effect on the open orders: dates that hold with 50, 80 and 90 %, and the risk with and without it."""
        return dict(msgspec.to_builtins(desk.chances(identity)))

    @post("/api/proposals/{identity:str}/approve", status_code=200, opt={"needs": DECIDE}, sync_to_thread=True, responses=WRITES)  # fmt: skip
    def approve(request: Request[Any, Any, Any], identity: ProposalId, data: JSONBody[Decide]) -> Proposal:
        """Approve a proposal, so that it is carried out."""
        found: Proposal = desk.approve(request.user, identity, data.command_id, data.why)
        return found

    @post("/api/proposals/{identity:str}/reject", status_code=200, opt={"needs": PROPOSE}, sync_to_thread=True, responses=WRITES)  # fmt: skip
    def reject(request: Request[Any, Any, Any], identity: ProposalId, data: JSONBody[Decide]) -> Proposal:
        """Reject a proposal, or withdraw your own."""
        found: Proposal = desk.reject(request.user, identity, data.command_id, data.why)
        return found

    return [propose, proposals, proposal, chances, approve, reject]
