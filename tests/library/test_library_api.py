"""``import nightmill as nm``: what it lists, how light it is, and that each function answers with records, tables and plots."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest

import nightmill as nm
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e

EXAMPLE = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "parts"
HEAVY = ("numpy", "numba", "scipy", "pyarrow", "OCP", "shapely", "litestar", "matplotlib", "lightgbm")


def _planned() -> "nm.Scheduled":
    model = nm.Model()
    model.machine("mill")
    model.shift(6, 18)
    for name in ("A", "B"):
        order = model.order(name, due_h=30)
        for _ in range(2):
            model.operation(model.part(order), {"mill": 2.0})
    return nm.schedule(model, iterations=100)


def test_the_import_lists_the_api_and_loads_nothing_heavy() -> None:
    program = f"import sys, nightmill as nm; print(dir(nm)); print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True)
    listed, loaded = done.stdout.splitlines()
    assert listed == str(sorted(nm.__all__))
    assert loaded == "[]"


@pytest.mark.parametrize("name", nm.__all__)
def test_every_name_is_there_and_says_what_it_does(name: str) -> None:
    assert len((getattr(nm, name).__doc__ or "").strip()) > 20


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'plann'"):
        getattr(nm, "plann")  # noqa: B009


def test_a_model_is_scheduled_and_its_table_holds_every_operation() -> None:
    planned = _planned()
    assert planned.violations() == ()
    table = planned.to_arrow()
    assert table.num_rows == 4
    assert set(table["machine"].to_pylist()) == {"mill"}


def test_a_schedule_is_simulated_the_same_for_a_seed() -> None:
    planned = _planned()
    one, other = (nm.simulate(planned, days=4, replications=30, seed=5) for _ in range(2))
    assert one == other
    assert {row.order for row in one.completions} == {"A", "B"}
    certain = nm.simulate(planned, days=4, replications=2, uncertainty=nm.certain())
    ends = {row.order: row.end_s for row in planned.schedule.assignments}
    assert all(row.low_s is not None and row.low_s >= ends[row.order] for row in certain.completions)


@pytest.mark.parametrize("form", ["columns", "arrow", "file"])
def test_demand_comes_in_as_columns_arrow_or_a_file(form: str, tmp_path: Path) -> None:
    columns = {"item": ["a"] * 30, "period": list(range(30)), "qty": [float(k % 4) for k in range(30)]}
    data: object = columns
    if form == "arrow":
        data = pa.table(columns)
    if form == "file":
        data = tmp_path / "history.csv"
        text = "item,period,qty\n" + "".join(f"a,{k},{k % 4}\n" for k in range(30))
        (tmp_path / "history.csv").write_text(text)
    found = nm.forecast(data, 3)
    assert found.to_arrow().column_names == ["item", "period", "q50", "q75", "q90", "q95", "q99"]
    assert [row["period"] for row in found.periods] == [30, 31, 32]


def test_a_table_without_its_columns_is_refused_with_what_is_missing() -> None:
    with pytest.raises(nm.BadInput, match="qty"):
        nm.forecast({"item": ["a"], "period": [1]}, 3)
    with pytest.raises(nm.BadInput, match="a data frame"):
        nm.forecast(7, 3)


def test_material_is_planned_from_tables() -> None:
    tables = {
        "items": {"item": ["top", "screw"], "source": ["make", "buy"], "lead_time_weeks": [1, 2]},
        "bom": {"parent": ["top"], "child": ["screw"], "qty": [4]},
        "demand": {"item": ["top"], "week": [6], "qty": [10]},
    }
    found = nm.plan_material(tables, weeks=12)
    sizes = {row["item"]: row["quantity"] for row in found.to_arrow().to_pylist()}
    assert sizes == {"top": 10, "screw": 40}


def test_a_chart_finds_a_shift() -> None:
    values = [10.0 + 0.01 * ((7 * k) % 5 - 2) for k in range(40)] + [10.2]
    found = nm.control_chart(values, lsl=9.9, usl=10.3)
    assert 40 in {each.index for each in found.signals if each.chart == "individuals"}
    assert {each.chart for each in found.signals} <= {"individuals", "moving_range", "ewma", "cusum"}
    assert found.cpk is not None


def test_a_study_suggests_and_learns() -> None:
    study = {
        "name": "feed",
        "parameters": [{"name": "x", "low": 0.0, "high": 1.0}],
        "outputs": [{"name": "y", "goal": "minimise"}],
    }
    tuning = nm.Tuning(study)
    for _ in range(3):
        (trial,) = tuning.suggest()
        tuning.tell({"y": (float(trial.parameters["x"]) - 0.3) ** 2}, trial=trial.trial)
    assert tuning.best.trials == 3


def test_a_mail_becomes_a_draft() -> None:
    draft = nm.read_mail("Please quote 20 pcs of BR-100 in 6061 by 12 January 2027", today=dt.date(2026, 12, 1))
    assert draft.lines[0].quantities[0].value == 20


def test_features_of_a_step_file() -> None:
    found = nm.features(EXAMPLE / "bracket.step")
    assert any("hole" in each.kind for each in found.features)
    assert found.to_arrow().num_rows == len(found.features)


@pytest.mark.slow
def test_a_part_is_planned_saved_and_verified(tmp_path: Path) -> None:
    found = nm.plan(EXAMPLE / "bracket.step")
    assert found.certified
    assert found.programs
    assert found.to_arrow().num_rows >= 3
    folder = found.save(tmp_path / "out")
    assert nm.verify(folder / "plan.json", EXAMPLE / "bracket.step").certified


def test_plots_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need the extra plot")
    planned = _planned()
    axes = [
        planned.plot_gantt(),
        nm.simulate(planned, days=4, replications=5).plot_completions(),
        nm.forecast({"item": ["a"] * 9, "period": list(range(9)), "qty": [1.0] * 9}, 3).plot("a"),
        nm.control_chart([10.0, 10.1, 9.9, 10.0, 10.1, 9.9]).plot(),
    ]
    for number, each in enumerate(axes):
        path = tmp_path / f"{number}.png"
        each.figure.savefig(path)
        assert path.stat().st_size > 1000


def test_too_few_values_and_values_that_are_none_are_refused() -> None:
    for values in ([], [10.0], [10.0, float("nan"), 9.9], ["a", "b", "c"]):
        with pytest.raises(nm.BadInput):
            nm.control_chart(values)  # type: ignore[arg-type]


def test_a_schedule_against_the_rules_shows_its_violations() -> None:
    planned = _planned()
    first, second, *rest = planned.schedule.assignments
    clash = msgspec.structs.replace(second, machine=first.machine, start_s=first.start_s, end_s=first.end_s)
    wrong = msgspec.structs.replace(planned.schedule, assignments=(first, clash, *rest))
    assert nm.Scheduled(planned.problem, wrong).violations()


def test_a_file_that_is_no_drawing_is_refused(tmp_path: Path) -> None:
    for name in ("a.step", "a.txt"):
        (tmp_path / name).write_text("Please quote 20 pcs of BR-100")
        with pytest.raises(nm.BadInput):
            nm.read_drawing(tmp_path / name)


def test_an_unfinished_run_is_thrown_away_only_when_asked_to(tmp_path: Path) -> None:
    shop = nm.example_shop(tmp_path / "shop")
    store = SqliteEventStore(shop / ".nightmill" / "log.sqlite")
    store.append(
        [e.Event(0, 0.0, "software:plant", e.RunStarted("s", "closed-loop", 1, 1.0, "00"))], expected_version=0
    )
    store.close()
    with pytest.raises(nm.BadInput, match=r"unfinished|--resume"):
        nm.run(shop, days=0.1)
    assert nm.log(shop).num_rows == 1


def test_what_is_no_table_no_study_and_no_quantity_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(nm.BadInput, match="itms"):
        nm.plan_material({"items": {"item": ["a"]}, "itms": {"a": [1]}})
    with pytest.raises(nm.BadInput, match=r"items\.csv"):
        nm.plan_material(tmp_path)
    with pytest.raises(nm.BadInput, match="one length"):
        nm.forecast({"item": ["a", "b"], "period": [1], "qty": [1.0]}, 3)
    with pytest.raises(nm.BadInput, match="nosuch"):
        nm.Tuning(tmp_path / "nosuch.json")
    with pytest.raises(nm.BadInput, match="nosuch"):
        nm.forecast(tmp_path / "nosuch.csv", 3)
    with pytest.raises(nm.BadInput, match="at least 1 piece"):
        nm.quote(EXAMPLE / "bracket.step", quantity=-3)
