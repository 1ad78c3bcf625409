"""One figure a picture from its map of heat: what is always warm doesn't count, small and wide faults both do."""

import numpy as np
import pytest

from nightmill.quality.vision.filter_bank import Floats
from nightmill.quality.vision.image_score import figure, held_out_levels, trusted, usual_heat, without_bad, worst_places


def _maps(count: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    maps = rng.gamma(9.0, 0.1, (count, 1, 24, 24))
    maps[..., 12:] += 2.0
    return maps.astype(np.float32)


@pytest.fixture(scope="module")
def good() -> Floats:
    return _maps(60, 1)


def _figure(heat: Floats, good: Floats) -> float:
    return figure(worst_places(heat - usual_heat(good)), held_out_levels(good)[1])


def test_means_of_the_worst_places_by_hand() -> None:
    heat = np.arange(1000, dtype=np.float32).reshape(1, 25, 40)
    assert worst_places(heat).tolist() == [999.0, 998.0, 994.5, 974.5, 924.5]


@pytest.mark.parametrize(("side", "warmer"), [(2, 1.7), (9, 0.8)])
def test_a_fault_in_a_calm_place_stands_out_beside_one_that_is_always_warm(
    side: int, warmer: float, good: Floats
) -> None:
    heat = _maps(1, 2)[0]
    # no hotter than the right half always is
    heat[0, 2 : 2 + side, 1 : 1 + side] += warmer
    limit = max(_figure(own, good) for own in _maps(40, 3))
    assert heat.max() < good.max()
    assert _figure(heat, good) > limit


def test_held_out_figures_are_those_of_new_pictures(good: Floats) -> None:
    new = [_figure(own, good) for own in _maps(200, 4)]
    held_out = held_out_levels(good)[0]
    assert np.median(held_out) == pytest.approx(np.median(new), rel=0.15)
    assert np.quantile(held_out, 0.9) == pytest.approx(np.quantile(new, 0.9), rel=0.25)


def _warm_as_a_whole(count: int, seed: int) -> Floats:
    """Maps of a lot whose pictures are rougher or smoother all over."""
    return _maps(count, seed) + np.random.default_rng(seed + 50).normal(0.0, 0.5, (count, 1, 1, 1)).astype(np.float32)


def test_where_pictures_are_warm_as_a_whole_a_small_fault_in_a_cool_one_stands_out() -> None:
    lot = _warm_as_a_whole(80, 7)
    limit = np.quantile([_figure(own, lot) for own in _warm_as_a_whole(100, 8)], 0.98)
    faulty = _warm_as_a_whole(40, 9)
    for heat in faulty:
        heat[0, 5:7, 3:5] += 2.0
    found = np.mean([_figure(own, lot) > limit for own in faulty])
    plain = held_out_levels(lot, distance=False)[1]
    away = [worst_places(own - usual_heat(lot)) for own in (*_warm_as_a_whole(100, 8), *faulty)]
    without = [figure(each, plain) for each in away]
    assert found > 0.6
    assert np.mean(np.array(without[100:]) > np.quantile(without[:100], 0.98)) < 0.4


@pytest.mark.parametrize("count", [20, 80])
def test_the_distance_of_held_out_pictures_is_that_of_new_ones(count: int) -> None:
    held_out, new = [], []
    for seed in range(10, 18):
        lot = _warm_as_a_whole(count, seed)
        held_out += [*held_out_levels(lot)[0]]
        new += [_figure(own, lot) for own in _warm_as_a_whole(40, seed + 100)]
    assert held_out_levels(lot)[1].shape == (7, 5), "the distance is read"
    for share, within in ((0.5, 0.15), (0.9, 0.15), (0.97, 0.25)):
        assert np.quantile(held_out, share) == pytest.approx(np.quantile(new, share), rel=within)


def test_bad_images_among_the_good_count_little_and_odd_good_ones_in_full(good: Floats) -> None:
    assert trusted(good) is None, "all are good: all count"
    mixed = _maps(60, 5)
    for number in range(6):
        mixed[number, 0, 3 * number : 3 * number + 4, 2:8] += 2.5
    # of a rare kind of good parts: hotter in places than any other, but not by far
    mixed[6, 0, 3:7, 12:18] += 0.8
    trust = trusted(mixed)
    assert trust is not None
    assert trust.shape == (60,)
    assert trust[:6].max() < 0.1
    assert trust[6:].min() > 0.9
    lone = _maps(60, 6)
    lone[0, 0, 3:7, 2:8] += 2.5
    assert trusted(lone) is None, "one odd image in sixty is no sign of bad ones"


def test_images_that_look_bad_do_not_widen_what_is_usual() -> None:
    mixed = _maps(60, 5)
    for number in range(9):
        mixed[number, 0, 2 * number : 2 * number + 4, 2:8] += 2.5
    kept, bad = without_bad(mixed)
    assert bad[:9].all()
    assert not bad[9:].any()
    assert not kept[:9].any()
    assert kept.sum() >= 48, "few good ones go with them"
    clean, left, widened = (held_out_levels(maps)[1][1] for maps in (mixed[9:], mixed[kept], mixed))
    assert np.all(left <= 1.05 * clean)
    assert np.any(widened > 1.5 * clean)


def test_so_few_that_they_may_be_good_count_for_the_limit() -> None:
    mixed = _maps(60, 5)
    for number in range(6):
        mixed[number, 0, 3 * number : 3 * number + 4, 2:8] += 2.5
    kept, bad = without_bad(mixed)
    assert not kept[:6].any()
    assert not bad.any()
