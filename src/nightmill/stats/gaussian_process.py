"""Gaussian-process regression on scipy: ARD Matérn 5/2 and a straight line, maximum a posteriori hyperparameters.

``conditioned`` and ``left_out_block`` work with any covariance. In ``fit_surrogate`` the covariance is the Matérn term plus a free
offset, a free slope in every coordinate (cutting laws are power laws, which are straight lines between logarithms) and free factors on
given features: the changes in a handbook formula when its numbers change (Rasmussen & Williams 2006, section 2.7).
"""

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ROOT5 = 5**0.5
OFFSET = 1.6
MIDDLE = 0.5
"""Variance of the offset in units of the expected size of y squared; slopes pivot about the middle of the cube."""
SINGLE_THREADED = 64 * 4096  # maximum multiplications in a product that OpenBLAS keeps on one thread (interface/gemm.c)


class Expected(msgspec.Struct, frozen=True):
    """Centre and width (log scale) of the hyperparameters: variances of the Matérn term and slopes, and lengths over the root of d."""

    rough: float
    steep: float
    length: float
    width: float


UNKNOWN = Expected(1.0, 1.0, 0.5, 1.0)
POWER_LAW = Expected(1.0, 4.0, 0.5, 1.0)
BESIDE_FORMULA = Expected(0.1, 0.3, 0.2, 0.5)
GOAL_BESIDE_FORMULA = Expected(0.3, 0.9, 0.3, 0.5)
"""Logarithms of outputs are steep in the logarithms of positive parameters.

The residual of a formula with free numbers is small and short-ranged (stability lobes, built-up edges). The residual of a goal is larger,
since cost is a sum of several formulas: if one of them is wrong, the sum has the wrong shape.
"""


class Surrogate(msgspec.Struct, frozen=True):
    """A fitted process: training inputs [n, d], features [n, K], weights, inverse Cholesky factor, hyperparameters."""

    x: Floats
    features: Floats
    lengths: Floats
    amplitude: float
    slope: float
    noise: float
    inverse: Floats
    weights: Floats
    scale: float

    def predict(self, x: Floats, features: Floats) -> tuple[Floats, Floats]:
        """Return the mean and deviation [m] of the noiseless residual at x [m, d] with ``features`` [m, K]."""
        square = np.square(x - MIDDLE).sum(axis=1)
        features = features / self.scale
        variance = self.amplitude + OFFSET + self.slope * square + np.square(features).sum(axis=1)
        if not len(self.x):
            return np.zeros(len(x)), self.scale * np.sqrt(variance)
        across = _matern(self.x / self.lengths, x / self.lengths, self.amplitude)
        across += OFFSET + self.slope * ((self.x - MIDDLE) @ (x - MIDDLE).T) + (self.features @ features.T)
        # Small products stay on one thread: waking other threads takes longer than the work, especially on a busy machine.
        columns = max(1, SINGLE_THREADED // len(self.x) ** 2)
        for k in range(0, len(x), columns):
            v = self.inverse @ across[:, k : k + columns]
            variance[k : k + columns] -= np.einsum("ij,ij->j", v, v)
        return self.scale * (across.T @ self.weights), self.scale * np.sqrt(np.maximum(variance, 1e-10))

    def covariance(self, a: Floats, features_a: Floats, b: Floats, features_b: Floats) -> Floats:
        """Return the covariance [m, n] of the noiseless residual between points a [m, d] and b [n, d] with their features."""
        fa, fb = features_a / self.scale, features_b / self.scale
        total = self._prior(a, fa, b, fb)
        if len(self.x):
            left, right = (self.inverse @ self._prior(self.x, self.features, x, f) for x, f in ((a, fa), (b, fb)))
            total -= left.T @ right
        return np.asarray(self.scale**2 * total)

    def _prior(self, a: Floats, fa: Floats, b: Floats, fb: Floats) -> Floats:
        matern = _matern(a / self.lengths, b / self.lengths, self.amplitude)
        return np.asarray(matern + OFFSET + self.slope * ((a - MIDDLE) @ (b - MIDDLE).T) + fa @ fb.T)


def blank(d: int, scale: float) -> Surrogate:
    """Return a process without data."""
    none = np.zeros(0)
    return Surrogate(np.zeros((0, d)), np.zeros((0, 0)), np.ones(d), 1.0, 1.0, 0.1, np.zeros((0, 0)), none, scale)


def _matern(a: Floats, b: Floats, amplitude: float) -> Floats:
    square = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1)[None, :] - 2 * (a @ b.T)
    d = ROOT5 * np.sqrt(np.maximum(square, 0.0))
    return np.asarray(amplitude * (1 + d + d**2 / 3) * np.exp(-d))


