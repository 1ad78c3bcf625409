"""Measure the restart of a controller on a long log, from its start to its first command, with and without a snapshot.

Usage: python benchmarks/restart.py SHOP [--events N] [--lives SHARE] [--keep FOLDER] [--json]

A copy of the shop is run and killed in the middle of its work. Its log is then extended to N events by a generated past
before its first order, numbered, chained and indexed like any log: a fraction of it (``--lives``) consists of complete
histories of parts, from order to finished part, copied from the run; the rest are assessments of machines. The first
restart folds the whole log and stores a snapshot; it is killed as well, and the second restart starts from the
snapshot. ``look`` is the time in which another process computes the shop's state from the open log. ``opened`` is the
time from opening the log to the first command that reaches the virtual shop; ``started`` is the time from the start of
the process, including interpreter and imports. ``cpu`` is the process's processor time until then, which doesn't depend
on other load. With ``--keep`` the extended shop stays in FOLDER; if FOLDER already has one, only the restart from its
snapshot is measured, so that the log can be generated on a busy computer and the start timed on an idle one.
"""

import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import msgspec

from nightmill.drivers import end_world
from nightmill.plant.shop_state.live import live_shop
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary.commands import MountPart, MovePallet
from nightmill.vocabulary.reports import CycleFinished, PartDismounted, PartMounted

BATCH = 20_000
PATIENCE_S = 1500.0
COMMANDS = 500
"""Number of commands before the run is killed: by then a part is finished."""
ASSESSED = e.Event(0, 0.0, "software", e.HealthAssessed("mill-1", 0.97, 0.01, 86400.0, ("vibration_mm_s",)), "sampled")
_decoder = msgspec.json.Decoder(e.Event)


class Start(msgspec.Struct, frozen=True):
    """A start of the controller until its commands have reached the virtual shop, in seconds."""

    started_s: float
    opened_s: float
    cpu_s: float


class Grown(msgspec.Struct, frozen=True):
    """A shop with a long log and a snapshot, and the start that wrote the snapshot."""

    events: int
    past_parts: int
    whole_log: Start


def grow(log: Path, events: int, lives: float) -> int:
    """Insert a past before the run's first order, so that the log has the given number of events; return the number of
    parts made in that past. ``lives``: the fraction of the past's events that belong to complete histories of parts,
    from order to finished part; the others are assessments.
    """
    old = SqliteEventStore(log, writer=False)
    known = list(old.read())
    old.close()
    life = life_of_a_part(known)
    others = round(len(life) * (1.0 - lives) / lives) if lives > 0 else BATCH
    first = next(n for n, event in enumerate(known) if isinstance(event.fact, e.OrderReceived))
    fresh = log.with_name("grown.sqlite")
    store = SqliteEventStore(fresh)
    store.append(known[:first], expected_version=0)
    rest = events - len(known)
    parts = 0
    while rest > 0:
        some: list[e.Event] = []
        while len(some) < min(BATCH, rest):
            if lives > 0:
                parts += 1
                some += lived(life, parts)
            some += [ASSESSED] * others
        store.append(some[:rest] if lives == 0 else some, expected_version=store.version())
        rest -= len(some)
    store.append(known[first:], expected_version=store.version())
    store.close()
    for suffix in ("", ".head"):
        fresh.with_name(fresh.name + suffix).replace(log.with_name(log.name + suffix))
    for left in log.parent.glob("grown.sqlite*"):
        left.unlink()
    return parts


