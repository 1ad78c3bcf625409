"""Outage drill: a supplier delivers nothing for some weeks. Find the affected demand through the pegs, and plan again.

Nothing arrives from the supplier before week ``out_weeks``. Firm receipts of the items for which it is the first supplier are postponed
to that week. Orders planned to arrive earlier can't, unless another supplier in suppliers.csv could deliver by then (its lead time
counted from week 0). The effect is followed up the pegs to customer orders and forecast demand.
"""

import msgspec
import numpy as np

from nightmill.mrp.arrays import FORECAST, Ints, MrpInputs, demand_name
from nightmill.mrp.explode import compute_plan
from nightmill.mrp.plan import PegArrays, PlanArrays
from nightmill.mrp.tables import MaterialTables, SupplierItem
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.executor import Executor


class AffectedDemand(msgspec.Struct, frozen=True):
    """Independent demand that depends on supplies which don't arrive: ``demand`` is ``order:ORDER`` or ``demand:WEEK``."""

    item: str
    demand: str
    week: int
    quantity: int


class OutageDrill(msgspec.Struct, frozen=True):
    """The result of ``nightmill drill``.

    ``items`` is the number of items for which the supplier comes first, ``single_source`` the number for which it is the only one;
    ``short_items`` have a supply that doesn't arrive. ``affected`` is the independent demand that depends on them, most urgent first. In
    the plan after the outage, ``orders_added`` planned orders are new and ``orders_dropped`` are gone (by item, week and quantity), and
    ``past_due`` can't be in time.
    """

    supplier: str
    out_weeks: int
    items: int
    single_source: int
    short_items: tuple[str, ...]
    affected_end_items: tuple[str, ...]
    affected: tuple[AffectedDemand, ...]
    orders_added: int
    orders_dropped: int
    past_due: int


def outage_drill(
    tables: MaterialTables, inputs: MrpInputs, supplier: str, out_weeks: int, executor: Executor | None = None
) -> OutageDrill:
    """Drill the outage of one supplier. ``inputs`` are the arrays of ``tables``.

    Raises ``BadInput`` for a supplier that isn't in suppliers.csv, or weeks outside 1 .. the horizon.
    """
    if not 1 <= out_weeks <= inputs.weeks:
        raise BadInput(
            Finding(
                "--weeks-out", "", str(out_weeks), f"1 .. {inputs.weeks} weeks", "Choose a number within that range."
            )
        )
    sources: dict[str, list[SupplierItem]] = {}
    for row in tables.suppliers:
        sources.setdefault(row.item, []).append(row)
    if not any(row.supplier == supplier for row in tables.suppliers):
        raise BadInput(Finding("--supplier", "", repr(supplier), "a supplier in suppliers.csv", "Correct the name."))
    index = {name: i for i, name in enumerate(inputs.names)}
    first: dict[int, int] = {}
    alone = 0
    for item, rows in sources.items():
        if min(rows, key=lambda row: row.priority).supplier == supplier:
            others = [row.lead_time_weeks for row in rows if row.supplier != supplier]
            first[index[item]] = min(out_weeks, *others, out_weeks)
            alone += not others
    plan = compute_plan(inputs, executor=executor)
    hit = np.zeros((len(inputs.names), 2 * inputs.weeks + 1), bool)
    for i, until in first.items():
        hit[i, 1 : 2 * out_weeks : 2] = inputs.receipts[i, :out_weeks] != 0
        hit[i, 2 : 2 * until + 1 : 2] = plan.good[i, :until] != 0
    short = tuple(inputs.names[i] for i in first if hit[i].any())
    affected = _affected(plan, hit)
    after = compute_plan(_delayed(inputs, tuple(first), out_weeks), executor=executor)
    changed = plan.good != after.good
    late = inputs.late[inputs.row] > 0
    return OutageDrill(
        supplier=supplier, out_weeks=out_weeks, items=len(first), single_source=alone, short_items=short,
        affected_end_items=tuple(dict.fromkeys(row.item for row in affected)), affected=affected,
        orders_added=int(np.count_nonzero(changed & (after.good != 0))),
        orders_dropped=int(np.count_nonzero(changed & (plan.good != 0))),
        past_due=int(np.count_nonzero(late & (after.good != 0) & ~inputs.phantom[:, None])),
    )  # fmt: skip


def _delayed(inputs: MrpInputs, rows: tuple[int, ...], out_weeks: int) -> MrpInputs:
    """Return the inputs with the items' receipts during the outage moved to its end, or dropped if that is beyond the horizon."""
    receipts = inputs.receipts.copy()
    for i in rows:
        missed = receipts[i, :out_weeks].sum()
        receipts[i, :out_weeks] = 0
        if out_weeks < inputs.weeks:
            receipts[i, out_weeks] += missed
    return msgspec.structs.replace(inputs, receipts=receipts)


def _affected(plan: PlanArrays, hit: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]") -> tuple[AffectedDemand, ...]:
    """Return the independent demand that depends on the supplies in ``hit`` [n, codes]; marks are added up to the end items."""
    from nightmill.mrp.matching_kernels import PegLinks, climb_pegs

    inputs = plan.inputs
    found: list[AffectedDemand] = []
    for part in reversed(plan.pegs):
        chosen = np.zeros(len(part.code), bool)
        climb_pegs(part.begin, inputs.weeks, PegLinks(part.first, part.code, part.demand), hit, chosen)
        found += _named(inputs, part, np.flatnonzero(chosen))
    found.sort(key=lambda row: (row.week, row.item, row.demand))
    return tuple(found)


def _named(inputs: MrpInputs, part: PegArrays, places: Ints) -> list[AffectedDemand]:
    items = part.begin + np.searchsorted(part.first, places, side="right") - 1
    sums: dict[tuple[int, str, int], int] = {}
    rows = zip(items.tolist(), part.demand[places].tolist(), part.quantity[places].tolist(), strict=True)
    for i, demand, quantity in rows:
        name, week = demand_name(inputs, demand), FORECAST - demand
        if week >= inputs.weeks:
            week = int(inputs.order_week[week - inputs.weeks])
        sums[i, name, week] = sums.get((i, name, week), 0) + quantity
    return [AffectedDemand(inputs.names[i], name, week, quantity) for (i, name, week), quantity in sums.items()]
