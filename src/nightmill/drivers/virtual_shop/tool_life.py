"""A world with its journal: the ``Cell`` that the server exposes, and that tests may use without a server.

The folder ``SHOP/.nightmill/world`` holds ``shop.json`` and ``start.json``, which the caller writes before the first start;
``world.toml``, a copy taken then, so that later edits can't change a life that has begun; ``journal.jsonl``; and
``programs/``. A full disk halts the world: events that can't be written don't happen, and the world continues by itself
once it can write again.
"""

import os
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import msgspec

from nightmill.drivers.virtual_shop.engine import World
from nightmill.drivers.virtual_shop.hidden_parameters import Truth, read_truth
from nightmill.drivers.virtual_shop.journal import (
    FORMAT,
    Advanced,
    Booted,
    CommandTaken,
    FenceRaised,
    Journal,
    Line,
    WorldStarted,
    broken,
    encode,
    parse,
)
from nightmill.drivers.virtual_shop.programs import examine, not_signed
from nightmill.drivers.virtual_shop.state import ProgramReading
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand, StoreProgram
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary
from nightmill.vocabulary.shop import Shop

_T = TypeVar("_T")

MOST_WORLD_BYTES = 2 << 20


class Start(msgspec.Struct, frozen=True):
    """``start.json``: the settings of a fresh start. ``pace`` 0 = as fast as possible.

    ``program_key``: if given, a control stores only programs signed with it.
    """

    seed: int
    pace: float = 0.0
    program_key: str = ""


def world_folder(shop_dir: Path) -> Path:
    """The folder of a shop's world."""
    return shop_dir / ".nightmill" / "world"


