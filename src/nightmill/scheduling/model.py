"""Describe a shop in a few lines with names and hours, and get a plan: an interface for people and notebooks.

``examples/scheduling`` shows how to use it. Underneath are the exact records: ``Model.problem`` returns the input of the other
functions in this package.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from nightmill.scheduling.problem.records import (
    Alternative,
    Changeover,
    FixtureKind,
    Goal,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    ShopSchedule,
    Tariff,
    ToolBudget,
    ToolUse,
    Window,
    repeat_presence,
)
from nightmill.scheduling.search.solve import solve_shop
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import DAY_S, HOUR_S

WEEKS = 52


class Model:
    """Builds a shop step by step, with all times in hours; ``problem`` returns the shop as records, ``solve`` plans it.

    ``robots`` carry out the moves (0: never a bottleneck). Without a ``shift`` one person is always present; without
    ``pallets`` there is one pallet for every part.
    """

    def __init__(self, *, move_min: float = 1.0, mount_min: float = 4.0, dismount_min: float = 1.0) -> None:
        self.move_s, self.mount_s, self.dismount_s = 60.0 * move_min, 60.0 * mount_min, 60.0 * dismount_min
        self._machines: dict[str, ShopMachine] = {}
        self._orders: dict[str, ShopOrder] = {}
        self._parts: dict[str, list[ShopOperation]] = {}
        self._owner: dict[str, str] = {}
        self._week: list[Window] = []
        self._budgets: list[ToolBudget] = []
        self._fixtures: dict[str, FixtureKind] = {}
        self._changeovers: list[Changeover] = []
        self._tariffs: list[Tariff] = []
        self.pallets: int | None = None
        self.robots = 0

    def machine(
        self,
        name: str,
        *,
        free_from_h: float = 0.0,
        down_h: Iterable[tuple[float, float]] = (),
        power_kw: float = 0.0,
        chip_h: float | None = None,
        set_up_for: str = "",
        places: int = 1,
        buffer: int | None = None,
        by_hand: bool = False,
    ) -> str:
        """Add a machine that is down during the ``down_h`` spans; returns its name.

        ``chip_h``: unattended hours until its chip bin is full or its coolant used up; ``set_up_for``: the family it is
        set up for at the start; ``places``: parts of one family that fit in one cut; ``buffer``: parts that can wait
        behind the machine (None: any number); ``by_hand``: people load and unload the machine, so its parts need no
        pallet and it is loaded only while somebody is present.
        """
        _new(self._machines, "machine", name)
        windows = tuple(Window(HOUR_S * begin, HOUR_S * end) for begin, end in down_h)
        chip_s = None if chip_h is None else HOUR_S * chip_h
        self._machines[name] = ShopMachine(
            name,
            HOUR_S * free_from_h,
            windows,
            chip_s,
            power_kw,
            set_up_for,
            places=places,
            buffer=buffer,
            by_hand=by_hand,
        )
        return name

    def shift(self, begins_h: float, ends_h: float, *, days: Iterable[int] = range(7), persons: int = 1) -> None:
        """Add a shift of ``persons`` from ``begins_h`` to ``ends_h`` on each of the ``days`` of every week (0 is the first)."""
        self._week += [Window(day * DAY_S + HOUR_S * begins_h, day * DAY_S + HOUR_S * ends_h, persons) for day in days]

    def tool_budget(self, machine: str, tool: int, hours: float) -> None:
        """Set for how many unattended cutting hours a tool's edges last on a machine."""
        self._budgets.append(ToolBudget(machine, tool, HOUR_S * hours))

    def fixtures(self, kind: str, count: int) -> str:
        """Add ``count`` fixtures of a kind; returns its name."""
        _new(self._fixtures, "fixture", kind)
        self._fixtures[kind] = FixtureKind(kind, count)
        return kind

    def changeover(self, before: str, after: str, minutes: float, *, machine: str = "") -> None:
        """Set the minutes a machine (any by default) needs to change over from one family to another."""
        self._changeovers.append(Changeover(before, after, 60.0 * minutes, machine))

    def tariff(self, begins_h: float, ends_h: float, price: float, *, days: Iterable[int] = range(7)) -> None:
        """Set the price per kWh from ``begins_h`` to ``ends_h`` on each of the ``days`` of every week (0 is the first)."""
        self._tariffs += [Tariff(day * DAY_S + HOUR_S * begins_h, day * DAY_S + HOUR_S * ends_h, price) for day in days]

    def order(self, name: str, *, due_h: float, weight: float = 1.0, deadline_h: float | None = None) -> str:
        """Add an order; returns its name."""
        _new(self._orders, "order", name)
        deadline = None if deadline_h is None else HOUR_S * deadline_h
        self._orders[name] = ShopOrder(name, HOUR_S * due_h, weight, deadline)
        return name

    def part(self, order: str) -> str:
        """Add one more part to an order; returns its name."""
        _known(self._orders, "order", order)
        name = f"{order}.{1 + sum(owner == order for owner in self._owner.values())}"
        self._owner[name] = order
        self._parts[name] = []
        return name

    def operation(
        self,
        part: str,
        hours: Mapping[str, float],
        *,
        tools_h: Mapping[int, float] | None = None,
        released_h: float = 0.0,
        fixture: str = "",
        family: str = "",
        after: Iterable[str] = (),
        together: Iterable[str] = (),
        per_pallet: int = 1,
        more_h: float | None = None,
    ) -> str:
        """Add a part's next operation, which cuts for ``hours`` on each machine that can do it; returns the operation's name.

        ``fixture``: the kind of fixture held from mount to dismount; ``family``: the family that the machine must be set up for;
        ``after``: parts that are assembled into this part; ``together``: parts of the order on the same pallet, for which this
        is the next operation too. ``per_pallet``: how many parts of the order fit on one pallet, as loads that the plan forms;
        each further part in a load cuts ``more_h`` longer (None: as long as the first).
        """
        after, together = tuple(after), tuple(together)
        for each in (*after, *together):
            _known(self._parts, "part", each)
        if fixture:
            _known(self._fixtures, "fixture", fixture)
        _known(self._parts, "part", part)
        for machine in hours:
            _known(self._machines, "machine", machine)
        tools = tuple(ToolUse(tool, HOUR_S * used) for tool, used in (tools_h or {}).items())
        step = f"op{len(self._parts[part]) + 1}"
        more_s = None if more_h is None else HOUR_S * more_h
        alternatives = tuple(
            Alternative(machine, HOUR_S * length, tools, family, more_s) for machine, length in hours.items()
        )
        op = ShopOperation(
            f"{part}|{step}", part, self._owner[part], step, alternatives, self.mount_s, self.dismount_s,
            release_s=HOUR_S * released_h, fixture=fixture, after=after, together=together, per_pallet=per_pallet,
        )  # fmt: skip
        self._parts[part].append(op)
        return op.id

    @property
    def problem(self) -> ShopProblem:
        """The shop as exact records."""
        ops = tuple(op for part in self._parts.values() for op in part)
        presence = repeat_presence(self._week, WEEKS * 7 * DAY_S) if self._week else (Window(0.0, WEEKS * 7 * DAY_S),)
        return ShopProblem(
            now_s=0.0,
            horizon_s=7 * DAY_S,
            machines=tuple(self._machines.values()),
            operations=ops,
            orders=tuple(self._orders.values()),
            presence=presence,
            pallets=max(1, len(ops)) if self.pallets is None else self.pallets,
            move_s=self.move_s,
            tool_budgets=tuple(self._budgets),
            fixtures=tuple(self._fixtures.values()),
            robots=self.robots,
            changeovers=tuple(self._changeovers),
            tariffs=_every_week(self._tariffs),
        )

    def solve(
        self, *, iterations: int = 3000, seed: int = 0, goals: Sequence[Goal] = (), searchers: int = 1
    ) -> ShopSchedule:
        """Plan the shop with ``solve_shop``; ``goals`` in order of importance. Raises ``BadInput`` as ``solve_shop`` does."""
        return solve_shop(self.problem, iterations=iterations, seed=seed, goals=goals, searchers=searchers)


def _every_week(tariffs: Iterable[Tariff]) -> tuple[Tariff, ...]:
    week_s = 7 * DAY_S
    return tuple(
        Tariff(week * week_s + t.start_s, week * week_s + t.end_s, t.price) for week in range(WEEKS) for t in tariffs
    )


def _new(known: Mapping[str, msgspec.Struct], kind: str, name: str) -> None:
    if name in known:
        raise BadInput(Finding("model", kind, name, "an unused name", "Choose another."))


def _known(known: Mapping[str, object], kind: str, name: str) -> None:
    if name not in known:
        raise BadInput(
            Finding("model", kind, repr(name), f"one of {', '.join(list(known)[:5]) or 'none'}", "Add it first.")
        )
