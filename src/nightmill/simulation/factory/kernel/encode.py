"""Encode a ``Factory`` into the memory of the kernel; all inconsistencies are reported at once."""

import math
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import pairwise

import msgspec

from nightmill.simulation.factory import model as f
from nightmill.simulation.factory.kernel import codes, columns
from nightmill.simulation.factory.kernel.builder import Memory, Word, add_lots, plant_tree
from nightmill.simulation.factory.kernel.schema import WIDTH
from nightmill.vocabulary.errors import BadInput, Finding

LAWS = ("constant", "uniform", "exponential", "erlang", "hyperexponential", "lognormal", "weibull", "triangular",
        "empirical")  # fmt: skip
LASTING = frozenset(codes.FEATURES[code] for code in codes.LASTING)
FIRST_LOTS, RECORD_ROOM = 32, 4096
# Bounds that keep draws from these distributions finite: a normal draw is never beyond 9, a uniform draw never below 2^-53.
LARGEST_LOGARITHM, LEAST_SHAPE = 600.0, 0.01


class Laid(msgspec.Struct, frozen=True):
    """A laid-out factory: its words, and the positions of machines, stations, classes, tokens, persons and stops."""

    words: list[Word]
    machines: dict[str, int]
    stations: dict[str, int]
    classes: dict[str, int]
    tokens: dict[str, int]
    persons: dict[str, int]
    stops: dict[str, int]


def key_of(name: str, purpose: str) -> int:
    """Return a 64-bit key for a name and a purpose, as a signed number."""
    return int.from_bytes(blake2b(f"{purpose}\x00{name}".encode(), digest_size=8).digest(), "big", signed=True)


def mean_of(law: f.Law) -> float:
    """Return the mean of a distribution."""
    a, b, c = law.a, law.b, law.c
    if law.kind == "hyperexponential":
        return c * a + (1.0 - c) * b
    if law.kind == "lognormal":
        return c + math.exp(min(a + b * b / 2.0, LARGEST_LOGARITHM))
    if law.kind == "weibull":
        return c + a * math.exp(min(math.lgamma(1.0 + 1.0 / b), LARGEST_LOGARITHM)) if b > 0.0 else c
    if law.kind == "triangular":
        return (a + b + c) / 3.0
    if law.kind == "empirical":
        v = law.values
        return sum((x + y) / 2.0 for x, y in pairwise(v)) / max(1, len(v) - 1)
    return a


def _is_setup(key: Sequence[f.Term]) -> bool:
    """Return whether a key of a rule uses only the setup time."""
    return len(key) == 1 and key[0].feature == "setup" and key[0].weight > 0.0


def lay_out(factory: f.Factory, file: str = "factory") -> Laid:
    """Return the factory as words. Raises ``BadInput`` with all findings, reported for ``file``."""
    return _Builder(factory, file).build()


