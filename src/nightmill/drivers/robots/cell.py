"""A cell whose robots are arms with their own controllers: an arm carries out the moves that the underlying cell has accepted."""

import time
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from nightmill.drivers.connection import OpenCell
from nightmill.drivers.robots.arm import Robot
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand, MovePallet
from nightmill.vocabulary.errors import EnvironmentFailed, Finding

LOOK_S = 0.02


@runtime_checkable
class _Preparing(Protocol):
    def prepare(self, commands: Sequence[AnyCommand]) -> None: ...


class ArmedCell:
    """A ``floor.equipment.Cell`` in front of another cell: the ``arms`` carry out their own moves; everything else is passed on.

    An arm promises a move, the underlying cell checks and accepts it, then the arm moves: a refused move moves nothing.
    While an arm is moving, the underlying cell doesn't advance: in virtual time nothing happens meanwhile; in a paced shop
    reports arrive once the arm has finished. ``longest_s``: for each unit, real seconds after which a move counts as failed.
    """

    def __init__(self, cell: OpenCell, arms: Mapping[str, Robot], longest_s: Mapping[str, float]) -> None:
        self._cell, self._arms, self._longest_s = cell, arms, longest_s
        self.endpoints = cell.endpoints

    def greet(self) -> Greeting:
        """Return the cell's greeting: its identity, shop time and last report."""
        return self._cell.greet()

    def prepare(self, commands: Sequence[AnyCommand]) -> None:
        """Let the underlying cell prepare commands; it receives moves too."""
        if isinstance(self._cell, _Preparing):
            self._cell.prepare(commands)

    def submit(self, command: AnyCommand) -> Acknowledgement:
        """Hand over a command; for a move, the arm must first promise to carry it out."""
        if not isinstance(command, MovePallet) or command.unit not in self._arms:
            return self._cell.submit(command)
        if self._cell.evidence(command.command_id) != "unknown":
            return self._cell.submit(command)
        arm = self._arms[command.unit]
        before = arm.taken()
        if before is not None and before.command_id != command.command_id:
            if self._allowed(before):
                reason = f"{command.unit}: still carrying {before.pallet}"
                return Acknowledgement(command.command_id, accepted=False, reason=reason)
            arm.drop(before)
        promised = arm.take(command)
        if not promised.accepted:
            return promised
        answer = self._cell.submit(command)
        if not answer.accepted:
            arm.drop(command)
        return answer

    def evidence(self, command_id: str) -> str:
        """Return the status of a command in the underlying cell, which records a move before the arm starts it."""
        return self._cell.evidence(command_id)

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Have the arms carry out the accepted moves, including those of a controller that was killed; then advance the underlying cell."""
        for unit, arm in self._arms.items():
            command = arm.taken()
            if command is not None and self._allowed(command):
                self._wait_for(unit, command)
        return self._cell.advance(until_s, acknowledged_seq)

    def image(self, name: str) -> bytes:
        """Return the PNG of an ``ImageTaken`` report."""
        return self._cell.image(name)

    def close(self) -> None:
        """Disconnect from the cell and the arms."""
        for arm in self._arms.values():
            arm.close()
        self._cell.close()

    def shutdown(self) -> None:
        """Stop the process on the other side; the arms stay as they are."""
        self._cell.shutdown()

    def _allowed(self, command: MovePallet) -> bool:
        """Return whether the underlying cell has accepted the move."""
        return self._cell.evidence(command.command_id) not in {"unknown", "refused"}

    def _wait_for(self, unit: str, command: MovePallet) -> None:
        deadline = time.monotonic() + self._longest_s[unit]
        while not self._arms[unit].carried(command):
            if time.monotonic() > deadline:
                found = f"{command.pallet} not at {command.destination} after {self._longest_s[unit]:g} s"
                remedy = "Check the robot, or raise longest_s in robots.toml."
                raise EnvironmentFailed(Finding(f"robot {unit}", "", found, "a finished move", remedy))
            time.sleep(LOOK_S)
