"""What a trial would teach of a limit, and when the tuner asks for it."""

import json

import numpy as np
import pytest

from nightmill.tuning import History, Result, Study, read_study, suggest, tell
from nightmill.tuning.knowledge_gradient import lessons
from nightmill.tuning.output_model import believe
from nightmill.tuning.search_space import encode
from nightmill.tuning.study import Trial

PLAIN = {
    "name": "knobs", "seed": 3,
    "parameters": [{"name": "a", "low": 0, "high": 1}, {"name": "b", "low": 0, "high": 1}],
    "outputs": [
        {"name": "y", "goal": "minimise", "noise": {"absolute": 0.02}},
        {"name": "z", "limit": {"max": 1.0}, "noise": {"absolute": 0.02}},
    ],
}  # fmt: skip


def study(**changes: object) -> Study:
    return read_study(json.dumps({**PLAIN, **changes}))


def told(s: Study, rows: list[tuple[float, float, float, float]]) -> History:
    history = History()
    for a, b, y, z in rows:
        history = tell(s, history, Result(parameters={"a": a, "b": b}, outputs={"y": y, "z": z}))
    return history


def trials(rows: list[tuple[float, float, float, float]]) -> tuple[Trial, ...]:
    return told(study(), rows).trials


ROWS = [(0.2, 0.2, 0.8, 0.4), (0.3, 0.2, 0.7, 0.5), (0.3, 0.4, 0.6, 0.7), (0.4, 0.3, 0.6, 0.7)]


@pytest.mark.parametrize("surrogate", ["own", "botorch"])
def test_the_covariance_of_a_belief_is_that_of_its_predictions(surrogate: str) -> None:
    if surrogate == "botorch":
        pytest.importorskip("botorch", reason="the extra botorch is not installed")
    belief = believe(study(surrogate=surrogate), study().outputs[1], trials(ROWS))
    points = encode(study(), [{"a": 0.9, "b": 0.1}, {"a": 0.35, "b": 0.3}, {"a": 0.7, "b": 0.8}])
    both = belief.covariance(points, points)
    assert np.allclose(both, both.T)
    assert np.allclose(np.sqrt(np.diag(both)), belief.predict(points)[1], rtol=1e-3)


def test_a_lesson_is_worth_what_its_outcomes_open() -> None:
    s = study()
    beliefs = [believe(s, o, trials(ROWS)) for o in s.outputs]
    rng = np.random.default_rng(0)
    targets = rng.random((200, 2))
    goal = beliefs[0].predict(targets)[0]
    again, nearer = np.array([[0.2, 0.2]]), np.array([[0.45, 0.45]])
    gains = lessons((beliefs[1],), np.concatenate([again, nearer]), targets, goal, 0.02)
    assert (gains >= 0).all()
    assert gains[1] > 2 * gains[0]
    # where all may be had already, or nothing may, a trial opens nothing
    assert not lessons((beliefs[1],), nearer, targets, goal, 0.1).any()
    strict = study(outputs=[PLAIN["outputs"][0], {**PLAIN["outputs"][1], "limit": {"max": -5}}])  # type: ignore[index]
    barred = believe(strict, strict.outputs[1], trials(ROWS))
    assert not lessons((barred,), nearer, targets, goal, 0.02).any()


def test_a_study_that_stands_still_before_a_limit_tries_what_teaches() -> None:
    s = study()
    reasons = []
    history = told(s, ROWS)
    rng = np.random.default_rng(4)
    for _ in range(8):
        asked = suggest(s, history)
        (one,) = asked.suggestions
        a, b = float(one.parameters["a"]), float(one.parameters["b"])
        measured = {"y": 1.4 - a - b + rng.normal(0, 0.02), "z": 0.2 + a**2 + b**2 + rng.normal(0, 0.02)}
        reasons.append(one.reason)
        history = tell(s, asked.history, Result(outputs=measured))
    teaching = [k for k, reason in enumerate(reasons) if reason.startswith("teaches more about the limits")]
    assert teaching
    first = teaching[0]
    made = [encode(s, [t.parameters])[0] for t in history.trials]
    assert min(np.abs(made[len(ROWS) + first] - m).max() for m in made[: len(ROWS) + first]) > 0.01


def test_the_last_planned_trial_is_not_spent_on_a_lesson() -> None:
    def asked(trials: int) -> str:
        s, rng = study(seed=5, trials=trials), np.random.default_rng(5)
        history = History()
        for _ in range(8):
            (one,) = suggest(s, history).suggestions
            a, b = float(one.parameters["a"]), float(one.parameters["b"])
            measured = {"y": 1.4 - a - b + rng.normal(0, 0.02), "z": 0.2 + a**2 + b**2 + rng.normal(0, 0.02)}
            history = tell(s, suggest(s, history).history, Result(outputs=measured))
        (one,) = suggest(s, history).suggestions
        return one.reason

    assert asked(10).startswith("teaches more about the limits")
    assert asked(9).startswith("best expected improvement")
