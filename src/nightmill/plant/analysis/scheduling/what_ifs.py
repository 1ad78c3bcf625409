"""Answer ``nightmill what-if``: rank many changes to a shop."""

import itertools
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Protocol

import msgspec

from nightmill.plant.analysis.scheduling.problem_file import read_as, work_left
from nightmill.plant.analysis.scheduling.problem_schedule import planned
from nightmill.plant.workspace.named_files import told_of
from nightmill.scheduling import ahead, records
from nightmill.simulation import read_change
from nightmill.workers import ray_map

WHAT_IFS = 1000


class Change(Protocol):
    """A change to a shop."""

    def apply(self, problem: records.ShopProblem, /) -> records.ShopProblem:
        """Return the problem with this change applied."""


def what_ifs(
    file: Path, *, changes: Path | None, seconds: float, seed: int, most: int = WHAT_IFS, ray: str = ""
) -> dict[str, Any]:
    """Rank many changes to a shop by how much weighted tardiness each of them saves.

    Without a file of ``changes`` (a JSON list of changes, or of lists of changes made together), adding one machine, shift, pallet or
    robot of each kind is tried, alone and in pairs, for up to ``most`` changes. Changes are tried on all cores, or over the Ray cluster at
    ``ray``; the best changes get a local search that starts from the current plan.
    """
    with told_of({"shop problem": file, "what-if": changes}):
        return _try_changes(work_left(file), changes, seconds, seed, most, ray)


def _try_changes(
    problem: records.ShopProblem, changes: Path | None, seconds: float, seed: int, most: int, ray: str
) -> dict[str, Any]:
    named = list(_read_changes(changes) if changes else itertools.islice(_default_changes(problem), most))
    shops = {name: _changed(problem, parts) for name, parts in named}
    schedule = planned(problem, seconds, seed)
    began = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads, ray_map(ray) if ray else nullcontext() as spread:
        found = ahead.compare_scenarios(problem, shops.items(), schedule=schedule, executor=threads, spread=spread)
        late_s, ranking = ahead.search_leaders(problem, shops, found, schedule, executor=threads, seed=seed)
    return {
        "what_ifs": len(ranking),
        "seconds": time.perf_counter() - began,
        "weighted_tardiness_s": late_s,
        "ranking": msgspec.to_builtins(ranking),
    }


def _changed(problem: records.ShopProblem, parts: tuple[Change, ...]) -> records.ShopProblem:
    for part in parts:
        problem = part.apply(problem)
    return problem


def _read_changes(file: Path) -> Iterator[tuple[str, tuple[Change, ...]]]:
    for listed in read_as(file, list[msgspec.Raw]):
        text = bytes(listed)
        together = msgspec.json.decode(text, type=list[msgspec.Raw]) if text.lstrip()[:1] == b"[" else [listed]
        yield text.decode(), tuple(read_change(bytes(one)) for one in together)


def _default_changes(problem: records.ShopProblem) -> Iterator[tuple[str, tuple[Change, ...]]]:
    """Yield additions that a shop could buy: first single changes, then pairs of different kinds."""
    kinds: list[list[dict[str, Any]]] = [
        [{"add_machine": f"{m.id} (second)", "like": m.id} for m in problem.machines],
        [
            {"second_shift": {"begins_h": float(begin), "ends_h": float(begin + 8), "persons": persons}}
            for begin in range(0, 24, 2)
            for persons in (1, 2)
        ],
        [{"pallets": problem.pallets + more} for more in (1, 2, 4, 8, 16, 32)],
        [{"robot_move_s": problem.move_s * share} for share in (0.75, 0.5, 0.25)],
    ]
    texts = [[msgspec.json.encode(change).decode() for change in kind] for kind in kinds]
    for text in itertools.chain(*texts):
        yield text, (read_change(text),)
    for one, two in itertools.combinations(texts, 2):
        for first, second in itertools.product(one, two):
            yield f"[{first},{second}]", (read_change(first), read_change(second))
