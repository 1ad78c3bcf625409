"""A checker of the kernel's memory that shares nothing with its rules: every lot in one place, every sum right."""

from typing import Any

from nightmill.simulation.factory.kernel import codes
from nightmill.simulation.factory.kernel import columns as c
from nightmill.simulation.factory.kernel.replication import Replication
from nightmill.simulation.factory.kernel.schema import OF, WIDTH


def table(run: Replication, first: int, end: int, owner: str) -> range:
    return range(int(run.N[first]), int(run.N[end]), WIDTH[owner])


def _chain(N: Any, first: int, link: int, limit: int) -> list[int]:
    found: list[int] = []
    while first and len(found) <= limit:
        found.append(int(first))
        first = N[first + link]
    return found


class _Places:
    """Where each lot was found, and what is wrong with that."""

    def __init__(self, run: Replication) -> None:
        self.run, self.N, self.F = run, run.N, run.F
        self.lots = table(run, c.LOTS, c.LOTS_END, "lot")
        self.inside = {row for row in self.lots if run.N[row + c.LOT_STATE] != codes.UNUSED}
        self.wrong: list[str] = []
        self.found: dict[int, str] = {}

    def stand(self, row: int, where: str) -> None:
        if row in self.found:
            self.wrong.append(f"lot {row} stands in {self.found[row]} and {where}")
        if row not in self.inside:
            self.wrong.append(f"{where} holds {row}, which is no lot in the system")
        self.found[row] = where

    def walk(self, first: int, link: int, where: str) -> list[int]:
        rows = _chain(self.N, first, link, len(self.lots))
        for row in rows:
            self.stand(row, where)
        return rows

    def station(self, station: int) -> None:
        N, F = self.N, self.F
        queue = self.walk(N[station + c.STATION_HEAD], c.LOT_NEXT, f"queue {station}")
        self.walk(N[station + c.STATION_BLOCKED_HEAD], c.LOT_NEXT, f"before {station}")
        if len(queue) != N[station + c.STATION_WAITING]:
            self.wrong.append(f"station {station} counts {N[station + c.STATION_WAITING]}, {len(queue)} wait")
        waits = F[station + c.STATION_WAIT] + sum(F[c.NOW] - F[row + c.LOT_ARRIVED] for row in queue)
        if abs(waits - F[station + c.STATION_AREA]) > 1e-9 * max(1.0, waits):
            self.wrong.append(f"station {station}: waits {waits}, integral {F[station + c.STATION_AREA]}")

    def machine(self, machine: int) -> None:
        N, F = self.N, self.F
        if N[machine + c.MACHINE_STATE] in (codes.SETTING, codes.PROCESSING):
            for row in _chain(N, N[machine + c.MACHINE_CHAIN], c.LOT_MATE, len(self.lots)):
                if row in self.inside and N[row + c.LOT_STATE] == codes.ON_MACHINE:
                    self.stand(row, f"machine {machine}")
        self.walk(N[machine + c.MACHINE_PIPE], c.LOT_NEXT, f"pipe {machine}")
        parts = ("IDLE", "SETTING", "BUSY", "BLOCKED", "FAILED", "KEPT", "OFF")
        total = sum(self.run.number(machine, f"MACHINE_{part}") for part in parts)
        if abs(total - F[c.NOW]) > 1e-9 * max(1.0, F[c.NOW]):
            self.wrong.append(f"machine {machine}: its times add to {total}, not {F[c.NOW]}")


def audit(run: Replication) -> list[str]:
    """All that is wrong with a run whose figures began at 0; empty when nothing is."""
    places = _Places(run)
    for station in table(run, c.STATIONS, c.STATIONS_END, "station"):
        places.station(station)
    for machine in table(run, c.MACHINES, c.MACHINES_END, "machine"):
        places.machine(machine)
    for token in run.image.laid.tokens.values():
        places.walk(run.N[token + c.TOKEN_HEAD], c.LOT_NEXT, f"token {token}")
    for row in places.inside:
        if run.N[row + c.LOT_STATE] in (codes.MOVING, codes.DELAYED):
            places.stand(row, "on its way")
    lost = places.inside - set(places.found)
    return [*places.wrong, *(f"lot {row} is nowhere" for row in lost), *_sums(run, places.inside)]


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
