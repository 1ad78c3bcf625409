"""The ``nightmill health`` commands: learn from machine histories, predict remaining life."""

from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import write_atomic
from nightmill.plant.analysis.quality.causes import finite_number
from nightmill.plant.part_planning.many_parts import FolderProgress
from nightmill.vocabulary.errors import BadInput, Finding


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
    """Return the answer of ``nightmill health fit``; ``progress`` is called with each phase and the fraction of learning done."""
    from nightmill.maintenance import fit_health as fit
    from nightmill.maintenance import read_history, save_model
    from nightmill.plant.analysis.maintenance.machine_history import MONTH_S, history_texts

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


NEVER_FAILED = (
    "no failure was observed: remaining life assumes that the first failure is imminent, so it is probably too short"
)


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
    from nightmill.plant.analysis.maintenance.machine_history import history_texts

    if not model.is_file():
        raise BadInput(Finding(str(model), "", "no file", "a model from health fit", "Fit a model first."))
    fitted = load_model(model.read_bytes(), str(model))
    texts, cycle_s = history_texts(data, every, fitted.cycle_s)
    if cycle_s and fitted.cycle_s and abs(cycle_s - fitted.cycle_s) > 1e-6:
        # Means over cycles of another length scatter differently, and the same number of cycles is a different time.
        own, remedy = f"{fitted.cycle_s:g} s per cycle, as in the fit", "Leave --every out, or fit a model with it."
        raise BadInput(Finding(str(model), "--every", f"{cycle_s:g} s a cycle", own, remedy))
    found = predict(fitted, read_history(texts), str(data))
    answer = dict(msgspec.to_builtins(found))
    if found.units and not fitted.failures:
        answer["note"] = NEVER_FAILED
    if windows:
        after = [finite_number(word) for word in windows.split(",")]
        if None in after:
            raise BadInput(
                Finding("--windows", "", repr(windows), "numbers of cycles, with commas", "Write it like 10,20,40.")
            )
        curve = life_windows(
            fitted, found.units, [a for a in after if a is not None], failure_cost, planned_cost, str(model)
        )
        answer["windows"] = msgspec.to_builtins(curve)
    return answer
