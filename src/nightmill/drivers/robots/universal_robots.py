"""A Universal Robots arm that carries pallets with its own program, which gets its jobs in registers over RTDE.

The program waits until an input register holds a job number other than the last one it started, carries the pallet, and
reports the number back. So a job can be written repeatedly but is carried out once, even if either side was killed meanwhile. A command
and its number are on disk before the job is sent. There is one job at a time: a job is refused until the arm has reported the
end of the previous one.
"""

import os
from pathlib import Path

import msgspec

from nightmill.drivers.robots.rtde import RtdeLink
from nightmill.drivers.robots.settings import ArmSettings
from nightmill.vocabulary.commands import Acknowledgement, MovePallet
from nightmill.vocabulary.durable_files import sync_folder
from nightmill.vocabulary.errors import EnvironmentFailed, Finding

JOB, FROM, TO, PALLET = (f"input_int_register_{n}" for n in (24, 25, 26, 27))
BEGUN, ENDED, FAULT = (f"output_int_register_{n}" for n in (24, 25, 26))
MODE, SAFETY, STATE = "robot_mode", "safety_mode", "runtime_state"
READY = {MODE: (7,), SAFETY: (1, 2), STATE: (2,)}
"""Register values of a ready robot: power on and brakes released; safety mode normal or reduced; program playing (tables of the RTDE guide)."""
INPUTS, OUTPUTS = (JOB, FROM, TO, PALLET), (BEGUN, ENDED, FAULT, MODE, SAFETY, STATE)


class _Job(msgspec.Struct, frozen=True):
    """The last move and its number; ``begun`` and ``ended`` once the robot has reported it."""

    number: int = 0
    move: MovePallet | None = None
    begun: bool = False
    ended: bool = False

    def open_move(self) -> MovePallet | None:
        """Return the move, unless it has ended."""
        return None if self.ended else self.move


class UrArm:
    """An ``arm.Robot`` set up by ``settings``; ``memory`` is the file that keeps its last job."""

    def __init__(self, settings: ArmSettings, memory: Path) -> None:
        self._settings, self._memory = settings, memory
        self._link: RtdeLink | None = None

    def take(self, command: MovePallet) -> Acknowledgement:
        """Promise the move, unless another move is unfinished; see ``arm.Robot``."""
        last = self._last()
        if last.move is not None and last.move.command_id == command.command_id:
            return Acknowledgement(command.command_id, accepted=True)
        told = self._told()
        why = f"still carrying {last.move.pallet}" if last.open_move() and last.move else _not_ready(told)
        if why:
            self.close()
            return Acknowledgement(command.command_id, accepted=False, reason=f"{command.unit}: {why}")
        self._keep(_Job(1 + max(int(told[BEGUN]), int(told[ENDED]), last.number, 0), command))
        return Acknowledgement(command.command_id, accepted=True)

    def drop(self, command: MovePallet) -> None:
        """Forget a move that hasn't been sent; see ``arm.Robot``."""
        last = self._last()
        if last.move == command and not last.begun:
            self._keep(_Job(last.number))
        self.close()

    def taken(self) -> MovePallet | None:
        """Return the promised move that isn't known to have ended; see ``arm.Robot``."""
        return self._last().open_move()

    def carried(self, command: MovePallet) -> bool:
        """Send the move until the robot has begun it, and wait for its end; return whether the pallet arrived; see ``arm.Robot``."""
        last = self._last()
        if last.move is None or last.move.command_id != command.command_id:
            other = f"job {last.number}" + (f" of {last.move.command_id}" if last.move else "")
            raise self._failed(other, f"the job of {command.command_id}")
        if last.ended:
            return True
        told = self._told()
        if told[ENDED] == last.number:
            if told[FAULT]:
                raise self._failed(f"fault {int(told[FAULT])} with {command.pallet}", "a pallet that was carried")
            self._keep(msgspec.structs.replace(last, begun=True, ended=True))
            self.close()
            return True
        where = f"{command.pallet} between {command.origin} and {command.destination}"
        if told[BEGUN] == last.number:
            if not last.begun:
                self._keep(msgspec.structs.replace(last, begun=True))
            if why := _not_ready(told, begun=True):
                raise self._failed(f"{why}, with {where}", "a move")
        elif last.begun:
            raise self._failed(f"the robot has forgotten job {last.number}, with {where}", "a finished job")
        else:
            self._write(command, last.number)
        return False

    def close(self) -> None:
        """Release the inputs."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def _told(self) -> dict[str, float]:
        if self._link is None:
            self._link = RtdeLink(self._settings.host, OUTPUTS, INPUTS, port=self._settings.port)
        try:
            return self._link.read()
        except EnvironmentFailed:
            self.close()
            raise

    def _write(self, command: MovePallet, number: int) -> None:
        assert self._link is not None
        places = self._settings.places
        pallet = int("".join(filter(str.isdigit, command.pallet)) or 0)
        values = {JOB: number, FROM: places[command.origin], TO: places[command.destination], PALLET: pallet}
        self._link.write(values)

    def _last(self) -> _Job:
        try:
            return msgspec.json.decode(self._memory.read_bytes(), type=_Job)
        except FileNotFoundError:
            return _Job()

    def _keep(self, job: _Job) -> None:
        """Write the job to disk; it is durable when this returns."""
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        beside = self._memory.with_suffix(".part")
        with beside.open("wb") as file:
            file.write(msgspec.json.encode(job))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._memory)
        sync_folder(self._memory.parent)

    def _failed(self, found: str, expected: str) -> EnvironmentFailed:
        remedy = "Check the robot, let its program finish the job, and continue."
        place = f"robot {self._settings.unit}"
        return EnvironmentFailed(Finding(place, self._settings.host, found, expected, remedy))


def _not_ready(told: dict[str, float], *, begun: bool = False) -> str:
    """Return why the robot can't take a job, or continue a job that it has ``begun``; empty if it can."""
    wrong = [f"{name} is {int(told[name])}" for name, good in READY.items() if int(told[name]) not in good]
    if not begun and told[BEGUN] != told[ENDED]:
        wrong.append(f"job {int(told[BEGUN])} hasn't ended")
    return ", ".join(wrong)