class LivingWorld:
    """A world that stores every input durably before it answers."""

    def __init__(self, folder: Path, world_toml: Path | None = None, boot_id: str = "in-process") -> None:
        """Continue the life in ``folder``, or start it; ``world_toml`` is copied at the start.

        Raises ``BadInput`` for a wrong world.toml, shop.json or start.json, ``EnvironmentFailed`` for a changed journal or a full disk.
        """
        self._folder, self._boot_id = folder, boot_id
        self._halted = ""
        self.fence = 0
        self.start = _decode(folder / "start.json", Start)
        self._shop = _decode(folder / "shop.json", Shop)
        self._truth = self._own_truth(world_toml)
        (folder / "programs").mkdir(exist_ok=True)
        self._readings: dict[tuple[str, str], ProgramReading] = {}
        try:
            self._rebuild()
        except OSError as error:
            raise EnvironmentFailed(
                Finding(str(folder), "journal.jsonl", str(error), "a disk that can be written", "Free some space.")
            ) from error

    def greet(self) -> Greeting:
        """The cell's greeting: its identity, shop time and last report."""
        self._recover()
        return Greeting(self._world.now_s, self._world.last_seq, self._boot_id)

    def admit(self, fence: int) -> bool:
        """Whether a controller with this fencing token may lead; if so, that is stored durably, and older controllers are refused from now on."""
        if fence <= self.fence:
            return fence == self.fence
        if not self._recover() or not self._write(FenceRaised(fence)):
            raise EnvironmentFailed(self._halt_finding())
        self.fence = fence
        return True

    def submit(self, command: AnyCommand) -> Acknowledgement:
        """Accept a command at most once; its line is on disk when this returns."""
        if not self._recover():
            return Acknowledgement(command.command_id, False, False, self._halted)
        before = self._world.answered(command.command_id)
        if before is not None:
            return before
        reading, problem = self._examined(command)
        at_s = self._world.now_s
        answer = self._world.submit(command, reading, problem)
        bare = msgspec.structs.replace(command, text="") if isinstance(command, StoreProgram) else command
        if not self._write(CommandTaken(at_s, bare, answer.accepted, answer.reason, reading, problem)):
            return Acknowledgement(command.command_id, False, False, self._halted)
        return answer

    def evidence(self, command_id: str) -> str:
        """``unknown``, ``running``, ``done`` or ``refused``."""
        return self._world.evidence(command_id) if self._recover() else "unknown"

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Unacknowledged reports if there are any; otherwise advance to the next report or to ``until_s``, whichever comes first."""
        if not self._recover():
            raise EnvironmentFailed(self._halt_finding())
        reports = self._world.pending(acknowledged_seq)
        if not reports and until_s > self._world.now_s:
            self._world.advance(until_s)
            if not self._write(Advanced(self._world.now_s)):
                raise EnvironmentFailed(self._halt_finding())
            reports = self._world.pending(acknowledged_seq)
        whole = not reports or reports[-1].seq == self._world.last_seq
        return Advance(self._world.now_s if whole else reports[-1].at_s, reports)

    def due_s(self, until_s: float, acknowledged_seq: int) -> float:
        """Shop time that ``advance`` would reach, for a paced server: now, if reports are waiting."""
        if self._halted or self._world.pending(acknowledged_seq):
            return self._world.now_s
        return min(until_s, self._world.next_s())

    def image(self, name: str) -> bytes:
        """The PNG of an ``ImageTaken`` report."""
        return self._world.image(name)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def _own_truth(self, world_toml: Path | None) -> Truth:
        copy = self._folder / "world.toml"
        if not copy.exists():
            written = world_toml is not None and is_there(world_toml)
            text = read_ordinary(world_toml, MOST_WORLD_BYTES) if world_toml is not None and written else b""
            read_truth(_utf8(text, world_toml or copy), self._shop, str(world_toml or copy))
            replacement = copy.with_suffix(".new")
            replacement.write_bytes(text)
            replacement.replace(copy)
        return read_truth(_utf8(copy.read_bytes(), copy), self._shop, str(copy))

    def _rebuild(self) -> None:
        self._world = World(self._shop, self._truth, self.start.seed)
        self._journal = Journal(self._folder / "journal.jsonl")
        first = self._first_line()
        if not self._journal.past:
            self._journal.append([encode(first), encode(Booted(self._boot_id))])
            return
        missing = self._replay(first)
        self._journal.past = []
        self._journal.append([*missing, encode(Booted(self._boot_id))])

    def _replay(self, first: WorldStarted) -> list[bytes]:
        """Replay the journal; return the deeds missing from its end because it was cut off."""
        path = self._journal.path
        expected: list[bytes] = []
        done = 0
        for number, raw in enumerate(self._journal.past, 1):
            line, body = parse(number, raw, path)
            if number == 1 and line != first:
                raise broken(path, 1, "another seed, shop.json or world.toml", "those that this life began with")
            if line is None:
                if done >= len(expected) or body != expected[done]:
                    found = body.decode(errors="replace")
                    wanted = expected[done].decode() if done < len(expected) else "no deed here"
                    raise broken(path, number, found, wanted)
                done += 1
                continue
            if isinstance(line, FenceRaised):
                self.fence = max(self.fence, line.fence)
            if isinstance(line, Booted | FenceRaised):
                continue
            if done < len(expected):
                raise broken(path, number, body[:60].decode(errors="replace"), expected[done].decode())
            if isinstance(line, CommandTaken):
                if line.at_s != self._world.now_s:
                    raise broken(path, number, f"at_s {line.at_s}", f"at_s {self._world.now_s}")
                answer = self._world.submit(line.command, line.reading, line.problem)
                if answer.accepted != line.accepted:
                    raise broken(
                        path, number, f"accepted {line.accepted}", f"accepted {answer.accepted}: {answer.reason}"
                    )
            elif isinstance(line, Advanced):
                self._world.relive(line.to_s)
            expected, done = [encode(deed) for deed in self._world.take_deeds()], 0
        return expected[done:]

    def _first_line(self) -> WorldStarted:
        shop = self._shop
        return WorldStarted(
            FORMAT,
            self.start.seed,
            sha256((self._folder / "shop.json").read_bytes()).hexdigest(),
            sha256((self._folder / "world.toml").read_bytes()).hexdigest(),
            shop.pallets,
            {item.item: item.on_hand for item in shop.items},
            {str(stock.tool.number): stock.crib for stock in shop.tools},
            {str(stock.tool.number): stock.magazine for stock in shop.tools},
        )

    def _examined(self, command: AnyCommand) -> tuple[ProgramReading | None, str]:
        if not isinstance(command, StoreProgram):
            return None, ""
        unsigned = not_signed(command, self.start.program_key)
        if unsigned:
            return None, unsigned
        key = (command.unit, sha256(command.text.encode()).hexdigest())
        reading = self._readings.get(key)
        if reading is None or key[1] != command.sha256.lower():
            reading, problem = examine(self._world.reality, command)
            if reading is None:
                return None, problem
            self._readings[key] = reading
        try:
            _keep_program(self._folder / "programs" / f"{key[1]}.ngc", command.text)
        except OSError as error:
            return None, f"the program can't be kept: {error}"
        return reading, ""

    def _write(self, line: Line) -> bool:
        try:
            self._journal.append([encode(line), *(encode(deed) for deed in self._world.take_deeds())])
        except OSError as error:
            # Memory is ahead of the journal, and what was just simulated doesn't count: it must not be reported.
            self._halted = f"safe stop: the journal can't be written: {error}"
            return False
        return True

    def _recover(self) -> bool:
        """Whether the world is running; a halted one is rebuilt from its journal once the disk can be written again."""
        if not self._halted:
            return True
        try:
            _probe(self._folder)
            self._journal.close()
            self._rebuild()
        except OSError as error:
            self._halted = f"safe stop: the journal can't be written: {error}"
            return False
        self._halted = ""
        return True

    def _halt_finding(self) -> Finding:
        return Finding(
            str(self._folder / "journal.jsonl"),
            "",
            self._halted,
            "a disk that can be written",
            "Free some space; nothing is lost, and the world continues by itself.",
        )


def _keep_program(path: Path, text: str) -> None:
    if path.exists():
        return
    partial = path.with_suffix(".new")
    with partial.open("w", encoding="utf-8", newline="") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(path)


def _probe(folder: Path) -> None:
    """Raise ``OSError`` while the disk can't be written; cheaper than finding out by the replay of a long journal."""
    probe = folder / "probe"
    try:
        probe.write_bytes(b" " * 65536)
    finally:
        probe.unlink(missing_ok=True)


def _utf8(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(Finding(str(path), "", str(error), "UTF-8 text", "Save it as UTF-8.")) from error


def _decode(path: Path, kind: type[_T]) -> _T:
    return msgspec.json.decode(path.read_bytes(), type=kind)
