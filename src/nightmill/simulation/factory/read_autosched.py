"""Read a factory model from AutoSched-style text tables into a ``Factory``; times are in seconds from the earliest START.

Column names as in SMT2020 (Kopp, Hassoun, Kalir & Mönch, IEEE Trans. Semicond. Manuf. 33(4), 2020). Any table except ``tool``,
``part``, a route and ``order`` or ``WIP`` may be missing. Entries that can't be expressed here (an unknown rule or rank) are
listed in ``ignored``, and first in first out applies.
"""

import difflib
from collections.abc import Mapping

import msgspec

from nightmill.simulation.factory import model as f
from nightmill.simulation.factory.autosched_tables import SLIP, Row, Tables, read_tables
from nightmill.simulation.factory.kernel.encode import mean_of

# Ranks translated into keys of a rule.
RANKS = {
    "rank_hp": f.Term("priority", -1.0),
    "rank_rsetup": f.Term("setup"),
    "rank_lssu": f.Term("setup"),
    "rank_cr": f.Term("critical_ratio"),
    "rank_edd": f.Term("due"),
    "rank_slack": f.Term("slack"),
    "rank_spt": f.Term("work_now"),
    "rank_lpt": f.Term("work_now", -1.0),
    "rank_srpt": f.Term("work_left"),
    "rank_fifo": f.Term("arrived"),
    "rank_lifo": f.Term("arrived", -1.0),
}
CALENDAR_TABLES = {"down": "downcal.txt", "pm": "pmcal.txt"}
TYPE_SLIP = 0.5
"""How similar a calendar type must be to these short words to count as a misspelling."""
PLAIN_RULES = {"", "rule_first", "rule_fifo", "rule_fwlrank", "rule_ranked"}


class AutoSchedModel(msgspec.Struct, frozen=True):
    """The factory, the products in ``order.txt`` by class, and the names of the lots in ``WIP.txt`` by class, in order.

    ``unit_s``: the factory's unit of time in seconds; ``file``: the file reported in findings.
    """

    factory: f.Factory
    products: tuple[str, ...]
    in_hand: dict[str, tuple[str, ...]]
    ignored: tuple[str, ...]
    unit_s: float = 1.0
    file: str = "factory"


MOST_MACHINES, MOST_LOTS, LEAST_GAP_S = 100_000, 1_000_000, 1e-3
"""Limits on machines per family, lots at a time and time between arrivals; anything beyond is a typing error."""


def read_autosched(files: Mapping[str, str]) -> AutoSchedModel:
    """Read the model from the texts of a folder's files, by name. Raises ``BadInput`` with all findings."""
    return _Reader(read_tables(files)).read()


