"""AutoSched-style tables: exact small networks, the same physics in other units, and what is wrong said at once."""

import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nightmill.simulation import look_ahead_fab, what_if_fab
from nightmill.simulation.factory.read_autosched import read_autosched
from nightmill.vocabulary.errors import BadInput

ROUTE_COLUMNS = [
    "ROUTE",
    "STEP",
    "STNFAM",
    "PDIST",
    "PTIME",
    "PTIME2",
    "PTUNITS",
    "PTPER",
    "BATCHMN",
    "BATCHMX",
    "SETUP",
    "STIME",
    "STUNITS",
    "SVESTN",
    "FORSTEP",
    "RWKSTEP",
    "REWORK",
    "StepPercent",
    "PartInterval",
    "PartIntUnits",
]


def table(columns: str, *rows: str) -> str:
    """Tab-separated text; ``-`` is an empty cell, commas divide the cells of a row."""
    lines = [columns.split(), *([cell.strip() for cell in row.split(",")] for row in rows)]
    return "\n".join("\t".join("" if cell == "-" else cell for cell in line) for line in lines) + "\n"


def route(*steps: dict[str, str]) -> str:
    rows = [{"ROUTE": "r", "STEP": str(k + 1), "PDIST": "constant", "PTUNITS": "min", "PTPER": "per_lot", **step}
            for k, step in enumerate(steps)]  # fmt: skip
    lines = [ROUTE_COLUMNS, *([row.get(column, "") for column in ROUTE_COLUMNS] for row in rows)]
    return "\n".join("\t".join(line) for line in lines)


def fab(*steps: dict[str, str], wip: int = 3, files: dict[str, str] | None = None) -> dict[str, str]:
    """Tools A (one) and B (two), one part, lots in hand and one order that comes late."""
    made = {
        "tool.txt.1l": table("STNFAM STN STNQTY STNGRP FWLRANK STNFAMLOC", "A,A,1,G,rank_HP;rank_FIFO,Fab", "B,B,2,G,-,Fab"),
        "part.txt": table("PART ROUTEFILE ROUTE", "p,route_p.txt,r"),
        "route_p.txt": route(*steps),
        "order.txt": table(
            "LOT PART PRIOR PIECES START RDIST REPEAT RUNITS RPT# LOTSPERRPT DUE",
            "new,p,10,4,01/01/18 00:00:00,constant,4,hr,2,1,01/01/18 03:00:00",
        ),
        "WIP.txt": table(
            "LOT PART PRIOR PIECES START CURSTEP DUE",
            *(f"w{k},p,10,4,01/01/18 00:00:00,1,01/02/18 00:00:00" for k in range(wip)),
        ),
    }  # fmt: skip
    return {**made, **(files or {})}


def done(files: dict[str, str], days: float = 1.0) -> list[float | None]:
    answer = look_ahead_fab(files, days=days, replications=1, seed=1)
    for each in answer.completions:
        assert each.p05 == each.p10 == each.p50 == each.p90 == each.p95
    return [None if each.p50 is None else round(each.p50 * 1440.0, 6) for each in answer.completions]


def test_lots_in_hand_queue_in_their_order() -> None:
    assert done(fab({"STNFAM": "A", "PTIME": "10"}, {"STNFAM": "B", "PTIME": "30"})) == [40.0, 50.0, 70.0]


def test_a_lot_beyond_the_days_has_no_completion() -> None:
    assert done(fab({"STNFAM": "A", "PTIME": "10"}), days=25.0 / 1440.0) == [10.0, 20.0, None]


def test_pieces_batches_and_pipes() -> None:
    assert done(fab({"STNFAM": "A", "PTIME": "2", "PTPER": "per_piece"})) == [8.0, 16.0, 24.0]
    batch = {"STNFAM": "A", "PTIME": "60", "PTPER": "per_batch", "BATCHMN": "8", "BATCHMX": "8"}
    assert done(fab(batch, wip=4)) == [60.0, 60.0, 120.0, 120.0]
    pipe = {"STNFAM": "A", "PTIME": "10", "PTPER": "per_piece", "PartInterval": "3", "PartIntUnits": "min"}
    first = 10.0 + 3 * 3.0  # a piece takes 10, one enters every 3
    assert done(fab(pipe)) == [first, first + 12.0, first + 24.0]


