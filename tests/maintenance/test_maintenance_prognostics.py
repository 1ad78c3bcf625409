import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from nightmill.maintenance.history import read_history
from nightmill.maintenance.operating_regimes import fit_scaling
from nightmill.maintenance.prognostics import UnitLife, fit_health, life_windows, load_model, predict_health, save_model
from nightmill.stats.survival import Weibull, weibayes, weibull_remaining
from nightmill.vocabulary.errors import BadInput

DATA = Path(os.environ.get("NIGHTMILL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


def fleet(units: int, seed: int, end: bool = True) -> str:
    """Units whose first signal bends up towards the end of a random life; the second is noise."""
    rng = np.random.default_rng(seed)
    lines = ["unit,cycle,setting_1,sensor_1,sensor_2,failed"]
    for u in range(units):
        life = int(rng.integers(60, 140))
        last = life if end else life - 20
        for c in range(1, last + 1):
            signal = np.exp(-(life - c) / 20.0) * 5 + rng.normal(0, 0.1)
            lines.append(f"m{u},{c},1.0,{signal:.4f},{rng.normal():.4f},{int(end and c == last)}")
    return "\n".join(lines)


@pytest.mark.slow
def test_failures_teach_remaining_life_and_the_model_survives_json() -> None:
    model = fit_health(read_history({"a.csv": fleet(24, 1)}), horizon=60)
    assert (model.rung, model.units, model.failures) == ("failures", 24, 24)
    fresh = read_history({"b.csv": fleet(12, 2, end=False)})
    report = predict_health(load_model(save_model(model)), fresh)
    assert report == predict_health(model, fresh)
    assert len(report.units) == 12
    # Every unit of the new fleet has 20 cycles left.
    assert abs(np.mean([u.rul for u in report.units]) - 20) < 6
    assert np.mean([u.low <= 20 <= u.high for u in report.units]) >= 0.7


def test_a_fit_says_how_far_it_is_and_is_the_same_on_any_number_of_threads() -> None:
    history, heard = read_history({"a.csv": fleet(9, 1)}), list[float]()
    model = fit_health(history, horizon=60, threads=2, tell=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert len(heard) > 5
    # Each tree on one thread: on a busy machine threads that wait for each other at every node take minutes for seconds of work.
    assert model.life is not None
    assert all("[num_threads: 1]" in trees for trees in model.life.trees)
    assert save_model(model) == save_model(fit_health(history, horizon=60))


def test_few_failures_fall_back_to_the_lifetime_law() -> None:
    model = fit_health(read_history({"a.csv": fleet(4, 1)}))
    assert model.rung == "lifetimes"
    (unit, *_) = predict_health(model, read_history({"b.csv": "unit,cycle\nz,1\nz,2\n"})).units
    assert 0 <= unit.low < unit.rul < unit.high


def test_a_row_a_life_says_how_long_it_lasted() -> None:
    rng = np.random.default_rng(3)
    ages = rng.integers(80, 121, 30).tolist()
    lived = "\n".join(["unit,cycle,failed", *(f"u{k},{age},1" for k, age in enumerate(ages))])
    model = fit_health(read_history({"lives.csv": lived}))
    assert model.lifetimes is not None
    assert 95 < model.lifetimes.scale < 112
    young, old = predict_health(model, read_history({"now.csv": "unit,cycle\na,20\nb,100\n"})).units
    assert 70 < young.rul < 90
    assert 2 < old.rul < 20
    # A life begun by a service lasted from the failure before it on, as the same records row by row say.
    again = read_history({"a.csv": "unit,cycle,failed,serviced\na,90,1,0\na,200,1,1\nb,100,1,0\nb,195,0,1\n"})
    rows = ["unit,cycle,failed,serviced"]
    for unit, first, second, failed in (("a", 90, 200, 1), ("b", 100, 195, 0)):
        rows += [
            f"{unit},{c},{int(c == first or (failed and c == second))},{int(c == first + 1)}"
            for c in range(1, second + 1)
        ]
    whole = fit_health(read_history({"b.csv": "\n".join(rows)}))
    assert fit_health(again).lifetimes == whole.lifetimes


def test_lives_of_one_row_and_signals_that_never_move_are_answered_all_the_same() -> None:
    text = "unit,cycle,sensor_1,failed\n" + "\n".join(f"u{k},1,2.0,1" for k in range(9))
    (unit, *_) = predict_health(fit_health(read_history({"a.csv": text}), horizon=50), read_history({"b": text})).units
    assert 0 <= unit.low <= unit.rul <= unit.high <= 50


def test_regimes_that_lie_near_each_other_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0, 100], [10, 0.25, 100], [20, 0.7, 100], [25, 0.62, 60], [35, 0.84, 100], [42, 0.84, 100]])
    settings = centres[rng.integers(0, 6, 3000)] + rng.normal(0, [0.002, 0.0005, 0], (3000, 3))
    assert len(fit_scaling(settings, settings).centres) == 6
    assert len(fit_scaling(rng.normal(size=(3000, 3)), settings).centres) == 1


