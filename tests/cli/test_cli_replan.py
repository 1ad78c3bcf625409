"""Problem files on the command line: schedule, replan, what-if, explain, and what is said of an impossible one."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from nightmill.cli import app as entry
from nightmill.plant.analysis.scheduling import problem_schedule
from nightmill.scheduling import find_conflict, records

HOUR, DAY = 3600.0, 86400.0
pytestmark = pytest.mark.slow


def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, Any]:
    """Exit code and JSON document of a command, run in this process."""
    monkeypatch.setattr(sys, "argv", ["nightmill", *map(str, words), "--json"])
    with pytest.raises(SystemExit) as left:
        entry.run()
    return int(left.value.code or 0), json.loads(capfd.readouterr().out)


def shop(deadline_s: float | None = None) -> records.ShopProblem:
    ops = tuple(
        records.ShopOperation(
            f"O{k}.{step}", f"O{k}.1", f"O{k}", f"op{step}",
            (records.Alternative("A", 2 * HOUR), records.Alternative("B", 3 * HOUR)), 240.0, 60.0,
        )
        for k in range(6) for step in range(2)
    )  # fmt: skip
    orders = tuple(records.ShopOrder(f"O{k}", 20 * HOUR, 1.0, deadline_s) for k in range(6))
    machines = (records.ShopMachine("A"), records.ShopMachine("B"))
    presence = records.repeat_presence([records.Window(6 * HOUR, 22 * HOUR, 2)], 40 * DAY, DAY)
    return records.ShopProblem(0.0, 7 * DAY, machines, ops, orders, presence, 8)


@pytest.fixture
def problem(tmp_path: Path) -> Path:
    """A problem file."""
    path = tmp_path / "shop.json"
    path.write_bytes(msgspec.json.encode(shop()))
    return path


def test_schedule_replan_and_explain(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], problem: Path, tmp_path: Path
) -> None:
    code, plan = run(monkeypatch, capfd, "schedule", problem, "--time-limit", "0")
    assert code == 0
    assert len(plan["operations"]) == 12
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    event = {"at_s": 8 * HOUR, "event": {"type": "breakdown", "machine": "A", "until_s": 60 * HOUR}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    words: tuple[str | Path, ...] = (
        "replan",
        problem,
        tmp_path / "event.json",
        "--plan",
        tmp_path / "plan.json",
        "--time-limit",
        "0.2",
    )
    code, answer = run(monkeypatch, capfd, *words)
    assert code == 0
    assert {c["operation"] for c in answer["final"]["changes"]} & {a["operation"] for a in plan["assignments"]}
    stopped = {a["serial"] for a in plan["assignments"] if a["machine"] == "A"}
    assert {a["serial"] for a in plan["assignments"] if a["operation"] in answer["final"]["frozen_moved"]} <= stopped
    (tmp_path / "later.json").write_text(json.dumps(answer["problem"]))
    (tmp_path / "now.json").write_text(json.dumps(answer["schedule"]))
    late = max(answer["schedule"]["promises"], key=lambda p: p["late_by_s"])
    words = ("explain", tmp_path / "later.json", late["order"], "--plan", tmp_path / "now.json")
    code, told = run(monkeypatch, capfd, *words)
    assert code == 0
    assert sum(b["seconds"] for b in told["blame"]) == pytest.approx(told["late_by_s"])
    assert told["counterfactuals"]
    words += ("--promised", problem, "--promised-plan", tmp_path / "plan.json")
    code, told = run(monkeypatch, capfd, *words)
    assert (code, told["blame"][0]["cause"]) == (0, "machine down")
    code, every = run(monkeypatch, capfd, words[0], words[1], *words[3:])
    lates = [each["late_by_s"] for each in every["late"]]
    assert code == 0
    assert len(lates) > 1
    assert lates == sorted(lates, reverse=True)
    assert told in every["late"]
    monkeypatch.setattr(sys, "argv", ["nightmill", *map(str, (words[0], words[1], *words[3:]))])
    with pytest.raises(SystemExit):
        entry.run()
    assert late["order"] in capfd.readouterr().out


def test_explain_says_of_an_order_that_nothing_helps_that_nothing_did_and_reads_all_it_is_given(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    overdue = msgspec.structs.replace(shop(), now_s=6 * HOUR)
    orders = tuple(msgspec.structs.replace(order, due_s=-1000 * HOUR) for order in overdue.orders)
    ((one, *_), first) = overdue.operations, overdue.operations[0].order
    only = msgspec.structs.replace(
        overdue,
        operations=(one,),
        orders=tuple(order for order in orders if order.id == first),
        presence=(records.Window(0.0, 1000 * HOUR, 9),),
    )
    problem = tmp_path / "overdue.json"
    problem.write_bytes(msgspec.json.encode(only))
    monkeypatch.setattr(sys, "argv", ["nightmill", "explain", str(problem)])
    with pytest.raises(SystemExit):
        entry.run()
    assert "none of the changes tried itself" in " ".join(capfd.readouterr().out.split())
    for words, said in (
        ((problem, "--promised", problem), "no --promised-plan"),
        ((tmp_path, "--plan", problem), "a shop folder"),
    ):
        code, told = run(monkeypatch, capfd, "explain", *words)
        assert code == 2
        assert said in json.dumps(told)


def test_a_plan_says_when_a_broken_machine_is_repaired_and_why_an_order_is_late_by_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    broken = msgspec.structs.replace(shop(), now_s=6 * HOUR, repairs=(records.Repair("A", 4 * HOUR, 8 * HOUR),))
    (tmp_path / "shop.json").write_bytes(msgspec.json.encode(broken))
    code, plan = run(monkeypatch, capfd, "schedule", tmp_path / "shop.json", "--time-limit", "0")
    (stop,) = plan["maintenance"]
    assert (code, stop["id"], stop["machine"]) == (0, "repair A", "A")
    assert min(a["start_s"] for a in plan["assignments"] if a["machine"] == "A") > stop["end_s"] >= 10 * HOUR
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    late = max(plan["promises"], key=lambda promise: promise["late_by_s"])["order"]
    words = ("explain", tmp_path / "shop.json", late, "--plan", tmp_path / "plan.json")
    code, told = run(monkeypatch, capfd, *words)
    assert code == 0
    assert "machine down" in {blame["cause"] for blame in told["blame"]}


def test_what_ifs_are_ranked(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], problem: Path, tmp_path: Path
) -> None:
    code, answer = run(monkeypatch, capfd, "what-if", problem, "--most", "60", "--time-limit", "0")
    gains = [each["gain_s"] for each in answer["ranking"] if each["searched"]]
    assert (code, answer["what_ifs"]) == (0, 60)
    assert len(gains) >= 20
    assert gains == sorted(gains, reverse=True)
    assert 0 < gains[0] <= answer["weighted_tardiness_s"]
    (tmp_path / "changes.json").write_text('[{"pallets": 9}, [{"robot_move_s": 5}, {"add_machine": "C", "like": "A"}]]')
    code, answer = run(monkeypatch, capfd, "what-if", problem, "--changes", tmp_path / "changes.json")
    assert (code, answer["what_ifs"]) == (0, 2)
    assert "add_machine" in answer["ranking"][0]["name"]


def test_an_impossible_problem_names_its_conflict(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "shop.json"
    path.write_bytes(msgspec.json.encode(shop(deadline_s=16 * HOUR)))
    # the smallest is found on a busy machine, too
    monkeypatch.setattr(problem_schedule, "find_conflict", partial(find_conflict, seconds=600.0))
    code, answer = run(monkeypatch, capfd, "schedule", path, "--time-limit", "0")
    assert (code, answer["feasible"]) == (1, False)
    assert answer["conflict"]["smallest"]
    assert {d["kind"] for d in answer["conflict"]["demands"]} >= {"deadline"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("event.json", "{"),
        ("event.json", '{"at_s": 1, "event": {"type": "earthquake"}}'),
        ("event.json", '{"at_s": 1, "event": {"type": "breakdown", "machine": "Z", "until_s": 9}}'),
        ("shop.json", '{"operations": [], "orders": [{"id": 3}]}'),
    ],
)
def test_files_that_are_wrong_are_bad_input(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    problem: Path,
    tmp_path: Path,
    name: str,
    text: str,
) -> None:
    (tmp_path / "event.json").write_text(
        '{"at_s": 1, "event": {"type": "late_material", "order": "O1", "release_s": 9}}'
    )
    (tmp_path / name).write_text(text)
    code, answer = run(monkeypatch, capfd, "replan", problem, tmp_path / "event.json", "--time-limit", "0.1")
    assert code == 2
    assert answer["error"]["findings"]


@pytest.mark.parametrize(
    ("command", "name", "text"),
    [
        ("schedule", "shop.json", '{"operatons": [], "orders": [], "presence": []}'),
        ("schedule", "shop.json", lambda text: text.replace('"release_s":0.0', '"realese_s":9.0', 1)),
        ("schedule", "shop.json", lambda text: text.replace('"machine":"A"', '"machine":"Z"', 1)),
        ("replan", "other.json", '{"at_s": 1, "event": {"type": "breakdown", "machine": "Z", "until_s": 9}}'),
        ("replan", "other.json", '{"at_s": 1, "event": {"type": "breakdown", "machine": "A", "til_s": 9}}'),
        ("promise", "other.json", '{"order": {"id": "new", "due": 1}, "operations": []}'),
        ("what-if", "other.json", '[{"pallet": 6}]'),
        ("capacity", "other.json", '[{"type": "machine", "like": "Z", "cost": 9}]'),
    ],
)
def test_a_wrong_key_or_name_is_told_of_its_file(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    problem: Path,
    tmp_path: Path,
    command: str,
    name: str,
    text: str | Callable[[str], str],
) -> None:
    file = tmp_path / name
    file.write_text(text if isinstance(text, str) else text(problem.read_text()))
    other: dict[str, list[str | Path]] = {
        "schedule": [],
        "what-if": ["--changes", file],
        "capacity": ["--for-sale", file],
    }
    short = [] if command == "capacity" else ["--time-limit", "0"]
    code, answer = run(monkeypatch, capfd, command, problem, *other.get(command, [file]), *short)
    assert code == 2
    assert {finding["file"] for finding in answer["error"]["findings"]} == {str(file)}


def test_a_problem_tells_what_its_plan_means_for_each_order(problem: Path) -> None:
    found = CliRunner().invoke(entry.app, ["schedule", str(problem), "--time-limit", "0"])
    assert found.exit_code == 0
    assert "6 orders" in found.output
    assert "hours late" in found.output
    assert "all done at" in found.output


def test_capacity_by_week_and_what_to_buy(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], problem: Path, tmp_path: Path
) -> None:
    code, answer = run(monkeypatch, capfd, "capacity", problem, "--weeks", "2")
    assert code == 0
    assert {w["week"] for w in answer["weeks"]} == {0, 1}
    assert "purchase" not in answer
    (tmp_path / "sale.json").write_text(
        '[{"type": "machine", "like": "A", "cost": 9}, {"type": "pallet", "cost": 1, "most": 2}]'
    )
    code, answer = run(monkeypatch, capfd, "capacity", problem, "--weeks", "2", "--for-sale", tmp_path / "sale.json")
    assert code == 0
    assert answer["purchase"]["late_cost"] <= answer["purchase"]["late_cost_before"]
    assert answer["weighted_tardiness_s"] <= answer["weighted_tardiness_before_s"]
    (tmp_path / "sale.json").write_text('[{"type": "ship", "cost": 9}]')
    code, answer = run(monkeypatch, capfd, "capacity", problem, "--for-sale", tmp_path / "sale.json")
    assert code == 2


def test_the_date_of_a_new_order(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], problem: Path, tmp_path: Path
) -> None:
    whole = json.loads(problem.read_text())
    ops = [op | {"id": f"new {op['id']}", "serial": "new", "order": "new"} for op in whole["operations"][:1]]
    (tmp_path / "new.json").write_text(json.dumps({"order": {"id": "new", "due_s": 3600.0}, "operations": ops}))
    code, answer = run(monkeypatch, capfd, "promise", problem, tmp_path / "new.json", "--time-limit", "0")
    assert code == 0
    assert answer["first_in_line_s"] <= answer["promise_s"]
    assert answer["late_by_s"] == max(0.0, answer["promise_s"] - 3600.0)
    (tmp_path / "new.json").write_text('{"order": {"id": "new", "due_s": 1}, "operations": []}')
    code, answer = run(monkeypatch, capfd, "promise", problem, tmp_path / "new.json", "--time-limit", "0")
    assert code == 2


def test_a_plan_is_written_for_other_programs(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], problem: Path, tmp_path: Path
) -> None:
    out = tmp_path / "plan.csv"
    code, answer = run(monkeypatch, capfd, "schedule", problem, "--time-limit", "0", "--out", out)
    assert code == 0
    assert len(out.read_text().splitlines()) == 1 + len(answer["operations"])


@pytest.mark.parametrize("number", ["1e308", "-1e200", "9" * 400])
def test_no_number_of_a_file_is_beyond_all_bounds(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], problem: Path, tmp_path: Path, number: str
) -> None:
    event = tmp_path / "event.json"
    event.write_text(f'{{"at_s": 0, "event": {{"type": "breakdown", "machine": "A", "until_s": {number}}}}}')
    code, answer = run(monkeypatch, capfd, "replan", problem, event)
    assert code == 2
    (finding,) = answer["error"]["findings"]
    assert finding["file"] == str(event)
    assert "until_s" in finding["place"]
    text = problem.read_text()
    assert '"horizon_s":604800.0' in text
    problem.write_text(text.replace('"horizon_s":604800.0', f'"horizon_s":{number}'))
    code, answer = run(monkeypatch, capfd, "schedule", problem, "--time-limit", "0")
    assert code == 2
    assert "horizon_s" in answer["error"]["findings"][0]["place"]


def test_the_plan_of_a_shop_says_what_it_means_for_each_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    moment = "2026-11-03T08:07:12+00:00"
    operations = [
        {"job": f"AB 26/1.{n:03d}", "operation": "p/1", "machine": "vm", "start": moment, "end": moment}
        for n in range(205)
    ]
    orders = [
        {"order": "in time", "promise": moment, "late_by_s": 0.0, "reason": ""},
        {"order": "AB 26/1", "promise": moment, "late_by_s": 90_000.0, "reason": "nobody present"},
    ]
    answer = {
        "operations": operations,
        "orders": orders,
        "makespan": moment,
        "lower_bound": 0.0,
        "weighted_tardiness_s": 0.0,
    }
    monkeypatch.setattr("nightmill.plant.analysis.schedule_file", lambda *words, **options: answer)
    monkeypatch.setattr("nightmill.plant.workspace.whole_shop", lambda folder: SimpleNamespace(time_zone="UTC"))
    said = CliRunner().invoke(entry.app, ["schedule", str(tmp_path)]).stdout
    assert "and 5 more; see all with --json or --out plan.csv" in said
    assert "2 orders, 1 late" in said
    late, fine = (
        next(line for line in said.splitlines() if line.startswith(name)) for name in ("AB 26/1  ", "in time")
    )
    assert said.index(late) < said.index(fine), "what is late comes first"
    assert "25.0" in late
    assert "nobody present" in late
    assert "2026-11-03 08:07 " in late


def test_late_orders_are_told_with_those_that_no_plan_can_be_made_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = {"late": (), "not_planned": [{"order": "A-7", "item": "plate", "reason": "no certified program"}]}
    monkeypatch.setattr("nightmill.plant.analysis.explain_late", lambda *words, **options: answer)
    said = CliRunner().invoke(entry.app, ["explain", str(tmp_path)]).stdout
    assert "A-7" in said
    assert "no certified program" in said


def test_a_replan_of_a_shop_is_told_by_its_clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    change = {"operation": "A|p/1", "machine_before": "M", "machine": "N", "start_before_s": 3600.0, "start_s": None}
    final: dict[str, Any] = {"changes": [change], "machine_changes": 1, "open": 1, "weighted_tardiness_before_s": 0.0}
    final |= {"weighted_tardiness_s": 0.0}
    answer = {"final": final, "first": final, "first_s": 0.0}
    monkeypatch.setattr("nightmill.plant.analysis.replan", lambda *words, **options: answer)
    place = SimpleNamespace(start=datetime(2026, 11, 2, 6, tzinfo=UTC), time_zone="Europe/Berlin")
    monkeypatch.setattr("nightmill.plant.workspace.whole_shop", lambda folder: place)
    said = CliRunner().invoke(entry.app, ["replan", str(tmp_path), "event.json"]).stdout
    assert "11-02 08:00" in said
    assert "Europe/Berlin" in said


def test_capacity_that_is_not_full_says_what_is_fullest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    weeks = [
        {"week": n, "resource": name, "load_h": load, "capacity_h": 40.0}
        for n, name, load in ((0, "mill", 9.0), (1, "saw", 20.0))
    ]
    answer: dict[str, Any] = {"weeks": weeks, "late_h": {}, "purchase": {"bought": [], "cost": 0.0}}
    answer |= {"weighted_tardiness_before_s": 0.0, "weighted_tardiness_s": 0.0}
    monkeypatch.setattr("nightmill.plant.analysis.capacity_answer", lambda *words, **options: answer)
    said = CliRunner().invoke(entry.app, ["capacity", str(tmp_path)]).stdout
    assert "the highest load: saw in week 2, 20.0 of 40.0 h" in said
    assert "buy nothing" in said


def _said_of_what_ifs(monkeypatch: pytest.MonkeyPatch, late_s: float, *gains: tuple[float, bool]) -> str:
    ranking = [
        {"name": f'{{"pallets":{n}}}', "gain_s": gain, "weighted_tardiness_s": late_s - gain, "searched": searched}
        for n, (gain, searched) in enumerate(gains, 6)
    ]
    answer = {"weighted_tardiness_s": late_s, "ranking": ranking, "what_ifs": len(ranking), "seconds": 1.0}
    monkeypatch.setattr("nightmill.plant.analysis.what_ifs", lambda *words, **options: answer)
    return " ".join(CliRunner().invoke(entry.app, ["what-if", "shop.json"]).stdout.split())


def test_what_ifs_that_save_nothing_are_told_as_found_so_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    none = _said_of_what_ifs(monkeypatch, 7200.0, (0.0, True), (0.0, False))
    assert "found that reduces lateness (searched for a short time: 1, estimated: 1)" in none
    assert "changes with the largest gain" not in none
    worse = _said_of_what_ifs(monkeypatch, 7200.0, (0.0, True), (-3600.0, True))
    assert "found that reduces lateness" in worse
    assert "-1.0" in worse
    behind = _said_of_what_ifs(monkeypatch, 7200.0, *[(0.0, True)] * 40, (3600.0, False))
    assert "estimated" in behind
    assert "found to save" not in behind
    in_time = _said_of_what_ifs(monkeypatch, 0.0, (0.0, True))
    assert "nothing is late" in in_time
    assert "found to save" not in in_time
