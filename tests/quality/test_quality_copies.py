"""Copies of few good pictures: what they are, which mirrors good pictures allow, and that they help."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nightmill.quality import VisionModel
from nightmill.quality.copies import MIRRORS, Copy, copies_of, ordinary_mirrors
from nightmill.quality.image_features import Floats


def _ramp() -> Floats:
    return np.arange(64 * 64, dtype=np.float32).reshape(64, 64)


def test_a_copy_is_moved_by_half_a_place_and_turned_over() -> None:
    assert np.array_equal(Copy((False, False), (0, 0)).of(_ramp()), _ramp())
    assert np.array_equal(Copy((True, False), (0, 0)).of(_ramp()), _ramp()[::-1])
    assert np.array_equal(Copy((False, True), (0, 0)).of(_ramp()), _ramp()[:, ::-1])
    moved = Copy((False, False), (1, -1)).of(_ramp())
    assert np.array_equal(moved[:-1, 1:], _ramp()[1:, :-1])
    assert np.array_equal(moved[:-1, 0], _ramp()[1:, 0]), "what comes in at the border repeats it"


@pytest.mark.parametrize("mirrors", [(), MIRRORS[:1], MIRRORS])
def test_there_are_four_copies_each_to_another_corner(mirrors: tuple[tuple[bool, bool], ...]) -> None:
    copies = copies_of(mirrors)
    assert len({copy.steps for copy in copies}) == 4
    assert [copy.mirrored for copy in copies if any(copy.mirrored)] == list(mirrors)


def test_only_mirrors_that_look_as_good_pictures_do_are_taken() -> None:
    hot = {(True, False): 1.6, (False, True): 1.02, (True, True): 1.7}

    def heat(copy: Copy | None) -> Floats:
        return np.full(5, 1.0 if copy is None else hot[copy.mirrored], dtype=np.float32)

    assert ordinary_mirrors(heat) == ((False, True),)


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
    monkeypatch.setattr("nightmill.quality.vision.copies_of", lambda _: (Copy((False, False), (0, 0)),))
    assert with_copies > apart(), "a copy that is the picture itself teaches nothing"
