import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.inventory.reorder_point import KnownNeed, StockPosition, demand_rate, reorder
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S


def blanks(**changes: object) -> StockPosition:
    position = StockPosition("blank", "Steel Ltd", on_hand=20, lead_time_s=2 * DAY_S)
    return msgspec.structs.replace(position, **changes)


def test_enough_stock_means_no_order() -> None:
    assert reorder([blanks(needs=(KnownNeed(DAY_S, 10),))], 0.0) == ()


def test_a_known_need_beyond_stock_is_ordered_in_time_and_not_before() -> None:
    position = blanks(needs=(KnownNeed(3 * DAY_S, 15), KnownNeed(4 * DAY_S, 15)), lot=4)
    assert reorder([position], 0.0, review_s=DAY_S) == ()
    (order,) = reorder([position], DAY_S, review_s=DAY_S)
    assert (order.quantity, order.supplier, order.needed_by_s) == (12, "Steel Ltd", 4 * DAY_S)
    assert "20 on hand" in order.reason


def test_an_open_order_that_comes_in_time_is_counted_and_one_too_late_is_not() -> None:
    position = blanks(on_hand=0, needs=(KnownNeed(3 * DAY_S, 10),))
    assert reorder([msgspec.structs.replace(position, open_orders=(KnownNeed(2 * DAY_S, 10),))], 0.0) == ()
    (late,) = reorder(
        [msgspec.structs.replace(position, open_orders=(KnownNeed(4.9 * DAY_S, 10),), daily_demand=1.0)], 0.0
    )
    assert late.needed_by_s < 3 * DAY_S


def test_what_cannot_come_in_time_says_so() -> None:
    (order,) = reorder([blanks(on_hand=1, needs=(KnownNeed(DAY_S, 5),))], 0.0)
    assert "expedite" in order.reason


def test_history_sets_rate_and_safety() -> None:
    calm = reorder([blanks(on_hand=35, daily_history=(10.0,) * 20)], 0.0)
    wild = reorder([blanks(on_hand=35, daily_history=(0.0, 20.0) * 10)], 0.0)
    assert sum(o.quantity for o in wild) > sum(o.quantity for o in calm)
    assert demand_rate(()) == (0.0, 0.0)


def test_the_conventional_policy_looks_at_the_point_alone() -> None:
    position = blanks(on_hand=4, reorder_point=10, reorder_lot=5, needs=(KnownNeed(DAY_S, 100),))
    (order,) = reorder([position], 0.0, policy="conventional")
    assert order.quantity == 10
    assert reorder([msgspec.structs.replace(position, on_hand=11)], 0.0, policy="conventional") == ()


def test_wrong_values_are_refused() -> None:
    with pytest.raises(BadInput, match="on_hand"):
        blanks(on_hand=-1)
    with pytest.raises(BadInput, match="service"):
        reorder([], 0.0, service=1.0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 9), st.integers(1, 30)), max_size=6),
    st.lists(st.tuples(st.floats(0, 9), st.integers(1, 30)), max_size=4),
    st.integers(0, 60),
    st.integers(1, 7),
)
def test_after_ordering_nothing_more_is_proposed(
    needs: list[tuple[float, int]], coming: list[tuple[float, int]], on_hand: int, lot: int
) -> None:
    position = blanks(
        on_hand=on_hand, lot=lot,
        needs=tuple(KnownNeed(d * DAY_S, q) for d, q in needs),
        open_orders=tuple(KnownNeed(d * DAY_S, q) for d, q in coming),
    )  # fmt: skip
    for order in reorder([position], 0.0):
        assert order.quantity % lot == 0
        there = msgspec.structs.replace(position, on_hand=on_hand + order.quantity)
        assert reorder([there], 0.0) == ()
    assert np.isfinite(position.on_hand)
