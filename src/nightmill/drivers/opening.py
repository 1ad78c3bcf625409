"""Open a connection to a shop over any protocol, and stop the processes behind it."""

import fcntl
import importlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from nightmill.drivers.direct import DirectCell, start_world, world_exists
from nightmill.drivers.protocols import CELLS, DIRECT, NAMES
from nightmill.drivers.station import Link, Station
from nightmill.drivers.telemetry import Telemetry, Unheard
from nightmill.floor import Cell
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import Shop

ENDS_S = 15.0
"""Seconds that a gateway may take to stop: longer than it gives its servers."""


class Connection(msgspec.Struct, frozen=True):
    """How to reach the shop. ``port``: port of the protocol's server, 0 = its usual one or any free one; ``broker``: HOST:PORT, or mqtts://HOST:PORT."""

    protocol: str = DIRECT
    port: int = 0
    broker: str = ""


class OpenCell(Cell, Protocol):
    """A ``Cell`` opened by ``open_cell``; ``endpoints``: protocol and URL of each server that others may use."""

    endpoints: tuple[tuple[str, str], ...]

    def shutdown(self) -> None:
        """Stop the process on the other side; the shop behind a gateway keeps running."""


def open_cell(
    shop_dir: Path,
    shop: Shop,
    seed: int,
    *,
    pace: float = 0.0,
    resume: bool = False,
    connection: Connection | None = None,
    fence: int = 0,
    telemetry: Telemetry | None = None,
    program_key: str = "",
) -> OpenCell:
    """Start a new life of the virtual shop, or ``resume`` the existing one, and connect to it in the given way.

    ``fence``: the controller's fencing token, which a gateway passes on. ``telemetry`` gets the machines' signals.
    ``program_key``: the public key by which machines recognise the shop's programs; without one they require no signature.
    Raises ``BadInput`` for an unknown protocol, ``EnvironmentFailed`` if a server can't be opened or reached.
    """
    way = connection or Connection()
    if way.protocol not in NAMES:
        raise BadInput(Finding("--connect", "", repr(way.protocol), " or ".join(NAMES), "Choose one of them."))
    _check_options(way)
    end_gateway(shop_dir)
    if resume and world_exists(shop_dir):
        cell = DirectCell.attach(shop_dir, fence=fence)
    else:
        cell = start_world(shop_dir, shop, seed, pace=pace, fresh=True, fence=fence, program_key=program_key)
    if way.protocol == DIRECT:
        cell.tell(telemetry or Unheard(), shop.start)
        return cell
    cell.close()
    module, _, name = CELLS[way.protocol].partition(":")
    words: tuple[str, ...] = ("--protocol", way.protocol, "--port", str(way.port), "--fence", str(fence))
    words += ("--broker", way.broker) if way.broker else ()
    opened: OpenCell = getattr(importlib.import_module(module), name)(
        Link(_gateway(shop_dir, words)), telemetry or Unheard()
    )  # fmt: skip
    return opened


def end_gateway(shop_dir: Path) -> None:
    """Stop the gateway in front of the shop, if there is one, and wait until it has released the shop."""
    gateway = _gateway(Path(shop_dir), ())
    link = Link.living(gateway)
    if link is not None:
        link.shutdown()
    _wait_until_free(gateway.folder / "gateway.lock")


def _wait_until_free(lock: Path) -> None:
    """Wait, at most ``ENDS_S``, while a gateway that was told to stop and no longer answers still holds the shop."""
    deadline = time.monotonic() + ENDS_S
    while lock.exists() and time.monotonic() < deadline:
        with lock.open("rb") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.02)
            else:
                return


def end_world(shop_dir: Path, fence: int = 0) -> None:
    """Stop the virtual shop and the gateway in front of it; the journal stays."""
    end_gateway(shop_dir)
    DirectCell.attach(shop_dir, fence=fence).shutdown()


def identities(shop_dir: Path, *, renew: bool = False) -> dict[str, str]:
    """Paths of certificates, keys, trust list and user of the shop's OPC UA server and its controller; missing ones are made."""
    from nightmill.drivers.opcua.certificates import make_identities

    pki = make_identities(shop_dir, renew=renew)
    names = ("server", "controller")
    found = {f"{name} certificate": str(pki.certificate(name)) for name in names}
    found |= {f"{name} key": str(pki.key(name)) for name in names}
    return found | {"trusted": str(pki.trusted), "user": str(pki.folder / "user.json")}


def mqtt_identities(shop_dir: Path, shop: Shop, *, hosts: Sequence[str] = (), renew: bool = False) -> dict[str, str]:
    """Paths of a broker's settings with TLS and an access list, and of a certificate for each client of the shop; missing ones are made."""
    from nightmill.drivers.sparkplug.secure import make_mqtt_identities

    return make_mqtt_identities(shop_dir, shop, hosts=hosts, renew=renew)


def _check_options(way: Connection) -> None:
    if way.broker and way.protocol != "mqtt":
        found = f"--broker with --connect {way.protocol}"
        raise BadInput(Finding("--broker", "", found, "a broker only with --connect mqtt", "Leave it out."))
    if way.broker:
        from nightmill.drivers.sparkplug.secure import read_broker

        read_broker(way.broker)


def _gateway(shop_dir: Path, words: tuple[str, ...]) -> Station:
    return Station(Path(shop_dir), "nightmill.drivers.gateway", "gateway", words, "gateway.json", "gateway.log")
