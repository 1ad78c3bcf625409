"""Proposals: made, shown with their impact, approved or rejected, kept."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.proposals.proposal_service import Conflict, Desk, NoProposal, NotAllowed, NotThere, Spent

__all__ = [
    "Conflict",
    "Desk",
    "NoProposal",
    "NotAllowed",
    "NotThere",
    "Spent",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
