"""Job orders of one machine by OPC 10031-4: their states, which method may do what in which, and what it answers.

The book decides nothing about machines: ``start`` says that an order may be handed over, and ``started``, ``ended`` and ``aborted`` tell it
what became of that. An id that is known is never taken again: whoever reads ``JobOrderList`` first sends nothing twice.
"""

from enum import IntEnum
from typing import Any

import msgspec


class Status(IntEnum):
    """What a method returns (OPC 10031-4, annex B.2)."""

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
"""Orders that may be open at once, and closed ones that stay in the list."""


class Job(msgspec.Struct):
    """A job order as it was sent, where it stands, and why."""

    id: str
    order: Any
    state: State
    reason: str = ""


class JobBook:
    """All job orders of one machine that are open or were closed lately."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.changed: State | None = None
        """The state of the order that changed last."""

    def store(self, job_id: str, order: Any) -> Status:
        """``Store``: keep an order that may not start yet."""
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
        """``Update``: another order under the id of one that waits."""
        found = self._in(job_id, WAITING)
        if isinstance(found, Status):
            return found
        found.order = order
        return Status.NO_ERROR

    def allow(self, job_id: str) -> Status:
        """``Start``: the order may be handed to the machine."""
        return self._move(job_id, {State.NOT_ALLOWED_TO_START}, State.ALLOWED_TO_START)

    def revoke(self, job_id: str) -> Status:
        """``RevokeStart``: an order that the machine hasn't begun waits again."""
        return self._move(job_id, {State.ALLOWED_TO_START}, State.NOT_ALLOWED_TO_START)

    def cancel(self, job_id: str) -> Status:
        """``Cancel``: drop an order that waits."""
        return self._drop(job_id, WAITING)

    def clear(self, job_id: str) -> Status:
        """``Clear``: drop an order that is over."""
        return self._drop(job_id, CLOSED)

    def abort(self, job_id: str) -> Status:
        """``Abort``: end an order that waits. A machine that is at it can't be stopped by the virtual shop's rules."""
        found = self.jobs.get(job_id)
        if found is not None and found.state is State.RUNNING:
            return Status.UNABLE_TO_ACCEPT_JOB_ORDER
        return self._move(job_id, WAITING | {State.INTERRUPTED}, State.ABORTED)

    def halt(self, job_id: str, needed: State) -> Status:
        """``Pause``, ``Resume`` and ``Stop`` of an order in state ``needed``: the virtual shop's machines have no such button."""
        found = self._in(job_id, {needed})
        return found if isinstance(found, Status) else Status.UNABLE_TO_ACCEPT_JOB_ORDER

    def put(self, job_id: str, order: Any, state: State, reason: str = "") -> None:
        """What has become of an order, whatever it was before."""
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
