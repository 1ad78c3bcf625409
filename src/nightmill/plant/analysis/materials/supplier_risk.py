"""Answers about suppliers: the exposure to each supplier, and the effect of an outage."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from nightmill.plant.analysis.materials.material_plan import planning_tables


def risk_folder(folder: Path) -> Any:
    """Return the answer of ``nightmill risk``."""
    from nightmill.procurement import supplier_risk

    return supplier_risk(planning_tables(folder, "items.csv", "suppliers.csv"))


def drill_folder(folder: Path, *, supplier: str, weeks_out: int, weeks: int, repeat: int) -> dict[str, Any]:
    """Return the answer of ``nightmill drill``.

    ``drill_seconds`` is the time of the last of ``repeat`` full drills, including both plans but not the reading of the files.
    """
    from nightmill.mrp import outage_drill, plan_inputs

    tables = planning_tables(folder, "items.csv", "suppliers.csv")
    inputs = plan_inputs(tables, weeks)
    with ThreadPoolExecutor(1) as threads:
        for _ in range(repeat):
            began = time.perf_counter()
            found = outage_drill(tables, inputs, supplier, weeks_out, executor=threads)
            seconds = time.perf_counter() - began
    return {"drill_seconds": seconds, **msgspec.to_builtins(found)}