def life_of_a_part(log: Sequence[e.Event]) -> list[bytes]:
    """Return all events of the first finished part, as JSON with ``@O`` for its order and ``@N-`` before its commands.

    Blank and tool minutes are removed, so that stock and tools stay as the machines have them.
    """
    serial = next((r.serial for r in reports(log, PartDismounted) if r.destination == "finished"), "")
    if not serial:
        raise SystemExit(f"no part was finished within {COMMANDS} commands; take a shop whose parts take less work")
    order = serial.rpartition(".")[0]
    mounted = {report.command_id: report.pallet for report in reports(log, PartMounted) if report.serial == serial}
    issued: set[str] = set()
    told: list[e.Event] = []
    on = ""
    for event in log:
        fact = event.fact
        named = getattr(fact, "serial", "") == serial
        if isinstance(fact, e.OrderReceived) and fact.order == order:
            event = msgspec.structs.replace(event, fact=msgspec.structs.replace(fact, quantity=1))
            named = True
        elif isinstance(fact, e.CommandIssued):
            command = fact.command
            on = mounted.get(command.command_id, on)
            carried = isinstance(command, MovePallet) and command.pallet == on
            if carried or getattr(command, "serial", "") == serial:
                issued.add(command.command_id)
                named = True
                if isinstance(command, MountPart):
                    event = msgspec.structs.replace(event, fact=e.CommandIssued(msgspec.structs.replace(command, blank_item="")))  # fmt: skip
        elif isinstance(fact, e.CommandAcknowledged):
            named = fact.command_id in issued
        elif isinstance(fact, e.Reported):
            report = msgspec.structs.replace(fact.report, seq=0)
            named = getattr(report, "command_id", "") in issued
            if isinstance(report, CycleFinished):
                report = msgspec.structs.replace(report, tool_minutes={}, tool_edges={})
            on = "" if named and isinstance(report, PartDismounted) else on
            event = msgspec.structs.replace(event, fact=e.Reported(report))
        if named:
            told.append(msgspec.structs.replace(event, at_s=0.0))
    told.append(e.Event(0, 0.0, "software", e.OrderCompleted(order, 1, True)))
    return [_nameless(msgspec.json.encode(event), serial, order, issued) for event in told]


def _nameless(text: bytes, serial: str, order: str, commands: set[str]) -> bytes:
    for command in commands:
        text = text.replace(f'"{command}"'.encode(), f'"@N-{command}"'.encode())
    return text.replace(serial.encode(), b"@O.001").replace(f'"{order}"'.encode(), b'"@O"')


def lived(life: Sequence[bytes], number: int) -> list[e.Event]:
    """Return the history of the part once more, with other names."""
    order, before = f"past-{number}".encode(), f"past-{number}-".encode()
    return [_decoder.decode(text.replace(b"@O", order).replace(b"@N-", before)) for text in life]


R = TypeVar("R")


def reports(log: Iterable[e.Event], kind: type[R]) -> Iterator[R]:
    """Return the reports of one kind."""
    return (
        each.fact.report for each in log if isinstance(each.fact, e.Reported) and isinstance(each.fact.report, kind)
    )


def killed_after(shop: Path, commands: int, *words: str) -> Start:
    """Run the shop until the given number of further commands has reached its machines, then kill it."""
    journal = shop / ".nightmill" / "world" / "journal.jsonl"
    before = _count(journal)
    fences = _count(journal, b'"fence_raised"')
    began = opened = time.monotonic()
    program = [sys.executable, "-m", "nightmill", "run", str(shop), "--json", *words]
    child = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    token = _token(shop)
    while _count(journal) < before + commands or _count(journal, b'"fence_raised"') == fences:
        if child.poll() is not None or time.monotonic() - began > PATIENCE_S:
            raise SystemExit(_no_command(shop, child, commands, _count(journal) - before))
        if _token(shop) == token:
            opened = time.monotonic()
        time.sleep(0.005)
    now = time.monotonic()
    used = _used_s(child.pid)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    return Start(now - began, now - opened, used)


