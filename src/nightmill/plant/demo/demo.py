"""Run the example shop twice under the same simulated conditions, with the closed loop and with the conventional policy, and compare."""

import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import msgspec

from nightmill.drivers import end_world
from nightmill.formats import copy_example, read_shop, write_atomic
from nightmill.plant.deciders.scheduling import ready_scheduler
from nightmill.plant.demo.first_part import FirstPart, first_order, first_part
from nightmill.plant.part_planning.routes import certified_routes
from nightmill.plant.plan_store.kept_plans import planned_parts
from nightmill.plant.quoting.make_or_buy import home_sites
from nightmill.plant.run.shop_run import RunRequest, run_shop, save_comparison
from nightmill.plant.workspace.layout import log_path, state_folder
from nightmill.plant.workspace.run_archive import BESIDE, keep_run
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary.errors import BadInput, Finding, NightmillError
from nightmill.workers import ChildFailed, Limits, run_guarded


class _Abandoned(NightmillError):
    """The other policy's run has failed or was stopped: this run is no longer needed."""


Progress = Callable[[str, str, float], None]
MARK = "nightmill demo"
FIRST = "first part"
CONVENTIONAL_CALL = "nightmill.plant.demo.demo:run_conventional"
UNHURRIED = Limits(cpu_s=1 << 20, wall_s=float(1 << 20))
"""A year of shop time may take hours; this is our own run, which ends without a time limit."""
COMPARED = (
    ("good", "more good parts", True),
    ("on_time_share", "on-time share", True),
    ("unattended_hours", "unattended hours", True),
    ("scrapped", "scrapped parts", False),
    ("cost_per_good_part_usd", "cost per good part of all finished items", False),
    ("cost_per_good_part_order_mix_usd", "cost per good part, in the order book's mix", False),
    ("period_cost_per_good_part_usd", "cost per good part, idle time charged", False),
)


def run_demo(
    folder: Path,
    *,
    days: float,
    seed: int,
    progress: Progress | None = None,
    first: Callable[[FirstPart], None] = lambda made: None,
) -> dict[str, Any]:
    """Write the example shop into ``folder``, run both policies and compare them; the closed-loop run is kept.

    ``first`` is called with the first part as soon as it is made, inspected and costed, long before the other parts are planned.
    A ``folder`` that an earlier demo wrote is reused with its plans; any other content is refused.
    """
    say = progress or (lambda subject, phase, share: None)
    _prepare(folder)
    shop = whole_shop(folder)
    order = first_order(shop)
    routes = {} if order is None else certified_routes(shop, folder, only={order.item}, progress=say)[0]
    with ThreadPoolExecutor(1) as pool:
        ready = pool.submit(ready_scheduler)  # this process is idle while its children work
        if order is not None and order.item in routes and routes[order.item].record.certified:
            try:
                first(first_part(folder, shop, order, seed, partial(say, FIRST)))
            except (BadInput, ChildFailed) as error:
                # the shop has been changed since: the full run will report everything that is wrong with it
                say(FIRST, f"not made ahead of the full run: {error.findings[0].sentence()}", 1.0)
        certified_routes(shop, folder, progress=say)
        ready.result()
    conventional, closed = _both(folder, days, seed, say)
    comparison = {"closed-loop": closed, "conventional": conventional, "remarks": _remarks(closed, conventional)}
    save_comparison(folder, comparison)
    _compare_sites(folder, closed)
    return comparison


def _both(folder: Path, days: float, seed: int, say: Progress) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run the policies side by side: the conventional policy runs in a child process with a copy of the shop and its own
    simulated world. Its run is moved to the archive, as if it had been made first.
    """
    abandoned = Event()

    def report(phase: str, share: float) -> None:
        if abandoned.is_set():
            raise _Abandoned
        say("conventional", phase, share)

    with tempfile.TemporaryDirectory(dir=state_folder(folder), prefix=BESIDE) as beside:
        copy = Path(beside) / folder.resolve().name
        _copy_planned(folder, copy)
        asked = {"folder": str(copy), "days": days, "seed": seed}
        try:
            with ThreadPoolExecutor(1) as pool:
                other = pool.submit(run_guarded, CONVENTIONAL_CALL, asked, limits=UNHURRIED, progress=report)
                try:
                    closed = run_shop(folder, RunRequest(days, seed, "closed-loop", fresh=True), progress=say)
                    conventional = other.result()
                finally:
                    abandoned.set()
            archive = keep_run(copy, folder)
        finally:
            end_world(copy)
    return {**conventional, "log": str(archive / log_path(folder).name)}, closed


def run_conventional(folder: str, days: float, seed: int, progress: Callable[[str, float], None]) -> dict[str, Any]:
    """Run the conventional policy in a child process (``CONVENTIONAL_CALL``); return the answer of ``run_shop``."""

    def say(subject: str, phase: str, share: float) -> None:
        progress(phase, share)

    return run_shop(Path(folder), RunRequest(days, seed, "conventional", fresh=True), progress=say)


def _copy_planned(folder: Path, copy: Path) -> None:
    """Copy the shop's own files and its plans, but no runs."""
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(state_folder(folder).name))
    for name in ("plans", "pki"):
        shutil.copytree(state_folder(folder) / name, state_folder(copy) / name)


def _prepare(folder: Path) -> None:
    marker = folder / ".nightmill-demo"
    if folder.exists() and any(folder.iterdir()):
        if not marker.exists():
            remedy = "Run the demo elsewhere, or remove the folder."
            raise BadInput(
                Finding(str(folder), "", "a folder that the demo didn't write", "a new folder, or the demo's", remedy)
            )
        return
    copy_example(folder)
    write_atomic(marker, MARK)


def _remarks(closed: dict[str, Any], conventional: dict[str, Any]) -> list[str]:
    """Describe where the loop helps and where it doesn't, and say that one seed proves nothing."""
    remarks = []
    for key, name, more_is_better in COMPARED:
        ours, theirs = closed.get(key), conventional.get(key)
        if ours is None or theirs is None:
            continue
        better = ours > theirs if more_is_better else ours < theirs
        word = "the same" if ours == theirs else "the loop helps" if better else "the loop does NOT help here"
        remarks.append(f"{name}: {ours:.4g} against {theirs:.4g}, {word}")
    remarks.append("one seed of a simulated shop; benchmarks/policies.py runs ten seeds, with intervals")
    return remarks


def _compare_sites(folder: Path, closed: dict[str, Any]) -> None:
    shop = read_shop(folder)
    plans = state_folder(folder) / "plans"
    planned = planned_parts(plans, tuple(part.name for part in shop.parts))
    records = {name: route.record for name, route in planned.items()}
    hours = closed.get("spindle_hours") or 0.0
    share = (closed.get("unattended_hours") or 0.0) / hours if hours else None
    answer = home_sites(folder, shop, records, share)
    if answer is not None:
        write_atomic(state_folder(folder) / "sites.json", msgspec.json.encode(answer))
