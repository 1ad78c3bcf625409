"""Preflight: whether everything is ready for the unattended hours, and when somebody will next be needed.

Each check has the result yes, no or unknown; an unchecked item never counts as good. The unattended work consists of the
uncut parts on pallets, since no other part is mounted until people are back.
"""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from nightmill.floor import ShopState, presence_windows, stage_of
from nightmill.floor import records as on_floor
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.decider_memory import Remembering
from nightmill.vocabulary import events as e
from nightmill.vocabulary.dispatching import EVENING
from nightmill.vocabulary.events import RoutedOperation
from nightmill.vocabulary.night_packing import NightCut, NightMill, all_end, night_cuts, that_can_end
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S, HOUR_S

EVENING_S = 45 * 60.0
NIGHT_S = EVENING.night_s
"""Minimum length of an absence for which checks are made."""
LIMITS = {"coolant_min_pct": 40.0, "chips_max_pct": 60.0, "probe_max_um": 5.0, "checked_within_h": 24.0}
"""Defaults for ``[policy]`` of shop.toml: they are rules of the shop, not of a standard."""


class Check(msgspec.Struct, frozen=True):
    """One check: ``ok`` is ``None`` if unknown."""

    name: str
    subject: str
    ok: bool | None
    found: str
    remedy: str = ""


class Preflight(msgspec.Struct, frozen=True):
    """The result for the absence from ``leaves_s`` to ``back_s`` (shop time). Machine failures aren't predicted."""

    leaves_s: float
    back_s: float
    jobs: int
    work_h: float
    checks: tuple[Check, ...]
    next_intervention_s: float
    cause: str

    @property
    def ok(self) -> bool:
        """Return True if nothing is known to be missing."""
        return all(check.ok is not False for check in self.checks)


class Job(msgspec.Struct, frozen=True):
    """An operation that can be cut unattended."""

    serial: str
    operation: RoutedOperation
    machine: str
    """The machine assigned by the schedule, or the mill where the part is now; empty for any machine."""


def absence(shop: Shop, now_s: float, limits: Sequence[tuple[float, float, int, bool]] = ()) -> tuple[float, float]:
    """Return when, after ``now_s``, people next leave for a long time (now, if nobody is present), and when they are back.

    ``limits``: periods when attendance differs from the shifts (``ShopState.attendance``).
    """
    windows = presence_windows(shop, now_s - DAY_S, now_s + 14 * DAY_S, limits)
    leaves = now_s
    for window in windows:
        if window.ends_s <= now_s:
            continue
        if window.begins_s - leaves >= NIGHT_S:
            return leaves, window.begins_s
        leaves = max(leaves, window.ends_s)
    return leaves, leaves + 14 * DAY_S


def preflight(shop: Shop, state: ShopState) -> Preflight:
    """Return all checks and the forecast for the next absence, from the log's state."""
    leaves, back = absence(shop, state.now_s, state.attendance)
    jobs = unattended_jobs(state)
    limits = LIMITS | shop.policy
    checks = [*_tools(shop, state, jobs), *_programs(state, jobs), *_pallets(state, jobs), *_blanks(shop, state)]
    checks += _looked_at(shop, state, limits)
    at, cause = next_intervention(shop, state, jobs, leaves, back)
    hours = sum(job.operation.takes_s(job.machine) for job in jobs) / HOUR_S
    return Preflight(leaves, back, len(jobs), hours, tuple(checks), at, cause)


preflight_of = preflight
"""The name exported by the package: a module would hide a function of the same name."""


def unattended_jobs(state: ShopState) -> list[Job]:
    """Return the uncut parts on pallets that may be cut, in the schedule's order."""
    rank = {(line.serial, line.operation): (n, line.machine) for n, line in enumerate(state.schedule)}
    found: list[tuple[int, Job]] = []
    for pallet in state.pallets.values():
        part = state.parts.get(pallet.serial)
        if part is None or stage_of(state, pallet) != "uncut" or part.disposition or state.held(part.serial):
            continue
        route = state.routes.get(part.item)
        operation = next((o for o in route.operations if o.operation == pallet.operation), None) if route else None
        if route is None or operation is None or not route.certified:
            continue
        place, machine = rank.get((part.serial, pallet.operation), (1 << 30, ""))
        on_mill = pallet.place if pallet.place in state.machines else ""
        found.append((place, Job(part.serial, operation, on_mill or machine)))
    return [job for _, job in sorted(found, key=lambda one: (one[0], one[1].serial))]


