"""The benchmark of what the twin learns: its shops differ, live, and give the same life again."""

import sys
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from nightmill.floor import apply, empty_state, persons_at, presence_windows, stage_of
from nightmill.vocabulary import events as e

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from twin_learning import foretold, happened
from twin_truth import draw_anew
from virtual_shops import DAY_S, lived, virtual_shop, world_of


@pytest.mark.slow
def test_a_virtual_shop_lives_and_is_foretold() -> None:
    virtual = virtual_shop(4, 6.0)
    log = lived(virtual, 4.0, "conventional")
    assert log == lived(virtual, 4.0, "conventional")
    good = Counter(event.fact.disposition for event in log if isinstance(event.fact, e.PartDisposed))["good"]
    came = happened(log, 2 * DAY_S, 4 * DAY_S)
    assert 0.0 < came.throughput * 2.0 <= good
    said, chances = foretold(virtual, log, 4, learn_days=2.0, foretell_days=2.0)
    assert said.throughput == pytest.approx(came.throughput, rel=0.4)
    assert said.mean > 0.0
    assert chances.mean > 0.0


def test_the_floor_keeps_the_room_behind_its_mills() -> None:
    virtual = virtual_shop(4, 2.0)
    units = tuple(replace(unit, buffer=1) if unit.kind == "mill" else unit for unit in virtual.shop.work_units)
    orders = tuple(replace(order, release_s=0.0) for order in virtual.shop.orders)
    virtual = replace(virtual, shop=replace(virtual.shop, work_units=units, orders=orders))
    state, windows, blocked = empty_state(virtual.shop), presence_windows(virtual.shop, 0.0, 9 * DAY_S), 0
    for event in lived(virtual, 0.8, "conventional"):
        apply(state, event)
        if event.at_s > 15 * 3600.0 and not persons_at(windows, event.at_s):  # an hour after people have left
            assert all(len(state.behind(mill)) <= 1 for mill in state.machines)
            inside = [state.on_unit(mill) for mill in state.machines]
            blocked += any(pallet is not None and stage_of(state, pallet) == "cut" for pallet in inside)
    assert blocked > 5


def test_no_two_shops_are_alike_and_each_is_always_the_same() -> None:
    shops = [virtual_shop(number, 10.0) for number in (1, 2, 1)]
    assert shops[0].shop == shops[2].shop
    assert shops[0].truth == shops[2].truth
    assert shops[0].shop.orders != shops[1].shop.orders
    assert all(order.release_s <= 10.0 * DAY_S for order in shops[0].shop.orders)


def test_another_fate_begins_where_the_shop_stands() -> None:
    """What has run keeps the hours that it has; how long it lasts from there is another fate's in each world."""
    lives: list[list[float]] = []
    for seed in (1, 2, 1):
        world = world_of(virtual_shop(4, 2.0))
        mills = list(world.reality.mills.values())
        for mill in mills:
            mill.age_h, mill.spindle_h = 1000.0, 1200.0  # far beyond any usual life
        draw_anew(world, seed)
        assert all(mill.age_h == 1000.0 < mill.life_h and mill.sudden_at_h > 1200.0 for mill in mills)
        assert all(mill.life_h < 1200.0 for mill in mills), "an old bearing doesn't last much longer"
        lives.append([mill.life_h for mill in mills])
    assert lives[0] == lives[2] != lives[1]
