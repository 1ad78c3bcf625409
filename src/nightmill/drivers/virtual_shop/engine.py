"""The world: commands in, reports out, the clock in its own hands. Pure: no clock, no file, no socket.

The same shop, truth, seed and inputs (commands and times of advance, in order) give the same reports and deeds.
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
"""Good parts at the station's set-up come from fresh and from nearly worn tools."""


class World:
    """One virtual shop and its life so far."""

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
        """The answer given before to this command, marked as a duplicate."""
        before = self._answers.get(command_id)
        return Acknowledgement(command_id, before.accepted, True, before.reason) if before else None

    def submit(self, command: AnyCommand, reading: ProgramReading | None = None, problem: str = "") -> Acknowledgement:
        """Take a command at most once; ``reading`` and ``problem`` are the control's word on a ``StoreProgram``."""
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
        """Reports after ``acknowledged_seq``, at most 2,000; BadInput where the controller knows more than the world."""
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
        """When the next thing will happen; infinity where nothing will."""
        return self.reality.next_s()

    def advance(self, until_s: float) -> None:
        """Move on to the next instant at which something is reported, or to ``until_s``."""
        seq = self.last_seq
        while self.last_seq == seq and self.reality.next_s() <= until_s:
            self.reality.happen()
        if self.last_seq == seq:
            self.reality.now_s = max(self.reality.now_s, until_s)

    def relive(self, to_s: float) -> None:
        """Move to exactly ``to_s``, past every report: how a journal is replayed."""
        while self.reality.next_s() <= to_s:
            self.reality.happen()
        self.reality.now_s = max(self.reality.now_s, to_s)

    def image(self, name: str) -> bytes:
        """The PNG of an image that was reported, or ``golden-NNN``: a photograph of a good part taken at the station's set-up.

        BadInput where there is none of that name.
        """
        if name.startswith("golden-") and name[7:].isdigit():
            return render(self._golden(int(name[7:])))
        picture = self.reality.pictures.get(name)
        if picture is None:
            raise BadInput(Finding("world", "image", name, "the name in an ImageTaken report", "Ask for that one."))
        return render(picture)

    def _golden(self, number: int) -> Picture:
        draws = self.reality.draws
        roughness = GOLDEN_ROUGHNESS_UM[0] + draws.uniform("vision", "golden roughness", number) * (
            GOLDEN_ROUGHNESS_UM[1] - GOLDEN_ROUGHNESS_UM[0]
        )
        return Picture(key=draws.key("vision", "golden", number), roughness_um=roughness, defect="", defect_size=0.0)

    def take_deeds(self) -> list[Deed]:
        """What has physically happened since this was last asked."""
        deeds, self.reality.deeds = self.reality.deeds, []
        return deeds
