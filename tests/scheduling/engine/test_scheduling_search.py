"""The pallet pool against counting, lanes against sets, and the search against a fresh look at what it leaves."""

import itertools
import random

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule_shops import random_shop

from nightmill.scheduling import dispatch_shop, solve_shop, validate_shop
from nightmill.scheduling.engine.cost import objective
from nightmill.scheduling.engine.counted_resource import bucket_of, full_until, hold, release
from nightmill.scheduling.engine.decode import decode, withdraw
from nightmill.scheduling.engine.encode import build_memory
from nightmill.scheduling.engine.state import (
    ALT_FIRST,
    ALT_LAST,
    BUCKET_S,
    BUCKETS,
    DONE,
    DUE,
    FAR,
    LANE_COUNT,
    MACHINE,
    MOUNT,
    NOW,
    ORDER,
    PALLETS,
    START,
    Memory,
)
from nightmill.scheduling.engine.timeline import give, lane_base, lane_count, take
from nightmill.scheduling.problem.records import ObjectiveWeights
from nightmill.scheduling.search.annealing import Search, late_costs, neighbours_of
from nightmill.scheduling.search.ruin_recreate import (
    MOST_BESIDE,
    MOST_RUINED,
    MOST_TOGETHER,
    alternative_for,
    arrange,
    choose,
    in_front,
    lift,
    ready_of,
    recreate,
    waiting,
)
from nightmill.scheduling.search.solve import plan_by_rule


def decoded(seed: int, orders: int = 6) -> tuple[Memory, Search]:
    memory, _ = build_memory(random_shop(seed, orders=orders), ObjectiveWeights(), None)
    plan = plan_by_rule(memory, "edd")
    return memory, Search(memory, plan.night, decode(memory.f, memory.n, *plan.parts()), seed)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4))
def test_the_pool_counts_as_a_list_of_holds_does(seed: int, pallets: int) -> None:
    rng = random.Random(seed)
    memory, _ = build_memory(random_shop(1, orders=9), ObjectiveWeights(), None)
    f, n = memory.f, memory.n
    n[PALLETS] = pallets
    held: dict[int, tuple[float, float]] = {}

    def full_at(moment: float) -> bool:
        return sum(begin <= moment < end for begin, end in held.values()) >= pallets

    for _ in range(40):
        begin = float(rng.randrange(0, 60_000, 50))
        end = begin + rng.randrange(50, 20_000, 50)
        moments = [m for m in range(int(begin), int(end), 50) if full_at(m)]
        until = full_until(f, n, begin, end)
        if moments:
            freed = moments[-1] + 50
            while full_at(freed) and freed not in {held_end for _, held_end in held.values()}:
                freed += 50
            assert until == freed
        else:
            assert until == -1.0
            op = next(k for k in range(memory.chosen.size) if k not in held)
            held[op] = begin, end
            hold(f, n, op, begin, end)
        if held and (rng.random() < 0.3 or len(held) == memory.chosen.size):
            op = rng.choice(sorted(held))
            del held[op]
            release(f, n, op)


def test_moments_outside_belong_to_the_first_and_last_bucket() -> None:
    memory, _ = build_memory(random_shop(1), ObjectiveWeights(), None)
    f, n = memory.f, memory.n
    assert bucket_of(f, n, memory.general[NOW] - 5.0) == 0
    assert bucket_of(f, n, memory.general[NOW] + 1.5 * memory.general[BUCKET_S]) == 1
    assert bucket_of(f, n, FAR) == n[BUCKETS] - 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_what_is_taken_and_given_back_leaves_the_lane_as_a_set_of_minutes(seed: int) -> None:
    rng = random.Random(seed)
    memory, _ = build_memory(random_shop(2, orders=9), ObjectiveWeights(), None)
    f, n = memory.f, memory.n
    n[n[LANE_COUNT]] = 0
    busy: set[int] = set()
    tasks: list[tuple[int, int]] = []
    for _ in range(30):
        begin, length = rng.randrange(0, 200), rng.randrange(1, 12)
        if not busy.intersection(range(begin, begin + length)) and len(tasks) < 8:
            take(f, n, 0, float(begin), float(begin + length))
            tasks.append((begin, begin + length))
            busy.update(range(begin, begin + length))
        elif tasks:
            start, end = tasks.pop(rng.randrange(len(tasks)))
            give(f, n, 0, float(start), float(end))
            busy.difference_update(range(start, end))
        base, count = lane_base(n, 0), lane_count(n, 0)
        spans = [(f[base + 2 * k], f[base + 2 * k + 1]) for k in range(count)]
        assert {m for a, b in spans for m in range(int(a), int(b))} == busy
        assert all(one[1] < two[0] for one, two in itertools.pairwise(spans))