def healthy(seed: int, rows: int, shift_at: int | None = None) -> str:
    rng = np.random.default_rng(seed)
    lines = ["unit,cycle,sensor_1,sensor_2"]
    for u in range(5):
        level = rng.normal(0, 0.3)
        for c in range(rows):
            bad = 2.0 if shift_at is not None and u == 0 and c >= shift_at else 0.0
            lines.append(f"p{u},{c},{level + bad + rng.normal():.4f},{rng.normal():.4f}")
    return "\n".join(lines)


def test_the_detector_keeps_its_budget_finds_a_shift_and_looks_only_back() -> None:
    model = fit_health(read_history({"h.csv": healthy(1, 1500)}), alarms_per_unit_month=1, cycles_per_month=720)
    assert model.rung == "unlabelled"
    quiet = predict_health(model, read_history({"q.csv": healthy(2, 1500)})).alarms
    assert len(quiet) <= 5 * 1500 / 720
    text = healthy(3, 900, shift_at=500)
    alarms = [
        a for a in predict_health(model, read_history({"x.csv": text})).alarms if a.unit == "p0" and a.cycle >= 500
    ]
    assert alarms
    assert alarms[0].cycle < 560
    assert alarms[0].signals[0] == "sensor_1"
    lines = text.split("\n")
    cut = "\n".join(
        [lines[0], *(x for x in lines[1:] if x.startswith("p0,") and int(x.split(",")[1]) <= alarms[0].cycle)]
    )
    again = predict_health(model, read_history({"x.csv": cut})).alarms
    assert alarms[0] in again


def test_a_unit_with_an_open_work_order_is_reported_again_only_when_it_is_much_worse() -> None:
    model = fit_health(read_history({"h.csv": healthy(1, 900)}), alarms_per_unit_month=1, cycles_per_month=720)

    def orders(second: float) -> int:
        rng = np.random.default_rng(5)
        rows = [(c, 0.0 if c < 200 else 2.0 if c < 300 else second) for c in range(400)]
        text = "\n".join(f"z,{c},{bad + rng.normal():.4f},{rng.normal():.4f}" for c, bad in rows)
        return len(predict_health(model, read_history({"x": "unit,cycle,sensor_1,sensor_2\n" + text})).alarms)

    assert orders(2.0) == 1
    assert orders(7.0) > 1


@pytest.mark.slow
def test_few_measurements_of_a_tool_give_the_rest_of_its_curve() -> None:
    rng = np.random.default_rng(0)

    def tools(count: int, hide: bool) -> tuple[str, dict[tuple[str, int], float]]:
        lines, truth = ["unit,cycle,wear_um"], {}
        for u in range(count):
            rate = rng.uniform(0.8, 1.6)
            for c in range(0, 60, 5):
                wear = 20 + rate * c + 15 * (1 - np.exp(-c / 8))
                truth[f"t{u}", c] = wear
                lines.append(
                    f"t{u},{c}," + ("" if hide and c not in (0, 5, 10, 15) else f"{wear + rng.normal(0, 1):.3f}")
                )
        return "\n".join(lines), truth

    model = fit_health(read_history({"w.csv": tools(8, False)[0]}))
    assert model.rung == "wear"
    text, truth = tools(4, True)
    points = predict_health(load_model(save_model(model)), read_history({"n.csv": text})).wear
    assert len(points) == 4 * 8
    error = [abs(p.value - truth[p.unit, p.cycle]) for p in points]
    assert np.mean(error) < 9
    assert np.mean([p.low <= truth[p.unit, p.cycle] <= p.high for p in points]) > 0.7
    for unit in {p.unit for p in points}:
        assert np.all(np.diff([p.value for p in points if p.unit == unit]) >= 0)


@pytest.mark.parametrize("rows", ["a,1,10\na,2,20\na,3,\nb,1,", "a,1,10\na,2,", "a,1,10\nb,1,14\nb,2,"])
def test_wear_of_too_few_rows_to_check_is_answered_by_a_model_read_back(rows: str) -> None:
    history = read_history({"w.csv": f"unit,cycle,wear_um\n{rows}\n"})
    report = predict_health(load_model(save_model(fit_health(history))), history)
    assert report.wear
    assert all(point.low <= point.value <= point.high for point in report.wear)


