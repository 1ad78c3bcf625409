"""``DirectCell``: connects the controller to the virtual shop; a ``floor.equipment.Cell`` over a loopback socket.

It starts the world as a separate process, finds it again after either side was killed, and repeats the request
that was in progress: every request can be repeated safely (a command takes effect once, reports are sent again).
docs/drivers.md lists the messages and their fields. Nothing is imported from the world, just as nothing could be
imported from a real machine.
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
    """Whether the shop has a world that has been started."""
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
    """Start a new life of the virtual shop and connect to it; its hidden truth is read from ``shop_dir/world.toml``.

    ``program_key``: the public key by which machines recognise the shop's programs (Ed25519, hexadecimal); without one
    they accept any program. ``pace``: shop seconds per real second, 0 = as fast as possible. ``fresh`` deletes an
    existing life. ``parent``: the id of a process with which the life ends, however that process ends; 0 = none.
    Raises ``BadInput`` if there is a life and ``fresh`` isn't set, or with all findings of a wrong world.toml;
    ``EnvironmentFailed`` if the world can't start.
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
        remedy = "Free some space or correct the permissions."
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
        """From now on, pass the signals in reports to ``telemetry``; ``start``: shop time 0."""
        self._signals = ReportSignals(telemetry, start)

    @classmethod
    def attach(
        cls, shop_dir: Path, *, answer_timeout_s: float = ANSWER_TIMEOUT_S, fence: int = 0, parent: int = 0
    ) -> "DirectCell":
        """Connect to the shop's world; if its process isn't running, start it from its journal first.

        ``fence``: the controller's fencing token; once a controller with a token has led, one without can only read the
        world and stop it. ``parent``: the process with which a world started here ends. Raises ``Fenced`` if a newer
        controller leads; ``EnvironmentFailed`` if another controller is connected, or the process dies or doesn't start in
        time; ``BadInput`` if there is no world to attach to, or its world.toml is wrong.
        """
        folder = world_folder(shop_dir)
        if not (folder / "start.json").exists():
            raise BadInput(
                Finding(str(folder), "start.json", "nothing", "a world", "Run the shop once without --resume.")
            )
        return cls(Link(_world(Path(shop_dir), fence, parent), answer_timeout_s))

    def greet(self) -> Greeting:
        """The cell's greeting: its identity, shop time and last report."""
        return given(self._link.ask({"ask": "greet"}).greeting)

    def submit(self, command: AnyCommand) -> Acknowledgement:
        """Hand over a command; the world has stored it durably when this returns."""
        return given(self._link.ask({"ask": "submit", "command": command, "fence": self._fence}).acknowledgement)

    def evidence(self, command_id: str) -> str:
        """``unknown``, ``running``, ``done`` or ``refused``."""
        return given(self._link.ask({"ask": "evidence", "command_id": command_id}).evidence)

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Advance until something is reported or ``until_s`` is reached; reports not yet acknowledged are repeated.

        A paced world answers when real time has come that far; the wait has no time limit while the world is alive.
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
        """Seconds that each spindle would still have run at ``at_s``, in a life that is over; for scoring only, never for a controller.

        A separate process of the virtual shop replays the journal; none of its truth is imported here. Raises the
        ``BadInput`` or ``EnvironmentFailed`` that this process reports.
        """
        return reckoned(_world(shop_dir), "--spindles-at", str(at_s))

    def close(self) -> None:
        """Disconnect; the world keeps running."""
        self._link.close()

    def shutdown(self) -> None:
        """Stop the world's process and wait for it; its journal stays."""
        self._link.shutdown()


def _world(shop_dir: Path, fence: int = 0, parent: int = 0) -> Station:
    words = ("--parent", str(parent)) if parent else ()
    return Station(shop_dir, "nightmill.drivers.virtual_shop", words=words, fence=fence)


def _end_live_world(shop_dir: Path) -> None:
    link = Link.living(_world(shop_dir))
    if link is not None:
        link.shutdown()


def _empty(folder: Path) -> None:
    """Remove the files of a life, and nothing else."""
    for name in ("journal.jsonl", "world.toml", "shop.json", "start.json", "address.json", "process.log", "jobs.jsonl"):
        (folder / name).unlink(missing_ok=True)
    for program in (folder / "programs").glob("*.ngc"):
        program.unlink(missing_ok=True)
