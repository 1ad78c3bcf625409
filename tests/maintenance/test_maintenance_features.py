import numpy as np
import pytest

from nightmill.maintenance.features import LINES, MEANS, PER_SENSOR, STATE, advance, causal_features
from nightmill.maintenance.neural_network import fit_network


def offline(first: list[int], values: np.ndarray) -> np.ndarray:
    out = np.empty((len(values), PER_SENSOR * values.shape[1]))
    causal_features(np.array(first), values, out)
    return out


def test_on_line_is_off_line_bit_for_bit_and_a_unit_starts_anew() -> None:
    values = np.random.default_rng(0).normal(size=(90, 3))
    values[5, 1] = np.nan
    whole = offline([0, 60, 90], values)
    state, row = np.zeros((3, STATE)), np.empty(PER_SENSOR * 3)
    for k in range(60, 90):
        advance(state, values[k], row)
        assert np.array_equal(row, whole[k])
    assert np.array_equal(offline([0, 40], values[:40]), whole[:40])


def test_slopes_are_those_of_weighted_straight_lines() -> None:
    y = np.random.default_rng(1).normal(size=50).cumsum()
    found = offline([0, 50], y[:, None])[-1]
    age = np.arange(49, -1, -1.0)
    for i, span in enumerate(LINES):
        slope = np.polyfit(-age, y, 1, w=np.sqrt(np.exp(-age / span)))[0]
        assert found[len(MEANS) + i] == pytest.approx(slope * span, rel=1e-6)


def test_a_missing_reading_leaves_the_means_and_ages_the_lines() -> None:
    y = np.arange(20.0)[:, None]
    y[12] = np.nan
    found = offline([0, 20], y)
    assert np.array_equal(found[12, : len(MEANS)], found[11, : len(MEANS)])
    assert found[-1, len(MEANS)] == pytest.approx(LINES[0])


def test_a_network_learns_a_bent_surface_and_takes_gaps() -> None:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(900, 3))
    y = 0.5 + 0.2 * np.abs(X[:, 0]) - 0.1 * X[:, 1]
    net = fit_network(X[:800], y[:800], np.ones(800), 1)
    assert np.sqrt(np.mean(np.square(net.predict(X[800:]) - y[800:]))) < 0.04
    assert np.isfinite(net.predict(np.full((1, 3), np.nan))).all()
    assert net == fit_network(X[:800], y[:800], np.ones(800), 1)
