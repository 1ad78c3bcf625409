"""``python -m nightmill.drivers.gateway --shop DIR --protocol NAME``: puts a protocol before the virtual shop, as a process of its own.

A gateway is to its shop what a controller is (one at a time), and to the controller what the shop's machines are. Beside the
protocol's own server it has a loopback socket of JSON lines, by which its controller finds, asks and ends it (``control``).
Prints one JSON object ``{"findings": [...]}`` on stderr and ends with 2 (bad input) or 3 (surroundings) where it can't live.
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
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding, NightmillError
from nightmill.vocabulary.shop import Shop

STOP_S = 10.0
"""For a protocol's servers to close."""
LOOK_S = 0.5
"""How long a lock is asked for before it counts as another gateway's."""


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
        with contextlib.suppress(TimeoutError):  # a client that holds on to its server doesn't hold the next gateway up
            await asyncio.wait_for(protocol.stop(), STOP_S)
        link.close()
        (folder / "gateway.json").unlink(missing_ok=True)


def publish(path: Path, address: Address) -> None:
    """Write an address file that only its owner can read, all at once."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(msgspec.json.encode(address))
    draft.replace(path)


def locked(folder: Path) -> int:
    """The shop's, for as long as this process lives. EnvironmentFailed where another gateway keeps it: who only looks has it for a moment."""
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
                Finding(str(folder), "lock", found, "one a shop", "End the other one first.")
            ) from error
        return handle


def main() -> int:
    """Live until told to end; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m nightmill.drivers.gateway", description=__doc__)
    parser.add_argument("--shop", type=Path, required=True, help="the shop's folder")
    parser.add_argument("--protocol", choices=sorted(GATEWAYS), required=True)
    parser.add_argument(
        "--port", type=int, default=0, help="of the protocol's server; 0 = its usual one, or any free one"
    )
    parser.add_argument("--broker", default="", help="HOST:PORT of the MQTT broker")
    parser.add_argument("--fence", type=int, default=0, help="the fencing token of the controller behind it")
    parser.add_argument("--idle-s", type=float, default=IDLE_S, help="end after so long without a controller")
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
