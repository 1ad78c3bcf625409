"""Answers from tables: schedules of instances and shops, forecasts, material plans, buffers, supplier risk."""

import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from nightmill.formats import read_document, read_tables, write_tables
from nightmill.plant.workspace.named_files import told_of
from nightmill.vocabulary.errors import BadInput, Finding

if TYPE_CHECKING:
    import datetime as dt

    from nightmill.scheduling import Instance, InstanceSchedule, records


ANSWER_S = 20e-6
"""Seconds per operation reserved from the time limit for checking and writing an instance's schedule."""


USUAL_SEARCH_S = 10.0


def schedule_file(file: Path, *, time_limit_s: float | None, seed: int, objective: str = "") -> dict[str, Any]:
    """Return the answer of ``nightmill schedule``: for an instance file, a problem file, or a shop folder.

    Without ``time_limit_s`` a shop is planned as its loop would, and anything else for ``USUAL_SEARCH_S``.
    ``objective``: comma-separated goals of a shop, most important first (``scheduling.problem.records.Goal``), or their weights.
    """
    from nightmill.plant.analysis.replan_and_what_if import read_aim

    aim = read_aim(objective)
    if file.is_dir():
        from nightmill.plant.analysis.schedule_and_twin import schedule_shop

        return schedule_shop(file, seed=seed, aim=aim, search_s=time_limit_s)
    time_limit_s = USUAL_SEARCH_S if time_limit_s is None else time_limit_s
    if file.suffix.lower() == ".json":
        from nightmill.plant.analysis.replan_and_what_if import is_problem, schedule_problem

        if is_problem(read_document(file)):
            return schedule_problem(file, time_limit_s=time_limit_s, seed=seed, aim=aim)
    if file.suffix.lower() == ".csv":
        return _schedule_table(file, time_limit_s=time_limit_s, seed=seed, aim=aim)
    if aim not in ((), ("makespan",)):
        expected = "makespan, the only goal of a job shop instance"
        raise BadInput(Finding("--objective", str(file), objective, expected, "Leave --objective out."))
    from nightmill.scheduling import parse_instance

    form = {".fjs": "fjs", ".json": "json"}.get(file.suffix.lower(), "")
    started = time.monotonic()
    with told_of({file.stem: file}):
        instance = parse_instance(read_document(file), name=file.stem, form=form)
    answer = msgspec.to_builtins(_solved(instance, started + time_limit_s, seed))
    answer["instance"] = instance.name
    return dict(answer)


def _schedule_table(
    file: Path, *, time_limit_s: float, seed: int, aim: "tuple[records.Goal, ...] | records.ObjectiveWeights" = ()
) -> dict[str, Any]:
    """Return the plan of a CSV table: by due dates where it has some, else for the makespan."""
    from nightmill.plant.analysis import routing_csv
    from nightmill.plant.analysis.replan_and_what_if import plan_problem

    started = time.monotonic()
    routing = routing_csv.read_routing(read_document(file), str(file))
    if not routing.has_due_dates and aim in ((), ("makespan",)):
        instance = routing_csv.instance_of(routing, file.stem)
        return routing_csv.named_answer(routing, _solved(instance, started + time_limit_s, seed))
    problem = routing_csv.problem_of_routing(routing)
    with told_of({"shop problem": file}):
        answer = plan_problem(problem, time_limit_s=time_limit_s, seed=seed, aim=aim)
    steps = {op.id: op.operation for op in problem.operations}
    for row in answer["operations"]:
        row["operation"] = steps[row["operation"]]
    return answer


def _solved(instance: "Instance", until: float, seed: int) -> "InstanceSchedule":
    """Search the instance until a deadline, on all cores, and validate the result."""
    from nightmill.scheduling import solve_instance, validate_instance

    ends = until - ANSWER_S * sum(map(len, instance.jobs))
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        found = solve_instance(
            instance, stop=lambda: time.monotonic() >= ends, iterations=1 << 40, seed=seed, executor=threads
        )
    broken = validate_instance(instance, found)
    if broken:
        raise AssertionError(f"the solver broke its own rules: {broken[0].detail}")
    return found


class ForecastOptions(msgspec.Struct, frozen=True):
    """How demand is forecast.

    ``season`` in periods, 1 for none, 0 to detect it; ``beside`` names files of promotions.csv, booked.csv and parts.csv. With
    ``statsforecast`` its models answer for the smooth items where they do better; ``scored``: past forecasts are compared with what came;
    ``serve``: a share of demand, for which each item's order-up-to level is given.
    """

    season: int = 0
    beside: Mapping[str, Path | None] = {}
    statsforecast: bool = False
    scored: bool = False
    serve: float = 0.0