class _Reader:
    def __init__(self, tables: Tables) -> None:
        self.t = tables
        self.ignored: set[str] = set(tables.unread)
        self.pieces: dict[str, int] = {}

    def read(self) -> AutoSchedModel:
        t = self.t
        orders, wip = t.rows("order.txt"), t.rows("WIP.txt")
        start = [row.date("START") for row in (*orders, *wip) if row["START"]]
        self.zero = min(start, default=0.0)
        routes = self._routes()
        parts = {row["PART"]: self._route_of(row, routes) for row in t.rows("part.txt")}
        for row in (*orders, *wip):
            if row["PART"] not in parts:
                row.wrong("PART", "a part in part.txt")
        sources, classes = self._orders(orders, parts)
        lots, lot_classes, in_hand = self._wip(wip, parts)
        stations, machines = self._tools()
        self._check_names(routes, stations)
        t.check()
        model = f.Factory(
            stations=stations, machines=machines, routes=tuple(routes.values()), classes=(*classes, *lot_classes),
            sources=sources, lots=lots, moves=self._moves(), setups=self._setups(),
        )  # fmt: skip
        t.check()
        return AutoSchedModel(model, tuple(each.name for each in classes), in_hand, tuple(sorted(self.ignored)))

    # -- work -----------------------------------------------------------------------------------------------------

    def _route_of(self, row: Row, routes: dict[str, f.Route]) -> str:
        name = row["ROUTE"]
        if name not in routes:
            row.wrong("ROUTE", f"a route of {', '.join(sorted(routes)) or 'a route file'}")
        return name

    def _routes(self) -> dict[str, f.Route]:
        by_route: dict[str, list[Row]] = {}
        for row in self.t.route_rows():
            by_route.setdefault(row["ROUTE"], []).append(row)
        self.min_run = {row["SETUP"]: row.whole("MINRUN", 0) for row in self.t.rows("setupgrp.txt")}
        self.tools: dict[str, list[Row]] = {}
        for row in self.t.rows("tool.txt.1l"):
            self.tools.setdefault(row["STNFAM"], []).append(row)
        made = {}
        for name, rows in by_route.items():
            place = {row["STEP"]: k for k, row in enumerate(rows)}
            kept = {row["FORSTEP"] for row in rows if row["SVESTN"].lower() == "yes"}
            steps = tuple(self._step(row, k, place, kept) for k, row in enumerate(rows))
            made[name] = f.Route(name, steps)
        return made

    def _step(self, row: Row, k: int, place: dict[str, int], kept: set[str]) -> f.Step:
        per = row["PTPER"].lower() or "per_lot"
        if per not in ("per_lot", "per_piece", "per_batch"):
            row.wrong("PTPER", "per_lot, per_piece or per_batch")
        tool = self.tools.get(row["STNFAM"], [])
        if row["WHEN"].lower() not in ("", "need"):
            self.ignored.add(f"WHEN {row['WHEN']}")
        load = sum(tool[0].time(f"{way}TIME", f"{way}TUNITS") for way in ("L", "UL")) if tool else 0.0
        interval = row.time("BatchInterval", "BatchIntUnits")
        piece_interval = row.time("PartInterval", "PartIntUnits")
        rework = row.share("REWORK", 0.0)
        if rework and row["RWKSTEP"] not in place:
            row.wrong("RWKSTEP", "a step of the route")
        limit = None
        if row["STEP_CQT"] and row["CQT"]:
            to = place.get(row["STEP_CQT"], -1)
            if to > k:
                limit = f.Limit(to, row.time("CQT", "CQTUNITS"))
            else:
                row.wrong("STEP_CQT", "a later step of the route")
        batch = self._batch(row, tool)
        return f.Step(
            station=row["STNFAM"], time=row.law("PDIST", "PTIME", "PTIME2", "PTUNITS"), per_piece=per == "per_piece" and not piece_interval,
            extra=load, interval=interval, piece_interval=piece_interval, setup=row["SETUP"],
            own_setup=row.time("STIME", "STUNITS") if row["STIME"] and row["SETUP"] else None,
            min_run=self.min_run.get(row["SETUP"], 0), batch=batch, chance=row.share("StepPercent", 1.0),
            rework=rework, rework_to=place.get(row["RWKSTEP"], 0), limit=limit,
            keeps=row["FORSTEP"] if row["SVESTN"].lower() == "yes" else "", returns=row["STEP"] if row["STEP"] in kept else "",
        )  # fmt: skip

    def _batch(self, row: Row, tool: list[Row]) -> f.Batch | None:
        if not row["BATCHMN"] and not row["BATCHMX"]:
            return None
        least, most = row.whole("BATCHMN", 1), row.whole("BATCHMX", 0)
        if tool and tool[0]["BATCHPER"].lower() == "lot":
            size = self._lot_size()
            least, most = least * size, most * size
        most = max(most, least)
        same_step = not tool or "samerou" in tool[0]["BATCHCRITF"].lower() or not tool[0]["BATCHCRITF"]
        return f.Batch(max(1, least), most, "" if same_step else tool[0]["BATCHCRITF"])

    def _lot_size(self) -> int:
        rows = (*self.t.rows("order.txt"), *self.t.rows("WIP.txt"))
        return rows[0].whole("PIECES", 1) if rows else 1

    def _orders(self, rows: list[Row], parts: dict[str, str]) -> tuple[tuple[f.Source, ...], tuple[f.LotClass, ...]]:
        sources: list[f.Source] = []
        classes: dict[str, f.LotClass] = {}
        for k, row in enumerate(rows):
            name = row["LOT"] or f"order {k + 1}"
            own = name if name not in classes else f"{name} ({k + 1})"
            due = row.date("DUE") - row.date("START") if row["DUE"] and row["START"] else float("inf")
            classes[own] = f.LotClass(
                name=own, route=parts.get(row["PART"], ""), pieces=row.whole("PIECES", 1),
                priority=row.number("PRIOR", 0.0), due=due, recorded=True,
            )  # fmt: skip
            repeats = bool(row["REPEAT"])
            if row.whole("LOTSPERRPT", 1) > MOST_LOTS:
                row.wrong("LOTSPERRPT", f"at most {MOST_LOTS}")
            gap = row.law("RDIST", "REPEAT", "REPEAT2", "RUNITS")
            if repeats and 0.0 < mean_of(gap) < LEAST_GAP_S:
                row.wrong("REPEAT", f"at least {LEAST_GAP_S} s")
            sources.append(
                f.Source(
                    name=own, gap=gap, mix=((own, 1.0),),
                    lots=row.whole("LOTSPERRPT", 1), first=row.date("START") - self.zero if row["START"] else 0.0,
                    count=(row.whole("RPT#", 0) or None) if repeats else 1,
                )
            )  # fmt: skip
        return tuple(sources), tuple(classes.values())

    def _wip(
        self, rows: list[Row], parts: dict[str, str]
    ) -> tuple[tuple[f.Lot, ...], tuple[f.LotClass, ...], dict[str, tuple[str, ...]]]:
        places: dict[str, dict[str, int]] = {}
        for row in self.t.route_rows():
            of = places.setdefault(row["ROUTE"], {})
            of[row["STEP"]] = len(of)
        lots: list[f.Lot] = []
        names: dict[str, list[str]] = {}
        routes: dict[str, str] = {}
        for row in rows:
            route = parts.get(row["PART"], "")
            step = places.get(route, {}).get(row["CURSTEP"] or "1", -1)
            if step < 0 and route in places:
                row.wrong("CURSTEP", f"a step of route {route}")
            own = f"in hand: {row['PART']}"
            names.setdefault(own, []).append(row["LOT"])
            routes[own] = route
            lots.append(
                f.Lot(
                    lot_class=own, step=max(step, 0), pieces=row.whole("PIECES", 1), priority=row.number("PRIOR", 0.0),
                    due=row.date("DUE") - self.zero if row["DUE"] else None,
                    released=min(0.0, row.date("START") - self.zero) if row["START"] else 0.0,
                )
            )  # fmt: skip
        classes = tuple(f.LotClass(name=own, route=route, recorded=True) for own, route in routes.items())
        return tuple(lots), classes, {own: tuple(each) for own, each in names.items()}

    # -- equipment ------------------------------------------------------------------------------------------------

    def _tools(self) -> tuple[tuple[f.Station, ...], tuple[f.Machine, ...]]:
        stations: list[f.Station] = []
        machines: list[f.Machine] = []
        stops = self._stops()
        for family, rows in self.tools.items():
            count = sum(row.whole("STNQTY", 1) for row in rows)
            if not 1 <= count <= MOST_MACHINES:
                rows[0].wrong("STNQTY", f"1 .. {MOST_MACHINES}")
            members = [f"{family} {k + 1}" for k in range(min(count, MOST_MACHINES))]
            names = {row["STN"] for row in rows} | {family}
            groups = {row["STNGRP"] for row in rows}
            own = [s for kind, name, s in stops if name in (groups if kind == "stngrp" else names)]
            for k, member in enumerate(members):
                placed = tuple(self._placed(row, cal, k, count) for row, cal in own)
                machines.append(f.Machine(name=member, stops=placed))
            stations.append(
                f.Station(
                    name=family, members=tuple(map(f.Member, members)), rule=self._rule(rows[0]),
                    place=rows[0]["STNFAMLOC"], least_setup="leastsetup" in rows[0]["WAKERESRANK"].lower(),
                )
            )  # fmt: skip
        return tuple(stations), tuple(machines)

    def _rule(self, row: Row) -> tuple[tuple[f.Term, ...], ...]:
        """Return the keys of ``RULE`` and ``FWLRANK``; ``RULE`` may put a key first."""
        keys: list[f.Term] = []
        rule = row["RULE"].lower()
        as_rank = rule.replace("rule_", "rank_")
        if "hotlot" in rule:
            keys.append(RANKS["rank_hp"])
        elif as_rank in RANKS:
            if as_rank not in row["FWLRANK"].lower() and as_rank != "rank_fifo":
                keys.append(RANKS[as_rank])
        elif rule not in PLAIN_RULES:
            self.ignored.add(f"RULE {row['RULE']}")
        for rank in filter(None, (each.strip() for each in row["FWLRANK"].split(";"))):
            term = RANKS.get(rank.lower())
            if term is None:
                self.ignored.add(f"FWLRANK {rank}")
            elif term not in keys:
                keys.append(term)
        if rule == "rule_lssu":
            keys = [RANKS["rank_hp"]] * (RANKS["rank_hp"] in keys) + [RANKS["rank_lssu"]] + keys
        return tuple((term,) for term in dict.fromkeys(keys))

    def _stops(self) -> list[tuple[str, str, tuple[Row, Row]]]:
        calendars = {row["DOWNCALNAME"]: row for row in self.t.rows("downcal.txt")}
        calendars |= {row["PMCALNAME"]: row for row in self.t.rows("pmcal.txt")}
        found: list[tuple[str, str, tuple[Row, Row]]] = []
        unused = sorted(calendars.keys() - {row["CALNAME"] for row in self.t.rows("attach.txt")})
        for row in self.t.rows("attach.txt"):
            if row["CALNAME"] not in calendars:
                self._no_calendar(row, unused)
                continue
            found.append((row["RESTYPE"].lower(), row["RESNAME"], (row, calendars[row["CALNAME"]])))
        if not self.t.rows("attach.txt") and calendars:
            self.ignored.add("downcal.txt, pmcal.txt: no attach.txt")
        return found

    def _no_calendar(self, attach: Row, unused: list[str]) -> None:
        """Handle a missing calendar: either its table is missing, as ``CALTYPE`` shows, or its name or type is wrong.

            Treat a row as a typo if ``CALTYPE`` doesn't show that the table is missing and the name is close to that of an unattached
        calendar.
        """
        said = attach["CALTYPE"].lower()
        kind = next((word for word in CALENDAR_TABLES if word in said), said)  # also breakdown, pmcal
        if kind and kind not in CALENDAR_TABLES:
            as_long = [word for word in CALENDAR_TABLES if abs(len(word) - len(kind)) <= 1]
            if difflib.get_close_matches(kind, as_long, 1, TYPE_SLIP):
                attach.wrong("CALTYPE", "down or pm")
            else:
                self.ignored.add(f"attach.txt: CALTYPE {attach['CALTYPE']}")
            return
        may_hold = (CALENDAR_TABLES[kind],) if kind else tuple(CALENDAR_TABLES.values())
        missing = [name for name in may_hold if not self.t.rows(name)]
        near = [] if kind else difflib.get_close_matches(attach["CALNAME"], unused, 1, SLIP)
        if near:
            attach.wrong("CALNAME", f"a calendar; did you mean {near[0]}?")
        elif missing:
            self.ignored.add(f"attach.txt: no {' and no '.join(missing)}")
        else:
            attach.wrong("CALNAME", "a calendar in downcal.txt or pmcal.txt")

    def _placed(self, attach: Row, calendar: Row, k: int, count: int) -> f.Stop:
        """Return the stop of machine ``k`` of ``count``; a fixed first time is staggered over sister machines."""
        failure = bool(calendar["DOWNCALNAME"])
        gap_name, kind = ("MTTF", "DOWNCALTYPE") if failure else ("MTBPM", "PMCALTYPE")
        pieces = "piece" in calendar[kind].lower() or calendar[f"{gap_name}UNITS"].lower().startswith("piece")
        by_use = any(word in calendar[kind].lower() for word in ("usage", "proc", "busy"))
        units = "" if pieces else f"{gap_name}UNITS"
        gap = calendar.law(f"{gap_name}DIST", gap_name, f"{gap_name}2", units)
        first = None
        if attach["FOA"]:
            first = attach.law("FOADIST", "FOA", "FOA2", "" if pieces else "FOAUNITS")
            if first.kind == "constant":
                first = f.constant(first.a * (k + 1) / count)
        return f.Stop(
            name=attach["CALNAME"], gap=gap, length=calendar.law("MTTRDIST", "MTTR", "MTTR2", "MTTRUNITS"),
            by="pieces" if pieces else "use" if by_use else "clock", failure=failure, fixed=not failure, first=first,
        )  # fmt: skip

    def _moves(self) -> tuple[f.Move, ...]:
        return tuple(
            f.Move(row["FROMLOC"], row["TOLOC"], row.law("DDIST", "DTIME", "DTIME2", "DUNITS"))
            for row in self.t.rows("fromto.txt")
            if row["DTIME"]
        )

    def _setups(self) -> tuple[f.SetupTime, ...]:
        return tuple(
            f.SetupTime(row["CURSETUP"] or "*", row["NEWSETUP"], row.time("STIME", "STUNITS"))
            for row in self.t.rows("setup.txt")
            if row["NEWSETUP"]
        )

    def _check_names(self, routes: dict[str, f.Route], stations: tuple[f.Station, ...]) -> None:
        known = {station.name for station in stations}
        for row in self.t.route_rows():
            if row["STNFAM"] not in known:
                row.wrong("STNFAM", "a station family in tool.txt.1l")
