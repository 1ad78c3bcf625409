"""What a run of the benchmark of the twin's intervals scatters by."""

import statistics
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import twin_quality


def test_with_shops_of_one_size_it_is_the_standard_error_of_their_shares() -> None:
    inside = [10, 7, 9, 10, 4]
    usual = statistics.stdev(each / 10 for each in inside) / len(inside) ** 0.5
    assert twin_quality.error_of_share([(each, 10) for each in inside]) == pytest.approx(usual)
    assert twin_quality.error_of_share([(9, 10), (18, 20)]) == pytest.approx(0.0)


def test_one_shop_tells_nothing_of_others() -> None:
    assert twin_quality.error_of_share([(9, 10)]) is None
