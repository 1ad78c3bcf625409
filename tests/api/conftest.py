"""A shop folder with a short log, and a view of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from api_sample import write_log  # type: ignore[import-not-found]

from nightmill.api.screens.shop_at_moment import Look
from nightmill.plant.requests import Access
from nightmill.plant.views.records import ShopView


class _Pictured(ShopView, frozen=True):
    def whole(self) -> ShopView:
        return self


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write_log(tmp_path, 1, 7)
    return tmp_path


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No loop runs here: approvals don't wait for one."""
    monkeypatch.setattr("nightmill.plant.proposals.proposal_service.LOOP_WAIT_S", 0.0)


@pytest.fixture
def signed(shop: Path) -> Callable[..., dict[str, str]]:
    """The headers of a caller in a role."""

    def headers(role: str = "viewer", name: str = "Ann") -> dict[str, str]:
        return {"Authorization": f"Bearer {Access(shop).issue(name, role).token}"}

    return headers


@pytest.fixture
def look() -> Look:
    """Reads no folder: a view that says at which time it was asked for."""

    def view(at_s: float | None, question: Callable[[Any], Any]) -> Any:
        unit = {"id": 'mill "1"\n', "kind": "mill", "status": "running", "alarm": "", "spans": [], "planned": [],
                "health": [[0.0, 1.0, 0.0], [9.0, 0.8, 0.125]], "signals": []}  # fmt: skip
        order = {"id": "SO-1", "item": "bracket", "quantity": 2, "due_s": 9.0, "promise_s": None, "completed_s": None, "good": 0,
                 "scrapped": 0, "state": "late", "reason": "mill-1 was down"}  # fmt: skip
        certificate = {"certified": True, "gouge_mm": 0.0, "excess_mm": 0.0, "certified_area_share": 1.0, "uncut": [],
                       "rapid_hits": 0, "collisions": 0}  # fmt: skip
        part = {"name": "bracket", "material": "C45", "certified": True, "certificate": certificate, "setups": [], "cycle_s": 1.0,
                "features": 1, "faces": 1, "characteristics": 0, "price_usd": 1.0, "cost_usd": {}, "made": 0,
                "preview": {"vertices": [[0, 0, 0]], "triangles": [], "face_of": []}}  # fmt: skip
        document: dict[str, Any] = {
            "shop": "sample", "currency": "USD", "country": "DE", "time_zone": "Europe/Berlin",
            "start": "2026-03-02T07:00:00+01:00", "policy": "closed-loop", "seed": 1, "now_s": 9.0 if at_s is None else at_s,
            "ended": False, "events": 7, "measures": {"good": 3, "oee": None, "energy_kwh": 1.5}, "presence": [], "units": [unit],
            "orders": [order], "parts": [part], "charts": [], "stock": [], "decisions": [], "images": [], "story": None, "sites": None,
        }  # fmt: skip
        return question(msgspec.convert(document, _Pictured))

    return view
