"""Commands that learn from data: inspect, spc, health, tune, bench."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, MOST_SEED, Progress, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    inspect = typer.Typer(help="Inspect: plans from the model, vision learned from good parts only.")
    inspect.command("plan")(inspect_plan)
    inspect.command("fit")(inspect_fit)
    inspect.command("score")(inspect_score)
    inspect.command("types")(inspect_types)
    inspect.command("tell")(inspect_tell)
    inspect.command("confirm")(inspect_confirm)
    inspect.command("causes")(inspect_causes)
    inspect.command("contain")(inspect_contain)
    inspect.command("gauge")(inspect_gauge)
    inspect.command("results")(inspect_results)
    inspect.command("readings")(inspect_readings)
    health = typer.Typer(help="Learn and predict the health of machines from their histories.")
    health.command("fit")(health_fit)
    health.command("predict")(health_predict)
    tune = typer.Typer(help="Tune process parameters in a handful of trials.")
    tune.command("suggest")(tune_suggest)
    tune.command("tell")(tune_tell)
    tune.command("session")(tune_session)
    tune.command("picture")(tune_picture)
    app.add_typer(inspect, name="inspect")
    app.add_typer(health, name="health")
    app.add_typer(tune, name="tune")
    app.command()(spc)
    app.command()(bench)


def inspect_plan(
    part: Path = typer.Argument(..., help="STEP file."),
    out: Path | None = typer.Option(
        None, help="Folder to write plan.qif, plan.dfd, form3.csv and the AS9102 forms into."
    ),
    as_json: bool = JSON,
) -> None:
    """List the characteristics to inspect, from PMI and geometry."""
    from nightmill.plant.part_planning import inspection_of

    answer = inspection_of(part, out=out)
    rows = [
        [c["balloon"], c["kind"], c["nominal"], c["lower"], c["upper"], c["tolerance"], c["gauge"], c["sampling"]]
        for c in answer["characteristics"]
    ]
    show(
        answer,
        as_json,
        lambda: print_table(part.name, ["no.", "kind", "nominal", "lower", "upper", "zone", "gauge", "sampling"], rows),
    )


def inspect_fit(
    folder: Path = typer.Argument(..., help="Folder that contains good/."),
    out: Path = typer.Option(..., help="Model file to write."),
    false_rejects: float = typer.Option(0.01, help="Share of good parts that may be rejected.", min=1e-6, max=0.5),
    network: str = typer.Option("auto", help="Features: auto, filters, or an ONNX file."),
    small_faults: bool = typer.Option(
        False, "--small-faults", help="For small faults: read pictures of 640 pixels and more at twice the size."
    ),
    all_good: bool = typer.Option(
        False, "--all-good", help="A person has confirmed that all pictures show good parts, even those that look bad."
    ),
    as_json: bool = JSON,
) -> None:
    """Learn what good parts look like."""
    from nightmill.plant.analysis import fit_vision_folder

    answer = fit_vision_folder(folder, out, false_rejects, network, small_faults=small_faults, all_good=all_good)
    promise = answer["false_rejects"]
    requested = f"{promise['asked']:.3g} of good parts requested"
    rejects = f"guaranteed at most {promise['promised']:.3g}" if promise["promised"] else "no guarantee"
    rows = [
        ["good images", str(answer["images"])],
        ["read as", f"{answer['pixels_a_side']} pixels a side, by {answer['features']}"],
        ["compared with", _COMPARED_WITH[answer["method"]]],
        ["false rejects", f"{rejects}; {requested}"],
        *([["reason", promise["reason"]]] if promise["reason"] else []),
        *([["look bad", ", ".join(answer["look_bad"])]] if answer["look_bad"] else []),
    ]
    show(answer, as_json, lambda: print_table(f"written to {out}", ["", ""], rows))


_COMPARED_WITH = {
    "position": "good parts at the same position",
    "neighbour": "good parts at any position",
}


def inspect_score(
    model: Path = typer.Argument(..., help="Model file."),
    folder: Path = typer.Argument(..., help="Folder of images."),
    out: Path | None = typer.Option(
        None, help="Folder to write a heat map of each image and a page that shows them into."
    ),
    as_json: bool = JSON,
) -> None:
    """Score every image in a folder and its subfolders."""
    from nightmill.plant.analysis import score_vision_folder

    answer = score_vision_folder(model, folder, out)
    rows = [[i["file"], i["score"], i["verdict"], i.get("reason", "")] for i in answer["images"]]

    def table() -> None:
        print_table(str(folder), ["image", "score", "verdict", ""], rows)
        for alarm in answer["alarms"]:
            typer.echo(f"{alarm['kind']} alarm at image {alarm['image']}: {alarm['reason']}")
        if "heat_maps" in answer:
            typer.echo(f"heat maps: {answer['heat_maps']}")

    show(answer, as_json, table)


def inspect_types(
    folder: Path = typer.Argument(..., help="Folder with a subfolder of pictures for each kind of defect."),
    out: Path = typer.Option(..., help="Model file to write."),
    network: str = typer.Option("auto", help="Features: auto, filters, or an ONNX file."),
    as_json: bool = JSON,
) -> None:
    """Learn to classify defects from a few pictures of each kind."""
    from nightmill.plant.analysis import fit_defect_types

    answer = fit_defect_types(folder, out, network)
    rows = [[kind, count] for kind, count in answer["examples"].items()]
    show(answer, as_json, lambda: print_table(f"written to {out}", ["kind", "examples"], rows))


def inspect_tell(
    model: Path = typer.Argument(..., help="Model file of inspect types."),
    folder: Path = typer.Argument(..., help="Folder of images."),
    as_json: bool = JSON,
) -> None:
    """Classify the defect in each image of a folder, or ask for a person to look."""
    from nightmill.plant.analysis import tell_defect_types

    answer = tell_defect_types(model, folder)
    rows = [[i["file"], i["kind"], i.get("probability"), i["verdict"]] for i in answer["images"]]
    show(answer, as_json, lambda: print_table(str(folder), ["image", "kind", "probability", ""], rows))


def inspect_confirm(
    model: Path = typer.Argument(..., help="Model file of inspect types; it is updated."),
    image: Path = typer.Argument(..., help="The picture."),
    kind: str = typer.Argument(..., help="The kind of defect that a person sees in it; a new kind is added."),
    as_json: bool = JSON,
) -> None:
    """Learn from a verdict that a person has confirmed or corrected."""
    from nightmill.plant.analysis import confirm_defect_type

    answer = confirm_defect_type(model, image, kind)
    show(answer, as_json, lambda: typer.echo(f"predicted {answer['said']}, confirmed {kind}"))


def inspect_causes(
    file: Path = typer.Argument(
        ..., help="CSV: one line per part, a column of deviations (or 0 and 1), one column per factor."
    ),
    value: str = typer.Option("value", help="The column of deviations; all others are factors."),
    as_json: bool = JSON,
) -> None:
    """Rank the factors that go with the deviations: machine, tool edge, lot, hour, temperature."""
    from nightmill.plant.analysis import causes_of

    answer = causes_of(file, value)
    rows = [["yes" if c["significant"] else "no", f"{c['log10_p']:.1f}", c["evidence"]] for c in answer["causes"]]
    show(answer, as_json, lambda: print_table(str(file), ["proven", "log10 p", "evidence"], rows))


def inspect_contain(
    file: Path = typer.Argument(
        ..., help="CSV: one line per cut, oldest first, with serial, machine, tool_edge and, if known, verdict."
    ),
    serial: str = typer.Argument(..., help="The bad part."),
    tool_edge: str = typer.Option("", help="The tool edge at fault; by default every edge that cut the part."),
    as_json: bool = JSON,
) -> None:
    """List the parts to hold after a bad one: those its tool edges have cut since the last part proven good."""
    from nightmill.plant.analysis import contained

    answer = contained(file, serial, tool_edge)
    rows = [[edge["machine"], edge["tool_edge"], " ".join(edge["held"])] for edge in answer["edges"]]
    show(answer, as_json, lambda: print_table(f"hold after {serial}", ["machine", "edge", "parts"], rows))


def inspect_gauge(
    file: Path = typer.Argument(..., help="CSV with part, appraiser and value, one line per reading; or AQDEF."),
    lower: float | None = typer.Option(None, help="Lower limit of the tolerance that the gauge checks."),
    upper: float | None = typer.Option(None, help="Upper limit."),
    tolerance: float | None = typer.Option(None, help="Width of the tolerance, if the limits aren't given."),
    resolution: float = typer.Option(0.0, help="Resolution of the display."),
    calibration: float = typer.Option(0.0, help="Expanded uncertainty (k = 2) from its calibration certificate."),
    bias: float = typer.Option(0.0, help="Mean of its readings of a reference, minus the reference."),
    reference_sd: float = typer.Option(0.0, help="Standard deviation of its readings of a reference."),
    linearity: float = typer.Option(0.0, help="Standard uncertainty due to linearity."),
    temperature: float = typer.Option(0.0, help="Standard uncertainty due to temperature."),
    other: float = typer.Option(0.0, help="Standard uncertainty due to everything else."),
    confidence: float = typer.Option(0.95, help="Confidence of the intervals."),
    as_json: bool = JSON,
) -> None:
    """Study a gauge: repeatability, reproducibility, uncertainty, guard band."""
    from nightmill.plant.analysis import gauge_of

    facts = {
        "resolution": resolution,
        "calibration": calibration,
        "bias": bias,
        "reference_sd": reference_sd,
        "linearity": linearity,
        "temperature": temperature,
        "other": other,
    }
    answer = gauge_of(file, facts, lower=lower, upper=upper, tolerance=tolerance, confidence=confidence)
    show(answer, as_json, lambda: _show_gauge(file, answer))


def _show_gauge(file: Path, answer: dict[str, Any]) -> None:
    """Print both studies, then the gauge's uncertainty."""
    columns = ["source", "sd", "low", "high", "% study", "% tolerance"]
    for method in ("anova", "ranges"):
        study = answer[method]
        rows = [
            [s["source"], s["sd"], s["sd_low"], s["sd_high"], s["study_percent"], s["tolerance_percent"]]
            for s in study["shares"]
        ]
        rows.append([f"{study['verdict']}, {study['ndc']} categories", "", "", "", "", ""])
        print_table(f"{file.name}: {method}", columns, rows)
    found = answer["uncertainty"]
    rows = [[name.replace("_", " "), value] for name, value in found.items() if name != "budget"]
    print_table("uncertainty", ["", ""], rows)


