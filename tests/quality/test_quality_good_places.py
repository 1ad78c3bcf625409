"""What a place alone tells of the features, by which parts in a fixture are known from parts that lie anyhow."""

import numpy as np

from nightmill.quality.good_places import heat_of, learn, told_by_place
from nightmill.quality.image_features import Floats


def _maps(placed: float, count: int, seed: int) -> Floats:
    """(count, 12, 12, 6) with so much standard deviation between the places' means, and 1 within each."""
    fixed = np.random.default_rng(7).normal(0, placed, (12, 12, 6))
    return (fixed + np.random.default_rng(seed).normal(0, 1, (count, 12, 12, 6))).astype(np.float32)


def test_the_share_told_by_the_place_is_that_of_the_variances_with_few_images_too() -> None:
    for placed, share in ((0.0, 0.0), (1.0, 0.5), (2.0, 0.8)):
        for count in (8, 60):
            assert abs(told_by_place(_maps(placed, count, 1)) - share) < 0.05


def test_texture_is_a_reading_of_its_own() -> None:
    maps = _maps(1.0, 40, 2)
    plain, split = learn(maps, "position"), learn(maps, "position", textures=2)
    assert len(heat_of(plain, maps[0])) == 2
    odd = _maps(1.0, 1, 3)[0]
    odd[4, 5, 4:] += 8
    usual, told = heat_of(split, _maps(1.0, 1, 4)[0]), heat_of(split, odd)
    assert told.shape == (3, 12, 12)
    assert told[2, 4, 5] > 2 * usual[2].max()
    assert told[0].max() < 2 * usual[0].max(), "what is at the place is as ever"
    assert len(heat_of(learn(maps, "position", textures=2, fixed=False), odd)) == 2
