"""AutoSched-style tables: every feature on a net so small that the answer is worked out by hand, in seconds."""

import pytest

from nightmill.simulation import look_ahead_fab

START = "03/05/21 06:00:00"
STEP = [
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
    "WHEN",
    "STIME",
    "STUNITS",
    "SVESTN",
    "FORSTEP",
    "BatchInterval",
    "BatchIntUnits",
    "PartInterval",
    "PartIntUnits",
    "RWKSTEP",
    "REWORK",
    "StepPercent",
    "STEP_CQT",
    "CQT",
    "CQTUNITS",
]
TOOL = [
    "STNFAM",
    "STN",
    "RULE",
    "FWLRANK",
    "WAKERESRANK",
    "BATCHCRITF",
    "BATCHPER",
    "LTIME",
    "LTUNITS",
    "ULTIME",
    "ULTUNITS",
    "STNQTY",
    "STNGRP",
    "STNFAMLOC",
    "SETUPGRP",
]


def table(columns: str, *rows: str) -> str:
    """Tab-separated text; ``-`` is an empty cell, commas divide the cells of a row."""
    cells = [["" if cell.strip() == "-" else cell.strip() for cell in row.split(",")] for row in rows]
    return "\n".join("\t".join(line) for line in [columns.split(), *cells]) + "\n"


def keyed(columns: list[str], *rows: dict[str, object]) -> str:
    lines = [columns, *([str(row.get(column, "")) for column in columns] for row in rows)]
    return "\n".join("\t".join(line) for line in lines) + "\n"


def route(*steps: dict[str, object], name: str = "way") -> str:
    usual = {"ROUTE": name, "PDIST": "constant", "PTUNITS": "sec", "PTPER": "per_lot"}
    return keyed(STEP, *({**usual, "STEP": 10 * k, **step} for k, step in enumerate(steps, 1)))


def tool(name: str, **cells: object) -> dict[str, object]:
    return {
        "STNFAM": name,
        "STN": name,
        "STNQTY": 1,
        "STNGRP": "g",
        "STNFAMLOC": "Hall",
        "FWLRANK": "rank_FIFO",
        **cells,
    }


def wip(*rows: str) -> str:
    """Rows of LOT, PART, PRIOR, PIECES, CURSTEP, DUE; all are there at 0."""
    lots = (f"{row},{START}" for row in rows)
    return table("LOT PART PRIOR PIECES CURSTEP DUE START", *lots)


def lots(number: int, pieces: int = 1) -> str:
    return wip(*(f"L{k},part,10,{pieces},10,-" for k in range(number)))


def net(*steps: dict[str, object], **files: str) -> dict[str, str]:
    """Tools A and B, three lots of a piece at the first step; ``files`` by their names without ends."""
    made = {
        "tool": keyed(TOOL, tool("A"), tool("B")),
        "part": table("PART ROUTEFILE ROUTE", "part,route_a.txt,way"),
        "route_a": route(*steps),
        "order": "LOT\tPART\n",
        "WIP": lots(3),
        **files,
    }
    return {f"{name}.txt" + ".1l" * (name == "tool"): text for name, text in made.items()}


def done(files: dict[str, str]) -> dict[str, float | None]:
    """When each lot in hand is done."""
    answer = look_ahead_fab(files, days=1.0, replications=1, seed=3)
    return {each.order: None if each.p50 is None else round(each.p50 * 86400.0, 6) for each in answer.completions}


def in_order(files: dict[str, str]) -> list[float | None]:
    found = done(files)
    return [found[name] for name in sorted(found)]


def on_a(**cells: object) -> dict[str, object]:
    return {"STNFAM": "A", **cells}


def attached(kind: str, first: str = "-") -> str:
    columns = "CALNAME CALTYPE RESTYPE RESNAME FOADIST FOA FOAUNITS"
    dist, unit = ("-", "-") if first == "-" else ("constant", "sec")
    return table(columns, f"d,{kind},stnfam,A,{dist},{first},{unit}")


def failures(kind: str) -> dict[str, str]:
    """Each after 14 s of what counts, for 5 s."""
    columns = "DOWNCALNAME DOWNCALTYPE MTTFDIST MTTF MTTFUNITS MTTRDIST MTTR MTTRUNITS"
    return {"downcal": table(columns, f"d,{kind},constant,14,sec,constant,5,sec"), "attach": attached("down")}