def test_priority_setups_transport_and_upkeep() -> None:
    hot = table(
        "LOT PART PRIOR PIECES START CURSTEP DUE",
        "a,p,10,4,01/01/18 00:00:00,1,-", "b,p,10,4,01/01/18 00:00:00,1,-", "c,p,20,4,01/01/18 00:00:00,1,-",
    )  # fmt: skip
    assert done(fab({"STNFAM": "A", "PTIME": "10"}, files={"WIP.txt": hot})) == [20.0, 30.0, 10.0]
    setups = table("CURSETUP NEWSETUP STIME STUNITS", "-,s,6,min")
    assert done(fab({"STNFAM": "A", "PTIME": "10", "SETUP": "s"}, files={"setup.txt": setups})) == [16.0, 26.0, 36.0]
    moves = table("FROMLOC TOLOC DDIST DTIME DTIME2 DUNITS", "Fab,Fab,constant,300,-,sec")
    assert done(fab({"STNFAM": "B", "PTIME": "10"}, {"STNFAM": "A", "PTIME": "1"}, files={"fromto.txt": moves})) == [
        16.0, 17.0, 26.0,
    ]  # fmt: skip
    upkeep = {
        "pmcal.txt": table("PMCALNAME PMCALTYPE MTBPM MTBPMUNITS MTTRDIST MTTR MTTRUNITS", "m,mtbpm_by_pieces,4,pieces,constant,0.1,hr"),
        "attach.txt": table("CALNAME CALTYPE RESTYPE RESNAME FOADIST FOA FOAUNITS", "m,pm,stnfam,A,constant,8,-"),
    }  # fmt: skip
    assert done(fab({"STNFAM": "A", "PTIME": "10"}, files=upkeep)) == [10.0, 20.0, 36.0]
    fails = {
        "downcal.txt": table("DOWNCALNAME DOWNCALTYPE MTTFDIST MTTF MTTFUNITS MTTRDIST MTTR MTTRUNITS", "d,mttf_by_cal,constant,15,min,constant,5,min"),
        "attach.txt": table("CALNAME CALTYPE RESTYPE RESNAME FOADIST FOA FOAUNITS", "d,down,stngrp,G,-,-,-"),
    }  # fmt: skip
    assert done(fab({"STNFAM": "A", "PTIME": "10"}, files=fails)) == [10.0, 25.0, 35.0]


def test_products_are_those_of_the_orders() -> None:
    answer = look_ahead_fab(fab({"STNFAM": "A", "PTIME": "50"}), days=1.0, replications=1, seed=1)
    (product,) = answer.products
    assert (product.name, product.throughput, product.on_time_share) == ("new", 2.0, 0.5)
    # The first waits for the lots in hand; it comes at 0, behind them, and the second finds the tool free.
    assert product.cycle_time_days == pytest.approx((200.0 + 50.0) / 2.0 / 1440.0)


def test_other_units_and_names_give_the_same_physics() -> None:
    random = {"PDIST": "exponential", "STNFAM": "A"}
    minutes = fab({**random, "PTIME": "30"}, {"STNFAM": "B", "PDIST": "uniform", "PTIME": "60", "PTIME2": "12"})
    hours = fab({**random, "PTIME": "0.5", "PTUNITS": "hr"}, {"STNFAM": "B", "PDIST": "uniform", "PTIME": "1", "PTIME2": "0.2", "PTUNITS": "hr"})  # fmt: skip
    one, other = (look_ahead_fab(files, days=2.0, replications=3, seed=5) for files in (minutes, hours))
    assert [p.cycle_time_days for p in one.products] == pytest.approx([p.cycle_time_days for p in other.products])


