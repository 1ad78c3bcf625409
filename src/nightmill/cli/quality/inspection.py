"""Commands for inspection: plans from the model, vision, causes, gauges, measurement results."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, print_table, show


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    inspect = typer.Typer(
        help="Inspect parts: plans from the model, vision trained on good parts only, causes, gauges, results."
    )
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
    app.add_typer(inspect, name="inspect")


def inspect_plan(
    part: Path = typer.Argument(..., help="STEP file."),
    out: Path | None = typer.Option(None, help="Folder for plan.qif, plan.dfd, form3.csv and the AS9102 forms."),
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
    folder: Path = typer.Argument(..., help="Folder with a subfolder good/."),
    out: Path = typer.Option(..., help="Model file to write."),
    false_rejects: float = typer.Option(0.01, help="Fraction of good parts that may be rejected.", min=1e-6, max=0.5),
    network: str = typer.Option("auto", help="Image features: auto, filters, or an ONNX file."),
    small_faults: bool = typer.Option(
        False, "--small-faults", help="For small defects: read images of 640 pixels or more at twice the size."
    ),
    all_good: bool = typer.Option(
        False, "--all-good", help="A person has confirmed that all images show good parts, even those that look bad."
    ),
    as_json: bool = JSON,
) -> None:
    """Learn from images what good parts look like."""
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
    out: Path | None = typer.Option(None, help="Folder for a heat map of each image and a page that shows them all."),
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
    folder: Path = typer.Argument(..., help="Folder with a subfolder of images for each kind of defect."),
    out: Path = typer.Option(..., help="Model file to write."),
    network: str = typer.Option("auto", help="Image features: auto, filters, or an ONNX file."),
    as_json: bool = JSON,
) -> None:
    """Learn to classify defects from a few images of each kind."""
    from nightmill.plant.analysis import fit_defect_types

    answer = fit_defect_types(folder, out, network)
    rows = [[kind, count] for kind, count in answer["examples"].items()]
    show(answer, as_json, lambda: print_table(f"written to {out}", ["kind", "examples"], rows))


def inspect_tell(
    model: Path = typer.Argument(..., help="Model file from inspect types."),
    folder: Path = typer.Argument(..., help="Folder of images."),
    as_json: bool = JSON,
) -> None:
    """Classify the defect in each image of a folder, or ask for a person to look."""
    from nightmill.plant.analysis import tell_defect_types

    answer = tell_defect_types(model, folder)
    rows = [[i["file"], i["kind"], i.get("probability"), i["verdict"]] for i in answer["images"]]
    show(answer, as_json, lambda: print_table(str(folder), ["image", "kind", "probability", ""], rows))


def inspect_confirm(
    model: Path = typer.Argument(..., help="Model file from inspect types; it will be updated."),
    image: Path = typer.Argument(..., help="Image of the defect."),
    kind: str = typer.Argument(..., help="Kind of defect that a person sees in the image; a new kind is added."),
    as_json: bool = JSON,
) -> None:
    """Learn from a classification that a person has confirmed or corrected."""
    from nightmill.plant.analysis import confirm_defect_type

    answer = confirm_defect_type(model, image, kind)
    show(answer, as_json, lambda: typer.echo(f"predicted {answer['said']}, confirmed {kind}"))


def inspect_causes(
    file: Path = typer.Argument(
        ..., help="CSV with one line per part: a column of deviations (or 0 and 1), and one column per factor."
    ),
    value: str = typer.Option("value", help="Name of the column with the deviations; all other columns are factors."),
    as_json: bool = JSON,
) -> None:
    """Rank the factors associated with the deviations: machine, tool edge, lot, hour, temperature."""
    from nightmill.plant.analysis import causes_of

    answer = causes_of(file, value)
    rows = [["yes" if c["significant"] else "no", f"{c['log10_p']:.1f}", c["evidence"]] for c in answer["causes"]]
    show(answer, as_json, lambda: print_table(str(file), ["proven", "log10 p", "evidence"], rows))


def inspect_contain(
    file: Path = typer.Argument(
        ..., help="CSV with one line per cut, oldest first: serial, machine, tool_edge and, if known, verdict."
    ),
    serial: str = typer.Argument(..., help="Serial number of the bad part."),
    tool_edge: str = typer.Option("", help="Tool edge at fault; by default every edge that cut the part."),
    as_json: bool = JSON,
) -> None:
    """List the parts to hold after a bad part: those that its tool edges have cut since the last part proven good."""
    from nightmill.plant.analysis import contained

    answer = contained(file, serial, tool_edge)
    rows = [[edge["machine"], edge["tool_edge"], " ".join(edge["held"])] for edge in answer["edges"]]
    show(answer, as_json, lambda: print_table(f"hold after {serial}", ["machine", "edge", "parts"], rows))


def inspect_gauge(
    file: Path = typer.Argument(
        ..., help="CSV with part, appraiser and value, one line per reading; or an AQDEF file."
    ),
    lower: float | None = typer.Option(None, help="Lower limit of the tolerance that is checked with the gauge."),
    upper: float | None = typer.Option(None, help="Upper limit."),
    tolerance: float | None = typer.Option(None, help="Width of the tolerance, if the limits aren't given."),
    resolution: float = typer.Option(0.0, help="Resolution of the display."),
    calibration: float = typer.Option(
        0.0, help="Expanded uncertainty (k = 2) from the gauge's calibration certificate."
    ),
    bias: float = typer.Option(0.0, help="Mean of the gauge's readings of a reference, minus the reference value."),
    reference_sd: float = typer.Option(0.0, help="Standard deviation of the gauge's readings of a reference."),
    linearity: float = typer.Option(0.0, help="Standard uncertainty due to linearity."),
    temperature: float = typer.Option(0.0, help="Standard uncertainty due to temperature."),
    other: float = typer.Option(0.0, help="Standard uncertainty due to everything else."),
    confidence: float = typer.Option(0.95, help="Confidence level of the intervals."),
    as_json: bool = JSON,
) -> None:
    """Evaluate a gauge study: repeatability, reproducibility, uncertainty, guard band."""
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
    out: Path | None = typer.Option(None, help="Folder for readings.dfq, .qif, .csv and form3.csv."),
    as_json: bool = JSON,
) -> None:
    """Check measurement results from another program against the plan."""
    from nightmill.plant.analysis import results_of

    answer = results_of(file, plan, uncertainty=uncertainty, out=out)
    rows = [[r["serial"], r["balloon"], r["kind"], r["value"], r["verdict"]] for r in answer["readings"]]
    show(answer, as_json, lambda: print_table(str(file), ["serial", "no.", "kind", "value", "verdict"], rows))


def inspect_readings(
    shop: Path = typer.Argument(..., help="Shop folder."),
    out: Path = typer.Option(..., help="Folder for PART.dfq, PART.csv and PART.plan.json."),
    as_json: bool = JSON,
) -> None:
    """Write the measurements of the latest run as AQDEF and CSV."""
    from nightmill.plant.analysis import readings_of

    answer = readings_of(shop, out)
    rows = [[each["part"], each["readings"], each["serials"], " ".join(each["files"])] for each in answer["parts"]]
    show(answer, as_json, lambda: print_table(str(shop), ["part", "readings", "serials", "files"], rows))
