"""The protocols over which a controller can reach a shop: names, usual ports, and the module of each side.

To add one, add a line here and a package next to this file with a gateway (the machines' side) and a cell (the controller's side).
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
"""Seconds that a virtual shop or a gateway waits for a controller before it stops: longer than a network outage. When it is started again, it continues where it stopped."""
NAMES = (DIRECT, *sorted(CELLS))


class GatewayOptions(msgspec.Struct, frozen=True):
    """A gateway's options. ``port`` 0: the usual port, or any free port if that is in use. ``broker``: HOST:PORT of an existing broker.
    ``fence``: the controller's fencing token.
    """

    protocol: str
    port: int = 0
    broker: str = ""
    fence: int = 0


def choose_port(options: GatewayOptions, host: str = "127.0.0.1") -> int:
    """Return the port to listen on. Raises ``EnvironmentFailed`` if a given port is in use."""
    wanted = options.port or USUAL_PORTS[options.protocol]
    if _is_free(host, wanted):
        return wanted
    if options.port:
        remedy = "Stop the program that listens there, or name another port."
        raise EnvironmentFailed(Finding("--port", str(options.port), "a port in use", "a free one", remedy))
    with socket.create_server((host, 0)) as probe:
        return int(probe.getsockname()[1])


def listening(options: GatewayOptions, host: str = "127.0.0.1") -> socket.socket:
    """A socket that listens on the chosen port, so that no other process can take the port between check and start. Raises the errors of
    ``choose_port``.
    """
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
