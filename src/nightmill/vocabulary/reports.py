"""Reports from machines, robots, gauges, cameras and suppliers: past tense, numbered, immutable.
``seq`` counts from 1 without gaps for as long as one world exists, including restarts; ``at_s`` is shop time.
A report that answers a command carries its ``command_id``.

A cut on real equipment names its ``source``, the machine, and the ``evidence`` that the report rests on; both are empty for the
virtual shop.
"""

from typing import Literal

import msgspec

Evidence = Literal["", "mark", "person"]
"""``mark``: the program left a mark on the control; ``person``: somebody confirmed it."""


class Report(msgspec.Struct, frozen=True, tag_field="report"):
    """Root of all reports."""

    seq: int
    at_s: float
    unit: str


class PartMounted(Report, frozen=True, tag="part_mounted"):
    """A person has mounted the part."""

    command_id: str
    pallet: str
    serial: str
    operation: str


class PartDismounted(Report, frozen=True, tag="part_dismounted"):
    """A person has taken the part off its pallet."""

    command_id: str
    pallet: str
    serial: str
    destination: str


class PalletMoved(Report, frozen=True, tag="pallet_moved"):
    """The robot has moved a pallet."""

    command_id: str
    pallet: str
    destination: str


class CycleStarted(Report, frozen=True, tag="cycle_started", omit_defaults=True):
    """Execution is ACTIVE: from this point the part counts as cut by this operation."""

    command_id: str
    serial: str
    operation: str
    program_sha256: str
    source: str = ""
    evidence: Evidence = ""


class CycleFinished(Report, frozen=True, tag="cycle_finished", omit_defaults=True):
    """The program has ended. ``tool_minutes`` and ``tool_edges`` give cutting time and edge used, by tool number (as text).

    ``offsets_mm`` are the registers in force, ``signals`` the cycle's means: ``vibration_mm_s``,
    ``spindle_load_pct``, ``temperature_c``, ``roughness_um`` (in-process surface estimate).
    """

    command_id: str
    serial: str
    operation: str
    duration_s: float
    energy_kwh: float
    tool_minutes: dict[str, float]
    tool_edges: dict[str, str]
    offsets_mm: dict[str, float]
    signals: dict[str, float]
    source: str = ""
    evidence: Evidence = ""


class CycleInterrupted(Report, frozen=True, tag="cycle_interrupted", omit_defaults=True):
    """The machine stopped mid-program (breakdown, broken tool): the part is in doubt. ``alarm``: the text shown by the machine."""

    command_id: str
    serial: str
    operation: str
    alarm: str
    tool_minutes: dict[str, float]
    source: str = ""
    evidence: Evidence = ""


class PartMeasured(Report, frozen=True, tag="part_measured"):
    """Readings by characteristic, absolute values in mm."""

    command_id: str
    serial: str
    readings: dict[str, float]


class ImageTaken(Report, frozen=True, tag="image_taken"):
    """An image is ready; ``image`` is the name for fetching it."""

    command_id: str
    serial: str
    image: str


class TreatmentStarted(Report, frozen=True, tag="treatment_started"):
    """The parts are loaded and the machine has started ``operation`` on them: from this point the operation counts as done."""

    command_id: str
    serials: tuple[str, ...]
    operation: str


class PartsTreated(Report, frozen=True, tag="parts_treated"):
    """The machine has finished treating the parts, which are still inside."""

    command_id: str
    serials: tuple[str, ...]
    operation: str
    duration_s: float


class PartsUnloaded(Report, frozen=True, tag="parts_unloaded"):
    """A person has taken the parts out."""

    command_id: str
    serials: tuple[str, ...]
    destination: str


def taken_off(report: Report) -> tuple[str, ...]:
    """Return the parts that, according to this report, a person has taken off a pallet or out of a machine."""
    if isinstance(report, PartDismounted):
        return (report.serial,)
    return report.serials if isinstance(report, PartsUnloaded) else ()


class OffsetWritten(Report, frozen=True, tag="offset_written"):
    """The register now contains ``offset_mm`` (read back from the machine)."""

    command_id: str
    tool: int
    offset_mm: float


class ToolReplaced(Report, frozen=True, tag="tool_replaced"):
    """A new edge is active; ``setter_um`` is the tool setter's reading of its size error, ``sisters`` the number left."""

    command_id: str
    tool: int
    edge: str
    setter_um: float
    sisters: int


class ToolLoaded(Report, frozen=True, tag="tool_loaded"):
    """New edges are in the magazine; ``crib``: edges left in the crib after deliveries and loads, not counting repairs."""

    command_id: str
    tool: int
    sisters: int
    crib: int


class MachineFailed(Report, frozen=True, tag="machine_failed"):
    """The machine is down; ``alarm``: the text shown by its control."""

    alarm: str


class MachineRepaired(Report, frozen=True, tag="machine_repaired"):
    """The machine is up again."""

    command_id: str
    cause: str


class MachineMaintained(Report, frozen=True, tag="machine_maintained"):
    """The planned stop has ended; ``found`` is the condition seen by the person (``worn``, ``good``)."""

    command_id: str
    found: str


class SignalsSampled(Report, frozen=True, tag="signals_sampled"):
    """A telemetry sample of one machine, between cycles or at regular times."""

    signals: dict[str, float]


class Delivered(Report, frozen=True, tag="delivered"):
    """Goods have arrived."""

    purchase_order: str
    item: str
    quantity: int


class ProgramStored(Report, frozen=True, tag="program_stored"):
    """The program is on the machine and its hash has been checked; ``cycle_s`` is the control's own estimate."""

    command_id: str
    operation: str
    sha256: str
    cycle_s: float


class PurchaseAccepted(Report, frozen=True, tag="purchase_accepted"):
    """The supplier has confirmed and promises a date."""

    command_id: str
    purchase_order: str
    promised_s: float


class PeopleCalled(Report, frozen=True, tag="people_called"):
    """The number of people who have agreed to come, and the start and end of their stay."""

    command_id: str
    from_s: float
    to_s: float
    persons: int


class CommandDeclined(Report, frozen=True, tag="command_declined"):
    """An accepted command was not carried out and had no effect: a person refused, or the control didn't begin it. ``why`` is the
    person's reason or the control's message.
    """

    command_id: str
    why: str


class ContactLost(Report, frozen=True, tag="contact_lost"):
    """The unit no longer answers; ``why`` is the error of the connection."""

    why: str


class ContactRestored(Report, frozen=True, tag="contact_restored"):
    """The unit answers again."""


AnyReport = (
    PartMounted
    | PartDismounted
    | PalletMoved
    | CycleStarted
    | CycleFinished
    | CycleInterrupted
    | PartMeasured
    | ImageTaken
    | TreatmentStarted
    | PartsTreated
    | PartsUnloaded
    | OffsetWritten
    | ToolReplaced
    | ToolLoaded
    | MachineFailed
    | MachineRepaired
    | MachineMaintained
    | SignalsSampled
    | Delivered
    | ProgramStored
    | PurchaseAccepted
    | PeopleCalled
    | CommandDeclined
    | ContactLost
    | ContactRestored
)
