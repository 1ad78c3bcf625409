"""Several goals: formulas of the goals guide the trials, and what widens the front is tried."""

import json
from collections.abc import Mapping

import numpy as np
import pytest

from nightmill.tuning.ask_tell import History, best_trial, suggest, tell
from nightmill.tuning.hypervolume import front_of
from nightmill.tuning.output_model import believe
from nightmill.tuning.search_space import encode
from nightmill.tuning.study import Result, Study, Trial, Value, read_study

WORST = (np.log(60), np.log(9))


def study(seed: int, limit: float | None) -> Study:
    """Minutes against roughness; the handbook's constants are off."""
    minutes = {"name": "minutes", "goal": "minimise", "noise": {"relative": 0.02}, "prior": "300 / (vc * f) * (1 + (vc / 250)**3)"}  # fmt: skip
    rough = {"name": "ra", "goal": "minimise", "noise": {"relative": 0.05}, "prior": "40 * f**2 + 0.3"}
    told = {**rough, "limit": {"max": limit}} if limit else rough
    parameters = [{"name": "vc", "low": 60, "high": 300, "scale": "log"}, {"name": "f", "low": 0.05, "high": 0.4, "scale": "log"}]  # fmt: skip
    return read_study(json.dumps({"name": "two", "seed": seed, "parameters": parameters, "outputs": [minutes, told]}))


def truth(setting: Mapping[str, Value]) -> dict[str, float]:
    vc, f = float(setting["vc"]), float(setting["f"])
    return {"minutes": 380 / (vc * f) * (1 + (vc / 200) ** 3), "ra": 52 * f**2 + 0.4}


def area(points: list[tuple[float, float]]) -> float:
    """Hypervolume below WORST on logarithms."""
    total, low = 0.0, WORST[1]
    for a, b in sorted((float(np.log(x)), float(np.log(y))) for x, y in points):
        if a < WORST[0] and b < low:
            total += (WORST[0] - a) * (low - b)
            low = b
    return total


@pytest.mark.parametrize("limit", [None, 4.0])
def test_formulas_of_several_goals_lead_to_their_front_in_six_trials(limit: float | None) -> None:
    """A process of one scalar made of all goals, which knows no formula, reached 0.27 of it without a limit."""
    grid = [truth({"vc": vc, "f": f}) for vc in np.geomspace(60, 300, 60) for f in np.geomspace(0.05, 0.4, 60)]
    whole = area([(t["minutes"], t["ra"]) for t in grid if t["ra"] <= (limit or 99)])
    for seed in (1, 2):
        made, history, rng = study(seed, limit), History(), np.random.default_rng(seed)
        for _ in range(6):
            asked = suggest(made, history)
            out = truth(asked.suggestions[0].parameters)
            read = {"minutes": out["minutes"] * rng.normal(1, 0.02), "ra": out["ra"] * rng.normal(1, 0.05)}
            history = tell(made, asked.history, Result(outputs=read))
        true = [truth(t.parameters) for t in history.trials]
        assert area([(t["minutes"], t["ra"]) for t in true if t["ra"] <= (limit or 99)]) > 0.7 * whole


def test_what_is_known_to_be_beaten_gains_nothing_and_a_gap_more_than_a_neighbour() -> None:
    made = study(3, None)
    tried: list[dict[str, Value]] = [{"vc": 160.0, "f": f} for f in (0.05, 0.07, 0.3, 0.4)]
    trials = tuple(Trial(k, setting, truth(setting)) for k, setting in enumerate(tried, 1))
    goals = tuple(believe(made, output, trials) for output in made.outputs)
    points = encode(made, [{"vc": 160.0, "f": f} for f in np.geomspace(0.05, 0.4, 40)])
    front = front_of(goals, points, encode(made, tried), np.random.default_rng(1))
    beaten, gap, beside = front.gains(encode(made, [{"vc": 62.0, "f": 0.4}, {"vc": 160.0, "f": 0.14}, {"vc": 160.0, "f": 0.31}]))[0]  # fmt: skip
    assert beaten == 0
    assert gap > 3 * beside > 0
    assert (front.reached > 0).all()
    assert not front_of(goals, points, points[:0], np.random.default_rng(1)).reached.any()


def test_goals_that_agree_are_worth_what_is_left_to_gain_and_come_to_an_end() -> None:
    """Their front is one point: measured by its own width, all that is left would be worth any number of trials."""
    vc = {"name": "vc", "low": 60, "high": 300, "scale": "log"}
    outputs = [{"name": name, "goal": "minimise", "noise": {"relative": 0.01}} for name in ("minutes", "cost")]
    told = {"name": "agree", "seed": 1, "trial_cost": 1.0, "parameters": [vc], "outputs": outputs}
    for flat in (False, True):
        made, history = read_study(json.dumps(told)), History()
        for _ in range(8):
            asked = suggest(made, history)
            minutes = 20.0 if flat else 60 * (60 / float(asked.suggestions[0].parameters["vc"])) + 10
            history = tell(made, asked.history, Result(outputs={"minutes": minutes, "cost": 2 * minutes + 1}))
        last = suggest(made, history).suggestions[0]
        assert last.stop, last.reason
        best = best_trial(made, history.trials)
        assert best is not None
        assert best.outputs["minutes"] == pytest.approx(20 if flat else 22, rel=0.02)
