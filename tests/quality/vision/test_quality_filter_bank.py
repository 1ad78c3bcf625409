"""Pictures as they are read: grey values, another size, and how far one lies from another."""

import numpy as np
import pytest
from scipy.fft import irfft2, rfft2

from nightmill.quality.vision.filter_bank import SIZE, Floats, grey, reference_spectrum, shift_to, squared

_REACH = 20


@pytest.mark.parametrize("channels", [3, 4])
def test_grey_is_the_mean_of_the_colours_and_of_nothing_else(channels: int) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (9, 13, channels)).astype(np.uint8)
    for seen in (picture, picture[::-1, :, :]):
        assert np.array_equal(grey(seen), (seen[..., :3].sum(axis=2) / np.float32(3)).astype(np.float32))


def test_a_picture_that_grows_is_linear_between_its_pixels_and_repeats_its_border() -> None:
    picture = np.random.default_rng(2).normal(0, 50, (40, 30)).astype(np.float32)
    size = 64

    def line(values: Floats) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        n = len(values)
        return np.interp((np.arange(size) + 0.5) * n / size - 0.5, np.arange(n), values)

    expected = np.apply_along_axis(line, 1, np.apply_along_axis(line, 0, picture))
    assert np.allclose(squared(picture, size), expected, atol=1e-3)


@pytest.mark.parametrize("sides", [(24, 23), (31, 46), (57, 24)])
def test_a_picture_that_shrinks_is_the_mean_over_each_wider_pixel(sides: tuple[int, int]) -> None:
    rows, columns = sides
    size = 23
    picture = np.random.default_rng(4).normal(0, 50, sides).astype(np.float32)
    fine = picture.repeat(size, axis=0).repeat(size, axis=1)
    expected = fine.reshape(size, rows, size, columns).mean(axis=(1, 3))
    assert np.allclose(squared(picture, size), expected, atol=1e-3)


def test_a_shift_is_where_the_whole_correlation_is_highest_within_reach() -> None:
    rng = np.random.default_rng(3)
    pattern = rng.normal(0, 1, (SIZE, SIZE)).astype(np.float32)
    reference = reference_spectrum(pattern[None])
    window = np.hanning(SIZE)[:, None] * np.hanning(SIZE)[None, :]
    reached = np.r_[-_REACH : _REACH + 1]
    for share in (1.0, 0.1, 0.0):
        rows, columns = (int(shift) for shift in rng.integers(-_REACH, _REACH + 1, 2))
        moved = share * np.roll(pattern, (rows, columns), (0, 1)) + rng.normal(0, 1, (SIZE, SIZE))
        picture = moved.astype(np.float32)
        cross = rfft2(picture * window) * np.conj(reference)
        near = irfft2(cross / (np.abs(cross) + 1e-6), s=(SIZE, SIZE))[np.ix_(reached % SIZE, reached % SIZE)]
        highest = np.unravel_index(int(np.argmax(near)), near.shape)
        assert shift_to(picture, reference) == tuple(float(reached[place]) for place in highest)