@pytest.mark.parametrize("seed", range(4))
def test_the_cost_that_steps_add_up_to_is_the_cost_of_the_schedule(seed: int) -> None:
    memory, search = decoded(seed)
    before = search.least
    search.step(400, 0.03, 0.001)
    search.settle()
    stops = search.least - objective(memory.f, memory.n)
    assert search.least <= before
    again = Search(memory, search.night.copy(), search.least, seed)
    again.settle()
    assert search.least - objective(memory.f, memory.n) == pytest.approx(stops, abs=1e-3)
    assert -1e-3 <= stops <= 200.0 + 1e-3  # what the one stop of the shop costs, 100 a day


def test_more_steps_help_and_every_answer_is_valid() -> None:
    problem = random_shop(3, orders=30, pallets=8)
    few, many = (solve_shop(problem, iterations=steps, seed=1) for steps in (100, 3000))
    assert validate_shop(problem, many) == ()
    assert many.objective < few.objective < dispatch_shop(problem, "edd").objective


def test_after_an_event_steps_begin_rather_at_orders_that_it_made_later() -> None:
    memory, _ = decoded(1)
    movable = neighbours_of(memory).by_start
    late = late_costs(memory)
    order = int(memory.op_code[movable[0], ORDER])
    before = late.copy()
    before[order] -= 3600.0
    seeds = neighbours_of(memory, before).seeds
    of_it = memory.op_code[movable, ORDER] == order
    assert neighbours_of(memory, late).seeds.size == neighbours_of(memory).seeds.size == movable.size
    assert seeds[: movable.size].tolist() == movable.tolist()
    assert set(seeds[movable.size :].tolist()) == set(movable[of_it].tolist())
    assert late.sum() == pytest.approx(dispatch_shop(random_shop(1, orders=6), "edd").weighted_tardiness_s, abs=1.0)


def alone(seed: int, late: bool) -> tuple[Memory, Search, int, int]:
    """A part of several operations placed among others, which are then all gone; its first operation, and behind its last."""
    memory, search = decoded(seed, orders=9)
    lengths = np.diff(memory.serial_first)
    serial = int(np.flatnonzero(lengths > 1)[-1])
    first, last = (int(at) for at in memory.serial_first[serial : serial + 2])
    for op in [op for op in range(memory.chosen.size) if not first <= op < last]:
        withdraw(memory.f, memory.n, op)
    memory.order_s[memory.op_code[first, ORDER], DUE] = 0.0 if late else FAR
    return memory, search, first, last


@pytest.mark.parametrize("late", [True, False])
def test_what_follows_in_a_late_part_begins_sooner_where_it_can(late: bool) -> None:
    memory, search, first, last = alone(4, late)
    f, n, before = memory.f, memory.n, memory.times.copy()
    old_f, old_n = search.old
    lift(f, n, old_f, old_n, first, search.figures)
    args = search.near, old_f, old_n, first, first + 1, -1, False, search.night, search.figures
    end, _ = recreate(f, n, *args)
    assert memory.times[first, DONE] < before[first, DONE]
    assert end == (last if late else first + 1)
    assert (memory.times[first + 1 : last, DONE] < before[first + 1 : last, DONE]).all() == late


def test_an_operation_that_is_to_go_elsewhere_does() -> None:
    memory, search = decoded(2)
    n, state = memory.n, search.state
    for op in range(memory.chosen.size):
        others = set(range(memory.op_code[op, ALT_FIRST], memory.op_code[op, ALT_LAST])) - {int(memory.chosen[op])}
        assert {int(alternative_for(n, state, op, False, True)) for _ in range(60)} == (others or {-1})
        assert {int(alternative_for(n, state, op, True, True)) for _ in range(9)} == {-1}, (
            "where machines are kept it stays"
        )


def test_in_front_of_what_waits_stands_what_is_cut_until_it_begins() -> None:
    memory, search = decoded(1, orders=20)
    f, n, near, times = memory.f, memory.n, search.near, memory.times
    machine = memory.alt_code[memory.chosen, MACHINE]
    seen = 0
    for op in near.by_start.tolist():
        waits_from = ready_of(f, n, near, op)
        assert waits_from <= times[op, MOUNT]
        for _ in range(4):
            first, high = in_front(f, n, near, search.state, op)
            there = near.by_machine[first:high]
            here = {int(memory.alt_code[a, MACHINE]) for a in range(*memory.op_code[op, ALT_FIRST : ALT_LAST + 1])}
            assert set(machine[there].tolist()) <= here
            assert (times[there, START] < times[op, START]).all()
            assert (times[there[1:], START] >= waits_from).all()
            seen += there.size
    assert seen > 100