def next_intervention(
    shop: Shop, state: ShopState, jobs: list[Job], leaves_s: float, back_s: float
) -> tuple[float, str]:
    """Return when, after ``leaves_s``, a mill will first stand still until a person comes, and why; ``back_s`` if no mill will.

    Assumes that people keep the pallets as full as they are now until
    they leave. Each job goes to the mill that is free first, as on the floor when the preferred mill is busy; if not all jobs
    can finish in time, it goes to the mill that lets as many jobs as possible finish. Each job takes its planned time, and an edge cuts
    a whole number of cycles.
    """
    life, change_s = {str(kind.tool.number): kind.tool.life_min for kind in shop.tools}, on_floor.change_s(shop)
    free = {
        name: max(leaves_s, state.out_of_service.get(name, 0.0), _free_s(state, machine))
        for name, machine in state.machines.items()
        if machine.status != "down"
    }
    if not free:
        return leaves_s, "every mill is down"
    edges = {name: _edges_at(state, name, life) for name in free}
    room, chips = _cuts_with_room(shop, state, leaves_s), _chips_left(shop, state, leaves_s)
    mills = [NightMill(name, back_s - free[name], dict(edges[name]), chips[name], room[name]) for name in free]
    cuts = [cut for job in jobs if (cut := _night_cut(state, job, free, life, change_s)).takes_s]
    first = on_floor.goes_first(state, leaves_s, back_s, len(free), that_can_end(cuts, mills))
    cuts = [msgspec.structs.replace(cut, urgent=cut.id in first) for cut in cuts]
    placed = {} if all_end(cuts, mills) else night_cuts(cuts, mills)
    for job in sorted(jobs, key=lambda job: bool(placed) and job.serial not in placed):
        kind = job.operation.kind
        those_up = [name for name in free if state.machines[name].kind == kind]
        if not those_up:
            continue  # nobody can cut it before a mill is up
        if all(chips[name] < job.operation.takes_s(name) for name in those_up):
            name = min(those_up, key=lambda each: free[each])
            return min(
                back_s, free[name]
            ), f"chip bin or coolant of {name} has reached its limit, as on every other {kind}"
        those_up = [name for name in those_up if chips[name] >= job.operation.takes_s(name)]
        able = [name for name in those_up if room[name] > 0 and not _missing(job, edges[name], life)]
        if not able and all(room[name] < 1 for name in those_up):
            name = min(those_up, key=lambda each: free[each])
            return min(back_s, free[name]), f"no output place is free at {name} or any other {kind}"
        if not able:
            roomy = [name for name in those_up if room[name] > 0]  # the other mills may have the edges
            name = min(roomy, key=lambda each: free[each])
            those = " with a free output place" * (len(roomy) < len(those_up))
            tool = _missing(job, edges[name], life)[0]
            return min(back_s, free[name]), f"no {kind}{those} has an edge of T{tool} left for {job.serial}"
        name = min(able, key=lambda each: (each != placed.get(job.serial, each), free[each], each != job.machine))
        for tool, minutes in job.operation.tool_minutes.items():
            edges[name][tool] = edges[name].get(tool, 0.0) - on_floor.edge_share(minutes, life.get(tool, 60.0))
        free[name] += on_floor.expected_s(state, job.operation, name) + change_s
        chips[name] -= job.operation.takes_s(name)
        room[name] -= 1
    return _first_idle(state, free, room, back_s)


def _night_cut(
    state: ShopState,
    job: Job,
    free: dict[str, float],
    life: dict[str, float],
    change_s: float,
) -> NightCut:
    """Return the job as the floor would fit it into the night; its times are empty if all of its mills are down."""
    operation = job.operation
    takes_s = {
        name: on_floor.expected_s(state, operation, name) + change_s
        for name in free
        if state.machines[name].kind == operation.kind
    }
    shares = {tool: on_floor.edge_share(cut, life.get(tool, 60.0)) for tool, cut in operation.tool_minutes.items()}
    return NightCut(job.serial, takes_s, shares)


