"""The simulated world: commands in, reports out, with its own simulated time. It uses no system clock, no files and no sockets.

The same shop, truth, seed and inputs (commands and advances, in order) give the same reports and physical events.
"""

from nightmill.drivers.virtual_shop.effects import begin, begin_life
from nightmill.drivers.virtual_shop.hidden_parameters import Truth
from nightmill.drivers.virtual_shop.pictures import render
from nightmill.drivers.virtual_shop.rules import refusal
from nightmill.drivers.virtual_shop.state import Deed, Picture, ProgramReading, Reality
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.reports import AnyReport
from nightmill.vocabulary.shop import Shop

REPORTS_AT_ONCE = 2000


GOLDEN_ROUGHNESS_UM = (0.4, 4.0)
"""Good parts photographed at the station's set-up come from fresh and from nearly worn tools."""


class World:
    """One virtual shop and its history so far."""

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
        """The earlier answer to this command, marked as a duplicate."""
        before = self._answers.get(command_id)
        return Acknowledgement(command_id, before.accepted, True, before.reason) if before else None

    def submit(self, command: AnyCommand, reading: ProgramReading | None = None, problem: str = "") -> Acknowledgement:
        """Accept a command at most once; ``reading`` and ``problem`` are the control's result for a ``StoreProgram``."""
        before = self.answered(command.command_id)
        if before is not None:
            return before
        reason = problem or refusal(self.reality, command)
        answer = Acknowledgement(command.command_id, not reason, False, reason)
        self._answers[command.command_id] = answer
        if answer.accepted:
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
                    "The controller's log belongs to another life of the world: start afresh.",
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
        """The PNG of an image that was reported, or ``golden-NNN``: a photograph of a good part taken at the station's set-up.

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
        """The physical events since the last call."""
        deeds, self.reality.deeds = self.reality.deeds, []
        return deeds
