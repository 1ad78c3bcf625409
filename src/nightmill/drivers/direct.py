"""``DirectCell``: the controller's way to the virtual shop, a ``floor.equipment.Cell`` over a loopback socket.

It starts the world as a process of its own, finds it again after either side was killed, and repeats the question
that was under way: every question may be asked twice without harm (commands are taken once, reports are repeated).
Lines and fields are those of docs/drivers.md; nothing is imported from the world, as from no real machine.
"""

from datetime import datetime
from pathlib import Path

import msgspec

from nightmill.drivers.station import ANSWER_TIMEOUT_S, Link, Station, given, reckoned, world_folder
from nightmill.drivers.telemetry import ReportSignals, Telemetry
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.shop import Shop

_ENCODER = msgspec.json.Encoder()


def world_exists(shop_dir: Path) -> bool:
    """Whether the shop has a world that has begun to live."""
    return (world_folder(shop_dir) / "journal.jsonl").exists()


def start_world(
    shop_dir: Path,
    shop: Shop,
    seed: int,
    *,
    pace: float = 0.0,
    fresh: bool = False,
    fence: int = 0,
    program_key: str = "",
    parent: int = 0,
) -> "DirectCell":
    """Begin a new life of the virtual shop and connect to it; its hidden truth is read from ``shop_dir/world.toml``.

    ``program_key``: by which the machines know the shop's programs (Ed25519, hexadecimal); without one they take any.
    ``pace``: shop seconds a real second, 0 = as fast as it can. ``fresh`` drops a life that is there; without it
    that is BadInput. ``parent``: a process with which the life ends, however that one ends; 0 = none. BadInput too for a wrong world.toml, with all findings; EnvironmentFailed where it can't start.
    """
    folder = world_folder(shop_dir)
    if world_exists(shop_dir):
        if not fresh:
            raise BadInput(
                Finding(str(folder), "journal.jsonl", "a world", "none", "Resume it, or ask for a fresh start.")
            )
        _end_live_world(shop_dir)
    _empty(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        start = {"seed": seed, "pace": pace, "program_key": program_key}
        (folder / "shop.json").write_bytes(_ENCODER.encode(shop))
        (folder / "start.json").write_bytes(_ENCODER.encode(start))
    except OSError as error:
        remedy = "Free some space or mend the rights."
        finding = Finding(str(folder), "virtual shop", str(error), "a folder that can be written", remedy)
        raise EnvironmentFailed(finding) from error
    return DirectCell.attach(shop_dir, fence=fence, parent=parent)


class DirectCell:
    """One connection to a living world; see ``floor.equipment.Cell`` for what its methods promise."""

    endpoints: tuple[tuple[str, str], ...] = ()

    def __init__(self, link: Link) -> None:
        self._link, self._fence = link, link.station.fence
        self._signals: ReportSignals | None = None

    def tell(self, telemetry: Telemetry, start: datetime) -> None:
        """From now on the signals in reports go there; ``start``: shop time 0."""
        self._signals = ReportSignals(telemetry, start)

    @classmethod
    def attach(
        cls, shop_dir: Path, *, answer_timeout_s: float = ANSWER_TIMEOUT_S, fence: int = 0, parent: int = 0
    ) -> "DirectCell":
        """Connect to the shop's world; start its process first, from its journal, where none lives.

        ``fence``: the controller's fencing token; without one the world can only be looked at and ended, once a
        controller with one has led. Fenced: a newer one leads. ``parent``: the process with which one that is started here ends.
        EnvironmentFailed: another controller is connected, the process dies or doesn't come up in time.
        BadInput: there is no world to attach to, or its world.toml is wrong.
        """
        folder = world_folder(shop_dir)
        if not (folder / "start.json").exists():
            raise BadInput(
                Finding(str(folder), "start.json", "nothing", "a world", "Run the shop once without --resume.")
            )
        return cls(Link(_world(Path(shop_dir), fence, parent), answer_timeout_s))

    def greet(self) -> Greeting:
        """Who is there and how far it has come."""
        return given(self._link.ask({"ask": "greet"}).greeting)

    def submit(self, command: AnyCommand) -> Acknowledgement:
        """Hand over a command; durable at the world when this returns."""
        return given(self._link.ask({"ask": "submit", "command": command, "fence": self._fence}).acknowledgement)

    def evidence(self, command_id: str) -> str:
        """``unknown``, ``running``, ``done`` or ``refused``."""
        return given(self._link.ask({"ask": "evidence", "command_id": command_id}).evidence)

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Move on until something is reported or ``until_s`` is reached; repeats what isn't acknowledged.

        A paced world answers when real time has come that far; the wait has no limit but the world's life.
        """
        question = {
            "ask": "advance",
            "until_s": until_s,
            "acknowledged_seq": acknowledged_seq,
            "fence": self._fence,
        }
        moved: Advance = given(self._link.ask(question, patient=True).advance)
        if self._signals is not None:
            self._signals.see(moved.reports)
        return moved

    def image(self, name: str) -> bytes:
        """The PNG of an ``ImageTaken`` report."""
        return given(self._link.ask({"ask": "image", "name": name}).image)

    @staticmethod
    def spindles_left_s(shop_dir: Path, at_s: float) -> dict[str, float]:
        """What judges alone may ask, of a life that is over: seconds that each spindle would still have run at ``at_s``.

        A process of the virtual shop's own lives the journal again; nothing of its truth is imported here. BadInput and
        EnvironmentFailed as that process says.
        """
        return reckoned(_world(shop_dir), "--spindles-at", str(at_s))

    def close(self) -> None:
        """Leave; the world lives on."""
        self._link.close()

    def shutdown(self) -> None:
        """End the world's process and wait for it; its journal stays."""
        self._link.shutdown()


def _world(shop_dir: Path, fence: int = 0, parent: int = 0) -> Station:
    words = ("--parent", str(parent)) if parent else ()
    return Station(shop_dir, "nightmill.drivers.virtual_shop", words=words, fence=fence)


def _end_live_world(shop_dir: Path) -> None:
    link = Link.living(_world(shop_dir))
    if link is not None:
        link.shutdown()


def _empty(folder: Path) -> None:
    """Remove what a life leaves behind, and nothing else."""
    for name in ("journal.jsonl", "world.toml", "shop.json", "start.json", "address.json", "process.log", "jobs.jsonl"):
        (folder / name).unlink(missing_ok=True)
    for program in (folder / "programs").glob("*.ngc"):
        program.unlink(missing_ok=True)
