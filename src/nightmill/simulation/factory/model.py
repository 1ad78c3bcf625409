"""The factory model in the modeller's terms: stations and machines, routes, arrivals, stops, people, transport, rules.

There is one unit of time throughout, chosen by the modeller. Names link the elements together; ``kernel.encode`` turns them
into addresses and reports errors in them. Nothing here depends on arrays.
"""

from typing import Annotated, Literal

import msgspec

MOST = 1_000_000_000
Span = Annotated[float, msgspec.Meta(ge=0.0)]
"""A duration, or a factor applied to one, within the limits for a document."""
Number = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
"""A count, within the limits for a document."""

LawKind = Literal[
    "constant",
    "uniform",
    "exponential",
    "erlang",
    "hyperexponential",
    "lognormal",
    "weibull",
    "triangular",
    "empirical",
]


class Law(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The probability distribution of a time or a count.

    ``constant`` a; ``uniform`` a - b .. a + b; ``exponential`` mean a; ``erlang`` mean a of ``stages``; ``hyperexponential``
    mean a with probability c, else mean b; ``lognormal`` c + exp(a + b z); ``weibull`` c + a w, w of shape b and scale 1;
    ``triangular`` from a to c with mode b; ``empirical``: linear between the sorted ``values``, from the 0 quantile to the 1
    quantile.
    """

    kind: LawKind
    a: float = 0.0
    b: float = 0.0
    c: float = 0.0
    stages: int = 1
    values: tuple[float, ...] = ()


def constant(value: float) -> Law:
    """Always ``value``."""
    return Law("constant", value)


def exponential(mean: float) -> Law:
    """Exponential with ``mean``."""
    return Law("exponential", mean)


def uniform(mean: float, half_width: float) -> Law:
    """Uniform from ``mean - half_width`` to ``mean + half_width``."""
    return Law("uniform", mean, half_width)


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feature of a waiting lot (``kernel.codes.FEATURES``) with its weight; the smaller weighted sum has priority."""

    feature: str
    weight: float = 1.0


class Stop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A recurring stop of a machine.

    A ``failure`` occurs at once and the operation resumes where it stopped; maintenance waits for the operation to end. It is
    counted ``by`` the clock, the running (process) time, or the pieces made. ``gap`` runs from the end of the last stop, or
    with ``fixed`` from the time when that stop was due. ``first`` is the distribution of the first gap, if different. ``tool``:
    only work with this tool counts (for tool life; the stop is a tool change). ``skill``: a person with this skill must do the
    work.
    """

    name: str
    gap: Law
    length: Law
    by: Literal["clock", "use", "pieces"] = "clock"
    failure: bool = True
    fixed: bool = False
    first: Law | None = None
    tool: str = ""
    skill: str = ""


class Machine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A machine, its stops, and its shift (``calendar``; with ``finishes`` it completes its operation, else it
    stops at the end of the shift).
    """

    name: str
    stops: tuple[Stop, ...] = ()
    calendar: str = ""
    finishes: bool = True
    setup: str = ""


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine at a station; its process times are multiplied by ``factor``."""

    machine: str
    factor: Span = 1.0


class Station(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A queue and the machines that serve it, in the order in which free machines are taken.

    A machine may serve several stations (alternatives). ``rule``: successive keys, each a sum of terms; no key means first in
    first out, which also settles ties. ``room``: places ahead of the machines, ``None`` without limit; a lot that finds no
    place stays where it is and blocks its machine. ``least_setup``: a lot takes the free machine that needs the least setup,
    else the first free machine.
    """

    name: str
    members: tuple[Member, ...]
    rule: tuple[tuple[Term, ...], ...] = ()
    room: Number | None = None
    place: str = ""
    least_setup: bool = False


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lots of the same ``family`` (by default: of the same step) start together: minimum and maximum number of pieces."""

    least: Number
    most: Number
    family: str = ""


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Queue-time limit: from the end of the step to the start of step ``to`` of the same route (from 0).

    ``deed``: the violation is counted, the lot is scrapped, or the lot goes back to the step that set the limit.
    """

    to: int
    time: Span
    deed: Literal["counted", "scrapped", "sent back"] = "counted"


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a route.

    ``station`` "" is a delay that needs nothing. ``time`` per lot (with ``per_piece`` per piece) plus ``extra``. ``interval``
    (and ``piece_interval`` per piece): after this time the machine takes the next lot while this one continues inside;
    ``piece_interval`` also lengthens the process for each piece but the first. ``setup``: the required setup of the machine;
    ``own_setup``: time for that setup, whatever the previous one was; ``min_run``: lots before the setup may be changed.
    ``skill`` and ``attended``: a person is needed, throughout or during the setup. The step ``takes`` tokens before it and
    ``gives`` tokens after it (pallets, fixtures, kanbans, parts of an assembly). ``chance``: fraction of lots that do the step;
    after it, the fraction ``rework`` of them goes back to step ``rework_to`` and the fraction ``scrap`` is lost. ``keeps``: the
    lot remembers the machine under this name; ``returns``: the lot must go to the machine remembered.
    """

    station: str
    time: Law
    per_piece: bool = False
    extra: Span = 0.0
    interval: Span = 0.0
    piece_interval: Span = 0.0
    hold_extra: Span = 0.0
    setup: str = ""
    own_setup: Span | None = None
    min_run: Number = 0
    batch: Batch | None = None
    skill: str = ""
    attended: Literal["throughout", "setup"] = "throughout"
    takes: tuple[tuple[str, Number], ...] = ()
    gives: tuple[tuple[str, Number], ...] = ()
    chance: float = 1.0
    rework: float = 0.0
    rework_to: int = 0
    scrap: float = 0.0
    limit: Limit | None = None
    keeps: str = ""
    returns: str = ""
    tool: str = ""


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Steps in order; after the last step the lot leaves, or with ``loops`` starts again."""

    name: str
    steps: tuple[Step, ...]
    loops: bool = False


class LotClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lots that are counted together: route, pieces, priority (larger first), time from release to due date."""

    name: str
    route: str
    pieces: int = 1
    priority: float = 0.0
    due: float = float("inf")
    recorded: bool = False


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source of lots: ``lots`` at once after each ``gap``, of classes in the proportions of ``mix``.

    ``first``: the first arrival (by default one gap after 0); ``count``: total arrivals; ``loses``: a lot that finds no room is
    lost, else it waits outside.
    """

    name: str
    gap: Law
    mix: tuple[tuple[str, float], ...]
    lots: int = 1
    first: float | None = None
    count: int | None = None
    loses: bool = False


class Lot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lot in hand at time 0, about to start step ``step`` of its route."""

    lot_class: str
    step: int = 0
    pieces: int | None = None
    priority: float | None = None
    due: float | None = None
    released: float = 0.0
    rank: float = 0.0


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pool of items with ``count`` at the start: pallets, transporters, parts of an assembly."""

    name: str
    count: int


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person with skills and a shift."""

    name: str
    skills: tuple[str, ...]
    calendar: str = ""


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shifts: spans (start, end) within a ``period`` that repeats from time 0."""

    name: str
    period: float
    spans: tuple[tuple[float, float], ...]


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Transport between two places ("": anywhere); ``fleet`` is the token of the transporters."""

    origin: str
    target: str
    time: Law
    fleet: str = ""


class SetupTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Time from one setup to another; ``origin`` "*" is any setup, "" no setup yet."""

    origin: str
    target: str
    time: float


class Factory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The complete factory model."""

    stations: tuple[Station, ...] = ()
    machines: tuple[Machine, ...] = ()
    routes: tuple[Route, ...] = ()
    classes: tuple[LotClass, ...] = ()
    sources: tuple[Source, ...] = ()
    lots: tuple[Lot, ...] = ()
    tokens: tuple[Token, ...] = ()
    persons: tuple[Person, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    moves: tuple[Move, ...] = ()
    setups: tuple[SetupTime, ...] = ()