def test_tables_that_may_be_missing() -> None:
    files = fab({"STNFAM": "A", "PTIME": "10"})
    del files["WIP.txt"]
    assert look_ahead_fab(files, days=1.0, replications=1, seed=1).completions == ()


def test_calendars_may_be_missing_with_their_table() -> None:
    fails = table("DOWNCALNAME DOWNCALTYPE MTTFDIST MTTF MTTFUNITS MTTRDIST MTTR MTTRUNITS", "d,mttf_by_cal,constant,15,min,constant,5,min")  # fmt: skip
    attach = table(
        "CALNAME CALTYPE RESTYPE RESNAME FOADIST FOA FOAUNITS", "d,down,stngrp,G,-,-,-", "m,pm,stnfam,A,constant,8,-"
    )
    step = {"STNFAM": "A", "PTIME": "10"}
    half = fab(step, files={"attach.txt": attach, "downcal.txt": fails})
    assert done(half) == [10.0, 25.0, 35.0]
    assert "attach.txt: no pmcal.txt" in look_ahead_fab(half, days=1.0, replications=1, seed=1).ignored
    neither = fab(step, files={"attach.txt": attach})
    assert done(neither) == [10.0, 20.0, 30.0]
    no_type = table("CALNAME RESTYPE RESNAME", "m,stnfam,A")
    untyped = look_ahead_fab(fab(step, files={"attach.txt": no_type}), days=1.0, replications=1, seed=1)
    assert "attach.txt: no downcal.txt and no pmcal.txt" in untyped.ignored
    wrong = fab(step, files={"attach.txt": attach.replace("d\tdown", "e\tdown"), "downcal.txt": fails})
    with pytest.raises(BadInput, match="CALNAME e"):
        read_autosched(wrong)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("e,dwon", "CALTYPE dwon"),  # the type of a table that is there
        ("e,mp", "CALTYPE mp"),
        ("breakdown of A,-", "CALNAME breakdown of A; expected a calendar; did you mean breakdowns of A"),
    ],
)
def test_misspelt_calendars_are_no_missing_table(cells: str, said: str) -> None:
    fails = table("DOWNCALNAME DOWNCALTYPE MTTFDIST MTTF MTTFUNITS MTTRDIST MTTR MTTRUNITS", "breakdowns of A,mttf_by_cal,constant,15,min,constant,5,min")  # fmt: skip
    attach = table("CALNAME CALTYPE RESTYPE RESNAME FOADIST FOA FOAUNITS", f"{cells},stngrp,G,-,-,-")
    step = {"STNFAM": "A", "PTIME": "10"}
    with pytest.raises(BadInput, match=re.escape(said)):
        read_autosched(fab(step, files={"attach.txt": attach, "downcal.txt": fails}))


@pytest.mark.parametrize("kind", ["PM", "pmcal", "TPM"])
def test_a_type_of_calendar_may_say_more_than_that_of_a_missing_table(kind: str) -> None:
    fails = table("DOWNCALNAME DOWNCALTYPE MTTFDIST MTTF MTTFUNITS MTTRDIST MTTR MTTRUNITS", "d,mttf_by_cal,constant,15,min,constant,5,min")  # fmt: skip
    attach = table("CALNAME CALTYPE RESTYPE RESNAME FOADIST FOA FOAUNITS", f"e,{kind},stngrp,G,-,-,-")
    files = fab({"STNFAM": "A", "PTIME": "10"}, files={"attach.txt": attach, "downcal.txt": fails})
    assert read_autosched(files).ignored == ("attach.txt: no pmcal.txt",)


def test_a_type_that_is_another_word_is_no_slip() -> None:
    attach = table("CALNAME CALTYPE RESTYPE RESNAME FOADIST FOA FOAUNITS", "days,window,stngrp,G,-,-,-")
    assert "attach.txt: CALTYPE window" in read_autosched(
        fab({"STNFAM": "A", "PTIME": "10"}, files={"attach.txt": attach})
    ).ignored  # fmt: skip


