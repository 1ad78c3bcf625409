"""A factory of any kind as JSON: exact small ones, the unit of time, a change by pairs, what is wrong in one sentence."""

import copy
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nightmill.simulation import look_ahead_fab, what_if_fab
from nightmill.simulation.factory import model
from nightmill.simulation.factory.read_json import read_factory
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S

DOCS = Path(__file__).parents[3] / "docs"


def takes(seconds: float) -> dict[str, Any]:
    return {"kind": "constant", "a": seconds}


def stations(**of: str) -> list[dict[str, Any]]:
    """Stations by name with their machines, parted by spaces."""
    return [
        {"name": name, "members": [{"machine": each} for each in machines.split()]} for name, machines in of.items()
    ]


def factory_of(*steps: dict[str, Any], waiting: int = 3, **more: Any) -> dict[str, Any]:
    """Stations S and T of a machine each, lots in hand of one class, in seconds; ``more`` replaces or adds tables."""
    made = {
        "unit": "s",
        "stations": stations(S="s", T="t"),
        "machines": [{"name": "s"}, {"name": "t"}],
        "routes": [{"name": "way", "steps": list(steps)}],
        "classes": [{"name": "part", "route": "way"}],
        "lots": [{"lot_class": "part"}] * waiting,
    }
    return {**made, **more}


def answer_of(document: dict[str, Any], days: float = 1.0) -> Any:
    return look_ahead_fab({"f.json": json.dumps(document)}, days=days, replications=1, seed=2)


def ends(document: dict[str, Any]) -> list[float | None]:
    return [None if each.p50 is None else round(each.p50 * DAY_S, 6) for each in answer_of(document).completions]


def test_a_machine_is_blocked_until_its_lot_finds_a_place() -> None:
    line = factory_of({"station": "S", "time": takes(5)}, {"station": "T", "time": takes(10)})
    line["stations"][1]["room"] = 0
    assert ends(line) == [15.0, 25.0, 35.0]
    queues = {each.station: each for each in answer_of(line, days=35.0 / DAY_S).queues}
    assert queues["S"].blocked_share == pytest.approx(10.0 / 35.0)
    assert queues["S"].waiting == pytest.approx((2 * 5.0 + 10.0) / 35.0)
    line["stations"][1]["room"] = 1
    assert answer_of(line, days=35.0 / DAY_S).queues[0].blocked_share == 0.0


def test_a_person_attends_throughout_or_sets_up() -> None:
    work = {"station": "S", "time": takes(10), "skill": "turn"}
    two: dict[str, Any] = {
        "stations": stations(S="s t"),
        "persons": [{"name": "Ann", "skills": ["turn"]}],
        "lots": [{"lot_class": "part"}] * 2,
    }
    assert ends(factory_of(work, **two)) == [10.0, 20.0]
    sets = {**work, "attended": "setup", "setup": "x"}
    setups: dict[str, Any] = {"setups": [{"origin": "*", "target": "x", "time": 4}]}
    assert ends(factory_of(sets, **two, **setups)) == [14.0, 18.0]
    (ann,) = answer_of(factory_of(sets, **two, **setups), days=80.0 / DAY_S).people
    assert (ann.person, ann.share) == ("Ann", pytest.approx(0.1))
    nobody: dict[str, Any] = {**two, "persons": [{"name": "Ann", "skills": ["mill"]}]}
    assert ends(factory_of(work, **nobody)) == [None, None]


def test_a_shift_ends_what_it_does_or_stops_in_the_midst() -> None:
    week: dict[str, Any] = {
        "calendars": [{"name": "day", "period": 100, "spans": [[0, 12]]}],
        "stations": stations(S="s"),
    }
    shifts: dict[str, Any] = {**week, "machines": [{"name": "s", "calendar": "day", "finishes": False}]}
    assert ends(factory_of({"station": "S", "time": takes(10)}, **shifts)) == [10.0, 108.0, 206.0]
    shifts["machines"] = [{"name": "s", "calendar": "day"}]
    assert ends(factory_of({"station": "S", "time": takes(10)}, **shifts)) == [10.0, 20.0, 110.0]


def test_an_alternative_machine_takes_its_own_time() -> None:
    both = factory_of({"station": "S", "time": takes(10)}, stations=stations(S="s t"), waiting=3)
    both["stations"][0]["members"][1]["factor"] = 1.5
    assert ends(both) == [10.0, 15.0, 20.0]