def inspect_results(
    file: Path = typer.Argument(
        ..., help="Results: AQDEF (.dfq), QIF 3.0, DMIS output, or CSV with characteristic and value."
    ),
    plan: Path = typer.Argument(..., help="STEP file, or the output of inspect plan --json."),
    uncertainty: float | None = typer.Option(
        None, help="Expanded uncertainty (k = 2) of the gauge, mm or degrees.", min=0
    ),
    out: Path | None = typer.Option(None, help="Folder to write readings.dfq, .qif, .csv and form3.csv into."),
    as_json: bool = JSON,
) -> None:
    """Judge measurement results from another program against the plan."""
    from nightmill.plant.analysis import results_of

    answer = results_of(file, plan, uncertainty=uncertainty, out=out)
    rows = [[r["serial"], r["balloon"], r["kind"], r["value"], r["verdict"]] for r in answer["readings"]]
    show(answer, as_json, lambda: print_table(str(file), ["serial", "no.", "kind", "value", "verdict"], rows))


def inspect_readings(
    shop: Path = typer.Argument(..., help="Folder of the shop."),
    out: Path = typer.Option(..., help="Folder to write PART.dfq, PART.csv and PART.plan.json into."),
    as_json: bool = JSON,
) -> None:
    """Write the measurements of the latest run as AQDEF and CSV."""
    from nightmill.plant.analysis import readings_of

    answer = readings_of(shop, out)
    rows = [[each["part"], each["readings"], each["serials"], " ".join(each["files"])] for each in answer["parts"]]
    show(answer, as_json, lambda: print_table(str(shop), ["part", "readings", "serials", "files"], rows))


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
        help="Also capability by quantiles of a distribution: auto, normal, lognormal, weibull, rayleigh, folded_normal, ...",
    ),
    short_run: str | None = typer.Option(
        None,
        help="All items (of a column named item) on one chart: deviation (from nominal) or z (in units of the item's sigma).",
    ),
    columns: str = typer.Option("", help="Hotelling's T² of these columns, separated by commas."),
    reference: int | None = typer.Option(
        None, help="T²: number of first rows (subgroups) that were in control.", min=1, max=10_000_000
    ),
    alpha: float | None = typer.Option(None, help="T²: share of false alarms; 0.0027 by default."),
    as_json: bool = JSON,
) -> None:
    """Compute control charts, signals and capability of a series."""
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


