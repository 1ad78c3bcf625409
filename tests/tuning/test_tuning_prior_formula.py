"""A formula's numbers are learned: those that fit are found, and what isn't known stays as written."""

import numpy as np
import pytest

from nightmill.tuning import History, Result, read_study, suggest, tell
from nightmill.tuning.formula import constants, evaluate, parse_formula
from nightmill.tuning.output_model import believe
from nightmill.tuning.prior_formula import calibrated, formula_of
from nightmill.tuning.study import Trial

NAMES = frozenset({"v", "f"})
TAYLOR = "60 / (v * f) * (1.2 + 9 / (300 / v)**4)"


def spread(count: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {"v": rng.uniform(100, 400, count), "f": rng.uniform(0.1, 0.5, count)}


def test_numbers_are_counted_in_order_and_exponents_are_told() -> None:
    node = parse_formula("2 * v**0.5 + f**(1 + 3)", NAMES)
    assert constants(node) == [(2.0, False), (0.5, True), (1.0, True), (3.0, True)]
    others = [np.array([value]) for value in (4.0, 0.5, 0.0, 1.0)]
    assert float(evaluate(node, {"v": np.array([9.0]), "f": np.array([0.25])}, others)[0]) == 12.25


def test_derivatives_are_those_of_the_logarithms() -> None:
    probe = spread(64)
    formula = formula_of(parse_formula("5 * v**2 + 7", NAMES), False, probe, 64)
    value, by_number = formula.curve({"v": np.array([3.0]), "f": np.array([1.0])}, 1)
    assert value[0] == 52.0
    # 5 v^2, then 2 v^2 log v x 5; the 7 shifts all settings alike and is left to the offset.
    assert by_number[0] == pytest.approx([45.0, 90.0 * np.log(3.0)], rel=1e-3)


def test_a_tool_life_that_is_off_is_found_from_few_trials() -> None:
    probe = spread(128)
    node = parse_formula(TAYLOR, NAMES)
    true = [np.array(value) for value in (60.0, 1.2, 9.0, 390.0, 4.0)]
    trials = {"v": np.array([150.0, 300.0, 350.0, 250.0]), "f": np.array([0.2, 0.3, 0.25, 0.4])}
    y = np.log(evaluate(node, trials, true))
    written = formula_of(node, True, probe, 128)
    error = 0.02**2 * np.eye(4)
    learned = calibrated(written, trials, y, error, probe, 128)
    far = {"v": np.array([400.0]), "f": np.array([0.15])}
    wanted = np.log(evaluate(node, far, true))[0]
    before, after = (abs(each.curve(far, 1)[0][0] - wanted) for each in (written, learned))
    assert after < 0.1 * before
    assert np.abs(learned.shift).max() < 0.5


def test_without_trials_the_formula_stays_as_written() -> None:
    probe = spread(32)
    written = formula_of(parse_formula(TAYLOR, NAMES), True, probe, 32)
    assert calibrated(written, spread(0), np.zeros(0), np.zeros((0, 0)), probe, 32) is written


def test_the_linear_model_passes_through_the_formula_at_its_best_numbers() -> None:
    probe = spread(64)
    node = parse_formula(TAYLOR, NAMES)
    trials = {"v": np.array([200.0, 320.0]), "f": np.array([0.2, 0.3])}
    y = np.log(evaluate(node, trials)) + np.array([0.05, 0.3])
    learned = calibrated(formula_of(node, True, probe, 64), trials, y, 0.03**2 * np.eye(2), probe, 64)
    mean, features = learned.mean_and_features(trials, 2)
    assert mean + (features + learned.centre * learned.off) @ (learned.shift / learned.off) == pytest.approx(
        learned.curve(trials, 2)[0]
    )


def test_a_formula_that_is_nowhere_defined_or_constant_is_answered_too() -> None:
    document = (
        '{"name": "odd", "parameters": [{"name": "v", "low": 1, "high": 2}], "outputs": '
        '[{"name": "y", "goal": "minimise", "prior": "log(0 - v)"}, {"name": "z", "limit": {"max": 9}, "prior": "5"}]}'
    )
    study, history = read_study(document), History()
    for _ in range(4):
        asked = suggest(study, history)
        v = float(asked.suggestions[0].parameters["v"])
        history = tell(study, asked.history, Result(outputs={"y": v, "z": 4 + v}))
    assert 1 <= v <= 2


@pytest.mark.parametrize("formula", ["1e11 * v**9", "sin(9 * v) + 1e-9", "1e6 * v**3", "exp(10 * v)", "1e-9 * v"])
def test_a_formula_that_is_wrong_by_powers_of_ten_is_borne(formula: str) -> None:
    document = (
        '{"name": "off", "parameters": [{"name": "v", "low": 1, "high": 2}], "outputs": [{"name": "y", "goal": "minimise", '
        f'"prior": "{formula}"}}, {{"name": "z", "limit": {{"max": 9}}, "prior": "{formula}"}}]}}'
    )
    study, history = read_study(document), History()
    for _ in range(5):
        asked = suggest(study, history)
        v = float(asked.suggestions[0].parameters["v"])
        history = tell(study, asked.history, Result(outputs={"y": v - 1.5, "z": 4000 + v}))
    assert 1 <= v <= 2


def test_a_tool_life_is_as_uncertain_as_its_constant_to_its_power() -> None:
    probe = spread(128)
    node = parse_formula("(300 / v)**4", NAMES)
    plain, told = formula_of(node, True, probe, 128), formula_of(node, True, probe, 128, 0.4)
    at = {"v": np.array([250.0]), "f": np.array([0.2])}

    def deviation(formula: object) -> float:
        return float(np.hypot(0.4, np.linalg.norm(formula.mean_and_features(at, 1)[1])))  # type: ignore[attr-defined]

    # 40 % of the constant to the power of 4; without it only the exponent's change of shape beside the offset.
    assert deviation(told) == pytest.approx(4 * 0.4, rel=0.1)
    assert deviation(plain) < 0.5
    # An activation energy shifts its output by powers of ten; nobody's handbook is that wrong.
    steep = formula_of(parse_formula("exp(9000 / v)", NAMES), True, probe, 128, 0.4)
    at = {"v": np.array([9000 / np.mean(9000 / probe["v"])]), "f": np.array([0.2])}
    assert deviation(steep) == pytest.approx(1.6, rel=0.05)


def test_what_shifts_less_than_the_offset_is_left_to_it() -> None:
    probe = spread(64)
    formula = formula_of(parse_formula("31 * f**2", NAMES), True, probe, 64, 0.5)
    assert formula.telling is None
    assert len(formula.places) == 1


COLD = (
    '{"name": "cold", "parameters": [{"name": "v", "low": 50, "high": 400, "scale": "log"}, '
    '{"name": "f", "low": 0.05, "high": 0.5, "scale": "log"}], "outputs": [{"name": "cost", "goal": "minimise", '
    '"noise": {"relative": 0.03}}, {"name": "ra", "limit": {"max": 2}, "noise": {"relative": 0.03}}], '
    '"hard_limits": [{"name": "power", "coefficient": 0.1, "powers": {"v": 1, "f": 0.75}, "max": 20}]}'
)


def test_a_few_trials_close_together_tell_little_of_what_is_far() -> None:
    study = read_study(COLD)
    near = tuple(Trial(k + 1, {"v": 100.0 + k, "f": 0.1}, {"cost": 3.0, "ra": 0.6}) for k in range(4))
    ra = believe(study, study.outputs[1], near)
    mean, sd = ra.predict(np.array([[0.33, 0.3], [0.33, 1.0]]))
    assert sd[0] < 0.1
    # Outputs of cutting go with the feed to the power of 0.5 to 2: five times the feed may well be five times as rough.
    assert np.log(0.6 * 5) < mean[1] + 2 * sd[1]


def test_the_goal_is_won_by_what_loads_the_machine_until_trials_say_otherwise() -> None:
    study = read_study(COLD)
    one = (Trial(1, {"v": 100.0, "f": 0.1}, {"cost": 3.0, "ra": 0.6}),)
    low, high = believe(study, study.outputs[0], one).predict(np.array([[0.2, 0.2], [0.5, 0.5]]))[0]
    assert high < low - 0.5
    against = tuple(
        Trial(k + 1, {"v": v, "f": f}, {"cost": 0.2 * v * f, "ra": 0.6})
        for k, (v, f) in enumerate([(80.0, 0.08), (120.0, 0.1), (100.0, 0.15), (160.0, 0.12), (130.0, 0.2)])
    )
    low, high = believe(study, study.outputs[0], against).predict(np.array([[0.2, 0.2], [0.5, 0.5]]))[0]
    assert high > low + 0.5


def test_the_square_of_a_difference_stays_a_square() -> None:
    """A root that is negative somewhere has no power of 2.1: predictions there must not be those of another place."""
    node = parse_formula("4 + 0.05 * (v - 24)**2", frozenset({"v"}))
    probe = {"v": np.linspace(18.0, 30.0, 60)}
    written = formula_of(node, True, probe, 60)
    assert len(written.places) == 3, "4, 0.05 and 24, but not the 2"
    trials = {"v": np.array([19.0, 22.0, 26.0, 29.0])}
    measured = np.log(5 + 0.03 * (trials["v"] - 22.5) ** 2)
    learned = calibrated(written, trials, measured, 0.02**2 * np.eye(4), probe, 60)
    assert learned.curve(trials, 4)[0] == pytest.approx(measured, abs=0.03)
    alone = [learned.curve({"v": np.array([v])}, 1)[0][0] for v in trials["v"]]
    assert alone == pytest.approx(learned.curve(trials, 4)[0]), "whatever else is asked beside it"


def test_where_a_formula_has_no_value_it_says_the_same_whatever_else_is_asked() -> None:
    probe = {"v": np.linspace(60.0, 200.0, 71)}
    formula = formula_of(parse_formula("2 + sqrt(v - 100)", frozenset({"v"})), False, probe, 71)
    alone = formula.curve({"v": np.array([70.0])}, 1)[0][0]
    for beside in (101.0, 199.0):
        assert formula.curve({"v": np.array([70.0, beside])}, 2)[0][0] == alone
    assert 2 < alone < 12, "as in the middle of where it has one"


def test_a_formula_that_varies_little_is_not_off_by_factors() -> None:
    """Hardness is a difference of great numbers: each may be off by 40 %, hardness never is."""
    node = parse_formula("71 - 0.0017 * (t + 273) * 19.5", frozenset({"t"}))
    probe = {"t": np.linspace(450.0, 680.0, 60)}
    formula = formula_of(node, True, probe, 60, 0.38)
    _, features = formula.mean_and_features(probe, 60)
    assert float(np.sqrt(np.square(features).sum(axis=1)).mean()) < 0.4