def test_a_steep_law_long_past_its_scale_is_answered() -> None:
    law = Weibull(400.0, 10.0, ((0.01, 0.0), (0.0, 0.01)))
    assert (law.survival(100.0), law.remaining(100.0, 0.5)) == (0.0, 0.0)
    assert law.failure_within(5.0, 100.0) == law.failure_within(100.0, 1.0) == 1.0
    assert weibull_remaining(law, 1000.0) == (0.0, 0.0, 0.0)


def test_signals_that_never_change_teach_no_detector() -> None:
    rows = [f"{unit},{cycle},1.0,,{int(cycle == 20 + unit)}" for unit in range(3) for cycle in range(1, 21 + unit)]
    failed = read_history({"a.csv": "\n".join(["unit,cycle,sensor_1,sensor_2,failed", *rows])})
    model = load_model(save_model(fit_health(failed)))
    assert (model.rung, model.detector) == ("lifetimes", None)
    assert len(predict_health(model, failed).units) == 3
    with pytest.raises(BadInput, match="no signal that changes"):
        fit_health(read_history({"a.csv": "\n".join(["unit,cycle,sensor_1,sensor_2", *(row[:-2] for row in rows)])}))


def test_lives_of_which_none_has_failed_tell_how_seldom_failures_are() -> None:
    running = read_history({"a.csv": "unit,cycle,failed\na,300,0\nb,300,0\nc,300,\n"})
    model = load_model(save_model(fit_health(running)))
    assert (model.rung, model.failures) == ("lifetimes", 0)
    assert model.lifetimes is not None
    assert model.lifetimes.scale == pytest.approx(300 * 3 ** (1 / model.lifetimes.shape))
    new, old = (predict_health(model, read_history({"b.csv": f"unit,cycle\na,{age}\n"})).units[0] for age in (1, 900))
    assert new.low < old.rul < new.rul < new.high
    assert life_windows(model, (new,), (10.0, 50.0), 10.0, 1.0)
    rows = [f"m{u},{c},{np.sin(7 * c + u):.3f},0" for u in range(3) for c in range(1, 101)]
    watched = read_history({"a.csv": "\n".join(["unit,cycle,sensor_1,failed", *rows])})
    both = fit_health(watched)
    assert (both.rung, both.detector is not None) == ("unlabelled", True)
    assert len(life_windows(both, predict_health(both, watched).units, (10.0, 50.0), 10.0, 1.0)) == 6
    with pytest.raises(BadInput, match="sensor_NAME"):
        fit_health(read_history({"a.csv": "unit,cycle,vibration\na,1,0.3\na,2,0.4\n"}))
    with pytest.raises(BadInput, match="lifetimes > 0"):
        weibayes([0.0], 1.5)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_semicolons_and_tabs_part_columns_and_numbers_may_have_a_decimal_comma(mark: str) -> None:
    lines = ["unit,cycle,setting_1,sensor_1,failed", '"a, left",1,-3.5,1e-3,0', '"a, left",2,.25,1200,1']
    plain = read_history({"a.csv": "\n".join(lines)})
    told = "\ufeff" + "\r\n".join(line.replace(",", mark).replace(f"a{mark} left", "a, left") for line in lines)
    assert repr(read_history({"a.csv": told.replace(".", ",")})) == repr(plain)
    assert repr(read_history({"a.csv": told})) == repr(plain)
    with pytest.raises(BadInput, match=r"line 2, sensor_1.*1\.234,5"):
        read_history({"a.csv": f"unit{mark}cycle{mark}sensor_1\na{mark}1{mark}1.234,5\n"})


def test_columns_that_are_not_read_are_told() -> None:
    texts = {"a.csv": "unit,cycle,sensor_1,vibration\na,1,2,3\n", "b.csv": "unit,cycle,Temp,vibration\nb,1,2,3\n"}
    assert read_history(texts).left_out == ("vibration", "Temp")
    assert read_history({"a.csv": "unit,cycle,serviced,failed,wear_um,setting_1,\na,1,0,0,1,2,\n"}).left_out == ()