HISTORY = "CSV, Parquet or MTConnect (.xml) file, a folder of them, or a shop folder with a run."
EVERY = typer.Option("", "--every", help="Length of a cycle, if the data has times: 10s, 10min, 1h; 1h by default.")
HEALTH_TABLES = (
    ("units", "remaining cycles", ("id", "rul", "low", "high")),
    ("windows", "expected cost of a stop by window", ("unit", "after", "cost", "failure_before", "cheapest")),
    ("alarms", "work orders", ("unit", "cycle", "signals", "reason")),
    ("wear", "wear, um", ("unit", "cycle", "value", "low", "high")),
    ("sensor_faults", "faulty sensors", ("unit", "sensor", "kind", "since", "until", "text")),
    ("unlike", "columns outside the range that was learned", ("unit", "column", "share", "low", "high")),
)


def health_fit(
    data: Path = typer.Argument(..., help=HISTORY),
    out: Path = typer.Option(..., help="Model file to write."),
    horizon: float = typer.Option(
        125.0, help="Cycles beyond which remaining life is not distinguished.", min=1, max=1_000_000
    ),
    alarms_per_unit_month: float = typer.Option(
        1.0, help="False work orders allowed per unit and month.", min=1e-6, max=1e6
    ),
    cycles_per_month: float | None = typer.Option(None, help="Cycles per month.", min=1e-6, max=1e9),
    every: str = EVERY,
    as_json: bool = JSON,
) -> None:
    """Learn a health model from machine histories: remaining life, alarms or wear, as far as the data allow."""
    from nightmill.plant.analysis import fit_health

    progress = Progress()
    answer = fit_health(
        data, out, horizon=horizon, alarms_per_unit_month=alarms_per_unit_month, cycles_per_month=cycles_per_month,
        every=every, progress=progress,
    )  # fmt: skip
    progress.done()

    def table() -> None:
        print_table("model", ["", ""], [[name, str(value)] for name, value in answer.items() if name != "left_out"])
        if answer.get("left_out"):
            typer.echo(f"not read: {', '.join(answer['left_out'])}; name signals sensor_NAME, conditions setting_NAME")

    show(answer, as_json, table)


