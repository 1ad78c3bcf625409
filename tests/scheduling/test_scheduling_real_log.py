"""The replay of a shop's log: what it takes from the log, by hand, and that no planner sees what is to come."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from real_log import HOUR, Engine, Log, Planner, Replay, first_order_first, least_left, read_log

HEAD = "case,activity,resource,start,complete\n"
TWO = HEAD + (
    "A,Turning,Ann,2024-01-01T08:00:00,2024-01-01T10:00:00\n"
    "B,Turning,Ann,2024-01-01T09:00:00,2024-01-01T12:00:00\n"
    "A,Inspection,Bob,2024-01-01T11:00:00,2024-01-01T12:00:00\n"
    "B,Inspection,Bob,2024-01-01T15:00:00,2024-01-01T16:00:00\n"
)


def leads(log: Log) -> dict[str, float]:
    return {order: seconds / HOUR for order, seconds in Replay(log, first_order_first).run().items()}


def test_time_is_shared_or_taken_at_once() -> None:
    shared, at_once = read_log(TWO, False), read_log(TWO, True)
    assert [task.work_s / HOUR for task in shared.orders["A"]] == [1.5, 1.0]
    assert [task.work_s / HOUR for task in shared.orders["B"]] == [2.5, 1.0]
    assert [task.work_s / HOUR for task in at_once.orders["B"]] == [3.0, 1.0]
    assert len(shared.shifts) == 2
    assert len(at_once.shifts) == 3


def test_lead_times_by_hand() -> None:
    assert leads(read_log(TWO, False)) == {"A": 4.0, "B": 7.0}
    assert leads(read_log(TWO, True)) == {"A": 4.0, "B": 7.0}


def test_what_somebody_leaves_undone_is_for_whoever_comes() -> None:
    shifts = (("Ann", "08", "09"), ("Bob", "09", "10"))
    rows = [
        f"{who}{day},Turning,{who},2024-01-0{day}T{begin}:00:00,2024-01-0{day}T{end}:00:00"
        for who, begin, end in shifts
        for day in range(1, 5)
    ]
    log = read_log(HEAD + "\n".join(rows), False)
    long = log.orders["Ann1"][0]
    long.work_s = 2.5 * HOUR
    replay = Replay(log, first_order_first)
    assert replay.run()["Ann1"] == 24.5 * HOUR
    assert [hand for _, hand, task in replay.begun if task is long] == ["Ann/0", "Bob/0", "Ann/0"]


def shop(seed: int) -> str:
    """A log of a month: thirty orders of two to six sittings among three people."""
    rng, rows = random.Random(seed), []
    for case in range(30):
        at = rng.randrange(20) * 24 + 7
        for _ in range(rng.randint(2, 6)):
            who = rng.randrange(3)
            hours = rng.randint(1, 4)
            day, hour = divmod(at, 24)
            rows.append(
                f"{case},{['Turning', 'Grinding', 'Packing'][who]},P{who},2024-01-{day + 1:02}T{hour:02}:00:00,"
                f"2024-01-{day + 1:02}T{hour + hours:02}:00:00"
            )
            at += 24 if rng.random() < 0.5 or hour + hours > 15 else hours
    return HEAD + "\n".join(rows)


@pytest.mark.parametrize("planner", [least_left, Engine(20, 0)])
def test_nothing_is_known_before_it_happens(planner: Planner) -> None:
    plain, changed = read_log(shop(1), False), read_log(shop(1), False)
    last = changed.orders["7"][-1]
    last.work_s *= 5.0
    runs = []
    for log in (plain, changed):
        replay = Replay(log, Engine(20, 0) if isinstance(planner, Engine) else planner)
        assert len(replay.run()) == 30
        runs.append(replay.begun)
    known = next(k for k, (_, _, task) in enumerate(runs[1]) if task is last)
    named = [[(at, hand, task.order, task.activity) for at, hand, task in run] for run in runs]
    assert known > 5
    assert named[0][: known + 1] == named[1][: known + 1]
    assert named[0] != named[1]