def upkeep(kind: str, gap: str, units: str, first: str = "-") -> dict[str, str]:
    columns = "PMCALNAME PMCALTYPE MTBPM MTBPMUNITS MTTRDIST MTTR MTTRUNITS"
    return {"pmcal": table(columns, f"d,{kind},{gap},{units},constant,5,sec"), "attach": attached("pm", first)}


BATCHES = keyed(TOOL, tool("A", BATCHCRITF="crit_sameroutestep", BATCHPER="piece"), tool("B"))


def test_a_batch_takes_all_that_stand_there_when_it_starts() -> None:
    batch = on_a(PTIME=60, PTPER="per_batch", BATCHMN=2, BATCHMX=3)
    assert in_order(net(batch, tool=BATCHES, WIP=lots(7))) == [60.0] * 3 + [120.0] * 3 + [None]


def test_lots_that_come_at_once_share_a_batch() -> None:
    batch = on_a(PTIME=60, PTPER="per_batch", BATCHMN=2, BATCHMX=3)
    order = table(
        "LOT PART PRIOR PIECES START RDIST REPEAT RUNITS RPT# LOTSPERRPT", f"n,part,10,1,{START},constant,2,hr,3,3"
    )
    answer = look_ahead_fab(net(batch, tool=BATCHES, order=order, WIP=lots(0)), days=1.0, replications=1, seed=1)
    (product,) = answer.products
    assert product.throughput == 9.0
    assert product.cycle_time_days == pytest.approx(60.0 / 86400.0)


def test_a_batch_that_goes_on_together_is_a_batch_again() -> None:
    furnace = {"PTIME": 60, "PTPER": "per_batch", "BATCHMN": 1, "BATCHMX": 3}
    both = keyed(TOOL, *(tool(name, BATCHCRITF="crit_sameroutestep", BATCHPER="piece") for name in "AB"))
    assert in_order(net(on_a(**furnace), {"STNFAM": "B", **furnace}, tool=both)) == [120.0] * 3


@pytest.mark.parametrize(
    ("cells", "pieces", "expected"),
    [
        (
            {"PTIME": 60, "PTPER": "per_batch", "BATCHMN": 2, "BATCHMX": 2, "BatchInterval": 20},
            1,
            [60.0, 60.0, 80.0, 80.0],
        ),
        ({"PTIME": 60, "BatchInterval": 20}, 1, [60.0, 80.0, 100.0, 120.0]),
        ({"PTIME": 5, "PTPER": "per_piece", "PartInterval": 2}, 6, [15.0, 27.0, 39.0, 51.0]),
    ],
    ids=["batches", "lots", "pieces"],
)
def test_a_cascade(cells: dict[str, object], pieces: int, expected: list[float]) -> None:
    step = on_a(**cells, BatchIntUnits="sec", PartIntUnits="sec")
    assert in_order(net(step, tool=BATCHES, WIP=lots(4, pieces))) == expected


MATRIX = table("CURSETUP NEWSETUP STIME STUNITS", "r,g,7,sec", "g,r,12,sec", "-,r,3,sec", "-,g,4,sec")
FROM_ANY = table("CURSETUP NEWSETUP STIME STUNITS", "-,r,3,sec", "-,g,4,sec")
RUNS = table("SETUPGRP SETUP MINRUN", "G,r,2", "-,g,2")
BY_SETUP = keyed(TOOL, tool("A", FWLRANK="rank_HP;rank_RSETUP;rank_FIFO"), tool("B"))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"setup": MATRIX}, [13.0, 30.0, 52.0, 69.0]),
        ({"setup": MATRIX, "tool": BY_SETUP}, [13.0, 40.0, 23.0, 50.0]),
        ({"setup": FROM_ANY}, [13.0, 27.0, 40.0, 54.0]),
        ({"setup": FROM_ANY, "setupgrp": RUNS}, [13.0, 37.0, 23.0, 47.0]),
    ],
    ids=["matrix", "least-setup-first", "from-any", "least-run"],
)
def test_setups(files: dict[str, str], expected: list[float]) -> None:
    kinds = {
        "part": table("PART ROUTEFILE ROUTE", "part,route_a.txt,way", "other,route_b.txt,path"),
        "route_b": route(on_a(PTIME=10, SETUP="g"), name="path"),
        "WIP": wip(*(f"L{k},{'other' if k % 2 else 'part'},10,1,10,-" for k in range(4))),
    }
    assert in_order(net(on_a(PTIME=10, SETUP="r"), **{**kinds, **files})) == expected


def test_the_setup_of_a_step_is_made_once() -> None:
    assert in_order(net(on_a(PTIME=10, SETUP="q", STIME=4, STUNITS="sec"))) == [14.0, 24.0, 34.0]