def health_predict(
    model: Path = typer.Argument(..., help="Model file."),
    data: Path = typer.Argument(..., help=HISTORY),
    every: str = typer.Option("", "--every", help="Length of a cycle, if the data has times; by default the model's."),
    windows: str = typer.Option("", "--windows", help="Cycles from now at which units could be stopped: 10,20,40."),
    failure_cost: float = typer.Option(10.0, "--failure-cost", help="Cost of a failure, for --windows."),
    planned_cost: float = typer.Option(1.0, "--planned-cost", help="Cost of a planned stop, for --windows."),
    as_json: bool = JSON,
) -> None:
    """Predict remaining life, alarms or wear of the units in DATA; report faulty sensors and data outside the range learned."""
    from nightmill.plant.analysis import predict_health

    answer = predict_health(
        model, data, every=every, windows=windows, failure_cost=failure_cost, planned_cost=planned_cost
    )

    def tables() -> None:
        for name, title, columns in HEALTH_TABLES:
            rows = [[_cell(each[column]) for column in columns] for each in answer.get(name, [])]
            if rows:
                print_table(f"{data}: {title}", list(columns), rows)
        if answer.get("note"):
            typer.echo(answer["note"])
        if not any(answer.values()):
            typer.echo("nothing to report: no alarm, no faulty sensor")

    show(answer, as_json, tables)


