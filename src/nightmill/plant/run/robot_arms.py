"""Robot arms that carry the shop's pallets, as listed in ``robots.toml``; they wrap the cell that a run talks to."""

from pathlib import Path
from typing import Literal

from nightmill.drivers import OpenCell, arms
from nightmill.formats import read_document
from nightmill.plant.workspace.layout import state_folder
from nightmill.vocabulary.ordinary_files import is_there
from nightmill.vocabulary.shop import Shop

FILE = "robots.toml"
POOL = "pool"
HOLDERS: tuple[Literal["mill", "lathe", "gauge", "vision"], ...] = ("mill", "lathe", "gauge", "vision")
"""Kinds of units that hold pallets."""


def arms_of(folder: Path, shop: Shop) -> tuple[arms.ArmSettings, ...]:
    """Return the arms in the shop's ``robots.toml``; none if there is no such file. Raises ``BadInput`` for a wrong file."""
    path = folder / FILE
    if not is_there(path):
        return ()
    robots = {unit.id for unit in shop.units("robot")}
    places = {POOL, *(unit.id for kind in HOLDERS for unit in shop.units(kind))}
    return arms.read_arms(read_document(path), robots, places, str(path))


def armed(folder: Path, settings: tuple[arms.ArmSettings, ...], cell: OpenCell) -> OpenCell:
    """Return the cell with its arms; each keeps the number of its last job in the run's own folder."""
    if not settings:
        return cell
    jobs = state_folder(folder) / "robots"
    robots = {each.unit: arms.UrArm(each, jobs / f"{each.unit}.json") for each in settings}
    return arms.ArmedCell(cell, robots, {each.unit: each.longest_s for each in settings})
