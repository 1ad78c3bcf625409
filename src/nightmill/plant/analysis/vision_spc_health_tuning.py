"""Answers that learn from data: vision, control charts, machine health, tuning studies, and the benchmarks users can run."""

import json
import math
import sys
from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import read_document, write_atomic
from nightmill.plant.part_planning.many_parts import FolderProgress
from nightmill.vocabulary.csv_text import csv_lines
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary
from nightmill.workers import run_guarded

_MOST_MEMORY_BYTES = 64 << 20


def fit_vision_folder(
    folder: Path,
    out: Path,
    false_rejects: float,
    network: str = "auto",
    *,
    small_faults: bool = False,
    all_good: bool = False,
) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect fit``: learn from ``folder/good`` and write the model; decodes images in a child."""
    request = {
        "folder": str(folder),
        "out": str(out),
        "false_rejects": false_rejects,
        "network": network,
        "small_faults": small_faults,
        "all_good": all_good,
    }
    return dict(run_guarded("nightmill.plant.analysis.vision_child:fit_job", request, subject=str(folder)))


def score_vision_folder(model: Path, folder: Path, out: Path | None = None) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect score``; decodes images in a child. ``out``: the folder for heat maps, if any."""
    request = {"model": str(model), "folder": str(folder), "out": "" if out is None else str(out)}
    return dict(run_guarded("nightmill.plant.analysis.vision_child:score_job", request, subject=str(folder)))


def fit_defect_types(folder: Path, out: Path, network: str = "auto") -> dict[str, Any]:
    """Return the answer of ``nightmill inspect types``: ``{model, features, examples{kind: n}}``; decodes images in a child."""
    request = {"folder": str(folder), "out": str(out), "network": network}
    return dict(run_guarded("nightmill.plant.analysis.vision_child:types_job", request, subject=str(folder)))


def tell_defect_types(model: Path, folder: Path) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect tell``: ``{images[{file, kind, verdict, probability, others}]}``."""
    request = {"model": str(model), "folder": str(folder)}
    return dict(run_guarded("nightmill.plant.analysis.vision_child:tell_job", request, subject=str(folder)))


def confirm_defect_type(model: Path, image: Path, kind: str) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect confirm``: ``{model, said, confirmed, examples{kind: n}}``."""
    request = {"model": str(model), "image": str(image), "kind": kind}
    return dict(run_guarded("nightmill.plant.analysis.vision_child:confirm_job", request, subject=str(image)))


def spc_file(
    file: Path,
    options: dict[str, Any],
    *,
    pooled: str | None = None,
    columns: str = "",
    reference: int | None = None,
    alpha: float | None = None,
) -> Any:
    """Return the answer of ``nightmill spc``: ``options`` are fields of ``SpcOptions``, ``columns`` comma-separated names."""
    from nightmill.quality import SpcOptions, spc_table

    rows = [row for _, row in csv_lines(read_document(file), str(file))]
    names = [name.strip() for name in columns.split(",") if name.strip()]
    return spc_table(
        rows, str(file), SpcOptions(**options), pooled=pooled, columns=names, reference=reference, alpha=alpha
    )


