"""Room ``connect``: machines, robots, gauges, cameras and suppliers behind ``floor.ports.Cell``, by any protocol; ERP systems over HTTP.

In: commands and times to advance to. Out: acknowledgements, evidence, reports, images, samples of signals. Never: decides anything,
keeps a state of the shop, or imports ``connect.virtual``, the stand-in for reality, which is a process of its own.
"""

from nightmill.connect import arms, erp, modbus
from nightmill.connect.direct import DirectCell, start_world, world_exists
from nightmill.connect.mtconnect.history import mtconnect_history
from nightmill.connect.opening import (
    Connection,
    OpenCell,
    end_world,
    identities,
    mqtt_identities,
    open_cell,
)
from nightmill.connect.telemetry import Telemetry, utc_us

__all__ = [
    "Connection",
    "DirectCell",
    "OpenCell",
    "Telemetry",
    "arms",
    "end_world",
    "erp",
    "identities",
    "modbus",
    "mqtt_identities",
    "mtconnect_history",
    "open_cell",
    "start_world",
    "utc_us",
    "world_exists",
]
