"""The ``nightmill inspect`` commands for images: learn from good parts, score, classify defects. Images are decoded in a child process."""

from pathlib import Path
from typing import Any

from nightmill.workers import run_guarded


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
    return dict(run_guarded("nightmill.plant.analysis.quality.vision_child:fit_job", request, subject=str(folder)))


def score_vision_folder(model: Path, folder: Path, out: Path | None = None) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect score``; decodes images in a child. ``out``: the folder for heat maps, if any."""
    request = {"model": str(model), "folder": str(folder), "out": "" if out is None else str(out)}
    return dict(run_guarded("nightmill.plant.analysis.quality.vision_child:score_job", request, subject=str(folder)))


def fit_defect_types(folder: Path, out: Path, network: str = "auto") -> dict[str, Any]:
    """Return the answer of ``nightmill inspect types``: ``{model, features, examples{kind: n}}``; decodes images in a child."""
    request = {"folder": str(folder), "out": str(out), "network": network}
    return dict(run_guarded("nightmill.plant.analysis.quality.vision_child:types_job", request, subject=str(folder)))


def tell_defect_types(model: Path, folder: Path) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect tell``: ``{images[{file, kind, verdict, probability, others}]}``."""
    request = {"model": str(model), "folder": str(folder)}
    return dict(run_guarded("nightmill.plant.analysis.quality.vision_child:tell_job", request, subject=str(folder)))


def confirm_defect_type(model: Path, image: Path, kind: str) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect confirm``: ``{model, said, confirmed, examples{kind: n}}``."""
    request = {"model": str(model), "image": str(image), "kind": kind}
    return dict(run_guarded("nightmill.plant.analysis.quality.vision_child:confirm_job", request, subject=str(image)))
