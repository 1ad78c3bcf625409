"""Kill the controller of a live run and the LinuxCNC that it drives, again and again; judge by the marks on the control and the log.

Usage: python campaigns/live_kills.py [--kills N] [--seconds T] [--seed S] [--pieces N] [--control]

The shop has one LinuxCNC in simulation; everything else is people, whose tasks this program answers at once. Three of four kills hit the
controller with its drivers, the others the control. Afterwards the run continues until its order is done.
``--control`` runs a driver that starts a program first and asks nothing before, on a control without the guard in the program: the campaign
must find violations.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import linuxcnc_rig

from nightmill.drivers.linuxcnc import machine as driver
from nightmill.drivers.linuxcnc.marks import BEGUN, ENDED, FILE, marked
from nightmill.plant.run import RunRequest, open_tasks, run_shop, task_done
from nightmill.plant.workspace.layout import open_log
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import NightmillError

SHOP = """[shop]
name = "live kills"
start = "{start}"
material = "Al 6061"

[[machines]]
id = "mill-1"
kind = "mill"
protocol = "linuxcnc"
address = "{address}"
programs = "{programs}"
autonomy = "unattended"

[[shifts]]
days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
begins_h = 0
ends_h = 24
persons = 2
"""
DAYS = 0.5


def make_shop(folder: Path, rig: linuxcnc_rig.Rig, pieces: int) -> None:
    """Write a shop with one order of a plate that is cut in seconds."""
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.STEPControl import STEPControl_AsIs, STEPControl_Writer

    (folder / "parts").mkdir(parents=True)
    writer = STEPControl_Writer()
    writer.Transfer(BRepPrimAPI_MakeBox(24.0, 18.0, 8.0).Shape(), STEPControl_AsIs)
    writer.Write(str(folder / "parts" / "plate.step"))
    start = time.strftime("%Y-%m-%dT00:00:00", time.gmtime())
    text = SHOP.format(start=start, address=rig.address, programs=rig.programs)
    (folder / "shop.toml").write_text(text)
    due = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 14 * 86400))
    (folder / "orders.csv").write_text(f"order,item,quantity,due\nA1,plate,{pieces},{due}\n")
    (folder / "items.csv").write_text("item,source,material\nplate,make,Al 6061\nblank-plate,buy,Al 6061\n")
    (folder / "stock.csv").write_text(f"item,on_hand\nblank-plate,{4 * pieces + 200}\n")


def child(folder: Path, *, control: bool) -> int:
    """Run or resume the shop in this process."""
    if control:
        driver.LinuxCnc._has_begun = lambda self, command: False  # type: ignore[method-assign]
        vars(driver)["marked"] = _unguarded
    resume = (folder / ".nightmill" / "log.sqlite").exists()
    try:
        run_shop(folder, RunRequest(days=DAYS, live=True, resume=resume, patience_s=60.0))
    except NightmillError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _unguarded(text: str, token: str, marks: Path) -> str:
    lines = marked(text, token, marks).splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("o<nightmill> if"))
    return "\n".join([*lines[:first], *lines[first + 3 :]]) + "\n"


def answer_all(folder: Path) -> None:
    """Answer people's open tasks: all done, and every value as the drawing has it."""
    with suppress(NightmillError):
        for task in open_tasks(folder)["tasks"]:
            if task["kind"] == "receive":
                continue
            values = {each["name"]: 3.0 if each["nominal"] is None else each["nominal"] for each in task["asks"]}
            with suppress(NightmillError):
                task_done(folder, task["id"], by="campaign", values=values)


