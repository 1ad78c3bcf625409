"""A shop's own equipment behind one cell: real controls, people, and virtual units that stand in for what isn't connected."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.drivers.linuxcnc.machine import LINUXCNC_CAN, LinuxCnc, unready
    from nightmill.drivers.linuxcnc.shell import Shell
    from nightmill.drivers.live.cell import Crew, LiveCell
    from nightmill.drivers.live.virtual_units import VirtualUnits, open_virtual_units
    from nightmill.drivers.operator.consent import Attended, WithConsent
    from nightmill.drivers.operator.person import Limits, People
    from nightmill.drivers.operator.tasks import TaskList
    from nightmill.drivers.program_folder import ProgramFolder

__all__ = [
    "LINUXCNC_CAN",
    "Attended",
    "Crew",
    "Limits",
    "LinuxCnc",
    "LiveCell",
    "People",
    "ProgramFolder",
    "Shell",
    "TaskList",
    "VirtualUnits",
    "WithConsent",
    "open_virtual_units",
    "unready",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