def causes_of(file: Path, value: str) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect causes``: factors of a CSV by how well they separate the column ``value``."""
    from nightmill.quality import rank_causes

    lines = csv_lines(read_document(file), str(file))
    rows = [row for _, row in lines]
    if not rows or value not in rows[0]:
        raise BadInput(
            Finding(str(file), "header", f"no column {value}", f"a column {value}", "Name the column with --value.")
        )
    findings, values = [], []
    for number, row in lines:
        figure = _number(row[value])
        if figure is None:
            findings.append(Finding(str(file), f"line {number}", repr(row[value]), "a number", "Correct the value."))
        else:
            values.append(figure)
    if findings:
        raise BadInput(*findings)
    names = [name for name in rows[0] if name != value]
    numeric = {name for name in names if all(_number(row[name]) is not None for row in rows if row[name])}
    factors = [
        {name: float(cell) if name in numeric else cell for name, cell in row.items() if name in names and cell}
        for row in rows
    ]
    causes = rank_causes(values, factors)
    return {
        "parts": len(rows),
        "causes": [{**msgspec.to_builtins(cause), "evidence": cause.text()} for cause in causes],
    }


def _number(text: str | None) -> float | None:
    try:
        figure = float(text or "")
    except ValueError:
        return None
    return figure if math.isfinite(figure) else None


def fit_health(
    data: Path,
    out: Path,
    *,
    horizon: float,
    alarms_per_unit_month: float,
    cycles_per_month: float | None,
    every: str = "",
    progress: FolderProgress | None = None,
) -> dict[str, Any]:
    """Return the answer of ``nightmill health fit``; ``progress`` is called with each phase and the share of the learning that is done."""
    from nightmill.maintenance import fit_health as fit
    from nightmill.maintenance import read_history, save_model
    from nightmill.plant.analysis.machine_history import MONTH_S, history_texts

    tell = progress or (lambda subject, phase, share: None)
    tell("", "reading histories", 0.0)
    texts, cycle_s = history_texts(data, every)
    month = MONTH_S / cycle_s if cycle_s and cycles_per_month is None else cycles_per_month
    history = read_history(texts)
    learning = f"learning from {len(history.cycle)} rows of {len(set(history.units))} units"
    tell("", learning, 0.0)
    model = fit(
        history, int(horizon), alarms_per_unit_month, month, threads=2, cycle_s=cycle_s,
        tell=lambda share: tell("", learning, share),
    )  # fmt: skip
    write_atomic(out, save_model(model))
    answer = {"model": str(out), "rung": model.rung, "units": model.units, "failures": model.failures}
    return {**answer, "left_out": list(history.left_out)} if history.left_out else answer


NEVER_FAILED = "no failure was observed: remaining life assumes the first one is imminent, so it is probably too short"


def predict_health(
    model: Path,
    data: Path,
    *,
    every: str = "",
    windows: str = "",
    failure_cost: float = 10.0,
    planned_cost: float = 1.0,
) -> dict[str, Any]:
    """Return the answer of ``nightmill health predict``; ``windows``: comma-separated cycles after which a unit could be stopped."""
    from nightmill.maintenance import life_windows, load_model, read_history
    from nightmill.maintenance import predict_health as predict
    from nightmill.plant.analysis.machine_history import history_texts

    if not model.is_file():
        raise BadInput(Finding(str(model), "", "no file", "a model of health fit", "Fit one first."))
    fitted = load_model(model.read_bytes(), str(model))
    texts, cycle_s = history_texts(data, every, fitted.cycle_s)
    if cycle_s and fitted.cycle_s and abs(cycle_s - fitted.cycle_s) > 1e-6:
        # Means over another time scatter differently, and counts of cycles mean something else.
        own, remedy = f"{fitted.cycle_s:g} s per cycle, as in the fit", "Leave --every out, or fit a model with it."
        raise BadInput(Finding(str(model), "--every", f"{cycle_s:g} s a cycle", own, remedy))
    found = predict(fitted, read_history(texts), str(data))
    answer = dict(msgspec.to_builtins(found))
    if found.units and not fitted.failures:
        answer["note"] = NEVER_FAILED
    if windows:
        after = [_number(word) for word in windows.split(",")]
        if None in after:
            raise BadInput(
                Finding("--windows", "", repr(windows), "numbers of cycles, with commas", "Write it like 10,20,40.")
            )
        curve = life_windows(
            fitted, found.units, [a for a in after if a is not None], failure_cost, planned_cost, str(model)
        )
        answer["windows"] = msgspec.to_builtins(curve)
    return answer


def suggest_trial(study: Path, batch: int) -> dict[str, Any]:
    """Return the answer of ``nightmill tune suggest``; its memory is stored next to the study."""
    from nightmill.tuning import suggest

    asked = suggest(*_study(study), batch=batch)
    _remember(study, asked.history)
    trials = [dict(msgspec.to_builtins(each)) for each in asked.suggestions]
    return trials[0] if batch == 1 else {"trials": trials}


def draw_trials(study: Path, out: Path) -> dict[str, Any]:
    """Return the answer of ``nightmill tune picture``: convergence, modelled surface and Pareto front of a study as SVG."""
    from nightmill.tuning import draw_study

    described, history = _study(study)
    write_atomic(out, draw_study(described, history).encode())
    return {"picture": str(out), "trials": len(history.trials)}


def tell_trial(study: Path, result: str) -> dict[str, Any]:
    """Return the answer of ``nightmill tune tell``; ``result`` is a file or ``-`` for standard input."""
    text = sys.stdin.read() if result == "-" else read_document(Path(result))
    return _record_result(study, text, result)


def _record_result(study: Path, text: str, name: str) -> dict[str, Any]:
    from nightmill.tuning import Result, tell, told

    try:
        outcome = msgspec.json.decode(text.encode(), type=Result)
    except UNREADABLE as error:
        raise BadInput(Finding(name, "", str(error), "a result", 'Like {"trial": 1, "outputs": {...}}.')) from error
    described, history = _study(study)
    history = tell(described, history, outcome)
    _remember(study, history)
    return dict(msgspec.to_builtins(told(described, history)))


def tune_lines(study: Path) -> None:
    """Run ``nightmill tune session``: a suggestion out, a result in, one JSON line each, until the input ends."""
    while True:
        sys.stdout.write(json.dumps(suggest_trial(study, 1)) + "\n")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line.strip():
            return
        _record_result(study, line, "standard input")


def _memory(study: Path) -> Path:
    return study.with_name(study.name + ".history")


def _study(study: Path) -> tuple[Any, Any]:
    from nightmill.tuning import History, read_study

    described = read_study(read_document(study), str(study))
    path = _memory(study)
    if not is_there(path):
        return described, History()
    try:
        return described, msgspec.json.decode(read_ordinary(path, _MOST_MEMORY_BYTES), type=History)
    except UNREADABLE as error:
        raise BadInput(
            Finding(str(path), "", str(error), "a study's memory", "Remove the file to start over.")
        ) from error


def _remember(study: Path, history: Any) -> None:
    write_atomic(_memory(study), msgspec.json.encode(history))


def offset_lines() -> None:
    """Run ``nightmill bench offset --plant -``: the offset controller against a plant on standard input and output."""
    from nightmill.quality import offset_control

    state = None
    for number, line in enumerate(sys.stdin, 1):
        try:
            document = msgspec.json.decode(line.encode())
            if not isinstance(document, dict):
                raise BadInput(Finding("stdin", "", "no object", "a JSON object", "See the offset interface."))
            state, answer = offset_control.handle(state, document)
        except (*UNREADABLE, BadInput) as error:
            raise BadInput(
                Finding("stdin", f"line {number}", str(error), "a line of the offset interface", "Correct the line.")
            ) from error
        if answer is not None:
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


def run_bench(name: str, seed: int) -> dict[str, Any]:
    """Run one of the benchmarks that users can run."""
    if name == "offset":
        from nightmill.quality import run_own_plants

        return {"plants": [dict(msgspec.to_builtins(each)) for each in run_own_plants(seed)]}
    raise BadInput(Finding("bench", "", repr(name), "night, offset or twin", "Others are scripts in benchmarks/."))
