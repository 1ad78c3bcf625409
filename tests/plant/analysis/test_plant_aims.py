"""What a plan is to make small, as a person says it: goals in their order, or weights."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nightmill.cli.app import app
from nightmill.plant.analysis.scheduling.goals import read_aim
from nightmill.plant.analysis.scheduling.problem_schedule import plan_problem
from nightmill.scheduling import records
from nightmill.vocabulary.errors import BadInput

CHEAP_AT_NIGHT = "job,operation,machine,run_s,due_s\nA,cut,M,3600,7000\nB,cut,M,3600,7000\n"


def shop() -> records.ShopProblem:
    """One part that is due at once; energy is cheap from the fourth hour on."""
    cut = records.ShopOperation("A|cut", "A", "A", "cut", (records.Alternative("M", 3600.0),), 60.0, 60.0)
    return records.ShopProblem(
        0.0, 1e5, (records.ShopMachine("M", power_kw=10.0),), (cut,), (records.ShopOrder("A", 3000.0),),
        (records.Window(0.0, 1e6, 1),), 1,
        tariffs=(records.Tariff(0.0, 14400.0, 1.0), records.Tariff(14400.0, 1e6, 0.1)),
    )  # fmt: skip


def test_goals_and_weights_are_read() -> None:
    assert read_aim("") == ()
    assert read_aim("energy, tardiness") == ("energy", "tardiness")
    assert read_aim("tardiness=1, energy=2.5") == records.ObjectiveWeights(
        tardiness=1.0, energy=2.5, flow=0.0, unattended=0.0, machine_change=0.0, start_shift=0.0
    )


@pytest.mark.parametrize(
    "text", ["speed", "tardiness,tardiness", "tardiness=1,energy", "energy=-1", "energy=much", "=1"]
)
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as error:
        read_aim(text)
    assert error.value.findings[0].file == "--objective"


@pytest.mark.parametrize(("text", "late"), [("tardiness=1,energy=1", False), ("tardiness=1,energy=100000", True)])
def test_weights_decide_whether_a_part_waits_for_cheap_energy(text: str, late: bool) -> None:
    answer = plan_problem(shop(), time_limit_s=0.5, seed=0, aim=read_aim(text))
    assert (answer["operations"][0]["start"] >= 14400.0) is late


def test_the_plan_of_a_shop_names_what_its_bound_is_of(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text(CHEAP_AT_NIGHT)
    told = CliRunner().invoke(app, ["schedule", str(file), "--time-limit", "0.1", "--objective", "tardiness=2"])
    assert told.exit_code == 0
    assert "weighted tardiness" in told.output
    plan = json.loads(CliRunner().invoke(app, ["schedule", str(file), "--time-limit", "0.1", "--json"]).output)
    assert plan["lower_bound"] <= plan["weighted_tardiness_s"]
