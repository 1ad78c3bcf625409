"""Compute features at each place of an image with a bank of filters at several scales, without a network or weights.

An image becomes a square of grey values. Its lighting is evened out, its position is corrected by phase correlation at 160
x 160, and a grid of places with several numbers each is computed. The bank gives 40 x 40 places with difference of
Gaussians, gradient size, direction energy and local contrast at three scales. A network (``onnx_features.py``) can
replace it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Image = NDArray[np.uint8]
FeatureFunction = Callable[[Floats], Floats]

SIZE = 160
GRID = 40
_CELL = SIZE // GRID
# shifts to search, in pixels of ``SIZE``: none, forward, backward
_SHIFTS = np.r_[0:21, -20:0]
_RED_GREEN_BLUE = np.array([1, 1, 1, 0], dtype=np.float32)


@dataclass(frozen=True)
class Features:
    """A feature extractor: ``read`` takes a normalised (size, size) image to (grid, grid, channels) float32.

    ``network`` is its ONNX model, empty for the filter bank.
    """

    name: str
    size: int
    read: FeatureFunction
    network: bytes = b""


def grey(image: Image) -> Floats:
    """Return grey values 0..255 of an (h, w) or (h, w, 3 or 4) uint8 image, h and w at least 8. Raises ``ValueError``
    otherwise.
    """
    array = np.asarray(image)
    if array.ndim not in (2, 3) or min(array.shape[:2]) < 8 or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ValueError(f"image has shape {array.shape}; expected (h, w) or (h, w, 3) with at least 8 x 8 pixels")
    if array.ndim == 2:
        return np.ascontiguousarray(array, dtype=np.float32)
    colours = array.reshape(-1, array.shape[2]).astype(np.float32)
    # sums of three bytes are exact in any order; the alpha channel is ignored
    total = colours @ _RED_GREEN_BLUE[: array.shape[2]]
    return np.asarray(total.reshape(array.shape[:2]) / 3, dtype=np.float32)


def squared(values: Floats, size: int = SIZE) -> Floats:
    """Return the image as ``size`` x ``size``: area means if it shrinks, linear interpolation if it grows."""
    rows, columns = values.shape
    if rows != size:
        values = _shares(rows, size) @ values
    if columns != size:
        values = values @ _shares(columns, size).T
    return values


@lru_cache(maxsize=32)
def _shares(n: int, size: int) -> Floats:
    """Return (size, n): the fraction of each of ``n`` pixels in each of ``size`` larger or smaller pixels."""
    shares = np.zeros((size, n), dtype=np.float32)
    if n < size:
        place = (np.arange(size) + 0.5) * n / size - 0.5
        low = np.clip(np.floor(place).astype(int), 0, n - 2)
        part = np.clip(place - low, 0, 1)
        shares[np.arange(size), low] = 1 - part
        shares[np.arange(size), low + 1] = part
        return shares
    # a pixel overlaps one or two larger pixels
    pixels = np.arange(n)
    first = pixels * size // n
    inside = np.minimum((first + 1) * (n / size) - pixels, 1)
    shares[first, pixels] = inside * (size / n)
    shares[np.minimum(first + 1, size - 1), pixels] += (1 - inside) * (size / n)
    return shares


def evened(values: Floats) -> Floats:
    """Return the image minus its slow lighting, divided by its own contrast: scaling or offsetting the light has no
    effect.
    """
    shares = _slow_shares(len(values))
    even = np.asarray(values - shares @ values @ shares.T, dtype=np.float32)
    # 25 % of the pixels are enough for the median
    sizes = np.abs(even[::2, ::2]).ravel()
    middles = (len(sizes) - 1) // 2, len(sizes) // 2
    sizes.partition(middles)
    even /= np.float32(max(float(sizes[list(middles)].mean()) * 1.4826, 1.0))
    return even


@lru_cache(maxsize=8)
def _slow_shares(size: int) -> Floats:
    """Return (size, size): the weight of each image line in the slow lighting of every other line: a mean over 0.3 of the
    side, applied twice.
    """
    from scipy.ndimage import uniform_filter1d

    once = uniform_filter1d(np.eye(size), size * 49 // SIZE | 1, axis=0, mode="nearest")
    shares: Floats = (once @ once).astype(np.float32)
    return shares


def shift_to(values: Floats, reference: NDArray[np.complex64]) -> tuple[float, float]:
    """Return the (rows, columns) shift of the image from the reference, by phase correlation, within ± 20 pixels."""
    from scipy.fft import rfft2

    cross = rfft2(values * _window()) * np.conj(reference)
    waves, even, odd = _inverse()
    lines = waves @ (cross / (np.abs(cross) + np.float32(1e-6)))
    near = lines.real @ even - lines.imag @ odd
    row, column = divmod(int(np.argmax(near)), len(_SHIFTS))
    return float(_SHIFTS[row]), float(_SHIFTS[column])


@lru_cache(maxsize=1)
def _inverse() -> tuple[NDArray[np.complex64], Floats, Floats]:
    """Return matrices that invert half a spectrum at the searched shifts only: rows, then columns by cosine and sine.

    They also account for the half of the spectrum that isn't stored.
    """
    turns = 2j * np.pi / SIZE
    half = np.arange(SIZE // 2 + 1)
    columns = np.exp(turns * np.outer(half, _SHIFTS)) * np.where(half % (SIZE // 2) == 0, 1, 2)[:, None]
    waves: NDArray[np.complex64] = np.exp(turns * np.outer(_SHIFTS, np.arange(SIZE))).astype(np.complex64)
    return waves, columns.real.astype(np.float32), columns.imag.astype(np.float32)


def reference_spectrum(pictures: Floats) -> NDArray[np.complex64]:
    """Return the spectrum of the mean of (n, SIZE, SIZE) normalised images, for ``shift_to``."""
    from scipy.fft import rfft2

    spectrum: NDArray[np.complex64] = rfft2(pictures.mean(axis=0) * _window()).astype(np.complex64)
    return spectrum


def moved(values: Floats, rows: float, columns: float) -> Floats:
    """Return the image shifted back by whole pixels, with its border repeated. Shifts are in ``SIZE``-ths of the side."""
    size = values.shape[0]
    row, column = round(rows * size / SIZE), round(columns * size / SIZE)
    if row == column == 0:
        return values
    index_row = np.clip(np.arange(size) + row, 0, size - 1)
    index_column = np.clip(np.arange(size) + column, 0, size - 1)
    return values[np.ix_(index_row, index_column)]


def filter_bank(values: Floats) -> Floats:
    """Return (GRID, GRID, channels) float32 of a normalised (SIZE, SIZE) image: mean and maximum in each cell."""
    from scipy.ndimage import gaussian_filter

    maps: list[Floats] = []
    for step, sigma in ((1, 0.8), (1, 1.6), (2, 1.6)):
        source = values if step == 1 else values.reshape(SIZE // step, step, SIZE // step, step).mean(axis=(1, 3))
        near = gaussian_filter(source, sigma, mode="nearest", truncate=2.5)
        far = gaussian_filter(near, sigma * 1.6, mode="nearest", truncate=2.5)
        down, right = np.gradient(near)
        spot = near - far
        size = np.hypot(down, right)
        cell = _CELL // step
        maps += [
            _cells(spot, cell, np.mean), _cells(np.maximum(spot, 0), cell, np.max), _cells(np.maximum(-spot, 0), cell, np.max),
            _cells(size, cell, np.mean), _cells(size, cell, np.max),
            _cells(down * down, cell, np.mean) ** 0.5, _cells(right * right, cell, np.mean) ** 0.5,
            _signed_root(_cells(down * right, cell, np.mean)),
        ]  # fmt: skip
    maps += [_cells(values, _CELL, np.mean), _cells(values, _CELL, np.std)]
    stacked: Floats = np.stack(maps, axis=-1).astype(np.float32)
    return stacked


FILTERS = Features("filters", SIZE, filter_bank)


def _cells(values: Floats, cell: int, pool: Callable[..., Floats]) -> Floats:
    return pool(values.reshape(GRID, cell, GRID, cell), axis=(1, 3))


def _signed_root(values: Floats) -> Floats:
    rooted: Floats = np.sign(values) * np.sqrt(np.abs(values))
    return rooted


@lru_cache(maxsize=1)
def _window() -> Floats:
    edge = np.hanning(SIZE).astype(np.float32)
    window: Floats = edge[:, None] * edge[None, :]
    return window
