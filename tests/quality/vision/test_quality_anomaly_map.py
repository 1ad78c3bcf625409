"""What a place alone tells of the features, by which parts in a fixture are known from parts that lie anyhow."""

import numpy as np

from nightmill.quality.vision.anomaly_map import heat_of, learn, told_by_place
from nightmill.quality.vision.filter_bank import Floats


def _maps(placed: float, count: int, seed: int) -> Floats:
    """(count, 12, 12, 6) with so much standard deviation between the places' means, and 1 within each."""
    fixed = np.random.default_rng(7).normal(0, placed, (12, 12, 6))
    return (fixed + np.random.default_rng(seed).normal(0, 1, (count, 12, 12, 6))).astype(np.float32)


def test_the_share_told_by_the_place_is_that_of_the_variances_with_few_images_too() -> None:
    for placed, share in ((0.0, 0.0), (1.0, 0.5), (2.0, 0.8)):
        for count in (8, 60):
            assert abs(told_by_place(_maps(placed, count, 1)) - share) < 0.05


def test_parts_in_a_fixture_are_read_in_all_directions_at_once_by_the_fourth_power() -> None:
    maps = _maps(1.0, 40, 1)
    both, one = learn(maps, "position"), learn(maps, "position", fixed=True)
    assert both.strong.size
    assert not one.strong.size
    assert heat_of(both, maps[0]).shape == (2, 12, 12)
    heat = heat_of(one, maps[0])
    assert heat.shape == (1, 12, 12)
    off = np.einsum("xyij,xyj->xyi", one.whitening, (maps[0] - one.center) @ one.basis - one.mean)
    assert np.allclose(heat[0] ** 4, np.mean(off**4, axis=-1), rtol=1e-3)


def test_images_that_count_little_do_not_say_which_directions_there_are() -> None:
    good = _maps(1.0, 40, 1)
    strange = _maps(1.0, 5, 2)
    strange[..., 2] *= 8
    trust = np.ones(45, dtype=np.float32)
    trust[40:] = 0.1
    alone, mixed = learn(good, "position"), learn(np.concatenate([good, strange]), "position", trust)
    assert np.array_equal(mixed.center, alone.center)
    assert np.array_equal(mixed.basis, alone.basis)
    assert not np.allclose(learn(np.concatenate([good, strange]), "position").basis, alone.basis, rtol=0.05)


def test_where_all_images_count_little_they_all_say_which_directions_there_are() -> None:
    good = _maps(1.0, 40, 1)
    doubted = learn(good, "position", np.full(40, 0.1, dtype=np.float32))
    assert np.array_equal(doubted.basis, learn(good, "position").basis)
