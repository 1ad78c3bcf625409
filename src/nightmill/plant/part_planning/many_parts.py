"""Plan a whole folder of STEP files, one per core at a time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from nightmill.plant.part_planning.planning_child import PlanningOptions, plan_part
from nightmill.vocabulary.errors import BadInput, Finding, NightmillError
from nightmill.workers import spread

FolderProgress = Callable[[str, str, float], None]
STEP_ENDINGS = {".step", ".stp"}


def plan_folder(
    folder: Path,
    options: PlanningOptions = PlanningOptions(),
    *,
    shop: Path | None = None,
    out: Path | None = None,
    progress: FolderProgress | None = None,
) -> dict[str, Any]:
    """Plan and certify every STEP file below ``folder``; ``{"parts": [row, ...]}`` in the order of the paths.

    A row is the answer of ``plan_part`` with ``file`` added, the path below ``folder``; a file that can't be planned
    gives ``{"file", "findings"}`` and doesn't stop the other files. With ``out``, the plan of ``a/b.step`` goes to
    ``out/a/b``. ``options``, including the time limit, apply to each file. ``progress`` is called with the file, its phase and the
    fraction done. Raises ``BadInput`` for a folder without STEP files, if two files would share a folder below ``out``, and, with all
    findings, if none of the files could be planned (for example, because of an unknown material).
    """
    if not folder.is_dir():
        raise BadInput(Finding(str(folder), "", "no such folder", "a folder of STEP files", "Check the path."))
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in STEP_ENDINGS and path.is_file())
    if not files:
        expected = "files that end in .step or .stp"
        raise BadInput(Finding(str(folder), "", "no STEP file", expected, "Give the folder with the parts."))
    places = _places(files, folder, out)

    def one(path: Path) -> dict[str, Any]:
        name = path.relative_to(folder).as_posix()

        def report(phase: str, share: float) -> None:
            if progress:
                progress(name, phase, share)

        try:
            return {
                "file": name,
                **plan_part(path, options, shop=shop, out=places.get(path), progress=report),
            }
        except NightmillError as error:
            report("can't be planned", 1.0)
            return {"file": name, "findings": msgspec.to_builtins(error.findings)}

    rows = spread(one, files, kernels="nightmill.cam")
    if all("findings" in row for row in rows):
        raise BadInput(*dict.fromkeys(Finding(**each) for row in rows for each in row["findings"]))
    return {"parts": rows}


def _places(files: list[Path], folder: Path, out: Path | None) -> dict[Path, Path]:
    """Return where each file's plan goes; nothing without ``out``."""
    if out is None:
        return {}
    places = {path: out / path.relative_to(folder).with_suffix("") for path in files}
    taken: dict[Path, Path] = {}
    for path, place in places.items():
        if place in taken:
            found = f"its plan would go to the same place as that of {taken[place].name} ({place})"
            raise BadInput(Finding(str(path), "--out", found, "names that differ before the suffix", "Rename one."))
        taken[place] = path
    return places
