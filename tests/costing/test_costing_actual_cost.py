import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightmill.costing import PartCostInputs, part_cost

PART = PartCostInputs(
    machine_min={"m1": 30.0, "robot": 6.0},
    rate_usd_h={"m1": 40.0, "robot": 10.0},
    attended_min=10.0,
    wage_usd_h=36.0,
    energy_kwh_day=2.0,
    energy_kwh_night=1.0,
    energy_usd_kwh=0.2,
    night_usd_kwh=0.1,
    edge_shares={"4": 0.25},
    edge_usd={"4": 20.0},
    material_usd=9.0,
    overhead_share=0.1,
    scrap_share=0.2,
)


def test_hand_worked() -> None:
    made = part_cost(PART)
    assert made == pytest.approx(
        {
            "machine": 21.0,
            "labour": 6.0,
            "energy": 0.5,
            "tools": 5.0,
            "material": 9.0,
            "overhead": 2.7,
            "scrap": 44.2 / 4,
        }
    )


@given(st.floats(0, 500), st.floats(0, 500), st.floats(0, 0.9))
def test_more_minutes_or_scrap_never_cost_less(minutes: float, more: float, scrap: float) -> None:
    one = msgspec.structs.replace(PART, attended_min=minutes, scrap_share=scrap)
    other = msgspec.structs.replace(one, attended_min=minutes + more)
    assert sum(part_cost(other).values()) >= sum(part_cost(one).values())


@pytest.mark.parametrize("wrong", [{"scrap_share": 1.0}, {"attended_min": -1.0}])
def test_impossible_inputs(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="PartCostInputs"):
        PartCostInputs(**{**msgspec.structs.asdict(PART), **wrong})
