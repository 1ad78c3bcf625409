"""A checker of the kernel's memory that shares nothing with its rules: every lot in one place, every sum right."""

from typing import Any

from nightmill.twin.kernel import codes, columns as c
from nightmill.twin.kernel.engine import Replication
from nightmill.twin.kernel.schema import OF, WIDTH


def table(run: Replication, first: int, end: int, owner: str) -> range:
    return range(int(run.N[first]), int(run.N[end]), WIDTH[owner])


def _chain(N: Any, first: int, link: int, limit: int) -> list[int]:
    found: list[int] = []
    while first and len(found) <= limit:
        found.append(int(first))
        first = N[first + link]
    return found


def audit(run: Replication) -> list[str]:
    """All that is wrong with a run whose figures began at 0; empty when nothing is."""
    N, F = run.N, run.F
    lots = table(run, c.LOTS, c.LOTS_END, "lot")
    inside = {row for row in lots if N[row + c.LOT_STATE] != codes.UNUSED}
    wrong: list[str] = []
    places: dict[int, str] = {}

    def stand(row: int, where: str) -> None:
        if row in places:
            wrong.append(f"lot {row} stands in {places[row]} and {where}")
        if row not in inside:
            wrong.append(f"{where} holds {row}, which is no lot in the system")
        places[row] = where

    for station in table(run, c.STATIONS, c.STATIONS_END, "station"):
        queue = _chain(N, N[station + c.STATION_HEAD], c.LOT_NEXT, len(lots))
        if len(queue) != N[station + c.STATION_WAITING]:
            wrong.append(f"station {station} counts {N[station + c.STATION_WAITING]}, {len(queue)} wait")
        for row in queue:
            stand(row, f"queue {station}")
        for row in _chain(N, N[station + c.STATION_BLOCKED_HEAD], c.LOT_NEXT, len(lots)):
            stand(row, f"before {station}")
        waits = F[station + c.STATION_WAIT] + sum(F[c.NOW] - F[row + c.LOT_ARRIVED] for row in queue)
        if abs(waits - F[station + c.STATION_AREA]) > 1e-9 * max(1.0, waits):
            wrong.append(f"station {station}: waits {waits}, integral {F[station + c.STATION_AREA]}")
    for machine in table(run, c.MACHINES, c.MACHINES_END, "machine"):
        working = N[machine + c.MACHINE_STATE] in (codes.SETTING, codes.PROCESSING)
        on = _chain(N, N[machine + c.MACHINE_CHAIN], c.LOT_MATE, len(lots)) if working else []
        piped = {row for row in on if row not in inside or N[row + c.LOT_STATE] != codes.ON_MACHINE}
        for row in [row for row in on if row not in piped]:
            stand(row, f"machine {machine}")
        for row in _chain(N, N[machine + c.MACHINE_PIPE], c.LOT_NEXT, len(lots)):
            stand(row, f"pipe {machine}")
        parts = ("IDLE", "SETTING", "BUSY", "BLOCKED", "FAILED", "KEPT", "OFF")
        total = sum(run.number(machine, f"MACHINE_{part}") for part in parts)
        if abs(total - F[c.NOW]) > 1e-9 * max(1.0, F[c.NOW]):
            wrong.append(f"machine {machine}: its times add to {total}, not {F[c.NOW]}")
    for token in run.image.laid.tokens.values():
        for row in _chain(N, N[token + c.TOKEN_HEAD], c.LOT_NEXT, len(lots)):
            stand(row, f"token {token}")
    moving = {row for row in inside if N[row + c.LOT_STATE] in (codes.MOVING, codes.DELAYED)}
    for row in moving:
        stand(row, "on its way")
    wrong += [f"lot {row} is nowhere, state {N[row + c.LOT_STATE]}" for row in inside - set(places)]
    wrong += _sums(run, inside)
    return wrong


def _sums(run: Replication, inside: set[int]) -> list[str]:
    N, F = run.N, run.F
    wrong: list[str] = []
    classes = run.image.laid.classes.values()
    came = sum(N[row + c.CLASS_RELEASED] for row in classes) + run.image.words[c.INSIDE]
    went = sum(N[row + c.CLASS_FINISHED] + N[row + c.CLASS_SCRAPPED] for row in classes)
    if came - went != len(inside) or N[c.INSIDE] != len(inside):
        wrong.append(f"{came} came, {went} went, {len(inside)} inside, counted {N[c.INSIDE]}")
    ages = F[c.SOJOURN] + sum(F[c.NOW] - F[row + c.LOT_RELEASED] for row in inside)
    if abs(ages - F[c.AREA]) > 1e-9 * max(1.0, ages):
        wrong.append(f"Little: times in the system {ages}, integral {F[c.AREA]}")
    free = len(_chain(N, N[c.FREE_LOT], c.LOT_NEXT, 1 << 30))
    rows = (N[c.LOTS_END] - N[c.LOTS]) // WIDTH["lot"]
    if free != N[c.FREE_LOTS] or free + len(inside) != rows:
        wrong.append(f"{free} free and {len(inside)} used of {rows} lots, counted {N[c.FREE_LOTS]}")
    return wrong


def type_faults(run: Replication) -> list[str]:
    """Words of a plain run whose type isn't that of the schema."""
    found: list[str] = []
    firsts = {
        "class": (c.CLASSES, c.CLASSES_END), "station": (c.STATIONS, c.STATIONS_END), "machine": (c.MACHINES, c.MACHINES_END),
        "stop": (c.STOPS, c.STOPS_END), "lot": (c.LOTS, c.LOTS_END), "source": (c.SOURCES, c.SOURCES_END),
    }  # fmt: skip
    for owner, (first, end) in firsts.items():
        for row in table(run, first, end, owner):
            for place, column in enumerate(OF[owner]):
                if isinstance(run.N[row + place], float) != (column.dtype == "float"):
                    found.append(f"{owner} {column.name} holds {run.N[row + place]!r}")
    return found
