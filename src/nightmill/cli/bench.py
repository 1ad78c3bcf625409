"""The command that runs benchmarks: bench."""

from typing import Any

import typer

from nightmill.cli.output import JSON, MOST_SEED, Progress, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(bench)


def bench(
    name: str = typer.Argument(..., help="night, offset or twin."),
    plant: str = typer.Option("", help="offset: '-' connects the controller to a plant on stdin/stdout."),
    horizon: float = typer.Option(1e6, help="twin: simulated minutes.", min=1.0, max=1e9),
    peers: bool = typer.Option(True, "--peers/--no-peers", help="twin: also run SimPy if it is installed."),
    nights: int = typer.Option(30, help="night: number of shops, each with its own seed.", min=1, max=10_000),
    rate: float = typer.Option(1.0, help="night: multiple of the usual fault rate.", min=0.01, max=100.0),
    seed: int = typer.Option(1, help="Random seed; for night, the seed of the first night.", min=0, max=MOST_SEED),
    as_json: bool = JSON,
) -> None:
    """Run one of the product's benchmarks."""
    from nightmill.plant.analysis import offset_lines, run_bench
    from nightmill.plant.bench import bench_night, bench_twin

    if name == "night":
        progress = Progress()
        answer = bench_night(nights=nights, seed=seed, rate=rate, progress=progress)
        progress.done()
        show(answer, as_json, lambda: _print_nights(answer))
        return
    if name == "twin":
        _show_twin_bench(bench_twin(horizon_min=horizon, seed=seed, peers=peers), as_json)
        return

    if plant:
        if name != "offset" or plant != "-":
            raise typer.BadParameter("--plant - belongs to bench offset")
        offset_lines()
        return
    progress = Progress()
    answer = run_bench(name, seed)
    progress.done()
    rows = answer.get("plants") or answer.get("instances") or []
    columns = list(rows[0]) if rows else []
    show(
        answer,
        as_json,
        lambda: print_table(f"bench {name}", columns, [[row[column] for column in columns] for row in rows]),
    )


def _print_nights(answer: dict[str, Any]) -> None:
    """Print each night, then the totals and means over all nights."""
    lines = answer["nights"]
    print_table("nights", list(lines[0]), [list(line.values()) for line in lines])
    rest = [[name.replace("_", " "), str(value)] for name, value in answer.items() if name != "nights"]
    print_table("all nights", ["", ""], rest)


def _show_twin_bench(answer: dict[str, Any], as_json: bool) -> None:
    """Print the throughput on the comparison model, next to that of other simulators."""
    own = ["Nightmill", answer["ops_per_s"], answer["mean_cycle_time_min"], 1.0]
    rows = [own] + [
        [f"{p['name']} {p['version']}", p["ops_per_s"], p["mean_cycle_time_min"], answer["ops_per_s"] / p["ops_per_s"]]
        for p in answer["peers"]
    ]
    columns = ["", "operations/s", "mean cycle time, min", "times slower"]
    show(answer, as_json, lambda: print_table(answer["model"], columns, rows))
