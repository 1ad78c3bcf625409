"""Copies of few good pictures: what they are, and that they help."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nightmill.quality import VisionModel
from nightmill.quality.vision.augmentation import STEPS, stepped
from nightmill.quality.vision.filter_bank import Floats


def _ramp() -> Floats:
    return np.arange(64 * 64, dtype=np.float32).reshape(64, 64)


def test_a_copy_is_moved_by_half_a_place() -> None:
    assert np.array_equal(stepped(_ramp(), (0, 0)), _ramp())
    moved = stepped(_ramp(), (1, -1))
    assert np.array_equal(moved[:-1, 1:], _ramp()[1:, :-1])
    assert np.array_equal(moved[:-1, 0], _ramp()[1:, 0]), "what comes in at the border repeats it"
    assert len(set(STEPS)) == 4


def _part(seed: int, fault: float = 0.0) -> NDArray[np.uint8]:
    """A face with two bores that lies a pixel or two anyhow; a ``fault`` is a faint pit."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:160, 0:160] - rng.normal(0, 1.2, 2)[:, None, None]
    face = np.where(np.hypot(y - 50, x - 60) < 20, 40.0, 130.0)
    face = np.where(np.hypot(y - 110, x - 100) < 14, 50.0, face) + 12 * np.sin(x / 4)
    face -= fault * np.exp(-((y - 60) ** 2 + (x - 120) ** 2) / 12)
    return np.asarray(np.clip(face + rng.normal(0, 6, face.shape), 0, 255), dtype=np.uint8)


def test_copies_make_new_good_parts_look_more_ordinary_beside_bad_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    def apart() -> float:
        model = VisionModel.fit([_part(seed) for seed in range(12)], 0.1)
        good = np.log([model.score(_part(seed))[0].score for seed in range(100, 120)])
        bad = np.log([model.score(_part(seed, 45.0))[0].score for seed in range(200, 220)])
        return float((bad.mean() - good.mean()) / good.std())

    with_copies = apart()
    monkeypatch.setattr("nightmill.quality.vision.model.STEPS", ((0, 0),))
    assert with_copies > apart(), "a copy that is the picture itself teaches nothing"


def test_no_copies_are_made_where_their_features_would_take_too_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    images = [_part(seed) for seed in range(12)]
    copied = VisionModel.fit(images, 0.1)
    monkeypatch.setattr("nightmill.quality.vision.model._MOST_COPIED", 1 << 20)
    assert VisionModel.fit(images, 0.1).threshold != copied.threshold
    monkeypatch.setattr("nightmill.quality.vision.model._MOST_COPIED", 1 << 29)
    assert VisionModel.fit(images, 0.1).threshold == copied.threshold