def _cell(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list | tuple) else value


def tune_suggest(
    study: Path = typer.Argument(..., help="Study file."),
    batch: int = typer.Option(1, help="Trials to suggest at once.", min=1, max=10_000),
    as_json: bool = JSON,
) -> None:
    """Suggest the next trial of a study."""
    from nightmill.plant.analysis import suggest_trial

    answer = suggest_trial(study, batch)
    show(
        answer,
        as_json,
        lambda: print_table("next trial", ["", ""], [[name, str(value)] for name, value in answer.items()]),
    )


def tune_tell(
    study: Path = typer.Argument(..., help="Study file."),
    result: str = typer.Argument(..., help="JSON file with the result, or -."),
    as_json: bool = JSON,
) -> None:
    """Record the result of a trial in the study."""
    from nightmill.plant.analysis import tell_trial

    answer = tell_trial(study, result)
    show(
        answer, as_json, lambda: print_table("study", ["", ""], [[name, str(value)] for name, value in answer.items()])
    )


def tune_session(study: Path = typer.Argument(..., help="Study file.")) -> None:
    """Suggest trials and read results, one JSON line each, until the input ends."""
    from nightmill.plant.analysis import tune_lines

    tune_lines(study)


def tune_picture(
    study: Path = typer.Argument(..., help="Study file."),
    out: Path = typer.Option(..., help="SVG file to write."),
    as_json: bool = JSON,
) -> None:
    """Draw a study: the best result so far, the model's surface, the Pareto front."""
    from nightmill.plant.analysis import draw_trials

    answer = draw_trials(study, out)
    show(answer, as_json, lambda: print_table("picture", ["", ""], [[n, str(value)] for n, value in answer.items()]))


def bench(
    name: str = typer.Argument(..., help="night, offset or twin."),
    plant: str = typer.Option("", help="offset: '-' connects the controller to a plant on stdin/stdout."),
    horizon: float = typer.Option(1e6, help="twin: simulated minutes.", min=1.0, max=1e9),
    peers: bool = typer.Option(True, "--peers/--no-peers", help="twin: also run SimPy if it is installed."),
    nights: int = typer.Option(30, help="night: number of shops, each with its own seed.", min=1, max=10_000),
    rate: float = typer.Option(1.0, help="night: multiple of the usual rate of faults.", min=0.01, max=100.0),
    seed: int = typer.Option(1, help="Seed; for night, of the first night.", min=0, max=MOST_SEED),
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
    """Print each night, then the figures over all nights."""
    lines = answer["nights"]
    print_table("nights", list(lines[0]), [list(line.values()) for line in lines])
    rest = [[name.replace("_", " "), str(value)] for name, value in answer.items() if name != "nights"]
    print_table("all nights", ["", ""], rest)


def _show_twin_bench(answer: dict[str, Any], as_json: bool) -> None:
    """Print the throughput of the comparison model, beside its peers."""
    own = ["Nightmill", answer["ops_per_s"], answer["mean_cycle_time_min"], 1.0]
    rows = [own] + [
        [f"{p['name']} {p['version']}", p["ops_per_s"], p["mean_cycle_time_min"], answer["ops_per_s"] / p["ops_per_s"]]
        for p in answer["peers"]
    ]
    columns = ["", "operations/s", "mean cycle time, min", "times slower"]
    show(answer, as_json, lambda: print_table(answer["model"], columns, rows))
