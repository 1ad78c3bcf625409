"""What a trial teaches: joint beliefs, mixed sizes and the worth of seeing a setting."""

import json

import msgspec
import numpy as np
import pytest

from nightmill.tuning import History, Result, Study, read_study, suggest, tell
from nightmill.tuning.beliefs import Belief, believe
from nightmill.tuning.gp import BESIDE_FORMULA, Mixed, fit_mixed, fit_surrogate
from nightmill.tuning.lookahead import worth_of_seeing
from nightmill.tuning.study import Trial

RATE = {
    "name": "rate", "seed": 3,
    "parameters": [{"name": "x", "low": 1, "high": 10}, {"name": "h", "low": 1, "high": 10}],
    "outputs": [
        {"name": "cost", "goal": "minimise", "noise": {"relative": 0.01}, "prior": "20 / x"},
        {"name": "heat", "limit": {"max": 1.0}, "noise": {"relative": 0.03}, "prior": "0.2 * x"},
    ],
}  # fmt: skip


def study() -> Study:
    return read_study(json.dumps(RATE))


def beliefs(rows: list[tuple[float, float, float]]) -> list[Belief]:
    trials = tuple(
        Trial(k + 1, {"x": x, "h": h}, {"cost": 20 / x, "heat": heat}) for k, (x, h, heat) in enumerate(rows)
    )
    return [believe(study(), o, trials) for o in study().outputs]


def test_covariances_agree_with_deviations_and_with_what_a_further_reading_leaves() -> None:
    rng = np.random.default_rng(1)
    x, features = rng.random((6, 2)), rng.random((6, 3))
    y, noise = rng.normal(size=6), np.full(6, 0.1)
    at, extra = rng.random((5, 2)), rng.random((5, 3))
    fit = fit_surrogate(x, y, features, noise, BESIDE_FORMULA, 1.0)
    for each in (fit, Mixed((fit, fit_surrogate(x, y, features, noise, BESIDE_FORMULA, 3.0)), (0.3, 0.7))):
        _, sd = each.predict(at, extra)
        assert np.sqrt(each.together(at, extra).diagonal()) == pytest.approx(sd, rel=1e-6)
    # The same process with one more row, hyperparameters kept: conditioning by hand must give the same deviations.
    covariance = fit.together(at, extra)
    left = covariance.diagonal() - covariance[0] ** 2 / (covariance[0, 0] + 0.1**2)
    rows, more = np.concatenate([x, at[:1]]), np.concatenate([features, extra[:1]])
    blank = msgspec.structs.replace(fit, x=np.zeros((0, 2)), features=np.zeros((0, 3)))
    K = blank.together(rows, more) + np.eye(7) * 0.1**2
    whole = np.concatenate([rows, at]), np.concatenate([more, extra])
    joint = blank.together(*whole)
    exact = joint[7:, 7:] - joint[7:, :7] @ np.linalg.solve(K, joint[:7, 7:])
    assert left == pytest.approx(exact.diagonal(), abs=1e-5)


def test_a_value_beyond_all_expectation_makes_the_greater_size_believed() -> None:
    x = np.array([[0.2, 0.5], [0.5, 0.5], [0.5, 0.9]])
    noise, none = np.full(3, 0.03), np.zeros((3, 0))
    calm = fit_mixed(x, np.array([0.01, -0.02, 0.01]), none, noise, BESIDE_FORMULA, 0.15)
    shaken = fit_mixed(x, np.array([0.01, -0.02, 0.9]), none, noise, BESIDE_FORMULA, 0.15)
    assert calm.shares[1] < 0.15 < 0.6 < shaken.shares[1]
    away = np.array([[0.9, 0.1]])
    assert shaken.predict(away, none[:1])[1] > 2 * calm.predict(away, none[:1])[1]


def test_seeing_the_same_again_is_worth_less_than_seeing_where_the_limit_runs() -> None:
    # Heat falls with h as no formula says, and only a trial at another h can show it.
    cost, heat = beliefs([(2.0, 5.0, 0.41), (3.0, 5.0, 0.6), (4.0, 5.0, 0.79), (4.4, 5.0, 0.9), (4.4, 5.0, 0.88)])
    grid = np.stack(np.meshgrid(np.linspace(0, 1, 15), np.linspace(0, 1, 9)), axis=-1).reshape(-1, 2)
    same, other = [0.378, 0.444], [0.378, 0.9]
    worth = worth_of_seeing(cost, 1.0, [heat], np.array([same, other]), grid, float(np.log(0.9)))
    assert worth[1] > worth[0]
    assert worth[1] > 0.01


def test_after_a_first_trial_that_broke_a_limit_the_next_is_another_setting() -> None:
    welding = {
        "name": "welding", "seed": 5,
        "parameters": [
            {"name": "current", "low": 120, "high": 340},
            {"name": "voltage", "low": 18, "high": 32},
            {"name": "speed", "low": 3, "high": 15, "scale": "log"},
        ],
        "outputs": [
            {"name": "cost", "goal": "minimise", "noise": {"relative": 0.03}},
            {"name": "lack", "limit": {"max": 1.0}, "noise": {"relative": 0.03}},
            {"name": "undercut", "limit": {"max": 1.0}, "noise": {"relative": 0.03}},
        ],
        "hard_limits": [{"name": "power", "coefficient": 1e-3, "powers": {"current": 1, "voltage": 1}, "max": 9.0}],
    }  # fmt: skip
    made = read_study(json.dumps(welding))
    asked = suggest(made, History())
    first = asked.suggestions[0].parameters
    history = tell(made, asked.history, Result(outputs={"cost": 4.5, "lack": 1.01, "undercut": 0.65}))
    second = suggest(made, history).suggestions[0].parameters
    moved = [abs(float(second[p.name]) - float(first[p.name])) / (p.high - p.low) for p in made.parameters]
    assert max(moved) > 0.15
