"""A cell whose robots are arms with controllers of their own: a pallet is carried by the arm before the cell hears of it."""

import time
from collections.abc import Mapping

from nightmill.connect.arms.port import Robot
from nightmill.connect.opening import OpenCell
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand, MovePallet
from nightmill.vocabulary.errors import EnvironmentFailed, Finding

LOOK_S = 0.02


class ArmedCell:
    """``floor.ports.Cell`` before another: moves of the units in ``arms`` are carried out by those, all else goes through.

    While an arm carries, the cell behind stands: in virtual time nothing happens meanwhile, with a pace what is reported
    comes once the arm has ended. ``longest_s`` by unit: real seconds after which a move has failed.
    """

    def __init__(self, cell: OpenCell, arms: Mapping[str, Robot], longest_s: Mapping[str, float]) -> None:
        self._cell, self._arms, self._longest_s = cell, arms, longest_s
        self.endpoints = cell.endpoints
        self._under_way: dict[str, MovePallet] = {}

    def greet(self) -> Greeting:
        """Who is there and how far it has come."""
        return self._cell.greet()

    def submit(self, command: AnyCommand) -> Acknowledgement:
        """Hand over a command; a move goes to its arm."""
        if not isinstance(command, MovePallet) or command.unit not in self._arms:
            return self._cell.submit(command)
        if self._cell.evidence(command.command_id) != "unknown":
            return self._cell.submit(command)
        before = self._under_way.get(command.unit, command)
        if before.command_id != command.command_id:
            return Acknowledgement(
                command.command_id, accepted=False, reason=f"{command.unit}: carries {before.pallet}"
            )
        answer = self._arms[command.unit].carry(command)
        if answer.accepted:
            self._under_way[command.unit] = command
        return answer

    def evidence(self, command_id: str) -> str:
        """What the cell behind knows: a move that an arm has isn't known there, and may be handed over again."""
        return self._cell.evidence(command_id)

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Wait for the arms, tell the cell behind what they have carried, and move on with it."""
        for unit, command in list(self._under_way.items()):
            self._wait_for(unit, command)
            answer = self._cell.submit(command)
            if not answer.accepted:
                found = f"{command.pallet} at {command.destination}, which the cell refuses: {answer.reason}"
                remedy = "Bring pallets and cell in accord, then go on."
                raise EnvironmentFailed(Finding(f"robot {unit}", "", found, "a move that the cell takes", remedy))
            del self._under_way[unit]
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

    def _wait_for(self, unit: str, command: MovePallet) -> None:
        deadline = time.monotonic() + self._longest_s[unit]
        while not self._arms[unit].carried(command):
            if time.monotonic() > deadline:
                found = f"{command.pallet} not at {command.destination} after {self._longest_s[unit]:g} s"
                remedy = "See to the robot, or allow it longer in robots.toml."
                raise EnvironmentFailed(Finding(f"robot {unit}", "", found, "a move that ends", remedy))
            time.sleep(LOOK_S)
