"""A cell whose robots are arms with controllers of their own: an arm carries what the cell behind has allowed."""

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
    """``floor.equipment.Cell`` before another: moves of the units in ``arms`` are carried out by those, all else goes through.

    An arm promises a move, the cell behind checks and takes it, then the arm moves: what the cell refuses moves nothing.
    While an arm carries, the cell behind stands: in virtual time nothing happens meanwhile, with a pace what is reported
    comes once the arm has ended. ``longest_s`` by unit: real seconds after which a move has failed.
    """

    def __init__(self, cell: OpenCell, arms: Mapping[str, Robot], longest_s: Mapping[str, float]) -> None:
        self._cell, self._arms, self._longest_s = cell, arms, longest_s
        self.endpoints = cell.endpoints

    def greet(self) -> Greeting:
        """Who is there and how far it has come."""
        return self._cell.greet()

    def prepare(self, commands: Sequence[AnyCommand]) -> None:
        """Have the cell behind make ready what it can, moves included: it takes them, too."""
        if isinstance(self._cell, _Preparing):
            self._cell.prepare(commands)

    def submit(self, command: AnyCommand) -> Acknowledgement:
        """Hand over a command; a move is promised by its arm first."""
        if not isinstance(command, MovePallet) or command.unit not in self._arms:
            return self._cell.submit(command)
        if self._cell.evidence(command.command_id) != "unknown":
            return self._cell.submit(command)
        arm = self._arms[command.unit]
        before = arm.taken()
        if before is not None and before.command_id != command.command_id:
            if self._allowed(before):
                reason = f"{command.unit}: carries {before.pallet}"
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
        """What the cell behind knows of a command; it knows a move before the arm has begun it."""
        return self._cell.evidence(command_id)

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Have the arms carry what the cell behind has allowed, those of a process that was killed included, and move on."""
        for unit, arm in self._arms.items():
            command = arm.taken()
            if command is not None and self._allowed(command):
                self._wait_for(unit, command)
        return self._cell.advance(until_s, acknowledged_seq)

    def image(self, name: str) -> bytes:
        """The PNG of an ``ImageTaken`` report."""
        return self._cell.image(name)

    def close(self) -> None:
        """Leave cell and arms."""
        for arm in self._arms.values():
            arm.close()
        self._cell.close()

    def shutdown(self) -> None:
        """End the process on the other side; the arms stay as they are."""
        self._cell.shutdown()

    def _allowed(self, command: MovePallet) -> bool:
        """Whether the cell behind has taken the move."""
        return self._cell.evidence(command.command_id) not in {"unknown", "refused"}

    def _wait_for(self, unit: str, command: MovePallet) -> None:
        deadline = time.monotonic() + self._longest_s[unit]
        while not self._arms[unit].carried(command):
            if time.monotonic() > deadline:
                found = f"{command.pallet} not at {command.destination} after {self._longest_s[unit]:g} s"
                remedy = "See to the robot, or allow it longer in robots.toml."
                raise EnvironmentFailed(Finding(f"robot {unit}", "", found, "a move that ends", remedy))
            time.sleep(LOOK_S)