def fit_surrogate(
    x: Floats,
    y: Floats,
    features: Floats,
    noise_sd: Floats | None,
    expected: Expected,
    scale: float,
) -> Surrogate:
    """Fit y [n] (already minus its prior mean) at x [n, d] in [0, 1]; ``scale`` is the expected size of y.

    ``features`` [n, K] have factors of unit variance; ``noise_sd`` [n] is the standard deviation of each measurement (None: it is
    learned).
    """
    from scipy.optimize import minimize

    n, d = x.shape
    target = y / scale
    known = None if noise_sd is None else np.square(noise_sd / scale)
    likely = np.log([expected.rough, 0.01, expected.steep])
    centre = np.concatenate([np.full(d, np.log(expected.length * np.sqrt(d))), likely])
    width = np.concatenate([np.full(d, 0.8), [expected.width, 1.5, 1.0]])
    apart = np.square(x[:, None, :] - x[None, :, :])
    line = (x - MIDDLE) @ (x - MIDDLE).T
    features = features / scale
    fixed = OFFSET + features @ features.T
    # A formula that is off by many powers of ten has features that dominate everything else.
    fixed[np.diag_indices(n)] += 1e-7 + 1e-10 * fixed.diagonal().max(initial=0.0)
    if known is not None:
        fixed[np.diag_indices(n)] += known

    def covariance(p: Floats) -> tuple[Floats, Floats, Floats]:
        scaled = apart / np.exp(2 * p[:d])
        r = ROOT5 * np.sqrt(scaled.sum(axis=2))
        decay = np.exp(p[d] - r)
        matern = (1 + r + r**2 / 3) * decay
        K = fixed + matern + np.exp(p[d + 2]) * line
        if known is None:
            K[np.diag_indices(n)] += np.exp(p[d + 1])
        return K, matern, scaled * ((5 / 3) * (1 + r) * decay)[:, :, None]

    def cost(p: Floats) -> tuple[float, Floats]:
        K, matern, by_length = covariance(p)
        L = np.linalg.cholesky(K)
        half = np.linalg.inv(L)
        inverse = half.T @ half
        a = inverse @ target
        # d cost / d theta = 1/2 tr((K^-1 - a a^T) dK / d theta) (Rasmussen & Williams 2006, equation 5.9).
        pull = 0.5 * (inverse - np.outer(a, a))
        away = (p - centre) / width
        slope = away / width
        slope[:d] += np.einsum("ij,ijk->k", pull, by_length)
        slope[d] += float(np.sum(pull * matern))
        slope[d + 1] += 0.0 if known is not None else float(np.exp(p[d + 1]) * np.trace(pull))
        slope[d + 2] += float(np.exp(p[d + 2]) * np.sum(pull * line))
        value = 0.5 * float(target @ a) + float(np.log(np.diag(L)).sum()) + 0.5 * float(np.square(away).sum())
        return value, slope

    best = centre
    if n >= 3:
        low, high = np.log([1e-3, 1e-6, 1e-3]), np.log([50.0, 1.0, 50.0])
        bounds = [(np.log(0.05), np.log(20.0))] * d + list(zip(low, high, strict=True))
        found = minimize(cost, centre, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 40})
        best = np.asarray(found.x, float) if found.fun < cost(centre)[0] else centre
    inverse = np.linalg.inv(np.linalg.cholesky(covariance(best)[0])) if n else np.zeros((0, 0))
    weights: Floats = np.asarray(inverse.T @ (inverse @ target), np.float64) if n else np.zeros(0)
    learned = float(np.exp(best[d + 1])) if known is None else float(np.median(known)) if n else 0.01
    return Surrogate(
        x, features, np.exp(best[:d]), float(np.exp(best[d])), float(np.exp(best[d + 2])), scale * learned**0.5,
        inverse, weights, scale,
    )  # fmt: skip


def conditioned(covariance: Floats, across: Floats, variance: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return the mean and variance [m] of a zero-mean process at m points, given ``y`` [n] (Rasmussen & Williams 2006, section 2.2).

    ``covariance`` [n, n] is that of y, including its noise; ``across`` [n, m] is that between y and the points; ``variance`` [m] is the
    prior variance.
    """
    weights = np.linalg.solve(covariance, across)
    return weights.T @ y, variance - np.einsum("ij,ij->j", across, weights)


def left_out_block(inverse: Floats, weights: Floats, y: Floats, block: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the mean and covariance of ``y[block]`` given the rest of y, from the ``inverse`` of y's covariance and ``weights``.

    ``weights`` = inverse y. The mean is y_B - C (K^-1 y)_B with C = ((K^-1)_BB)^-1 (Rasmussen & Williams 2006, section 5.4.2).
    """
    covariance = np.linalg.inv(inverse[np.ix_(block, block)])
    mean: Floats = y[block] - covariance @ weights[block]
    return mean, np.asarray(covariance, np.float64)
