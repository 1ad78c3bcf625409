"""The stock screen: stock, receipts and needs of each item."""

from typing import Any

import msgspec

from nightmill.api.screens.machines import tool_name
from nightmill.api.screens.shop_at_moment import Seen
from nightmill.plant.views import ShopLook


def stock(seen: Seen, view: ShopLook) -> dict[str, Any]:
    """Return items over time, open purchases, and when each item runs out at the forecast rate."""
    purchases = list(seen.state.purchases.values())
    names = {str(kind.tool.number): tool_name(kind.tool) for kind in seen.shop.tools}
    return {
        "items": [_item(seen, each) for each in view.stock],
        "purchases": [
            {"id": p.id, "item": p.item, "quantity": p.quantity, "promised_s": p.promised_s} for p in purchases
        ],
        "crib": [
            {"tool": int(tool), "kind": names.get(tool, ""), "edges": count} for tool, count in seen.state.crib.items()
        ],
        "capacity": msgspec.to_builtins(seen.state.capacity),
    }


def _item(seen: Seen, item: Any) -> dict[str, Any]:
    left = item.series[-1][1] if item.series else 0.0
    used = sum(max(0.0, a[1] - b[1]) for a, b in zip(item.series, item.series[1:], strict=False))
    pace = used / max(seen.now_s, 1.0)
    by_forecast = item.forecast_q50 / (7 * 86400.0) if item.forecast_q50 else None
    rate = by_forecast if by_forecast is not None else pace
    return {
        **msgspec.to_builtins(item), "left": left, "rate_day": rate * 86400.0, "rate_from": "forecast" if by_forecast is not None else "past use",
        "runs_out_s": seen.now_s + left / rate if rate > 0 else None,
    }  # fmt: skip
