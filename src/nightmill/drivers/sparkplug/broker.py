"""Run a private MQTT broker: mosquitto as a child process on loopback, with the settings that a machine cell needs."""

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import sys
from pathlib import Path

from nightmill.vocabulary.errors import EnvironmentFailed, Finding

SETTINGS = """listener {port} 127.0.0.1
allow_anonymous true
persistence false
set_tcp_nodelay true
max_queued_messages 100000
log_dest stderr
log_type error
"""
"""``set_tcp_nodelay``: without it Nagle's algorithm and delayed acknowledgements add tens of milliseconds to each answer."""
PR_SET_PDEATHSIG = 1
SETTLED_S = 0.1


class Broker:
    """Mosquitto on a loopback port. Any client that reaches the port may use it, so it listens on no other address."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self._folder = port, folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the broker, or restart it if it has died. Raises ``EnvironmentFailed`` if mosquitto isn't installed or doesn't start."""
        if self._process is not None and self._process.returncode is None:
            return
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            remedy = "Install it (Debian: apt-get install mosquitto), or give the address of a running broker with --broker HOST:PORT."
            raise EnvironmentFailed(Finding("mosquitto", "", "no such program", "an MQTT broker", remedy))
        settings = self._folder / "mosquitto.conf"
        text = SETTINGS.format(port=self.port)
        if os.geteuid() == 0:
            # mosquitto would change its user, and so lose the setting that ends it with its parent (prctl(2))
            text += "user root\n"
        settings.write_text(text, encoding="utf-8")
        with (self._folder / "mosquitto.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                program, "-c", str(settings), stdout=log, stderr=log, preexec_fn=_die_with_parent
            )
        for _ in range(500):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                # another broker that took the port first may be answering; ours would have exited by now
                await asyncio.sleep(SETTLED_S)
                if self._process.returncode is None:
                    return
            if self._process.returncode is not None:
                break
            await asyncio.sleep(0.01)
        said = (self._folder / "mosquitto.log").read_text(encoding="utf-8", errors="replace").strip()
        found = said.splitlines()[-1] if said else "no answer"
        raise EnvironmentFailed(
            Finding("mosquitto", f"port {self.port}", found, "a broker that listens", "See mosquitto.log.")
        )

    async def stop(self) -> None:
        """Stop the broker."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


def _die_with_parent() -> None:
    """Have the kernel end the broker when the gateway is killed (prctl(2)); on systems other than Linux it keeps running."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
