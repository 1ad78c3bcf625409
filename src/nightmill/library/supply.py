"""Demand and material: forecasts of demand, material requirements planning, safety stock."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import msgspec

from nightmill.library import frames, plots
from nightmill.library.frames import Frame
from nightmill.vocabulary.errors import BadInput, Finding


class DemandForecast(msgspec.Struct, frozen=True):
    """Quantiles of demand: ``periods`` one record an item and period, ``totals`` one an item over the whole horizon."""

    periods: tuple[dict[str, float | int | str], ...]
    totals: tuple[dict[str, float | str], ...]

    def to_arrow(self) -> Frame:
        """Return one row an item and period with its quantiles; periods go on counting from the history's last."""
        return frames.to_arrow(self.periods)

    def to_frame(self) -> Frame:
        """Return ``to_arrow`` as a data frame."""
        return frames.to_frame(self.periods)

    def plot(self, item: str, ax: plots.Axes | None = None) -> plots.Axes:
        """Draw the median of ``item`` by period with the band up to its 95 % quantile. Returns the axes."""
        rows = [row for row in self.periods if row["item"] == item]
        middle = [float(row["q50"]) for row in rows]
        return plots.fan(middle, middle, [float(row["q95"]) for row in rows], ax, label=f"{item}, median to 95 %")


def forecast(history: Frame, horizon: int, *, season: int = 0, expected: bool = False) -> DemandForecast:
    """Forecast the demand of every item over the next ``horizon`` periods, for demand that is rare as well as frequent.

    ``history``: columns ``item``, ``period`` (a whole number, any unit of time) and ``qty``; ``season``: its length in periods, 1 for none, 0 to
    find out. Raises ``BadInput`` with every row that is wrong.
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
    """Planned orders, with their weeks of release and due, and the exceptions of the plan in sentences."""

    orders: tuple[dict[str, object], ...]
    exceptions: tuple[dict[str, object], ...]

    def to_arrow(self) -> Frame:
        """Return one row a planned order."""
        return frames.to_arrow(self.orders)

    def to_frame(self) -> Frame:
        """Return ``to_arrow`` as a data frame."""
        return frames.to_frame(self.orders)


def plan_material(
    tables: Mapping[str, Frame] | str | Path, *, weeks: int = 52, first_day: dt.date | None = None
) -> MaterialPlan:
    """Plan material requirements: net, lot-size, offset and peg every item of a bill of material over ``weeks``.

    ``tables``: ``items`` and, as far as there are any, ``bom``, ``stock``, ``demand``, ``orders``, ``receipts``, ``suppliers``, each a data frame with
    the columns of ``docs/materials.md``; or a folder that holds them as CSV. Raises ``BadInput`` with all findings.
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
