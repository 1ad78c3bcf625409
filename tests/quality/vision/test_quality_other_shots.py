"""Other shots of a part are told from pictures of other parts, in whatever light (benchmarks/other_shots.py)."""

import sys
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from other_shots import other_shots

from nightmill.quality.vision.filter_bank import FILTERS, Image


def _surface(part: int) -> Image:
    grain = gaussian_filter(np.random.default_rng(part).normal(0, 1, (64, 64)), 2.0)
    return np.asarray(110 + 10 * grain / grain.std(), dtype=np.uint8)


def _shot(part: int, light: float) -> Image:
    noise = np.random.default_rng([part, 1]).normal(0, 1, (64, 64))
    return np.asarray(_surface(part) * light + noise, dtype=np.uint8)


def test_another_shot_of_a_part_is_told_and_another_part_is_not() -> None:
    same = other_shots([_surface(part) for part in range(20)], FILTERS)
    told = same([_shot(3, 0.8), _shot(30, 1.0), _shot(19, 1.2)], [_surface(part) for part in range(20)])
    assert told.tolist() == [True, False, True]


def test_nothing_is_another_shot_of_nothing() -> None:
    same = other_shots([_surface(part) for part in range(3)], FILTERS)
    assert same([_surface(0)], []).tolist() == [False]
    assert same([], [_surface(0)]).tolist() == []