def test_every_mistake_of_a_history_is_named() -> None:
    with pytest.raises(BadInput) as caught:
        read_history({"h.csv": "unit,cycle,sensor_1,failed\na,1,x,0\na,1.5,2,0\n,3,1,2\n", "i.csv": "cycle\n1\n"})
    assert [(f.file, f.place) for f in caught.value.findings] == [
        ("h.csv", "line 2, sensor_1"), ("h.csv", "line 3, cycle"), ("h.csv", "line 4, unit"),
        ("h.csv", "line 4, failed"), ("i.csv", "line 1"),
    ]  # fmt: skip
    with pytest.raises(BadInput) as caught:
        read_history({"h.csv": "unit,cycle,failed\na,2,1\na,2,0\n"})
    assert [f.place for f in caught.value.findings] == ["line 3, cycle", "line 2, failed"]


def test_a_missing_column_of_the_model_is_named() -> None:
    model = fit_health(read_history({"h.csv": healthy(1, 200)}))
    with pytest.raises(BadInput, match="sensor_2"):
        predict_health(model, read_history({"x.csv": "unit,cycle,sensor_1\na,1,1\n"}))
    with pytest.raises(BadInput):
        load_model(b'{"format": "else"}')


def cmapss(name: str) -> str:
    path = DATA / "maintenance" / "cmapss" / name
    if not path.exists():
        pytest.skip("C-MAPSS is not here: set NIGHTMILL_DATA")
    rows = [line.split() for line in gzip.decompress(path.read_bytes()).decode().splitlines() if line.strip()]
    head = ["unit", "cycle", *(f"setting_{k}" for k in (1, 2, 3)), *(f"sensor_{k}" for k in range(1, 22)), "failed"]
    train = name.startswith("train")
    ends = [train and (k + 1 == len(rows) or rows[k + 1][0] != row[0]) for k, row in enumerate(rows)]
    return "\n".join([",".join(head), *(",".join([*row, str(int(end))]) for row, end in zip(rows, ends, strict=True))])


@pytest.mark.slow
def test_engines_of_c_mapss_fd001_capped_at_125() -> None:
    model = fit_health(read_history({"train": cmapss("train_FD001.txt.gz")}), horizon=125, threads=2)
    report = predict_health(model, read_history({"test": cmapss("test_FD001.txt.gz")}))
    path = DATA / "maintenance" / "cmapss" / "RUL_FD001.txt.gz"
    truth = np.minimum(125, [float(x) for x in gzip.decompress(path.read_bytes()).split()])
    rul = np.array([u.rul for u in sorted(report.units, key=lambda u: int(u.id))])
    assert np.sqrt(np.mean(np.square(rul - truth))) < 10.5
    inside = [u.low <= t <= u.high for u, t in zip(sorted(report.units, key=lambda u: int(u.id)), truth, strict=True)]
    assert 0.82 <= np.mean(inside) <= 0.97


def test_a_serviced_unit_begins_a_new_life() -> None:
    text = "unit,cycle,sensor_1,failed,serviced\n" + "\n".join(
        f"a,{c},{c % 7},{int(c == 30)},{int(c == 31)}" for c in range(1, 41)
    )
    history = read_history({"a.csv": text})
    assert history.units == ("a", "a")
    assert history.failed.tolist() == [True, False]
    assert history.age.tolist() == [*range(1, 31), *range(1, 11)]
    model = fit_health(history)
    assert (model.units, model.failures) == (1, 1)
    (unit,) = predict_health(model, history).units
    (young,) = predict_health(model, read_history({"b": "unit,cycle\na,1\na,10\n"})).units
    assert unit == young
    with pytest.raises(BadInput, match="before it was serviced"):
        read_history({"a.csv": text.replace("31,3,0,1", "31,3,0,0")})


def test_a_new_edge_is_told_by_its_own_measurements_alone() -> None:
    head = "unit,cycle,wear_um,serviced\n"
    rows = "".join(f"w{u},{10 * k},{5 + (8 + u) * k},0\n" for u in range(4) for k in range(1, 7))
    model = fit_health(read_history({"w.csv": head + rows}))
    old = "".join(f"t,{10 * k},{40 + 12 * k},0\n" for k in range(1, 7))
    after = "t,70,8,1\nt,80,13,0\nt,90,,0\n"
    again = "".join(f"n,{c},{w},0\n" for c, w in ((10, 8), (20, 13), (30, "")))
    (worn,) = [p for p in predict_health(model, read_history({"w": head + old + after})).wear if p.cycle == 90]
    (alone,) = predict_health(model, read_history({"n": head + again})).wear
    assert (worn.value, worn.low, worn.high) == (alone.value, alone.low, alone.high)


def test_a_few_failures_leave_the_signals_to_a_detector() -> None:
    model = fit_health(read_history({"a.csv": fleet(4, 1)}), cycles_per_month=720)
    assert model.rung == "lifetimes"
    report = predict_health(model, read_history({"b.csv": fleet(3, 7)}))
    assert {alarm.unit for alarm in report.alarms} == {"m0", "m1", "m2"}
    assert all(alarm.signals[0] == "sensor_1" for alarm in report.alarms)
    assert len(report.units) == 3