def forecast_file(
    history: Path, horizon: int, options: ForecastOptions = ForecastOptions(), *, demand: Path | None = None, ray: str = ""
) -> Any:  # fmt: skip
    """Return the answer of ``nightmill forecast``; over the workers of a Ray cluster (an address, or ``local``) with the same result.

    ``demand``: the file that the mean demand of each
    period is written to, as a demand.csv from week 0 on. Raises ``BadInput``, ``EnvironmentFailed``.
    """
    from nightmill.forecasting import forecast, read_history

    rivals: Literal["statsforecast"] | None = "statsforecast" if options.statsforecast else None

    rows = read_history(read_document(history), str(history))
    texts = {name: read_document(path) for name, path in options.beside.items() if path is not None}
    asked: dict[str, Any] = {
        "season": options.season,
        "beside": texts,
        "rivals": rivals,
        "scored": options.scored,
        "serve": options.serve,
    }
    try:
        with _over(ray) as spread:
            answer = forecast(rows, horizon, spread, expected=demand is not None, **asked)
    except BadInput as error:
        files = {name: str(path) for name, path in options.beside.items() if path is not None}
        raise BadInput(
            *(msgspec.structs.replace(each, file=files.get(each.file, each.file)) for each in error.findings)
        ) from error
    if demand is not None:
        planned = ([item.item, week, qty] for item in answer.items for week, qty in enumerate(item.expected) if qty)
        write_tables(demand, {demand.stem: (("item", "week", "qty"), planned)})
    return answer


def _over(ray: str) -> AbstractContextManager[Any]:
    """Return a map over the workers of a Ray cluster, or None."""
    from nightmill.workers import ray_map

    return ray_map(ray) if ray else nullcontext()


def mrp_folder(folder: Path, *, weeks: int, summary: bool, repeat: int, first_day: "dt.date | None" = None) -> Any:
    """Return the answer of ``nightmill mrp``; ``plan_seconds`` is the last of ``repeat`` full plans.

    ``first_day`` of week 0 allows dates in orders.csv of a plain folder (``due``); a shop has its own start date.
    """
    from nightmill.mrp import compute_plan, plan_answer, plan_inputs, plan_summary

    inputs = plan_inputs(planning_tables(folder, "items.csv", first_day=first_day), weeks)
    with ThreadPoolExecutor(1) as threads:
        for _ in range(repeat):
            plan: Any = None  # the caches of the last plan serve the next
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


def buffers_file(chain: Path) -> Any:
    """Return the answer of ``nightmill buffers``."""
    from nightmill.inventory import place_buffers, read_chain

    return place_buffers(read_chain(read_document(chain), str(chain)), file=str(chain))


def risk_folder(folder: Path) -> Any:
    """Return the answer of ``nightmill risk``."""
    from nightmill.procurement import supplier_risk

    return supplier_risk(planning_tables(folder, "items.csv", "suppliers.csv"))


def drill_folder(folder: Path, *, supplier: str, weeks_out: int, weeks: int, repeat: int) -> dict[str, Any]:
    """Return the answer of ``nightmill drill``; ``drill_seconds`` is the last of ``repeat`` full drills, both plans included, files already read."""
    from nightmill.mrp import outage_drill, plan_inputs

    tables = planning_tables(folder, "items.csv", "suppliers.csv")
    inputs = plan_inputs(tables, weeks)
    with ThreadPoolExecutor(1) as threads:
        for _ in range(repeat):
            began = time.perf_counter()
            found = outage_drill(tables, inputs, supplier, weeks_out, executor=threads)
            seconds = time.perf_counter() - began
    return {"drill_seconds": seconds, **msgspec.to_builtins(found)}


def planning_tables(folder: Path, *required: str, first_day: "dt.date | None" = None) -> Any:
    """Return the checked tables of a planning folder or a shop. ``first_day`` of week 0, where orders have dates. Raises ``BadInput``."""
    from nightmill.mrp import read_tables as tables_of
    from nightmill.plant.shop_schedule.mrp_tables import PLANNING_TABLES, planning_texts

    if (folder / "shop.toml").exists():
        # a shop's parts are items, listed or not
        needed = [name for name in required if name != "items.csv"]
        read_tables(folder, required=needed, text_only=("orders.csv",), only=PLANNING_TABLES)
        return tables_of(planning_texts(folder))
    texts = read_tables(folder, required=required, any_case=True, only=PLANNING_TABLES)
    if not texts:
        raise BadInput(
            Finding(str(folder), "", "none of the tables", "items.csv and others", "Name the folder with the tables.")
        )
    return tables_of(texts, first_day)
