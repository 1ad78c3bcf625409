import json
import math
import xml.etree.ElementTree as ET

import msgspec
import numpy as np
import pytest

from nightmill.tuning import History, Result, Study, draw_study, read_study, suggest, tell, told
from nightmill.tuning.ask_tell import STEP, keeps_limits, log_improvement
from nightmill.tuning.formula import FormulaError, evaluate, parse_formula
from nightmill.tuning.output_model import believe
from nightmill.tuning.search_space import encode
from nightmill.tuning.study import Trial, hard_limits_kept
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed

TURNING = {
    "name": "turning", "seed": 7, "trials": 30,
    "parameters": [
        {"name": "vc", "low": 60, "high": 400, "scale": "log"},
        {"name": "f", "low": 0.05, "high": 0.6, "scale": "log"},
    ],
    "outputs": [
        {"name": "cost", "goal": "minimise", "noise": {"relative": 0.03}},
        {"name": "ra", "limit": {"max": 3.2}, "noise": {"absolute": 0.1}},
    ],
    "hard_limits": [{"name": "power", "coefficient": 0.1, "powers": {"vc": 1, "f": 0.75}, "max": 11.0}],
}  # fmt: skip
PRIORS = ("0.4 + 80 / (vc * f) + 3e-8 * vc**3", "31.25 * f**2 / 0.9")


def study(**changes: object) -> Study:
    return read_study(json.dumps({**TURNING, **changes}))


def with_priors() -> list[dict[str, object]]:
    return [{**o, "prior": p} for o, p in zip(TURNING["outputs"], PRIORS, strict=True)]  # type: ignore[call-overload]


def truth(setting: dict[str, float | int | str]) -> dict[str, float]:
    vc, f = float(setting["vc"]), float(setting["f"])
    return {"cost": 0.6 + 100 / (vc * f) + 6e-8 * vc**3, "ra": 31.25 * f**2 / 0.8 + 0.3}


def optimum() -> float:
    best = math.inf
    for vc in np.geomspace(60, 400, 200):
        for f in np.geomspace(0.05, 0.6, 200):
            out = truth({"vc": vc, "f": f})
            if out["ra"] <= 3.2 and 0.1 * vc * f**0.75 <= 11:
                best = min(best, out["cost"])
    return best


def campaign(s: Study, trials: int, seed: int = 0) -> History:
    rng = np.random.default_rng(seed)
    history = History()
    for _ in range(trials):
        asked = suggest(s, history)
        (one,) = asked.suggestions
        assert hard_limits_kept(s, one.parameters)
        out = truth(one.parameters)
        noisy = {"cost": out["cost"] * (1 + rng.normal(0, 0.03)), "ra": out["ra"] + rng.normal(0, 0.1)}
        history = tell(s, asked.history, Result(outputs=noisy, trial=one.trial))
    return history


def reached(history: History) -> float:
    good = [t for t in history.trials if truth(t.parameters)["ra"] <= 3.2]
    return min((truth(t.parameters)["cost"] for t in good), default=math.inf)


def test_a_cold_study_comes_near_the_true_optimum() -> None:
    assert reached(campaign(study(), 16)) < 1.08 * optimum()


def test_a_wrong_handbook_brings_it_there_in_few_trials() -> None:
    history = campaign(study(outputs=with_priors()), 7)
    assert reached(history) < 1.08 * optimum()
    assert np.mean([truth(t.parameters)["ra"] > 3.2 for t in history.trials]) <= 0.45


@pytest.mark.parametrize(("outputs", "risk"), [(None, 0.06), (with_priors(), 0.1)])
def test_after_trials_that_broke_limits_a_formula_lets_the_next_be_bolder(outputs: object, risk: float) -> None:
    s = study(**({"outputs": outputs} if outputs else {}))
    history = History()
    for f in (0.1, 0.36, 0.38, 0.4):
        setting: dict[str, float | int | str] = {"vc": 150.0, "f": f}
        history = tell(s, history, Result(parameters=setting, outputs=truth(setting)))
    assert f"of risk up to {risk:g};" in suggest(s, history).suggestions[0].reason


