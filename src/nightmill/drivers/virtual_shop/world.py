"""The world of a virtual shop, and that world with its journal: the ``Cell`` that the server exposes, and that tests may use without a server.

The folder ``SHOP/.nightmill/world`` holds ``shop.json`` and ``start.json``, which the caller writes before the first start;
``world.toml``, a copy taken at that time, so that later edits can't change a run that has started; ``journal.jsonl``; and
``programs/``. A full disk halts the world: events that can't be written don't happen, and the world continues by itself
once it can write again.
"""

import os
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import msgspec

from nightmill.drivers.virtual_shop.effects import begin, begin_life
from nightmill.drivers.virtual_shop.followed import follow
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
from nightmill.drivers.virtual_shop.pictures import render
from nightmill.drivers.virtual_shop.programs import examine, not_signed
from nightmill.drivers.virtual_shop.rules import refusal
from nightmill.drivers.virtual_shop.state import Deed, Picture, ProgramReading, Reality
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand, StoreProgram
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary
from nightmill.vocabulary.reports import AnyReport
from nightmill.vocabulary.shop import Shop

_T = TypeVar("_T")

MOST_WORLD_BYTES = 2 << 20
REPORTS_AT_ONCE = 2000
GOLDEN_ROUGHNESS_UM = (0.4, 4.0)
"""Good parts photographed at the station's set-up come from fresh and from nearly worn tools."""


class World:
    """One virtual shop and its run so far: commands in, reports out. Pure: it keeps its own shop time, and uses no clock, file or socket.

    The same shop, truth, seed and inputs (commands and advances, in order) give the same reports and physical events.
    """

    def __init__(self, shop: Shop, truth: Truth, seed: int) -> None:
        self.reality = Reality(shop, truth, seed)
        self._answers: dict[str, Acknowledgement] = {}
        begin_life(self.reality)

    @property
    def now_s(self) -> float:
        """Shop time."""
        return self.reality.now_s

    @property
    def last_seq(self) -> int:
        """The number of the last report; 0 before the first."""
        return len(self.reality.reports)

    def answered(self, command_id: str) -> Acknowledgement | None:
        """Return the earlier answer to this command, marked as a duplicate."""
        before = self._answers.get(command_id)
        return Acknowledgement(command_id, before.accepted, True, before.reason) if before else None

    def submit(
        self,
        command: AnyCommand,
        reading: ProgramReading | None = None,
        problem: str = "",
        *,
        followed: bool = False,
    ) -> Acknowledgement:
        """Accept a command at most once; ``reading`` and ``problem`` are the control's result for a ``StoreProgram``.

        ``followed``: the command has been carried out in reality; it is repeated here at once and never refused.
        """
        before = self.answered(command.command_id)
        if before is not None:
            return before
        reason = problem or ("" if followed else refusal(self.reality, command))
        answer = Acknowledgement(command.command_id, not reason, False, reason)
        self._answers[command.command_id] = answer
        if answer.accepted and followed:
            follow(self.reality, command, reading)
        elif answer.accepted:
            begin(self.reality, command, reading)
        return answer

    def evidence(self, command_id: str) -> str:
        """``unknown``, ``running``, ``done`` or ``refused``; an accepted command runs at once."""
        answer = self._answers.get(command_id)
        if answer is None:
            return "unknown"
        if not answer.accepted:
            return "refused"
        return "running" if command_id in self.reality.running else "done"

    def pending(self, acknowledged_seq: int) -> tuple[AnyReport, ...]:
        """Reports after ``acknowledged_seq``, at most 2,000. Raises ``BadInput`` if the controller has acknowledged reports that this world hasn't made."""
        if acknowledged_seq > self.last_seq or acknowledged_seq < 0:
            raise BadInput(
                Finding(
                    "journal.jsonl",
                    "advance",
                    f"report {acknowledged_seq} acknowledged",
                    f"a number from 0 to {self.last_seq}, the last report of this world",
                    "The controller's log belongs to another run of the world: make a fresh start.",
                )
            )
        return tuple(self.reality.reports[acknowledged_seq : acknowledged_seq + REPORTS_AT_ONCE])

    def next_s(self) -> float:
        """Shop time of the next event; infinity if there is none."""
        return self.reality.next_s()

    def advance(self, until_s: float) -> None:
        """Advance to the next time at which something is reported, or to ``until_s``."""
        seq = self.last_seq
        while self.last_seq == seq and self.reality.next_s() <= until_s:
            self.reality.happen()
        if self.last_seq == seq:
            self.reality.now_s = max(self.reality.now_s, until_s)

    def relive(self, to_s: float) -> None:
        """Advance to exactly ``to_s``, without stopping at reports, as in the replay of a journal."""
        while self.reality.next_s() <= to_s:
            self.reality.happen()
        self.reality.now_s = max(self.reality.now_s, to_s)

    def image(self, name: str) -> bytes:
        """Return the PNG of an image that was reported, or ``golden-NNN``: a photograph of a good part taken at the station's set-up.

        Raises ``BadInput`` if there is no image of that name.
        """
        if name.startswith("golden-") and name[7:].isdigit():
            return render(self._golden(int(name[7:])))
        picture = self.reality.pictures.get(name)
        if picture is None:
            raise BadInput(
                Finding("world", "image", name, "the name in an ImageTaken report", "Ask for an image of that name.")
            )
        return render(picture)

    def _golden(self, number: int) -> Picture:
        draws = self.reality.draws
        roughness = GOLDEN_ROUGHNESS_UM[0] + draws.uniform("vision", "golden roughness", number) * (
            GOLDEN_ROUGHNESS_UM[1] - GOLDEN_ROUGHNESS_UM[0]
        )
        return Picture(key=draws.key("vision", "golden", number), roughness_um=roughness, defect="", defect_size=0.0)

    def take_deeds(self) -> list[Deed]:
        """Return the physical events since the last call."""
        deeds, self.reality.deeds = self.reality.deeds, []
        return deeds


