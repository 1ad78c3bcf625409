"""The benchmark of what the twin learns: its shops differ, live, and give the same life again."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from nightmill.vocabulary import events as e

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from twin_learning import foretold, happened
from virtual_shops import DAY_S, lived, virtual_shop


@pytest.mark.slow
def test_a_virtual_shop_lives_and_is_foretold() -> None:
    virtual = virtual_shop(4, 6.0)
    log = lived(virtual, 4.0, "conventional")
    assert log == lived(virtual, 4.0, "conventional")
    good = Counter(event.fact.disposition for event in log if isinstance(event.fact, e.PartDisposed))["good"]
    came = happened(log, 2 * DAY_S, 4 * DAY_S)
    assert 0.0 < came.throughput * 2.0 <= good
    said, chances = foretold(virtual, log, 4, learn_days=2.0, foretell_days=2.0)
    assert said.throughput == pytest.approx(came.throughput, rel=0.4)
    assert said.mean > 0.0
    assert chances.mean > 0.0


def test_no_two_shops_are_alike_and_each_is_always_the_same() -> None:
    shops = [virtual_shop(number, 10.0) for number in (1, 2, 1)]
    assert shops[0].shop == shops[2].shop
    assert shops[0].truth == shops[2].truth
    assert shops[0].shop.orders != shops[1].shop.orders
    assert all(order.release_s <= 10.0 * DAY_S for order in shops[0].shop.orders)
