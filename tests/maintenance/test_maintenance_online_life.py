"""What a fitted model says of a running machine: life left, how sure, by which signals, and when it says nothing."""

import msgspec
import numpy as np
import pytest

from nightmill.maintenance.health_monitor import DEFAULT_LAW, HealthMonitor, Window, assess, choose_window, window_costs
from nightmill.maintenance.history import read_history
from nightmill.maintenance.online_life import LearnedLife, Rows
from nightmill.maintenance.prognostics import HealthModel, fit_health, load_model, save_model
from nightmill.maintenance.remaining_useful_life import YOUNG
from nightmill.vocabulary.errors import BadInput

LIFE, HOUR = 60, 3600.0


def reading(left: int, rng: np.random.Generator) -> dict[str, float]:
    """Vibration that bends up before a failure; the temperature tells nothing."""
    return {
        "sensor_vibration_mm_s": 1.0 + 4 * float(np.exp(-left / 12.0)) + 0.05 * float(rng.standard_normal()),
        "sensor_temperature_c": 30.0 + float(rng.standard_normal()),
    }


def rows(lived: int, seed: int = 99, shift: float = 0.0) -> Rows:
    rng = np.random.default_rng(seed)
    found = [(k + 1, reading(LIFE - k - 1, rng)) for k in range(lived)]
    return [(cycle, {name: value + shift for name, value in row.items()}) for cycle, row in found]


@pytest.fixture(scope="module")
def model() -> HealthModel:
    rng = np.random.default_rng(1)
    lines = ["unit,cycle,sensor_vibration_mm_s,sensor_temperature_c,failed"]
    for unit in range(10):
        life = LIFE + int(rng.integers(-15, 16))
        for cycle in range(1, life + 1):
            row = reading(life - cycle, rng)
            lines.append(f"{unit},{cycle},{','.join(f'{v:.4f}' for v in row.values())},{int(cycle == life)}")
    fitted = fit_health(read_history({"fleet.csv": "\n".join(lines)}), horizon=50, cycle_s=HOUR)
    return load_model(save_model(fitted))


def test_a_life_that_ends_is_foreseen_and_its_signal_named(model: HealthModel) -> None:
    healthy, worn = model.left(rows(20), 20 * HOUR), model.left(rows(55), 55 * HOUR)
    assert healthy is not None
    assert worn is not None
    assert (healthy.signals, worn.signals) == ((), ("vibration_mm_s",))
    assert worn.low_s <= worn.life_s <= worn.high_s
    assert worn.life_s < 15 * HOUR < healthy.life_s
    assert worn.failure_within(worn.at_s, 24 * HOUR) > 0.5 > healthy.failure_within(healthy.at_s, 12 * HOUR)
    assert "learned from 10 failures" in worn.text()
    assert "vibration_mm_s" in worn.text()


@pytest.mark.parametrize(
    "change",
    [
        {"trees": ("tree\nversion=v4",)},
        {"sensors": ("sensor_vibration_mm_s",)},
        {"networks": ()},
    ],
)
def test_a_model_that_cannot_predict_is_refused_when_it_is_read(model: HealthModel, change: dict[str, object]) -> None:
    assert model.life is not None
    broken = msgspec.structs.replace(model, life=msgspec.structs.replace(model.life, share=0.5, **change))
    with pytest.raises(BadInput, match="a model written by health fit"):
        load_model(save_model(broken))


def test_only_rows_up_to_now_count(model: HealthModel) -> None:
    assert model.left(rows(30), 30 * HOUR) == model.left([*rows(30)], 30 * HOUR)
    assert model.left(rows(40)[:30], 30 * HOUR) == model.left(rows(30), 30 * HOUR)


def test_it_says_nothing_of_what_it_has_not_learned(model: HealthModel) -> None:
    assert model.left(rows(YOUNG - 1), 0.0) is None, "too young"
    assert model.left([(c, {"sensor_temperature_c": 30.0}) for c, _ in rows(40)], 0.0) is None, "no vibration told"
    assert model.left(rows(40, shift=40.0), 0.0) is None, "unlike every reading of the fit"
    assert model.silent_because(rows(40)) == ""
    assert "are needed" in model.silent_because(rows(3))
    assert "no readings of sensor_vibration_mm_s" in model.silent_because(
        [(c, {"sensor_temperature_c": 30.0}) for c, _ in rows(40)]
    )
    assert model.silent_because(rows(40, shift=40.0)).startswith("beyond what was learned from")
    timeless = HealthModel(**{name: getattr(model, name) for name in model.__struct_fields__ if name != "cycle_s"})
    assert timeless.left(rows(40), 0.0) is None
    assert timeless.law() is None


def test_a_learned_life_moves_the_window_and_its_chance_rises_with_the_span() -> None:
    found = assess(HealthMonitor("mill", 0.0), 100 * HOUR)
    windows = [Window(100 * HOUR + 4 * HOUR * k) for k in range(12)]
    starts = []
    for left in (8, 40):
        life = LearnedLife(
            100 * HOUR, left * HOUR, 0.7 * left * HOUR, 1.3 * left * HOUR, 125 * HOUR, 9, ("vibration_mm_s",)
        )
        told = found.informed(life)
        assert told.signals == ("vibration_mm_s",)
        chances = [told.failure_within(HOUR * span) for span in range(0, 60, 5)]
        assert chances == sorted(chances)
        assert chances[0] < 0.05
        best = choose_window(window_costs(told, windows, 1000.0, 100.0))
        assert best is not None
        starts.append(best.window.start_s)
    assert starts[0] < 108 * HOUR < starts[1]
    assert found.informed(None) is found


def test_an_hour_survived_counts() -> None:
    life = LearnedLife(0.0, 10 * HOUR, 5 * HOUR, 15 * HOUR, 125 * HOUR, 9, ())
    assert life.failure_within(0.0, 4 * HOUR) < life.failure_within(6 * HOUR, 4 * HOUR)
    assert life.failure_within(80 * HOUR, HOUR) == 1.0, "long past what it gave"


def test_one_failure_moves_the_lifetime_law_a_little_and_many_far(model: HealthModel) -> None:
    laws = [msgspec.structs.replace(model, failures=failures).law() for failures in (1, 8, 1000)]
    assert model.lifetimes is not None
    taught, scales = model.lifetimes.scale * HOUR, [law.scale for law in laws if law]
    assert DEFAULT_LAW.scale > scales[0] > scales[1] > scales[2] == pytest.approx(taught, rel=0.01)
    assert scales[0] > 2 * taught
