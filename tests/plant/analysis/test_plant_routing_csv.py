"""Routings from a CSV table: names kept, alternatives together, every wrong line said."""

from pathlib import Path

import pytest

from nightmill.plant.analysis.scheduling.file_schedule import schedule_file
from nightmill.plant.analysis.scheduling.routing_csv import instance_of, problem_of_routing, read_routing
from nightmill.vocabulary.errors import BadInput

TABLE = """job,operation,machine,run_s,due_s,weight,release_s
A,saw,S1,600,4000,2,100
A,mill,M1,1800,,,
A,mill,M2,2000.5,,,

B,mill,M1,900,2000,,
"""


def test_a_table_becomes_an_instance_or_a_problem() -> None:
    routing = read_routing(TABLE, "t.csv")
    assert routing.has_due_dates
    assert instance_of(routing, "t").jobs == ((((0, 600),), ((1, 1800), (2, 2001))), (((1, 900),),))
    problem = problem_of_routing(routing)
    assert [op.id for op in problem.operations] == ["A|saw", "A|mill", "B|mill"]
    assert [op.release_s for op in problem.operations] == [100.0, 0.0, 0.0]
    assert [(o.due_s, o.weight) for o in problem.orders] == [(4000.0, 2.0), (2000.0, 1.0)]


def test_answers_name_what_the_table_names(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    answer = schedule_file(tmp_path / "t.csv", time_limit_s=0.0, seed=0)
    assert {(o["job"], o["operation"]) for o in answer["operations"]} == {("A", "saw"), ("A", "mill"), ("B", "mill")}
    assert answer["weighted_tardiness_s"] == 0.0
    plain = "\n".join(",".join(line.split(",")[:4]) for line in TABLE.splitlines())
    (tmp_path / "u.csv").write_text(plain)
    answer = schedule_file(tmp_path / "u.csv", time_limit_s=0.0, seed=0)
    assert answer["makespan"] == 2601
    assert {o["machine"] for o in answer["operations"]} <= {"S1", "M1", "M2"}


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("job,machine\n", ["line 1"]),
        ("job,operation,machine,run_s\n", ["line 2"]),
        (
            "job,operation,machine,run_s\nA,x,M,0\nA,y,,5\nA,z,M,long\n",
            ["line 2, run_s", "line 3, machine", "line 4, run_s"],
        ),
        ("job,operation,machine,run_s\nA,x,M,1\nA,x,M,2\n", ["line 3, machine"]),
    ],
)
def test_every_wrong_line_is_said(text: str, places: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        read_routing(text, "t.csv")
    assert [finding.place for finding in caught.value.findings] == places


def test_units_semicolons_and_decimal_commas_mean_what_they_say() -> None:
    text = "job;operation;machine;run_min;due_h;mount_s\nWelle groß;drehen;Süd;20,5;2;60\nHülse;drehen;Süd;0.1;0,5;\n"
    routing = read_routing(text, "t.csv")
    assert routing.jobs["Welle groß"]["drehen"] == {"Süd": 1230.0}
    assert routing.jobs["Hülse"]["drehen"] == {"Süd": 6.0}
    assert routing.values == {"Welle groß": {"due_s": 7200.0, "mount_s": 60.0}, "Hülse": {"due_s": 1800.0}}
    with pytest.raises(BadInput, match="run_s and run_min"):
        read_routing("job,operation,machine,run_s,run_min\nA,x,M,1,1\n", "t.csv")
    with pytest.raises(BadInput, match="line 2, run_min"):
        read_routing('job,operation,machine,run_min\nA,x,M,"1,5"\n', "t.csv")


def test_numbers_that_are_no_time_of_another_unit_stay_as_they_are() -> None:
    routing = read_routing("job,operation,machine,run_s,due_s,weight\nA,x,M,1e-7,9,2.5e-7\n", "t.csv")
    assert routing.jobs["A"]["x"] == {"M": 1e-7}
    assert routing.values["A"] == {"due_s": 9.0, "weight": 2.5e-7}
    with pytest.raises(BadInput, match="line 2, run_days"):
        read_routing("job,operation,machine,run_days\nA,x,M,1e306\n", "t.csv")


@pytest.mark.parametrize("named", ['"note, of the setter"', "note, of the setter"])
def test_a_comma_in_the_name_of_a_column_ends_no_cell_of_a_table_with_semicolons(named: str) -> None:
    text = f"{named};job;operation;machine;run_min\nclean first;A;x;M;1,5\n"
    assert read_routing(text, "t.csv").jobs["A"]["x"] == {"M": 90.0}
