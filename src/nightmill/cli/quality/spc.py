"""The command that draws control charts: spc."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(spc)


def spc(
    file: Path = typer.Argument(..., help="CSV with a column named value."),
    lsl: float | None = typer.Option(None, help="Lower specification limit."),
    usl: float | None = typer.Option(None, help="Upper specification limit."),
    target: float | None = typer.Option(None, help="Target value."),
    center: float | None = typer.Option(None, help="In-control mean."),
    sigma: float | None = typer.Option(None, help="In-control standard deviation."),
    lam: float = typer.Option(0.2, "--lambda", help="EWMA weight."),
    width: float = typer.Option(3.0, help="EWMA width in sigma."),
    k: float = typer.Option(0.5, "--k", help="CUSUM allowance in sigma."),
    h: float = typer.Option(5.0, "--h", help="CUSUM limit in sigma."),
    distribution: str | None = typer.Option(
        None,
        help="Also compute capability from the quantiles of a distribution: auto, normal, lognormal, weibull, rayleigh, folded_normal, ...",
    ),
    short_run: str | None = typer.Option(
        None,
        help="Put all items (from a column named item) on one chart: deviation (from nominal) or z (in units of the item's sigma).",
    ),
    columns: str = typer.Option("", help="Hotelling's T² for these columns, separated by commas."),
    reference: int | None = typer.Option(
        None,
        help="T²: number of rows (subgroups) at the start for which the process was in control.",
        min=1,
        max=10_000_000,
    ),
    alpha: float | None = typer.Option(None, help="T²: false-alarm rate; 0.0027 by default."),
    as_json: bool = JSON,
) -> None:
    """Compute control charts, signals and capability for a series."""
    from nightmill.plant.analysis import spc_file

    options = {
        "lsl": lsl,
        "usl": usl,
        "target": target,
        "center": center,
        "sigma": sigma,
        "ewma_lambda": lam,
        "ewma_width": width,
        "cusum_k": k,
        "cusum_h": h,
        "distribution": distribution,
    }
    answer = spc_file(file, options, pooled=short_run, columns=columns, reference=reference, alpha=alpha)
    show(answer, as_json, lambda: _show_charts(str(file), answer))


def _show_charts(title: str, answer: Any) -> None:
    rows = [[chart.kind, chart.center, chart.lcl, chart.ucl] for chart in answer.charts]
    print_table(title, ["chart", "center", "lcl", "ucl"], rows)
    if hasattr(answer, "t2"):
        rows = [[s.index, s.t2, ", ".join(name for name, _ in s.columns)] for s in answer.signals]
        print_table("signals, with the columns that contribute most first", ["row", "t2", "columns"], rows)
        return
    print_table("signals", ["row", "chart", "rule"], [[s.index, s.chart, s.rule] for s in answer.signals])
    found = answer.capability
    rows = [
        [name, *(getattr(found, name + end) for end in ("", "_low", "_high"))] for name in ("cp", "cpk", "pp", "ppk")
    ]
    by = found.percentiles
    if by is not None:
        verdict = "fits" if by.fits else "does not fit"
        method = f"{by.distribution}, {verdict}"
        rows += [[f"pp ({method})", by.pp, by.pp_low, by.pp_high], [f"ppk ({method})", by.ppk, by.ppk_low, by.ppk_high]]
    rows = [row for row in rows if row[1] is not None]
    if rows:
        print_table("capability", ["", "index", "95 % from", "to"], rows)
    items = answer.short_run.items if hasattr(answer, "short_run") else ()
    if items:
        rows = [[one.item, one.n, one.center, one.sigma, one.moving_ranges] for one in items]
        print_table("items", ["item", "readings", "center", "sigma", "ranges"], rows)
