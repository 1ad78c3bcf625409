"""Answer ``nightmill measures``: each key figure for the latest run, with its formula and the events it is computed from."""

from pathlib import Path
from typing import Any

from nightmill.kpi import DEFINITIONS
from nightmill.plant.views.shop_view import view_shop


def measures_answer(folder: Path, at_s: float | None = None) -> dict[str, Any]:
    """Return the key figures for the run up to ``at_s`` (s of shop time; ``None``: all of it), as the web page shows them.

    ``figures[{figure, value, formula, events}]``: ``value`` is ``None`` if the log has no data to compute it
    from; ``events`` are event names in the log; ``shifts`` and ``rates`` are the shop's own. Raises ``BadInput`` if there is no run.
    """
    view = view_shop(folder, at_s=at_s)
    found = view.measures
    return {
        "shop": view.shop,
        "policy": view.policy,
        "until_s": view.now_s,
        "figures": [
            {"figure": each.figure, "value": found[each.figure], "formula": each.formula, "events": list(each.events)}
            for each in DEFINITIONS
        ],
    }