def test_a_stuck_sensor_is_named_and_raises_no_work_order() -> None:
    model = fit_health(read_history({"h.csv": healthy(1, 900)}), alarms_per_unit_month=1, cycles_per_month=720)
    lines = healthy(2, 600).splitlines()
    first = lines[0].split(",").index("sensor_1")

    def stuck(line: str) -> str:
        cells = line.split(",")
        if cells[0] == "p0" and int(cells[1]) >= 300:
            cells[first] = "2.75"
        return ",".join(cells)

    report = predict_health(model, read_history({"x.csv": "\n".join([lines[0], *map(stuck, lines[1:])])}))
    (fault,) = report.sensor_faults
    assert (fault.unit, fault.sensor, fault.kind, fault.until) == ("p0", "sensor_1", "stuck", None)
    assert 300 < fault.since < 320
    assert not [a for a in report.alarms if a.unit == "p0" and a.cycle >= 320 and "sensor_1" in a.signals]


def test_operating_conditions_that_were_never_learned_are_told() -> None:
    def text(load: float) -> str:
        rng = np.random.default_rng(3)
        rows = "\n".join(f"a,{c},{load + c % 2},{rng.normal():.4f}" for c in range(300))
        return "unit,cycle,setting_load,sensor_1\n" + rows

    model = fit_health(read_history({"h": text(10)}))
    assert not predict_health(model, read_history({"s": text(10)})).unlike
    (unlike,) = predict_health(model, read_history({"o": text(14)})).unlike
    assert (unlike.unit, unlike.column, unlike.share, unlike.low, unlike.high) == ("a", "setting_load", 1.0, 10, 11)


def test_the_cost_curve_of_a_unit_is_least_before_its_life_ends() -> None:
    model = fit_health(read_history({"a.csv": fleet(4, 1)}), cycles_per_month=720)
    life = UnitLife("u", 50.0, 40.0, 60.0)
    curve = life_windows(model, [life], [0, 20, 35, 50, 80], 10.0, 1.0)
    assert [window.after for window in curve if window.cheapest] == [35]
    assert curve[3].failure_before == pytest.approx(0.5)
    assert curve[-1].cost > curve[0].cost
    with pytest.raises(BadInput, match="above that of a planned stop"):
        life_windows(model, [life], [10], 1.0, 2.0)
    with pytest.raises(BadInput, match="learned from failures"):
        life_windows(fit_health(read_history({"h.csv": healthy(1, 200)})), [life], [10], 10.0, 1.0)


def test_commas_in_cells_are_decimals_where_nothing_speaks_against_it() -> None:
    """A unit keeps its name, a comma file may have semicolons in its text, and thousands are never read as thousandths."""
    named = read_history({"a.csv": "unit;cycle;sensor_1\n1,2;1;1,234\n1,2;2;2,5\n"})
    assert named.units == ("1,2",)
    assert named.sensors[:, 0].tolist() == [1.234, 2.5]
    noted = read_history({"a.csv": 'unit,cycle,"note; by; whom; when",sensor_1\nm1,1,a;b;c,3.5\n'})
    assert noted.sensors[:, 0].tolist() == [3.5]
    for cells in ("1,234\t0.5", "0.5\t1,234"):
        first, second = cells.split("\t")
        with pytest.raises(BadInput, match=r"line \d: found '1,234' here and '0.5' in line \d"):
            read_history({"a.tsv": f"unit\tcycle\tsensor_1\nm1\t1\t{first}\nm1\t2\t{second}\n"})
    with pytest.raises(BadInput, match=r"1\.234,5"):
        read_history({"a.csv": "unit;cycle;sensor_1\nm1;1;1.234,5\n"})


def test_lives_without_a_failure_whose_signals_never_change_give_their_law() -> None:
    rows = "".join(f"m{unit},{cycle},0,20.0\n" for unit in (1, 2) for cycle in range(1, 101))
    model = fit_health(read_history({"a.csv": f"unit,cycle,failed,sensor_1\n{rows}"}))
    assert (model.rung, model.failures, model.detector) == ("lifetimes", 0, None)
    assert model.lifetimes is not None
    assert model.lifetimes.scale > 100
    with pytest.raises(BadInput, match="no signal that changes"):
        fit_health(read_history({"a.csv": "unit,cycle,sensor_1\n" + rows.replace(",0,", ",")}))