@pytest.mark.slow
def test_safe_mode_keeps_the_stated_risk_and_breaks_few_limits() -> None:
    s = study(outputs=with_priors(), mode="safe", max_risk=0.1, start={"vc": 150, "f": 0.15})
    history = History()
    rng = np.random.default_rng(1)
    for k in range(8):
        asked = suggest(s, history)
        (one,) = asked.suggestions
        if k:
            assert 1 - np.prod([1 - r for r in one.risk.values()]) <= 0.1 + 1e-9
        out = truth(one.parameters)
        history = tell(s, asked.history, Result(outputs={"cost": out["cost"], "ra": out["ra"] + rng.normal(0, 0.1)}))
    assert history.trials[0].parameters == {"vc": 150, "f": 0.15}
    assert sum(t.outputs["ra"] > 3.2 for t in history.trials) <= 1


def test_asking_again_gives_the_same_and_a_fresh_process_too() -> None:
    s = study()
    asked = suggest(s, History(), batch=3)
    assert suggest(s, asked.history, batch=3).suggestions == asked.suggestions
    assert suggest(s, History(), batch=3).suggestions == asked.suggestions
    assert len({json.dumps(x.parameters) for x in asked.suggestions}) == 3
    after = tell(s, asked.history, Result(outputs={"cost": 2.0, "ra": 1.0}, trial=2))
    assert suggest(s, after).suggestions[0] == asked.suggestions[0]
    assert [x.trial for x in suggest(s, after, batch=3).suggestions] == [1, 3, 4]
    back = msgspec.json.decode(msgspec.json.encode(after), type=History)
    assert suggest(s, back, batch=3).suggestions == suggest(s, after, batch=3).suggestions


def test_steps_from_what_kept_the_limits_are_short_whatever_the_models_think() -> None:
    lying = [{**o, "prior": p} for o, p in zip(TURNING["outputs"], ("1 / (vc * f)", "1e-6 * vc * f"), strict=True)]  # type: ignore[call-overload]
    s = study(outputs=lying, start={"vc": 100, "f": 0.08})
    history = History()
    for _ in range(4):
        asked = suggest(s, history)
        (one,) = asked.suggestions
        kept = [t.parameters for t in history.trials if t.outputs["ra"] <= 3.2] or [{"vc": 100.0, "f": 0.08}]
        steps = [
            max(
                abs(math.log(float(one.parameters["vc"]) / float(k["vc"]))) / math.log(400 / 60),
                abs(math.log(float(one.parameters["f"]) / float(k["f"]))) / math.log(0.6 / 0.05),
            )
            for k in kept
        ]
        assert min(steps) <= STEP + 1e-6
        history = tell(s, asked.history, Result(outputs=truth(one.parameters)))


def layered(start: int, best: int) -> tuple[Study, History]:
    """Six trials of a study of one to three layers, of which ``best`` costs least and only those next to it bear the load."""
    document = {
        "name": "layers", "seed": 2, "start": {"current": 200, "layers": start},
        "parameters": [
            {"name": "current", "low": 100, "high": 300}, {"name": "layers", "kind": "integer", "low": 1, "high": 3},
        ],
        "outputs": [{"name": "cost", "goal": "minimise"}, {"name": "strength", "limit": {"min": 10}}],
    }  # fmt: skip
    s, history = read_study(json.dumps(document)), History()
    for _ in range(6):
        asked = suggest(s, history)
        x = asked.suggestions[0].parameters
        away = abs(int(x["layers"]) - best)
        outputs = {
            "cost": 5 + 3 * away + 0.001 * float(x["current"]),
            "strength": 16 - 5 * away - 0.01 * float(x["current"]),
        }
        history = tell(s, asked.history, Result(outputs=outputs))
    return s, history


def test_a_step_leads_to_the_next_of_few_levels() -> None:
    assert STEP < 0.5, "or the test says nothing"
    s, history = layered(start=2, best=3)
    layers = [int(t.parameters["layers"]) for t in history.trials]
    assert 3 in layers, "the next level lies further than a step"
    found = told(s, history).best
    assert found is not None
    assert found.parameters["layers"] == 3


def test_a_start_that_breaks_a_limit_holds_nothing_near() -> None:
    _, history = layered(start=1, best=3)
    assert not keeps_limits(layered(1, 3)[0], history.trials[0].outputs)
    assert {int(t.parameters["layers"]) for t in history.trials} >= {1, 3}


def test_few_trials_break_a_limit_though_the_physics_is_wrong_by_a_factor() -> None:
    wrong = [{**o, "prior": p} for o, p in zip(TURNING["outputs"], (PRIORS[0], "31.25 * f**2 / 1.6"), strict=True)]  # type: ignore[call-overload]
    broken = 0
    for seed in range(3):
        history = campaign(study(outputs=wrong, seed=seed), 8, seed)
        broken += sum(truth(t.parameters)["ra"] > 3.2 for t in history.trials)
    assert broken <= 5


