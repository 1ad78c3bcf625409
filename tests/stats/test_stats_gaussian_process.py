import numpy as np

from nightmill.stats.gaussian_process import conditioned, left_out_block


def test_leaving_out_a_block_is_conditioning_on_the_rest() -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(8, 8))
    covariance = root @ root.T + np.eye(8)
    y = rng.normal(size=8)
    block, rest = np.array([1, 4, 6]), np.array([0, 2, 3, 5, 7])
    inverse = np.asarray(np.linalg.inv(covariance), np.float64)
    mean, spread = left_out_block(inverse, inverse @ y, y, block)
    other, variance = conditioned(
        covariance[np.ix_(rest, rest)], covariance[np.ix_(rest, block)], np.diag(covariance)[block], y[rest]
    )
    np.testing.assert_allclose(mean, other)
    np.testing.assert_allclose(np.diag(spread), variance)
