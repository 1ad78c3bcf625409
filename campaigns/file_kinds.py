"""Replace each file of a shop in turn: by a dangling or circular link, a pipe, a folder, a socket, a device, a huge or truncated file, another encoding.

``python campaigns/file_kinds.py [--cases N] [--seed S]``: N cases (default 1,000), each a shop folder with one changed
file, which is then read by all readers of shop files, and in every twentieth case by ``nightmill preflight`` in a
child. Allowed results are ``BadInput`` or ``EnvironmentFailed`` naming the file or, if the file is valid or optional,
the same shop as before. Failures are a traceback, a wait of 20 s, more than 2 s of processor time, and a bad file that
is ignored. Exits with 1 after any failure.
"""

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nightmill.costing import facts_from_toml
from nightmill.drivers.virtual_shop.hidden_parameters import read_truth
from nightmill.formats import copy_example, read_document, read_shop, shop_hash
from nightmill.plant.analysis.materials.material_plan import planning_tables
from nightmill.plant.deciders.alarm_triage import read_policy
from nightmill.plant.deciders.failure_modes import read_failure_modes
from nightmill.plant.requests.material_lots import opening_lots
from nightmill.plant.requests.roles import read_approvals
from nightmill.plant.run.modbus_devices import devices_of
from nightmill.plant.run.robot_arms import arms_of
from nightmill.plant.workspace.layout import log_place
from nightmill.vocabulary.errors import NightmillError
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary

SLOW_S, WAIT_S = 2.0, 20
LOTS = "lot,item,quantity,heat,certificate\n"
ROBOTS, DEVICES = "robots = []\n", "devices = []\n"
OPTIONAL = ("world.toml", "orders.csv", "items.csv", "bom.csv", "stock.csv", "receipts.csv", "demand.csv", "history.csv", "suppliers.csv",
            "sites.toml", "alarms.toml", "approvals.toml", "failure_modes.toml", "lots.csv")  # fmt: skip
"""Files that a shop may lack, according to docs/shop.md."""
SHIPPED = ("alarms.toml", "approvals.toml", "failure_modes.toml")


def sound_shop(folder: Path) -> list[str]:
    """Write the example shop with every file that a shop may have; return the file names."""
    copy_example(folder)
    shipped = Path(sys.modules["nightmill.plant"].__file__ or "").parent
    for name in SHIPPED:
        shutil.copy(shipped / name, folder / name)
    items = (folder / "items.csv").read_text() if (folder / "items.csv").exists() else ""
    first = items.splitlines()[1].split(",")[0] if len(items.splitlines()) > 1 else ""
    absent = {
        "lots.csv": LOTS,
        "demand.csv": "item,week,qty\n",
        "receipts.csv": "item,quantity,due\n",
        "bom.csv": "parent,child,quantity\n",
        "history.csv": "item,period,quantity\n",
        "stock.csv": f"item,on_hand\n{first},1\n" if first else "item,on_hand\n",
        "suppliers.csv": "supplier,item\n",
    }
    for name, text in absent.items():
        if not (folder / name).exists():
            (folder / name).write_text(text)
    read_all(folder)
    found = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()]
    return [name for name in found if name.endswith((".csv", ".toml", ".step"))]


def read_all(folder: Path) -> list[str]:
    """Call every reader of the shop's files; return the findings, one sentence each."""
    said: list[str] = []

    def read(reader: Callable[[], object]) -> object:
        try:
            return reader()
        except NightmillError as error:
            said.extend(f"{finding.file} {finding.place}: {finding.found}" for finding in error.findings)
            return None

    log_place(folder)
    shop = read(lambda: read_shop(folder))
    read(lambda: shop_hash(folder))
    for own in (read_policy, read_approvals, planning_tables):
        read(lambda own=own: own(folder))  # type: ignore[misc]
    sites = folder / "sites.toml"
    if is_there(sites):
        read(lambda: facts_from_toml(read_document(sites), str(sites)))
    if shop is not None:
        world = folder / "world.toml"
        for named in (read_failure_modes, devices_of, arms_of):
            read(lambda named=named: named(folder, shop))  # type: ignore[misc]
        read(lambda: opening_lots(folder, {}))
        if is_there(world):
            read(lambda: read_truth(read_ordinary(world, 1 << 21).decode("utf-8-sig", "replace"), shop))  # type: ignore[arg-type]
    return said


def _linked(path: Path, data: bytes) -> None:
    path.with_name(".kept").write_bytes(data)
    path.symlink_to(".kept")


