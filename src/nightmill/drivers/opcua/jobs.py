"""Job orders of one machine by OPC 10031-4: their states, the methods allowed in each state, and the answers of the methods.

This module makes no decisions about machines: ``start`` means that an order may be handed over; ``started``, ``ended`` and
``aborted`` record its outcome. A known id is never accepted again, so a client that reads ``JobOrderList`` first sends
nothing twice.
"""

from enum import IntEnum
from typing import Any

import msgspec


class Status(IntEnum):
    """Return values of the methods (OPC 10031-4, annex B.2)."""

    NO_ERROR = 0
    UNKNOWN_JOB_ORDER_ID = 1
    INVALID_JOB_ORDER_STATUS = 3
    UNABLE_TO_ACCEPT_JOB_ORDER = 4
    INVALID_REQUEST = 32


class State(IntEnum):
    """States of a job order, by their StateNumber."""

    NOT_ALLOWED_TO_START = 1
    ALLOWED_TO_START = 2
    RUNNING = 3
    INTERRUPTED = 4
    ENDED = 5
    ABORTED = 6


TEXTS = {
    State.NOT_ALLOWED_TO_START: "NotAllowedToStart",
    State.ALLOWED_TO_START: "AllowedToStart",
    State.RUNNING: "Running",
    State.INTERRUPTED: "Interrupted",
    State.ENDED: "Ended",
    State.ABORTED: "Aborted",
}
WAITING = frozenset({State.NOT_ALLOWED_TO_START, State.ALLOWED_TO_START})
CLOSED = frozenset({State.ENDED, State.ABORTED})
MOST, KEPT = 1000, 30
"""Maximum number of orders open at once, and of closed orders kept in the list."""


class Job(msgspec.Struct):
    """A job order as sent, its state, and the reason for the state."""

    id: str
    order: Any
    state: State
    reason: str = ""


class JobBook:
    """The open and recently closed job orders of one machine."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.changed: State | None = None
        """The state of the order that changed last."""

    def store(self, job_id: str, order: Any) -> Status:
        """``Store``: keep an order that must not start yet."""
        if not job_id:
            return Status.INVALID_REQUEST
        if job_id in self.jobs:
            return Status.INVALID_JOB_ORDER_STATUS
        if sum(job.state not in CLOSED for job in self.jobs.values()) >= MOST:
            return Status.UNABLE_TO_ACCEPT_JOB_ORDER
        self.jobs[job_id] = Job(job_id, order, State.NOT_ALLOWED_TO_START)
        self.changed = State.NOT_ALLOWED_TO_START
        self._forget()
        return Status.NO_ERROR

    def update(self, job_id: str, order: Any) -> Status:
        """``Update``: replace a waiting order with another that has the same id."""
        found = self._in(job_id, WAITING)
        if isinstance(found, Status):
            return found
        found.order = order
        return Status.NO_ERROR

    def allow(self, job_id: str) -> Status:
        """``Start``: allow the order to be handed to the machine."""
        return self._move(job_id, {State.NOT_ALLOWED_TO_START}, State.ALLOWED_TO_START)

    def revoke(self, job_id: str) -> Status:
        """``RevokeStart``: put an order that the machine hasn't started back to waiting."""
        return self._move(job_id, {State.ALLOWED_TO_START}, State.NOT_ALLOWED_TO_START)

    def cancel(self, job_id: str) -> Status:
        """``Cancel``: drop a waiting order."""
        return self._drop(job_id, WAITING)

    def clear(self, job_id: str) -> Status:
        """``Clear``: drop a finished order."""
        return self._drop(job_id, CLOSED)

    def abort(self, job_id: str) -> Status:
        """``Abort``: end a waiting order. By the virtual shop's rules, a machine can't be stopped while it is running an order."""
        found = self.jobs.get(job_id)
        if found is not None and found.state is State.RUNNING:
            return Status.UNABLE_TO_ACCEPT_JOB_ORDER
        return self._move(job_id, WAITING | {State.INTERRUPTED}, State.ABORTED)

    def halt(self, job_id: str, needed: State) -> Status:
        """Answer ``Pause``, ``Resume`` or ``Stop`` for an order in state ``needed``; the virtual shop's machines support none of them."""
        found = self._in(job_id, {needed})
        return found if isinstance(found, Status) else Status.UNABLE_TO_ACCEPT_JOB_ORDER

    def put(self, job_id: str, order: Any, state: State, reason: str = "") -> None:
        """Set the state of an order, whatever it was before."""
        self.changed = state
        job = self.jobs.get(job_id)
        if job is None:
            self.jobs[job_id] = Job(job_id, order, state, reason)
        else:
            job.state, job.reason = state, reason
        self._forget()

    def _move(self, job_id: str, allowed: "set[State] | frozenset[State]", goal: State) -> Status:
        found = self._in(job_id, allowed)
        if isinstance(found, Status):
            return found
        found.state = self.changed = goal
        return Status.NO_ERROR

    def _drop(self, job_id: str, allowed: "set[State] | frozenset[State]") -> Status:
        found = self._in(job_id, allowed)
        if isinstance(found, Status):
            return found
        del self.jobs[job_id]
        return Status.NO_ERROR

    def _in(self, job_id: str, allowed: "set[State] | frozenset[State]") -> "Job | Status":
        job = self.jobs.get(job_id)
        if job is None:
            return Status.UNKNOWN_JOB_ORDER_ID
        return job if job.state in allowed else Status.INVALID_JOB_ORDER_STATUS

    def _forget(self) -> None:
        closed = [job.id for job in self.jobs.values() if job.state in CLOSED]
        for old in closed[: max(0, len(closed) - KEPT)]:
            del self.jobs[old]