def test_other_types_of_calendars_are_told() -> None:
    attach = table("CALNAME CALTYPE RESTYPE RESNAME FOADIST FOA FOAUNITS", "days,shift,stngrp,G,-,-,-")
    answer = look_ahead_fab(fab({"STNFAM": "A", "PTIME": "10"}, files={"attach.txt": attach}), days=1.0, replications=1, seed=1)  # fmt: skip
    assert "attach.txt: CALTYPE shift" in answer.ignored


def test_all_that_is_wrong_is_said_with_file_and_line() -> None:
    files = fab({"STNFAM": "Z", "PTIME": "ten"}, {"STNFAM": "A", "PTIME": "1", "PTUNITS": "fortnight"})
    with pytest.raises(BadInput) as caught:
        read_autosched(files)
    found = [(each.file, each.place, each.found) for each in caught.value.findings]
    assert ("route_p.txt", "line 2", "STNFAM Z") in found
    assert ("route_p.txt", "line 2", "PTIME ten") in found
    assert ("route_p.txt", "line 3", "PTUNITS fortnight") in found


def test_a_cell_that_is_read_twice_is_told_once() -> None:
    files = fab({"STNFAM": "A", "PTIME": "10"})
    files["order.txt"] = files["order.txt"].replace("01/01/18 00:00:00", "0")
    with pytest.raises(BadInput) as caught:
        read_autosched(files)
    assert [(each.file, each.found) for each in caught.value.findings] == [("order.txt", "START 0")]
    with pytest.raises(BadInput, match=r"tool\.txt"):
        read_autosched({"part.txt": ""})


@pytest.mark.parametrize(
    ("file", "cell", "slip"),
    [
        ("tool.txt.1l", "B\tB\t2", "B\tB\t1e9"),
        ("order.txt", "hr\t2\t1\t", "hr\t2\t1e9\t"),
        ("order.txt", "4\thr\t2", "1e-12\thr\t1e12"),
    ],
    ids=["machines", "lots", "arrivals"],
)
def test_numbers_that_no_factory_has_are_refused_at_once(file: str, cell: str, slip: str) -> None:
    files = fab({"STNFAM": "A", "PTIME": "10"}, {"STNFAM": "B", "PTIME": "10"})
    assert cell in files[file]
    with pytest.raises(BadInput):
        look_ahead_fab({**files, file: files[file].replace(cell, slip)}, days=1.0, replications=1, seed=1)


def test_unknown_rules_are_named() -> None:
    tools = table("STNFAM STNQTY RULE FWLRANK", "A,1,rule_MOON,rank_TIDE;rank_HP", "B,1,-,-")
    answer = look_ahead_fab(
        fab({"STNFAM": "A", "PTIME": "1"}, files={"tool.txt.1l": tools}), days=0.1, replications=1, seed=1
    )
    assert answer.ignored == ("FWLRANK rank_TIDE", "RULE rule_MOON")
    assert msgspec.json.encode(answer)


def test_columns_that_are_missing_or_slips_of_the_pen() -> None:
    files = fab({"STNFAM": "A", "PTIME": "10"}, wip=1)
    with pytest.raises(BadInput) as caught:
        read_autosched({**files, "route_p.txt": files["route_p.txt"].replace("PTIME\t", "PTME\t", 1)})
    (finding,) = caught.value.findings
    assert (finding.file, finding.place, finding.found, finding.remedy) == (
        "route_p.txt", "line 1", "no column PTIME", "Did you mean PTME?",
    )  # fmt: skip
    slip = files["tool.txt.1l"].replace("FWLRANK", "FWLRNK").replace("STNQTY", "stnqty")
    model = read_autosched({**files, "tool.txt.1l": slip, "operators.txt": "NAME\nx\n"})
    assert model.ignored == (
        "operators.txt: not a table that is read",
        "tool.txt.1l: column FWLRNK (did you mean FWLRANK?)",
    )
    assert len(model.factory.machines) == 3