def test_keys_are_those_of_the_format() -> None:
    (one,) = suggest(study(), History()).suggestions
    assert list(msgspec.to_builtins(one)) == ["trial", "parameters", "predicted", "risk", "stop", "reason", "best"]
    assert set(one.predicted) == {"cost", "ra"}
    assert set(one.risk) == {"ra"}


def test_a_turned_knob_failures_and_mistakes() -> None:
    s = study()
    history = tell(s, History(), Result(parameters={"vc": 500, "f": 0.2}, outputs={"cost": 1.0, "ra": 1.0}))
    history = tell(s, history, Result(parameters={"vc": 300, "f": 0.1}, failed=True))
    assert told(s, history).trials == 2
    assert suggest(s, history).suggestions[0].risk["failure"] >= 0
    with pytest.raises(BadInput, match="without a result so far"):
        tell(s, history, Result(parameters={"vc": 100, "f": 0.2}, outputs={"cost": 1.0, "ra": 1.0}, trial=1))
    with pytest.raises(BadInput) as caught:
        tell(s, history, Result(parameters={"vc": 100}, outputs={"cost": math.nan}))
    assert [f.place for f in caught.value.findings] == ["parameters, f", "outputs.cost", "outputs.ra"]


def test_choices_integers_steps_and_several_goals() -> None:
    s = read_study(
        json.dumps(
            {
                "name": "mixed", "seed": 1,
                "parameters": [
                    {"name": "x", "low": 0, "high": 1, "step": 0.25},
                    {"name": "n", "kind": "integer", "low": 1, "high": 4},
                    {"name": "insert", "kind": "choice", "values": ["A", "B"]},
                ],
                "outputs": [{"name": "a", "goal": "minimise"}, {"name": "b", "goal": "maximise"}],
            }
        )
    )  # fmt: skip
    history = History()
    for _ in range(9):
        asked = suggest(s, history)
        p = asked.suggestions[0].parameters
        assert float(p["x"]) * 4 == int(float(p["x"]) * 4)
        assert isinstance(p["n"], int)
        assert p["insert"] in ("A", "B")
        a = float(p["x"]) + float(p["n"]) + (p["insert"] == "A")
        history = tell(s, asked.history, Result(outputs={"a": a, "b": float(p["x"]) - float(p["n"])}))
    best = told(s, history).best
    assert best is not None
    assert best.parameters["n"] == 1
    front = [(b.outputs["a"], -b.outputs["b"]) for b in told(s, history).front]
    everything = [(t.outputs["a"], -t.outputs["b"]) for t in history.trials]
    assert front
    for mine in everything:
        beaten = any(x[0] <= mine[0] and x[1] <= mine[1] and x != mine for x in everything)
        assert (mine in front) == (not beaten)
    picture = ET.fromstring(draw_study(s, history))
    assert len(picture.findall(".//{*}circle")) == 3 * len(history.trials)
    texts = [each.text or "" for each in picture.findall(".//{*}text")]
    # Ends of axes in the parameters' own numbers, and what the surface's other parameters are.
    assert {"1", "9"} <= set(texts)
    assert any("insert B" in text for text in texts)


def test_an_empty_study_and_one_of_a_single_knob_are_drawn_too() -> None:
    assert "no trial yet" in draw_study(study(name="a < b"), History())
    one = read_study(
        json.dumps({"name": "x", "parameters": [{"name": "x"}], "outputs": [{"name": "y", "goal": "minimise"}]})
    )
    history = tell(one, History(), Result(parameters={"x": 0.5}, outputs={"y": 1.0}))
    assert len(ET.fromstring(draw_study(one, history)).findall(".//{*}circle")) == 1


@pytest.mark.slow
def test_earlier_trials_guide_but_are_never_results() -> None:
    earlier = [
        {"context": "C45", "parameters": {"vc": vc, "f": f}, "outputs": {k: 1.2 * v for k, v in truth({"vc": vc, "f": f}).items()}}
        for vc in (80.0, 150.0, 250.0, 380.0) for f in (0.08, 0.15, 0.25, 0.4)
    ]  # fmt: skip
    s = study(earlier_trials=earlier)
    assert suggest(s, History()).suggestions[0].best is None
    assert reached(campaign(s, 8)) < 1.1 * optimum()