class Start(msgspec.Struct, frozen=True):
    """``start.json``: the settings of a fresh start. ``pace`` 0 = as fast as possible.

    ``program_key``: if given, a control stores only programs signed with it.
    """

    seed: int
    pace: float = 0.0
    program_key: str = ""


def world_folder(shop_dir: Path) -> Path:
    """Return the folder of a shop's world."""
    return shop_dir / ".nightmill" / "world"


class LivingWorld:
    """A world that stores every input durably before it answers."""

    def __init__(self, folder: Path, world_toml: Path | None = None, boot_id: str = "in-process") -> None:
        """Continue the run in ``folder``, or start it; ``world_toml`` is copied at the start.

        Raises ``BadInput`` for an invalid world.toml, shop.json or start.json, ``EnvironmentFailed`` for a changed journal or a full disk.
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
        """Return the cell's greeting: its identity, shop time and last report."""
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

    def submit(self, command: AnyCommand, *, followed: bool = False) -> Acknowledgement:
        """Accept a command at most once; its line is on disk when this returns. ``followed`` as in ``World.submit``."""
        if not self._recover():
            return Acknowledgement(command.command_id, False, False, self._halted)
        before = self._world.answered(command.command_id)
        if before is not None:
            return before
        reading, problem = self._examined(command)
        at_s = self._world.now_s
        answer = self._world.submit(command, reading, problem, followed=followed)
        bare = msgspec.structs.replace(command, text="") if isinstance(command, StoreProgram) else command
        if not self._write(CommandTaken(at_s, bare, answer.accepted, answer.reason, reading, problem, followed)):
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
        """Return the PNG of an ``ImageTaken`` report."""
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
        """Replay the journal; return the deeds missing from the end if the journal was cut off."""
        path = self._journal.path
        expected: list[bytes] = []
        done = 0
        for number, raw in enumerate(self._journal.past, 1):
            line, body = parse(number, raw, path)
            if number == 1 and line != first:
                raise broken(path, 1, "another seed, shop.json or world.toml", "those with which this run started")
            if line is None:
                if done >= len(expected) or body != expected[done]:
                    found = body.decode(errors="replace")
                    wanted = expected[done].decode() if done < len(expected) else "no physical event at this line"
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
                answer = self._world.submit(line.command, line.reading, line.problem, followed=line.followed)
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
            # Memory is ahead of the journal; the events just simulated don't count and must not be reported.
            self._halted = f"safe stop: the journal can't be written: {error}"
            return False
        return True

    def _recover(self) -> bool:
        """Return whether the world is running; a halted one is rebuilt from its journal once the disk can be written again."""
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
    """Raise ``OSError`` while the disk can't be written; this is cheaper than finding out by replaying a long journal."""
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
