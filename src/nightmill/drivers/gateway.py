"""``python -m nightmill.drivers.gateway --shop DIR --protocol NAME``: a separate process that serves the virtual shop over a protocol.

To its shop, a gateway is the controller (one at a time); to the controller, it is the shop's machines. Besides the
protocol's server it has a loopback socket for JSON lines, over which its controller finds, queries and stops it (``gateway_socket``).
If it can't run, it prints one JSON object ``{"findings": [...]}`` on stderr and exits with 2 (bad input) or 3 (environment).
"""

import argparse
import asyncio
import contextlib
import fcntl
import importlib
import os
import secrets
import signal
import sys
import time
from pathlib import Path

import msgspec

from nightmill.drivers.async_cell import AsyncCell
from nightmill.drivers.connection import WorldStart
from nightmill.drivers.gateway_socket import ControlServer, Protocol
from nightmill.drivers.protocols import GATEWAYS, IDLE_S, GatewayOptions
from nightmill.drivers.station import Address, world_folder
from nightmill.vocabulary.durable_files import write_private
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding, NightmillError
from nightmill.vocabulary.garbage import collect_rarely
from nightmill.vocabulary.shop import Shop

STOP_S = 10.0
"""Seconds that a protocol's servers get to close."""
LOOK_S = 0.5
"""Seconds of trying to get the lock before it is considered held by another gateway."""


async def _live(shop_dir: Path, options: GatewayOptions, idle_s: float) -> None:
    folder = world_folder(shop_dir)
    shop = msgspec.json.decode((folder / "shop.json").read_bytes(), type=Shop)
    start = msgspec.json.decode((folder / "start.json").read_bytes(), type=WorldStart)
    link = AsyncCell(shop_dir, start.pace, options.fence)
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    module, _, name = GATEWAYS[options.protocol].partition(":")
    protocol: Protocol = getattr(importlib.import_module(module), name)(link, shop, folder, options)
    try:
        endpoints = await protocol.start()
        control = ControlServer(protocol, ending, idle_s=idle_s)
        port = await control.start()
        address = Address("127.0.0.1", port, control.token, os.getpid(), secrets.token_hex(8), tuple(endpoints))
        publish(folder / "gateway.json", address)
        await control.serve()
    finally:
        with contextlib.suppress(
            TimeoutError
        ):  # a client that keeps its connection open must not delay the next gateway
            await asyncio.wait_for(protocol.stop(), STOP_S)
        link.close()
        (folder / "gateway.json").unlink(missing_ok=True)


def publish(path: Path, address: Address) -> None:
    """Write an address file atomically, readable by its owner only."""
    draft = path.with_suffix(".new")
    write_private(draft, msgspec.json.encode(address))
    draft.replace(path)


def locked(folder: Path) -> int:
    """Take the shop's lock until this process ends. Raises ``EnvironmentFailed`` if another gateway holds it; a watcher holds it only for
    a moment.
    """
    handle = os.open(folder / "gateway.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + LOOK_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() < deadline:
                time.sleep(0.01)
                continue
            os.close(handle)
            found = "another gateway has it"
            raise EnvironmentFailed(
                Finding(str(folder), "lock", found, "one gateway per shop", "End the other one first.")
            ) from error
        return handle


def main() -> int:
    """Serve until told to stop; return the exit code."""
    collect_rarely()
    parser = argparse.ArgumentParser(prog="python -m nightmill.drivers.gateway", description=__doc__)
    parser.add_argument("--shop", type=Path, required=True, help="the shop's folder")
    parser.add_argument("--protocol", choices=sorted(GATEWAYS), required=True)
    parser.add_argument(
        "--port", type=int, default=0, help="port of the protocol's server; 0 = the usual port, or any free port"
    )
    parser.add_argument("--broker", default="", help="HOST:PORT of the MQTT broker")
    parser.add_argument("--fence", type=int, default=0, help="the fencing token of the controller behind it")
    parser.add_argument(
        "--idle-s", type=float, default=IDLE_S, help="exit after this many seconds without a controller"
    )
    given = parser.parse_args()
    options = GatewayOptions(given.protocol, given.port, given.broker, given.fence)
    try:
        folder = world_folder(given.shop)
        if not (folder / "start.json").exists():
            raise BadInput(Finding(str(folder), "start.json", "nothing", "a world", "Run the shop first."))
        lock = locked(folder)
        asyncio.run(_live(given.shop, options, given.idle_s))
        os.close(lock)
    except NightmillError as error:
        findings = [msgspec.to_builtins(finding) for finding in error.findings]
        sys.stderr.write(msgspec.json.encode({"findings": findings}).decode() + "\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