def _first_idle(state: ShopState, free: dict[str, float], room: dict[str, float], back_s: float) -> tuple[float, str]:
    """Return when, and why, the first machine has nothing left to cut on a pallet although work for its kind is waiting."""
    for name in sorted(free, key=lambda each: free[each]):
        if free[name] >= back_s:
            return back_s, "people are back before any machine runs out of work"
        waiting = sum(1 for part in state.in_play() if _waits(state, part, state.machines[name].kind))
        if waiting and room[name] < 1:
            return free[name], f"no output place is free at {name}"
        if waiting:
            return free[name], f"{name} has no mounted part left; parts waiting to be mounted: {waiting}"
    return back_s, "all open orders are finished before people are back"


def _cuts_with_room(shop: Shop, state: ShopState, leaves_s: float) -> dict[str, float]:
    """Return how many cuts each mill can start from ``leaves_s`` on until there is no place outside for a finished part and it stays in
    the mill.

    Until people leave, they unload the waiting parts, except those on hold.
    """
    night = state.now_s >= leaves_s
    left: dict[str, float] = {}
    for unit in shop.cutters():
        left[unit.id] = math.inf
        if unit.buffer is not None:
            inside = state.on_unit(unit.id)
            stage = stage_of(state, inside) if inside is not None else "empty"
            stays = stage == "cut" if night else _free_s(state, state.machines[unit.id]) > leaves_s
            behind = sum(night or state.held(each.serial) for each in state.behind(unit.id))
            left[unit.id] = unit.buffer + 1.0 - behind - (stays or (night and stage == "cutting"))
    return left


def _chips_left(shop: Shop, state: ShopState, leaves_s: float) -> dict[str, float]:
    """Return how long each mill can cut from ``leaves_s`` on until its chip bin is full or its coolant used up, s."""
    left = {unit.id: math.inf if unit.chip_s is None else unit.chip_s for unit in shop.cutters()}
    if state.now_s < leaves_s:
        return left
    windows = presence_windows(shop, 0.0, state.now_s, state.attendance)
    left_s = left_since(((window.begins_s, window.ends_s) for window in windows), state.now_s)
    if left_s is None:
        return left
    return {name: most - on_floor.cut_since(state, name, left_s) for name, most in left.items()}


def left_since(presence: Iterable[tuple[float, float]], now_s: float) -> float | None:
    """Return the shop time at which the last person left, s; ``None`` if somebody is present. The intervals of presence are sorted
    by start.
    """
    left_s = 0.0
    for begins_s, ends_s in presence:
        if begins_s > now_s:
            break
        if ends_s > now_s:
            return None
        left_s = max(left_s, ends_s)
    return left_s


def _free_s(state: ShopState, machine: on_floor.MachineState) -> float:
    """Return when the mill ends its current cut."""
    started_s, operation = _being_cut(state, machine.id)
    takes_s = on_floor.expected_s(state, operation, machine.id) if operation is not None else 0.0
    return max(state.now_s, started_s + takes_s)


def _being_cut(state: ShopState, machine: str) -> tuple[float, RoutedOperation | None]:
    """Return the job that a mill is cutting, and when it started."""
    for part in state.in_play():
        cut = part.cuts[-1] if part.cuts else None
        if cut is not None and cut.machine == machine and cut.finished_s is None and not cut.interrupted:
            operations = state.routes[part.item].operations
            return cut.started_s, next((o for o in operations if o.operation == cut.operation), None)
    return state.now_s, None


def _edges_at(state: ShopState, machine: str, life: dict[str, float]) -> dict[str, float]:
    """Return how many edges of each tool a mill will have left after its current cut."""
    left = {t: _edges_left(edge, life.get(t, 60.0)) for t, edge in state.machines[machine].edges.items()}
    _, operation = _being_cut(state, machine)
    for tool, minutes in operation.tool_minutes.items() if operation else ():
        left[tool] = max(0.0, left.get(tool, 0.0) - on_floor.edge_share(minutes, life.get(tool, 60.0)))
    return left


