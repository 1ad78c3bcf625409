"""Commands from the controller to the shop: imperative, each with an id that makes it take effect at most once.

A receiver that has already accepted a ``command_id`` repeats its acknowledgement and does nothing.
A command never carries ``at_s``: the shop acts when it can, and its reports say when it did.
"""

import msgspec


class Command(msgspec.Struct, frozen=True, tag_field="command"):
    """Root of all commands; ``unit`` is the work unit that executes it (empty for the office)."""

    command_id: str
    unit: str


class StoreProgram(Command, frozen=True, tag="store_program"):
    """Put an NC program on a mill (OPC 10031-4 ``Store``); the mill checks its SHA-256 and its signature.

    ``signature`` signs ``program_statement(operation, sha256)`` with the shop's key (Ed25519), in hexadecimal.
    """

    operation: str
    sha256: str
    text: str
    material: str
    signature: str = ""


def program_statement(operation: str, sha256: str) -> bytes:
    """Return the bytes covered by a program's signature: this program text for this operation and no other."""
    return f"nightmill program\n{operation}\n{sha256.lower()}".encode()


class MountPart(Command, frozen=True, tag="mount_part"):
    """A person mounts a blank (``blank_item`` not empty: taken from stock) or a part in process on a pallet. Attended."""

    pallet: str
    serial: str
    operation: str
    blank_item: str
    duration_s: float


class DismountPart(Command, frozen=True, tag="dismount_part"):
    """A person takes the part off its pallet to ``destination``: ``wip``, ``finished``, ``scrap`` or ``quarantine``. Attended."""

    pallet: str
    serial: str
    destination: str
    duration_s: float


class MovePallet(Command, frozen=True, tag="move_pallet"):
    """The robot moves a pallet from ``origin`` to ``destination``: a work unit's id or ``pool``. Unattended."""

    pallet: str
    origin: str
    destination: str


class StartCycle(Command, frozen=True, tag="start_cycle"):
    """Run the stored program on the part in the machine: one operation, one cut. Unattended."""

    pallet: str
    serial: str
    operation: str
    program_sha256: str


class MeasureTask(msgspec.Struct, frozen=True):
    """One characteristic to measure: its true deviation is ``sensitivity`` times the deviation of ``tool`` in ``operation``."""

    characteristic: str
    operation: str
    tool: int
    sensitivity: float
    nominal: float


class MeasurePart(Command, frozen=True, tag="measure_part"):
    """The gauge measures the part on the pallet in front of it. Unattended."""

    pallet: str
    serial: str
    tasks: tuple[MeasureTask, ...]


class TakeImage(Command, frozen=True, tag="take_image"):
    """The vision station photographs the part on the pallet in front of it. Unattended."""

    pallet: str
    serial: str


class WriteOffset(Command, frozen=True, tag="write_offset"):
    """Write a tool's wear register on a mill: ``offset_mm`` is added to the cutter's effective radius error (total, not step)."""

    tool: int
    offset_mm: float


class ReplaceTool(Command, frozen=True, tag="replace_tool"):
    """Make the next sister edge in the magazine the active one. Unattended; refused if no sister is left."""

    tool: int


class LoadTool(Command, frozen=True, tag="load_tool"):
    """A person puts ``count`` new edges of ``tool`` from the crib into the magazine. Attended."""

    tool: int
    count: int
    duration_s: float


class MaintainMachine(Command, frozen=True, tag="maintain_machine"):
    """A planned stop: a person replaces the machine's wear parts. Attended."""

    duration_s: float


class RepairMachine(Command, frozen=True, tag="repair_machine"):
    """A person repairs a failed machine. Attended; the shop, real or virtual, determines how long it takes."""


class TreatParts(Command, frozen=True, tag="treat_parts"):
    """A person puts parts into an oven, washer or tumbler (``load_s``), which then does ``operation`` for ``duration_s``.

    Attended while the parts are loaded, and until the end if ``attended`` is set. The parts stay in until ``UnloadParts``.
    """

    serials: tuple[str, ...]
    operation: str
    load_s: float
    duration_s: float
    attended: bool = False


class UnloadParts(Command, frozen=True, tag="unload_parts"):
    """A person takes treated parts out, to ``destination``: ``wip``, ``finished``, ``scrap`` or ``quarantine``. Attended."""

    serials: tuple[str, ...]
    destination: str
    duration_s: float


class PlacePurchaseOrder(Command, frozen=True, tag="place_purchase_order"):
    """Order ``quantity`` of ``item`` from ``supplier``; tools are ordered by item ``tool:NUMBER``."""

    purchase_order: str
    supplier: str
    item: str
    quantity: int


class CallPeople(Command, frozen=True, tag="call_people"):
    """Call in ``persons`` people from ``from_s`` to ``to_s`` (shop time), regardless of the shifts."""

    from_s: float
    to_s: float
    persons: int


AnyCommand = (
    StoreProgram
    | MountPart
    | DismountPart
    | MovePallet
    | StartCycle
    | MeasurePart
    | TakeImage
    | WriteOffset
    | ReplaceTool
    | LoadTool
    | MaintainMachine
    | RepairMachine
    | TreatParts
    | UnloadParts
    | PlacePurchaseOrder
    | CallPeople
)


class Acknowledgement(msgspec.Struct, frozen=True):
    """The receiver's answer. If ``accepted`` is false, it gives the reason and the command had no effect; ``duplicate``: seen before."""

    command_id: str
    accepted: bool
    duplicate: bool = False
    reason: str = ""
