"""Answer ``nightmill forecast``: the demand of each item from its history."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Literal

import msgspec

from nightmill.formats import read_document, write_tables
from nightmill.vocabulary.errors import BadInput


class ForecastOptions(msgspec.Struct, frozen=True):
    """Options for forecasting demand.

    ``season`` is in periods: 1 for none, 0 to detect it. ``beside`` lists the paths of promotions.csv, booked.csv and parts.csv. With
    ``statsforecast``, models from that package are used for items with smooth demand if they forecast better. With ``scored``, past
    forecasts are compared with actual demand. ``serve`` is the fraction of demand to be met; the order-up-to level that achieves it is
    added for each item.
    """

    season: int = 0
    beside: Mapping[str, Path | None] = {}
    statsforecast: bool = False
    scored: bool = False
    serve: float = 0.0


def forecast_file(
    history: Path, horizon: int, options: ForecastOptions = ForecastOptions(), *, demand: Path | None = None, ray: str = ""
) -> Any:  # fmt: skip
    """Return the answer of ``nightmill forecast``.

    ``ray`` is the address of a Ray cluster whose workers are used, or ``local``; the result is the same without it. ``demand`` is the
    file to which the mean demand in each period is written, in the form of a demand.csv that starts at week 0. Raises ``BadInput``,
    ``EnvironmentFailed``.
    """
    from nightmill.forecasting import forecast, read_history

    rivals: Literal["statsforecast"] | None = "statsforecast" if options.statsforecast else None

    rows = read_history(read_document(history), str(history))
    texts = {name: read_document(path) for name, path in options.beside.items() if path is not None}
    asked: dict[str, Any] = {
        "season": options.season,
        "beside": texts,
        "rivals": rivals,
        "scored": options.scored,
        "serve": options.serve,
    }
    try:
        with _over(ray) as spread:
            answer = forecast(rows, horizon, spread, expected=demand is not None, **asked)
    except BadInput as error:
        files = {name: str(path) for name, path in options.beside.items() if path is not None}
        raise BadInput(
            *(msgspec.structs.replace(each, file=files.get(each.file, each.file)) for each in error.findings)
        ) from error
    if demand is not None:
        planned = ([item.item, week, qty] for item in answer.items for week, qty in enumerate(item.expected) if qty)
        write_tables(demand, {demand.stem: (("item", "week", "qty"), planned)})
    return answer


def _over(ray: str) -> AbstractContextManager[Any]:
    """Return a map over the workers of a Ray cluster, or None."""
    from nightmill.workers import ray_map

    return ray_map(ray) if ray else nullcontext()