def _edges_left(edge: on_floor.EdgeState, life_min: float) -> float:
    return max(0.0, 1.0 - edge.minutes / life_min) + edge.sisters


def _missing(job: Job, edges: dict[str, float], life: dict[str, float]) -> list[str]:
    need = {
        tool: on_floor.edge_share(minutes, life.get(tool, 60.0)) for tool, minutes in job.operation.tool_minutes.items()
    }
    return [tool for tool, share in need.items() if edges.get(tool, 0.0) < share - 1e-9]


def _waits(state: ShopState, part: on_floor.PartState, kind: str = "") -> bool:
    """Return whether a part waits to be mounted on a machine of the ``kind`` (empty: any)."""
    route = state.routes.get(part.item)
    ready = route is not None and route.certified and part.place in {"none", "wip"}
    upcoming = state.next_operation(part) if ready and not part.disposition and not state.held(part.serial) else None
    return upcoming is not None and kind in ("", upcoming.kind)


def _tools(shop: Shop, state: ShopState, jobs: list[Job]) -> list[Check]:
    """Compare the tool life left in each mill's magazine, sister tools included, with the jobs that the schedule gives that mill."""
    life = {str(kind.tool.number): kind.tool.life_min for kind in shop.tools}
    need: dict[tuple[str, str], float] = {}
    for job in jobs:
        for tool, minutes in job.operation.tool_minutes.items():
            key = (job.machine, tool)
            need[key] = need.get(key, 0.0) + on_floor.edge_share(minutes, life.get(tool, 60.0))
    checks = []
    for (machine, tool), edges in sorted(need.items()):
        known = state.machines.get(machine)
        if known is None:
            continue
        left = _edges_at(state, machine, life).get(tool, 0.0)
        enough = left >= edges - 1e-9
        remedy = "" if enough else f"Load T{tool} on {machine}."
        checks.append(
            Check("tool life", f"{machine} T{tool}", enough, f"{left:.2f} edges left, {edges:.2f} needed", remedy)
        )
    return checks


def _programs(state: ShopState, jobs: list[Job]) -> list[Check]:
    """Compare the hash of the program on the machine with the certified one.

    The result is unknown if the certified program isn't on the machine yet (there is none, or another revision):
    it is sent before the cut, and whether the machine accepts it is only known at that point. No other program can be run.
    """
    checks = [
        Check(
            "program",
            part.serial,
            False,
            "no certified program",
            f"Certify a plan for {part.item}, or unload the part.",
        )
        for pallet in state.pallets.values()
        if (part := state.parts.get(pallet.serial)) is not None
        and stage_of(state, pallet) == "uncut"
        and not (part.disposition or (part.item in state.routes and state.routes[part.item].certified))
    ]
    for machine, operation in sorted({(job.machine, job.operation.operation) for job in jobs}):
        known = state.machines.get(machine)
        if known is None:
            continue
        wanted = next(job.operation.program_sha256 for job in jobs if job.operation.operation == operation)
        stored = known.programs.get(operation, "")
        there = "another revision on the machine" if stored else "not on the machine yet"
        found = "certified" if stored == wanted else f"{there}; the certified program is sent before the cut"
        checks.append(Check("program", f"{machine} {operation}", True if stored == wanted else None, found))
    return checks


def _pallets(state: ShopState, jobs: list[Job]) -> list[Check]:
    """Find pallets that would stand idle all night while parts wait: empty pallets, and pallets whose part is cut and can be unloaded."""
    stages = [stage_of(state, each) for each in state.pallets.values() if not state.held(each.serial)]
    empty, cut = stages.count("empty"), stages.count("cut")
    waiting = sum(1 for part in state.in_play() if _waits(state, part))
    full = waiting == 0 or empty + cut == 0
    found = f"pallets with uncut parts: {len(jobs)}, empty: {empty}, to be unloaded: {cut}; parts waiting: {waiting}"
    remedy = f"{'Unload the cut parts, and mount' if cut else 'Mount'} the waiting parts before you leave."
    return [Check("pallets", "pool", full, found, "" if full else remedy)]


