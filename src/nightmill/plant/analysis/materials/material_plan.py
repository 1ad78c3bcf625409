"""Answer ``nightmill mrp``: planned orders for a folder of planning tables or for a shop."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from nightmill.formats import read_tables, write_tables
from nightmill.vocabulary.errors import BadInput, Finding

if TYPE_CHECKING:
    import datetime as dt


def mrp_folder(folder: Path, *, weeks: int, summary: bool, repeat: int, first_day: "dt.date | None" = None) -> Any:
    """Return the answer of ``nightmill mrp``; ``plan_seconds`` is the time of the last of ``repeat`` full plans.

    ``first_day`` is the date on which week 0 starts, so that orders.csv in a plain folder may contain dates (``due``); a shop has its own
    start date.
    """
    from nightmill.mrp import compute_plan, plan_answer, plan_inputs, plan_summary

    inputs = plan_inputs(planning_tables(folder, "items.csv", first_day=first_day), weeks)
    with ThreadPoolExecutor(1) as threads:
        for _ in range(repeat):
            plan: Any = None  # each plan reuses the caches of the previous one
            began = time.perf_counter()
            plan = compute_plan(inputs, executor=threads)
            seconds = time.perf_counter() - began
    return plan_summary(plan, seconds) if summary else plan_answer(plan, seconds)


def write_orders(plan: Any, out: Path) -> None:
    """Write a plan's planned orders, pegs and exceptions as tables: .xlsx, .parquet or .csv. Raises ``BadInput``."""
    tables: dict[str, Any] = {}
    for name in ("planned_orders", "pegging", "exceptions", "totals"):
        rows = getattr(plan, name, ())
        if rows:
            tables[name] = (rows[0].__struct_fields__, map(msgspec.structs.astuple, rows))
    write_tables(out, tables)


def planning_tables(folder: Path, *required: str, first_day: "dt.date | None" = None) -> Any:
    """Return the checked tables of a planning folder or a shop.

    ``first_day`` is the start of week 0, needed if orders have dates. Raises ``BadInput``.
    """
    from nightmill.mrp import read_tables as tables_of
    from nightmill.plant.shop_schedule.mrp_tables import PLANNING_TABLES, planning_texts

    if (folder / "shop.toml").exists():
        # a shop's parts are items, whether they are listed or not
        needed = [name for name in required if name != "items.csv"]
        read_tables(folder, required=needed, text_only=("orders.csv",), only=PLANNING_TABLES)
        return tables_of(planning_texts(folder))
    texts = read_tables(folder, required=required, any_case=True, only=PLANNING_TABLES)
    if not texts:
        raise BadInput(
            Finding(
                str(folder),
                "",
                "none of the tables",
                "items.csv and other planning tables",
                "Give the folder with the tables.",
            )
        )
    return tables_of(texts, first_day)
