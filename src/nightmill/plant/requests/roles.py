"""Authorisation: roles, the matrix of commands, and the shop's policy under which an agent's command may run without approval.

The matrix is data. A role that isn't listed in a row has no permission; nothing is inherited. The policy is ``approvals.toml`` of the shop,
a file that people write and review; the shipped policy lets no agent do anything without a person.
"""

import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from nightmill.plant.workspace.shipped_defaults import own_or_shipped
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.errors import BadInput, Finding

Role = Literal["viewer", "operator", "engineer", "admin", "agent"]
ROLES: tuple[Role, ...] = ("viewer", "operator", "engineer", "admin", "agent")
READ = "read"
NAME = "approvals.toml"
_FLOOR = frozenset({"operator", "engineer", "admin"})
_OFFICE = frozenset({"engineer", "admin"})
_WITH_AGENT = _FLOOR | {"agent"}

MATRIX: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "order": (_WITH_AGENT, _FLOOR),
    "order_change": (_WITH_AGENT, _FLOOR),
    "cancel": (_WITH_AGENT, _OFFICE),
    "unit_down": (_WITH_AGENT, _FLOOR),
    "unit_up": (_WITH_AGENT, _FLOOR),
    "scrap": (_WITH_AGENT, _FLOOR),
    "dispose": (_WITH_AGENT, _OFFICE),
    "tool_worn": (_WITH_AGENT, _FLOOR),
    "release": (_WITH_AGENT, _FLOOR),
    "check": (_WITH_AGENT, _FLOOR),
    "presence": (_WITH_AGENT, _FLOOR),
    "move": (_WITH_AGENT, _FLOOR),
    "close_work": (_WITH_AGENT, _FLOOR),
    "lot": (_WITH_AGENT, _FLOOR),
}
"""By kind of command: the roles that may propose it, and the roles that may approve it."""


class Caller(msgspec.Struct, frozen=True):
    """The caller: a name, a role, and the token that identifies them (empty: the person at this machine)."""

    name: str
    role: Role
    token: str = ""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule under which agents' commands of these kinds run without a person, within these limits.

    ``agents``: their names, or ``*`` for all; ``at_most_parts``, ``at_most_minutes`` and ``at_most_usd`` limit the size of the
    diff (change in parts, cutting minutes and cost); ``may_be_late``: whether an order may become late
    because of it; ``a_day``: how many times in 24 hours.
    """

    name: str
    kinds: tuple[str, ...]
    agents: tuple[str, ...] = ("*",)
    at_most_parts: int = 0
    at_most_minutes: float = 0.0
    at_most_usd: float = 0.0
    may_be_late: bool = False
    a_day: int = 1


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``approvals.toml``: how many proposals an agent may make per hour, and the rules in order."""

    proposals_an_hour: int = 60
    rules: tuple[Rule, ...] = ()


def may_propose(role: str, kind: str) -> bool:
    """Return whether the role may propose commands of this kind."""
    return role in MATRIX[kind][0]


def may_approve(role: str, kind: str) -> bool:
    """Return whether the role may approve commands of this kind."""
    return role in MATRIX[kind][1]


def permissions(role: str) -> tuple[str, ...]:
    """Return everything the role may do: ``read``, ``propose:KIND``, ``approve:KIND``."""
    proposes = [f"propose:{kind}" for kind in a.KINDS if may_propose(role, kind)]
    return (READ, *proposes, *(f"approve:{kind}" for kind in a.KINDS if may_approve(role, kind)))


def read_approvals(folder: Path) -> Policy:
    """Return the policy of the shop in ``folder``, or the shipped policy. Raises ``BadInput`` with the errors."""
    path = folder / NAME
    try:
        text = own_or_shipped(path)
        policy = msgspec.convert(tomllib.loads(text), Policy)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        remedy = "Write it as docs/api.md describes; until then no agent's command runs without approval."
        raise BadInput(Finding(str(path), "", str(error), "an approval policy", remedy)) from error
    unknown = [(rule.name, kind) for rule in policy.rules for kind in rule.kinds if kind not in MATRIX]
    if unknown:
        known = ", ".join(MATRIX)
        raise BadInput(*(Finding(str(path), name, kind, f"one of {known}", "Correct it.") for name, kind in unknown))
    return policy
