"""Room ``connect``: machines, robots, gauges, cameras and suppliers behind ``floor.equipment.Cell``, by any protocol; ERP systems over HTTP.

In: commands and times to advance to. Out: acknowledgements, evidence, reports, images, samples of signals. Never: decides anything,
keeps a state of the shop, or imports ``drivers.virtual_shop``, the stand-in for reality, which runs as a separate process.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.drivers import erp, modbus
    from nightmill.drivers import robots as arms
    from nightmill.drivers.direct import DirectCell, start_world, world_exists
    from nightmill.drivers.mtconnect.history import mtconnect_history
    from nightmill.drivers.opening import Connection, OpenCell, end_world, identities, mqtt_identities, open_cell
    from nightmill.drivers.telemetry import Telemetry, utc_us

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

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(
        __name__,
        {
            "Connection": "opening",
            "DirectCell": "direct",
            "OpenCell": "opening",
            "Telemetry": "telemetry",
            "arms": "robots:",
            "end_world": "opening",
            "erp": "erp:",
            "identities": "opening",
            "modbus": "modbus:",
            "mqtt_identities": "opening",
            "mtconnect_history": "mtconnect.history",
            "open_cell": "opening",
            "start_world": "direct",
            "utc_us": "telemetry",
            "world_exists": "direct",
        },
    )
