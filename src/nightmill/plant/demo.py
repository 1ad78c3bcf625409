"""The example shop, run twice in the same world: closed loop and conventional, side by side."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from nightmill.files import copy_example, read_shop, write_atomic
from nightmill.plant.part_answers import home_sites
from nightmill.plant.places import state_folder
from nightmill.plant.routes import load_route
from nightmill.plant.running import run_shop, save_comparison
from nightmill.vocabulary.errors import BadInput, Finding

Progress = Callable[[str, str, float], None]
MARK = "nightmill demo"
COMPARED = (
    ("good", "more good parts", True),
    ("on_time_share", "on-time share", True),
    ("unattended_hours", "unattended hours", True),
    ("scrapped", "scrapped parts", False),
    ("cost_per_good_part_usd", "cost a good part", False),
)


def run_demo(folder: Path, *, days: float, seed: int, progress: Progress | None = None) -> dict[str, Any]:
    """Write the example shop into ``folder``, run both policies, compare; the closed loop's run is the one kept.

    A ``folder`` that an earlier demo wrote is used again with its plans; any other content is refused.
    """
    say = progress or (lambda subject, phase, share: None)
    _prepare(folder)
    conventional = run_shop(folder, days=days, seed=seed, policy="conventional", fresh=True, progress=say)
    closed = run_shop(folder, days=days, seed=seed, policy="closed-loop", fresh=True, progress=say)
    comparison = {"closed-loop": closed, "conventional": conventional, "remarks": _remarks(closed, conventional)}
    save_comparison(folder, comparison)
    _compare_sites(folder, closed)
    return comparison


def _prepare(folder: Path) -> None:
    marker = folder / ".nightmill-demo"
    if folder.exists() and any(folder.iterdir()):
        if not marker.exists():
            remedy = "Run the demo elsewhere, or remove the folder."
            raise BadInput(
                Finding(str(folder), "", "a folder that the demo didn't write", "none, or the demo's", remedy)
            )
        return
    copy_example(folder)
    write_atomic(marker, MARK)


def _remarks(closed: dict[str, Any], conventional: dict[str, Any]) -> list[str]:
    """Where the loop helps and where it doesn't, in words; one seed proves nothing, and the text says so."""
    remarks = []
    for key, name, more_is_better in COMPARED:
        ours, theirs = closed.get(key), conventional.get(key)
        if ours is None or theirs is None:
            continue
        better = ours > theirs if more_is_better else ours < theirs
        word = "the same" if ours == theirs else "the loop helps" if better else "the loop does NOT help here"
        remarks.append(f"{name}: {ours:.4g} against {theirs:.4g}, {word}")
    remarks.append("one seed of a simulated shop; benchmarks/policies.py has ten, with intervals")
    return remarks


def _compare_sites(folder: Path, closed: dict[str, Any]) -> None:
    shop = read_shop(folder)
    plans = state_folder(folder) / "plans"
    records = {
        part.name: load_route(plans / part.name).record
        for part in shop.parts
        if (plans / part.name / "route.json").exists()
    }
    hours = closed.get("spindle_hours") or 0.0
    share = (closed.get("unattended_hours") or 0.0) / hours if hours else None
    answer = home_sites(folder, shop, records, share)
    if answer is not None:
        write_atomic(state_folder(folder) / "sites.json", msgspec.json.encode(answer))
