"""Model the look of good parts at each place, and map how far an image departs from it.

The model is either one Gaussian per place or a memory of good places. Features are first whitened over all places. A
defect shows in only a few directions. The map therefore averages the fourth or sixth power of each direction's distance
from the mean at its place, not the square: noise stays at its mean and a defect stands out. For parts in a fixture all
directions are averaged together. For surfaces the strongest directions are also averaged on their own, since a few images
are enough to estimate their covariance.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nightmill.quality.vision.filter_bank import Floats

Method = Literal["position", "neighbour"]
Power = Literal[4, 6]
FEW = 30
_MEMORY = 1500
# at most this many feature directions are kept, the strongest last; the shared covariance weighs as much as this many
# images
_DIRECTIONS = 64
_STRONGEST = 16
_SHARED = 6.0
# an image may determine the directions only if its weight is at least this fraction of the most trusted image's weight
_COUNTED = 0.5
# the first is for a surface, and for older models whose card doesn't state the power; the second is for parts in a fixture
SURFACE_POWER: Power = 6
_FIXTURE_POWER: Power = 4


@dataclass(frozen=True)
class GoodPlaces:
    """The part of a model that makes heat maps.

    Shapes: ``center`` (channels,), ``basis`` (channels, d), ``mean`` (grid, grid, d), ``whitening`` (grid, grid, d, d);
    ``strong`` (grid, grid, s, s) covers the last s directions; ``memory`` (places, d). Arrays that the method doesn't
    need are empty. ``power``, 4 or 6, is the power averaged over the directions.
    """

    method: Method
    center: Floats
    basis: Floats
    mean: Floats
    whitening: Floats
    strong: Floats
    memory: Floats
    power: Power = SURFACE_POWER


def learn(maps: Floats, method: Method, trust: Floats | None = None, *, fixed: bool = False) -> GoodPlaces:
    """Learn from features (n, grid, grid, channels) of good images; ``trust`` (n,), 0 to 1, is each image's weight.

    ``fixed``: the parts are in a fixture. Images that count less than half as much as the most trusted one don't
    determine the directions: a few odd images would crowd out the features of good parts.
    """
    telling = maps if trust is None else maps[trust >= _COUNTED * trust.max()]
    center, basis = _directions(telling.reshape(-1, maps.shape[-1]))
    white = (maps - center) @ basis
    nothing = np.zeros(0, dtype=np.float32)
    if method == "neighbour":
        flat = white.reshape(-1, white.shape[-1])
        # a fixed random draw gives the same model for the same images; a regular stride would skip whole columns of the
        # grid
        drawn = np.random.default_rng(0).choice(len(flat), min(_MEMORY, len(flat)), replace=False)
        memory = np.asarray(flat[np.sort(drawn)], dtype=np.float32)
        return GoodPlaces(method, center, basis, nothing, nothing, nothing, memory)
    counted = (np.ones(len(maps), np.float32) if trust is None else trust)[:, None, None, None]
    total = counted.sum(axis=0)
    mean = (white * counted).sum(axis=0) / total
    rest = ((white - mean) * np.sqrt(counted)).transpose(1, 2, 0, 3)
    covariance = rest.transpose(0, 1, 3, 2) @ rest / total[..., None]
    covariance = _with_neighbours(covariance, len(maps))
    weight = _SHARED / (len(maps) + _SHARED)
    covariance = (1 - weight) * covariance + weight * covariance.mean(axis=(0, 1))
    covariance += 1e-3 * np.eye(basis.shape[1], dtype=np.float32)
    strong = _whitening(covariance[..., -_STRONGEST:, -_STRONGEST:]) if not fixed else nothing
    power = _FIXTURE_POWER if fixed else SURFACE_POWER
    return GoodPlaces(method, center, basis, mean, _whitening(covariance), strong, nothing, power)


def told_by_place(maps: Floats) -> float:
    """Return the fraction, 0 to 1, of the features' variance that the place alone explains, averaged over the channels.

    ``maps`` has the shape (n, grid, grid, channels). The fraction comes from a one-way analysis of variance with random
    places, minus the random variation in the means of n images. It is about 0.1 for textures, where only the
    borders differ, and for parts in random positions; it exceeds 0.3 for parts in a fixture.
    """
    within = maps.var(axis=0, ddof=1).mean(axis=(0, 1))
    between = maps.mean(axis=0).var(axis=(0, 1)) - within / len(maps)
    return float(np.mean(np.maximum(between, 0) / (within + np.maximum(between, 0) + 1e-12)))


def heat_of(places: GoodPlaces, features: Floats) -> Floats:
    """Return (readings, grid, grid): how far each place departs from good parts, about 1 where it is good."""
    if places.method == "neighbour":
        white = (features - places.center) @ places.basis
        flat, memory = white.reshape(-1, white.shape[-1]), places.memory
        squares = (flat * flat).sum(1)[:, None] + (memory * memory).sum(1)[None, :] - 2 * flat @ memory.T
        return np.sqrt(np.maximum(squares.min(axis=1), 0)).reshape(1, *white.shape[:2]).astype(np.float32)
    # the center is subtracted together with the mean, which has fewer numbers than the features
    away = features @ places.basis
    away -= places.mean + places.center @ places.basis
    readings = [_far(places.whitening, away, places.power)]
    if places.strong.size:
        readings.append(_far(places.strong, away[..., -places.strong.shape[-1] :], places.power))
    return np.stack(readings)


def _far(whitening: Floats, away: Floats, power: Power) -> Floats:
    off = np.matmul(whitening, away[..., None])[..., 0]
    squares = off * off
    raised = squares * squares
    if power == SURFACE_POWER:
        raised *= squares
    far: Floats = np.power(np.mean(raised, axis=-1), 1 / power, dtype=np.float32)
    return far


def _whitening(covariance: Floats) -> Floats:
    """Return the inverse roots, rounded as they are stored, so that a model gives the same scores after writing and
    reading.
    """
    roots = np.linalg.inv(np.linalg.cholesky(covariance))
    return roots.astype(np.float16).astype(np.float32)


def _with_neighbours(covariance: Floats, n: int) -> Floats:
    """Return covariances (grid, grid, d, d), each shrunk towards those of nearby places; fewer images shrink it more."""
    from scipy.ndimage import gaussian_filter1d

    grid = len(covariance)
    shares = gaussian_filter1d(np.eye(grid), 1.0, axis=0, mode="nearest", truncate=2.0).astype(np.float32)
    about = np.matmul(shares, (shares @ covariance.reshape(grid, -1)).reshape(grid, grid, -1)).reshape(covariance.shape)
    weight = FEW / (n + FEW)
    mixed: Floats = (1 - weight) * covariance + weight * about
    return mixed


def _directions(flat: Floats) -> tuple[Floats, Floats]:
    """Return (mean, basis) that whiten the features' strongest directions, after each channel is scaled to the same
    spread.
    """
    center = flat.mean(axis=0)
    spread = flat.std(axis=0) + 1e-6
    scaled = (flat[:: max(1, len(flat) // 40_000)] - center) / spread
    values, vectors = np.linalg.eigh(scaled.T @ scaled / len(scaled))
    kept = np.arange(len(values))[-_DIRECTIONS:]
    basis = vectors[:, kept] / np.sqrt(values[kept] + 1e-4) / spread[:, None]
    return center, basis.astype(np.float32)