def _beside_a_strange_name(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    Path(os.fsdecode(os.path.join(os.fsencode(path.parent), b"p\xff.step"))).touch()


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # the path of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _other_case(path: Path, data: bytes) -> None:
    path.with_name(path.name.upper()).write_bytes(data)


KINDS: dict[str, Callable[[Path, bytes, random.Random], object]] = {
    "dangling": lambda path, data, draw: path.symlink_to("nowhere"),
    "self-linking": lambda path, data, draw: path.symlink_to(path.name),
    "pipe": lambda path, data, draw: os.mkfifo(path),
    "folder": lambda path, data, draw: path.mkdir(),
    "socket": lambda path, data, draw: _socket(path),
    "device": lambda path, data, draw: path.symlink_to("/dev/zero"),
    "endless": lambda path, data, draw: _sparse(path, 3 << 30),
    "zeros": lambda path, data, draw: _sparse(path, draw.choice((1, 4096, 1 << 20, 100 << 20))),
    "utf-16": lambda path, data, draw: path.write_bytes(data.decode().encode("utf-16")),
    "foreign byte": lambda path, data, draw: path.write_bytes(data + b"# \xff\xfe\n"),
    "binary": lambda path, data, draw: path.write_bytes(b"\x00" + draw.randbytes(draw.choice((10, 3000)))),
    "cut": lambda path, data, draw: path.write_bytes(data[: draw.randrange(len(data) + 1)]),
    "doubled": lambda path, data, draw: path.write_bytes(data + data),
    "linked": lambda path, data, draw: _linked(path, data),
    "marked": lambda path, data, draw: path.write_bytes(b"\xef\xbb\xbf" + data),
    "absent": lambda path, data, draw: None,
    "other case": lambda path, data, draw: _other_case(path, data),
    "strange neighbour": lambda path, data, draw: _beside_a_strange_name(path, data),
}  # fmt: skip
NAMED = ("dangling", "self-linking", "pipe", "folder", "socket", "device", "endless", "zeros", "utf-16", "binary")
"""Kinds of file that every reader must report."""
SAME = ("linked", "marked")
"""Kinds of file that are valid."""
NOT_READ_AS_TEXT = ("foreign byte", "utf-16")
"""Kinds that aren't noticed in a STEP file, of which these readers look only at the first line; the CAD reader checks the rest."""


@contextmanager
def changed(folder: Path, name: str, kind: str, draw: random.Random) -> Iterator[None]:
    """Change the file to the given kind within the block."""
    path = folder / name
    data = path.read_bytes()
    before = set(os.listdir(os.fsencode(path.parent)))
    path.unlink()
    KINDS[kind](path, data, draw)
    try:
        yield
    finally:
        for each in os.listdir(os.fsencode(path.parent)):
            place = os.path.join(os.fsencode(path.parent), each)
            if each not in before or each == os.fsencode(path.name):
                shutil.rmtree(place) if os.path.isdir(place) and not os.path.islink(place) else os.unlink(place)
        path.write_bytes(data)


def fault(name: str, kind: str, said: list[str]) -> str:
    """Return the fault in the answers about a file of the given kind; empty if there is none."""
    is_step = name.endswith(".step")
    if kind in SAME:
        return "" if not said or (is_step and kind == "marked") else f"refused: {said[0]}"
    if (
        kind in NAMED
        and not (is_step and kind in NOT_READ_AS_TEXT)
        and not any(Path(name).name in each for each in said)
    ):
        return "passed over" if not said else f"not named: {said[0]}"
    if kind == "absent" and name in OPTIONAL and any(Path(name).name in each for each in said):
        return f"missed: {said[0]}"
    return ""


def _waited(*_: object) -> None:
    raise TimeoutError(f"waits for more than {WAIT_S} s")


def run(cases: int, seed: int, *, commands: bool = True) -> tuple[list[str], int]:
    """Return failures as text, and how many cases were refused."""
    draw = random.Random(seed)
    failures: list[str] = []
    refused = 0
    before = signal.signal(signal.SIGALRM, _waited)
    with tempfile.TemporaryDirectory(prefix="nightmill-kinds-") as home:
        folder = Path(home) / "shop"
        every = [(name, kind) for name in sound_shop(folder) for kind in KINDS]
        draw.shuffle(every)
        for number in range(cases):
            name, kind = every[number % len(every)]
            what = f"case {number}, {name} {kind}"
            with changed(folder, name, kind, draw):
                begun = time.process_time()
                signal.alarm(WAIT_S)
                try:
                    said = read_all(folder)
                    wrong = fault(name, kind, said)
                    refused += bool(said)
                except Exception as error:  # noqa: BLE001 - whatever else comes out is what the campaign looks for
                    wrong = f"{type(error).__name__}: {error}"
                finally:
                    signal.alarm(0)
                if time.process_time() - begun > SLOW_S:
                    wrong = wrong or f"{time.process_time() - begun:.1f} s"
                if commands and number % 20 == 0:
                    wrong = wrong or _by_command(folder)
            if wrong:
                failures.append(f"{what}: {wrong}")
    signal.signal(signal.SIGALRM, before)
    return failures, refused


def _by_command(folder: Path) -> str:
    """Return the fault in the command line's answer about the folder."""
    words = [sys.executable, "-m", "nightmill", "preflight", str(folder), "--json"]
    done = subprocess.run(words, capture_output=True, timeout=120, check=False)
    if b"Traceback" in done.stderr or done.returncode not in (0, 1, 2, 3):
        return f"the command ended with {done.returncode}: {done.stderr[-200:]!r}"
    return ""


def main() -> int:
    """Run with the command line's options; return the exit code."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    failures, refused = run(given.cases, given.seed)
    print(f"{given.cases} cases, {refused} refused, {len(failures)} failures")
    for failure in failures[:40]:
        print(f"  {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