def test_one_slip_is_not_told_line_by_line() -> None:
    files = fab({"STNFAM": "A", "PTIME": "10"}, wip=200)
    missing = {**files, "part.txt": files["part.txt"].replace("\tr\n", "\tother\n")}
    with pytest.raises(BadInput) as caught:
        read_autosched(missing)
    assert [each.file for each in caught.value.findings] == ["part.txt"]
    with pytest.raises(BadInput) as caught:
        read_autosched({**files, "WIP.txt": files["WIP.txt"].replace(",1,", ",7,").replace("\t1\t", "\t7\t")})
    assert len(caught.value.findings) == 3
    assert caught.value.findings[-1].found == "CURSTEP 7, and so on in 197 more lines"


def test_a_change_is_answered_by_pairs() -> None:
    files = fab({"STNFAM": "A", "PTIME": "30", "PDIST": "exponential"}, {"STNFAM": "B", "PTIME": "50"})
    same = what_if_fab(files, '{"release_factor": 1.0}', days=1.0, replications=4, seed=1)
    assert all(each.mean == each.low == each.high == 0.0 for each in same.differences)
    assert msgspec.structs.astuple(same.before.cycle_time) == msgspec.structs.astuple(same.after.cycle_time)
    more = what_if_fab(files, '{"add_machine": "A"}', days=1.0, replications=40, seed=1)
    cycle = next(each for each in more.differences if each.measure == "cycle_time_days")
    assert cycle.low is not None
    assert cycle.high is not None
    assert cycle.low <= cycle.mean <= cycle.high < 0.0
    slower = what_if_fab(files, '{"process_factor": 2.0, "station": "B"}', days=1.0, replications=2, seed=1)
    assert next(d for d in slower.differences if d.measure == "cycle_time_days").mean >= 49.999 / 1440.0


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"add_machine": "Z"}',
        '{"release_factor": 0}',
        '{"release_factor": 2, "add_machine": "A"}',
        '{"more": 1}',
    ],
)
def test_a_change_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        what_if_fab(fab({"STNFAM": "A", "PTIME": "1"}), text, days=1.0, replications=1, seed=1)


def test_the_command_answers_with_its_keys(tmp_path: Path) -> None:
    for name, text in fab({"STNFAM": "A", "PTIME": "10"}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "nightmill", "twin", "--autosched", str(tmp_path), "--days", "1", "--json"]
    done = subprocess.run([*words, "--replications", "2"], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert {"throughput", "cycle_time", "utilisation", "completions", "events_per_s"} <= set(answer)
    assert {"products", "events", "ops", "wall_s"} <= set(answer)
    assert set(answer["completions"][0]) == {"order", "p05", "p10", "p50", "p90", "p95"}
    (tmp_path / "order.txt").write_text("LOT\tPART\tREPEAT\nx\tp\tsoon\n", encoding="utf-8")
    wrong = subprocess.run(words, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert json.loads(wrong.stdout)["error"]["findings"][0]["file"] == "order.txt"


def test_replications_may_go_to_another_process_in_any_parts() -> None:
    files = fab({"STNFAM": "A", "PTIME": "10", "PDIST": "exponential"}, wip=2)

    def elsewhere(work: Callable[[int], Any], numbers: Iterable[int]) -> list[Any]:
        sent = pickle.dumps(work)
        parts = [pickle.dumps([pickle.loads(sent)(number)]) for number in reversed(list(numbers))]
        return [result for part in reversed(parts) for result in pickle.loads(part)]

    here = look_ahead_fab(files, days=1.0, replications=5, seed=2)
    there = look_ahead_fab(files, days=1.0, replications=5, seed=2, spread=elsewhere)
    assert here.events > 0
    for name in ("throughput", "cycle_time", "utilisation", "completions", "products", "events", "ops"):
        assert getattr(there, name) == getattr(here, name)
