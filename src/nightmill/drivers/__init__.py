"""Room ``drivers``: machines, robots, gauges, cameras and suppliers behind ``floor.equipment.Cell``, over any protocol; ERP systems over HTTP.

In: commands and times to advance to. Out: acknowledgements, evidence, reports, images, samples of signals. Never: makes a decision,
keeps shop state, or imports ``drivers.virtual_shop``, the stand-in for reality, which runs as a separate process.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.drivers import erp, live, modbus
    from nightmill.drivers import robots as arms
    from nightmill.drivers.connection import (
        Connection,
        OpenCell,
        WorldStart,
        end_world,
        identities,
        mqtt_identities,
        open_cell,
        start_world,
    )
    from nightmill.drivers.direct_cell import DirectCell
    from nightmill.drivers.mtconnect.history import mtconnect_history
    from nightmill.drivers.telemetry import Telemetry

__all__ = [
    "Connection",
    "DirectCell",
    "OpenCell",
    "Telemetry",
    "WorldStart",
    "arms",
    "end_world",
    "erp",
    "identities",
    "live",
    "modbus",
    "mqtt_identities",
    "mtconnect_history",
    "open_cell",
    "start_world",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
