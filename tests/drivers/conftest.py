"""A small shop and a controller that is a pure function of what it has been told."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from nightmill.floor.equipment import Cell
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.shop import Economy, Item, Receipt, Shift, Shop, ToolStock, WorkUnit

NC = """G21 G90 G17 G40 G80 G54
T1 M6
G43 H1
S8000 M3
G0 X0 Y0
G0 Z2
G1 Z-1 F600
G1 X400 F1200
G1 Y300
G1 X0
G1 Y0
G0 Z50
T2 M6
G43 H2
S3000 M3
G0 X10 Y10
G0 Z2
G1 Z-20 F300
G0 Z50
M5
M30
"""
DIGEST = sha256(NC.encode()).hexdigest()


@pytest.fixture
def nc() -> str:
    return NC


@pytest.fixture(scope="session")
def shop() -> Shop:
    units = (
        WorkUnit("M1", "mill", "milling"),
        WorkUnit("M2", "mill", "milling"),
        WorkUnit("R1", "robot", "handling"),
        WorkUnit("G1", "gauge", "inspection", measure_s=90.0),
        WorkUnit("V1", "vision", "inspection", measure_s=20.0),
        WorkUnit("B1", "bench", "handling"),
    )
    tools = (
        ToolStock(Tool(1, "flat", 10.0, flutes=3, life_min=20.0), 3, 40, "Toolco"),
        ToolStock(Tool(2, "drill", 6.0, life_min=40.0), 3, 40, "Toolco"),
    )
    return Shop(
        "Small",
        datetime(2026, 3, 2, 6, 0, tzinfo=UTC),
        "Europe/Vienna",
        "EUR",
        "AT",
        units,
        (Shift((0, 1, 2, 3, 4), 6.0, 18.0, 2),),
        tools,
        (),
        (),
        (Item("blank", supplier="Metalco", on_hand=200, lead_time_days=1.0),),
        (),
        (Receipt("blank", 5, 3600.0),),
        Economy(),
        pallets=4,
        mount_s=120.0,
        repair_s=1800.0,
    )


@pytest.fixture
def world_files(shop: Shop, tmp_path: Path) -> Callable[[int], Path]:
    """Write ``shop.json`` and ``start.json`` of a life with this seed; returns the world's folder."""

    def write(seed: int, name: str = "shop") -> Path:
        folder = tmp_path / f"{name}-{seed}" / ".nightmill" / "world"
        folder.mkdir(parents=True)
        (folder / "shop.json").write_bytes(msgspec.json.encode(shop))
        (folder / "start.json").write_bytes(msgspec.json.encode({"seed": seed}))
        return folder

    return write


def _store(machine: str, command_id: str) -> c.AnyCommand:
    return c.StoreProgram(command_id, machine, "A/1", DIGEST, NC, "6082")


def _repair(machine: str, command_id: str) -> c.AnyCommand:
    return c.RepairMachine(command_id, machine)


def _carry(pallet: str, origin: str, goal: str, command_id: str) -> c.AnyCommand:
    return c.MovePallet(command_id, "R1", pallet, origin, goal)


