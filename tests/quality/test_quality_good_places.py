"""What a place alone tells of the features, by which parts in a fixture are known from parts that lie anyhow."""

import numpy as np

from nightmill.quality.good_places import told_by_place
from nightmill.quality.image_features import Floats


def _maps(placed: float, count: int, seed: int) -> Floats:
    """(count, 12, 12, 6) with so much standard deviation between the places' means, and 1 within each."""
    fixed = np.random.default_rng(7).normal(0, placed, (12, 12, 6))
    return (fixed + np.random.default_rng(seed).normal(0, 1, (count, 12, 12, 6))).astype(np.float32)


def test_the_share_told_by_the_place_is_that_of_the_variances_with_few_images_too() -> None:
    for placed, share in ((0.0, 0.0), (1.0, 0.5), (2.0, 0.8)):
        for count in (8, 60):
            assert abs(told_by_place(_maps(placed, count, 1)) - share) < 0.05
