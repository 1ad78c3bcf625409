"""Run a shop from its folder; read its log and its performance figures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from nightmill.library import frames
from nightmill.library.frames import Frame

Progress = Callable[[str, str, float], None]


def example_shop(folder: str | Path) -> Path:
    """Write the example shop that ships with Nightmill into ``folder`` and return its path."""
    from nightmill.formats import copy_example

    return copy_example(Path(folder))


def run(
    shop: str | Path,
    *,
    days: float = 3.0,
    seed: int = 1,
    resume: bool = False,
    fresh: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run a shop's virtual floor for ``days`` and return the outcome as ``nightmill run --json`` does. These results are simulated.

    A finished run is archived first. Raises ``BadInput`` if the shop folder is invalid, or if a run is unfinished: set
    ``resume`` to continue it, or ``fresh`` to abandon it.
    """
    from nightmill.plant.run import RunRequest, run_shop

    return run_shop(Path(shop), RunRequest(days, seed, resume=resume, fresh=fresh), progress=progress)


def log(shop: str | Path) -> Frame:
    """Return the event log of a shop's latest run as an Arrow table: seq, at_s, actor, event, subject fields as JSON, why."""
    from nightmill.plant.workspace import read_events

    rows = []
    for event in read_events(Path(shop)):
        fact = msgspec.to_builtins(event.fact)
        rows.append(
            {
                "seq": event.seq,
                "at_s": event.at_s,
                "actor": event.actor,
                "event": type(event.fact).__name__,
                "fact": msgspec.json.encode(fact).decode("utf-8"),
                "why": event.why,
            }
        )
    return frames.to_arrow(rows)


def figures(shop: str | Path) -> Frame:
    """Return the performance figures of a shop's latest run (ISO 22400-2 and others) as an Arrow table: figure, value, formula."""
    from nightmill.plant.analysis import measures_answer

    found = measures_answer(Path(shop))["figures"]
    return frames.to_arrow(
        [{"figure": row["figure"], "value": _number(row["value"]), "formula": row["formula"]} for row in found]
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