@pytest.mark.parametrize(("rows", "least", "most"), [(3, 0.2, 2.0), (30, 0.01, 0.15)])
def test_many_earlier_results_show_how_little_an_output_varies(rows: int, least: float, most: float) -> None:
    """Hardness of another steel between 36 and 44 says that this one's is not off by factors either."""
    settings = [60 * (400 / 60) ** (k / rows) for k in range(rows)]
    earlier = [{"context": "steel", "parameters": {"vc": vc, "f": 0.2}, "outputs": {"cost": 1.0, "ra": 44 - vc / 50}} for vc in settings]  # fmt: skip
    outputs = [TURNING["outputs"][0], {"name": "ra", "limit": {"max": 41}, "noise": {"relative": 0.01}}]  # type: ignore[index]
    s = study(outputs=outputs, earlier_trials=earlier)
    belief = believe(s, s.outputs[1], ())
    _, sd = belief.predict(np.full((1, 2), 0.5))
    assert least < float(sd[0]) < most


def test_the_study_stops_when_a_trial_is_not_worth_its_cost() -> None:
    dear, cheap = study(trial_cost=50.0), study(trial_cost=1e-9)
    history = campaign(study(), 6)
    assert suggest(dear, History(history.trials)).suggestions[0].stop
    assert not suggest(cheap, History(history.trials)).suggestions[0].stop
    assert suggest(study(trials=6), History(history.trials)).suggestions[0].stop


def test_the_gain_of_several_goals_counts_in_the_unit_of_the_first() -> None:
    # Costs in cents: what a share of both goals is worth grows a hundredfold, and so may a trial cost more.
    def gain(factor: float) -> float:
        outputs = [{"name": "cost", "goal": "minimise"}, {"name": "ra", "goal": "minimise"}]
        made = study(outputs=outputs, hard_limits=[])
        history = History()
        for vc, f in ((80, 0.1), (150, 0.2), (200, 0.3), (120, 0.4)):
            out = truth({"vc": vc, "f": f})
            read = {"cost": factor * out["cost"], "ra": out["ra"]}
            history = tell(made, history, Result(parameters={"vc": vc, "f": f}, outputs=read))
        (one,) = suggest(made, history).suggestions
        return float(one.reason.rpartition("expected gain ")[2].split()[0])

    assert gain(100.0) == pytest.approx(100 * gain(1.0), rel=0.02)


@pytest.mark.parametrize(
    "text", ["__import__('os')", "vc.real", "vc if f else 1", "vc +", "exp(vc, f)", "(" * 99 + "1", "1 2", "y"]
)
def test_what_is_not_a_formula_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(text, frozenset({"vc", "f"}))


@pytest.mark.parametrize(
    "text", ["-2**2", "2**3**2", "2**-1", "1 - 2 - 3", "8/4/2", "max(1, 2, 0.5)*min(3,4)", "abs(-1.5e2)", "+-+2"]
)
def test_formulas_mean_what_arithmetic_says(text: str) -> None:
    assert float(evaluate(parse_formula(text, frozenset()), {})) == pytest.approx(eval(text))


def test_every_contradiction_of_a_study_is_named() -> None:
    with pytest.raises(BadInput) as caught:
        study(
            parameters=[{"name": "vc", "low": 0, "high": 4, "scale": "log"}, {"name": "f", "low": 2, "high": 1}],
            outputs=[{"name": "cost", "goal": "minimise", "prior": "vc *"}, {"name": "ra"}],
            hard_limits=[{"name": "p", "coefficient": 1, "powers": {"zz": 1}, "max": 1}],
            max_risk=2,
        )
    assert len(caught.value.findings) == 6
    with pytest.raises(BadInput, match="no setting within power"):
        suggest(study(hard_limits=[{"name": "power", "coefficient": 1.0, "powers": {"vc": 1}, "max": 1.0}]), History())


