"""``DirectCell``: the controller's way to the virtual shop, a ``floor.equipment.Cell`` over a loopback socket.

It starts the world as a process of its own, finds it again after either side was killed, and repeats the question
that was under way: every question may be asked twice without harm (commands are taken once, reports are repeated).
Lines and fields are those of docs/drivers.md; nothing is imported from the world, as from no real machine.
"""

from datetime import datetime
from pathlib import Path

from nightmill.drivers.station import ANSWER_TIMEOUT_S, Link, Station, given, reckoned, world_folder
from nightmill.drivers.telemetry import ReportSignals, Telemetry
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import BadInput, Finding


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
        return cls(Link(world_station(Path(shop_dir), fence, parent), answer_timeout_s))

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
        return reckoned(world_station(shop_dir), "--spindles-at", str(at_s))

    def close(self) -> None:
        """Leave; the world lives on."""
        self._link.close()

    def shutdown(self) -> None:
        """End the world's process and wait for it; its journal stays."""
        self._link.shutdown()


def world_station(shop_dir: Path, fence: int = 0, parent: int = 0) -> Station:
    """The process of a shop's world, which ends with the process ``parent`` where one is named."""
    words = ("--parent", str(parent)) if parent else ()
    return Station(shop_dir, "nightmill.drivers.virtual_shop", words=words, fence=fence)
