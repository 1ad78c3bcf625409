"""Demand and material: forecasts of demand, material requirements planning, safety stock."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import msgspec

from nightmill.library import frames, plots
from nightmill.library.frames import Frame
from nightmill.vocabulary.errors import BadInput, Finding


class DemandForecast(msgspec.Struct, frozen=True):
    """Quantiles of demand. ``periods``: one record per item and period; ``totals``: one record per item for the whole horizon."""

    periods: tuple[dict[str, float | int | str], ...]
    totals: tuple[dict[str, float | str], ...]

    def to_arrow(self) -> Frame:
        """Return one row per item and period with its quantiles; period numbers continue from the last one in the history."""
        return frames.to_arrow(self.periods)

    def to_frame(self) -> Frame:
        """Return the result of ``to_arrow`` as a data frame."""
        return frames.to_frame(self.periods)

    def plot(self, item: str, ax: plots.Axes | None = None) -> plots.Axes:
        """Draw the median of ``item`` by period with the band up to its 95 % quantile, and return the axes."""
        rows = [row for row in self.periods if row["item"] == item]
        middle = [float(row["q50"]) for row in rows]
        return plots.fan(middle, middle, [float(row["q95"]) for row in rows], ax, label=f"{item}, median to 95 %")


def forecast(history: Frame, horizon: int, *, season: int = 0, expected: bool = False) -> DemandForecast:
    """Forecast the demand for every item over the next ``horizon`` periods, whether the demand is rare or frequent.

    ``history``: columns ``item``, ``period`` (a whole number, any unit of time) and ``qty``; ``season``: length of a
    season in periods, 1 for no season, 0 to detect it. Raises ``BadInput`` with every invalid row.
    """
    from nightmill.forecasting import forecast as quantiles
    from nightmill.forecasting import read_history

    found = quantiles(read_history(frames.csv_text(history), "history"), horizon, season=season, expected=expected)
    periods: list[dict[str, float | int | str]] = []
    for item in found.items:
        periods += [{"item": item.item, **msgspec.structs.asdict(period)} for period in item.periods]
    totals = tuple({"item": item.item, **msgspec.structs.asdict(item.total)} for item in found.items)
    return DemandForecast(tuple(periods), totals)


class MaterialPlan(msgspec.Struct, frozen=True):
    """Planned orders with their release and due weeks, and the exceptions in the plan as sentences."""

    orders: tuple[dict[str, object], ...]
    exceptions: tuple[dict[str, object], ...]

    def to_arrow(self) -> Frame:
        """Return one row per planned order."""
        return frames.to_arrow(self.orders)

    def to_frame(self) -> Frame:
        """Return the result of ``to_arrow`` as a data frame."""
        return frames.to_frame(self.orders)


def plan_material(
    tables: Mapping[str, Frame] | str | Path, *, weeks: int = 52, first_day: dt.date | None = None
) -> MaterialPlan:
    """Plan material requirements: net, lot-size, offset and peg every item of a bill of material over ``weeks``.

    ``tables``: ``items`` and, if you have them, ``bom``, ``stock``, ``demand``, ``orders``, ``receipts``,
    ``suppliers``, each a data frame with the columns of ``docs/materials.md``; or a folder that holds them as CSV.
    Raises ``BadInput`` with all findings.
    """
    from nightmill.formats import read_tables as read_folder
    from nightmill.mrp import MaterialTables, compute_plan, plan_answer, read_tables

    if isinstance(tables, str | Path):
        texts = read_folder(Path(tables), required=["items.csv"])
    else:
        unknown = sorted(set(tables) - set(MaterialTables.__struct_fields__))
        if unknown:
            known = ", ".join(MaterialTables.__struct_fields__)
            raise BadInput(
                *(
                    Finding("tables", name, "no table of a plan", f"one of {known}", "Rename it or leave it out.")
                    for name in unknown
                )
            )
        texts = {f"{name}.csv": frames.csv_text(table) for name, table in tables.items()}
    found = plan_answer(compute_plan(read_tables(texts, first_day), weeks), 0.0)
    plain = msgspec.to_builtins(found)
    return MaterialPlan(tuple(plain["planned_orders"]), tuple(plain["exceptions"]))
