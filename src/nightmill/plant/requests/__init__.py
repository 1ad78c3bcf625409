"""Requests from people and agents to a shop: who may make them, what they would change, and how they take effect."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.requests.from_shell import dispose_part, review_answer
    from nightmill.plant.requests.inbox import check_resource, release_hold
    from nightmill.plant.requests.material_lots import ReceivedLot, lots_answer, name_lot
    from nightmill.plant.requests.material_review import parts_in_review
    from nightmill.plant.requests.order_table import SheetRow
    from nightmill.plant.requests.proposal import Diff, Proposal
    from nightmill.plant.requests.roles import MATRIX, ROLES, Caller, Role, permissions
    from nightmill.plant.requests.users import DEVICE_HOURS, Access, Issued, NotSignedIn, TooManyTries

__all__ = [
    "DEVICE_HOURS",
    "MATRIX",
    "ROLES",
    "Access",
    "Caller",
    "Diff",
    "Issued",
    "NotSignedIn",
    "Proposal",
    "ReceivedLot",
    "Role",
    "SheetRow",
    "TooManyTries",
    "check_resource",
    "dispose_part",
    "lots_answer",
    "name_lot",
    "parts_in_review",
    "permissions",
    "release_hold",
    "review_answer",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
