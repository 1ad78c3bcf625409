"""Cost of a part's stock: the blank's price in items.csv or suppliers.csv, else its weight times the price of its material."""

import msgspec

from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.vocabulary.shop import Shop

ASSUMED_USD_KG = 6.0
"""Stock price if the shop gives none for the material: an assumption, and reported as such."""


class StockPrice(msgspec.Struct, frozen=True):
    """The price of the stock for one piece; ``basis``: the source of the price, as text."""

    usd: float
    basis: str


def stock_usd_kg(shop: Shop | None, material: str) -> float:
    """Return the price of stock per kg: the shop's price for the material, or an assumption."""
    return shop.economy.material_usd_kg.get(material, ASSUMED_USD_KG) if shop is not None else ASSUMED_USD_KG


def stock_kg(record: RouteRecord) -> float:
    """Return the weight of the raw piece, kg."""
    return record.stock_volume_mm3 * 1e-9 * record.density_kg_m3


def blank_price(shop: Shop, part: str, record: RouteRecord | None) -> StockPrice | None:
    """Return the price of a part's blank; None if its item has no price and the part was never planned, so that nothing is known about
    it.
    """
    blank = next((each.blank_item for each in shop.parts if each.name == part), "")
    price = next((each.price_usd for each in shop.items if each.item == blank), None)
    if price is not None:
        return StockPrice(price, f"{blank} at {price:g}")
    return by_weight(shop, record) if record is not None else None


def by_weight(shop: Shop, record: RouteRecord) -> StockPrice:
    """Return the price of a part's raw piece by the kilogram."""
    kilograms, usd_kg = stock_kg(record), stock_usd_kg(shop, record.material)
    assumed = (
        ""
        if record.material in shop.economy.material_usd_kg
        else ", assumed: [economy] material_usd_kg has no price for it"
    )
    return StockPrice(
        kilograms * usd_kg, f"{kilograms:.3g} kg of {record.material} at {usd_kg:g} per kilogram{assumed}"
    )
