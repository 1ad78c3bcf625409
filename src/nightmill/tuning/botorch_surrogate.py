"""Gaussian-process regression by BoTorch, for a study with ``"surrogate": "botorch"``.

The model is the same as in ``stats.gaussian_process``: a Matérn 5/2 with one length per coordinate, straight lines in the coordinates,
free factors on the features and a free offset. The hyperparameters come from BoTorch's own fit (Balandat et al. 2020).
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np

from nightmill.stats.gaussian_process import Expected, Floats, blank
from nightmill.vocabulary.errors import EnvironmentFailed, Finding

FEWEST = 3
"""Minimum number of measurements; with fewer, the hyperparameters stay at the middle of their priors."""


class BotorchSurrogate(msgspec.Struct, frozen=True):
    """A fitted ``SingleTaskGP`` of y / ``scale``; ``noise`` is the standard deviation of a measurement, in y's unit."""

    model: Any
    noise: float
    scale: float

    def predict(self, x: Floats, features: Floats) -> tuple[Floats, Floats]:
        """Return the mean and deviation [m] of the noiseless residual at x [m, d] with ``features`` [m, K]."""
        import torch

        with torch.no_grad(), _without_jitter_warnings():
            said = self.model.posterior(torch.from_numpy(np.column_stack([x, features / self.scale])))
            mean, variance = said.mean.numpy()[:, 0], said.variance.numpy()[:, 0]
        return self.scale * mean, self.scale * np.sqrt(np.maximum(variance, 1e-10))

    def covariance(self, a: Floats, features_a: Floats, b: Floats, features_b: Floats) -> Floats:
        """Return the covariance [m, n] of the noiseless residual between points a [m, d] and b [n, d] with their features."""
        import torch

        both = np.concatenate(
            [np.column_stack([x, features / self.scale]) for x, features in ((a, features_a), (b, features_b))]
        )
        with torch.no_grad(), _without_jitter_warnings():
            joint = self.model.posterior(torch.from_numpy(both)).mvn.covariance_matrix.numpy()
        return np.asarray(self.scale**2 * joint[: len(a), len(a) :])


def fit_botorch(
    x: Floats, y: Floats, features: Floats, noise_sd: Floats | None, expected: Expected, scale: float
) -> Any:
    """Fit y [n] as ``fit_surrogate`` does, with the same arguments. Raises ``EnvironmentFailed`` without BoTorch."""
    try:
        import torch
        from botorch.fit import fit_gpytorch_mll
        from botorch.models import SingleTaskGP
        from gpytorch.mlls import ExactMarginalLogLikelihood
    except ImportError as error:
        raise EnvironmentFailed(
            Finding("study", "surrogate", str(error), "the extra botorch", "pip install 'nightmill[botorch]'.")
        ) from error
    n, d = x.shape
    if not n:
        return blank(d, scale)
    inputs = torch.from_numpy(np.column_stack([x, features / scale]))
    target = torch.from_numpy((y / scale)[:, None])
    known = None if noise_sd is None else torch.from_numpy(np.square(noise_sd / scale)[:, None])
    model = SingleTaskGP(
        inputs, target, known, covar_module=_covariance(d, features.shape[1], expected), outcome_transform=None
    )
    if n >= FEWEST:
        with _without_jitter_warnings():
            fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    model.eval()
    learned = float(model.likelihood.noise.mean()) if known is None else float(known.median())
    return BotorchSurrogate(model, scale * learned**0.5, scale)


def _covariance(d: int, count: int, expected: Expected) -> Any:
    """Return the covariance: Matérn and lines over the d coordinates, lines of unit variance over the ``count`` features after them."""
    from gpytorch.kernels import LinearKernel, MaternKernel, ScaleKernel
    from gpytorch.priors import LogNormalPrior

    def about(middle: float, width: float) -> Any:
        return LogNormalPrior(float(np.log(middle)), width)

    coordinates, length = tuple(range(d)), expected.length * d**0.5
    matern = MaternKernel(nu=2.5, ard_num_dims=d, active_dims=coordinates, lengthscale_prior=about(length, 0.8))
    curve = ScaleKernel(matern, outputscale_prior=about(expected.rough, expected.width))
    line = ScaleKernel(LinearKernel(active_dims=coordinates), outputscale_prior=about(expected.steep, 1.0))
    matern.lengthscale, curve.outputscale, line.outputscale = length, expected.rough, expected.steep
    line.base_kernel.variance = 1.0
    if not count:
        return curve + line
    factors = LinearKernel(active_dims=tuple(range(d, d + count)))
    factors.variance = 1.0
    factors.raw_variance.requires_grad_(False)
    return curve + line + factors


@contextmanager
def _without_jitter_warnings() -> Iterator[None]:
    """Suppress jitter warnings: a little jitter on the diagonal is intended in the factorisation of these matrices."""
    from linear_operator.utils.warnings import NumericalWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumericalWarning)
        yield
