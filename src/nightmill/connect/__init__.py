"""Room ``connect``: machines, robots, gauges, cameras and suppliers behind ``floor.ports.Cell``, by any protocol; ERP systems over HTTP.

In: commands and times to advance to. Out: acknowledgements, evidence, reports, images, samples of signals. Never: decides anything,
keeps a state of the shop, or imports ``connect.virtual``, the stand-in for reality, which is a process of its own.
"""

from nightmill.connect.direct import DirectCell, start_world, world_exists
from nightmill.connect.erp import Erp, ErpNext, Odoo, Purchase
from nightmill.connect.modbus import Device as ModbusDevice
from nightmill.connect.modbus import ModbusLink
from nightmill.connect.modbus import read_devices as modbus_devices
from nightmill.connect.opening import (
    Connection,
    OpenCell,
    end_gateway,
    end_world,
    identities,
    mqtt_identities,
    open_cell,
)
from nightmill.connect.telemetry import Telemetry

__all__ = [
    "Connection",
    "DirectCell",
    "Erp",
    "ErpNext",
    "Odoo",
    "ModbusDevice",
    "ModbusLink",
    "OpenCell",
    "Purchase",
    "Telemetry",
    "end_gateway",
    "end_world",
    "identities",
    "modbus_devices",
    "mqtt_identities",
    "open_cell",
    "start_world",
    "world_exists",
]
