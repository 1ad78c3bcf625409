"""A separate mosquitto on a loopback port, for campaigns that kill brokers: ``kill`` ends it at once, ``start`` restarts it."""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from nightmill.drivers.sparkplug.broker import SETTINGS

COMES_UP_S = 20.0


class NoMosquitto(RuntimeError):
    """Mosquitto isn't installed here."""


class Mosquitto:
    """A running broker without persistence; ``address`` is the value for ``run --broker``."""

    def __init__(self) -> None:
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            raise NoMosquitto("mosquitto isn't installed (Debian: apt-get install mosquitto)")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.address = f"127.0.0.1:{self.port}"
        self.folder = Path(tempfile.mkdtemp(prefix="nightmill-mosquitto-"))
        settings = self.folder / "mosquitto.conf"
        settings.write_text(f"{SETTINGS.format(port=self.port)}user root\n", encoding="utf-8")
        self._words = [program, "-c", str(settings)]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(self._words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + COMES_UP_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1.0).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise RuntimeError("mosquitto doesn't start")

    def kill(self) -> None:
        """Send SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> "Mosquitto":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
