"""A LinuxCNC in simulation, for tests and campaigns: three axes without hardware, driven over ``linuxcncrsh``; one at a time on a computer."""

import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = Path("/tmp/nightmill-linuxcnc.lock")
STARTS_S = 60.0
PROGRAMS = ("linuxcnc", "linuxcncrsh", "linuxcncsvr", "milltask", "halui", "io", "rtapi_app")
SHARED_MEMORY = (0x64, 0x48414C32, 0x48484C34, 0x90280A48, 0x130CF406, 0x434C522B, *range(0x3E9, 0x3EF))
"""Keys of HAL's, RTAPI's and NML's segments: a killed control leaves them behind, with numbers that confuse the next."""
_SECTIONS = """[EMC]
MACHINE = simulated mill
VERSION = 1.1
[DISPLAY]
DISPLAY = {folder}/display.sh
[TASK]
TASK = milltask
CYCLE_TIME = 0.001
[RS274NGC]
PARAMETER_FILE = mill.var
[EMCMOT]
EMCMOT = motmod
SERVO_PERIOD = 1000000
[EMCIO]
EMCIO = io
CYCLE_TIME = 0.1
TOOL_TABLE = mill.tbl
[HAL]
HALFILE = core.hal
HALUI = halui
[KINS]
KINEMATICS = trivkins
JOINTS = 3
[TRAJ]
COORDINATES = X Y Z
LINEAR_UNITS = mm
ANGULAR_UNITS = degree
MAX_LINEAR_VELOCITY = 700
MAX_LINEAR_ACCELERATION = 3000
NO_FORCE_HOMING = 1
"""
_AXIS = "[AXIS_{name}]\nMIN_LIMIT = -1000\nMAX_LIMIT = 1000\nMAX_VELOCITY = 400\nMAX_ACCELERATION = 3000\n"
_JOINT = (
    "[JOINT_{number}]\nTYPE = LINEAR\nMIN_LIMIT = -1000\nMAX_LIMIT = 1000\nMAX_VELOCITY = 400\nMAX_ACCELERATION = 3000\n"
    "FERROR = 10\nMIN_FERROR = 5\nHOME_SEARCH_VEL = 0\nHOME_SEQUENCE = 0\n"
)
_HAL = """loadrt trivkins
loadrt motmod servo_period_nsec=1000000 num_joints=3
addf motion-command-handler servo-thread
addf motion-controller servo-thread
net j0 joint.0.motor-pos-cmd => joint.0.motor-pos-fb
net j1 joint.1.motor-pos-cmd => joint.1.motor-pos-fb
net j2 joint.2.motor-pos-cmd => joint.2.motor-pos-fb
net estop-loop iocontrol.0.user-enable-out => iocontrol.0.emc-enable-in
net tool-prep iocontrol.0.tool-prepare => iocontrol.0.tool-prepared
net tool-chg iocontrol.0.tool-change => iocontrol.0.tool-changed
"""


def missing() -> str:
    """Return why LinuxCNC can't run here; empty if it can."""
    return "" if shutil.which("linuxcncrsh") and shutil.which("linuxcnc") else "no linuxcnc-uspace (apt-get install it)"


def _processes(home: Path | None) -> list[int]:
    """Return the processes of a simulated control with this home; without one, of any LinuxCNC on this computer."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            name = (place / "comm").read_text().strip()
            words = (place / "environ").read_bytes().split(b"\0") if home else []
        except OSError:
            continue
        if name in PROGRAMS and (home is None or f"HOME={home}".encode() in words):
            found.append(int(place.name))
    return found


class Occupied(Exception):
    """Another LinuxCNC runs on this computer, and it isn't touched."""


class Rig:
    """One simulated control; ``programs`` is the folder that it shares."""

    def __init__(self, folder: Path, tools: range = range(1, 400)) -> None:
        self.folder, self.programs = folder, folder / "programs"
        self._process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        # LinuxCNC refuses to run as root
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        for each in (folder, self.programs, folder / "home"):
            each.mkdir(parents=True, exist_ok=True)
        axes = "".join(_AXIS.format(name=name) for name in "XYZ")
        joints = "".join(_JOINT.format(number=number) for number in range(3))
        (folder / "mill.ini").write_text(_SECTIONS.format(folder=folder) + axes + joints)
        (folder / "core.hal").write_text(_HAL)
        (folder / "mill.var").touch()
        (folder / "mill.tbl").write_text("".join(f"T{number} P{number} D10 Z50\n" for number in tools))
        display = folder / "display.sh"
        display.write_text(f"#!/bin/sh\nexec linuxcncrsh --port {self.port} -- -ini {folder}/mill.ini\n")
        display.chmod(0o755)
        self.programs.chmod(0o777)
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)

    @property
    def address(self) -> str:
        """The address for ``shop.toml``."""
        return f"tcp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the control and make it ready: out of emergency stop, on, homed, in AUTO."""
        root = os.geteuid() == 0
        with (self.folder / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(
                ["linuxcnc", str(self.folder / "mill.ini")],
                cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder / "home"), "LANG": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self._user.pw_uid if root else None,
                group=self._user.pw_gid if root else None,
                extra_groups=() if root else None,
            )
        deadline = time.monotonic() + STARTS_S
        while True:
            try:
                self.say("set estop off", "set machine on", "set home -1")
                if self.say("get mode", "set mode auto", "get mode")[-1].endswith("AUTO"):
                    return
            except OSError:
                pass  # linuxcncrsh is the last to start
            if time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log.txt").read_text(errors="replace")[-2000:])
            time.sleep(0.2)

    def say(self, *lines: str) -> list[str]:
        """Send lines as a person at the control would, and return the answers."""
        with socket.create_connection(("127.0.0.1", self.port), 5.0) as link, link.makefile("rb") as reader:
            answers = []
            for line in ("hello EMC person 1", "set echo off", "set verbose on", "set enable EMCTOO", *lines):
                link.sendall(line.encode() + b"\r\n")
                while not (answer := reader.readline().strip()):
                    pass
                answers.append(answer.decode())
            return answers[4:]

    def kill(self) -> None:
        """End the control as a power cut does, and clear what it leaves behind."""
        for pid in _processes(self.folder / "home"):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        for key in SHARED_MEMORY:
            subprocess.run(["ipcrm", "-M", str(key)], check=False, capture_output=True)
        (self.folder / "home" / ".rtapi_fifo").unlink(missing_ok=True)
        Path("/tmp/linuxcnc.lock").unlink(missing_ok=True)


@contextmanager
def running(tools: range = range(1, 400)) -> Iterator[Rig]:
    """A running control in a folder of its own, alone on this computer. Raises ``Occupied`` if another one runs."""
    with LOCK.open("w") as lock, tempfile.TemporaryDirectory(prefix="nightmill-linuxcnc-", dir="/tmp") as folder:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _processes(None):
            raise Occupied("another LinuxCNC runs on this computer")
        Path(folder).chmod(0o755)  # the control's user is another one
        rig = Rig(Path(folder), tools)
        rig.kill()
        try:
            rig.start()
            yield rig
        finally:
            rig.kill()