class _Builder:
    """Lays out one factory, table by table; rows come before the rows that refer to them."""

    def __init__(self, factory: f.Factory, file: str) -> None:
        self.factory, self.file, self.memory, self.findings = factory, file, Memory(), list[Finding]()
        self.words = self.memory.words
        self.laws: dict[f.Law, int] = {}
        self.machines: dict[str, int] = {}
        self.stations: dict[str, int] = {}
        self.classes: dict[str, int] = {}
        self.tokens: dict[str, int] = {}
        self.persons: dict[str, int] = {}
        self.stops: dict[str, int] = {}
        self.families: dict[str, int] = {}
        self.routes: dict[str, int] = {}
        self.setups, self.skills, self.tools, self.places = {"": 0}, dict[str, int](), {"": 0}, {"": 0}

    def build(self) -> Laid:
        self.memory.rows("header", 1)
        make = self.factory
        self.tokens = self._table("token", make.tokens, "TOKEN")
        for token in make.tokens:
            self.memory.set(self.tokens[token.name], TOKEN_FREE=token.count)
        self._places()
        self._setups()
        self.machines = self._table("machine", make.machines, "MACHINES")
        self.stations = self._table("station", make.stations, "STATIONS")
        self._machines()
        self._routes()
        self._stations()
        self._members()
        self._people()
        self._sources()
        self._records()
        self._lots()
        if self.findings:
            raise BadInput(*self.findings)
        plant_tree(self.words)
        return Laid(self.words, self.machines, self.stations, self.classes, self.tokens, self.persons, self.stops)

    # -- small things ---------------------------------------------------------------------------------------------

    def _find(self, place: str, found: str, expected: str) -> None:
        self.findings.append(Finding(self.file, place, found, expected, "Correct the model."))

    def _ref(self, table: dict[str, int], name: str, place: str, what: str) -> int:
        if name not in table:
            self._find(place, f"{what} {name!r}", f"the name of a {what} in the model")
        return table.get(name, 0)

    def _table(self, owner: str, things: Sequence[object], header: str) -> dict[str, int]:
        first, width = self.memory.rows(owner, len(things)), WIDTH[owner]
        if header != "TOKEN":
            self.memory.set(0, **{header: first, f"{header}_END": len(self.words)})
        names = [str(getattr(thing, "name", "")) for thing in things]
        for name in {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ():
            self._find(f"{owner} {name!r}", "the name twice", "a unique name")
        return {name: first + k * width for k, name in enumerate(names)}

    def _law(self, law: f.Law, place: str) -> int:
        if law in self.laws:
            return self.laws[law]
        self._check_law(law, place)
        table = 0
        if law.values:
            table = self.memory.rows("value", len(law.values))
            self.words[table : table + len(law.values)] = [float(value) for value in law.values]
        row = self.memory.rows("law", 1)
        count = len(law.values) or law.stages
        kind = LAWS.index(law.kind)
        self.memory.set(row, LAW=kind, LAW_TABLE=table, LAW_COUNT=count, LAW_A=law.a, LAW_B=law.b, LAW_C=law.c)
        self.laws[law] = row
        return row

    def _check_law(self, law: f.Law, place: str) -> None:
        fits = all(map(math.isfinite, (law.a, law.b, law.c)))
        if law.kind in ("constant", "uniform", "exponential", "erlang"):
            fits &= law.a >= 0.0 and law.stages >= 1
        elif law.kind == "hyperexponential":
            fits &= law.a >= 0.0 and law.b >= 0.0 and 0.0 < law.c < 1.0
        elif law.kind == "triangular":
            fits &= law.a <= law.b <= law.c and law.a < law.c
        elif law.kind == "empirical":
            fits &= len(law.values) >= 2 and list(law.values) == sorted(law.values)
        elif law.kind == "weibull":
            fits &= law.a >= 0.0 and law.b >= LEAST_SHAPE
        elif law.kind == "lognormal":
            fits &= abs(law.a) + 9.0 * abs(law.b) <= LARGEST_LOGARITHM
        if not fits:
            self._find(
                place, f"{law.kind} distribution {law.a}, {law.b}, {law.c}", "valid parameters for the distribution"
            )

    def _index(self, table: dict[str, int], name: str) -> int:
        return table.setdefault(name, len(table))

    def _bits(self, names: Iterable[str]) -> int:
        bits = 0
        for name in filter(None, names):
            bits |= 1 << self._index(self.skills, name)
        if len(self.skills) > 62:
            self._find("skills", str(len(self.skills)), "at most 62 different skills")
        return bits

    # -- tables ---------------------------------------------------------------------------------------------------

    def _places(self) -> None:
        moves = self.factory.moves
        if not moves:
            return
        for station in self.factory.stations:
            self._index(self.places, station.place)
        for move in moves:
            self._index(self.places, move.origin)
            self._index(self.places, move.target)
        laws = [self._law(move.time, f"move {move.origin!r} to {move.target!r}") for move in moves]
        count, width = len(self.places), WIDTH["move"]
        at = self.memory.rows("move", count * count)
        self.memory.set(0, PLACES=count, MOVE_AT=at)
        for move, law in zip(moves, laws, strict=True):
            row = at + (self.places[move.origin] * count + self.places[move.target]) * width
            fleet = self._ref(self.tokens, move.fleet, f"move {move.origin!r}", "token") if move.fleet else 0
            self.memory.set(row, MOVE_LAW=law, MOVE_FLEET=fleet)

    def _setups(self) -> None:
        for route in self.factory.routes:
            for step in route.steps:
                self._index(self.setups, step.setup)
        for time in self.factory.setups:
            self._index(self.setups, time.target)
            if time.origin != "*":
                self._index(self.setups, time.origin)
        for machine in self.factory.machines:
            self._index(self.setups, machine.setup)
        count = len(self.setups)
        at = self.memory.rows("value", count * count)
        self.memory.set(0, SETUPS=count, SETUP_AT=at)
        for time in sorted(self.factory.setups, key=lambda t: t.origin != "*"):
            if not 0.0 <= time.time < math.inf:
                self._find(f"setup {time.origin!r} to {time.target!r}", str(time.time), "a time of 0 or more")
            origins = range(count) if time.origin == "*" else [self.setups[time.origin]]
            for origin in origins:
                self.words[at + origin * count + self.setups[time.target]] = float(time.time)

    def _machines(self) -> None:
        made = [(m, s) for m in self.factory.machines for s in m.stops]
        laws = [tuple(self._law(law, f"stop {s.name}") for law in (s.gap, s.length, s.first or s.gap)) for _, s in made]
        first, width = self.memory.rows("stop", len(made)), WIDTH["stop"]
        self.memory.set(0, STOPS=first, STOPS_END=len(self.words))
        row = first
        triggers = {"clock": codes.BY_CLOCK, "use": codes.BY_USE, "pieces": codes.BY_PIECES}
        for machine in self.factory.machines:
            at = self.machines[machine.name]
            by = {stop.by for stop in machine.stops}
            counting = [stop for stop in machine.stops if stop.by != "clock"]
            any_pieces = all(s.by == "pieces" and not s.failure and not s.tool for s in counting)
            counts = 0 if not counting else codes.ANY_PIECES if any_pieces else 1
            self.memory.set(
                at, MACHINE_SCORE=columns.MACHINE_IDLE, MACHINE_STOP=row, MACHINE_STOP_END=row + width * len(machine.stops),
                MACHINE_USES="use" in by, MACHINE_COUNTS=counts, MACHINE_SETUP=self.setups[machine.setup],
            )  # fmt: skip
            for stop in machine.stops:
                gap, length, opening = laws[(row - first) // width]
                self.stops[f"{machine.name}/{stop.name}"] = row
                if mean_of(stop.gap) <= 0.0:
                    self._find(f"stop {stop.name}", f"mean gap {mean_of(stop.gap)}", "more than 0")
                self.memory.set(
                    row, STOP_TRIGGER=triggers[stop.by], STOP_FAILURE=stop.failure, STOP_FIXED=stop.fixed,
                    STOP_MACHINE=at, STOP_KEY=key_of(f"{machine.name}\x00{stop.name}", "stop"), STOP_GAP=gap,
                    STOP_LENGTH=length, STOP_SKILL=self._bits([stop.skill]),
                    STOP_TOOL=self._index(self.tools, stop.tool), STOP_FIRST=opening,
                )  # fmt: skip
                row += width

    def _routes(self) -> None:
        for route in self.factory.routes:
            if not any(step.chance > 0.0 for step in route.steps):
                self._find(f"route {route.name}", "no step with a chance above 0", "at least one")
            laws = [self._law(s.time, f"route {route.name} step {k}") for k, s in enumerate(route.steps)]
            uses = [(self._uses(s.takes, route.name), self._uses(s.gives, route.name)) for s in route.steps]
            families = [self._family(route, k, s) for k, s in enumerate(route.steps)]
            memories = self._memories(route)
            first, width = self.memory.rows("step", len(route.steps)), WIDTH["step"]
            self.routes[route.name] = first
            left = piece_left = count = 0.0
            for k in range(len(route.steps) - 1, -1, -1):
                step = route.steps[k]
                piece = (mean_of(step.time) if step.per_piece else 0.0) + step.piece_interval
                mean = (0.0 if step.per_piece else mean_of(step.time)) + step.extra - step.piece_interval
                left += mean * step.chance
                piece_left += piece * step.chance
                count += step.chance
                row = first + k * width
                self._step(route, k, row, first)
                (take, take_end), (give, give_end) = uses[k]
                kept, returned = memories[k]
                self.memory.set(
                    row, STEP_LAW=laws[k], STEP_TAKE=take, STEP_TAKE_END=take_end, STEP_GIVE=give, STEP_GIVE_END=give_end,
                    STEP_BATCH=families[k], STEP_KEEP=kept, STEP_RETURN=returned, STEP_MEAN=mean, STEP_LEFT=left,
                    STEP_COUNT_LEFT=count, STEP_PIECE_MEAN=piece, STEP_PIECE_LEFT=piece_left,
                )  # fmt: skip

    def _step(self, route: f.Route, k: int, row: int, first: int) -> None:
        step, place, width = route.steps[k], f"route {route.name} step {k}", WIDTH["step"]
        last = k == len(route.steps) - 1
        limit = step.limit
        flags = (codes.ENDS * last | codes.SCRAPS * (step.scrap > 0.0) | codes.REWORKS * (step.rework > 0.0)
                 | codes.GIVES * bool(step.gives) | codes.LIMITS * (limit is not None))  # fmt: skip
        if not (0.0 <= step.rework < 1.0 and 0.0 <= step.scrap <= 1.0 and 0.0 <= step.chance <= 1.0):
            self._find(place, f"shares {step.rework}, {step.scrap}, {step.chance}", "shares in 0 .. 1, rework below 1")
        if not 0 <= step.rework_to < len(route.steps) or (limit and not k < limit.to < len(route.steps)):
            self._find(place, "a target step that doesn't exist", "a step in the route; for a limit, a later step")
        batch = step.batch
        if batch and not 1 <= batch.least <= batch.most:
            self._find(place, f"batch {batch.least} .. {batch.most}", "1 <= least <= most")
        deeds = ("counted", "scrapped", "sent back")
        attend = {"": codes.NOBODY}.get(
            step.skill, codes.DURING_SETUP if step.attended == "setup" else codes.THROUGHOUT
        )
        self.memory.set(
            row, STEP_STATION=self._ref(self.stations, step.station, place, "station") if step.station else 0,
            STEP_PER_PIECE=step.per_piece, STEP_FLAGS=flags, STEP_LAST=last, STEP_SETUP=self.setups[step.setup],
            STEP_BATCH_MIN=batch.least if batch else 0, STEP_BATCH_MAX=batch.most if batch else 0,
            STEP_SKILL=self._bits([step.skill]), STEP_ATTEND=attend, STEP_MIN_RUN=step.min_run,
            STEP_REWORK=first + step.rework_to * width, STEP_LIMIT_TO=first + limit.to * width if limit else 0,
            STEP_LIMIT_DEED=deeds.index(limit.deed) if limit else 0, STEP_LOOP=route.loops and last,
            STEP_TOOL=self._index(self.tools, step.tool),
            STEP_OWN_SETUP=-1.0 if step.own_setup is None else step.own_setup, STEP_INTERVAL=step.interval,
            STEP_PIECE_INTERVAL=step.piece_interval, STEP_EXTRA=step.extra, STEP_HOLD_EXTRA=step.hold_extra,
            STEP_CHANCE=step.chance, STEP_REWORK_SHARE=step.rework, STEP_SCRAP=step.scrap,
            STEP_LIMIT=limit.time if limit else 0.0,
        )  # fmt: skip

    def _uses(self, uses: Sequence[tuple[str, int]], route: str) -> tuple[int, int]:
        first, width = self.memory.rows("token_use", len(uses)), WIDTH["token_use"]
        for k, (name, count) in enumerate(uses):
            token = self._ref(self.tokens, name, f"route {route}", "token")
            self.memory.set(first + k * width, USE_TOKEN=token, USE_COUNT=count)
        return first, first + len(uses) * width

    def _family(self, route: f.Route, k: int, step: f.Step) -> int:
        if step.batch is None:
            return 0
        name = f"{step.station}\x00{step.batch.family or f'{route.name} {k}'}"
        if name not in self.families:
            self.families[name] = self.memory.rows("family", 1)
        return self.families[name]

    def _memories(self, route: f.Route) -> list[tuple[int, int]]:
        """Return which of the lot's memories each step writes and reads, using as few memories as the overlaps permit."""
        last_use = {step.returns: k for k, step in enumerate(route.steps) if step.returns}
        taken: dict[str, int] = {}
        found: list[tuple[int, int]] = []
        for k, step in enumerate(route.steps):
            returned = taken.get(step.returns, 0)
            if step.returns and last_use[step.returns] == k:
                taken.pop(step.returns, None)
            kept = 0
            if step.keeps and step.keeps in last_use:
                kept = taken.get(step.keeps, 0) or next(n for n in range(1, 99) if n not in taken.values())
                taken[step.keeps] = kept
                if kept > 4:
                    self._find(f"route {route.name} step {k}", f"{kept} machines to remember", "at most 4 at a time")
            found.append((min(kept, 4), min(returned, 4)))
        return found

    def _stations(self) -> None:
        steps: dict[str, list[f.Step]] = {station.name: [] for station in self.factory.stations}
        runs = {step.setup for route in self.factory.routes for step in route.steps if step.min_run and step.setup}
        for route in self.factory.routes:
            for step in route.steps:
                steps.get(step.station, []).append(step)
        for station in self.factory.stations:
            row, done = self.stations[station.name], steps[station.name]
            for key in station.rule:
                for term in key:
                    if term.feature not in codes.FEATURES:
                        self._find(f"station {station.name} rule", term.feature, f"one of {', '.join(codes.FEATURES)}")
            sets_up = any(step.setup for step in done)
            keys = [key for key in station.rule if sets_up or any(term.feature != "setup" for term in key)]
            if keys and [(t.feature, t.weight > 0.0) for t in keys[-1]] == [("arrived", True)]:
                keys = keys[:-1]
            features = {codes.FEATURES.index(t.feature) for key in keys for t in key if t.feature in codes.FEATURES}
            lasting = features <= set(codes.LASTING)
            quick = not self.factory.moves and station.room is None and not (station.least_setup and sets_up)
            plain = lasting and not any(step.batch or step.returns or step.skill or step.setup in runs for step in done)
            first, end = self._terms(keys)
            setup = [k for k, key in enumerate(keys) if any(term.feature not in LASTING for term in key)]
            by_setup = len(setup) == 1 and _is_setup(keys[setup[0]]) and not any(step.batch for step in done)
            order, order_end = self._terms(keys[: setup[0]] + keys[setup[0] + 1 :]) if by_setup else (first, end)
            self.memory.set(
                row, STATION_BY_SETUP=by_setup, STATION_ORDER=order,
                STATION_ORDER_SETUP=order + WIDTH["term"] * sum(map(len, keys[: setup[0]])) if by_setup else order,
                STATION_ORDER_END=order_end if by_setup or lasting else order,
            )  # fmt: skip
            self.memory.set(
                row, STATION_ROOM=-1 if station.room is None else station.room, STATION_PLAIN=plain,
                STATION_SORTED=lasting and bool(keys), STATION_SETUPS=station.least_setup and sets_up,
                STATION_PEOPLE=any(step.skill for step in done), STATION_TERM=first, STATION_TERM_END=end,
                STATION_PLACE=self.places.get(station.place, 0), STATION_FREE=len(station.members),
            )  # fmt: skip
            self._quick_steps(station.name, plain and quick)

    def _terms(self, keys: Sequence[Sequence[f.Term]]) -> tuple[int, int]:
        """Add rows for the terms of the keys; returns the address of the first row and the end."""
        first, width = self.memory.rows("term", sum(map(len, keys))), WIDTH["term"]
        row = first
        for number, key in enumerate(keys):
            for term in key:
                code = codes.FEATURES.index(term.feature) if term.feature in codes.FEATURES else 0
                self.memory.set(row, TERM_KEY=number, TERM_FEATURE=code, TERM_WEIGHT=term.weight)
                row += width
        return first, row

    def _quick_steps(self, station: str, quick: bool) -> None:
        """Mark the steps at ``station`` whose rules can be skipped, to make simple work fast."""
        for route in self.factory.routes:
            limited = {step.limit.to for step in route.steps if step.limit}
            for k, step in enumerate(route.steps):
                if step.station != station:
                    continue
                alone = not (step.batch or step.skill or step.keeps or step.returns or k in limited)
                simple = alone and not (step.per_piece or step.interval or step.piece_interval)
                bits = codes.SIMPLE_WAY * (quick and not step.takes) | codes.SIMPLE_WORK * simple
                self.memory.set(self.routes[route.name] + k * WIDTH["step"], STEP_QUICK=bits)

    def _members(self) -> None:
        serves: dict[str, list[tuple[str, float]]] = {machine.name: [] for machine in self.factory.machines}
        seats: dict[str, int] = {}
        width = WIDTH["member"]
        for station in self.factory.stations:
            first = self.memory.rows("member", len(station.members))
            row = self.stations[station.name]
            if not station.members:
                self._find(f"station {station.name}", "no machine", "at least one")
            for k, member in enumerate(station.members):
                machine = self._ref(self.machines, member.machine, f"station {station.name}", "machine")
                serves.get(member.machine, []).append((station.name, member.factor))
                self.memory.set(
                    first + k * width, MEMBER_MACHINE=machine, MEMBER_STATION=row, MEMBER_FACTOR=member.factor
                )
            end = first + len(station.members) * width
            self.memory.set(row, STATION_MEMBER=first, STATION_MEMBER_END=end, STATION_LOWEST=first)
            seats.update({member.machine: first + k * width for k, member in enumerate(station.members)})
        for name, served in serves.items():
            at = self.machines[name]
            if len(served) == 1:
                self.memory.set(
                    at, MACHINE_SERVE=seats[name], MACHINE_SERVE_END=seats[name] + width,
                    MACHINE_STATION=self.stations[served[0][0]],
                )  # fmt: skip
                continue
            first = self.memory.rows("member", len(served))
            for k, (station_name, factor) in enumerate(served):
                row = self.stations[station_name]
                self.memory.set(first + k * width, MEMBER_MACHINE=at, MEMBER_STATION=row, MEMBER_FACTOR=factor)
            self.memory.set(at, MACHINE_SERVE=first, MACHINE_SERVE_END=len(self.words), MACHINE_STATION=0)

    def _people(self) -> None:
        self.persons = self._table("person", self.factory.persons, "PERSONS")
        for person in self.factory.persons:
            bits = self._bits(person.skills)
            self.memory.set(self.persons[person.name], PERSON_SKILLS=bits, PERSON_HERE=1)
        calendars = self._table("calendar", self.factory.calendars, "CALENDARS")
        for calendar in self.factory.calendars:
            self._calendar(calendar, calendars[calendar.name])
        followed = [(each.name, each.calendar) for each in self.factory.machines]
        followed += [(each.name, each.calendar) for each in self.factory.persons]
        for name, shift in followed:
            if shift:
                self._ref(calendars, shift, name, "calendar")

    def _calendar(self, calendar: f.Calendar, row: int) -> None:
        edges: list[tuple[float, int]] = []
        end_before = 0.0
        for begin, end in calendar.spans:
            if not end_before <= begin < end <= calendar.period:
                self._find(f"calendar {calendar.name}", f"span {begin} .. {end}", "spans in order within the period")
            if edges and edges[-1][0] == begin:
                edges.pop()
            else:
                edges.append((begin, 1))
            edges.append((end, 0))
            end_before = end
        if not edges:
            self._find(f"calendar {calendar.name}", "no span", "at least one")
            return
        first, width = self.memory.rows("edge", len(edges)), WIDTH["edge"]
        for k, (at, opens) in enumerate(edges):
            self.memory.set(first + k * width, EDGE_AT=at, EDGE_OPEN=opens)
        machines = [m for m in self.factory.machines if m.calendar == calendar.name]
        persons = [p for p in self.factory.persons if p.calendar == calendar.name]
        links = self.memory.rows("link", len(machines) + len(persons))
        at = links
        for machine in machines:
            self.memory.set(at, LINK_MACHINE=self.machines[machine.name], LINK_FINISH=machine.finishes)
            at += WIDTH["link"]
        for person in persons:
            self.memory.set(at, LINK_PERSON=self.persons[person.name])
            at += WIDTH["link"]
        self.memory.set(
            row, CALENDAR_EDGE=first, CALENDAR_EDGE_END=first + len(edges) * width, CALENDAR_NEXT=first,
            CALENDAR_LINK=links, CALENDAR_LINK_END=at, CALENDAR_PERIOD=calendar.period,
        )  # fmt: skip

    def _sources(self) -> None:
        known = {each.name: each for each in self.factory.classes}
        mixed = [name for source in self.factory.sources for name, _ in source.mix]
        for name in mixed:
            if name not in known:
                self._find("source mix", f"class {name!r}", "a class in the model")
            elif mixed.count(name) > 1:
                self._find("source mix", f"class {name!r} twice", "each class in only one source's mix")
        order = [known[name] for name in mixed if name in known]
        order += [each for each in self.factory.classes if each.name not in set(mixed)]
        self.classes = self._table("class", order, "CLASSES")
        for number, each in enumerate(order):
            self.memory.set(
                self.classes[each.name], CLASS_KEY=key_of(each.name, "lot"), CLASS_PIECES=each.pieces,
                CLASS_STEP=self._ref(self.routes, each.route, f"class {each.name}", "route"),
                CLASS_RECORD=each.recorded, CLASS_NUMBER=number, CLASS_PRIORITY=each.priority, CLASS_DUE=each.due,
            )  # fmt: skip
        laws = [self._law(source.gap, f"source {source.name}") for source in self.factory.sources]
        rows = self._table("source", self.factory.sources, "SOURCES")
        for source, law in zip(self.factory.sources, laws, strict=True):
            self._source(source, rows[source.name], law)

    def _source(self, source: f.Source, row: int, law: int) -> None:
        total, share = sum(weight for _, weight in source.mix), 0.0
        if not 0.0 < total < math.inf or any(weight < 0.0 for _, weight in source.mix):
            shares = ", ".join(f"{weight:g}" for _, weight in source.mix)
            self._find(
                f"source {source.name}",
                f"shares {shares or 'of nothing'}",
                "classes with shares of 0 or more, not all 0",
            )
            return
        for name, weight in source.mix:
            share += weight / total
            if name in self.classes:
                self.memory.set(self.classes[name], CLASS_SHARE=share)
        if source.lots < 1 or (source.count != 1 and mean_of(source.gap) <= 0.0):
            self._find(f"source {source.name}", "no lot or no gap", "lots >= 1, a gap above 0")
            return
        first = self.classes.get(source.mix[0][0], 0)
        self.memory.set(
            row, SOURCE_KEY=key_of(source.name, "source"), SOURCE_GAP=law, SOURCE_LOTS=source.lots,
            SOURCE_LEFT=-1 if source.count is None else source.count, SOURCE_MIX=first,
            SOURCE_MIX_END=first + len(source.mix) * WIDTH["class"], SOURCE_LOSES=source.loses,
            SOURCE_FIRST=-1.0 if source.first is None else source.first,
        )  # fmt: skip

    def _records(self) -> None:
        room = RECORD_ROOM if any(each.recorded for each in self.factory.classes) else 0
        at = self.memory.rows("record", room)
        self.memory.set(0, RECORD_AT=at, RECORD_ROOM=room)

    def _lots(self) -> None:
        routes = {route.name: route for route in self.factory.routes}
        known = {each.name: each for each in self.factory.classes}
        first, width = self.memory.rows("lot", len(self.factory.lots)), WIDTH["lot"]
        for k, lot in enumerate(self.factory.lots):
            cls = self._ref(self.classes, lot.lot_class, f"lot {k}", "class")
            each = known.get(lot.lot_class)
            if each is None or each.route not in routes:
                continue
            if not 0 <= lot.step < len(routes[each.route].steps):
                self._find(f"lot {k}", f"step {lot.step}", f"a step of route {each.route}")
            place = cls + columns.CLASS_N
            row = first + k * width
            self.memory.set(
                row, LOT_STATE=codes.GOING, LOT_CLASS=cls, LOT_SERIAL=int(self.words[place]),
                LOT_STEP=self.routes[each.route] + lot.step * WIDTH["step"],
                LOT_PIECES=each.pieces if lot.pieces is None else lot.pieces,
                LOT_PRIORITY=each.priority if lot.priority is None else lot.priority,
                LOT_DUE=lot.released + each.due if lot.due is None else lot.due, LOT_RELEASED=lot.released,
                LOT_RANK=lot.rank,
            )  # fmt: skip
            self.words[place] += 1
        steps = [step for route in self.factory.routes for step in route.steps]
        timers = bool(self.factory.moves) or any(not s.station or s.interval or s.piece_interval for s in steps)
        self.memory.set(
            0, LOTS=first, LOTS_END=len(self.words), INSIDE=len(self.factory.lots), LOT_TIMERS=timers,
            TREE=len(self.words),
        )  # fmt: skip
        add_lots(self.words, FIRST_LOTS + len(self.factory.lots) // 4)
