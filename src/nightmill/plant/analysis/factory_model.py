"""Simulate models other than shop folders: AutoSched-style folders, and the model used for the comparison with SimPy."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nightmill.plant.workspace.named_files import told_of
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.workers import ray_map


def autosched_answer(
    folder: Path, *, days: float, replications: int, seed: int, what_if: Path | None = None, ray: str | None = None
) -> Any:
    """Return the answer of ``nightmill twin --autosched``, or ``--factory`` if ``folder`` is a JSON file; with ``what_if``, the paired
    difference made by a change.

    Replications run on as many threads as there are cores, or over the Ray cluster at the address ``ray``; the answer is
    the same.
    """
    from nightmill.simulation import look_ahead_fab, what_if_fab

    files = {}
    if folder.is_file():
        from nightmill.formats import read_document

        files[folder.name if folder.suffix.lower() == ".json" else f"{folder.name}.json"] = read_document(folder)
    elif not folder.is_dir():
        raise BadInput(Finding(str(folder), "", "no such folder", "a folder of tables", "Give another folder."))
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file() and path.name.lower().endswith((".txt", ".txt.1l")):
            files[path.name] = path.read_text(encoding="utf-8", errors="replace")
    with _workers(ray) as spread:
        if what_if is not None:
            from nightmill.formats import read_document

            change = read_document(what_if)
            with told_of({"what-if": what_if}):
                return what_if_fab(files, change, days=days, replications=replications, seed=seed, spread=spread)
        return look_ahead_fab(files, days=days, replications=replications, seed=seed, spread=spread)


@contextmanager
def _workers(ray: str | None) -> Iterator[Any]:
    """Yield threads of this process, or Ray's workers."""
    if ray is not None:
        with ray_map(ray) as over_ray:
            yield over_ray
        return
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        yield threads.map