def _blanks(shop: Shop, state: ShopState) -> list[Check]:
    need: dict[str, int] = {}
    blank = {part.name: part.blank_item for part in shop.parts}
    for part in state.in_play():
        if part.place == "none" and _waits(state, part):
            item = blank.get(part.item, "")
            need[item] = need.get(item, 0) + 1
    return [
        Check(
            "blanks",
            item,
            state.stock.get(item, 0) >= count,
            f"{state.stock.get(item, 0)} in stock, {count} needed",
            f"Get more {item}.",
        )
        for item, count in sorted(need.items())
        if item
    ]


def _looked_at(shop: Shop, state: ShopState, limits: dict[str, float]) -> Iterable[Check]:
    """Check the coolant and chips of each mill and the probe of each gauge, by a machine signal or by a person's inspection."""
    for unit in shop.work_units:
        wanted = {"mill": ("coolant", "chips"), "lathe": ("coolant", "chips"), "gauge": ("probe",)}.get(unit.kind, ())
        for resource in wanted:
            yield _looked(state, unit.id, resource, limits)


def _looked(state: ShopState, unit: str, resource: str, limits: dict[str, float]) -> Check:
    machine = state.machines.get(unit)
    signal = machine.signals.get(f"{resource}_pct") if machine else None
    level, at_s, by = state.checked.get(f"{unit}|{resource}", (0.0, float("-inf"), ""))
    if signal is not None:
        level, at_s, by = signal, state.now_s, "the machine"
    age_h = (state.now_s - at_s) / HOUR_S
    remedy = f"Inspect it, then run: nightmill check SHOP {unit} {resource} LEVEL --by NAME"
    if age_h > limits["checked_within_h"]:
        return Check(resource, unit, None, "never checked" if by == "" else f"last checked {age_h:.0f} h ago", remedy)
    good = {
        "coolant": level >= limits["coolant_min_pct"],
        "chips": level <= limits["chips_max_pct"],
        "probe": abs(level) <= limits["probe_max_um"],
    }[resource]
    return Check(
        resource,
        unit,
        good,
        f"{level:g} by {by}, {age_h:.1f} h ago",
        "" if good else f"{_REMEDIES[resource]} {unit}.",
    )


_REMEDIES = {"coolant": "Top up the coolant of", "chips": "Empty the chip bin of", "probe": "Recalibrate the probe of"}


class NightMemory(msgspec.Struct, frozen=True):
    """The night for which the check was made: when people are back, and whether they had left."""

    _made: set[tuple[float, bool]]


class NightDecider(Remembering[NightMemory]):
    """Run the preflight in the loop, three quarters of an hour before people leave, and raise alarms while people can still act."""

    Memory = NightMemory

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._made: set[tuple[float, bool]] = set()

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Remember for which night the check was made: before people left, and again afterwards."""
        if isinstance(event.fact, e.PreflightMade):
            self._made.add((event.fact.back_s, event.fact.leaves_s <= event.at_s))

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Return the check, in the evening; and, when people leave, the forecast from the work on the pallets at that time."""
        leaves, back = absence(self.shop, state.now_s, state.attendance)
        left = leaves <= state.now_s
        if leaves - state.now_s > EVENING_S or back - leaves < NIGHT_S or (back, left) in self._made:
            return []
        found = preflight(self.shop, state)
        failed = tuple(f"{c.name} {c.subject}: {c.found}" for c in found.checks if c.ok is False)
        unknown = tuple(f"{c.name} {c.subject}" for c in found.checks if c.ok is None)
        made = e.PreflightMade(found.leaves_s, found.back_s, failed, unknown, found.next_intervention_s, found.cause)
        if left:
            return [Decision(made, "people have left")]
        decisions = [Decision(made, "people are about to leave")]
        decisions += [Decision(e.AlarmRaised("preflight", c.subject, f"{c.name}: {c.found}. {c.remedy}"), "before the night") for c in found.checks if c.ok is False]  # fmt: skip
        return decisions


def preflight_shop(folder: Path) -> dict[str, Any]:
    """Return the check for the shop in ``folder`` from its log; ``ok`` is false if anything is known to be missing."""
    from nightmill.plant.shop_state.live import live_shop

    shop, state = live_shop(folder)
    found = preflight(shop, state)
    return {"ok": found.ok, **msgspec.to_builtins(found)}