def test_of_a_part_the_operation_that_waits_longest_is_mostly_found() -> None:
    memory, search = decoded(1, orders=20)
    f, n, near = memory.f, memory.n, search.near
    waits = {op: memory.times[op, MOUNT] - ready_of(f, n, near, op) for op in near.by_start.tolist()}
    longer = 0
    for op in waits:
        found = int(waiting(f, n, near, search.state, op))
        assert near.serial[found] == near.serial[op]
        assert waits[found] >= waits[op]
        longer += waits[found] > waits[op]
    assert longer > len(waits) // 10


def test_before_a_machine_on_which_nothing_is_cut_stands_nothing() -> None:
    memory, search = decoded(1)
    near, used = search.near, memory.alt_code[memory.chosen, MACHINE]
    op = int(near.by_start[-1])
    bounds = near.machine_first.copy()
    bounds[used[op] + 1 :] -= bounds[used[op] + 1] - bounds[used[op]]
    empty = near._replace(machine_first=bounds, by_machine=near.by_machine[used[near.by_machine] != used[op]])
    spans = {in_front(memory.f, memory.n, empty, search.state, op) for _ in range(40)}
    assert (bounds[used[op]], bounds[used[op]]) in spans
    assert all(first <= high for first, high in spans)
    chosen = np.empty(MOST_RUINED, dtype=np.int64)
    assert all(choose(memory.f, memory.n, empty, search.state, chosen, False) > 0 for _ in range(200))


@pytest.mark.parametrize("whole", [True, False])
def test_few_parts_and_not_too_many_operations_are_taken_out_together(whole: bool) -> None:
    memory, search = decoded(1, orders=20)
    near, chosen = search.near, np.empty(MOST_RUINED, dtype=np.int64)
    ends, counts, sizes = memory.serial_first[1:], [], []
    for _ in range(2000):
        count = int(choose(memory.f, memory.n, near, search.state, chosen, whole))
        ops = chosen[:count]
        assert len(set(near.serial[ops].tolist())) == count, "each part once"
        assert (ops >= near.open_[near.serial[ops]]).all()
        counts.append(count)
        sizes.append(int((ends[near.serial[ops]] - ops).sum()) if whole else count)
    assert max(counts) == MOST_BESIDE
    assert MOST_BESIDE <= max(sizes) <= MOST_TOGETHER
    assert np.mean(counts) < MOST_BESIDE / 2


def test_a_part_longer_than_all_that_is_taken_out_together_is_taken_out_alone() -> None:
    problem = random_shop(1, orders=20)
    one = problem.operations[0]
    route = tuple(
        msgspec.structs.replace(one, id=f"long {k}", serial="long", order="long", operation=f"op{k}")
        for k in range(2 * MOST_TOGETHER)
    )
    long = msgspec.structs.replace(problem.orders[0], id="long", due_s=0.0)
    problem = msgspec.structs.replace(problem, operations=(*problem.operations, *route), orders=(*problem.orders, long))
    memory, _ = build_memory(problem, ObjectiveWeights(), None)
    plan = plan_by_rule(memory, "edd")
    search = Search(memory, plan.night, decode(memory.f, memory.n, *plan.parts()), 1)
    near, chosen = search.near, np.empty(MOST_RUINED, dtype=np.int64)
    serial, last, alone = memory.serial_first.size - 2, int(memory.serial_first[-1]), 0
    for _ in range(2000):
        count = int(choose(memory.f, memory.n, near, search.state, chosen, True))
        if near.serial[chosen[0]] == serial and last - chosen[0] >= MOST_TOGETHER:
            assert count == 1
            alone += 1
    assert alone > 20


def test_what_comes_back_in_its_old_order_is_known() -> None:
    memory, search = decoded(1, orders=20)
    f, n, near, start = memory.f, memory.n, search.near, memory.times[:, START]
    chosen, answers = np.empty(MOST_RUINED, dtype=np.int64), []
    for _ in range(500):
        count = int(choose(f, n, near, search.state, chosen, False))
        before = set(chosen[:count].tolist())
        same = bool(arrange(f, n, near, search.state, chosen, count))
        assert set(chosen[:count].tolist()) == before
        assert same == (np.diff(start[chosen[:count]]) >= 0.0).all()
        answers.append((count > 1, same))
    assert {same for several, same in answers if several} == {True, False}
    assert {same for several, same in answers if not several} == {True}, "one part comes back as it was"