def judge(folder: Path, programs: Path, pieces: int) -> tuple[list[str], dict[str, int]]:
    """Return the violations, and counts of cuts begun, ended and in doubt, and of good pieces."""
    marks = Counter(tuple(line.split()) for line in (programs / "nightmill" / FILE).read_text().splitlines() if line)
    found = [f"{mark} {count} times" for mark, count in marks.items() if count > 1]
    begun = {mark[1].partition("-")[2] for mark in marks if mark[0] == BEGUN}
    ended = {mark[1].partition("-")[2] for mark in marks if mark[0] == ENDED}
    started: dict[str, tuple[str, str]] = {}
    finished, doubtful, word = set(), set(), {}
    store = open_log(folder, writer=False)
    for event in store.read():
        fact = event.fact
        if isinstance(fact, e.Reported):
            report = fact.report
            if isinstance(report, r.CycleStarted):
                if report.command_id in started:
                    found.append(f"{report.command_id} started twice in the log")
                started[report.command_id] = (report.serial, report.operation)
            elif isinstance(report, r.CycleFinished):
                finished.add(report.command_id)
            elif isinstance(report, r.CycleInterrupted):
                doubtful.add(report.command_id)
        elif isinstance(fact, e.PartDisposed):
            word[fact.serial] = fact.disposition
    store.close()
    found += [f"{each} begun on the control, not in the log" for each in begun - started.keys()]
    found += [f"{each} in the log, not begun on the control" for each in started.keys() - begun]
    found += [f"{each} finished in the log, without its mark" for each in finished - ended]
    found += [f"{part} cut {count} times" for part, count in Counter(started.values()).items() if count > 1]
    for each in doubtful:
        if word.get(started[each][0]) not in {"quarantine", "scrap"}:
            found.append(f"{each} was interrupted, and {started[each][0]} is {word.get(started[each][0])}")
    good = sum(each == "good" for each in word.values())
    if good != pieces:
        found.append(f"{good} good pieces of {pieces}")
    return found, {"begun": len(begun), "ended": len(ended), "in doubt": len(doubtful), "good": good}


def campaign(folder: Path, rig: linuxcnc_rig.Rig, options: argparse.Namespace) -> dict[str, object]:
    """Run the shop through its kills, then to its end; return what was found."""
    rng = random.Random(options.seed)
    shop = folder / "shop"
    make_shop(shop, rig, options.pieces)
    words = [sys.executable, __file__, "--child", str(shop), *(["--control"] if options.control else [])]
    kills: Counter[str] = Counter()
    ends = time.monotonic() + options.seconds
    process: subprocess.Popen[bytes] | None = None
    due = time.monotonic() + 20.0
    finished = False
    log = (folder / "child.log").open("ab")
    while not finished:
        if process is None or process.poll() is not None:
            process = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
        answer_all(shop)
        time.sleep(0.1)
        killing = sum(kills.values()) < options.kills and time.monotonic() < ends
        if killing and time.monotonic() > due:
            if rng.random() < 0.75:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                kills["controller"] += 1
            else:
                rig.kill()
                time.sleep(rng.uniform(0.0, 2.0))
                rig.start()
                kills["control"] += 1
            due = time.monotonic() + rng.uniform(0.2, 14.0)
            sys.stderr.write(f"\r{sum(kills.values())} kills")
        finished = not killing and (_done(shop, options.pieces) or time.monotonic() > ends + options.patience)
    if process is not None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    log.close()
    found, counts = judge(shop, rig.programs, options.pieces)
    return {"kills": dict(kills), **counts, "violations": found}


def _done(shop: Path, pieces: int) -> bool:
    """Return whether all pieces are good, by the log."""
    with suppress(NightmillError):
        store = open_log(shop, writer=False)
        try:
            words = [fact.disposition for each in store.read() if isinstance(fact := each.fact, e.PartDisposed)]
        finally:
            store.close()
        return words.count("good") >= pieces
    return False


def main() -> int:
    """Run the campaign; 1 if it found violations (with ``--control``: if it found none)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=3600.0, help="no more kills after this time")
    parser.add_argument("--patience", type=float, default=900.0, help="time for the run to end after its last kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pieces", type=int, default=12)
    parser.add_argument("--control", action="store_true")
    parser.add_argument("--child", type=Path)
    options = parser.parse_args()
    if options.child:
        return child(options.child, control=options.control)
    with tempfile.TemporaryDirectory(prefix="nightmill-live-") as place, linuxcnc_rig.running() as rig:
        found = campaign(Path(place), rig, options)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return int(bool(found["violations"]) != options.control)


if __name__ == "__main__":
    raise SystemExit(main())