@pytest.mark.parametrize("kind", ["mttf_by_usage", "mttf_by_proc_time", "mttf_by_cal"])
def test_failures(kind: str) -> None:
    """At 14 and, by use, at 28 s of running; by the clock the third comes 14 s after the end of the second, at 52."""
    assert in_order(net(on_a(PTIME=10), WIP=lots(4), **failures(kind))) == [10.0, 25.0, 40.0, 50.0]


@pytest.mark.parametrize(
    ("files", "pieces", "expected"),
    [
        (upkeep("mtbpm_by_cal", "25", "sec", "25"), 1, [10.0, 20.0, 30.0, 45.0, 55.0, 70.0]),
        (upkeep("mtbpm_by_pieces", "4", "pieces"), 2, [10.0, 20.0, 35.0, 45.0, 60.0, 70.0]),
        (upkeep("mtbpm_by_usage", "20", "sec"), 1, [10.0, 20.0, 35.0, 45.0, 60.0, 70.0]),
    ],
    ids=["clock", "pieces", "use"],
)
def test_upkeep(files: dict[str, str], pieces: int, expected: list[float]) -> None:
    assert in_order(net(on_a(PTIME=10), WIP=lots(6, pieces), **files)) == expected


def test_a_lot_comes_back_to_its_machine() -> None:
    steps = (on_a(PTIME=10, SVESTN="yes", FORSTEP=30), {"STNFAM": "B", "PTIME": 1}, on_a(PTIME=10))
    assert in_order(net(*steps, tool=keyed(TOOL, tool("A", STNQTY=2), tool("B")), WIP=lots(2))) == [21.0, 22.0]


def test_transport_takes_the_time_between_places() -> None:
    places = keyed(TOOL, tool("A", STNFAMLOC="North"), tool("B", STNFAMLOC="South"))
    moves = table(
        "FROMLOC TOLOC DDIST DTIME DTIME2 DUNITS", "North,South,constant,1,-,min", "North,North,constant,1,-,hr"
    )
    steps = (on_a(PTIME=10), {"STNFAM": "B", "PTIME": 5})
    assert in_order(net(*steps, tool=places, fromto=moves)) == [75.0, 85.0, 95.0]


def test_load_and_unload_have_their_own_units() -> None:
    loaded = keyed(TOOL, tool("A", LTIME=3, LTUNITS="sec", ULTIME=0.5, ULTUNITS="min"), tool("B"))
    assert in_order(net(on_a(PTIME=10), tool=loaded)) == [43.0, 86.0, 129.0]


@pytest.mark.parametrize(
    ("rank", "expected"),
    [
        ("rank_FIFO", [30.0, 50.0, 60.0]),
        ("rank_EDD", [60.0, 30.0, 10.0]),
        ("rank_SPT", [60.0, 30.0, 10.0]),
        ("rank_LPT", [30.0, 50.0, 60.0]),
        ("rank_CR", [30.0, 50.0, 60.0]),
        ("rank_HP", [50.0, 20.0, 60.0]),
    ],
)
def test_ranks_see_all_that_wait_and_the_pieces_of_each(rank: str, expected: list[float]) -> None:
    """3, 2 and 1 pieces of 10 s, due in 4, 3 and 2 days: the critical ratios are 11520, 12960 and 17280."""
    waiting = wip(
        "L0,part,10,3,10,03/09/21 06:00:00", "L1,part,20,2,10,03/08/21 06:00:00", "L2,part,10,1,10,03/07/21 06:00:00"
    )  # fmt: skip
    tools = keyed(TOOL, tool("A", FWLRANK=rank), tool("B"))
    assert in_order(net(on_a(PTIME=10, PTPER="per_piece"), tool=tools, WIP=waiting)) == expected


def test_rework_that_goes_back_once_in_two_and_sampling_of_none_and_all() -> None:
    skipped = (on_a(PTIME=10), {"STNFAM": "B", "PTIME": 30, "StepPercent": 0}, on_a(PTIME=10, StepPercent=100))
    assert in_order(net(*skipped, WIP=lots(1))) == [20.0]
    again = net(on_a(PTIME=10, REWORK=50, RWKSTEP=10), WIP=lots(1))
    ends = [look_ahead_fab(again, days=1.0, replications=1, seed=seed).completions[0].p50 for seed in range(400)]
    times = [round((end or 0.0) * 8640.0) for end in ends]
    assert min(times) == 1
    assert abs(sum(times) / 400.0 - 2.0) < 3.0 * 2.0**0.5 / 20.0