def test_an_assembly_waits_for_its_kit_and_pallets_for_their_return() -> None:
    frames = {"station": "S", "time": takes(7), "gives": [["frame", 1]]}
    joined = {"station": "T", "time": takes(2), "takes": [["frame", 2]]}
    kit = factory_of(
        routes=[{"name": "frame", "steps": [frames]}, {"name": "joined", "steps": [joined]}],
        classes=[{"name": "frame", "route": "frame"}, {"name": "joined", "route": "joined"}],
        tokens=[{"name": "frame", "count": 0}],
        lots=[{"lot_class": "joined"}, *[{"lot_class": "frame"}] * 2],
    )
    found = {each.order: round((each.p50 or 0.0) * DAY_S, 6) for each in answer_of(kit).completions}
    assert found == {"joined 1": 16.0, "frame 1": 7.0, "frame 2": 14.0}
    on_pallet = {"station": "S", "time": takes(10), "takes": [["pallet", 1]], "gives": [["pallet", 1]]}
    pallets: dict[str, Any] = {"stations": stations(S="s t"), "tokens": [{"name": "pallet", "count": 1}]}
    assert ends(factory_of(on_pallet, **pallets)) == [10.0, 20.0, 30.0]


def test_limits_scrap_and_losses_are_told() -> None:
    first = {"station": "S", "time": takes(1), "limit": {"to": 1, "time": 15, "deed": "scrapped"}}
    brought: dict[str, Any] = {
        "lots": [],
        "sources": [{"name": "in", "gap": takes(1000), "mix": [["part", 1]], "lots": 3, "first": 0, "count": 1}],
    }
    (product,) = answer_of(factory_of(first, {"station": "T", "time": takes(10)}, **brought)).products
    assert (product.throughput, product.scrapped, product.late_steps) == (2.0, 1.0, 1.0)
    full = factory_of({"station": "S", "time": takes(10)}, **copy.deepcopy(brought))
    full["stations"][0]["room"] = 1
    full["sources"][0]["loses"] = True
    (product,) = answer_of(full).products
    assert (product.throughput, product.lost) == (2.0, 1.0)


def test_a_unit_of_time_is_only_a_unit() -> None:
    in_seconds = factory_of(
        {"station": "S", "time": {"kind": "exponential", "a": 1200}},
        waiting=2,
        sources=[{"name": "in", "gap": {"kind": "exponential", "a": 3600}, "mix": [["part", 1]]}],
    )
    in_hours = copy.deepcopy(in_seconds)
    in_hours["unit"] = "h"
    in_hours["routes"][0]["steps"][0]["time"]["a"] = 1200 / 3600
    in_hours["sources"][0]["gap"]["a"] = 1
    one, other = answer_of(in_seconds, days=20.0), answer_of(in_hours, days=20.0)
    assert one.products[0].throughput == other.products[0].throughput > 300
    assert other.cycle_time.mean == pytest.approx(one.cycle_time.mean)
    assert other.cycle_time.p90 == pytest.approx(one.cycle_time.p90)
    assert other.completions[1].p90 == pytest.approx(one.completions[1].p90)


def test_a_closed_loop_counts_its_rounds() -> None:
    ring = factory_of({"station": "S", "time": takes(30)}, {"station": "T", "time": takes(60)}, waiting=2)
    ring["routes"][0]["loops"] = True
    (product,) = answer_of(ring).products
    assert product.throughput == (DAY_S - 30.0) // 60.0
    assert answer_of(ring).completions == ()


