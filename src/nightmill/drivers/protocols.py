"""The protocols by which a controller can reach a shop: names, usual ports, and where each side's module is.

Adding one is a line here and a package beside this file with a gateway (the machines' side) and a cell (the controller's).
"""

import socket

import msgspec

from nightmill.vocabulary.errors import EnvironmentFailed, Finding

DIRECT = "direct"
GATEWAYS = {
    "mtconnect": "nightmill.drivers.mtconnect.gateway:MtconnectGateway",
    "mqtt": "nightmill.drivers.sparkplug.gateway:SparkplugGateway",
    "opcua": "nightmill.drivers.opcua.gateway:OpcUaGateway",
}
CELLS = {
    "mtconnect": "nightmill.drivers.mtconnect.cell:MtconnectCell",
    "mqtt": "nightmill.drivers.sparkplug.cell:SparkplugCell",
    "opcua": "nightmill.drivers.opcua.cell:OpcUaCell",
}
USUAL_PORTS = {"mtconnect": 5000, "mqtt": 1883, "opcua": 4840}
PORT_TRIES = 20
IDLE_S = 900.0
"""How long a virtual shop or a gateway waits for a controller before it ends: longer than a network may be away. Its next life takes up where it was."""
NAMES = (DIRECT, *sorted(CELLS))


class GatewayOptions(msgspec.Struct, frozen=True):
    """``port`` 0: the usual one, or any free one where that is taken. ``broker``: HOST:PORT of one that is already there. ``fence``: of the controller."""

    protocol: str
    port: int = 0
    broker: str = ""
    fence: int = 0


def choose_port(options: GatewayOptions, host: str = "127.0.0.1") -> int:
    """The port to listen at; EnvironmentFailed where one was named and is taken."""
    wanted = options.port or USUAL_PORTS[options.protocol]
    if _is_free(host, wanted):
        return wanted
    if options.port:
        remedy = "End what listens there, or name another port."
        raise EnvironmentFailed(Finding("--port", str(options.port), "a port in use", "a free one", remedy))
    with socket.create_server((host, 0)) as probe:
        return int(probe.getsockname()[1])


def listening(options: GatewayOptions, host: str = "127.0.0.1") -> socket.socket:
    """A socket that listens at the port to listen at; somebody else may take a port between the look and the start. EnvironmentFailed as ``choose_port``."""
    for _ in range(PORT_TRIES):
        port = choose_port(options, host)
        try:
            return socket.create_server((host, port))
        except OSError as error:
            failed = error
    raise EnvironmentFailed(Finding(host, str(port), str(failed), "a free port", "Try again.")) from failed


def _is_free(host: str, port: int) -> bool:
    try:
        with socket.create_server((host, port)):
            return True
    except OSError:
        return False