def _used_s(pid: int) -> float:
    """Return the processor time that a process has used, s (proc(5), fields 14 and 15 of stat); 0 on a system without /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _no_command(shop: Path, child: "subprocess.Popen[bytes]", asked: int, came: int) -> str:
    """Return why a run issued too few commands, in one sentence."""
    ended = child.poll()
    child.kill()
    said = child.communicate()[1].decode(errors="replace").strip().splitlines()
    if ended == 0:
        return f"{shop}: the run ended after {came} commands, but {asked} are needed before it is killed; use a shop with more orders (three days' work)"
    if ended is None:
        return f"{shop}: {came} of {asked} commands in {PATIENCE_S:g} s; use a shop whose parts are planned"
    return f"{shop}: the run ended with {ended}: {said[-1] if said else 'no message'}"


def _token(shop: Path) -> bytes:
    """Return the token of the log's lease, which changes when a controller has opened the log."""
    try:
        return (shop / ".nightmill" / "log.sqlite.lease").read_bytes()[8:16]
    except OSError:
        return b""


def _count(journal: Path, kind: bytes = b'"event":"command"') -> int:
    try:
        return journal.read_bytes().count(kind)
    except OSError:
        return 0


def _snapshot(shop: Path) -> int:
    with closing(sqlite3.connect(shop / ".nightmill" / "log.sqlite")) as db:
        row = db.execute("SELECT seq FROM snapshot").fetchone()
        return int(row[0]) if row else 0


def grown(source: Path, shop: Path, events: int, lives: float) -> Grown:
    """Make ``shop`` from ``source``: run it, kill it, extend its log, and restart it once from the whole log."""
    if shop.exists():
        raise SystemExit(
            f"{shop}: the log of this shop was only partly extended when an earlier call was interrupted; remove the "
            "folder, or choose another one"
        )
    shutil.copytree(source, shop, ignore=shutil.ignore_patterns("world", "archive", "log.sqlite*"))
    killed_after(shop, COMMANDS, "--fresh", "--days", "3")
    parts = grow(shop / ".nightmill" / "log.sqlite", events, lives)
    return Grown(events, parts, killed_after(shop, 3, "--resume"))


def measured(source: Path, events: int, lives: float, keep: Path | None) -> dict[str, float]:
    """Measure both restarts of a copy of ``source``, which is kept in ``keep`` if that is given."""
    home = keep or Path(tempfile.mkdtemp(prefix="nightmill-restart-", dir=source.resolve().parent))
    shop, note = home / source.resolve().name, home / "grown.json"
    try:
        if note.exists():
            if not shop.is_dir():
                raise SystemExit(f"{home}: contains a shop other than {shop.name}; choose another folder")
            made = msgspec.json.decode(note.read_bytes(), type=Grown)
        else:
            made = grown(source, shop, events, lives)
            note.write_bytes(msgspec.json.encode(made))
        kept = _snapshot(shop)
        again = killed_after(shop, 1, "--resume")
        began = time.monotonic()
        live_shop(shop)
        look = time.monotonic() - began
        starts = {"whole_log": made.whole_log, "snapshot": again}
        figures = {f"{name}_{word}": s for name, start in starts.items() for word, s in msgspec.structs.asdict(start).items()}  # fmt: skip
        return {"events": made.events, "past_parts": made.past_parts, "snapshot_at": kept, **figures, "look_s": look}
    finally:
        if (shop / ".nightmill" / "world" / "start.json").exists():
            end_world(shop)
        if keep is None:
            shutil.rmtree(home, ignore_errors=True)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--lives", type=float, default=0.1)
    parser.add_argument("--keep", type=Path, help="keep the extended shop there, or restart the one already there")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measured(chosen.shop, chosen.events, chosen.lives, chosen.keep)
    if chosen.json:
        print(json.dumps(found))
        return 0
    print(
        f"{found['events']:.0f} events, {found['past_parts']:.0f} past parts, snapshot at event "
        f"{found['snapshot_at']:.0f}"
    )
    for name in ("whole_log", "snapshot"):
        print(
            f"{name:10s} first command {found[name + '_opened_s']:.2f} s after opening the log, "
            f"{found[name + '_started_s']:.2f} s after the start of the process (processor {found[name + '_cpu_s']:.2f} s)"
        )
    print(f"look       the state of the shop {found['look_s']:.2f} s after opening the log")
    return 0


if __name__ == "__main__":
    sys.exit(main())
