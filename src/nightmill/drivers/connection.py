"""Open a connection to a shop over any protocol, and stop the processes behind it."""

import fcntl
import importlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from nightmill.drivers.direct_cell import DirectCell, world_station
from nightmill.drivers.protocols import CELLS, DIRECT, NAMES
from nightmill.drivers.station import Link, Station, world_folder
from nightmill.drivers.telemetry import Telemetry, Unheard
from nightmill.floor import Cell
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.shop import Shop

ENDS_S = 15.0
"""Seconds that a gateway may take to stop; longer than the gateway gives its servers."""


class Connection(msgspec.Struct, frozen=True):
    """How to reach the shop. ``port``: port of the protocol's server, 0 = the usual port or any free port; ``broker``: HOST:PORT, or
    mqtts://HOST:PORT.
    """

    protocol: str = DIRECT
    port: int = 0
    broker: str = ""


_USUAL = Connection()


class OpenCell(Cell, Protocol):
    """A ``Cell`` opened by ``open_cell``; ``endpoints``: protocol and URL of each server that others may use."""

    endpoints: tuple[tuple[str, str], ...]

    def shutdown(self) -> None:
        """Stop the process on the other side; the shop behind a gateway keeps running."""


class WorldStart(msgspec.Struct, frozen=True):
    """Settings with which a virtual shop starts (``start.json``): ``pace`` in shop seconds per real second, 0 = as fast as it can.

    ``program_key``: key by which the machines recognise the shop's programs (Ed25519, hexadecimal); without a key they accept any program.
    """

    seed: int
    pace: float = 0.0
    program_key: str = ""


def open_cell(
    shop_dir: Path,
    shop: Shop,
    start: WorldStart,
    *,
    resume: bool = False,
    connection: Connection = _USUAL,
    fence: int = 0,
    telemetry: Telemetry | None = None,
) -> OpenCell:
    """Start a new run of the virtual shop, or ``resume`` the existing one, and connect to the shop over the given protocol.

    ``fence``: the controller's fencing token, which a gateway passes on. ``telemetry`` gets the machines' signals.
    Raises ``BadInput`` for an unknown protocol, ``EnvironmentFailed`` if a server can't be opened or reached.
    """
    protocol, heard = connection.protocol, telemetry or Unheard()
    if protocol not in NAMES:
        raise BadInput(Finding("--connect", "", repr(protocol), " or ".join(NAMES), "Choose one of them."))
    _check_options(connection)
    end_gateway(shop_dir)
    if resume and world_exists(shop_dir):
        cell = DirectCell.attach(shop_dir, fence=fence)
    else:
        cell = start_world(shop_dir, shop, start, fresh=True, fence=fence)
    if protocol == DIRECT:
        cell.tell(heard, shop.start)
        return cell
    cell.close()
    module, _, name = CELLS[protocol].partition(":")
    words: tuple[str, ...] = ("--protocol", protocol, "--port", str(connection.port), "--fence", str(fence))
    words += ("--broker", connection.broker) if connection.broker else ()
    opened: OpenCell = getattr(importlib.import_module(module), name)(Link(_gateway(shop_dir, words)), heard)
    return opened


def world_exists(shop_dir: Path) -> bool:
    """Return whether the shop has a world that has been started."""
    return (world_folder(shop_dir) / "journal.jsonl").exists()


def start_world(
    shop_dir: Path, shop: Shop, start: WorldStart, *, fresh: bool = False, fence: int = 0, parent: int = 0
) -> DirectCell:
    """Start a new run of the virtual shop and connect to it; its hidden truth is read from ``shop_dir/world.toml``.

    ``fresh`` deletes an existing run. ``parent``: the id of a process; the virtual shop stops when that process ends, for whatever
    reason; 0 = none. Raises ``BadInput`` if there is a run and ``fresh`` isn't set, or with all findings in an invalid world.toml;
    ``EnvironmentFailed`` if the world can't start.
    """
    folder = world_folder(shop_dir)
    if world_exists(shop_dir):
        if not fresh:
            raise BadInput(
                Finding(str(folder), "journal.jsonl", "a world", "none", "Resume it, or ask for a fresh start.")
            )
        _end_if_living(world_station(shop_dir))
    _remove_life(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "shop.json").write_bytes(msgspec.json.encode(shop))
        (folder / "start.json").write_bytes(msgspec.json.encode(start))
    except OSError as error:
        remedy = "Free some space or correct the permissions."
        finding = Finding(str(folder), "virtual shop", str(error), "a folder that can be written", remedy)
        raise EnvironmentFailed(finding) from error
    return DirectCell.attach(shop_dir, fence=fence, parent=parent)


def _end_if_living(station: Station) -> None:
    link = Link.living(station)
    if link is not None:
        link.shutdown()


def _remove_life(folder: Path) -> None:
    """Remove the files of a run, and nothing else."""
    for name in ("journal.jsonl", "world.toml", "shop.json", "start.json", "address.json", "process.log", "jobs.jsonl"):
        (folder / name).unlink(missing_ok=True)
    for program in (folder / "programs").glob("*.ngc"):
        program.unlink(missing_ok=True)


def end_gateway(shop_dir: Path) -> None:
    """Stop the gateway in front of the shop, if there is one, and wait until it has released the shop."""
    gateway = _gateway(Path(shop_dir), ())
    _end_if_living(gateway)
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
    if world_exists(shop_dir):
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