def test_a_change_is_a_paired_difference() -> None:
    busy = factory_of(
        {"station": "S", "time": {"kind": "exponential", "a": 50}},
        waiting=0,
        sources=[{"name": "in", "gap": {"kind": "exponential", "a": 60}, "mix": [["part", 1]]}],
    )
    files = {"f.json": json.dumps(busy)}
    more = what_if_fab(files, '{"add_machine": "S"}', days=1.0, replications=10, seed=1)
    cycle = next(each for each in more.differences if each.measure == "cycle_time_days")
    assert cycle.high is not None
    assert cycle.mean < cycle.high < 0.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"unit": "fortnight"}, "fortnight"),
        ({"station": []}, "station"),
        ({"lots": [{"lot_class": "none"}]}, "class none"),
        ({"lots": []}, "neither lots nor sources"),
        ({"machines": [{"name": "s"}]}, "machine 't'"),
        ({"classes": [{"name": "part", "route": "way", "pieces": 0}]}, "class part: pieces"),
        ({"tokens": [{"name": "pallet", "count": -3}]}, "token pallet"),
        ({"sources": [{"name": "in", "gap": takes(5), "mix": [["part", 0]]}]}, "shares 0"),
        ({"sources": [{"name": "in", "gap": takes(5), "mix": []}]}, "shares of nothing"),
        ({"sources": [{"name": "in", "gap": takes(5), "mix": [["part", 1]], "count": -1}]}, "source in: count"),
        (
            {
                "machines": [
                    {"name": "s"},
                    {
                        "name": "t",
                        "stops": [{"name": "x", "gap": {"kind": "lognormal", "a": 1e18}, "length": takes(1)}],
                    },
                ]
            },
            "lognormal",
        ),
        (
            {
                "machines": [
                    {"name": "s"},
                    {
                        "name": "t",
                        "stops": [{"name": "x", "gap": {"kind": "empirical", "values": [3]}, "length": takes(1)}],
                    },
                ]
            },
            "empirical",
        ),
    ],
)
def test_what_is_wrong_is_said_of_the_file(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        answer_of({**factory_of({"station": "S", "time": takes(1)}), **change})
    assert {each.file for each in caught.value.findings} == {"f.json"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"extra": -1000},
        {"interval": -1},
        {"own_setup": -7},
        {"min_run": -1},
        {"gives": [["pallet", -1]]},
        {"takes": [["pallet", 1 << 63]]},
        {"batch": {"least": 1, "most": 1 << 64}},
        {"limit": {"to": 1, "time": -7}},
    ],
)
def test_a_step_runs_no_time_backwards_and_takes_no_number_beyond_all(wrong: dict[str, Any]) -> None:
    steps = {"station": "S", "time": takes(1), **wrong}, {"station": "T", "time": takes(1)}
    with pytest.raises(BadInput, match=rf"steps.0..({'|'.join(wrong)})"):
        answer_of(factory_of(*steps, tokens=[{"name": "pallet", "count": 3}]))


def test_a_station_has_no_factor_or_room_below_nothing() -> None:
    for wrong in ({"room": -1}, {"members": [{"machine": "s", "factor": -1}]}):
        with pytest.raises(BadInput, match="stations"):
            answer_of(factory_of({"station": "S", "time": takes(1)}, stations=[{**stations(S="s")[0], **wrong}]))


def test_many_lots_in_hand_are_read_in_their_order() -> None:
    text = json.dumps(factory_of({"station": "S", "time": takes(1)}, waiting=100_000))
    begin = time.process_time()
    (names,) = read_factory("f.json", text).in_hand.values()
    assert (len(names), names[0], names[-1]) == (100_000, "part 1", "part 100000")
    assert time.process_time() - begin < 20.0


def test_the_command_reads_the_document(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps(factory_of({"station": "S", "time": takes(10)})), encoding="utf-8")
    words = [sys.executable, "-m", "nightmill", "twin", "--json", "--replications", "2", "--factory"]
    done = subprocess.run([*words, str(path)], capture_output=True, text=True, check=True)
    assert [each["order"] for each in json.loads(done.stdout)["completions"]] == ["part 1", "part 2", "part 3"]
    for wrong in (tmp_path, tmp_path / "none.json"):
        refused = subprocess.run([*words, str(wrong)], capture_output=True, text=True, check=False)
        assert refused.returncode == 2
        assert len(json.loads(refused.stdout)["error"]["findings"]) == 1
    cut_short = tmp_path / "OWN.JSON"
    cut_short.write_text('{"unit":')
    refused = subprocess.run([*words, str(cut_short)], capture_output=True, text=True, check=False)
    assert {each["file"] for each in json.loads(refused.stdout)["error"]["findings"]} == {"OWN.JSON"}


def test_every_key_of_the_document_stands_in_the_docs() -> None:
    page = (DOCS / "simulation.md").read_text(encoding="utf-8")
    tables = [each for each in vars(model).values() if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    assert len(tables) > 15
    for each in tables:
        missing = [name for name in each.__struct_fields__ if f"`{name}`" not in page]
        assert not missing, f"{each.__name__}: {missing}"
