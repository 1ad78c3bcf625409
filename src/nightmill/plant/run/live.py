"""A live run: the shop's own equipment, in real time, behind the cell that the controller knows."""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from nightmill.drivers import Telemetry, WorldStart, live
from nightmill.floor import equipment as ports
from nightmill.floor import persons_at, presence_windows
from nightmill.plant.plan_store.kept_plans import PartRoute
from nightmill.plant.workspace.layout import state_folder
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import Autonomy, Shop
from nightmill.vocabulary.units import DAY_S

DRIVEN = ("virtual", "operator", "linuxcnc")
"""Protocols over which a live run can drive a machine."""
TASKS = "tasks.sqlite"


def live_folder(folder: Path) -> Path:
    """Return the folder of a shop's live run."""
    return state_folder(folder) / "live"


def task_list(folder: Path) -> live.TaskList:
    """Return the list of people's tasks in the shop's live run. Raises ``BadInput`` if there is none."""
    path = live_folder(folder) / TASKS
    if not path.exists():
        remedy = "Start one with: nightmill run SHOP --live"
        raise BadInput(Finding(str(folder), "tasks", "no live run", "a live run of this shop", remedy))
    return live.TaskList(path)


def clock_of(shop: Shop) -> Callable[[], float]:
    """Return the clock of a live run: seconds since the shop's start."""

    def now_s() -> float:
        return (datetime.now(UTC) - shop.start).total_seconds()

    return now_s


def check_live(folder: Path, shop: Shop, *, allow_virtual: bool) -> None:
    """Raise ``BadInput`` with everything that keeps the shop from running live."""
    findings = []
    ahead_s = -clock_of(shop)()
    if ahead_s > 0:
        expected, remedy = "a start that is past", "Set start in [shop] to today, or wait."
        findings.append(Finding(str(folder), "shop.start", f"{ahead_s / 3600:.1f} h from now", expected, remedy))
    for unit in shop.work_units:
        place = f"machine {unit.id}"
        if unit.protocol not in DRIVEN:
            remedy = 'Let people drive it: protocol = "operator".'
            findings.append(Finding(str(folder), place, unit.protocol, f"one of {', '.join(DRIVEN)}", remedy))
        elif unit.protocol == "virtual" and not allow_virtual:
            remedy = 'Name its protocol in shop.toml, "operator" for a person, or allow it with --allow-virtual.'
            findings.append(Finding(str(folder), place, "virtual", "real equipment in a live run", remedy))
        elif unit.password_env and unit.password_env not in os.environ:
            remedy = "Set it to the control's password."
            found = f"no environment variable {unit.password_env}"
            findings.append(Finding(str(folder), place, found, "the control's password", remedy))
    if findings:
        raise BadInput(*findings)


def open_live_cell(
    folder: Path, shop: Shop, routes: Mapping[str, PartRoute], start: WorldStart, fence: int, telemetry: Telemetry
) -> live.LiveCell:
    """Connect to the shop's equipment, or go on after a crash. Units that are ``virtual`` are stood in for by the virtual shop.

    Raises ``EnvironmentFailed`` if another process runs the shop live or the clock is behind the run; ``Fenced`` if a newer controller
    has led.
    """
    place, clock = live_folder(folder), clock_of(shop)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    programs = {
        unit.id: live.ProgramFolder(Path(unit.programs) if unit.programs else place / "programs" / unit.id, unit.limits)
        for unit in shop.cutters()
        if unit.limits is not None
    }
    tasks = live.TaskList(place / TASKS)
    people = live.People(tasks, limits_of(shop, routes), programs)
    virtual = live.open_virtual_units(folder, shop, start, fence)
    units: dict[str, ports.Equipment] = {}
    for unit in shop.work_units:
        if unit.protocol == "virtual" and virtual is not None:
            units[unit.id] = virtual
        elif unit.protocol == "linuxcnc" and unit.autonomy != "advise":
            shell = live.Shell(unit.id, unit.address, os.environ.get(unit.password_env, ""))
            machine = live.LinuxCnc(unit, shell, programs[unit.id], _run_word(place))
            units[unit.id] = trusted(machine, unit.autonomy, tasks, _persons(shop, clock))
    cell = live.LiveCell(place, live.Crew(people, units, virtual), clock, fence)
    cell.tell(telemetry, shop.start)
    return cell


def trusted(
    machine: ports.Equipment, autonomy: Autonomy, tasks: live.TaskList, persons: Callable[[], int]
) -> ports.Equipment:
    """Return a machine that starts by itself only as far as it is trusted."""
    if autonomy == "confirm":
        return live.WithConsent(machine, tasks)
    return live.Attended(machine, tasks, persons) if autonomy == "attended" else machine


def limits_of(shop: Shop, routes: Mapping[str, PartRoute]) -> live.Limits:
    """Return the limits of all characteristics, the planned time of each operation, and the promised days of each purchased item."""
    records: Sequence[PartRoute] = list(routes.values())
    return live.Limits(
        characteristics={each.id: (each.lower, each.upper) for route in records for each in route.characteristics},
        cycle_s={each.operation: each.cycle_s for route in records for each in route.record.operations},
        lead_days={
            **{item.item: item.lead_time_days for item in shop.items},
            **{f"tool:{stock.tool.number}": stock.lead_time_days for stock in shop.tools},
        },
    )


def days_to(shop: Shop, days: float) -> float:
    """Return the days from the shop's start to ``days`` from now."""
    return clock_of(shop)() / DAY_S + days


def _persons(shop: Shop, clock: Callable[[], float]) -> Callable[[], int]:
    """Return how many people are present now by the shifts."""

    def now() -> int:
        at_s = clock()
        return persons_at(presence_windows(shop, at_s - DAY_S, at_s + DAY_S), at_s)

    return now


def _run_word(place: Path) -> str:
    """Return the word in the marks of this live run; made when the run starts."""
    path = place / "run"
    if not path.exists():
        path.write_text(secrets.token_hex(4), encoding="ascii")
    return path.read_text(encoding="ascii")
