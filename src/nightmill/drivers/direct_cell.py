"""``DirectCell``: connects the controller to the virtual shop; a ``floor.equipment.Cell`` over a loopback socket.

It starts the world as a separate process, reconnects after either side was killed, and repeats the request that was
in progress; every request can be repeated safely (a command takes effect once, reports are sent again).
docs/drivers.md lists the messages and their fields. Nothing is imported from the world's code, just as nothing could be
imported from a real machine.
"""

from datetime import datetime
from pathlib import Path

from nightmill.drivers.station import ANSWER_TIMEOUT_S, Link, Station, given, reckoned, world_folder
from nightmill.drivers.telemetry import ReportSignals, Telemetry
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import BadInput, Finding


class DirectCell:
    """One connection to a running world; see ``floor.equipment.Cell`` for the contract of its methods."""

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

        ``fence``: the controller's fencing token; once a controller with a token has led, a controller without a token can only
        read the world and stop it. ``parent``: the process whose end also ends a world started here. Raises ``Fenced`` if a newer
        controller leads; ``EnvironmentFailed`` if another controller is connected, or the process dies or doesn't start in
        time; ``BadInput`` if there is no world to attach to, or its world.toml is wrong.
        """
        folder = world_folder(shop_dir)
        if not (folder / "start.json").exists():
            raise BadInput(
                Finding(str(folder), "start.json", "nothing", "a world", "Run the shop once without --resume.")
            )
        return cls(Link(world_station(Path(shop_dir), fence, parent), answer_timeout_s))

    def greet(self) -> Greeting:
        """Return the cell's greeting: its identity, shop time and last report."""
        return given(self._link.ask({"ask": "greet"}).greeting)

    def submit(self, command: AnyCommand, *, followed: bool = False) -> Acknowledgement:
        """Hand over a command; the world has stored it durably when this returns.

        ``followed``: real equipment or a person has carried it out, and the world only repeats it.
        """
        question = {"ask": "submit", "command": command, "fence": self._fence, "followed": followed}
        return given(self._link.ask(question).acknowledgement)

    def evidence(self, command_id: str) -> str:
        """``unknown``, ``running``, ``done`` or ``refused``."""
        return given(self._link.ask({"ask": "evidence", "command_id": command_id}).evidence)

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Advance until something is reported or ``until_s`` is reached; reports not yet acknowledged are repeated.

        A paced world answers when real time has caught up; the wait has no time limit while the world's process is running.
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
        """Return the PNG of an ``ImageTaken`` report."""
        return given(self._link.ask({"ask": "image", "name": name}).image)

    @staticmethod
    def spindles_left_s(shop_dir: Path, at_s: float) -> dict[str, float]:
        """Return the seconds that each spindle would still have run at ``at_s``, for a finished run; for scoring only, never for a
        controller.

        A separate process of the virtual shop replays the journal; none of its truth is imported here. Raises the
        ``BadInput`` or ``EnvironmentFailed`` that this process reports.
        """
        return reckoned(world_station(shop_dir), "--spindles-at", str(at_s))

    def close(self) -> None:
        """Disconnect; the world keeps running."""
        self._link.close()

    def shutdown(self) -> None:
        """Stop the world's process and wait for it; its journal stays."""
        self._link.shutdown()


def world_station(shop_dir: Path, fence: int = 0, parent: int = 0) -> Station:
    """Return the process of a shop's world; it ends with the process ``parent``, if one is given."""
    words = ("--parent", str(parent)) if parent else ()
    return Station(shop_dir, "nightmill.drivers.virtual_shop", words=words, fence=fence)