class _Controller:
    """Makes parts one after another on each pallet: mount, move, cut, measure, photograph, dismount."""

    def __init__(self, cell: Cell, parts: int) -> None:
        self.cell, self.parts = cell, parts
        self.reports: list[r.AnyReport] = []
        self.attempts: dict[str, int] = {}
        self.waiting: dict[str, str] = {}
        self.jobs: dict[str, list[str]] = {}
        self.place: dict[str, str] = {}
        self.down: set[str] = set()
        self.started = 0
        self.offset = 0

    def run(self, until_s: float) -> list[r.AnyReport]:
        now = 0.0
        while now < until_s:
            self.decide()
            moved = self.cell.advance(min(until_s, now + 1800.0), len(self.reports))
            for report in moved.reports:
                assert report.seq == len(self.reports) + 1
                self.reports.append(report)
                self.hear(report)
            now = moved.now_s
        return self.reports

    def hear(self, report: r.AnyReport) -> None:
        if isinstance(report, r.MachineFailed):
            self.down.add(report.unit)
        if isinstance(report, r.MachineRepaired):
            self.down.discard(report.unit)
        if isinstance(report, r.CycleStarted):
            return
        for subject, command_id in list(self.waiting.items()):
            if command_id == getattr(report, "command_id", ""):
                del self.waiting[subject]
                if subject in self.jobs:
                    self.jobs[subject].pop(0)
                    if isinstance(report, r.CycleInterrupted):
                        self.jobs[subject] = ["home", "scrap"]

    def ask(self, subject: str, what: str, make: Callable[[str], c.AnyCommand]) -> None:
        count = self.attempts.setdefault(f"{subject}/{what}", 0)
        command_id = f"{subject}/{what}/{count}"
        answer = self.cell.submit(make(command_id))
        self.attempts[f"{subject}/{what}"] += 1
        if answer.accepted:
            self.waiting[subject] = command_id

    def decide(self) -> None:
        for machine in ("M1", "M2"):
            if machine not in self.waiting and f"stored {machine}" not in self.attempts:
                self.attempts[f"stored {machine}"] = 1
                self.ask(machine, "store", partial(_store, machine))
            elif machine in self.down and machine not in self.waiting:
                self.ask(machine, "repair", partial(_repair, machine))
        for pallet in ("P01", "P02", "P03", "P04"):
            self._next(pallet)

    def _next(self, pallet: str) -> None:
        if not self.jobs.get(pallet):
            if self.started >= self.parts:
                return
            self.started += 1
            self.jobs[pallet] = [
                f"mount S{self.started:03d}",
                "to mill",
                "cut",
                "to G1",
                "measure",
                "to V1",
                "look",
                "home",
                "off",
            ]
        if pallet in self.waiting:
            return
        step = self.jobs[pallet][0]
        if step.startswith("mount"):
            serial = step.split()[1]
            self.place[f"serial {pallet}"] = serial
            self.place[pallet] = "pool"
            self.ask(pallet, step, lambda i: c.MountPart(i, "B1", pallet, serial, "A/1", "blank", 120.0))
            return
        serial = self.place[f"serial {pallet}"]
        what = f"{serial} {step}"
        if step in ("to mill", "to G1", "to V1", "home"):
            self._move(pallet, what, step)
        elif step == "cut":
            machine = self.place[pallet]
            self._wish(machine)
            self.ask(pallet, what, lambda i: c.StartCycle(i, machine, pallet, serial, "A/1", DIGEST))
        elif step == "measure":
            tasks = (c.MeasureTask("width", "A/1", 1, 2.0, 40.0), c.MeasureTask("bore", "A/1", 2, 2.0, 6.0))
            self.ask(pallet, what, lambda i: c.MeasurePart(i, "G1", pallet, serial, tasks))
        elif step == "look":
            self.ask(pallet, what, lambda i: c.TakeImage(i, "V1", pallet, serial))
        else:
            place = "finished" if step == "off" else "scrap"
            self.ask(pallet, what, lambda i: c.DismountPart(i, "B1", pallet, serial, place, 60.0))

    def _move(self, pallet: str, what: str, step: str) -> None:
        goals = {"to mill": ("M1", "M2"), "to G1": ("G1",), "to V1": ("V1",), "home": ("pool",)}[step]
        for goal in goals:
            if pallet in self.waiting or (
                goal != "pool" and goal in (self.place.get(p) for p in ("P01", "P02", "P03", "P04"))
            ):
                continue
            origin = self.place[pallet]
            self.ask(pallet, f"{what} {goal}", partial(_carry, pallet, origin, goal))
            if pallet in self.waiting:
                self.place[pallet] = goal

    def _wish(self, machine: str) -> None:
        self.offset += 1
        if self.offset % 7 == 0:
            command = c.WriteOffset(f"offset-{self.offset}", machine, 1, 0.001 * (self.offset % 5))
            self.cell.submit(command)


@pytest.fixture
def drive() -> Callable[[Cell, int, float], list[r.AnyReport]]:
    """Run the scripted controller on a cell for so many parts until a shop time; returns all reports."""
    return lambda cell, parts, until_s: _Controller(cell, parts).run(until_s)
