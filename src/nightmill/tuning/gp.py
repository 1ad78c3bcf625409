"""Gaussian-process regression on scipy: ARD Matérn 5/2, maximum a posteriori hyperparameters.

The covariance adds to the Matérn term a free offset and, where a handbook formula is the mean, a free factor on
it: the formula's constants are learned, its shape is kept (Rasmussen & Williams 2006, section 2.7).
"""

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ROOT5 = 5**0.5


class Surrogate(msgspec.Struct, frozen=True):
    """A fitted process: training inputs [n, d], weights, Cholesky factor and hyperparameters (logs)."""

    x: Floats
    prior: Floats
    lengths: Floats
    amplitude: float
    offset: float
    factor: float
    noise: float
    cholesky: Floats
    weights: Floats
    scale: float

    def predict(self, x: Floats, prior: Floats) -> tuple[Floats, Floats]:
        """Mean and deviation [m] of the noiseless residual at x [m, d] with prior values ``prior`` [m]."""
        across = _covariance(self.x, x, self.prior, prior, self.lengths, self.amplitude, self.offset, self.factor)
        v = np.linalg.solve(self.cholesky, across) if len(self.x) else np.zeros((0, len(x)))
        variance = self.amplitude + self.offset + self.factor * prior**2 - np.square(v).sum(axis=0)
        return self.scale * (across.T @ self.weights), self.scale * np.sqrt(np.maximum(variance, 1e-10))


def _covariance(
    a: Floats, b: Floats, pa: Floats, pb: Floats, lengths: Floats, amplitude: float, offset: float, factor: float
) -> Floats:
    d = np.sqrt(np.maximum(np.square((a[:, None, :] - b[None, :, :]) / lengths).sum(axis=2), 0.0))
    matern = (1 + ROOT5 * d + 5 * d**2 / 3) * np.exp(-ROOT5 * d)
    return np.asarray(amplitude * matern + offset + factor * pa[:, None] * pb[None, :])


def fit_surrogate(
    x: Floats, y: Floats, prior: Floats, noise_sd: Floats | None, with_formula: bool, scale: float
) -> Surrogate:
    """Fits y [n] (already less its prior mean) at x [n, d] in [0, 1]; ``scale`` is the size that y is expected to have.

    ``noise_sd`` [n] is one deviation of each measurement; None = learned.
    """
    from scipy.optimize import minimize

    n, d = x.shape
    target = y / scale
    known = None if noise_sd is None else np.square(noise_sd / scale)
    centre = np.concatenate(
        [np.full(d, np.log(0.5 * np.sqrt(d))), [np.log(0.25 if with_formula else 1.0), np.log(0.01)]]
    )
    width = np.concatenate([np.full(d, 0.8), [1.0, 1.5]])
    offset, factor = (1.0, 0.09) if with_formula else (1.0, 0.0)

    def factorised(p: Floats) -> tuple[Floats, Floats]:
        K = _covariance(x, x, prior, prior, np.exp(p[:d]), float(np.exp(p[d])), offset, factor)
        K[np.diag_indices(n)] += (np.exp(p[d + 1]) if known is None else known) + 1e-7
        L = np.linalg.cholesky(K)
        return np.asarray(L, np.float64), np.asarray(np.linalg.solve(L, target), np.float64)

    def cost(p: Floats) -> float:
        L, a = factorised(p)
        return 0.5 * float(a @ a) + float(np.log(np.diag(L)).sum()) + 0.5 * float(np.square((p - centre) / width).sum())

    best = centre
    if n >= 3:
        bounds = [(np.log(0.03), np.log(20.0))] * d + [(np.log(1e-3), np.log(50.0)), (np.log(1e-6), np.log(1.0))]
        found = minimize(cost, centre, method="L-BFGS-B", bounds=bounds, options={"maxiter": 40})
        best = np.asarray(found.x, float) if found.fun < cost(centre) else centre
    L, a = factorised(best)
    weights: Floats = np.asarray(np.linalg.solve(L.T, a), np.float64) if n else np.zeros(0)
    learned = float(np.exp(best[d + 1])) if known is None else float(np.median(known)) if n else 0.01
    return Surrogate(
        x, prior, np.exp(best[:d]), float(np.exp(best[d])), offset, factor, scale * learned**0.5, L, weights, scale
    )