def test_log_improvement_against_integration() -> None:
    z = np.linspace(-12, 12, 400001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    for lead, sd in ((0.3, 0.5), (-2.0, 1.0), (-5.0, 1.0), (2.0, 0.1)):
        exact = np.log(np.sum(np.maximum(0, lead + sd * z) * density) * (z[1] - z[0]))
        assert float(log_improvement(np.array([lead]), np.array([sd]))[0]) == pytest.approx(exact, abs=2e-3)


def test_a_study_on_botorchs_process_learns_as_ours_does() -> None:
    pytest.importorskip("botorch", reason="the extra botorch is not installed")
    ours, theirs = (campaign(study(outputs=with_priors(), surrogate=each), 6) for each in ("own", "botorch"))
    assert ours.trials != theirs.trials
    for history in (ours, theirs):
        best = told(study(), history).best
        assert best is not None
        assert best.outputs["cost"] < 1.10 * optimum()


def test_without_botorch_a_study_that_asks_for_it_says_what_to_install() -> None:
    try:
        import botorch  # type: ignore[import-not-found, unused-ignore]  # noqa: F401
    except ImportError:
        with pytest.raises(EnvironmentFailed, match=r"nightmill\[botorch\]"):
            suggest(study(outputs=with_priors(), surrogate="botorch"), campaign(study(outputs=with_priors()), 3))
    else:
        pytest.skip("the extra botorch is installed")


def test_a_first_trial_without_knowledge_is_gentle_in_what_loads_the_machine() -> None:
    document = {
        "name": "cold", "seed": 3,
        "parameters": [{"name": "v", "low": 0, "high": 10}, {"name": "f", "low": 1, "high": 2}],
        "outputs": [{"name": "c", "goal": "minimise"}, {"name": "r", "limit": {"max": 3}, "noise": {"relative": 0.03}}],
        "hard_limits": [{"name": "power", "coefficient": 1, "powers": {"v": 1}, "max": 9}],
    }  # fmt: skip
    study = read_study(json.dumps(document))
    first = suggest(study, History())
    setting = first.suggestions[0].parameters
    assert float(setting["v"]) < 4.0 < 10 * (float(setting["f"]) - 1)
    history = tell(study, first.history, Result(outputs={"c": 2.0, "r": 4.0}))
    assert float(suggest(study, history).suggestions[0].parameters["v"]) <= 9.0


def _shared() -> Study:
    return read_study(
        json.dumps(
            {
                "name": "two lathes",
                "machines": ["old", "new"],
                "parameters": [{"name": "f", "low": 0.1, "high": 0.4, "scale": "log"}],
                "outputs": [
                    {"name": "minutes", "goal": "minimise", "noise": {"relative": 0.02}},
                    {"name": "ra", "limit": {"max": 2.0}, "noise": {"relative": 0.02}},
                ],
                "start": {"f": 0.15},
            }
        )
    )


def test_a_batch_is_shared_out_among_machines_and_each_machine_is_learned() -> None:
    study, history = _shared(), History()
    for _ in range(5):
        asked = suggest(study, history, batch=2)
        assert {s.parameters["machine"] for s in asked.suggestions} == {"old", "new"}
        history = asked.history
        for s in asked.suggestions:
            f = float(s.parameters["f"])
            ra = 31.25 * f**2 / 0.8 * (1.3 if s.parameters["machine"] == "old" else 1.0)
            history = tell(study, history, Result(trial=s.trial, outputs={"minutes": 1 / f, "ra": ra}))
    surface = believe(study, study.outputs[1], history.trials)
    old, new = (
        float(np.exp(surface.predict(encode(study, [{"f": 0.2, "machine": name}]))[0][0])) for name in study.machines
    )
    assert 1.15 < old / new < 1.45


def test_a_machine_that_was_never_tried_is_believed_with_wider_ranges() -> None:
    study = _shared()
    trials = tuple(
        Trial(k + 1, {"f": f, "machine": "old"}, {"minutes": 1 / f, "ra": 39 * f**2})
        for k, f in enumerate((0.12, 0.15, 0.18, 0.2))
    )
    minutes = believe(study, study.outputs[0], trials)
    old, new = (minutes.predict(encode(study, [{"f": 0.15, "machine": name}])) for name in study.machines)
    assert abs(new[0][0] - old[0][0]) < 0.3
    assert new[1][0] > 2 * old[1][0]


def test_machines_and_a_parameter_of_that_name_are_refused() -> None:
    document = {
        "name": "x",
        "machines": ["a"],
        "parameters": [{"name": "machine"}],
        "outputs": [{"name": "y", "goal": "minimise"}],
    }
    with pytest.raises(BadInput, match="as well as machines"):
        read_study(json.dumps(document))
    with pytest.raises(BadInput, match="each once"):
        read_study(json.dumps({**document, "machines": ["a", "a"], "parameters": [{"name": "x"}]}))
